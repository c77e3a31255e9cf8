/** A trajectory: so many steps of an actor's environments, in one piece of memory, shared where another thread learns from it. */

/** Sizes of a trajectory. */
export interface TrajectoryShape {
  readonly steps: number;
  readonly environments: number;
  /** Numbers of an observation. */
  readonly observation: number;
  /** Numbers of an action. */
  readonly action: number;
  /** Choices that masks speak of; 0 where nothing is masked. */
  readonly choices: number;
}

/** What was seen and done. Rows are [step][environment] unless said otherwise. */
export interface Trajectory {
  /** See {@link ABOUT_VERSION} and those after it. */
  readonly about: Float64Array;
  /** Of the distribution (see `ActionHead`), [step][environment][action]. */
  readonly actions: Float64Array;
  /** ln p of the actions under the policy that acted. */
  readonly logProbabilities: Float64Array;
  /** As the task gives them. */
  readonly rewards: Float64Array;
  /** As the task gives them, [step][environment][observation]: what was acted upon. */
  readonly observations: Float32Array;
  /** [step][environment][observation], written where an episode was cut. */
  readonly finalObservations: Float32Array;
  /** [environment][observation]: behind the last step. */
  readonly lastObservations: Float32Array;
  /** [step][environment][choice] */
  readonly masks: Uint8Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
}

/** Which policy acted: updates before it. */
export const ABOUT_VERSION = 0;
/** Which actor, from 0, and which of its lives, from 0. */
export const ABOUT_ACTOR = 1;
export const ABOUT_LIFE = 2;
/** Seconds that the environments took. */
export const ABOUT_SECONDS = 3;
const ABOUT = 4;

/** Arrays begin at multiples of so many bytes, a cache line. */
const ALIGNMENT = 64;

interface Column {
  readonly name: keyof Trajectory;
  readonly make: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBufferLike, offset: number, length: number): Float64Array | Float32Array | Uint8Array;
  };
  readonly length: number;
}

function columnsOf({ steps, environments, observation, action, choices }: TrajectoryShape): Column[] {
  const rows = steps * environments;
  return [
    { name: 'about', make: Float64Array, length: ABOUT },
    { name: 'actions', make: Float64Array, length: rows * action },
    { name: 'logProbabilities', make: Float64Array, length: rows },
    { name: 'rewards', make: Float64Array, length: rows },
    { name: 'observations', make: Float32Array, length: rows * observation },
    { name: 'finalObservations', make: Float32Array, length: rows * observation },
    { name: 'lastObservations', make: Float32Array, length: environments * observation },
    { name: 'masks', make: Uint8Array, length: rows * choices },
    { name: 'terminations', make: Uint8Array, length: rows },
    { name: 'truncations', make: Uint8Array, length: rows },
  ];
}

function padded({ make, length }: Column): number {
  return Math.ceil((make.BYTES_PER_ELEMENT * length) / ALIGNMENT) * ALIGNMENT;
}

/** Bytes of a trajectory, a multiple of 64. */
export function trajectoryBytes(shape: TrajectoryShape): number {
  return columnsOf(shape).reduce((sum, column) => sum + padded(column), 0);
}

/** Views on the trajectory at an offset of a buffer. */
export function trajectoryAt(buffer: ArrayBufferLike, offset: number, shape: TrajectoryShape): Trajectory {
  const arrays: Partial<Record<keyof Trajectory, Float64Array | Float32Array | Uint8Array>> = {};
  let at = offset;
  for (const column of columnsOf(shape)) {
    arrays[column.name] = new column.make(buffer, at, column.length);
    at += padded(column);
  }
  return arrays as unknown as Trajectory;
}
