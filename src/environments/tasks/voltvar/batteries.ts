/** What a battery does with an order, and what is left in it. Powers are positive where it discharges; steps are hours. */

/** Levels of a discrete order: 0 charges with full power, 16 does nothing, 32 discharges with full power. */
export const BATTERY_LEVELS = 33;
const MIDDLE = (BATTERY_LEVELS - 1) / 2;

/**
 * Power of a discrete order, held within what is stored or has room: the level is moved towards the middle by so many whole levels as are needed.
 *
 * @returns kW
 */
export function powerOfLevel(level: number, storedKwh: number, maxKw: number, maxKwh: number): number {
  const stepKw = maxKw / MIDDLE;
  const orderedKw = ((level - MIDDLE) / MIDDLE) * maxKw;
  const room = maxKwh - storedKwh;
  let held = level;
  if (level > MIDDLE && orderedKw > storedKwh) held = Math.trunc(level - Math.ceil((orderedKw - storedKwh) / stepKw - 1e-8));
  else if (level < MIDDLE && -orderedKw > room) held = Math.trunc(level + Math.ceil((-orderedKw - room) / stepKw - 1e-8));
  return ((held - MIDDLE) / MIDDLE) * maxKw;
}

/** Power of an order between -1 and 1, held within what is stored or has room. @returns kW */
export function powerOfShare(share: number, storedKwh: number, maxKw: number, maxKwh: number): number {
  return Math.min(storedKwh, Math.max(storedKwh - maxKwh, share * maxKw));
}

/** Reactive power that goes with active power: as published P / pf, which is no power factor of pf. @returns kvar */
export function publishedKvarPerKw(powerFactor: number): number {
  return 1 / powerFactor;
}

/** Q = P tan(acos pf). */
export function kvarPerKw(powerFactor: number): number {
  return Math.sqrt(1 - powerFactor * powerFactor) / powerFactor;
}

/** Energy left after an hour, held within the battery. @returns kWh */
export function storedAfter(storedKwh: number, deliveredKw: number, maxKwh: number): number {
  return Math.min(maxKwh, Math.max(0, storedKwh - deliveredKw));
}

/**
 * Whole kWh, as published: rounded to 6 decimals, then half to even. Orders are such that energy often ends on a half exactly; the first rounding takes away what a
 * solver's last digits would decide.
 */
export function wholeKwh(kwh: number): number {
  const settled = Math.round(kwh * 1e6) / 1e6;
  const below = Math.floor(settled);
  if (settled - below === 0.5) return below % 2 === 0 ? below : below + 1;
  return Math.round(settled);
}
