/** How the outputs of a network are values of choices: plain or dueling, of one entry of an action or of several. */
import { InputError } from '../../grid/index.js';
import { LearningError, type Reals } from '../../learning/index.js';

/**
 * The outputs of one row: with `dueling` first the state's value V; then for each entry of an action its choices, one behind the other: their values Q, or with `dueling`
 * their advantages A, of which Q = V + A - mean of A over the choices allowed in that state.
 *
 * Wang, Schaul, Hessel, van Hasselt, Lanctot, de Freitas: Dueling network architectures for deep reinforcement learning, ICML 2016, equation 9, has the mean over
 * all choices; what is not allowed is left out here, so that it neither moves the others nor is moved by them. Several entries share V, as in Tavakoli, Pardo,
 * Kormushev: Action branching architectures for deep reinforcement learning, AAAI 2018, equation 1.
 */
export interface ValueLayout {
  /** Choices of each entry. */
  readonly counts: readonly number[];
  /** [entry]: where its choices begin in a mask. */
  readonly starts: readonly number[];
  /** Choices of all entries: the length of a mask. */
  readonly choices: number;
  readonly dueling: boolean;
  /** Numbers of a row of outputs: choices, and one more with `dueling`. */
  readonly outputs: number;
}

/** The layout for entries of so many choices. */
export function valueLayout(counts: readonly number[], dueling: boolean): ValueLayout {
  let choices = 0;
  const starts = counts.map((count) => {
    choices += count;
    return choices - count;
  });
  return { counts: [...counts], starts, choices, dueling, outputs: choices + (dueling ? 1 : 0) };
}

/** Whether a choice of a row is allowed; all are where masks are empty. */
export function isAllowed(layout: ValueLayout, masks: ArrayLike<number>, row: number, entry: number, choice: number): boolean {
  return masks.length === 0 || masks[row * layout.choices + layout.starts[entry] + choice] !== 0;
}

/** Allowed choices of an entry. Throws InputError where there are none. */
export function allowedCount(layout: ValueLayout, masks: ArrayLike<number>, row: number, entry: number): number {
  const count = layout.counts[entry];
  let allowed = 0;
  for (let j = 0; j < count; j++) if (isAllowed(layout, masks, row, entry, j)) allowed += 1;
  if (allowed === 0) throw new InputError(`no choice of entry ${entry} is allowed in row ${row}: its mask is all 0`);
  return allowed;
}

/** Where the output of a choice stands. */
export function outputAt(layout: ValueLayout, row: number, entry: number, choice: number): number {
  return row * layout.outputs + (layout.dueling ? 1 : 0) + layout.starts[entry] + choice;
}

/** Q of a choice. Throws InputError where the entry has no allowed choice. */
export function choiceValue(layout: ValueLayout, outputs: Reals, masks: ArrayLike<number>, row: number, entry: number, choice: number): number {
  const own = outputs[outputAt(layout, row, entry, choice)];
  if (!layout.dueling) return own;
  const allowed = allowedCount(layout, masks, row, entry);
  let mean = 0;
  for (let j = 0; j < layout.counts[entry]; j++) {
    if (isAllowed(layout, masks, row, entry, j)) mean += outputs[outputAt(layout, row, entry, j)] / allowed;
  }
  return outputs[row * layout.outputs] + own - mean;
}

/** The allowed choice of the largest value, the first of equal ones. Throws InputError where none is allowed, LearningError for values that are not finite. */
export function bestChoice(layout: ValueLayout, outputs: Reals, masks: ArrayLike<number>, row: number, entry: number): number {
  let best = -1;
  let most = -Infinity;
  for (let j = 0; j < layout.counts[entry]; j++) {
    if (!isAllowed(layout, masks, row, entry, j)) continue;
    const value = outputs[outputAt(layout, row, entry, j)];
    if (!Number.isFinite(value)) throw new LearningError(`the value of choice ${j} of entry ${entry} in row ${row} is ${value}`);
    if (value > most) {
      most = value;
      best = j;
    }
  }
  if (best < 0) throw new InputError(`no choice of entry ${entry} is allowed in row ${row}: its mask is all 0`);
  return best;
}
