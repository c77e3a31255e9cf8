/**
 * The queue between actors and learner: so many trajectories in shared memory and a few words that say whose each one is. A trajectory is written where it will be read; nothing is sent.
 */
import { type Trajectory, type TrajectoryShape, trajectoryAt, trajectoryBytes } from './trajectory.js';

/** Counts releases; actors sleep on it. */
const WORD_FREED = 0;
/** Counts trajectories finished, and whatever else the learner is to look up for; it sleeps on it. */
const WORD_FINISHED = 1;
/** Number of the next trajectory to be finished. */
const WORD_TICKETS = 2;
const WORDS = 16;

/** States of a slot; n + 1 while actor n fills it. */
const FREE = 0;
const FULL = -1;
/** Words of a slot: its state and, where it is full, its place in the order. */
const SLOT_WORDS = 2;

/** A bounded queue of trajectories; first finished, first taken. */
export class TrajectoryQueue {
  readonly words: Int32Array;
  readonly trajectories: readonly Trajectory[];

  /** Over memory that {@link make} made, in whatever thread. */
  constructor(
    readonly buffer: SharedArrayBuffer,
    readonly shape: TrajectoryShape,
    readonly slots: number,
  ) {
    this.words = new Int32Array(buffer, 0, WORDS + SLOT_WORDS * slots);
    const first = TrajectoryQueue.bytesOfWords(slots);
    const bytes = trajectoryBytes(shape);
    this.trajectories = Array.from({ length: slots }, (_, slot) => trajectoryAt(buffer, first + slot * bytes, shape));
  }

  private static bytesOfWords(slots: number): number {
    return Math.ceil((4 * (WORDS + SLOT_WORDS * slots)) / 64) * 64;
  }

  /** Bytes of a queue of so many slots. */
  static bytes(shape: TrajectoryShape, slots: number): number {
    return TrajectoryQueue.bytesOfWords(slots) + slots * trajectoryBytes(shape);
  }

  /** An empty queue. */
  static make(shape: TrajectoryShape, slots: number): TrajectoryQueue {
    return new TrajectoryQueue(new SharedArrayBuffer(TrajectoryQueue.bytes(shape, slots)), shape, slots);
  }

  private stateAt(slot: number): number {
    return WORDS + SLOT_WORDS * slot;
  }

  private raise(word: number): void {
    Atomics.add(this.words, word, 1);
    Atomics.notify(this.words, word);
  }

  /** Claims a free slot for an actor; -1 where there is none. */
  tryClaim(actor: number): number {
    for (let slot = 0; slot < this.slots; slot++) {
      if (Atomics.compareExchange(this.words, this.stateAt(slot), FREE, actor + 1) === FREE) return slot;
    }
    return -1;
  }

  /** Claims a free slot for an actor, and sleeps until there is one: for worker threads. */
  claim(actor: number): number {
    for (;;) {
      const seen = Atomics.load(this.words, WORD_FREED);
      const slot = this.tryClaim(actor);
      if (slot >= 0) return slot;
      Atomics.wait(this.words, WORD_FREED, seen);
    }
  }

  /** A claimed slot's trajectory is written. */
  finish(slot: number): void {
    Atomics.store(this.words, this.stateAt(slot) + 1, Atomics.add(this.words, WORD_TICKETS, 1));
    Atomics.store(this.words, this.stateAt(slot), FULL);
    this.raise(WORD_FINISHED);
  }

  /** The slot that was finished first, which is the learner's until it releases it; -1 where none is full. */
  first(): number {
    let first = -1;
    for (let slot = 0; slot < this.slots; slot++) {
      if (Atomics.load(this.words, this.stateAt(slot)) !== FULL) continue;
      // Tickets wrap around after 2^32; their difference does not.
      if (first < 0 || ((this.ticket(slot) - this.ticket(first)) | 0) < 0) first = slot;
    }
    return first;
  }

  private ticket(slot: number): number {
    return Atomics.load(this.words, this.stateAt(slot) + 1);
  }

  /** Gives a slot back to the actors. */
  release(slot: number): void {
    Atomics.store(this.words, this.stateAt(slot), FREE);
    this.raise(WORD_FREED);
  }

  /** Gives back what an actor whose thread has ended was writing. Trajectories that it had finished stay. */
  releaseOf(actor: number): void {
    for (let slot = 0; slot < this.slots; slot++) {
      if (Atomics.load(this.words, this.stateAt(slot)) === actor + 1) this.release(slot);
    }
  }

  /** Full slots. */
  get full(): number {
    let count = 0;
    for (let slot = 0; slot < this.slots; slot++) if (Atomics.load(this.words, this.stateAt(slot)) === FULL) count += 1;
    return count;
  }

  /** What to sleep on until there may be a full slot: the word, and its value as it was read before looking for one. */
  get finishedWord(): { readonly at: number; readonly seen: number } {
    return { at: WORD_FINISHED, seen: Atomics.load(this.words, WORD_FINISHED) };
  }

  /** Has whoever sleeps on {@link finishedWord} look up. */
  wakeLearner(): void {
    this.raise(WORD_FINISHED);
  }
}
