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

/**
 * Where the greedy rule ends: toggle the capacitor not yet used that lowers the loss most, until none does. The study compares with it under the name VVO.
 *
 * @param initial mask that it starts from
 */
export function greedyMask(losses: ArrayLike<number>, initial: number, at = 0): number {
  checkNumbers('losses', losses);
  let mask = initial;
  let used = 0;
  for (;;) {
    let chosen = -1;
    for (let k = 0; k < CAPACITORS.length; k++) {
      if ((used >> k) & 1) continue;
      const loss = losses[at + (mask ^ (1 << k))];
      if (loss < losses[at + mask] && (chosen < 0 || loss < losses[at + (mask ^ (1 << chosen))])) chosen = k;
    }
    if (chosen < 0) return mask;
    mask ^= 1 << chosen;
    used |= 1 << chosen;
  }
}
