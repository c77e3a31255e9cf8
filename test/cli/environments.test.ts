/** The commands about environments: lists, evaluation, rollouts to files, pictures. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterAll, describe, expect, it } from 'vitest';
import { readPart } from '../../src/cli/parquet-join.js';
import { type RolloutRequest, rollOut } from '../../src/cli/rollout-parts.js';
import { run } from '../../src/cli/run.js';
import { make, type SpaceRecord, spaceFromJSON } from '../../src/environments/node-index.js';
import '../environments/shelves-task.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-environments-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const status = await run(args, { out: (text) => (out += text), err: (text) => (err += text), isScreen: false });
  return { status, out, err };
}

interface Transition {
  episode_id: number;
  step: number;
  observations: number[];
  actions: number[];
  rewards: number;
  terminations: boolean;
  truncations: boolean;
  behaviour_log_probabilities: number;
  final_observations: number[] | null;
  action_masks?: boolean[];
  costs?: Record<string, number>;
  infos?: Record<string, number | null>;
}

function bufferOf(path: string): ArrayBuffer {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

async function rowsOf(path: string): Promise<Transition[]> {
  const rows = (await parquetReadObjects({ file: bufferOf(path) })) as unknown as Transition[];
  return rows.map((row) => ({ ...row, final_observations: row.final_observations ?? null }));
}

function valueOf(path: string, key: string): Record<string, unknown> {
  const entry = parquetMetadata(bufferOf(path)).key_value_metadata?.find((one) => one.key === key);
  return JSON.parse(entry?.value ?? 'null') as Record<string, unknown>;
}

describe('busbar tasks', () => {
  it('lists tasks and describes one', async () => {
    const list = await busbar('tasks', '--json');
    expect(list).toMatchObject({ status: 0, err: '' });
    const { tasks } = JSON.parse(list.out) as { tasks: { id: string }[] };
    expect(tasks.map(({ id }) => id)).toEqual(expect.arrayContaining(['cartpole', 'pendulum', 'frozenlake']));
    expect((await busbar('tasks')).out).toMatch(/^id +title\n[^]*\ncartpole +CartPole/);

    const one = JSON.parse((await busbar('tasks', 'pendulum', '--json')).out) as Record<string, unknown>;
    expect(one).toMatchObject({
      id: 'pendulum',
      maxSteps: 200,
      actionNames: ['torque'],
      namedActions: { none: [0] },
      policies: expect.arrayContaining(['none', 'greedy']) as string[],
    });
    expect(spaceFromJSON(one.actionSpace as SpaceRecord).describe()).toBe('Box(-2, 2, 1)');
    const text = (await busbar('tasks', 'frozenlake', '--options', '{"map": "8x8"}')).out;
    expect(text).toContain('Discrete(64)');
    expect(text).toContain('200 steps at most');
    expect(text).toContain('greedy: tries every single change');
    expect(text).toMatch(
      / optimum: [^\n]*; only where an episode has at most 200000 courses, and 4 actions a step over up to 200 steps may be more\n/,
    );
    expect(text).toMatch(/\n {2}not had {7}none: it names no action that does nothing\n {16}native: it has no controls of its own\n/);
    expect(one.policiesRefused).toMatchObject({ optimum: 'its action space Box(-2, 2, 1) has numbers of boxes, which cannot all be tried' });
    expect((await busbar('tasks', 'voltvar-ieee13')).out).toContain('resets        may choose episode, 0 to 72\n');
  });

  it.each([
    [['tasks', 'cartpol'], 'there is no task named "cartpol"; there are cartpole'],
    [['tasks', 'frozenlake', '--options', '{"map": "9x9"}'], 'the option map of frozenlake is "9x9"'],
    [['tasks', 'frozenlake', '--options', '8x8'], '--options is 8x8; it must be a JSON object, as in \'{"name": 1}\''],
    [['evaluate', '--policy', 'random'], 'evaluate: name a task with --task ID'],
    [['evaluate', '--task', 'cartpole'], 'evaluate: name a policy with --policy NAME; busbar tasks cartpole lists them'],
    [['evaluate', '--task', 'cartpole', '--policy', 'lefd'], 'there is no policy "lefd" for cartpole; there are left'],
    [['evaluate', '--task', 'cartpole', '--policy', 'left', '--episodes', '0'], '--episodes is 0; it must be at least 1'],
    [['evaluate', '--task', 'cartpole', '--policy', 'left', '--seed', '-1'], '--seed'],
    [['rollout', '--task', 'cartpole', '--policy', 'left'], 'name the file to write with --out FILE'],
    [
      ['rollout', '--task', 'cartpole', '--policy', 'left', '--out', 'x', '--steps', '5', '--episodes', '2'],
      '--episodes and --steps exclude each other',
    ],
    [['rollout', '--task', 'cartpole', '--policy', 'left', '--out', '/no/such/folder/x'], 'there is no folder /no/such/folder'],
    [['render', '--task', 'cartpole', '--steps', 'x'], '--steps is "x"; it must be a number'],
    [['render', '--task', 'cartpole', '--out', 'x.png'], 'render: --out x.png ends on .png, and render writes SVG; name a file that ends on .svg'],
    [['rollout', '--task', 'cartpole', '--policy', 'left', '--out', 'x.csv'], 'rollout writes Parquet; name a file that ends on .parquet'],
    [['evaluate', '--task', 'cartpole', '--policy', 'left', '--module', 'no.js'], 'evaluate: --module no.js: there is no such file'],
    [['evaluate', '--task', 'cartpole', '--policy', 'left', '--module', 'src'], 'evaluate: --module src is no file'],
    [['evaluate', '--task', 'cartpole', '--policy', 'left', '--workers', 'all'], '--workers is "all"; it must be a number'],
    [
      ['evaluate', '--task', 'voltvar-ieee13', '--policy', 'none', '--each', 'episode', '--episodes', '100'],
      'evaluate: --each episode counts from 0 to 99, and voltvar-ieee13 has episode 0 to 72; give --episodes 73 at most',
    ],
    [
      ['rollout', '--task', 'voltvar-ieee13', '--policy', 'none', '--each', 'episode', '--episodes', '74', '--out', 'x.parquet'],
      'rollout: --each episode counts from 0 to 73, and voltvar-ieee13 has episode 0 to 72',
    ],
    [
      ['evaluate', '--task', 'cartpole', '--policy', 'left', '--each', 'episode', '--episodes', '2'],
      'episode 0: a reset of cartpole has no option "episode"',
    ],
    [
      ['evaluate', '--task', 'voltvar-ieee13', '--policy', 'none', '--each', 'episode', '--reset', '{"episode": 3}', '--episodes', '2'],
      'evaluate: --each episode sets what --reset sets too',
    ],
    [
      ['evaluate', '--task', 'pendulum', '--policy', 'optimum'],
      'the policy optimum cannot be had for pendulum: its action space Box(-2, 2, 1) has numbers',
    ],
  ])('%j is refused in one line', async (args, message) => {
    const { status, out, err } = await busbar(...args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^busbar: [^\n]*\n$/);
    expect(err).toContain(message);
  });
});

describe('busbar evaluate', () => {
  it('prints one object, the same for any number of environments and workers', async () => {
    const args = ['evaluate', '--task', 'cartpole', '--policy', 'left', '--episodes', '30', '--seed', '7', '--json'];
    const { status, out, err } = await busbar(...args);
    expect([status, err]).toEqual([0, '']);
    const record = JSON.parse(out) as { return: { mean: number; min: number; max: number }; episodeReturns: number[]; stepsPerSecond: number };
    // A cart pushed always the same way loses its pole after 8 to 10 steps.
    expect([record.return.min, record.return.max]).toEqual([8, 10]);
    expect(record).toMatchObject({ task: 'cartpole', policy: 'left', episodes: 30, seed: 7, workers: 1, environments: 30, terminatedShare: 1 });
    expect(record.stepsPerSecond).toBeGreaterThan(0);
    const environment = await make('cartpole');
    environment.reset({ seed: 7 + 29 });
    let steps = 0;
    do steps += 1;
    while (!environment.step(0).terminated);
    expect(record.episodeReturns[29]).toBe(steps);
    for (const more of [
      ['--environments', '4'],
      ['--workers', '2', '--environments', '16'],
    ]) {
      const other = JSON.parse((await busbar(...args, ...more)).out) as { episodeReturns: number[] };
      expect(other.episodeReturns).toEqual(record.episodeReturns);
    }
  });

  it('prints a table', async () => {
    const { out } = await busbar('evaluate', '--task', 'shelves', '--policy', 'top', '--episodes', '4');
    expect(out).toMatch(/^shelves, policy top: 4 episodes, seeds 0 to 3\n +mean +sd +min +max\nreturn +-/);
    expect(out).toMatch(/\ncost moves +3 +0 +3 +3\n0 % ended by their own rules; \d+ steps\/s in 4 environments on 1 thread\n$/);
    const one = await busbar('evaluate', '--task', 'pendulum', '--policy', 'none', '--episodes', '1', '--reset', '{"state": [1, 0.5]}');
    expect(one.out).toMatch(/\nreturn +-1066\.07 +- +-1066\.07 +-1066\.07\n/);
  });
});

describe('busbar render', () => {
  it('shows text and writes SVG', async () => {
    expect((await busbar('render', '--task', 'frozenlake')).out).toMatch(/^\[S\] F {2}F {2}F \n[^]*\nstep 0\n$/);
    expect((await busbar('render', '--task', 'frozenlake', '--policy', 'left', '--steps', '3')).out).toContain('step 3\n');
    const path = join(folder, 'pole.svg');
    const { out } = await busbar('render', '--task', 'cartpole', '--policy', 'left', '--steps', '500', '--out', path);
    expect(out).toMatch(/^wrote .*pole\.svg: cartpole, seed 0, after (8|9|10) steps\n$/);
    expect(readFileSync(path, 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });
});

describe('a task of one’s own', () => {
  const source = fileURLToPath(new URL('../../src/environments/node-index.ts', import.meta.url));
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const module = join(folder, 'street.mts');
  writeFileSync(
    module,
    `import { defineTask, registerTask, seriesProfiles } from ${JSON.stringify(source)};
     const devices = [{ kind: 'capacitor', name: 'cap1' }];
     const profiles = seriesProfiles({ stepSeconds: 900, load: [[0.5, 0.6], [0.7, 0.8]] });
     registerTask('street', () => defineTask({ id: 'street', grid: 'ieee13', devices, profiles }));`,
  );

  it('is evaluated, rolled out and drawn by the commands, on threads too', () => {
    const busbarProcess = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
      spawnSync(process.execPath, ['--import', 'tsx', main, ...args, '--task', 'street', '--module', module], { encoding: 'utf8', timeout: 60_000 });
    const evaluated = ['1', '2', 'auto'].map((workers) => {
      const { status, stdout, stderr } = busbarProcess(
        'evaluate',
        '--policy',
        'random',
        '--episodes',
        '4',
        '--environments',
        '4',
        '--workers',
        workers,
        '--json',
      );
      expect([status, stderr]).toEqual([0, '']);
      return JSON.parse(stdout) as { episodeReturns: number[]; workers: number };
    });
    expect(evaluated[1].workers).toBe(2);
    for (const { episodeReturns } of evaluated) expect(episodeReturns).toEqual(evaluated[0].episodeReturns);
    const out = join(folder, 'street.parquet');
    expect(busbarProcess('rollout', '--policy', 'neutral', '--each', 'day', '--episodes', '2', '--out', out)).toMatchObject({
      status: 0,
      stderr: '',
    });
    const rendered = busbarProcess('render', '--steps', '1');
    expect([rendered.status, rendered.stderr]).toEqual([0, '']);
    expect(rendered.stdout).toContain('street, day ');
    const tooMany = busbarProcess('rollout', '--policy', 'neutral', '--each', 'day', '--episodes', '3', '--out', join(folder, 'more.parquet'));
    expect([tooMany.status, tooMany.stderr]).toEqual([
      2,
      'busbar: rollout: --each day counts from 0 to 2, and street has day 0 to 1; give --episodes 2 at most\n',
    ]);
  }, 120_000);
});

describe('busbar rollout --each', () => {
  it('sets the option of each reset to the episode’s number, and names the episode that there is not', async () => {
    const path = join(folder, 'days.parquet');
    const args = ['rollout', '--task', 'voltvar-ieee13', '--policy', 'none', '--each', 'episode', '--out', path];
    expect(await busbar(...args, '--episodes', '3')).toMatchObject({ status: 0, err: '' });
    const days = new Map((await rowsOf(path)).map(({ episode_id, infos }) => [episode_id, infos?.episode]));
    expect([...days]).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    expect(valueOf(path, 'busbar')).toMatchObject({ each: 'episode' });
    // By steps it is not known beforehand how many episodes there will be.
    const { status, err } = await busbar(...args.slice(0, -1), join(folder, 'too-many.parquet'), '--steps', '1800', '--part-episodes', '80');
    expect([status, err]).toEqual([2, 'busbar: episode 73: the episode is 73; give a whole number from 0 to 72\n']);
  });
});

describe('busbar rollout', () => {
  it('writes transitions that are those of the environments', async () => {
    const path = join(folder, 'cartpole.parquet');
    const { status, out } = await busbar(
      'rollout',
      '--task',
      'cartpole',
      '--policy',
      'random',
      '--policy-seed',
      '3',
      '--episodes',
      '23',
      '--seed',
      '50',
      '--part-episodes',
      '10',
      '--out',
      path,
    );
    expect(status).toBe(0);
    expect(out).toMatch(/^wrote .*: \d+ transitions of 23 episodes of cartpole in /);
    const rows = await rowsOf(path);
    let at = 0;
    const environment = await make('cartpole');
    for (let episode = 0; episode < 23; episode++) {
      let { observation } = environment.reset({ seed: 50 + episode });
      for (let step = 0, ended = false; !ended; step++, at++) {
        const action = environment.sampleAction(3);
        const result = environment.step(action);
        ended = result.terminated || result.truncated;
        expect(rows[at]).toEqual({
          episode_id: episode,
          step,
          observations: Array.from(observation),
          actions: Array.from(action),
          rewards: 1,
          terminations: result.terminated,
          truncations: result.truncated,
          behaviour_log_probabilities: expect.closeTo(-Math.log(2), 12) as number,
          final_observations: ended ? Array.from(result.observation) : null,
        });
        observation = result.observation;
      }
    }
    expect(rows).toHaveLength(at);
    expect(valueOf(path, 'busbar')).toMatchObject({
      task: 'cartpole',
      policy: 'random',
      policySeed: 3,
      seed: 50,
      episodes: 23,
      version: expect.stringMatching(/^\d/) as string,
    });
    expect(valueOf(path, 'busbar.totals')).toEqual({ total_episodes: 23, total_steps: at });
    expect(parquetMetadata(bufferOf(path)).row_groups).toHaveLength(3);
    expect(readdirSync(folder).filter((name) => name.startsWith('cartpole'))).toEqual(['cartpole.parquet']);
  });

  it('keeps masks, costs, infos and numbers', async () => {
    const masked = join(folder, 'toggles.parquet');
    await busbar('rollout', '--task', 'toggles', '--policy', 'random', '--episodes', '12', '--out', masked);
    for (const { action_masks: masks, actions, observations, behaviour_log_probabilities: logProbability, step } of await rowsOf(masked)) {
      expect(masks).toEqual(Array.from({ length: 4 }, (_, k) => ((observations[0] >> k) & 1) === 0));
      expect(masks?.[actions[0]]).toBe(true);
      expect(logProbability).toBeCloseTo(-Math.log(4 - step), 12);
    }
    const costs = join(folder, 'shelves.parquet');
    await busbar('rollout', '--task', 'shelves', '--policy', 'greedy', '--episodes', '5', '--options', '{"continuous": true}', '--out', costs);
    const rows = await rowsOf(costs);
    expect(rows).toHaveLength(30);
    rows.forEach(({ costs: found, observations, actions, truncations, step }) => {
      expect(found?.moves).toBeCloseTo(Math.abs(actions[0] - observations[0]), 6);
      expect(truncations).toBe(step === 5);
    });
    const infos = join(folder, 'lake.parquet');
    await busbar('rollout', '--task', 'frozenlake', '--policy', 'right', '--episodes', '5', '--out', infos);
    for (const { infos: found, behaviour_log_probabilities: logProbability } of await rowsOf(infos)) {
      expect(found).toEqual({ probability: expect.closeTo(1 / 3, 12) as number });
      expect(logProbability).toBe(0);
    }
  });

  it('stops after so many transitions, the last episode cut', async () => {
    const whole = join(folder, 'whole.parquet');
    const cut = join(folder, 'cut.parquet');
    await busbar('rollout', '--task', 'cartpole', '--policy', 'random', '--episodes', '30', '--out', whole);
    await busbar('rollout', '--task', 'cartpole', '--policy', 'random', '--steps', '100', '--part-episodes', '2', '--out', cut);
    const [all, some] = [await rowsOf(whole), await rowsOf(cut)];
    expect(some).toHaveLength(100);
    expect(some.slice(0, 99)).toEqual(all.slice(0, 99));
    expect(all[99].final_observations).toBeNull();
    expect(some[99]).toEqual({ ...all[99], truncations: true, final_observations: all[100].observations });
  });

  const request = (out: string, more: Partial<RolloutRequest> = {}): RolloutRequest => ({
    id: 'cartpole',
    taskOptions: {},
    backend: undefined,
    policy: 'random',
    policySeed: 0,
    seed: 9,
    environments: undefined,
    workers: undefined,
    maxSteps: undefined,
    resetOptions: undefined,
    out,
    amount: { episodes: 50 },
    partEpisodes: 8,
    ...more,
  });

  it('goes on after an interruption to the same bytes, whatever the environments and workers', async () => {
    const whole = join(folder, 'one-go.parquet');
    expect(await rollOut(request(whole))).toMatchObject({ episodes: 50, parts: 7, partsFound: 0 });
    const broken = join(folder, 'broken.parquet');
    const stop = rollOut(request(broken), (done) => {
      if (done > 30) throw new Error('the lights went out');
    });
    await expect(stop).rejects.toThrow('the lights went out');
    expect(existsSync(broken)).toBe(false);
    const left = readdirSync(folder).filter((name) => name.startsWith('broken'));
    expect(left).toEqual(['broken.parquet.part-0000', 'broken.parquet.part-0001', 'broken.parquet.part-0002']);
    // Each part is a file of its own.
    for (const [part, name] of left.entries()) {
      const rows = await rowsOf(join(folder, name));
      expect([...new Set(rows.map((row) => row.episode_id))]).toEqual(Array.from({ length: 8 }, (_, k) => 8 * part + k));
    }
    expect(await rollOut(request(broken, { environments: 3 }))).toMatchObject({ episodes: 50, parts: 7, partsFound: 3 });
    expect(readFileSync(broken).equals(readFileSync(whole))).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith('broken'))).toEqual(['broken.parquet']);
    const threads = join(folder, 'threads.parquet');
    await rollOut(request(threads, { environments: 8, workers: 2 }));
    expect(readFileSync(threads).equals(readFileSync(whole))).toBe(true);
  });

  it('goes on by steps, and refuses parts of another rollout and damaged ones', async () => {
    const amount = { steps: 400 };
    const whole = join(folder, 'steps.parquet');
    await rollOut(request(whole, { amount }));
    const broken = join(folder, 'stopped.parquet');
    await expect(
      rollOut(request(broken, { amount }), (done) => {
        if (done > 200) throw new Error('stop');
      }),
    ).rejects.toThrow('stop');
    await expect(rollOut(request(broken, { amount, seed: 10 }))).rejects.toThrow(
      /stopped\.parquet\.part-0000 is of another rollout \(seed 9, not 10\); remove it, or name another/,
    );
    expect((await rollOut(request(broken, { amount }))).partsFound).toBeGreaterThan(0);
    expect(readFileSync(broken).equals(readFileSync(whole))).toBe(true);
    expect(await rowsOf(whole)).toHaveLength(400);

    const damaged = join(folder, 'damaged.parquet');
    writeFileSync(`${damaged}.part-0000`, readFileSync(whole).subarray(0, 1000));
    await expect(rollOut(request(damaged))).rejects.toThrow(
      /damaged\.parquet\.part-0000 cannot be read as Parquet .*; remove it, it will be made again/,
    );
  });

  it('refuses a file that another process is writing, and takes over what one that has ended left', async () => {
    const out = join(folder, 'locked.parquet');
    const lock = `${out}.lock`;
    const inFirst = rollOut(request(out, { amount: { episodes: 8 } }));
    await expect(rollOut(request(out, { amount: { episodes: 8 } }))).rejects.toThrow(
      new RegExp(
        `locked\\.parquet is being written by process ${process.pid}; wait for it, or name another file with --out \\(.*remove .*\\.lock\\)$`,
      ),
    );
    await inFirst;
    expect(existsSync(lock)).toBe(false);

    // A process that has ended; one whose number was given out again; a lock that was never written to its end.
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const stale = [
      JSON.stringify({ process: pid, host: hostname(), began: '' }),
      ...(existsSync('/proc/self/stat') ? [JSON.stringify({ process: process.pid, host: hostname(), began: '1' })] : []),
      '{"process"',
      '{}',
    ];
    for (const text of stale) {
      writeFileSync(lock, text);
      utimesSync(lock, 1, 1);
      expect(await rollOut(request(out, { amount: { episodes: 8 } }))).toMatchObject({ episodes: 8 });
      expect(readdirSync(folder).filter((name) => name.startsWith('locked'))).toEqual(['locked.parquet']);
    }
    for (const [text, message] of [
      ['', /is being written by another process/],
      [JSON.stringify({ process: 1, host: 'elsewhere', began: '' }), /is being written by process 1 on elsewhere/],
    ] as const) {
      writeFileSync(lock, text);
      await expect(rollOut(request(out))).rejects.toThrow(message);
      expect(readFileSync(lock, 'utf8')).toBe(text);
    }
    await expect(rollOut(request(join(folder, 'no', 'folder.parquet')))).rejects.toThrow(/^cannot write .*folder\.parquet\.lock: /);
  });

  it.each(['SIGKILL', 'SIGINT'] as const)('leaves whole parts where the process is ended by %s', async (signal) => {
    const name = `ended-${signal}.parquet`;
    const out = join(folder, name);
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const args = ['rollout', '--task', 'cartpole', '--policy', 'random', '--episodes', '20000', '--part-episodes', '100', '--out', out];
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], { stdio: 'ignore' });
    const ended = new Promise((done) => child.once('exit', (_code, by) => done(by)));
    while (!existsSync(`${out}.part-0001`)) {
      expect(child.exitCode).toBeNull();
      await new Promise((done) => setTimeout(done, 5));
    }
    child.kill(signal);
    expect(await ended).toBe(signal);
    expect(existsSync(out)).toBe(false);
    const parts = readdirSync(folder).filter((part) => part.startsWith(name) && /\.part-\d+$/.test(part));
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(Number(readPart(join(folder, part)).metadata.num_rows)).toBeGreaterThan(800);
    // A rollout of fewer episodes is another one: its parts say so.
    const { status, err } = await busbar(...args.map((word) => (word === '20000' ? '300' : word)));
    expect(status).toBe(2);
    expect(err).toContain('is of another rollout (episodes 20000, not 300)');
  });
});
