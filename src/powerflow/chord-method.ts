/** The chord method as a session, blocks on a tree or on a meshed grid: coefficients of the base case shared by all lanes, only right-hand sides a lane. */
import type { SessionControls } from './batch-controls.js';
import { blockKind, hasParentList } from './chord-blocks.js';
import { type ChordBlock, foldChord } from './chord-fold.js';
import { allocateChordLegs, arrangeLegs, legInjections, writeChordLegs } from './chord-legs.js';
import { noPorts, type ReducedTree, reduceChord } from './chord-reduce.js';
import { withoutCommonModes } from './chord-single.js';
import type { CompiledGrid } from './compiled-grid.js';
import { nodeName } from './compiled-grid.js';
import * as layout from './kernel-layout.js';
import type { KernelBackend } from './kernels.js';
import { type LaneProgram, laneProgram } from './lane-program.js';
import { legSlopes } from './leg-slopes.js';
import { buildMesh } from './mesh-plan.js';
import type { ObserverTables } from './observer-tables.js';
import { type MethodArrays, type Numbers, Session } from './session.js';
import { buildTree, NotRadial } from './tree-plan.js';

/** The coefficients of a base case, with and without the buses that are not needed in the iteration. */
export interface ChordPlan {
  compiled: CompiledGrid;
  /** The base case's voltages, [node][re, im]. */
  baseVoltage: Float64Array;
  /** What each leg injects in the base case, linear part and all, [leg][re, im]. */
  baseInjection: Float64Array;
  /** Source currents of the base case, [node][re, im], ampere. */
  baseSource: Float64Array;
  slopes: Float64Array;
  full: ReducedTree;
  reduced: ReducedTree;
}

/** What a plan is made for. */
export interface ChordOptions {
  /** Transformers (by element index) whose taps differ from lane to lane, and the winding that has the tap. Radial grids only. */
  variable?: ReadonlyMap<number, number>;
  /** Voltages without load, [node][re, im], which say how far those of lanes go; undefined where there are none. */
  unloadedVoltage?: Float64Array;
  /** Nodes that controls look at. */
  watched?: ReadonlySet<number>;
  /** Whether a meshed grid is to be refused. */
  radialOnly?: boolean;
}

/** Makes the plan at the base case's voltages, [node][re, im], volt; or says in words why there is none. */
export function makeChordPlan(compiled: CompiledGrid, baseVoltage: Float64Array, options: ChordOptions = {}): ChordPlan | string {
  const { variable = new Map(), unloadedVoltage, watched = new Set(), radialOnly = false } = options;
  const { legs, sourceCurrent } = compiled;
  const injected = new Uint8Array(compiled.nodeCount);
  for (const ends of [legs.from, legs.to]) for (const node of ends) if (node >= 0) injected[node] = 1;
  const looked = (node: number): boolean => watched.has(node) || sourceCurrent[2 * node] !== 0 || sourceCurrent[2 * node + 1] !== 0;
  const radial = buildTree(compiled);
  if (radial instanceof NotRadial && (radialOnly || variable.size > 0)) return radial.reason;
  const tree = radial instanceof NotRadial ? buildMesh(compiled, (node) => injected[node] === 1 || looked(node)) : radial;
  const slopes = legSlopes(compiled, baseVoltage, unloadedVoltage, variable.size > 0);
  const full = foldChord(compiled, tree, slopes, variable);
  if (typeof full === 'number') return `node ${nodeName(compiled, tree.blocks[full].nodes[0])} has no path for current of its own`;
  // What a lane's taps change is current at the parent's nodes.
  const changed = new Set(full.filter(({ lanes }) => lanes).flatMap(({ parentNodes }) => parentNodes));
  return {
    compiled,
    baseVoltage,
    baseInjection: legInjections(compiled, baseVoltage, slopes),
    baseSource: sourceCurrent.slice(),
    slopes,
    full: { blocks: full, ports: noPorts(compiled) },
    reduced: reduceChord(compiled, full, (node) => changed.has(node) || looked(node)),
  };
}

/**
 * Steps ahead, as powers of 2, for which a lane's pace is looked at before it is left to Newton: 16, which take about as long as Newton does for a lane; 64 on large grids, whose
 * factors of each lane's own do not stay in the cache (IEEE 8500: a lane by Newton takes as long as some 60 steps of its block).
 */
const FORESIGHT = 4;
const LARGE_FORESIGHT = 6;
/** Nodes in the iteration above which a grid is large. */
const LARGE_SLOTS = 2000;

/**
 * A session for S scenarios over all buses, or over those that the iteration needs. In single precision voltages and injections are counted from the base case; taps
 * of each lane's own are for double precision only.
 *
 * @param ownSources whether each block has source currents of its own
 */
export function makeChordSession(
  plan: ChordPlan,
  { blocks: exact, ports }: ReducedTree,
  scenarios: number,
  backend: KernelBackend,
  ownSources = false,
  controls?: SessionControls,
  observer?: ObserverTables,
): Session {
  const { compiled } = plan;
  const isSingle = backend.precision === 'single';
  const blocks = isSingle ? withoutCommonModes(compiled, exact) : exact;
  const portSlot = new Array<number>(ports.from.length);
  const slotOfNode = new Int32Array(compiled.nodeCount).fill(-1);
  let slot = 0;
  for (const node of blocks.flatMap(({ nodes }) => nodes)) {
    if (node < compiled.nodeCount) slotOfNode[node] = slot++;
    else portSlot[node - compiled.nodeCount] = slot++;
  }
  const start = new Int32Array(blocks.length + 1);
  let listed = 0;
  blocks.forEach(({ nodes, parentNodes }, b) => {
    start[b + 1] = start[b] + nodes.length * (2 * parentNodes.length + nodes.length);
    listed += parentNodes.length;
  });
  const lanes = laneRoom(blocks, backend.lanes);
  const unitBytes = isSingle ? 4 : 8;
  const legs = arrangeLegs(compiled, blocks, ports, isSingle);
  const session = new Session(
    compiled,
    slotOfNode,
    scenarios,
    (arrays) => {
      const { allocate, count } = arrays;
      allocateLanes(lanes, Math.ceil(scenarios / backend.lanes), backend.lanes, arrays);
      count(layout.FIELD_TREE_COUNT, blocks.length);
      count(layout.FIELD_CHORD_FORESIGHT, slot > LARGE_SLOTS ? LARGE_FORESIGHT : FORESIGHT);
      allocate(layout.FIELD_TREE_RECORDS, blocks.length * layout.CHORD_RECORD * 4);
      allocate(layout.FIELD_TREE_COEFFICIENTS, start[blocks.length] * 4 * unitBytes);
      allocate(layout.FIELD_TREE_LISTS, listed * 4);
      allocateChordLegs(legs, slot, compiled.legs.count, unitBytes, arrays);
      controls?.allocate(arrays, Math.ceil(scenarios / backend.lanes), backend.lanes);
      observer?.allocate(arrays.reserve, Math.ceil(scenarios / backend.lanes), backend.lanes);
    },
    plan.slopes,
    backend,
    lanes.blocks.flatMap((block) => block.parentNodes),
    { ...ports, slot: portSlot },
    ownSources,
    isSingle ? { voltage: plan.baseVoltage, injection: plan.baseInjection, source: plan.baseSource } : undefined,
  );
  const values = session.numbers(layout.FIELD_TREE_COEFFICIENTS, 4 * start[blocks.length]);
  const records = session.integers(layout.FIELD_TREE_RECORDS, blocks.length * layout.CHORD_RECORD);
  const lists = session.integers(layout.FIELD_TREE_LISTS, listed);
  let listAt = 0;
  blocks.forEach((block, b) => {
    const m = block.nodes.length;
    const q = block.parentNodes.length;
    const at = b * layout.CHORD_RECORD;
    const kind = blockKind(block);
    records[at] = kind;
    records[at + 1] = session.columnOffset(block.nodes[0]);
    const parents = block.parentNodes.map((node) => session.columnOffset(node));
    if (hasParentList(kind)) {
      records[at + 2] = session.offset(layout.FIELD_TREE_LISTS) + 4 * listAt;
      lists.set(parents, listAt);
      listAt += q;
    } else records.set(parents, at + 2);
    records[at + 5] = block.lanes
      ? lanes.valueOffset[lanes.blocks.indexOf(block)]
      : session.offset(layout.FIELD_TREE_COEFFICIENTS) + 4 * unitBytes * start[b];
    if (block.lanes) writeLaneBlock(session, lanes, block, records[at + 2]);
    records[at + 6] = m;
    records[at + 7] = q;
    writeBlocks(values, 4 * start[b], block.b, q, m);
    writeBlocks(values, 4 * (start[b] + m * q), block.a, m, q);
    writeBlocks(values, 4 * (start[b] + 2 * m * q), block.z, m, m);
  });
  writeChordLegs(session, legs, plan.baseVoltage, plan.slopes);
  const tapOrder = laneTransformers(blocks).map((element) => compiled.elements[element].element.name);
  controls?.write(session, (transformer) => [layout.ACTUATOR_TAP, tapOrder.indexOf(transformer)]);
  observer?.write(session);
  return session;
}

/** What blocks with lane taps need in memory. */
interface LaneRoom {
  blocks: ChordBlock[];
  /** Offset of each block's values within a block of lanes, and their total, bytes. */
  valueOffset: number[];
  stride: number;
  /** How each block's values are made; where its numbers and words begin, and the totals. */
  programs: LaneProgram[];
  dataStart: number[];
  data: number;
  wordStart: number[];
  words: number;
  /** First transformer of each block, and how many there are. */
  firstUnit: number[];
  units: number;
  largest: number;
}

function laneRoom(blocks: readonly ChordBlock[], width: number): LaneRoom {
  const room: LaneRoom = {
    blocks: [],
    valueOffset: [],
    stride: 0,
    programs: [],
    dataStart: [],
    data: 0,
    wordStart: [],
    words: 0,
    firstUnit: [],
    units: 0,
    largest: 0,
  };
  for (const block of blocks) {
    if (!block.lanes) continue;
    const [m, q] = [block.nodes.length, block.parentNodes.length];
    const program = laneProgram(block.lanes, m, q);
    room.blocks.push(block);
    room.valueOffset.push(room.stride);
    room.programs.push(program);
    room.dataStart.push(room.data);
    room.wordStart.push(room.words);
    room.firstUnit.push(room.units);
    room.stride += (2 * m * q + m * m + q * q) * 32 * width;
    room.data += program.numbers.length;
    room.words += program.words.length;
    room.units += block.lanes.units.length;
    room.largest = Math.max(room.largest, 2 * m * q);
  }
  return room;
}

function allocateLanes(room: LaneRoom, blocks: number, width: number, { allocate, count }: MethodArrays): void {
  count(layout.FIELD_LANE_COUNT, room.blocks.length);
  count(layout.FIELD_LANE_STRIDE, room.stride);
  count(layout.FIELD_LANE_UNITS, room.units);
  allocate(layout.FIELD_LANE_RECORDS, room.blocks.length * layout.LANE_RECORD * 4);
  allocate(layout.FIELD_LANE_VALUES, blocks * room.stride);
  // Behind the couplings, one entry.
  allocate(layout.FIELD_LANE_SCRATCH, (room.largest + 1) * 32 * width);
  allocate(layout.FIELD_TAPS, blocks * room.units * width * 8);
  allocate(layout.FIELD_LANE_DATA, room.data * 8);
  allocate(layout.FIELD_LANE_PROGRAM, room.words * 4);
}

/** Writes a block's record, program and numbers. */
function writeLaneBlock(session: Session, room: LaneRoom, block: ChordBlock, list: number): void {
  const index = room.blocks.indexOf(block);
  const { lanes, nodes, parentNodes } = block;
  if (!lanes) return;
  const records = session.integers(layout.FIELD_LANE_RECORDS, room.blocks.length * layout.LANE_RECORD);
  const { words, numbers } = room.programs[index];
  records.set(
    [
      nodes.length,
      parentNodes.length,
      room.firstUnit[index],
      lanes.units.length,
      session.offset(layout.FIELD_LANE_DATA) + 8 * room.dataStart[index],
      room.valueOffset[index],
      list,
      session.offset(layout.FIELD_LANE_PROGRAM) + 4 * room.wordStart[index],
    ],
    index * layout.LANE_RECORD,
  );
  session.doubles(layout.FIELD_LANE_DATA, room.data).set(numbers, room.dataStart[index]);
  session.integers(layout.FIELD_LANE_PROGRAM, room.words).set(words, room.wordStart[index]);
}

/** Elements (by index) of the transformers with lane taps in the order of the taps in memory. */
export function laneTransformers(blocks: readonly ChordBlock[]): number[] {
  return blocks.flatMap((block) => block.lanes?.units.map(({ element }) => element) ?? []);
}

/** Writes a real matrix with two rows and columns a node as blocks rr, ri, ir, ii. */
function writeBlocks(values: Numbers, at: number, matrix: Float64Array, rows: number, columns: number): void {
  const width = 2 * columns;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const from = 2 * i * width + 2 * j;
      values.set([matrix[from], matrix[from + 1], matrix[from + width], matrix[from + width + 1]], at + 4 * (i * columns + j));
    }
  }
}
