// Products of coefficients and columns, and the tree solver of the sweep. See assembly/tree.ts, whose operations these are, in the same order.
#pragma once

#include "memory.h"

namespace busbar {
namespace {

constexpr size_t TREE_BYTES = 4 * TREE_RECORD;

/** A complex number in all lanes. */
template <int W>
struct Column {
  typename Operations<W>::Vector re;
  typename Operations<W>::Vector im;

  static BUSBAR_INLINE Column load(const char* p) { return {Operations<W>::load(p), Operations<W>::load(p + Operations<W>::HALF)}; }
  static BUSBAR_INLINE Column zero() { return {Operations<W>::splat(0.0), Operations<W>::splat(0.0)}; }
  BUSBAR_INLINE void addTo(char* p) const {
    using v = Operations<W>;
    v::store(p, v::add(v::load(p), re));
    v::store(p + v::HALF, v::add(v::load(p + v::HALF), im));
  }
  BUSBAR_INLINE void put(char* p) const {
    Operations<W>::store(p, re);
    Operations<W>::store(p + Operations<W>::HALF, im);
  }
  /** This and what stands at an address, stored at another. */
  BUSBAR_INLINE Column plusStored(const char* p, char* into) const {
    using v = Operations<W>;
    const Column sum = {v::add(re, v::load(p)), v::add(im, v::load(p + v::HALF))};
    sum.put(into);
    return sum;
  }
  /** Writes where the lane still runs. */
  BUSBAR_INLINE void write(char* p, typename Operations<W>::Mask running) const {
    using v = Operations<W>;
    v::store(p, v::select(re, v::load(p), running));
    v::store(p + v::HALF, v::select(im, v::load(p + v::HALF), running));
  }
};

/** Coefficients of the sweep: one complex number for all lanes. */
struct ComplexCoefficient {
  template <int W>
  static constexpr size_t BYTES = 2 * Operations<W>::UNIT;
  template <int W>
  static BUSBAR_INLINE Column<W> times(const char* c, Column<W> x, Column<W> sum) {
    using v = Operations<W>;
    const auto cr = v::spread(c);
    const auto ci = v::spread(c + v::UNIT);
    return {v::add(sum.re, v::sub(v::mul(cr, x.re), v::mul(ci, x.im))), v::add(sum.im, v::add(v::mul(cr, x.im), v::mul(ci, x.re)))};
  }
};

/** Coefficients of the chord method: rr, ri, ir, ii for all lanes. */
struct RealCoefficient {
  template <int W>
  static constexpr size_t BYTES = 4 * Operations<W>::UNIT;
  template <int W>
  static BUSBAR_INLINE Column<W> times(const char* c, Column<W> x, Column<W> sum) {
    using v = Operations<W>;
    return {v::add(sum.re, v::add(v::mul(v::spread(c), x.re), v::mul(v::spread(c + v::UNIT), x.im))),
            v::add(sum.im, v::add(v::mul(v::spread(c + 2 * v::UNIT), x.re), v::mul(v::spread(c + 3 * v::UNIT), x.im)))};
  }
};

/** sum + coefficients times columns, the columns one after the other in memory; `step` coefficients from one to the next. */
template <int W, typename C>
BUSBAR_INLINE Column<W> product(const char* c, size_t step, const char* x, size_t terms, Column<W> sum) {
  for (size_t k = 0; k < terms; k++) sum = C::template times<W>(c + k * step * C::template BYTES<W>, Column<W>::load(x + k * Operations<W>::COLUMN), sum);
  return sum;
}

/** The same with columns at listed offsets from `x`. */
template <int W, typename C>
BUSBAR_INLINE Column<W> productAt(const char* c, const char* x, const char* list, size_t terms, Column<W> sum) {
  for (size_t k = 0; k < terms; k++) sum = C::template times<W>(c + k * C::template BYTES<W>, Column<W>::load(x + index(list + 4 * k)), sum);
  return sum;
}

// --- the sweep. Coefficients of a block: A (rows x parent columns), Z (rows x rows); of a refined one Y_cp and D behind them.

template <int W>
inline void treeBackward(const Plan& plan, char* work) {
  using C = ComplexCoefficient;
  constexpr size_t COLUMN = Operations<W>::COLUMN;
  const size_t count = plan.count(FIELD_TREE_COUNT);
  const char* first = plan.array(FIELD_TREE_RECORDS);
  for (const char* record = first + (count - 1) * TREE_BYTES; record > first; record -= TREE_BYTES) {
    const int kind = at<int32_t>(record);
    const char* child = work + index(record + 4);
    const char* c = plan.pointer(record + 20);
    if (kind == TREE_THREE) {
      for (size_t k = 0; k < 3; k++) product<W, C>(c + 16 * k, 3, child, 3, Column<W>::zero()).addTo(work + index(record + 8 + 4 * k));
    } else if (kind == TREE_ONE) {
      product<W, C>(c, 1, child, 1, Column<W>::zero()).addTo(work + index(record + 8));
    } else if (kind == TREE_TWO) {
      for (size_t k = 0; k < 2; k++) product<W, C>(c + 16 * k, 2, child, 2, Column<W>::zero()).addTo(work + index(record + 8 + 4 * k));
    } else if (kind == TREE_GENERAL || kind == TREE_REFINED) {
      const size_t rows = index(record + 24);
      const size_t columns = index(record + 28);
      const char* list = plan.pointer(record + 8);
      for (size_t k = 0; k < columns; k++) {
        Column<W> sum = Column<W>::zero();
        for (size_t i = 0; i < rows; i++) sum = C::times<W>(c + (i * columns + k) * 16, Column<W>::load(child + i * COLUMN), sum);
        sum.addTo(work + index(list + 4 * k));
      }
    }
  }
}

/** V += Z (J - Y_cp V_p - D V) at one block; the residual takes the place of J. */
template <int W>
inline void refine(const char* y, const char* z, size_t rows, size_t columns, const char* list, char* child, char* out, const char* voltage,
                   typename Operations<W>::Mask running) {
  using v = Operations<W>;
  using C = ComplexCoefficient;
  const char* d = y + rows * columns * 16;
  for (size_t i = 0; i < rows; i++) {
    Column<W> sum = productAt<W, C>(y + i * columns * 16, voltage, list, columns, Column<W>::zero());
    sum = product<W, C>(d + i * rows * 16, 1, out, rows, sum);
    char* p = child + i * v::COLUMN;
    v::store(p, v::sub(v::load(p), sum.re));
    v::store(p + v::HALF, v::sub(v::load(p + v::HALF), sum.im));
  }
  for (size_t i = 0; i < rows; i++) {
    char* p = out + i * v::COLUMN;
    product<W, C>(z + i * rows * 16, 1, child, rows, Column<W>::load(p)).write(p, running);
  }
}

/** sum + coefficients times columns that are in registers. */
template <int W, typename C, int TERMS>
BUSBAR_INLINE Column<W> product(const char* c, const Column<W>* x, Column<W> sum) {
  for (int k = 0; k < TERMS; k++) sum = C::template times<W>(c + k * C::template BYTES<W>, x[k], sum);
  return sum;
}

/** One block of the forward pass whose parent's nodes stand in the record: A of ROWS x ROWS, Z behind it. All is read before anything is written. */
template <int W, typename C, int ROWS>
BUSBAR_INLINE void forwardBlock(const char* record, const char* a, const char* child, char* out, const char* voltage,
                                typename Operations<W>::Mask running) {
  const char* z = a + ROWS * ROWS * C::template BYTES<W>;
  Column<W> parent[ROWS];
  Column<W> injected[ROWS];
  for (int k = 0; k < ROWS; k++) {
    parent[k] = Column<W>::load(voltage + index(record + 8 + 4 * k));
    injected[k] = Column<W>::load(child + k * Operations<W>::COLUMN);
  }
  for (int k = 0; k < ROWS; k++) {
    const Column<W> sum = product<W, C, ROWS>(a + k * ROWS * C::template BYTES<W>, parent, Column<W>::zero());
    product<W, C, ROWS>(z + k * ROWS * C::template BYTES<W>, injected, sum).write(out + k * Operations<W>::COLUMN, running);
  }
}

template <int W>
inline void treeForward(const Plan& plan, char* work, char* voltage, typename Operations<W>::Mask running) {
  using C = ComplexCoefficient;
  const size_t count = plan.count(FIELD_TREE_COUNT);
  const char* record = plan.array(FIELD_TREE_RECORDS);
  const char* end = record + count * TREE_BYTES;
  for (; record < end; record += TREE_BYTES) {
    const int kind = at<int32_t>(record);
    const size_t offset = index(record + 4);
    char* child = work + offset;
    char* out = voltage + offset;
    const char* c = plan.pointer(record + 20);
    if (kind == TREE_THREE) {
      forwardBlock<W, C, 3>(record, c, child, out, voltage, running);
    } else if (kind == TREE_ONE) {
      forwardBlock<W, C, 1>(record, c, child, out, voltage, running);
    } else if (kind == TREE_TWO) {
      forwardBlock<W, C, 2>(record, c, child, out, voltage, running);
    } else {
      const size_t rows = index(record + 24);
      const size_t columns = index(record + 28);
      const char* list = plan.pointer(record + 8);
      const char* z = c + rows * columns * 16;
      for (size_t i = 0; i < rows; i++) {
        Column<W> sum = productAt<W, C>(c + i * columns * 16, voltage, list, columns, Column<W>::zero());
        product<W, C>(z + i * rows * 16, 1, child, rows, sum).write(out + i * Operations<W>::COLUMN, running);
      }
      if (kind == TREE_REFINED) refine<W>(z + rows * rows * 16, z, rows, columns, list, child, out, voltage, running);
    }
  }
}

}  // namespace
}  // namespace busbar
