/** Wind: speeds with a Weibull distribution and memory, speeds at hub height, air density, and what turbines make of them. m/s, m, kW, Pa, K, kg/m3. */
import { checkKeys, checkNumbers, checkObject, checkWord, describeValue, InputError } from '../grid/index.js';
import { exp, log, logGamma, pow, type RandomStream } from '../numeric/index.js';
import { fillFromCopula, weibullQuantile } from './copula.js';
import { timeConstantOf } from './ornstein-uhlenbeck.js';

/** A wind climate. */
export interface WindClimate {
  meanMetresPerSecond: number;
  /** Shape of the Weibull distribution; default 2 (Rayleigh). */
  shape?: number;
  /** Of the memory; default that at which the normal number behind the speed correlates by 0.95 an hour apart. */
  timeConstantSeconds?: number;
}

/** Scale of the Weibull distribution of a mean: mean / Gamma(1 + 1 / shape). */
export function weibullScale(mean: number, shape: number): number {
  return mean / exp(logGamma(1 + 1 / shape));
}

/** Fills `out` with wind speeds. Throws InputError for a climate that cannot be. */
export function fillWindSpeed(out: Float64Array, climate: WindClimate, stepSeconds: number, stream: RandomStream): Float64Array {
  checkKeys('a wind climate', 'property', climate, ['meanMetresPerSecond', 'shape', 'timeConstantSeconds']);
  const { meanMetresPerSecond: mean, shape = 2, timeConstantSeconds = timeConstantOf(0.95, 3600) } = climate;
  if (!(mean > 0 && shape > 0))
    throw new InputError(`mean ${describeValue(mean)} and shape ${describeValue(shape)} must be above 0`, { element: 'wind' });
  return fillFromCopula(out, weibullQuantile(shape, weibullScale(mean, shape)), stepSeconds, timeConstantSeconds, stream);
}

/** A generic turbine: 0 below cut-in and above cut-out, rated power from the rated speed on, between them by `shape`. */
export interface GenericTurbine {
  /** `cubic`: (v^3 - vci^3) / (vr^3 - vci^3); `pure-cubic`: (v / vr)^3; `quadratic`: (v^2 - vci^2) / (vr^2 - vci^2). */
  shape: 'cubic' | 'pure-cubic' | 'quadratic';
  ratedKw: number;
  cutIn: number;
  ratedSpeed: number;
  cutOut: number;
}

/** Power of a generic turbine at a wind speed, kW. */
export function genericTurbinePower(turbine: GenericTurbine, speed: number): number {
  checkObject('a turbine', turbine, '{ shape, ratedKw, cutIn, ratedSpeed, cutOut }');
  const { ratedKw, cutIn, ratedSpeed, cutOut } = turbine;
  checkWord('the shape of a turbine', turbine.shape, ['cubic', 'pure-cubic', 'quadratic']);
  if (!(speed >= cutIn && speed <= cutOut)) return 0;
  if (speed >= ratedSpeed) return ratedKw;
  const cube = (v: number): number => v * v * v;
  switch (turbine.shape) {
    case 'cubic':
      return (ratedKw * (cube(speed) - cube(cutIn))) / (cube(ratedSpeed) - cube(cutIn));
    case 'pure-cubic':
      return (ratedKw * cube(speed)) / cube(ratedSpeed);
    case 'quadratic':
      return (ratedKw * (speed * speed - cutIn * cutIn)) / (ratedSpeed * ratedSpeed - cutIn * cutIn);
  }
}

/** A turbine by the table of its maker: powers, kW, at rising speeds and at a density of 1.225. */
export interface TabulatedTurbine {
  speeds: Float64Array;
  powersKw: Float64Array;
}

/** Makes a table, checked; `flatUntil` continues its last power to that speed. Throws InputError. */
export function tabulatedTurbine(rows: readonly (readonly [number, number])[], flatUntil?: number): TabulatedTurbine {
  const isRow = (row: unknown): boolean => Array.isArray(row) && row.length === 2;
  if (!Array.isArray(rows) || !rows.every(isRow))
    throw new InputError(`the table is ${describeValue(rows)}; give rows [speed, power]`, { element: 'turbine' });
  const all = flatUntil === undefined || rows.length === 0 ? rows : [...rows, [flatUntil, rows[rows.length - 1][1]] as const];
  if (all.length < 2) throw new InputError('a power table needs two rows or more', { element: 'turbine' });
  all.forEach(([speed, power], i) => {
    if (!(speed >= 0 && power >= 0 && power < Number.POSITIVE_INFINITY) || (i > 0 && !(speed > all[i - 1][0]))) {
      throw new InputError(`row ${i + 1} (${speed}, ${power}): speeds must rise from 0, powers must be from 0`, { element: 'turbine' });
    }
  });
  return { speeds: Float64Array.from(all, ([speed]) => speed), powersKw: Float64Array.from(all, ([, power]) => power) };
}

function checkTable(turbine: TabulatedTurbine): void {
  checkObject('a turbine', turbine, 'what tabulatedTurbine(...) returns');
  checkNumbers('the speeds of a turbine', turbine.speeds);
  checkNumbers('the powers of a turbine', turbine.powersKw);
}

/** The table at another density of air: its speeds times (1.225 / rho)^m, m = 1/3 below 7.5 m/s, 2/3 above 12.5, linear between (Svenningsen 2010, after IEC 61400-12). */
export function turbineAtDensity(turbine: TabulatedTurbine, density: number): TabulatedTurbine {
  checkTable(turbine);
  if (!(density > 0)) throw new InputError(`is ${describeValue(density)}; it must be above 0`, { element: 'turbine', property: 'density' });
  const exponent = (speed: number): number => Math.min(2, Math.max(1, 1 + (speed - 7.5) / 5)) / 3;
  return { speeds: turbine.speeds.map((speed) => speed * pow(1.225 / density, exponent(speed))), powersKw: turbine.powersKw };
}

/** Power at a wind speed, kW: linear between rows, 0 below the first and above the last. */
export function tabulatedTurbinePower(turbine: TabulatedTurbine, speed: number): number {
  checkTable(turbine);
  const { speeds, powersKw } = turbine;
  const last = speeds.length - 1;
  if (!(speed >= speeds[0] && speed <= speeds[last])) return 0;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (speeds[middle] <= speed) low = middle;
    else high = middle;
  }
  const share = (speed - speeds[low]) / (speeds[high] - speeds[low]);
  return powersKw[low] + share * (powersKw[high] - powersKw[low]);
}

/** Speed at hub height by the logarithmic law: v ln((hub - d) / z0) / ln((h - d) / z0), d = 0.7 x height of obstacles. */
export function windAtHubLogarithmic(speed: number, height: number, hubHeight: number, roughnessLength: number, obstacleHeight = 0): number {
  const displacement = 0.7 * obstacleHeight;
  return (speed * log((hubHeight - displacement) / roughnessLength)) / log((height - displacement) / roughnessLength);
}

/** Speed at hub height by Hellmann's power law: v (hub / h)^alpha. */
export function windAtHubPower(speed: number, height: number, hubHeight: number, alpha = 1 / 7): number {
  return speed * pow(hubHeight / height, alpha);
}

/** The exponent of the power law from the roughness: 1 / ln(hub / z0). */
export function hellmannExponent(hubHeight: number, roughnessLength: number): number {
  return 1 / log(hubHeight / roughnessLength);
}

/** Pressure at hub height falls by 1 hPa in 8 m. Pa. */
function pressureAtHub(pressure: number, pressureHeight: number, hubHeight: number): number {
  return pressure - ((hubHeight - pressureHeight) / 8) * 100;
}

/** Density of the air at hub height from the standard density: p 1.225 x 288.15 / (101330 T). */
export function airDensityBarometric(pressure: number, pressureHeight: number, hubHeight: number, temperatureAtHub: number): number {
  return (pressureAtHub(pressure, pressureHeight, hubHeight) * 1.225 * 288.15) / (101330 * temperatureAtHub);
}

/** The same of an ideal gas: p / (287.058 T). */
export function airDensityIdealGas(pressure: number, pressureHeight: number, hubHeight: number, temperatureAtHub: number): number {
  return pressureAtHub(pressure, pressureHeight, hubHeight) / (287.058 * temperatureAtHub);
}
