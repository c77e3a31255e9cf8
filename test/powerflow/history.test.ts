import { describe, expect, it } from 'vitest';
import { loadFeeder } from '../../src/feeders/index.js';
import { createSolver } from '../../src/powerflow/index.js';

describe('the history of a solution', () => {
  it.each([
    ['newton', 1],
    ['sweep', 3],
    ['sweep', 6],
    ['injection', 5],
  ] as const)('%s stopped after %d iterations: its last mismatch is what is computed from the voltages', async (method, maxIterations) => {
    // Twice the load, so that no mismatch is near rounding yet.
    const grid = await loadFeeder('ieee34');
    grid.loadMultiplier = 2;
    const report = createSolver(grid).solve({ method, maxIterations, start: 'flat' });
    expect(report.status).toBe('iteration-limit');
    expect(report.history).toHaveLength(method === 'newton' ? maxIterations + 1 : maxIterations);
    const last = report.history[report.history.length - 1];
    expect(last).toBeGreaterThan(1e-7);
    expect(Math.abs(last / report.mismatchPu - 1)).toBeLessThan(1e-3);
  });

  it('holds nothing but iterates: the same beginning with every limit, and none where nothing had to be solved', async () => {
    const solver = createSolver(await loadFeeder('ieee123'));
    const full = solver.solve({ method: 'newton', start: 'flat' });
    expect(full.history).toHaveLength(full.iterations + 1);
    const again = solver.solve({ method: 'newton', reuse: true });
    expect([again.iterations, again.history]).toEqual([0, []]);
    const limited = solver.solve({ method: 'newton', start: 'flat', maxIterations: 1 });
    expect(limited.history).toEqual(full.history.slice(0, 2));
  });
});
