// @ts-check
/** The program of a pool's worker in Node: sleeps until the generation is raised, solves what slabs there are, says so, sleeps again. Never ends by itself. */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { CONTROL_GENERATION, CONTROL_WORDS, slabSolver } from './slab-loop.js';

/** @type {import('./node-slab-threads.js').WorkerTask} */
const { memory, room, method, participant, kernels } = workerData;

/**
 * The kernels in this thread.
 *
 * @returns {Pick<import('./kernels.js').KernelExports, 'solveFixedPoint' | 'solveNewton'>}
 */
function bind() {
  if ('module' in kernels) {
    const abort = () => {
      throw new Error('a kernel aborted');
    };
    const { exports } = new WebAssembly.Instance(kernels.module, { env: { memory, abort } });
    return /** @type {import('./kernels.js').KernelExports} */ (/** @type {unknown} */ (exports));
  }
  /** @type {import('./node-native.js').NativeAddon} */
  const addon = createRequire(import.meta.url)(kernels.addonPath);
  const handle = addon.attach(new Uint8Array(memory.buffer), kernels.width);
  if (handle === undefined) throw new Error(`native kernels of ${room.lanes} lanes do not run on this processor`);
  return {
    solveFixedPoint: (...call) => addon.solveFixedPoint(handle, ...call),
    solveNewton: (...call) => addon.solveNewton(handle, ...call),
  };
}

const solveFreeSlabs = slabSolver(room, method, participant, memory, bind());
const control = new Int32Array(memory.buffer, room.control, CONTROL_WORDS);
for (let seen = 0; ; ) {
  Atomics.wait(control, CONTROL_GENERATION, seen);
  seen = Atomics.load(control, CONTROL_GENERATION);
  solveFreeSlabs();
  parentPort?.postMessage(seen);
}
