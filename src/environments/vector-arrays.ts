/** The memory in which a vector of environments meets who acts: one buffer, shared where worker threads take part, with a view for each array. */
import type { SliceArrays, Task } from './task.js';

/** How far an environment is. */
export const NOT_BEGUN = 0;
export const RUNNING = 1;
export const ENDED = 2;

/** Numbers that a slice says of its work: seconds at work, seconds of these in kernels. */
export const TIMES_PER_SLICE = 2;

/** What a slice's task sees, and what its runner adds. */
export interface RunnerArrays extends SliceArrays {
  /** [environment][observation]: the last of the episode that ended in this step, where `hasFinal` says so. */
  readonly finalObservations: Float32Array;
  /** [environment][choice]: what was allowed with `finalObservations`; empty without masks. */
  readonly finalMasks: Uint8Array;
  /** [environment][info] */
  readonly finalInfos: Float64Array;
  /** [environment] */
  readonly hasFinal: Uint8Array;
  /** [environment]: steps since the episode began. */
  readonly steps: Uint32Array;
  /** [environment]: NOT_BEGUN, RUNNING or ENDED. */
  readonly phases: Uint8Array;
  /** [environment]: 1 where the next reset is meant. */
  readonly resets: Uint8Array;
}

type ArrayName = keyof RunnerArrays;

/** Widths of a task's rows. */
export interface Widths {
  readonly environments: number;
  readonly observation: number;
  readonly action: number;
  readonly mask: number;
  readonly costs: number;
  readonly infos: number;
}

/** Widths of the rows of so many environments of a task. */
export function widthsOf(task: Task, environments: number): Widths {
  return {
    environments,
    observation: task.observationSpace.length,
    action: task.actionSpace.length,
    mask: task.masksActions ? task.actionSpace.choices : 0,
    costs: task.costNames.length,
    infos: task.infoNames.length,
  };
}

interface Column {
  readonly name: ArrayName;
  readonly make: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBufferLike, offset: number, length: number): Float64Array | Float32Array | Uint32Array | Uint8Array;
  };
  readonly width: number;
}

function columnsOf(widths: Widths): Column[] {
  return [
    { name: 'actions', make: Float64Array, width: widths.action },
    { name: 'rewards', make: Float64Array, width: 1 },
    { name: 'costs', make: Float64Array, width: widths.costs },
    { name: 'infos', make: Float64Array, width: widths.infos },
    { name: 'finalInfos', make: Float64Array, width: widths.infos },
    { name: 'seeds', make: Float64Array, width: 1 },
    { name: 'observations', make: Float32Array, width: widths.observation },
    { name: 'finalObservations', make: Float32Array, width: widths.observation },
    { name: 'episodes', make: Uint32Array, width: 1 },
    { name: 'steps', make: Uint32Array, width: 1 },
    { name: 'masks', make: Uint8Array, width: widths.mask },
    { name: 'finalMasks', make: Uint8Array, width: widths.mask },
    { name: 'terminations', make: Uint8Array, width: 1 },
    { name: 'truncations', make: Uint8Array, width: 1 },
    { name: 'hasFinal', make: Uint8Array, width: 1 },
    { name: 'phases', make: Uint8Array, width: 1 },
    { name: 'resets', make: Uint8Array, width: 1 },
  ];
}

/** Arrays begin at multiples of so many bytes, a cache line. */
const ALIGNMENT = 64;

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Bytes of all arrays of a vector. */
export function vectorBytes(widths: Widths): number {
  return columnsOf(widths).reduce((sum, { make, width }) => sum + padded(make.BYTES_PER_ELEMENT * width * widths.environments), 0);
}

/** Views on the rows of the environments from `from` up to and without `to`. */
export function arraysOf(buffer: ArrayBufferLike, widths: Widths, from = 0, to = widths.environments): RunnerArrays {
  const arrays: Partial<Record<ArrayName, Float64Array | Float32Array | Uint32Array | Uint8Array>> = {};
  let at = 0;
  for (const { name, make, width } of columnsOf(widths)) {
    arrays[name] = new make(buffer, at + from * width * make.BYTES_PER_ELEMENT, (to - from) * width);
    at += padded(make.BYTES_PER_ELEMENT * width * widths.environments);
  }
  return arrays as RunnerArrays;
}

/** A run of environments that one thread steps. */
export interface SliceRange {
  readonly from: number;
  /** One past the last. */
  readonly to: number;
}

/** Environments of a slice are a multiple of this where there are enough: lanes are taken by blocks of up to 8. */
const BLOCK = 8;

/** Cuts environments into as many slices as there are threads, all about equal; fewer where there are fewer environments. */
export function cutSlices(environments: number, threads: number): SliceRange[] {
  const unit = environments >= BLOCK * threads ? BLOCK : 1;
  const blocks = Math.ceil(environments / unit);
  const slices = Math.min(threads, blocks);
  const start = (slice: number): number => Math.min(environments, Math.floor((slice * blocks) / slices) * unit);
  return Array.from({ length: slices }, (_, slice) => ({ from: start(slice), to: start(slice + 1) }));
}
