/** Temperature of the air: a yearly and a daily sinusoid, with an Ornstein-Uhlenbeck deviation where a stream is given. */
import { checkFloat64, checkKeys, checkObject } from '../grid/index.js';
import { cos, type RandomStream } from '../numeric/index.js';
import { checkStream } from './check-stream.js';
import { fillOrnsteinUhlenbeck, type OrnsteinUhlenbeck } from './ornstein-uhlenbeck.js';
import { localClock, type TimeZone, UTC, ZONE_MUST } from './time-zone.js';

/** A climate of temperature, C. */
export interface TemperatureClimate {
  meanC: number;
  /** Half the swing between the seasons, and the day of the year (1 to 365) that is warmest. */
  yearlyAmplitudeC: number;
  warmestDay: number;
  /** Half the swing of a day, and the hour of the clock that is warmest, standard time. */
  dailyAmplitudeC: number;
  warmestHour: number;
  /** Deviation from the sinusoids. */
  deviation?: Omit<OrnsteinUhlenbeck, 'mean'>;
}

/** South San Francisco Bay: least squares over the hours of Hayward, California, 2018; the deviation's correlation an hour apart is 0.915. */
export const BAY_AREA_TEMPERATURE: TemperatureClimate = {
  meanC: 13.98,
  yearlyAmplitudeC: 3.12,
  warmestDay: 217,
  dailyAmplitudeC: 3.21,
  warmestHour: 14.1,
  deviation: { standardDeviation: 2.38, timeConstantSeconds: 40_500 },
};

const CLIMATE_NAMES = ['meanC', 'yearlyAmplitudeC', 'warmestDay', 'dailyAmplitudeC', 'warmestHour', 'deviation'];

/** Expected temperature at a moment, C. */
export function expectedTemperature(climate: TemperatureClimate, zone: TimeZone, unixSeconds: number): number {
  checkObject('a climate of temperature', climate, 'a TemperatureClimate, as BAY_AREA_TEMPERATURE is');
  checkObject('the time zone', zone, ZONE_MUST);
  // The clock of standard time: the sun keeps no daylight saving.
  const { dayOfYear, secondsOfDay } = localClock({ ...zone, daylightSaving: undefined }, unixSeconds);
  const hour = secondsOfDay / 3600;
  const year = climate.yearlyAmplitudeC * cos((2 * Math.PI * (dayOfYear + hour / 24 - climate.warmestDay)) / 365);
  return climate.meanC + year + climate.dailyAmplitudeC * cos((2 * Math.PI * (hour - climate.warmestHour)) / 24);
}

/** Fills `out` with temperatures at equal steps; without a stream the expected ones. */
export function fillTemperature(
  out: Float64Array,
  climate: TemperatureClimate,
  startUnixSeconds: number,
  stepSeconds: number,
  zone: TimeZone = UTC,
  stream?: RandomStream,
): Float64Array {
  checkFloat64('what temperatures are written to', out);
  checkKeys('a climate of temperature', 'property', climate, CLIMATE_NAMES);
  if (stream !== undefined) checkStream(stream);
  if (stream && climate.deviation) fillOrnsteinUhlenbeck(out, { mean: 0, ...climate.deviation }, stepSeconds, stream);
  else out.fill(0);
  for (let i = 0; i < out.length; i++) out[i] += expectedTemperature(climate, zone, startUnixSeconds + i * stepSeconds);
  return out;
}
