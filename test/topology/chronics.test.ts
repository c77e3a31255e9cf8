/** Series: our own within the ranges of the data, whatever the order in which days are asked for; Grid2Op's folders. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { make, makeTask } from '../../src/environments/node-index.js';
import { InputError } from '../../src/grid/index.js';
import { readChronicsTable } from '../../src/topology/chronics-table.js';
import { DAY_STEPS, DrawnChronics, FolderChronics, loadTopologyElements, SCENARIO_DAYS, TOPOLOGY_TASKS } from '../../src/topology/node-index.js';

describe('series of our own', () => {
  it.each(TOPOLOGY_TASKS)('%s: without levels stay within the ranges of the data, with them within these times the level', async (id) => {
    const elements = await loadTopologyElements(id, false);
    const { facts, loads, generators } = elements;
    const ranges = [...facts.loadMw, ...facts.loadMvar, ...facts.generators.map(({ range }) => range)];
    for (const spread of [0, 0.06]) {
      const chronics = new DrawnChronics(elements, 3, 4, spread);
      for (const day of [0, 5, 27]) {
        const series = chronics.day(1, day);
        expect(series.length).toBe(DAY_STEPS * (2 * loads + generators));
        for (let k = 0; k < chronics.width; k++) {
          const [low, high] = ranges[k];
          let [least, most] = [Infinity, -Infinity];
          for (let step = 0; step < DAY_STEPS; step++) {
            least = Math.min(least, series[step * chronics.width + k]);
            most = Math.max(most, series[step * chronics.width + k]);
          }
          const widen = 1 + 2.5 * spread;
          const narrow = 1 - 2.5 * spread;
          const slack = 1e-4 * Math.max(1, Math.abs(high), Math.abs(low));
          expect(least).toBeGreaterThanOrEqual((low < 0 ? low * widen : low * narrow) - slack);
          expect(most).toBeLessThanOrEqual((high < 0 ? high * narrow : high * widen) + slack);
        }
      }
    }
  });

  it('of l2rpn_case14_sandbox have its means and its day, about', async () => {
    const elements = await loadTopologyElements('topology-case14', false);
    const chronics = new DrawnChronics(elements, 0, 10, 0);
    const total = new Float64Array(24);
    for (let scenario = 0; scenario < 10; scenario++)
      for (let day = 0; day < 5; day++)
        for (let step = 0; step < DAY_STEPS; step++)
          for (let k = 0; k < elements.loads; k++) total[Math.floor(step / 12)] += chronics.day(scenario, day)[step * chronics.width + k] / 600;
    const mean = total.reduce((a, b) => a + b) / 24;
    expect(mean).toBeGreaterThan(235);
    expect(mean).toBeLessThan(243);
    expect(Math.max(...total)).toBe(total[19]);
    expect(Math.min(...total)).toBe(Math.min(total[4], total[16]));
  });

  it('are the same whatever was asked for before, differ by scenario and seed, and go on from day to day', async () => {
    const elements = await loadTopologyElements('topology-case5', false);
    const one = new DrawnChronics(elements, 1, 10);
    const forwards = [0, 1, 2].map((day) => Array.from(one.day(4, day)));
    const two = new DrawnChronics(elements, 1, 10);
    const backwards = [2, 1, 0].map((day) => Array.from(two.day(4, day))).reverse();
    expect(backwards).toEqual(forwards);
    expect(Array.from(one.day(5, 0))).not.toEqual(forwards[0]);
    expect(Array.from(new DrawnChronics(elements, 2, 10).day(4, 0))).not.toEqual(forwards[0]);
    expect(one.rows()).toBe(SCENARIO_DAYS * DAY_STEPS + 1);
    for (const day of [0, 1]) {
      const last = forwards[day].slice(-one.width);
      const next = forwards[day + 1].slice(0, one.width);
      for (let k = 0; k < elements.loads; k++) expect(Math.abs(last[k] - next[k])).toBeLessThan(0.03 * last[k]);
    }
  });
});

/** Two rows of prod_p, packed by bzip2: python3 -c "import bz2,base64; print(base64.b64encode(bz2.compress(b'gen_0_0;gen_1_1\\n4.0;20.5\\n3.5;21.0\\n')))" */
const BZ2 = 'QlpoOTFBWSZTWUR+MssAAA9bAAAQAAF+CAAAgoEgACGp6TTanqMIBoAUyVCpF6gsMSKZF+NilYwXckU4UJBEfjLL';

const folder = mkdtempSync(join(tmpdir(), 'busbar-chronics-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const LOADS = 'load_3_1;load_0_0;load_4_2';
const GENERATORS = 'gen_0_0;gen_1_1';
const table = (header: string, rows: number, value: (row: number, column: number) => number): string =>
  [
    header,
    ...Array.from({ length: rows }, (_, row) =>
      header
        .split(';')
        .map((_name, k) => value(row, k).toFixed(2))
        .join(';'),
    ),
  ].join('\n');

function scenario(name: string, files: Record<string, string | Buffer>): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

const whole = {
  'load_p.csv': table(LOADS, 300, (row, k) => 8 + k + row / 100),
  'load_q.csv': table(LOADS, 300, (_, k) => 1 + k),
  'prod_p.csv': table(GENERATORS, 300, (row, k) => (k === 0 ? 4 : 20 + row / 100)),
};

describe("Grid2Op's folders", () => {
  it('are read by name of the columns, one scenario or several', async () => {
    const elements = await loadTopologyElements('topology-case5', false);
    scenario('many/0001', whole);
    scenario('many/0000', {
      ...whole,
      'load_q.csv': table(LOADS, 300, () => 2),
      'maintenance.csv': table('0_1_0;0_2_1;0_3_2;0_4_3;1_2_4;2_3_5;2_3_6;3_4_7', 300, (row, k) => Number(k === 5 && row > 9 && row < 20)),
    });
    const chronics = new FolderChronics(join(folder, 'many'), elements);
    expect([chronics.scenarios, chronics.rows(0)]).toEqual([2, 300]);
    expect(Array.from(chronics.day(1, 1).subarray(0, 8), (x) => Math.round(100 * x) / 100)).toEqual([11.88, 10.88, 12.88, 2, 1, 3, 4, 22.88]);
    expect(chronics.day(1, 1).length).toBe(12 * 8);
    expect([9, 10, 19, 20].map((row) => chronics.maintenance(0, row)?.[5])).toEqual([0, 1, 1, 0]);
    const environment = await make('topology-case5', { chronics: join(folder, 'many'), actions: ['lines'], hardRatio: 50, softSteps: 200 });
    environment.reset({ seed: 1, options: { scenario: 0 } });
    for (let step = 1; step <= 12; step++) {
      const { info, observation } = environment.step([0]);
      expect(info.loadMw).toBeCloseTo(27 + (3 * step) / 100, 4);
      expect(observation[4]).toBeCloseTo((9 + step / 100) / 10, 5);
      expect(info.linesOut).toBe(step >= 10 ? 1 : 0);
    }
    environment.reset({ seed: 1, options: { scenario: 1, row: 297 } });
    expect(environment.step([0]).truncated).toBe(false);
    expect(environment.step([0]).truncated).toBe(true);
  });

  it('may be packed by bzip2, and are then checked', async () => {
    const elements = await loadTopologyElements('topology-case5', false);
    const packed = Buffer.from(BZ2, 'base64');
    const small = { 'load_p.csv': table(LOADS, 2, (_, k) => 9 + k), 'load_q.csv': table(LOADS, 2, () => 3), 'prod_p.csv.bz2': packed };
    const chronics = new FolderChronics(scenario('packed', small), elements);
    expect(Array.from(chronics.day(0, 0).subarray(14))).toEqual([3.5, 21]);
    const broken = Buffer.from(packed);
    broken[30] ^= 4;
    expect(() => new FolderChronics(scenario('broken', { ...small, 'prod_p.csv.bz2': broken }), elements)).toThrow(
      /prod_p\.csv\.bz2 is no whole bzip2 file/,
    );
  });

  it('are refused with one line that says what is wrong', async () => {
    const elements = await loadTopologyElements('topology-case5', false);
    const refused = (name: string, files: Record<string, string>, pattern: RegExp): void => {
      const path = scenario(name, files);
      expect(() => new FolderChronics(path, elements)).toThrow(InputError);
      expect(() => new FolderChronics(path, elements)).toThrow(pattern);
    };
    refused('no-loads', {}, /there are no series in/);
    refused('no-production', { 'load_p.csv': whole['load_p.csv'], 'load_q.csv': whole['load_q.csv'] }, /there is no prod_p\.csv or prod_p\.csv\.bz2/);
    refused('other-rows', { ...whole, 'load_q.csv': table(LOADS, 299, () => 1) }, /300, 299 and 300 rows/);
    refused('other-name', { ...whole, 'load_p.csv': whole['load_p.csv'].replace('load_4_2', 'load_4_3') }, /there is no column load_4_2/);
    refused('one-more', { ...whole, 'load_p.csv': table(`${LOADS};load_9_9`, 300, () => 1) }, /load_9_9/);
    refused(
      'no-number',
      { ...whole, 'load_p.csv': whole['load_p.csv'].replace('8.03', 'x') },
      /load_p\.csv:5.*"x" in column load_0_0|"x" in column load_3_1/,
    );
    refused('short-row', { ...whole, 'prod_p.csv': whole['prod_p.csv'].replace('4.00;20.02', '4.00') }, /the row has 1 cells/);
    expect(() => new FolderChronics(join(folder, 'nowhere'), elements)).toThrow(/there is no folder/);
    await expect(makeTask('topology-case5', { chronics: 7 })).rejects.toThrow(InputError);
  });
});

describe('tables that are not quite tables', () => {
  const names = ['load_1_0', 'load_2_1'];
  const read = (text: string): ReturnType<typeof readChronicsTable> => readChronicsTable(text, 'load_p.csv', names);

  it('a mark of the byte order in front is passed over', () => {
    expect([...read('\uFEFFload_1_0;load_2_1\n1;2\n3;4\n').values]).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['', /the file is empty/],
    ['load_1_0;load_2_1;load_1_0\n1;2;3\n', /two columns/],
    ['load_1_0;load_2_1\n1e39;2\n', /beyond single precision/],
    ['load_1_0;load_2_1\n0x10;2\n', /no number/],
    ['load_1_0;load_2_1\n1;Infinity\n', /no number/],
  ])('%j is refused with file and line', (text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(/load_p\.csv/);
  });
});
