/** Contingency analysis: every row is the solution of the grid without what is out, with its violations, its dead parts and what it leaves unserved. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCase } from '../../../src/cases/index.js';
import type { BalancedGrid } from '../../../src/grid/index.js';
import {
  analyseContingencies,
  analyseContingenciesAsync,
  type BalancedSolution,
  type ContingencyOptions,
  type ContingencyRow,
  contingenciesBySeverity,
  readContingencyList,
  solveBalanced,
} from '../../../src/powerflow/index.js';
import { randomGrid } from './random-grids.js';
import { branch, bus, generator, grid, load, triangle } from './small-grids.js';

/** The grid with ratings so small that each branch that carries anything is listed with its power. */
function tightlyRated(one: BalancedGrid): BalancedGrid {
  return { ...one, branches: one.branches.map((each) => ({ ...each, ratingMva: 1e-6, shortTermRatingMva: 0, emergencyRatingMva: 0 })) };
}

/** Limits that no voltage is within, so that all are listed. */
const NO_LIMITS: readonly [number, number] = [50, 51];

function without(one: BalancedGrid, { branches, generators }: Pick<ContingencyRow, 'branches' | 'generators'>): BalancedGrid {
  return {
    ...one,
    branches: one.branches.map((each, k) => ({ ...each, inService: each.inService && !branches.includes(k + 1) })),
    generators: one.generators.map((each, k) => ({ ...each, inService: each.inService && !generators.includes(k + 1) })),
  };
}

/** Compares a row of a tightly rated grid with the changed grid's own solution. */
function compare(row: ContingencyRow, alone: BalancedSolution, baseDead: ReadonlySet<number>): void {
  const dead = alone.buses.filter(({ kind, bus: number }) => kind === 'dead' && !baseDead.has(number)).map(({ bus: number }) => number);
  expect(row.islands.flatMap(({ buses }) => buses).sort((a, b) => a - b)).toEqual(dead.sort((a, b) => a - b));
  expect(row.status !== 'unsolved', row.label).toBe(alone.converged);
  if (!alone.converged) return;
  expect(row.status).toBe(dead.length > 0 ? 'islanded' : 'solved');
  const voltages = new Map(row.voltages.map(({ bus: number, voltagePu }) => [number, voltagePu]));
  let worst = 0;
  for (const { bus: number, voltagePu } of alone.buses) worst = Math.max(worst, Math.abs((voltages.get(number) ?? 0) - voltagePu));
  expect(worst, row.label).toBeLessThan(1e-9);
  const mva = new Map(row.overloads.map((each) => [each.branch, each.mva]));
  worst = 0;
  alone.branches.forEach(({ fromMw, fromMvar, toMw, toMvar }, k) => {
    const most = Math.max(Math.hypot(fromMw, fromMvar ?? 0), Math.hypot(toMw, toMvar ?? 0));
    worst = Math.max(worst, Math.abs((mva.get(k + 1) ?? 0) - most));
  });
  expect(worst, row.label).toBeLessThan(1e-6);
  const newIslands = alone.islands.filter(({ buses }) => !buses.every((number) => baseDead.has(number)));
  expect(row.unservedMw).toBeCloseTo(
    newIslands.reduce((sum, { loadMw }) => sum + loadMw, 0),
    9,
  );
  const slack = alone.buses.filter(({ kind }) => kind === 'slack');
  expect(row.slack.map(({ bus: number }) => number)).toEqual(slack.map(({ bus: number }) => number));
  row.slack.forEach(({ powerMw, powerMvar }, i) => {
    expect(powerMw).toBeCloseTo(slack[i].generationMw, 5);
    expect(powerMvar).toBeCloseTo(slack[i].generationMvar as number, 5);
  });
  const reactive = alone.violations.filter(({ what }) => what === 'reactive');
  expect(row.reactive.map((each) => each.generator).sort((a, b) => a - b)).toEqual(
    reactive.map((each) => each.generator).sort((a, b) => Number(a) - Number(b)),
  );
  for (const { generator: k, powerMvar } of row.reactive) expect(powerMvar).toBeCloseTo(alone.generators[k - 1].powerMvar as number, 5);
}

function compareAll(one: BalancedGrid, options: ContingencyOptions = {}): ContingencyRow[] {
  const rated = tightlyRated(one);
  const { rows } = analyseContingencies(rated, { limitsPu: NO_LIMITS, ...options });
  const base = solveBalanced(rated);
  const baseDead = new Set(base.buses.filter(({ kind }) => kind === 'dead').map(({ bus: number }) => number));
  for (const row of rows) {
    let alone = solveBalanced(without(rated, row));
    if (!alone.converged && row.status !== 'unsolved') alone = solveBalanced(without(rated, row), { start: 'last', last: base });
    compare(row, alone, baseDead);
  }
  return rows;
}

/** A triangle of which the load's bus feeds one more bus by a single line. */
function withTail(): BalancedGrid {
  const one = triangle();
  one.buses.push(bus(4));
  one.loads.push(load(4, 12, 3));
  one.branches.push(branch(3, 4, 0.01, 0.06, { ratingMva: 30 }));
  return one;
}

describe('contingencies', () => {
  it.each(['case14', 'case30', 'case39', 'case57'])('%s: every branch and every generator, as solved alone', (name) => {
    const one = loadCase(name);
    const rows = compareAll(one, { branches: true, generators: true });
    const on = one.branches.filter(({ inService }) => inService).length;
    expect(rows).toHaveLength(1 + on + one.generators.filter(({ inService }) => inService).length);
  });

  it.each(['case118', 'case300'])('%s: a sample, as solved alone', (name) => {
    const one = loadCase(name);
    const cases = [...one.branches.keys()].filter((k) => k % 9 === 4).map((k) => ({ branches: [k + 1] }));
    const machines = [...one.generators.keys()].filter((k) => k % 9 === 2 && one.generators[k].inService).map((k) => ({ generators: [k + 1] }));
    compareAll(one, { cases: [...cases, ...machines] });
  });

  it('random grids: N-1 and N-2, whatever the chunks', () => {
    let islands = 0;
    fc.assert(
      fc.property(randomGrid, fc.integer({ min: 1, max: 7 }), (one, chunkSize) => {
        const cases = one.branches.map((_, k) => ({
          branches: [k + 1, ((5 * k + 2) % one.branches.length) + 1],
          generators: k % 2 === 0 ? [(k % one.generators.length) + 1] : [],
        }));
        const rows = compareAll(one, { branches: true, generators: true, cases, chunkSize });
        islands += rows.filter(({ status }) => status === 'islanded').length;
      }),
      { numRuns: 30 },
    );
    expect(islands).toBeGreaterThan(50);
  });

  it('do not depend on chunks and on who stands beside whom', () => {
    const one = loadCase('case30');
    const whole = analyseContingencies(one, { generators: true, branches: true });
    for (const chunkSize of [1, 5, 40]) {
      expect(analyseContingencies(one, { generators: true, branches: true, chunkSize }).rows).toEqual(whole.rows);
    }
  });

  it('name what is new, and what the base case has already', () => {
    const one = triangle();
    one.branches[2].ratingMva = 20;
    one.branches[2].shortTermRatingMva = 0;
    const { rows, summary } = analyseContingencies(one, { rating: 'long' });
    expect(rows[0].label).toBe('base case');
    expect(rows[0].overloads).toMatchObject([{ branch: 3, rating: 'long', inBase: true }]);
    expect(rows[0].counts).toMatchObject({ overloads: 1, newOverloads: 0 });
    const [first] = rows.slice(1).filter(({ branches }) => branches[0] === 1);
    expect(first.overloads.find((each) => each.branch === 3)).toMatchObject({ inBase: true, basePercent: rows[0].overloads[0].percent });
    const third = rows[3];
    expect(third.overloads).toMatchObject([{ branch: 2, from: 2, to: 3, inBase: false, ratingMva: 60 }]);
    expect(third.overloads[0].percent).toBeCloseTo((100 * third.overloads[0].mva) / 60, 9);
    expect(third.highestLoading).toMatchObject({ branch: 2, percent: third.overloads[0].percent });
    expect(summary).toMatchObject({ contingencies: 3, solved: 3, islanded: 0, unsolved: 0, ratings: { long: 2, none: 1 } });
    const fresh = analyseContingencies(one, { rating: 'long', violations: 'new' });
    expect(fresh.rows.map(({ counts }) => counts)).toEqual(rows.map(({ counts }) => counts));
    expect(fresh.rows[2].overloads.every(({ inBase, percent, basePercent }) => !inBase || percent > basePercent + 1)).toBe(true);
  });

  it('are held against the rating that is asked for, and say which', () => {
    const one = withTail();
    Object.assign(one.branches[1], { ratingMva: 50, shortTermRatingMva: 55, emergencyRatingMva: 61 });
    const ratingOf = (options: ContingencyOptions, k: number): unknown => {
      const { rows } = analyseContingencies({ ...one, loads: one.loads.map((each) => ({ ...each, powerMw: 1.3 * each.powerMw })) }, options);
      return rows[3].overloads.filter((each) => each.branch === k).map(({ rating, ratingMva }) => `${rating} ${ratingMva}`)[0];
    };
    expect(ratingOf({}, 2)).toBe('emergency 61');
    expect(ratingOf({ rating: 'short' }, 2)).toBe('short 55');
    expect(ratingOf({ rating: 'long' }, 2)).toBe('long 50');
    const { summary } = analyseContingencies(one, {});
    expect(summary.ratings).toEqual({ long: 1, short: 1, emergency: 1, current: 0, none: 1 });
    expect(summary.baseRatings).toEqual({ long: 3, short: 0, emergency: 0, current: 0, none: 1 });
  });

  it('take ratings in ampere by the current', () => {
    const one = triangle();
    for (const each of one.branches) Object.assign(each, { ratingMva: 0, shortTermRatingMva: 0, ratingAmps: 100 });
    Object.assign(one.branches[2], { ratio: 1.03 });
    const { rows, summary } = analyseContingencies(one);
    expect(summary.ratings.current).toBe(3);
    const alone = solveBalanced(without(one, rows[1]));
    for (const each of rows[1].overloads) {
      const { fromKa, toKa } = alone.branches[each.branch - 1];
      expect(each.percent).toBeCloseTo(1000 * (each.branch === 3 ? Number(fromKa) : Math.max(Number(fromKa), Number(toKa))), 5);
      expect(each.ratingMva).toBeCloseTo((Math.sqrt(3) * 110 * 100) / 1000, 9);
    }
    expect(rows[1].overloads).toHaveLength(2);
  });

  it('report what an outage leaves without voltage', () => {
    const { rows } = analyseContingencies(withTail());
    expect(rows[4]).toMatchObject({
      status: 'islanded',
      unservedMw: 12,
      lostGenerationMw: 0,
      islands: [{ buses: [4], loadMw: 12, generationMw: 0 }],
    });
    expect(rows[4].severity).toBeGreaterThan(1000);
  });

  it('sort by severity: no solution, then load without voltage, then violations', () => {
    const report = analyseContingencies(loadCase('case300'), { cases: [...Array(120).keys()].map((k) => ({ branches: [k + 1] })) });
    const sorted = contingenciesBySeverity(report);
    const classes = sorted.map(({ status, unservedMw, severity }) => (status === 'unsolved' ? 3 : unservedMw > 0 ? 2 : severity > 0 ? 1 : 0));
    expect(classes).toEqual(classes.slice().sort((a, b) => b - a));
    expect(new Set(classes).size).toBeGreaterThanOrEqual(3);
    const unsolved = sorted.find(({ status }) => status === 'unsolved');
    expect(unsolved).toMatchObject({ solvedBy: 'alone', overloads: [], highestLoading: null });
    expect(unsolved?.worstBus).toBeGreaterThan(0);
    const left = analyseContingencies(loadCase('case300'), { cases: [{ branches: unsolved?.branches }], secondPass: false });
    expect(left.rows[1]).toMatchObject({ status: 'unsolved', solvedBy: 'lanes' });
  });

  it('of which only limits of generators are passed, or generation and buses are lost, are severe in a small way', () => {
    const one = loadCase('case39');
    const { rows } = analyseContingencies(one, { branches: true, generators: true });
    const [base, ...outages] = rows;
    const scheduled = one.generators.reduce((sum, { powerMw }) => sum + powerMw, 0);
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    const excess = (value: number, limit: number, range: number): number => Math.abs(value - limit) / range;
    let seen = 0;
    for (const row of outages) {
      const { newOverloads, newVoltages, overloads } = row.counts;
      if (row.status === 'unsolved' || row.unservedMw > 0) continue;
      if (newOverloads + newVoltages > 0) {
        expect(row.severity, row.label).toBeGreaterThan(0.99);
        continue;
      }
      if (overloads > 0 || row.slack.some(({ bus: number }) => number !== base.slack[0].bus)) continue;
      const reactive = row.reactive.map(({ generator: k, powerMvar, limitMvar }) => {
        const range = one.generators[k - 1].maxMvar - one.generators[k - 1].minMvar;
        const before = base.reactive.find((each) => each.generator === k && each.limitMvar === limitMvar);
        const now = excess(powerMvar, limitMvar, range);
        return before ? Math.max(0, now - excess(before.powerMvar, limitMvar, range)) : 0.1 + now;
      });
      const slack = row.slack.map(({ powerMw, limitMw }) =>
        limitMw === null ? 0 : Math.max(0, excess(powerMw, limitMw, limitMw) - excess(base.slack[0].powerMw, limitMw, limitMw)),
      );
      const dead = row.islands.flatMap(({ buses }) => buses).length;
      const all = sum(reactive) + sum(slack) + row.lostGenerationMw / scheduled + dead / one.buses.length;
      const index = all / (1 + all);
      expect(row.severity, row.label).toBeCloseTo((1000 * index) / (1000 + index), 6);
      if (row.counts.newReactive > 0 || row.lostGenerationMw > 0) expect(row.severity).toBeGreaterThan(0.05);
      seen++;
    }
    expect(seen).toBeGreaterThan(20);
  });

  it('asked for twice are analysed once', () => {
    const cases = [{ branches: [1, 2] }, { name: 'again', branches: ['2-3', 1] }, { branches: [1] }, { branches: [2, 1] }];
    const { rows, skipped } = analyseContingencies(triangle(), { branches: true, cases });
    expect(rows.slice(4).map(({ branches }) => branches)).toEqual([[1, 2], [1]]);
    expect(skipped).toHaveLength(2);
    expect(skipped[0].reason).toBe(`asked for already, as ${rows[4].label}`);
  });

  it('of branches leave out what is switched out or isolated, and take parallel ones one by one', () => {
    const one = triangle();
    one.buses.push(bus(9, 'isolated'));
    one.branches.push(branch(1, 3, 0.01, 0.1), branch(2, 3, 0.01, 0.1, { inService: false }), branch(3, 9, 0.01, 0.1));
    const { rows, skipped } = analyseContingencies(one, { branches: true, cases: [{ branches: ['2-3#2'] }, { branches: [5, '3-1#2'] }] });
    expect(rows.map(({ branches }) => branches)).toEqual([[], [1], [2], [3], [4], [4]]);
    expect(rows[5].notes).toEqual(['branch 5 (2 - 3) is out of service in the base case']);
    expect(skipped).toEqual([{ label: 'branch 5 (2 - 3)', reason: 'out of service in the base case' }]);
  });
});

describe('awkward grids', () => {
  it('a base case without a solution is a ConvergenceError that names the bus', () => {
    const one = triangle();
    one.loads[0].powerMw = 5000;
    expect(() => analyseContingencies(one)).toThrow(/base case of grid "triangle" has no solution \(diverged\).*largest at bus 3/);
    expect(() => analyseContingencies(one)).toThrow(expect.objectContaining({ name: 'ConvergenceError' }));
  });

  it('without ratings no loading is said of any branch', () => {
    const one = triangle();
    for (const each of one.branches) Object.assign(each, { ratingMva: 0, shortTermRatingMva: 0 });
    const { rows, summary } = analyseContingencies(one);
    expect(summary.ratings).toEqual({ long: 0, short: 0, emergency: 0, current: 0, none: 3 });
    expect(rows.every(({ highestLoading, overloads }) => highestLoading === null && overloads.length === 0)).toBe(true);
  });

  it('one bus: no branches to fail, and with its generator everything goes dark', () => {
    const one = grid({ buses: [bus(1, 'slack')], generators: [generator(1, 0)], loads: [load(1, 10, 2)] });
    expect(analyseContingencies(one).rows).toHaveLength(1);
    const { rows } = analyseContingencies(one, { generators: true });
    expect(rows[1]).toMatchObject({
      status: 'islanded',
      solvedBy: 'none',
      unservedMw: 10,
      islands: [{ buses: [1], loadMw: 10 }],
      lowestVoltage: null,
    });
    expect(rows[1].notes).toEqual(['no generator is left that holds a voltage; nothing is supplied']);
  });

  it('two slacks: one part goes on by the other, or goes dark with its own', () => {
    const one = triangle();
    one.buses[1].kind = 'slack';
    const { rows } = analyseContingencies(one, { branches: true, generators: true });
    compareAll(one, { branches: true, generators: true });
    expect(rows[0].slack.map((each) => each.bus)).toEqual([1, 2]);
    expect(rows[4]).toMatchObject({ status: 'solved', solvedBy: 'alone', notes: ['slack bus 1 has no generator left'] });
    one.branches = one.branches.slice(1, 2);
    const apart = analyseContingencies(one, { generators: true });
    expect(apart.rows[2]).toMatchObject({ status: 'islanded', unservedMw: 90, notes: ['slack bus 2 has no generator left, and its part no slack'] });
  });

  it("a slack's last generator: another bus becomes slack, and the row says so", () => {
    const { rows } = analyseContingencies(triangle(), { generators: true });
    expect(rows[1]).toMatchObject({ status: 'solved', solvedBy: 'alone', slack: [{ bus: 2 }] });
    expect(rows[1].notes).toEqual(['slack bus 1 has no generator left', 'bus 2 is slack instead']);
  });

  it('a part that is dead in the base case and comes to life is measured', () => {
    // The slack feeds bus 2; buses 3 to 5 have a generator but no slack, until the slack's generator is out.
    const one = grid({
      buses: [bus(1, 'slack'), bus(2), bus(3, 'pv', { voltagePu: 1.02 }), bus(4), bus(5, 'pv')],
      generators: [generator(1, 0), generator(3, 10, 1.02, { minMvar: -1, maxMvar: 1 }), generator(5, 5, 1, { minMvar: -2, maxMvar: 2 })],
      loads: [load(2, 20, 5), load(4, 60, 30)],
      branches: [
        branch(1, 2, 0.01, 0.08),
        branch(3, 4, 0.02, 0.15, { ratingMva: 40 }),
        branch(4, 5, 0.02, 0.15, { ratingMva: 40 }),
        branch(3, 5, 0.02, 0.1),
      ],
    });
    compareAll(one, { branches: true, generators: true });
    const { rows } = analyseContingencies(one, {
      generators: true,
      limitsPu: [0.99, 1.05],
      cases: [{ branches: [2], generators: [1] }, { generators: [1, 2, 3] }],
    });
    expect(rows[0]).toMatchObject({ counts: { overloads: 0, reactive: 0 }, slack: [{ bus: 1 }], highestLoading: null });
    const [, row, cut, dark] = rows;
    expect(row).toMatchObject({ status: 'islanded', solvedBy: 'alone', unservedMw: 20, slack: [{ bus: 3 }], islands: [{ buses: [1, 2] }] });
    expect(row.notes).toEqual([
      'slack bus 1 has no generator left, and its part no slack',
      'bus 3 is slack instead',
      'without voltage in the base case, but not here: buses 3, 4, 5',
    ]);
    const alone = solveBalanced(without(one, row));
    expect(row.lowestVoltage).toMatchObject({ bus: 4, voltagePu: expect.closeTo(alone.buses[3].voltagePu, 9) });
    expect(row.voltages).toMatchObject([{ bus: 4, limitPu: 0.99, baseVoltagePu: 0, inBase: false }]);
    expect(row.overloads).toMatchObject([
      { branch: 2, percent: expect.closeTo(alone.branches[1].loadingPercent as number, 6), basePercent: 0, inBase: false },
    ]);
    expect(row.reactive.map((each) => [each.generator, each.inBase])).toEqual([
      [2, false],
      [3, false],
    ]);
    expect(row.counts).toMatchObject({ newOverloads: 1, newVoltages: 1, newReactive: 2 });
    expect(row.severity).toBeGreaterThan(1000);
    // What is asked for in the dead part is out there too.
    expect(cut.notes).toContain('branch 2 (3 - 4) is out of service in the base case');
    expect(cut.overloads.map((each) => each.branch)).toEqual([3]);
    const withoutBoth = solveBalanced(without(one, { branches: [2], generators: [1] }));
    expect(cut.lowestVoltage?.voltagePu).toBeCloseTo(withoutBoth.buses[3].voltagePu, 9);
    expect(dark).toMatchObject({
      solvedBy: 'none',
      notes: expect.arrayContaining(['no generator is left that holds a voltage; nothing is supplied']),
    });
  });

  it('an outage that cuts the slack off leaves the rest dark, and says so', () => {
    const one = withTail();
    one.buses.push(bus(5, 'slack'));
    one.buses[0].kind = 'pq';
    one.generators[0].bus = 5;
    one.branches.push(branch(5, 1, 0.001, 0.02));
    const { rows } = analyseContingencies(one);
    const row = rows[5];
    expect(row).toMatchObject({ status: 'islanded', unservedMw: 102, lostGenerationMw: 40, slack: [{ bus: 5 }] });
    expect(row.islands).toEqual([{ buses: [1, 2, 3, 4], loadMw: 102, generationMw: 40 }]);
    expect(row.notes).toEqual([
      'slack bus 5 is cut off from most of the load; the rest, though it has generators, is without voltage because the slack is not in it',
    ]);
    compareAll(one);
    one.generators[1].inService = false;
    expect(analyseContingencies(one).rows[5]).toMatchObject({ status: 'islanded', notes: [] });
  });

  it('generators of one bus that are to hold different voltages', () => {
    const one = triangle();
    one.generators.push(generator(2, 10, 1.03), generator(3, 5, 1));
    const { rows } = analyseContingencies(tightlyRated(one), { generators: true, limitsPu: NO_LIMITS });
    expect(rows.map(({ solvedBy }) => solvedBy)).toEqual(['alone', 'alone', 'lanes', 'alone', 'lanes']);
    compareAll(one, { generators: true });
  });
});

describe('options and lists', () => {
  const one = withTail();
  it('are checked', () => {
    const bad = (options: unknown, message: string): void => expect(() => analyseContingencies(one, options as ContingencyOptions)).toThrow(message);
    bad({ branch: true }, 'there is no option "branch"');
    bad({ rating: 'best' }, 'option rating is "best"; it must be auto, long, short, emergency');
    bad({ limitsPu: [1.1, 0.9] }, 'the lower first');
    bad({ chunkSize: 0 }, 'a whole number from 1');
    bad({ generators: 1 }, 'option generators is 1; it must be true, false, or a list of generators');
    bad({ branches: 'cables' }, "option branches is \"cables\"; it must be true, false, 'lines', 'transformers', or a list of branches");
    bad({ branches: [2, '1-4'] }, 'branches: there is no branch between buses 1 and 4');
    bad({ generators: ['at 4'] }, 'generators: there is no generator at bus 4');
    bad({ signal: AbortSignal.timeout(1) }, 'analyseContingenciesAsync');
    bad({ cases: [{ branches: ['1-4'] }] }, 'contingency 1: there is no branch between buses 1 and 4');
    bad({ cases: [{ branches: [9] }] }, 'contingency 1: there is no branch 9; there are 4, counted from 1');
    bad({ cases: [{ branches: [1] }, { name: 'x', generators: ['at 4'] }] }, 'contingency 2 (x): there is no generator at bus 4');
    bad({ cases: [{}] }, 'contingency 1 names nothing');
    bad({ cases: [{ lines: [1] }] }, 'contingency 1 has "lines"');
    bad({ cases: ['1-2'] }, 'an object with branches and generators');
  });

  it('ask for every element of a kind, or for those that are named', () => {
    const case14 = loadCase('case14');
    const placesOf = (options: ContingencyOptions): string[] =>
      analyseContingencies(case14, options)
        .rows.slice(1)
        .map(({ branches, generators }) => [...branches.map((k) => `b${k}`), ...generators.map((k) => `g${k}`)].join());
    // MATPOWER's case14 has ratios at 4-7, 4-9 and 5-6.
    expect(placesOf({ branches: 'transformers' })).toEqual(['b8', 'b9', 'b10']);
    expect(placesOf({ branches: 'lines' })).toHaveLength(17);
    expect(placesOf({ branches: 'lines' }).some((place) => ['b8', 'b9', 'b10'].includes(place))).toBe(false);
    expect(placesOf({ branches: ['7-4', 3], generators: ['at 2'], cases: [{ branches: [1, 2] }] })).toEqual(['b8', 'b3', 'g2', 'b1,b2']);
    expect(placesOf({ generators: [2] })).toEqual(['g2']);
    const shifted: BalancedGrid = {
      ...case14,
      buses: case14.buses.map((each) => (each.number === 14 ? { ...each, baseKv: 20 } : { ...each, baseKv: 110 })),
      branches: case14.branches.map((each, k) => ({ ...each, ratio: 0, shiftDegrees: k === 4 ? 5 : 0, inService: k !== 6 })),
    };
    const found = analyseContingencies(shifted, { branches: 'transformers' }).rows.slice(1);
    expect(found.map(({ branches: [k] }) => k)).toEqual([5, 17, 20]);
    const { rows, skipped } = analyseContingencies(shifted, { branches: [7, '1-2', 1] });
    expect(rows.map(({ label }) => label)).toEqual(['base case', 'branch 1 (1 - 2)']);
    expect(skipped).toEqual([
      { label: 'branch 1 (1 - 2)', reason: 'asked for already' },
      { label: 'branch 7 (4 - 5)', reason: 'out of service in the base case' },
    ]);
  });

  it('lists are read line by line', () => {
    const two = withTail();
    two.branches.push(branch(1, 2, 0.02, 0.2));
    two.generators.push(generator(2, 1));
    const text = '\uFEFF# N-2\n\ncorridor: 1-3, 2-1#2   # both\r\nbranch 4 + generator 1\ngen at 2#2; line 3-2\nGenerator 2\n';
    expect(readContingencyList(text, two)).toEqual([
      { name: 'corridor', branches: [3, 5], generators: [] },
      { branches: [4], generators: [1] },
      { branches: [2], generators: [3] },
      { branches: [], generators: [2] },
    ]);
    expect(analyseContingencies(two, { cases: readContingencyList(text, two) }).rows[1].label).toBe('corridor: branch 3 (1 - 3) + branch 5 (1 - 2)');
    const bad = (line: string, message: string): void =>
      expect(() => readContingencyList(`# x\n1-3\n${line}\n`, two, { file: 'n2.txt' })).toThrow(`n2.txt:3: ${message}`);
    bad('1-2', 'there are 2 branches between buses 1 and 2; write which, as 1-2#1 to 1-2#2');
    bad('1-2#3', 'there is no branch number 3 between buses 1 and 2; there are 2');
    bad('1-9', 'there is no branch between buses 1 and 9');
    bad('7', '"7" may be a branch or a generator');
    bad('branch 17', 'there is no branch 17; there are 5');
    bad('generator at 2', 'there are 2 generators at bus 2');
    bad('1-3,,2-3', 'an element is missing');
    bad('one two', '"one two" is no branch');
    expect(() => readContingencyList('# nothing\n', two, { file: 'n2.txt' })).toThrow('n2.txt: there is no contingency in it');
  });

  it('progress is told, the event loop let go, an abort heard', async () => {
    const two = loadCase('case118');
    const told: string[] = [];
    const options = { chunkSize: 16, onProgress: (done: number, total: number) => void told.push(`${done}/${total}`) };
    const { rows } = await analyseContingenciesAsync(two, options);
    expect(told.at(-1)).toBe('186/186');
    expect(told.length).toBeGreaterThan(10);
    expect(rows).toEqual(analyseContingencies(two).rows);
    const controller = new AbortController();
    const stop = analyseContingenciesAsync(two, { ...options, signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) });
    await expect(stop).rejects.toThrow('enough');
  });
});
