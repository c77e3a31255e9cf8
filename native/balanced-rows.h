// Balanced grids over lanes: one row of Newton's matrix assembled, eliminated and kept; and the rows of the shared factor. See assembly/balanced-rows.ts, whose
// operations these are, in the same order.
#pragma once

#include "memory.h"

namespace busbar {
namespace {

/** A complex number in all lanes. */
template <int W>
struct Pair {
  typename Operations<W>::Vector re;
  typename Operations<W>::Vector im;
};

template <int W>
BUSBAR_INLINE Pair<W> pairAt(const char* p) {
  using v = Operations<W>;
  return {v::load(p), v::load(p + v::HALF)};
}

/** Y V, with an admittance shared by all lanes or of each lane's own; moves on to the next admittance. */
template <int W, bool OWN>
BUSBAR_INLINE Pair<W> currentOf(const char*& admittance, const char* voltage) {
  using v = Operations<W>;
  const auto g = OWN ? v::load(admittance) : v::spread(admittance);
  const auto b = OWN ? v::load(admittance + v::HALF) : v::spread(admittance + 8);
  admittance += OWN ? v::COLUMN : 16;
  const auto e = v::load(voltage);
  const auto f = v::load(voltage + v::HALF);
  return {v::sub(v::mul(g, e), v::mul(b, f)), v::add(v::mul(g, f), v::mul(b, e))};
}

/** What a row's bus lacks, and its voltage and current. */
template <int W>
struct RowState {
  Pair<W> voltage;
  /** Current to the others, and own share. */
  Pair<W> others;
  Pair<W> own;
  /** Scheduled less present power. */
  typename Operations<W>::Vector lackP;
  typename Operations<W>::Vector lackQ;
};

template <int W>
BUSBAR_INLINE void lackOf(RowState<W>& row, const char* scheduled) {
  using v = Operations<W>;
  const auto ir = v::add(row.others.re, row.own.re);
  const auto ii = v::add(row.others.im, row.own.im);
  const auto p = v::add(v::mul(row.voltage.re, ir), v::mul(row.voltage.im, ii));
  const auto q = v::sub(v::mul(row.voltage.im, ir), v::mul(row.voltage.re, ii));
  row.lackP = v::sub(v::load(scheduled), p);
  row.lackQ = v::sub(v::load(scheduled + v::HALF), q);
}

/** The running sums of one pass over the rows. */
template <int W>
struct PassSums {
  /** Largest lack of any row, squared, and the sum of squares. */
  typename Operations<W>::Vector worst;
  typename Operations<W>::Vector merit;

  /** Takes up what a row of R unknowns lacks. */
  template <int R>
  BUSBAR_INLINE void take(typename Operations<W>::Vector lackP, typename Operations<W>::Vector lackQ) {
    using v = Operations<W>;
    const auto p = v::mul(lackP, lackP);
    worst = v::larger(p, worst);
    if constexpr (R == 2) {
      const auto q = v::mul(lackQ, lackQ);
      worst = v::larger(q, worst);
      merit = v::add(merit, v::add(p, q));
    } else {
      merit = v::add(merit, p);
    }
  }
};

/** work -= M U for one column: R rows, P pivot unknowns, C unknowns of the column. */
template <int W, int R, int P, int C>
BUSBAR_INLINE void subtractProduct(char* work, const typename Operations<W>::Vector* m, const char* u) {
  using v = Operations<W>;
  for (int j = 0; j < C; j++) {
    const auto u0 = v::load(u + j * v::HALF);
    if constexpr (P == 2) {
      const auto u1 = v::load(u + (C + j) * v::HALF);
      for (int i = 0; i < R; i++) {
        char* w = work + (i * C + j) * v::HALF;
        v::store(w, v::sub(v::sub(v::load(w), v::mul(m[2 * i], u0)), v::mul(m[2 * i + 1], u1)));
      }
    } else {
      for (int i = 0; i < R; i++) {
        char* w = work + (i * C + j) * v::HALF;
        v::store(w, v::sub(v::load(w), v::mul(m[i], u0)));
      }
    }
  }
}

/** Eliminates a row with one finished row; `words` stands behind the head of the item. */
template <int W, int R, int P>
BUSBAR_INLINE const char* eliminate(const char* words, char* work, size_t place, const char* u, const char* solved, size_t two, size_t one,
                                    typename Operations<W>::Vector* right) {
  using v = Operations<W>;
  typename v::Vector m[R * P];
  for (int k = 0; k < R * P; k++) m[k] = v::load(work + place + k * v::HALF);
  const auto y0 = v::load(solved);
  if constexpr (P == 2) {
    const auto y1 = v::load(solved + v::HALF);
    for (int i = 0; i < R; i++) right[i] = v::sub(v::sub(right[i], v::mul(m[2 * i], y0)), v::mul(m[2 * i + 1], y1));
  } else {
    for (int i = 0; i < R; i++) right[i] = v::sub(right[i], v::mul(m[i], y0));
  }
  for (; two > 0; two--, words += 4, u += 2 * P * v::HALF) subtractProduct<W, R, P, 2>(work + index(words), m, u);
  for (; one > 0; one--, words += 4, u += P * v::HALF) subtractProduct<W, R, P, 1>(work + index(words), m, u);
  return words;
}

/** Keeps one upper column, scaled by the inverse of the diagonal block. */
template <int W, int R, int C>
BUSBAR_INLINE void keepColumn(const char* work, const typename Operations<W>::Vector* inverse, char* u) {
  using v = Operations<W>;
  for (int j = 0; j < C; j++) {
    const auto w0 = v::load(work + j * v::HALF);
    if constexpr (R == 2) {
      const auto w1 = v::load(work + (C + j) * v::HALF);
      v::store(u + j * v::HALF, v::add(v::mul(inverse[0], w0), v::mul(inverse[1], w1)));
      v::store(u + (C + j) * v::HALF, v::add(v::mul(inverse[2], w0), v::mul(inverse[3], w1)));
    } else {
      v::store(u + j * v::HALF, v::mul(inverse[0], w0));
    }
  }
}

/** Assembles the columns of a row with one unknown, or one whose unknowns are masked: parts of dP (and dQ). */
template <int W, int R, int C>
BUSBAR_INLINE void assemblePower(char* place, const Pair<W>& voltage, const Pair<W>& c) {
  using v = Operations<W>;
  const auto a = v::add(v::mul(voltage.re, c.re), v::mul(voltage.im, c.im));
  const auto b = v::sub(v::mul(voltage.im, c.re), v::mul(voltage.re, c.im));
  v::store(place, b);
  if constexpr (C == 2) v::store(place + v::HALF, a);
  if constexpr (R == 2) {
    v::store(place + C * v::HALF, v::sub(v::splat(0.0), a));
    if constexpr (C == 2) v::store(place + 3 * v::HALF, b);
  }
}

/** Assembles a column of a row with two unknowns, turned by the row's own voltage: j c and c. */
template <int W, int C>
BUSBAR_INLINE void assembleCurrent(char* place, const Pair<W>& c) {
  using v = Operations<W>;
  v::store(place, v::sub(v::splat(0.0), c.im));
  if constexpr (C == 2) {
    v::store(place + v::HALF, c.re);
    v::store(place + 2 * v::HALF, c.re);
    v::store(place + 3 * v::HALF, c.im);
  } else {
    v::store(place + v::HALF, c.re);
  }
}

/** Puts masks on the columns of a masked row: what a lane does not balance has an empty row. */
template <int W>
BUSBAR_INLINE void maskColumn(char* place, int unknowns, typename Operations<W>::Mask first, typename Operations<W>::Mask second) {
  using v = Operations<W>;
  const auto none = v::splat(0.0);
  for (int j = 0; j < unknowns; j++) {
    char* top = place + j * v::HALF;
    char* bottom = place + (unknowns + j) * v::HALF;
    v::store(top, v::select(v::load(top), none, first));
    v::store(bottom, v::select(v::load(bottom), none, second));
  }
}

/** Where a pass reads and writes. */
struct RowArrays {
  const char* words;
  /** Admittances of all lanes and of each lane's own, masks, and how each row is read (null: all as ROW_SHARED). */
  const char* admittance;
  const char* ownAdmittance;
  const char* masks;
  const char* states;
  const char* voltage;
  const char* scheduled;
  char* work;
  char* factor;
  char* right;
  char* previous;
  char* reactive;
};

/** Finishes a row: inverts its block, keeps U and the right-hand side. */
template <int W, int R>
BUSBAR_INLINE void keepRow(const char* work, char* u, char* solved, const char* upper, size_t two, size_t one, const typename Operations<W>::Vector* right) {
  using v = Operations<W>;
  typename v::Vector inverse[R * R];
  if constexpr (R == 2) {
    const auto a = v::load(work);
    const auto b = v::load(work + v::HALF);
    const auto c = v::load(work + 2 * v::HALF);
    const auto d = v::load(work + 3 * v::HALF);
    const auto reciprocal = v::div(v::splat(1.0), v::sub(v::mul(a, d), v::mul(b, c)));
    inverse[0] = v::mul(d, reciprocal);
    inverse[1] = v::sub(v::splat(0.0), v::mul(b, reciprocal));
    inverse[2] = v::sub(v::splat(0.0), v::mul(c, reciprocal));
    inverse[3] = v::mul(a, reciprocal);
    v::store(solved, v::add(v::mul(inverse[0], right[0]), v::mul(inverse[1], right[1])));
    v::store(solved + v::HALF, v::add(v::mul(inverse[2], right[0]), v::mul(inverse[3], right[1])));
  } else {
    inverse[0] = v::div(v::splat(1.0), v::load(work));
    v::store(solved, v::mul(inverse[0], right[0]));
  }
  for (; two > 0; two--, upper += 2 * R * v::HALF, u += 2 * R * v::HALF) keepColumn<W, R, 2>(upper, inverse, u);
  for (; one > 0; one--, upper += R * v::HALF, u += R * v::HALF) keepColumn<W, R, 1>(upper, inverse, u);
}

/** The eliminations of a row. */
template <int W, int R>
BUSBAR_INLINE const char* eliminateRow(const char* words, size_t lowers, const RowArrays& arrays, typename Operations<W>::Vector* right) {
  for (; lowers > 0; lowers--) {
    if (arrays.states != nullptr && index(arrays.states + index(words + 24)) == ROW_UNUSED) {
      words += 28 + 4 * (index(words + 16) + index(words + 20));
      continue;
    }
    const size_t place = index(words);
    const char* u = arrays.factor + index(words + 8);
    const char* solved = arrays.right + index(words + 12);
    const size_t two = index(words + 16);
    const size_t one = index(words + 20);
    words = index(words + 4) == 2 ? eliminate<W, R, 2>(words + 28, arrays.work, place, u, solved, two, one, right)
                                  : eliminate<W, R, 1>(words + 28, arrays.work, place, u, solved, two, one, right);
  }
  return words;
}

/**
 * One row of Newton's pass: what it lacks goes to `sums`; with FACTOR it is assembled, eliminated and kept. Moves `arrays` on to the next row.
 *
 * @tparam R its unknowns
 * @tparam MASKED whether masks say what each lane seeks (R is 2)
 */
template <int W, int R, bool MASKED, bool OWN, bool FACTOR>
BUSBAR_INLINE void newtonRow(RowArrays& arrays, size_t k, PassSums<W>& sums) {
  using v = Operations<W>;
  const char* head = arrays.words;
  const char* words = head + 56;
  const size_t two = index(head + 4);
  const size_t one = index(head + 8);
  const size_t none = index(head + 12);
  const size_t clears = index(head + 16);
  const size_t lowers = index(head + 20);
  const size_t late = index(head + 52);
  const char* admittances = OWN ? arrays.ownAdmittance : arrays.admittance;
  constexpr size_t ADMITTANCE = OWN ? v::COLUMN : 16;
  const char* admittance = admittances + index(head + 44) * ADMITTANCE;
  RowState<W> row;
  row.voltage = pairAt<W>(arrays.voltage + k * v::COLUMN);
  row.own = currentOf<W, OWN>(admittance, arrays.voltage + k * v::COLUMN);
  row.others = {v::splat(0.0), v::splat(0.0)};
  typename v::Mask balanced = v::every();
  typename v::Mask sought = v::every();
  if constexpr (MASKED) {
    const char* mask = arrays.masks + index(head + 48) * v::COLUMN;
    balanced = v::greater(v::load(mask), v::splat(0.0));
    sought = v::greater(v::load(mask + v::HALF), v::splat(0.0));
  }
  for (size_t j = 0; j < two; j++, words += 8) {
    const auto c = currentOf<W, OWN>(admittance, arrays.voltage + index(words));
    row.others.re = v::add(row.others.re, c.re);
    row.others.im = v::add(row.others.im, c.im);
    if constexpr (FACTOR) {
      char* place = arrays.work + index(words + 4);
      if constexpr (R == 1 || MASKED) assemblePower<W, R, 2>(place, row.voltage, c);
      else assembleCurrent<W, 2>(place, c);
      if constexpr (MASKED) maskColumn<W>(place, 2, balanced, sought);
    }
  }
  for (size_t j = 0; j < one; j++, words += 8) {
    const auto c = currentOf<W, OWN>(admittance, arrays.voltage + index(words));
    row.others.re = v::add(row.others.re, c.re);
    row.others.im = v::add(row.others.im, c.im);
    if constexpr (FACTOR) {
      char* place = arrays.work + index(words + 4);
      if constexpr (R == 1 || MASKED) assemblePower<W, R, 1>(place, row.voltage, c);
      else assembleCurrent<W, 1>(place, c);
      if constexpr (MASKED) maskColumn<W>(place, 1, balanced, sought);
    }
  }
  for (size_t j = 0; j < none; j++, words += 4) {
    const auto c = currentOf<W, OWN>(admittance, arrays.voltage + index(words));
    row.others.re = v::add(row.others.re, c.re);
    row.others.im = v::add(row.others.im, c.im);
  }
  for (size_t j = 0; j < late; j++, words += 12) {
    const char* y = admittances + index(words + 8) * ADMITTANCE;
    const auto c = currentOf<W, OWN>(y, arrays.voltage + index(words));
    row.others.re = v::add(row.others.re, c.re);
    row.others.im = v::add(row.others.im, c.im);
    if constexpr (FACTOR) {
      char* place = arrays.work + index(words + 4);
      if constexpr (R == 1 || MASKED) assemblePower<W, R, 2>(place, row.voltage, c);
      else assembleCurrent<W, 2>(place, c);
      if constexpr (MASKED) maskColumn<W>(place, 2, balanced, sought);
    }
  }
  lackOf<W>(row, arrays.scheduled + k * v::COLUMN);
  if constexpr (MASKED) {
    v::store(arrays.reactive + index(head + 48) * v::HALF, row.lackQ);
    row.lackP = v::select(row.lackP, v::splat(0.0), balanced);
    row.lackQ = v::select(row.lackQ, v::splat(0.0), sought);
  }
  sums.template take<R>(row.lackP, row.lackQ);
  if constexpr (FACTOR) {
    const auto& o = row.others;
    const auto& d = row.own;
    typename v::Vector right[R];
    if constexpr (R == 1 || MASKED) {
      const auto oP = v::add(v::mul(row.voltage.re, o.re), v::mul(row.voltage.im, o.im));
      const auto oQ = v::sub(v::mul(row.voltage.im, o.re), v::mul(row.voltage.re, o.im));
      const auto minus = v::sub(v::splat(0.0), oQ);
      right[0] = row.lackP;
      if constexpr (R == 2) {
        const auto dP = v::add(v::mul(row.voltage.re, d.re), v::mul(row.voltage.im, d.im));
        const auto dQ = v::sub(v::mul(row.voltage.im, d.re), v::mul(row.voltage.re, d.im));
        const auto zero = v::splat(0.0);
        const auto unit = v::splat(1.0);
        v::store(arrays.work, v::select(minus, unit, balanced));
        v::store(arrays.work + v::HALF, v::select(v::add(oP, v::add(dP, dP)), zero, balanced));
        v::store(arrays.work + 2 * v::HALF, v::select(oP, zero, sought));
        v::store(arrays.work + 3 * v::HALF, v::select(v::add(oQ, v::add(dQ, dQ)), unit, sought));
        right[1] = row.lackQ;
      } else {
        v::store(arrays.work, minus);
      }
    } else {
      v::store(arrays.work, o.im);
      v::store(arrays.work + v::HALF, v::add(o.re, v::add(d.re, d.re)));
      v::store(arrays.work + 2 * v::HALF, v::sub(v::splat(0.0), o.re));
      v::store(arrays.work + 3 * v::HALF, v::add(o.im, v::add(d.im, d.im)));
      const auto size = v::add(v::mul(row.voltage.re, row.voltage.re), v::mul(row.voltage.im, row.voltage.im));
      const auto reciprocal = v::div(v::splat(1.0), size);
      right[0] = v::mul(v::add(v::mul(row.lackP, row.voltage.re), v::mul(row.lackQ, row.voltage.im)), reciprocal);
      right[1] = v::mul(v::sub(v::mul(row.lackP, row.voltage.im), v::mul(row.lackQ, row.voltage.re)), reciprocal);
    }
    for (size_t j = 0; j < clears; j++, words += 8) {
      char* place = arrays.work + index(words);
      for (size_t vectors = index(words + 4); vectors > 0; vectors--, place += v::HALF) v::store(place, v::splat(0.0));
    }
    words = eliminateRow<W, R>(words, lowers, arrays, right);
    const size_t twoUpper = index(head + 24);
    const size_t oneUpper = index(head + 28);
    keepRow<W, R>(arrays.work, arrays.factor + index(head + 32), arrays.right + k * v::COLUMN, arrays.work + index(head + 36), twoUpper, oneUpper, right);
  } else {
    words = head + index(head + 40);
  }
  arrays.words = words;
}

}  // namespace
}  // namespace busbar
