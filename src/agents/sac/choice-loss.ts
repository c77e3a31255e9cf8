/**
 * What SAC makes small where actions are choices: the expectation over all choices of an entry takes the place of a drawn action.
 * Christodoulou: Soft actor-critic for discrete action settings, 2019.
 *
 * An action of several entries is a choice in each; the policy chooses them independently of each other, and a critic is a sum of branches, Q(s, a) = sum over entries of
 * Q_e(s, a_e), one output a choice. Of such a critic the expectation over all actions is the sum of the entries' expectations, exactly. (Branches: Tavakoli, Pardo, Kormushev: Action
 * branching architectures for deep reinforcement learning, AAAI 2018, who give each branch the same target and take the mean; sums are exact and keep entropies in one unit.)
 *
 * Of two critics the one with the smaller *expectation* counts. Choice by choice, as in Christodoulou, would make the branches' constants, which only their sum determines, matter.
 */
import { InputError } from '../../grid/index.js';
import type { PolicyLossReport, Reals, RewardRows } from './sac-loss.js';

/** Choices of the entries of an action, one entry behind the other. */
export interface Branches {
  /** Choices of each entry. */
  readonly sizes: Int32Array;
  /** Of all entries together. */
  readonly width: number;
}

/**
 * Probabilities and their logarithms; both 0 for what a mask forbids.
 *
 * @param logits [row][choice]
 * @param masks [row][choice]: 0 where a choice is not allowed; undefined where all are
 * @param probabilities receives [row][choice]; `logs` likewise
 * @throws InputError where nothing is allowed in an entry
 */
export function spreadChoices(
  logits: Reals,
  masks: ArrayLike<number> | undefined,
  { sizes }: Branches,
  probabilities: Float64Array,
  logs: Float64Array,
): void {
  for (let at = 0, e = 0; at < logits.length; at += sizes[e], e = (e + 1) % sizes.length) {
    const end = at + sizes[e];
    let largest = -Infinity;
    for (let j = at; j < end; j++) if (logits[j] > largest && (masks === undefined || masks[j])) largest = logits[j];
    if (largest === -Infinity) throw new InputError(`no choice of entry ${e} of the actions is allowed, or its logits are no numbers`);
    let sum = 0;
    for (let j = at; j < end; j++) {
      probabilities[j] = masks === undefined || masks[j] ? Math.exp(logits[j] - largest) : 0;
      sum += probabilities[j];
    }
    const shift = largest + Math.log(sum);
    for (let j = at; j < end; j++) {
      logs[j] = masks === undefined || masks[j] ? logits[j] - shift : 0;
      probabilities[j] /= sum;
    }
  }
}

/**
 * y = r + discount (min over critics of E[Q] + temperature entropy), the expectation over the policy's choices for the next observation.
 *
 * @param probabilities [row][choice], for the next observation; `logs` likewise
 * @param first [row][choice]: the first target critic; `second` likewise
 * @param out receives the targets, [row]
 */
export function choiceTargets(
  { rewards, discounts }: RewardRows,
  { width }: Branches,
  probabilities: Float64Array,
  logs: Float64Array,
  first: Reals,
  second: Reals,
  temperature: number,
  out: Reals,
): void {
  for (let k = 0; k < out.length; k++) {
    let [a, b, entropy] = [0, 0, 0];
    for (let j = k * width; j < (k + 1) * width; j++) {
      a += probabilities[j] * first[j];
      b += probabilities[j] * second[j];
      entropy -= probabilities[j] * logs[j];
    }
    out[k] = rewards[k] + discounts[k] * ((a < b ? a : b) + temperature * entropy);
  }
}

/**
 * A critic's loss, mean of (sum over entries of Q_e(s, a_e) - y)^2 / 2.
 *
 * @param outputs [row][choice]
 * @param actions choices from 0, those of a row at the beginning of `stride` numbers
 * @param targets [row]
 * @param gradient receives dLoss/dOutputs, [row][choice]
 * @returns the loss
 */
export function choiceCriticLoss(
  outputs: Reals,
  actions: ArrayLike<number>,
  stride: number,
  targets: Reals,
  { sizes, width }: Branches,
  gradient: Reals,
): number {
  const rows = targets.length;
  let loss = 0;
  gradient.fill(0);
  for (let k = 0; k < rows; k++) {
    let error = -targets[k];
    for (let e = 0, at = k * width; e < sizes.length; at += sizes[e++]) error += outputs[at + actions[k * stride + e]];
    for (let e = 0, at = k * width; e < sizes.length; at += sizes[e++]) gradient[at + actions[k * stride + e]] = error / rows;
    loss += (0.5 * error * error) / rows;
  }
  return loss;
}

/**
 * The policy's loss, mean of the expectation of temperature ln p - Q, Q of the critic with the smaller expectation.
 *
 * @param probabilities [row][choice]; `logs` likewise
 * @param first [row][choice]: the first critic; `second` likewise
 * @param gradient receives dLoss/dLogits, [row][choice]; 0 for what is masked
 * @param report receives loss, entropy and value
 */
export function choicePolicyLoss(
  { sizes, width }: Branches,
  probabilities: Float64Array,
  logs: Float64Array,
  first: Reals,
  second: Reals,
  temperature: number,
  gradient: Reals,
  report: PolicyLossReport,
): void {
  const rows = gradient.length / width;
  let [entropy, value] = [0, 0];
  for (let k = 0; k < rows; k++) {
    let [a, b] = [0, 0];
    for (let j = k * width; j < (k + 1) * width; j++) {
      a += probabilities[j] * first[j];
      b += probabilities[j] * second[j];
      entropy -= probabilities[j] * logs[j];
    }
    const values = b < a ? second : first;
    value += b < a ? b : a;
    for (let e = 0, at = k * width; e < sizes.length; at += sizes[e++]) {
      let mean = 0;
      for (let j = at; j < at + sizes[e]; j++) mean += probabilities[j] * (temperature * logs[j] - values[j]);
      for (let j = at; j < at + sizes[e]; j++) gradient[j] = (probabilities[j] * (temperature * logs[j] - values[j] - mean)) / rows;
    }
  }
  report.entropy = entropy / rows;
  report.value = value / rows;
  report.loss = -temperature * report.entropy - report.value;
}

/** Mean over rows of the largest entropy, that of even chances among what is allowed. */
export function largestEntropy(masks: ArrayLike<number> | undefined, { sizes, width }: Branches): number {
  if (masks === undefined) return sizes.reduce((sum, size) => sum + Math.log(size), 0);
  const rows = masks.length / width;
  let sum = 0;
  for (let at = 0, e = 0; at < masks.length; at += sizes[e], e = (e + 1) % sizes.length) {
    let allowed = 0;
    for (let j = at; j < at + sizes[e]; j++) if (masks[j]) allowed += 1;
    sum += Math.log(allowed);
  }
  return sum / rows;
}
