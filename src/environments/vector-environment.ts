/** A vector of environments of one task, stepped by one call: Gymnasium's vector environment on typed arrays. */
import { BusbarError, InputError } from '../grid/index.js';
import { ActionReader, ActionSampler, type VectorActions } from './actions.js';
import { wholeNumber } from './checks.js';
import { EnvironmentError, messageOf } from './errors.js';
import type { InfoTable } from './info-table.js';
import { seedsOf } from './seeds.js';
import { MOST_SAMPLERS } from './slice-control.js';
import { type AutoresetMode, answer, type SliceQuestion, SliceRunner } from './slice-runner.js';
import type { SliceThreads, StartThreads } from './slice-threads.js';
import { checkAlike, checkSnapshot, type EnvironmentSnapshot, snapshotOf, type VectorSnapshot, writeSnapshot } from './snapshot.js';
import type { Space } from './spaces.js';
import type { EnvironmentState, ResetOptions, Task } from './task.js';
import { arraysOf, ENDED, NOT_BEGUN, type RunnerArrays, type SliceRange, vectorBytes, type Widths, widthsOf } from './vector-arrays.js';
import { copyStep, stepOf, type VectorReset, type VectorStep } from './vector-results.js';
import { checkedReset, checkedSettings, checkTask, chosenBy, type ResetSettings, type VectorSettings } from './vector-settings.js';

/**
 * Many environments of one task. All arrays are made once and written again by each step. What an environment does depends on its seed and its actions alone, not
 * on how many there are beside it, nor on the number of threads.
 *
 * Made by `makeVector`, or for a task at hand without worker threads by its constructor.
 */
export class VectorEnvironment {
  readonly task: Task;
  /** How many environments. */
  readonly environments: number;
  readonly autoreset: AutoresetMode;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Threads that step environments, the main one included where it does. */
  readonly threads: number;
  private readonly widths: Widths;
  private readonly arrays: RunnerArrays;
  private readonly current: VectorStep;
  private readonly reader: ActionReader;
  private readonly sampler: ActionSampler;
  private readonly sampled: Float64Array;
  /** The main thread's slice, from environment 0 on; undefined where all are stepped by workers. */
  private readonly runner: SliceRunner | undefined;
  private readonly own: SliceRange;
  private readonly workers: SliceThreads | undefined;
  /** Two copies of what steps give, for `receive`. */
  private copies: [VectorStep, VectorStep] | undefined;
  private received = 0;
  private sent = false;
  private ready = 0;
  private moveCount = 0;
  private checkSeconds = 0;
  /** What the main thread's slice threw in the step under way. */
  private stepFailure: unknown;
  /** Why nothing goes on. */
  private broken: EnvironmentError | undefined;

  /** Throws InputError for settings that are none, and what the task throws that cannot be made. */
  constructor(task: Task, settings?: VectorSettings);
  /**
   * With worker threads; see `node-make-vector.ts`.
   *
   * @internal
   */
  constructor(task: Task, settings: VectorSettings, startThreads: StartThreads);
  constructor(task: Task, settings: VectorSettings = {}, startThreads?: StartThreads) {
    checkTask(task);
    const { environments, backend, autoreset } = checkedSettings(settings);
    this.task = task;
    this.environments = environments;
    this.autoreset = autoreset;
    this.observationSpace = task.observationSpace;
    this.actionSpace = task.actionSpace;
    this.widths = widthsOf(task, environments);
    const bytes = vectorBytes(this.widths);
    const buffer = startThreads ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    this.arrays = arraysOf(buffer, this.widths);
    this.current = stepOf(task, this.arrays, environments);
    this.reader = new ActionReader(task, environments);
    this.sampler = new ActionSampler(task, environments);
    this.sampled = new Float64Array(environments * this.widths.action);
    const started = startThreads?.({ buffer: buffer as SharedArrayBuffer, widths: this.widths, backend, autoreset });
    this.workers = started?.threads;
    this.own = started ? started.own : { from: 0, to: environments };
    this.threads = (this.own.to > this.own.from ? 1 : 0) + (this.workers?.slices.length ?? 0);
    if (this.own.to > this.own.from) {
      const { from, to } = this.own;
      this.runner = new SliceRunner(task, arraysOf(buffer, this.widths, from, to), backend, autoreset);
    }
  }

  /** [environment][action]: those of the last step. Read only. */
  get actions(): Float64Array {
    return this.arrays.actions;
  }
  /** [environment][observation]: the present ones. */
  get observations(): Float32Array {
    return this.arrays.observations;
  }
  /** [environment]: rewards of the last step. */
  get rewards(): Float64Array {
    return this.arrays.rewards;
  }
  /** [environment] */
  get terminations(): Uint8Array {
    return this.arrays.terminations;
  }
  /** [environment] */
  get truncations(): Uint8Array {
    return this.arrays.truncations;
  }
  /** [environment][cost]: of the last step. */
  get costs(): Float64Array {
    return this.arrays.costs;
  }
  /** [environment][choice]: 1 where a choice is allowed now; empty for tasks without masks. */
  get masks(): Uint8Array {
    return this.arrays.masks;
  }
  /** Infos of the last step or reset. */
  get infos(): InfoTable {
    return this.current.infos;
  }
  /** [environment][observation]: see {@link VectorStep}. */
  get finalObservations(): Float32Array {
    return this.arrays.finalObservations;
  }
  /** [environment][choice]: see {@link VectorStep}. */
  get finalMasks(): Uint8Array {
    return this.arrays.finalMasks;
  }
  /** See {@link VectorStep}. */
  get finalInfos(): InfoTable {
    return this.current.finalInfos;
  }
  /** [environment]: see {@link VectorStep}. */
  get hasFinal(): Uint8Array {
    return this.arrays.hasFinal;
  }
  /** [environment]: the seeds in use. Read only. */
  get seeds(): Float64Array {
    return this.arrays.seeds;
  }
  /** [environment]: number of the present episode since the environment was seeded, from 0. Read only. */
  get episodes(): Uint32Array {
    return this.arrays.episodes;
  }
  /** [environment]: steps since the present episode began. Read only. */
  get steps(): Uint32Array {
    return this.arrays.steps;
  }

  /** How often environments were reset, stepped or restored since the vector was made: who lends it to others sees whether they moved it. */
  get moves(): number {
    return this.moveCount;
  }

  /** [environment]: one info by name, copied. Throws InputError for a name that is not there. */
  info(name: string, into?: Float64Array): Float64Array {
    return this.current.infos.column(name, into);
  }

  /**
   * Begins an episode in all environments, or in those of a mask. Seeded environments count their episodes from 0; each further reset, automatic ones included,
   * raises the count, from which with the seed all randomness is drawn. Environments that were never seeded get random seeds (see `seeds`).
   *
   * @throws InputError for seeds, masks and options that are none; nothing has changed then
   */
  reset(settings: ResetSettings = {}): VectorReset {
    this.requireRest('reset()');
    const { seed, options, mask } = checkedReset(settings);
    const { arrays, environments } = this;
    const chosen = chosenBy(mask, environments);
    const needsSeeds = seed === undefined && chosen.some((marked, i) => marked !== 0 && arrays.phases[i] === NOT_BEGUN);
    const seeds = seed !== undefined || needsSeeds ? seedsOf(seed, environments) : undefined;
    const before = { seeds: arrays.seeds.slice(), episodes: arrays.episodes.slice() };
    for (let i = 0; i < environments; i++) {
      if (chosen[i] === 0) continue;
      const seeded = seeds !== undefined && (seed !== undefined || arrays.phases[i] === NOT_BEGUN);
      arrays.episodes[i] = seeded ? 0 : arrays.episodes[i] + 1;
      if (seeded) arrays.seeds[i] = seeds[i];
    }
    arrays.resets.set(chosen);
    this.moveCount += 1;
    try {
      this.resetSlices(options);
    } catch (error) {
      arrays.seeds.set(before.seeds);
      arrays.episodes.set(before.episodes);
      throw error;
    }
    this.ready = 0;
    for (let i = 0; i < environments; i++) if (arrays.phases[i] !== NOT_BEGUN) this.ready += 1;
    return this.current;
  }

  /** With options one slice goes first, so that options which the task refuses change nothing. */
  private resetSlices(options: ResetOptions | undefined): void {
    const { arrays, runner, workers } = this;
    const slices = workers?.slices ?? [];
    const marked = ({ from, to }: SliceRange): boolean => arrays.resets.subarray(from, to).includes(1);
    const ownIsMarked = runner !== undefined && marked(this.own);
    let wanted = slices.map((_, k) => k).filter((k) => marked(slices[k]));
    if (options !== undefined) {
      workers?.checkOptions(options);
      if (ownIsMarked) runner.reset(options);
      else {
        workers?.reset(wanted.slice(0, 1), options);
        wanted = wanted.slice(1);
      }
    }
    workers?.beginReset(wanted, options);
    let failure: unknown;
    try {
      if (options === undefined && ownIsMarked) runner.reset();
    } catch (error) {
      failure = error;
    }
    this.finish(failure);
  }

  /** Waits for the workers. What went wrong, here or there, ends the vector, unless it is bad input. */
  private finish(failure?: unknown): void {
    try {
      this.workers?.wait();
    } catch (error) {
      failure ??= error;
    }
    if (failure !== undefined) this.fail(failure);
  }

  /** What a task pays must be a number: one that is none would go on into returns and networks. */
  private checkRewards(): void {
    const { rewards, steps } = this.arrays;
    for (let i = 0; i < rewards.length; i++) {
      if (Number.isFinite(rewards[i])) continue;
      this.fail(
        new EnvironmentError(
          `the task ${this.task.id} gave environment ${i} the reward ${rewards[i]} (step ${steps[i]} of the episode now under way); rewards must be finite numbers`,
        ),
      );
    }
  }

  private fail(error: unknown): never {
    const told = error instanceof EnvironmentError ? error : new EnvironmentError(`the task ${this.task.id} threw: ${messageOf(error)}`);
    this.broken = told;
    throw told;
  }

  /** Throws where a call cannot be answered now. */
  private requireRest(call: string): void {
    if (this.broken) throw this.broken;
    if (this.sent) throw new InputError(`${call} while a step is under way; call receive() first`);
  }

  private requireBegun(call: string): void {
    const { phases } = this.arrays;
    if (this.ready < this.environments) {
      const i = phases.indexOf(NOT_BEGUN);
      throw new InputError(`${call} before environment ${i} was reset; call reset() first`);
    }
    if (this.autoreset === 'disabled') {
      const i = phases.indexOf(ENDED);
      if (i >= 0) throw new InputError(`${call} with environment ${i}, whose episode has ended; reset it first, with reset({ mask })`);
    }
  }

  /**
   * One step of all environments.
   *
   * @param actions [environment][action], flat or as rows
   * @returns the same object each time, with the same arrays
   * @throws InputError that names environment and action where one is not in the action space or not allowed by its mask, and where an environment must be reset
   *   first: nothing has changed then. EnvironmentError where the task throws or a worker is lost: the vector is then done with.
   */
  step(actions: VectorActions): VectorStep {
    this.give('step()', actions);
    this.start();
    this.finish(this.stepFailure);
    this.checkRewards();
    return this.current;
  }

  /**
   * One step of random actions: does what `step(sampleActions(number))` does, but each thread draws those of its own environments. Throws as {@link step} does.
   */
  stepRandom(number = 0): VectorStep {
    this.requireRest('stepRandom()');
    this.requireBegun('stepRandom()');
    this.start(checkedSampler(number));
    this.finish(this.stepFailure);
    this.checkRewards();
    return this.current;
  }

  /** Checks actions and takes them over. */
  private give(call: string, actions: VectorActions): void {
    this.requireRest(call);
    this.requireBegun(call);
    const from = performance.now();
    this.reader.write(actions, this.arrays);
    this.checkSeconds += (performance.now() - from) / 1000;
  }

  /** Wakes the workers and steps what is left to the main thread. */
  private start(sampler?: number): void {
    this.moveCount += 1;
    this.workers?.beginStep(sampler);
    this.stepFailure = undefined;
    try {
      this.runner?.step(sampler);
    } catch (error) {
      this.stepFailure = error;
    }
  }

  /**
   * Begins a step, which workers carry out in the background; what the main thread steps itself is done before this returns. `receive` gives the results.
   * Throws as {@link step} does, and where a step is under way.
   */
  send(actions: VectorActions): void {
    this.give('send()', actions);
    this.start();
    this.sent = true;
  }

  /** The results of the step sent, waited for. They stay valid until the receive after the next. Throws InputError where nothing was sent. */
  receive(): VectorStep {
    this.requireSent();
    this.sent = false;
    this.finish(this.stepFailure);
    this.checkRewards();
    return this.copied();
  }

  /** {@link receive} without blocking the thread. */
  async receiveAsync(): Promise<VectorStep> {
    this.requireSent();
    try {
      await this.workers?.waitAsync();
    } catch (error) {
      this.stepFailure ??= error;
    }
    return this.receive();
  }

  private requireSent(): void {
    if (this.broken) throw this.broken;
    if (!this.sent) throw new InputError('there is nothing to receive; call send() first');
  }

  private copied(): VectorStep {
    const copy = (): VectorStep => stepOf(this.task, arraysOf(new ArrayBuffer(vectorBytes(this.widths)), this.widths), this.environments);
    this.copies ??= [copy(), copy()];
    const to = this.copies[this.received++ % 2];
    copyStep(this.current, to);
    return to;
  }

  /**
   * Random actions that masks allow, [environment][action]; the same array each time. Those of an environment depend on its seed, episode and step and on the number
   * given alone, so that a rollout of them is the same beside any others, on any number of threads.
   */
  sampleActions(number = 0): Float64Array {
    this.requireRest('sampleActions()');
    if (this.ready < this.environments) this.requireBegun('sampleActions()');
    this.sampler.sample(checkedSampler(number), this.arrays, this.sampled);
    return this.sampled;
  }

  private checkedEnvironment(environment: number): number {
    return wholeNumber('the environment', environment, 0, this.environments - 1);
  }

  /** The state of one environment. */
  snapshot(environment: number): EnvironmentSnapshot;
  /** The state of all environments, plain data: what they do after it is restored is what they did after it was taken. */
  snapshot(): VectorSnapshot;
  snapshot(environment?: number): EnvironmentSnapshot | VectorSnapshot {
    this.requireRest('snapshot()');
    const { task, arrays, widths } = this;
    const one = (i: number): EnvironmentSnapshot => {
      if (arrays.phases[i] === NOT_BEGUN) throw new InputError(`snapshot() before environment ${i} was reset; call reset() first`);
      return snapshotOf(task, arrays, i, widths.costs, this.ask(i, { call: 'snapshot', environment: i }));
    };
    if (environment !== undefined) return one(this.checkedEnvironment(environment));
    return { task: task.id, environments: Array.from({ length: this.environments }, (_, i) => one(i)) };
  }

  /** Puts an environment in the state of a snapshot, of whatever environment of the same task. */
  restore(snapshot: EnvironmentSnapshot, environment: number): void;
  /** Puts all environments in the states of a snapshot of as many. Throws InputError for what is none of this task. */
  restore(snapshot: VectorSnapshot): void;
  restore(snapshot: EnvironmentSnapshot | VectorSnapshot, environment?: number): void {
    this.requireRest('restore()');
    const { task, widths, environments } = this;
    const beginsAnew = this.autoreset === 'same-step';
    if (environment !== undefined) {
      const i = this.checkedEnvironment(environment);
      checkSnapshot(snapshot as EnvironmentSnapshot, task, widths.costs, beginsAnew);
      this.restoreAll([snapshot as EnvironmentSnapshot], i);
      return;
    }
    const states = (snapshot as VectorSnapshot | null)?.environments;
    if (!Array.isArray(states) || states.length !== environments) {
      throw new InputError(`a snapshot of ${Array.isArray(states) ? states.length : 'no'} environments; this vector has ${environments}`);
    }
    for (const state of states) checkSnapshot(state, task, widths.costs, beginsAnew);
    this.restoreAll(states, 0);
  }

  /** Restores environments from `first` on; where one is refused all are as they were. */
  private restoreAll(snapshots: readonly EnvironmentSnapshot[], first: number): void {
    const { task, arrays, widths } = this;
    const before = snapshots.map((_, k) => {
      const state = this.ask<EnvironmentState>(first + k, { call: 'snapshot', environment: first + k });
      return { phase: arrays.phases[first + k], kept: snapshotOf(task, arrays, first + k, widths.costs, state) };
    });
    let done = 0;
    try {
      snapshots.forEach((snapshot, k) => {
        checkAlike(snapshot.state, before[k].kept.state);
        done = k + 1;
        this.restoreOne(snapshot, first + k);
      });
    } catch (error) {
      for (let k = 0; k < done; k++) {
        const { phase, kept } = before[k];
        if (phase === NOT_BEGUN) {
          arrays.phases[first + k] = NOT_BEGUN;
          this.ready -= 1;
        } else this.restoreOne(kept, first + k);
      }
      if (error instanceof BusbarError) throw error;
      throw new InputError(`a snapshot cannot be restored in ${task.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private restoreOne(snapshot: EnvironmentSnapshot, i: number): void {
    const { arrays } = this;
    this.moveCount += 1;
    if (arrays.phases[i] === NOT_BEGUN) this.ready += 1;
    writeSnapshot(snapshot, arrays, i);
    this.ask(i, { call: 'restore', environment: i, state: snapshot.state });
    // The task may have cleared them.
    arrays.costs.set(snapshot.costs, i * snapshot.costs.length);
  }

  /** What an environment looks like: a few lines of text, or an SVG document. */
  render(environment: number, form: 'text' | 'svg' = 'text'): string {
    this.requireRest('render()');
    const i = this.checkedEnvironment(environment);
    if (this.arrays.phases[i] === NOT_BEGUN) throw new InputError(`render() before environment ${i} was reset; call reset() first`);
    return this.ask(i, { call: 'render', environment: i, form });
  }

  /** Has the slice of an environment answer. */
  private ask<T>(environment: number, question: SliceQuestion): T {
    if (this.runner && environment < this.own.to) return answer(this.runner, environment - this.own.from, question) as T;
    if (!this.workers) throw new EnvironmentError(`environment ${environment} belongs to no thread`);
    return this.workers.ask(environment, question) as T;
  }

  /** Seconds spent in kernels since the vector was made, all threads together. */
  get kernelSeconds(): number {
    return (this.runner?.kernelSeconds ?? 0) + (this.workers?.kernelSeconds ?? 0);
  }

  /** Share of the threads' working time, checks of actions included, that was spent in kernels; 0 for tasks without a power flow. */
  get kernelShare(): number {
    const seconds = this.checkSeconds + (this.runner?.seconds ?? 0) + (this.workers?.seconds ?? 0);
    return seconds > 0 ? this.kernelSeconds / seconds : 0;
  }

  /** Ends the worker threads. Arrays can still be read. May be called again. */
  async close(): Promise<void> {
    this.broken ??= new EnvironmentError('this vector of environments was closed');
    this.sent = false;
    await this.workers?.close();
  }
}

function checkedSampler(number: number): number {
  return wholeNumber('the number of a sampler', number, 0, MOST_SAMPLERS);
}
