/** Policies that plan a whole episode at its beginning and then carry the plan out. */
import { InputError } from '../../grid/index.js';
import type { EnvironmentSnapshot } from '../snapshot.js';
import type { VectorEnvironment } from '../vector-environment.js';
import { firstAction } from './candidates.js';
import { awaitsReset, EpisodeMemory } from './episode-memory.js';
import type { Policy } from './policy.js';

/** The actions of an episode from a state on, one row a step. */
export interface Plan {
  readonly rows: readonly Float64Array[];
  /** Sum of the rewards that come of it. */
  readonly total: number;
}

/** Finds a plan. The mask is that of the state. */
export type Planner = (state: EnvironmentSnapshot, mask: Uint8Array | undefined) => Plan;

interface Followed {
  readonly plan: Plan;
  /** Rows taken. */
  readonly at: number;
}

/** Plans where an episode begins, or where one is met whose plan is not known, and follows the plan. */
export class PlannedPolicy implements Policy {
  private readonly memory = new EpisodeMemory<Followed>();

  constructor(
    readonly name: string,
    private readonly planner: Planner,
    private readonly closing: () => Promise<void>,
  ) {}

  act(vector: VectorEnvironment, _observations: Float32Array, masks: Uint8Array, into: Float64Array, logProbabilities?: Float64Array): void {
    logProbabilities?.fill(0);
    const { actionSpace, task } = vector;
    const { length, choices } = actionSpace;
    for (let i = 0; i < vector.environments; i++) {
      if (awaitsReset(vector, i)) {
        into.set(firstAction(task), i * length);
        continue;
      }
      const mask = task.masksActions ? masks.subarray(i * choices, (i + 1) * choices) : undefined;
      const followed = this.memory.get(vector, i) ?? { plan: this.planner(vector.snapshot(i), mask), at: 0 };
      const row = followed.plan.rows[followed.at];
      if (!row) throw new InputError(`the plan of the policy ${this.name} ends before the episode of ${task.id} does`);
      into.set(row, i * length);
      this.memory.set(vector, i, { plan: followed.plan, at: followed.at + 1 });
    }
  }

  close(): Promise<void> {
    return this.closing();
  }
}
