/**
 * Newton's programs of the blocks of a session whose plan has optional rows: each block goes over the rows that its own lanes use. Blocks that use none share a program; others have one each in
 * memory of limited size, and those for which that is too small share one with all rows that any of them uses.
 */
import type { NewtonPrograms } from './newton-programs.js';

/** Room of a block's own program, by what a program without optional rows takes. */
const ROOM = 1.5;

/** A program's place in memory: byte offsets and words of both its parts. */
interface Place {
  forward: number;
  backward: number;
}

/** Programs by block. */
export class BlockPrograms {
  /** Byte offset of the table that kernels read: [block][forward, backward] byte offsets. */
  readonly tableOffset: number;
  private readonly plain: Place;
  private readonly common: Place;
  private readonly own: Place;
  private readonly forwardRoom: number;
  private readonly backwardRoom: number;
  private words: Int32Array = new Int32Array(0);
  /** What each block uses, slots between commas. */
  private readonly keys: string[];
  /** Blocks whose own room is too small, and what they use. */
  private readonly crowded = new Map<number, readonly number[]>();
  private isCommonStale = false;
  private hasAll = false;

  /** Takes its place in the arena; {@link attach} before anything else. */
  constructor(
    private readonly programs: NewtonPrograms,
    blocks: number,
    arena: { allocate(bytes: number): number },
  ) {
    const { forward, backward } = programs;
    programs.write([]);
    const roomOf = (words: number, most: number): number => Math.min(most, Math.ceil(ROOM * words));
    this.forwardRoom = roomOf(programs.forwardWords, forward.length);
    this.backwardRoom = roomOf(programs.backwardWords, backward.length);
    this.tableOffset = arena.allocate(8 * blocks);
    this.plain = { forward: arena.allocate(4 * programs.forwardWords), backward: arena.allocate(4 * programs.backwardWords) };
    this.common = { forward: arena.allocate(4 * forward.length), backward: arena.allocate(4 * backward.length) };
    this.own = { forward: arena.allocate(4 * this.forwardRoom * blocks), backward: arena.allocate(4 * this.backwardRoom * blocks) };
    this.keys = new Array<string>(blocks).fill('');
  }

  /** Begins, with no block using an optional row. */
  attach(buffer: ArrayBufferLike): void {
    this.words = new Int32Array(buffer);
    this.programs.write([]);
    this.put(this.plain);
    for (let block = 0; block < this.keys.length; block++) this.point(block, this.plain);
  }

  /**
   * Says which optional rows a block uses, ascending. {@link finish} once all have been said.
   *
   * @param slots rows' slots
   */
  use(block: number, slots: readonly number[]): void {
    const key = slots.join();
    if (key === this.keys[block]) return;
    this.keys[block] = key;
    if (this.crowded.delete(block)) this.isCommonStale = true;
    if (slots.length === 0) {
      this.point(block, this.plain);
      return;
    }
    const { programs } = this;
    programs.write(slots);
    if (programs.forwardWords > this.forwardRoom || programs.backwardWords > this.backwardRoom) {
      this.crowded.set(block, slots);
      this.isCommonStale = true;
      return;
    }
    const place = { forward: this.own.forward + 4 * this.forwardRoom * block, backward: this.own.backward + 4 * this.backwardRoom * block };
    this.put(place);
    this.point(block, place);
  }

  /** The optional rows (slots) that {@link useAll} goes over; all of them where it is not said. */
  setAll(slots: readonly number[]): void {
    this.programs.write(slots);
    this.put(this.common);
    this.hasAll = true;
  }

  /** For callers that say no more: a block goes over all optional rows, or over none. Writes a program once at most, so that it may change at every solution. Not together with {@link use}. */
  useAll(block: number, isAll: boolean): void {
    if (isAll && !this.hasAll) this.setAll(this.programs.optionalSlots);
    this.point(block, isAll ? this.common : this.plain);
  }

  /** Brings the program up to date that crowded blocks share. */
  finish(): void {
    if (!this.isCommonStale) return;
    this.isCommonStale = false;
    if (this.crowded.size === 0) return;
    this.programs.write(new Set([...this.crowded.values()].flat()));
    this.put(this.common);
    for (const block of this.crowded.keys()) this.point(block, this.common);
  }

  private put({ forward, backward }: Place): void {
    const { programs, words } = this;
    words.set(programs.forward.subarray(0, programs.forwardWords), forward >>> 2);
    words.set(programs.backward.subarray(0, programs.backwardWords), backward >>> 2);
  }

  private point(block: number, { forward, backward }: Place): void {
    const at = (this.tableOffset >>> 2) + 2 * block;
    this.words[at] = forward;
    this.words[at + 1] = backward;
  }
}
