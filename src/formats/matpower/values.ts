/** What expressions of a case file stand for: matrices of real numbers, text, cell arrays and structs. */

/** A matrix of real numbers; a scalar is one by one. Values that variables hold are never shared, so that indexed assignment may write in place. */
export interface Matrix {
  kind: 'matrix';
  rows: number;
  cols: number;
  /** Column by column, as in MATLAB. */
  data: Float64Array;
  /** Made by a comparison: as an index it is a mask. */
  isLogical: boolean;
  /** Line of the file on which each row was written, where that is known. */
  lines?: Int32Array;
}

/** A row of characters. */
export interface Text {
  kind: 'text';
  value: string;
}

/** A cell array, column by column. */
export interface Cell {
  kind: 'cell';
  rows: number;
  cols: number;
  items: Value[];
}

/** A struct (one, no array of structs). */
export interface Struct {
  kind: 'struct';
  fields: Map<string, Value>;
}

export type Value = Matrix | Text | Cell | Struct;

/** A one by one matrix. */
export function scalar(value: number, isLogical = false): Matrix {
  return { kind: 'matrix', rows: 1, cols: 1, data: Float64Array.of(value), isLogical };
}

/** A deep copy, for what a second variable is to hold. */
export function copyOf(value: Value): Value {
  if (value.kind === 'text') return value;
  if (value.kind === 'matrix') return { ...value, data: value.data.slice(), lines: value.lines?.slice() };
  if (value.kind === 'cell') return { ...value, items: value.items.map(copyOf) };
  return { kind: 'struct', fields: new Map(Array.from(value.fields, ([name, field]) => [name, copyOf(field)])) };
}

/** Numbers (or characters, or cells) that a value holds. */
export function sizeOf(value: Value): number {
  if (value.kind === 'matrix' || value.kind === 'cell') return value.rows * value.cols;
  return value.kind === 'text' ? value.value.length : 1;
}

/** A value as messages name it. */
export function described(value: Value): string {
  if (value.kind === 'text') return 'text';
  if (value.kind === 'struct') return 'a struct';
  const size = `${value.rows} x ${value.cols}`;
  if (value.kind === 'cell') return `a ${size} cell array`;
  return value.rows === 1 && value.cols === 1 ? String(value.data[0]) : `a ${size} matrix`;
}
