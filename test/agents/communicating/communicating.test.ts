/** Communicating agents: that a seed repeats a run, that a saved run goes on to the same numbers, that policies act as they were trained, and that messages are learnt. */
import { describe, expect, it } from 'vitest';
import { agentRewards, rewardWeights } from '../../../src/agents/communicating/team-rewards.js';
import { COMMUNICATING_TUNED } from '../../../src/agents/communicating/tuned.js';
import { LearnedPolicy, policyFromJSON, policyToJSON, policyToOnnx, type TrainingState, train } from '../../../src/agents/node-index.js';
import { collectEpisodes, evaluate, InfoTable, makeTask, makeVector } from '../../../src/environments/node-index.js';
import { RELAY_STEPS, relayTask } from './relay-task.js';

const SMALL = { preset: 'published', environments: 4, rolloutSteps: 8, hidden: 8 };
const SHORT = { steps: 256, settings: SMALL, evaluations: 2, evaluationEpisodes: 3 };

describe('training', () => {
  it.each(['powernet', 'dial', 'neurcomm'])('of %s repeats itself with the same seed, and not with another', async (name) => {
    const run = (seed: number) => train('microgrid-6', name, { ...SHORT, seed });
    const [first, again, other] = [await run(3), await run(3), await run(4)];
    const curve = ({ records }: typeof first) =>
      records.map(({ steps, trainingReturn, evaluation, metrics }) => ({ steps, trainingReturn, evaluation, metrics }));
    expect(curve(again)).toEqual(curve(first));
    expect(again.policy).toEqual(first.policy);
    expect(other.policy.network.parameters).not.toEqual(first.policy.network.parameters);
  });

  it.each([
    ['powernet', {}],
    ['consenet', { passes: 2, optimiser: 'adam', bootstrapTruncated: true }],
    ['fprint', { parameters: 'shared', annealLearningRate: true, normaliseAdvantages: true }],
  ])('of %s goes on from a checkpoint to the same policy, in the middle of episodes too', async (name, settings) => {
    const states: TrainingState[] = [];
    // Rollouts of 8 steps and episodes of 20: states are carried over.
    const options = { ...SHORT, seed: 5, settings: { ...SMALL, ...settings } };
    const whole = await train('microgrid-6', name, { ...options, onCheckpoint: (state) => void states.push(structuredClone(state())) });
    const resumed = await train('microgrid-6', name, { ...options, resume: states[0] });
    expect(resumed.policy).toEqual(whole.policy);
    expect(resumed.records.map((one) => one.evaluation)).toEqual(whole.records.map((one) => one.evaluation));
    expect(resumed.records.map((one) => one.metrics)).toEqual(whole.records.map((one) => one.metrics));
  });

  it('learns messages where nothing is to be gained without', async () => {
    const settings = {
      preset: 'published',
      environments: 16,
      rolloutSteps: 8,
      hidden: 16,
      optimiser: 'adam',
      learningRate: 0.01,
      rewardScale: 1,
      gamma: 0,
    };
    const learn = async (name: string, more = {}) => {
      const { policy } = await train(relayTask, name, {
        steps: 12_000,
        seed: 0,
        settings: { ...settings, ...more },
        evaluations: 0,
        evaluationEpisodes: 1,
      });
      return (await evaluate(relayTask, new LearnedPolicy(policy), { episodes: 50, seed: 100 })).returns.mean / (2 * (RELAY_STEPS - 1));
    };
    // By chance 0.5. ConseNet's agents see their own bits alone; PowerNet's must hand them on through their memories.
    expect(await learn('consenet')).toBeLessThan(0.6);
    expect(await learn('powernet', { messages: false })).toBeLessThan(0.6);
    expect(await learn('powernet')).toBeGreaterThan(0.95);
  });

  it('takes the settings tuned for the task, and the published ones where these are asked for', async () => {
    const of = async (settings: object) =>
      (await train('microgrid-6', 'ia2c', { steps: 20, evaluations: 0, evaluationEpisodes: 1, settings: { hidden: 4, ...settings } })).settings;
    const published = await of({ preset: 'published', gamma: 0.9 });
    // wuyou33/PGSIM, configuration files.
    const { environments, rolloutSteps, optimiser, learningRate, gamma, rewardScale, spatialDiscount, gradientNorm, entropyWeight, valueWeight } =
      published;
    expect([environments, rolloutSteps, optimiser, learningRate, gamma]).toEqual([1, 20, 'rmsprop', 5e-4, 0.9]);
    expect([rewardScale, spatialDiscount, gradientNorm, entropyWeight, valueWeight]).toEqual([1 / 2.5, 1, 40, 0.01, 0.5]);
    const tuned = await of({});
    expect(tuned).toEqual({ ...published, ...COMMUNICATING_TUNED['microgrid-6'], preset: 'tuned' });
    expect(tuned.environments).not.toBe(environments);
  });

  it('says what is wrong with what it is given', async () => {
    await expect(train('cartpole', 'powernet', { steps: 10 })).rejects.toThrow(
      'powernet cannot learn cartpole: it has one agent; agents that communicate need a task of several',
    );
    const of = (name: string, settings: object) => train('microgrid-6', name, { steps: 10, settings: settings as Record<string, unknown> });
    await expect(of('ia2c', { spatialDiscont: 0.5 })).rejects.toThrow(/ia2c has no setting "spatialDiscont"; it has spatialDiscount/);
    await expect(of('ia2c', { preset: 'best' })).rejects.toThrow('the setting preset of ia2c is "best"; it may be tuned, published');
    await expect(of('ia2c', { rolloutSteps: 4096, environments: 1024, hidden: 1024 })).rejects.toThrow(
      /a team of 6 in 1024 environments over 4098 steps with memories of 1024 needs more than 2 GiB/,
    );
    await expect(of('consenet', { parameters: 'shared' })).rejects.toThrow(/parameters of consenet cannot be shared: .*; set parameters to own/);
  });
});

describe('policies', () => {
  it.each([
    ['levels', 'own'],
    ['continuous', 'shared'],
  ])('for %s act in each environment as if it were alone, out of JSON too', async (actions, parameters) => {
    const taskOptions = { actions };
    const { policy } = await train('microgrid-6', 'neurcomm', { ...SHORT, taskOptions, seed: 1, settings: { ...SMALL, parameters } });
    const saved = policyFromJSON(JSON.parse(JSON.stringify(policyToJSON(policy))));
    const task = await makeTask('microgrid-6', taskOptions);
    for (const stochastic of [false, true]) {
      const returns = async (environments: number, data = policy) => {
        const acting = new LearnedPolicy(data, { stochastic, seed: 7 });
        return Array.from((await evaluate(task, acting, { episodes: 5, seed: 9, environments })).episodeReturns);
      };
      const together = await returns(5);
      expect(await returns(1)).toEqual(together);
      // Two environments: an episode begins where another one ended.
      expect(await returns(2)).toEqual(together);
      expect(await returns(5, saved)).toEqual(together);
    }
  });

  it('remember: what they do depends on what they saw before', async () => {
    const { policy } = await train('microgrid-6', 'powernet', { ...SHORT, seed: 1, taskOptions: { actions: 'continuous' } });
    const task = await makeTask('microgrid-6', { actions: 'continuous' });
    const vector = await makeVector(task, { environments: 1, autoreset: 'disabled' });
    const acting = new LearnedPolicy(policy);
    const row = new Float64Array(6);
    vector.reset({ seed: 3 });
    acting.act(vector, vector.observations, vector.masks, row);
    const first = [...row];
    vector.step(row);
    acting.act(vector, vector.observations, vector.masks, row);
    const second = [...row];
    // Another policy object has not seen the first step.
    new LearnedPolicy(policy).act(vector, vector.observations, vector.masks, row);
    expect([...row]).not.toEqual(second);
    vector.reset({ seed: 3 });
    acting.act(vector, vector.observations, vector.masks, row);
    expect([...row]).toEqual(first);
    await vector.close();
  });

  it('give log-probabilities in rollouts, and say what they cannot do', async () => {
    const { policy } = await train('microgrid-6', 'commnet', { ...SHORT, seed: 2 });
    const vector = await makeVector('microgrid-6', { environments: 2, autoreset: 'disabled' });
    const acting = new LearnedPolicy(policy, { stochastic: true });
    const logs = collectEpisodes(vector, acting, { episodes: 2, seed: 0 }).flatMap((record) => record.logProbabilities);
    await vector.close();
    expect(logs.length).toBe(40);
    // Six choices of ten, not far from even at the beginning of a training.
    for (const log of logs) expect(Math.abs(log + 6 * Math.log(10))).toBeLessThan(4);
    expect(() => new LearnedPolicy(policy).choose(new Float32Array(54), new Uint8Array(0), new Float64Array(6))).toThrow(
      /commnet remembers what it saw/,
    );
    expect(() => policyToOnnx(policy)).toThrow(/commnet is of several agents who remember/);
  });

  it('that were tampered with are refused', async () => {
    const { policy } = await train('microgrid-6', 'commnet', { ...SHORT, seed: 2 });
    const json = policyToJSON(policy);
    const read = (change: object) => policyFromJSON(JSON.parse(JSON.stringify({ ...json, ...change })));
    expect(() => read({ team: undefined })).toThrow(/has the head communicating and no team/);
    expect(() => read({ head: 'policy' })).toThrow(/has the head policy and a team/);
    expect(() => read({ team: { ...json.team, hidden: 0 } })).toThrow(
      "team's hidden of a saved policy is 0; it must be a whole number from 1 to 1024",
    );
    expect(() => new LearnedPolicy(read({ agent: 'ppo' }))).toThrow(/a saved team is of the agent "ppo"; there are ia2c/);
    expect(() => new LearnedPolicy(read({ team: { ...json.team, further: [] } }))).toThrow(/a team of commnet has 30 networks; saved are 1/);
    expect(() => new LearnedPolicy(read({ team: { ...json.team, neighbours: [[7], [], [], [], [], []] } }))).toThrow(/neighbours of agent 0/);
  });
});

describe('rewards of agents', () => {
  it('are weighed by hops, and those of the last step are of the episode that ended', () => {
    const hopDistances = [
      [0, 1, 2],
      [1, 0, 1],
      [2, 1, 0],
    ];
    const weights = rewardWeights({ hopDistances }, 0.5);
    expect([...weights]).toEqual([1, 0.5, 0.25, 0.5, 1, 0.5, 0.25, 0.5, 1]);
    expect([...rewardWeights({ hopDistances }, 0)]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    const table = (rows: number[]) => new InfoTable(['other', 'a', 'b', 'c'], Float64Array.from(rows), 2);
    const into = new Float64Array(6);
    agentRewards(
      table([9, 1, 2, 4, 9, NaN, NaN, NaN]),
      table([9, NaN, NaN, NaN, 9, 8, 16, 32]),
      Uint8Array.of(0, 1),
      Int32Array.of(1, 2, 3),
      weights,
      10,
      into,
    );
    expect([...into]).toEqual([30, 240, 45, 360, 52.5, 420]);
  });
});
