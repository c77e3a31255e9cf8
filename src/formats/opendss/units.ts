/** Units of length of the OpenDSS language. */

/** A unit of length; `none` matches any other. */
export type LengthUnit = 'none' | 'mi' | 'kft' | 'km' | 'm' | 'ft' | 'in' | 'cm' | 'mm';

/** Names of units in the language's order, with their meaning. */
export const LENGTH_UNITS: ReadonlyArray<readonly [string, LengthUnit]> = [
  ['none', 'none'],
  ['mi', 'mi'],
  ['kft', 'kft'],
  ['km', 'km'],
  ['m', 'm'],
  ['ft', 'ft'],
  ['in', 'in'],
  ['cm', 'cm'],
  ['mm', 'mm'],
  ['meter', 'm'],
  ['miles', 'mi'],
];

const METERS: Readonly<Record<LengthUnit, number>> = {
  none: 1,
  mi: 1609.344,
  kft: 304.8,
  km: 1000,
  m: 1,
  ft: 0.3048,
  in: 0.0254,
  cm: 0.01,
  mm: 0.001,
};

/** Metres in one of this unit; 1 for `none`. */
export function metersIn(unit: LengthUnit): number {
  return METERS[unit];
}

/** How many `to` make one `from`; 1 where either is `none`. */
export function unitRatio(from: LengthUnit, to: LengthUnit): number {
  return from === 'none' || to === 'none' ? 1 : METERS[from] / METERS[to];
}
