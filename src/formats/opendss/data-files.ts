/** Number series of shapes and curves: written in the script, or in text and binary files. */
import type { DssObject } from './class-definition.js';
import { PropertyValue, shorten } from './property-value.js';
import { parseNumber } from './rpn.js';
import { ParameterScanner, splitItems } from './tokenizer.js';

/** Most numbers one series may have: a minute's step over ten years. */
const MOST_NUMBERS = 6_000_000;

/**
 * The numbers of a value: a list, `file=x.csv [column=n] [header=yes]`, `dblfile=x` or `sngfile=x` (little-endian binary).
 *
 * @param count how many are wanted; a file that has fewer gives what it has, a list must have at least so many; undefined: as many as there are
 */
export function readSeries(object: DssObject, value: PropertyValue, count: number | undefined): Float64Array {
  const { location, variables } = value.scope;
  const scanner = new ParameterScanner(value.text, location, variables);
  const first = scanner.next();
  if (!first || first.name === '') return readList(value, count);
  const kind = first.name.toLowerCase();
  if ('file'.startsWith(kind)) {
    let column = 1;
    let header = false;
    for (let option = scanner.next(); option && option.text !== ''; option = scanner.next()) {
      const reading = new PropertyValue(option.text, value.scope);
      const name = option.name.toLowerCase();
      if (name !== '' && 'column'.startsWith(name)) column = reading.integer(1, 10_000);
      else if (name !== '' && 'header'.startsWith(name)) header = reading.boolean();
      else value.fail(`"${option.name || option.text}" is not an option of a file; there are column and header`);
    }
    return readColumn(object, value, first.text, column, header, count);
  }
  if ('dblfile'.startsWith(kind) || 'sngfile'.startsWith(kind)) return readBinary(object, value, first.text, kind.startsWith('d') ? 8 : 4, count);
  return value.fail(`"${shorten(first.name)}=" is not known here; there are file, dblfile and sngfile`);
}

function readList(value: PropertyValue, count: number | undefined): Float64Array {
  const numbers = value.numbers();
  if (numbers.length > MOST_NUMBERS) value.fail(`has ${numbers.length} numbers, more than ${MOST_NUMBERS}`);
  if (count !== undefined && numbers.length < count) value.fail(`has ${numbers.length} numbers, but npts is ${count}`);
  return Float64Array.from(count === undefined ? numbers : numbers.slice(0, count));
}

function readColumn(object: DssObject, value: PropertyValue, path: string, column: number, header: boolean, count: number | undefined): Float64Array {
  const found: number[] = [];
  const most = count ?? MOST_NUMBERS;
  eachLine(object.context.readText(path, value), header, (line, number) => {
    if (found.length >= most) return false;
    const word = column === 1 ? firstWord(line) : splitItems(line, undefined)[column - 1]?.text;
    found.push(dataNumber(word, value, path, number));
    return true;
  });
  if (found.length === 0) value.fail(`file "${path}" holds no numbers`);
  return Float64Array.from(found);
}

/**
 * The first columns of a text file, separated by commas or blanks.
 *
 * @param count how many lines are wanted; undefined: all
 */
export function readColumns(object: DssObject, value: PropertyValue, columns: number, count: number | undefined): Float64Array[] {
  const path = value.text.trim();
  const found: number[][] = Array.from({ length: columns }, () => []);
  const most = count ?? MOST_NUMBERS;
  eachLine(object.context.readText(path, value), false, (line, number) => {
    if (found[0].length >= most) return false;
    const words = splitItems(line, undefined);
    for (let i = 0; i < columns; i++) found[i].push(dataNumber(words[i]?.text, value, path, number));
    return true;
  });
  if (found[0].length === 0) value.fail(`file "${path}" holds no numbers`);
  return found.map((column) => Float64Array.from(column));
}

/** Interleaved columns of a binary file of 4- or 8-byte numbers. */
export function readBinaryColumns(object: DssObject, value: PropertyValue, bytes: 4 | 8, columns: number, count: number | undefined): Float64Array[] {
  const all = readBinary(object, value, value.text.trim(), bytes, count === undefined ? undefined : count * columns);
  const rows = Math.floor(all.length / columns);
  return Array.from({ length: columns }, (_, c) => Float64Array.from({ length: rows }, (_unused, r) => all[r * columns + c]));
}

function readBinary(object: DssObject, value: PropertyValue, path: string, bytes: 4 | 8, count: number | undefined): Float64Array {
  const data = object.context.readBytes(path, value);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const available = Math.floor(data.byteLength / bytes);
  const n = Math.min(available, count ?? MOST_NUMBERS);
  if (n === 0) value.fail(`file "${path}" holds no numbers`);
  return Float64Array.from({ length: n }, (_, i) => {
    const x = bytes === 8 ? view.getFloat64(i * 8, true) : view.getFloat32(i * 4, true);
    if (!Number.isFinite(x)) value.fail(`number ${i + 1} of file "${path}" is ${x}; is it a file of ${bytes}-byte numbers?`);
    return x;
  });
}

function eachLine(text: string, skipFirst: boolean, take: (line: string, number: number) => boolean): void {
  let start = 0;
  for (let number = 1; start < text.length; number++) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const line = text.slice(start, text[end - 1] === '\r' ? end - 1 : end);
    start = end + 1;
    if ((skipFirst && number === 1) || line.trim() === '') continue;
    if (!take(line, number)) return;
  }
}

function firstWord(line: string): string | undefined {
  return /^[ \t]*([^ \t,]*)/.exec(line)?.[1];
}

function dataNumber(word: string | undefined, value: PropertyValue, path: string, line: number): number {
  const number = word === undefined ? undefined : parseNumber(word);
  if (number === undefined) value.fail(`"${shorten(word ?? '')}" in line ${line} of file "${path}" is not a number`);
  return number;
}
