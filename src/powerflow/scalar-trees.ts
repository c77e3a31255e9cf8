/**
 * The tree solvers of the sweep and of the chord method in plain TypeScript, one scenario at a time; formulas in assembly/tree.ts and assembly/chord-tree.ts.
 *
 * Written as a scalar program would be: a loop over the tree's blocks, blocks of three nodes unrolled since nearly all are such.
 */
import * as layout from './kernel-layout.js';
import type { ScalarMemory } from './scalar-legs.js';

/** The tree's records, places in items. */
function treeOf(memory: ScalarMemory): readonly [number, number] {
  return [memory.integers(layout.FIELD_TREE_RECORDS), memory.count(layout.FIELD_TREE_COUNT)];
}

/** Places (in doubles) of a block's parent columns. */
let places = new Int32Array(64);
/** Kinds of blocks that keep a list of these. */
const LISTED: readonly number[] = [
  layout.TREE_GENERAL,
  layout.TREE_REFINED,
  layout.TREE_ROOT,
  layout.TREE_LANES,
  layout.TREE_ONE_WIDE,
  layout.TREE_TWO_WIDE,
  layout.TREE_THREE_WIDE,
];

function parentsOf(i32: Int32Array, record: number, columns: number): void {
  if (columns > places.length) places = new Int32Array(2 * columns);
  const list = LISTED.includes(i32[record]) ? i32[record + 2] >>> 2 : record + 2;
  for (let k = 0; k < columns; k++) places[k] = i32[list + k] >> 3;
}

/** Backward pass of the chord method: J_p += B J_c, real 2x2 entries; `values` is where a scenario's own ones stand (taps). */
export function chordUp(memory: ScalarMemory, work: number, values: number): void {
  const { f64, i32 } = memory;
  const [first, count] = treeOf(memory);
  for (let block = count - 1; block > 0; block--) {
    const record = first + block * layout.CHORD_RECORD;
    const child = work + (i32[record + 1] >> 3);
    let c = (i32[record] === layout.TREE_LANES ? values : 0) + (i32[record + 5] >>> 3);
    const columns = i32[record + 7];
    parentsOf(i32, record, columns);
    if (i32[record] === layout.TREE_THREE || i32[record] === layout.TREE_THREE_WIDE) {
      const x0 = f64[child];
      const y0 = f64[child + 1];
      const x1 = f64[child + 2];
      const y1 = f64[child + 3];
      const x2 = f64[child + 4];
      const y2 = f64[child + 5];
      for (let k = 0; k < columns; k++) {
        const parent = work + places[k];
        f64[parent] += f64[c] * x0 + f64[c + 1] * y0 + (f64[c + 4] * x1 + f64[c + 5] * y1) + (f64[c + 8] * x2 + f64[c + 9] * y2);
        f64[parent + 1] += f64[c + 2] * x0 + f64[c + 3] * y0 + (f64[c + 6] * x1 + f64[c + 7] * y1) + (f64[c + 10] * x2 + f64[c + 11] * y2);
        c += 12;
      }
      continue;
    }
    const rows = i32[record + 6];
    for (let k = 0; k < columns; k++) {
      let re = 0;
      let im = 0;
      for (let i = 0; i < rows; i++) {
        const x = f64[child + 2 * i];
        const y = f64[child + 2 * i + 1];
        re += f64[c] * x + f64[c + 1] * y;
        im += f64[c + 2] * x + f64[c + 3] * y;
        c += 4;
      }
      f64[work + places[k]] += re;
      f64[work + places[k] + 1] += im;
    }
  }
}

/** Forward pass of the chord method: V_c = A V_p + Z J_c. */
export function chordDown(memory: ScalarMemory, work: number, voltage: number, values: number): void {
  const { f64, i32 } = memory;
  const [first, count] = treeOf(memory);
  for (let block = 0; block < count; block++) {
    const record = first + block * layout.CHORD_RECORD;
    const child = work + (i32[record + 1] >> 3);
    const out = voltage + (i32[record + 1] >> 3);
    const rows = i32[record + 6];
    const columns = i32[record + 7];
    let a = (i32[record] === layout.TREE_LANES ? values : 0) + (i32[record + 5] >>> 3) + 4 * rows * columns;
    let z = a + 4 * rows * columns;
    if (i32[record] === layout.TREE_THREE) {
      const p0 = voltage + (i32[record + 2] >> 3);
      const p1 = voltage + (i32[record + 3] >> 3);
      const p2 = voltage + (i32[record + 4] >> 3);
      const u0 = f64[p0];
      const w0 = f64[p0 + 1];
      const u1 = f64[p1];
      const w1 = f64[p1 + 1];
      const u2 = f64[p2];
      const w2 = f64[p2 + 1];
      const x0 = f64[child];
      const y0 = f64[child + 1];
      const x1 = f64[child + 2];
      const y1 = f64[child + 3];
      const x2 = f64[child + 4];
      const y2 = f64[child + 5];
      for (let k = 0; k < 3; k++) {
        f64[out + 2 * k] =
          f64[a] * u0 +
          f64[a + 1] * w0 +
          (f64[a + 4] * u1 + f64[a + 5] * w1) +
          (f64[a + 8] * u2 + f64[a + 9] * w2) +
          (f64[z] * x0 + f64[z + 1] * y0) +
          (f64[z + 4] * x1 + f64[z + 5] * y1) +
          (f64[z + 8] * x2 + f64[z + 9] * y2);
        f64[out + 2 * k + 1] =
          f64[a + 2] * u0 +
          f64[a + 3] * w0 +
          (f64[a + 6] * u1 + f64[a + 7] * w1) +
          (f64[a + 10] * u2 + f64[a + 11] * w2) +
          (f64[z + 2] * x0 + f64[z + 3] * y0) +
          (f64[z + 6] * x1 + f64[z + 7] * y1) +
          (f64[z + 10] * x2 + f64[z + 11] * y2);
        a += 12;
        z += 12;
      }
      continue;
    }
    parentsOf(i32, record, columns);
    if (i32[record] === layout.TREE_THREE_WIDE) {
      threeDown(f64, a, z, columns, child, out, voltage);
      continue;
    }
    for (let i = 0; i < rows; i++) {
      let re = 0;
      let im = 0;
      for (let k = 0; k < columns; k++) {
        const x = f64[voltage + places[k]];
        const y = f64[voltage + places[k] + 1];
        re += f64[a] * x + f64[a + 1] * y;
        im += f64[a + 2] * x + f64[a + 3] * y;
        a += 4;
      }
      for (let j = 0; j < rows; j++) {
        const x = f64[child + 2 * j];
        const y = f64[child + 2 * j + 1];
        re += f64[z] * x + f64[z + 1] * y;
        im += f64[z + 2] * x + f64[z + 3] * y;
        z += 4;
      }
      f64[out + 2 * i] = re;
      f64[out + 2 * i + 1] = im;
    }
  }
}

/** The forward pass at three nodes under any number of columns, at {@link places}. */
function threeDown(f64: Float64Array, a: number, z: number, columns: number, child: number, out: number, voltage: number): void {
  let r0 = 0;
  let i0 = 0;
  let r1 = 0;
  let i1 = 0;
  let r2 = 0;
  let i2 = 0;
  const row = 4 * columns;
  for (let k = 0; k < columns + 3; k++) {
    const isParent = k < columns;
    const at = isParent ? voltage + places[k] : child + 2 * (k - columns);
    const c = isParent ? a + 4 * k : z + 4 * (k - columns);
    const step = isParent ? row : 12;
    const x = f64[at];
    const y = f64[at + 1];
    r0 += f64[c] * x + f64[c + 1] * y;
    i0 += f64[c + 2] * x + f64[c + 3] * y;
    r1 += f64[c + step] * x + f64[c + step + 1] * y;
    i1 += f64[c + step + 2] * x + f64[c + step + 3] * y;
    r2 += f64[c + 2 * step] * x + f64[c + 2 * step + 1] * y;
    i2 += f64[c + 2 * step + 2] * x + f64[c + 2 * step + 3] * y;
  }
  f64[out] = r0;
  f64[out + 1] = i0;
  f64[out + 2] = r1;
  f64[out + 3] = i1;
  f64[out + 4] = r2;
  f64[out + 5] = i2;
}

/** Backward pass of the sweep: J_p += A' J_c, complex entries. */
export function sweepUp(memory: ScalarMemory, work: number): void {
  const { f64, i32 } = memory;
  const [first, count] = treeOf(memory);
  for (let block = count - 1; block > 0; block--) {
    const record = first + block * layout.TREE_RECORD;
    const child = work + (i32[record + 1] >> 3);
    const c = i32[record + 5] >>> 3;
    if (i32[record] === layout.TREE_THREE) {
      const x0 = f64[child];
      const y0 = f64[child + 1];
      const x1 = f64[child + 2];
      const y1 = f64[child + 3];
      const x2 = f64[child + 4];
      const y2 = f64[child + 5];
      for (let k = 0; k < 3; k++) {
        const a = c + 2 * k;
        const parent = work + (i32[record + 2 + k] >> 3);
        f64[parent] += f64[a] * x0 - f64[a + 1] * y0 + (f64[a + 6] * x1 - f64[a + 7] * y1) + (f64[a + 12] * x2 - f64[a + 13] * y2);
        f64[parent + 1] += f64[a] * y0 + f64[a + 1] * x0 + (f64[a + 6] * y1 + f64[a + 7] * x1) + (f64[a + 12] * y2 + f64[a + 13] * x2);
      }
      continue;
    }
    const rows = i32[record + 6];
    const columns = i32[record + 7];
    parentsOf(i32, record, columns);
    for (let k = 0; k < columns; k++) {
      let re = 0;
      let im = 0;
      for (let i = 0; i < rows; i++) {
        const a = c + 2 * (i * columns + k);
        const x = f64[child + 2 * i];
        const y = f64[child + 2 * i + 1];
        re += f64[a] * x - f64[a + 1] * y;
        im += f64[a] * y + f64[a + 1] * x;
      }
      f64[work + places[k]] += re;
      f64[work + places[k] + 1] += im;
    }
  }
}

/** Forward pass of the sweep: V_c = A V_p + Z J_c, with one step of refinement where the record asks for it. */
export function sweepDown(memory: ScalarMemory, work: number, voltage: number): void {
  const { f64, i32 } = memory;
  const [first, count] = treeOf(memory);
  for (let block = 0; block < count; block++) {
    const record = first + block * layout.TREE_RECORD;
    const child = work + (i32[record + 1] >> 3);
    const out = voltage + (i32[record + 1] >> 3);
    const rows = i32[record + 6];
    const columns = i32[record + 7];
    let a = i32[record + 5] >>> 3;
    let z = a + 2 * rows * columns;
    if (i32[record] === layout.TREE_THREE) {
      const p0 = voltage + (i32[record + 2] >> 3);
      const p1 = voltage + (i32[record + 3] >> 3);
      const p2 = voltage + (i32[record + 4] >> 3);
      const u0 = f64[p0];
      const w0 = f64[p0 + 1];
      const u1 = f64[p1];
      const w1 = f64[p1 + 1];
      const u2 = f64[p2];
      const w2 = f64[p2 + 1];
      const x0 = f64[child];
      const y0 = f64[child + 1];
      const x1 = f64[child + 2];
      const y1 = f64[child + 3];
      const x2 = f64[child + 4];
      const y2 = f64[child + 5];
      for (let k = 0; k < 3; k++) {
        f64[out + 2 * k] =
          f64[a] * u0 -
          f64[a + 1] * w0 +
          (f64[a + 2] * u1 - f64[a + 3] * w1) +
          (f64[a + 4] * u2 - f64[a + 5] * w2) +
          (f64[z] * x0 - f64[z + 1] * y0) +
          (f64[z + 2] * x1 - f64[z + 3] * y1) +
          (f64[z + 4] * x2 - f64[z + 5] * y2);
        f64[out + 2 * k + 1] =
          f64[a] * w0 +
          f64[a + 1] * u0 +
          (f64[a + 2] * w1 + f64[a + 3] * u1) +
          (f64[a + 4] * w2 + f64[a + 5] * u2) +
          (f64[z] * y0 + f64[z + 1] * x0) +
          (f64[z + 2] * y1 + f64[z + 3] * x1) +
          (f64[z + 4] * y2 + f64[z + 5] * x2);
        a += 6;
        z += 6;
      }
      continue;
    }
    parentsOf(i32, record, columns);
    for (let i = 0; i < rows; i++) {
      sumUp(f64, a + 2 * i * columns, columns, voltage, z + 2 * i * rows, rows, child);
      f64[out + 2 * i] = sum[0];
      f64[out + 2 * i + 1] = sum[1];
    }
    if (i32[record] === layout.TREE_REFINED) refine(f64, z, rows, columns, child, out, voltage);
  }
}

const sum = new Float64Array(2);

/** One row of [M N] [V_p; x]: complex entries of M at `m`, parents in {@link places}, of N at `n`, x at `x`. */
function sumUp(f64: Float64Array, m: number, columns: number, voltage: number, n: number, rows: number, x: number): void {
  let re = 0;
  let im = 0;
  for (let k = 0; k < columns; k++) {
    const at = voltage + places[k];
    re += f64[m + 2 * k] * f64[at] - f64[m + 2 * k + 1] * f64[at + 1];
    im += f64[m + 2 * k] * f64[at + 1] + f64[m + 2 * k + 1] * f64[at];
  }
  for (let j = 0; j < rows; j++) {
    const at = x + 2 * j;
    re += f64[n + 2 * j] * f64[at] - f64[n + 2 * j + 1] * f64[at + 1];
    im += f64[n + 2 * j] * f64[at + 1] + f64[n + 2 * j + 1] * f64[at];
  }
  sum[0] = re;
  sum[1] = im;
}

/** V += Z (J - Y_cp V_p - D V); the residual takes the place of J. */
function refine(f64: Float64Array, z: number, rows: number, columns: number, child: number, out: number, voltage: number): void {
  const y = z + 2 * rows * rows;
  const d = y + 2 * rows * columns;
  for (let i = 0; i < rows; i++) {
    sumUp(f64, y + 2 * i * columns, columns, voltage, d + 2 * i * rows, rows, out);
    f64[child + 2 * i] -= sum[0];
    f64[child + 2 * i + 1] -= sum[1];
  }
  for (let i = 0; i < rows; i++) {
    sumUp(f64, 0, 0, voltage, z + 2 * i * rows, rows, child);
    f64[out + 2 * i] += sum[0];
    f64[out + 2 * i + 1] += sum[1];
  }
}
