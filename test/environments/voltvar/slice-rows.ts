/** A slice of a task with arrays of its own, for tests that step it directly. */
import type { SliceArrays, Task, TaskSlice } from '../../../src/environments/index.js';
import type { BackendName } from '../../../src/powerflow/index.js';

/** A slice and its rows. */
export interface SliceRows {
  readonly task: Task;
  readonly slice: TaskSlice;
  readonly arrays: SliceArrays;
  readonly environments: number;
  /** All environments. */
  readonly all: Int32Array;
}

/** Makes a slice; environment e has the seed `seed + e`. */
export function sliceRows(task: Task, environments = 1, seed = 0, backend: BackendName | 'auto' = 'auto'): SliceRows {
  const rows = (length: number): number => environments * length;
  const arrays: SliceArrays = {
    actions: new Float64Array(rows(task.actionSpace.length)),
    observations: new Float32Array(rows(task.observationSpace.length)),
    rewards: new Float64Array(environments),
    terminations: new Uint8Array(environments),
    truncations: new Uint8Array(environments),
    costs: new Float64Array(rows(task.costNames.length)),
    infos: new Float64Array(rows(task.infoNames.length)),
    masks: new Uint8Array(0),
    seeds: Float64Array.from({ length: environments }, (_, e) => seed + e),
    episodes: new Uint32Array(environments),
  };
  const all = Int32Array.from({ length: environments }, (_, e) => e);
  return { task, slice: task.create({ environments, arrays, backend }), arrays, environments, all };
}

/** An info of an environment, by name. */
export function infoOf({ task, arrays }: SliceRows, name: string, environment = 0): number {
  const place = task.infoNames.indexOf(name);
  if (place < 0) throw new Error(`there is no info ${name}`);
  return arrays.infos[environment * task.infoNames.length + place];
}

/** Places in the observation whose names begin so. */
export function placesOf(task: Task, kind: string): number[] {
  return (task.observationNames ?? []).flatMap((name, i) => (name.startsWith(`${kind}.`) ? [i] : []));
}
