import { expect, it } from 'vitest';
import { randomSource } from '../../src/cli/bench-measure.js';
import { loadFeeder } from '../../src/feeders/index.js';
import { BatchSession } from '../../src/powerflow/index.js';
import { scalarBackend } from '../../src/powerflow/scalar-backend.js';

/** Scenarios of the batch bench in which a load of constant current stands within a thousandth of the end of its voltage window, where its current jumps. */
const AT_A_JUMP = [108, 422, 1703, 2531];
const DRAWN = 4096;

it('newton finds solutions next to a jump of a load law, where halving its steps only creeps up to the jump', async () => {
  const grid = await loadFeeder('ieee37');
  const solve = (method: 'newton' | 'chord', backend: 'wasm' | typeof scalarBackend): BatchSession => {
    const batch = new BatchSession(grid, { scenarios: AT_A_JUMP.length, method, tolerance: 1e-10, baseMultiplier: 0.75, backend });
    const random = randomSource(20240601);
    batch.injections.forEach((element, i) => {
      const { powerKw, powerKvar } = element as { powerKw: number; powerKvar: number };
      const drawn = Float64Array.from({ length: DRAWN }, () => 1.5 * random());
      batch.setPowers(
        i,
        AT_A_JUMP.map((scenario) => powerKw * drawn[scenario]),
        AT_A_JUMP.map((scenario) => powerKvar * drawn[scenario]),
      );
    });
    batch.solve();
    return batch;
  };
  const chord = solve('chord', 'wasm');
  expect([...chord.status]).toEqual([1, 1, 1, 1]);
  for (const backend of ['wasm', scalarBackend] as const) {
    const newton = solve('newton', backend);
    expect([...newton.status]).toEqual([1, 1, 1, 1]);
    AT_A_JUMP.forEach((_, scenario) => {
      const wanted = chord.voltages(scenario);
      newton.voltages(scenario).forEach((volts, k) => {
        expect(Math.abs(volts - wanted[k]) / 2771).toBeLessThan(1e-8);
      });
    });
  }
});
