/** Hashes of 10,000 steps of each task. A change of one bit in any of them is a change of the task: it must be meant, and said in CHANGELOG.md. */
import { describe, expect, it } from 'vitest';
import { goldenHash } from './golden-hash.js';

const GOLDEN: readonly (readonly [string, string])[] = [
  ['cartpole', '5827533b28d44fb4a1759beecf7e4783'],
  ['pendulum', '359ed479ace3008528bc279b25ca8bfd'],
  ['capacitors-ieee123', '6a798fd87f83be7e21e1c884d4d231d0'],
  ['capacitors-ieee123-serious', '38cf011bbebbce790632461aa1de1360'],
  ['dso-case33bw', 'c0901ee0a1b32485781eeb398e3781d0'],
  ['frozenlake', '4e01e698c8715d57853bb3cd7b2a5a77'],
];

describe('10,000 steps of sampled actions', () => {
  it.each(GOLDEN)('%s: what they always were, for any number of lanes and workers', { timeout: 120_000 }, async (id, expected) => {
    expect(await goldenHash(id, {})).toBe(expected);
    // Regulators make 512 lanes of the serious capacitor task slow.
    for (const lanes of [1, 7, id.endsWith('-serious') ? 40 : 512]) expect(await goldenHash(id, {}, lanes), `${lanes} lanes`).toBe(expected);
    expect(await goldenHash(id, { workers: 2 }), '2 workers').toBe(expected);
  });
});
