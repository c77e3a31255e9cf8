/** Branches of a solution in MW, MVAr and kA, with their loading against each rating. */
import type { BalancedBranch } from '../../grid/index.js';
import type { BranchFlows } from './branch-flows.js';
import type { BalancedNetwork } from './network.js';
import type { BalancedBranchResult } from './solution-types.js';

/** Every branch of the grid, in its order. */
export function branchResults(network: BalancedNetwork, flows: BranchFlows, isDc: boolean): BalancedBranchResult[] {
  const { grid, branchOn, branchFrom, branchTo } = network;
  const base = grid.baseMva;
  const kiloamps = (currentPu: number, bus: number): number | null => {
    const { baseKv } = grid.buses[bus];
    return share(currentPu * base, Math.sqrt(3) * baseKv);
  };
  return grid.branches.map((branch, k) => {
    const [fromMw, fromMvar, toMw, toMvar] = [flows.from[2 * k], flows.from[2 * k + 1], flows.to[2 * k], flows.to[2 * k + 1]].map(
      (power) => power * base,
    );
    const mva = Math.max(Math.hypot(fromMw, fromMvar), Math.hypot(toMw, toMvar));
    const fromKa = kiloamps(flows.fromCurrent[k], branchFrom[k]);
    const toKa = kiloamps(flows.toCurrent[k], branchTo[k]);
    const reactive = (mvar: number): number | null => (isDc ? null : mvar);
    return {
      from: branch.from,
      to: branch.to,
      inService: branchOn[k] === 1,
      fromMw,
      fromMvar: reactive(fromMvar),
      toMw,
      toMvar: reactive(toMvar),
      fromKa,
      toKa,
      lossMw: flows.loss[2 * k] * base,
      lossMvar: reactive(flows.loss[2 * k + 1] * base),
      chargingMvar: reactive(flows.charging[k] * base),
      loadingPercent: loading(mva, branch, 'ratingMva'),
      shortTermLoadingPercent: loading(mva, branch, 'shortTermRatingMva'),
      emergencyLoadingPercent: loading(mva, branch, 'emergencyRatingMva'),
      currentLoadingPercent: currentLoading(branch, fromKa, toKa),
    };
  });
}

/** A quotient; null where the divisor is not stated, or so small that it is none. */
function share(value: number, of: number): number | null {
  const quotient = value / of;
  return of > 0 && quotient < Infinity ? quotient : null;
}

function loading(mva: number, branch: BalancedBranch, rating: 'ratingMva' | 'shortTermRatingMva' | 'emergencyRatingMva'): number | null {
  return share(100 * mva, branch[rating]);
}

function currentLoading(branch: BalancedBranch, fromKa: number | null, toKa: number | null): number | null {
  const kiloamps = branch.ratio !== 0 ? fromKa : fromKa === null || toKa === null ? null : Math.max(fromKa, toKa);
  return kiloamps === null ? null : share(100 * 1000 * kiloamps, branch.ratingAmps ?? 0);
}
