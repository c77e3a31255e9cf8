/** How DQN tries what it does not think best. */
import type { RandomStream } from '../../numeric/index.js';
import type { DqnSettings } from './settings.js';
import { allowedCount, isAllowed, type ValueLayout } from './value-layout.js';

/** Share of random actions after so many steps. */
export function epsilonAt(
  { epsilonStart, epsilonEnd, explorationShare }: Pick<DqnSettings, 'epsilonStart' | 'epsilonEnd' | 'explorationShare'>,
  steps: number,
  totalSteps: number,
): number {
  const over = explorationShare * totalSteps;
  return steps >= over ? epsilonEnd : epsilonStart + (epsilonEnd - epsilonStart) * (steps / over);
}

/** A choice of an entry that the mask allows, each equally likely. */
function drawAllowed(layout: ValueLayout, masks: ArrayLike<number>, row: number, entry: number, random: RandomStream): number {
  let left = random.integer(allowedCount(layout, masks, row, entry));
  for (let j = 0; ; j++) if (isAllowed(layout, masks, row, entry, j) && left-- === 0) return j;
}

/**
 * Puts random choices in the place of given ones, with a chance of epsilon: in all entries of a row together, or in each entry by itself.
 *
 * @param choices [row][entry], changed in place
 * @throws InputError where a mask allows nothing
 */
export function explore(
  layout: ValueLayout,
  choices: Float64Array,
  masks: ArrayLike<number>,
  epsilon: number,
  each: boolean,
  random: RandomStream,
): void {
  const entries = layout.counts.length;
  for (let row = 0; row * entries < choices.length; row++) {
    let tries = random.uniform() < epsilon;
    for (let d = 0; d < entries; d++) {
      if (each && d > 0) tries = random.uniform() < epsilon;
      if (tries) choices[row * entries + d] = drawAllowed(layout, masks, row, d, random);
    }
  }
}
