/** Kernel memory with a layout block of lane-layout.ts: room is asked for first, then the memory is made and everything written. */
import { Arena, type KernelBackend, type KernelExports } from '../kernels.js';
import * as layout from './lane-layout.js';

/** The memory of one session. */
export class LaneMemory {
  readonly layoutOffset: number;
  private readonly arena = new Arena();
  private readonly fields = new Map<number, number>();
  private readonly contents: [number, Int32Array | Float64Array][] = [];

  constructor() {
    this.layoutOffset = this.arena.allocate(4 * layout.BALANCED_FIELDS);
  }

  /** A count in the layout block. */
  count(field: number, value: number): void {
    this.fields.set(field, value);
  }

  /** Room for an array; its offset goes to the layout block. */
  room(field: number, bytes: number): void {
    this.fields.set(field, this.arena.allocate(bytes));
  }

  /** Room for an array with these contents. */
  array(field: number, content: Int32Array | Float64Array): void {
    this.room(field, content.byteLength);
    this.contents.push([field, content]);
  }

  /** Makes the memory, writes the layout block and the arrays' contents, and binds the kernels. */
  close(backend: KernelBackend): KernelExports {
    const view = new Int32Array(this.buffer, this.layoutOffset, layout.BALANCED_FIELDS);
    for (const [field, value] of this.fields) view[field] = value;
    for (const [field, content] of this.contents) {
      if (content instanceof Int32Array) this.integers(field, content.length).set(content);
      else this.doubles(field, content.length).set(content);
    }
    return backend.instantiate(this.arena.memory);
  }

  /** A view on an array. Room can no longer be asked for. */
  doubles(field: number, length: number): Float64Array {
    return new Float64Array(this.buffer, this.fields.get(field) as number, length);
  }

  integers(field: number, length: number): Int32Array {
    return new Int32Array(this.buffer, this.fields.get(field) as number, length);
  }

  private get buffer(): ArrayBuffer {
    return this.arena.memory.buffer;
  }
}
