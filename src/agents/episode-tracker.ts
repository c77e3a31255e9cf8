/** Returns and lengths of training episodes as they end. */
import type { VectorStep } from '../environments/index.js';
import { InputError } from '../grid/index.js';
import type { PlainData } from './agent.js';

/** Sums rewards, environment by environment. */
export class EpisodeTracker {
  private readonly sums: Float64Array;
  private readonly counts: Float64Array;
  private returns: number[] = [];
  private lengths: number[] = [];

  constructor(environments: number) {
    this.sums = new Float64Array(environments);
    this.counts = new Float64Array(environments);
  }

  /** Takes a step of all environments. */
  add({ rewards, terminations, truncations }: Pick<VectorStep, 'rewards' | 'terminations' | 'truncations'>): void {
    const { sums, counts } = this;
    for (let e = 0; e < sums.length; e++) {
      sums[e] += rewards[e];
      counts[e] += 1;
      if (!terminations[e] && !truncations[e]) continue;
      this.returns.push(sums[e]);
      this.lengths.push(counts[e]);
      sums[e] = 0;
      counts[e] = 0;
    }
  }

  /** Those that ended since the last call. */
  take(): { returns: number[]; lengths: number[] } {
    const { returns, lengths } = this;
    this.returns = [];
    this.lengths = [];
    return { returns, lengths };
  }

  save(): PlainData {
    return { sums: this.sums.slice(), counts: this.counts.slice(), returns: [...this.returns], lengths: [...this.lengths] };
  }

  /** Throws InputError for what `save` did not give. */
  restore(state: PlainData): void {
    const { sums, counts, returns, lengths } = (state ?? {}) as { [name: string]: PlainData };
    const isOfEach = (array: PlainData): array is Float64Array =>
      array instanceof Float64Array && array.length === this.sums.length && array.every((x) => Number.isFinite(x));
    if (!isOfEach(sums) || !isOfEach(counts)) throw new InputError('saved episodes are no numbers of this number of environments');
    if (!isNumbers(returns) || !isNumbers(lengths) || returns.length !== lengths.length)
      throw new InputError('saved episodes do not say which of them have ended');
    this.sums.set(sums);
    this.counts.set(counts);
    this.returns = [...returns];
    this.lengths = [...lengths];
  }
}

function isNumbers(value: PlainData): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number');
}
