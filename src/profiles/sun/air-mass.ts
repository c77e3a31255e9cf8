/** Air mass and pressure: how much atmosphere the beam crosses. */
import { checkWord } from '../../grid/index.js';
import { pow } from '../../numeric/index.js';
import { cosDegrees, sinDegrees } from './degrees.js';

/** Models of relative air mass, by their authors: `simple` is 1 / cos z. */
export type AirMassModel = 'kasten-young-1989' | 'simple' | 'kasten-1966' | 'young-irvine-1967' | 'gueymard-1993' | 'pickering-2002';

const MODELS: Readonly<Record<AirMassModel, (zenith: number) => number>> = {
  simple: (z) => 1 / cosDegrees(z),
  'kasten-1966': (z) => 1 / (cosDegrees(z) + 0.15 * pow(93.885 - z, -1.253)),
  'young-irvine-1967': (z) => (1 / cosDegrees(z)) * (1 - 0.0012 * (1 / (cosDegrees(z) * cosDegrees(z)) - 1)),
  'kasten-young-1989': (z) => 1 / (cosDegrees(z) + 0.50572 * pow(6.07995 + (90 - z), -1.6364)),
  'gueymard-1993': (z) => 1 / (cosDegrees(z) + 0.00176759 * z * pow(94.37515 - z, -1.21563)),
  'pickering-2002': (z) => 1 / sinDegrees(90 - z + 244 / (165 + 47 * pow(90 - z, 1.1))),
};

/**
 * Length of the beam's way through the atmosphere, relative to the vertical one; undefined for a sun below the horizon (zenith beyond 90).
 *
 * @param zenithDegrees the apparent zenith; the true one for `young-irvine-1967`
 * @throws InputError for a model that is none
 */
export function relativeAirMass(zenithDegrees: number, model: AirMassModel = 'kasten-young-1989'): number | undefined {
  if (!Object.hasOwn(MODELS, model)) checkWord('the model of the air mass', model, Object.keys(MODELS));
  return zenithDegrees <= 90 ? MODELS[model](Math.abs(zenithDegrees)) : undefined;
}

/** Relative air mass at the pressure of the place. */
export function absoluteAirMass(relative: number | undefined, pressurePascal = 101325): number | undefined {
  return relative === undefined ? undefined : (relative * pressurePascal) / 101325;
}

/** Pressure of the standard atmosphere at an altitude, Pa (Portland State Aerospace Society, 2004: 100 ((44331.514 - z) / 11880.516)^(1 / 0.1902632)). */
export function pressureAtAltitude(altitudeMetres: number): number {
  return 100 * pow((44331.514 - altitudeMetres) / 11880.516, 1 / 0.1902632);
}
