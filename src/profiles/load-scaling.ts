/**
 * Loads that differ from their base by chance: scales that are drawn once, and scales that wander.
 *
 * The wandering scale of load n is 1 + C(t) + O_n(t), clipped at 0: C is an Ornstein-Uhlenbeck process that all loads share, O_n one of each load's own.
 */
import { checkFloat64, checkNumbers, checkObject, describeValue, InputError } from '../grid/index.js';
import type { RandomStream } from '../numeric/index.js';
import { checkStream } from './check-stream.js';
import { checkOrnsteinUhlenbeck, correlationAfter, type OrnsteinUhlenbeck } from './ornstein-uhlenbeck.js';

/** Fills `out` with scales drawn evenly between two bounds, each load its own. Takes one uniform number a load. Throws InputError. */
export function fillUniformScales(out: Float64Array, lowest: number, highest: number, stream: RandomStream): Float64Array {
  checkFloat64('what scales are written to', out);
  checkStream(stream);
  if (!(lowest >= 0 && highest >= lowest && highest < Number.POSITIVE_INFINITY)) {
    throw new InputError(`scales from ${describeValue(lowest)} to ${describeValue(highest)}; they must be numbers from 0, in this order`);
  }
  for (let i = 0; i < out.length; i++) out[i] = lowest + (highest - lowest) * stream.uniform();
  return out;
}

/** Scales of given mean and standard deviation of which any two correlate by `correlation`. */
export interface CorrelatedScales {
  mean: number;
  standardDeviation: number;
  /** 0 to 1. */
  correlation: number;
}

/** Fills `out` with mean + s (sqrt(rho) Z + sqrt(1 - rho) Z_n), clipped at 0. Takes one normal number and one a load. Throws InputError. */
export function fillCorrelatedScales(out: Float64Array, scales: CorrelatedScales, stream: RandomStream): Float64Array {
  checkFloat64('what scales are written to', out);
  checkObject('correlated scales', scales, '{ mean, standardDeviation, correlation }');
  checkStream(stream);
  const { mean, standardDeviation, correlation } = scales;
  if (!(mean >= 0 && standardDeviation >= 0 && correlation >= 0 && correlation <= 1)) {
    throw new InputError(
      `mean ${describeValue(mean)}, deviation ${describeValue(standardDeviation)}, correlation ${describeValue(correlation)}; they must be from 0, the correlation at most 1`,
    );
  }
  const common = Math.sqrt(correlation) * stream.normal();
  const own = Math.sqrt(1 - correlation);
  for (let i = 0; i < out.length; i++) out[i] = Math.max(0, mean + standardDeviation * (common + own * stream.normal()));
  return out;
}

/** How scales wander. */
export interface WanderingScales {
  common: Omit<OrnsteinUhlenbeck, 'mean'>;
  /** Of every load; or one of each. */
  own: Omit<OrnsteinUhlenbeck, 'mean'> | readonly Omit<OrnsteinUhlenbeck, 'mean'>[];
}

/** 5 % with 12 h in common, 15 % with 8 min a load: loads of many homes each (see {@link homesDeviation} for few). */
export const DEFAULT_WANDERING: WanderingScales = {
  common: { standardDeviation: 0.05, timeConstantSeconds: 43_200 },
  own: { standardDeviation: 0.15, timeConstantSeconds: 480 },
};

/** Deviation of the mean power of n homes, as a share of it, minute by minute: 1.5 / sqrt(n) (the 100 homes of the European low voltage test feeder). */
export function homesDeviation(homes: number): number {
  return 1.5 / Math.sqrt(homes);
}

/** Scales of a set of loads that move on step by step. */
export class LoadScales {
  /** The scales now, one a load, from 0. */
  readonly scales: Float64Array;
  private common: number;
  private readonly own: Float64Array;
  private readonly decay: Float64Array;
  private readonly kick: Float64Array;
  private readonly commonDecay: number;
  private readonly commonKick: number;

  /**
   * Begins with numbers of the stationary distribution. Takes one normal number and one a load, then and at each step.
   *
   * Throws InputError for processes that cannot be.
   */
  constructor(
    loads: number,
    model: WanderingScales,
    stepSeconds: number,
    private readonly stream: RandomStream,
  ) {
    checkObject('how scales wander', model, '{ common, own }');
    const { common, own } = model;
    checkObject('what scales have in common', common, '{ standardDeviation, timeConstantSeconds }');
    checkObject('what each scale has of its own', own, '{ standardDeviation, timeConstantSeconds }, or one a load');
    checkStream(stream);
    if (!(Number.isInteger(loads) && loads >= 0)) throw new InputError(`${describeValue(loads)} loads; give a whole number from 0`);
    const isList = (given: WanderingScales['own']): given is readonly Omit<OrnsteinUhlenbeck, 'mean'>[] => Array.isArray(given);
    const each = (n: number): Omit<OrnsteinUhlenbeck, 'mean'> => (isList(own) ? own[n] : own);
    if (isList(own) && own.length !== loads) throw new InputError(`${own.length} processes for ${loads} loads`);
    checkOrnsteinUhlenbeck({ mean: 0, ...common }, stepSeconds);
    this.scales = new Float64Array(loads);
    this.own = new Float64Array(loads);
    this.decay = new Float64Array(loads);
    this.kick = new Float64Array(loads);
    this.commonDecay = correlationAfter(stepSeconds, common.timeConstantSeconds);
    this.commonKick = common.standardDeviation * Math.sqrt(1 - this.commonDecay * this.commonDecay);
    this.common = common.standardDeviation * stream.normal();
    for (let n = 0; n < loads; n++) {
      checkOrnsteinUhlenbeck({ mean: 0, ...each(n) }, stepSeconds);
      this.decay[n] = correlationAfter(stepSeconds, each(n).timeConstantSeconds);
      this.kick[n] = each(n).standardDeviation * Math.sqrt(1 - this.decay[n] * this.decay[n]);
      this.own[n] = each(n).standardDeviation * stream.normal();
    }
    this.set();
  }

  /** Moves on by a step. Allocates nothing. */
  advance(): void {
    this.common = this.common * this.commonDecay + this.commonKick * this.stream.normal();
    for (let n = 0; n < this.own.length; n++) this.own[n] = this.own[n] * this.decay[n] + this.kick[n] * this.stream.normal();
    this.set();
  }

  /** What {@link restore} takes; the position of the stream is kept by the stream. */
  snapshot(): Float64Array {
    return Float64Array.of(this.common, ...this.own);
  }

  /** Goes back to a snapshot. */
  restore(snapshot: Float64Array): void {
    checkFloat64('a snapshot of scales', snapshot);
    if (snapshot.length !== this.own.length + 1) throw new InputError(`a snapshot of ${snapshot.length - 1} scales; there are ${this.own.length}`);
    this.common = snapshot[0];
    this.own.set(snapshot.subarray(1));
    this.set();
  }

  private set(): void {
    for (let n = 0; n < this.own.length; n++) this.scales[n] = Math.max(0, 1 + this.common + this.own[n]);
  }
}

/**
 * Fills `out` (steps x loads, loads innermost) with base shape x wandering scale.
 *
 * @param shape the base, one number a step
 */
export function fillWanderingLoads(
  out: Float64Array,
  shape: ArrayLike<number>,
  loads: number,
  model: WanderingScales,
  stepSeconds: number,
  stream: RandomStream,
): Float64Array {
  checkFloat64('what loads are written to', out);
  checkNumbers('the base shape', shape);
  if (out.length !== shape.length * loads)
    throw new InputError(`room for ${out.length} numbers in place of ${shape.length} steps x ${describeValue(loads)} loads`);
  const wandering = new LoadScales(loads, model, stepSeconds, stream);
  for (let step = 0; step < shape.length; step++) {
    if (step > 0) wandering.advance();
    for (let n = 0; n < loads; n++) out[step * loads + n] = shape[step] * wandering.scales[n];
  }
  return out;
}
