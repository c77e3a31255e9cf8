/** From a space of actions to a distribution that a network can give the parameters of, and back to rows of the space. */

import type { Space, Task } from '../environments/index.js';
import { describeValue, InputError } from '../grid/index.js';
import { DiagonalGaussian, type Distribution, MultiCategorical, ProductDistribution, SquashedGaussian } from '../learning/index.js';

/** How numbers of boxes are drawn: normal and then cut to the box, or squashed into it by tanh. */
export type NumberForm = 'gaussian' | 'squashed';

/** How a head is made. */
export interface ActionHeadOptions {
  /** Default `gaussian`. */
  readonly form?: NumberForm;
  /**
   * Discrete entries of so many levels or more are drawn as numbers and rounded to the next level: their levels are taken for places on a scale, as those of a tap
   * changer are, and what is learned of one says something of its neighbours. Default Infinity: each level is a choice of its own.
   */
  readonly orderedFrom?: number;
}

/**
 * What stands between a distribution's actions and rows of the action space. Discrete entries come first, as choices from 0; then numbers, -1 and 1 standing for
 * the bounds of their box (for the lowest and the highest level, where discrete entries are drawn as numbers).
 */
export interface ActionHead {
  readonly distribution: Distribution;
  /** Numbers that a network gives for each environment. */
  readonly parameters: number;
  /** Numbers of a distribution's action; as many as a row of the space has. */
  readonly actions: number;
  /** Entries of a row that are choices, in the order of the distribution; the others follow. */
  readonly order: Int32Array;
  /** Number of entries that are choices. */
  readonly discrete: number;
  /** In the order of the distribution: what an action of 0 stands for, and how far an action of 1 is from that. */
  readonly middles: Float64Array;
  readonly halves: Float64Array;
  /** Writes rows of the space, [environment][entry], for actions of the distribution, [environment][action]; numbers are cut to their box, and rounded where the entry is discrete. */
  toRows(actions: ArrayLike<number>, rows: Float64Array): void;
  /** The reverse: actions of the distribution for rows of the space. */
  fromRows(rows: ArrayLike<number>, actions: Float64Array): void;
}

/** Throws InputError for a space with numbers without bounds, which no policy here can aim at. */
export function actionHead(space: Space, { form = 'gaussian', orderedFrom = Infinity }: ActionHeadOptions = {}): ActionHead {
  const { counts, low, high, length } = space;
  const isChoice = (k: number): boolean => counts[k] > 0 && counts[k] < orderedFrom;
  const entries = Array.from({ length }, (_, k) => k);
  const choices = entries.filter(isChoice);
  const numbers = entries.filter((k) => !isChoice(k));
  const endless = numbers.find((k) => !Number.isFinite(low[k]) || !Number.isFinite(high[k]));
  if (endless !== undefined) {
    throw new InputError(
      `entry ${endless} of the actions, ${space.describeEntry(endless)}, has no bounds; agents need ${describeValue('Box')} spaces with finite ones`,
    );
  }
  const categorical = choices.length > 0 ? new MultiCategorical(choices.map((k) => counts[k])) : undefined;
  const Gaussian = form === 'squashed' ? SquashedGaussian : DiagonalGaussian;
  const gaussian = numbers.length > 0 ? new Gaussian(numbers.length) : undefined;
  const distribution = categorical && gaussian ? new ProductDistribution(categorical, gaussian) : ((categorical ?? gaussian) as Distribution);
  const order = Int32Array.from([...choices, ...numbers]);
  const discrete = choices.length;
  const middles = Float64Array.from(order, (k) => (isChoice(k) ? low[k] : (low[k] + high[k]) / 2));
  const halves = Float64Array.from(order, (k) => (isChoice(k) ? 1 : (high[k] - low[k]) / 2));
  return {
    distribution,
    parameters: distribution.parameters,
    actions: length,
    order,
    discrete,
    middles,
    halves,
    toRows: (actions, rows) => {
      for (let at = 0; at < actions.length; at += length) {
        for (let j = 0; j < length; j++) {
          const k = order[j];
          const value = middles[j] + halves[j] * actions[at + j];
          const kept = j < discrete ? value : Math.min(high[k], Math.max(low[k], value));
          rows[at + k] = counts[k] > 0 ? Math.round(kept) : kept;
        }
      }
    },
    fromRows: (rows, actions) => {
      for (let at = 0; at < rows.length; at += length) {
        for (let j = 0; j < length; j++) actions[at + j] = halves[j] === 0 ? 0 : (rows[at + order[j]] - middles[j]) / halves[j];
      }
    },
  };
}

/** From how many levels on entries are numbers: as wanted, but never where choices are masked. Undefined where no entry has as many levels. */
export function orderedFromOf(task: Pick<Task, 'actionSpace' | 'masksActions'>, wanted: number): number | undefined {
  return !task.masksActions && task.actionSpace.counts.some((count) => count >= wanted) ? wanted : undefined;
}
