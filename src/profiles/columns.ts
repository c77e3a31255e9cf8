/** Results of a time series as columns: one typed array a quantity, one entry a step. */
import { InputError } from '../grid/index.js';

/** Column of numbers; NaN never stands in it (see {@link TimeSeriesColumns.minVoltagePu} for what is not known). */
export type Column = Float64Array;

/** Everything a time series keeps. All arrays have one entry a step that was run. */
export interface TimeSeriesColumns {
  /** Time of the solution, hours. */
  hour: Column;
  /** 1 where the step converged, else 0. */
  converged: Uint8Array;
  /** Iterations of the step's power flows together, its control iterations, and the actions carried out. */
  iterations: Int32Array;
  controlIterations: Int32Array;
  actions: Int32Array;
  lossesKw: Column;
  lossesKvar: Column;
  /** Power delivered by all sources. */
  sourceKw: Column;
  sourceKvar: Column;
  /** Lowest and highest per-unit voltage of the live phase nodes (1 to 3) whose bus has a base, and the node (`bus.node`); 0 and '' where there is none. */
  minVoltagePu: Column;
  minVoltageNode: string[];
  maxVoltagePu: Column;
  maxVoltageNode: string[];
  /** Tap number (0 = neutral) a regulator control, by its name. */
  taps: Map<string, Int16Array>;
  /** Steps in service a capacitor bank, by its name. */
  capacitorSteps: Map<string, Int16Array>;
  /** Energy stored a storage unit, kWh, by its name. */
  storedKwh: Map<string, Column>;
  /** Per-unit voltage (volt where the bus has no base) of the chosen nodes, by `bus.node`. */
  voltages: Map<string, Column>;
}

/** A cell of the table as it is written: integers plain, others in up to 12 significant digits. */
function cell(value: number | string): string {
  if (typeof value === 'string') return value;
  return Number.isInteger(value) ? String(value + 0) : String(Number(value.toPrecision(12)));
}

/** The columns with their headings, in the order in which they are written. */
export function namedColumns(columns: TimeSeriesColumns): [string, ArrayLike<number> | string[]][] {
  if (!(columns?.taps instanceof Map && columns.voltages instanceof Map))
    throw new InputError('these are no columns of a time series; give the columns of what runTimeSeries returns');
  return [
    ['hour', columns.hour],
    ['converged', columns.converged],
    ['iterations', columns.iterations],
    ['control_iterations', columns.controlIterations],
    ['actions', columns.actions],
    ['losses_kw', columns.lossesKw],
    ['losses_kvar', columns.lossesKvar],
    ['source_kw', columns.sourceKw],
    ['source_kvar', columns.sourceKvar],
    ['min_voltage_pu', columns.minVoltagePu],
    ['min_voltage_node', columns.minVoltageNode],
    ['max_voltage_pu', columns.maxVoltagePu],
    ['max_voltage_node', columns.maxVoltageNode],
    ...[...columns.taps].map(([name, values]): [string, Int16Array] => [`tap.${name}`, values]),
    ...[...columns.capacitorSteps].map(([name, values]): [string, Int16Array] => [`capacitor.${name}`, values]),
    ...[...columns.storedKwh].map(([name, values]): [string, Column] => [`stored_kwh.${name}`, values]),
    ...[...columns.voltages].map(([name, values]): [string, Column] => [`voltage.${name}`, values]),
  ];
}

/** The columns as comma-separated text with a heading line. Names with commas or quotes are quoted. */
export function toCsv(columns: TimeSeriesColumns): string {
  const named = namedColumns(columns);
  const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [named.map(([name]) => quoted(name)).join(',')];
  for (let step = 0; step < columns.hour.length; step++) lines.push(named.map(([, values]) => quoted(cell(values[step]))).join(','));
  return `${lines.join('\n')}\n`;
}
