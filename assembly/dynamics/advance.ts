// Control steps of microgrids, block by block: src/dynamics/fast-scheme.ts in lanes, its operations in its order. The state is read into scratch arrays, advanced
// there, and written back in the lanes whose trajectory is sound; the others keep what they had at the step's begin.
import * as l from '../../src/dynamics/lane-layout';
import * as v from '../lanes';
import { copyNumbers, factorNodal, fillNodal, inject, putAdmittance, solveConsensus, solveNetwork } from './network';
import { below, COLUMN, field, NUMBER_BYTES, shared, stateItems } from './room';
import { turn } from './sine';

/** Advances the scenarios whose task says so by one control step. */
export function advance(layout: usize): void {
  const blocks = field(layout, l.MICROGRID_BLOCKS);
  const items = stateItems(layout);
  let task = field(layout, l.MICROGRID_TASK);
  let status = field(layout, l.MICROGRID_STATUS);
  let state = field(layout, l.MICROGRID_STATE);
  for (let block: usize = 0; block < blocks; block++) {
    const todo = v.load(task);
    const stepping = v.greater(todo, v.splat(0.5));
    if (v.any(stepping)) {
      const sound = advanceBlock(layout, state, v.greater(todo, v.splat(1.5)));
      writeBack(layout, state, v.and(stepping, sound));
      const outcome = v.select(v.splat(l.OUTCOME_RUNNING), v.splat(l.OUTCOME_DIVERGED), sound);
      v.store(status, v.select(outcome, v.load(status), stepping));
    }
    task += NUMBER_BYTES;
    status += NUMBER_BYTES;
    state += items * NUMBER_BYTES;
  }
}

/** Splits currents and buses into columns; angles, powers and set points stand in scratch as in the state. */
function readState(layout: usize, state: usize): void {
  const inverters = field(layout, l.MICROGRID_INVERTERS);
  const currents = inverters + field(layout, l.MICROGRID_LINES) + field(layout, l.MICROGRID_LOADS);
  const own = inverters * NUMBER_BYTES;
  let from = state + NUMBER_BYTES;
  copyNumbers(from, field(layout, l.MICROGRID_ANGLE), inverters);
  const power = field(layout, l.MICROGRID_POWER);
  for (let i: usize = 0; i < inverters; i++) {
    v.store(power + i * COLUMN, v.load(from + own + i * NUMBER_BYTES));
    v.storeAt(power + i * COLUMN, v.load(from + 2 * own + i * NUMBER_BYTES), 16);
  }
  copyNumbers(from + 3 * own, field(layout, l.MICROGRID_SPEED_SET_POINT), inverters);
  copyNumbers(from + 4 * own, field(layout, l.MICROGRID_VOLTAGE_SET_POINT), inverters);
  from += 5 * own;
  const current = field(layout, l.MICROGRID_CURRENT);
  for (let k: usize = 0; k < currents; k++) {
    v.store(current + k * COLUMN, v.load(from + k * NUMBER_BYTES));
    v.storeAt(current + k * COLUMN, v.load(from + (currents + k) * NUMBER_BYTES), 16);
  }
}

/** A number where the mask is set; a zero without its sign. */
function keep(at: usize, x: v128, mask: v128): void {
  v.store(at, v.select(v.add(x, v.splat(0.0)), v.load(at), mask));
}

/** The reverse of {@link readState} in the lanes of a mask, and the buses' voltages. */
export function writeBack(layout: usize, state: usize, mask: v128): void {
  const inverters = field(layout, l.MICROGRID_INVERTERS);
  const currents = inverters + field(layout, l.MICROGRID_LINES) + field(layout, l.MICROGRID_LOADS);
  const buses = field(layout, l.MICROGRID_BUSES);
  const own = inverters * NUMBER_BYTES;
  let to = state + NUMBER_BYTES;
  const angle = field(layout, l.MICROGRID_ANGLE);
  const power = field(layout, l.MICROGRID_POWER);
  const speed = field(layout, l.MICROGRID_SPEED_SET_POINT);
  const voltage = field(layout, l.MICROGRID_VOLTAGE_SET_POINT);
  for (let at: usize = 0; at < own; at += NUMBER_BYTES) {
    keep(to + at, v.load(angle + at), mask);
    keep(to + own + at, v.load(power + 2 * at), mask);
    keep(to + 2 * own + at, v.loadAt(power + 2 * at, 16), mask);
    keep(to + 3 * own + at, v.load(speed + at), mask);
    keep(to + 4 * own + at, v.load(voltage + at), mask);
  }
  to = putColumns(to + 5 * own, field(layout, l.MICROGRID_CURRENT), currents, mask);
  putColumns(to, field(layout, l.MICROGRID_BUS), buses, mask);
}

/** Writes columns as real parts and then imaginary ones; returns what comes behind. */
function putColumns(to: usize, columns: usize, count: usize, mask: v128): usize {
  const half = count * NUMBER_BYTES;
  for (let k: usize = 0; k < count; k++) {
    keep(to + k * NUMBER_BYTES, v.load(columns + k * COLUMN), mask);
    keep(to + half + k * NUMBER_BYTES, v.loadAt(columns + k * COLUMN, 16), mask);
  }
  return to + 2 * half;
}

/** One block's control step in scratch; all ones in the lanes that are sound at its end. */
function advanceBlock(layout: usize, state: usize, acting: v128): v128 {
  readState(layout, state);
  const frame = speedOf(layout, 0);
  let sound = begin(layout, state, frame);
  const steps = field(layout, l.MICROGRID_STEPS);
  for (let step: usize = 0; step < steps; step++) sound = v.and(sound, advanceOnce(layout, frame, acting));
  const currents = field(layout, l.MICROGRID_INVERTERS) + field(layout, l.MICROGRID_LINES) + field(layout, l.MICROGRID_LOADS);
  const largest = shared(layout, l.NUMBER_LARGEST_CURRENT);
  const none = v.splat(0.0);
  let current = field(layout, l.MICROGRID_CURRENT);
  for (let k: usize = 0; k < currents; k++) {
    const re = v.load(current);
    const im = v.loadAt(current, 16);
    const size = v.add(v.larger(re, v.sub(none, re)), v.larger(im, v.sub(none, im)));
    sound = v.and(sound, v.greater(largest, size));
    current += COLUMN;
  }
  return sound;
}

/** Speed of an inverter now. */
function speedOf(layout: usize, i: usize): v128 {
  const droop = field(layout, l.MICROGRID_DROOP) + (i << 4);
  const setPoint = v.load(field(layout, l.MICROGRID_SPEED_SET_POINT) + i * NUMBER_BYTES);
  return v.sub(setPoint, v.mul(v.spread(droop), v.load(field(layout, l.MICROGRID_POWER) + i * COLUMN)));
}

/** An inverter's current in its own frame. */
function turnCurrent(direction: usize, current: usize, own: usize): void {
  const c = v.load(direction);
  const s = v.loadAt(direction, 16);
  const re = v.load(current);
  const im = v.loadAt(current, 16);
  v.store(own, v.add(v.mul(c, re), v.mul(s, im)));
  v.storeAt(own, v.sub(v.mul(c, im), v.mul(s, re)), 16);
}

/** Writes a voltage along a direction. */
function direct(source: usize, voltage: v128, direction: usize): void {
  v.store(source, v.mul(voltage, v.load(direction)));
  v.storeAt(source, v.mul(voltage, v.loadAt(direction, 16)), 16);
}

/** Makes the matrix of a control step and the sources at its begin. */
function begin(layout: usize, state: usize, frame: v128): v128 {
  const inverters = field(layout, l.MICROGRID_INVERTERS);
  const loads = field(layout, l.MICROGRID_LOADS);
  const first = inverters + field(layout, l.MICROGRID_LINES);
  const gammaStep = shared(layout, l.NUMBER_GAMMA_STEP);
  let series = field(layout, l.MICROGRID_SERIES);
  let usual = field(layout, l.MICROGRID_LOAD_SERIES);
  let y = field(layout, l.MICROGRID_ADMITTANCE);
  let inertia = field(layout, l.MICROGRID_INERTIA);
  let multiplier = state + (stateItems(layout) - 2 * loads) * NUMBER_BYTES;
  for (let k: usize = 0; k < first + loads; k++) {
    let resistance = v.spread(series);
    let inductance = v.spread(series + 8);
    if (k >= first) {
      resistance = v.add(resistance, v.mul(v.load(multiplier), v.spread(usual)));
      inductance = v.add(inductance, v.mul(v.load(multiplier + loads * NUMBER_BYTES), v.spread(usual + 8)));
      multiplier += NUMBER_BYTES;
      usual += 16;
    }
    const own = v.div(inductance, gammaStep);
    v.store(inertia, own);
    putAdmittance(y, v.add(own, resistance), v.mul(frame, inductance));
    series += 16;
    inertia += NUMBER_BYTES;
    y += COLUMN;
  }
  fillNodal(layout);
  let sound = factorNodal(layout);
  const largest = shared(layout, l.NUMBER_LARGEST_ANGLE);
  let angle = field(layout, l.MICROGRID_ANGLE);
  let power = field(layout, l.MICROGRID_POWER);
  let setPoint = field(layout, l.MICROGRID_VOLTAGE_SET_POINT);
  let direction = field(layout, l.MICROGRID_DIRECTION);
  let current = field(layout, l.MICROGRID_CURRENT);
  let own = field(layout, l.MICROGRID_OWN_CURRENT);
  let source = field(layout, l.MICROGRID_SOURCE);
  let droop = field(layout, l.MICROGRID_DROOP);
  for (let i: usize = 0; i < inverters; i++) {
    const turned = v.load(angle);
    sound = v.and(sound, below(turned, largest));
    turn(turned, direction);
    turnCurrent(direction, current, own);
    direct(source, v.sub(v.load(setPoint), v.mul(v.spread(droop + 8), v.loadAt(power, 16))), direction);
    angle += NUMBER_BYTES;
    power += COLUMN;
    setPoint += NUMBER_BYTES;
    direction += COLUMN;
    current += COLUMN;
    own += COLUMN;
    source += COLUMN;
    droop += 16;
  }
  return sound;
}

/** One step of the scheme; all ones in the lanes of which no angle has run away. */
function advanceOnce(layout: usize, frame: v128, acting: v128): v128 {
  const inverters = field(layout, l.MICROGRID_INVERTERS);
  const angle = field(layout, l.MICROGRID_ANGLE);
  const power = field(layout, l.MICROGRID_POWER);
  const setPoint = field(layout, l.MICROGRID_VOLTAGE_SET_POINT);
  const speedSetPoint = field(layout, l.MICROGRID_SPEED_SET_POINT);
  const before = field(layout, l.MICROGRID_SPEED_BEFORE);
  const direction = field(layout, l.MICROGRID_DIRECTION);
  const current = field(layout, l.MICROGRID_CURRENT);
  const own = field(layout, l.MICROGRID_OWN_CURRENT);
  const rate = field(layout, l.MICROGRID_RATE);
  const next = field(layout, l.MICROGRID_NEXT);
  const source = field(layout, l.MICROGRID_SOURCE);
  const end = field(layout, l.MICROGRID_END);
  const droop = field(layout, l.MICROGRID_DROOP);
  const filter = shared(layout, l.NUMBER_FILTER);
  const minusFilter = v.mul(v.splat(-1.0), filter);
  const h = shared(layout, l.NUMBER_STEP);
  for (let i: usize = 0; i < inverters; i++) {
    const at = i * NUMBER_BYTES;
    const column = i * COLUMN;
    const p = v.load(power + column);
    const q = v.loadAt(power + column, 16);
    const voltage = v.sub(v.load(setPoint + at), v.mul(v.spread(droop + (i << 4) + 8), q));
    const activeRate = v.mul(filter, v.sub(v.mul(voltage, v.load(own + column)), p));
    const reactiveRate = v.mul(minusFilter, v.add(v.mul(voltage, v.loadAt(own + column, 16)), q));
    v.store(rate + column, activeRate);
    v.storeAt(rate + column, reactiveRate, 16);
    v.store(next + column, v.add(p, v.mul(h, activeRate)));
    v.storeAt(next + column, v.add(q, v.mul(h, reactiveRate)), 16);
    v.store(before + at, v.sub(v.load(speedSetPoint + at), v.mul(v.spread(droop + (i << 4)), p)));
  }
  if (v.any(acting)) {
    moveSetPoints(layout, speedSetPoint, shared(layout, l.NUMBER_NOMINAL_SPEED), 0, acting);
    if (field(layout, l.MICROGRID_CONVENTIONAL) != 0) moveSetPoints(layout, setPoint, shared(layout, l.NUMBER_NOMINAL_VOLTAGE), 1, acting);
  }
  const largest = shared(layout, l.NUMBER_LARGEST_ANGLE);
  const half = v.splat(0.5);
  const none = v.splat(0.0);
  let sound = v.not(none);
  for (let i: usize = 0; i < inverters; i++) {
    const at = i * NUMBER_BYTES;
    const column = i * COLUMN;
    const drooped = v.spread(droop + (i << 4));
    const after = v.sub(v.load(speedSetPoint + at), v.mul(drooped, v.load(next + column)));
    const mean = v.mul(half, v.add(v.load(before + at), after));
    const moved = v.add(v.load(angle + at), v.mul(h, v.sub(mean, frame)));
    const fine = below(moved, largest);
    sound = v.and(sound, fine);
    const turned = v.select(moved, none, fine);
    v.store(angle + at, turned);
    turn(turned, direction + column);
    direct(end + column, v.sub(v.load(setPoint + at), v.mul(v.spread(droop + (i << 4) + 8), v.loadAt(next + column, 16))), direction + column);
  }
  moveCurrents(layout);
  const halfStep = shared(layout, l.NUMBER_HALF_STEP);
  for (let i: usize = 0; i < inverters; i++) {
    const at = i * NUMBER_BYTES;
    const column = i * COLUMN;
    turnCurrent(direction + column, current + column, own + column);
    const nextP = v.load(next + column);
    const nextQ = v.loadAt(next + column, 16);
    const asked = v.load(setPoint + at);
    const drooped = v.spread(droop + (i << 4) + 8);
    const predicted = v.sub(asked, v.mul(drooped, nextQ));
    const laterP = v.mul(filter, v.sub(v.mul(predicted, v.load(own + column)), nextP));
    const laterQ = v.mul(minusFilter, v.add(v.mul(predicted, v.loadAt(own + column, 16)), nextQ));
    const p = v.add(v.load(power + column), v.mul(halfStep, v.add(v.load(rate + column), laterP)));
    const q = v.add(v.loadAt(power + column, 16), v.mul(halfStep, v.add(v.loadAt(rate + column, 16), laterQ)));
    v.store(power + column, p);
    v.storeAt(power + column, q, 16);
    direct(source + column, v.sub(asked, v.mul(drooped, q)), direction + column);
  }
  return sound;
}

/** SDIRK2 of the consensus on set points x, in the lanes in which it acts; `part` is 0 for P, 1 for Q. */
function moveSetPoints(layout: usize, x: usize, reference: v128, part: usize, acting: v128): void {
  const inverters = field(layout, l.MICROGRID_INVERTERS);
  const pinned = field(layout, l.MICROGRID_PINNED);
  const stage = field(layout, l.MICROGRID_SET_POINT_STAGES);
  const known = stage + inverters * NUMBER_BYTES;
  const rate = shared(layout, l.NUMBER_RATE);
  const carry = shared(layout, l.NUMBER_CARRY);
  const pinning = shared(layout, l.NUMBER_PINNING);
  const droop = v.spread(field(layout, l.MICROGRID_DROOP) + (pinned << 4) + (part << 3));
  const before = v.load(field(layout, l.MICROGRID_POWER) + pinned * COLUMN + part * NUMBER_BYTES);
  const after = v.load(field(layout, l.MICROGRID_NEXT) + pinned * COLUMN + part * NUMBER_BYTES);
  for (let i: usize = 0; i < inverters; i++) v.store(stage + i * NUMBER_BYTES, v.mul(rate, v.load(x + i * NUMBER_BYTES)));
  const between = v.add(before, v.mul(shared(layout, l.NUMBER_GAMMA), v.sub(after, before)));
  const atStage = stage + pinned * NUMBER_BYTES;
  v.store(atStage, v.add(v.load(atStage), v.mul(pinning, v.add(reference, v.mul(droop, between)))));
  solveConsensus(layout, stage);
  for (let i: usize = 0; i < inverters; i++) {
    const old = v.load(x + i * NUMBER_BYTES);
    v.store(known + i * NUMBER_BYTES, v.mul(rate, v.add(old, v.mul(carry, v.sub(v.load(stage + i * NUMBER_BYTES), old)))));
  }
  const atKnown = known + pinned * NUMBER_BYTES;
  v.store(atKnown, v.add(v.load(atKnown), v.mul(pinning, v.add(reference, v.mul(droop, after)))));
  solveConsensus(layout, known);
  for (let i: usize = 0; i < inverters; i++) {
    const at = x + i * NUMBER_BYTES;
    v.store(at, v.select(v.load(known + i * NUMBER_BYTES), v.load(at), acting));
  }
}

/** Both stages of the currents. */
function moveCurrents(layout: usize): void {
  const inverters = field(layout, l.MICROGRID_INVERTERS);
  const currents = inverters + field(layout, l.MICROGRID_LINES) + field(layout, l.MICROGRID_LOADS);
  const published = field(layout, l.MICROGRID_COMMON_SPEED) != 0;
  const inertia = field(layout, l.MICROGRID_INERTIA);
  const admittance = field(layout, l.MICROGRID_ADMITTANCE);
  const current = field(layout, l.MICROGRID_CURRENT);
  const stage = field(layout, l.MICROGRID_STAGE);
  const source = field(layout, l.MICROGRID_SOURCE);
  const end = field(layout, l.MICROGRID_END);
  const extra = field(layout, l.MICROGRID_EXTRA);
  const gamma = shared(layout, l.NUMBER_GAMMA);
  const carry = shared(layout, l.NUMBER_CARRY);
  if (published) explicitTerms(layout, current, false);
  for (let k: usize = 0; k < currents; k++) {
    const column = k * COLUMN;
    const own = v.load(inertia + k * NUMBER_BYTES);
    let re = v.mul(own, v.load(current + column));
    let im = v.mul(own, v.loadAt(current + column, 16));
    if (k < inverters) {
      const sr = v.load(source + column);
      const si = v.loadAt(source + column, 16);
      let wr = v.add(sr, v.mul(gamma, v.sub(v.load(end + column), sr)));
      let wi = v.add(si, v.mul(gamma, v.sub(v.loadAt(end + column, 16), si)));
      if (published) {
        wr = v.add(wr, v.load(extra + column));
        wi = v.add(wi, v.loadAt(extra + column, 16));
      }
      re = v.add(re, wr);
      im = v.add(im, wi);
    }
    inject(stage + column, admittance + column, re, im);
  }
  solveNetwork(layout, stage);
  if (published) explicitTerms(layout, stage, true);
  for (let k: usize = 0; k < currents; k++) {
    const column = k * COLUMN;
    const own = v.load(inertia + k * NUMBER_BYTES);
    const cr = v.load(current + column);
    const ci = v.loadAt(current + column, 16);
    let re = v.mul(own, v.add(cr, v.mul(carry, v.sub(v.load(stage + column), cr))));
    let im = v.mul(own, v.add(ci, v.mul(carry, v.sub(v.loadAt(stage + column, 16), ci))));
    if (k < inverters) {
      let wr = v.load(end + column);
      let wi = v.loadAt(end + column, 16);
      if (published) {
        wr = v.add(wr, v.load(extra + column));
        wi = v.add(wi, v.loadAt(extra + column, 16));
      }
      re = v.add(re, wr);
      im = v.add(im, wi);
    }
    inject(current + column, admittance + column, re, im);
  }
  solveNetwork(layout, current);
}

/** The published mistake as a voltage, j L (w_i - w_1) I: at the step's begin, or (`later`) with the share of the step that the first stage has, both weighted and summed. */
function explicitTerms(layout: usize, currents: usize, later: bool): void {
  const inverters = field(layout, l.MICROGRID_INVERTERS);
  const series = field(layout, l.MICROGRID_SERIES);
  const extra = field(layout, l.MICROGRID_EXTRA);
  const share = later ? shared(layout, l.NUMBER_GAMMA) : v.splat(0.0);
  const early = shared(layout, l.NUMBER_EXPLICIT_BEGIN);
  const late = shared(layout, l.NUMBER_EXPLICIT_LATER);
  const minus = v.splat(-1.0);
  const first = speedWithin(layout, 0, share);
  for (let i: usize = 0; i < inverters; i++) {
    const column = i * COLUMN;
    const reactance = v.mul(v.spread(series + (i << 4) + 8), v.sub(speedWithin(layout, i, share), first));
    const re = v.mul(minus, v.mul(reactance, v.loadAt(currents + column, 16)));
    const im = v.mul(reactance, v.load(currents + column));
    if (later) {
      v.store(extra + column, v.add(v.mul(early, v.load(extra + column)), v.mul(late, re)));
      v.storeAt(extra + column, v.add(v.mul(early, v.loadAt(extra + column, 16)), v.mul(late, im)), 16);
    } else {
      v.store(extra + column, re);
      v.storeAt(extra + column, im, 16);
    }
  }
}

/** Speed of an inverter at a share of the step. */
function speedWithin(layout: usize, i: usize, share: v128): v128 {
  const before = v.load(field(layout, l.MICROGRID_SPEED_BEFORE) + i * NUMBER_BYTES);
  const setPoint = v.load(field(layout, l.MICROGRID_SPEED_SET_POINT) + i * NUMBER_BYTES);
  const drooped = v.mul(v.spread(field(layout, l.MICROGRID_DROOP) + (i << 4)), v.load(field(layout, l.MICROGRID_NEXT) + i * COLUMN));
  return v.add(before, v.mul(share, v.sub(v.sub(setPoint, drooped), before)));
}
