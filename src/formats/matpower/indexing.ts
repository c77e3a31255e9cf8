/** Taking parts out of matrices and cell arrays, and assigning to parts. */
import { described, type Matrix, type Value } from './values.js';
import type { Work } from './work.js';

/** An index: the whole dimension, or positions from 0 in the shape in which they were written. */
export interface Index {
  isWhole: boolean;
  positions: Int32Array;
  rows: number;
  cols: number;
  /** Largest position plus one. */
  extent: number;
}

/** Everything along a dimension of this length. */
export function wholeIndex(length: number): Index {
  return { isWhole: true, positions: Int32Array.from({ length }, (_, k) => k), rows: length, cols: 1, extent: length };
}

/** Positions that a value means as an index: those where a mask is true, or whole numbers from 1. */
export function indexOf(value: Value, work: Work): Index {
  if (value.kind !== 'matrix') return work.fail(`an index is made of numbers, not ${described(value)}`);
  const { data } = value;
  work.spend(4 * data.length);
  if (value.isLogical) {
    const chosen: number[] = [];
    data.forEach((x, k) => {
      if (x !== 0) chosen.push(k);
    });
    const isRow = value.rows === 1 && value.cols !== 1;
    const extent = chosen.length > 0 ? chosen[chosen.length - 1] + 1 : 0;
    return { isWhole: false, positions: Int32Array.from(chosen), rows: isRow ? 1 : chosen.length, cols: isRow ? chosen.length : 1, extent };
  }
  const positions = new Int32Array(data.length);
  let extent = 0;
  for (let k = 0; k < data.length; k++) {
    const x = data[k];
    if (!(Number.isInteger(x) && x >= 1 && x <= 1e9)) return work.fail(`an index is a whole number from 1, not ${x}`);
    positions[k] = x - 1;
    extent = Math.max(extent, x);
  }
  return { isWhole: false, positions, rows: value.rows, cols: value.cols, extent };
}

function outside(index: Index, length: number, what: string, work: Work): void {
  if (index.extent > length) work.fail(`there is no ${what} ${index.extent}; there are ${length}`);
}

/** `source(i)` or `source(i, j)`. */
export function partOf(source: Matrix, indices: readonly Index[], work: Work): Matrix {
  if (indices.length === 1) {
    const [index] = indices;
    outside(index, source.data.length, 'element', work);
    // A list taken from a row or column lies as that does; else as the index does.
    const isList = index.rows === 1 || index.cols === 1;
    const isVector = (source.rows === 1) !== (source.cols === 1);
    const count = index.positions.length;
    const [rows, cols] = index.isWhole || !isList || !isVector ? [index.rows, index.cols] : source.rows === 1 ? [1, count] : [count, 1];
    const result = work.matrix(rows, cols, source.isLogical);
    for (let k = 0; k < count; k++) result.data[k] = source.data[index.positions[k]];
    return result;
  }
  const [down, across] = indices;
  outside(down, source.rows, 'row', work);
  outside(across, source.cols, 'column', work);
  const rows = down.positions.length;
  const result = work.matrix(rows, across.positions.length, source.isLogical);
  for (let col = 0, k = 0; col < across.positions.length; col++) {
    const start = across.positions[col] * source.rows;
    for (let row = 0; row < rows; row++) result.data[k++] = source.data[start + down.positions[row]];
  }
  const { lines } = source;
  if (lines) result.lines = Int32Array.from(down.positions, (row) => lines[row]);
  return result;
}

/** A matrix of another size with what fits of this one in its corner; the line goes to new rows. */
function resized(target: Matrix, rows: number, cols: number, line: number, work: Work): Matrix {
  const result = work.matrix(rows, cols);
  for (let col = 0; col < Math.min(cols, target.cols); col++) {
    result.data.set(target.data.subarray(col * target.rows, col * target.rows + Math.min(rows, target.rows)), col * rows);
  }
  result.lines = Int32Array.from({ length: rows }, (_, row) => (row < target.rows ? (target.lines?.[row] ?? 0) : line));
  return result;
}

/**
 * `target(i) = value` or `target(i, j) = value`: writes into the target and returns it, or a larger one where the indices lie outside it.
 *
 * @param line line of the file, for rows that are new
 */
export function assignPart(target: Matrix, indices: readonly Index[], value: Matrix, line: number, work: Work): Matrix {
  work.spend(2 * value.data.length);
  const isSingle = value.data.length === 1;
  if (indices.length === 1) {
    const [index] = indices;
    const count = index.positions.length;
    if (!isSingle && value.data.length !== count) work.fail(`${described(value)} is assigned to ${count} elements; give as many`);
    let grown = target;
    if (index.extent > target.data.length) {
      if (target.rows > 1 && target.cols > 1) work.fail(`there is no element ${index.extent}; give row and column to enlarge a matrix`);
      const isColumn = target.cols === 1 && target.rows > 1;
      grown = isColumn ? resized(target, index.extent, 1, line, work) : resized(target, 1, index.extent, line, work);
    }
    work.spend(2 * count);
    for (let k = 0; k < count; k++) grown.data[index.positions[k]] = value.data[isSingle ? 0 : k];
    grown.isLogical &&= value.isLogical;
    return grown;
  }
  // A whole dimension of an empty matrix takes the size of what is assigned.
  const isEmpty = target.data.length === 0;
  const down = indices[0].isWhole && isEmpty ? wholeIndex(value.rows) : indices[0];
  const across = indices[1].isWhole && isEmpty ? wholeIndex(value.cols) : indices[1];
  const [rows, cols] = [down.positions.length, across.positions.length];
  const fits = value.rows === rows && value.cols === cols;
  const isLine = (value.rows === 1 || value.cols === 1) && (rows === 1 || cols === 1) && value.data.length === rows * cols;
  if (!isSingle && !fits && !isLine) work.fail(`${described(value)} is assigned to ${rows} x ${cols} elements; both need one size`);
  work.spend(2 * rows * cols);
  let grown = target;
  if (down.extent > target.rows || across.extent > target.cols) {
    grown = resized(target, Math.max(down.extent, target.rows), Math.max(across.extent, target.cols), line, work);
  }
  for (let col = 0, k = 0; col < cols; col++) {
    const start = across.positions[col] * grown.rows;
    for (let row = 0; row < rows; row++, k++) grown.data[start + down.positions[row]] = value.data[isSingle ? 0 : k];
  }
  grown.isLogical &&= value.isLogical;
  return grown;
}

/** `target(i, :) = []` and its like. */
export function withoutPart(target: Matrix, indices: readonly Index[], work: Work): Matrix {
  const keep = (index: Index, length: number, what: string): Index => {
    outside(index, length, what, work);
    const gone = new Uint8Array(length);
    for (const position of index.positions) gone[position] = 1;
    const positions = Int32Array.from({ length }, (_, k) => k).filter((k) => !gone[k]);
    return { isWhole: false, positions, rows: positions.length, cols: 1, extent: length };
  };
  work.spend(8 * target.data.length);
  if (indices.length === 1) {
    if (target.rows > 1 && target.cols > 1) work.fail('single elements cannot be taken out of a matrix; take out rows or columns');
    return partOf(target, [keep(indices[0], target.data.length, 'element')], work);
  }
  const [down, across] = indices;
  if (across.isWhole) return partOf(target, [keep(down, target.rows, 'row'), wholeIndex(target.cols)], work);
  if (down.isWhole) return partOf(target, [wholeIndex(target.rows), keep(across, target.cols, 'column')], work);
  return work.fail('only whole rows or columns can be taken out; write (rows, :) or (:, columns)');
}
