/** Settings of communicating agents found good for tasks, by task, the same for all variants; what is not named has its published default. Why: docs/agents/communicating.md. */
import type { GivenSettings } from '../settings.js';

/** Episodes of 20 steps whose actions show at once, in the agent's own reward first of all. */
const MICROGRID: GivenSettings = {
  environments: 16,
  rolloutSteps: 20,
  spatialDiscount: 0.3,
  rewardScale: 20,
  gamma: 0.2,
  bootstrapTruncated: true,
  optimiser: 'adam',
  learningRate: 4e-3,
  annealLearningRate: true,
  entropyWeight: 0.2,
  normaliseAdvantages: true,
  passes: 2,
};

/** By task. */
export const COMMUNICATING_TUNED: Readonly<Record<string, GivenSettings>> = { 'microgrid-6': MICROGRID, 'microgrid-20': MICROGRID };
