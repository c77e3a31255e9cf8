/** What Node gets as `busbar/powerflow`: the face that browsers get, with the native kernels registered. */
export * from './index.js';
export * from './node-batch-pool.js';
// By name, so that these take the place of those without workers.
export { type NodeSeriesOptions, solveColumns, solveSeries } from './node-batch-series.js';
export { findNativeKernels } from './node-native.js';
