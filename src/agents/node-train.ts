/** Training in Node: with worker threads. */
import { makeVector, type Task } from '../environments/node-index.js';
import { type Training, type TrainOptions, trainWith } from './trainer.js';

/** See `train` of train.ts, whose place it takes in Node. */
export function train(idOrTask: string | Task, agent: string, options: TrainOptions): Promise<Training> {
  return trainWith(makeVector, idOrTask, agent, options);
}
