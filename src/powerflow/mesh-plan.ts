/**
 * The blocks of a meshed grid for the chord method: the plan of a tree, but that a block may hang on several others.
 *
 * Eliminated one after the other, a block leaves the blocks it is coupled with coupled with each other (fill). All of these are eliminated later, so that "parents" are
 * what stands before it as on a tree, and its coefficients have the same form: V_c = A V_parents + Z J_c, J_parents += B J_c.
 */
import { orderBlocks } from './block-order.js';
import type { CompiledGrid } from './compiled-grid.js';
import { DisjointSets } from './disjoint-sets.js';
import { busesOf, orientPlainLine, type TreeBlock, type TreePlan } from './tree-plan.js';

/** Buses, numbered, and which of them each element joins. */
interface BusGraph {
  names: string[];
  /** Buses of each element, none for elements without linear conductors. */
  joined: number[][];
  adjacent: Set<number>[];
}

/**
 * Makes the plan. Blocks stand parents before children; `parent` is the one of a block's parents that is eliminated first, -1 at a root.
 *
 * @param needed whether the iteration needs a node's voltage: something is injected there, or somebody looks at it
 */
export function buildMesh(compiled: CompiledGrid, needed: (node: number) => boolean): TreePlan {
  const graph = busGraph(compiled);
  const starts = startsOf(compiled, graph);
  const [blockOfBus, count] = groupBuses(graph, starts);
  const nodesOf: number[][] = Array.from({ length: count }, () => []);
  graph.names.forEach((name, bus) => nodesOf[blockOfBus[bus]].push(...(compiled.busNodes.get(name) ?? [])));
  const adjacent: Set<number>[] = nodesOf.map(() => new Set());
  graph.adjacent.forEach((others, bus) => {
    for (const other of others) if (blockOfBus[other] !== blockOfBus[bus]) adjacent[blockOfBus[bus]].add(blockOfBus[other]);
  });
  const { order, isEnd } = orderBlocks(
    {
      adjacent: adjacent.map((others) => [...others]),
      sizes: nodesOf.map((nodes) => nodes.length),
      idle: nodesOf.map((nodes) => !nodes.some(needed)),
    },
    starts.map((bus) => blockOfBus[bus]),
  );
  order.reverse();
  return hangBlocks(
    compiled,
    order.map((block) => nodesOf[block]),
    order.map((block) => isEnd[block]),
  );
}

function busGraph(compiled: CompiledGrid): BusGraph {
  const names = [...compiled.busNodes.keys()];
  const number = new Map(names.map((name, bus) => [name, bus]));
  const adjacent: Set<number>[] = names.map(() => new Set());
  const joined = compiled.elements.map((entry) => {
    const buses = entry.primitive ? busesOf(compiled, entry).map((name) => number.get(name) as number) : [];
    for (const a of buses) for (const b of buses) if (a !== b) adjacent[a].add(b);
    return buses;
  });
  return { names, joined, adjacent };
}

/** Where the orders of the grid's separate parts end: sources first, then any bus. */
function startsOf(compiled: CompiledGrid, { names, joined }: BusGraph): number[] {
  const starts = new Set<number>();
  compiled.elements.forEach(({ element }, e) => {
    if (element.kind === 'vsource' && joined[e].length > 0) starts.add(joined[e][0]);
  });
  for (let bus = 0; bus < names.length; bus++) starts.add(bus);
  return [...starts];
}

/** Joins the far buses of elements with more than two: they are coupled with each other. Returns the group of each bus and the number of groups. */
function groupBuses({ names, joined, adjacent }: BusGraph, starts: readonly number[]): [Int32Array, number] {
  const distance = new Int32Array(names.length).fill(-1);
  for (const start of starts) {
    if (distance[start] >= 0) continue;
    distance[start] = 0;
    let reached = [start];
    while (reached.length > 0) {
      const next: number[] = [];
      for (const bus of reached) {
        for (const other of adjacent[bus]) {
          if (distance[other] >= 0) continue;
          distance[other] = distance[bus] + 1;
          next.push(other);
        }
      }
      reached = next;
    }
  }
  const groups = new DisjointSets(names.length);
  for (const buses of joined) {
    if (buses.length < 3) continue;
    const nearest = buses.reduce((near, bus) => (distance[bus] < distance[near] ? bus : near));
    const far = buses.filter((bus) => bus !== nearest);
    for (const bus of far) groups.join(bus, far[0]);
  }
  return groups.numbered();
}

/** Finds what each block hangs on: what its elements tie it to, and what blocks below it leave it coupled with. */
function hangBlocks(compiled: CompiledGrid, nodesOf: readonly number[][], isEnd: readonly boolean[]): TreePlan {
  const slotOfNode = new Int32Array(compiled.nodeCount);
  const blockOfNode = new Int32Array(compiled.nodeCount);
  let slot = 0;
  const blocks = nodesOf.map((nodes, at): TreeBlock => {
    for (const node of nodes) {
      slotOfNode[node] = slot++;
      blockOfNode[node] = at;
    }
    return { parent: -1, nodes, parentNodes: [], branches: [], seriesLine: -1 };
  });
  const above: Set<number>[] = blocks.map(() => new Set());
  compiled.elements.forEach(({ primitive, nodes }, e) => {
    if (!primitive) return;
    const tied = [...nodes].filter((node) => node >= 0);
    const touched = [...new Set(tied.map((node) => blockOfNode[node]))];
    for (const block of touched) for (const node of tied) if (blockOfNode[node] < block) above[block].add(node);
    if (touched.length > 1) blocks[Math.max(...touched)].branches.push(e);
  });
  for (let at = blocks.length - 1; at >= 0; at--) {
    const block = blocks[at];
    block.parentNodes = [...above[at]].sort((a, b) => slotOfNode[a] - slotOfNode[b]);
    if (block.parentNodes.length === 0) continue;
    block.parent = blockOfNode[block.parentNodes[block.parentNodes.length - 1]];
    for (const node of block.parentNodes) if (blockOfNode[node] !== block.parent) above[block.parent].add(node);
    if (isEnd[at]) orientPlainLine(compiled, block);
  }
  return { blocks, slotOfNode, blockOfNode };
}
