/**
 * The mixed KSG estimator of mutual information: Gao, Kannan, Oh, Viswanath: Estimating mutual information for discrete-continuous mixtures, NIPS 2017; after Kraskov,
 * Stögbauer, Grassberger: Estimating mutual information, Physical Review E 69, 2004.
 *
 * For each of N points e is the distance to its k-th neighbour in the maximum norm, n_x and n_y are the points within e (the edge and the point itself counted) in each margin, and
 * k_i = k; where e = 0, k_i is how often the point occurs. The information is the mean of psi(k_i) + ln N - psi(n_x) - psi(n_y), in nats.
 */
import { describeValue, InputError } from '../grid/index.js';
import { log } from '../numeric/index.js';
import { digammaTable } from './digamma.js';
import { NeighbourSearch } from './neighbour-search.js';
import { type SortedColumn, sortColumn } from './sorted-column.js';

/** Fewest samples from which anything is estimated. */
export const LEAST_SAMPLES = 20;
/** Most samples: counts are 32-bit, and a table of digamma has an entry for each. */
export const MOST_SAMPLES = 2 ** 24;

/** The k of the published experiments, N/20 rounded down; at least 1. */
export function publishedNeighbours(samples: number): number {
  return Math.max(1, Math.floor(samples / 20));
}

/** Throws {@link InputError} for a k that N samples cannot have. */
export function checkNeighbours(neighbours: number, samples: number): void {
  if (!Number.isInteger(samples) || samples < LEAST_SAMPLES || samples > MOST_SAMPLES)
    throw new InputError(`there are ${describeValue(samples)} samples; give ${LEAST_SAMPLES} to ${MOST_SAMPLES}`);
  if (!Number.isInteger(neighbours) || neighbours < 1 || neighbours >= samples)
    throw new InputError(`k is ${describeValue(neighbours)}; with ${samples} samples it must be a whole number from 1 to ${samples - 1}`);
}

/** Throws {@link InputError} where a variable has values that are not finite. */
export function checkColumn(values: ArrayLike<number>, name: string): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new InputError(`${name} is ${describeValue(values[i])} in sample ${i}; all samples must be finite numbers`);
}

/**
 * Mutual information of two variables, nats. It may come out a little below 0 where there is none. A variable that never changes tells nothing and gives exactly 0.
 *
 * @param x N numbers, 20 at least
 * @param y as many
 * @param neighbours k; default N/20 as published
 * @throws InputError for columns of unequal length, too few samples, numbers that are not finite, and a k outside 1 to N - 1
 */
export function mutualInformation(x: ArrayLike<number>, y: ArrayLike<number>, neighbours = publishedNeighbours(x.length)): number {
  if (x.length !== y.length) throw new InputError(`x has ${x.length} samples and y ${y.length}; they must have as many`);
  checkNeighbours(neighbours, x.length);
  checkColumn(x, 'x');
  checkColumn(y, 'y');
  return pairInformation(sortColumn(x), sortColumn(y), neighbours, digammaTable(x.length));
}

/**
 * The same of variables that are sorted already.
 *
 * @param psi digamma at 0 to N
 */
export function pairInformation(x: SortedColumn, y: SortedColumn, neighbours: number, psi: Float64Array): number {
  // The formula would leave a rest: e says how far the k-th neighbour is in the other variable alone.
  if (isConstant(x) || isConstant(y)) return 0;
  const count = x.values.length;
  let sum = 0;
  new NeighbourSearch(x, y).forEach(neighbours, (counts) => {
    sum += psi[counts.neighbours] - psi[counts.nearX] - psi[counts.nearY];
  });
  return sum / count + log(count);
}

function isConstant({ sorted }: SortedColumn): boolean {
  return sorted[0] === sorted[sorted.length - 1];
}
