/** Agents of clusters: that a seed repeats a run, that a saved run goes on to the same numbers, that they learn, and that their policies act from files. */
import { describe, expect, it } from 'vitest';
import { LearnedPolicy, policyFromJSON, policyToJSON, policyToOnnx, type TrainingState, train } from '../../../src/agents/node-index.js';
import { evaluate, makeTask } from '../../../src/environments/node-index.js';
import { RING_MODULE } from './ring-task.js';

const SMALL = {
  environments: 16,
  rolloutSteps: 16,
  decisions: 64,
  minibatch: 32,
  learningRate: 0.003,
  valueClip: 0,
  normaliseObservations: true,
  normaliseRewards: true,
};
const TWO = { ...SMALL, clusters: '0,1|2,3', observation: 'partial' };
const KINDS: [string, Record<string, unknown>][] = [
  ['central', SMALL],
  ['two clusters that see their own', TWO],
  ['a learned dispatcher', { ...TWO, dispatcher: 'learned' }],
];

describe.each(KINDS)('training: %s', (kind, settings) => {
  const options = { steps: 2048, seed: 3, settings, evaluations: 1, evaluationEpisodes: 8 };

  it('repeats itself with the same seed, and not with another', async () => {
    const first = await train('ring', 'clusters', options);
    // Threads change nothing; they take seconds to start, so that one case has them.
    const again = await train('ring', 'clusters', { ...options, ...(kind === 'a learned dispatcher' ? { workers: 2, module: RING_MODULE } : {}) });
    expect(again.policy).toEqual(first.policy);
    expect(again.records.map(({ evaluation, metrics }) => ({ evaluation, metrics }))).toEqual(
      first.records.map(({ evaluation, metrics }) => ({ evaluation, metrics })),
    );
    expect(first.records.at(-1)?.metrics.updates).toBeGreaterThan(0);
    const other = await train('ring', 'clusters', { ...options, seed: 4 });
    expect(other.policy.network.parameters).not.toEqual(first.policy.network.parameters);
  });

  it('goes on from a checkpoint to the same policy', async () => {
    const states: TrainingState[] = [];
    const whole = await train('ring', 'clusters', { ...options, onCheckpoint: (state) => void states.push(structuredClone(state())) });
    expect(states[0].agentState).toBeDefined();
    const resumed = await train('ring', 'clusters', { ...options, resume: states[0] });
    expect(resumed.policy).toEqual(whole.policy);
    expect(resumed.records.map(({ metrics }) => metrics)).toEqual(whole.records.map(({ metrics }) => metrics));
  });

  it('beats doing nothing and itself before training', async () => {
    const judge = async (policy: ConstructorParameters<typeof LearnedPolicy>[0]): Promise<number> =>
      (await evaluate('ring', new LearnedPolicy(policy), { episodes: 100, seed: 500 })).lengths.mean;
    const none = (await evaluate('ring', 'none', { episodes: 100, seed: 500 })).lengths.mean;
    const untrained = await train('ring', 'clusters', { ...options, steps: 1, evaluations: 0 });
    const trained = await train('ring', 'clusters', { ...options, steps: 32_768, evaluations: 0 });
    const [before, after] = [await judge(untrained.policy), await judge(trained.policy)];
    expect(none).toBeLessThan(25);
    expect(after).toBeGreaterThan(35);
    expect(after).toBeGreaterThan(before);
  });

  it('acts out of a file as it did, in any number of environments, with chance too', async () => {
    const { policy } = await train('ring', 'clusters', options);
    const read = policyFromJSON(JSON.parse(JSON.stringify(policyToJSON(policy))));
    for (const stochastic of [false, true]) {
      const make = (data: typeof policy): LearnedPolicy => new LearnedPolicy(data, { stochastic, seed: 2 });
      const first = await evaluate('ring', make(policy), { episodes: 20, seed: 40 });
      const again = await evaluate('ring', make(read), { episodes: 20, seed: 40, environments: 3 });
      expect(again.episodeLengths).toEqual(first.episodeLengths);
    }
    const drawn = await evaluate('ring', new LearnedPolicy(read, { stochastic: true, seed: 3 }), { episodes: 20, seed: 40 });
    const other = await evaluate('ring', new LearnedPolicy(read, { stochastic: true, seed: 2 }), { episodes: 20, seed: 40 });
    expect(drawn.episodeLengths).not.toEqual(other.episodeLengths);
  });
});

describe('what cannot be', () => {
  const once = { steps: 512, evaluations: 0, evaluationEpisodes: 1 };

  it('is told of in one line', async () => {
    await expect(train('cartpole', 'clusters', once)).rejects.toThrow('clusters cannot learn cartpole: it has no network of substations and lines');
    await expect(train('ring', 'clusters', { ...once, settings: { clusters: '0;1' } })).rejects.toThrow(
      'the setting clusters of clusters is "0;1"; give "central", "each", or numbers of substations',
    );
    await expect(train('ring', 'clusters', { ...once, settings: { clusters: '0,1|2' } })).rejects.toThrow('no substation of cluster 1 has choices');
    await expect(train('ring', 'clusters', { ...once, settings: { nothing: true, dispatcher: 'learned' } })).rejects.toThrow(
      'a learned dispatcher may do nothing already',
    );
  });

  it('is refused of saved policies', async () => {
    const { policy } = await train('ring', 'clusters', { ...once, settings: TWO });
    const json = JSON.parse(JSON.stringify(policyToJSON(policy)));
    expect(() => policyFromJSON({ ...json, clusters: undefined })).toThrow('the clusters of a saved policy are undefined');
    expect(() => policyFromJSON({ ...json, clusters: { ...json.clusters, dispatcher: 'best' } })).toThrow(
      /setting dispatcher of a saved policy of clusters is "best"/,
    );
    const lacking = policyFromJSON({ ...json, clusters: { ...json.clusters, networks: [] } });
    const task = await makeTask('ring', {});
    expect(() => new LearnedPolicy(lacking).checkFits(task)).toThrow('has 1 networks, and its clusters and dispatcher need 2');
    expect(() => new LearnedPolicy(policyFromJSON({ ...json, clusters: { ...json.clusters, observation: 'full' } })).checkFits(task)).toThrow(
      'network 0 of a saved policy of clusters takes 9 numbers and gives 6; ring needs 12 and 6',
    );
    expect(() => new LearnedPolicy(policy).choose(new Float32Array(12), new Uint8Array(14), new Float64Array(1))).toThrow('use act() in a vector');
    expect(() => policyToOnnx(policy)).toThrow('are no single model');
  });
});
