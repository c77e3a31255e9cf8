/** Readers of tables: what they read, and what they say where they cannot. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryFiles } from '../../src/formats/opendss/index.js';
import { InputError } from '../../src/grid/index.js';
import {
  fixedOffset,
  isoTime,
  measuredIrradiance,
  onlyTable,
  PACIFIC_TIME,
  pvPlant,
  pvSeries,
  readColumns,
  readNsrdb,
  readOpenDssShapes,
  readSurfrad,
  readValues,
  solarPosition,
  UTC,
} from '../../src/profiles/index.js';

const SHARED = ['../../../shared']
  .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
  .find((folder) => existsSync(`${folder}/profiles`));
const shared = (path: string): string => readFileSync(`${SHARED}/${path}`, 'utf8');

const NSRDB = `Source,Location ID,City,Latitude,Longitude,Time Zone,Elevation,Local Time Zone,GHI Units,Temperature Units
NSRDB,401182,-,40.53,-108.54,-7,2168,-7,w/m2,c
Year,Month,Day,Hour,Minute,Temperature,DHI,DNI,GHI,Wind Speed
2023,6,21,12,0,25.1,90,950,1000,2.5
2023,6,21,12,30,25.3,95,940,1010,2.75
2023,6,21,13,0,25.6,97,930,1005,3
`;

describe('NSRDB', () => {
  it('the form with three heading lines', () => {
    const { site, tables, metadata } = readNsrdb(NSRDB, { file: 'x.csv' });
    expect(site).toMatchObject({ name: 'NSRDB 401182', latitudeDegrees: 40.53, longitudeDegrees: -108.54, altitudeMetres: 2168 });
    expect(site?.timeZone).toEqual(fixedOffset(-7));
    expect(metadata['Location ID']).toBe('401182');
    const table = onlyTable(tables);
    expect(Object.keys(table)).toEqual(['Temperature', 'DHI', 'DNI', 'GHI', 'Wind Speed']);
    expect([...table.GHI.values]).toEqual([1000, 1010, 1005]);
    expect(table.GHI).toMatchObject({ unit: 'W/m2', stepSeconds: 1800, startUnixSeconds: Date.parse('2023-06-21T12:00:00-07:00') / 1000 });
    expect([table.Temperature.unit, table['Wind Speed'].unit]).toEqual(['C', 'm/s']);
  });

  it('the form of a table, with times', () => {
    const text = ',Year,Month,Day,Hour,Minute,GHI\n2023-01-01 00:00:00-07:00,2023,1,1,0,0,5\n2023-01-01 00:05:00-07:00,2023,1,1,0,5,6\n';
    const table = onlyTable(readNsrdb(text).tables);
    expect(Object.keys(table)).toEqual(['GHI']);
    expect(table.GHI).toMatchObject({
      unit: 'W/m2',
      stepSeconds: 300,
      timeZone: fixedOffset(-7),
      startUnixSeconds: Date.parse('2023-01-01T07:00:00Z') / 1000,
    });
  });

  it('the form of a table, with years and months alone, needs a zone', () => {
    const text = 'Year,Month,Day,Hour,Minute,GHI\n2023,1,1,0,0,5,\n2023,1,1,0,30,6,\n';
    const table = onlyTable(readNsrdb(text, { timeZone: fixedOffset(-8) }).tables);
    expect(table.GHI).toMatchObject({ stepSeconds: 1800, startUnixSeconds: Date.parse('2023-01-01T08:00:00Z') / 1000 });
    expect(() => readNsrdb(text, { file: 'x.csv' })).toThrow('x.csv:1: the file does not say in which time zone its times are');
  });

  it.each([
    ['', 'x.csv: is empty'],
    [NSRDB.replace('2023,6,21,12,30', '2023,2,30,12,30'), 'x.csv:5: there is no time 2023-2-30 12:30'],
    [NSRDB.replace(',950,1000,2.5', ',950'), 'x.csv:4: has 8 columns in place of 10'],
    ['a,b,c\n1,2,3\n', 'x.csv:1: an NSRDB file begins with'],
    [NSRDB.replace(',-7,2168', ',-700,2168'), 'x.csv:2: a time zone of -700 hours'],
    [NSRDB.replace('1010', 'bright'), 'x.csv:5:29: "bright" is not a number in column "GHI"'],
    [NSRDB.replace('12,30', '12,29'), 'x.csv:6: comes 1860 s after the row before in place of 1740 s'],
    [NSRDB.replace('13,0', '12,0'), 'x.csv:6: 2023-06-21T12:00:00-07:00 does not come after 2023-06-21T12:30:00-07:00'],
    [NSRDB.replace('Minute', 'Second'), 'x.csv:3: there is no column "Minute"'],
    [NSRDB.replace('40.53', 'north'), 'x.csv:2:16: "north" is not a number in column "Latitude"'],
    [NSRDB.replace('1010', ''), `x.csv:5: column "GHI" has no value; missing: 'interpolate' fills it`],
    [NSRDB.split('\n').slice(0, 3).join('\n'), 'x.csv: holds no rows of numbers'],
  ])('says where it cannot read (%#)', (text, message) => {
    expect(() => readNsrdb(text, { file: 'x.csv' })).toThrow(InputError);
    expect(() => readNsrdb(text, { file: 'x.csv' })).toThrow(message);
  });

  it('fills what is missing when told to', () => {
    const text = NSRDB.replace('1010', '').replace('25.1', '').replace(',3\n', ',\n');
    const table = onlyTable(readNsrdb(text, { missing: 'interpolate' }).tables);
    expect([...table.GHI.values]).toEqual([1000, 1002.5, 1005]);
    expect([...table.Temperature.values]).toEqual([25.3, 25.3, 25.6]);
    expect([...table['Wind Speed'].values]).toEqual([2.5, 2.75, 2.75]);
  });
});

describe('plain tables', () => {
  it('times and columns, units from the heading, comments and blanks passed over', () => {
    const text = '# a load\n\ntime;load [kW];wind_mps\n2023-06-21 00:00;1,5\n'.replace('1,5', '1.5;3') + '2023-06-21 00:15;2;4\n';
    const table = onlyTable(readColumns(text, { timeZone: PACIFIC_TIME }));
    expect([...table.load.values]).toEqual([1.5, 2]);
    expect(table.load).toMatchObject({ unit: 'kW', stepSeconds: 900, timeZone: PACIFIC_TIME });
    expect(isoTime(PACIFIC_TIME, table.load.startUnixSeconds)).toBe('2023-06-21T00:00:00-07:00');
    expect(table.wind_mps.unit).toBe('m/s');
  });

  it('local times over both changes of the clocks', () => {
    const rows = (times: string[]) => `t,x\n${times.map((time, i) => `${time},${i}`).join('\n')}\n`;
    const autumn = rows([
      '2023-11-05 00:00',
      '2023-11-05 00:30',
      '2023-11-05 01:00',
      '2023-11-05 01:30',
      '2023-11-05 01:00',
      '2023-11-05 01:30',
      '2023-11-05 02:00',
    ]);
    expect(onlyTable(readColumns(autumn, { timeZone: PACIFIC_TIME })).x).toMatchObject({
      stepSeconds: 1800,
      values: Float64Array.of(0, 1, 2, 3, 4, 5, 6),
    });
    const spring = rows(['2023-03-12 01:00', '2023-03-12 01:30', '2023-03-12 03:00', '2023-03-12 03:30']);
    expect(onlyTable(readColumns(spring, { timeZone: PACIFIC_TIME })).x.stepSeconds).toBe(1800);
  });

  it('numbers alone, times counted, unix times', () => {
    const start = Date.parse('2023-06-21T00:00:00Z') / 1000;
    const alone = onlyTable(readColumns('1 2\n3 4\n', { startUnixSeconds: start, stepSeconds: 60, timeZone: UTC }));
    expect([[...alone.column1.values], [...alone.column2.values]]).toEqual([
      [1, 3],
      [2, 4],
    ]);
    const counted = onlyTable(
      readColumns('minute,x\n10,1\n20,2\n', { timeColumn: 'minute', timeFormat: 'minutes', startUnixSeconds: start, timeZone: UTC }),
    );
    expect(counted.x).toMatchObject({ startUnixSeconds: start + 600, stepSeconds: 600 });
    const unix = onlyTable(readColumns(`${start},1\n${start + 5},2\n`, { timeColumn: 1, timeFormat: 'unix' }));
    expect(unix.column2).toMatchObject({ startUnixSeconds: start, stepSeconds: 5 });
    expect([...readValues('# x\nhead\n 0.036 \n 0.1\n', { heading: true, startUnixSeconds: 0, stepSeconds: 60, timeZone: UTC }).values]).toEqual([
      0.036, 0.1,
    ]);
    expect([...readValues('1, 5\n2, 6\n', { column: 2, startUnixSeconds: 0, stepSeconds: 60, timeZone: UTC }).values]).toEqual([5, 6]);
  });

  it('gaps apart when told to', () => {
    const text = 't,x\n2023-06-21 00:00Z,1\n2023-06-21 01:00Z,2\n2023-06-21 02:00Z,3\n2023-12-21 00:00Z,4\n2023-12-21 01:00Z,5\n';
    const tables = readColumns(text, { gaps: 'split' });
    expect(tables.map((table) => [...table.x.values])).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(() => onlyTable(tables, 'x.csv')).toThrow('x.csv: holds 2 stretches; the second begins at 2023-12-21T00:00:00+00:00');
  });

  it.each<[string, object, string]>([
    ['', {}, 'x.csv: is empty'],
    ['t,x\n', {}, 'has no times'],
    ['1\n2\n', {}, 'x.csv:1: has no times; say when it begins (startUnixSeconds)'],
    ['1\n2\n', { startUnixSeconds: 0 }, 'x.csv:1: has no times; say how long a step is (stepSeconds)'],
    ['1\nx\n', { startUnixSeconds: 0, stepSeconds: 1 }, 'x.csv:2:1: "x" is not a number in column "column1"'],
    ['1,2\n3\n', { startUnixSeconds: 0, stepSeconds: 1 }, 'x.csv:2: has 1 columns in place of 2'],
    ['1\nNaN\n', { startUnixSeconds: 0, stepSeconds: 1 }, '"NaN" is not a number'],
    ['1\n1e999\n', { startUnixSeconds: 0, stepSeconds: 1 }, '"1e999" is not a number'],
    [
      't,x\n2023-06-21 00:00,1\n2023-06-21 01:00,1\n',
      {},
      'x.csv:2:1: the time has no offset from UTC; say in which zone it is, by the option timeZone',
    ],
    ['t,x\n2023-06-21 00:00Z,1\n', {}, 'x.csv:2: holds one row'],
    ['t,x\n2023-06-31 00:00Z,1\n', {}, 'x.csv:2:1: there is no time "2023-06-31 00:00Z"'],
    ['t,x\n2023-06-21 00:61Z,1\n', {}, 'there is no time'],
    ['t,x\n2023-06-21 00:00Z,1\nlater,2\n', {}, 'x.csv:3:1: "later" is no time'],
    ['t,x,x\n2023-06-21 00:00Z,1,2\n', {}, 'x.csv: column "x" stands there twice'],
    ['t,x\n1e300,1\n2,2\n', { timeColumn: 't', timeFormat: 'unix' }, 'x.csv:3: 1970-01-01T00:00:02+00:00 does not come after 1e+300 s'],
    ['t,x\n1,2\n', { timeColumn: 'time' }, 'x.csv:1: there is no column "time"; there are t, x'],
  ])('says where it cannot read (%#)', (text, options, message) => {
    expect(() => readColumns(text, { file: 'x.csv', ...options })).toThrow(InputError);
    expect(() => readColumns(text, { file: 'x.csv', ...options })).toThrow(message);
  });

  it('never fails but with an InputError of one line', () => {
    const words = fc.constantFrom(
      '1',
      '2.5',
      '',
      'x',
      '"',
      '2023-06-21 00:00Z',
      '2023-06-21 01:00Z',
      ',',
      ';',
      '\n',
      '\t',
      '#',
      ' ',
      '-9999.9',
      'GHI',
      'Year',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        for (const read of [
          () => readColumns(text, { startUnixSeconds: 0, stepSeconds: 60 }),
          () => readNsrdb(text),
          () => readSurfrad(text),
          () => readValues(text, { startUnixSeconds: 0, stepSeconds: 60, timeZone: UTC }),
        ]) {
          try {
            read();
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
            expect((error as Error).message).not.toMatch(/\n/);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('SURFRAD', () => {
  const row = (minute: number, ghi: string, flag = 0): string => {
    const values = [`${ghi} ${flag}`, '1 0', '800 0', '90 0', ...Array.from({ length: 11 }, () => '300 0'), '4.5 0', '40 0', '3.25 0', '180 0'];
    return ` 2016   1  1  1 18 ${minute} 18.0 60.8 ${values.join(' ')} 770.5 0`;
  };
  const text = (rows: string[]): string => ` Alamosa\n   37.70 -105.92  2317 m version 1\n${rows.join('\n')}\n`;

  it('station, columns, units; a flagged value is missing', () => {
    const { site, tables } = readSurfrad(text([row(0, '500.5'), row(1, '9', 1), row(2, '501.5')]), { missing: 'interpolate' });
    expect(site).toMatchObject({ name: 'Alamosa', latitudeDegrees: 37.7, longitudeDegrees: -105.92, altitudeMetres: 2317 });
    const table = onlyTable(tables);
    expect([...table.GHI.values]).toEqual([500.5, 501, 501.5]);
    expect(table.GHI).toMatchObject({ stepSeconds: 60, unit: 'W/m2', startUnixSeconds: Date.parse('2016-01-01T18:00:00Z') / 1000 });
    expect([table.DNI.values[0], table.DHI.values[0], table['Wind Speed'].values[0], table.Pressure.values[0]]).toEqual([800, 90, 3.25, 770.5]);
    expect(table.Temperature.values[0]).toBe(4.5);
  });

  it('says where it cannot read', () => {
    const read = (given: string) => () => readSurfrad(given, { file: 'x.dat' });
    expect(read(text([row(0, '1'), row(1, '-9999.9')]))).toThrow('x.dat:4: column "GHI" has no value');
    expect(read(text([row(0, '1'), '2016 1 1']))).toThrow('x.dat:4: has 3 columns in place of 48');
    expect(read('station\nnowhere\n')).toThrow('x.dat:2: a SURFRAD file begins with');
    expect(read(text([]))).toThrow('"Alamosa" has no rows');
  });
});

describe('OpenDSS shapes', () => {
  it('mult=, csvfile=, file=, of a script of shapes or a whole circuit', () => {
    const files = new MemoryFiles({
      'shapes/s.dss':
        'new loadshape.a npts=3 interval=1 mult=[0.5 1 0.25]\nnew loadshape.b npts=4 minterval=15 csvfile=b.csv\nnew loadshape.c npts=2 interval=0.5 mult=(file=b.csv) useactual=yes\n',
      'shapes/b.csv': '1\n2\n3\n4\n',
      'circuit.dss': 'clear\nnew circuit.c\nnew loadshape.d npts=2 interval=1 mult=[1 2]\nsolve\n',
      'bad.dss': 'new loadshape.a npts=3 interval=1 mult=[1 2 x]\n',
      'none.dss': '! nothing\n',
    });
    const shapes = readOpenDssShapes('shapes/s.dss', files, 0, UTC);
    expect([...shapes.keys()]).toEqual(['a', 'b', 'c']);
    expect(shapes.get('a')).toMatchObject({ stepSeconds: 3600, unit: 'pu', values: Float64Array.of(0.5, 1, 0.25) });
    expect(shapes.get('b')).toMatchObject({ stepSeconds: 900, values: Float64Array.of(1, 2, 3, 4) });
    expect(shapes.get('c')).toMatchObject({ stepSeconds: 1800, unit: 'kW', values: Float64Array.of(1, 2) });
    expect([...readOpenDssShapes('circuit.dss', files, 0, UTC).keys()]).toEqual(['d']);
    expect(() => readOpenDssShapes('bad.dss', files, 0, UTC)).toThrow(/^bad\.dss:1/);
    expect(() => readOpenDssShapes('none.dss', files, 0, UTC)).toThrow('none.dss: makes no load shape');
    expect(() => readOpenDssShapes('missing.dss', files, 0, UTC)).toThrow('missing.dss');
  });
});

describe.skipIf(!SHARED)('files of ../shared/profiles (skipped where they are not)', () => {
  it('NSRDB, two half-hourly days: the zenith column agrees with our sun', () => {
    const text = shared('profiles/samples/nsrdb_psm4_file_format_two_days.csv');
    expect(() => readNsrdb(text, { file: 'two.csv' })).toThrow(/^two\.csv:52: comes 15726600 s after/);
    const { site, tables } = readNsrdb(text, { gaps: 'split' });
    expect(tables.map((table) => table.GHI.values.length)).toEqual([48, 48]);
    if (!site) throw new Error('no site');
    for (const table of tables) {
      const zenith = table['Solar Zenith Angle'];
      zenith.values.forEach((value, i) => {
        const sun = solarPosition(zenith.startUnixSeconds + i * zenith.stepSeconds, site);
        // The database's zenith is the refracted one.
        expect(Math.abs(sun.apparentZenithDegrees - value)).toBeLessThan(0.02);
      });
      const { GHI, Temperature } = table;
      const power = pvSeries(site, pvPlant(1), GHI.startUnixSeconds, 1800, 48, {
        irradiance: measuredIrradiance(table),
        airTemperatureC: Temperature,
        windMetresPerSecond: table['Wind Speed'],
        at: 'start',
      });
      expect(Math.max(...power.values)).toBeGreaterThan(0.5);
      expect(power.values[0]).toBe(0);
    }
  });

  it('NSRDB as a five-minute table, SURFRAD cut to columns, yearly and one-second shapes', () => {
    const five = onlyTable(readNsrdb(shared('profiles/samples/nsrdb_psm4_2023-01-01_5min.csv')).tables);
    expect(five.GHI.values).toHaveLength(288);
    expect(five['Clearsky GHI']).toMatchObject({ unit: 'W/m2', stepSeconds: 300 });
    const start = Date.parse('2016-01-01T00:00:00Z') / 1000;
    const options = { timeColumn: 'minute_utc', timeFormat: 'minutes', startUnixSeconds: start, timeZone: UTC, missing: 'interpolate' } as const;
    const surfrad = onlyTable(readColumns(shared('profiles/samples/surfrad_alamosa_2016-01-01_1min.csv'), options));
    expect(surfrad.ghi_Wm2).toMatchObject({ unit: 'W/m2', stepSeconds: 60 });
    expect(surfrad.ghi_Wm2.values).toHaveLength(1440);
    const alamosa = { latitudeDegrees: 37.7, longitudeDegrees: -105.92, altitudeMetres: 2317 };
    expect(Math.abs(solarPosition(start, alamosa).zenithDegrees - surfrad.zenith_deg.values[0])).toBeLessThan(0.3);
    const hours = { timeColumn: 'hour', timeFormat: 'hours', startUnixSeconds: 0, timeZone: UTC } as const;
    expect(onlyTable(readColumns(shared('profiles/opendss/loadshapes_8760.csv'), hours)).shape2.values).toHaveLength(8760);
    const second = readValues(shared('profiles/opendss/pv_1s_2900.csv'), { heading: true, startUnixSeconds: 0, stepSeconds: 1, timeZone: UTC });
    expect(second.values).toHaveLength(2900);
    const home = readValues(shared('feeders/eulv/Daily_1min_100profiles/load_profile_1.txt'), {
      startUnixSeconds: 0,
      stepSeconds: 60,
      timeZone: UTC,
    });
    expect(home.values).toHaveLength(1440);
  });
});

describe('clocks that are put on and back', () => {
  const rows = (...times: string[]): string => `time,a\n${times.map((time, i) => `${time},${i}`).join('\n')}\n`;
  const read = (...times: string[]): number[] => Array.from(onlyTable(readColumns(rows(...times), { timeZone: PACIFIC_TIME })).a.values);

  it('the hour that they show twice comes twice', () => {
    expect(read('2023-11-05 00:00', '2023-11-05 01:00', '2023-11-05 01:00', '2023-11-05 02:00')).toEqual([0, 1, 2, 3]);
  });

  it('a row that stands twice on any other day is refused, and moves nothing', () => {
    expect(() => read('2023-02-20 21:00', '2023-02-20 22:00', '2023-02-20 22:00', '2023-02-20 23:00')).toThrow(/rise|after/);
    expect(() => read('2023-07-05 21:00', '2023-07-05 22:00', '2023-07-05 22:00')).toThrow(/rise|after/);
  });

  it('a time that they leave out is refused', () => {
    expect(() => read('2023-03-12 01:00', '2023-03-12 02:00', '2023-03-12 03:00')).toThrow(/leave out "2023-03-12 02:00"/);
    expect(read('2023-03-12 01:00', '2023-03-12 03:00', '2023-03-12 04:00')).toEqual([0, 1, 2]);
  });
});
