/** Snapshots that are none: refused by one line, and the vector as it was. */
import { describe, expect, it } from 'vitest';
import { makeVector, type VectorEnvironment } from '../../src/environments/index.js';

/** What a vector does next, as a text. */
function next(vector: VectorEnvironment): string {
  const { observations, rewards } = vector.step(vector.sampleActions());
  return JSON.stringify([Array.from(observations), Array.from(rewards)]);
}

describe('a snapshot that cannot be restored', () => {
  it.each([
    ['no state', { state: {} }, /in a snapshot is/],
    ['NaN in the state', { state: { numbers: [Number.NaN, 0, 0, 0] } }, /number 0 of numbers/],
    ['NaN as a reward', { reward: Number.NaN }, /the reward of a snapshot is NaN/],
    ['too many steps', { steps: 500 }, /not running any more/],
    ['another shape', { shape: 'something else' }, /with other options/],
  ])('%s', async (_, change, message) => {
    const vector = await makeVector('cartpole', { environments: 2 });
    vector.reset({ seed: 3 });
    vector.step([0, 1]);
    const before = vector.snapshot();
    const bad = { ...structuredClone(before.environments[0]), ...change };
    expect(() => vector.restore(bad, 1)).toThrow(message);
    expect(() => vector.restore({ task: 'cartpole', environments: [before.environments[1], bad] })).toThrow(message);
    expect(vector.snapshot()).toEqual(before);
    const other = await makeVector('cartpole', { environments: 2 });
    other.restore(before);
    expect(next(vector)).toBe(next(other));
  });

  it('leaves an environment that was never reset one that has to be', async () => {
    const first = await makeVector('dso-case33bw');
    first.reset({ seed: 1 });
    const bad = { ...structuredClone(first.snapshot(0)), state: {} };
    const vector = await makeVector('dso-case33bw');
    expect(() => vector.restore(bad, 0)).toThrow(/in a snapshot is/);
    expect(() => vector.step(vector.task.namedActions?.none ?? [])).toThrow(/reset/);
  });

  it('of an episode that has ended is not stepped on where episodes begin anew by themselves', async () => {
    const ended = await makeVector('cartpole', { autoreset: 'disabled' });
    ended.reset({ seed: 1 });
    while (!ended.step([0]).terminations[0]);
    const snapshot = ended.snapshot(0);
    const same = await makeVector('cartpole');
    expect(() => same.restore(snapshot, 0)).toThrow(/has ended/);
    const later = await makeVector('cartpole', { autoreset: 'next-step' });
    later.restore(snapshot, 0);
    expect(later.step([0]).rewards[0]).toBe(0);
  });

  it('of the same task made with other options', async () => {
    const large = await makeVector('frozenlake', { map: '8x8' });
    large.reset({ seed: 1 });
    const small = await makeVector('frozenlake');
    expect(() => small.restore(large.snapshot(0), 0)).toThrow(/with other options/);
  });
});
