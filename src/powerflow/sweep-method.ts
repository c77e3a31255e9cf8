/** The sweep as a session: the tree's records and coefficients in kernel memory. */
import type { CompiledGrid } from './compiled-grid.js';
import { nodeName } from './compiled-grid.js';
import * as layout from './kernel-layout.js';
import { Session } from './session.js';
import { TreeFolder } from './tree-fold.js';
import { buildTree, isReciprocal, NotRadial, type TreePlan } from './tree-plan.js';

/** A sweep ready to solve. */
export interface SweepMethod {
  session: Session;
  /** Folds anew what changed elements (by index) touch; returns why it cannot, or undefined. */
  refold(changed: Iterable<number>): string | undefined;
}

function recordKind(rows: number, columns: number, parent: number): number {
  if (parent < 0) return layout.TREE_ROOT;
  if (rows === columns) {
    if (rows === 1) return layout.TREE_ONE;
    if (rows === 2) return layout.TREE_TWO;
    if (rows === 3) return layout.TREE_THREE;
  }
  return layout.TREE_GENERAL;
}

/** Makes a sweep for S scenarios, or returns in words why the grid does not allow one. */
export function makeSweep(compiled: CompiledGrid, scenarios: number): SweepMethod | string {
  const tree = buildTree(compiled);
  if (tree instanceof NotRadial) return tree.reason;
  if (!isReciprocal(compiled)) return 'an element is not reciprocal';
  const { blocks } = tree;
  const folder = new TreeFolder(compiled, tree);
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
    new Float64Array(2 * compiled.legs.count),
  );
  writeRecords(session, tree, start, listed);
  const values = session.doubles(layout.FIELD_TREE_COEFFICIENTS, 2 * start[blocks.length]);
  const explain = (bad: number): string | undefined =>
    bad < 0 ? undefined : `node ${nodeName(compiled, blocks[bad].nodes[0])} has no path for current of its own`;
  const problem = explain(folder.foldAll(values));
  return problem ?? { session, refold: (changed) => explain(folder.refold(changed, values)) };
}

function writeRecords(session: Session, tree: TreePlan, start: Int32Array, listed: number): void {
  const records = session.integers(layout.FIELD_TREE_RECORDS, tree.blocks.length * layout.TREE_RECORD);
  const lists = session.integers(layout.FIELD_TREE_LISTS, listed);
  const coefficients = session.offset(layout.FIELD_TREE_COEFFICIENTS);
  let listAt = 0;
  tree.blocks.forEach((block, b) => {
    const at = b * layout.TREE_RECORD;
    const kind = recordKind(block.nodes.length, block.parentNodes.length, block.parent);
    records[at] = kind;
    records[at + 1] = tree.slotOfNode[block.nodes[0]] * layout.COLUMN_BYTES;
    const parents = block.parentNodes.map((node) => tree.slotOfNode[node] * layout.COLUMN_BYTES);
    if (kind === layout.TREE_GENERAL || kind === layout.TREE_ROOT) {
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
