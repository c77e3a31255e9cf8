/** Distribution functions and their inverses, from portable arithmetic alone (see portable-math.ts). */
import { exp, log } from './portable-math.js';

/** p(r) of degree 7. */
function polynomial(c: readonly number[], r: number): number {
  return c[0] + r * (c[1] + r * (c[2] + r * (c[3] + r * (c[4] + r * (c[5] + r * (c[6] + r * c[7]))))));
}

// Wichura, Algorithm AS 241: The percentage points of the normal distribution, Applied Statistics 37 (1988), PPND16: about 1e-16 relative.
const CENTRE_ABOVE = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087, 33430.57558358813,
  2509.0809287301227,
];
const CENTRE_BELOW = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943, 5226.495278852854,
];
const MIDDLE_ABOVE = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506, 0.022723844989269184,
  0.0007745450142783414,
];
const MIDDLE_BELOW = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9,
];
const TAIL_ABOVE = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784, 2.7115555687434876e-5,
  2.0103343992922881e-7,
];
const TAIL_BELOW = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5, 1.421511758316446e-7,
  2.0442631033899397e-15,
];

/** The quantile at 0.5 + q, given also the smaller of the probabilities on either side. */
function normalQuantile(q: number, tail: number): number {
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_ABOVE, r)) / polynomial(CENTRE_BELOW, r);
  }
  const depth = Math.sqrt(-log(tail));
  const size =
    depth <= 5
      ? polynomial(MIDDLE_ABOVE, depth - 1.6) / polynomial(MIDDLE_BELOW, depth - 1.6)
      : polynomial(TAIL_ABOVE, depth - 5) / polynomial(TAIL_BELOW, depth - 5);
  return q < 0 ? -size : size;
}

/** The z below which a standard normal number falls with probability p; -Infinity at 0, Infinity at 1, NaN outside. */
export function normalInverseCdf(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  return normalQuantile(p - 0.5, Math.min(p, 1 - p));
}

/** {@link normalInverseCdf} of 0.5 + q for q in (-0.5, 0.5), with the digits near both ends that a probability near 1 does not have. */
export function normalInverseCdfCentred(q: number): number {
  return normalQuantile(q, 0.5 - Math.abs(q));
}

const ROOT_TWO_PI = 2.5066282746310002;

/** Probability that a standard normal number is below z. Relative error about 1e-14, in the lower tail too. */
export function normalCdf(z: number): number {
  if (z !== z) return NaN;
  const size = Math.abs(z);
  if (size > 38.6) return z < 0 ? 0 : 1;
  const density = exp(-0.5 * size * size) / ROOT_TWO_PI;
  if (size < 3) {
    // Marsaglia, Evaluating the normal distribution, J. Stat. Software 11 (2004): a sum of terms of one sign.
    let term = size;
    let sum = size;
    for (let n = 3; term > 1e-17 * sum; n += 2) {
      term *= (size * size) / n;
      sum += term;
    }
    return z < 0 ? 0.5 - density * sum : 0.5 + density * sum;
  }
  // Laplace's continued fraction of the tail.
  let fraction = size;
  for (let n = 100; n >= 1; n--) fraction = size + n / fraction;
  return z < 0 ? density / fraction : 1 - density / fraction;
}

/** Coefficients B(2k) / (2k (2k - 1)) of Stirling's series. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/** Logarithm of the gamma function for x above 0, to about 1e-14 absolute near its zeros and relative elsewhere. */
export function logGamma(x: number): number {
  let shift = 1;
  let large = x;
  for (; large < 12; large++) shift *= large;
  const inverse = 1 / (large * large);
  let series = 0;
  for (let k = STIRLING.length - 1; k >= 0; k--) series = series * inverse + STIRLING[k];
  return (large - 0.5) * log(large) - large + 0.9189385332046727 + series / large - log(shift);
}

/** The continued fraction of the incomplete beta function (DLMF 8.17.22), by the modified Lentz method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let value = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 + even * d;
    c = 1 + even / c;
    d = 1 / (Math.abs(d) < tiny ? tiny : d);
    if (Math.abs(c) < tiny) c = tiny;
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 + odd * d;
    c = 1 + odd / c;
    d = 1 / (Math.abs(d) < tiny ? tiny : d);
    if (Math.abs(c) < tiny) c = tiny;
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return value;
}

/** Probability that a beta(a, b) number is below x. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = exp(a * log(x) + b * log(1 - x) + logGamma(a + b) - logGamma(a) - logGamma(b));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** The x below which a beta(a, b) number falls with probability p: Newton's steps within a bracket that halves where they leave it. NaN for p outside [0, 1]. */
export function betaInverseCdf(p: number, a: number, b: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? 0 : p === 1 ? 1 : NaN;
  const constant = logGamma(a + b) - logGamma(a) - logGamma(b);
  let low = 0;
  let high = 1;
  let x = a / (a + b);
  for (let round = 0; round < 200; round++) {
    const difference = betaCdf(x, a, b) - p;
    if (difference === 0) return x;
    if (difference > 0) high = x;
    else low = x;
    const density = exp(constant + (a - 1) * log(x) + (b - 1) * log(1 - x));
    let next = x - difference / density;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (Math.abs(next - x) <= 1e-15 * x || next === low || next === high) return next;
    x = next;
  }
  return x;
}
