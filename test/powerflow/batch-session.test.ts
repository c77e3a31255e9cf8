import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/cli/bench-measure.js';
import { loadFeeder } from '../../src/feeders/index.js';
import type { Grid } from '../../src/grid/index.js';
import { type BatchMethod, BatchSession, createSolver, ScenarioSolver } from '../../src/powerflow/index.js';

const METHODS: BatchMethod[] = ['sweep', 'injection', 'newton', 'chord'];

/** Random powers, [injection][scenario], 0 to 1.5 of nominal. */
function randomPowers(batch: BatchSession, scenarios: number, seed: number): [Float64Array[], Float64Array[]] {
  const random = randomSource(seed);
  const draw = (nominal: number): Float64Array => Float64Array.from({ length: scenarios }, () => nominal * 1.5 * random());
  const watts: Float64Array[] = [];
  const vars: Float64Array[] = [];
  for (const element of batch.injections) {
    const { powerKw, powerKvar } = element as { powerKw: number; powerKvar: number };
    watts.push(draw(powerKw));
    vars.push(draw(powerKvar));
  }
  return [watts, vars];
}

function fill(batch: BatchSession, [watts, vars]: [Float64Array[], Float64Array[]], pick: (column: Float64Array) => Float64Array = (x) => x): void {
  batch.injections.forEach((_, i) => {
    batch.setPowers(i, pick(watts[i]), pick(vars[i]));
  });
}

function baseVolts(grid: Grid, batch: BatchSession): number[] {
  return batch.nodeNames().map((name) => (grid.buses.get(name.slice(0, name.lastIndexOf('.')))?.baseKv ?? 1) * 1000);
}

describe('batches', () => {
  it.each(METHODS)('%s: every scenario agrees with a solution of its own to 1e-8 pu', async (method) => {
    for (const feeder of ['ieee13', 'ieee37', 'ieee123']) {
      const grid = await loadFeeder(feeder);
      const scenarios = 9;
      const batch = new BatchSession(grid, { scenarios, method, tolerance: 1e-11 });
      const powers = randomPowers(batch, scenarios, 7);
      fill(batch, powers);
      expect(batch.solve()).toMatchObject({ converged: scenarios, failed: 0 });
      const exact = new ScenarioSolver(grid, { method: 'newton', tolerance: 1e-12 });
      const base = baseVolts(grid, batch);
      for (let scenario = 0; scenario < scenarios; scenario++) {
        exact.powerKw.set(powers[0].map((column) => column[scenario]));
        exact.powerKvar.set(powers[1].map((column) => column[scenario]));
        expect(exact.solve()).toBe(true);
        const [found, wanted] = [batch.voltages(scenario), exact.readVoltages()];
        for (let n = 0; n < base.length; n++) {
          expect(Math.hypot(found[2 * n] - wanted[2 * n], found[2 * n + 1] - wanted[2 * n + 1]) / base[n]).toBeLessThan(1e-8);
        }
      }
    }
  });

  it.each(METHODS)(
    '%s: a scenario gives the same bits alone and among others, one of which has no solution and one NaN for a load',
    async (method) => {
      const grid = await loadFeeder('ieee13');
      const scenarios = 8;
      const batch = new BatchSession(grid, { scenarios, method });
      const powers = randomPowers(batch, scenarios, 3);
      powers[0][4][2] = 1e9;
      powers[1][2][5] = Number.NaN;
      fill(batch, powers);
      const report = batch.solve();
      expect(batch.status[5]).not.toBe(1);
      expect(report.failed).toBeGreaterThanOrEqual(1);
      expect(batch.voltages(5).every(Number.isNaN)).toBe(true);
      for (const scenario of [0, 1, 3, 4, 6, 7]) {
        const alone = new BatchSession(grid, { scenarios: 1, method });
        fill(alone, powers, (column) => column.subarray(scenario, scenario + 1));
        alone.solve();
        expect(alone.status[0]).toBe(1);
        expect(alone.iterations[0]).toBe(batch.iterations[scenario]);
        expect(Array.from(alone.voltages(0))).toEqual(Array.from(batch.voltages(scenario)));
      }
    },
  );

  it.each([
    ['ieee13', ['reg1']],
    ['ieee13', ['reg1', 'reg2']],
    ['ieee123', ['reg4a', 'reg2a']],
    ['ieee34', ['reg1a']],
  ])('%s: taps of some transformers of a bank, %s, as in single solutions', async (feeder, taps) => {
    const batch = new BatchSession(await loadFeeder(feeder), { scenarios: 2, method: 'chord', taps });
    for (const name of taps) batch.setTaps(name, [1, 1.05]);
    expect(batch.solve()).toMatchObject({ converged: 2, secondPass: 0 });
    for (const scenario of [0, 1]) {
      const grid = await loadFeeder(feeder);
      for (const name of taps) {
        const { windings } = grid.require('transformer', name);
        windings[windings.length - 1].tapPu = [1, 1.05][scenario];
      }
      const solver = createSolver(grid);
      solver.solve();
      const found = batch.voltages(scenario);
      batch.nodeNames().forEach((name, i) => {
        const dot = name.lastIndexOf('.');
        const [re, im] = solver.nodeVoltage(name.slice(0, dot), Number(name.slice(dot + 1))) ?? [Number.NaN, Number.NaN];
        expect(Math.hypot(found[2 * i] - re, found[2 * i + 1] - im) / Math.hypot(re, im)).toBeLessThan(1e-9);
      });
    }
  });

  it('scenarios without a solution are given up early, and left as they are where no second pass is wanted', async () => {
    const grid = await loadFeeder('tree131');
    const scenarios = 40;
    const overloaded = (scenario: number): boolean => scenario % 10 === 4;
    const outcome = [true, false].map((secondPass) => {
      const batch = new BatchSession(grid, { scenarios, method: 'chord', secondPass });
      const powers = randomPowers(batch, scenarios, 8);
      for (const columns of powers) for (const column of columns) for (let s = 4; s < scenarios; s += 10) column[s] *= 40;
      fill(batch, powers);
      return { batch, report: batch.solve() };
    });
    expect(outcome[0].report).toMatchObject({ converged: 36, failed: 4, secondPass: 4 });
    expect(outcome[1].report).toMatchObject({ converged: 36, failed: 4, secondPass: 0 });
    const { batch } = outcome[1];
    for (let scenario = 0; scenario < scenarios; scenario++) {
      expect(batch.status[scenario] === 1).toBe(!overloaded(scenario));
      // Far below the limit of 100, and not much longer than the others run.
      expect(batch.iterations[scenario]).toBeLessThan(12);
      expect(Array.from(batch.voltages(scenario))).toEqual(Array.from(outcome[0].batch.voltages(scenario)));
    }
  });

  it('a reduced chord gives what the whole one gives, to 1e-10 pu, and keeps far fewer buses of the European feeder', async () => {
    for (const feeder of ['ieee123', 'european-lv', 'ieee34']) {
      const grid = await loadFeeder(feeder);
      const [reduced, whole] = [true, false].map((reduce) => new BatchSession(grid, { scenarios: 64, method: 'chord', reduce, tolerance: 1e-12 }));
      const powers = randomPowers(reduced, 64, 11);
      for (const batch of [reduced, whole]) {
        fill(batch, powers);
        expect(batch.solve().failed).toBe(0);
      }
      const base = baseVolts(grid, reduced);
      for (let scenario = 0; scenario < 4; scenario++) {
        const [a, b] = [reduced.voltages(scenario), whole.voltages(scenario)];
        for (let n = 0; n < base.length; n++) expect(Math.hypot(a[2 * n] - b[2 * n], a[2 * n + 1] - b[2 * n + 1]) / base[n]).toBeLessThan(1e-10);
      }
      if (feeder === 'european-lv') expect(reduced.memoryBytes).toBeLessThan(0.8 * whole.memoryBytes);
    }
  });

  it('chord takes meshed grids, and agrees with Newton to 1e-8 pu', async () => {
    const grid = await loadFeeder('ieee123');
    const tie = grid.require('line', 'l13');
    grid.add({
      ...tie,
      name: 'tie',
      terminals: [
        { bus: '42', nodes: [1, 2, 3] },
        { bus: '101', nodes: [1, 2, 3] },
      ],
    });
    const [chord, newton] = (['chord', 'newton'] as const).map((method) => new BatchSession(grid, { scenarios: 6, method, tolerance: 1e-11 }));
    const powers = randomPowers(chord, 6, 21);
    for (const batch of [chord, newton]) {
      fill(batch, powers);
      expect(batch.solve().failed).toBe(0);
    }
    const base = baseVolts(grid, chord);
    for (let scenario = 0; scenario < 6; scenario++) {
      const [a, b] = [chord.voltages(scenario), newton.voltages(scenario)];
      for (let n = 0; n < base.length; n++) expect(Math.hypot(a[2 * n] - b[2 * n], a[2 * n + 1] - b[2 * n + 1]) / base[n]).toBeLessThan(1e-8);
    }
  });

  it('keeps its memory over many solutions, and gives the same from a warm start', async () => {
    const grid = await loadFeeder('ieee13');
    const batch = new BatchSession(grid, { scenarios: 16 });
    const powers = randomPowers(batch, 16, 5);
    fill(batch, powers);
    batch.solve();
    const bytes = batch.memoryBytes;
    const first = Array.from(batch.voltages(3));
    const after = batch.memoryBytes;
    for (let k = 0; k < 2000; k++) batch.solve(k % 2 ? 'warm' : 'base');
    expect(batch.memoryBytes).toBe(after);
    expect(after).toBeGreaterThanOrEqual(bytes);
    batch.solve('warm');
    batch.voltages(3).forEach((volts, k) => {
      expect(Math.abs(volts - first[k])).toBeLessThan(1e-6);
    });
  });

  it('taps and capacitor steps of each scenario give what a grid with these taps and steps gives, to 1e-8 pu', async () => {
    for (const feeder of ['ieee13', 'ieee34', 'ieee123']) {
      const grid = await loadFeeder(feeder);
      const scenarios = 6;
      const batch = new BatchSession(grid, { scenarios, taps: true, capacitors: true, tolerance: 1e-11 });
      const powers = randomPowers(batch, scenarios, 31);
      const random = randomSource(17);
      batch.injections.forEach((element, i) => {
        if (!element.name.startsWith('capacitor:')) batch.setPowers(i, powers[0][i], powers[1][i]);
      });
      const column = (draw: () => number): Float64Array => Float64Array.from({ length: scenarios }, draw);
      const taps = new Map(batch.transformers.map((name) => [name, column(() => 1 + 0.00625 * Math.round(32 * random() - 16))]));
      const steps = new Map(batch.capacitors.map((name) => [name, column(() => Math.round(random()))]));
      expect(taps.size).toBeGreaterThan(2);
      for (const [name, values] of taps) batch.setTaps(name, values);
      for (const [name, values] of steps) batch.setCapacitorSteps(name, values);
      expect(batch.solve()).toMatchObject({ converged: scenarios, failed: 0 });
      const base = baseVolts(grid, batch);
      for (let scenario = 0; scenario < scenarios; scenario++) {
        for (const [name, values] of taps) grid.require('transformer', name).windings[1].tapPu = values[scenario];
        for (const [name, values] of steps) grid.require('capacitor', name).steps[0].closed = values[scenario] === 1;
        const exact = new ScenarioSolver(grid, { method: 'newton', tolerance: 1e-12 });
        exact.injections.forEach((element, i) => {
          const at = batch.injections.findIndex((other) => other.name === element.name && other.kind === element.kind);
          exact.powerKw[i] = powers[0][at][scenario];
          exact.powerKvar[i] = powers[1][at][scenario];
        });
        expect(exact.solve()).toBe(true);
        const [found, wanted] = [batch.voltages(scenario), exact.readVoltages()];
        for (let n = 0; n < base.length; n++) {
          expect(Math.hypot(found[2 * n] - wanted[2 * n], found[2 * n + 1] - wanted[2 * n + 1]) / base[n]).toBeLessThan(1e-8);
        }
      }
    }
  });

  it('refuses taps it does not know, and taps of scenarios by other methods', async () => {
    const grid = await loadFeeder('ieee13');
    const batch = new BatchSession(grid, { scenarios: 2, taps: ['reg1'] });
    expect(() => batch.setTaps('reg2', [1, 1])).toThrow(/no taps of each scenario/);
    expect(() => batch.setTaps('reg1', [1, 0])).toThrow(/a tap of 0 in scenario 1/);
    expect(() => batch.setCapacitorSteps('cap1', [1, 0])).toThrow(/no steps of each scenario/);
    expect(() => new BatchSession(grid, { scenarios: 2, method: 'sweep', taps: true })).toThrow(/chord and newton methods only/);
    expect(() => new BatchSession(grid, { scenarios: 2, taps: ['nosuch'] })).toThrow(/no transformer named/);
  });

  it('starts from another base case to the same solutions, in fewer iterations where that is nearer', async () => {
    const grid = await loadFeeder('ieee123');
    const [nominal, nearer] = [1, 0.75].map(
      (baseMultiplier) => new BatchSession(grid, { scenarios: 32, method: 'chord', baseMultiplier, tolerance: 1e-11 }),
    );
    expect(grid.loadMultiplier).toBe(1);
    const powers = randomPowers(nominal, 32, 9);
    const total = (batch: BatchSession): number => batch.iterations.reduce((sum, x) => sum + x, 0);
    for (const batch of [nominal, nearer]) {
      fill(batch, powers);
      expect(batch.solve().failed).toBe(0);
    }
    expect(total(nearer)).toBeLessThan(total(nominal));
    const [a, b] = [nominal.voltages(17), nearer.voltages(17)];
    a.forEach((volts, k) => {
      expect(Math.abs(volts - b[k])).toBeLessThan(2400 * 1e-9);
    });
  });

  it('says what it cannot do', async () => {
    const grid = await loadFeeder('ieee13');
    expect(() => new BatchSession(grid, { scenarios: 0 })).toThrow(/1 scenario or more/);
    expect(() => new BatchSession(grid, { scenarios: 2.5 })).toThrow(/1 scenario or more/);
    expect(() => new BatchSession(grid, { scenarios: 2, baseMultiplier: 1e30 })).toThrow(/base case at a baseMultiplier of 1e\+30 has no solution/);
    expect(() => new BatchSession(grid, { scenarios: 1e9 })).toThrow(/more than 2 GiB of kernel memory/);
    expect(() => new BatchSession(grid, { scenarios: 2, method: 'NEWTON' as 'newton' })).toThrow(/method is "?NEWTON"?; it must be auto,/);
    expect(() => new BatchSession(grid, undefined as unknown as { scenarios: number })).toThrow(/options of a batch are an object/);
    const two = new BatchSession(grid, { scenarios: 2, capacitors: true });
    expect(two.injections.every(({ name }) => !name.startsWith('capacitor'))).toBe(true);
    expect(() => two.solve('cold' as 'base')).toThrow(/starts from 'base' or 'warm'/);
    expect(() => two.setPowers(0, [null, 1] as unknown as number[], [0, 0])).toThrow(/kW: null in scenario 0; it must be a number/);
    expect(() => two.voltages(2)).toThrow(/no scenario 2; they are counted from 0 to 1/);
    expect(() => two.voltages(0, new Float64Array(4))).toThrow(/need a Float64Array of/);
    const misspelled = { scenarios: 2, presision: 'single' };
    expect(() => new BatchSession(grid, misspelled)).toThrow(/no option "presision" of a batch; there are scenarios, method,/);
    expect(() => new BatchSession(grid, { scenarios: 2, workers: 2 } as { scenarios: number })).toThrow(/no option "workers"/);
  });
});
