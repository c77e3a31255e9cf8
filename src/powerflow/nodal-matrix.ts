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
  const rows: Map<number, number>[] = Array.from({ length: n }, (_, i) => new Map([[i, 0]]));
  const touch = (i: number, j: number): void => {
    if (i >= 0 && j >= 0) rows[i].set(j, 0);
  };
  let pairs = 0;
  for (const { nodes, primitive } of compiled.elements) {
    if (!primitive) continue;
    for (const i of nodes) for (const j of nodes) touch(i, j);
    pairs += nodes.length * nodes.length;
  }
  const { legs } = compiled;
  for (let leg = 0; leg < legs.count; leg++) {
    touch(legs.from[leg], legs.to[leg]);
    touch(legs.to[leg], legs.from[leg]);
  }
  const start = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) start[i + 1] = start[i] + rows[i].size;
  const column = new Int32Array(start[n]);
  for (let i = 0; i < n; i++) {
    const row = rows[i];
    const columns = Int32Array.from(row.keys()).sort();
    for (let k = 0; k < columns.length; k++) {
      column[start[i] + k] = columns[k];
      row.set(columns[k], start[i] + k);
    }
  }
  const entryOf = (i: number, j: number): number => (i >= 0 && j >= 0 ? (rows[i].get(j) as number) : -1);
  const scatter = new Int32Array(pairs);
  const scatterStart = new Int32Array(compiled.elements.length + 1);
  let at = 0;
  compiled.elements.forEach(({ nodes, primitive }, e) => {
    scatterStart[e] = at;
    if (primitive) for (const i of nodes) for (const j of nodes) scatter[at++] = entryOf(i, j);
  });
  scatterStart[compiled.elements.length] = at;
  const legEntries = new Int32Array(4 * legs.count);
  for (let leg = 0; leg < legs.count; leg++) {
    const a = legs.from[leg];
    const b = legs.to[leg];
    legEntries.set([entryOf(a, a), entryOf(a, b), entryOf(b, a), entryOf(b, b)], 4 * leg);
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

/** Sums the values anew. */
export function refreshNodalMatrix(compiled: CompiledGrid, matrix: NodalMatrix): void {
  matrix.re.fill(0);
  matrix.im.fill(0);
  compiled.elements.forEach(({ primitive }, e) => {
    if (!primitive) return;
    const from = matrix.scatterStart[e];
    for (let k = 0; k < primitive.re.length; k++) {
      const entry = matrix.scatter[from + k];
      if (entry < 0) continue;
      matrix.re[entry] += primitive.re[k];
      matrix.im[entry] += primitive.im[k];
    }
  });
}
