/** What Node gets as `busbar/dynamics`: the face that browsers get, with the native kernels registered. */
export * from './index.js';
export { findNativeDynamics } from './node-native.js';
