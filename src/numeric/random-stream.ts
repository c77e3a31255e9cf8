/**
 * Random numbers by counting: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011).
 *
 * The n-th number of a stream is a function of seed, environment, purpose and n alone, so that a series does not depend on how many others are drawn beside it, in
 * which order or on which worker. The 64-bit key is the seed; the 128-bit counter is (block low, block high, environment, purpose); a block is four words
 * of 32 bits.
 */
import { normalInverseCdfCentred } from './distributions.js';

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
const TWO_32 = 4294967296;

/** The upper 32 bits of a product, b given as its halves. */
function upperProduct(a: number, bHigh: number, bLow: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const middle = (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16);
  const carry = (Math.imul(aLow, bHigh) >>> 0) + (middle & 0xffff);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}

/**
 * One block of Philox4x32-10.
 *
 * @param out receives four words from `at` on
 */
export function philoxBlock(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Uint32Array,
  at = 0,
): void {
  let c0 = counter0 | 0;
  let c1 = counter1 | 0;
  let c2 = counter2 | 0;
  let c3 = counter3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = upperProduct(c0, MULTIPLIER_0 >>> 16, MULTIPLIER_0 & 0xffff);
    const low0 = Math.imul(c0, MULTIPLIER_0);
    const high1 = upperProduct(c2, MULTIPLIER_1 >>> 16, MULTIPLIER_1 & 0xffff);
    const low1 = Math.imul(c2, MULTIPLIER_1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}

/** The number that stands for a purpose written as a word: FNV-1a of its UTF-16 units, 32 bits. */
export function purposeNumber(purpose: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < purpose.length; i++) {
    const unit = purpose.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash >>> 0;
}

function wholeNumber(name: string, value: number, limit: number): number {
  if (!Number.isInteger(value) || value < 0 || value >= limit) {
    throw new RangeError(`${name} is ${String(value)}; it must be a whole number from 0 and below ${limit}`);
  }
  return value;
}

/**
 * A stream of random numbers. Its whole state is its position, the number of 32-bit words drawn.
 *
 * `uint32` takes one word, so does `integer` where it is not drawn again; `uniform` and `normal` take two. The filling forms take what as many single draws
 * would and give the same values; nothing allocates.
 */
export class RandomStream {
  private readonly key0: number;
  private readonly key1: number;
  private readonly environment: number;
  private readonly purpose: number;
  private readonly block = new Uint32Array(4);
  /** Number of the block in `block`, and how many of its words are drawn. */
  private blockNumber = 0;
  private drawn = 0;

  /**
   * @param seed whole number, 0 to 2^53 - 1
   * @param environment whole number below 2^32
   * @param purpose what the numbers are for: a word (see {@link purposeNumber}) or a whole number below 2^32
   * @param position words already drawn
   *
   * Throws RangeError for what is outside these ranges.
   */
  constructor(seed: number, environment = 0, purpose: string | number = 0, position = 0) {
    wholeNumber('the seed', seed, Number.MAX_SAFE_INTEGER + 1);
    this.key0 = seed >>> 0;
    this.key1 = Math.floor(seed / TWO_32) >>> 0;
    this.environment = wholeNumber('the environment', environment, TWO_32);
    this.purpose = typeof purpose === 'string' ? purposeNumber(purpose) : wholeNumber('the purpose', purpose, TWO_32);
    this.restore(position);
  }

  /** Words drawn so far. */
  state(): number {
    return this.blockNumber * 4 + this.drawn;
  }

  /** Goes to a position that {@link state} gave, or to any other. Throws RangeError for what is no whole number from 0. */
  restore(position: number): void {
    wholeNumber('the position', position, Number.MAX_SAFE_INTEGER + 1);
    this.blockNumber = Math.floor(position / 4);
    this.drawn = position % 4;
    this.load();
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    if (this.drawn === 4) {
      this.blockNumber += 1;
      this.drawn = 0;
      this.load();
    }
    return this.block[this.drawn++];
  }

  /** A number in [0, 1), a multiple of 2^-53: the upper 27 bits of one word, then the upper 26 of the next. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** A whole number from 0 to bound - 1, each equally likely: words of the incomplete last round of `bound` are drawn again. Throws RangeError for a bound outside 1 to 2^32. */
  integer(bound: number): number {
    if (!(Number.isInteger(bound) && bound >= 1 && bound <= TWO_32)) {
      throw new RangeError(`the bound of random integers is ${String(bound)}; it must be a whole number from 1 to ${TWO_32}`);
    }
    const accepted = TWO_32 - (TWO_32 % bound);
    let word = this.uint32();
    while (word >= accepted) word = this.uint32();
    return word % bound;
  }

  /** A normally distributed number of mean 0 and standard deviation 1, by the inverse of the distribution at the middle of one of 2^53 equal steps. */
  normal(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return normalInverseCdfCentred((high * 67108864 + low - 4503599627370496 + 0.5) / 9007199254740992);
  }

  /** Fills `out` from `from` up to and without `to` with {@link uint32}. */
  fillUint32(out: Uint32Array | Float64Array, from = 0, to = out.length): void {
    for (let i = from; i < to; i++) out[i] = this.uint32();
  }

  /** Fills `out` from `from` up to and without `to` with {@link uniform}. */
  fillUniform(out: Float64Array | Float32Array, from = 0, to = out.length): void {
    for (let i = from; i < to; i++) out[i] = this.uniform();
  }

  /** Fills `out` from `from` up to and without `to` with {@link integer}. */
  fillIntegers(out: Int32Array | Uint32Array | Uint8Array | Float64Array, bound: number, from = 0, to = out.length): void {
    for (let i = from; i < to; i++) out[i] = this.integer(bound);
  }

  /** Fills `out` from `from` up to and without `to` with {@link normal}. */
  fillNormal(out: Float64Array | Float32Array, from = 0, to = out.length): void {
    for (let i = from; i < to; i++) out[i] = this.normal();
  }

  private load(): void {
    const { blockNumber, environment, purpose, key0, key1, block } = this;
    philoxBlock(blockNumber >>> 0, Math.floor(blockNumber / TWO_32), environment, purpose, key0, key1, block);
  }
}
