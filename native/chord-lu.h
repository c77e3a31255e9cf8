// Sparse LU of real 2x2 blocks with one set of factors for all lanes. See assembly/chord-lu.ts, whose operations these are, in the same order.
#pragma once

#include "memory.h"

namespace busbar {
namespace {

/** Forward substitution on the injections in `work`, in place. */
template <int W>
inline void chordForwardShared(const Plan& plan, char* work) {
  using v = Operations<W>;
  const size_t nodes = plan.count(FIELD_NODES);
  const char* start = plan.array(FIELD_LU_START);
  const char* columns = plan.array(FIELD_LU_INDEX);
  const char* lower = plan.array(FIELD_LU_LOWER);
  size_t from = index(start);
  for (size_t k = 0; k < nodes; k++) {
    const size_t to = index(start + 4 * k + 4);
    const auto br = v::load(work + k * v::COLUMN);
    const auto bi = v::load(work + k * v::COLUMN + v::HALF);
    for (; from < to; from++) {
      char* p = work + index(columns + 4 * from);
      const char* l = lower + 32 * from;
      v::store(p, v::sub(v::load(p), v::add(v::mul(v::spread(l), br), v::mul(v::spread(l + 8), bi))));
      v::store(p + v::HALF, v::sub(v::load(p + v::HALF), v::add(v::mul(v::spread(l + 16), br), v::mul(v::spread(l + 24), bi))));
    }
  }
}

/** Back substitution from `work`, in place; lanes that run get their voltages. */
template <int W>
inline void chordBackwardShared(const Plan& plan, char* work, char* voltage, typename Operations<W>::Mask running) {
  using v = Operations<W>;
  const char* start = plan.array(FIELD_LU_START);
  const char* columns = plan.array(FIELD_LU_INDEX);
  const char* upper = plan.array(FIELD_LU_UPPER);
  const char* diagonal = plan.array(FIELD_LU_DIAGONAL);
  for (size_t k = plan.count(FIELD_NODES); k-- > 0;) {
    const size_t from = index(start + 4 * k);
    const size_t to = index(start + 4 * k + 4);
    char* own = work + k * v::COLUMN;
    auto br = v::load(own);
    auto bi = v::load(own + v::HALF);
    for (size_t j = from; j < to; j++) {
      const char* p = work + index(columns + 4 * j);
      const char* u = upper + 32 * j;
      const auto xr = v::load(p);
      const auto xi = v::load(p + v::HALF);
      br = v::sub(br, v::add(v::mul(v::spread(u), xr), v::mul(v::spread(u + 8), xi)));
      bi = v::sub(bi, v::add(v::mul(v::spread(u + 16), xr), v::mul(v::spread(u + 24), xi)));
    }
    const char* d = diagonal + 32 * k;
    const auto xr = v::add(v::mul(v::spread(d), br), v::mul(v::spread(d + 8), bi));
    const auto xi = v::add(v::mul(v::spread(d + 16), br), v::mul(v::spread(d + 24), bi));
    v::store(own, xr);
    v::store(own + v::HALF, xi);
    char* out = voltage + k * v::COLUMN;
    v::store(out, v::select(xr, v::load(out), running));
    v::store(out + v::HALF, v::select(xi, v::load(out + v::HALF), running));
  }
}

}  // namespace
}  // namespace busbar
