/** Probabilities of rows of the action space, which are what a rollout keeps, out of those of a distribution's actions. */
import type { Space } from '../environments/index.js';
import { DiagonalGaussian, SquashedGaussian } from '../learning/index.js';
import { normalCdf } from '../numeric/index.js';
import type { ActionHead } from './action-head.js';

/** What logarithms of standard deviations are kept within, the defaults of `DiagonalGaussian`. */
const LEAST_LOG = -20;
const MOST_LOG = 2;

/**
 * Logarithm of the probability with which a row was drawn: of its density for numbers within their box, in the box's own units, times the probability of its bound for
 * numbers that lay outside and were cut to it, and of their level for numbers that were rounded to one. A number whose box is a point adds nothing.
 *
 * @param squashed whether numbers are squashed into their box by tanh, so that none is cut
 * @param parameters of the distribution, one lane
 * @param drawn the distribution's action
 * @param logProbability of that action
 */
export function rowLogProbability(
  space: Space,
  head: ActionHead,
  squashed: boolean,
  parameters: ArrayLike<number>,
  drawn: ArrayLike<number>,
  logProbability: number,
): number {
  const numbers = head.actions - head.discrete;
  const means = head.parameters - 2 * numbers;
  const single = squashed ? new SquashedGaussian(1) : new DiagonalGaussian(1);
  const density = new Float64Array(1);
  let sum = logProbability;
  for (let j = 0; j < numbers; j++) {
    const entry = head.order[head.discrete + j];
    const half = (space.high[entry] - space.low[entry]) / 2;
    const action = drawn[head.discrete + j];
    const isLevel = space.counts[entry] > 0;
    const isCut = half > 0 && !isLevel && !squashed && Math.abs(action) > 1;
    if (half > 0 && !isCut && !isLevel) {
      sum -= Math.log(half);
      continue;
    }
    const lane = Float64Array.of(parameters[means + j], parameters[means + numbers + j]);
    single.logProbabilities(lane, Float64Array.of(action), density);
    sum -= density[0];
    if (!isCut && !(isLevel && half > 0)) continue;
    const deviation = Math.exp(Math.min(MOST_LOG, Math.max(LEAST_LOG, lane[1])));
    if (isLevel) {
      sum += levelLogProbability(action, half, squashed, lane[0], deviation) ?? density[0] - Math.log(half); // the density times a level's width
      continue;
    }
    sum += Math.log(normalCdf((action > 0 ? lane[0] - 1 : -1 - lane[0]) / deviation));
  }
  return sum;
}

/**
 * Logarithm of the probability of the level that a number is rounded to, of 2 half + 1 levels from -1 to 1; the outer ones take all that lies beyond. Undefined where
 * it is too small for a double.
 */
function levelLogProbability(action: number, half: number, squashed: boolean, mean: number, deviation: number): number | undefined {
  const level = Math.min(2 * half, Math.max(0, Math.round(half + half * action)));
  const edge = (at: number): number => {
    const place = (at - half) / half;
    if (!squashed) return place;
    return place <= -1 ? -Infinity : place >= 1 ? Infinity : Math.atanh(place);
  };
  const from = level === 0 ? -Infinity : (edge(level - 0.5) - mean) / deviation;
  const to = level === 2 * half ? Infinity : (edge(level + 0.5) - mean) / deviation;
  // In the lower tail, where differences keep their digits.
  const mass = from > 0 ? normalCdf(-from) - normalCdf(-to) : normalCdf(to) - normalCdf(from);
  return mass > 1e-300 ? Math.log(mass) : undefined;
}
