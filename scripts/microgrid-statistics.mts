/**
 * Measures mean and deviation of what agents see in the microgrid tasks, over episodes of random levels (repaired variant, seeds 0 up). Prints them; with --write they become
 * src/environments/tasks/microgrid/observation-statistics.ts, four digits each, on which all observations of these tasks rest.
 *
 *     npx tsx scripts/microgrid-statistics.mts [--episodes 400] [--write]
 */
import { writeFileSync } from 'node:fs';
import { LoadDisturbance, loadMicrogrid, MicrogridSimulation } from '../src/dynamics/index.js';
import { readFeatures, WIDTH } from '../src/environments/tasks/microgrid/observation.js';
import { MICROGRID_TASKS, voltageSpan } from '../src/environments/tasks/microgrid/options.js';
import { RandomStream } from '../src/numeric/index.js';

const STEPS = 20;
const at = process.argv.indexOf('--episodes');
const episodes = at < 0 ? 400 : Number(process.argv[at + 1]);

/** Means and deviations, [inverter][feature], of the observations of which actions are chosen. */
function measure(id: (typeof MICROGRID_TASKS)[number], reward: 'v1' | 'r2'): { mean: number[][]; deviation: number[][] } {
  const { levels } = voltageSpan(reward);
  const simulation = new MicrogridSimulation(loadMicrogrid(id));
  const { inverters, loads: count } = simulation.plan;
  const features = new Float64Array(WIDTH * inverters);
  const sum = new Float64Array(features.length);
  const squares = new Float64Array(features.length);
  const voltages = new Float64Array(inverters);
  let seen = 0;
  // Sums of distances from a value near the mean, so that the square of the mean takes nothing from the deviation.
  let centre: Float64Array | undefined;
  for (let seed = 0; seed < episodes; seed++) {
    const stream = new RandomStream(seed, 0, 'microgrid loads');
    const actions = new RandomStream(seed, 0, 'microgrid statistics');
    const loads = new LoadDisturbance(count, () => stream.uniform());
    loads.reset();
    simulation.reset(loads.resistance, loads.inductance);
    for (let step = 0; step < STEPS; step++) {
      readFeatures(simulation.state, features);
      centre ??= features.slice();
      for (let k = 0; k < features.length; k++) {
        const distance = features[k] - centre[k];
        sum[k] += distance;
        squares[k] += distance * distance;
      }
      seen++;
      for (let i = 0; i < inverters; i++) voltages[i] = levels[actions.integer(levels.length)];
      loads.step();
      simulation.step(voltages, loads.resistance, loads.inductance);
    }
  }
  const four = (x: number): number => Number(x.toPrecision(4));
  const rows = (of: (k: number) => number): number[][] =>
    Array.from({ length: inverters }, (_, i) => Array.from({ length: WIDTH }, (_, f) => four(of(WIDTH * i + f))));
  const mean = centre as Float64Array;
  return {
    mean: rows((k) => mean[k] + sum[k] / seen),
    deviation: rows((k) => Math.sqrt(Math.max(0, squares[k] / seen - (sum[k] / seen) ** 2))),
  };
}

const found = Object.fromEntries(MICROGRID_TASKS.map((id) => [id, { v1: measure(id, 'v1'), r2: measure(id, 'r2') }]));
const body = JSON.stringify(found, undefined, 1)
  .replaceAll('"v1"', 'v1')
  .replaceAll('"r2"', 'r2')
  .replaceAll('"mean"', 'mean')
  .replaceAll('"deviation"', 'deviation')
  .replaceAll('"', "'");
const text = `/**
 * Means and deviations of what agents see, measured by us over ${episodes} episodes of random levels: \`npx tsx scripts/microgrid-statistics.mts --episodes ${episodes} --write\`. By microgrid and
 * reward (whose levels differ), [inverter][feature] in the order and units of \`FEATURES\`.
 */
import type { MicrogridReward, MicrogridTaskId } from './options.js';

/** Of one microgrid under one span of levels. */
export interface ObservationStatistics {
  readonly mean: readonly (readonly number[])[];
  readonly deviation: readonly (readonly number[])[];
}

// biome-ignore format: written by a script
export const OBSERVATION_STATISTICS: Readonly<Record<MicrogridTaskId, Readonly<Record<MicrogridReward, ObservationStatistics>>>> = ${body.replace(/\[\s+(-?[\d.e-]+(?:,\s+-?[\d.e-]+)*)\s+\]/g, (_, row: string) => `[${row.replace(/\s+/g, ' ')}]`)};
`;
if (process.argv.includes('--write')) writeFileSync(new URL('../src/environments/tasks/microgrid/observation-statistics.ts', import.meta.url), text);
else process.stdout.write(text);
