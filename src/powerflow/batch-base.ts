/** The base case of a batch: the grid as it is posed, and the solution from which all scenarios start. */
import { type Grid, GridError } from '../grid/index.js';
import { withCapacitorsAsLoads } from './batch-capacitors.js';
import { BatchLanes } from './batch-lanes.js';
import { isClosed, poseSwitch } from './batch-switches.js';
import type { CompiledGrid } from './compiled-grid.js';
import { CompiledSolver } from './grid-solver.js';
import { primitiveAdmittance } from './primitive.js';
import type { SolveReport } from './solver-types.js';

/** What differs from scenario to scenario, by name. */
export interface BatchNames {
  transformers: readonly string[];
  capacitors: readonly string[];
  switches: readonly string[];
  /** The winding that a control moves, by transformer. */
  moved: ReadonlyMap<string, number>;
}

/** A base case; in the compiled grid all switches are closed. */
export interface BatchBase {
  /** The grid with capacitors as loads and switches that take part. Its other records are the grid's own. */
  posed: Grid;
  compiled: CompiledGrid;
  /** [node][re, im], volt. */
  voltage: Float64Array;
  /** The same without load; undefined where that has no solution. */
  unloaded: Float64Array | undefined;
  lanes: BatchLanes;
}

/**
 * Poses the grid and solves it with the switches as they stand or, where these leave parts without a source, all closed.
 * Throws {@link GridError} where it has no solution.
 *
 * @param multiplier load multiplier of the base case
 */
export function solveBase(grid: Grid, { transformers, capacitors, switches, moved }: BatchNames, scenarios: number, multiplier: number): BatchBase {
  const closed = switches.map((name) => isClosed(grid.require('line', name)));
  const replaced = new Map(switches.map((name, k) => [`line.${name}`, poseSwitch(grid.require('line', name), closed[k])]));
  const posed = withCapacitorsAsLoads(grid, capacitors, replaced);
  const base = new CompiledSolver(posed);
  posed.loadMultiplier = grid.loadMultiplier * multiplier;
  const { compiled } = base.plans;
  const opened = switches.filter((_, k) => !closed[k]).map((name) => posed.require('line', name));
  const set = (open: boolean): void => {
    for (const line of opened) {
      for (const terminal of line.terminals) terminal.open = open ? terminal.nodes.map(() => true) : undefined;
      compiled.elements[compiled.elementIndex.get(line) as number].primitive = primitiveAdmittance(line, posed.frequencyHz);
    }
  };
  set(false);
  const lanes = new BatchLanes(compiled, transformers, switches, scenarios, closed, moved);
  set(!lanes.leavesDead());
  for (const line of opened) base.elementChanged(line);
  const report = solveAt(base, multiplier);
  const voltage = Float64Array.from(base.voltages);
  const { watts, vars } = compiled.legs;
  const [loadedWatts, loadedVars] = [watts.slice(), vars.slice()];
  for (const load of grid.elementsOf('load')) if (load.enabled) base.setPower(posed.require('load', load.name), 0, 0);
  const unloaded = report.converged && base.solve().converged ? Float64Array.from(base.voltages) : undefined;
  watts.set(loadedWatts);
  vars.set(loadedVars);
  set(false);
  posed.loadMultiplier = grid.loadMultiplier;
  if (!report.converged)
    throw new GridError(`the base case does not converge (${report.status}, worst at ${report.worstNode}); a batch starts from it`);
  return { posed, compiled, voltage, unloaded, lanes };
}

/** Solves the base case; where its load multiplier has a share in what is wrong, the error says so. */
function solveAt(base: CompiledSolver, multiplier: number): SolveReport {
  try {
    return base.solve();
  } catch (error) {
    if (multiplier === 1 || !(error instanceof GridError)) throw error;
    throw new GridError(`the base case at a baseMultiplier of ${multiplier} has no solution: ${error.message}`);
  }
}
