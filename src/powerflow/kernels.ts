/** The WebAssembly kernels and the memory they work in. */
import { kernelsBase64, sharedKernels } from './kernels.generated.js';

/** What the kernels export; arguments are byte offsets, counts and tolerances (see assembly/). */
export interface KernelExports {
  solveFixedPoint(layout: number, solver: number, toleranceVa: number, limit: number, start: number, acceleration: number): number;
  solveNewton(layout: number, toleranceVa: number, limit: number, acceleration: number): number;
  factorShared(layout: number): number;
  solveShared(layout: number): void;
}

/** What is used of a `WebAssembly.Memory`; so named, published types need no library that declares that. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
}

/** One build of the kernels. All give the same answers to the last bit. */
export interface KernelBackend {
  /** Name in reports. */
  readonly name: string;
  /** Scenarios a block. */
  readonly lanes: number;
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

let compiledModule: WebAssembly.Module | undefined;
let compiledSharedModule: WebAssembly.Module | undefined;

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(new ArrayBuffer(binary.length));
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/**
 * Compiles the kernels ahead of time without blocking; only needed in browsers that refuse to compile on the main thread at once.
 * Safe to call more than once.
 */
export async function prepareKernels(): Promise<void> {
  compiledModule ??= await WebAssembly.compile(decodeBase64(kernelsBase64));
}

/** The build of the kernels for shared memory: that for unshared memory with a piece exchanged. */
function sharedBytes(): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64(kernelsBase64);
  const piece = decodeBase64(sharedKernels.piece);
  const { before, behind } = sharedKernels;
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
export function sharedKernelsModule(): WebAssembly.Module {
  compiledSharedModule ??= new WebAssembly.Module(sharedBytes());
  return compiledSharedModule;
}

function unsharedKernelsModule(): WebAssembly.Module {
  compiledModule ??= new WebAssembly.Module(decodeBase64(kernelsBase64));
  return compiledModule;
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
export function instantiateKernels(memory: WebAssembly.Memory): KernelExports {
  const instance = new WebAssembly.Instance(isShared(memory) ? sharedKernelsModule() : unsharedKernelsModule(), {
    env: {
      memory,
      abort: () => {
        throw new Error('a kernel aborted');
      },
    },
  });
  return instance.exports as unknown as KernelExports;
}

/** The kernels in WebAssembly: everywhere, two lanes. */
export const wasmBackend: KernelBackend = { name: 'wasm-simd128', lanes: 2, instantiate: instantiateKernels };

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

  /** Byte offset of a new piece of this many bytes, aligned to 64. Throws once the memory exists. */
  allocate(bytes: number): number {
    if (this.memoryMade) throw new Error('the arena is closed');
    const offset = this.end;
    // A cache line between arrays keeps equal indices of neighbouring arrays out of the same cache set.
    this.end = (offset + bytes + 63 + 64) & ~63;
    return offset;
  }

  /** The memory, made at the first call and large enough for all that was allocated. */
  get memory(): WebAssembly.Memory {
    const pages = Math.ceil((this.end + 1024) / 65536);
    this.memoryMade ??= new WebAssembly.Memory(this.shared ? { initial: pages, maximum: pages, shared: true } : { initial: pages });
    return this.memoryMade;
  }
}
