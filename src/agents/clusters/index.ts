/** One PPO a cluster of a grid, under a dispatcher. */
import type { AgentKind } from '../agent.js';
import { completeSettings } from '../settings.js';
import { ClustersAgent } from './clusters.js';
import { noPartitionBecause } from './partition.js';
import { CLUSTERS_SETTINGS } from './settings.js';
import { CLUSTERS_TUNED } from './tuned.js';

export type { ClustersPart } from './clusters-policy.js';
export { DecisionBuffer, type DecisionShape } from './decision-buffer.js';
export { ASK, DIRECT, type Dispatch, Dispatcher, highestLoading, lineToReconnect, orderSubstations } from './dispatcher.js';
export { type Cluster, type ClusterPartition, noPartitionBecause, partitionOf } from './partition.js';
export { CLUSTERS_SETTINGS, type ClustersSettings, type DispatcherKind } from './settings.js';

/** Agents of clusters, for tasks on a network of substations. */
export const clusters: AgentKind = {
  name: 'clusters',
  title: 'one PPO a cluster of substations under a dispatcher, semi-Markov (docs/agents/clusters.md)',
  schema: CLUSTERS_SETTINGS,
  tuned: CLUSTERS_TUNED,
  hasSeveralNetworks: true,
  refuses: noPartitionBecause,
  create: async (context, given) => {
    const settings = completeSettings('clusters', CLUSTERS_SETTINGS, CLUSTERS_TUNED[context.task.id], given);
    const vector = await context.makeVector({ environments: settings.environments, workers: context.workers });
    try {
      return new ClustersAgent(context, settings, vector);
    } catch (error) {
      await vector.close();
      throw error;
    }
  },
};
