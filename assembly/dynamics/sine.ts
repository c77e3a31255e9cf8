// Sine and cosine in lanes: the operations of src/numeric/portable-math.ts, in the same order. Angles up to 1e6 rad; what is larger, or no number, gives something
// without meaning, and the caller sees to it.
import * as v from '../lanes';

/** Adding and taking away 1.5 * 2^52 rounds to a whole number. */
const ROUNDING: f64 = 6755399441055744.0;

/** The largest whole number that is not larger, for |x| below 2^51. */
function floor(x: v128): v128 {
  const nearest = v.sub(v.add(x, v.splat(ROUNDING)), v.splat(ROUNDING));
  return v.sub(nearest, v.and(v.greater(nearest, x), v.splat(1.0)));
}

function sineNearZero(r: v128, z: v128): v128 {
  let p = v.div(z, v.splat(355687428096000.0));
  p = v.mul(z, v.add(v.splat(-1.0 / 1307674368000.0), p));
  p = v.mul(z, v.add(v.splat(1.0 / 6227020800.0), p));
  p = v.mul(z, v.add(v.splat(-1.0 / 39916800.0), p));
  p = v.mul(z, v.add(v.splat(1.0 / 362880.0), p));
  p = v.mul(z, v.add(v.splat(-1.0 / 5040.0), p));
  p = v.mul(z, v.add(v.splat(1.0 / 120.0), p));
  p = v.add(v.splat(-1.0 / 6.0), p);
  return v.add(r, v.mul(v.mul(r, z), p));
}

function cosineNearZero(z: v128): v128 {
  let p = v.div(z, v.splat(20922789888000.0));
  p = v.mul(z, v.add(v.splat(-1.0 / 87178291200.0), p));
  p = v.mul(z, v.add(v.splat(1.0 / 479001600.0), p));
  p = v.mul(z, v.add(v.splat(-1.0 / 3628800.0), p));
  p = v.mul(z, v.add(v.splat(1.0 / 40320.0), p));
  p = v.mul(z, v.add(v.splat(-1.0 / 720.0), p));
  p = v.add(v.splat(1.0 / 24.0), p);
  return v.sub(v.splat(1.0), v.sub(v.mul(v.splat(0.5), z), v.mul(v.mul(z, z), p)));
}

/** Writes the column [cosine, sine] of an angle. */
export function turn(angle: v128, column: usize): void {
  const turns = floor(v.add(v.mul(angle, v.splat(0.6366197723675814)), v.splat(0.5)));
  let r = v.sub(angle, v.mul(turns, v.splat(1.5707963267341256)));
  r = v.sub(r, v.mul(turns, v.splat(6.077100506303966e-11)));
  r = v.sub(r, v.mul(turns, v.splat(2.0222662487959506e-21)));
  const z = v.mul(r, r);
  const sine = sineNearZero(r, z);
  const cosine = cosineNearZero(z);
  // Quarter turns beyond whole ones: 0 to 3.
  const quarter = v.sub(turns, v.mul(v.splat(4.0), floor(v.mul(turns, v.splat(0.25)))));
  const isLow = v.atMost(quarter, v.splat(1.5));
  const isFirst = v.atMost(quarter, v.splat(0.5));
  const isLast = v.greater(quarter, v.splat(2.5));
  const odd = v.or(v.and(isLow, v.not(isFirst)), isLast);
  const plus = v.splat(1.0);
  const minus = v.splat(-1.0);
  v.store(column, v.mul(v.select(sine, cosine, odd), v.select(plus, minus, v.or(isFirst, isLast))));
  v.storeAt(column, v.mul(v.select(cosine, sine, odd), v.select(plus, minus, isLow)), 16);
}
