// Blocks of the chord tree whose transformers have taps of each lane's own. See assembly/chord-lanes.ts, whose operations these are, in the same order.
#pragma once

#include "block.h"

namespace busbar {
namespace {

constexpr size_t LANE_BYTES = 4 * LANE_RECORD;

/** Where a block of lanes has its values. */
inline char* laneValues(const Plan& plan, size_t block) { return plan.array(FIELD_LANE_VALUES) + block * plan.count(FIELD_LANE_STRIDE); }

/** Replaces an m x m matrix of 2x2 blocks by its inverse, by block elimination in place. */
template <int W>
inline void invertBlock(char* matrix, size_t m) {
  using B = Block<W>;
  const auto entry = [&](size_t i, size_t j) { return matrix + (i * m + j) * B::BYTES; };
  for (size_t k = 0; k < m; k++) {
    const B pivot = B::load(entry(k, k)).inverse();
    pivot.store(entry(k, k));
    for (size_t j = 0; j < m; j++) {
      if (j != k) B::zero().plus(pivot.times(B::load(entry(k, j)))).store(entry(k, j));
    }
    for (size_t i = 0; i < m; i++) {
      if (i == k) continue;
      const B factor = B::load(entry(i, k));
      for (size_t j = 0; j < m; j++) {
        if (j != k) B::load(entry(i, j)).minus(factor.times(B::load(entry(k, j)))).store(entry(i, j));
      }
      B::zero().minus(factor.times(pivot)).store(entry(i, k));
    }
  }
}

/** Makes the values of one block of lanes from its taps. */
template <int W>
inline void setUpLanes(const Plan& plan, size_t block) {
  using v = Operations<W>;
  using B = Block<W>;
  const size_t count = plan.count(FIELD_LANE_COUNT);
  char* values = laneValues(plan, block);
  const char* taps = plan.array(FIELD_TAPS) + block * plan.count(FIELD_LANE_UNITS) * v::HALF;
  char* matrix = plan.array(FIELD_LANE_SCRATCH);
  const auto one = v::splat(1.0);
  const char* record = plan.array(FIELD_LANE_RECORDS);
  for (size_t c = 0; c < count; c++, record += LANE_BYTES) {
    const size_t m = index(record);
    const size_t q = index(record + 4);
    const char* first = taps + index(record + 8) * v::HALF;
    const char* data = plan.pointer(record + 16);
    const char* word = plan.pointer(record + 28);
    char* b = values + index(record + 20);
    char* a = b + q * m * B::BYTES;
    char* z = a + m * q * B::BYTES;
    char* e = z + m * m * B::BYTES;
    __builtin_memset(b, 0, 2 * m * q * B::BYTES);
    __builtin_memset(e, 0, q * q * B::BYTES);
    const size_t entries = index(word);
    word += 4;
    for (size_t entry = 0; entry < entries; entry++) {
      const int32_t place = at<int32_t>(word);
      const size_t parts = index(word + 4);
      word += 8;
      B sum = {v::spread(data), v::spread(data + 8), v::spread(data + 16), v::spread(data + 24)};
      data += 32;
      for (size_t part = 0; part < parts; part++, word += 4, data += 48) {
        const auto x = v::div(one, v::load(first + index(word) * v::HALF));
        const auto real = v::add(v::spread(data), v::mul(x, v::add(v::spread(data + 16), v::mul(x, v::spread(data + 32)))));
        const auto imaginary = v::add(v::spread(data + 8), v::mul(x, v::add(v::spread(data + 24), v::mul(x, v::spread(data + 40)))));
        sum = {v::add(sum.a, real), v::sub(sum.b, imaginary), v::add(sum.c, imaginary), v::add(sum.d, real)};
      }
      sum.store(place < 0 ? matrix + static_cast<size_t>(-1 - place) * B::BYTES : b + static_cast<size_t>(place) * B::BYTES);
    }
    invertBlock<W>(z, m);
    const size_t couplings = index(word);
    word += 4;
    for (size_t coupling = 0; coupling < couplings; coupling++) {
      const size_t k = index(word + 8 * coupling);
      const size_t j = index(word + 8 * coupling + 4);
      const B down = B::load(matrix + 2 * coupling * B::BYTES);
      const B up = B::load(matrix + (2 * coupling + 1) * B::BYTES);
      for (size_t i = 0; i < m; i++) {
        char* toA = a + (i * q + j) * B::BYTES;
        char* toB = b + (j * m + i) * B::BYTES;
        B::load(toA).minus(B::load(z + (i * m + k) * B::BYTES).times(down)).store(toA);
        B::load(toB).minus(up.times(B::load(z + (k * m + i) * B::BYTES))).store(toB);
      }
    }
    for (size_t coupling = 0; coupling < couplings; coupling++) {
      const size_t k = index(word + 8 * coupling);
      const size_t i = index(word + 8 * coupling + 4);
      const B up = B::load(matrix + (2 * coupling + 1) * B::BYTES);
      for (size_t j = 0; j < q; j++) {
        char* to = e + (i * q + j) * B::BYTES;
        B::load(to).plus(up.times(B::load(a + (k * q + j) * B::BYTES))).store(to);
      }
    }
  }
}

/** Adds -E V_p at the parents' nodes to the injections of a block of lanes. */
template <int W>
inline void laneInjections(const Plan& plan, const char* values, const char* voltage, char* injection) {
  using v = Operations<W>;
  using B = Block<W>;
  const size_t count = plan.count(FIELD_LANE_COUNT);
  const char* record = plan.array(FIELD_LANE_RECORDS);
  for (size_t c = 0; c < count; c++, record += LANE_BYTES) {
    const size_t m = index(record);
    const size_t q = index(record + 4);
    const char* list = plan.pointer(record + 24);
    const char* e = values + index(record + 20) + (2 * m * q + m * m) * B::BYTES;
    for (size_t i = 0; i < q; i++) {
      char* p = injection + index(list + 4 * i);
      auto real = v::load(p);
      auto imaginary = v::load(p + v::HALF);
      for (size_t j = 0; j < q; j++) {
        const char* x = voltage + index(list + 4 * j);
        const B entry = B::load(e + (i * q + j) * B::BYTES);
        const auto xr = v::load(x);
        const auto xi = v::load(x + v::HALF);
        real = v::sub(real, entry.first(xr, xi));
        imaginary = v::sub(imaginary, entry.second(xr, xi));
      }
      v::store(p, real);
      v::store(p + v::HALF, imaginary);
    }
  }
}

/** J_p += B J_c at one block. */
template <int W>
inline void laneBackward(const Plan& plan, const char* record, const char* values, char* work) {
  using v = Operations<W>;
  using B = Block<W>;
  const char* child = work + index(record + 4);
  const char* list = plan.pointer(record + 8);
  const char* b = values + index(record + 20);
  const size_t rows = index(record + 24);
  const size_t columns = index(record + 28);
  for (size_t k = 0; k < columns; k++) {
    char* p = work + index(list + 4 * k);
    auto real = v::load(p);
    auto imaginary = v::load(p + v::HALF);
    for (size_t i = 0; i < rows; i++) {
      const B entry = B::load(b + (k * rows + i) * B::BYTES);
      const auto xr = v::load(child + i * v::COLUMN);
      const auto xi = v::load(child + i * v::COLUMN + v::HALF);
      real = v::add(real, entry.first(xr, xi));
      imaginary = v::add(imaginary, entry.second(xr, xi));
    }
    v::store(p, real);
    v::store(p + v::HALF, imaginary);
  }
}

/** V_c = A V_p + Z J_c at one block; lanes that do not run keep theirs. */
template <int W>
inline void laneForward(const Plan& plan, const char* record, const char* values, const char* work, char* voltage,
                        typename Operations<W>::Mask running) {
  using v = Operations<W>;
  using B = Block<W>;
  const size_t offset = index(record + 4);
  const char* list = plan.pointer(record + 8);
  const size_t rows = index(record + 24);
  const size_t columns = index(record + 28);
  const char* a = values + index(record + 20) + rows * columns * B::BYTES;
  const char* z = a + rows * columns * B::BYTES;
  for (size_t i = 0; i < rows; i++) {
    auto real = v::splat(0.0);
    auto imaginary = v::splat(0.0);
    for (size_t k = 0; k < columns + rows; k++) {
      const B entry = B::load(k < columns ? a + (i * columns + k) * B::BYTES : z + (i * rows + k - columns) * B::BYTES);
      const char* x = k < columns ? voltage + index(list + 4 * k) : work + offset + (k - columns) * v::COLUMN;
      const auto xr = v::load(x);
      const auto xi = v::load(x + v::HALF);
      real = v::add(real, entry.first(xr, xi));
      imaginary = v::add(imaginary, entry.second(xr, xi));
    }
    char* out = voltage + offset + i * v::COLUMN;
    v::store(out, v::select(real, v::load(out), running));
    v::store(out + v::HALF, v::select(imaginary, v::load(out + v::HALF), running));
  }
}

}  // namespace
}  // namespace busbar
