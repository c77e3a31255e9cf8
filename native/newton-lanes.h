// Newton with admittances of each lane's own. See assembly/newton-lanes.ts, whose operations these are, in the same order.
#pragma once

#include "legs.h"

namespace busbar {
namespace {

constexpr size_t OWN_RECORD_BYTES = 4 * OWN_RECORD;
constexpr size_t OWN_POLYNOMIAL_BYTES = 8 * OWN_POLYNOMIAL;

/** Makes the admittances of a block of lanes from its parameters, and the voltages of dead parts 0. */
template <int W>
inline void setUpOwn(const Plan& plan, size_t block, char* voltage) {
  using v = Operations<W>;
  const size_t count = plan.count(FIELD_OWN_COUNT);
  const char* parameters = plan.array(FIELD_OWN_PARAMETER) + block * plan.count(FIELD_OWN_PARAMETERS) * v::HALF;
  const char* record = plan.array(FIELD_OWN_RECORDS);
  const char* u = plan.array(FIELD_OWN_POLYNOMIALS);
  char* value = plan.array(FIELD_OWN_VALUES);
  for (size_t k = 0; k < count; k++) {
    const auto x = v::load(parameters + index(record + 32) * v::HALF);
    v::store(value, v::add(v::spread(u), v::mul(x, v::add(v::spread(u + 16), v::mul(x, v::spread(u + 32))))));
    v::store(value + v::HALF, v::add(v::spread(u + 8), v::mul(x, v::add(v::spread(u + 24), v::mul(x, v::spread(u + 40))))));
    record += OWN_RECORD_BYTES;
    u += OWN_POLYNOMIAL_BYTES;
    value += v::COLUMN;
  }
  const auto zero = v::splat(0.0);
  record = plan.array(FIELD_OWN_RECORDS) + plan.count(FIELD_DEAD_FIRST) * OWN_RECORD_BYTES;
  for (size_t left = plan.count(FIELD_DEAD_COUNT); left > 0; left--) {
    const auto dead = v::greater(v::load(parameters + index(record + 32) * v::HALF), zero);
    char* p = voltage + index(record);
    v::store(p, v::select(zero, v::load(p), dead));
    v::store(p + v::HALF, v::select(zero, v::load(p + v::HALF), dead));
    record += OWN_RECORD_BYTES;
  }
}

/** Takes the currents through the entries off the residual. */
template <int W>
inline void ownResidual(const Plan& plan, const char* voltage, char* work) {
  using v = Operations<W>;
  const size_t count = plan.count(FIELD_OWN_COUNT);
  const char* record = plan.array(FIELD_OWN_RECORDS);
  const char* value = plan.array(FIELD_OWN_VALUES);
  for (size_t k = 0; k < count; k++) {
    const char* p = voltage + index(record);
    const char* q = voltage + index(record + 4);
    char* r = work + index(record + 8);
    char* s = work + index(record + 12);
    const auto g = v::load(value);
    const auto b = v::load(value + v::HALF);
    const auto vr = v::sub(v::load(p), v::load(q));
    const auto vi = v::sub(v::load(p + v::HALF), v::load(q + v::HALF));
    const auto cr = v::sub(v::mul(g, vr), v::mul(b, vi));
    const auto ci = v::add(v::mul(g, vi), v::mul(b, vr));
    v::store(r, v::sub(v::load(r), cr));
    v::store(r + v::HALF, v::sub(v::load(r + v::HALF), ci));
    v::store(s, v::add(v::load(s), cr));
    v::store(s + v::HALF, v::add(v::load(s + v::HALF), ci));
    record += OWN_RECORD_BYTES;
    value += v::COLUMN;
  }
}

/** Adds the entries to the Jacobian's blocks. */
template <int W>
inline void ownJacobian(const Plan& plan, char* jacobian) {
  using v = Operations<W>;
  constexpr size_t BLOCK = 4 * v::HALF;
  const size_t count = plan.count(FIELD_OWN_COUNT);
  const char* record = plan.array(FIELD_OWN_RECORDS);
  const char* value = plan.array(FIELD_OWN_VALUES);
  const auto zero = v::splat(0.0);
  for (size_t k = 0; k < count; k++) {
    const auto g = v::load(value);
    const auto b = v::load(value + v::HALF);
    const auto minus = v::sub(zero, b);
    addBlock<W, false>(jacobian + index(record + 16) * BLOCK, g, minus, b, g);
    addBlock<W, true>(jacobian + index(record + 20) * BLOCK, g, minus, b, g);
    addBlock<W, true>(jacobian + index(record + 24) * BLOCK, g, minus, b, g);
    addBlock<W, false>(jacobian + index(record + 28) * BLOCK, g, minus, b, g);
    record += OWN_RECORD_BYTES;
    value += v::COLUMN;
  }
}

}  // namespace
}  // namespace busbar
