/** Hashes of 10,000 steps of the inverter task. A change of one bit is a change of the task: it must be meant, and said in CHANGELOG.md. */
import { describe, expect, it } from 'vitest';
import { goldenHash } from '../golden-hash.js';

const GOLDEN = [
  [{}, 'dfa6f1eb79d1f2316d04f917020b8964'],
  [{ actions: 'discrete', reactive: 'volt-var', voltWatt: true }, '503f58c129029fe109f045c57d79c7fb'],
] as const;

describe('10,000 steps of sampled actions of inverters-ieee123', () => {
  it.each(GOLDEN)('with options %j: what they always were, by any kernels and number of lanes', async (options, expected) => {
    expect(await goldenHash('inverters-ieee123', options)).toBe(expected);
    expect(await goldenHash('inverters-ieee123', options, 512), '512 lanes').toBe(expected);
    expect(await goldenHash('inverters-ieee123', { ...options, backend: 'wasm' }, 7), 'WebAssembly, 7 lanes').toBe(expected);
    expect(await goldenHash('inverters-ieee123', { ...options, workers: 2 }), '2 workers').toBe(expected);
  });
});
