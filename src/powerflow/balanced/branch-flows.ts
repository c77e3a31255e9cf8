/** Power in every branch from the voltages at its ends, and what flows into the grid at each bus as the sum of these: computed branch by branch, apart from the nodal matrix, as a checker would. */
import type { Conditions } from './conditions.js';
import { dcFlows, shuntConductances } from './dc.js';
import type { BalancedNetwork } from './network.js';
import type { PolarState } from './polar-equations.js';

/** Powers and currents of all branches, per unit; zeros where a branch takes no part. In a DC power flow there is active power alone. */
export interface BranchFlows {
  /** Into the branch at either end, [branch][P, Q]. */
  from: Float64Array;
  to: Float64Array;
  /** Taken in by the series impedance, [branch][P, Q], and delivered by the charging. */
  loss: Float64Array;
  charging: Float64Array;
  /** Size of the current at either end. */
  fromCurrent: Float64Array;
  toCurrent: Float64Array;
}

function noFlows(count: number): BranchFlows {
  const one = (): Float64Array => new Float64Array(count);
  const two = (): Float64Array => new Float64Array(2 * count);
  return { from: two(), to: two(), loss: two(), charging: one(), fromCurrent: one(), toCurrent: one() };
}

/** Flows of an AC state: the series current between the to bus and the from bus seen through the ideal transformer, and half the charging at each end of it. */
export function branchFlows(network: BalancedNetwork, { magnitude, angle }: Pick<PolarState, 'magnitude' | 'angle'>): BranchFlows {
  const { grid, branchFrom, branchTo, branchOn } = network;
  const flows = noFlows(branchOn.length);
  for (let k = 0; k < branchOn.length; k++) {
    if (!branchOn[k]) continue;
    const { resistancePu: r, reactancePu: x, chargingPu, ratio, shiftDegrees } = grid.branches[k];
    const tap = ratio === 0 ? 1 : ratio;
    const f = branchFrom[k];
    const t = branchTo[k];
    const vf = magnitude[f] / tap;
    const vt = magnitude[t];
    const across = angle[f] - (shiftDegrees * Math.PI) / 180 - angle[t];
    // The to bus is the reference: its voltage vt, that behind the transformer vf e^(j across). 1 - cos by the half angle keeps the digits of small differences.
    const half = Math.sin(across / 2);
    const dRe = vf - vt - 2 * vf * half * half;
    const dIm = vf * Math.sin(across);
    const size = r * r + x * x;
    const iRe = (r * dRe + x * dIm) / size;
    const iIm = (r * dIm - x * dRe) / size;
    const fRe = vf * Math.cos(across);
    const fIm = dIm;
    const b = chargingPu / 2;
    const square = iRe * iRe + iIm * iIm;
    flows.from[2 * k] = fRe * iRe + fIm * iIm;
    flows.from[2 * k + 1] = fIm * iRe - fRe * iIm - b * vf * vf;
    flows.to[2 * k] = -vt * iRe;
    flows.to[2 * k + 1] = vt * iIm - b * vt * vt;
    flows.loss[2 * k] = r * square;
    flows.loss[2 * k + 1] = x * square;
    flows.charging[k] = b * (vf * vf + vt * vt);
    flows.fromCurrent[k] = Math.hypot(iRe - b * fIm, iIm + b * fRe) / tap;
    flows.toCurrent[k] = Math.hypot(-iRe, -iIm + b * vt);
  }
  return flows;
}

/** Flows of a DC state. */
export function dcBranchFlows(network: BalancedNetwork, angle: Float64Array): BranchFlows {
  const flows = noFlows(network.branchOn.length);
  dcFlows(network, angle).forEach((power, k) => {
    flows.from[2 * k] = power;
    flows.to[2 * k] = -power;
    flows.fromCurrent[k] = Math.abs(power);
    flows.toCurrent[k] = Math.abs(power);
  });
  return flows;
}

/** Power into the grid at each bus, [bus][P, Q]: what its branches and shunts take. */
export function injectedPower(network: BalancedNetwork, flows: BranchFlows, magnitude: Float64Array): Float64Array {
  const { grid, busCount, busIndex, branchFrom, branchTo, branchOn } = network;
  const power = new Float64Array(2 * busCount);
  for (let k = 0; k < branchOn.length; k++) {
    if (!branchOn[k]) continue;
    for (let part = 0; part < 2; part++) {
      power[2 * branchFrom[k] + part] += flows.from[2 * k + part];
      power[2 * branchTo[k] + part] += flows.to[2 * k + part];
    }
  }
  const conductance = shuntConductances(network);
  for (let bus = 0; bus < busCount; bus++) power[2 * bus] += conductance[bus] * magnitude[bus] ** 2;
  for (const shunt of grid.shunts) {
    const bus = busIndex.get(shunt.bus) as number;
    if (shunt.inService) power[2 * bus + 1] -= (shunt.susceptanceMvar / grid.baseMva) * magnitude[bus] ** 2;
  }
  return power;
}

/** The largest mismatch between what flows into the grid and what the conditions ask for, per unit, and its bus; Infinity where something is not finite, bus -1 where nothing is asked. */
export function trueMismatch(
  network: BalancedNetwork,
  conditions: Conditions,
  injected: Float64Array,
  lacking: Float64Array,
  quantities: 'P and Q' | 'P',
): { largest: number; bus: number } {
  const { isLive, holdsAngle, holdsMagnitude, scheduled, spread } = conditions;
  let largest = 0;
  let worst = -1;
  const look = (bus: number, missing: number): void => {
    const size = Math.abs(missing);
    if (size < largest || (size === largest && worst >= 0)) return;
    largest = size < Infinity ? size : Infinity;
    worst = bus;
  };
  for (let bus = 0; bus < network.busCount && largest < Infinity; bus++) {
    if (!isLive[bus]) continue;
    if (spread) look(bus, injected[2 * bus] - scheduled[2 * bus] - spread.busShare[bus] * lacking[spread.part[bus]]);
    else if (!holdsAngle[bus]) look(bus, injected[2 * bus] - scheduled[2 * bus]);
    if (!holdsMagnitude[bus] && quantities === 'P and Q') look(bus, injected[2 * bus + 1] - scheduled[2 * bus + 1]);
  }
  return { largest, bus: worst };
}
