/** Places by sensitivity: against single power flows one by one, and the choices that tasks rest on. */
import { describe, expect, it } from 'vitest';
import { addInjection, copyGrid } from '../../../src/environments/devices/attach.js';
import { placeBySensitivity, placementScores } from '../../../src/environments/index.js';
import { BATTERY_BUSES, INVERTER_BUSES, TAPS } from '../../../src/environments/tasks/inverters/index.js';
import { loadFeeder } from '../../../src/feeders/index.js';
import type { Grid } from '../../../src/grid/index.js';
import { BatchSession, createSolver, nodeRows, wasmBackend } from '../../../src/powerflow/index.js';

/** Sum over nodes of |dV| a kvar or kW at a place, by two power flows of its own. */
function bruteForce(grid: Grid, bus: string, nodes: readonly number[], by: 'active' | 'reactive'): number {
  const copy = copyGrid(grid);
  const probe = addInjection(copy, 'probe', { bus, nodes });
  const solver = createSolver(copy);
  const voltages = (power: number): number[] => {
    solver.setPower(probe, by === 'active' ? power : 0, by === 'active' ? 0 : power);
    expect(solver.solve({ tolerance: 1e-11 }).converged).toBe(true);
    return nodeRows(solver).map(([, , , pu]) => pu ?? 0);
  };
  const up = voltages(10);
  const down = voltages(-10);
  return up.reduce((sum, pu, k) => sum + Math.abs(pu - down[k]), 0) / 20;
}

describe('scores of places', () => {
  it.each([
    ['ieee13', 'reactive', 3],
    ['ieee13', 'active', 1],
    ['ieee34', 'active', 3],
  ] as const)('%s, %s power, %d phases: those of power flows one by one', async (feeder, by, phases) => {
    const grid = await loadFeeder(feeder);
    const scores = placementScores(grid, { by, phases });
    expect(scores.length).toBeGreaterThan(5);
    for (const { bus, nodes, score } of scores) {
      const exact = bruteForce(grid, bus, nodes, by);
      expect(Math.abs(score - exact)).toBeLessThan(1e-5 * exact + 1e-9);
    }
    const best = scores.reduce((a, b) => (b.score > a.score ? b : a));
    expect(placeBySensitivity(grid, 1, { by, phases })).toEqual([best]);
  });
});

describe('places', () => {
  it('are the same for other kernels, and those of inverters-ieee123', async () => {
    const grid = await loadFeeder('ieee123');
    const inverters = placeBySensitivity(grid, INVERTER_BUSES.length, { by: 'reactive', spacing: 4 });
    expect(inverters.map(({ bus }) => bus)).toEqual(INVERTER_BUSES);
    expect(inverters.map(({ score }) => score)).toEqual(inverters.map(({ score }) => score).sort((a, b) => b - a));
    expect(placeBySensitivity(grid, INVERTER_BUSES.length, { by: 'reactive', spacing: 4, backend: wasmBackend })).toEqual(inverters);
    expect(placeBySensitivity(grid, BATTERY_BUSES.length, { by: 'active', spacing: 8 }).map(({ bus }) => bus)).toEqual(BATTERY_BUSES);
    expect([...grid.elements].some(({ name }) => name.startsWith('probe'))).toBe(false);
  });

  it('keep their distance, and leave out what lies behind a delta winding', async () => {
    const grid = await loadFeeder('ieee123');
    const scores = placementScores(grid);
    expect(scores.map(({ bus }) => bus)).not.toContain('610');
    // 91 and 93 are one line apart, so are 93 and 95.
    expect(placeBySensitivity(grid, 3).map(({ bus }) => bus)).toEqual(['95', '93', '91']);
    expect(placeBySensitivity(grid, 2, { spacing: 2 }).map(({ bus }) => bus)).toEqual(['95', '91']);
    expect(placeBySensitivity(grid, 2, { buses: ['1', '7'] }).map(({ bus }) => bus)).toEqual(['7', '1']);
  });

  it('that there are not are refused', async () => {
    const grid = await loadFeeder('ieee13');
    expect(() => placeBySensitivity(grid, 40)).toThrow(/there are only \d+ places for 40 devices with a spacing of 1/);
    expect(() => placeBySensitivity(grid, 0)).toThrow('give a whole number from 1');
    expect(() => placeBySensitivity(grid, 1, { buses: ['nowhere'] })).toThrow('there is no bus "nowhere"');
    expect(() => placeBySensitivity(grid, 1, { buses: ['67'] })).toThrow(
      'there is no bus "67" to place a device at; there are 671, 675, 670 and 13 more',
    );
    expect(() => placeBySensitivity(grid, 1, { spaceing: 2 } as never)).toThrow('placing of devices has no option "spaceing"; it has spacing, by');
    expect(() => placeBySensitivity(grid, 1, { by: 'both' as never })).toThrow('by is "both"; it must be reactive or active');
  });
});

describe('the taps of inverters-ieee123', () => {
  it('are those of the regulators’ controls at half load', async () => {
    const batch = new BatchSession(await loadFeeder('ieee123'), { scenarios: 1, controls: true });
    batch.scalePowers('all', [0.5]);
    batch.solve();
    const found = Object.fromEntries(Object.keys(TAPS).map((name) => [name, Math.round((batch.taps(name)[0] - 1) / 0.00625)]));
    expect(found).toEqual(TAPS);
  });
});
