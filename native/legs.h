// Legs: single-phase voltage-dependent draws between two nodes. See assembly/legs.ts, whose operations these are, in the same order.
#pragma once

#include "elementary.h"
#include "memory.h"

namespace busbar {
namespace {

/** Numbers before the range coefficients in a cold record, and numbers of one range. */
constexpr size_t LEG_RANGES = 6;
constexpr size_t LEG_RANGE = 6;

/** fp, fq and their slopes over u, dfp/du / u and dfq/du / u, of one lane: out[0], out[LANES], out[2 LANES], out[3 LANES]. */
template <int W>
inline void legFactor(const char* cold, const char* hot, double square, double* out) {
  using v = Operations<W>;
  constexpr size_t U = v::UNIT;
  constexpr int LANES = v::LANES;
  const double u = __builtin_sqrt(square);
  int range = 2;
  if (square <= v::number(hot + 8 * U)) range = 0;
  else if (square <= v::number(hot + 9 * U)) range = 1;
  else if (square > v::number(hot + U)) range = 3;
  const int kind = static_cast<int>(v::number(cold));
  if (kind == LEG_EXPONENT && range == 2) {
    const double rated = v::number(cold + U);
    const double exponentP = v::number(cold + 2 * U);
    const double exponentQ = v::number(cold + 3 * U);
    const double ratio = u / rated;
    const double fp = power(ratio, exponentP) / square;
    const double fq = power(ratio, exponentQ) / square;
    out[0] = fp;
    out[LANES] = fq;
    out[2 * LANES] = ((exponentP - 2.0) * fp) / square;
    out[3 * LANES] = ((exponentQ - 2.0) * fq) / square;
    return;
  }
  const char* c = cold + (LEG_RANGES + range * LEG_RANGE) * U;
  const double p0 = v::number(c);
  const double p1 = v::number(c + U);
  const double p2 = v::number(c + 2 * U);
  const double q0 = v::number(c + 3 * U);
  const double q1 = v::number(c + 4 * U);
  const double q2 = v::number(c + 5 * U);
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
    const double rated = v::number(cold + U);
    const double x = 500.0 * (u / rated - v::number(cold + 2 * U));
    const double t = hyperbolicTangent(x);
    const double share = 0.5 * (1.0 + t);
    const double slope = u == 0.0 ? 0.0 : (0.5 * (1.0 - t * t) * 500.0) / rated / u;
    hp = hp * share + fp * slope;
    hq = hq * share + fq * slope;
    fp = fp * share;
    fq = fq * share;
  }
  out[0] = fp;
  out[LANES] = fq;
  out[2 * LANES] = hp;
  out[3 * LANES] = hq;
}

/** Factors of all lanes, whatever their ranges: [fp, fq, hp, hq][W]. */
template <int W>
inline void legFactors(const char* cold, const char* hot, typename Operations<W>::Vector square, double* out) {
  double squares[Operations<W>::LANES];
  Operations<W>::spill(square, squares);
  for (int lane = 0; lane < Operations<W>::LANES; lane++) legFactor<W>(cold, hot, squares[lane], out + lane);
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
    return v::select(v::spread(c), v::select(v::spread(c + LEG_RANGE * v::UNIT), v::select(v::spread(c + 3 * LEG_RANGE * v::UNIT), v::spread(c + 2 * LEG_RANGE * v::UNIT), above), below), low);
  }
  /** c0 + c1/u + c2/u^2 with each lane's own coefficients; t = 1/u, r = 1/u^2. */
  BUSBAR_INLINE Vector polynomial(const char* c, Vector t, Vector r) const {
    const Vector curved = v::add(v::mul(coefficient(c + v::UNIT), t), v::mul(coefficient(c + 2 * v::UNIT), r));
    return v::add(coefficient(c), curved);
  }
};

/** As legFactors, in lanes: for all legs but the special ones. */
template <int W>
BUSBAR_INLINE void legFactorsInLanes(const char* c, const char* hot, typename Operations<W>::Vector square, typename Operations<W>::Vector* out) {
  using v = Operations<W>;
  const auto none = v::splat(0.0);
  const auto two = v::splat(2.0);
  const LegRanges<W> ranges = {v::atMost(square, v::spread(hot + 8 * v::UNIT)), v::atMost(square, v::spread(hot + 9 * v::UNIT)), v::greater(square, v::spread(hot + v::UNIT))};
  const auto r = v::select(v::div(v::splat(1.0), square), none, v::greater(square, none));
  const auto t = v::mul(v::sqrt(square), r);
  const auto minus = v::sub(none, r);
  for (int k = 0; k < 2; k++) {
    const char* p = c + 3 * v::UNIT * k;
    const auto linear = v::mul(ranges.coefficient(p + v::UNIT), t);
    const auto c2 = ranges.coefficient(p + 2 * v::UNIT);
    out[k] = v::add(ranges.coefficient(p), v::add(linear, v::mul(c2, r)));
    out[2 + k] = v::mul(v::add(linear, v::mul(v::mul(two, c2), r)), minus);
  }
}

/** g and s of a leg of which some lane is below its normal range, or that is special: every lane takes the law of its own. [g, s][W]. */
template <int W>
__attribute__((noinline)) void legDrawBeyond(int group, const char* hot, const char* cold, const char* squareAt, const char* power, char* out) {
  using v = Operations<W>;
  const auto square = v::load(squareAt);
  const auto p = v::load(power);
  const auto q = v::load(power + v::HALF);
  if (group == GROUP_SPECIAL) {
    double factors[4 * v::LANES];
    legFactors<W>(cold, hot, square, factors);
    v::store(out, v::mul(p, v::gather(factors)));
    v::store(out + v::HALF, v::mul(q, v::gather(factors + v::LANES)));
    return;
  }
  const auto none = v::splat(0.0);
  const LegRanges<W> ranges = {v::atMost(square, v::spread(hot + 8 * v::UNIT)), v::atMost(square, v::spread(hot + 9 * v::UNIT)), v::greater(square, v::spread(hot + v::UNIT))};
  const auto r = v::select(v::div(v::splat(1.0), square), none, v::greater(square, none));
  const auto t = v::mul(v::sqrt(square), r);
  v::store(out, v::mul(p, ranges.polynomial(cold + LEG_RANGES * v::UNIT, t, r)));
  v::store(out + v::HALF, v::mul(q, ranges.polynomial(cold + (LEG_RANGES + 3) * v::UNIT, t, r)));
}

/** What a leg draws, as I = (g - j s) V: g = P fp(|V|), s = Q fq(|V|). */
template <int W>
struct LegDraw {
  using Vector = typename Operations<W>::Vector;
  Vector g;
  Vector s;
};

/** The draw of a leg; `group`: one of GROUP_*. Lanes above their normal range stay in the short forms, those below it do not,
 * unless they are `idle`, whose draw is of no account. */
template <int W>
BUSBAR_INLINE LegDraw<W> legDraw(int group, const char* hot, const char* cold, typename Operations<W>::Vector square, const char* power,
                                  typename Operations<W>::Mask idle) {
  using v = Operations<W>;
  if (__builtin_expect(group != GROUP_SPECIAL && v::all(v::either(idle, v::greater(square, v::spread(hot)))), 1)) {
    const auto p = v::load(power);
    const auto q = v::load(power + v::HALF);
    if (group == GROUP_Z) return {v::mul(p, v::spread(hot + 10 * v::UNIT)), v::mul(q, v::spread(hot + 13 * v::UNIT))};
    const auto above = v::greater(square, v::spread(hot + v::UNIT));
    const auto r = v::div(v::splat(1.0), square);
    if (group == GROUP_PQ) return {v::mul(p, v::select(v::spread(hot + 2 * v::UNIT), r, above)), v::mul(q, v::select(v::spread(hot + 3 * v::UNIT), r, above))};
    const auto t = v::mul(v::sqrt(square), r);
    const char* c = cold + (LEG_RANGES + 3 * LEG_RANGE) * v::UNIT;
    const auto factor = [&](const char* normal, const char* beyond) {
      const auto curved = v::add(v::mul(v::select(v::spread(beyond + v::UNIT), v::spread(normal + v::UNIT), above), t),
                                 v::mul(v::select(v::spread(beyond + 2 * v::UNIT), v::spread(normal + 2 * v::UNIT), above), r));
      return v::add(v::select(v::spread(beyond), v::spread(normal), above), curved);
    };
    return {v::mul(p, factor(hot + 10 * v::UNIT, c)), v::mul(q, factor(hot + 13 * v::UNIT, c + 3 * v::UNIT))};
  }
  char scratch[3 * v::HALF];
  v::store(scratch, square);
  legDrawBeyond<W>(group, hot, cold, scratch, power, scratch + v::HALF);
  return {v::load(scratch + v::HALF), v::load(scratch + 2 * v::HALF)};
}

/** What a leg with voltage V across it injects: (L - y) V with y = g - j s, L the linear part in the hot record. */
template <int W>
struct LegInjection {
  using v = Operations<W>;
  using Vector = typename v::Vector;
  Vector re;
  Vector im;

  BUSBAR_INLINE LegInjection(int group, const char* hot, const char* cold, Vector vr, Vector vi, Vector square, const char* power,
                             typename v::Mask idle = v::none()) {
    const LegDraw<W> draw = legDraw<W>(group, hot, cold, square, power, idle);
    // y as a real matrix: [g s; -s g]
    const Vector rr = v::sub(v::spread(hot + 4 * v::UNIT), draw.g);
    const Vector ri = v::sub(v::spread(hot + 5 * v::UNIT), draw.s);
    const Vector ir = v::add(v::spread(hot + 6 * v::UNIT), draw.s);
    const Vector ii = v::sub(v::spread(hot + 7 * v::UNIT), draw.g);
    re = v::add(v::mul(rr, vr), v::mul(ri, vi));
    im = v::add(v::mul(ir, vr), v::mul(ii, vi));
  }
};

/** Half a node's voltage, `o` its place in a block's voltages: in single precision what stands there is counted from the base case's at `base`. */
template <int W>
BUSBAR_INLINE typename Operations<W>::Vector halfVoltage(const char* voltage, const char* base, size_t o) {
  using v = Operations<W>;
  if constexpr (v::SINGLE) return v::add(v::load(voltage + o), v::spread(base + o / v::LANES));
  else return v::load(voltage + o);
}

/** Adds to `injection` what all legs inject at the given voltages. */
template <int W>
inline void legInjections(const Plan& plan, const char* voltage, const char* power, char* injection) {
  using v = Operations<W>;
  const size_t legs = plan.count(FIELD_LEGS);
  const size_t ground = plan.count(FIELD_NODES) * v::COLUMN;
  const size_t pqEnd = plan.count(FIELD_PQ_END);
  const size_t zEnd = plan.count(FIELD_Z_END);
  const size_t zipEnd = plan.count(FIELD_ZIP_END);
  const char* base = plan.array(FIELD_CHORD_BASE);
  const char* nodes = plan.array(FIELD_LEG_NODES);
  const char* hot = plan.array(FIELD_LEG_HOT);
  const char* cold = plan.array(FIELD_LEG_COLD);
  for (size_t leg = 0; leg < legs; leg++) {
    const size_t a = index(nodes);
    const size_t b = index(nodes + 4);
    const auto vr = v::sub(halfVoltage<W>(voltage, base, a), halfVoltage<W>(voltage, base, b));
    const auto vi = v::sub(halfVoltage<W>(voltage, base, a + v::HALF), halfVoltage<W>(voltage, base, b + v::HALF));
    const auto square = v::add(v::mul(vr, vr), v::mul(vi, vi));
    const int group = leg < pqEnd ? GROUP_PQ : leg < zEnd ? GROUP_Z : leg < zipEnd ? GROUP_POLYNOMIAL : GROUP_SPECIAL;
    const LegInjection<W> current(group, hot, cold, vr, vi, square, power);
    char* pa = injection + a;
    v::store(pa, v::add(v::load(pa), current.re));
    v::store(pa + v::HALF, v::add(v::load(pa + v::HALF), current.im));
    if (b != ground) {
      char* pb = injection + b;
      v::store(pb, v::sub(v::load(pb), current.re));
      v::store(pb + v::HALF, v::sub(v::load(pb + v::HALF), current.im));
    }
    nodes += 8;
    hot += v::UNIT * LEG_HOT;
    cold += v::UNIT * LEG_COLD;
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
      legFactorsInLanes<W>(cold + LEG_RANGES * v::UNIT, hot, square, factors);
    } else {
      double each[4 * v::LANES];
      legFactors<W>(cold, hot, square, each);
      for (int k = 0; k < 4; k++) factors[k] = v::gather(each + k * v::LANES);
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
    hot += v::UNIT * LEG_HOT;
    cold += v::UNIT * LEG_COLD;
    power += v::COLUMN;
    position += 16;
  }
}

}  // namespace
}  // namespace busbar
