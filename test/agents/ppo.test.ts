/** PPO: the gradients of its loss, that a seed repeats a run, that a saved run goes on to the same numbers, and that it learns. */
import { describe, expect, it } from 'vitest';
import { actionHead, LearnedPolicy, PpoScratch, ppoLoss, type TrainingState, train } from '../../src/agents/node-index.js';
import { Discrete, evaluate, MultiDiscrete } from '../../src/environments/node-index.js';
import type { Distribution } from '../../src/learning/index.js';
import { Categorical, DiagonalGaussian, MultiCategorical, ProductDistribution } from '../../src/learning/index.js';
import { RandomStream } from '../../src/numeric/index.js';
import { normals } from '../learning/networks.js';
import { differences, distance } from '../learning/oracle.js';

const ROWS = 7;
const SETTINGS = { clip: 0.2, entropyWeight: 0.03, valueWeight: 0.5 };

describe.each<[string, Distribution]>([
  ['a choice', new Categorical(4)],
  ['numbers', new DiagonalGaussian(2)],
  ['choices and numbers', new ProductDistribution(new MultiCategorical([3, 2]), new DiagonalGaussian(1))],
])('the loss of %s', (_, distribution) => {
  const at = Float64Array.from(normals(1, ROWS * distribution.parameters, 0.5));
  const values = Float64Array.from(normals(2, ROWS));
  const actions = new Float64Array(ROWS * distribution.actions);
  distribution.sample(at, new RandomStream(3), actions);
  const now = new Float64Array(ROWS);
  distribution.logProbabilities(at, actions, now);
  // Ratios from 0.6 to 1.6, so that some samples are cut and some are not, on both sides.
  const oldLogProbabilities = now.map((log, k) => log - Math.log([0.6, 0.75, 0.9, 1.1, 1.3, 1.6, 1][k]));
  const advantages = Float64Array.from([1, -1, 0.5, -0.7, 1.2, -2, 0.3]);
  const batch = {
    actions,
    masks: new Uint8Array(0),
    oldLogProbabilities,
    advantages,
    oldValues: values.map((v, k) => v + [0, 0.05, -0.1, 0.5, -0.6, 0.1, -0.15][k]),
    returns: Float64Array.from(normals(4, ROWS)),
  };

  it.each([0, 0.2])('has the gradients that finite differences give, values limited to %s', (valueClip) => {
    const settings = { ...SETTINGS, valueClip };
    const evaluateAt = (parameters: Float64Array, someValues: Float64Array) => {
      const gradients: [Float32Array, Float32Array] = [new Float32Array(parameters.length), new Float32Array(ROWS)];
      // The loss takes float32 arrays from networks; doubles serve finite differences.
      const loss = ppoLoss(
        distribution,
        parameters as unknown as Float32Array,
        someValues as unknown as Float32Array,
        batch,
        settings,
        new PpoScratch(ROWS),
        ...gradients,
      );
      return { loss, gradients };
    };
    const { loss, gradients } = evaluateAt(at, values);
    expect(loss.clippedShare).toBeGreaterThan(0.3);
    expect(loss.clippedShare).toBeLessThan(1);
    const byParameters = differences((x) => evaluateAt(x, values).loss.policyTotal, at);
    const byValues = differences((x) => settings.valueWeight * evaluateAt(at, x).loss.valueLoss, values);
    expect(distance(gradients[0], byParameters)).toBeLessThan(1e-6);
    expect(distance(gradients[1], byValues)).toBeLessThan(1e-6);
  });
});

const SMALL = { environments: 8, rolloutSteps: 32, learningRate: 0.002, normaliseObservations: true, normaliseRewards: true };

describe('training', () => {
  it('repeats itself with the same seed, and not with another', async () => {
    const run = (seed: number) => train('cartpole', 'ppo', { steps: 2048, seed, settings: SMALL, evaluations: 2, evaluationEpisodes: 4 });
    const [first, again, other] = [await run(3), await run(3), await run(4)];
    const curve = ({ records }: typeof first) =>
      records.map(({ steps, trainingReturn, evaluation, metrics }) => ({ steps, trainingReturn, evaluation, metrics }));
    expect(curve(again)).toEqual(curve(first));
    expect(again.policy).toEqual(first.policy);
    expect(other.policy.network.parameters).not.toEqual(first.policy.network.parameters);
  });

  it('goes on from a checkpoint to the same policy', async () => {
    const states: TrainingState[] = [];
    const options = { steps: 3072, seed: 5, settings: SMALL, evaluations: 2, evaluationEpisodes: 4 };
    const whole = await train('pendulum', 'ppo', { ...options, onCheckpoint: (state) => void states.push(structuredClone(state())) });
    expect(states.map((state) => state.records.length).slice(0, 3)).toEqual([1, 2, 3]);
    const resumed = await train('pendulum', 'ppo', { ...options, resume: states[0] });
    expect(resumed.policy).toEqual(whole.policy);
    expect(resumed.records.map((one) => one.evaluation)).toEqual(whole.records.map((one) => one.evaluation));
    expect(resumed.records.map((one) => one.metrics)).toEqual(whole.records.map((one) => one.metrics));
    await expect(train('pendulum', 'ppo', { ...options, seed: 6, resume: states[0] })).rejects.toThrow(/saved training has seed 5/);
    await expect(train('pendulum', 'ppo', { ...options, settings: { ...SMALL, clip: 0.1 }, resume: states[0] })).rejects.toThrow(/setting clip 0.2/);
  });

  it('learns to balance a pole', async () => {
    const { policy } = await train('cartpole', 'ppo', {
      steps: 65536,
      seed: 0,
      settings: { ...SMALL, rolloutSteps: 64 },
      evaluations: 0,
      evaluationEpisodes: 1,
    });
    const { returns } = await evaluate('cartpole', new LearnedPolicy(policy), { episodes: 32, seed: 500 });
    // Random actions last 22 steps.
    expect(returns.mean).toBeGreaterThan(150);
  });

  it('says what is wrong with what it is given', async () => {
    const once = { steps: 1000 };
    await expect(train('cartpole', 'pp', once)).rejects.toThrow('there is no agent "pp"; there are ppo');
    await expect(train('cartpole', 'ppo', { ...once, settings: { gama: 0.9 } })).rejects.toThrow(/ppo has no setting "gama"; it has gamma,/);
    await expect(train('cartpole', 'ppo', { ...once, settings: { gamma: 2 } })).rejects.toThrow(
      'the setting gamma of ppo is 2; give a number from 0 to 1',
    );
    await expect(train('cartpole', 'ppo', { ...once, settings: { minibatches: 7 } })).rejects.toThrow(
      /4 x 128 = 512 steps, which are not 7 equal minibatches/,
    );
    await expect(train('cartpole', 'ppo', { steps: 0 })).rejects.toThrow('the number of steps is 0; give a whole number from 1');
    await expect(train('cartpol', 'ppo', once)).rejects.toThrow(/there is no task named "cartpol"; there are cartpole/);
  });
});

describe('heads', () => {
  it('bring choices, ordered levels and numbers to rows of the space and back', () => {
    const space = new MultiDiscrete([2, 33, 3]);
    const head = actionHead(space, { orderedFrom: 16 });
    expect([head.discrete, head.parameters, [...head.order]]).toEqual([2, 7, [0, 2, 1]]);
    const rows = new Float64Array(6);
    head.toRows([1, 2, 0, 0, 1, 5], rows);
    expect([...rows]).toEqual([1, 16, 2, 0, 32, 1]);
    head.toRows([1, 2, 0.1, 0, 1, -0.99], rows);
    expect([...rows]).toEqual([1, 18, 2, 0, 0, 1]);
    const back = new Float64Array(6);
    head.fromRows(rows, back);
    expect([...back]).toEqual([1, 2, 0.125, 0, 1, -1]);
    expect(actionHead(new Discrete(5, 3)).parameters).toBe(5);
  });
});
