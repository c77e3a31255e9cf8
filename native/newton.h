// Three-phase Newton in current form. See assembly/newton.ts, whose operations these are, in the same order.
#pragma once

#include "block-lu.h"
#include "lane-controls.h"
#include "legs.h"
#include "newton-lanes.h"
#include "outcome.h"

namespace busbar {
namespace {

constexpr double NEWTON_BLOWN_UP = 1e30;

/** work = I_sources + injected by legs - Y V; `injection` holds the first two terms. */
template <int W>
inline void residual(const Plan& plan, const char* voltage, const char* injection, char* work) {
  using v = Operations<W>;
  const size_t nodes = plan.count(FIELD_NODES);
  const char* start = plan.array(FIELD_Y_START);
  const char* columns = plan.array(FIELD_Y_INDEX);
  const char* value = plan.array(FIELD_Y_VALUE);
  size_t entry = index(start);
  for (size_t k = 0; k < nodes; k++) {
    const size_t end = index(start + 4 * k + 4);
    const size_t own = k * v::COLUMN;
    auto fr = v::load(injection + own);
    auto fi = v::load(injection + own + v::HALF);
    for (; entry < end; entry++) {
      const char* p = voltage + index(columns + 4 * entry);
      const auto g = v::spread(value + 16 * entry);
      const auto b = v::spread(value + 16 * entry + 8);
      const auto vr = v::load(p);
      const auto vi = v::load(p + v::HALF);
      fr = v::sub(fr, v::sub(v::mul(g, vr), v::mul(b, vi)));
      fi = v::sub(fi, v::add(v::mul(g, vi), v::mul(b, vr)));
    }
    v::store(work + own, fr);
    v::store(work + own + v::HALF, fi);
  }
  ownResidual<W>(plan, voltage, work);
}

/** Largest power missing at a node beyond what is rounding there, VA; what the first lane misses in all is stored at `plain` unless that is null. */
template <int W>
inline typename Operations<W>::Vector largestMismatch(const Plan& plan, const char* voltage, const char* work, char* plain) {
  using v = Operations<W>;
  const size_t nodes = plan.count(FIELD_NODES);
  const char* floor = plan.array(FIELD_FLOOR);
  const auto blownUp = v::splat(NEWTON_BLOWN_UP);
  auto most = v::splat(0.0);
  auto whole = v::splat(0.0);
  auto lost = v::none();
  for (size_t k = 0; k < nodes; k++) {
    const size_t own = k * v::COLUMN;
    const auto fr = v::load(work + own);
    const auto fi = v::load(work + own + v::HALF);
    const auto vr = v::load(voltage + own);
    const auto vi = v::load(voltage + own + v::HALF);
    const auto size = v::sqrt(v::mul(v::add(v::mul(fr, fr), v::mul(fi, fi)), v::add(v::mul(vr, vr), v::mul(vi, vi))));
    most = v::larger(v::sub(size, v::spread(floor + 8 * k)), most);
    whole = v::larger(size, whole);
    lost = v::either(lost, v::inverse(v::atMost(size, blownUp)));
  }
  if (plain != nullptr) put(plain, firstLane<W>(v::select(v::splat(__builtin_inf()), whole, lost)));
  return v::select(v::splat(__builtin_inf()), most, lost);
}

/** The Jacobian's blocks from Y and the legs. */
template <int W>
inline void assemble(const Plan& plan, const char* voltage, const char* power) {
  using v = Operations<W>;
  using B = Block<W>;
  const size_t nodes = plan.count(FIELD_NODES);
  char* jacobian = plan.array(FIELD_JACOBIAN);
  __builtin_memset(jacobian, 0, (nodes + 2 * plan.count(FIELD_LU_COUNT) + 1) * B::BYTES);
  const size_t entries = index(plan.array(FIELD_Y_START) + 4 * nodes);
  const char* value = plan.array(FIELD_Y_VALUE);
  const char* position = plan.array(FIELD_Y_POSITION);
  const auto zero = v::splat(0.0);
  for (size_t entry = 0; entry < entries; entry++) {
    const auto g = v::spread(value + 16 * entry);
    const auto b = v::spread(value + 16 * entry + 8);
    B{g, v::sub(zero, b), b, g}.store(jacobian + index(position + 4 * entry) * B::BYTES);
  }
  ownJacobian<W>(plan, jacobian);
  legDerivatives<W>(plan, voltage, power, jacobian);
}

/** Solves those lanes of a block that the mask has, from the voltages in the memory; `again` where they have been solved before. Returns how many of the block did not converge. */
template <int W>
inline int32_t solveNewtonBlock(const Plan& plan, size_t block, double tolerance, int32_t limit, double acceleration, typename Operations<W>::Mask chosen, bool again) {
  using v = Operations<W>;
  const size_t nodes = plan.count(FIELD_NODES);
  const size_t bytes = blockBytes<W>(nodes);
  const size_t legBytes = plan.count(FIELD_LEGS) * v::COLUMN;
  char* injection = plan.array(FIELD_INJECTION);
  char* work = plan.array(FIELD_WORK);
  char* step = plan.array(FIELD_STEP);
  char* base = plan.array(FIELD_BASE);
  char* history = plan.array(FIELD_HISTORY);
  const auto bound = v::splat(tolerance);
  const auto full = v::splat(acceleration);
  const auto half = v::splat(0.5);
  const auto shortest = v::splat(0.01);
  const auto jump = v::splat(0.9);
  const auto blownUp = v::splat(NEWTON_BLOWN_UP);
  char* voltage = plan.array(FIELD_VOLTAGE) + block * bytes;
  const char* constant = plan.array(FIELD_CONSTANT) + block * plan.count(FIELD_CONSTANT_STRIDE);
  const char* power = plan.array(FIELD_POWER) + block * legBytes;
  Outcome<W> outcome(plan, block, limit, chosen, again);
  auto running = chosen;
  if (plan.count(FIELD_ACTIVE) != 0) running = v::both(chosen, v::greater(v::load(plan.array(FIELD_ACTIVE) + block * v::HALF), v::splat(0.0)));
  outcome.leave(v::inverse(running));
  if (plan.count(FIELD_OWN_COUNT) > 0) setUpOwn<W>(plan, block, voltage);
  auto length = full;
  auto before = v::splat(__builtin_inf());
  auto tried = v::splat(__builtin_inf());
  auto most = v::splat(__builtin_inf());
  for (int32_t iteration = v::any(running) ? 0 : limit + 1; iteration <= limit; iteration++) {
    copyBytes(injection, constant, bytes);
    legInjections<W>(plan, voltage, power, injection);
    residual<W>(plan, voltage, injection, work);
    const auto now = largestMismatch<W>(plan, voltage, work, block == 0 ? history + 8 * static_cast<size_t>(iteration) : nullptr);
    most = v::select(now, most, running);
    const auto done = v::both(v::atMost(now, bound), running);
    // A first mismatch that is not finite cannot be mended; a later one is a step too long.
    const auto lost = v::both(v::both(v::inverse(v::atMost(now, blownUp)), running), v::inverse(v::atMost(before, blownUp)));
    if (v::any(v::either(done, lost))) {
      outcome.record(done, lost, iteration);
      running = v::both(running, v::inverse(v::either(done, lost)));
      if (!v::any(running)) break;
    }
    if (iteration == limit) break;
    // Lanes whose mismatch rose go back along the last step, as long as it is not too short already and has crossed no jump.
    const auto rise = v::sub(now, before);
    const auto crossed = v::greater(rise, v::mul(jump, tried));
    const auto back = v::both(v::both(v::both(v::inverse(v::atMost(now, before)), running), v::greater(length, shortest)), v::inverse(crossed));
    const auto ahead = v::both(running, v::inverse(back));
    tried = v::select(rise, v::splat(__builtin_inf()), back);
    if (v::any(ahead)) {
      assemble<W>(plan, voltage, power);
      factorBlocks<W>(plan);
      solveBlocks<W>(plan, work);
    }
    length = v::select(v::mul(length, half), full, back);
    before = v::select(before, now, back);
    for (size_t k = 0; k < 2 * nodes; k++) {
      const size_t o = k * v::HALF;
      const auto old = v::load(voltage + o);
      const auto from = v::select(old, v::load(base + o), ahead);
      const auto by = v::select(v::load(work + o), v::load(step + o), ahead);
      v::store(base + o, from);
      v::store(step + o, by);
      v::store(voltage + o, v::select(v::add(from, v::mul(length, by)), old, running));
    }
  }
  return outcome.finish(most);
}

/** Solves every block by Newton's method, with controls until these settle; returns the number of lanes that did not converge and settle. */
template <int W>
inline int32_t solveNewton(const Plan& plan, double tolerance, int32_t limit, double acceleration) {
  const size_t blocks = plan.count(FIELD_BLOCKS);
  int32_t failed = 0;
  for (size_t block = 0; block < blocks; block++) {
    failed += solveControlled<W>(plan, block, [&](typename Operations<W>::Mask chosen, bool again) {
      return solveNewtonBlock<W>(plan, block, tolerance, limit, acceleration, chosen, again);
    });
  }
  return failed;
}

}  // namespace
}  // namespace busbar
