/** What is written is read as the same grid, bit for bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMatpower, writeMatpower } from '../../../src/formats/matpower/index.js';
import { type BalancedGrid, GridError } from '../../../src/grid/index.js';
import { twoBuses } from './small-cases.js';

const number = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(0, -0, 1e-300, 5e-324, 0.1 + 0.2, 1e15, -1e15, 1 / 3),
);
const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const limits = fc
  .tuple(number, number, fc.boolean(), fc.boolean())
  .map(([a, b, hasLow, hasHigh]): [number, number] => [hasLow ? Math.min(a, b) : -Infinity, hasHigh ? Math.max(a, b) : Infinity]);
const name = fc.string({ maxLength: 12 }).filter((text) => text !== '' && !/\p{Cc}/u.test(text));
// What is 0 in the file is absent in the grid.
const optional = fc.option(number, { nil: undefined }).map((value) => (value === 0 ? undefined : value));

const grids: fc.Arbitrary<BalancedGrid> = fc.uniqueArray(fc.integer({ min: 1, max: 1e9 }), { minLength: 2, maxLength: 6 }).chain((numbers) => {
  const bus = fc.constantFrom(...numbers);
  const pair = fc.tuple(bus, bus).filter(([a, b]) => a !== b);
  const buses = fc.tuple(
    ...numbers.map((id) =>
      fc.record(
        {
          number: fc.constant(id),
          name,
          kind: fc.constantFrom('pq', 'pv', 'slack', 'isolated'),
          voltagePu: positive,
          angleDegrees: number,
          baseKv: number,
          minVoltagePu: number,
          maxVoltagePu: fc.oneof(number, fc.constant(Infinity)),
          area: number,
          zone: number,
        },
        { requiredKeys: ['number', 'kind', 'voltagePu', 'angleDegrees', 'baseKv', 'minVoltagePu', 'maxVoltagePu', 'area', 'zone'] },
      ),
    ),
  );
  const powers = fc.tuple(number, number).filter(([a, b]) => a !== 0 || b !== 0);
  const atBuses = fc.subarray(numbers).chain((at) => fc.tuple(...at.map((id) => powers.map(([a, b]) => ({ id, a, b })))));
  const generator = fc
    .record({
      bus,
      powerMw: number,
      powerMvar: number,
      vars: limits,
      watts: limits,
      voltagePu: positive,
      baseMva: number,
      participation: positive,
      inService: fc.boolean(),
      curveLowMw: optional,
      rampMwPerMinute: optional,
      rampMvarPerMinute: optional,
    })
    .map(({ vars, watts, ...rest }) => ({ ...rest, minMvar: vars[0], maxMvar: vars[1], minMw: watts[0], maxMw: watts[1] }));
  const branch = fc
    .record({
      ends: pair,
      resistancePu: number,
      reactancePu: positive,
      chargingPu: number,
      ratio: fc.oneof(fc.constant(0), fc.double({ min: 0.5, max: 2, noNaN: true })),
      shiftDegrees: number,
      ratingMva: number,
      shortTermRatingMva: number,
      emergencyRatingMva: number,
      inService: fc.boolean(),
      minAngleDegrees: number,
      maxAngleDegrees: number,
    })
    .map(({ ends, ...rest }) => ({ from: ends[0], to: ends[1], ...rest }));
  const costs = (count: number) =>
    fc.array(
      fc.oneof(
        fc.record({ model: fc.constant(2 as const), startup: number, shutdown: number, values: fc.array(number, { maxLength: 4 }) }),
        fc.record({
          model: fc.constant(1 as const),
          startup: number,
          shutdown: number,
          values: fc.array(fc.tuple(number, number), { maxLength: 3 }).map((points) => points.flat()),
        }),
      ),
      { minLength: count, maxLength: count },
    );
  const generators = fc.array(generator, { maxLength: 4 }).chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.constantFrom(0, list.length, 2 * list.length).chain((count) => costs(count)),
    ),
  );
  return fc
    .record({
      name: fc.stringMatching(/^[A-Za-df-z][A-Za-z0-9_]{0,8}$/).map((word) => `c${word}`),
      baseMva: positive,
      buses,
      loads: atBuses,
      shunts: atBuses,
      generators,
      branches: fc.array(branch, { maxLength: 6 }),
    })
    .map(({ loads, shunts, generators: [list, generatorCosts], ...rest }) => ({
      ...rest,
      loads: loads.map(({ id, a, b }) => ({ bus: id, powerMw: a, powerMvar: b, inService: true })),
      shunts: shunts.map(({ id, a, b }) => ({ bus: id, conductanceMw: a, susceptanceMvar: b, inService: true })),
      generators: list,
      generatorCosts,
    }));
});

/** A grid without origins and without what is undefined; loads and shunts in the order of the buses. */
function bare(grid: BalancedGrid): BalancedGrid {
  const place = new Map(grid.buses.map((bus, k) => [bus.number, k]));
  const strip = <T extends object>(records: T[]): T[] =>
    records.map((record) => Object.fromEntries(Object.entries(record).filter(([key, value]) => key !== 'origin' && value !== undefined)) as T);
  const sorted = <T extends { bus: number }>(records: T[]): T[] => [...records].sort((a, b) => (place.get(a.bus) ?? 0) - (place.get(b.bus) ?? 0));
  return {
    ...grid,
    buses: strip(grid.buses),
    loads: strip(sorted(grid.loads)),
    shunts: strip(sorted(grid.shunts)),
    generators: strip(grid.generators),
    branches: strip(grid.branches),
  };
}

describe('writing', () => {
  it('any grid and reading it gives the same grid', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const text = writeMatpower(grid);
        const { grid: again, warnings } = readMatpower(text);
        expect(warnings).toEqual([]);
        expect(bare(again)).toEqual(bare(grid));
        expect(writeMatpower(again)).toBe(text);
      }),
    );
  });

  it('adds up loads and shunts of one bus, and leaves out those out of service', () => {
    const { grid } = readMatpower(twoBuses());
    grid.loads.push({ bus: 2, powerMw: 1, powerMvar: 2, inService: true }, { bus: 2, powerMw: 99, powerMvar: 99, inService: false });
    grid.shunts.push(
      { bus: 1, conductanceMw: 1, susceptanceMvar: 2, inService: true },
      { bus: 1, conductanceMw: 3, susceptanceMvar: 5, inService: true },
      { bus: 1, conductanceMw: 99, susceptanceMvar: 99, inService: false },
    );
    const again = readMatpower(writeMatpower(grid)).grid;
    expect(again.loads).toMatchObject([{ bus: 2, powerMw: 11, powerMvar: 7, inService: true }]);
    expect(again.shunts).toMatchObject([{ bus: 1, conductanceMw: 4, susceptanceMvar: 7, inService: true }]);
  });

  it.each([
    ['13 bus feeder', 'case_13_bus_feeder'],
    ['end', 'case_end'],
    ['', 'case_'],
    ['évora', 'case__vora'],
    ['a\nmpc = 5', 'a_mpc___5'],
  ])('a grid named %j becomes function %s', (given, written) => {
    const { grid } = readMatpower(twoBuses());
    grid.name = given;
    const text = writeMatpower(grid);
    expect(text.startsWith(`function mpc = ${written}\n`)).toBe(true);
    expect(readMatpower(text).grid.name).toBe(written);
  });

  it('keeps quotes in names, and no line feeds', () => {
    const { grid } = readMatpower(twoBuses());
    grid.buses[0].name = "St. John's % [1";
    grid.buses[1].name = 'a\nb';
    expect(readMatpower(writeMatpower(grid)).grid.buses.map((bus) => bus.name)).toEqual(["St. John's % [1", 'a b']);
  });

  it('refuses costs that fit no generators, and grids that are none', () => {
    const { grid } = readMatpower(twoBuses());
    const cost = { model: 1 as const, startup: 0, shutdown: 0, values: [1, 2, 3] };
    expect(() => writeMatpower({ ...grid, generatorCosts: [cost, cost, cost] })).toThrow(/3 generator costs for 1 generators/);
    expect(() => writeMatpower({ ...grid, generatorCosts: [cost] })).toThrow(/3 values; a piecewise linear cost has pairs/);
    expect(() => writeMatpower({ ...grid, baseMva: Number.NaN })).toThrow(GridError);
  });
});
