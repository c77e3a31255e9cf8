/** Series of scenarios with several cores, for Node: `solveSeries` and `solveColumns` with the option `workers`. They take the place of the browser's. */
import type { Grid } from '../grid/index.js';
import type { BatchOptions } from './batch-methods.js';
import { BatchSession } from './batch-session.js';
import { BatchPool } from './node-batch-pool.js';
import type { ScenarioColumns } from './series-inputs.js';
import type { SummaryName } from './series-outputs.js';
import {
  joinSeries,
  requireOptions,
  type SeriesBatchMaker,
  type SeriesChunk,
  type SeriesOptions,
  type SeriesResult,
  type SeriesSource,
  yieldSeries,
} from './series-run.js';

/** Settings of a series, and how many threads solve it. */
export interface NodeSeriesOptions<K extends SummaryName = SummaryName> extends SeriesOptions<K> {
  /** Threads beside the main one, 1 to 1024, which solve; results are read on the main one. Default none: all on the main one. The bits are the same. */
  workers?: number;
}

/** As `solveSeries` of the browser, whose documentation holds, on worker threads where `workers` is given. They are ended with the series. */
export function solveSeries<const K extends SummaryName = SummaryName>(
  grid: Grid,
  source: SeriesSource,
  options: NodeSeriesOptions<K> = {},
): AsyncGenerator<SeriesChunk<K>, void, undefined> {
  const { workers, ...rest } = requireOptions(options);
  return yieldSeries<K>(grid, source, rest, makerFor(workers));
}

/** As `solveColumns` of the browser, whose documentation holds, on worker threads where `workers` is given. */
export async function solveColumns<const K extends SummaryName = SummaryName>(
  grid: Grid,
  columns: ScenarioColumns,
  options: NodeSeriesOptions<K> = {},
): Promise<SeriesResult<K>> {
  const { workers, ...rest } = requireOptions(options);
  return joinSeries<K>(grid, columns, rest, makerFor(workers));
}

function makerFor(workers: number | undefined): SeriesBatchMaker {
  return (grid: Grid, options: BatchOptions) =>
    workers === undefined ? new BatchSession(grid, options) : new BatchPool(grid, { ...options, workers });
}
