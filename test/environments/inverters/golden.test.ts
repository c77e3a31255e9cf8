/** Hashes of 10,000 steps of the inverter task. A change of one bit is a change of the task: it must be meant, and said in CHANGELOG.md. */
import { describe, expect, it } from 'vitest';
import { goldenHash } from '../golden-hash.js';

const GOLDEN = [
  [{}, 'a2313861ce3557340f0ca52ae42b9b78'],
  [{ actions: 'discrete', reactive: 'volt-var', voltWatt: true }, '287927e6ed77e09d898d7d9d797a05dc'],
] as const;

describe('10,000 steps of sampled actions of inverters-ieee123', () => {
  it.each(GOLDEN)('with options %j: what they always were, by any kernels and number of lanes', async (options, expected) => {
    expect(await goldenHash('inverters-ieee123', options)).toBe(expected);
    expect(await goldenHash('inverters-ieee123', options, 40), '40 lanes').toBe(expected);
    expect(await goldenHash('inverters-ieee123', { ...options, backend: 'wasm' }, 7), 'WebAssembly, 7 lanes').toBe(expected);
    expect(await goldenHash('inverters-ieee123', { ...options, workers: 2 }), '2 workers').toBe(expected);
  });
});
