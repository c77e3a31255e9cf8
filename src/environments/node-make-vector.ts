/** Vectors of environments with worker threads. */
import { availableParallelism } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { describeValue, InputError } from '../grid/index.js';
import { wholeNumber } from './checks.js';
import { EnvironmentError } from './errors.js';
import { NodeSliceThreads } from './node-slice-threads.js';
import { loadTaskModule, moduleAddress } from './node-task-module.js';
import { type MakeVectorOptions, type SplitOptions, splitOptions, type TaskOptions, taskOf } from './registry.js';
import type { StartThreads } from './slice-threads.js';
import type { Task } from './task.js';
import { cutSlices } from './vector-arrays.js';
import { VectorEnvironment } from './vector-environment.js';

/** Most threads of a vector. */
const MOST_WORKERS = 1024;

/** Throws InputError for options of a task that cannot go to another thread. */
export function checkCloneable(options: TaskOptions): void {
  for (const [name, value] of Object.entries(options)) {
    try {
      structuredClone(value);
    } catch {
      throw new InputError(`the option ${name} of the task cannot be handed to worker threads; give plain data, or leave out workers`);
    }
  }
}

function checkedThreads({ workers, background }: SplitOptions): { workers: number; background: boolean } {
  if (typeof background !== 'boolean') throw new InputError(`background is ${describeValue(background)}; it must be true or false`);
  return { workers: workers === 'auto' ? availableParallelism() : wholeNumber('workers', workers, 1, MOST_WORKERS), background };
}

/**
 * A vector of environments, stepped by worker threads too where asked for. Their tasks are made anew in each thread, of id and options; results are the same
 * for any number of them. Close a vector with worker threads when it is no longer needed; one that is left open and idle does not keep the process from ending.
 *
 * @param idOrTask a registered task's id, or a task (which only this thread can step)
 * @throws InputError for an unknown id, and for settings or options of the task that are none; EnvironmentError where a worker cannot make the task
 */
export async function makeVector(idOrTask: string | Task, options: MakeVectorOptions = {}): Promise<VectorEnvironment> {
  const split = splitOptions(options);
  const { workers, background } = checkedThreads(split);
  const module = moduleAddress(split.module);
  const { settings, taskOptions } = split;
  if (typeof idOrTask === 'string' && isMainThread) await loadTaskModule(idOrTask, module);
  if (workers === 1 && !background) return new VectorEnvironment(await taskOf(idOrTask, taskOptions), settings);

  if (typeof idOrTask === 'object') {
    throw new InputError(
      "a task that is an object cannot go to worker threads; register it with registerTask in a module of its own and give makeVector its id and that module's URL as the option module",
    );
  }
  checkCloneable(taskOptions);
  if (!isMainThread) {
    throw new EnvironmentError(
      `a worker thread cannot start worker threads for ${idOrTask}; where the module of a task makes vectors too, have it do so on the main thread only: if (isMainThread) (node:worker_threads)`,
    );
  }
  const task = await taskOf(idOrTask, taskOptions);
  let threads: NodeSliceThreads | undefined;
  const start: StartThreads = (setup) => {
    const slices = cutSlices(setup.widths.environments, workers);
    const own = background ? { from: 0, to: 0 } : slices[0];
    threads = new NodeSliceThreads(background ? slices : slices.slice(1), setup, { id: task.id, options: taskOptions, module });
    return { threads, own };
  };
  try {
    const vector = new VectorEnvironment(task, settings, start);
    await threads?.waitAsync();
    return vector;
  } catch (error) {
    await threads?.close();
    if (error instanceof EnvironmentError && error.message.includes('there is no task named')) {
      throw new EnvironmentError(`${error.message}; a task that is not built in needs the option module, the URL of the module that registers it`);
    }
    throw error;
  }
}
