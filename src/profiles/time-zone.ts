/**
 * Local time without the engine's tables: an offset from UTC and, where there is daylight saving, its rule. What a series means thus does not depend on where it is read.
 */
import { checkKeys, checkObject, checkText, checkWord, describeValue, InputError } from '../grid/index.js';

/** A time zone. */
export interface TimeZone {
  name: string;
  /** Of standard time, hours; positive east of Greenwich. */
  utcOffsetHours: number;
  /**
   * `us`: one hour ahead from 2:00 on the second Sunday of March to 2:00 on the first Sunday of November (since 2007);
   * `eu`: from 1:00 UTC on the last Sunday of March to 1:00 UTC on the last of October (since 1996).
   */
  daylightSaving?: 'us' | 'eu';
}

/** What to give where a time zone is wanted. */
export const ZONE_MUST = '{ name, utcOffsetHours }, as UTC, PACIFIC_TIME or fixedOffset(1)';

export const UTC: TimeZone = { name: 'UTC', utcOffsetHours: 0 };
/** California. */
export const PACIFIC_TIME: TimeZone = { name: 'America/Los_Angeles', utcOffsetHours: -8, daylightSaving: 'us' };

/** A zone of a fixed offset. Throws InputError outside -14 to 14 hours. */
export function fixedOffset(utcOffsetHours: number): TimeZone {
  if (!(Math.abs(utcOffsetHours) <= 14))
    throw new InputError(`an offset of ${describeValue(utcOffsetHours)} hours from UTC; it must be from -14 to 14`);
  const minutes = Math.round(Math.abs(utcOffsetHours) * 60);
  const sign = utcOffsetHours < 0 ? '-' : '+';
  const two = (value: number): string => String(value).padStart(2, '0');
  return { name: `UTC${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`, utcOffsetHours };
}

/** Throws InputError for what is no time zone. */
export function checkTimeZone(zone: TimeZone): void {
  checkObject('the time zone', zone, ZONE_MUST);
  checkKeys('a time zone', 'property', zone, ['name', 'utcOffsetHours', 'daylightSaving']);
  const { utcOffsetHours, daylightSaving } = zone;
  if (!(typeof utcOffsetHours === 'number' && Math.abs(utcOffsetHours) <= 14))
    throw new InputError(`is ${describeValue(utcOffsetHours)}; it must be from -14 to 14`, { element: 'timeZone', property: 'utcOffsetHours' });
  if (daylightSaving !== undefined) checkWord('daylightSaving of a time zone', daylightSaving, ['us', 'eu']);
}

/** Day `n` (1 = first; -1 = last) Sunday of a month (0 = January), as the day of the month. */
function sundayOf(year: number, month: number, n: number): number {
  if (n > 0) return 1 + ((7 - new Date(Date.UTC(year, month, 1)).getUTCDay()) % 7) + 7 * (n - 1);
  const last = new Date(Date.UTC(year, month + 1, 0));
  return last.getUTCDate() - last.getUTCDay();
}

/** Offset of a zone's clocks from UTC at a moment, seconds. */
export function utcOffsetSeconds(zone: TimeZone, unixSeconds: number): number {
  checkObject('the time zone', zone, ZONE_MUST);
  const standard = Math.round(zone.utcOffsetHours * 3600);
  if (!zone.daylightSaving) return standard;
  if (zone.daylightSaving !== 'us' && zone.daylightSaving !== 'eu') checkTimeZone(zone);
  const year = new Date((unixSeconds + standard) * 1000).getUTCFullYear();
  const [start, end] =
    zone.daylightSaving === 'us'
      ? [Date.UTC(year, 2, sundayOf(year, 2, 2), 2) / 1000 - standard, Date.UTC(year, 10, sundayOf(year, 10, 1), 1) / 1000 - standard]
      : [Date.UTC(year, 2, sundayOf(year, 2, -1), 1) / 1000, Date.UTC(year, 9, sundayOf(year, 9, -1), 1) / 1000];
  return unixSeconds >= start && unixSeconds < end ? standard + 3600 : standard;
}

/** What the clocks and calendars of a zone say. */
export interface LocalClock {
  year: number;
  /** 1 to 12, and 1 to 31. */
  month: number;
  day: number;
  /** 1 to 366. */
  dayOfYear: number;
  /** 0 = Sunday. */
  dayOfWeek: number;
  /** Since midnight by the clock. */
  secondsOfDay: number;
}

/** The clock of a zone at a moment. */
export function localClock(zone: TimeZone, unixSeconds: number): LocalClock {
  const local = unixSeconds + utcOffsetSeconds(zone, unixSeconds);
  const midnight = Math.floor(local / 86400) * 86400;
  const date = new Date(midnight * 1000);
  const year = date.getUTCFullYear();
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    dayOfYear: (midnight - Date.UTC(year, 0, 1) / 1000) / 86400 + 1,
    dayOfWeek: date.getUTCDay(),
    secondsOfDay: local - midnight,
  };
}

/**
 * The moment at which the clocks of a zone show a time; the earlier one where they show it twice, that of standard time where they leave it out.
 *
 * @param month 1 to 12
 * @param secondsOfDay may lie outside a day
 */
export function unixSecondsAt(zone: TimeZone, year: number, month: number, day: number, secondsOfDay = 0): number {
  checkObject('the time zone', zone, ZONE_MUST);
  const standard = Date.UTC(year, month - 1, day) / 1000 + secondsOfDay - Math.round(zone.utcOffsetHours * 3600);
  const early = standard - 3600;
  return zone.daylightSaving && utcOffsetSeconds(zone, early) !== Math.round(zone.utcOffsetHours * 3600) ? early : standard;
}

/** Beginning of a local day written `2023-06-21`. Throws InputError for what is no date. */
export function localDayStart(zone: TimeZone, date: string): number {
  checkText('a date', date, 'a text like 2023-06-21');
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  const numbers = match?.slice(1).map(Number) ?? [];
  const start = match ? unixSecondsAt(zone, numbers[0], numbers[1], numbers[2]) : Number.NaN;
  if (!match || localDate(zone, start) !== date) throw new InputError(`${describeValue(date)} is no date; dates are written like 2023-06-21`);
  return start;
}

/** The local date of a moment, `2023-06-21`. */
export function localDate(zone: TimeZone, unixSeconds: number): string {
  const { year, month, day } = localClock(zone, unixSeconds);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** Beginning of the local day after that of a moment. */
export function nextLocalDay(zone: TimeZone, unixSeconds: number): number {
  const { year, month, day } = localClock(zone, unixSeconds);
  return unixSecondsAt(zone, year, month, day + 1);
}
