/**
 * Series of any distribution with memory: a Gaussian one z, AR(1) with correlation exp(-dt / tau), is carried over by u = Phi(z), value = quantile(u) (a Gaussian copula).
 * The values' own correlation is slightly below that of z.
 */
import { checkFunction, checkObject } from '../grid/index.js';
import { betaInverseCdf, log, normalCdf, pow, type RandomStream } from '../numeric/index.js';
import { fillOrnsteinUhlenbeck } from './ornstein-uhlenbeck.js';

/** A distribution by its quantiles; both tails are given, so that neither loses digits. */
export type Quantile = (below: number, above: number) => number;

/** Fills `out` with a series of the distribution. Takes one normal number a value. */
export function fillFromCopula(
  out: Float64Array,
  quantile: Quantile,
  stepSeconds: number,
  timeConstantSeconds: number,
  stream: RandomStream,
): Float64Array {
  checkFunction('the quantile', quantile, 'a function (below, above) => value');
  fillOrnsteinUhlenbeck(out, { mean: 0, standardDeviation: 1, timeConstantSeconds }, stepSeconds, stream);
  for (let i = 0; i < out.length; i++) out[i] = quantile(normalCdf(out[i]), normalCdf(-out[i]));
  return out;
}

/** Beta(alpha, beta) stretched over [low, high]. */
export interface ScaledBeta {
  alpha: number;
  beta: number;
  low: number;
  high: number;
}

/** The beta distribution of a mean and standard deviation over [low, high]: alpha = m f, beta = (1 - m) f, f = m (1 - m) / v - 1 of the share y. */
export function betaOfMoments(mean: number, standardDeviation: number, low: number, high: number): ScaledBeta {
  const m = (mean - low) / (high - low);
  const deviation = standardDeviation / (high - low);
  const f = (m * (1 - m)) / (deviation * deviation) - 1;
  return { alpha: m * f, beta: (1 - m) * f, low, high };
}

export function betaQuantile(distribution: ScaledBeta): Quantile {
  checkObject('a beta distribution', distribution, '{ alpha, beta, low, high }');
  const { alpha, beta, low, high } = distribution;
  return (below) => low + (high - low) * betaInverseCdf(below, alpha, beta);
}

/** Weibull: scale (-ln(1 - u))^(1 / shape). */
export function weibullQuantile(shape: number, scale: number): Quantile {
  return (_below, above) => scale * pow(Math.max(0, -log(above)), 1 / shape);
}
