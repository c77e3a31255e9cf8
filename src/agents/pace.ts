/** Lets the event loop go now and then, so that signals, timers and a browser's page are heard while work goes on; and hears whether it is to end. */

/** Work may go on for so long, ms. */
const SLICE_MS = 50;

/** What is used of an `AbortSignal`; so named, published types need no library that declares that. */
export interface TrainingSignal {
  readonly aborted: boolean;
}

/** Thrown where work is given up because the signal was aborted. */
export class Interruption extends Error {
  override name = 'Interruption';
}

/** Work that yields wherever the event loop may be let go, and what comes of it. */
export type Pausable<T> = Generator<undefined, T, undefined>;

/** The clock of one training. */
export class Pace {
  /** Whether work is given up once the signal is aborted; else it goes on to its end. */
  hears = true;
  private sliceEnd = performance.now() + SLICE_MS;

  constructor(private readonly signal?: TrainingSignal) {}

  /** Whether training is to end. */
  get isAborted(): boolean {
    return this.signal?.aborted ?? false;
  }

  /** Lets the event loop go where work has gone on for long. Throws {@link Interruption} where it is to be given up. */
  async breathe(): Promise<void> {
    if (performance.now() >= this.sliceEnd) {
      // Twice: what a signal's handler puts off is heard at the second.
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
      this.sliceEnd = performance.now() + SLICE_MS;
    }
    if (this.hears && this.isAborted) throw new Interruption('the training was interrupted');
  }

  /** Goes through work with a breath at each of its pauses. Throws {@link Interruption}; the work is then left where it was. */
  async follow<T>(work: Pausable<T>): Promise<T> {
    for (;;) {
      const { done, value } = work.next();
      if (done) return value as T;
      await this.breathe();
    }
  }
}

/** Work at a pace, or in one go where there is none. */
export function paced<T>(work: Pausable<T>, pace: Pace | undefined): T | Promise<T> {
  if (pace) return pace.follow(work);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value as T;
  }
}
