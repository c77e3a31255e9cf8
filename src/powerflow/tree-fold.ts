/**
 * The coefficients of the tree: linear shunts folded from the leaves to the root.
 *
 * For a block c under its parent p, with D its own admittance and all that is folded from below:
 *   V_c = A V_p + Z J_c,   J_p += A' J_c
 *   in general  Z = D^-1, A = -Z Y_cp, and the parent gains -Y_pc Z Y_cp = Y_cp' A (to which the branch's own Y_pp was added before);
 *   for a plain line of impedance Zs (its charging counts to the buses) with Yd below:  A = (1 + Zs Yd)^-1, Z = A Zs, and the parent gains Yd A:
 *   no difference of large numbers, however stiff the line.
 * A change of one element refolds only the blocks between it and the root.
 */
import type { CompiledGrid } from './compiled-grid.js';
import type { TreePlan } from './tree-plan.js';

/** Largest block that fits the scratch space, in nodes. */
const SCRATCH_ORDER = 64;

/** Product of the largest entries of D and D^-1 above which a block is refined. */
const REFINE_ABOVE = 1e4;

/** Folds a tree and keeps what is needed to refold parts of it. All matrices are interleaved [re, im], row by row, in flat buffers. */
export class TreeFolder {
  /**
   * Where each block's coefficients begin, in complex numbers: A (rows x parent columns), Z (rows x rows); for what is no plain line then Y_cp and D, which
   * the kernel reads for refined blocks.
   */
  readonly coefficientStart: Int32Array;
  /** 1 for blocks so ill conditioned that the kernel is to refine. */
  readonly refined: Uint8Array;
  private readonly rows: Int32Array;
  private readonly columns: Int32Array;
  private readonly ownStart: Int32Array;
  private readonly towardsStart: Int32Array;
  private readonly seenStart: Int32Array;
  /** Place of each parent node within the parent's block. */
  private readonly placeStart: Int32Array;
  private readonly places: Int32Array;
  private readonly children: number[][];
  /** Own admittances without what is folded from below; branch admittances towards the parent; what the parent sees of each block. */
  private readonly own: Float64Array;
  private readonly towards: Float64Array;
  private readonly seen: Float64Array;
  /** Elements with entries in each block. */
  private readonly blockElements: number[][];
  /** Whether each element is a plain line of the tree. */
  private readonly plain: Uint8Array;
  /** Series impedance of each plain line in the block's node order, at the place of `towards`. */
  private readonly scratch = new Float64Array(2 * SCRATCH_ORDER * 2 * SCRATCH_ORDER);
  private total: Float64Array;
  private product: Float64Array;

  /** Legs with an end in each block. */
  private readonly blockLegs: number[][];

  /** @param linear part of each leg that is folded, [leg][g, b] */
  constructor(
    private readonly compiled: CompiledGrid,
    private readonly plan: TreePlan,
    private readonly linear: Float64Array,
  ) {
    const { blocks, slotOfNode } = plan;
    const count = blocks.length;
    const startOf = (size: (rows: number, columns: number) => number): Int32Array => {
      const start = new Int32Array(count + 1);
      for (let b = 0; b < count; b++) start[b + 1] = start[b] + size(blocks[b].nodes.length, blocks[b].parentNodes.length);
      return start;
    };
    this.rows = Int32Array.from(blocks, (block) => block.nodes.length);
    this.columns = Int32Array.from(blocks, (block) => block.parentNodes.length);
    this.coefficientStart = startOf((m, q) => 2 * m * (m + q));
    this.refined = new Uint8Array(count);
    this.ownStart = startOf((m) => m * m);
    this.towardsStart = startOf((m, q) => m * q);
    this.seenStart = startOf((_, q) => q * q);
    this.placeStart = startOf((_, q) => q);
    this.places = new Int32Array(this.placeStart[count]);
    this.own = new Float64Array(2 * this.ownStart[count]);
    this.towards = new Float64Array(2 * this.towardsStart[count]);
    this.seen = new Float64Array(2 * this.seenStart[count]);
    this.children = blocks.map(() => []);
    this.plain = new Uint8Array(compiled.elements.length);
    let largest = 1;
    blocks.forEach((block, b) => {
      largest = Math.max(largest, block.nodes.length, block.parentNodes.length);
      if (block.seriesLine >= 0) this.plain[block.seriesLine] = 1;
      if (block.parent < 0) return;
      this.children[block.parent].push(b);
      const first = slotOfNode[blocks[block.parent].nodes[0]];
      block.parentNodes.forEach((node, k) => {
        this.places[this.placeStart[b] + k] = slotOfNode[node] - first;
      });
    });
    this.total = new Float64Array(2 * largest * largest);
    this.product = new Float64Array(2 * largest * largest);
    if (largest > SCRATCH_ORDER) this.scratch = new Float64Array(2 * largest * 2 * largest);
    this.blockElements = blocks.map(() => []);
    this.blockLegs = blocks.map(() => []);
    const { legs } = compiled;
    for (let leg = 0; leg < legs.count; leg++) {
      // Both ends of a leg are at one bus, so in one block.
      const node = legs.from[leg] >= 0 ? legs.from[leg] : legs.to[leg];
      if (node >= 0) this.blockLegs[plan.blockOfNode[node]].push(leg);
    }
    compiled.elements.forEach(({ primitive, nodes }, e) => {
      if (!primitive) return;
      const touched = new Set<number>();
      for (const node of nodes) if (node >= 0) touched.add(plan.blockOfNode[node]);
      for (const b of touched) this.blockElements[b].push(e);
    });
  }

  /** Folds the whole tree into `values`. Returns the first block found singular, or -1. */
  foldAll(values: Float64Array): number {
    const { blocks } = this.plan;
    for (let b = 0; b < blocks.length; b++) this.sumBlock(b);
    for (let b = blocks.length - 1; b >= 0; b--) if (!this.foldBlock(b, values)) return b;
    return -1;
  }

  /** Refolds what the given elements touch and everything between there and the root. Returns the first block found singular, or -1. */
  refold(elements: Iterable<number>, values: Float64Array): number {
    const { blocks, blockOfNode } = this.plan;
    const dirty = new Set<number>();
    for (const e of elements) {
      for (const node of this.compiled.elements[e].nodes) if (node >= 0) dirty.add(blockOfNode[node]);
    }
    for (const b of dirty) this.sumBlock(b);
    for (const b of [...dirty]) for (let up = blocks[b].parent; up >= 0 && !dirty.has(up); up = blocks[up].parent) dirty.add(up);
    for (const b of [...dirty].sort((x, y) => y - x)) if (!this.foldBlock(b, values)) return b;
    return -1;
  }

  /** Sums the block's own admittance and its coupling to the parent from the primitives. */
  private sumBlock(b: number): void {
    const { blockOfNode, slotOfNode, blocks } = this.plan;
    const block = blocks[b];
    const m = this.rows[b];
    const q = this.columns[b];
    const own = 2 * this.ownStart[b];
    const towards = 2 * this.towardsStart[b];
    this.own.fill(0, own, own + 2 * m * m);
    this.towards.fill(0, towards, towards + 2 * m * q);
    const first = m > 0 ? slotOfNode[block.nodes[0]] : 0;
    for (const e of this.blockElements[b]) {
      const { primitive, nodes, element } = this.compiled.elements[e];
      if (!primitive) continue;
      const n = primitive.order;
      const line = this.plain[e] === 1 && element.kind === 'line' ? element : undefined;
      for (let i = 0; i < n; i++) {
        if (nodes[i] < 0 || blockOfNode[nodes[i]] !== b) continue;
        const row = slotOfNode[nodes[i]] - first;
        for (let j = 0; j < n; j++) {
          if (nodes[j] < 0) continue;
          const other = blockOfNode[nodes[j]];
          let re = primitive.re[i * n + j];
          let im = primitive.im[i * n + j];
          if (line) {
            // Of a plain line only the charging counts here.
            if (other !== b || i < line.phases !== j < line.phases) continue;
            const at = (i % line.phases) * line.phases + (j % line.phases);
            re = line.shuntSiemens.re[at] / 2;
            im = line.shuntSiemens.im[at] / 2;
          }
          if (other === b) {
            const at = own + 2 * (row * m + slotOfNode[nodes[j]] - first);
            this.own[at] += re;
            this.own[at + 1] += im;
          } else if (other === block.parent) {
            const at = towards + 2 * (row * q + block.parentNodes.indexOf(nodes[j]));
            this.towards[at] += re;
            this.towards[at + 1] += im;
          }
        }
      }
    }
    for (const leg of this.blockLegs[b]) this.addLeg(leg, own, first, m);
    if (block.seriesLine >= 0) this.lineImpedance(b);
  }

  /** Adds a leg's linear part to its block's own admittance, which begins at `own`. */
  private addLeg(leg: number, own: number, first: number, m: number): void {
    const { from, to } = this.compiled.legs;
    const a = from[leg] >= 0 ? this.plan.slotOfNode[from[leg]] - first : -1;
    const b = to[leg] >= 0 ? this.plan.slotOfNode[to[leg]] - first : -1;
    const add = (row: number, column: number, sign: number): void => {
      if (row < 0 || column < 0) return;
      this.own[own + 2 * (row * m + column)] += sign * this.linear[2 * leg];
      this.own[own + 2 * (row * m + column) + 1] += sign * this.linear[2 * leg + 1];
    };
    add(a, a, 1);
    add(a, b, -1);
    add(b, a, -1);
    add(b, b, 1);
  }

  /** Puts the series impedance of a plain line, in the block's node order, where other blocks have their coupling. */
  private lineImpedance(b: number): void {
    const block = this.plan.blocks[b];
    const { element, nodes } = this.compiled.elements[block.seriesLine];
    if (element.kind !== 'line') return;
    const n = element.phases;
    const far = this.plan.blockOfNode[nodes[0]] === b ? nodes.subarray(0, n) : nodes.subarray(n);
    const conductor = block.nodes.map((node) => far.indexOf(node));
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const at = 2 * (this.towardsStart[b] + i * n + j);
        const from = conductor[i] * n + conductor[j];
        this.towards[at] = element.seriesOhm.re[from];
        this.towards[at + 1] = element.seriesOhm.im[from];
      }
    }
  }

  /** Folds one block whose children are folded; false where it is singular. */
  private foldBlock(b: number, values: Float64Array): boolean {
    const block = this.plan.blocks[b];
    const m = this.rows[b];
    const q = this.columns[b];
    const { total, product, towards, seen } = this;
    this.addChildren(b, m);
    const a = 2 * this.coefficientStart[b];
    const z = a + 2 * m * q;
    const coupling = 2 * this.towardsStart[b];
    if (block.seriesLine >= 0) {
      multiply(product, 0, towards, coupling, total, 0, m, m, m);
      for (let i = 0; i < m; i++) product[2 * (i * m + i)] += 1;
      if (!invert(values, a, product, 0, m, this.scratch)) return false;
      multiply(values, z, values, a, towards, coupling, m, m, m);
      multiply(seen, 2 * this.seenStart[b], total, 0, values, a, m, m, m);
    } else {
      if (!invert(values, z, total, 0, m, this.scratch)) return false;
      multiply(values, a, values, z, towards, coupling, m, m, q);
      for (let k = a; k < z; k++) values[k] = -values[k];
      const y = z + 2 * m * m;
      for (let k = 0; k < 2 * m * q; k++) values[y + k] = towards[coupling + k];
      for (let k = 0; k < 2 * m * m; k++) values[y + 2 * m * q + k] = total[k];
      this.refined[b] = largestEntry(total, 0, m) * largestEntry(values, z, m) > REFINE_ABOVE ? 1 : 0;
      if (this.refined[b]) this.refineCoupling(values, a, z, y, m, q);
      multiplyTransposed(seen, 2 * this.seenStart[b], towards, coupling, values, a, q, m, q);
    }
    for (let k = a; k < z + 2 * m * m; k++) if (!Number.isFinite(values[k])) return false;
    return true;
  }

  /** One step of refinement of A as the solution of D A = -Y_cp. */
  private refineCoupling(values: Float64Array, a: number, z: number, y: number, m: number, q: number): void {
    const residual = new Float64Array(2 * m * q);
    const step = new Float64Array(2 * m * q);
    multiply(residual, 0, values, y + 2 * m * q, values, a, m, m, q);
    for (let k = 0; k < residual.length; k++) residual[k] = -residual[k] - values[y + k];
    multiply(step, 0, values, z, residual, 0, m, m, q);
    for (let k = 0; k < step.length; k++) values[a + k] += step[k];
  }

  /** total = own admittance of the block with what its children fold into it. */
  private addChildren(b: number, m: number): void {
    const { total, own, seen, places } = this;
    const from = 2 * this.ownStart[b];
    for (let k = 0; k < 2 * m * m; k++) total[k] = own[from + k];
    for (const child of this.children[b]) {
      const q = this.columns[child];
      const place = this.placeStart[child];
      const start = 2 * this.seenStart[child];
      for (let i = 0; i < q; i++) {
        for (let j = 0; j < q; j++) {
          const at = 2 * (places[place + i] * m + places[place + j]);
          total[at] += seen[start + 2 * (i * q + j)];
          total[at + 1] += seen[start + 2 * (i * q + j) + 1];
        }
      }
    }
  }
}

/** Largest part of any entry of an n x n matrix. */
function largestEntry(x: Float64Array, from: number, n: number): number {
  let most = 0;
  for (let k = from; k < from + 2 * n * n; k++) most = Math.max(most, Math.abs(x[k]));
  return most;
}

/** out = a (rows x inner) b (inner x columns); out must not overlap. */
function multiply(
  out: Float64Array,
  o: number,
  a: Float64Array,
  p: number,
  b: Float64Array,
  s: number,
  rows: number,
  inner: number,
  columns: number,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let re = 0;
      let im = 0;
      for (let k = 0; k < inner; k++) {
        const x = p + 2 * (i * inner + k);
        const y = s + 2 * (k * columns + j);
        re += a[x] * b[y] - a[x + 1] * b[y + 1];
        im += a[x] * b[y + 1] + a[x + 1] * b[y];
      }
      out[o + 2 * (i * columns + j)] = re;
      out[o + 2 * (i * columns + j) + 1] = im;
    }
  }
}

/** out = a' b with a (inner x rows), b (inner x columns). */
function multiplyTransposed(
  out: Float64Array,
  o: number,
  a: Float64Array,
  p: number,
  b: Float64Array,
  s: number,
  rows: number,
  inner: number,
  columns: number,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let re = 0;
      let im = 0;
      for (let k = 0; k < inner; k++) {
        const x = p + 2 * (k * rows + i);
        const y = s + 2 * (k * columns + j);
        re += a[x] * b[y] - a[x + 1] * b[y + 1];
        im += a[x] * b[y + 1] + a[x + 1] * b[y];
      }
      out[o + 2 * (i * columns + j)] = re;
      out[o + 2 * (i * columns + j) + 1] = im;
    }
  }
}

/** out = a^-1 (n x n) by Gauss-Jordan with partial pivoting; false where a is singular. `work` holds n x 2n complex numbers. */
function invert(out: Float64Array, o: number, a: Float64Array, p: number, n: number, work: Float64Array): boolean {
  const stride = 4 * n;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < 2 * n; j++) {
      work[i * stride + j] = a[p + 2 * i * n + j];
      work[i * stride + 2 * n + j] = 0;
    }
    work[i * stride + 2 * (n + i)] = 1;
  }
  for (let k = 0; k < n; k++) {
    let pivot = -1;
    let best = 0;
    for (let i = k; i < n; i++) {
      const at = i * stride + 2 * k;
      const size = work[at] * work[at] + work[at + 1] * work[at + 1];
      if (size > best) {
        best = size;
        pivot = i;
      }
    }
    if (pivot < 0 || !Number.isFinite(best)) return false;
    if (pivot !== k) {
      for (let j = 0; j < stride; j++) {
        const keep = work[k * stride + j];
        work[k * stride + j] = work[pivot * stride + j];
        work[pivot * stride + j] = keep;
      }
    }
    const at = k * stride + 2 * k;
    const pr = work[at] / best;
    const pi = -work[at + 1] / best;
    for (let x = k * stride + 2 * k; x < (k + 1) * stride; x += 2) {
      const re = work[x] * pr - work[x + 1] * pi;
      work[x + 1] = work[x] * pi + work[x + 1] * pr;
      work[x] = re;
    }
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const fr = work[i * stride + 2 * k];
      const fi = work[i * stride + 2 * k + 1];
      if (fr === 0 && fi === 0) continue;
      for (let j = 2 * k; j < stride; j += 2) {
        const x = i * stride + j;
        const y = k * stride + j;
        work[x] -= fr * work[y] - fi * work[y + 1];
        work[x + 1] -= fr * work[y + 1] + fi * work[y];
      }
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < 2 * n; j++) out[o + 2 * i * n + j] = work[i * stride + 2 * n + j];
  return true;
}
