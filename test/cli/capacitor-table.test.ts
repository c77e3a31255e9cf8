/** `busbar evaluate --rows` and the demonstration's training. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { policyFromJSON } from '../../src/agents/node-index.js';
import { readRowTable } from '../../src/cli/capacitor-rows.js';
import { trainAndCompare } from '../../src/cli/capacitor-training.js';
import { run } from '../../src/cli/run.js';
import { loadFeeder } from '../../src/feeders/index.js';
import { InputError } from '../../src/grid/index.js';
import { RandomStream } from '../../src/numeric/index.js';

const SHARED = fileURLToPath(new URL('../../../shared/seeds-data/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'busbar-rows-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LOADS = (await loadFeeder('ieee123-capacitors')).elementsOf('load').map(({ name }) => name);

interface Row {
  method: string;
  meanLossKw: number;
  savingPercent: number;
  bestPercent: number;
  powerFlows: number;
  trainingPowerFlows: number;
}

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
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

/** [row][load] */
function rows(count: number): number[][] {
  const stream = new RandomStream(8);
  return Array.from({ length: count }, () => Array.from({ length: 91 }, () => stream.uniform()));
}

const table = (head: readonly string[], body: readonly (readonly (number | string)[])[]): string =>
  [head, ...body].map((line) => line.join(',')).join('\n');
const file = (name: string, text: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('a table of rows', () => {
  const given = rows(2);
  const plain = readRowTable(table(LOADS, given), 'a.csv', LOADS);

  it('may have its columns named by loads, in any order and case, or numbered, or in order', () => {
    expect([...plain.multipliers]).toEqual(given.flat());
    expect(plain.masks).toBeUndefined();
    const turned = given.map((row) => row.slice().reverse());
    const read = (head: readonly string[], body: readonly (readonly number[])[]): number[] => [
      ...readRowTable(table(head, body), 'a.csv', LOADS).multipliers,
    ];
    expect(read(LOADS.map((name) => name.toUpperCase()).reverse(), turned)).toEqual(given.flat());
    const numbers = Array.from({ length: 91 }, (_, k) => k);
    expect(
      read(
        numbers.map((k) => `m${90 - k}`),
        turned,
      ),
    ).toEqual(given.flat());
    expect(read(numbers.map(String), given)).toEqual(given.flat());
    expect(
      read(
        numbers.map((k) => `load no. ${k}`),
        given,
      ),
    ).toEqual(given.flat());
  });

  it('may have masks and numbers of rows, comments, other separators, a byte order mark', () => {
    const body = given.map((row, k) => [k, ...row, 7 + k]);
    const text = `\ufeff# comment\r\n${table(['row', ...LOADS, 'initial_mask'], body)
      .replaceAll(',', ';')
      .replaceAll('\n', '\r\n')}\r\n\r\n`;
    const read = readRowTable(text, 'a.csv', LOADS);
    expect([...read.multipliers]).toEqual(given.flat());
    expect([...(read.masks ?? [])]).toEqual([7, 8]);
    expect([...read.lines]).toEqual([3, 4]);
  });

  it.each([
    ['a.csv: is empty', ''],
    ['a.csv:1: has a header and no rows', table(LOADS, [])],
    ['a.csv:1:1: the header has 90 columns of loads in place of 91', table(LOADS.slice(1), [])],
    [`a.csv:1:1: "s1b" is no load of the feeder; the nearest is s1a`, table(['s1b', ...LOADS.slice(1)], given)],
    [/^a\.csv:1:\d+: column "s1a" is there twice/, table([...LOADS.slice(0, 90), LOADS[0]], given)],
    [/^a\.csv:1:1: there are numbers where names should be; put a header above the scenarios/, table(given[0].map(String), given)],
    [/^a\.csv:1:1: there are numbers where names should be/, table(new Array<string>(91).fill('1'), given)],
    [/^a\.csv:1:1: there are numbers where names should be/, table([...given[0].map(String), '3'], given)],
    [/^a\.csv:1:\d+: there are numbers where names should be/, table([...LOADS.slice(0, 90), '1.25'], given)],
    ['a.csv:3: has 92 columns in place of 91', table(LOADS, [given[0], [...given[1], 1]])],
    ['a.csv:2:1: "x" is not a number in column "s1a"', table(LOADS, [['x', ...given[0].slice(1)]])],
    ['a.csv:2:1: there is no number in column "s1a"', table(LOADS, [['', ...given[0].slice(1)]])],
    ['a.csv:2:1: -1 in column "s1a" is no load multiplier', table(LOADS, [[-1, ...given[0].slice(1)]])],
    ['a.csv:2:1: 16 in column "initial_mask" is no state', table(['initial_mask', ...LOADS], [[16, ...given[0]]])],
    ['a.csv:2:1: 1.5 in column "initial_mask" is no state', table(['initial_mask', ...LOADS], [[1.5, ...given[0]]])],
  ])('%s', (message, text) => {
    const read = (): unknown => readRowTable(text, 'a.csv', LOADS);
    expect(read).toThrow(InputError);
    // Columns of characters depend on the numbers before: what counts there is that one is named.
    expect(read).toThrow(typeof message === 'string' && message.startsWith('a.csv:3:') ? /^a\.csv:3:\d+: has 92 columns in place of 91/ : message);
  });
});

describe('busbar evaluate --rows', () => {
  const methods = (out: string): Row[] => (JSON.parse(out) as { methods: Row[] }).methods;
  const evaluate = (...args: string[]): ReturnType<typeof busbar> => busbar('evaluate', '--task', 'capacitors-ieee123', ...args);

  it.skipIf(!existsSync(`${SHARED}vvo-losses.csv.gz`))('finds the published means on the published rows (skipped without ../shared)', async () => {
    const read = (name: string): string[][] =>
      gunzipSync(readFileSync(`${SHARED}${name}`))
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.split(','));
    const [head, ...multipliers] = read('vvo-load-rows.csv.gz');
    const [columns, ...losses] = read('vvo-losses.csv.gz');
    const masks = losses.map((line) => line[columns.indexOf('initial_mask')]);
    const path = file(
      'published.csv.gz',
      gzipSync(
        table(
          [...head, 'initial_mask'],
          multipliers.map((row, k) => [...row, masks[k]]),
        ),
      ),
    );
    const { status, out } = await evaluate('--rows', path, '--json');
    expect(status).toBe(0);
    const [initial, constant, greedy, linear, optimum] = methods(out);
    expect(initial.meanLossKw).toBeCloseTo(26.8978298, 5);
    expect(constant.meanLossKw).toBeCloseTo(25.9820019, 5);
    expect(greedy.meanLossKw).toBeCloseTo(25.9082756, 5);
    expect(greedy.bestPercent).toBeCloseTo(73.1, 6);
    expect(greedy.powerFlows).toBeCloseTo(10.275, 6);
    expect(optimum.meanLossKw).toBeCloseTo(25.8236582, 5);
    expect(linear.savingPercent).toBeGreaterThan(99.9);
    expect(linear).toMatchObject({ method: 'linear', powerFlows: 1, trainingPowerFlows: 65536 });
  });

  it('masks that are not given are drawn by the seed; so are rows that are asked for by their number', async () => {
    const path = file('rows.csv', table(LOADS, rows(20)));
    const initial = async (...args: string[]): Promise<number> => methods((await evaluate('--json', ...args)).out)[0].meanLossKw;
    const first = await initial('--rows', path, '--seed', '1');
    expect(await initial('--rows', path, '--seed', '1')).toBe(first);
    expect(await initial('--rows', path, '--seed', '2')).not.toBe(first);
    const { status, out } = await evaluate('--rows', '50');
    expect(status).toBe(0);
    expect(out).toMatch(/^capacitors-ieee123, 50 rows generated\n/);
    expect(out).toMatch(/^optimum: all 16 states tried +[\d.]+ +100\.00 +100\.00 +16 +0$/m);
    expect(out).toContain('Quoted, not run here: the published agent reaches 77 %');
  });

  it('refuses what it cannot read, in one line that names the place', async () => {
    const bad = file('bad.csv', table(LOADS, [...rows(1), Array.from({ length: 91 }, () => 60)]));
    for (const [args, message] of [
      [['--rows', bad], `${bad}:3: the power flow with mask 0 has no solution`],
      [['--rows', join(folder, 'none.csv')], 'there is no such file'],
      [['--rows', folder], 'it is no regular file'],
      [['--rows', file('plain.csv.gz', 'a,b')], 'it is not packed by gzip'],
      [['--rows', '0'], '--rows is 0; generate 1 to 100000 rows'],
      [['--rows', '5', '--episodes', '3'], '--episodes does not go with --rows'],
      [['--rows', '5', '--policy', 'greedy'], 'with --rows all methods are compared'],
      [['--rows', '5', '--policy', file('policy.json', '{')], 'this is no JSON'],
      [['--rows', '5', '--policy', file('policy2.json', '{}')], 'this is no saved policy'],
    ] as const) {
      const { status, err, out } = await evaluate(...args);
      expect([status, out], args.join(' ')).toEqual([2, '']);
      expect(err).toContain(message);
      expect(err.trimEnd().split('\n')).toHaveLength(1);
    }
    expect((await busbar('evaluate', '--task', 'cartpole', '--rows', '5')).err).toContain(
      '--rows goes with --task capacitors-ieee123, not with cartpole',
    );
  });
});

describe('the training of the demonstration', () => {
  it('beats the constant after 8192 episodes, and its policy does the same where it is read back', { timeout: 120_000 }, async () => {
    const files = { chart: join(folder, 'chart.svg'), policy: join(folder, 'trained.json') };
    let printed = '';
    const terminal = {
      out: (text: string) => {
        printed += text;
      },
      err: () => {},
      isScreen: false,
    };
    const record = (await trainAndCompare(terminal, { episodes: 8192, rows: 300 }, 1, files, false)) as { methods: Row[]; curve: object[] };
    const of = (name: string, among: readonly Row[] = record.methods): Row => among.find(({ method }) => method === name) as Row;
    expect(of('ours').savingPercent).toBeGreaterThan(of('constant').savingPercent);
    expect(of('ours')).toMatchObject({ powerFlows: 1, trainingPowerFlows: 16384 });
    expect(of('optimum').savingPercent).toBe(100);
    expect(record.curve).toHaveLength(32);
    expect(printed).toMatch(/^ours: trained in this run/m);
    expect(readFileSync(files.chart, 'utf8')).toContain('published agent');
    expect(policyFromJSON(JSON.parse(readFileSync(files.policy, 'utf8')))).toMatchObject({ agent: 'bandit', steps: 8192, seed: 1 });
    // The rows of seed 1 begin with the seed 2^21.
    const { out } = await busbar(
      ...['evaluate', '--task', 'capacitors-ieee123-once', '--rows', '300', '--seed', String(2 ** 21), '--policy', files.policy, '--json'],
    );
    const again = (JSON.parse(out) as { methods: Row[] }).methods;
    expect(of('ours', again).meanLossKw).toBe(of('ours').meanLossKw);
    expect(of('greedy', again)).toEqual(of('greedy'));
  });
});
