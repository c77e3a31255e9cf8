/** Training in Node: with worker threads. */
import { loadTaskModule, makeVector, type Task } from '../environments/node-index.js';
import { NodeActorThreads } from './impala/node-actor-threads.js';
import { registerActorThreads } from './impala/trajectory-source.js';
import type { TrainOptions } from './train-options.js';
import { trainWith } from './trainer.js';
import type { Training } from './training-record.js';

registerActorThreads((setup) => new NodeActorThreads(setup));

/** See `train` of train.ts, whose place it takes in Node. */
export async function train(idOrTask: string | Task, agent: string, options: TrainOptions): Promise<Training> {
  if (typeof idOrTask === 'string') await loadTaskModule(idOrTask, options?.module);
  return trainWith(makeVector, idOrTask, agent, options);
}
