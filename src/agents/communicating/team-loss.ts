/** What each agent of a team makes small, with the gradients of the networks' outputs. */
import { clippedPolicyLoss, type Distribution, squaredLoss } from '../../learning/index.js';

/** Rows of one group of agents; arrays are of so many rows. */
export interface TeamBatch {
  /** Of the distribution. */
  readonly actions: Float64Array;
  /** ln p of the actions when they were drawn. */
  readonly oldLogProbabilities: Float64Array;
  readonly advantages: Float64Array;
  readonly returns: Float64Array;
}

/** Weights of the parts. */
export interface TeamLossSettings {
  readonly entropyWeight: number;
  readonly valueWeight: number;
  /** How far the ratio of new to old probability counts in a second pass over a rollout; in the first it is 1. */
  readonly clip: number;
}

/** What the parts were, means over rows. */
export interface TeamLoss {
  policyLoss: number;
  valueLoss: number;
  entropy: number;
  divergence: number;
}

/**
 * Loss and gradients of an advantage actor-critic: mean over rows of -A ln p - entropyWeight entropy + valueWeight (v - return)^2. The policy's part is written with
 * the ratio of probabilities, min(ratio A, clipped ratio A), whose gradient is that of A ln p while the policy is the one that acted.
 * Mnih and others: Asynchronous methods for deep reinforcement learning, ICML 2016; Schulman and others: Proximal policy optimization algorithms, 2017.
 *
 * @param parameters of the distribution, [row][parameter]
 * @param parameterGradients receives dLoss/dParameters
 * @param valueGradients receives dLoss/dValues
 */
export function teamLoss(
  distribution: Distribution,
  parameters: Float32Array,
  values: Float32Array,
  batch: TeamBatch,
  settings: TeamLossSettings,
  parameterGradients: Float32Array,
  valueGradients: Float32Array,
): TeamLoss {
  const rows = values.length;
  const [logProbabilities, byLogProbability, entropies, byEntropy] = Array.from({ length: 4 }, () => new Float64Array(rows));
  distribution.evaluate(parameters, batch.actions, logProbabilities, entropies);
  const policy = clippedPolicyLoss(logProbabilities, batch.oldLogProbabilities, batch.advantages, byLogProbability, settings.clip);
  byEntropy.fill(-settings.entropyWeight / rows);
  distribution.evaluatedGradients(byLogProbability, byEntropy, parameterGradients);
  const valueLoss = 2 * squaredLoss(values, batch.returns, valueGradients);
  for (let k = 0; k < rows; k++) valueGradients[k] *= 2 * settings.valueWeight;
  return { policyLoss: policy.loss, valueLoss, entropy: entropies.reduce((sum, x) => sum + x / rows, 0), divergence: policy.divergence };
}
