/** Folders that a command makes. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/cli/files.js';
import { run } from '../../src/cli/run.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-folders-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function busbar(...args: string[]): Promise<{ status: number; err: string }> {
  let err = '';
  const status = await run(args, { out: () => undefined, err: (text) => void (err += text), isScreen: false });
  return { status, err };
}

describe('folders', () => {
  it('are made with those above them, and may be there already', () => {
    makeFolder(join(folder, 'a', 'b', 'c'));
    makeFolder(join(folder, 'a', 'b', 'c'));
    expect(statSync(join(folder, 'a', 'b', 'c')).isDirectory()).toBe(true);
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolder(join(folder, 'file'))).toThrow(/no folder/);
    expect(() => makeFolder(join(folder, 'file', 'below'))).toThrow();
  });

  it('below /proc, where none can be made, end in one line', async () => {
    const { status, err } = await busbar('decompose', '--task', 'synthetic', '--samples', '50', '--shuffles', '0', '--out', '/proc/foo/bar');
    expect(status).toBe(2);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain('/proc/foo');
  });

  it('a radial grid has no substation to split for long, and says which', async () => {
    const { status, err } = await busbar('decompose', '--task', 'case33bw', '--samples', '40', '--shuffles', '0');
    expect(status).toBe(2);
    expect(err).toMatch(/substation \d+ of case33bw .* transitions/);
  });

  it('a grid of small substations is measured without splits', async () => {
    expect((await busbar('bench', '--suite', 'topology', '--case', 'case9', '--quick', '--backend', 'wasm', '--json')).status).toBe(0);
  });
});
