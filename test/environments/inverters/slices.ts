/** A slice of a task on its own, with its arrays, for tests that look at its state. */
import type { SliceArrays, SliceOptions, Task, TaskSlice } from '../../../src/environments/index.js';

export interface BareSlice {
  slice: TaskSlice;
  arrays: SliceArrays;
  which: Int32Array;
  task: Task;
}

/** A slice of so many environments with seeds from 0. */
export function bareSlice(task: Task, environments: number, backend: SliceOptions['backend'] = 'auto'): BareSlice {
  const { actionSpace, observationSpace, costNames, infoNames } = task;
  const arrays: SliceArrays = {
    actions: new Float64Array(environments * actionSpace.length),
    observations: new Float32Array(environments * observationSpace.length),
    rewards: new Float64Array(environments),
    terminations: new Uint8Array(environments),
    truncations: new Uint8Array(environments),
    costs: new Float64Array(environments * costNames.length),
    infos: new Float64Array(environments * infoNames.length),
    masks: new Uint8Array(0),
    seeds: Float64Array.from({ length: environments }, (_, i) => i),
    episodes: new Uint32Array(environments),
  };
  const which = Int32Array.from({ length: environments }, (_, i) => i);
  return { slice: task.create({ environments, arrays, backend }), arrays, which, task };
}

/** An info of one environment. */
export function infoOf({ arrays, task }: BareSlice, environment: number, name: string): number {
  return arrays.infos[environment * task.infoNames.length + task.infoNames.indexOf(name)];
}
