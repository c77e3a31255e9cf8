/** Hashes of rollouts of the inverter task. A change of one bit is a change of the task: it must be meant, and said in CHANGELOG.md. */
import { describe, expect, it } from 'vitest';
import { goldenHash } from '../golden-hash.js';

describe('sampled actions of inverters-ieee123', () => {
  it('10,000 steps: what they always were, by any kernels and number of lanes', async () => {
    const expected = 'a2313861ce3557340f0ca52ae42b9b78';
    expect(await goldenHash('inverters-ieee123', {})).toBe(expected);
    expect(await goldenHash('inverters-ieee123', { backend: 'wasm' }, 7), 'WebAssembly, 7 lanes').toBe(expected);
    expect(await goldenHash('inverters-ieee123', { workers: 2 }, 40), '2 workers, 40 lanes').toBe(expected);
  });

  it('2,000 steps with choices and inverters that follow the voltage', async () => {
    const options = { actions: 'discrete', reactive: 'volt-var', voltWatt: true };
    const expected = 'b6d1c4ad7c2617504df675dc63c1127e';
    expect(await goldenHash('inverters-ieee123', options, 20, 100)).toBe(expected);
    expect(await goldenHash('inverters-ieee123', { ...options, backend: 'wasm' }, 7, 100), 'WebAssembly, 7 lanes').toBe(expected);
  });
});
