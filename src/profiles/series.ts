/**
 * Series: numbers at equal steps, with their beginning, time zone and unit.
 *
 * Value i belongs to the interval from start + i step to start + (i + 1) step. Whether it is what holds there, a mean over it or an instant at its beginning is for the source to
 * say; {@link resample} is told which way to take it.
 */
import { checkKeys, checkNumbers, checkObject, checkText, checkWord, describeValue, InputError, type LoadShape } from '../grid/index.js';
import { checkTimeZone, localDate, localDayStart, nextLocalDay, type TimeZone, utcOffsetSeconds, ZONE_MUST } from './time-zone.js';

/** A series. */
export interface Series {
  name: string;
  /** Seconds since 1970-01-01 00:00 UTC. */
  startUnixSeconds: number;
  stepSeconds: number;
  timeZone: TimeZone;
  /** As written: kW, pu, W/m2, C, m/s. */
  unit: string;
  values: Float64Array;
}

/**
 * How values between steps are taken: `hold` as the value of the interval; `mean` as the mean of what holds over the new interval, so that energy is kept; `linear` on the line
 * between beginnings (after the last one its value).
 */
export type ResampleMethod = 'hold' | 'mean' | 'linear';

/** Throws InputError for what is no way of taking values between steps. */
export function checkResampleMethod(method: ResampleMethod, words: readonly ResampleMethod[] = ['hold', 'mean', 'linear']): void {
  checkWord('the method', method, words);
}

/** Throws InputError for what is no series at all; what is in it is for {@link checkSeries}. */
function checkIsSeries(series: Series): void {
  checkObject('a series', series, '{ name, startUnixSeconds, stepSeconds, timeZone, unit, values }');
  if (typeof series.values !== 'object' || series.values === null) checkNumbers(`the values of series ${describeValue(series.name)}`, series.values);
}

/** Seconds that the series covers. */
export function durationSeconds(series: Series): number {
  checkIsSeries(series);
  return series.values.length * series.stepSeconds;
}

/** First moment after the series. */
export function endUnixSeconds(series: Series): number {
  checkIsSeries(series);
  return series.startUnixSeconds + durationSeconds(series);
}

function fail(series: Series, message: string): never {
  throw new InputError(message, { element: `series.${series.name}` });
}

/** Calendars of the language end 100 million days from 1970. */
const LATEST_UNIX_SECONDS = 8.6e12;

/** Throws InputError for a step that is none, no values, or values that are no numbers. */
export function checkSeries(series: Series): void {
  checkIsSeries(series);
  checkNumbers(`the values of series ${describeValue(series.name)}`, series.values);
  if (!(series.stepSeconds > 0 && series.stepSeconds < Number.POSITIVE_INFINITY))
    fail(series, `a step of ${describeValue(series.stepSeconds)} seconds`);
  if (!(Math.abs(series.startUnixSeconds) < LATEST_UNIX_SECONDS)) fail(series, `begins at ${describeValue(series.startUnixSeconds)}`);
  if (series.values.length === 0) fail(series, 'has no values');
  const wrong = series.values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) fail(series, `value ${wrong + 1} is ${series.values[wrong]}`);
}

const NAMES = ['name', 'startUnixSeconds', 'stepSeconds', 'timeZone', 'unit', 'values'];

/** A series of the given numbers, checked. Throws InputError. */
export function makeSeries(series: Omit<Series, 'values'> & { values: ArrayLike<number> }): Series {
  checkKeys('a series', 'property', series, NAMES);
  checkNumbers(`the values of series ${describeValue(series.name)}`, series.values);
  checkText('the name of a series', series.name);
  checkText('the unit of a series', series.unit, "a text, '' for none");
  checkTimeZone(series.timeZone);
  const made = { ...series, values: Float64Array.from(series.values) };
  checkSeries(made);
  return made;
}

/** Value at a moment. Throws InputError outside the series. */
export function seriesValueAt(series: Series, unixSeconds: number, method: Exclude<ResampleMethod, 'mean'>): number {
  checkIsSeries(series);
  if (method !== 'hold' && method !== 'linear') checkResampleMethod(method, ['hold', 'linear']);
  const { values } = series;
  const at = (unixSeconds - series.startUnixSeconds) / series.stepSeconds;
  const i = Math.floor(at);
  if (!(i >= 0 && i < values.length)) return fail(series, `has no value at ${isoTime(series.timeZone, unixSeconds)}`);
  if (method === 'hold' || i === values.length - 1) return values[i];
  return values[i] + (at - i) * (values[i + 1] - values[i]);
}

/** Steps may differ from a whole ratio by what the rounding of their quotient leaves. */
const RATIO_ROUNDING = 1e-9;

/** Mean of what holds from `from` to `to`, both counted in old steps. */
function meanBetween(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = Math.floor(from); i < to && i < values.length; i++) sum += values[i] * (Math.min(i + 1, to) - Math.max(i, from));
  return sum / (to - from);
}

/**
 * The series at another step, from the same beginning. A last new interval that the series does not fill is left out.
 *
 * Throws InputError for a step that is none or longer than the series.
 */
export function resample(series: Series, stepSeconds: number, method: ResampleMethod): Series {
  checkSeries(series);
  checkResampleMethod(method);
  if (!(stepSeconds > 0)) fail(series, `cannot be resampled to a step of ${describeValue(stepSeconds)} seconds`);
  const ratio = stepSeconds / series.stepSeconds;
  const count = Math.floor(series.values.length / ratio + RATIO_ROUNDING);
  if (count < 1) fail(series, `covers ${durationSeconds(series)} seconds, less than one step of ${stepSeconds}`);
  const { values } = series;
  const last = values.length - 1;
  const resampled = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const nearest = Math.round(k * ratio);
    const at = Math.abs(k * ratio - nearest) < RATIO_ROUNDING ? nearest : k * ratio;
    if (method === 'mean') {
      const next = Math.round((k + 1) * ratio);
      resampled[k] = meanBetween(values, at, Math.abs((k + 1) * ratio - next) < RATIO_ROUNDING ? next : (k + 1) * ratio);
      continue;
    }
    const i = Math.min(Math.floor(at), last);
    resampled[k] = method === 'hold' || i === last ? values[i] : values[i] + (at - i) * (values[i + 1] - values[i]);
  }
  return { ...series, stepSeconds, values: resampled };
}

/** The part from one moment up to and without another; both must lie on steps. A view on the same numbers. Throws InputError. */
export function sliceSeries(series: Series, fromUnixSeconds: number, toUnixSeconds: number): Series {
  checkSeries(series);
  const from = (fromUnixSeconds - series.startUnixSeconds) / series.stepSeconds;
  const to = (toUnixSeconds - series.startUnixSeconds) / series.stepSeconds;
  if (!Number.isInteger(from) || !Number.isInteger(to)) {
    const moment = isoTime(series.timeZone, Number.isInteger(from) ? toUnixSeconds : fromUnixSeconds);
    fail(series, `${moment} does not lie on a step of ${series.stepSeconds} s; resample first`);
  }
  if (from < 0 || to > series.values.length || to <= from) {
    const span = `${isoTime(series.timeZone, series.startUnixSeconds)} to ${isoTime(series.timeZone, endUnixSeconds(series))}`;
    fail(series, `holds ${span}, not ${isoTime(series.timeZone, fromUnixSeconds)} to ${isoTime(series.timeZone, toUnixSeconds)}`);
  }
  return { ...series, startUnixSeconds: fromUnixSeconds, values: series.values.subarray(from, to) };
}

/** One local day, `2023-06-21`: 23 or 25 hours long where the clocks change. Throws InputError. */
export function sliceLocalDay(series: Series, date: string): Series {
  checkSeries(series);
  const start = localDayStart(series.timeZone, date);
  return sliceSeries(series, start, nextLocalDay(series.timeZone, start));
}

/** The local days that a series holds from beginning to end, as dates. */
export function wholeLocalDays(series: Series): string[] {
  checkSeries(series);
  const dates: string[] = [];
  const end = endUnixSeconds(series);
  let day = localDayStart(series.timeZone, localDate(series.timeZone, series.startUnixSeconds));
  if (day < series.startUnixSeconds) day = nextLocalDay(series.timeZone, day);
  for (let next = nextLocalDay(series.timeZone, day); next <= end; day = next, next = nextLocalDay(series.timeZone, day)) {
    dates.push(localDate(series.timeZone, day));
  }
  return dates;
}

/** The series with each value multiplied; a new unit where one is given. Throws InputError. */
export function scaledSeries(series: Series, factor: number, unit?: string): Series {
  checkSeries(series);
  if (!(typeof factor === 'number' && Number.isFinite(factor))) fail(series, `cannot be multiplied by ${describeValue(factor)}; give a number`);
  if (unit !== undefined) checkText('the unit of a series', unit);
  return { ...series, unit: unit ?? series.unit, values: series.values.map((value) => value * factor) };
}

/** The series in per unit of its largest magnitude. Throws InputError where that is 0. */
export function inPerUnit(series: Series): Series {
  checkSeries(series);
  const peak = series.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (peak === 0) fail(series, 'is 0 throughout and has no per unit');
  return scaledSeries(series, 1 / peak, 'pu');
}

/**
 * The series as a load shape of a grid. Its first point is the first value; a grid's clock takes point k after k intervals (see `shapeValueAt`), so that value i holds at hour
 * (i + 1) interval.
 *
 * @param useActual the values are kW (or kV, C) in place of multipliers; default for every unit but `pu`
 */
export function toLoadShape(series: Series, useActual?: boolean): LoadShape {
  checkSeries(series);
  if (useActual !== undefined && typeof useActual !== 'boolean') fail(series, `useActual is ${describeValue(useActual)}; it must be true or false`);
  return {
    name: series.name.toLowerCase(),
    intervalHours: series.stepSeconds / 3600,
    active: series.values.slice(),
    useActual: useActual ?? series.unit !== 'pu',
  };
}

/**
 * A grid's load shape as a series that begins at a moment.
 *
 * Throws InputError for a shape without points or whose points are not evenly spaced.
 */
export function fromLoadShape(shape: LoadShape, startUnixSeconds: number, timeZone: TimeZone): Series {
  checkObject('a load shape', shape, 'one of a grid (grid.loadShapes)');
  checkNumbers(`the points of load shape ${describeValue(shape.name)}`, shape.active);
  checkTimeZone(timeZone);
  let hours = shape.intervalHours;
  const times = shape.hours;
  if (times && times.length > 1) {
    hours = times[1] - times[0];
    const uneven = times.findIndex((time, i) => Math.abs(time - times[0] - i * hours) > 1e-6 * hours);
    if (uneven >= 0)
      throw new InputError(`point ${uneven + 1} at hour ${times[uneven]} is not evenly spaced`, { element: `loadshape.${shape.name}` });
  }
  const stepSeconds = Math.round(hours * 3600 * 1e6) / 1e6;
  return makeSeries({ name: shape.name, startUnixSeconds, stepSeconds, timeZone, unit: shape.useActual ? 'kW' : 'pu', values: shape.active });
}

/** A moment as a zone writes it, `2023-06-21T12:00:00-07:00`; seconds where calendars end. */
export function isoTime(zone: TimeZone, unixSeconds: number): string {
  checkObject('the time zone', zone, ZONE_MUST);
  if (!(Math.abs(unixSeconds) < LATEST_UNIX_SECONDS)) return `${describeValue(unixSeconds)} s`;
  const offset = utcOffsetSeconds(zone, unixSeconds);
  if (!Number.isFinite(offset)) checkTimeZone(zone);
  const text = new Date((unixSeconds + offset) * 1000).toISOString().replace(/(\.000)?Z$/, '');
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.abs(offset) / 60;
  return `${text}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Series of the same steps as comma-separated text: a heading `time,NAME [UNIT],...`, then a line a step. Throws InputError for series that do not run together. */
export function seriesToCsv(series: readonly Series[]): string {
  if (!Array.isArray(series)) throw new InputError(`what is to be written is ${describeValue(series)}; give an array of series`);
  for (const one of series) checkSeries(one as Series);
  const first = series[0];
  if (!first) throw new InputError('there is no series to write');
  for (const other of series) {
    const together =
      other.startUnixSeconds === first.startUnixSeconds && other.stepSeconds === first.stepSeconds && other.values.length === first.values.length;
    if (!together) fail(other, `does not run with series "${first.name}"; resample and slice first`);
  }
  const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [['time', ...series.map(({ name, unit }) => quoted(unit ? `${name} [${unit}]` : name))].join(',')];
  for (let i = 0; i < first.values.length; i++) {
    const time = isoTime(first.timeZone, first.startUnixSeconds + i * first.stepSeconds);
    lines.push([time, ...series.map(({ values }) => String(values[i]))].join(','));
  }
  return `${lines.join('\n')}\n`;
}
