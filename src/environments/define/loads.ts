/**
 * Loads in lanes: factor of the step x (1 + spread x u), u of each load evenly drawn from -1 to 1 at knots some steps apart and linear between. The draws of a knot are a
 * function of seed, episode and knot alone: two loads a word of the stream `loads` (RandomStream), whole blocks of four words a knot, which are made here without going word by word.
 */
import { philoxBlock, purposeNumber } from '../../numeric/index.js';
import type { SliceArrays } from '../task.js';

/** Values of half a word. */
const HALVES = 65536;
/** Purpose of the stream. */
const PURPOSE = purposeNumber('loads');
const TWO_32 = 4294967296;

/** What loads of all environments stand at. */
export class LoadLanes {
  /** [environment][load]: draws of the knot before the present step and of the one after it. */
  private readonly before: Uint16Array;
  private readonly after: Uint16Array;
  private readonly words: Uint32Array;
  /** [lane]: a load's factor is constant + perBefore x before + perAfter x after. */
  private readonly constant: Float64Array;
  private readonly perBefore: Float64Array;
  private readonly perAfter: Float64Array;

  constructor(
    private readonly loads: number,
    environments: number,
    private readonly spread: number,
    private readonly spreadSteps: number,
    private readonly arrays: SliceArrays,
  ) {
    const size = spread > 0 ? loads * environments : 0;
    this.before = new Uint16Array(size);
    this.after = new Uint16Array(size);
    this.words = new Uint32Array(4 * Math.ceil(loads / 8));
    this.constant = new Float64Array(environments);
    this.perBefore = new Float64Array(environments);
    this.perAfter = new Float64Array(environments);
  }

  /** Makes an environment's draws those of a step. */
  seek(environment: number, step: number): void {
    if (this.spread === 0) return;
    const knot = Math.floor(step / this.spreadSteps);
    this.draw(environment, knot, this.before);
    this.draw(environment, knot + 1, this.after);
  }

  /** Moves an environment on to the next step. */
  advance(environment: number, step: number): void {
    const { spread, spreadSteps, loads, before, after } = this;
    if (spread === 0 || step % spreadSteps !== 0) return;
    const first = environment * loads;
    for (let n = 0; n < loads; n++) before[first + n] = after[first + n];
    this.draw(environment, step / spreadSteps + 1, after);
  }

  private draw(environment: number, knot: number, into: Uint16Array): void {
    const { words, loads } = this;
    const { seeds, episodes } = this.arrays;
    const seed = seeds[environment];
    const [low, high] = [seed >>> 0, Math.floor(seed / TWO_32) >>> 0];
    const blocks = words.length / 4;
    // Fewer than 2^32 blocks an episode: the second word of the counter stays 0.
    for (let k = 0; k < blocks; k++) philoxBlock(knot * blocks + k, 0, episodes[environment], PURPOSE, low, high, words, 4 * k);
    const first = environment * loads;
    for (let n = 0; n < loads; n++) into[first + n] = (n & 1) === 0 ? words[n >> 1] >>> 16 : words[n >> 1] & 0xffff;
  }

  /** Prepares the lanes of a step: the common factor of each, and its step. */
  begin(count: number, factor: Float64Array, step: ArrayLike<number>, which: Int32Array): void {
    const { constant, perBefore, perAfter, spread, spreadSteps } = this;
    const perHalf = (2 * spread) / HALVES;
    for (let j = 0; j < count; j++) {
      const share = (step[which[j]] % spreadSteps) / spreadSteps;
      constant[j] = factor[j] * (1 - spread + 0.5 * perHalf);
      perBefore[j] = factor[j] * perHalf * (1 - share);
      perAfter[j] = factor[j] * perHalf * share;
    }
  }

  /** Factors of all loads in one lane, each to its place in a row. */
  row(lane: number, environment: number, places: Int32Array, into: Float64Array): void {
    const { before, after, loads } = this;
    const [constant, perBefore, perAfter] = [this.constant[lane], this.perBefore[lane], this.perAfter[lane]];
    if (this.spread === 0) {
      for (let n = 0; n < loads; n++) into[places[n]] = constant;
      return;
    }
    const first = environment * loads;
    for (let n = 0; n < loads; n++) into[places[n]] = constant + perBefore * before[first + n] + perAfter * after[first + n];
  }

  /** Factors of one load, [lane]. */
  factors(load: number, count: number, which: Int32Array, into: Float64Array): void {
    const { constant, perBefore, perAfter, before, after, loads } = this;
    if (this.spread === 0) {
      for (let j = 0; j < count; j++) into[j] = constant[j];
      return;
    }
    for (let j = 0; j < count; j++) {
      const at = which[j] * loads + load;
      into[j] = constant[j] + perBefore[j] * before[at] + perAfter[j] * after[at];
    }
  }
}
