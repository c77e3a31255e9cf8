/** Actions as users give them: read into rows, checked against the action space and the masks; and drawn at random. */
import { describeValue, InputError } from '../grid/index.js';
import { purposeNumber, RandomStream } from '../numeric/index.js';
import type { Task } from './task.js';
import { ENDED, type RunnerArrays } from './vector-arrays.js';

/** Actions of all environments: one number after the other, [environment][action], or one row an environment. */
export type VectorActions = ArrayLike<number> | readonly ArrayLike<number>[];

function isNumbers(value: unknown): value is Float64Array | Float32Array | Int32Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof BigInt64Array) && !(value instanceof BigUint64Array);
}

/** Copies a row into `into`; throws for what is no number. */
function copyNumbers(source: ArrayLike<number>, into: Float64Array, at: number, nameOf: (k: number) => string): void {
  if (isNumbers(source)) {
    into.set(source, at);
    return;
  }
  for (let k = 0; k < source.length; k++) {
    const value: unknown = source[k];
    if (typeof value !== 'number') throw new InputError(`${nameOf(k)} is ${describeValue(value)}; give a number`);
    into[at + k] = value;
  }
}

/** Reads and checks the actions of a vector. */
export class ActionReader {
  private readonly width: number;
  private readonly staged: Float64Array;
  private readonly hasNumbers: boolean;
  private readonly refusesMasked: boolean;

  constructor(
    private readonly task: Task,
    private readonly environments: number,
  ) {
    this.width = task.actionSpace.length;
    this.staged = new Float64Array(environments * this.width);
    this.hasNumbers = task.actionSpace.counts.includes(0);
    this.refusesMasked = task.masksActions && task.takesMaskedActions !== true;
  }

  private nameOf(environment: number, entry: number): string {
    const name = this.task.actionNames?.[entry];
    const which = this.width === 1 ? 'the action' : `action ${entry}${name === undefined ? '' : ` (${name})`}`;
    return `${which} of environment ${environment}`;
  }

  private read(actions: VectorActions): void {
    const { width, environments, staged } = this;
    const expected =
      width === 1 ? `${environments} numbers, one an environment` : `${environments} rows of ${width} numbers, or ${environments * width} numbers`;
    if (typeof actions !== 'object' || actions === null || typeof actions.length !== 'number') {
      throw new InputError(`the actions are ${describeValue(actions)}; give ${expected}`);
    }
    if (!isNumbers(actions) && actions.length === environments && typeof actions[0] === 'object' && actions[0] !== null) {
      for (let i = 0; i < environments; i++) {
        const row = (actions as readonly ArrayLike<number>[])[i];
        if (typeof row !== 'object' || row === null || row.length !== width) {
          throw new InputError(`the actions of environment ${i} are ${describeRow(row)}; give ${width} ${width === 1 ? 'number' : 'numbers'}`);
        }
        copyNumbers(row, staged, i * width, (k) => this.nameOf(i, k));
      }
      return;
    }
    if (actions.length !== staged.length) throw new InputError(`there are ${actions.length} actions; give ${expected}`);
    copyNumbers(actions as ArrayLike<number>, staged, 0, (k) => this.nameOf(Math.floor(k / width), k % width));
  }

  /**
   * Writes actions into the arrays of the vector, where all of them are as they must be. Those of environments that have ended are not looked at.
   *
   * @throws InputError that names the first environment and action that is wrong; nothing is written then
   */
  write(actions: VectorActions, arrays: RunnerArrays): void {
    this.read(actions);
    const { width, staged } = this;
    const space = this.task.actionSpace;
    const masks = this.refusesMasked ? arrays.masks : undefined;
    for (let i = 0; i < this.environments; i++) {
      const entry = space.firstFault(staged, i * width, masks, i * space.choices);
      if (entry >= 0 && arrays.phases[i] !== ENDED) this.refuse(i, entry);
    }
    if (this.hasNumbers) this.bound();
    arrays.actions.set(staged);
  }

  private refuse(environment: number, entry: number): never {
    const value = this.staged[environment * this.width + entry];
    const space = this.task.actionSpace;
    const name = this.nameOf(environment, entry);
    // Without its mask the row is well up to this entry, or further: then it is the mask.
    const unmasked = space.firstFault(this.staged, environment * this.width);
    if (unmasked < 0 || unmasked > entry) throw new InputError(`${name} is ${value}, which its mask does not allow now`);
    throw new InputError(`${name} is ${value}; it must be ${space.describeEntry(entry)}`);
  }

  /** Numbers that a bound rounded to single precision let through are brought within the bound. */
  private bound(): void {
    const { width, staged } = this;
    const { low, high, counts } = this.task.actionSpace;
    for (let k = 0; k < width; k++) {
      if (counts[k] > 0) continue;
      for (let at = k; at < staged.length; at += width) {
        if (staged[at] < low[k]) staged[at] = low[k];
        else if (staged[at] > high[k]) staged[at] = high[k];
      }
    }
  }
}

function describeRow(row: unknown): string {
  const length = typeof row === 'object' && row !== null ? (row as { length?: unknown }).length : undefined;
  return typeof length === 'number' ? `${length} numbers` : describeValue(row);
}

/** Words of random numbers that lie between the draws of two steps; more than a row takes, but for chance that does no harm. */
function strideOf(width: number): number {
  return Math.ceil(width / 2) * 8 + 8;
}

/**
 * Draws random actions. Those of an environment depend on its seed, episode and step alone: stream (seed, episode, `actions` and the number given), from the
 * position step x {@link strideOf} on.
 */
export class ActionSampler {
  private readonly streams: (RandomStream | undefined)[];
  private readonly seeds: Float64Array;
  private readonly episodes: Uint32Array;
  private readonly stride: number;
  private purpose = -1;
  private number = -1;

  constructor(
    private readonly task: Task,
    private readonly environments: number,
  ) {
    this.streams = Array.from({ length: environments }, () => undefined);
    this.seeds = new Float64Array(environments);
    this.episodes = new Uint32Array(environments);
    this.stride = strideOf(task.actionSpace.length);
  }

  private streamOf(i: number, seed: number, episode: number): RandomStream {
    let stream = this.streams[i];
    if (stream === undefined || this.seeds[i] !== seed || this.episodes[i] !== episode) {
      stream = new RandomStream(seed, episode, this.purpose);
      this.streams[i] = stream;
      this.seeds[i] = seed;
      this.episodes[i] = episode;
    }
    return stream;
  }

  /** Fills `into`, [environment][action], with allowed actions. */
  sample(number: number, arrays: RunnerArrays, into: Float64Array): void {
    if (number !== this.number) {
      this.number = number;
      this.purpose = purposeNumber(`actions ${number}`);
      this.streams.fill(undefined);
    }
    const { actionSpace, masksActions } = this.task;
    for (let i = 0; i < this.environments; i++) {
      const stream = this.streamOf(i, arrays.seeds[i], arrays.episodes[i]);
      stream.restore(arrays.steps[i] * this.stride);
      const masked = masksActions && arrays.phases[i] !== ENDED;
      actionSpace.sample(stream, into, i * actionSpace.length, masked ? arrays.masks : undefined, i * actionSpace.choices);
    }
  }
}
