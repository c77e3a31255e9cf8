/**
 * The policy's parameters in shared memory: the learner publishes version after version, actors take the newest; neither ever waits, and nobody reads what is being written. There are two more
 * buffers than readers. A reader marks the buffer that it reads (Michael: Hazard pointers, IEEE Transactions on Parallel and Distributed Systems 15, 2004), and the learner writes
 * into one that is neither the newest nor marked.
 */

/** What a buffer holds. */
export interface Weights {
  readonly parameters: Float32Array;
  /** Of the observations: rows seen, then mean and sum of squares of each number; empty where observations are not normalised. */
  readonly moments: Float64Array;
}

/** Sizes of weights. */
export interface WeightsShape {
  readonly parameters: number;
  /** Numbers in `moments`. */
  readonly moments: number;
  /** Threads that read. */
  readonly readers: number;
}

const WORD_NEWEST = 0;
const WORD_VERSION = 1;
/** From here on a word a reader: the buffer that it reads, plus 1; 0 for none. Behind them the versions of the buffers. */
const WORD_MARKS = 2;

/** See above. */
export class SharedWeights {
  private readonly words: Int32Array;
  private readonly buffers: readonly Weights[];

  /** Over memory that {@link make} made, in whatever thread. */
  constructor(
    readonly buffer: SharedArrayBuffer,
    readonly shape: WeightsShape,
  ) {
    const count = shape.readers + 2;
    this.words = new Int32Array(buffer, 0, WORD_MARKS + shape.readers + count);
    const first = SharedWeights.bytesOfWords(shape);
    const bytes = SharedWeights.bytesOfOne(shape);
    this.buffers = Array.from({ length: count }, (_, k) => ({
      moments: new Float64Array(buffer, first + k * bytes, shape.moments),
      parameters: new Float32Array(buffer, first + k * bytes + 8 * shape.moments, shape.parameters),
    }));
  }

  private static bytesOfWords({ readers }: WeightsShape): number {
    return Math.ceil((4 * (WORD_MARKS + 2 * readers + 2)) / 64) * 64;
  }

  private static bytesOfOne({ parameters, moments }: WeightsShape): number {
    return Math.ceil((8 * moments + 4 * parameters) / 64) * 64;
  }

  /** Weights of which nothing is published yet: version -1. */
  static make(shape: WeightsShape): SharedWeights {
    const bytes = SharedWeights.bytesOfWords(shape) + (shape.readers + 2) * SharedWeights.bytesOfOne(shape);
    const weights = new SharedWeights(new SharedArrayBuffer(bytes), shape);
    weights.words[WORD_VERSION] = -1;
    return weights;
  }

  /** The newest version. */
  get version(): number {
    return Atomics.load(this.words, WORD_VERSION);
  }

  /** Publishes a version; `write` fills a buffer that nobody reads. For one thread alone. */
  publish(version: number, write: (into: Weights) => void): void {
    const { words, shape } = this;
    const newest = Atomics.load(words, WORD_NEWEST);
    const taken = new Set([newest]);
    for (let reader = 0; reader < shape.readers; reader++) taken.add(Atomics.load(words, WORD_MARKS + reader) - 1);
    const free = this.buffers.findIndex((_, k) => !taken.has(k));
    write(this.buffers[free]);
    Atomics.store(words, WORD_MARKS + shape.readers + free, version);
    Atomics.store(words, WORD_NEWEST, free);
    Atomics.store(words, WORD_VERSION, version);
  }

  /**
   * Reads the newest version. What `use` is given is whole and stays as it is until `use` returns.
   *
   * @param reader its number, from 0; one thread each
   */
  read(reader: number, use: (weights: Weights, version: number) => void): void {
    const { words, shape } = this;
    const mark = WORD_MARKS + reader;
    let newest = Atomics.load(words, WORD_NEWEST);
    for (;;) {
      Atomics.store(words, mark, newest + 1);
      // Where another version came before the mark was there, the learner may be writing into this buffer.
      const now = Atomics.load(words, WORD_NEWEST);
      if (now === newest) break;
      newest = now;
    }
    try {
      use(this.buffers[newest], Atomics.load(words, WORD_MARKS + shape.readers + newest));
    } finally {
      Atomics.store(words, mark, 0);
    }
  }

  /** Takes away the mark of a reader whose thread has ended. */
  forget(reader: number): void {
    Atomics.store(this.words, WORD_MARKS + reader, 0);
  }
}
