/** How a series runs: chunks of the source are cut and joined to chunks of the batch's size, solved one after the other, and read. */
import { describeValue, type Grid, GridError, requireGrid, terminalsOf } from '../grid/index.js';
import type { BatchOptions } from './batch-methods.js';
import type { BatchColumns, BatchReport, BatchStart } from './batch-session.js';
import type { TotalsInputs } from './batch-totals.js';
import { STATUS_CONVERGED, STATUS_ISLANDED } from './kernel-layout.js';
import { type ScenarioColumns, SeriesInputs } from './series-inputs.js';
import { needsVoltages, type SeriesColumns, SeriesReader, type SeriesRequest, type SummaryName } from './series-outputs.js';
import { SeriesPace, type SeriesSignal, untilAborted } from './series-pace.js';

/** How far a series is. */
export interface SeriesProgress {
  /** Scenarios solved. */
  done: number;
  /** Of how many; undefined where the series comes in chunks. */
  total: number | undefined;
  /** Scenarios among them without a solution. */
  failed: number;
  elapsedMs: number;
}

/** Settings of a series: what is to come out, and how the batch behind it solves. */
export interface SeriesOptions<K extends SummaryName = SummaryName>
  extends SeriesRequest<K>,
    Omit<BatchOptions, 'scenarios' | 'taps' | 'capacitors' | 'switches' | 'sources' | 'controls' | 'maxControlIterations' | 'hour' | 'observe'> {
  /** Scenarios that are solved together. Default 4096, less where these would need more than some 64 MiB. No result of a start from the base case depends on it. */
  chunkSize?: number;
  /**
   * Each scenario from the base case (default), or from the one that stood in its place in the chunk before, where all of that chunk have a solution. It changes in how
   * many iterations, and how far below the tolerance, scenarios end.
   */
  start?: BatchStart;
  /**
   * Default false where anything is asked for that needs voltages: leaving buses out and recovering them for each scenario costs more than it saves. Else, and in single precision, true.
   */
  reduce?: boolean;
  /** Called after a chunk, at most ten times a second, and at the end. */
  onProgress?: (progress: SeriesProgress) => void;
  /** Ends the series before the next chunk, or while the next chunk of the source is awaited, with the signal's reason (an `AbortError` unless you give another). */
  signal?: SeriesSignal;
}

/** Counts of a chunk, or of all. */
export type SeriesReport = Pick<BatchReport, 'converged' | 'failed' | 'islanded'>;

/** What came of the scenarios `from` to `from + count - 1`. */
export type SeriesChunk<K extends SummaryName = SummaryName> = SeriesColumns<K> & { from: number; count: number; report: SeriesReport };

/** What came of all scenarios. */
export type SeriesResult<K extends SummaryName = SummaryName> = SeriesColumns<K> & { count: number; report: SeriesReport };

/** Columns of the whole series, or chunks of columns of any lengths, one after the other. */
export type SeriesSource = ScenarioColumns | Iterable<ScenarioColumns> | AsyncIterable<ScenarioColumns>;

/** A batch, in one thread or in several. */
export type SeriesBatch = BatchColumns & { solve(start: BatchStart): BatchReport | Promise<BatchReport>; close?(): Promise<void> };

/** Makes the batch of a series. */
export type SeriesBatchMaker = (grid: Grid, options: BatchOptions) => SeriesBatch;

/** `solveSeries` on any batch. */
export async function* yieldSeries<K extends SummaryName>(
  grid: Grid,
  source: SeriesSource,
  options: SeriesOptions<K>,
  make: SeriesBatchMaker,
): AsyncGenerator<SeriesChunk<K>, void, undefined> {
  checkSeries(grid, source, options);
  for await (const { solved, from, count, report } of solvedChunks(grid, source, options, make)) {
    const columns = solved.reader.make(count);
    solved.reader.read(count, solved.totalsInputs, columns, 0);
    yield narrowed<K, { from: number; count: number; report: SeriesReport }>(columns, { from, count, report });
  }
}

/** `solveColumns` on any batch. */
export async function joinSeries<K extends SummaryName>(
  grid: Grid,
  columns: ScenarioColumns,
  options: SeriesOptions<K>,
  make: SeriesBatchMaker,
): Promise<SeriesResult<K>> {
  checkSeries(grid, columns, options);
  if (isIterable(columns)) throw new GridError('solveColumns takes the columns of all scenarios; give chunks of them to solveSeries');
  const total: SeriesReport = { converged: 0, failed: 0, islanded: 0 };
  let whole: SeriesColumns | undefined;
  let done = 0;
  for await (const { solved, from, count, report } of solvedChunks(grid, columns, options, make)) {
    whole ??= solved.reader.make(solved.total);
    solved.reader.read(count, solved.totalsInputs, whole, from);
    done += count;
    total.converged += report.converged;
    total.failed += report.failed;
    total.islanded += report.islanded;
  }
  if (!whole) throw new GridError('the columns hold no scenario; give one number or more in each');
  return narrowed<K, { count: number; report: SeriesReport }>(whole, { count: done, report: total });
}

/** Columns as those see them who know which they asked for. */
function narrowed<K extends SummaryName, More extends object>(columns: SeriesColumns, more: More): SeriesColumns<K> & More {
  const asked: SeriesColumns<K> = columns;
  return Object.assign(asked, more);
}

/** Most scenarios of a chunk unless more are asked for, fewest, and kernel memory that a chunk may take. */
const MOST_SCENARIOS = 4096;
const FEWEST_SCENARIOS = 64;
const CHUNK_BYTES = 2 ** 26;

/** Scenarios whose voltages and powers fit the memory that a chunk may take. */
function usualChunk(grid: Grid): number {
  const nodes = new Set<string>();
  let ends = 0;
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    for (const { bus, nodes: numbers } of terminalsOf(element)) for (const number of numbers) nodes.add(`${bus}.${number}`);
    if ('terminal' in element) ends += element.terminal.nodes.length;
  }
  const fitting = Math.floor(CHUNK_BYTES / (16 * (nodes.size + ends + 1)));
  return Math.max(FEWEST_SCENARIOS, Math.min(MOST_SCENARIOS, fitting));
}

function isIterable(source: object): source is Iterable<ScenarioColumns> | AsyncIterable<ScenarioColumns> {
  return Symbol.asyncIterator in source || Symbol.iterator in source;
}

/** Every key of {@link SeriesOptions}; the type has the compiler say when one is missing here. */
const KNOWN: Record<keyof SeriesOptions, true> = {
  outputs: true,
  voltagesPu: true,
  voltagesVolt: true,
  voltagesComplex: true,
  chunkSize: true,
  start: true,
  onProgress: true,
  signal: true,
  method: true,
  tolerance: true,
  maxIterations: true,
  reduce: true,
  baseMultiplier: true,
  secondPass: true,
  precision: true,
  backend: true,
};

/** Options as they are. Throws {@link GridError} for what is no object. */
export function requireOptions<T extends object>(options: T): T {
  if (typeof options !== 'object' || options === null) throw new GridError(`options of a series are an object, not ${describeValue(options)}`);
  return options;
}

/** Throws {@link GridError} for arguments that cannot be. */
function checkSeries(grid: Grid, source: unknown, options: SeriesOptions): void {
  requireGrid(grid);
  if (typeof source !== 'object' || source === null)
    throw new GridError(`a series needs columns, or an iterable of columns, not ${describeValue(source)}`);
  for (const key in options) {
    if (!Object.hasOwn(KNOWN, key))
      throw new GridError(`there is no option "${key}" of a series; there are ${Object.keys(KNOWN).join(', ')}, and workers in Node`);
  }
  const { chunkSize, start, onProgress, signal } = options;
  if (chunkSize !== undefined && !(Number.isSafeInteger(chunkSize) && chunkSize >= 1))
    throw new GridError(`chunkSize is ${describeValue(chunkSize)}; give a whole number of scenarios, 1 or more`);
  if (start !== undefined && start !== 'base' && start !== 'warm') throw new GridError(`start is ${describeValue(start)}; it must be base or warm`);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new GridError(`onProgress is ${describeValue(onProgress)}; give a function`);
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function')
    throw new GridError(`signal is ${describeValue(signal)}; give an AbortSignal`);
  needsVoltages(options);
}

/** A chunk that has been solved; its results stand in the batch until the next is asked for. */
interface SolvedChunk {
  solved: Opened;
  from: number;
  count: number;
  report: SeriesReport;
}

/** Solves a series; each chunk is to be read before the next is asked for. */
async function* solvedChunks(
  grid: Grid,
  source: SeriesSource,
  options: SeriesOptions,
  make: SeriesBatchMaker,
): AsyncGenerator<SolvedChunk, void, undefined> {
  const { signal } = options;
  const pace = new SeriesPace(options.onProgress, signal);
  const inChunks = isIterable(source);
  let batch: SeriesBatch | undefined;
  let opened: Opened | undefined;
  try {
    pace.hear();
    for await (const columns of inChunks ? untilAborted(source, signal) : [source]) {
      const inputs: SeriesInputs = opened?.inputs ?? new SeriesInputs(grid, columns);
      const length = inputs.lengthOf(columns, opened?.taken ?? 0);
      if (length === 0) continue;
      const total = inChunks ? undefined : length;
      batch ??= make(grid, batchOptions(grid, inputs, options, total));
      opened ??= new Opened(batch, inputs, options, total);
      pace.total = total;
      for (let at = 0; at < length; ) {
        at += opened.take(columns, at, length);
        if (opened.isFull) yield await opened.solve(pace);
      }
    }
    if (opened && opened.waiting > 0) yield await opened.solve(pace);
    pace.end();
  } finally {
    await batch?.close?.();
  }
}

/** The options of the batch behind a series. */
function batchOptions(grid: Grid, inputs: SeriesInputs, options: SeriesOptions, total: number | undefined): BatchOptions {
  const {
    outputs,
    voltagesPu,
    voltagesVolt,
    voltagesComplex,
    chunkSize,
    start: _start,
    onProgress: _onProgress,
    signal: _signal,
    ...settings
  } = options;
  const most = chunkSize ?? usualChunk(grid);
  let scenarios = Math.min(most, total ?? most);
  // Chunks of one size, where nobody asked for another: the last would be filled up for nothing.
  if (chunkSize === undefined && total !== undefined) scenarios = Math.ceil(total / Math.ceil(total / most));
  // In single precision voltages are recovered in any case.
  const reduce = settings.reduce ?? (settings.precision === 'single' || !needsVoltages({ outputs, voltagesPu, voltagesVolt, voltagesComplex }));
  return { ...settings, ...inputs.names(), reduce, scenarios };
}

/** A series whose columns are known: its batch, and what has been taken in. */
class Opened {
  readonly reader: SeriesReader;
  readonly totalsInputs: TotalsInputs;
  /** Scenarios in all; 0 where nobody knows. */
  readonly total: number;
  /** Scenarios taken in, and those among them that wait to be solved. */
  taken = 0;
  waiting = 0;
  private readonly start: BatchStart;
  private isClean = false;

  constructor(
    private readonly batch: SeriesBatch,
    readonly inputs: SeriesInputs,
    options: SeriesOptions,
    total: number | undefined,
  ) {
    this.total = total ?? 0;
    this.start = options.start ?? 'base';
    inputs.reserve(batch.scenarios);
    this.totalsInputs = { tapPu: inputs.stagesOf('transformer'), closed: inputs.stagesOf('line'), voltagePu: inputs.stagesOf('vsource') };
    this.reader = new SeriesReader(batch, options);
  }

  get isFull(): boolean {
    return this.waiting === this.batch.scenarios;
  }

  /** Takes in what there is room for; returns how much that is. */
  take(columns: ScenarioColumns, at: number, length: number): number {
    const count = Math.min(length - at, this.batch.scenarios - this.waiting);
    this.inputs.take(columns, at, count, this.waiting, this.taken);
    this.waiting += count;
    this.taken += count;
    return count;
  }

  /** Solves what waits. Throws what the signal says where it is aborted. */
  async solve(pace: SeriesPace): Promise<SolvedChunk> {
    const { batch, inputs, waiting: count } = this;
    await pace.breathe();
    if (!this.isFull) inputs.pad(count);
    inputs.give(batch);
    // What a scenario without a solution leaves behind is no start.
    await batch.solve(this.isClean ? this.start : 'base');
    const report: SeriesReport = { converged: 0, failed: 0, islanded: 0 };
    this.isClean = true;
    for (let scenario = 0; scenario < batch.scenarios; scenario++) {
      const status = batch.status[scenario];
      if (status !== STATUS_CONVERGED) this.isClean = false;
      if (scenario >= count) continue;
      if (status === STATUS_CONVERGED) report.converged++;
      else report.failed++;
      if (status === STATUS_ISLANDED) report.islanded++;
    }
    this.waiting = 0;
    pace.tell(count, report.failed);
    return { solved: this, from: this.taken - count, count, report };
  }
}
