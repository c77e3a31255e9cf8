// Control steps and operating points of microgrids in lanes, and what is seen of them. See assembly/dynamics/advance.ts, rest.ts and see.ts, whose operations these are, in the same order.
#pragma once

#include "dynamics-network.h"

namespace busbar {
namespace {

template <int W>
struct MicrogridKernel : MicrogridNetwork<W> {
  using Network = MicrogridNetwork<W>;
  using v = Operations<W>;
  using typename Network::Mask;
  using typename Network::Vector;
  using Network::below;
  using Network::bus;
  using Network::COLUMN;
  using Network::currents;
  using Network::inject;
  using Network::inverters;
  using Network::loads;
  using Network::NUMBER;
  using Network::plan;
  using Network::shared;
  using Network::turn;

  char* const angle = plan.array(MICROGRID_ANGLE);
  char* const power = plan.array(MICROGRID_POWER);
  char* const speedSetPoint = plan.array(MICROGRID_SPEED_SET_POINT);
  char* const setPoint = plan.array(MICROGRID_VOLTAGE_SET_POINT);
  char* const before = plan.array(MICROGRID_SPEED_BEFORE);
  char* const direction = plan.array(MICROGRID_DIRECTION);
  char* const ownCurrent = plan.array(MICROGRID_OWN_CURRENT);
  char* const source = plan.array(MICROGRID_SOURCE);
  char* const end = plan.array(MICROGRID_END);
  char* const rate = plan.array(MICROGRID_RATE);
  char* const next = plan.array(MICROGRID_NEXT);
  char* const extra = plan.array(MICROGRID_EXTRA);
  char* const inertia = plan.array(MICROGRID_INERTIA);
  char* const current = plan.array(MICROGRID_CURRENT);
  char* const stage = plan.array(MICROGRID_STAGE);
  const char* const droop = plan.array(MICROGRID_DROOP);
  const char* const series = plan.array(MICROGRID_SERIES);
  const bool published = plan.count(MICROGRID_COMMON_SPEED) != 0;
  const bool conventional = plan.count(MICROGRID_CONVENTIONAL) != 0;

  explicit MicrogridKernel(const Plan& given) : Network(given) {}

  BUSBAR_INLINE Vector activeDroop(size_t i) const { return v::spread(droop + 16 * i); }
  BUSBAR_INLINE Vector reactiveDroop(size_t i) const { return v::spread(droop + 16 * i + 8); }

  static void copyNumbers(const char* from, char* to, size_t count) { copyBytes(to, from, count * NUMBER); }

  void readState(const char* state) const {
    const size_t own = inverters * NUMBER;
    const char* from = state + NUMBER;
    copyNumbers(from, angle, inverters);
    for (size_t i = 0; i < inverters; i++) {
      v::store(power + i * COLUMN, v::load(from + own + i * NUMBER));
      v::store(power + i * COLUMN + NUMBER, v::load(from + 2 * own + i * NUMBER));
    }
    copyNumbers(from + 3 * own, speedSetPoint, inverters);
    copyNumbers(from + 4 * own, setPoint, inverters);
    from += 5 * own;
    for (size_t k = 0; k < currents; k++) {
      v::store(current + k * COLUMN, v::load(from + k * NUMBER));
      v::store(current + k * COLUMN + NUMBER, v::load(from + (currents + k) * NUMBER));
    }
  }

  /** A number where the mask is set; a zero without its sign. */
  static BUSBAR_INLINE void keep(char* at, Vector x, Mask mask) { v::store(at, v::select(v::add(x, v::splat(0.0)), v::load(at), mask)); }

  static char* putColumns(char* to, const char* columns, size_t count, Mask mask) {
    const size_t half = count * NUMBER;
    for (size_t k = 0; k < count; k++) {
      keep(to + k * NUMBER, v::load(columns + k * COLUMN), mask);
      keep(to + half + k * NUMBER, v::load(columns + k * COLUMN + NUMBER), mask);
    }
    return to + 2 * half;
  }

  void writeBack(char* state, Mask mask) const {
    const size_t own = inverters * NUMBER;
    char* to = state + NUMBER;
    for (size_t at = 0; at < own; at += NUMBER) {
      keep(to + at, v::load(angle + at), mask);
      keep(to + own + at, v::load(power + 2 * at), mask);
      keep(to + 2 * own + at, v::load(power + 2 * at + NUMBER), mask);
      keep(to + 3 * own + at, v::load(speedSetPoint + at), mask);
      keep(to + 4 * own + at, v::load(setPoint + at), mask);
    }
    to = putColumns(to + 5 * own, current, currents, mask);
    putColumns(to, bus, this->buses, mask);
  }

  static BUSBAR_INLINE void turnCurrent(const char* direction, const char* current, char* own) {
    const auto c = v::load(direction);
    const auto s = v::load(direction + NUMBER);
    const auto re = v::load(current);
    const auto im = v::load(current + NUMBER);
    v::store(own, v::add(v::mul(c, re), v::mul(s, im)));
    v::store(own + NUMBER, v::sub(v::mul(c, im), v::mul(s, re)));
  }

  static BUSBAR_INLINE void direct(char* source, Vector voltage, const char* direction) {
    v::store(source, v::mul(voltage, v::load(direction)));
    v::store(source + NUMBER, v::mul(voltage, v::load(direction + NUMBER)));
  }

  /** Makes the matrix of a control step and the sources at its begin. */
  Mask begin(const char* state, Vector frame) const {
    const size_t first = currents - loads;
    const auto gammaStep = shared(NUMBER_GAMMA_STEP);
    const char* usual = plan.array(MICROGRID_LOAD_SERIES);
    const char* multiplier = state + (this->stateItems() - 2 * loads) * NUMBER;
    for (size_t k = 0; k < currents; k++) {
      auto resistance = v::spread(series + 16 * k);
      auto inductance = v::spread(series + 16 * k + 8);
      if (k >= first) {
        resistance = v::add(resistance, v::mul(v::load(multiplier), v::spread(usual)));
        inductance = v::add(inductance, v::mul(v::load(multiplier + loads * NUMBER), v::spread(usual + 8)));
        multiplier += NUMBER;
        usual += 16;
      }
      const auto own = v::div(inductance, gammaStep);
      v::store(inertia + k * NUMBER, own);
      Network::putAdmittance(this->admittance + k * COLUMN, v::add(own, resistance), v::mul(frame, inductance));
    }
    this->fillNodal();
    Mask sound = this->factorNodal();
    const auto largest = shared(NUMBER_LARGEST_ANGLE);
    for (size_t i = 0; i < inverters; i++) {
      const size_t column = i * COLUMN;
      const auto turned = v::load(angle + i * NUMBER);
      sound = v::both(sound, below(turned, largest));
      turn(turned, direction + column);
      turnCurrent(direction + column, current + column, ownCurrent + column);
      const auto voltage = v::sub(v::load(setPoint + i * NUMBER), v::mul(reactiveDroop(i), v::load(power + column + NUMBER)));
      direct(source + column, voltage, direction + column);
    }
    return sound;
  }

  /** SDIRK2 of the consensus on set points x, in the lanes in which it acts; `part` is 0 for P, 1 for Q. */
  void moveSetPoints(char* x, Vector reference, size_t part, Mask acting) const {
    const size_t pinned = plan.count(MICROGRID_PINNED);
    char* first = plan.array(MICROGRID_SET_POINT_STAGES);
    char* known = first + inverters * NUMBER;
    const auto perStep = shared(NUMBER_RATE);
    const auto carry = shared(NUMBER_CARRY);
    const auto pinning = shared(NUMBER_PINNING);
    const auto drooped = v::spread(droop + 16 * pinned + 8 * part);
    const auto earlier = v::load(power + pinned * COLUMN + part * NUMBER);
    const auto after = v::load(next + pinned * COLUMN + part * NUMBER);
    for (size_t i = 0; i < inverters; i++) v::store(first + i * NUMBER, v::mul(perStep, v::load(x + i * NUMBER)));
    const auto between = v::add(earlier, v::mul(shared(NUMBER_GAMMA), v::sub(after, earlier)));
    char* atStage = first + pinned * NUMBER;
    v::store(atStage, v::add(v::load(atStage), v::mul(pinning, v::add(reference, v::mul(drooped, between)))));
    this->solveConsensus(first);
    for (size_t i = 0; i < inverters; i++) {
      const auto old = v::load(x + i * NUMBER);
      v::store(known + i * NUMBER, v::mul(perStep, v::add(old, v::mul(carry, v::sub(v::load(first + i * NUMBER), old)))));
    }
    char* atKnown = known + pinned * NUMBER;
    v::store(atKnown, v::add(v::load(atKnown), v::mul(pinning, v::add(reference, v::mul(drooped, after)))));
    this->solveConsensus(known);
    for (size_t i = 0; i < inverters; i++) {
      char* at = x + i * NUMBER;
      v::store(at, v::select(v::load(known + i * NUMBER), v::load(at), acting));
    }
  }

  /** Speed of an inverter at a share of the step. */
  BUSBAR_INLINE Vector speedWithin(size_t i, Vector share) const {
    const auto early = v::load(before + i * NUMBER);
    const auto late = v::sub(v::load(speedSetPoint + i * NUMBER), v::mul(activeDroop(i), v::load(next + i * COLUMN)));
    return v::add(early, v::mul(share, v::sub(late, early)));
  }

  /** The published mistake as a voltage, at the step's begin or (`later`) at the first stage, both weighted and summed. */
  void explicitTerms(const char* of, bool later) const {
    const auto share = later ? shared(NUMBER_GAMMA) : v::splat(0.0);
    const auto early = shared(NUMBER_EXPLICIT_BEGIN);
    const auto late = shared(NUMBER_EXPLICIT_LATER);
    const auto minus = v::splat(-1.0);
    const auto first = speedWithin(0, share);
    for (size_t i = 0; i < inverters; i++) {
      const size_t column = i * COLUMN;
      const auto reactance = v::mul(v::spread(series + 16 * i + 8), v::sub(speedWithin(i, share), first));
      const auto re = v::mul(minus, v::mul(reactance, v::load(of + column + NUMBER)));
      const auto im = v::mul(reactance, v::load(of + column));
      char* own = extra + column;
      v::store(own, later ? v::add(v::mul(early, v::load(own)), v::mul(late, re)) : re);
      v::store(own + NUMBER, later ? v::add(v::mul(early, v::load(own + NUMBER)), v::mul(late, im)) : im);
    }
  }

  /** Both stages of the currents. */
  void moveCurrents() const {
    const auto gamma = shared(NUMBER_GAMMA);
    const auto carry = shared(NUMBER_CARRY);
    if (published) explicitTerms(current, false);
    for (size_t k = 0; k < currents; k++) {
      const size_t column = k * COLUMN;
      const auto own = v::load(inertia + k * NUMBER);
      auto re = v::mul(own, v::load(current + column));
      auto im = v::mul(own, v::load(current + column + NUMBER));
      if (k < inverters) {
        const auto sr = v::load(source + column);
        const auto si = v::load(source + column + NUMBER);
        auto wr = v::add(sr, v::mul(gamma, v::sub(v::load(end + column), sr)));
        auto wi = v::add(si, v::mul(gamma, v::sub(v::load(end + column + NUMBER), si)));
        if (published) {
          wr = v::add(wr, v::load(extra + column));
          wi = v::add(wi, v::load(extra + column + NUMBER));
        }
        re = v::add(re, wr);
        im = v::add(im, wi);
      }
      inject(stage + column, this->admittance + column, re, im);
    }
    this->solveNetwork(stage);
    if (published) explicitTerms(stage, true);
    for (size_t k = 0; k < currents; k++) {
      const size_t column = k * COLUMN;
      const auto own = v::load(inertia + k * NUMBER);
      const auto cr = v::load(current + column);
      const auto ci = v::load(current + column + NUMBER);
      auto re = v::mul(own, v::add(cr, v::mul(carry, v::sub(v::load(stage + column), cr))));
      auto im = v::mul(own, v::add(ci, v::mul(carry, v::sub(v::load(stage + column + NUMBER), ci))));
      if (k < inverters) {
        auto wr = v::load(end + column);
        auto wi = v::load(end + column + NUMBER);
        if (published) {
          wr = v::add(wr, v::load(extra + column));
          wi = v::add(wi, v::load(extra + column + NUMBER));
        }
        re = v::add(re, wr);
        im = v::add(im, wi);
      }
      inject(current + column, this->admittance + column, re, im);
    }
    this->solveNetwork(current);
  }

  /** One step of the scheme; set in the lanes of which no angle has run away. */
  Mask advanceOnce(Vector frame, Mask acting) const {
    const auto filter = shared(NUMBER_FILTER);
    const auto minusFilter = v::mul(v::splat(-1.0), filter);
    const auto h = shared(NUMBER_STEP);
    for (size_t i = 0; i < inverters; i++) {
      const size_t at = i * NUMBER;
      const size_t column = i * COLUMN;
      const auto p = v::load(power + column);
      const auto q = v::load(power + column + NUMBER);
      const auto voltage = v::sub(v::load(setPoint + at), v::mul(reactiveDroop(i), q));
      const auto activeRate = v::mul(filter, v::sub(v::mul(voltage, v::load(ownCurrent + column)), p));
      const auto reactiveRate = v::mul(minusFilter, v::add(v::mul(voltage, v::load(ownCurrent + column + NUMBER)), q));
      v::store(rate + column, activeRate);
      v::store(rate + column + NUMBER, reactiveRate);
      v::store(next + column, v::add(p, v::mul(h, activeRate)));
      v::store(next + column + NUMBER, v::add(q, v::mul(h, reactiveRate)));
      v::store(before + at, v::sub(v::load(speedSetPoint + at), v::mul(activeDroop(i), p)));
    }
    if (v::any(acting)) {
      moveSetPoints(speedSetPoint, shared(NUMBER_NOMINAL_SPEED), 0, acting);
      if (conventional) moveSetPoints(setPoint, shared(NUMBER_NOMINAL_VOLTAGE), 1, acting);
    }
    const auto largest = shared(NUMBER_LARGEST_ANGLE);
    const auto half = v::splat(0.5);
    Mask sound = v::every();
    for (size_t i = 0; i < inverters; i++) {
      const size_t at = i * NUMBER;
      const size_t column = i * COLUMN;
      const auto after = v::sub(v::load(speedSetPoint + at), v::mul(activeDroop(i), v::load(next + column)));
      const auto mean = v::mul(half, v::add(v::load(before + at), after));
      const auto moved = v::add(v::load(angle + at), v::mul(h, v::sub(mean, frame)));
      const auto fine = below(moved, largest);
      sound = v::both(sound, fine);
      const auto turned = v::select(moved, v::splat(0.0), fine);
      v::store(angle + at, turned);
      turn(turned, direction + column);
      direct(end + column, v::sub(v::load(setPoint + at), v::mul(reactiveDroop(i), v::load(next + column + NUMBER))), direction + column);
    }
    moveCurrents();
    const auto halfStep = shared(NUMBER_HALF_STEP);
    for (size_t i = 0; i < inverters; i++) {
      const size_t column = i * COLUMN;
      turnCurrent(direction + column, current + column, ownCurrent + column);
      const auto nextP = v::load(next + column);
      const auto nextQ = v::load(next + column + NUMBER);
      const auto asked = v::load(setPoint + i * NUMBER);
      const auto predicted = v::sub(asked, v::mul(reactiveDroop(i), nextQ));
      const auto laterP = v::mul(filter, v::sub(v::mul(predicted, v::load(ownCurrent + column)), nextP));
      const auto laterQ = v::mul(minusFilter, v::add(v::mul(predicted, v::load(ownCurrent + column + NUMBER)), nextQ));
      const auto p = v::add(v::load(power + column), v::mul(halfStep, v::add(v::load(rate + column), laterP)));
      const auto q = v::add(v::load(power + column + NUMBER), v::mul(halfStep, v::add(v::load(rate + column + NUMBER), laterQ)));
      v::store(power + column, p);
      v::store(power + column + NUMBER, q);
      direct(source + column, v::sub(asked, v::mul(reactiveDroop(i), q)), direction + column);
    }
    return sound;
  }

  /** One block's control step in scratch; set in the lanes that are sound at its end. */
  Mask advanceBlock(const char* state, Mask acting) const {
    readState(state);
    const auto frame = v::sub(v::load(speedSetPoint), v::mul(activeDroop(0), v::load(power)));
    Mask sound = begin(state, frame);
    const size_t steps = plan.count(MICROGRID_STEPS);
    for (size_t step = 0; step < steps; step++) sound = v::both(sound, advanceOnce(frame, acting));
    const auto largest = shared(NUMBER_LARGEST_CURRENT);
    const auto none = v::splat(0.0);
    for (size_t k = 0; k < currents; k++) {
      const auto re = v::load(current + k * COLUMN);
      const auto im = v::load(current + k * COLUMN + NUMBER);
      sound = v::both(sound, v::greater(largest, v::add(v::larger(re, v::sub(none, re)), v::larger(im, v::sub(none, im)))));
    }
    return sound;
  }

  void advance() const {
    const size_t blocks = plan.count(MICROGRID_BLOCKS);
    const size_t stateBytes = this->stateItems() * NUMBER;
    char* task = plan.array(MICROGRID_TASK);
    char* status = plan.array(MICROGRID_STATUS);
    char* state = plan.array(MICROGRID_STATE);
    for (size_t block = 0; block < blocks; block++) {
      const auto todo = v::load(task);
      const Mask stepping = v::greater(todo, v::splat(0.5));
      if (v::any(stepping)) {
        const Mask sound = advanceBlock(state, v::greater(todo, v::splat(1.5)));
        writeBack(state, v::both(stepping, sound));
        const auto outcome = v::select(v::splat(OUTCOME_RUNNING), v::splat(OUTCOME_DIVERGED), sound);
        v::store(status, v::select(outcome, v::load(status), stepping));
      }
      task += NUMBER;
      status += NUMBER;
      state += stateBytes;
    }
  }

  /** Writes the state that the unknowns lead to, to scratch, and what is left of the equations; set in the lanes in which that could be done. */
  Mask evaluate(const char* state, const char* unknown, char* residual) const {
    const size_t first = currents - loads;
    const size_t half = inverters * NUMBER;
    const auto none = v::splat(0.0);
    const auto speed = v::load(unknown);
    const char* usual = plan.array(MICROGRID_LOAD_SERIES);
    const char* multiplier = state + (this->stateItems() - 2 * loads) * NUMBER;
    for (size_t k = 0; k < currents; k++) {
      auto resistance = v::spread(series + 16 * k);
      auto inductance = v::spread(series + 16 * k + 8);
      if (k >= first) {
        resistance = v::add(resistance, v::mul(v::load(multiplier), v::spread(usual)));
        inductance = v::add(inductance, v::mul(v::load(multiplier + loads * NUMBER), v::spread(usual + 8)));
        multiplier += NUMBER;
        usual += 16;
      }
      Network::putAdmittance(this->admittance + k * COLUMN, resistance, v::mul(speed, inductance));
    }
    this->fillNodal();
    Mask sound = this->factorNodal();
    const auto largest = shared(NUMBER_LARGEST_ANGLE);
    for (size_t i = 0; i < inverters; i++) {
      const size_t column = i * COLUMN;
      const auto turned = i == 0 ? none : v::load(unknown + i * NUMBER);
      sound = v::both(sound, below(turned, largest));
      v::store(angle + i * NUMBER, turned);
      turn(turned, direction + column);
      const auto voltage = v::load(unknown + half + i * NUMBER);
      const auto re = v::mul(voltage, v::load(direction + column));
      const auto im = v::mul(voltage, v::load(direction + column + NUMBER));
      inject(current + column, this->admittance + column, re, im);
    }
    for (size_t at = inverters * COLUMN; at < currents * COLUMN; at += NUMBER) v::store(current + at, none);
    this->solveNetwork(current);
    const auto nominalSpeed = shared(NUMBER_NOMINAL_SPEED);
    const auto nominalVoltage = shared(NUMBER_NOMINAL_VOLTAGE);
    for (size_t i = 0; i < inverters; i++) {
      const size_t at = i * NUMBER;
      const size_t column = i * COLUMN;
      const auto c = v::load(direction + column);
      const auto s = v::load(direction + column + NUMBER);
      const auto re = v::load(current + column);
      const auto im = v::load(current + column + NUMBER);
      const auto voltage = v::load(unknown + half + at);
      const auto p = v::mul(voltage, v::add(v::mul(c, re), v::mul(s, im)));
      const auto q = v::mul(v::splat(-1.0), v::mul(voltage, v::sub(v::mul(c, im), v::mul(s, re))));
      v::store(power + column, p);
      v::store(power + column + NUMBER, q);
      v::store(speedSetPoint + at, nominalSpeed);
      v::store(setPoint + at, nominalVoltage);
      v::store(residual + at, v::sub(v::sub(nominalSpeed, v::mul(activeDroop(i), p)), speed));
      v::store(residual + half + at, v::sub(v::sub(nominalVoltage, v::mul(reactiveDroop(i), q)), voltage));
    }
    return sound;
  }

  /** Takes a correction off the unknowns; set in the lanes in which it was nothing. */
  Mask correct(char* unknown, const char* residual) const {
    const size_t unknowns = 2 * inverters;
    const char* perSize = plan.array(MICROGRID_USUAL) + 8 * unknowns;
    const char* row = plan.array(MICROGRID_INVERSE);
    const auto tolerance = shared(NUMBER_FOUND);
    const auto none = v::splat(0.0);
    Mask nothing = v::every();
    for (size_t i = 0; i < unknowns; i++) {
      auto sum = none;
      for (size_t j = 0; j < unknowns; j++) sum = v::add(sum, v::mul(v::spread(row + 8 * j), v::load(residual + j * NUMBER)));
      row += 8 * unknowns;
      const auto size = v::mul(v::larger(sum, v::sub(none, sum)), v::spread(perSize + 8 * i));
      nothing = v::both(nothing, v::greater(tolerance, size));
      char* at = unknown + i * NUMBER;
      v::store(at, v::sub(v::load(at), sum));
    }
    return nothing;
  }

  /** One block; set in the lanes whose operating point was found. */
  Mask restBlock(char* state, Mask due) const {
    const size_t most = plan.count(MICROGRID_MOST_CORRECTIONS);
    char* unknown = plan.array(MICROGRID_UNKNOWN);
    char* residual = plan.array(MICROGRID_RESIDUAL);
    const char* usual = plan.array(MICROGRID_USUAL);
    for (size_t i = 0; i < 2 * inverters; i++) v::store(unknown + i * NUMBER, v::spread(usual + 8 * i));
    Mask running = due;
    Mask found = v::none();
    for (size_t k = 0; k < most && v::any(running); k++) {
      running = v::both(running, evaluate(state, unknown, residual));
      const Mask arrived = v::both(running, correct(unknown, residual));
      if (v::any(arrived)) writeBack(state, arrived);
      found = v::either(found, arrived);
      running = v::both(running, v::inverse(arrived));
    }
    return found;
  }

  void rest() const {
    const size_t blocks = plan.count(MICROGRID_BLOCKS);
    const size_t stateBytes = this->stateItems() * NUMBER;
    const char* task = plan.array(MICROGRID_TASK);
    char* status = plan.array(MICROGRID_STATUS);
    char* state = plan.array(MICROGRID_STATE);
    for (size_t block = 0; block < blocks; block++) {
      const Mask due = v::greater(v::load(task), v::splat(0.5));
      if (v::any(due)) {
        const Mask found = restBlock(state, due);
        const auto outcome = v::select(v::splat(OUTCOME_RUNNING), v::splat(OUTCOME_LOST), found);
        v::store(status, v::select(outcome, v::load(status), due));
      }
      task += NUMBER;
      status += NUMBER;
      state += stateBytes;
    }
  }

  /** Magnitudes of the buses: mean distance from the nominal voltage, lowest, highest. */
  void seeBuses(const char* re, const char* im, Vector nominal, char* seen) const {
    const auto none = v::splat(0.0);
    auto error = none;
    auto lowest = v::splat(__builtin_inf());
    auto highest = none;
    for (size_t b = 0; b < this->buses; b++) {
      const auto x = v::load(re + b * NUMBER);
      const auto y = v::load(im + b * NUMBER);
      const auto pu = v::div(v::sqrt(v::add(v::mul(x, x), v::mul(y, y))), nominal);
      const auto distance = v::sub(pu, v::splat(1.0));
      error = v::add(error, v::larger(distance, v::sub(none, distance)));
      lowest = v::select(pu, lowest, v::greater(lowest, pu));
      highest = v::larger(pu, highest);
    }
    v::store(seen + SEEN_BUS_ERROR * NUMBER, v::div(error, v::splat(static_cast<double>(this->buses))));
    v::store(seen + SEEN_LOWEST_BUS * NUMBER, lowest);
    v::store(seen + SEEN_HIGHEST_BUS * NUMBER, highest);
  }

  void seeBlock(const char* state, char* seen) const {
    const size_t own = inverters * NUMBER;
    const auto nominal = shared(NUMBER_NOMINAL_VOLTAGE);
    const char* angles = state + NUMBER;
    const char* currentRe = angles + 5 * own;
    const char* currentIm = currentRe + currents * NUMBER;
    const char* busRe = currentIm + currents * NUMBER;
    const char* busIm = busRe + this->buses * NUMBER;
    seeBuses(busRe, busIm, nominal, seen);
    const auto firstAngle = v::load(angles);
    turn(firstAngle, direction);
    const auto c0 = v::load(direction);
    const auto s0 = v::load(direction + NUMBER);
    char* out = seen + SEEN_WHOLE * NUMBER;
    for (size_t i = 0; i < inverters; i++) {
      const char* item = angles + i * NUMBER;
      const auto turned = v::load(item);
      const auto p = v::load(item + own);
      const auto q = v::load(item + 2 * own);
      turn(turned, direction);
      const auto c = v::load(direction);
      const auto s = v::load(direction + NUMBER);
      const auto cr = v::load(currentRe + i * NUMBER);
      const auto ci = v::load(currentIm + i * NUMBER);
      // Columns of buses are twice as far apart as numbers are.
      const size_t place = index(this->ends + 4 * i) / 2;
      const auto br = v::load(busRe + place);
      const auto bi = v::load(busIm + place);
      const Vector values[] = {
          v::div(v::sub(v::load(item + 4 * own), v::mul(reactiveDroop(i), q)), nominal),
          v::sub(v::load(item + 3 * own), v::mul(activeDroop(i), p)),
          v::sub(turned, firstAngle),
          p,
          q,
          v::add(v::mul(c, cr), v::mul(s, ci)),
          v::sub(v::mul(c, ci), v::mul(s, cr)),
          v::add(v::mul(c0, cr), v::mul(s0, ci)),
          v::sub(v::mul(c0, ci), v::mul(s0, cr)),
          v::add(v::mul(c0, br), v::mul(s0, bi)),
          v::sub(v::mul(c0, bi), v::mul(s0, br)),
      };
      static_assert(sizeof values / sizeof values[0] == SEEN_PER_INVERTER);
      for (const auto& value : values) {
        v::store(out, value);
        out += NUMBER;
      }
    }
  }

  void see() const {
    const size_t blocks = plan.count(MICROGRID_BLOCKS);
    const size_t stateBytes = this->stateItems() * NUMBER;
    const size_t seenBytes = (SEEN_WHOLE + inverters * SEEN_PER_INVERTER) * NUMBER;
    const char* state = plan.array(MICROGRID_STATE);
    char* seen = plan.array(MICROGRID_SEEN);
    const char* task = plan.array(MICROGRID_TASK);
    for (size_t block = 0; block < blocks; block++) {
      if (v::any(v::greater(v::load(task + block * NUMBER), v::splat(0.5)))) seeBlock(state + block * stateBytes, seen + block * seenBytes);
    }
  }
};

/** One of the kernels' functions over a memory. */
template <int W, void (MicrogridKernel<W>::*F)() const>
void runMicrogrid(char* memory, uint32_t layout) {
  const Plan plan(memory, layout);
  (MicrogridKernel<W>(plan).*F)();
}

}  // namespace
}  // namespace busbar
