/** What is the vector's own, whatever the task. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as browser from '../../src/browser.js';
import {
  EnvironmentError,
  listTasks,
  make,
  makeTask,
  makeVector,
  registerTask,
  type Task,
  VectorEnvironment,
} from '../../src/environments/node-index.js';
import { cutSlices } from '../../src/environments/vector-arrays.js';
import { InputError } from '../../src/grid/index.js';
import { toy } from './toy-task.js';

/** Rows of actions of the toy that are always allowed just after a reset. */
const REST = [1, 0, 0, 0, 0];

describe('tasks by their ids', () => {
  it('are found by other spellings, and near ones are named first where there is none', async () => {
    expect((await makeTask('CartPole')).id).toBe('cartpole');
    await expect(makeTask('carpole')).rejects.toThrow(
      /^there is no task named "carpole"; there are cartpole and \d+ more \(busbar tasks, listTasks\(\)\)$/,
    );
    await expect(make('carpole')).rejects.toThrow(InputError);
    await expect(makeVector(3 as never)).rejects.toThrow('a task is named by its id, as in "cartpole", not by 3');
  });

  it('are registered under sensible ids', () => {
    expect(() => registerTask('My Task', toy)).toThrow('"My Task" is no id of a task');
    expect(() => registerTask('mine', 3 as never)).toThrow(InputError);
    expect(listTasks().map(({ id }) => id)).toEqual(expect.arrayContaining(['cartpole', 'pendulum', 'frozenlake', 'toy']));
    expect(listTasks().find(({ id }) => id === 'pendulum')?.title).toContain('swing');
  });

  it('may be loaded', async () => {
    registerTask('late-toy', async (options) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return { ...toy(options), id: 'late-toy' };
    });
    const vector = await makeVector('late-toy', { environments: 2, takesMasked: true });
    expect(vector.task.takesMaskedActions).toBe(true);
  });

  it('may be objects, without options', async () => {
    const vector = await makeVector(toy(), { environments: 2 });
    vector.reset({ seed: 1 });
    expect(vector.step([REST, REST]).observations[3]).toBe(1);
    await expect(makeVector(toy(), { takesMasked: true })).rejects.toThrow('there is no option "takesMasked"');
  });

  it.each([
    ['it is null', null],
    ['it has no id', {}],
    ['task.x: its observationSpace is no space', { id: 'x' }],
    ['it lacks the function create', { ...toy(), create: undefined }],
    ['its action named rest is not in the action space', { ...toy(), namedActions: { rest: [1] } }],
    ['actionNames are not as many', { ...toy(), actionNames: ['a'] }],
  ])('must be tasks: %s', (message, task) => {
    expect(() => new VectorEnvironment(task as Task)).toThrow(InputError);
    expect(() => new VectorEnvironment(task as Task)).toThrow(message);
  });
});

describe('settings', () => {
  it.each([
    [{ environments: 0 }, 'environments is 0'],
    [{ environments: 2.5 }, 'environments is 2.5'],
    [{ autoreset: 'always' }, 'autoreset is "always"; it must be same-step, next-step or disabled'],
    [{ backend: 'cuda' }, 'backend is "cuda"'],
    [{ workers: 0 }, 'workers is 0'],
    [{ workers: 'many' }, 'workers is "many"'],
    [{ background: 1 }, 'background is 1'],
    [{ workers: 2, module: './toy.js' }, 'module is "./toy.js"; give a URL'],
    [{ workers: 2, fail: () => {} }, 'the option fail of the task cannot be handed to worker threads'],
    [{ wrokers: 2 }, 'the task toy has no option "wrokers"'],
  ])('%j is refused', async (settings, message) => {
    await expect(makeVector('toy', settings as never)).rejects.toThrow(InputError);
    await expect(makeVector('toy', settings as never)).rejects.toThrow(message);
  });

  it('workers need Node', async () => {
    await expect(browser.makeVector('cartpole', { workers: 2 })).rejects.toThrow('need Node');
    expect((await browser.makeVector('cartpole', { environments: 3 })).environments).toBe(3);
  });
});

describe('slices', () => {
  it('cover all environments once, in blocks of 8 where there are enough', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 40 }), (environments, threads) => {
        const slices = cutSlices(environments, threads);
        expect(slices.length).toBeLessThanOrEqual(threads);
        expect([slices[0].from, slices.at(-1)?.to]).toEqual([0, environments]);
        slices.forEach(({ from, to }, k) => {
          expect(to).toBeGreaterThan(from);
          if (k > 0) expect(from).toBe(slices[k - 1].to);
          if (environments >= 8 * threads) expect(from % 8).toBe(0);
        });
        const lengths = slices.map(({ from, to }) => to - from);
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(environments >= 8 * threads ? 15 : 1);
      }),
    );
  });
});

describe('actions', () => {
  it('may be flat or rows, typed or not', async () => {
    const vector = await makeVector('toy', { environments: 2 });
    const rows = [
      [1, 0, 1, 0.5, 0.05],
      [3, 1, 1, -0.5, 0.1],
    ];
    const results = [
      rows,
      rows.map((one) => Float32Array.from(one)),
      rows.flat(),
      Float64Array.from(rows.flat()),
      Float32Array.from(rows.flat()),
    ].map((actions) => {
      vector.reset({ seed: 9 });
      return [...vector.step(actions).observations];
    });
    for (const result of results) expect(result).toEqual(results[0]);
    const single = await makeVector('cartpole', { environments: 2 });
    single.reset({ seed: 9 });
    const once = [...single.step([1, 0]).observations];
    single.reset({ seed: 9 });
    expect([...single.step([[1], [0]]).observations]).toEqual(once);
    single.reset({ seed: 9 });
    expect([...single.step(Int32Array.of(1, 0)).observations]).toEqual(once);
  });

  it('are refused by environment, entry and name', async () => {
    const vector = await makeVector('toy', { environments: 2 });
    vector.reset({ seed: 9 });
    expect(() => vector.step([REST, [1, 0, 2, 0, 0]])).toThrow('action 2 (right) of environment 1 is 2; it must be a whole number from 0 to 1');
    expect(() => vector.step([REST, [1, 0, 0, 0]])).toThrow('the actions of environment 1 are 4 numbers; give 5 numbers');
    expect(() => vector.step([REST, [1, 0, 0, 0, '0' as never]])).toThrow('action 4 (turn) of environment 1 is "0"; give a number');
    expect(() => vector.step([1, 2, 3])).toThrow('there are 3 actions; give 2 rows of 5 numbers, or 10 numbers');
    expect(() => vector.step([...REST, ...REST.with(0, 4)])).toThrow('action 0 (which) of environment 1 is 4; it must be a whole number from 1 to 3');
    expect(() => vector.step(new BigInt64Array(10) as never)).toThrow(InputError);
    expect([...vector.steps]).toEqual([0, 0]);
  });

  it('that masks do not allow are refused, unless the task takes them', async () => {
    const vector = await makeVector('toy', { environments: 2 });
    const lenient = await makeVector('toy', { environments: 2, takesMasked: true });
    for (const one of [vector, lenient]) {
      one.reset({ seed: 9 });
      one.step([REST, REST.with(0, 2)]);
    }
    expect([...vector.masks]).toEqual([0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0]);
    const again = [REST.with(0, 2), REST.with(0, 2)];
    expect(() => vector.step(again)).toThrow('action 0 (which) of environment 1 is 2, which its mask does not allow now');
    expect(() => vector.step([REST.with(0, 2), [1, 0, 1, 0, 0]])).toThrow(
      'action 2 (right) of environment 1 is 1, which its mask does not allow now',
    );
    expect(() => vector.step([REST.with(0, 2), [5, 0, 1, 0, 0]])).toThrow('action 0 (which) of environment 1 is 5; it must be');
    expect([...vector.steps]).toEqual([1, 1]);
    lenient.step(again);
    expect([...lenient.steps]).toEqual([2, 2]);
  });

  it('of an environment that begins anew are not looked at', async () => {
    const vector = await makeVector('toy', { environments: 2, autoreset: 'next-step' });
    vector.reset({ seed: [9, 10], options: { height: 1.5 } });
    const { terminations } = vector.step([
      [1, 0, 0, 1, 0],
      [1, 0, 0, -1, 0.1],
    ]);
    expect([...terminations]).toEqual([1, 0]);
    const [wrong, right] = [Array<number>(5).fill(NaN), [2, 0, 0, 0, 0]];
    expect(() => vector.step([right, wrong])).toThrow('of environment 1 is NaN');
    const result = vector.step([wrong, right]);
    expect([...vector.episodes, ...vector.steps]).toEqual([1, 0, 0, 2]);
    expect([result.rewards[0], result.terminations[0], ...result.costs.subarray(0, 2)]).toEqual([0, 0, 0, 0]);
  });

  it('at a bound in single precision are at the bound', async () => {
    const vector = await makeVector('toy');
    const heights = [[1, 0, 0, 0, 0.1], Float32Array.of(1, 0, 0, 0, 0.1)].map((action) => {
      vector.reset({ seed: 9 });
      vector.step(action);
      return vector.info('height')[0];
    });
    expect(heights[1]).toBe(heights[0]);
  });

  it('drawn in the steps of an episode are independent', async () => {
    const vector = await makeVector('pendulum');
    vector.reset({ seed: 2 });
    const drawn = Array.from({ length: 200 }, () => {
      const [torque] = vector.sampleActions();
      vector.step([0]);
      return torque;
    });
    const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;
    // Variance 4/3 of a uniform number from -2 to 2; correlation of neighbours within three of its deviations.
    expect(Math.abs(mean(drawn))).toBeLessThan(3 * Math.sqrt(4 / 3 / 200));
    expect(Math.abs(mean(drawn.slice(1).map((x, k) => x * drawn[k])) / (4 / 3))).toBeLessThan(3 / Math.sqrt(200));
    expect(new Set(drawn).size).toBe(200);
  });

  it('drawn depend on seed, episode, step and number alone', async () => {
    const vector = await makeVector('toy', { environments: 3 });
    vector.reset({ seed: [4, 5, 4] });
    const first = vector.sampleActions().slice();
    expect(vector.sampleActions()).toEqual(first);
    expect(first.subarray(0, 5)).toEqual(first.subarray(10, 15));
    expect(vector.sampleActions(1)).not.toEqual(first);
    expect(vector.sampleActions(0)).toEqual(first);
    vector.step(first);
    expect(vector.sampleActions()).not.toEqual(first);
    vector.reset();
    expect(vector.sampleActions()).not.toEqual(first);
    vector.reset({ seed: [4, 5, 4] });
    expect(vector.sampleActions()).toEqual(first);
    expect(() => vector.sampleActions(-1)).toThrow(InputError);
  });
});

describe('episodes', () => {
  it('keep costs of the step that ended them, and show what was last and what comes next', async () => {
    const vector = await makeVector('toy', { environments: 2 });
    vector.reset({ seed: 9, options: { height: 1 } });
    const { terminations, costs, hasFinal, finalObservations, finalInfos, observations, infos } = vector.step([
      [1, 1, 0, 1, 0.1],
      [1, 1, 0, -1, 0.1],
    ]);
    expect([...terminations]).toEqual([1, 0]);
    expect([...hasFinal]).toEqual([1, 0]);
    expect(costs[0]).toBeGreaterThan(1.2);
    expect([...costs.subarray(1)]).toEqual([1, expect.closeTo(0.7, 0), 1]);
    expect([...finalObservations.subarray(0, 2)]).toEqual([Math.fround(costs[0]), 1]);
    expect(finalInfos.record(0)).toEqual({ height: costs[0], thirds: 1 / 3 });
    // The second episode of seed 9 begins, by its own random numbers.
    expect(observations[1]).toBe(0);
    expect(infos.record(0)).toEqual({ height: infos.value(0, 'height') });
    expect([...vector.episodes]).toEqual([1, 0]);
    const other = await makeVector('toy');
    other.reset({ seed: 9 });
    expect(other.reset().observations[0]).toBe(observations[0]);
  });

  it('keep the masks of the last observation beside those of the next episode', async () => {
    const vector = await makeVector('toy', { environments: 2 });
    vector.reset({ seed: 9, options: { height: 1 } });
    const { hasFinal, masks, finalMasks } = vector.step([
      [3, 1, 0, 1, 0.1],
      [1, 1, 0, -1, 0.1],
    ]);
    expect([...hasFinal]).toEqual([1, 0]);
    // Choice 3 was just taken, and `right` is not allowed after an odd step; the next episode begins with all allowed.
    expect([...finalMasks.subarray(0, 7)]).toEqual([1, 1, 0, 1, 1, 1, 0]);
    expect([...masks.subarray(0, 7)]).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(vector.finalMasks).toBe(finalMasks);
    expect((await makeVector('cartpole')).finalMasks).toHaveLength(0);
  });

  it('count from 0 for those that are seeded, and go on for the others', async () => {
    const vector = await makeVector('toy', { environments: 3 });
    vector.reset({ seed: 1 });
    vector.reset({ mask: [1, 0, 0] });
    vector.reset({ mask: [true, true, false], seed: 50 });
    expect([...vector.seeds]).toEqual([50, 51, 3]);
    vector.reset({ mask: Uint8Array.of(0, 1, 1) });
    expect([...vector.seeds, ...vector.episodes]).toEqual([50, 51, 3, 0, 1, 1]);
  });

  it('of a reset show no reward and no flags; one that is refused changes no seed', async () => {
    const vector = await makeVector('toy', { environments: 2 });
    vector.reset({ seed: 9, options: { height: 1 } });
    const { rewards, terminations, hasFinal } = vector.step([
      [1, 1, 0, 1, 0.1],
      [1, 0, 0, 0, 0],
    ]);
    expect([rewards[0] < -1.2, terminations[0], hasFinal[0], vector.hasFinal === hasFinal]).toEqual([true, 1, 1, true]);
    expect(() => vector.reset({ seed: 50, options: { depth: 1 } })).toThrow('a reset of toy has no option depth');
    expect([...vector.seeds, ...vector.episodes, ...terminations]).toEqual([9, 10, 1, 0, 1, 0]);
    vector.reset({ mask: [true, false] });
    expect([rewards[0], terminations[0], hasFinal[0], rewards[1] < 0]).toEqual([0, 0, 0, true]);
  });

  it('must have begun', async () => {
    const vector = await makeVector('toy', { environments: 3 });
    expect(() => vector.step([REST, REST, REST])).toThrow('step() before environment 0 was reset; call reset() first');
    vector.reset({ mask: [1, 0, 1] });
    expect(() => vector.step([REST, REST, REST])).toThrow('step() before environment 1 was reset');
    expect(() => vector.snapshot()).toThrow('snapshot() before environment 1 was reset');
    expect(vector.snapshot(2).seed).toBe(vector.seeds[2]);
    const seeds = [...vector.seeds];
    vector.reset({ mask: [1, 1, 0] });
    expect([...vector.seeds.filter((_, i) => i !== 1), ...vector.episodes]).toEqual([seeds[0], seeds[2], 1, 0, 0]);
    vector.step([REST, REST, REST]);
  });

  it('names of infos are looked up', async () => {
    const vector = await makeVector('toy', { environments: 2 });
    vector.reset({ seed: 1 });
    expect([...vector.info('thirds')]).toEqual([NaN, NaN]);
    vector.step([REST, REST]);
    expect([...vector.info('thirds', new Float64Array(2))]).toEqual([1 / 3, 1 / 3]);
    expect(() => vector.info('third')).toThrow('there is no info named "third"; there are thirds, height');
  });
});

describe('snapshots', () => {
  it('that are none are refused and change nothing', async () => {
    const vector = await makeVector('toy', { environments: 2 });
    vector.reset({ seed: 1 });
    const good = vector.snapshot(0);
    const before = JSON.stringify(vector.snapshot());
    const wrong = [
      null,
      3,
      {},
      { ...good, task: 'pendulum' },
      { ...good, seed: -1 },
      { ...good, phase: 0 },
      { ...good, costs: [1] },
      { ...good, state: null },
    ];
    for (const snapshot of wrong) {
      expect(() => vector.restore(snapshot as never, 0)).toThrow(InputError);
      expect(() => vector.restore({ task: 'toy', environments: [good, snapshot] } as never)).toThrow(InputError);
    }
    expect(() => vector.restore(good, 2)).toThrow('the environment is 2');
    expect(JSON.stringify(vector.snapshot())).toBe(before);
  });

  it('know whether the episode has ended', async () => {
    const vector = await makeVector('toy', { environments: 2, autoreset: 'disabled' });
    vector.reset({ seed: 9, options: { height: 1 } });
    vector.step([
      [1, 1, 0, 1, 0.1],
      [1, 0, 0, -1, 0],
    ]);
    const [ended, running] = [vector.snapshot(0), vector.snapshot(1)];
    expect([ended.terminated, running.terminated]).toEqual([true, false]);
    vector.restore(running, 0);
    vector.step([REST.with(0, 2), REST.with(0, 2)]);
    vector.restore(ended, 1);
    expect([vector.terminations[1], vector.rewards[1]]).toEqual([1, ended.reward]);
    expect(() => vector.step([REST, REST])).toThrow('environment 1, whose episode has ended');
  });

  it('have no final observation, which belongs to the step', async () => {
    const vector = await makeVector('toy');
    vector.reset({ seed: 9, options: { height: 1 } });
    vector.step([1, 1, 0, 1, 0.1]);
    expect(vector.hasFinal[0]).toBe(1);
    vector.restore(vector.snapshot(0), 0);
    expect(vector.hasFinal[0]).toBe(0);
  });

  it('begin an environment that was never reset', async () => {
    const vector = await makeVector('toy', { environments: 2 });
    vector.reset({ seed: 1, mask: [1, 0] });
    vector.restore(vector.snapshot(0), 1);
    const { observations } = vector.step([REST, REST]);
    expect(observations.subarray(0, 2)).toEqual(observations.subarray(2));
  });
});

describe('a task that throws', () => {
  it('ends the vector, with one clear error each time', async () => {
    const vector = await makeVector('toy', { environments: 2, fail: 'throw' });
    vector.reset({ seed: 1 });
    const step = (): unknown => vector.step(vector.sampleActions());
    step();
    step();
    for (const call of [step, step, () => vector.reset(), () => vector.snapshot(), () => vector.render(0)]) {
      expect(call).toThrow(EnvironmentError);
      expect(call).toThrow('the task toy threw: the toy broke');
    }
    await vector.close();
  });

  it('a closed vector says that it is', async () => {
    const vector = await makeVector('toy');
    await vector.close();
    await vector.close();
    expect(() => vector.reset()).toThrow('this vector of environments was closed');
  });
});
