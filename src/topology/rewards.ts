/** Rewards of a step that did not end in a blackout, as numbers; docs/tasks/topology.md has the formulas. A blackout gives 0. */
import type { TopologySettings } from './settings.js';

/** Lines near their limit that bring the reward to 0. */
const MOST_CLOSE = 5;
/** From which loading on a line counts as close: where its limit is this many A or more, and where it is less. */
const CLOSE = 0.975;
const CLOSE_SMALL = 0.95;
const SMALL_AMPS = 400;

/**
 * @param loading current over limit, [environment][branch]
 * @param on [environment][branch]
 */
export function stepReward(
  { reward, elements }: TopologySettings,
  loading: Float64Array,
  on: Uint8Array,
  i: number,
  lossMw: number,
  loadMw: number,
  isIllegal: boolean,
): number {
  if (isIllegal) return 0;
  const { branches, limitAmps } = elements;
  const first = i * branches;
  if (reward === 'close-to-overflow') {
    let close = 0;
    for (let k = 0; k < branches; k++) if (loading[first + k] >= (limitAmps[k] < SMALL_AMPS ? CLOSE_SMALL : CLOSE)) close += 1;
    return 1 - Math.min(close, MOST_CLOSE) / MOST_CLOSE;
  }
  if (reward === 'losses') return Math.max(0, 1 - lossMw / loadMw);
  if (reward === 'margin') {
    let sum = 0;
    for (let k = 0; k < branches; k++) {
      if (on[first + k] === 0) continue;
      const margin = 1 - loading[first + k];
      if (margin > 0) sum += margin * margin;
    }
    return sum / branches;
  }
  return 1;
}
