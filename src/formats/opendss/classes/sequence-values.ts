/** Phase matrices from sequence values. */
import { balanced, type ComplexMatrix, inverse, zeros } from '../../../grid/index.js';

/** A complex number as [re, im]. */
export type Complex = readonly [number, number];

/** The balanced matrix whose positive- and zero-sequence values are given. */
export function matrixFromSequence(order: number, positive: Complex, zero: Complex): ComplexMatrix {
  const self: Complex = [(2 * positive[0] + zero[0]) / 3, (2 * positive[1] + zero[1]) / 3];
  const mutual: Complex = [(zero[0] - positive[0]) / 3, (zero[1] - positive[1]) / 3];
  return balanced(order, self, mutual);
}

/** The three-phase circulant matrix whose positive-, negative- and zero-sequence values are given; for other orders only its diagonal is defined. */
export function circulantFromSequence(order: number, positive: Complex, negative: Complex, zero: Complex): ComplexMatrix {
  // The language's own value of sin 120.
  const sine = 0.866025403;
  const turn = (z: Complex, sign: 1 | -1): Complex => [-0.5 * z[0] - sign * sine * z[1], sign * sine * z[0] - 0.5 * z[1]];
  const third = (a: Complex, b: Complex, c: Complex): Complex => [(a[0] + b[0] + c[0]) / 3, (a[1] + b[1] + c[1]) / 3];
  const self = third(positive, negative, zero);
  const matrix = balanced(order, self, [0, 0]);
  if (order !== 3) return matrix;
  const below = third(turn(positive, -1), turn(negative, 1), zero);
  const above = third(turn(negative, -1), turn(positive, 1), zero);
  const put = (i: number, j: number, [re, im]: Complex): void => {
    matrix.re[i * 3 + j] = re;
    matrix.im[i * 3 + j] = im;
  };
  for (const [i, j] of [
    [1, 0],
    [2, 1],
    [0, 2],
  ]) {
    put(i, j, below);
  }
  for (const [i, j] of [
    [0, 1],
    [1, 2],
    [2, 0],
  ]) {
    put(i, j, above);
  }
  return matrix;
}

/** The inverse, or zeros for a matrix of zeros; undefined where it is singular otherwise. */
export function inverseOrZero(matrix: ComplexMatrix): ComplexMatrix | undefined {
  const vanishes = matrix.re.every((x) => x === 0) && matrix.im.every((x) => x === 0);
  return vanishes ? zeros(matrix.order) : inverse(matrix);
}

/** True where some conductor has no impedance at all (a zero on the diagonal). */
export function hasZeroDiagonal(matrix: ComplexMatrix): boolean {
  for (let i = 0; i < matrix.order; i++) {
    const at = i * matrix.order + i;
    if (matrix.re[at] === 0 && matrix.im[at] === 0) return true;
  }
  return false;
}
