/** The folder of a training: who may work in it, what may be changed between beginning and going on, what is wrong in its files. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint, type PlainData } from '../../src/agents/node-index.js';
import { run } from '../../src/cli/run.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-train-folder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]): string => join(folder, ...parts);
const text = (...parts: string[]): string => readFileSync(at(...parts), 'utf8');

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const status = await run(args, { out: (piece) => (out += piece), err: (piece) => (err += piece), isScreen: false });
  return { status, out, err };
}

const SHORT = ['--set', 'hidden=[8]', '--set', 'rolloutSteps=32', '--evaluations', '1', '--episodes', '3', '--learning-backend', 'wasm'];
const POLE = ['--task', 'cartpole', '--agent', 'ppo', '--steps', '512', ...SHORT];
const MODULE = fileURLToPath(new URL('../environments/modules/parcel.ts', import.meta.url));

/** Throws where a command did not end with one line that says this. */
function expectRefused({ status, out, err }: { status: number; out: string; err: string }, message: string | RegExp): void {
  expect([status, out]).toEqual([2, '']);
  expect(err).toMatch(/^busbar: [^\n]*\n$/);
  if (typeof message === 'string') expect(err).toContain(message);
  else expect(err).toMatch(message);
}

beforeAll(async () => {
  expect((await busbar('train', ...POLE, '--out', at('pole'))).status).toBe(0);
});

/** A copy of the first training. */
function copy(name: string): string {
  cpSync(at('pole'), at(name), { recursive: true });
  return at(name);
}

describe('a training that goes on', () => {
  it.each([
    ['taskOptions', { noise: 1 }, '{"noise":1}', '{}'],
    ['steps', 640, '640', '512'],
    ['evaluations', 2, '2', '1'],
    ['episodes', 4, '4', '3'],
    ['evaluationSeed', 5, '5', '0'],
    ['evaluationOptions', { a: 1 }, '{"a":1}', '{}'],
    ['evaluationReset', { state: [0, 0, 0, 0] }, '{"state":[0,0,0,0]}', '{}'],
    ['evaluationEach', 'state', '"state"', 'null'],
  ])('refuses another %s, with both values', async (key, value, now, then) => {
    const path = copy(`changed-${key}`);
    const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, [key]: value }));
    const before = readFileSync(join(path, 'checkpoint.bin'));
    const found = await busbar('train', '--resume', path);
    // A task that does not know an option is told of first.
    if (key === 'taskOptions') expectRefused(found, 'cartpole has no option');
    else expectRefused(found, `${join(path, 'config.json')}: ${key} is ${now}, and the training was begun with ${then}; put that back`);
    expect(readFileSync(join(path, 'checkpoint.bin'))).toEqual(before);
    expect(readdirSync(path).filter((name) => name.includes('.lock'))).toEqual([]);
  });

  it('refuses other settings of the agent, and takes other threads', async () => {
    const path = copy('settings');
    const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as { settings: object };
    writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, settings: { ...config.settings, clip: 0.3 } }));
    expectRefused(
      await busbar('train', '--resume', path),
      'the saved training has the setting clip 0.2, and this one 0.3; resume it as it was begun',
    );
    writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, workers: 2 }));
    expect((await busbar('train', '--resume', path)).status).toBe(0);
    expect((await busbar('train', '--resume', path, '--workers', '1')).status).toBe(0);
    expect(text('settings', 'policy.json')).toBe(text('pole', 'policy.json'));
    expectRefused(
      await busbar('train', '--resume', path, '--episodes', '7'),
      'takes no --episodes; beside it there may be --target, --workers, --module,',
    );
  });

  it('clears what processes that were killed left behind, and nothing else', async () => {
    const path = copy('leftovers');
    const left = ['checkpoint.bin.4711.tmp', 'policy.json.1.tmp', 'events.out.tfevents.1700000000.busbar.12.tmp', 'train.lock.99'];
    for (const name of [...left, 'notes.77.tmp', 'mine.txt']) writeFileSync(join(path, name), 'x');
    expect((await busbar('train', '--resume', path)).status).toBe(0);
    const names = readdirSync(path);
    expect(names.filter((name) => left.includes(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['notes.77.tmp', 'mine.txt', 'checkpoint.bin']));
  });
});

describe('two trainings in one folder', () => {
  it('are refused while the first one runs, and no more when it has ended, however it did', async () => {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const args = ['train', '--task', 'cartpole', '--agent', 'ppo', '--steps', '100000000', '--out', at('shared'), ...SHORT];
    // What a killed process may leave of a folder that it had just begun.
    mkdirSync(at('shared'));
    writeFileSync(at('shared', 'config.json.1.tmp'), '{');
    writeFileSync(at('shared', 'train.lock'), JSON.stringify({ process: 2 ** 22 + 1, host: hostname(), began: '1' }));
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], { stdio: 'ignore' });
    const ended = new Promise((done) => child.once('close', done));
    while (!existsSync(at('shared', 'config.json'))) {
      expect(child.exitCode).toBeNull();
      await new Promise((done) => setTimeout(done, 20));
    }
    const busy = new RegExp(`shared is in use: a training is going on in process ${child.pid}; wait for it, or name another folder with --out`);
    expectRefused(await busbar('train', '--resume', at('shared')), busy);
    // Nothing of the one that runs was taken away.
    expect(existsSync(at('shared', 'train.lock'))).toBe(true);
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(at('shared', 'train.lock'))).toBe(true);
    // No state was saved yet: what goes on begins at the first step, and may as well be short.
    writeFileSync(at('shared', 'config.json'), text('shared', 'config.json').replace('100000000', '512'));
    expect((await busbar('train', '--resume', at('shared'))).status).toBe(0);
    expect(existsSync(at('shared', 'train.lock'))).toBe(false);
  }, 60_000);
});

describe('checkpoints with a right checksum and wrong content', () => {
  const original = (): Record<string, PlainData> => decodeCheckpoint(readFileSync(at('pole', 'checkpoint.bin'))) as Record<string, PlainData>;

  /** Every place of plain data, but within long arrays. */
  function* places(data: PlainData, path: readonly (string | number)[] = []): Generator<readonly (string | number)[]> {
    if (path.length > 0) yield path;
    if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) return;
    const names = Array.isArray(data) ? [...data.keys()].slice(0, 2) : Object.keys(data);
    for (const name of names) yield* places((data as Record<string, PlainData>)[name], [...path, name]);
  }

  function replaced(data: PlainData, [name, ...rest]: readonly (string | number)[], by: PlainData): PlainData {
    const inner = rest.length > 0 ? replaced((data as Record<string, PlainData>)[name], rest, by) : by;
    return Array.isArray(data) ? data.map((entry, k) => (k === name ? inner : (entry as PlainData))) : { ...(data as object), [name]: inner };
  }

  it('are refused in one line, whatever stands where', async () => {
    const path = copy('damaged');
    const data = original();
    const all = [...places(data)];
    expect(all.length).toBeGreaterThan(150);
    const nonsense: PlainData[] = [null, 'x', -1.5, Number.NaN, [], {}, Float32Array.of(1)];
    let refused = 0;
    for (const [k, place] of all.entries()) {
      const by = nonsense[k % nonsense.length];
      writeFileSync(join(path, 'checkpoint.bin'), encodeCheckpoint(replaced(data, place, by)));
      const { status, err } = await busbar('train', '--resume', path);
      const what = `${place.join('.')} as ${String(by)}: ${err}`;
      // Some values may be anything: a date, a version.
      expect([0, 2], what).toContain(status);
      if (status === 2) expect(err, what).toMatch(/^busbar: [^\n]*\n$/);
      refused += status === 2 ? 1 : 0;
    }
    expect(refused / all.length).toBeGreaterThan(0.8);
  }, 120_000);

  it.each([
    [['state', 'records'], 'x', 'checkpoint.bin: the saved training is damaged: records is "x"; it must be an array'],
    [['state', 'records', 0, 'evaluation', 'mean'], null, 'mean of the evaluation of record 0 is null; it must be a finite number'],
    [['state', 'settings'], [1], 'settings is an array; it must be settings by name'],
    [['state', 'seconds'], 'long', 'seconds is "long"; it must be seconds, a finite number from 0'],
    [['best'], { steps: 1 }, 'checkpoint.bin: it does not say which policy was the best so far'],
    [['best', 'policy', 'head'], 'none', 'the head of a saved policy is "none"'],
    [['state', 'agentState', 'permutation'], new Int32Array(128), 'this is no saved state of ppo with these settings'],
    [['state', 'agentState', 'draws'], 'many', 'the saved training is damaged: the state of ppo cannot be restored'],
    [['config'], null, 'it does not say what the training was begun with'],
  ] as [(string | number)[], PlainData, string][])('%j', async (place, by, message) => {
    const path = copy('content');
    writeFileSync(join(path, 'checkpoint.bin'), encodeCheckpoint(replaced(original(), place, by)));
    expectRefused(await busbar('train', '--resume', path), message);
  });
});

describe('files that are none', () => {
  it('pipes, devices and folders are refused before they are opened', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const regular = 'not a regular file; name';
    expectRefused(await busbar('train', '--config', at('pipe')), `${at('pipe')} is a pipe or a device, ${regular} a configuration of busbar train`);
    expectRefused(await busbar('train', '--config', '/dev/zero'), `/dev/zero is a pipe or a device, ${regular}`);
    expectRefused(await busbar('train', '--config', folder), `is a folder, ${regular}`);
    expectRefused(await busbar('evaluate', '--policy', at('pipe')), `is a pipe or a device, ${regular} a saved policy`);
    const path = copy('piped');
    rmSync(join(path, 'checkpoint.bin'));
    execFileSync('mkfifo', [join(path, 'checkpoint.bin')]);
    expectRefused(await busbar('train', '--resume', path), 'checkpoint.bin is no regular file');
  });
});

describe('settings and options of odd names', () => {
  const never = ['--task', 'cartpole', '--agent', 'ppo', '--out', at('never')];
  it.each([
    [['--set', '__proto__=5'], 'ppo has no setting "__proto__"'],
    [['--set', '__proto__={"clip":0.5}'], 'ppo has no setting "__proto__"'],
    [['--set', 'constructor=5'], 'ppo has no setting "constructor"'],
    [['--set', 'toString=5'], 'ppo has no setting "toString"'],
    [['--options', '{"__proto__": {"x": 1}}'], 'the task cartpole has no option "__proto__"'],
    [['--evaluation-options', '{"workers": 2}'], 'evaluationTaskOptions has "workers", which is no option of a task'],
    [['--evaluation-options', '{"module": "x"}'], 'evaluationTaskOptions has "module"'],
    [['--evaluation-options', '{"environments": 3}'], 'evaluationTaskOptions has "environments"'],
    [['--evaluation-options', '{"x": 3}'], 'the task cartpole has no option "x"'],
  ])('%j', async (args, message) => {
    expectRefused(await busbar('train', ...never, ...args), message);
    expect(existsSync(at('never'))).toBe(false);
  });

  it('the option of resets that counts is tried for every episode before training begins', async () => {
    const days = ['--task', 'voltvar-ieee13', '--agent', 'ppo', '--out', at('never'), '--evaluation-each', 'episode'];
    const found = await busbar('train', ...days, '--episodes', '10000', '--set', 'environments=1', '--set', 'minibatches=1');
    expectRefused(found, /episode \d+ of evaluations: .*episode/);
    expect(existsSync(at('never'))).toBe(false);
  });
});

describe("a task of a module of one's own", () => {
  const PARCEL = ['--task', 'parcel', '--agent', 'ppo', '--steps', '256', ...SHORT];

  it('is trained on, and known again when it goes on, is evaluated and exported', () => {
    // In processes of their own, which know nothing of the module but what stands in the folder.
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const alone = (...args: string[]): { out: string; status: number } => {
      try {
        return {
          out: execFileSync(process.execPath, ['--import', 'tsx', main, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
          status: 0,
        };
      } catch (error) {
        const { stderr, status } = error as { stderr: string; status: number };
        return { out: stderr, status };
      }
    };
    expect(alone('train', ...PARCEL, '--out', at('parcel'))).toMatchObject({
      status: 2,
      out: expect.stringContaining('there is no task named "parcel"') as string,
    });
    expect(alone('train', ...PARCEL, '--out', at('parcel'), '--module', MODULE).out).toMatch(/^parcel, ppo, seed 0: 256 steps\n/);
    expect(JSON.parse(text('parcel', 'config.json'))).toMatchObject({ task: 'parcel', module: MODULE });
    expect(alone('train', '--resume', at('parcel')).status).toBe(0);
    expect(alone('evaluate', '--policy', at('parcel'), '--episodes', '2').out).toMatch(/^parcel, policy .*: 2 episodes, seeds 0 to 1\n/);
    expect(alone('export', '--policy', at('parcel')).out).toMatch(/^wrote /);
    // A configuration names its module from where it stands.
    writeFileSync(at('by-path.json'), JSON.stringify({ task: 'parcel', agent: 'ppo', module: 'no-such.js' }));
    expect(alone('train', '--config', at('by-path.json'), '--out', at('never'))).toMatchObject({
      status: 2,
      out: expect.stringContaining(`there is no file ${at('no-such.js')}, the module of the task`) as string,
    });
  }, 120_000);
});
