// A hundred thousand scenarios of the IEEE 123 feeder on all cores, in double and in single precision.
// Run: node examples/workers.mjs
import { BatchPool, loadFeeder } from 'busbar';

const scenarios = 100_000;
const grid = await loadFeeder('ieee123');
for (const precision of ['double', 'single']) {
  const pool = new BatchPool(grid, { scenarios, precision, tolerance: precision === 'double' ? 1e-8 : 1e-5, baseMultiplier: 0.75 });
  pool.injections.forEach((load, i) => {
    const draw = (nominal) => Float64Array.from({ length: scenarios }, () => nominal * 1.5 * Math.random());
    pool.setPowers(i, draw(load.powerKw), draw(load.powerKvar));
  });
  const from = performance.now();
  const { converged, workers } = await pool.solve();
  const microseconds = (1000 * (performance.now() - from)) / scenarios;
  console.log(
    `${precision}: ${converged} of ${scenarios} solved by ${workers.length} workers (${pool.backend}), ${microseconds.toFixed(2)} µs a scenario`,
  );
  await pool.close();
}
