/** What the bandit makes small: the error of the values of actions that were taken. */
import { huberLoss } from '../../learning/index.js';

/** Scratch arrays for batches of so many rows. */
export class BanditScratch {
  readonly values: Float32Array;
  readonly byValue: Float32Array;

  constructor(readonly rows: number) {
    this.values = new Float32Array(rows);
    this.byValue = new Float32Array(rows);
  }
}

/**
 * Loss and gradient: mean of (q(s, a) - r)^2 / 2, Huber's beyond a limit; q(s, a) is the sum of the values of the choices of which an action consists. What was not taken
 * has no gradient.
 *
 * @param sizes choices of each entry of an action
 * @param outputs values, [row][choice], entry after entry
 * @param actions choices from 0, [row][entry]
 * @param gradient receives dLoss/dOutputs
 */
export function banditLoss(
  sizes: readonly number[],
  outputs: Float32Array,
  actions: ArrayLike<number>,
  rewards: Float32Array,
  limit: number,
  scratch: BanditScratch,
  gradient: Float32Array,
): number {
  const { values, byValue, rows } = scratch;
  const choices = outputs.length / rows;
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    let at = r * choices;
    for (let k = 0; k < sizes.length; k++) {
      sum += outputs[at + actions[r * sizes.length + k]];
      at += sizes[k];
    }
    values[r] = sum;
  }
  const loss = huberLoss(values, rewards, byValue, limit);
  gradient.fill(0);
  for (let r = 0; r < rows; r++) {
    let at = r * choices;
    for (let k = 0; k < sizes.length; k++) {
      gradient[at + actions[r * sizes.length + k]] = byValue[r];
      at += sizes[k];
    }
  }
  return loss;
}
