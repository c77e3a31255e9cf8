/** Irradiance on a tilted plane: incidence, beam, ground and six models of the sky's diffuse light. W/m2, degrees. */
import { checkObject, checkWord } from '../../grid/index.js';
import { exp } from '../../numeric/index.js';
import { acosDegrees, cosDegrees, RADIANS_PER_DEGREE, sinDegrees } from './degrees.js';

/** A plane: tilt from the horizontal, and azimuth it faces, clockwise from north. */
export interface PlaneOrientation {
  tiltDegrees: number;
  azimuthDegrees: number;
}

/** Cosine of the angle between the sun and the plane's normal; below 0 for a sun behind the plane. */
export function incidenceProjection(plane: PlaneOrientation, zenithDegrees: number, azimuthDegrees: number): number {
  checkObject('a plane', plane, '{ tiltDegrees, azimuthDegrees }');
  const projection =
    cosDegrees(plane.tiltDegrees) * cosDegrees(zenithDegrees) +
    sinDegrees(plane.tiltDegrees) * sinDegrees(zenithDegrees) * cosDegrees(azimuthDegrees - plane.azimuthDegrees);
  return Math.min(1, Math.max(-1, projection));
}

/** Angle between the sun and the plane's normal, degrees. */
export function incidenceAngle(plane: PlaneOrientation, zenithDegrees: number, azimuthDegrees: number): number {
  return acosDegrees(incidenceProjection(plane, zenithDegrees, azimuthDegrees));
}

/** Light from the ground on the plane: albedo GHI (1 - cos tilt) / 2. */
export function groundDiffuse(globalHorizontal: number, albedo: number, tiltDegrees: number): number {
  return (globalHorizontal * albedo * (1 - cosDegrees(tiltDegrees))) / 2;
}

/** All models of the sky's diffuse light. */
export const SKY_MODELS: readonly SkyDiffuseModel[] = ['isotropic', 'hay-davies', 'reindl', 'klucher', 'king', 'perez'];

/** Models of the sky's diffuse light. */
export type SkyDiffuseModel = 'isotropic' | 'hay-davies' | 'reindl' | 'klucher' | 'king' | 'perez';

/** Everything that some model asks for. */
export interface SkyDiffuseInput {
  plane: PlaneOrientation;
  /** Zenith and azimuth of the sun; the zenith as refracted. */
  zenithDegrees: number;
  azimuthDegrees: number;
  globalHorizontal: number;
  directNormal: number;
  diffuseHorizontal: number;
  extraterrestrial: number;
  /** Relative air mass, for `perez`; undefined below the horizon, which gives 0. */
  airMassRelative?: number;
}

/** cos(89 degrees): smallest cosine of the zenith that the beam's ratio is divided by. */
const LEAST_VERTICAL = 0.01745;

function upperShare(tiltDegrees: number): number {
  return 0.5 * (1 + cosDegrees(tiltDegrees));
}

/** Ratio of the beam on the plane to that on the horizontal. */
function beamRatio(input: SkyDiffuseInput): number {
  const projection = Math.max(incidenceProjection(input.plane, input.zenithDegrees, input.azimuthDegrees), 0);
  return projection / Math.max(cosDegrees(input.zenithDegrees), LEAST_VERTICAL);
}

function cubedSineOfHalf(tiltDegrees: number): number {
  const sine = sinDegrees(0.5 * tiltDegrees);
  return sine * sine * sine;
}

/** Perez et al., Solar Energy 44 (1990), all sites: bins of clearness by their upper ends, and F11 F12 F13 F21 F22 F23 of each. */
const PEREZ_BINS = [1.065, 1.23, 1.5, 1.95, 2.8, 4.5, 6.2];
const PEREZ_COEFFICIENTS = [
  [-0.008, 0.588, -0.062, -0.06, 0.072, -0.022],
  [0.13, 0.683, -0.151, -0.019, 0.066, -0.029],
  [0.33, 0.487, -0.221, 0.055, -0.064, -0.026],
  [0.568, 0.187, -0.295, 0.109, -0.152, -0.014],
  [0.873, -0.392, -0.362, 0.226, -0.462, 0.001],
  [1.132, -1.237, -0.412, 0.288, -0.823, 0.056],
  [1.06, -1.6, -0.359, 0.264, -1.127, 0.131],
  [0.678, -0.327, -0.25, 0.156, -1.377, 0.251],
];

function perezDiffuse(input: SkyDiffuseInput): number {
  const { diffuseHorizontal: diffuse, directNormal, airMassRelative, extraterrestrial, plane } = input;
  if (airMassRelative === undefined || !(diffuse > 0)) return 0;
  const zenith = input.zenithDegrees * RADIANS_PER_DEGREE;
  const kappa = 1.041 * zenith * zenith * zenith;
  const clearness = ((diffuse + directNormal) / diffuse + kappa) / (1 + kappa);
  const brightness = (diffuse * airMassRelative) / extraterrestrial;
  let bin = PEREZ_BINS.findIndex((end) => clearness < end);
  if (bin < 0) bin = PEREZ_BINS.length;
  const f = PEREZ_COEFFICIENTS[bin];
  const circumsolar = Math.max(0, f[0] + f[1] * brightness + f[2] * zenith);
  const horizon = f[3] + f[4] * brightness + f[5] * zenith;
  const a = Math.max(incidenceProjection(plane, input.zenithDegrees, input.azimuthDegrees), 0);
  const b = Math.max(cosDegrees(input.zenithDegrees), cosDegrees(85));
  const factor = (1 - circumsolar) * upperShare(plane.tiltDegrees) + circumsolar * (a / b) + horizon * sinDegrees(plane.tiltDegrees);
  return diffuse * Math.max(0, factor);
}

function checkSky(input: SkyDiffuseInput): void {
  checkObject('what light on a plane is computed from', input, '{ plane, zenithDegrees, azimuthDegrees, globalHorizontal, directNormal, ... }');
  checkObject('a plane', input.plane, '{ tiltDegrees, azimuthDegrees }');
}

/**
 * Light from the sky on the plane: isotropic (Liu, Jordan 1963), Hay and Davies (1980), Reindl (1990), Klucher (1979), King (Sandia), Perez (1990).
 */
export function skyDiffuse(input: SkyDiffuseInput, model: SkyDiffuseModel = 'hay-davies'): number {
  checkSky(input);
  const { plane, diffuseHorizontal: diffuse, globalHorizontal, directNormal } = input;
  const upper = upperShare(plane.tiltDegrees);
  switch (model) {
    case 'isotropic':
      return diffuse * upper;
    case 'hay-davies': {
      const anisotropy = directNormal / input.extraterrestrial;
      return diffuse * (anisotropy * beamRatio(input) + (1 - anisotropy) * upper);
    }
    case 'reindl': {
      const anisotropy = directNormal / input.extraterrestrial;
      // Measured beams may be slightly below 0 at night.
      const beam = Math.max(directNormal, 0) * Math.max(cosDegrees(input.zenithDegrees), 0);
      const brightening = globalHorizontal > 0 ? Math.sqrt(beam / globalHorizontal) * cubedSineOfHalf(plane.tiltDegrees) : 0;
      return diffuse * (anisotropy * beamRatio(input) + (1 - anisotropy) * upper * (1 + brightening));
    }
    case 'klucher': {
      const ratio = globalHorizontal > 0 ? diffuse / globalHorizontal : 1;
      const clear = 1 - ratio * ratio;
      const projection = Math.max(incidenceProjection(plane, input.zenithDegrees, input.azimuthDegrees), 0);
      const sine = sinDegrees(input.zenithDegrees);
      return diffuse * upper * (1 + clear * cubedSineOfHalf(plane.tiltDegrees)) * (1 + clear * projection * projection * sine * sine * sine);
    }
    case 'king': {
      const horizon = (globalHorizontal * (0.012 * input.zenithDegrees - 0.04) * (1 - cosDegrees(plane.tiltDegrees))) / 2;
      return Math.max(diffuse * upper + horizon, 0);
    }
    case 'perez':
      return perezDiffuse(input);
    default:
      checkWord("the model of the sky's light", model, SKY_MODELS);
      return Number.NaN;
  }
}

/** Irradiance on a plane, in parts and together. */
export interface PlaneIrradiance {
  direct: number;
  skyDiffuse: number;
  groundDiffuse: number;
  total: number;
}

/** Beam, sky and ground on a plane; `albedo` is the share of light that the ground throws back. */
export function planeIrradiance(input: SkyDiffuseInput, albedo: number, model: SkyDiffuseModel = 'hay-davies'): PlaneIrradiance {
  checkSky(input);
  const direct = input.directNormal * Math.max(incidenceProjection(input.plane, input.zenithDegrees, input.azimuthDegrees), 0);
  const sky = skyDiffuse(input, model);
  const ground = groundDiffuse(input.globalHorizontal, albedo, input.plane.tiltDegrees);
  return { direct, skyDiffuse: sky, groundDiffuse: ground, total: direct + sky + ground };
}

/** Share of the beam that enters the module at an angle of incidence, by ASHRAE: 1 - b (1 / cos a - 1), 0 from 90 degrees on. */
export function incidenceModifierAshrae(incidenceDegrees: number, b = 0.05): number {
  const angle = Math.abs(incidenceDegrees);
  return angle >= 90 ? 0 : Math.max(0, 1 - b * (1 / cosDegrees(angle) - 1));
}

/** The same from refraction and absorption in the cover (De Soto et al. 2006): index n, extinction K (1/m), thickness L (m). */
export function incidenceModifierPhysical(incidenceDegrees: number, index = 1.526, extinctionPerMetre = 4, thicknessMetres = 0.002): number {
  const cosine = Math.max(0, cosDegrees(incidenceDegrees));
  const sineWithin = Math.sqrt(1 - cosine * cosine) / index;
  const cosineWithin = Math.sqrt(1 - sineWithin * sineWithin);
  const reflectedAcross = (cosine - index * cosineWithin) / (cosine + index * cosineWithin);
  const reflectedAlong = (cosineWithin - index * cosine) / (cosineWithin + index * cosine);
  const entered = 1 - 0.5 * (reflectedAcross * reflectedAcross + reflectedAlong * reflectedAlong);
  const straight = (1 - index) / (1 + index);
  const depth = extinctionPerMetre * thicknessMetres;
  return (entered * exp(-depth / cosineWithin)) / ((1 - straight * straight) * exp(-depth));
}

/** The same by Martin and Ruiz (2001), with their parameter a_r. */
export function incidenceModifierMartinRuiz(incidenceDegrees: number, reflection = 0.16): number {
  const angle = Math.abs(incidenceDegrees);
  return angle >= 90 ? 0 : (1 - exp(-cosDegrees(angle) / reflection)) / (1 - exp(-1 / reflection));
}
