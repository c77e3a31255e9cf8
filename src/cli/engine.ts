/** From what was typed to a solved grid: a built-in feeder by its name, anything that looks like a file as an OpenDSS script. */
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { ControlledSolution } from '../controls/index.js';
import { ControlSystem, solveWithControls } from '../controls/index.js';
import { feederInfo, loadFeeder } from '../feeders/index.js';
import type { Grid } from '../grid/index.js';
import { formatLocation, InputError } from '../grid/index.js';
import type { GridSolver, MethodName, SolveReport } from '../powerflow/index.js';
import { createSolver } from '../powerflow/index.js';
import type { ScriptWarning } from '../scripts/index.js';
import { runScriptFile } from '../scripts/node-run-script.js';
import { refuseCaseTarget } from './case-target.js';

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
  /** What was asked for, in words: a feeder's title and name, a script's circuit and file. */
  title: string;
  grid: Grid;
  solver: GridSolver;
  report: SolveReport;
  /** Iterations over all control iterations of the last solution. */
  iterations: number;
  controlIterations: number;
}

/** A grid ready for a time series. */
export interface LoadedGrid {
  title: string;
  system: ControlSystem;
  builtIn: boolean;
  maxControlIterations: number;
}

/** Most control iterations of a built-in feeder; enough for every regulator to move over its whole range, one tap a time. */
const FEEDER_CONTROL_ITERATIONS = 100;

/** A target is a script where its name says so or a file of that name exists. */
function isScript(target: string): boolean {
  return /\.(dss|txt)$/i.test(target) || /[\\/]/.test(target) || existsSync(target);
}

function requireFile(path: string): void {
  if (!existsSync(path)) throw new InputError(`there is no file "${path}"`);
  if (statSync(path).isDirectory()) throw new InputError(`"${path}" is a folder; name the script in it`);
}

function feederTitle(target: string): string {
  const { name, title } = feederInfo(target);
  return `${title} (${name})`;
}

function scriptTitle(target: string, grid: Grid): string {
  return `${grid.name} (${basename(target)})`;
}

/**
 * Solves a feeder, or runs a script and takes the state after its last `solve` (one is done where it has none). A load multiplier is set after the
 * script has run, and the grid is solved once more.
 */
export async function solveTarget(request: SolveRequest, warn: (message: string) => void): Promise<SolvedGrid> {
  const { target, method, tolerance, maxIterations, controls, loadMultiplier } = request;
  const solveOptions = { method, tolerance, maxIterations };
  if (!isScript(target)) {
    const grid = await loadFeeder(target);
    if (loadMultiplier !== undefined) grid.loadMultiplier = loadMultiplier;
    const system = new ControlSystem(createSolver(grid), warn);
    const options = { ...solveOptions, controlMode: controls ?? 'static', maxControlIterations: FEEDER_CONTROL_ITERATIONS };
    return solved(feederTitle(target), system, solveWithControls(system, options));
  }
  requireFile(target);
  const result = runScriptFile(target, { ...solveOptions, controlMode: controls, onWarning: scriptWarning(warn) });
  const { system, grid, solver } = result;
  const title = scriptTitle(target, grid);
  if (loadMultiplier === undefined) return solved(title, system, result.solution);
  grid.loadMultiplier = loadMultiplier;
  solver.gridChanged();
  const { controlMode, maxControlIterations } = result.options;
  return solved(title, system, solveWithControls(system, { ...solveOptions, controlMode: controls ?? controlMode, maxControlIterations }));
}

/** Loads a feeder, or runs a script without a closing solution, for a time series. */
export async function loadTarget(request: SolveRequest, warn: (message: string) => void): Promise<LoadedGrid> {
  const { target, method, tolerance, maxIterations } = request;
  refuseCaseTarget(target, 'qsts');
  if (!isScript(target)) {
    const system = new ControlSystem(createSolver(await loadFeeder(target)), warn);
    return { title: feederTitle(target), system, builtIn: true, maxControlIterations: FEEDER_CONTROL_ITERATIONS };
  }
  requireFile(target);
  const options = { method, tolerance, maxIterations, onWarning: scriptWarning(warn), solveIfUnsolved: false } as const;
  const result = runScriptFile(target, options);
  const maxControlIterations = Math.max(result.options.maxControlIterations, FEEDER_CONTROL_ITERATIONS);
  return { title: scriptTitle(target, result.grid), system: result.system, builtIn: false, maxControlIterations };
}

/**
 * Lets loads that name no daily shape follow one.
 *
 * @param wanted name of a shape, `none`, or undefined for the default: `default` in a built-in feeder none of whose loads names a shape, else none
 * @returns the shape's name, or undefined where nothing was changed. Throws {@link InputError} where there is no such shape.
 */
export function followShape(grid: Grid, mode: 'daily' | 'yearly' | 'duty', wanted: string | undefined, builtIn: boolean): string | undefined {
  const loads = grid.elementsOf('load').filter((load) => load.enabled);
  const shapeless = loads.filter((load) => !load.shapes.daily && !load.shapes.yearly && !load.shapes.duty);
  const name = wanted?.toLowerCase() ?? (builtIn && shapeless.length === loads.length ? 'default' : 'none');
  if (name === 'none' || shapeless.length === 0) return undefined;
  if (!grid.loadShapes.has(name)) {
    throw new InputError(`there is no load shape "${name}"; there are ${[...grid.loadShapes.keys()].slice(0, 10).join(', ') || 'none'}`);
  }
  for (const load of shapeless) load.shapes[mode] = name;
  return name;
}

function scriptWarning(warn: (message: string) => void): (warning: ScriptWarning) => void {
  return ({ message, location }) => warn(location.line > 0 ? `${formatLocation(location)}: ${message}` : message);
}

function solved(title: string, system: ControlSystem, solution: ControlledSolution): SolvedGrid {
  const { report, iterations, controlIterations } = solution;
  return { title, grid: system.grid, solver: system.solver, report, iterations, controlIterations };
}
