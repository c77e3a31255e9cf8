/** Choices among finitely many: logits in, masks where not all are allowed. */
import { describeValue, InputError } from '../../grid/index.js';
import { requireLength, wholeNumber } from '../checks.js';
import { LearningError } from '../errors.js';
import { type Distribution, type Numbers, type Reals, requireEvaluated } from './distribution.js';

/**
 * Several independent choices: choice c among `sizes[c]`, its logits after those of the choices before it. A masked choice has probability 0, adds nothing to the
 * entropy and gets no gradient (Huang, Ontanon: A closer look at invalid action masking, FLAIRS 2022).
 */
export class MultiCategorical implements Distribution {
  readonly parameters: number;
  readonly actions: number;
  readonly choices: number;
  private readonly sizes: readonly number[];
  /** Logarithms of the probabilities of one choice, and the probabilities. */
  private readonly logs: Float64Array;
  private readonly probabilities: Float64Array;

  /** Throws InputError for sizes that are no whole numbers from 1. */
  constructor(sizes: readonly number[]) {
    if (!Array.isArray(sizes) || sizes.length === 0)
      throw new InputError(`the sizes of choices are ${describeValue(sizes)}; give an array of whole numbers`);
    this.sizes = sizes.map((size, c) => wholeNumber(`the size of choice ${c}`, size, 1, 1e6));
    this.parameters = this.sizes.reduce((sum, size) => sum + size, 0);
    this.choices = this.parameters;
    this.actions = sizes.length;
    this.logs = new Float64Array(Math.max(...this.sizes));
    this.probabilities = new Float64Array(Math.max(...this.sizes));
  }

  private lanesOf(parameters: Reals, masks: ArrayLike<number> | undefined): number {
    const lanes = parameters.length / this.parameters;
    if (!Number.isInteger(lanes)) throw new InputError(`${parameters.length} logits are no whole number of lanes of ${this.parameters}`);
    if (masks && masks.length > 0) requireLength('the masks', masks, parameters.length);
    return lanes;
  }

  /** Log-probabilities and probabilities of one choice, into the scratch arrays; -Infinity and 0 where masked. */
  private spread(parameters: Reals, at: number, size: number, masks: ArrayLike<number> | undefined): void {
    const masked = masks !== undefined && masks.length > 0;
    const { logs, probabilities } = this;
    let largest = -Infinity;
    for (let j = 0; j < size; j++) {
      if (masked && !masks[at + j]) continue;
      const logit = parameters[at + j];
      if (!Number.isFinite(logit))
        throw new LearningError(`logit ${at % this.parameters}+${j} of lane ${Math.floor(at / this.parameters)} is ${logit}`);
      if (logit > largest) largest = logit;
    }
    if (largest === -Infinity) {
      throw new InputError(
        `no choice is allowed in lane ${Math.floor(at / this.parameters)}: its mask from choice ${at % this.parameters} on is all 0`,
      );
    }
    let sum = 0;
    for (let j = 0; j < size; j++) {
      probabilities[j] = masked && !masks[at + j] ? 0 : Math.exp(parameters[at + j] - largest);
      sum += probabilities[j];
    }
    const logSum = Math.log(sum);
    for (let j = 0; j < size; j++) {
      probabilities[j] /= sum;
      logs[j] = masked && !masks[at + j] ? -Infinity : parameters[at + j] - largest - logSum;
    }
  }

  /** Calls f for each choice of each lane with its probabilities in place. */
  private each(parameters: Reals, masks: ArrayLike<number> | undefined, f: (lane: number, choice: number, at: number, size: number) => void): void {
    const lanes = this.lanesOf(parameters, masks);
    let at = 0;
    for (let lane = 0; lane < lanes; lane++) {
      for (let choice = 0; choice < this.sizes.length; choice++) {
        const size = this.sizes[choice];
        this.spread(parameters, at, size, masks);
        f(lane, choice, at, size);
        at += size;
      }
    }
  }

  /** Takes one uniform number a choice. */
  sample(parameters: Reals, random: { uniform(): number }, actions: Numbers, masks?: ArrayLike<number>): void {
    requireLength('the actions', actions, this.lanesOf(parameters, masks) * this.actions);
    this.each(parameters, masks, (lane, choice, _at, size) => {
      let left = random.uniform();
      let chosen = -1;
      for (let j = 0; j < size; j++) {
        if (this.probabilities[j] === 0) continue;
        // Rounding may leave a little behind the last: it is that one then.
        chosen = j;
        left -= this.probabilities[j];
        if (left < 0) break;
      }
      actions[lane * this.actions + choice] = chosen;
    });
  }

  mode(parameters: Reals, actions: Numbers, masks?: ArrayLike<number>): void {
    requireLength('the actions', actions, this.lanesOf(parameters, masks) * this.actions);
    this.each(parameters, masks, (lane, choice, at, size) => {
      let best = -1;
      for (let j = 0; j < size; j++) {
        if (this.logs[j] !== -Infinity && (best < 0 || parameters[at + j] > parameters[at + best])) best = j;
      }
      actions[lane * this.actions + choice] = best;
    });
  }

  /** The action of a lane's choice. Throws InputError for one that is none or masked. */
  private chosen(actions: Numbers, lane: number, choice: number, size: number): number {
    const action = actions[lane * this.actions + choice];
    if (!Number.isInteger(action) || action < 0 || action >= size || this.logs[action] === -Infinity) {
      throw new InputError(`action ${choice} of lane ${lane} is ${action}, which is not one of its allowed choices (0 to ${size - 1})`);
    }
    return action;
  }

  logProbabilities(parameters: Reals, actions: Numbers, out: Reals, masks?: ArrayLike<number>): void {
    const lanes = this.lanesOf(parameters, masks);
    requireLength('the actions', actions, lanes * this.actions);
    requireLength('the log-probabilities', out, lanes);
    out.fill(0);
    this.each(parameters, masks, (lane, choice, _at, size) => {
      out[lane] += this.logs[this.chosen(actions, lane, choice, size)];
    });
  }

  /** Entropy of the choice in the scratch arrays. */
  private entropy(size: number): number {
    let sum = 0;
    for (let j = 0; j < size; j++) if (this.probabilities[j] > 0) sum -= this.probabilities[j] * this.logs[j];
    return sum;
  }

  entropies(parameters: Reals, out: Reals, masks?: ArrayLike<number>): void {
    requireLength('the entropies', out, this.lanesOf(parameters, masks));
    out.fill(0);
    this.each(parameters, masks, (lane, _choice, _at, size) => {
      out[lane] += this.entropy(size);
    });
  }

  gradients(parameters: Reals, actions: Numbers, byLogProbability: Reals, byEntropy: Reals | undefined, out: Reals, masks?: ArrayLike<number>): void {
    const lanes = this.lanesOf(parameters, masks);
    requireLength('the actions', actions, lanes * this.actions);
    requireLength('the gradients of log-probabilities', byLogProbability, lanes);
    if (byEntropy) requireLength('the gradients of entropies', byEntropy, lanes);
    requireLength('the gradients of parameters', out, parameters.length);
    this.each(parameters, masks, (lane, choice, at, size) => {
      const action = this.chosen(actions, lane, choice, size);
      const entropy = byEntropy ? this.entropy(size) : 0;
      for (let j = 0; j < size; j++) {
        const p = this.probabilities[j];
        const score = (j === action ? 1 : 0) - p;
        // d entropy / d logit = -p (ln p + entropy).
        const spreading = byEntropy && p > 0 ? -p * (this.logs[j] + entropy) * byEntropy[lane] : 0;
        out[at + j] = byLogProbability[lane] * score + spreading;
      }
    });
  }

  /** Logs and probabilities of all choices of a batch, kept for {@link evaluatedGradients}. */
  private kept = { logs: new Float64Array(0), probabilities: new Float64Array(0) };
  private evaluated: { readonly lanes: number; readonly actions: Numbers } | undefined;

  evaluate(parameters: Reals, actions: Numbers, logProbabilities: Reals, entropies: Reals, masks?: ArrayLike<number>): void {
    const lanes = this.lanesOf(parameters, masks);
    const { sizes } = this;
    requireLength('the actions', actions, lanes * this.actions);
    requireLength('the log-probabilities', logProbabilities, lanes);
    requireLength('the entropies', entropies, lanes);
    if (this.kept.logs.length < parameters.length)
      this.kept = { logs: new Float64Array(parameters.length), probabilities: new Float64Array(parameters.length) };
    const { logs, probabilities } = this.kept;
    const masked = masks !== undefined && masks.length > 0;
    let at = 0;
    for (let lane = 0; lane < lanes; lane++) {
      let logProbability = 0;
      let entropy = 0;
      for (let choice = 0; choice < sizes.length; choice++) {
        const size = sizes[choice];
        if (masked) {
          this.spread(parameters, at, size, masks);
          for (let j = 0; j < size; j++) {
            logs[at + j] = this.logs[j];
            probabilities[at + j] = this.probabilities[j];
          }
        } else {
          spreadAll(parameters, at, size, logs, probabilities);
        }
        for (let j = at; j < at + size; j++) if (probabilities[j] > 0) entropy -= probabilities[j] * logs[j];
        const action = actions[lane * this.actions + choice];
        if (!(action >= 0 && action < size) || !Number.isInteger(action) || logs[at + action] === -Infinity) {
          throw new InputError(`action ${choice} of lane ${lane} is ${action}, which is not one of its allowed choices (0 to ${size - 1})`);
        }
        logProbability += logs[at + action];
        at += size;
      }
      logProbabilities[lane] = logProbability;
      entropies[lane] = entropy;
    }
    this.evaluated = { lanes, actions };
  }

  evaluatedGradients(byLogProbability: Reals, byEntropy: Reals | undefined, out: Reals): void {
    const { lanes, actions } = requireEvaluated(this.evaluated);
    const { sizes } = this;
    const { logs, probabilities } = this.kept;
    requireLength('the gradients of log-probabilities', byLogProbability, lanes);
    if (byEntropy) requireLength('the gradients of entropies', byEntropy, lanes);
    requireLength('the gradients of parameters', out, lanes * this.parameters);
    let at = 0;
    for (let lane = 0; lane < lanes; lane++) {
      const score = byLogProbability[lane];
      const spreading = byEntropy ? byEntropy[lane] : 0;
      for (let choice = 0; choice < sizes.length; choice++) {
        const to = at + sizes[choice];
        let entropy = 0;
        if (spreading !== 0) for (let j = at; j < to; j++) if (probabilities[j] > 0) entropy -= probabilities[j] * logs[j];
        for (let j = at; j < to; j++) {
          const p = probabilities[j];
          out[j] = p > 0 ? -p * (score + (spreading !== 0 ? spreading * (logs[j] + entropy) : 0)) : 0;
        }
        out[at + actions[lane * this.actions + choice]] += score;
        at = to;
      }
    }
  }
}

/** Log-probabilities and probabilities of one choice none of whose values is masked. Throws LearningError for a logit that is not finite. */
function spreadAll(parameters: Reals, at: number, size: number, logs: Float64Array, probabilities: Float64Array): void {
  let largest = parameters[at];
  for (let j = at + 1; j < at + size; j++) if (parameters[j] > largest) largest = parameters[j];
  let sum = 0;
  for (let j = at; j < at + size; j++) {
    const power = Math.exp(parameters[j] - largest);
    probabilities[j] = power;
    sum += power;
  }
  // One logit that is no number, or infinite, shows in the sum.
  if (!Number.isFinite(sum) || !Number.isFinite(largest)) throw new LearningError(`a logit from number ${at} on is not finite`);
  const share = 1 / sum;
  const logSum = Math.log(sum);
  for (let j = at; j < at + size; j++) {
    probabilities[j] *= share;
    logs[j] = parameters[j] - largest - logSum;
  }
}

/** One choice among so many. */
export class Categorical extends MultiCategorical {
  constructor(size: number) {
    super([size]);
  }
}
