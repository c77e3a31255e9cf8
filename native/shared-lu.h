// Sparse complex LU with one set of factors for all lanes. See assembly/shared-lu.ts, whose operations these are, in the same order.
#pragma once

#include "memory.h"

namespace busbar {
namespace {

/** Factors in place. Returns the slot of the first pivot that is 0 or not finite, or -1. */
inline int32_t factorShared(const Plan& plan) {
  const size_t nodes = plan.count(FIELD_NODES);
  const size_t count = plan.count(FIELD_LU_COUNT);
  const char* start = plan.array(FIELD_LU_START);
  char* diagonal = plan.array(FIELD_LU_DIAGONAL);
  char* lower = plan.array(FIELD_LU_LOWER);
  char* upper = plan.array(FIELD_LU_UPPER);
  const char* target = plan.array(FIELD_LU_TARGET);
  const size_t bothSides = nodes + count;
  for (size_t k = 0; k < nodes; k++) {
    char* own = diagonal + 16 * k;
    const double dr = at<double>(own);
    const double di = at<double>(own + 8);
    const double size = dr * dr + di * di;
    if (!(size > 0.0) || !(size < __builtin_inf())) return static_cast<int32_t>(k);
    const double pr = dr / size;
    const double pi = -di / size;
    put(own, pr);
    put(own + 8, pi);
    const size_t from = index(start + 4 * k);
    const size_t to = index(start + 4 * k + 4);
    for (size_t i = from; i < to; i++) {
      char* l = lower + 16 * i;
      const double ar = at<double>(l);
      const double ai = at<double>(l + 8);
      const double lr = ar * pr - ai * pi;
      const double li = ar * pi + ai * pr;
      put(l, lr);
      put(l + 8, li);
      for (size_t j = from; j < to; j++) {
        const char* u = upper + 16 * j;
        const double ur = at<double>(u);
        const double ui = at<double>(u + 8);
        const size_t place = index(target);
        target += 4;
        char* t = place < nodes ? diagonal + 16 * place : place < bothSides ? lower + 16 * (place - nodes) : upper + 16 * (place - bothSides);
        put(t, at<double>(t) - (lr * ur - li * ui));
        put(t + 8, at<double>(t + 8) - (lr * ui + li * ur));
      }
    }
  }
  return -1;
}

/** Forward substitution on the injections in `work`, in place. */
template <int W>
inline void forwardShared(const Plan& plan, char* work) {
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
      const auto lr = v::spread(lower + 16 * from);
      const auto li = v::spread(lower + 16 * from + 8);
      v::store(p, v::sub(v::load(p), v::sub(v::mul(lr, br), v::mul(li, bi))));
      v::store(p + v::HALF, v::sub(v::load(p + v::HALF), v::add(v::mul(lr, bi), v::mul(li, br))));
    }
  }
}

/** Back substitution from `work`, in place; lanes that run get their voltages. */
template <int W>
inline void backwardShared(const Plan& plan, char* work, char* voltage, typename Operations<W>::Mask running) {
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
      const auto ur = v::spread(upper + 16 * j);
      const auto ui = v::spread(upper + 16 * j + 8);
      const auto xr = v::load(p);
      const auto xi = v::load(p + v::HALF);
      br = v::sub(br, v::sub(v::mul(ur, xr), v::mul(ui, xi)));
      bi = v::sub(bi, v::add(v::mul(ur, xi), v::mul(ui, xr)));
    }
    const auto dr = v::spread(diagonal + 16 * k);
    const auto di = v::spread(diagonal + 16 * k + 8);
    const auto xr = v::sub(v::mul(dr, br), v::mul(di, bi));
    const auto xi = v::add(v::mul(dr, bi), v::mul(di, br));
    v::store(own, xr);
    v::store(own + v::HALF, xi);
    char* out = voltage + k * v::COLUMN;
    v::store(out, v::select(xr, v::load(out), running));
    v::store(out + v::HALF, v::select(xi, v::load(out + v::HALF), running));
  }
}

/** Solves once for the right-hand side in the work array; the solution is left in the previous array. */
template <int W>
inline void solveShared(const Plan& plan) {
  char* work = plan.array(FIELD_WORK);
  forwardShared<W>(plan, work);
  backwardShared<W>(plan, work, plan.array(FIELD_PREVIOUS), Operations<W>::every());
}

}  // namespace
}  // namespace busbar
