/** The sweep as a session: the tree's records and coefficients in kernel memory. */
import type { CompiledGrid } from './compiled-grid.js';
import { nodeName } from './compiled-grid.js';
import * as layout from './kernel-layout.js';
import { type KernelBackend, wasmBackend } from './kernels.js';
import { asRealBlocks, linearParts } from './linear-parts.js';
import { Session } from './session.js';
import { TreeFolder } from './tree-fold.js';
import { buildTree, isReciprocal, NotRadial, type TreeBlock, type TreePlan } from './tree-plan.js';

/** A sweep ready to solve. */
export interface SweepMethod {
  session: Session;
  /** Folds anew what changed elements (by index) touch; returns why it cannot, or undefined. */
  refold(changed: Iterable<number>): string | undefined;
}

function recordKind(block: TreeBlock, refined: boolean): number {
  if (refined) return layout.TREE_REFINED;
  if (block.parent < 0) return layout.TREE_ROOT;
  if (block.seriesLine >= 0) {
    if (block.nodes.length === 1) return layout.TREE_ONE;
    if (block.nodes.length === 2) return layout.TREE_TWO;
    if (block.nodes.length === 3) return layout.TREE_THREE;
  }
  return layout.TREE_GENERAL;
}

/** Makes a sweep for S scenarios, or returns in words why the grid does not allow one. */
export function makeSweep(compiled: CompiledGrid, scenarios: number, backend: KernelBackend = wasmBackend, ownSources = false): SweepMethod | string {
  const tree = buildTree(compiled);
  if (tree instanceof NotRadial) return tree.reason;
  if (!isReciprocal(compiled)) return 'an element is not reciprocal';
  const { blocks } = tree;
  const linear = linearParts(compiled, 1);
  const folder = new TreeFolder(compiled, tree, linear);
  const start = folder.coefficientStart;
  const listed = blocks.reduce((sum, block) => sum + block.parentNodes.length, 0);
  const session = new Session(
    compiled,
    tree.slotOfNode,
    scenarios,
    ({ allocate, count }) => {
      count(layout.FIELD_TREE_COUNT, blocks.length);
      allocate(layout.FIELD_TREE_RECORDS, blocks.length * layout.TREE_RECORD * 4);
      allocate(layout.FIELD_TREE_COEFFICIENTS, start[blocks.length] * 16);
      allocate(layout.FIELD_TREE_LISTS, listed * 4);
    },
    asRealBlocks(linear),
    backend,
    [],
    undefined,
    ownSources,
  );
  writeRecords(session, tree, start, listed);
  const values = session.doubles(layout.FIELD_TREE_COEFFICIENTS, 2 * start[blocks.length]);
  const explain = (bad: number): string | undefined =>
    bad < 0 ? undefined : `node ${nodeName(compiled, blocks[bad].nodes[0])} has no path for current of its own`;
  const records = session.integers(layout.FIELD_TREE_RECORDS, blocks.length * layout.TREE_RECORD);
  const setKinds = (): void => {
    for (let b = 0; b < blocks.length; b++) records[b * layout.TREE_RECORD] = recordKind(blocks[b], folder.refined[b] === 1);
  };
  const problem = explain(folder.foldAll(values));
  setKinds();
  const refold = (changed: Iterable<number>): string | undefined => {
    const bad = folder.refold(changed, values);
    setKinds();
    return explain(bad);
  };
  return problem ?? { session, refold };
}

function writeRecords(session: Session, tree: TreePlan, start: Int32Array, listed: number): void {
  const records = session.integers(layout.FIELD_TREE_RECORDS, tree.blocks.length * layout.TREE_RECORD);
  const lists = session.integers(layout.FIELD_TREE_LISTS, listed);
  const coefficients = session.offset(layout.FIELD_TREE_COEFFICIENTS);
  let listAt = 0;
  tree.blocks.forEach((block, b) => {
    const at = b * layout.TREE_RECORD;
    const inline = block.seriesLine >= 0 && block.nodes.length <= 3;
    records[at + 1] = tree.slotOfNode[block.nodes[0]] * session.columnBytes;
    const parents = block.parentNodes.map((node) => tree.slotOfNode[node] * session.columnBytes);
    if (!inline) {
      records[at + 2] = session.offset(layout.FIELD_TREE_LISTS) + 4 * listAt;
      lists.set(parents, listAt);
      listAt += parents.length;
    } else {
      records.set(parents, at + 2);
    }
    records[at + 5] = coefficients + 16 * start[b];
    records[at + 6] = block.nodes.length;
    records[at + 7] = block.parentNodes.length;
  });
}
