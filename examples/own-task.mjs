// A task of one's own on an OpenDSS grid, stepped by two threads, which load this very module: pay little for energy on a street with sun, a battery and a workshop that can wait.
// Run: node examples/own-task.mjs
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { defineTask, makeVector, registerTask, runScript, seriesProfiles } from 'busbar';

const hours = Array.from({ length: 24 }, (_, hour) => hour);
const battery = { maxChargeKw: 15, maxDischargeKw: 15, minimumKwh: 0, maximumKwh: 60, chargeEfficiency: 0.95, dischargeEfficiency: 0.95 };

registerTask('street', () =>
  defineTask({
    id: 'street',
    grid: runScript(fileURLToPath(new URL('street.dss', import.meta.url))).grid,
    devices: [
      { kind: 'pv', name: 'roofs', bus: 'end', ratedKw: 40, kva: 44 },
      { kind: 'battery', name: 'cellar', bus: 'corner', battery },
      { kind: 'flexible-load', name: 'workshop', shiftShare: 0.3, shiftSteps: 3 },
    ],
    profiles: seriesProfiles({
      stepSeconds: 3600,
      load: hours.map((hour) => (hour > 15 && hour < 22 ? 1 : 0.5)),
      sun: hours.map((hour) => Math.max(0, 1 - ((hour - 12) / 6) ** 2)),
      loadSpread: 0.3,
    }),
    reward({ count, rewards, steps, sourceKw, violationPu }) {
      for (let j = 0; j < count; j++) rewards[j] = -(steps[j] > 16 ? 0.4 : 0.2) * sourceKw[j] - 100 * violationPu[j];
    },
  }),
);

if (isMainThread) {
  const vector = await makeVector('street', { environments: 200, workers: 2, module: import.meta.url });
  vector.reset({ seed: 1 });
  let sum = 0;
  for (let hour = 0; hour < 24; hour++) for (const reward of vector.step(vector.sampleActions()).rewards) sum += reward;
  console.log(`${vector.actionSpace.describe()}: random actions pay ${(-sum / 200).toFixed(2)} a day`);
  await vector.close();
}
