// Random rollouts of 512 CartPoles: steps a second, lengths of episodes, and how they ended.
// Run: node examples/environments.mjs [workers]
import { makeVector } from 'busbar';

const environments = 512;
const steps = 2000;
const vector = await makeVector('cartpole', { environments, workers: Number(process.argv[2] ?? 1) });
vector.reset({ seed: 1 });

const lengths = new Uint32Array(environments);
let [episodes, fallen, cut, longest] = [0, 0, 0, 0];
const from = performance.now();
for (let step = 0; step < steps; step++) {
  const { terminations, truncations } = vector.step(vector.sampleActions());
  for (let i = 0; i < environments; i++) {
    lengths[i] += 1;
    if (!terminations[i] && !truncations[i]) continue;
    episodes += 1;
    fallen += terminations[i];
    cut += truncations[i];
    longest = Math.max(longest, lengths[i]);
    lengths[i] = 0;
  }
}
const seconds = (performance.now() - from) / 1000;
const mean = (environments * steps - lengths.reduce((sum, n) => sum + n, 0)) / episodes;
console.log(`${vector.threads} threads: ${Math.round((environments * steps) / seconds)} steps a second`);
console.log(`${episodes} episodes, ${fallen} fallen, ${cut} cut; ${mean.toFixed(2)} steps on average, ${longest} at most`);
await vector.close();
