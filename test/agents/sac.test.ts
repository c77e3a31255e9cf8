import { describe, expect, it } from 'vitest';
import {
  AGENTS,
  agentKind,
  type Branches,
  choiceCriticLoss,
  choicePolicyLoss,
  choiceTargets,
  type GivenSettings,
  LearnedPolicy,
  largestEntropy,
  policyFromJSON,
  policyToJSON,
  SAC_SETTINGS,
  sac,
  softTargets,
  spreadChoices,
  squashedPolicyLoss,
  type TrainingState,
  temperatureLoss,
  train,
} from '../../src/agents/node-index.js';
import { ChoiceLearner } from '../../src/agents/sac/choice-learner.js';
import { NumberLearner } from '../../src/agents/sac/number-learner.js';
import { Temperature } from '../../src/agents/sac/temperature.js';
import { completeSettings } from '../../src/agents/settings.js';
import {
  Box,
  Dict,
  Discrete,
  evaluate,
  MultiDiscrete,
  makeTask,
  makeVector,
  type SliceOptions,
  type Space,
  type Task,
} from '../../src/environments/node-index.js';
import { type Network, type ReplayBatch, ReplayBuffer, type ReplaySnapshot } from '../../src/learning/index.js';
import { RandomStream } from '../../src/numeric/index.js';
import { normals } from '../learning/networks.js';
import { differences, distance, oracleForward } from '../learning/oracle.js';

const doubles = (numbers: ArrayLike<number>): Float64Array => Float64Array.from(numbers);
const sum = (numbers: ArrayLike<number>): number => Array.from(numbers).reduce((a, b) => a + b, 0);

/**
 * Levers: the observation, -1 or 1, says which of two choices of the first entry pays 1; the second entry pays 0.5 for its choice 0. Choice 2 of the first entry would pay 5 and
 * is never allowed. Episodes are cut after 4 steps (endings `cut`), or end there.
 */
function levers(ending: 'cut' | 'end' = 'cut', masked = true): Task {
  const create = ({ environments, arrays }: SliceOptions) => {
    const steps = new Float64Array(environments);
    const show = (i: number): void => {
      const stream = new RandomStream(arrays.seeds[i], arrays.episodes[i], 'levers', 4 * steps[i]);
      arrays.observations[i] = stream.uniform() < 0.5 ? -1 : 1;
      // What is allowed at the end of an episode tells it from the beginning of the next.
      if (masked) arrays.masks.set(steps[i] === 4 ? [1, 0, 0, 1, 1] : [1, 1, 0, 1, 1], 5 * i);
    };
    return {
      kernelSeconds: 0,
      reset: (which: Int32Array, count: number): void => {
        for (const i of which.subarray(0, count)) {
          steps[i] = 0;
          show(i);
        }
      },
      step: (which: Int32Array, count: number): void => {
        for (const i of which.subarray(0, count)) {
          const [lever, second] = arrays.actions.subarray(2 * i, 2 * i + 2);
          arrays.rewards[i] = (lever === 2 ? 5 : lever === (arrays.observations[i] + 1) / 2 ? 1 : 0) + (second === 0 ? 0.5 : 0);
          steps[i] += 1;
          arrays.terminations[i] = ending === 'end' && steps[i] === 4 ? 1 : 0;
          arrays.truncations[i] = ending === 'cut' && steps[i] === 4 ? 1 : 0;
          show(i);
        }
      },
      snapshot: (i: number) => ({ steps: steps[i] }),
      restore: (i: number, state: Readonly<Record<string, unknown>>): void => {
        steps[i] = state.steps as number;
        show(i);
      },
      render: (i: number): string => `step ${steps[i]}`,
    };
  };
  return {
    id: 'levers',
    title: 'Levers',
    observationSpace: new Box(-1, 1),
    actionSpace: new MultiDiscrete([3, 2]),
    masksActions: masked,
    costNames: [],
    infoNames: [],
    create,
  };
}

const settingsOf = (given: GivenSettings) => completeSettings('sac', SAC_SETTINGS, given);
const contextOf = (task: Task, seed = 3) => ({
  task,
  seed,
  totalSteps: 1000,
  workers: 1,
  learningBackend: 'reference' as const,
  makeVector: ({ environments }: { environments: number }) => makeVector(task, { environments }),
});

/** A batch of made-up transitions. */
function batchOf(rows: number, observation: number, actions: Float32Array, masks?: Uint8Array): ReplayBatch {
  const choices = (masks?.length ?? 0) / rows;
  const replay = new ReplayBuffer({ capacity: 1, observation, action: actions.length / rows, choices });
  const batch = replay.batch(rows);
  batch.rows = rows;
  batch.observations.set(normals(21, rows * observation));
  batch.nextObservations.set(normals(22, rows * observation));
  batch.rewards.set(normals(23, rows));
  batch.discounts.set(Float32Array.from({ length: rows }, (_, k) => (k % 3 === 0 ? 0 : 0.9)));
  batch.actions.set(actions);
  if (masks) batch.nextMasks.set(masks);
  return batch;
}

/** A network with random parameters, larger than those it begins with. */
function shake(network: Network, seed: number): void {
  network.setParameters(normals(seed, network.parameterCount, 0.5));
}

const rowOf = (row: number, width: number, ...parts: ArrayLike<number>[]): number[] =>
  parts.flatMap((part) => Array.from(part).slice((row * part.length) / width, ((row + 1) * part.length) / width));

describe('losses for numbers', () => {
  it('have the targets of a hand computation', () => {
    const out = new Float64Array(3);
    softTargets(
      { rewards: doubles([1, 2, 3]), discounts: doubles([0.9, 0.9, 0]) },
      doubles([5, 6, 7]),
      doubles([4, 8, 9]),
      doubles([-1, 2, 3]),
      0.5,
      out,
    );
    // 1 + 0.9 (4 + 0.5), 2 + 0.9 (6 - 1), and nothing behind a termination.
    expect(distance(out, [5.05, 6.5, 3])).toBeLessThan(1e-15);
  });

  it('have the gradients of finite differences', () => {
    const given = doubles([...normals(1, 15)]);
    const report = { loss: 0, entropy: 0, value: 0 };
    const [a, b, c] = [new Float64Array(5), new Float64Array(5), new Float64Array(5)];
    const loss = (x: Float64Array): number => {
      squashedPolicyLoss(x.subarray(0, 5), x.subarray(5, 10), x.subarray(10), 0.3, a, b, c, report);
      return report.loss;
    };
    const wanted = differences(loss, given);
    loss(given);
    expect(distance([...a, ...b, ...c], wanted)).toBeLessThan(1e-9);
    expect(report.entropy).toBeCloseTo(-sum(given.subarray(10)) / 5, 12);
    const { gradient } = temperatureLoss(-0.7, 1.2, -2);
    expect(gradient).toBeCloseTo(differences((x) => temperatureLoss(x[0], 1.2, -2).loss, [-0.7])[0], 9);
    expect(gradient).toBeCloseTo(3.2, 12);
  });

  it('move the temperature as Adam does: down where there is too much entropy, up where there is too little', () => {
    const temperature = new Temperature(0.5);
    temperature.step(temperatureLoss(temperature.log, 2, 1).gradient, 0.01);
    expect(temperature.log).toBeCloseTo(Math.log(0.5) - 0.01, 9);
    temperature.step(-3, 0.01);
    // m = 0.1 (0.9 - 3) over 1 - 0.81, v = 0.001 (0.999 + 9) over 1 - 0.999^2.
    const second = (0.001 * 9.999) / (1 - 0.999 ** 2);
    expect(temperature.log).toBeCloseTo(Math.log(0.5) - 0.01 + (0.01 * 0.21) / 0.19 / Math.sqrt(second), 9);
    expect(() => temperature.restore({ ...temperature.save(), log: Number.NaN })).toThrow(/saved temperature/);
  });
});

describe('losses for choices', () => {
  const branches: Branches = { sizes: Int32Array.of(3, 2), width: 5 };
  const masks = Uint8Array.of(1, 1, 1, 1, 1, 1, 0, 1, 0, 1);
  const spread = (logits: ArrayLike<number>): { probabilities: Float64Array; logs: Float64Array } => {
    const [probabilities, logs] = [new Float64Array(10), new Float64Array(10)];
    spreadChoices(doubles(logits), masks, branches, probabilities, logs);
    return { probabilities, logs };
  };

  it('spread by softmax over what is allowed', () => {
    const { probabilities, logs } = spread([1, 2, 3, 0, 0, Math.log(3), 9, 0, 7, 1]);
    const e = Math.E;
    const all = 1 + e + e * e;
    const wanted = [1 / all, e / all, (e * e) / all, 0.5, 0.5, 0.75, 0, 0.25, 0, 1];
    expect(distance(probabilities, wanted)).toBeLessThan(1e-14);
    expect(
      distance(
        logs,
        wanted.map((p) => (p > 0 ? Math.log(p) : 0)),
      ),
    ).toBeLessThan(1e-14);
    expect(largestEntropy(masks, branches)).toBeCloseTo((Math.log(3) + Math.log(2) + Math.log(2)) / 2, 14);
    expect(largestEntropy(undefined, branches)).toBeCloseTo(Math.log(6), 14);
    expect(() => spreadChoices(doubles([1, 2, 3, 4, 5]), [1, 1, 1, 0, 0], branches, new Float64Array(5), new Float64Array(5))).toThrow(
      /no choice of entry 1/,
    );
  });

  it('have the targets of an expectation over all actions of both entries', () => {
    const { probabilities, logs } = spread(normals(5, 10));
    const [first, second] = [6, 7].map((seed) => doubles(normals(seed, 10)));
    const out = new Float64Array(2);
    choiceTargets({ rewards: doubles([0.3, -0.4]), discounts: doubles([0.9, 0.8]) }, branches, probabilities, logs, first, second, 0.2, out);
    const wanted = [0, 1].map((row) => {
      const means = [first, second].map((q) => {
        let mean = 0;
        for (let i = 0; i < 3; i++) {
          for (let j = 3; j < 5; j++) {
            const [at, other] = [5 * row + i, 5 * row + j];
            const p = probabilities[at] * probabilities[other];
            if (p > 0) mean += p * (q[at] + q[other] - 0.2 * Math.log(p));
          }
        }
        return mean;
      });
      return [0.3, -0.4][row] + [0.9, 0.8][row] * Math.min(...means);
    });
    expect(distance(out, wanted)).toBeLessThan(1e-14);
  });

  it('have the gradients of finite differences', () => {
    const logits = doubles(normals(8, 10));
    const [first, second] = [9, 10].map((seed) => doubles(normals(seed, 10)));
    const gradient = new Float64Array(10);
    const report = { loss: 0, entropy: 0, value: 0 };
    const policy = (x: ArrayLike<number>): number => {
      const { probabilities, logs } = spread(x);
      choicePolicyLoss(branches, probabilities, logs, first, second, 0.4, gradient, report);
      return report.loss;
    };
    const wanted = differences(policy, logits);
    policy(logits);
    expect(distance(gradient, wanted)).toBeLessThan(1e-8);
    expect(Math.abs(gradient[6]) + Math.abs(gradient[8])).toBe(0);
    const critic = (x: Float64Array): number => choiceCriticLoss(x, [2, 0, 99, 1, 1, 99], 3, doubles([0.5, -2]), branches, gradient);
    const byOutput = differences(critic, first);
    const loss = critic(first);
    expect(distance(gradient, byOutput)).toBeLessThan(1e-8);
    expect(loss).toBeCloseTo(((first[2] + first[3] - 0.5) ** 2 + (first[6] + first[9] + 2) ** 2) / 4, 12);
  });
});

describe('a gradient step for numbers', () => {
  const rows = 5;
  const [observation, count] = [3, 2];
  const task: Task = { ...levers(), observationSpace: new Box(-9, 9, observation), actionSpace: new Box([-3, 0], [3, 8]), masksActions: false };
  const learner = new NumberLearner(contextOf(task), settingsOf({ batch: rows, hidden: [7] }));
  const { critics, policyNetwork } = learner;
  const batch = batchOf(
    rows,
    observation,
    normals(24, rows * count).map((x) => Math.tanh(x)),
  );
  [policyNetwork, critics.first, critics.second, critics.firstTarget, critics.secondTarget].forEach((network, k) => shake(network, 30 + k));
  const temperature = 0.3;
  const stream = new RandomStream(3, 0, 'sac noise');
  const [noise, later] = [new Float64Array(rows * count), new Float64Array(rows * count)];
  stream.fillNormal(noise);
  stream.fillNormal(later);

  /** Actions and ln p of a policy, straight from the formulas. */
  const drawn = (parameters: ArrayLike<number>, observations: Float32Array, by: Float64Array) =>
    Array.from({ length: rows }, (_, r) => {
      const { outputs } = oracleForward(policyNetwork.spec, parameters, rowOf(r, rows, observations));
      let logProbability = 0;
      const actions = Array.from({ length: count }, (__, j) => {
        const [mean, deviation, z] = [outputs[j], Math.exp(outputs[count + j]), by[r * count + j]];
        const action = Math.tanh(mean + deviation * z);
        logProbability += Math.log(Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI) / deviation / (1 - action * action));
        return action;
      });
      return { actions, logProbability };
    });
  const valueOf = (network: Network, parameters: ArrayLike<number>, observations: Float32Array, r: number, actions: number[]): number =>
    oracleForward(network.spec, parameters, [...rowOf(r, rows, observations), ...actions]).outputs[0];

  it('has the critics’ gradients', () => {
    const next = drawn(policyNetwork.parameters(), batch.nextObservations, noise);
    const targets = next.map(({ actions, logProbability }, r) => {
      const values = [critics.firstTarget, critics.secondTarget].map((q) => valueOf(q, q.parameters(), batch.nextObservations, r, actions));
      return batch.rewards[r] + batch.discounts[r] * (Math.min(...values) - temperature * logProbability);
    });
    const lossOf = (network: Network) => (parameters: Float64Array) =>
      sum(
        targets.map(
          (y, r) => (valueOf(network, parameters, batch.observations, r, Array.from(batch.actions.slice(2 * r, 2 * r + 2))) - y) ** 2 / 2 / rows,
        ),
      );
    const found = learner.criticGradients(batch, temperature);
    const both = [critics.first, critics.second].map((network) => lossOf(network)(doubles(network.parameters())));
    expect(found).toBeCloseTo(sum(both) / 2, 4);
    for (const network of [critics.first, critics.second])
      expect(distance(network.gradients(), differences(lossOf(network), network.parameters()))).toBeLessThan(1e-4);
    expect(distance(critics.firstTarget.gradients(), new Float32Array(critics.first.parameterCount))).toBe(0);
  });

  it('has the policy’s gradient through the critics, whose own it leaves alone', () => {
    const before = critics.first.gradients();
    const loss = (parameters: Float64Array): number =>
      sum(
        drawn(parameters, batch.observations, later).map(({ actions, logProbability }, r) => {
          const values = [critics.first, critics.second].map((q) => valueOf(q, q.parameters(), batch.observations, r, actions));
          return (temperature * logProbability - Math.min(...values)) / rows;
        }),
      );
    const report = learner.policyGradients(batch, temperature);
    const at = doubles(policyNetwork.parameters());
    expect(report.loss).toBeCloseTo(loss(at), 4);
    expect(distance(policyNetwork.gradients(), differences(loss, at))).toBeLessThan(1e-4);
    expect(critics.first.gradients()).toEqual(before);
  });

  it('has targets that follow', () => {
    const old = critics.firstTarget.parameters();
    learner.update(batch, temperature);
    const now = critics.first.parameters();
    const wanted = old.map((p, k) => p + 0.005 * (now[k] - p));
    expect(distance(critics.firstTarget.parameters(), wanted)).toBeLessThan(1e-6);
  });
});

it('a gradient step for choices has the gradients of critics and policy, masks respected', () => {
  const rows = 4;
  const task: Task = { ...levers(), observationSpace: new Box(-9, 9, 2) };
  const learner = new ChoiceLearner(contextOf(task), settingsOf({ batch: rows, hidden: [6], targetEntropyShare: 0.5 }));
  const { critics, policyNetwork } = learner;
  [policyNetwork, critics.first, critics.second, critics.firstTarget, critics.secondTarget].forEach((network, k) => shake(network, 40 + k));
  // Kept: two choices, then what was allowed; choice 1 of the first entry is not, in every other row.
  const allowed = Uint8Array.from({ length: 5 * rows }, (_, k) => (k % 10 === 1 ? 0 : 1));
  const nextAllowed = Uint8Array.from({ length: 5 * rows }, (_, k) => (k % 10 === 8 ? 0 : 1));
  const chosen = [2, 0, 1, 1, 0, 1, 2, 1];
  const kept = Float32Array.from({ length: 7 * rows }, (_, k) =>
    k % 7 < 2 ? chosen[2 * Math.floor(k / 7) + (k % 7)] : allowed[5 * Math.floor(k / 7) + (k % 7) - 2],
  );
  const batch = batchOf(rows, 2, kept, nextAllowed);
  const temperature = 0.25;
  const outputsOf = (network: Network, parameters: ArrayLike<number>, observations: Float32Array): number[] =>
    oracleForward(network.spec, parameters, observations).outputs;
  /** [row][entry]: pairs of choice and probability. */
  const policyOf = (parameters: ArrayLike<number>, observations: Float32Array, masks: Uint8Array) => {
    const logits = outputsOf(policyNetwork, parameters, observations);
    return Array.from({ length: rows }, (_, r) =>
      [
        [0, 1, 2],
        [3, 4],
      ].map((entry) => {
        const open = entry.map((j) => 5 * r + j).filter((at) => masks[at]);
        const all = sum(open.map((at) => Math.exp(logits[at])));
        return open.map((at) => ({ at, p: Math.exp(logits[at]) / all }));
      }),
    );
  };
  const expectation = (entries: { at: number; p: number }[][], q: number[]): number =>
    sum(entries.flat().map(({ at, p }) => p * (q[at] - temperature * Math.log(p))));
  const softValue = (entries: { at: number; p: number }[][], networks: Network[], observations: Float32Array): number =>
    Math.min(...networks.map((network) => expectation(entries, outputsOf(network, network.parameters(), observations))));

  const next = policyOf(policyNetwork.parameters(), batch.nextObservations, nextAllowed);
  const targets = next.map(
    (entries, r) => batch.rewards[r] + batch.discounts[r] * softValue(entries, [critics.firstTarget, critics.secondTarget], batch.nextObservations),
  );
  learner.criticGradients(batch, temperature);
  for (const network of [critics.first, critics.second]) {
    const loss = (parameters: Float64Array): number => {
      const q = outputsOf(network, parameters, batch.observations);
      return sum(targets.map((y, r) => (q[5 * r + chosen[2 * r]] + q[5 * r + 3 + chosen[2 * r + 1]] - y) ** 2 / 2 / rows));
    };
    expect(distance(network.gradients(), differences(loss, network.parameters()))).toBeLessThan(1e-4);
  }
  const loss = (parameters: Float64Array): number =>
    -sum(
      policyOf(parameters, batch.observations, allowed).map((entries) => softValue(entries, [critics.first, critics.second], batch.observations)),
    ) / rows;
  const at = doubles(policyNetwork.parameters());
  const report = learner.policyGradients(batch, temperature);
  expect(report.loss).toBeCloseTo(loss(at), 5);
  expect(distance(policyNetwork.gradients(), differences(loss, at))).toBeLessThan(1e-4);
  expect(report.targetEntropy).toBeCloseTo(0.5 * (Math.log(2) + (Math.log(3) + Math.log(2)) / 2), 12);
});

const SMALL = { hidden: [32, 32], policyLearningRate: 2e-3, criticLearningRate: 2e-3, temperatureLearningRate: 2e-3, batch: 64 };

describe('training', () => {
  it('learns the pendulum far better than chance', async () => {
    const { policy } = await train('pendulum', 'sac', {
      steps: 6000,
      evaluations: 0,
      evaluationEpisodes: 1,
      settings: { ...SMALL, environments: 2, updatesPerStep: 1, randomSteps: 500, batch: 128 },
    });
    const { returns } = await evaluate('pendulum', new LearnedPolicy(policy), { episodes: 50, seed: 1000 });
    const random = await evaluate('pendulum', 'random', { episodes: 50, seed: 1000 });
    expect(random.returns.mean).toBeLessThan(-900);
    expect(returns.mean).toBeGreaterThan(-350);
    const again = await evaluate('pendulum', new LearnedPolicy(policyFromJSON(JSON.parse(JSON.stringify(policyToJSON(policy))))), {
      episodes: 50,
      seed: 1000,
    });
    expect(again.returns).toEqual(returns);
  });

  it.each([
    ['masked, cut after four steps', levers()],
    ['masked, ending after four steps', levers('end')],
  ])('finds the best choices of two entries: %s', async (_, task) => {
    const { policy } = await train(task, 'sac', {
      steps: 3000,
      evaluations: 0,
      settings: { ...SMALL, environments: 4, updatesPerStep: 0.25, randomSteps: 200 },
    });
    const { returns } = await evaluate(task, new LearnedPolicy(policy), { episodes: 50, seed: 1000 });
    expect([returns.min, returns.max]).toEqual([6, 6]);
  });

  it.each([
    ['pendulum', 'pendulum', { environments: 2, updatesPerStep: 0.5, normaliseObservations: true, annealLearningRates: true }],
    ['masked levers', levers(), { environments: 3, updatesPerStep: 0.3, normaliseObservations: false }],
  ])('goes on from a saved state to the same numbers, and gives the same curve for the same seed: %s', async (_, task, given) => {
    const settings = { ...SMALL, ...given, randomSteps: 100, capacity: 400, temperature: 0.2 };
    const options = { steps: 900, seed: 5, evaluations: 2, evaluationEpisodes: 2, settings };
    const states: TrainingState[] = [];
    const whole = await train(task, 'sac', { ...options, onCheckpoint: (state) => void states.push(structuredClone(state())) });
    const rest = await train(task, 'sac', { ...options, resume: states[0] });
    expect(states[0].agentState).not.toEqual(states.at(-1)?.agentState);
    const told = ({ records }: typeof whole) => records.map(({ seconds, simulationSeconds, learningSeconds, ...record }) => record);
    expect(told(rest)).toEqual(told(whole));
    expect(rest.policy).toEqual(whole.policy);
    const again = await train(task, 'sac', options);
    expect(told(again)).toEqual(told(whole));
    const other = await train(task, 'sac', { ...options, seed: 6 });
    expect(other.policy.network.parameters).not.toEqual(whole.policy.network.parameters);
  });

  it('keeps what follows a cut with what was allowed there, and forgets what follows an end', async () => {
    const replayOf = async (task: Task, steps: number): Promise<{ replay: ReplaySnapshot; agentSteps: number }> => {
      const context = { ...contextOf(task), totalSteps: steps };
      const agent = await sac.create(context, { environments: 2, randomSteps: steps - 1, batch: 2, hidden: [4], rewardScale: 2, gamma: 0.9 });
      while (agent.steps < steps) agent.iterate();
      const { replay } = agent.save() as unknown as { replay: ReplaySnapshot };
      await agent.close();
      return { replay, agentSteps: agent.steps };
    };
    const column = (replay: ReplaySnapshot, k: number): number[] => Array.from(replay.columns[k]);
    const ended = await replayOf(levers('end', false), 16);
    expect([ended.replay.count, ended.agentSteps]).toEqual([16, 16]);
    // Two environments, in turn; the fourth step of each ends.
    expect(column(ended.replay, 3)).toEqual(Array.from({ length: 16 }, (_, k) => (k % 8 >= 6 ? 0 : Math.fround(0.9))));
    const cut = await replayOf(levers('cut', false), 16);
    expect(column(cut.replay, 3)).toEqual(new Array(16).fill(Math.fround(0.9)));
    const masksOf = (replay: ReplaySnapshot): number[][] => Array.from({ length: 16 }, (_, k) => column(replay, 5).slice(5 * k, 5 * k + 5));
    const [atEnd, inside] = [
      [1, 0, 0, 1, 1],
      [1, 1, 0, 1, 1],
    ];
    const masked = (await replayOf(levers('cut', true), 16)).replay;
    expect(masked.count).toBe(16);
    expect(masksOf(masked)).toEqual(Array.from({ length: 16 }, (_, k) => (k % 8 >= 6 ? atEnd : inside)));
    expect(masksOf((await replayOf(levers('end', true), 16)).replay)).toEqual(Array.from({ length: 16 }, () => inside));
    // The next observation of a cut is the final one, not the first of the next episode.
    const pendulum = await makeTask('pendulum');
    const { replay } = await replayOf(pendulum, 402);
    const [observations, , , discounts, next] = replay.columns;
    const first = await makeVector(pendulum, { environments: 2 });
    first.reset({ seed: 4 * 2 ** 32 });
    const begin = Array.from({ length: 200 }, () => first.step(first.sampleActions())).at(-1);
    expect(Array.from(discounts.slice(398, 400))).toEqual([Math.fround(0.9), Math.fround(0.9)]);
    expect(Array.from(next.slice(398 * 3, 400 * 3))).toEqual(Array.from(begin?.finalObservations ?? []));
    expect(Array.from(observations.slice(400 * 3, 402 * 3))).toEqual(Array.from(begin?.observations ?? []));
    await first.close();
    // Rewards are scaled.
    expect(column(cut.replay, 2).every((reward) => [0, 1, 2, 3, 10, 11].includes(reward))).toBe(true);
  });

  it('makes as many gradient steps as asked for, and none of random steps', async () => {
    const agent = await sac.create(
      { ...contextOf(levers()), totalSteps: 300 },
      { environments: 3, randomSteps: 100, updatesPerStep: 0.1, batch: 8, hidden: [4] },
    );
    const first = agent.iterate() as Awaited<ReturnType<typeof agent.iterate>>;
    expect([first.steps, first.metrics.updates]).toEqual([258, 15]);
    const second = agent.iterate() as typeof first;
    expect([second.steps, agent.steps, second.metrics.updates]).toEqual([42, 300, 5]);
    await agent.close();
  });

  it('keeps the temperature where it is not to be learned, and brings entropy to its target where it is', async () => {
    const run = async (given: GivenSettings) => {
      const settings = {
        ...SMALL,
        environments: 4,
        updatesPerStep: 0.5,
        randomSteps: 100,
        temperatureLearningRate: 0.02,
        temperature: 0.3,
        ...given,
      };
      return (await train(levers(), 'sac', { steps: 4000, evaluations: 3, evaluationEpisodes: 1, settings })).records.at(-1)?.metrics;
    };
    const fixed = await run({ learnTemperature: false });
    expect(fixed?.temperature).toBeCloseTo(0.3, 12);
    const learned = await run({ targetEntropyShare: 0.6 });
    expect(learned?.entropy).toBeCloseTo(0.6 * 2 * Math.log(2), 1);
  });
});

describe('what is refused', () => {
  it('choices and numbers in one action', async () => {
    const task: Task = { ...levers(), actionSpace: new Dict({ switch: new Discrete(2), power: new Box(-1, 1) }), masksActions: false };
    await expect(train(task, 'sac', { steps: 10 })).rejects.toThrow(
      /sac cannot learn levers: its actions are choices and numbers together.*ppo learns both/,
    );
    const cannot: Space = new Box(0, Number.POSITIVE_INFINITY);
    await expect(train({ ...task, actionSpace: cannot }, 'sac', { steps: 2000 })).rejects.toThrow(
      /entry 0 of the actions, a number of 0 or more, has no bounds/,
    );
  });

  it('settings that are none', async () => {
    expect(agentKind('sac')).toBe(AGENTS.sac);
    await expect(train('pendulum', 'sac', { steps: 10, settings: { gama: 1 } })).rejects.toThrow(/sac has no setting "?'?gama.*gamma/);
    await expect(train('pendulum', 'sac', { steps: 10, settings: { temperature: 0 } })).rejects.toThrow(
      /the setting temperature of sac is 0; give a number from/,
    );
    await expect(train('pendulum', 'sac', { steps: 1000 })).rejects.toThrow(
      /^sac acts at random for 1000 steps before it learns, and the training has 1000; give randomSteps below that, or more steps$/,
    );
  });

  it('states that are none', async () => {
    const agent = await sac.create(contextOf(levers()), { hidden: [4], batch: 4, randomSteps: 10 });
    const other = await sac.create(contextOf(levers()), { hidden: [5], batch: 4, randomSteps: 10 });
    expect(() => agent.restore(null)).toThrow(/no saved state of sac/);
    expect(() => agent.restore(other.save())).toThrow(/other layers|saved network/);
    expect(() => agent.restore({ ...(agent.save() as object), temperature: {} })).toThrow(/saved temperature/);
    await Promise.all([agent.close(), other.close()]);
  });
});
