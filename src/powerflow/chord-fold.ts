/**
 * The coefficients of the chord method: Newton's Jacobian of the base case, factored once for all lanes.
 *
 * With J = Y + dI/dV at the base case (real, two rows and columns a node) Newton's step with a fixed J is the fixed point  V <- J^-1 (I_sources + sum_legs (L V - I(V))),
 * L the slope of a leg's current about the base case (leg-slopes.ts). On a tree J^-1 is block elimination from the leaves: for a block c under its parent p
 *   V_c = A V_p + Z J_c,   J_p += B J_c,
 *   in general Z = D^-1, A = -Z Y_cp, B = -Y_pc Z and the parent gains Y_pc A;
 *   for a plain line of impedance Zs with D = Yd folded below: A = (1 + Zs Yd)^-1, Z = A Zs, B = (1 + Yd Zs)^-1 and the parent gains Yd A.
 * On a meshed grid (mesh-plan.ts) p stands for all nodes to which elements or fill couple the block, and what they see of it falls on the couplings between them too.
 * Buses without legs are then taken out: dead ends drop, and a block with one child is joined with it. That is exact; their voltages follow from one pass over
 * the whole tree.
 */
import type { Transformer } from '../grid/index.js';
import type { CompiledGrid } from './compiled-grid.js';
import { primitiveAdmittance } from './primitive.js';
import { invertExactly, invertReal, multiplyExactly, multiplyReal } from './real-matrix.js';
import type { TreePlan } from './tree-plan.js';

/** One block of the folded tree. */
export interface ChordBlock {
  /** Nodes of the block and those of its parent, or on a meshed grid of several, that it hangs on. */
  nodes: number[];
  parentNodes: number[];
  /** Index of the parent, which stands before it; of several the last; -1 for a root. */
  parent: number;
  /** Real matrices with two rows and columns a node, row by row. */
  a: Float64Array;
  b: Float64Array;
  z: Float64Array;
  /** Where the taps of its transformers differ from lane to lane. */
  lanes?: LaneParts;
}

/** What a block with taps of each lane's own is made of; the kernel builds its coefficients lane by lane. */
export interface LaneParts {
  /** The block's own matrix without these transformers, and what else couples it to its parent (Y_cp, Y_pc: the bank's other transformers), real form. */
  inner: Float64Array;
  down: Float64Array;
  up: Float64Array;
  /** What the parent sees of the block at the base case's taps; this stands in the parent's matrix. */
  seen: Float64Array;
  /** Transformers, and their matrices over the block's nodes and then the parent's as u0 + u1 / tap + u2 / tap^2, real form. */
  units: { element: number; winding: number; u0: Float64Array; u1: Float64Array; u2: Float64Array }[];
}

/** Product of the largest entries of D and its inverse above which a block's coefficients are computed in twice the precision. */
const EXACT_ABOVE = 1e3;

/** Adds the real form of re + j im at block (i, j) of a matrix with `columns` nodes a row. */
function addComplex(matrix: Float64Array, i: number, j: number, columns: number, re: number, im: number): void {
  const width = 2 * columns;
  const at = 2 * i * width + 2 * j;
  matrix[at] += re;
  matrix[at + 1] -= im;
  matrix[at + width] += im;
  matrix[at + width + 1] += re;
}

interface Parts {
  own: Float64Array;
  /** Y_cp and Y_pc. */
  down: Float64Array;
  up: Float64Array;
}

/**
 * Folds the tree; returns the blocks, or the index of the first one that is singular.
 *
 * @param variable transformers (by element index) whose tap differs from lane to lane, and the winding that has it
 */
export function foldChord(
  compiled: CompiledGrid,
  plan: TreePlan,
  slopes: Float64Array,
  variable: ReadonlyMap<number, number>,
): ChordBlock[] | number {
  const parts = gatherParts(compiled, plan, slopes, variable);
  const folded: ChordBlock[] = new Array(plan.blocks.length);
  for (let index = plan.blocks.length - 1; index >= 0; index--) {
    const { nodes, parentNodes, parent, seriesLine, branches } = plan.blocks[index];
    const m = 2 * nodes.length;
    const q = 2 * parentNodes.length;
    const { own, down, up } = parts[index];
    let a: Float64Array;
    let b: Float64Array;
    let z: Float64Array;
    let seen: Float64Array;
    let lanes: LaneParts | undefined;
    const units = branches.filter((element) => variable.has(element));
    if (units.length > 0) {
      const moved = units.map((e) => unitParts(compiled, e, nodes, parentNodes, variable.get(e) as number));
      lanes = { inner: own, down, up, seen: new Float64Array(q * q), units: moved };
      const base = laneCoefficients(compiled, lanes, m, q);
      if (!base) return index;
      ({ a, b, z, seen } = base);
      lanes.seen = seen;
    } else if (seriesLine >= 0) {
      const impedance = down;
      const left = invertReal(plusIdentity(multiplyReal(impedance, own, m, m, m), m), m);
      const right = invertReal(plusIdentity(multiplyReal(own, impedance, m, m, m), m), m);
      if (!left || !right) return index;
      a = left;
      b = right;
      z = multiplyReal(a, impedance, m, m, m);
      seen = multiplyReal(own, a, m, m, m);
    } else {
      const inverse = invertReal(own, m);
      if (!inverse) return index;
      const exact = largest(own) * largest(inverse) > EXACT_ABOVE;
      z = exact ? (invertExactly(own, m) ?? inverse) : inverse;
      const product = exact ? multiplyExactly : multiplyReal;
      a = product(z, down, m, m, q).map((x) => -x);
      b = product(up, z, q, m, m).map((x) => -x);
      if (exact) {
        // The inverse is rounded: what that costs A and B is taken back from their own equations, D A = -Y_cp and B D = -Y_pc.
        for (let step = 0; step < 2; step++) {
          const lackA = multiplyExactly(own, a, m, m, q, false, down);
          a = multiplyExactly(z, lackA, m, m, q, true, a);
          const lackB = multiplyExactly(b, own, q, m, m, false, up);
          b = multiplyExactly(lackB, z, q, m, m, true, b);
        }
      }
      seen = product(up, a, q, m, q);
    }
    for (const matrix of [a, b, z]) if (matrix.some((x) => !Number.isFinite(x))) return index;
    folded[index] = { nodes, parentNodes, parent, a, b, z, lanes };
    addToParents(plan, parts, parentNodes, seen);
  }
  return folded;
}

/** The matrices of a transformer over the block's nodes and then the parent's, from its primitive at three taps. Its record's tap is put back. */
function unitParts(
  compiled: CompiledGrid,
  element: number,
  nodes: readonly number[],
  parentNodes: readonly number[],
  moved: number,
): LaneParts['units'][number] {
  const entry = compiled.elements[element];
  const transformer = entry.element as Transformer;
  const order = [...nodes, ...parentNodes];
  const winding = transformer.windings[moved];
  const kept = winding.tapPu;
  const at = (tap: number): Float64Array => {
    winding.tapPu = tap;
    const primitive = primitiveAdmittance(transformer, compiled.grid.frequencyHz);
    const matrix = new Float64Array(4 * order.length * order.length);
    entry.nodes.forEach((row, i) => {
      entry.nodes.forEach((column, j) => {
        if (row < 0 || column < 0) return;
        addComplex(
          matrix,
          order.indexOf(row),
          order.indexOf(column),
          order.length,
          primitive.re[i * primitive.order + j],
          primitive.im[i * primitive.order + j],
        );
      });
    });
    return matrix;
  };
  // Taps 1, 1/2 and 1/4 give x = 1/tap of 1, 2 and 4: powers of two, so that the polynomial u0 + u1 x + u2 x^2 through them is found without loss.
  const [one, two, four] = [at(1), at(0.5), at(0.25)];
  winding.tapPu = kept;
  const u2 = one.map((x, k) => (four[k] - 3 * two[k] + 2 * x) / 6);
  const u1 = one.map((x, k) => two[k] - x - 3 * u2[k]);
  const u0 = one.map((x, k) => x - u1[k] - u2[k]);
  return { element, winding: moved, u0, u1, u2 };
}

/** The winding whose tap moves where no control says which: the one that is off neutral, else the last. */
export function tapWinding(transformer: Transformer): number {
  const moved = transformer.windings.findIndex((winding) => winding.tapPu !== 1);
  return moved >= 0 ? moved : transformer.windings.length - 1;
}

/** Coefficients of a block with lane taps at its present taps. */
function laneCoefficients(
  compiled: CompiledGrid,
  { inner, down, up, units }: LaneParts,
  m: number,
  q: number,
): { a: Float64Array; b: Float64Array; z: Float64Array; seen: Float64Array } | undefined {
  const size = m + q;
  const whole = new Float64Array(size * size);
  for (const { element, winding, u0, u1, u2 } of units) {
    const transformer = compiled.elements[element].element as Transformer;
    const x = 1 / transformer.windings[winding].tapPu;
    for (let k = 0; k < whole.length; k++) whole[k] += u0[k] + x * (u1[k] + x * u2[k]);
  }
  const cut = (rows: number, columns: number, row: number, column: number): Float64Array =>
    Float64Array.from({ length: rows * columns }, (_, k) => whole[(row + Math.floor(k / columns)) * size + column + (k % columns)]);
  const z = invertReal(
    cut(m, m, 0, 0).map((x, k) => x + inner[k]),
    m,
  );
  if (!z) return undefined;
  const a = multiplyReal(
    z,
    cut(m, q, 0, m).map((x, k) => x + down[k]),
    m,
    m,
    q,
  ).map((x) => -x);
  const upward = cut(q, m, m, 0).map((x, k) => x + up[k]);
  const b = multiplyReal(upward, z, q, m, m).map((x) => -x);
  const seen = multiplyReal(upward, a, q, m, q).map((x, k) => x + whole[(m + Math.floor(k / q)) * size + m + (k % q)]);
  return { a, b, z, seen };
}

function plusIdentity(matrix: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) matrix[i * n + i] += 1;
  return matrix;
}

function largest(matrix: Float64Array): number {
  return matrix.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** Adds what the parents see of a block: to their own matrices, and to the couplings between them. */
function addToParents({ blocks, slotOfNode, blockOfNode }: TreePlan, parts: readonly Parts[], nodes: readonly number[], seen: Float64Array): void {
  const q = 2 * nodes.length;
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
      matrix[at] += seen[k];
      matrix[at + 1] += seen[k + 1];
      matrix[at + width] += seen[k + q];
      matrix[at + width + 1] += seen[k + q + 1];
    });
  });
}

/** Sums primitives and slopes into each block's own matrix and its couplings; for plain lines `down` holds the series impedance. */
function gatherParts(compiled: CompiledGrid, plan: TreePlan, slopes: Float64Array, variable: ReadonlyMap<number, number>): Parts[] {
  const { blocks, slotOfNode, blockOfNode } = plan;
  const parts: Parts[] = blocks.map(({ nodes, parentNodes }) => ({
    own: new Float64Array(4 * nodes.length * nodes.length),
    down: new Float64Array(4 * nodes.length * parentNodes.length),
    up: new Float64Array(4 * nodes.length * parentNodes.length),
  }));
  const first = blocks.map((block) => (block.nodes.length > 0 ? slotOfNode[block.nodes[0]] : 0));
  const plain = new Uint8Array(compiled.elements.length);
  for (const block of blocks) if (block.seriesLine >= 0) plain[block.seriesLine] = 1;
  compiled.elements.forEach(({ primitive, nodes, element }, e) => {
    if (!primitive || variable.has(e)) return;
    const n = primitive.order;
    const line = plain[e] === 1 && element.kind === 'line' ? element : undefined;
    for (let i = 0; i < n; i++) {
      if (nodes[i] < 0) continue;
      const row = blockOfNode[nodes[i]];
      for (let j = 0; j < n; j++) {
        if (nodes[j] < 0) continue;
        const column = blockOfNode[nodes[j]];
        let re = primitive.re[i * n + j];
        let im = primitive.im[i * n + j];
        if (line) {
          if (row !== column || i < line.phases !== j < line.phases) continue;
          const at = (i % line.phases) * line.phases + (j % line.phases);
          re = line.shuntSiemens.re[at] / 2;
          im = line.shuntSiemens.im[at] / 2;
        }
        if (row === column)
          addComplex(parts[row].own, slotOfNode[nodes[i]] - first[row], slotOfNode[nodes[j]] - first[row], blocks[row].nodes.length, re, im);
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
      own[at] += sign * slope[0];
      own[at + 1] += sign * slope[1];
      own[at + width] += sign * slope[2];
      own[at + width + 1] += sign * slope[3];
    }
  }
}

/** Series impedance of a block's plain line in the order of the block's nodes, real form. */
function lineImpedance(compiled: CompiledGrid, plan: TreePlan, index: number): Float64Array {
  const block = plan.blocks[index];
  const { element, nodes } = compiled.elements[block.seriesLine];
  const n = block.nodes.length;
  const impedance = new Float64Array(4 * n * n);
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
