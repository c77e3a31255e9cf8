export * from './batch-session.js';
export * from './facade.js';
export { CompiledSolver, createSolver, DEFAULT_TOLERANCE } from './grid-solver.js';
export { prepareKernels } from './kernels.js';
export { isShunt } from './primitive.js';
export { type ScenarioOptions, ScenarioSolver } from './scenario-solver.js';
export * from './solution-record.js';
export * from './solution-scan.js';
export * from './solver-types.js';
