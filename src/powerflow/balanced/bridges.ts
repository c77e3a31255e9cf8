/** Branches on which connections hang. */

/**
 * Which branches in service are bridges: without one of them its part of the grid falls into two. Of parallel branches none is.
 *
 * R. E. Tarjan, "A note on finding the bridges of a graph", Information Processing Letters 2 (1974), pp. 160-161; the search keeps a stack of its own, so that long chains do no harm.
 *
 * @param from buses of each branch by index, and whether it is in service
 * @returns 1 at bridges
 */
export function bridges(busCount: number, from: Int32Array, to: Int32Array, on: Uint8Array): Uint8Array {
  const isBridge = new Uint8Array(on.length);
  const start = new Int32Array(busCount + 1);
  for (let k = 0; k < on.length; k++) {
    if (!on[k]) continue;
    start[from[k] + 1]++;
    start[to[k] + 1]++;
  }
  for (let bus = 0; bus < busCount; bus++) start[bus + 1] += start[bus];
  const branchesAt = new Int32Array(start[busCount]);
  const fill = start.slice();
  for (let k = 0; k < on.length; k++) {
    if (!on[k]) continue;
    branchesAt[fill[from[k]]++] = k;
    branchesAt[fill[to[k]]++] = k;
  }
  // When each bus was reached (from 1), the earliest bus that its subtree leads back to, the branch by which it was reached, and its next branch to look at.
  const reached = new Int32Array(busCount);
  const earliest = new Int32Array(busCount);
  const by = new Int32Array(busCount).fill(-1);
  const next = start.slice(0, busCount);
  const stack = new Int32Array(busCount);
  let clock = 0;
  for (let root = 0; root < busCount; root++) {
    if (reached[root]) continue;
    reached[root] = earliest[root] = ++clock;
    let depth = 0;
    stack[0] = root;
    while (depth >= 0) {
      const bus = stack[depth];
      if (next[bus] === start[bus + 1]) {
        depth--;
        if (depth < 0) break;
        const above = stack[depth];
        if (earliest[bus] < earliest[above]) earliest[above] = earliest[bus];
        if (earliest[bus] > reached[above]) isBridge[by[bus]] = 1;
        continue;
      }
      const k = branchesAt[next[bus]++];
      if (k === by[bus]) continue;
      const other = from[k] === bus ? to[k] : from[k];
      if (reached[other]) {
        if (reached[other] < earliest[bus]) earliest[bus] = reached[other];
        continue;
      }
      reached[other] = earliest[other] = ++clock;
      by[other] = k;
      stack[++depth] = other;
    }
  }
  return isBridge;
}
