/** Compares a solved grid with a reference case. */
import type { ControlledSolution } from '../../src/controls/index.js';
import type { GridSolver } from '../../src/powerflow/index.js';
import { capacitorRecords, powerTotals, regulatorRecords } from '../../src/powerflow/index.js';
import type { ReferenceCase } from './reference-cases.js';

/** How far a solution is from its reference. */
export interface Agreement {
  /** Largest |V - V_reference| over base at the nodes compared (over the reference's own magnitude where there is no base), and where. */
  nodeErrorPu: number;
  worstNode: string;
  /** Largest |base - reference base| over reference base. */
  baseError: number;
  nodesMissing: string[];
  /** Relative to the reference's losses and source power (complex). */
  lossError: number;
  sourceError: number;
  /** Regulators and capacitors that stand elsewhere, as `name: ours, not theirs`. */
  tapsDiffering: string[];
  capacitorsDiffering: string[];
  iterations: number;
  controlIterations: number;
  method: string;
  mismatchPu: number;
}

/** Compares the solver's last solution with a case. */
export function compareWith(reference: ReferenceCase, solver: GridSolver, solution: ControlledSolution): Agreement {
  const { grid } = solver;
  let nodeErrorPu = 0;
  let worstNode = '';
  let baseError = 0;
  const nodesMissing: string[] = [];
  for (const [name, re, im, baseKv] of reference.nodes) {
    const dot = name.lastIndexOf('.');
    const bus = name.slice(0, dot);
    const voltage = solver.nodeVoltage(bus, Number(name.slice(dot + 1)));
    if (!voltage) {
      nodesMissing.push(name);
      continue;
    }
    const base = baseKv === null ? Math.hypot(re, im) : baseKv * 1000;
    const error = Math.hypot(voltage[0] - re, voltage[1] - im) / base;
    if (!(error <= nodeErrorPu)) {
      nodeErrorPu = error;
      worstNode = name;
    }
    const ownBase = grid.buses.get(bus)?.baseKv;
    if (baseKv !== null) baseError = Math.max(baseError, ownBase === undefined ? 1 : Math.abs(ownBase - baseKv) / baseKv);
  }
  const totals = powerTotals(solver);
  const relative = (re: number, im: number, wantedRe: number, wantedIm: number): number =>
    Math.hypot(re - wantedRe, im - wantedIm) / Math.hypot(wantedRe, wantedIm);
  const regulators = regulatorRecords(grid);
  const capacitors = capacitorRecords(grid);
  return {
    nodeErrorPu,
    worstNode,
    baseError,
    nodesMissing,
    lossError: relative(totals.lossesW, totals.lossesVar, reference.lossesW, reference.lossesVar),
    sourceError: relative(totals.sourcePowerKw, totals.sourcePowerKvar, reference.sourceKw, reference.sourceKvar),
    tapsDiffering: Object.entries(reference.taps)
      .filter(([name, tap]) => !(Math.abs((regulators[name]?.tapPu ?? Number.NaN) - tap) < 1e-9))
      .map(([name, tap]) => `${name}: ${regulators[name]?.tapPu}, not ${tap}`),
    capacitorsDiffering: Object.entries(reference.capacitors)
      .filter(([name, steps]) => capacitors[name]?.join() !== steps.join())
      .map(([name, steps]) => `${name}: ${capacitors[name]?.join()}, not ${steps.join()}`),
    iterations: solution.iterations,
    controlIterations: solution.controlIterations,
    method: solution.report.method,
    mismatchPu: solution.report.mismatchPu,
  };
}
