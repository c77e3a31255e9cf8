/** What callers hand over, held against what it must be. Every complaint is one line that says what it is, what was given and what to give. */
import { describeValue, InputError, oneLine } from './errors.js';
import { nearestFirst } from './near-names.js';

/**
 * Throws InputError for what is no object: `${what} is null; give ${must}`.
 *
 * @param must what to give in its place
 */
export function checkObject(what: string, value: unknown, must: string): void {
  if (typeof value !== 'object' || value === null) throw new InputError(`${what} is ${describeValue(value)}; give ${must}`);
}

/** Throws InputError for what is no function. */
export function checkFunction(what: string, value: unknown, must: string): void {
  if (typeof value !== 'function') throw new InputError(`${what} is ${describeValue(value)}; give ${must}`);
}

/** Throws InputError for what is no text. */
export function checkText(what: string, value: unknown, must = 'a text'): void {
  if (typeof value !== 'string') throw new InputError(`${what} is ${describeValue(value)}; give ${must}`);
}

/** Throws InputError for what is no array and no typed array of numbers. What stands in it is not looked at. */
export function checkNumbers(what: string, value: unknown, must = 'an array of numbers'): void {
  if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView)))
    throw new InputError(`${what} is ${describeValue(value)}; give ${must}`);
}

/** Throws InputError for what is no Float64Array. */
export function checkFloat64(what: string, value: unknown): void {
  if (!(value instanceof Float64Array)) throw new InputError(`${what} is ${describeValue(value)}; give a Float64Array`);
}

/**
 * Throws InputError for what is no object, and for an object with a key that is not among those known: `evaluate has no option "seeds"; it has seed, ...`.
 *
 * @param owner whose keys they are: `evaluate`, `a device`
 * @param noun what a key is there: `option`, `setting`
 * @param hint ends the message
 */
export function checkKeys(owner: string, noun: string, given: unknown, known: readonly string[], hint = ''): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new InputError(`${noun}s of ${owner} are an object, not ${describeValue(given)}; give some of ${known.join(', ')}`);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const there = known.length === 0 ? 'it has none' : `it has ${nearestFirst(unknown, known).join(', ')}`;
  throw new InputError(`${owner} has no ${noun} ${JSON.stringify(oneLine(unknown, 40))}; ${there}${hint}`);
}

/** Throws InputError for what is none of a few words; lists them, nearest first. */
export function checkWord(what: string, value: unknown, words: readonly string[]): void {
  if (typeof value === 'string' && words.includes(value)) return;
  const listed = typeof value === 'string' ? nearestFirst(value, words) : words;
  throw new InputError(`${what} is ${describeValue(value)}; it must be ${listed.join(', ').replace(/, ([^,]*)$/, ' or $1')}`);
}
