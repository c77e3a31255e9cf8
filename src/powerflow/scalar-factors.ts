/**
 * Sparse factors in plain TypeScript, one scenario at a time: complex ones (injection), real 2x2 blocks of the scenario's own (newton).
 * Order and pattern as in assembly/shared-lu.ts and block-lu.ts.
 */
import * as layout from './kernel-layout.js';
import type { ScalarMemory } from './scalar-legs.js';

/** Factors the complex matrix in place; returns the slot of the first pivot that is 0 or not finite, or -1. */
export function factorComplex(memory: ScalarMemory): number {
  const { f64, i32 } = memory;
  const nodes = memory.count(layout.FIELD_NODES);
  const entries = memory.count(layout.FIELD_LU_COUNT);
  const start = memory.integers(layout.FIELD_LU_START);
  const diagonal = memory.doubles(layout.FIELD_LU_DIAGONAL);
  const lower = memory.doubles(layout.FIELD_LU_LOWER);
  const upper = memory.doubles(layout.FIELD_LU_UPPER);
  let target = memory.integers(layout.FIELD_LU_TARGET);
  for (let k = 0; k < nodes; k++) {
    const d = diagonal + 2 * k;
    const size = f64[d] * f64[d] + f64[d + 1] * f64[d + 1];
    if (!(size > 0) || !(size < Infinity)) return k;
    const pr = f64[d] / size;
    const pi = -f64[d + 1] / size;
    f64[d] = pr;
    f64[d + 1] = pi;
    const from = i32[start + k];
    const to = i32[start + k + 1];
    for (let i = from; i < to; i++) {
      const l = lower + 2 * i;
      const lr = f64[l] * pr - f64[l + 1] * pi;
      const li = f64[l] * pi + f64[l + 1] * pr;
      f64[l] = lr;
      f64[l + 1] = li;
      for (let j = from; j < to; j++) {
        const u = upper + 2 * j;
        const place = i32[target++];
        const t =
          place < nodes ? diagonal + 2 * place : place < nodes + entries ? lower + 2 * (place - nodes) : upper + 2 * (place - nodes - entries);
        f64[t] -= lr * f64[u] - li * f64[u + 1];
        f64[t + 1] -= lr * f64[u + 1] + li * f64[u];
      }
    }
  }
  return -1;
}

/** Solves with the complex factors: the right-hand side at `work` is used up, the solution stands at `voltage`. */
export function solveComplex(memory: ScalarMemory, work: number, voltage: number): void {
  const { f64, i32 } = memory;
  const nodes = memory.count(layout.FIELD_NODES);
  const start = memory.integers(layout.FIELD_LU_START);
  const index = memory.integers(layout.FIELD_LU_INDEX);
  const diagonal = memory.doubles(layout.FIELD_LU_DIAGONAL);
  const lower = memory.doubles(layout.FIELD_LU_LOWER);
  const upper = memory.doubles(layout.FIELD_LU_UPPER);
  for (let k = 0; k < nodes; k++) {
    const br = f64[work + 2 * k];
    const bi = f64[work + 2 * k + 1];
    for (let j = i32[start + k]; j < i32[start + k + 1]; j++) {
      const at = work + (i32[index + j] >> 3);
      const l = lower + 2 * j;
      f64[at] -= f64[l] * br - f64[l + 1] * bi;
      f64[at + 1] -= f64[l] * bi + f64[l + 1] * br;
    }
  }
  for (let k = nodes - 1; k >= 0; k--) {
    let br = f64[work + 2 * k];
    let bi = f64[work + 2 * k + 1];
    for (let j = i32[start + k]; j < i32[start + k + 1]; j++) {
      const at = work + (i32[index + j] >> 3);
      const u = upper + 2 * j;
      br -= f64[u] * f64[at] - f64[u + 1] * f64[at + 1];
      bi -= f64[u] * f64[at + 1] + f64[u + 1] * f64[at];
    }
    const dr = f64[diagonal + 2 * k];
    const di = f64[diagonal + 2 * k + 1];
    const xr = dr * br - di * bi;
    const xi = dr * bi + di * br;
    f64[work + 2 * k] = xr;
    f64[work + 2 * k + 1] = xi;
    f64[voltage + 2 * k] = xr;
    f64[voltage + 2 * k + 1] = xi;
  }
}

/** Solves with real 2x2 factors in place of the right-hand side at `work`. */
function solveBlocks(memory: ScalarMemory, diagonal: number, lower: number, upper: number, work: number): void {
  const { f64, i32 } = memory;
  const nodes = memory.count(layout.FIELD_NODES);
  const start = memory.integers(layout.FIELD_LU_START);
  const index = memory.integers(layout.FIELD_LU_INDEX);
  for (let k = 0; k < nodes; k++) {
    const br = f64[work + 2 * k];
    const bi = f64[work + 2 * k + 1];
    for (let j = i32[start + k]; j < i32[start + k + 1]; j++) {
      const at = work + (i32[index + j] >> 3);
      const l = lower + 4 * j;
      f64[at] -= f64[l] * br + f64[l + 1] * bi;
      f64[at + 1] -= f64[l + 2] * br + f64[l + 3] * bi;
    }
  }
  for (let k = nodes - 1; k >= 0; k--) {
    let br = f64[work + 2 * k];
    let bi = f64[work + 2 * k + 1];
    for (let j = i32[start + k]; j < i32[start + k + 1]; j++) {
      const at = work + (i32[index + j] >> 3);
      const u = upper + 4 * j;
      br -= f64[u] * f64[at] + f64[u + 1] * f64[at + 1];
      bi -= f64[u + 2] * f64[at] + f64[u + 3] * f64[at + 1];
    }
    const d = diagonal + 4 * k;
    f64[work + 2 * k] = f64[d] * br + f64[d + 1] * bi;
    f64[work + 2 * k + 1] = f64[d + 2] * br + f64[d + 3] * bi;
  }
}

/** Factors the scenario's own Jacobian in place: diagonal blocks become their inverses, lower blocks multipliers. */
export function factorJacobian(memory: ScalarMemory): void {
  const { f64, i32 } = memory;
  const nodes = memory.count(layout.FIELD_NODES);
  const blocks = memory.doubles(layout.FIELD_JACOBIAN);
  const lower = blocks + 4 * nodes;
  const upper = lower + 4 * memory.count(layout.FIELD_LU_COUNT);
  const start = memory.integers(layout.FIELD_LU_START);
  let target = memory.integers(layout.FIELD_LU_TARGET);
  for (let k = 0; k < nodes; k++) {
    const at = blocks + 4 * k;
    const r = 1 / (f64[at] * f64[at + 3] - f64[at + 1] * f64[at + 2]);
    const ia = f64[at + 3] * r;
    const ib = -(f64[at + 1] * r);
    const ic = -(f64[at + 2] * r);
    const id = f64[at] * r;
    f64[at] = ia;
    f64[at + 1] = ib;
    f64[at + 2] = ic;
    f64[at + 3] = id;
    const from = i32[start + k];
    const to = i32[start + k + 1];
    for (let i = from; i < to; i++) {
      const l = lower + 4 * i;
      const la = f64[l] * ia + f64[l + 1] * ic;
      const lb = f64[l] * ib + f64[l + 1] * id;
      const lc = f64[l + 2] * ia + f64[l + 3] * ic;
      const ld = f64[l + 2] * ib + f64[l + 3] * id;
      f64[l] = la;
      f64[l + 1] = lb;
      f64[l + 2] = lc;
      f64[l + 3] = ld;
      for (let j = from; j < to; j++) {
        const u = upper + 4 * j;
        const t = blocks + 4 * i32[target++];
        f64[t] -= la * f64[u] + lb * f64[u + 2];
        f64[t + 1] -= la * f64[u + 1] + lb * f64[u + 3];
        f64[t + 2] -= lc * f64[u] + ld * f64[u + 2];
        f64[t + 3] -= lc * f64[u + 1] + ld * f64[u + 3];
      }
    }
  }
}

/** Solves with the factored Jacobian in place of the right-hand side at `work`. */
export function solveJacobian(memory: ScalarMemory, work: number): void {
  const blocks = memory.doubles(layout.FIELD_JACOBIAN);
  const lower = blocks + 4 * memory.count(layout.FIELD_NODES);
  solveBlocks(memory, blocks, lower, lower + 4 * memory.count(layout.FIELD_LU_COUNT), work);
}
