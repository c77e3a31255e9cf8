/** What is asked of a power flow of a balanced grid, and what comes of it. */
import type { DeadIsland } from './network.js';

/**
 * `newton` polar Newton-Raphson; `fast-decoupled` the XB scheme of Stott and Alsac; `fast-decoupled-bx` that of van Amerongen; `dc` the linear power flow without
 * losses and reactive power.
 */
export type BalancedMethod = 'newton' | 'fast-decoupled' | 'fast-decoupled-bx' | 'dc';

/**
 * Where the iteration starts: `case` the voltages in the grid's records; `flat` 1 pu and the angle of the slack; `dc` 1 pu and the angles of the DC power
 * flow; `last` the voltages of an earlier solution. Set points of generators take the place of magnitudes in all of them.
 */
export type BalancedStart = 'case' | 'flat' | 'dc' | 'last';

/**
 * `iteration-limit`: not there yet. `diverged`: no step lessens the mismatch any more, or it has grown beyond all bounds; most often there is no solution. `inexact`: at rest, but
 * admittances too far apart leave a mismatch above 1e-6 pu that may be rounding. `singular`: the equations have no unique solution at a bus.
 * `limits-infeasible`: with reactive limits enforced no bus is left that holds its voltage.
 */
export type BalancedStatus = 'converged' | 'iteration-limit' | 'diverged' | 'inexact' | 'singular' | 'limits-infeasible';

/** How to solve a balanced grid. */
export interface BalancedOptions {
  /** Default `newton`. */
  method?: BalancedMethod;
  /**
   * Largest |P| or |Q| mismatch allowed at any bus, per unit of the grid's base power; where rounding alone is more, that counts. Default 1e-10. Nothing in a `dc` solution
   * depends on it, on `maxIterations` or on `start`.
   */
  tolerance?: number;
  /** Most iterations, 1 to 1000; with reactive limits, of each round. Default 30, fast decoupled 200. */
  maxIterations?: number;
  /** Default `case`. */
  start?: BalancedStart;
  /** The solution that the start `last` takes its voltages from. */
  last?: { readonly buses: readonly { readonly bus: number; readonly voltagePu: number; readonly angleDegrees: number }[] };
  /** Generators that would have to go beyond their reactive limits stay there, and their buses' voltage is free. Default false. */
  enforceReactiveLimits?: boolean;
  /**
   * What is lacking is shared by generators (of each part of the grid) instead of being delivered at the slack bus: `true` by their `participation`, or by factors, one for
   * each generator. `newton` and `dc`. Default false.
   */
  distributedSlack?: boolean | readonly number[];
  /** Multiplies all loads. Default 1. */
  loadMultiplier?: number;
}

/** A bus of a solution. Reactive quantities are null in a DC solution. */
export interface BalancedBusResult {
  /** Its number. */
  bus: number;
  /** What was held in the end: a bus whose generators are at a reactive limit is `pq`; `dead` is without voltage. */
  kind: 'pq' | 'pv' | 'slack' | 'dead';
  /** 0 where dead; 1 in a DC solution. */
  voltagePu: number;
  angleDegrees: number;
  generationMw: number;
  generationMvar: number | null;
  /** Load that is served: none at a dead bus. */
  loadMw: number;
  loadMvar: number | null;
  /** Taken in, and delivered, by shunts at this voltage. */
  shuntMw: number;
  shuntMvar: number | null;
}

/** A generator of a solution; zeros where it is out of service or at a dead bus. */
export interface BalancedGeneratorResult {
  bus: number;
  inService: boolean;
  powerMw: number;
  powerMvar: number | null;
  /** The reactive limit that it is kept at. */
  atLimit: 'min' | 'max' | null;
}

/** A branch of a solution; zeros where it is out of service or dead. */
export interface BalancedBranchResult {
  from: number;
  to: number;
  inService: boolean;
  /** Power into the branch at either end. */
  fromMw: number;
  fromMvar: number | null;
  toMw: number;
  toMvar: number | null;
  /** Current at either end; null where the bus has no base voltage. */
  fromKa: number | null;
  toKa: number | null;
  /** Taken in by the series impedance. */
  lossMw: number;
  lossMvar: number | null;
  /** Delivered by the charging. */
  chargingMvar: number | null;
  /** The larger apparent power of both ends as a share of each rating; null where that is not stated. */
  loadingPercent: number | null;
  shortTermLoadingPercent: number | null;
  emergencyLoadingPercent: number | null;
  /** Current as a share of the rating in ampere, of a transformer at its from end, else at the end with more; null where no rating or no base voltage is stated. */
  currentLoadingPercent: number | null;
}

/** Sums over the live part of the grid; generation = load + losses + shunts. */
export interface BalancedTotals {
  generationMw: number;
  generationMvar: number | null;
  loadMw: number;
  loadMvar: number | null;
  lossMw: number;
  lossMvar: number | null;
  chargingMvar: number | null;
  shuntMw: number;
  shuntMvar: number | null;
  /** Load of dead islands. */
  unservedMw: number;
}

/** Something that is outside of a limit. */
export interface BalancedViolation {
  /** `generator` and `branch` are counted from 1 in the order of the grid's lists. */
  what: 'voltage' | 'rating' | 'current' | 'reactive' | 'active';
  /** The bus, of a branch its from bus. */
  bus: number;
  generator?: number;
  branch?: number;
  /** pu, MVA, A, MVAr or MW. */
  value: number;
  limit: number;
}

/** What a distributed slack came to. */
export interface DistributedSlackResult {
  /** The slack bus of the part, where the angle is held. */
  bus: number;
  /** What the schedules lacked, shared by the generators. */
  lackingMw: number;
}

/** What enforcing reactive limits came to. */
export interface ReactiveLimitsResult {
  /** Power flows solved. */
  rounds: number;
  /** Buses whose generators are at a limit, in the order in which they came there. */
  limited: { bus: number; at: 'min' | 'max' }[];
  /** Times that a bus went back to holding its voltage. */
  released: number;
  /** Buses left at a limit although their voltage is beyond the set point, because they had gone back and forth too often. */
  kept: number[];
  /** Buses that stand in for a slack at its limit. */
  standIns: { slack: number; standIn: number }[];
}

/** A solved balanced grid; without convergence the values are those of the last iteration and no solution, and no violations are listed (but for `inexact`). */
export interface BalancedSolution {
  name: string;
  baseMva: number;
  method: BalancedMethod;
  start: BalancedStart;
  converged: boolean;
  status: BalancedStatus;
  /** Why it did not converge; the empty text where it did. */
  reason: string;
  /** With reactive limits, of all rounds. */
  iterations: number;
  /** Largest mismatch at the start and after each iteration, per unit of base power; rounds of reactive limits one behind the other. */
  history: number[];
  /** Largest |P| or |Q| mismatch at any bus, computed afresh from the voltages branch by branch, and its bus. */
  mismatchPu: number;
  worstBus: number | null;
  totals: BalancedTotals;
  buses: BalancedBusResult[];
  generators: BalancedGeneratorResult[];
  branches: BalancedBranchResult[];
  violations: BalancedViolation[];
  islands: DeadIsland[];
  distributedSlack: DistributedSlackResult[];
  reactiveLimits: ReactiveLimitsResult | null;
  warnings: string[];
}
