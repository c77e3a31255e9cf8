/**
 * The tree of a radial grid, for the sweep: its structure. Its coefficients are made in tree-fold.ts.
 *
 * Buses are joined to tree blocks: a bus is a block of its own, but the far buses of one multi-winding transformer form one block, since they are
 * coupled with each other. Each block hangs by its branches on nodes of its parent.
 */
import { elementId } from '../grid/index.js';
import type { CompiledElement, CompiledGrid } from './compiled-grid.js';

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

/** Why a grid is no tree for the sweep, in words. */
export class NotRadial {
  constructor(readonly reason: string) {}
}

/** Buses an element touches by linear conductors, each once. */
export function busesOf(compiled: CompiledGrid, entry: CompiledElement): string[] {
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
export function orientPlainLine(compiled: CompiledGrid, block: TreeBlock): void {
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
