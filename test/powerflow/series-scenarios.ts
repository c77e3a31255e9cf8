/** Columns for tests of series: drawn for all that a grid lets differ, cut to chunks, compared bit by bit. */
import { randomSource } from '../../src/cli/bench-measure.js';
import type { Grid } from '../../src/grid/index.js';
import type { ScenarioColumns, SeriesColumns, SummaryColumns } from '../../src/powerflow/index.js';

/** Columns as tests write them: all of them Float64Array. */
export type DrawnColumns = Record<string, Record<string, Float64Array>>;

/** What is drawn beside loads. */
export interface Drawn {
  taps?: readonly string[];
  capacitors?: readonly string[];
  switches?: readonly string[];
  sources?: readonly string[];
  /** Scenario whose first load is NaN, and one with loads that no feeder carries. */
  broken?: number;
  heavy?: number;
}

/** Draws loads of 0 to 1.2 of nominal and whatever else is named. */
export function drawColumns(grid: Grid, scenarios: number, seed: number, drawn: Drawn = {}): DrawnColumns {
  const random = randomSource(seed);
  const column = (draw: () => number): Float64Array => Float64Array.from({ length: scenarios }, draw);
  const columns: DrawnColumns = {};
  for (const load of grid.elementsOf('load')) {
    const powerKw = column(() => 1.2 * load.powerKw * random());
    if (drawn.heavy !== undefined) powerKw[drawn.heavy] = 1e7;
    columns[`load.${load.name}`] = { powerKw, powerKvar: column(() => 1.2 * load.powerKvar * random()) };
  }
  if (drawn.broken !== undefined) Object.values(columns)[0].powerKw[drawn.broken] = Number.NaN;
  for (const name of drawn.taps ?? []) columns[`transformer.${name}`] = { tapPu: column(() => 1 + 0.00625 * Math.round(16 * random() - 8)) };
  for (const name of drawn.capacitors ?? []) columns[`capacitor.${name}`] = { closedSteps: column(() => Math.round(random())) };
  for (const name of drawn.switches ?? []) columns[`line.${name}`] = { closed: column(() => Number(random() < 0.8)) };
  for (const name of drawn.sources ?? []) columns[`vsource.${name}`] = { voltagePu: column(() => 0.97 + 0.06 * random()) };
  return columns;
}

/** Some scenarios of columns. */
export function cut(columns: DrawnColumns, from: number, to: number): DrawnColumns {
  const part = (fields: Record<string, Float64Array>) =>
    Object.fromEntries(Object.entries(fields).map(([field, one]) => [field, one.slice(from, to)]));
  return Object.fromEntries(Object.entries(columns).map(([id, fields]) => [id, part(fields)]));
}

/** Columns as chunks of the given lengths, used over and over, one after the other. */
export function* chunksOf(columns: DrawnColumns, scenarios: number, lengths: readonly number[]): Generator<ScenarioColumns> {
  for (let from = 0, k = 0; from < scenarios; k++) {
    const to = Math.min(scenarios, from + lengths[k % lengths.length]);
    yield cut(columns, from, to);
    from = to;
  }
}

/** A grid's records edited to one scenario. */
export function editTo(grid: Grid, columns: DrawnColumns, scenario: number): Grid {
  for (const [id, fields] of Object.entries(columns)) {
    const name = id.slice(id.indexOf('.') + 1);
    if (fields.tapPu) grid.require('transformer', name).windings[1].tapPu = fields.tapPu[scenario];
    if (fields.voltagePu) grid.require('vsource', name).voltagePu = fields.voltagePu[scenario];
    if (fields.powerKw) Object.assign(grid.require('load', name), { powerKw: fields.powerKw[scenario], powerKvar: fields.powerKvar[scenario] });
    if (fields.closedSteps)
      grid.require('capacitor', name).steps.forEach((step, k) => {
        step.closed = k < fields.closedSteps[scenario];
      });
    if (fields.closed) {
      const line = grid.require('line', name);
      line.enabled = true;
      for (const terminal of line.terminals) terminal.open = fields.closed[scenario] ? undefined : terminal.nodes.map(() => true);
    }
  }
  return grid;
}

const SUMMARY: readonly (keyof SummaryColumns)[] = [
  'minVoltagePu',
  'maxVoltagePu',
  'minVoltageNode',
  'maxVoltageNode',
  'lossesKw',
  'lossesKvar',
  'sourceKw',
  'sourceKvar',
];

/** All numbers of some scenarios of a result, as bits, by what they are; NaN has one pattern. */
export function bitsOf(result: SeriesColumns, from: number, to: number): Record<string, string> {
  const bits = (values: ArrayLike<number>, width = 1): string => {
    const part = Array.from(values).slice(width * from, width * to);
    return Buffer.from(Float64Array.from(part, (x) => (Number.isNaN(x) ? Number.NaN : x)).buffer).toString('base64');
  };
  const found: Record<string, string> = { status: bits(result.status), iterations: bits(result.iterations), mismatchPu: bits(result.mismatchPu) };
  for (const name of SUMMARY) found[name] = bits(result[name]);
  for (const [name, values] of result.voltagesPu) found[`pu ${name}`] = bits(values);
  for (const [name, values] of result.voltagesVolt) found[`volt ${name}`] = bits(values);
  for (const [name, values] of result.voltagesComplex) found[`complex ${name}`] = bits(values, 2);
  return found;
}

/** Waits until no more chunks come; how many scenarios each had. */
export async function countsOf(series: AsyncIterable<{ count: number }>): Promise<number[]> {
  const counts: number[] = [];
  for await (const { count } of series) counts.push(count);
  return counts;
}
