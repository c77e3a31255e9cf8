/** Places: where the sun is seen from and what clocks show there. */
import { checkKeys, checkObject, describeValue, InputError } from '../grid/index.js';
import type { Observer } from './sun/index.js';
import { checkTimeZone, PACIFIC_TIME, type TimeZone } from './time-zone.js';

/** A place. */
export interface Site extends Observer {
  name: string;
  timeZone: TimeZone;
  /** Linke turbidity of the clear sky: 2 very clean, 3 clean, 5 hazy. */
  linkeTurbidity: number;
  /** Share of light that the ground throws back. */
  albedo: number;
}

/** The built-in site: Santa Clara, California. The turbidity is a round number for a clean sky, not a measured one. */
export const SANTA_CLARA: Site = {
  name: 'Santa Clara, California',
  latitudeDegrees: 37.354,
  longitudeDegrees: -121.955,
  altitudeMetres: 22,
  timeZone: PACIFIC_TIME,
  linkeTurbidity: 3,
  albedo: 0.2,
};

/** Throws InputError naming what of a site cannot be. */
export function checkSite(site: Site): void {
  checkObject('a site', site, 'a Site, as SANTA_CLARA is');
  checkKeys('a site', 'property', site, Object.keys(SANTA_CLARA));
  checkTimeZone(site.timeZone);
  const check = (property: keyof Site, low: number, high: number): void => {
    const value = site[property];
    if (!(typeof value === 'number' && value >= low && value <= high)) {
      throw new InputError(`is ${describeValue(value)}; it must be from ${low} to ${high}`, { element: `site.${site.name}`, property });
    }
  };
  check('latitudeDegrees', -90, 90);
  check('longitudeDegrees', -360, 360);
  check('altitudeMetres', -500, 9000);
  check('linkeTurbidity', 1, 20);
  check('albedo', 0, 1);
}
