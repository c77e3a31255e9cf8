// Operating points: src/dynamics/operating-point.ts in lanes, its operations in its order. A lane is written back when its correction is nothing, and takes no part in
// what follows.
import * as l from '../../src/dynamics/lane-layout';
import * as v from '../lanes';
import { writeBack } from './advance';
import { factorNodal, fillNodal, inject, putAdmittance, solveNetwork } from './network';
import { below, COLUMN, field, NUMBER_BYTES, shared, stateItems } from './room';
import { turn } from './sine';

/** Puts the scenarios whose task says so at the operating points of their loads. */
export function rest(layout: usize): void {
  const blocks = field(layout, l.MICROGRID_BLOCKS);
  const stateBytes = stateItems(layout) * NUMBER_BYTES;
  let task = field(layout, l.MICROGRID_TASK);
  let status = field(layout, l.MICROGRID_STATUS);
  let state = field(layout, l.MICROGRID_STATE);
  for (let block: usize = 0; block < blocks; block++) {
    const due = v.greater(v.load(task), v.splat(0.5));
    if (v.any(due)) {
      const found = restBlock(layout, state, due);
      const outcome = v.select(v.splat(l.OUTCOME_RUNNING), v.splat(l.OUTCOME_LOST), found);
      v.store(status, v.select(outcome, v.load(status), due));
    }
    task += NUMBER_BYTES;
    status += NUMBER_BYTES;
    state += stateBytes;
  }
}

/** One block; all ones in the lanes whose operating point was found. */
function restBlock(layout: usize, state: usize, due: v128): v128 {
  const unknowns: usize = 2 * field(layout, l.MICROGRID_INVERTERS);
  const most = field(layout, l.MICROGRID_MOST_CORRECTIONS);
  const unknown = field(layout, l.MICROGRID_UNKNOWN);
  const usual = field(layout, l.MICROGRID_USUAL);
  for (let i: usize = 0; i < unknowns; i++) v.store(unknown + i * NUMBER_BYTES, v.spread(usual + (i << 3)));
  let running = due;
  let found = v.splat(0.0);
  for (let k: usize = 0; k < most && v.any(running); k++) {
    running = v.and(running, evaluate(layout, state));
    const arrived = v.and(running, correct(layout));
    if (v.any(arrived)) writeBack(layout, state, arrived);
    found = v.or(found, arrived);
    running = v.and(running, v.not(arrived));
  }
  return found;
}

/** Takes a correction off the unknowns; all ones in the lanes in which it was nothing. */
function correct(layout: usize): v128 {
  const unknowns: usize = 2 * field(layout, l.MICROGRID_INVERTERS);
  const unknown = field(layout, l.MICROGRID_UNKNOWN);
  const residual = field(layout, l.MICROGRID_RESIDUAL);
  const perSize = field(layout, l.MICROGRID_USUAL) + (unknowns << 3);
  const tolerance = shared(layout, l.NUMBER_FOUND);
  let row = field(layout, l.MICROGRID_INVERSE);
  const none = v.splat(0.0);
  let nothing = v.not(none);
  for (let i: usize = 0; i < unknowns; i++) {
    let sum = none;
    for (let j: usize = 0; j < unknowns; j++) sum = v.add(sum, v.mul(v.spread(row + (j << 3)), v.load(residual + j * NUMBER_BYTES)));
    row += unknowns << 3;
    const size = v.mul(v.larger(sum, v.sub(none, sum)), v.spread(perSize + (i << 3)));
    nothing = v.and(nothing, v.greater(tolerance, size));
    const at = unknown + i * NUMBER_BYTES;
    v.store(at, v.sub(v.load(at), sum));
  }
  return nothing;
}

/** Writes the state that the unknowns lead to, to scratch, and what is left of the equations; all ones in the lanes in which that could be done. */
function evaluate(layout: usize, state: usize): v128 {
  const inverters = field(layout, l.MICROGRID_INVERTERS);
  const loads = field(layout, l.MICROGRID_LOADS);
  const first = inverters + field(layout, l.MICROGRID_LINES);
  const unknown = field(layout, l.MICROGRID_UNKNOWN);
  const residual = field(layout, l.MICROGRID_RESIDUAL);
  const angle = field(layout, l.MICROGRID_ANGLE);
  const power = field(layout, l.MICROGRID_POWER);
  const speedSetPoint = field(layout, l.MICROGRID_SPEED_SET_POINT);
  const setPoint = field(layout, l.MICROGRID_VOLTAGE_SET_POINT);
  const direction = field(layout, l.MICROGRID_DIRECTION);
  const droop = field(layout, l.MICROGRID_DROOP);
  const current = field(layout, l.MICROGRID_CURRENT);
  const y = field(layout, l.MICROGRID_ADMITTANCE);
  const half = inverters * NUMBER_BYTES;
  const none = v.splat(0.0);
  const speed = v.load(unknown);
  let series = field(layout, l.MICROGRID_SERIES);
  let usual = field(layout, l.MICROGRID_LOAD_SERIES);
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
    putAdmittance(y + k * COLUMN, resistance, v.mul(speed, inductance));
    series += 16;
  }
  fillNodal(layout);
  let sound = factorNodal(layout);
  const largest = shared(layout, l.NUMBER_LARGEST_ANGLE);
  for (let i: usize = 0; i < inverters; i++) {
    const at = i * NUMBER_BYTES;
    const column = i * COLUMN;
    const turned = i == 0 ? none : v.load(unknown + at);
    sound = v.and(sound, below(turned, largest));
    v.store(angle + at, turned);
    turn(turned, direction + column);
    const voltage = v.load(unknown + half + at);
    inject(current + column, y + column, v.mul(voltage, v.load(direction + column)), v.mul(voltage, v.loadAt(direction + column, 16)));
  }
  for (let at = current + inverters * COLUMN; at < current + (first + loads) * COLUMN; at += 16) v.store(at, none);
  solveNetwork(layout, current);
  const nominalSpeed = shared(layout, l.NUMBER_NOMINAL_SPEED);
  const nominalVoltage = shared(layout, l.NUMBER_NOMINAL_VOLTAGE);
  for (let i: usize = 0; i < inverters; i++) {
    const at = i * NUMBER_BYTES;
    const column = i * COLUMN;
    const c = v.load(direction + column);
    const s = v.loadAt(direction + column, 16);
    const re = v.load(current + column);
    const im = v.loadAt(current + column, 16);
    const voltage = v.load(unknown + half + at);
    const p = v.mul(voltage, v.add(v.mul(c, re), v.mul(s, im)));
    const q = v.mul(v.splat(-1.0), v.mul(voltage, v.sub(v.mul(c, im), v.mul(s, re))));
    v.store(power + column, p);
    v.storeAt(power + column, q, 16);
    v.store(speedSetPoint + at, nominalSpeed);
    v.store(setPoint + at, nominalVoltage);
    v.store(residual + at, v.sub(v.sub(nominalSpeed, v.mul(v.spread(droop + (i << 4)), p)), speed));
    v.store(residual + half + at, v.sub(v.sub(nominalVoltage, v.mul(v.spread(droop + (i << 4) + 8), q)), voltage));
  }
  return sound;
}
