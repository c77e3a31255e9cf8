/** Words in shared memory by which the main thread and the threads of slices tell each other what to do and what is done. */

/** Words of a thread. */
export const WORDS_PER_THREAD = 16;
/** Number of the last command; the thread sleeps on it. */
export const WORD_ISSUED = 0;
/** Number of the last command done, {@link LOST} where the thread has ended; who gave it sleeps on this. */
export const WORD_DONE = 1;
/** What the command is. */
export const WORD_COMMAND = 2;
/** Whether it went well. */
export const WORD_STATUS = 3;
/** Bytes of the message, where it did not. */
export const WORD_TEXT = 4;
/** Of a step: number of the sampler whose actions are taken; {@link GIVEN} for those that were given. */
export const WORD_SAMPLER = 5;

export const GIVEN = -1;
/** Largest number of a sampler. */
export const MOST_SAMPLERS = 2 ** 31 - 1;

export const LOST = -1;

export const COMMAND_STEP = 1;
/** The reset's options are a message. */
export const COMMAND_RESET = 2;
/** The question is a message, and so is the answer. */
export const COMMAND_ASK = 3;

export const STATUS_WELL = 0;
/** Bad input, of which the message says all. */
export const STATUS_INPUT = 1;
export const STATUS_FAILED = 2;

/** Most bytes of a message. */
const TEXT_BYTES = 2048;
/** Doubles of a thread: seconds at work, seconds in kernels. */
const TIMES = 2;

/** The shared words of all threads of a vector. */
export class SliceControl {
  readonly words: Int32Array;
  readonly times: Float64Array;
  private readonly text: Uint8Array;

  constructor(readonly buffer: SharedArrayBuffer) {
    const threads = buffer.byteLength / SliceControl.bytesPerThread;
    this.times = new Float64Array(buffer, 0, TIMES * threads);
    this.words = new Int32Array(buffer, 8 * TIMES * threads, WORDS_PER_THREAD * threads);
    this.text = new Uint8Array(buffer, (8 * TIMES + 4 * WORDS_PER_THREAD) * threads, TEXT_BYTES * threads);
  }

  private static readonly bytesPerThread = 8 * TIMES + 4 * WORDS_PER_THREAD + TEXT_BYTES;

  /** For so many threads. */
  static make(threads: number): SliceControl {
    return new SliceControl(new SharedArrayBuffer(threads * SliceControl.bytesPerThread));
  }

  /** Where a word of a thread is. */
  at(thread: number, word: number): number {
    return thread * WORDS_PER_THREAD + word;
  }

  /** Says how a command went; the number of the command comes after. */
  tell(thread: number, status: number, message = ''): void {
    const bytes = new TextEncoder().encode(message).subarray(0, TEXT_BYTES);
    this.text.set(bytes, thread * TEXT_BYTES);
    this.words[this.at(thread, WORD_TEXT)] = bytes.length;
    this.words[this.at(thread, WORD_STATUS)] = status;
  }

  /** The message told. */
  message(thread: number): string {
    const from = thread * TEXT_BYTES;
    return new TextDecoder().decode(this.text.slice(from, from + this.words[this.at(thread, WORD_TEXT)]));
  }

  /** Sets a word on which somebody may sleep. */
  raise(thread: number, word: number, value: number): void {
    const at = this.at(thread, word);
    Atomics.store(this.words, at, value);
    Atomics.notify(this.words, at);
  }
}
