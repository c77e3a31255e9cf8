/** Options of a script that are not those of the solution. */

/** How the ground's return is modelled in line geometry. */
export type EarthModel = 'carson' | 'fullcarson' | 'deri';

/** Earth models in the language's order. */
export const EARTH_MODELS: ReadonlyArray<readonly [string, EarthModel]> = [
  ['carson', 'carson'],
  ['fullcarson', 'fullcarson'],
  ['deri', 'deri'],
];

/** Wye or delta, in the language's order. */
export const CONNECTIONS: ReadonlyArray<readonly [string, 'wye' | 'delta']> = [
  ['wye', 'wye'],
  ['delta', 'delta'],
  ['y', 'wye'],
  ['ln', 'wye'],
  ['ll', 'delta'],
];
