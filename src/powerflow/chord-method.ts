/** The chord method on a tree as a session: coefficients of the base case shared by all lanes, only right-hand sides a lane. */
import { type ChordBlock, foldChord, legSlopes, reduceChord } from './chord-fold.js';
import type { CompiledGrid } from './compiled-grid.js';
import { nodeName } from './compiled-grid.js';
import * as layout from './kernel-layout.js';
import type { KernelBackend } from './kernels.js';
import { Session } from './session.js';
import { buildTree, NotRadial, type TreePlan } from './tree-plan.js';

/** The coefficients of a base case, with and without the buses that are not needed in the iteration. */
export interface ChordPlan {
  compiled: CompiledGrid;
  slopes: Float64Array;
  full: ChordBlock[];
  reduced: ChordBlock[];
}

/** Makes the plan at the base case's voltages, [node][re, im]; or says in words why there is none. */
export function makeChordPlan(compiled: CompiledGrid, baseVoltage: Float64Array): ChordPlan | string {
  const tree = buildTree(compiled);
  if (tree instanceof NotRadial) return tree.reason;
  const slopes = legSlopes(compiled, baseVoltage);
  const full = foldChord(compiled, tree, slopes);
  if (typeof full === 'number') return `node ${firstNode(compiled, tree, full)} has no path for current of its own`;
  const injected = injectedNodes(compiled);
  return { compiled, slopes, full, reduced: reduceChord(full, (node) => injected[node] === 1) };
}

function firstNode(compiled: CompiledGrid, tree: TreePlan, block: number): string {
  return nodeName(compiled, tree.blocks[block].nodes[0]);
}

/** 1 for each node with a leg or a source current. */
function injectedNodes(compiled: CompiledGrid): Uint8Array {
  const injected = new Uint8Array(compiled.nodeCount);
  const { legs, sourceCurrent } = compiled;
  for (let leg = 0; leg < legs.count; leg++) {
    for (const node of [legs.from[leg], legs.to[leg]]) if (node >= 0) injected[node] = 1;
  }
  for (let node = 0; node < compiled.nodeCount; node++) {
    if (sourceCurrent[2 * node] !== 0 || sourceCurrent[2 * node + 1] !== 0) injected[node] = 1;
  }
  return injected;
}

/** A session for S scenarios over all buses, or over those that the iteration needs. */
export function makeChordSession(plan: ChordPlan, blocks: readonly ChordBlock[], scenarios: number, backend: KernelBackend): Session {
  const { compiled } = plan;
  const slotOfNode = new Int32Array(compiled.nodeCount).fill(-1);
  let slot = 0;
  for (const block of blocks) for (const node of block.nodes) slotOfNode[node] = slot++;
  const start = new Int32Array(blocks.length + 1);
  let listed = 0;
  blocks.forEach(({ nodes, parentNodes }, b) => {
    start[b + 1] = start[b] + nodes.length * (2 * parentNodes.length + nodes.length);
    listed += parentNodes.length;
  });
  const session = new Session(
    compiled,
    slotOfNode,
    scenarios,
    ({ allocate, count }) => {
      count(layout.FIELD_TREE_COUNT, blocks.length);
      allocate(layout.FIELD_TREE_RECORDS, blocks.length * layout.TREE_RECORD * 4);
      allocate(layout.FIELD_TREE_COEFFICIENTS, start[blocks.length] * 32);
      allocate(layout.FIELD_TREE_LISTS, listed * 4);
    },
    plan.slopes,
    backend,
  );
  const values = session.doubles(layout.FIELD_TREE_COEFFICIENTS, 4 * start[blocks.length]);
  const records = session.integers(layout.FIELD_TREE_RECORDS, blocks.length * layout.TREE_RECORD);
  const lists = session.integers(layout.FIELD_TREE_LISTS, listed);
  let listAt = 0;
  blocks.forEach((block, b) => {
    const m = block.nodes.length;
    const q = block.parentNodes.length;
    const at = b * layout.TREE_RECORD;
    const kind = blockKind(m, q, block.parent);
    records[at] = kind;
    records[at + 1] = slotOfNode[block.nodes[0]] * session.columnBytes;
    const parents = block.parentNodes.map((node) => slotOfNode[node] * session.columnBytes);
    if (kind === layout.TREE_GENERAL || kind === layout.TREE_ROOT) {
      records[at + 2] = session.offset(layout.FIELD_TREE_LISTS) + 4 * listAt;
      lists.set(parents, listAt);
      listAt += q;
    } else records.set(parents, at + 2);
    records[at + 5] = session.offset(layout.FIELD_TREE_COEFFICIENTS) + 32 * start[b];
    records[at + 6] = m;
    records[at + 7] = q;
    writeBlocks(values, 4 * start[b], block.b, q, m);
    writeBlocks(values, 4 * (start[b] + m * q), block.a, m, q);
    writeBlocks(values, 4 * (start[b] + 2 * m * q), block.z, m, m);
  });
  return session;
}

function blockKind(rows: number, columns: number, parent: number): number {
  if (parent < 0) return layout.TREE_ROOT;
  if (rows !== columns || rows > 3) return layout.TREE_GENERAL;
  return rows === 1 ? layout.TREE_ONE : rows === 2 ? layout.TREE_TWO : layout.TREE_THREE;
}

/** Writes a real matrix with two rows and columns a node as blocks rr, ri, ir, ii. */
function writeBlocks(values: Float64Array, at: number, matrix: Float64Array, rows: number, columns: number): void {
  const width = 2 * columns;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const from = 2 * i * width + 2 * j;
      values.set([matrix[from], matrix[from + 1], matrix[from + width], matrix[from + width + 1]], at + 4 * (i * columns + j));
    }
  }
}
