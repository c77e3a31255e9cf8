/** What gathers between two records of a training. */
import { InputError } from '../grid/index.js';

/** Mean of numbers; NaN of none. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((a, b) => a + b, 0) / values.length;
}

/** What has gathered, as plain data. */
export interface GatheredState {
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
  /** By name: sums over rounds. */
  readonly sums: Readonly<Record<string, number>>;
  readonly rounds: number;
}

/** Returns and lengths of training episodes, and sums of metrics, since the last record. */
export class Gathered {
  private returns: number[] = [];
  private lengths: number[] = [];
  private readonly sums = new Map<string, number>();
  private rounds = 0;

  /** One that goes on from what `save` gave. Throws InputError for what is none. */
  static from(state: GatheredState): Gathered {
    if (!Array.isArray(state?.returns) || !Array.isArray(state.lengths) || typeof state.rounds !== 'number' || typeof state.sums !== 'object')
      throw new InputError('the saved training does not say what had gathered since its last record');
    const gathered = new Gathered();
    gathered.add(state.returns, state.lengths, state.sums);
    gathered.rounds = state.rounds;
    return gathered;
  }

  /** Takes one round. */
  add(returns: readonly number[], lengths: readonly number[], metrics: Readonly<Record<string, number>>): void {
    for (const value of returns) this.returns.push(value);
    for (const value of lengths) this.lengths.push(value);
    for (const [name, value] of Object.entries(metrics)) this.sums.set(name, (this.sums.get(name) ?? 0) + value);
    this.rounds += 1;
  }

  /** Counts and means of all that gathered, which is then forgotten. */
  take(): { episodes: number; trainingReturn: number; trainingLength: number; metrics: Record<string, number> } {
    const { returns, lengths, sums, rounds } = this;
    const taken = {
      episodes: returns.length,
      trainingReturn: mean(returns),
      trainingLength: mean(lengths),
      metrics: Object.fromEntries([...sums].map(([name, sum]) => [name, sum / rounds])),
    };
    this.returns = [];
    this.lengths = [];
    this.sums.clear();
    this.rounds = 0;
    return taken;
  }

  save(): GatheredState {
    return { returns: [...this.returns], lengths: [...this.lengths], sums: Object.fromEntries(this.sums), rounds: this.rounds };
  }
}
