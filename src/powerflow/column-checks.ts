/** Columns that a batch takes from its user: one number a scenario, checked before anything is written. */
import { describeValue, GridError } from '../grid/index.js';

/** Throws {@link GridError} where a column has fewer numbers than there are scenarios. */
export function checkLength(what: string, column: ArrayLike<unknown>, scenarios: number): void {
  if (!(column?.length >= scenarios))
    throw new GridError(`${what}: ${column?.length ?? 'no'} values for ${scenarios} scenarios; give one a scenario, in the order of the scenarios`);
  if (typeof column === 'string' || column instanceof BigInt64Array || column instanceof BigUint64Array)
    throw new GridError(`${what}: ${describeValue(column)} is no column; give an array of numbers`);
  if (ArrayBuffer.isView(column)) return;
  for (let scenario = 0; scenario < scenarios; scenario++) {
    const value = column[scenario];
    // What is missing in JSON is null, which would count as 0.
    if (typeof value !== 'number' && typeof value !== 'boolean')
      throw new GridError(`${what}: ${describeValue(value)} in scenario ${scenario}; it must be a number`);
  }
}

/**
 * Throws {@link GridError} where a column is too short or a value is not what it must be.
 *
 * @param what what is set, as `transformer.reg1: tap`
 * @param must the condition in words, as `above 0`
 */
export function checkColumn(what: string, column: ArrayLike<number>, scenarios: number, must: string, holds: (value: number) => boolean): void {
  checkLength(what, column, scenarios);
  for (let scenario = 0; scenario < scenarios; scenario++) {
    if (!holds(column[scenario])) throw new GridError(`${what} of ${column[scenario]} in scenario ${scenario}; it must be ${must}`);
  }
}

/** Throws {@link GridError} where a column is too short or a value is no finite number; the same as {@link checkColumn} without a call a value. */
export function checkFinite(what: string, column: ArrayLike<number>, scenarios: number): void {
  checkLength(what, column, scenarios);
  // 0 as long as all are finite, else NaN.
  let sum = 0;
  for (let scenario = 0; scenario < scenarios; scenario++) {
    const value = column[scenario];
    sum += value - value;
  }
  if (sum !== 0) checkColumn(what, column, scenarios, 'a finite number', Number.isFinite);
}

/** The names that an option gives, lower case and each once; all that there are for `true`. Throws {@link GridError} where it is neither names nor `true`. */
export function namesOf(option: readonly string[] | true | undefined, name: string, all: () => string[]): string[] {
  if (option === undefined) return [];
  if (option === true) return all();
  if (!Array.isArray(option) || option.some((one) => typeof one !== 'string'))
    throw new GridError(`the option ${name} takes an array of names, or true for all`);
  return [...new Set(option.map((one) => one.toLowerCase()))];
}

/** Names of the enabled ones. */
export function enabledNames(elements: readonly { name: string; enabled: boolean }[]): string[] {
  return elements.filter((element) => element.enabled).map((element) => element.name);
}
