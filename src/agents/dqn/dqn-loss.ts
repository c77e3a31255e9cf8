/** What DQN makes small: targets out of the next values, and the loss of one batch with the gradient of the network's outputs. */
import { InputError } from '../../grid/index.js';
import { huberLoss, type Reals } from '../../learning/index.js';
import { allowedCount, bestChoice, choiceValue, isAllowed, outputAt, type ValueLayout } from './value-layout.js';

/** What targets are made of. */
export interface DqnTargetBatch {
  /** [row]: discounted sum of rewards. */
  readonly rewards: ArrayLike<number>;
  /** [row]: what the next value counts; 0 behind a termination, whose masks are not looked at. */
  readonly discounts: ArrayLike<number>;
  /** [row][choice]: what is allowed next; empty where nothing is masked. */
  readonly nextMasks: ArrayLike<number>;
}

/**
 * Targets: reward + discount times the mean over entries of Q'(next, best allowed choice of the entry). Double DQN (van Hasselt, Guez, Silver: Deep reinforcement
 * learning with double Q-learning, AAAI 2016) where the network that chooses is not the one that values; plain DQN where it is. For several entries Tavakoli and others
 * 2018, equation 6.
 *
 * @param choosing outputs of the network that chooses, for the next observations, [row][output]
 * @param valuing outputs of the network that values (the target network), likewise
 * @param targets [row]: receives them
 * @throws InputError where nothing is allowed next and the next value counts
 */
export function dqnTargets(layout: ValueLayout, choosing: Reals, valuing: Reals, batch: DqnTargetBatch, targets: Reals): void {
  const entries = layout.counts.length;
  for (let row = 0; row < targets.length; row++) {
    targets[row] = batch.rewards[row];
    if (batch.discounts[row] === 0) continue;
    let next = 0;
    for (let d = 0; d < entries; d++) {
      const best = bestChoice(layout, choosing, batch.nextMasks, row, d);
      next += choiceValue(layout, valuing, batch.nextMasks, row, d, best) / entries;
    }
    targets[row] += batch.discounts[row] * next;
  }
}

/** What was done, and what it turned out to be worth. */
export interface DqnBatch {
  /** [row][entry]: choices from 0. */
  readonly actions: ArrayLike<number>;
  /** [row] */
  readonly targets: ArrayLike<number>;
  /** [row][choice]: what was allowed; empty where nothing is masked. */
  readonly masks: ArrayLike<number>;
  /** [row]: of drawing by priority. */
  readonly weights: ArrayLike<number>;
}

/** What the loss tells. */
export interface DqnLoss {
  readonly loss: number;
  /** Means of the values of what was done, and of the targets. */
  readonly value: number;
  readonly target: number;
}

/** Scratch arrays for one size of batch. */
export class DqnScratch {
  /** [row][entry] */
  readonly values: Float64Array;
  readonly targets: Float64Array;
  readonly weights: Float64Array;
  readonly gradient: Float64Array;

  constructor(
    readonly rows: number,
    readonly entries: number,
  ) {
    [this.values, this.targets, this.weights, this.gradient] = Array.from({ length: 4 }, () => new Float64Array(rows * entries));
  }
}

/**
 * Loss and gradient: mean over rows and entries of weight times Huber's loss (half the square up to the limit) of Q(action) - target. One entry is plain DQN.
 *
 * @param outputs of the network, [row][output]
 * @param huberLimit 0 for squares throughout
 * @param gradient receives dLoss/dOutputs
 * @param errors [row]: receives the mean over entries of |Q(action) - target|, for priorities
 * @throws InputError for an action that is no choice, or one that was not allowed
 */
export function dqnLoss(
  layout: ValueLayout,
  outputs: Reals,
  batch: DqnBatch,
  huberLimit: number,
  scratch: DqnScratch,
  gradient: Reals,
  errors: Reals,
): DqnLoss {
  const { rows, entries, values, targets, weights } = scratch;
  let value = 0;
  let target = 0;
  for (let row = 0; row < rows; row++) {
    errors[row] = 0;
    target += batch.targets[row] / rows;
    for (let d = 0; d < entries; d++) {
      const k = row * entries + d;
      const action = batch.actions[k];
      if (!(Number.isInteger(action) && action >= 0 && action < layout.counts[d]) || !isAllowed(layout, batch.masks, row, d, action))
        throw new InputError(`action ${d} of row ${row} is ${action}, which is not one of its allowed choices (0 to ${layout.counts[d] - 1})`);
      values[k] = choiceValue(layout, outputs, batch.masks, row, d, action);
      targets[k] = batch.targets[row];
      weights[k] = batch.weights[row];
      value += values[k] / (rows * entries);
      errors[row] += Math.abs(values[k] - targets[k]) / entries;
    }
  }
  const loss = huberLoss(values, targets, scratch.gradient, huberLimit > 0 ? huberLimit : Infinity, weights);
  spreadGradient(layout, batch, scratch, gradient);
  return { loss, value, target };
}

/** From gradients of the values of what was done to those of all outputs: of a dueling network V gets the whole, A of what was done too, and all allowed A lose their share. */
function spreadGradient(layout: ValueLayout, batch: DqnBatch, scratch: DqnScratch, gradient: Reals): void {
  const { rows, entries } = scratch;
  gradient.fill(0);
  for (let row = 0; row < rows; row++) {
    for (let d = 0; d < entries; d++) {
      const k = row * entries + d;
      const own = scratch.gradient[k];
      gradient[outputAt(layout, row, d, batch.actions[k])] += own;
      if (!layout.dueling) continue;
      gradient[row * layout.outputs] += own;
      const share = own / allowedCount(layout, batch.masks, row, d);
      for (let j = 0; j < layout.counts[d]; j++) {
        if (isAllowed(layout, batch.masks, row, d, j)) gradient[outputAt(layout, row, d, j)] -= share;
      }
    }
  }
}
