/** Settings of the agent of clusters by task; what is not named has its default. Why: docs/agents/clusters.md. */
import type { GivenSettings } from '../settings.js';

/** By task. */
export const CLUSTERS_TUNED: Readonly<Record<string, GivenSettings>> = {
  // The two clusters of the thesis, set by hand there: south and north of the grid.
  'topology-case14': { clusters: '0,1,2,4|3,5,6,7,8,9,10,11,12,13' },
};
