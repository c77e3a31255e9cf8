// Blocks of the chord method: J_p += B J_c upwards, V_c = A V_p + Z J_c downwards. See assembly/chord-blocks.ts and chord-wide.ts, whose operations these are, in the
// same order.
#pragma once

#include "memory.h"
#include "tree.h"

namespace busbar {
namespace {

/** Arrays of one block of lanes. */
template <int W>
struct ChordLanes {
  char* voltage;
  /** The base case's voltages, from which those of single precision are counted. */
  const char* base;
  const char* constant;
  const char* power;
  /** Values of the lanes' own taps. */
  const char* values;
  /** Currents injected at each node, and the same while they are not compared yet. */
  char* own;
  char* fresh;
  /** What children fold into their parents. */
  char* folded;
  /** Lanes that do not run: what they inject is of no account. */
  typename Operations<W>::Mask idle;
};

/** Bytes of a coefficient. */
template <int W>
constexpr size_t CHORD_ENTRY = RealCoefficient::BYTES<W>;

/** Coefficients times columns in registers: [rr ri; ir ii] each. */
template <int W, int TERMS>
BUSBAR_INLINE Column<W> realProduct(const char* c, const Column<W>* x) {
  using v = Operations<W>;
  Column<W> sum = {v::add(v::mul(v::spread(c), x[0].re), v::mul(v::spread(c + v::UNIT), x[0].im)),
                   v::add(v::mul(v::spread(c + 2 * v::UNIT), x[0].re), v::mul(v::spread(c + 3 * v::UNIT), x[0].im))};
  for (int k = 1; k < TERMS; k++) sum = RealCoefficient::template times<W>(c + CHORD_ENTRY<W> * k, x[k], sum);
  return sum;
}

/** Where J of a block stands once its children are folded: in `folded` where it has some, else it is what the block injects itself. */
template <int W>
BUSBAR_INLINE const char* chordCurrents(int flags, const ChordLanes<W>& lanes) {
  return (flags & CHORD_CHILDREN) != 0 ? lanes.folded : lanes.own;
}

/** What a block of ROWS nodes injects and what was folded into it, [row]; where there is both, their sum stands in `folded` from then on. */
template <int W, int ROWS>
BUSBAR_INLINE void chordInjected(const char* record, int flags, const ChordLanes<W>& lanes, Column<W>* injected) {
  const size_t offset = index(record + 4);
  for (int k = 0; k < ROWS; k++) {
    const size_t o = offset + k * Operations<W>::COLUMN;
    injected[k] = Column<W>::load(chordCurrents<W>(flags, lanes) + o);
    if ((flags & (CHORD_OWN | CHORD_CHILDREN)) == (CHORD_OWN | CHORD_CHILDREN)) injected[k] = injected[k].plusStored(lanes.own + o, lanes.folded + o);
  }
}

/** J_p += B J_c for a block of ROWS nodes under COLUMNS. */
template <int W, int ROWS, int COLUMNS>
BUSBAR_INLINE void chordUpBlock(const char* record, int flags, const char* b, const ChordLanes<W>& lanes) {
  Column<W> injected[ROWS];
  chordInjected<W, ROWS>(record, flags, lanes, injected);
  for (int k = 0; k < COLUMNS; k++) {
    const Column<W> sum = realProduct<W, ROWS>(b + CHORD_ENTRY<W> * ROWS * k, injected);
    char* parent = lanes.folded + index(record + 8 + 4 * k);
    if ((flags & CHORD_FIRST) != 0) sum.put(parent);
    else sum.addTo(parent);
  }
}

/** The same for a block of ROWS nodes under any number, in a list. */
template <int W, int ROWS>
BUSBAR_INLINE void chordUpWide(const Plan& plan, const char* record, int flags, const char* b, const ChordLanes<W>& lanes) {
  Column<W> injected[ROWS];
  chordInjected<W, ROWS>(record, flags, lanes, injected);
  const int columns = at<int32_t>(record + 28);
  const char* list = plan.pointer(record + 8);
  for (int k = 0; k < columns; k++) {
    const Column<W> sum = realProduct<W, ROWS>(b + CHORD_ENTRY<W> * ROWS * k, injected);
    char* parent = lanes.folded + index(list + 4 * k);
    if (k < 3 * CHORD_FIRST_GROUPS && (flags & (CHORD_FIRST << (k / 3))) != 0) sum.put(parent);
    else sum.addTo(parent);
  }
}

/** Makes J of a block of any shape stand in `folded`. */
template <int W>
inline void chordGather(const char* record, int flags, const ChordLanes<W>& lanes) {
  using v = Operations<W>;
  const size_t rows = index(record + 24);
  for (size_t k = 0; k < rows; k++) {
    const size_t o = index(record + 4) + k * v::COLUMN;
    Column<W> sum = Column<W>::zero();
    if ((flags & CHORD_OWN) != 0) sum = Column<W>::load(lanes.own + o);
    if ((flags & CHORD_CHILDREN) != 0 && (flags & CHORD_OWN) != 0) sum.plusStored(lanes.folded + o, lanes.folded + o);
    else if ((flags & CHORD_CHILDREN) == 0) sum.put(lanes.folded + o);
  }
}

/** Adds Z J_c to the voltages of a block of ROWS nodes and writes them. */
template <int W, int ROWS, bool ALL>
BUSBAR_INLINE void chordFinish(const char* record, int flags, const char* z, const ChordLanes<W>& lanes, typename Operations<W>::Mask running,
                               Column<W>* sum) {
  using v = Operations<W>;
  const size_t offset = index(record + 4);
  char* out = lanes.voltage + offset;
  if ((flags & (CHORD_OWN | CHORD_CHILDREN)) != 0) {
    Column<W> injected[ROWS];
    for (int k = 0; k < ROWS; k++) injected[k] = Column<W>::load(chordCurrents<W>(flags, lanes) + offset + k * v::COLUMN);
    for (int k = 0; k < ROWS; k++) sum[k] = product<W, RealCoefficient, ROWS>(z + CHORD_ENTRY<W> * ROWS * k, injected, sum[k]);
  }
  for (int k = 0; k < ROWS; k++) {
    if (ALL) sum[k].put(out + k * v::COLUMN);
    else sum[k].write(out + k * v::COLUMN, running);
  }
}

/** V_c = A V_p + Z J_c for a block of ROWS nodes under COLUMNS. `c`: its coefficients, B first. */
template <int W, int ROWS, int COLUMNS, bool ALL>
BUSBAR_INLINE void chordDownBlock(const char* record, int flags, const char* c, const ChordLanes<W>& lanes, typename Operations<W>::Mask running) {
  const char* a = c + CHORD_ENTRY<W> * ROWS * COLUMNS;
  Column<W> parent[COLUMNS];
  for (int k = 0; k < COLUMNS; k++) parent[k] = Column<W>::load(lanes.voltage + index(record + 8 + 4 * k));
  Column<W> sum[ROWS];
  for (int k = 0; k < ROWS; k++) sum[k] = realProduct<W, COLUMNS>(a + CHORD_ENTRY<W> * COLUMNS * k, parent);
  chordFinish<W, ROWS, ALL>(record, flags, a + CHORD_ENTRY<W> * ROWS * COLUMNS, lanes, running, sum);
}

/** Adds A V_p to the sums of ROWS nodes for COLUMNS parent columns; the FIRST are the sums. `row`: bytes from one row of A to the next. */
template <int W, int ROWS, int COLUMNS, bool FIRST>
BUSBAR_INLINE void chordDownSome(const char* a, size_t row, const char* list, const ChordLanes<W>& lanes, Column<W>* sum) {
  Column<W> parent[COLUMNS];
  for (int k = 0; k < COLUMNS; k++) parent[k] = Column<W>::load(lanes.voltage + index(list + 4 * k));
  for (int k = 0; k < ROWS; k++) {
    if (FIRST) sum[k] = realProduct<W, COLUMNS>(a + row * k, parent);
    else sum[k] = product<W, RealCoefficient, COLUMNS>(a + row * k, parent, sum[k]);
  }
}

/** The same for a block of ROWS nodes under any number, in a list: three at a time, then one by one. */
template <int W, int ROWS, bool ALL>
BUSBAR_INLINE void chordDownWide(const Plan& plan, const char* record, int flags, const char* c, const ChordLanes<W>& lanes,
                                 typename Operations<W>::Mask running) {
  const size_t columns = index(record + 28);
  const size_t row = CHORD_ENTRY<W> * columns;
  const char* a = c + ROWS * row;
  const char* z = a + ROWS * row;
  const char* list = plan.pointer(record + 8);
  Column<W> sum[ROWS];
  size_t k = columns < 3 ? 1 : 3;
  if (columns < 3) chordDownSome<W, ROWS, 1, true>(a, row, list, lanes, sum);
  else chordDownSome<W, ROWS, 3, true>(a, row, list, lanes, sum);
  for (; k + 3 <= columns; k += 3) chordDownSome<W, ROWS, 3, false>(a + CHORD_ENTRY<W> * k, row, list + 4 * k, lanes, sum);
  for (; k < columns; k++) chordDownSome<W, ROWS, 1, false>(a + CHORD_ENTRY<W> * k, row, list + 4 * k, lanes, sum);
  chordFinish<W, ROWS, ALL>(record, flags, z, lanes, running, sum);
}

}  // namespace
}  // namespace busbar
