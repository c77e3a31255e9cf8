/** What the chord method's blocks are made of before any is eliminated: primitives and slopes of legs, summed in doubled precision. */
import type { CompiledGrid } from './compiled-grid.js';
import { addDoubled, type DoubledMatrix, doubledZeros } from './doubled-matrix.js';
import type { TreePlan } from './tree-plan.js';

/** A block's own matrix and its couplings with its parents, real form: two rows and columns a node. */
export interface Parts {
  own: DoubledMatrix;
  /** Y_cp and Y_pc. */
  down: DoubledMatrix;
  up: DoubledMatrix;
}

/** Adds the real form of re + j im at block (i, j) of a matrix with `columns` nodes a row. */
export function addComplex(matrix: DoubledMatrix, i: number, j: number, columns: number, re: number, im: number): void {
  const width = 2 * columns;
  const at = 2 * i * width + 2 * j;
  addDoubled(matrix, at, re);
  addDoubled(matrix, at + 1, -im);
  addDoubled(matrix, at + width, im);
  addDoubled(matrix, at + width + 1, re);
}

/** Adds what the parents see of a block: to their own matrices, and to the couplings between them. */
export function addToParents(
  { blocks, slotOfNode, blockOfNode }: TreePlan,
  parts: readonly Parts[],
  nodes: readonly number[],
  seen: DoubledMatrix,
): void {
  const q = 2 * nodes.length;
  const isExact = seen.low.some((x) => x !== 0);
  nodes.forEach((row, i) => {
    nodes.forEach((column, j) => {
      const [into, from] = [blockOfNode[row], blockOfNode[column]];
      const lower = Math.max(into, from);
      const { nodes: own, parentNodes } = blocks[lower];
      const place = (node: number): number => (blockOfNode[node] === lower ? slotOfNode[node] - slotOfNode[own[0]] : parentNodes.indexOf(node));
      const matrix = into === from ? parts[lower].own : into === lower ? parts[lower].down : parts[lower].up;
      const width = 2 * (from === lower ? own.length : parentNodes.length);
      const at = 2 * place(row) * width + 2 * place(column);
      const k = 2 * i * q + 2 * j;
      add2x2(matrix, at, width, seen.high, k, q);
      if (isExact) add2x2(matrix, at, width, seen.low, k, q);
    });
  });
}

/** Adds two rows and columns, from index `k` of a matrix of width `q`. */
function add2x2(matrix: DoubledMatrix, at: number, width: number, from: Float64Array, k: number, q: number): void {
  addDoubled(matrix, at, from[k]);
  addDoubled(matrix, at + 1, from[k + 1]);
  addDoubled(matrix, at + width, from[k + q]);
  addDoubled(matrix, at + width + 1, from[k + q + 1]);
}

/** Sums primitives and slopes into each block's own matrix and its couplings; for plain lines `down` holds the series impedance. */
export function gatherParts(compiled: CompiledGrid, plan: TreePlan, slopes: Float64Array, variable: ReadonlyMap<number, number>): Parts[] {
  const { blocks, slotOfNode, blockOfNode } = plan;
  const parts: Parts[] = blocks.map(({ nodes, parentNodes }) => ({
    own: doubledZeros(4 * nodes.length * nodes.length),
    down: doubledZeros(4 * nodes.length * parentNodes.length),
    up: doubledZeros(4 * nodes.length * parentNodes.length),
  }));
  const first = blocks.map((block) => (block.nodes.length > 0 ? slotOfNode[block.nodes[0]] : 0));
  const plain = new Uint8Array(compiled.elements.length);
  for (const block of blocks) if (block.seriesLine >= 0) plain[block.seriesLine] = 1;
  compiled.elements.forEach(({ primitive, nodes, element }, e) => {
    if (!primitive || variable.has(e)) return;
    const n = primitive.order;
    const line = element.kind === 'line' && !element.terminals.some(({ open }) => open?.some((one) => one)) ? element : undefined;
    for (let i = 0; i < n; i++) {
      if (nodes[i] < 0) continue;
      const row = blockOfNode[nodes[i]];
      for (let j = 0; j < n; j++) {
        if (nodes[j] < 0) continue;
        const column = blockOfNode[nodes[j]];
        const [place, width] = [slotOfNode[nodes[j]] - first[column], blocks[row].nodes.length];
        if (line && i < line.phases === j < line.phases) {
          // Series and shunt apart: in their sum a stiff line's shunt would lose its digits. What the ends of a plain line see of its series part is added later.
          const at = (i % line.phases) * line.phases + (j % line.phases);
          const far = i * n + ((j + line.phases) % n);
          if (plain[e] === 0) addComplex(parts[row].own, slotOfNode[nodes[i]] - first[row], place, width, -primitive.re[far], -primitive.im[far]);
          addComplex(parts[row].own, slotOfNode[nodes[i]] - first[row], place, width, line.shuntSiemens.re[at] / 2, line.shuntSiemens.im[at] / 2);
          continue;
        }
        if (plain[e] === 1) continue;
        const [re, im] = [primitive.re[i * n + j], primitive.im[i * n + j]];
        if (row === column) addComplex(parts[row].own, slotOfNode[nodes[i]] - first[row], place, width, re, im);
        else if (row > column) {
          const block = blocks[row];
          addComplex(parts[row].down, slotOfNode[nodes[i]] - first[row], block.parentNodes.indexOf(nodes[j]), block.parentNodes.length, re, im);
        } else {
          const block = blocks[column];
          addComplex(parts[column].up, block.parentNodes.indexOf(nodes[i]), slotOfNode[nodes[j]] - first[column], block.nodes.length, re, im);
        }
      }
    }
  });
  const { legs } = compiled;
  for (let leg = 0; leg < legs.count; leg++) addLegSlope(plan, parts, first, legs.from[leg], legs.to[leg], slopes.subarray(4 * leg, 4 * leg + 4));
  blocks.forEach((block, index) => {
    if (block.seriesLine >= 0) parts[index].down = lineImpedance(compiled, plan, index);
  });
  return parts;
}

function addLegSlope(plan: TreePlan, parts: Parts[], first: number[], from: number, to: number, slope: Float64Array): void {
  const ends = [from, to];
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 2; j++) {
      if (ends[i] < 0 || ends[j] < 0) continue;
      const block = plan.blockOfNode[ends[i]];
      const width = 2 * plan.blocks[block].nodes.length;
      const at = 2 * (plan.slotOfNode[ends[i]] - first[block]) * width + 2 * (plan.slotOfNode[ends[j]] - first[block]);
      const sign = i === j ? 1 : -1;
      const { own } = parts[block];
      addDoubled(own, at, sign * slope[0]);
      addDoubled(own, at + 1, sign * slope[1]);
      addDoubled(own, at + width, sign * slope[2]);
      addDoubled(own, at + width + 1, sign * slope[3]);
    }
  }
}

/** Series impedance of a block's plain line in the order of the block's nodes, real form. */
function lineImpedance(compiled: CompiledGrid, plan: TreePlan, index: number): DoubledMatrix {
  const block = plan.blocks[index];
  const { element, nodes } = compiled.elements[block.seriesLine];
  const n = block.nodes.length;
  const impedance = doubledZeros(4 * n * n);
  if (element.kind !== 'line') return impedance;
  const far = plan.blockOfNode[nodes[0]] === index ? nodes.subarray(0, n) : nodes.subarray(n);
  const conductor = block.nodes.map((node) => far.indexOf(node));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const at = conductor[i] * n + conductor[j];
      addComplex(impedance, i, j, n, element.seriesOhm.re[at], element.seriesOhm.im[at]);
    }
  }
  return impedance;
}
