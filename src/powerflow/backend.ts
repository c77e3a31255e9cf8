/**
 * Which build of the kernels is used. WebAssembly is always there; native kernels are registered by `node-native.ts`, which only Node loads.
 *
 * All builds give the same bits, so that the choice is one of speed alone: native code for batches (4 or 8 scenarios an instruction), WebAssembly for single
 * solutions (they fill no lanes). Whoever wants one by name gets it or an error, never another one.
 */
import { GridError } from '../grid/index.js';
import { type KernelBackend, type Precision, wasmBackend } from './kernels.js';

/** `auto`: the quicker one for the purpose; `native`: the widest that the processor has. */
export const BACKEND_NAMES = ['auto', 'wasm', 'native', 'native-sse2', 'native-avx2', 'native-avx512'] as const;

/** Name of a backend that can be asked for. */
export type BackendName = (typeof BACKEND_NAMES)[number];

/** What a backend is wanted for. */
export type BackendPurpose = 'single' | 'batch';

/** What came of looking for native kernels. */
export interface NativeKernels {
  /** Those that this processor can run, widest first; empty where there are none. */
  backends: readonly KernelBackend[];
  /** Why there are none, or where they were found. */
  reason: string;
}

/** The backends in use and why, for reports. */
export interface BackendSummary {
  single: string;
  batch: string;
  available: string[];
  reason: string;
}

let findNative: (() => NativeKernels) | undefined;
let found: NativeKernels | undefined;
let preference: { name: string; source: string } | undefined;

/** Says how native kernels are found; called when the first batch is made, or a native backend is asked for. */
export function registerNativeKernels(find: () => NativeKernels): void {
  findNative = find;
  found = undefined;
}

/** Makes a backend the one for everything that names none itself; undefined or the empty text for no preference. The name is checked when it is first used. */
export function preferBackend(name: string | undefined, source: string): void {
  preference = name ? { name, source } : undefined;
}

function checkedName(name: string, source: string): BackendName {
  const known = BACKEND_NAMES.find((candidate) => candidate === name);
  if (!known) throw new GridError(`${source} is "${name}"; it must be one of ${BACKEND_NAMES.join(', ')}`);
  return known;
}

function nativeKernels(): NativeKernels {
  found ??= findNative?.() ?? { backends: [], reason: 'no native kernels outside Node' };
  return found;
}

/**
 * The backend to use.
 *
 * @param wanted a name, a backend itself, or undefined for what {@link preferBackend} said
 * @returns the backend; throws {@link GridError} where one is asked for that is not there
 */
export function chooseBackend(wanted: BackendName | KernelBackend | undefined, purpose: BackendPurpose): KernelBackend {
  if (typeof wanted === 'object') return wanted;
  const source = wanted === undefined && preference ? preference.source : 'the option backend';
  const name = checkedName(wanted ?? preference?.name ?? 'auto', source);
  if (name === 'wasm' || (name === 'auto' && purpose === 'single')) return wasmBackend;
  const { backends, reason } = nativeKernels();
  if (name === 'auto') return backends[0] ?? wasmBackend;
  const backend = name === 'native' ? backends[0] : backends.find((candidate) => candidate.name === name);
  if (backend) return backend;
  const why = backends.length > 0 ? `this processor has only ${backends.map((each) => each.name).join(', ')}` : reason;
  throw new GridError(`${source} asks for ${name}, which is not there: ${why}; use wasm`);
}

/**
 * The backend for so many scenarios of a balanced grid: where no width is asked for by name, the narrowest native kernels that take them all in one block, so that
 * few scenarios do not pay for lanes that stand empty.
 */
export function chooseWidth(wanted: BackendName | KernelBackend | undefined, scenarios: number): KernelBackend {
  const chosen = chooseBackend(wanted, 'batch');
  const name = typeof wanted === 'object' ? wanted.name : (wanted ?? preference?.name ?? 'auto');
  if (name !== 'auto' && name !== 'native') return chosen;
  const fitting = nativeKernels().backends.filter((backend) => backend.lanes >= scenarios);
  return chosen === wasmBackend ? chosen : (fitting.at(-1) ?? chosen);
}

/** A backend's kernels in a precision. Throws {@link GridError} where it has none, or there is no such precision. */
export function inPrecision(backend: KernelBackend, precision: Precision): KernelBackend {
  if (precision === 'double') return backend;
  if (precision !== 'single') throw new GridError(`precision is "${String(precision)}"; it must be double or single`);
  if (!backend.single) throw new GridError(`the backend ${backend.name} has no kernels in single precision; use wasm or native ones`);
  return backend.single;
}

/** Which backends are in use here and why. Throws {@link GridError} where the preferred one is not there. */
export function backendSummary(): BackendSummary {
  const { backends, reason } = nativeKernels();
  const why = preference ? `${preference.source}=${preference.name}` : reason;
  return {
    single: chooseBackend(undefined, 'single').name,
    batch: chooseBackend(undefined, 'batch').name,
    available: [...backends.map((backend) => backend.name), wasmBackend.name],
    reason: why,
  };
}
