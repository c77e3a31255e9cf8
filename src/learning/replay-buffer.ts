/** What was seen and done, in a ring, for agents that learn from older actions. */
import { InputError } from '../grid/index.js';
import { numberWithin, requireLength, wholeNumber } from './checks.js';
import { copyRow } from './rollout-buffer.js';
import { SumTree } from './sum-tree.js';

/** Sizes of a replay buffer. */
export interface ReplayShape {
  /** Transitions kept. */
  readonly capacity: number;
  /** Numbers of an observation. */
  readonly observation: number;
  /** Numbers of an action. */
  readonly action: number;
  /** Choices that a mask speaks of; default 0. */
  readonly choices?: number;
  /** Whether what was allowed with the first observation is kept too, not with the next one alone; default false. */
  readonly bothMasks?: boolean;
}

/** Schaul and others: Prioritized experience replay, ICLR 2016: chance in proportion to priority^alpha. */
export interface PrioritySettings {
  /** Default 0.6. */
  readonly alpha?: number;
  /** Added to the size of an error; default 1e-6. */
  readonly least?: number;
}

/** Transitions, the first `rows` of each array. */
export interface ReplayBatch {
  rows: number;
  /** [row][observation] */
  readonly observations: Float32Array;
  readonly actions: Float32Array;
  /** [row]: sum of discounted rewards. */
  readonly rewards: Float32Array;
  /** [row]: what the value of the next observation counts; 0 behind a termination. */
  readonly discounts: Float32Array;
  readonly nextObservations: Float32Array;
  /** [row][choice]: what is allowed with the next observation. */
  readonly nextMasks: Uint8Array;
  /** [row][choice]: what was allowed with the observation; empty where not kept. */
  readonly masks: Uint8Array;
  /** [row]: places in the buffer, for {@link ReplayBuffer.setErrors}. */
  readonly places: Int32Array;
  /** [row]: weights that undo the uneven chances, the largest of the batch 1. */
  readonly weights: Float32Array;
}

/** A replay buffer as plain data. */
export interface ReplaySnapshot {
  readonly count: number;
  readonly next: number;
  readonly mostPriority: number;
  readonly columns: readonly (Float32Array | Uint8Array)[];
  /** Empty where chances are even. */
  readonly priorities: Float64Array;
}

/** Draws of a stream that sampling needs. */
type Draws = { integer(bound: number): number; uniform(): number };

/** A ring of transitions, drawn from evenly or by priority. */
export class ReplayBuffer {
  readonly shape: Required<ReplayShape>;
  private readonly columns: Omit<ReplayBatch, 'rows' | 'places' | 'weights'>;
  private readonly tree: SumTree | undefined;
  private readonly alpha: number;
  private readonly least: number;
  private mostPriority = 1;
  private count = 0;
  private next = 0;

  /** @param priority undefined for even chances. Throws InputError for sizes and settings that are none. */
  constructor(shape: ReplayShape, priority?: PrioritySettings) {
    const most = 2 ** 28;
    this.shape = {
      capacity: wholeNumber('the capacity of a replay buffer', shape.capacity, 1, most),
      observation: wholeNumber('the size of an observation', shape.observation, 1, most),
      action: wholeNumber('the size of an action', shape.action, 1, most),
      choices: wholeNumber('the choices of a mask', shape.choices ?? 0, 0, most),
      bothMasks: shape.bothMasks ?? false,
    };
    this.columns = this.rowsOf(shape.capacity);
    this.alpha = numberWithin('alpha', priority?.alpha ?? 0.6, 0, 1);
    this.least = numberWithin('the least priority', priority?.least ?? 1e-6, 1e-30, 1e30);
    if (priority) this.tree = new SumTree(shape.capacity);
  }

  private rowsOf(rows: number): Omit<ReplayBatch, 'rows' | 'places' | 'weights'> {
    const { observation, action, choices, bothMasks } = this.shape;
    return {
      observations: new Float32Array(rows * observation),
      actions: new Float32Array(rows * action),
      rewards: new Float32Array(rows),
      discounts: new Float32Array(rows),
      nextObservations: new Float32Array(rows * observation),
      nextMasks: new Uint8Array(rows * choices),
      masks: new Uint8Array(bothMasks ? rows * choices : 0),
    };
  }

  /** Transitions that there are. */
  get length(): number {
    return this.count;
  }

  /** Adds one transition, in place of the oldest where the ring is full. Its priority is the largest that there was. Throws InputError where lengths do not fit. */
  add(
    observation: ArrayLike<number>,
    action: ArrayLike<number>,
    reward: number,
    discount: number,
    nextObservation: ArrayLike<number>,
    nextMask?: ArrayLike<number>,
    mask?: ArrayLike<number>,
  ): void {
    const { shape, columns, next } = this;
    requireLength('the observation', observation, shape.observation);
    requireLength('the action', action, shape.action);
    requireLength('the next observation', nextObservation, shape.observation);
    if (!Number.isFinite(reward) || !Number.isFinite(discount))
      throw new InputError(`a transition's reward is ${reward} and its discount ${discount}`);
    if (shape.choices > 0) requireLength('the next mask', nextMask ?? [], shape.choices);
    if (shape.bothMasks) requireLength('the mask', mask ?? [], shape.choices);
    copyRow(observation, 0, columns.observations, next, shape.observation);
    copyRow(action, 0, columns.actions, next, shape.action);
    columns.rewards[next] = reward;
    columns.discounts[next] = discount;
    copyRow(nextObservation, 0, columns.nextObservations, next, shape.observation);
    if (nextMask) copyRow(nextMask, 0, columns.nextMasks, next, shape.choices);
    if (mask && shape.bothMasks) copyRow(mask, 0, columns.masks, next, shape.choices);
    this.tree?.set(next, this.mostPriority ** this.alpha);
    this.next = (next + 1) % shape.capacity;
    this.count = Math.min(this.count + 1, shape.capacity);
  }

  /** Room for batches of so many rows. */
  batch(rows: number): ReplayBatch {
    wholeNumber('the rows of a batch', rows, 1, 2 ** 28);
    return { rows: 0, ...this.rowsOf(rows), places: new Int32Array(rows), weights: new Float32Array(rows) };
  }

  /**
   * Draws as many transitions as the batch has room for, with replacement: evenly, or by priority, one from each of as many equal shares of the sum.
   *
   * @param beta how far weights undo the uneven chances, (count p)^-beta over the batch's largest; 0 to 1
   * @throws InputError where the buffer is empty
   */
  sample(random: Draws, into: ReplayBatch, beta = 1): void {
    const { tree, count, shape, columns } = this;
    if (count === 0) throw new InputError('an empty replay buffer cannot be drawn from');
    numberWithin('beta', beta, 0, 1);
    into.rows = into.places.length;
    let largest = 0;
    for (let k = 0; k < into.rows; k++) {
      const place = tree ? tree.find(((k + random.uniform()) / into.rows) * tree.total) : random.integer(count);
      into.places[k] = place;
      into.weights[k] = tree ? ((count * tree.get(place)) / tree.total) ** -beta : 1;
      largest = Math.max(largest, into.weights[k]);
      copyRow(columns.observations, place, into.observations, k, shape.observation);
      copyRow(columns.actions, place, into.actions, k, shape.action);
      into.rewards[k] = columns.rewards[place];
      into.discounts[k] = columns.discounts[place];
      copyRow(columns.nextObservations, place, into.nextObservations, k, shape.observation);
      copyRow(columns.nextMasks, place, into.nextMasks, k, shape.choices);
      if (shape.bothMasks) copyRow(columns.masks, place, into.masks, k, shape.choices);
    }
    for (let k = 0; k < into.rows; k++) into.weights[k] /= largest;
  }

  /** Sets priorities by the sizes of errors, |error| + least. Does nothing where chances are even. Throws InputError for an error that is no number. */
  setErrors(places: ArrayLike<number>, errors: ArrayLike<number>): void {
    requireLength('the errors', errors, places.length);
    for (let k = 0; k < places.length && this.tree; k++) {
      const priority = Math.abs(errors[k]) + this.least;
      if (!Number.isFinite(priority)) throw new InputError(`an error is ${errors[k]}; it must be a finite number`);
      this.tree.set(wholeNumber('a place in the replay buffer', places[k], 0, this.count - 1), priority ** this.alpha);
      this.mostPriority = Math.max(this.mostPriority, priority);
    }
  }

  /** All that is in it, copied. */
  save(): ReplaySnapshot {
    const { count, next, mostPriority, tree } = this;
    const priorities = Float64Array.from({ length: tree ? this.shape.capacity : 0 }, (_, k) => tree?.get(k) ?? 0);
    return { count, next, mostPriority, columns: Object.values(this.columns).map((column) => column.slice()), priorities };
  }

  /** Goes on from what `save` gave. Throws InputError for one of another shape. */
  restore(saved: ReplaySnapshot): void {
    const { count, next, mostPriority, columns, priorities } = saved ?? {};
    const own = Object.values(this.columns);
    own.forEach((column, i) => requireLength('a column of the saved replay buffer', columns?.[i], column.length));
    requireLength('the saved priorities', priorities, this.tree ? this.shape.capacity : 0);
    this.count = wholeNumber('the saved count', count, 0, this.shape.capacity);
    this.next = wholeNumber('the saved place', next, 0, this.shape.capacity - 1);
    this.mostPriority = numberWithin('the saved largest priority', mostPriority, 0, Number.MAX_VALUE);
    own.forEach((column, i) => column.set(columns[i]));
    priorities.forEach((priority, k) => this.tree?.set(k, priority));
  }
}
