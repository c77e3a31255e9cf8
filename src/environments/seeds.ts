/** Seeds of a vector's environments. */
import { describeValue, InputError } from '../grid/index.js';
import { wholeNumber } from './checks.js';

/** A whole number s, which gives environment i the seed s + i, or one seed for each environment. */
export type VectorSeed = number | ArrayLike<number>;

/** A whole number below 2^48 that nobody can guess. */
function randomSeed(): number {
  const words = crypto.getRandomValues(new Uint32Array(2));
  return (words[0] & 0xffff) * 4294967296 + words[1];
}

/** The seed of each environment. Throws InputError for what is none. */
export function seedsOf(seed: VectorSeed | undefined, environments: number): Float64Array {
  const first = seed === undefined ? randomSeed() : seed;
  if (typeof first === 'object' && first !== null) {
    if (first.length !== environments) throw new InputError(`there are ${describeLength(first)} seeds; give one whole number, or ${environments}`);
    return Float64Array.from({ length: environments }, (_, i) => wholeNumber(`the seed of environment ${i}`, first[i], 0, Number.MAX_SAFE_INTEGER));
  }
  wholeNumber('the seed', first, 0, Number.MAX_SAFE_INTEGER - environments);
  return Float64Array.from({ length: environments }, (_, i) => first + i);
}

function describeLength(seeds: ArrayLike<number>): string {
  return typeof seeds.length === 'number' ? String(seeds.length) : describeValue(seeds);
}
