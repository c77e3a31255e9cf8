/** Runs a reference case on the built-in feeder. */
import type { ControlledSolution } from '../../src/controls/index.js';
import { ControlSystem, runTimeSteps, solveWithControls } from '../../src/controls/index.js';
import { loadFeeder } from '../../src/feeders/index.js';
import type { Grid } from '../../src/grid/index.js';
import type { GridSolver, MethodName } from '../../src/powerflow/index.js';
import { createSolver } from '../../src/powerflow/index.js';
import type { CaseEdits, ReferenceCase } from './reference-cases.js';

/** A case that was run. */
export interface RunResult {
  solver: GridSolver;
  solution: ControlledSolution;
}

/** Loads the feeder, makes the case's edits, and solves as its commands say. */
export async function runOnFeeder(reference: ReferenceCase, method: MethodName | 'auto' = 'auto'): Promise<RunResult> {
  const grid = await loadFeeder(reference.feeder);
  applyEdits(grid, reference.edits);
  const solver = createSolver(grid);
  const system = new ControlSystem(solver);
  const { controlMode = 'static', maxControlIterations, steps } = reference.edits;
  const options = { method, controlMode, maxControlIterations } as const;
  if (!steps) return { solver, solution: solveWithControls(system, options) };
  let solution: ControlledSolution | undefined;
  for (const step of runTimeSteps(system, { ...options, mode: steps.mode, steps: steps.number, stepSeconds: steps.stepSeconds }))
    solution = step.solution;
  if (!solution) throw new Error(`${reference.name} has no steps`);
  return { solver, solution };
}

/** Sets taps and regulator settings in the grid's records. */
export function applyEdits(grid: Grid, edits: CaseEdits): void {
  for (const [name, taps] of Object.entries(edits.taps ?? {})) {
    const transformer = grid.require('transformer', name);
    for (const [winding, tapPu] of taps) transformer.windings[winding - 1].tapPu = tapPu;
  }
  for (const [name, settings] of Object.entries(edits.regulators ?? {})) {
    const control = grid.control(`regcontrol.${name}`);
    if (control?.kind !== 'regcontrol') throw new Error(`there is no regulator control ${name}`);
    if (settings.maxTapChange !== undefined) control.maxTapChange = settings.maxTapChange;
    if (settings.delaySeconds !== undefined) control.delaySeconds = settings.delaySeconds;
  }
}
