/** Environments for agents: tasks by their ids, one at a time or in vectors of thousands. */
import './tasks/capacitors/index.js';
import './tasks/classics/index.js';
import './tasks/inverters/index.js';
import './tasks/dso/index.js';
import './tasks/microgrid/index.js';
import './tasks/topology/index.js';
import './tasks/voltvar/index.js';

export type { VectorActions } from './actions.js';
export * from './define/index.js';
export * from './devices/index.js';
export { Environment, type EnvironmentReset, type EnvironmentStep } from './environment.js';
export { EnvironmentError } from './errors.js';
export { InfoTable } from './info-table.js';
export { type ByAgent, type ParallelForm, type ParallelReset, type ParallelStep, parallelForm } from './parallel-form.js';
export {
  listTasks,
  type MakeOptions,
  type MakeVectorOptions,
  make,
  makeTask,
  makeVector,
  registerTask,
  type TaskFactory,
  type TaskInfo,
  type TaskOptions,
  taskOptions,
} from './registry.js';
export type { VectorSeed } from './seeds.js';
export { AUTORESET_MODES, type AutoresetMode } from './slice-runner.js';
export type { EnvironmentSnapshot, VectorSnapshot } from './snapshot.js';
export * from './spaces.js';
export type {
  ActionSearch,
  EnvironmentState,
  ResetOptions,
  SliceArrays,
  SliceOptions,
  Task,
  TaskAgents,
  TaskNetwork,
  TaskPolicy,
  TaskSlice,
  TaskYardsticks,
} from './task.js';
export * from './tasks/capacitors/index.js';
export * from './tasks/classics/index.js';
export * from './tasks/dso/index.js';
export { invertersTask } from './tasks/inverters/index.js';
export * from './tasks/microgrid/index.js';
export * from './tasks/topology/index.js';
export * from './tasks/voltvar/index.js';
export { VectorEnvironment } from './vector-environment.js';
export type { VectorReset, VectorStep } from './vector-results.js';
export type { ResetSettings, VectorSettings } from './vector-settings.js';
export * from './yardsticks/index.js';
