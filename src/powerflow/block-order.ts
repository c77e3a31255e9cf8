/**
 * The order in which the blocks of a meshed grid are eliminated for the chord method.
 *
 * A grid falls into parts that hang together at single blocks: bridges (one branch, as everywhere on a tree) and meshes. Seen from a root each part has one block
 * through which it hangs on the rest, its entry. Parts are taken from the far ends to the root and a part's blocks before its entry, so that what is a tree stays
 * one, nothing of one part fills another, and a part that is one branch is folded as on a tree. Within a mesh the order is greedy by one of several rules; the
 * one that leaves the fewest products in an iteration is taken.
 */

/** Blocks as a graph. */
export interface BlockGraph {
  /** Neighbours of each block, each once. */
  adjacent: readonly (readonly number[])[];
  /** Nodes of each block. */
  sizes: readonly number[];
  /** Whether the iteration can do without a block but for what hangs on it: nothing is injected there. */
  idle: readonly boolean[];
}

/** An order of elimination. */
export interface BlockOrder {
  /** Blocks, the first to be eliminated first; a root stands behind all that hangs on it. */
  order: number[];
  /** Whether a block hangs on one other by branches alone, with no fill between them. */
  isEnd: boolean[];
}

/** What remains of a part while it is eliminated, and the cost of what has been. */
interface Remains {
  adjacent: Map<number, Set<number>>;
  /** For each block those that stay in the iteration and have it as a parent. */
  users: Map<number, Set<number>>;
  /** Entries of coefficients of each block that stays. */
  cost: Map<number, number>;
}

/** A rule: up to which degree idle blocks go before all others, and whether then fill decides or the size of a block's coefficients. */
interface Rule {
  idleDegree: number;
  byFill: boolean;
}

const RULES: readonly Rule[] = [2, 3, 4].flatMap((idleDegree) => [
  { idleDegree, byFill: false },
  { idleDegree, byFill: true },
]);

/** Coefficients of a block of so many nodes under so many: B, A and Z. */
function entriesOf(rows: number, columns: number): number {
  return rows * (2 * columns + rows);
}

/**
 * Orders the blocks.
 *
 * @param roots where to begin; each takes what can be reached from it, and blocks that no root reaches are left out
 */
export function orderBlocks(graph: BlockGraph, roots: readonly number[]): BlockOrder {
  const order: number[] = [];
  const isEnd = graph.adjacent.map(() => false);
  // Blocks of the iteration that hang on a block from parts that are done.
  const users = graph.adjacent.map(() => new Set<number>());
  const seen = new Uint8Array(graph.adjacent.length);
  for (const root of roots) {
    if (seen[root]) continue;
    eachPart(graph, root, seen, (members, entry) => {
      if (members.length === 1) isEnd[members[0]] = true;
      let best: { order: number[]; remains: Remains; cost: number } | undefined;
      for (const rule of members.length === 1 ? RULES.slice(0, 1) : RULES) {
        const tried = eliminatePart(graph, members, entry, users, rule);
        if (!best || tried.cost < best.cost) best = tried;
      }
      if (!best) return;
      order.push(...best.order);
      for (const user of best.remains.users.get(entry) ?? []) users[entry].add(user);
    });
    order.push(root);
  }
  return { order, isEnd };
}

/** Finds the parts below a root that hang together at single blocks, far ones first (Tarjan's biconnected components, without recursion). */
function eachPart({ adjacent }: BlockGraph, root: number, seen: Uint8Array, part: (members: number[], entry: number) => void): void {
  const found = new Map<number, number>();
  const lowest = new Map<number, number>();
  const waiting: number[] = [];
  const path = [{ at: root, from: -1, next: 0 }];
  const open = (block: number): void => {
    seen[block] = 1;
    lowest.set(block, found.size);
    found.set(block, found.size);
  };
  const lower = (block: number, to: number): void => {
    if (to < (lowest.get(block) as number)) lowest.set(block, to);
  };
  open(root);
  while (path.length > 0) {
    const step = path[path.length - 1];
    if (step.next < adjacent[step.at].length) {
      const other = adjacent[step.at][step.next++];
      if (other === step.from) continue;
      const number = found.get(other);
      if (number !== undefined) {
        lower(step.at, number);
        continue;
      }
      open(other);
      waiting.push(other);
      path.push({ at: other, from: step.at, next: 0 });
      continue;
    }
    path.pop();
    if (step.from < 0) continue;
    lower(step.from, lowest.get(step.at) as number);
    if ((lowest.get(step.at) as number) >= (found.get(step.from) as number)) part(waiting.splice(waiting.indexOf(step.at)), step.from);
  }
}

/** Eliminates a part's members, all but its entry, by a rule. */
function eliminatePart(
  graph: BlockGraph,
  members: readonly number[],
  entry: number,
  usersBefore: readonly ReadonlySet<number>[],
  rule: Rule,
): { order: number[]; remains: Remains; cost: number } {
  const inside = new Set([...members, entry]);
  const remains: Remains = { adjacent: new Map(), users: new Map(), cost: new Map() };
  for (const block of inside) {
    remains.adjacent.set(block, new Set(graph.adjacent[block].filter((other) => inside.has(other))));
    remains.users.set(block, new Set(usersBefore[block]));
  }
  const score = (block: number): number => scoreOf(graph, remains, rule, block);
  const heap = new Heap();
  const current = new Map<number, number>();
  const put = (block: number): void => {
    if (block === entry) return;
    current.set(block, score(block));
    heap.push(current.get(block) as number, block);
  };
  members.forEach(put);
  const order: number[] = [];
  while (order.length < members.length) {
    const [was, block] = heap.pop();
    // Entries that are out of date: the block is gone, or stands in the heap with another score.
    if (current.get(block) !== was) continue;
    current.delete(block);
    const neighbours = takeOut(graph, remains, block);
    order.push(block);
    for (const neighbour of neighbours) put(neighbour);
  }
  let cost = 0;
  for (const entries of remains.cost.values()) cost += entries;
  return { order, remains, cost };
}

function columnsOf(graph: BlockGraph, blocks: Iterable<number>): number {
  let columns = 0;
  for (const block of blocks) columns += graph.sizes[block];
  return columns;
}

/** The lower, the sooner a block goes. Idle blocks on which no more than one block hangs go first: they leave the iteration. */
function scoreOf(graph: BlockGraph, { adjacent, users }: Remains, { idleDegree, byFill }: Rule, block: number): number {
  const neighbours = adjacent.get(block) as Set<number>;
  const isFree = graph.idle[block] && (users.get(block) as Set<number>).size <= 1 && neighbours.size <= idleDegree;
  let score = entriesOf(graph.sizes[block], columnsOf(graph, neighbours));
  if (byFill) {
    score *= 1e-3;
    for (const a of neighbours) for (const b of neighbours) if (a < b && !adjacent.get(a)?.has(b)) score += graph.sizes[a] * graph.sizes[b];
  }
  return isFree ? score - 1e9 : score;
}

/** Eliminates one block: its neighbours become each other's. Returns them. */
function takeOut(graph: BlockGraph, { adjacent, users, cost }: Remains, block: number): Set<number> {
  const neighbours = adjacent.get(block) as Set<number>;
  const own = users.get(block) as Set<number>;
  const columns = columnsOf(graph, neighbours);
  // What hangs on these parents from now on: the block itself, or the one that hangs on it if it is joined with that.
  const [user] = graph.idle[block] ? own : [block];
  if (!graph.idle[block] || own.size > 1) cost.set(block, entriesOf(graph.sizes[block], columns));
  else if (user !== undefined) cost.set(user, entriesOf(graph.sizes[user], columns));
  const kept = graph.idle[block] && own.size > 1 ? block : user;
  for (const a of neighbours) {
    const set = adjacent.get(a) as Set<number>;
    set.delete(block);
    for (const b of neighbours) if (a !== b) set.add(b);
    if (kept !== undefined) users.get(a)?.add(kept);
  }
  return neighbours;
}

/** A binary heap of blocks by score, ties by which came first. */
class Heap {
  private readonly items: (readonly [number, number, number])[] = [];
  private count = 0;

  push(score: number, block: number): void {
    const { items } = this;
    let at = items.push([score, block, this.count++]) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.isBefore(at, above)) break;
      [items[at], items[above]] = [items[above], items[at]];
      at = above;
    }
  }

  /** The lowest score and its block; the heap must not be empty. */
  pop(): readonly [number, number] {
    const { items } = this;
    const [score, block] = items[0];
    const last = items.pop() as readonly [number, number, number];
    if (items.length > 0) {
      items[0] = last;
      for (let at = 0; ; ) {
        let least = at;
        for (const below of [2 * at + 1, 2 * at + 2]) if (below < items.length && this.isBefore(below, least)) least = below;
        if (least === at) break;
        [items[at], items[least]] = [items[least], items[at]];
        at = least;
      }
    }
    return [score, block];
  }

  private isBefore(a: number, b: number): boolean {
    const [x, y] = [this.items[a], this.items[b]];
    return x[0] < y[0] || (x[0] === y[0] && x[2] < y[2]);
  }
}
