/**
 * What a balanced grid is made of: one line stands for three phases, as planners of transmission grids (and MATPOWER, IEEE common data) describe them.
 *
 * Powers are three-phase MW and MVAr, impedances per unit on the grid's base power and the bus's base voltage. Buses are named by number, as in all such data;
 * everything else refers to buses by that number. Records hold data and present state (in service or not), never a solution; a bus's `voltagePu` and
 * `angleDegrees` are where a solution may start from, and, at the slack, the angle that is held.
 */

/** What is held at a bus: `pq` powers; `pv` active power and voltage; `slack` voltage and angle; `isolated` takes no part. */
export type BalancedBusKind = 'pq' | 'pv' | 'slack' | 'isolated';

/** A bus. */
export interface BalancedBus {
  /** Positive integer, unique. */
  number: number;
  name?: string;
  kind: BalancedBusKind;
  /** Voltage and angle to start from (of a solved case: its solution). */
  voltagePu: number;
  angleDegrees: number;
  /** Line to line; 0 where not stated. */
  baseKv: number;
  /** Limits, for those who check them; 0 and infinite where there are none. */
  minVoltagePu: number;
  maxVoltagePu: number;
  area: number;
  zone: number;
  /** Number of its substation, in the numbering of the source, where one is stated. */
  substation?: number;
  /** Where it was written, for messages, as `file:line`. */
  origin?: string;
}

/** A load of constant power. */
export interface BalancedLoad {
  name?: string;
  /** Number of its bus. */
  bus: number;
  powerMw: number;
  powerMvar: number;
  inService: boolean;
  origin?: string;
}

/** A shunt of constant admittance. */
export interface BalancedShunt {
  bus: number;
  /** MW consumed and MVAr delivered at 1 per unit. */
  conductanceMw: number;
  susceptanceMvar: number;
  inService: boolean;
  origin?: string;
}

/** A generator. */
export interface BalancedGenerator {
  name?: string;
  bus: number;
  powerMw: number;
  /** Start value, or what is held where the bus is `pq`. */
  powerMvar: number;
  /** Limits; infinite where there are none. */
  minMvar: number;
  maxMvar: number;
  minMw: number;
  maxMw: number;
  /** Voltage held at its bus where that is `pv` or `slack`. */
  voltagePu: number;
  /** Rated apparent power, MVA; 0 where not stated. */
  baseMva: number;
  /** Share in covering what is missing (any scale; 0 none), for a distributed slack. */
  participation: number;
  inService: boolean;
  /** Capability curve: the active powers of its lower and upper end, and the reactive limits there. Absent (or 0) where there is none; no power flow uses it. */
  curveLowMw?: number;
  curveHighMw?: number;
  curveLowMinMvar?: number;
  curveLowMaxMvar?: number;
  curveHighMinMvar?: number;
  curveHighMaxMvar?: number;
  /** How fast its output can change: following the load, within 10 and 30 minutes (reserves), and of its reactive power. Absent (or 0): not stated. */
  rampMwPerMinute?: number;
  ramp10MinutesMw?: number;
  ramp30MinutesMw?: number;
  rampMvarPerMinute?: number;
  origin?: string;
}

/** A line or transformer as a pi section behind an ideal transformer at its from end. */
export interface BalancedBranch {
  name?: string;
  from: number;
  to: number;
  resistancePu: number;
  reactancePu: number;
  /** Total charging susceptance. */
  chargingPu: number;
  /** Ratio of the ideal transformer, from side over to side; 0 for a line (the same as 1). */
  ratio: number;
  /** Angle by which the to side lags the from side. */
  shiftDegrees: number;
  /** Ratings, MVA (long, short, emergency); 0: not stated. */
  ratingMva: number;
  shortTermRatingMva: number;
  emergencyRatingMva: number;
  /** Rating as a current, A, where one is stated: of a transformer at its from end. */
  ratingAmps?: number;
  inService: boolean;
  /** Limits of the angle difference, kept for those who need them; the power flow does not. */
  minAngleDegrees: number;
  maxAngleDegrees: number;
  origin?: string;
}

/** Cost of a generator's output, kept as written (MATPOWER's gencost): not used by the power flow. */
export interface GeneratorCost {
  /** 1 piecewise linear (points MW, cost/h), 2 polynomial (highest power first). */
  model: 1 | 2;
  startup: number;
  shutdown: number;
  /** Pairs or coefficients. */
  values: number[];
}

/** A balanced grid. */
export interface BalancedGrid {
  name: string;
  /** Base power, MVA. */
  baseMva: number;
  /** Hertz, where stated; needed for no power flow. */
  frequencyHz?: number;
  buses: BalancedBus[];
  loads: BalancedLoad[];
  shunts: BalancedShunt[];
  generators: BalancedGenerator[];
  branches: BalancedBranch[];
  /** Costs of active power in the order of the generators, and behind them those of reactive power where there are any; empty where not stated. */
  generatorCosts: GeneratorCost[];
}

/** A branch as messages name it: its place in the list (from 1) and its buses. */
export function branchLabel(grid: BalancedGrid, index: number): string {
  const { from, to } = grid.branches[index];
  return `branch ${index + 1} (${from} - ${to})`;
}

/** A generator as messages name it: its place in the list (from 1) and its bus. */
export function generatorLabel(grid: BalancedGrid, index: number): string {
  return `generator ${index + 1} (bus ${grid.generators[index].bus})`;
}
