/** Where the command writes: never over what is no result, never half, and never with a stack trace. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { account } from '../../src/cli/account.js';
import { solveTarget } from '../../src/cli/engine.js';
import { run } from '../../src/cli/run.js';
import { solutionRecord } from '../../src/powerflow/index.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-output-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const SCRIPT = 'new circuit.a basekv=12.47\nnew line.l bus1=sourcebus bus2=b r1=0.1 x1=0.2\nnew load.d bus1=b kv=12.47 kw=100\n';
writeFileSync(at('x.dss'), SCRIPT);

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const got = { out: '', err: '' };
  const status = await run(args, { out: (text) => void (got.out += text), err: (text) => void (got.err += text), isScreen: false });
  return { status, ...got };
}

describe('a file to be written', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('is there whole, and nothing beside it, where %s comes in the middle', (signal) => {
    const path = at(`${signal}.json`);
    // The signal arrives between writing and renaming.
    const program = `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const rename = fs.renameSync;
      fs.renameSync = (from, to) => { process.kill(process.pid, '${signal}'); rename(from, to); };
      syncBuiltinESMExports();
      const { writeFileWhole } = await import(${JSON.stringify(new URL('../../src/cli/files.ts', import.meta.url).href)});
      writeFileWhole(${JSON.stringify(path)}, 'whole');
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      console.log('still here');
    `;
    const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { encoding: 'utf8', timeout: 30_000 });
    expect(child.stderr).toBe('');
    expect([child.signal, child.stdout]).toEqual([signal, '']);
    expect(readFileSync(path, 'utf8')).toBe('whole');
    expect(readdirSync(folder).filter((name) => name.startsWith(signal))).toEqual([`${signal}.json`]);
  });

  it('may be reached through links, which stay', async () => {
    writeFileSync(at('real.json'), 'old');
    chmodSync(at('real.json'), 0o640);
    symlinkSync('real.json', at('link.json'));
    symlinkSync('new.json', at('dangling.json'));
    for (const [link, real] of [
      ['link.json', 'real.json'],
      ['dangling.json', 'new.json'],
    ]) {
      const { status, err } = await busbar('solve', at('x.dss'), '--out', at(link));
      expect(err).toBe('');
      expect(status).toBe(0);
      expect(lstatSync(at(link)).isSymbolicLink()).toBe(true);
      expect(readFileSync(at(real), 'utf8')).toContain('"converged": true');
    }
    expect(statSync(at('real.json')).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is neither the input nor another output, by any name', async () => {
    symlinkSync('x.dss', at('alias.dss'));
    linkSync(at('x.dss'), at('hard.dss'));
    for (const args of [
      ['--out', at('x.dss')],
      ['--svg', at('alias.dss')],
      ['--out', at('hard.dss')],
      ['--out', at('one'), '--svg', at('./one')],
      ['--out', at('real.json'), '--svg', at('link.json')],
    ]) {
      const { status, err } = await busbar('solve', at('x.dss'), ...args);
      expect(status).toBe(2);
      expect(err).toMatch(/^busbar: --(out|svg) .* is the file (that is read|of --out too); name another file\n$/);
    }
    expect((await busbar('qsts', at('x.dss'), '--out', at('x.dss'))).status).toBe(2);
    expect(readFileSync(at('x.dss'), 'utf8')).toBe(SCRIPT);
    expect(existsSync(at('one'))).toBe(false);
  });

  it('is a regular file in a folder that is there', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    symlinkSync('pipe', at('to-pipe'));
    symlinkSync('round', at('round'));
    for (const [name, message] of [
      ['pipe', 'it is a pipe or a device'],
      ['to-pipe', 'it is a pipe or a device'],
      ['round', 'leads round in a circle'],
      ['.', 'it is a folder'],
      ['nowhere/x.json', 'there is no folder'],
      ['x.dss/y.json', 'is no folder'],
    ]) {
      for (const option of ['--out', '--svg']) {
        const { status, out, err } = await busbar('solve', at('x.dss'), option, at(name));
        expect(status).toBe(2);
        expect(out).toBe('');
        expect(err).toMatch(/^busbar: cannot write [^\n]+\n$/);
        expect(err).toContain(message);
      }
    }
    expect(statSync(at('pipe')).isFIFO()).toBe(true);
    expect(existsSync(at('nowhere'))).toBe(false);
  });
});

describe('what is printed', () => {
  it('lets no escape of a file through to the screen', async () => {
    writeFileSync(at('esc.dss'), SCRIPT.replace('circuit.a', 'circuit.a\u001b[2J').replaceAll('load.d', 'load.d\u001b[1m'));
    for (const args of [['solve', at('esc.dss')], ['qsts', at('esc.dss'), '--duration', '2m'], ['solve', 'x\u001b[2J'], ['sol\u001b[2J']]) {
      const { out, err } = await busbar(...args);
      expect(out + err).not.toContain('\u001b');
    }
  });

  it('writes no sign before a zero, and no share of no power', async () => {
    const solved = await solveTarget({ target: at('x.dss') }, () => {});
    const record = solutionRecord(solved.solver, solved.report, solved);
    expect(account(solved, { ...record, lossesW: -1e-9 })).toMatch(/losses +0\.0000 kW \(0\.00 %\)/);
    expect(account(solved, { ...record, lossesW: 1e-9, sourcePowerKw: 1e-9 })).toContain(' kW (-) ');
  });

  it('advises only what was not tried', async () => {
    const collapse = at('collapse.dss');
    writeFileSync(collapse, SCRIPT.replace('kw=100', 'kw=1e6 kvar=5e5 vminpu=0 vlowpu=0'));
    const { status, err } = await busbar('solve', 'ieee13', '--max-iterations', '1', '--method', 'newton');
    expect(status).toBe(3);
    expect(err).toMatch(/try more --max-iterations or a smaller --load-multiplier/);
    expect(err).not.toContain('--method newton');
    expect((await busbar('solve', collapse)).err).toMatch(/mismatch \d.*worst at/);
  });
});

describe('a command line', () => {
  it.each([
    [['solve', 'ieee13', '--toString=3'], 'there is no option --toString'],
    [['solve', 'ieee13', '--constructor', '5'], 'there is no option --constructor'],
    [['solve', 'ieee13', '--__proto__', '5'], 'there is no option --__proto__'],
    [['qsts', 'ieee13', '--start', '1e300d'], '--start is "1e300d"'],
    [['qsts', 'ieee13', '--step', '0s'], '--step is "0s"'],
    [['solve', 'ieee13', '--load-multiplier', '1e300'], '--load-multiplier is 1e300; it must be at most'],
    [['help', 'foo'], 'there is no command "foo"'],
    [['help', 'toString'], 'there is no command "toString"'],
  ])('refuses %j', async (args, message) => {
    const { status, err } = await busbar(...args);
    expect(status).toBe(2);
    expect(err).toMatch(/^busbar: [^\n]+\n$/);
    expect(err).toContain(message);
  });

  it('may start at 0, as the help says', async () => {
    for (const start of ['0s', '0']) expect((await busbar('qsts', 'ieee13', '--start', start, '--duration', '2m')).status).toBe(0);
    expect((await busbar('help', 'solve')).out).toContain('Usage: busbar solve');
  });
});

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const shell = (redirected: string): { status: number | null; stdout: string; stderr: string } =>
  spawnSync('sh', ['-c', `${JSON.stringify(process.execPath)} --import tsx ${JSON.stringify(MAIN)} ${redirected}`], { encoding: 'utf8' });

describe.skipIf(!existsSync('/dev/full'))('a full disk (needs /dev/full)', () => {
  it('is one line and a status of its own', () => {
    for (const command of ['feeders', 'solve ieee13 --json']) {
      const { status, stderr } = shell(`${command} >/dev/full`);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^busbar: standard output cannot be written: ENOSPC[^\n]*\n$/);
    }
    expect(shell('solve nope 2>/dev/full').status).toBe(2);
    expect(shell('feeders >/dev/full 2>/dev/full').status).toBe(1);
  }, 60_000);

  it('is not meant by a reader that stops early', () => {
    const { status, stderr } = shell('solve ieee8500 --json | head -1');
    expect(status).toBe(0);
    expect(stderr).toBe('');
  }, 60_000);
});
