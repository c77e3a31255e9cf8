// Words of an instruction, and vectors of four floats. No intrinsic of the learning kernels stands outside this file.

/** Bytes of a vector. */
export const BYTES: usize = 16;

/** A count, an address or a distance. */
export function word(instruction: usize, place: usize): usize {
  return <usize>load<u32>(instruction + 4 * place);
}

export function number(instruction: usize, place: usize): f32 {
  return load<f32>(instruction + 4 * place);
}

/** Bytes of so many columns, filled up to whole panels. */
export function panelBytes(columns: usize): usize {
  return ((columns + 15) / 16) * 64;
}

export function get(p: usize): v128 {
  return v128.load(p);
}
export function put(p: usize, x: v128): void {
  v128.store(p, x);
}
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}
export function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}
export function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}
export function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}
export function div(a: v128, b: v128): v128 {
  return f32x4.div(a, b);
}
export function root(a: v128): v128 {
  return f32x4.sqrt(a);
}
/** b where a < b, else a: a where it is not a number. */
export function atLeast(a: v128, b: v128): v128 {
  return f32x4.pmax(a, b);
}
/** b where b < a, else a: a where it is not a number. */
export function atMost(a: v128, b: v128): v128 {
  return f32x4.pmin(a, b);
}
/** x where y > 0, else `otherwise`. */
export function where(y: v128, x: v128, otherwise: v128): v128 {
  return v128.bitselect(x, otherwise, f32x4.gt(y, f32x4.splat(0)));
}
/** x, or 0 where it is below the smallest normal number: what is smaller is computed with a hundred times slower. */
export function settled(x: v128): v128 {
  return v128.and(x, f32x4.ge(f32x4.abs(x), f32x4.splat(1.17549435e-38)));
}
