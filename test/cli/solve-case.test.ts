/** `busbar solve` on MATPOWER case files. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';
import { readMatpower } from '../../src/formats/matpower/index.js';
import { type BalancedSolution, solveBalanced } from '../../src/powerflow/index.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-case-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const got = { out: '', err: '' };
  const status = await run(args, { out: (text) => void (got.out += text), err: (text) => void (got.err += text), isScreen: false });
  return { status, ...got };
}

const CASE = `function mpc = four
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
  1 3   0  0 0  0 1 1.02 0 110 1 1.05 0.95;
  2 2   0  0 0  0 1 1.01 0 110 1 1.05 0.95;
  3 1  90 40 0 10 1 1    0 110 1 1.05 1.01;
  4 1  20  5 0  0 1 1    0 110 1 1.05 0.95;
];
mpc.gen = [
  1  0 0 100 -100 1.02 100 1 200 0;
  2 40 0   5   -5 1.01 100 1 100 0;
];
mpc.branch = [
  1 2 0.01 0.08 0.02  0 0 0 0 0 1;
  2 3 0.02 0.10 0.02 30 0 0 0 0 1;
  1 3 0.01 0.09 0     0 0 0 0.98 0 1;
  3 4 0.01 0.09 0     0 0 0 0 0 0;
];
`;
writeFileSync(at('four.m'), CASE);

describe('busbar solve case.m', () => {
  it('prints an account of what came out', async () => {
    const { status, out, err } = await busbar('solve', at('four.m'));
    expect(status).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(/^four \(four\.m\): converged after \d iterations\n/);
    for (const line of [
      /method {12}newton \(polar\) from the voltages of the case/,
      /mismatch {10}\d\.\de-\d+ pu of 100 MVA at most, at bus \d/,
      /generation {8}9\d\.\d+ MW/,
      /load {14}90\.000 MW {2}40\.000 MVAr/,
      /losses {12}\d\.\d+ MW \(\d\.\d\d % of generation\)/,
      /slack {13}5\d\.\d+ MW {2}4\d\.\d+ MVAr at bus 1/,
      /lowest voltage {4}1\.0054 pu at bus 3/,
      /highest loading {3}1\d\d\.\d % of 30 MVA, branch 2 \(2 - 3\)/,
      /outside limits {4}1 bus outside of voltage limits, pu: bus 3 1\.0054 \(1\.01\)/,
      /outside limits {4}1 branch beyond rating, MVA: branch 2 \(2 - 3\)/,
      /outside limits {4}1 generator beyond reactive limits, MVAr: generator 2 at bus 2/,
      /without voltage {3}1 bus no slack feeds, 20\.000 MW unserved: bus 4/,
    ]) {
      expect(out).toMatch(line);
    }
  });

  it('prints one object, the same to a file, and draws', async () => {
    const { status, out, err } = await busbar(
      'solve',
      at('four.m'),
      '--json',
      '--out',
      at('four.json'),
      '--svg',
      at('four.svg'),
      '--title',
      'A <case>',
    );
    expect([status, err]).toEqual([0, '']);
    expect(readFileSync(at('four.json'), 'utf8')).toBe(out);
    const record = JSON.parse(out) as BalancedSolution;
    expect(record).toEqual(JSON.parse(JSON.stringify(solveBalanced(readMatpower(CASE).grid))));
    const picture = readFileSync(at('four.svg'), 'utf8');
    expect(picture).toContain('A &lt;case&gt;');
    expect(picture).toContain('Branches with a rating (1)');
    expect(picture).not.toMatch(/NaN|undefined|Infinity/);
    await busbar('solve', at('four.m'), '--svg', at('again.svg'), '--title', 'A <case>');
    expect(readFileSync(at('again.svg'), 'utf8')).toBe(picture);
  });

  it.each(['newton', 'fast-decoupled', 'fast-decoupled-bx', 'dc'] as const)('by %s', async (method) => {
    const { status, out } = await busbar('solve', at('four.m'), '--method', method, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ method, converged: true });
    const { out: account } = await busbar('solve', at('four.m'), '--method', method, '--svg', at(`${method}.svg`));
    expect(account).toContain(method);
    expect(readFileSync(at(`${method}.svg`), 'utf8')).toContain(method === 'dc' ? 'Angle, degrees' : 'Voltage, per unit');
  });

  it('with reactive limits, distributed slack, another start and load', async () => {
    const limited = await busbar('solve', at('four.m'), '--enforce-q-limits', '--start', 'flat', '--tolerance', '1e-8', '--max-iterations', '20');
    expect(limited.out).toMatch(/in 2 rounds of reactive limits/);
    expect(limited.out).toMatch(/at limits {9}bus 2 min/);
    const shared = await busbar('solve', at('four.m'), '--distributed-slack', '--json');
    const record = JSON.parse(shared.out) as BalancedSolution;
    expect(shared.err).toMatch(/warning: no generator in service around slack bus 1 has a participation factor above 0/);
    expect(record.warnings).toHaveLength(1);
    expect(record.generators[0].powerMw / (record.generators[1].powerMw - 40)).toBeCloseTo(2, 9);
    const half = await busbar('solve', at('four.m'), '--load-multiplier', '0.5', '--json');
    expect((JSON.parse(half.out) as BalancedSolution).totals.loadMw).toBe(45);
  });

  it('without a solution: exit 3, where and why; the object is still printed', async () => {
    const { status, out, err } = await busbar('solve', at('four.m'), '--load-multiplier', '30', '--svg', at('none.svg'), '--json');
    expect(status).toBe(3);
    expect(err).toMatch(
      /^busbar: four \(four\.m\): no solution \((diverged|singular)\) after \d+ iterations of newton: .* bus 3; .*try --start dc or a smaller --load-multiplier/,
    );
    expect(JSON.parse(out)).toMatchObject({ converged: false, worstBus: 3 });
    expect(existsSync(at('none.svg'))).toBe(false);
    const account = await busbar('solve', at('four.m'), '--load-multiplier', '30');
    expect(account.out).toMatch(/NOT converged/);
    expect(account.out).toMatch(/\n {2}last iterate, not a solution:\n {2}generation /);
    expect(account.out).not.toContain('outside limits');
    expect((JSON.parse(out) as BalancedSolution).violations).toEqual([]);
  });

  it('takes limits of all voltages', async () => {
    const { out } = await busbar('solve', at('four.m'), '--limits', '1.008,1.03', '--svg', at('limits.svg'));
    expect(out).toMatch(/outside limits {4}1 bus outside of voltage limits, pu: bus 3 1\.0054 \(1\.008\)/);
    expect(out).not.toContain('last iterate');
    const { violations } = JSON.parse((await busbar('solve', at('four.m'), '--limits', '0.9,1.1', '--json')).out) as BalancedSolution;
    expect(violations.filter(({ what }) => what === 'voltage')).toEqual([]);
  });

  it('prints names without blanks around them, and powers in the words of their direction', async () => {
    writeFileSync(at('named.m'), `${CASE.replace('0 10 1 1 ', '0 -10 1 1 ')}mpc.bus_name = {'A'; 'B'; '  North    end  '; 'D'};\n`);
    const { out } = await busbar('solve', at('named.m'));
    expect(out).toMatch(/lowest voltage {4}\d\.\d+ pu at bus 3 \(North end\)/);
    expect(out).toMatch(/shunts {12}0\.000 MW taken in, \d+\.\d+ MVAr taken in/);
  });

  it('draws the power of branches where none has a rating, and labels beside the lines of limits', async () => {
    await busbar('solve', 'case14', '--svg', at('unrated.svg'));
    const picture = readFileSync(at('unrated.svg'), 'utf8');
    expect(picture).toContain('Branches (20), by falling power; none has a rating');
    expect(picture).toContain('Power, MVA');
    expect(picture).toContain('voltage limits of the buses');
    expect(picture).not.toMatch(/rating of the branches|NaN|undefined|Infinity/);
    const limits = [
      ...(/<path d="([^"]*)" stroke="#9a1b1b" stroke-opacity="0.5"\/>(?=\n<path d="M\S+ \S+h0)/.exec(picture)?.[1] ?? '').matchAll(/M\S+ (\S+)H/g),
    ].map((match) => Number(match[1]));
    expect(limits.length).toBe(28);
    for (const [, y] of picture.matchAll(/<text [^>]*y="([\d.]+)"[^>]*>(?:lowest|highest) /g)) {
      for (const limit of limits) expect(limit < Number(y) - 11 || limit > Number(y) + 4).toBe(true);
    }
    await busbar('solve', 'case9', '--svg', at('rated.svg'));
    expect(readFileSync(at('rated.svg'), 'utf8')).toContain('rating of the branches');
  });

  it('solves built-in cases by their names', async () => {
    const { status, out } = await busbar('solve', 'case14');
    expect(status).toBe(0);
    expect(out).toMatch(/\(case14\): converged after 3 iterations/);
    expect(out).toMatch(/losses {12}13\.393 MW/);
    expect((await busbar('solve', '118', '--method', 'dc')).out).toMatch(/\(case118\): solved/);
    expect((await busbar('solve', 'ieee13', '--json')).out).toContain('"method": "sweep"');
    const unknown = await busbar('solve', 'case15');
    expect([unknown.status, unknown.err]).toEqual([2, expect.stringMatching(/there is no case named "case15"; there are case14/)]);
    expect((await busbar('solve', 'case14.m')).err).toMatch(/there is no file "case14.m"; the built-in case is case14/);
    expect((await busbar('qsts', 'case14')).err).toMatch(/qsts: "case14" is a balanced grid/);
  });

  it.each([
    [
      ['--method', 'sweep'],
      /--method sweep is for feeders and \.dss files; for balanced grids it may be newton, fast-decoupled, fast-decoupled-bx, dc/,
    ],
    [['--method', 'gauss'], /--method is "gauss"; it may be newton, fast-decoupled/],
    [['--controls', 'off'], /--controls is for feeders and \.dss files/],
    [['--limits', '1.1,0.9'], /--limits is "1.1,0.9"/],
    [['--start', 'last'], /--start is "last"; it may be case, flat, dc/],
    [['--enforce-q-limits', '--method', 'dc'], /--enforce-q-limits does not go with --method dc, which has no reactive power/],
    [['--tolerance', '1e-6', '--method', 'DC'], /--tolerance does not go with --method dc, one linear solution/],
    [['--max-iterations', '5', '--method', 'dc'], /--max-iterations does not go with --method dc, one linear solution without iterations/],
    [['--start', 'flat', '--method', 'dc'], /--start does not go with --method dc, one linear solution that starts from nowhere/],
    [['--limits', '0.9,1.1', '--method', 'dc'], /--limits does not go with --method dc, which has no voltages/],
    [['--distributed-slack', '--method', 'fast-decoupled'], /--distributed-slack does not go with --method fast-decoupled, .* take newton or dc/],
    [['--distributed-slack', '--method', 'fast-decoupled-bx'], /--distributed-slack does not go with --method fast-decoupled-bx/],
    [['--tolerance', '0'], /--tolerance is 0/],
  ])('refuses %j', async (args, message) => {
    const { status, err, out } = await busbar('solve', at('four.m'), ...args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    [['--enforce-q-limits'], /--enforce-q-limits is for balanced grids/],
    [['--distributed-slack'], /--distributed-slack is for balanced grids/],
    [['--start', 'flat'], /--start is for balanced grids/],
    [['--method', 'dc'], /--method dc is for balanced grids.*it may be auto, sweep, injection, newton/],
  ])('a feeder refuses %j', async (args, message) => {
    const { status, err } = await busbar('solve', 'ieee13', ...args);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });

  it('names the line of what cannot be, and a file that is not there', async () => {
    writeFileSync(at('bad.m'), CASE.replace('1 3 0.01 0.09 0 ', '1 3 0    0    0 '));
    const bad = await busbar('solve', at('bad.m'));
    expect(bad.status).toBe(2);
    expect(bad.err).toMatch(/bad\.m:\d+: branch 3 \(1 - 3\).*has no impedance/);
    expect((await busbar('solve', at('none.m'))).err).toMatch(/there is no file ".*none\.m"/);
    expect((await busbar('qsts', at('four.m'))).err).toMatch(/qsts: ".*four\.m" is a balanced grid/);
    const same = await busbar('solve', at('four.m'), '--out', at('four.m'));
    expect(same.err).toMatch(/is the file that is read/);
  });
});
