// Three-phase Newton in current form: F(V) = Y V + I_legs(V) - I_sources = 0 in rectangular coordinates.
//
// Steps an iteration: residual; mismatch |F| |V| a node; lanes below tolerance stop; a lane whose mismatch rose goes back along its step (halving);
// the others take J = [G -B; B G] + dI_legs/dV, factor it, and step by -J^-1 F.
//
// Loads' laws may jump at the ends of their voltage windows (constant current below its window is not what it is within). A step across a jump brings a larger mismatch
// though it leads to the solution; halving it for ever would creep up to the jump and no further. Where the mismatch is smooth, halving the step brings what it rose by
// down to a quarter; where it hardly comes down, the step has crossed a jump, and the lane goes on from beyond.
import {
  FIELD_ACTIVE,
  FIELD_BASE,
  FIELD_BLOCKS,
  FIELD_CONSTANT,
  FIELD_CONSTANT_STRIDE,
  FIELD_CONTROL_COUNT,
  FIELD_FLOOR,
  FIELD_HISTORY,
  FIELD_INJECTION,
  FIELD_ITERATIONS,
  FIELD_JACOBIAN,
  FIELD_LEGS,
  FIELD_LU_COUNT,
  FIELD_MISMATCH,
  FIELD_NODES,
  FIELD_OWN_COUNT,
  FIELD_POWER,
  FIELD_STATUS,
  FIELD_STEP,
  FIELD_VOLTAGE,
  FIELD_WORK,
  FIELD_Y_INDEX,
  FIELD_Y_POSITION,
  FIELD_Y_START,
  FIELD_Y_VALUE,
  STATUS_CONVERGED,
  STATUS_DIVERGED,
  STATUS_ISLANDED,
  STATUS_ITERATION_LIMIT,
} from '../src/powerflow/kernel-layout';
import { factorBlocks, solveBlocks } from './block-lu';
import { actControls, failures, startControls } from './lane-controls';
import * as v from './lanes';
import { blockBytes, field, legDerivatives, legInjections } from './legs';
import { ownJacobian, ownResidual, setUpOwn } from './newton-lanes';

const BLOWN_UP: f64 = 1e30;

/** work = I_sources + injected by legs - Y V (that is, -F); `injection` holds the first two terms on entry. */
function residual(layout: usize, voltage: usize, injection: usize, work: usize): void {
  const nodes = field(layout, FIELD_NODES);
  const start = field(layout, FIELD_Y_START);
  const index = field(layout, FIELD_Y_INDEX);
  const value = field(layout, FIELD_Y_VALUE);
  let entry = <usize>load<u32>(start);
  for (let k: usize = 0; k < nodes; k++) {
    const end = <usize>load<u32>(start + ((k + 1) << 2));
    const own = k << 5;
    let fr = v.load(injection + own);
    let fi = v.load(injection + own + 16);
    for (; entry < end; entry++) {
      const at = voltage + <usize>load<u32>(index + (entry << 2));
      const g = v.spread(value + (entry << 4));
      const b = v.spread(value + (entry << 4) + 8);
      const vr = v.load(at);
      const vi = v.load(at + 16);
      fr = v.sub(fr, v.sub(v.mul(g, vr), v.mul(b, vi)));
      fi = v.sub(fi, v.add(v.mul(g, vi), v.mul(b, vr)));
    }
    v.store(work + own, fr);
    v.store(work + own + 16, fi);
  }
  ownResidual(layout, voltage, work);
}

/** Largest power missing at a node beyond what is rounding there, VA; what the first lane misses in all is stored at `plain` unless that is 0. */
function largestMismatch(layout: usize, voltage: usize, work: usize, plain: usize): v128 {
  const nodes = field(layout, FIELD_NODES);
  const floor = field(layout, FIELD_FLOOR);
  const none = v.splat(0.0);
  const blownUp = v.splat(BLOWN_UP);
  let most = none;
  let whole = none;
  let lost = none;
  for (let k: usize = 0; k < nodes; k++) {
    const own = k << 5;
    const fr = v.load(work + own);
    const fi = v.load(work + own + 16);
    const vr = v.load(voltage + own);
    const vi = v.load(voltage + own + 16);
    const size = v.sqrt(v.mul(v.add(v.mul(fr, fr), v.mul(fi, fi)), v.add(v.mul(vr, vr), v.mul(vi, vi))));
    most = v.larger(v.sub(size, v.spread(floor + (k << 3))), most);
    whole = v.larger(size, whole);
    lost = v.or(lost, v.not(v.atMost(size, blownUp)));
  }
  if (plain) store<f64>(plain, v.lane(v.select(v.splat(Infinity), whole, lost), 0));
  return v.select(v.splat(Infinity), most, lost);
}

/** The Jacobian's blocks from Y and the legs. */
function assemble(layout: usize, voltage: usize, power: usize, scratch: usize): void {
  const nodes = field(layout, FIELD_NODES);
  const count = field(layout, FIELD_LU_COUNT);
  const jacobian = field(layout, FIELD_JACOBIAN);
  memory.fill(jacobian, 0, (nodes + 2 * count + 1) << 6);
  const entries = <usize>load<u32>(field(layout, FIELD_Y_START) + (nodes << 2));
  const value = field(layout, FIELD_Y_VALUE);
  const position = field(layout, FIELD_Y_POSITION);
  const none = v.splat(0.0);
  for (let entry: usize = 0; entry < entries; entry++) {
    const at = jacobian + ((<usize>load<u32>(position + (entry << 2))) << 6);
    const g = v.spread(value + (entry << 4));
    const b = v.spread(value + (entry << 4) + 8);
    v.store(at, g);
    v.store(at + 16, v.sub(none, b));
    v.store(at + 32, b);
    v.store(at + 48, g);
  }
  ownJacobian(layout, jacobian);
  legDerivatives(layout, voltage, power, jacobian, scratch);
}

/**
 * Solves one block by Newton's method from the voltages in the memory.
 *
 * @param tolerance largest power mismatch allowed at any node, VA
 * @param limit most iterations
 * @param acceleration each step is multiplied by this; 1 for Newton's own
 * @param chosen mask of the lanes to solve; the others keep what they have
 * @param again whether they have been solved before, so that their iterations add up
 */
function solveBlock(layout: usize, block: i32, tolerance: f64, limit: i32, acceleration: f64, chosen: v128, again: bool): void {
  const nodes = field(layout, FIELD_NODES);
  const bytes = blockBytes(nodes);
  const legBytes = field(layout, FIELD_LEGS) * 32;
  const injection = field(layout, FIELD_INJECTION);
  const work = field(layout, FIELD_WORK);
  const scratch = work + bytes;
  const step = field(layout, FIELD_STEP);
  const base = field(layout, FIELD_BASE);
  const history = field(layout, FIELD_HISTORY);
  const bound = v.splat(tolerance);
  const none = v.splat(0.0);
  const full = v.splat(acceleration);
  const half = v.splat(0.5);
  const shortest = v.splat(0.01);
  const jump = v.splat(0.9);
  const voltage = field(layout, FIELD_VOLTAGE) + <usize>block * bytes;
  const constant = field(layout, FIELD_CONSTANT) + <usize>block * field(layout, FIELD_CONSTANT_STRIDE);
  const power = field(layout, FIELD_POWER) + <usize>block * legBytes;
  const status = field(layout, FIELD_STATUS) + <usize>block * v.LANES * 4;
  const iterations = field(layout, FIELD_ITERATIONS) + <usize>block * v.LANES * 4;
  const mismatch = field(layout, FIELD_MISMATCH) + <usize>block * v.LANES * 8;
  const active = field(layout, FIELD_ACTIVE);
  let running = chosen;
  if (active) running = v.and(chosen, v.greater(v.load(active + <usize>block * v.LANES * 8), none));
  for (let lane: i32 = 0; lane < v.LANES; lane++) {
    if (!v.any(v.and(chosen, v.laneMask(lane)))) continue;
    const at = (<usize>lane) << 2;
    const solved = v.any(v.and(running, v.laneMask(lane)));
    store<i32>(status + at, solved ? STATUS_ITERATION_LIMIT : STATUS_ISLANDED);
    store<i32>(iterations + at, (again ? load<i32>(iterations + at) : 0) + (solved ? limit : 0));
  }
  if (field(layout, FIELD_OWN_COUNT) > 0) setUpOwn(layout, block, voltage);
  let length = full;
  let before = v.splat(Infinity);
  let tried = v.splat(Infinity);
  let most = v.splat(Infinity);
  for (let iteration: i32 = v.any(running) ? 0 : limit + 1; iteration <= limit; iteration++) {
    memory.copy(injection, constant, bytes);
    legInjections(layout, voltage, power, injection, scratch);
    residual(layout, voltage, injection, work);
    const now = largestMismatch(layout, voltage, work, block == 0 ? history + ((<usize>iteration) << 3) : 0);
    most = v.select(now, most, running);
    const done = v.and(v.atMost(now, bound), running);
    // A first mismatch that is not finite cannot be mended; a later one is a step too long.
    const lost = v.and(v.and(v.not(v.atMost(now, v.splat(BLOWN_UP))), running), v.not(v.atMost(before, v.splat(BLOWN_UP))));
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
    if (iteration == limit) break;
    // Lanes whose mismatch rose go back along the last step, as long as it is not too short already and has crossed no jump.
    const rise = v.sub(now, before);
    const crossed = v.greater(rise, v.mul(jump, tried));
    const back = v.and(v.and(v.and(v.not(v.atMost(now, before)), running), v.greater(length, shortest)), v.not(crossed));
    const ahead = v.and(running, v.not(back));
    tried = v.select(rise, v.splat(Infinity), back);
    if (v.any(ahead)) {
      assemble(layout, voltage, power, scratch);
      factorBlocks(layout);
      solveBlocks(layout, work);
    }
    length = v.select(v.mul(length, half), full, back);
    before = v.select(before, now, back);
    for (let k: usize = 0; k < 2 * nodes; k++) {
      const at = k << 4;
      const old = v.load(voltage + at);
      const from = v.select(old, v.load(base + at), ahead);
      const by = v.select(v.load(work + at), v.load(step + at), ahead);
      v.store(base + at, from);
      v.store(step + at, by);
      v.store(voltage + at, v.select(v.add(from, v.mul(length, by)), old, running));
    }
  }
  for (let lane: i32 = 0; lane < v.LANES; lane++) {
    if (v.any(v.and(chosen, v.laneMask(lane)))) store<f64>(mismatch + ((<usize>lane) << 3), v.lane(most, lane));
  }
}

/**
 * Solves every block by Newton's method from the voltages in the memory; where there are controls, lanes in which they act are solved again until they settle.
 *
 * @param tolerance largest power mismatch allowed at any node, VA
 * @param limit most iterations of each power flow
 * @param acceleration each step is multiplied by this; 1 for Newton's own
 * @returns the number of lanes that did not converge and settle
 */
export function solveNewton(layout: usize, tolerance: f64, limit: i32, acceleration: f64): i32 {
  const blocks = <i32>field(layout, FIELD_BLOCKS);
  const controlled = field(layout, FIELD_CONTROL_COUNT) > 0;
  const every = v.not(v.splat(0.0));
  let failed: i32 = 0;
  for (let block: i32 = 0; block < blocks; block++) {
    if (controlled) startControls(layout, block);
    solveBlock(layout, block, tolerance, limit, acceleration, every, false);
    if (controlled) {
      let acting = actControls(layout, block);
      while (v.any(acting)) {
        solveBlock(layout, block, tolerance, limit, acceleration, acting, true);
        acting = actControls(layout, block);
      }
    }
    failed += failures(layout, block);
  }
  return failed;
}
