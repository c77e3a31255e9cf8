// What a solution leaves for each lane of a block: status, iterations, mismatch.
#pragma once

#include "memory.h"

namespace busbar {
namespace {

template <int W>
struct Outcome {
  using v = Operations<W>;
  char* status;
  char* iterations;
  char* mismatch;

  Outcome(const Plan& plan, size_t block, int32_t limit)
      : status(plan.array(FIELD_STATUS) + block * v::LANES * 4),
        iterations(plan.array(FIELD_ITERATIONS) + block * v::LANES * 4),
        mismatch(plan.array(FIELD_MISMATCH) + block * v::LANES * 8) {
    for (int lane = 0; lane < v::LANES; lane++) set(lane, STATUS_ITERATION_LIMIT, limit);
  }

  void set(int lane, int32_t what, int32_t when) {
    put(status + 4 * lane, what);
    put(iterations + 4 * lane, when);
  }

  /** Lanes that are not iterated. */
  void leave(typename v::Mask idle) {
    const unsigned left = v::bits(idle);
    for (int lane = 0; lane < v::LANES; lane++) {
      if ((left >> lane) & 1u) set(lane, STATUS_ISLANDED, 0);
    }
  }

  /** Lanes that are done or lost in this iteration. */
  void record(typename v::Mask done, typename v::Mask lost, int32_t iteration) {
    const unsigned arrived = v::bits(done);
    const unsigned gone = v::bits(lost);
    for (int lane = 0; lane < v::LANES; lane++) {
      if ((arrived >> lane) & 1u) set(lane, STATUS_CONVERGED, iteration);
      else if ((gone >> lane) & 1u) set(lane, STATUS_DIVERGED, iteration);
    }
  }

  /** Lanes that are given up after so many iterations. */
  void giveUp(typename v::Mask slow, int32_t iteration) {
    const unsigned left = v::bits(slow);
    for (int lane = 0; lane < v::LANES; lane++) {
      if ((left >> lane) & 1u) set(lane, STATUS_ITERATION_LIMIT, iteration);
    }
  }

  /** Writes the mismatches; returns how many lanes did not converge. */
  int32_t finish(typename v::Vector most) {
    double each[v::LANES];
    v::spill(most, each);
    for (int lane = 0; lane < v::LANES; lane++) put(mismatch + 8 * lane, each[lane]);
    return failures();
  }

  /** The same from the squares of the mismatches. */
  int32_t finishSquares(typename v::Vector most) {
    double each[v::LANES];
    v::spill(most, each);
    for (int lane = 0; lane < v::LANES; lane++) put(mismatch + 8 * lane, __builtin_sqrt(each[lane]));
    return failures();
  }

  int32_t failures() const {
    int32_t failed = 0;
    for (int lane = 0; lane < v::LANES; lane++) failed += at<int32_t>(status + 4 * lane) != STATUS_CONVERGED;
    return failed;
  }
};

/** Lane 0 of a vector. */
template <int W>
inline double firstLane(typename Operations<W>::Vector x) {
  double lanes[Operations<W>::LANES];
  Operations<W>::spill(x, lanes);
  return lanes[0];
}

}  // namespace
}  // namespace busbar
