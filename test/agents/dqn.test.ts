import { afterEach, describe, expect, it, vi } from 'vitest';
import { dqn } from '../../src/agents/dqn/index.js';
import { LearnedPolicy, policyFromJSON, policyToJSON, type Training, type TrainingState, type TrainOptions, train } from '../../src/agents/index.js';
import { Box, frozenLakeTransitions, makeTask, type Task, VectorEnvironment } from '../../src/environments/index.js';
import { InputError } from '../../src/grid/index.js';
import { loadNetwork, type NetworkData, ReplayBuffer, type ReplaySnapshot } from '../../src/learning/index.js';
import { TILES_STEPS, tiles, tilesBest, tilesEnds, tilesMask, tilesReward } from './tiles-task.js';

interface State {
  readonly steps: number;
  readonly network: NetworkData;
  readonly target: NetworkData;
  readonly replay: ReplaySnapshot;
}

/** An agent by itself. */
async function agentOf(idOrTask: string | Task, totalSteps: number, settings: Record<string, unknown>, seed = 0) {
  const task = typeof idOrTask === 'string' ? await makeTask(idOrTask) : idOrTask;
  const makeVector = async ({ environments }: { environments: number }): Promise<VectorEnvironment> =>
    new VectorEnvironment(task, { environments, autoreset: 'same-step' });
  const agent = await dqn.create({ task, seed, totalSteps, workers: 1, makeVector }, settings);
  return { agent, state: () => agent.save() as unknown as State };
}

describe('the agent', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each([1, 3])('keeps what was allowed before and after each step, of final observations too; %i-step returns', async (returnSteps) => {
    const gamma = 0.5;
    const { agent, state } = await agentOf(tiles({ clock: true }), 600, { environments: 4, learningStarts: 599, epsilonEnd: 1, returnSteps, gamma });
    while (agent.steps < 600) await agent.iterate();
    const { count, columns } = state().replay;
    const [observations, actions, rewards, discounts, next, nextMasks, masks] = columns;
    let [ends, cuts] = [0, 0];
    const place = (from: ArrayLike<number>, k: number): [number, number] => {
      const row = Array.from({ length: 5 }, (_, j) => from[5 * k + j]);
      return [row[0], row.indexOf(1, 2) - 2 >= 0 ? row.indexOf(1, 2) - 2 : -1];
    };
    for (let k = 0; k < count; k++) {
      const [t, last] = place(observations, k);
      const [after, tile] = place(next, k);
      expect([...masks.subarray(5 * k, 5 * k + 5)]).toEqual(tilesMask(t, last));
      expect([...nextMasks.subarray(5 * k, 5 * k + 5)]).toEqual(tilesMask(after, tile));
      expect(masks[5 * k + actions[2 * k]] + masks[5 * k + 3 + actions[2 * k + 1]]).toBe(2);
      const ended = tilesEnds(after, tile);
      expect(discounts[k]).toBe(ended ? 0 : gamma ** (after - t));
      if (after === t + 1) {
        expect(tile).toBe(actions[2 * k]);
        expect(rewards[k]).toBe(Math.fround(tilesReward(tile, actions[2 * k + 1])));
      }
      if (ended) ends += 1;
      else if (after === TILES_STEPS) cuts += 1;
      else expect(after - t).toBe(returnSteps);
    }
    expect(count).toBeGreaterThan(550);
    expect(Math.min(ends, cuts)).toBeGreaterThan(20);
    await agent.close();
  });

  it('steps its network every so many steps, several times where environments are more, and its target when it is due', async () => {
    const settings = { environments: 8, trainEvery: 2, learningStarts: 100, batchSize: 16, hidden: [8] };
    const run = async (more: Record<string, unknown>): Promise<State & { updates: number; first: State }> => {
      const { agent, state } = await agentOf('cartpole', 504, { ...settings, ...more });
      const first = state();
      let updates = 0;
      while (agent.steps < 504) updates += (await agent.iterate()).metrics.updates;
      const last = state();
      await agent.close();
      return { ...last, updates, first };
    };
    await expect(run({ targetEvery: 1 })).rejects.toThrow('one every 2 steps (trainEvery), and targetEvery is 1; give targetEvery of 2 or more');
    const never = await run({ targetEvery: 100_000 });
    expect([never.steps, never.updates, never.network.steps]).toEqual([504, 202, 202]);
    expect(never.target.parameters).toEqual(never.first.network.parameters);
    expect(never.network.parameters).not.toEqual(never.first.network.parameters);
    const always = await run({ targetEvery: 2 });
    expect(always.target.parameters).toEqual(always.network.parameters);
    // Every 4 steps is with the last of 202 steps, at 504; a share of 0.5 leaves something of those before.
    const slowly = await run({ targetEvery: 4, targetShare: 0.5 });
    expect(slowly.target.parameters).not.toEqual(slowly.network.parameters);
    expect(slowly.target.parameters).not.toEqual(slowly.first.network.parameters);
  });

  it('draws by priority with weights that rise to full, and sets priorities by errors', async () => {
    const betas: number[] = [];
    const sample = ReplayBuffer.prototype.sample;
    const errors: { places: number[]; errors: number[] }[] = [];
    vi.spyOn(ReplayBuffer.prototype, 'sample').mockImplementation(function (this: ReplayBuffer, random, into, beta) {
      betas.push(beta ?? Number.NaN);
      sample.call(this, random, into, beta);
    });
    const setErrors = ReplayBuffer.prototype.setErrors;
    vi.spyOn(ReplayBuffer.prototype, 'setErrors').mockImplementation(function (this: ReplayBuffer, places, of) {
      errors.push({ places: Array.from(places), errors: Array.from(of) });
      setErrors.call(this, places, of);
    });
    const { agent, state } = await agentOf('cartpole', 1000, { environments: 1, prioritised: true, learningStarts: 200, batchSize: 8, hidden: [8] });
    while (agent.steps < 1000) await agent.iterate();
    expect(betas).toHaveLength(80);
    expect(betas[0]).toBeCloseTo(0.4 + 0.6 * 0.21, 12);
    expect(betas.at(-1)).toBe(1);
    const { priorities } = state().replay;
    const last = errors.at(-1) ?? { places: [], errors: [] };
    last.places.forEach((place, k) => {
      if (last.places.lastIndexOf(place) === k) expect(priorities[place]).toBeCloseTo((last.errors[k] + 1e-6) ** 0.6, 12);
    });
    expect(last.errors.some((error) => error > 0)).toBe(true);
    await agent.close();
  });

  it('refuses what it cannot learn', async () => {
    await expect(train('pendulum', 'dqn', { steps: 100 })).rejects.toThrow('dqn learns choices alone');
    await expect(train('cartpole', 'dqn', { steps: 100 })).rejects.toThrow('begins to learn after 10000 steps, and the training has 100');
    await expect(train('cartpole', 'dqn', { steps: 100_000, settings: { trainEvery: 0 } })).rejects.toThrow('the setting trainEvery of dqn is 0');
    const { agent } = await agentOf('cartpole', 100, { learningStarts: 50 });
    for (const wrong of [undefined, 3, {}, { steps: 4 }]) expect(() => agent.restore(wrong)).toThrow(InputError);
    await agent.close();
  });
});

/** What of a training must repeat itself: all but seconds. */
function curveOf(training: Training): unknown {
  const { policy, records } = training;
  return {
    parameters: policy.network.parameters,
    normaliser: policy.normaliser,
    records: records.map(({ seconds: _, simulationSeconds: _s, learningSeconds: _l, ...others }) => others),
  };
}

const SHORT: TrainOptions = {
  steps: 3000,
  evaluations: 3,
  evaluationEpisodes: 5,
  settings: {
    environments: 3,
    learningStarts: 500,
    returnSteps: 3,
    trainEvery: 4,
    batchSize: 32,
    bufferSize: 1500,
    dueling: true,
    prioritised: true,
    targetEvery: 20,
    targetShare: 0.1,
    normaliseObservations: true,
    normaliseRewards: true,
    annealLearningRate: true,
    huberLimit: 1,
    hidden: [16],
  },
};

/** For frozenlake without slipping: rewards are far, and few. */
const LAKE = {
  environments: 4,
  learningStarts: 1000,
  trainEvery: 2,
  targetEvery: 100,
  returnSteps: 5,
  prioritised: true,
  normaliseObservations: true,
  learningRate: 1e-3,
  hidden: [64, 64],
  explorationShare: 0.8,
  annealLearningRate: true,
};

/** frozenlake without slipping, its observation one number a state. */
async function oneHotLake(): Promise<Task> {
  const lake = await makeTask('frozenlake', { slippery: false });
  return {
    ...lake,
    id: 'one-hot-lake',
    observationSpace: new Box(0, 1, 16),
    observationNames: undefined,
    yardsticks: undefined,
    create: (options) => {
      const { observations } = options.arrays;
      const places = new Float32Array(options.environments);
      const slice = lake.create({ ...options, arrays: { ...options.arrays, observations: places } });
      const show = (which: Int32Array, count: number): void => {
        for (const i of which.subarray(0, count)) {
          observations.fill(0, 16 * i, 16 * i + 16);
          observations[16 * i + places[i]] = 1;
        }
      };
      return {
        kernelSeconds: 0,
        reset: (which, count) => (slice.reset(which, count), show(which, count)),
        step: (which, count) => (slice.step(which, count), show(which, count)),
        snapshot: (i) => slice.snapshot(i),
        restore: (i, state) => (slice.restore(i, state), show(Int32Array.of(i), 1)),
        render: (i, form) => slice.render(i, form),
      };
    },
  };
}

/** [state]: what the best course is worth, by dynamic programming. */
function lakeValues(gamma: number): number[] {
  const model = frozenLakeTransitions('4x4', false);
  let values = model.map(() => 0);
  for (let k = 0; k < 100; k++) {
    values = model.map((actions) =>
      Math.max(
        ...actions.map((all) =>
          all.reduce((sum, { probability, next, reward, ended }) => sum + probability * (reward + (ended ? 0 : gamma * values[next])), 0),
        ),
      ),
    );
  }
  return values;
}

describe('training', () => {
  it('gives the same curve for the same seed, and another for another', async () => {
    const [one, same, other] = await Promise.all([3, 3, 4].map((seed) => train('cartpole', 'dqn', { ...SHORT, seed })));
    expect(curveOf(same)).toEqual(curveOf(one));
    expect(curveOf(other)).not.toEqual(curveOf(one));
    for (const { metrics } of one.records) expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
  });

  it.each(['cartpole', 'tiles'])('of %s goes on from a checkpoint to the same bits', async (task) => {
    const states: TrainingState[] = [];
    const whole = await train(task, 'dqn', { ...SHORT, onCheckpoint: (state) => void states.push(structuredClone(state())) });
    expect(states.length).toBeGreaterThan(3);
    for (const resume of states.slice(0, 3)) {
      expect(curveOf(await train(task, 'dqn', { ...SHORT, resume }))).toEqual(curveOf(whole));
    }
  });

  it('balances the pole', async () => {
    const { policy, records } = await train('cartpole', 'dqn', {
      steps: 20_000,
      evaluations: 0,
      settings: { learningStarts: 1000, trainEvery: 4, bufferSize: 10_000 },
    });
    // Random actions keep it up for about 22 steps.
    expect(records[0].evaluation.mean).toBeGreaterThan(150);
    expect(policy).toMatchObject({ head: 'values', agent: 'dqn', steps: 20_000 });
  });

  it('finds the way over the ice', async () => {
    const { records } = await train('frozenlake', 'dqn', { steps: 20_000, evaluations: 0, taskOptions: { slippery: false }, settings: LAKE });
    expect(records[0].evaluation.mean).toBe(1);
  });

  it('comes to the values of dynamic programming where each state has a number of its own', async () => {
    const settings = { ...LAKE, returnSteps: 1, prioritised: false, normaliseObservations: false };
    const { policy } = await train(await oneHotLake(), 'dqn', { steps: 20_000, evaluations: 0, settings });
    const network = loadNetwork(policy.network, { batch: 16 });
    const outputs = network.forward(Float32Array.from({ length: 256 }, (_, k) => (k % 17 === 0 ? 1 : 0)));
    const exact = lakeValues(0.99);
    for (let state = 0; state < 16; state++) {
      // In holes and at the goal nothing is done, so nothing is learnt.
      if (exact[state] > 0) expect(Math.max(...outputs.subarray(4 * state, 4 * state + 4)), `state ${state}`).toBeCloseTo(exact[state], 1.5);
    }
    expect(exact[0]).toBeCloseTo(0.99 ** 5, 12);
  });

  it.each([false, true])('finds the best of choices that depend on each other, masked; dueling %s', async (dueling) => {
    const settings = {
      environments: 4,
      learningStarts: 400,
      trainEvery: 2,
      learningRate: 1e-3,
      hidden: [48],
      dueling,
      gamma: 0.95,
      targetEvery: 100,
      // Each entry learns beside what the other did: that should not be long ago.
      bufferSize: 1000,
      explorationShare: 0.8,
    };
    const { policy, records } = await train('tiles', 'dqn', { steps: 12_000, evaluations: 0, evaluationEpisodes: 1, settings });
    expect(records[0].evaluation.mean).toBeCloseTo(tilesBest(), 6);
    expect(policy.head).toBe(dueling ? 'dueling-values' : 'values');
    // As JSON it acts the same, and what is not allowed is not taken.
    const learned = new LearnedPolicy(policyFromJSON(JSON.parse(JSON.stringify(policyToJSON(policy)))));
    const into = new Float64Array(2);
    const before = new Float64Array(2);
    new LearnedPolicy(policy).choose(Float32Array.of(2, 0, 0, 0, 1), Uint8Array.of(1, 1, 0, 1, 1), before);
    learned.choose(Float32Array.of(2, 0, 0, 0, 1), Uint8Array.of(1, 1, 0, 1, 1), into);
    expect(into).toEqual(before);
    expect(into[0]).not.toBe(2);
  });
});
