// Products of coefficients shared by all lanes with columns in lanes. A coefficient is an entry rr, ri, ir, ii; a row of entries stands at `c`, and one looks at its
// first (real) components at `c` and at its second (imaginary) ones at `c + HALF`.
//
// Each function is one short sum, to be stored at once: V8 keeps loads in the order in which they are written and puts off the arithmetic, so that a longer
// expression has all its loads done first and spills most of them.
import { add, mul, spread, UNIT } from './lanes';

/** Bytes of an entry, and of its real components. */
export const ENTRY: usize = 4 * UNIT;
export const HALF: usize = 2 * UNIT;

/** One entry's component times a column. */
export function timesOne(c: usize, r0: v128, i0: v128): v128 {
  return add(mul(spread(c), r0), mul(spread(c + UNIT), i0));
}

/** A row of two entries times two columns. */
export function timesTwo(c: usize, r0: v128, i0: v128, r1: v128, i1: v128): v128 {
  return add(timesOne(c, r0, i0), timesOne(c + ENTRY, r1, i1));
}

/** A row of three entries times three columns. */
export function timesThree(c: usize, r0: v128, i0: v128, r1: v128, i1: v128, r2: v128, i2: v128): v128 {
  return add(add(timesOne(c, r0, i0), timesOne(c + ENTRY, r1, i1)), timesOne(c + 2 * ENTRY, r2, i2));
}

/** The same added to a sum, one entry after the other. */
export function plusOne(sum: v128, c: usize, r0: v128, i0: v128): v128 {
  return add(sum, timesOne(c, r0, i0));
}

export function plusTwo(sum: v128, c: usize, r0: v128, i0: v128, r1: v128, i1: v128): v128 {
  return add(add(sum, timesOne(c, r0, i0)), timesOne(c + ENTRY, r1, i1));
}

export function plusThree(sum: v128, c: usize, r0: v128, i0: v128, r1: v128, i1: v128, r2: v128, i2: v128): v128 {
  return add(add(add(sum, timesOne(c, r0, i0)), timesOne(c + ENTRY, r1, i1)), timesOne(c + 2 * ENTRY, r2, i2));
}
