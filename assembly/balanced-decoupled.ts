// The decoupled power flows of balanced grids over lanes: fast decoupled, and DC. Factors are shared by all lanes, with one unknown a row (decoupled-plan.ts).
//
//   B' da = lack P / |V|, V <- V e^(j da) with Cayley's rotation;   B'' dm = lack Q / |V|, |V| <- |V| + dm
// A pass looks at all rows in the order of one half's elimination, and goes forward through that half's factor as it does; the way back moves the voltages.
// Mismatches are looked at after each half step. Lanes do not see each other: one that has converged, or is lost, is frozen by a mask.
import {
  BALANCED_ADMITTANCE,
  BALANCED_ANGLE,
  BALANCED_ANGLE_STRIDE,
  BALANCED_BLOCKS,
  BALANCED_CONSTANT,
  BALANCED_INVERSE,
  BALANCED_ITERATIONS,
  BALANCED_POWER,
  BALANCED_POWER_STRIDE,
  BALANCED_Q_ADMITTANCE,
  BALANCED_Q_BACKWARD,
  BALANCED_Q_FORWARD,
  BALANCED_Q_LOWER,
  BALANCED_Q_ROWS,
  BALANCED_Q_UPPER,
  BALANCED_RIGHT,
  BALANCED_ROWS,
  BALANCED_SCHEDULED,
  BALANCED_SCRATCH,
  BALANCED_SHARED_BACKWARD,
  BALANCED_SHARED_FORWARD,
  BALANCED_SHARED_LOWER,
  BALANCED_SHARED_UPPER,
  BALANCED_STATUS,
  BALANCED_VOLTAGE,
  BALANCED_VOLTAGE_STRIDE,
} from '../src/powerflow/balanced/lane-layout';
import { STATUS_CONVERGED, STATUS_DIVERGED, STATUS_ITERATION_LIMIT } from '../src/powerflow/kernel-layout';
import { end, LANES, moveHalf, REST, see, startVoltages, STEPS, sumPowers, TOTAL } from './balanced';
import { COLUMN, VECTOR } from './balanced-rows';
import * as v from './lanes';
import { field } from './legs';

/** A sum of squares beyond this is no power flow any more: mismatches of 1e9 per unit. */
const LOST: f64 = 1e18;
/** What is beyond this is no number. */
const MOST: f64 = 1e300;

/** 1 / |V| at the rows' buses. */
function invertMagnitudes(layout: usize, voltages: usize): void {
  let inverse = field(layout, BALANCED_INVERSE);
  const unit = v.splat(1.0);
  for (let k = field(layout, BALANCED_ROWS); k > 0; k--, voltages += COLUMN, inverse += VECTOR) {
    for (let half: usize = 0; half < VECTOR; half += 16) {
      const e = v.load(voltages + half);
      const f = v.load(voltages + VECTOR + half);
      v.store(inverse + half, v.div(unit, v.sqrt(v.add(v.mul(e, e), v.mul(f, f)))));
    }
  }
}

/** Looks at all rows in the order of one half (`active`: the P half) and goes forward through its factor. The largest square and the sum of squares stand in the scratch array. */
@inline
function pass(layout: usize, voltages: usize, words: usize, y: usize, lower: usize, active: bool): void {
  const rights = field(layout, BALANCED_RIGHT);
  const scheduleds = field(layout, BALANCED_SCHEDULED);
  const inverses = field(layout, BALANCED_INVERSE);
  const total = field(layout, BALANCED_SCRATCH) + TOTAL;
  let right = rights;
  let worst0 = v.splat(0.0);
  let worst1 = worst0;
  let sum0 = worst0;
  let sum1 = worst0;
  for (let k = field(layout, BALANCED_ROWS); k > 0; k--) {
    const hasQ = load<i32>(words) == 2;
    const own = <usize>load<u32>(words, 4);
    let neighbours = <usize>load<u32>(words, 8);
    let lowers = <usize>load<u32>(words, 12);
    words += 16;
    const voltage = voltages + own;
    const inverse = inverses + (own >> 1);
    const gOwn = v.spread(y);
    const bOwn = v.spread(y + 8);
    let re0 = v.sub(v.mul(gOwn, v.loadAt(voltage, 0)), v.mul(bOwn, v.loadAt(voltage, 32)));
    let re1 = v.sub(v.mul(gOwn, v.loadAt(voltage, 16)), v.mul(bOwn, v.loadAt(voltage, 48)));
    let im0 = v.add(v.mul(gOwn, v.loadAt(voltage, 32)), v.mul(bOwn, v.loadAt(voltage, 0)));
    let im1 = v.add(v.mul(gOwn, v.loadAt(voltage, 48)), v.mul(bOwn, v.loadAt(voltage, 16)));
    y += 16;
    for (; neighbours > 0; neighbours--, words += 4, y += 16) {
      const at = voltages + <usize>load<u32>(words);
      const g = v.spread(y);
      const b = v.spread(y + 8);
      const e0 = v.loadAt(at, 0);
      const f0 = v.loadAt(at, 32);
      re0 = v.add(re0, v.sub(v.mul(g, e0), v.mul(b, f0)));
      im0 = v.add(im0, v.add(v.mul(g, f0), v.mul(b, e0)));
      const e1 = v.loadAt(at, 16);
      const f1 = v.loadAt(at, 48);
      re1 = v.add(re1, v.sub(v.mul(g, e1), v.mul(b, f1)));
      im1 = v.add(im1, v.add(v.mul(g, f1), v.mul(b, e1)));
    }
    const scheduled = scheduleds + own;
    let x0 = v.sub(v.loadAt(scheduled, 0), v.add(v.mul(v.loadAt(voltage, 0), re0), v.mul(v.loadAt(voltage, 32), im0)));
    let x1 = v.sub(v.loadAt(scheduled, 16), v.add(v.mul(v.loadAt(voltage, 16), re1), v.mul(v.loadAt(voltage, 48), im1)));
    const p0 = v.mul(x0, x0);
    const p1 = v.mul(x1, x1);
    worst0 = v.larger(p0, worst0);
    worst1 = v.larger(p1, worst1);
    sum0 = v.add(sum0, p0);
    sum1 = v.add(sum1, p1);
    if (hasQ) {
      const lack0 = v.sub(v.loadAt(scheduled, 32), v.sub(v.mul(v.loadAt(voltage, 32), re0), v.mul(v.loadAt(voltage, 0), im0)));
      const lack1 = v.sub(v.loadAt(scheduled, 48), v.sub(v.mul(v.loadAt(voltage, 48), re1), v.mul(v.loadAt(voltage, 16), im1)));
      const q0 = v.mul(lack0, lack0);
      const q1 = v.mul(lack1, lack1);
      worst0 = v.larger(q0, worst0);
      worst1 = v.larger(q1, worst1);
      sum0 = v.add(sum0, q0);
      sum1 = v.add(sum1, q1);
      if (!active) {
        x0 = lack0;
        x1 = lack1;
      }
    }
    if (active || hasQ) {
      x0 = v.mul(x0, v.loadAt(inverse, 0));
      x1 = v.mul(x1, v.loadAt(inverse, 16));
      for (; lowers > 0; lowers--, words += 4, lower += 8) {
        const before = rights + <usize>load<u32>(words);
        const l = v.spread(lower);
        x0 = v.sub(x0, v.mul(l, v.loadAt(before, 0)));
        x1 = v.sub(x1, v.mul(l, v.loadAt(before, 16)));
      }
      const diagonal = v.spread(lower);
      lower += 8;
      v.storeAt(right, v.mul(x0, diagonal), 0);
      v.storeAt(right, v.mul(x1, diagonal), 16);
      right += VECTOR;
    }
  }
  v.storeAt(total, worst0, 0);
  v.storeAt(total, worst1, 16);
  v.storeAt(total, sum0, 32);
  v.storeAt(total, sum1, 48);
}

/** The pass before a step of the angles. */
function activePass(layout: usize, voltages: usize): void {
  pass(layout, voltages, field(layout, BALANCED_SHARED_FORWARD), field(layout, BALANCED_ADMITTANCE), field(layout, BALANCED_SHARED_LOWER), true);
}

/** The pass before a step of the magnitudes. */
function reactivePass(layout: usize, voltages: usize): void {
  pass(layout, voltages, field(layout, BALANCED_Q_FORWARD), field(layout, BALANCED_Q_ADMITTANCE), field(layout, BALANCED_Q_LOWER), false);
}

/** Back substitution of one half, row by row from the last, and its step of the lanes that run. Of the Q half: in which lanes no magnitude has come to 0 stands in the scratch array. */
@inline
function back(layout: usize, voltages: usize, words: usize, upper: usize, rows: usize, running0: v128, running1: v128, active: bool): void {
  const rights = field(layout, BALANCED_RIGHT);
  const inverses = field(layout, BALANCED_INVERSE);
  const none = v.splat(0.0);
  const unit = v.splat(1.0);
  let upright0 = v.not(none);
  let upright1 = upright0;
  for (let k = rows; k-- > 0; ) {
    const own = <usize>load<u32>(words);
    let uppers = <usize>load<u32>(words, 4);
    words += 8;
    const right = rights + k * VECTOR;
    let x0 = v.loadAt(right, 0);
    let x1 = v.loadAt(right, 16);
    for (; uppers > 0; uppers--, words += 4, upper += 8) {
      const behind = rights + <usize>load<u32>(words);
      const u = v.spread(upper);
      x0 = v.sub(x0, v.mul(u, v.loadAt(behind, 0)));
      x1 = v.sub(x1, v.mul(u, v.loadAt(behind, 16)));
    }
    v.storeAt(right, x0, 0);
    v.storeAt(right, x1, 16);
    const voltage = voltages + own;
    if (active) {
      moveHalf(voltage, 0, x0, x0, false, running0, 0);
      moveHalf(voltage, 0, x1, x1, false, running1, 16);
    } else {
      const inverse = inverses + (own >> 1);
      const factor0 = v.add(unit, v.mul(x0, v.loadAt(inverse, 0)));
      const factor1 = v.add(unit, v.mul(x1, v.loadAt(inverse, 16)));
      upright0 = v.and(upright0, v.greater(factor0, none));
      upright1 = v.and(upright1, v.greater(factor1, none));
      stretchHalf(voltage, inverse, factor0, running0, 0);
      stretchHalf(voltage, inverse, factor1, running1, 16);
    }
  }
  if (!active) {
    const masks = field(layout, BALANCED_SCRATCH) + REST;
    v.store(masks, upright0);
    v.store(masks + 16, upright1);
  }
}

/** Stretches voltages by a factor in one half of the lanes. */
@inline
function stretchHalf(voltage: usize, inverse: usize, factor: v128, running: v128, half: usize): void {
  const e = v.loadAt(voltage, half);
  const f = v.loadAt(voltage, 32 + half);
  const before = v.loadAt(inverse, half);
  v.storeAt(voltage, v.select(v.mul(e, factor), e, running), half);
  v.storeAt(voltage, v.select(v.mul(f, factor), f, running), 32 + half);
  v.storeAt(inverse, v.select(v.div(before, factor), before, running), half);
}

function moveAngles(layout: usize, voltages: usize, running0: v128, running1: v128): void {
  back(layout, voltages, field(layout, BALANCED_SHARED_BACKWARD), field(layout, BALANCED_SHARED_UPPER), field(layout, BALANCED_ROWS), running0, running1, true);
}

function moveMagnitudes(layout: usize, voltages: usize, running0: v128, running1: v128): void {
  back(layout, voltages, field(layout, BALANCED_Q_BACKWARD), field(layout, BALANCED_Q_UPPER), field(layout, BALANCED_Q_ROWS), running0, running1, false);
}

/** Notes what a pass has seen; lanes of one half that have converged, or are lost, come to an end. Returns the lanes that go on. */
function judge(layout: usize, block: i32, half: i32, running: v128, upright: v128, bound: f64, steps: i32): v128 {
  const total = field(layout, BALANCED_SCRATCH) + TOTAL + (<usize>half << 4);
  see(layout, block, half, running);
  const sound = v.and(v.atMost(v.load(total + VECTOR), v.splat(LOST)), upright);
  const finished = v.and(v.and(v.atMost(v.load(total), v.splat(bound)), sound), running);
  const gone = v.and(v.not(sound), running);
  end(layout, block, half, finished, STATUS_CONVERGED, steps);
  end(layout, block, half, gone, STATUS_DIVERGED, steps);
  return v.and(running, v.and(sound, v.not(finished)));
}

/** Solves the lanes of one block, from the voltages that stand. */
function decoupledBlock(layout: usize, block: i32, voltages: usize, tolerance: f64, limit: i32): void {
  const bound = tolerance * tolerance;
  const masks = field(layout, BALANCED_SCRATCH) + REST;
  const every = v.not(v.splat(0.0));
  let running0 = every;
  let running1 = every;
  v.store(masks, every);
  v.store(masks + 16, every);
  for (let steps: i32 = 0; ; ) {
    activePass(layout, voltages);
    running0 = judge(layout, block, 0, running0, v.load(masks), bound, steps);
    running1 = judge(layout, block, 1, running1, v.load(masks + 16), bound, steps);
    if (!v.any(v.or(running0, running1))) return;
    if (steps == limit) {
      end(layout, block, 0, running0, STATUS_ITERATION_LIMIT, steps);
      end(layout, block, 1, running1, STATUS_ITERATION_LIMIT, steps);
      return;
    }
    steps++;
    moveAngles(layout, voltages, running0, running1);
    reactivePass(layout, voltages);
    running0 = judge(layout, block, 0, running0, every, bound, steps);
    running1 = judge(layout, block, 1, running1, every, bound, steps);
    if (!v.any(v.or(running0, running1))) return;
    moveMagnitudes(layout, voltages, running0, running1);
  }
}

/**
 * Solves every block of lanes by the fast decoupled power flow.
 *
 * @param tolerance largest power mismatch at any bus, per unit
 * @param limit most iterations, each a step of the angles and one of the magnitudes
 * @param isWarm 1: from the voltages that stand, 0: from the plan's base voltages
 * @returns the number of lanes that did not converge
 */
export function solveDecoupled(layout: usize, tolerance: f64, limit: i32, isWarm: i32): i32 {
  const blocks = <i32>field(layout, BALANCED_BLOCKS);
  const status = field(layout, BALANCED_STATUS);
  const every = v.not(v.splat(0.0));
  let failed: i32 = 0;
  v.store(field(layout, BALANCED_SCRATCH) + STEPS, v.splat(0.0));
  for (let block: i32 = 0; block < blocks; block++) {
    const voltages = field(layout, BALANCED_VOLTAGE) + <usize>block * field(layout, BALANCED_VOLTAGE_STRIDE);
    startVoltages(layout, block, voltages, isWarm != 0, every, every);
    sumPowers(layout, block);
    invertMagnitudes(layout, voltages);
    decoupledBlock(layout, block, voltages, tolerance, limit);
    for (let lane: i32 = 0; lane < LANES; lane++) {
      if (load<i32>(status + (<usize>(block * LANES + lane) << 2)) != STATUS_CONVERGED) failed++;
    }
  }
  return failed;
}

/** Angles of one block; returns the sum of their squares by lanes at `sums`. */
function dcBlock(layout: usize, power: usize, angles: usize, sums: usize): void {
  const rows = field(layout, BALANCED_ROWS);
  let words = field(layout, BALANCED_SHARED_FORWARD);
  let lower = field(layout, BALANCED_SHARED_LOWER);
  let constant = field(layout, BALANCED_CONSTANT);
  const last = angles + rows * VECTOR;
  for (let angle = angles; angle < last; angle += VECTOR, constant += 8) {
    let x0 = v.spread(constant);
    let x1 = x0;
    let count = <usize>load<u32>(words);
    words += 4;
    for (; count > 0; count--, words += 4) {
      const from = power + <usize>load<u32>(words);
      x0 = v.add(x0, v.loadAt(from, 0));
      x1 = v.add(x1, v.loadAt(from, 16));
    }
    count = <usize>load<u32>(words);
    words += 4;
    for (; count > 0; count--, words += 4, lower += 8) {
      const before = angles + <usize>load<u32>(words);
      const l = v.spread(lower);
      x0 = v.sub(x0, v.mul(l, v.loadAt(before, 0)));
      x1 = v.sub(x1, v.mul(l, v.loadAt(before, 16)));
    }
    const diagonal = v.spread(lower);
    lower += 8;
    v.storeAt(angle, v.mul(x0, diagonal), 0);
    v.storeAt(angle, v.mul(x1, diagonal), 16);
  }
  words = field(layout, BALANCED_SHARED_BACKWARD);
  let upper = field(layout, BALANCED_SHARED_UPPER);
  let sum0 = v.splat(0.0);
  let sum1 = sum0;
  for (let angle = last; angle > angles; ) {
    angle -= VECTOR;
    let x0 = v.loadAt(angle, 0);
    let x1 = v.loadAt(angle, 16);
    let count = <usize>load<u32>(words);
    words += 4;
    for (; count > 0; count--, words += 4, upper += 8) {
      const behind = angles + <usize>load<u32>(words);
      const u = v.spread(upper);
      x0 = v.sub(x0, v.mul(u, v.loadAt(behind, 0)));
      x1 = v.sub(x1, v.mul(u, v.loadAt(behind, 16)));
    }
    v.storeAt(angle, x0, 0);
    v.storeAt(angle, x1, 16);
    sum0 = v.add(sum0, v.mul(x0, x0));
    sum1 = v.add(sum1, v.mul(x1, x1));
  }
  v.storeAt(sums, sum0, 0);
  v.storeAt(sums, sum1, 16);
}

/** Solves every block of lanes by the DC power flow; returns the number of lanes in which something is no number. */
export function solveDc(layout: usize): i32 {
  const blocks = <i32>field(layout, BALANCED_BLOCKS);
  const status = field(layout, BALANCED_STATUS);
  const iterations = field(layout, BALANCED_ITERATIONS);
  const sums = field(layout, BALANCED_SCRATCH);
  const most = v.splat(MOST);
  let failed: i32 = 0;
  for (let block: i32 = 0; block < blocks; block++) {
    const power = field(layout, BALANCED_POWER) + <usize>block * field(layout, BALANCED_POWER_STRIDE);
    dcBlock(layout, power, field(layout, BALANCED_ANGLE) + <usize>block * field(layout, BALANCED_ANGLE_STRIDE), sums);
    for (let lane: i32 = 0; lane < LANES; lane++) {
      const isSound = v.any(v.and(v.atMost(v.load(sums + (<usize>(lane >> 1) << 4)), most), v.laneMask(lane & 1)));
      const at = <usize>(block * LANES + lane) << 2;
      store<i32>(status + at, isSound ? STATUS_CONVERGED : STATUS_DIVERGED);
      store<i32>(iterations + at, 1);
      if (!isSound) failed++;
    }
  }
  return failed;
}
