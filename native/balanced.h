// Power flow of balanced grids over lanes: Newton's method in polar form, and steps with a factor shared by all lanes. See assembly/balanced.ts, whose operations
// these are, in the same order.
#pragma once

#include "balanced-rows.h"

namespace busbar {
namespace {

/** Once all steps of a block are shorter than this (squared), the next pass only looks. */
constexpr double SHORT_STEP = 4e-6;
/** A sum of squares beyond this is no power flow any more. */
constexpr double LOST = 1e30;
/** A step with the shared factor that leaves more than this of the sum of squares is slow: 0.4 of the mismatch. */
constexpr double SLOW = 0.16;
/** A lane of which so many steps of Newton's leave more than this of the sum of squares has no solution that it would come to: half of the mismatch. */
constexpr int32_t PATIENCE = 4;
constexpr double HOPELESS = 0.25;
/** A step scaled down below this has failed. */
constexpr double LEAST_SCALE = 1.0 / 64.0;
/** How much of a step is tried to see whether it leads downhill, and what it may leave of the sum of squares: exact factors leave 1 - 2 TRIED. */
constexpr double TRIED = 1.0 / 65536.0;
constexpr double LEFT_BY_TRIED = 1.0 - TRIED;

/** Powers of a block's injections summed up at the rows' buses. */
template <int W>
inline void sumPowers(const Plan& plan, size_t block) {
  using v = Operations<W>;
  const size_t rows = plan.count(BALANCED_ROWS);
  const char* power = plan.array(BALANCED_POWER) + block * plan.count(BALANCED_POWER_STRIDE);
  const char* words = plan.array(BALANCED_POWER_LIST);
  char* scheduled = plan.array(BALANCED_SCHEDULED);
  for (size_t k = 0; k < rows; k++, scheduled += v::COLUMN) {
    auto p = v::splat(0.0);
    auto q = v::splat(0.0);
    size_t count = index(words);
    words += 4;
    for (; count > 0; count--, words += 4) {
      const char* from = power + index(words);
      p = v::add(p, v::load(from));
      q = v::add(q, v::load(from + v::HALF));
    }
    v::store(scheduled, p);
    v::store(scheduled + v::HALF, q);
  }
}

/** Voltages to start from, the held magnitudes put in, for the lanes that are to be solved. */
template <int W>
inline void startVoltages(const Plan& plan, size_t block, char* voltage, bool isWarm, typename Operations<W>::Mask chosen) {
  using v = Operations<W>;
  if (!isWarm) {
    const char* base = plan.array(BALANCED_BASE);
    const size_t numbers = 2 * plan.count(BALANCED_SLOTS);
    for (size_t k = 0; k < numbers; k++) {
      char* at = voltage + k * v::HALF;
      v::store(at, v::select(v::spread(base + 8 * k), v::load(at), chosen));
    }
  }
  const size_t count = plan.count(BALANCED_HELD_COUNT);
  const char* held = plan.array(BALANCED_HELD) + block * count * v::HALF;
  const char* list = plan.array(BALANCED_HELD_LIST);
  for (size_t k = 0; k < count; k++) {
    char* column = voltage + index(list + 4 * k);
    const auto e = v::load(column);
    const auto f = v::load(column + v::HALF);
    const auto scale = v::div(v::load(held + k * v::HALF), v::sqrt(v::add(v::mul(e, e), v::mul(f, f))));
    v::store(column, v::select(v::mul(e, scale), e, chosen));
    v::store(column + v::HALF, v::select(v::mul(f, scale), f, chosen));
  }
}

/** A pass over all rows. */
template <int W, bool FACTOR>
inline PassSums<W> newtonPass(const Plan& plan, RowArrays arrays) {
  using v = Operations<W>;
  PassSums<W> sums = {v::splat(0.0), v::splat(0.0)};
  const size_t rows = plan.count(BALANCED_ROWS);
  for (size_t k = 0; k < rows; k++) {
    const size_t state = arrays.states == nullptr ? ROW_SHARED : index(arrays.states + 4 * k);
    if (state == ROW_UNUSED) {
      const size_t at = k * v::COLUMN;
      v::store(arrays.right + at, v::splat(0.0));
      v::store(arrays.right + at + v::HALF, v::splat(0.0));
      v::store(arrays.previous + at, v::load(arrays.voltage + at));
      v::store(arrays.previous + at + v::HALF, v::load(arrays.voltage + at + v::HALF));
      arrays.words += index(arrays.words + 40);
      continue;
    }
    const size_t kind = index(arrays.words) + (state == ROW_OWN ? 8 : 0);
    switch (kind) {
      case 2: newtonRow<W, 2, false, false, FACTOR>(arrays, k, sums); break;
      case 1: newtonRow<W, 1, false, false, FACTOR>(arrays, k, sums); break;
      case 2 + BALANCED_ROW_MASKED: newtonRow<W, 2, true, false, FACTOR>(arrays, k, sums); break;
      case 10: newtonRow<W, 2, false, true, FACTOR>(arrays, k, sums); break;
      case 9: newtonRow<W, 1, false, true, FACTOR>(arrays, k, sums); break;
      default: newtonRow<W, 2, true, true, FACTOR>(arrays, k, sums); break;
    }
  }
  return sums;
}

/** Turns and stretches a voltage by a step: angle a and log magnitude m, for the lanes that run. The rotation is Cayley's, exact in magnitude. */
template <int W>
BUSBAR_INLINE void moveVoltage(char* voltage, char* previous, typename Operations<W>::Vector a, typename Operations<W>::Vector m, bool stretched,
                               typename Operations<W>::Mask running) {
  using v = Operations<W>;
  const auto e = v::load(voltage);
  const auto f = v::load(voltage + v::HALF);
  const auto t = v::mul(a, v::splat(0.5));
  const auto square = v::mul(t, t);
  const auto unit = v::splat(1.0);
  const auto reciprocal = v::div(unit, v::add(unit, square));
  auto c = v::mul(v::sub(unit, square), reciprocal);
  auto s = v::mul(a, reciprocal);
  if (stretched) {
    const auto factor = v::add(unit, m);
    c = v::mul(c, factor);
    s = v::mul(s, factor);
  }
  if (previous != nullptr) {
    v::store(previous, e);
    v::store(previous + v::HALF, f);
  }
  v::store(voltage, v::select(v::sub(v::mul(e, c), v::mul(f, s)), e, running));
  v::store(voltage + v::HALF, v::select(v::add(v::mul(e, s), v::mul(f, c)), f, running));
}

/** right -= U x for one upper column of R rows and C unknowns. */
template <int W, int R, int C, bool SHARED>
BUSBAR_INLINE void subtractKnown(const char* u, const char* x, typename Operations<W>::Vector* right) {
  using v = Operations<W>;
  const auto number = [u](int k) { return SHARED ? v::spread(u + 8 * k) : v::load(u + k * v::HALF); };
  const auto x0 = v::load(x);
  if constexpr (C == 2) {
    const auto x1 = v::load(x + v::HALF);
    for (int i = 0; i < R; i++) right[i] = v::sub(v::sub(right[i], v::mul(number(2 * i), x0)), v::mul(number(2 * i + 1), x1));
  } else {
    for (int i = 0; i < R; i++) right[i] = v::sub(right[i], v::mul(number(i), x0));
  }
}

/** What back substitution works on. */
struct BackArrays {
  const char* words;
  const char* upper;
  /** How each row is read; null: all as ROW_SHARED. */
  const char* states;
  char* right;
  char* voltage;
  char* previous;
};

/** One row of back substitution, and its bus's step. `scale` shortens steps where SHARED is false. */
template <int W, int R, bool SHARED>
BUSBAR_INLINE void backRow(BackArrays& arrays, size_t k, typename Operations<W>::Vector scale, typename Operations<W>::Mask running,
                           typename Operations<W>::Vector& longest) {
  using v = Operations<W>;
  constexpr unsigned NUMBER = SHARED ? 8 : v::HALF;
  size_t two = index(arrays.words + 4);
  size_t one = index(arrays.words + 8);
  const char* u = SHARED ? arrays.upper : arrays.upper + index(arrays.words + 12);
  const char* words = arrays.words + (SHARED ? 12 : 16);
  char* own = arrays.right + k * v::COLUMN;
  typename v::Vector x[R];
  for (int i = 0; i < R; i++) x[i] = v::load(own + i * v::HALF);
  for (; two > 0; two--, words += 4, u += 2 * R * NUMBER) subtractKnown<W, R, 2, SHARED>(u, arrays.right + index(words), x);
  for (; one > 0; one--, words += 4, u += R * NUMBER) subtractKnown<W, R, 1, SHARED>(u, arrays.right + index(words), x);
  for (int i = 0; i < R; i++) v::store(own + i * v::HALF, x[i]);
  for (int i = 0; i < R; i++) longest = v::larger(v::mul(x[i], x[i]), longest);
  if (!SHARED) {
    for (int i = 0; i < R; i++) x[i] = v::mul(x[i], scale);
  }
  char* previous = arrays.previous == nullptr ? nullptr : arrays.previous + k * v::COLUMN;
  moveVoltage<W>(arrays.voltage + k * v::COLUMN, previous, x[0], x[R - 1], R == 2, running);
  arrays.words = words;
  if (SHARED) arrays.upper = u;
}

/** Back substitution, row by row from the last, and the steps; returns the longest step's square. */
template <int W, bool SHARED>
inline typename Operations<W>::Vector backPass(const Plan& plan, BackArrays arrays, typename Operations<W>::Vector scale, typename Operations<W>::Mask running) {
  using v = Operations<W>;
  auto longest = v::splat(0.0);
  for (size_t k = plan.count(BALANCED_ROWS); k-- > 0;) {
    if (!SHARED && arrays.states != nullptr && index(arrays.states + 4 * k) == ROW_UNUSED) {
      arrays.words += 16 + 4 * (index(arrays.words + 4) + index(arrays.words + 8));
      continue;
    }
    if (index(arrays.words) == 2) backRow<W, 2, SHARED>(arrays, k, scale, running, longest);
    else backRow<W, 1, SHARED>(arrays, k, scale, running, longest);
  }
  return longest;
}

/** One row of the pass with the shared factor: what it lacks, and the forward substitution with that. */
template <int W, int R>
BUSBAR_INLINE void sharedRow(RowArrays& arrays, const char*& lower, size_t k, PassSums<W>& sums) {
  using v = Operations<W>;
  const char* words = arrays.words;
  size_t neighbours = index(words + 4);
  size_t two = index(words + 8);
  size_t one = index(words + 12);
  words += 16;
  RowState<W> row;
  row.voltage = pairAt<W>(arrays.voltage + k * v::COLUMN);
  row.own = currentOf<W, false>(arrays.admittance, arrays.voltage + k * v::COLUMN);
  row.others = {v::splat(0.0), v::splat(0.0)};
  for (; neighbours > 0; neighbours--, words += 4) {
    const auto c = currentOf<W, false>(arrays.admittance, arrays.voltage + index(words));
    row.others.re = v::add(row.others.re, c.re);
    row.others.im = v::add(row.others.im, c.im);
  }
  lackOf<W>(row, arrays.scheduled + k * v::COLUMN);
  typename v::Vector right[2] = {row.lackP, row.lackQ};
  sums.template take<R>(row.lackP, row.lackQ);
  for (; two > 0; two--, words += 4, lower += 2 * R * 8) subtractKnown<W, R, 2, true>(lower, arrays.right + index(words), right);
  for (; one > 0; one--, words += 4, lower += R * 8) subtractKnown<W, R, 1, true>(lower, arrays.right + index(words), right);
  char* solved = arrays.right + k * v::COLUMN;
  if constexpr (R == 2) {
    v::store(solved, v::add(v::mul(v::spread(lower), right[0]), v::mul(v::spread(lower + 8), right[1])));
    v::store(solved + v::HALF, v::add(v::mul(v::spread(lower + 16), right[0]), v::mul(v::spread(lower + 24), right[1])));
    lower += 32;
  } else {
    v::store(solved, v::mul(v::spread(lower), right[0]));
    lower += 8;
  }
  arrays.words = words;
}

/** Looks at all rows and does the forward substitution through the shared factor. */
template <int W>
inline PassSums<W> sharedPass(const Plan& plan, RowArrays arrays) {
  using v = Operations<W>;
  PassSums<W> sums = {v::splat(0.0), v::splat(0.0)};
  const char* lower = plan.array(BALANCED_SHARED_LOWER);
  const size_t rows = plan.count(BALANCED_ROWS);
  for (size_t k = 0; k < rows; k++) {
    if (index(arrays.words) == 2) sharedRow<W, 2>(arrays, lower, k, sums);
    else sharedRow<W, 1>(arrays, lower, k, sums);
  }
  return sums;
}

/** What is kept of each lane while a block is solved. */
template <int W>
struct LaneOutcome {
  int32_t* status;
  int32_t* iterations;
  double* mismatch;
  /** Steps each lane has made before Newton's. */
  int32_t stepsBefore[W];

  LaneOutcome(const Plan& plan, size_t block)
      : status(reinterpret_cast<int32_t*>(plan.array(BALANCED_STATUS)) + block * W),
        iterations(reinterpret_cast<int32_t*>(plan.array(BALANCED_ITERATIONS)) + block * W),
        mismatch(reinterpret_cast<double*>(plan.array(BALANCED_MISMATCH)) + block * W),
        stepsBefore{} {}

  /** Adds to the iterations that stand. */
  void goOn() {
    for (int lane = 0; lane < W; lane++) stepsBefore[lane] = iterations[lane];
  }

  /** Lanes (bit by bit) come to an end after so many steps. */
  void end(unsigned lanes, int32_t how, int32_t steps) {
    for (int lane = 0; lane < W; lane++) {
      if ((lanes >> lane & 1u) == 0) continue;
      status[lane] = how;
      iterations[lane] = stepsBefore[lane] + steps;
    }
  }

  /** Lanes go on by Newton's method after so many steps. */
  void leave(unsigned lanes, int32_t steps) {
    for (int lane = 0; lane < W; lane++) {
      if (lanes >> lane & 1u) stepsBefore[lane] += steps;
    }
  }

  /** Notes the mismatch of lanes; that of one whose sums are no numbers any more is infinite. */
  void see(unsigned lanes, const PassSums<W>& sums) {
    using v = Operations<W>;
    double squares[W];
    v::spill(v::select(sums.worst, v::splat(__builtin_inf()), v::atMost(sums.merit, v::splat(LOST))), squares);
    for (int lane = 0; lane < W; lane++) {
      if (lanes >> lane & 1u) mismatch[lane] = __builtin_sqrt(squares[lane]);
    }
  }

  /** The mismatch of lanes is not known. */
  void lose(unsigned lanes) {
    for (int lane = 0; lane < W; lane++) {
      if (lanes >> lane & 1u) mismatch[lane] = __builtin_inf();
    }
  }
};

/** Puts the voltages before the last step back into some lanes. */
template <int W>
inline void stepBack(const Plan& plan, const BackArrays& back, typename Operations<W>::Mask lanes) {
  using v = Operations<W>;
  const size_t numbers = 2 * plan.count(BALANCED_ROWS);
  for (size_t k = 0; k < numbers; k++) {
    char* voltage = back.voltage + k * v::HALF;
    v::store(voltage, v::select(v::load(back.previous + k * v::HALF), v::load(voltage), lanes));
  }
}

/**
 * Steps with the shared factor, at most so many, from the voltages that stand. A lane that twice running comes less than 0.4 nearer with a step is left.
 *
 * @returns the lanes that have not converged; those that have come no nearer stand where they began
 */
template <int W>
inline typename Operations<W>::Mask sharedBlock(const Plan& plan, const RowArrays& arrays, const BackArrays& back, double tolerance, int32_t limit,
                                                LaneOutcome<W>& outcome, typename Operations<W>::Mask running) {
  using v = Operations<W>;
  const auto bound = v::splat(tolerance * tolerance);
  const auto lost = v::splat(LOST);
  auto rest = v::none();
  auto slowBefore = v::none();
  auto first = lost;
  auto before = lost;
  for (int32_t steps = 0;; steps++) {
    const auto sums = sharedPass<W>(plan, arrays);
    const auto sound = v::atMost(sums.merit, lost);
    const auto finished = v::both(v::both(v::atMost(sums.worst, bound), sound), running);
    if (steps == 0) first = sums.merit;
    outcome.see(v::bits(running), sums);
    outcome.end(v::bits(finished), STATUS_CONVERGED, steps);
    running = v::both(running, v::inverse(finished));
    const auto slow = v::both(v::inverse(v::atMost(sums.merit, v::mul(before, v::splat(SLOW)))), running);
    const auto left = v::either(v::both(slow, slowBefore), steps == limit ? running : v::both(running, v::inverse(sound)));
    if (v::any(left)) {
      outcome.leave(v::bits(left), steps);
      rest = v::either(rest, left);
      running = v::both(running, v::inverse(left));
      // Steps that led away are undone.
      const auto away = v::both(left, v::inverse(v::atMost(sums.merit, first)));
      if (v::any(away)) stepBack<W>(plan, back, away);
    }
    if (!v::any(running)) return rest;
    before = sums.merit;
    slowBefore = slow;
    BackArrays step = back;
    // What a lane began with stays in the array of previous voltages.
    if (steps > 0) step.previous = nullptr;
    backPass<W, true>(plan, step, v::splat(1.0), running);
  }
}

/**
 * Looks whether the factors of lanes that were given up are to blame. Newton's step leads downhill at a known slope; one that does not was spoilt by pivots too small for a
 * factorisation without pivoting. The mismatch of such a lane is infinite.
 */
template <int W>
inline void checkFactors(const Plan& plan, const RowArrays& arrays, const BackArrays& back, LaneOutcome<W>& outcome, typename Operations<W>::Mask lanes) {
  using v = Operations<W>;
  const auto bound = v::mul(newtonPass<W, true>(plan, arrays).merit, v::splat(LEFT_BY_TRIED));
  backPass<W, false>(plan, back, v::splat(TRIED), lanes);
  const auto merit = newtonPass<W, false>(plan, arrays).merit;
  stepBack<W>(plan, back, lanes);
  outcome.lose(v::bits(v::both(lanes, v::inverse(v::atMost(merit, bound)))));
}

/** Solves lanes of one block by Newton's method, from the voltages that stand. */
template <int W>
inline void newtonBlock(const Plan& plan, const RowArrays& arrays, const BackArrays& back, double tolerance, int32_t limit, LaneOutcome<W>& outcome,
                        typename Operations<W>::Mask running) {
  using v = Operations<W>;
  const auto bound = v::splat(tolerance * tolerance);
  const auto unit = v::splat(1.0);
  auto scale = unit;
  auto before = v::splat(LOST);
  auto mark = before;
  bool looks = false;
  bool isFirst = true;
  auto doubtful = v::none();
  for (int32_t steps = 0;;) {
    auto sums = looks ? newtonPass<W, false>(plan, arrays) : newtonPass<W, true>(plan, arrays);
    // What is no number is refused, too.
    const auto better = v::atMost(sums.merit, before);
    const auto finished = v::both(v::both(v::atMost(sums.worst, bound), better), running);
    outcome.see(v::bits(running), sums);
    outcome.end(v::bits(finished), STATUS_CONVERGED, steps);
    running = v::both(running, v::inverse(finished));
    if (steps == limit) {
      outcome.end(v::bits(running), STATUS_ITERATION_LIMIT, steps);
      break;
    }
    const auto refused = v::both(running, v::inverse(better));
    if (v::any(refused)) {
      scale = v::select(v::mul(scale, v::splat(0.5)), scale, refused);
      const auto failed = isFirst ? refused : v::both(refused, v::inverse(v::atMost(v::splat(LEAST_SCALE), scale)));
      outcome.end(v::bits(failed), STATUS_DIVERGED, steps);
      doubtful = v::either(doubtful, failed);
      running = v::both(running, v::inverse(failed));
      if (!isFirst) stepBack<W>(plan, back, refused);
    }
    if (!v::any(running)) break;
    isFirst = false;
    before = v::select(before, sums.merit, refused);
    if (v::any(refused)) {
      // Lanes that were refused need the factor at the voltages before; the others wait.
      looks = false;
      continue;
    }
    if (steps > 0 && steps % PATIENCE == 0) {
      const auto hopeless = v::both(running, v::inverse(v::atMost(sums.merit, v::mul(mark, v::splat(HOPELESS)))));
      outcome.end(v::bits(hopeless), STATUS_DIVERGED, steps);
      doubtful = v::either(doubtful, hopeless);
      running = v::both(running, v::inverse(hopeless));
      if (!v::any(running)) break;
    }
    if (steps % PATIENCE == 0) mark = sums.merit;
    if (looks) newtonPass<W, true>(plan, arrays);
    const auto longest = backPass<W, false>(plan, back, scale, running);
    const auto doubled = v::add(scale, scale);
    scale = v::select(unit, doubled, v::atMost(unit, doubled));
    steps++;
    looks = v::all(v::either(v::atMost(longest, v::splat(SHORT_STEP)), v::inverse(running)));
  }
  if (v::any(doubtful)) checkFactors<W>(plan, arrays, back, outcome, doubtful);
}

/** Solves lanes of one block; see solveBalanced. */
template <int W>
inline void solveLanes(const Plan& plan, size_t block, double tolerance, int32_t sharedLimit, int32_t limit, bool isWarm, LaneOutcome<W>& outcome,
                       typename Operations<W>::Mask chosen) {
  using v = Operations<W>;
  char* voltage = plan.array(BALANCED_VOLTAGE) + block * plan.count(BALANCED_VOLTAGE_STRIDE);
  startVoltages<W>(plan, block, voltage, isWarm, chosen);
  sumPowers<W>(plan, block);
  const char* admittance = plan.array(BALANCED_ADMITTANCE);
  const char* ownAdmittance = plan.array(BALANCED_OWN_ADMITTANCE) + block * plan.count(BALANCED_ENTRIES) * v::COLUMN;
  const char* states = plan.count(BALANCED_ROW_STATE) > 0 ? plan.array(BALANCED_ROW_STATE) + block * plan.count(BALANCED_ROWS) * 4 : nullptr;
  const char* mask = plan.array(BALANCED_MASK) + block * plan.count(BALANCED_MASK_STRIDE);
  const char* scheduled = plan.array(BALANCED_SCHEDULED);
  char* work = plan.array(BALANCED_WORK);
  char* factor = plan.array(BALANCED_FACTOR);
  char* right = plan.array(BALANCED_RIGHT);
  char* previous = plan.array(BALANCED_PREVIOUS);
  char* reactive = plan.array(BALANCED_REACTIVE) + block * (plan.count(BALANCED_MASK_STRIDE) / 2);
  auto rest = chosen;
  if (sharedLimit > 0) {
    const RowArrays arrays = {plan.array(BALANCED_SHARED_FORWARD), admittance, ownAdmittance, mask, states, voltage, scheduled, work, factor, right, previous, reactive};
    const BackArrays back = {plan.array(BALANCED_SHARED_BACKWARD), plan.array(BALANCED_SHARED_UPPER), states, right, voltage, previous};
    rest = sharedBlock<W>(plan, arrays, back, tolerance, sharedLimit, outcome, rest);
  }
  if (v::any(rest)) {
    const char* forward = plan.array(BALANCED_FORWARD);
    const char* backward = plan.array(BALANCED_BACKWARD);
    if (plan.count(BALANCED_PROGRAMS) > 0) {
      const char* table = plan.array(BALANCED_PROGRAMS) + 8 * block;
      forward = plan.pointer(table);
      backward = plan.pointer(table + 4);
    }
    const RowArrays arrays = {forward, admittance, ownAdmittance, mask, states, voltage, scheduled, work, factor, right, previous, reactive};
    const BackArrays back = {backward, factor, states, right, voltage, previous};
    newtonBlock<W>(plan, arrays, back, tolerance, limit, outcome, rest);
  }
}

/**
 * Solves every block of lanes: at most `sharedLimit` steps with the shared factor (0: none), then Newton's method for what is not solved.
 *
 * @param tolerance largest power mismatch at any bus, per unit
 * @param limit most of Newton's steps
 * @param isWarm 1: from the voltages that stand, 0: from the plan's base voltages
 * @returns the number of lanes that have not converged
 */
template <int W>
inline int32_t solveBalanced(const Plan& plan, double tolerance, int32_t sharedLimit, int32_t limit, int32_t isWarm) {
  using v = Operations<W>;
  const size_t blocks = plan.count(BALANCED_BLOCKS);
  const bool hasChosen = plan.count(BALANCED_CHOSEN) > 0;
  int32_t failed = 0;
  for (size_t block = 0; block < blocks; block++) {
    LaneOutcome<W> outcome(plan, block);
    auto chosen = v::every();
    if (hasChosen) {
      chosen = v::greater(v::load(plan.array(BALANCED_CHOSEN) + block * v::HALF), v::splat(0.0));
      outcome.goOn();
    }
    if (v::any(chosen)) solveLanes<W>(plan, block, tolerance, sharedLimit, limit, isWarm != 0, outcome, chosen);
    for (int lane = 0; lane < W; lane++) failed += outcome.status[lane] != STATUS_CONVERGED;
  }
  return failed;
}

}  // namespace
}  // namespace busbar
