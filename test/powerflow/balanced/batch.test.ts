/** Batches of balanced power flows: each scenario is the solution of the grid with that scenario's values, whatever stands beside it, by every backend. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BalancedGrid } from '../../../src/grid/index.js';
import { BalancedBatch, type BatchSteps } from '../../../src/powerflow/balanced/balanced-batch.js';
import { type BalancedSolution, type KernelBackend, solveBalanced, wasmBackend } from '../../../src/powerflow/index.js';
import { nativeBackends } from '../../native/native.js';
import { caseGrid, hasCase } from './case-tables.js';
import { randomGrid } from './random-grids.js';

const BACKENDS: KernelBackend[] = [wasmBackend, ...nativeBackends];
const SCENARIOS = 19;

/** A generator of numbers from 0 to 1, the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What each scenario changes. */
interface Change {
  loads: number[];
  generators: number[];
  out: number[];
  generatorsOut: number[];
}

function draw(grid: BalancedGrid, seed: number, outages: boolean): Change[] {
  const next = numbers(seed);
  return Array.from({ length: SCENARIOS }, () => ({
    loads: grid.loads.map(() => 0.85 + 0.2 * next()),
    generators: grid.generators.map(() => 0.9 + 0.1 * next()),
    out: outages ? grid.branches.map((_, k) => k).filter(() => next() < 1.5 / grid.branches.length) : [],
    generatorsOut: [],
  }));
}

/** The grid with one scenario's values. */
function changed(grid: BalancedGrid, change: Change): BalancedGrid {
  return {
    ...grid,
    loads: grid.loads.map((load, k) => ({ ...load, powerMw: load.powerMw * change.loads[k], powerMvar: load.powerMvar * change.loads[k] })),
    generators: grid.generators.map((generator, k) => ({
      ...generator,
      powerMw: generator.powerMw * change.generators[k],
      inService: generator.inService && !change.generatorsOut.includes(k),
    })),
    branches: grid.branches.map((branch, k) => ({ ...branch, inService: branch.inService && !change.out.includes(k) })),
  };
}

function fill(batch: BalancedBatch, changes: readonly Change[]): void {
  const { grid } = batch;
  grid.loads.forEach(({ powerMw, powerMvar, inService }, k) => {
    const share = changes.map(({ loads }) => (inService ? loads[k] : 0));
    batch.setLoad(
      k,
      share.map((x) => x * powerMw),
      share.map((x) => x * powerMvar),
    );
  });
  grid.generators.forEach(({ powerMw }, k) => {
    batch.setGenerator(
      k,
      changes.map(({ generators }) => generators[k] * powerMw),
    );
  });
  changes.forEach(({ out, generatorsOut }, scenario) => {
    for (const branch of out) batch.setBranchInService(branch, scenario, false);
    for (const generator of generatorsOut) batch.setGeneratorInService(generator, scenario, false);
  });
}

/** Largest distance of two voltages of a scenario and its own solution. */
function distance(batch: BalancedBatch, scenario: number, alone: BalancedSolution): number {
  const voltages = batch.voltages(scenario);
  return Math.max(
    ...alone.buses.map(({ voltagePu, angleDegrees }, bus) => {
      const angle = (angleDegrees * Math.PI) / 180;
      return Math.hypot(voltages[2 * bus] - voltagePu * Math.cos(angle), voltages[2 * bus + 1] - voltagePu * Math.sin(angle));
    }),
  );
}

/** The results of a batch as bits. */
function bits(batch: BalancedBatch): string {
  const parts: string[] = [];
  for (let scenario = 0; scenario < batch.scenarios; scenario++) {
    const bytes = new Uint8Array(batch.voltages(scenario).buffer);
    parts.push(`${batch.status(scenario)} ${batch.iterations(scenario)} ${batch.mismatchPu(scenario)} ${Buffer.from(bytes).toString('base64')}`);
  }
  return parts.join('\n');
}

describe('batches of balanced grids', () => {
  it.each(['shared', 'mixed', 'newton'] as BatchSteps[])('%s steps: random grids, each scenario as solved alone', (steps) => {
    fc.assert(
      fc.property(randomGrid, fc.integer({ min: 1, max: 1e6 }), (grid, seed) => {
        const changes = draw(grid, seed, false);
        const batch = new BalancedBatch(grid, { scenarios: SCENARIOS, steps, backend: wasmBackend });
        fill(batch, changes);
        expect(batch.solve({ tolerance: 1e-11 }).failed).toBe(0);
        changes.forEach((change, scenario) => {
          expect(distance(batch, scenario, solveBalanced(changed(grid, change)))).toBeLessThan(1e-9);
        });
      }),
      { numRuns: 25 },
    );
  });

  it('branches out: each scenario as solved alone, islands dead and reported', () => {
    let islands = 0;
    fc.assert(
      fc.property(randomGrid, fc.integer({ min: 1, max: 1e6 }), (grid, seed) => {
        const changes = draw(grid, seed, true);
        const batch = new BalancedBatch(grid, { scenarios: SCENARIOS, branchOutages: true, backend: wasmBackend });
        fill(batch, changes);
        batch.solve({ tolerance: 1e-11 });
        changes.forEach((change, scenario) => {
          const alone = solveBalanced(changed(grid, change));
          expect(batch.status(scenario) === 1).toBe(alone.converged);
          if (!alone.converged) return;
          expect(distance(batch, scenario, alone)).toBeLessThan(1e-9);
          expect(batch.deadBuses(scenario)).toEqual(alone.buses.filter(({ kind }) => kind === 'dead').map(({ bus }) => bus));
          islands += batch.deadBuses(scenario).length;
        });
      }),
      { numRuns: 40 },
    );
    expect(islands).toBeGreaterThan(20);
  });

  it('outages taken back leave the bits of a batch that never had them', () => {
    fc.assert(
      fc.property(randomGrid, fc.integer({ min: 1, max: 1e6 }), (grid, seed) => {
        const changes = draw(grid, seed, true);
        const clean = changes.map((change) => ({ ...change, out: [] }));
        const options = { scenarios: SCENARIOS, branchOutages: true, backend: wasmBackend };
        const batch = new BalancedBatch(grid, options);
        fill(batch, changes);
        batch.solve();
        changes.forEach(({ out }, scenario) => {
          for (const branch of out) batch.setBranchInService(branch, scenario, grid.branches[branch].inService);
        });
        batch.solve();
        const other = new BalancedBatch(grid, options);
        fill(other, clean);
        other.solve();
        expect(bits(batch)).toBe(bits(other));
      }),
      { numRuns: 15 },
    );
  });

  it('generators out: their buses lose the voltage they held', () => {
    fc.assert(
      fc.property(randomGrid, fc.integer({ min: 1, max: 1e6 }), (grid, seed) => {
        const next = numbers(seed);
        const slack = grid.buses.find(({ kind }) => kind === 'slack')?.number;
        const changes = draw(grid, seed, seed % 2 === 0).map((change) => ({
          ...change,
          generatorsOut: grid.generators.map((_, k) => k).filter((k) => grid.generators[k].bus !== slack && next() < 0.3),
        }));
        const batch = new BalancedBatch(grid, { scenarios: SCENARIOS, branchOutages: true, generatorOutages: true, backend: wasmBackend });
        fill(batch, changes);
        batch.solve({ tolerance: 1e-11 });
        changes.forEach((change, scenario) => {
          const alone = solveBalanced(changed(grid, change));
          if (alone.converged && batch.status(scenario) === 1) expect(distance(batch, scenario, alone)).toBeLessThan(1e-9);
          else expect(batch.status(scenario) === 1).toBe(alone.converged);
        });
      }),
      { numRuns: 25 },
    );
  });

  it.each(['case14', 'case118', 'case300', 'case1354pegase'])(
    '%s: within 1e-9 pu of each scenario alone, by every backend to the same bits',
    (name) => {
      if (!hasCase(name)) return;
      const grid = caseGrid(name);
      const changes = draw(grid, 7, false);
      for (const steps of ['auto', 'newton'] as const) {
        let first: string | undefined;
        for (const backend of BACKENDS) {
          const batch = new BalancedBatch(grid, { scenarios: SCENARIOS, steps, backend });
          fill(batch, changes);
          expect(batch.solve({ tolerance: 1e-10 }).failed).toBe(0);
          if (first === undefined) {
            for (const scenario of [0, 7, 18]) expect(distance(batch, scenario, solveBalanced(changed(grid, changes[scenario])))).toBeLessThan(1e-9);
          }
          first ??= bits(batch);
          expect(bits(batch)).toBe(first);
        }
      }
    },
  );

  it('a scenario has the same bits alone and in any company, hopeless neighbours included', () => {
    if (!hasCase('case118')) return;
    const grid = caseGrid('case118');
    const changes = draw(grid, 3, true);
    const hopeless = (posed: readonly Change[]): Change[] =>
      posed.map((change, scenario) => {
        if (scenario % 5 !== 2) return change;
        return { ...change, loads: change.loads.map((x) => (scenario === 7 ? Number.NaN : 9 * x)) };
      });
    for (const options of [{ branchOutages: true }, {}, { steps: 'shared' as const }, { substations: true }]) {
      const posed = 'branchOutages' in options || 'substations' in options ? changes : changes.map((change) => ({ ...change, out: [] }));
      const together = new BalancedBatch(grid, { scenarios: SCENARIOS, ...options });
      fill(together, hopeless(posed));
      const report = together.solve();
      expect(report.failed).toBe(4);
      for (const backend of BACKENDS) {
        const other = new BalancedBatch(grid, { scenarios: SCENARIOS, ...options, backend });
        fill(other, hopeless(posed));
        expect(other.solve()).toEqual(report);
        for (let scenario = 0; scenario < SCENARIOS; scenario++) {
          expect(other.status(scenario)).toBe(together.status(scenario));
          expect(other.iterations(scenario)).toBe(together.iterations(scenario));
          expect(other.mismatchPu(scenario)).toBe(together.mismatchPu(scenario));
        }
      }
      for (const scenario of [0, 1, 3, 8, 18]) {
        const alone = new BalancedBatch(grid, { scenarios: 1, ...options });
        fill(alone, [posed[scenario]]);
        alone.solve();
        expect(alone.voltages(0)).toEqual(together.voltages(scenario));
        expect(alone.iterations(0)).toBe(together.iterations(scenario));
      }
      expect(together.status(2)).not.toBe(1);
      expect(together.mismatchPu(7)).toBe(Infinity);
      expect(together.voltages(7).every(Number.isNaN)).toBe(true);
    }
  });

  it('set points by scenario', () => {
    if (!hasCase('case14')) return;
    const grid = caseGrid('case14');
    const batch = new BalancedBatch(grid, { scenarios: 3 });
    batch.setVoltage(2, [1.0, 1.02, 1.05]);
    batch.setVoltage(1, [1.05, 1.06, 1.07]);
    batch.solve({ tolerance: 1e-11 });
    [1.0, 1.02, 1.05].forEach((at2, scenario) => {
      const set = new Map([
        [2, at2],
        [1, 1.05 + 0.01 * scenario],
      ]);
      const alone = solveBalanced({
        ...grid,
        generators: grid.generators.map((generator) => ({ ...generator, voltagePu: set.get(generator.bus) ?? generator.voltagePu })),
      });
      expect(distance(batch, scenario, alone)).toBeLessThan(1e-9);
    });
    expect(batch.voltagePu(2)[1]).toBeCloseTo(1.02, 12);
  });

  it('power in branches, losses and the range of voltages are those of the scenario alone', () => {
    fc.assert(
      fc.property(randomGrid, fc.integer({ min: 1, max: 1e6 }), (grid, seed) => {
        const batch = new BalancedBatch(grid, { scenarios: SCENARIOS, branchOutages: true, backend: wasmBackend });
        fill(batch, draw(grid, seed, true));
        batch.solve({ tolerance: 1e-11 });
        const losses = batch.lossesMw();
        const range = batch.voltageRange();
        const power = grid.branches.map((_, k) => batch.branchPower(k));
        for (let scenario = 0; scenario < SCENARIOS; scenario++) {
          const alone = solveBalanced(batch.scenarioGrid(scenario));
          if (!alone.converged) {
            expect(losses[scenario]).toBeNaN();
            continue;
          }
          expect(Math.abs(losses[scenario] - alone.totals.lossMw)).toBeLessThan(1e-7 * grid.baseMva);
          const live = alone.buses.filter(({ kind }) => kind !== 'dead').map(({ voltagePu }) => voltagePu);
          expect(range.lowestPu[scenario]).toBeCloseTo(Math.min(...live), 8);
          expect(range.highestPu[scenario]).toBeCloseTo(Math.max(...live), 8);
          expect(Math.abs(batch.unservedMw(scenario) - alone.totals.unservedMw)).toBeLessThan(1e-9 * grid.baseMva);
          alone.branches.forEach((branch, k) => {
            const scale = 1e-7 * grid.baseMva;
            expect(Math.abs(power[k].fromMw[scenario] - branch.fromMw)).toBeLessThan(scale);
            expect(Math.abs(power[k].toMvar[scenario] - (branch.toMvar ?? Number.NaN))).toBeLessThan(scale);
          });
        }
      }),
      { numRuns: 20 },
    );
  });

  it('says what cannot be asked', () => {
    if (!hasCase('case14')) return;
    const grid = caseGrid('case14');
    expect(() => new BalancedBatch(grid, { scenarios: 0 })).toThrow('scenarios must be an integer');
    expect(() => new BalancedBatch(grid, { scenarios: 2, step: 'newton' } as never)).toThrow('no option "step"');
    expect(() => new BalancedBatch(grid, { scenarios: 2, branchOutages: true, steps: 'shared' })).toThrow('share one factor');
    const batch = new BalancedBatch(grid, { scenarios: 2 });
    expect(() => batch.setLoad(99, [1, 1], [1, 1])).toThrow('there is no load 99');
    expect(() => batch.setLoad(0, [1], [1, 1])).toThrow('1 values for 2 scenarios');
    expect(() => batch.setVoltage(14, [1, 1])).toThrow('holds no voltage');
    expect(() => batch.setBranchInService(0, 0, false)).toThrow('branchOutages');
    expect(() => batch.status(2)).toThrow('there is no scenario 2');
    expect(() => batch.voltagePu(4, 2)).toThrow('made with substations');
    expect(() => batch.voltagePu(4, 3 as never)).toThrow('1 or 2, not 3');
    expect(() => batch.solve({ tolerance: 0 })).toThrow('tolerance must be above 0');
    const failing = new BalancedBatch(grid, { scenarios: 2, generatorOutages: true });
    expect(() => failing.setGeneratorInService(0, 0, false)).toThrow('last at the slack bus 1');
    expect(
      () => new BalancedBatch({ ...grid, loads: grid.loads.map((load) => ({ ...load, powerMw: 50 * load.powerMw })) }, { scenarios: 1 }),
    ).toThrow('no solution as it stands');
  });
});
