/** Settings of the bandit found good for tasks, by id; what is not named has its default. */
import type { GivenSettings } from '../settings.js';

/** By task. */
export const BANDIT_TUNED: Readonly<Record<string, GivenSettings>> = {
  // 128 units in one layer do better than two layers of 64 or 128: what separates the states is nearly linear in voltages, once these are decorrelated.
  'capacitors-ieee123-once': { hidden: [128], learningRate: 0.01, updates: 16, randomEpisodes: 4096 },
};
