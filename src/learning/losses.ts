/** Losses: pure functions of arrays that give the loss and its gradient. Means over samples, weighted where weights are given. */
import { requireLength } from './checks.js';
import type { Reals } from './distributions/distribution.js';

/** (y - target)^2 / 2, mean over samples; gradient (y - target) weight / samples. Returns the loss. */
export function squaredLoss(outputs: Reals, targets: Reals, gradient: Reals, weights?: Reals): number {
  return huberLoss(outputs, targets, gradient, Infinity, weights);
}

/**
 * Huber's loss: e^2 / 2 up to |e| = limit, limit (|e| - limit / 2) beyond; mean over samples. Returns the loss.
 * Huber: Robust estimation of a location parameter, Annals of Mathematical Statistics 35 (1964).
 */
export function huberLoss(outputs: Reals, targets: Reals, gradient: Reals, limit = 1, weights?: Reals): number {
  const count = outputs.length;
  requireLength('the targets', targets, count);
  requireLength('the gradient', gradient, count);
  if (weights) requireLength('the weights', weights, count);
  let loss = 0;
  for (let k = 0; k < count; k++) {
    const error = outputs[k] - targets[k];
    const share = (weights ? weights[k] : 1) / count;
    const size = Math.abs(error);
    loss += share * (size <= limit ? 0.5 * error * error : limit * (size - 0.5 * limit));
    gradient[k] = share * (size <= limit ? error : limit * Math.sign(error));
  }
  return loss;
}

/** What a clipped policy loss tells beside its gradient. */
export interface PolicyLoss {
  loss: number;
  /** Share of samples whose ratio was cut. */
  clippedShare: number;
  /** Estimate of the divergence of the new policy from the old: mean of ratio - 1 - ln ratio (Schulman: Approximating KL divergence, 2020). */
  divergence: number;
}

/**
 * PPO's policy loss, -mean min(ratio A, clip(ratio, 1 - limit, 1 + limit) A), ratio = exp(new - old), with its gradient by the new log-probabilities.
 * Schulman and others: Proximal policy optimization algorithms, 2017, equation 7.
 */
export function clippedPolicyLoss(logProbabilities: Reals, old: Reals, advantages: Reals, gradient: Reals, limit: number): PolicyLoss {
  const count = logProbabilities.length;
  requireLength('the old log-probabilities', old, count);
  requireLength('the advantages', advantages, count);
  requireLength('the gradient', gradient, count);
  const result = { loss: 0, clippedShare: 0, divergence: 0 };
  for (let k = 0; k < count; k++) {
    const difference = logProbabilities[k] - old[k];
    const ratio = Math.exp(difference);
    const advantage = advantages[k];
    const kept = ratio < 1 - limit ? 1 - limit : ratio > 1 + limit ? 1 + limit : ratio;
    const isCut = kept * advantage < ratio * advantage;
    result.loss -= (isCut ? kept * advantage : ratio * advantage) / count;
    gradient[k] = isCut ? 0 : (-ratio * advantage) / count;
    if (kept !== ratio) result.clippedShare += 1 / count;
    result.divergence += (ratio - 1 - difference) / count;
  }
  return result;
}

/**
 * PPO's value loss with a limit: max((v - target)^2, (v cut to old +- limit - target)^2) / 2, mean over samples. Returns the loss.
 * As in the authors' own program (openai/baselines, ppo2); the paper has the squared error alone.
 */
export function clippedValueLoss(values: Reals, old: Reals, targets: Reals, gradient: Reals, limit: number): number {
  const count = values.length;
  requireLength('the old values', old, count);
  requireLength('the targets', targets, count);
  requireLength('the gradient', gradient, count);
  let loss = 0;
  for (let k = 0; k < count; k++) {
    const change = values[k] - old[k];
    const kept = old[k] + (change < -limit ? -limit : change > limit ? limit : change);
    const free = values[k] - targets[k];
    const cut = kept - targets[k];
    const isFree = free * free >= cut * cut;
    loss += (isFree ? free * free : cut * cut) / (2 * count);
    gradient[k] = isFree ? free / count : 0;
  }
  return loss;
}
