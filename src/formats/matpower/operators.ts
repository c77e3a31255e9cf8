/** Arithmetic on matrices: element by element with expansion of single rows and columns, products, transposition. */
import { described, type Matrix, type Value } from './values.js';
import type { Work } from './work.js';

type Scalar = (a: number, b: number) => number;

const ARITHMETIC: Readonly<Record<string, Scalar>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '.*': (a, b) => a * b,
  './': (a, b) => a / b,
  '.\\': (a, b) => b / a,
  '.^': (a, b) => a ** b,
};
const TRUTHS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '~=': (a, b) => a !== b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '&': (a, b) => a !== 0 && b !== 0,
  '|': (a, b) => a !== 0 || b !== 0,
};

/** A value that must be a matrix. */
export function matrixOf(value: Value, work: Work, what: string): Matrix {
  if (value.kind !== 'matrix') return work.fail(`${what} must be numbers, not ${described(value)}`);
  return value;
}

/** A function applied to each pair of elements; a dimension of 1 stretches to the other's. */
export function elementwise(a: Matrix, b: Matrix, apply: Scalar, work: Work, name: string, isLogical = false): Matrix {
  const rows = a.rows === 1 ? b.rows : a.rows;
  const cols = a.cols === 1 ? b.cols : a.cols;
  if ((b.rows !== 1 && b.rows !== rows) || (b.cols !== 1 && b.cols !== cols)) {
    work.fail(`"${name}" joins ${described(a)} and ${described(b)}; both need one size`);
  }
  const result = work.matrix(rows, cols, isLogical);
  const [rowA, colA] = [a.rows === 1 ? 0 : 1, a.cols === 1 ? 0 : a.rows];
  const [rowB, colB] = [b.rows === 1 ? 0 : 1, b.cols === 1 ? 0 : b.rows];
  for (let col = 0, k = 0; col < cols; col++) {
    for (let row = 0; row < rows; row++, k++) result.data[k] = apply(a.data[row * rowA + col * colA], b.data[row * rowB + col * colB]);
  }
  result.lines = a.rows === rows ? a.lines : b.lines;
  return result;
}

/** The value of `left operator right`. */
export function binary(operator: string, left: Value, right: Value, work: Work): Matrix {
  const a = matrixOf(left, work, `what stands before "${operator}"`);
  const b = matrixOf(right, work, `what stands behind "${operator}"`);
  const isScalar = (m: Matrix): boolean => m.rows === 1 && m.cols === 1;
  if (operator in TRUTHS) {
    const truth = TRUTHS[operator];
    return elementwise(a, b, (x, y) => (truth(x, y) ? 1 : 0), work, operator, true);
  }
  if (operator === '*' && !isScalar(a) && !isScalar(b)) return product(a, b, work);
  if (operator === '/' && !isScalar(b)) return work.fail('"/" divides by one number here; to divide element by element write "./"');
  if (operator === '\\' && !isScalar(a)) return work.fail('"\\" solves equations, which no case needs here; to divide element by element write "./"');
  if (operator === '^' && !(isScalar(a) && isScalar(b))) return work.fail('"^" is the power of one number here; for element by element write ".^"');
  const each = ARITHMETIC[operator] ?? ARITHMETIC[`.${operator}`];
  const result = elementwise(a, b, each, work, operator);
  if (operator.endsWith('^')) refuseComplex(result, work, 'this power');
  return result;
}

/** Fails where a result is no number although it was computed from numbers: in MATLAB it would be complex. */
export function refuseComplex(result: Matrix, work: Work, what: string): void {
  if (result.data.some((value) => Number.isNaN(value))) work.fail(`${what} is no real number`);
}

/** The value of a sign or `~` before a value. */
export function prefix(operator: string, value: Value, work: Work): Matrix {
  const operand = matrixOf(value, work, `what stands behind "${operator}"`);
  const isNot = operator === '~' || operator === '!';
  const result = work.matrix(operand.rows, operand.cols, isNot);
  for (let k = 0; k < result.data.length; k++) {
    const x = operand.data[k];
    result.data[k] = isNot ? Number(x === 0) : operator === '-' ? -x : x;
  }
  result.lines = operand.lines;
  return result;
}

/** Rows and columns exchanged. */
export function transposed(value: Value, work: Work): Matrix {
  const operand = matrixOf(value, work, 'what is transposed');
  const result = work.matrix(operand.cols, operand.rows, operand.isLogical);
  for (let col = 0; col < operand.cols; col++) {
    for (let row = 0; row < operand.rows; row++) result.data[row * operand.cols + col] = operand.data[col * operand.rows + row];
  }
  return result;
}

function product(a: Matrix, b: Matrix, work: Work): Matrix {
  if (a.cols !== b.rows) work.fail(`"*" joins ${described(a)} and ${described(b)}; for element by element write ".*"`);
  work.spend(2 * a.rows * a.cols * b.cols);
  const result = work.matrix(a.rows, b.cols);
  for (let col = 0; col < b.cols; col++) {
    for (let k = 0; k < a.cols; k++) {
      const factor = b.data[col * b.rows + k];
      for (let row = 0; row < a.rows; row++) result.data[col * a.rows + row] += a.data[k * a.rows + row] * factor;
    }
  }
  return result;
}

/** The numbers from `from` to `to` in steps, as MATLAB counts them: a step that misses the end by rounding only still arrives. */
export function range(from: Value, step: Value, to: Value, work: Work): Matrix {
  const single = (value: Value): number => {
    const matrix = matrixOf(value, work, 'the parts of a range');
    return matrix.data.length === 1 ? matrix.data[0] : work.fail(`the parts of a range are single numbers, not ${described(matrix)}`);
  };
  const [first, by, last] = [single(from), single(step), single(to)];
  const steps = (last - first) / by;
  if (Number.isNaN(steps)) return work.matrix(1, 0);
  const count = Math.max(0, Math.floor(steps * (1 + 4 * Number.EPSILON)) + 1);
  const result = work.matrix(1, count);
  for (let k = 0; k < count; k++) result.data[k] = first + k * by;
  return result;
}

/** Whether a condition holds: something is there, and none of it is zero. */
export function holds(value: Value, work: Work): boolean {
  const matrix = matrixOf(value, work, 'a condition');
  work.spend(matrix.data.length);
  return matrix.data.length > 0 && matrix.data.every((x) => x !== 0);
}
