/** What the commands that run episodes look at before they run any: the module of the task, and the option of resets that counts. */
import type { ResetOptions } from '../environments/node-index.js';
import { UsageError } from './arguments.js';
import { type ActingRequest, taskOfRequest } from './task-options.js';

/** Options of the resets: those given, and the one that is set to the episode's number (`--each`). */
export function resetsOf(
  { resetOptions }: Pick<ActingRequest, 'resetOptions'>,
  each: string | undefined,
): ResetOptions | ((episode: number) => ResetOptions) | undefined {
  return each === undefined ? resetOptions : (episode) => ({ ...resetOptions, [each]: episode });
}

/**
 * Loads the module of a request, and checks that there are as many of what `--each` counts as there are episodes, where the task says how many there are. To be called before anything runs.
 *
 * @param episodes how many; undefined where it is not known beforehand
 * @throws UsageError for too many episodes; InputError for a module that cannot be loaded and, with `each`, a task that cannot be made
 */
export async function prepareEpisodes(
  command: string,
  request: ActingRequest,
  each: string | undefined,
  episodes: number | undefined,
): Promise<void> {
  const { loadTaskModule } = await import('../environments/node-index.js');
  await loadTaskModule(request.id, request.module);
  if (each === undefined) return;
  if (request.resetOptions && Object.hasOwn(request.resetOptions, each))
    throw new UsageError(`${command}: --each ${each} sets what --reset sets too; leave it out of one of them`);
  const task = await taskOfRequest(request);
  const count = task.resetCounts?.[each];
  if (count !== undefined && episodes !== undefined && episodes > count)
    throw new UsageError(
      `${command}: --each ${each} counts from 0 to ${episodes - 1}, and ${task.id} has ${each} 0 to ${count - 1}; give --episodes ${count} at most`,
    );
}
