/** The same for Node, with worker threads. */
export * from './index.js';
export * from './node-information-matrix.js';
