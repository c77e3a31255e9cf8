/** What Node gets as `busbar/decomposition`: the face that browsers get, with native kernels registered and worker threads. */
import '../powerflow/node-index.js';

export * from './index.js';
export * from './node-information-matrix.js';
