/** Days of loads: which stretches of the load shapes the loads of a feeder follow in an episode. */
import { LOAD_SHAPES } from './load-shape-data.js';
import { unpackLoadShape } from './load-shape-text.js';

/** Steps of an episode. */
export const HOURS = 24;

let shapes: Float64Array | undefined;

/** The values of all load shapes, end to end: 26280 multipliers. Not to be written to. */
export function loadShapeValues(): Float64Array {
  if (!shapes) {
    const parts = LOAD_SHAPES.map(unpackLoadShape);
    shapes = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      shapes.set(part, at);
      at += part.length;
    }
  }
  return shapes;
}

/**
 * The days of a feeder. With E days, load i follows in episode e the 24 values from row `24 E i + 24 e` on, rows counted modulo their number: each load
 * has a year's stretch of its own, so that a day is a day of the same load and not the same day of all.
 */
export class LoadDays {
  /** How many days (episodes) there are. */
  readonly days: number;
  /** The multiplier of load i at hour h (0 to 23) of day e is `values[first[i] + 24 e + h]`. */
  readonly values: Float64Array;
  readonly first: Int32Array;

  /**
   * @param isFixed [load]: whether it takes its rated power whatever the hour, and whatever the scale, as loads of status `fixed` do in OpenDSS
   * @param scale factor of all multipliers
   * @param days how many; by default as many as fill the load shapes without a row used twice
   */
  constructor(isFixed: readonly boolean[], scale: number, days?: number) {
    const shape = loadShapeValues();
    this.days = days ?? Math.floor(shape.length / (HOURS * isFixed.length));
    const rows = HOURS * this.days;
    // Rows go on at the beginning where a stretch reaches beyond the end; behind them is a stretch of ones for fixed loads.
    const end = shape.length + rows;
    this.first = Int32Array.from(isFixed, (fixed, load) => (fixed ? end : (load * rows) % shape.length));
    this.values = Float64Array.from({ length: end + rows }, (_, row) => (row < end ? shape[row % shape.length] * scale : 1));
  }
}

/** Every so many days one is held back for tests of what was trained on the others. */
const TEST_EVERY = 4;

/** The days that are drawn from, in rising order. */
export function drawnDays(count: number, which: 'all' | 'training' | 'test'): Int32Array {
  const isTest = (day: number): boolean => day % TEST_EVERY === TEST_EVERY - 1;
  return Int32Array.from({ length: count }, (_, day) => day).filter((day) => which === 'all' || isTest(day) === (which === 'test'));
}
