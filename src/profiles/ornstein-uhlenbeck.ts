/**
 * The Ornstein-Uhlenbeck process dX = (mean - X) / tau dt + sigma dW, given by its stationary standard deviation s and time constant tau, so that results do not depend
 * on the step. The step is exact for any length: X' = mean + (X - mean) a + s sqrt(1 - a^2) N(0, 1), a = exp(-dt / tau) (Uhlenbeck, Ornstein 1930; Gillespie 1996).
 */
import { checkFloat64, checkObject, describeValue, InputError } from '../grid/index.js';
import { exp, log, type RandomStream } from '../numeric/index.js';
import { checkStream } from './check-stream.js';

/** A process. The unit of mean and deviation is whatever the numbers stand for. */
export interface OrnsteinUhlenbeck {
  mean: number;
  /** Stationary standard deviation, s = sigma sqrt(tau / 2); from 0. */
  standardDeviation: number;
  /** tau = 1 / theta, seconds, above 0. */
  timeConstantSeconds: number;
}

/** Correlation of values a time apart: exp(-dt / tau). */
export function correlationAfter(seconds: number, timeConstantSeconds: number): number {
  return exp(-seconds / timeConstantSeconds);
}

/** The time constant at which values `seconds` apart correlate by `lagOne` (0 to 1, both excluded). */
export function timeConstantOf(lagOne: number, seconds: number): number {
  if (!(lagOne > 0 && lagOne < 1)) throw new InputError(`is ${lagOne}; it must lie between 0 and 1`, { property: 'lagOne' });
  return -seconds / log(lagOne);
}

/** Throws InputError naming what cannot be. */
export function checkOrnsteinUhlenbeck(noise: OrnsteinUhlenbeck, stepSeconds: number): void {
  checkObject('an Ornstein-Uhlenbeck process', noise, '{ mean, standardDeviation, timeConstantSeconds }');
  const wrong = (property: string, value: number, must: string): never => {
    throw new InputError(`is ${describeValue(value)}; it must be ${must}`, { element: 'ornsteinUhlenbeck', property });
  };
  if (!Number.isFinite(noise.mean)) wrong('mean', noise.mean, 'a number');
  if (!(noise.standardDeviation >= 0 && noise.standardDeviation < Number.POSITIVE_INFINITY)) {
    wrong('standardDeviation', noise.standardDeviation, 'a number from 0');
  }
  if (!(noise.timeConstantSeconds > 0)) wrong('timeConstantSeconds', noise.timeConstantSeconds, 'above 0');
  if (!(stepSeconds > 0)) wrong('stepSeconds', stepSeconds, 'above 0');
}

/**
 * Fills `out` with a path at equal steps. Takes one normal number a value.
 *
 * @param before value one step before the first; absent, the first is drawn from the stationary distribution
 */
export function fillOrnsteinUhlenbeck(
  out: Float64Array,
  noise: OrnsteinUhlenbeck,
  stepSeconds: number,
  stream: RandomStream,
  before?: number,
): Float64Array {
  checkFloat64('what a path is written to', out);
  checkOrnsteinUhlenbeck(noise, stepSeconds);
  checkStream(stream);
  const { mean, standardDeviation } = noise;
  const a = correlationAfter(stepSeconds, noise.timeConstantSeconds);
  const kick = standardDeviation * Math.sqrt(1 - a * a);
  let i = 0;
  let value = before ?? mean;
  if (before === undefined && out.length > 0) {
    value = mean + standardDeviation * stream.normal();
    out[0] = value;
    i = 1;
  }
  for (; i < out.length; i++) {
    value = mean + (value - mean) * a + kick * stream.normal();
    out[i] = value;
  }
  return out;
}
