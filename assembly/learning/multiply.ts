// Matrix products. C goes tile by tile, so many rows by 8 columns in registers, one step of the sum after the other; see native/learning.h.
//
// AssemblyScript has no arrays of registers, so that each number of a tile has a name of its own: s10 is the sum of row 1, vector 0. Loops over
// steps are not unrolled: the engine then spills sums (33 instead of 45 GFLOP/s, V8 11.3).
import {
  MULTIPLY_A,
  MULTIPLY_A_STRIDE,
  MULTIPLY_B,
  MULTIPLY_B_PANEL,
  MULTIPLY_BIAS,
  MULTIPLY_C,
  MULTIPLY_C_STRIDE,
  MULTIPLY_COLUMNS,
  MULTIPLY_RELU,
  MULTIPLY_ROWS,
  MULTIPLY_START,
  MULTIPLY_STEPS,
  OUTER_A,
  OUTER_A_STRIDE,
  OUTER_B,
  OUTER_B_STRIDE,
  OUTER_C,
  OUTER_COLUMNS,
  OUTER_ROWS,
  OUTER_STEPS,
  START_BIAS,
  START_SUM,
} from '../../src/learning/tape-layout';
import { word } from './words';

/** Longer sums are cut, the part so far standing in C. */
const STEPS_AT_ONCE: usize = 256;
/** Columns of a tile, bytes. */
const TILE_BYTES: usize = 32;

/** 4 rows by 8 columns of C; steps of A one float apart, its rows `aRow`; steps of B a panel's row apart. */
function rowsOfFour(c: usize, cStride: usize, a: usize, aRow: usize, b: usize, steps: usize, start: usize, bias: usize, relu: bool): void {
  const c1 = c + cStride;
  const c2 = c1 + cStride;
  const c3 = c2 + cStride;
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  if (start == START_BIAS) {
    s00 = v128.load(bias, 0);
    s10 = s00;
    s20 = s00;
    s30 = s00;
    s01 = v128.load(bias, 16);
    s11 = s01;
    s21 = s01;
    s31 = s01;
  } else if (start == START_SUM) {
    s00 = v128.load(c, 0);
    s01 = v128.load(c, 16);
    s10 = v128.load(c1, 0);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2, 0);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3, 0);
    s31 = v128.load(c3, 16);
  }
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  let x0: v128;
  let x1: v128;
  let one: v128;
  for (let k = steps; k > 0; k--) {
    x0 = v128.load(b);
    x1 = v128.load(b, 16);
    one = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(one, x0));
    s01 = f32x4.add(s01, f32x4.mul(one, x1));
    one = v128.load32_splat(a1);
    s10 = f32x4.add(s10, f32x4.mul(one, x0));
    s11 = f32x4.add(s11, f32x4.mul(one, x1));
    one = v128.load32_splat(a2);
    s20 = f32x4.add(s20, f32x4.mul(one, x0));
    s21 = f32x4.add(s21, f32x4.mul(one, x1));
    one = v128.load32_splat(a3);
    s30 = f32x4.add(s30, f32x4.mul(one, x0));
    s31 = f32x4.add(s31, f32x4.mul(one, x1));
    a += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    b += 64;
  }
  if (relu) {
    s00 = f32x4.pmax(s00, f32x4.splat(0));
    s01 = f32x4.pmax(s01, f32x4.splat(0));
    s10 = f32x4.pmax(s10, f32x4.splat(0));
    s11 = f32x4.pmax(s11, f32x4.splat(0));
    s20 = f32x4.pmax(s20, f32x4.splat(0));
    s21 = f32x4.pmax(s21, f32x4.splat(0));
    s30 = f32x4.pmax(s30, f32x4.splat(0));
    s31 = f32x4.pmax(s31, f32x4.splat(0));
  }
  v128.store(c, s00, 0);
  v128.store(c, s01, 16);
  v128.store(c1, s10, 0);
  v128.store(c1, s11, 16);
  v128.store(c2, s20, 0);
  v128.store(c2, s21, 16);
  v128.store(c3, s30, 0);
  v128.store(c3, s31, 16);
}

/** 1 rows by 8 columns of C; steps of A one float apart, its rows `aRow`; steps of B a panel's row apart. */
function rowsOfOne(c: usize, cStride: usize, a: usize, aRow: usize, b: usize, steps: usize, start: usize, bias: usize, relu: bool): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  if (start == START_BIAS) {
    s00 = v128.load(bias, 0);
    s01 = v128.load(bias, 16);
  } else if (start == START_SUM) {
    s00 = v128.load(c, 0);
    s01 = v128.load(c, 16);
  }
  let x0: v128;
  let x1: v128;
  let one: v128;
  for (let k = steps; k > 0; k--) {
    x0 = v128.load(b);
    x1 = v128.load(b, 16);
    one = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(one, x0));
    s01 = f32x4.add(s01, f32x4.mul(one, x1));
    a += 4;
    b += 64;
  }
  if (relu) {
    s00 = f32x4.pmax(s00, f32x4.splat(0));
    s01 = f32x4.pmax(s01, f32x4.splat(0));
  }
  v128.store(c, s00, 0);
  v128.store(c, s01, 16);
}

/** 4 rows by 8 columns of C; rows of A one float apart, its steps `aStep`, those of B `bStep`. */
function columnsOfFour(c: usize, cStride: usize, a: usize, aStep: usize, b: usize, bStep: usize, steps: usize): void {
  const c1 = c + cStride;
  const c2 = c1 + cStride;
  const c3 = c2 + cStride;
  let s00 = v128.load(c, 0);
  let s01 = v128.load(c, 16);
  let s10 = v128.load(c1, 0);
  let s11 = v128.load(c1, 16);
  let s20 = v128.load(c2, 0);
  let s21 = v128.load(c2, 16);
  let s30 = v128.load(c3, 0);
  let s31 = v128.load(c3, 16);
  let x0: v128;
  let x1: v128;
  let one: v128;
  for (let k = steps; k > 0; k--) {
    x0 = v128.load(b);
    x1 = v128.load(b, 16);
    one = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(one, x0));
    s01 = f32x4.add(s01, f32x4.mul(one, x1));
    one = v128.load32_splat(a, 4);
    s10 = f32x4.add(s10, f32x4.mul(one, x0));
    s11 = f32x4.add(s11, f32x4.mul(one, x1));
    one = v128.load32_splat(a, 8);
    s20 = f32x4.add(s20, f32x4.mul(one, x0));
    s21 = f32x4.add(s21, f32x4.mul(one, x1));
    one = v128.load32_splat(a, 12);
    s30 = f32x4.add(s30, f32x4.mul(one, x0));
    s31 = f32x4.add(s31, f32x4.mul(one, x1));
    a += aStep;
    b += bStep;
  }
  v128.store(c, s00, 0);
  v128.store(c, s01, 16);
  v128.store(c1, s10, 0);
  v128.store(c1, s11, 16);
  v128.store(c2, s20, 0);
  v128.store(c2, s21, 16);
  v128.store(c3, s30, 0);
  v128.store(c3, s31, 16);
}

/** 1 rows by 8 columns of C; rows of A one float apart, its steps `aStep`, those of B `bStep`. */
function columnsOfOne(c: usize, cStride: usize, a: usize, aStep: usize, b: usize, bStep: usize, steps: usize): void {
  let s00 = v128.load(c, 0);
  let s01 = v128.load(c, 16);
  let x0: v128;
  let x1: v128;
  let one: v128;
  for (let k = steps; k > 0; k--) {
    x0 = v128.load(b);
    x1 = v128.load(b, 16);
    one = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(one, x0));
    s01 = f32x4.add(s01, f32x4.mul(one, x1));
    a += aStep;
    b += bStep;
  }
  v128.store(c, s00, 0);
  v128.store(c, s01, 16);
}

/** C = start + A B; `columns` filled up to 8. */
export function product(
  c: usize,
  cStride: usize,
  a: usize,
  aStride: usize,
  b: usize,
  bPanel: usize,
  rows: usize,
  columns: usize,
  steps: usize,
  start: usize,
  bias: usize,
  relu: bool,
): void {
  const tiles = (columns + 7) / 8;
  for (let from: usize = 0; from < steps || from == 0; from += STEPS_AT_ONCE) {
    const part = steps - from < STEPS_AT_ONCE ? steps - from : STEPS_AT_ONCE;
    const begin = from == 0 ? start : START_SUM;
    const isCut = relu && from + part == steps;
    for (let j: usize = 0; j < tiles; j++) {
      const own = b + (j >> 1) * bPanel + (j & 1) * TILE_BYTES + from * 64;
      let at = c + j * TILE_BYTES;
      let row = a + 4 * from;
      let left = rows;
      for (; left >= 4; left -= 4) {
        rowsOfFour(at, cStride, row, aStride, own, part, begin, bias + j * TILE_BYTES, isCut);
        at += 4 * cStride;
        row += 4 * aStride;
      }
      for (; left > 0; left--) {
        rowsOfOne(at, cStride, row, aStride, own, part, begin, bias + j * TILE_BYTES, isCut);
        at += cStride;
        row += aStride;
      }
    }
  }
}

export function multiply(instruction: usize): void {
  product(
    word(instruction, MULTIPLY_C),
    word(instruction, MULTIPLY_C_STRIDE),
    word(instruction, MULTIPLY_A),
    word(instruction, MULTIPLY_A_STRIDE),
    word(instruction, MULTIPLY_B),
    word(instruction, MULTIPLY_B_PANEL),
    word(instruction, MULTIPLY_ROWS),
    word(instruction, MULTIPLY_COLUMNS),
    word(instruction, MULTIPLY_STEPS),
    word(instruction, MULTIPLY_START),
    word(instruction, MULTIPLY_BIAS),
    word(instruction, MULTIPLY_RELU) != 0,
  );
}

export function outer(instruction: usize): void {
  const rows = word(instruction, OUTER_ROWS);
  const steps = word(instruction, OUTER_STEPS);
  const aStride = word(instruction, OUTER_A_STRIDE);
  const bStride = word(instruction, OUTER_B_STRIDE);
  const tiles = (word(instruction, OUTER_COLUMNS) + 7) / 8;
  for (let from: usize = 0; from < steps; from += STEPS_AT_ONCE) {
    const part = steps - from < STEPS_AT_ONCE ? steps - from : STEPS_AT_ONCE;
    for (let j: usize = 0; j < tiles; j++) {
      let at = word(instruction, OUTER_C) + (j >> 1) * rows * 64 + (j & 1) * TILE_BYTES;
      let column = word(instruction, OUTER_A) + from * aStride;
      const b = word(instruction, OUTER_B) + j * TILE_BYTES + from * bStride;
      let left = rows;
      for (; left >= 4; left -= 4) {
        columnsOfFour(at, 64, column, aStride, b, bStride, part);
        at += 4 * 64;
        column += 4 * 4;
      }
      for (; left > 0; left--) {
        columnsOfOne(at, 64, column, aStride, b, bStride, part);
        at += 64;
        column += 4;
      }
    }
  }
}
