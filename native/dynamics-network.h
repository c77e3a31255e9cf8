// The linear network of a microgrid in one block of lanes, and sine and cosine. See assembly/dynamics/network.ts and sine.ts, whose operations these are, in the same
// order.
#pragma once

#include "dynamics-layout.h"
#include "memory.h"

namespace busbar {
namespace {

/** A microgrid's plan in memory, and its network at work. W as in lanes.h. */
template <int W>
struct MicrogridNetwork {
  using v = Operations<W>;
  using Vector = typename v::Vector;
  using Mask = typename v::Mask;

  /** Bytes of one number, and of one complex number, in all lanes. */
  static constexpr size_t NUMBER = v::HALF;
  static constexpr size_t COLUMN = v::COLUMN;
  static constexpr uint32_t ABSENT = 0xffffffff;

  const Plan& plan;
  const size_t inverters = plan.count(MICROGRID_INVERTERS);
  const size_t lines = plan.count(MICROGRID_LINES);
  const size_t loads = plan.count(MICROGRID_LOADS);
  const size_t buses = plan.count(MICROGRID_BUSES);
  const size_t currents = inverters + lines + loads;
  char* const admittance = plan.array(MICROGRID_ADMITTANCE);
  char* const factor = plan.array(MICROGRID_FACTOR);
  char* const bus = plan.array(MICROGRID_BUS);
  const char* const ends = plan.array(MICROGRID_ENDS);
  const char* const balanceStart = plan.array(MICROGRID_BALANCE_START);
  const char* const balanceTerms = plan.array(MICROGRID_BALANCE_TERMS);
  const char* const balanceFactors = plan.array(MICROGRID_BALANCE_FACTORS);
  const char* const nodalOrder = plan.array(MICROGRID_NODAL_ORDER);
  const char* const nodalStart = plan.array(MICROGRID_NODAL_START);
  const char* const nodalBelow = plan.array(MICROGRID_NODAL_BELOW);

  explicit MicrogridNetwork(const Plan& given) : plan(given) {}

  /** A number that all lanes share, in all lanes. */
  BUSBAR_INLINE Vector shared(int which) const { return v::spread(plan.array(MICROGRID_NUMBERS) + 8 * which); }

  /** Items of a scenario's state. */
  size_t stateItems() const { return 1 + 5 * inverters + 2 * currents + 2 * buses + 2 * loads; }

  /** Set where |x| < bound; not where x is NaN. */
  static BUSBAR_INLINE Mask below(Vector x, Vector bound) { return v::both(v::greater(bound, x), v::greater(x, v::sub(v::splat(0.0), bound))); }

  static BUSBAR_INLINE Vector floor(Vector x) {
    const auto rounding = v::splat(6755399441055744.0);
    const auto nearest = v::sub(v::add(x, rounding), rounding);
    return v::sub(nearest, v::select(v::splat(1.0), v::splat(0.0), v::greater(nearest, x)));
  }

  static BUSBAR_INLINE Vector sineNearZero(Vector r, Vector z) {
    auto p = v::div(z, v::splat(355687428096000.0));
    p = v::mul(z, v::add(v::splat(-1.0 / 1307674368000.0), p));
    p = v::mul(z, v::add(v::splat(1.0 / 6227020800.0), p));
    p = v::mul(z, v::add(v::splat(-1.0 / 39916800.0), p));
    p = v::mul(z, v::add(v::splat(1.0 / 362880.0), p));
    p = v::mul(z, v::add(v::splat(-1.0 / 5040.0), p));
    p = v::mul(z, v::add(v::splat(1.0 / 120.0), p));
    p = v::add(v::splat(-1.0 / 6.0), p);
    return v::add(r, v::mul(v::mul(r, z), p));
  }

  static BUSBAR_INLINE Vector cosineNearZero(Vector z) {
    auto p = v::div(z, v::splat(20922789888000.0));
    p = v::mul(z, v::add(v::splat(-1.0 / 87178291200.0), p));
    p = v::mul(z, v::add(v::splat(1.0 / 479001600.0), p));
    p = v::mul(z, v::add(v::splat(-1.0 / 3628800.0), p));
    p = v::mul(z, v::add(v::splat(1.0 / 40320.0), p));
    p = v::mul(z, v::add(v::splat(-1.0 / 720.0), p));
    p = v::add(v::splat(1.0 / 24.0), p);
    return v::sub(v::splat(1.0), v::sub(v::mul(v::splat(0.5), z), v::mul(v::mul(z, z), p)));
  }

  /** Writes the column [cosine, sine] of an angle. */
  static BUSBAR_INLINE void turn(Vector angle, char* column) {
    const auto turns = floor(v::add(v::mul(angle, v::splat(0.6366197723675814)), v::splat(0.5)));
    auto r = v::sub(angle, v::mul(turns, v::splat(1.5707963267341256)));
    r = v::sub(r, v::mul(turns, v::splat(6.077100506303966e-11)));
    r = v::sub(r, v::mul(turns, v::splat(2.0222662487959506e-21)));
    const auto z = v::mul(r, r);
    const auto sine = sineNearZero(r, z);
    const auto cosine = cosineNearZero(z);
    const auto quarter = v::sub(turns, v::mul(v::splat(4.0), floor(v::mul(turns, v::splat(0.25)))));
    const auto isLow = v::atMost(quarter, v::splat(1.5));
    const auto isFirst = v::atMost(quarter, v::splat(0.5));
    const auto isLast = v::greater(quarter, v::splat(2.5));
    const auto odd = v::either(v::both(isLow, v::inverse(isFirst)), isLast);
    const auto plus = v::splat(1.0);
    const auto minus = v::splat(-1.0);
    v::store(column, v::mul(v::select(sine, cosine, odd), v::select(plus, minus, v::either(isFirst, isLast))));
    v::store(column + NUMBER, v::mul(v::select(cosine, sine, odd), v::select(plus, minus, isLow)));
  }

  /** Admittance 1 / (re + j im) of a current. */
  static BUSBAR_INLINE void putAdmittance(char* at, Vector re, Vector im) {
    const auto square = v::add(v::mul(re, re), v::mul(im, im));
    v::store(at, v::div(re, square));
    v::store(at + NUMBER, v::mul(v::splat(-1.0), v::div(im, square)));
  }

  /** Writes the nodal matrix of the admittances. */
  void fillNodal() const {
    const size_t entries = plan.count(MICROGRID_NODAL_ENTRIES);
    for (size_t k = 0; k < 2 * entries; k++) v::store(factor + k * NUMBER, v::splat(0.0));
    const auto virtualConductance = shared(NUMBER_VIRTUAL);
    const char* term = balanceTerms;
    const char* weight = balanceFactors;
    for (size_t b = 0; b < buses; b++) {
      char* own = factor + b * COLUMN;
      v::store(own, v::add(v::load(own), virtualConductance));
      const size_t count = index(balanceStart + 4 * b + 4) - index(balanceStart + 4 * b);
      for (size_t t = 0; t < count; t++) {
        const char* y = admittance + index(term);
        const auto w = v::spread(weight);
        const auto yr = v::mul(w, v::load(y));
        const auto yi = v::mul(w, v::load(y + NUMBER));
        const uint32_t from = at<uint32_t>(term + 4);
        if (from != ABSENT) {
          char* into = factor + from;
          v::store(into, v::sub(v::load(into), yr));
          v::store(into + NUMBER, v::sub(v::load(into + NUMBER), yi));
        }
        const uint32_t to = at<uint32_t>(term + 8);
        if (to != ABSENT) {
          char* into = factor + to;
          v::store(into, v::add(v::load(into), yr));
          v::store(into + NUMBER, v::add(v::load(into + NUMBER), yi));
        }
        term += 12;
        weight += 8;
      }
    }
  }

  /** Factors in place, the diagonal left as reciprocals; set in the lanes that have no pivot of 0 and none that is not finite. */
  Mask factorNodal() const {
    const char* target = plan.array(MICROGRID_NODAL_TARGET);
    const auto none = v::splat(0.0);
    const auto infinity = v::splat(__builtin_inf());
    Mask sound = v::every();
    for (size_t step = 0; step < buses; step++) {
      char* pivot = factor + index(nodalOrder + 4 * step);
      const auto pr = v::load(pivot);
      const auto pi = v::load(pivot + NUMBER);
      const auto square = v::add(v::mul(pr, pr), v::mul(pi, pi));
      sound = v::both(sound, v::both(v::greater(square, none), v::greater(infinity, square)));
      const auto dr = v::div(pr, square);
      const auto di = v::mul(v::splat(-1.0), v::div(pi, square));
      v::store(pivot, dr);
      v::store(pivot + NUMBER, di);
      const char* first = nodalBelow + 12 * index(nodalStart + 4 * step);
      const char* end = nodalBelow + 12 * index(nodalStart + 4 * step + 4);
      for (const char* low = first; low < end; low += 12) {
        char* own = factor + index(low + 4);
        const auto ar = v::load(own);
        const auto ai = v::load(own + NUMBER);
        const auto lr = v::sub(v::mul(ar, dr), v::mul(ai, di));
        const auto li = v::add(v::mul(ar, di), v::mul(ai, dr));
        v::store(own, lr);
        v::store(own + NUMBER, li);
        for (const char* up = first; up < end; up += 12) {
          const char* from = factor + index(up + 8);
          const auto ur = v::load(from);
          const auto ui = v::load(from + NUMBER);
          char* into = factor + index(target);
          target += 4;
          v::store(into, v::sub(v::load(into), v::sub(v::mul(lr, ur), v::mul(li, ui))));
          v::store(into + NUMBER, v::sub(v::load(into + NUMBER), v::add(v::mul(lr, ui), v::mul(li, ur))));
        }
      }
    }
    return sound;
  }

  /** Sums currents into the buses. */
  BUSBAR_INLINE void sumIntoBuses(const char* current) const {
    const char* term = balanceTerms;
    const char* weight = balanceFactors;
    size_t from = index(balanceStart);
    for (size_t b = 0; b < buses; b++) {
      const size_t to = index(balanceStart + 4 * b + 4);
      auto re = v::splat(0.0);
      auto im = v::splat(0.0);
      for (; from < to; from++) {
        const char* own = current + index(term);
        const auto w = v::spread(weight);
        re = v::add(re, v::mul(w, v::load(own)));
        im = v::add(im, v::mul(w, v::load(own + NUMBER)));
        term += 12;
        weight += 8;
      }
      v::store(bus + b * COLUMN, re);
      v::store(bus + b * COLUMN + NUMBER, im);
    }
  }

  /** Solves for the buses' voltages, in place. */
  BUSBAR_INLINE void solveNodal() const {
    const char* low = nodalBelow;
    for (size_t step = 0; step < buses; step++) {
      const char* end = nodalBelow + 12 * index(nodalStart + 4 * step + 4);
      if (low == end) continue;
      const char* pivot = bus + index(nodalOrder + 4 * step);
      const auto yr = v::load(pivot);
      const auto yi = v::load(pivot + NUMBER);
      for (; low < end; low += 12) {
        char* row = bus + index(low);
        const char* own = factor + index(low + 4);
        const auto lr = v::load(own);
        const auto li = v::load(own + NUMBER);
        v::store(row, v::sub(v::load(row), v::sub(v::mul(lr, yr), v::mul(li, yi))));
        v::store(row + NUMBER, v::sub(v::load(row + NUMBER), v::add(v::mul(lr, yi), v::mul(li, yr))));
      }
    }
    const char* up = low;
    for (size_t step = buses; step-- > 0;) {
      const size_t place = index(nodalOrder + 4 * step);
      char* pivot = bus + place;
      auto sr = v::load(pivot);
      auto si = v::load(pivot + NUMBER);
      const char* first = nodalBelow + 12 * index(nodalStart + 4 * step);
      const char* end = up;
      for (const char* own = first; own < end; own += 12) {
        const char* column = bus + index(own);
        const char* entry = factor + index(own + 8);
        const auto ur = v::load(entry);
        const auto ui = v::load(entry + NUMBER);
        const auto xr = v::load(column);
        const auto xi = v::load(column + NUMBER);
        sr = v::sub(sr, v::sub(v::mul(ur, xr), v::mul(ui, xi)));
        si = v::sub(si, v::add(v::mul(ur, xi), v::mul(ui, xr)));
      }
      up = first;
      const char* diagonal = factor + place;
      const auto dr = v::load(diagonal);
      const auto di = v::load(diagonal + NUMBER);
      v::store(pivot, v::sub(v::mul(sr, dr), v::mul(si, di)));
      v::store(pivot + NUMBER, v::add(v::mul(sr, di), v::mul(si, dr)));
    }
  }

  /** Adds y times a voltage to a current. */
  static BUSBAR_INLINE void drive(char* current, const char* y, Vector dr, Vector di) {
    const auto yr = v::load(y);
    const auto yi = v::load(y + NUMBER);
    v::store(current, v::add(v::load(current), v::sub(v::mul(yr, dr), v::mul(yi, di))));
    v::store(current + NUMBER, v::add(v::load(current + NUMBER), v::add(v::mul(yr, di), v::mul(yi, dr))));
  }

  /** Writes admittance times a known voltage. */
  static BUSBAR_INLINE void inject(char* current, const char* y, Vector kr, Vector ki) {
    const auto yr = v::load(y);
    const auto yi = v::load(y + NUMBER);
    v::store(current, v::sub(v::mul(yr, kr), v::mul(yi, ki)));
    v::store(current + NUMBER, v::add(v::mul(yr, ki), v::mul(yi, kr)));
  }

  /** The buses' voltages and the currents, from what the known voltages alone drive through each, in place. */
  void solveNetwork(char* current) const {
    sumIntoBuses(current);
    solveNodal();
    const char* end = ends;
    const char* y = admittance;
    const auto none = v::splat(0.0);
    for (size_t k = 0; k < inverters; k++) {
      const char* to = bus + index(end);
      drive(current, y, v::sub(none, v::load(to)), v::sub(none, v::load(to + NUMBER)));
      end += 4;
      current += COLUMN;
      y += COLUMN;
    }
    for (size_t k = 0; k < lines; k++) {
      const char* from = bus + index(end);
      const char* to = bus + index(end + 4);
      drive(current, y, v::sub(v::load(from), v::load(to)), v::sub(v::load(from + NUMBER), v::load(to + NUMBER)));
      end += 8;
      current += COLUMN;
      y += COLUMN;
    }
    for (size_t k = 0; k < loads; k++) {
      const char* from = bus + index(end);
      drive(current, y, v::load(from), v::load(from + NUMBER));
      end += 4;
      current += COLUMN;
      y += COLUMN;
    }
  }

  /** Solves with the consensus' matrix, which all lanes share; x [inverter][W], in place. */
  void solveConsensus(char* x) const {
    const char* order = plan.array(MICROGRID_CONSENSUS_ORDER);
    const char* start = plan.array(MICROGRID_CONSENSUS_START);
    const char* rows = plan.array(MICROGRID_CONSENSUS_BELOW);
    const char* factors = plan.array(MICROGRID_CONSENSUS_FACTORS);
    const char* diagonal = plan.array(MICROGRID_CONSENSUS_DIAGONAL);
    for (size_t step = 0; step < inverters; step++) {
      const auto y = v::load(x + index(order + 4 * step));
      const size_t end = index(start + 4 * step + 4);
      for (size_t low = index(start + 4 * step); low < end; low++) {
        char* row = x + index(rows + 4 * low);
        v::store(row, v::sub(v::load(row), v::mul(v::spread(factors + 16 * low), y)));
      }
    }
    for (size_t step = inverters; step-- > 0;) {
      char* pivot = x + index(order + 4 * step);
      auto sum = v::load(pivot);
      const size_t end = index(start + 4 * step + 4);
      for (size_t up = index(start + 4 * step); up < end; up++) {
        sum = v::sub(sum, v::mul(v::spread(factors + 16 * up + 8), v::load(x + index(rows + 4 * up))));
      }
      v::store(pivot, v::mul(sum, v::spread(diagonal + 8 * step)));
    }
  }
};

}  // namespace
}  // namespace busbar
