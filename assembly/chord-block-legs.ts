// What the legs of the chord method's tree inject, block by block, and how far that is from what they injected before.
import {
  CHORD_CONSTANT,
  CHORD_FIRST_AT_FROM,
  CHORD_FIRST_AT_TO,
  CHORD_GROUP,
  CHORD_LEG,
  CHORD_LONE,
  CHORD_OPEN,
  CHORD_START,
  FIELD_CHORD_START,
  FIELD_LEG_NODES,
  FIELD_LEGS,
  FIELD_NODES,
  GROUP_PQ,
} from '../src/powerflow/kernel-layout';
import { addTo } from './chord-blocks';
import * as v from './lanes';
import { field, halfVoltage, legInjection } from './legs';

const U: usize = v.UNIT;
const LEG: usize = CHORD_LEG * 4;

/** |dI|^2 |V|^2 of an injection against the one before, `own`, whose place it takes. */
export function compare(own: usize, real: v128, imaginary: v128, square: v128): v128 {
  const dr = v.sub(real, v.load(own));
  const di = v.sub(imaginary, v.load(own + 16));
  v.store(own, real);
  v.store(own + 16, imaginary);
  return v.mul(v.add(v.mul(dr, dr), v.mul(di, di)), square);
}

/**
 * Injects by the legs between two nodes, `count` of them, into `fresh`, or compares those that are alone at their nodes; returns the end of the list.
 *
 * @param scratch 192 bytes
 * @param total two vectors: the largest |dI|^2 |V|^2 so far, and their sum, which shows what is no number
 */
export function spans(
  list: usize,
  count: usize,
  voltage: usize,
  base: usize,
  constant: usize,
  power: usize,
  own: usize,
  fresh: usize,
  scratch: usize,
  total: usize,
): usize {
  const none = v.splat(0.0);
  for (; count > 0; count--) {
    const a = <usize>load<u32>(list + LEG);
    const b = <usize>load<u32>(list + LEG, 4);
    const vr = v.sub(halfVoltage(voltage, base, a), halfVoltage(voltage, base, b));
    const vi = v.sub(halfVoltage(voltage, base, a + 16), halfVoltage(voltage, base, b + 16));
    const square = v.add(v.mul(vr, vr), v.mul(vi, vi));
    const group = load<i32>(list, 12);
    legInjection(group & CHORD_GROUP, <usize>load<u32>(list), <usize>load<u32>(list, 4), vr, vi, square, power + <usize>load<u32>(list, 8), scratch);
    let ir = v.load(scratch);
    let ii = v.load(scratch + 16);
    list += LEG + 8;
    if (group & CHORD_LONE) {
      if (v.SINGLE) {
        ir = v.add(ir, v.load(constant + a));
        ii = v.add(ii, v.load(constant + a + 16));
      }
      const size = compare(own + a, ir, ii, square);
      v.store(own + b, v.sub(none, ir));
      v.store(own + b + 16, v.sub(none, ii));
      v.store(total, v.larger(size, v.load(total)));
      v.store(total + 16, v.add(v.load(total + 16), size));
      continue;
    }
    const pa = fresh + a;
    const pb = fresh + b;
    if (group & CHORD_FIRST_AT_FROM) {
      v.store(pa, ir);
      v.store(pa + 16, ii);
    } else addTo(pa, ir, ii);
    const firstAtTo = (group & CHORD_FIRST_AT_TO) != 0;
    v.store(pb, v.sub(firstAtTo ? none : v.load(pb), ir));
    v.store(pb + 16, v.sub(firstAtTo ? none : v.load(pb + 16), ii));
  }
  return list;
}

/**
 * What the legs of a block inject at its new voltages, compared with what they injected before.
 *
 * @param total two vectors: the largest |dI|^2 |V|^2 so far, and their sum, which shows what is no number
 */
export function legsOf(
  record: usize,
  flags: i32,
  voltage: usize,
  base: usize,
  constant: usize,
  power: usize,
  own: usize,
  fresh: usize,
  scratch: usize,
  total: usize,
): void {
  let list = <usize>load<u32>(record, 36);
  const spanning = <usize>load<u32>(list);
  list += 4;
  if (spanning) list = spans(list, spanning, voltage, base, constant, power, own, fresh, scratch, total);
  let listed = load<u32>(list);
  if (listed == 0) return;
  let most = v.load(total);
  let sum = v.load(total + 16);
  list += 4;
  for (; listed > 0; listed--) {
    const o = <usize>load<u32>(list);
    const vr = halfVoltage(voltage, base, o);
    const vi = halfVoltage(voltage, base, o + 16);
    const square = v.add(v.mul(vr, vr), v.mul(vi, vi));
    let real = v.splat(0.0);
    let imaginary = v.splat(0.0);
    if (load<u32>(list, 4)) {
      real = v.load(fresh + o);
      imaginary = v.load(fresh + o + 16);
    }
    if (flags & CHORD_CONSTANT) {
      real = v.add(real, v.load(constant + o));
      imaginary = v.add(imaginary, v.load(constant + o + 16));
    }
    let count = load<u32>(list, 8);
    list += 12;
    for (; count > 0; count--) {
      const hot = <usize>load<u32>(list);
      const group = load<i32>(list, 12);
      const pq = power + <usize>load<u32>(list, 8);
      if (group == GROUP_PQ && v.all(v.greater(square, v.spread(hot)))) {
        // As in legInjection, here without a call since it is nearly every leg.
        const above = v.greater(square, v.spread(hot + U));
        let fp = v.div(v.splat(1.0), square);
        let fq = fp;
        if (v.any(above)) {
          fp = v.select(v.spread(hot + 2 * U), fp, above);
          fq = v.select(v.spread(hot + 3 * U), fq, above);
        }
        const g = v.mul(v.load(pq), fp);
        const s = v.mul(v.load(pq + 16), fq);
        const rr = v.sub(v.SINGLE ? v128.load32_splat(hot, 16) : v128.load64_splat(hot, 32), g);
        const ri = v.sub(v.SINGLE ? v128.load32_splat(hot, 20) : v128.load64_splat(hot, 40), s);
        const ir = v.add(v.SINGLE ? v128.load32_splat(hot, 24) : v128.load64_splat(hot, 48), s);
        const ii = v.sub(v.SINGLE ? v128.load32_splat(hot, 28) : v128.load64_splat(hot, 56), g);
        real = v.add(real, v.add(v.mul(rr, vr), v.mul(ri, vi)));
        imaginary = v.add(imaginary, v.add(v.mul(ir, vr), v.mul(ii, vi)));
      } else {
        legInjection(group, hot, <usize>load<u32>(list, 4), vr, vi, square, pq, scratch);
        real = v.add(real, v.load(scratch));
        imaginary = v.add(imaginary, v.load(scratch + 16));
      }
      list += LEG;
    }
    if (flags & CHORD_OPEN) {
      v.store(fresh + o, real);
      v.store(fresh + o + 16, imaginary);
    } else {
      const size = compare(own + o, real, imaginary, square);
      most = v.larger(size, most);
      sum = v.add(sum, size);
    }
  }
  v.store(total, most);
  v.store(total + 16, sum);
}

/** What is injected at the start: `own` += legs at the base case's voltages. */
export function startFromBase(layout: usize, power: usize, own: usize): void {
  const legs = field(layout, FIELD_LEGS);
  const ground = field(layout, FIELD_NODES) * v.COLUMN_BYTES;
  let nodes = field(layout, FIELD_LEG_NODES);
  let k = field(layout, FIELD_CHORD_START);
  for (let leg: usize = 0; leg < legs; leg++) {
    const p = v.load(power);
    const q = v.load(power + 16);
    const real = v.sub(v.spread(k), v.add(v.mul(p, v.spread(k + U)), v.mul(q, v.spread(k + 2 * U))));
    const imaginary = v.sub(v.spread(k + 3 * U), v.sub(v.mul(p, v.spread(k + 4 * U)), v.mul(q, v.spread(k + 5 * U))));
    addTo(own + <usize>load<u32>(nodes), real, imaginary);
    const b = <usize>load<u32>(nodes, 4);
    if (b != ground) {
      const pb = own + b;
      v.store(pb, v.sub(v.load(pb), real));
      v.store(pb + 16, v.sub(v.load(pb + 16), imaginary));
    }
    nodes += 8;
    k += <usize>CHORD_START * U;
    power += 32;
  }
}
