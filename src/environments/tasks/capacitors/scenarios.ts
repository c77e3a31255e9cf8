/** Where the scenarios of the capacitor tasks come from: drawn by chance, or a table of one's own. */
import { checkFloat64, describeValue, InputError } from '../../../grid/index.js';
import { RandomStream } from '../../../numeric/index.js';
import { wholeNumber } from '../../checks.js';
import { LOADS, MASKS } from './circuit.js';

/** Scenarios of one's own, plain data. */
export interface CapacitorScenarios {
  /** Load multipliers, 91 numbers of 0 or more a row. Episode e of an environment with the seed s begins with row (s + e) modulo their number. Default: drawn. */
  readonly rows?: readonly (readonly number[])[];
  /** [row]: capacitors closed at first, 0 to 15. Default: drawn. */
  readonly masks?: readonly number[];
}

/** A table of scenarios, checked. */
export interface ScenarioTable {
  readonly count: number;
  /** [row][load] */
  readonly multipliers: Float64Array;
  /** [row]; undefined where they are drawn. */
  readonly masks: Uint8Array | undefined;
}

/** Words of a stream that a scenario takes: two multipliers a word, and one for the mask. */
export const SCENARIO_WORDS = Math.ceil(LOADS / 2) + 1;

/**
 * Draws a scenario from the stream (seed, episode, `capacitors`): loads evenly from 0 to 1, one of 65536 values each, and each capacitor open or closed with even chance.
 *
 * @param multipliers receives 91 numbers from `at` on
 * @param words room for {@link SCENARIO_WORDS} numbers
 * @returns the mask
 * @throws InputError for what is no seed, no episode, and no room
 */
export function drawScenario(
  seed: number,
  episode: number,
  multipliers: Float64Array,
  at = 0,
  words: Uint32Array = new Uint32Array(SCENARIO_WORDS),
): number {
  wholeNumber('the seed', seed, 0, Number.MAX_SAFE_INTEGER);
  wholeNumber('the episode', episode, 0, 2 ** 32 - 1);
  checkFloat64('multipliers', multipliers);
  if (multipliers.length < at + LOADS)
    throw new InputError(`multipliers has room for ${multipliers.length} numbers; give room for ${LOADS} from ${at} on`);
  new RandomStream(seed, episode, 'capacitors').fillUint32(words);
  for (let k = 0; k < LOADS; k++) {
    const half = (k & 1) === 0 ? words[k >> 1] >>> 16 : words[k >> 1] & 0xffff;
    multipliers[at + k] = (2 * half + 1) / 131072;
  }
  return words[SCENARIO_WORDS - 1] >>> 28;
}

/** The row of a table with which an episode begins. */
export function rowOfEpisode(count: number, seed: number, episode: number): number {
  return ((seed % count) + (episode % count)) % count;
}

/** Throws InputError for what are no multipliers of all loads. */
export function checkRow(what: string, row: unknown): void {
  const isRow = (Array.isArray(row) || row instanceof Float64Array) && row.length === LOADS;
  if (!isRow || !row.every((value: unknown) => typeof value === 'number' && Number.isFinite(value) && value >= 0))
    throw new InputError(`${what} is a list of ${LOADS} multipliers of 0 or more, one a load, not ${describeValue(row)}`);
}

/** Throws InputError for what is no state of the capacitors. */
export function checkMask(what: string, mask: unknown): void {
  if (!(typeof mask === 'number' && Number.isInteger(mask) && mask >= 0 && mask < MASKS))
    throw new InputError(`${what} is a whole number from 0 to ${MASKS - 1}, bit by bit the capacitors closed, not ${describeValue(mask)}`);
}

/** The table that options give; undefined where scenarios are drawn. Throws InputError for what is none. */
export function scenarioTable(id: string, { rows, masks }: CapacitorScenarios): ScenarioTable | undefined {
  if (rows === undefined) {
    if (masks !== undefined) throw new InputError(`${id}: masks belong to rows of loads; give rows as well, or mask in the options of a reset`);
    return undefined;
  }
  if (!Array.isArray(rows) || rows.length === 0)
    throw new InputError(`${id}: rows is a list of rows of ${LOADS} multipliers, not ${describeValue(rows)}`);
  rows.forEach((row, k) => checkRow(`${id}: row ${k} of rows`, row));
  if (masks !== undefined) {
    if (!Array.isArray(masks) || masks.length !== rows.length)
      throw new InputError(`${id}: masks is a list of ${rows.length} numbers, one a row, not ${describeValue(masks)}`);
    masks.forEach((mask, k) => checkMask(`${id}: mask ${k} of masks`, mask));
  }
  return {
    count: rows.length,
    multipliers: Float64Array.from(rows.flatMap((row) => [...row])),
    masks: masks === undefined ? undefined : Uint8Array.from(masks),
  };
}
