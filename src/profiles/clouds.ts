/**
 * Clouds: the clear-sky index k = GHI / clear-sky GHI as a Markov chain of states, k within a state by a beta distribution; or as one beta-distributed series with
 * memory.
 *
 * Chains of two states follow Munkhammar and Widen, of more states Munkhammar et al. (2019). The built-in numbers were estimated from the series named with each.
 */
import { checkFloat64, checkKeys, checkNumbers, checkObject, describeValue, InputError } from '../grid/index.js';
import { exp, normalCdf, pow, type RandomStream } from '../numeric/index.js';
import { checkStream } from './check-stream.js';
import { betaOfMoments, betaQuantile, fillFromCopula, type Quantile, type ScaledBeta } from './copula.js';
import { correlationAfter, timeConstantOf } from './ornstein-uhlenbeck.js';
import { cosDegrees, sinDegrees } from './sun/degrees.js';

/** A state of the sky. */
export interface CloudState {
  name: string;
  /** The clear-sky index while in it. */
  index: ScaledBeta;
}

/** A chain: what a fixed step long does. */
export interface CloudModel {
  name: string;
  /** Where its numbers are from. */
  source: string;
  stepSeconds: number;
  states: readonly CloudState[];
  /** Row i: probabilities of the next state from state i. */
  transitions: readonly (readonly number[])[];
  /**
   * Shares of the states at the beginning; absent, those of the chain in the long run. The hourly chains start from the shares found in the data: their rows were counted
   * within days, and mornings are cloudier than what they lead to, so that a chain left to itself is clear more often (0.76 of the time in place of 0.64).
   */
  initial?: readonly number[];
  /** Correlation, from one step to the next, of the normal number behind k within its state; 0 draws k anew each step. */
  memory: number;
}

/** Rows that sum to 1 exactly, from rows that do so to their printed digits. */
function normalised(rows: readonly (readonly number[])[]): number[][] {
  return rows.map((row) => {
    const sum = row.reduce((total, p) => total + p, 0);
    return row.map((p) => p / sum);
  });
}

const HAYWARD = 'estimated from GHI at Hayward, California, 2018 (hours with the sun above 10 degrees)';
const OPENDSS_DAY = 'estimated from the PV day among the OpenDSS load shapes (EPRI)';

const HOURLY_STATES: readonly CloudState[] = [
  { name: 'overcast', index: { alpha: 1.84, beta: 1.23, low: 0, high: 0.5 } },
  { name: 'partly', index: { alpha: 1.08, beta: 0.76, low: 0.5, high: 0.9 } },
  { name: 'clear', index: { alpha: 2.45, beta: 3.31, low: 0.9, high: 1.2 } },
];
const MINUTE_STATES: readonly CloudState[] = [
  { name: 'clear', index: betaOfMoments(0.908, 0.06, 0, 1.2) },
  { name: 'cloudy', index: betaOfMoments(0.486, 0.193, 0, 1.2) },
];

/**
 * Transitions of a sky that changes at any time, over a step: with mean stays in clear and cloud the rates are their inverses, and over dt
 * p(clear, clear) = share + (1 - share) exp(-(sum of rates) dt), share = stay in clear / both stays.
 */
export function twoStateTransitions(clearStaySeconds: number, cloudyStaySeconds: number, stepSeconds: number): number[][] {
  const share = clearStaySeconds / (clearStaySeconds + cloudyStaySeconds);
  const decay = exp(-(1 / clearStaySeconds + 1 / cloudyStaySeconds) * stepSeconds);
  return [
    [share + (1 - share) * decay, (1 - share) * (1 - decay)],
    [share * (1 - decay), 1 - share + share * decay],
  ];
}

/** Built-in chains by name. */
export const CLOUD_MODELS = {
  /** One hour, the whole year. */
  hourly: {
    name: 'hourly',
    source: HAYWARD,
    stepSeconds: 3600,
    states: HOURLY_STATES,
    transitions: normalised([
      [0.714, 0.28, 0.007],
      [0.088, 0.599, 0.314],
      [0.002, 0.041, 0.957],
    ]),
    initial: normalised([[0.162, 0.202, 0.637]])[0],
    memory: 0,
  },
  /** One hour, December to February. */
  'hourly-winter': {
    name: 'hourly-winter',
    source: HAYWARD,
    stepSeconds: 3600,
    states: HOURLY_STATES,
    transitions: normalised([
      [0.781, 0.212, 0.007],
      [0.194, 0.575, 0.231],
      [0.009, 0.06, 0.931],
    ]),
    initial: normalised([[0.237, 0.213, 0.55]])[0],
    memory: 0,
  },
  /** One hour, June to August. */
  'hourly-summer': {
    name: 'hourly-summer',
    source: HAYWARD,
    stepSeconds: 3600,
    states: HOURLY_STATES,
    transitions: normalised([
      [0.655, 0.345, 0],
      [0.056, 0.517, 0.427],
      [0, 0.018, 0.982],
    ]),
    initial: normalised([[0.124, 0.156, 0.72]])[0],
    memory: 0,
  },
  /** One day: the mean index. */
  daily: {
    name: 'daily',
    source: HAYWARD,
    stepSeconds: 86400,
    states: HOURLY_STATES,
    transitions: normalised([
      [0.41, 0.41, 0.18],
      [0.12, 0.48, 0.4],
      [0.04, 0.26, 0.7],
    ]),
    initial: normalised([[0.107, 0.359, 0.534]])[0],
    memory: 0,
  },
  /** One minute of a partly cloudy day. */
  'minute-partly-cloudy': {
    name: 'minute-partly-cloudy',
    source: OPENDSS_DAY,
    stepSeconds: 60,
    states: MINUTE_STATES,
    transitions: normalised([
      [0.837, 0.163],
      [0.085, 0.915],
    ]),
    memory: 0,
  },
  /** One second of a partly cloudy day: mean stays of 119 s in clear sky and 202 s in cloud. The memory within a state is ours. */
  'second-partly-cloudy': {
    name: 'second-partly-cloudy',
    source: OPENDSS_DAY,
    stepSeconds: 1,
    states: MINUTE_STATES,
    transitions: twoStateTransitions(119, 202, 1),
    memory: 0.99,
  },
  /** One second of broken cloud: mean stays of 86 s in clear sky and 70 s in cloud, the middles of what two half hours gave. The memory within a state is ours. */
  'second-broken-cloud': {
    name: 'second-broken-cloud',
    source: 'estimated from two half-hour PV series among the OpenDSS load shapes (EPRI)',
    stepSeconds: 1,
    states: [
      { name: 'clear', index: betaOfMoments(0.915, 0.05, 0, 1.2) },
      { name: 'cloudy', index: betaOfMoments(0.36, 0.21, 0, 1.2) },
    ],
    transitions: twoStateTransitions(86, 70, 1),
    memory: 0.99,
  },
} as const satisfies Record<string, CloudModel>;

/** Name of a built-in chain. */
export type CloudModelName = keyof typeof CLOUD_MODELS;

const MODEL_NAMES = ['name', 'source', 'stepSeconds', 'states', 'transitions', 'initial', 'memory'];

/** Throws InputError naming a row that is not one of probabilities, or what else cannot be. */
export function checkCloudModel(model: CloudModel): void {
  checkKeys('a cloud model', 'property', model, MODEL_NAMES);
  const wrong = (property: string, message: string): never => {
    throw new InputError(message, { element: `cloud.${model.name}`, property });
  };
  if (!Array.isArray(model.states)) wrong('states', `is ${describeValue(model.states)}; it must be an array of states`);
  if (!Array.isArray(model.transitions)) wrong('transitions', `is ${describeValue(model.transitions)}; it must be rows of probabilities`);
  const n = model.states.length;
  if (n < 1) wrong('states', 'there is none');
  if (!(model.stepSeconds > 0)) wrong('stepSeconds', `is ${model.stepSeconds}; it must be above 0`);
  if (!(model.memory >= 0 && model.memory < 1)) wrong('memory', `is ${model.memory}; it must be from 0 and below 1`);
  if (model.transitions.length !== n) wrong('transitions', `has ${model.transitions.length} rows for ${n} states`);
  const initial = model.initial;
  if (
    initial !== undefined &&
    (!Array.isArray(initial) ||
      initial.length !== n ||
      !initial.every((p) => p >= 0) ||
      !(Math.abs(initial.reduce((total, p) => total + p, 0) - 1) < 1e-9))
  ) {
    wrong('initial', `must hold ${n} probabilities that sum to 1`);
  }
  model.transitions.forEach((row, i) => {
    if (!Array.isArray(row)) wrong('transitions', `row ${i + 1} is ${describeValue(row)}; it must hold ${n} probabilities that sum to 1`);
    const sum = row.reduce((total, p) => total + p, 0);
    if (row.length !== n || !row.every((p) => p >= 0) || !(Math.abs(sum - 1) < 1e-9)) {
      wrong('transitions', `row ${i + 1} must hold ${n} probabilities that sum to 1; it sums to ${sum}`);
    }
  });
  model.states.forEach((state, i) => {
    if (typeof state !== 'object' || state === null || typeof state.index !== 'object' || state.index === null)
      wrong('states', `state ${i + 1} must be { name, index: { alpha, beta, low, high } }`);
  });
  for (const { name, index } of model.states) {
    if (!(index.alpha > 0 && index.beta > 0 && index.low >= 0 && index.high > index.low)) {
      wrong(`states.${name}`, 'needs alpha and beta above 0 and 0 <= low < high');
    }
  }
}

/** The share of time in each state in the long run (Grassmann, Taksar, Heyman 1985: elimination without subtractions). Chains that fall apart have no answer: NaN. */
export function stationaryShares(transitions: readonly (readonly number[])[]): number[] {
  if (!Array.isArray(transitions) || !transitions.every(Array.isArray))
    throw new InputError(`transitions are ${describeValue(transitions)}; give rows of probabilities`);
  const n = transitions.length;
  const p = transitions.map((row) => [...row]);
  for (let k = n - 1; k > 0; k--) {
    const leaving = p[k].slice(0, k).reduce((sum, x) => sum + x, 0);
    for (let i = 0; i < k; i++) p[i][k] /= leaving;
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) p[i][j] += p[i][k] * p[k][j];
  }
  const shares = [1];
  for (let k = 1; k < n; k++) shares[k] = shares.slice(0, k).reduce((sum, share, i) => sum + share * p[i][k], 0);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

/** The state that a number in [0, 1) picks from probabilities. */
function pick(probabilities: readonly number[], u: number): number {
  let below = 0;
  for (let i = 0; i < probabilities.length - 1; i++) {
    below += probabilities[i];
    if (u < below) return i;
  }
  return probabilities.length - 1;
}

/** State of a {@link CloudProcess}. */
export interface CloudSnapshot {
  state: number;
  driver: number;
}

/** A sky that moves on step by step. */
export class CloudProcess {
  /** Number of the present state in the model. */
  state: number;
  /** The normal number behind the index within the state. */
  private driver: number;
  private readonly quantiles: readonly Quantile[];
  private readonly noise: number;

  /**
   * Begins in a state drawn from the initial shares.
   *
   * Throws InputError for a model that cannot be.
   */
  constructor(
    readonly model: CloudModel,
    private readonly stream: RandomStream,
    state?: number,
  ) {
    checkCloudModel(model);
    checkStream(stream);
    if (state !== undefined && !model.states[state]) throw new InputError(`there is no state ${state}`, { element: `cloud.${model.name}` });
    this.quantiles = model.states.map(({ index }) => betaQuantile(index));
    this.noise = Math.sqrt(1 - model.memory * model.memory);
    this.state = state ?? pick(model.initial ?? stationaryShares(model.transitions), stream.uniform());
    this.driver = stream.normal();
  }

  /** What {@link restore} takes; the position of the stream is kept by the stream. */
  snapshot(): CloudSnapshot {
    return { state: this.state, driver: this.driver };
  }

  /** Goes back to a snapshot. */
  restore(snapshot: CloudSnapshot): void {
    checkObject('a snapshot of clouds', snapshot, 'what snapshot() gave');
    this.state = snapshot.state;
    this.driver = snapshot.driver;
  }

  /** The clear-sky index now. */
  index(): number {
    return this.quantiles[this.state](normalCdf(this.driver), normalCdf(-this.driver));
  }

  /** Moves on by one step of the model; takes one uniform and one normal number. */
  advance(): void {
    this.state = pick(this.model.transitions[this.state], this.stream.uniform());
    this.driver = this.model.memory * this.driver + this.noise * this.stream.normal();
  }
}

/**
 * Fills `out` with clear-sky indices, one a step of the model; `states` receives the states where given.
 *
 * Throws InputError for a model that cannot be.
 */
export function fillClearSkyIndex(out: Float64Array, model: CloudModel, stream: RandomStream, states?: Uint8Array): Float64Array {
  checkFloat64('what indices are written to', out);
  const sky = new CloudProcess(model, stream);
  for (let i = 0; i < out.length; i++) {
    if (i > 0) sky.advance();
    out[i] = sky.index();
    if (states) states[i] = sky.state;
  }
  return out;
}

/** Largest index of the beta-distributed series. */
const LARGEST_BETA_INDEX = 1.2;

/** The hourly index as one beta distribution over [0, 1.2], at Hayward, California, in 2018: by season. Within a day values an hour apart correlate by 0.78. */
export const BETA_CLEAR_SKY_INDEX = {
  year: { alpha: 1.96, beta: 0.8, low: 0, high: LARGEST_BETA_INDEX },
  winter: { alpha: 1.33, beta: 0.65, low: 0, high: LARGEST_BETA_INDEX },
  spring: { alpha: 1.78, beta: 0.88, low: 0, high: LARGEST_BETA_INDEX },
  summer: { alpha: 2.75, beta: 0.97, low: 0, high: LARGEST_BETA_INDEX },
  autumn: { alpha: 2.4, beta: 0.82, low: 0, high: LARGEST_BETA_INDEX },
} as const satisfies Record<string, ScaledBeta>;

/** Fills `out` with a beta-distributed index with memory; the default time constant gives the normal number behind it a correlation of 0.78 an hour apart. */
export function fillBetaIndex(
  out: Float64Array,
  distribution: ScaledBeta,
  stepSeconds: number,
  stream: RandomStream,
  timeConstantSeconds = timeConstantOf(0.78, 3600),
): Float64Array {
  return fillFromCopula(out, betaQuantile(distribution), stepSeconds, timeConstantSeconds, stream);
}

/** The largest index to be met at a zenith: 27.21 exp(-114 cos z) + 1.665 exp(-4.494 cos z) + 1.08 (Bright, Smith et al. 2015). */
export function largestClearSkyIndex(zenithDegrees: number): number {
  const vertical = Math.max(0, cosDegrees(zenithDegrees));
  return 27.21 * exp(-114 * vertical) + 1.665 * exp(-4.494 * vertical) + 1.08;
}

/**
 * Length of a cloud in km from a uniform number: p(x) ~ x^-1.66 between 0.1 and 1500 km (Wood, Field, J. Climate 24, 2011). Divided by the speed of the clouds it is the time of
 * shade.
 */
export function cloudLengthKm(u: number, exponent = 1.66, shortestKm = 0.1, longestKm = 1500): number {
  const a = pow(longestKm, 1 - exponent);
  const b = pow(shortestKm, 1 - exponent);
  return pow(a + (b - a) * u, 1 / (1 - exponent));
}

/** Correlation of index changes at two places: exp(-d / (A dt)), A about half the speed of the clouds (Lave, Kleissl 2013). */
export function cloudCorrelation(distanceMetres: number, seconds: number, cloudMetresPerSecond: number): number {
  return correlationAfter(distanceMetres, 0.5 * cloudMetresPerSecond * seconds);
}

/**
 * When a cloud that passes the origin arrives at a place, s; below 0 for places that it passes first.
 *
 * @param eastMetres place, from the origin
 * @param northMetres place, from the origin
 * @param towardsDegrees where the clouds go, clockwise from north
 */
export function cloudDelaySeconds(eastMetres: number, northMetres: number, towardsDegrees: number, cloudMetresPerSecond: number): number {
  return (eastMetres * sinDegrees(towardsDegrees) + northMetres * cosDegrees(towardsDegrees)) / cloudMetresPerSecond;
}

/**
 * The index over a place that clouds reach later, averaged over the time that they take to cross it (for a plant, sqrt(area) / speed): the mean of what held in the crossing time up to each
 * moment less the delay. Before the first value that value holds, after the last the last.
 *
 * @param out as long as `index`, and another array
 */
export function fillDelayedIndex(
  out: Float64Array,
  index: Float64Array,
  stepSeconds: number,
  delaySeconds: number,
  crossingSeconds = 0,
): Float64Array {
  checkFloat64('what indices are written to', out);
  checkNumbers('indices', index);
  const last = index.length - 1;
  const held = (step: number): number => index[Math.min(Math.max(Math.floor(step), 0), last)];
  const width = crossingSeconds / stepSeconds;
  for (let i = 0; i < out.length; i++) {
    const end = i - delaySeconds / stepSeconds;
    if (!(width > 0)) {
      out[i] = held(end);
      continue;
    }
    let sum = 0;
    for (let from = end - width; from < end; ) {
      const to = Math.min(Math.floor(from) + 1, end);
      sum += (to - from) * held(from);
      from = to;
    }
    out[i] = sum / width;
  }
  return out;
}
