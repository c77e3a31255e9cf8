/** Checks of what users give. */
import { describeValue, InputError } from '../grid/index.js';

/** A whole number from `least` to `most`, or an InputError that names it. */
export function wholeNumber(what: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new InputError(`${what} is ${describeValue(value)}; give a whole number from ${least} to ${most}`);
  }
  return value;
}
