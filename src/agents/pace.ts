/** Lets the event loop go now and then, so that signals, timers and a browser's page are heard while rounds follow each other. */

/** Rounds may follow each other for so long, ms. */
const SLICE_MS = 50;

/** The clock of one training. */
export class Pace {
  private sliceEnd = performance.now() + SLICE_MS;

  /** Lets the event loop go where work has gone on for long. */
  async breathe(): Promise<void> {
    if (performance.now() < this.sliceEnd) return;
    // Twice: what a signal's handler puts off is heard at the second.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    this.sliceEnd = performance.now() + SLICE_MS;
  }
}
