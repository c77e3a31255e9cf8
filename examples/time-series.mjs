// A day of the European low-voltage feeder in minutes: lowest voltage and energy lost.
// Its loads name their profiles as yearly shapes.
// Run: node examples/time-series.mjs
import { ControlSystem, createSolver, loadFeeder, runTimeSeries } from 'busbar';

const grid = await loadFeeder('european-lv');
const system = new ControlSystem(createSolver(grid));
const { columns, steps } = runTimeSeries(system, { mode: 'yearly', steps: 1440, stepSeconds: 60, controlMode: 'time' });

let lowest = 0;
for (let i = 1; i < steps; i++) if (columns.minVoltagePu[i] < columns.minVoltagePu[lowest]) lowest = i;
const lostKwh = columns.lossesKw.reduce((sum, kw) => sum + kw, 0) / 60;
console.log(`${steps} minutes: ${lostKwh.toFixed(2)} kWh lost`);
console.log(
  `lowest voltage ${columns.minVoltagePu[lowest].toFixed(4)} pu at ${columns.minVoltageNode[lowest]}, hour ${columns.hour[lowest].toFixed(2)}`,
);
