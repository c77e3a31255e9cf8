/** Options that the commands about environments have in common. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ResetOptions, Task, TaskOptions } from '../environments/node-index.js';
import { BACKEND_NAMES, type BackendName } from '../powerflow/index.js';
import { type Arguments, choice, numeric, UsageError } from './arguments.js';

/** What to run, as typed. */
export interface TaskRequest {
  readonly id: string;
  readonly taskOptions: TaskOptions;
  readonly backend: BackendName | undefined;
}

/** Names of the options that {@link taskRequest} reads. */
export const TASK_VALUES = ['task', 'options', 'backend'] as const;

/** Names of the options that {@link actingRequest} reads. */
export const ACTING_VALUES = [
  ...TASK_VALUES,
  'policy-seed',
  'learning-backend',
  'seed',
  'environments',
  'workers',
  'max-steps',
  'reset',
  'module',
] as const;

/** Lines of help for {@link TASK_VALUES}. */
export const TASK_HELP = `  --task ID             the task (busbar tasks lists them)
  --options JSON        options of the task, as in --options '{"loadScale": 1.5}'
  --backend NAME        ${BACKEND_NAMES.join(', ')} (default: auto)`;

/** Line of help for a task of one's own. */
export const MODULE_HELP = `  --module FILE         JavaScript module that registers the task (registerTask); not looked at where the task is built in`;

/** Lines of help for the rest of {@link ACTING_VALUES}. */
export const ACTING_HELP = `  --policy NAME         none, random, native, greedy, optimum, best-known, an action that the task names or a policy of its own (busbar tasks ID lists what there is);
                        or a trained one: a policy.json, or the folder of a run. Its own task and the task's options are then the default
  --stochastic          a trained policy draws its actions, counted from --policy-seed; it takes the likeliest otherwise
  --learning-backend N  what carries a trained policy's network: auto, wasm, native, native-avx2, native-avx512, reference (default: auto)
  --policy-seed N       what the policy's own random numbers count from (default: 0)
  --seed S              episode k is the first one of the seed S + k (default: 0)
  --environments N      environments stepped at once (default: 256, less where there are fewer episodes); results do not depend on it
  --workers N           threads (default: 1), or auto: as many as the machine runs at once; results do not depend on it
  --max-steps N         cuts episodes after so many steps
  --reset JSON          options of each reset, as in --reset '{"episode": 5}'
${MODULE_HELP}`;

/** A JSON object given as the value of an option; undefined where it is not given. */
export function jsonObject(command: string, found: Arguments, name: string): Record<string, unknown> | undefined {
  const text = found.values.get(name);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(
      `${command}: --${name} is ${text.length > 60 ? `${text.slice(0, 60)}...` : text}; it must be a JSON object, as in '{"name": 1}'`,
    );
  }
  return value as Record<string, unknown>;
}

/** The task meant. Throws {@link UsageError}. */
export function taskRequest(command: string, found: Arguments): TaskRequest {
  const id = found.values.get('task');
  if (id === undefined) throw new UsageError(`${command}: name a task with --task ID; busbar tasks lists them`);
  return { id, taskOptions: jsonObject(command, found, 'options') ?? {}, backend: choice(command, found, 'backend', BACKEND_NAMES) };
}

/** A task, who acts in it, and how it is run. */
export interface ActingRequest extends TaskRequest {
  readonly policySeed: number;
  readonly seed: number;
  readonly environments: number | undefined;
  readonly workers: number | 'auto' | undefined;
  readonly maxSteps: number | undefined;
  readonly resetOptions: ResetOptions | undefined;
  /** URL of the module that registers the task. */
  readonly module?: string;
}

/** Most threads. */
const MOST_WORKERS = 1024;
const MOST_SEED = 2 ** 48;

/** Reads the options of {@link ACTING_VALUES}. Throws {@link UsageError}. */
export function actingRequest(command: string, found: Arguments): ActingRequest {
  const request = taskRequest(command, found);
  const whole = (name: string, least: number, most: number): number | undefined => numeric(command, found, name, { integer: true, least, most });
  return {
    ...request,
    policySeed: whole('policy-seed', 0, MOST_SEED) ?? 0,
    seed: whole('seed', 0, MOST_SEED) ?? 0,
    environments: whole('environments', 1, 2 ** 20),
    workers: found.values.get('workers') === 'auto' ? 'auto' : whole('workers', 1, MOST_WORKERS),
    maxSteps: whole('max-steps', 1, 1_000_000),
    resetOptions: jsonObject(command, found, 'reset'),
    module: moduleOf(command, found),
  };
}

/** URL of the file of `--module`. Throws {@link UsageError} where there is none. */
export function moduleOf(command: string, found: Arguments): string | undefined {
  const file = modulePath(command, found);
  return file === undefined ? undefined : pathToFileURL(file).href;
}

/** The file of `--module`, its whole path. Throws {@link UsageError} where there is none. */
export function modulePath(command: string, found: Arguments): string | undefined {
  const path = found.values.get('module');
  if (path === undefined) return undefined;
  const file = resolve(path);
  if (path.includes('\0') || !existsSync(file)) throw new UsageError(`${command}: --module ${path}: there is no such file`);
  if (!statSync(file).isFile()) throw new UsageError(`${command}: --module ${path} is no file; name the module that registers the task`);
  return file;
}

/** The task of a request; its module is loaded first. Throws InputError for an unknown id, options that it does not know, and a module that cannot be loaded. */
export async function taskOfRequest({ id, taskOptions, module }: Omit<TaskRequest, 'backend'> & { readonly module?: string }): Promise<Task> {
  const { loadTaskModule, makeTask } = await import('../environments/node-index.js');
  await loadTaskModule(id, module);
  return makeTask(id, taskOptions);
}
