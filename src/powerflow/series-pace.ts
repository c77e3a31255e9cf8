/** The pace of a series: when the event loop is let go, when progress is told, when an abort is heard. */
import type { SeriesProgress } from './series-run.js';

/** Work may go on for so long before the event loop is let go, ms. */
const SLICE_MS = 10;
/** Least time between two reports of progress, ms. */
const PROGRESS_MS = 100;

/** What is used of an `AbortSignal`; so named, published types need no library that declares that. */
export interface SeriesSignal {
  readonly aborted: boolean;
  /** What an abort was given as its reason. */
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The clock of one series. */
export class SeriesPace {
  /** Scenarios in all, where somebody knows. */
  total: number | undefined;
  private readonly started = performance.now();
  private sliceEnd = this.started + SLICE_MS;
  private toldAt = -Infinity;
  private toldDone = 0;
  private done = 0;
  private failed = 0;

  constructor(
    private readonly onProgress: ((progress: SeriesProgress) => void) | undefined,
    private readonly signal: SeriesSignal | undefined,
  ) {}

  /** Throws the signal's reason where it is aborted. */
  hear(): void {
    this.signal?.throwIfAborted();
  }

  /** Lets the event loop go where work has gone on for long, then hears. */
  async breathe(): Promise<void> {
    if (performance.now() >= this.sliceEnd) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.sliceEnd = performance.now() + SLICE_MS;
    }
    this.hear();
  }

  /** Counts a chunk, and tells where it is time. */
  tell(count: number, failed: number): void {
    this.done += count;
    this.failed += failed;
    if (performance.now() - this.toldAt >= PROGRESS_MS) this.report();
  }

  /** Tells of the end, unless that was told. */
  end(): void {
    if (this.toldDone !== this.done) this.report();
  }

  private report(): void {
    this.toldAt = performance.now();
    this.toldDone = this.done;
    this.onProgress?.({ done: this.done, total: this.total, failed: this.failed, elapsedMs: this.toldAt - this.started });
  }
}

/** The items of a source. While one is awaited, an abort ends the wait with the signal's reason. The source is ended with whoever ends this. */
export async function* untilAborted<T>(source: Iterable<T> | AsyncIterable<T>, signal: SeriesSignal | undefined): AsyncGenerator<T, void, undefined> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let atRest = false;
  try {
    for (;;) {
      atRest = false;
      const step = await unlessAborted(Promise.resolve(iterator.next()), signal);
      if (step.done) return;
      atRest = true;
      yield step.value;
    }
  } finally {
    if (atRest) await iterator.return?.();
    // Ended once it has given what it was asked for; nobody waits for that.
    else if (signal?.aborted) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/** What a promise comes to, or the signal's reason, whichever is first. No listener stays behind. */
function unlessAborted<T>(promise: Promise<T>, signal: SeriesSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
  });
}
