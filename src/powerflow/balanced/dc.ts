/**
 * The DC power flow: magnitudes 1, no losses, flows linear in the angles, P_f = (angle_f - angle_t - shift) / (x ratio); shunt conductances count as loads
 * (MATPOWER User's Manual, section 3.7).
 */
import { branchLabel, InputError } from '../../grid/index.js';
import { type BusSystem, factorBusSystem, nodalMatrix } from './bus-system.js';
import type { Conditions } from './conditions.js';
import { type BalancedNetwork, BUS_SLACK } from './network.js';

/** Angles of a DC power flow. */
export interface DcResult {
  /** Radians; as given where held, 0 at dead buses. */
  angle: Float64Array;
  /** Of each part of a distributed slack, per unit. */
  lacking: Float64Array;
  /** A bus at which the equations are singular; -1: solved. */
  singularBus: number;
}

/** Susceptance of each branch that takes part: 1 / (x ratio). Throws {@link InputError} for one without reactance. */
export function dcSusceptances(network: BalancedNetwork): Float64Array {
  const { grid, branchOn } = network;
  return Float64Array.from(grid.branches, (branch, k) => {
    if (!branchOn[k]) return 0;
    if (branch.reactancePu === 0) {
      throw new InputError('is 0; the DC power flow divides by it: give the branch a reactance, or take another method or start', {
        element: branchLabel(grid, k),
        property: 'reactancePu',
      });
    }
    return 1 / (branch.reactancePu * (branch.ratio === 0 ? 1 : branch.ratio));
  });
}

/** Shift of each branch, radians. */
function shiftOf(network: BalancedNetwork, branch: number): number {
  return (network.grid.branches[branch].shiftDegrees * Math.PI) / 180;
}

/** Power into each branch at its from end at given angles, per unit. */
export function dcFlows(network: BalancedNetwork, angle: Float64Array): Float64Array {
  const { branchFrom, branchTo } = network;
  return dcSusceptances(network).map((b, k) => (b === 0 ? 0 : b * (angle[branchFrom[k]] - angle[branchTo[k]] - shiftOf(network, k))));
}

/** The matrix from angles to powers over all buses, see {@link nodalMatrix}. */
export function dcMatrix(network: BalancedNetwork, susceptance = dcSusceptances(network)): Float64Array {
  return nodalMatrix(network, (k, into) => {
    const b = susceptance[k];
    into[0] = b;
    into[1] = -b;
    into[2] = -b;
    into[3] = b;
  });
}

/** Conductance of the shunts at each bus, per unit. */
export function shuntConductances(network: BalancedNetwork): Float64Array {
  const { grid, busIndex, busCount } = network;
  const conductance = new Float64Array(busCount);
  for (const shunt of grid.shunts) if (shunt.inService) conductance[busIndex.get(shunt.bus) as number] += shunt.conductanceMw / grid.baseMva;
  return conductance;
}

/** Takes what flows into the branches at given angles from the power at their ends, and adds what comes out. */
function addFlows(network: BalancedNetwork, susceptance: Float64Array, angle: Float64Array, power: Float64Array): void {
  const { branchFrom, branchTo } = network;
  for (let k = 0; k < susceptance.length; k++) {
    if (susceptance[k] === 0) continue;
    const flow = susceptance[k] * (angle[branchFrom[k]] - angle[branchTo[k]] - shiftOf(network, k));
    power[branchFrom[k]] -= flow;
    power[branchTo[k]] += flow;
  }
}

/**
 * What stands beside the scheduled power of each bus in the equations of the angles that are sought, whatever is scheduled: shunt conductances, phase shifts and the angles
 * that are held at slacks; per unit.
 */
export function dcConstants(network: BalancedNetwork): Float64Array {
  const { kind, voltageAngle } = network;
  const power = shuntConductances(network).map((conductance) => -conductance);
  addFlows(
    network,
    dcSusceptances(network),
    voltageAngle.map((angle, bus) => (kind[bus] === BUS_SLACK ? angle : 0)),
    power,
  );
  return power;
}

/** The equations of a DC power flow with their matrix factored, for other powers again and again; without a distributed slack. */
export class DcEquations {
  /** A bus at which they are singular; -1: factored. */
  readonly singularBus: number;
  private readonly system: BusSystem;
  private readonly constant: Float64Array;
  private readonly vector: Float64Array;

  /**
   * @param order buses in an order of elimination of low fill
   * @throws InputError for a branch without reactance
   */
  constructor(network: BalancedNetwork, { isLive, holdsAngle }: Conditions, order: Int32Array) {
    const isUnknown = isLive.map((live, bus) => Number(live && !holdsAngle[bus]));
    this.system = factorBusSystem(network, order, isUnknown, dcMatrix(network));
    this.constant = dcConstants(network);
    this.vector = new Float64Array(this.system.lu.pattern.size);
    this.singularBus = this.system.singularBus;
  }

  /**
   * Solves for the angles that are sought.
   *
   * @param scheduled [bus][P, Q], per unit
   * @param angle radians by bus; those that are held keep what stands there
   */
  solve(scheduled: Float64Array, angle: Float64Array): void {
    const { system, constant, vector } = this;
    const { unknownOf, lu } = system;
    for (let bus = 0; bus < unknownOf.length; bus++) if (unknownOf[bus] >= 0) vector[unknownOf[bus]] = scheduled[2 * bus] + constant[bus];
    lu.solve(vector);
    for (let bus = 0; bus < unknownOf.length; bus++) if (unknownOf[bus] >= 0) angle[bus] = vector[unknownOf[bus]];
  }
}

/**
 * Solves for the angles that are not held.
 *
 * @param order buses in an order of elimination of low fill
 */
export function solveDc(network: BalancedNetwork, conditions: Conditions, order: Int32Array): DcResult {
  const { busCount, voltageAngle } = network;
  const { isLive, holdsAngle, scheduled, spread } = conditions;
  const susceptance = dcSusceptances(network);
  const conductance = shuntConductances(network);
  const isUnknown = isLive.map((live, bus) => Number(live && !holdsAngle[bus]));
  const system = factorBusSystem(network, order, isUnknown, dcMatrix(network, susceptance));
  const angle = Float64Array.from({ length: busCount }, (_, bus) => (holdsAngle[bus] && isLive[bus] ? voltageAngle[bus] : 0));
  const lacking = new Float64Array(spread?.reference.length ?? 0);
  const power = Float64Array.from({ length: busCount }, (_, bus) => (isLive[bus] ? scheduled[2 * bus] - conductance[bus] : 0));
  if (spread) {
    for (let bus = 0; bus < busCount; bus++) if (isLive[bus]) lacking[spread.part[bus]] -= power[bus];
    for (let bus = 0; bus < busCount; bus++) if (isLive[bus]) power[bus] += spread.busShare[bus] * lacking[spread.part[bus]];
  }
  // What flows through the branches with the angles known so far: their shifts, and the angles that are held.
  addFlows(network, susceptance, angle, power);
  if (system.singularBus >= 0) return { angle, lacking, singularBus: system.singularBus };
  const { unknownOf } = system;
  const vector = new Float64Array(system.lu.pattern.size);
  for (let bus = 0; bus < busCount; bus++) if (unknownOf[bus] >= 0) vector[unknownOf[bus]] = power[bus];
  system.lu.solve(vector);
  for (let bus = 0; bus < busCount; bus++) if (unknownOf[bus] >= 0) angle[bus] = vector[unknownOf[bus]];
  return { angle, lacking, singularBus: -1 };
}
