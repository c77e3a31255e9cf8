/** Checks of the options of a contingency analysis, where they enter. */
import { describeValue, InputError } from '../../grid/index.js';
import type { AsyncContingencyOptions, ContingencyRating } from './contingency-types.js';

const RATINGS: readonly ContingencyRating[] = ['auto', 'long', 'short', 'emergency'];

/** Every key; the type has the compiler say when one is missing here. */
const KNOWN: Record<keyof AsyncContingencyOptions, true> = {
  branches: true,
  generators: true,
  cases: true,
  rating: true,
  limitsPu: true,
  tolerance: true,
  secondPass: true,
  violations: true,
  backend: true,
  chunkSize: true,
  onProgress: true,
  signal: true,
};

/** Throws {@link InputError} for a key that is no option and a value that cannot be. */
export function checkContingencyOptions(options: AsyncContingencyOptions, isAsync: boolean): void {
  if (typeof options !== 'object' || options === null)
    throw new InputError(`options of a contingency analysis are an object, not ${describeValue(options)}`);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(KNOWN, name));
  if (unknown !== undefined) throw new InputError(`there is no option "${unknown}"; there are ${Object.keys(KNOWN).join(', ')}`);
  if (options.signal !== undefined && !isAsync) throw new InputError('the option signal needs the event loop; take analyseContingenciesAsync');
  const { branches, generators, secondPass } = options;
  if (branches !== undefined && typeof branches !== 'boolean' && branches !== 'lines' && branches !== 'transformers' && !Array.isArray(branches)) {
    fail('branches', branches, "it must be true, false, 'lines', 'transformers', or a list of branches");
  }
  if (generators !== undefined && typeof generators !== 'boolean' && !Array.isArray(generators)) {
    fail('generators', generators, 'it must be true, false, or a list of generators');
  }
  if (secondPass !== undefined && typeof secondPass !== 'boolean') fail('secondPass', secondPass, 'it must be true or false');
  const { cases, rating, limitsPu, tolerance, violations, chunkSize, onProgress } = options;
  if (cases !== undefined && !Array.isArray(cases)) fail('cases', cases, 'it must be a list of cases');
  if (rating !== undefined && !RATINGS.includes(rating)) fail('rating', rating, `it must be ${RATINGS.join(', ')}`);
  if (limitsPu !== undefined) {
    const [low, high] = Array.isArray(limitsPu) ? (limitsPu as readonly unknown[]) : [];
    if (typeof low !== 'number' || typeof high !== 'number' || !(low >= 0 && low < high)) {
      throw new InputError('option limitsPu must be two voltages in per unit, the lower first, as [0.94, 1.06]');
    }
  }
  if (tolerance !== undefined && !(typeof tolerance === 'number' && tolerance > 0 && tolerance < Infinity))
    fail('tolerance', tolerance, 'it must be a number above 0');
  if (violations !== undefined && violations !== 'all' && violations !== 'new') fail('violations', violations, 'it must be all or new');
  if (chunkSize !== undefined && !(Number.isInteger(chunkSize) && chunkSize >= 1)) fail('chunkSize', chunkSize, 'it must be a whole number from 1');
  if (onProgress !== undefined && typeof onProgress !== 'function') fail('onProgress', onProgress, 'it must be a function');
}

function fail(option: string, value: unknown, rule: string): never {
  throw new InputError(`option ${option} is ${describeValue(value)}; ${rule}`);
}
