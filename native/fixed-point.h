// Fixed-point current injection. See assembly/fixed-point.ts, whose operations these are, in the same order.
#pragma once

#include "chord-tree.h"
#include "legs.h"
#include "outcome.h"
#include "shared-lu.h"
#include "tree.h"

namespace busbar {
namespace {

/** Beyond this many VA, squared, a lane has blown up. */
constexpr double FIXED_POINT_BLOWN_UP = 1e36;

/** Largest |dI|^2 |V|^2 over the nodes that legs touch, a lane. Unless `constant` is null, `previous` becomes it at these nodes. */
template <int W>
inline typename Operations<W>::Vector mismatchSquare(const Plan& plan, const char* voltage, const char* injection, char* previous,
                                                     const char* constant) {
  using v = Operations<W>;
  const size_t count = plan.count(FIELD_LEG_NODE_COUNT);
  const char* list = plan.array(FIELD_LEG_NODE_LIST);
  auto most = v::splat(0.0);
  auto lost = v::none();
  const auto blownUp = v::splat(FIXED_POINT_BLOWN_UP);
  for (size_t k = 0; k < count; k++) {
    const size_t o = index(list + 4 * k);
    const auto dr = v::sub(v::load(injection + o), v::load(previous + o));
    const auto di = v::sub(v::load(injection + o + v::HALF), v::load(previous + o + v::HALF));
    const auto vr = v::load(voltage + o);
    const auto vi = v::load(voltage + o + v::HALF);
    const auto size = v::mul(v::add(v::mul(dr, dr), v::mul(di, di)), v::add(v::mul(vr, vr), v::mul(vi, vi)));
    most = v::larger(size, most);
    lost = v::either(lost, v::inverse(v::atMost(size, blownUp)));
    if (constant != nullptr) {
      v::store(previous + o, v::load(constant + o));
      v::store(previous + o + v::HALF, v::load(constant + o + v::HALF));
    }
  }
  // A NaN anywhere must not be lost in the comparison.
  return v::select(v::splat(__builtin_inf()), most, lost);
}

/** previous += acceleration (injection - previous). */
template <int W>
inline void accelerate(char* previous, const char* injection, size_t nodes, double acceleration) {
  using v = Operations<W>;
  const auto factor = v::splat(acceleration);
  for (size_t k = 0; k < 2 * nodes; k++) {
    char* p = previous + k * v::HALF;
    const auto old = v::load(p);
    v::store(p, v::add(old, v::mul(factor, v::sub(v::load(injection + k * v::HALF), old))));
  }
}

/** Solves every block to convergence; returns the number of lanes that did not converge. */
template <int W>
inline int32_t solveFixedPoint(const Plan& plan, int32_t solver, double tolerance, int32_t limit, int32_t start, double acceleration) {
  using v = Operations<W>;
  if (solver == SOLVER_CHORD_TREE) return solveChordTree<W>(plan, tolerance, limit, start);
  const size_t nodes = plan.count(FIELD_NODES);
  const size_t blocks = plan.count(FIELD_BLOCKS);
  const size_t bytes = blockBytes<W>(nodes);
  const size_t legBytes = plan.count(FIELD_LEGS) * v::COLUMN;
  // Two arrays that change places after each iteration.
  char* injection = plan.array(FIELD_INJECTION);
  char* previous = plan.array(FIELD_PREVIOUS);
  char* work = plan.array(FIELD_WORK);
  char* history = plan.array(FIELD_HISTORY);
  const auto bound = v::splat(tolerance * tolerance);
  const auto blownUp = v::splat(FIXED_POINT_BLOWN_UP);
  const bool plain = acceleration == 1.0;
  int32_t failed = 0;
  for (size_t block = 0; block < blocks; block++) {
    char* voltage = plan.array(FIELD_VOLTAGE) + block * bytes;
    const char* constant = plan.array(FIELD_CONSTANT) + block * plan.count(FIELD_CONSTANT_STRIDE);
    const char* power = plan.array(FIELD_POWER) + block * legBytes;
    Outcome<W> outcome(plan, block, limit);
    auto running = v::every();
    copyBytes(injection, constant, bytes);
    copyBytes(previous, constant, bytes);
    if (start != START_FLAT) legInjections<W>(plan, voltage, power, previous);
    auto most = blownUp;
    for (int32_t iteration = 1; iteration <= limit; iteration++) {
      copyBytes(work, previous, bytes);
      if (solver == SOLVER_TREE) {
        treeBackward<W>(plan, work);
        treeForward<W>(plan, work, voltage, running);
      } else {
        forwardShared<W>(plan, work);
        backwardShared<W>(plan, work, voltage, running);
      }
      legInjections<W>(plan, voltage, power, injection);
      const auto now = mismatchSquare<W>(plan, voltage, injection, previous, plain ? constant : nullptr);
      most = v::select(now, most, running);
      if (block == 0) put(history + 8 * static_cast<size_t>(iteration), __builtin_sqrt(firstLane<W>(most)));
      const auto done = v::both(v::atMost(now, bound), running);
      const auto lost = v::both(v::inverse(v::atMost(now, blownUp)), running);
      if (v::any(v::either(done, lost))) {
        outcome.record(done, lost, iteration);
        running = v::both(running, v::inverse(v::either(done, lost)));
        if (!v::any(running)) break;
      }
      if (plain) {
        char* next = previous;
        previous = injection;
        injection = next;
      } else {
        accelerate<W>(previous, injection, nodes, acceleration);
        copyBytes(injection, constant, bytes);
      }
    }
    failed += outcome.finish(v::sqrt(most));
  }
  return failed;
}

}  // namespace
}  // namespace busbar
