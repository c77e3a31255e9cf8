/** Settings of the agent of clusters by task; what is not named has its default. Why: docs/agents/clusters.md. */
import type { GivenSettings } from '../settings.js';

/** An agent acts in one step of some hundreds: it learns from few decisions, often, by small minibatches. */
const SELDOM: GivenSettings = {
  normaliseObservations: true,
  normaliseRewards: true,
  valueClip: 0,
  decisions: 64,
  minibatch: 32,
  epochs: 10,
  learningRate: 1e-3,
  entropyWeight: 1e-3,
};

/** By task. */
export const CLUSTERS_TUNED: Readonly<Record<string, GivenSettings>> = {
  'topology-case5': SELDOM,
  // The two clusters of the thesis, set by hand there: south and north of the grid.
  'topology-case14': { ...SELDOM, clusters: '0,1,2,4|3,5,6,7,8,9,10,11,12,13' },
  'topology-case118': SELDOM,
};
