/**
 * Rewards of PowerNet and PGSIM, as pure functions of voltages per unit. A scenario's is the sum over inverters; curves and tables show its mean over the steps.
 */

/** Reward of an inverter where the trajectory diverges: first version, and revision. */
export const DIVERGED_REWARD = { first: -100, revised: -10 } as const;

/** First version, of one inverter: its own voltage reference after droop (not a bus voltage) within 5 % is worth up to 0.05; below 0.8 and from 1.25 on it costs 10. */
export function firstReward(voltagePu: number): number {
  const error = Math.abs(1 - voltagePu);
  if (voltagePu >= 0.95 && voltagePu <= 1.05) return 0.05 - error;
  return voltagePu <= 0.8 || voltagePu >= 1.25 ? -10 : -error;
}

/**
 * Revision for the journal, the same for every inverter: the mean distance of the magnitudes of all bus voltages from the reference.
 *
 * @param voltagesPu [bus]: magnitudes
 */
export function revisedReward(voltagesPu: ArrayLike<number>): number {
  let error = 0;
  for (let b = 0; b < voltagesPu.length; b++) error += Math.abs(voltagesPu[b] - 1);
  return revisedRewardOfError(error / voltagesPu.length);
}

/** The same, of the mean distance itself, per unit. */
export function revisedRewardOfError(error: number): number {
  if (error <= 0.05) return 0.05 - error;
  return error <= 0.25 ? -(error - 0.05) / 4 : -10;
}
