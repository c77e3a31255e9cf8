/** Real actions: normal numbers, as they are or squashed into -1 to 1. A lane's parameters are its means, then the logarithms of its standard deviations. */
import { InputError } from '../../grid/index.js';
import { numberWithin, requireLength, wholeNumber } from '../checks.js';
import { LearningError } from '../errors.js';
import { type Distribution, type Numbers, type Reals, requireEvaluated } from './distribution.js';

/** ln sqrt(2 pi). */
const LOG_ROOT_TWO_PI = 0.9189385332046727;
const LOG_TWO = Math.LN2;
/** What tanh is kept away from 1 by, where an action is to be traced back: float32 actions reach 1. */
const EDGE = 1e-6;

/** What logarithms of standard deviations are kept within; beyond they get no gradient. */
export interface GaussianOptions {
  /** Default -20. */
  readonly leastLogDeviation?: number;
  /** Default 2. */
  readonly mostLogDeviation?: number;
}

/** Means and deviations of lanes. */
abstract class Gaussian {
  readonly parameters: number;
  readonly actions: number;
  readonly choices = 0;
  protected readonly least: number;
  protected readonly most: number;

  /** @param actions numbers of an action */
  constructor(actions: number, options: GaussianOptions = {}) {
    this.actions = wholeNumber('the actions of a Gaussian', actions, 1, 65536);
    this.parameters = 2 * actions;
    this.least = numberWithin('leastLogDeviation', options.leastLogDeviation ?? -20, -40, 40);
    this.most = numberWithin('mostLogDeviation', options.mostLogDeviation ?? 2, this.least, 40);
  }

  /** Lanes of an array of parameters. Throws where it is not of whole lanes, or holds what is not finite. */
  protected lanesOf(parameters: Reals): number {
    const lanes = parameters.length / this.parameters;
    if (!Number.isInteger(lanes)) throw new InputError(`${parameters.length} parameters are no whole number of lanes of ${this.parameters}`);
    for (let k = 0; k < parameters.length; k++) {
      if (!Number.isFinite(parameters[k]))
        throw new LearningError(`parameter ${k % this.parameters} of lane ${Math.floor(k / this.parameters)} is ${parameters[k]}`);
    }
    return lanes;
  }

  /** A logarithm of a deviation, kept within its limits. */
  protected bounded(logDeviation: number): number {
    return logDeviation < this.least ? this.least : logDeviation > this.most ? this.most : logDeviation;
  }

  /** Whether it gets a gradient. */
  protected isWithin(logDeviation: number): boolean {
    return logDeviation >= this.least && logDeviation <= this.most;
  }

  /** Calls f for each number of each lane's action with its mean, its bounded log deviation and the places of action, mean and log deviation. */
  protected each(parameters: Reals, f: (lane: number, mean: number, log: number, at: number, meanAt: number, logAt: number) => void): void {
    const lanes = this.lanesOf(parameters);
    for (let lane = 0; lane < lanes; lane++) {
      for (let j = 0; j < this.actions; j++) {
        const meanAt = lane * this.parameters + j;
        const logAt = meanAt + this.actions;
        f(lane, parameters[meanAt], this.bounded(parameters[logAt]), lane * this.actions + j, meanAt, logAt);
      }
    }
  }
}

/** Independent normal numbers, unbounded. */
export class DiagonalGaussian extends Gaussian implements Distribution {
  private evaluated: { readonly parameters: Reals; readonly actions: Numbers } | undefined;

  sample(parameters: Reals, random: { normal(): number }, actions: Numbers): void {
    requireLength('the actions', actions, (parameters.length / this.parameters) * this.actions);
    this.each(parameters, (_lane, mean, log, at) => {
      actions[at] = mean + Math.exp(log) * random.normal();
    });
  }

  mode(parameters: Reals, actions: Numbers): void {
    requireLength('the actions', actions, (parameters.length / this.parameters) * this.actions);
    this.each(parameters, (_lane, mean, _log, at) => {
      actions[at] = mean;
    });
  }

  // Plain loops from here on: agents spend much of their time in them.

  logProbabilities(parameters: Reals, actions: Numbers, out: Reals): void {
    const lanes = this.lanesOf(parameters);
    const { actions: width, least, most } = this;
    requireLength('the log-probabilities', out, lanes);
    requireLength('the actions', actions, lanes * width);
    for (let lane = 0; lane < lanes; lane++) {
      const at = lane * width;
      let sum = -width * LOG_ROOT_TWO_PI;
      for (let j = 0; j < width; j++) {
        const given = parameters[2 * at + width + j];
        const log = given < least ? least : given > most ? most : given;
        const z = (actions[at + j] - parameters[2 * at + j]) * Math.exp(-log);
        sum -= 0.5 * z * z + log;
      }
      out[lane] = sum;
    }
  }

  entropies(parameters: Reals, out: Reals): void {
    const lanes = this.lanesOf(parameters);
    const { actions: width, least, most } = this;
    requireLength('the entropies', out, lanes);
    for (let lane = 0; lane < lanes; lane++) {
      let sum = width * (0.5 + LOG_ROOT_TWO_PI);
      for (let j = 0; j < width; j++) {
        const given = parameters[2 * lane * width + width + j];
        sum += given < least ? least : given > most ? most : given;
      }
      out[lane] = sum;
    }
  }

  gradients(parameters: Reals, actions: Numbers, byLogProbability: Reals, byEntropy: Reals | undefined, out: Reals): void {
    const lanes = parameters.length / this.parameters;
    const { actions: width, least, most } = this;
    requireLength('the actions', actions, lanes * width);
    requireLength('the gradients of log-probabilities', byLogProbability, lanes);
    if (byEntropy) requireLength('the gradients of entropies', byEntropy, lanes);
    requireLength('the gradients of parameters', out, parameters.length);
    for (let lane = 0; lane < lanes; lane++) {
      const at = lane * width;
      const score = byLogProbability[lane];
      const spread = byEntropy ? byEntropy[lane] : 0;
      for (let j = 0; j < width; j++) {
        const meanAt = 2 * at + j;
        const given = parameters[meanAt + width];
        const log = given < least ? least : given > most ? most : given;
        const precision = Math.exp(-log);
        const z = (actions[at + j] - parameters[meanAt]) * precision;
        out[meanAt] = score * z * precision;
        out[meanAt + width] = given === log ? score * (z * z - 1) + spread : 0;
      }
    }
  }

  evaluate(parameters: Reals, actions: Numbers, logProbabilities: Reals, entropies: Reals): void {
    this.logProbabilities(parameters, actions, logProbabilities);
    this.entropies(parameters, entropies);
    this.evaluated = { parameters, actions };
  }

  evaluatedGradients(byLogProbability: Reals, byEntropy: Reals | undefined, out: Reals): void {
    const { parameters, actions } = requireEvaluated(this.evaluated);
    this.gradients(parameters, actions, byLogProbability, byEntropy, out);
  }
}

/** ln (1 - tanh(u)^2) without loss of digits for large u. */
function logSlope(u: number): number {
  const size = Math.abs(u);
  return 2 * (LOG_TWO - size - Math.log1p(Math.exp(-2 * size)));
}

/** The u of an action tanh u. */
function unsquashed(action: number): number {
  const kept = action > 1 - EDGE ? 1 - EDGE : action < EDGE - 1 ? EDGE - 1 : action;
  return Math.atanh(kept);
}

/** Points and weights of the trapezoidal rule for means over a standard normal number: 65 points from -8 to 8. */
const POINTS = Float64Array.from({ length: 65 }, (_, k) => (k - 32) / 4);
const WEIGHTS = (() => {
  const densities = POINTS.map((x) => Math.exp(-0.5 * x * x));
  const sum = densities.reduce((a, b) => a + b, 0);
  return densities.map((density) => density / sum);
})();

/**
 * tanh of normal numbers: actions within -1 and 1 (Haarnoja and others: Soft actor-critic, ICML 2018, appendix C).
 *
 * Its entropy has no closed form: the mean of ln (1 - tanh^2) is a sum over 65 points, within 1e-8 for deviations up to 2 and within 2e-3 up to e^2.
 */
export class SquashedGaussian extends Gaussian implements Distribution {
  private evaluated: { readonly parameters: Reals; readonly actions: Numbers } | undefined;

  sample(parameters: Reals, random: { normal(): number }, actions: Numbers): void {
    requireLength('the actions', actions, (parameters.length / this.parameters) * this.actions);
    this.each(parameters, (_lane, mean, log, at) => {
      actions[at] = Math.tanh(mean + Math.exp(log) * random.normal());
    });
  }

  mode(parameters: Reals, actions: Numbers): void {
    requireLength('the actions', actions, (parameters.length / this.parameters) * this.actions);
    this.each(parameters, (_lane, mean, _log, at) => {
      actions[at] = Math.tanh(mean);
    });
  }

  /** Of the density of the squashed action. Actions within 1e-6 of -1 and 1 count as there. */
  logProbabilities(parameters: Reals, actions: Numbers, out: Reals): void {
    requireLength('the log-probabilities', out, parameters.length / this.parameters);
    requireLength('the actions', actions, out.length * this.actions);
    out.fill(0);
    this.each(parameters, (lane, mean, log, at) => {
      const u = unsquashed(actions[at]);
      const z = (u - mean) * Math.exp(-log);
      out[lane] -= 0.5 * z * z + log + LOG_ROOT_TWO_PI + logSlope(u);
    });
  }

  entropies(parameters: Reals, out: Reals): void {
    requireLength('the entropies', out, parameters.length / this.parameters);
    out.fill(0);
    this.each(parameters, (lane, mean, log) => {
      const deviation = Math.exp(log);
      let sum = 0;
      for (let k = 0; k < POINTS.length; k++) sum += WEIGHTS[k] * logSlope(mean + deviation * POINTS[k]);
      out[lane] += 0.5 + LOG_ROOT_TWO_PI + log + sum;
    });
  }

  gradients(parameters: Reals, actions: Numbers, byLogProbability: Reals, byEntropy: Reals | undefined, out: Reals): void {
    const lanes = parameters.length / this.parameters;
    requireLength('the actions', actions, lanes * this.actions);
    requireLength('the gradients of log-probabilities', byLogProbability, lanes);
    if (byEntropy) requireLength('the gradients of entropies', byEntropy, lanes);
    requireLength('the gradients of parameters', out, parameters.length);
    this.each(parameters, (lane, mean, log, at, meanAt, logAt) => {
      const deviation = Math.exp(log);
      const z = (unsquashed(actions[at]) - mean) / deviation;
      let entropyByMean = 0;
      let entropyByLog = byEntropy ? 1 : 0;
      for (let k = 0; byEntropy && k < POINTS.length; k++) {
        const slope = -2 * WEIGHTS[k] * Math.tanh(mean + deviation * POINTS[k]);
        entropyByMean += slope;
        entropyByLog += slope * deviation * POINTS[k];
      }
      const entropyShare = byEntropy ? byEntropy[lane] : 0;
      out[meanAt] = (byLogProbability[lane] * z) / deviation + entropyShare * entropyByMean;
      out[logAt] = this.isWithin(parameters[logAt]) ? byLogProbability[lane] * (z * z - 1) + entropyShare * entropyByLog : 0;
    });
  }

  /**
   * Actions made of given noise, tanh(mean + deviation noise), and their log-probabilities: the reparameterised form, through which gradients of actions reach the
   * parameters.
   *
   * @param noise [lane][action], standard normal numbers
   */
  actionsOf(parameters: Reals, noise: Reals, actions: Reals, logProbabilities: Reals): void {
    requireLength('the log-probabilities', logProbabilities, parameters.length / this.parameters);
    requireLength('the noise', noise, logProbabilities.length * this.actions);
    requireLength('the actions', actions, noise.length);
    logProbabilities.fill(0);
    this.each(parameters, (lane, mean, log, at) => {
      const u = mean + Math.exp(log) * noise[at];
      actions[at] = Math.tanh(u);
      logProbabilities[lane] -= 0.5 * noise[at] * noise[at] + log + LOG_ROOT_TWO_PI + logSlope(u);
    });
  }

  /**
   * dLoss/dParameters by way of {@link actionsOf}.
   *
   * @param byAction dLoss/dAction, [lane][action]
   * @param byLogProbability dLoss/d(ln p), one a lane
   */
  gradientsOfActions(parameters: Reals, noise: Reals, byAction: Reals, byLogProbability: Reals, out: Reals): void {
    requireLength('the gradients of log-probabilities', byLogProbability, parameters.length / this.parameters);
    requireLength('the noise', noise, byLogProbability.length * this.actions);
    requireLength('the gradients of actions', byAction, noise.length);
    requireLength('the gradients of parameters', out, parameters.length);
    this.each(parameters, (lane, mean, log, at, meanAt, logAt) => {
      const shift = Math.exp(log) * noise[at];
      const squashed = Math.tanh(mean + shift);
      // d ln p / du = 2 tanh u, by the slope of the squashing alone: the noise is held.
      const byU = byAction[at] * (1 - squashed * squashed) + byLogProbability[lane] * 2 * squashed;
      out[meanAt] = byU;
      out[logAt] = this.isWithin(parameters[logAt]) ? byU * shift - byLogProbability[lane] : 0;
    });
  }

  evaluate(parameters: Reals, actions: Numbers, logProbabilities: Reals, entropies: Reals): void {
    this.logProbabilities(parameters, actions, logProbabilities);
    this.entropies(parameters, entropies);
    this.evaluated = { parameters, actions };
  }

  evaluatedGradients(byLogProbability: Reals, byEntropy: Reals | undefined, out: Reals): void {
    const { parameters, actions } = requireEvaluated(this.evaluated);
    this.gradients(parameters, actions, byLogProbability, byEntropy, out);
  }
}
