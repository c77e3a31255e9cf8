/** Training where there are no worker threads. */
import { makeVector, type Task } from '../environments/index.js';
import type { TrainOptions } from './train-options.js';
import { trainWith } from './trainer.js';
import type { Training } from './training-record.js';

/**
 * Trains an agent on a task.
 *
 * @param idOrTask a registered task's id, or a task
 * @param agent one of `AGENTS`
 * @throws InputError for an unknown task, agent or setting, and for a task that the agent cannot learn
 */
export function train(idOrTask: string | Task, agent: string, options: TrainOptions): Promise<Training> {
  return trainWith(makeVector, idOrTask, agent, options);
}
