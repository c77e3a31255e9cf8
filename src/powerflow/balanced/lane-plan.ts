/**
 * The plan of Newton's method over lanes for a balanced grid: what is sought at which bus, the order of elimination, and the programs that the kernels run.
 *
 * Unknowns are the angle of each bus and, where the magnitude is not held, its logarithm's step. Rows stand in the order of elimination (minimum degree). One pass over the
 * rows assembles each in a small working row, eliminates with the rows finished before, and keeps only what back substitution needs: U scaled by the inverse of its
 * diagonal block, and the right-hand side. Of L nothing is kept.
 *
 * A program is a list of 32-bit words. Newton's forward program, a row:
 *   unknowns (1 or 2, + BALANCED_ROW_MASKED), n2, n1, n0, clears, lowers, u2, u1, offset of its U, place of its upper columns, bytes of all these words,
 *   its first admittance's index, its index among the masked rows, no
 *   n2 + n1 x (voltage column, place in the working row): neighbours with 2 and with 1 unknowns;  n0 x voltage column: slacks
 *   no x (voltage column, place, admittance's index): optional neighbours (they have 2 unknowns)
 *   clears x (place, vectors): fill
 *   lowers x (place, unknowns of the pivot row, its U, its right-hand side, u2, u1, its row state's offset, then the places of its U's columns)
 * backward, from the last row: unknowns, u2, u1, offset of U, then the solution columns of U's columns. Columns with 2 unknowns come before those with 1.
 * The shared factor's forward program: unknowns, n, l2, l1, then n voltage columns, l2 + l1 right-hand sides; backward: unknowns, u2, u1, solution columns.
 * The working row is [own block][lower columns][upper columns], each row by row.
 *
 * Rows may be *optional*: second busbars, of which most lanes use few. Programs can be written without some of them; what is left out has a row without lists, and no place in others. Its column would have
 * held zeros alone, so that no number of a lane that does not use it depends on whether it is there.
 */
import { analyseElimination } from '../elimination.js';

/** What a plan is made of. */
export interface LaneProblem {
  busCount: number;
  /** Unknowns of each bus: 2, 1, 0 (slack), or -1 where it takes no part in any lane. */
  unknowns: Int8Array;
  /** Buses whose unknowns differ from lane to lane; they have 2 here. */
  masked?: Uint8Array;
  /** Buses that are optional: before which bus each stands in the order of elimination (-1: not optional). They are masked and have 2 unknowns. */
  before?: Int32Array;
  /** Pattern by rows of buses, symmetric, with diagonal; entries to buses that take no part are left out. */
  start: Int32Array;
  column: Int32Array;
}

/** The plan; nothing in it depends on lanes. */
export interface LanePlan {
  rows: number;
  slots: number;
  /** Slot of each bus (-1: takes no part) and bus of each slot; slacks stand behind the rows. */
  slotOfBus: Int32Array;
  busOfSlot: Int32Array;
  /** Unknowns of each slot: 2, 1, 0. */
  unknowns: Int8Array;
  masked: Uint8Array;
  /** 1 for slots that programs may be written without. */
  optional: Uint8Array;
  /** Row i's columns before it in elimination, ascending. */
  lowerStart: Int32Array;
  lower: Int32Array;
  /** Row i's upper columns, those with 2 unknowns first; how many these are. */
  upper: Int32Array[];
  upperTwo: Int32Array;
  /** Row i's neighbours' slots, in the order of the programs (2, 1, 0 unknowns, then optional ones), and how many of each. */
  neighbours: Int32Array[];
  neighbourCounts: Int32Array;
  /** Places in the problem's pattern in the order in which kernels read admittances: each row's diagonal, then its neighbours. */
  admittancePlace: Int32Array;
}

/** Orders the rows and lists what each has to do with. */
export function planLanes(problem: LaneProblem): LanePlan {
  const { busCount, unknowns: unknownsOfBus, start, column } = problem;
  const rowBuses: number[] = [];
  const slackBuses: number[] = [];
  for (let bus = 0; bus < busCount; bus++) {
    if (unknownsOfBus[bus] > 0) rowBuses.push(bus);
    else if (unknownsOfBus[bus] === 0) slackBuses.push(bus);
  }
  const rows = rowBuses.length;
  const slots = rows + slackBuses.length;
  const busOfSlot = Int32Array.of(...orderRows(problem, rowBuses), ...slackBuses);
  const slotOfBus = new Int32Array(busCount).fill(-1);
  busOfSlot.forEach((bus, slot) => {
    slotOfBus[bus] = slot;
  });
  const unknowns = Int8Array.from(busOfSlot, (bus) => unknownsOfBus[bus]);
  const masked = Uint8Array.from(busOfSlot, (bus) => problem.masked?.[bus] ?? 0);
  const optional = Uint8Array.from(busOfSlot, (bus) => Number((problem.before?.[bus] ?? -1) >= 0));

  const neighbours: Int32Array[] = [];
  const neighbourCounts = new Int32Array(4 * rows);
  const admittancePlace: number[] = [];
  for (let row = 0; row < rows; row++) {
    const bus = busOfSlot[row];
    const found: [number, number][] = [];
    let diagonal = -1;
    for (let k = start[bus]; k < start[bus + 1]; k++) {
      const slot = slotOfBus[column[k]];
      if (column[k] === bus) diagonal = k;
      else if (slot >= 0) found.push([slot, k]);
    }
    const group = (slot: number): number => (optional[slot] ? 3 : 2 - unknowns[slot]);
    found.sort(([a], [b]) => group(a) - group(b) || a - b);
    neighbours.push(Int32Array.from(found, ([slot]) => slot));
    for (const [slot] of found) neighbourCounts[4 * row + group(slot)]++;
    admittancePlace.push(diagonal, ...found.map(([, place]) => place));
  }
  const { lower, upper, upperTwo } = eliminationPattern({ rows, unknowns, neighbours });
  const lowerStart = new Int32Array(rows + 1);
  lower.forEach((list, k) => {
    lowerStart[k + 1] = lowerStart[k] + list.length;
  });
  return {
    rows,
    slots,
    slotOfBus,
    busOfSlot,
    unknowns,
    masked,
    optional,
    lowerStart,
    lower: Int32Array.from(lower.flat()),
    upper,
    upperTwo,
    neighbours,
    neighbourCounts,
    admittancePlace: Int32Array.from(admittancePlace),
  };
}

/** Buses of the rows in an order of elimination of low fill: of the grid without its optional buses, and each of these right before its own. */
function orderRows({ busCount, before, start, column }: LaneProblem, rowBuses: readonly number[]): number[] {
  const buses = rowBuses.filter((bus) => !before || before[bus] < 0);
  const rowOfBus = new Int32Array(busCount).fill(-1);
  buses.forEach((bus, row) => {
    rowOfBus[bus] = row;
  });
  const patternStart = new Int32Array(buses.length + 1);
  const pattern: number[] = [];
  buses.forEach((bus, row) => {
    for (let k = start[bus]; k < start[bus + 1]; k++) if (rowOfBus[column[k]] >= 0) pattern.push(rowOfBus[column[k]]);
    patternStart[row + 1] = pattern.length;
  });
  const order = Array.from(analyseElimination(buses.length, patternStart, Int32Array.from(pattern)).nodeOfSlot, (row) => buses[row]);
  if (!before) return order;
  const first: number[] = [];
  const optionalOf = new Map<number, number[]>();
  for (const bus of rowBuses) {
    if (before[bus] < 0) continue;
    if (rowOfBus[before[bus]] < 0) first.push(bus);
    else optionalOf.set(before[bus], [...(optionalOf.get(before[bus]) ?? []), bus]);
  }
  return [...first, ...order.flatMap((bus) => [...(optionalOf.get(bus) ?? []), bus])];
}

/** Row by row, in the order of elimination: the rows that it is eliminated with, ascending, and the columns that are left, those with 2 unknowns first (and how many these are). */
interface EliminationPattern {
  lower: number[][];
  upper: Int32Array[];
  upperTwo: Int32Array;
}

/**
 * The pattern of the factors: a row's columns are its neighbours behind it and those of the rows whose first column it is (J. W. H. Liu, "The role of elimination trees in sparse
 * factorization", 1990).
 */
function eliminationPattern({ rows, unknowns, neighbours }: Pick<LanePlan, 'rows' | 'unknowns' | 'neighbours'>): EliminationPattern {
  const lower: number[][] = Array.from({ length: rows }, () => []);
  const children: number[][] = Array.from({ length: rows }, () => []);
  const upper: Int32Array[] = [];
  const upperTwo = new Int32Array(rows);
  for (let k = 0; k < rows; k++) {
    const met = new Set<number>();
    for (const list of [neighbours[k], ...children[k].map((child) => upper[child])]) {
      for (const slot of list) if (slot > k && slot < rows) met.add(slot);
    }
    const columns = [...met].sort((a, b) => a - b);
    for (const slot of columns) lower[slot].push(k);
    if (columns.length > 0) children[columns[0]].push(k);
    const two = columns.filter((slot) => unknowns[slot] === 2);
    upperTwo[k] = two.length;
    upper.push(Int32Array.of(...two, ...columns.filter((slot) => unknowns[slot] === 1)));
  }
  return { lower, upper, upperTwo };
}

/** Writes the shared factor's programs for W lanes. */
export function writeSharedPrograms(plan: LanePlan, lanes: number): { forward: Int32Array; backward: Int32Array } {
  const { rows, unknowns, neighbours } = plan;
  const column = 16 * lanes;
  const forward: number[] = [];
  const backward: number[] = [];
  for (let k = 0; k < rows; k++) {
    const lower = plan.lower.subarray(plan.lowerStart[k], plan.lowerStart[k + 1]);
    const two = lower.filter((slot) => unknowns[slot] === 2);
    forward.push(unknowns[k], neighbours[k].length, two.length, lower.length - two.length);
    for (const slot of neighbours[k]) forward.push(slot * column);
    for (const slot of [...two, ...lower.filter((each) => unknowns[each] === 1)]) forward.push(slot * column);
  }
  for (let k = rows - 1; k >= 0; k--) {
    backward.push(unknowns[k], plan.upperTwo[k], plan.upper[k].length - plan.upperTwo[k]);
    for (const slot of plan.upper[k]) backward.push(slot * column);
  }
  return { forward: Int32Array.from(forward), backward: Int32Array.from(backward) };
}
