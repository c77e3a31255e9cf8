/**
 * Which legs belong to which block of the chord method, written as the lists by which the kernel goes.
 *
 * The kernel comes down the tree, finds a block's voltages and at once what the legs between its nodes and to ground inject there; only legs between two blocks,
 * and nodes at which the lanes' own taps inject, wait until the pass is over ("open" blocks).
 */
import { blockKind, writesFirst } from './chord-blocks.js';
import type { ChordBlock } from './chord-fold.js';
import type { SpanPorts } from './chord-reduce.js';
import type { CompiledGrid } from './compiled-grid.js';
import * as layout from './kernel-layout.js';
import { legFactors } from './legs.js';
import { legCurrent } from './mismatch.js';
import type { MethodArrays, Session } from './session.js';

/** A block's legs, by index: between two of its nodes, and to ground of each node. */
interface BlockLegs {
  flags: number;
  /** Whether sources inject into it. */
  sources: boolean;
  spans: number[];
  grounded: number[][];
}

/** The legs of all blocks. */
export interface ChordLegs {
  compiled: CompiledGrid;
  blocks: readonly ChordBlock[];
  legsOf: BlockLegs[];
  /** Legs between two blocks. */
  loose: number[];
  /** Nodes of open blocks, and nodes whose folded currents have to be cleared before each pass. */
  open: number[];
  clear: number[];
}

/** Numbers in a leg's place in a list: with both nodes, and to ground. */
const SPAN = layout.CHORD_LEG + 2;

function needsList(flags: number): boolean {
  return (flags & layout.CHORD_LEGS) !== 0;
}

/**
 * What each leg injects at given voltages and its present power, linear part and all, [leg][re, im], ampere.
 *
 * @param voltage [node][re, im], volt
 * @param slopes linear part of each leg, [leg][rr, ri, ir, ii]
 */
export function legInjections(compiled: CompiledGrid, voltage: Float64Array, slopes: Float64Array): Float64Array {
  const { legs } = compiled;
  const injection = new Float64Array(2 * legs.count);
  const volt = (node: number, part: 0 | 1): number => (node < 0 ? 0 : voltage[2 * node + part]);
  for (let leg = 0; leg < legs.count; leg++) {
    const vr = volt(legs.from[leg], 0) - volt(legs.to[leg], 0);
    const vi = volt(legs.from[leg], 1) - volt(legs.to[leg], 1);
    const [re, im] = legCurrent(compiled, leg, vr, vi);
    const [rr, ri, ir, ii] = slopes.subarray(4 * leg, 4 * leg + 4);
    injection.set([rr * vr + ri * vi - re, ir * vr + ii * vi - im], 2 * leg);
  }
  return injection;
}

/**
 * Sorts the legs into the blocks (which stand parents first) and sets the blocks' flags.
 *
 * @param fromReference whether injections are counted from a reference: then there is a constant wherever legs are
 */
export function arrangeLegs(compiled: CompiledGrid, blocks: readonly ChordBlock[], ports: SpanPorts, fromReference: boolean): ChordLegs {
  const { legs, sourceCurrent } = compiled;
  const blockOf = new Int32Array(compiled.nodeCount + ports.from.length).fill(-1);
  blocks.forEach(({ nodes }, b) => {
    for (const node of nodes) blockOf[node] = b;
  });
  const legsOf = blocks.map(({ nodes }): BlockLegs => ({ flags: 0, sources: false, spans: [], grounded: nodes.map(() => []) }));
  const loose: number[] = [];
  const openBlocks = new Set<number>();
  for (let leg = 0; leg < legs.count; leg++) {
    const port = ports.ofLeg[leg];
    const [from, to] = port < 0 ? [legs.from[leg], legs.to[leg]] : [compiled.nodeCount + port, -1];
    const b = from >= 0 ? blockOf[from] : -1;
    if (b >= 0 && to < 0) legsOf[b].grounded[blocks[b].nodes.indexOf(from)].push(leg);
    else if (b >= 0 && blockOf[to] === b) legsOf[b].spans.push(leg);
    else {
      loose.push(leg);
      for (const node of [from, to]) if (node >= 0) openBlocks.add(blockOf[node]);
    }
  }
  for (const block of blocks) if (block.lanes) for (const node of block.parentNodes) openBlocks.add(blockOf[node]);
  blocks.forEach(({ nodes, parent }, b) => {
    const own = legsOf[b];
    const sources = parent < 0 || nodes.some((node) => sourceCurrent[2 * node] !== 0 || sourceCurrent[2 * node + 1] !== 0);
    const injects = own.spans.length > 0 || own.grounded.some((list) => list.length > 0);
    if (openBlocks.has(b)) own.flags |= layout.CHORD_OPEN | layout.CHORD_LEGS | layout.CHORD_OWN;
    if (injects) own.flags |= layout.CHORD_LEGS | layout.CHORD_OWN;
    own.sources = sources;
    if (sources || (fromReference && (injects || openBlocks.has(b)))) own.flags |= layout.CHORD_CONSTANT | layout.CHORD_OWN;
    const isPower = (list: readonly number[]): boolean => list.length === 1 && legs.laws[list[0]].group === layout.GROUP_PQ;
    const isPlainLoad = nodes.length === 3 && own.spans.length === 0 && own.grounded.every(isPower);
    if (isPlainLoad && !openBlocks.has(b) && !sources) own.flags |= layout.CHORD_POWERS;
  });
  const open = [...openBlocks].sort((a, b) => a - b).flatMap((b) => blocks[b].nodes);
  return { compiled, blocks, legsOf, loose, open, clear: orderFolding(blocks, legsOf, blockOf) };
}

/** Sets which block writes into its parents' columns first and on which blocks hang; returns the nodes that none writes first. */
function orderFolding(blocks: readonly ChordBlock[], legsOf: readonly BlockLegs[], blockOf: Int32Array): number[] {
  const clear: number[] = [];
  const written = new Set<number>();
  for (let b = blocks.length - 1; b >= 0; b--) {
    const { nodes, parentNodes } = blocks[b];
    const isShort = writesFirst(blockKind(blocks[b]));
    const own = legsOf[b];
    if ((own.flags & layout.CHORD_CHILDREN) !== 0) clear.push(...nodes.filter((node) => !written.has(node)));
    if (isShort && (own.flags & (layout.CHORD_OWN | layout.CHORD_CHILDREN)) === 0) continue;
    for (const node of parentNodes) legsOf[blockOf[node]].flags |= layout.CHORD_CHILDREN;
    for (let k = 0; k < parentNodes.length; k += 3) {
      const columns = parentNodes.slice(k, k + 3);
      const isFirst = isShort && k < 3 * layout.CHORD_FIRST_GROUPS && !columns.some((node) => written.has(node));
      if (isFirst) own.flags |= layout.CHORD_FIRST << (k / 3);
      else clear.push(...columns.filter((node) => !written.has(node)));
      for (const node of columns) written.add(node);
    }
  }
  return clear;
}

/** One block's list, as numbers; `leg` says what the kernel must know of a leg, `column` where a node stands. */
function listOf(legs: ChordLegs, b: number, leg: (leg: number) => number[], column: (node: number) => number): number[] {
  const { flags, sources, spans, grounded } = legs.legsOf[b];
  if (!needsList(flags)) return [];
  const { from, to } = legs.compiled.legs;
  const touched = new Set<number>();
  const list = [spans.length];
  const { nodes } = legs.blocks[b];
  const isLone = (span: number): boolean =>
    !sources &&
    (flags & layout.CHORD_OPEN) === 0 &&
    [from[span], to[span]].every(
      (node) => grounded[nodes.indexOf(node)].length === 0 && spans.every((other) => other === span || (from[other] !== node && to[other] !== node)),
    );
  for (const span of spans) {
    const numbers = leg(span);
    if (isLone(span)) {
      numbers[3] |= layout.CHORD_LONE;
      list.push(...numbers, column(from[span]), column(to[span]));
      continue;
    }
    if (!touched.has(from[span])) numbers[3] |= layout.CHORD_FIRST_AT_FROM;
    touched.add(from[span]);
    if (!touched.has(to[span])) numbers[3] |= layout.CHORD_FIRST_AT_TO;
    touched.add(to[span]);
    list.push(...numbers, column(from[span]), column(to[span]));
  }
  const listed = nodes
    .map((node, k) => ({ node, own: grounded[k] }))
    .filter(({ node, own }) => own.length > 0 || touched.has(node) || (flags & layout.CHORD_OPEN) !== 0);
  list.push(listed.length);
  for (const { node, own } of listed) list.push(column(node), touched.has(node) ? 1 : 0, own.length, ...own.flatMap(leg));
  return list;
}

/** Length of all lists. */
function totalLength(legs: ChordLegs): number {
  const none = Array.from({ length: layout.CHORD_LEG }, () => 0);
  return legs.blocks.reduce(
    (sum, _, b) =>
      sum +
      listOf(
        legs,
        b,
        () => [...none],
        () => 0,
      ).length,
    0,
  );
}

/** Makes room for the lists; `slots` is the number of nodes of the method, `legCount` that of legs, `unitBytes` those of a number. */
export function allocateChordLegs(legs: ChordLegs, slots: number, legCount: number, unitBytes: number, { allocate, count }: MethodArrays): void {
  // And ground, which has 0 volt.
  allocate(layout.FIELD_CHORD_BASE, (slots + 1) * 2 * unitBytes);
  allocate(layout.FIELD_CHORD_START, legCount * layout.CHORD_START * unitBytes);
  allocate(layout.FIELD_CHORD_LEGS, totalLength(legs) * 4);
  allocate(layout.FIELD_CHORD_CLEAR_LIST, legs.clear.length * 4);
  count(layout.FIELD_CHORD_CLEAR_COUNT, legs.clear.length);
  allocate(layout.FIELD_CHORD_OPEN_LIST, legs.open.length * 4);
  count(layout.FIELD_CHORD_OPEN_COUNT, legs.open.length);
  allocate(layout.FIELD_CHORD_LOOSE_LIST, legs.loose.length * SPAN * 4);
  count(layout.FIELD_CHORD_LOOSE_COUNT, legs.loose.length);
}

/** What the kernel must know of a leg: its records, where its power stands in a block, its group. */
function legNumbers(session: Session, compiled: CompiledGrid, leg: number): number[] {
  return [
    session.offset(layout.FIELD_LEG_HOT) + leg * layout.LEG_HOT * session.unitBytes,
    session.offset(layout.FIELD_LEG_COLD) + leg * layout.LEG_COLD * session.unitBytes,
    leg * session.columnBytes,
    compiled.legs.laws[leg].group,
  ];
}

/**
 * Writes flags, lists and the start from the base case into a session whose records stand already.
 *
 * @param baseVoltage [node][re, im]
 * @param slopes linear part of each leg, [leg][rr, ri, ir, ii]
 */
export function writeChordLegs(session: Session, legs: ChordLegs, baseVoltage: Float64Array, slopes: Float64Array): void {
  const { compiled } = legs;
  const span = (leg: number): number[] => [
    ...legNumbers(session, compiled, leg),
    session.columnOffset(compiled.legs.from[leg]),
    session.columnOffset(compiled.legs.to[leg]),
  ];
  const records = session.integers(layout.FIELD_TREE_RECORDS, legs.blocks.length * layout.CHORD_RECORD);
  const lists = session.integers(layout.FIELD_CHORD_LEGS, totalLength(legs));
  let at = 0;
  legs.legsOf.forEach((own, b) => {
    records[b * layout.CHORD_RECORD + 8] = own.flags;
    records[b * layout.CHORD_RECORD + 9] = session.offset(layout.FIELD_CHORD_LEGS) + 4 * at;
    const list = listOf(
      legs,
      b,
      (leg) => legNumbers(session, compiled, leg),
      (node) => session.columnOffset(node),
    );
    lists.set(list, at);
    at += list.length;
  });
  const columns = (nodes: readonly number[]): number[] => nodes.map((node) => session.columnOffset(node));
  session.integers(layout.FIELD_CHORD_CLEAR_LIST, legs.clear.length).set(columns(legs.clear));
  session.integers(layout.FIELD_CHORD_OPEN_LIST, legs.open.length).set(columns(legs.open));
  session.integers(layout.FIELD_CHORD_LOOSE_LIST, legs.loose.length * SPAN).set(legs.loose.flatMap(span));
  writeStart(session, compiled, baseVoltage, slopes);
}

/** The base case's voltages, and each leg's injection at them as numbers times 1, P and Q. */
function writeStart(session: Session, compiled: CompiledGrid, baseVoltage: Float64Array, slopes: Float64Array): void {
  const { legs } = compiled;
  const base = session.numbers(layout.FIELD_CHORD_BASE, 2 * session.nodeCount);
  session.eachVoltage(baseVoltage, (slot, re, im) => base.set([re, im], 2 * slot));
  const start = session.numbers(layout.FIELD_CHORD_START, legs.count * layout.CHORD_START);
  const factors = new Float64Array(2);
  const volt = (node: number, part: 0 | 1): number => (node < 0 ? 0 : baseVoltage[2 * node + part]);
  for (let leg = 0; leg < legs.count; leg++) {
    const vr = volt(legs.from[leg], 0) - volt(legs.to[leg], 0);
    const vi = volt(legs.from[leg], 1) - volt(legs.to[leg], 1);
    legFactors(legs.laws[leg], Math.hypot(vr, vi), factors);
    const [rr, ri, ir, ii] = slopes.subarray(4 * leg, 4 * leg + 4);
    // A leg without voltage draws nothing, whatever its law says of a division by it.
    const [fp, fq] = vr === 0 && vi === 0 ? [0, 0] : factors;
    start.set([rr * vr + ri * vi, fp * vr, fq * vi, ir * vr + ii * vi, fp * vi, fq * vr], leg * layout.CHORD_START);
  }
}
