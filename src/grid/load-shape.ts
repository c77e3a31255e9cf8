/** Load shapes: a multiplier of active (and reactive) power over time. */

/** A shape. Points are spaced evenly by `intervalHours`, or stand at `hours` where that is given (then `intervalHours` is 0). */
export interface LoadShape {
  name: string;
  intervalHours: number;
  /** Time of each point in hours, where points are not evenly spaced. */
  hours?: Float64Array;
  active: Float64Array;
  /** Reactive multipliers; where absent the active ones apply to both. */
  reactive?: Float64Array;
  /** The values are kW and kvar (or kV, kW/m2, ...) in place of multipliers. */
  useActual: boolean;
}

/** Multipliers at a moment. */
export interface ShapeValue {
  active: number;
  reactive: number;
}

/** Rounds half to even, as Pascal's Round does. */
export function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const difference = x - floor;
  if (difference < 0.5) return floor;
  if (difference > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Time of day in hours, in (0, 24], of a running clock (whole hours, and the seconds since). */
export function timeOfDay(clock: { readonly hour: number; readonly seconds: number }): number {
  const hour = clock.hour > 24 ? clock.hour - Math.trunc((clock.hour - 1) / 24) * 24 : clock.hour;
  const time = hour + clock.seconds / 3600;
  return time - 24 > 1e-12 ? time - 24 : time;
}

/**
 * The shape's value at an hour. Evenly spaced shapes take point round(hour / interval), counted from 1 and wrapping round, with hour 0 the last
 * point; unevenly spaced ones are interpolated linearly (OpenDSS's rules).
 *
 * @param hour time in hours since the start, >= 0
 */
export function shapeValueAt(shape: LoadShape, hour: number): ShapeValue {
  const count = shape.active.length;
  if (count === 0) return { active: 1, reactive: 1 };
  if (count === 1) return { active: shape.active[0], reactive: shape.reactive ? shape.reactive[0] : shape.active[0] };
  if (shape.intervalHours > 0) {
    let index = roundHalfToEven(hour / shape.intervalHours);
    if (index > count) index = index % count;
    if (index === 0) index = count;
    const active = shape.active[index - 1];
    return { active, reactive: shape.reactive ? shape.reactive[index - 1] : shape.useActual ? 0 : active };
  }
  return interpolate(shape, hour);
}

function interpolate(shape: LoadShape, hour: number): ShapeValue {
  const hours = shape.hours ?? new Float64Array(0);
  const count = shape.active.length;
  const pick = (i: number): ShapeValue => ({
    active: shape.active[i],
    reactive: shape.reactive ? shape.reactive[i] : shape.useActual ? 0 : shape.active[i],
  });
  const span = hours[count - 1];
  const wrapped = hour > span && span > 0 ? hour - Math.trunc(hour / span) * span : hour;
  for (let i = 1; i < count; i++) {
    // Close to a point, the point itself; before the first one, the first segment continued backwards.
    if (Math.abs(hours[i] - wrapped) < 1e-5) return pick(i);
    if (hours[i] > wrapped) {
      const low = pick(i - 1);
      const high = pick(i);
      const share = (wrapped - hours[i - 1]) / (hours[i] - hours[i - 1]);
      return {
        active: low.active + share * (high.active - low.active),
        reactive: low.reactive + share * (high.reactive - low.reactive),
      };
    }
  }
  return pick(count - 1);
}

/** The 24-hour shape that every OpenDSS circuit has under the name `default`; also the reference for dispatch by load level. */
export function defaultLoadShape(): LoadShape {
  return {
    name: 'default',
    intervalHours: 1,
    active: Float64Array.of(
      ...[0.677, 0.6256, 0.6087, 0.5833, 0.58028, 0.6025, 0.657, 0.7477, 0.832, 0.88, 0.94, 0.989],
      ...[0.985, 0.98, 0.9898, 0.999, 1, 0.958, 0.936, 0.913, 0.876, 0.876, 0.828, 0.756],
    ),
    useActual: false,
  };
}
