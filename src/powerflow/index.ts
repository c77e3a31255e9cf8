export {
  BACKEND_NAMES,
  type BackendName,
  type BackendSummary,
  backendSummary,
  chooseBackend,
  type NativeKernels,
  preferBackend,
  registerNativeKernels,
} from './backend.js';
export {
  BalancedBatch,
  type BalancedBatchOptions,
  type BalancedBatchReport,
  type BalancedBatchSolveOptions,
  type BatchSteps,
} from './balanced/balanced-batch.js';
export { BalancedLanes, type BalancedLanesOptions } from './balanced/balanced-lanes.js';
export { BALANCED_OPTION_NAMES, checkBalancedOptions } from './balanced/balanced-options.js';
export { BalancedScenarioSolver } from './balanced/balanced-scenario.js';
export { analyseContingencies, analyseContingenciesAsync } from './balanced/contingency.js';
export { readContingencyList } from './balanced/contingency-list.js';
export { contingenciesBySeverity, isSecure, SEVERITY_UNSERVED, SEVERITY_UNSOLVED, severityOf } from './balanced/contingency-severity.js';
export * from './balanced/contingency-types.js';
export type { Busbar, TopologyElement } from './balanced/lane-topology.js';
export { type BalancedWork, type StepWork, solutionWork } from './balanced/lane-work.js';
export type { DeadIsland } from './balanced/network.js';
export * from './balanced/solution-types.js';
export { solveBalanced } from './balanced/solve-balanced.js';
export { DEFAULT_BALANCED_TOLERANCE } from './balanced/solve-network.js';
export { FLOW_NUMBERS, type LaneState, TopologyLanes, type TopologyLanesOptions, TopologyPlan } from './balanced/topology-lanes.js';
export {
  type BalancedConditions,
  type BalancedSettings,
  DcPowerFlow,
  FastDecoupled,
  type FastDecoupledSettings,
  isBalancedGrid,
} from './balanced-facade.js';
export { BatchObserver, type BatchObserverOptions } from './batch-observer.js';
export * from './batch-series.js';
export * from './batch-session.js';
export * from './facade.js';
export { CompiledSolver, createSolver, DEFAULT_TOLERANCE, type SolverSettings } from './grid-solver.js';
export { type KernelWork, type WatchedBackend, watchBackend } from './kernel-work.js';
export { type KernelBackend, type KernelExports, type KernelMemory, type Precision, prepareKernels, wasmBackend } from './kernels.js';
export { isShunt } from './primitive.js';
export { scalarBackend } from './scalar-backend.js';
export { type ScenarioOptions, ScenarioSolver } from './scenario-solver.js';
export * from './solution-record.js';
export * from './solution-scan.js';
export { checkSolveOptions, SOLVE_OPTION_NAMES, unknownOption } from './solve-options.js';
export * from './solver-types.js';
export { DEAD_PU, deadNodes, loadsOutsideWindow, nodeOfRow, nodesOutside } from './voltage-summary.js';
