// A trained policy in a control loop: each hour measurements come in, the policy names set points, the feeder obeys. The feeder here is one environment; a plant would stand in its place.
// Run: node examples/deploy-policy.mjs [policy.json of `busbar train --task voltvar-ieee13 --agent ppo`]; without a file a policy is trained for some seconds first.
import { readFileSync } from 'node:fs';
import { make } from 'busbar';
import { LearnedPolicy, policyFromJSON, train } from 'busbar/agents';

const file = process.argv[2];
const data = file
  ? policyFromJSON(JSON.parse(readFileSync(file, 'utf8')))
  : (await train('voltvar-ieee13', 'ppo', { steps: 150_000, evaluations: 0 })).policy;
const policy = new LearnedPolicy(data);

const feeder = await make('voltvar-ieee13');
policy.checkFits(feeder.task);
const setPoints = new Float64Array(feeder.actionSpace.length);
let { observation } = feeder.reset({ seed: 7, options: { episode: 3 } });
let sum = 0;
for (let hour = 1; hour <= 24; hour++) {
  policy.choose(observation, feeder.mask, setPoints);
  const step = feeder.step(setPoints);
  ({ observation } = step);
  sum += step.reward;
  const { lossesKw, lowestVoltagePu, highestVoltagePu } = step.info;
  console.log(
    `${String(hour).padStart(2)} h  ${feeder.task.actionNames.map((name, k) => `${name} ${setPoints[k]}`).join(', ')}  ${lossesKw.toFixed(1)} kW lost, ${lowestVoltagePu.toFixed(3)} to ${highestVoltagePu.toFixed(3)} pu`,
  );
}
console.log(`return of the day ${sum.toFixed(3)}`);
