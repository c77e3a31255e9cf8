/** What a solution's voltages mean at a glance: dead nodes, nodes outside limits, loads outside the voltages for which their model holds. */
import { elementId } from '../grid/index.js';
import { legConductors, legLaw } from './legs.js';
import type { NodeRow } from './solution-record.js';
import type { GridSolver } from './solver-types.js';

/** Per-unit voltage up to which a phase node counts as dead. */
export const DEAD_PU = 0.02;

/** The same where a bus has no base: share of the highest voltage of the grid. */
const DEAD_SHARE = 1e-6;

/** Node number of a row. */
export function nodeOfRow(row: NodeRow): number {
  return Number(row[0].slice(row[0].lastIndexOf('.') + 1));
}

/** Phase nodes (1 to 3) without voltage, as `bus.node`: parts that open conductors or disabled branches cut off. */
export function deadNodes(rows: readonly NodeRow[]): string[] {
  let highest = 0;
  for (const [, re, im] of rows) highest = Math.max(highest, Math.hypot(re, im));
  return rows
    .filter((row) => nodeOfRow(row) <= 3 && (row[3] === null ? Math.hypot(row[1], row[2]) <= DEAD_SHARE * highest : row[3] <= DEAD_PU))
    .map((row) => row[0]);
}

/** Number of live phase nodes (1 to 3) with a base below and above limits in per unit. */
export function nodesOutside(rows: readonly NodeRow[], [low, high]: readonly [number, number]): { below: number; above: number } {
  const counts = { below: 0, above: 0 };
  for (const row of rows) {
    const pu = row[3];
    if (pu === null || !(pu > DEAD_PU) || nodeOfRow(row) > 3) continue;
    if (pu < low) counts.below += 1;
    else if (pu > high) counts.above += 1;
  }
  return counts;
}

/**
 * Live loads, as `load.name`, that stand with a phase below or above the voltages between which their model holds (`vminpu` and `vmaxpu` of the OpenDSS
 * language): outside they turn to impedances, so they do not draw the power that they are given. Dead loads are in neither list.
 */
export function loadsOutsideWindow(solver: GridSolver): { below: string[]; above: string[] } {
  const below: string[] = [];
  const above: string[] = [];
  for (const load of solver.grid.elementsOf('load')) {
    if (!load.enabled) continue;
    const law = legLaw(load);
    const volts = solver.terminalVoltages(load, 0);
    if (volts.length === 0) continue;
    const across = legConductors(load).map(([a, b]) => Math.hypot(volts[2 * a] - volts[2 * b], volts[2 * a + 1] - volts[2 * b + 1]));
    const live = across.filter((value) => value > DEAD_PU * law.ratedVolts);
    if (live.some((value) => value < law.minVolts)) below.push(elementId(load));
    else if (live.some((value) => value > law.maxVolts)) above.push(elementId(load));
  }
  return { below, above };
}
