/** The WebAssembly kernels and the memory they work in. */
import { GridError } from '../grid/index.js';
import { kernelBuilds } from './kernels.generated.js';

/**
 * What kernels compute in. `double`: 64-bit numbers, some 16 digits. `single`: 32-bit numbers, some 7 digits, twice as many scenarios an instruction; the chord
 * method on radial grids only.
 */
export type Precision = 'double' | 'single';

/** What the kernels export; arguments are byte offsets, counts and tolerances (see assembly/). */
export interface KernelExports {
  solveFixedPoint(layout: number, solver: number, toleranceVa: number, limit: number, start: number, acceleration: number): number;
  solveNewton(layout: number, toleranceVa: number, limit: number, acceleration: number): number;
  factorShared(layout: number): number;
  solveShared(layout: number): void;
  solveBalanced(layout: number, tolerancePu: number, sharedLimit: number, limit: number, isWarm: number): number;
  solveDecoupled(layout: number, tolerancePu: number, limit: number, isWarm: number): number;
  solveDc(layout: number): number;
  viewBalanced(layout: number): void;
  observe(layout: number): void;
}

/** What is used of a `WebAssembly.Memory`; so named, published types need no library that declares that. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
}

/** One build of the kernels. All of one precision give the same answers to the last bit. */
export interface KernelBackend {
  /** Name in reports. */
  readonly name: string;
  /** Scenarios a block. */
  readonly lanes: number;
  /** Scenarios a block in batches of balanced grids, where that is another number. */
  readonly balancedLanes?: number;
  /** Default `double`. */
  readonly precision?: Precision;
  /** The same kernels in single precision, under the same name; undefined where there are none. */
  readonly single?: KernelBackend;
  /**
   * Binds the kernels to a memory.
   *
   * @internal
   */
  instantiate(memory: WebAssembly.Memory): KernelExports;
  /**
   * Where set, sessions lie in shared memory and have room for so many workers (see slabs.ts).
   *
   * @internal
   */
  readonly workers?: number;
}

const compiledModules: { [precision in Precision]?: WebAssembly.Module } = {};
const compiledSharedModules: { [precision in Precision]?: WebAssembly.Module } = {};

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(new ArrayBuffer(binary.length));
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/**
 * Compiles the kernels ahead of time without blocking; only needed in browsers that refuse to compile on the main thread at once.
 * Safe to call more than once.
 *
 * @param precision of the kernels; those in single precision are for batches that ask for them
 */
export async function prepareKernels(precision: Precision = 'double'): Promise<void> {
  compiledModules[precision] ??= await WebAssembly.compile(decodeBase64(kernelBuilds[precision].unshared));
}

/** The build of the kernels for shared memory: that for unshared memory with a piece exchanged. */
function sharedBytes(precision: Precision): Uint8Array<ArrayBuffer> {
  const build = kernelBuilds[precision];
  const bytes = decodeBase64(build.unshared);
  const piece = decodeBase64(build.shared.piece);
  const { before, behind } = build.shared;
  const shared = new Uint8Array(before + piece.length + behind);
  shared.set(bytes.subarray(0, before));
  shared.set(piece, before);
  shared.set(bytes.subarray(bytes.length - behind), before + piece.length);
  return shared;
}

/**
 * The kernels for shared memory, compiled; workers are given it so that they need not compile it again.
 *
 * @internal
 */
export function sharedKernelsModule(precision: Precision): WebAssembly.Module {
  compiledSharedModules[precision] ??= new WebAssembly.Module(sharedBytes(precision));
  return compiledSharedModules[precision];
}

function unsharedKernelsModule(precision: Precision): WebAssembly.Module {
  compiledModules[precision] ??= new WebAssembly.Module(decodeBase64(kernelBuilds[precision].unshared));
  return compiledModules[precision];
}

/** Whether a memory can be given to workers. Engines may have none that can. */
function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && (memory.buffer as ArrayBufferLike) instanceof SharedArrayBuffer;
}

/**
 * Instantiates the kernels over a memory, shared or not.
 *
 * @internal
 */
export function instantiateKernels(memory: WebAssembly.Memory, precision: Precision = 'double'): KernelExports {
  const instance = new WebAssembly.Instance(isShared(memory) ? sharedKernelsModule(precision) : unsharedKernelsModule(precision), {
    env: {
      memory,
      abort: () => {
        throw new Error('a kernel aborted');
      },
    },
  });
  const kernels = instance.exports as unknown as KernelExports;
  return precision === 'single' ? onlyFixedPoint(kernels) : kernels;
}

/**
 * Kernels of which only the fixed point is there, as in single precision; the others throw.
 *
 * @internal
 */
export function onlyFixedPoint({ solveFixedPoint }: Pick<KernelExports, 'solveFixedPoint'>): KernelExports {
  const refuse = (): never => {
    throw new Error('kernels in single precision solve by the chord method only');
  };
  return {
    solveFixedPoint,
    solveNewton: refuse,
    factorShared: refuse,
    solveShared: refuse,
    solveBalanced: refuse,
    solveDecoupled: refuse,
    solveDc: refuse,
    viewBalanced: refuse,
    observe: refuse,
  };
}

/** The kernels in WebAssembly: everywhere, two lanes, or four in single precision. */
export const wasmBackend: KernelBackend = {
  name: 'wasm-simd128',
  lanes: 2,
  balancedLanes: 4,
  instantiate: (memory) => instantiateKernels(memory),
  single: { name: 'wasm-simd128', lanes: 4, precision: 'single', instantiate: (memory) => instantiateKernels(memory, 'single') },
};

/** Offsets are signed 32-bit numbers in the layout block. */
const MOST_BYTES = 2 ** 31 - 65536;

/**
 * Hands out space in one WebAssembly memory, never takes it back. All space is asked for before any view is made.
 *
 * @internal
 */
export class Arena {
  // The first page is the kernels' own: tables of their mathematical functions.
  private end = 65536;
  private memoryMade: WebAssembly.Memory | undefined;

  /** @param shared whether workers are to work in the memory too */
  constructor(private readonly shared = false) {}

  /** Byte offset of a new piece of this many bytes, aligned to 64. Throws once the memory exists, and {@link GridError} where there is not so much of it. */
  allocate(bytes: number): number {
    if (this.memoryMade) throw new Error('the arena is closed');
    const offset = this.end;
    // A cache line between arrays keeps equal indices of neighbouring arrays out of the same cache set.
    this.end = 64 * Math.floor((offset + bytes + 63 + 64) / 64);
    if (!(this.end <= MOST_BYTES)) throw new GridError(`so many scenarios of this grid need more than 2 GiB of kernel memory; solve fewer at a time`);
    return offset;
  }

  /** The memory, made at the first call and large enough for all that was allocated. */
  get memory(): WebAssembly.Memory {
    const pages = Math.ceil((this.end + 1024) / 65536);
    this.memoryMade ??= new WebAssembly.Memory(this.shared ? { initial: pages, maximum: pages, shared: true } : { initial: pages });
    return this.memoryMade;
  }
}
