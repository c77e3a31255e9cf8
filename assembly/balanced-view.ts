// What is looked at after power flows of balanced grids, of all blocks: magnitudes, series losses, buses out of a band.
import { LANES } from './balanced';
import { COLUMN, VECTOR } from './balanced-rows';
import * as o from '../src/powerflow/balanced/lane-layout';
import * as v from './lanes';
import { field } from './legs';

/** Series losses of one half of the lanes of a block: sum of g |V_from - V_to|^2. */
function losses(layout: usize, voltage: usize, half: usize): v128 {
  let list = field(layout, o.BALANCED_VIEW_BRANCH_LIST);
  let conductance = field(layout, o.BALANCED_VIEW_NUMBERS) + 16;
  let sum = v.splat(0.0);
  for (let k = field(layout, o.BALANCED_VIEW_BRANCHES); k > 0; k--) {
    const from = voltage + <usize>load<u32>(list) + half;
    const to = voltage + <usize>load<u32>(list, 4) + half;
    const re = v.sub(v.load(to), v.load(from));
    const im = v.sub(v.loadAt(to, VECTOR), v.loadAt(from, VECTOR));
    sum = v.add(sum, v.mul(v.spread(conductance), v.add(v.mul(re, re), v.mul(im, im))));
    list += 8;
    conductance += 8;
  }
  return sum;
}

/** Looks at one half of the lanes of a block. */
function viewHalf(layout: usize, voltage: usize, magnitudes: usize, results: usize, half: usize): void {
  const buses = field(layout, o.BALANCED_VIEW_BUSES);
  const band = field(layout, o.BALANCED_VIEW_NUMBERS);
  const least = v.spread(band);
  const most = v.spread(band + 8);
  const none = v.splat(0.0);
  const one = v.splat(1.0);
  let outside = none;
  let lowest = v.splat(Infinity);
  let highest = none;
  let list = field(layout, o.BALANCED_VIEW_BUS_LIST);
  let to = magnitudes + (half >> 3) * (buses << 2);
  const next = buses << 2;
  for (let bus: usize = 0; bus < buses; bus++) {
    const x = voltage + <usize>load<u32>(list) + half;
    const re = v.load(x);
    const im = v.loadAt(x, VECTOR);
    const square = v.add(v.mul(re, re), v.mul(im, im));
    outside = v.add(outside, v.select(one, none, v.or(v.greater(least, square), v.greater(square, most))));
    lowest = v.select(square, lowest, v.greater(lowest, square));
    highest = v.larger(square, highest);
    const pu = v.sqrt(square);
    store<f32>(to, <f32>v.lane(pu, 0));
    store<f32>(to + next, <f32>v.lane(pu, 1));
    to += 4;
    list += 4;
  }
  v.store(results + <usize>o.VIEW_LOSSES * VECTOR + half, losses(layout, voltage, half));
  v.store(results + <usize>o.VIEW_OUTSIDE * VECTOR + half, outside);
  v.store(results + <usize>o.VIEW_LOWEST * VECTOR + half, lowest);
  v.store(results + <usize>o.VIEW_HIGHEST * VECTOR + half, highest);
}

/** Looks at all blocks. What it says of lanes without a solution is nothing. */
export function viewBalanced(layout: usize): void {
  const stride = field(layout, o.BALANCED_VOLTAGE_STRIDE);
  const perBlock = <usize>LANES * (field(layout, o.BALANCED_VIEW_BUSES) << 2);
  let voltage = field(layout, o.BALANCED_VOLTAGE);
  let magnitudes = field(layout, o.BALANCED_VIEW_MAGNITUDES);
  let results = field(layout, o.BALANCED_VIEW_RESULTS);
  for (let block = field(layout, o.BALANCED_BLOCKS); block > 0; block--) {
    viewHalf(layout, voltage, magnitudes, results, 0);
    viewHalf(layout, voltage, magnitudes, results, 16);
    voltage += stride;
    magnitudes += perBlock;
    results += <usize>o.VIEW_QUANTITIES * VECTOR;
  }
}
