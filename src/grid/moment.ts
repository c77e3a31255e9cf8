/** The moment for which powers are asked, and the shapes that hold at it. */
import type { ShapeReferences } from './elements.js';
import { GridError } from './errors.js';
import type { Grid } from './grid.js';
import { defaultLoadShape, type LoadShape, type ShapeValue, shapeValueAt } from './load-shape.js';

/** The moment for which powers are asked. */
export interface Moment {
  mode: 'snapshot' | 'daily' | 'yearly' | 'duty';
  /** Hours since the start, fractional. */
  hour: number;
  /** Length of a time step in seconds; only storage that begins to charge at an hour of day looks at it. Absent: one hour in time modes. */
  stepSeconds?: number;
}

/** A snapshot: no shape applies but the multipliers do. */
export const SNAPSHOT: Moment = { mode: 'snapshot', hour: 0 };

/** Multiplier of an element without a shape. */
export const NO_VARIATION: ShapeValue = { active: 1, reactive: 1 };

/** Which shapes stand in for one that is not named: `none`, or the daily one for duty, or for duty and yearly. */
export type ShapeFallback = 'duty' | 'duty-and-yearly';

/**
 * The name of the shape an element follows in a mode. A missing duty shape is replaced by the daily one; a missing yearly shape is so only for
 * PV systems and storage (`duty-and-yearly`); loads and generators do not vary then.
 */
export function shapeNameAt(references: ShapeReferences, mode: Moment['mode'], fallback: ShapeFallback): string | undefined {
  switch (mode) {
    case 'snapshot':
      return undefined;
    case 'daily':
      return references.daily;
    case 'duty':
      return references.duty ?? references.daily;
    case 'yearly':
      return references.yearly ?? (fallback === 'duty-and-yearly' ? references.daily : undefined);
  }
}

/** The load shape of that name. Throws {@link GridError} where there is none; `default` is always there. */
export function requireLoadShape(grid: Grid, name: string): LoadShape {
  const shape = grid.loadShapes.get(name);
  if (shape) return shape;
  if (name === 'default') return BUILT_IN_DEFAULT;
  throw new GridError(`there is no load shape named "${name}"`);
}

const BUILT_IN_DEFAULT = defaultLoadShape();

/** The load level by which units are dispatched: growth times load multiplier times the default shape of the mode (in yearly mode no multiplier). */
export function dispatchReference(grid: Grid, moment: Moment): number {
  const growth = grid.growthFactor ?? 1;
  switch (moment.mode) {
    case 'snapshot':
      return growth * grid.loadMultiplier;
    case 'yearly':
      return growth * shapeValueAt(requireLoadShape(grid, grid.defaultYearlyShape), moment.hour).active;
    default:
      return growth * grid.loadMultiplier * shapeValueAt(requireLoadShape(grid, grid.defaultDailyShape), moment.hour).active;
  }
}

/** Hour of day, [0, 24). */
export function hourOfDay(hour: number): number {
  return hour - Math.floor(hour / 24) * 24;
}
