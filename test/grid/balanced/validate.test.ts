import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BalancedGrid, BusbarError, GridError, InputError, validateBalancedGrid } from '../../../src/grid/index.js';
import { compileNetwork } from '../../../src/powerflow/balanced/network.js';

function triangle(): BalancedGrid {
  const bus = { voltagePu: 1, angleDegrees: 0, baseKv: 110, minVoltagePu: 0.9, maxVoltagePu: 1.1, area: 1, zone: 1 };
  const branch = {
    resistancePu: 0.01,
    reactancePu: 0.1,
    chargingPu: 0.02,
    ratio: 0,
    shiftDegrees: 0,
    ratingMva: 100,
    shortTermRatingMva: 0,
    emergencyRatingMva: 0,
    inService: true,
    minAngleDegrees: -360,
    maxAngleDegrees: 360,
  };
  return {
    name: 'triangle',
    baseMva: 100,
    buses: [
      { ...bus, number: 1, kind: 'slack' },
      { ...bus, number: 2, kind: 'pv', origin: 'triangle.m:6' },
      { ...bus, number: 3, kind: 'pq' },
    ],
    loads: [{ bus: 3, powerMw: 50, powerMvar: 10, inService: true }],
    shunts: [{ bus: 3, conductanceMw: 0, susceptanceMvar: 5, inService: true }],
    generators: [1, 2].map((at) => ({
      bus: at,
      powerMw: 20,
      powerMvar: 0,
      minMvar: -Infinity,
      maxMvar: Infinity,
      minMw: 0,
      maxMw: 100,
      voltagePu: 1,
      baseMva: 100,
      participation: 0,
      inService: true,
    })),
    branches: [
      { ...branch, from: 1, to: 2 },
      { ...branch, from: 2, to: 3 },
      { ...branch, from: 3, to: 1, ratio: 0.98 },
    ],
    generatorCosts: [{ model: 2, startup: 0, shutdown: 0, values: [0.1, 5, 0] }],
  };
}

/** Puts a value at a path such as `buses.1.voltagePu`; without a value takes it out. */
function set(grid: object, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() as string;
  let at = grid as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  at[last] = value;
}

describe('a balanced grid', () => {
  it('is let through', () => {
    expect(() => validateBalancedGrid(triangle())).not.toThrow();
  });

  it.each<[string, unknown, string]>([
    ['baseMva', Number.NaN, 'grid "triangle": baseMva must be above 0 (from 1e-9 to 1e15), not NaN'],
    ['baseMva', '100', 'grid "triangle": baseMva must be above 0 (from 1e-9 to 1e15), not "100"'],
    ['frequencyHz', 0, 'grid "triangle": frequencyHz must be above 0, not 0'],
    ['name', undefined, 'the name of a grid is text, not undefined'],
    ['loads', undefined, 'a balanced grid is an object with the lists buses, loads'],
    ['buses', [], 'grid "triangle" has no buses'],
    ['buses.1', null, 'bus 2 of the list: is null; an object belongs there'],
    ['buses.1.number', '2', 'triangle.m:6: bus.number: must be a positive integer, not "2"'],
    ['buses.1.number', 1, 'triangle.m:6: bus 1: is there twice; give every bus a number of its own'],
    ['buses.1.kind', 2, 'triangle.m:6: bus 2.kind: must be pq, pv, slack or isolated, not 2'],
    ['buses.1.voltagePu', '1', 'triangle.m:6: bus 2.voltagePu: is "1"; a number of at most 1e15 belongs there'],
    ['buses.1.voltagePu', -1, 'triangle.m:6: bus 2.voltagePu: must be above 0, not -1'],
    ['buses.1.baseKv', Infinity, 'triangle.m:6: bus 2.baseKv: is Infinity; a number of at most 1e15 belongs there'],
    ['buses.1.name', 5, 'triangle.m:6: bus 2.name: must be text, not 5'],
    ['loads.0', 'x', 'load 1: is "x"; an object belongs there'],
    ['loads.0.bus', 9, 'load 1.bus: there is no bus 9'],
    ['loads.0.powerMw', '10', 'load 1 (bus 3).powerMw: is "10"; a number of at most 1e15 belongs there'],
    ['loads.0.powerMw', undefined, 'load 1 (bus 3).powerMw: is undefined; a number of at most 1e15 belongs there'],
    ['loads.0.powerMw', true, 'load 1 (bus 3).powerMw: is true; a number of at most 1e15 belongs there'],
    ['loads.0.inService', 1, 'load 1 (bus 3).inService: must be true or false, not 1'],
    ['shunts.0.susceptanceMvar', Number.NaN, 'shunt 1 (bus 3).susceptanceMvar: is NaN; a number of at most 1e15 belongs there'],
    ['generators.1.bus', undefined, 'generator 2.bus: there is no bus undefined'],
    ['generators.1.voltagePu', 0, 'generator 2 (bus 2).voltagePu: must be above 0, not 0'],
    ['generators.1.minMvar', Infinity, 'generator 2 (bus 2).minMvar: is Infinity; write -Infinity where there is no limit'],
    ['generators.1.maxMvar', -Infinity, 'generator 2 (bus 2).maxMvar: is -Infinity; write Infinity where there is no limit'],
    ['generators.1.minMw', 200, 'generator 2 (bus 2).minMw: is above maxMw (200 > 100)'],
    ['generators.1.participation', -1, 'generator 2 (bus 2).participation: must be 0 or above, not -1'],
    ['generators.1.rampMwPerMinute', 'fast', 'generator 2 (bus 2).rampMwPerMinute: is "fast"; a number of at most 1e15 belongs there, or nothing'],
    ['branches.2.to', 8, 'branch 3.to: there is no bus 8'],
    ['branches.2.to', 3, 'branch 3 (3 - 3): has both ends at one bus; take it out or write a shunt'],
    ['branches.2.ratio', -1, 'branch 3 (3 - 1).ratio: must be above 0 (or 0 for a line; from 1e-6 to 1e6), not -1'],
    ['branches.2.ratio', 1e-200, 'branch 3 (3 - 1).ratio: must be above 0 (or 0 for a line; from 1e-6 to 1e6), not 1e-200'],
    ['branches.2.ratingAmps', Number.NaN, 'branch 3 (3 - 1).ratingAmps: is NaN; a number of at most 1e15 belongs there, or nothing'],
    ['generatorCosts.0.model', 3, 'generator cost 1: needs a model (1 or 2), startup and shutdown'],
    ['generatorCosts.0.values', [Number.NaN], 'generator cost 1.values: must be a list of numbers'],
  ])('with %s = %o is refused', (path, value, message) => {
    const grid = triangle();
    set(grid, path, value);
    expect(() => validateBalancedGrid(grid)).toThrow(message);
    expect(() => validateBalancedGrid(grid)).toThrow(path.includes('.') ? InputError : GridError);
  });

  it('of nothing is refused', () => {
    for (const grid of [null, undefined, 5, 'grid', [], {}]) expect(() => validateBalancedGrid(grid as unknown as BalancedGrid)).toThrow(GridError);
  });

  it('may have a branch whose impedance is lost in squaring only out of service', () => {
    const grid = triangle();
    Object.assign(grid.branches[2], { resistancePu: 1e-170, reactancePu: 0 });
    expect(() => validateBalancedGrid(grid)).toThrow('branch 3 (3 - 1).reactancePu: has no impedance');
    grid.branches[2].inService = false;
    expect(() => compileNetwork(grid)).not.toThrow();
  });

  it('may hold any voltage at a generator that holds none', () => {
    const grid = triangle();
    grid.buses[1].kind = 'pq';
    grid.generators[1].voltagePu = 0;
    expect(() => compileNetwork(grid)).not.toThrow();
  });

  it('with anything anywhere is refused in one line, or compiles to finite numbers', () => {
    const paths: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (path !== '') paths.push(path);
      if (typeof value === 'object' && value !== null)
        for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`);
    };
    walk(triangle(), '');
    const values = fc.oneof(
      fc.constantFrom<unknown>(
        undefined,
        null,
        true,
        false,
        '',
        '1',
        0,
        -0,
        1,
        2,
        3,
        -1,
        1.5,
        Number.NaN,
        Infinity,
        -Infinity,
        1e-320,
        1e-170,
        1e-14,
        1e15,
        1e16,
        1e300,
        [],
        {},
      ),
      fc.double(),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), values), { minLength: 1, maxLength: 3 }), (changes) => {
        const grid = triangle();
        for (const [path, value] of changes) {
          // An earlier change may have taken away what this one would be in.
          try {
            set(grid, path, value);
          } catch {
            return;
          }
        }
        try {
          const network = compileNetwork(grid);
          for (const list of [network.admittance.re, network.admittance.im, network.branchAdmittance, network.scheduled, network.voltageMagnitude]) {
            expect(list.every(Number.isFinite)).toBe(true);
          }
        } catch (error) {
          if (!(error instanceof BusbarError)) throw error;
          expect(error.message).not.toContain('\n');
        }
      }),
      { numRuns: 3000 },
    );
  });
});
