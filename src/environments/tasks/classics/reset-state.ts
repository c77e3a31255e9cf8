/** The option `state` of a reset: an episode that begins where the user says. */
import { describeValue, InputError } from '../../../grid/index.js';
import type { ResetOptions } from '../../task.js';

/**
 * The state that a reset asks for, undefined where it asks for none.
 *
 * @param names of the numbers of a state
 * @throws InputError for other options, and for a state that is not so many finite numbers
 */
export function stateOption(task: string, options: ResetOptions | undefined, names: readonly string[]): readonly number[] | undefined {
  for (const name of Object.keys(options ?? {})) {
    if (name !== 'state') throw new InputError(`a reset of ${task} has no option ${describeValue(name)}; it has state`);
  }
  const state = options?.state;
  if (state === undefined) return undefined;
  const numbers = Array.isArray(state) ? (state as unknown[]) : [];
  if (numbers.length !== names.length || !numbers.every((x) => typeof x === 'number' && Number.isFinite(x) && Math.abs(x) <= 1000)) {
    throw new InputError(`the option state of a reset of ${task} must be ${names.length} numbers within 1000: ${names.join(', ')}`);
  }
  return numbers as number[];
}
