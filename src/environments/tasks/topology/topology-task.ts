/**
 * `topology-case5`, `topology-case14`, `topology-case118`: the operator of a transmission grid keeps lines within their limits by moving elements between busbars and switching
 * lines, five minutes a step, 28 days long. Rules after Grid2Op. docs/tasks/topology.md.
 */
import { TOPOLOGY_INFOS, type TopologyTaskId, topologyObservationNames } from '../../../topology/index.js';
import type { TaskOptions } from '../../registry.js';
import { Box, Discrete } from '../../spaces.js';
import type { Task } from '../../task.js';
import { topologyNetwork } from './network.js';
import { topologySetup } from './options.js';
import { topologyPolicies } from './policies.js';
import { TopologySlice } from './topology-slice.js';

/** Titles by task. */
export const TOPOLOGY_TITLES: Readonly<Record<TopologyTaskId, string>> = {
  'topology-case5': 'Topology of 5 substations: elements between busbars and lines in and out, 5-minute steps',
  'topology-case14': 'Topology of 14 substations (l2rpn_case14_sandbox): elements between busbars and lines in and out, 5-minute steps',
  'topology-case118': 'Topology of 118 substations: elements between busbars and lines in and out, 5-minute steps',
};

/**
 * A topology task.
 *
 * @throws InputError for options that it does not know
 */
export async function topologyTask(id: TopologyTaskId, given: TaskOptions = {}): Promise<Task> {
  const setup = await topologySetup(id, given);
  const { settings } = setup;
  const { choices, chronics } = settings;
  const names = topologyObservationNames(settings);
  return {
    id,
    title: TOPOLOGY_TITLES[id],
    observationSpace: new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, names.length),
    actionSpace: new Discrete(choices.count),
    masksActions: true,
    takesMaskedActions: true,
    maxSteps: settings.episodeSteps,
    costNames: ['overload'],
    infoNames: TOPOLOGY_INFOS,
    observationNames: names,
    resetCounts: { scenario: chronics.scenarios },
    namedActions: { none: [0] },
    network: topologyNetwork(settings, names),
    yardsticks: topologyPolicies(setup),
    create: ({ arrays, backend }) => new TopologySlice(setup, arrays, backend),
  };
}
