/** Shapes of the chord method's blocks: which of the kernel's forms each takes. */
import type { ChordBlock } from './chord-fold.js';
import * as layout from './kernel-layout.js';

/** Kinds of blocks with short forms in the kernel, [nodes][parents' nodes]. */
const SHORT_KINDS: readonly Readonly<Record<number, number>>[] = [
  {},
  { 1: layout.TREE_ONE, 2: layout.TREE_ONE_OF_TWO, 3: layout.TREE_ONE_OF_THREE, 6: layout.TREE_ONE_OF_SIX },
  { 1: layout.TREE_TWO_OF_ONE, 2: layout.TREE_TWO, 3: layout.TREE_TWO_OF_THREE, 6: layout.TREE_TWO_OF_SIX },
  { 3: layout.TREE_THREE, 6: layout.TREE_THREE_OF_SIX, 9: layout.TREE_THREE_OF_NINE },
];

/** The kernel's form for a block, one of TREE_*. */
export function blockKind(block: ChordBlock): number {
  if (block.lanes) return layout.TREE_LANES;
  if (block.parent < 0) return layout.TREE_ROOT;
  return SHORT_KINDS[block.nodes.length]?.[block.parentNodes.length] ?? layout.TREE_GENERAL;
}

/** Whether a block is folded by one of the kernel's short forms, which may write instead of adding. */
export function hasShortForm(block: ChordBlock): boolean {
  return block.parent >= 0 && !block.lanes && blockKind(block) !== layout.TREE_GENERAL;
}

/** Whether a block's parent columns stand in a list; else, up to three, in its record. */
export function hasParentList(block: ChordBlock): boolean {
  return !hasShortForm(block) || block.parentNodes.length > 3;
}
