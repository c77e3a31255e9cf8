/**
 * The kernels once more as a plain scalar program: TypeScript, one scenario after the other, on the same plan and the same memory.
 *
 * It is the yardstick of the benches (`scalarMicroseconds`: what the same work costs without lanes) and the oracle of the tests: its results equal those of
 * the other backends to rounding. What each step means stands in assembly/fixed-point.ts and assembly/newton.ts.
 */
import * as layout from './kernel-layout.js';
import type { KernelBackend, KernelExports } from './kernels.js';
import { chordChangeSquare, isTooSlow } from './scalar-chord.js';
import { factorComplex, factorJacobian, solveComplex, solveJacobian } from './scalar-factors.js';
import { ScalarControls } from './scalar-lane-controls.js';
import { injectTaps, laneValuesAt, setUpTaps } from './scalar-lanes.js';
import { addLegDerivatives, injectLegs, ScalarMemory } from './scalar-legs.js';
import { ownJacobian, ownResidual, setUpOwn } from './scalar-newton-lanes.js';
import { chordDown, chordUp, sweepDown, sweepUp } from './scalar-trees.js';

/** Squared VA beyond which a scenario has blown up in the fixed point; VA in Newton. */
const BLOWN_UP_SQUARE = 1e36;
const BLOWN_UP = 1e30;
const SHORTEST_STEP = 0.01;
/** Share of a rise of the mismatch that is left after its step was halved, beyond which the step has crossed a jump. */
const JUMP = 0.9;

/** Largest |dI|^2 |V|^2 over the nodes that legs touch. */
function changeSquare(memory: ScalarMemory, voltage: number, injection: number, previous: number): number {
  const { f64, i32 } = memory;
  const count = memory.count(layout.FIELD_LEG_NODE_COUNT);
  const list = memory.integers(layout.FIELD_LEG_NODE_LIST);
  let most = 0;
  for (let k = 0; k < count; k++) {
    const at = i32[list + k] >> 3;
    const dr = f64[injection + at] - f64[previous + at];
    const di = f64[injection + at + 1] - f64[previous + at + 1];
    const vr = f64[voltage + at];
    const vi = f64[voltage + at + 1];
    const size = (dr * dr + di * di) * (vr * vr + vi * vi);
    if (!(size <= BLOWN_UP_SQUARE)) return Infinity;
    if (size > most) most = size;
  }
  return most;
}

/** Where one scenario's numbers stand. */
interface Places {
  scenario: number;
  voltage: number;
  constant: number;
  power: number;
}

function finish(memory: ScalarMemory, scenario: number, status: number, iterations: number, mismatchVa: number): number {
  memory.i32[memory.integers(layout.FIELD_STATUS) + scenario] = status;
  memory.i32[memory.integers(layout.FIELD_ITERATIONS) + scenario] = iterations;
  memory.f64[memory.doubles(layout.FIELD_MISMATCH) + scenario] = mismatchVa;
  return status === layout.STATUS_CONVERGED ? 0 : 1;
}

/** Solves a scenario and, where there are controls, solves it again from its present voltages as long as they act. Returns 0 where it converged and settled, else 1. */
function solveControlled(memory: ScalarMemory, places: Places, solveOne: (again: boolean) => number): number {
  if (memory.count(layout.FIELD_CONTROL_COUNT) === 0) return solveOne(false);
  const { i32 } = memory;
  const iterations = memory.integers(layout.FIELD_ITERATIONS) + places.scenario;
  const controls = new ScalarControls(memory, places.scenario, places.voltage, places.power);
  controls.start();
  solveOne(false);
  while (controls.act()) {
    const before = i32[iterations];
    solveOne(true);
    i32[iterations] += before;
  }
  return i32[memory.integers(layout.FIELD_STATUS) + places.scenario] === layout.STATUS_CONVERGED ? 0 : 1;
}

/** Calls for every scenario; returns how many did not converge. */
function forAll(memory: ScalarMemory, solveOne: (places: Places, again: boolean) => number): number {
  const columns = 2 * (memory.count(layout.FIELD_NODES) + 1);
  const legs = 2 * memory.count(layout.FIELD_LEGS);
  const stride = memory.count(layout.FIELD_CONSTANT_STRIDE) >>> 3;
  let failed = 0;
  for (let scenario = 0; scenario < memory.count(layout.FIELD_BLOCKS); scenario++) {
    const places = {
      scenario,
      voltage: memory.doubles(layout.FIELD_VOLTAGE) + scenario * columns,
      constant: memory.doubles(layout.FIELD_CONSTANT) + scenario * stride,
      power: memory.doubles(layout.FIELD_POWER) + scenario * legs,
    };
    failed += solveControlled(memory, places, (again) => solveOne(places, again));
  }
  return failed;
}

function fixedPointOne(
  memory: ScalarMemory,
  places: Places,
  solver: number,
  tolerance: number,
  limit: number,
  start: number,
  acceleration: number,
): number {
  const { f64 } = memory;
  const { voltage, constant, power, scenario } = places;
  const columns = 2 * (memory.count(layout.FIELD_NODES) + 1);
  const injection = memory.doubles(layout.FIELD_INJECTION);
  const previous = memory.doubles(layout.FIELD_PREVIOUS);
  const work = memory.doubles(layout.FIELD_WORK);
  const history = memory.doubles(layout.FIELD_HISTORY);
  const values = laneValuesAt(memory, scenario);
  const ownTaps = solver === layout.SOLVER_CHORD_TREE && memory.count(layout.FIELD_LANE_COUNT) > 0;
  if (ownTaps) setUpTaps(memory, scenario);
  if (start !== layout.START_GIVEN) f64.copyWithin(injection, constant, constant + columns);
  if (start === layout.START_BASE) {
    const base = memory.doubles(layout.FIELD_CHORD_BASE);
    f64.copyWithin(voltage, base, base + columns - 2);
  }
  if (start === layout.START_WARM || start === layout.START_BASE) injectLegs(memory, voltage, power, injection);
  if (ownTaps) injectTaps(memory, values, voltage, injection);
  // With controls another method would have to begin with the first of many power flows.
  const patience = memory.count(layout.FIELD_CONTROL_COUNT) > 0 ? limit : layout.CHORD_PATIENCE;
  let most = BLOWN_UP_SQUARE;
  let slow = false;
  for (let iteration = 1; iteration <= limit; iteration++) {
    const before = most;
    if (acceleration === 1 || iteration === 1) f64.copyWithin(previous, injection, injection + columns);
    else for (let k = 0; k < columns - 2; k++) f64[previous + k] += acceleration * (f64[injection + k] - f64[previous + k]);
    f64.copyWithin(work, previous, previous + columns);
    if (solver === layout.SOLVER_CHORD_TREE) {
      chordUp(memory, work, values);
      chordDown(memory, work, voltage, values);
    } else if (solver === layout.SOLVER_TREE) {
      sweepUp(memory, work);
      sweepDown(memory, work, voltage);
    } else solveComplex(memory, work, voltage);
    f64.copyWithin(injection, constant, constant + columns);
    injectLegs(memory, voltage, power, injection);
    if (ownTaps) injectTaps(memory, values, voltage, injection);
    most =
      solver === layout.SOLVER_CHORD_TREE
        ? chordChangeSquare(memory, voltage, injection, previous, BLOWN_UP_SQUARE)
        : changeSquare(memory, voltage, injection, previous);
    if (scenario === 0) f64[history + iteration] = Math.sqrt(most);
    if (most <= tolerance * tolerance) return finish(memory, scenario, layout.STATUS_CONVERGED, iteration, Math.sqrt(most));
    if (!(most <= BLOWN_UP_SQUARE)) return finish(memory, scenario, layout.STATUS_DIVERGED, iteration, Math.sqrt(most));
    const slowBefore = slow;
    slow = isTooSlow(most, before, tolerance * tolerance, memory.count(layout.FIELD_CHORD_FORESIGHT));
    const isGivenUp = solver === layout.SOLVER_CHORD_TREE && slow && slowBefore && iteration > patience;
    if (isGivenUp) return finish(memory, scenario, layout.STATUS_ITERATION_LIMIT, iteration, Math.sqrt(most));
  }
  return finish(memory, scenario, layout.STATUS_ITERATION_LIMIT, limit, Math.sqrt(most));
}

/** work = I_sources + injected by legs - Y V, the first two terms of which stand at `injection`. */
export function residual(memory: ScalarMemory, voltage: number, injection: number, work: number): void {
  const { f64, i32 } = memory;
  const nodes = memory.count(layout.FIELD_NODES);
  const start = memory.integers(layout.FIELD_Y_START);
  const index = memory.integers(layout.FIELD_Y_INDEX);
  const value = memory.doubles(layout.FIELD_Y_VALUE);
  for (let k = 0; k < nodes; k++) {
    let fr = f64[injection + 2 * k];
    let fi = f64[injection + 2 * k + 1];
    for (let entry = i32[start + k]; entry < i32[start + k + 1]; entry++) {
      const at = voltage + (i32[index + entry] >> 3);
      const g = f64[value + 2 * entry];
      const b = f64[value + 2 * entry + 1];
      fr -= g * f64[at] - b * f64[at + 1];
      fi -= g * f64[at + 1] + b * f64[at];
    }
    f64[work + 2 * k] = fr;
    f64[work + 2 * k + 1] = fi;
  }
  ownResidual(memory, voltage, work);
}

/** Largest power missing beyond what is rounding at its node, and the largest missing at all, VA. */
export function largestMissing(memory: ScalarMemory, voltage: number, work: number): readonly [number, number] {
  const { f64 } = memory;
  const floor = memory.doubles(layout.FIELD_FLOOR);
  let most = 0;
  let whole = 0;
  for (let k = 0; k < memory.count(layout.FIELD_NODES); k++) {
    const fr = f64[work + 2 * k];
    const fi = f64[work + 2 * k + 1];
    const vr = f64[voltage + 2 * k];
    const vi = f64[voltage + 2 * k + 1];
    const size = Math.sqrt((fr * fr + fi * fi) * (vr * vr + vi * vi));
    if (!(size <= BLOWN_UP)) return [Infinity, Infinity];
    most = Math.max(most, size - f64[floor + k]);
    whole = Math.max(whole, size);
  }
  return [most, whole];
}

/** Writes Y and the legs' derivatives into the Jacobian's blocks. */
export function assembleJacobian(memory: ScalarMemory, voltage: number, power: number): void {
  const { f64, i32 } = memory;
  const nodes = memory.count(layout.FIELD_NODES);
  const jacobian = memory.doubles(layout.FIELD_JACOBIAN);
  f64.fill(0, jacobian, jacobian + 4 * (nodes + 2 * memory.count(layout.FIELD_LU_COUNT) + 1));
  const entries = i32[memory.integers(layout.FIELD_Y_START) + nodes];
  const value = memory.doubles(layout.FIELD_Y_VALUE);
  const position = memory.integers(layout.FIELD_Y_POSITION);
  for (let entry = 0; entry < entries; entry++) {
    const at = jacobian + 4 * i32[position + entry];
    const g = f64[value + 2 * entry];
    const b = f64[value + 2 * entry + 1];
    f64[at] = g;
    f64[at + 1] = -b;
    f64[at + 2] = b;
    f64[at + 3] = g;
  }
  ownJacobian(memory, jacobian);
  addLegDerivatives(memory, voltage, power, jacobian);
}

function newtonOne(memory: ScalarMemory, places: Places, tolerance: number, limit: number, acceleration: number): number {
  const { f64 } = memory;
  const { voltage, constant, power, scenario } = places;
  const nodes = memory.count(layout.FIELD_NODES);
  const columns = 2 * (nodes + 1);
  const [injection, work, step, base, history] = [
    layout.FIELD_INJECTION,
    layout.FIELD_WORK,
    layout.FIELD_STEP,
    layout.FIELD_BASE,
    layout.FIELD_HISTORY,
  ].map((field) => memory.doubles(field));
  const active = memory.doubles(layout.FIELD_ACTIVE);
  if (active > 0 && !(f64[active + scenario] > 0)) return finish(memory, scenario, layout.STATUS_ISLANDED, 0, Infinity);
  setUpOwn(memory, scenario, voltage);
  let length = acceleration;
  let before = Infinity;
  let tried = Infinity;
  for (let iteration = 0; ; iteration++) {
    f64.copyWithin(injection, constant, constant + columns);
    injectLegs(memory, voltage, power, injection);
    residual(memory, voltage, injection, work);
    const [now, whole] = largestMissing(memory, voltage, work);
    if (scenario === 0) f64[history + iteration] = whole;
    if (now <= tolerance) return finish(memory, scenario, layout.STATUS_CONVERGED, iteration, now);
    if (!(now <= BLOWN_UP) && !(before <= BLOWN_UP)) return finish(memory, scenario, layout.STATUS_DIVERGED, iteration, now);
    if (iteration >= limit) return finish(memory, scenario, layout.STATUS_ITERATION_LIMIT, limit, now);
    const back = !(now <= before) && length > SHORTEST_STEP && !(now - before > JUMP * tried);
    tried = back ? now - before : Infinity;
    if (back) length *= 0.5;
    else {
      assembleJacobian(memory, voltage, power);
      factorJacobian(memory);
      solveJacobian(memory, work);
      f64.copyWithin(base, voltage, voltage + 2 * nodes);
      f64.copyWithin(step, work, work + 2 * nodes);
      length = acceleration;
      before = now;
    }
    for (let k = 0; k < 2 * nodes; k++) f64[voltage + k] = f64[base + k] + length * f64[step + k];
  }
}

function instantiate(memory: WebAssembly.Memory): KernelExports {
  let views: ScalarMemory | undefined;
  let viewed = -1;
  const at = (layoutOffset: number): ScalarMemory => {
    if (!views || viewed !== layoutOffset) views = new ScalarMemory(memory, layoutOffset);
    viewed = layoutOffset;
    return views;
  };
  return {
    solveFixedPoint: (offset, solver, toleranceVa, limit, start, acceleration) =>
      forAll(at(offset), (places, again) =>
        fixedPointOne(at(offset), places, solver, toleranceVa, limit, again ? layout.START_WARM : start, acceleration),
      ),
    solveNewton: (offset, toleranceVa, limit, acceleration) =>
      forAll(at(offset), (places) => newtonOne(at(offset), places, toleranceVa, limit, acceleration)),
    factorShared: (offset) => factorComplex(at(offset)),
    solveShared: (offset) => solveComplex(at(offset), at(offset).doubles(layout.FIELD_WORK), at(offset).doubles(layout.FIELD_PREVIOUS)),
    solveBalanced: noBalanced,
    solveDecoupled: noBalanced,
    solveDc: noBalanced,
    viewBalanced: noBalanced,
    observe: () => {
      throw new Error('the scalar program has no observer; BatchObserver looks at its scenarios one by one');
    },
  };
}

function noBalanced(): never {
  throw new Error('the scalar program has no lanes of balanced grids; solveBalanced is their oracle');
}

/** The plain scalar program as a backend: one scenario at a time, no SIMD, no WebAssembly code. */
export const scalarBackend: KernelBackend = { name: 'scalar', lanes: 1, instantiate };
