/** Snapshots: the state of environments as plain data, to go on from later. */
import { describeValue, InputError } from '../grid/index.js';
import { wholeNumber } from './checks.js';
import type { EnvironmentState } from './task.js';
import type { RunnerArrays } from './vector-arrays.js';

/** One environment: plain data that JSON and structured cloning take. */
export interface EnvironmentSnapshot {
  /** Id of the task. */
  readonly task: string;
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
export function snapshotOf(task: string, arrays: RunnerArrays, i: number, costs: number, state: EnvironmentState): EnvironmentSnapshot {
  return {
    task,
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

/** Throws InputError for what is no snapshot of an environment of the task. */
export function checkSnapshot(snapshot: EnvironmentSnapshot, task: string, costs: number): void {
  if (typeof snapshot !== 'object' || snapshot === null) throw new InputError(`a snapshot of an environment is ${describeValue(snapshot)}`);
  if (snapshot.task !== task) throw new InputError(`a snapshot of the task ${describeValue(snapshot.task)} cannot be restored in ${task}`);
  wholeNumber('the seed of a snapshot', snapshot.seed, 0, Number.MAX_SAFE_INTEGER);
  wholeNumber('the episode of a snapshot', snapshot.episode, 0, 2 ** 32 - 1);
  wholeNumber('the steps of a snapshot', snapshot.steps, 0, 2 ** 32 - 1);
  wholeNumber('the phase of a snapshot', snapshot.phase, 1, 2);
  if (!Array.isArray(snapshot.costs) || snapshot.costs.length !== costs) throw new InputError(`the costs of a snapshot must be ${costs} numbers`);
  if (typeof snapshot.state !== 'object' || snapshot.state === null) throw new InputError('a snapshot lacks the state of its task');
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
