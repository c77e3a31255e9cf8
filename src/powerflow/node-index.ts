/** What Node gets as `busbar/powerflow`: the face that browsers get, with the native kernels registered. */
export * from './index.js';
export * from './node-batch-pool.js';
export { findNativeKernels } from './node-native.js';
