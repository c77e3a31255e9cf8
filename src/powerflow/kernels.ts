/** The WebAssembly kernels and the memory they work in. */
import { kernelsBase64 } from './kernels.generated.js';

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
}

let compiledModule: WebAssembly.Module | undefined;

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

/**
 * Instantiates the kernels over a memory.
 *
 * @internal
 */
export function instantiateKernels(memory: WebAssembly.Memory): KernelExports {
  compiledModule ??= new WebAssembly.Module(decodeBase64(kernelsBase64));
  const instance = new WebAssembly.Instance(compiledModule, {
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
    this.memoryMade ??= new WebAssembly.Memory({ initial: Math.ceil((this.end + 1024) / 65536) });
    return this.memoryMade;
  }
}
