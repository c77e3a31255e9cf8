/** Trials: a vector of environments beside the one that counts, put into states and stepped to see what comes of actions. */
import { InputError } from '../../grid/index.js';
import type { EnvironmentSnapshot } from '../snapshot.js';
import type { VectorEnvironment } from '../vector-environment.js';
import type { VectorStep } from '../vector-results.js';
import { firstAction } from './candidates.js';

/** Lanes of trials. Each is an environment; lanes that are not in use take some action that is allowed. */
export class Trials {
  readonly lanes: number;
  private readonly actions: Float64Array;
  private readonly idle: Float64Array;
  private readonly width: number;
  /** Lanes that have begun: all but the first time. */
  private begun = false;

  /** @param vector begins episodes anew in the step that ends them, so that lanes whose episode has ended can be stepped on */
  constructor(readonly vector: VectorEnvironment) {
    this.lanes = vector.environments;
    this.width = vector.actionSpace.length;
    this.actions = new Float64Array(this.lanes * this.width);
    this.idle = firstAction(vector.task);
  }

  /** Puts a lane into a state. */
  load(lane: number, state: EnvironmentSnapshot): void {
    if (!this.begun) {
      this.vector.reset({ seed: 0 });
      this.begun = true;
    }
    this.vector.restore(state, lane);
  }

  /**
   * Steps.
   *
   * @param rows actions of the first `count` lanes
   * @param running 1 for lanes whose action counts; others take one that is allowed. Undefined: all of the first `count`
   */
  step(rows: Float64Array, count: number, running?: Uint8Array): VectorStep {
    const { actions, width } = this;
    actions.set(count * width === rows.length ? rows : rows.subarray(0, count * width));
    for (let lane = 0; lane < this.lanes; lane++) if (lane >= count || (running && running[lane] === 0)) this.setIdle(lane);
    return this.vector.step(actions);
  }

  private setIdle(lane: number): void {
    const { vector, actions, idle, width } = this;
    actions.set(idle, lane * width);
    const { task, masks } = vector;
    if (!task.masksActions) return;
    const { counts, low, maskStarts, choices } = task.actionSpace;
    for (let k = 0; k < width; k++) {
      if (counts[k] === 0) continue;
      const from = lane * choices + maskStarts[k];
      let choice = idle[k] - low[k];
      if (masks[from + choice] === 0) choice = masks.subarray(from, from + counts[k]).indexOf(1);
      if (choice < 0) throw new InputError(`the mask of ${task.id} allows no choice of action ${k}`);
      actions[lane * width + k] = low[k] + choice;
    }
  }

  /**
   * Tries one step from each of many states.
   *
   * @param states one a trial
   * @param rows their actions
   * @param seen called for each trial in their order; the step's arrays are those of the lane
   */
  tryEach(
    states: readonly EnvironmentSnapshot[],
    rows: Float64Array,
    seen: (trial: number, lane: number, step: VectorStep) => void,
    count = states.length,
  ): void {
    const { lanes, width } = this;
    for (let from = 0; from < count; from += lanes) {
      const used = Math.min(lanes, count - from);
      for (let lane = 0; lane < used; lane++) this.load(lane, states[from + lane]);
      const step = this.step(rows.subarray(from * width, (from + used) * width), used);
      for (let lane = 0; lane < used; lane++) seen(from + lane, lane, step);
    }
  }

  close(): Promise<void> {
    return this.vector.close();
  }
}
