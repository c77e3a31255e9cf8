import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { caseInfo, caseNames, decodeCase, encodeCase, listCases, loadCase } from '../../src/cases/index.js';
import { readMatpowerFile } from '../../src/formats/matpower/node-read-file.js';
import { type BalancedGrid, InputError } from '../../src/grid/index.js';
import { compileNetwork } from '../../src/powerflow/balanced/network.js';

const CASES = fileURLToPath(new URL('../../../shared/cases/matpower', import.meta.url));
const SEEDS = fileURLToPath(new URL('../../../shared/seeds-data', import.meta.url));
const fromMatpower = caseNames().filter((name) => name.startsWith('case'));

const total = <T>(list: readonly T[], of: (one: T) => number): number => list.reduce((sum, one) => sum + of(one), 0);

describe('built-in cases', () => {
  it('are listed, small ones first', () => {
    expect(caseNames()).toEqual('l2rpn-case5 case9 case14 l2rpn-case14 case30 case33bw case39 case57 case118 case141 case300'.split(' '));
    expect(caseInfo('case118')).toMatchObject({ name: 'case118', title: 'IEEE 118 bus', buses: 118, branches: 186, generators: 54, loads: 99 });
    for (const info of listCases()) expect(info).not.toHaveProperty('text');
  });

  it.each(caseNames())('%s loads, comes back the same, and is one grid without warnings', (name) => {
    const grid = loadCase(name);
    const info = caseInfo(name);
    expect(grid.name).toBe(name);
    expect([grid.buses.length, grid.branches.length, grid.generators.length, grid.loads.length]).toEqual([
      info.buses,
      info.branches,
      info.generators,
      info.loads,
    ]);
    expect(encodeCase(decodeCase(encodeCase(grid)))).toBe(encodeCase(grid));
    const { deadIslands, warnings } = compileNetwork(grid);
    expect(deadIslands).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('are fresh copies', () => {
    loadCase('case9').generatorCosts[0].values[0] = -1;
    loadCase('case9').buses[0].baseKv = -1;
    expect(loadCase('case9')).toEqual(loadCase('case9'));
    expect(loadCase('case9').buses[0].baseKv).toBe(345);
  });

  // Published totals, MW and MVAr.
  it.each([
    ['case9', 315, 115],
    ['case14', 259, 73.5],
    ['l2rpn-case14', 259, 73.5],
    ['l2rpn-case5', 30, 21],
    ['case30', 189.2, 107.2],
    ['case39', 6254.23, 1387.1],
    ['case57', 1250.8, 336.4],
    ['case118', 4242, 1438],
    ['case300', 23525.85, 7787.97],
    ['case33bw', 3.715, 2.3],
  ])('%s has its loads', (name, megawatts, megavars) => {
    const { loads } = loadCase(name);
    expect(total(loads, (load) => load.powerMw)).toBeCloseTo(megawatts, 9);
    expect(total(loads, (load) => load.powerMvar)).toBeCloseTo(megavars, 9);
  });

  it.each(['case33bw', 'case141'])('%s is radial', (name) => {
    const grid = loadCase(name);
    expect(grid.branches.filter((branch) => branch.inService)).toHaveLength(grid.buses.length - 1);
  });

  it.each([
    ['14', 'case14'],
    ['Case 14', 'case14'],
    ['IEEE 118-bus', 'case118'],
    ['case33bw.m', 'case33bw'],
    ['L2RPN_case14_sandbox', 'l2rpn-case14'],
    ['l2rpn case5', 'l2rpn-case5'],
  ])('%s is %s', (name, known) => {
    expect(loadCase(name).name).toBe(known);
  });

  it('that are not there are refused with those that are, nearest first', () => {
    expect(() => loadCase('case15')).toThrow(/^there is no case named "case15"; there are case14, /);
    expect(() => loadCase('case15')).toThrow(InputError);
    expect(() => loadCase('__proto__')).toThrow(/there is no case named "__proto__"/);
    expect(() => loadCase('ieee30')).toThrow(/there is no case/);
    expect(() => loadCase('x'.repeat(1e5))).toThrow(/there is no case named "x{40}\.\.\."/);
    expect(() => loadCase(14 as unknown as string)).toThrow('a case is loaded by its name, as in "case14", not by 14');
  });
});

/** Without origins, and without what is undefined. */
function bare(grid: BalancedGrid): unknown {
  return JSON.parse(
    JSON.stringify(grid, (key, value: unknown) => {
      if (key === 'origin') return undefined;
      if (typeof value !== 'number') return value;
      return Number.isFinite(value) && !Object.is(value, -0) ? value : `${Object.is(value, -0) ? '-0' : value}`;
    }),
  );
}

describe.skipIf(!existsSync(CASES))(`MATPOWER's files (skipped without ${CASES})`, () => {
  it.each(fromMatpower)('%s is the file, field by field', (name) => {
    const { grid } = readMatpowerFile(`${CASES}/${name}.m`);
    expect(bare(loadCase(name))).toEqual(bare(grid));
  });
});

interface Grid2opFile {
  base_mva: number;
  frequency_hz: number;
  buses: { id: number; base_kv: number }[];
  lines: { from_sub: number; to_sub: number; r_ohm: number; x_ohm: number; c_nf: number }[];
  transformers: { from_sub: number; to_sub: number; sn_mva: number; vk_percent: number; tap_step_percent: number; tap_pos: number }[];
  loads: { sub: number; p_mw: number; q_mvar: number }[];
  generators: { sub: number; p_mw: number; vm_pu: number; slack: boolean }[];
  generator_characteristics: { name: string; Pmin: number; Pmax: number; marginal_cost: number }[];
  thermal_limit_ampere?: number[];
}

describe.skipIf(!existsSync(SEEDS))(`Grid2op's grids (skipped without ${SEEDS})`, () => {
  it.each([
    ['l2rpn-case5', 'grid2op-case5'],
    ['l2rpn-case14', 'grid2op-case14'],
  ])('%s is %s, converted', (name, file) => {
    const source = JSON.parse(readFileSync(`${SEEDS}/${file}.json`, 'utf8')) as Grid2opFile;
    const grid = loadCase(name);
    expect(grid.baseMva).toBe(source.base_mva);
    expect(grid.frequencyHz).toBe(source.frequency_hz);
    expect(grid.buses.map((bus) => [bus.number - 1, bus.substation, bus.baseKv])).toEqual(source.buses.map((bus) => [bus.id, bus.id, bus.base_kv]));
    expect(grid.loads.map((load) => [load.bus - 1, load.powerMw, load.powerMvar])).toEqual(
      source.loads.map((load) => [load.sub, load.p_mw, load.q_mvar]),
    );
    expect(grid.generators.map((one) => [one.bus - 1, one.voltagePu, one.minMw, one.maxMw, one.name])).toEqual(
      source.generators.map((one, k) => {
        const { Pmin, Pmax, name: called } = source.generator_characteristics[k];
        return [one.sub, one.vm_pu, Pmin, Pmax, called];
      }),
    );
    grid.generators.forEach((one, k) => {
      expect(one.powerMw).toBe(Math.abs(source.generators[k].p_mw));
      expect(grid.buses[one.bus - 1].kind).toBe(source.generators[k].slack ? 'slack' : 'pv');
      expect(grid.generatorCosts[k].values).toEqual([source.generator_characteristics[k].marginal_cost, 0]);
    });
    expect(grid.branches.map((branch) => branch.ratingAmps)).toEqual(source.thermal_limit_ampere ?? grid.branches.map(() => undefined));
    const near = (value: number, expected: number): void => expect(Math.abs(value - expected)).toBeLessThanOrEqual(4e-16 * Math.abs(expected));
    source.lines.forEach((line, k) => {
      const branch = grid.branches[k];
      const ohm = source.buses[line.from_sub].base_kv ** 2 / source.base_mva;
      expect([branch.from - 1, branch.to - 1, branch.ratio]).toEqual([line.from_sub, line.to_sub, 0]);
      near(branch.resistancePu, line.r_ohm / ohm);
      near(branch.reactancePu, line.x_ohm / ohm);
      expect(branch.chargingPu).toBeCloseTo(2 * Math.PI * source.frequency_hz * line.c_nf * 1e-9 * ohm, 14);
    });
    source.transformers.forEach((unit, k) => {
      const branch = grid.branches[source.lines.length + k];
      expect([branch.from - 1, branch.to - 1, branch.resistancePu]).toEqual([unit.from_sub, unit.to_sub, 0]);
      near(branch.reactancePu, ((unit.vk_percent / 100) * source.base_mva) / unit.sn_mva);
      near(branch.ratio, 1 + (unit.tap_pos * unit.tap_step_percent) / 100);
    });
  });

  it('l2rpn-case14 has the impedances and ratios of the IEEE case to the last digit, where the files share them', () => {
    const key = (from: number, to: number): string => [from, to].sort((a, b) => a - b).join('-');
    const ieee = new Map(loadCase('case14').branches.map((branch) => [key(branch.from, branch.to), branch]));
    for (const branch of loadCase('l2rpn-case14').branches) {
      const same = ieee.get(key(branch.from, branch.to));
      expect([branch.resistancePu, branch.reactancePu, branch.ratio === 1 ? 0 : branch.ratio]).toEqual([
        same?.resistancePu,
        same?.reactancePu,
        same?.ratio,
      ]);
      expect(branch.chargingPu).toBeCloseTo(same?.chargingPu ?? Number.NaN, 10);
    }
  });
});
