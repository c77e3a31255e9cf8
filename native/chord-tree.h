// The chord method, one pass up and one down an iteration. See assembly/chord-tree.ts, whose operations these are, in the same order.
#pragma once

#include "chord-blocks.h"
#include "chord-lanes.h"
#include "lane-controls.h"
#include "legs.h"
#include "outcome.h"
#include "tree.h"

namespace busbar {
namespace {

/** Beyond this many VA, squared, a lane has blown up. */
constexpr double CHORD_BLOWN_UP = 1e36;
/** A mismatch of less than a hundred times the tolerance, squared, is near it: rounding may make its pace uneven there. */
constexpr double CHORD_NEAR = 1e4;
constexpr size_t CHORD_BYTES = 4 * CHORD_RECORD;
constexpr size_t CHORD_LEG_BYTES = 4 * CHORD_LEG;

/** Folds the injections up the tree. */
template <int W>
inline void chordUp(const Plan& plan, const ChordLanes<W>& lanes) {
  using v = Operations<W>;
  using C = RealCoefficient;
  const size_t clear = plan.count(FIELD_CHORD_CLEAR_COUNT);
  const char* list = plan.array(FIELD_CHORD_CLEAR_LIST);
  for (size_t k = 0; k < clear; k++) {
    char* at = lanes.folded + index(list + 4 * k);
    v::store(at, v::splat(0.0));
    v::store(at + v::HALF, v::splat(0.0));
  }
  const char* first = plan.array(FIELD_TREE_RECORDS);
  for (const char* record = first + (plan.count(FIELD_TREE_COUNT) - 1) * CHORD_BYTES; record >= first; record -= CHORD_BYTES) {
    const int kind = at<int32_t>(record);
    const int flags = at<int32_t>(record + 32);
    const char* c = plan.pointer(record + 20);
    const bool injected = (flags & (CHORD_OWN | CHORD_CHILDREN)) != 0;
    if (kind == TREE_THREE) {
      if (injected) chordUpBlock<W, 3, 3>(record, flags, c, lanes);
    } else if (kind == TREE_THREE_WIDE) {
      if (injected) chordUpWide<W, 3>(plan, record, flags, c, lanes);
    } else if (kind == TREE_ONE) {
      if (injected) chordUpBlock<W, 1, 1>(record, flags, c, lanes);
    } else if (kind == TREE_ONE_OF_THREE) {
      if (injected) chordUpBlock<W, 1, 3>(record, flags, c, lanes);
    } else if (kind == TREE_TWO_OF_THREE) {
      if (injected) chordUpBlock<W, 2, 3>(record, flags, c, lanes);
    } else if (kind == TREE_TWO) {
      if (injected) chordUpBlock<W, 2, 2>(record, flags, c, lanes);
    } else if (kind == TREE_ONE_OF_TWO) {
      if (injected) chordUpBlock<W, 1, 2>(record, flags, c, lanes);
    } else if (kind == TREE_TWO_OF_ONE) {
      if (injected) chordUpBlock<W, 2, 1>(record, flags, c, lanes);
    } else if (kind == TREE_ONE_WIDE) {
      if (injected) chordUpWide<W, 1>(plan, record, flags, c, lanes);
    } else if (kind == TREE_TWO_WIDE) {
      if (injected) chordUpWide<W, 2>(plan, record, flags, c, lanes);
    } else {
      chordGather<W>(record, flags, lanes);
      if (kind == TREE_LANES) {
        laneBackward<W>(plan, record, lanes.values, lanes.folded);
      } else if (kind == TREE_GENERAL) {
        const size_t rows = index(record + 24);
        const size_t columns = index(record + 28);
        const char* parents = plan.pointer(record + 8);
        for (size_t k = 0; k < columns; k++) {
          product<W, C>(c + k * rows * CHORD_ENTRY<W>, 1, lanes.folded + index(record + 4), rows, Column<W>::zero()).addTo(lanes.folded + index(parents + 4 * k));
        }
      }
    }
  }
}

/** Largest |dI|^2 |V|^2 so far, a lane, and their sum, which shows what is no number. */
template <int W>
struct ChordMismatch {
  using v = Operations<W>;
  using Vector = typename v::Vector;
  Vector most = v::splat(0.0);
  Vector total = v::splat(0.0);

  /** Compares the injection at a node with the one before, `own`, and puts it in its place. */
  BUSBAR_INLINE void compare(char* own, Vector re, Vector im, Vector square) {
    const Vector dr = v::sub(re, v::load(own));
    const Vector di = v::sub(im, v::load(own + v::HALF));
    const Vector size = v::mul(v::add(v::mul(dr, dr), v::mul(di, di)), square);
    most = v::larger(size, most);
    total = v::add(total, size);
    v::store(own, re);
    v::store(own + v::HALF, im);
  }

  /** The largest; infinite where a lane has blown up or is no number. */
  BUSBAR_INLINE Vector result() const { return v::select(most, v::splat(__builtin_inf()), v::atMost(total, v::splat(CHORD_BLOWN_UP))); }
};

/** Injects by the legs between two nodes, `count` of them, into `fresh`; returns the end of the list. */
template <int W>
BUSBAR_INLINE const char* chordSpans(const Plan& plan, const char* list, size_t count, const ChordLanes<W>& lanes, ChordMismatch<W>& mismatch) {
  using v = Operations<W>;
  for (; count > 0; count--, list += CHORD_LEG_BYTES + 8) {
    const size_t a = index(list + CHORD_LEG_BYTES);
    const size_t b = index(list + CHORD_LEG_BYTES + 4);
    const auto vr = v::sub(halfVoltage<W>(lanes.voltage, lanes.base, a), halfVoltage<W>(lanes.voltage, lanes.base, b));
    const auto vi = v::sub(halfVoltage<W>(lanes.voltage, lanes.base, a + v::HALF), halfVoltage<W>(lanes.voltage, lanes.base, b + v::HALF));
    const auto square = v::add(v::mul(vr, vr), v::mul(vi, vi));
    const int group = at<int32_t>(list + 12);
    const LegInjection<W> current(group & CHORD_GROUP, plan.pointer(list), plan.pointer(list + 4), vr, vi, square, lanes.power + index(list + 8), lanes.idle);
    const auto none = v::splat(0.0);
    if ((group & CHORD_LONE) != 0) {
      auto re = current.re;
      auto im = current.im;
      if constexpr (v::SINGLE) {
        re = v::add(re, v::load(lanes.constant + a));
        im = v::add(im, v::load(lanes.constant + a + v::HALF));
      }
      mismatch.compare(lanes.own + a, re, im, square);
      v::store(lanes.own + b, v::sub(none, re));
      v::store(lanes.own + b + v::HALF, v::sub(none, im));
      continue;
    }
    char* pa = lanes.fresh + a;
    char* pb = lanes.fresh + b;
    const bool firstAtFrom = (group & CHORD_FIRST_AT_FROM) != 0;
    v::store(pa, firstAtFrom ? current.re : v::add(v::load(pa), current.re));
    v::store(pa + v::HALF, firstAtFrom ? current.im : v::add(v::load(pa + v::HALF), current.im));
    const bool firstAtTo = (group & CHORD_FIRST_AT_TO) != 0;
    v::store(pb, v::sub(firstAtTo ? none : v::load(pb), current.re));
    v::store(pb + v::HALF, v::sub(firstAtTo ? none : v::load(pb + v::HALF), current.im));
  }
  return list;
}

/** What the legs of a block inject at its new voltages, compared with what they injected before. */
template <int W>
BUSBAR_INLINE void chordLegs(const Plan& plan, const char* record, int flags, const ChordLanes<W>& lanes, ChordMismatch<W>& mismatch) {
  using v = Operations<W>;
  const char* list = plan.pointer(record + 36);
  const size_t spans = index(list);
  list += 4;
  if (spans > 0) list = chordSpans<W>(plan, list, spans, lanes, mismatch);
  size_t listed = index(list);
  list += 4;
  for (; listed > 0; listed--) {
    const size_t o = index(list);
    const auto vr = halfVoltage<W>(lanes.voltage, lanes.base, o);
    const auto vi = halfVoltage<W>(lanes.voltage, lanes.base, o + v::HALF);
    const auto square = v::add(v::mul(vr, vr), v::mul(vi, vi));
    auto re = v::splat(0.0);
    auto im = v::splat(0.0);
    if (index(list + 4) != 0) {
      re = v::load(lanes.fresh + o);
      im = v::load(lanes.fresh + o + v::HALF);
    }
    if ((flags & CHORD_CONSTANT) != 0) {
      re = v::add(re, v::load(lanes.constant + o));
      im = v::add(im, v::load(lanes.constant + o + v::HALF));
    }
    size_t count = index(list + 8);
    list += 12;
    for (; count > 0; count--, list += CHORD_LEG_BYTES) {
      const LegInjection<W> current(at<int32_t>(list + 12), plan.pointer(list), plan.pointer(list + 4), vr, vi, square, lanes.power + index(list + 8), lanes.idle);
      re = v::add(re, current.re);
      im = v::add(im, current.im);
    }
    if ((flags & CHORD_OPEN) == 0) {
      mismatch.compare(lanes.own + o, re, im, square);
    } else {
      v::store(lanes.fresh + o, re);
      v::store(lanes.fresh + o + v::HALF, im);
    }
  }
}

/** The same for three nodes with one leg of constant power to ground each, straight on; false where a lane is below its normal range and nothing was done. */
template <int W>
BUSBAR_INLINE bool chordPowers(const Plan& plan, const char* record, const ChordLanes<W>& lanes, ChordMismatch<W>& mismatch) {
  using v = Operations<W>;
  using Vector = typename v::Vector;
  const size_t offset = index(record + 4);
  // Behind the number of spans and that of nodes: a node (12 bytes) and its leg, three times.
  const char* list = plan.pointer(record + 36) + 8;
  constexpr size_t STEP = 12 + CHORD_LEG_BYTES;
  Vector vr[3], vi[3], square[3];
  const char* hot[3];
  auto normal = v::every();
  for (int k = 0; k < 3; k++) {
    vr[k] = halfVoltage<W>(lanes.voltage, lanes.base, offset + k * v::COLUMN);
    vi[k] = halfVoltage<W>(lanes.voltage, lanes.base, offset + k * v::COLUMN + v::HALF);
    square[k] = v::add(v::mul(vr[k], vr[k]), v::mul(vi[k], vi[k]));
    hot[k] = plan.pointer(list + k * STEP + 12);
    normal = v::both(normal, v::either(lanes.idle, v::greater(square[k], v::spread(hot[k]))));
  }
  if (!v::all(normal)) return false;
  for (int k = 0; k < 3; k++) {
    Vector re = v::splat(0.0);
    Vector im = v::splat(0.0);
    if constexpr (v::SINGLE) {
      re = v::add(re, v::load(lanes.constant + offset + k * v::COLUMN));
      im = v::add(im, v::load(lanes.constant + offset + k * v::COLUMN + v::HALF));
    }
    const char* power = lanes.power + index(list + k * STEP + 20);
    const auto above = v::greater(square[k], v::spread(hot[k] + v::UNIT));
    const Vector r = v::div(v::splat(1.0), square[k]);
    const Vector g = v::mul(v::load(power), v::select(v::spread(hot[k] + 2 * v::UNIT), r, above));
    const Vector s = v::mul(v::load(power + v::HALF), v::select(v::spread(hot[k] + 3 * v::UNIT), r, above));
    const Vector rr = v::sub(v::spread(hot[k] + 4 * v::UNIT), g);
    const Vector ri = v::sub(v::spread(hot[k] + 5 * v::UNIT), s);
    const Vector ir = v::add(v::spread(hot[k] + 6 * v::UNIT), s);
    const Vector ii = v::sub(v::spread(hot[k] + 7 * v::UNIT), g);
    re = v::add(re, v::add(v::mul(rr, vr[k]), v::mul(ri, vi[k])));
    im = v::add(im, v::add(v::mul(ir, vr[k]), v::mul(ii, vi[k])));
    mismatch.compare(lanes.own + offset + k * v::COLUMN, re, im, square[k]);
  }
  return true;
}

/** Voltages from the root down and, block by block, what the legs inject at them. ALL: every lane runs. */
template <int W, bool ALL>
inline ChordMismatch<W> chordDown(const Plan& givenPlan, const ChordLanes<W>& givenLanes, typename Operations<W>::Mask running) {
  using C = RealCoefficient;
  // Copies, so that what is called cannot change them and they stay in registers.
  const Plan plan = givenPlan;
  ChordLanes<W> lanes = givenLanes;
  lanes.idle = Operations<W>::inverse(running);
  ChordMismatch<W> mismatch;
  const char* record = plan.array(FIELD_TREE_RECORDS);
  const char* end = record + plan.count(FIELD_TREE_COUNT) * CHORD_BYTES;
  for (; record < end; record += CHORD_BYTES) {
    const int kind = at<int32_t>(record);
    const int flags = at<int32_t>(record + 32);
    const char* c = plan.pointer(record + 20);
    if (kind == TREE_THREE) {
      chordDownBlock<W, 3, 3, ALL>(record, flags, c, lanes, running);
      if ((flags & CHORD_POWERS) != 0 && chordPowers<W>(plan, record, lanes, mismatch)) continue;
    } else if (kind == TREE_THREE_WIDE) {
      chordDownWide<W, 3, ALL>(plan, record, flags, c, lanes, running);
      if ((flags & CHORD_POWERS) != 0 && chordPowers<W>(plan, record, lanes, mismatch)) continue;
    } else if (kind == TREE_ONE) {
      chordDownBlock<W, 1, 1, ALL>(record, flags, c, lanes, running);
    } else if (kind == TREE_ONE_OF_THREE) {
      chordDownBlock<W, 1, 3, ALL>(record, flags, c, lanes, running);
    } else if (kind == TREE_TWO_OF_THREE) {
      chordDownBlock<W, 2, 3, ALL>(record, flags, c, lanes, running);
    } else if (kind == TREE_TWO) {
      chordDownBlock<W, 2, 2, ALL>(record, flags, c, lanes, running);
    } else if (kind == TREE_ONE_OF_TWO) {
      chordDownBlock<W, 1, 2, ALL>(record, flags, c, lanes, running);
    } else if (kind == TREE_TWO_OF_ONE) {
      chordDownBlock<W, 2, 1, ALL>(record, flags, c, lanes, running);
    } else if (kind == TREE_ONE_WIDE) {
      chordDownWide<W, 1, ALL>(plan, record, flags, c, lanes, running);
    } else if (kind == TREE_TWO_WIDE) {
      chordDownWide<W, 2, ALL>(plan, record, flags, c, lanes, running);
    } else if (kind == TREE_LANES) {
      laneForward<W>(plan, record, lanes.values, lanes.folded, lanes.voltage, running);
    } else {
      const size_t rows = index(record + 24);
      const size_t columns = kind == TREE_ROOT ? 0 : index(record + 28);
      const char* list = plan.pointer(record + 8);
      const char* a = c + rows * columns * CHORD_ENTRY<W>;
      const char* z = a + rows * columns * CHORD_ENTRY<W>;
      const size_t offset = index(record + 4);
      for (size_t i = 0; i < rows; i++) {
        Column<W> sum = productAt<W, C>(a + i * columns * CHORD_ENTRY<W>, lanes.voltage, list, columns, Column<W>::zero());
        sum = product<W, C>(z + i * rows * CHORD_ENTRY<W>, 1, lanes.folded + offset, rows, sum);
        sum.write(lanes.voltage + offset + i * Operations<W>::COLUMN, running);
      }
    }
    if ((flags & CHORD_LEGS) != 0) chordLegs<W>(plan, record, flags, lanes, mismatch);
  }
  return mismatch;
}

/** Injections that no block has to itself: legs between blocks and what lanes' own taps change; then the comparison at these nodes. */
template <int W>
inline void chordOpen(const Plan& plan, bool ownTaps, const ChordLanes<W>& lanes, ChordMismatch<W>& mismatch) {
  using v = Operations<W>;
  const size_t count = plan.count(FIELD_CHORD_OPEN_COUNT);
  if (count == 0) return;
  chordSpans<W>(plan, plan.array(FIELD_CHORD_LOOSE_LIST), plan.count(FIELD_CHORD_LOOSE_COUNT), lanes, mismatch);
  if (ownTaps) laneInjections<W>(plan, lanes.values, lanes.voltage, lanes.fresh);
  const char* list = plan.array(FIELD_CHORD_OPEN_LIST);
  for (size_t k = 0; k < count; k++) {
    const size_t o = index(list + 4 * k);
    const auto vr = halfVoltage<W>(lanes.voltage, lanes.base, o);
    const auto vi = halfVoltage<W>(lanes.voltage, lanes.base, o + v::HALF);
    mismatch.compare(lanes.own + o, v::load(lanes.fresh + o), v::load(lanes.fresh + o + v::HALF), v::add(v::mul(vr, vr), v::mul(vi, vi)));
  }
}

/** What is injected at the start: own = sources and legs at the base case's voltages. */
template <int W>
inline void chordStart(const Plan& plan, const ChordLanes<W>& lanes) {
  using v = Operations<W>;
  const size_t legs = plan.count(FIELD_LEGS);
  const size_t ground = plan.count(FIELD_NODES) * v::COLUMN;
  const char* nodes = plan.array(FIELD_LEG_NODES);
  const char* k = plan.array(FIELD_CHORD_START);
  const char* power = lanes.power;
  for (size_t leg = 0; leg < legs; leg++) {
    const auto p = v::load(power);
    const auto q = v::load(power + v::HALF);
    const auto re = v::sub(v::spread(k), v::add(v::mul(p, v::spread(k + v::UNIT)), v::mul(q, v::spread(k + 2 * v::UNIT))));
    const auto im = v::sub(v::spread(k + 3 * v::UNIT), v::sub(v::mul(p, v::spread(k + 4 * v::UNIT)), v::mul(q, v::spread(k + 5 * v::UNIT))));
    char* pa = lanes.own + index(nodes);
    v::store(pa, v::add(v::load(pa), re));
    v::store(pa + v::HALF, v::add(v::load(pa + v::HALF), im));
    const size_t b = index(nodes + 4);
    if (b != ground) {
      char* pb = lanes.own + b;
      v::store(pb, v::sub(v::load(pb), re));
      v::store(pb + v::HALF, v::sub(v::load(pb + v::HALF), im));
    }
    nodes += 8;
    k += v::UNIT * CHORD_START;
    power += v::COLUMN;
  }
}

/** Whether a lane far from the bound misses it even 2^foresight steps on at the pace of its last step, from mismatch `before` to `now`; all are squares. */
template <int W>
BUSBAR_INLINE typename Operations<W>::Mask tooSlow(typename Operations<W>::Vector now, typename Operations<W>::Vector before,
                                                   typename Operations<W>::Vector bound, size_t foresight) {
  using v = Operations<W>;
  auto pace = v::div(now, before);
  for (size_t k = 0; k < foresight; k++) pace = v::mul(pace, pace);
  return v::both(v::inverse(v::atMost(v::mul(now, pace), bound)), v::inverse(v::atMost(now, v::mul(bound, v::splat(CHORD_NEAR)))));
}

/** Solves those lanes of a block that the mask has, to convergence; `again` where they have been solved before. Returns how many of the block did not converge. */
template <int W>
inline int32_t solveChordBlock(const Plan& plan, size_t block, double tolerance, int32_t limit, int32_t start, typename Operations<W>::Mask chosen,
                               bool again) {
  using v = Operations<W>;
  const size_t nodes = plan.count(FIELD_NODES);
  const size_t bytes = blockBytes<W>(nodes);
  // Taps of each lane's own have no place in single precision: what they change upstream is a small difference of large admittances.
  const bool ownTaps = !v::SINGLE && plan.count(FIELD_LANE_COUNT) > 0;
  char* history = plan.array(FIELD_HISTORY);
  const auto bound = v::splat(tolerance * tolerance);
  const auto blownUp = v::splat(CHORD_BLOWN_UP);
  const ChordLanes<W> lanes = {plan.array(FIELD_VOLTAGE) + block * bytes,
                               plan.array(FIELD_CHORD_BASE),
                               plan.array(FIELD_CONSTANT) + block * plan.count(FIELD_CONSTANT_STRIDE),
                               plan.array(FIELD_POWER) + block * plan.count(FIELD_LEGS) * v::COLUMN,
                               laneValues(plan, block),
                               plan.array(FIELD_INJECTION),
                               plan.array(FIELD_PREVIOUS),
                               plan.array(FIELD_WORK),
                               v::none()};
  Outcome<W> outcome(plan, block, limit, chosen, again);
  auto running = chosen;
  if constexpr (!v::SINGLE) {
    if (ownTaps) setUpLanes<W>(plan, block);
  }
  if (start != START_GIVEN) copyBytes(lanes.own, lanes.constant, bytes);
  if (start == START_BASE) {
    const char* base = plan.array(FIELD_CHORD_BASE);
    if (ownTaps) {
      for (size_t k = 0; k < 2 * nodes; k++) v::store(lanes.voltage + k * v::HALF, v::spread(base + 8 * k));
    }
    chordStart<W>(plan, lanes);
  } else if (start == START_WARM) {
    legInjections<W>(plan, lanes.voltage, lanes.power, lanes.own);
  }
  if (ownTaps) laneInjections<W>(plan, lanes.values, lanes.voltage, lanes.own);
  auto most = blownUp;
  auto before = blownUp;
  const size_t foresight = plan.count(FIELD_CHORD_FORESIGHT);
  auto slowBefore = v::none();
  // With controls another method would have to begin with the first of many power flows.
  const int32_t patience = plan.count(FIELD_CONTROL_COUNT) > 0 ? limit : CHORD_PATIENCE;
  for (int32_t iteration = 1; iteration <= limit; iteration++) {
    chordUp<W>(plan, lanes);
    ChordMismatch<W> mismatch = v::all(running) ? chordDown<W, true>(plan, lanes, running) : chordDown<W, false>(plan, lanes, running);
    chordOpen<W>(plan, ownTaps, lanes, mismatch);
    const auto now = mismatch.result();
    most = v::select(now, most, running);
    if (block == 0) put(history + 8 * static_cast<size_t>(iteration), __builtin_sqrt(firstLane<W>(most)));
    const auto done = v::both(v::atMost(now, bound), running);
    const auto lost = v::both(v::inverse(v::atMost(now, blownUp)), running);
    if (v::any(v::either(done, lost))) {
      outcome.record(done, lost, iteration);
      running = v::both(running, v::inverse(v::either(done, lost)));
      if (!v::any(running)) break;
    }
    // A lane that is too slow twice running is left to another method, so that its block need not wait for it.
    const auto slow = v::both(tooSlow<W>(now, before, bound, foresight), running);
    const auto given = v::both(slow, slowBefore);
    if (iteration > patience && v::any(given)) {
      outcome.giveUp(given, iteration);
      running = v::both(running, v::inverse(given));
      if (!v::any(running)) break;
    }
    before = now;
    slowBefore = slow;
  }
  return outcome.finishSquares(most);
}

/** Solves every block of lanes to convergence, with controls until these settle; returns the number of lanes that did not converge and settle. */
template <int W>
inline int32_t solveChordTree(const Plan& plan, double tolerance, int32_t limit, int32_t start) {
  const size_t blocks = plan.count(FIELD_BLOCKS);
  int32_t failed = 0;
  for (size_t block = 0; block < blocks; block++) {
    failed += solveControlled<W>(plan, block, [&](typename Operations<W>::Mask chosen, bool again) {
      return solveChordBlock<W>(plan, block, tolerance, limit, again ? START_WARM : start, chosen, again);
    });
  }
  return failed;
}

}  // namespace
}  // namespace busbar
