/**
 * Which build of the kernels of microgrid dynamics is used: names and rules are those of power flow (src/powerflow/backend.ts). WebAssembly is always there; native
 * kernels are registered by `node-native.ts`, which only Node loads. All builds give the bits of the fast scheme in plain TypeScript.
 */
import { describeValue } from '../grid/index.js';
import { BACKEND_NAMES, type BackendName } from '../powerflow/index.js';
import { DynamicsError } from './errors.js';
import { dynamicsKernels } from './kernels.generated.js';

/** What the kernels offer; the one argument is the offset of the layout block (lane-layout.ts). */
export interface DynamicsKernels {
  /** One control step of each scenario whose task says so. */
  advance(layout: number): void;
  /** Puts each scenario whose task says so at the operating point of its loads. */
  rest(layout: number): void;
  /** Looks at the scenarios that have a task. */
  see(layout: number): void;
}

/** One build of the kernels. */
export interface DynamicsBackend {
  /** Name in reports. */
  readonly name: string;
  /** Scenarios a block. */
  readonly lanes: number;
  /**
   * Binds the kernels to a memory.
   *
   * @internal
   */
  bind(memory: WebAssembly.Memory): DynamicsKernels;
}

/** What came of looking for native kernels. */
export interface NativeDynamics {
  /** Widest first; empty where there are none. */
  readonly backends: readonly DynamicsBackend[];
  /** Why there are none, or where they were found. */
  readonly reason: string;
}

let compiled: WebAssembly.Module | undefined;

function moduleOfKernels(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(dynamicsKernels), (letter) => letter.charCodeAt(0)));
  return compiled;
}

/** The kernels in WebAssembly: everywhere, two lanes. */
export const wasmDynamics: DynamicsBackend = {
  name: 'wasm-simd128',
  lanes: 2,
  bind: (memory) => {
    const abort = (): never => {
      throw new Error('a kernel aborted');
    };
    return new WebAssembly.Instance(moduleOfKernels(), { env: { memory, abort } }).exports as unknown as DynamicsKernels;
  },
};

let findNative: (() => NativeDynamics) | undefined;
let found: NativeDynamics | undefined;
let preferred: string | undefined;

/** Says how native kernels are found; called when the first lanes are made that may use them. */
export function registerNativeDynamics(find: () => NativeDynamics): void {
  findNative = find;
  found = undefined;
}

/** Makes a backend the one for lanes that name none; undefined or the empty text for no preference. The name is checked when it is first used. */
export function preferDynamicsBackend(name: string | undefined): void {
  preferred = name || undefined;
}

/** Native kernels that this machine can run, and why there are no more. */
export function nativeDynamics(): NativeDynamics {
  found ??= findNative?.() ?? { backends: [], reason: 'no native kernels outside Node' };
  return found;
}

/**
 * The backend to use for so many scenarios: `auto` is a native one, else WebAssembly; where no width is asked for by name, the narrowest that takes them all in one
 * block, so that few scenarios do not pay for lanes that stand empty, else the widest.
 *
 * @throws DynamicsError where one is asked for that is not there
 */
export function chooseDynamicsBackend(wanted?: BackendName | DynamicsBackend, scenarios = Number.POSITIVE_INFINITY): DynamicsBackend {
  if (typeof wanted === 'object') return wanted;
  const name = wanted ?? preferred ?? 'auto';
  if (name === 'wasm') return wasmDynamics;
  if (!BACKEND_NAMES.some((known) => known === name)) {
    throw new DynamicsError(`there is no backend ${describeValue(name)}; there are ${BACKEND_NAMES.join(', ')}`);
  }
  const { backends, reason } = nativeDynamics();
  const fitting = backends.findLast((candidate) => candidate.lanes >= scenarios) ?? backends[0];
  if (name === 'auto') return fitting ?? wasmDynamics;
  const backend = name === 'native' ? fitting : backends.find((candidate) => candidate.name === name);
  if (backend) return backend;
  const why = backends.length > 0 ? `this processor has only ${backends.map((each) => each.name).join(', ')}` : reason;
  throw new DynamicsError(`the backend ${name} of microgrid dynamics is not there: ${why}; use wasm`);
}
