/** What Node gets as `busbar/environments`: the face that browsers get, with native kernels registered and worker threads. */
import '../powerflow/node-index.js';

export * from './index.js';
// By name, so that it takes the place of the one without workers.
export { makeVector } from './node-make-vector.js';
