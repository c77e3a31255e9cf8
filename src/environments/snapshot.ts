/** Snapshots: the state of environments as plain data, to go on from later. */
import { describeValue, InputError } from '../grid/index.js';
import { wholeNumber } from './checks.js';
import type { EnvironmentState, Task } from './task.js';
import { ENDED, RUNNING, type RunnerArrays } from './vector-arrays.js';

/** One environment: plain data that JSON and structured cloning take. */
export interface EnvironmentSnapshot {
  /** Id of the task. */
  readonly task: string;
  /** Sizes of the task's spaces and its time limit: the same id may stand for a task made with other options. */
  readonly shape: string;
  readonly seed: number;
  readonly episode: number;
  /** Steps since the episode began. */
  readonly steps: number;
  /** RUNNING or ENDED, see vector-arrays.ts. */
  readonly phase: number;
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly costs: readonly number[];
  /** The task's own part. */
  readonly state: EnvironmentState;
}

/** All environments of a vector. */
export interface VectorSnapshot {
  /** Id of the task. */
  readonly task: string;
  /** [environment] */
  readonly environments: readonly EnvironmentSnapshot[];
}

/** What the vector itself keeps of an environment. */
export function snapshotOf(task: Task, arrays: RunnerArrays, i: number, costs: number, state: EnvironmentState): EnvironmentSnapshot {
  return {
    task: task.id,
    shape: shapeOf(task),
    seed: arrays.seeds[i],
    episode: arrays.episodes[i],
    steps: arrays.steps[i],
    phase: arrays.phases[i],
    reward: arrays.rewards[i],
    terminated: arrays.terminations[i] !== 0,
    truncated: arrays.truncations[i] !== 0,
    costs: Array.from(arrays.costs.subarray(i * costs, (i + 1) * costs)),
    state,
  };
}

/** What tells tasks of one id apart as far as their spaces do. */
function shapeOf({ observationSpace, actionSpace, maxSteps }: Task): string {
  return `${observationSpace.describe()} ${actionSpace.describe()} ${maxSteps ?? 'endless'}`;
}

/** Throws InputError for a part of a task's state that is no finite number, text or list of finite numbers, as none that a task gives is. */
function checkState(state: EnvironmentState): void {
  for (const [name, value] of Object.entries(state)) {
    const numbers = Array.isArray(value) ? value : [value];
    if (typeof value === 'string') continue;
    const wrong = numbers.findIndex((one) => typeof one !== 'number' || Number.isNaN(one));
    if (wrong >= 0)
      throw new InputError(
        `${Array.isArray(value) ? `number ${wrong} of ` : ''}${name} in a snapshot is ${describeValue(numbers[wrong])}; it must be a number`,
      );
  }
}

/** Throws InputError for what is no snapshot of an environment of the task, or of one that has ended where it would be stepped (`same-step`). */
export function checkSnapshot(snapshot: EnvironmentSnapshot, task: Task, costs: number, beginsAnew: boolean): void {
  if (typeof snapshot !== 'object' || snapshot === null) throw new InputError(`a snapshot of an environment is ${describeValue(snapshot)}`);
  if (snapshot.task !== task.id) throw new InputError(`a snapshot of the task ${describeValue(snapshot.task)} cannot be restored in ${task.id}`);
  if (snapshot.shape !== shapeOf(task))
    throw new InputError(
      `a snapshot of ${task.id} with other options (${describeValue(snapshot.shape)}) cannot be restored where they are ${shapeOf(task)}`,
    );
  wholeNumber('the seed of a snapshot', snapshot.seed, 0, Number.MAX_SAFE_INTEGER);
  wholeNumber('the episode of a snapshot', snapshot.episode, 0, 2 ** 32 - 1);
  wholeNumber('the steps of a snapshot', snapshot.steps, 0, 2 ** 32 - 1);
  wholeNumber('the phase of a snapshot', snapshot.phase, RUNNING, ENDED);
  if (typeof snapshot.reward !== 'number' || Number.isNaN(snapshot.reward))
    throw new InputError(`the reward of a snapshot is ${describeValue(snapshot.reward)}; it must be a number`);
  if (
    !Array.isArray(snapshot.costs) ||
    snapshot.costs.length !== costs ||
    !snapshot.costs.every((cost) => typeof cost === 'number' && !Number.isNaN(cost))
  )
    throw new InputError(`the costs of a snapshot must be ${costs} numbers`);
  if (snapshot.phase === RUNNING && snapshot.steps >= (task.maxSteps ?? Infinity))
    throw new InputError(`a snapshot after ${snapshot.steps} steps is not running any more: episodes of ${task.id} have ${task.maxSteps}`);
  if (snapshot.phase === ENDED && beginsAnew)
    throw new InputError(
      "the episode of a snapshot has ended, and this vector begins episodes anew in the step that ends them; restore it with autoreset 'next-step' or 'disabled'",
    );
  if (typeof snapshot.state !== 'object' || snapshot.state === null) throw new InputError('a snapshot lacks the state of its task');
  checkState(snapshot.state);
}

/** Throws InputError where a snapshot's part of the task has not the entries of another one of that task. */
export function checkAlike(state: EnvironmentState, own: EnvironmentState): void {
  for (const [name, value] of Object.entries(own)) {
    const given = state[name];
    if (Array.isArray(value) ? !Array.isArray(given) || given.length !== value.length : typeof given !== typeof value)
      throw new InputError(
        `${name} in a snapshot is ${describeValue(given)}; it must be ${Array.isArray(value) ? `${value.length} numbers` : `a ${typeof value}`}`,
      );
  }
}

/** Writes what the vector keeps; the task's part comes after. */
export function writeSnapshot(snapshot: EnvironmentSnapshot, arrays: RunnerArrays, i: number): void {
  arrays.seeds[i] = snapshot.seed;
  arrays.episodes[i] = snapshot.episode;
  arrays.steps[i] = snapshot.steps;
  arrays.phases[i] = snapshot.phase;
  arrays.rewards[i] = snapshot.reward;
  arrays.terminations[i] = snapshot.terminated ? 1 : 0;
  arrays.truncations[i] = snapshot.truncated ? 1 : 0;
  arrays.hasFinal[i] = 0;
  arrays.costs.set(snapshot.costs, i * snapshot.costs.length);
}
