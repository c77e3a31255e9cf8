/** The contextual bandit: what it makes small, what it learns, and that it goes on as it began. */
import { describe, expect, it } from 'vitest';
import { Covariances, decorrelation } from '../../src/agents/bandit/decorrelation.js';
import { InputMap } from '../../src/agents/bandit/input-map.js';
import { BanditMemory } from '../../src/agents/bandit/memory.js';
import {
  agentKind,
  BanditScratch,
  banditLoss,
  LearnedPolicy,
  type PolicyData,
  policyFromJSON,
  policyToJSON,
  type TrainingState,
  train,
} from '../../src/agents/node-index.js';
import { evaluate, makeTask, makeVector } from '../../src/environments/node-index.js';
import { InputError } from '../../src/grid/index.js';
import { createNetwork, loadNetwork, squaredLoss } from '../../src/learning/index.js';
import { RandomStream } from '../../src/numeric/index.js';
import { bestOf, oneStepTask } from './one-step-task.js';

/** Settings of short trainings. */
const SHORT = { environments: 64, randomEpisodes: 256, memory: 4096, updates: 8, batch: 64, hidden: [32], learningRate: 0.01 };

describe('the loss', () => {
  it('of one choice is squaredLoss of the values of what was taken, and nothing else has a gradient', () => {
    const outputs = Float32Array.of(1, 2, 3, 4, 5, 6);
    const actions = [2, 0];
    const rewards = Float32Array.of(0.5, 7);
    const gradient = new Float32Array(6).fill(9);
    const byValue = new Float32Array(2);
    const expected = squaredLoss(Float32Array.of(3, 4), rewards, byValue);
    expect(banditLoss([3], outputs, actions, rewards, Infinity, new BanditScratch(2), gradient)).toBe(expected);
    expect([...gradient]).toEqual([0, 0, byValue[0], byValue[1], 0, 0]);
  });

  it('of several choices takes the sum of their values; gradients are those of differences', () => {
    const stream = new RandomStream(1);
    const sizes = [3, 2];
    const rows = 4;
    const outputs = Float32Array.from({ length: 5 * rows }, () => stream.normal());
    const actions = Float32Array.of(0, 1, 2, 0, 1, 1, 1, 0);
    const rewards = Float32Array.from({ length: rows }, () => 2 * stream.normal());
    for (const limit of [Infinity, 0.5]) {
      const gradient = new Float32Array(outputs.length);
      const scratch = new BanditScratch(rows);
      const lossAt = (moved: Float32Array): number => banditLoss(sizes, moved, actions, rewards, limit, scratch, new Float32Array(outputs.length));
      banditLoss(sizes, outputs, actions, rewards, limit, scratch, gradient);
      outputs.forEach((_, k) => {
        const [up, down] = [outputs.slice(), outputs.slice()];
        up[k] += 1 / 256;
        down[k] -= 1 / 256;
        expect(gradient[k], `limit ${limit}, output ${k}`).toBeCloseTo((lossAt(up) - lossAt(down)) / (up[k] - down[k]), 3);
      });
    }
  });
});

describe('what the network sees', () => {
  const width = 4;
  const stream = new RandomStream(3);
  // Two numbers that are nearly one and the same, one that is their sum and noise, one that hardly varies.
  const observations = new Float32Array(1000 * width);
  for (let r = 0; r < 1000; r++) {
    const a = stream.normal();
    observations.set([1 + 0.01 * a, 1 + 0.01 * a + 0.001 * stream.normal(), 500 * a + 300 * stream.normal(), 7], r * width);
  }

  it('is uncorrelated, of mean 0 and deviation 1, but for what does not vary', () => {
    const covariances = new Covariances(3);
    const rows = Float64Array.from({ length: 3000 }, () => stream.normal());
    for (let r = 0; r < 1000; r++) rows[3 * r + 1] = rows[3 * r] + 0.1 * rows[3 * r + 1];
    covariances.add(rows);
    const { matrix, shift } = decorrelation(covariances, 1e-12);
    const after = new Covariances(3);
    const mapped = Float64Array.from(rows, (_, k) => {
      const [r, i] = [Math.floor(k / 3), k % 3];
      return shift[i] + [0, 1, 2].reduce((sum, c) => sum + matrix[3 * i + c] * rows[3 * r + c], 0);
    });
    after.add(mapped);
    const found = after.matrix();
    for (let i = 0; i < 3; i++) {
      expect(after.sums[i] / 1000).toBeCloseTo(0, 9);
      for (let j = 0; j <= i; j++) expect(found[3 * i + j]).toBeCloseTo(i === j ? 1 : 0, 9);
    }
  });

  it('goes into the policy: its network gives for normalised observations what the own one gives for the mapped', () => {
    const map = new InputMap(width, true, 'wasm');
    map.learn(observations);
    const mapped = new Float32Array(observations.length);
    map.apply(observations, mapped);
    const moments = new Covariances(width);
    moments.add(mapped);
    const covariance = moments.matrix();
    expect(covariance[5]).toBeGreaterThan(0.9);
    expect(Math.abs(covariance[4])).toBeLessThan(0.01);
    const network = createNetwork(
      {
        inputs: width,
        layers: [
          { kind: 'dense', units: 8, activation: 'relu' },
          { kind: 'dense', units: 2 },
        ],
      },
      { batch: 8, seed: 5, backend: 'wasm' },
    );
    const expected = network.forward(mapped.slice(0, 8 * width)).slice();
    const normalised = new Float32Array(8 * width);
    map.normaliser.normalise(observations.subarray(0, 8 * width), normalised);
    const found = loadNetwork(map.fold(network.save()), { batch: 8, backend: 'wasm' }).forward(normalised);
    expected.forEach((value, k) => {
      expect(found[k]).toBeCloseTo(value, 4);
    });
  });

  it('is saved and restored', () => {
    const map = new InputMap(width, true, 'wasm');
    map.learn(observations);
    const other = new InputMap(width, true, 'wasm');
    other.restore(structuredClone(map.save()));
    const [a, b] = [map, other].map((each) => {
      const out = new Float32Array(observations.length);
      each.apply(observations, out);
      return out;
    });
    expect(b).toEqual(a);
    expect(() => new InputMap(3, true, 'wasm').restore(map.save())).toThrow(InputError);
    expect(() => new InputMap(4096, true, 'wasm')).toThrow(/set decorrelate to false/);
  });
});

describe('the memory', () => {
  it('is a ring: the oldest give way; saved without its empty places', () => {
    const memory = new BanditMemory(3, 1, 1);
    memory.add(Float32Array.of(1, 2), [10, 20], [100, 200]);
    expect(memory.save()).toMatchObject({ count: 2, next: 2 });
    memory.add(Float32Array.of(3, 4), [30, 40], [300, 400]);
    const data = memory.save();
    expect([...data.inputs]).toEqual([4, 2, 3]);
    expect([...data.rewards]).toEqual([400, 200, 300]);
    const other = new BanditMemory(3, 1, 1);
    other.restore(structuredClone(data));
    other.add(Float32Array.of(5), [50], [500]);
    expect([...other.save().actions]).toEqual([40, 50, 30]);
    expect(() => new BanditMemory(2, 1, 1).restore(data)).toThrow(InputError);
    const [inputs, actions, rewards] = [new Float32Array(50), new Float32Array(50), new Float32Array(50)];
    other.sample(new RandomStream(1), inputs, actions, rewards);
    expect(new Set(inputs)).toEqual(new Set([3, 4, 5]));
    inputs.forEach((value, k) => {
      expect([actions[k], rewards[k]]).toEqual([10 * value, 100 * value]);
    });
  });
});

describe('training', () => {
  const shares = async (policy: PolicyData): Promise<number> => {
    const task = oneStepTask();
    const vector = await makeVector(task, { environments: 1000 });
    vector.reset({ seed: 1 });
    const chosen = new Float64Array(2000);
    new LearnedPolicy(policy).choose(vector.observations, vector.masks, chosen);
    let right = 0;
    for (let i = 0; i < 1000; i++) {
      const [first, second] = bestOf(vector.observations, 3 * i);
      right += (chosen[2 * i] === 5 + first ? 0.5 : 0) + (chosen[2 * i + 1] === second ? 0.5 : 0);
    }
    await vector.close();
    return right / 1000;
  };

  it('finds what a small difference between large numbers decides, with two choices at once, and never takes what is masked', async () => {
    const { policy, records } = await train(oneStepTask(), 'bandit', { steps: 8192, seed: 1, settings: SHORT, evaluations: 1 });
    expect(await shares(policy)).toBeGreaterThan(0.93);
    // A masked choice would bring a million.
    expect(records.at(-1)?.evaluation.max).toBeLessThan(1000);
    expect(await shares(policyFromJSON(JSON.parse(JSON.stringify(policyToJSON(policy)))))).toBe(await shares(policy));
  });

  it('the same seed gives the same curve, another one another', { timeout: 60_000 }, async () => {
    const curve = async (seed: number): Promise<unknown> => {
      const { records, policy } = await train(oneStepTask(), 'bandit', { steps: 1024, seed, settings: SHORT, evaluations: 3 });
      return [records.map(({ evaluation, metrics, trainingReturn }) => ({ evaluation, metrics, trainingReturn })), policy.network.parameters];
    };
    const first = await curve(4);
    expect(await curve(4)).toEqual(first);
    expect(await curve(5)).not.toEqual(first);
  });

  it('goes on to the same bits from a state saved within the random episodes, and from one after them', async () => {
    const options = { steps: 1024, seed: 2, settings: SHORT, evaluations: 7 };
    const states: TrainingState[] = [];
    const whole = await train(oneStepTask(), 'bandit', { ...options, onCheckpoint: (state) => void states.push(structuredClone(state())) });
    expect([states[0], states[4]].map(({ records }) => records.at(-1)?.steps)).toEqual([128, 640]);
    for (const resume of [states[0], states[4]]) {
      const rest = await train(oneStepTask(), 'bandit', { ...options, resume });
      expect(rest.policy).toEqual(whole.policy);
      const plain = ({ records }: typeof whole): unknown =>
        records.map(({ evaluation, metrics, trainingReturn }) => [evaluation, metrics, trainingReturn]);
      expect(plain(rest)).toEqual(plain(whole));
    }
  });

  it('8192 episodes of the capacitors do better than the best constant', { timeout: 60_000 }, async () => {
    const task = 'capacitors-ieee123-once';
    const { returns } = await evaluate(task, 'c83', { episodes: 256 });
    const { records, settings } = await train(task, 'bandit', {
      steps: 8192,
      settings: { randomEpisodes: 2048 },
      evaluations: 0,
      evaluationEpisodes: 256,
    });
    expect(settings.hidden).toEqual([128]);
    expect(records.at(-1)?.evaluation.mean).toBeGreaterThan(returns.mean);
  });
});

describe('what it refuses', () => {
  it('tasks of other actions, of longer episodes, and settings that do not go together', async () => {
    const { refuses } = agentKind('bandit');
    expect(refuses(oneStepTask())).toBeUndefined();
    expect(refuses(await makeTask('capacitors-ieee123-once'))).toBeUndefined();
    expect(refuses(await makeTask('cartpole'))).toContain('not of one step each');
    expect(refuses(await makeTask('pendulum'))).toContain('not all choices');
    const settings = SHORT;
    await expect(train('cartpole', 'bandit', { steps: 10 })).rejects.toThrow('bandit cannot learn cartpole: its episodes are not of one step');
    await expect(train(oneStepTask(2), 'bandit', { steps: 1000 })).rejects.toThrow(InputError);
    await expect(train(oneStepTask(1, true), 'bandit', { steps: 512, settings })).rejects.toThrow('one of one-step goes on');
    await expect(train(oneStepTask(), 'bandit', { steps: 512, settings: { ...settings, memory: 300 } })).rejects.toThrow('give more memory');
    await expect(train(oneStepTask(), 'bandit', { steps: 256, settings })).rejects.toThrow('give more steps, or fewer randomEpisodes');
    await expect(train(oneStepTask(), 'bandit', { steps: 512, settings: { epsilon: 1 } })).rejects.toThrow('bandit has no setting "epsilon"');
  });
});
