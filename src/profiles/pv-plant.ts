/** A PV plant at a site: from a moment, the sky and the weather to power. */
import { checkKeys, checkObject, checkWord, describeValue, InputError, nearestFirst } from '../grid/index.js';
import type { RandomStream } from '../numeric/index.js';
import { type CloudModel, CloudProcess } from './clouds.js';
import { checkSeries, type Series, seriesValueAt } from './series.js';
import { checkSite, type Site } from './site.js';
import {
  absoluteAirMass,
  cellTemperatureSapm,
  combinedLosses,
  dayOfYearUtc,
  dcPower,
  erbs,
  extraterrestrialSpencer,
  type Irradiance,
  ineichen,
  inverterPower,
  type PlaneOrientation,
  planeIrradiance,
  pressureAtAltitude,
  relativeAirMass,
  SAPM_MOUNTINGS,
  type SapmMounting,
  SKY_MODELS,
  type SkyDiffuseModel,
  type SolarPosition,
  solarPosition,
} from './sun/index.js';
import { BAY_AREA_TEMPERATURE, expectedTemperature } from './temperature.js';
import { localDayStart, nextLocalDay } from './time-zone.js';

/** A plant. */
export interface PvPlant {
  plane: PlaneOrientation;
  /** Of the modules at 1000 W/m2 and 25 C. */
  ratedDcKw: number;
  /** Of the inverter: the most it delivers. */
  ratedAcKw: number;
  /** Change of power by temperature, 1/C. */
  gammaPerC: number;
  /** Nominal efficiency of the inverter. */
  inverterEfficiency: number;
  /** Share lost between modules and inverter, 0 to 1. */
  losses: number;
  mounting: SapmMounting;
  skyModel: SkyDiffuseModel;
}

const PLANT_NAMES = ['plane', 'ratedDcKw', 'ratedAcKw', 'gammaPerC', 'inverterEfficiency', 'losses', 'mounting', 'skyModel'];

/** A plant by its two ratings: facing south at 20 degrees, PVWatts' losses and coefficients. Throws InputError for what cannot be. */
export function pvPlant(ratedDcKw: number, ratedAcKw = ratedDcKw, change: Partial<PvPlant> = {}): PvPlant {
  checkKeys('a plant', 'property', change, PLANT_NAMES);
  const plant: PvPlant = {
    plane: { tiltDegrees: 20, azimuthDegrees: 180 },
    ratedDcKw,
    ratedAcKw,
    gammaPerC: -0.004,
    inverterEfficiency: 0.96,
    losses: combinedLosses(),
    mounting: SAPM_MOUNTINGS['open-rack-glass-polymer'],
    skyModel: 'hay-davies',
    ...change,
  };
  const check = (property: keyof PvPlant, fine: boolean, must: string): void => {
    if (!fine) throw new InputError(`is ${describeValue(plant[property])}; it must be ${must}`, { element: 'pvPlant', property });
  };
  const { tiltDegrees, azimuthDegrees } = plant.plane ?? {};
  check('plane', Number.isFinite(tiltDegrees) && Number.isFinite(azimuthDegrees), '{ tiltDegrees, azimuthDegrees }, two numbers');
  check('ratedDcKw', plant.ratedDcKw >= 0 && plant.ratedDcKw < Number.POSITIVE_INFINITY, 'a number from 0');
  check('ratedAcKw', plant.ratedAcKw > 0 && plant.ratedAcKw < Number.POSITIVE_INFINITY, 'a number above 0');
  check('inverterEfficiency', plant.inverterEfficiency > 0 && plant.inverterEfficiency <= 1, 'above 0 and at most 1');
  check('losses', plant.losses >= 0 && plant.losses < 1, 'from 0 and below 1');
  check('gammaPerC', Number.isFinite(plant.gammaPerC), 'a number');
  const { a, b, deltaC } = plant.mounting ?? {};
  check('mounting', [a, b, deltaC].every(Number.isFinite), '{ a, b, deltaC }, three numbers, as in SAPM_MOUNTINGS');
  checkWord('skyModel of a plant', plant.skyModel, SKY_MODELS);
  return plant;
}

/** What a site's sky gives at a moment. */
export interface SkyMoment extends Irradiance {
  sun: SolarPosition;
  /** Above the atmosphere, on a plane facing the sun, W/m2. */
  extraterrestrial: number;
  airMassRelative: number | undefined;
}

/**
 * The sun and the irradiance at a site. With a clear-sky index GHI is that many times the clear sky's and split by Erbs; without, the sky is clear and split by Ineichen.
 *
 * @param clearSkyIndex from 0
 */
export function skyAt(site: Site, unixSeconds: number, clearSkyIndex?: number): SkyMoment {
  checkObject('a site', site, 'a Site, as SANTA_CLARA is');
  const pressurePascal = pressureAtAltitude(site.altitudeMetres);
  const sun = solarPosition(unixSeconds, site, { pressurePascal });
  const extraterrestrial = extraterrestrialSpencer(dayOfYearUtc(unixSeconds));
  const airMassRelative = relativeAirMass(sun.apparentZenithDegrees);
  const clear = ineichen({
    apparentZenithDegrees: sun.apparentZenithDegrees,
    airMassAbsolute: absoluteAirMass(airMassRelative, pressurePascal),
    linkeTurbidity: site.linkeTurbidity,
    altitudeMetres: site.altitudeMetres,
    extraterrestrial,
  });
  if (clearSkyIndex === undefined) return { ...clear, sun, extraterrestrial, airMassRelative };
  const { globalHorizontal, directNormal, diffuseHorizontal } = erbs(clearSkyIndex * clear.globalHorizontal, sun.zenithDegrees, extraterrestrial);
  return { globalHorizontal, directNormal, diffuseHorizontal, sun, extraterrestrial, airMassRelative };
}

/** Weather at the modules. */
export interface ModuleWeather {
  airTemperatureC: number;
  windMetresPerSecond: number;
}

/** Power that a plant delivers under a sky, kW. */
export function pvPower(plant: PvPlant, albedo: number, sky: SkyMoment, weather: ModuleWeather): number {
  checkObject('a plant', plant, 'what pvPlant(...) returns');
  checkObject('a sky', sky, 'what skyAt(...) returns');
  checkObject('the weather at the modules', weather, '{ airTemperatureC, windMetresPerSecond }');
  checkObject('the sun of a sky', sky.sun, 'what skyAt(...) returns');
  const light = planeIrradiance(
    {
      plane: plant.plane,
      zenithDegrees: sky.sun.apparentZenithDegrees,
      azimuthDegrees: sky.sun.azimuthDegrees,
      globalHorizontal: sky.globalHorizontal,
      directNormal: sky.directNormal,
      diffuseHorizontal: sky.diffuseHorizontal,
      extraterrestrial: sky.extraterrestrial,
      airMassRelative: sky.airMassRelative,
    },
    albedo,
    plant.skyModel,
  );
  const cell = cellTemperatureSapm({ irradiance: light.total, ...weather }, plant.mounting);
  const dc = dcPower(light.total, cell, plant.ratedDcKw, plant.gammaPerC) * (1 - plant.losses);
  return inverterPower(dc, plant.ratedAcKw / plant.inverterEfficiency, plant.inverterEfficiency);
}

/** Irradiance measured at a site: series that cover the time asked for. */
export interface MeasuredIrradiance {
  globalHorizontal: Series;
  directNormal: Series;
  diffuseHorizontal: Series;
}

/** What {@link pvSeries} takes besides site and plant. */
export interface PvSeriesOptions {
  /** Where in a step the sun is looked at: its `middle` (default) or its `start`. */
  at?: 'middle' | 'start';
  /** Clear-sky indices, one a step; or a chain of clouds with a stream of random numbers. Without either the sky is clear. */
  clouds?: Float64Array | { model: CloudModel; stream: RandomStream };
  /** Irradiance measured, in place of the clear-sky model; taken by `hold` at the moment looked at. */
  irradiance?: MeasuredIrradiance;
  /** Temperature of the air, C: a series or a number; default what is expected around San Francisco Bay. */
  airTemperatureC?: Series | number;
  /** Wind at the modules, m/s: a series or a number; default 2. */
  windMetresPerSecond?: Series | number;
  name?: string;
}

const SERIES_NAMES = ['at', 'clouds', 'irradiance', 'airTemperatureC', 'windMetresPerSecond', 'name'];

/** Clear-sky indices of steps of any length from a chain: the state of the chain's step that holds at the moment. */
function cloudIndices(count: number, stepSeconds: number, model: CloudModel, stream: RandomStream): Float64Array {
  const sky = new CloudProcess(model, stream);
  const indices = new Float64Array(count);
  let done = 0;
  for (let i = 0; i < count; i++) {
    const wanted = Math.floor((i * stepSeconds) / model.stepSeconds + 1e-9);
    for (; done < wanted; done++) sky.advance();
    indices[i] = sky.index();
  }
  return indices;
}

function checkWeather(given: Series | number | undefined): void {
  if (typeof given === 'object') checkSeries(given);
  else if (given !== undefined && !Number.isFinite(given))
    throw new InputError(`temperature or wind is ${describeValue(given)}; it must be a number`);
}

function valueOf(given: Series | number, unixSeconds: number): number {
  return typeof given === 'number' ? given : seriesValueAt(given, unixSeconds, 'hold');
}

/**
 * Power of a plant as a series, kW.
 *
 * Throws InputError for a step or count that are none, a site or plant that cannot be, series that do not cover the time.
 */
export function pvSeries(
  site: Site,
  plant: PvPlant,
  startUnixSeconds: number,
  stepSeconds: number,
  count: number,
  options: PvSeriesOptions = {},
): Series {
  checkSite(site);
  checkObject('a plant', plant, 'what pvPlant(...) returns');
  checkKeys('pvSeries', 'option', options, SERIES_NAMES);
  if (options.at !== undefined) checkWord('at of pvSeries', options.at, ['middle', 'start']);
  if (!(typeof stepSeconds === 'number' && stepSeconds > 0) || !Number.isFinite(startUnixSeconds))
    throw new InputError(`a step of ${describeValue(stepSeconds)} s from ${describeValue(startUnixSeconds)}`);
  if (!(Number.isInteger(count) && count > 0)) throw new InputError(`${describeValue(count)} steps; their number must be whole and above 0`);
  const { clouds, irradiance, airTemperatureC, windMetresPerSecond = 2 } = options;
  if (clouds !== undefined) checkObject('clouds of pvSeries', clouds, 'a Float64Array of clear-sky indices, or { model, stream }');
  if (clouds && !(clouds instanceof Float64Array)) checkKeys('clouds of pvSeries', 'property', clouds, ['model', 'stream']);
  if (irradiance !== undefined)
    checkKeys('irradiance of pvSeries', 'property', irradiance, ['globalHorizontal', 'directNormal', 'diffuseHorizontal']);
  const indices = clouds && !(clouds instanceof Float64Array) ? cloudIndices(count, stepSeconds, clouds.model, clouds.stream) : clouds;
  if (indices && indices.length < count) throw new InputError(`${indices.length} clear-sky indices for ${count} steps`, { property: 'clouds' });
  const wrong = indices?.findIndex((index) => !(index >= 0 && index < Number.POSITIVE_INFINITY)) ?? -1;
  if (wrong >= 0) throw new InputError(`clear-sky index ${wrong + 1} is ${indices?.[wrong]}; it must be a number from 0`, { property: 'clouds' });
  for (const given of [airTemperatureC, windMetresPerSecond]) checkWeather(given);
  if (irradiance) for (const given of [irradiance.globalHorizontal, irradiance.directNormal, irradiance.diffuseHorizontal]) checkSeries(given);
  const shift = options.at === 'start' ? 0 : 0.5 * stepSeconds;
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const time = startUnixSeconds + i * stepSeconds + shift;
    const sky = skyAt(site, time, indices?.[i]);
    if (irradiance) {
      sky.globalHorizontal = seriesValueAt(irradiance.globalHorizontal, time, 'hold');
      sky.directNormal = seriesValueAt(irradiance.directNormal, time, 'hold');
      sky.diffuseHorizontal = seriesValueAt(irradiance.diffuseHorizontal, time, 'hold');
    }
    const air = airTemperatureC === undefined ? expectedTemperature(BAY_AREA_TEMPERATURE, site.timeZone, time) : valueOf(airTemperatureC, time);
    values[i] = pvPower(plant, site.albedo, sky, { airTemperatureC: air, windMetresPerSecond: valueOf(windMetresPerSecond, time) });
  }
  return { name: options.name ?? 'pv', startUnixSeconds, stepSeconds, timeZone: site.timeZone, unit: 'kW', values };
}

/** Power of a plant over one local day of its site, `2023-06-21`. Throws InputError. */
export function pvDay(site: Site, plant: PvPlant, date: string, stepSeconds = 900, options: PvSeriesOptions = {}): Series {
  checkSite(site);
  if (!(typeof stepSeconds === 'number' && stepSeconds > 0)) throw new InputError(`a step of ${describeValue(stepSeconds)} s; give a number above 0`);
  const start = localDayStart(site.timeZone, date);
  const count = (nextLocalDay(site.timeZone, start) - start) / stepSeconds;
  return pvSeries(site, plant, start, stepSeconds, count, options);
}

/** Measured irradiance of a table of a weather reader (columns GHI, DNI, DHI). Throws InputError naming a column that is not there. */
export function measuredIrradiance(table: Readonly<Record<string, Series>>): MeasuredIrradiance {
  checkObject('a table', table, 'one of the tables of readNsrdb(...) or readSurfrad(...)');
  const column = (name: string): Series => {
    const found = table[name];
    if (!found) throw new InputError(`there is no column "${name}"; there are ${nearestFirst(name, Object.keys(table)).join(', ')}`);
    return found;
  };
  return { globalHorizontal: column('GHI'), directNormal: column('DNI'), diffuseHorizontal: column('DHI') };
}
