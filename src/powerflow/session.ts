/**
 * A session: one plan of one method with S scenarios, on one WebAssembly memory. All arrays are views on that memory, lanes innermost
 * (`[block][item][re, im or P, Q][W]`); scenario s is lane s % W of block floor(s / W). W is the backend's own.
 */
import type { CompiledGrid } from './compiled-grid.js';
import * as layout from './kernel-layout.js';
import { Arena, type KernelBackend, type KernelExports } from './kernels.js';
import { writeLeg } from './legs.js';
import { reserveSlabs, type SlabRoom, writeLayouts } from './slabs.js';

/** Numbers in the precision of a session. */
export type Numbers = Float64Array | Float32Array;

/** What a session keeps for all methods. */
export interface SessionArrays {
  power: Numbers;
  voltage: Numbers;
  constant: Numbers;
  status: Int32Array;
  iterations: Int32Array;
  mismatch: Float64Array;
  history: Float64Array;
}

/** Arrays a method adds: allocated through the builder, filled when the memory exists. */
export interface MethodArrays {
  /** Sets a layout field to a newly allocated piece, or to a number. */
  allocate(field: number, bytes: number): void;
  count(field: number, value: number): void;
  /** Byte offset of a newly allocated piece that no layout field is for. */
  reserve(bytes: number): number;
}

/** Pairs of nodes with a slot for the voltage across them: legs between them stand there and ask for neither node. */
export interface PortSlots {
  slot: readonly number[];
  from: readonly number[];
  to: readonly number[];
  /** Port of each leg, [leg]; -1 for legs at nodes. */
  ofLeg: Int32Array;
}

/**
 * The case from which a session in single precision counts: voltages in memory are differences from its voltages, injections from its injections. Differences are
 * small, and so are their rounding errors.
 */
export interface Reference {
  /** [node][re, im], volt. */
  voltage: Float64Array;
  /** What each leg injects at these voltages, linear part and all, [leg][re, im], ampere. */
  injection: Float64Array;
  /** Source currents, [node][re, im], ampere. */
  source: Float64Array;
}

/** Most iterations for which the history of mismatches has room. */
export const HISTORY_ROOM = 1000;

/** Memory, kernels and views of one method's plan. */
export class Session {
  readonly scenarios: number;
  /** Scenarios a block (W), innermost in every array. No result depends on it. */
  readonly lanes: number;
  /** Bytes of a number: 8, or 4 in single precision. */
  readonly unitBytes: number;
  /** Bytes of one complex number in all lanes of a block. */
  readonly columnBytes: number;
  readonly blocks: number;
  readonly kernels: KernelExports;
  /** @internal */
  readonly memory: WebAssembly.Memory;
  /** Offset of the layout block, the one argument every kernel takes. */
  readonly layoutOffset: number;
  readonly arrays: SessionArrays;
  /** Number of slots: all nodes of the grid, or those that the method keeps. */
  readonly nodeCount: number;
  readonly slotOfNode: Int32Array;
  /** What workers need to solve slabs of this session; only where the backend asks for room for them. */
  readonly slabs: SlabRoom | undefined;
  private readonly fields: Int32Array;
  private readonly legCount: number;
  private referenceLegs: Float64Array | undefined;

  /**
   * @param slotOfNode place of each node in the method's order, [N]; -1 for nodes that the method leaves out
   * @param scenarios number of scenarios, >= 1; the last block is filled up with copies of the last scenario by the batch
   * @param method allocates what the method needs besides
   * @param linear part of each leg that stands in the method's matrix, [leg][rr, ri, ir, ii]
   * @param extraNodes nodes, beside those of legs, at which the method injects currents of its own
   * @param ports pairs of nodes that have a slot of their own for the voltage across them, behind all nodes
   * @param ownSources whether each block has source currents of its own, which {@link Session.writeSources} sets, or all share one set
   * @param reference in single precision, and only there
   */
  constructor(
    readonly compiled: CompiledGrid,
    slotOfNode: Int32Array,
    scenarios: number,
    method: (arrays: MethodArrays) => void,
    linear: Float64Array,
    readonly backend: KernelBackend,
    extraNodes: readonly number[] = [],
    private readonly ports?: PortSlots,
    readonly ownSources = false,
    private readonly reference?: Reference,
  ) {
    const { legs } = compiled;
    const slots = [...slotOfNode, ...(ports?.slot ?? [])];
    const nodeCount = slots.reduce((most, slot) => Math.max(most, slot), -1) + 1;
    this.scenarios = scenarios;
    this.lanes = backend.lanes;
    this.unitBytes = backend.precision === 'single' ? 4 : 8;
    this.columnBytes = 2 * this.unitBytes * backend.lanes;
    this.blocks = Math.ceil(scenarios / this.lanes);
    this.slotOfNode = slotOfNode;
    this.nodeCount = nodeCount;
    this.legCount = legs.count;
    const arena = new Arena(backend.workers !== undefined);
    const fields = new Int32Array(layout.FIELD_COUNT);
    const bytesOf = new Float64Array(layout.FIELD_COUNT);
    this.layoutOffset = arena.allocate(layout.FIELD_COUNT * 4);
    const allocate = (field: number, bytes: number): void => {
      fields[field] = arena.allocate(bytes);
      bytesOf[field] = bytes;
    };
    const columns = (nodeCount + 1) * this.columnBytes;
    const legNodes = injectionSlots(compiled, slotOfNode, extraNodes, ports);
    fields[layout.FIELD_NODES] = nodeCount;
    fields[layout.FIELD_BLOCKS] = this.blocks;
    fields[layout.FIELD_LEGS] = legs.count;
    fields[layout.FIELD_PQ_END] = legs.groupEnd[0];
    fields[layout.FIELD_Z_END] = legs.groupEnd[1];
    fields[layout.FIELD_ZIP_END] = legs.groupEnd[2];
    fields[layout.FIELD_LEG_NODE_COUNT] = legNodes.length;
    allocate(layout.FIELD_LEG_NODES, legs.count * 8);
    allocate(layout.FIELD_LEG_HOT, legs.count * layout.LEG_HOT * this.unitBytes);
    allocate(layout.FIELD_LEG_COLD, legs.count * layout.LEG_COLD * this.unitBytes);
    allocate(layout.FIELD_LEG_NODE_LIST, legNodes.length * 4);
    allocate(layout.FIELD_POWER, this.blocks * legs.count * this.columnBytes);
    allocate(layout.FIELD_VOLTAGE, this.blocks * columns);
    fields[layout.FIELD_CONSTANT_STRIDE] = ownSources ? columns : 0;
    allocate(layout.FIELD_CONSTANT, (ownSources ? this.blocks : 1) * columns);
    allocate(layout.FIELD_INJECTION, columns);
    allocate(layout.FIELD_PREVIOUS, columns);
    allocate(layout.FIELD_WORK, columns + layout.SCRATCH_BYTES * this.lanes);
    allocate(layout.FIELD_STATUS, this.blocks * this.lanes * 4);
    allocate(layout.FIELD_ITERATIONS, this.blocks * this.lanes * 4);
    allocate(layout.FIELD_MISMATCH, this.blocks * this.lanes * 8);
    allocate(layout.FIELD_HISTORY, (HISTORY_ROOM + 2) * 8);
    method({
      allocate,
      count: (field, value) => {
        fields[field] = value;
      },
      reserve: (bytes) => arena.allocate(bytes),
    });
    this.slabs = backend.workers === undefined ? undefined : reserveSlabs(arena, backend.workers, scenarios, this.lanes, fields, bytesOf);
    this.memory = arena.memory;
    this.fields = fields;
    if (this.slabs) writeLayouts(this.memory, this.slabs, fields);
    this.ints(this.layoutOffset, layout.FIELD_COUNT).set(fields);
    this.kernels = backend.instantiate(this.memory);
    this.arrays = {
      power: this.numbers(layout.FIELD_POWER, this.blocks * legs.count * 2 * this.lanes),
      voltage: this.numbers(layout.FIELD_VOLTAGE, this.blocks * (nodeCount + 1) * 2 * this.lanes),
      constant: this.numbers(layout.FIELD_CONSTANT, (ownSources ? this.blocks : 1) * (nodeCount + 1) * 2 * this.lanes),
      status: this.integers(layout.FIELD_STATUS, this.blocks * this.lanes),
      iterations: this.integers(layout.FIELD_ITERATIONS, this.blocks * this.lanes),
      mismatch: this.doubles(layout.FIELD_MISMATCH, this.blocks * this.lanes),
      history: this.doubles(layout.FIELD_HISTORY, HISTORY_ROOM + 2),
    };
    this.integers(layout.FIELD_LEG_NODE_LIST, legNodes.length).set(legNodes.map((slot) => slot * this.columnBytes));
    this.writeLegs(linear);
  }

  /** Has kernels go over the first blocks only, until it is called again. */
  useBlocks(blocks: number): void {
    this.ints(this.layoutOffset, layout.FIELD_COUNT)[layout.FIELD_BLOCKS] = blocks;
  }

  /** Byte offset of the voltages. */
  get voltageOffset(): number {
    return this.offset(layout.FIELD_VOLTAGE);
  }

  /** Byte offset of a field's array. */
  offset(field: number): number {
    return this.fields[field];
  }

  /** View of doubles on a field's array. */
  doubles(field: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, this.fields[field], length);
  }

  /** View of numbers in the session's precision on a field's array. */
  numbers(field: number, length: number): Numbers {
    return this.unitBytes === 4 ? new Float32Array(this.memory.buffer, this.fields[field], length) : this.doubles(field, length);
  }

  /** View of integers on a field's array. */
  integers(field: number, length: number): Int32Array {
    return this.ints(this.fields[field], length);
  }

  private ints(offset: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, offset, length);
  }

  /** Writes the legs' ends, laws and linear parts. */
  private writeLegs(linear: Float64Array): void {
    const { legs } = this.compiled;
    const ends = this.integers(layout.FIELD_LEG_NODES, legs.count * 2);
    const hot = this.numbers(layout.FIELD_LEG_HOT, legs.count * layout.LEG_HOT);
    const cold = this.numbers(layout.FIELD_LEG_COLD, legs.count * layout.LEG_COLD);
    for (let leg = 0; leg < legs.count; leg++) {
      const port = this.ports?.ofLeg[leg] ?? -1;
      ends[2 * leg] = this.columnOffset(port < 0 ? legs.from[leg] : this.slotOfNode.length + port);
      ends[2 * leg + 1] = this.columnOffset(port < 0 ? legs.to[leg] : -1);
      writeLeg(legs.laws[leg], leg, linear.subarray(4 * leg, 4 * leg + 4), hot, cold);
    }
  }

  /** Byte offset of a node's column within a block; ground (-1) is the last. Ports are counted on behind the nodes. */
  columnOffset(node: number): number {
    const slot =
      node < 0 ? this.nodeCount : node < this.slotOfNode.length ? this.slotOfNode[node] : (this.ports?.slot[node - this.slotOfNode.length] ?? 0);
    return slot * this.columnBytes;
  }

  /** Port of a leg; -1 where it stands at nodes. */
  portOfLeg(leg: number): number {
    return this.ports?.ofLeg[leg] ?? -1;
  }

  /** Voltage across a leg's port in one scenario, [re, im]; undefined where the leg stands at nodes that have slots. */
  portVoltage(leg: number, scenario: number): readonly [number, number] | undefined {
    const port = this.ports?.ofLeg[leg] ?? -1;
    if (port < 0 || !this.ports) return undefined;
    const { slot, from, to } = this.ports;
    const at = this.voltageIndex(slot[port], scenario);
    const { voltage } = this.arrays;
    const counted = this.reference?.voltage;
    const across = (part: 0 | 1): number => (counted ? counted[2 * from[port] + part] - counted[2 * to[port] + part] : 0);
    return [voltage[at] + across(0), voltage[at + this.lanes] + across(1)];
  }

  /** Calls for each slot with its voltage from [node][re, im]: of a node, or across a port. */
  eachVoltage(from: Float64Array, take: (slot: number, re: number, im: number) => void): void {
    for (let node = 0; node < this.slotOfNode.length; node++) {
      if (this.slotOfNode[node] >= 0) take(this.slotOfNode[node], from[2 * node], from[2 * node + 1]);
    }
    this.ports?.slot.forEach((slot, port) => {
      const [a, b] = [2 * (this.ports?.from[port] ?? 0), 2 * (this.ports?.to[port] ?? 0)];
      take(slot, from[a] - from[b], from[a + 1] - from[b + 1]);
    });
  }

  /** Index of a slot's real part in `voltage` for one scenario; the imaginary part stands `lanes` further. */
  voltageIndex(slot: number, scenario: number): number {
    const block = Math.floor(scenario / this.lanes);
    return (block * (this.nodeCount + 1) + slot) * 2 * this.lanes + (scenario % this.lanes);
  }

  /** Index of a leg's watts in `power` for one scenario; its vars stand `lanes` further. */
  powerIndex(leg: number, scenario: number): number {
    const block = Math.floor(scenario / this.lanes);
    return (block * this.legCount + leg) * 2 * this.lanes + (scenario % this.lanes);
  }

  /** Writes the compiled grid's present powers and source currents into all lanes. */
  loadInputs(): void {
    const { legs } = this.compiled;
    const { power } = this.arrays;
    const W = this.lanes;
    for (let block = 0; block < this.blocks; block++) {
      let at = block * legs.count * 2 * W;
      for (let leg = 0; leg < legs.count; leg++) {
        for (let lane = 0; lane < W; lane++) {
          power[at + lane] = legs.watts[leg];
          power[at + W + lane] = legs.vars[leg];
        }
        at += 2 * W;
      }
    }
    this.loadSources();
  }

  /** Writes the compiled grid's source currents, the same for all scenarios. */
  loadSources(): void {
    const { constant } = this.arrays;
    const { sourceCurrent } = this.compiled;
    const W = this.lanes;
    const put = (slot: number, re: number, im: number): void => {
      constant.fill(re, 2 * slot * W, (2 * slot + 1) * W);
      constant.fill(im, (2 * slot + 1) * W, (2 * slot + 2) * W);
    };
    // At ports only legs inject.
    if (this.reference) this.ports?.slot.forEach((slot) => put(slot, ...this.constantAt(slot)));
    this.slotOfNode.forEach((slot, node) => {
      if (slot >= 0) put(slot, ...this.constantAt(slot, node, sourceCurrent));
    });
    if (!this.ownSources) return;
    const size = (this.nodeCount + 1) * 2 * W;
    for (let block = 1; block < this.blocks; block++) constant.copyWithin(block * size, 0, size);
  }

  /** Writes one scenario's source currents at some nodes from [node][re, im], ampere; only where each block has its own. */
  writeSources(scenario: number, nodes: readonly number[], from: Float64Array): void {
    const W = this.lanes;
    const base = this.voltageIndex(0, scenario);
    for (const node of nodes) {
      const slot = this.slotOfNode[node];
      if (slot < 0) continue;
      const to = base + slot * 2 * W;
      const [re, im] = this.constantAt(slot, node, from);
      this.arrays.constant[to] = re;
      this.arrays.constant[to + W] = im;
    }
  }

  /**
   * What is injected at a slot whatever its voltage: the sources' currents, [node][re, im]; where a reference is counted from, what they are beyond its, less what
   * its legs inject there.
   */
  private constantAt(slot: number, node = -1, sources?: Float64Array): [number, number] {
    const { reference } = this;
    const current = (part: 0 | 1): number => (sources && node >= 0 ? sources[2 * node + part] - (reference?.source[2 * node + part] ?? 0) : 0);
    if (!reference) return [current(0), current(1)];
    this.referenceLegs ??= this.sumReferenceLegs(reference);
    return [current(0) - this.referenceLegs[2 * slot], current(1) - this.referenceLegs[2 * slot + 1]];
  }

  /** What the reference's legs inject at each slot, [slot + 1][re, im]. */
  private sumReferenceLegs({ injection }: Reference): Float64Array {
    const sums = new Float64Array(2 * (this.nodeCount + 1));
    this.integers(layout.FIELD_LEG_NODES, this.legCount * 2).forEach((offset, end) => {
      const slot = offset / this.columnBytes;
      const leg = 2 * (end >> 1);
      const sign = end & 1 ? -1 : 1;
      sums[2 * slot] += sign * injection[leg];
      sums[2 * slot + 1] += sign * injection[leg + 1];
    });
    return sums;
  }

  /** Voltages, [node][re, im], as they are counted in memory. */
  private counted(from: Float64Array): Float64Array {
    const { reference } = this;
    return reference ? from.map((volt, k) => volt - reference.voltage[k]) : from;
  }

  /** Writes voltages, [node][re, im], into all lanes. */
  loadVoltages(from: Float64Array): void {
    const W = this.lanes;
    const { voltage } = this.arrays;
    this.eachVoltage(this.counted(from), (slot, re, im) => {
      const to = slot * 2 * W;
      voltage.fill(re, to, to + W);
      voltage.fill(im, to + W, to + 2 * W);
    });
    // The other blocks are copies of the first.
    const size = (this.nodeCount + 1) * 2 * W;
    for (let block = 1; block < this.blocks; block++) voltage.copyWithin(block * size, 0, size);
  }

  /** Writes one scenario's voltages from [node][re, im]. */
  writeVoltages(scenario: number, from: Float64Array): void {
    const W = this.lanes;
    const base = this.voltageIndex(0, scenario);
    this.eachVoltage(this.counted(from), (slot, re, im) => {
      const to = base + slot * 2 * W;
      this.arrays.voltage[to] = re;
      this.arrays.voltage[to + W] = im;
    });
  }

  /** Reads one scenario's voltages into [node][re, im]; nodes that the method leaves out stay as they are. */
  readVoltages(scenario: number, into: Float64Array): void {
    const W = this.lanes;
    const { voltage } = this.arrays;
    const base = this.voltageIndex(0, scenario);
    const reference = this.reference?.voltage;
    for (let node = 0; node < this.slotOfNode.length; node++) {
      if (this.slotOfNode[node] < 0) continue;
      const from = base + this.slotOfNode[node] * 2 * W;
      into[2 * node] = voltage[from] + (reference?.[2 * node] ?? 0);
      into[2 * node + 1] = voltage[from + W] + (reference?.[2 * node + 1] ?? 0);
    }
  }
}

/** Slots that legs touch and those of further nodes, each once, ground left out. */
function injectionSlots(compiled: CompiledGrid, slotOfNode: Int32Array, extra: readonly number[], ports?: PortSlots): Int32Array {
  const seen = new Set<number>();
  const { legs } = compiled;
  for (let leg = 0; leg < legs.count; leg++) {
    const port = ports?.ofLeg[leg] ?? -1;
    if (ports && port >= 0) seen.add(ports.slot[port]);
    else for (const node of [legs.from[leg], legs.to[leg]]) if (node >= 0) seen.add(slotOfNode[node]);
  }
  for (const node of extra) seen.add(slotOfNode[node]);
  return Int32Array.from(seen);
}
