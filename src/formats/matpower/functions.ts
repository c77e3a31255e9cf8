/** The functions that a case file may call. */
import { CONSTANTS } from './constants.js';
import { elementwise, matrixOf, refuseComplex } from './operators.js';
import { described, type Matrix, scalar, sizeOf, type Value } from './values.js';
import type { Work } from './work.js';

/** A function: arguments to results; `wanted` says how many results are used. */
export type CaseFunction = (args: readonly Value[], work: Work, wanted: number) => Value[];

const EACH: Readonly<Record<string, (x: number) => number>> = {
  sqrt: Math.sqrt,
  abs: Math.abs,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  exp: Math.exp,
  log: Math.log,
  log10: Math.log10,
  // Halves are rounded away from zero.
  round: (x) => (Math.abs(x % 1) >= 0.5 ? Math.trunc(x) + Math.sign(x) : Math.trunc(x)),
  floor: Math.floor,
  ceil: Math.ceil,
  fix: Math.trunc,
  sign: Math.sign,
};
const PAIRS: Readonly<Record<string, (x: number, y: number) => number>> = {
  atan2: Math.atan2,
  mod: (x, y) => (y === 0 ? x : x - Math.floor(x / y) * y),
  rem: (x, y) => (y === 0 ? x : x - Math.trunc(x / y) * y),
};
const TESTS: Readonly<Record<string, (x: number) => boolean>> = {
  isnan: (x) => Number.isNaN(x),
  isinf: (x) => Math.abs(x) === Number.POSITIVE_INFINITY,
};
/** Constants, and matrices full of them. */
const FILLED: Readonly<Record<string, number>> = {
  zeros: 0,
  ones: 1,
  false: 0,
  true: 1,
  pi: Math.PI,
  eps: Number.EPSILON,
  Inf: Number.POSITIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  NaN: Number.NaN,
  nan: Number.NaN,
};

/** Runs over a column and leaves one number: start value and step. */
interface Fold {
  start: number;
  step: (sum: number, x: number) => number;
  isLogical?: boolean;
}
const FOLDS: Readonly<Record<string, Fold>> = {
  sum: { start: 0, step: (sum, x) => sum + x },
  prod: { start: 1, step: (sum, x) => sum * x },
  any: { start: 0, step: (found, x) => (found !== 0 || x !== 0 ? 1 : 0), isLogical: true },
  all: { start: 1, step: (found, x) => (found !== 0 && x !== 0 ? 1 : 0), isLogical: true },
};

function argument(args: readonly Value[], k: number, work: Work, name: string): Matrix {
  const value = args[k] as Value | undefined;
  if (value === undefined) return work.fail(`${name} needs ${k + 1} argument${k > 0 ? 's' : ''}`);
  return matrixOf(value, work, `what ${name} is given`);
}

function single(args: readonly Value[], k: number, work: Work, name: string): number {
  const matrix = argument(args, k, work, name);
  return matrix.data.length === 1 ? matrix.data[0] : work.fail(`${name} needs one number there, not ${described(matrix)}`);
}

function mapped(source: Matrix, work: Work, apply: (x: number) => number, isLogical = false): Matrix {
  const result = work.matrix(source.rows, source.cols, isLogical);
  for (let k = 0; k < result.data.length; k++) result.data[k] = apply(source.data[k]);
  result.lines = source.lines;
  return result;
}

/** 1 to run down the columns, 2 along the rows: as asked for, else along the only row. */
function direction(source: Matrix, args: readonly Value[], k: number, work: Work, name: string): 1 | 2 {
  if (args.length <= k) return source.rows === 1 ? 2 : 1;
  const asked = single(args, k, work, name);
  return asked === 1 || asked === 2 ? asked : work.fail(`${name} runs along dimension 1 or 2, not ${asked}`);
}

function folded(source: Matrix, along: 1 | 2, { start, step, isLogical }: Fold, work: Work): Matrix {
  const { rows, cols } = source;
  // Of nothing at all the sum is one zero.
  if (rows === 0 && cols === 0) return scalar(start, isLogical);
  const result = along === 1 ? work.matrix(1, cols, isLogical) : work.matrix(rows, 1, isLogical);
  result.data.fill(start);
  work.spend(source.data.length);
  for (let col = 0, k = 0; col < cols; col++) {
    for (let row = 0; row < rows; row++, k++) {
      const at = along === 1 ? col : row;
      result.data[at] = step(result.data[at], source.data[k]);
    }
  }
  return result;
}

function extreme(name: 'min' | 'max', args: readonly Value[], work: Work, wanted: number): Matrix {
  if (wanted > 1) work.fail(`${name} gives one result here; take the position with find`);
  const pick = (a: number, b: number): number => (Number.isNaN(a) || (name === 'min' ? b < a : b > a) ? b : a);
  const source = argument(args, 0, work, name);
  if (args.length === 2) return elementwise(source, argument(args, 1, work, name), pick, work, name);
  if (args.length === 3 && argument(args, 1, work, name).data.length > 0) work.fail(`${name} with a dimension is written ${name}(x, [], 1)`);
  if (source.data.length === 0) return work.matrix(0, 0);
  return folded(source, direction(source, args, 2, work, name), { start: Number.NaN, step: pick }, work);
}

function cumulated(args: readonly Value[], work: Work): Matrix {
  const source = argument(args, 0, work, 'cumsum');
  const along = direction(source, args, 1, work, 'cumsum');
  const result = mapped(source, work, (x) => x);
  const { rows } = source;
  for (let k = 0; k < result.data.length; k++) {
    if (along === 1 ? k % rows > 0 : k >= rows) result.data[k] += result.data[along === 1 ? k - 1 : k - rows];
  }
  return result;
}

function found(args: readonly Value[], work: Work, wanted: number): Matrix {
  if (wanted > 1) work.fail('find gives one result here, the positions');
  const source = argument(args, 0, work, 'find');
  const most = args.length > 1 ? single(args, 1, work, 'find') : Number.POSITIVE_INFINITY;
  const positions: number[] = [];
  work.spend(source.data.length);
  for (let k = 0; k < source.data.length && positions.length < most; k++) if (source.data[k] !== 0) positions.push(k + 1);
  const isRow = source.rows === 1 && source.cols !== 1;
  const result = isRow ? work.matrix(1, positions.length) : work.matrix(positions.length, 1);
  result.data.set(positions);
  return result;
}

function sizes(args: readonly Value[], work: Work, wanted: number): Value[] {
  const [value] = args;
  if (value === undefined) work.fail('size needs 1 argument');
  const [rows, cols] = value.kind === 'matrix' || value.kind === 'cell' ? [value.rows, value.cols] : [1, sizeOf(value)];
  if (args.length > 1) {
    const dimension = single(args, 1, work, 'size');
    if (!(dimension >= 1)) work.fail(`a dimension is a whole number from 1, not ${dimension}`);
    return [scalar(dimension === 1 ? rows : dimension === 2 ? cols : 1)];
  }
  if (wanted > 1) return [rows, cols].concat(new Array<number>(Math.min(wanted, 16)).fill(1)).map((n) => scalar(n));
  const result = work.matrix(1, 2);
  result.data.set([rows, cols]);
  return [result];
}

function full(name: string, args: readonly Value[], work: Work): Matrix {
  const value = FILLED[name];
  const isLogical = name === 'true' || name === 'false';
  if (args.length === 0) return scalar(value, isLogical);
  const first = argument(args, 0, work, name);
  const whole = (n: number): number => (n >= 1 ? Math.floor(n) : 0);
  const [rows, cols] =
    args.length > 1
      ? [single(args, 0, work, name), single(args, 1, work, name)]
      : first.data.length === 2
        ? first.data
        : [first.data[0], first.data[0]];
  if (args.length > 2 || first.data.length > 2 || first.data.length === 0) work.fail(`${name} is written ${name}(rows, columns)`);
  const result = work.matrix(whole(rows), whole(cols), isLogical);
  result.data.fill(value);
  return result;
}

function identity(args: readonly Value[], work: Work): Matrix {
  const result = full('zeros', args.length > 0 ? args : [scalar(1)], work);
  for (let k = 0; k < Math.min(result.rows, result.cols); k++) result.data[k * result.rows + k] = 1;
  return result;
}

const FUNCTIONS = new Map<string, CaseFunction>();
for (const [name, apply] of Object.entries(EACH)) {
  FUNCTIONS.set(name, (args, work) => {
    const source = argument(args, 0, work, name);
    if (args.length > 1) work.fail(`${name} takes one argument`);
    const result = mapped(source, work, apply);
    if (!source.data.some((x) => Number.isNaN(x))) refuseComplex(result, work, `${name} of this number`);
    return [result];
  });
}
for (const [name, apply] of Object.entries(PAIRS)) {
  FUNCTIONS.set(name, (args, work) => [elementwise(argument(args, 0, work, name), argument(args, 1, work, name), apply, work, name)]);
}
for (const [name, test] of Object.entries(TESTS)) {
  FUNCTIONS.set(name, (args, work) => [mapped(argument(args, 0, work, name), work, (x) => Number(test(x)), true)]);
}
for (const [name, fold] of Object.entries(FOLDS)) {
  FUNCTIONS.set(name, (args, work) => {
    const source = argument(args, 0, work, name);
    return [folded(source, direction(source, args, 1, work, name), fold, work)];
  });
}
for (const name of Object.keys(FILLED)) FUNCTIONS.set(name, (args, work) => [full(name, args, work)]);
for (const [name, constants] of Object.entries(CONSTANTS)) FUNCTIONS.set(name, () => constants.map(([, value]) => scalar(value)));
FUNCTIONS.set('min', (args, work, wanted) => [extreme('min', args, work, wanted)]);
FUNCTIONS.set('max', (args, work, wanted) => [extreme('max', args, work, wanted)]);
FUNCTIONS.set('cumsum', (args, work) => [cumulated(args, work)]);
FUNCTIONS.set('find', (args, work, wanted) => [found(args, work, wanted)]);
FUNCTIONS.set('size', sizes);
FUNCTIONS.set('eye', (args, work) => [identity(args, work)]);
const measured = (name: string, measure: (value: Value) => Matrix): void => {
  FUNCTIONS.set(name, (args, work) => [args.length === 1 ? measure(args[0]) : work.fail(`${name} takes one argument`)]);
};
measured('numel', (value) => scalar(sizeOf(value)));
measured('isempty', (value) => scalar(Number(sizeOf(value) === 0), true));
measured('length', (value) => {
  if (value.kind !== 'matrix' && value.kind !== 'cell') return scalar(sizeOf(value));
  return scalar(value.rows === 0 || value.cols === 0 ? 0 : Math.max(value.rows, value.cols));
});

/** The function of a name. */
export function functionNamed(name: string): CaseFunction | undefined {
  return FUNCTIONS.get(name);
}

/** All names, for messages. */
export function functionNames(): string[] {
  return [...FUNCTIONS.keys()];
}
