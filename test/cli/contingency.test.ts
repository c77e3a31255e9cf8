/** `busbar contingency`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCase } from '../../src/cases/index.js';
import { run } from '../../src/cli/run.js';
import { writeMatpower } from '../../src/formats/matpower/index.js';
import type { ContingencyReport } from '../../src/powerflow/index.js';
import { triangle } from '../powerflow/balanced/small-grids.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-contingency-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const got = { out: '', err: '' };
  const status = await run(['contingency', ...args], {
    out: (text) => void (got.out += text),
    err: (text) => void (got.err += text),
    isScreen: false,
  });
  return { status, ...got };
}

describe('busbar contingency', () => {
  it('prints an account and a table of the worst, within 120 columns', async () => {
    const { status, out, err } = await busbar('case39', '--branches', '--generators', '--top', '7');
    expect(status).toBe(0);
    expect(err).toBe('');
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^New England, 39 bus \(case39\): 56 contingencies in [\d.]+ s on /);
    expect(out).toContain('44 solved whole, 11 with buses without voltage, 1 without a solution');
    expect(out).toMatch(/ratings {11}emergency 46 \(base case: long-term 46\)/);
    const header = lines.findIndex((line) => line.startsWith('severity'));
    expect(lines[header + 1]).toMatch(/^ +- {2}base case +solved +- +0 {2}76\.4 % 16-19 +1 {2}0\.9820 +1 +677\.9!$/);
    expect(lines[header + 2]).toMatch(/^ +20000 {2}generator 10 \(bus 39\) +UNSOLVED +- +- +- +- +- +- +-$/);
    expect(lines[header + 3]).toMatch(/branch 14 \(6 - 31\) +islanded +6245\.0/);
    const severities = lines.slice(header + 2, header + 9).map((line) => Number.parseFloat(line));
    expect(severities).toEqual(severities.slice().sort((a, b) => b - a));
    expect(Math.max(...lines.slice(header, header + 9).map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(out).toContain('and 49 more');
    expect(out).toContain('branch 14 (6 - 31): slack bus 31 is cut off from most of the load');
    expect(out).toContain('the rest, though it has generators, is without voltage because the slack is not in it');
    expect(out).toContain('generator 2 (bus 31): bus 30 is slack instead');
    expect(out).toMatch(/generator 10 \(bus 39\): no solution was found, .*; mismatch left 1\.\de\+0 pu at bus 39/);
    expect(out).toMatch(/^ {2}branch 35 \(21 - 22\): over rating: branch 38 \(23 - 24\) 161\.8 %, branch 36 \(22 - 23\) 112\.1 % and 1 more$/m);
    expect(out).toMatch(/^ {2}generator 2 \(bus 31\): outside limits: bus 31 0\.9155 \(0\.94\)$/m);
    expect(out.indexOf('over rating')).toBeLessThan(out.indexOf('38 buses without voltage'));
  });

  it('writes JSON, CSV and a picture', async () => {
    const { status, out, err } = await busbar(
      'case30',
      '--json',
      '--out',
      at('a.json'),
      '--csv',
      at('a.csv'),
      '--svg',
      at('a.svg'),
      '--title',
      'A <b>',
    );
    expect([status, err]).toEqual([0, '']);
    expect(readFileSync(at('a.json'), 'utf8')).toBe(out);
    const report = JSON.parse(out) as ContingencyReport;
    expect(report.rows).toHaveLength(42);
    expect(report.rows[0].label).toBe('base case');
    expect(report.summary.contingencies).toBe(41);
    const csv = readFileSync(at('a.csv'), 'utf8').trimEnd().split('\n');
    expect(csv).toHaveLength(43);
    expect(csv[0]).toMatch(/^row,label,status,severity,/);
    expect(csv.map((line) => line.split(',')[0]).slice(1)).toEqual(report.rows.map(({ row }) => String(row)));
    const svg = readFileSync(at('a.svg'), 'utf8');
    expect(svg).toContain('A &lt;b&gt;');
    expect(svg).toContain(report.rows[1].label);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('says "no rating" where there is none', async () => {
    const { out } = await busbar('case14', '--top', '3', '--svg', at('b.svg'));
    expect(out).toContain('no rating 20 (base case: no rating 20)');
    expect(out.match(/ no rating /g)?.length).toBeGreaterThanOrEqual(4);
    expect(readFileSync(at('b.svg'), 'utf8').match(/rating/g)).toEqual(['rating']);
    expect(readFileSync(at('b.svg'), 'utf8')).toContain('Loading: no branch has a rating');
  });

  it('takes limits, ratings and lists', async () => {
    writeFileSync(at('list.txt'), '# N-2\npair: 4-5, 6-5 # both\nbranch 3 + generator at 8\n');
    const { status, out } = await busbar(
      'case14',
      '--list',
      at('list.txt'),
      '--limits',
      '0.97,1.03',
      '--rating',
      'long',
      '--violations',
      'new',
      '--json',
    );
    expect(status).toBe(0);
    const { rows, summary } = JSON.parse(out) as ContingencyReport;
    expect(rows.slice(1).map(({ branches, generators }) => ({ branches, generators }))).toEqual(
      expect.arrayContaining([
        { branches: [7, 10], generators: [] },
        { branches: [3], generators: [5] },
      ]),
    );
    expect(summary).toMatchObject({ contingencies: 2, rating: 'long', limitsPu: [0.97, 1.03] });
    const { rows: both } = JSON.parse((await busbar('case14', '--list', at('list.txt'), '--branches', '--json')).out) as ContingencyReport;
    expect(both).toHaveLength(23);
  });

  it('takes elements of a kind, and elements that are named', async () => {
    const outOf = async (...args: string[]): Promise<string[]> => {
      const { status, out } = await busbar('case14', '--json', ...args);
      expect(status).toBe(0);
      const { rows } = JSON.parse(out) as ContingencyReport;
      return rows
        .filter(({ row }) => row > 0)
        .sort((a, b) => a.row - b.row)
        .map(({ branches, generators }) => [...branches.map((k) => `b${k}`), ...generators.map((k) => `g${k}`)].join());
    };
    expect(await outOf('--branches=4-7, 2,5-6', '--generators=at2')).toEqual(['b8', 'b2', 'b10', 'g2']);
    expect(await outOf('--generators=2,at8')).toEqual(['g2', 'g5']);
    expect(await outOf('--only', 'transformers')).toEqual(['b8', 'b9', 'b10']);
    expect(await outOf('--only', 'Generators,transformers')).toEqual(['b8', 'b9', 'b10', 'g1', 'g2', 'g3', 'g4', 'g5']);
    expect(await outOf('--only', 'lines')).toHaveLength(17);
    expect(await outOf('--only', 'lines,transformers')).toEqual(await outOf());
    writeFileSync(at('pair.txt'), '1-2, 2-3\n');
    expect(await outOf('--only', 'generators', '--list', at('pair.txt'))).toEqual(['g1', 'g2', 'g3', 'g4', 'g5', 'b1,b3']);
  });

  it.each([
    [['--only', 'cables'], /--only has "cables"; it may be lines, transformers, generators/],
    [['--only', 'lines', '--generators'], /--only and --generators exclude each other/],
    [['--branches', '4-7,4-9'], /"4-7,4-9" is one argument too many; a list belongs behind an equals sign, as in --branches=LIST/],
    [['--branches='], /--branches= needs a value, or no equals sign/],
    [['--branches=1,', '--generators'], /--branches is "1,"; write elements between commas/],
    [['--branches=1', '--branches=2'], /--branches is given twice/],
    [['--branches=4-14'], /branches: there is no branch between buses 4 and 14/],
    [['--generators=at4'], /generators: there is no generator at bus 4/],
    [['--json=x'], /--json takes no value/],
  ])('refuses %j', async (args, message) => {
    const { status, err, out } = await busbar('case14', ...args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('names branches and buses in CSV', async () => {
    await busbar('case39', '--csv', at('c.csv'));
    const [header, ...lines] = readFileSync(at('c.csv'), 'utf8').trimEnd().split('\n');
    const names = header.split(',');
    const row = lines.find((line) => line.includes('branch 35 (21 - 22)'))?.split(',') ?? [];
    expect(row).toHaveLength(names.length);
    const cell = (name: string): string => row[names.indexOf(name)];
    expect([cell('overloaded_branches'), cell('new_overloaded_branches')]).toEqual(['"29 36 38"', '"29 36 38"']);
    expect([cell('buses_outside'), cell('new_buses_outside')]).toEqual(['"36"', '']);
  });

  it('multiplies loads', async () => {
    const { out } = await busbar('case14', '--load-multiplier', '0.5', '--top', '0');
    expect(out).toMatch(/loads {13}0\.5 times those of the case/);
    const { rows } = JSON.parse((await busbar('case14', '--load-multiplier', '0.5', '--json')).out) as ContingencyReport;
    expect(rows[0].slack[0].powerMw).toBeLessThan(100);
    expect((await busbar('case14', '--load-multiplier', 'x')).status).toBe(2);
  });

  it('analyses what a list has twice once, and writes long labels out', async () => {
    const long = 'the corridor from the west to the east of everything';
    writeFileSync(at('twice.txt'), `${long}: 4-5, 6-5, branch 3, generator at 8\nbranch 3, 5-4, generator at 8, 5-6\n1-2\n`);
    const { out, err } = await busbar('case14', '--list', at('twice.txt'));
    expect(out).toContain('2 contingencies');
    expect(err).toMatch(/^warning: branch 3 .* is left out: asked for already, as the corridor/);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(out).not.toContain('..');
    expect(out.replace(/\s+/g, '')).toContain('generator5(bus8)');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    await busbar('case14', '--list', at('twice.txt'), '--svg', at('long.svg'));
    expect(readFileSync(at('long.svg'), 'utf8')).toMatch(/>the corridor from .* generator 5 \(bus 8\)</);
  });

  it('shortens the list of what is without voltage', async () => {
    const { out } = await busbar('case118', '--top', '186');
    expect(out.match(/ without voltage: /g)).toHaveLength(7);
    expect(out).toMatch(/ {2}and \d+ more of these with buses without voltage \(--csv, --json\)\n$/);
  });

  it('reads case files, and complains in one line', async () => {
    writeFileSync(at('three.m'), writeMatpower(triangle()));
    expect((await busbar(at('three.m'))).out).toMatch(/^\w+ \(three\.m\): 3 contingencies/);
    writeFileSync(at('bad.txt'), '1-2\n1-7\n');
    const bad = async (message: string | RegExp, ...args: string[]): Promise<void> => {
      const { status, out, err } = await busbar(...args);
      expect([status, out]).toEqual([2, '']);
      expect(err).toMatch(message);
      expect(err.trimEnd().split('\n')).toHaveLength(1);
    };
    await bad(/bad\.txt:2: there is no branch between buses 1 and 7/, at('three.m'), '--list', at('bad.txt'));
    await bad(/cannot read the list .*none\.txt: there is no such file/, 'case14', '--list', at('none.txt'));
    await bad('is no regular file', 'case14', '--list', folder);
    await bad('"ieee13" is no balanced grid', 'ieee13');
    await bad('--rating is "best"', 'case14', '--rating', 'best');
    await bad('--limits is "1.1"', 'case14', '--limits', '1.1');
    await bad('is the file that is read', 'case14', '--list', at('bad.txt'), '--csv', at('bad.txt'));
    await bad('name a built-in case or a .m file', '--json');
  });

  it('ends with 3 where the base case has no solution', async () => {
    const grid = loadCase('case9');
    for (const load of grid.loads) load.powerMw *= 20;
    writeFileSync(at('heavy.m'), writeMatpower(grid));
    const { status, out, err } = await busbar(at('heavy.m'), '--json');
    expect(status).toBe(3);
    expect(err).toMatch(/^busbar: the base case of grid ".*" has no solution \(\S+\), .*largest at bus \d+/);
    expect(JSON.parse(out)).toMatchObject({ converged: false, worstBus: expect.any(Number) });
  });
});
