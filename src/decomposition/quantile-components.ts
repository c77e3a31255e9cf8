/** The published clustering: a threshold a column, then connected components. Kept as the yardstick of {@link partitionMatrix}. */
import { describeValue, InputError } from '../grid/index.js';
import type { Partition } from './partition.js';

/**
 * The q-quantile of numbers, between neighbours by their distance (numpy's default, type 7 of Hyndman and Fan 1996).
 *
 * @param q 0 to 1
 */
export function quantile(numbers: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(numbers).sort();
  const place = q * (sorted.length - 1);
  const below = Math.min(Math.floor(place), sorted.length - 2);
  return sorted.length === 1 ? sorted[0] : sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
}

/** Edges that a threshold leaves: 1 where an entry is at least the q-quantile of its column. By row. Throws {@link InputError} for a q outside 0 to 1. */
export function quantileEdges(matrix: ArrayLike<number>, rows: number, columns: number, q: number): Uint8Array {
  if (!(q >= 0 && q <= 1)) throw new InputError(`the quantile is ${describeValue(q)}; it must be from 0 to 1`);
  const edges = new Uint8Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    const values = Float64Array.from({ length: rows }, (_, row) => matrix[row * columns + column]);
    const threshold = quantile(values, q);
    for (let row = 0; row < rows; row++) edges[row * columns + column] = values[row] >= threshold ? 1 : 0;
  }
  return edges;
}

/** Connected components of rows and columns under {@link quantileEdges}; rows without an edge are clusters of their own. */
export function quantileComponents(matrix: ArrayLike<number>, rows: number, columns: number, q: number): Partition {
  const edges = quantileEdges(matrix, rows, columns, q);
  const clusterOf = new Int32Array(rows + columns).fill(-1);
  let clusters = 0;
  for (let start = 0; start < rows + columns; start++) {
    if (clusterOf[start] >= 0) continue;
    const queue = [start];
    clusterOf[start] = clusters;
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      const isRow = node < rows;
      for (let other = 0; other < (isRow ? columns : rows); other++) {
        const edge = isRow ? edges[node * columns + other] : edges[other * columns + node - rows];
        const neighbour = isRow ? rows + other : other;
        if (edge === 0 || clusterOf[neighbour] >= 0) continue;
        clusterOf[neighbour] = clusters;
        queue.push(neighbour);
      }
    }
    clusters += 1;
  }
  return { clusters, rows: Array.from(clusterOf.subarray(0, rows)), columns: Array.from(clusterOf.subarray(rows)) };
}
