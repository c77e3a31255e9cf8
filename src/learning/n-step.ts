/** Returns of several steps: transitions of n steps made of single ones, within episodes. */
import { numberWithin, requireLength, wholeNumber } from './checks.js';
import { copyRow } from './rollout-buffer.js';

/** Takes a transition over up to n steps: from observation and action to the observation behind the last of them. */
export type TransitionSink = (
  environment: number,
  observation: Float32Array,
  action: Float64Array,
  reward: number,
  discount: number,
  nextObservation: ArrayLike<number>,
  nextMask: ArrayLike<number>,
  mask: Uint8Array,
) => void;

/** Held steps as plain data. */
export interface NStepSnapshot {
  /** Rings, [environment][n] rows. */
  readonly observations: Float32Array;
  readonly actions: Float64Array;
  readonly rewards: Float64Array;
  readonly masks: Uint8Array;
  /** [environment] */
  readonly held: Int32Array;
  readonly oldest: Int32Array;
}

/** Sizes and settings of {@link NStepTransitions}. */
export interface NStepShape {
  /** n. */
  readonly steps: number;
  readonly gamma: number;
  readonly environments: number;
  /** Numbers of an observation. */
  readonly observation: number;
  /** Numbers of an action. */
  readonly action: number;
  /** Choices that a mask speaks of; default 0. */
  readonly choices?: number;
  /** Whether what was allowed with the first observation goes to the sink too, not with the next one alone; default false. */
  readonly bothMasks?: boolean;
}

/**
 * Keeps the last n steps of each environment. Each step that has n behind it, or the end of its episode, goes to the sink with sum of gamma^k r_(t+k) and, as discount,
 * gamma to the power of the steps summed, or 0 behind a termination.
 */
export class NStepTransitions {
  private readonly shape: Required<NStepShape>;
  /** Rings, [environment][n]. */
  private readonly observations: Float32Array;
  private readonly actions: Float64Array;
  private readonly rewards: Float64Array;
  private readonly masks: Uint8Array;
  /** [environment]: steps in the ring, and the oldest. */
  private readonly held: Int32Array;
  private readonly oldest: Int32Array;
  /** Scratch: what follows one step. */
  private readonly nextRow: Float32Array;
  private readonly maskRow: Uint8Array;

  /** Throws InputError for sizes that are none. */
  constructor(
    shape: NStepShape,
    private readonly sink: TransitionSink,
  ) {
    const most = 2 ** 28;
    this.shape = {
      steps: wholeNumber('the steps of a return', shape.steps, 1, 1000),
      gamma: numberWithin('gamma', shape.gamma, 0, 1),
      environments: wholeNumber('the environments', shape.environments, 1, most),
      observation: wholeNumber('the size of an observation', shape.observation, 1, most),
      action: wholeNumber('the size of an action', shape.action, 1, most),
      choices: wholeNumber('the choices of a mask', shape.choices ?? 0, 0, most),
      bothMasks: shape.bothMasks ?? false,
    };
    const rows = shape.steps * shape.environments;
    this.observations = new Float32Array(rows * shape.observation);
    this.actions = new Float64Array(rows * shape.action);
    this.rewards = new Float64Array(rows);
    this.masks = new Uint8Array(this.shape.bothMasks ? rows * this.shape.choices : 0);
    this.nextRow = new Float32Array(shape.observation);
    this.maskRow = new Uint8Array(this.shape.choices);
    this.held = new Int32Array(shape.environments);
    this.oldest = new Int32Array(shape.environments);
  }

  /**
   * Takes one step of all environments.
   *
   * @param observations [environment][observation]: acted upon
   * @param actions [environment][action]
   * @param next [environment][observation]: behind the step; of the ended episode where one ended
   * @param nextMasks [environment][choice]: allowed with `next`
   * @param masks [environment][choice]: allowed with `observations`, where the shape has `bothMasks`
   */
  add(
    observations: ArrayLike<number>,
    actions: ArrayLike<number>,
    rewards: ArrayLike<number>,
    terminations: ArrayLike<number>,
    truncations: ArrayLike<number>,
    next: ArrayLike<number>,
    nextMasks: ArrayLike<number> = [],
    masks: ArrayLike<number> = [],
  ): void {
    const { environments, observation, action, steps, choices, bothMasks } = this.shape;
    const { nextRow, maskRow } = this;
    requireLength('the observations', observations, environments * observation);
    requireLength('the actions', actions, environments * action);
    requireLength('the rewards', rewards, environments);
    requireLength('the terminations', terminations, environments);
    requireLength('the truncations', truncations, environments);
    requireLength('the next observations', next, environments * observation);
    requireLength('the next masks', nextMasks, environments * choices);
    if (bothMasks) requireLength('the masks', masks, environments * choices);
    for (let e = 0; e < environments; e++) {
      const row = e * steps + ((this.oldest[e] + this.held[e]) % steps);
      copyRow(observations, e, this.observations, row, observation);
      for (let j = 0; j < action; j++) this.actions[row * action + j] = actions[e * action + j];
      this.rewards[row] = rewards[e];
      if (bothMasks) copyRow(masks, e, this.masks, row, choices);
      this.held[e] += 1;
      copyRow(next, e, nextRow, 0, observation);
      copyRow(nextMasks, e, maskRow, 0, choices);
      const ended = Boolean(terminations[e] || truncations[e]);
      while (this.held[e] === steps || (ended && this.held[e] > 0)) this.emit(e, Boolean(terminations[e]), nextRow, maskRow);
    }
  }

  /** Sends the oldest step of an environment off. */
  private emit(e: number, terminated: boolean, next: ArrayLike<number>, mask: ArrayLike<number>): void {
    const { steps, gamma, observation, action, choices } = this.shape;
    let reward = 0;
    let discount = 1;
    for (let k = 0; k < this.held[e]; k++) {
      reward += discount * this.rewards[e * steps + ((this.oldest[e] + k) % steps)];
      discount *= gamma;
    }
    const row = e * steps + this.oldest[e];
    this.oldest[e] = (this.oldest[e] + 1) % steps;
    this.held[e] -= 1;
    const from = this.observations.subarray(row * observation, (row + 1) * observation);
    const own = this.masks.subarray(row * choices, (row + 1) * choices);
    this.sink(e, from, this.actions.subarray(row * action, (row + 1) * action), reward, terminated ? 0 : discount, next, mask, own);
  }

  /** All that is held, copied. */
  save(): NStepSnapshot {
    const { observations, actions, rewards, masks, held, oldest } = this;
    return {
      observations: observations.slice(),
      actions: actions.slice(),
      rewards: rewards.slice(),
      masks: masks.slice(),
      held: held.slice(),
      oldest: oldest.slice(),
    };
  }

  /** Goes on from what `save` gave. Throws InputError for what is none, or of another shape; nothing has changed then. */
  restore(saved: NStepSnapshot): void {
    const { steps } = this.shape;
    for (const name of ['observations', 'actions', 'rewards', 'masks', 'held', 'oldest'] as const)
      requireLength(`${name} of saved steps`, saved?.[name], this[name].length);
    saved.held.forEach((count, e) => wholeNumber(`the steps held of environment ${e}`, count, 0, steps - 1));
    saved.oldest.forEach((place, e) => wholeNumber(`the oldest step of environment ${e}`, place, 0, steps - 1));
    this.observations.set(saved.observations);
    this.actions.set(saved.actions);
    this.rewards.set(saved.rewards);
    this.masks.set(saved.masks);
    this.held.set(saved.held);
    this.oldest.set(saved.oldest);
  }

  /** Forgets the steps that are held, as after a reset from outside. */
  clear(): void {
    this.held.fill(0);
    this.oldest.fill(0);
  }
}
