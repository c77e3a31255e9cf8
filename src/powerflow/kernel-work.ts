/**
 * What the kernels do for one scenario in one iteration, counted from the plan in their memory: operations in double precision and bytes loaded and stored.
 *
 * An addition, multiplication, division or root is one operation; comparisons, selections and addresses are none. Bytes of tables (coefficients, legs, records)
 * are read once for all lanes of a block and count by the lane's share; a lane's own numbers count in full, each load and store, whichever cache they meet.
 */
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

/** A tree of blocks; `entryBytes` a coefficient (complex or real 2x2). Making the coefficients of a scenario's own taps, once a solution, is not counted. */
function tallyTree(memory: ScalarMemory, tally: Tally, entryBytes: number): void {
  const first = memory.integers(layout.FIELD_TREE_RECORDS);
  for (let block = 0; block < memory.count(layout.FIELD_TREE_COUNT); block++) {
    const record = first + block * layout.TREE_RECORD;
    const rows = memory.i32[record + 6];
    const columns = block === 0 ? 0 : memory.i32[record + 7];
    const refined = memory.i32[record] === layout.TREE_REFINED ? 2 : 1;
    const down = refined * rows * (columns + rows) + (refined - 1) * rows * rows;
    tally.operations += 8 * rows * columns + 2 * columns + 8 * down;
    const isOwn = memory.i32[record] === layout.TREE_LANES;
    const taken = entryBytes * (rows * columns + down + (isOwn ? columns * columns : 0));
    if (isOwn) {
      tally.operations += 8 * columns * columns;
      tally.own += taken + 48 * columns;
    } else tally.shared += taken;
    tally.shared += 8 * layout.TREE_RECORD;
    tally.own += 16 * (rows * columns + 2 * columns + down + 2 * rows);
  }
}

/** Forward and back substitution through sparse factors. */
function tallyFactors(memory: ScalarMemory, tally: Tally, entryBytes: number): void {
  const nodes = memory.count(layout.FIELD_NODES);
  const entries = memory.i32[memory.integers(layout.FIELD_LU_START) + nodes];
  tally.operations += 16 * entries + 8 * nodes;
  tally.shared += entries * (2 * entryBytes + 8) + nodes * (entryBytes + 8);
  tally.own += entries * 48 + nodes * 80;
}

/** One step of Newton: residual, Jacobian, its factors (all the lane's own) and the solution. */
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
  tally.own += nonzeros * 48 + nodes * 200 + legs * 304 + entries * 176 + updates * 96;
}

/** Work of one scenario and iteration of a session. */
export function countKernelWork(memory: KernelMemory, layoutOffset: number, solver: number | 'newton', lanes: number): KernelWork {
  const view = new ScalarMemory(memory, layoutOffset);
  const tally: Tally = { operations: 0, shared: 0, own: 0 };
  tallyLegs(view, tally);
  if (solver === 'newton') tallyNewton(view, tally);
  else {
    tallyFrame(view, tally);
    if (solver === layout.SOLVER_TREE) tallyTree(view, tally, 16);
    else if (solver === layout.SOLVER_CHORD_TREE) tallyTree(view, tally, 32);
    else tallyFactors(view, tally, solver === layout.SOLVER_CHORD_SHARED ? 32 : 16);
  }
  return { operations: tally.operations, bytes: tally.shared / lanes + tally.own };
}

/** A backend that notes what its first session solves; {@link WatchedBackend.work} counts it. */
export interface WatchedBackend {
  backend: KernelBackend;
  /** Work of one scenario and iteration of the first solution that was asked for; undefined before. */
  work(): KernelWork | undefined;
}

/** Wraps a backend so that the work of its solutions can be counted. */
export function watchBackend(backend: KernelBackend): WatchedBackend {
  let seen: (() => KernelWork) | undefined;
  return {
    backend: {
      name: backend.name,
      lanes: backend.lanes,
      instantiate: (memory) => {
        const kernels = backend.instantiate(memory);
        const note = (layoutOffset: number, solver: number | 'newton'): void => {
          seen ??= () => countKernelWork(memory, layoutOffset, solver, backend.lanes);
        };
        return {
          factorShared: (at) => kernels.factorShared(at),
          solveShared: (at) => kernels.solveShared(at),
          solveNewton: (at, toleranceVa, limit, acceleration) => {
            note(at, 'newton');
            return kernels.solveNewton(at, toleranceVa, limit, acceleration);
          },
          solveFixedPoint: (at, solver, toleranceVa, limit, flat, acceleration) => {
            note(at, solver);
            return kernels.solveFixedPoint(at, solver, toleranceVa, limit, flat, acceleration);
          },
        };
      },
    },
    work: () => seen?.(),
  };
}
