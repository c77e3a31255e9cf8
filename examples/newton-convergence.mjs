// Prints the mismatch (per unit of 1 MVA) of every Newton iterate, the start first: near the solution the number of right digits doubles each time, down to
// rounding, some 1e-9 on this feeder: behind its switches of 1e-7 ohm the last bit of a voltage is as much power.
// Run: node examples/newton-convergence.mjs
import { loadFeeder, NewtonRaphson } from 'busbar';

const newton = new NewtonRaphson({ tolerance: 1e-10, maxIterations: 30 });
const grid = await loadFeeder('ieee123');
for (const loadMultiplier of [1, 1.5, 2]) {
  const solution = newton.solve(grid, { loadMultiplier });
  const steps = solution.history.map((mismatch) => mismatch.toExponential(1)).join('  ');
  console.log(`load x ${loadMultiplier}: ${solution.status} in ${solution.iterations} iterations: ${steps}`);
}
