/** Returns and advantages of rollouts, arrays [time][environment]. Only termination cuts what comes after from a value; a truncated episode is worth its final observation's value. */
import { requireLength } from './checks.js';
import type { Reals } from './distributions/distribution.js';

/** A rollout as seen by a value function. */
export interface ValuedRollout {
  readonly environments: number;
  /** [time][environment] */
  readonly rewards: Reals;
  /** [time][environment]: of the observations acted upon. */
  readonly values: Reals;
  /** [environment]: of the observations behind the last step. */
  readonly lastValues: Reals;
  /** [time][environment]: 1 where the step ended the episode by the task's rules. */
  readonly terminations?: ArrayLike<number>;
  /** [time][environment]: 1 where the step's episode was cut. */
  readonly truncations?: ArrayLike<number>;
  /** [time][environment]: values of final observations, read where an episode was cut (and not terminated). */
  readonly finalValues?: Reals;
}

function stepsOf({ environments, rewards, values, lastValues, terminations, truncations, finalValues }: ValuedRollout): number {
  requireLength('the values', values, rewards.length);
  requireLength('the last values', lastValues, environments);
  if (terminations) requireLength('the terminations', terminations, rewards.length);
  if (truncations) {
    requireLength('the truncations', truncations, rewards.length);
    requireLength('the final values', finalValues ?? [], rewards.length);
  }
  requireLength('the rewards', rewards, Math.round(rewards.length / environments) * environments);
  return rewards.length / environments;
}

/** Value of what follows a step, 0 behind a termination. */
function nextValue(rollout: ValuedRollout, steps: number, t: number, at: number): number {
  const { environments, values, lastValues, terminations, truncations, finalValues } = rollout;
  if (terminations?.[at]) return 0;
  if (truncations?.[at] && finalValues) return finalValues[at];
  return t + 1 < steps ? values[at + environments] : lastValues[at % environments];
}

/**
 * Generalised advantage estimates: A_t = sum over k of (gamma lambda)^k delta_(t+k), delta_t = r_t + gamma V_(t+1) - V_t, within episodes.
 * Schulman and others: High-dimensional continuous control using generalized advantage estimation, ICLR 2016, equation 16.
 *
 * @param advantages [time][environment], written
 * @param returns [time][environment], written where given: advantages + values, the targets of the value function
 */
export function generalisedAdvantages(rollout: ValuedRollout, gamma: number, lambda: number, advantages: Reals, returns?: Reals): void {
  const steps = stepsOf(rollout);
  const { environments, rewards, values, terminations, truncations } = rollout;
  requireLength('the advantages', advantages, rewards.length);
  if (returns) requireLength('the returns', returns, rewards.length);
  for (let e = 0; e < environments; e++) {
    let later = 0;
    for (let t = steps - 1; t >= 0; t--) {
      const at = t * environments + e;
      if (terminations?.[at] || truncations?.[at]) later = 0;
      const delta = rewards[at] + gamma * nextValue(rollout, steps, t, at) - values[at];
      later = delta + gamma * lambda * later;
      advantages[at] = later;
      if (returns) returns[at] = later + values[at];
    }
  }
}

/** Discounted sums of rewards to the end of each episode, or of the rollout with the last values behind it. */
export function discountedReturns(rollout: ValuedRollout, gamma: number, returns: Reals): void {
  const steps = stepsOf(rollout);
  const { environments, rewards, terminations, truncations } = rollout;
  requireLength('the returns', returns, rewards.length);
  for (let e = 0; e < environments; e++) {
    let later = rollout.lastValues[e];
    for (let t = steps - 1; t >= 0; t--) {
      const at = t * environments + e;
      if (terminations?.[at] || truncations?.[at]) later = nextValue(rollout, steps, t, at);
      later = rewards[at] + gamma * later;
      returns[at] = later;
    }
  }
}

/** Settings of V-trace. */
export interface VtraceSettings {
  /** Most weight of a temporal difference; default 1. */
  readonly rhoLimit?: number;
  /** Most weight of a policy gradient; default 1. */
  readonly policyRhoLimit?: number;
  /** Factor of the trace's weights; default 1. */
  readonly lambda?: number;
}

/** A rollout by another policy than the one that learns. */
export interface OffPolicyRollout extends Omit<ValuedRollout, 'terminations'> {
  /** [time][environment]: ln of the learner's probability of the action over the actor's. */
  readonly logRatios: Reals;
  /** [time][environment]: gamma, 0 where the step terminated the episode. */
  readonly discounts: Reals;
}

/**
 * V-trace: targets of the value function and advantages of the policy's gradient from actions of an older policy.
 * Espeholt and others: IMPALA, ICML 2018, equation 1 and section 4.2; lambda as in its remark 2.
 *
 *   rho_t = min(rhoLimit, ratio), c_t = lambda min(1, ratio), delta_t = rho_t (r_t + gamma_t V_(t+1) - V_t)
 *   target_t = V_t + delta_t + gamma_t c_t (target_(t+1) - V_(t+1))
 *   advantage_t = min(policyRhoLimit, ratio) (r_t + gamma_t target_(t+1) - V_t)
 *
 * A cut episode goes on with its final value, and no trace goes through the cut.
 *
 * @param targets [time][environment], written
 * @param advantages [time][environment], written
 */
export function vtrace(rollout: OffPolicyRollout, settings: VtraceSettings, targets: Reals, advantages: Reals): void {
  const steps = stepsOf(rollout);
  const { environments, rewards, values, lastValues, truncations, logRatios, discounts } = rollout;
  for (const [name, array] of Object.entries({ logRatios, discounts, targets, advantages })) requireLength(name, array, rewards.length);
  const { rhoLimit = 1, policyRhoLimit = 1, lambda = 1 } = settings;
  for (let e = 0; e < environments; e++) {
    let excess = 0;
    let nextTarget = lastValues[e];
    for (let t = steps - 1; t >= 0; t--) {
      const at = t * environments + e;
      const following = nextValue(rollout, steps, t, at);
      if (truncations?.[at]) {
        excess = 0;
        nextTarget = following;
      }
      const ratio = Math.exp(logRatios[at]);
      const delta = Math.min(rhoLimit, ratio) * (rewards[at] + discounts[at] * following - values[at]);
      advantages[at] = Math.min(policyRhoLimit, ratio) * (rewards[at] + discounts[at] * nextTarget - values[at]);
      excess = delta + discounts[at] * lambda * Math.min(1, ratio) * excess;
      nextTarget = values[at] + excess;
      targets[at] = nextTarget;
    }
  }
}
