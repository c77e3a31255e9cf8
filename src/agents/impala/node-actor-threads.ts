/**
 * Actors in worker threads. Trajectories and weights lie in memory that all threads share. The learner's thread goes on with its event loop while it waits, and so hears when an actor's
 * thread ends; the actor is then replaced.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { isMainThread, Worker } from 'node:worker_threads';
import { EnvironmentError } from '../../environments/index.js';
import { checkCloneable } from '../../environments/node-make-vector.js';
import { moduleAddress } from '../../environments/node-task-module.js';
import { workerProgram } from '../../environments/node-worker-program.js';
import { InputError } from '../../grid/index.js';
import type { BackendName } from '../../powerflow/index.js';
import type { PlainData } from '../agent.js';
import type { ActorSetup } from './actor.js';
import { SharedWeights, type Weights, type WeightsShape } from './shared-weights.js';
import type { Trajectory, TrajectoryShape } from './trajectory.js';
import { TrajectoryQueue } from './trajectory-queue.js';
import type { ActorThreadsSetup, TrajectorySource } from './trajectory-source.js';

/** All that an actor's thread is told. */
export interface ActorThreadTask {
  readonly setup: ActorSetup;
  readonly queue: { readonly buffer: SharedArrayBuffer; readonly shape: TrajectoryShape; readonly slots: number };
  readonly weights: { readonly buffer: SharedArrayBuffer; readonly shape: WeightsShape };
  readonly remote: ActorThreadsSetup['remote'];
  readonly backend: BackendName | undefined;
  /** [actor]: trajectories finished, over all lives. */
  readonly delivered: Int32Array;
}

/** Deaths of one actor in a row, without a trajectory between them, after which training ends. */
export const MOST_DEATHS = 5;

type AsyncWait = (words: Int32Array, at: number, value: number) => { async: false } | { async: true; value: Promise<string> };
const { waitAsync } = Atomics as unknown as { waitAsync: AsyncWait };

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** See above. */
export class NodeActorThreads implements TrajectorySource {
  readonly threads = true;
  replaced = 0;
  private readonly queue: TrajectoryQueue;
  private readonly weights: SharedWeights;
  private readonly delivered: Int32Array;
  /** By actor; undefined where one has ended and was not replaced. */
  private readonly workers: (Worker | undefined)[];
  /** How many lives each actor has begun. */
  private readonly lives: number[];
  private started = false;
  private isWaiting = false;
  /** Of each actor: what it had delivered when it last ended, and how often it ended in a row without more. */
  private readonly deliveredBefore: Int32Array;
  private readonly deaths: Int32Array;
  /** The slot that the learner has; -1 for none. */
  private taken = -1;
  private failure: EnvironmentError | undefined;
  private closing: Promise<void> | undefined;
  /** With the address of the module that registers the task. */
  private readonly remote: ActorThreadsSetup['remote'];

  /** Starts no thread yet. Throws InputError for a task that threads cannot make, and for trajectories that are too large. */
  constructor(private readonly setup: ActorThreadsSetup) {
    const { actors, slots, trajectory, remote } = setup;
    checkCloneable(remote.options);
    this.remote = { ...remote, module: moduleAddress(remote.module) };
    if (!isMainThread)
      throw new EnvironmentError(
        `a worker thread cannot start actors for ${remote.id}; where the module of a task trains agents too, have it do so on the main thread only: if (isMainThread) (node:worker_threads)`,
      );
    try {
      this.queue = TrajectoryQueue.make(trajectory, slots);
    } catch {
      throw new InputError(
        `there is no memory for ${slots} trajectories of ${trajectory.steps} steps of ${trajectory.environments} environments; set unroll, environments or queue lower`,
      );
    }
    this.weights = SharedWeights.make(setup.weights);
    [this.delivered, this.deliveredBefore, this.deaths] = Array.from({ length: 3 }, () => new Int32Array(new SharedArrayBuffer(4 * actors)));
    this.workers = Array.from({ length: actors }, () => undefined);
    this.lives = Array.from({ length: actors }, () => 0);
  }

  /** The threads that are alive, for tests. */
  get living(): Worker[] {
    return this.workers.filter((worker) => worker !== undefined);
  }

  get waiting(): number {
    return this.queue.full;
  }

  get room(): number {
    return this.queue.slots;
  }

  publish(version: number, write: (into: Weights) => void): void {
    this.weights.publish(version, write);
  }

  private start(actor: number): void {
    const { queue, weights, delivered, setup, remote } = this;
    const task: ActorThreadTask = {
      setup: { ...setup.actor, actor, life: this.lives[actor] },
      queue: { buffer: queue.buffer, shape: queue.shape, slots: queue.slots },
      weights: { buffer: weights.buffer, shape: weights.shape },
      remote,
      backend: setup.backend,
      delivered,
    };
    this.lives[actor] += 1;
    const { program, execArgv } = workerProgram(import.meta.url, 'node-actor-worker');
    let worker: Worker;
    try {
      worker = new Worker(new URL(program), { workerData: task, execArgv, name: `busbar actor ${actor + 1}` });
    } catch (error) {
      void turn().then(() => this.bury(actor, `could not be started: ${messageOf(error)}`));
      return;
    }
    this.workers[actor] = worker;
    let thrown: string | undefined;
    worker.on('error', (error: unknown) => {
      thrown = `threw: ${messageOf(error)}`;
    });
    worker.on('exit', (code) => this.bury(actor, thrown ?? `ended with exit code ${code}`));
    // Training that nobody goes on with does not keep the process from ending.
    if (!this.isWaiting) worker.unref();
  }

  private nameOf(actor: number): string {
    const { environments } = this.setup.trajectory;
    return `actor ${actor + 1} of ${this.setup.actors} (environments ${actor * environments} to ${(actor + 1) * environments - 1})`;
  }

  /** An actor's thread has ended: nothing of it runs any more. What it held is set free, and another takes its place. */
  private bury(actor: number, reason: string): void {
    this.workers[actor] = undefined;
    if (this.closing) return;
    this.queue.releaseOf(actor);
    this.weights.forget(actor);
    const delivered = Atomics.load(this.delivered, actor);
    this.deaths[actor] = delivered === this.deliveredBefore[actor] ? this.deaths[actor] + 1 : 0;
    this.deliveredBefore[actor] = delivered;
    if (this.deaths[actor] >= MOST_DEATHS) {
      const hint = reason.includes('there is no task named')
        ? '; a task that is not built in needs the option module, the URL of the module that registers it'
        : '';
      this.failure ??= new EnvironmentError(
        `${this.nameOf(actor)} ended ${MOST_DEATHS} times in a row without a trajectory; the last time it ${reason}${hint}`,
      );
    } else {
      this.replaced += 1;
      this.start(actor);
    }
    this.queue.wakeLearner();
  }

  /** Has threads keep the process alive while somebody waits for them, and not otherwise. */
  private hold(isWaiting: boolean): void {
    this.isWaiting = isWaiting;
    for (const worker of this.living) {
      if (isWaiting) worker.ref();
      else worker.unref();
    }
  }

  async next(): Promise<Trajectory> {
    const { queue } = this;
    this.hold(true);
    if (!this.started) {
      this.started = true;
      for (let actor = 0; actor < this.workers.length; actor++) this.start(actor);
    }
    try {
      // Ends of threads are heard between turns of the event loop alone, which a full queue would never let come.
      await turn();
      for (;;) {
        const { at, seen } = queue.finishedWord;
        if (this.closing) throw new EnvironmentError('the actors were closed');
        if (this.failure) throw this.failure;
        this.taken = queue.first();
        if (this.taken >= 0) return queue.trajectories[this.taken];
        const waited = waitAsync(queue.words, at, seen);
        if (waited.async) await waited.value;
      }
    } finally {
      if (!this.closing) this.hold(false);
    }
  }

  release(): void {
    if (this.taken >= 0) this.queue.release(this.taken);
    this.taken = -1;
  }

  save(): PlainData {
    return { lives: [...this.lives] };
  }

  restore(state: PlainData): void {
    const { lives } = (state ?? {}) as { lives?: number[] };
    if (!Array.isArray(lives) || lives.length !== this.lives.length || !lives.every((life) => Number.isInteger(life) && life >= 0))
      throw new InputError(`this is no saved state of ${this.lives.length} actors in threads`);
    if (this.started) throw new InputError('actors that have begun cannot be restored; restore before the first round');
    lives.forEach((life, actor) => {
      this.lives[actor] = life;
    });
  }

  close(): Promise<void> {
    // Threads that end keep the process alive, so that what awaits this goes on.
    if (!this.closing) for (const worker of this.living) worker.ref();
    this.closing ??= Promise.all(this.living.map((worker) => worker.terminate())).then(() => undefined);
    this.queue.wakeLearner();
    return this.closing;
  }
}
