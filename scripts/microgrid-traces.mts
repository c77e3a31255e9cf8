/**
 * One episode of a microgrid task at the steps of the scheme: writes traces of voltages, frequencies and powers as JSON (to --data) and as a picture.
 *
 *     npx tsx scripts/microgrid-traces.mts [--task microgrid-6] [--seed 1] [--data traces.json] [--picture docs/tasks/microgrid-episode.svg]
 *
 * Set points are those of the task's rule, vn = 480 V + nq Q to the nearest level; loads wander as in the task.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  compensateDroop,
  LoadDisturbance,
  loadMicrogrid,
  MicrogridSimulation,
  MicrogridTrace,
  nearestLevel,
  VOLTAGE_LEVELS,
} from '../src/dynamics/index.js';
import { RandomStream } from '../src/numeric/index.js';
import { curvesSvg } from '../src/visualization/index.js';

/** Moments recorded of a control step: before it, at its begin, and after each of 50 steps of the scheme. */
const MOMENTS = 52;

const { values } = parseArgs({
  options: {
    task: { type: 'string', default: 'microgrid-6' },
    seed: { type: 'string', default: '1' },
    data: { type: 'string' },
    picture: { type: 'string' },
  },
});
const seed = Number(values.seed);
const microgrid = loadMicrogrid(values.task as 'microgrid-6');
const simulation = new MicrogridSimulation(microgrid);
const { plan, state } = simulation;
const stream = new RandomStream(seed, 0, 'microgrid loads');
const loads = new LoadDisturbance(plan.loads, () => stream.uniform(), { limits: [0.1, Number.POSITIVE_INFINITY] });
loads.reset();
simulation.reset(loads.resistance, loads.inductance);
const trace = new MicrogridTrace(simulation);
const voltages = new Float64Array(plan.inverters);
for (let step = 0; step < 20; step++) {
  compensateDroop(state, voltages);
  for (let i = 0; i < voltages.length; i++) voltages[i] = VOLTAGE_LEVELS.first[nearestLevel(VOLTAGE_LEVELS.first, voltages[i])];
  loads.step();
  trace.step(voltages, loads.resistance, loads.inductance);
}
const { times, voltagePu, hertz, activeKw, reactiveKvar } = trace.traces;
const names = microgrid.inverters.map(({ name }) => name);
if (values.data !== undefined) writeFileSync(values.data, `${JSON.stringify({ task: values.task, seed, inverters: names, ...trace.traces })}\n`);
// The picture takes every fifth moment, and both sides of each jump.
const shown = times.map((_, at) => at).filter((at) => at % MOMENTS === 0 || (at % MOMENTS) % 5 === 1);
const panel = (label: string, series: readonly number[][]) => ({
  label,
  curves: series.map((list, i) => ({ name: names[i], values: shown.map((at) => list[at]) })),
});
const picture = curvesSvg({
  title: `An episode of ${values.task}, seed ${seed}`,
  subtitle: 'Set points by the rule vn = 480 V + nq Q, nearest level; frequency under secondary control from 0.4 s on',
  timeLabel: 'Time, s',
  times: shown.map((at) => times[at]),
  panels: [
    panel('Voltage after droop, pu', voltagePu),
    panel('Frequency, Hz', hertz),
    panel('Active power, kW', activeKw),
    panel('Reactive power, kvar', reactiveKvar),
  ],
});
if (values.picture !== undefined) writeFileSync(values.picture, picture);
process.stdout.write(`${times.length} moments of ${names.length} inverters\n`);
