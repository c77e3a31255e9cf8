/** What Node gets as `busbar/agents`: the face that browsers get, with native kernels registered and worker threads. */
import '../learning/node-index.js';
import '../environments/node-index.js';

export * from './index.js';
// By name, so that it takes the place of the one without workers.
export { train } from './node-train.js';
