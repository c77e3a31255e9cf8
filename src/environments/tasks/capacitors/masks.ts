/** What can be said of the sixteen states of four capacitors once the loss of each is known. */
import { checkNumbers } from '../../../grid/index.js';
import { CAPACITORS, MASKS } from './circuit.js';

/** The mask of the lowest of sixteen losses, from `at` on; the lower mask where two are equal. NaN is above all others. */
export function bestMask(losses: ArrayLike<number>, at = 0): number {
  checkNumbers('losses', losses);
  let best = 0;
  for (let mask = 1; mask < MASKS; mask++) if (losses[at + mask] < losses[at + best] || Number.isNaN(losses[at + best])) best = mask;
  return best;
}

/** Where the greedy rule ends, and what it took. */
export interface GreedyCourse {
  readonly mask: number;
  /** Power flows as the study counts them: the first state, each state tried, and each state kept once more. */
  readonly powerFlows: number;
}

/**
 * The greedy rule: toggle the capacitor not yet used that lowers the loss most, until none does. The study compares with it under the name VVO.
 *
 * @param initial mask that it starts from
 */
export function greedyCourse(losses: ArrayLike<number>, initial: number, at = 0): GreedyCourse {
  checkNumbers('losses', losses);
  let mask = initial;
  let used = 0;
  let powerFlows = 1;
  for (;;) {
    let chosen = -1;
    for (let k = 0; k < CAPACITORS.length; k++) {
      if ((used >> k) & 1) continue;
      powerFlows += 1;
      const loss = losses[at + (mask ^ (1 << k))];
      if (loss < losses[at + mask] && (chosen < 0 || loss < losses[at + (mask ^ (1 << chosen))])) chosen = k;
    }
    if (chosen < 0) return { mask, powerFlows };
    mask ^= 1 << chosen;
    used |= 1 << chosen;
    powerFlows += 1;
  }
}

/** The mask where {@link greedyCourse} ends. */
export function greedyMask(losses: ArrayLike<number>, initial: number, at = 0): number {
  return greedyCourse(losses, initial, at).mask;
}
