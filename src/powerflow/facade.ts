/**
 * Power-flow solvers as classes that are set up once and then given grids, for those who expect this form. They are thin faces on
 * {@link createSolver}, which is the way to go where one grid is solved many times.
 */
import type { BalancedGrid, Grid } from '../grid/index.js';
import { describeValue, GridError, InputError, requireGrid } from '../grid/index.js';
import type { BalancedSolution } from './balanced/solution-types.js';
import { type BalancedConditions, BalancedRuns, type BalancedSettings, checkSettingNames, isBalancedGrid } from './balanced-facade.js';
import { createSolver } from './grid-solver.js';
import type { PowerTotals, TerminalRecord } from './solution-record.js';
import { powerTotals, terminalRecords } from './solution-record.js';
import { checkSolveOptions } from './solve-options.js';
import type { GridSolver, MethodName, SolveReport } from './solver-types.js';

/** Settings of a power flow. */
export interface PowerFlowSettings {
  /** Largest power mismatch allowed at any node, per unit of 1 MVA. Default 1e-12. */
  tolerance?: number;
  /** Most iterations, 1 to 1000. Default: the method's own. */
  maxIterations?: number;
  /** Each iteration's step is multiplied by this, > 0. Default 1. */
  accelerationFactor?: number;
}

/** Loads other than those the grid holds, for one solution; the grid's records stay as they are. */
export interface LoadingConditions {
  /** Multiplies all loads that are not `fixed`. */
  loadMultiplier?: number;
  /** Power of single loads (consumed) or generators (delivered), by id such as `load.house1`; takes the place of everything else. */
  powers?: Readonly<Record<string, { powerKw: number; powerKvar: number }>>;
}

/** Voltage of one node. */
export interface NodeVoltage {
  node: number;
  /** Volt to ground. */
  re: number;
  im: number;
  /** Per unit of the bus's base; null where it has none. */
  magnitudePu: number | null;
  angleDegrees: number;
}

/** What a power flow gives. Without convergence the values are those of the last iteration. */
export interface PowerFlowSolution extends PowerTotals {
  converged: boolean;
  status: SolveReport['status'];
  iterations: number;
  method: MethodName;
  /** Largest power mismatch at any node, per unit of 1 MVA, computed afresh from the final voltages. */
  mismatchPu: number;
  /** Node (`bus.node`) of the largest mismatch. */
  worstNode: string;
  /** Largest mismatch of each iterate as the method itself sees it; the first is that of the start (Newton). */
  history: number[];
  busVoltages: Map<string, NodeVoltage[]>;
  /** Power into each enabled line at both ends, by name, kW and kvar a conductor. */
  lineFlows: Map<string, TerminalRecord[]>;
}

abstract class PowerFlow {
  readonly tolerance: number | undefined;
  readonly maxIterations: number | undefined;
  readonly accelerationFactor: number | undefined;
  private readonly solvers = new WeakMap<Grid, GridSolver>();

  constructor(
    private readonly method: MethodName | 'auto',
    settings: PowerFlowSettings,
  ) {
    checkSolveOptions(settings);
    this.tolerance = settings.tolerance;
    this.maxIterations = settings.maxIterations;
    this.accelerationFactor = settings.accelerationFactor;
  }

  /**
   * Solves a grid as it stands (taps, switches and steps are not moved). Whatever was changed in it since the last call is seen. Never throws for lack of
   * convergence; throws GridError for a grid that cannot be posed.
   */
  solve(grid: Grid, conditions: LoadingConditions = {}): PowerFlowSolution {
    requireGrid(grid);
    checkConditions(grid, conditions);
    let solver = this.solvers.get(grid);
    if (solver) solver.gridChanged();
    else {
      solver = createSolver(grid);
      this.solvers.set(grid, solver);
    }
    const multiplier = grid.loadMultiplier;
    try {
      if (conditions.loadMultiplier !== undefined) grid.loadMultiplier = conditions.loadMultiplier;
      for (const [id, power] of Object.entries(conditions.powers ?? {})) {
        const element = grid.element(id);
        if (element) solver.setPower(element, power.powerKw, power.powerKvar);
      }
      const { tolerance, maxIterations, accelerationFactor, method } = this;
      return solutionOf(solver, solver.solve({ method, tolerance, maxIterations, accelerationFactor, start: 'flat' }));
    } finally {
      grid.loadMultiplier = multiplier;
    }
  }
}

/** Throws {@link GridError} for loading conditions that cannot be. */
function checkConditions(grid: Grid, conditions: LoadingConditions): void {
  if (typeof conditions !== 'object' || conditions === null)
    throw new GridError(`loading conditions are an object, not ${describeValue(conditions)}`);
  const { loadMultiplier, powers } = conditions;
  if (loadMultiplier !== undefined && !Number.isFinite(loadMultiplier)) {
    throw new GridError(`loadMultiplier must be a finite number, not ${describeValue(loadMultiplier)}`);
  }
  if (powers !== undefined && (typeof powers !== 'object' || powers === null)) {
    throw new GridError(`powers are an object of ids and powers, not ${describeValue(powers)}`);
  }
  for (const [id, power] of Object.entries(powers ?? {})) {
    if (!grid.element(id)) throw new GridError(`there is no element "${id}" to set the power of; ids are written kind.name, as in load.house1`);
    // What the numbers are is for the solver to check.
    if (typeof power !== 'object' || power === null) throw new GridError(`the power of ${id} is { powerKw, powerKvar }, not ${describeValue(power)}`);
  }
}

/** Power flow of distribution grids: the tree sweep on radial feeders, another method where that does not apply. */
export class DistributionPowerFlow extends PowerFlow {
  constructor(settings: PowerFlowSettings = {}) {
    super('auto', settings);
  }
}

/** Power flow of any three-phase grid, meshed or radial, by current injections into the factored nodal admittance matrix. */
export class UnbalancedPowerFlow extends PowerFlow {
  constructor(settings: PowerFlowSettings = {}) {
    super('injection', settings);
  }
}

/**
 * Settings of {@link NewtonRaphson}. `accelerationFactor` is for three-phase grids, those of {@link BalancedSettings} are for balanced ones; solving a grid of the other sort with them throws.
 * The tolerance is per unit of 1 MVA (default 1e-12), of a balanced grid per unit of its base power (default 1e-10).
 */
export interface NewtonRaphsonSettings extends PowerFlowSettings, BalancedSettings {}

/**
 * Newton's method: quadratic convergence, and the one to take near the limit of loading. On three-phase grids on the current-injection equations, on balanced
 * grids in polar coordinates.
 */
export class NewtonRaphson extends PowerFlow {
  private readonly balanced: BalancedRuns;
  /** Names of settings that are for balanced grids alone. */
  private readonly balancedOnly: string[];

  constructor(settings: NewtonRaphsonSettings = {}) {
    checkSettingNames(settings, ['tolerance', 'maxIterations', 'accelerationFactor', 'start', 'enforceReactiveLimits', 'distributedSlack']);
    const { tolerance, maxIterations, accelerationFactor, ...balanced } = settings;
    super('newton', { tolerance, maxIterations, accelerationFactor });
    this.balanced = new BalancedRuns({ tolerance, maxIterations, ...balanced, method: 'newton' });
    this.balancedOnly = Object.entries(balanced).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  }

  override solve(grid: Grid, conditions?: LoadingConditions): PowerFlowSolution;
  /** Solves a balanced grid as it stands. Never throws for lack of convergence; throws InputError or GridError for a grid that cannot be posed. */
  override solve(grid: BalancedGrid, conditions?: BalancedConditions): BalancedSolution;
  override solve(grid: Grid | BalancedGrid, conditions: LoadingConditions | BalancedConditions = {}): PowerFlowSolution | BalancedSolution {
    if (isBalancedGrid(grid)) {
      if (this.accelerationFactor !== undefined) throw new InputError('accelerationFactor is for three-phase grids; this grid is balanced');
      return this.balanced.solve(grid, conditions);
    }
    if (this.balancedOnly.length > 0) {
      requireGrid(grid);
      throw new InputError(`${this.balancedOnly.join(' and ')}: for balanced grids only; grid "${grid.name}" is three-phase`);
    }
    return super.solve(grid, conditions);
  }
}

function solutionOf(solver: GridSolver, report: SolveReport): PowerFlowSolution {
  const { grid } = solver;
  const busVoltages = new Map<string, NodeVoltage[]>();
  for (const bus of grid.buses.values()) {
    const voltages: NodeVoltage[] = [];
    for (const node of solver.nodesOf(bus.id)) {
      const voltage = solver.nodeVoltage(bus.id, node);
      if (!voltage) continue;
      const [re, im] = voltage;
      voltages.push({
        node,
        re,
        im,
        magnitudePu: bus.baseKv === undefined ? null : Math.hypot(re, im) / (1000 * bus.baseKv),
        angleDegrees: (Math.atan2(im, re) * 180) / Math.PI,
      });
    }
    busVoltages.set(bus.id, voltages);
  }
  const lineFlows = new Map<string, TerminalRecord[]>();
  for (const line of grid.elementsOf('line')) if (line.enabled) lineFlows.set(line.name, terminalRecords(solver, line));
  const { converged, status, iterations, method, mismatchPu, worstNode, history } = report;
  return { converged, status, iterations, method, mismatchPu, worstNode, history, ...powerTotals(solver), busVoltages, lineFlows };
}
