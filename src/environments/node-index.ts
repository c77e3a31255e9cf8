/** What Node gets as `busbar/environments`: the face that browsers get, with native kernels and the reader of Grid2Op's series registered, and worker threads. */
import '../powerflow/node-index.js';
import '../topology/node-index.js';

export * from './index.js';
// By name, so that they take the place of those without workers.
export { evaluate } from './node-evaluate.js';
export { makeVector } from './node-make-vector.js';
export { loadTaskModule } from './node-task-module.js';
