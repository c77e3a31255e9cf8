import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/cli/bench-measure.js';
import { loadFeeder } from '../../src/feeders/index.js';
import type { Load } from '../../src/grid/index.js';
import { type BatchMethod, BatchSession } from '../../src/powerflow/index.js';
import { scalarBackend } from '../../src/powerflow/scalar-backend.js';
import { drawColumns, fill as fillLanes } from './lane-scenarios.js';

const SCENARIOS = 5;

/** Solves the same random powers by the default kernels and by the plain program. */
async function both(feeder: string, method: BatchMethod, change?: (loads: Load[]) => void): Promise<[BatchSession, BatchSession, Float64Array]> {
  const grid = await loadFeeder(feeder);
  change?.(grid.elementsOf('load'));
  const options = { scenarios: SCENARIOS, method, tolerance: 1e-9 } as const;
  const batches: [BatchSession, BatchSession] = [new BatchSession(grid, options), new BatchSession(grid, { ...options, backend: scalarBackend })];
  for (const batch of batches) {
    const random = randomSource(5);
    batch.injections.forEach((element, i) => {
      const factors = Float64Array.from({ length: SCENARIOS }, () => 1.5 * random());
      const { powerKw, powerKvar } = element as Load;
      batch.setPowers(
        i,
        factors.map((factor) => factor * powerKw),
        factors.map((factor) => factor * powerKvar),
      );
    });
    expect(batch.solve()).toMatchObject({ converged: SCENARIOS, failed: 0 });
  }
  const volts = batches[0].nodeNames().map((name) => (grid.buses.get(name.slice(0, name.lastIndexOf('.')))?.baseKv ?? 1) * 1000);
  return [...batches, Float64Array.from(volts)];
}

function expectEqual([kernels, scalar, base]: [BatchSession, BatchSession, Float64Array]): void {
  expect(scalar.backend).toBe('scalar');
  for (let scenario = 0; scenario < SCENARIOS; scenario++) {
    expect(scalar.iterations[scenario]).toBe(kernels.iterations[scenario]);
    const [a, b] = [kernels.voltages(scenario), scalar.voltages(scenario)];
    let worst = 0;
    base.forEach((volts, n) => {
      worst = Math.max(worst, Math.hypot(a[2 * n] - b[2 * n], a[2 * n + 1] - b[2 * n + 1]) / volts);
    });
    expect(worst).toBeLessThan(1e-10);
  }
}

describe('the plain scalar program gives what the kernels give, to 1e-10 pu', () => {
  it.each([
    ['ieee13', 'chord'],
    ['ieee13', 'sweep'],
    ['ieee13', 'injection'],
    ['ieee13', 'newton'],
    ['ieee34', 'chord'],
    ['ieee34', 'newton'],
    ['ieee37', 'chord'],
    ['ieee37', 'sweep'],
    ['ieee123', 'chord'],
    ['ieee123', 'sweep'],
    ['ieee123', 'injection'],
    ['ieee123', 'newton'],
    ['european-lv', 'chord'],
    ['tree131', 'sweep'],
    ['tree131-meshed', 'chord'],
  ] as const)('%s, %s', async (feeder, method) => {
    expectEqual(await both(feeder, method));
  });

  it('loads with exponents and with a cut-off too', async () => {
    const change = (loads: Load[]): void => {
      loads.forEach((load, i) => {
        load.model = i % 2 ? 4 : 8;
        load.exponentWatts = 0.8;
        load.exponentVars = 1.7;
        load.zip = [0.3, 0.3, 0.4, 0.5, 0.2, 0.3, 0.7];
      });
    };
    for (const method of ['chord', 'newton'] as const) expectEqual(await both('ieee13', method, change));
  });

  it('taps and capacitor steps of each scenario too', async () => {
    const grid = await loadFeeder('ieee123');
    const [kernels, scalar] = [undefined, scalarBackend].map((backend) => {
      const batch = new BatchSession(grid, { scenarios: SCENARIOS, taps: true, capacitors: true, tolerance: 1e-9, backend });
      const random = randomSource(9);
      const column = (draw: () => number): Float64Array => Float64Array.from({ length: SCENARIOS }, draw);
      for (const name of batch.transformers)
        batch.setTaps(
          name,
          column(() => 1 + 0.00625 * Math.round(32 * random() - 16)),
        );
      for (const name of batch.capacitors)
        batch.setCapacitorSteps(
          name,
          column(() => Math.round(random())),
        );
      expect(batch.solve()).toMatchObject({ converged: SCENARIOS, failed: 0 });
      return batch;
    });
    const base = kernels.nodeNames().map((name) => (grid.buses.get(name.slice(0, name.lastIndexOf('.')))?.baseKv ?? 1) * 1000);
    expectEqual([kernels, scalar, Float64Array.from(base)]);
    expect(Math.abs(kernels.voltages(0)[200] - kernels.voltages(1)[200])).toBeGreaterThan(0.1);
  });

  it.each([
    ['ieee13', true, true],
    ['ieee123', true, ['sw6', 'sw7', 'sw8']],
    ['ieee37', true, undefined],
    ['tree131-meshed', undefined, ['tie1', 'tie5']],
  ] as const)('%s by newton with taps (%s), switches (%s) and source voltages of each scenario too', async (feeder, taps, switches) => {
    const grid = await loadFeeder(feeder);
    const [kernels, scalar] = [undefined, scalarBackend].map((backend) => {
      const batch = new BatchSession(grid, { scenarios: SCENARIOS, method: 'newton', taps, switches, sources: true, tolerance: 1e-9, backend });
      fillLanes(batch, drawColumns(batch, grid, randomSource(14), { closed: 0.6 }));
      batch.solve();
      return batch;
    });
    expect([...scalar.status]).toEqual([...kernels.status]);
    expect([...scalar.mismatchVa].map(Number.isFinite)).toEqual([...kernels.mismatchVa].map(Number.isFinite));
    let solved = 0;
    for (let scenario = 0; scenario < SCENARIOS; scenario++) {
      expect(scalar.iterations[scenario]).toBe(kernels.iterations[scenario]);
      const [a, b] = [kernels.voltages(scenario), scalar.voltages(scenario)];
      if (scalar.status[scenario] === 1) solved++;
      kernels.nodeNames().forEach((name, n) => {
        const volts = (grid.buses.get(name.slice(0, name.lastIndexOf('.')))?.baseKv ?? 1) * 1000;
        if (scalar.status[scenario] === 1) expect(Math.hypot(a[2 * n] - b[2 * n], a[2 * n + 1] - b[2 * n + 1]) / volts).toBeLessThan(1e-10);
        else expect([a[2 * n], b[2 * n]]).toEqual([Number.NaN, Number.NaN]);
      });
    }
    expect(solved).toBeGreaterThan(1);
  });

  it('a scenario without a solution is one here as well', async () => {
    const grid = await loadFeeder('ieee13');
    const batch = new BatchSession(grid, { scenarios: 2, backend: scalarBackend });
    batch.injections.forEach((element, i) => {
      const { powerKw } = element as Load;
      batch.setPowers(i, [powerKw, Number.NaN], [0, 0]);
    });
    expect(batch.solve()).toMatchObject({ converged: 1, failed: 1 });
    expect(batch.status[1]).not.toBe(1);
  });
});
