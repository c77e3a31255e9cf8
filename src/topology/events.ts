/** What happens to lines from outside: planned maintenance and attacks. Both are drawn by counting, so that they depend on no other draw. */
import { RandomStream } from '../numeric/index.js';
import { DAY_STEPS } from './chronics.js';
import type { MaintenanceSettings, OpponentSettings } from './settings.js';

/** Steps of a day between which maintenance goes on: 9:00 to 17:00. */
export const MAINTENANCE_FROM = 9 * 12;
export const MAINTENANCE_TO = 17 * 12;

/** Planned maintenance of our own: at most one line a day, Monday to Friday. */
export class MaintenancePlan {
  private readonly lines = new Map<number, number>();

  constructor(
    private readonly seed: number,
    private readonly branches: number,
    private readonly settings: MaintenanceSettings,
  ) {}

  /** The line under maintenance on a day of a scenario; -1 where there is none. */
  lineOf(scenario: number, day: number): number {
    if (day % 7 >= 5) return -1;
    const key = scenario * 4096 + day;
    const known = this.lines.get(key);
    if (known !== undefined) return known;
    const stream = new RandomStream(this.seed, scenario, 'maintenance', 8 * day);
    // Each line with its probability, and of several the one drawn: the same as one draw whether there is any.
    const any = 1 - (1 - this.settings.dailyProbability) ** this.branches;
    const line = stream.uniform() < any ? stream.integer(this.branches) : -1;
    if (this.lines.size > 65_536) this.lines.clear();
    this.lines.set(key, line);
    return line;
  }

  /** The line that a row's maintenance holds out of service, and how many steps it goes on; [-1, 0] where none is. */
  now(scenario: number, row: number): readonly [line: number, left: number] {
    const step = row % DAY_STEPS;
    if (step < MAINTENANCE_FROM || step >= MAINTENANCE_TO) return NOTHING;
    const line = this.lineOf(scenario, Math.floor(row / DAY_STEPS));
    return line < 0 ? NOTHING : [line, MAINTENANCE_TO - step];
  }
}

const NOTHING: readonly [number, number] = [-1, 0];

/** An attack: the step of the episode at which it begins, and its line. */
export interface Attack {
  readonly step: number;
  readonly line: number;
}

/** The attack of the `count`-th stretch of an episode, counted from 0: at a random step of it such that it ends within, on a random line. */
export function drawAttack(seed: number, episode: number, count: number, branches: number, { everySteps, duration }: OpponentSettings): Attack {
  const stream = new RandomStream(seed, episode, 'opponent', 16 * count);
  const latest = Math.max(1, everySteps - duration);
  return { step: everySteps * count + 1 + stream.integer(latest), line: stream.integer(branches) };
}
