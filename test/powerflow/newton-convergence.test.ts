import { describe, expect, it } from 'vitest';
import { loadFeeder } from '../../src/feeders/index.js';
import { CompiledSolver } from '../../src/powerflow/index.js';

/** Mismatch at which the summed admittances of these feeders are at their last digit, per unit. */
const ROUNDING = 3e-8;

describe('newton on feeders', () => {
  it.each(
    ['ieee13', 'ieee34', 'ieee37', 'ieee123', 'european-lv', 'ieee8500-unbalanced'].flatMap((feeder) =>
      [1, 1.5, 2].map((loading) => [feeder, loading] as const),
    ),
  )('%s at %f times its load: converges quadratically, within 8 iterations from a flat start', async (feeder, loading) => {
    const grid = await loadFeeder(feeder);
    grid.loadMultiplier = loading;
    const report = new CompiledSolver(grid).solve({ method: 'newton', start: 'flat' });
    expect(report.converged).toBe(true);
    expect(report.iterations).toBeLessThanOrEqual(8);
    expect(report.mismatchPu).toBeLessThan(ROUNDING);
    const { history } = report;
    let seen = 0;
    for (let k = 0; k + 1 < history.length; k++) {
      // Far from the solution a load may still cross a border of its voltage window; near it each step squares the mismatch.
      if (history[k] > 5e-4) continue;
      expect(history[k + 1]).toBeLessThan(Math.max(1000 * history[k] ** 2, ROUNDING));
      seen++;
    }
    expect(seen).toBeGreaterThan(0);
  });
});

describe('a change of one element', () => {
  it('gives the same solution as a solver made anew', async () => {
    const grid = await loadFeeder('ieee123');
    const kept = new CompiledSolver(grid);
    kept.solve();
    for (const [name, tap] of [
      ['reg1a', 1.0375],
      ['reg4a', 1.05],
      ['reg3c', 0.9625],
    ] as const) {
      const transformer = grid.require('transformer', name);
      transformer.windings[1].tapPu = tap;
      kept.elementChanged(transformer);
    }
    const bank = grid.require('capacitor', 'c83');
    bank.steps[0].closed = false;
    kept.elementChanged(bank);
    for (const method of ['sweep', 'injection', 'newton'] as const) {
      const report = kept.solve({ method, start: 'flat' });
      const fresh = new CompiledSolver(grid);
      const again = fresh.solve({ method, start: 'flat' });
      expect(again.iterations).toBe(report.iterations);
      expect(Array.from(fresh.voltages)).toEqual(Array.from(kept.voltages));
    }
  });
});
