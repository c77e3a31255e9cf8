/** Where the learner's trajectories come from: an actor in the same thread, or actors in threads of their own, which Node alone has. */
import type { VectorEnvironment, VectorSnapshot } from '../../environments/index.js';
import { InputError } from '../../grid/index.js';
import type { BackendName } from '../../powerflow/index.js';
import type { AgentContext, PlainData } from '../agent.js';
import { Actor, type ActorSetup } from './actor.js';
import type { Weights, WeightsShape } from './shared-weights.js';
import { type Trajectory, type TrajectoryShape, trajectoryAt, trajectoryBytes } from './trajectory.js';

/** What the learner needs of who acts. */
export interface TrajectorySource {
  /** Trajectories that are finished, the one just given among them, and most that may be; 0 of what needs no queue. */
  readonly waiting: number;
  readonly room: number;
  /** Actors that ended before their time and were replaced. */
  readonly replaced: number;
  /** Whether actors act while the learner learns. */
  readonly threads: boolean;
  /** Gives a version of the policy to all actors; `write` fills it in. */
  publish(version: number, write: (into: Weights) => void): void;
  /** The trajectory that was finished first, waited for; valid until {@link release}. Rejects with EnvironmentError where actors end again and again. */
  next(): Trajectory | Promise<Trajectory>;
  /** Gives the last trajectory back. */
  release(): void;
  /** What actors go on from; all of it in one thread, of threads only how many there were. */
  save(): PlainData;
  /** Goes on from what `save` gave; before the first trajectory. Throws InputError for what is none. */
  restore(state: PlainData): void;
  /** Ends the actors. */
  close(): Promise<void>;
}

/** What actors in threads are made of. */
export interface ActorThreadsSetup {
  readonly actors: number;
  /** Trajectories that there is room for. */
  readonly slots: number;
  readonly trajectory: TrajectoryShape;
  readonly weights: WeightsShape;
  /** How a thread makes its task. */
  readonly remote: NonNullable<AgentContext['remote']>;
  readonly backend: BackendName | undefined;
  /** Of all of them but for number and life. */
  readonly actor: Omit<ActorSetup, 'actor' | 'life'>;
}

/** Makes actors in threads, which start when the first trajectory is asked for. Throws InputError for a task that threads cannot make. */
export type StartActorThreads = (setup: ActorThreadsSetup) => TrajectorySource;

let starter: StartActorThreads | undefined;

/** Says how actors get threads; called where there are threads (Node). */
export function registerActorThreads(start: StartActorThreads): void {
  starter = start;
}

/** What starts actors in threads; undefined where there are none. */
export function actorThreads(): StartActorThreads | undefined {
  return starter;
}

/** One actor in the learner's thread: acts when a trajectory is asked for, with the newest policy. */
export class LocalSource implements TrajectorySource {
  readonly waiting = 0;
  readonly room = 1;
  readonly replaced = 0;
  readonly threads = false;
  private readonly actor: Actor;
  private readonly trajectory: Trajectory;
  private readonly weights: Weights;

  constructor(vector: VectorEnvironment, setup: Omit<ActorSetup, 'actor' | 'life'>, trajectory: TrajectoryShape, weights: WeightsShape) {
    this.actor = new Actor(vector, { ...setup, actor: 0, life: 0 });
    this.trajectory = trajectoryAt(new ArrayBuffer(trajectoryBytes(trajectory)), 0, trajectory);
    this.weights = { parameters: new Float32Array(weights.parameters), moments: new Float64Array(weights.moments) };
  }

  publish(version: number, write: (into: Weights) => void): void {
    write(this.weights);
    this.actor.follow(version, this.weights);
  }

  next(): Trajectory {
    this.actor.act(this.trajectory);
    return this.trajectory;
  }

  /** The trajectory is written again by the next one. */
  release(): void {}

  save(): PlainData {
    const { vector, stream } = this.actor;
    return { vector: vector.snapshot() as unknown as PlainData, draws: stream.state() };
  }

  restore(state: PlainData): void {
    const { vector, draws } = (state ?? {}) as { vector?: VectorSnapshot; draws?: number };
    if (vector === undefined || typeof draws !== 'number') throw new InputError('this is no saved state of an actor in the same thread');
    this.actor.vector.restore(vector);
    this.actor.stream.restore(draws);
  }

  close(): Promise<void> {
    return this.actor.vector.close();
  }
}
