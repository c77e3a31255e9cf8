/** Hashes of 10,000 steps of each task. A change of one bit in any of them is a change of the task: it must be meant, and said in CHANGELOG.md. */
import { describe, expect, it } from 'vitest';
import { goldenHash } from '../environments/golden-hash.js';

const EVERYTHING = {
  actions: ['set', 'change', 'lines'],
  redispatch: true,
  curtailment: true,
  storage: true,
  maintenance: true,
  opponent: true,
  start: 'random',
};

const GOLDEN: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['topology-case5', {}, '9e2a46f3332bedffc63d904e874712e8'],
  ['topology-case14', {}, 'c5fbf377f00b312d48e0998db13a3312'],
  ['topology-case14', EVERYTHING, 'eda35aaea70b15d2b81df70520dae570'],
  ['topology-case118', {}, '9bcb74552aae492b327ee7a2f8373813'],
];

describe('10,000 steps of sampled actions', () => {
  it.each(GOLDEN)(
    '%s %j: what they always were, for any number of lanes, workers and by any kernels',
    { timeout: 240_000 },
    async (id, options, expected) => {
      expect(await goldenHash(id, options)).toBe(expected);
      const short = id === 'topology-case118' ? 60 : 200;
      const first = await goldenHash(id, { ...options, backend: 'native' }, 20, short);
      const wasm = { ...options, backend: 'wasm' as const };
      for (const lanes of [1, 7, 20]) expect(await goldenHash(id, wasm, lanes, short), `${lanes} lanes`).toBe(first);
      expect(await goldenHash(id, { ...wasm, workers: 2 }, 20, short), '2 workers').toBe(first);
      const few = await goldenHash(id, wasm, 20, 30);
      expect(await goldenHash(id, wasm, 512, 30), '512 lanes').toBe(few);
    },
  );
});
