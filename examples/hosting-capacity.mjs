// How much sun at bus 65 does the IEEE 123-bus feeder take before a voltage anywhere passes 1.05 pu? Controls off, one solver, warm starts.
// Run: node examples/hosting-capacity.mjs
import { createSolver, loadFeeder, nodeRows } from 'busbar';

const grid = await loadFeeder('ieee123');
const load = grid.require('load', 's65a');
const solver = createSolver(grid);
solver.solve();

for (let kilowatts = 0; ; kilowatts += 100) {
  // A load that consumes less than nothing is generation at that node.
  solver.setPower(load, load.powerKw - kilowatts, load.powerKvar);
  const report = solver.solve();
  const highest = nodeRows(solver).reduce((best, row) => ((row[3] ?? 0) > (best[3] ?? 0) ? row : best));
  console.log(
    `${kilowatts} kW at bus 65: highest voltage of the feeder ${highest[3]?.toFixed(4)} pu at ${highest[0]} (${report.iterations} iterations)`,
  );
  if (!report.converged || (highest[3] ?? 0) > 1.05) break;
}
