/** microgrid-6 and microgrid-20 against the simulation that they stand on, and against their own rules. */
import { describe, expect, it } from 'vitest';
import {
  compensateDroop,
  firstReward,
  LoadDisturbance,
  loadMicrogrid,
  MicrogridSimulation,
  type MicrogridVariant,
  nativeDynamics,
  nearestLevel,
  revisedReward,
  VOLTAGE_LEVELS,
} from '../../../src/dynamics/index.js';
import {
  type EnvironmentSnapshot,
  evaluate,
  make,
  makeTask,
  makeVector,
  parallelForm,
  policyNames,
  policyTitle,
  type Task,
} from '../../../src/environments/node-index.js';
import { FEATURES, readFeatures, WIDTH } from '../../../src/environments/tasks/microgrid/observation.js';
import { OBSERVATION_STATISTICS } from '../../../src/environments/tasks/microgrid/observation-statistics.js';
import { InputError } from '../../../src/grid/index.js';
import { RandomStream } from '../../../src/numeric/index.js';
import { goldenHash } from '../golden-hash.js';

type Id = 'microgrid-6' | 'microgrid-20';
type Rule = (simulation: MicrogridSimulation, out: Float64Array) => void;

/** An episode by the simulation itself: return under a rule that writes set points, [step][inverter] rewards of the first version. */
function episode(
  id: Id,
  seed: number,
  rule: Rule,
  { variant = 'repaired' as MicrogridVariant, noise = 1, revised = false, conventional = false } = {},
) {
  const simulation = new MicrogridSimulation(loadMicrogrid(id, variant), conventional ? { conventionalVoltage: true, secondaryFrom: 0 } : {});
  const { state, plan } = simulation;
  const stream = new RandomStream(seed, 0, 'microgrid loads');
  const loads = new LoadDisturbance(plan.loads, () => stream.uniform(), { first: [1 - 0.2 * noise, 1 + 0.2 * noise], walk: 0.05 * noise });
  loads.reset();
  simulation.reset(loads.resistance, loads.inductance);
  const voltages = new Float64Array(plan.inverters);
  let sum = 0;
  let outside = 0;
  for (let step = 0; step < 20; step++) {
    rule(simulation, voltages);
    loads.step();
    expect(simulation.step(voltages, loads.resistance, loads.inductance)).toBe('running');
    for (let i = 0; i < plan.inverters; i++) {
      const pu = state.voltagePu(i);
      sum += revised ? revisedReward(Float64Array.from({ length: plan.buses }, (_, b) => state.busVoltagePu(b))) : firstReward(pu);
      if (pu < 0.95 || pu > 1.05) outside += 1 / plan.inverters;
    }
  }
  return { sum, outside, simulation };
}

const constant =
  (volt: number): Rule =>
  (_simulation, out) => {
    out.fill(volt);
  };
const compensation: Rule = ({ state }, out) => {
  compensateDroop(state, out);
  for (let i = 0; i < out.length; i++) out[i] = Math.min(540, Math.max(490, out[i]));
};
const levels: Rule = ({ state }, out) => {
  compensateDroop(state, out);
  for (let i = 0; i < out.length; i++) out[i] = VOLTAGE_LEVELS.first[nearestLevel(VOLTAGE_LEVELS.first, out[i])];
};

describe('returns and costs are those of the simulation', () => {
  const cases: readonly (readonly [Id, string, Rule, Parameters<typeof episode>[3], Record<string, unknown>])[] = [
    ['microgrid-6', 'level-530', constant(530), {}, {}],
    ['microgrid-6', 'neutral', constant(490), { variant: 'published' }, { variant: 'published' }],
    ['microgrid-6', 'level-568', constant(568), { revised: true }, { reward: 'r2' }],
    ['microgrid-6', 'level-520', constant(520), { noise: 2 }, { loadNoise: 2, actions: 'continuous' }],
    ['microgrid-6', 'rule', levels, {}, {}],
    ['microgrid-6', 'rule-continuous', compensation, {}, {}],
    ['microgrid-6', 'native', constant(0), { conventional: true }, {}],
    ['microgrid-20', 'level-510', constant(510), {}, {}],
    ['microgrid-20', 'rule', levels, {}, {}],
    ['microgrid-20', 'rule-continuous', compensation, { variant: 'published' }, { variant: 'published' }],
    ['microgrid-20', 'native', constant(0), { conventional: true }, {}],
  ];
  it.each(cases)('%s, %s', async (id, policy, rule, how, taskOptions) => {
    const found = await evaluate(id, policy, { episodes: 2, seed: 2000, taskOptions });
    expect(found.lengths).toMatchObject({ min: 20, max: 20 });
    expect(found.terminatedShare).toBe(0);
    let outside = 0;
    for (const k of [0, 1]) {
      const own = episode(id, 2000 + k, rule, how);
      expect(found.episodeReturns[k]).toBeCloseTo(own.sum, 9);
      outside += own.outside / 2;
    }
    expect(found.costs.voltagesOutside.mean).toBeCloseTo(outside, 9);
  });

  it('the rule beats every constant level on both', async () => {
    for (const id of ['microgrid-6', 'microgrid-20'] as const) {
      const names = policyNames(await makeTask(id)).filter((name) => name.startsWith('level-'));
      expect(names).toHaveLength(10);
      const settings = { episodes: 2, seed: 2000 };
      const rule = (await evaluate(id, 'rule', settings)).returns.mean;
      for (const name of names) expect((await evaluate(id, name, settings)).returns.mean, name).toBeLessThan(rule);
    }
  }, 60_000);
});

describe('an environment', () => {
  it('shows each agent nine numbers of its inverter, standardised', async () => {
    const environment = await make('microgrid-6', { actions: 'continuous' });
    environment.reset({ seed: 5 });
    let seen = environment.step([0, 0.2, 0.4, -0.3, 1, -1]);
    const volts = [515, 520, 525, 507.5, 540, 490];
    volts.forEach((volt, i) => expect(seen.info[`setPoint${i}`]).toBeCloseTo(volt, 9));
    for (let k = 1; k < 20; k++) seen = environment.step([0, 0.2, 0.4, -0.3, 1, -1]);
    expect(seen.truncated).toBe(true);
    const { simulation } = episode('microgrid-6', 5, (_s, out) => out.set(volts));
    const { state, plan } = simulation;
    const features = new Float64Array(6 * WIDTH);
    readFeatures(state, features);
    const { mean, deviation } = OBSERVATION_STATISTICS['microgrid-6'].v1;
    const names = environment.task.observationNames ?? [];
    for (let i = 0; i < 6; i++) {
      const row = features.subarray(WIDTH * i, WIDTH * (i + 1));
      FEATURES.forEach((feature, f) => {
        const scale = deviation[i][f] || 1;
        expect(seen.observation[WIDTH * i + f]).toBeCloseTo((row[f] - mean[i][f]) / scale, 3);
        expect(names[WIDTH * i + f]).toBe(`dg${i + 1}.${feature}`);
      });
      // Features against each other: the two frames are an angle apart, and powers at rest are voltage times current.
      const [delta, , , iod, ioq, ioD, ioQ, vbD, vbQ] = row;
      expect(ioD).toBeCloseTo(Math.cos(delta) * iod - Math.sin(delta) * ioq, 8);
      expect(ioQ).toBeCloseTo(Math.sin(delta) * iod + Math.cos(delta) * ioq, 8);
      expect(Math.hypot(vbD, vbQ) / 480).toBeCloseTo(state.busVoltagePu(plan.inverterBus[i]), 12);
      expect(seen.info[`voltage${i}`]).toBeCloseTo(state.voltagePu(i), 12);
      expect(seen.info[`frequency${i}`]).toBeCloseTo(state.speed(i) / (2 * Math.PI), 12);
      expect(seen.info[`activePower${i}`]).toBeCloseTo(state.activePower[i], 6);
      expect(seen.info[`reactivePower${i}`]).toBeCloseTo(state.reactivePower[i], 6);
      expect(seen.info[`reward${i}`]).toBeCloseTo(firstReward(state.voltagePu(i)), 12);
    }
    expect(seen.reward).toBeCloseTo(
      [0, 1, 2, 3, 4, 5].reduce((sum, i) => sum + seen.info[`reward${i}`], 0),
      12,
    );
  });

  it('has observations of mean about 0 and deviation about 1 under random levels', async () => {
    for (const reward of ['v1', 'r2']) {
      const vector = await makeVector('microgrid-6', { environments: 100, reward });
      vector.reset({ seed: 700 });
      const sum = new Float64Array(54);
      const squares = new Float64Array(54);
      for (let step = 0; step < 20; step++) {
        for (let k = 0; k < vector.observations.length; k++) {
          sum[k % 54] += vector.observations[k] / 2000;
          squares[k % 54] += vector.observations[k] ** 2 / 2000;
        }
        vector.step(vector.sampleActions());
      }
      for (let k = 1; k < 54; k++) {
        expect(Math.abs(sum[k])).toBeLessThan(0.25);
        expect(Math.sqrt(squares[k])).toBeGreaterThan(0.75);
        expect(Math.sqrt(squares[k])).toBeLessThan(1.25);
      }
      expect([sum[0], squares[0]]).toEqual([0, 0]);
    }
  });

  it('smooths set points from the second step on', async () => {
    const environment = await make('microgrid-6', { smoothing: 0.25 });
    environment.reset({ seed: 1 });
    expect(environment.step([0, 0, 0, 0, 0, 9]).info.setPoint5).toBe(535);
    expect(environment.step([0, 0, 0, 0, 0, 1]).info.setPoint5).toBeCloseTo(0.25 * 535 + 0.75 * 495, 9);
  });

  it('ends alone where its trajectory diverges, and the others go on', async () => {
    for (const [reward, lost] of [
      ['v1', -100],
      ['r2', -10],
    ] as const) {
      const vector = await makeVector('microgrid-6', { environments: 3, reward, autoreset: 'disabled' });
      const other = await makeVector('microgrid-6', { environments: 3, reward, autoreset: 'disabled' });
      for (const one of [vector, other]) one.reset({ seed: 3 });
      // No level makes a trajectory diverge: a state far from any that can be reached does. The first numbers behind the clock are angles.
      const far = vector.snapshot(1);
      const numbers = (far.state.numbers as readonly number[]).with(2, 1e6);
      vector.restore({ ...far, state: { ...far.state, numbers } } as EnvironmentSnapshot, 1);
      const action = new Float64Array(18).fill(5);
      const { rewards, terminations, truncations, costs, infos, observations } = vector.step(action);
      const beside = other.step(action);
      expect(rewards[1]).toBe(6 * lost);
      expect([terminations[1], truncations[1], costs[1], infos.value(1, 'diverged'), infos.value(1, 'reward4')]).toEqual([1, 0, 1, 1, lost]);
      expect(observations.every(Number.isFinite)).toBe(true);
      for (const i of [0, 2]) {
        expect([terminations[i], infos.value(i, 'diverged'), rewards[i]]).toEqual([0, 0, beside.rewards[i]]);
        expect(observations.slice(54 * i, 54 * (i + 1))).toEqual(beside.observations.slice(54 * i, 54 * (i + 1)));
      }
      // The flag and its reward are part of the state.
      const snapshot = JSON.parse(JSON.stringify(vector.snapshot(1))) as EnvironmentSnapshot;
      other.restore(snapshot, 0);
      expect([other.rewards[0], other.infos.value(0, 'reward4'), other.infos.value(0, 'diverged')]).toEqual([6 * lost, lost, 1]);
    }
  });

  it('draws twice the noise where asked, and never loads of nothing', async () => {
    const environment = await make('microgrid-6', { loadNoise: 2 });
    let least = 1;
    for (let seed = 0; seed < 40; seed++) {
      environment.reset({ seed });
      for (let k = 0; k < 20; k++) environment.step([0, 0, 0, 0, 0, 0]);
      const numbers = environment.snapshot().state.numbers as readonly number[];
      least = numbers.slice(-8).reduce((a, b) => Math.min(a, b), least);
    }
    expect(least).toBeGreaterThanOrEqual(0.1);
    // The usual noise comes to 0.8 less three deviations of a walk of 20 steps at most, 0.41.
    expect(least).toBeLessThan(0.4);
  });

  it('is rendered in words and as a picture', async () => {
    const environment = await make('microgrid-20');
    environment.reset({ seed: 1 });
    expect(environment.render()).toMatch(/^microgrid-20\nstep 0; buses 0\.\d{4} to /);
    environment.step(new Float64Array(20).fill(9));
    expect(environment.render().split('\n')).toHaveLength(22);
    expect(environment.render()).toMatch(/step 1, reward -?\d+\.\d{4};/);
    const svg = environment.render('svg');
    expect(svg.match(/<rect /g)).toHaveLength(41);
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  it.each([
    [{ variant: 'fixed' }, /the option variant of microgrid-6 is "fixed"; it must be repaired or published/],
    [{ reward: 1 }, /the option reward of microgrid-6 is 1/],
    [{ loadNoise: -1 }, /the option loadNoise of microgrid-6 is -1; it must be a number from 0 to/],
    [{ smoothing: 1 }, /the option smoothing/],
    [{ schemeSeconds: 0.003 }, /schemeSeconds of microgrid-6 is 0.003, which does not divide controlSeconds, 0.05/],
    [{ observations: 'published' }, /observations/],
  ])('refuses %o', async (options, message) => {
    const error = await makeTask('microgrid-6', options).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });

  it('refuses snapshots that are none of its own', async () => {
    const vector = await makeVector('microgrid-6', { environments: 1 });
    vector.reset({ seed: 1 });
    const snapshot = vector.snapshot(0);
    const numbers = snapshot.state.numbers as readonly number[];
    const restore = (changed: readonly number[]) => vector.restore({ ...snapshot, state: { ...snapshot.state, numbers: changed } }, 0);
    expect(() => restore(numbers.with(0, 0.5))).toThrow('the control steps in a snapshot of microgrid-6 are 0.5');
    expect(() => restore(numbers.with(4, Infinity))).toThrow('must be finite');
  });
});

describe('the parallel form', () => {
  it('gives what the environment gives, by agent', async () => {
    const form = parallelForm(await make('microgrid-6'));
    const plain = await make('microgrid-6');
    expect(form.agents).toEqual([]);
    expect(form.possibleAgents).toEqual(['dg1', 'dg2', 'dg3', 'dg4', 'dg5', 'dg6']);
    const first = plain.reset({ seed: 8 });
    const begun = form.reset({ seed: 8 });
    expect(begun.observations.dg3).toEqual(first.observation.slice(18, 27));
    expect(form.agents).toHaveLength(6);
    for (let k = 0; k < 20; k++) {
      const row = [0, 1, 2, 3, 4, 5].map((i) => (i + k) % 10);
      const step = form.step(Object.fromEntries(form.possibleAgents.map((name, i) => [name, row[i]])));
      const expected = plain.step(row);
      expect(Object.values(step.rewards).reduce((a, b) => a + b)).toBeCloseTo(expected.reward, 12);
      expect(step.observations.dg6).toEqual(expected.observation.slice(45));
      expect(step.rewards.dg2).toBe(expected.info.reward1);
      expect(step.truncations).toEqual(Object.fromEntries(form.possibleAgents.map((name) => [name, k === 19])));
      expect(step.costs).toEqual(expected.costs);
    }
    expect(form.agents).toEqual([]);
    expect(form.observationSpace('dg1').contains(begun.observations.dg1)).toBe(true);
    expect(form.actionSpace('dg1').describe()).toBe('MultiDiscrete([10])');
  });

  it('refuses what it cannot do', async () => {
    const form = parallelForm(await make('microgrid-6'));
    form.reset({ seed: 8 });
    const actions = Object.fromEntries(form.possibleAgents.map((name) => [name, 0]));
    const { dg2: _left, ...missing } = actions;
    expect(() => form.step(missing)).toThrow('the action of the agent dg2 is undefined; give a number');
    expect(() => form.step({ ...actions, dg9: 1 })).toThrow('has no agent "dg9"');
    expect(() => form.step({ ...actions, dg2: [1, 2] })).toThrow('the action of the agent dg2');
    expect(() => form.step({ ...actions, dg2: 10 })).toThrow(InputError);
    expect(() => form.actionSpace('dg9')).toThrow('there is no agent "dg9"');
    expect(() => parallelForm(3 as never)).toThrow(InputError);
    const cart = await make('cartpole');
    expect(() => parallelForm(cart)).toThrow('the task cartpole has one agent');
  });
});

describe('agents of a task', () => {
  it('share out observation and action, have rewards that add up, and a graph', async () => {
    const task = await makeTask('microgrid-20');
    const { agents } = task;
    expect(agents?.neighbours.map((list) => list.length).every((count) => count > 0)).toBe(true);
    expect(agents?.hopDistances[0][0]).toBe(0);
    if (!agents) return;
    for (const [wrong, message] of [
      [{ names: agents.names.slice(1) }, 'the observations of its agents do not make up its observation'],
      [{ actionSpace: task.actionSpace }, 'the actions of its agents do not make up its action'],
      [{ rewardInfos: agents.rewardInfos.with(3, 'profit') }, 'rewardInfos of its agents are not one of its infos for each'],
    ] as const) {
      await expect(makeVector({ ...task, agents: { ...agents, ...wrong } })).rejects.toThrow(message);
    }
  });
});

describe("policies of a task's own", () => {
  it('are listed with what they do, made with their options, and refused where they are none', async () => {
    const task = await makeTask('microgrid-6');
    expect(policyNames(task)).toEqual(expect.arrayContaining(['native', 'rule', 'rule-continuous', 'neutral', 'level-535']));
    expect(policyTitle('rule', task)).toContain('droop');
    expect(policyTitle('level-535', task)).toBe('that action again and again');
    await expect(evaluate('cartpole', 'rule')).rejects.toThrow('there is no policy "rule" for cartpole');
    const twice: Task = { ...task, yardsticks: { policies: { neutral: { title: 'x', make: () => ({ name: 'x', act: () => {} }) } } } };
    await expect(evaluate(twice, 'neutral', { episodes: 1 })).rejects.toThrow('its policy neutral has the name of an action');
    const none: Task = { ...task, yardsticks: { policies: { rule: { title: 'x' } as never } } };
    await expect(evaluate(none, 'rule', { episodes: 1 })).rejects.toThrow('its policy rule lacks the function make');
  });
});

describe('500 steps of sampled actions', () => {
  it.each([
    ['microgrid-6', '75556002267ed00ffd8935faac97d79d'],
    ['microgrid-20', '19821bcb818f6b4abe00802dd1569364'],
  ])('%s: what they always were, for any number of lanes and workers, on every backend', { timeout: 120_000 }, async (id, expected) => {
    expect(await goldenHash(id, {}, 20, 25)).toBe(expected);
    expect(await goldenHash(id, {}, 7, 25), '7 lanes').toBe(expected);
    expect(await goldenHash(id, { workers: 2 }, 20, 25), '2 workers').toBe(expected);
    for (const { name } of nativeDynamics().backends) expect(await goldenHash(id, { backend: name as 'native' }, 20, 25), name).toBe(expected);
    expect(await goldenHash(id, { backend: 'wasm' }, 20, 25), 'wasm').toBe(expected);
  });
});
