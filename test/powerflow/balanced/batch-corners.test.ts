/** Corners of batches of balanced grids that once went wrong. */
import { describe, expect, it } from 'vitest';
import { BalancedBatch, type BalancedBatchOptions, backendSummary, loadCase, solveBalanced } from '../../../src/index.js';
import { branch, bus, generator, grid, load } from './small-grids.js';

/** Voltage of each bus of a scenario, pu. */
function magnitudes(batch: BalancedBatch, scenario: number): number[] {
  const voltages = batch.voltages(scenario);
  return batch.grid.buses.map((_, k) => Math.hypot(voltages[2 * k], voltages[2 * k + 1]));
}

function bits(batch: BalancedBatch, scenario: number): unknown[] {
  return [batch.status(scenario), batch.iterations(scenario), batch.mismatchPu(scenario), ...batch.voltages(scenario)];
}

describe('corners of batches', () => {
  it('a branch towards a part that is dead in the grid cannot be put in service', () => {
    const posed = grid({
      buses: [bus(1, 'slack'), bus(2), bus(3)],
      branches: [branch(1, 2, 0.01, 0.1), branch(2, 3, 0.01, 0.1, { inService: false })],
      generators: [generator(1, 0, 1)],
      loads: [load(2, 50, 20)],
    });
    const batch = new BalancedBatch(posed, { scenarios: 2, branchOutages: true });
    expect(() => batch.setBranchInService(1, 0, true)).toThrow('leads to bus 3, which is without voltage in the grid');
  });

  it('a dead bus is at no reactive limit', () => {
    const posed = grid({
      buses: [bus(1, 'slack'), bus(2, 'pv'), bus(3)],
      branches: [branch(1, 2, 0.001, 0.05), branch(1, 3, 0.01, 0.1)],
      generators: [generator(1, -100, 1, { minMvar: -999, maxMvar: 999 }), generator(2, 100, 1, { minMvar: -1000, maxMvar: -100 })],
      loads: [load(3, 50, 20)],
    });
    const batch = new BalancedBatch(posed, { scenarios: 2, branchOutages: true, reactiveLimits: true });
    batch.setBranchInService(0, 1, false);
    expect(batch.solve().failed).toBe(0);
    expect(batch.atReactiveLimit(1)).toEqual([]);
    const alone = solveBalanced(batch.scenarioGrid(1), { enforceReactiveLimits: true });
    expect(magnitudes(batch, 1)[2]).toBeCloseTo(alone.buses[2].voltagePu, 8);
  });

  it('limits and shares: a scenario has the bits that it has alone', () => {
    const factors = [0.7, 0.9, 1, 1.1, 1.2, 1.3, 1.4];
    for (const options of [{ reactiveLimits: true }, { distributedSlack: true }]) {
      const posed = loadCase('case57');
      const make = (list: readonly number[]): BalancedBatch => {
        const batch = new BalancedBatch(posed, { scenarios: list.length, ...options });
        posed.loads.forEach(({ powerMw, powerMvar }, k) => {
          batch.setLoad(
            k,
            list.map((x) => x * powerMw),
            list.map((x) => x * powerMvar),
          );
        });
        batch.solve({ secondPass: false });
        return batch;
      };
      const together = make(factors);
      factors.forEach((factor, scenario) => {
        expect(bits(make([factor]), 0)).toEqual(bits(together, scenario));
      });
    }
  });

  it('a lack that rounds do not settle is solved alone; one that nobody shares is no solution', () => {
    const posed = grid({
      buses: [bus(1, 'slack'), bus(2, 'pv')],
      branches: [branch(1, 2, 0.2, 0.3)],
      generators: [generator(1, 0, 1), generator(2, 100, 1)],
      loads: [load(1, 100, 0)],
    });
    const batch = new BalancedBatch(posed, { scenarios: 3, distributedSlack: [0, 1], generatorOutages: true });
    batch.setLoad(0, [110, 120, 50], [0, 0, 0]);
    batch.setGeneratorInService(1, 2, false);
    batch.solve();
    for (const [scenario, powerMw] of [110, 120].entries()) {
      const alone = solveBalanced({ ...posed, loads: [load(1, powerMw, 0)] }, { distributedSlack: [0, 1] });
      expect(batch.status(scenario)).toBe(1);
      expect(batch.lackingMw(scenario)[0]).toBeCloseTo(alone.distributedSlack?.[0].lackingMw ?? Number.NaN, 5);
    }
    expect(batch.status(2)).not.toBe(1);
    const without = new BalancedBatch(posed, { scenarios: 1, distributedSlack: [0, 1] });
    without.setLoad(0, [120], [0]);
    expect(without.solve({ secondPass: false }).converged).toBe(0);
  });

  it('a generator keeps its reactive schedule while it is out', () => {
    const posed = grid({
      buses: [bus(1, 'slack'), bus(2)],
      branches: [branch(1, 2, 0.01, 0.1)],
      generators: [generator(1, 0, 1), generator(2, 10, 1, { powerMvar: 50 })],
      loads: [load(2, 50, 80)],
    });
    const batch = new BalancedBatch(posed, { scenarios: 1, generatorOutages: true });
    batch.solve();
    const before = magnitudes(batch, 0);
    batch.setGeneratorInService(1, 0, false);
    batch.solve();
    batch.setGenerator(1, [10]);
    batch.setGeneratorInService(1, 0, true);
    batch.solve();
    expect(magnitudes(batch, 0)).toEqual(before);
  });

  it('of several generators at a bus the last that runs rules the set point', () => {
    const posed = grid({
      buses: [bus(1, 'slack'), bus(2, 'pv')],
      branches: [branch(1, 2, 0.01, 0.1)],
      generators: [generator(1, 0, 1), generator(2, 10, 1.01), generator(2, 10, 0.98)],
      loads: [load(2, 50, 20)],
    });
    const batch = new BalancedBatch(posed, { scenarios: 2, generatorOutages: true });
    batch.setGeneratorInService(2, 1, false);
    batch.solve();
    expect(batch.voltagePu(2)[0]).toBeCloseTo(0.98, 12);
    expect(batch.voltagePu(2)[1]).toBeCloseTo(1.01, 12);
  });

  it('a warm start begins anew where there was no solution', () => {
    const posed = loadCase('case14');
    for (const steps of ['shared', 'mixed', 'newton'] as const) {
      const batch = new BalancedBatch(posed, { scenarios: 3, steps });
      batch.setLoad(0, [21.7, Number.NaN, 21.7], [12.7, 12.7, 12.7]);
      expect(batch.solve().failed).toBe(1);
      batch.setLoad(0, [21.7, 21.7, 21.7], [12.7, 12.7, 12.7]);
      expect(batch.solve({ start: 'warm' }).failed).toBe(0);
    }
  });

  it('says what cannot be: joined slacks, wrong options', () => {
    const posed = grid({
      buses: [bus(1, 'slack'), bus(2), bus(3, 'slack'), bus(4)],
      branches: [branch(1, 2, 0.01, 0.1), branch(3, 4, 0.01, 0.1), branch(2, 4, 0.01, 0.1, { inService: false })],
      generators: [generator(1, 10, 1), generator(3, 10, 1)],
      loads: [load(2, 20, 5), load(4, 30, 5)],
    });
    const batch = new BalancedBatch(posed, { scenarios: 1, branchOutages: true, distributedSlack: [1, 1] });
    expect(() => batch.setBranchInService(2, 0, true)).toThrow('join the parts of slack buses 1 and 3');
    expect(() => new BalancedBatch(posed, { scenarios: 1, distributedSlack: Number.NaN as never })).toThrow('array of factors');
    expect(() => new BalancedBatch(posed, { scenarios: 1, branchOutages: 'no' as never })).toThrow('must be true or false');
    expect(() => batch.setLoad('length' as never, [1], [1])).toThrow('there is no load');
    const idle = new BalancedBatch({ ...posed, generators: [...posed.generators, generator(2, 5, 1, { inService: false })] }, { scenarios: 1 });
    idle.setGenerator(2, [Number.NaN]);
    expect(idle.solve().failed).toBe(0);
  });
});

describe('pivots that cancel', () => {
  /** Bus 3 hangs on susceptances of which next to nothing is left (a line and a series capacitor); minimum degree takes it first, and lanes do not pivot. */
  const withGap = (gap: number): ReturnType<typeof grid> =>
    grid({
      buses: [bus(1, 'slack'), bus(2), bus(3), bus(4), bus(5), bus(6), bus(7)],
      branches: [
        branch(1, 2, 0.01, 0.1),
        branch(2, 3, 0, 0.1),
        branch(3, 4, 0, -0.1 * (1 + gap)),
        branch(4, 5, 0.01, 0.1),
        branch(5, 1, 0.02, 0.2),
        branch(2, 5, 0.02, 0.15),
        branch(4, 6, 0.01, 0.1),
        branch(2, 6, 0.01, 0.1),
        branch(5, 6, 0.01, 0.1),
        branch(2, 7, 0.01, 0.1),
        branch(4, 7, 0.01, 0.1),
        branch(5, 7, 0.01, 0.1),
        branch(6, 7, 0.01, 0.1),
      ],
      generators: [generator(1, 0, 1)],
      loads: [load(4, 20, 5), load(5, 30, 10), load(2, 10, 3)],
    });
  const filled = (gap: number, options: Partial<BalancedBatchOptions>): BalancedBatch => {
    const batch = new BalancedBatch(withGap(gap), { scenarios: 16, ...options });
    batch.grid.loads.forEach(({ powerMw, powerMvar }, k) => {
      const factor = (scenario: number): number => 0.8 + (0.4 * ((7 * scenario + 3 * k) % 16)) / 16;
      batch.setLoad(
        k,
        Array.from({ length: 16 }, (_, scenario) => powerMw * factor(scenario)),
        Array.from({ length: 16 }, () => powerMvar),
      );
    });
    return batch;
  };
  const backends = ['wasm', ...(backendSummary().available.some((name) => name.startsWith('native')) ? (['native'] as const) : [])] as const;

  it.each([0, 1e-15, 1e-14, 1e-12, 1e-9, 1e-6, 1e-3])('down to %s: every scenario is solved, in its lane or by the pivoting solver', (gap) => {
    for (const backend of backends) {
      for (const options of [{ steps: 'newton' }, { steps: 'shared' }, { branchOutages: true }] as const) {
        const batch = filled(gap, { backend, ...options });
        const { failed } = batch.solve();
        expect(failed).toBe(0);
        for (let scenario = 0; scenario < 16; scenario++) {
          const alone = solveBalanced(batch.scenarioGrid(scenario), { tolerance: 1e-12 });
          magnitudes(batch, scenario).forEach((magnitude, k) => {
            expect(Math.abs(magnitude - alone.buses[k].voltagePu)).toBeLessThan(1e-8);
          });
        }
      }
    }
  });

  it('a lane spoilt by them is told from one without a solution', () => {
    const spoilt = filled(0, { steps: 'newton' });
    expect(spoilt.solve({ secondPass: false }).failed).toBe(16);
    expect(spoilt.mismatchPu(3)).toBe(Infinity);
    expect(spoilt.solve()).toMatchObject({ failed: 0, secondPass: 16 });
    const hopeless = new BalancedBatch(loadCase('case118'), { scenarios: 1, steps: 'newton' });
    for (let k = 0; k < hopeless.grid.loads.length; k++)
      hopeless.setLoad(k, [8 * hopeless.grid.loads[k].powerMw], [8 * hopeless.grid.loads[k].powerMvar]);
    expect(hopeless.solve()).toMatchObject({ failed: 1, secondPass: 0 });
    expect(hopeless.mismatchPu(0)).toBeLessThan(Infinity);
  });
});
