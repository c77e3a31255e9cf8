/**
 * The plan of the decoupled power flows over lanes: linear equations with one unknown a bus and a factor shared by all lanes. The fast decoupled power flow has two of
 * them, the P half (angles, at pv and pq buses) and the Q half (magnitudes, at pq buses), each with its own order of elimination; the DC power flow has one.
 * Voltages, scheduled powers and what else a bus has stand in the slots of the P half; the Q half's program refers to them.
 *
 * A program is a list of 32-bit words. Right-hand sides are vectors, [row of the half][W]; a voltage column is [re x W, im x W]. Forward, a row of either half:
 *   mismatches (2: P and Q count, 1: P alone), its own voltage column, n, l, then n voltage columns of neighbours, l right-hand sides of its lower columns
 * In the Q half rows follow that have a P alone, with l = 0: they are looked at. Backward, from the last row: its own voltage column, u, u right-hand sides of its upper columns.
 * The DC power flow's forward program: injections (their number, then the column of each), l, l right-hand sides; backward: u, u right-hand sides. There the slots of the angles are
 * the right-hand sides.
 *
 * A factor's numbers stand in the order of these programs: `lower` [row][multipliers of the lower columns, 1 / pivot]; `upper` from the last row, divided by the pivot.
 */
import { type LanePlan, planLanes } from './lane-plan.js';
import { type BalancedNetwork, BUS_DEAD, BUS_PQ, BUS_SLACK } from './network.js';
import type { SharedFactor } from './shared-factor.js';

/** A half's rows where `isSought`: every other live bus is known. */
function planHalf({ busCount, kind, admittance }: BalancedNetwork, isSought: (kind: number) => boolean): LanePlan {
  const unknowns = Int8Array.from(kind, (held) => (held === BUS_DEAD ? -1 : Number(isSought(held))));
  return planLanes({ busCount, unknowns, start: admittance.start, column: admittance.column });
}

/** The P half: the angles of all buses but slacks. Its slots are those of the voltages. */
export function planActive(network: BalancedNetwork): LanePlan {
  return planHalf(network, (kind) => kind !== BUS_SLACK);
}

/** The Q half: the magnitudes of the pq buses. */
export function planReactive(network: BalancedNetwork): LanePlan {
  return planHalf(network, (kind) => kind === BUS_PQ);
}

/** The programs of a half, and the places in the network's pattern in the order in which its forward program reads admittances: each row's diagonal, then its neighbours. */
export interface HalfPrograms {
  forward: Int32Array;
  backward: Int32Array;
  admittancePlace: Int32Array;
}

/**
 * Writes the programs of a half of the fast decoupled power flow for W lanes.
 *
 * @param half its plan
 * @param active the P half's plan, which may be the same
 * @param isPq 1 for the buses whose magnitude is sought
 */
export function writeHalf(half: LanePlan, active: LanePlan, isPq: Uint8Array, lanes: number): HalfPrograms {
  const vector = 8 * lanes;
  const column = 2 * vector;
  const forward: number[] = [];
  const backward: number[] = [];
  const places: number[] = [];
  const columnOf = (bus: number): number => column * active.slotOfBus[bus];
  let entry = 0;
  for (let row = 0; row < half.rows; row++) {
    const bus = half.busOfSlot[row];
    const neighbours = half.neighbours[row];
    const lower = half.lower.subarray(half.lowerStart[row], half.lowerStart[row + 1]);
    forward.push(isPq[bus] ? 2 : 1, columnOf(bus), neighbours.length, lower.length);
    for (const slot of neighbours) forward.push(columnOf(half.busOfSlot[slot]));
    for (const slot of lower) forward.push(slot * vector);
    for (let k = 0; k <= neighbours.length; k++) places.push(half.admittancePlace[entry++]);
  }
  if (half !== active) {
    entry = 0;
    for (let row = 0; row < active.rows; row++) {
      const bus = active.busOfSlot[row];
      const neighbours = active.neighbours[row];
      const from = entry;
      entry += 1 + neighbours.length;
      if (isPq[bus]) continue;
      forward.push(1, columnOf(bus), neighbours.length, 0);
      for (const slot of neighbours) forward.push(slot * column);
      for (let k = from; k < entry; k++) places.push(active.admittancePlace[k]);
    }
  }
  for (let row = half.rows - 1; row >= 0; row--) {
    backward.push(columnOf(half.busOfSlot[row]), half.upper[row].length);
    for (const slot of half.upper[row]) backward.push(slot * vector);
  }
  return { forward: Int32Array.from(forward), backward: Int32Array.from(backward), admittancePlace: Int32Array.from(places) };
}

/**
 * Writes the programs of the DC power flow for W lanes.
 *
 * @param injectionBus bus of each injection
 */
export function writeDc(plan: LanePlan, injectionBus: Int32Array, lanes: number): Pick<HalfPrograms, 'forward' | 'backward'> {
  const vector = 8 * lanes;
  const forward: number[] = [];
  const backward: number[] = [];
  const columns: number[][] = Array.from({ length: plan.slots }, () => []);
  injectionBus.forEach((bus, k) => {
    if (plan.slotOfBus[bus] >= 0) columns[plan.slotOfBus[bus]].push(2 * vector * k);
  });
  for (let row = 0; row < plan.rows; row++) {
    const lower = plan.lower.subarray(plan.lowerStart[row], plan.lowerStart[row + 1]);
    forward.push(columns[row].length, ...columns[row], lower.length);
    for (const slot of lower) forward.push(slot * vector);
  }
  for (let row = plan.rows - 1; row >= 0; row--) {
    backward.push(plan.upper[row].length);
    for (const slot of plan.upper[row]) backward.push(slot * vector);
  }
  return { forward: Int32Array.from(forward), backward: Int32Array.from(backward) };
}

/** A pivot below this share of what its row held is rounding: the matrix is singular. */
const SINGULAR_SHARE = 4 * Number.EPSILON;
/** Largest relative error that a solution through the factor may have; elimination without pivoting may lose digits where entries have both signs. */
const MOST_ERROR = 1e-9;

/**
 * Factors a matrix in a plan's order, without pivoting.
 *
 * @param plan rows with one unknown each
 * @param matrix one number for each place in the network's pattern
 * @returns the factor, or the row at which the matrix is singular (or so nearly that a solution would lack digits; then the row with the largest error)
 */
export function factorReal(plan: LanePlan, matrix: Float64Array): SharedFactor | number {
  const { rows } = plan;
  const lower: number[] = [];
  const scaled: Float64Array[] = new Array(rows);
  const work = new Float64Array(plan.slots);
  // What the matrix gives for the vector 1, 2, 1, 2, ... goes through the factor beside it, and must come out as that.
  const trial = new Float64Array(rows);
  let entry = 0;
  for (let row = 0; row < rows; row++) {
    const before = plan.lower.subarray(plan.lowerStart[row], plan.lowerStart[row + 1]);
    work.fill(0, row, row + 1);
    for (const slot of before) work[slot] = 0;
    for (const slot of plan.upper[row]) work[slot] = 0;
    work[row] = matrix[plan.admittancePlace[entry++]];
    let largest = Math.abs(work[row]);
    let right = work[row] * trialValue(row);
    for (const slot of plan.neighbours[row]) {
      const value = matrix[plan.admittancePlace[entry++]];
      if (slot >= rows) continue;
      work[slot] = value;
      largest = Math.max(largest, Math.abs(value));
      right += value * trialValue(slot);
    }
    for (const pivot of before) {
      const multiplier = work[pivot];
      lower.push(multiplier);
      right -= multiplier * trial[pivot];
      plan.upper[pivot].forEach((slot, k) => {
        work[slot] -= multiplier * scaled[pivot][k];
      });
    }
    // Written so that a NaN counts as singular.
    if (!(Math.abs(work[row]) > SINGULAR_SHARE * largest && largest < Infinity)) return row;
    const inverse = 1 / work[row];
    lower.push(inverse);
    trial[row] = right * inverse;
    scaled[row] = Float64Array.from(plan.upper[row], (slot) => work[slot] * inverse);
  }
  let worst = -1;
  let error = MOST_ERROR;
  const upper: number[] = [];
  for (let row = rows - 1; row >= 0; row--) {
    plan.upper[row].forEach((slot, k) => {
      trial[row] -= scaled[row][k] * trial[slot];
    });
    upper.push(...scaled[row]);
    const away = Math.abs(trial[row] - trialValue(row));
    if (!(away <= error)) {
      error = away;
      worst = row;
    }
  }
  return worst < 0 ? { lower: Float64Array.from(lower), upper: Float64Array.from(upper) } : worst;
}

function trialValue(slot: number): number {
  return 1 + (slot % 2);
}
