/** What was once taken without a word. */
import { describe, expect, it } from 'vitest';
import { Box, Discrete, defineTask, evaluate, makeVector, registerTask, siteProfiles, VectorEnvironment } from '../../src/environments/index.js';

describe('refused by one line', () => {
  it('options of evaluate that are none', async () => {
    await expect(evaluate('voltvar-ieee13', 'none', { episodes: 1, rules: 'corrected' } as never)).rejects.toThrow(
      /evaluate has no option "rules".*taskOptions/,
    );
    await expect(evaluate('cartpole', 'random', null as never)).rejects.toThrow(/an object, not null/);
  });

  it('settings of reset that are none', async () => {
    const vector = await makeVector('cartpole');
    expect(() => vector.reset({ seeds: 3 } as never)).toThrow(/reset has no setting "seeds"; it has seed, options, mask/);
    expect(() => vector.reset(42 as never)).toThrow(/what is given to reset is 42/);
  });

  it('ids that are taken', () => {
    expect(() => registerTask('cartpole', () => Promise.reject(new Error('never made')))).toThrow(/there is a task cartpole already/);
  });

  it('ids that are none, with the nearest', async () => {
    await expect(makeVector('voltvar-ieee31')).rejects.toThrow(/no task named "?voltvar-ieee31"?; there are voltvar-ieee.* and \d+ more/);
  });

  it.each([
    ['nothing', () => undefined],
    ['a promise', () => Promise.resolve()],
    ['only the first lane', ({ rewards }: { rewards: Float64Array }) => void (rewards[0] = -5)],
  ])('a reward that writes %s', async (_, reward) => {
    const task = await defineTask({
      id: 'own',
      grid: 'ieee13',
      devices: [{ kind: 'capacitor', name: 'cap1' }],
      profiles: siteProfiles(),
      reward: reward as never,
    });
    const vector = new VectorEnvironment(task, { environments: 2 });
    vector.reset({ seed: 1 });
    expect(() => vector.step(vector.sampleActions())).toThrow(/the reward of task own is (NaN|asynchronous)/);
  });
});

describe('rewards', () => {
  it('that are no numbers end the vector, by one line that names task, environment and reward', async () => {
    for (const reward of [Number.NaN, Infinity]) {
      const vector = new VectorEnvironment(
        {
          id: 'odd-rewards',
          title: 'pays nonsense in the third step',
          observationSpace: new Box(-1, 1),
          actionSpace: new Discrete(2),
          masksActions: false,
          costNames: [],
          infoNames: [],
          create: ({ arrays }) => ({
            kernelSeconds: 0,
            reset: () => {},
            step: (which, count) => {
              for (let j = 0; j < count; j++) arrays.rewards[which[j]] = which[j] === 1 && arrays.actions[1] === 1 ? reward : 0;
            },
            snapshot: () => ({}),
            restore: () => {},
            render: () => '',
          }),
        },
        { environments: 3 },
      );
      vector.reset({ seed: 0 });
      vector.step([1, 0, 1]);
      expect(() => vector.step([0, 1, 0])).toThrow(
        `the task odd-rewards gave environment 1 the reward ${reward} (step 2 of the episode now under way)`,
      );
      await vector.close();
    }
  });
});
