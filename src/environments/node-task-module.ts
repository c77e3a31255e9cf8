/** Modules of users that register tasks, loaded by the thread that makes vectors; workers load them for themselves. */
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeValue, InputError, shownName } from '../grid/index.js';
import { messageOf } from './errors.js';
import { listTasks } from './registry.js';

/** Address of the module that registers a task, undefined where there is none. Throws InputError for what is no address. */
export function moduleAddress(module: unknown): string | undefined {
  if (module === undefined) return undefined;
  if (module instanceof URL) return module.href;
  if (typeof module !== 'string' || module === '' || module.startsWith('.')) {
    throw new InputError(`module is ${describeValue(module)}; give a URL, as in new URL('./my-task.js', import.meta.url), or the name of a package`);
  }
  return isAbsolute(module) ? pathToFileURL(module).href : module;
}

/**
 * Loads the module that registers a task, unless the task is known already (a module that registers it once does so when it is first loaded).
 *
 * @param id the task wanted
 * @param module its URL or absolute path, or the name of a package; undefined: nothing is loaded
 * @throws InputError for what is no address, a module that is not there or that throws, and for one that does not register the task
 */
export async function loadTaskModule(id: string, module: unknown): Promise<void> {
  const address = moduleAddress(module);
  const isKnown = (): boolean => listTasks().some((task) => task.id === id);
  if (address === undefined || isKnown()) return;
  try {
    await import(address);
  } catch (error) {
    throw new InputError(`the module ${address} of the task ${shownName(String(id))} cannot be loaded: ${messageOf(error)}`);
  }
  if (isKnown()) return;
  throw new InputError(
    `the module ${address} registers no task ${shownName(String(id))}; it must call registerTask('${String(id)}', ...) of the same busbar that is running`,
  );
}
