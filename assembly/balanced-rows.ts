// Balanced grids over lanes: the pieces of one row of Newton's matrix, assembled, eliminated and kept.
//
// A block has four lanes, two vectors of 16 bytes a number, so that indices are read once for both: a number has VECTOR bytes, a complex number (or a pair of unknowns)
// COLUMN. Each sum of products is stored as soon as it is made (see docs/lanes.md). For the words of the programs see src/powerflow/balanced/lane-plan.ts.
import { ROW_UNUSED } from '../src/powerflow/balanced/lane-layout';
import * as v from './lanes';

/** Bytes of a number in all lanes of a block, and of one of its two vectors. */
export const VECTOR: usize = 32;
export const COLUMN: usize = 64;
const HALF: usize = 16;

/** work -= M U for a column of two unknowns, in one half of the lanes. */
@inline
function column22(w: usize, u: usize, a: v128, b: v128, c: v128, d: v128, half: usize): void {
  const x = v.loadAt(u, half);
  const y = v.loadAt(u, 64 + half);
  v.storeAt(w, v.sub(v.sub(v.loadAt(w, half), v.mul(a, x)), v.mul(b, y)), half);
  v.storeAt(w, v.sub(v.sub(v.loadAt(w, 64 + half), v.mul(c, x)), v.mul(d, y)), 64 + half);
  const s = v.loadAt(u, 32 + half);
  const t = v.loadAt(u, 96 + half);
  v.storeAt(w, v.sub(v.sub(v.loadAt(w, 32 + half), v.mul(a, s)), v.mul(b, t)), 32 + half);
  v.storeAt(w, v.sub(v.sub(v.loadAt(w, 96 + half), v.mul(c, s)), v.mul(d, t)), 96 + half);
}

/** The same for a column of one unknown. */
@inline
function column21(w: usize, u: usize, a: v128, b: v128, c: v128, d: v128, half: usize): void {
  const x = v.loadAt(u, half);
  const y = v.loadAt(u, 32 + half);
  v.storeAt(w, v.sub(v.sub(v.loadAt(w, half), v.mul(a, x)), v.mul(b, y)), half);
  v.storeAt(w, v.sub(v.sub(v.loadAt(w, 32 + half), v.mul(c, x)), v.mul(d, y)), 32 + half);
}

/** Eliminates a row of two unknowns with a finished one of two. `m`: the multipliers in the working row; returns the words behind the item. */
function eliminate22(words: usize, work: usize, m: usize, u: usize, solved: usize, two: usize, one: usize, right: usize): usize {
  const a0 = v.loadAt(m, 0);
  const b0 = v.loadAt(m, 32);
  const c0 = v.loadAt(m, 64);
  const d0 = v.loadAt(m, 96);
  const a1 = v.loadAt(m, 16);
  const b1 = v.loadAt(m, 48);
  const c1 = v.loadAt(m, 80);
  const d1 = v.loadAt(m, 112);
  column21(right, solved, a0, b0, c0, d0, 0);
  column21(right, solved, a1, b1, c1, d1, HALF);
  for (; two > 0; two--, words += 4, u += 128) {
    const w = work + <usize>load<u32>(words);
    column22(w, u, a0, b0, c0, d0, 0);
    column22(w, u, a1, b1, c1, d1, HALF);
  }
  for (; one > 0; one--, words += 4, u += 64) {
    const w = work + <usize>load<u32>(words);
    column21(w, u, a0, b0, c0, d0, 0);
    column21(w, u, a1, b1, c1, d1, HALF);
  }
  return words;
}

/** w -= m x, one number. */
@inline
function lessProduct(w: usize, m: v128, x: v128, distance: usize): void {
  v.storeAt(w, v.sub(v.loadAt(w, distance), v.mul(m, x)), distance);
}

/** Eliminates a row of two unknowns with a finished one of one. */
function eliminate21(words: usize, work: usize, m: usize, u: usize, solved: usize, two: usize, one: usize, right: usize): usize {
  const a0 = v.loadAt(m, 0);
  const c0 = v.loadAt(m, 32);
  const a1 = v.loadAt(m, 16);
  const c1 = v.loadAt(m, 48);
  const y0 = v.loadAt(solved, 0);
  const y1 = v.loadAt(solved, 16);
  lessProduct(right, a0, y0, 0);
  lessProduct(right, a1, y1, 16);
  lessProduct(right, c0, y0, 32);
  lessProduct(right, c1, y1, 48);
  for (; two > 0; two--, words += 4, u += 64) {
    const w = work + <usize>load<u32>(words);
    const x0 = v.loadAt(u, 0);
    const x1 = v.loadAt(u, 16);
    lessProduct(w, a0, x0, 0);
    lessProduct(w, a1, x1, 16);
    lessProduct(w, c0, x0, 64);
    lessProduct(w, c1, x1, 80);
    const s0 = v.loadAt(u, 32);
    const s1 = v.loadAt(u, 48);
    lessProduct(w, a0, s0, 32);
    lessProduct(w, a1, s1, 48);
    lessProduct(w, c0, s0, 96);
    lessProduct(w, c1, s1, 112);
  }
  for (; one > 0; one--, words += 4, u += 32) {
    const w = work + <usize>load<u32>(words);
    const x0 = v.loadAt(u, 0);
    const x1 = v.loadAt(u, 16);
    lessProduct(w, a0, x0, 0);
    lessProduct(w, a1, x1, 16);
    lessProduct(w, c0, x0, 32);
    lessProduct(w, c1, x1, 48);
  }
  return words;
}

/** w -= m0 x + m1 y, one number. */
@inline
function lessProducts(w: usize, m0: v128, m1: v128, x: v128, y: v128, distance: usize): void {
  v.storeAt(w, v.sub(v.sub(v.loadAt(w, distance), v.mul(m0, x)), v.mul(m1, y)), distance);
}

/** Eliminates a row of one unknown with a finished one of two. */
function eliminate12(words: usize, work: usize, m: usize, u: usize, solved: usize, two: usize, one: usize, right: usize): usize {
  const a0 = v.loadAt(m, 0);
  const b0 = v.loadAt(m, 32);
  const a1 = v.loadAt(m, 16);
  const b1 = v.loadAt(m, 48);
  lessProducts(right, a0, b0, v.loadAt(solved, 0), v.loadAt(solved, 32), 0);
  lessProducts(right, a1, b1, v.loadAt(solved, 16), v.loadAt(solved, 48), 16);
  for (; two > 0; two--, words += 4, u += 128) {
    const w = work + <usize>load<u32>(words);
    lessProducts(w, a0, b0, v.loadAt(u, 0), v.loadAt(u, 64), 0);
    lessProducts(w, a1, b1, v.loadAt(u, 16), v.loadAt(u, 80), 16);
    lessProducts(w, a0, b0, v.loadAt(u, 32), v.loadAt(u, 96), 32);
    lessProducts(w, a1, b1, v.loadAt(u, 48), v.loadAt(u, 112), 48);
  }
  for (; one > 0; one--, words += 4, u += 64) {
    const w = work + <usize>load<u32>(words);
    lessProducts(w, a0, b0, v.loadAt(u, 0), v.loadAt(u, 32), 0);
    lessProducts(w, a1, b1, v.loadAt(u, 16), v.loadAt(u, 48), 16);
  }
  return words;
}

/** Eliminates a row of one unknown with a finished one of one. */
function eliminate11(words: usize, work: usize, m: usize, u: usize, solved: usize, two: usize, one: usize, right: usize): usize {
  const a0 = v.loadAt(m, 0);
  const a1 = v.loadAt(m, 16);
  lessProduct(right, a0, v.loadAt(solved, 0), 0);
  lessProduct(right, a1, v.loadAt(solved, 16), 16);
  for (; two > 0; two--, words += 4, u += 64) {
    const w = work + <usize>load<u32>(words);
    lessProduct(w, a0, v.loadAt(u, 0), 0);
    lessProduct(w, a1, v.loadAt(u, 16), 16);
    lessProduct(w, a0, v.loadAt(u, 32), 32);
    lessProduct(w, a1, v.loadAt(u, 48), 48);
  }
  for (; one > 0; one--, words += 4, u += 32) {
    const w = work + <usize>load<u32>(words);
    lessProduct(w, a0, v.loadAt(u, 0), 0);
    lessProduct(w, a1, v.loadAt(u, 16), 16);
  }
  return words;
}

/** The eliminations of a row of so many unknowns; the right-hand side stands in memory. `states`: how each row is read, or 0. Returns the words behind them. */
export function eliminateRow(words: usize, lowers: usize, unknowns: i32, states: usize, work: usize, factor: usize, rights: usize, right: usize): usize {
  for (; lowers > 0; lowers--) {
    if (states != 0 && load<i32>(states + <usize>load<u32>(words, 24)) == ROW_UNUSED) {
      words += 28 + ((<usize>load<u32>(words, 16) + <usize>load<u32>(words, 20)) << 2);
      continue;
    }
    const m = work + <usize>load<u32>(words);
    const pivot = load<i32>(words, 4);
    const u = factor + <usize>load<u32>(words, 8);
    const solved = rights + <usize>load<u32>(words, 12);
    const two = <usize>load<u32>(words, 16);
    const one = <usize>load<u32>(words, 20);
    if (unknowns == 2) {
      words = pivot == 2 ? eliminate22(words + 28, work, m, u, solved, two, one, right) : eliminate21(words + 28, work, m, u, solved, two, one, right);
    } else {
      words = pivot == 2 ? eliminate12(words + 28, work, m, u, solved, two, one, right) : eliminate11(words + 28, work, m, u, solved, two, one, right);
    }
  }
  return words;
}

/** Keeps the upper columns of a row of two unknowns, scaled by the inverse of its block, and the right-hand side; one half of the lanes. */
function keepHalf2(work: usize, u: usize, solved: usize, upper: usize, two: usize, one: usize): void {
  const a = v.loadAt(work, 0);
  const b = v.loadAt(work, 32);
  const c = v.loadAt(work, 64);
  const d = v.loadAt(work, 96);
  const reciprocal = v.div(v.splat(1.0), v.sub(v.mul(a, d), v.mul(b, c)));
  const none = v.splat(0.0);
  const i0 = v.mul(d, reciprocal);
  const i1 = v.sub(none, v.mul(b, reciprocal));
  const i2 = v.sub(none, v.mul(c, reciprocal));
  const i3 = v.mul(a, reciprocal);
  const r0 = v.loadAt(solved, 0);
  const r1 = v.loadAt(solved, 32);
  v.storeAt(solved, v.add(v.mul(i0, r0), v.mul(i1, r1)), 0);
  v.storeAt(solved, v.add(v.mul(i2, r0), v.mul(i3, r1)), 32);
  for (; two > 0; two--, upper += 128, u += 128) {
    const w0 = v.loadAt(upper, 0);
    const w1 = v.loadAt(upper, 64);
    v.storeAt(u, v.add(v.mul(i0, w0), v.mul(i1, w1)), 0);
    v.storeAt(u, v.add(v.mul(i2, w0), v.mul(i3, w1)), 64);
    const s0 = v.loadAt(upper, 32);
    const s1 = v.loadAt(upper, 96);
    v.storeAt(u, v.add(v.mul(i0, s0), v.mul(i1, s1)), 32);
    v.storeAt(u, v.add(v.mul(i2, s0), v.mul(i3, s1)), 96);
  }
  for (; one > 0; one--, upper += 64, u += 64) {
    const w0 = v.loadAt(upper, 0);
    const w1 = v.loadAt(upper, 32);
    v.storeAt(u, v.add(v.mul(i0, w0), v.mul(i1, w1)), 0);
    v.storeAt(u, v.add(v.mul(i2, w0), v.mul(i3, w1)), 32);
  }
}

/** The same for a row of one unknown, all lanes: its upper part is a run of numbers. */
function keep1(work: usize, u: usize, solved: usize, upper: usize, numbers: usize): void {
  const i0 = v.div(v.splat(1.0), v.loadAt(work, 0));
  const i1 = v.div(v.splat(1.0), v.loadAt(work, 16));
  v.storeAt(solved, v.mul(i0, v.loadAt(solved, 0)), 0);
  v.storeAt(solved, v.mul(i1, v.loadAt(solved, 16)), 16);
  for (; numbers > 0; numbers--, upper += 32, u += 32) {
    v.storeAt(u, v.mul(i0, v.loadAt(upper, 0)), 0);
    v.storeAt(u, v.mul(i1, v.loadAt(upper, 16)), 16);
  }
}

/** Finishes a row: inverts its block, keeps U and the right-hand side. */
export function keepRow(unknowns: i32, work: usize, u: usize, solved: usize, upper: usize, two: usize, one: usize): void {
  if (unknowns == 2) {
    keepHalf2(work, u, solved, upper, two, one);
    keepHalf2(work + HALF, u + HALF, solved + HALF, upper + HALF, two, one);
  } else {
    keep1(work, u, solved, upper, 2 * two + one);
  }
}
