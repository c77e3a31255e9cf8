/** Yardsticks and pictures. */
import { describe, expect, it } from 'vitest';
import { evaluate, make, makeTask, makeVector, policyNames } from '../../src/environments/index.js';
import { InputError } from '../../src/grid/index.js';
import { settingsOf } from './helpers.js';

describe('yardsticks', () => {
  it('are nothing, reconnecting, greedy and random', async () => {
    const names = policyNames(await makeTask('topology-case14'));
    for (const name of ['none', 'reconnect', 'greedy', 'random']) expect(names).toContain(name);
  });

  it('greedy takes the best of all trials: no worse than doing nothing, and better than chance', { timeout: 120_000 }, async () => {
    const options = { episodeSteps: 40, opponent: true, start: 'random' };
    const settings = { episodes: 4, seed: 5, environments: 4, taskOptions: options };
    const [none, greedy, random] = await Promise.all(['none', 'greedy', 'random'].map((policy) => evaluate('topology-case14', policy, settings)));
    expect(greedy.returns.mean).toBeGreaterThanOrEqual(none.returns.mean);
    expect(greedy.returns.mean).toBeGreaterThan(2 * random.returns.mean);
  });

  it('reconnect puts back what tripped or was attacked as soon as it may', { timeout: 60_000 }, async () => {
    const { choices, elements } = await settingsOf('topology-case14');
    const line = choices.names.indexOf('switch line 9_10_12');
    const vector = await makeVector('topology-case14', { environments: 1 });
    const policy = await (await import('../../src/environments/index.js')).makePolicy('reconnect', {
      task: vector.task,
      makeTrials: () => Promise.reject(new Error('none needed')),
    });
    vector.reset({ seed: 1 });
    const into = new Float64Array(1);
    policy.act(vector, vector.observations, vector.masks, into);
    expect(into[0]).toBe(0);
    const { observations, masks } = vector.step([line]);
    policy.act(vector, observations, masks, into);
    expect(into[0]).toBe(line);
    expect(elements.branches).toBe(20);
    await vector.close();
  });
});

describe('pictures', () => {
  it('say what is loaded, out and split', async () => {
    const { choices } = await settingsOf('topology-case14');
    const environment = await make('topology-case14');
    environment.reset({ seed: 1 });
    environment.step([choices.names.indexOf('switch line 9_10_12')]);
    environment.step([choices.runs[5][0] + 20]);
    const words = environment.render('text');
    expect(words).toMatch(/scenario \d+, day 1 \(Monday\) 00:10, step 2; highest loading \d+\.\d %, 1 line out/);
    expect(words).toMatch(/9_10_12 +out/);
    expect(words).toMatch(/substation 5, busbar 2: /);
    const svg = environment.render('svg');
    expect(svg.match(/<path [^>]*stroke-dasharray="3 5"[^>]*><title>9 - 10: out/g)).toHaveLength(1);
    expect(svg.match(/<rect [^>]*height="6"/g)).toHaveLength(2);
    expect(svg).not.toContain('NaN');
    environment.step([choices.names.indexOf('switch line 6_7_18')]);
    expect(environment.render('text')).toMatch(/blackout, a load, generator or storage unit has no path to the slack/);
  });
});

describe('options', () => {
  it.each([
    [{ actions: ['sets'] }, /actions/],
    [{ actions: 4 }, /actions/],
    [{ reward: 'best' }, /reward/],
    [{ episodeSteps: 0 }, /episodeSteps/],
    [{ softSteps: -1 }, /softSteps/],
    [{ opponent: 'yes' }, /opponent/],
    [{ limit: 3 }, /limit/],
    [{ tolerance: Number.NaN }, /tolerance/],
    [{ start: 'last' }, /start/],
  ])('%j are refused', async (options, pattern) => {
    await expect(makeTask('topology-case14', options)).rejects.toThrow(InputError);
    await expect(makeTask('topology-case14', options)).rejects.toThrow(pattern);
  });

  it('so are resets and snapshots that cannot be', async () => {
    const vector = await makeVector('topology-case14', { environments: 1, scenarios: 3 });
    expect(() => vector.reset({ options: { scenario: 3 } })).toThrow(/scenario of a reset of topology-case14 is 3/);
    expect(() => vector.reset({ options: { row: -1 } })).toThrow(/row/);
    expect(() => vector.reset({ options: { day: 1 } })).toThrow(InputError);
    vector.reset({ seed: 1 });
    const good = vector.snapshot(0);
    const bad = (state: Record<string, unknown>): void => {
      expect(() => vector.restore({ ...good, state: { ...good.state, ...state } as never }, 0)).toThrow(InputError);
    };
    bad({ bars: [] });
    bad({ bars: new Array(57).fill(3) });
    bad({ bars: Array.from({ length: 57 }, (_, k) => (k === 0 ? 2 : 1)) });
    bad({ row: 1e6 });
    bad({ voltages: [1] });
    bad({ on: new Array(20).fill(0.5) });
    vector.restore(good, 0);
    await vector.close();
  });

  it('rewards lie where the page says', async () => {
    for (const [reward, low, high] of [
      ['survival', 1, 1],
      ['losses', 0.9, 1],
      ['margin', 0.1, 1],
      ['close-to-overflow', 1, 1],
    ] as const) {
      const environment = await make('topology-case14', { reward });
      environment.reset({ seed: 1 });
      const step = environment.step([0]);
      expect(step.reward).toBeGreaterThanOrEqual(low);
      expect(step.reward).toBeLessThanOrEqual(high);
      const { lossMw, loadMw } = step.info;
      if (reward === 'losses') expect(step.reward).toBeCloseTo(1 - Number(lossMw) / Number(loadMw), 12);
    }
  });
});
