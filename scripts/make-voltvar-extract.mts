/**
 * Makes test/data/voltvar-extract.json: the first steps of a few of the episodes in ../shared/reference/powergym, so that a test has something to hold against where
 * that folder is absent.
 *
 *   npx tsx scripts/make-voltvar-extract.mts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, '..', 'shared', 'reference', 'powergym');
const CHOSEN: readonly (readonly [string, number])[] = [
  ['13Bus_random_1', 8],
  ['13Bus_cbat_soc_random_7', 4],
  ['13Bus_dss_0', 4],
  ['34Bus_cbat_soc_random_0', 3],
  ['34Bus_dss_7', 2],
  ['123Bus_random_0', 3],
];

const episodes = CHOSEN.map(([name, count]) => {
  const { default_tolerance_run, steps, ...episode } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  return { name, ...episode, steps: steps.slice(0, count) };
});
writeFileSync(join(root, 'test', 'data', 'voltvar-extract.json'), `[\n${episodes.map((episode) => JSON.stringify(episode)).join(',\n')}\n]\n`);
