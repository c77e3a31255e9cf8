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
  int32_t limit;
  /** Bit i: lane i is solved; the others keep what they have. */
  unsigned solved;

  /** Begins with the lanes of a mask; where they have been solved before (`again`), their iterations add up. */
  Outcome(const Plan& plan, size_t block, int32_t most, typename v::Mask chosen, bool again)
      : status(plan.array(FIELD_STATUS) + block * v::LANES * 4),
        iterations(plan.array(FIELD_ITERATIONS) + block * v::LANES * 4),
        mismatch(plan.array(FIELD_MISMATCH) + block * v::LANES * 8),
        limit(most),
        solved(v::bits(chosen)) {
    for (int lane = 0; lane < v::LANES; lane++) {
      if (!isSolved(lane)) continue;
      if (!again) put(iterations + 4 * lane, 0);
      set(lane, STATUS_ITERATION_LIMIT, limit);
    }
  }

  Outcome(const Plan& plan, size_t block, int32_t most) : Outcome(plan, block, most, v::every(), false) {}

  bool isSolved(int lane) const { return ((solved >> lane) & 1u) != 0; }

  /** Sets a lane's status and counts iterations on. */
  void set(int lane, int32_t what, int32_t more) {
    put(status + 4 * lane, what);
    put(iterations + 4 * lane, at<int32_t>(iterations + 4 * lane) + more);
  }

  /** Lanes that are not iterated. */
  void leave(typename v::Mask idle) {
    const unsigned left = v::bits(idle);
    for (int lane = 0; lane < v::LANES; lane++) {
      if (((left & solved) >> lane) & 1u) set(lane, STATUS_ISLANDED, -limit);
    }
  }

  /** Lanes that are done or lost in this iteration. */
  void record(typename v::Mask done, typename v::Mask lost, int32_t iteration) {
    const unsigned arrived = v::bits(done);
    const unsigned gone = v::bits(lost);
    for (int lane = 0; lane < v::LANES; lane++) {
      if ((arrived >> lane) & 1u) set(lane, STATUS_CONVERGED, iteration - limit);
      else if ((gone >> lane) & 1u) set(lane, STATUS_DIVERGED, iteration - limit);
    }
  }

  /** Lanes that are given up after so many iterations. */
  void giveUp(typename v::Mask slow, int32_t iteration) {
    const unsigned left = v::bits(slow);
    for (int lane = 0; lane < v::LANES; lane++) {
      if ((left >> lane) & 1u) set(lane, STATUS_ITERATION_LIMIT, iteration - limit);
    }
  }

  /** Writes the mismatches; returns how many lanes did not converge. */
  int32_t finish(typename v::Vector most) {
    double each[v::LANES];
    v::spill(most, each);
    for (int lane = 0; lane < v::LANES; lane++) {
      if (isSolved(lane)) put(mismatch + 8 * lane, each[lane]);
    }
    return failures();
  }

  /** The same from the squares of the mismatches. */
  int32_t finishSquares(typename v::Vector most) {
    double each[v::LANES];
    v::spill(most, each);
    for (int lane = 0; lane < v::LANES; lane++) {
      if (isSolved(lane)) put(mismatch + 8 * lane, __builtin_sqrt(each[lane]));
    }
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
