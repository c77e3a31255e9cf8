import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/cli/bench-measure.js';
import { loadFeeder } from '../../src/feeders/index.js';
import type { Grid, Terminal } from '../../src/grid/index.js';
import { BatchSession, STATUS_CONVERGED, STATUS_ISLANDED, scalarBackend } from '../../src/powerflow/index.js';
import '../seed-properties.js';
import { drawColumns, editTo, feederWithTies, fill, largestError, meshedWithRegulators } from './lane-scenarios.js';

/** What a lane may differ from the single solution, per unit. */
const AGREEMENT_PU = 1e-10;

/** Checks every converged scenario against a grid edited to it; returns how many there were. */
async function expectAgreement(
  batch: BatchSession,
  columns: ReturnType<typeof drawColumns>,
  load: () => Promise<Grid>,
  method: 'auto' | 'newton' = 'auto',
): Promise<number> {
  let checked = 0;
  for (let scenario = 0; scenario < batch.scenarios; scenario++) {
    if (batch.status[scenario] !== STATUS_CONVERGED) continue;
    checked++;
    expect(largestError(batch, scenario, editTo(await load(), columns, scenario), method), `scenario ${scenario}`).toBeLessThan(AGREEMENT_PU);
  }
  return checked;
}

describe('newton with taps, switches, capacitors and source voltages of each scenario', () => {
  it.each([
    ['ieee13', () => loadFeeder('ieee13'), ['671692'], true],
    ['ieee123', () => loadFeeder('ieee123'), true, true],
    ['ieee123, its ties', feederWithTies, ['sw2', 'sw3', 'sw5', 'sw7', 'sw8'], true],
    ['ieee37', () => loadFeeder('ieee37'), undefined, true],
    ['tree131-meshed', meshedWithRegulators, ['31', 'tie2', 'tie5'], ['series0', 'series1']],
  ] as const)('%s: every lane is the grid edited to it, to 1e-10 pu', async (_, load, switches, taps) => {
    const grid = await load();
    const scenarios = 13;
    const batch = new BatchSession(grid, { scenarios, tolerance: 1e-12, method: 'newton', taps, switches, capacitors: true, sources: true });
    const columns = drawColumns(batch, grid, randomSource(23), { closed: 0.85 });
    fill(batch, columns);
    const report = batch.solve();
    expect(report.failed).toBe(report.islanded);
    expect(await expectAgreement(batch, columns, load, 'newton')).toBeGreaterThan(4);
  });

  it('the switches of ieee123, all combinations of six: islanded is what has a load beyond an open switch', async () => {
    const grid = await loadFeeder('ieee123');
    const names = ['sw1', 'sw2', 'sw4', 'sw6', 'sw7', 'sw8'];
    const scenarios = 2 ** names.length;
    const batch = new BatchSession(grid, { scenarios, tolerance: 1e-12, switches: names });
    const closed = names.map((_, k) => Array.from({ length: scenarios }, (__, s) => Boolean((s >> k) & 1)));
    names.forEach((name, k) => {
      batch.setSwitchStates(name, closed[k]);
    });
    const report = batch.solve();
    expect(batch.method).toBe('newton');
    for (let s = 0; s < scenarios; s++) {
      // sw7 and sw8 lead to buses without load; sw6 closes the way to bus 61s and 610 beyond it, which have none either.
      const fed = closed[0][s] && closed[1][s] && closed[2][s];
      expect(batch.status[s], `states ${s.toString(2)}`).toBe(fed ? STATUS_CONVERGED : STATUS_ISLANDED);
      if (!fed) expect(batch.iterations[s]).toBe(0);
      expect(Number.isNaN(batch.voltages(s)[0])).toBe(!fed);
    }
    expect(report).toEqual({ converged: 8, failed: 56, islanded: 56, unsettled: 0, secondPass: 0, precision: 'double' });
    const dead = batch.nodeNames().indexOf('610.1');
    const [without, within] = [0b000111, 0b111111].map((s) => batch.voltages(s));
    expect(Math.hypot(without[2 * dead], without[2 * dead + 1])).toBeLessThan(1e-9);
    expect(Math.hypot(within[2 * dead], within[2 * dead + 1])).toBeGreaterThan(200);
  });

  it('a tie that is open in the grid feeds what another switch cuts off', async () => {
    const grid = await feederWithTies();
    const batch = new BatchSession(grid, { scenarios: 4, tolerance: 1e-12, switches: ['sw3', 'sw7', 'sw5'] });
    const columns = { taps: new Map(), steps: new Map(), sources: new Map(), closed: new Map(), factor: Float64Array.of(1, 1, 1, 1) };
    columns.closed.set('sw3', Float64Array.of(1, 0, 0, 1));
    columns.closed.set('sw5', Float64Array.of(1, 1, 1, 0));
    columns.closed.set('sw7', Float64Array.of(0, 1, 0, 1));
    expect(batch.solve()).toMatchObject({ converged: 4 });
    const asItStands = batch.voltages(0);
    fill(batch, columns);
    batch.solve();
    // sw3 open needs sw7 closed; sw5 (97 to 197) is on the way to bus 300, which sw7 feeds from the other side.
    expect([...batch.status]).toEqual([1, 1, 4, 1]);
    expect(batch.voltages(0)).toEqual(asItStands);
    expect(await expectAgreement(batch, columns, feederWithTies, 'newton')).toBe(3);
    expect(grid.require('line', 'sw7').enabled).toBe(false);
    expect(grid.require('line', 'sw8').terminals[0].open).toEqual([true]);
  });

  it.each([
    ['wasm', true],
    ['wasm', undefined],
    ['scalar', true],
    ['scalar', undefined],
  ] as const)('a part without a source and without load is at 0 volt (%s, capacitors %s), solution after solution', async (backend, capacitors) => {
    const grid = await feederWithTies();
    // Bus 300_open lies between two switches; with both open it hangs on nothing. On it hang a capacitor and, behind 1e-6 ohm, a bus of its own.
    const ends = (bus: string, nodes: number[]): [Terminal, Terminal] => [
      { bus: '300_open', nodes: [1, 2, 3] },
      { bus, nodes },
    ];
    grid.add({ ...grid.require('capacitor', 'c83'), name: 'cx', terminals: ends('300_open', [0, 0, 0]) });
    grid.add({ ...grid.require('line', 'sw1'), name: 'stiff', isSwitch: false, terminals: ends('beyond', [1, 2, 3]) });
    const batch = new BatchSession(grid, {
      scenarios: 3,
      tolerance: 1e-12,
      switches: ['to300', 'sw7'],
      capacitors,
      backend: backend === 'scalar' ? scalarBackend : backend,
    });
    const states = [
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
      [
        [0, 0, 1],
        [0, 0, 0],
      ],
    ];
    const at = batch.nodeNames().indexOf('beyond.2');
    for (let round = 0; round < 24; round++) {
      const [to300, sw7] = states[Math.floor(round / 8) % 2];
      batch.setSwitchStates('to300', to300);
      batch.setSwitchStates('sw7', sw7);
      batch.scalePowers(
        'all',
        [0, 1, 2].map((s) => 0.5 + 0.1 * ((round + s) % 5)),
      );
      expect(batch.solve(round === 0 ? 'base' : 'warm'), `round ${round}`).toMatchObject({ converged: 3, failed: 0 });
      const volts = [0, 1, 2].map((s) => Math.hypot(batch.voltages(s)[2 * at], batch.voltages(s)[2 * at + 1]));
      volts.forEach((size, s) => {
        if (to300[s] || sw7[s]) expect(size).toBeGreaterThan(2000);
        else expect(size).toBe(0);
      });
    }
  });

  it.each([
    ['ieee13', ['671692']],
    ['ieee123', ['sw1', 'sw2', 'sw3', 'sw4', 'sw5', 'sw6', 'sw7', 'sw8']],
  ] as const)('%s, any taps, steps, states and loads: each lane is the grid edited to it', async (feeder, switches) => {
    const texts = await loadFeeder(feeder);
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 30 }), fc.double({ min: 0.6, max: 1, noNaN: true }), async (seed, closed) => {
      const grid = texts;
      const batch = new BatchSession(grid, { scenarios: 3, tolerance: 1e-12, taps: true, switches, capacitors: true, sources: true });
      const columns = drawColumns(batch, grid, randomSource(seed), { closed, tapSteps: 16 });
      fill(batch, columns);
      const report = batch.solve();
      expect(report.failed).toBe(report.islanded);
      await expectAgreement(batch, columns, () => loadFeeder(feeder));
    });
    await fc.assert(property, { numRuns: 12 });
  });
});

describe('hard lanes among others', () => {
  it('one in ten without solution, one not a number, one islanded: flagged, and the others have the bits that they have without them', async () => {
    const grid = await loadFeeder('ieee123');
    // Loads of constant power however low the voltage, so that there are loads without a solution.
    for (const load of grid.elementsOf('load')) Object.assign(load, { model: 1, minVoltagePu: 0, lowVoltagePu: 0 });
    const scenarios = 40;
    const make = (): BatchSession => new BatchSession(grid, { scenarios, taps: true, switches: true, sources: true });
    const [calm, rough] = [make(), make()];
    const columns = drawColumns(calm, grid, randomSource(3), { closed: 2 });
    for (const batch of [calm, rough]) fill(batch, columns);
    const heavy = columns.factor.map((factor, s) => (s % 10 === 4 ? 30 : factor));
    rough.scalePowers('all', heavy);
    const load = rough.injectionIndex('s65a');
    const { powerKw, powerKvar } = grid.require('load', 's65a');
    rough.setPowers(
      load,
      columns.factor.map((factor, s) => (s === 7 ? Number.NaN : factor * powerKw)),
      columns.factor.map((factor) => factor * powerKvar),
    );
    rough.setSwitchStates(
      'sw3',
      Array.from({ length: scenarios }, (_, s) => s !== 11),
    );
    expect(calm.solve()).toMatchObject({ converged: scenarios });
    const report = rough.solve();
    expect(report.islanded).toBe(1);
    for (let s = 0; s < scenarios; s++) {
      if (s % 10 === 4 || s === 7) expect([2, 3], `scenario ${s}`).toContain(rough.status[s]);
      else if (s === 11) expect(rough.status[s]).toBe(STATUS_ISLANDED);
      else expect(rough.voltages(s), `scenario ${s}`).toEqual(calm.voltages(s));
    }
  });

  it('a scenario alone and among others has the same bits, and solving allocates nothing', async () => {
    const grid = await feederWithTies();
    const options = { taps: true, switches: ['sw3', 'sw5', 'sw7', 'sw8'], sources: true, method: 'newton' } as const;
    const batch = new BatchSession(grid, { ...options, scenarios: 11 });
    const alone = new BatchSession(grid, { ...options, scenarios: 1 });
    const columns = drawColumns(batch, grid, randomSource(8), { closed: 0.7 });
    fill(batch, columns);
    batch.solve();
    const bytes = batch.memoryBytes;
    for (let s = 0; s < 11; s++) {
      fill(alone, columns, (column) => column.slice(s, s + 1));
      alone.solve();
      expect(alone.status[0]).toBe(batch.status[s]);
      expect(alone.voltages(0)).toEqual(batch.voltages(s));
    }
    for (let k = 0; k < 300; k++) {
      batch.setSwitchStates('sw3', columns.closed.get('sw3')?.map((state, s) => (k % 11 === s ? 1 - state : state)) ?? []);
      batch.solve(k % 2 ? 'warm' : 'base');
    }
    expect(batch.memoryBytes).toBe(bytes);
    fill(batch, columns);
    batch.solve();
    fill(alone, columns, (column) => column.slice(5, 6));
    alone.solve();
    expect(alone.voltages(0)).toEqual(batch.voltages(5));
  });
});

describe('which method', () => {
  it('auto takes chord where it applies, else newton', async () => {
    const methodOf = async (load: () => Promise<Grid>, options: object): Promise<string> =>
      new BatchSession(await load(), { scenarios: 2, ...options }).method;
    expect(await methodOf(() => loadFeeder('ieee13'), { taps: true })).toBe('chord');
    expect(await methodOf(() => loadFeeder('ieee13'), { taps: true, switches: true })).toBe('newton');
    expect(await methodOf(() => loadFeeder('tree131-meshed'), {})).toBe('chord');
    expect(await methodOf(meshedWithRegulators, { taps: ['series0'] })).toBe('newton');
    // Its regulators stand in a delta that floats.
    expect(await methodOf(() => loadFeeder('ieee37'), { taps: true })).toBe('newton');
    await expect(methodOf(() => loadFeeder('ieee37'), { taps: true, method: 'chord' })).rejects.toThrow(/solid tie to ground.*newton or auto/);
    await expect(methodOf(meshedWithRegulators, { taps: ['series0'], method: 'chord' })).rejects.toThrow(/radial grid.*newton or auto/);
    for (const method of ['chord', 'sweep', 'injection'])
      await expect(methodOf(() => loadFeeder('ieee13'), { switches: true, method })).rejects.toThrow(/newton method, not for/);
  });

  it('what chord leaves goes to newton with the taps and source voltages of its scenario', async () => {
    const load = (): Promise<Grid> => loadFeeder('ieee13');
    const grid = await load();
    const batch = new BatchSession(grid, { scenarios: 9, taps: true, capacitors: true, sources: true, tolerance: 1e-12, maxIterations: 5 });
    const columns = drawColumns(batch, grid, randomSource(5), { tapSteps: 16 });
    fill(batch, columns);
    expect(batch.method).toBe('chord');
    const report = batch.solve();
    expect(report.secondPass).toBeGreaterThan(3);
    expect(report.failed).toBe(0);
    expect(await expectAgreement(batch, columns, load)).toBe(9);
  });
});
