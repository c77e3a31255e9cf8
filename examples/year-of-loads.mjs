// A year of hourly random loads on the IEEE 123-bus feeder in one call: every load between 0 and 1.5 of its nominal power in each of 8760 hours. Prints progress, the
// lowest voltage of the year with its place and hour, and the energy lost.
// Run: node examples/year-of-loads.mjs
import { loadFeeder, solveSeries } from 'busbar';

const hours = 8760;
const grid = await loadFeeder('ieee123');
const columns = {};
for (const load of grid.elementsOf('load')) {
  const factor = Float64Array.from({ length: hours }, () => 1.5 * Math.random());
  columns[`load.${load.name}`] = {
    powerKw: factor.map((x) => x * load.powerKw),
    powerKvar: factor.map((x) => x * load.powerKvar),
  };
}

const lowest = { voltage: Infinity, node: '', hour: 0 };
let lostKwh = 0;
const onProgress = ({ done, total, elapsedMs }) => process.stderr.write(`\r${done} of ${total} hours in ${(elapsedMs / 1000).toFixed(1)} s `);
const outputs = ['minVoltagePu', 'minVoltageNode', 'lossesKw'];
for await (const chunk of solveSeries(grid, columns, { outputs, baseMultiplier: 0.75, chunkSize: 1024, onProgress })) {
  for (let i = 0; i < chunk.count; i++) {
    if (chunk.status[i] !== 1) continue; // an hour without a solution has NaN in all columns
    lostKwh += chunk.lossesKw[i];
    if (!(chunk.minVoltagePu[i] < lowest.voltage)) continue;
    lowest.voltage = chunk.minVoltagePu[i];
    lowest.node = chunk.nodeNames[chunk.minVoltageNode[i]];
    lowest.hour = chunk.from + i;
  }
}
console.log(`\nlowest voltage ${lowest.voltage.toFixed(4)} pu at ${lowest.node} in hour ${lowest.hour}; ${(lostKwh / 1000).toFixed(1)} MWh lost`);
