// Power flow of balanced grids over lanes: Newton's method in polar form, and steps with a factor shared by all lanes.
//
//   lack = scheduled power - V conj(Y V),   J (angle, log magnitude) = lack,   V <- V (1 + m) e^(j a)  with Cayley's rotation for e^(j a)
// A pass goes once over the rows in the order of elimination and assembles, eliminates and keeps each (balanced-assemble, balanced-rows); the largest lack falls out of it.
// Lanes do not see each other: a lane that has converged is frozen by a mask, a step that makes a lane's sum of squares larger is undone and halved for that lane alone.
//
// The pieces are put together when the kernels are compiled (@inline with constant arguments). That is AssemblyScript's own, which the linters of TypeScript do not
// read: the files balanced*.ts are left out of theirs.
import {
  BALANCED_ADMITTANCE,
  BALANCED_BACKWARD,
  BALANCED_BASE,
  BALANCED_BLOCKS,
  BALANCED_CHOSEN,
  BALANCED_ENTRIES,
  BALANCED_FACTOR,
  BALANCED_FORWARD,
  BALANCED_HELD,
  BALANCED_HELD_COUNT,
  BALANCED_HELD_LIST,
  BALANCED_ITERATIONS,
  BALANCED_MASK,
  BALANCED_MASK_STRIDE,
  BALANCED_MISMATCH,
  BALANCED_OWN_ADMITTANCE,
  BALANCED_POWER,
  BALANCED_POWER_LIST,
  BALANCED_POWER_STRIDE,
  BALANCED_PREVIOUS,
  BALANCED_PROGRAMS,
  BALANCED_REACTIVE,
  BALANCED_RIGHT,
  BALANCED_ROW_STATE,
  BALANCED_ROWS,
  BALANCED_SCHEDULED,
  BALANCED_SCRATCH,
  BALANCED_SHARED_BACKWARD,
  BALANCED_SHARED_FORWARD,
  BALANCED_SHARED_LOWER,
  BALANCED_SHARED_UPPER,
  BALANCED_SLOTS,
  BALANCED_STATUS,
  BALANCED_VOLTAGE,
  BALANCED_VOLTAGE_STRIDE,
  BALANCED_WORK,
  ROW_OWN,
  ROW_SHARED,
  ROW_UNUSED,
} from '../src/powerflow/balanced/lane-layout';
import { STATUS_CONVERGED, STATUS_DIVERGED, STATUS_ITERATION_LIMIT } from '../src/powerflow/kernel-layout';
import { currents, diagonal, KIND_CURRENT, KIND_NONE, KIND_POWER_1, KIND_POWER_2, lackHalf, lateNeighbours, maskColumn, neighbours } from './balanced-assemble';
import { COLUMN, eliminateRow, keepRow, VECTOR } from './balanced-rows';
import * as v from './lanes';
import { field } from './legs';

/** Lanes a block. */
export const LANES: i32 = 4;
/** Once all steps of a block are shorter than this (squared), the next pass only looks. */
const SHORT_STEP: f64 = 4e-6;
/** A sum of squares beyond this is no power flow any more. */
const LOST: f64 = 1e30;
/** A step with the shared factor that leaves more than this of the sum of squares is slow: 0.4 of the mismatch. */
const SLOW: f64 = 0.16;
/** A lane of which so many steps of Newton's leave more than this of the sum of squares has no solution that it would come to: half of the mismatch. */
const PATIENCE: i32 = 4;
const HOPELESS: f64 = 0.25;
/** A step scaled down below this has failed. */
const LEAST_SCALE: f64 = 1.0 / 64.0;
/** How much of a step is tried to see whether it leads downhill, and what it may leave of the sum of squares: exact factors leave 1 - 2 TRIED. */
const TRIED: f64 = 1.0 / 65536.0;
const LEFT_BY_TRIED: f64 = 1.0 - TRIED;
/** Pieces of the scratch array, bytes: currents of the others, own share, totals of a pass, longest step, each two numbers in all lanes. */
const SHARE: usize = 64;
export const TOTAL: usize = 128;
const LONGEST: usize = 192;
/** Steps of each lane before Newton's (32 bits each), and the masks of the lanes that are left to it. */
export const STEPS: usize = 256;
export const REST: usize = 288;

/** Powers of a block's injections summed up at the rows' buses. */
export function sumPowers(layout: usize, block: i32): void {
  const power = field(layout, BALANCED_POWER) + <usize>block * field(layout, BALANCED_POWER_STRIDE);
  let words = field(layout, BALANCED_POWER_LIST);
  let scheduled = field(layout, BALANCED_SCHEDULED);
  for (let k = field(layout, BALANCED_ROWS); k > 0; k--, scheduled += COLUMN) {
    let count = load<i32>(words);
    words += 4;
    for (let part: usize = 0; part < COLUMN; part += 16) v.store(scheduled + part, v.splat(0.0));
    for (; count > 0; count--, words += 4) {
      const from = power + <usize>load<u32>(words);
      for (let part: usize = 0; part < COLUMN; part += 16) v.store(scheduled + part, v.add(v.load(scheduled + part), v.load(from + part)));
    }
  }
}

/** Voltages to start from, the held magnitudes put in, for the lanes that are to be solved (their masks). */
export function startVoltages(layout: usize, block: i32, voltage: usize, isWarm: bool, chosen0: v128, chosen1: v128): void {
  if (!isWarm) {
    const base = field(layout, BALANCED_BASE);
    const numbers: usize = 2 * field(layout, BALANCED_SLOTS);
    for (let k: usize = 0; k < numbers; k++) {
      const x = v.spread(base + (k << 3));
      const at = voltage + k * VECTOR;
      v.store(at, v.select(x, v.load(at), chosen0));
      v.store(at + 16, v.select(x, v.load(at + 16), chosen1));
    }
  }
  const count = field(layout, BALANCED_HELD_COUNT);
  const held = field(layout, BALANCED_HELD) + <usize>block * count * VECTOR;
  const list = field(layout, BALANCED_HELD_LIST);
  for (let k: usize = 0; k < count; k++) {
    for (let half: usize = 0; half < VECTOR; half += 16) {
      const column = voltage + <usize>load<u32>(list + (k << 2)) + half;
      const e = v.load(column);
      const f = v.load(column + VECTOR);
      const scale = v.div(v.load(held + k * VECTOR + half), v.sqrt(v.add(v.mul(e, e), v.mul(f, f))));
      const mask = half == 0 ? chosen0 : chosen1;
      v.store(column, v.select(v.mul(e, scale), e, mask));
      v.store(column + VECTOR, v.select(v.mul(f, scale), f, mask));
    }
  }
}

/** One row of Newton's pass; returns the words of the next. `kind`: how its entries stand; KIND_NONE where the pass only looks. */
@inline
function newtonRow(
  words: usize,
  unknowns: i32,
  kind: i32,
  own: bool,
  mask: usize,
  reactive: usize,
  admittances: usize,
  states: usize,
  voltages: usize,
  voltage: usize,
  scheduled: usize,
  work: usize,
  factor: usize,
  rights: usize,
  right: usize,
  scratch: usize,
): usize {
  const step: usize = own ? COLUMN : 16;
  const y = admittances + <usize>load<u32>(words, 44) * step;
  const two = <usize>load<u32>(words, 4);
  const one = <usize>load<u32>(words, 8);
  const none = v.splat(0.0);
  v.storeAt(scratch, none, 0);
  v.storeAt(scratch, none, 16);
  v.storeAt(scratch, none, 32);
  v.storeAt(scratch, none, 48);
  let at = words + 56;
  at = neighbours(at, two, 2, y + step, voltages, own, kind, voltage, scratch, work);
  at = neighbours(at, one, 1, y + step * (1 + two), voltages, own, kind, voltage, scratch, work);
  at = currents(at, <usize>load<u32>(words, 12), y + step * (1 + two + one), voltages, own, scratch);
  const late = <usize>load<u32>(words, 52);
  const lateList = at;
  at = lateNeighbours(at, late, admittances, voltages, own, kind, voltage, scratch, work);
  lackHalf(y, own, voltage, scratch, scratch + SHARE, scheduled, right, scratch + TOTAL, unknowns, mask, reactive, 0);
  lackHalf(y, own, voltage, scratch, scratch + SHARE, scheduled, right, scratch + TOTAL, unknowns, mask, reactive, 16);
  if (kind == KIND_NONE) return words + <usize>load<u32>(words, 40);
  if (mask != 0) {
    let list = words + 60;
    for (let j: usize = 0; j < two; j++, list += 8) maskColumn(work + <usize>load<u32>(list), 2, mask);
    for (let j: usize = 0; j < one; j++, list += 8) maskColumn(work + <usize>load<u32>(list), 1, mask);
    list = lateList + 4;
    for (let j: usize = 0; j < late; j++, list += 12) maskColumn(work + <usize>load<u32>(list), 2, mask);
  }
  diagonal(kind, voltage, scratch, scratch + SHARE, work, right, mask);
  for (let clears = load<i32>(words, 16); clears > 0; clears--, at += 8) {
    let place = work + <usize>load<u32>(at);
    for (let vectors = load<i32>(at, 4); vectors > 0; vectors--, place += VECTOR) {
      v.storeAt(place, none, 0);
      v.storeAt(place, none, 16);
    }
  }
  at = eliminateRow(at, <usize>load<u32>(words, 20), unknowns, states, work, factor, rights, right);
  keepRow(unknowns, work, factor + <usize>load<u32>(words, 32), right, work + <usize>load<u32>(words, 36), <usize>load<u32>(words, 24), <usize>load<u32>(words, 28));
  return at;
}

/** Newton's program of a block (`part` 0), or its back substitution (4), which stands in this field where all blocks have the same. */
function programOf(layout: usize, block: i32, common: i32, part: usize): usize {
  const table = field(layout, BALANCED_PROGRAMS);
  return table == 0 ? field(layout, common) : <usize>load<u32>(table + (<usize>block << 3) + part);
}

/** A pass over all rows; `factors`: each is assembled, eliminated and kept. The totals stand in the scratch array. */
@inline
function pass(layout: usize, block: i32, voltages: usize, factors: bool): void {
  let words = programOf(layout, block, BALANCED_FORWARD, 0);
  const rows = field(layout, BALANCED_ROWS);
  const shared = field(layout, BALANCED_ADMITTANCE);
  const own = field(layout, BALANCED_OWN_ADMITTANCE) + <usize>block * field(layout, BALANCED_ENTRIES) * COLUMN;
  const masks = field(layout, BALANCED_MASK) + <usize>block * field(layout, BALANCED_MASK_STRIDE);
  const reactives = field(layout, BALANCED_REACTIVE) + <usize>block * (field(layout, BALANCED_MASK_STRIDE) >> 1);
  const hasStates = field(layout, BALANCED_ROW_STATE) != 0;
  const states: usize = hasStates ? field(layout, BALANCED_ROW_STATE) + <usize>block * rows * 4 : 0;
  const scheduled = field(layout, BALANCED_SCHEDULED);
  const work = field(layout, BALANCED_WORK);
  const factor = field(layout, BALANCED_FACTOR);
  const rights = field(layout, BALANCED_RIGHT);
  const previous = field(layout, BALANCED_PREVIOUS);
  const scratch = field(layout, BALANCED_SCRATCH);
  const one = factors ? KIND_POWER_1 : KIND_NONE;
  const two = factors ? KIND_CURRENT : KIND_NONE;
  const masked = factors ? KIND_POWER_2 : KIND_NONE;
  for (let part: usize = 0; part < COLUMN; part += 16) v.store(scratch + TOTAL + part, v.splat(0.0));
  for (let k: usize = 0; k < rows; k++) {
    const at = k * COLUMN;
    const state = hasStates ? load<i32>(states + (k << 2)) : ROW_SHARED;
    const voltage = voltages + at;
    const right = rights + at;
    if (state == ROW_UNUSED) {
      for (let part: usize = 0; part < COLUMN; part += 16) {
        v.store(right + part, v.splat(0.0));
        v.store(previous + at + part, v.load(voltage + part));
      }
      words += <usize>load<u32>(words, 40);
      continue;
    }
    const what = load<i32>(words);
    const index = <usize>load<u32>(words, 48);
    const mask = masks + index * COLUMN;
    const reactive = reactives + index * VECTOR;
    if (state == ROW_OWN) {
      if (what == 2) words = newtonRow(words, 2, two, true, 0, 0, own, states, voltages, voltage, scheduled + at, work, factor, rights, right, scratch);
      else if (what == 1) words = newtonRow(words, 1, one, true, 0, 0, own, states, voltages, voltage, scheduled + at, work, factor, rights, right, scratch);
      else words = newtonRow(words, 2, masked, true, mask, reactive, own, states, voltages, voltage, scheduled + at, work, factor, rights, right, scratch);
    } else if (what == 2) words = newtonRow(words, 2, two, false, 0, 0, shared, states, voltages, voltage, scheduled + at, work, factor, rights, right, scratch);
    else if (what == 1) words = newtonRow(words, 1, one, false, 0, 0, shared, states, voltages, voltage, scheduled + at, work, factor, rights, right, scratch);
    else words = newtonRow(words, 2, masked, false, mask, reactive, shared, states, voltages, voltage, scheduled + at, work, factor, rights, right, scratch);
  }
}

/** A pass of Newton's method that assembles and factors. */
function factorPass(layout: usize, block: i32, voltages: usize): void {
  pass(layout, block, voltages, true);
}

/** A pass that only looks. */
function lookPass(layout: usize, block: i32, voltages: usize): void {
  pass(layout, block, voltages, false);
}

/** Turns and stretches voltages by a step in one half of the lanes. `previous`: where they are kept, or 0. */
@inline
export function moveHalf(voltage: usize, previous: usize, a: v128, m: v128, stretched: bool, running: v128, half: usize): void {
  const e = v.loadAt(voltage, half);
  const f = v.loadAt(voltage, 32 + half);
  const t = v.mul(a, v.splat(0.5));
  const square = v.mul(t, t);
  const unit = v.splat(1.0);
  const reciprocal = v.div(unit, v.add(unit, square));
  let c = v.mul(v.sub(unit, square), reciprocal);
  let s = v.mul(a, reciprocal);
  if (stretched) {
    const factor = v.add(unit, m);
    c = v.mul(c, factor);
    s = v.mul(s, factor);
  }
  if (previous != 0) {
    v.storeAt(previous, e, half);
    v.storeAt(previous, f, 32 + half);
  }
  v.storeAt(voltage, v.select(v.sub(v.mul(e, c), v.mul(f, s)), e, running), half);
  v.storeAt(voltage, v.select(v.add(v.mul(e, s), v.mul(f, c)), f, running), 32 + half);
}

/** A number of a factor: one for all lanes, or the lanes' own. `k` counts numbers. */
@inline
function number(u: usize, k: usize, shared: bool, half: usize): v128 {
  return shared ? v.spread(u + 8 * k) : v.loadAt(u, 32 * k + half);
}

/** right -= U x for the columns of a row of two unknowns; returns the words behind them. */
@inline
function lessColumns2(words: usize, u: usize, two: usize, one: usize, right: usize, rights: usize, shared: bool): usize {
  let p0 = v.loadAt(right, 0);
  let p1 = v.loadAt(right, 16);
  let q0 = v.loadAt(right, 32);
  let q1 = v.loadAt(right, 48);
  const unit: usize = shared ? 8 : VECTOR;
  for (; two > 0; two--, words += 4, u += 4 * unit) {
    const x = rights + <usize>load<u32>(words);
    const a0 = v.loadAt(x, 0);
    const a1 = v.loadAt(x, 16);
    const m0 = v.loadAt(x, 32);
    const m1 = v.loadAt(x, 48);
    p0 = v.sub(v.sub(p0, v.mul(number(u, 0, shared, 0), a0)), v.mul(number(u, 1, shared, 0), m0));
    p1 = v.sub(v.sub(p1, v.mul(number(u, 0, shared, 16), a1)), v.mul(number(u, 1, shared, 16), m1));
    q0 = v.sub(v.sub(q0, v.mul(number(u, 2, shared, 0), a0)), v.mul(number(u, 3, shared, 0), m0));
    q1 = v.sub(v.sub(q1, v.mul(number(u, 2, shared, 16), a1)), v.mul(number(u, 3, shared, 16), m1));
  }
  for (; one > 0; one--, words += 4, u += 2 * unit) {
    const x = rights + <usize>load<u32>(words);
    const a0 = v.loadAt(x, 0);
    const a1 = v.loadAt(x, 16);
    p0 = v.sub(p0, v.mul(number(u, 0, shared, 0), a0));
    p1 = v.sub(p1, v.mul(number(u, 0, shared, 16), a1));
    q0 = v.sub(q0, v.mul(number(u, 1, shared, 0), a0));
    q1 = v.sub(q1, v.mul(number(u, 1, shared, 16), a1));
  }
  v.storeAt(right, p0, 0);
  v.storeAt(right, p1, 16);
  v.storeAt(right, q0, 32);
  v.storeAt(right, q1, 48);
  return words;
}

/** The same for a row of one unknown. */
@inline
function lessColumns1(words: usize, u: usize, two: usize, one: usize, right: usize, rights: usize, shared: bool): usize {
  let p0 = v.loadAt(right, 0);
  let p1 = v.loadAt(right, 16);
  const unit: usize = shared ? 8 : VECTOR;
  for (; two > 0; two--, words += 4, u += 2 * unit) {
    const x = rights + <usize>load<u32>(words);
    p0 = v.sub(v.sub(p0, v.mul(number(u, 0, shared, 0), v.loadAt(x, 0))), v.mul(number(u, 1, shared, 0), v.loadAt(x, 32)));
    p1 = v.sub(v.sub(p1, v.mul(number(u, 0, shared, 16), v.loadAt(x, 16))), v.mul(number(u, 1, shared, 16), v.loadAt(x, 48)));
  }
  for (; one > 0; one--, words += 4, u += unit) {
    const x = rights + <usize>load<u32>(words);
    p0 = v.sub(p0, v.mul(number(u, 0, shared, 0), v.loadAt(x, 0)));
    p1 = v.sub(p1, v.mul(number(u, 0, shared, 16), v.loadAt(x, 16)));
  }
  v.storeAt(right, p0, 0);
  v.storeAt(right, p1, 16);
  return words;
}

/** The longest step so far, squared, and the step of a row's bus, in one half of the lanes. */
@inline
function stepHalf(rows: i32, right: usize, longest: usize, voltage: usize, previous: usize, scale: v128, running: v128, shared: bool, half: usize): void {
  let a = v.loadAt(right, half);
  let m = rows == 2 ? v.loadAt(right, 32 + half) : a;
  let most = v.larger(v.mul(a, a), v.loadAt(longest, half));
  if (rows == 2) most = v.larger(v.mul(m, m), most);
  v.storeAt(longest, most, half);
  if (!shared) {
    a = v.mul(a, scale);
    m = v.mul(m, scale);
  }
  moveHalf(voltage, previous, a, m, rows == 2, running, half);
}

/** Back substitution, row by row from the last, and the steps of the lanes that run. Longest steps, squared, stand in the scratch array. */
@inline
function back(layout: usize, words: usize, upper: usize, states: usize, voltages: usize, previous: usize, scale0: v128, scale1: v128, running0: v128, running1: v128, shared: bool): void {
  const rights = field(layout, BALANCED_RIGHT);
  const longest = field(layout, BALANCED_SCRATCH) + LONGEST;
  const unit: usize = shared ? 8 : VECTOR;
  v.store(longest, v.splat(0.0));
  v.store(longest + 16, v.splat(0.0));
  let u = upper;
  for (let k = field(layout, BALANCED_ROWS); k-- > 0; ) {
    const at = k * COLUMN;
    if (!shared && states != 0 && load<i32>(states + (k << 2)) == ROW_UNUSED) {
      words += 16 + ((<usize>load<u32>(words, 4) + <usize>load<u32>(words, 8)) << 2);
      continue;
    }
    const right = rights + at;
    const two = <usize>load<u32>(words, 4);
    const one = <usize>load<u32>(words, 8);
    const kept = previous != 0 ? previous + at : 0;
    if (!shared) u = upper + <usize>load<u32>(words, 12);
    const list = words + (shared ? 12 : 16);
    if (load<i32>(words) == 2) {
      words = lessColumns2(list, u, two, one, right, rights, shared);
      stepHalf(2, right, longest, voltages + at, kept, scale0, running0, shared, 0);
      stepHalf(2, right, longest, voltages + at, kept, scale1, running1, shared, 16);
      if (shared) u += (2 * two + one) * 2 * unit;
    } else {
      words = lessColumns1(list, u, two, one, right, rights, shared);
      stepHalf(1, right, longest, voltages + at, kept, scale0, running0, shared, 0);
      stepHalf(1, right, longest, voltages + at, kept, scale1, running1, shared, 16);
      if (shared) u += (2 * two + one) * unit;
    }
  }
}

function backShared(layout: usize, voltages: usize, previous: usize, running0: v128, running1: v128): void {
  const unit = v.splat(1.0);
  back(layout, field(layout, BALANCED_SHARED_BACKWARD), field(layout, BALANCED_SHARED_UPPER), 0, voltages, previous, unit, unit, running0, running1, true);
}

function backOwn(layout: usize, block: i32, voltages: usize, scale0: v128, scale1: v128, running0: v128, running1: v128): void {
  const previous = field(layout, BALANCED_PREVIOUS);
  const states: usize = field(layout, BALANCED_ROW_STATE) != 0 ? field(layout, BALANCED_ROW_STATE) + <usize>block * field(layout, BALANCED_ROWS) * 4 : 0;
  back(layout, programOf(layout, block, BALANCED_BACKWARD, 4), field(layout, BALANCED_FACTOR), states, voltages, previous, scale0, scale1, running0, running1, false);
}

/** Multiplies right-hand side by the inverse of the shared factor's diagonal block, in one half of the lanes. */
@inline
function solveDiagonal(lower: usize, right: usize, rows: i32, half: usize): void {
  const r0 = v.loadAt(right, half);
  if (rows == 2) {
    const r1 = v.loadAt(right, 32 + half);
    v.storeAt(right, v.add(v.mul(v.spread(lower), r0), v.mul(v.spread(lower + 8), r1)), half);
    v.storeAt(right, v.add(v.mul(v.spread(lower + 16), r0), v.mul(v.spread(lower + 24), r1)), 32 + half);
  } else v.storeAt(right, v.mul(v.spread(lower), r0), half);
}

/** Looks at all rows and does the forward substitution through the shared factor. */
function sharedPass(layout: usize, voltages: usize): void {
  let words = field(layout, BALANCED_SHARED_FORWARD);
  const rows = field(layout, BALANCED_ROWS);
  const scheduled = field(layout, BALANCED_SCHEDULED);
  const rights = field(layout, BALANCED_RIGHT);
  const scratch = field(layout, BALANCED_SCRATCH);
  let lower = field(layout, BALANCED_SHARED_LOWER);
  let y = field(layout, BALANCED_ADMITTANCE);
  const none = v.splat(0.0);
  for (let part: usize = 0; part < COLUMN; part += 16) v.store(scratch + TOTAL + part, none);
  for (let at: usize = 0; at < rows * COLUMN; at += COLUMN) {
    const count = <usize>load<u32>(words, 4);
    const two = <usize>load<u32>(words, 8);
    const one = <usize>load<u32>(words, 12);
    const right = rights + at;
    v.storeAt(scratch, none, 0);
    v.storeAt(scratch, none, 16);
    v.storeAt(scratch, none, 32);
    v.storeAt(scratch, none, 48);
    const list = currents(words + 16, count, y + 16, voltages, false, scratch);
    if (load<i32>(words) == 2) {
      lackHalf(y, false, voltages + at, scratch, scratch + SHARE, scheduled + at, right, scratch + TOTAL, 2, 0, 0, 0);
      lackHalf(y, false, voltages + at, scratch, scratch + SHARE, scheduled + at, right, scratch + TOTAL, 2, 0, 0, 16);
      words = lessColumns2(list, lower, two, one, right, rights, true);
      lower += (2 * two + one) * 16;
      solveDiagonal(lower, right, 2, 0);
      solveDiagonal(lower, right, 2, 16);
      lower += 32;
    } else {
      lackHalf(y, false, voltages + at, scratch, scratch + SHARE, scheduled + at, right, scratch + TOTAL, 1, 0, 0, 0);
      lackHalf(y, false, voltages + at, scratch, scratch + SHARE, scheduled + at, right, scratch + TOTAL, 1, 0, 0, 16);
      words = lessColumns1(list, lower, two, one, right, rights, true);
      lower += (2 * two + one) * 8;
      solveDiagonal(lower, right, 1, 0);
      solveDiagonal(lower, right, 1, 16);
      lower += 8;
    }
    y += 16 * (1 + count);
  }
}

/** Lanes of one half (its mask) come to an end after so many steps of Newton's. */
export function end(layout: usize, block: i32, half: i32, lanes: v128, how: i32, steps: i32): void {
  if (!v.any(lanes)) return;
  const before = field(layout, BALANCED_SCRATCH) + STEPS;
  for (let lane: i32 = 0; lane < 2; lane++) {
    if (!v.any(v.and(lanes, v.laneMask(lane)))) continue;
    const at = <usize>(block * LANES + 2 * half + lane) << 2;
    store<i32>(field(layout, BALANCED_STATUS) + at, how);
    store<i32>(field(layout, BALANCED_ITERATIONS) + at, load<i32>(before + (<usize>(2 * half + lane) << 2)) + steps);
  }
}

/** Lanes of one half go on by Newton's method after so many steps. */
function leave(layout: usize, half: i32, lanes: v128, steps: i32): void {
  const before = field(layout, BALANCED_SCRATCH) + STEPS;
  for (let lane: i32 = 0; lane < 2; lane++) {
    const at = before + (<usize>(2 * half + lane) << 2);
    if (v.any(v.and(lanes, v.laneMask(lane)))) store<i32>(at, load<i32>(at) + steps);
  }
}

/** Notes the mismatch of the lanes of one half from the totals; that of one whose sums are no numbers any more is infinite. */
export function see(layout: usize, block: i32, half: i32, lanes: v128): void {
  const total = field(layout, BALANCED_SCRATCH) + TOTAL + (<usize>half << 4);
  const worst = v.select(v.load(total), v.splat(Infinity), v.atMost(v.load(total + VECTOR), v.splat(LOST)));
  const mismatch = field(layout, BALANCED_MISMATCH);
  for (let lane: i32 = 0; lane < 2; lane++) {
    if (v.any(v.and(lanes, v.laneMask(lane)))) store<f64>(mismatch + (<usize>(block * LANES + 2 * half + lane) << 3), Math.sqrt(v.lane(worst, lane)));
  }
}

/** Puts the voltages before the last step back into some lanes. */
function stepBack(layout: usize, voltages: usize, lanes0: v128, lanes1: v128): void {
  const previous = field(layout, BALANCED_PREVIOUS);
  const bytes = field(layout, BALANCED_ROWS) * COLUMN;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    v.store(voltages + at, v.select(v.load(previous + at), v.load(voltages + at), lanes0));
    v.store(voltages + at + 16, v.select(v.load(previous + at + 16), v.load(voltages + at + 16), lanes1));
  }
}

/**
 * Steps with the shared factor, at most so many, from the voltages that stand. A lane that twice running comes less than 0.4 nearer with a step is left.
 *
 * @returns whether any lane is left; which are, stands in the scratch array (two masks). Those that have come no nearer stand where they began
 */
function sharedBlock(layout: usize, block: i32, voltages: usize, tolerance: f64, limit: i32): bool {
  const scratch = field(layout, BALANCED_SCRATCH);
  const merit = scratch + TOTAL + VECTOR;
  const bound = v.splat(tolerance * tolerance);
  const lost = v.splat(LOST);
  const none = v.splat(0.0);
  let running0 = v.load(scratch + REST);
  let running1 = v.load(scratch + REST + 16);
  let rest0 = none;
  let rest1 = none;
  let slowBefore0 = none;
  let slowBefore1 = none;
  let first0 = lost;
  let first1 = lost;
  let before0 = lost;
  let before1 = lost;
  for (let steps: i32 = 0; ; steps++) {
    sharedPass(layout, voltages);
    const merit0 = v.load(merit);
    const merit1 = v.load(merit + 16);
    const sound0 = v.atMost(merit0, lost);
    const sound1 = v.atMost(merit1, lost);
    const finished0 = v.and(v.and(v.atMost(v.load(scratch + TOTAL), bound), sound0), running0);
    const finished1 = v.and(v.and(v.atMost(v.load(scratch + TOTAL + 16), bound), sound1), running1);
    if (steps == 0) {
      first0 = merit0;
      first1 = merit1;
    }
    see(layout, block, 0, running0);
    see(layout, block, 1, running1);
    end(layout, block, 0, finished0, STATUS_CONVERGED, steps);
    end(layout, block, 1, finished1, STATUS_CONVERGED, steps);
    running0 = v.and(running0, v.not(finished0));
    running1 = v.and(running1, v.not(finished1));
    const slow0 = v.and(v.not(v.atMost(merit0, v.mul(before0, v.splat(SLOW)))), running0);
    const slow1 = v.and(v.not(v.atMost(merit1, v.mul(before1, v.splat(SLOW)))), running1);
    const left0 = v.or(v.and(slow0, slowBefore0), steps == limit ? running0 : v.and(running0, v.not(sound0)));
    const left1 = v.or(v.and(slow1, slowBefore1), steps == limit ? running1 : v.and(running1, v.not(sound1)));
    if (v.any(v.or(left0, left1))) {
      leave(layout, 0, left0, steps);
      leave(layout, 1, left1, steps);
      rest0 = v.or(rest0, left0);
      rest1 = v.or(rest1, left1);
      running0 = v.and(running0, v.not(left0));
      running1 = v.and(running1, v.not(left1));
      const away0 = v.and(left0, v.not(v.atMost(merit0, first0)));
      const away1 = v.and(left1, v.not(v.atMost(merit1, first1)));
      if (v.any(v.or(away0, away1))) stepBack(layout, voltages, away0, away1);
    }
    if (!v.any(v.or(running0, running1))) break;
    before0 = merit0;
    before1 = merit1;
    slowBefore0 = slow0;
    slowBefore1 = slow1;
    // What a lane began with stays in the array of previous voltages.
    backShared(layout, voltages, steps > 0 ? 0 : field(layout, BALANCED_PREVIOUS), running0, running1);
  }
  v.store(scratch + REST, rest0);
  v.store(scratch + REST + 16, rest1);
  return v.any(v.or(rest0, rest1));
}

/** A refused step is half as long at the next attempt; the scale after it. */
function halved(scale: v128, refused: v128): v128 {
  return v.select(v.mul(scale, v.splat(0.5)), scale, refused);
}

/** The scale after an accepted step: twice as long, at most whole. */
function doubled(scale: v128): v128 {
  const unit = v.splat(1.0);
  const twice = v.add(scale, scale);
  return v.select(unit, twice, v.atMost(unit, twice));
}

/**
 * Looks whether the factors of lanes that were given up are to blame. Newton's step leads downhill at a known slope; one that does not was spoilt by pivots too small for a
 * factorisation without pivoting. The mismatch of such a lane is infinite.
 */
function checkFactors(layout: usize, block: i32, voltages: usize, lanes0: v128, lanes1: v128): void {
  const merit = field(layout, BALANCED_SCRATCH) + TOTAL + VECTOR;
  factorPass(layout, block, voltages);
  const left = v.splat(LEFT_BY_TRIED);
  const bound0 = v.mul(v.load(merit), left);
  const bound1 = v.mul(v.load(merit + 16), left);
  const tried = v.splat(TRIED);
  backOwn(layout, block, voltages, tried, tried, lanes0, lanes1);
  lookPass(layout, block, voltages);
  const spoilt0 = v.and(lanes0, v.not(v.atMost(v.load(merit), bound0)));
  const spoilt1 = v.and(lanes1, v.not(v.atMost(v.load(merit + 16), bound1)));
  stepBack(layout, voltages, lanes0, lanes1);
  lose(layout, block, 0, spoilt0);
  lose(layout, block, 1, spoilt1);
}

/** The mismatch of the lanes of one half is not known. */
function lose(layout: usize, block: i32, half: i32, lanes: v128): void {
  const mismatch = field(layout, BALANCED_MISMATCH);
  for (let lane: i32 = 0; lane < 2; lane++) {
    if (v.any(v.and(lanes, v.laneMask(lane)))) store<f64>(mismatch + (<usize>(block * LANES + 2 * half + lane) << 3), Infinity);
  }
}

/** Solves the lanes of one block that are left (see sharedBlock) by Newton's method, from the voltages that stand. */
function newtonBlock(layout: usize, block: i32, voltages: usize, tolerance: f64, limit: i32): void {
  const scratch = field(layout, BALANCED_SCRATCH);
  const merit = scratch + TOTAL + VECTOR;
  const bound = v.splat(tolerance * tolerance);
  const least = v.splat(LEAST_SCALE);
  let running0 = v.load(scratch + REST);
  let running1 = v.load(scratch + REST + 16);
  let scale0 = v.splat(1.0);
  let scale1 = scale0;
  let before0 = v.splat(LOST);
  let before1 = before0;
  let mark0 = before0;
  let mark1 = before0;
  let looks = false;
  let isFirst = true;
  let doubtful0 = v.splat(0.0);
  let doubtful1 = doubtful0;
  for (let steps: i32 = 0; ; ) {
    if (looks) lookPass(layout, block, voltages);
    else factorPass(layout, block, voltages);
    const merit0 = v.load(merit);
    const merit1 = v.load(merit + 16);
    // What is no number is refused, too.
    const better0 = v.atMost(merit0, before0);
    const better1 = v.atMost(merit1, before1);
    const finished0 = v.and(v.and(v.atMost(v.load(scratch + TOTAL), bound), better0), running0);
    const finished1 = v.and(v.and(v.atMost(v.load(scratch + TOTAL + 16), bound), better1), running1);
    see(layout, block, 0, running0);
    see(layout, block, 1, running1);
    end(layout, block, 0, finished0, STATUS_CONVERGED, steps);
    end(layout, block, 1, finished1, STATUS_CONVERGED, steps);
    running0 = v.and(running0, v.not(finished0));
    running1 = v.and(running1, v.not(finished1));
    if (steps == limit) {
      end(layout, block, 0, running0, STATUS_ITERATION_LIMIT, steps);
      end(layout, block, 1, running1, STATUS_ITERATION_LIMIT, steps);
      break;
    }
    const refused0 = v.and(running0, v.not(better0));
    const refused1 = v.and(running1, v.not(better1));
    const isRefused = v.any(v.or(refused0, refused1));
    if (isRefused) {
      scale0 = halved(scale0, refused0);
      scale1 = halved(scale1, refused1);
      const failed0 = isFirst ? refused0 : v.and(refused0, v.not(v.atMost(least, scale0)));
      const failed1 = isFirst ? refused1 : v.and(refused1, v.not(v.atMost(least, scale1)));
      end(layout, block, 0, failed0, STATUS_DIVERGED, steps);
      end(layout, block, 1, failed1, STATUS_DIVERGED, steps);
      doubtful0 = v.or(doubtful0, failed0);
      doubtful1 = v.or(doubtful1, failed1);
      running0 = v.and(running0, v.not(failed0));
      running1 = v.and(running1, v.not(failed1));
      if (!isFirst) stepBack(layout, voltages, refused0, refused1);
    }
    if (!v.any(v.or(running0, running1))) break;
    isFirst = false;
    before0 = v.select(before0, merit0, refused0);
    before1 = v.select(before1, merit1, refused1);
    if (isRefused) {
      // Lanes that were refused need the factor at the voltages before; the others wait.
      looks = false;
      continue;
    }
    if (steps % PATIENCE == 0) {
      if (steps > 0) {
        const share = v.splat(HOPELESS);
        const hopeless0 = v.and(running0, v.not(v.atMost(merit0, v.mul(mark0, share))));
        const hopeless1 = v.and(running1, v.not(v.atMost(merit1, v.mul(mark1, share))));
        end(layout, block, 0, hopeless0, STATUS_DIVERGED, steps);
        end(layout, block, 1, hopeless1, STATUS_DIVERGED, steps);
        doubtful0 = v.or(doubtful0, hopeless0);
        doubtful1 = v.or(doubtful1, hopeless1);
        running0 = v.and(running0, v.not(hopeless0));
        running1 = v.and(running1, v.not(hopeless1));
        if (!v.any(v.or(running0, running1))) break;
      }
      mark0 = merit0;
      mark1 = merit1;
    }
    if (looks) factorPass(layout, block, voltages);
    backOwn(layout, block, voltages, scale0, scale1, running0, running1);
    scale0 = doubled(scale0);
    scale1 = doubled(scale1);
    steps++;
    const short = v.splat(SHORT_STEP);
    const isShort0 = v.or(v.atMost(v.load(scratch + LONGEST), short), v.not(running0));
    const isShort1 = v.or(v.atMost(v.load(scratch + LONGEST + 16), short), v.not(running1));
    looks = v.all(v.and(isShort0, isShort1));
  }
  if (v.any(v.or(doubtful0, doubtful1))) checkFactors(layout, block, voltages, doubtful0, doubtful1);
}

/**
 * Solves every block of lanes: at most `sharedLimit` steps with the shared factor (0: none), then Newton's method for what is not solved.
 *
 * @param tolerance largest power mismatch at any bus, per unit
 * @param limit most of Newton's steps
 * @param isWarm 1: from the voltages that stand, 0: from the plan's base voltages
 * @returns the number of lanes that have not converged
 */
export function solveBalanced(layout: usize, tolerance: f64, sharedLimit: i32, limit: i32, isWarm: i32): i32 {
  const blocks = <i32>field(layout, BALANCED_BLOCKS);
  const scratch = field(layout, BALANCED_SCRATCH);
  const status = field(layout, BALANCED_STATUS);
  const iterations = field(layout, BALANCED_ITERATIONS);
  const hasChosen = field(layout, BALANCED_CHOSEN) != 0;
  const none = v.splat(0.0);
  let failed: i32 = 0;
  for (let block: i32 = 0; block < blocks; block++) {
    const voltages = field(layout, BALANCED_VOLTAGE) + <usize>block * field(layout, BALANCED_VOLTAGE_STRIDE);
    let chosen0 = v.not(none);
    let chosen1 = chosen0;
    v.store(scratch + STEPS, none);
    if (hasChosen) {
      const chosen = field(layout, BALANCED_CHOSEN) + <usize>block * VECTOR;
      chosen0 = v.greater(v.load(chosen), none);
      chosen1 = v.greater(v.load(chosen + 16), none);
      v.store(scratch + STEPS, v.load(iterations + (<usize>(block * LANES) << 2)));
    }
    if (v.any(v.or(chosen0, chosen1))) {
      v.store(scratch + REST, chosen0);
      v.store(scratch + REST + 16, chosen1);
      startVoltages(layout, block, voltages, isWarm != 0, chosen0, chosen1);
      sumPowers(layout, block);
      if (sharedLimit == 0 || sharedBlock(layout, block, voltages, tolerance, sharedLimit)) newtonBlock(layout, block, voltages, tolerance, limit);
    }
    for (let lane: i32 = 0; lane < LANES; lane++) {
      if (load<i32>(status + (<usize>(block * LANES + lane) << 2)) != STATUS_CONVERGED) failed++;
    }
  }
  return failed;
}
