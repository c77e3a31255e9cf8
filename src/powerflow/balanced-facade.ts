/** Power flows of balanced grids as classes that are set up once and then given grids; `NewtonRaphson` of `facade.ts`, which takes three-phase grids too, stands on the same. */
import type { BalancedGrid } from '../grid/index.js';
import { describeValue, GridError, InputError } from '../grid/index.js';
import { checkBalancedOptions } from './balanced/balanced-options.js';
import type { BalancedOptions, BalancedSolution, BalancedStart } from './balanced/solution-types.js';
import { solveBalanced } from './balanced/solve-balanced.js';
import { unknownOption } from './solve-options.js';

/** Settings of the balanced power flows; each takes those that mean something to it. */
export interface BalancedSettings {
  /** Default `case`. `last`: the last solution that this object reached for the same grid, `case` where there is none. */
  start?: BalancedStart;
  /** Generators that would have to go beyond their reactive limits stay there, and their buses' voltage is free. Default false. */
  enforceReactiveLimits?: boolean;
  /** What is lacking is shared by generators: `true` by their `participation`, or by factors, one a generator. Default false. */
  distributedSlack?: boolean | readonly number[];
}

/** Settings of {@link FastDecoupled}. */
export interface FastDecoupledSettings extends Pick<BalancedSettings, 'start' | 'enforceReactiveLimits'> {
  /** Which matrix is without resistances: B' (`xb`, default), or B'' (`bx`, better where resistances are large). */
  scheme?: 'xb' | 'bx';
  /** Largest mismatch allowed at any bus, per unit of the grid's base power. Default 1e-10. */
  tolerance?: number;
  /** Most iterations, 1 to 1000. Default 200. */
  maxIterations?: number;
}

/** Loading other than that the grid holds, for one solution of a balanced grid. */
export interface BalancedConditions {
  /** Multiplies all loads. */
  loadMultiplier?: number;
}

/** Whether something has the form of a balanced grid (and is no three-phase `Grid`). What it holds is for the solver to check. */
export function isBalancedGrid(grid: unknown): grid is BalancedGrid {
  return typeof grid === 'object' && grid !== null && Array.isArray((grid as BalancedGrid).buses) && Array.isArray((grid as BalancedGrid).branches);
}

/** Throws {@link InputError} for a setting that there is not. */
export function checkSettingNames(settings: object, known: readonly string[]): void {
  if (typeof settings !== 'object' || settings === null) throw new InputError(`settings are an object, not ${describeValue(settings)}`);
  for (const key in settings) if (!known.includes(key)) unknownOption(key, known);
}

/** Solves balanced grids with settings that were checked, and remembers their last solutions for the start `last`. */
export class BalancedRuns {
  private readonly lasts = new WeakMap<BalancedGrid, BalancedSolution>();
  private readonly options: BalancedOptions;

  constructor(options: Omit<BalancedOptions, 'last' | 'loadMultiplier'>) {
    const { start, ...others } = options;
    checkBalancedOptions(start === 'last' ? others : options);
    this.options = options;
  }

  solve(grid: BalancedGrid, conditions: BalancedConditions): BalancedSolution {
    if (!isBalancedGrid(grid)) {
      throw new GridError(`needs a balanced grid (readMatpower, loadCase), not ${describeValue(grid)}; for three-phase grids take createSolver`);
    }
    checkSettingNames(conditions, ['loadMultiplier']);
    const { options } = this;
    const last = this.lasts.get(grid);
    const start: Pick<BalancedOptions, 'start' | 'last'> = options.start !== 'last' ? {} : last ? { last } : { start: 'case' };
    const solution = solveBalanced(grid, { ...options, ...start, ...conditions });
    if (solution.converged) this.lasts.set(grid, solution);
    return solution;
  }
}

/** The fast decoupled power flow of balanced grids: more iterations than Newton's, each for a fraction of the work. */
export class FastDecoupled {
  private readonly runs: BalancedRuns;

  constructor(settings: FastDecoupledSettings = {}) {
    checkSettingNames(settings, ['scheme', 'tolerance', 'maxIterations', 'start', 'enforceReactiveLimits']);
    const { scheme = 'xb', ...options } = settings;
    if (scheme !== 'xb' && scheme !== 'bx') throw new InputError(`scheme is ${describeValue(scheme)}; it must be xb or bx`);
    this.runs = new BalancedRuns({ ...options, method: scheme === 'xb' ? 'fast-decoupled' : 'fast-decoupled-bx' });
  }

  /** Solves a grid as it stands. Never throws for lack of convergence; throws InputError or GridError for a grid that cannot be posed. */
  solve(grid: BalancedGrid, conditions: BalancedConditions = {}): BalancedSolution {
    return this.runs.solve(grid, conditions);
  }
}

/** The DC power flow of balanced grids: active power and angles by one linear solution, without losses. */
export class DcPowerFlow {
  private readonly runs: BalancedRuns;

  constructor(settings: Pick<BalancedSettings, 'distributedSlack'> = {}) {
    checkSettingNames(settings, ['distributedSlack']);
    this.runs = new BalancedRuns({ ...settings, method: 'dc' });
  }

  /** Solves a grid as it stands. Throws InputError or GridError for a grid that cannot be posed, as one with a branch without reactance. */
  solve(grid: BalancedGrid, conditions: BalancedConditions = {}): BalancedSolution {
    return this.runs.solve(grid, conditions);
  }
}
