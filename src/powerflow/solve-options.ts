/** Checks of solve options, where they enter. */
import { describeValue, InputError } from '../grid/index.js';
import { HISTORY_ROOM } from './session.js';
import type { SolveOptions } from './solver-types.js';

const METHODS: readonly unknown[] = ['auto', 'sweep', 'injection', 'newton'];

/** Every key of {@link SolveOptions}; the type has the compiler say when one is missing here. */
const KNOWN: Record<keyof SolveOptions, true> = {
  method: true,
  tolerance: true,
  maxIterations: true,
  accelerationFactor: true,
  start: true,
  reuse: true,
};

/** Keys of {@link SolveOptions}, for who adds options of their own. */
export const SOLVE_OPTION_NAMES: readonly string[] = Object.keys(KNOWN);

/**
 * Throws {@link InputError} for a method that there is not, a tolerance or acceleration factor that is not a number above 0, an iteration limit that is not a
 * whole number from 1 to 1000, and a key that is no option. What is left undefined is not looked at.
 */
export function checkSolveOptions(options: SolveOptions): void {
  if (typeof options !== 'object' || options === null) throw new InputError(`solve options are an object, not ${describeValue(options)}`);
  for (const key in options) if (!Object.hasOwn(KNOWN, key)) unknownOption(key, SOLVE_OPTION_NAMES);
  const { method, tolerance, maxIterations, accelerationFactor, start, reuse } = options;
  if (method !== undefined && !METHODS.includes(method)) fail('method', method, `it must be ${METHODS.join(', ')}`);
  if (tolerance !== undefined && !isAboveZero(tolerance)) fail('tolerance', tolerance, 'it must be a number above 0');
  if (maxIterations !== undefined && !(Number.isInteger(maxIterations) && maxIterations >= 1 && maxIterations <= HISTORY_ROOM)) {
    fail('maxIterations', maxIterations, `it must be a whole number from 1 to ${HISTORY_ROOM}`);
  }
  if (accelerationFactor !== undefined && !isAboveZero(accelerationFactor))
    fail('accelerationFactor', accelerationFactor, 'it must be a number above 0');
  if (start !== undefined && start !== 'warm' && start !== 'flat') fail('start', start, 'it must be warm or flat');
  if (reuse !== undefined && typeof reuse !== 'boolean') fail('reuse', reuse, 'it must be true or false');
}

/** Throws {@link InputError} for an option that there is not. */
export function unknownOption(key: string, known: readonly string[]): never {
  const hint = key === 'loadMultiplier' ? ' (the load multiplier is set in the grid: grid.loadMultiplier, then gridChanged())' : '';
  throw new InputError(`there is no solve option "${key}"${hint}; there are ${known.join(', ')}`);
}

function isAboveZero(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && Number.isFinite(value);
}

function fail(option: string, value: unknown, rule: string): never {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);
  throw new InputError(`solve option ${option} is ${shown}; ${rule}`);
}
