/** The policy `greedy`: at each step the best of all single changes of one device, found by trying each of them. */
import type { EnvironmentSnapshot } from '../snapshot.js';
import type { ActionSearch, Task } from '../task.js';
import type { VectorEnvironment } from '../vector-environment.js';
import { Candidates, firstAction, untriedBecause } from './candidates.js';
import { awaitsReset, EpisodeMemory } from './episode-memory.js';
import type { Policy, PolicyContext } from './policy.js';
import { Trials } from './trials.js';

/** Most trials at once. */
const MOST_LANES = 1024;

/** Why a task cannot have the policy; undefined where it can. */
export function noGreedyBecause(task: Task): string | undefined {
  return task.yardsticks?.greedySearch ? undefined : untriedBecause(task);
}

/**
 * Makes the policy: what the coming step would give is found exactly for the action that leaves devices as they are (see {@link Candidates.hold}) and for every
 * action that differs from it in one entry; numbers of boxes take 9 values evenly between their bounds. The best is taken, of equals the first, holding before all
 * else. A trial runs the very step to come, its random part included.
 *
 * @throws InputError for actions without bounds
 */
export async function greedyPolicy(context: PolicyContext): Promise<Policy> {
  const { task } = context;
  if (task.yardsticks?.greedySearch) return searchPolicy('greedy', task, task.yardsticks.greedySearch('auto'));
  const candidates = new Candidates(task);
  const lanes = Math.min(MOST_LANES, candidates.most * (context.environments ?? 1));
  return new Greedy(task, candidates, new Trials(await context.makeTrials(lanes)));
}

class Greedy implements Policy {
  readonly name = 'greedy';
  private readonly held: Float64Array;
  private readonly memory: EpisodeMemory<Float64Array>;

  constructor(
    private readonly task: Task,
    private readonly candidates: Candidates,
    private readonly trials: Trials,
  ) {
    this.held = new Float64Array(task.actionSpace.length);
    this.memory = new EpisodeMemory();
  }

  act(vector: VectorEnvironment, _observations: Float32Array, masks: Uint8Array, into: Float64Array, logProbabilities?: Float64Array): void {
    const { task, candidates, memory, held } = this;
    const { length, choices } = task.actionSpace;
    logProbabilities?.fill(0);
    const states: EnvironmentSnapshot[] = [];
    const owners: number[] = [];
    const rows = new Float64Array(vector.environments * candidates.most * length);
    for (let i = 0; i < vector.environments; i++) {
      if (awaitsReset(vector, i)) {
        into.set(firstAction(task), i * length);
        continue;
      }
      const state = vector.snapshot(i);
      candidates.hold(state, memory.get(vector, i), held);
      const at = states.length * length;
      const count = candidates.around(held, task.masksActions ? masks : undefined, i * choices, rows.subarray(at));
      into.set(rows.subarray(at, at + length), i * length);
      for (let k = 0; k < count; k++) {
        states.push(state);
        owners.push(i);
      }
    }
    const best = new Float64Array(vector.environments).fill(-Infinity);
    this.trials.tryEach(states, rows, (trial, lane, { rewards }) => {
      const i = owners[trial];
      if (!(rewards[lane] > best[i])) return;
      best[i] = rewards[lane];
      into.set(rows.subarray(trial * length, (trial + 1) * length), i * length);
    });
    for (let i = 0; i < vector.environments; i++) if (!awaitsReset(vector, i)) memory.set(vector, i, into.slice(i * length, (i + 1) * length));
  }

  close(): Promise<void> {
    return this.trials.close();
  }
}

/** A policy that asks a task's own search. */
export function searchPolicy(name: string, task: Task, search: ActionSearch): Policy {
  const { length } = task.actionSpace;
  return {
    name,
    act: (vector, _observations, _masks, into, logProbabilities) => {
      logProbabilities?.fill(0);
      const states = Array.from({ length: vector.environments }, (_, i) => vector.snapshot(i));
      search(states, into.subarray(0, states.length * length));
    },
  };
}
