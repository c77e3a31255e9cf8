/** Evaluation in Node: with worker threads. */
import { makeVector } from './node-make-vector.js';
import { loadTaskModule } from './node-task-module.js';
import type { Task } from './task.js';
import { type EvaluateOptions, type Evaluation, evaluateWith, type Policy } from './yardsticks/index.js';

/** Evaluates a policy on a task; see `evaluate` of yardsticks/evaluate.ts, whose place it takes in Node. `workers` may be more than 1, and a `module` is loaded. */
export async function evaluate(idOrTask: string | Task, policy: string | Policy, options: EvaluateOptions = {}): Promise<Evaluation> {
  if (typeof idOrTask === 'string') await loadTaskModule(idOrTask, options?.module);
  return evaluateWith(makeVector, idOrTask, policy, options);
}
