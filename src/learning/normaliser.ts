/** Observations and rewards brought to mean 0 and deviation 1 by what was seen so far; saved with a policy. */
import { describeValue, InputError } from '../grid/index.js';
import { numberWithin, requireLength, wholeNumber } from './checks.js';
import type { Reals } from './distributions/distribution.js';
import { LearningError } from './errors.js';

/** Moments as plain data; JSON takes it. */
export interface MomentsData {
  readonly count: number;
  readonly mean: readonly number[];
  /** Sums of squared distances from the mean. */
  readonly squares: readonly number[];
}

/**
 * Mean and variance of each number of many rows, batch by batch: a batch's own mean and squares are merged into what is there, which loses no digits over long runs.
 * Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample variances, 1979.
 */
export class RunningMoments {
  readonly mean: Float64Array;
  private readonly squares: Float64Array;
  private rows = 0;

  /** @param size numbers a row */
  constructor(readonly size: number) {
    wholeNumber('the numbers of a row', size, 1, 2 ** 28);
    this.mean = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  /** Rows seen. */
  get count(): number {
    return this.rows;
  }

  /** Variance of one number (over all rows, not one fewer); 0 before any row. */
  variance(j: number): number {
    return this.rows > 0 ? this.squares[j] / this.rows : 0;
  }

  /** Takes rows, [row][number]. Throws InputError for what is not of whole rows, LearningError for numbers that are not finite; nothing has changed then. */
  add(batch: ArrayLike<number>): void {
    const { size } = this;
    const count = batch.length / size;
    if (!Number.isInteger(count)) throw new InputError(`${batch.length} numbers are no whole number of rows of ${size}`);
    if (count === 0) return;
    for (let k = 0; k < batch.length; k++) {
      if (!Number.isFinite(batch[k])) throw new LearningError(`number ${k % size} of row ${Math.floor(k / size)} is ${batch[k]}`);
    }
    const total = this.rows + count;
    for (let j = 0; j < size; j++) {
      let mean = 0;
      for (let r = 0; r < count; r++) mean += batch[r * size + j] / count;
      let squares = 0;
      for (let r = 0; r < count; r++) squares += (batch[r * size + j] - mean) ** 2;
      const difference = mean - this.mean[j];
      this.mean[j] += (difference * count) / total;
      this.squares[j] += squares + (difference * difference * this.rows * count) / total;
    }
    this.rows = total;
  }

  /** Merges what another has seen, as of other workers. Throws InputError for one of other rows. */
  merge(other: RunningMoments): void {
    requireLength('the means to be merged', other.mean, this.size);
    const total = this.rows + other.rows;
    if (other.rows === 0) return;
    for (let j = 0; j < this.size; j++) {
      const difference = other.mean[j] - this.mean[j];
      this.mean[j] += (difference * other.rows) / total;
      this.squares[j] += other.squares[j] + (difference * difference * this.rows * other.rows) / total;
    }
    this.rows = total;
  }

  save(): MomentsData {
    return { count: this.rows, mean: Array.from(this.mean), squares: Array.from(this.squares) };
  }

  /** Goes on from what `save` gave. Throws InputError for what is none, or of other rows. */
  restore(data: MomentsData): void {
    if (typeof data !== 'object' || data === null) throw new InputError(`saved moments are ${describeValue(data)}`);
    requireLength('the saved means', data.mean, this.size);
    requireLength('the saved squares', data.squares, this.size);
    if (![...data.mean, ...data.squares].every((x) => Number.isFinite(x))) throw new InputError('saved moments are not all finite');
    this.rows = wholeNumber('the saved count', data.count, 0, Number.MAX_SAFE_INTEGER);
    this.mean.set(data.mean);
    this.squares.set(data.squares);
  }
}

/** Observations less their means over their deviations, cut to +-limit. */
export class ObservationNormaliser {
  readonly moments: RunningMoments;
  private readonly limit: number;

  /** @param size numbers of an observation; @param limit default 10 */
  constructor(size: number, limit = 10) {
    this.moments = new RunningMoments(size);
    this.limit = numberWithin('the limit of observations', limit, 1e-6, 1e9);
  }

  /** Writes normalised observations, [row][number]; `out` may be the array itself. Before any row was seen nothing is changed but cut. */
  normalise(observations: ArrayLike<number>, out: Reals): void {
    const { moments, limit } = this;
    const { size } = moments;
    requireLength('the normalised observations', out, observations.length);
    if (observations.length % size !== 0) throw new InputError(`${observations.length} numbers are no whole number of rows of ${size}`);
    for (let j = 0; j < size; j++) {
      const mean = moments.mean[j];
      const scale = moments.count > 0 ? 1 / Math.sqrt(moments.variance(j) + 1e-8) : 1;
      for (let k = j; k < observations.length; k += size) {
        const z = (observations[k] - mean) * scale;
        out[k] = z < -limit ? -limit : z > limit ? limit : z;
      }
    }
  }
}

/** A reward normaliser as plain data. */
export interface RewardNormaliserData {
  readonly moments: MomentsData;
  readonly returns: readonly number[];
}

/**
 * Rewards over the deviation of their discounted sum, not moved, cut to +-limit. As Gymnasium's `NormalizeReward`: one discounted sum an environment, begun anew with
 * each episode.
 */
export class RewardNormaliser {
  readonly moments = new RunningMoments(1);
  private readonly returns: Float64Array;
  private readonly gamma: number;
  private readonly limit: number;

  constructor(environments: number, gamma: number, limit = 10) {
    this.returns = new Float64Array(wholeNumber('the environments', environments, 1, 2 ** 28));
    this.gamma = numberWithin('gamma', gamma, 0, 1);
    this.limit = numberWithin('the limit of rewards', limit, 1e-6, 1e9);
  }

  /** Takes the rewards of one step of all environments into account. `ended`: not 0 where an episode ended with it. */
  add(rewards: ArrayLike<number>, ended: ArrayLike<number>): void {
    const { returns } = this;
    requireLength('the rewards', rewards, returns.length);
    requireLength('the ends', ended, returns.length);
    for (let e = 0; e < returns.length; e++)
      if (!Number.isFinite(rewards[e])) throw new LearningError(`the reward of environment ${e} is ${rewards[e]}`);
    for (let e = 0; e < returns.length; e++) returns[e] = this.gamma * returns[e] + rewards[e];
    this.moments.add(returns);
    for (let e = 0; e < returns.length; e++) if (ended[e]) returns[e] = 0;
  }

  /** Writes normalised rewards, any number of them; `out` may be the array itself. */
  normalise(rewards: ArrayLike<number>, out: Reals): void {
    requireLength('the normalised rewards', out, rewards.length);
    const scale = this.moments.count > 0 ? 1 / Math.sqrt(this.moments.variance(0) + 1e-8) : 1;
    for (let k = 0; k < rewards.length; k++) {
      const z = rewards[k] * scale;
      out[k] = z < -this.limit ? -this.limit : z > this.limit ? this.limit : z;
    }
  }

  save(): RewardNormaliserData {
    return { moments: this.moments.save(), returns: Array.from(this.returns) };
  }

  /** Goes on from what `save` gave. Throws InputError for what is none, or of other environments. */
  restore(data: RewardNormaliserData): void {
    requireLength('the saved returns', data?.returns, this.returns.length);
    this.moments.restore(data.moments);
    this.returns.set(data.returns);
  }
}
