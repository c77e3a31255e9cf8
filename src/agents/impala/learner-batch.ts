/** Trajectories side by side, as one rollout [step][environment] from which the learner learns. Copied, so that actors get their memory back at once. */
import type { Network, ObservationNormaliser } from '../../learning/index.js';
import type { ImpalaBatch } from './impala-loss.js';
import type { Trajectory, TrajectoryShape } from './trajectory.js';

/** Copies rows of blocks: `width` numbers an environment, of one trajectory's environments to their columns of a batch. */
function interleave(
  from: Float32Array | Float64Array | Uint8Array,
  to: Float32Array | Float64Array | Uint8Array,
  place: number,
  trajectories: number,
  block: number,
): void {
  if (block === 0) return;
  const steps = from.length / block;
  for (let t = 0; t < steps; t++) to.set(from.subarray(t * block, (t + 1) * block), (t * trajectories + place) * block);
}

/** A batch of a fixed number of trajectories; all arrays are made once. */
export class LearnerBatch implements ImpalaBatch {
  readonly environments: number;
  readonly rows: number;
  readonly actions: Float64Array;
  readonly masks: Uint8Array;
  readonly behaviourLogProbabilities: Float64Array;
  readonly rewards: Float64Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  readonly finalValues: Float64Array;
  readonly lastValues: Float64Array;
  /** As the task gives them, [step][environment][observation]. */
  readonly observations: Float32Array;
  /** As networks take them; written by {@link prepare}. */
  readonly inputs: Float32Array;
  private readonly lastObservations: Float32Array;
  /** Rows whose episode was cut, and final observations of these. */
  private readonly cutRows: Int32Array;
  private cutObservations: Float32Array;
  private cuts = 0;

  /** @param shape of one trajectory */
  constructor(
    private readonly shape: TrajectoryShape,
    private readonly trajectories: number,
  ) {
    const { steps, observation, action, choices } = shape;
    this.environments = trajectories * shape.environments;
    const rows = steps * this.environments;
    this.rows = rows;
    this.actions = new Float64Array(rows * action);
    this.masks = new Uint8Array(rows * choices);
    [this.behaviourLogProbabilities, this.rewards, this.finalValues] = Array.from({ length: 3 }, () => new Float64Array(rows));
    [this.terminations, this.truncations] = Array.from({ length: 2 }, () => new Uint8Array(rows));
    this.lastValues = new Float64Array(this.environments);
    this.observations = new Float32Array(rows * observation);
    this.inputs = new Float32Array(rows * observation);
    this.lastObservations = new Float32Array(this.environments * observation);
    this.cutRows = new Int32Array(rows);
    this.cutObservations = new Float32Array(this.environments * observation);
  }

  /** Forgets the trajectories. */
  clear(): void {
    this.cuts = 0;
  }

  /** Copies a trajectory to one of the places, 0 to trajectories - 1. */
  put(place: number, from: Trajectory): void {
    const { shape, trajectories } = this;
    const { environments, observation, action, choices } = shape;
    const copy = (source: Float32Array | Float64Array | Uint8Array, target: Float32Array | Float64Array | Uint8Array, width: number): void =>
      interleave(source, target, place, trajectories, environments * width);
    copy(from.observations, this.observations, observation);
    copy(from.actions, this.actions, action);
    copy(from.masks, this.masks, choices);
    copy(from.logProbabilities, this.behaviourLogProbabilities, 1);
    copy(from.rewards, this.rewards, 1);
    copy(from.terminations, this.terminations, 1);
    copy(from.truncations, this.truncations, 1);
    this.lastObservations.set(from.lastObservations, place * environments * observation);
    for (let row = 0; row < from.truncations.length; row++) {
      if (!from.truncations[row] || from.terminations[row]) continue;
      const step = Math.floor(row / environments);
      this.addCut((step * trajectories + place) * environments + (row % environments), from.finalObservations, row);
    }
  }

  private addCut(row: number, from: Float32Array, fromRow: number): void {
    const { observation } = this.shape;
    if ((this.cuts + 1) * observation > this.cutObservations.length) {
      const larger = new Float32Array(2 * this.cutObservations.length);
      larger.set(this.cutObservations);
      this.cutObservations = larger;
    }
    this.cutObservations.set(from.subarray(fromRow * observation, (fromRow + 1) * observation), this.cuts * observation);
    this.cutRows[this.cuts] = row;
    this.cuts += 1;
  }

  /** Writes `inputs`, once all places are filled. What is behind the trajectories is normalised in place. */
  prepare(normaliser: ObservationNormaliser | undefined): void {
    const { inputs, observations, lastObservations } = this;
    if (!normaliser) {
      inputs.set(observations);
      return;
    }
    normaliser.normalise(observations, inputs);
    normaliser.normalise(lastObservations, lastObservations);
    const cut = this.cutObservations.subarray(0, this.cuts * this.shape.observation);
    normaliser.normalise(cut, cut);
  }

  /** Writes `lastValues` and `finalValues` by the present value network; its last forward is then of these. */
  value(network: Network): void {
    const { observation } = this.shape;
    this.lastValues.set(network.forward(this.lastObservations));
    for (let from = 0; from < this.cuts; from += network.batch) {
      const to = Math.min(this.cuts, from + network.batch);
      const values = network.forward(this.cutObservations.subarray(from * observation, to * observation));
      for (let k = from; k < to; k++) this.finalValues[this.cutRows[k]] = values[k - from];
    }
  }
}
