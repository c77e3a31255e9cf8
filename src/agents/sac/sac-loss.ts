/**
 * What SAC makes small where actions are numbers: targets of the critics, the policy's loss through them, the temperature's loss, with gradients. All are means over rows.
 * Haarnoja, Zhou, Abbeel, Levine: Soft actor-critic, ICML 2018; Haarnoja and others: Soft actor-critic algorithms and applications, 2018.
 */

/** Arrays of numbers with fractions. */
export type Reals = Float32Array | Float64Array;

/** What a target takes of transitions. */
export interface RewardRows {
  /** [row] */
  readonly rewards: Reals;
  /** [row]: what the next value counts; 0 behind a termination. */
  readonly discounts: Reals;
}

/**
 * y = r + discount (min(Q1, Q2) - temperature ln p), of an action that the present policy draws for the next observation. Second paper, equation 3, with the smaller of two
 * target critics.
 *
 * @param first [row]: the first target critic's value of the next action; `second` likewise
 * @param logProbabilities [row]: of the next action
 * @param out receives the targets, [row]
 */
export function softTargets(
  { rewards, discounts }: RewardRows,
  first: Reals,
  second: Reals,
  logProbabilities: Reals,
  temperature: number,
  out: Reals,
): void {
  for (let k = 0; k < out.length; k++) {
    const value = first[k] < second[k] ? first[k] : second[k];
    out[k] = rewards[k] + discounts[k] * (value - temperature * logProbabilities[k]);
  }
}

/** What a loss of the policy tells. */
export interface PolicyLossReport {
  loss: number;
  /** Mean of -ln p. */
  entropy: number;
  /** Mean of what the critics say of the policy's actions, the smaller. */
  value: number;
}

/**
 * The policy's loss, mean of temperature ln p - min(Q1, Q2), of actions drawn by the policy. Second paper, equation 7, with the smaller of two critics.
 *
 * @param first [row]: the first critic's value; `second` likewise
 * @param logProbabilities [row]: of the actions
 * @param byFirst receives dLoss/dQ1, [row]; `bySecond` likewise
 * @param byLogProbability receives dLoss/d(ln p), [row]
 * @param report receives loss, entropy and value
 */
export function squashedPolicyLoss(
  first: Reals,
  second: Reals,
  logProbabilities: Reals,
  temperature: number,
  byFirst: Reals,
  bySecond: Reals,
  byLogProbability: Reals,
  report: PolicyLossReport,
): void {
  const rows = first.length;
  let entropy = 0;
  let value = 0;
  for (let k = 0; k < rows; k++) {
    const takesSecond = second[k] < first[k];
    value += takesSecond ? second[k] : first[k];
    entropy -= logProbabilities[k];
    byFirst[k] = takesSecond ? 0 : -1 / rows;
    bySecond[k] = takesSecond ? -1 / rows : 0;
    byLogProbability[k] = temperature / rows;
  }
  report.entropy = entropy / rows;
  report.value = value / rows;
  report.loss = -temperature * report.entropy - report.value;
}

/**
 * The temperature's loss by its logarithm, ln temperature (entropy - target): it falls where there is more entropy than wanted. Second paper, equation 18, with the logarithm in
 * place of the temperature itself, as in the authors' program: the same sign and zero, and a small temperature can rise again as fast as a large one.
 *
 * @param entropy mean of -ln p over rows
 * @returns loss and dLoss/d(ln temperature)
 */
export function temperatureLoss(logTemperature: number, entropy: number, target: number): { loss: number; gradient: number } {
  return { loss: logTemperature * (entropy - target), gradient: entropy - target };
}
