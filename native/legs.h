// Legs: single-phase voltage-dependent draws between two nodes. See assembly/legs.ts, whose operations these are, in the same order.
#pragma once

#include "elementary.h"
#include "memory.h"

namespace busbar {
namespace {

/** Byte offset of the range coefficients in a cold record. */
constexpr size_t LEG_RANGES = 48;

/** fp, fq and their slopes over u, dfp/du / u and dfq/du / u, of one lane: out[0], out[W], out[2 W], out[3 W]. */
template <int W>
inline void legFactor(const char* cold, const char* hot, double square, double* out) {
  const double u = __builtin_sqrt(square);
  int range = 2;
  if (square <= at<double>(hot)) range = 0;
  else if (square <= at<double>(hot + 8)) range = 1;
  else if (square > at<double>(hot + 16)) range = 3;
  const int kind = static_cast<int>(at<double>(cold));
  if (kind == LEG_EXPONENT && range == 2) {
    const double rated = at<double>(cold + 8);
    const double exponentP = at<double>(cold + 16);
    const double exponentQ = at<double>(cold + 24);
    const double ratio = u / rated;
    const double fp = power(ratio, exponentP) / square;
    const double fq = power(ratio, exponentQ) / square;
    out[0] = fp;
    out[W] = fq;
    out[2 * W] = ((exponentP - 2.0) * fp) / square;
    out[3 * W] = ((exponentQ - 2.0) * fq) / square;
    return;
  }
  const char* c = cold + LEG_RANGES + range * 48;
  const double p0 = at<double>(c);
  const double p1 = at<double>(c + 8);
  const double p2 = at<double>(c + 16);
  const double q0 = at<double>(c + 24);
  const double q1 = at<double>(c + 32);
  const double q2 = at<double>(c + 40);
  double fp = p0;
  double fq = q0;
  double hp = 0.0;
  double hq = 0.0;
  if (p1 != 0.0 || p2 != 0.0 || q1 != 0.0 || q2 != 0.0) {
    const double r = 1.0 / square;
    const double t = u * r;
    fp = p0 + (p1 * t + p2 * r);
    fq = q0 + (q1 * t + q2 * r);
    hp = -(p1 * t + 2.0 * p2 * r) * r;
    hq = -(q1 * t + 2.0 * q2 * r) * r;
  }
  if (kind == LEG_CUT_OFF && range != 0) {
    const double rated = at<double>(cold + 8);
    const double x = 500.0 * (u / rated - at<double>(cold + 16));
    const double t = hyperbolicTangent(x);
    const double share = 0.5 * (1.0 + t);
    const double slope = u == 0.0 ? 0.0 : (0.5 * (1.0 - t * t) * 500.0) / rated / u;
    hp = hp * share + fp * slope;
    hq = hq * share + fq * slope;
    fp = fp * share;
    fq = fq * share;
  }
  out[0] = fp;
  out[W] = fq;
  out[2 * W] = hp;
  out[3 * W] = hq;
}

/** Factors of all lanes, whatever their ranges: [fp, fq, hp, hq][W]. */
template <int W>
inline void legFactors(const char* cold, const char* hot, typename Operations<W>::Vector square, double* out) {
  double squares[W];
  Operations<W>::spill(square, squares);
  for (int lane = 0; lane < W; lane++) legFactor<W>(cold, hot, squares[lane], out + lane);
}

/** Which range of its voltage each lane is in; none of them: the normal one. */
template <int W>
struct LegRanges {
  using v = Operations<W>;
  using Vector = typename v::Vector;
  typename v::Mask low;
  typename v::Mask below;
  typename v::Mask above;

  /** One coefficient (at `c` in the first range) of each lane's own range. */
  BUSBAR_INLINE Vector coefficient(const char* c) const {
    return v::select(v::spread(c), v::select(v::spread(c + 48), v::select(v::spread(c + 144), v::spread(c + 96), above), below), low);
  }
  /** c0 + c1/u + c2/u^2 with each lane's own coefficients; t = 1/u, r = 1/u^2. */
  BUSBAR_INLINE Vector polynomial(const char* c, Vector t, Vector r) const {
    const Vector curved = v::add(v::mul(coefficient(c + 8), t), v::mul(coefficient(c + 16), r));
    return v::add(coefficient(c), curved);
  }
};

/** As legFactors, in lanes: for all legs but the special ones. */
template <int W>
BUSBAR_INLINE void legFactorsInLanes(const char* c, const char* hot, typename Operations<W>::Vector square, typename Operations<W>::Vector* out) {
  using v = Operations<W>;
  const auto none = v::splat(0.0);
  const auto two = v::splat(2.0);
  const LegRanges<W> ranges = {v::atMost(square, v::spread(hot)), v::atMost(square, v::spread(hot + 8)), v::greater(square, v::spread(hot + 16))};
  const auto r = v::select(v::div(v::splat(1.0), square), none, v::greater(square, none));
  const auto t = v::mul(v::sqrt(square), r);
  const auto minus = v::sub(none, r);
  for (int k = 0; k < 2; k++) {
    const char* p = c + 24 * k;
    const auto linear = v::mul(ranges.coefficient(p + 8), t);
    const auto c2 = ranges.coefficient(p + 16);
    out[k] = v::add(ranges.coefficient(p), v::add(linear, v::mul(c2, r)));
    out[2 + k] = v::mul(v::add(linear, v::mul(v::mul(two, c2), r)), minus);
  }
}

/** Adds to `injection` what all legs inject at the given voltages. */
template <int W>
inline void legInjections(const Plan& plan, const char* voltage, const char* power, char* injection) {
  using v = Operations<W>;
  using Vector = typename v::Vector;
  const size_t legs = plan.count(FIELD_LEGS);
  const size_t ground = plan.count(FIELD_NODES) * v::COLUMN;
  const size_t pqEnd = plan.count(FIELD_PQ_END);
  const size_t zEnd = plan.count(FIELD_Z_END);
  const size_t zipEnd = plan.count(FIELD_ZIP_END);
  const char* nodes = plan.array(FIELD_LEG_NODES);
  const char* hot = plan.array(FIELD_LEG_HOT);
  const char* cold = plan.array(FIELD_LEG_COLD);
  const Vector one = v::splat(1.0);
  const Vector none = v::splat(0.0);
  for (size_t leg = 0; leg < legs; leg++) {
    const size_t a = index(nodes);
    const size_t b = index(nodes + 4);
    const Vector vr = v::sub(v::load(voltage + a), v::load(voltage + b));
    const Vector vi = v::sub(v::load(voltage + a + v::HALF), v::load(voltage + b + v::HALF));
    const Vector p = v::load(power);
    const Vector q = v::load(power + v::HALF);
    const Vector square = v::add(v::mul(vr, vr), v::mul(vi, vi));
    Vector g;
    Vector s;
    const auto normal = v::both(v::greater(square, v::spread(hot + 8)), v::atMost(square, v::spread(hot + 16)));
    if (leg < zipEnd && v::all(v::both(normal, v::greater(square, v::spread(hot))))) {
      if (leg < pqEnd) {
        const Vector r = v::div(one, square);
        g = v::mul(p, r);
        s = v::mul(q, r);
      } else if (leg < zEnd) {
        g = v::mul(p, v::spread(hot + 56));
        s = v::mul(q, v::spread(hot + 80));
      } else {
        const Vector r = v::div(one, square);
        const Vector t = v::mul(v::sqrt(square), r);
        g = v::mul(p, v::add(v::spread(hot + 56), v::add(v::mul(v::spread(hot + 64), t), v::mul(v::spread(hot + 72), r))));
        s = v::mul(q, v::add(v::spread(hot + 80), v::add(v::mul(v::spread(hot + 88), t), v::mul(v::spread(hot + 96), r))));
      }
    } else if (leg < zipEnd) {
      // Some lane is beyond its normal range: every lane takes the coefficients of its own.
      const auto low = v::atMost(square, v::spread(hot));
      const auto below = v::atMost(square, v::spread(hot + 8));
      const auto above = v::greater(square, v::spread(hot + 16));
      const Vector r = v::select(v::div(one, square), none, v::greater(square, none));
      const Vector t = v::mul(v::sqrt(square), r);
      const char* c = cold + LEG_RANGES;
      const auto ofRange = [&](const char* at) {
        return v::select(v::spread(at), v::select(v::spread(at + 48), v::select(v::spread(at + 144), v::spread(at + 96), above), below), low);
      };
      const auto polynomial = [&](const char* at) {
        return v::add(ofRange(at), v::add(v::mul(ofRange(at + 8), t), v::mul(ofRange(at + 16), r)));
      };
      g = v::mul(p, polynomial(c));
      s = v::mul(q, polynomial(c + 24));
    } else if (leg < zipEnd) {
      // Some lane is beyond its normal range: every lane takes the coefficients of its own.
      const LegRanges<W> ranges = {v::atMost(square, v::spread(hot)), v::atMost(square, v::spread(hot + 8)), v::greater(square, v::spread(hot + 16))};
      const Vector r = v::select(v::div(one, square), none, v::greater(square, none));
      const Vector t = v::mul(v::sqrt(square), r);
      g = v::mul(p, ranges.polynomial(cold + LEG_RANGES, t, r));
      s = v::mul(q, ranges.polynomial(cold + LEG_RANGES + 24, t, r));
    } else {
      double factors[4 * W];
      legFactors<W>(cold, hot, square, factors);
      g = v::mul(p, v::gather(factors));
      s = v::mul(q, v::gather(factors + W));
    }
    // y = g - j s, as a real matrix [g s; -s g]; injected: (L - y) V with L the linear part
    const Vector rr = v::sub(v::spread(hot + 24), g);
    const Vector ri = v::sub(v::spread(hot + 32), s);
    const Vector ir = v::add(v::spread(hot + 40), s);
    const Vector ii = v::sub(v::spread(hot + 48), g);
    const Vector real = v::add(v::mul(rr, vr), v::mul(ri, vi));
    const Vector imaginary = v::add(v::mul(ir, vr), v::mul(ii, vi));
    char* pa = injection + a;
    v::store(pa, v::add(v::load(pa), real));
    v::store(pa + v::HALF, v::add(v::load(pa + v::HALF), imaginary));
    if (b != ground) {
      char* pb = injection + b;
      v::store(pb, v::sub(v::load(pb), real));
      v::store(pb + v::HALF, v::sub(v::load(pb + v::HALF), imaginary));
    }
    nodes += 8;
    hot += 8 * LEG_HOT;
    cold += 8 * LEG_COLD;
    power += v::COLUMN;
  }
}

/** Adds a 2x2 block to a Jacobian block, or takes it away. */
template <int W, bool MINUS>
BUSBAR_INLINE void addBlock(char* p, typename Operations<W>::Vector rr, typename Operations<W>::Vector ri, typename Operations<W>::Vector ir,
                            typename Operations<W>::Vector ii) {
  using v = Operations<W>;
  const auto sum = [](auto a, auto b) { return MINUS ? v::sub(a, b) : v::add(a, b); };
  v::store(p, sum(v::load(p), rr));
  v::store(p + v::HALF, sum(v::load(p + v::HALF), ri));
  v::store(p + 2 * v::HALF, sum(v::load(p + 2 * v::HALF), ir));
  v::store(p + 3 * v::HALF, sum(v::load(p + 3 * v::HALF), ii));
}

/** Adds the derivative of every leg's current by its voltage to the Jacobian at aa and bb, its negative at ab and ba. */
template <int W>
inline void legDerivatives(const Plan& plan, const char* voltage, const char* power, char* jacobian) {
  using v = Operations<W>;
  using Vector = typename v::Vector;
  constexpr size_t BLOCK = 4 * v::HALF;
  const size_t legs = plan.count(FIELD_LEGS);
  const size_t zipEnd = plan.count(FIELD_ZIP_END);
  const char* nodes = plan.array(FIELD_LEG_NODES);
  const char* hot = plan.array(FIELD_LEG_HOT);
  const char* cold = plan.array(FIELD_LEG_COLD);
  const char* position = plan.array(FIELD_LEG_POSITION);
  for (size_t leg = 0; leg < legs; leg++) {
    const size_t a = index(nodes);
    const size_t b = index(nodes + 4);
    const Vector vr = v::sub(v::load(voltage + a), v::load(voltage + b));
    const Vector vi = v::sub(v::load(voltage + a + v::HALF), v::load(voltage + b + v::HALF));
    const Vector p = v::load(power);
    const Vector q = v::load(power + v::HALF);
    const Vector square = v::add(v::mul(vr, vr), v::mul(vi, vi));
    Vector factors[4];
    if (leg < zipEnd) {
      legFactorsInLanes<W>(cold + LEG_RANGES, hot, square, factors);
    } else {
      double each[4 * W];
      legFactors<W>(cold, hot, square, each);
      for (int k = 0; k < 4; k++) factors[k] = v::gather(each + k * W);
    }
    const Vector g = v::mul(p, factors[0]);
    const Vector s = v::mul(q, factors[1]);
    const Vector hg = v::mul(p, factors[2]);
    const Vector hs = v::mul(q, factors[3]);
    // slope of the current along V: (hg - j hs) V
    const Vector wr = v::add(v::mul(hg, vr), v::mul(hs, vi));
    const Vector wi = v::sub(v::mul(hg, vi), v::mul(hs, vr));
    const Vector rr = v::add(g, v::mul(wr, vr));
    const Vector ri = v::add(s, v::mul(wr, vi));
    const Vector ir = v::sub(v::mul(wi, vr), s);
    const Vector ii = v::add(g, v::mul(wi, vi));
    addBlock<W, false>(jacobian + index(position) * BLOCK, rr, ri, ir, ii);
    addBlock<W, true>(jacobian + index(position + 4) * BLOCK, rr, ri, ir, ii);
    addBlock<W, true>(jacobian + index(position + 8) * BLOCK, rr, ri, ir, ii);
    addBlock<W, false>(jacobian + index(position + 12) * BLOCK, rr, ri, ir, ii);
    nodes += 8;
    hot += 8 * LEG_HOT;
    cold += 8 * LEG_COLD;
    power += v::COLUMN;
    position += 16;
  }
}

}  // namespace
}  // namespace busbar
