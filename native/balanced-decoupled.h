// The decoupled power flows of balanced grids over lanes: fast decoupled, and DC. See assembly/balanced-decoupled.ts, whose operations these are, in the same order.
#pragma once

#include "balanced.h"

namespace busbar {
namespace {

/** A sum of squares beyond this is no power flow any more: mismatches of 1e9 per unit. */
constexpr double DECOUPLED_LOST = 1e18;
/** What is beyond this is no number. */
constexpr double MOST_NUMBER = 1e300;

/** 1 / |V| at the rows' buses. */
template <int W>
inline void invertMagnitudes(const Plan& plan, const char* voltage) {
  using v = Operations<W>;
  const size_t rows = plan.count(BALANCED_ROWS);
  char* inverse = plan.array(BALANCED_INVERSE);
  for (size_t k = 0; k < rows; k++, voltage += v::COLUMN, inverse += v::HALF) {
    const auto e = v::load(voltage);
    const auto f = v::load(voltage + v::HALF);
    v::store(inverse, v::div(v::splat(1.0), v::sqrt(v::add(v::mul(e, e), v::mul(f, f)))));
  }
}

/** Looks at all rows in the order of one half (ACTIVE: the P half) and goes forward through its factor. */
template <int W, bool ACTIVE>
inline PassSums<W> decoupledPass(const Plan& plan, const char* voltages) {
  using v = Operations<W>;
  const char* words = plan.array(ACTIVE ? BALANCED_SHARED_FORWARD : BALANCED_Q_FORWARD);
  const char* y = plan.array(ACTIVE ? BALANCED_ADMITTANCE : BALANCED_Q_ADMITTANCE);
  const char* lower = plan.array(ACTIVE ? BALANCED_SHARED_LOWER : BALANCED_Q_LOWER);
  const char* scheduleds = plan.array(BALANCED_SCHEDULED);
  const char* inverses = plan.array(BALANCED_INVERSE);
  char* rights = plan.array(BALANCED_RIGHT);
  char* right = rights;
  PassSums<W> sums = {v::splat(0.0), v::splat(0.0)};
  for (size_t k = plan.count(BALANCED_ROWS); k > 0; k--) {
    const bool hasQ = index(words) == 2;
    const size_t own = index(words + 4);
    size_t neighbours = index(words + 8);
    size_t lowers = index(words + 12);
    words += 16;
    const auto voltage = pairAt<W>(voltages + own);
    auto [re, im] = currentOf<W, false>(y, voltages + own);
    for (; neighbours > 0; neighbours--, words += 4) {
      const auto c = currentOf<W, false>(y, voltages + index(words));
      re = v::add(re, c.re);
      im = v::add(im, c.im);
    }
    auto x = v::sub(v::load(scheduleds + own), v::add(v::mul(voltage.re, re), v::mul(voltage.im, im)));
    const auto p = v::mul(x, x);
    sums.worst = v::larger(p, sums.worst);
    sums.merit = v::add(sums.merit, p);
    if (hasQ) {
      const auto lack = v::sub(v::load(scheduleds + own + v::HALF), v::sub(v::mul(voltage.im, re), v::mul(voltage.re, im)));
      const auto q = v::mul(lack, lack);
      sums.worst = v::larger(q, sums.worst);
      sums.merit = v::add(sums.merit, q);
      if (!ACTIVE) x = lack;
    }
    if (ACTIVE || hasQ) {
      x = v::mul(x, v::load(inverses + own / 2));
      for (; lowers > 0; lowers--, words += 4, lower += 8) x = v::sub(x, v::mul(v::spread(lower), v::load(rights + index(words))));
      v::store(right, v::mul(x, v::spread(lower)));
      lower += 8;
      right += v::HALF;
    }
  }
  return sums;
}

/** Back substitution of one half, row by row from the last, and its step of the lanes that run; returns the lanes in which no magnitude has come to 0. */
template <int W, bool ACTIVE>
inline typename Operations<W>::Mask decoupledBack(const Plan& plan, char* voltages, typename Operations<W>::Mask running) {
  using v = Operations<W>;
  const char* words = plan.array(ACTIVE ? BALANCED_SHARED_BACKWARD : BALANCED_Q_BACKWARD);
  const char* upper = plan.array(ACTIVE ? BALANCED_SHARED_UPPER : BALANCED_Q_UPPER);
  char* rights = plan.array(BALANCED_RIGHT);
  char* inverses = plan.array(BALANCED_INVERSE);
  auto upright = v::every();
  for (size_t k = plan.count(ACTIVE ? BALANCED_ROWS : BALANCED_Q_ROWS); k-- > 0;) {
    const size_t own = index(words);
    size_t uppers = index(words + 4);
    words += 8;
    char* right = rights + k * v::HALF;
    auto x = v::load(right);
    for (; uppers > 0; uppers--, words += 4, upper += 8) x = v::sub(x, v::mul(v::spread(upper), v::load(rights + index(words))));
    v::store(right, x);
    char* voltage = voltages + own;
    if constexpr (ACTIVE) {
      moveVoltage<W>(voltage, nullptr, x, x, false, running);
    } else {
      char* inverse = inverses + own / 2;
      const auto before = v::load(inverse);
      const auto factor = v::add(v::splat(1.0), v::mul(x, before));
      upright = v::both(upright, v::greater(factor, v::splat(0.0)));
      const auto e = v::load(voltage);
      const auto f = v::load(voltage + v::HALF);
      v::store(voltage, v::select(v::mul(e, factor), e, running));
      v::store(voltage + v::HALF, v::select(v::mul(f, factor), f, running));
      v::store(inverse, v::select(v::div(before, factor), before, running));
    }
  }
  return upright;
}

/** Notes what a pass has seen; lanes that have converged, or are lost, come to an end. Returns the lanes that go on. */
template <int W>
inline typename Operations<W>::Mask judge(const PassSums<W>& sums, typename Operations<W>::Mask running, typename Operations<W>::Mask upright, double bound, int32_t steps,
                                          LaneOutcome<W>& outcome) {
  using v = Operations<W>;
  outcome.see(v::bits(running), sums);
  const auto sound = v::both(v::atMost(sums.merit, v::splat(DECOUPLED_LOST)), upright);
  const auto finished = v::both(v::both(v::atMost(sums.worst, v::splat(bound)), sound), running);
  outcome.end(v::bits(finished), STATUS_CONVERGED, steps);
  outcome.end(v::bits(v::both(v::inverse(sound), running)), STATUS_DIVERGED, steps);
  return v::both(running, v::both(sound, v::inverse(finished)));
}

/** Solves the lanes of one block, from the voltages that stand. */
template <int W>
inline void decoupledBlock(const Plan& plan, char* voltages, double tolerance, int32_t limit, LaneOutcome<W>& outcome) {
  using v = Operations<W>;
  const double bound = tolerance * tolerance;
  auto running = v::every();
  auto upright = v::every();
  for (int32_t steps = 0;;) {
    running = judge<W>(decoupledPass<W, true>(plan, voltages), running, upright, bound, steps, outcome);
    if (!v::any(running)) return;
    if (steps == limit) {
      outcome.end(v::bits(running), STATUS_ITERATION_LIMIT, steps);
      return;
    }
    steps++;
    decoupledBack<W, true>(plan, voltages, running);
    running = judge<W>(decoupledPass<W, false>(plan, voltages), running, v::every(), bound, steps, outcome);
    if (!v::any(running)) return;
    upright = decoupledBack<W, false>(plan, voltages, running);
  }
}

/**
 * Solves every block of lanes by the fast decoupled power flow.
 *
 * @param tolerance largest power mismatch at any bus, per unit
 * @param limit most iterations, each a step of the angles and one of the magnitudes
 * @param isWarm 1: from the voltages that stand, 0: from the plan's base voltages
 * @returns the number of lanes that did not converge
 */
template <int W>
inline int32_t solveDecoupled(const Plan& plan, double tolerance, int32_t limit, int32_t isWarm) {
  const size_t blocks = plan.count(BALANCED_BLOCKS);
  int32_t failed = 0;
  for (size_t block = 0; block < blocks; block++) {
    char* voltages = plan.array(BALANCED_VOLTAGE) + block * plan.count(BALANCED_VOLTAGE_STRIDE);
    startVoltages<W>(plan, block, voltages, isWarm != 0, Operations<W>::every());
    sumPowers<W>(plan, block);
    invertMagnitudes<W>(plan, voltages);
    LaneOutcome<W> outcome(plan, block);
    decoupledBlock<W>(plan, voltages, tolerance, limit, outcome);
    for (int lane = 0; lane < W; lane++) failed += outcome.status[lane] != STATUS_CONVERGED;
  }
  return failed;
}

/** Angles of one block; returns the sum of their squares. */
template <int W>
inline typename Operations<W>::Vector dcBlock(const Plan& plan, const char* power, char* angles) {
  using v = Operations<W>;
  const size_t rows = plan.count(BALANCED_ROWS);
  const char* words = plan.array(BALANCED_SHARED_FORWARD);
  const char* lower = plan.array(BALANCED_SHARED_LOWER);
  const char* constant = plan.array(BALANCED_CONSTANT);
  for (size_t k = 0; k < rows; k++, constant += 8) {
    auto x = v::spread(constant);
    size_t count = index(words);
    words += 4;
    for (; count > 0; count--, words += 4) x = v::add(x, v::load(power + index(words)));
    count = index(words);
    words += 4;
    for (; count > 0; count--, words += 4, lower += 8) x = v::sub(x, v::mul(v::spread(lower), v::load(angles + index(words))));
    v::store(angles + k * v::HALF, v::mul(x, v::spread(lower)));
    lower += 8;
  }
  words = plan.array(BALANCED_SHARED_BACKWARD);
  const char* upper = plan.array(BALANCED_SHARED_UPPER);
  auto sum = v::splat(0.0);
  for (size_t k = rows; k-- > 0;) {
    char* angle = angles + k * v::HALF;
    auto x = v::load(angle);
    size_t count = index(words);
    words += 4;
    for (; count > 0; count--, words += 4, upper += 8) x = v::sub(x, v::mul(v::spread(upper), v::load(angles + index(words))));
    v::store(angle, x);
    sum = v::add(sum, v::mul(x, x));
  }
  return sum;
}

/** Solves every block of lanes by the DC power flow; returns the number of lanes in which something is no number. */
template <int W>
inline int32_t solveDc(const Plan& plan) {
  using v = Operations<W>;
  const size_t blocks = plan.count(BALANCED_BLOCKS);
  int32_t failed = 0;
  for (size_t block = 0; block < blocks; block++) {
    char* angles = plan.array(BALANCED_ANGLE) + block * plan.count(BALANCED_ANGLE_STRIDE);
    const auto sum = dcBlock<W>(plan, plan.array(BALANCED_POWER) + block * plan.count(BALANCED_POWER_STRIDE), angles);
    const unsigned sound = v::bits(v::atMost(sum, v::splat(MOST_NUMBER)));
    char* status = plan.array(BALANCED_STATUS) + 4 * block * W;
    char* iterations = plan.array(BALANCED_ITERATIONS) + 4 * block * W;
    for (int lane = 0; lane < W; lane++) {
      const bool isSound = (sound >> lane & 1u) != 0;
      put<int32_t>(status + 4 * lane, isSound ? STATUS_CONVERGED : STATUS_DIVERGED);
      put<int32_t>(iterations + 4 * lane, 1);
      failed += !isSound;
    }
  }
  return failed;
}

}  // namespace
}  // namespace busbar
