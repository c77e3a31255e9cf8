/** The command train: the folder of a run, configurations, interruptions. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeCheckpoint, type PolicyJSON, policyFromJSON, type TrainingState } from '../../src/agents/node-index.js';
import { run } from '../../src/cli/run.js';
import { readEvents } from '../agents/event-reader.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-train-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const status = await run(args, { out: (text) => (out += text), err: (text) => (err += text), isScreen: false });
  return { status, out, err };
}

const at = (...parts: string[]): string => join(folder, ...parts);
const text = (...parts: string[]): string => readFileSync(at(...parts), 'utf8');
const json = (...parts: string[]): Record<string, unknown> => JSON.parse(text(...parts)) as Record<string, unknown>;

/** A short training of PPO. */
const SHORT = ['--set', 'hidden=[8]', '--set', 'rolloutSteps=32', '--evaluations', '3', '--episodes', '5', '--learning-backend', 'wasm'];

function train(name: string, ...more: string[]): Promise<{ status: number; out: string; err: string }> {
  return busbar('train', '--task', 'cartpole', '--agent', 'ppo', '--steps', '1100', '--out', at(name), ...SHORT, ...more);
}

/** Rows of metrics.csv but for the time. */
function metricsOf(name: string): string[][] {
  const rows = text(name, 'metrics.csv').trimEnd().split('\n');
  const timed = rows[0].split(',').map((title) => /seconds/i.test(title));
  return rows.map((row) => row.split(',').filter((_, k) => !timed[k]));
}

function eventsOf(name: string): ReturnType<typeof readEvents> {
  const files = readdirSync(at(name)).filter((file) => file.startsWith('events.out.tfevents.'));
  expect(files).toHaveLength(1);
  return readEvents(readFileSync(at(name, files[0])));
}

/** Throws where two folders do not tell of the same training. */
function expectSameRun(a: string, b: string): void {
  for (const file of ['policy.json', 'best-policy.json', 'learning-curve.svg']) expect(text(a, file), file).toBe(text(b, file));
  expect(metricsOf(a)).toEqual(metricsOf(b));
  const timeless = (name: string) =>
    eventsOf(name).map(({ step, version, scalars }) => ({
      step,
      version,
      scalars: Object.fromEntries(Object.entries(scalars).filter(([tag]) => !tag.startsWith('time/'))),
    }));
  expect(timeless(a)).toEqual(timeless(b));
  const { made: _a, ...configA } = json(a, 'config.json');
  const { made: _b, ...configB } = json(b, 'config.json');
  expect(configA).toEqual(configB);
}

describe('busbar train', () => {
  it('writes the folder of a run', async () => {
    const { status, out, err } = await train('whole', '--export-onnx');
    expect(status).toBe(0);
    expect(
      readdirSync(at('whole'))
        .map((name) => name.replace(/\d{10}/, 'TIME'))
        .sort(),
    ).toEqual([
      'best-policy.json',
      'best-policy.onnx',
      'checkpoint.bin',
      'config.json',
      'events.out.tfevents.TIME.busbar',
      'learning-curve.svg',
      'metrics.csv',
      'policy.json',
      'policy.onnx',
    ]);
    expect(out).toMatch(
      /^cartpole, ppo, seed 0: 1152 steps\n {2}time .* % simulating, \d+ % learning\), \d+ steps\/s\n {2}return .*\n {2}best .*\n {2}folder .*\n {2}next {8}npx busbar evaluate --policy /,
    );
    // Without a screen a line an evaluation, and no bar.
    expect(err.split('\n').map((line) => line.split(' ')[0])).toEqual(['384', '640', '896', '1152', '']);
    expect(err).toMatch(/^384 steps: return \S+ \(sd \S+, 5 episodes\), training \S+ \(\d+ episodes\), \S+ s, \d+ % simulating\n/);

    const config = json('whole', 'config.json');
    expect(config).toMatchObject({
      task: 'cartpole',
      taskOptions: {},
      agent: 'ppo',
      steps: 1100,
      seed: 0,
      settings: { hidden: [8], rolloutSteps: 32, epochs: 4, environments: 4 },
      backend: 'auto',
      learningBackend: 'wasm',
      evaluations: 3,
      episodes: 5,
      target: null,
      made: { busbar: expect.stringMatching(/^\d/) as string, node: process.versions.node, learningBackend: 'wasm-simd128' },
    });

    const [head, ...rows] = text('whole', 'metrics.csv')
      .trimEnd()
      .split('\n')
      .map((row) => row.split(','));
    expect(head.slice(0, 11)).toEqual(
      'steps,seconds,simulationSeconds,learningSeconds,episodes,trainingReturn,trainingLength,evaluationMean,evaluationSd,evaluationMin,evaluationMax'.split(
        ',',
      ),
    );
    expect(head).toContain('policyLoss');
    expect(rows.map(([steps]) => steps)).toEqual(['384', '640', '896', '1152']);
    for (const row of rows) {
      expect(row).toHaveLength(head.length);
      expect(row.map(Number).every(Number.isFinite)).toBe(true);
    }
    const mean = head.indexOf('evaluationMean');
    const [version, ...events] = eventsOf('whole');
    expect(version).toMatchObject({ step: 0, version: 'brain.Event:2' });
    expect(events.map(({ step, scalars }) => [step, scalars['evaluation/return']])).toEqual(
      rows.map((row) => [Number(row[0]), Math.fround(Number(row[mean]))]),
    );
    expect(events[0].scalars['agent/policyLoss']).toBe(Math.fround(Number(rows[0][head.indexOf('policyLoss')])));

    const best = policyFromJSON(json('whole', 'best-policy.json') as unknown as PolicyJSON);
    const means = rows.map((row) => Number(row[mean]));
    expect(best.steps).toBe(Number(rows[means.indexOf(Math.max(...means))][0]));
    expect(policyFromJSON(json('whole', 'policy.json') as unknown as PolicyJSON).steps).toBe(1152);
    const { state } = decodeCheckpoint(readFileSync(at('whole', 'checkpoint.bin'))) as unknown as { state: TrainingState };
    expect(state.records.map(({ evaluation }) => evaluation.mean)).toEqual(means);
  });

  it('trains again by config.json, options before it, and prints JSON', async () => {
    const config = at('whole', 'config.json');
    expect((await busbar('train', '--config', config, '--out', at('again'))).status).toBe(0);
    for (const file of ['policy.json', 'learning-curve.svg']) expect(text('again', file)).toBe(text('whole', file));
    const { out } = await busbar(
      'train',
      '--config',
      config,
      '--out',
      at('other'),
      '--seed',
      '1',
      '--set',
      'epochs=2',
      '--environments',
      '8',
      '--json',
    );
    expect(JSON.parse(out)).toMatchObject({
      seed: 1,
      steps: 1280,
      endedEarly: false,
      folder: at('other'),
      settings: { hidden: [8], epochs: 2, environments: 8 },
    });
    expect(json('other', 'config.json')).toMatchObject({ seed: 1, settings: { hidden: [8], epochs: 2, environments: 8 } });
    expect((JSON.parse(out) as { records: unknown[] }).records).toHaveLength(4);
  });

  it('goes on with a training from any state to the same end', async () => {
    // The folder as it was after the second evaluation: what stands in it of later ones is taken out.
    const whole = at('whole');
    const states: Uint8Array[] = [];
    const { RunFolder } = await import('../../src/cli/run-folder.js');
    const save = RunFolder.prototype.checkpoint;
    RunFolder.prototype.checkpoint = async function checkpoint(state) {
      await save.call(this, state);
      states.push(readFileSync(this.file('checkpoint')));
    };
    try {
      await train('states', '--export-onnx');
    } finally {
      RunFolder.prototype.checkpoint = save;
    }
    expect(states).toHaveLength(4);
    for (const [k, state] of states.entries()) {
      const name = `resumed-${k}`;
      cpSync(whole, at(name), { recursive: true });
      writeFileSync(at(name, 'checkpoint.bin'), state);
      if (k === 1) rmSync(at(name, 'metrics.csv'));
      const { status, err } = await busbar('train', '--resume', at(name));
      expect(status).toBe(0);
      // A line an evaluation; of the last state, which is finished, what may be done in place of going on.
      const longer = `\nnpx busbar train --config ${at(name, 'config.json')} --steps 2200 --out ${at(name)}-longer\n`;
      if (k === 3)
        expect(err).toBe(
          `the training is finished: all of its 1100 steps are done. A longer one begins anew, because learning rates and exploration are laid out over all steps:${longer}`,
        );
      else expect(err.split('\n')).toHaveLength(4 - k);
      expectSameRun(name, 'whole');
    }
    // By other kernels, whose last digits differ, not without a word.
    writeFileSync(
      at('resumed-3', 'config.json'),
      text('resumed-3', 'config.json').replace('"learningBackend":"wasm-simd128"', '"learningBackend":"native-avx2"'),
    );
    expect((await busbar('train', '--resume', at('resumed-3'))).err).toMatch(
      /^warning: the training was begun with the learning backend native-avx2 and goes on with wasm-simd128; last digits may differ\n/,
    );
    // Ended before the first checkpoint: from the first step.
    cpSync(whole, at('fresh'), { recursive: true });
    rmSync(at('fresh', 'checkpoint.bin'));
    expect((await busbar('train', '--resume', at('fresh'))).err).toMatch(
      /^there is no checkpoint in .*fresh yet: beginning at the first step\n384 steps/,
    );
    expectSameRun('fresh', 'whole');
    // An events file that was cut off in the middle of a record, and one that is lost.
    cpSync(whole, at('torn'), { recursive: true });
    const events = readdirSync(at('torn')).find((name) => name.startsWith('events')) as string;
    writeFileSync(at('torn', events), readFileSync(at('torn', events)).subarray(0, -7));
    await busbar('train', '--resume', at('torn'));
    expectSameRun('torn', 'whole');
    rmSync(at('torn', events));
    await busbar('train', '--resume', at('torn'));
    expectSameRun('torn', 'whole');
  });

  it('ends at a target and goes on to another', async () => {
    const { out } = await train('target', '--target', '5', '--json');
    expect(JSON.parse(out)).toMatchObject({ steps: 384, endedEarly: true });
    expect((await busbar('train', '--resume', at('target'))).err).toBe(
      `the training ended at its target, a return of 5, after 384 of 1100 steps; to go on, give a higher one:\nnpx busbar train --resume ${at('target')} --target RETURN\n`,
    );
    expect((await busbar('train', '--resume', at('target'), '--target', '100000')).out).toMatch(/^cartpole, ppo, seed 0: 1152 steps\n/);
    expect(json('target', 'config.json').target).toBe(100000);
    expect(text('target', 'policy.json')).toBe(text('whole', 'policy.json'));
  });

  it('takes options of evaluations', async () => {
    const args = ['--evaluation-seed', '7', '--evaluation-reset', '{"state": [0, 0, 0, 0]}'];
    await train('evaluated', ...args);
    const column = metricsOf('evaluated')[0].indexOf('evaluationSd');
    // All episodes begin alike, and are the same without chance.
    expect(
      metricsOf('evaluated')
        .slice(1)
        .map((row) => row[column]),
    ).toEqual(['0', '0', '0', '0']);
  });

  it('lists agents and settings', async () => {
    expect((await busbar('train', '--list-settings')).out).toMatch(/^agent +what it is\n[^]*ppo +proximal policy optimisation/);
    expect((await busbar('train', '--list-settings', '--agent', 'ppo')).out).toMatch(/\nlearningRate +0\.00025 +of Adam, at the start\n/);
  });
});

describe('busbar train refuses', () => {
  const broken = at('broken.json');
  const unknown = at('unknown.json');
  const typed = at('typed.json');
  writeFileSync(broken, '{\n  "task": "cartpole",\n  "steps": 1e5,\n  "agent" "ppo"\n}\n');
  writeFileSync(unknown, '{ "task": "cartpole", "agent": "ppo", "stepz": 5 }');
  writeFileSync(typed, '{ "task": "cartpole", "agent": "ppo", "steps": "many" }');
  mkdirSync(at('full'));
  writeFileSync(at('full', 'notes.txt'), 'mine');
  const new_ = ['--task', 'cartpole', '--agent', 'ppo', '--steps', '200', '--out', at('never')];
  it.each([
    [['--agent', 'ppo'], 'train: name a task with --task ID'],
    [['--task', 'cartpole'], 'train: name an agent with --agent NAME'],
    [['--task', 'cartpol', '--agent', 'ppo', '--out', at('never')], 'there is no task named "cartpol"; there are cartpole'],
    [['--task', 'cartpole', '--agent', 'pqo', '--out', at('never')], 'there is no agent "pqo"; there are ppo'],
    [[...new_, '--set', 'clipp=1'], 'ppo has no setting "clipp"; it has clip'],
    [[...new_, '--set', 'clip=wide'], 'the setting clip of ppo is "wide"; give a number from'],
    [[...new_, '--set', 'clip'], 'train: --set is "clip"; write name=value'],
    [[...new_, '--set', 'clip=1', '--set', 'clip=2'], 'train: --set clip is given twice'],
    [[...new_, '--set', 'environments=1', '--environments', '2'], 'mean the same; give one of them'],
    [[...new_, '--set', 'minibatches=7'], 'are not 7 equal minibatches'],
    [[...new_, '--options', '{"x": 1}'], 'the task cartpole has no option "x"'],
    [[...new_, '--evaluation-each', 'day'], 'day'],
    [[...new_, '--seed', '1e9'], '--seed is 1e9; it must be at most 1048576'],
    [[...new_, '--learning-backend', 'gpu'], '--learning-backend is "gpu"; it may be auto, wasm'],
    [['--task', 'cartpole', '--agent', 'ppo', '--out', at('none', 'deep')], `there is no folder ${at('none')}; make it first`],
    [['--task', 'cartpole', '--agent', 'ppo', '--out', at('full')], 'is not empty; name another with --out DIR'],
    [['--task', 'cartpole', '--agent', 'ppo', '--out', broken], 'is a file; name a folder with --out DIR'],
    [['--config', broken], `${broken}:4:11: this is no JSON: there is "\\"ppo\\"" where a colon should be`],
    [['--config', unknown], `${unknown}: there is no key "stepz", did you mean steps?; there are task, `],
    [['--config', typed], `${typed}: steps is "many"; give a whole number from 1 to`],
    [['--config', at('no.json')], `there is no file ${at('no.json')}`],
    [['--resume', at('full')], 'is no folder of a training: there is no config.json in it'],
    [['--resume', at('full'), '--seed', '3'], '--resume goes on with a training as it was begun, and takes no --seed'],
    [['--resume', at('full'), '--set', 'a=3'], 'takes no --set'],
  ])('%j', async (args, message) => {
    const { status, out, err } = await busbar('train', ...args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^busbar: [^\n]*\n$/);
    expect(err).toContain(message);
    expect(existsSync(at('never'))).toBe(false);
  });

  it('a folder that holds a training, and checkpoints that are none', async () => {
    await train('once');
    const config = text('once', 'config.json');
    expect((await train('once')).err).toMatch(
      /holds a training already; go on with it with --resume .*once, or name another folder with --out DIR\n$/,
    );
    const whole = readFileSync(at('once', 'checkpoint.bin'));
    for (const [bytes, message] of [
      [whole.subarray(0, -9), /^busbar: .*checkpoint\.bin is cut off/],
      [Buffer.from('no checkpoint at all'), /^busbar: .*checkpoint\.bin is no checkpoint of busbar\n$/],
    ] as const) {
      writeFileSync(at('once', 'checkpoint.bin'), bytes);
      const { status, err } = await busbar('train', '--resume', at('once'));
      expect(status).toBe(2);
      expect(err).toMatch(message);
    }
    writeFileSync(at('once', 'checkpoint.bin'), whole);
    writeFileSync(at('once', 'config.json'), config.replace('"seed": 0', '"seed": 1'));
    expect((await busbar('train', '--resume', at('once'))).err).toContain(
      'config.json: seed is 1, and the training was begun with 0; put that back, or',
    );
  });
});

describe('busbar train, interrupted', () => {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const args = (name: string): string[] => ['train', '--task', 'cartpole', '--agent', 'ppo', '--steps', '60000', '--out', at(name), ...SHORT];

  async function interrupted(
    name: string,
    signals: readonly NodeJS.Signals[],
  ): Promise<{ code: number | null; by: string | null; out: string; err: string }> {
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...args(name)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (part) => (out += String(part)));
    child.stderr.on('data', (part) => (err += String(part)));
    const ended = new Promise<[number | null, string | null]>((done) => child.once('close', (code, by) => done([code, by])));
    while (!existsSync(at(name, 'checkpoint.bin'))) {
      expect(child.exitCode, err).toBeNull();
      await new Promise((done) => setTimeout(done, 5));
    }
    for (const signal of signals) child.kill(signal);
    const [code, by] = await ended;
    return { code, by, out, err };
  }

  it('saves at the first Ctrl-C, says how to go on, and goes on to the same end', async () => {
    const { code, out, err } = await interrupted('interrupted', ['SIGINT']);
    expect(code).toBe(130);
    expect(err).toContain('saving; once more ends at once\n');
    const command = /all saved; to go on:\nnpx busbar (train --resume \S+)\n$/.exec(err)?.[1] as string;
    const steps = Number(/^cartpole, ppo, seed 0: (\d+) steps\n/.exec(out)?.[1]);
    expect(steps).toBeLessThan(60000);
    expect(policyFromJSON(json('interrupted', 'policy.json') as unknown as PolicyJSON).steps).toBe(steps);
    expect((await busbar(...command.split(' '))).status).toBe(0);
    expect((await busbar(...args('uninterrupted'))).status).toBe(0);
    expectSameRun('interrupted', 'uninterrupted');
  });

  it('hears Ctrl-C in the middle of an evaluation that would take minutes', async () => {
    const long = ['train', '--task', 'cartpole', '--agent', 'ppo', '--steps', '512', '--out', at('long'), ...SHORT.slice(0, 4)];
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...long, '--evaluations', '0', '--episodes', '1000000'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (part) => (err += String(part)));
    const ended = new Promise<number | null>((done) => child.once('close', done));
    while (!existsSync(at('long', 'config.json'))) {
      expect(child.exitCode, err).toBeNull();
      await new Promise((done) => setTimeout(done, 5));
    }
    // Four rounds of 128 steps, and it is there.
    await new Promise((done) => setTimeout(done, 1500));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(err).toMatch(/^saving; once more ends at once\ninterrupted after 512 of 512 steps, all saved; to go on:\nnpx busbar train --resume /);
    const { state } = decodeCheckpoint(readFileSync(at('long', 'checkpoint.bin'))) as unknown as { state: TrainingState };
    expect(state.records).toEqual([]);
    expect(policyFromJSON(json('long', 'policy.json') as unknown as PolicyJSON).steps).toBe(512);
    expect(existsSync(at('long', 'train.lock'))).toBe(false);
  });

  it.each([['SIGKILL'], ['SIGTERM', 'SIGTERM']] as NodeJS.Signals[][])('leaves whole files where it is ended by %s %s', async (...signals) => {
    const name = `ended-${signals.join('-')}`;
    const { code, by } = await interrupted(name, signals);
    // The second signal may come when all is saved already.
    if (by === null) expect(code).toBe(143);
    else expect(by).toBe(signals[0]);
    if (signals[0] !== 'SIGKILL') expect(readdirSync(at(name)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
    decodeCheckpoint(readFileSync(at(name, 'checkpoint.bin')));
    policyFromJSON(json(name, 'policy.json') as unknown as PolicyJSON);
    expect((await busbar('train', '--resume', at(name))).status).toBe(0);
    expectSameRun(name, 'uninterrupted');
  });
});
