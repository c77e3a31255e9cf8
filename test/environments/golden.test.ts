/** Hashes of 10,000 steps of each task. A change of one bit in any of them is a change of the task: it must be meant, and said in CHANGELOG.md. */
import { describe, expect, it } from 'vitest';
import { goldenHash } from './golden-hash.js';

const GOLDEN: readonly (readonly [string, string])[] = [
  ['cartpole', '5827533b28d44fb4a1759beecf7e4783'],
  ['pendulum', '359ed479ace3008528bc279b25ca8bfd'],
  ['frozenlake', '4e01e698c8715d57853bb3cd7b2a5a77'],
];

describe('10,000 steps of sampled actions', () => {
  it.each(GOLDEN)('%s: what they always were, for any number of lanes and workers', async (id, expected) => {
    expect(await goldenHash(id, {})).toBe(expected);
    for (const lanes of [1, 7, 512]) expect(await goldenHash(id, {}, lanes), `${lanes} lanes`).toBe(expected);
    expect(await goldenHash(id, { workers: 2 }), '2 workers').toBe(expected);
  });
});
