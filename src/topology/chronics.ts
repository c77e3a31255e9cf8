/** Series of loads and generation, five minutes a row: what a simulation reads of them, and series of our own, drawn by counting. docs/topology.md has the formulas. */
import { exp, RandomStream, sin } from '../numeric/index.js';
import type { TopologyElements } from './elements.js';
import { DAY_SHAPE, type SeriesRange } from './facts.js';

/** Steps of a day. */
export const DAY_STEPS = 288;
/** Days of a scenario of ours: 28, as long as Grid2Op's. */
export const SCENARIO_DAYS = 28;

/** Series by scenario. Rows are [P of loads, Q of loads, P of generators], MW and MVAr. */
export interface Chronics {
  readonly scenarios: number;
  /** Numbers of a row. */
  readonly width: number;
  /** Rows of a scenario; its last one is followed by nothing. */
  rows(scenario: number): number;
  /** The rows of a day, {@link DAY_STEPS} or, at the end of a scenario, fewer. What is given may be given again, and is not to be written. */
  day(scenario: number, day: number): Float32Array;
  /** Lines under maintenance in a row of a scenario where the series say so: 1 for each; undefined where they say nothing. */
  maintenance?(scenario: number, row: number): Uint8Array | undefined;
}

/** Days kept at most, and bytes. */
const MOST_BYTES = 256 * 2 ** 20;

/** Keeps what was made of days that are asked for again and again. */
export class DayCache {
  private readonly days = new Map<number, Float32Array>();
  private readonly most: number;

  constructor(bytesPerDay: number) {
    this.most = Math.max(64, Math.floor(MOST_BYTES / bytesPerDay));
  }

  get(scenario: number, day: number, make: () => Float32Array): Float32Array {
    const key = scenario * 4096 + day;
    const found = this.days.get(key);
    if (found) return found;
    const made = make();
    if (this.days.size >= this.most) {
      const [oldest] = this.days.keys();
      this.days.delete(oldest);
    }
    this.days.set(key, made);
    return made;
  }
}

/** How strongly series move: the level of a day (a normal number within so many deviations), and what moves faster. */
const LEVEL = 0.06;
const MOST_LEVEL = 2.5;
const COMMON = 0.02;
const OWN = 0.02;
const FAST = 0.003;
const WEEKEND = 0.97;
const REACTIVE = 0.01;
/** Width of an even distribution of deviation 1. */
const EVEN = Math.sqrt(12);
/** Hours between knots of the level of all loads, of the noise common to them, of each load's own, of wind, of clouds. */
const KNOT_HOURS = { level: 24, common: 2, own: 1, wind: 3, cloud: 1 } as const;
/** What is lost on the way, as a share of the load: schedules cover it. */
const LOSS_SHARE = 0.02;
/** The sun is up from 7:30 for 9.5 hours. */
const SUNRISE = 7.5;
const DAYLIGHT = 9.5;

/** Draws the knots of one noise process. */
interface Noise {
  /** Fills [step] of a day. */
  (into: Float64Array, day: number): void;
}

function noise(seed: number, scenario: number, purpose: string, hours: number): Noise {
  const stream = new RandomStream(seed, scenario, purpose);
  const knots = 24 / hours;
  const steps = DAY_STEPS / knots;
  return (into, day) => {
    stream.restore(2 * knots * day);
    let before = stream.normal();
    for (let k = 0; k < knots; k++) {
      const after = stream.normal();
      for (let step = 0; step < steps; step++) {
        const w = step / steps;
        into[k * steps + step] = before + w * (after - before);
      }
      before = after;
    }
  };
}

function within([low, high]: SeriesRange, value: number): number {
  return value < low ? low : value > high ? high : value;
}

function logistic(x: number): number {
  return 1 / (1 + exp(-x));
}

/** The load of all at an hour of the day over its mean, between the hours' values. */
function dayShape(hour: number): number {
  const k = Math.floor(hour);
  const w = hour - k;
  return DAY_SHAPE[k % 24] * (1 - w) + DAY_SHAPE[(k + 1) % 24] * w;
}

/** Series of our own: any day of any scenario is made for itself, from seed and scenario alone. */
export class DrawnChronics implements Chronics {
  readonly width: number;
  private readonly cache: DayCache;

  /**
   * @param seed what the series count from
   * @param scenarios how many there are
   * @param spread deviation of the level of days; with 0 all stays within the ranges of the data
   */
  constructor(
    private readonly elements: TopologyElements,
    private readonly seed: number,
    readonly scenarios: number,
    private readonly spread = LEVEL,
  ) {
    this.width = 2 * elements.loads + elements.generators;
    this.cache = new DayCache(4 * DAY_STEPS * this.width);
  }

  rows(): number {
    return SCENARIO_DAYS * DAY_STEPS + 1;
  }

  day(scenario: number, day: number): Float32Array {
    return this.cache.get(scenario, day, () => this.make(scenario, day));
  }

  private make(scenario: number, day: number): Float32Array {
    const { elements, seed, width } = this;
    const { facts, loads, generators, dispatchable } = elements;
    const out = new Float32Array(DAY_STEPS * width);
    const total = new Float64Array(DAY_STEPS);
    const common = new Float64Array(DAY_STEPS);
    const own = new Float64Array(DAY_STEPS);
    noise(seed, scenario, 'common load', KNOT_HOURS.common)(common, day);
    const level = new Float64Array(DAY_STEPS);
    noise(seed, scenario, 'level', KNOT_HOURS.level)(level, day);
    for (let step = 0; step < DAY_STEPS; step++) level[step] = 1 + this.spread * Math.min(MOST_LEVEL, Math.max(-MOST_LEVEL, level[step]));
    const week = day % 7 >= 5 ? WEEKEND : 1;
    const shape = Float64Array.from({ length: DAY_STEPS }, (_, step) => dayShape(step / 12) * week);
    for (let k = 0; k < loads; k++) {
      noise(seed, scenario, `load ${k}`, KNOT_HOURS.own)(own, day);
      const fast = new RandomStream(seed, scenario, `fast load ${k}`, DAY_STEPS * day);
      const [, , meanMw] = facts.loadMw[k];
      const [, , meanMvar] = facts.loadMvar[k];
      for (let step = 0; step < DAY_STEPS; step++) {
        // Two numbers from a word, evenly around 0, of deviation 1.
        const word = fast.uint32();
        const one = ((word >>> 16) / 65536 - 0.5) * EVEN;
        const two = ((word & 0xffff) / 65536 - 0.5) * EVEN;
        const share = shape[step] * (1 + COMMON * common[step] + OWN * own[step] + FAST * one);
        const p = level[step] * within(facts.loadMw[k], meanMw * share);
        out[step * width + k] = p;
        out[step * width + loads + k] = level[step] * within(facts.loadMvar[k], meanMvar * share * (1 + REACTIVE * two));
        total[step] += p;
      }
    }
    const first = 2 * loads;
    for (let k = 0; k < generators; k++) {
      const { kind, range } = facts.generators[k];
      if (kind !== 'wind' && kind !== 'solar') continue;
      const [low, high, mean] = range;
      noise(seed, scenario, `${kind} ${k}`, kind === 'wind' ? KNOT_HOURS.wind : KNOT_HOURS.cloud)(own, day);
      for (let step = 0; step < DAY_STEPS; step++) {
        const value = kind === 'wind' ? windPower(low, high, mean, own[step]) : sunPower(high, step / 12, own[step]);
        out[step * width + first + k] = value;
        total[step] -= value / (1 + LOSS_SHARE);
      }
    }
    const sum = dispatchable.reduce((all, k) => all + facts.generators[k].range[2], 0);
    for (const k of dispatchable) {
      const { range } = facts.generators[k];
      for (let step = 0; step < DAY_STEPS; step++)
        out[step * width + first + k] = level[step] * within(range, ((1 + LOSS_SHARE) * total[step] * range[2]) / sum / level[step]);
    }
    return out;
  }
}

/** Wind between its bounds, in the mean where the range has it, more or less. */
function windPower(low: number, high: number, mean: number, z: number): number {
  const share = (mean - low) / (high - low);
  // The logistic function at share, less a bit for its bend.
  const offset = share > 0 && share < 1 ? Math.min(3, Math.max(-3, 1.25 * (share - 0.5) * 4)) : 0;
  return low + (high - low) * logistic(1.5 * z + offset);
}

/** A bell over the day, under clouds. */
function sunPower(high: number, hour: number, z: number): number {
  if (hour <= SUNRISE || hour >= SUNRISE + DAYLIGHT) return 0;
  const height = sin((Math.PI * (hour - SUNRISE)) / DAYLIGHT);
  return high * height * Math.sqrt(height) * (0.4 + 0.6 * logistic(1.5 * z));
}
