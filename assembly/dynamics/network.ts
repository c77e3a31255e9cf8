// The linear network of one block of lanes: admittances, nodal matrix, its factors, and currents behind given voltages. Operations and their order as in
// src/dynamics/nodal-network.ts and elimination.ts, all lanes at once.
import * as l from '../../src/dynamics/lane-layout';
import * as v from '../lanes';
import { COLUMN, field, NUMBER_BYTES, offset, shared } from './room';

const ABSENT: u32 = 0xffffffff;

/** Admittance 1 / (re + j im) of a current. */
export function putAdmittance(at: usize, re: v128, im: v128): void {
  const square = v.add(v.mul(re, re), v.mul(im, im));
  v.store(at, v.div(re, square));
  v.storeAt(at, v.mul(v.splat(-1.0), v.div(im, square)), 16);
}

/** Writes the nodal matrix of the admittances. */
export function fillNodal(layout: usize): void {
  const buses = field(layout, l.MICROGRID_BUSES);
  const entries = field(layout, l.MICROGRID_NODAL_ENTRIES);
  const factor = field(layout, l.MICROGRID_FACTOR);
  const admittance = field(layout, l.MICROGRID_ADMITTANCE);
  const start = field(layout, l.MICROGRID_BALANCE_START);
  const none = v.splat(0.0);
  for (let at = factor; at < factor + entries * COLUMN; at += 16) v.store(at, none);
  const virtual = shared(layout, l.NUMBER_VIRTUAL);
  let term = field(layout, l.MICROGRID_BALANCE_TERMS);
  let weight = field(layout, l.MICROGRID_BALANCE_FACTORS);
  for (let b: usize = 0; b < buses; b++) {
    const own = factor + b * COLUMN;
    v.store(own, v.add(v.load(own), virtual));
    const count = offset(start, b + 1) - offset(start, b);
    for (let t: usize = 0; t < count; t++) {
      const y = admittance + offset(term, 0);
      const w = v.spread(weight);
      const yr = v.mul(w, v.load(y));
      const yi = v.mul(w, v.loadAt(y, 16));
      const from = load<u32>(term, 4);
      if (from != ABSENT) {
        const at = factor + <usize>from;
        v.store(at, v.sub(v.load(at), yr));
        v.storeAt(at, v.sub(v.loadAt(at, 16), yi), 16);
      }
      const to = load<u32>(term, 8);
      if (to != ABSENT) {
        const at = factor + <usize>to;
        v.store(at, v.add(v.load(at), yr));
        v.storeAt(at, v.add(v.loadAt(at, 16), yi), 16);
      }
      term += 12;
      weight += 8;
    }
  }
}

/** Factors in place, the diagonal left as reciprocals; all ones in the lanes that have no pivot of 0 and none that is not finite. */
export function factorNodal(layout: usize): v128 {
  const steps = field(layout, l.MICROGRID_BUSES);
  const factor = field(layout, l.MICROGRID_FACTOR);
  const order = field(layout, l.MICROGRID_NODAL_ORDER);
  const start = field(layout, l.MICROGRID_NODAL_START);
  const lists = field(layout, l.MICROGRID_NODAL_BELOW);
  let target = field(layout, l.MICROGRID_NODAL_TARGET);
  const none = v.splat(0.0);
  const infinity = v.splat(Infinity);
  let sound = v.not(none);
  for (let step: usize = 0; step < steps; step++) {
    const pivot = factor + offset(order, step);
    const pr = v.load(pivot);
    const pi = v.loadAt(pivot, 16);
    const square = v.add(v.mul(pr, pr), v.mul(pi, pi));
    sound = v.and(sound, v.and(v.greater(square, none), v.greater(infinity, square)));
    const dr = v.div(pr, square);
    const di = v.mul(v.splat(-1.0), v.div(pi, square));
    v.store(pivot, dr);
    v.storeAt(pivot, di, 16);
    const first = lists + offset(start, step) * 12;
    const end = lists + offset(start, step + 1) * 12;
    for (let low = first; low < end; low += 12) {
      const at = factor + offset(low, 1);
      const ar = v.load(at);
      const ai = v.loadAt(at, 16);
      const lr = v.sub(v.mul(ar, dr), v.mul(ai, di));
      const li = v.add(v.mul(ar, di), v.mul(ai, dr));
      v.store(at, lr);
      v.storeAt(at, li, 16);
      for (let up = first; up < end; up += 12) {
        const from = factor + offset(up, 2);
        const ur = v.load(from);
        const ui = v.loadAt(from, 16);
        const into = factor + offset(target, 0);
        target += 4;
        v.store(into, v.sub(v.load(into), v.sub(v.mul(lr, ur), v.mul(li, ui))));
        v.storeAt(into, v.sub(v.loadAt(into, 16), v.add(v.mul(lr, ui), v.mul(li, ur))), 16);
      }
    }
  }
  return sound;
}

/** Sums currents into the buses. */
function sumIntoBuses(layout: usize, current: usize): void {
  const start = field(layout, l.MICROGRID_BALANCE_START);
  const bus = field(layout, l.MICROGRID_BUS);
  const end = bus + field(layout, l.MICROGRID_BUSES) * COLUMN;
  let term = field(layout, l.MICROGRID_BALANCE_TERMS);
  let weight = field(layout, l.MICROGRID_BALANCE_FACTORS);
  let begins = start;
  for (let at = bus; at < end; at += COLUMN) {
    const count = offset(begins, 1) - offset(begins, 0);
    begins += 4;
    let re = v.splat(0.0);
    let im = v.splat(0.0);
    for (let t: usize = 0; t < count; t++) {
      const from = current + offset(term, 0);
      const w = v.spread(weight);
      re = v.add(re, v.mul(w, v.load(from)));
      im = v.add(im, v.mul(w, v.loadAt(from, 16)));
      term += 12;
      weight += 8;
    }
    v.store(at, re);
    v.storeAt(at, im, 16);
  }
}

/** Solves for the buses' voltages, in place. */
function solveNodal(layout: usize): void {
  const steps = field(layout, l.MICROGRID_BUSES);
  const factor = field(layout, l.MICROGRID_FACTOR);
  const order = field(layout, l.MICROGRID_NODAL_ORDER);
  const start = field(layout, l.MICROGRID_NODAL_START);
  const lists = field(layout, l.MICROGRID_NODAL_BELOW);
  const bus = field(layout, l.MICROGRID_BUS);
  let low = lists;
  for (let step: usize = 0; step < steps; step++) {
    const end = lists + offset(start, step + 1) * 12;
    if (low == end) continue;
    const pivot = bus + offset(order, step);
    const yr = v.load(pivot);
    const yi = v.loadAt(pivot, 16);
    for (; low < end; low += 12) {
      const row = bus + offset(low, 0);
      const at = factor + offset(low, 1);
      const lr = v.load(at);
      const li = v.loadAt(at, 16);
      v.store(row, v.sub(v.load(row), v.sub(v.mul(lr, yr), v.mul(li, yi))));
      v.storeAt(row, v.sub(v.loadAt(row, 16), v.add(v.mul(lr, yi), v.mul(li, yr))), 16);
    }
  }
  for (let step = steps; step-- > 0; ) {
    const place = offset(order, step);
    const pivot = bus + place;
    let sr = v.load(pivot);
    let si = v.loadAt(pivot, 16);
    const end = lists + offset(start, step + 1) * 12;
    for (let up = lists + offset(start, step) * 12; up < end; up += 12) {
      const column = bus + offset(up, 0);
      const at = factor + offset(up, 2);
      const ur = v.load(at);
      const ui = v.loadAt(at, 16);
      const xr = v.load(column);
      const xi = v.loadAt(column, 16);
      sr = v.sub(sr, v.sub(v.mul(ur, xr), v.mul(ui, xi)));
      si = v.sub(si, v.add(v.mul(ur, xi), v.mul(ui, xr)));
    }
    const diagonal = factor + place;
    const dr = v.load(diagonal);
    const di = v.loadAt(diagonal, 16);
    v.store(pivot, v.sub(v.mul(sr, dr), v.mul(si, di)));
    v.storeAt(pivot, v.add(v.mul(sr, di), v.mul(si, dr)), 16);
  }
}

/** Adds y times a voltage to a current. */
function drive(current: usize, y: usize, dr: v128, di: v128): void {
  const yr = v.load(y);
  const yi = v.loadAt(y, 16);
  v.store(current, v.add(v.load(current), v.sub(v.mul(yr, dr), v.mul(yi, di))));
  v.storeAt(current, v.add(v.loadAt(current, 16), v.add(v.mul(yr, di), v.mul(yi, dr))), 16);
}

/** Writes admittance times a known voltage. */
export function inject(current: usize, y: usize, kr: v128, ki: v128): void {
  const yr = v.load(y);
  const yi = v.loadAt(y, 16);
  v.store(current, v.sub(v.mul(yr, kr), v.mul(yi, ki)));
  v.storeAt(current, v.add(v.mul(yr, ki), v.mul(yi, kr)), 16);
}

/** The buses' voltages and the currents, from what the known voltages alone drive through each ({@link inject}), in place. */
export function solveNetwork(layout: usize, current: usize): void {
  sumIntoBuses(layout, current);
  solveNodal(layout);
  const bus = field(layout, l.MICROGRID_BUS);
  const inverters = field(layout, l.MICROGRID_INVERTERS);
  const lines = field(layout, l.MICROGRID_LINES);
  const loads = field(layout, l.MICROGRID_LOADS);
  let ends = field(layout, l.MICROGRID_ENDS);
  let y = field(layout, l.MICROGRID_ADMITTANCE);
  let at = current;
  const none = v.splat(0.0);
  for (let k: usize = 0; k < inverters; k++) {
    const to = bus + offset(ends, 0);
    drive(at, y, v.sub(none, v.load(to)), v.sub(none, v.loadAt(to, 16)));
    ends += 4;
    at += COLUMN;
    y += COLUMN;
  }
  for (let k: usize = 0; k < lines; k++) {
    const from = bus + offset(ends, 0);
    const to = bus + offset(ends, 1);
    drive(at, y, v.sub(v.load(from), v.load(to)), v.sub(v.loadAt(from, 16), v.loadAt(to, 16)));
    ends += 8;
    at += COLUMN;
    y += COLUMN;
  }
  for (let k: usize = 0; k < loads; k++) {
    const from = bus + offset(ends, 0);
    drive(at, y, v.load(from), v.loadAt(from, 16));
    ends += 4;
    at += COLUMN;
    y += COLUMN;
  }
}

/** Solves with the consensus' matrix, which all lanes share; x [inverter][W], in place. */
export function solveConsensus(layout: usize, x: usize): void {
  const steps = field(layout, l.MICROGRID_INVERTERS);
  const order = field(layout, l.MICROGRID_CONSENSUS_ORDER);
  const start = field(layout, l.MICROGRID_CONSENSUS_START);
  const rows = field(layout, l.MICROGRID_CONSENSUS_BELOW);
  const factors = field(layout, l.MICROGRID_CONSENSUS_FACTORS);
  const diagonal = field(layout, l.MICROGRID_CONSENSUS_DIAGONAL);
  for (let step: usize = 0; step < steps; step++) {
    const y = v.load(x + offset(order, step));
    const end = offset(start, step + 1);
    for (let low = offset(start, step); low < end; low++) {
      const row = x + offset(rows, low);
      v.store(row, v.sub(v.load(row), v.mul(v.spread(factors + (low << 4)), y)));
    }
  }
  for (let step = steps; step-- > 0; ) {
    const pivot = x + offset(order, step);
    let sum = v.load(pivot);
    const end = offset(start, step + 1);
    for (let up = offset(start, step); up < end; up++) {
      sum = v.sub(sum, v.mul(v.spread(factors + (up << 4) + 8), v.load(x + offset(rows, up))));
    }
    v.store(pivot, v.mul(sum, v.spread(diagonal + (step << 3))));
  }
}

/** Copies numbers in all lanes. */
export function copyNumbers(from: usize, to: usize, count: usize): void {
  for (let k: usize = 0; k < count; k++) v.store(to + k * NUMBER_BYTES, v.load(from + k * NUMBER_BYTES));
}
