/** The methods on sparse factors as sessions: `injection` (complex factors shared by all lanes) and `newton` (real 2x2 blocks of each lane's own). */

import { elementId, GridError } from '../grid/index.js';
import type { SessionControls } from './batch-controls.js';
import type { CompiledGrid } from './compiled-grid.js';
import { nodeName } from './compiled-grid.js';
import { analyseElimination, type Elimination, placeEntries } from './elimination.js';
import * as layout from './kernel-layout.js';
import { type KernelBackend, wasmBackend } from './kernels.js';
import type { LaneElements } from './lane-elements.js';
import { asRealBlocks, linearParts } from './linear-parts.js';
import { allocateLaneElements, writeLaneElements } from './newton-lanes.js';
import { type NodalMatrix, refreshNodalMatrix } from './nodal-matrix.js';
import type { ObserverTables } from './observer-tables.js';
import { Session } from './session.js';

/** Pattern work shared by both methods: made once a grid. */
export interface Factors {
  elimination: Elimination;
  /** Place of each entry of the nodal matrix in the factors. */
  place: Int32Array;
}

/** Orders and analyses the nodal matrix. */
export function analyseFactors(matrix: NodalMatrix): Factors {
  const elimination = analyseElimination(matrix.nodeCount, matrix.start, matrix.column);
  return { elimination, place: placeEntries(elimination, matrix.start, matrix.column) };
}

/** A factored method ready to solve. */
export interface FactoredMethod {
  session: Session;
  /** Takes over changed admittances; throws GridError where the matrix is singular. */
  refresh(): void;
}

/** Current injection can also solve with its factors for any currents. */
export interface InjectionMethod extends FactoredMethod {
  /** Replaces currents, [node][re, im], by the voltages they cause. */
  solve(vector: Float64Array): void;
}

/** Allocates the pattern of the factors. */
function allocateFactors(
  factors: Factors,
  { allocate, count }: { allocate(field: number, bytes: number): void; count(field: number, value: number): void },
): void {
  const { start, target } = factors.elimination;
  const n = start.length - 1;
  count(layout.FIELD_LU_COUNT, start[n]);
  allocate(layout.FIELD_LU_START, start.length * 4);
  allocate(layout.FIELD_LU_INDEX, start[n] * 4);
  allocate(layout.FIELD_LU_TARGET, target.length * 4);
}

/** Writes the pattern of the factors. */
function writeFactors(session: Session, { elimination }: Factors): void {
  const { start, neighbour, target } = elimination;
  session.integers(layout.FIELD_LU_START, start.length).set(start);
  session.integers(layout.FIELD_LU_INDEX, neighbour.length).set(neighbour.map((slot) => slot * session.columnBytes));
  session.integers(layout.FIELD_LU_TARGET, target.length).set(target);
}

/** Admittance, siemens, whose products leave the range of numbers. */
const OVERFLOW_SIEMENS = 1e100;

/** Throws {@link GridError} where it is not the circuit but the size of a number that makes a matrix singular: a power, or a multiplier or shape on it. */
function refuseOverflow(compiled: CompiledGrid, linear: Float64Array): void {
  const at = linear.findIndex((siemens) => !(Math.abs(siemens) < OVERFLOW_SIEMENS));
  if (at < 0) return;
  const { legs, elements } = compiled;
  const leg = Math.floor(at / 2);
  const kva = Math.hypot(legs.watts[leg], legs.vars[leg]) / 1000;
  throw new GridError(
    `${elementId(elements[legs.element[leg]].element)}: its present power (${kva.toExponential(1)} kVA a phase) is more than can be computed with; ` +
      'check its power, its shape and the load multiplier',
  );
}

/**
 * Makes current injection for S scenarios.
 *
 * @param loadShare 1: loads stand in the matrix as admittances at rated voltage, as OpenDSS has them; a tiny share: (nearly) no load at all
 */
export function makeInjection(
  compiled: CompiledGrid,
  matrix: NodalMatrix,
  factors: Factors,
  scenarios: number,
  loadShare = 1,
  backend: KernelBackend = wasmBackend,
  ownSources = false,
): InjectionMethod {
  const { elimination, place } = factors;
  const n = compiled.nodeCount;
  const entries = elimination.start[n];
  const linear = linearParts(compiled, loadShare);
  const session = new Session(
    compiled,
    elimination.slotOfNode,
    scenarios,
    (arrays) => {
      allocateFactors(factors, arrays);
      arrays.allocate(layout.FIELD_LU_DIAGONAL, n * 16);
      arrays.allocate(layout.FIELD_LU_LOWER, entries * 16);
      arrays.allocate(layout.FIELD_LU_UPPER, entries * 16);
    },
    asRealBlocks(linear),
    backend,
    [],
    undefined,
    ownSources,
  );
  writeFactors(session, factors);
  const diagonal = session.doubles(layout.FIELD_LU_DIAGONAL, 2 * n);
  const lower = session.doubles(layout.FIELD_LU_LOWER, 2 * entries);
  const upper = session.doubles(layout.FIELD_LU_UPPER, 2 * entries);
  const add = (target: number, re: number, im: number): void => {
    const [array, at] = target < n ? [diagonal, target] : target < n + entries ? [lower, target - n] : [upper, target - n - entries];
    array[2 * at] += re;
    array[2 * at + 1] += im;
  };
  const refresh = (): void => {
    diagonal.fill(0);
    lower.fill(0);
    upper.fill(0);
    for (let k = 0; k < place.length; k++) add(place[k], matrix.re[k], matrix.im[k]);
    for (let leg = 0; leg < compiled.legs.count; leg++) {
      const [g, b] = [linear[2 * leg], linear[2 * leg + 1]];
      for (let corner = 0; corner < 4; corner++) {
        const entry = matrix.legEntries[4 * leg + corner];
        const sign = corner === 0 || corner === 3 ? 1 : -1;
        if (entry >= 0) add(place[entry], sign * g, sign * b);
      }
    }
    const bad = session.kernels.factorShared(session.layoutOffset);
    if (bad >= 0) {
      refuseOverflow(compiled, linear);
      throw new GridError(
        `the admittance matrix is singular at node ${nodeName(compiled, elimination.nodeOfSlot[bad])}; connect it, or give its transformer a ppm_antifloat above 0`,
      );
    }
  };
  refresh();
  const work = session.doubles(layout.FIELD_WORK, (n + 1) * 2 * session.lanes);
  const solution = session.doubles(layout.FIELD_PREVIOUS, (n + 1) * 2 * session.lanes);
  const solve = (vector: Float64Array): void => {
    work.fill(0);
    for (let node = 0; node < n; node++) {
      const at = elimination.slotOfNode[node] * 2 * session.lanes;
      work[at] = vector[2 * node];
      work[at + session.lanes] = vector[2 * node + 1];
    }
    session.kernels.solveShared(session.layoutOffset);
    for (let node = 0; node < n; node++) {
      const at = elimination.slotOfNode[node] * 2 * session.lanes;
      vector[2 * node] = solution[at];
      vector[2 * node + 1] = solution[at + session.lanes];
    }
  };
  return { session, refresh, solve };
}

/**
 * Makes Newton for S scenarios.
 *
 * @param lanes elements with admittances of each lane's own; they are left out of the shared matrix
 * @param controls that move taps and capacitor steps in each lane
 */
export function makeNewton(
  compiled: CompiledGrid,
  matrix: NodalMatrix,
  factors: Factors,
  scenarios: number,
  backend: KernelBackend = wasmBackend,
  ownSources = false,
  lanes?: LaneElements,
  controls?: SessionControls,
  observer?: ObserverTables,
): FactoredMethod & { setFloor(voltage: Float64Array): void } {
  const { elimination, place } = factors;
  const n = compiled.nodeCount;
  const entries = elimination.start[n];
  const { legs } = compiled;
  const nonzeros = matrix.column.length;
  const columnBytes = 16 * backend.lanes;
  const session = new Session(
    compiled,
    elimination.slotOfNode,
    scenarios,
    (arrays) => {
      allocateFactors(factors, arrays);
      arrays.allocate(layout.FIELD_Y_START, (n + 1) * 4);
      arrays.allocate(layout.FIELD_Y_INDEX, nonzeros * 4);
      arrays.allocate(layout.FIELD_Y_VALUE, nonzeros * 16);
      arrays.allocate(layout.FIELD_Y_POSITION, nonzeros * 4);
      arrays.allocate(layout.FIELD_LEG_POSITION, legs.count * 16);
      arrays.allocate(layout.FIELD_JACOBIAN, (n + 2 * entries + 1) * 2 * columnBytes);
      arrays.allocate(layout.FIELD_FLOOR, n * 8);
      arrays.allocate(layout.FIELD_STEP, (n + 1) * columnBytes);
      arrays.allocate(layout.FIELD_BASE, (n + 1) * columnBytes);
      if (lanes) allocateLaneElements(lanes, Math.ceil(scenarios / backend.lanes), backend.lanes, arrays);
      controls?.allocate(arrays, Math.ceil(scenarios / backend.lanes), backend.lanes);
      observer?.allocate(arrays.reserve, Math.ceil(scenarios / backend.lanes), backend.lanes);
    },
    new Float64Array(4 * legs.count),
    backend,
    [],
    undefined,
    ownSources,
  );
  observer?.write(session);
  writeFactors(session, factors);
  const start = session.integers(layout.FIELD_Y_START, n + 1);
  const index = session.integers(layout.FIELD_Y_INDEX, nonzeros);
  const value = session.doubles(layout.FIELD_Y_VALUE, 2 * nonzeros);
  const position = session.integers(layout.FIELD_Y_POSITION, nonzeros);
  const source = new Int32Array(nonzeros);
  let at = 0;
  for (let slot = 0; slot < n; slot++) {
    const row = elimination.nodeOfSlot[slot];
    for (let k = matrix.start[row]; k < matrix.start[row + 1]; k++) {
      index[at] = session.columnOffset(matrix.column[k]);
      position[at] = place[k];
      source[at++] = k;
    }
    start[slot + 1] = at;
  }
  const legPosition = session.integers(layout.FIELD_LEG_POSITION, 4 * legs.count);
  // Whatever touches ground goes to one spare block behind all others.
  matrix.legEntries.forEach((entry, k) => {
    legPosition[k] = entry >= 0 ? place[entry] : n + 2 * entries;
  });
  if (lanes) writeLaneElements(lanes, session, matrix, factors);
  // Parameters are those of the transformers first.
  controls?.write(session, (transformer) => [layout.ACTUATOR_PARAMETER, lanes?.transformers.indexOf(transformer) ?? -1]);
  const refresh = (): void => {
    const shared = lanes ? { ...matrix, re: new Float64Array(nonzeros), im: new Float64Array(nonzeros) } : matrix;
    if (lanes) refreshNodalMatrix(compiled, shared, lanes.own);
    for (let k = 0; k < nonzeros; k++) {
      value[2 * k] = shared.re[source[k]];
      value[2 * k + 1] = shared.im[source[k]];
    }
  };
  const floor = session.doubles(layout.FIELD_FLOOR, n);
  const setFloor = (voltage: Float64Array): void => {
    for (let node = 0; node < n; node++) {
      let current = 0;
      for (let k = matrix.start[node]; k < matrix.start[node + 1]; k++) {
        const j = matrix.column[k];
        current += Math.hypot(matrix.re[k], matrix.im[k]) * Math.hypot(voltage[2 * j], voltage[2 * j + 1]);
      }
      floor[elimination.slotOfNode[node]] = 8 * Number.EPSILON * current * Math.hypot(voltage[2 * node], voltage[2 * node + 1]);
    }
  };
  refresh();
  return { session, refresh, setFloor };
}
