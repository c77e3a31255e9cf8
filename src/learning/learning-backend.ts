/**
 * Which build of the learning kernels is used. WebAssembly is always there; native kernels are registered by `node-native.ts`, which only Node loads.
 *
 * Unlike those of power flow these do not all give the same bits: native kernels fuse products and sums, WebAssembly cannot, so that their last digits differ. All
 * native widths agree with each other to the bit, and so do WebAssembly and the reference in plain TypeScript.
 */
import { describeValue } from '../grid/index.js';
import { LearningError } from './errors.js';
import { learningKernels } from './kernels.generated.js';
import { referenceExecute } from './reference-kernels.js';

/** Carries out so many instructions of the tape at an offset of the memory. */
export type Execute = (tape: number, count: number) => void;

/** One build of the learning kernels. */
export interface LearningBackend {
  /** Name in reports. */
  readonly name: string;
  /**
   * Binds the kernels to a memory.
   *
   * @internal
   */
  bind(memory: WebAssembly.Memory): Execute;
}

/** `auto`: the widest native kernels, else WebAssembly. `reference`: plain TypeScript, for tests. */
export const LEARNING_BACKEND_NAMES = ['auto', 'wasm', 'native', 'native-avx2', 'native-avx512', 'reference'] as const;

/** Name of a backend that can be asked for. */
export type LearningBackendName = (typeof LEARNING_BACKEND_NAMES)[number];

/** What came of looking for native kernels. */
export interface NativeLearning {
  /** Widest first; empty where there are none. */
  readonly backends: readonly LearningBackend[];
  /** Why there are none, or where they were found. */
  readonly reason: string;
}

let compiled: WebAssembly.Module | undefined;

function moduleOfKernels(): WebAssembly.Module {
  if (!compiled) {
    const binary = atob(learningKernels);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    compiled = new WebAssembly.Module(bytes);
  }
  return compiled;
}

/** The kernels in WebAssembly: everywhere, four floats an instruction. */
export const wasmLearning: LearningBackend = {
  name: 'wasm-simd128',
  bind: (memory) => {
    const abort = (): never => {
      throw new Error('a kernel aborted');
    };
    return (new WebAssembly.Instance(moduleOfKernels(), { env: { memory, abort } }).exports as { execute: Execute }).execute;
  },
};

/** The kernels in plain TypeScript, one float at a time: what the others are held against. */
export const referenceLearning: LearningBackend = { name: 'reference', bind: referenceExecute };

let findNative: (() => NativeLearning) | undefined;
let found: NativeLearning | undefined;
let preferred: string | undefined;

/** Says how native learning kernels are found; called when the first network is made that may use them. */
export function registerNativeLearning(find: () => NativeLearning): void {
  findNative = find;
  found = undefined;
}

/** Makes a backend the one for networks that name none; undefined or the empty text for no preference. The name is checked when it is first used. */
export function preferLearningBackend(name: string | undefined): void {
  preferred = name || undefined;
}

/** Native kernels that this machine can run, and why there are no more. */
export function nativeLearning(): NativeLearning {
  found ??= findNative?.() ?? { backends: [], reason: 'no native kernels outside Node' };
  return found;
}

/** The backend to use. Throws {@link LearningError} where one is asked for that is not there. */
export function chooseLearningBackend(wanted?: LearningBackendName | LearningBackend): LearningBackend {
  if (typeof wanted === 'object') return wanted;
  const name = wanted ?? preferred ?? 'auto';
  if (name === 'wasm') return wasmLearning;
  if (name === 'reference') return referenceLearning;
  if (!LEARNING_BACKEND_NAMES.some((known) => known === name)) {
    throw new LearningError(`there is no learning backend ${describeValue(name)}; there are ${LEARNING_BACKEND_NAMES.join(', ')}`);
  }
  const { backends, reason } = nativeLearning();
  if (name === 'auto') return backends[0] ?? wasmLearning;
  const backend = name === 'native' ? backends[0] : backends.find((candidate) => candidate.name === name);
  if (backend) return backend;
  const why = backends.length > 0 ? `this processor has only ${backends.map((each) => each.name).join(', ')}` : reason;
  throw new LearningError(`the learning backend ${name} is not there: ${why}; use wasm`);
}
