/**
 * Symbolic work for sparse LU on a symmetric pattern: an elimination order of low fill, the pattern of the factors, and the schedule of updates.
 * Done once a pattern; numeric factorisation follows the schedule as often as values change.
 */

/** Pattern of the factors in elimination order. Slots are places in that order. */
export interface Elimination {
  /** Node at each slot, and slot of each node. */
  nodeOfSlot: Int32Array;
  slotOfNode: Int32Array;
  /** Where each slot's upper neighbours begin (one entry more than slots), and the neighbours' slots, ascending. */
  start: Int32Array;
  neighbour: Int32Array;
  /**
   * For each slot k and each pair (i, j) of its upper neighbours, row by row, the place that is updated: slot for a diagonal place,
   * N + entry for a lower one, N + entries + entry for an upper one.
   */
  target: Int32Array;
}

/**
 * Orders by minimum degree and computes fill.
 *
 * @param start, column the pattern by rows, symmetric, diagonal entries allowed
 */
export function analyseElimination(nodeCount: number, start: Int32Array, column: Int32Array): Elimination {
  const n = nodeCount;
  const adjacent: Set<number>[] = Array.from({ length: n }, () => new Set<number>());
  for (let i = 0; i < n; i++) {
    for (let k = start[i]; k < start[i + 1]; k++) {
      const j = column[k];
      if (j !== i) {
        adjacent[i].add(j);
        adjacent[j].add(i);
      }
    }
  }
  // Buckets of nodes by degree; stale entries are skipped when met.
  const buckets: number[][] = [];
  const push = (node: number): void => {
    const degree = adjacent[node].size;
    while (buckets.length <= degree) buckets.push([]);
    buckets[degree].push(node);
  };
  for (let i = n - 1; i >= 0; i--) push(i);
  const slotOfNode = new Int32Array(n).fill(-1);
  const nodeOfSlot = new Int32Array(n);
  const upper: Int32Array[] = new Array(n);
  let lowest = 0;
  for (let slot = 0; slot < n; slot++) {
    let node = -1;
    for (;;) {
      const bucket = buckets[lowest];
      if (!bucket || bucket.length === 0) {
        lowest++;
        continue;
      }
      const candidate = bucket.pop() as number;
      if (slotOfNode[candidate] < 0 && adjacent[candidate].size === lowest) {
        node = candidate;
        break;
      }
    }
    slotOfNode[node] = slot;
    nodeOfSlot[slot] = node;
    const neighbours = Int32Array.from(adjacent[node]);
    upper[slot] = neighbours;
    for (const i of neighbours) {
      const set = adjacent[i];
      set.delete(node);
      for (const j of neighbours) if (j !== i) set.add(j);
    }
    for (const i of neighbours) {
      push(i);
      if (adjacent[i].size < lowest) lowest = adjacent[i].size;
    }
    adjacent[node].clear();
  }
  const upperStart = new Int32Array(n + 1);
  for (let k = 0; k < n; k++) upperStart[k + 1] = upperStart[k] + upper[k].length;
  const entries = upperStart[n];
  const neighbour = new Int32Array(entries);
  let operations = 0;
  for (let k = 0; k < n; k++) {
    const slots = upper[k].map((node) => slotOfNode[node]).sort();
    neighbour.set(slots, upperStart[k]);
    operations += slots.length * slots.length;
  }
  return { nodeOfSlot, slotOfNode, start: upperStart, neighbour, target: schedule(n, upperStart, neighbour, operations) };
}

/** Entry of neighbour j in row i (i < j). */
function entryOf(start: Int32Array, neighbour: Int32Array, i: number, j: number): number {
  let low = start[i];
  let high = start[i + 1] - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (neighbour[middle] === j) return middle;
    if (neighbour[middle] < j) low = middle + 1;
    else high = middle - 1;
  }
  throw new Error('elimination pattern is not closed');
}

function schedule(n: number, start: Int32Array, neighbour: Int32Array, operations: number): Int32Array {
  const entries = start[n];
  const target = new Int32Array(operations);
  let at = 0;
  for (let k = 0; k < n; k++) {
    for (let a = start[k]; a < start[k + 1]; a++) {
      const i = neighbour[a];
      for (let b = start[k]; b < start[k + 1]; b++) {
        const j = neighbour[b];
        if (i === j) target[at++] = i;
        else if (i > j) target[at++] = n + entryOf(start, neighbour, j, i);
        else target[at++] = n + entries + entryOf(start, neighbour, i, j);
      }
    }
  }
  return target;
}

/** Place (as in `target`) of each entry of a matrix by rows. */
export function placeEntries(elimination: Elimination, start: Int32Array, column: Int32Array): Int32Array {
  const n = elimination.slotOfNode.length;
  const entries = elimination.start[n];
  const place = new Int32Array(column.length);
  for (let i = 0; i < n; i++) {
    const si = elimination.slotOfNode[i];
    for (let k = start[i]; k < start[i + 1]; k++) {
      const sj = elimination.slotOfNode[column[k]];
      if (si === sj) place[k] = si;
      else if (si > sj) place[k] = n + entryOf(elimination.start, elimination.neighbour, sj, si);
      else place[k] = n + entries + entryOf(elimination.start, elimination.neighbour, si, sj);
    }
  }
  return place;
}
