/** What a policy saw and did, [time][environment], for agents that learn from their own actions. */
import { InputError } from '../grid/index.js';
import { requireLength, wholeNumber } from './checks.js';
import { generalisedAdvantages } from './returns.js';

/** Sizes of a rollout. */
export interface RolloutShape {
  /** Steps of each environment. */
  readonly steps: number;
  readonly environments: number;
  /** Numbers of an observation. */
  readonly observation: number;
  /** Numbers of an action. */
  readonly action: number;
  /** Choices that a mask speaks of; default 0. */
  readonly choices?: number;
}

/** One step of all environments. */
export interface RolloutStep {
  /** [environment][observation]: what was acted upon. */
  readonly observations: ArrayLike<number>;
  /** [environment][action] */
  readonly actions: ArrayLike<number>;
  /** [environment][choice]: what was allowed. */
  readonly masks?: ArrayLike<number>;
  /** [environment]: ln p of the actions when they were drawn. */
  readonly logProbabilities: ArrayLike<number>;
  /** [environment]: values of the observations. */
  readonly values: ArrayLike<number>;
  /** [environment] */
  readonly rewards: ArrayLike<number>;
  readonly terminations: ArrayLike<number>;
  readonly truncations: ArrayLike<number>;
  /** [environment]: values of final observations; read where an episode was cut. */
  readonly finalValues?: ArrayLike<number>;
}

/** Rows of a rollout, gathered for one batch; the first `rows` of each array. */
export interface RolloutBatch {
  rows: number;
  readonly observations: Float32Array;
  readonly actions: Float64Array;
  readonly masks: Uint8Array;
  readonly logProbabilities: Float64Array;
  readonly values: Float64Array;
  readonly advantages: Float64Array;
  readonly returns: Float64Array;
}

/** A rollout of fixed length; all arrays are made once. */
export class RolloutBuffer {
  readonly shape: Required<RolloutShape>;
  /** [time][environment][observation] */
  readonly observations: Float32Array;
  /** [time][environment][action] */
  readonly actions: Float64Array;
  /** [time][environment][choice] */
  readonly masks: Uint8Array;
  /** [time][environment], as are all that follow. */
  readonly logProbabilities: Float64Array;
  readonly values: Float64Array;
  readonly rewards: Float64Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  readonly finalValues: Float64Array;
  /** 1 where an episode begins with this step; for networks with a state. */
  readonly starts: Uint8Array;
  /** Written by {@link finish}. */
  readonly advantages: Float64Array;
  /** Written by {@link finish}: advantages + values. */
  readonly returns: Float64Array;
  private filled = 0;
  /** Whether an episode begins with the next step, [environment]. */
  private readonly begins: Uint8Array;

  /** Throws InputError for sizes that are none. */
  constructor(shape: RolloutShape) {
    const most = 2 ** 30;
    this.shape = {
      steps: wholeNumber('the steps of a rollout', shape.steps, 1, most),
      environments: wholeNumber('the environments of a rollout', shape.environments, 1, most),
      observation: wholeNumber('the size of an observation', shape.observation, 1, most),
      action: wholeNumber('the size of an action', shape.action, 1, most),
      choices: wholeNumber('the choices of a mask', shape.choices ?? 0, 0, most),
    };
    const { steps, environments, observation, action, choices } = this.shape;
    const rows = steps * environments;
    this.observations = new Float32Array(rows * observation);
    this.actions = new Float64Array(rows * action);
    this.masks = new Uint8Array(rows * choices);
    [this.logProbabilities, this.values, this.rewards, this.finalValues, this.advantages, this.returns] = Array.from(
      { length: 6 },
      () => new Float64Array(rows),
    );
    [this.terminations, this.truncations, this.starts] = Array.from({ length: 3 }, () => new Uint8Array(rows));
    this.begins = new Uint8Array(environments).fill(1);
  }

  /** Steps added since the last clear. */
  get length(): number {
    return this.filled;
  }

  /** Adds one step of all environments; copies. Throws InputError where the rollout is full or lengths do not fit. */
  add(step: RolloutStep): void {
    const { steps, environments, observation, action, choices } = this.shape;
    if (this.filled === steps) throw new InputError(`a rollout of ${steps} steps is full; call clear() first`);
    const at = this.filled * environments;
    const copy = (name: string, to: Float32Array | Float64Array | Uint8Array, from: ArrayLike<number>, width: number): void => {
      requireLength(name, from, environments * width);
      to.set(from, at * width);
    };
    copy('the observations', this.observations, step.observations, observation);
    copy('the actions', this.actions, step.actions, action);
    if (choices > 0) copy('the masks', this.masks, step.masks ?? [], choices);
    copy('the log-probabilities', this.logProbabilities, step.logProbabilities, 1);
    copy('the values', this.values, step.values, 1);
    copy('the rewards', this.rewards, step.rewards, 1);
    copy('the terminations', this.terminations, step.terminations, 1);
    copy('the truncations', this.truncations, step.truncations, 1);
    if (step.finalValues) copy('the final values', this.finalValues, step.finalValues, 1);
    else {
      for (let e = 0; e < environments; e++) {
        if (step.truncations[e] && !step.terminations[e])
          throw new InputError(`environment ${e} was cut: a rollout needs the value of its final observation`);
      }
    }
    this.starts.set(this.begins, at);
    for (let e = 0; e < environments; e++) this.begins[e] = step.terminations[e] || step.truncations[e] ? 1 : 0;
    this.filled += 1;
  }

  /** Finds advantages and returns. Throws InputError where the rollout is not full. */
  finish(lastValues: Float32Array | Float64Array, gamma: number, lambda: number): void {
    if (this.filled < this.shape.steps) throw new InputError(`a rollout of ${this.shape.steps} steps has ${this.filled} only`);
    generalisedAdvantages({ ...this.shape, ...this.valued(), lastValues }, gamma, lambda, this.advantages, this.returns);
  }

  private valued(): Pick<RolloutBuffer, 'rewards' | 'values' | 'terminations' | 'truncations' | 'finalValues'> {
    const { rewards, values, terminations, truncations, finalValues } = this;
    return { rewards, values, terminations, truncations, finalValues };
  }

  /** Begins the next rollout; episodes go on. */
  clear(): void {
    this.filled = 0;
  }

  /** Room for batches of so many rows. */
  batch(rows: number): RolloutBatch {
    const { observation, action, choices } = this.shape;
    wholeNumber('the rows of a batch', rows, 1, this.rewards.length);
    const numbers = (): Float64Array => new Float64Array(rows);
    return {
      rows: 0,
      observations: new Float32Array(rows * observation),
      actions: new Float64Array(rows * action),
      masks: new Uint8Array(rows * choices),
      logProbabilities: numbers(),
      values: numbers(),
      advantages: numbers(),
      returns: numbers(),
    };
  }

  /** Copies rows, time * environments + environment each, from `from` up to and without `to` of a list. Throws InputError where the batch has no room. */
  gather(list: ArrayLike<number>, from: number, to: number, into: RolloutBatch): void {
    const { observation, action, choices } = this.shape;
    if (to - from > into.values.length) throw new InputError(`a batch of ${into.values.length} rows has no room for ${to - from}`);
    into.rows = to - from;
    for (let k = 0; k < into.rows; k++) {
      const row = list[from + k];
      // One loop for each kind of array, as a compiler likes it.
      const { observations, actions } = this;
      for (let j = 0, from = row * observation, at = k * observation; j < observation; j++) into.observations[at + j] = observations[from + j];
      for (let j = 0, from = row * action, at = k * action; j < action; j++) into.actions[at + j] = actions[from + j];
      if (choices > 0) copyRow(this.masks, row, into.masks, k, choices);
      into.logProbabilities[k] = this.logProbabilities[row];
      into.values[k] = this.values[row];
      into.advantages[k] = this.advantages[row];
      into.returns[k] = this.returns[row];
    }
  }
}

/** Copies one row of a width between arrays of the same width. */
export function copyRow(from: ArrayLike<number>, row: number, to: Float32Array | Float64Array | Uint8Array, toRow: number, width: number): void {
  for (let j = 0; j < width; j++) to[toRow * width + j] = from[row * width + j];
}

/** Puts whole numbers in a random order, in place; each order is equally likely (Fisher and Yates, Durstenfeld's form). */
export function shuffle(list: Int32Array | Uint32Array, random: { integer(bound: number): number }): void {
  for (let k = list.length - 1; k > 0; k--) {
    const other = random.integer(k + 1);
    const kept = list[k];
    list[k] = list[other];
    list[other] = kept;
  }
}

/** Advantages less their mean, over their standard deviation, in place; mean alone where they hardly differ. */
export function standardise(numbers: Float32Array | Float64Array): void {
  let mean = 0;
  for (let k = 0; k < numbers.length; k++) mean += numbers[k] / numbers.length;
  let variance = 0;
  for (let k = 0; k < numbers.length; k++) variance += (numbers[k] - mean) ** 2 / numbers.length;
  const scale = 1 / (Math.sqrt(variance) + 1e-8);
  for (let k = 0; k < numbers.length; k++) numbers[k] = (numbers[k] - mean) * scale;
}
