/**
 * The tree of a radial grid, for the sweep.
 *
 * Buses are joined to tree blocks: a bus is a block of its own, but the far buses of one multi-winding transformer form one block, since they are
 * coupled with each other. Each block c hangs by its branches on nodes of its parent p. Folding the linear shunts from the leaves up gives
 *   V_c = A V_p + Z J_c,   J_p += A' J_c
 * with D the block's own admittance including what is folded from below:
 *   in general  Z = D^-1, A = -Z Y_cp, and the parent's own admittance loses Y_pc Z Y_cp;
 *   for a series branch of impedance Zs (a line: equal ends, no shunt but charging, which counts to the buses) with Yd folded below:
 *   A = (1 + Zs Yd)^-1, Z = A Zs, and the parent gains Yd A: no difference of large numbers, however stiff the branch.
 */
import { elementId } from '../grid/index.js';
import type { CompiledElement, CompiledGrid } from './compiled-grid.js';
import { invertDense, multiplyDense } from './dense.js';

/** One block of the tree. */
export interface TreeBlock {
  parent: number;
  /** Nodes of the block, in slot order. */
  nodes: number[];
  /** Parent's nodes to which its branches are tied. */
  parentNodes: number[];
  /** Elements (indices) between block and parent. */
  branches: number[];
  /** Where it is one plain line: its index. */
  seriesLine: number;
}

/** Tree structure; blocks stand parents before children. */
export interface TreePlan {
  blocks: TreeBlock[];
  slotOfNode: Int32Array;
  /** Block of each node. */
  blockOfNode: Int32Array;
}

/** Coefficients of all blocks, [re, im] row by row: A (rows x parent columns), then Z (rows x rows); `start` in complex numbers. */
export interface TreeCoefficients {
  start: Int32Array;
  values: Float64Array;
}

/** Why a grid is no tree for the sweep, in words. */
export class NotRadial {
  constructor(readonly reason: string) {}
}

/** Buses an element touches by linear conductors, each once. */
function busesOf(compiled: CompiledGrid, entry: CompiledElement): string[] {
  const buses: string[] = [];
  for (const node of entry.nodes) {
    if (node < 0) continue;
    const bus = compiled.nodeBus[node];
    if (!buses.includes(bus)) buses.push(bus);
  }
  return buses;
}

/** Builds the tree from the first source, or says why there is none. */
export function buildTree(compiled: CompiledGrid): TreePlan | NotRadial {
  const { elements, busNodes } = compiled;
  const touching = new Map<string, number[]>();
  const buses = elements.map((entry) => (entry.primitive ? busesOf(compiled, entry) : []));
  buses.forEach((list, e) => {
    if (list.length < 2) return;
    for (const bus of list) {
      const known = touching.get(bus);
      if (known) known.push(e);
      else touching.set(bus, [e]);
    }
  });
  const source = elements.find((entry) => entry.element.kind === 'vsource');
  const root = source && busesOf(compiled, source)[0];
  if (!root) return new NotRadial('the source feeds no node');
  const blockOfBus = new Map<string, number>([[root, 0]]);
  const busesOfBlock: string[][] = [[root]];
  const blocks: TreeBlock[] = [{ parent: -1, nodes: [], parentNodes: [], branches: [], seriesLine: -1 }];
  const used = new Uint8Array(elements.length);
  const stack = [0];
  const order: number[] = [];
  while (stack.length > 0) {
    const block = stack.pop() as number;
    order.push(block);
    for (const bus of busesOfBlock[block]) {
      for (const e of touching.get(bus) ?? []) {
        if (used[e]) continue;
        used[e] = 1;
        const fresh: string[] = [];
        let child = -1;
        for (const other of buses[e]) {
          const known = blockOfBus.get(other);
          if (known === undefined) fresh.push(other);
          else if (known !== block) {
            if (blocks[known].parent !== block || (child >= 0 && child !== known)) {
              return new NotRadial(`${elementId(elements[e].element)} closes a loop`);
            }
            child = known;
          }
        }
        if (fresh.length === 0 && child < 0) continue;
        if (fresh.length > 0 && child >= 0) return new NotRadial(`${elementId(elements[e].element)} closes a loop`);
        if (child < 0) {
          child = blocks.length;
          blocks.push({ parent: block, nodes: [], parentNodes: [], branches: [], seriesLine: -1 });
          busesOfBlock.push(fresh);
          for (const other of fresh) blockOfBus.set(other, child);
          stack.push(child);
        }
        blocks[child].branches.push(e);
      }
    }
  }
  for (const bus of busNodes.keys()) {
    if (!blockOfBus.has(bus)) return new NotRadial(`bus ${bus} is not connected to the source through linear elements`);
  }
  return finishTree(compiled, blocks, order, busesOfBlock);
}

/** Puts blocks in order and finds their nodes, parent nodes and plain lines. */
function finishTree(compiled: CompiledGrid, drafts: TreeBlock[], order: number[], busesOfBlock: string[][]): TreePlan {
  const place = new Int32Array(drafts.length);
  order.forEach((block, at) => {
    place[block] = at;
  });
  const slotOfNode = new Int32Array(compiled.nodeCount);
  const blockOfNode = new Int32Array(compiled.nodeCount);
  let slot = 0;
  const blocks = order.map((draft, at) => {
    const block = drafts[draft];
    for (const bus of busesOfBlock[draft]) block.nodes.push(...(compiled.busNodes.get(bus) ?? []));
    if (block.parent >= 0) block.parent = place[block.parent];
    for (const node of block.nodes) {
      slotOfNode[node] = slot++;
      blockOfNode[node] = at;
    }
    return block;
  });
  for (const block of blocks) {
    if (block.parent < 0) continue;
    const own = new Set(block.nodes);
    for (const e of block.branches) {
      for (const node of compiled.elements[e].nodes) {
        if (node >= 0 && !own.has(node) && !block.parentNodes.includes(node)) block.parentNodes.push(node);
      }
    }
    orientPlainLine(compiled, block);
  }
  return { blocks, slotOfNode, blockOfNode };
}

/** Recognises a block that hangs by one line with all its nodes, and puts its parent nodes in the order of its own. */
function orientPlainLine(compiled: CompiledGrid, block: TreeBlock): void {
  if (block.branches.length !== 1) return;
  const entry = compiled.elements[block.branches[0]];
  if (entry.element.kind !== 'line') return;
  if (entry.element.terminals.some((terminal) => terminal.open?.some((open) => open))) return;
  const n = entry.element.phases;
  if (n !== block.nodes.length || block.parentNodes.length !== n) return;
  const first = Array.from(entry.nodes.subarray(0, n));
  const second = Array.from(entry.nodes.subarray(n));
  const [near, far] = block.nodes.includes(second[0]) ? [first, second] : [second, first];
  if (new Set(far).size !== n || new Set(near).size !== n || far.some((node) => node < 0) || near.some((node) => node < 0)) return;
  block.parentNodes = block.nodes.map((node) => near[far.indexOf(node)]);
  block.seriesLine = block.branches[0];
}

/** Whether every element's matrix is symmetric, as the backward pass needs it (sources may be anything: they sit at the root or count as shunts). */
export function isReciprocal(compiled: CompiledGrid): boolean {
  for (const { primitive, element } of compiled.elements) {
    if (!primitive || element.kind === 'vsource') continue;
    const n = primitive.order;
    let scale = 0;
    for (let k = 0; k < n * n; k++) scale = Math.max(scale, Math.abs(primitive.re[k]), Math.abs(primitive.im[k]));
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const a = i * n + j;
        const b = j * n + i;
        if (Math.abs(primitive.re[a] - primitive.re[b]) + Math.abs(primitive.im[a] - primitive.im[b]) > 1e-12 * scale) return false;
      }
    }
  }
  return true;
}

/** Places of the coefficients. */
export function coefficientRoom(plan: TreePlan): Int32Array {
  const start = new Int32Array(plan.blocks.length + 1);
  plan.blocks.forEach((block, b) => {
    start[b + 1] = start[b] + block.nodes.length * (block.parentNodes.length + block.nodes.length);
  });
  return start;
}

/**
 * Folds the grid from the leaves up and writes the coefficients.
 * Returns the index of the first block whose admittance is singular, or -1.
 */
export function foldTree(compiled: CompiledGrid, plan: TreePlan, coefficients: TreeCoefficients): number {
  const own = plan.blocks.map((block) => new Float64Array(2 * block.nodes.length * block.nodes.length));
  const towards = plan.blocks.map((block) => new Float64Array(2 * block.nodes.length * block.parentNodes.length));
  addPrimitives(compiled, plan, own, towards);
  for (let b = plan.blocks.length - 1; b >= 0; b--) {
    const block = plan.blocks[b];
    const m = block.nodes.length;
    const q = block.parentNodes.length;
    const values = coefficients.values.subarray(2 * coefficients.start[b], 2 * coefficients.start[b + 1]);
    const [a, z] = block.seriesLine >= 0 ? foldLine(compiled, block, own[b]) : foldGeneral(own[b], towards[b], m, q);
    if (!a || !z) return b;
    values.set(a, 0);
    values.set(z, 2 * m * q);
    for (let k = 0; k < values.length; k++) if (!Number.isFinite(values[k])) return b;
    if (block.parent < 0) continue;
    // What the parent sees: Yd A for a line, -Y_pc Z Y_cp = Y_cp' A in general.
    const seen = block.seriesLine >= 0 ? multiplyDense(own[b], a, m, m, q) : multiplyDense(transpose(towards[b], m, q), a, q, m, q);
    const parent = plan.blocks[block.parent];
    const size = parent.nodes.length;
    const places = block.parentNodes.map((node) => plan.slotOfNode[node] - plan.slotOfNode[parent.nodes[0]]);
    for (let i = 0; i < q; i++) {
      for (let j = 0; j < q; j++) {
        const at = 2 * (places[i] * size + places[j]);
        own[block.parent][at] += seen[2 * (i * q + j)];
        own[block.parent][at + 1] += seen[2 * (i * q + j) + 1];
      }
    }
  }
  return -1;
}

/** A and Z of a block behind a plain line; `folded` is Yd. */
function foldLine(compiled: CompiledGrid, block: TreeBlock, folded: Float64Array): [Float64Array | undefined, Float64Array | undefined] {
  const entry = compiled.elements[block.seriesLine];
  if (entry.element.kind !== 'line') return [undefined, undefined];
  const n = entry.element.phases;
  const far = entry.nodes[0] === block.nodes[0] || block.nodes.includes(entry.nodes[0]) ? entry.nodes.subarray(0, n) : entry.nodes.subarray(n);
  const { seriesOhm } = entry.element;
  const conductor = block.nodes.map((node) => far.indexOf(node));
  const impedance = new Float64Array(2 * n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      impedance[2 * (i * n + j)] = seriesOhm.re[conductor[i] * n + conductor[j]];
      impedance[2 * (i * n + j) + 1] = seriesOhm.im[conductor[i] * n + conductor[j]];
    }
  }
  const product = multiplyDense(impedance, folded, n, n, n);
  for (let i = 0; i < n; i++) product[2 * (i * n + i)] += 1;
  const a = invertDense(product, n);
  return [a, a && multiplyDense(a, impedance, n, n, n)];
}

function foldGeneral(own: Float64Array, towards: Float64Array, m: number, q: number): [Float64Array | undefined, Float64Array | undefined] {
  const z = invertDense(own, m);
  if (!z) return [undefined, undefined];
  const a = multiplyDense(z, towards, m, m, q);
  for (let k = 0; k < a.length; k++) a[k] = -a[k];
  return [a, z];
}

function transpose(x: Float64Array, rows: number, columns: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      y[2 * (j * rows + i)] = x[2 * (i * columns + j)];
      y[2 * (j * rows + i) + 1] = x[2 * (i * columns + j) + 1];
    }
  }
  return y;
}

/** Adds every element's matrix to its block's own part, its branch part, or the parent's own part. */
function addPrimitives(compiled: CompiledGrid, plan: TreePlan, own: Float64Array[], towards: Float64Array[]): void {
  const first = plan.blocks.map((block) => (block.nodes.length > 0 ? plan.slotOfNode[block.nodes[0]] : 0));
  const parentPlace = plan.blocks.map((block) => new Map(block.parentNodes.map((node, k) => [node, k])));
  const plain = new Uint8Array(compiled.elements.length);
  for (const block of plan.blocks) if (block.seriesLine >= 0) plain[block.seriesLine] = 1;
  compiled.elements.forEach(({ primitive, nodes, element }, e) => {
    if (!primitive) return;
    const n = primitive.order;
    for (let i = 0; i < n; i++) {
      const ni = nodes[i];
      if (ni < 0) continue;
      const bi = plan.blockOfNode[ni];
      for (let j = 0; j < n; j++) {
        const nj = nodes[j];
        if (nj < 0) continue;
        const bj = plan.blockOfNode[nj];
        let re = primitive.re[i * n + j];
        let im = primitive.im[i * n + j];
        if (plain[e] && element.kind === 'line') {
          // Of a plain line only the charging counts here.
          if (bi !== bj) continue;
          const half = element.phases;
          const at = (i % half) * half + (j % half);
          re = element.shuntSiemens.re[at] / 2;
          im = element.shuntSiemens.im[at] / 2;
        }
        if (bi === bj) {
          const at = 2 * ((plan.slotOfNode[ni] - first[bi]) * plan.blocks[bi].nodes.length + plan.slotOfNode[nj] - first[bi]);
          own[bi][at] += re;
          own[bi][at + 1] += im;
        } else if (plan.blocks[bi].parent === bj) {
          const column = parentPlace[bi].get(nj) as number;
          const at = 2 * ((plan.slotOfNode[ni] - first[bi]) * plan.blocks[bi].parentNodes.length + column);
          towards[bi][at] += re;
          towards[bi][at + 1] += im;
        }
      }
    }
  });
}
