// Solves the IEEE 13-bus feeder with its regulators acting and prints every bus voltage.
// Run: node examples/solve-feeder.mjs (in a checkout after npm ci)
import { ControlSystem, createSolver, loadFeeder, nodeRows, solveWithControls } from 'busbar';

const grid = await loadFeeder('ieee13');
const system = new ControlSystem(createSolver(grid));
const solution = solveWithControls(system);

console.log(`converged: ${solution.converged}, ${solution.controlIterations} control iterations, mismatch ${solution.report.mismatchPu} pu`);
for (const [name, , , perUnit, degrees] of nodeRows(system.solver)) {
  console.log(name.padEnd(14), perUnit?.toFixed(5), 'pu', degrees.toFixed(2).padStart(8), 'deg');
}
