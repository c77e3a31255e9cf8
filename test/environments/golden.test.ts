/** Hashes of 10,000 steps of each task. A change of one bit in any of them is a change of the task: it must be meant, and said in CHANGELOG.md. */
import { describe, expect, it } from 'vitest';
import { goldenHash } from './golden-hash.js';

const GOLDEN: readonly (readonly [string, string])[] = [
  ['cartpole', '5827533b28d44fb4a1759beecf7e4783'],
  ['pendulum', '359ed479ace3008528bc279b25ca8bfd'],
  ['capacitors-ieee123', '6a798fd87f83be7e21e1c884d4d231d0'],
  ['capacitors-ieee123-serious', '38cf011bbebbce790632461aa1de1360'],
  ['capacitors-ieee123-once', '99d1d4a94e556b37d39d3ad749a48eb0'],
  ['dso-case33bw', 'c0901ee0a1b32485781eeb398e3781d0'],
  ['frozenlake', '4e01e698c8715d57853bb3cd7b2a5a77'],
  ['voltvar-ieee13', 'ed9f886127b3c97f581d94e0b03f2814'],
  ['voltvar-ieee13-cbat-soc', 'fb38d96871b763a04d00e3d4e42ecb42'],
  ['voltvar-ieee34', '36c7b862f029ab5b7225e0ce74eb779c'],
  ['voltvar-ieee123', '6e3ab315500533d99e30e08d50826a95'],
];

describe('10,000 steps of sampled actions', () => {
  it.each(GOLDEN)('%s: what they always were, for any number of lanes and workers', { timeout: 120_000 }, async (id, expected) => {
    expect(await goldenHash(id, {})).toBe(expected);
    // Regulators make 512 lanes of the serious capacitor task slow.
    for (const lanes of [1, 7, id.endsWith('-serious') ? 40 : 512]) expect(await goldenHash(id, {}, lanes), `${lanes} lanes`).toBe(expected);
    expect(await goldenHash(id, { workers: 2 }), '2 workers').toBe(expected);
  });

  it('voltvar-ieee8500: the same, other numbers of lanes on its first steps', { timeout: 240_000 }, async () => {
    const id = 'voltvar-ieee8500';
    expect(await goldenHash(id, {})).toBe('50b35892f22c0b314418a45c6ad4932f');
    const first = await goldenHash(id, {}, 20, 30);
    for (const lanes of [7, 24]) expect(await goldenHash(id, {}, lanes, 30), `${lanes} lanes`).toBe(first);
    expect(await goldenHash(id, { workers: 2 }, 20, 30), '2 workers').toBe(first);
  });
});
