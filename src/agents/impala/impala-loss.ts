/** What IMPALA makes small: policy, values and entropy of one batch, by V-trace, with the gradients of the networks' outputs. */
import { type Distribution, type Reals, squaredLoss, standardise, type VtraceSettings, vtrace } from '../../learning/index.js';

/** One batch, rows [step][environment]. */
export interface ImpalaBatch {
  /** Of all its trajectories together. */
  readonly environments: number;
  readonly actions: Float64Array;
  /** Empty where nothing is masked. */
  readonly masks: Uint8Array;
  /** ln p of the actions under the policies that drew them. */
  readonly behaviourLogProbabilities: Float64Array;
  readonly rewards: Float64Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  /** Values of final observations; read where an episode was cut. */
  readonly finalValues: Float64Array;
  /** [environment]: values of the observations behind the last step. */
  readonly lastValues: Float64Array;
}

/** Weights of the parts, and how far V-trace trusts. */
export interface ImpalaLossSettings extends Required<VtraceSettings> {
  readonly gamma: number;
  readonly entropyWeight: number;
  readonly valueWeight: number;
  readonly normaliseAdvantages: boolean;
}

/** What the parts were. */
export interface ImpalaLoss {
  /** -mean of advantage ln p. */
  policyLoss: number;
  entropy: number;
  /** Mean of (v - target)^2 / 2. */
  valueLoss: number;
  /** Mean of min(rhoLimit, ratio). */
  meanRho: number;
  /** Share of steps whose ratio is above `rhoLimit`. */
  clippedShare: number;
  /** Estimate of the divergence of the learner's policy from the actors': mean of ratio - 1 - ln ratio. */
  divergence: number;
}

/** Scratch arrays for one size of batch; targets and advantages stay readable. */
export class ImpalaScratch {
  readonly logProbabilities: Float64Array;
  readonly logRatios: Float64Array;
  readonly discounts: Float64Array;
  readonly targets: Float64Array;
  readonly advantages: Float64Array;
  readonly entropies: Float64Array;
  readonly byLogProbability: Float64Array;
  readonly byEntropy: Float64Array;

  constructor(readonly rows: number) {
    [this.logProbabilities, this.logRatios, this.discounts, this.targets, this.advantages, this.entropies, this.byLogProbability, this.byEntropy] =
      Array.from({ length: 8 }, () => new Float64Array(rows));
  }
}

/**
 * Loss and gradients: mean of -advantage ln p - entropyWeight entropy, and valueWeight (v - target)^2 / 2, targets and advantages by V-trace of the present values, without a gradient of
 * their own. Espeholt and others: IMPALA, ICML 2018, section 4.2.
 *
 * @param parameters of the distribution, [row][parameter]
 * @param values [row]
 * @param parameterGradient receives dLoss/dParameters
 * @param valueGradient receives dLoss/dValues
 */
export function impalaLoss(
  distribution: Distribution,
  parameters: Reals,
  values: Reals,
  batch: ImpalaBatch,
  settings: ImpalaLossSettings,
  scratch: ImpalaScratch,
  parameterGradient: Reals,
  valueGradient: Reals,
): ImpalaLoss {
  const { rows, logProbabilities, logRatios, discounts, targets, advantages, entropies, byLogProbability, byEntropy } = scratch;
  const { actions, behaviourLogProbabilities, terminations } = batch;
  const { gamma, rhoLimit, entropyWeight } = settings;
  const masks = batch.masks.length > 0 ? batch.masks : undefined;
  const loss: ImpalaLoss = { policyLoss: 0, entropy: 0, valueLoss: 0, meanRho: 0, clippedShare: 0, divergence: 0 };
  distribution.evaluate(parameters, actions, logProbabilities, entropies, masks);
  for (let k = 0; k < rows; k++) {
    const difference = logProbabilities[k] - behaviourLogProbabilities[k];
    const ratio = Math.exp(difference);
    logRatios[k] = difference;
    discounts[k] = terminations[k] ? 0 : gamma;
    loss.meanRho += Math.min(rhoLimit, ratio) / rows;
    loss.divergence += (ratio - 1 - difference) / rows;
    if (ratio > rhoLimit) loss.clippedShare += 1 / rows;
  }
  vtrace({ ...batch, values, logRatios, discounts }, settings, targets, advantages);
  if (settings.normaliseAdvantages) standardise(advantages);
  for (let k = 0; k < rows; k++) {
    loss.policyLoss -= (advantages[k] * logProbabilities[k]) / rows;
    loss.entropy += entropies[k] / rows;
    byLogProbability[k] = -advantages[k] / rows;
  }
  byEntropy.fill(-entropyWeight / rows);
  distribution.evaluatedGradients(byLogProbability, entropyWeight > 0 ? byEntropy : undefined, parameterGradient);
  loss.valueLoss = squaredLoss(values, targets, valueGradient);
  for (let k = 0; k < rows; k++) valueGradient[k] *= settings.valueWeight;
  return loss;
}
