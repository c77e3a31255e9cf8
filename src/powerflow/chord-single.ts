/**
 * The chord method's coefficients for single precision.
 *
 * Where a section of the grid has no solid tie to ground, the block at its top has a Z whose common mode is a million times what else is in it: current that the
 * section's nodes had in sum would have to flow through next to nothing. They have none (legs there lie between two of its nodes), but for rounding, which that
 * common mode would raise to volts; and beside it the rest of Z would lose all its digits when it is written with seven. So the common mode is taken out. What it
 * would have said, by how much the whole section moves against the base case, is set when voltages are read (floating-sections.ts).
 */
import type { ChordBlock } from './chord-fold.js';
import type { CompiledGrid } from './compiled-grid.js';
import { findFloatingSections } from './floating-sections.js';

/** How many times larger than the rest a common mode must be to be taken out: beyond this it would cost the rest a digit and more. */
const LARGE = 10;

/** Blocks without the common modes of floating sections; those that have none are the same objects. */
export function withoutCommonModes(compiled: CompiledGrid, blocks: readonly ChordBlock[]): readonly ChordBlock[] {
  const sections = findFloatingSections(compiled).filter(({ legs }) => legs.length === 0);
  if (sections.length === 0) return blocks;
  const sectionOf = new Int32Array(compiled.nodeCount).fill(-1);
  sections.forEach(({ nodes }, section) => {
    for (const node of nodes) sectionOf[node] = section;
  });
  return blocks.map((block) => {
    let { z } = block;
    sections.forEach((_, section) => {
      const places = block.nodes.flatMap((node, place) => (sectionOf[node] === section ? [place] : []));
      if (places.length > 1) z = withoutCommonMode(z, block.nodes.length, places);
    });
    return z === block.z ? block : { ...block, z };
  });
}

/** Z applied to currents whose sum over some nodes is 0: of each row the mean over these nodes' columns is taken away, where it is large. */
function withoutCommonMode(z: Float64Array, nodes: number, places: readonly number[]): Float64Array {
  const width = 2 * nodes;
  const less = z.slice();
  for (let row = 0; row < width; row++) {
    for (const part of [0, 1]) {
      const columns = places.map((place) => row * width + 2 * place + part);
      const mean = columns.reduce((sum, k) => sum + z[k], 0) / places.length;
      for (const k of columns) less[k] -= mean;
    }
  }
  return largest(z) > LARGE * largest(less) ? less : z;
}

function largest(values: Float64Array): number {
  return values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}
