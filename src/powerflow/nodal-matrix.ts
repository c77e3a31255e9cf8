/** The nodal admittance matrix by rows: its pattern made once, its values summed anew from the primitives whenever one changed. */
import type { CompiledGrid } from './compiled-grid.js';

/** Sparse square complex matrix by rows, columns ascending within a row. */
export interface NodalMatrix {
  nodeCount: number;
  /** N + 1: where each row begins. */
  start: Int32Array;
  column: Int32Array;
  re: Float64Array;
  im: Float64Array;
  /** Entry of each conductor pair of each element, elements one after the other, order x order each; -1 where ground is involved. */
  scatter: Int32Array;
  /** Where each element's pairs begin in `scatter`. */
  scatterStart: Int32Array;
  /** Entries aa, ab, ba, bb of each leg; -1 where ground is involved. */
  legEntries: Int32Array;
}

/** Builds pattern and values. The pattern also has the places that legs couple. */
export function buildNodalMatrix(compiled: CompiledGrid): NodalMatrix {
  const n = compiled.nodeCount;
  const { legs, elements } = compiled;
  const scatterStart = new Int32Array(elements.length + 1);
  // Upper bound of each row's entries: one for the diagonal, and every pair named, repeats included.
  const room = new Int32Array(n + 1).fill(1);
  elements.forEach(({ nodes, primitive }, e) => {
    scatterStart[e + 1] = scatterStart[e] + (primitive ? nodes.length * nodes.length : 0);
    if (!primitive) return;
    for (let i = 0; i < nodes.length; i++) if (nodes[i] >= 0) room[nodes[i]] += nodes.length;
  });
  for (let leg = 0; leg < legs.count; leg++) {
    if (legs.from[leg] >= 0) room[legs.from[leg]]++;
    if (legs.to[leg] >= 0) room[legs.to[leg]]++;
  }
  const roomStart = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) roomStart[i + 1] = roomStart[i] + room[i];
  const named = new Int32Array(roomStart[n]);
  const filled = roomStart.slice(0, n);
  const touch = (i: number, j: number): void => {
    if (i >= 0 && j >= 0) named[filled[i]++] = j;
  };
  for (let i = 0; i < n; i++) touch(i, i);
  for (const { nodes, primitive } of elements) {
    if (!primitive) continue;
    for (let i = 0; i < nodes.length; i++) for (let j = 0; j < nodes.length; j++) touch(nodes[i], nodes[j]);
  }
  for (let leg = 0; leg < legs.count; leg++) {
    touch(legs.from[leg], legs.to[leg]);
    touch(legs.to[leg], legs.from[leg]);
  }
  const { start, column } = uniqueColumns(n, roomStart, filled, named);
  const entryOf = (i: number, j: number): number => (i >= 0 && j >= 0 ? findColumn(start, column, i, j) : -1);
  const scatter = new Int32Array(scatterStart[elements.length]);
  let at = 0;
  for (const { nodes, primitive } of elements) {
    if (!primitive) continue;
    for (let i = 0; i < nodes.length; i++) for (let j = 0; j < nodes.length; j++) scatter[at++] = entryOf(nodes[i], nodes[j]);
  }
  const legEntries = new Int32Array(4 * legs.count);
  for (let leg = 0; leg < legs.count; leg++) {
    const a = legs.from[leg];
    const b = legs.to[leg];
    legEntries[4 * leg] = entryOf(a, a);
    legEntries[4 * leg + 1] = entryOf(a, b);
    legEntries[4 * leg + 2] = entryOf(b, a);
    legEntries[4 * leg + 3] = entryOf(b, b);
  }
  const matrix: NodalMatrix = {
    nodeCount: n,
    start,
    column,
    re: new Float64Array(start[n]),
    im: new Float64Array(start[n]),
    scatter,
    scatterStart,
    legEntries,
  };
  refreshNodalMatrix(compiled, matrix);
  return matrix;
}

/** Sorts each row's named columns and drops repeats. */
function uniqueColumns(n: number, roomStart: Int32Array, filled: Int32Array, named: Int32Array): { start: Int32Array; column: Int32Array } {
  const start = new Int32Array(n + 1);
  const seen = new Int32Array(n).fill(-1);
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const from = kept;
    for (let k = roomStart[i]; k < filled[i]; k++) {
      const j = named[k];
      if (seen[j] === i) continue;
      seen[j] = i;
      // Insertion keeps the few columns of a row in order; what is overwritten was read before.
      let at = kept++;
      while (at > from && named[at - 1] > j) {
        named[at] = named[at - 1];
        at--;
      }
      named[at] = j;
    }
    start[i + 1] = kept;
  }
  return { start, column: named.slice(0, kept) };
}

/** Entry of a row and column that stand in the pattern; -1 where one of them is ground. */
export function entryAt({ start, column }: NodalMatrix, i: number, j: number): number {
  return i >= 0 && j >= 0 ? findColumn(start, column, i, j) : -1;
}

/** Entry of column j in row i, by bisection. */
function findColumn(start: Int32Array, column: Int32Array, i: number, j: number): number {
  let low = start[i];
  let high = start[i + 1] - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column[middle] < j) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Sums the values anew.
 *
 * @param without elements (by index) to leave out; their places stay
 */
export function refreshNodalMatrix(compiled: CompiledGrid, matrix: NodalMatrix, without?: ReadonlySet<number>): void {
  matrix.re.fill(0);
  matrix.im.fill(0);
  compiled.elements.forEach(({ primitive }, e) => {
    if (!primitive || without?.has(e)) return;
    const from = matrix.scatterStart[e];
    for (let k = 0; k < primitive.re.length; k++) {
      const entry = matrix.scatter[from + k];
      if (entry < 0) continue;
      matrix.re[entry] += primitive.re[k];
      matrix.im[entry] += primitive.im[k];
    }
  });
}
