/**
 * A linear map that makes the numbers of an observation uncorrelated, each of deviation 1.
 *
 * Voltages of a feeder rise and fall together; what tells one action from another lies in small differences between them, which gradient descent on the voltages themselves
 * finds last. With C = L L' the covariances, z = inverse(L) (x - mean) has covariances of the identity (Kessy, Lewin, Strimmer: Optimal whitening and decorrelation,
 * The American Statistician 72 (2018); the Cholesky form).
 */
import { InputError } from '../../grid/index.js';
import { factorCholesky, solveLower } from '../../numeric/index.js';

/** Sums from which covariances are made, of rows seen batch by batch. */
export class Covariances {
  rows = 0;
  readonly sums: Float64Array;
  /** [i][j], j up to i. */
  readonly products: Float64Array;

  /** @param size numbers a row */
  constructor(readonly size: number) {
    this.sums = new Float64Array(size);
    this.products = new Float64Array(size * size);
  }

  /** Takes rows whose numbers are about 0 on average and of about deviation 1, so that sums of products lose no digits. Throws InputError for what is not of whole rows. */
  add(batch: ArrayLike<number>): void {
    const { size, sums, products } = this;
    const count = batch.length / size;
    if (!Number.isInteger(count)) throw new InputError(`${batch.length} numbers are no whole number of rows of ${size}`);
    for (let from = 0; from < batch.length; from += size) {
      for (let i = 0; i < size; i++) {
        const x = batch[from + i];
        sums[i] += x;
        for (let j = 0; j <= i; j++) products[i * size + j] += x * batch[from + j];
      }
    }
    this.rows += count;
  }

  /** Covariances, [i][j], j up to i. */
  matrix(): Float64Array {
    const { size, sums, products, rows } = this;
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) matrix[i * size + j] = products[i * size + j] / rows - (sums[i] / rows) * (sums[j] / rows);
    }
    return matrix;
  }
}

/** A map z = matrix x + shift. */
export interface LinearMap {
  /** [output][input] */
  readonly matrix: Float64Array;
  /** [output] */
  readonly shift: Float64Array;
}

/**
 * The map that decorrelates.
 *
 * @param least added to each variance, so that what hardly varies is not blown up to noise
 */
export function decorrelation(covariances: Covariances, least: number): LinearMap {
  const { size, sums, rows } = covariances;
  const lower = covariances.matrix();
  for (let i = 0; i < size; i++) lower[i * size + i] += least;
  // Rounding may leave less than `least`, which is what the exact remainder has at least.
  factorCholesky(lower, size, least);
  const matrix = new Float64Array(size * size);
  const shift = new Float64Array(size);
  for (let c = 0; c < size; c++) {
    matrix[c * size + c] = 1;
    solveLower(lower, size, matrix, c, size);
  }
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let c = 0; c <= i; c++) sum -= matrix[i * size + c] * (sums[c] / rows);
    shift[i] = sum;
  }
  return { matrix, shift };
}
