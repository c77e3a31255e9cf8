// A training loop of one's own, the plainest policy gradient (REINFORCE) on 64 CartPoles: environments, a network and a distribution, and nothing else.
// Run: node examples/own-training-loop.mjs
import { makeVector } from 'busbar';
import { Categorical, createNetwork, discountedReturns, RolloutBuffer, standardise } from 'busbar/learning';
import { RandomStream } from 'busbar/numeric';

const [environments, steps] = [64, 128];
const vector = await makeVector('cartpole', { environments });
const network = createNetwork(
  {
    inputs: 4,
    layers: [
      { kind: 'dense', units: 64, activation: 'tanh' },
      { kind: 'dense', units: 2, gain: 0.01 },
    ],
  },
  { batch: environments * steps, optimiser: { kind: 'adam', learningRate: 0.01 } },
);
const [distribution, random] = [new Categorical(2), new RandomStream(1, 0, 'my actions')];
const rollout = new RolloutBuffer({ steps, environments, observation: 4, action: 1 });
const [actions, nothing] = [new Float64Array(environments), new Float64Array(environments)];
const [returns, gradient] = [new Float64Array(environments * steps), new Float32Array(2 * environments * steps)];

vector.reset({ seed: 1 });
for (let update = 0; update < 60; update++) {
  rollout.clear();
  while (rollout.length < steps) {
    const observations = vector.observations.slice();
    distribution.sample(network.forward(observations), random, actions);
    const { rewards, terminations, truncations } = vector.step(actions);
    rollout.add({ observations, actions, rewards, terminations, truncations, logProbabilities: nothing, values: nothing, finalValues: nothing });
  }
  // Without a value function an episode that goes on behind the rollout counts as over.
  discountedReturns({ ...rollout, environments, lastValues: nothing }, 0.98, returns);
  standardise(returns);
  const parameters = network.forward(rollout.observations);
  distribution.gradients(
    parameters,
    rollout.actions,
    returns.map((g) => -g / returns.length),
    undefined,
    gradient,
  );
  network.backward(gradient, { inputs: false });
  network.step();
  const falls = rollout.terminations.reduce((sum, flag) => sum + flag, 0);
  if (update % 10 === 9) console.log(`update ${update + 1}: ${((1000 * falls) / returns.length).toFixed(1)} of 1000 steps end in a fall`);
}
await vector.close();
