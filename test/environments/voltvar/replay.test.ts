/** The Volt-VAR tasks against the episodes that OpenDSS itself played (../shared/reference/powergym). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HOURS, LoadDays, loadShapeValues } from '../../../src/environments/tasks/voltvar/load-days.js';
import { type RecordedEpisode, replay } from './episodes.js';

const SHARED = fileURLToPath(new URL('../../../../shared', import.meta.url));
const FOLDER = join(SHARED, 'reference/powergym');
const SHAPES = join(SHARED, 'feeders/powergym/loadshape');

interface NamedEpisode extends RecordedEpisode {
  readonly name: string;
  readonly loads: readonly string[];
}

const extract = JSON.parse(readFileSync(new URL('../../data/voltvar-extract.json', import.meta.url), 'utf8')) as NamedEpisode[];

function compareDays({ loads, episodes_available, episode, ...recorded }: NamedEpisode): void {
  const isLarge = loads.length > 1000;
  const days = new LoadDays(
    loads.map(() => false),
    1,
    isLarge ? 10 : undefined,
  );
  expect(days.days).toBe(episodes_available);
  const dayOf = (load: number): number[] => Array.from({ length: HOURS }, (_, h) => days.values[days.first[load] + HOURS * episode + h]);
  expect(dayOf(0)).toEqual(recorded.first_load_multipliers);
  expect(dayOf(loads.length - 1)).toEqual(recorded.last_load_multipliers);
  const sums = new Float64Array(HOURS);
  loads.forEach((_, load) => {
    dayOf(load).forEach((value, h) => {
      sums[h] += value;
    });
  });
  recorded.load_multiplier_sums.forEach((sum, h) => {
    expect(sums[h] / sum).toBeCloseTo(1, 10);
  });
}

describe('the first steps of recorded episodes', () => {
  it.each(extract.map((episode) => [episode.name, episode] as const))('%s', async (_, episode) => {
    compareDays(episode);
    await replay(episode, 1e-6);
  });

  it('on WebAssembly too', async () => {
    await replay(extract[0], 1e-6, 'wasm');
  });
});

describe.skipIf(!existsSync(FOLDER))(`recorded episodes, whole (needs ${FOLDER})`, () => {
  const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => /_\d\.json(\.gz)?$/.test(file)) : [];

  it('are all there', () => {
    expect(files).toHaveLength(38);
  });

  it.each(files)('%s', { timeout: 120_000 }, async (file) => {
    const bytes = readFileSync(join(FOLDER, file));
    const episode = JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as NamedEpisode;
    compareDays(episode);
    await replay(episode, file.startsWith('8500') ? 1e-5 : 1e-6);
  });
});

describe.skipIf(!existsSync(SHAPES))(`load shapes (need ${SHAPES})`, () => {
  it('are the published numbers, to the last bit', () => {
    const published = [1, 2, 3].flatMap((i) =>
      readFileSync(join(SHAPES, `LoadShape${i}.CSV`), 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map(Number),
    );
    expect(Array.from(loadShapeValues())).toEqual(published);
  });
});
