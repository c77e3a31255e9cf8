// Regulator and capacitor controls of each lane's own, in static mode.
//
// After a power flow every control looks at its lane's voltages, in order of creation, and may put an action with a delay into the lane's queue or take it back; then the
// actions of the earliest time are carried out, the newest of them first, and the power flow of these lanes is solved again. The rules are those of src/controls; the same
// program in plain TypeScript is src/powerflow/scalar-lane-controls.ts. Controls are few, so that they go lane by lane, without vectors.
//
// A lane's memory: whether its controls still act, the last handle given out, actions waiting; CONTROL_MEMORY numbers a control; steps and closed an actuator; the queue.
import {
  ACTUATOR_CAPACITOR,
  ACTUATOR_MEMORY,
  ACTUATOR_RECORD,
  ACTUATOR_TAP,
  CAPACITOR_LESS,
  CAPACITOR_MORE,
  CAPACITOR_OVERRIDE,
  CONTROL_CAPACITOR,
  CONTROL_MEMORY,
  CONTROL_NUMBERS,
  CONTROL_RECORD,
  CONTROL_REGULATOR,
  CONTROL_TERM,
  FIELD_ACTUATOR_COUNT,
  FIELD_ACTUATOR_LEGS,
  FIELD_ACTUATOR_RECORDS,
  FIELD_ACTUATOR_START,
  FIELD_ACTUATOR_VALUE,
  FIELD_ACTUATOR_VARS,
  FIELD_CONTROL_ACTIONS,
  FIELD_CONTROL_CLOCK,
  FIELD_CONTROL_COUNT,
  FIELD_CONTROL_CURRENTS,
  FIELD_CONTROL_ITERATIONS,
  FIELD_CONTROL_LIMIT,
  FIELD_CONTROL_NUMBERS,
  FIELD_CONTROL_PAIRS,
  FIELD_CONTROL_POLYNOMIALS,
  FIELD_CONTROL_RECORDS,
  FIELD_CONTROL_STATE,
  FIELD_CONTROL_STATE_SIZE,
  FIELD_CONTROL_TERMS,
  FIELD_LANE_UNITS,
  FIELD_LEGS,
  FIELD_NODES,
  FIELD_OWN_PARAMETER,
  FIELD_OWN_PARAMETERS,
  FIELD_POWER,
  FIELD_STATUS,
  FIELD_TAP_MOVES,
  FIELD_TAPS,
  FIELD_VOLTAGE,
  LANE_MEMORY,
  MEASURE_CURRENT,
  MEASURE_KVAR,
  MEASURE_POWER_FACTOR,
  MEASURE_TIME,
  MEASURE_VOLTAGE,
  OWN_POLYNOMIAL,
  PHASE_HIGHEST,
  PHASE_MEAN,
  QUEUE_ENTRY,
  REGULATOR_BY_MAGNITUDE,
  REGULATOR_COGENERATION,
  REGULATOR_COMPENSATED,
  REGULATOR_DIRECTED,
  REGULATOR_INVERSE_TIME,
  REGULATOR_NEUTRAL,
  REGULATOR_OPPOSITE,
  REGULATOR_REMOTE,
  STATUS_CONTROL_LIMIT,
  STATUS_CONVERGED,
  STATUS_ISLANDED,
} from '../src/powerflow/kernel-layout';
import * as v from './lanes';
import { blockBytes, field } from './legs';

/** Bytes of one number in all lanes. */
const HALF: usize = (<usize>v.LANES) << 3;
const ENTRY: usize = QUEUE_ENTRY << 3;

// Byte offsets in a lane's memory.
const LIVE: usize = 0;
const LAST_HANDLE: usize = 8;
const WAITING: usize = 16;
// Of every control: what it wants (regulators per unit, capacitors 0 nothing, 1 open, 2 close), whether its action waits, and that action's handle.
const PENDING: usize = 0;
const ARMED: usize = 8;
const HANDLE: usize = 16;
// Of regulators.
const IN_REVERSE: usize = 24;
const IN_COGENERATION: usize = 32;
const REVERSE_PENDING: usize = 40;
const REVERSE_HANDLE: usize = 48;
const REVERSE_BACK_HANDLE: usize = 56;
// Of capacitor controls: when it was last opened, seconds; whether it was closed when last looked at.
const LAST_OPEN: usize = 24;
const WAS_CLOSED: usize = 32;
// Of actuators: steps in, whether it is closed.
const STEPS: usize = 0;
const CLOSED: usize = 8;
const OPEN: f64 = 1;
const CLOSE: f64 = 2;
const TAP_CHANGE: f64 = 0;
const REVERSE: f64 = 1;
/** A bank is taken as last opened so long ago, seconds. */
const OPENED_LONG_AGO: f64 = -300;
const NEUTRAL_TOLERANCE: f64 = 1e-12;

// The lane at hand, set anew by each call from outside.
let plan: usize = 0;
let atBlock: usize = 0;
let atLane: usize = 0;
let voltages: usize = 0;
let powers: usize = 0;
let memories: usize = 0;
let controls: usize = 0;
let positions: usize = 0;
let queue: usize = 0;
let values: usize = 0;
// The control at hand: its record, numbers and memory.
let record: usize = 0;
let number: usize = 0;
let own: usize = 0;
// What was last looked at.
let real: f64 = 0;
let imaginary: f64 = 0;

function enter(layout: usize, block: usize, lane: usize): void {
  plan = layout;
  atBlock = block;
  atLane = lane;
  const shift = lane << 3;
  voltages = field(layout, FIELD_VOLTAGE) + block * blockBytes(field(layout, FIELD_NODES)) + shift;
  powers = field(layout, FIELD_POWER) + block * field(layout, FIELD_LEGS) * v.COLUMN_BYTES + shift;
  memories = field(layout, FIELD_CONTROL_STATE) + lane * (field(layout, FIELD_CONTROL_STATE_SIZE) << 3);
  controls = memories + (LANE_MEMORY << 3);
  positions = controls + field(layout, FIELD_CONTROL_COUNT) * (CONTROL_MEMORY << 3);
  const actuators = field(layout, FIELD_ACTUATOR_COUNT);
  queue = positions + actuators * (ACTUATOR_MEMORY << 3);
  values = field(layout, FIELD_ACTUATOR_VALUE) + block * actuators * HALF + shift;
}

function take(control: usize): void {
  record = field(plan, FIELD_CONTROL_RECORDS) + control * (CONTROL_RECORD << 2);
  number = field(plan, FIELD_CONTROL_NUMBERS) + control * (CONTROL_NUMBERS << 3);
  own = controls + control * (CONTROL_MEMORY << 3);
}

function entry(k: usize): i32 {
  return load<i32>(record + (k << 2));
}

function setting(k: usize): f64 {
  return load<f64>(number + (k << 3));
}

function counter(name: i32): usize {
  return field(plan, name) + ((atBlock * v.LANES + atLane) << 2);
}

/** The tap or number of steps of an actuator. */
function valueOf(actuator: usize): f64 {
  return load<f64>(values + actuator * HALF);
}

function actuatorRecord(actuator: usize): usize {
  return field(plan, FIELD_ACTUATOR_RECORDS) + actuator * (ACTUATOR_RECORD << 2);
}

/** Sets a tap or a number of steps where the kernels read it. */
function apply(actuator: usize, value: f64): void {
  const at = actuatorRecord(actuator);
  const kind = load<i32>(at);
  const place = <usize>load<u32>(at, 4);
  store<f64>(values + actuator * HALF, value);
  if (kind == ACTUATOR_CAPACITOR) {
    let list = field(plan, FIELD_ACTUATOR_LEGS) + ((<usize>load<u32>(at, 8)) << 2);
    const vars = load<f64>(field(plan, FIELD_ACTUATOR_VARS) + ((<usize>load<u32>(at, 16) + <usize>value) << 3));
    for (let legs = load<u32>(at, 12); legs > 0; legs--) {
      store<f64>(powers + <usize>load<u32>(list) * v.COLUMN_BYTES + HALF, vars);
      list += 4;
    }
  } else if (kind == ACTUATOR_TAP) {
    store<f64>(field(plan, FIELD_TAPS) + (atBlock * field(plan, FIELD_LANE_UNITS) + place) * HALF + (atLane << 3), value);
  } else {
    store<f64>(field(plan, FIELD_OWN_PARAMETER) + (atBlock * field(plan, FIELD_OWN_PARAMETERS) + place) * HALF + (atLane << 3), 1.0 / value);
  }
}

// --- the queue, earliest first

function push(delay: f64, code: f64): f64 {
  const clock = field(plan, FIELD_CONTROL_CLOCK);
  const time = load<f64>(clock) + (load<f64>(clock, 8) + delay);
  const waiting = <usize>load<f64>(memories + WAITING);
  const handle = load<f64>(memories + LAST_HANDLE) + 1.0;
  store<f64>(memories + LAST_HANDLE, handle);
  let k: usize = 0;
  while (k < waiting && !(time <= load<f64>(queue + k * ENTRY))) k++;
  const at = queue + k * ENTRY;
  memory.copy(at + ENTRY, at, (waiting - k) * ENTRY);
  store<f64>(at, time);
  store<f64>(at + 8, <f64>((record - field(plan, FIELD_CONTROL_RECORDS)) / (CONTROL_RECORD << 2)));
  store<f64>(at + 16, code);
  store<f64>(at + 24, handle);
  store<f64>(memories + WAITING, <f64>(waiting + 1));
  return handle;
}

function removeAt(k: usize): void {
  const waiting = <usize>load<f64>(memories + WAITING);
  const at = queue + k * ENTRY;
  memory.copy(at, at + ENTRY, (waiting - k - 1) * ENTRY);
  store<f64>(memories + WAITING, <f64>(waiting - 1));
}

function takeBack(handle: f64): void {
  const waiting = <usize>load<f64>(memories + WAITING);
  for (let k: usize = 0; k < waiting; k++) {
    if (load<f64>(queue + k * ENTRY + 24) != handle) continue;
    removeAt(k);
    return;
  }
}

/** Carries out the actions of the earliest time; returns how many. */
function runNearest(): i32 {
  const now = load<f64>(queue);
  let done: i32 = 0;
  while (load<f64>(memories + WAITING) > 0 && load<f64>(queue) <= now) {
    const control = <usize>load<f64>(queue + 8);
    const code = load<f64>(queue + 16);
    removeAt(0);
    take(control);
    if (entry(0) == CONTROL_REGULATOR) executeRegulator(code);
    else executeCapacitor();
    done++;
  }
  return done;
}

// --- what is looked at

/** Voltage across a pair, to `real` and `imaginary`; returns its size. */
function lookAcross(pair: usize): f64 {
  const at = field(plan, FIELD_CONTROL_PAIRS) + (pair << 3);
  const p = voltages + <usize>load<u32>(at);
  const q = voltages + <usize>load<u32>(at, 4);
  real = load<f64>(p) - load<f64>(q);
  imaginary = load<f64>(p + HALF) - load<f64>(q + HALF);
  return Math.sqrt(real * real + imaginary * imaginary);
}

/** A current, to `real` and `imaginary`; returns its size. */
function lookAtCurrent(current: usize): f64 {
  const starts = field(plan, FIELD_CONTROL_CURRENTS) + (current << 2);
  const end = <usize>load<u32>(starts, 4);
  let re: f64 = 0.0;
  let im: f64 = 0.0;
  for (let term = <usize>load<u32>(starts); term < end; term++) {
    const at = field(plan, FIELD_CONTROL_TERMS) + term * (CONTROL_TERM << 2);
    const u = field(plan, FIELD_CONTROL_POLYNOMIALS) + term * (OWN_POLYNOMIAL << 3);
    const actuator = load<i32>(at, 8);
    const x: f64 = actuator < 0 ? 0.0 : 1.0 / valueOf(<usize>actuator);
    const g = load<f64>(u) + x * (load<f64>(u, 16) + x * load<f64>(u, 32));
    const b = load<f64>(u, 8) + x * (load<f64>(u, 24) + x * load<f64>(u, 40));
    const p = voltages + <usize>load<u32>(at);
    const q = voltages + <usize>load<u32>(at, 4);
    const vr = load<f64>(p) - load<f64>(q);
    const vi = load<f64>(p + HALF) - load<f64>(q + HALF);
    re += g * vr - b * vi;
    im += g * vi + b * vr;
  }
  real = re;
  imaginary = im;
  return Math.sqrt(re * re + im * im);
}

/** The power into the watched conductors, W and var, to `real` and `imaginary`. */
function lookAtPower(): void {
  let watts: f64 = 0.0;
  let vars: f64 = 0.0;
  for (let k: i32 = 0; k < entry(11); k++) {
    lookAcross(<usize>(entry(10) + k));
    const vr = real;
    const vi = imaginary;
    lookAtCurrent(<usize>(entry(6) + k));
    watts += vr * real + vi * imaginary;
    vars += vi * real - vr * imaginary;
  }
  real = watts;
  imaginary = vars;
}

/** The highest, lowest or mean size of some voltages, or of currents; 0 where there are none. */
function combined(first: i32, count: i32, currents: bool): f64 {
  const how = entry(3);
  let result: f64 = 0.0;
  for (let k: i32 = 0; k < count; k++) {
    const size = currents ? lookAtCurrent(<usize>(first + k)) : lookAcross(<usize>(first + k));
    if (how == PHASE_MEAN) result += size;
    else if (k == 0 || (how == PHASE_HIGHEST ? size > result : size < result)) result = size;
  }
  return how == PHASE_MEAN ? result / <f64>count : result;
}

// --- regulators

function sampleRegulator(): void {
  const flags = entry(2);
  if (setting(18) == 0.0) {
    store<f64>(own + PENDING, 0.0);
    return;
  }
  if (flags & REGULATOR_DIRECTED && watchDirection(flags)) return;
  const tap = valueOf(<usize>entry(1));
  const inReverse = load<f64>(own + IN_REVERSE) != 0.0;
  const backwards = inReverse || load<f64>(own + IN_COGENERATION) != 0.0;
  const local = controlVoltage(flags, backwards);
  const target = setting(backwards ? 5 : 0);
  const band = setting(backwards ? 6 : 1);
  let actual = Math.sqrt(real * real + imaginary * imaginary);
  if (inReverse) actual /= tap;
  const limit = setting(13);
  const over = limit > 0.0 && local > limit;
  if (!(Math.abs(target - actual) > band / 2.0) && !over) {
    store<f64>(own + PENDING, 0.0);
    if (load<f64>(own + ARMED) != 0.0) {
      takeBack(load<f64>(own + HANDLE));
      store<f64>(own + ARMED, 0.0);
      store<f64>(own + HANDLE, 0.0);
    }
    return;
  }
  const boostVolts = over ? limit - local : target - actual;
  const increment = setting(15);
  let pending = nearest<f64>((boostVolts * setting(10)) / setting(14) / increment) * increment;
  if (flags & REGULATOR_OPPOSITE || inReverse) pending = -pending;
  store<f64>(own + PENDING, pending);
  if (pending == 0.0 || load<f64>(own + ARMED) != 0.0) return;
  if (!(pending > 0.0 ? tap < setting(17) : tap > setting(16))) return;
  let delay = setting(19);
  if (flags & REGULATOR_INVERSE_TIME) {
    const excess = (2.0 * Math.abs(setting(0) - actual)) / setting(1);
    delay = delay / (excess < 10.0 ? excess : 10.0);
  }
  store<f64>(own + HANDLE, push(delay, TAP_CHANGE));
  store<f64>(own + ARMED, 1.0);
}

/** The voltage that is held, to `real` and `imaginary`; returns the local one's size. */
function controlVoltage(flags: i32, backwards: bool): f64 {
  const first = <usize>entry(4);
  if (flags & REGULATOR_REMOTE) {
    const local = lookAcross(first) / setting(10);
    lookAcross(<usize>entry(8));
    real /= setting(11);
    imaginary /= setting(11);
    return local;
  }
  let phase = entry(3);
  if (phase < 0) {
    const highest = phase == PHASE_HIGHEST;
    phase = 0;
    let chosen = lookAcross(first);
    for (let k: i32 = 1; k < entry(5); k++) {
      const size = lookAcross(first + <usize>k);
      const difference = size - chosen;
      if (highest ? difference > 0.0 : difference < 0.0) {
        phase = k;
        chosen = size;
      }
    }
  }
  lookAcross(first + <usize>phase);
  const vr = real / setting(10);
  const vi = imaginary / setting(10);
  const local = Math.sqrt(vr * vr + vi * vi);
  if (flags & REGULATOR_COMPENSATED) {
    lookAtCurrent(<usize>(entry(6) + phase));
    const ir = real / setting(12);
    const ii = imaginary / setting(12);
    const k: usize = backwards ? 5 : 0;
    if (flags & REGULATOR_BY_MAGNITUDE) {
      real = local - Math.sqrt(ir * ir + ii * ii) * setting(k + 4);
      imaginary = 0.0;
    } else {
      const r = setting(k + 2);
      const x = setting(k + 3);
      real = vr + (r * ir - x * ii);
      imaginary = vi + (r * ii + x * ir);
    }
  } else {
    real = vr;
    imaginary = vi;
  }
  return local;
}

/** Follows the direction of power; returns whether nothing else is to be done (backwards, with the tap held at neutral). */
function watchDirection(flags: i32): bool {
  lookAtPower();
  const forward = -real;
  const threshold = setting(22);
  const backwards = load<f64>(own + IN_REVERSE) != 0.0 || load<f64>(own + IN_COGENERATION) != 0.0;
  const handle = own + (backwards ? REVERSE_BACK_HANDLE : REVERSE_HANDLE);
  const turned = backwards ? forward > threshold : forward < -threshold;
  const back = backwards ? forward <= threshold : forward >= -threshold;
  if (load<f64>(own + REVERSE_PENDING) == 0.0 && turned) {
    store<f64>(own + REVERSE_PENDING, 1.0);
    store<f64>(handle, push(setting(20), REVERSE));
  }
  if (load<f64>(own + REVERSE_PENDING) != 0.0 && back) {
    store<f64>(own + REVERSE_PENDING, 0.0);
    takeBack(load<f64>(handle));
    store<f64>(handle, 0.0);
  }
  if (!backwards || !(flags & REGULATOR_NEUTRAL)) return false;
  if (load<f64>(own + ARMED) == 0.0) {
    const tap = valueOf(<usize>entry(1));
    store<f64>(own + PENDING, 0.0);
    if (Math.abs(tap - 1.0) > NEUTRAL_TOLERANCE) {
      const increment = setting(15);
      const pending = nearest<f64>((1.0 - tap) / increment) * increment;
      store<f64>(own + PENDING, pending);
      if (pending != 0.0) {
        push(setting(21), TAP_CHANGE);
        store<f64>(own + ARMED, 1.0);
      }
    }
  }
  return true;
}

function executeRegulator(code: f64): void {
  if (code == REVERSE) {
    if (load<f64>(own + REVERSE_PENDING) == 0.0) return;
    const which = own + (entry(2) & REGULATOR_COGENERATION ? IN_COGENERATION : IN_REVERSE);
    store<f64>(which, 1.0 - load<f64>(which));
    store<f64>(own + REVERSE_PENDING, 0.0);
    return;
  }
  const pending = load<f64>(own + PENDING);
  store<f64>(own + ARMED, 0.0);
  if (pending == 0.0) return;
  const increment = setting(15);
  let taps = Math.trunc((0.7 * Math.abs(pending)) / increment);
  if (taps < 1.0) taps = 1.0;
  if (taps > setting(18)) taps = setting(18);
  store<f64>(own + PENDING, 0.0);
  const actuator = <usize>entry(1);
  const tap = valueOf(actuator);
  let wanted = tap + (pending > 0.0 ? taps * increment : -taps * increment);
  if (wanted < setting(16)) wanted = setting(16);
  else if (wanted > setting(17)) wanted = setting(17);
  if (wanted == tap) return;
  apply(actuator, wanted);
  const moves = counter(FIELD_TAP_MOVES);
  store<i32>(moves, load<i32>(moves) + 1);
}

// --- capacitors

function sampleCapacitor(): void {
  const closed = load<f64>(positions + <usize>entry(1) * (ACTUATOR_MEMORY << 3) + CLOSED) != 0.0;
  store<f64>(own + WAS_CLOSED, closed ? 1.0 : 0.0);
  let acts = false;
  if (entry(2) & CAPACITOR_OVERRIDE) {
    const volts = combined(entry(8), entry(9), false) / setting(2);
    if (!closed && volts < setting(7)) {
      store<f64>(own + PENDING, CLOSE);
      acts = true;
    } else if (closed && volts > setting(8)) {
      store<f64>(own + PENDING, OPEN);
      acts = true;
    }
  }
  if (!acts) acts = decide(closed);
  if (acts && load<f64>(own + ARMED) == 0.0) {
    let delay = setting(5);
    if (load<f64>(own + PENDING) == CLOSE) {
      const clock = field(plan, FIELD_CONTROL_CLOCK);
      const since = load<f64>(clock, 8) + load<f64>(clock) - load<f64>(own + LAST_OPEN);
      delay = setting(4);
      const later = setting(6) + setting(4) - since;
      if (!(since >= setting(6)) && later > delay) delay = later;
    }
    store<f64>(own + HANDLE, push(delay, 0.0));
    store<f64>(own + ARMED, 1.0);
  }
  if (load<f64>(own + ARMED) != 0.0 && load<f64>(own + PENDING) == 0.0) {
    takeBack(load<f64>(own + HANDLE));
    store<f64>(own + ARMED, 0.0);
  }
}

/** Decides by the control's own quantity; sets what is pending and returns whether to act. */
function decide(closed: bool): bool {
  const on = setting(0);
  const off = setting(1);
  const more = (entry(2) & CAPACITOR_MORE) != 0;
  const measure = entry(12);
  if (measure == MEASURE_CURRENT) {
    const amps = combined(entry(6), entry(7), true) / setting(3);
    return comparison(closed, amps > on, amps < off);
  }
  if (measure == MEASURE_VOLTAGE) {
    const volts = combined(entry(4), entry(5), false) / setting(2);
    if (closed) store<f64>(own + PENDING, 0.0);
    return comparison(closed, volts < on, volts > off);
  }
  if (measure == MEASURE_KVAR) {
    lookAtPower();
    const kvar = imaginary * 0.001;
    return comparison(closed, kvar > on, kvar < off);
  }
  if (measure == MEASURE_POWER_FACTOR) {
    lookAtPower();
    const apparent = Math.sqrt(real * real + imaginary * imaginary);
    let factor: f64 = apparent == 0.0 ? 1.0 : Math.abs(real) / apparent;
    if (imaginary < 0.0) factor = 2.0 - factor;
    const kvar = imaginary * 0.001;
    const enough = setting(closed ? 10 : 9);
    return comparison(closed, factor < on && kvar > enough, factor > off);
  }
  if (measure == MEASURE_TIME) return comparison(closed, more, (entry(2) & CAPACITOR_LESS) != 0);
  if (more == closed) return false;
  store<f64>(own + PENDING, more ? CLOSE : OPEN);
  return true;
}

function comparison(closed: bool, more: bool, less: bool): bool {
  if (!closed) {
    store<f64>(own + PENDING, more ? CLOSE : 0.0);
    return more;
  }
  if (less) {
    store<f64>(own + PENDING, OPEN);
    return true;
  }
  const actuator = <usize>entry(1);
  if (<f64>load<i32>(actuatorRecord(actuator), 20) > load<f64>(positions + actuator * (ACTUATOR_MEMORY << 3) + STEPS)) {
    if (more) store<f64>(own + PENDING, CLOSE);
    return more;
  }
  store<f64>(own + PENDING, 0.0);
  return false;
}

function executeCapacitor(): void {
  const actuator = <usize>entry(1);
  const at = positions + actuator * (ACTUATOR_MEMORY << 3);
  const steps = load<i32>(actuatorRecord(actuator), 20);
  const pending = load<f64>(own + PENDING);
  let closedSteps = load<f64>(at + STEPS);
  if (pending == OPEN && load<f64>(own + WAS_CLOSED) != 0.0) {
    if (closedSteps > 0.0) closedSteps -= 1.0;
    if (steps == 1 || closedSteps == 0.0) {
      store<f64>(at + CLOSED, 0.0);
      store<f64>(own + WAS_CLOSED, 0.0);
      const clock = field(plan, FIELD_CONTROL_CLOCK);
      if (steps == 1) store<f64>(own + LAST_OPEN, load<f64>(clock, 8) + load<f64>(clock));
    }
  } else if (pending == CLOSE) {
    if (load<f64>(own + WAS_CLOSED) == 0.0) store<f64>(at + CLOSED, 1.0);
    store<f64>(own + WAS_CLOSED, 1.0);
    if (closedSteps < <f64>steps) closedSteps += 1.0;
  }
  store<f64>(at + STEPS, closedSteps);
  store<f64>(own + ARMED, 0.0);
  apply(actuator, load<f64>(at + CLOSED) != 0.0 ? closedSteps : 0.0);
}

// --- what the solvers call

/** Everything in a block of lanes as at the start. */
export function startControls(layout: usize, block: i32): void {
  const count = field(layout, FIELD_CONTROL_COUNT);
  const actuators = field(layout, FIELD_ACTUATOR_COUNT);
  for (let lane: usize = 0; lane < <usize>v.LANES; lane++) {
    enter(layout, <usize>block, lane);
    memory.fill(memories, 0, field(layout, FIELD_CONTROL_STATE_SIZE) << 3);
    store<f64>(memories + LIVE, 1.0);
    for (let control: usize = 0; control < count; control++) {
      take(control);
      if (entry(0) == CONTROL_CAPACITOR) store<f64>(own + LAST_OPEN, OPENED_LONG_AGO);
    }
    const start = field(layout, FIELD_ACTUATOR_START) + <usize>block * actuators * HALF + (lane << 3);
    for (let actuator: usize = 0; actuator < actuators; actuator++) {
      const at = positions + actuator * (ACTUATOR_MEMORY << 3);
      const value = load<f64>(start + actuator * HALF);
      store<f64>(at + STEPS, value);
      store<f64>(at + CLOSED, value > 0.0 ? 1.0 : 0.0);
      apply(actuator, value);
    }
    store<i32>(counter(FIELD_CONTROL_ITERATIONS), 0);
    store<i32>(counter(FIELD_CONTROL_ACTIONS), 0);
    store<i32>(counter(FIELD_TAP_MOVES), 0);
  }
}

/** Lets the controls of a block of lanes look at the solution and act; returns a mask of the lanes that are to be solved again. */
export function actControls(layout: usize, block: i32): v128 {
  const count = field(layout, FIELD_CONTROL_COUNT);
  let acting = v.splat(0.0);
  for (let lane: usize = 0; lane < <usize>v.LANES; lane++) {
    enter(layout, <usize>block, lane);
    if (load<f64>(memories + LIVE) == 0.0) continue;
    const status = counter(FIELD_STATUS);
    const iterations = counter(FIELD_CONTROL_ITERATIONS);
    if (load<i32>(status) != STATUS_ISLANDED) store<i32>(iterations, load<i32>(iterations) + 1);
    let done: i32 = 0;
    if (load<i32>(status) == STATUS_CONVERGED) {
      if (load<i32>(iterations) >= <i32>field(layout, FIELD_CONTROL_LIMIT)) store<i32>(status, STATUS_CONTROL_LIMIT);
      else {
        for (let control: usize = 0; control < count; control++) {
          take(control);
          if (entry(0) == CONTROL_REGULATOR) sampleRegulator();
          else sampleCapacitor();
        }
        done = runNearest();
      }
    }
    if (done == 0) store<f64>(memories + LIVE, 0.0);
    else acting = v.or(acting, v.laneMask(<i32>lane));
    const actions = counter(FIELD_CONTROL_ACTIONS);
    store<i32>(actions, load<i32>(actions) + done);
  }
  return acting;
}

/** How many lanes of a block did not converge and settle. */
export function failures(layout: usize, block: i32): i32 {
  const status = field(layout, FIELD_STATUS) + <usize>block * v.LANES * 4;
  let failed: i32 = 0;
  for (let lane: usize = 0; lane < <usize>v.LANES; lane++) if (load<i32>(status + (lane << 2)) != STATUS_CONVERGED) failed++;
  return failed;
}
