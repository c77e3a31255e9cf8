/**
 * Elementary functions that give the same bits on every JavaScript engine.
 *
 * The language leaves the last digits of `Math.exp`, `log`, `sin`, `cos`, `pow` to the engine. What feeds a series made from a seed uses these instead: sums,
 * products, quotients and square roots of doubles only, which IEEE 754 fixes. Each agrees with the exact value to about 1e-15 relative.
 * Series are Taylor's, arguments are brought near 0 first (Muller, Elementary Functions, chapters 9 to 11).
 */

/** A double and its two words, to take exponents apart. */
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** 2^(i - 1074) for all i that a double can hold. */
const POWERS_OF_TWO = (() => {
  const powers = new Float64Array(2098);
  powers[0] = Number.MIN_VALUE;
  for (let i = 1; i < powers.length; i++) powers[i] = 2 * powers[i - 1];
  return powers;
})();

/** x times 2^exponent, rounded once. */
function scaledByPowerOfTwo(x: number, exponent: number): number {
  if (exponent > 1023) return x * 2 * POWERS_OF_TWO[exponent - 1 + 1074];
  if (exponent >= -1022) return x * POWERS_OF_TWO[exponent + 1074];
  return x * POWERS_OF_TWO[exponent + 64 + 1074] * POWERS_OF_TWO[-64 + 1074];
}

const LOG2_E = 1.4426950408889634;
/** ln 2 in two parts, the first of 32 bits so that its products with exponents are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** e^(high + low), |low| far below |high|. */
function expOfSum(high: number, low: number): number {
  if (high !== high) return NaN;
  if (high > 709.782712893384) return Infinity;
  if (high < -745.1332191019412) return 0;
  const exponent = Math.floor(high * LOG2_E + 0.5);
  const start = high - exponent * LN2_HIGH;
  const rest = low - exponent * LN2_LOW;
  const r = start + rest;
  // What the sum has rounded off.
  const lost = start - r + rest;
  const p =
    1 / 6 +
    r *
      (1 / 24 +
        r *
          (1 / 120 +
            r *
              (1 / 720 +
                r *
                  (1 / 5040 + r * (1 / 40320 + r * (1 / 362880 + r * (1 / 3628800 + r * (1 / 39916800 + r * (1 / 479001600 + r / 6227020800)))))))));
  return scaledByPowerOfTwo(1 + (r + (lost + r * r * (0.5 + r * p))), exponent);
}

/** e^x; Infinity above 709.78, 0 below -745.13. */
export function exp(x: number): number {
  return expOfSum(x, 0);
}

/** The exponent that {@link splitMantissa} found. */
let splitExponent = 0;

/** m of x = m 2^e with m in [0.707, 1.414), for finite x above 0; e is left in `splitExponent`. */
function splitMantissa(x: number): number {
  let shift = 0;
  let value = x;
  if (x < 2.2250738585072014e-308) {
    value = x * 18014398509481984;
    shift = -54;
  }
  double[0] = value;
  const high = words[HIGH];
  splitExponent = (high >>> 20) - 1023 + shift;
  words[HIGH] = (high & 0xfffff) | 0x3ff00000;
  let mantissa = double[0];
  if (mantissa >= 1.4142135623730951) {
    mantissa *= 0.5;
    splitExponent += 1;
  }
  return mantissa;
}

/** 2 (atanh(s) - s) / s^3 as a series in z = s^2, for |s| <= 0.1716. */
function atanhTail(z: number): number {
  return (
    2 / 3 +
    z * (2 / 5 + z * (2 / 7 + z * (2 / 9 + z * (2 / 11 + z * (2 / 13 + z * (2 / 15 + z * (2 / 17 + z * (2 / 19 + z * (2 / 21 + z * (2 / 23))))))))))
  );
}

/** Natural logarithm; -Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return Infinity;
  const f = splitMantissa(x) - 1;
  const exponent = splitExponent;
  const s = f / (2 + f);
  const z = s * s;
  // ln(1 + f) = f - s (f - z tail): f carries the leading digits and is exact.
  const rest = s * (f - z * atanhTail(z));
  return exponent * LN2_HIGH + (f - (rest - exponent * LN2_LOW));
}

/** Splits off the leading 26 bits, so that products of parts are exact (Dekker 1971). */
function leadingBits(x: number): number {
  const scaled = 134217729 * x;
  return scaled - (scaled - x);
}

/** a b - p exactly, p being the rounded product. */
function productError(a: number, b: number, p: number): number {
  const ah = leadingBits(a);
  const al = a - ah;
  const bh = leadingBits(b);
  const bl = b - bh;
  return ah * bh - p + ah * bl + al * bh + al * bl;
}

/** x^n by repeated squaring, n a whole number from 0. */
function wholePower(x: number, n: number): number {
  let result = 1;
  let square = x;
  for (let left = n; left > 0; left >>= 1) {
    if (left & 1) result *= square;
    if (left > 1) square *= square;
  }
  return result;
}

/** x to the power y, as `Math.pow` defines the special cases. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (x !== x || y !== y) return NaN;
  const whole = Math.floor(y) === y;
  if (whole && y > 0 && y <= 16) return wholePower(x, y);
  // Signs, zeros and infinities need no digits and are the same on every engine.
  if (x === 0 || x === Infinity || x === -Infinity || y === Infinity || y === -Infinity || (x < 0 && !whole)) return x ** y;
  if (x === 1) return 1;
  if (x < 0) return y % 2 === 0 ? pow(-x, y) : -pow(-x, y);
  // ln x to 2^-58 relative: the leading digits in two doubles.
  const f = splitMantissa(x) - 1;
  const exponent = splitExponent;
  const denominator = 2 + f;
  const s = f / denominator;
  const denominatorError = f - (denominator - 2);
  const product = s * denominator;
  const sLow = (f - product - productError(s, denominator, product) - s * denominatorError) / denominator;
  const z = s * s;
  const tail = 2 * sLow + s * (z * atanhTail(z));
  const high = exponent * LN2_HIGH;
  const first = high + 2 * s;
  const firstError = Math.abs(high) >= Math.abs(2 * s) ? 2 * s - (first - high) : high - (first - 2 * s);
  const low = firstError + (tail + exponent * LN2_LOW);
  const logHigh = first + low;
  const logLow = low - (logHigh - first);
  const scaled = y * logHigh;
  if (!(scaled < 800)) return Infinity;
  if (!(scaled > -800)) return 0;
  return expOfSum(scaled, productError(y, logHigh, scaled) + y * logLow);
}

/** pi / 2 in three parts, the first two of 33 bits so that their products with counts up to 2^20 are exact. */
const HALF_PI_1 = 1.5707963267341256;
const HALF_PI_2 = 6.077100506303966e-11;
const HALF_PI_3 = 2.0222662487959506e-21;
const TWO_BY_PI = 0.6366197723675814;
/** Largest angle of {@link sin} and {@link cos}, radians. */
const LARGEST_ANGLE = 1e6;

/** The quarter turns that {@link withinEighthTurn} took off. */
let quarterTurns = 0;

/** The angle less whole quarter turns, in [-pi/4, pi/4]; their number is left in `quarterTurns`. */
function withinEighthTurn(angle: number): number {
  if (!(Math.abs(angle) <= LARGEST_ANGLE)) {
    if (angle !== angle) return NaN;
    throw new RangeError(`an angle of ${angle} radians; sine and cosine are for angles up to ${LARGEST_ANGLE} radians`);
  }
  const turns = Math.floor(angle * TWO_BY_PI + 0.5);
  quarterTurns = turns & 3;
  return angle - turns * HALF_PI_1 - turns * HALF_PI_2 - turns * HALF_PI_3;
}

function sineNearZero(r: number): number {
  const z = r * r;
  const p =
    -1 / 6 +
    z * (1 / 120 + z * (-1 / 5040 + z * (1 / 362880 + z * (-1 / 39916800 + z * (1 / 6227020800 + z * (-1 / 1307674368000 + z / 355687428096000))))));
  return r + r * z * p;
}

function cosineNearZero(r: number): number {
  const z = r * r;
  const p = 1 / 24 + z * (-1 / 720 + z * (1 / 40320 + z * (-1 / 3628800 + z * (1 / 479001600 + z * (-1 / 87178291200 + z / 20922789888000)))));
  return 1 - (0.5 * z - z * z * p);
}

/** Sine of an angle in radians. Throws RangeError beyond 1e6 radians, infinities included. */
export function sin(angle: number): number {
  const r = withinEighthTurn(angle);
  const value = quarterTurns & 1 ? cosineNearZero(r) : sineNearZero(r);
  return quarterTurns & 2 ? -value : value;
}

/** Cosine of an angle in radians. Throws RangeError beyond 1e6 radians, infinities included. */
export function cos(angle: number): number {
  const r = withinEighthTurn(angle);
  const value = quarterTurns & 1 ? sineNearZero(r) : cosineNearZero(r);
  return quarterTurns === 1 || quarterTurns === 2 ? -value : value;
}

/** Tangent of an angle in radians. Throws RangeError beyond 1e6 radians, infinities included. */
export function tan(angle: number): number {
  return sin(angle) / cos(angle);
}

/** atan(k / 4) for k = 0 to 4. */
const ATAN_OF_QUARTERS = [0, 0.24497866312686414, 0.4636476090008061, 0.6435011087932844, 0.7853981633974483];
const HALF_PI = 1.5707963267948966;

/** Arc tangent, radians. */
export function atan(x: number): number {
  if (x !== x) return NaN;
  const size = Math.abs(x);
  if (size > 1) {
    const rest = HALF_PI - atan(1 / size);
    return x < 0 ? -rest : rest;
  }
  const quarter = Math.floor(size * 4 + 0.5);
  const centre = quarter / 4;
  const t = quarter === 0 ? size : (size - centre) / (1 + size * centre);
  const z = t * t;
  const p = -1 / 3 + z * (1 / 5 + z * (-1 / 7 + z * (1 / 9 + z * (-1 / 11 + z * (1 / 13 + z * (-1 / 15 + z * (1 / 17 + z * (-1 / 19))))))));
  const value = ATAN_OF_QUARTERS[quarter] + (t + t * z * p);
  return x < 0 || Object.is(x, -0) ? -value : value;
}

/** Angle of the point (x, y) from the x axis, in (-pi, pi]. */
export function atan2(y: number, x: number): number {
  // Zeros and infinities: multiples of pi/4 that need no series.
  if (x === 0 || y === 0 || !Number.isFinite(x) || !Number.isFinite(y)) return specialAngle(y, x);
  const angle = atan(Math.abs(y / x));
  const turned = x > 0 ? angle : 2 * HALF_PI - angle;
  return y < 0 ? -turned : turned;
}

function specialAngle(y: number, x: number): number {
  if (x !== x || y !== y) return NaN;
  const negative = y < 0 || Object.is(y, -0);
  const left = x < 0 || Object.is(x, -0);
  let size = HALF_PI;
  if (y === 0 || (Math.abs(x) === Infinity && Math.abs(y) !== Infinity)) size = left ? 2 * HALF_PI : 0;
  else if (Math.abs(x) === Infinity) size = left ? 1.5 * HALF_PI : 0.5 * HALF_PI;
  return negative ? -size : size;
}

/** Arc sine, radians; NaN outside [-1, 1]. */
export function asin(x: number): number {
  return atan2(x, Math.sqrt((1 - x) * (1 + x)));
}

/** Arc cosine, radians; NaN outside [-1, 1]. */
export function acos(x: number): number {
  return atan2(Math.sqrt((1 - x) * (1 + x)), x);
}
