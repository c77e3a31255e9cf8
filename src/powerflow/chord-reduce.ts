/**
 * Exact reduction of the chord method's blocks: what the iteration does not need is taken out when the plan is made, and recovered on demand.
 *
 * Three steps. Blocks into which nothing is injected go: dead ends drop, and a block on which one other hangs is joined with it. Ends, blocks on which nothing hangs
 * or ends alone, are then described by what their legs see instead of by their nodes: a *port* is a pair of nodes, or a node and ground, between which legs lie; an
 * end needs but the voltages across its few ports for given voltages at its parents, and what flows into the parents. Last, single nodes without injections and
 * without blocks on them go.
 */
import type { ChordBlock } from './chord-fold.js';
import type { CompiledGrid } from './compiled-grid.js';
import { multiplyReal } from './real-matrix.js';

/** Reduced blocks. They name nodes, and ports between two nodes by numbers from the number of nodes on. */
export interface ReducedTree {
  blocks: ChordBlock[];
  ports: SpanPorts;
}

/** Ports between two nodes, across which the iteration knows the voltage but not those of the nodes. */
export interface SpanPorts {
  from: number[];
  to: number[];
  /** Port of each leg, [leg]; -1 for legs at nodes. */
  ofLeg: Int32Array;
}

/** No ports: every leg stands at its nodes. */
export function noPorts(compiled: CompiledGrid): SpanPorts {
  return { from: [], to: [], ofLeg: new Int32Array(compiled.legs.count).fill(-1) };
}

/** Rows (and columns) of some nodes within a block, two each. */
function placesOf(block: ChordBlock, nodes: readonly number[]): number[] {
  return nodes.flatMap((node) => {
    const at = block.nodes.indexOf(node);
    return [2 * at, 2 * at + 1];
  });
}

function pickRows(matrix: Float64Array, columns: number, rows: readonly number[]): Float64Array {
  const picked = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    picked.set(matrix.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return picked;
}

function pickColumns(matrix: Float64Array, rows: number, columns: number, wanted: readonly number[]): Float64Array {
  const picked = new Float64Array(rows * wanted.length);
  for (let i = 0; i < rows; i++) {
    wanted.forEach((column, j) => {
      picked[i * wanted.length + j] = matrix[i * columns + column];
    });
  }
  return picked;
}

/** Block of each node. */
function blockOfNodes(count: number, blocks: readonly ChordBlock[]): Int32Array {
  const blockOf = new Int32Array(count).fill(-1);
  blocks.forEach(({ nodes }, b) => {
    for (const node of nodes) blockOf[node] = b;
  });
  return blockOf;
}

/** Takes out the blocks into which nothing is injected: dead ends, and those on which one block hangs. Roots stay. */
function dropBlocks(nodeCount: number, blocks: readonly ChordBlock[], injected: (node: number) => boolean): ChordBlock[] {
  const blockOf = blockOfNodes(nodeCount, blocks);
  const work: (ChordBlock | undefined)[] = blocks.map((block) => ({ ...block }));
  const parentsOf = ({ parentNodes }: ChordBlock): Set<number> => new Set(parentNodes.map((node) => blockOf[node]));
  // How many blocks hang on each.
  const users = new Int32Array(blocks.length);
  const needed = blocks.map((block) => block.lanes !== undefined || block.nodes.some(injected));
  for (let index = blocks.length - 1; index >= 0; index--) {
    if (!needed[index] && users[index] === 0 && blocks[index].parent >= 0) work[index] = undefined;
    else for (const parent of parentsOf(blocks[index])) users[parent]++;
  }
  // Parents stand before children: a child meets its parent already joined with all above that goes.
  for (let index = 1; index < blocks.length; index++) {
    for (;;) {
      const child = work[index];
      // A block with lane taps is not joined: its parent's nodes take up what the taps change.
      if (!child || child.parent < 0 || child.lanes) break;
      const upper = child.parent;
      const middle = work[upper];
      if (!middle || middle.parent < 0 || needed[upper] || users[upper] !== 1) break;
      // What the child hangs on beside it, its parent hangs on too.
      for (const parent of parentsOf(child)) if (parent !== upper) users[parent]--;
      work[index] = joined(child, middle);
      work[upper] = undefined;
    }
  }
  const place = new Int32Array(blocks.length).fill(-1);
  const kept: ChordBlock[] = [];
  work.forEach((block, index) => {
    if (!block) return;
    place[index] = kept.length;
    kept.push({ ...block, parent: block.parent >= 0 ? place[block.parent] : -1 });
  });
  return kept;
}

/** A block and the one above it, on which nothing else hangs and into which nothing is injected, as one that hangs on what that one hangs on. */
function joined(child: ChordBlock, middle: ChordBlock): ChordBlock {
  const mc = 2 * child.nodes.length;
  const qc = 2 * child.parentNodes.length;
  const mm = 2 * middle.nodes.length;
  const qm = 2 * middle.parentNodes.length;
  const below = child.parentNodes.flatMap((node, k) => (middle.nodes.includes(node) ? [2 * k, 2 * k + 1] : []));
  const hung = child.parentNodes.filter((node) => middle.nodes.includes(node));
  const beside = child.parentNodes.flatMap((node, k) =>
    middle.nodes.includes(node) ? [] : [{ from: 2 * k, to: 2 * middle.parentNodes.indexOf(node) }],
  );
  const places = placesOf(middle, hung);
  const n = places.length;
  const down = pickColumns(child.a, mc, qc, below);
  const up = pickRows(child.b, mc, below);
  const inner = pickColumns(pickRows(middle.z, mm, places), n, mm, places);
  const a = multiplyReal(down, pickRows(middle.a, qm, places), mc, n, qm);
  const b = multiplyReal(pickColumns(middle.b, qm, mm, places), up, qm, n, mc);
  for (const { from, to } of beside) {
    for (const part of [0, 1]) {
      for (let i = 0; i < mc; i++) {
        a[i * qm + to + part] += child.a[i * qc + from + part];
        b[(to + part) * mc + i] += child.b[(from + part) * mc + i];
      }
    }
  }
  return {
    nodes: child.nodes,
    parentNodes: middle.parentNodes,
    parent: middle.parent,
    a,
    b,
    z: multiplyReal(multiplyReal(down, inner, mc, n, n), up, mc, n, mc).map((x, k) => x + child.z[k]),
  };
}

/**
 * Reduces the blocks of a tree or of a meshed grid.
 *
 * @param held whether a node must stay whatever legs it has: sources inject there, or what lanes' own taps change
 */
export function reduceChord(compiled: CompiledGrid, blocks: readonly ChordBlock[], held: (node: number) => boolean): ReducedTree {
  const { legs } = compiled;
  const injected = new Uint8Array(compiled.nodeCount);
  for (let leg = 0; leg < legs.count; leg++) for (const node of [legs.from[leg], legs.to[leg]]) if (node >= 0) injected[node] = 1;
  const needed = (node: number): boolean => node < compiled.nodeCount && (injected[node] === 1 || held(node));
  const { blocks: ended, ports } = endInPorts(compiled, dropBlocks(compiled.nodeCount, blocks, needed), held);
  return { blocks: dropNodes(ended, (node) => node >= compiled.nodeCount || needed(node)), ports };
}

/** A part of the tree with nothing below it, as seen at its ports: their voltages are `a` V_parent + `z` I, `b` I flows into the parent. */
interface End {
  ports: PortEnds[];
  parentNodes: number[];
  a: Float64Array;
  b: Float64Array;
  z: Float64Array;
}

/** A pair of nodes; `to` is -1 for ground. */
interface PortEnds {
  from: number;
  to: number;
}

/** An end may have so many ports: the kernel's short forms take three. */
const MOST_PORTS = 3;
/** What a block costs beside its products, in products of numbers. */
const BLOCK_COST = 16;

/** Products of numbers that a block costs in an iteration. */
function costOf(m: number, q: number): number {
  return 4 * (2 * m * q + m * m) + BLOCK_COST;
}

/** Puts ends in the place of the parts of the tree that are cheaper so. */
function endInPorts(compiled: CompiledGrid, blocks: readonly ChordBlock[], held: (node: number) => boolean): ReducedTree {
  const { legs } = compiled;
  const blockOf = blockOfNodes(compiled.nodeCount, blocks);
  const ownPorts: PortEnds[][] = blocks.map(() => []);
  const fit = blocks.map((block) => block.parent >= 0 && !block.lanes && !block.nodes.some(held));
  for (let leg = 0; leg < legs.count; leg++) {
    const [from, to] = [legs.from[leg], legs.to[leg]];
    const b = from >= 0 ? blockOf[from] : blockOf[to];
    if (from < 0 || (to >= 0 && blockOf[to] !== b)) {
      for (const node of [from, to]) if (node >= 0) fit[blockOf[node]] = false;
    } else if (!ownPorts[b].some((port) => port.from === from && port.to === to)) ownPorts[b].push({ from, to });
  }
  const children: number[][] = blocks.map(() => []);
  blocks.forEach(({ parent, parentNodes }, b) => {
    if (parent < 0) return;
    children[parent].push(b);
    // Where a block hangs on others as well, these are no ends.
    for (const node of parentNodes) if (blockOf[node] !== parent) fit[blockOf[node]] = fit[parent] = false;
  });
  const ends: (End | undefined)[] = new Array(blocks.length);
  for (let b = blocks.length - 1; b >= 0; b--) {
    const below = children[b].map((child) => ends[child]);
    if (!fit[b] || !below.every((end) => end !== undefined)) continue;
    const block = blocks[b];
    const ports = ownPorts[b].length + below.reduce((sum, end) => sum + end.ports.length, 0);
    const q = block.parentNodes.length;
    if (ports === 0 || ports > Math.min(MOST_PORTS, q)) continue;
    const nodes = below.length > 0 ? block.nodes.length : new Set(ownPorts[b].flatMap(({ from, to }) => (to < 0 ? [from] : [from, to]))).size;
    const apart = below.reduce((sum, end) => sum + costOf(end.ports.length, block.nodes.length), costOf(nodes, q));
    if (costOf(ports, q) <= apart) ends[b] = endOf(block, ownPorts[b], below);
  }
  return withEnds(compiled, blocks, ends);
}

/** Rows that pick the voltages across ports from a block's nodes, real form. */
function portRows(block: ChordBlock, ports: readonly PortEnds[]): Float64Array {
  const m = 2 * block.nodes.length;
  const rows = new Float64Array(2 * ports.length * m);
  ports.forEach(({ from, to }, k) => {
    for (const part of [0, 1]) {
      rows[(2 * k + part) * m + 2 * block.nodes.indexOf(from) + part] = 1;
      if (to >= 0) rows[(2 * k + part) * m + 2 * block.nodes.indexOf(to) + part] = -1;
    }
  });
  return rows;
}

function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, k) => matrix[(k % rows) * columns + Math.floor(k / rows)]);
}

/** A block with its own ports and with ends below it, as one end. */
function endOf(block: ChordBlock, own: readonly PortEnds[], below: readonly End[]): End {
  const m = 2 * block.nodes.length;
  const q = 2 * block.parentNodes.length;
  const ports = [...own, ...below.flatMap((end) => end.ports)];
  const k = 2 * ports.length;
  // Voltages across the ports from those of the block's nodes, and currents into the nodes from those into the ports.
  const seen = new Float64Array(k * m);
  const given = new Float64Array(m * k);
  const ownRows = portRows(block, own);
  seen.set(ownRows);
  const ownColumns = transposed(ownRows, 2 * own.length, m);
  for (let i = 0; i < m; i++) for (let j = 0; j < 2 * own.length; j++) given[i * k + j] = ownColumns[i * 2 * own.length + j];
  let at = 2 * own.length;
  for (const end of below) {
    const size = 2 * end.ports.length;
    // It hangs on some of the block's nodes, in an order of its own.
    const places = placesOf(block, end.parentNodes);
    places.forEach((place, p) => {
      for (let j = 0; j < size; j++) {
        seen[(at + j) * m + place] = end.a[j * places.length + p];
        given[place * k + at + j] = end.b[p * size + j];
      }
    });
    at += size;
  }
  const z = multiplyReal(multiplyReal(seen, block.z, k, m, m), given, k, m, k);
  at = 2 * own.length;
  for (const end of below) {
    const size = 2 * end.ports.length;
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) z[(at + i) * k + at + j] += end.z[i * size + j];
    at += size;
  }
  return { ports, parentNodes: block.parentNodes, a: multiplyReal(seen, block.a, k, m, q), b: multiplyReal(block.b, given, q, m, k), z };
}

/** The tree with ends in the places of their blocks. */
function withEnds(compiled: CompiledGrid, blocks: readonly ChordBlock[], ends: readonly (End | undefined)[]): ReducedTree {
  const ports = noPorts(compiled);
  const place = new Int32Array(blocks.length).fill(-1);
  const kept: ChordBlock[] = [];
  const portOf = new Map<string, number>();
  blocks.forEach((block, b) => {
    if (block.parent >= 0 && ends[block.parent] !== undefined) return;
    place[b] = kept.length;
    const end = ends[b];
    const parent = block.parent >= 0 ? place[block.parent] : -1;
    if (!end) {
      kept.push({ ...block, parent });
      return;
    }
    const nodes = end.ports.map(({ from, to }) => {
      if (to < 0) return from;
      portOf.set(`${from} ${to}`, ports.from.length);
      ports.from.push(from);
      ports.to.push(to);
      return compiled.nodeCount + ports.from.length - 1;
    });
    kept.push({ nodes, parentNodes: block.parentNodes, parent, a: end.a, b: end.b, z: end.z });
  });
  const { legs } = compiled;
  for (let leg = 0; leg < legs.count; leg++) ports.ofLeg[leg] = portOf.get(`${legs.from[leg]} ${legs.to[leg]}`) ?? -1;
  return { blocks: kept, ports };
}

/** Takes single nodes out of the blocks: those into which nothing is injected and on which no block hangs. */
function dropNodes(blocks: readonly ChordBlock[], injected: (node: number) => boolean): ChordBlock[] {
  const isParent = new Set(blocks.flatMap((block) => block.parentNodes));
  return blocks.map((block) => {
    const nodes = block.nodes.filter((node) => injected(node) || isParent.has(node));
    if (block.parent < 0 || block.lanes || nodes.length === block.nodes.length) return block;
    const places = placesOf(block, nodes);
    const [m, q] = [2 * block.nodes.length, 2 * block.parentNodes.length];
    const z = pickColumns(pickRows(block.z, m, places), places.length, m, places);
    return { ...block, nodes, a: pickRows(block.a, q, places), b: pickColumns(block.b, q, m, places), z };
  });
}
