/** Tasks by their ids. */
import { checkKeys, checkObject, checkText, describeValue, InputError, namesThere, shownName } from '../grid/index.js';
import { Environment } from './environment.js';
import type { Task } from './task.js';
import { VectorEnvironment } from './vector-environment.js';
import type { VectorSettings } from './vector-settings.js';

/** Options of a task, as the user gives them; what a task does not know it refuses. */
export type TaskOptions = Readonly<Record<string, unknown>>;

/** Makes a task of options. May load data, hence the promise. Throws InputError for options that it does not know. */
export type TaskFactory = (options: TaskOptions) => Task | Promise<Task>;

/** A registered task. */
export interface TaskInfo {
  readonly id: string;
  /** What it is, in one line. */
  readonly title: string;
}

interface Registered extends TaskInfo {
  readonly factory: TaskFactory;
}

const tasks = new Map<string, Registered>();

/**
 * Makes a task known by its id, which the tasks that the factory makes must have too (`makeTask` says so where they have not).
 *
 * @param id small letters, digits and single dashes
 * @param title what it is, in one line
 * @throws InputError for an id that is none, or that a task has already
 */
export function registerTask(id: string, factory: TaskFactory, title = id): void {
  if (typeof id !== 'string' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)) {
    throw new InputError(`${describeValue(id)} is no id of a task; give small letters, digits and single dashes, as in "voltvar-ieee13"`);
  }
  if (typeof factory !== 'function')
    throw new InputError(`the factory of the task ${id} is ${describeValue(factory)}; give a function that makes the task`);
  checkText(`the title of the task ${id}`, title, 'one line of text');
  if (tasks.has(id)) throw new InputError(`there is a task ${id} already; give yours another id, and register it once`);
  tasks.set(id, { id, title, factory });
}

/** Throws InputError for options that are no object. */
function checkTaskOptions(options: unknown, what = 'options of a task'): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new InputError(`${what} are an object, not ${describeValue(options)}; leave them out, or give { name: value, ... }`);
}

/** All registered tasks, in the order in which they were. */
export function listTasks(): TaskInfo[] {
  return [...tasks.values()].map(({ id, title }) => ({ id, title }));
}

/** An id as it is registered, of one written with capitals, blanks or underlines. */
function reduced(id: string): string {
  return id.toLowerCase().replace(/[\s_]+/g, '-');
}

function factoryOf(id: string): TaskFactory {
  if (typeof id !== 'string') throw new InputError(`a task is named by its id, as in "cartpole", not by ${describeValue(id)}`);
  const wanted = reduced(id);
  const found = tasks.get(id) ?? tasks.get(wanted);
  if (found) return found.factory;
  throw new InputError(`there is no task named ${shownName(id)}; ${namesThere(wanted, [...tasks.keys()], 'busbar tasks, listTasks()')}`);
}

/** The task of an id. Throws InputError that lists those there are, nearest first, where there is none, and for options that the task does not know; for a factory that gives no task, or one of another id. */
export async function makeTask(id: string, options: TaskOptions = {}): Promise<Task> {
  const factory = factoryOf(id);
  checkTaskOptions(options);
  const task = await factory(options);
  if (typeof task !== 'object' || task === null)
    throw new InputError(`the factory of the task ${id} gave ${describeValue(task)}; it must give a task`);
  const registered = tasks.has(id) ? id : reduced(id);
  // Snapshots and rollouts go by the task's own id: what is made under one name must be found under it again.
  if (task.id !== registered)
    throw new InputError(`the task registered as ${registered} has the id ${describeValue(task.id)}; give both the same`, {
      element: `task.${registered}`,
    });
  return task;
}

/**
 * A task's options, held against the names that it knows.
 *
 * @param names with their default values
 * @returns the defaults with what was given in their place; types are the task's to check
 * @throws InputError for a name that is not among them
 */
export function taskOptions<T extends Record<string, unknown>>(id: string, options: TaskOptions, names: T): { [K in keyof T]: unknown } {
  checkText('the id of a task', id);
  checkObject('the options of a task with their defaults', names, '{ name: default, ... }');
  checkKeys(`the task ${id}`, 'option', options, Object.keys(names));
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...names, ...Object.fromEntries(given) } as { [K in keyof T]: unknown };
}

/** Settings of `makeVector`; every other name is an option of the task. */
export interface MakeVectorOptions extends VectorSettings {
  /** Threads that step, the main one among them; 1 by default; `auto` for as many as the machine can run at once. More than one need Node. */
  readonly workers?: number | 'auto';
  /** Whether the main thread is left free: all of `workers` are then threads beside it. Node only. */
  readonly background?: boolean;
  /** URL of the module that registers the task (text, or a URL), loaded where the task is not known yet, and by worker threads; for tasks that are not built in. Node only. */
  readonly module?: string | { readonly href: string };
  readonly [taskOption: string]: unknown;
}

/** Options of `makeVector`, those of the task apart. */
export interface SplitOptions {
  readonly settings: VectorSettings;
  readonly workers: unknown;
  readonly background: unknown;
  readonly module: unknown;
  readonly taskOptions: TaskOptions;
}

/** Takes the settings of a vector from the options of its task. */
export function splitOptions(options: MakeVectorOptions = {}): SplitOptions {
  checkTaskOptions(options, 'settings of a vector');
  const { environments, backend, autoreset, workers = 1, background = false, module, ...taskOptions } = options;
  return { settings: { environments, backend, autoreset }, workers, background, module, taskOptions };
}

/** The task meant: made of its id, or itself, which then takes no options. */
export async function taskOf(idOrTask: string | Task, options: TaskOptions): Promise<Task> {
  if (typeof idOrTask !== 'object' || idOrTask === null) return makeTask(idOrTask, options);
  checkTaskOptions(options);
  const [name] = Object.keys(options);
  if (name !== undefined) throw new InputError(`there is no option ${shownName(name)}; options of a task go to the function that makes it`);
  return idOrTask;
}

/**
 * A vector of environments.
 *
 * @param idOrTask a registered task's id, or a task
 * @throws InputError for an unknown id, and for settings or options of the task that are none
 */
export async function makeVector(idOrTask: string | Task, options: MakeVectorOptions = {}): Promise<VectorEnvironment> {
  const { settings, workers, background, module, taskOptions } = splitOptions(options);
  if (workers !== 1 || background !== false || module !== undefined) {
    throw new InputError(`worker threads (workers ${describeValue(workers)}) need Node; leave out workers, background and module`);
  }
  return new VectorEnvironment(await taskOf(idOrTask, taskOptions), settings);
}

/** Settings of `make`; every other name is an option of the task. */
export interface MakeOptions {
  /** Whose kernels; `auto` by default. */
  readonly backend?: VectorSettings['backend'];
  readonly [taskOption: string]: unknown;
}

/**
 * A single environment.
 *
 * @param idOrTask a registered task's id, or a task
 * @throws InputError for an unknown id, and for options that are none
 */
export async function make(idOrTask: string | Task, options: MakeOptions = {}): Promise<Environment> {
  checkTaskOptions(options, 'settings of an environment');
  const { backend, ...taskOptions } = options;
  return new Environment(await taskOf(idOrTask, taskOptions), { backend });
}
