/** The PPO of one agent of the grid, a cluster's or the dispatcher's: networks, decisions, gradient steps. */
import { InputError } from '../../grid/index.js';
import {
  Categorical,
  createNetwork,
  type LearningBackendName,
  type Network,
  type NetworkData,
  type PolicyLoss,
  shuffle,
  standardise,
} from '../../learning/index.js';
import { RandomStream } from '../../numeric/index.js';
import type { PlainData } from '../agent.js';
import { hiddenLayers } from '../networks.js';
import { PpoScratch, ppoLoss } from '../ppo/index.js';
import { DecisionBuffer } from './decision-buffer.js';
import type { ClustersSettings } from './settings.js';

/** Learners that a training may have; seeds of networks count by it. */
const MOST_LEARNERS = 1024;

/** What a learner is made of. */
export interface LearnerPart {
  /** Number among those of the training. */
  readonly number: number;
  /** Entries of the observation that it sees, and how many choices it has. */
  readonly entries: Int32Array;
  readonly choices: number;
  readonly seed: number;
  readonly learningBackend?: LearningBackendName;
}

/** Sums over the gradient steps of a round. */
export interface LearningSums {
  policyLoss: number;
  valueLoss: number;
  entropy: number;
  divergence: number;
  clippedShare: number;
  policyGradientNorm: number;
  valueGradientNorm: number;
  updates: number;
}

/** Rows of decisions as they are taken. */
export interface Decided {
  readonly observations: Float32Array;
  readonly masks: Uint8Array;
  readonly actions: Float64Array;
  readonly logProbabilities: Float64Array;
  readonly values: Float64Array;
}

/** Copies entries of rows of observations. @param which rows; the first `count` */
export function pickEntries(
  observations: Float32Array,
  width: number,
  entries: Int32Array,
  which: Int32Array,
  count: number,
  into: Float32Array,
): void {
  for (let k = 0; k < count; k++) {
    const from = which[k] * width;
    const to = k * entries.length;
    for (let j = 0; j < entries.length; j++) into[to + j] = observations[from + entries[j]];
  }
}

/** One agent that learns. */
export class Learner {
  readonly buffer: DecisionBuffer;
  readonly policyNetwork: Network;
  readonly valueNetwork: Network;
  /** Rows to be decided: the caller writes observations and masks, `decide` the rest. */
  readonly decided: Decided;
  private readonly distribution: Categorical;
  private readonly draws: RandomStream;
  private readonly shuffles: RandomStream;
  private readonly scratches = new Map<number, PpoScratch>();

  constructor(
    private readonly part: LearnerPart,
    private readonly settings: ClustersSettings,
  ) {
    const { number, entries, choices, seed, learningBackend } = part;
    const { environments, rolloutSteps, decisions, minibatch, learningRate, gradientNorm, hidden } = settings;
    const observation = entries.length;
    if (number >= MOST_LEARNERS) throw new InputError(`there are more than ${MOST_LEARNERS - 1} clusters; make fewer`);
    this.distribution = new Categorical(choices);
    const optimiser = { kind: 'adam', learningRate, epsilon: 1e-5, clipNorm: gradientNorm } as const;
    // A part of a pass has at most half as many decisions again as a minibatch.
    const made = { batch: Math.max(2 * minibatch, environments), optimiser, backend: learningBackend };
    const first = 2 * (seed * MOST_LEARNERS + number);
    const network = (units: number, gain: number, its: number): Network =>
      createNetwork(
        { inputs: observation, layers: [...hiddenLayers(hidden, 'tanh'), { kind: 'dense', units, initialisation: 'orthogonal', gain }] },
        { ...made, seed: its },
      );
    this.policyNetwork = network(choices, 0.01, first);
    this.valueNetwork = network(1, 1, first + 1);
    this.draws = new RandomStream(seed, 0, `clusters actions ${number}`);
    this.shuffles = new RandomStream(seed, 0, `clusters minibatches ${number}`);
    this.buffer = new DecisionBuffer({ capacity: decisions + environments * (rolloutSteps + 1), environments, observation, choices });
    const [actions, logProbabilities, values] = Array.from({ length: 3 }, () => new Float64Array(environments));
    this.decided = {
      observations: new Float32Array(environments * observation),
      masks: new Uint8Array(environments * choices),
      actions,
      logProbabilities,
      values,
    };
  }

  /** Weights of both networks. */
  get parameterCount(): number {
    return this.policyNetwork.parameterCount + this.valueNetwork.parameterCount;
  }

  /** Draws actions for the first rows of `decided`, and keeps them as decisions of the environments listed. */
  decide(which: Int32Array, count: number): void {
    const { decided, part, distribution } = this;
    const inputs = decided.observations.subarray(0, count * part.entries.length);
    const masks = decided.masks.subarray(0, count * part.choices);
    const actions = decided.actions.subarray(0, count);
    const parameters = this.policyNetwork.forward(inputs);
    distribution.sample(parameters, this.draws, actions, masks);
    distribution.logProbabilities(parameters, actions, decided.logProbabilities.subarray(0, count), masks);
    decided.values.set(this.valueNetwork.forward(inputs));
    for (let k = 0; k < count; k++) this.buffer.begin(which[k], decided, k);
  }

  /** Value of one observation, of this learner's entries. */
  valueOf(observation: Float32Array): number {
    return this.valueNetwork.forward(observation)[0];
  }

  /** Whether enough decisions are complete. */
  get isReady(): boolean {
    return this.buffer.complete >= this.settings.decisions;
  }

  /** A few passes over all decisions that are complete, which are then forgotten. */
  learn(rate: number, sums: LearningSums): void {
    const { settings, buffer, policyNetwork, valueNetwork } = this;
    policyNetwork.learningRate = rate;
    valueNetwork.learningRate = rate;
    const rows = buffer.finish(settings.lambda);
    const parts = Math.max(1, Math.round(rows.length / settings.minibatch));
    passes: for (let epoch = 0; epoch < settings.epochs; epoch++) {
      shuffle(rows, this.shuffles);
      for (let part = 0; part < parts; part++) {
        const from = Math.floor((part * rows.length) / parts);
        const to = Math.floor(((part + 1) * rows.length) / parts);
        if (!this.update(rows.subarray(from, to), sums)) break passes;
      }
    }
    buffer.clear();
  }

  /** One gradient step; false where the policy has moved too far already. */
  private update(rows: Int32Array, sums: LearningSums): boolean {
    const { settings, policyNetwork, valueNetwork } = this;
    const batch = this.gather(rows);
    if (settings.normaliseAdvantages) standardise(batch.advantages);
    const parameters = policyNetwork.forward(batch.observations);
    const values = valueNetwork.forward(batch.observations);
    const [parameterGradient, valueGradient] = [new Float32Array(parameters.length), new Float32Array(values.length)];
    let scratch = this.scratches.get(rows.length);
    if (!scratch) {
      scratch = new PpoScratch(rows.length);
      this.scratches.set(rows.length, scratch);
    }
    const loss: PolicyLoss & { entropy: number; valueLoss: number } = ppoLoss(
      this.distribution,
      parameters,
      values,
      batch,
      settings,
      scratch,
      parameterGradient,
      valueGradient,
    );
    if (settings.divergenceLimit > 0 && loss.divergence > settings.divergenceLimit) return false;
    policyNetwork.backward(parameterGradient, { inputs: false });
    valueNetwork.backward(valueGradient, { inputs: false });
    sums.policyGradientNorm += policyNetwork.step().gradientNorm;
    sums.valueGradientNorm += valueNetwork.step().gradientNorm;
    sums.policyLoss += loss.loss;
    sums.valueLoss += loss.valueLoss;
    sums.entropy += loss.entropy;
    sums.divergence += loss.divergence;
    sums.clippedShare += loss.clippedShare;
    sums.updates += 1;
    return true;
  }

  /** A batch of the rows listed. */
  private gather(rows: Int32Array) {
    const { buffer } = this;
    const { observation, choices } = buffer.shape;
    const observations = new Float32Array(rows.length * observation);
    const masks = new Uint8Array(rows.length * choices);
    rows.forEach((row, k) => {
      observations.set(buffer.observations.subarray(row * observation, (row + 1) * observation), k * observation);
      masks.set(buffer.masks.subarray(row * choices, (row + 1) * choices), k * choices);
    });
    const of = (numbers: Float64Array): Float64Array => Float64Array.from(rows, (row) => numbers[row]);
    return {
      observations,
      masks,
      actions: of(buffer.actions),
      oldLogProbabilities: of(buffer.logProbabilities),
      oldValues: of(buffer.values),
      advantages: of(buffer.advantages),
      returns: of(buffer.returns),
    };
  }

  save(): PlainData {
    return {
      policy: this.policyNetwork.save(),
      values: this.valueNetwork.save(),
      draws: this.draws.state(),
      order: this.shuffles.state(),
      decisions: this.buffer.save(),
    } as unknown as PlainData;
  }

  /** Throws InputError for what `save` did not give. */
  restore(saved: PlainData): void {
    const state = (saved ?? {}) as { policy?: NetworkData; values?: NetworkData; draws?: number; order?: number; decisions?: PlainData };
    this.policyNetwork.restore(state.policy as NetworkData);
    this.valueNetwork.restore(state.values as NetworkData);
    this.draws.restore(state.draws as number);
    this.shuffles.restore(state.order as number);
    this.buffer.restore(state.decisions);
  }
}
