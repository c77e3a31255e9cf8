// The page of lane operations: a vector of two doubles, one a scenario. No intrinsic stands outside this file.

/** Lanes a block. */
export const LANES: i32 = 2;
/** Bytes of one complex number in all lanes of a block. */
export const COLUMN_BYTES: usize = 32;

export function load(p: usize): v128 {
  return v128.load(p);
}

export function store(p: usize, x: v128): void {
  v128.store(p, x);
}

/** One double in both lanes. */
export function spread(p: usize): v128 {
  return v128.load64_splat(p);
}

export function splat(x: f64): v128 {
  return f64x2.splat(x);
}

export function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

export function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}

export function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

export function div(a: v128, b: v128): v128 {
  return f64x2.div(a, b);
}

export function sqrt(a: v128): v128 {
  return f64x2.sqrt(a);
}

/** All ones where a > b. */
export function greater(a: v128, b: v128): v128 {
  return f64x2.gt(a, b);
}

/** All ones where a <= b; false where either is NaN. */
export function atMost(a: v128, b: v128): v128 {
  return f64x2.le(a, b);
}

export function and(a: v128, b: v128): v128 {
  return v128.and(a, b);
}

export function or(a: v128, b: v128): v128 {
  return v128.or(a, b);
}

export function not(a: v128): v128 {
  return v128.not(a);
}

/** a where the mask is set, else b. */
export function select(a: v128, b: v128, mask: v128): v128 {
  return v128.bitselect(a, b, mask);
}

export function any(mask: v128): bool {
  return i64x2.bitmask(mask) != 0;
}

export function all(mask: v128): bool {
  return i64x2.bitmask(mask) == 3;
}

/** a where a > b, else b: so b where either is NaN, and where both are zeros. One instruction, and the same on every machine. */
export function larger(a: v128, b: v128): v128 {
  return f64x2.pmax(b, a);
}

/** The mask of one lane. */
export function laneMask(lane: i32): v128 {
  return lane == 0 ? i64x2(-1, 0) : i64x2(0, -1);
}

export function lane(a: v128, index: i32): f64 {
  return index == 0 ? f64x2.extract_lane(a, 0) : f64x2.extract_lane(a, 1);
}

export function pair(a: f64, b: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(a), 1, b);
}
