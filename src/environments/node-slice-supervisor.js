// @ts-check
/**
 * A thread that starts the threads of a vector's slices and says who of them has ended. It is for this alone, so that its event loop hears of a death while the main
 * thread sleeps on a step. Plain JavaScript, for it is loaded as it stands, from the sources too.
 */
import { Worker, workerData } from 'node:worker_threads';

/**
 * @typedef {object} SupervisorTask
 * @property {string} program of the slices' threads
 * @property {string[]} execArgv
 * @property {string[]} names
 * @property {import('./node-slice-threads.js').SliceThreadTask[]} threads
 * @property {number} doneWord position of the word of the first thread that says what is done
 * @property {number} wordsPerThread
 * @property {number} lost value of that word where a thread has ended
 */

/** @type {{ task: SupervisorTask, words: Int32Array, deaths: import('node:worker_threads').MessagePort }} */
const { task, words, deaths } = workerData;

task.threads.forEach((thread, i) => {
  let reason = '';
  /** @param {string} why */
  const bury = (why) => {
    deaths.postMessage({ thread: i, reason: why });
    const at = task.doneWord + i * task.wordsPerThread;
    Atomics.store(words, at, task.lost);
    Atomics.notify(words, at);
  };
  try {
    const worker = new Worker(new URL(task.program), {
      workerData: thread,
      transferList: [thread.port],
      execArgv: task.execArgv,
      name: task.names[i],
    });
    worker.on('error', (error) => {
      reason = `threw: ${error instanceof Error ? error.message : String(error)}`;
    });
    worker.on('exit', (code) => bury(reason === '' ? `ended with exit code ${code}` : reason));
  } catch (error) {
    bury(`could not be started: ${error instanceof Error ? error.message : String(error)}`);
  }
});
