/** Names of options and words that there are not: refused, what may have been meant named first. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/grid/index.js';
import {
  CLOUD_MODELS,
  type CloudModel,
  checkBattery,
  fillTemperature,
  fillWindSpeed,
  fixedOffset,
  genericTurbinePower,
  homesDay,
  localDayStart,
  makeSeries,
  PACIFIC_TIME,
  pvDay,
  pvPlant,
  pvSeries,
  readColumns,
  readNsrdb,
  readValues,
  relativeAirMass,
  resample,
  resampledDay,
  SANTA_CLARA,
  seriesValueAt,
  skyAt,
  solarPosition,
  systemDay,
  UTC,
} from '../../src/profiles/index.js';

const series = makeSeries({ name: 's', startUnixSeconds: 0, stepSeconds: 60, timeZone: UTC, unit: '', values: [1, 2] });
const table = '2023-06-21 00:00Z,1\n2023-06-21 01:00Z,2\n';
const battery = { maxChargeKw: 1, maxDischargeKw: 1, minimumKwh: 0, maximumKwh: 1, chargeEfficiency: 1, dischargeEfficiency: 1 };
const any = (value: unknown): never => value as never;

describe('what is misspelt is refused', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a way to resample', () => resample(series, 60, any('maen')), /^the method is "maen"; it must be mean, hold or linear$/],
    ['a way to look up', () => seriesValueAt(series, 0, any('mean')), /^the method is "mean"; it must be hold or linear$/],
    ['a way to resample a day', () => resampledDay(homesDay(), 24, any('Linear')), /^the method is "Linear"; it must be linear, hold or mean$/],
    ['a kind of day', () => systemDay(6, any('weekdays')), /^the kind of a day of the system is "weekdays"; it must be weekday or weekend$/],
    ['gaps', () => readColumns(table, { gaps: any('spilt') }), /^gaps is "spilt"; it must be split or error$/],
    ['missing', () => readColumns(table, { missing: any('interpolated') }), /^missing is "interpolated"; it must be interpolate or error$/],
    ['missing of weather', () => readNsrdb('x', { missing: any('fill') }), /^missing is "fill"; it must be error or interpolate$/],
    ['a format of times', () => readColumns(table, { timeFormat: any('second') }), /^timeFormat is "second"; it must be seconds, /],
    ['an option of readColumns', () => readColumns(table, any({ timezone: UTC })), /^readColumns has no option "timezone"; it has timeZone, /],
    ['an option of readNsrdb', () => readNsrdb('x', any({ zone: UTC })), /^readNsrdb has no option "zone"; it has /],
    ['an option of readValues', () => readValues('1', any({ start: 0 })), /^readValues has no option "start"; it has /],
    [
      'an option of pvSeries',
      () => pvSeries(SANTA_CLARA, pvPlant(1), 0, 60, 1, any({ cloud: 1 })),
      /^pvSeries has no option "cloud"; it has clouds, /,
    ],
    [
      'where in a step',
      () => pvDay(SANTA_CLARA, pvPlant(1), '2023-06-21', 900, { at: any('end') }),
      /^at of pvSeries is "end"; it must be middle or start$/,
    ],
    [
      'clouds',
      () => pvSeries(SANTA_CLARA, pvPlant(1), 0, 60, 1, { clouds: any({ chain: 1 }) }),
      /^clouds of pvSeries has no property "chain"; it has model, stream$/,
    ],
    ['a plant', () => pvPlant(1, 1, any({ tilt: 20 })), /^a plant has no property "tilt"; it has /],
    ['a sky model', () => pvPlant(1, 1, { skyModel: any('perezz') }), /^skyModel of a plant is "perezz"; it must be perez, /],
    ['an air mass', () => relativeAirMass(30, any('kasten')), /^the model of the air mass is "kasten"; it must be /],
    ['a turbine', () => genericTurbinePower(any({ shape: 'cubical' }), 5), /^the shape of a turbine is "cubical"; it must be cubic, /],
    ['a battery', () => checkBattery(any({ ...battery, capacity: 5 })), /^a battery has no property "capacity"; it has capacityKwh, /],
    ['a wind climate', () => fillWindSpeed(new Float64Array(2), any({ mean: 5 }), 60, any(0)), /^a wind climate has no property "mean"; it has /],
    [
      'a climate',
      () => fillTemperature(new Float64Array(2), any({ mean: 5 }), 0, 60),
      /^a climate of temperature has no property "mean"; it has meanC/,
    ],
    [
      'daylight saving',
      () => localDayStart({ ...PACIFIC_TIME, daylightSaving: any('usa') }, '2023-06-21'),
      /^daylightSaving of a time zone is "usa"; it must be us or eu$/,
    ],
    [
      'a position of the sun',
      () => solarPosition(0, SANTA_CLARA, any({ temperature: 12 })),
      /^the position of the sun has no option "temperature"; it has temperatureC, /,
    ],
  ])('%s', (_what, call, message) => {
    expect(call).toThrow(InputError);
    expect(call).toThrow(message);
  });

  it('and where a time zone is lacking the message tells what to write', () => {
    const local = 'time,load\n2023-06-21 00:00,1\n2023-06-21 01:00,2\n';
    expect(() => readColumns(local)).toThrow(
      /^table:2:1: the time has no offset from UTC; say in which zone it is, by the option timeZone: PACIFIC_TIME, UTC, or fixedOffset\(1\) for UTC\+01:00, or write it/,
    );
    for (const timeZone of [PACIFIC_TIME, UTC, fixedOffset(1)]) expect(readColumns(local, { timeZone })[0].load.values).toHaveLength(2);
    expect(readColumns(local.replaceAll(':00,', ':00+01:00,'))[0].load.values).toHaveLength(2);
    expect(() => readNsrdb('Year,Month,Day,Hour,Minute,GHI\n2023,6,21,0,0,1\n')).toThrow(/say so by the option timeZone: PACIFIC_TIME/);
  });

  it('and what is spelt well goes on as before', () => {
    expect([...resample(series, 120, 'mean').values]).toEqual([1.5]);
    expect(readColumns(table, { gaps: 'split', missing: 'interpolate' })).toHaveLength(1);
    expect(skyAt(SANTA_CLARA, 1_687_377_600).globalHorizontal).toBeGreaterThan(500);
    const model: CloudModel = CLOUD_MODELS.hourly;
    expect(model.states).toHaveLength(3);
  });
});
