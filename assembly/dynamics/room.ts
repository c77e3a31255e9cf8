// The layout block and what stands in it: src/dynamics/lane-layout.ts. Two lanes, so that a number in all lanes has 16 bytes and a column 32.
import * as l from '../../src/dynamics/lane-layout';
import * as v from '../lanes';

/** Bytes of one number in all lanes. */
export const NUMBER_BYTES: usize = 16;
/** Bytes of one complex number in all lanes. */
export const COLUMN: usize = v.COLUMN_BYTES;

/** A count, or the offset of an array. */
export function field(layout: usize, name: i32): usize {
  return <usize>load<u32>(layout + ((<usize>name) << 2));
}

/** A number that all lanes share, in all lanes. */
export function shared(layout: usize, which: i32): v128 {
  return v.spread(field(layout, l.MICROGRID_NUMBERS) + ((<usize>which) << 3));
}

/** An offset that stands in a table. */
export function offset(table: usize, at: usize): usize {
  return <usize>load<u32>(table + (at << 2));
}

/** Items of a scenario's state: control steps, five numbers an inverter, currents, buses, loads. */
export function stateItems(layout: usize): usize {
  const inverters = field(layout, l.MICROGRID_INVERTERS);
  const loads = field(layout, l.MICROGRID_LOADS);
  return 1 + 5 * inverters + 2 * (inverters + field(layout, l.MICROGRID_LINES) + loads) + 2 * field(layout, l.MICROGRID_BUSES) + 2 * loads;
}

/** All ones where |x| < bound; false where x is NaN. */
export function below(x: v128, bound: v128): v128 {
  return v.and(v.greater(bound, x), v.greater(x, v.sub(v.splat(0.0), bound)));
}
