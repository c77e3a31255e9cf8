/**
 * What the kernels do for one scenario in one iteration, counted from the plan in their memory: operations and bytes loaded and stored.
 *
 * An addition, multiplication, division or root is one operation; comparisons, selections and addresses are none. Bytes of tables (coefficients, legs, records)
 * are read once for all lanes of a block and count by the lane's share; a lane's own numbers count in full, each load and store, whichever cache they meet.
 */
import { type BalancedWork, countBalancedWork, countDcWork, countDecoupledWork, type StepWork } from './balanced/lane-work.js';
import * as layout from './kernel-layout.js';
import type { KernelBackend, KernelMemory } from './kernels.js';
import { ScalarMemory } from './scalar-legs.js';

/** Work of one scenario and iteration. */
export interface KernelWork {
  operations: number;
  bytes: number;
}

/** Sums as the counters below go along: operations, bytes shared by the lanes, bytes of the lane's own. */
interface Tally {
  operations: number;
  shared: number;
  own: number;
}

function tallyLegs(memory: ScalarMemory, tally: Tally): void {
  const legs = memory.count(layout.FIELD_LEGS);
  const pq = memory.count(layout.FIELD_PQ_END);
  const z = memory.count(layout.FIELD_Z_END) - pq;
  tally.operations += 22 * pq + 21 * z + 32 * (legs - pq - z);
  tally.shared += legs * (8 * layout.LEG_HOT + 8);
  tally.own += legs * 112;
}

/** Three copies of the injections and the comparison at the nodes of legs. */
function tallyFrame(memory: ScalarMemory, tally: Tally): void {
  const nodes = memory.count(layout.FIELD_LEG_NODE_COUNT);
  tally.operations += 9 * nodes;
  tally.shared += 4 * nodes;
  tally.own += 48 * nodes + 96 * (memory.count(layout.FIELD_NODES) + 1);
}

/** The sweep's tree. */
function tallyTree(memory: ScalarMemory, tally: Tally): void {
  const first = memory.integers(layout.FIELD_TREE_RECORDS);
  for (let block = 0; block < memory.count(layout.FIELD_TREE_COUNT); block++) {
    const record = first + block * layout.TREE_RECORD;
    const rows = memory.i32[record + 6];
    const columns = block === 0 ? 0 : memory.i32[record + 7];
    const refined = memory.i32[record] === layout.TREE_REFINED ? 2 : 1;
    const down = refined * rows * (columns + rows) + (refined - 1) * rows * rows;
    tally.operations += 8 * rows * columns + 2 * columns + 8 * down;
    tally.shared += 16 * (rows * columns + down) + 8 * layout.TREE_RECORD;
    tally.own += 16 * (rows * columns + 2 * columns + down + 2 * rows);
  }
}

/** Operations of a leg that is in its normal range: (L - y) V, the sum at its node, and the law. */
function legOperations(group: number): number {
  const law = group === layout.GROUP_Z ? 0 : group === layout.GROUP_PQ ? 1 : 11;
  return 2 + 10 + 2 + law;
}

/** The legs of one block of the chord method's tree, by its list; returns nothing, adds to the tally. `unit`: bytes of a number. */
function tallyChordLegs(i32: Int32Array, list: number, unit: number, tally: Tally): void {
  let at = list + 1;
  for (let k = i32[list]; k > 0; k--, at += layout.CHORD_LEG + 2) {
    tally.operations += 5 + legOperations(i32[at + 3] & layout.CHORD_GROUP) + 2;
    tally.shared += unit * layout.LEG_HOT + 4 * (layout.CHORD_LEG + 2);
    tally.own += 2 * unit * 7;
  }
  let listed = i32[at++];
  for (; listed > 0; listed--) {
    // |V|^2 and the comparison with the injection before
    tally.operations += 3 + 6;
    tally.shared += 12;
    tally.own += 2 * unit * 3;
    const count = i32[at + 2];
    at += 3;
    for (let k = 0; k < count; k++, at += layout.CHORD_LEG) {
      tally.operations += legOperations(i32[at + 3]);
      tally.shared += unit * layout.LEG_HOT + 4 * layout.CHORD_LEG;
      tally.own += 2 * unit;
    }
  }
}

/** The chord method's blocks with their legs. Making the coefficients of a scenario's own taps, once a solution, is not counted. */
function tallyChord(memory: ScalarMemory, unit: number, tally: Tally): void {
  const { i32 } = memory;
  const first = memory.integers(layout.FIELD_TREE_RECORDS);
  for (let block = 0; block < memory.count(layout.FIELD_TREE_COUNT); block++) {
    const record = first + block * layout.CHORD_RECORD;
    const flags = i32[record + 8];
    const rows = i32[record + 6];
    const columns = i32[record + 7];
    let written = 0;
    for (let k = 0; k < layout.CHORD_FIRST_GROUPS; k++) if (flags & (layout.CHORD_FIRST << k)) written += Math.min(columns - 3 * k, 3);
    const sources = (flags & layout.CHORD_OWN ? 1 : 0) + (flags & layout.CHORD_CHILDREN ? 1 : 0);
    const isOwn = i32[record] === layout.TREE_LANES;
    let entries = rows * columns;
    if (sources > 0 || isOwn) {
      tally.operations += (8 * rows - 2) * columns + 2 * (columns - written) + 8 * rows * rows + 2 * (sources === 2 ? 2 : 0) * rows;
      entries += rows * columns + rows * rows;
      tally.own += 2 * unit * (2 * columns - written + 2 * sources * rows);
    }
    tally.operations += Math.max(0, 8 * columns - 2) * rows;
    tally.own += 2 * unit * (columns + rows);
    if (isOwn) {
      tally.operations += 8 * columns * columns;
      tally.own += 4 * unit * (entries + columns * columns) + 6 * unit * columns;
    } else tally.shared += 4 * unit * entries;
    tally.shared += 8 * layout.CHORD_RECORD;
    if (flags & layout.CHORD_LEGS) tallyChordLegs(i32, i32[record + 9] >>> 2, unit, tally);
  }
}

/** Forward and back substitution through sparse factors. */
function tallyFactors(memory: ScalarMemory, tally: Tally): void {
  const nodes = memory.count(layout.FIELD_NODES);
  const entries = memory.i32[memory.integers(layout.FIELD_LU_START) + nodes];
  tally.operations += 16 * entries + 8 * nodes;
  tally.shared += entries * 40 + nodes * 24;
  tally.own += entries * 48 + nodes * 80;
}

/**
 * One step of Newton: residual, Jacobian, its factors (all the lane's own) and the solution. An entry of a lane's own admittances is 12 operations and 96 bytes of the
 * residual, 16 and about 300 of the Jacobian; making it, once a solution, is not counted.
 */
function tallyNewton(memory: ScalarMemory, tally: Tally): void {
  const nodes = memory.count(layout.FIELD_NODES);
  const start = memory.integers(layout.FIELD_LU_START);
  const entries = memory.i32[start + nodes];
  const nonzeros = memory.i32[memory.integers(layout.FIELD_Y_START) + nodes];
  const legs = memory.count(layout.FIELD_LEGS);
  let updates = 0;
  for (let k = 0; k < nodes; k++) updates += (memory.i32[start + k + 1] - memory.i32[start + k]) ** 2;
  tally.operations += 8 * nonzeros + 10 * nodes + 60 * legs + 9 * nodes + 12 * entries + 16 * updates + 16 * entries + 12 * nodes;
  tally.shared += nonzeros * 40 + legs * (8 * layout.LEG_COLD + 24) + 4 * updates + 8 * entries;
  const own = memory.count(layout.FIELD_OWN_COUNT);
  tally.operations += 28 * own;
  tally.shared += 8 * layout.OWN_RECORD * own;
  tally.own += 400 * own;
  tally.own += nonzeros * 48 + nodes * 200 + legs * 304 + entries * 176 + updates * 96;
}

/** Work of one scenario and iteration of a session that these kernels solve. */
export function countKernelWork(
  memory: KernelMemory,
  layoutOffset: number,
  solver: number | 'newton',
  { lanes, precision }: Pick<KernelBackend, 'lanes' | 'precision'>,
): KernelWork {
  const view = new ScalarMemory(memory, layoutOffset);
  const tally: Tally = { operations: 0, shared: 0, own: 0 };
  if (solver === layout.SOLVER_CHORD_TREE) {
    tallyChord(view, precision === 'single' ? 4 : 8, tally);
    return { operations: tally.operations, bytes: tally.shared / lanes + tally.own };
  }
  tallyLegs(view, tally);
  if (solver === 'newton') tallyNewton(view, tally);
  else {
    tallyFrame(view, tally);
    if (solver === layout.SOLVER_TREE) tallyTree(view, tally);
    else tallyFactors(view, tally);
  }
  return { operations: tally.operations, bytes: tally.shared / lanes + tally.own };
}

/** A backend that notes what its first session solves; {@link WatchedBackend.work} counts it. */
export interface WatchedBackend {
  backend: KernelBackend;
  /** Work of one scenario and iteration of the first solution that was asked for; undefined before. */
  work(): KernelWork | undefined;
  /** The same of the first solution of a batch of balanced grids by Newton's method. */
  balancedWork(): BalancedWork | undefined;
  /** Work of one scenario and iteration of the first solution of a batch by the fast decoupled or the DC power flow (which has one). */
  decoupledWork(): StepWork | undefined;
}

/** Wraps a backend so that the work of its solutions can be counted. */
export function watchBackend(backend: KernelBackend): WatchedBackend {
  let seen: (() => KernelWork) | undefined;
  let seenBalanced: (() => BalancedWork) | undefined;
  let seenDecoupled: (() => StepWork) | undefined;
  const wrap = (inner: KernelBackend): KernelBackend => ({
    name: inner.name,
    lanes: inner.lanes,
    balancedLanes: inner.balancedLanes,
    precision: inner.precision,
    single: inner.single && wrap(inner.single),
    instantiate: (memory) => {
      const kernels = inner.instantiate(memory);
      const note = (layoutOffset: number, solver: number | 'newton'): void => {
        seen ??= () => countKernelWork(memory, layoutOffset, solver, inner);
      };
      return {
        factorShared: (at) => kernels.factorShared(at),
        solveShared: (at) => kernels.solveShared(at),
        solveBalanced: (at, tolerancePu, sharedLimit, limit, isWarm) => {
          seenBalanced ??= () => countBalancedWork(memory, at, inner.balancedLanes ?? inner.lanes);
          return kernels.solveBalanced(at, tolerancePu, sharedLimit, limit, isWarm);
        },
        solveDecoupled: (at, tolerancePu, limit, isWarm) => {
          seenDecoupled ??= () => countDecoupledWork(memory, at, inner.balancedLanes ?? inner.lanes);
          return kernels.solveDecoupled(at, tolerancePu, limit, isWarm);
        },
        solveDc: (at) => {
          seenDecoupled ??= () => countDcWork(memory, at, inner.balancedLanes ?? inner.lanes);
          return kernels.solveDc(at);
        },
        viewBalanced: (at) => kernels.viewBalanced(at),
        observe: (at) => kernels.observe(at),
        solveNewton: (at, toleranceVa, limit, acceleration) => {
          note(at, 'newton');
          return kernels.solveNewton(at, toleranceVa, limit, acceleration);
        },
        solveFixedPoint: (at, solver, toleranceVa, limit, start, acceleration) => {
          note(at, solver);
          return kernels.solveFixedPoint(at, solver, toleranceVa, limit, start, acceleration);
        },
      };
    },
  });
  return { backend: wrap(backend), work: () => seen?.(), balancedWork: () => seenBalanced?.(), decoupledWork: () => seenDecoupled?.() };
}
