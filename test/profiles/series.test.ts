/** Time zones, series, day shapes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapeValueAt } from '../../src/grid/index.js';
import {
  californiaHomesDay,
  type DayShape,
  dayShapeSeries,
  fixedOffset,
  fromLoadShape,
  homesDay,
  inPerUnit,
  isoTime,
  localClock,
  localDate,
  localDayStart,
  makeSeries,
  nextLocalDay,
  onlyTable,
  PACIFIC_TIME,
  readColumns,
  resample,
  resampledDay,
  type Series,
  seriesToCsv,
  seriesValueAt,
  sliceLocalDay,
  sliceSeries,
  systemDay,
  type TimeZone,
  toLoadShape,
  UTC,
  unixSecondsAt,
  utcOffsetSeconds,
  wholeLocalDays,
} from '../../src/profiles/index.js';

const BERLIN: TimeZone = { name: 'Europe/Berlin', utcOffsetHours: 1, daylightSaving: 'eu' };

/** Offset that the engine's tables give, seconds. */
function engineOffset(zone: string, unixSeconds: number): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(new Date(unixSeconds * 1000));
  const match = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(parts.find((part) => part.type === 'timeZoneName')?.value ?? '');
  return match?.[1] ? (match[1] === '-' ? -1 : 1) * (3600 * Number(match[2]) + 60 * Number(match[3])) : 0;
}

describe('time zones', () => {
  it.each([
    [PACIFIC_TIME, '2008-01-01'],
    [BERLIN, '1997-01-01'],
  ])('%o as the tables of the engine have it', (zone, from) => {
    const start = Date.parse(`${from}T00:00:00Z`) / 1000;
    const end = Date.parse('2030-01-01T00:00:00Z') / 1000;
    fc.assert(
      fc.property(fc.integer({ min: start, max: end }), (time) => {
        expect(utcOffsetSeconds(zone, time)).toBe(engineOffset(zone.name, time));
        const clock = localClock(zone, time);
        const back = unixSecondsAt(zone, clock.year, clock.month, clock.day, clock.secondsOfDay);
        // The hour shown twice is taken for its first time.
        expect(back === time || back === time - 3600).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('changes of the clocks to the second', () => {
    for (const [text, hours] of [
      ['2023-03-12T09:59:59Z', -8],
      ['2023-03-12T10:00:00Z', -7],
      ['2023-11-05T08:59:59Z', -7],
      ['2023-11-05T09:00:00Z', -8],
    ] as const) {
      expect(utcOffsetSeconds(PACIFIC_TIME, Date.parse(text) / 1000)).toBe(hours * 3600);
    }
    const spring = localDayStart(PACIFIC_TIME, '2023-03-12');
    expect(nextLocalDay(PACIFIC_TIME, spring) - spring).toBe(23 * 3600);
    const autumn = localDayStart(PACIFIC_TIME, '2023-11-05');
    expect(nextLocalDay(PACIFIC_TIME, autumn) - autumn).toBe(25 * 3600);
    expect(isoTime(PACIFIC_TIME, spring)).toBe('2023-03-12T00:00:00-08:00');
    expect(localDate(PACIFIC_TIME, spring - 1)).toBe('2023-03-11');
    expect(fixedOffset(-3.5).name).toBe('UTC-03:30');
  });

  it('refuses what is no date or offset', () => {
    for (const date of ['2023-02-30', '2023-6-1', 'yesterday', '2023-13-01']) expect(() => localDayStart(UTC, date)).toThrow('is no date');
    expect(() => fixedOffset(15)).toThrow('-14 to 14');
  });
});

const hourly = (values: number[], start = '2023-06-21T00:00:00-07:00'): Series =>
  makeSeries({ name: 'load', startUnixSeconds: Date.parse(start) / 1000, stepSeconds: 3600, timeZone: PACIFIC_TIME, unit: 'kW', values });

describe('series', () => {
  it('resampling by each method', () => {
    const series = hourly([1, 3, 5, 7]);
    expect([...resample(series, 1800, 'hold').values]).toEqual([1, 1, 3, 3, 5, 5, 7, 7]);
    expect([...resample(series, 1800, 'linear').values]).toEqual([1, 2, 3, 4, 5, 6, 7, 7]);
    expect([...resample(series, 7200, 'mean').values]).toEqual([2, 6]);
    expect([...resample(series, 7200, 'hold').values]).toEqual([1, 5]);
    expect([...resample(series, 5400, 'mean').values]).toEqual([5 / 3, 13 / 3]);
    expect(() => resample(series, 0, 'mean')).toThrow('series.load: cannot be resampled to a step of 0 seconds');
    expect(() => resample(series, 5 * 3600, 'mean')).toThrow('less than one step');
  });

  it('means keep energy, finer and back gives the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (values, parts) => {
          const series = hourly(values);
          for (const method of ['hold', 'mean'] as const) {
            const finer = resample(series, 3600 / parts, method);
            expect(finer.values.length).toBe(values.length * parts);
            resample(finer, 3600, 'mean').values.forEach((value, i) => expect(value).toBeCloseTo(values[i], 9));
          }
          const coarse = resample(series, 3600 * Math.min(parts, values.length), 'mean');
          const n = coarse.values.length * Math.min(parts, values.length);
          const energy = values.slice(0, n).reduce((sum, value) => sum + value, 0);
          expect(coarse.values.reduce((sum, value) => sum + value, 0) * Math.min(parts, values.length)).toBeCloseTo(energy, 8);
        },
      ),
    );
  });

  it('values at moments', () => {
    const series = hourly([1, 3]);
    const at = (minutes: number): number => series.startUnixSeconds + 60 * minutes;
    expect([0, 30, 60, 90].map((m) => seriesValueAt(series, at(m), 'linear'))).toEqual([1, 2, 3, 3]);
    expect([0, 59, 60].map((m) => seriesValueAt(series, at(m), 'hold'))).toEqual([1, 1, 3]);
    expect(() => seriesValueAt(series, at(120), 'hold')).toThrow('has no value at 2023-06-21T02:00:00-07:00');
  });

  it('local days, over a change of the clocks too', () => {
    const series = hourly(
      Array.from({ length: 24 * 4 }, (_, i) => i),
      '2023-11-03T12:00:00-07:00',
    );
    expect(wholeLocalDays(series)).toEqual(['2023-11-04', '2023-11-05', '2023-11-06']);
    const day = sliceLocalDay(series, '2023-11-05');
    expect(day.values).toHaveLength(25);
    expect(day.values[0]).toBe(36);
    expect(isoTime(day.timeZone, day.startUnixSeconds)).toBe('2023-11-05T00:00:00-07:00');
    expect(() => sliceLocalDay(series, '2023-11-07')).toThrow('holds 2023-11-03T12:00:00-07:00 to 2023-11-07T11:00:00-08:00, not');
    expect(() => sliceSeries(series, series.startUnixSeconds + 60, series.startUnixSeconds + 3600)).toThrow('does not lie on a step of 3600 s');
  });

  it('as a load shape and back: hour k has value k - 1', () => {
    const shape = toLoadShape(inPerUnit(hourly([2, 4, 1])));
    expect([1, 2, 3].map((hour) => shapeValueAt(shape, hour).active)).toEqual([0.5, 1, 0.25]);
    const back = fromLoadShape(shape, 0, UTC);
    expect([...back.values]).toEqual([0.5, 1, 0.25]);
    expect(back).toMatchObject({ stepSeconds: 3600, unit: 'pu' });
    expect(toLoadShape(hourly([1])).useActual).toBe(true);
    expect(() =>
      fromLoadShape({ name: 'x', intervalHours: 0, hours: Float64Array.of(0, 1, 3), active: Float64Array.of(1, 1, 1), useActual: false }, 0, UTC),
    ).toThrow('loadshape.x: point 3 at hour 3 is not evenly spaced');
  });

  it('written as a table and read again: the same numbers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 2, maxLength: 60 }),
        fc.integer({ min: 1_000_000_000, max: 2_000_000_000 }),
        fc.constantFrom(60, 900, 1800, 3600),
        (values, start, stepSeconds) => {
          const series = makeSeries({ name: 'a b', startUnixSeconds: start, stepSeconds, timeZone: PACIFIC_TIME, unit: 'kW', values });
          const read = onlyTable(readColumns(seriesToCsv([series]), { timeZone: PACIFIC_TIME }))['a b'];
          expect(read).toEqual({ ...series, values: series.values.map((value) => value + 0) });
        },
      ),
    );
  });

  it('refuses what is no series', () => {
    expect(() => hourly([])).toThrow('series.load: has no values');
    expect(() => hourly([1, Number.NaN])).toThrow('value 2 is NaN');
    expect(() => makeSeries({ ...hourly([1]), stepSeconds: 0 })).toThrow('a step of 0 seconds');
    expect(() => inPerUnit(hourly([0, 0]))).toThrow('0 throughout');
    expect(() => seriesToCsv([hourly([1]), hourly([1, 2])])).toThrow('does not run with series "load"');
  });
});

describe('day shapes', () => {
  it('are in per unit and of the lengths they say', () => {
    expect(homesDay().values).toHaveLength(96);
    expect(Math.max(...homesDay().values)).toBe(1);
    let peak = 0;
    for (let month = 1; month <= 12; month++) {
      for (const shape of [californiaHomesDay(month), systemDay(month), systemDay(month, 'weekend')] as DayShape[]) {
        expect(shape.values).toHaveLength(24);
        expect(shape.values.every((value) => value > 0.2 && value <= 1)).toBe(true);
      }
      peak = Math.max(peak, ...systemDay(month).values, ...systemDay(month, 'weekend').values);
    }
    expect(peak).toBe(1);
    expect(() => systemDay(13)).toThrow('month 13');
  });

  it('the system peaks in the evening of summer and dips at midday in spring', () => {
    const peakHour = (values: Float64Array): number => values.indexOf(Math.max(...values));
    expect(peakHour(systemDay(7).values)).toBeGreaterThanOrEqual(16);
    expect(peakHour(systemDay(7).values)).toBeLessThanOrEqual(20);
    const april = systemDay(4, 'weekend').values;
    expect(Math.min(...april.subarray(10, 15))).toBeLessThan(april[19]);
  });

  it('on a date: 24 hours, 23 and 25 where the clocks change', () => {
    const shape = systemDay(3);
    const odd = { ...shape, values: new Float64Array(7) };
    expect(dayShapeSeries(odd, '2023-03-08').values).toHaveLength(7);
    expect(() => dayShapeSeries(odd, '2023-03-12')).toThrow('7 values do not fit the 82800 seconds of 2023-03-12');
    expect([...dayShapeSeries(shape, '2023-03-08').values]).toEqual([...shape.values]);
    expect([...dayShapeSeries(shape, '2023-03-12').values]).toEqual([...shape.values.subarray(0, 2), ...shape.values.subarray(3)]);
    const autumn = dayShapeSeries(homesDay(), '2023-11-05').values;
    const quarters = homesDay().values;
    expect([...autumn]).toEqual([...quarters.subarray(0, 8), ...quarters.subarray(4)]);
  });

  it('by half hours', () => {
    const half = resampledDay(homesDay(), 48, 'mean').values;
    const quarters = homesDay().values;
    half.forEach((value, i) => expect(value).toBeCloseTo((quarters[2 * i] + quarters[2 * i + 1]) / 2, 14));
    const smooth = resampledDay(systemDay(7), 96, 'linear').values;
    expect(smooth[95]).toBeCloseTo(0.25 * systemDay(7).values[23] + 0.75 * systemDay(7).values[0], 14);
  });
});
