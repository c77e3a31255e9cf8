/** From what was typed to a solved grid: a built-in feeder by its name, anything that looks like a file as an OpenDSS script. */
import { existsSync } from 'node:fs';
import type { ControlledSolution } from '../controls/index.js';
import { ControlSystem, solveWithControls } from '../controls/index.js';
import { loadFeeder } from '../feeders/index.js';
import type { Grid } from '../grid/index.js';
import { InputError } from '../grid/index.js';
import type { GridSolver, MethodName, SolveReport } from '../powerflow/index.js';
import { createSolver } from '../powerflow/index.js';
import { runScriptFile } from '../scripts/node-run-script.js';

/** What to solve and how; what is left undefined keeps its default. */
export interface SolveRequest {
  target: string;
  method?: MethodName | 'auto';
  controls?: 'off' | 'static';
  loadMultiplier?: number;
  tolerance?: number;
  maxIterations?: number;
}

/** A grid with its last solution. */
export interface SolvedGrid {
  grid: Grid;
  solver: GridSolver;
  report: SolveReport;
  /** Iterations over all control iterations of the last solution. */
  iterations: number;
  controlIterations: number;
}

/** A grid ready for a time series. */
export interface LoadedGrid {
  system: ControlSystem;
  builtIn: boolean;
  maxControlIterations: number;
}

/** Most control iterations of a built-in feeder; enough for every regulator to move over its whole range, one tap a time. */
const FEEDER_CONTROL_ITERATIONS = 100;

function isFile(target: string): boolean {
  return /\.(dss|txt)$/i.test(target) || /[\\/]/.test(target) || existsSync(target);
}

/**
 * Solves a feeder, or runs a script and takes the state after its last `solve` (one is done where it has none). A load multiplier is set after the
 * script has run, and the grid is solved once more.
 */
export async function solveTarget(request: SolveRequest, warn: (message: string) => void): Promise<SolvedGrid> {
  const { method, tolerance, maxIterations, controls, loadMultiplier } = request;
  const solveOptions = { method, tolerance, maxIterations };
  if (!isFile(request.target)) {
    const grid = await loadFeeder(request.target);
    if (loadMultiplier !== undefined) grid.loadMultiplier = loadMultiplier;
    const system = new ControlSystem(createSolver(grid), warn);
    return solved(
      system,
      solveWithControls(system, { ...solveOptions, controlMode: controls ?? 'static', maxControlIterations: FEEDER_CONTROL_ITERATIONS }),
    );
  }
  const result = runScriptFile(request.target, { ...solveOptions, controlMode: controls, onWarning: (warning) => warn(warning.text) });
  if (loadMultiplier === undefined) return solved(result.system, result.solution);
  result.grid.loadMultiplier = loadMultiplier;
  result.solver.gridChanged();
  const controlMode = controls ?? result.options.controlMode;
  return solved(
    result.system,
    solveWithControls(result.system, { ...solveOptions, controlMode, maxControlIterations: result.options.maxControlIterations }),
  );
}
