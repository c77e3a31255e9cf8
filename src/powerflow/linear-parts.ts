/** The part of each leg that stands in the matrix of a fixed-point method. */
import type { CompiledGrid } from './compiled-grid.js';

/**
 * Admittances of the legs at rated voltage and present power, times `share`, [leg][g, b]; 0 for what delivers power, since a negative conductance could cancel the
 * grid's own. The choice changes how fast an iteration converges, never where to.
 */
export function linearParts(compiled: CompiledGrid, share: number): Float64Array {
  const { legs } = compiled;
  const linear = new Float64Array(2 * legs.count);
  for (let leg = 0; leg < legs.count; leg++) {
    if (!(legs.watts[leg] > 0)) continue;
    const entry = compiled.elements[legs.element[leg]].element;
    const delivers = entry.kind !== 'load' && 'connection' in entry && entry.connection === 'delta' && entry.phases > 1;
    const rated = legs.laws[leg].ratedVolts * (delivers ? Math.sqrt(3) : 1);
    linear[2 * leg] = (share * legs.watts[leg]) / (rated * rated);
    linear[2 * leg + 1] = (-share * legs.vars[leg]) / (rated * rated);
  }
  return linear;
}

/** Admittances, [leg][g, b], as real 2x2 matrices, [leg][rr, ri, ir, ii]. */
export function asRealBlocks(linear: Float64Array): Float64Array {
  const blocks = new Float64Array(2 * linear.length);
  for (let leg = 0; 2 * leg < linear.length; leg++) {
    const g = linear[2 * leg];
    const b = linear[2 * leg + 1];
    blocks.set([g, -b, b, g], 4 * leg);
  }
  return blocks;
}
