/** What Node gets as `busbar/learning`: the face that browsers get, with the native kernels registered. */
export * from './index.js';
export { findNativeLearning } from './node-native.js';
export { createTensorflowNetwork, TENSORFLOW_PACKAGES, type TensorflowOptions, type TensorflowPackage } from './node-tensorflow.js';
