/** Checks of what users give. */
import { describeValue, InputError } from '../grid/index.js';

/** A whole number from `least` to `most`, or an InputError that names it. */
export function wholeNumber(what: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new InputError(`${what} is ${describeValue(value)}; give a whole number from ${least} to ${most}`);
  }
  return value;
}

/** A number from `least` to `most`, or an InputError that names it. */
export function numberWithin(what: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new InputError(`${what} is ${describeValue(value)}; give a number from ${least} to ${most}`);
  }
  return value;
}

/** One of some names, or an InputError that lists them. */
export function oneOf<T extends string>(what: string, value: unknown, names: readonly T[]): T {
  const found = names.find((name) => name === value);
  if (found === undefined) throw new InputError(`${what} is ${describeValue(value)}; it may be ${names.join(', ')}`);
  return found;
}

/** Throws InputError where an array has not so many numbers. */
export function requireLength(what: string, array: ArrayLike<number>, length: number): void {
  if (array?.length !== length) throw new InputError(`${what} has ${array?.length ?? 'no'} numbers; it must have ${length}`);
}

/** Throws InputError for options that are none: a misspelt one would else go unseen. */
export function requireKnown(what: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new InputError(`${what} has no ${describeValue(name)}; it has ${names.join(', ')}`);
  }
}
