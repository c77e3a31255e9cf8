/** Policies and evaluation against exact dynamic programming, brute force and closed forms. */
import { describe, expect, it } from 'vitest';
import {
  Box,
  Dict,
  Discrete,
  evaluate,
  fixedPolicy,
  frozenLakeTransitions,
  make,
  makePolicy,
  makeTask,
  makeVector,
  type Policy,
  policyLimits,
  policyNames,
  runEpisodes,
  sampleLogProbability,
  type Task,
  type VectorEnvironment,
} from '../../src/environments/node-index.js';
import { DEVICES, LEVELS, rewardOf, SHELVES_MODULE, STEPS, TOGGLES, targetsOf, worthOf } from './shelves-task.js';
import './toy-task.js';

/** Values of a lake's states with so many steps left, and the best action of each. */
function lakePlan(steps: number): { value: number; best: number[][] } {
  const model = frozenLakeTransitions('4x4');
  let values = model.map(() => 0);
  const best: number[][] = [];
  for (let left = 1; left <= steps; left++) {
    const q = model.map((actions) =>
      actions.map((ways) => ways.reduce((sum, { probability, reward, ended, next }) => sum + probability * (reward + (ended ? 0 : values[next])), 0)),
    );
    best.push(q.map((row) => row.indexOf(Math.max(...row))));
    values = q.map((row) => Math.max(...row));
  }
  return { value: values[0], best };
}

describe('evaluate', () => {
  it("finds the value of frozenlake's optimal policy", async () => {
    const { value, best } = lakePlan(100);
    const optimal: Policy = {
      name: 'value iteration',
      act: (vector, observations, _masks, into) => {
        for (let i = 0; i < vector.environments; i++) into[i] = best[99 - vector.steps[i]][observations[i]];
      },
    };
    const episodes = 4000;
    const { returns, lengths, terminatedShare, policy } = await evaluate('frozenlake', optimal, { episodes, seed: 3 });
    expect(policy).toBe('value iteration');
    // A return is 0 or 1, so its deviation is known.
    const deviation = Math.sqrt(value * (1 - value));
    expect(Math.abs(returns.mean - value)).toBeLessThan((3 * deviation) / Math.sqrt(episodes));
    expect(returns.sd).toBeCloseTo(Math.sqrt((returns.mean * (1 - returns.mean) * episodes) / (episodes - 1)), 12);
    expect([returns.min, returns.max]).toEqual([0, 1]);
    expect(lengths.max).toBe(100);
    expect(terminatedShare).toBeGreaterThan(0.8);
  });

  it('gives what single environments give, for any number of environments and workers', async () => {
    const environment = await make('cartpole');
    const expected: number[] = [];
    for (let episode = 0; episode < 20; episode++) {
      environment.reset({ seed: 100 + episode });
      let sum = 0;
      for (let ended = false; !ended; ) {
        const { reward, terminated, truncated } = environment.step(environment.sampleAction(5));
        sum += reward;
        ended = terminated || truncated;
      }
      expected.push(sum);
    }
    for (const settings of [{}, { environments: 1 }, { environments: 7 }, { environments: 8, workers: 2 }]) {
      const found = await evaluate('cartpole', 'random', { episodes: 20, seed: 100, policySeed: 5, ...settings });
      expect(Array.from(found.episodeReturns)).toEqual(expected);
      expect(Array.from(found.episodeLengths)).toEqual(expected);
      expect(found.returns.mean).toBeCloseTo(expected.reduce((a, b) => a + b) / 20, 12);
      expect(found.terminatedShare).toBe(1);
    }
  });

  it('counts costs, cuts episodes and passes options to resets', async () => {
    const toy = await makeTask('shelves');
    const top = await evaluate(toy, 'top', { episodes: 5 });
    // The first device goes from 0 to the top once.
    expect(top.costs.moves).toEqual({ mean: LEVELS - 1, sd: 0, min: LEVELS - 1, max: LEVELS - 1 });
    expect(top.lengths).toEqual({ mean: STEPS, sd: 0, min: STEPS, max: STEPS });
    expect(top.terminatedShare).toBe(0);
    expect((await evaluate(toy, 'top', { episodes: 5, maxSteps: 2 })).lengths.max).toBe(2);
    const states = await evaluate('pendulum', 'none', { episodes: 3, environments: 2, resetOptions: { state: [1, 0.5] } });
    for (const value of states.episodeReturns) expect(Math.abs(value + 1066.0687953)).toBeLessThan(5e-8);
    const each = await evaluate('pendulum', 'none', { episodes: 3, environments: 2, resetOptions: (k) => ({ state: [Math.PI, k] }), maxSteps: 1 });
    each.episodeReturns.forEach((value, k) => {
      expect(value).toBeCloseTo(-(Math.PI ** 2 + 0.1 * k * k), 12);
    });
  });

  it.each<[string, (vector: VectorEnvironment) => unknown, RegExp]>([
    ['resets the vector', (vector) => vector.reset({ seed: 0 }), /^the policy meddler reset, stepped or restored the vector that it acts in/],
    ['steps the vector', (vector) => vector.step(vector.sampleActions()), /^the policy meddler reset, stepped or restored the vector/],
    ['puts the vector back', (vector) => vector.restore(vector.snapshot()), /^the policy meddler reset, stepped or restored the vector/],
    ['chooses later', () => Promise.resolve(), /^the policy meddler is asynchronous; act must write its actions before it returns$/],
  ])('refuses a policy that %s', async (_what, meddle, message) => {
    const meddler: Policy = { name: 'meddler', act: (vector) => meddle(vector) as undefined };
    await expect(evaluate('cartpole', meddler, { episodes: 2 })).rejects.toThrow(message);
  });

  it('refuses what it cannot do', async () => {
    await expect(evaluate('cartpole', 'gredy')).rejects.toThrow('there is no policy "gredy" for cartpole; there are greedy, ');
    await expect(evaluate('cartpole', 'none')).rejects.toThrow(
      'the policy none cannot be had for cartpole: it names no action that does nothing (its policies are random, greedy',
    );
    await expect(evaluate('cartpole', 'native')).rejects.toThrow('the policy native cannot be had for cartpole: it has no controls of its own');
    await expect(evaluate('cartpole', 'random', { episodes: 0 })).rejects.toThrow('the number of episodes is 0');
    await expect(evaluate('cartpole', 'random', { seed: -1 })).rejects.toThrow('the seed is -1');
    await expect(evaluate('cartpole', 'optimum', { episodes: 1 })).rejects.toThrow('an episode has more than 200000 courses');
    await expect(evaluate('pendulum', 'optimum', { episodes: 1 })).rejects.toThrow('numbers of boxes, which cannot all be tried');
    await expect(evaluate('cartpole', 'best-known', { episodes: 1 })).rejects.toThrow('its episodes have 500 steps; schedules are of at most 200');
    await expect(evaluate('toggles', 'best-known', { episodes: 1 })).rejects.toThrow('its actions are masked; use optimum or greedy');
    expect(policyNames(await makeTask('cartpole'))).toEqual(['random', 'greedy', 'optimum', 'left', 'right']);
    expect(policyLimits(await makeTask('cartpole'))).toEqual({
      refused: {
        none: 'it names no action that does nothing',
        native: 'it has no controls of its own',
        'best-known': 'its episodes have 500 steps; schedules are of at most 200',
      },
      depends: { optimum: 'only where an episode has at most 200000 courses, and 2 actions a step over up to 500 steps may be more' },
    });
    expect(policyLimits({ ...(await makeTask('cartpole')), maxSteps: 10 }).depends).toEqual({});
    const boundless: Task = { ...(await makeTask('pendulum')), namedActions: {}, actionSpace: new Box(-Infinity, Infinity) };
    expect(policyNames(boundless)).toEqual(['random']);
    const why = /^action 0 of pendulum is a finite number; only actions within bounds can be tried one by one$/;
    expect(policyLimits(boundless).refused).toMatchObject({
      greedy: expect.stringMatching(why) as string,
      'best-known': expect.stringMatching(why) as string,
    });
    expect(policyNames(await makeTask('frozenlake'))).toEqual(['random', 'greedy', 'optimum', 'best-known', 'left', 'down', 'right', 'up']);
    const vector = await makeVector('cartpole', { environments: 2 });
    expect(() => runEpisodes(vector, fixedPolicy('left', vector.task, [0]), { episodes: 1, seed: 0 })).toThrow('autoreset disabled, not same-step');
    expect(() => fixedPolicy('far', vector.task, [7])).toThrow('the action of the policy far is not in the action space of cartpole, Discrete(2)');
  });
});

/** All rows of levels. */
const ALL_LEVELS = Array.from({ length: LEVELS ** DEVICES }, (_, n) =>
  Array.from({ length: DEVICES }, (_device, d) => Math.floor(n / LEVELS ** d) % LEVELS),
);

/** Best total of an episode of `shelves`, by dynamic programming over levels. */
function bestShelves(seed: number, price: number): number {
  const targets = targetsOf(seed);
  let after = ALL_LEVELS.map(() => 0);
  for (let step = STEPS - 1; step >= 0; step--) {
    const next = after;
    after = ALL_LEVELS.map((before) => Math.max(...ALL_LEVELS.map((levels, n) => rewardOf(levels, before, targets[step], price) + next[n])));
  }
  return after[0];
}

/** What the greedy policy makes of it: at each step one device may move. */
function greedyShelves(seed: number, price: number): number {
  let levels: readonly number[] = Array.from({ length: DEVICES }, () => 0);
  let total = 0;
  for (const targets of targetsOf(seed)) {
    const before = levels;
    const reached = ALL_LEVELS.filter((row) => row.filter((level, d) => level !== before[d]).length <= 1);
    const rewards = reached.map((row) => rewardOf(row, before, targets, price));
    const best = rewards.indexOf(Math.max(...rewards));
    levels = reached[best];
    total += rewards[best];
  }
  return total;
}

describe('policies', () => {
  const episodes = 12;

  it('greedy makes the best single change in each step, whatever runs beside it', async () => {
    const expected = Array.from({ length: episodes }, (_, seed) => greedyShelves(seed, 0.3));
    for (const settings of [{}, { environments: 1 }, { environments: 5, workers: 2, module: SHELVES_MODULE }]) {
      const { episodeReturns } = await evaluate('shelves', 'greedy', { episodes, ...settings });
      episodeReturns.forEach((value, k) => {
        expect(value).toBeCloseTo(expected[k], 10);
      });
    }
  });

  it('best-known finds the optimum of a small task, or next to it, and is never below greedy and doing nothing', async () => {
    for (const price of [0, 0.3, 2]) {
      const taskOptions = { price };
      const returnsOf = async (policy: string): Promise<Float64Array> =>
        (await evaluate('shelves', policy, { episodes, taskOptions })).episodeReturns;
      const [best, greedy, none] = [await returnsOf('best-known'), await returnsOf('greedy'), await returnsOf('none')];
      const exact = Array.from(best, (_, seed) => bestShelves(seed, price));
      best.forEach((value, k) => {
        expect(value).toBeLessThanOrEqual(exact[k] + 1e-9);
        expect(value).toBeGreaterThanOrEqual(Math.max(greedy[k], none[k]) - 1e-9);
      });
      // Without a price steps do not depend on each other, so that changes one by one lead to the very best.
      if (price === 0) expect(Array.from(best)).toEqual(exact.map((value) => expect.closeTo(value, 9) as number));
      const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b) / values.length;
      expect(mean(best)).toBeGreaterThan(mean(exact) - 0.02 * Math.abs(mean(exact)));
    }
  });

  it('best-known refines numbers', async () => {
    const { episodeReturns } = await evaluate('shelves', 'best-known', { episodes: 4, taskOptions: { price: 0, continuous: true } });
    // The best is 0; a grid of 9 values alone leaves each of 12 targets 3/32 away in the mean, 0.14 in all.
    for (const value of episodeReturns) expect(value).toBeGreaterThan(-0.01);
  });

  it('optimum finds the best of all courses, greedy does not', async () => {
    const best = (seed: number, on: number): number => {
      let most = -Infinity;
      for (let k = 0; k < TOGGLES; k++) {
        if ((on >> k) & 1) continue;
        const next = on | (1 << k);
        const reward = worthOf(seed, next) - worthOf(seed, on);
        const ended = next === 2 ** TOGGLES - 1 || reward < 0;
        most = Math.max(most, reward + (ended ? 0 : best(seed, next)));
      }
      return most;
    };
    const optimum = await evaluate('toggles', 'optimum', { episodes: 40, environments: 7 });
    const greedy = await evaluate('toggles', 'greedy', { episodes: 40, environments: 7 });
    optimum.episodeReturns.forEach((value, seed) => {
      expect(value).toBeCloseTo(best(seed, 0), 10);
      expect(greedy.episodeReturns[seed]).toBeLessThanOrEqual(value + 1e-10);
    });
    expect(greedy.returns.mean).toBeLessThan(optimum.returns.mean - 0.1);
    const random = await evaluate('toggles', 'random', { episodes: 40 });
    expect(random.returns.mean).toBeLessThan(greedy.returns.mean);
  });

  it('native lets the task act', async () => {
    const { episodeReturns, policy } = await evaluate('shelves', 'native', { episodes });
    expect(policy).toBe('native');
    episodeReturns.forEach((value, seed) => {
      let total = 0;
      let before: readonly number[] = [0, 0];
      for (const targets of targetsOf(seed)) {
        const levels = targets.map(Math.round);
        total += rewardOf(levels, before, targets, 0.3);
        before = levels;
      }
      expect(value).toBeCloseTo(total, 10);
    });
  });

  it('greedy and random keep to masks and go through all autoreset modes', async () => {
    for (const autoreset of ['same-step', 'next-step'] as const) {
      const vector = await makeVector('toy', { environments: 3, autoreset });
      const trials = (environments: number) => makeVector('toy', { environments });
      for (const name of ['greedy', 'random']) {
        const policy = await makePolicy(name, { task: vector.task, environments: 3, makeTrials: trials });
        const actions = new Float64Array(3 * vector.actionSpace.length);
        vector.reset({ seed: 4 });
        let ends = 0;
        for (let step = 0; step < 25; step++) {
          policy.act(vector, vector.observations, vector.masks, actions);
          const { terminations, truncations } = vector.step(actions);
          ends += terminations[0] | truncations[0];
        }
        expect(ends).toBeGreaterThan(2);
        await policy.close?.();
      }
      await vector.close();
    }
  });
});

describe('log-probabilities', () => {
  it('are those of the distributions that Space.sample draws from', () => {
    const space = new Dict({ one: new Discrete(5, 2), box: new Box([0, -Infinity, 1, -Infinity], [4, Infinity, Infinity, -1]) });
    const mask = Uint8Array.from([1, 0, 1, 1, 0]);
    const normal = -0.5 * 0.7 ** 2 - 0.5 * Math.log(2 * Math.PI);
    const expected = -Math.log(3) - Math.log(4) + normal - (2.5 - 1) - (-1 - -1.75);
    expect(sampleLogProbability(space, Float64Array.from([2, 1, 0.7, 2.5, -1.75]), 0, mask)).toBeCloseTo(expected, 12);
    expect(sampleLogProbability(new Discrete(4), Float64Array.of(1))).toBeCloseTo(-Math.log(4), 14);
  });
});
