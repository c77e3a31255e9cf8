/** What all distributions of actions have in common. */

import { InputError } from '../../grid/index.js';

/** Arrays that distributions read and write. */
export type Numbers = Float32Array | Float64Array | Int32Array;
/** Of numbers with fractions. */
export type Reals = Float32Array | Float64Array;

/**
 * A distribution of actions, of many lanes at once: parameters [lane][parameter] as a network gives them, actions [lane][action], one log-probability and entropy a
 * lane. Sums over the parts of an action. All arrays are given; nothing is allocated a call.
 *
 * Throws InputError where lengths do not fit, LearningError for parameters that are not finite.
 */
export interface Distribution {
  /** Numbers a lane that a network gives. */
  readonly parameters: number;
  /** Numbers of an action. */
  readonly actions: number;
  /** Choices a lane that may be masked; 0 where there are none. */
  readonly choices: number;
  /** Draws one action a lane: what lane l gets depends on the stream and the lanes before it. `masks` [lane][choice]: 0 where a choice is not allowed. */
  sample(parameters: Reals, random: { uniform(): number; normal(): number }, actions: Numbers, masks?: ArrayLike<number>): void;
  /** The action without chance: the likeliest choices, the mean (squashed, where it is). */
  mode(parameters: Reals, actions: Numbers, masks?: ArrayLike<number>): void;
  /** ln p of actions; of the density for real numbers. */
  logProbabilities(parameters: Reals, actions: Numbers, out: Reals, masks?: ArrayLike<number>): void;
  /** Entropies, natural units. */
  entropies(parameters: Reals, out: Reals, masks?: ArrayLike<number>): void;
  /**
   * dLoss/dParameters by way of log-probabilities of given actions and of entropies.
   *
   * @param byLogProbability dLoss/d(ln p), one a lane
   * @param byEntropy dLoss/d(entropy), one a lane; undefined for none
   * @param out [lane][parameter], overwritten
   */
  gradients(parameters: Reals, actions: Numbers, byLogProbability: Reals, byEntropy: Reals | undefined, out: Reals, masks?: ArrayLike<number>): void;
  /**
   * {@link logProbabilities} and {@link entropies} in one go; what they have in common with the gradients is kept for {@link evaluatedGradients}. The arrays given must
   * stay as they are until then.
   */
  evaluate(parameters: Reals, actions: Numbers, logProbabilities: Reals, entropies: Reals, masks?: ArrayLike<number>): void;
  /** {@link gradients} for what {@link evaluate} was last given. */
  evaluatedGradients(byLogProbability: Reals, byEntropy: Reals | undefined, out: Reals): void;
}

/** What a distribution kept of its last evaluation. Throws InputError where there was none. */
export function requireEvaluated<T>(evaluated: T | undefined): T {
  if (evaluated === undefined) throw new InputError('evaluatedGradients() goes with a call of evaluate() before it');
  return evaluated;
}
