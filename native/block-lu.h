// Sparse LU of real 2x2 blocks, every lane with values of its own. See assembly/block-lu.ts, whose operations these are, in the same order.
#pragma once

#include "block.h"

namespace busbar {
namespace {

/** Factors the Jacobian in place: diagonal blocks become their inverses, lower blocks multipliers. */
template <int W>
inline void factorBlocks(const Plan& plan) {
  using B = Block<W>;
  const size_t nodes = plan.count(FIELD_NODES);
  const char* start = plan.array(FIELD_LU_START);
  char* blocks = plan.array(FIELD_JACOBIAN);
  char* lower = blocks + nodes * B::BYTES;
  char* upper = lower + plan.count(FIELD_LU_COUNT) * B::BYTES;
  const char* target = plan.array(FIELD_LU_TARGET);
  for (size_t k = 0; k < nodes; k++) {
    char* own = blocks + k * B::BYTES;
    const B inverse = B::load(own).inverse();
    inverse.store(own);
    const size_t from = index(start + 4 * k);
    const size_t to = index(start + 4 * k + 4);
    for (size_t i = from; i < to; i++) {
      char* l = lower + i * B::BYTES;
      const B multiplier = B::load(l).times(inverse);
      multiplier.store(l);
      for (size_t j = from; j < to; j++) {
        char* t = blocks + index(target) * B::BYTES;
        target += 4;
        B::load(t).minus(multiplier.times(B::load(upper + j * B::BYTES))).store(t);
      }
    }
  }
}

/** Solves for the right-hand side at `work`, in place. */
template <int W>
inline void solveBlocks(const Plan& plan, char* work) {
  using v = Operations<W>;
  using B = Block<W>;
  const size_t nodes = plan.count(FIELD_NODES);
  const char* start = plan.array(FIELD_LU_START);
  const char* columns = plan.array(FIELD_LU_INDEX);
  const char* blocks = plan.array(FIELD_JACOBIAN);
  const char* lower = blocks + nodes * B::BYTES;
  const char* upper = lower + plan.count(FIELD_LU_COUNT) * B::BYTES;
  size_t from = index(start);
  for (size_t k = 0; k < nodes; k++) {
    const size_t to = index(start + 4 * k + 4);
    const auto x = v::load(work + k * v::COLUMN);
    const auto y = v::load(work + k * v::COLUMN + v::HALF);
    for (; from < to; from++) {
      char* p = work + index(columns + 4 * from);
      const B l = B::load(lower + from * B::BYTES);
      v::store(p, v::sub(v::load(p), l.first(x, y)));
      v::store(p + v::HALF, v::sub(v::load(p + v::HALF), l.second(x, y)));
    }
  }
  for (size_t k = nodes; k-- > 0;) {
    const size_t first = index(start + 4 * k);
    const size_t to = index(start + 4 * k + 4);
    char* own = work + k * v::COLUMN;
    auto x = v::load(own);
    auto y = v::load(own + v::HALF);
    for (size_t j = first; j < to; j++) {
      const char* p = work + index(columns + 4 * j);
      const B u = B::load(upper + j * B::BYTES);
      const auto ux = v::load(p);
      const auto uy = v::load(p + v::HALF);
      x = v::sub(x, u.first(ux, uy));
      y = v::sub(y, u.second(ux, uy));
    }
    const B d = B::load(blocks + k * B::BYTES);
    v::store(own, d.first(x, y));
    v::store(own + v::HALF, d.second(x, y));
  }
}

}  // namespace
}  // namespace busbar
