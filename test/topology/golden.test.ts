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
  ['topology-case5', {}, 'dde1efd97d36f7c66e725ff27ef958e3'],
  ['topology-case14', {}, '4e46e1cf7a4e51fd728140cbdf386efb'],
  ['topology-case14', EVERYTHING, '5a437f2f56d887145a2557b1bea2d2d0'],
  ['topology-case118', {}, 'a7dfbdb000912036365903dabec01f0a'],
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
