import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/cli/bench-measure.js';
import { loadFeeder } from '../../src/feeders/index.js';
import type { Load } from '../../src/grid/index.js';
import { type BatchMethod, BatchSession, ScenarioSolver } from '../../src/powerflow/index.js';
import { drawColumns, editTo, fill, largestError } from './lane-scenarios.js';

describe('source voltages of each scenario', () => {
  it.each([
    ['ieee13', 'sweep', 1e-10],
    ['ieee13', 'injection', 1e-8],
    ['ieee13', 'chord', 1e-10],
    ['ieee13', 'newton', 1e-10],
    ['ieee37', 'chord', 1e-8],
    ['ieee37', 'newton', 1e-10],
    ['european-lv', 'chord', 1e-8],
    ['tree131-meshed', 'chord', 1e-10],
    ['tree131-meshed', 'injection', 1e-10],
    ['tree131-meshed', 'newton', 1e-10],
  ] as const)('%s by %s: each lane is the grid with its source voltages, to %f pu', async (feeder, method, bound) => {
    const grid = await loadFeeder(feeder);
    const batch = new BatchSession(grid, { scenarios: 5, method, sources: true, tolerance: 1e-12 });
    const columns = drawColumns(batch, grid, randomSource(12));
    expect([...columns.sources.keys()]).toEqual(batch.sources);
    fill(batch, columns);
    expect(batch.solve()).toMatchObject({ converged: 5 });
    for (let s = 0; s < 5; s++) expect(largestError(batch, s, editTo(await loadFeeder(feeder), columns, s))).toBeLessThan(bound);
  });

  it('one of two sources: the other keeps its voltage', async () => {
    const load = async () => {
      const grid = await loadFeeder('tree131-meshed');
      const [source] = grid.elementsOf('vsource');
      const [, far] = grid.elementsOf('line')[100].terminals;
      const second = { ...source, name: 'second', terminals: [{ ...far }, { ...source.terminals[1] }] } as typeof source;
      grid.add({
        ...second,
        impedanceOhm: { ...second.impedanceOhm, re: second.impedanceOhm.re.map((x) => 50 * x), im: second.impedanceOhm.im.map((x) => 50 * x) },
      });
      return grid;
    };
    const batch = new BatchSession(await load(), { scenarios: 3, sources: ['SECOND'], tolerance: 1e-12 });
    const voltages = [0.98, 1, 1.03];
    batch.setSourceVoltage('second', voltages);
    expect(batch.solve()).toMatchObject({ converged: 3 });
    for (let s = 0; s < 3; s++) {
      const grid = await load();
      grid.require('vsource', 'second').voltagePu = voltages[s];
      expect(largestError(batch, s, grid, 'newton')).toBeLessThan(1e-10);
    }
  });
});

describe('group multipliers', () => {
  it.each(['sweep', 'chord', 'newton'] as const)(
    '%s: a factor on all loads and another on a few, as if each had been set',
    async (method: BatchMethod) => {
      const grid = await loadFeeder('ieee13');
      grid.loadMultiplier = 1.1;
      const options = { scenarios: 3, method, capacitors: true } as const;
      const [scaled, set] = [new BatchSession(grid, options), new BatchSession(grid, options)];
      const few = [scaled.injectionIndex('load.671'), scaled.injectionIndex('675a')];
      scaled.scalePowers('all', [0.5, 0.8, 1]);
      scaled.scalePowers(few, [0, 0.25, 2]);
      set.injections.forEach((element, i) => {
        if (element.name.startsWith('capacitor:')) return;
        const { powerKw, powerKvar } = element as Load;
        const factors = few.includes(i) ? [0, 0.25, 2] : [0.5, 0.8, 1];
        set.setPowers(
          i,
          factors.map((factor) => factor * 1.1 * powerKw),
          factors.map((factor) => factor * 1.1 * powerKvar),
        );
      });
      expect(scaled.solve()).toMatchObject({ converged: 3 });
      expect(set.solve()).toMatchObject({ converged: 3 });
      for (let s = 0; s < 3; s++) {
        const wanted = set.voltages(s);
        scaled.voltages(s).forEach((volts, k) => {
          expect(Math.abs(volts - wanted[k])).toBeLessThan(1e-6);
        });
      }
      // Factor 1 everywhere is the grid itself.
      scaled.scalePowers('all', [1, 1, 1]);
      scaled.solve();
      const exact = new ScenarioSolver(grid, { method: 'newton', tolerance: 1e-12 });
      expect(exact.solve()).toBe(true);
      const wanted = exact.readVoltages();
      const names = exact.nodeNames();
      const found = scaled.voltages(2);
      scaled.nodeNames().forEach((name, n) => {
        const at = names.indexOf(name);
        expect(Math.hypot(found[2 * n] - wanted[2 * at], found[2 * n + 1] - wanted[2 * at + 1])).toBeLessThan(1e-4);
      });
    },
  );

  it('finds injections by id, or by name where only one has it', async () => {
    const grid = await loadFeeder('ieee13');
    // A capacitor that is posed as an injection is no load of the user's.
    const batch = new BatchSession(grid, { scenarios: 1 });
    expect(batch.injections[batch.injectionIndex('LOAD.671')].name).toBe('671');
    expect(batch.injectionIndex('671')).toBe(batch.injectionIndex('load.671'));
    expect(() => batch.injectionIndex('670')).toThrow(/no enabled load.*named "670"/);
    const twins = new BatchSession(grid, { scenarios: 1, capacitors: true });
    expect(() => twins.injectionIndex('cap1')).toThrow(/named "cap1"/);
  });
});

describe('bad input to a batch is one clear error', () => {
  it('of options', async () => {
    const grid = await loadFeeder('ieee13');
    const make = (options: object) => (): BatchSession => new BatchSession(grid, { scenarios: 2, ...options });
    expect(make({ switches: ['nosuch'] })).toThrow(/switches: there is no line named "nosuch"; name lines/);
    expect(make({ switches: ['reg1'] })).toThrow(/switches: transformer.reg1 is not a line; name lines/);
    expect(make({ switches: '671692' })).toThrow(/option switches takes an array of names, or true/);
    expect(make({ sources: ['nosuch'] })).toThrow(/no enabled voltage source named "nosuch"; there are source/);
    expect(make({ switches: true, method: 'chord' })).toThrow(/newton method, not for chord; ask for newton or auto/);
    expect(make({ taps: true, method: 'sweep' })).toThrow(/chord and newton methods only, not for sweep/);
    const [source] = grid.elementsOf('vsource');
    source.voltagePu = 0;
    expect(make({ sources: true })).toThrow(/vsource.source has a voltage of 0 in the grid/);
    source.voltagePu = 1;
    const [first] = grid.require('line', '671692').terminals;
    first.open = [true, false, false];
    expect(make({ switches: ['671692'] })).toThrow(/line.671692.*open or closed in all conductors/);
    first.open = undefined;
    grid.require('transformer', 'reg1').windings[0].terminal.open = [true, false];
    expect(make({ taps: ['reg1'] })).toThrow(/transformer.reg1: .*without opened conductors/);
  });

  it('of columns', async () => {
    const grid = await loadFeeder('ieee13');
    const batch = new BatchSession(grid, { scenarios: 2, switches: true, taps: true, sources: true, capacitors: true });
    expect(() => batch.setSwitchStates('650632', [1, 1])).toThrow(/line.650632 has no state of each scenario's own; name it in the option switches/);
    expect(() => batch.setSwitchStates('671692', [1])).toThrow(/line.671692: states: 1 values for 2 scenarios/);
    expect(() => batch.setSwitchStates('671692', [1, Number.NaN])).toThrow(/state of NaN in scenario 1; it must be true or 1/);
    expect(() => batch.setSwitchStates('671692', [0.5, 1])).toThrow(/state of 0.5 in scenario 0/);
    expect(() => batch.setTaps('reg1', [1, Number.NaN])).toThrow(/a tap of NaN in scenario 1; it must be above 0/);
    expect(() => batch.setTaps('reg1', [1])).toThrow(/1 values for 2 scenarios/);
    expect(() => batch.setSourceVoltage('other', [1, 1])).toThrow(/vsource.other has no voltage of each scenario's own/);
    const [source] = batch.sources;
    expect(() => batch.setSourceVoltage(source, [1, Number.NaN])).toThrow(/a voltage of NaN in scenario 1/);
    expect(() => batch.setSourceVoltage(source, [-1, 1])).toThrow(/a voltage of -1 in scenario 0; it must be a number of 0 or more/);
    expect(() => batch.setSourceVoltage(source, [1])).toThrow(/1 values for 2 scenarios/);
    expect(() => batch.scalePowers('all', [1, Number.NaN])).toThrow(/a factor of NaN in scenario 1/);
    expect(() => batch.scalePowers('all', [1])).toThrow(/1 values for 2 scenarios/);
    expect(() => batch.scalePowers([0, 999], [1, 1])).toThrow(/no injection 999; they are counted from 0 to/);
    expect(() => batch.setPowers(-1, [1, 1], [0, 0])).toThrow(/no injection -1/);
    expect(() => batch.setPowers(0, [1, 1], [0])).toThrow(/kvar: 1 values for 2 scenarios/);
    expect(() => batch.setCapacitorSteps('cap1', [1, 3])).toThrow(/a number of steps of 3 in scenario 1; it must be a whole number from 0 to 1/);
    // A refused column changes nothing.
    expect(batch.solve()).toMatchObject({ converged: 2 });
  });
});

describe('powers of one scenario at a time', () => {
  it('scaleScenario writes what scalePowers writes, of the first injections alone, and refuses what is not there', async () => {
    const grid = await loadFeeder('ieee123-capacitors');
    const [rows, columns] = [0, 1].map(() => new BatchSession(grid, { scenarios: 11, backend: 'wasm' }));
    const draw = randomSource(5);
    const factors = Float64Array.from({ length: 11 * 91 }, () => draw());
    for (let load = 0; load < 91; load++)
      columns.scalePowers(
        [load],
        Array.from({ length: 11 }, (_, s) => factors[91 * s + load]),
      );
    for (let s = 0; s < 11; s++) rows.scaleScenario(s, factors, 91 * s, 91);
    expect(rows.solve().converged).toBe(11);
    columns.solve();
    for (let s = 0; s < 11; s++) expect(rows.voltages(s)).toEqual(columns.voltages(s));
    expect(() => rows.scaleScenario(11, factors)).toThrow(/no scenario 11/);
    expect(() => rows.scaleScenario(0, factors, 0, 98)).toThrow(/98 factors/);
    expect(() => rows.scaleScenario(0, factors, 1000, 91)).toThrow(/from 1000/);
  });
});
