// The page of lane operations: a vector of 16 bytes, one number a scenario. No intrinsic stands outside this file.
//
// The sources are compiled twice, with two doubles a vector and with four floats: scripts/build-kernels.mjs sets BUSBAR_SINGLE to 0 or 1. A column, one complex
// number in all lanes, has 32 bytes in both; a number that all lanes share has UNIT bytes.

/** Whether these are the kernels in single precision. */
export const SINGLE: bool = BUSBAR_SINGLE != 0;
/** Bytes of a number. */
export const UNIT: usize = SINGLE ? 4 : 8;
/** Lanes a block. */
export const LANES: i32 = SINGLE ? 4 : 2;
/** Bytes of one complex number in all lanes of a block. */
export const COLUMN_BYTES: usize = 32;

export function load(p: usize): v128 {
  return v128.load(p);
}

export function store(p: usize, x: v128): void {
  v128.store(p, x);
}

/** The same at a distance, which stands in the instruction where it is known when the kernels are compiled. */
export function loadAt(p: usize, distance: usize): v128 {
  return v128.load(p + distance);
}

export function storeAt(p: usize, x: v128, distance: usize): void {
  v128.store(p + distance, x);
}

/** One number in all lanes. */
export function spread(p: usize): v128 {
  return SINGLE ? v128.load32_splat(p) : v128.load64_splat(p);
}

export function splat(x: f64): v128 {
  return SINGLE ? f32x4.splat(<f32>x) : f64x2.splat(x);
}

export function add(a: v128, b: v128): v128 {
  return SINGLE ? f32x4.add(a, b) : f64x2.add(a, b);
}

export function sub(a: v128, b: v128): v128 {
  return SINGLE ? f32x4.sub(a, b) : f64x2.sub(a, b);
}

export function mul(a: v128, b: v128): v128 {
  return SINGLE ? f32x4.mul(a, b) : f64x2.mul(a, b);
}

export function div(a: v128, b: v128): v128 {
  return SINGLE ? f32x4.div(a, b) : f64x2.div(a, b);
}

export function sqrt(a: v128): v128 {
  return SINGLE ? f32x4.sqrt(a) : f64x2.sqrt(a);
}

/** All ones where a > b. */
export function greater(a: v128, b: v128): v128 {
  return SINGLE ? f32x4.gt(a, b) : f64x2.gt(a, b);
}

/** All ones where a <= b; false where either is NaN. */
export function atMost(a: v128, b: v128): v128 {
  return SINGLE ? f32x4.le(a, b) : f64x2.le(a, b);
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
  return SINGLE ? i32x4.bitmask(mask) != 0 : i64x2.bitmask(mask) != 0;
}

export function all(mask: v128): bool {
  return SINGLE ? i32x4.bitmask(mask) == 15 : i64x2.bitmask(mask) == 3;
}

/** a where a > b, else b: so b where either is NaN, and where both are zeros. One instruction, and the same on every machine. */
export function larger(a: v128, b: v128): v128 {
  return SINGLE ? f32x4.pmax(b, a) : f64x2.pmax(b, a);
}

/** The mask of one lane. */
export function laneMask(lane: i32): v128 {
  if (SINGLE) return lane < 2 ? (lane == 0 ? i32x4(-1, 0, 0, 0) : i32x4(0, -1, 0, 0)) : lane == 2 ? i32x4(0, 0, -1, 0) : i32x4(0, 0, 0, -1);
  return lane == 0 ? i64x2(-1, 0) : i64x2(0, -1);
}

/** The number of one lane, as a double. */
export function lane(a: v128, index: i32): f64 {
  if (SINGLE) {
    if (index < 2) return <f64>(index == 0 ? f32x4.extract_lane(a, 0) : f32x4.extract_lane(a, 1));
    return <f64>(index == 2 ? f32x4.extract_lane(a, 2) : f32x4.extract_lane(a, 3));
  }
  return index == 0 ? f64x2.extract_lane(a, 0) : f64x2.extract_lane(a, 1);
}
