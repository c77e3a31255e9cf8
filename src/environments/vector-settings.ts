/** What a vector is made with and reset with, and what is checked of it. */
import { checkKeys, checkObject, checkWord, describeValue, InputError } from '../grid/index.js';
import { BACKEND_NAMES, type BackendName } from '../powerflow/index.js';
import { wholeNumber } from './checks.js';
import type { VectorSeed } from './seeds.js';
import { AUTORESET_MODES, type AutoresetMode } from './slice-runner.js';
import { Space } from './spaces.js';
import type { ResetOptions, Task } from './task.js';

/** Settings of a vector. */
export interface VectorSettings {
  /** How many environments, 1 to 2^20; 1 by default. */
  readonly environments?: number;
  /** Whose kernels; `auto` by default. */
  readonly backend?: BackendName;
  /** When an environment that has ended begins anew; `same-step` by default. */
  readonly autoreset?: AutoresetMode;
}

/** What is given to a reset. */
export interface ResetSettings {
  /** Seeds of the environments that are reset, counted from the first of the vector. Without it a further episode of the seeds that are there begins. */
  readonly seed?: VectorSeed;
  /** What the task offers to choose. */
  readonly options?: ResetOptions;
  /** [environment]: those to reset, true or not 0; all without it. */
  readonly mask?: ArrayLike<number | boolean>;
}

/** Settings of a reset. Throws InputError for what is no object, and for a key that is none. */
export function checkedReset(settings: ResetSettings | undefined): ResetSettings {
  if (settings === undefined) return {};
  if (typeof settings !== 'object' || settings === null)
    throw new InputError(`what is given to reset is ${describeValue(settings)}; give { seed?, options?, mask? }`);
  checkKeys('reset', 'setting', settings, ['seed', 'options', 'mask']);
  if (settings.options !== undefined) checkObject('the options of a reset', settings.options, 'an object, as in { options: { day: 5 } }');
  return settings;
}

/** Most environments of a vector. */
const MOST_ENVIRONMENTS = 2 ** 20;

/** A vector's settings with their defaults. Throws InputError for what is none. */
export function checkedSettings(settings: VectorSettings = {}): Required<Omit<VectorSettings, 'backend'>> & { backend: BackendName } {
  checkKeys('a vector', 'setting', settings, ['environments', 'backend', 'autoreset']);
  const { environments = 1, backend = 'auto', autoreset = 'same-step' } = settings;
  wholeNumber('environments', environments, 1, MOST_ENVIRONMENTS);
  checkWord('backend', backend, BACKEND_NAMES);
  checkWord('autoreset', autoreset, AUTORESET_MODES);
  return { environments, backend, autoreset };
}

/** 1 where an environment is meant. Throws InputError for a mask of another length, and for one that marks none. */
export function chosenBy(mask: ResetSettings['mask'], environments: number): Uint8Array {
  if (mask === undefined) return new Uint8Array(environments).fill(1);
  if (typeof mask !== 'object' || mask === null || mask.length !== environments) {
    throw new InputError(`the mask of a reset must be an array of ${environments} entries, one an environment`);
  }
  const chosen = Uint8Array.from({ length: environments }, (_, i) => (mask[i] ? 1 : 0));
  if (!chosen.includes(1)) throw new InputError('the mask of a reset marks no environment');
  return chosen;
}

/** Throws InputError for what is no task. */
export function checkTask(task: Task): void {
  const wrong = (what: string): never => {
    throw new InputError(what, { element: typeof task?.id === 'string' ? `task.${task.id}` : 'task' });
  };
  if (typeof task !== 'object' || task === null) wrong(`it is ${describeValue(task)}; give an id, or what defineTask or a task factory makes`);
  if (typeof task.id !== 'string' || task.id === '') wrong('it has no id');
  if (!(task.observationSpace instanceof Space)) wrong('its observationSpace is no space');
  if (!(task.actionSpace instanceof Space)) wrong('its actionSpace is no space');
  if (!Array.isArray(task.costNames) || !Array.isArray(task.infoNames)) wrong('it lacks costNames or infoNames');
  if (typeof task.create !== 'function') wrong('it lacks the function create');
  if (task.observationNames && task.observationNames.length !== task.observationSpace.length)
    wrong('observationNames are not as many as the observation has numbers');
  if (task.actionNames && task.actionNames.length !== task.actionSpace.length) wrong('actionNames are not as many as the action has numbers');
  for (const [name, row] of Object.entries(task.namedActions ?? {})) {
    if (!Array.isArray(row) || row.length !== task.actionSpace.length || !task.actionSpace.contains(row))
      wrong(`its action named ${name} is not in the action space`);
  }
  const { agents } = task;
  if (agents) {
    const count = agents.names.length;
    if (count * agents.observationSpace.length !== task.observationSpace.length)
      wrong('the observations of its agents do not make up its observation');
    if (count * agents.actionSpace.length !== task.actionSpace.length) wrong('the actions of its agents do not make up its action');
    if (agents.rewardInfos.length !== count || !agents.rewardInfos.every((name) => task.infoNames.includes(name)))
      wrong('rewardInfos of its agents are not one of its infos for each');
  }
  for (const [name, policy] of Object.entries(task.yardsticks?.policies ?? {})) {
    if (typeof policy?.make !== 'function') wrong(`its policy ${name} lacks the function make`);
    if (Object.hasOwn(task.namedActions ?? {}, name)) wrong(`its policy ${name} has the name of an action`);
  }
}
