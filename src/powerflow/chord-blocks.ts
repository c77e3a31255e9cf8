/** Shapes of the chord method's blocks: which of the kernel's forms each takes. */
import type { ChordBlock } from './chord-fold.js';
import * as layout from './kernel-layout.js';

/** Kinds of blocks with forms of their own, [nodes][parents' nodes]. */
const SHORT_KINDS: readonly (readonly (number | undefined)[])[] = [
  [],
  [undefined, layout.TREE_ONE, layout.TREE_ONE_OF_TWO, layout.TREE_ONE_OF_THREE],
  [undefined, layout.TREE_TWO_OF_ONE, layout.TREE_TWO, layout.TREE_TWO_OF_THREE],
  [undefined, undefined, undefined, layout.TREE_THREE],
];
/** Kinds of blocks of so many nodes under any number. */
const WIDE_KINDS: readonly (number | undefined)[] = [undefined, layout.TREE_ONE_WIDE, layout.TREE_TWO_WIDE, layout.TREE_THREE_WIDE];

/** The kernel's form for a block, one of TREE_*. */
export function blockKind({ lanes, parent, nodes, parentNodes }: ChordBlock): number {
  if (lanes) return layout.TREE_LANES;
  if (parent < 0) return layout.TREE_ROOT;
  return SHORT_KINDS[nodes.length]?.[parentNodes.length] ?? WIDE_KINDS[nodes.length] ?? layout.TREE_GENERAL;
}

/** Whether a block of this kind may write into its parents' columns where others add, and need not be folded where it has no currents. */
export function writesFirst(kind: number): boolean {
  return kind !== layout.TREE_LANES && kind !== layout.TREE_ROOT && kind !== layout.TREE_GENERAL;
}

/** Whether the parent columns of a block of this kind stand in a list; else, up to three, in its record. */
export function hasParentList(kind: number): boolean {
  return !writesFirst(kind) || WIDE_KINDS.includes(kind);
}
