/**
 * Order, pattern and schedule of a sparse LU factorisation without pivoting, for matrices that keep their pattern while their values change. Made once, then run as
 * flat loops (elimination.ts), for one scenario or for lanes.
 */

/** A sparse LU factorisation as a program. Entries are numbered: the diagonal 0 .. size - 1 (by row of the matrix), then those off it. */
export interface EliminationPlan {
  readonly size: number;
  /** Entries stored, fill included. */
  readonly entries: number;
  /** [step]: the row and column eliminated. */
  readonly order: Int32Array;
  /** [step]: where its rows below (and columns to the right, which are the same) begin in the lists, one more at the end. */
  readonly start: Int32Array;
  /** [below]: that row, entry (row, pivot) and entry (pivot, row). */
  readonly other: Int32Array;
  readonly lowerEntry: Int32Array;
  readonly upperEntry: Int32Array;
  /** Targets of the updates, in the order step, row below, column to the right: entry (row, column) from which (row, pivot) times (pivot, column) is taken. */
  readonly updateTarget: Int32Array;
  /** Number of the entry in a row and column, -1 where there is none. */
  entryAt(row: number, column: number): number;
}

/**
 * Plans the elimination of a matrix of `size` rows with places at the given pairs of rows and columns (and on the diagonal). The pattern is made symmetric; rows of
 * least degree go first.
 */
export function planElimination(size: number, places: Iterable<readonly [number, number]>): EliminationPlan {
  const neighbours: Set<number>[] = Array.from({ length: size }, () => new Set());
  for (const [row, column] of places) {
    if (row === column) continue;
    neighbours[row].add(column);
    neighbours[column].add(row);
  }
  const rows = neighbours.map((set) => new Set(set));
  const left = new Set(neighbours.keys());
  const order: number[] = [];
  const later: number[][] = Array.from({ length: size }, () => []);
  while (left.size > 0) {
    let pivot = -1;
    for (const row of left) if (pivot < 0 || rows[row].size < rows[pivot].size) pivot = row;
    left.delete(pivot);
    order.push(pivot);
    const around = [...rows[pivot]].sort((a, b) => a - b);
    later[pivot] = around;
    for (const a of around) {
      rows[a].delete(pivot);
      for (const b of around) {
        if (a === b) continue;
        rows[a].add(b);
        neighbours[a].add(b);
      }
    }
  }
  const numbers = new Map<number, number>();
  for (let i = 0; i < size; i++) numbers.set(i * size + i, i);
  neighbours.forEach((set, row) => {
    for (const column of [...set].sort((a, b) => a - b)) numbers.set(row * size + column, numbers.size);
  });
  const entryAt = (row: number, column: number): number => numbers.get(row * size + column) ?? -1;

  const start = [0];
  const lowerEntry: number[] = [];
  const upperEntry: number[] = [];
  const below: number[] = [];
  const updateTarget: number[] = [];
  for (const pivot of order) {
    for (const other of later[pivot]) {
      lowerEntry.push(entryAt(other, pivot));
      upperEntry.push(entryAt(pivot, other));
      below.push(other);
      for (const column of later[pivot]) updateTarget.push(entryAt(other, column));
    }
    start.push(below.length);
  }
  return {
    size,
    entries: numbers.size,
    order: Int32Array.from(order),
    start: Int32Array.from(start),
    other: Int32Array.from(below),
    lowerEntry: Int32Array.from(lowerEntry),
    upperEntry: Int32Array.from(upperEntry),
    updateTarget: Int32Array.from(updateTarget),
    entryAt,
  };
}
