// What environments look at, of all blocks of a solved batch. See assembly/observe.ts, whose operations these are, in the same order.
#pragma once

#include "memory.h"

namespace busbar {
namespace {

/** Sets the common-mode voltage of each floating section. */
template <int W>
inline void settleSections(const Plan& plan, char* voltage) {
  using v = Operations<W>;
  const size_t count = plan.count(OBSERVE_SECTIONS);
  const char* record = plan.array(OBSERVE_SECTION_RECORDS);
  const char* numbers = plan.array(OBSERVE_SECTION_NUMBERS);
  for (size_t s = 0; s < count; s++) {
    const size_t nodes = index(record);
    const size_t terms = index(record + 4);
    record += 8;
    auto re = v::spread(numbers);
    auto im = v::spread(numbers + 8);
    numbers += 16;
    const char* list = record + nodes * 4;
    for (size_t k = 0; k < terms; k++, list += 4, numbers += 16) {
      const char* x = voltage + index(list);
      const auto fr = v::spread(numbers);
      const auto fi = v::spread(numbers + 8);
      const auto xr = v::load(x);
      const auto xi = v::load(x + v::HALF);
      re = v::add(re, v::sub(v::mul(fr, xr), v::mul(fi, xi)));
      im = v::add(im, v::add(v::mul(fr, xi), v::mul(fi, xr)));
    }
    for (size_t k = 0; k < nodes; k++, record += 4) {
      char* x = voltage + index(record);
      v::store(x, v::add(v::load(x), re));
      v::store(x + v::HALF, v::add(v::load(x + v::HALF), im));
    }
    record = list;
  }
}

/** Writes a number of all lanes to their rows. */
template <int W>
inline void storeRows(float* row, size_t length, typename Operations<W>::Vector x) {
  double numbers[W];
  Operations<W>::spill(x, numbers);
  for (int lane = 0; lane < W; lane++) row[lane * length] = static_cast<float>(numbers[lane]);
}

/** Magnitudes of the nodes, and what they say of buses; the first of the lanes' rows at `row`, null where none are wanted. */
template <int W>
inline void lookAtBuses(const Plan& plan, const char* voltage, char* magnitudes, char* results, size_t stride, float* row, size_t rowLength) {
  using v = Operations<W>;
  const size_t buses = plan.count(OBSERVE_BUSES);
  const bool ofBuses = plan.count(OBSERVE_ROWS_OF_BUSES) != 0;
  const char* counts = plan.array(OBSERVE_BUS_LIST);
  const char* list = plan.array(OBSERVE_NODE_LIST);
  const char* perVolt = plan.array(OBSERVE_PER_VOLT);
  const char* band = plan.array(OBSERVE_BAND);
  const auto lowEnd = v::spread(band);
  const auto highEnd = v::spread(band + 8);
  const auto none = v::splat(0.0);
  const auto one = v::splat(1.0);
  const auto infinite = v::splat(__builtin_inf());
  auto above = none;
  auto below = none;
  auto outside = none;
  auto lowest = infinite;
  auto highest = none;
  for (size_t bus = 0; bus < buses; bus++, counts += 4) {
    const size_t nodes = index(counts);
    auto low = infinite;
    auto high = none;
    auto sum = none;
    for (size_t k = 0; k < nodes; k++, list += 4, perVolt += 8, magnitudes += v::HALF) {
      const char* x = voltage + index(list);
      const auto re = v::load(x);
      const auto im = v::load(x + v::HALF);
      const auto pu = v::mul(v::sqrt(v::add(v::mul(re, re), v::mul(im, im))), v::spread(perVolt));
      v::store(magnitudes, pu);
      sum = v::add(sum, pu);
      if (row != nullptr && !ofBuses) storeRows<W>(row++, rowLength, pu);
      low = v::select(pu, low, v::greater(low, pu));
      high = v::larger(pu, high);
    }
    if (row != nullptr && ofBuses) storeRows<W>(row++, rowLength, v::div(sum, v::splat(static_cast<double>(nodes))));
    const auto over = v::sub(high, highEnd);
    const auto under = v::sub(lowEnd, low);
    above = v::add(above, v::larger(over, none));
    below = v::add(below, v::larger(under, none));
    outside = v::add(outside, v::select(one, none, v::either(v::greater(over, none), v::greater(under, none))));
    lowest = v::select(low, lowest, v::greater(lowest, low));
    highest = v::larger(high, highest);
  }
  v::store(results + QUANTITY_ABOVE * stride, above);
  v::store(results + QUANTITY_BELOW * stride, below);
  v::store(results + QUANTITY_OUTSIDE * stride, outside);
  v::store(results + QUANTITY_LOWEST * stride, lowest);
  v::store(results + QUANTITY_HIGHEST * stride, highest);
}

/** Sum of g (conj(x) y) over terms of one kind, added to `sum`. */
template <int W>
inline auto addTerms(typename Operations<W>::Vector sum, size_t count, const char* list, const char* numbers, const char* values) {
  using v = Operations<W>;
  for (size_t k = 0; k < count; k++, list += 8, numbers += 8) {
    const char* x = values + index(list);
    const char* y = values + index(list + 4);
    const auto product = v::add(v::mul(v::load(x), v::load(y)), v::mul(v::load(x + v::HALF), v::load(y + v::HALF)));
    sum = v::add(sum, v::mul(v::spread(numbers), product));
  }
  return sum;
}

/** Losses of the elements that are the same in all lanes. */
template <int W>
inline auto sharedLosses(const Plan& plan, const char* voltage) {
  using v = Operations<W>;
  const size_t differences = plan.count(OBSERVE_DIFFERENCES);
  char* values = plan.array(OBSERVE_DIFFERENCE_VALUES);
  const char* list = plan.array(OBSERVE_DIFFERENCE_LIST);
  char* to = values;
  for (size_t k = 0; k < differences; k++, list += 8, to += v::COLUMN) {
    const char* a = voltage + index(list);
    const char* b = voltage + index(list + 4);
    v::store(to, v::sub(v::load(a), v::load(b)));
    v::store(to + v::HALF, v::sub(v::load(a + v::HALF), v::load(b + v::HALF)));
  }
  const size_t nodeTerms = plan.count(OBSERVE_NODE_TERMS);
  const char* terms = plan.array(OBSERVE_TERM_LIST);
  const char* numbers = plan.array(OBSERVE_TERM_NUMBERS);
  const auto sum = addTerms<W>(v::splat(0.0), nodeTerms, terms, numbers, voltage);
  return addTerms<W>(sum, plan.count(OBSERVE_DIFFERENCE_TERMS), terms + nodeTerms * 8, numbers + nodeTerms * 8, values);
}

/** Losses of the elements that each lane has its own values of, added to `sum`. */
template <int W>
inline auto addOwnLosses(typename Operations<W>::Vector sum, const Plan& plan, const char* voltage, const char* parameters) {
  using v = Operations<W>;
  const size_t count = plan.count(OBSERVE_ENTRIES);
  const char* list = plan.array(OBSERVE_ENTRY_LIST);
  const char* numbers = plan.array(OBSERVE_ENTRY_NUMBERS);
  for (size_t k = 0; k < count; k++, list += 24, numbers += 48) {
    const char* p = voltage + index(list);
    const char* q = voltage + index(list + 4);
    const char* r = voltage + index(list + 8);
    const char* s = voltage + index(list + 12);
    const auto x = v::load(parameters + index(list + 16));
    const auto g = v::add(v::spread(numbers), v::mul(x, v::add(v::spread(numbers + 16), v::mul(x, v::spread(numbers + 32)))));
    const auto b = v::add(v::spread(numbers + 8), v::mul(x, v::add(v::spread(numbers + 24), v::mul(x, v::spread(numbers + 40)))));
    const auto acrossRe = v::sub(v::load(p), v::load(q));
    const auto acrossIm = v::sub(v::load(p + v::HALF), v::load(q + v::HALF));
    const auto currentRe = v::sub(v::mul(g, acrossRe), v::mul(b, acrossIm));
    const auto currentIm = v::add(v::mul(g, acrossIm), v::mul(b, acrossRe));
    const auto intoRe = v::sub(v::load(r), v::load(s));
    const auto intoIm = v::sub(v::load(r + v::HALF), v::load(s + v::HALF));
    sum = v::add(sum, v::add(v::mul(intoRe, currentRe), v::mul(intoIm, currentIm)));
  }
  return sum;
}

/** What all sources deliver. */
template <int W>
inline void lookAtSources(const Plan& plan, const char* voltage, char* results, size_t stride) {
  using v = Operations<W>;
  const size_t count = plan.count(OBSERVE_SOURCES);
  const char* list = plan.array(OBSERVE_SOURCE_LIST);
  const char* numbers = plan.array(OBSERVE_SOURCE_NUMBERS);
  auto watts = v::splat(0.0);
  auto vars = v::splat(0.0);
  for (size_t s = 0; s < count; s++) {
    const size_t order = index(list);
    list += 4;
    const char* matrix = numbers + order * 16;
    for (size_t i = 0; i < order; i++, numbers += 16) {
      auto currentRe = v::spread(numbers);
      auto currentIm = v::spread(numbers + 8);
      for (size_t j = 0; j < order; j++, matrix += 16) {
        const char* x = voltage + index(list + 4 * j);
        const auto g = v::spread(matrix);
        const auto b = v::spread(matrix + 8);
        const auto xr = v::load(x);
        const auto xi = v::load(x + v::HALF);
        currentRe = v::sub(currentRe, v::sub(v::mul(g, xr), v::mul(b, xi)));
        currentIm = v::sub(currentIm, v::add(v::mul(g, xi), v::mul(b, xr)));
      }
      const char* own = voltage + index(list + 4 * i);
      const auto re = v::load(own);
      const auto im = v::load(own + v::HALF);
      watts = v::add(watts, v::add(v::mul(re, currentRe), v::mul(im, currentIm)));
      vars = v::add(vars, v::sub(v::mul(im, currentRe), v::mul(re, currentIm)));
    }
    numbers = matrix;
    list += 4 * order;
  }
  v::store(results + QUANTITY_SOURCE_WATTS * stride, watts);
  v::store(results + QUANTITY_SOURCE_VARS * stride, vars);
}

/** Looks at all blocks. */
template <int W>
void observe(const Plan& plan) {
  using v = Operations<W>;
  const size_t blocks = plan.count(OBSERVE_BLOCKS);
  const size_t stride = plan.count(OBSERVE_RESULT_STRIDE);
  const size_t nodes = plan.count(OBSERVE_NODES);
  const size_t rowLength = plan.count(OBSERVE_ROWS_OF_BUSES) != 0 ? plan.count(OBSERVE_BUSES) : nodes;
  float* rows = plan.count(OBSERVE_ROWS) != 0 ? reinterpret_cast<float*>(plan.array(OBSERVE_ROWS)) : nullptr;
  for (size_t block = 0; block < blocks; block++) {
    char* voltage = plan.array(OBSERVE_VOLTAGE) + block * plan.count(OBSERVE_VOLTAGE_STRIDE);
    char* results = plan.array(OBSERVE_RESULTS) + block * v::HALF;
    settleSections<W>(plan, voltage);
    lookAtBuses<W>(plan, voltage, plan.array(OBSERVE_MAGNITUDES) + block * nodes * v::HALF, results, stride,
                   rows == nullptr ? nullptr : rows + block * W * rowLength, rowLength);
    const char* parameters = plan.array(OBSERVE_PARAMETERS) + block * plan.count(OBSERVE_PARAMETER_STRIDE);
    v::store(results + QUANTITY_LOSSES * stride, addOwnLosses<W>(sharedLosses<W>(plan, voltage), plan, voltage, parameters));
    lookAtSources<W>(plan, voltage, results, stride);
  }
}

}  // namespace
}  // namespace busbar
