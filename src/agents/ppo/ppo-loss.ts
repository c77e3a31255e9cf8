/** What PPO makes small: policy, values and entropy of one minibatch, with the gradients of the networks' outputs. */
import { clippedPolicyLoss, clippedValueLoss, type Distribution, type PolicyLoss, squaredLoss } from '../../learning/index.js';

/** One minibatch; all arrays of so many rows. */
export interface PpoBatch {
  readonly actions: Float64Array;
  /** Empty where nothing is masked. */
  readonly masks: Uint8Array;
  /** ln p of the actions when they were drawn. */
  readonly oldLogProbabilities: Float64Array;
  readonly advantages: Float64Array;
  readonly oldValues: Float64Array;
  readonly returns: Float64Array;
}

/** Weights of the parts. */
export interface PpoLossSettings {
  readonly clip: number;
  /** 0 for no limit. */
  readonly valueClip: number;
  readonly entropyWeight: number;
  readonly valueWeight: number;
}

/** What the parts were. */
export interface PpoLoss extends PolicyLoss {
  /** Policy loss less weighted entropy. */
  policyTotal: number;
  entropy: number;
  valueLoss: number;
}

/** Scratch arrays for one size of minibatch. */
export class PpoScratch {
  readonly logProbabilities: Float64Array;
  readonly byLogProbability: Float64Array;
  readonly entropies: Float64Array;
  readonly byEntropy: Float64Array;

  constructor(readonly rows: number) {
    this.logProbabilities = new Float64Array(rows);
    this.byLogProbability = new Float64Array(rows);
    this.entropies = new Float64Array(rows);
    this.byEntropy = new Float64Array(rows);
  }
}

/**
 * Loss and gradients: mean of -min(ratio A, clipped ratio A) - entropyWeight entropy, and valueWeight (v - return)^2 / 2.
 * Schulman and others: Proximal policy optimization algorithms, 2017, equation 9.
 *
 * @param parameters of the distribution, [row][parameter]
 * @param values [row]
 * @param parameterGradient receives dLoss/dParameters
 * @param valueGradient receives dLoss/dValues
 */
export function ppoLoss(
  distribution: Distribution,
  parameters: Float32Array,
  values: Float32Array,
  batch: PpoBatch,
  settings: PpoLossSettings,
  scratch: PpoScratch,
  parameterGradient: Float32Array,
  valueGradient: Float32Array,
): PpoLoss {
  const { logProbabilities, byLogProbability, entropies, byEntropy, rows } = scratch;
  const masks = batch.masks.length > 0 ? batch.masks : undefined;
  distribution.evaluate(parameters, batch.actions, logProbabilities, entropies, masks);
  const policy = clippedPolicyLoss(logProbabilities, batch.oldLogProbabilities, batch.advantages, byLogProbability, settings.clip);
  let entropy = 0;
  for (let k = 0; k < rows; k++) entropy += entropies[k] / rows;
  byEntropy.fill(-settings.entropyWeight / rows);
  distribution.evaluatedGradients(byLogProbability, settings.entropyWeight > 0 ? byEntropy : undefined, parameterGradient);
  const valueLoss =
    settings.valueClip > 0
      ? clippedValueLoss(values, batch.oldValues, batch.returns, valueGradient, settings.valueClip)
      : squaredLoss(values, batch.returns, valueGradient);
  for (let k = 0; k < rows; k++) valueGradient[k] *= settings.valueWeight;
  return { ...policy, policyTotal: policy.loss - settings.entropyWeight * entropy, entropy, valueLoss };
}
