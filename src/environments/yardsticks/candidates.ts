/** Which actions are tried from a state: the one that leaves all devices as they are, and every single change of one device. */
import { InputError } from '../../grid/index.js';
import type { EnvironmentSnapshot } from '../snapshot.js';
import type { Task } from '../task.js';

/** Values of a number of a box that are tried: both bounds, and so many in all, evenly spread. */
const BOX_LEVELS = 9;

/** The action before the first one: `none` or `neutral` where the task names one, else of each entry what is nearest to 0. */
export function firstAction(task: Task): Float64Array {
  const named = task.namedActions?.none ?? task.namedActions?.neutral;
  if (named) return Float64Array.from(named);
  const { low, high } = task.actionSpace;
  return Float64Array.from(low, (least, k) => Math.min(Math.max(0, least), high[k]));
}

/** Why the actions of a task cannot be tried one by one; undefined where they can. */
export function untriedBecause({ actionSpace, id }: Task): string | undefined {
  const { counts, low, high } = actionSpace;
  for (let k = 0; k < counts.length; k++) {
    if (counts[k] === 0 && !(Number.isFinite(low[k]) && Number.isFinite(high[k])))
      return `action ${k} of ${id} is ${actionSpace.describeEntry(k)}; only actions within bounds can be tried one by one`;
  }
  return undefined;
}

/** Finds candidates. */
export class Candidates {
  /** Most candidates of one state. */
  readonly most: number;
  /** [entry]: values that are tried. */
  private readonly values: readonly Float64Array[];
  private readonly base: Float64Array;

  /** Throws InputError for actions of numbers without bounds, of which there is nothing to be tried one by one. */
  constructor(private readonly task: Task) {
    const { actionSpace } = task;
    const { counts, low, high } = actionSpace;
    const why = untriedBecause(task);
    if (why !== undefined) throw new InputError(why);
    this.values = Array.from(counts, (count, k) => {
      if (count > 0) return Float64Array.from({ length: count }, (_, choice) => low[k] + choice);
      return Float64Array.from({ length: BOX_LEVELS }, (_, level) => low[k] + ((high[k] - low[k]) * level) / (BOX_LEVELS - 1));
    });
    this.most = 1 + this.values.reduce((sum, values) => sum + values.length, 0);
    this.base = firstAction(task);
  }

  /** [entry]: values that are tried. */
  get levels(): readonly Float64Array[] {
    return this.values;
  }

  /**
   * Writes the action that leaves devices as they are.
   *
   * @param last the action before, undefined at the beginning of an episode
   */
  hold(snapshot: EnvironmentSnapshot, last: ArrayLike<number> | undefined, into: Float64Array): void {
    const { task, base } = this;
    if (task.yardsticks?.heldAction) task.yardsticks.heldAction(snapshot.state, into, 0);
    else into.set(last === undefined || task.namedActions?.none ? base : last);
  }

  /**
   * Writes the candidates around an action, that action first, then those that differ from it in one entry.
   *
   * @param masks 1 where a choice is allowed, from `maskAt` on; undefined: all are. Where the mask does not allow what is held, the first choice that it does is held
   * @param into receives as many rows as are returned
   * @returns how many
   */
  around(held: Float64Array, masks: Uint8Array | undefined, maskAt: number, into: Float64Array): number {
    const { counts, low, length, maskStarts } = this.task.actionSpace;
    const allows = (k: number, value: number): boolean => counts[k] === 0 || !masks || masks[maskAt + maskStarts[k] + value - low[k]] !== 0;
    for (let k = 0; k < length; k++) {
      into[k] = held[k];
      if (allows(k, held[k])) continue;
      const first = this.values[k].find((value) => allows(k, value));
      if (first === undefined) throw new InputError(`the mask of ${this.task.id} allows no choice of action ${k}`);
      into[k] = first;
    }
    let count = 1;
    for (let k = 0; k < length; k++) {
      for (const value of this.values[k]) {
        if (value === into[k] || !allows(k, value)) continue;
        into.copyWithin(count * length, 0, length);
        into[count * length + k] = value;
        count += 1;
      }
    }
    return count;
  }
}
