/** Which options a batch has, so that a misspelled one is not passed over. */
import { describeValue, GridError } from '../grid/index.js';
import type { BatchOptions } from './batch-methods.js';

const METHODS: readonly unknown[] = ['auto', 'sweep', 'injection', 'newton', 'chord'];

/** Every key of {@link BatchOptions}; the type has the compiler say when one is missing here. */
const KNOWN: Record<keyof BatchOptions, true> = {
  scenarios: true,
  method: true,
  tolerance: true,
  maxIterations: true,
  reduce: true,
  baseMultiplier: true,
  secondPass: true,
  taps: true,
  capacitors: true,
  switches: true,
  sources: true,
  controls: true,
  maxControlIterations: true,
  hour: true,
  observe: true,
  precision: true,
  backend: true,
};

/**
 * Throws {@link GridError} for what is no object, and for a key that is no option of a batch.
 *
 * @param more options that there are besides
 */
export function checkBatchOptionNames(options: object, more: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new GridError(`options of a batch are an object, not ${describeValue(options)}`);
  const names = [...Object.keys(KNOWN), ...more];
  for (const key in options) {
    if (!names.includes(key)) throw new GridError(`there is no option "${key}" of a batch; there are ${names.join(', ')}`);
  }
  const { method, reduce, secondPass } = options as Partial<Record<keyof BatchOptions, unknown>>;
  if (method !== undefined && !METHODS.includes(method)) throw new GridError(`method is ${describeValue(method)}; it must be ${METHODS.join(', ')}`);
  for (const [name, value] of Object.entries({ reduce, secondPass })) {
    if (value !== undefined && typeof value !== 'boolean') throw new GridError(`${name} is ${describeValue(value)}; it must be true or false`);
  }
}

/** Throws {@link GridError} for a start that there is not. */
export function checkStart(start: unknown): void {
  if (start !== 'base' && start !== 'warm') throw new GridError(`a batch starts from 'base' or 'warm', not from ${describeValue(start)}`);
}
