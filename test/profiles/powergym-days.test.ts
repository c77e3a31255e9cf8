/**
 * Days of hourly solutions with OpenDSS's own regulators and capacitor controls acting, against what the engine itself gave step by step (the `dss`
 * episodes of ../shared/reference/powergym). Every load follows a day of its own.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { tapNumber } from '../../src/controls/index.js';
import type { ScriptFiles } from '../../src/formats/opendss/index.js';
import { nodeFiles } from '../../src/formats/opendss/node-files.js';
import { runTimeSeries } from '../../src/profiles/index.js';
import { runScript } from '../../src/scripts/index.js';

const SHARED = fileURLToPath(new URL('../../../shared', import.meta.url));
const FEEDERS = join(SHARED, 'feeders/powergym');
const EPISODES = join(SHARED, 'reference/powergym');

interface State {
  taps: number[];
  tap_numbers: number[];
  capacitors: number[];
  source_kw: number;
  source_kvar: number;
  losses_kw: number;
  voltages: number[];
}

interface Episode {
  loads: string[];
  capacitors: string[];
  regulators: string[];
  nodes: string[];
  horizon: number;
  episode: number;
  episodes_available: number;
  first_load_multipliers: number[];
  steps_played: number;
  reset: State;
  steps: State[];
}

function readEpisode(name: string): Episode {
  const path = join(EPISODES, name);
  const bytes = readFileSync(path);
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as Episode;
}

/** The 26280 multipliers of the three shape files, end to end. */
function allMultipliers(): number[] {
  return [1, 2, 3].flatMap((i) =>
    readFileSync(join(FEEDERS, `loadshape/LoadShape${i}.CSV`), 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map(Number),
  );
}

/** Files with `loadshape.dss` made up for an episode: a day for each load. */
function filesWithShapes(episode: Episode): ScriptFiles {
  const multipliers = allMultipliers();
  const { horizon, episodes_available: episodes, episode: day } = episode;
  const lines = episode.loads.map((load, i) => {
    const first = horizon * episodes * i + horizon * day;
    const values = Array.from({ length: horizon }, (_, k) => multipliers[(first + k) % multipliers.length]);
    return `New Loadshape.loadshape_${load} npts=24 sinterval=3600 mult=[${values.join(' ')}]`;
  });
  const disk = nodeFiles();
  const isShapes = (path: string): boolean => /loadshape\.dss$/i.test(path);
  return {
    read: (path) => (isShapes(path) ? lines.join('\n') : disk.read(path)),
    exists: (path) => isShapes(path) || disk.exists(path),
    size: (path) => (isShapes(path) ? lines.join('\n').length : disk.size(path)),
  };
}

function playDay(master: string, file: string, voltageTolerance: number): void {
  const episode = readEpisode(file);
  const { grid, system, solver } = runScript(join(FEEDERS, master), { files: filesWithShapes(episode), solveIfUnsolved: false });
  for (const name of episode.regulators) {
    const winding = grid.require('transformer', name).windings[1];
    Object.assign(winding, { tapPu: 1.1, minTapPu: 0.9, maxTapPu: 1.1, tapSteps: 32 });
  }
  solver.gridChanged();
  const { columns } = runTimeSeries(system, {
    mode: 'daily',
    steps: episode.steps_played,
    stepSeconds: 3600,
    controlMode: 'static',
    maxControlIterations: 100,
    nodes: episode.nodes,
  });
  // The taps of each step, by the name of the transformer that each control moves.
  const tapsOf = new Map(grid.controlsOf('regcontrol').map((control) => [control.transformer, columns.taps.get(control.name) as Int16Array]));
  episode.steps.forEach((expected, step) => {
    expect(
      episode.regulators.map((name) => (tapsOf.get(name) as Int16Array)[step] + 16),
      `taps of step ${step + 1}`,
    ).toEqual(expected.tap_numbers);
    expect(
      episode.capacitors.map((name) => (columns.capacitorSteps.get(name) as Int16Array)[step]),
      `capacitors of step ${step + 1}`,
    ).toEqual(expected.capacitors);
    expect(columns.sourceKw[step] / expected.source_kw).toBeCloseTo(1, 6);
    expect(columns.lossesKw[step] / expected.losses_kw).toBeCloseTo(1, 6);
    let worst = 0;
    episode.nodes.forEach((node, i) => {
      worst = Math.max(worst, Math.abs((columns.voltages.get(node) as Float64Array)[step] - expected.voltages[i]));
    });
    expect(worst, `voltages of step ${step + 1}`).toBeLessThan(voltageTolerance);
  });
  expect(tapNumber(grid.require('transformer', episode.regulators[0]).windings[1]) + 16).toBe(episode.steps.at(-1)?.tap_numbers[0]);
}

describe.skipIf(!existsSync(EPISODES))(`hourly days as OpenDSS solves them (needs ${EPISODES})`, () => {
  it.each([
    ['13Bus/IEEE13Nodeckt_daily.dss', '13Bus_dss_0.json'],
    ['13Bus/IEEE13Nodeckt_daily.dss', '13Bus_dss_7.json'],
    ['34Bus/ieee34Mod1_daily.dss', '34Bus_dss_0.json'],
    ['34Bus/ieee34Mod1_daily.dss', '34Bus_dss_7.json'],
    ['123Bus/IEEE123Master_daily.dss', '123Bus_dss_1.json'],
  ])('%s, %s', (master, file) => playDay(master, file, 1e-8));

  it('8500-Node with its capacitor controls', () => playDay('8500-Node/Master_daily_shared.dss', '8500Node_dss_0.json.gz', 1e-7), 120_000);
});
