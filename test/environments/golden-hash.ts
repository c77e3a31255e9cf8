/** A hash over the bits of a rollout, to hold whole tasks fast: the same for any number of lanes and workers, on any machine. */
import { createHash } from 'node:crypto';
import type { VectorEnvironment } from '../../src/environments/node-index.js';
import { type MakeVectorOptions, makeVector } from '../../src/environments/node-index.js';

/** Environments of a golden rollout, and steps of each: 10,000 in all. */
const SEEDS = 20;
const STEPS = 500;

/** Bits of rows of all kinds; NaN has one pattern. */
function bitsOf(values: ArrayLike<number>, from: number, to: number): Uint8Array {
  const row = new Float64Array(to - from);
  for (let k = from; k < to; k++) row[k - from] = Number.isNaN(values[k]) ? NaN : values[k];
  for (let k = 0; k < row.length; k++) if (Number.isNaN(row[k])) new BigUint64Array(row.buffer)[k] = 0x7ff8000000000000n;
  return new Uint8Array(row.buffer);
}

/**
 * [environment]: hash of all that the first environments of a vector show, sampled actions, observations, rewards, flags, costs, infos, masks and final observations,
 * in so many steps from the seeds given.
 */
export function rolloutHashes(vector: VectorEnvironment, seeds: readonly number[], steps: number): string[] {
  const hashes = seeds.map(() => createHash('sha256'));
  const add = (values: ArrayLike<number>): void => {
    const width = values.length / vector.environments;
    hashes.forEach((hash, i) => hash.update(bitsOf(values, i * width, (i + 1) * width)));
  };
  const spare = Array.from({ length: vector.environments - seeds.length }, (_, k) => 1_000_000 + k);
  const { observations, infos } = vector.reset({ seed: [...seeds, ...spare] });
  add(observations);
  add(infos.rows);
  for (let step = 0; step < steps; step++) {
    const actions = vector.sampleActions();
    add(actions);
    const result = vector.step(actions);
    for (const values of [result.observations, result.rewards, result.terminations, result.truncations, result.costs, result.infos.rows]) add(values);
    add(result.masks);
    const { hasFinal, finalObservations } = result;
    const width = finalObservations.length / vector.environments;
    hashes.forEach((hash, i) => {
      if (hasFinal[i]) hash.update(bitsOf(finalObservations, i * width, (i + 1) * width));
    });
  }
  return hashes.map((hash) => hash.digest('hex'));
}

/**
 * The hash of a task: 20 environments of seeds 0 to 19, 500 steps each of sampled actions, episodes ending and beginning anew.
 *
 * @param lanes environments stepped at once
 */
export async function goldenHash(id: string, options: MakeVectorOptions, lanes = SEEDS, steps = STEPS): Promise<string> {
  const vector = await makeVector(id, { ...options, environments: lanes });
  const parts: string[] = [];
  for (let from = 0; from < SEEDS; from += lanes) {
    const seeds = Array.from({ length: Math.min(lanes, SEEDS - from) }, (_, i) => from + i);
    parts.push(...rolloutHashes(vector, seeds, steps));
  }
  await vector.close();
  return createHash('sha256').update(parts.join()).digest('hex').slice(0, 32);
}
