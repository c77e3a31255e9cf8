/**
 * Blocks of the chord tree with taps of each scenario's own, in plain TypeScript; what is done and why stands in assembly/chord-lanes.ts.
 * Values of a scenario stand as [B, A, Z, E][row][column][rr, ri, ir, ii].
 */
import * as layout from './kernel-layout.js';
import type { ScalarMemory } from './scalar-legs.js';

/** Index of a scenario's values in the memory's doubles. */
export function laneValuesAt(memory: ScalarMemory, scenario: number): number {
  return memory.doubles(layout.FIELD_LANE_VALUES) + scenario * (memory.count(layout.FIELD_LANE_STRIDE) >>> 3);
}

/** out += sign a b for 2x2 entries at indices. */
function accumulate(f64: Float64Array, out: number, a: number, b: number, sign: 1 | -1): void {
  const aa = f64[a];
  const ab = f64[a + 1];
  const ac = f64[a + 2];
  const ad = f64[a + 3];
  const ba = f64[b];
  const bb = f64[b + 1];
  const bc = f64[b + 2];
  const bd = f64[b + 3];
  f64[out] += sign * (aa * ba + ab * bc);
  f64[out + 1] += sign * (aa * bb + ab * bd);
  f64[out + 2] += sign * (ac * ba + ad * bc);
  f64[out + 3] += sign * (ac * bb + ad * bd);
}

/** Replaces an m x m matrix of 2x2 entries by its inverse; `hold` is the index of one spare entry. */
function invert(f64: Float64Array, matrix: number, m: number, hold: number): void {
  for (let k = 0; k < m; k++) {
    const pivot = matrix + 4 * (k * m + k);
    const [a, b, c, d] = [f64[pivot], f64[pivot + 1], f64[pivot + 2], f64[pivot + 3]];
    const r = 1 / (a * d - b * c);
    f64[pivot] = d * r;
    f64[pivot + 1] = -(b * r);
    f64[pivot + 2] = -(c * r);
    f64[pivot + 3] = a * r;
    for (let j = 0; j < m; j++) {
      if (j === k) continue;
      const at = matrix + 4 * (k * m + j);
      f64.fill(0, hold, hold + 4);
      accumulate(f64, hold, pivot, at, 1);
      f64.copyWithin(at, hold, hold + 4);
    }
    for (let i = 0; i < m; i++) {
      if (i === k) continue;
      const factor = matrix + 4 * (i * m + k);
      for (let j = 0; j < m; j++) if (j !== k) accumulate(f64, matrix + 4 * (i * m + j), factor, matrix + 4 * (k * m + j), -1);
      f64.fill(0, hold, hold + 4);
      accumulate(f64, hold, factor, pivot, -1);
      f64.copyWithin(factor, hold, hold + 4);
    }
  }
}

/** Makes the values of one scenario from its taps. */
export function setUpTaps(memory: ScalarMemory, scenario: number): void {
  const { f64, i32 } = memory;
  const values = laneValuesAt(memory, scenario);
  const taps = memory.doubles(layout.FIELD_TAPS) + scenario * memory.count(layout.FIELD_LANE_UNITS);
  const matrix = memory.doubles(layout.FIELD_LANE_SCRATCH);
  const records = memory.integers(layout.FIELD_LANE_RECORDS);
  for (let block = 0; block < memory.count(layout.FIELD_LANE_COUNT); block++) {
    const record = records + block * layout.LANE_RECORD;
    const m = i32[record];
    const q = i32[record + 1];
    const b = values + (i32[record + 5] >>> 3);
    const a = b + 4 * q * m;
    const z = a + 4 * m * q;
    const e = z + 4 * m * m;
    f64.fill(0, b, z);
    f64.fill(0, e, e + 4 * q * q);
    let data = i32[record + 4] >>> 3;
    let word = i32[record + 7] >>> 2;
    const entries = i32[word++];
    for (let entry = 0; entry < entries; entry++) {
      const place = i32[word];
      const at = place < 0 ? matrix + 4 * (-1 - place) : b + 4 * place;
      let [rr, ri, ir, ii] = [f64[data], f64[data + 1], f64[data + 2], f64[data + 3]];
      data += 4;
      const parts = i32[word + 1];
      word += 2;
      for (let part = 0; part < parts; part++) {
        const x = 1 / f64[taps + i32[record + 2] + i32[word++]];
        const real = f64[data] + x * (f64[data + 2] + x * f64[data + 4]);
        const imaginary = f64[data + 1] + x * (f64[data + 3] + x * f64[data + 5]);
        data += 6;
        rr += real;
        ri -= imaginary;
        ir += imaginary;
        ii += real;
      }
      f64[at] = rr;
      f64[at + 1] = ri;
      f64[at + 2] = ir;
      f64[at + 3] = ii;
    }
    invert(f64, z, m, matrix + 8 * m * q);
    const couplings = i32[word++];
    for (let coupling = 0; coupling < couplings; coupling++) {
      const k = i32[word + 2 * coupling];
      const j = i32[word + 2 * coupling + 1];
      const down = matrix + 8 * coupling;
      for (let i = 0; i < m; i++) {
        accumulate(f64, a + 4 * (i * q + j), z + 4 * (i * m + k), down, -1);
        accumulate(f64, b + 4 * (j * m + i), down + 4, z + 4 * (k * m + i), -1);
      }
    }
    for (let coupling = 0; coupling < couplings; coupling++) {
      const k = i32[word + 2 * coupling];
      const i = i32[word + 2 * coupling + 1];
      const up = matrix + 8 * coupling + 4;
      for (let j = 0; j < q; j++) accumulate(f64, e + 4 * (i * q + j), up, a + 4 * (k * q + j), 1);
    }
  }
}

/** Adds -E V_p at the parents' nodes to a scenario's injections. */
export function injectTaps(memory: ScalarMemory, values: number, voltage: number, injection: number): void {
  const { f64, i32 } = memory;
  const records = memory.integers(layout.FIELD_LANE_RECORDS);
  for (let block = 0; block < memory.count(layout.FIELD_LANE_COUNT); block++) {
    const record = records + block * layout.LANE_RECORD;
    const m = i32[record];
    const q = i32[record + 1];
    const list = i32[record + 6] >>> 2;
    let entry = values + (i32[record + 5] >>> 3) + 4 * (2 * m * q + m * m);
    for (let i = 0; i < q; i++) {
      const at = injection + (i32[list + i] >> 3);
      for (let j = 0; j < q; j++) {
        const x = voltage + (i32[list + j] >> 3);
        f64[at] -= f64[entry] * f64[x] + f64[entry + 1] * f64[x + 1];
        f64[at + 1] -= f64[entry + 2] * f64[x] + f64[entry + 3] * f64[x + 1];
        entry += 4;
      }
    }
  }
}
