// The chord method on trees, one pass up and one down an iteration.
//
//   up:    J_c = own + folded below,   J_p += B J_c
//   down:  V_c = A V_p + Z J_c,  and at once what the legs of block c inject at V_c, compared with what they injected before
// A solution of M V = I ends with V, so what is missing at a node is the injection at V less the one that made V; its size times |V| is the mismatch.
// Coefficients of a block stand as B (parent columns x rows), A (rows x parent columns), Z (rows x rows), each entry rr, ri, ir, ii.
//
// In single precision all V and J are distances from the base case's. A V_p + Z J_c is linear, so that it is the same for distances; the injection less the base
// case's is had by starting each sum at the negative of that (`constant`).
import {
  CHORD_CHILDREN,
  CHORD_CONSTANT,
  CHORD_FIRST,
  CHORD_FIRST_AT_FROM,
  CHORD_FIRST_AT_TO,
  CHORD_GROUP,
  CHORD_LEG,
  CHORD_LEGS,
  CHORD_LONE,
  CHORD_OPEN,
  CHORD_OWN,
  CHORD_PATIENCE,
  CHORD_RECORD,
  CHORD_START,
  FIELD_BLOCKS,
  FIELD_CHORD_BASE,
  FIELD_CHORD_CLEAR_COUNT,
  FIELD_CHORD_CLEAR_LIST,
  FIELD_CHORD_LOOSE_COUNT,
  FIELD_CHORD_LOOSE_LIST,
  FIELD_CHORD_OPEN_COUNT,
  FIELD_CHORD_OPEN_LIST,
  FIELD_CHORD_START,
  FIELD_CONSTANT,
  FIELD_CONSTANT_STRIDE,
  FIELD_CONTROL_COUNT,
  FIELD_HISTORY,
  FIELD_INJECTION,
  FIELD_ITERATIONS,
  FIELD_LANE_COUNT,
  FIELD_LEG_NODES,
  FIELD_LEGS,
  FIELD_MISMATCH,
  FIELD_NODES,
  FIELD_POWER,
  FIELD_PREVIOUS,
  FIELD_STATUS,
  FIELD_TREE_COUNT,
  FIELD_TREE_RECORDS,
  FIELD_VOLTAGE,
  FIELD_WORK,
  GROUP_PQ,
  START_BASE,
  START_GIVEN,
  START_WARM,
  STATUS_CONVERGED,
  STATUS_DIVERGED,
  STATUS_ITERATION_LIMIT,
  TREE_GENERAL,
  TREE_LANES,
  TREE_ONE,
  TREE_ONE_OF_THREE,
  TREE_ONE_OF_TWO,
  TREE_ROOT,
  TREE_THREE,
  TREE_TWO,
  TREE_TWO_OF_ONE,
  TREE_TWO_OF_THREE,
} from '../src/powerflow/kernel-layout';
import { laneBackward, laneForward, laneInjections, laneValues, setUpLanes } from './chord-lanes';
import { ENTRY, HALF, plusOne, plusThree, plusTwo, timesOne, timesThree, timesTwo } from './coefficients';
import { actControls, failures, startControls } from './lane-controls';
import * as v from './lanes';
import { blockBytes, field, halfVoltage, legInjection, legInjections } from './legs';

/** Beyond this many VA, squared, a lane has blown up. */
const BLOWN_UP: f64 = 1e36;
/** A mismatch of less than a hundred times the tolerance, squared, is near it: rounding may make its pace uneven there. */
const NEAR: f64 = 1e4;
const U: usize = v.UNIT;
const RECORD: usize = CHORD_RECORD * 4;
const LEG: usize = CHORD_LEG * 4;
const SOME: i32 = CHORD_OWN | CHORD_CHILDREN;

function addTo(at: usize, real: v128, imaginary: v128): void {
  v.store(at, v.add(v.load(at), real));
  v.store(at + 16, v.add(v.load(at + 16), imaginary));
}

/** Half a voltage, where `all` lanes run without a look at what stood there. */
function put(at: usize, x: v128, running: v128, all: bool): void {
  if (all) v.store(at, x);
  else v.store(at, v.select(x, v.load(at), running));
}

/** Half a current into the parent: written by its first child, added by the others. */
function fold(at: usize, x: v128, flags: i32): void {
  if (flags & CHORD_FIRST) v.store(at, x);
  else v.store(at, v.add(v.load(at), x));
}

/** Where J of a block begins once its children are folded: in `folded` where it has some, else it is what the block injects itself. */
function currents(record: usize, flags: i32, own: usize, folded: usize): usize {
  return (flags & CHORD_CHILDREN ? folded : own) + <usize>load<u32>(record, 4);
}

/** Adds what a block of `rows` nodes injects itself to what its children folded into it. */
function addOwn(record: usize, flags: i32, rows: usize, own: usize, folded: usize): void {
  if ((flags & SOME) != SOME) return;
  const offset = <usize>load<u32>(record, 4);
  for (let k: usize = 0; k < rows << 5; k += 16) v.store(folded + offset + k, v.add(v.load(own + offset + k), v.load(folded + offset + k)));
}

/** J_p += B J_c for a block of three nodes under three. */
function upThree(record: usize, flags: i32, b: usize, own: usize, folded: usize): void {
  addOwn(record, flags, 3, own, folded);
  const j = currents(record, flags, own, folded);
  const r0 = v.load(j);
  const i0 = v.load(j + 16);
  const r1 = v.load(j + 32);
  const i1 = v.load(j + 48);
  const r2 = v.load(j + 64);
  const i2 = v.load(j + 80);
  for (let k: usize = 0; k < 3; k++) {
    const at = folded + <usize>load<u32>(record + (k << 2), 8);
    fold(at, timesThree(b, r0, i0, r1, i1, r2, i2), flags);
    fold(at + 16, timesThree(b + HALF, r0, i0, r1, i1, r2, i2), flags);
    b += 3 * ENTRY;
  }
}

/** The same for one node under `columns`. */
function upOne(record: usize, flags: i32, b: usize, own: usize, folded: usize, columns: usize): void {
  addOwn(record, flags, 1, own, folded);
  const j = currents(record, flags, own, folded);
  const r0 = v.load(j);
  const i0 = v.load(j + 16);
  for (let k: usize = 0; k < columns; k++) {
    const at = folded + <usize>load<u32>(record + (k << 2), 8);
    fold(at, timesOne(b, r0, i0), flags);
    fold(at + 16, timesOne(b + HALF, r0, i0), flags);
    b += ENTRY;
  }
}

/** The same for two nodes under `columns`. */
function upTwo(record: usize, flags: i32, b: usize, own: usize, folded: usize, columns: usize): void {
  addOwn(record, flags, 2, own, folded);
  const j = currents(record, flags, own, folded);
  const r0 = v.load(j);
  const i0 = v.load(j + 16);
  const r1 = v.load(j + 32);
  const i1 = v.load(j + 48);
  for (let k: usize = 0; k < columns; k++) {
    const at = folded + <usize>load<u32>(record + (k << 2), 8);
    fold(at, timesTwo(b, r0, i0, r1, i1), flags);
    fold(at + 16, timesTwo(b + HALF, r0, i0, r1, i1), flags);
    b += 2 * ENTRY;
  }
}

/** Makes J of a block of any shape stand in `folded`. */
function gather(record: usize, flags: i32, own: usize, folded: usize): void {
  const rows = <usize>load<u32>(record, 24);
  addOwn(record, flags, rows, own, folded);
  if (flags & CHORD_CHILDREN) return;
  const offset = <usize>load<u32>(record, 4);
  for (let k: usize = 0; k < rows << 5; k += 16) v.store(folded + offset + k, flags & CHORD_OWN ? v.load(own + offset + k) : v.splat(0.0));
}

/** The upward pass of a block of any shape whose J stands in `folded`. */
function upGeneral(record: usize, b: usize, folded: usize): void {
  const child = folded + <usize>load<u32>(record, 4);
  const rows = <usize>load<u32>(record, 24);
  const columns = <usize>load<u32>(record, 28);
  const list = <usize>load<u32>(record, 8);
  for (let k: usize = 0; k < columns; k++) {
    let real = v.splat(0.0);
    let imaginary = v.splat(0.0);
    for (let i: usize = 0; i < rows; i++) {
      const xr = v.load(child + i * 32);
      const xi = v.load(child + i * 32 + 16);
      real = plusOne(real, b, xr, xi);
      imaginary = plusOne(imaginary, b + HALF, xr, xi);
      b += ENTRY;
    }
    addTo(folded + <usize>load<u32>(list + (k << 2)), real, imaginary);
  }
}

/** Folds the injections up the tree. `values` are those of the lanes' own taps. */
function chordUp(layout: usize, own: usize, folded: usize, values: usize): void {
  const clear = field(layout, FIELD_CHORD_CLEAR_COUNT);
  const list = field(layout, FIELD_CHORD_CLEAR_LIST);
  const none = v.splat(0.0);
  for (let k: usize = 0; k < clear; k++) {
    const at = folded + <usize>load<u32>(list + (k << 2));
    v.store(at, none);
    v.store(at + 16, none);
  }
  const begin = field(layout, FIELD_TREE_RECORDS);
  const count = <i32>field(layout, FIELD_TREE_COUNT);
  let record = begin + <usize>count * RECORD;
  for (let k: i32 = 0; k < count; k++) {
    record -= RECORD;
    const kind = load<i32>(record);
    const flags = load<i32>(record, 32);
    const b = <usize>load<u32>(record, 20);
    const some = (flags & SOME) != 0;
    if (kind == TREE_THREE) {
      if (some) upThree(record, flags, b, own, folded);
    } else if (kind == TREE_ONE) {
      if (some) upOne(record, flags, b, own, folded, 1);
    } else if (kind == TREE_ONE_OF_THREE) {
      if (some) upOne(record, flags, b, own, folded, 3);
    } else if (kind == TREE_TWO_OF_THREE) {
      if (some) upTwo(record, flags, b, own, folded, 3);
    } else if (kind == TREE_TWO) {
      if (some) upTwo(record, flags, b, own, folded, 2);
    } else if (kind == TREE_TWO_OF_ONE) {
      if (some) upTwo(record, flags, b, own, folded, 1);
    } else if (kind == TREE_ONE_OF_TWO) {
      if (some) upOne(record, flags, b, own, folded, 2);
    } else {
      gather(record, flags, own, folded);
      if (!v.SINGLE && kind == TREE_LANES) laneBackward(record, values, folded);
      else if (kind == TREE_GENERAL) upGeneral(record, b, folded);
    }
  }
}

/** |dI|^2 |V|^2 of an injection against the one before, `own`, whose place it takes. */
function compare(own: usize, real: v128, imaginary: v128, square: v128): v128 {
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
function spans(
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
function legsOf(
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

/** V_c = A V_p + Z J_c for a block of three nodes under three. `scratch`: 96 bytes. */
function downThree(record: usize, flags: i32, a: usize, voltage: usize, own: usize, folded: usize, scratch: usize, running: v128, all: bool): void {
  const p0 = voltage + <usize>load<u32>(record, 8);
  const p1 = voltage + <usize>load<u32>(record, 12);
  const p2 = voltage + <usize>load<u32>(record, 16);
  const u0 = v.load(p0);
  const w0 = v.load(p0 + 16);
  const u1 = v.load(p1);
  const w1 = v.load(p1 + 16);
  const u2 = v.load(p2);
  const w2 = v.load(p2 + 16);
  const out = voltage + <usize>load<u32>(record, 4);
  if (!(flags & SOME)) {
    for (let k: usize = 0; k < 96; k += 32) {
      put(out + k, timesThree(a, u0, w0, u1, w1, u2, w2), running, all);
      put(out + k + 16, timesThree(a + HALF, u0, w0, u1, w1, u2, w2), running, all);
      a += 3 * ENTRY;
    }
    return;
  }
  for (let k: usize = 0; k < 96; k += 32) {
    v.store(scratch + k, timesThree(a, u0, w0, u1, w1, u2, w2));
    v.store(scratch + k + 16, timesThree(a + HALF, u0, w0, u1, w1, u2, w2));
    a += 3 * ENTRY;
  }
  const j = currents(record, flags, own, folded);
  const r0 = v.load(j);
  const i0 = v.load(j + 16);
  const r1 = v.load(j + 32);
  const i1 = v.load(j + 48);
  const r2 = v.load(j + 64);
  const i2 = v.load(j + 80);
  for (let k: usize = 0; k < 96; k += 32) {
    put(out + k, plusThree(v.load(scratch + k), a, r0, i0, r1, i1, r2, i2), running, all);
    put(out + k + 16, plusThree(v.load(scratch + k + 16), a + HALF, r0, i0, r1, i1, r2, i2), running, all);
    a += 3 * ENTRY;
  }
}

/** The same for one node under one. */
function downOne(record: usize, flags: i32, a: usize, voltage: usize, own: usize, folded: usize, running: v128, all: bool): void {
  const p0 = voltage + <usize>load<u32>(record, 8);
  let real = timesOne(a, v.load(p0), v.load(p0 + 16));
  let imaginary = timesOne(a + HALF, v.load(p0), v.load(p0 + 16));
  if (flags & SOME) {
    const j = currents(record, flags, own, folded);
    real = plusOne(real, a + ENTRY, v.load(j), v.load(j + 16));
    imaginary = plusOne(imaginary, a + ENTRY + HALF, v.load(j), v.load(j + 16));
  }
  const out = voltage + <usize>load<u32>(record, 4);
  put(out, real, running, all);
  put(out + 16, imaginary, running, all);
}

/** The same for two nodes under one. */
function downTwoOfOne(record: usize, flags: i32, a: usize, voltage: usize, own: usize, folded: usize, running: v128, all: bool): void {
  const p0 = voltage + <usize>load<u32>(record, 8);
  const j = currents(record, flags, own, folded);
  let out = voltage + <usize>load<u32>(record, 4);
  let z = a + 2 * ENTRY;
  for (let half: usize = 0; half < 4; half++) {
    let x = timesOne(a, v.load(p0), v.load(p0 + 16));
    if (flags & SOME) x = plusTwo(x, z, v.load(j), v.load(j + 16), v.load(j + 32), v.load(j + 48));
    put(out, x, running, all);
    out += 16;
    a += HALF;
    z += half & 1 ? 2 * ENTRY - HALF : HALF;
  }
}

/** The same for one or two nodes under two or three. */
function downFew(
  record: usize,
  flags: i32,
  a: usize,
  rows: usize,
  columns: usize,
  voltage: usize,
  own: usize,
  folded: usize,
  running: v128,
  all: bool,
): void {
  let out = voltage + <usize>load<u32>(record, 4);
  let z = a + rows * columns * ENTRY;
  const j = currents(record, flags, own, folded);
  const p0 = voltage + <usize>load<u32>(record, 8);
  const p1 = voltage + <usize>load<u32>(record, 12);
  // Twice a row: its real and its imaginary half.
  for (let half: usize = 0; half < 2 * rows; half++) {
    let x = timesTwo(a, v.load(p0), v.load(p0 + 16), v.load(p1), v.load(p1 + 16));
    if (columns == 3) {
      const p2 = voltage + <usize>load<u32>(record, 16);
      x = plusOne(x, a + 2 * ENTRY, v.load(p2), v.load(p2 + 16));
    }
    if (flags & SOME) {
      if (rows == 1) x = plusOne(x, z, v.load(j), v.load(j + 16));
      else x = plusTwo(x, z, v.load(j), v.load(j + 16), v.load(j + 32), v.load(j + 48));
    }
    put(out, x, running, all);
    out += 16;
    // From the real half of a row to its imaginary one, and from there to the next row.
    a += half & 1 ? columns * ENTRY - HALF : HALF;
    z += half & 1 ? rows * ENTRY - HALF : HALF;
  }
}

/** The same for a block of any shape whose J stands in `folded`. */
function downGeneral(record: usize, c: usize, columns: usize, voltage: usize, folded: usize, running: v128): void {
  const offset = <usize>load<u32>(record, 4);
  const rows = <usize>load<u32>(record, 24);
  const list = <usize>load<u32>(record, 8);
  let a = c + rows * columns * ENTRY;
  let z = a + rows * columns * ENTRY;
  for (let i: usize = 0; i < rows; i++) {
    let real = v.splat(0.0);
    let imaginary = v.splat(0.0);
    for (let k: usize = 0; k < columns; k++) {
      const p = voltage + <usize>load<u32>(list + (k << 2));
      const ur = v.load(p);
      const ui = v.load(p + 16);
      real = plusOne(real, a, ur, ui);
      imaginary = plusOne(imaginary, a + HALF, ur, ui);
      a += ENTRY;
    }
    for (let j: usize = 0; j < rows; j++) {
      const at = folded + offset + j * 32;
      const jr = v.load(at);
      const ji = v.load(at + 16);
      real = plusOne(real, z, jr, ji);
      imaginary = plusOne(imaginary, z + HALF, jr, ji);
      z += ENTRY;
    }
    put(voltage + offset + i * 32, real, running, false);
    put(voltage + offset + i * 32 + 16, imaginary, running, false);
  }
}

/** Voltages from the root down and, block by block, what the legs inject at them. `all`: every lane runs. */
function chordDown(
  layout: usize,
  voltage: usize,
  base: usize,
  constant: usize,
  power: usize,
  values: usize,
  own: usize,
  fresh: usize,
  folded: usize,
  scratch: usize,
  total: usize,
  running: v128,
  all: bool,
): void {
  let record = field(layout, FIELD_TREE_RECORDS);
  const end = record + field(layout, FIELD_TREE_COUNT) * RECORD;
  for (; record < end; record += RECORD) {
    const kind = load<i32>(record);
    const flags = load<i32>(record, 32);
    const c = <usize>load<u32>(record, 20);
    if (kind == TREE_THREE) downThree(record, flags, c + 9 * ENTRY, voltage, own, folded, scratch, running, all);
    else if (kind == TREE_ONE) downOne(record, flags, c + ENTRY, voltage, own, folded, running, all);
    else if (kind == TREE_ONE_OF_THREE) downFew(record, flags, c + 3 * ENTRY, 1, 3, voltage, own, folded, running, all);
    else if (kind == TREE_TWO_OF_THREE) downFew(record, flags, c + 6 * ENTRY, 2, 3, voltage, own, folded, running, all);
    else if (kind == TREE_TWO) downFew(record, flags, c + 4 * ENTRY, 2, 2, voltage, own, folded, running, all);
    else if (kind == TREE_TWO_OF_ONE) downTwoOfOne(record, flags, c + 2 * ENTRY, voltage, own, folded, running, all);
    else if (kind == TREE_ONE_OF_TWO) downFew(record, flags, c + 2 * ENTRY, 1, 2, voltage, own, folded, running, all);
    else if (!v.SINGLE && kind == TREE_LANES) laneForward(record, values, folded, voltage, running);
    else downGeneral(record, c, kind == TREE_ROOT ? 0 : <usize>load<u32>(record, 28), voltage, folded, running);
    if (flags & CHORD_LEGS) legsOf(record, flags, voltage, base, constant, power, own, fresh, scratch, total);
  }
}

/** Injections that no block has to itself: legs between blocks and what lanes' own taps change; then the comparison at these nodes. */
function openNodes(
  layout: usize,
  ownTaps: bool,
  voltage: usize,
  base: usize,
  power: usize,
  values: usize,
  own: usize,
  fresh: usize,
  scratch: usize,
  total: usize,
): void {
  const count = field(layout, FIELD_CHORD_OPEN_COUNT);
  if (count == 0) return;
  spans(field(layout, FIELD_CHORD_LOOSE_LIST), field(layout, FIELD_CHORD_LOOSE_COUNT), voltage, base, 0, power, own, fresh, scratch, total);
  if (!v.SINGLE && ownTaps) laneInjections(layout, values, voltage, fresh);
  const list = field(layout, FIELD_CHORD_OPEN_LIST);
  for (let k: usize = 0; k < count; k++) {
    const o = <usize>load<u32>(list + (k << 2));
    const vr = halfVoltage(voltage, base, o);
    const vi = halfVoltage(voltage, base, o + 16);
    const size = compare(own + o, v.load(fresh + o), v.load(fresh + o + 16), v.add(v.mul(vr, vr), v.mul(vi, vi)));
    v.store(total, v.larger(size, v.load(total)));
    v.store(total + 16, v.add(v.load(total + 16), size));
  }
}

/** What is injected at the start: `own` += legs at the base case's voltages. */
function startFromBase(layout: usize, power: usize, own: usize): void {
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

/** Whether a lane far from the bound misses it even 16 steps on at the pace of its last step, from mismatch `before` to `now`; all are squares. */
function tooSlow(now: v128, before: v128, bound: v128): v128 {
  let pace = v.div(now, before);
  for (let k: i32 = 0; k < 4; k++) pace = v.mul(pace, pace);
  return v.and(v.not(v.atMost(v.mul(now, pace), bound)), v.not(v.atMost(now, v.mul(bound, v.splat(NEAR)))));
}

/**
 * Solves one block of lanes to convergence.
 *
 * @param tolerance largest power mismatch allowed at any node, VA
 * @param limit most iterations
 * @param start one of START_*
 * @param chosen mask of the lanes to solve; the others keep what they have
 * @param again whether they have been solved before, so that their iterations add up
 */
function solveBlock(layout: usize, block: i32, tolerance: f64, limit: i32, start: i32, chosen: v128, again: bool): void {
  const nodes = field(layout, FIELD_NODES);
  const bytes = blockBytes(nodes);
  const own = field(layout, FIELD_INJECTION);
  const fresh = field(layout, FIELD_PREVIOUS);
  const folded = field(layout, FIELD_WORK);
  // Behind the work array: the scratch of the legs, then the comparison's two vectors.
  const scratch = folded + bytes;
  const total = scratch + 192;
  const history = field(layout, FIELD_HISTORY);
  // Taps of each lane's own have no place in single precision: what they change upstream is a small difference of large admittances.
  const ownTaps = !v.SINGLE && field(layout, FIELD_LANE_COUNT) > 0;
  const base = field(layout, FIELD_CHORD_BASE);
  const bound = v.splat(tolerance * tolerance);
  const blownUp = v.splat(BLOWN_UP);
  const none = v.splat(0.0);
  const voltage = field(layout, FIELD_VOLTAGE) + <usize>block * bytes;
  const constant = field(layout, FIELD_CONSTANT) + <usize>block * field(layout, FIELD_CONSTANT_STRIDE);
  const power = field(layout, FIELD_POWER) + <usize>block * field(layout, FIELD_LEGS) * 32;
  const values = v.SINGLE ? 0 : laneValues(layout, block);
  const status = field(layout, FIELD_STATUS) + <usize>block * v.LANES * 4;
  const iterations = field(layout, FIELD_ITERATIONS) + <usize>block * v.LANES * 4;
  const mismatch = field(layout, FIELD_MISMATCH) + <usize>block * v.LANES * 8;
  let running = chosen;
  for (let lane: i32 = 0; lane < v.LANES; lane++) {
    if (!v.any(v.and(chosen, v.laneMask(lane)))) continue;
    const at = (<usize>lane) << 2;
    store<i32>(status + at, STATUS_ITERATION_LIMIT);
    store<i32>(iterations + at, again ? load<i32>(iterations + at) + limit : limit);
  }
  if (!v.SINGLE && ownTaps) setUpLanes(layout, block, v.LANES);
  if (start != START_GIVEN) memory.copy(own, constant, bytes);
  if (start == START_BASE) {
    if (ownTaps) {
      for (let k: usize = 0; k < 2 * nodes; k++) v.store(voltage + (k << 4), v.spread(base + (k << 3)));
    }
    startFromBase(layout, power, own);
  } else if (start == START_WARM) legInjections(layout, voltage, power, own, scratch);
  if (!v.SINGLE && ownTaps) laneInjections(layout, values, voltage, own);
  let largest = blownUp;
  let before = blownUp;
  let slowBefore = none;
  // With controls another method would have to begin with the first of many power flows.
  const patience = field(layout, FIELD_CONTROL_COUNT) > 0 ? limit : CHORD_PATIENCE;
  for (let iteration: i32 = 1; iteration <= limit; iteration++) {
    chordUp(layout, own, folded, values);
    v.store(total, none);
    v.store(total + 16, none);
    chordDown(layout, voltage, base, constant, power, values, own, fresh, folded, scratch, total, running, v.all(running));
    openNodes(layout, ownTaps, voltage, base, power, values, own, fresh, scratch, total);
    const now = v.select(v.load(total), v.splat(Infinity), v.atMost(v.load(total + 16), blownUp));
    largest = v.select(now, largest, running);
    if (block == 0) store<f64>(history + ((<usize>iteration) << 3), Math.sqrt(v.lane(largest, 0)));
    const done = v.and(v.atMost(now, bound), running);
    const lost = v.and(v.not(v.atMost(now, blownUp)), running);
    if (v.any(v.or(done, lost))) {
      for (let lane: i32 = 0; lane < v.LANES; lane++) {
        const mask = v.laneMask(lane);
        if (!v.any(v.and(v.or(done, lost), mask))) continue;
        const at = (<usize>lane) << 2;
        store<i32>(status + at, v.any(v.and(done, mask)) ? STATUS_CONVERGED : STATUS_DIVERGED);
        store<i32>(iterations + at, load<i32>(iterations + at) - limit + iteration);
      }
      running = v.and(running, v.not(v.or(done, lost)));
      if (!v.any(running)) break;
    }
    // A lane that is too slow twice running is left to another method, so that its block need not wait for it.
    const slow = v.and(tooSlow(now, before, bound), running);
    const given = v.and(slow, slowBefore);
    if (iteration > patience && v.any(given)) {
      for (let lane: i32 = 0; lane < v.LANES; lane++) {
        const at = iterations + ((<usize>lane) << 2);
        if (v.any(v.and(given, v.laneMask(lane)))) store<i32>(at, load<i32>(at) - limit + iteration);
      }
      running = v.and(running, v.not(given));
      if (!v.any(running)) break;
    }
    before = now;
    slowBefore = slow;
  }
  for (let lane: i32 = 0; lane < v.LANES; lane++) {
    if (v.any(v.and(chosen, v.laneMask(lane)))) store<f64>(mismatch + ((<usize>lane) << 3), Math.sqrt(v.lane(largest, lane)));
  }
}

/**
 * Solves every block of lanes to convergence; where there are controls, lanes in which they act are solved again from their present voltages until they settle.
 *
 * @param tolerance largest power mismatch allowed at any node, VA
 * @param limit most iterations of each power flow
 * @param start one of START_*
 * @returns the number of lanes that did not converge and settle
 */
export function solveChordTree(layout: usize, tolerance: f64, limit: i32, start: i32): i32 {
  const blocks = <i32>field(layout, FIELD_BLOCKS);
  // Controls move what differs from lane to lane, which there is in double precision only.
  const controlled = !v.SINGLE && field(layout, FIELD_CONTROL_COUNT) > 0;
  const every = v.not(v.splat(0.0));
  let failed: i32 = 0;
  for (let block: i32 = 0; block < blocks; block++) {
    if (!v.SINGLE && controlled) startControls(layout, block);
    solveBlock(layout, block, tolerance, limit, start, every, false);
    if (!v.SINGLE && controlled) {
      let acting = actControls(layout, block);
      while (v.any(acting)) {
        solveBlock(layout, block, tolerance, limit, START_WARM, acting, true);
        acting = actControls(layout, block);
      }
    }
    failed += failures(layout, block);
  }
  return failed;
}
