/** The memory of lanes of one microgrid: where each array lies, and the tables that kernels read. See lane-layout.ts for the forms. */
import { InputError } from '../grid/index.js';
import type { EliminationPlan } from './elimination-plan.js';
import { factorConsensus } from './fast-scheme.js';
import * as l from './lane-layout.js';
import type { MicrogridPlan } from './microgrid-plan.js';
import { FOUND, MOST_CORRECTIONS, type OperatingPointSearch } from './operating-point.js';
import { CARRY, EXPLICIT_BEGIN, EXPLICIT_LATER, GAMMA, LARGEST_ANGLE, LARGEST_CURRENT } from './scheme-constants.js';

/** Offsets are signed numbers of 32 bits. */
const MOST_BYTES = 2 ** 31 - 65536;
/** The first page is the kernels' own. */
const FIRST = 65536;

/** What lanes are made for. */
export interface LaneMemorySettings {
  readonly plan: MicrogridPlan;
  readonly search: OperatingPointSearch;
  readonly blocks: number;
  /** Lanes of a block. */
  readonly lanes: number;
  /** Length of a step of the scheme, s, and how many a control step has. */
  readonly step: number;
  readonly steps: number;
  /** Whether the secondary control moves voltages too. */
  readonly conventional: boolean;
}

/** Numbers of a scenario's state: control steps, five an inverter, currents, buses, multipliers. */
export function stateItems({ inverters, currents, buses, loads }: MicrogridPlan): number {
  return 1 + 5 * inverters + 2 * currents + 2 * buses + 2 * loads;
}

/** Quantities seen of a scenario. */
export function seenQuantities({ inverters }: MicrogridPlan): number {
  return l.SEEN_WHOLE + l.SEEN_PER_INVERTER * inverters;
}

/** Columns of an elimination's rows and entries, `bytes` each; and the rows below with their entries. */
function eliminationTables({ order, other, lowerEntry, upperEntry, updateTarget }: EliminationPlan, bytes: number) {
  return {
    order: order.map((pivot) => pivot * bytes),
    below: Array.from(other).flatMap((row, k) => [row * bytes, lowerEntry[k] * bytes, upperEntry[k] * bytes]),
    target: updateTarget.map((entry) => entry * bytes),
  };
}

/** A memory laid out, its tables written; the kernels' one argument is `layout`. */
export class LaneMemory {
  readonly memory: WebAssembly.Memory;
  /** Offset of the layout block. */
  readonly layout = FIRST;
  readonly task: Float64Array;
  readonly status: Float64Array;
  readonly state: Float64Array;
  readonly seen: Float64Array;
  private readonly fields = new Int32Array(l.MICROGRID_FIELD_COUNT);
  private readonly writes: (() => void)[] = [];
  private end = FIRST;

  /** @throws InputError where so many scenarios have no room in one memory */
  constructor(settings: LaneMemorySettings) {
    const { plan, blocks, lanes } = settings;
    this.take(4 * l.MICROGRID_FIELD_COUNT);
    this.counts(settings);
    this.networkTables(plan, 16 * lanes);
    this.consensusTables(plan, settings.step, 8 * lanes);
    this.numbers(l.MICROGRID_INVERSE, settings.search.inverse);
    this.numbers(l.MICROGRID_USUAL, [...settings.search.usual, ...settings.search.perSize]);
    this.scratch(plan, 8 * lanes);
    const perBlock = (items: number): number => 8 * items * lanes * blocks;
    for (const [field, items] of [
      [l.MICROGRID_TASK, 1],
      [l.MICROGRID_STATUS, 1],
      [l.MICROGRID_STATE, stateItems(plan)],
      [l.MICROGRID_SEEN, seenQuantities(plan)],
    ] as const) {
      this.place(field, perBlock(items));
    }
    if (this.end > MOST_BYTES)
      throw new InputError(`so many scenarios of ${plan.microgrid.name} need more than 2 GiB of memory; take fewer at a time`);
    this.memory = new WebAssembly.Memory({ initial: Math.ceil((this.end + 1024) / 65536) });
    for (const write of this.writes) write();
    new Int32Array(this.memory.buffer, this.layout, this.fields.length).set(this.fields);
    const view = (field: number, items: number): Float64Array => new Float64Array(this.memory.buffer, this.fields[field], items * lanes * blocks);
    this.task = view(l.MICROGRID_TASK, 1);
    this.status = view(l.MICROGRID_STATUS, 1);
    this.state = view(l.MICROGRID_STATE, stateItems(plan));
    this.seen = view(l.MICROGRID_SEEN, seenQuantities(plan));
  }

  /** A new piece, a cache line between it and the next. */
  private take(bytes: number): number {
    const at = this.end;
    this.end = 64 * Math.ceil((at + bytes + 64) / 64);
    return at;
  }

  private place(field: number, bytes: number): void {
    this.fields[field] = this.take(bytes);
  }

  private words(field: number, values: ArrayLike<number>): void {
    this.place(field, 4 * values.length);
    this.writes.push(() => new Int32Array(this.memory.buffer, this.fields[field], values.length).set(values));
  }

  private numbers(field: number, values: ArrayLike<number>): void {
    this.place(field, 8 * values.length);
    this.writes.push(() => new Float64Array(this.memory.buffer, this.fields[field], values.length).set(values));
  }

  private counts({ plan, blocks, step, steps, conventional }: LaneMemorySettings): void {
    const { fields } = this;
    fields[l.MICROGRID_INVERTERS] = plan.inverters;
    fields[l.MICROGRID_LINES] = plan.lines;
    fields[l.MICROGRID_LOADS] = plan.loads;
    fields[l.MICROGRID_BUSES] = plan.buses;
    fields[l.MICROGRID_NODAL_ENTRIES] = plan.nodal.entries;
    fields[l.MICROGRID_BLOCKS] = blocks;
    fields[l.MICROGRID_STEPS] = steps;
    fields[l.MICROGRID_PINNED] = plan.pinned;
    fields[l.MICROGRID_COMMON_SPEED] = plan.couplingAtCommonSpeed;
    fields[l.MICROGRID_MOST_CORRECTIONS] = MOST_CORRECTIONS;
    fields[l.MICROGRID_CONVENTIONAL] = conventional ? 1 : 0;
    const numbers = new Float64Array(l.NUMBER_COUNT);
    numbers[l.NUMBER_STEP] = step;
    numbers[l.NUMBER_HALF_STEP] = 0.5 * step;
    numbers[l.NUMBER_GAMMA] = GAMMA;
    numbers[l.NUMBER_GAMMA_STEP] = GAMMA * step;
    numbers[l.NUMBER_RATE] = 1 / (GAMMA * step);
    numbers[l.NUMBER_CARRY] = CARRY;
    numbers[l.NUMBER_EXPLICIT_BEGIN] = EXPLICIT_BEGIN;
    numbers[l.NUMBER_EXPLICIT_LATER] = EXPLICIT_LATER;
    numbers[l.NUMBER_FILTER] = plan.powerFilter;
    numbers[l.NUMBER_NOMINAL_SPEED] = plan.nominalSpeed;
    numbers[l.NUMBER_NOMINAL_VOLTAGE] = plan.nominalVoltage;
    numbers[l.NUMBER_VIRTUAL] = 1 / plan.virtualResistance;
    numbers[l.NUMBER_PINNING] = plan.pinning[plan.pinned];
    numbers[l.NUMBER_LARGEST_CURRENT] = LARGEST_CURRENT;
    numbers[l.NUMBER_LARGEST_ANGLE] = LARGEST_ANGLE;
    numbers[l.NUMBER_FOUND] = FOUND;
    this.numbers(l.MICROGRID_NUMBERS, numbers);
  }

  /** Tables of the network and its elimination, in columns. */
  private networkTables(plan: MicrogridPlan, column: number): void {
    const { inverters, lines, currents, resistance, inductance, fromBus, toBus } = plan;
    const pairs = (a: Float64Array, b: Float64Array): number[] => Array.from(a).flatMap((value, i) => [value, b[i]]);
    this.numbers(l.MICROGRID_SERIES, pairs(resistance, inductance));
    this.numbers(l.MICROGRID_LOAD_SERIES, pairs(plan.loadResistance, plan.loadInductance));
    this.numbers(l.MICROGRID_DROOP, pairs(plan.activeDroop, plan.reactiveDroop));
    const ends: number[] = [];
    for (let k = 0; k < currents; k++) {
      if (k < inverters) ends.push(toBus[k] * column);
      else if (k < inverters + lines) ends.push(fromBus[k] * column, toBus[k] * column);
      else ends.push(fromBus[k] * column);
    }
    this.words(l.MICROGRID_ENDS, ends);
    const at = (entry: number): number => (entry < 0 ? -1 : entry * column);
    const terms = Array.from(plan.balanceCurrent).flatMap((current, t) => [current * column, at(plan.termFromEntry[t]), at(plan.termToEntry[t])]);
    this.words(l.MICROGRID_BALANCE_START, plan.balanceStart);
    this.words(l.MICROGRID_BALANCE_TERMS, terms);
    this.numbers(l.MICROGRID_BALANCE_FACTORS, plan.balanceFactor);
    const { order, below, target } = eliminationTables(plan.nodal, column);
    this.words(l.MICROGRID_NODAL_ORDER, order);
    this.words(l.MICROGRID_NODAL_START, plan.nodal.start);
    this.words(l.MICROGRID_NODAL_BELOW, below);
    this.words(l.MICROGRID_NODAL_TARGET, target);
  }

  /** Tables and factors of the consensus, which all lanes share. */
  private consensusTables(plan: MicrogridPlan, step: number, bytes: number): void {
    const { order, start, other, lowerEntry, upperEntry } = plan.consensusElimination;
    const factors = factorConsensus(plan, step);
    this.words(
      l.MICROGRID_CONSENSUS_ORDER,
      order.map((pivot) => pivot * bytes),
    );
    this.words(l.MICROGRID_CONSENSUS_START, start);
    this.words(
      l.MICROGRID_CONSENSUS_BELOW,
      other.map((row) => row * bytes),
    );
    this.numbers(
      l.MICROGRID_CONSENSUS_DIAGONAL,
      Array.from(order, (pivot) => factors[pivot]),
    );
    this.numbers(
      l.MICROGRID_CONSENSUS_FACTORS,
      Array.from(lowerEntry).flatMap((lower, k) => [factors[lower], factors[upperEntry[k]]]),
    );
  }

  /** Room for one block at work. @param number bytes of one number in all lanes */
  private scratch({ inverters, currents, buses, nodal }: MicrogridPlan, number: number): void {
    for (const field of [l.MICROGRID_ANGLE, l.MICROGRID_SPEED_SET_POINT, l.MICROGRID_VOLTAGE_SET_POINT, l.MICROGRID_SPEED_BEFORE]) {
      this.place(field, inverters * number);
    }
    for (const field of [
      l.MICROGRID_POWER,
      l.MICROGRID_DIRECTION,
      l.MICROGRID_OWN_CURRENT,
      l.MICROGRID_SOURCE,
      l.MICROGRID_END,
      l.MICROGRID_RATE,
      l.MICROGRID_NEXT,
      l.MICROGRID_EXTRA,
      l.MICROGRID_SET_POINT_STAGES,
      l.MICROGRID_UNKNOWN,
      l.MICROGRID_RESIDUAL,
    ]) {
      this.place(field, 2 * inverters * number);
    }
    this.place(l.MICROGRID_INERTIA, currents * number);
    for (const field of [l.MICROGRID_ADMITTANCE, l.MICROGRID_CURRENT, l.MICROGRID_STAGE]) this.place(field, 2 * currents * number);
    this.place(l.MICROGRID_FACTOR, 2 * nodal.entries * number);
    this.place(l.MICROGRID_BUS, 2 * buses * number);
  }
}
