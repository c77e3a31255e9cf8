/** Topology of transmission grids. */
import { TOPOLOGY_TASKS } from '../../../topology/index.js';
import { registerTask } from '../../registry.js';
import { TOPOLOGY_TITLES, topologyTask } from './topology-task.js';

export { type TopologyActionKind, type TopologyOptions, type TopologySetup, topologySetup } from './options.js';
export { topologyTask } from './topology-task.js';

for (const id of TOPOLOGY_TASKS) registerTask(id, (options) => topologyTask(id, options), TOPOLOGY_TITLES[id]);
