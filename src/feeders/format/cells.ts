/**
 * One cell of a table as text and back: numbers, words, names, lists, matrices, series.
 *
 * No cell contains a comma or a line break, so that a row splits at its commas. Letters that have a meaning in the format are written as
 * `%XX` (or `%uXXXX`), hexadecimal. A cell that is empty says nothing; `%-` is the empty text, `%` the empty list, `%x` "absent".
 */
import type { ComplexMatrix } from '../../grid/index.js';
import { InputError } from '../../grid/index.js';

/** How a value of one type is written in a cell. `read` throws {@link CellError}, `write` too where the value cannot be kept. */
export interface Cell<T> {
  write(value: T): string;
  read(text: string): T;
}

/** Thrown by cells; the table's reader turns it into an {@link InputError} with file, line, element and property. */
export class CellError extends InputError {
  override name = 'CellError';
}

/** A cell that says "this property is absent", where a default would otherwise apply. */
export const ABSENT = '%x';

const EMPTY_TEXT = '%-';
const EMPTY_LIST = '%';
/** More than any real grid has; keeps a hostile file from asking for gigabytes. */
const MAX_SERIES_POINTS = 20_000_000;
const MAX_MATRIX_ORDER = 100;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Shortens a text for an error message. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new CellError(`${value} cannot be saved; give a finite number`);
  return Object.is(value, -0) ? '-0' : String(value);
}

function readNumber(text: string): number {
  if (!NUMBER.test(text)) throw new CellError(`${excerpt(text)} is not a number`);
  const value = Number(text);
  if (!Number.isFinite(value)) throw new CellError(`${excerpt(text)} is too large a number`);
  return value;
}

/** A finite number, in the shortest form that reads back to the same double. */
export const number: Cell<number> = { write: writeNumber, read: readNumber };

/** A whole number in a range. */
export function integer(min: number, max: number): Cell<number> {
  const check = (value: number): number => {
    if (!Number.isInteger(value) || value < min || value > max) throw new CellError(`${value} is not a whole number from ${min} to ${max}`);
    return value;
  };
  return { write: (value) => writeNumber(check(value)), read: (text) => check(readNumber(text)) };
}

/** `y` or `n`. */
export const yesNo: Cell<boolean> = {
  write: (value) => (value ? 'y' : 'n'),
  read(text) {
    if (text === 'y') return true;
    if (text === 'n') return false;
    throw new CellError(`${excerpt(text)} is neither y nor n`);
  },
};

// Everything with a meaning in tables and lists, in TypeScript's template strings, and whatever a text file may not keep as it is.
const UNSAFE = /[\s%,=:#[\]*.\\`$"\p{Cc}\p{Cs}\u2028\u2029\uFEFF]/gu;
const UNSAFE_WORD = /[\s%,=:#[\]*\\`$"\p{Cc}\p{Cs}\u2028\u2029\uFEFF]/gu;

function escape(text: string, unsafe: RegExp): string {
  if (text === '') return EMPTY_TEXT;
  return text.replace(unsafe, (letter) => {
    const code = letter.charCodeAt(0);
    return code < 256 ? `%${code.toString(16).toUpperCase().padStart(2, '0')}` : `%u${code.toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

function unescape(text: string): string {
  if (text === EMPTY_TEXT) return '';
  if (!text.includes('%')) return text;
  return text.replace(/%(u[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2})?/g, (match, code: string | undefined) => {
    if (!code) throw new CellError(`${excerpt(text)}: "%" must be followed by two hexadecimal digits, or by u and four`);
    void match;
    return String.fromCharCode(Number.parseInt(code[0] === 'u' ? code.slice(1) : code, 16));
  });
}

/** Any text. */
export const text: Cell<string> = { write: (value) => escape(value, UNSAFE_WORD), read: unescape };

/** A name that others refer to: not empty, lower case. */
export const identifier: Cell<string> = { write: (value) => text.write(checkName(value)), read: (cell) => checkName(text.read(cell)) };

function checkName(name: string): string {
  if (name === '') throw new CellError('a name is empty');
  if (name !== name.toLowerCase()) throw new CellError(`the name ${excerpt(name)} is not lower case`);
  return name;
}

/** One of some words (or small numbers). */
export function oneOf<T extends string | number>(...choices: readonly T[]): Cell<T> {
  const byText = new Map(choices.map((choice) => [String(choice), choice]));
  const check = (value: T): string => {
    if (!byText.has(String(value))) throw new CellError(`${excerpt(String(value))} is not one of ${choices.join(', ')}`);
    return String(value);
  };
  return {
    write: check,
    read(cell) {
      const choice = byText.get(cell);
      if (choice === undefined) throw new CellError(`${excerpt(cell)} is not one of ${choices.join(', ')}`);
      return choice;
    },
  };
}

/** A whole number from 0, or one of some words. */
export function integerOr<W extends string>(...words: readonly W[]): Cell<number | W> {
  const word = oneOf(...words);
  const whole = integer(0, 1000);
  return {
    write: (value) => (typeof value === 'number' ? whole.write(value) : word.write(value)),
    read: (cell) => (/^[0-9]/.test(cell) ? whole.read(cell) : word.read(cell)),
  };
}

/** A list of cells of one type, separated by blanks. */
export function listOf<T>(item: Cell<T>): Cell<T[]> {
  return {
    write: (values) => (values.length === 0 ? EMPTY_LIST : values.map((value) => item.write(value)).join(' ')),
    read: (cell) => (cell === EMPTY_LIST ? [] : cell.split(' ').map((part) => item.read(part))),
  };
}

/** A short list of numbers in an array of doubles. */
export const doubles: Cell<Float64Array> = {
  write: (values) => listOf(number).write(Array.from(values)),
  read: (cell) => Float64Array.from(listOf(number).read(cell)),
};

/** An end of an element: a bus, its nodes, and which conductors are open. See `terminal` in record-spec. */
export const busWord: Cell<string> = { write: (value) => escape(value, UNSAFE), read: unescape };

/**
 * A complex matrix: `<parts><shape><order>` and then numbers.
 * parts: `c` re and im in turn, `r` re only (im is 0), `i` im only. shape: `b` self and mutual, `s` symmetric (lower triangle by rows), `f` full by rows.
 */
export const matrix: Cell<ComplexMatrix> = { write: writeMatrix, read: readMatrix };

/** Places (i, j) that a shape writes down. */
function placesOf(shape: string, order: number): [number, number][] {
  if (shape === 'b')
    return order > 1
      ? [
          [0, 0],
          [1, 0],
        ]
      : order === 1
        ? [[0, 0]]
        : [];
  const places: [number, number][] = [];
  for (let i = 0; i < order; i++) for (let j = 0; j < (shape === 's' ? i + 1 : order); j++) places.push([i, j]);
  return places;
}

function writeMatrix(value: ComplexMatrix): string {
  const { order, re, im } = value;
  if (re.length !== order * order || im.length !== order * order) throw new CellError(`a matrix of order ${order} needs ${order * order} entries`);
  if (order > MAX_MATRIX_ORDER) throw new CellError(`a matrix of order ${order} is larger than ${MAX_MATRIX_ORDER}`);
  const isZero = (entries: Float64Array): boolean => entries.every((entry) => Object.is(entry, 0));
  const parts = isZero(im) ? 'r' : isZero(re) ? 'i' : 'c';
  const same = (a: number, b: number): boolean => Object.is(re[a], re[b]) && Object.is(im[a], im[b]);
  let symmetric = true;
  let isBalanced = true;
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < order; j++) {
      if (!same(i * order + j, j * order + i)) symmetric = false;
      if (!same(i * order + j, i === j ? 0 : order)) isBalanced = false;
    }
  }
  const shape = isBalanced ? 'b' : symmetric ? 's' : 'f';
  const words = [`${parts}${shape}${order}`];
  for (const [i, j] of placesOf(shape, order)) {
    if (parts !== 'i') words.push(writeNumber(re[i * order + j]));
    if (parts !== 'r') words.push(writeNumber(im[i * order + j]));
  }
  return words.join(' ');
}

function readMatrix(cell: string): ComplexMatrix {
  const words = cell.split(' ');
  const head = /^([cri])([bsf])(\d{1,3})$/.exec(words[0]);
  if (!head) throw new CellError(`${excerpt(words[0])} does not begin a matrix (such as cs3: complex, symmetric, of order 3)`);
  const [, parts, shape] = head;
  const order = Number(head[3]);
  if (order > MAX_MATRIX_ORDER) throw new CellError(`a matrix of order ${order} is larger than ${MAX_MATRIX_ORDER}`);
  const places = placesOf(shape, order);
  const wanted = places.length * (parts === 'c' ? 2 : 1);
  if (words.length - 1 !== wanted) throw new CellError(`a matrix ${words[0]} needs ${wanted} numbers and has ${words.length - 1}`);
  const value: ComplexMatrix = { order, re: new Float64Array(order * order), im: new Float64Array(order * order) };
  let at = 1;
  for (const [i, j] of places) {
    const re = parts === 'i' ? 0 : readNumber(words[at++]);
    const im = parts === 'r' ? 0 : readNumber(words[at++]);
    const put = (a: number, b: number): void => {
      value.re[a * order + b] = re;
      value.im[a * order + b] = im;
    };
    if (shape !== 'b') {
      put(i, j);
      if (shape === 's') put(j, i);
    } else for (let a = 0; a < order; a++) for (let b = 0; b < order; b++) if ((a === b) === (i === j)) put(a, b);
  }
  return value;
}

/**
 * A long series of numbers: blanks between them, `v*n` for n times v. Where a first word `/d` stands, the numbers are whole and each is to be divided by d
 * (a power of ten), which gives the double nearest to the decimal fraction.
 */
export const series: Cell<Float64Array> = { write: writeSeries, read: readSeries };

function divisorOf(values: Float64Array): number {
  for (const divisor of [10, 100, 1000, 10_000, 100_000, 1_000_000]) {
    const fits = values.every((value) => {
      const whole = Math.round(value * divisor);
      return Math.abs(whole) < 1e15 && Object.is(whole / divisor, value);
    });
    if (fits) return divisor;
  }
  return 1;
}

function writeSeries(values: Float64Array): string {
  if (values.length === 0) return EMPTY_LIST;
  const whole = values.every((value) => Number.isInteger(value));
  const divisor = whole ? 1 : divisorOf(values);
  const words = divisor > 1 ? [`/${divisor}`] : [];
  for (let i = 0; i < values.length; ) {
    let end = i + 1;
    while (end < values.length && Object.is(values[end], values[i])) end++;
    const word = divisor > 1 ? writeNumber(Math.round(values[i] * divisor)) : writeNumber(values[i]);
    words.push(end - i > 1 ? `${word}*${end - i}` : word);
    i = end;
  }
  return words.join(' ');
}

function readSeries(cell: string): Float64Array {
  if (cell === EMPTY_LIST) return new Float64Array(0);
  const words = cell.split(' ');
  let divisor = 1;
  if (words[0].startsWith('/')) {
    divisor = readNumber(words[0].slice(1));
    if (!(divisor > 0)) throw new CellError(`the divisor ${excerpt(words[0])} is not positive`);
    words.shift();
  }
  const runs = words.map((word) => {
    const star = word.indexOf('*');
    const count = star < 0 ? 1 : integer(1, MAX_SERIES_POINTS).read(word.slice(star + 1));
    return { value: readNumber(star < 0 ? word : word.slice(0, star)) / divisor, count };
  });
  const total = runs.reduce((sum, run) => sum + run.count, 0);
  if (total > MAX_SERIES_POINTS) throw new CellError(`a series of ${total} points is longer than ${MAX_SERIES_POINTS}`);
  const values = new Float64Array(total);
  let at = 0;
  for (const run of runs) {
    values.fill(run.value, at, at + run.count);
    at += run.count;
  }
  if (!values.every(Number.isFinite)) throw new CellError('a series holds a number that is too large');
  return values;
}
