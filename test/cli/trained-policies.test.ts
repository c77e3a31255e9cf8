/** Trained policies in the commands: evaluated, compared, rolled out, drawn, exported. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { InferenceSession, env as runtime, Tensor } from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LearnedPolicy, type PolicyJSON, policyFromJSON, train } from '../../src/agents/node-index.js';
import { run } from '../../src/cli/run.js';
import { evaluate } from '../../src/environments/node-index.js';
import '../environments/toy-task.js';
import '../environments/shelves-task.js';

runtime.wasm.numThreads = 1;

const folder = mkdtempSync(join(tmpdir(), 'busbar-trained-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]): string => join(folder, ...parts);

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const status = await run(args, { out: (text) => (out += text), err: (text) => (err += text), isScreen: false });
  return { status, out, err };
}

const learn = (name: string, ...args: string[]) =>
  busbar(
    'train',
    '--agent',
    'ppo',
    '--steps',
    '600',
    '--evaluations',
    '0',
    '--episodes',
    '2',
    '--set',
    'hidden=[8]',
    '--set',
    'rolloutSteps=32',
    '--out',
    at(name),
    ...args,
  );

const policyOf = (name: string) => policyFromJSON(JSON.parse(readFileSync(at(name, 'policy.json'), 'utf8')) as PolicyJSON);

beforeAll(async () => {
  await learn('pole', '--task', 'cartpole');
  await learn('lake', '--task', 'frozenlake', '--options', '{"map": "8x8"}');
  await learn('swing', '--task', 'pendulum');
  await learn('toggles', '--task', 'toggles');
});

describe('busbar evaluate', () => {
  it('takes a file or a folder, with its own task, and gives what the policy gives', async () => {
    const { out, err } = await busbar('evaluate', '--policy', at('pole'), '--episodes', '30', '--seed', '5', '--json');
    expect(err).toBe('');
    const record = JSON.parse(out) as { episodeReturns: number[]; policy: string; trained: object };
    const expected = await evaluate('cartpole', new LearnedPolicy(policyOf('pole')), { episodes: 30, seed: 5 });
    expect(record.episodeReturns).toEqual([...expected.episodeReturns]);
    expect(record).toMatchObject({ task: 'cartpole', policy: at('pole'), trained: { agent: 'ppo', task: 'cartpole', seed: 0, steps: 640 } });
    // As for a policy by its name, but for that last key.
    const named = JSON.parse((await busbar('evaluate', '--task', 'cartpole', '--policy', 'left', '--episodes', '2', '--json')).out) as object;
    expect(Object.keys(record)).toEqual([...Object.keys(named), 'trained']);
    const table = await busbar('evaluate', '--policy', at('pole', 'policy.json'), '--episodes', '3');
    expect(table.out).toMatch(/^cartpole, policy \S+policy\.json \(ppo, seed 0, 640 steps\): 3 episodes, seeds 0 to 2\n +mean +sd/);
    // A lake of 64 fields, as its own options say, and not of 16.
    const lake = JSON.parse((await busbar('evaluate', '--policy', at('lake'), '--episodes', '9', '--json')).out) as {
      episodeReturns: number[];
      episodeLengths: number[];
    };
    const own = await evaluate('frozenlake', new LearnedPolicy(policyOf('lake')), { episodes: 9, taskOptions: { map: '8x8' } });
    expect(lake.episodeLengths).toEqual([...own.episodeLengths]);
    const usual = await evaluate('frozenlake', new LearnedPolicy(policyOf('lake')), { episodes: 9 });
    expect(lake.episodeLengths).not.toEqual([...usual.episodeLengths]);
  });

  it('compares policies in one table', async () => {
    const { out } = await busbar('evaluate', '--policy', at('toggles'), '--policy', 'greedy', '--compare', 'random', '--episodes', '4');
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toBe('toggles: 4 episodes, seeds 0 to 3');
    expect(lines[1]).toMatch(/^policy +return +sd +min +max +length/);
    expect(lines.slice(2, 5).map((line) => line.split(' ')[0])).toEqual([at('toggles'), 'greedy', 'random']);
    const { policies, ...rest } = JSON.parse(
      (await busbar('evaluate', '--task', 'shelves', '--compare', 'top,random', '--episodes', '3', '--json')).out,
    ) as {
      policies: Record<string, unknown>[];
    };
    expect(rest).toEqual({ task: 'shelves', episodes: 3, seed: 0 });
    expect(policies.map(({ policy }) => policy)).toEqual(['top', 'random']);
    const alone = JSON.parse((await busbar('evaluate', '--task', 'shelves', '--policy', 'random', '--episodes', '3', '--json')).out) as Record<
      string,
      unknown
    >;
    expect(policies[1]).toMatchObject({ episodeReturns: alone.episodeReturns, costs: alone.costs });
    const costs = await busbar('evaluate', '--task', 'shelves', '--compare', 'top,random', '--episodes', '3');
    expect(costs.out.split('\n')[1]).toMatch(/length +cost moves$/);
    expect(costs.out.split('\n')[2]).toMatch(/ 3$/);
  });

  it('shows those that can be had beside one that cannot, with the reason', async () => {
    const few = ['--task', 'cartpole', '--policy', 'left', '--episodes', '3'];
    const { status, out, err } = await busbar('evaluate', ...few, '--compare', `native,${at('swing')},right`);
    expect([status, err]).toEqual([0, expect.stringContaining('was trained on pendulum, not on cartpole')]);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[2]).toMatch(/^left +9\.66667 /);
    expect(lines[3]).toMatch(/^native +- +- +- +- +- +the policy native cannot be had for cartpole: it has no controls of its own/);
    expect(lines[4]).toMatch(/swing \(ppo, .* +- +- +- +- +- +.*policy\.json: the policy was trained on pendulum and does not fit cartpole: /);
    expect(lines[5]).toMatch(/^right +9/);
    const json = await busbar('evaluate', ...few, '--compare', 'native', '--json');
    const { policies } = JSON.parse(json.out) as { policies: { policy: string; error?: string; return?: object }[] };
    expect(json.status).toBe(0);
    expect(policies).toMatchObject([
      { policy: 'left', return: { mean: expect.closeTo(9.667, 2) as number } },
      { policy: 'native', error: expect.stringContaining('it has no controls of its own') as string },
    ]);
    expect(policies[1].return).toBeUndefined();
    // None of them: bad input, as for one alone; so is a name that there is not.
    for (const args of [
      ['--policy', 'native'],
      ['--policy', 'native', '--compare', 'none'],
    ]) {
      const refused = await busbar('evaluate', '--task', 'cartpole', '--episodes', '3', ...args);
      expect([refused.status, refused.out]).toEqual([2, '']);
      expect(refused.err).toMatch(/^busbar: the policy native cannot be had for cartpole: [^\n]*\n$/);
    }
    expect((await busbar('evaluate', ...few, '--compare', 'gredy')).err).toBe(
      'busbar: there is no policy "gredy" for cartpole; there are greedy, random, optimum, left, right\n',
    );
  });

  it('draws where it is asked to, and tells of other options than those of the training', async () => {
    const drawn = async (seed: string): Promise<number[]> =>
      (
        JSON.parse((await busbar('evaluate', '--policy', at('pole'), '--stochastic', '--policy-seed', seed, '--episodes', '20', '--json')).out) as {
          episodeReturns: number[];
        }
      ).episodeReturns;
    expect(await drawn('1')).toEqual(await drawn('1'));
    expect(await drawn('1')).not.toEqual(await drawn('2'));
    const { err } = await busbar('evaluate', '--policy', at('lake'), '--options', '{"map": "8x8", "slippery": false}', '--episodes', '1');
    expect(err).toMatch(
      /^note: \S+lake was trained with the task's options \{"map":"8x8"\}; they are \{"map": "8x8", "slippery": false\} here, as --options says\n$/,
    );
  });

  it.each([
    [
      ['--policy', at('nothing', 'policy.json')],
      /there is no file or folder .*; --policy takes a policy's name, a policy\.json or the folder of a run/,
    ],
    [['--policy', at('empty')], /the folder .*empty holds no policy\.json/],
    [['--policy', at('broken.json')], /broken\.json:2:1: this is no JSON: there is the end of the file where a value should be/],
    [['--policy', at('foreign.json')], /foreign\.json: this is no saved policy of busbar, or of a version that is not known here/],
    [['--policy', at('odd.json')], /odd\.json: the taskOptions of a saved policy are null; they must be an object/],
    [
      ['--policy', at('pole'), '--task', 'pendulum'],
      /policy\.json: the policy was trained on cartpole and does not fit pendulum: observations Box\(.*, 4\) there, Box\(.*, 3\) here; actions Discrete\(2\) there, Box\(-2, 2, 1\) here$/,
    ],
    [['--policy', at('pole'), '--policy', at('lake')], /was trained on cartpole and .*lake on frozenlake; say which with --task ID/],
    [['--policy', at('pole'), '--compare', 'left,'], /--compare is "left,"; write policies with commas between them/],
    [['--policy', at('pole'), '--compare', 'greedi'], /there is no policy "greedi" for cartpole; there are greedy/],
    [['--task', 'cartpole', '--policy', 'left', '--compare', 'left'], /the policy left is named twice/],
    [['--task', 'cartpole', '--policy', 'left', '--stochastic'], /--stochastic is for trained policies/],
    [['--task', 'cartpole', '--policy', 'left', '--learning-backend', 'wasm'], /--learning-backend is for trained policies/],
    [['--policy', at('pole'), '--options', '{'], /--options is \{; it must be a JSON object/],
  ])('refuses %j', async (args, message) => {
    mkdirSync(at('empty'), { recursive: true });
    writeFileSync(at('broken.json'), '{ "format":\n');
    writeFileSync(at('foreign.json'), '{ "format": "other" }');
    writeFileSync(at('odd.json'), readFileSync(at('pole', 'policy.json'), 'utf8').replace('"taskOptions":{}', '"taskOptions":null'));
    const { status, out, err } = await busbar('evaluate', ...args);
    expect([status, out]).toEqual([2, '']);
    expect(err.split('\n').filter((line) => !line.startsWith('note: '))).toEqual([expect.stringMatching(message), '']);
  });
});

describe('busbar rollout and render', () => {
  interface Row {
    observations: number[];
    actions: number[];
    behaviour_log_probabilities: number;
  }
  const bufferOf = (path: string): ArrayBuffer => {
    const bytes = readFileSync(path);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  };
  const rowsOf = async (path: string): Promise<Row[]> => (await parquetReadObjects({ file: bufferOf(path) })) as unknown as Row[];
  const described = (path: string): Record<string, unknown> =>
    JSON.parse(parquetMetadata(bufferOf(path)).key_value_metadata?.find(({ key }) => key === 'busbar')?.value ?? '') as Record<string, unknown>;

  it('keep the likeliest actions, with nothing drawn', async () => {
    expect((await busbar('rollout', '--policy', at('pole'), '--episodes', '4', '--out', at('likely.parquet'))).status).toBe(0);
    const rows = await rowsOf(at('likely.parquet'));
    const acting = new LearnedPolicy(policyOf('pole'));
    const chosen = new Float64Array(rows.length);
    acting.choose(Float32Array.from(rows.flatMap(({ observations }) => observations)), new Uint8Array(0), chosen);
    expect(rows.map(({ actions }) => actions[0])).toEqual([...chosen]);
    expect(rows.every(({ behaviour_log_probabilities: log }) => log === 0)).toBe(true);
    expect(described(at('likely.parquet'))).toMatchObject({
      policy: 'ppo',
      trained: { seed: 0, steps: 640, stochastic: false, digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    });
  });

  it('keep drawn actions with the probabilities that they had', async () => {
    const args = ['rollout', '--policy', at('swing'), '--stochastic', '--policy-seed', '3', '--episodes', '3', '--out', at('drawn.parquet')];
    expect((await busbar(...args)).status).toBe(0);
    const rows = await rowsOf(at('drawn.parquet'));
    const data = policyOf('swing');
    const { loadNetwork } = await import('../../src/learning/node-index.js');
    const network = loadNetwork(data.network, { batch: 1 });
    let cut = 0;
    for (const { observations, actions, behaviour_log_probabilities: log } of rows) {
      // A box from -2 to 2: the distribution's unit is 2.
      const [mean, logDeviation] = network.forward(Float32Array.from(observations));
      const z = (actions[0] / 2 - mean) / Math.exp(logDeviation);
      if (Math.abs(actions[0]) === 2) cut += 1;
      else expect(log).toBeCloseTo(-0.5 * z * z - logDeviation - 0.5 * Math.log(2 * Math.PI) - Math.log(2), 5);
    }
    expect(cut).toBeGreaterThan(0);
    expect(cut).toBeLessThan(rows.length / 2);
    // Parts of another policy are of another rollout.
    expect((await busbar(...args.slice(0, -1), at('again.parquet'), '--environments', '1')).status).toBe(0);
    expect(readFileSync(at('again.parquet')).equals(readFileSync(at('drawn.parquet')))).toBe(true);
  });

  it('draw where a trained policy leads', async () => {
    expect((await busbar('render', '--task', 'frozenlake', '--options', '{"map": "8x8"}', '--policy', at('lake'), '--steps', '3')).out).toMatch(
      /step [123]\n$/,
    );
    expect((await busbar('render', '--policy', at('lake'))).out).toContain('step 0\n');
  });
});

describe('busbar export', () => {
  it('writes a model that acts as the policy, with masks where the task masks', async () => {
    const { out } = await busbar('export', '--policy', at('toggles'));
    expect(out).toMatch(/^wrote \S+toggles\/policy\.onnx: \d+ bytes, ppo on toggles, with masks\n$/);
    const session = await InferenceSession.create(readFileSync(at('toggles', 'policy.onnx')));
    expect(session.inputNames).toEqual(['observations', 'mask']);
    const policy = new LearnedPolicy(policyOf('toggles'));
    const masks = Uint8Array.of(1, 0, 1, 1, 0, 0, 1, 0);
    const width = policy.data.observation;
    const observations = Float32Array.from({ length: 2 * width }, (_, k) => k % 3);
    const rows = new Float64Array(2);
    policy.choose(observations, masks, rows);
    const { action } = await session.run({ observations: new Tensor('float32', observations, [2, width]), mask: new Tensor('bool', masks, [2, 4]) });
    expect([...(action.data as Float32Array)]).toEqual([...rows]);
    expect(
      JSON.parse((await busbar('export', '--policy', at('toggles', 'policy.json'), '--out', at('plain.onnx'), '--mask', 'no', '--json')).out),
    ).toMatchObject({
      file: at('plain.onnx'),
      masked: false,
      task: 'toggles',
    });
    expect((await InferenceSession.create(readFileSync(at('plain.onnx')))).inputNames).toEqual(['observations']);
  });

  it.each([
    [[], 'export: name a policy with --policy PATH'],
    [['--policy', 'greedy'], 'export: there is no file greedy'],
    [['--policy', at('pole'), '--out', at('no', 'x.onnx')], 'there is no folder'],
    [['--policy', at('pole', 'policy.json'), '--out', at('pole', 'policy.json')], 'is the file that is read; name another file'],
    [['--policy', at('swing'), '--mask', 'yes'], 'there is nothing to mask'],
  ])('refuses %j', async (args, message) => {
    const { status, out, err } = await busbar('export', ...args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).toMatch(/^busbar: [^\n]*\n$/);
  });
});

it('a policy of values has nothing to draw from', async () => {
  const { policy } = await train('cartpole', 'ppo', {
    steps: 64,
    settings: { rolloutSteps: 16, hidden: [4] },
    evaluations: 0,
    evaluationEpisodes: 1,
  });
  expect(() => new LearnedPolicy({ ...policy, head: 'values' }, { stochastic: true })).toThrow('has no probabilities to draw from');
});
