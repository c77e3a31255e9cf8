/** The matrix of mutual information between inputs and outputs of transitions: bias removed by shuffled copies, each entry tested. */
import { describeValue, InputError } from '../grid/index.js';
import { type InformationItem, type InformationTask, InformationWorker, informationItems } from './information-work.js';
import { checkNeighbours, publishedNeighbours } from './mutual-information.js';
import { checkSample, type TransitionInput, type TransitionSample } from './transition-sample.js';

/** How a matrix is estimated. */
export interface InformationOptions {
  /** k; default N/20 of each group, as published. */
  neighbours?: number;
  /**
   * Copies in which the outputs' samples are shuffled (all rows of a group alike), so that nothing is left but bias: their mean is taken off. 1 is what was published, 0 leaves the
   * estimates as they are. Entries are tested where there are so many that 1 / (copies + 1) is at most `level`. Default 19.
   */
  shuffles?: number;
  /** Chance that any entry at all without information is called significant. Default 0.05. */
  level?: number;
  /** Of the shuffles. Default 0. */
  seed?: number;
  /** Called after each estimate. */
  onProgress?: (done: number, total: number) => void;
}

/** A matrix. Arrays are by row: entry (row, column) is at row * columns + column; nats. */
export interface InformationMatrix {
  /** Names of what is seen of the next state. */
  readonly outputs: readonly string[];
  readonly inputs: readonly TransitionInput[];
  /** By column: transitions, and k. */
  readonly samples: readonly number[];
  readonly neighbours: readonly number[];
  readonly shuffles: number;
  readonly level: number;
  /** The estimator's own figures. */
  readonly raw: Float64Array;
  /** Mean and standard deviation over shuffled copies; 0 where there are too few. */
  readonly bias: Float64Array;
  readonly deviation: Float64Array;
  /** raw - bias. */
  readonly unbiased: Float64Array;
  /** Adjusted for how many entries there are; undefined with too few shuffles. */
  readonly pValue: Float64Array | undefined;
  /** 1 where there is information; undefined with too few shuffles. */
  readonly significant: Uint8Array | undefined;
}

const MOST_SHUFFLES = 10000;
const OPTION_NAMES = ['neighbours', 'shuffles', 'level', 'seed', 'onProgress', 'workers'];

/** What is to be done for a matrix, checked. Throws {@link InputError}. */
export function informationTask(sample: TransitionSample, options: InformationOptions = {}): InformationTask & { level: number } {
  const unknown = Object.keys(options).find((name) => !OPTION_NAMES.includes(name));
  if (unknown !== undefined) throw new InputError(`there is no option "${unknown}"; there are ${OPTION_NAMES.join(', ')}`);
  const { shuffles = 19, level = 0.05, seed = 0 } = options;
  if (!Number.isInteger(shuffles) || shuffles < 0 || shuffles > MOST_SHUFFLES)
    throw new InputError(`shuffles is ${describeValue(shuffles)}; it must be a whole number from 0 to ${MOST_SHUFFLES}`);
  if (!(level > 0 && level < 1)) throw new InputError(`level is ${describeValue(level)}; it must be above 0 and below 1`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new InputError(`seed is ${describeValue(seed)}; it must be a whole number from 0`);
  checkSample(sample);
  const neighbours = sample.groups.map(({ inputs }) => {
    const k = options.neighbours ?? publishedNeighbours(inputs[0].length);
    checkNeighbours(k, inputs[0].length);
    return k;
  });
  return { groups: sample.groups, neighbours, isTrajectory: sample.isTrajectory ?? false, shuffles, seed, level };
}

/**
 * Estimates the matrix in this thread. The numbers depend on sample and options alone.
 *
 * The test is that of Westfall and Young (Resampling-based multiple testing, 1993; single step, largest statistic): each of the S + 1 estimates of an entry, the sample's own and
 * its copies', is told by its distance from the mean of the other S in their standard deviations. An entry's probability is the share of the S + 1 in which any entry at all is as far out,
 * so that nothing is assumed of how estimates are distributed or hang together. What is not tested is taken as it is.
 *
 * @throws InputError for samples that do not fit, too few of them (20), k outside 1 to N - 1, numbers that are not finite
 */
export function informationMatrix(sample: TransitionSample, options: InformationOptions = {}): InformationMatrix {
  const task = informationTask(sample, options);
  const worker = new InformationWorker(task);
  const items = informationItems(task);
  const values = new Float64Array(items.length);
  items.forEach((item, i) => {
    values[i] = worker.value(item);
    options.onProgress?.(i + 1, items.length);
  });
  return assembleMatrix(sample, task, items, values);
}

/** The matrix that estimates amount to. */
export function assembleMatrix(
  sample: TransitionSample,
  task: InformationTask & { level: number },
  items: readonly InformationItem[],
  values: Float64Array,
): InformationMatrix {
  const { shuffles, level } = task;
  const columns = sample.inputs.length;
  const size = sample.outputs.length * columns;
  const firstColumn: number[] = [];
  for (let group = 0, column = 0; group < task.groups.length; column += task.groups[group++].inputs.length) firstColumn.push(column);
  // By copy, then entry; copy 0 is the sample itself.
  const estimates = new Float64Array((shuffles + 1) * size);
  items.forEach(({ copy, group, row, input }, i) => {
    estimates[copy * size + row * columns + firstColumn[group] + input] = values[i];
  });
  const raw = estimates.slice(0, size);
  const copiesOf = (entry: number): Float64Array => Float64Array.from({ length: shuffles }, (_, copy) => estimates[(copy + 1) * size + entry]);
  const moments = Array.from(raw, (_, entry) => momentsOf(copiesOf(entry)));
  const bias = Float64Array.from(moments, ({ mean }) => mean);
  const deviation = Float64Array.from(moments, (one) => one.deviation);
  const unbiased = raw.map((value, entry) => value - bias[entry]);
  const pValue = canTest(shuffles, level) ? adjustedProbabilities(estimates, size) : undefined;
  return {
    outputs: sample.outputs,
    inputs: sample.inputs,
    samples: task.groups.flatMap(({ inputs }) => inputs.map((values) => values.length)),
    neighbours: task.groups.flatMap(({ inputs }, group) => inputs.map(() => task.neighbours[group])),
    shuffles,
    level,
    raw,
    bias,
    deviation,
    unbiased,
    pValue,
    significant: pValue && Uint8Array.from(pValue, (p) => (p <= level * (1 + 1e-12) ? 1 : 0)),
  };
}

/** Whether so many copies can show anything at a level. */
export function canTest(shuffles: number, level: number): boolean {
  return shuffles >= 2 && 1 / (shuffles + 1) <= level * (1 + 1e-12);
}

/** Mean and standard deviation; 0 where there are too few numbers for them. */
function momentsOf(numbers: Float64Array): { mean: number; deviation: number } {
  if (numbers.length === 0) return { mean: 0, deviation: 0 };
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: numbers.length > 1 ? Math.sqrt(squares / (numbers.length - 1)) : 0 };
}

/** Deviations below this, in nats, are rounding. */
const ROUNDING = 1e-12;
/** Share of the lower quartile of the entries' deviations below which no entry's counts: estimates that are the same in nearly every copy would else be far from any other. */
const LEAST_DEVIATION = 0.1;

/** The least deviation that an entry is taken to have. From all copies alike, the sample among them, so that the test keeps its level. */
function leastDeviation(estimates: Float64Array, size: number): number {
  const copies = estimates.length / size;
  const ofEntry = (entry: number): Float64Array => Float64Array.from({ length: copies }, (_, copy) => estimates[copy * size + entry]);
  const deviations = Array.from({ length: size }, (_, entry) => momentsOf(ofEntry(entry)).deviation)
    .filter((deviation) => deviation > ROUNDING)
    .sort((a, b) => a - b);
  return Math.max(ROUNDING, LEAST_DEVIATION * (deviations[deviations.length >> 2] ?? 0));
}

/**
 * Adjusted probabilities by entry; see {@link informationMatrix}.
 *
 * @param estimates [copy][entry], the sample itself first
 * @internal
 */
export function adjustedProbabilities(estimates: Float64Array, size: number): Float64Array {
  const copies = estimates.length / size;
  const least = leastDeviation(estimates, size);
  const distance = new Float64Array(estimates.length);
  const farthest = new Float64Array(copies).fill(-Infinity);
  const others = new Float64Array(copies - 1);
  for (let entry = 0; entry < size; entry++) {
    for (let copy = 0; copy < copies; copy++) {
      for (let other = 0, to = 0; other < copies; other++) if (other !== copy) others[to++] = estimates[other * size + entry];
      const { mean, deviation } = momentsOf(others);
      const beyond = estimates[copy * size + entry] - mean;
      distance[copy * size + entry] = beyond / Math.max(deviation, least);
      farthest[copy] = Math.max(farthest[copy], distance[copy * size + entry]);
    }
  }
  return Float64Array.from({ length: size }, (_, entry) => {
    let asFar = 1;
    for (let copy = 1; copy < copies; copy++) if (farthest[copy] >= distance[entry]) asFar += 1;
    return asFar / copies;
  });
}

/**
 * What a partition is made of: the unbiased information, 0 where it is not significant or below 0.
 */
export function significantInformation({ unbiased, significant }: Pick<InformationMatrix, 'unbiased' | 'significant'>): Float64Array {
  return unbiased.map((value, i) => (significant === undefined || significant[i] === 1 ? Math.max(0, value) : 0));
}
