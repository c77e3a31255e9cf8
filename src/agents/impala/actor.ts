/** Who acts: environments and a copy of the policy, in whatever thread. */
import type { VectorEnvironment } from '../../environments/index.js';
import { createNetwork, type LearningBackendName, type Network, type NetworkSpec, ObservationNormaliser } from '../../learning/index.js';
import { RandomStream } from '../../numeric/index.js';
import { type ActionHead, actionHead } from '../action-head.js';
import { trainingSeed } from '../agent.js';
import type { Weights } from './shared-weights.js';
import { ABOUT_ACTOR, ABOUT_LIFE, ABOUT_SECONDS, ABOUT_VERSION, type Trajectory } from './trajectory.js';

/** Limit of normalised observations. */
export const OBSERVATION_LIMIT = 10;

/** What an actor is told; plain data. */
export interface ActorSetup {
  /** Its number, from 0. */
  readonly actor: number;
  /** How many with that number there were before it. */
  readonly life: number;
  /** Of the training. */
  readonly seed: number;
  readonly network: NetworkSpec;
  readonly normaliseObservations: boolean;
  /** See `ActionHeadOptions`. */
  readonly orderedFrom?: number;
  readonly learningBackend?: LearningBackendName;
}

/** Seeds of a group, of which every life takes a run of its own; see `trainingSeed`. */
const SEEDS_OF_GROUP = 2 ** 22;

/** Acts for a trajectory at a time. */
export class Actor {
  readonly stream: RandomStream;
  private readonly head: ActionHead;
  private readonly network: Network;
  private readonly normaliser: ObservationNormaliser | undefined;
  private readonly normalised: Float32Array;
  private readonly actions: Float64Array;
  private readonly rows: Float64Array;
  private readonly logProbabilities: Float64Array;
  private held = -1;

  /** Resets the environments. A later life of the same actor has other seeds (they come again only after 2^22 / environments lives) and other random numbers. */
  constructor(
    readonly vector: VectorEnvironment,
    private readonly setup: ActorSetup,
  ) {
    const { environments, observationSpace, actionSpace } = vector;
    const { actor, life, seed } = setup;
    this.head = actionHead(actionSpace, { orderedFrom: setup.orderedFrom });
    this.network = createNetwork(setup.network, { batch: environments, backend: setup.learningBackend });
    this.normaliser = setup.normaliseObservations ? new ObservationNormaliser(observationSpace.length, OBSERVATION_LIMIT) : undefined;
    this.normalised = new Float32Array(environments * observationSpace.length);
    this.actions = new Float64Array(environments * this.head.actions);
    this.rows = new Float64Array(environments * this.head.actions);
    this.logProbabilities = new Float64Array(environments);
    this.stream = new RandomStream(seed, actor, `impala actions ${life}`);
    vector.reset({ seed: trainingSeed(seed, actor) + ((life * environments) % (SEEDS_OF_GROUP - environments + 1)) });
  }

  /** Version of the policy that it acts with; -1 for none. */
  get version(): number {
    return this.held;
  }

  /** Takes a policy over. */
  follow(version: number, { parameters, moments }: Weights): void {
    this.held = version;
    this.network.setParameters(parameters);
    if (!this.normaliser) return;
    const width = (moments.length - 1) / 2;
    this.normaliser.moments.restore({
      count: moments[0],
      mean: Array.from(moments.subarray(1, 1 + width)),
      squares: Array.from(moments.subarray(1 + width)),
    });
  }

  /** Acts until a trajectory is full. */
  act(into: Trajectory): void {
    const { vector, head, network, normaliser, normalised, actions, rows, logProbabilities, setup } = this;
    const { environments, task } = vector;
    const width = vector.observationSpace.length;
    const steps = into.rewards.length / environments;
    const masks = task.masksActions ? vector.masks : undefined;
    let seconds = 0;
    for (let t = 0; t < steps; t++) {
      const at = t * environments;
      into.observations.set(vector.observations, at * width);
      if (masks) into.masks.set(masks, t * masks.length);
      normaliser?.normalise(vector.observations, normalised);
      const parameters = network.forward(normaliser ? normalised : vector.observations);
      head.distribution.sample(parameters, this.stream, actions, masks);
      head.distribution.logProbabilities(parameters, actions, logProbabilities, masks);
      into.actions.set(actions, at * head.actions);
      into.logProbabilities.set(logProbabilities, at);
      head.toRows(actions, rows);
      const from = performance.now();
      const { rewards, terminations, truncations, hasFinal, finalObservations } = vector.step(rows);
      seconds += performance.now() - from;
      into.rewards.set(rewards, at);
      into.terminations.set(terminations, at);
      into.truncations.set(truncations, at);
      for (let e = 0; e < environments; e++) {
        if (!hasFinal[e] || !truncations[e]) continue;
        for (let j = 0; j < width; j++) into.finalObservations[(at + e) * width + j] = finalObservations[e * width + j];
      }
    }
    into.lastObservations.set(vector.observations);
    into.about[ABOUT_VERSION] = this.version;
    into.about[ABOUT_ACTOR] = setup.actor;
    into.about[ABOUT_LIFE] = setup.life;
    into.about[ABOUT_SECONDS] = seconds / 1000;
  }
}
