// exp, log, pow and tanh from + - * / and comparisons alone, so that every backend gives the same bits (engines' own functions differ in the last digit).
// This file is AssemblyScript and TypeScript at once: numbers only. native/elementary.h holds the same operations in the same order; change both together.
//
// exp: x = k ln2 + r, |r| <= ln2 / 2, Taylor series of e^r to r^13 (remainder below 1e-17). log: x = 2^k m, m in [sqrt(1/2), sqrt(2)], s = (m - 1) / (m + 1),
// log m = 2 (s + s^3/3 + s^5/5 ...) to s^23. pow takes the logarithm in two doubles (products split after Veltkamp and Dekker). Errors: 1 ulp, tanh 2 ulp; below 1e-308 the last digits are lost.

/** ln 2 = LN2_HIGH + LN2_LOW; the high part has 33 bits, so that its product with an exponent is exact. */
const LN2_HIGH: number = 6.9314718036912381649e-1;
const LN2_LOW: number = 1.90821492927058770002e-10;
const LN2_RECIPROCAL: number = 1.442695040888963387;
/** 2/3 = TWO_THIRDS + TWO_THIRDS_LOW. */
const TWO_THIRDS: number = 2.0 / 3.0;
const TWO_THIRDS_LOW: number = 3.700743415417188e-17;
/** Adding and taking away 1.5 * 2^52 rounds to a whole number, ties to even. */
const ROUNDING: number = 6755399441055744.0;
/** 2^27 + 1, Veltkamp's constant. */
const SPLITTER: number = 134217729.0;
const SQRT_TWO: number = 1.4142135623730951;
const SQRT_HALF: number = 0.7071067811865476;
const TWO_TO_8: number = 256.0;
const TWO_TO_64: number = 18446744073709551616.0;
const TWO_TO_512: number = 1.3407807929942597e154;

/** x 2^k for a whole k. */
function scaled(x: number, k: number): number {
  let y = x;
  let left = k;
  while (left >= 512.0) {
    y *= TWO_TO_512;
    left -= 512.0;
  }
  while (left >= 64.0) {
    y *= TWO_TO_64;
    left -= 64.0;
  }
  while (left >= 8.0) {
    y *= TWO_TO_8;
    left -= 8.0;
  }
  while (left >= 1.0) {
    y *= 2.0;
    left -= 1.0;
  }
  while (left <= -512.0) {
    y *= 1.0 / TWO_TO_512;
    left += 512.0;
  }
  while (left <= -64.0) {
    y *= 1.0 / TWO_TO_64;
    left += 64.0;
  }
  while (left <= -8.0) {
    y *= 1.0 / TWO_TO_8;
    left += 8.0;
  }
  while (left <= -1.0) {
    y *= 0.5;
    left += 1.0;
  }
  return y;
}

/** The k for which x 2^-k lies in [sqrt(1/2), sqrt(2)], for a finite x > 0. */
function exponentOf(x: number): number {
  let m = x;
  let k = 0.0;
  while (m >= TWO_TO_512) {
    m *= 1.0 / TWO_TO_512;
    k += 512.0;
  }
  while (m >= TWO_TO_64) {
    m *= 1.0 / TWO_TO_64;
    k += 64.0;
  }
  while (m >= TWO_TO_8) {
    m *= 1.0 / TWO_TO_8;
    k += 8.0;
  }
  while (m > SQRT_TWO) {
    m *= 0.5;
    k += 1.0;
  }
  while (m <= 1.0 / TWO_TO_512) {
    m *= TWO_TO_512;
    k -= 512.0;
  }
  while (m <= 1.0 / TWO_TO_64) {
    m *= TWO_TO_64;
    k -= 64.0;
  }
  while (m <= 1.0 / TWO_TO_8) {
    m *= TWO_TO_8;
    k -= 8.0;
  }
  while (m < SQRT_HALF) {
    m *= 2.0;
    k -= 1.0;
  }
  return k;
}

/** (e^r - 1 - r) / r^2 for |r| <= ln2 / 2. */
function exponentialTail(r: number): number {
  let q = 1.0 / 6227020800.0;
  q = q * r + 1.0 / 479001600.0;
  q = q * r + 1.0 / 39916800.0;
  q = q * r + 1.0 / 3628800.0;
  q = q * r + 1.0 / 362880.0;
  q = q * r + 1.0 / 40320.0;
  q = q * r + 1.0 / 5040.0;
  q = q * r + 1.0 / 720.0;
  q = q * r + 1.0 / 120.0;
  q = q * r + 1.0 / 24.0;
  q = q * r + 1.0 / 6.0;
  return q * r + 0.5;
}

/** (log((1 + s) / (1 - s)) - 2 s - 2 s^3 / 3) / s^5, as a series in z = s^2. */
function logarithmTail(z: number): number {
  let t = 2.0 / 23.0;
  t = t * z + 2.0 / 21.0;
  t = t * z + 2.0 / 19.0;
  t = t * z + 2.0 / 17.0;
  t = t * z + 2.0 / 15.0;
  t = t * z + 2.0 / 13.0;
  t = t * z + 2.0 / 11.0;
  t = t * z + 2.0 / 9.0;
  t = t * z + 2.0 / 7.0;
  return t * z + 2.0 / 5.0;
}

/** e^(x + low), low a small correction; overflows to Infinity, underflows to 0. */
function exponential(x: number, low: number): number {
  if (x !== x) return NaN;
  if (x > 710.0) return Infinity;
  if (x < -746.0) return 0.0;
  const k = x * LN2_RECIPROCAL + ROUNDING - ROUNDING;
  const high = x - k * LN2_HIGH;
  const rest = k * LN2_LOW - low;
  const r = high - rest;
  const lost = high - r - rest;
  return scaled(1.0 + (r + (lost + r * r * exponentialTail(r))), k);
}

/** a b - p without error, where p is a b rounded; |a|, |b| below 1e290. */
function productError(a: number, b: number, p: number): number {
  const sa = a * SPLITTER;
  const ah = sa - (sa - a);
  const al = a - ah;
  const sb = b * SPLITTER;
  const bh = sb - (sb - b);
  const bl = b - bh;
  return al * bl - (p - ah * bh - al * bh - ah * bl);
}

/** e^x. */
export function exp(x: number): number {
  return exponential(x, 0.0);
}

/** Natural logarithm; NaN below 0. */
export function log(x: number): number {
  if (!(x >= 0.0)) return NaN;
  if (x === 0.0) return -Infinity;
  if (x === Infinity) return x;
  const k = exponentOf(x);
  const f = scaled(x, -k) - 1.0;
  const s = f / (2.0 + f);
  const z = s * s;
  const half = 0.5 * f * f;
  const tail = z * (TWO_THIRDS + z * logarithmTail(z));
  return k * LN2_HIGH - (half - (s * (half + tail) + k * LN2_LOW) - f);
}

/** x^y for x >= 0; NaN below 0. */
export function pow(x: number, y: number): number {
  if (y === 0.0) return 1.0;
  if (!(x >= 0.0) || y !== y) return NaN;
  if (x === 1.0) return 1.0;
  if (x === 0.0 || x === Infinity || Math.abs(y) > 1e200) return x > 1.0 === y > 0.0 ? Infinity : 0.0;
  const k = exponentOf(x);
  const m = scaled(x, -k);
  const f = m - 1.0;
  // s = f / (m + 1) in two doubles.
  const d = m + 1.0;
  const mm = d - 1.0;
  const dl = m - mm + (1.0 - (d - mm));
  const s = f / d;
  const p = s * d;
  const sl = (f - p - productError(s, d, p) - s * dl) / d;
  const z = s * s;
  const zl = productError(s, s, z) + 2.0 * s * sl;
  // a = 2/3 + z tail; b = z a; c = s b; log m = 2 s + c.
  const tail = z * logarithmTail(z);
  const a = TWO_THIRDS + tail;
  const al = TWO_THIRDS - a + tail + TWO_THIRDS_LOW;
  const b = z * a;
  const bl = productError(z, a, b) + (z * al + zl * a);
  const c = s * b;
  const cl = productError(s, b, c) + (s * bl + sl * b);
  const twice = 2.0 * s;
  const high = twice + c;
  const low = twice - high + c + (2.0 * sl + cl);
  const whole = k * LN2_HIGH;
  const sum = whole + high;
  const rest = k === 0.0 ? low : whole - sum + high + (k * LN2_LOW + low);
  const l = sum + rest;
  const ll = sum - l + rest;
  const product = y * l;
  if (product > 710.0) return Infinity;
  if (product < -746.0) return 0.0;
  return exponential(product, productError(y, l, product) + y * ll);
}

/** Hyperbolic tangent. */
export function tanh(x: number): number {
  if (x !== x) return NaN;
  const size = Math.abs(x);
  if (size > 22.0) return x < 0.0 ? -1.0 : 1.0;
  if (size < 1e-9) return x;
  // tanh |x| = -t / (t + 2) with t = e^(-2 |x|) - 1.
  const y = -2.0 * size;
  const k = y * LN2_RECIPROCAL + ROUNDING - ROUNDING;
  const high = y - k * LN2_HIGH;
  const rest = k * LN2_LOW;
  const r = high - rest;
  const lost = high - r - rest;
  const power = scaled(1.0, k);
  const t = power * (r + (lost + r * r * exponentialTail(r))) + (power - 1.0);
  const result = -t / (t + 2.0);
  return x < 0.0 ? -result : result;
}
