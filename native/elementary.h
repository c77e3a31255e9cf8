// exp, log, pow and tanh from + - * / and comparisons alone: the same operations in the same order as assembly/elementary.ts, which explains them.
#pragma once

#include "lanes.h"

namespace busbar {
namespace {

constexpr double LN2_HIGH = 6.9314718036912381649e-1;
constexpr double LN2_LOW = 1.90821492927058770002e-10;
constexpr double LN2_RECIPROCAL = 1.442695040888963387;
constexpr double TWO_THIRDS = 2.0 / 3.0;
constexpr double TWO_THIRDS_LOW = 3.700743415417188e-17;
constexpr double ROUNDING = 6755399441055744.0;
constexpr double SPLITTER = 134217729.0;
constexpr double SQRT_TWO = 1.4142135623730951;
constexpr double SQRT_HALF = 0.7071067811865476;
constexpr double TWO_TO_8 = 256.0;
constexpr double TWO_TO_64 = 18446744073709551616.0;
constexpr double TWO_TO_512 = 1.3407807929942597e154;
constexpr double NOT_A_NUMBER = __builtin_nan("");
constexpr double UNBOUNDED = __builtin_inf();

inline double scaled(double x, double k) {
  double y = x;
  double left = k;
  for (; left >= 512.0; left -= 512.0) y *= TWO_TO_512;
  for (; left >= 64.0; left -= 64.0) y *= TWO_TO_64;
  for (; left >= 8.0; left -= 8.0) y *= TWO_TO_8;
  for (; left >= 1.0; left -= 1.0) y *= 2.0;
  for (; left <= -512.0; left += 512.0) y *= 1.0 / TWO_TO_512;
  for (; left <= -64.0; left += 64.0) y *= 1.0 / TWO_TO_64;
  for (; left <= -8.0; left += 8.0) y *= 1.0 / TWO_TO_8;
  for (; left <= -1.0; left += 1.0) y *= 0.5;
  return y;
}

inline double exponentOf(double x) {
  double m = x;
  double k = 0.0;
  for (; m >= TWO_TO_512; k += 512.0) m *= 1.0 / TWO_TO_512;
  for (; m >= TWO_TO_64; k += 64.0) m *= 1.0 / TWO_TO_64;
  for (; m >= TWO_TO_8; k += 8.0) m *= 1.0 / TWO_TO_8;
  for (; m > SQRT_TWO; k += 1.0) m *= 0.5;
  for (; m <= 1.0 / TWO_TO_512; k -= 512.0) m *= TWO_TO_512;
  for (; m <= 1.0 / TWO_TO_64; k -= 64.0) m *= TWO_TO_64;
  for (; m <= 1.0 / TWO_TO_8; k -= 8.0) m *= TWO_TO_8;
  for (; m < SQRT_HALF; k -= 1.0) m *= 2.0;
  return k;
}

inline double exponentialTail(double r) {
  double q = 1.0 / 6227020800.0;
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

inline double logarithmTail(double z) {
  double t = 2.0 / 23.0;
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

inline double exponential(double x, double low) {
  if (x != x) return NOT_A_NUMBER;
  if (x > 710.0) return UNBOUNDED;
  if (x < -746.0) return 0.0;
  const double k = x * LN2_RECIPROCAL + ROUNDING - ROUNDING;
  const double high = x - k * LN2_HIGH;
  const double rest = k * LN2_LOW - low;
  const double r = high - rest;
  const double lost = high - r - rest;
  return scaled(1.0 + (r + (lost + r * r * exponentialTail(r))), k);
}

inline double productError(double a, double b, double p) {
  const double sa = a * SPLITTER;
  const double ah = sa - (sa - a);
  const double al = a - ah;
  const double sb = b * SPLITTER;
  const double bh = sb - (sb - b);
  const double bl = b - bh;
  return al * bl - (p - ah * bh - al * bh - ah * bl);
}

inline double exponentialOf(double x) { return exponential(x, 0.0); }

inline double logarithm(double x) {
  if (!(x >= 0.0)) return NOT_A_NUMBER;
  if (x == 0.0) return -UNBOUNDED;
  if (x == UNBOUNDED) return x;
  const double k = exponentOf(x);
  const double f = scaled(x, -k) - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double half = 0.5 * f * f;
  const double tail = z * (TWO_THIRDS + z * logarithmTail(z));
  return k * LN2_HIGH - (half - (s * (half + tail) + k * LN2_LOW) - f);
}

inline double power(double x, double y) {
  if (y == 0.0) return 1.0;
  if (!(x >= 0.0) || y != y) return NOT_A_NUMBER;
  if (x == 1.0) return 1.0;
  if (x == 0.0 || x == UNBOUNDED || __builtin_fabs(y) > 1e200) return (x > 1.0) == (y > 0.0) ? UNBOUNDED : 0.0;
  const double k = exponentOf(x);
  const double m = scaled(x, -k);
  const double f = m - 1.0;
  const double d = m + 1.0;
  const double mm = d - 1.0;
  const double dl = m - mm + (1.0 - (d - mm));
  const double s = f / d;
  const double p = s * d;
  const double sl = (f - p - productError(s, d, p) - s * dl) / d;
  const double z = s * s;
  const double zl = productError(s, s, z) + 2.0 * s * sl;
  const double tail = z * logarithmTail(z);
  const double a = TWO_THIRDS + tail;
  const double al = TWO_THIRDS - a + tail + TWO_THIRDS_LOW;
  const double b = z * a;
  const double bl = productError(z, a, b) + (z * al + zl * a);
  const double c = s * b;
  const double cl = productError(s, b, c) + (s * bl + sl * b);
  const double twice = 2.0 * s;
  const double high = twice + c;
  const double low = twice - high + c + (2.0 * sl + cl);
  const double whole = k * LN2_HIGH;
  const double sum = whole + high;
  const double rest = k == 0.0 ? low : whole - sum + high + (k * LN2_LOW + low);
  const double l = sum + rest;
  const double ll = sum - l + rest;
  const double product = y * l;
  if (product > 710.0) return UNBOUNDED;
  if (product < -746.0) return 0.0;
  return exponential(product, productError(y, l, product) + y * ll);
}

inline double hyperbolicTangent(double x) {
  if (x != x) return NOT_A_NUMBER;
  const double size = __builtin_fabs(x);
  if (size > 22.0) return x < 0.0 ? -1.0 : 1.0;
  if (size < 1e-9) return x;
  const double y = -2.0 * size;
  const double k = y * LN2_RECIPROCAL + ROUNDING - ROUNDING;
  const double high = y - k * LN2_HIGH;
  const double rest = k * LN2_LOW;
  const double r = high - rest;
  const double lost = high - r - rest;
  const double unit = scaled(1.0, k);
  const double t = unit * (r + (lost + r * r * exponentialTail(r))) + (unit - 1.0);
  const double result = -t / (t + 2.0);
  return x < 0.0 ? -result : result;
}

}  // namespace
}  // namespace busbar
