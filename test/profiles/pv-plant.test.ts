/** A plant from end to end, and loads scaled by chance. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  CLOUD_MODELS,
  DEFAULT_WANDERING,
  fillCorrelatedScales,
  fillUniformScales,
  fillWanderingLoads,
  homesDay,
  homesDeviation,
  LoadScales,
  makeSeries,
  measuredIrradiance,
  PACIFIC_TIME,
  pvDay,
  pvPlant,
  pvSeries,
  RandomStream,
  SANTA_CLARA,
  skyAt,
} from '../../src/profiles/index.js';
import { expectNear } from './near.js';
import { autocorrelation, expectWithin, mean, standardDeviation } from './statistics.js';

const FOLDER = ['../../../shared/reference/solar']
  .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
  .find((folder) => existsSync(folder));

describe.skipIf(!FOLDER)('a plant of 1 MW from the moment to the grid (skipped without ../shared/reference/solar)', () => {
  it.each(['hourly_2023-03-21', 'hourly_2023-06-21', 'hourly_2023-09-22', 'hourly_2023-12-21', 'hourly_cloudy_2023-03-21', 'five_minute_2023-06-21'])(
    '%s',
    (name) => {
      const day = JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8')) as { step_minutes: number; columns: Record<string, number[]> };
      const { columns: c, step_minutes: minutes } = day;
      const start = c.unix_s[0];
      const series = (values: number[], unit: string) =>
        makeSeries({ name: unit, startUnixSeconds: start, stepSeconds: minutes * 60, timeZone: PACIFIC_TIME, unit, values });
      const options = {
        at: 'start',
        airTemperatureC: series(c.input_temp_air_C, 'C'),
        windMetresPerSecond: series(c.input_wind_speed_mps, 'm/s'),
        clouds: c.input_clear_sky_index && Float64Array.from(c.input_clear_sky_index),
      } as const;
      const run = (plant: ReturnType<typeof pvPlant>) => pvSeries(SANTA_CLARA, plant, start, minutes * 60, c.unix_s.length, options).values;
      const lossless = run(pvPlant(1000, 1000, { losses: 0 }));
      const clipped = run(pvPlant(1000, 1000 / 1.2, { losses: 0 }));
      const usual = run(pvPlant(1000));
      for (let i = 0; i < c.unix_s.length; i++) {
        // In kW: 1e-6 of 1 kW.
        expectNear(lossless[i], c.ac_A_sapm_haydavies_W[i] / 1000, 1e-6, `AC, step ${i}`);
        expectNear(clipped[i], c.ac_B_sapm_haydavies_W[i] / 1000, 1e-6, `AC of the smaller inverter, step ${i}`);
        expectNear(usual[i], c.ac_A_sapm_haydavies_after_losses_W[i] / 1000, 1e-6, `AC after losses, step ${i}`);
      }
    },
  );
});

describe('a plant', () => {
  it('a clear midsummer day in Santa Clara', () => {
    const day = pvDay(SANTA_CLARA, pvPlant(1), '2023-06-21');
    expect(day).toMatchObject({ stepSeconds: 900, unit: 'kW', timeZone: PACIFIC_TIME });
    expect(day.values).toHaveLength(96);
    expect([...day.values.subarray(0, 22)]).toEqual(new Array(22).fill(0));
    const energy = day.values.reduce((sum, kw) => sum + kw / 4, 0);
    expect(energy).toBeGreaterThan(5.5);
    expect(energy).toBeLessThan(7.3);
    const noon = day.values.indexOf(Math.max(...day.values));
    expect(noon).toBeGreaterThan(48);
    expect(noon).toBeLessThan(56);
  });

  it('night is dark under any index; day grows with it', () => {
    const noon = Date.parse('2023-06-21T13:00:00-07:00') / 1000;
    expect(skyAt(SANTA_CLARA, noon - 43200, 1.2)).toMatchObject({ globalHorizontal: 0, directNormal: 0, diffuseHorizontal: 0 });
    const ghi = [0, 0.3, 0.7, 1, 1.2].map((k) => skyAt(SANTA_CLARA, noon, k).globalHorizontal);
    expect(ghi[3]).toBeCloseTo(skyAt(SANTA_CLARA, noon).globalHorizontal, 10);
    for (let i = 1; i < ghi.length; i++) expect(ghi[i]).toBeGreaterThan(ghi[i - 1]);
  });

  it('clouds of one seed are one day; others another', () => {
    const day = (seed: number, environment = 0) =>
      pvDay(SANTA_CLARA, pvPlant(1), '2023-03-21', 900, {
        clouds: { model: CLOUD_MODELS.hourly, stream: new RandomStream(seed, environment, 'clouds') },
      }).values;
    const clear = pvDay(SANTA_CLARA, pvPlant(1), '2023-03-21').values;
    expect([...day(1)]).toEqual([...day(1)]);
    expect([...day(1)]).not.toEqual([...day(2)]);
    expect([...day(1)]).not.toEqual([...day(1, 1)]);
    day(1).forEach((kw, i) => {
      if (clear[i] === 0) expect(kw).toBe(0);
      expect(kw >= 0 && kw <= 1).toBe(true);
    });
  });

  it('from measured irradiance', () => {
    const start = Date.parse('2023-06-21T12:00:00-07:00') / 1000;
    const constant = (value: number) =>
      makeSeries({ name: 'x', startUnixSeconds: start, stepSeconds: 3600, timeZone: PACIFIC_TIME, unit: 'W/m2', values: [value] });
    const table = { GHI: constant(900), DNI: constant(800), DHI: constant(100) };
    const bright = pvSeries(SANTA_CLARA, pvPlant(1), start, 900, 4, { irradiance: measuredIrradiance(table), airTemperatureC: 20 }).values;
    const dark = { GHI: constant(0), DNI: constant(0), DHI: constant(0) };
    expect(Math.min(...bright)).toBeGreaterThan(0.6);
    expect([...pvSeries(SANTA_CLARA, pvPlant(1), start, 900, 4, { irradiance: measuredIrradiance(dark) }).values]).toEqual([0, 0, 0, 0]);
    expect(() => pvSeries(SANTA_CLARA, pvPlant(1), start, 900, 5, { irradiance: measuredIrradiance(table) })).toThrow('has no value at');
    expect(() => measuredIrradiance({ GHI: constant(1) })).toThrow('there is no column "DNI"; there are GHI');
  });

  it('refuses what cannot be', () => {
    expect(() => pvPlant(-1)).toThrow('pvPlant.ratedDcKw: is -1; it must be a number from 0');
    expect(() => pvPlant(1, 0)).toThrow('ratedAcKw');
    expect(() => pvPlant(1, 1, { losses: 1 })).toThrow('losses');
    expect(() => pvSeries({ ...SANTA_CLARA, latitudeDegrees: 91 }, pvPlant(1), 0, 900, 1)).toThrow(
      'site.Santa Clara, California.latitudeDegrees: is 91',
    );
    expect(() => pvSeries(SANTA_CLARA, pvPlant(1), 0, 0, 1)).toThrow('a step of 0 s');
    expect(() => pvSeries(SANTA_CLARA, pvPlant(1), 0, 900, 0)).toThrow('0 steps');
    expect(() => pvSeries(SANTA_CLARA, pvPlant(1), 0, 900, 2, { clouds: Float64Array.of(1) })).toThrow('1 clear-sky indices for 2 steps');
    expect(() => pvSeries(SANTA_CLARA, pvPlant(1), 0, 900, 1, { clouds: Float64Array.of(Number.NaN) })).toThrow('clouds: clear-sky index 1 is NaN');
    expect(() => pvSeries(SANTA_CLARA, pvPlant(1), 0, 900, 1, { airTemperatureC: Number.NaN })).toThrow('temperature or wind is NaN');
    expect(() => pvSeries(SANTA_CLARA, pvPlant(1), 1e12, 900, 1)).toThrow('from the year -2000 to 6000');
  });
});

describe('loads scaled by chance', () => {
  it('evenly, each its own', () => {
    const n = 20_000;
    const scales = fillUniformScales(new Float64Array(n), 0.8, 1.2, new RandomStream(5));
    expect(scales.every((scale) => scale >= 0.8 && scale < 1.2)).toBe(true);
    expectWithin(mean(scales), 1, 0.4 / Math.sqrt(12 * n), 'mean');
    expect(() => fillUniformScales(scales, 1, 0.5, new RandomStream(5))).toThrow('scales from 1 to 0.5');
  });

  it('correlated', () => {
    const sets = 4000;
    const first = new Float64Array(sets);
    const second = new Float64Array(sets);
    for (let e = 0; e < sets; e++) {
      const pair = fillCorrelatedScales(new Float64Array(2), { mean: 1, standardDeviation: 0.1, correlation: 0.6 }, new RandomStream(5, e));
      [first[e], second[e]] = pair;
    }
    expectWithin(mean(first), 1, 0.1 / Math.sqrt(sets), 'mean');
    expectWithin(standardDeviation(second), 0.1, 0.1 / Math.sqrt(2 * sets), 'deviation');
    const product = first.map((value, e) => ((value - 1) * (second[e] - 1)) / 0.01);
    expectWithin(mean(product), 0.6, Math.sqrt((1 + 0.36) / sets), 'correlation');
    expect(() => fillCorrelatedScales(first, { mean: 1, standardDeviation: 0.1, correlation: 2 }, new RandomStream(1))).toThrow('correlation 2');
  });

  it('wandering: deviation and correlation of the sum of two processes, none below 0', () => {
    const steps = 20_000;
    const loads = 3;
    const out = fillWanderingLoads(
      new Float64Array(steps * loads),
      new Float64Array(steps).fill(1),
      loads,
      DEFAULT_WANDERING,
      60,
      new RandomStream(5, 0, 'load'),
    );
    const of = (n: number) => Float64Array.from({ length: steps }, (_, i) => out[i * loads + n]);
    const other = of(1);
    const difference = of(0).map((value, i) => value - other[i]);
    // The common part falls out of a difference; what is left has twice the variance of one's own.
    const a = Math.exp(-60 / 480);
    const independent = (steps * (1 - a * a)) / (1 + a * a);
    expectWithin(standardDeviation(difference), 0.15 * Math.SQRT2, (0.15 * Math.SQRT2) / Math.sqrt(2 * independent), 'deviation');
    expectWithin(autocorrelation(difference, 1), a, Math.sqrt((1 - a * a) / steps), 'lag 1');
    const wild = { common: DEFAULT_WANDERING.common, own: { standardDeviation: homesDeviation(1), timeConstantSeconds: 600 } };
    const clipped = fillWanderingLoads(new Float64Array(9600), homesDay().values, 100, wild, 900, new RandomStream(5));
    expect(Math.min(...clipped)).toBe(0);
    expect(() => fillWanderingLoads(new Float64Array(5), [1, 1], 2, wild, 60, new RandomStream(5))).toThrow('room for 5 numbers');
    expect(() => new LoadScales(3, { ...wild, own: [wild.own] }, 60, new RandomStream(5))).toThrow('1 processes for 3 loads');
  });

  it('one seed, one set of loads, whatever runs beside it', () => {
    const alone = new LoadScales(4, DEFAULT_WANDERING, 900, new RandomStream(5, 7, 'load'));
    const together = [3, 7, 1].map((e) => new LoadScales(4, DEFAULT_WANDERING, 900, new RandomStream(5, e, 'load')));
    for (let step = 0; step < 20; step++) {
      expect([...together[1].scales]).toEqual([...alone.scales]);
      alone.advance();
      for (const scales of together) scales.advance();
    }
    const stream = new RandomStream(5, 7, 'load');
    const scales = new LoadScales(4, DEFAULT_WANDERING, 900, stream);
    const [snapshot, position] = [scales.snapshot(), stream.state()];
    scales.advance();
    const first = [...scales.scales];
    scales.restore(snapshot);
    stream.restore(position);
    scales.advance();
    expect([...scales.scales]).toEqual(first);
  });
});

describe('a plane that is none', () => {
  it.each([[{ tiltDegrees: 20 }], [{ tiltDegrees: Number.NaN, azimuthDegrees: 0 }], [null]])('%o is refused', (plane) => {
    expect(() => pvPlant(1, 1, { plane: plane as never })).toThrow(/plane.*two numbers/);
  });
});
