// Trains PPO on a task of one's own, on an OpenDSS grid: inverters and a battery on a street are to keep voltages in a narrow band at small losses; then holds the policy against doing nothing.
// Run: node examples/train-own-feeder.mjs
import { fileURLToPath } from 'node:url';
import { defineTask, evaluate, runScript, seriesProfiles } from 'busbar';
import { LearnedPolicy, train } from 'busbar/agents';

const battery = { maxChargeKw: 15, maxDischargeKw: 15, minimumKwh: 0, maximumKwh: 60, chargeEfficiency: 0.95, dischargeEfficiency: 0.95 };
const hours = Array.from({ length: 24 }, (_, hour) => hour);
const task = await defineTask({
  id: 'street',
  grid: runScript(fileURLToPath(new URL('street.dss', import.meta.url))).grid,
  devices: [
    { kind: 'pv', name: 'roofs', bus: 'end', ratedKw: 40, kva: 44 },
    { kind: 'battery', name: 'cellar', bus: 'corner', battery },
  ],
  profiles: seriesProfiles({
    stepSeconds: 3600,
    load: hours.map((hour) => (hour > 15 && hour < 22 ? 1 : 0.5)),
    sun: hours.map((hour) => Math.max(0, 1 - ((hour - 12) / 6) ** 2)),
    loadSpread: 0.3,
  }),
  reward({ count, rewards, lossesKw, violationPu }) {
    for (let j = 0; j < count; j++) rewards[j] = -lossesKw[j] - 100 * violationPu[j];
  },
});

const { policy, seconds, steps } = await train(task, 'ppo', {
  steps: 200_000,
  settings: {
    environments: 64,
    rolloutSteps: 24,
    normaliseObservations: true,
    normaliseRewards: true,
    valueClip: 0,
    logDeviation: -1,
    entropyWeight: 0,
  },
  onRecord: (record) => console.log(`${record.steps} steps: ${record.evaluation.mean.toFixed(2)}`),
});
const days = { episodes: 50, seed: 1 };
const [nothing, learned] = [await evaluate(task, 'none', days), await evaluate(task, new LearnedPolicy(policy), days)];
console.log(
  `${Math.round(steps / seconds)} steps/s; a day of doing nothing ${nothing.returns.mean.toFixed(2)}, learned ${learned.returns.mean.toFixed(2)}`,
);
