/**
 * Regulator and capacitor controls of one scenario in static mode, in plain TypeScript: the oracle of assembly/lane-controls.ts and native/lane-controls.h, which do the
 * same in the same order. The rules are those of src/controls (OpenDSS's): after a power flow every control looks, in order of creation, and may put an action with a
 * delay into the queue or take it back; then the actions of the earliest time are carried out, the newest of them first, and the power flow is solved again.
 */
import { roundHalfToEven } from '../grid/index.js';
import * as layout from './kernel-layout.js';
import { LIVE, ScalarControlLane, WAITING } from './scalar-control-lane.js';

/** Of every control: what it wants (regulators per unit, capacitors 0 nothing, 1 open, 2 close), whether its action waits, and that action's handle. */
const PENDING = 0;
const ARMED = 1;
const HANDLE = 2;
/** Of regulators. */
const IN_REVERSE = 3;
const IN_COGENERATION = 4;
const REVERSE_PENDING = 5;
const REVERSE_HANDLE = 6;
const REVERSE_BACK_HANDLE = 7;
/** Of capacitor controls: when it was last opened, seconds; whether it was closed when last looked at. */
const LAST_OPEN = 3;
const WAS_CLOSED = 4;
/** Of actuators: steps in, whether it is closed. */
const STEPS = 0;
const CLOSED = 1;
const OPEN = 1;
const CLOSE = 2;
const TAP_CHANGE = 0;
const REVERSE = 1;
/** A bank is taken as last opened so long ago, seconds. */
const OPENED_LONG_AGO = -300;
const NEUTRAL_TOLERANCE = 1e-12;

/** The controls of one scenario; made anew for each. */
export class ScalarControls extends ScalarControlLane {
  /** Everything as at the start. */
  start(): void {
    const { memory, f64, i32, lane } = this;
    f64.fill(0, lane, lane + memory.count(layout.FIELD_CONTROL_STATE_SIZE));
    f64[lane + LIVE] = 1;
    for (let control = 0; control < memory.count(layout.FIELD_CONTROL_COUNT); control++) {
      this.take(control);
      if (i32[this.record] === layout.CONTROL_CAPACITOR) f64[this.own + LAST_OPEN] = OPENED_LONG_AGO;
    }
    const count = memory.count(layout.FIELD_ACTUATOR_COUNT);
    const start = memory.doubles(layout.FIELD_ACTUATOR_START) + this.scenario * count;
    for (let actuator = 0; actuator < count; actuator++) {
      const at = this.positions + layout.ACTUATOR_MEMORY * actuator;
      f64[at + STEPS] = f64[start + actuator];
      f64[at + CLOSED] = f64[start + actuator] > 0 ? 1 : 0;
      this.apply(actuator, f64[start + actuator]);
    }
    for (const field of [layout.FIELD_CONTROL_ITERATIONS, layout.FIELD_CONTROL_ACTIONS, layout.FIELD_TAP_MOVES])
      i32[memory.integers(field) + this.scenario] = 0;
  }

  /** Lets the controls look at the solution and act; returns whether it is to be solved again. */
  act(): boolean {
    const { memory, f64, i32, lane, scenario } = this;
    if (f64[lane + LIVE] === 0) return false;
    const status = memory.integers(layout.FIELD_STATUS) + scenario;
    const iterations = memory.integers(layout.FIELD_CONTROL_ITERATIONS) + scenario;
    if (i32[status] !== layout.STATUS_ISLANDED) i32[iterations]++;
    let done = 0;
    if (i32[status] === layout.STATUS_CONVERGED) {
      if (i32[iterations] >= memory.count(layout.FIELD_CONTROL_LIMIT)) i32[status] = layout.STATUS_CONTROL_LIMIT;
      else {
        for (let control = 0; control < memory.count(layout.FIELD_CONTROL_COUNT); control++) {
          this.take(control);
          if (i32[this.record] === layout.CONTROL_REGULATOR) this.sampleRegulator();
          else this.sampleCapacitor();
        }
        done = this.runNearest();
      }
    }
    if (done === 0) f64[lane + LIVE] = 0;
    i32[memory.integers(layout.FIELD_CONTROL_ACTIONS) + scenario] += done;
    return done > 0;
  }

  /** Carries out the actions of the earliest time; returns how many. */
  private runNearest(): number {
    const { f64, i32, lane, queue } = this;
    const now = f64[queue];
    let done = 0;
    while (f64[lane + WAITING] > 0 && f64[queue] <= now) {
      const control = f64[queue + 1];
      const code = f64[queue + 2];
      this.remove(0);
      this.take(control);
      if (i32[this.record] === layout.CONTROL_REGULATOR) this.executeRegulator(code);
      else this.executeCapacitor();
      done++;
    }
    return done;
  }

  // --- regulators

  private sampleRegulator(): void {
    const { f64, i32, record, number, own } = this;
    const flags = i32[record + 2];
    if (f64[number + 18] === 0) {
      f64[own + PENDING] = 0;
      return;
    }
    if (flags & layout.REGULATOR_DIRECTED && this.watchDirection(flags)) return;
    const tap = f64[this.value + i32[record + 1]];
    const inReverse = f64[own + IN_REVERSE] !== 0;
    const backwards = inReverse || f64[own + IN_COGENERATION] !== 0;
    const local = this.controlVoltage(flags, backwards);
    const target = f64[number + (backwards ? 5 : 0)];
    const band = f64[number + (backwards ? 6 : 1)];
    let actual = Math.sqrt(this.real * this.real + this.imaginary * this.imaginary);
    if (inReverse) actual /= tap;
    const limit = f64[number + 13];
    const over = limit > 0 && local > limit;
    if (!(Math.abs(target - actual) > band / 2) && !over) {
      f64[own + PENDING] = 0;
      if (f64[own + ARMED] !== 0) {
        this.delete(f64[own + HANDLE]);
        f64[own + ARMED] = 0;
        f64[own + HANDLE] = 0;
      }
      return;
    }
    const boostVolts = over ? limit - local : target - actual;
    const increment = f64[number + 15];
    let pending = roundHalfToEven((boostVolts * f64[number + 10]) / f64[number + 14] / increment) * increment;
    if (flags & layout.REGULATOR_OPPOSITE || inReverse) pending = -pending;
    f64[own + PENDING] = pending;
    if (pending === 0 || f64[own + ARMED] !== 0) return;
    if (!(pending > 0 ? tap < f64[number + 17] : tap > f64[number + 16])) return;
    let delay = f64[number + 19];
    if (flags & layout.REGULATOR_INVERSE_TIME) {
      const excess = (2 * Math.abs(f64[number] - actual)) / f64[number + 1];
      delay = delay / (excess < 10 ? excess : 10);
    }
    f64[own + HANDLE] = this.push(delay, this.controlAtHand(), TAP_CHANGE);
    f64[own + ARMED] = 1;
  }

  /** The voltage that is held, to `real` and `imaginary`; returns the local one's size. */
  private controlVoltage(flags: number, backwards: boolean): number {
    const { f64, i32, record, number } = this;
    if (flags & layout.REGULATOR_REMOTE) {
      const local = this.lookAcross(i32[record + 4]) / f64[number + 10];
      this.lookAcross(i32[record + 8]);
      this.real /= f64[number + 11];
      this.imaginary /= f64[number + 11];
      return local;
    }
    let phase = i32[record + 3];
    if (phase < 0) {
      const highest = phase === layout.PHASE_HIGHEST;
      phase = 0;
      let chosen = this.lookAcross(i32[record + 4]);
      for (let k = 1; k < i32[record + 5]; k++) {
        const size = this.lookAcross(i32[record + 4] + k);
        const difference = size - chosen;
        if (highest ? difference > 0 : difference < 0) {
          phase = k;
          chosen = size;
        }
      }
    }
    this.lookAcross(i32[record + 4] + phase);
    const vr = this.real / f64[number + 10];
    const vi = this.imaginary / f64[number + 10];
    const local = Math.sqrt(vr * vr + vi * vi);
    if (flags & layout.REGULATOR_COMPENSATED) {
      this.lookAtCurrent(i32[record + 6] + phase);
      const ir = this.real / f64[number + 12];
      const ii = this.imaginary / f64[number + 12];
      const setting = number + (backwards ? 5 : 0);
      if (flags & layout.REGULATOR_BY_MAGNITUDE) {
        this.real = local - Math.sqrt(ir * ir + ii * ii) * f64[setting + 4];
        this.imaginary = 0;
      } else {
        const r = f64[setting + 2];
        const x = f64[setting + 3];
        this.real = vr + (r * ir - x * ii);
        this.imaginary = vi + (r * ii + x * ir);
      }
    } else {
      this.real = vr;
      this.imaginary = vi;
    }
    return local;
  }

  /** Follows the direction of power; returns whether nothing else is to be done (backwards, with the tap held at neutral). */
  private watchDirection(flags: number): boolean {
    const { f64, i32, record, number, own } = this;
    this.lookAtPower();
    const forward = -this.real;
    const threshold = f64[number + 22];
    const backwards = f64[own + IN_REVERSE] !== 0 || f64[own + IN_COGENERATION] !== 0;
    const handle = own + (backwards ? REVERSE_BACK_HANDLE : REVERSE_HANDLE);
    const turned = backwards ? forward > threshold : forward < -threshold;
    const back = backwards ? forward <= threshold : forward >= -threshold;
    if (f64[own + REVERSE_PENDING] === 0 && turned) {
      f64[own + REVERSE_PENDING] = 1;
      f64[handle] = this.push(f64[number + 20], this.controlAtHand(), REVERSE);
    }
    if (f64[own + REVERSE_PENDING] !== 0 && back) {
      f64[own + REVERSE_PENDING] = 0;
      this.delete(f64[handle]);
      f64[handle] = 0;
    }
    if (!backwards || !(flags & layout.REGULATOR_NEUTRAL)) return false;
    if (f64[own + ARMED] === 0) {
      const tap = f64[this.value + i32[record + 1]];
      f64[own + PENDING] = 0;
      if (Math.abs(tap - 1) > NEUTRAL_TOLERANCE) {
        const increment = f64[number + 15];
        f64[own + PENDING] = roundHalfToEven((1 - tap) / increment) * increment;
        if (f64[own + PENDING] !== 0) {
          this.push(f64[number + 21], this.controlAtHand(), TAP_CHANGE);
          f64[own + ARMED] = 1;
        }
      }
    }
    return true;
  }

  private executeRegulator(code: number): void {
    const { f64, i32, memory, record, number, own } = this;
    if (code === REVERSE) {
      if (f64[own + REVERSE_PENDING] === 0) return;
      const which = own + (i32[record + 2] & layout.REGULATOR_COGENERATION ? IN_COGENERATION : IN_REVERSE);
      f64[which] = 1 - f64[which];
      f64[own + REVERSE_PENDING] = 0;
      return;
    }
    const pending = f64[own + PENDING];
    f64[own + ARMED] = 0;
    if (pending === 0) return;
    const increment = f64[number + 15];
    let taps = Math.trunc((0.7 * Math.abs(pending)) / increment);
    if (taps < 1) taps = 1;
    if (taps > f64[number + 18]) taps = f64[number + 18];
    f64[own + PENDING] = 0;
    const tap = f64[this.value + i32[record + 1]];
    let wanted = tap + (pending > 0 ? taps * increment : -taps * increment);
    if (wanted < f64[number + 16]) wanted = f64[number + 16];
    else if (wanted > f64[number + 17]) wanted = f64[number + 17];
    if (wanted === tap) return;
    this.apply(i32[record + 1], wanted);
    i32[memory.integers(layout.FIELD_TAP_MOVES) + this.scenario]++;
  }

  // --- capacitors

  private sampleCapacitor(): void {
    const { f64, i32, record, number, own } = this;
    const closed = f64[this.positions + layout.ACTUATOR_MEMORY * i32[record + 1] + CLOSED] !== 0;
    f64[own + WAS_CLOSED] = closed ? 1 : 0;
    let acts = false;
    if (i32[record + 2] & layout.CAPACITOR_OVERRIDE) {
      const volts = this.combined(i32[record + 8], i32[record + 9], false) / f64[number + 2];
      if (!closed && volts < f64[number + 7]) {
        f64[own + PENDING] = CLOSE;
        acts = true;
      } else if (closed && volts > f64[number + 8]) {
        f64[own + PENDING] = OPEN;
        acts = true;
      }
    }
    if (!acts) acts = this.decide(closed);
    if (acts && f64[own + ARMED] === 0) {
      let delay = f64[number + 5];
      if (f64[own + PENDING] === CLOSE) {
        const since = f64[this.clock + 1] + f64[this.clock] - f64[own + LAST_OPEN];
        delay = f64[number + 4];
        const later = f64[number + 6] + f64[number + 4] - since;
        if (!(since >= f64[number + 6]) && later > delay) delay = later;
      }
      f64[own + HANDLE] = this.push(delay, this.controlAtHand(), 0);
      f64[own + ARMED] = 1;
    }
    if (f64[own + ARMED] !== 0 && f64[own + PENDING] === 0) {
      this.delete(f64[own + HANDLE]);
      f64[own + ARMED] = 0;
    }
  }

  /** Decides by the control's own quantity; sets what is pending and returns whether to act. */
  private decide(closed: boolean): boolean {
    const { f64, i32, record, number, own } = this;
    const on = f64[number];
    const off = f64[number + 1];
    const flags = i32[record + 2];
    switch (i32[record + 12]) {
      case layout.MEASURE_CURRENT: {
        const amps = this.combined(i32[record + 6], i32[record + 7], true) / f64[number + 3];
        return this.compare(closed, amps > on, amps < off);
      }
      case layout.MEASURE_VOLTAGE: {
        const volts = this.combined(i32[record + 4], i32[record + 5], false) / f64[number + 2];
        if (closed) f64[own + PENDING] = 0;
        return this.compare(closed, volts < on, volts > off);
      }
      case layout.MEASURE_KVAR: {
        this.lookAtPower();
        const kvar = this.imaginary * 0.001;
        return this.compare(closed, kvar > on, kvar < off);
      }
      case layout.MEASURE_POWER_FACTOR: {
        this.lookAtPower();
        const apparent = Math.sqrt(this.real * this.real + this.imaginary * this.imaginary);
        let factor = apparent === 0 ? 1 : Math.abs(this.real) / apparent;
        if (this.imaginary < 0) factor = 2 - factor;
        const kvar = this.imaginary * 0.001;
        const enough = f64[number + (closed ? 10 : 9)];
        return this.compare(closed, factor < on && kvar > enough, factor > off);
      }
      case layout.MEASURE_TIME:
        return this.compare(closed, (flags & layout.CAPACITOR_MORE) !== 0, (flags & layout.CAPACITOR_LESS) !== 0);
      default: {
        const wanted = (flags & layout.CAPACITOR_MORE) !== 0;
        if (wanted === closed) return false;
        f64[own + PENDING] = wanted ? CLOSE : OPEN;
        return true;
      }
    }
  }

  private compare(closed: boolean, more: boolean, less: boolean): boolean {
    const { f64, i32, record, own } = this;
    const actuator = i32[record + 1];
    if (!closed) {
      f64[own + PENDING] = more ? CLOSE : 0;
      return more;
    }
    if (less) {
      f64[own + PENDING] = OPEN;
      return true;
    }
    if (i32[this.actuators + actuator * layout.ACTUATOR_RECORD + 5] > f64[this.positions + layout.ACTUATOR_MEMORY * actuator + STEPS]) {
      if (more) f64[own + PENDING] = CLOSE;
      return more;
    }
    f64[own + PENDING] = 0;
    return false;
  }

  private executeCapacitor(): void {
    const { f64, i32, record, own } = this;
    const actuator = i32[record + 1];
    const at = this.positions + layout.ACTUATOR_MEMORY * actuator;
    const steps = i32[this.actuators + actuator * layout.ACTUATOR_RECORD + 5];
    if (f64[own + PENDING] === OPEN && f64[own + WAS_CLOSED] !== 0) {
      if (f64[at + STEPS] > 0) f64[at + STEPS] -= 1;
      if (steps === 1 || f64[at + STEPS] === 0) {
        f64[at + CLOSED] = 0;
        f64[own + WAS_CLOSED] = 0;
        if (steps === 1) f64[own + LAST_OPEN] = f64[this.clock + 1] + f64[this.clock];
      }
    } else if (f64[own + PENDING] === CLOSE) {
      if (f64[own + WAS_CLOSED] === 0) f64[at + CLOSED] = 1;
      f64[own + WAS_CLOSED] = 1;
      if (f64[at + STEPS] < steps) f64[at + STEPS] += 1;
    }
    f64[own + ARMED] = 0;
    this.apply(actuator, f64[at + CLOSED] !== 0 ? f64[at + STEPS] : 0);
  }
}
