// A trained policy in a control loop: each hour measurements come in, the policy names set points, the feeder obeys. The feeder here is one environment; a plant would stand in its place.
// Run: node examples/deploy-policy.mjs [policy.json of `npx busbar train --task voltvar-ieee13 --agent ppo`]; without a file a policy is trained for some seconds first.
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
const { actionNames, namedActions } = feeder.task;

/** A set point in words: switches, taps of 1/160 pu about 1, batteries in steps of 1/16 of their power (docs/tasks/voltvar.md). */
function meaning(name, level) {
  const [kind, device] = name.split('.');
  if (kind === 'capacitor') return `${device} ${level === 1 ? 'on' : 'off'}`;
  if (kind === 'tap') return `${device} ${(1 + (level - 16) / 160).toFixed(3)} pu`;
  const power = Math.round((100 * (level - 16)) / 16);
  return `${device} ${power === 0 ? 'rests' : `${power > 0 ? 'gives' : 'takes'} ${Math.abs(power)} %`}`;
}

/** A day of 24 hours, each hour's set points by `choose`. Returns the rewards. */
function playDay(choose, tell) {
  const setPoints = new Float64Array(feeder.actionSpace.length);
  let { observation } = feeder.reset({ seed: 7, options: { episode: 3 } });
  const rewards = [];
  for (let hour = 1; hour <= 24; hour++) {
    choose(observation, setPoints);
    const step = feeder.step(setPoints);
    ({ observation } = step);
    rewards.push(step.reward);
    tell?.(hour, setPoints, step);
  }
  return rewards;
}

// What the same day gives where nothing is done: capacitors on, taps at 1 pu, batteries at rest.
const idle = playDay((_observation, into) => into.set(namedActions.neutral));
const rewards = playDay(
  (observation, into) => policy.choose(observation, feeder.mask, into),
  (hour, setPoints, { reward, info }) => {
    const words = actionNames.map((name, k) => meaning(name, setPoints[k])).join(', ');
    const { lossesKw, lowestVoltagePu, highestVoltagePu } = info;
    console.log(
      `${String(hour).padStart(2)} h  ${words}; ${lossesKw.toFixed(1)} kW lost, ${lowestVoltagePu.toFixed(3)} to ${highestVoltagePu.toFixed(3)} pu; reward ${reward.toFixed(3)}, idle ${idle[hour - 1].toFixed(3)}`,
    );
  },
);
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
console.log(`return of the day: ${sum(rewards).toFixed(3)}, doing nothing ${sum(idle).toFixed(3)} (the higher the better)`);
