/** What follows from the voltages of a scenario: power in its branches, losses, the range of its voltages. */
import { type BalancedNetwork, BRANCH_ADMITTANCES } from './network.js';

/** Power into both ends of a branch, a number a scenario; NaN where a scenario has no solution, 0 where the branch is out. */
export interface BranchPowerColumns {
  fromMw: Float64Array;
  fromMvar: Float64Array;
  toMw: Float64Array;
  toMvar: Float64Array;
}

/**
 * Power into both ends of a branch at these voltages, MW and MVAr: [from P, from Q, to P, to Q].
 *
 * @param from, to voltages of its ends, [re, im] per unit
 */
export function branchPower(
  network: BalancedNetwork,
  branch: number,
  from: readonly [number, number],
  to: readonly [number, number],
): [number, number, number, number] {
  const y = network.branchAdmittance;
  const at = BRANCH_ADMITTANCES * branch;
  const end = (own: number, mutual: number, [e, f]: readonly [number, number], [c, d]: readonly [number, number]): [number, number] => {
    const re = y[own] * e - y[own + 1] * f + (y[mutual] * c - y[mutual + 1] * d);
    const im = y[own] * f + y[own + 1] * e + (y[mutual] * d + y[mutual + 1] * c);
    return [(e * re + f * im) * network.grid.baseMva, (f * re - e * im) * network.grid.baseMva];
  };
  return [...end(at, at + 2, from, to), ...end(at + 6, at + 4, to, from)];
}

/** The lowest and highest magnitude among voltages [bus][re, im] that are there, and their buses (indices, -1 where there is none). */
export function voltageRange(voltages: readonly Float64Array[]): { lowest: number; lowestBus: number; highest: number; highestBus: number } {
  const range = { lowest: Infinity, lowestBus: -1, highest: -Infinity, highestBus: -1 };
  for (const each of voltages) {
    for (let bus = 0; 2 * bus < each.length; bus++) {
      const size = Math.hypot(each[2 * bus], each[2 * bus + 1]);
      if (size === 0) continue;
      if (size < range.lowest) [range.lowest, range.lowestBus] = [size, bus];
      if (size > range.highest) [range.highest, range.highestBus] = [size, bus];
    }
  }
  return range;
}
