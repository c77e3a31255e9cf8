// Fixed-point current injection: V <- Y^-1 I(V), by the tree (sweep) or by shared sparse factors (injection).
//
// The mismatch falls out of the iteration: since Y V_k = I(V_k-1), what is missing at a node is I(V_k) - I(V_k-1). It is taken as power, |dI| |V|, at every
// node that a leg touches; elsewhere I does not change. A lane stops, for good, at its own mismatch; no lane sees another.
import {
  FIELD_BLOCKS,
  FIELD_CONSTANT,
  FIELD_CONSTANT_STRIDE,
  FIELD_HISTORY,
  FIELD_INJECTION,
  FIELD_ITERATIONS,
  FIELD_LEG_NODE_COUNT,
  FIELD_LEG_NODE_LIST,
  FIELD_LEGS,
  FIELD_MISMATCH,
  FIELD_NODES,
  FIELD_POWER,
  FIELD_PREVIOUS,
  FIELD_STATUS,
  FIELD_VOLTAGE,
  FIELD_WORK,
  SOLVER_CHORD_TREE,
  SOLVER_TREE,
  START_FLAT,
  STATUS_CONVERGED,
  STATUS_DIVERGED,
  STATUS_ITERATION_LIMIT,
} from '../src/powerflow/kernel-layout';
import { solveChordTree } from './chord-tree';
import * as v from './lanes';
import { blockBytes, field, legInjections } from './legs';
import { backwardShared, forwardShared } from './shared-lu';
import { treeBackward, treeForward } from './tree';

/** Beyond this many VA a lane has blown up. */
const BLOWN_UP: f64 = 1e36;

/**
 * Largest |dI|^2 |V|^2 over the nodes that legs touch, a lane. Unless `constant` is 0, `previous` becomes it at these nodes (elsewhere it never differs), ready
 * to take the next injections.
 */
function mismatchSquare(layout: usize, voltage: usize, injection: usize, previous: usize, constant: usize): v128 {
  const count = field(layout, FIELD_LEG_NODE_COUNT);
  const list = field(layout, FIELD_LEG_NODE_LIST);
  let most = v.splat(0.0);
  let lost = v.splat(0.0);
  const blownUp = v.splat(BLOWN_UP);
  for (let k: usize = 0; k < count; k++) {
    const at = <usize>load<u32>(list + (k << 2));
    const dr = v.sub(v.load(injection + at), v.load(previous + at));
    const di = v.sub(v.load(injection + at + 16), v.load(previous + at + 16));
    const vr = v.load(voltage + at);
    const vi = v.load(voltage + at + 16);
    const size = v.mul(v.add(v.mul(dr, dr), v.mul(di, di)), v.add(v.mul(vr, vr), v.mul(vi, vi)));
    most = v.larger(size, most);
    lost = v.or(lost, v.not(v.atMost(size, blownUp)));
    if (constant) {
      v.store(previous + at, v.load(constant + at));
      v.store(previous + at + 16, v.load(constant + at + 16));
    }
  }
  // A NaN anywhere must not be lost in the comparison.
  most = v.select(v.splat(Infinity), most, lost);
  return most;
}

/** previous += acceleration (injection - previous): since V is linear in the injections, V moves by as much. */
function accelerate(previous: usize, injection: usize, nodes: usize, acceleration: f64): void {
  const factor = v.splat(acceleration);
  for (let k: usize = 0; k < 2 * nodes; k++) {
    const at = k << 4;
    const old = v.load(previous + at);
    v.store(previous + at, v.add(old, v.mul(factor, v.sub(v.load(injection + at), old))));
  }
}

/**
 * Solves every block to convergence.
 *
 * @param solver which linear solver: one of SOLVER_*
 * @param tolerance largest power mismatch allowed at any node, VA
 * @param limit most iterations (linear solutions)
 * @param start one of START_*; from the base case on chord trees only
 * @param acceleration each step is multiplied by this; 1 for the plain iteration; not for chord trees
 * @returns the number of lanes that did not converge
 */
export function solveFixedPoint(layout: usize, solver: i32, tolerance: f64, limit: i32, start: i32, acceleration: f64): i32 {
  if (solver == SOLVER_CHORD_TREE) return solveChordTree(layout, tolerance, limit, start);
  const nodes = field(layout, FIELD_NODES);
  const blocks = <i32>field(layout, FIELD_BLOCKS);
  const bytes = blockBytes(nodes);
  const legBytes = field(layout, FIELD_LEGS) * 32;
  // Two arrays that change places after each iteration.
  let injection = field(layout, FIELD_INJECTION);
  let previous = field(layout, FIELD_PREVIOUS);
  const work = field(layout, FIELD_WORK);
  // The scratch of the legs stands behind the work array.
  const scratch = work + bytes;
  const history = field(layout, FIELD_HISTORY);
  const bound = v.splat(tolerance * tolerance);
  const blownUp = v.splat(BLOWN_UP);
  const plain = acceleration == 1.0;
  let failed: i32 = 0;
  for (let block: i32 = 0; block < blocks; block++) {
    const voltage = field(layout, FIELD_VOLTAGE) + <usize>block * bytes;
    const constant = field(layout, FIELD_CONSTANT) + <usize>block * field(layout, FIELD_CONSTANT_STRIDE);
    const power = field(layout, FIELD_POWER) + <usize>block * legBytes;
    const status = field(layout, FIELD_STATUS) + <usize>block * v.LANES * 4;
    const iterations = field(layout, FIELD_ITERATIONS) + <usize>block * v.LANES * 4;
    const mismatch = field(layout, FIELD_MISMATCH) + <usize>block * v.LANES * 8;
    let running = v.not(v.splat(0.0));
    for (let lane: i32 = 0; lane < v.LANES; lane++) {
      store<i32>(status + ((<usize>lane) << 2), STATUS_ITERATION_LIMIT);
      store<i32>(iterations + ((<usize>lane) << 2), limit);
    }
    memory.copy(injection, constant, bytes);
    memory.copy(previous, constant, bytes);
    if (start != START_FLAT) legInjections(layout, voltage, power, previous, scratch);
    let most = blownUp;
    for (let iteration: i32 = 1; iteration <= limit; iteration++) {
      memory.copy(work, previous, bytes);
      if (solver == SOLVER_TREE) {
        treeBackward(layout, work);
        treeForward(layout, work, voltage, running);
      } else {
        forwardShared(layout, work);
        backwardShared(layout, work, voltage, running);
      }
      legInjections(layout, voltage, power, injection, scratch);
      const now = mismatchSquare(layout, voltage, injection, previous, plain ? constant : 0);
      most = v.select(now, most, running);
      if (block == 0) store<f64>(history + ((<usize>iteration) << 3), Math.sqrt(v.lane(most, 0)));
      const done = v.and(v.atMost(now, bound), running);
      const lost = v.and(v.not(v.atMost(now, blownUp)), running);
      if (v.any(v.or(done, lost))) {
        for (let lane: i32 = 0; lane < v.LANES; lane++) {
          const mask = v.laneMask(lane);
          if (v.any(v.and(done, mask))) {
            store<i32>(status + ((<usize>lane) << 2), STATUS_CONVERGED);
            store<i32>(iterations + ((<usize>lane) << 2), iteration);
          } else if (v.any(v.and(lost, mask))) {
            store<i32>(status + ((<usize>lane) << 2), STATUS_DIVERGED);
            store<i32>(iterations + ((<usize>lane) << 2), iteration);
          }
        }
        running = v.and(running, v.not(v.or(done, lost)));
        if (!v.any(running)) break;
      }
      if (plain) {
        const next = previous;
        previous = injection;
        injection = next;
      } else {
        accelerate(previous, injection, nodes, acceleration);
        memory.copy(injection, constant, bytes);
      }
    }
    for (let lane: i32 = 0; lane < v.LANES; lane++) {
      store<f64>(mismatch + ((<usize>lane) << 3), Math.sqrt(v.lane(most, lane)));
      if (load<i32>(status + ((<usize>lane) << 2)) != STATUS_CONVERGED) failed++;
    }
  }
  return failed;
}
