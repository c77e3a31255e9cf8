import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    const json = join(folder, 'deep/result.json');
    const svg = join(folder, 'profile.svg');
    const { status, out } = await busbar('solve', script('files.dss', TWO_BUS), '--out', json, '--svg', svg);
    expect(status).toBe(0);
    expect(out).toMatch(/^two: converged after \d+ iterations\n/);
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

describe('busbar qsts', () => {
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
  it('lists feeders with their sizes', async () => {
    const { out } = await busbar('feeders', '--json');
    const { feeders } = JSON.parse(out) as { feeders: { name: string; nodes: number }[] };
    expect(feeders.find((feeder) => feeder.name === 'ieee8500')?.nodes).toBe(8531);
    expect((await busbar('feeders')).out).toMatch(/^name +buses/);
  });

  it('demonstrates', async () => {
    const svg = join(folder, 'demo.svg');
    const { status, out } = await busbar('demo', '--out', svg);
    expect(status).toBe(0);
    expect(out).toMatch(/ieee123: converged/);
    expect(out).toMatch(/creg4a \+\d+/);
    expect(readFileSync(svg, 'utf8')).toContain('IEEE 123-bus feeder');
  });

  it('tells version, machine and help', async () => {
    expect((await busbar('--version')).out).toMatch(/^\d+\.\d+\.\d+/);
    expect(JSON.parse((await busbar('info', '--json')).out)).toMatchObject({ backend: 'wasm-simd128' });
    for (const command of ['solve', 'qsts', 'feeders', 'demo', 'info']) {
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
  ])('answers %j with status %d and at most one line', async (args, expected) => {
    const { status, err } = await busbar(...args);
    expect(status).toBe(expected);
    if (args.length > 0) expect(err).toMatch(/^(note: [^\n]+\n)?busbar: [^\n]+\n$/);
  });

  it('names file and line of bad input', async () => {
    const path = script('bad.dss', `${TWO_BUS}new load.e bus1=b kv=-1 kw=1\n`);
    const { status, err } = await busbar('solve', path);
    expect(status).toBe(2);
    expect(err).toContain(`${path}:7`);
    expect(err).toContain('load.e');
  });
});
