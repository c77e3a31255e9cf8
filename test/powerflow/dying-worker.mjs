// A pool's worker that dies in the midst of its first slab: when that is solved and not yet called done, so that its voltages are no longer those of the start.
// BUSBAR_TEST_DEATH says how, and which worker ("exit 0"); the others wait until it is so far.
import { parentPort, workerData } from 'node:worker_threads';
import { CONTROL_WORDS, SLAB_DONE } from '../../src/powerflow/slab-loop.js';

const { memory, room, participant } = workerData;
const [how, who] = process.env.BUSBAR_TEST_DEATH?.split(' ') ?? [];
/** A control word that nobody uses. */
const FLAG = CONTROL_WORDS - 1;
const control = new Int32Array(memory.buffer, room.control, CONTROL_WORDS);

if (how && (who === 'all' || Number(who) === participant)) {
  const { store } = Atomics;
  Atomics.store = (array, index, value) => {
    if (array.byteOffset !== room.owners || value !== SLAB_DONE) return store(array, index, value);
    store(control, FLAG, 1);
    Atomics.notify(control, FLAG);
    if (how === 'throw') throw new Error('out of luck');
    if (how === 'exit') process.exit(7);
    parentPort.postMessage('stuck');
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
} else if (how) Atomics.wait(control, FLAG, 0);

await import('../../src/powerflow/node-slab-worker.js');
