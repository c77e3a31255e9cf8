import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';
import type { SolutionRecord } from '../../src/powerflow/index.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command line and keeps what it writes. */
async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const status = await run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isScreen: false,
  });
  return { status, out, err };
}

function script(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const TWO_BUS = `clear
new circuit.two basekv=12.47 pu=1 r1=0 x1=0.01 r0=0 x0=0.01
new line.l bus1=sourcebus bus2=b length=1 units=km r1=0.3 x1=0.4 r0=0.6 x0=1.2 c1=0 c0=0
new load.d bus1=b kv=12.47 kw=900 kvar=300
set voltagebases=[12.47]
calcvoltagebases
`;

describe('busbar solve', () => {
  it('prints one object of the promised content', async () => {
    const { status, out, err } = await busbar('solve', script('two.dss', `${TWO_BUS}solve\n`), '--json');
    expect(err).toBe('');
    expect(status).toBe(0);
    const record = JSON.parse(out) as SolutionRecord;
    expect(record.converged).toBe(true);
    expect(record.nodes.map((row) => row[0])).toEqual(['sourcebus.1', 'sourcebus.2', 'sourcebus.3', 'b.1', 'b.2', 'b.3']);
    expect(record.nodes[3][5]).toBeCloseTo(12.47 / Math.sqrt(3), 12);
    expect(Object.keys(record.elements)).toEqual(['vsource.source', 'line.l', 'load.d']);
    const [load] = record.elements['load.d'];
    expect(load.bus).toBe('b');
    expect(load.nodes).toEqual([1, 2, 3, 0]);
    expect(load.p.reduce((sum, p) => sum + p, 0)).toBeCloseTo(900, 6);
    // What the source gives is what the load takes and the line loses.
    expect(record.sourcePowerKw).toBeCloseTo(900 + record.lossesW / 1000, 6);
    expect(record.sourcePowerKvar).toBeCloseTo(300 + record.lossesVar / 1000, 6);
    expect(record.mismatchPu).toBeLessThan(1e-8);
  });

  it('gives the same voltages by every method', async () => {
    const path = script('methods.dss', TWO_BUS);
    const voltages = async (method: string): Promise<number[]> => {
      const { status, out } = await busbar('solve', path, '--json', '--method', method);
      expect(status).toBe(0);
      const record = JSON.parse(out) as SolutionRecord;
      if (method !== 'auto') expect(record.method).toBe(method);
      return record.nodes.flatMap((row) => [row[1], row[2]]);
    };
    const expected = await voltages('auto');
    for (const method of ['sweep', 'injection', 'newton']) {
      (await voltages(method)).forEach((volts, i) => expect(volts).toBeCloseTo(expected[i], 4));
    }
  });

  it('prints a readable account, and writes files whole', async () => {
    mkdirSync(join(folder, 'deep'));
    const json = join(folder, 'deep/result.json');
    const svg = join(folder, 'profile.svg');
    const { status, out } = await busbar('solve', script('files.dss', TWO_BUS), '--out', json, '--svg', svg);
    expect(status).toBe(0);
    expect(out).toMatch(/^two \(files\.dss\): converged after \d+ iterations\n/);
    expect(out).toMatch(/lowest voltage +0\.99\d\d pu at b\.\d/);
    expect((JSON.parse(readFileSync(json, 'utf8')) as SolutionRecord).converged).toBe(true);
    expect(readFileSync(svg, 'utf8')).toContain('</svg>');
    expect(readdirSync(join(folder, 'deep'))).toEqual(['result.json']);
  });

  it('sets the load multiplier after a script, and before a feeder', async () => {
    const path = script('multiplier.dss', `${TWO_BUS}solve\n`);
    const { out } = await busbar('solve', path, '--json', '--load-multiplier', '0.5');
    const record = JSON.parse(out) as SolutionRecord;
    expect(record.elements['load.d'][0].p[0]).toBeCloseTo(150, 6);
    const feeder = JSON.parse((await busbar('solve', 'ieee13', '--json', '--controls', 'off', '--load-multiplier', '0')).out) as SolutionRecord;
    expect(Math.abs(feeder.sourcePowerKw)).toBeLessThan(20);
  });

  it('runs the controls unless told not to', async () => {
    const taps = async (...options: string[]): Promise<number[]> => {
      const { out } = await busbar('solve', 'ieee13', '--json', ...options);
      return Object.values((JSON.parse(out) as SolutionRecord).regulators).map((regulator) => regulator.tapNumber);
    };
    // Taps of OpenDSS for this feeder (case ieee13_static).
    expect(await taps()).toEqual([9, 6, 9]);
    expect(await taps('--controls', 'off')).toEqual([0, 0, 0]);
  });

  it('ends with status 3 and the worst node where there is no solution', async () => {
    const path = script('collapse.dss', TWO_BUS.replace('kw=900 kvar=300', 'kw=1e6 kvar=5e5 vminpu=0 vlowpu=0'));
    const { status, err } = await busbar('solve', path);
    expect(status).toBe(3);
    expect(err).toMatch(/^busbar: .*mismatch .* (b|sourcebus)\.[123].*\n$/);
    const json = await busbar('solve', path, '--json');
    expect(json.status).toBe(3);
    expect(JSON.parse(json.out)).toMatchObject({ converged: false, worstNode: expect.stringMatching(/\.[123]$/) });
  });
});

describe('what an account and a picture say', () => {
  const OPENED = `${TWO_BUS}new line.far bus1=b bus2=c\nnew load.e bus1=c kv=12.47 kw=9\ncalcvoltagebases\nsolve\n`;

  it('names nodes without voltage, and leaves them out of the extremes', async () => {
    for (const [name, command] of [
      ['open', 'open line.l 1'],
      ['disable', 'disable line.l'],
    ]) {
      const path = script(`${name}.dss`, `${OPENED}${command}\nsolve\n`);
      const { status, out } = await busbar('solve', path);
      expect(status).toBe(0);
      expect(out).toMatch(/without voltage +6 nodes cut off from every source: b\.1, b\.2, b\.3, c\.1 and 2 more/);
      expect(out).toMatch(/lowest voltage +(1\.0000|0\.9999) pu at sourcebus/);
      expect(out).toMatch(/losses .* kW \(-\)/);
      const record = JSON.parse((await busbar('solve', path, '--json')).out) as SolutionRecord;
      expect(record.deadNodes).toEqual(['b.1', 'b.2', 'b.3', 'c.1', 'c.2', 'c.3']);
      // A dead load is not one beyond its model.
      expect(record.loadsBelowWindow).toEqual([]);
    }
    expect((await busbar('solve', script('closed.dss', OPENED))).out).not.toContain('without voltage');
  });

  it('counts loads beyond their model and nodes outside the limits', async () => {
    const path = script('low.dss', TWO_BUS.replace('pu=1 ', 'pu=0.96 ').replace('kvar=300', 'kvar=300 vminpu=0.98'));
    const { out } = await busbar('solve', path);
    expect(out).toMatch(/beyond model +1 load below vminpu, not drawing the power given: load\.d/);
    const record = JSON.parse((await busbar('solve', path, '--json')).out) as SolutionRecord;
    expect(record.loadsBelowWindow).toEqual(['load.d']);
    expect(record.nodes.filter((row) => (row[3] as number) < 0.97)).toHaveLength(6);
    expect((await busbar('solve', path, '--limits', '0.97,1.1')).out).toMatch(/outside limits +6 nodes below 0\.97 pu, 0 above 1\.1 pu/);
    expect((await busbar('solve', path, '--limits', '0.9,1.1')).out).not.toContain('outside limits');
  });

  it('draws no empty picture where no bus has a base', async () => {
    const svg = join(folder, 'no-bases.svg');
    const { status, err } = await busbar('solve', script('no-bases.dss', TWO_BUS.replace('calcvoltagebases\n', '')), '--svg', svg);
    expect(status).toBe(2);
    expect(err).toMatch(/^busbar: there is no voltage profile to draw: no bus has a base voltage; .*calcvoltagebases.*\n$/);
    expect(existsSync(svg)).toBe(false);
  });

  it('titles the picture as asked, and draws the limits', async () => {
    const svg = join(folder, 'titled.svg');
    await busbar('solve', 'ieee4', '--svg', svg, '--title', 'A & B', '--limits', '0.9,1.1');
    const picture = readFileSync(svg, 'utf8');
    expect(picture).toContain('<title>A &amp; B: voltage profile</title>');
    expect(picture).toContain('limit 0.90');
    expect(picture).toContain('limit 1.10');
    await busbar('solve', 'ieee4', '--svg', svg);
    expect(readFileSync(svg, 'utf8')).toContain('IEEE 4 node, grounded wye - grounded wye, balanced load (ieee4-yy-bal)');
  });

  it('makes no folder for what it writes', async () => {
    const missing = join(folder, 'missing');
    const { status, err } = await busbar('solve', 'ieee4', '--svg', join(missing, 'x.svg'));
    expect(status).toBe(2);
    expect(err).toContain(`there is no folder ${missing}`);
    expect(existsSync(missing)).toBe(false);
  });

  it('tells in JSON what was solved, how, and what was warned of', async () => {
    const path = script('warned.dss', `${TWO_BUS}set algorithm=newton\nsolve\n`);
    const { out, err } = await busbar('solve', path, '--json');
    expect(err).toMatch(/^warning: .*algorithm is not applied/);
    const record = JSON.parse(out) as SolutionRecord & { warnings: string[] };
    expect(record).toMatchObject({ name: 'two', status: 'converged', methodReason: expect.stringContaining('radial') });
    expect(record.worstNode).toMatch(/^(sourcebus|b)\.[123]$/);
    expect(record.warnings).toEqual([expect.stringContaining('algorithm is not applied')]);
    const collapsed = script('collapsed.dss', `${TWO_BUS.replace('kw=900 kvar=300', 'kw=1e6 kvar=5e5 vminpu=0 vlowpu=0')}solve\n`);
    const failed = JSON.parse((await busbar('solve', collapsed, '--json')).out) as { converged: boolean; error: string };
    expect(failed.converged).toBe(false);
    expect(failed.error).toContain('no convergence');
  });
});

describe('busbar qsts', () => {
  it('says what it starts from, what the loads follow, and what the steps leave out', async () => {
    const feeder = await busbar('qsts', 'ieee13', '--step', '7h', '--duration', '24h', '--mode', 'yearly');
    expect(feeder.err).toMatch(/note: loads follow the shape "default", 24 points over 24 h, again and again, in yearly mode/);
    expect(feeder.err).toMatch(/note: regulators .* start where the feeder's data put them/);
    expect(feeder.err).toMatch(/note: 86400 s are no whole number of steps of 25200 s: 3 steps are solved, 75600 s/);
    expect(feeder.out).toMatch(/^IEEE 13 node \(ieee13\): 3 steps/);
    const shapeless = await busbar('qsts', script('shapeless.dss', TWO_BUS), '--step', '1h', '--duration', '2h');
    expect(shapeless.err).toBe('note: no load or generator follows a daily shape; the powers stay as they are (--shape names one for loads)\n');
    const shaped = await busbar(
      'qsts',
      script('shaped.dss', TWO_BUS.replace('kvar=300', 'kvar=300 daily=default')),
      '--step',
      '1h',
      '--duration',
      '2h',
    );
    expect(shaped.err).toBe('');
  });

  it('leaves dead nodes out of the extremes', async () => {
    const path = script('dead-day.dss', `${TWO_BUS}solve\ndisable line.l\n`);
    const { out } = await busbar('qsts', path, '--step', '1h', '--duration', '2h');
    expect(out).toMatch(/lowest voltage +(1\.0000|0\.9999) pu at sourcebus/);
  });

  it('keeps a row a step', async () => {
    const csv = join(folder, 'day.csv');
    const { status, out } = await busbar('qsts', 'ieee13', '--step', '1h', '--duration', '24h', '--nodes', '671.1', '--out', csv);
    expect(status).toBe(0);
    expect(out).toMatch(/24 steps of 3600 s/);
    const [head, ...rows] = readFileSync(csv, 'utf8').trimEnd().split('\n');
    expect(rows).toHaveLength(24);
    const columns = head.split(',');
    expect(rows.map((row) => Number(row.split(',')[columns.indexOf('hour')]))).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    for (const row of rows) {
      const voltage = Number(row.split(',')[columns.indexOf('voltage.671.1')]);
      expect(voltage).toBeGreaterThan(0.9);
      expect(voltage).toBeLessThan(1.1);
    }
  });

  it('follows a constant load with --shape none', async () => {
    const { out } = await busbar('qsts', 'ieee13', '--step', '1h', '--duration', '3h', '--shape', 'none', '--controls', 'off', '--json');
    const { columns } = JSON.parse(out) as { columns: { source_kw: number[] } };
    expect(columns.source_kw).toHaveLength(3);
    expect(columns.source_kw[2]).toBeCloseTo(columns.source_kw[0], 5);
  });
});

describe('busbar', () => {
  it('lists cases with their sizes', async () => {
    const { out } = await busbar('cases', '--json');
    const { cases } = JSON.parse(out) as { cases: { name: string; branches: number }[] };
    expect(cases.find((one) => one.name === 'case118')?.branches).toBe(186);
    expect((await busbar('cases')).out).toMatch(/^name +buses +branches/);
  });

  it('lists feeders with their sizes', async () => {
    const { out } = await busbar('feeders', '--json');
    const { feeders } = JSON.parse(out) as { feeders: { name: string; nodes: number }[] };
    expect(feeders.find((feeder) => feeder.name === 'ieee8500')?.nodes).toBe(8531);
    expect((await busbar('feeders')).out).toMatch(/^name +buses/);
  });

  it('demonstrates', async () => {
    const svg = join(folder, 'demo.svg');
    const { status, out } = await busbar('demo', '--no-training', '--out', svg);
    expect(status).toBe(0);
    expect(out).toMatch(/^IEEE 123 node \(ieee123\): converged/);
    expect(out).toMatch(/creg4a \+\d+/);
    expect(out).toMatch(/^ {2}contingency case39 /m);
    expect(out).not.toContain('Training');
    expect(readdirSync(folder).filter((name) => name.startsWith('demo'))).toEqual(['demo.svg']);
    expect(JSON.parse((await busbar('demo', '--no-training', '--json', '--out', svg)).out)).toMatchObject({
      feeder: { converged: true },
      files: { profile: svg },
    });
    expect((await busbar('demo', '--seed', '-1', '--out', svg)).status).toBe(2);
    expect(readFileSync(svg, 'utf8')).toContain('IEEE 123 node (ieee123)');
  });

  it('tells version, machine and help', async () => {
    expect((await busbar('--version')).out).toMatch(/^\d+\.\d+\.\d+/);
    expect(JSON.parse((await busbar('info', '--json')).out)).toMatchObject({ backend: 'wasm-simd128' });
    for (const command of ['solve', 'qsts', 'feeders', 'cases', 'demo', 'info']) {
      const { status, out } = await busbar(command, '--help');
      expect(status).toBe(0);
      expect(out).toContain(`Usage: busbar ${command}`);
    }
  });

  it.each([
    [[], 2],
    [['slove'], 2],
    [['solve'], 2],
    [['solve', 'ieee12'], 2],
    [['solve', 'missing.dss'], 2],
    [['solve', 'ieee13', '--method', 'magic'], 2],
    [['solve', 'ieee13', '--max-iterations', '0'], 2],
    [['qsts', 'ieee13', '--step', '0s'], 2],
    [['qsts', 'ieee13', '--duration', '1s', '--step', '1h'], 2],
    [['qsts', 'ieee13', '--nodes', 'nowhere.1', '--duration', '1m'], 2],
    [['qsts', 'ieee13', '--shape', 'nothing'], 2],
    [['solve', 'ieee13', '--out', '/dev/null/x.json'], 2],
    [['solve', 'ieee13', '--max-iterations', '1001'], 2],
    [['solve', 'ieee13', '--limits', '1.05,0.95'], 2],
    [['solve', 'ieee13', '--limits', '0.95'], 2],
    [['solve', tmpdir()], 2],
  ])('answers %j with status %d and at most one line', async (args, expected) => {
    const { status, err } = await busbar(...args);
    expect(status).toBe(expected);
    if (args.length > 0) expect(err).toMatch(/^(note: [^\n]+\n)*busbar: [^\n]+\n$/);
  });

  it('names file and line of bad input', async () => {
    const path = script('bad.dss', `${TWO_BUS}new load.e bus1=b kv=-1 kw=1\n`);
    const { status, err } = await busbar('solve', path);
    expect(status).toBe(2);
    expect(err).toContain(`${path}:7`);
    expect(err).toContain('load.e');
  });
});
