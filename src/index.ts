/** Everything, for Node: the browser's part, and what reads files. */
import './learning/node-native.js';
import './topology/node-chronics.js';

// By name, so that it takes the place of the browser's, which has no workers.
export { train } from './agents/node-train.js';
export * from './browser.js';
// By name, so that they take the place of the browser's, which have no workers.
export { evaluate } from './environments/node-evaluate.js';
export { makeVector } from './environments/node-make-vector.js';
export { loadTaskModule } from './environments/node-task-module.js';
export * from './formats/matpower/node-read-file.js';
export * from './formats/opendss/node-files.js';
export * from './powerflow/node-batch-pool.js';
// By name, so that these take the place of the browser's, which have no workers.
export { type NodeSeriesOptions, solveColumns, solveSeries } from './powerflow/node-batch-series.js';
export { findNativeKernels } from './powerflow/node-native.js';
// By name, so that these take the place of the browser's, which have to be given their files.
export { type NodeRunScriptOptions, runScript, runScriptFile, runScriptText } from './scripts/node-run-script.js';
