// What is looked at after power flows of balanced grids, of all blocks. See assembly/balanced-view.ts, whose operations these are, in the same order.
#pragma once

#include "memory.h"

namespace busbar {
namespace {

/** Looks at all blocks. */
template <int W>
inline void viewBalanced(const Plan& plan) {
  using v = Operations<W>;
  const size_t blocks = plan.count(BALANCED_BLOCKS);
  const size_t buses = plan.count(BALANCED_VIEW_BUSES);
  const size_t branches = plan.count(BALANCED_VIEW_BRANCHES);
  const size_t stride = plan.count(BALANCED_VOLTAGE_STRIDE);
  const char* band = plan.array(BALANCED_VIEW_NUMBERS);
  const auto least = v::spread(band);
  const auto most = v::spread(band + 8);
  const auto none = v::splat(0.0);
  const auto one = v::splat(1.0);
  const char* voltage = plan.array(BALANCED_VOLTAGE);
  float* magnitudes = reinterpret_cast<float*>(plan.array(BALANCED_VIEW_MAGNITUDES));
  char* results = plan.array(BALANCED_VIEW_RESULTS);
  for (size_t block = 0; block < blocks; block++) {
    auto outside = none;
    auto lowest = v::splat(__builtin_inf());
    auto highest = none;
    const char* list = plan.array(BALANCED_VIEW_BUS_LIST);
    for (size_t bus = 0; bus < buses; bus++, list += 4) {
      const char* x = voltage + index(list);
      const auto re = v::load(x);
      const auto im = v::load(x + v::HALF);
      const auto square = v::add(v::mul(re, re), v::mul(im, im));
      outside = v::add(outside, v::select(one, none, v::either(v::greater(least, square), v::greater(square, most))));
      lowest = v::select(square, lowest, v::greater(lowest, square));
      highest = v::larger(square, highest);
      double pu[W];
      v::spill(v::sqrt(square), pu);
      for (int lane = 0; lane < W; lane++) magnitudes[lane * buses + bus] = static_cast<float>(pu[lane]);
    }
    auto losses = none;
    list = plan.array(BALANCED_VIEW_BRANCH_LIST);
    const char* conductance = band + 16;
    for (size_t k = 0; k < branches; k++, list += 8, conductance += 8) {
      const char* from = voltage + index(list);
      const char* to = voltage + index(list + 4);
      const auto re = v::sub(v::load(to), v::load(from));
      const auto im = v::sub(v::load(to + v::HALF), v::load(from + v::HALF));
      losses = v::add(losses, v::mul(v::spread(conductance), v::add(v::mul(re, re), v::mul(im, im))));
    }
    v::store(results + VIEW_LOSSES * v::HALF, losses);
    v::store(results + VIEW_OUTSIDE * v::HALF, outside);
    v::store(results + VIEW_LOWEST * v::HALF, lowest);
    v::store(results + VIEW_HIGHEST * v::HALF, highest);
    voltage += stride;
    magnitudes += W * buses;
    results += VIEW_QUANTITIES * v::HALF;
  }
}

}  // namespace
}  // namespace busbar
