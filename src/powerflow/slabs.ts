/**
 * Slabs: how the blocks of one session are shared out among workers on shared memory.
 *
 * A slab is a run of blocks. Whoever takes part in a solution (each worker, and last the main thread, for what workers leave) has a layout block of its own, a copy
 * of the session's in which the scratch arrays are its own; before it solves a slab it makes the arrays that hold something of each block begin at the slab's first
 * block. Nobody writes where another one reads, except through the control words, and these by Atomics. What goes on there stands in slab-loop.js.
 */
import * as layout from './kernel-layout.js';
import type { Arena } from './kernels.js';
import { CONTROL_WORDS, SHARE_BYTES } from './slab-loop.js';

/**
 * What a field of the layout block is: a number; an array that solutions only read; one with a piece for each block; room for one block's intermediate results.
 */
type FieldKind = 'number' | 'shared' | 'block' | 'scratch';

type LayoutField = Exclude<Extract<keyof typeof layout, `FIELD_${string}`>, 'FIELD_COUNT'>;

/** Every field of the layout, so that a new one does not compile before it is said here what it is. */
const FIELD_KINDS: Record<LayoutField, FieldKind> = {
  FIELD_NODES: 'number',
  FIELD_BLOCKS: 'number',
  FIELD_LEGS: 'number',
  FIELD_PQ_END: 'number',
  FIELD_Z_END: 'number',
  FIELD_ZIP_END: 'number',
  FIELD_LEG_NODES: 'shared',
  FIELD_LEG_HOT: 'shared',
  FIELD_LEG_COLD: 'shared',
  FIELD_POWER: 'block',
  FIELD_VOLTAGE: 'block',
  FIELD_CONSTANT: 'shared',
  FIELD_INJECTION: 'scratch',
  FIELD_PREVIOUS: 'scratch',
  FIELD_WORK: 'scratch',
  FIELD_STATUS: 'block',
  FIELD_ITERATIONS: 'block',
  FIELD_MISMATCH: 'block',
  FIELD_HISTORY: 'scratch',
  FIELD_LEG_NODE_COUNT: 'number',
  FIELD_LEG_NODE_LIST: 'shared',
  FIELD_TREE_COUNT: 'number',
  FIELD_TREE_RECORDS: 'shared',
  FIELD_LU_START: 'shared',
  FIELD_LU_INDEX: 'shared',
  FIELD_LU_DIAGONAL: 'shared',
  FIELD_LU_LOWER: 'shared',
  FIELD_LU_UPPER: 'shared',
  FIELD_LU_TARGET: 'shared',
  FIELD_Y_START: 'shared',
  FIELD_Y_INDEX: 'shared',
  FIELD_Y_VALUE: 'shared',
  FIELD_Y_POSITION: 'shared',
  FIELD_LEG_POSITION: 'shared',
  FIELD_JACOBIAN: 'scratch',
  FIELD_LU_COUNT: 'number',
  FIELD_FLOOR: 'shared',
  FIELD_STEP: 'scratch',
  FIELD_BASE: 'scratch',
  FIELD_TREE_COEFFICIENTS: 'shared',
  FIELD_TREE_LISTS: 'shared',
  FIELD_CONSTANT_STRIDE: 'number',
  FIELD_LANE_COUNT: 'number',
  FIELD_LANE_RECORDS: 'shared',
  FIELD_LANE_VALUES: 'block',
  FIELD_LANE_STRIDE: 'number',
  FIELD_LANE_SCRATCH: 'scratch',
  FIELD_LANE_UNITS: 'number',
  FIELD_TAPS: 'block',
  FIELD_LANE_DATA: 'shared',
  FIELD_OWN_PARAMETERS: 'number',
  FIELD_OWN_PARAMETER: 'block',
  FIELD_OWN_COUNT: 'number',
  FIELD_OWN_RECORDS: 'shared',
  FIELD_OWN_POLYNOMIALS: 'shared',
  FIELD_OWN_VALUES: 'scratch',
  FIELD_ACTIVE: 'block',
  FIELD_DEAD_FIRST: 'number',
  FIELD_DEAD_COUNT: 'number',
  FIELD_CHORD_BASE: 'shared',
  FIELD_CHORD_START: 'shared',
  FIELD_CHORD_LEGS: 'shared',
  FIELD_CHORD_CLEAR_COUNT: 'number',
  FIELD_CHORD_CLEAR_LIST: 'shared',
  FIELD_CHORD_OPEN_COUNT: 'number',
  FIELD_CHORD_OPEN_LIST: 'shared',
  FIELD_CHORD_LOOSE_COUNT: 'number',
  FIELD_CHORD_LOOSE_LIST: 'shared',
  FIELD_CONTROL_COUNT: 'number',
  FIELD_CONTROL_RECORDS: 'shared',
  FIELD_CONTROL_NUMBERS: 'shared',
  FIELD_CONTROL_PAIRS: 'shared',
  FIELD_CONTROL_CURRENTS: 'shared',
  FIELD_CONTROL_TERMS: 'shared',
  FIELD_CONTROL_POLYNOMIALS: 'shared',
  FIELD_ACTUATOR_COUNT: 'number',
  FIELD_ACTUATOR_RECORDS: 'shared',
  FIELD_ACTUATOR_LEGS: 'shared',
  FIELD_ACTUATOR_VARS: 'shared',
  FIELD_ACTUATOR_START: 'block',
  FIELD_ACTUATOR_VALUE: 'block',
  FIELD_CONTROL_STATE: 'scratch',
  FIELD_CONTROL_STATE_SIZE: 'number',
  FIELD_CONTROL_LIMIT: 'number',
  FIELD_CONTROL_CLOCK: 'shared',
  FIELD_CONTROL_ITERATIONS: 'block',
  FIELD_CONTROL_ACTIONS: 'block',
  FIELD_TAP_MOVES: 'block',
  FIELD_LANE_PROGRAM: 'shared',
  FIELD_CHORD_FORESIGHT: 'number',
};

/** Fields of one kind, as places in the layout block. */
function fieldsOf(kind: FieldKind): number[] {
  return (Object.keys(FIELD_KINDS) as LayoutField[]).filter((name) => FIELD_KINDS[name] === kind).map((name) => layout[name]);
}

/** An array with a piece for each block. */
export interface BlockArray {
  /** Its field. */
  field: number;
  /** Byte offset of the first block's piece, and bytes from one to the next. */
  offset: number;
  stride: number;
}

/** Where things are in the shared memory and how the blocks are cut; plain numbers, so that it can be sent to a worker. */
export interface SlabRoom {
  /** Workers for which there is room: those asked for, or one a block where there are fewer blocks. The main thread takes part under this number. */
  workers: number;
  /** Slabs, blocks a slab (the last may have fewer), blocks, scenarios a block and scenarios. */
  slabs: number;
  slabBlocks: number;
  blocks: number;
  lanes: number;
  scenarios: number;
  /** Byte offset of the control words, i32; of the slabs' owners, i32 [slab]; of what each did, f64 [participant][seconds, scenarios, ...]. */
  control: number;
  owners: number;
  shares: number;
  /** Byte offsets of the participants' layout blocks, and of their copies of a slab's voltages as they were before it was solved. */
  layouts: number[];
  kept: number[];
  /** What is set in a layout block for each slab: the number of blocks and the arrays with a piece a block; among these the voltages. */
  blocksField: number;
  blockArrays: BlockArray[];
  voltage: BlockArray;
  /** Byte offset of one block's voltages in the base case. */
  base: number;
  /** Per participant: where its scratch arrays are, [field, byte offset]. */
  scratch: [number, number][][];
}

/** Enough slabs for workers that are unequally fast to end at about the same time. */
const SLABS_A_WORKER = 8;
/** A slab of so many blocks takes long enough for its claim not to count. */
const MOST_BLOCKS_A_SLAB = 64;

/**
 * Asks the arena for what workers need beside the session's own arrays.
 *
 * @param fields the session's layout block, [field]; every array has been allocated
 * @param bytesOf bytes of the arrays, [field]
 * @internal
 */
export function reserveSlabs(arena: Arena, asked: number, scenarios: number, lanes: number, fields: Int32Array, bytesOf: Float64Array): SlabRoom {
  const blocks = Math.ceil(scenarios / lanes);
  const workers = Math.min(asked, blocks);
  const slabBlocks = Math.max(1, Math.min(MOST_BLOCKS_A_SLAB, Math.floor(blocks / (workers * SLABS_A_WORKER))));
  const slabs = Math.ceil(blocks / slabBlocks);
  const blockArray = (field: number): BlockArray => ({ field, offset: fields[field], stride: bytesOf[field] / blocks });
  const voltage = blockArray(layout.FIELD_VOLTAGE);
  // Source currents are shared by all blocks unless each has its own.
  const perBlock = [...fieldsOf('block'), ...(fields[layout.FIELD_CONSTANT_STRIDE] > 0 ? [layout.FIELD_CONSTANT] : [])];
  const participants = Array.from({ length: workers + 1 }, (_, participant) => participant);
  return {
    workers,
    slabs,
    slabBlocks,
    blocks,
    lanes,
    scenarios,
    control: arena.allocate(CONTROL_WORDS * 4),
    owners: arena.allocate(slabs * 4),
    shares: arena.allocate(participants.length * SHARE_BYTES),
    layouts: participants.map(() => arena.allocate(layout.FIELD_COUNT * 4)),
    kept: participants.map(() => arena.allocate(slabBlocks * voltage.stride)),
    blocksField: layout.FIELD_BLOCKS,
    blockArrays: perBlock.filter((field) => bytesOf[field] > 0).map(blockArray),
    voltage,
    base: arena.allocate(voltage.stride),
    scratch: participants.map(() =>
      fieldsOf('scratch')
        .filter((field) => bytesOf[field] > 0)
        .map((field): [number, number] => [field, arena.allocate(bytesOf[field])]),
    ),
  };
}

/**
 * Writes the participants' layout blocks.
 *
 * @internal
 */
export function writeLayouts(memory: WebAssembly.Memory, room: SlabRoom, fields: Int32Array): void {
  room.layouts.forEach((offset, participant) => {
    const own = new Int32Array(memory.buffer, offset, layout.FIELD_COUNT);
    own.set(fields);
    for (const [field, at] of room.scratch[participant]) own[field] = at;
  });
}

/** The numbers of a solution that stay the same as long as a batch lives. */
export interface SlabMethod {
  /** One of SOLVER_*; not read by Newton. */
  solver: number;
  isNewton: boolean;
  /** What the kernel is told to start from: the voltages in memory; and the base case, where its plan has that, else the voltages too (written there before). */
  warmStart: number;
  baseStart: number;
  toleranceVa: number;
  /** Most iterations. */
  limit: number;
}

/** What one participant did in a solution. */
export interface SlabShare {
  scenarios: number;
  /** By the clock, while it solved. */
  seconds: number;
}

/** What one worker did in a solution, and why it died, once for each time, since the report before. */
export interface WorkerShare extends SlabShare {
  deaths: string[];
}

/** Who did what. */
export interface SlabReport {
  workers: WorkerShare[];
  /** What the main thread had to do because no worker was alive. */
  mainThread: SlabShare;
}
