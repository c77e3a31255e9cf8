// The chord method, one pass up and one down an iteration: blocks on a tree, or on a meshed grid on several others each.
//
//   up:    J_c = own + folded below,   J_p += B J_c
//   down:  V_c = A V_p + Z J_c,  and at once what the legs of block c inject at V_c, compared with what they injected before
// A solution of M V = I ends with V, so what is missing at a node is the injection at V less the one that made V; its size times |V| is the mismatch.
// Coefficients of a block stand as B (parent columns x rows), A (rows x parent columns), Z (rows x rows), each entry rr, ri, ir, ii.
//
// In single precision all V and J are distances from the base case's. A V_p + Z J_c is linear, so that it is the same for distances; the injection less the base
// case's is had by starting each sum at the negative of that (`constant`).
import {
  CHORD_LEGS,
  CHORD_PATIENCE,
  CHORD_RECORD,
  FIELD_BLOCKS,
  FIELD_CHORD_BASE,
  FIELD_CHORD_CLEAR_COUNT,
  FIELD_CHORD_CLEAR_LIST,
  FIELD_CHORD_FORESIGHT,
  FIELD_CHORD_LOOSE_COUNT,
  FIELD_CHORD_LOOSE_LIST,
  FIELD_CHORD_OPEN_COUNT,
  FIELD_CHORD_OPEN_LIST,
  FIELD_CONSTANT,
  FIELD_CONSTANT_STRIDE,
  FIELD_CONTROL_COUNT,
  FIELD_HISTORY,
  FIELD_INJECTION,
  FIELD_ITERATIONS,
  FIELD_LANE_COUNT,
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
  TREE_ONE_WIDE,
  TREE_ROOT,
  TREE_THREE,
  TREE_THREE_WIDE,
  TREE_TWO,
  TREE_TWO_OF_ONE,
  TREE_TWO_OF_THREE,
  TREE_TWO_WIDE,
} from '../src/powerflow/kernel-layout';
import { compare, legsOf, spans, startFromBase } from './chord-block-legs';
import { downFew, downGeneral, downOne, downThree, downTwoOfOne, gather, SOME, upGeneral, upOne, upThree, upTwo } from './chord-blocks';
import { laneBackward, laneForward, laneInjections, laneValues, setUpLanes } from './chord-lanes';
import { downFewWide, downThreeWide, upFewWide, upThreeWide } from './chord-wide';
import { ENTRY } from './coefficients';
import { actControls, failures, startControls } from './lane-controls';
import * as v from './lanes';
import { blockBytes, field, halfVoltage, legInjections } from './legs';

/** Beyond this many VA, squared, a lane has blown up. */
const BLOWN_UP: f64 = 1e36;
/** A mismatch of less than a hundred times the tolerance, squared, is near it: rounding may make its pace uneven there. */
const NEAR: f64 = 1e4;
const RECORD: usize = CHORD_RECORD * 4;

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
    } else if (kind == TREE_THREE_WIDE) {
      if (some) upThreeWide(record, flags, b, own, folded);
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
    } else if (kind == TREE_ONE_WIDE) {
      if (some) upFewWide(record, flags, b, own, folded, 1);
    } else if (kind == TREE_TWO_WIDE) {
      if (some) upFewWide(record, flags, b, own, folded, 2);
    } else {
      gather(record, flags, own, folded);
      if (!v.SINGLE && kind == TREE_LANES) laneBackward(record, values, folded);
      else if (kind == TREE_GENERAL) upGeneral(record, b, folded);
    }
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
    else if (kind == TREE_THREE_WIDE) downThreeWide(record, flags, c, voltage, own, folded, scratch, running, all);
    else if (kind == TREE_ONE) downOne(record, flags, c + ENTRY, voltage, own, folded, running, all);
    else if (kind == TREE_ONE_OF_THREE) downFew(record, flags, c + 3 * ENTRY, 1, 3, voltage, own, folded, running, all);
    else if (kind == TREE_TWO_OF_THREE) downFew(record, flags, c + 6 * ENTRY, 2, 3, voltage, own, folded, running, all);
    else if (kind == TREE_TWO) downFew(record, flags, c + 4 * ENTRY, 2, 2, voltage, own, folded, running, all);
    else if (kind == TREE_TWO_OF_ONE) downTwoOfOne(record, flags, c + 2 * ENTRY, voltage, own, folded, running, all);
    else if (kind == TREE_ONE_OF_TWO) downFew(record, flags, c + 2 * ENTRY, 1, 2, voltage, own, folded, running, all);
    else if (kind == TREE_ONE_WIDE) downFewWide(record, flags, c, 1, voltage, own, folded, running, all);
    else if (kind == TREE_TWO_WIDE) downFewWide(record, flags, c, 2, voltage, own, folded, running, all);
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

/** Whether a lane far from the bound misses it even 2^foresight steps on at the pace of its last step, from mismatch `before` to `now`; all are squares. */
function tooSlow(now: v128, before: v128, bound: v128, foresight: usize): v128 {
  let pace = v.div(now, before);
  for (let k: usize = 0; k < foresight; k++) pace = v.mul(pace, pace);
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
  const foresight = field(layout, FIELD_CHORD_FORESIGHT);
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
    const slow = v.and(tooSlow(now, before, bound, foresight), running);
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
