// Prints the mismatch of every Newton iteration: near the solution the number of right digits doubles each time.
// Run: node examples/newton-convergence.mjs
import { loadFeeder, NewtonRaphson } from 'busbar';

const newton = new NewtonRaphson({ tolerance: 1e-10, maxIterations: 30 });
const grid = await loadFeeder('ieee123');
for (const loadMultiplier of [1, 1.5, 2]) {
  const solution = newton.solve(grid, { loadMultiplier });
  const steps = solution.history.map((mismatch) => mismatch.toExponential(1)).join('  ');
  console.log(`load x ${loadMultiplier}: ${solution.status} in ${solution.iterations} iterations: ${steps}`);
}
