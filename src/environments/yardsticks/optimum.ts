/** The policy `optimum`: the best of all courses that an episode can take, found by trying all of them. */
import { InputError } from '../../grid/index.js';
import type { EnvironmentSnapshot } from '../snapshot.js';
import type { Task } from '../task.js';
import { searchPolicy } from './greedy.js';
import { type Plan, PlannedPolicy } from './planned.js';
import type { Policy, PolicyContext } from './policy.js';
import { Trials } from './trials.js';

/** Most actions of a step that are tried one by one. */
const MOST_ACTIONS = 4096;
/** Most steps tried for one episode. */
const MOST_TRIALS = 200_000;
const MOST_LANES = 1024;

/** Rows of an action space; 0 where it has numbers of boxes. */
function actionCount({ actionSpace }: Task): number {
  return actionSpace.counts.reduce((product, count) => product * count, 1);
}

/** Why a task cannot have the policy, whatever its episodes; undefined where it can. */
export function noOptimumBecause(task: Task): string | undefined {
  if (task.yardsticks?.optimumSearch) return undefined;
  const total = actionCount(task);
  if (total > 0 && total <= MOST_ACTIONS) return undefined;
  const why = total === 0 ? 'numbers of boxes, which cannot all be tried' : `${total} actions a step; at most ${MOST_ACTIONS} can be tried`;
  return `its action space ${task.actionSpace.describe()} has ${why}`;
}

/** On what it depends whether an episode of a task can be searched; undefined where all of them can. */
export function optimumDependsOn(task: Task): string | undefined {
  if (task.yardsticks?.optimumSearch || noOptimumBecause(task) !== undefined) return undefined;
  const total = actionCount(task);
  const { maxSteps } = task;
  // As many trials as there are beginnings of courses.
  let trials = 0;
  for (let step = 1, level = total; maxSteps !== undefined && step <= maxSteps && trials <= MOST_TRIALS; step++, level *= total) trials += level;
  if (maxSteps !== undefined && trials <= MOST_TRIALS) return undefined;
  const most = maxSteps === undefined ? `${total} actions a step` : `${total} actions a step over up to ${maxSteps} steps`;
  return `only where an episode has at most ${MOST_TRIALS} courses, and ${most} may be more`;
}

/** All rows of a space. Throws InputError for numbers and where there are too many. */
function allActions(task: Task): Float64Array[] {
  const { counts, low, length } = task.actionSpace;
  const why = noOptimumBecause(task);
  if (why !== undefined) throw new InputError(`the policy optimum cannot be had for ${task.id}: ${why}`);
  const total = actionCount(task);
  return Array.from({ length: total }, (_, number) => {
    const row = new Float64Array(length);
    let rest = number;
    for (let k = length - 1; k >= 0; k--) {
      row[k] = low[k] + (rest % counts[k]);
      rest = Math.floor(rest / counts[k]);
    }
    return row;
  });
}

/** A course of an episode up to some step. */
interface Node {
  readonly state: EnvironmentSnapshot;
  readonly mask: Uint8Array | undefined;
  readonly total: number;
  readonly parent: Node | undefined;
  readonly row: Float64Array | undefined;
}

function planOf(parent: Node | undefined, last: Float64Array, total: number): Plan {
  const rows = [last];
  for (let node = parent; node?.row; node = node.parent) rows.unshift(node.row);
  return { rows, total };
}

/**
 * Makes the policy. All courses of the episode are followed step by step to their ends, which is exact, chance included as it will come; of equal ones the first
 * is taken, actions counted upwards.
 *
 * @throws InputError where a step has too many actions. `act` throws one where an episode has too many courses
 */
export async function optimumPolicy(context: PolicyContext): Promise<Policy> {
  const { task } = context;
  if (task.yardsticks?.optimumSearch) return searchPolicy('optimum', task, task.yardsticks.optimumSearch('auto'));
  const actions = allActions(task);
  const trials = new Trials(await context.makeTrials(Math.min(MOST_LANES, actions.length * (context.environments ?? 1))));
  return new PlannedPolicy(
    'optimum',
    (state, mask) => bestCourse(task, actions, trials, { state, mask, total: 0, parent: undefined, row: undefined }),
    () => trials.close(),
  );
}

function bestCourse(task: Task, actions: readonly Float64Array[], trials: Trials, root: Node): Plan {
  const { actionSpace, masksActions } = task;
  const { length, choices } = actionSpace;
  let best: Plan | undefined;
  let level: Node[] = [root];
  let tried = 0;
  while (level.length > 0) {
    const parents: Node[] = [];
    const rows: Float64Array[] = [];
    for (const node of level) {
      for (const row of actions) {
        if (node.mask && !actionSpace.contains(row, 0, node.mask)) continue;
        parents.push(node);
        rows.push(row);
      }
    }
    tried += rows.length;
    if (tried > MOST_TRIALS) {
      throw new InputError(
        `the policy optimum cannot be had for ${task.id}: an episode has more than ${MOST_TRIALS} courses, in ${actions.length} actions a step; use best-known or greedy`,
      );
    }
    const next: Node[] = [];
    const flat = flatRows(rows, length);
    trials.tryEach(
      parents.map(({ state }) => state),
      flat,
      (trial, lane, { rewards, terminations, truncations, masks }) => {
        const parent = parents[trial];
        const total = parent.total + rewards[lane];
        if ((terminations[lane] | truncations[lane]) !== 0) {
          if (best === undefined || total > best.total) best = planOf(parent, rows[trial], total);
          return;
        }
        const mask = masksActions ? masks.slice(lane * choices, (lane + 1) * choices) : undefined;
        next.push({ state: trials.vector.snapshot(lane), mask, total, parent, row: rows[trial] });
      },
    );
    level = next;
  }
  if (!best) throw new InputError(`no episode of ${task.id} comes to an end`);
  return best;
}

/** Rows one behind the other. */
export function flatRows(rows: readonly Float64Array[], length: number): Float64Array {
  const flat = new Float64Array(rows.length * length);
  rows.forEach((row, k) => {
    flat.set(row, k * length);
  });
  return flat;
}
