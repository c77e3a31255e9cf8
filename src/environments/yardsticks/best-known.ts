/**
 * The policy `best-known`: a schedule of actions for the whole episode, found by coordinate search, each trial an exact run. It is the best that this search knows
 * and no bound: others may be better.
 */
import { InputError } from '../../grid/index.js';
import type { EnvironmentSnapshot } from '../snapshot.js';
import type { Task } from '../task.js';
import { Candidates, untriedBecause } from './candidates.js';
import { type Plan, PlannedPolicy } from './planned.js';
import type { Policy, PolicyContext } from './policy.js';
import { Trials } from './trials.js';

/** Longest episodes that are planned. */
const MOST_STEPS = 200;
const MOST_LANES = 1024;
/** Passes over all steps of a schedule. */
const MOST_SWEEPS = 8;
/** Changes made at one step in a pass. */
const MOST_CHANGES = 8;
/** Gains below this share of the return are taken for rounding. */
const LEAST_GAIN = 1e-9;

/** A schedule with what it leads to. */
interface Course {
  /** [step]: the action. */
  readonly rows: Float64Array[];
  /** [step]: the state before it. */
  readonly states: EnvironmentSnapshot[];
  /** [step] */
  readonly rewards: number[];
}

const sumOf = (values: readonly number[], from = 0): number => values.slice(from).reduce((sum, value) => sum + value, 0);

/** Why a task cannot have the policy; undefined where it can. */
export function noBestKnownBecause(task: Task): string | undefined {
  if (task.masksActions && !task.takesMaskedActions) return 'its actions are masked; use optimum or greedy';
  if (task.maxSteps !== undefined && task.maxSteps > MOST_STEPS)
    return `its episodes have ${task.maxSteps} steps; schedules are of at most ${MOST_STEPS}`;
  return untriedBecause(task);
}

/**
 * Makes the policy. The search starts from the better of two schedules, the greedy one and the one that leaves all devices as they are; then, step after step, the
 * best single change of one entry of an action is made as long as one is better: at that step alone, until the entry next changes, or to the end. Passes are repeated
 * until one finds nothing, at most 8. Numbers of boxes take 9 values between their bounds, and values about the present one at distances halved with each pass.
 *
 * @throws InputError for tasks with masks, with actions without bounds, and with episodes longer than 200 steps (where the task does not say, `act` throws it)
 */
export async function bestKnownPolicy(context: PolicyContext): Promise<Policy> {
  const { task } = context;
  const why = noBestKnownBecause(task);
  if (why !== undefined) throw new InputError(`the policy best-known cannot be had for ${task.id}: ${why}`);
  const candidates = new Candidates(task);
  const trials = new Trials(await context.makeTrials(Math.min(MOST_LANES, 3 * candidates.most)));
  const search = new ScheduleSearch(task, candidates, trials);
  return new PlannedPolicy(
    'best-known',
    (state) => search.plan(state),
    () => trials.close(),
  );
}

class ScheduleSearch {
  private readonly width: number;

  constructor(
    private readonly task: Task,
    private readonly candidates: Candidates,
    private readonly trials: Trials,
  ) {
    this.width = task.actionSpace.length;
  }

  plan(start: EnvironmentSnapshot): Plan {
    const held = this.course(start, false);
    const greedy = this.course(start, true);
    let best = sumOf(held.rewards) > sumOf(greedy.rewards) ? held : greedy;
    for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
      const before = best;
      for (let step = 0; step < best.rows.length; step++) best = this.improveAt(best, step, sweep);
      if (best === before) break;
    }
    return { rows: best.rows, total: sumOf(best.rewards) };
  }

  /** The course that holds devices, or takes the best single change at each step. */
  private course(start: EnvironmentSnapshot, greedy: boolean): Course {
    const { candidates, trials, width } = this;
    const course: Course = { rows: [], states: [], rewards: [] };
    const held = new Float64Array(width);
    const rows = new Float64Array(candidates.most * width);
    for (let state: EnvironmentSnapshot | undefined = start; state; ) {
      const from: EnvironmentSnapshot = state;
      if (course.rows.length === MOST_STEPS) {
        throw new InputError(
          `the policy best-known cannot be had for ${this.task.id}: an episode did not end within ${MOST_STEPS} steps, and longer ones are not searched`,
        );
      }
      candidates.hold(from, course.rows.at(-1), held);
      const count = greedy ? candidates.around(held, undefined, 0, rows) : 1;
      if (!greedy) rows.set(held);
      let bestReward = -Infinity;
      let bestTrial = 0;
      trials.tryEach(
        Array.from({ length: count }, () => from),
        rows.subarray(0, count * width),
        (trial, lane, { rewards, terminations, truncations }) => {
          if (!(rewards[lane] > bestReward)) return;
          bestReward = rewards[lane];
          bestTrial = trial;
          state = (terminations[lane] | truncations[lane]) !== 0 ? undefined : trials.vector.snapshot(lane);
        },
      );
      if (bestReward === -Infinity) throw new InputError(`a step of ${this.task.id} has no finite reward`);
      course.rows.push(rows.slice(bestTrial * width, (bestTrial + 1) * width));
      course.states.push(from);
      course.rewards.push(bestReward);
    }
    return course;
  }

  /** The course after the best changes from a step on; the same object where none is better. */
  private improveAt(course: Course, step: number, sweep: number): Course {
    let best = course;
    for (let change = 0; change < MOST_CHANGES && step < best.rows.length; change++) {
      const schedules = this.changesOf(best.rows, step, sweep);
      const found = this.bestOf(best, schedules, step);
      if (!found) break;
      best = found;
    }
    return best;
  }

  /** Values of an entry that are tried in the place of one. */
  private valuesFor(entry: number, value: number, sweep: number): number[] {
    const { counts, low, high } = this.task.actionSpace;
    const values = Array.from(this.candidates.levels[entry]);
    if (counts[entry] === 0) {
      const distance = (high[entry] - low[entry]) / 2 ** (4 + sweep);
      values.push(Math.max(low[entry], value - distance), Math.min(high[entry], value + distance));
    }
    return values.filter((each) => each !== value);
  }

  /** All schedules from a step on, with one entry changed at that step alone, until it next changes, or to the end. */
  private changesOf(rows: readonly Float64Array[], step: number, sweep: number): Float64Array[][] {
    const changed: Float64Array[][] = [];
    for (let entry = 0; entry < this.width; entry++) {
      const value = rows[step][entry];
      let runEnd = step + 1;
      while (runEnd < rows.length && rows[runEnd][entry] === value) runEnd += 1;
      const ends = [...new Set([step + 1, runEnd, rows.length])];
      for (const tried of this.valuesFor(entry, value, sweep)) {
        for (const end of ends) {
          changed.push(
            rows.slice(step).map((row, k) => {
              if (step + k >= end) return row;
              const copy = row.slice();
              copy[entry] = tried;
              return copy;
            }),
          );
        }
      }
    }
    return changed;
  }

  /** Runs schedules from a step of a course on, and gives the best one's course where it is better than this one. */
  private bestOf(course: Course, schedules: readonly Float64Array[][], step: number): Course | undefined {
    const { trials } = this;
    const present = sumOf(course.rewards, step);
    let bestTotal = present + LEAST_GAIN * Math.max(1, Math.abs(present));
    let best: Float64Array[] | undefined;
    for (let from = 0; from < schedules.length; from += trials.lanes) {
      const some = schedules.slice(from, from + trials.lanes);
      const totals = this.totalsOf(course.states[step], some);
      some.forEach((schedule, lane) => {
        if (!(totals[lane] > bestTotal)) return;
        bestTotal = totals[lane];
        best = schedule;
      });
    }
    return best ? this.followed(course, step, best) : undefined;
  }

  /** [schedule]: sum of rewards to the episode's end. Schedules that end before the episode does go on with their last action. */
  private totalsOf(state: EnvironmentSnapshot, schedules: readonly Float64Array[][]): Float64Array {
    const { trials, width } = this;
    const totals = new Float64Array(schedules.length);
    const running = new Uint8Array(trials.lanes).fill(1, 0, schedules.length);
    const rows = new Float64Array(schedules.length * width);
    for (let lane = 0; lane < schedules.length; lane++) trials.load(lane, state);
    for (let step = 0, left = schedules.length; left > 0; step++) {
      schedules.forEach((schedule, lane) => {
        rows.set(schedule[Math.min(step, schedule.length - 1)], lane * width);
      });
      const { rewards, terminations, truncations } = trials.step(rows, schedules.length, running);
      for (let lane = 0; lane < schedules.length; lane++) {
        if (running[lane] === 0) continue;
        totals[lane] += rewards[lane];
        if ((terminations[lane] | truncations[lane]) === 0) continue;
        running[lane] = 0;
        left -= 1;
      }
    }
    return totals;
  }

  /** The course that follows a schedule from a step on. */
  private followed(course: Course, step: number, schedule: readonly Float64Array[]): Course {
    const { trials } = this;
    const rows = course.rows.slice(0, step);
    const states = course.states.slice(0, step);
    const rewards = course.rewards.slice(0, step);
    trials.load(0, course.states[step]);
    for (let k = 0; ; k++) {
      const row = schedule[Math.min(k, schedule.length - 1)];
      rows.push(row);
      states.push(k === 0 ? course.states[step] : trials.vector.snapshot(0));
      const result = trials.step(row, 1);
      rewards.push(result.rewards[0]);
      if ((result.terminations[0] | result.truncations[0]) !== 0) return { rows, states, rewards };
    }
  }
}
