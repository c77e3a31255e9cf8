// Fills the table for one width. Everything in here and below stands in an unnamed namespace: each translation unit is compiled for another processor, and
// none may end up with a function of a neighbour.
#pragma once

#include "balanced-decoupled.h"
#include "balanced-view.h"
#include "balanced.h"
#include "fixed-point.h"
#include "kernels.h"
#include "newton.h"
#include "observe.h"

namespace busbar {
namespace {

template <int W>
void probeLanes(int32_t operation, const double* a, const double* b, const double* c, double* out, size_t count) {
  using v = Operations<W>;
  for (size_t k = 0; k + v::LANES <= count; k += v::LANES) {
    const auto x = v::gather(a + k);
    const auto y = v::gather(b + k);
    const auto z = v::gather(c + k);
    auto result = v::splat(0.0);
    const auto first = [](double number) {
      const auto unit = static_cast<typename v::Unit>(number);
      return v::spread(reinterpret_cast<const char*>(&unit));
    };
    switch (operation) {
      case 0: result = v::add(x, y); break;
      case 1: result = v::sub(x, y); break;
      case 2: result = v::mul(x, y); break;
      case 3: result = v::div(x, y); break;
      case 4: result = v::sqrt(x); break;
      case 5: result = v::larger(x, y); break;
      case 6: result = v::select(x, y, v::greater(x, z)); break;
      case 7: result = v::select(x, y, v::atMost(x, z)); break;
      case 8: result = v::select(x, y, v::both(v::greater(x, z), v::atMost(y, z))); break;
      case 9: result = v::select(x, y, v::either(v::greater(x, z), v::inverse(v::atMost(y, z)))); break;
      case 10: result = v::splat(v::any(v::greater(x, y)) ? 1.0 : 0.0); break;
      case 11: result = v::splat(v::all(v::greater(x, y)) ? 1.0 : 0.0); break;
      case 12: result = v::select(first(a[k]), y, v::every()); break;
      default: break;
    }
    v::spill(result, out + k);
  }
}

void probeElementary(int32_t which, const double* a, const double* b, double* out, size_t count) {
  for (size_t k = 0; k < count; k++) {
    out[k] = which == 0 ? exponentialOf(a[k]) : which == 1 ? logarithm(a[k]) : which == 2 ? power(a[k], b[k]) : hyperbolicTangent(a[k]);
  }
}

/** The kernels of one width; in single precision the chord method only, -1 for any other. */
template <int W>
constexpr Kernels tableOfWidth(const char* name) {
  if constexpr (Operations<W>::SINGLE) {
    return {
        name,
        W,
        [](char* memory, uint32_t layout, int32_t solver, double tolerance, int32_t limit, int32_t start, double) {
          return solver == SOLVER_CHORD_TREE ? solveChordTree<W>(Plan(memory, layout), tolerance, limit, start) : -1;
        },
        [](char*, uint32_t, double, int32_t, double) { return -1; },
        [](char*, uint32_t) { return -1; },
        [](char*, uint32_t) {},
        [](char*, uint32_t, double, int32_t, int32_t, int32_t) { return -1; },
        [](char*, uint32_t, double, int32_t, int32_t) { return -1; },
        [](char*, uint32_t) { return -1; },
        [](char*, uint32_t) {},
        [](char*, uint32_t) {},
        probeLanes<W>,
        probeElementary,
    };
  } else {
    return {
        name,
        W,
        [](char* memory, uint32_t layout, int32_t solver, double tolerance, int32_t limit, int32_t start, double acceleration) {
          return solveFixedPoint<W>(Plan(memory, layout), solver, tolerance, limit, start, acceleration);
        },
        [](char* memory, uint32_t layout, double tolerance, int32_t limit, double acceleration) {
          return solveNewton<W>(Plan(memory, layout), tolerance, limit, acceleration);
        },
        [](char* memory, uint32_t layout) { return factorShared(Plan(memory, layout)); },
        [](char* memory, uint32_t layout) { solveShared<W>(Plan(memory, layout)); },
        [](char* memory, uint32_t layout, double tolerance, int32_t sharedLimit, int32_t limit, int32_t isWarm) {
          return solveBalanced<W>(Plan(memory, layout), tolerance, sharedLimit, limit, isWarm);
        },
        [](char* memory, uint32_t layout, double tolerance, int32_t limit, int32_t isWarm) {
          return solveDecoupled<W>(Plan(memory, layout), tolerance, limit, isWarm);
        },
        [](char* memory, uint32_t layout) { return solveDc<W>(Plan(memory, layout)); },
        [](char* memory, uint32_t layout) { viewBalanced<W>(Plan(memory, layout)); },
        [](char* memory, uint32_t layout) { observe<W>(Plan(memory, layout)); },
        probeLanes<W>,
        probeElementary,
    };
  }
}

}  // namespace
}  // namespace busbar
