/**
 * The convenient face on batches: columns in by name, columns out as asked for, however long the series. One session is made and used for chunk after chunk, so that
 * memory does not grow with the series; between chunks the event loop is let go, so that progress is seen and an abort is heard.
 */
import { type Grid, GridError } from '../grid/index.js';
import type { BatchOptions } from './batch-methods.js';
import { BatchSession } from './batch-session.js';
import type { ScenarioColumns } from './series-inputs.js';
import type { SummaryName } from './series-outputs.js';
import {
  joinSeries,
  requireOptions,
  type SeriesBatch,
  type SeriesChunk,
  type SeriesOptions,
  type SeriesResult,
  type SeriesSource,
  yieldSeries,
} from './series-run.js';

export type { PowerColumns, ScenarioColumns, SourceColumns, StepColumns, SwitchColumns, TapColumns } from './series-inputs.js';
export type { ScenarioResults, SeriesColumns, SeriesRequest, SummaryColumns, SummaryName } from './series-outputs.js';
export type { SeriesSignal } from './series-pace.js';
export type { SeriesChunk, SeriesOptions, SeriesProgress, SeriesReport, SeriesResult, SeriesSource } from './series-run.js';

/**
 * Solves a series chunk by chunk and yields what came of each, in order. A scenario without a solution is NaN with a status, never an exception. The grid's records are
 * read when the first chunk is taken, the columns when theirs is.
 *
 * Throws {@link GridError} for columns, options and nodes that cannot be, by element, field and scenario, and for a grid whose base case has no solution; InputError for a
 * tolerance or iteration limit out of range; what the signal says when it is aborted.
 */
export function solveSeries<const K extends SummaryName = SummaryName>(
  grid: Grid,
  source: SeriesSource,
  options: SeriesOptions<K> = {},
): AsyncGenerator<SeriesChunk<K>, void, undefined> {
  refuseWorkers(options as { workers?: unknown });
  return yieldSeries(grid, source, options, makeSession);
}

/**
 * Solves all scenarios of some columns and gives columns of as many. Rejects with what {@link solveSeries} throws.
 *
 * @param columns one scenario or more
 */
export async function solveColumns<const K extends SummaryName = SummaryName>(
  grid: Grid,
  columns: ScenarioColumns,
  options: SeriesOptions<K> = {},
): Promise<SeriesResult<K>> {
  refuseWorkers(options as { workers?: unknown });
  return joinSeries(grid, columns, options, makeSession);
}

function makeSession(grid: Grid, options: BatchOptions): SeriesBatch {
  return new BatchSession(grid, options);
}

function refuseWorkers(options: { workers?: unknown }): void {
  if (requireOptions(options).workers !== undefined)
    throw new GridError('workers need Node: import solveSeries or solveColumns from busbar, not from busbar/browser, or leave workers out');
}
