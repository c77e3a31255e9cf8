/** Control of the topology of transmission grids: substations with two busbars, rules, series, and simulations of many such grids at once. */
export * from './choices.js';
export * from './chronics.js';
export { type ChronicsReader, openChronics, registerChronicsReader } from './chronics-source.js';
export { drawStorage } from './dispatch.js';
export * from './elements.js';
export * from './events.js';
export {
  DAY_SHAPE,
  type GeneratorFacts,
  type GeneratorKind,
  inMeanState,
  loadTopologyFacts,
  type RuleFacts,
  type SeriesRange,
  TOPOLOGY_TASKS,
  type TopologyFacts,
  type TopologyTaskId,
} from './facts.js';
export { observationNames as topologyObservationNames } from './observer.js';
export { stepReward as topologyReward } from './rewards.js';
export {
  BLACKOUT_DIVERGED,
  BLACKOUT_ISLANDED,
  BLACKOUT_NONE,
  BLACKOUT_REASONS,
  INFO_NAMES as TOPOLOGY_INFOS,
  type MaintenanceSettings,
  type OpponentSettings,
  TOPOLOGY_REWARDS,
  type TopologyArrays,
  type TopologyReward,
  type TopologyRules,
  type TopologySettings,
} from './settings.js';
export { type BeginOptions, TopologySimulation } from './simulation.js';
export { type StateRecord, TopologyState } from './state.js';
export { RISKY_LOADING, type TopologyOutcomes, TopologyTrials } from './trials.js';
