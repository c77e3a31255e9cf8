/** IMPALA in one thread: its loss, its targets, its accounts, the same numbers again. Threads: impala-threads.test.ts. */
import { describe, expect, it, vi } from 'vitest';
import { ActorAccounts } from '../../src/agents/impala/actor-accounts.js';
import { ImpalaAgent } from '../../src/agents/impala/impala.js';
import { LearnerBatch } from '../../src/agents/impala/learner-batch.js';
import { IMPALA_SETTINGS, type ImpalaSettings } from '../../src/agents/impala/settings.js';
import { ABOUT_ACTOR, ABOUT_LIFE, type Trajectory, trajectoryAt, trajectoryBytes } from '../../src/agents/impala/trajectory.js';
import { LocalSource, type StartActorThreads } from '../../src/agents/impala/trajectory-source.js';
import { type AgentContext, ImpalaScratch, impala, impalaLoss, train } from '../../src/agents/node-index.js';
import { completeSettings } from '../../src/agents/settings.js';
import { makeTask, makeVector, VectorEnvironment } from '../../src/environments/node-index.js';
import { InputError } from '../../src/grid/index.js';
import {
  DiagonalGaussian,
  type Distribution,
  discountedReturns,
  generalisedAdvantages,
  MultiCategorical,
  type Network,
  ObservationNormaliser,
  ProductDistribution,
} from '../../src/learning/index.js';
import { RandomStream } from '../../src/numeric/index.js';
import { toy } from '../environments/toy-task.js';
import { normals } from '../learning/networks.js';
import { differences, distance } from '../learning/oracle.js';

const doubles = (numbers: ArrayLike<number>): Float64Array => Float64Array.from(numbers);

/** What makes an agent of a task at hand. */
async function contextOf(id: string, given: Partial<AgentContext> = {}): Promise<AgentContext> {
  const task = await makeTask(id);
  return {
    task,
    makeVector: (settings) => makeVector(id, { ...settings, autoreset: 'same-step' }),
    seed: 3,
    totalSteps: 10_000,
    workers: 1,
    ...given,
  };
}

describe('the loss', () => {
  const steps = 4;
  const environments = 3;
  const rows = steps * environments;
  const settings = {
    gamma: 0.9,
    rhoLimit: 1.1,
    policyRhoLimit: 0.9,
    lambda: 0.95,
    entropyWeight: 0.03,
    valueWeight: 0.5,
    normaliseAdvantages: false,
  };
  const masks = Uint8Array.from({ length: 5 * rows }, (_, k) => (k % 7 === 3 ? 0 : 1));
  const cases: [string, Distribution, Uint8Array][] = [
    ['choices, some masked', new MultiCategorical([3, 2]), masks],
    ['numbers', new DiagonalGaussian(2), new Uint8Array(0)],
    ['both', new ProductDistribution(new MultiCategorical([3, 2]), new DiagonalGaussian(1)), masks],
  ];
  it.each(cases)('has the gradients of finite differences: %s', (_, distribution, allowed) => {
    const parameters = doubles(normals(1, rows * distribution.parameters, 0.5));
    const values = doubles(normals(2, rows));
    const actions = new Float64Array(rows * distribution.actions);
    const mask = allowed.length > 0 ? allowed : undefined;
    distribution.sample(parameters, new RandomStream(5), actions, mask);
    // Another policy than the one that learns.
    const behaviour = new Float64Array(rows);
    distribution.logProbabilities(
      parameters.map((x, k) => x + 0.4 * Math.sin(k)),
      actions,
      behaviour,
      mask,
    );
    const batch = {
      environments,
      actions,
      masks: allowed,
      behaviourLogProbabilities: behaviour,
      rewards: doubles(normals(3, rows)),
      terminations: Uint8Array.from({ length: rows }, (__, k) => (k === 4 ? 1 : 0)),
      truncations: Uint8Array.from({ length: rows }, (__, k) => (k === 5 ? 1 : 0)),
      finalValues: doubles(normals(4, rows)),
      lastValues: doubles(normals(5, environments)),
    };
    const scratch = new ImpalaScratch(rows);
    const [byParameter, byValue] = [new Float64Array(parameters.length), new Float64Array(rows)];
    const loss = impalaLoss(distribution, parameters, values, batch, settings, scratch, byParameter, byValue);
    expect(loss.clippedShare).toBeGreaterThan(0);
    expect(loss.clippedShare).toBeLessThan(1);
    expect(loss.divergence).toBeGreaterThan(0);
    // Targets and advantages are held: they carry no gradient.
    const [logs, entropies] = [new Float64Array(rows), new Float64Array(rows)];
    const policyPart = (x: Float64Array): number => {
      distribution.logProbabilities(x, actions, logs, mask);
      distribution.entropies(x, entropies, mask);
      return logs.reduce((sum, log, k) => sum - (scratch.advantages[k] * log + settings.entropyWeight * entropies[k]) / rows, 0);
    };
    const valuePart = (v: Float64Array): number =>
      settings.valueWeight * v.reduce((sum, value, k) => sum + (value - scratch.targets[k]) ** 2 / (2 * rows), 0);
    expect(distance(byParameter, differences(policyPart, parameters))).toBeLessThan(1e-7);
    expect(distance(byValue, differences(valuePart, values))).toBeLessThan(1e-7);
    expect(loss.policyLoss - settings.entropyWeight * loss.entropy).toBeCloseTo(policyPart(parameters), 12);
    expect(settings.valueWeight * loss.valueLoss).toBeCloseTo(valuePart(values), 12);
  });
});

/** The parts of an agent that tests look into. */
interface Inside {
  readonly batch: LearnerBatch;
  readonly scratch: ImpalaScratch;
  readonly valueNetwork: Network;
  readonly policyNetwork: Network;
}

describe('the agent on its own actions', () => {
  it.each([1, 0.9])('has n-step returns for targets (lambda 1), advantages over lambda %s, through both kinds of ending', async (lambda) => {
    const given = { environments: 6, unroll: 9, batch: 2, learningRate: 0, lambda, gamma: 0.8 };
    const agent = (await impala.create(await contextOf('toy'), given)) as ImpalaAgent;
    const { batch, scratch, valueNetwork } = agent as unknown as Inside;
    const { metrics } = await agent.iterate();
    expect([metrics.lagMean, metrics.lagMax, metrics.divergence, metrics.clippedShare]).toEqual([0, 0, 0, 0]);
    expect(metrics.meanRho).toBeCloseTo(1, 12);
    const values = doubles(valueNetwork.forward(batch.inputs));
    expect(batch.terminations.includes(1) && batch.truncations.includes(1)).toBe(true);
    const cut = batch.truncations.findIndex((flag, k) => flag === 1 && !batch.terminations[k]);
    expect(batch.finalValues[cut]).not.toBe(0);
    const rollout = { ...batch, environments: batch.environments, rewards: batch.rewards, values, lastValues: batch.lastValues };
    const ends = { terminations: batch.terminations, truncations: batch.truncations, finalValues: batch.finalValues };
    const wanted = new Float64Array(batch.rows);
    if (lambda === 1) discountedReturns({ ...rollout, ...ends }, 0.8, wanted);
    else generalisedAdvantages({ ...rollout, ...ends }, 0.8, lambda, new Float64Array(batch.rows), wanted);
    expect(distance(scratch.targets, wanted)).toBeLessThan(1e-9);
    // What a trajectory does not reach is valued: the row behind the last step.
    const last = valueNetwork.forward((batch as unknown as { lastObservations: Float32Array }).lastObservations);
    expect(distance(batch.lastValues, last)).toBe(0);
    await agent.close();
  });

  it('writes trajectories side by side', async () => {
    const context = await contextOf('toy');
    const agents = await Promise.all([1, 2].map((batch) => impala.create(context, { environments: 4, unroll: 5, batch, learningRate: 0 })));
    const [one, two] = agents.map((agent) => (agent as unknown as Inside).batch);
    const rewards: number[][] = [];
    for (let k = 0; k < 2; k++) {
      await agents[0].iterate();
      rewards.push(Array.from(one.rewards));
    }
    await agents[1].iterate();
    const wanted = Array.from({ length: 40 }, (_, k) => rewards[Math.floor((k % 8) / 4)][4 * Math.floor(k / 8) + (k % 4)]);
    expect(Array.from(two.rewards)).toEqual(wanted);
    await Promise.all(agents.map((agent) => agent.close()));
  });
});

describe('a batch', () => {
  it('values final and last observations as the network takes them, however many episodes were cut', () => {
    const shape = { steps: 4, environments: 2, observation: 1, action: 1, choices: 0 };
    const batch = new LearnerBatch(shape, 2);
    const normaliser = new ObservationNormaliser(1);
    normaliser.moments.add([10, 14]);
    const normal = (x: number): number => Math.fround((x - 12) / Math.sqrt(4 + 1e-8));
    // A network whose value is its input, for three at a time.
    const network = { batch: 3, forward: (inputs: Float32Array) => (expect(inputs.length).toBeLessThanOrEqual(4), inputs) } as unknown as Network;
    for (let place = 0; place < 2; place++) {
      const from = trajectoryAt(new ArrayBuffer(trajectoryBytes(shape)), 0, shape);
      from.finalObservations.forEach((_, row) => {
        from.finalObservations[row] = 10 + place + 0.25 * row;
      });
      from.lastObservations.set([20 + place, 21 + place]);
      from.observations.fill(11);
      from.truncations.fill(1);
      // Terminated as well as cut: nothing comes after.
      from.terminations[3] = 1;
      batch.put(place, from);
    }
    batch.prepare(normaliser);
    batch.value(network);
    expect(Array.from(batch.inputs)).toEqual(Array(16).fill(normal(11)));
    expect(Array.from(batch.lastValues)).toEqual([20, 21, 21, 22].map((x) => Math.min(10, normal(x))));
    const wanted = Array.from({ length: 16 }, (_, k) => {
      const [step, place, environment] = [Math.floor(k / 4), Math.floor((k % 4) / 2), k % 2];
      return 2 * step + environment === 3 ? 0 : normal(10 + place + 0.25 * (2 * step + environment));
    });
    expect(distance(batch.finalValues, wanted)).toBeLessThan(1e-6);
  });
});

/** Trains for a little and gives what came of it. */
async function curve(seed: number, more: object = {}): Promise<unknown> {
  const { records, policy } = await train('cartpole', 'impala', { steps: 3000, seed, evaluations: 2, evaluationEpisodes: 4, ...more });
  return { records: records.map(({ trainingReturn, evaluation, metrics }) => ({ trainingReturn, evaluation, metrics })), network: policy.network };
}

describe('training in one thread', () => {
  it('gives the same curve for the same seed, on any number of threads that step; another for another', async () => {
    const [first, again, stepped, other] = [await curve(1), await curve(1), await curve(1, { workers: 2, settings: { actors: 0 } }), await curve(2)];
    expect(again).toEqual(first);
    expect(stepped).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('goes on to the bit from where it was saved', async () => {
    const settings = { normaliseObservations: true, normaliseRewards: true, environments: 6, unroll: 5, batch: 2, passes: 2, optimiser: 'rmsprop' };
    const context = await contextOf('toy');
    const whole = await impala.create(context, settings);
    for (let k = 0; k < 3; k++) await whole.iterate();
    const saved = structuredClone(whole.save());
    const resumed = await impala.create(context, settings);
    resumed.restore(saved);
    expect(resumed.steps).toBe(3 * 60);
    for (let k = 0; k < 3; k++) {
      const { simulationSeconds: _a, learningSeconds: _b, ...wanted } = await whole.iterate();
      expect(await resumed.iterate()).toMatchObject(wanted);
    }
    expect(resumed.policy()).toEqual(whole.policy());
    expect(resumed.save()).toEqual(whole.save());
    const others = await impala.create(context, { ...settings, normaliseObservations: false });
    for (const state of [undefined, {}, { steps: 1, version: 1, observationMoments: null }]) expect(() => resumed.restore(state)).toThrow(InputError);
    expect(() => others.restore(saved)).toThrow(InputError);
    await Promise.all([whole, resumed, others].map((agent) => agent.close()));
  });

  it('takes all kinds of actions, masked ones among them, with settings that a task has', async () => {
    for (const id of ['toy', 'pendulum', 'frozenlake']) {
      const agent = await impala.create(await contextOf(id), { unroll: 8 });
      for (let k = 0; k < 4; k++) {
        const { metrics, steps } = await agent.iterate();
        expect(steps).toBe(8 * (agent.settings.environments as number));
        expect(Object.values(metrics).every((x) => Number.isFinite(x))).toBe(true);
      }
      await agent.close();
    }
    const tuned = await impala.create(await contextOf('pendulum'), {});
    expect(tuned.settings.gamma).toBe(0.9);
    await tuned.close();
  });

  it('learns from older policies by V-trace, and says how old they are', async () => {
    const context = await contextOf('cartpole', { remote: { id: 'cartpole', options: {} } });
    const settings: ImpalaSettings = { ...completeSettings('impala', IMPALA_SETTINGS, { learningRate: 0.01 }), actors: 1 };
    // Publishes every third version alone.
    const start: StartActorThreads = ({ actor, trajectory, weights }) => {
      const local = new LocalSource(new VectorEnvironment(context.task, { environments: 8 }), actor, trajectory, weights);
      const publish = local.publish.bind(local);
      return Object.assign(local, {
        publish: (...[version, write]: Parameters<typeof publish>) => {
          if (version % 3 === 0) publish(version, write);
        },
      });
    };
    const agent = new ImpalaAgent(context, settings, { start, remote: { id: 'cartpole', options: {} } });
    const lags: number[] = [];
    for (let k = 0; k < 7; k++) {
      const { metrics } = await agent.iterate();
      lags.push(metrics.lagMax);
      expect(metrics.lagMean).toBe(metrics.lagMax);
      expect(metrics.divergence === 0).toBe(metrics.lagMax === 0);
      if (metrics.lagMax > 0) expect(metrics.meanRho).toBeLessThan(1);
    }
    expect(lags).toEqual([0, 1, 2, 0, 1, 2, 0]);
    await agent.close();
  });
});

describe('accounts of actors', () => {
  const shape = { steps: 3, environments: 2, observation: 1, action: 1, choices: 0 };
  const trajectory = (actor: number, life: number, rewards: number[], ends: number[]): Trajectory => {
    const made = trajectoryAt(new ArrayBuffer(trajectoryBytes(shape)), 0, shape);
    made.about[ABOUT_ACTOR] = actor;
    made.about[ABOUT_LIFE] = life;
    made.rewards.set(rewards);
    made.terminations.set(ends);
    return made;
  };

  it('follow episodes from trajectory to trajectory, each actor its own, and begin anew with a new life', () => {
    const accounts = new ActorAccounts(2, 2, { gamma: 0.5, rewardScale: 10, normaliseRewards: false });
    accounts.add(trajectory(0, 0, [1, 10, 2, 20, 3, 30], [0, 0, 0, 1, 0, 0]));
    accounts.add(trajectory(1, 0, [5, 6, 5, 6, 5, 6], [0, 0, 0, 0, 0, 0]));
    accounts.add(trajectory(0, 0, [4, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]));
    expect(accounts.take()).toEqual({ returns: [30, 10], lengths: [2, 4] });
    accounts.add(trajectory(1, 1, [7, 8, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0]));
    expect(accounts.take()).toEqual({ returns: [7, 8], lengths: [1, 1] });
    const rewards = doubles([1, 2]);
    accounts.scale(rewards);
    expect(Array.from(rewards)).toEqual([10, 20]);
  });

  it('normalise rewards by what all actors have seen', () => {
    const accounts = new ActorAccounts(2, 2, { gamma: 0.5, rewardScale: 1, normaliseRewards: true });
    accounts.add(trajectory(0, 0, [1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 1, 0]));
    accounts.add(trajectory(1, 0, [-1, 2, -3, 4, -5, 6], [0, 0, 0, 0, 0, 0]));
    // Discounted sums by hand.
    const sums = [1, 2, 3.5, 5, 6.75, 8.5, -1, 2, -3.5, 5, -6.75, 8.5];
    const mean = sums.reduce((a, b) => a + b) / 12;
    const deviation = Math.sqrt(sums.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 12);
    const rewards = doubles([3, -2]);
    accounts.scale(rewards);
    expect(rewards[0]).toBeCloseTo(3 / deviation, 6);
    expect(rewards[1]).toBeCloseTo(-2 / deviation, 6);
  });
});

describe('actors', () => {
  it('are settled by the workers, where nobody says how many', async () => {
    const context = await contextOf('cartpole', { remote: { id: 'cartpole', options: {} } });
    for (const [workers, environments, wanted] of [
      [1, 8, 0],
      [2, 8, 1],
      [4, 8, 2],
      [4, 9, 3],
      [3, 9, 1],
    ]) {
      const agent = await impala.create({ ...context, workers }, { environments });
      expect(agent.settings.actors).toBe(wanted);
      await agent.close();
    }
  });

  it('that cannot be are refused by one line', async () => {
    const context = await contextOf('cartpole', { remote: { id: 'cartpole', options: {} } });
    const attempt = (given: Record<string, unknown>, other: object = {}): Promise<unknown> => impala.create({ ...context, ...other }, given);
    await expect(attempt({ actors: 3 })).rejects.toThrow(/^impala cannot share 8 environments out among 3 actors/);
    await expect(attempt({ actors: 1 }, { task: toy(), remote: undefined })).rejects.toThrow(/^the task toy is an object.*set actors to 0/);
    await expect(attempt({ actors: 1 }, { remote: { id: 'cartpole', options: { f: () => 1 } } })).rejects.toThrow(/^the option f of the task cannot/);
    await expect(attempt({ actors: 1 }, { remote: { id: 'cartpole', options: {}, module: './x.js' } })).rejects.toThrow(/^module is/);
    await expect(attempt({ actors: 1, unroll: 65536, environments: 2 ** 20 })).rejects.toThrow(/^3 trajectories of impala.*MiB; set unroll/);
    vi.resetModules();
    const browser = await import('../../src/agents/index.js');
    await expect(browser.train('cartpole', 'impala', { steps: 10, settings: { actors: 1 } })).rejects.toThrow(
      /^impala with 1 actors needs worker threads, which Node alone has/,
    );
    const { settings } = await browser.train('cartpole', 'impala', { steps: 10, evaluations: 0, evaluationEpisodes: 1 });
    expect(settings.actors).toBe(0);
  });
});
