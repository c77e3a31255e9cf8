/**
 * One scenario of a balanced grid after the other in plain TypeScript: loads and generation change, the grid does not, and what depends on the grid alone (order of
 * elimination, pattern and pivots of Newton's factors, the factors of the other methods) is worked out once. The yardstick of the bench, and the judge of what the kernels find.
 */
import { type BalancedGrid, GridError } from '../../grid/index.js';
import { branchFlows, dcBranchFlows, injectedPower, trueMismatch } from './branch-flows.js';
import { type Conditions, givenConditions } from './conditions.js';
import { DcEquations } from './dc.js';
import { type DecoupledSystems, factorDecoupled, solveFastDecoupled } from './fast-decoupled.js';
import { type BalancedNetwork, compileNetwork } from './network.js';
import { solveNewton } from './newton.js';
import { busOrder, copyState, PolarEquations, type PolarState } from './polar-equations.js';
import type { BalancedMethod } from './solution-types.js';
import { solveNetwork } from './solve-network.js';
import { SparseLu } from './sparse-lu.js';

/** A grid whose powers are set and solved again and again, from the solution of the grid as it stands, without lanes or kernels. */
export class BalancedScenarioSolver {
  /** Power of each load, consumed, and active power of each generator, by their places in the grid's lists; MW and MVAr. Those out of service do not count. */
  readonly loadMw: Float64Array;
  readonly loadMvar: Float64Array;
  readonly generatorMw: Float64Array;
  /** Newton's steps, or iterations, of the last solution. */
  iterations = 0;
  private readonly network: BalancedNetwork;
  private readonly conditions: Conditions;
  private readonly equations: PolarEquations;
  private readonly lu: SparseLu;
  private readonly systems: DecoupledSystems | undefined;
  private readonly dc: DcEquations | undefined;
  private readonly base: PolarState;
  private readonly loadBus: Int32Array;
  private state: PolarState;

  /**
   * Compiles the grid and solves it as it stands (by Newton's method, from which the fast decoupled methods start too). Throws {@link GridError} where it has no solution, InputError or
   * GridError where it cannot be posed.
   */
  constructor(
    readonly grid: BalancedGrid,
    readonly method: BalancedMethod = 'newton',
  ) {
    const network = compileNetwork(grid);
    const order = busOrder(network);
    const base = solveNetwork(network, method === 'dc' ? { method } : { tolerance: 1e-12 }, order);
    if (base.result.status !== 'converged' && base.result.status !== 'inexact') {
      throw new GridError(`grid "${grid.name}" has no solution as it stands (${base.result.status})`);
    }
    this.network = network;
    this.conditions = givenConditions(network);
    this.equations = new PolarEquations(network, this.conditions, order);
    this.lu = new SparseLu(this.equations.pattern);
    if (method === 'dc') this.dc = new DcEquations(network, this.conditions, order);
    else if (method !== 'newton') this.systems = factorDecoupled(this.equations, method === 'fast-decoupled' ? 'xb' : 'bx', order);
    this.base = base.state;
    this.state = copyState(base.state);
    this.loadBus = Int32Array.from(grid.loads, ({ bus }) => network.busIndex.get(bus) as number);
    this.loadMw = Float64Array.from(grid.loads, ({ powerMw }) => powerMw);
    this.loadMvar = Float64Array.from(grid.loads, ({ powerMvar }) => powerMvar);
    this.generatorMw = Float64Array.from(grid.generators, ({ powerMw }) => powerMw);
  }

  /** Sums the powers up at the buses. */
  private schedule(): void {
    const { grid, network, loadBus, loadMw, loadMvar, generatorMw } = this;
    const { scheduled } = this.conditions;
    const { generatorBus, generatorOn } = network;
    const base = grid.baseMva;
    scheduled.fill(0);
    for (let k = 0; k < loadBus.length; k++) {
      if (!grid.loads[k].inService) continue;
      scheduled[2 * loadBus[k]] -= loadMw[k] / base;
      scheduled[2 * loadBus[k] + 1] -= loadMvar[k] / base;
    }
    for (let k = 0; k < generatorBus.length; k++) {
      if (!generatorOn[k]) continue;
      scheduled[2 * generatorBus[k]] += generatorMw[k] / base;
      scheduled[2 * generatorBus[k] + 1] += grid.generators[k].powerMvar / base;
    }
  }

  /**
   * Solves with the powers that stand, from the base solution.
   *
   * @param tolerance largest |P| or |Q| mismatch at any bus, per unit of the grid's base power; a DC power flow has none
   * @param maxIterations default 20, fast decoupled 100
   * @returns whether it converged
   */
  solve(tolerance = 1e-8, maxIterations = this.systems ? 100 : 20): boolean {
    const { conditions, equations, lu, systems, dc } = this;
    this.schedule();
    this.state = copyState(this.base);
    if (dc) {
      dc.solve(conditions.scheduled, this.state.angle);
      this.iterations = 1;
      return true;
    }
    const { status, iterations } = systems
      ? solveFastDecoupled(equations, systems, this.state, tolerance, maxIterations)
      : solveNewton(equations, this.state, tolerance, maxIterations, lu);
    this.iterations = iterations;
    return status === 'converged';
  }

  /** Voltages of the last solution by bus index, [bus][re, im] per unit; 0 where there is no voltage. */
  voltages(): Float64Array {
    const { magnitude, angle } = this.state;
    const voltages = new Float64Array(2 * magnitude.length);
    for (let bus = 0; bus < magnitude.length; bus++) {
      voltages[2 * bus] = magnitude[bus] * Math.cos(angle[bus]);
      voltages[2 * bus + 1] = magnitude[bus] * Math.sin(angle[bus]);
    }
    return voltages;
  }

  /**
   * Largest |P| or |Q| that voltages leave missing at any bus with the powers that stand, per unit of the grid's base power, summed up branch by branch.
   *
   * @param voltages [bus][re, im], per unit
   */
  mismatch(voltages: Float64Array): number {
    const { network } = this;
    const magnitude = new Float64Array(network.busCount);
    const angle = new Float64Array(network.busCount);
    for (let bus = 0; bus < network.busCount; bus++) {
      magnitude[bus] = Math.hypot(voltages[2 * bus], voltages[2 * bus + 1]);
      angle[bus] = Math.atan2(voltages[2 * bus + 1], voltages[2 * bus]);
    }
    return this.lacking({ magnitude, angle });
  }

  /**
   * Largest |P| that angles leave missing at any bus in a DC power flow with the powers that stand, per unit, summed up branch by branch.
   *
   * @param angle by bus index, radians
   */
  dcMismatch(angle: Float64Array): number {
    return this.lacking({ magnitude: Float64Array.from(this.conditions.isLive), angle });
  }

  private lacking(state: Pick<PolarState, 'magnitude' | 'angle'>): number {
    this.schedule();
    const { network, conditions, dc } = this;
    const { magnitude, angle } = state;
    const injected = injectedPower(network, dc ? dcBranchFlows(network, angle) : branchFlows(network, state), magnitude);
    return trueMismatch(network, conditions, injected, this.base.lacking, dc ? 'P' : 'P and Q').largest;
  }
}
