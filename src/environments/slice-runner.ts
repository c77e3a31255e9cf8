/** One slice of a vector, in whatever thread: steps its task, and begins episodes anew as the vector's autoreset mode says. */
import { describeValue, InputError } from '../grid/index.js';
import { ActionSampler } from './actions.js';
import type { EnvironmentState, ResetOptions, SliceOptions, Task, TaskSlice } from './task.js';
import { ENDED, RUNNING, type RunnerArrays } from './vector-arrays.js';

/**
 * When an environment whose episode has ended begins the next one, as Gymnasium names it: `same-step` in the step that ends it, `next-step` in the next one,
 * `disabled` when it is reset.
 */
export type AutoresetMode = 'same-step' | 'next-step' | 'disabled';

/** All autoreset modes. */
export const AUTORESET_MODES: readonly AutoresetMode[] = ['same-step', 'next-step', 'disabled'];

/** Numbers of a row from which on it is copied as a whole. */
const LONG_ROW = 128;

/** Runs a slice. Environments are counted from 0 within it. */
export class SliceRunner {
  private readonly slice: TaskSlice;
  private readonly environments: number;
  private readonly all: Int32Array;
  private readonly listed: Int32Array;
  private readonly others: Int32Array;
  private readonly keptCosts: Float64Array;
  private sampler: ActionSampler | undefined;
  /** Seconds at work since the slice was made. */
  seconds = 0;

  /** Throws what the task throws that cannot be made. */
  constructor(
    private readonly task: Task,
    private readonly arrays: RunnerArrays,
    backend: SliceOptions['backend'],
    private readonly autoreset: AutoresetMode,
  ) {
    this.environments = arrays.rewards.length;
    this.slice = task.create({ environments: this.environments, arrays, backend });
    this.all = Int32Array.from({ length: this.environments }, (_, i) => i);
    this.listed = new Int32Array(this.environments);
    this.others = new Int32Array(this.environments);
    this.keptCosts = new Float64Array(arrays.costs.length);
  }

  /** Seconds spent in kernels since the slice was made. */
  get kernelSeconds(): number {
    return this.slice.kernelSeconds;
  }

  /** Resets the environments marked in `resets`, whose seeds and episodes have been set. What the task throws leaves them as they were. */
  reset(options?: ResetOptions): void {
    const from = performance.now();
    const { arrays, listed } = this;
    let count = 0;
    for (let i = 0; i < this.environments; i++) if (arrays.resets[i] !== 0) listed[count++] = i;
    if (count === 0) return;
    this.slice.reset(listed, count, options);
    for (let k = 0; k < count; k++) {
      const i = listed[k];
      arrays.rewards[i] = 0;
      arrays.terminations[i] = 0;
      arrays.truncations[i] = 0;
      arrays.hasFinal[i] = 0;
      arrays.steps[i] = 0;
      arrays.phases[i] = RUNNING;
    }
    this.seconds += (performance.now() - from) / 1000;
  }

  /**
   * One step of all.
   *
   * @param sampler number of the sampler whose actions are taken; undefined for those in the arrays, which have been checked
   */
  step(sampler?: number): void {
    const from = performance.now();
    if (sampler !== undefined) {
      this.sampler ??= new ActionSampler(this.task, this.environments);
      this.sampler.sample(sampler, this.arrays, this.arrays.actions);
    }
    this.arrays.hasFinal.fill(0);
    if (this.autoreset === 'next-step') this.stepOrReset();
    else {
      this.slice.step(this.all, this.environments);
      const ended = this.close(this.all, this.environments);
      if (this.autoreset === 'same-step' && ended > 0) this.beginAgain(ended);
    }
    this.seconds += (performance.now() - from) / 1000;
  }

  /** Those that ended in the last step begin anew, the others step. */
  private stepOrReset(): void {
    const { arrays, listed, others } = this;
    let ended = 0;
    let running = 0;
    for (let i = 0; i < this.environments; i++) {
      if (arrays.phases[i] === ENDED) listed[ended++] = i;
      else others[running++] = i;
    }
    if (ended > 0) {
      for (let k = 0; k < ended; k++) {
        const i = listed[k];
        this.nextEpisode(i);
        arrays.rewards[i] = 0;
        arrays.terminations[i] = 0;
        arrays.truncations[i] = 0;
      }
      this.slice.reset(listed, ended);
    }
    if (running > 0) {
      this.slice.step(others, running);
      this.close(others, running);
    }
  }

  /** Counts the steps of those listed; lists those that have ended in `listed` and returns their number. */
  private close(which: Int32Array, count: number): number {
    const { arrays, listed } = this;
    let ended = 0;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      arrays.steps[i] += 1;
      if ((arrays.terminations[i] | arrays.truncations[i]) !== 0) {
        arrays.phases[i] = ENDED;
        listed[ended++] = i;
      }
    }
    return ended;
  }

  private nextEpisode(i: number): void {
    this.arrays.episodes[i] += 1;
    this.arrays.steps[i] = 0;
    this.arrays.phases[i] = RUNNING;
  }

  /** Keeps what those listed have come to and resets them. Costs belong to the step, so they outlive the reset. */
  private beginAgain(count: number): void {
    const { arrays, listed, keptCosts } = this;
    const { observations, infos, costs, masks, finalObservations, finalInfos, finalMasks } = arrays;
    const [observation, info, cost, mask] = [observations, infos, costs, masks].map((rows) => rows.length / this.environments);
    for (let k = 0; k < count; k++) {
      const i = listed[k];
      // Where a row is long, copying it as a whole is worth the view that it takes.
      if (observation > LONG_ROW) finalObservations.set(observations.subarray(i * observation, (i + 1) * observation), i * observation);
      else for (let at = i * observation; at < (i + 1) * observation; at++) finalObservations[at] = observations[at];
      for (let at = i * info; at < (i + 1) * info; at++) finalInfos[at] = infos[at];
      if (mask > LONG_ROW) finalMasks.set(masks.subarray(i * mask, (i + 1) * mask), i * mask);
      else for (let at = i * mask; at < (i + 1) * mask; at++) finalMasks[at] = masks[at];
      for (let at = i * cost; at < (i + 1) * cost; at++) keptCosts[at] = costs[at];
      arrays.hasFinal[i] = 1;
      this.nextEpisode(i);
    }
    this.slice.reset(listed, count);
    for (let k = 0; k < count; k++) {
      const i = listed[k];
      for (let at = i * cost; at < (i + 1) * cost; at++) costs[at] = keptCosts[at];
    }
  }

  /** The task's part of a snapshot. */
  snapshot(environment: number): EnvironmentState {
    return this.slice.snapshot(environment);
  }

  /** The reverse; seed and episode have been set. */
  restore(environment: number, state: EnvironmentState): void {
    this.slice.restore(environment, state);
  }

  /** What an environment looks like. Throws InputError for another form than text and svg. */
  render(environment: number, form: 'text' | 'svg'): string {
    if (form !== 'text' && form !== 'svg') throw new InputError(`${this.task.id} renders as text or svg, not as ${describeValue(form)}`);
    return this.slice.render(environment, form);
  }
}

/** What the vector asks a slice between steps. */
export type SliceQuestion =
  | { readonly call: 'snapshot'; readonly environment: number }
  | { readonly call: 'restore'; readonly environment: number; readonly state: EnvironmentState }
  | { readonly call: 'render'; readonly environment: number; readonly form: 'text' | 'svg' };

/**
 * A slice's answer.
 *
 * @param environment within the slice
 */
export function answer(runner: SliceRunner, environment: number, question: SliceQuestion): unknown {
  switch (question.call) {
    case 'snapshot':
      return runner.snapshot(environment);
    case 'restore':
      return runner.restore(environment, question.state);
    case 'render':
      return runner.render(environment, question.form);
  }
}
