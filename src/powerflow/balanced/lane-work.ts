/**
 * What the kernels of balanced grids do for one scenario in one step, counted from the programs in their memory (lane-plan.ts says what the words are): operations and
 * bytes loaded and stored, by the rules of `kernel-work.ts`. A negation is no operation. Sums of a row count as held in registers, its matrix entries as in memory.
 */
import type { KernelMemory } from '../kernels.js';
import * as layout from './lane-layout.js';

/** Operations and bytes. */
export interface StepWork {
  operations: number;
  bytes: number;
}

/** Work of one scenario. */
export interface BalancedWork {
  /** A step of Newton's: mismatches, matrix, elimination, back substitution, new voltages. */
  newton: StepWork;
  /** The pass behind the last step of Newton's, which only looks. */
  look: StepWork;
  /** A step with the shared factor, and the pass behind the last one. */
  shared: StepWork;
  sharedLook: StepWork;
}

/** Sums as the counters go along: operations, bytes shared by the lanes, bytes of the lane's own. */
class Tally {
  operations = 0;
  shared = 0;
  own = 0;

  work(lanes: number): StepWork {
    return { operations: this.operations, bytes: this.shared / lanes + this.own };
  }
}

/** Bytes of a number, and of a complex number or pair of unknowns. */
const NUMBER = 8;
const PAIR = 16;
/** Words of a row of Newton's forward program before its lists, and of a lower item before its columns. */
const ROW_WORDS = 14;
const LOWER_WORDS = 7;

/** Currents of neighbours and own share, and what the row lacks; with its comparison and sum of squares. */
function tallyLack(tally: Tally, unknowns: number, neighbours: number, isOwn: boolean): void {
  tally.operations += 8 * neighbours + (unknowns === 2 ? 20 : 18);
  // Admittances, voltages (the row's too), scheduled power, what is lacking.
  tally[isOwn ? 'own' : 'shared'] += PAIR * (neighbours + 1);
  tally.own += PAIR * (neighbours + 1) + 2 * PAIR;
}

/** Back substitution of a row and its new voltage. */
function tallyBack(tally: Tally, unknowns: number, columns: number, words: number, kind: 'shared' | 'own'): void {
  const step = unknowns === 2 ? 2 + 16 : 1 + 13;
  tally.operations += 2 * unknowns * columns + step + (kind === 'own' ? unknowns : 0);
  tally[kind] += NUMBER * unknowns * columns;
  tally.shared += 4 * words;
  tally.own += NUMBER * columns + 2 * NUMBER * unknowns + 2 * PAIR;
  if (kind === 'own') tally.own += PAIR;
}

/** Newton's passes of block 0 (the one that assembles and eliminates, and the one that looks) and its back substitution. */
function tallyNewton(i32: Int32Array, place: (field: number) => number, rows: number, newton: Tally, look: Tally): void {
  const states = place(layout.BALANCED_ROW_STATE);
  const stateOf = (row: number): number => (states === 0 ? layout.ROW_SHARED : i32[states + row]);
  const table = place(layout.BALANCED_PROGRAMS);
  let at = table === 0 ? place(layout.BALANCED_FORWARD) : i32[table] >>> 2;
  for (let row = 0; row < rows; row++) {
    const next = at + i32[at + 10] / 4;
    if (stateOf(row) !== layout.ROW_UNUSED) tallyRow(i32, at, stateOf, newton, look, stateOf(row) === layout.ROW_OWN);
    at = next;
  }
  at = table === 0 ? place(layout.BALANCED_BACKWARD) : i32[table + 1] >>> 2;
  for (let row = rows - 1; row >= 0; row--) {
    const [unknowns, two, one] = i32.subarray(at, at + 3);
    if (stateOf(row) !== layout.ROW_UNUSED) tallyBack(newton, unknowns, 2 * two + one, 4 + two + one, 'own');
    at += 4 + two + one;
  }
}

function tallyRow(i32: Int32Array, row: number, stateOf: (row: number) => number, newton: Tally, look: Tally, isOwn: boolean): void {
  const [what, n2, n1, n0, clears, lowers, u2, u1] = i32.subarray(row, row + 8);
  const isMasked = (what & layout.BALANCED_ROW_MASKED) !== 0;
  const r = what & 3;
  const late = i32[row + 13];
  const neighbours = n2 + n1 + n0 + late;
  for (const tally of [newton, look]) {
    tallyLack(tally, r, neighbours, isOwn);
    tally.shared += 4 * (ROW_WORDS + 2 * (n2 + n1) + n0 + 3 * late);
    // Masks, and what is lacking of reactive power before them.
    if (isMasked) tally.own += PAIR + NUMBER;
  }
  // Entries of the matrix: a row turned by its voltage takes currents as they are.
  if (isMasked) newton.operations += 6 * (n2 + n1 + late) + 16;
  else newton.operations += r === 2 ? 16 : 6 * (n2 + late) + 3 * n1 + 3;
  newton.own += NUMBER * r * (2 * (n2 + late) + n1 + r);
  let at = row + ROW_WORDS + 2 * (n2 + n1) + n0 + 3 * late;
  for (let k = 0; k < clears; k++, at += 2) {
    newton.own += NUMBER * i32[at + 1];
    newton.shared += 8;
  }
  for (let k = 0; k < lowers; k++) {
    const [, p, , , two, one, state] = i32.subarray(at, at + LOWER_WORDS);
    if (stateOf(state / 4) !== layout.ROW_UNUSED) {
      const columns = 2 * two + one;
      newton.operations += 2 * r * p * (columns + 1);
      // Multipliers, the pivot row's solution, this row's right-hand side; then U and the working row.
      newton.own += NUMBER * (r * p + p + 2 * r) + NUMBER * columns * (p + 2 * r);
      newton.shared += 4 * (LOWER_WORDS + two + one);
    }
    at += LOWER_WORDS + two + one;
  }
  const kept = 2 * u2 + u1;
  newton.operations += r === 2 ? 14 + 6 * kept : 2 + kept;
  newton.own += NUMBER * (r * r + 2 * r + 2 * r * kept);
}

/** The shared factor's pass and its back substitution. */
function tallyShared(i32: Int32Array, place: (field: number) => number, rows: number, shared: Tally, look: Tally): void {
  let at = place(layout.BALANCED_SHARED_FORWARD);
  for (let row = 0; row < rows; row++) {
    const [r, neighbours, two, one] = i32.subarray(at, at + 4);
    const columns = 2 * two + one;
    // The last pass goes through the factor as well: what is lacking falls out of it.
    for (const tally of [shared, look]) {
      tallyLack(tally, r, neighbours, false);
      tally.operations += 2 * r * columns + (r === 2 ? 6 : 1);
      tally.shared += 4 * (4 + neighbours + two + one) + NUMBER * (r * columns + r * r);
      tally.own += NUMBER * (columns + 2 * r);
    }
    at += 4 + neighbours + two + one;
  }
  at = place(layout.BALANCED_SHARED_BACKWARD);
  for (let row = 0; row < rows; row++) {
    const [r, two, one] = i32.subarray(at, at + 3);
    tallyBack(shared, r, 2 * two + one, 3 + two + one, 'shared');
    at += 3 + two + one;
  }
}

/**
 * Work of one scenario of the session in a memory, the rows taken as block 0 reads them.
 *
 * @param lanes W, scenarios a block
 */
export function countBalancedWork(memory: KernelMemory, layoutOffset: number, lanes: number): BalancedWork {
  const i32 = new Int32Array(memory.buffer);
  const block = layoutOffset >> 2;
  const place = (field: number): number => i32[block + field] >>> 2;
  const rows = i32[block + layout.BALANCED_ROWS];
  const [newton, look, shared, sharedLook] = [new Tally(), new Tally(), new Tally(), new Tally()];
  tallyNewton(i32, place, rows, newton, look);
  tallyShared(i32, place, rows, shared, sharedLook);
  return { newton: newton.work(lanes), look: look.work(lanes), shared: shared.work(lanes), sharedLook: sharedLook.work(lanes) };
}

/**
 * Work of a whole solution of a scenario that took so many steps by the batch's kind of steps. Lanes that `shared` steps leave to Newton's are counted as if they
 * had not been left; waiting for slower lanes of a block is no work.
 */
export function solutionWork(work: BalancedWork, steps: 'shared' | 'mixed' | 'newton', iterations: number): StepWork {
  const first = steps === 'newton' ? 0 : steps === 'shared' ? iterations : Math.min(2, iterations);
  const rest = iterations - first;
  const sum: StepWork = { operations: 0, bytes: 0 };
  const add = (part: StepWork, times: number): void => {
    sum.operations += times * part.operations;
    sum.bytes += times * part.bytes;
  };
  if (steps !== 'newton') {
    add(work.shared, first);
    add(work.sharedLook, 1);
  }
  if (steps === 'newton' || rest > 0) {
    add(work.newton, rest);
    add(work.look, 1);
  }
  return sum;
}

/** A pass of a half of the fast decoupled power flow over all buses, and its way back. */
function tallyHalf(
  i32: Int32Array,
  [forward, backward]: readonly [number, number],
  rows: number,
  halfRows: number,
  isActive: boolean,
  tally: Tally,
): void {
  let at = forward;
  for (let row = 0; row < rows; row++) {
    const [what, , neighbours, lowers] = i32.subarray(at, at + 4);
    tally.operations += 8 * neighbours + (what === 2 ? 18 : 12);
    tally.shared += 4 * (4 + neighbours + lowers) + PAIR * (neighbours + 1);
    tally.own += PAIR * (neighbours + 1) + NUMBER * what;
    if (isActive || what === 2) {
      tally.operations += 2 + 2 * lowers;
      tally.shared += NUMBER * (lowers + 1);
      tally.own += NUMBER * (lowers + 2);
    }
    at += 4 + neighbours + lowers;
  }
  at = backward;
  for (let row = 0; row < halfRows; row++) {
    const uppers = i32[at + 1];
    tally.operations += 2 * uppers + (isActive ? 13 : 5);
    tally.shared += 4 * (2 + uppers) + NUMBER * uppers;
    tally.own += NUMBER * (uppers + 2) + 2 * PAIR + (isActive ? 0 : 2 * NUMBER);
    at += 2 + uppers;
  }
}

/** Work of one scenario of the fast decoupled power flow in one iteration: both halves. What looks behind the last half step is not counted, nor is a half that was not needed any more. */
export function countDecoupledWork(memory: KernelMemory, layoutOffset: number, lanes: number): StepWork {
  const i32 = new Int32Array(memory.buffer);
  const field = (name: number): number => i32[(layoutOffset >> 2) + name];
  const programs = (forward: number, backward: number): readonly [number, number] => [field(forward) >>> 2, field(backward) >>> 2];
  const rows = field(layout.BALANCED_ROWS);
  const tally = new Tally();
  tallyHalf(i32, programs(layout.BALANCED_SHARED_FORWARD, layout.BALANCED_SHARED_BACKWARD), rows, rows, true, tally);
  tallyHalf(i32, programs(layout.BALANCED_Q_FORWARD, layout.BALANCED_Q_BACKWARD), rows, field(layout.BALANCED_Q_ROWS), false, tally);
  return tally.work(lanes);
}

/** Work of one scenario of the DC power flow. */
export function countDcWork(memory: KernelMemory, layoutOffset: number, lanes: number): StepWork {
  const i32 = new Int32Array(memory.buffer);
  const field = (name: number): number => i32[(layoutOffset >> 2) + name];
  const rows = field(layout.BALANCED_ROWS);
  const tally = new Tally();
  let at = field(layout.BALANCED_SHARED_FORWARD) >>> 2;
  for (let row = 0; row < rows; row++) {
    const injections = i32[at];
    const lowers = i32[at + 1 + injections];
    tally.operations += injections + 2 * lowers + 1;
    tally.shared += 4 * (2 + injections + lowers) + NUMBER * (lowers + 2);
    tally.own += NUMBER * (injections + lowers + 1);
    at += 2 + injections + lowers;
  }
  at = field(layout.BALANCED_SHARED_BACKWARD) >>> 2;
  for (let row = 0; row < rows; row++) {
    const uppers = i32[at];
    tally.operations += 2 * uppers + 2;
    tally.shared += 4 * (1 + uppers) + NUMBER * uppers;
    tally.own += NUMBER * (uppers + 2);
    at += 1 + uppers;
  }
  return tally.work(lanes);
}
