/** Load and sun over the steps of an episode: of a site, with its clouds, or as given. */
import { checkKeys, checkObject, describeValue, InputError } from '../../grid/index.js';
import { normalCdf, type RandomStream } from '../../numeric/index.js';
import {
  BAY_AREA_TEMPERATURE,
  betaQuantile,
  CLOUD_MODELS,
  type CloudModel,
  checkCloudModel,
  checkSite,
  erbs,
  expectedTemperature,
  localClock,
  localDayStart,
  nextLocalDay,
  type PlaneOrientation,
  pvPlant,
  pvPower,
  resampledDay,
  SANTA_CLARA,
  type Site,
  skyAt,
  stationaryShares,
  systemDay,
} from '../../profiles/index.js';

/** What loads and PV do in an episode. */
export interface TaskProfiles {
  /** Steps of an episode, and their length. */
  readonly steps: number;
  readonly stepSeconds: number;
  /** Days among which each episode draws one. */
  readonly days: number;
  /** How far each load is at most from the common factor, as a share of it: evenly drawn anew every `spreadSteps` steps, linear between. */
  readonly loadSpread: number;
  readonly spreadSteps: number;
  /**
   * Fills an episode: `load`, the factor of all loads, and `sun`, power of PV as a share of its rated power, [step]. A function of the day and the stream's numbers alone.
   */
  fill(day: number, stream: RandomStream, load: Float64Array, sun: Float64Array): void;
}

/** Throws InputError naming what cannot be. */
export function checkProfiles(profiles: TaskProfiles): void {
  checkObject('profiles', profiles, 'what siteProfiles() or seriesProfiles(...) returns');
  const check = (property: keyof TaskProfiles, fine: boolean, must: string): void => {
    if (!fine) throw new InputError(`is ${describeValue(profiles[property])}; it must be ${must}`, { element: 'profiles', property });
  };
  check('steps', Number.isInteger(profiles.steps) && profiles.steps >= 1, 'a whole number from 1');
  check('stepSeconds', profiles.stepSeconds > 0 && profiles.stepSeconds < Number.POSITIVE_INFINITY, 'a number above 0');
  check('days', Number.isInteger(profiles.days) && profiles.days >= 1, 'a whole number from 1');
  check('loadSpread', profiles.loadSpread >= 0 && profiles.loadSpread <= 1, 'from 0 to 1');
  check('spreadSteps', Number.isInteger(profiles.spreadSteps) && profiles.spreadSteps >= 1, 'a whole number from 1');
  check('fill', typeof profiles.fill === 'function', 'a function');
}

/** Series of one's own. */
export interface SeriesProfilesOptions {
  readonly stepSeconds: number;
  /** Factor of all loads, [step]; or several days of as many steps. */
  readonly load: readonly number[] | readonly (readonly number[])[];
  /** Power of PV as a share of its rated power, likewise; 0 where it is absent. */
  readonly sun?: readonly number[] | readonly (readonly number[])[];
  /** Default 0: all loads follow the same factor. */
  readonly loadSpread?: number;
  readonly spreadSteps?: number;
}

const SERIES_NAMES = ['stepSeconds', 'load', 'sun', 'loadSpread', 'spreadSteps'];

function daysOf(name: string, given: readonly number[] | readonly (readonly number[])[]): Float64Array[] {
  const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length > 0;
  if (!isList(given)) throw new InputError(`${name} is ${describeValue(given)}; give numbers, one a step, or several such days`);
  const rows = (typeof given[0] === 'number' ? [given] : given) as readonly (readonly number[])[];
  return rows.map((row, day) => {
    if (!isList(row) || !row.every((value) => typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new InputError(`${name} of day ${day} must be numbers from 0`);
    return Float64Array.from(row);
  });
}

/** Profiles of given series. Throws InputError for what is no series, or where days differ in length or load and sun in number. */
export function seriesProfiles(options: SeriesProfilesOptions): TaskProfiles {
  checkKeys('seriesProfiles', 'option', options, SERIES_NAMES);
  const { stepSeconds, load, sun, loadSpread = 0, spreadSteps = 1 } = options;
  const loads = daysOf('load', load);
  const suns = sun === undefined ? loads.map((row) => new Float64Array(row.length)) : daysOf('sun', sun);
  const steps = loads[0].length;
  if (suns.length !== loads.length) throw new InputError(`sun has ${suns.length} days and load ${loads.length}; give as many`);
  if (![...loads, ...suns].every((row) => row.length === steps))
    throw new InputError(`all days of load and sun must have ${steps} steps, as the first`);
  const profiles: TaskProfiles = {
    steps,
    stepSeconds,
    days: loads.length,
    loadSpread,
    spreadSteps,
    fill(day, _stream, intoLoad, intoSun) {
      intoLoad.set(loads[day]);
      intoSun.set(suns[day]);
    },
  };
  checkProfiles(profiles);
  return profiles;
}

/** A year at a place. */
export interface SiteProfilesOptions {
  /** Default Santa Clara, California. */
  readonly site?: Site;
  /** Default 2023. */
  readonly year?: number;
  /** Must divide a day; default 900. */
  readonly stepSeconds?: number;
  /** Of the modules; default facing south at 20 degrees. */
  readonly plane?: PlaneOrientation;
  /** Chain of the clear-sky index; default hourly, by season. */
  readonly clouds?: CloudModel;
  /** Factor of loads where the demand of the area has the highest mean hour of the year; default 1. */
  readonly loadScale?: number;
  /** Standard deviation of an episode's load as a whole; default 0.05. */
  readonly loadDeviation?: number;
  /** Default 0.2, drawn anew every hour. */
  readonly loadSpread?: number;
}

const SITE_NAMES = ['site', 'year', 'stepSeconds', 'plane', 'clouds', 'loadScale', 'loadDeviation', 'loadSpread'];

/** Days that share the sun of their middle. */
const WEEK = 7;
/** Points of the tables of a state's quantiles. */
const QUANTILES = 256;
/** Clear-sky indices at which power is tabulated: 0 to 1.2. */
const INDICES = 7;
const INDEX_STEP = 0.2;

/** A chain with its quantiles as tables, so that an hour takes two numbers and no inverse of a beta distribution. */
interface TabulatedChain {
  readonly model: CloudModel;
  readonly initial: readonly number[];
  /** [state]: quantiles at (i + 1/2) / QUANTILES. */
  readonly quantiles: readonly Float64Array[];
}

function tabulated(model: CloudModel): TabulatedChain {
  checkCloudModel(model);
  const quantiles = model.states.map(({ index }) => {
    const quantile = betaQuantile(index);
    return Float64Array.from({ length: QUANTILES }, (_, i) => quantile((i + 0.5) / QUANTILES, (QUANTILES - i - 0.5) / QUANTILES));
  });
  return { model, initial: model.initial ?? stationaryShares(model.transitions), quantiles };
}

function drawState(shares: readonly number[], u: number): number {
  let sum = 0;
  for (let i = 0; i + 1 < shares.length; i++) {
    sum += shares[i];
    if (u < sum) return i;
  }
  return shares.length - 1;
}

/** Fills `out` with the index at multiples of the chain's step, as CloudProcess does but for the tables, linear between their points and held beyond. */
function fillIndices(out: Float64Array, { model, initial, quantiles }: TabulatedChain, stream: RandomStream): void {
  const noise = Math.sqrt(1 - model.memory * model.memory);
  let state = drawState(initial, stream.uniform());
  let driver = stream.normal();
  for (let i = 0; i < out.length; i++) {
    if (i > 0) {
      state = drawState(model.transitions[state], stream.uniform());
      driver = model.memory * driver + noise * stream.normal();
    }
    const table = quantiles[state];
    const at = Math.min(Math.max(normalCdf(driver) * QUANTILES - 0.5, 0), QUANTILES - 1);
    const below = Math.min(Math.floor(at), QUANTILES - 2);
    out[i] = table[below] + (at - below) * (table[below + 1] - table[below]);
  }
}

function seasonalClouds(month: number): CloudModel {
  if (month === 12 || month <= 2) return CLOUD_MODELS['hourly-winter'];
  return month >= 6 && month <= 8 ? CLOUD_MODELS['hourly-summer'] : CLOUD_MODELS.hourly;
}

/** Tables of weeks that were made already, by what they depend on. */
const SUNS = new Map<string, (Float64Array | undefined)[]>();

/** Power of a plant of 1 kW at the indices of all steps of a day, [step][index]; made when first asked for. */
function sunTables(site: Site, starts: readonly number[], stepSeconds: number, plane: PlaneOrientation | undefined): (day: number) => Float64Array {
  const key = JSON.stringify([site, starts[0], stepSeconds, plane]);
  const weeks = SUNS.get(key) ?? [];
  SUNS.set(key, weeks);
  const plant = pvPlant(1, 1, plane === undefined ? {} : { plane });
  const steps = 86400 / stepSeconds;
  return (day) => {
    const week = Math.floor(day / WEEK);
    const known = weeks[week];
    if (known) return known;
    const table = new Float64Array(steps * INDICES);
    const start = starts[Math.min(week * WEEK + 3, starts.length - 1)];
    for (let step = 0; step < steps; step++) {
      const time = start + (step + 0.5) * stepSeconds;
      const clear = skyAt(site, time);
      if (clear.globalHorizontal <= 0) continue;
      const weather = { airTemperatureC: expectedTemperature(BAY_AREA_TEMPERATURE, site.timeZone, time), windMetresPerSecond: 2 };
      for (let k = 0; k < INDICES; k++) {
        const { globalHorizontal, directNormal, diffuseHorizontal } = erbs(
          k * INDEX_STEP * clear.globalHorizontal,
          clear.sun.zenithDegrees,
          clear.extraterrestrial,
        );
        table[step * INDICES + k] = pvPower(plant, site.albedo, { ...clear, globalHorizontal, directNormal, diffuseHorizontal }, weather);
      }
    }
    weeks[week] = table;
    return table;
  };
}

/**
 * Profiles of a year at a place, days counted from 1 January. An episode begins at local midnight. Load: the demand of the utility's area in that month, on a weekday or a weekend
 * (`systemDay`), times `loadScale` and 1 + a normal number of the episode. Sun: the clear-sky index of a chain of clouds, linear between its steps, through the PV model (`skyAt`, `pvPower`; expected
 * temperature, 2 m/s of wind), whose power is tabulated at 7 indices and every step of one day a week, which stands for its week.
 *
 * @throws InputError for a site, step or chain that cannot be
 */
export function siteProfiles(options: SiteProfilesOptions = {}): TaskProfiles {
  checkKeys('siteProfiles', 'option', options, SITE_NAMES);
  const { site = SANTA_CLARA, year = 2023, stepSeconds = 900, plane, clouds, loadScale = 1, loadDeviation = 0.05, loadSpread = 0.2 } = options;
  checkSite(site);
  if (clouds !== undefined) checkCloudModel(clouds);
  if (!(Number.isInteger(year) && year >= 1950 && year <= 2100)) throw new InputError(`year is ${describeValue(year)}; give one from 1950 to 2100`);
  const steps = 86400 / stepSeconds;
  if (!(Number.isInteger(steps) && stepSeconds <= 3600))
    throw new InputError(`stepSeconds is ${describeValue(stepSeconds)}; give a part of a day up to an hour`);
  for (const [name, value] of Object.entries({ loadScale, loadDeviation }))
    if (!(typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new InputError(`${name} is ${describeValue(value)}; give a number from 0`);
  const starts: number[] = [];
  const end = localDayStart(site.timeZone, `${year + 1}-01-01`);
  for (let at = localDayStart(site.timeZone, `${year}-01-01`); at < end; at = nextLocalDay(site.timeZone, at)) starts.push(at);
  const sunOf = sunTables(site, starts, stepSeconds, plane);
  const shapes = new Map<string, Float64Array>();
  const chains = new Map<CloudModel, TabulatedChain>();
  let indices = new Float64Array(0);

  const shapeOf = (month: number, kind: 'weekday' | 'weekend'): Float64Array => {
    const name = `${month} ${kind}`;
    const known = shapes.get(name) ?? resampledDay(systemDay(month, kind), steps, 'linear').values;
    shapes.set(name, known);
    return known;
  };
  const profiles: TaskProfiles = {
    steps,
    stepSeconds,
    days: starts.length,
    loadSpread,
    spreadSteps: Math.max(1, Math.round(3600 / stepSeconds)),
    fill(day, stream, load, sun) {
      const { month, dayOfWeek } = localClock(site.timeZone, starts[day]);
      const shape = shapeOf(month, dayOfWeek === 0 || dayOfWeek === 6 ? 'weekend' : 'weekday');
      const scale = loadScale * Math.max(0, 1 + loadDeviation * stream.normal());
      for (let step = 0; step < steps; step++) load[step] = scale * shape[step];
      const model = clouds ?? seasonalClouds(month);
      const chain = chains.get(model) ?? tabulated(model);
      chains.set(model, chain);
      const knots = Math.ceil(86400 / model.stepSeconds) + 1;
      if (indices.length !== knots) indices = new Float64Array(knots);
      fillIndices(indices, chain, stream);
      const table = sunOf(day);
      for (let step = 0; step < steps; step++) {
        const at = ((step + 0.5) * stepSeconds) / model.stepSeconds;
        const knot = Math.floor(at);
        const index = indices[knot] + (at - knot) * (indices[Math.min(knot + 1, knots - 1)] - indices[knot]);
        const place = Math.min(index / INDEX_STEP, INDICES - 1);
        const below = Math.min(Math.floor(place), INDICES - 2);
        const from = step * INDICES + below;
        sun[step] = table[from] + (place - below) * (table[from + 1] - table[from]);
      }
    },
  };
  checkProfiles(profiles);
  return profiles;
}
