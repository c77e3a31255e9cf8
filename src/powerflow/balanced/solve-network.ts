/** One power flow of a compiled network in numbers: from options to voltages. What names and units are made of stands in `solve-balanced.ts`. */
import { type Conditions, givenConditions, slackSpread } from './conditions.js';
import { solveDc } from './dc.js';
import { factorDecoupled, solveFastDecoupled } from './fast-decoupled.js';
import type { BalancedNetwork } from './network.js';
import { type IterationResult, solveNewton } from './newton.js';
import { busOrder, PolarEquations, type PolarState } from './polar-equations.js';
import { type LimitsOutcome, solveWithLimits } from './reactive-limits.js';
import type { BalancedOptions } from './solution-types.js';
import { startState } from './starts.js';

/** Largest mismatch allowed, per unit of base power, unless told otherwise. */
export const DEFAULT_BALANCED_TOLERANCE = 1e-10;

/** A power flow in numbers: buses by index, per unit, radians. */
export interface NetworkSolution {
  state: PolarState;
  /** As they were in the end. */
  conditions: Conditions;
  result: LimitsOutcome['result'];
  /** Null unless limits were enforced. */
  limits: LimitsOutcome | null;
  warnings: string[];
}

/**
 * Solves a compiled network. Options are taken as checked; `loadMultiplier` is not looked at (loads are compiled in).
 *
 * @param order buses in an order of elimination of low fill, for who solves the same pattern again and again
 * @throws GridError for a distributed slack that cannot be, InputError for branches that a method cannot do with
 */
export function solveNetwork(network: BalancedNetwork, options: BalancedOptions = {}, order: Int32Array = busOrder(network)): NetworkSolution {
  const { method = 'newton', distributedSlack = false, tolerance = DEFAULT_BALANCED_TOLERANCE } = options;
  const warnings: string[] = [];
  const spread = distributedSlack === false ? null : slackSpread(network, distributedSlack === true ? undefined : distributedSlack, warnings);
  const conditions = givenConditions(network, spread);
  if (method === 'dc') {
    const { angle, lacking, singularBus } = solveDc(network, conditions, order);
    const state = { magnitude: Float64Array.from(conditions.isLive), angle, lacking };
    const status = singularBus < 0 ? 'converged' : 'singular';
    return { state, conditions, result: { status, iterations: 1, history: [], worstBus: singularBus }, limits: null, warnings };
  }
  const state = startState(network, conditions, order, options);
  const maxIterations = options.maxIterations ?? (method === 'newton' ? 30 : 200);
  const solve = (): IterationResult => {
    const equations = new PolarEquations(network, conditions, order);
    if (method === 'newton') return solveNewton(equations, state, tolerance, maxIterations);
    const systems = factorDecoupled(equations, method === 'fast-decoupled' ? 'xb' : 'bx', order);
    return solveFastDecoupled(equations, systems, state, tolerance, maxIterations);
  };
  if (!options.enforceReactiveLimits) return { state, conditions, result: solve(), limits: null, warnings };
  const limits = solveWithLimits(network, conditions, state, solve);
  return { state, conditions, result: limits.result, limits, warnings };
}
