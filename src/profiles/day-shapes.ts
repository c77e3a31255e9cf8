/** Built-in days of load, in per unit of their peaks. */
import { checkNumbers, checkObject, checkWord, describeValue, InputError } from '../grid/index.js';
import { CALIFORNIA_HOMES_HOURS, HOMES_QUARTER_HOURS, SYSTEM_HOURS } from './data/day-shapes.js';
import { checkResampleMethod, type ResampleMethod, resample, type Series } from './series.js';
import { localClock, localDayStart, nextLocalDay, PACIFIC_TIME, type TimeZone } from './time-zone.js';

/** A day of load: equal steps from midnight to midnight by the clock. */
export interface DayShape {
  name: string;
  /** Where its numbers are from. */
  source: string;
  unit: string;
  /** 24, 48 or 96 values or any other number. */
  values: Float64Array;
}

const HOMES_SOURCE = 'mean of the 100 one-minute home profiles of the IEEE European low voltage test feeder';
const CALIFORNIA_SOURCE = 'mean of 100 simulated homes of Alameda County, 2018 (CityLearn, from NREL End-Use Load Profiles, CC BY 4.0)';
const SYSTEM_SOURCE = 'demand of the PG&E area of CAISO, 2023 (US EIA form 930, cleaned by Ruggles et al. 2020, CC BY 4.0)';

function part(thousandths: readonly number[], from: number, count: number): Float64Array {
  return Float64Array.from(thousandths.slice(from, from + count), (value) => value / 1000);
}

function checkShape(shape: DayShape): void {
  checkObject('the shape of a day', shape, 'what homesDay(), systemDay(...) or californiaHomesDay(...) returns');
  checkNumbers(`the values of the shape ${shape.name}`, shape.values);
  if (shape.values.length === 0) throw new InputError('has no values', { element: `dayShape.${shape.name}` });
}

function checkMonth(month: number): void {
  if (!(Number.isInteger(month) && month >= 1 && month <= 12)) throw new InputError(`month ${describeValue(month)}; months are 1 to 12`);
}

/** Homes by quarter hour, 96 values: a winter day in Europe, evening peak 1. */
export function homesDay(): DayShape {
  return { name: 'homes', source: HOMES_SOURCE, unit: 'pu', values: part(HOMES_QUARTER_HOURS, 0, 96) };
}

/** Plugs and light of homes in California by hour, 24 values, per unit of the year's peak hour. Throws InputError for a month that is none. */
export function californiaHomesDay(month: number): DayShape {
  checkMonth(month);
  return { name: `california-homes-${month}`, source: CALIFORNIA_SOURCE, unit: 'pu', values: part(CALIFORNIA_HOMES_HOURS, (month - 1) * 24, 24) };
}

/** Demand of a utility's area in California by hour, 24 values, per unit of the highest mean hour of the year. Throws InputError for a month or a kind that is none. */
export function systemDay(month: number, kind: 'weekday' | 'weekend' = 'weekday'): DayShape {
  checkMonth(month);
  checkWord('the kind of a day of the system', kind, ['weekday', 'weekend']);
  const from = ((month - 1) * 2 + (kind === 'weekend' ? 1 : 0)) * 24;
  return { name: `system-${month}-${kind}`, source: SYSTEM_SOURCE, unit: 'pu', values: part(SYSTEM_HOURS, from, 24) };
}

/**
 * A day's shape on a date, as a series by the clock: where the clocks change, the hour left out is left out, the hour shown twice comes twice.
 *
 * @param date local, `2023-06-21`
 *
 * Throws InputError for what is no date, and for steps that do not fit a day on which the clocks change.
 */
export function dayShapeSeries(shape: DayShape, date: string, timeZone: TimeZone = PACIFIC_TIME): Series {
  checkShape(shape);
  const stepSeconds = 86400 / shape.values.length;
  const start = localDayStart(timeZone, date);
  const count = (nextLocalDay(timeZone, start) - start) / stepSeconds;
  if (!Number.isInteger(count)) {
    throw new InputError(`${shape.values.length} values do not fit the ${nextLocalDay(timeZone, start) - start} seconds of ${date}`, {
      element: `dayShape.${shape.name}`,
    });
  }
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++)
    values[i] = shape.values[Math.floor(localClock(timeZone, start + i * stepSeconds).secondsOfDay / stepSeconds + 1e-9)];
  return { name: shape.name, startUnixSeconds: start, stepSeconds, timeZone, unit: shape.unit, values };
}

/** Most values of a day: tenths of seconds. */
const MOST_VALUES = 864_000;

/** A day's shape with another number of values. Throws InputError for a number or a method that is none. */
export function resampledDay(shape: DayShape, count: number, method: ResampleMethod): DayShape {
  checkShape(shape);
  checkResampleMethod(method);
  if (!(Number.isInteger(count) && count >= 1 && count <= MOST_VALUES))
    throw new InputError(`a day of ${describeValue(count)} values; give a whole number from 1 to ${MOST_VALUES}`, {
      element: `dayShape.${shape.name}`,
    });
  const plain: Series = {
    name: shape.name,
    startUnixSeconds: 0,
    stepSeconds: 86400 / shape.values.length,
    timeZone: { name: 'UTC', utcOffsetHours: 0 },
    unit: shape.unit,
    values: shape.values,
  };
  if (method !== 'linear') return { ...shape, values: resample(plain, 86400 / count, method).values };
  // A day goes on into itself: the first value stands after the last.
  const n = shape.values.length;
  const values = Float64Array.from({ length: count }, (_, k) => {
    const at = (k * n) / count;
    const i = Math.floor(at);
    return shape.values[i] + (at - i) * (shape.values[(i + 1) % n] - shape.values[i]);
  });
  return { ...shape, values };
}
