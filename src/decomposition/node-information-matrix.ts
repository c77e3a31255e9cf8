/** The matrix of mutual information by worker threads: the same numbers, for any number of workers. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { workerProgram } from '../environments/node-worker-program.js';
import { describeValue, GridError, InputError } from '../grid/index.js';
import { assembleMatrix, type InformationMatrix, type InformationOptions, informationMatrix, informationTask } from './information-matrix.js';
import { type InformationTask, informationItems } from './information-work.js';
import type { TransitionSample } from './transition-sample.js';

/** How a matrix is estimated with workers. */
export interface ParallelInformationOptions extends InformationOptions {
  /** Threads, 1 to 64; 1 works in the caller's. Default: as many as there are processors, 8 at most. */
  workers?: number;
}

/** What a worker's thread is told. */
export interface InformationThreadTask {
  readonly task: InformationTask;
  /** Estimates by item, and the next item that nobody has taken yet; both in shared memory. */
  readonly values: Float64Array;
  readonly next: Int32Array;
}

const MOST_WORKERS = 64;
const DEFAULT_MOST = 8;

/** {@link informationMatrix} with workers. Rejects with the same errors, and with GridError where a thread dies. */
export async function informationMatrixParallel(sample: TransitionSample, options: ParallelInformationOptions = {}): Promise<InformationMatrix> {
  const { workers = Math.min(DEFAULT_MOST, availableParallelism()) } = options;
  if (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS)
    throw new InputError(`workers is ${describeValue(workers)}; it must be a whole number from 1 to ${MOST_WORKERS}`);
  if (workers === 1) return informationMatrix(sample, options);
  const task = informationTask(sample, options);
  const items = informationItems(task);
  const values = new Float64Array(new SharedArrayBuffer(8 * items.length));
  const next = new Int32Array(new SharedArrayBuffer(4));
  const groups = task.groups.map(({ inputs, outputs }) => ({ inputs: inputs.map(shared), outputs: outputs.map(shared) }));
  const { neighbours, isTrajectory, shuffles, seed } = task;
  const workerData: InformationThreadTask = { task: { groups, neighbours, isTrajectory, shuffles, seed }, values, next };
  const { program, execArgv } = workerProgram(import.meta.url, 'node-information-worker');
  const threads: Worker[] = [];
  let done = 0;
  try {
    await Promise.all(
      Array.from(
        { length: Math.min(workers, items.length) },
        (_, number) =>
          new Promise<void>((resolve, reject) => {
            const thread = new Worker(new URL(program), { workerData, execArgv, name: `busbar decomposition ${number + 1}` });
            threads.push(thread);
            thread.on('message', () => {
              done += 1;
              options.onProgress?.(done, items.length);
            });
            thread.on('error', (error) => reject(new GridError(`worker ${number + 1} of the decomposition ended: ${error.message}`)));
            thread.on('exit', (code) => {
              if (code === 0) resolve();
              else reject(new GridError(`worker ${number + 1} of the decomposition ended with exit code ${code}`));
            });
          }),
      ),
    );
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
  return assembleMatrix(sample, task, items, values.slice());
}

/** A copy that threads share. */
function shared(values: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(8 * values.length));
  copy.set(values);
  return copy;
}
