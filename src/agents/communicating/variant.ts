/** What tells one kind of communicating agents from another. */
import type { Branch, BranchMaker } from './branches.js';
import type { Trunk } from './trunk.js';

/** A variant: what goes into an agent's memory, and what is done besides. All else is the trunk's. */
export interface Variant {
  readonly name: string;
  /** In one line, with its source. */
  readonly title: string;
  /** The branches into the memory. @param hidden units of layers and memories */
  branches(make: BranchMaker, hidden: number): Branch[];
  /** Whether branches stand side by side (the default), or are added up. */
  readonly join?: 'side-by-side' | 'sum';
  /** Done after each update of the parameters. */
  afterUpdate?(trunk: Trunk): void;
  /** Why it makes no sense that agents share parameters; left out where it does. */
  readonly notShared?: string;
}
