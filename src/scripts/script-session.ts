/** Carries out what a script asks of a solver: solutions with controls, solutions in time, voltage bases. One session runs one script. */
import {
  applyMoment,
  type ControlledSolution,
  ControlSystem,
  runTimeSteps,
  solveDirect,
  solveWithControls,
  timeDependentsOf,
} from '../controls/index.js';
import type { ScriptHost, SolutionOptions } from '../formats/opendss/index.js';
import type { Grid, SourceLocation } from '../grid/index.js';
import {
  BusbarError,
  ConvergenceError,
  formatLocation,
  formatMismatch,
  GridError,
  InputError,
  loneNodes,
  oneLine,
  SNAPSHOT,
  validateGrid,
} from '../grid/index.js';
import type { GridSolver, SolveOptions } from '../powerflow/index.js';
import { createSolver, DEFAULT_TOLERANCE } from '../powerflow/index.js';
import { assignVoltageBases } from './voltage-bases.js';

/** A warning of a script. */
export interface ScriptWarning {
  message: string;
  /** The message with its place in front, one line. */
  text: string;
  location: SourceLocation;
}

/** Warnings kept before the rest is left out: devices may have something to say at each of many steps. */
const MOST_WARNINGS = 2000;
const ENOUGH = `${MOST_WARNINGS} warnings are enough; further ones are left out`;

/** How a session solves. */
export interface SessionOptions extends SolveOptions {
  /** Makes the solver of a grid; default busbar's own. */
  createSolver?: (grid: Grid) => GridSolver;
  /** Overrides the control mode that the script sets. */
  controlMode?: SolutionOptions['controlMode'];
  /** Called after each step of a solution in time. */
  onStep?: (system: ControlSystem, hour: number, solution: ControlledSolution) => void;
  /** Called for each warning as it comes. */
  onWarning?: (warning: ScriptWarning) => void;
}

/** The solver and controls of a script's grid, and what its last solution gave. */
export class ScriptSession implements ScriptHost {
  readonly warnings: ScriptWarning[] = [];
  /** Revision of the grid that the solver has compiled. */
  private compiledRevision = -1;
  private validatedRevision = -1;
  /** The last solution; undefined before the first. */
  lastSolution: ControlledSolution | undefined;
  /** Number of solve commands carried out. */
  solveCount = 0;
  private system: ControlSystem | undefined;
  /** Nodes that were warned of. */
  private readonly lone = new Set<string>();

  constructor(private readonly options: SessionOptions = {}) {}

  /** The controls (and through them the solver) of a grid, made where it is a new one. */
  systemOf(grid: Grid): ControlSystem {
    if (this.system?.grid !== grid) {
      const solver = (this.options.createSolver ?? createSolver)(grid);
      this.lastSolution = undefined;
      this.compiledRevision = -1;
      this.validatedRevision = -1;
      this.system = new ControlSystem(solver, (message) => this.warn(message, { file: grid.name, line: 0 }));
    }
    return this.system;
  }

  solve(grid: Grid, options: SolutionOptions, location: SourceLocation): void {
    const system = this.systemOf(grid);
    this.compileIfEdited(system.solver);
    this.solveCount += 1;
    located(location, () => {
      // A fault that no solution can get over is better named by element and property than by what it does to the numbers.
      if (this.validatedRevision !== grid.revision) this.validate(grid, location);
      this.validatedRevision = grid.revision;
      this.solveMode(system, options, location);
    });
  }

  private validate(grid: Grid, location: SourceLocation): void {
    validateGrid(grid);
    for (const { element, node } of loneNodes(grid)) {
      if (this.lone.has(node)) continue;
      this.lone.add(node);
      this.warn(`${element}: nothing else is tied to node ${node}, so no current flows there (as in OpenDSS); check its bus`, location);
    }
  }

  calculateVoltageBases(grid: Grid, location: SourceLocation): void {
    const { solver } = this.systemOf(grid);
    located(location, () => {
      this.compileIfEdited(solver);
      assignVoltageBases(solver);
    });
  }

  resetControls(grid: Grid, location: SourceLocation): void {
    located(location, () => this.systemOf(grid).reset());
  }

  /** Has the solver compile the grid anew where the script edited it since, or where a direct solution left models of its own. */
  private compileIfEdited(solver: GridSolver): void {
    if (this.compiledRevision === solver.grid.revision) return;
    solver.gridChanged();
    this.compiledRevision = solver.grid.revision;
  }

  warn(message: string, location: SourceLocation): void {
    const place = formatLocation(location);
    const line = oneLine(message);
    const warning = { message: line, text: oneLine(place ? `${place}: ${message}` : message), location };
    if (this.warnings.length > MOST_WARNINGS) return;
    if (this.warnings.length === MOST_WARNINGS) Object.assign(warning, { message: ENOUGH, text: ENOUGH });
    this.warnings.push(warning);
    this.options.onWarning?.(warning);
  }

  private solveMode(system: ControlSystem, options: SolutionOptions, location: SourceLocation): void {
    const { clock, context, solver } = system;
    const solveOptions = this.solveOptions(options);
    clock.hour = options.hour;
    clock.seconds = options.second;
    context.stepSeconds = options.stepSeconds;
    if (options.mode === 'direct') {
      context.solutionMode = 'direct';
      this.take(solveDirect(solver), location);
      this.compiledRevision = -1;
    } else if (options.mode === 'snapshot') {
      context.solutionMode = 'snapshot';
      // After a solution in time the solver holds the powers of its last step.
      applyMoment(solver, timeDependentsOf(system.grid), SNAPSHOT);
      this.take(solveWithControls(system, this.controlOptions(options, solveOptions)), location);
    } else this.solveInTime(system, options, location);
    options.hour = clock.hour;
    options.second = clock.seconds;
  }

  private solveInTime(system: ControlSystem, options: SolutionOptions, location: SourceLocation): void {
    const { grid, clock } = system;
    const { mode, number: steps, stepSeconds, loadShapeClass } = options;
    if (!(stepSeconds > 0)) throw new InputError(`solve mode=${mode} needs a step size above 0 (set stepsize=1h)`, { location });
    if (steps === 0) this.warn(`solve mode=${mode} number=0 solves nothing`, location);
    const own = mode === 'yearly' || mode === 'duty' ? mode : 'daily';
    const followed = mode === 'time' ? (loadShapeClass === 'none' ? 'snapshot' : loadShapeClass) : own;
    const { loadMultiplier } = grid;
    if (mode === 'peakday') {
      clock.hour = 0;
      clock.seconds = 0;
      grid.loadMultiplier = 1;
    }
    try {
      const loop = { mode: followed, steps, stepSeconds, clockMoves: mode === 'time' ? 'after' : 'before' } as const;
      for (const step of runTimeSteps(system, { ...loop, ...this.controlOptions(options, this.solveOptions(options)) })) {
        this.take(step.solution, location, step.hour);
        this.options.onStep?.(system, step.hour, step.solution);
      }
    } finally {
      grid.loadMultiplier = loadMultiplier;
    }
  }

  /** A script may ask for a smaller mismatch than busbar leaves at rest, not for a larger one. */
  private solveOptions(options: SolutionOptions): SolveOptions {
    const { method, maxIterations, accelerationFactor, start, tolerance = DEFAULT_TOLERANCE } = this.options;
    return { method, maxIterations, accelerationFactor, start, tolerance: Math.min(tolerance, options.tolerance ?? tolerance) };
  }

  private controlOptions(options: SolutionOptions, solveOptions: SolveOptions) {
    const controlMode = this.options.controlMode ?? options.controlMode;
    return { ...solveOptions, controlMode, maxControlIterations: options.maxControlIterations };
  }

  /** Keeps a solution; throws where it did not converge. */
  private take(solution: ControlledSolution, location: SourceLocation, hour?: number): void {
    this.lastSolution = solution;
    if (solution.converged) return;
    const { report } = solution;
    const when = hour === undefined ? '' : ` at hour ${hour}`;
    throw new ConvergenceError(
      `${formatLocation(location)}: solve: no convergence${when} after ${report.iterations} iterations of ${report.method} (${report.status}); ` +
        `mismatch ${formatMismatch(report.mismatchPu)}, worst at ${report.worstNode}`,
      report.iterations,
      report.mismatchPu,
      report.worstNode,
    );
  }
}

/** Runs something and puts the script's place before the message of what it throws. */
function located(location: SourceLocation, run: () => void): void {
  const place = formatLocation(location);
  try {
    run();
  } catch (error) {
    if (!(error instanceof BusbarError) || error.message.startsWith(`${place}:`)) throw error;
    const message = `${place}: ${error.message}`;
    if (error instanceof ConvergenceError) throw new ConvergenceError(message, error.iterations, error.mismatchPu, error.worstNode);
    if (error instanceof GridError) throw new GridError(message);
    if (error instanceof InputError && (error.location !== undefined || error.element !== undefined)) throw error;
    if (error instanceof InputError) throw new InputError(error.message, { location, property: error.property });
    throw error;
  }
}
