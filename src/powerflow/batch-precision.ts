/** What single precision means for a batch: where it applies, and to which mismatch it can be asked to solve. */
import { GridError } from '../grid/index.js';
import type { BatchLanes } from './batch-lanes.js';
import type { CompiledGrid } from './compiled-grid.js';
import type { Precision } from './kernels.js';
import { MISMATCH_BASE_VA } from './mismatch.js';

/** Default tolerances, per unit. */
const TOLERANCE_PU: Record<Precision, number> = { double: 1e-10, single: 3e-7 };
/** In single precision at least so much of the largest load: by rounding about a third of this goes missing at its node. */
const TOLERANCE_OF_LOAD = 2e-6;

/** The default tolerance of a batch whose compiled grid holds its nominal powers, VA. */
export function defaultToleranceVa({ legs }: CompiledGrid, precision: Precision): number {
  const tolerance = TOLERANCE_PU[precision] * MISMATCH_BASE_VA;
  if (precision === 'double') return tolerance;
  return legs.watts.reduce((most, watts, leg) => Math.max(most, TOLERANCE_OF_LOAD * Math.hypot(watts, legs.vars[leg])), tolerance);
}

/** Throws {@link GridError} for a method, as asked for, and for what differs between lanes that there are in double precision only. */
export function refuseInSingle(method: string, lanes: Pick<BatchLanes, 'transformers' | 'switches'>, controlled: boolean): void {
  if (method !== 'auto' && method !== 'chord') throw new GridError(`single precision is for the chord method only, not for ${method}`);
  if (controlled) throw new GridError('controls a scenario are for double precision only');
  if (lanes.transformers.length > 0) throw new GridError('taps a scenario are for double precision only');
  if (lanes.switches.length > 0) throw new GridError('switches a scenario are for double precision only');
}
