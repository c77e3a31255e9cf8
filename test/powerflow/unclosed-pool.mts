// A program that leaves a pool open: the process has to end all the same. With "many" it solves often before and says how much its heap has grown.
import { loadFeeder } from '../../src/feeders/index.js';
import { BatchPool } from '../../src/powerflow/node-index.js';

const pool = new BatchPool(await loadFeeder('ieee13'), { scenarios: 20, workers: 2 });
const what = process.argv[2];
if (what === 'many') {
  const solve = async (times: number): Promise<number> => {
    for (let k = 0; k < times; k++) await pool.solve(k % 2 ? 'warm' : 'base');
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  let before = await solve(500);
  const memory = pool.memoryBytes;
  // The engine compiles and collects when it likes; what leaks does so in every round.
  let heapGrowth = Infinity;
  for (let round = 0; round < 3; round++) {
    const after = await solve(1000);
    heapGrowth = Math.min(heapGrowth, after - before);
    before = after;
  }
  console.log(JSON.stringify({ heapGrowth, memoryGrowth: pool.memoryBytes - memory }));
} else if (what === 'solve') console.log((await pool.solve()).converged);
else console.log('idle');
