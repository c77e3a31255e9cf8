import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readMatpower, writeMatpower } from '../../../src/formats/matpower/index.js';
import { readMatpowerFile } from '../../../src/formats/matpower/node-read-file.js';
import type { BalancedGrid } from '../../../src/grid/index.js';
import { compileNetwork } from '../../../src/powerflow/balanced/network.js';
import { twoBuses } from './small-cases.js';

const CASES = fileURLToPath(new URL('../../../../shared/cases/matpower', import.meta.url));
const REFERENCE = fileURLToPath(new URL('../../../../shared/reference/matpower', import.meta.url));

describe('a small case', () => {
  it('becomes records', () => {
    const { grid, warnings } = readMatpower(twoBuses(), { file: 'two.m' });
    expect(warnings).toEqual([]);
    expect(grid).toEqual({
      name: 'two',
      baseMva: 100,
      buses: [
        {
          number: 1,
          kind: 'slack',
          voltagePu: 1.02,
          angleDegrees: 0,
          baseKv: 110,
          minVoltagePu: 0.9,
          maxVoltagePu: 1.1,
          area: 1,
          zone: 1,
          origin: 'two.m:5',
        },
        {
          number: 2,
          kind: 'pq',
          voltagePu: 1,
          angleDegrees: 0,
          baseKv: 110,
          minVoltagePu: 0.9,
          maxVoltagePu: 1.1,
          area: 1,
          zone: 1,
          origin: 'two.m:6',
        },
      ],
      loads: [{ bus: 2, powerMw: 10, powerMvar: 5, inService: true, origin: 'two.m:6' }],
      shunts: [],
      generators: [
        {
          bus: 1,
          powerMw: 10,
          powerMvar: 0,
          minMvar: -50,
          maxMvar: 50,
          minMw: 0,
          maxMw: 100,
          voltagePu: 1.02,
          baseMva: 100,
          participation: 0,
          inService: true,
          origin: 'two.m:8',
        },
      ],
      branches: [
        {
          from: 1,
          to: 2,
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
          origin: 'two.m:9',
        },
      ],
      generatorCosts: [],
    } satisfies BalancedGrid);
  });

  it.each([
    [1, 'pq'],
    [2, 'pv'],
    [3, 'slack'],
    [4, 'isolated'],
  ])('a bus of type %i is %s', (type, kind) => {
    expect(readMatpower(twoBuses('', `2 ${type} 0 0 0 0 1 1 0 110 1 1.1 0.9`)).grid.buses[1].kind).toBe(kind);
  });

  it('has loads and shunts where one of their numbers is not 0', () => {
    const { grid } = readMatpower(twoBuses('', '2 1 0 -3 2 0 1 1 0 110 1 1.1 0.9'));
    expect(grid.loads).toMatchObject([{ bus: 2, powerMw: 0, powerMvar: -3 }]);
    expect(grid.shunts).toMatchObject([{ bus: 2, conductanceMw: 2, susceptanceMvar: 0 }]);
  });

  it('has the generator’s further columns where they are not 0', () => {
    const row = '1 10 0 50 -50 1.02 100 0 100 0  11 12 13 14 15 16 17 18 19 20 21';
    expect(readMatpower(twoBuses(`mpc.gen = [${row}];`)).grid.generators[0]).toMatchObject({
      inService: false,
      curveLowMw: 11,
      curveHighMw: 12,
      curveLowMinMvar: 13,
      curveLowMaxMvar: 14,
      curveHighMinMvar: 15,
      curveHighMaxMvar: 16,
      rampMwPerMinute: 17,
      ramp10MinutesMw: 18,
      ramp30MinutesMw: 19,
      rampMvarPerMinute: 20,
      participation: 21,
    });
  });

  it('may be solved: columns of results are passed over', () => {
    const more = `mpc.bus = [mpc.bus, ones(2, 4)];\nmpc.gen = [mpc.gen, zeros(1, 11), NaN(1, 4)];
      mpc.branch = [mpc.branch, -360, 360, 7 8 9 10 0 0 0 0];`;
    const { grid, warnings } = readMatpower(twoBuses(more));
    expect(warnings).toEqual([]);
    expect(grid.branches[0]).toMatchObject({ minAngleDegrees: -360, origin: 'case.m:9' });
  });

  it('keeps costs, padded rows cut to their own length', () => {
    const gens = 'mpc.gen = [mpc.gen; mpc.gen];';
    const { grid } = readMatpower(twoBuses(`${gens}\nmpc.gencost = [2 0 0 3 0.1 5 0 0; 1 3 4 2 0 0 100 2000];`));
    expect(grid.generatorCosts).toEqual([
      { model: 2, startup: 0, shutdown: 0, values: [0.1, 5, 0] },
      { model: 1, startup: 3, shutdown: 4, values: [0, 0, 100, 2000] },
    ]);
  });

  it('keeps names of buses', () => {
    const { grid } = readMatpower(twoBuses("mpc.bus_name = {'North  1'; ''};"));
    expect(grid.buses.map((bus) => bus.name)).toEqual(['North  1', undefined]);
  });

  it('says in one warning what is left out', () => {
    const more = "mpc.gentype = {'ST'};\nmpc.genfuel = {'coal'};\nmpc.if.map = [1 2];\nmpc.areas = [1 1];";
    expect(readMatpower(twoBuses(more)).warnings).toEqual([
      { message: 'mpc.gentype, mpc.genfuel, mpc.if, mpc.areas: not used by a power flow, left out', location: { file: 'case.m', line: 10 } },
    ]);
  });

  it('says that DC lines are not modelled', () => {
    const { warnings } = readMatpower(twoBuses('mpc.dcline = [1 2 1 10 9 0 0 1 1 0 10 0 0 0 0 0 0; 1 2 0 10 9 0 0 1 1 0 10 0 0 0 0 0 0];'));
    expect(warnings.map((one) => one.message)).toEqual([
      "mpc.dcline: 1 DC line in service; DC lines are not modelled, as MATPOWER's runpf leaves them out by itself",
    ]);
  });

  it('warns of a version that is missing, of names that are too few, of columns that are unknown', () => {
    const text = twoBuses("mpc.bus_name = {'a'};\nmpc.bus = [mpc.bus ones(2, 6)];").replace("mpc.version = '2';", '');
    expect(readMatpower(text).warnings.map((one) => one.message)).toEqual([
      'mpc.version is missing; the case is taken as version 2',
      'mpc.bus has 19 columns; those beyond 17 are not known and left out',
      'mpc.bus_name is left out: it is no list of 2 names',
    ]);
  });

  it('may be a script without a function, and end with other functions', () => {
    const [, ...rest] = twoBuses().split('\n');
    expect(readMatpower(rest.join('\n')).grid.name).toBe('case');
    expect(readMatpower(`${twoBuses()}\nend\nfunction y = helper(x)\ny = loadlibrary(x);\nend\n`).grid.buses).toHaveLength(2);
  });

  it('converts units at its end, as distribution cases do', () => {
    const more = `[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
        VA, BASE_KV] = idx_bus;
      [F_BUS, T_BUS, BR_R, BR_X] = idx_brch;
      Vbase = mpc.bus(1, BASE_KV) * 1e3;  Sbase = mpc.baseMVA * 1e6;
      mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
      mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
      pf = 0.85;
      mpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf));
      mpc.bus(:, PD) = mpc.bus(:, PD) * pf;`;
    const { grid } = readMatpower(twoBuses(more));
    expect(grid.loads[0]).toMatchObject({ powerMw: (10 / 1e3) * 0.85, powerMvar: (10 / 1e3) * Math.sin(Math.acos(0.85)), origin: 'case.m:6' });
    expect(grid.branches[0]).toMatchObject({ resistancePu: 0.01 / ((110 * 1e3) ** 2 / (100 * 1e6)), origin: 'case.m:9' });
  });
});

describe('files', () => {
  it('are read from disk, Latin-1 too', () => {
    const folder = mkdtempSync(join(tmpdir(), 'busbar-matpower-'));
    try {
      const path = join(folder, 'two.m');
      writeFileSync(path, Buffer.from(twoBuses("mpc.bus_name = {'S\xfcd'; 'b'};"), 'latin1'));
      const { grid, warnings } = readMatpowerFile(path);
      expect(grid.buses[0]).toMatchObject({ name: 'Süd', origin: `${path}:5` });
      expect(warnings).toHaveLength(1);
      expect(() => readMatpowerFile(join(folder, 'three.m'))).toThrow(/there is no file/);
      expect(() => readMatpowerFile(folder)).toThrow(/it is a folder/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('of ten thousand buses are read fast', () => {
    const rows = Array.from(
      { length: 10_000 },
      (_, k) => `\t${k + 1}\t${k === 0 ? 3 : 1}\t${k * 0.001}\t${k * 0.0005}\t0\t0\t1\t1.0${k % 10}\t-12.${k}\t110\t1\t1.1\t0.9;\n`,
    );
    const lines = Array.from(
      { length: 15_000 },
      (_, k) => `\t${(k % 9999) + 1}\t${(k % 9999) + 2}\t0.0${k}\t0.${k + 1}\t0.001\t0\t0\t0\t0\t0\t1\t-360\t360;\n`,
    );
    const text = twoBuses(`mpc.bus = [\n${rows.join('')}];\nmpc.branch = [\n${lines.join('')}];`);
    const start = performance.now();
    const { grid } = readMatpower(text);
    expect(performance.now() - start).toBeLessThan(1500);
    expect(grid.buses).toHaveLength(10_000);
    expect(grid.buses[9999].origin).toBe('case.m:10010');
  });
});

interface Tables {
  baseMVA: number;
  bus: (number | null)[][];
  gen: (number | null)[][];
  branch: (number | null)[][];
}

/** The tables as MATPOWER loads them, from the folder of its solutions. */
function referenceTables(name: string): Tables {
  const plain = join(REFERENCE, `${name}.json`);
  const text = existsSync(plain) ? readFileSync(plain, 'utf8') : gunzipSync(readFileSync(`${plain}.gz`)).toString();
  const { baseMVA, mpc } = JSON.parse(text) as { baseMVA?: number; mpc: Tables };
  return { ...mpc, baseMVA: baseMVA ?? mpc.baseMVA };
}

describe.skipIf(!existsSync(CASES))(`MATPOWER's own cases (skipped without ${CASES})`, () => {
  const names = ['case9', 'case14', 'case30', 'case39', 'case57', 'case118', 'case300', 'case33bw', 'case141', 'case1354pegase', 'case2869pegase'];

  it.each(names)('%s is read, compiled, written and read again', (name) => {
    const { grid, warnings } = readMatpowerFile(join(CASES, `${name}.m`));
    expect(warnings).toEqual([]);
    expect(grid.name).toBe(name);
    const lines = readFileSync(join(CASES, `${name}.m`), 'utf8').split('\n');
    for (const { number, origin } of grid.buses) {
      expect(lines[Number(origin?.split(':').at(-1)) - 1].trim().startsWith(String(number))).toBe(true);
    }
    compileNetwork(grid);
    const text = writeMatpower(grid);
    const again = readMatpower(text).grid;
    expect(withoutOrigins(again)).toEqual(withoutOrigins(grid));
    expect(writeMatpower(again)).toBe(text);
  });

  it.each(names.filter((name) => name !== 'case33bw' && name !== 'case141'))('%s has the numbers that MATPOWER loads', (name) => {
    const { grid } = readMatpowerFile(join(CASES, `${name}.m`));
    const tables = referenceTables(name);
    expect(grid.baseMva).toBe(tables.baseMVA);
    // JSON has no infinity; the reference has null there.
    const near = (a: number, b: number | null): boolean => (b === null ? !Number.isFinite(a) : Math.abs(a - b) <= 1e-14 * Math.abs(b));
    const loads = new Map(grid.loads.map((load) => [load.bus, load]));
    const shunts = new Map(grid.shunts.map((shunt) => [shunt.bus, shunt]));
    const rows = {
      bus: grid.buses.map((bus) => [
        bus.number,
        { pq: 1, pv: 2, slack: 3, isolated: 4 }[bus.kind],
        loads.get(bus.number)?.powerMw ?? 0,
        loads.get(bus.number)?.powerMvar ?? 0,
        shunts.get(bus.number)?.conductanceMw ?? 0,
        shunts.get(bus.number)?.susceptanceMvar ?? 0,
        bus.area,
        bus.voltagePu,
        bus.angleDegrees,
        bus.baseKv,
        bus.zone,
        bus.maxVoltagePu,
        bus.minVoltagePu,
      ]),
      gen: grid.generators.map((g) => [
        g.bus,
        g.powerMw,
        g.powerMvar,
        g.maxMvar,
        g.minMvar,
        g.voltagePu,
        g.baseMva,
        Number(g.inService),
        g.maxMw,
        g.minMw,
      ]),
      branch: grid.branches.map((b) => [
        b.from,
        b.to,
        b.resistancePu,
        b.reactancePu,
        b.chargingPu,
        b.ratingMva,
        b.shortTermRatingMva,
        b.emergencyRatingMva,
        b.ratio,
        b.shiftDegrees,
        Number(b.inService),
        b.minAngleDegrees,
        b.maxAngleDegrees,
      ]),
    };
    for (const table of ['bus', 'gen', 'branch'] as const) {
      expect(rows[table]).toHaveLength(tables[table].length);
      rows[table].forEach((row, k) => {
        for (let column = 0; column < row.length; column++) {
          if (!near(row[column], tables[table][k][column]))
            throw new Error(`${table} row ${k + 1} column ${column + 1}: ${row[column]}, not ${tables[table][k][column]}`);
        }
      });
    }
  });

  it('case33bw and case141 are converted to per unit and MW', () => {
    const baran = readMatpowerFile(join(CASES, 'case33bw.m')).grid;
    // Baran and Wu: 3715 kW, 2300 kvar; first line 0.0922 + j0.0470 ohm at 12.66 kV.
    expect(baran.loads.reduce((sum, load) => sum + load.powerMw, 0)).toBeCloseTo(3.715, 12);
    expect(baran.loads.reduce((sum, load) => sum + load.powerMvar, 0)).toBeCloseTo(2.3, 12);
    expect(baran.branches[0].resistancePu).toBeCloseTo((0.0922 * 10) / 12.66 ** 2, 15);
    expect(baran.branches[0].reactancePu).toBeCloseTo((0.047 * 10) / 12.66 ** 2, 15);
    expect(baran.branches.filter((branch) => !branch.inService)).toHaveLength(5);
    const caracas = readMatpowerFile(join(CASES, 'case141.m')).grid;
    for (const load of caracas.loads) expect(load.powerMvar / load.powerMw).toBeCloseTo(Math.tan(Math.acos(0.85)), 12);
  });
});

function withoutOrigins(grid: BalancedGrid): BalancedGrid {
  const strip = <T extends { origin?: string }>(records: T[]): T[] => records.map(({ origin: _origin, ...rest }) => rest as T);
  return {
    ...grid,
    buses: strip(grid.buses),
    loads: strip(grid.loads),
    shunts: strip(grid.shunts),
    generators: strip(grid.generators),
    branches: strip(grid.branches),
  };
}
