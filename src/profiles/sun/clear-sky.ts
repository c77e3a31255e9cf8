/** Irradiance under a clear sky, and how a horizontal irradiance splits into beam and diffuse light. W/m2. */
import { checkObject } from '../../grid/index.js';
import { exp, pow } from '../../numeric/index.js';
import { absoluteAirMass, relativeAirMass } from './air-mass.js';
import { cosDegrees } from './degrees.js';

/** Irradiance on a horizontal plane, of the beam on a plane facing it, and of the sky on a horizontal plane, W/m2. */
export interface Irradiance {
  globalHorizontal: number;
  directNormal: number;
  diffuseHorizontal: number;
}

/** Clear-sky global irradiance by Haurwitz (1945): 1098 cos z exp(-0.059 / cos z). */
export function haurwitz(apparentZenithDegrees: number): number {
  const vertical = cosDegrees(apparentZenithDegrees);
  return vertical > 0 ? 1098 * vertical * exp(-0.059 / vertical) : 0;
}

/** What {@link ineichen} needs. */
export interface IneichenInput {
  apparentZenithDegrees: number;
  /** Absolute air mass; undefined below the horizon. */
  airMassAbsolute: number | undefined;
  /** Linke turbidity: 2 very clean, 3 clean, 5 hazy. */
  linkeTurbidity: number;
  altitudeMetres: number;
  /** Above the atmosphere, on a plane facing the sun, W/m2. */
  extraterrestrial: number;
  /** Adds Perez's term exp(0.01 AM^1.8); default without. */
  perezEnhancement?: boolean;
}

const INEICHEN_MUST = '{ apparentZenithDegrees, airMassAbsolute, linkeTurbidity, altitudeMetres, extraterrestrial }';

/** Clear-sky irradiance by Ineichen and Perez (Solar Energy 73, 2002). All 0 where there is no air mass. */
export function ineichen(input: IneichenInput): Irradiance {
  checkObject('what the clear sky is computed from', input, INEICHEN_MUST);
  const { airMassAbsolute: airMass, linkeTurbidity: turbidity, altitudeMetres: altitude, extraterrestrial } = input;
  if (airMass === undefined) return { globalHorizontal: 0, directNormal: 0, diffuseHorizontal: 0 };
  const vertical = Math.max(cosDegrees(input.apparentZenithDegrees), 0);
  const f1 = exp(-altitude / 8000);
  const f2 = exp(-altitude / 1250);
  const c1 = 5.09e-5 * altitude + 0.868;
  const c2 = 3.92e-5 * altitude + 0.0387;
  let globalHorizontal = c1 * extraterrestrial * vertical * exp(-c2 * airMass * (f1 + f2 * (turbidity - 1)));
  if (input.perezEnhancement) globalHorizontal *= exp(0.01 * pow(airMass, 1.8));
  const b = 0.664 + 0.163 / f1;
  const beam = extraterrestrial * Math.max(b * exp(-0.09 * airMass * (turbidity - 1)), 0);
  // The beam takes at most what the global irradiance leaves it.
  const share = vertical > 0 ? (1 - (0.1 - 0.2 * exp(-turbidity)) / (0.1 + 0.882 / f1)) / vertical : 0;
  const directNormal = Math.min(beam, globalHorizontal * Math.min(Math.max(share, 0), 1e20));
  return { globalHorizontal, directNormal, diffuseHorizontal: globalHorizontal - directNormal * vertical };
}

/** {@link ineichen} with the air mass by Kasten and Young at a pressure. */
export function clearSky(input: Omit<IneichenInput, 'airMassAbsolute'> & { pressurePascal: number }): Irradiance {
  checkObject('what the clear sky is computed from', input, INEICHEN_MUST.replace('airMassAbsolute', 'pressurePascal'));
  return ineichen({ ...input, airMassAbsolute: absoluteAirMass(relativeAirMass(input.apparentZenithDegrees), input.pressurePascal) });
}

/** Ratio of the global irradiance to that above the atmosphere on a horizontal plane, 0 to 1; the cosine of the zenith counts as at least 0.065. */
export function clearnessIndex(globalHorizontal: number, zenithDegrees: number, extraterrestrial: number): number {
  const horizontal = extraterrestrial * Math.max(cosDegrees(zenithDegrees), 0.065);
  return Math.min(Math.max(Math.max(globalHorizontal, 0) / horizontal, 0), 1);
}

/** Zenith beyond which a split would divide by next to nothing; all is diffuse there. */
const LARGEST_ZENITH_DEGREES = 87;

/** Splits a global irradiance by Erbs, Klein and Duffie (Solar Energy 28, 1982). */
export function erbs(globalHorizontal: number, zenithDegrees: number, extraterrestrial: number): Irradiance & { clearnessIndex: number } {
  const kt = clearnessIndex(globalHorizontal, zenithDegrees, extraterrestrial);
  let share = 0.165;
  if (kt <= 0.22) share = 1 - 0.09 * kt;
  else if (kt <= 0.8) share = 0.9511 + kt * (-0.1604 + kt * (4.388 + kt * (-16.638 + kt * 12.336)));
  const diffuse = share * globalHorizontal;
  const beam = (globalHorizontal - diffuse) / cosDegrees(zenithDegrees);
  const dark = zenithDegrees > LARGEST_ZENITH_DEGREES || globalHorizontal < 0 || beam < 0;
  return { globalHorizontal, directNormal: dark ? 0 : beam, diffuseHorizontal: dark ? globalHorizontal : diffuse, clearnessIndex: kt };
}

/**
 * Direct normal irradiance by DISC (Maxwell, SERI/TR-215-3087, 1987), with Kasten's air mass of 1966, at most 12.
 *
 * @param extraterrestrial in DISC Spencer's series with a solar constant of 1370 W/m2
 */
export function disc(
  globalHorizontal: number,
  zenithDegrees: number,
  extraterrestrial: number,
  pressurePascal = 101325,
): { directNormal: number; clearnessIndex: number } {
  const kt = clearnessIndex(globalHorizontal, zenithDegrees, extraterrestrial);
  const relative = absoluteAirMass(relativeAirMass(zenithDegrees, 'kasten-1966'), pressurePascal);
  if (relative === undefined || zenithDegrees > LARGEST_ZENITH_DEGREES || globalHorizontal < 0) return { directNormal: 0, clearnessIndex: kt };
  const m = Math.min(relative, 12);
  const cloudy = kt <= 0.6;
  const a = cloudy ? 0.512 + kt * (-1.56 + kt * (2.286 - 2.222 * kt)) : -5.743 + kt * (21.77 + kt * (-27.49 + 11.56 * kt));
  const b = cloudy ? 0.37 + 0.962 * kt : 41.4 + kt * (-118.5 + kt * (66.05 + 31.9 * kt));
  const c = cloudy ? -0.28 + kt * (0.932 - 2.048 * kt) : -47.01 + kt * (184.2 + kt * (-222 + 73.81 * kt));
  const clear = 0.866 + m * (-0.122 + m * (0.0121 + m * (-0.000653 + 1.4e-5 * m)));
  const directNormal = (clear - (a + b * exp(c * m))) * extraterrestrial;
  return { directNormal: Math.max(directNormal, 0), clearnessIndex: kt };
}
