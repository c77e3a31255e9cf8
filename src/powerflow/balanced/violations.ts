/** What of a solution is outside of the limits that the grid's records state. */
import type { BalancedGrid } from '../../grid/index.js';
import { REACTIVE_MARGIN_MVAR } from './reactive-limits.js';
import type { BalancedBranchResult, BalancedBusResult, BalancedGeneratorResult, BalancedViolation } from './solution-types.js';

/** At a limit to this, pu or share of a rating, is within it. */
const MARGIN = 1e-6;

/**
 * Voltages outside of their limits (where a highest one is stated at all), branches beyond their long-term ratings (MVA, A), generators beyond reactive and active limits, in this order.
 * A DC solution has no voltages and no reactive power to look at.
 */
export function violationsOf(
  grid: BalancedGrid,
  buses: readonly BalancedBusResult[],
  generators: readonly BalancedGeneratorResult[],
  branches: readonly BalancedBranchResult[],
  isDc: boolean,
): BalancedViolation[] {
  const found: BalancedViolation[] = [];
  buses.forEach(({ bus, kind, voltagePu: value }, i) => {
    if (kind === 'dead' || isDc) return;
    const { minVoltagePu, maxVoltagePu } = grid.buses[i];
    if (value < minVoltagePu - MARGIN) found.push({ what: 'voltage', bus, value, limit: minVoltagePu });
    if (maxVoltagePu > 0 && value > maxVoltagePu + MARGIN) found.push({ what: 'voltage', bus, value, limit: maxVoltagePu });
  });
  branches.forEach(({ loadingPercent, currentLoadingPercent, from }, k) => {
    const look = (what: 'rating' | 'current', percent: number | null, limit: number): void => {
      if (percent !== null && percent > 100 * (1 + MARGIN)) found.push({ what, bus: from, branch: k + 1, value: (percent / 100) * limit, limit });
    };
    look('rating', loadingPercent, grid.branches[k].ratingMva);
    look('current', currentLoadingPercent, grid.branches[k].ratingAmps ?? 0);
  });
  generators.forEach(({ bus, inService, powerMvar, powerMw }, k) => {
    if (!inService) return;
    const { minMvar, maxMvar, minMw, maxMw } = grid.generators[k];
    const look = (what: 'reactive' | 'active', value: number, min: number, max: number): void => {
      if (value > max + REACTIVE_MARGIN_MVAR) found.push({ what, bus, generator: k + 1, value, limit: max });
      else if (value < min - REACTIVE_MARGIN_MVAR) found.push({ what, bus, generator: k + 1, value, limit: min });
    };
    if (powerMvar !== null) look('reactive', powerMvar, minMvar, maxMvar);
    look('active', powerMw, minMw, maxMw);
  });
  return found;
}
