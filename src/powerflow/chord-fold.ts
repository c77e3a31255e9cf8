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
import { addComplex, addToParents, gatherParts, type Parts } from './chord-parts.js';
import type { CompiledGrid } from './compiled-grid.js';
import { type DoubledMatrix, doubled, doubledZeros, multiplyDoubled, rounded } from './doubled-matrix.js';
import { primitiveAdmittance } from './primitive.js';
import { invertReal, multiplyReal } from './real-matrix.js';
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
/** The same for the largest entry of D, in middling admittances: what stiff branches leave over at their other ends is a small difference. */
const STIFF = 100;

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
  const stiff = STIFF * typicalAdmittance(compiled);
  const folded: ChordBlock[] = new Array(plan.blocks.length);
  for (let index = plan.blocks.length - 1; index >= 0; index--) {
    const { nodes, parentNodes, parent, seriesLine, branches } = plan.blocks[index];
    const m = 2 * nodes.length;
    const q = 2 * parentNodes.length;
    const part = parts[index];
    const [own, down, up] = [part.own, part.down, part.up].map(rounded);
    let a: Float64Array;
    let b: Float64Array;
    let z: Float64Array;
    let seen: DoubledMatrix;
    let lanes: LaneParts | undefined;
    const units = branches.filter((element) => variable.has(element));
    if (units.length > 0) {
      const moved = units.map((e) => unitParts(compiled, e, nodes, parentNodes, variable.get(e) as number));
      lanes = { inner: own, down, up, seen: new Float64Array(q * q), units: moved };
      const base = laneCoefficients(compiled, lanes, m, q);
      if (!base) return index;
      ({ a, b, z } = base);
      lanes.seen = base.seen;
      seen = doubled(base.seen);
    } else if (seriesLine >= 0) {
      const impedance = down;
      const left = invertReal(plusIdentity(multiplyReal(impedance, own, m, m, m), m), m);
      const right = invertReal(plusIdentity(multiplyReal(own, impedance, m, m, m), m), m);
      if (!left || !right) return index;
      a = left;
      b = right;
      z = multiplyReal(a, impedance, m, m, m);
      seen = doubled(multiplyReal(own, a, m, m, m));
    } else {
      const inverse = invertReal(own, m);
      if (!inverse) return index;
      const exact = largest(own) > stiff || largest(own) * largest(inverse) > EXACT_ABOVE;
      ({ a, b, z, seen } = exact ? eliminateExactly(part, inverse, m, q) : eliminate(down, up, inverse, m, q));
    }
    for (const matrix of [a, b, z]) if (matrix.some((x) => !Number.isFinite(x))) return index;
    folded[index] = { nodes, parentNodes, parent, a, b, z, lanes };
    addToParents(plan, parts, parentNodes, seen);
  }
  return folded;
}

/** Coefficients of a block, and what its parents see of it. */
interface Coefficients<Seen> {
  a: Float64Array;
  b: Float64Array;
  z: Float64Array;
  seen: Seen;
}

function eliminate(down: Float64Array, up: Float64Array, inverse: Float64Array, m: number, q: number): Coefficients<DoubledMatrix> {
  const a = multiplyReal(inverse, down, m, m, q).map((x) => -x);
  return { a, b: multiplyReal(up, inverse, q, m, m).map((x) => -x), z: inverse, seen: doubled(multiplyReal(up, a, q, m, q)) };
}

/** The same with all digits: rounding is taken back from the equations D Z = 1, D A = -Y_cp and B D = -Y_pc, and what the parents see keeps what cancels there. */
function eliminateExactly({ own, down, up }: Parts, inverse: Float64Array, m: number, q: number): Coefficients<DoubledMatrix> {
  const identity = doubled(plusIdentity(new Float64Array(m * m), m));
  let z = doubled(inverse);
  for (let step = 0; step < 2; step++) z = doubled(rounded(multiplyDoubled(z, multiplyDoubled(own, z, m, m, m, -1, identity), m, m, m, 1, z)));
  let a = multiplyDoubled(z, down, m, m, q, -1);
  let b = multiplyDoubled(up, z, q, m, m, -1);
  for (let step = 0; step < 2; step++) {
    a = multiplyDoubled(z, multiplyDoubled(own, a, m, m, q, 1, down), m, m, q, -1, a);
    b = multiplyDoubled(multiplyDoubled(b, own, q, m, m, 1, up), z, q, m, m, -1, b);
  }
  return { a: rounded(a), b: rounded(b), z: z.high, seen: multiplyDoubled(up, a, q, m, q) };
}

/** The middle one of the largest admittances of elements, siemens. */
function typicalAdmittance({ elements }: CompiledGrid): number {
  const sizes = elements.flatMap(({ primitive }) => (primitive ? [Math.max(largest(primitive.re), largest(primitive.im))] : []));
  sizes.sort((x, y) => x - y);
  return sizes[sizes.length >> 1];
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
    const matrix = doubledZeros(4 * order.length * order.length);
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
    return rounded(matrix);
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
): Coefficients<Float64Array> | undefined {
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
