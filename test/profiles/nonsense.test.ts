/** Every public function of the profiles with nonsense in the place of each of its arguments. */
import { describe, expect, it } from 'vitest';
import { ControlSystem } from '../../src/controls/index.js';
import { loadFeeder } from '../../src/feeders/index.js';
import type { LoadShape, Storage } from '../../src/grid/index.js';
import { createSolver } from '../../src/powerflow/index.js';
import * as profiles from '../../src/profiles/index.js';
import { callable, refusesNonsense } from '../nonsense.js';

const { BAY_AREA_TEMPERATURE, BETA_CLEAR_SKY_INDEX, CLOUD_MODELS, DEFAULT_WANDERING, PACIFIC_TIME, SANTA_CLARA, SAPM_MOUNTINGS, UTC } = profiles;

const stream = (): profiles.RandomStream => new profiles.RandomStream(1, 0, 'test');
const out = (): Float64Array => new Float64Array(4);
const series = (): profiles.Series =>
  profiles.makeSeries({ name: 's', startUnixSeconds: 0, stepSeconds: 3600, timeZone: UTC, unit: 'pu', values: Array(48).fill(1) });
const noise = { mean: 0, standardDeviation: 1, timeConstantSeconds: 60 };
const battery: profiles.Battery = {
  ...{ maxChargeKw: 1, maxDischargeKw: 1, minimumKwh: 0, maximumKwh: 1 },
  ...{ chargeEfficiency: 1, dischargeEfficiency: 1 },
};
const storage = { ratedKw: 5, ratedKwh: 10, reservePercent: 20, chargeEfficiencyPercent: 90, dischargeEfficiencyPercent: 90 } as unknown as Storage;
const conditions = { irradiance: 800, airTemperatureC: 20, windMetresPerSecond: 2 };
const plane = { tiltDegrees: 20, azimuthDegrees: 180 };
const noon = 1_687_377_600;
const sky = (): profiles.SkyMoment => profiles.skyAt(SANTA_CLARA, noon);
const light = {
  plane,
  zenithDegrees: 30,
  azimuthDegrees: 180,
  globalHorizontal: 800,
  directNormal: 700,
  diffuseHorizontal: 100,
  extraterrestrial: 1366,
};
const clear = { apparentZenithDegrees: 30, airMassAbsolute: 1.2, linkeTurbidity: 3, altitudeMetres: 0, extraterrestrial: 1366 };
const turbine = { shape: 'cubic', ratedKw: 10, cutIn: 3, ratedSpeed: 12, cutOut: 25 };
const table = (): profiles.TabulatedTurbine =>
  profiles.tabulatedTurbine([
    [3, 0],
    [12, 10],
  ]);
const text = 'time,load [kW]\n2023-06-21 00:00Z,1\n2023-06-21 01:00Z,2\n';
const nsrdb = 'Year,Month,Day,Hour,Minute,GHI,DNI,DHI\n2023,6,21,0,0,1,2,3\n2023,6,21,1,0,1,2,3\n';
const surfradRow = (minute: number): string => `2023 172 6 21 0 ${minute} 0.0 30.0 ${Array(20).fill('1 0').join(' ')}`;
const surfrad = `Station\n40.0 -88.0 200 m\n${surfradRow(0)}\n${surfradRow(1)}\n`;
const script = 'new loadshape.a npts=2 interval=1 mult=[1 2]\n';
const files = { read: () => script, exists: () => true, size: () => script.length };
const shape: LoadShape = { name: 'a', intervalHours: 1, active: Float64Array.of(1, 2), useActual: false };
const system = async (): Promise<ControlSystem> => new ControlSystem(createSolver(await loadFeeder('ieee13')));
const columns = async (): Promise<profiles.TimeSeriesColumns> =>
  profiles.runTimeSeries(await system(), { mode: 'daily', steps: 1, stepSeconds: 3600 }).columns;

const CALLS: Readonly<Record<string, () => readonly unknown[] | Promise<readonly unknown[]>>> = {
  CloudProcess: () => [CLOUD_MODELS.hourly, stream()],
  LoadScales: () => [3, DEFAULT_WANDERING, 60, stream()],
  Recorder: async () => {
    const one = await system();
    one.solver.solve();
    return [one.solver, 1];
  },
  batteryOfStorage: () => [storage],
  betaQuantile: () => [BETA_CLEAR_SKY_INDEX.year],
  californiaHomesDay: () => [6],
  cellNumber: () => [{ text: '1', column: 1 }, 'load', 'a.csv', 1],
  cellTemperatureFaiman: () => [conditions],
  cellTemperatureNoctSam: () => [conditions],
  cellTemperaturePvsyst: () => [conditions],
  cellTemperatureRoss: () => [conditions],
  cellTemperatureSapm: () => [conditions, SAPM_MOUNTINGS['open-rack-glass-glass']],
  checkBattery: () => [battery],
  checkCloudModel: () => [CLOUD_MODELS.hourly],
  checkOrnsteinUhlenbeck: () => [noise, 60],
  checkResampleMethod: () => ['hold'],
  checkSeries: () => [series()],
  checkSite: () => [SANTA_CLARA],
  checkTimeZone: () => [UTC],
  clearSky: () => [{ ...clear, pressurePascal: 101325 }],
  combinedLosses: () => [{ soiling: 2 }],
  contentLines: () => [text, 'a.csv'],
  dayShapeSeries: () => [profiles.homesDay(), '2023-06-21', PACIFIC_TIME],
  durationSeconds: () => [series()],
  endUnixSeconds: () => [series()],
  expectedTemperature: () => [BAY_AREA_TEMPERATURE, PACIFIC_TIME, noon],
  fillBetaIndex: () => [out(), BETA_CLEAR_SKY_INDEX.year, 60, stream()],
  fillClearSkyIndex: () => [out(), CLOUD_MODELS.hourly, stream()],
  fillCorrelatedScales: () => [out(), { mean: 1, standardDeviation: 0.1, correlation: 0.5 }, stream()],
  fillDelayedIndex: () => [out(), out(), 60, 30],
  fillFromCopula: () => [out(), (below: number) => below, 60, 600, stream()],
  fillOrnsteinUhlenbeck: () => [out(), noise, 60, stream()],
  fillTemperature: () => [out(), BAY_AREA_TEMPERATURE, noon, 60, PACIFIC_TIME, stream()],
  fillUniformScales: () => [out(), 0, 1, stream()],
  fillWanderingLoads: () => [out(), [1, 1], 2, DEFAULT_WANDERING, 60, stream()],
  fillWindSpeed: () => [out(), { meanMetresPerSecond: 6 }, 60, stream()],
  fixedOffset: () => [1],
  fromLoadShape: () => [shape, 0, UTC],
  genericTurbinePower: () => [turbine, 8],
  geocentricSun: () => [noon],
  homesDay: () => [],
  inPerUnit: () => [series()],
  incidenceAngle: () => [plane, 30, 180],
  incidenceProjection: () => [plane, 30, 180],
  ineichen: () => [clear],
  isoTime: () => [UTC, noon],
  localClock: () => [UTC, noon],
  localDate: () => [UTC, noon],
  localDayStart: () => [UTC, '2023-06-21'],
  makeSeries: () => [series()],
  measuredIrradiance: () => [{ GHI: series(), DNI: series(), DHI: series() }],
  moduleTemperatureSapm: () => [conditions, SAPM_MOUNTINGS['open-rack-glass-glass']],
  namedColumns: async () => [await columns()],
  nextLocalDay: () => [UTC, noon],
  onlyTable: () => [[{ a: series() }]],
  plainNumber: () => ['1.5'],
  planeIrradiance: () => [light, 0.2, 'perez'],
  pvDay: () => [SANTA_CLARA, profiles.pvPlant(1), '2023-06-21', 3600, { at: 'start' }],
  pvPlant: () => [1, 1, { losses: 0.1 }],
  pvPower: () => [profiles.pvPlant(1), 0.2, sky(), { airTemperatureC: 20, windMetresPerSecond: 2 }],
  pvSeries: () => [SANTA_CLARA, profiles.pvPlant(1), noon, 900, 4, { clouds: { model: CLOUD_MODELS.hourly, stream: stream() } }],
  readColumns: () => [text, { gaps: 'split' }],
  readNsrdb: () => [nsrdb, { timeZone: UTC }],
  readOpenDssShapes: () => ['a.dss', files, 0, UTC],
  readSurfrad: () => [surfrad, { missing: 'interpolate' }],
  readValues: () => ['1\n2\n', { startUnixSeconds: 0, stepSeconds: 60, timeZone: UTC }],
  relativeAirMass: () => [30, 'simple'],
  resample: () => [series(), 7200, 'mean'],
  resampledDay: () => [profiles.homesDay(), 24, 'linear'],
  runTimeSeries: async () => [await system(), { mode: 'daily', steps: 1, stepSeconds: 3600 }],
  runTimeSeriesAsync: async () => [await system(), { mode: 'daily', steps: 1, stepSeconds: 3600 }],
  scaledSeries: () => [series(), 2, 'kW'],
  separatorOf: () => ['a,b'],
  seriesToCsv: () => [[series()]],
  seriesValueAt: () => [series(), 0, 'linear'],
  skyAt: () => [SANTA_CLARA, noon],
  skyDiffuse: () => [light, 'klucher'],
  sliceLocalDay: () => [series(), '1970-01-01'],
  sliceSeries: () => [series(), 0, 3600],
  solarPosition: () => [noon, SANTA_CLARA, { temperatureC: 20 }],
  splitCells: () => ['a,b', ','],
  stateOfCharge: () => [battery, 1],
  stationaryShares: () => [[[1]]],
  stepBattery: () => [battery, 1, 1, 1, { powerKw: 0, storedKwh: 0, lossKwh: 0 }],
  sunEvents: () => [noon, SANTA_CLARA],
  systemDay: () => [6, 'weekend'],
  tabulatedTurbine: () => [
    [
      [3, 0],
      [12, 10],
    ],
  ],
  tabulatedTurbinePower: () => [table(), 5],
  toCsv: async () => [await columns()],
  toLoadShape: () => [series(), true],
  turbineAtDensity: () => [table(), 1.1],
  unixSecondsAt: () => [UTC, 2023, 6, 21],
  utcOffsetSeconds: () => [PACIFIC_TIME, noon],
  wholeLocalDays: () => [series()],
};

/** Formulas of plain numbers, which take whatever JavaScript makes a number of; streams say what is wrong with a RangeError of theirs. */
const FORMULAS = [
  ...['RandomStream', 'absoluteAirMass', 'airDensityBarometric', 'airDensityIdealGas', 'analyticAzimuth', 'analyticZenith', 'betaOfMoments'],
  ...['clearnessIndex', 'cloudCorrelation', 'cloudDelaySeconds', 'cloudLengthKm', 'correlationAfter', 'dayOfYearUtc', 'dcPower', 'disc', 'erbs'],
  ...['declinationCooper', 'declinationSpencer', 'equationOfTimePvcdrom', 'equationOfTimeSpencer', 'extraterrestrialAsce'],
  ...['extraterrestrialAtDistance', 'extraterrestrialSpencer', 'groundDiffuse', 'haurwitz', 'hellmannExponent', 'homesDeviation'],
  ...['hourAngle', 'incidenceModifierAshrae', 'incidenceModifierMartinRuiz', 'incidenceModifierPhysical', 'inverterPower'],
  ...['largestClearSkyIndex', 'pressureAtAltitude', 'refractionDegrees', 'timeConstantOf', 'twoStateTransitions', 'weibullQuantile', 'weibullScale'],
  ...['windAtHubLogarithmic', 'windAtHubPower'],
];

describe('profiles, with nonsense for each argument', () => {
  it('are all called', () => {
    const functions = Object.entries(profiles).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
    expect(functions.filter((name) => !(name in CALLS) && !FORMULAS.includes(name))).toEqual([]);
  });

  for (const [name, values] of Object.entries(CALLS)) refusesNonsense(name, { call: callable(profiles, name), values });
});

describe('what moves on step by step', () => {
  const clouds = new profiles.CloudProcess(CLOUD_MODELS.hourly, stream());
  const scales = new profiles.LoadScales(3, DEFAULT_WANDERING, 60, stream());
  refusesNonsense('CloudProcess.restore', { call: (snapshot) => clouds.restore(snapshot as never), values: () => [clouds.snapshot()] });
  refusesNonsense('LoadScales.restore', { call: (snapshot) => scales.restore(snapshot as never), values: () => [scales.snapshot()] });
});
