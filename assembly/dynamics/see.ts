// What is seen of the states of all blocks: the numbers of which observations and rewards are made. Operations and their order as in MicrogridState and observation.ts.
import * as l from '../../src/dynamics/lane-layout';
import * as v from '../lanes';
import { COLUMN, field, NUMBER_BYTES, offset, shared, stateItems } from './room';
import { turn } from './sine';

/** Looks at the blocks in which a scenario has a task. */
export function see(layout: usize): void {
  const blocks = field(layout, l.MICROGRID_BLOCKS);
  const stateBytes = stateItems(layout) * NUMBER_BYTES;
  const seenBytes = (<usize>l.SEEN_WHOLE + field(layout, l.MICROGRID_INVERTERS) * <usize>l.SEEN_PER_INVERTER) * NUMBER_BYTES;
  const state = field(layout, l.MICROGRID_STATE);
  const seen = field(layout, l.MICROGRID_SEEN);
  const task = field(layout, l.MICROGRID_TASK);
  for (let block: usize = 0; block < blocks; block++) {
    if (!v.any(v.greater(v.load(task + block * NUMBER_BYTES), v.splat(0.5)))) continue;
    seeBlock(layout, state + block * stateBytes, seen + block * seenBytes);
  }
}

function seeBlock(layout: usize, state: usize, seen: usize): void {
  const inverters = field(layout, l.MICROGRID_INVERTERS);
  const currents = inverters + field(layout, l.MICROGRID_LINES) + field(layout, l.MICROGRID_LOADS);
  const buses = field(layout, l.MICROGRID_BUSES);
  const own = inverters * NUMBER_BYTES;
  const nominal = shared(layout, l.NUMBER_NOMINAL_VOLTAGE);
  const angle = state + NUMBER_BYTES;
  const currentRe = angle + 5 * own;
  const currentIm = currentRe + currents * NUMBER_BYTES;
  const busRe = currentIm + currents * NUMBER_BYTES;
  const busIm = busRe + buses * NUMBER_BYTES;
  seeBuses(busRe, busIm, buses, nominal, seen);
  const droop = field(layout, l.MICROGRID_DROOP);
  const ends = field(layout, l.MICROGRID_ENDS);
  const direction = field(layout, l.MICROGRID_DIRECTION);
  const firstAngle = v.load(angle);
  turn(firstAngle, direction);
  const c0 = v.load(direction);
  const s0 = v.loadAt(direction, 16);
  let out = seen + <usize>l.SEEN_WHOLE * NUMBER_BYTES;
  for (let i: usize = 0; i < inverters; i++) {
    const at = i * NUMBER_BYTES;
    const turned = v.load(angle + at);
    const p = v.load(angle + own + at);
    const q = v.load(angle + 2 * own + at);
    turn(turned, direction);
    const c = v.load(direction);
    const s = v.loadAt(direction, 16);
    const cr = v.load(currentRe + at);
    const ci = v.load(currentIm + at);
    // Columns of buses are twice as far apart as numbers are.
    const bus = offset(ends, i) / (COLUMN / NUMBER_BYTES);
    const br = v.load(busRe + bus);
    const bi = v.load(busIm + bus);
    v.store(out, v.div(v.sub(v.load(angle + 4 * own + at), v.mul(v.spread(droop + (i << 4) + 8), q)), nominal));
    v.storeAt(out, v.sub(v.load(angle + 3 * own + at), v.mul(v.spread(droop + (i << 4)), p)), 16);
    v.storeAt(out, v.sub(turned, firstAngle), 32);
    v.storeAt(out, p, 48);
    v.storeAt(out, q, 64);
    v.storeAt(out, v.add(v.mul(c, cr), v.mul(s, ci)), 80);
    v.storeAt(out, v.sub(v.mul(c, ci), v.mul(s, cr)), 96);
    v.storeAt(out, v.add(v.mul(c0, cr), v.mul(s0, ci)), 112);
    v.storeAt(out, v.sub(v.mul(c0, ci), v.mul(s0, cr)), 128);
    v.storeAt(out, v.add(v.mul(c0, br), v.mul(s0, bi)), 144);
    v.storeAt(out, v.sub(v.mul(c0, bi), v.mul(s0, br)), 160);
    out += <usize>l.SEEN_PER_INVERTER * NUMBER_BYTES;
  }
}

/** Magnitudes of the buses: mean distance from the nominal voltage, lowest, highest. */
function seeBuses(re: usize, im: usize, buses: usize, nominal: v128, seen: usize): void {
  const one = v.splat(1.0);
  const none = v.splat(0.0);
  let error = none;
  let lowest = v.splat(Infinity);
  let highest = none;
  for (let at: usize = 0; at < buses * NUMBER_BYTES; at += NUMBER_BYTES) {
    const x = v.load(re + at);
    const y = v.load(im + at);
    const pu = v.div(v.sqrt(v.add(v.mul(x, x), v.mul(y, y))), nominal);
    const distance = v.sub(pu, one);
    error = v.add(error, v.larger(distance, v.sub(none, distance)));
    lowest = v.select(pu, lowest, v.greater(lowest, pu));
    highest = v.larger(pu, highest);
  }
  v.store(seen + <usize>l.SEEN_BUS_ERROR * NUMBER_BYTES, v.div(error, v.splat(<f64>buses)));
  v.store(seen + <usize>l.SEEN_LOWEST_BUS * NUMBER_BYTES, lowest);
  v.store(seen + <usize>l.SEEN_HIGHEST_BUS * NUMBER_BYTES, highest);
}
