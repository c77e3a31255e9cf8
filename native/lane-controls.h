// Regulator and capacitor controls of each lane's own, in static mode. See assembly/lane-controls.ts, whose operations these are, in the same order.
#pragma once

#include "memory.h"

namespace busbar {
namespace {

// Byte offsets in a lane's memory.
constexpr size_t LIVE = 0;
constexpr size_t LAST_HANDLE = 8;
constexpr size_t WAITING = 16;
// Of every control: what it wants (regulators per unit, capacitors 0 nothing, 1 open, 2 close), whether its action waits, and that action's handle.
constexpr size_t PENDING = 0;
constexpr size_t ARMED = 8;
constexpr size_t HANDLE = 16;
// Of regulators.
constexpr size_t IN_REVERSE = 24;
constexpr size_t IN_COGENERATION = 32;
constexpr size_t REVERSE_PENDING = 40;
constexpr size_t REVERSE_HANDLE = 48;
constexpr size_t REVERSE_BACK_HANDLE = 56;
// Of capacitor controls: when it was last opened, seconds; whether it was closed when last looked at.
constexpr size_t LAST_OPEN = 24;
constexpr size_t WAS_CLOSED = 32;
// Of actuators: steps in, whether it is closed.
constexpr size_t STEPS = 0;
constexpr size_t CLOSED = 8;
constexpr double OPEN = 1.0;
constexpr double CLOSE = 2.0;
constexpr double TAP_CHANGE = 0.0;
constexpr double REVERSE = 1.0;
/** A bank is taken as last opened so long ago, seconds. */
constexpr double OPENED_LONG_AGO = -300.0;
constexpr double NEUTRAL_TOLERANCE = 1e-12;
constexpr size_t QUEUE_BYTES = 8 * QUEUE_ENTRY;

/** A number with its imaginary part. */
struct Looked {
  double re;
  double im;

  double size() const { return __builtin_sqrt(re * re + im * im); }
};

/** The controls of one lane of a block. */
template <int W>
class LaneControls {
  static constexpr size_t LANES = Operations<W>::LANES;
  static constexpr size_t HALF = Operations<W>::HALF;
  static constexpr size_t COLUMN = Operations<W>::COLUMN;

  const Plan& plan;
  size_t block;
  size_t lane;
  const char* voltage;
  char* power;
  char* memory;
  char* controls;
  char* positions;
  char* queue;
  char* values;
  // The control at hand: its record, numbers and memory.
  const char* record = nullptr;
  const char* number = nullptr;
  char* own = nullptr;

  static double get(const char* p) { return at<double>(p); }
  static void set(char* p, double x) { put(p, x); }
  int32_t entry(int k) const { return at<int32_t>(record + 4 * k); }
  double setting(int k) const { return get(number + 8 * k); }
  char* counter(int field) const { return plan.array(field) + 4 * (block * LANES + lane); }
  double valueOf(size_t actuator) const { return get(values + actuator * HALF); }
  const char* actuatorRecord(size_t actuator) const { return plan.array(FIELD_ACTUATOR_RECORDS) + actuator * (4 * ACTUATOR_RECORD); }
  char* position(size_t actuator) const { return positions + actuator * (8 * ACTUATOR_MEMORY); }
  size_t controlAtHand() const { return static_cast<size_t>(record - plan.array(FIELD_CONTROL_RECORDS)) / (4 * CONTROL_RECORD); }

  void take(size_t control) {
    record = plan.array(FIELD_CONTROL_RECORDS) + control * (4 * CONTROL_RECORD);
    number = plan.array(FIELD_CONTROL_NUMBERS) + control * (8 * CONTROL_NUMBERS);
    own = controls + control * (8 * CONTROL_MEMORY);
  }

  /** Sets a tap or a number of steps where the kernels read it. */
  void apply(size_t actuator, double value) {
    const char* r = actuatorRecord(actuator);
    const int32_t kind = at<int32_t>(r);
    const size_t place = index(r + 4);
    set(values + actuator * HALF, value);
    if (kind == ACTUATOR_CAPACITOR) {
      const char* list = plan.array(FIELD_ACTUATOR_LEGS) + 4 * index(r + 8);
      const double vars = get(plan.array(FIELD_ACTUATOR_VARS) + 8 * (index(r + 16) + static_cast<size_t>(value)));
      for (size_t legs = index(r + 12); legs > 0; legs--, list += 4) set(power + index(list) * COLUMN + HALF, vars);
    } else if (kind == ACTUATOR_TAP) {
      set(plan.array(FIELD_TAPS) + (block * plan.count(FIELD_LANE_UNITS) + place) * HALF + 8 * lane, value);
    } else {
      set(plan.array(FIELD_OWN_PARAMETER) + (block * plan.count(FIELD_OWN_PARAMETERS) + place) * HALF + 8 * lane, 1.0 / value);
    }
  }

  // --- the queue, earliest first

  size_t waiting() const { return static_cast<size_t>(get(memory + WAITING)); }

  double push(double delay, double code) {
    const char* clock = plan.array(FIELD_CONTROL_CLOCK);
    const double time = get(clock) + (get(clock + 8) + delay);
    const size_t count = waiting();
    const double handle = get(memory + LAST_HANDLE) + 1.0;
    set(memory + LAST_HANDLE, handle);
    size_t k = 0;
    while (k < count && !(time <= get(queue + k * QUEUE_BYTES))) k++;
    char* p = queue + k * QUEUE_BYTES;
    __builtin_memmove(p + QUEUE_BYTES, p, (count - k) * QUEUE_BYTES);
    set(p, time);
    set(p + 8, static_cast<double>(controlAtHand()));
    set(p + 16, code);
    set(p + 24, handle);
    set(memory + WAITING, static_cast<double>(count + 1));
    return handle;
  }

  void removeAt(size_t k) {
    const size_t count = waiting();
    char* p = queue + k * QUEUE_BYTES;
    __builtin_memmove(p, p + QUEUE_BYTES, (count - k - 1) * QUEUE_BYTES);
    set(memory + WAITING, static_cast<double>(count - 1));
  }

  void takeBack(double handle) {
    const size_t count = waiting();
    for (size_t k = 0; k < count; k++) {
      if (get(queue + k * QUEUE_BYTES + 24) != handle) continue;
      removeAt(k);
      return;
    }
  }

  /** Carries out the actions of the earliest time; returns how many. */
  int32_t runNearest() {
    const double now = get(queue);
    int32_t done = 0;
    while (waiting() > 0 && get(queue) <= now) {
      const size_t control = static_cast<size_t>(get(queue + 8));
      const double code = get(queue + 16);
      removeAt(0);
      take(control);
      if (entry(0) == CONTROL_REGULATOR) executeRegulator(code);
      else executeCapacitor();
      done++;
    }
    return done;
  }

  // --- what is looked at

  Looked between(size_t p, size_t q) const {
    return {get(voltage + p) - get(voltage + q), get(voltage + p + HALF) - get(voltage + q + HALF)};
  }

  Looked across(size_t pair) const {
    const char* p = plan.array(FIELD_CONTROL_PAIRS) + 8 * pair;
    return between(index(p), index(p + 4));
  }

  Looked current(size_t which) const {
    const char* starts = plan.array(FIELD_CONTROL_CURRENTS) + 4 * which;
    const size_t end = index(starts + 4);
    Looked sum = {0.0, 0.0};
    for (size_t term = index(starts); term < end; term++) {
      const char* r = plan.array(FIELD_CONTROL_TERMS) + term * (4 * CONTROL_TERM);
      const char* u = plan.array(FIELD_CONTROL_POLYNOMIALS) + term * (8 * OWN_POLYNOMIAL);
      const int32_t actuator = at<int32_t>(r + 8);
      const double x = actuator < 0 ? 0.0 : 1.0 / valueOf(static_cast<size_t>(actuator));
      const double g = get(u) + x * (get(u + 16) + x * get(u + 32));
      const double b = get(u + 8) + x * (get(u + 24) + x * get(u + 40));
      const Looked volts = between(index(r), index(r + 4));
      sum.re += g * volts.re - b * volts.im;
      sum.im += g * volts.im + b * volts.re;
    }
    return sum;
  }

  /** The power into the watched conductors, W and var. */
  Looked watchedPower() const {
    Looked sum = {0.0, 0.0};
    for (int32_t k = 0; k < entry(11); k++) {
      const Looked volts = across(static_cast<size_t>(entry(10) + k));
      const Looked amps = current(static_cast<size_t>(entry(6) + k));
      sum.re += volts.re * amps.re + volts.im * amps.im;
      sum.im += volts.im * amps.re - volts.re * amps.im;
    }
    return sum;
  }

  /** The highest, lowest or mean size of some voltages, or of currents; 0 where there are none. */
  double combined(int32_t first, int32_t count, bool currents) const {
    const int32_t how = entry(3);
    double result = 0.0;
    for (int32_t k = 0; k < count; k++) {
      const size_t which = static_cast<size_t>(first + k);
      const double size = currents ? current(which).size() : across(which).size();
      if (how == PHASE_MEAN) result += size;
      else if (k == 0 || (how == PHASE_HIGHEST ? size > result : size < result)) result = size;
    }
    return how == PHASE_MEAN ? result / static_cast<double>(count) : result;
  }

  // --- regulators

  void sampleRegulator() {
    const int32_t flags = entry(2);
    if (setting(18) == 0.0) {
      set(own + PENDING, 0.0);
      return;
    }
    if ((flags & REGULATOR_DIRECTED) != 0 && watchDirection(flags)) return;
    const double tap = valueOf(static_cast<size_t>(entry(1)));
    const bool inReverse = get(own + IN_REVERSE) != 0.0;
    const bool backwards = inReverse || get(own + IN_COGENERATION) != 0.0;
    double local = 0.0;
    double actual = controlVoltage(flags, backwards, &local).size();
    const double target = setting(backwards ? 5 : 0);
    const double band = setting(backwards ? 6 : 1);
    if (inReverse) actual /= tap;
    const double limit = setting(13);
    const bool over = limit > 0.0 && local > limit;
    if (!(__builtin_fabs(target - actual) > band / 2.0) && !over) {
      set(own + PENDING, 0.0);
      if (get(own + ARMED) != 0.0) {
        takeBack(get(own + HANDLE));
        set(own + ARMED, 0.0);
        set(own + HANDLE, 0.0);
      }
      return;
    }
    const double boostVolts = over ? limit - local : target - actual;
    const double increment = setting(15);
    double pending = __builtin_rint((boostVolts * setting(10)) / setting(14) / increment) * increment;
    if ((flags & REGULATOR_OPPOSITE) != 0 || inReverse) pending = -pending;
    set(own + PENDING, pending);
    if (pending == 0.0 || get(own + ARMED) != 0.0) return;
    if (!(pending > 0.0 ? tap < setting(17) : tap > setting(16))) return;
    double delay = setting(19);
    if ((flags & REGULATOR_INVERSE_TIME) != 0) {
      const double excess = (2.0 * __builtin_fabs(setting(0) - actual)) / setting(1);
      delay = delay / (excess < 10.0 ? excess : 10.0);
    }
    set(own + HANDLE, push(delay, TAP_CHANGE));
    set(own + ARMED, 1.0);
  }

  /** The voltage that is held; the local one's size goes to `local`. */
  Looked controlVoltage(int32_t flags, bool backwards, double* local) const {
    const size_t first = static_cast<size_t>(entry(4));
    if ((flags & REGULATOR_REMOTE) != 0) {
      *local = across(first).size() / setting(10);
      const Looked remote = across(static_cast<size_t>(entry(8)));
      return {remote.re / setting(11), remote.im / setting(11)};
    }
    int32_t phase = entry(3);
    if (phase < 0) {
      const bool highest = phase == PHASE_HIGHEST;
      phase = 0;
      double chosen = across(first).size();
      for (int32_t k = 1; k < entry(5); k++) {
        const double size = across(first + static_cast<size_t>(k)).size();
        const double difference = size - chosen;
        if (highest ? difference > 0.0 : difference < 0.0) {
          phase = k;
          chosen = size;
        }
      }
    }
    const Looked winding = across(first + static_cast<size_t>(phase));
    const Looked volts = {winding.re / setting(10), winding.im / setting(10)};
    *local = volts.size();
    if ((flags & REGULATOR_COMPENSATED) == 0) return volts;
    const Looked primary = current(static_cast<size_t>(entry(6) + phase));
    const Looked amps = {primary.re / setting(12), primary.im / setting(12)};
    const int k = backwards ? 5 : 0;
    if ((flags & REGULATOR_BY_MAGNITUDE) != 0) return {*local - amps.size() * setting(k + 4), 0.0};
    const double r = setting(k + 2);
    const double x = setting(k + 3);
    return {volts.re + (r * amps.re - x * amps.im), volts.im + (r * amps.im + x * amps.re)};
  }

  /** Follows the direction of power; returns whether nothing else is to be done (backwards, with the tap held at neutral). */
  bool watchDirection(int32_t flags) {
    const double forward = -watchedPower().re;
    const double threshold = setting(22);
    const bool backwards = get(own + IN_REVERSE) != 0.0 || get(own + IN_COGENERATION) != 0.0;
    char* handle = own + (backwards ? REVERSE_BACK_HANDLE : REVERSE_HANDLE);
    const bool turned = backwards ? forward > threshold : forward < -threshold;
    const bool back = backwards ? forward <= threshold : forward >= -threshold;
    if (get(own + REVERSE_PENDING) == 0.0 && turned) {
      set(own + REVERSE_PENDING, 1.0);
      set(handle, push(setting(20), REVERSE));
    }
    if (get(own + REVERSE_PENDING) != 0.0 && back) {
      set(own + REVERSE_PENDING, 0.0);
      takeBack(get(handle));
      set(handle, 0.0);
    }
    if (!backwards || (flags & REGULATOR_NEUTRAL) == 0) return false;
    if (get(own + ARMED) == 0.0) {
      const double tap = valueOf(static_cast<size_t>(entry(1)));
      set(own + PENDING, 0.0);
      if (__builtin_fabs(tap - 1.0) > NEUTRAL_TOLERANCE) {
        const double increment = setting(15);
        const double pending = __builtin_rint((1.0 - tap) / increment) * increment;
        set(own + PENDING, pending);
        if (pending != 0.0) {
          push(setting(21), TAP_CHANGE);
          set(own + ARMED, 1.0);
        }
      }
    }
    return true;
  }

  void executeRegulator(double code) {
    if (code == REVERSE) {
      if (get(own + REVERSE_PENDING) == 0.0) return;
      char* which = own + ((entry(2) & REGULATOR_COGENERATION) != 0 ? IN_COGENERATION : IN_REVERSE);
      set(which, 1.0 - get(which));
      set(own + REVERSE_PENDING, 0.0);
      return;
    }
    const double pending = get(own + PENDING);
    set(own + ARMED, 0.0);
    if (pending == 0.0) return;
    const double increment = setting(15);
    double taps = __builtin_trunc((0.7 * __builtin_fabs(pending)) / increment);
    if (taps < 1.0) taps = 1.0;
    if (taps > setting(18)) taps = setting(18);
    set(own + PENDING, 0.0);
    const size_t actuator = static_cast<size_t>(entry(1));
    const double tap = valueOf(actuator);
    double wanted = tap + (pending > 0.0 ? taps * increment : -taps * increment);
    if (wanted < setting(16)) wanted = setting(16);
    else if (wanted > setting(17)) wanted = setting(17);
    if (wanted == tap) return;
    apply(actuator, wanted);
    char* moves = counter(FIELD_TAP_MOVES);
    put(moves, at<int32_t>(moves) + 1);
  }

  // --- capacitors

  void sampleCapacitor() {
    const bool closed = get(position(static_cast<size_t>(entry(1))) + CLOSED) != 0.0;
    set(own + WAS_CLOSED, closed ? 1.0 : 0.0);
    bool acts = false;
    if ((entry(2) & CAPACITOR_OVERRIDE) != 0) {
      const double volts = combined(entry(8), entry(9), false) / setting(2);
      if (!closed && volts < setting(7)) {
        set(own + PENDING, CLOSE);
        acts = true;
      } else if (closed && volts > setting(8)) {
        set(own + PENDING, OPEN);
        acts = true;
      }
    }
    if (!acts) acts = decide(closed);
    if (acts && get(own + ARMED) == 0.0) {
      double delay = setting(5);
      if (get(own + PENDING) == CLOSE) {
        const char* clock = plan.array(FIELD_CONTROL_CLOCK);
        const double since = get(clock + 8) + get(clock) - get(own + LAST_OPEN);
        delay = setting(4);
        const double later = setting(6) + setting(4) - since;
        if (!(since >= setting(6)) && later > delay) delay = later;
      }
      set(own + HANDLE, push(delay, 0.0));
      set(own + ARMED, 1.0);
    }
    if (get(own + ARMED) != 0.0 && get(own + PENDING) == 0.0) {
      takeBack(get(own + HANDLE));
      set(own + ARMED, 0.0);
    }
  }

  /** Decides by the control's own quantity; sets what is pending and returns whether to act. */
  bool decide(bool closed) {
    const double on = setting(0);
    const double off = setting(1);
    const bool more = (entry(2) & CAPACITOR_MORE) != 0;
    switch (entry(12)) {
      case MEASURE_CURRENT: {
        const double amps = combined(entry(6), entry(7), true) / setting(3);
        return comparison(closed, amps > on, amps < off);
      }
      case MEASURE_VOLTAGE: {
        const double volts = combined(entry(4), entry(5), false) / setting(2);
        if (closed) set(own + PENDING, 0.0);
        return comparison(closed, volts < on, volts > off);
      }
      case MEASURE_KVAR: {
        const double kvar = watchedPower().im * 0.001;
        return comparison(closed, kvar > on, kvar < off);
      }
      case MEASURE_POWER_FACTOR: {
        const Looked watts = watchedPower();
        const double apparent = watts.size();
        double factor = apparent == 0.0 ? 1.0 : __builtin_fabs(watts.re) / apparent;
        if (watts.im < 0.0) factor = 2.0 - factor;
        const double kvar = watts.im * 0.001;
        const double enough = setting(closed ? 10 : 9);
        return comparison(closed, factor < on && kvar > enough, factor > off);
      }
      case MEASURE_TIME: return comparison(closed, more, (entry(2) & CAPACITOR_LESS) != 0);
      default: break;
    }
    if (more == closed) return false;
    set(own + PENDING, more ? CLOSE : OPEN);
    return true;
  }

  bool comparison(bool closed, bool more, bool less) {
    if (!closed) {
      set(own + PENDING, more ? CLOSE : 0.0);
      return more;
    }
    if (less) {
      set(own + PENDING, OPEN);
      return true;
    }
    const size_t actuator = static_cast<size_t>(entry(1));
    if (static_cast<double>(at<int32_t>(actuatorRecord(actuator) + 20)) > get(position(actuator) + STEPS)) {
      if (more) set(own + PENDING, CLOSE);
      return more;
    }
    set(own + PENDING, 0.0);
    return false;
  }

  void executeCapacitor() {
    const size_t actuator = static_cast<size_t>(entry(1));
    char* p = position(actuator);
    const int32_t steps = at<int32_t>(actuatorRecord(actuator) + 20);
    const double pending = get(own + PENDING);
    double closedSteps = get(p + STEPS);
    if (pending == OPEN && get(own + WAS_CLOSED) != 0.0) {
      if (closedSteps > 0.0) closedSteps -= 1.0;
      if (steps == 1 || closedSteps == 0.0) {
        set(p + CLOSED, 0.0);
        set(own + WAS_CLOSED, 0.0);
        const char* clock = plan.array(FIELD_CONTROL_CLOCK);
        if (steps == 1) set(own + LAST_OPEN, get(clock + 8) + get(clock));
      }
    } else if (pending == CLOSE) {
      if (get(own + WAS_CLOSED) == 0.0) set(p + CLOSED, 1.0);
      set(own + WAS_CLOSED, 1.0);
      if (closedSteps < static_cast<double>(steps)) closedSteps += 1.0;
    }
    set(p + STEPS, closedSteps);
    set(own + ARMED, 0.0);
    apply(actuator, get(p + CLOSED) != 0.0 ? closedSteps : 0.0);
  }

 public:
  LaneControls(const Plan& of, size_t atBlock, size_t atLane)
      : plan(of),
        block(atBlock),
        lane(atLane),
        voltage(of.array(FIELD_VOLTAGE) + atBlock * blockBytes<W>(of.count(FIELD_NODES)) + 8 * atLane),
        power(of.array(FIELD_POWER) + atBlock * of.count(FIELD_LEGS) * COLUMN + 8 * atLane),
        memory(of.array(FIELD_CONTROL_STATE) + atLane * of.count(FIELD_CONTROL_STATE_SIZE) * 8),
        controls(memory + 8 * LANE_MEMORY),
        positions(controls + of.count(FIELD_CONTROL_COUNT) * (8 * CONTROL_MEMORY)),
        queue(positions + of.count(FIELD_ACTUATOR_COUNT) * (8 * ACTUATOR_MEMORY)),
        values(of.array(FIELD_ACTUATOR_VALUE) + atBlock * of.count(FIELD_ACTUATOR_COUNT) * HALF + 8 * atLane) {}

  /** Everything as at the start. */
  void start() {
    __builtin_memset(memory, 0, plan.count(FIELD_CONTROL_STATE_SIZE) * 8);
    set(memory + LIVE, 1.0);
    const size_t count = plan.count(FIELD_CONTROL_COUNT);
    for (size_t control = 0; control < count; control++) {
      take(control);
      if (entry(0) == CONTROL_CAPACITOR) set(own + LAST_OPEN, OPENED_LONG_AGO);
    }
    const size_t actuators = plan.count(FIELD_ACTUATOR_COUNT);
    const char* first = plan.array(FIELD_ACTUATOR_START) + block * actuators * HALF + 8 * lane;
    for (size_t actuator = 0; actuator < actuators; actuator++) {
      const double value = get(first + actuator * HALF);
      set(position(actuator) + STEPS, value);
      set(position(actuator) + CLOSED, value > 0.0 ? 1.0 : 0.0);
      apply(actuator, value);
    }
    put(counter(FIELD_CONTROL_ITERATIONS), 0);
    put(counter(FIELD_CONTROL_ACTIONS), 0);
    put(counter(FIELD_TAP_MOVES), 0);
  }

  /** Lets the controls look at the solution and act; returns whether it is to be solved again. */
  bool act() {
    if (get(memory + LIVE) == 0.0) return false;
    char* status = counter(FIELD_STATUS);
    char* iterations = counter(FIELD_CONTROL_ITERATIONS);
    if (at<int32_t>(status) != STATUS_ISLANDED) put(iterations, at<int32_t>(iterations) + 1);
    int32_t done = 0;
    if (at<int32_t>(status) == STATUS_CONVERGED) {
      if (at<int32_t>(iterations) >= static_cast<int32_t>(plan.count(FIELD_CONTROL_LIMIT))) {
        put<int32_t>(status, STATUS_CONTROL_LIMIT);
      } else {
        const size_t count = plan.count(FIELD_CONTROL_COUNT);
        for (size_t control = 0; control < count; control++) {
          take(control);
          if (entry(0) == CONTROL_REGULATOR) sampleRegulator();
          else sampleCapacitor();
        }
        done = runNearest();
      }
    }
    if (done == 0) set(memory + LIVE, 0.0);
    char* actions = counter(FIELD_CONTROL_ACTIONS);
    put(actions, at<int32_t>(actions) + done);
    return done > 0;
  }
};

/** Everything in a block of lanes as at the start. */
template <int W>
inline void startControls(const Plan& plan, size_t block) {
  for (size_t lane = 0; lane < Operations<W>::LANES; lane++) LaneControls<W>(plan, block, lane).start();
}

/** Lets the controls of a block of lanes look at the solution and act; returns a mask of the lanes that are to be solved again. */
template <int W>
inline typename Operations<W>::Mask actControls(const Plan& plan, size_t block) {
  using v = Operations<W>;
  double acting[v::LANES];
  for (size_t lane = 0; lane < v::LANES; lane++) acting[lane] = LaneControls<W>(plan, block, lane).act() ? 1.0 : 0.0;
  return v::greater(v::gather(acting), v::splat(0.0));
}

/**
 * Solves a block of lanes and, where there are controls, those lanes again in which they act, until they settle; returns how many did not converge and settle. Controls
 * move what differs from lane to lane, which there is in double precision only.
 *
 * @param solve solves the lanes of a mask, told whether they have been solved before; returns how many of the block did not converge
 */
template <int W, typename Solve>
inline int32_t solveControlled(const Plan& plan, size_t block, Solve solve) {
  using v = Operations<W>;
  if constexpr (!v::SINGLE) {
    if (plan.count(FIELD_CONTROL_COUNT) > 0) {
      startControls<W>(plan, block);
      solve(v::every(), false);
      for (auto acting = actControls<W>(plan, block); v::any(acting); acting = actControls<W>(plan, block)) solve(acting, true);
      const char* status = plan.array(FIELD_STATUS) + 4 * block * v::LANES;
      int32_t failed = 0;
      for (size_t lane = 0; lane < v::LANES; lane++) failed += at<int32_t>(status + 4 * lane) != STATUS_CONVERGED;
      return failed;
    }
  }
  return solve(v::every(), false);
}

}  // namespace
}  // namespace busbar
