/**
 * The direct solution (`mode=direct`): every load and other injection as its admittance at rated voltage, one linear solution, no controls. As in
 * the engine, the load and generator multipliers do not apply in this mode.
 */
import type { CircuitElement } from '../grid/index.js';
import { GridError } from '../grid/index.js';
import type { GridSolver } from '../powerflow/solver-types.js';
import type { ControlledSolution } from './control-loop.js';

/** Model number 2 stands for constant impedance in all kinds of injection. */
const CONSTANT_IMPEDANCE = 2;

type Modelled = Extract<CircuitElement, { model: number }>;

/**
 * Solves directly. The solver then holds the linear solution, in which currents follow from the admittances, until it is told that the grid has
 * changed; the records are left as they were.
 */
export function solveDirect(solver: GridSolver): ControlledSolution {
  const { grid } = solver;
  const { loadMultiplier, generatorMultiplier } = grid;
  grid.loadMultiplier = 1;
  grid.generatorMultiplier = 1;
  const kept: [Modelled, Modelled['model']][] = [];
  for (const element of grid.elements) {
    if (element.enabled && 'model' in element) {
      kept.push([element, element.model]);
      element.model = CONSTANT_IMPEDANCE;
    }
  }
  try {
    solver.gridChanged();
    const report = solver.solve({ method: 'injection' });
    if (!report.converged) throw new GridError('the direct solution failed: the admittance matrix is not regular');
    return { reports: [report], report, converged: true, controlIterations: 1, iterations: 1, actions: 0 };
  } finally {
    grid.loadMultiplier = loadMultiplier;
    grid.generatorMultiplier = generatorMultiplier;
    for (const [element, model] of kept) element.model = model;
  }
}
