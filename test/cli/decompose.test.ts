/** `busbar decompose`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-decompose-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const got = { out: '', err: '' };
  const status = await run(['decompose', ...args], { out: (text) => void (got.out += text), err: (text) => void (got.err += text), isScreen: false });
  return { status, ...got };
}

describe('busbar decompose', () => {
  it('prints matrix and clusters, and writes both with a picture', async () => {
    const out = join(folder, 'new', 'one');
    const {
      status,
      out: text,
      err,
    } = await busbar('--task', 'synthetic', '--samples', '2000', '--workers', '1', '--quantiles', '0.74,0.8', '--out', out);
    expect(err).toBe('');
    expect(status).toBe(0);
    expect(text).toContain("  1: s0 s2 s4 a0 a1  |  s0' s2' s4'\n  2: s1 s3 a2  |  s1' s3'\n");
    expect(text).toMatch(/components at q = 0\.74 +2 .* yes\n/);
    expect(text).toMatch(/components at q = 0\.8 +\d .* no\n/);
    expect(text).toMatch(/hidden blocks +2 .* yes\n/);
    expect(readdirSync(out).sort()).toEqual(['decomposition.json', 'matrix.csv', 'matrix.svg']);
    const record = JSON.parse(readFileSync(join(out, 'decomposition.json'), 'utf8'));
    expect(record).toMatchObject({ task: 'synthetic', shuffles: 19, inputClusters: [0, 1, 0, 1, 0, 0, 0, 1], outputClusters: [0, 1, 0, 1, 0] });
    expect(record.unbiased[1][3]).toBeCloseTo(record.raw[1][3] - record.bias[1][3], 12);
    expect(readFileSync(join(out, 'matrix.csv'), 'utf8').split('\n')).toHaveLength(42);
    const svg = readFileSync(join(out, 'matrix.svg'), 'utf8');
    expect(svg.match(/<rect/g)).toHaveLength(1 + 2 * 40 + 2);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('prints JSON that depends on the seed alone', async () => {
    const asked = ['--task', 'l2rpn-case5', '--samples', '100', '--shuffles', '1', '--json'];
    const [one, other, third] = [
      await busbar(...asked, '--workers', '1'),
      await busbar(...asked, '--workers', '2'),
      await busbar(...asked, '--seed', '1'),
    ];
    expect(one.status).toBe(0);
    expect(JSON.parse(one.out).pValue).toBeUndefined();
    expect(other.out).toBe(one.out);
    expect(third.out).not.toBe(one.out);
  });

  it('tells bad input in one line', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const [args, message] of [
      [[], /name a process with --task; there are synthetic, /],
      [['--task', 'case15'], /there is no process "case15"/],
      [['--task', 'synthetic', '--samples', '5'], /--samples is 5; it must be at least 20/],
      [['--task', 'synthetic', '--samples', '100', '--neighbours', '100'], /--neighbours is 100; with 100 samples it must be 99 at most/],
      [['--task', 'synthetic', '--level', '0.01'], /--level 0\.01 needs --shuffles of at least 99/],
      [['--task', 'synthetic', '--quantiles', '0.7,2'], /--quantiles is "0\.7,2"/],
      [['--task', 'synthetic', '--out', file], /is no folder/],
      [['synthetic'], /one argument too many/],
    ] as const) {
      const { status, out, err } = await busbar(...args);
      expect(status).toBe(2);
      expect(out).toBe('');
      expect(err).toMatch(message);
      expect(err.trimEnd().split('\n')).toHaveLength(1);
    }
  });
});
