/** Puts the entries of {@link LaneElements} into the memory of a Newton session; what the kernels do with them stands in assembly/newton-lanes.ts. */
import type { Factors } from './factored-methods.js';
import * as layout from './kernel-layout.js';
import type { LaneElements } from './lane-elements.js';
import { entryAt, type NodalMatrix } from './nodal-matrix.js';
import type { MethodArrays, Session } from './session.js';

/**
 * Asks for room.
 *
 * @param blocks blocks of W lanes
 */
export function allocateLaneElements(
  { parameters, entries, dead }: LaneElements,
  blocks: number,
  width: number,
  { allocate, count }: MethodArrays,
): void {
  count(layout.FIELD_OWN_PARAMETERS, parameters);
  count(layout.FIELD_OWN_COUNT, entries.length);
  count(layout.FIELD_DEAD_FIRST, dead[0]);
  count(layout.FIELD_DEAD_COUNT, dead[1] - dead[0]);
  allocate(layout.FIELD_OWN_PARAMETER, blocks * parameters * width * 8);
  allocate(layout.FIELD_OWN_RECORDS, entries.length * layout.OWN_RECORD * 4);
  allocate(layout.FIELD_OWN_POLYNOMIALS, entries.length * layout.OWN_POLYNOMIAL * 8);
  allocate(layout.FIELD_OWN_VALUES, entries.length * 16 * width);
  allocate(layout.FIELD_ACTIVE, blocks * width * 8);
}

/** Writes records and polynomials; all parameters become 1 and all lanes active. */
export function writeLaneElements(
  { parameters, entries }: LaneElements,
  session: Session,
  matrix: NodalMatrix,
  { elimination, place }: Factors,
): void {
  const records = session.integers(layout.FIELD_OWN_RECORDS, entries.length * layout.OWN_RECORD);
  const polynomials = session.doubles(layout.FIELD_OWN_POLYNOMIALS, entries.length * layout.OWN_POLYNOMIAL);
  const n = matrix.nodeCount;
  // Whatever touches ground goes to one spare block behind all others.
  const spare = n + 2 * elimination.start[n];
  const blockOf = (row: number, column: number): number => {
    const entry = entryAt(matrix, row, column);
    return entry < 0 ? spare : place[entry];
  };
  entries.forEach(({ parameter, across: [p, q], into: [r, s], polynomial }, k) => {
    records.set(
      [...[p, q, r, s].map((node) => session.columnOffset(node)), blockOf(r, p), blockOf(r, q), blockOf(s, p), blockOf(s, q), parameter],
      k * layout.OWN_RECORD,
    );
    polynomials.set(polynomial, k * layout.OWN_POLYNOMIAL);
  });
  session.doubles(layout.FIELD_OWN_PARAMETER, session.blocks * session.lanes * parameters).fill(1);
  session.doubles(layout.FIELD_ACTIVE, session.blocks * session.lanes).fill(1);
}

/** A lane's parameters and whether it is solved, in a session's memory. */
export class LaneParameters {
  private readonly parameter: Float64Array;
  private readonly active: Float64Array;

  constructor(
    private readonly session: Session,
    private readonly count: number,
  ) {
    this.parameter = session.doubles(layout.FIELD_OWN_PARAMETER, session.blocks * session.lanes * count);
    this.active = session.doubles(layout.FIELD_ACTIVE, session.blocks * session.lanes);
  }

  /** Sets one parameter of one lane (lanes counted through all blocks, idle ones too). */
  set(parameter: number, scenario: number, x: number): void {
    const W = this.session.lanes;
    this.parameter[(Math.floor(scenario / W) * this.count + parameter) * W + (scenario % W)] = x;
  }

  setActive(scenario: number, active: boolean): void {
    this.active[scenario] = Number(active);
  }
}
