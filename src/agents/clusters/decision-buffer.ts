/**
 * Decisions of one agent in many environments, and what came of them until its next one.
 *
 * Between two decisions of an agent lie steps in which others act, or nobody. The process seen by the agent is semi-Markov (Sutton, Precup, Singh: Between MDPs and semi-MDPs, Artificial
 * Intelligence 112, 1999): a decision that held for tau steps earned R = r_1 + gamma r_2 + ... + gamma^(tau-1) r_tau, and what follows it is worth gamma^tau V(next decision). Nothing if the
 * episode ended by its rules within; gamma^tau V(last observation) if it was cut.
 */
import { InputError } from '../../grid/index.js';
import type { PlainData } from '../agent.js';

/** What has become of a decision. */
const OPEN = 0;
const FOLLOWED = 1;
const TERMINATED = 2;
const TRUNCATED = 3;

/** Sizes of a buffer. */
export interface DecisionShape {
  /** Decisions that it has room for. */
  readonly capacity: number;
  readonly environments: number;
  readonly observation: number;
  readonly choices: number;
}

/** Decisions in the order in which they were taken. */
export class DecisionBuffer {
  readonly observations: Float32Array;
  readonly masks: Uint8Array;
  readonly actions: Float64Array;
  readonly logProbabilities: Float64Array;
  readonly values: Float64Array;
  /** Rewards since the decision, discounted to it; and gamma^tau of the steps since. */
  readonly rewards: Float64Array;
  readonly discounts: Float64Array;
  /** Written by {@link finish}: advantages, and advantages + values. */
  readonly advantages: Float64Array;
  readonly returns: Float64Array;
  private readonly ends: Uint8Array;
  /** The row of the decision that follows; value of the last observation of an episode that was cut. */
  private readonly next: Int32Array;
  private readonly finalValues: Float64Array;
  /** [environment]: the row of the decision that holds, -1 for none. */
  private readonly open: Int32Array;
  private filled = 0;
  private openCount = 0;

  constructor(readonly shape: DecisionShape) {
    const { capacity, environments, observation, choices } = shape;
    this.observations = new Float32Array(capacity * observation);
    this.masks = new Uint8Array(capacity * choices);
    [this.actions, this.logProbabilities, this.values, this.rewards, this.discounts, this.advantages, this.returns, this.finalValues] = Array.from(
      { length: 8 },
      () => new Float64Array(capacity),
    );
    this.ends = new Uint8Array(capacity);
    this.next = new Int32Array(capacity).fill(-1);
    this.open = new Int32Array(environments).fill(-1);
  }

  /** Decisions, those included that hold still. */
  get length(): number {
    return this.filled;
  }

  /** Decisions of which all is known. */
  get complete(): number {
    return this.filled - this.openCount;
  }

  /** Whether a decision holds in an environment. */
  isOpen(environment: number): boolean {
    return this.open[environment] >= 0;
  }

  /**
   * Takes a decision; the one that held in that environment is complete with it.
   *
   * @param at number of the decision's row in the arrays given, [row][...]
   * @throws InputError where there is no room
   */
  begin(
    environment: number,
    decided: {
      readonly observations: Float32Array;
      readonly masks: Uint8Array;
      readonly actions: Float64Array;
      readonly logProbabilities: Float64Array;
      readonly values: Float64Array;
    },
    at: number,
  ): void {
    const { capacity, observation, choices } = this.shape;
    const row = this.filled;
    if (row === capacity) throw new InputError(`there is room for ${capacity} decisions, and for no more`);
    const before = this.open[environment];
    if (before >= 0) {
      this.ends[before] = FOLLOWED;
      this.next[before] = row;
    } else this.openCount += 1;
    this.observations.set(decided.observations.subarray(at * observation, (at + 1) * observation), row * observation);
    this.masks.set(decided.masks.subarray(at * choices, (at + 1) * choices), row * choices);
    this.actions[row] = decided.actions[at];
    this.logProbabilities[row] = decided.logProbabilities[at];
    this.values[row] = decided.values[at];
    this.rewards[row] = 0;
    this.discounts[row] = 1;
    this.ends[row] = OPEN;
    this.next[row] = -1;
    this.open[environment] = row;
    this.filled += 1;
  }

  /** Takes the rewards of one step of all environments, [environment]: each goes to the decision that holds there. */
  reward(rewards: Float64Array, gamma: number): void {
    const { open } = this;
    for (let e = 0; e < open.length; e++) {
      const row = open[e];
      if (row < 0) continue;
      this.rewards[row] += this.discounts[row] * rewards[e];
      this.discounts[row] *= gamma;
    }
  }

  /** The episode of an environment has ended. @param finalValue value of its last observation, where it was cut; undefined where it ended by its own rules */
  end(environment: number, finalValue?: number): void {
    const row = this.open[environment];
    if (row < 0) return;
    this.ends[row] = finalValue === undefined ? TERMINATED : TRUNCATED;
    this.finalValues[row] = finalValue ?? 0;
    this.open[environment] = -1;
    this.openCount -= 1;
  }

  /**
   * Advantages and returns of the decisions that are complete, and their rows. Generalised advantages over decisions: A = delta + gamma^tau lambda A', delta = R + gamma^tau V' - V, where A'
   * and V' are those of the next decision of the episode; A' is 0 where that one is not complete.
   */
  finish(lambda: number): Int32Array {
    const { ends, next, values, rewards, discounts, advantages, returns, finalValues, filled } = this;
    const rows = new Int32Array(this.complete);
    let at = rows.length;
    for (let row = filled - 1; row >= 0; row--) {
      if (ends[row] === OPEN) continue;
      const after = next[row];
      const nextValue = ends[row] === FOLLOWED ? values[after] : finalValues[row];
      const later = ends[row] === FOLLOWED && ends[after] !== OPEN ? advantages[after] : 0;
      advantages[row] = rewards[row] + discounts[row] * (nextValue + lambda * later) - values[row];
      returns[row] = advantages[row] + values[row];
      rows[--at] = row;
    }
    return rows;
  }

  /** Forgets what is complete; decisions that hold still are kept. */
  clear(): void {
    const { observation, choices } = this.shape;
    const environmentOf = new Map<number, number>();
    this.open.forEach((row, e) => {
      if (row >= 0) environmentOf.set(row, e);
    });
    let to = 0;
    for (const row of [...environmentOf.keys()].sort((a, b) => a - b)) {
      this.observations.copyWithin(to * observation, row * observation, (row + 1) * observation);
      this.masks.copyWithin(to * choices, row * choices, (row + 1) * choices);
      for (const numbers of [this.actions, this.logProbabilities, this.values, this.rewards, this.discounts]) numbers[to] = numbers[row];
      this.ends[to] = OPEN;
      this.next[to] = -1;
      this.open[environmentOf.get(row) as number] = to;
      to += 1;
    }
    this.filled = to;
  }

  save(): PlainData {
    const { observation, choices } = this.shape;
    const { filled } = this;
    return {
      observations: this.observations.slice(0, filled * observation),
      masks: this.masks.slice(0, filled * choices),
      numbers: [this.actions, this.logProbabilities, this.values, this.rewards, this.discounts, this.finalValues].map((numbers) =>
        numbers.slice(0, filled),
      ),
      ends: this.ends.slice(0, filled),
      next: this.next.slice(0, filled),
      open: this.open.slice(),
    };
  }

  /** Throws InputError for what `save` did not give. */
  restore(saved: PlainData): void {
    const state = (saved ?? {}) as {
      observations?: Float32Array;
      masks?: Uint8Array;
      numbers?: Float64Array[];
      ends?: Uint8Array;
      next?: Int32Array;
      open?: Int32Array;
    };
    const { capacity, observation, environments } = this.shape;
    const filled = state.ends?.length ?? -1;
    if (
      filled < 0 ||
      filled > capacity ||
      state.open?.length !== environments ||
      state.observations?.length !== filled * observation ||
      state.numbers?.length !== 6
    )
      throw new InputError('saved decisions are of other settings');
    this.observations.set(state.observations);
    this.masks.set(state.masks as Uint8Array);
    [this.actions, this.logProbabilities, this.values, this.rewards, this.discounts, this.finalValues].forEach((numbers, k) => {
      numbers.set((state.numbers as Float64Array[])[k]);
    });
    this.ends.set(state.ends as Uint8Array);
    this.next.set(state.next as Int32Array);
    this.open.set(state.open);
    this.filled = filled;
    this.openCount = this.open.filter((row) => row >= 0).length;
  }
}
