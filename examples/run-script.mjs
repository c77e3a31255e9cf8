// Runs an OpenDSS script from a file and prints losses, and the power at each end of every line.
// Run: node examples/run-script.mjs examples/street.dss
import { powerTotals, runScript, terminalRecords } from 'busbar';

const path = process.argv[2];
if (path === undefined) {
  console.error('usage: node examples/run-script.mjs examples/street.dss');
  process.exit(2);
}
const { grid, solver, warnings } = runScript(path);
for (const { message } of warnings) console.error('warning:', message);

const { lossesW, sourcePowerKw } = powerTotals(solver);
console.log(`${grid.name}: ${sourcePowerKw.toFixed(1)} kW from the source, ${(lossesW / 1000).toFixed(2)} kW lost`);
for (const line of grid.elementsOf('line')) {
  const [from, to] = terminalRecords(solver, line);
  const sum = (values) => values.reduce((total, value) => total + value, 0).toFixed(2);
  console.log(`${line.name}: ${sum(from.p)} kW in at ${from.bus}, ${sum(to.p)} kW in at ${to.bus}`);
}
