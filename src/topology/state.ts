/** The state of many environments in arrays, [environment][...]: everything but voltages, which stand in the lanes. */
import { InputError } from '../grid/index.js';
import type { TopologyElements } from './elements.js';

/** Numbers of an environment as a snapshot has them. */
export type StateRecord = Readonly<Record<string, number | string | readonly number[]>>;

type NumberArray = Uint8Array | Int16Array | Int32Array | Float64Array;

/** One array and its width. */
interface Field {
  readonly name: string;
  readonly array: NumberArray;
  readonly width: number;
  readonly least: number;
  readonly most: number;
}

/** Arrays. */
export class TopologyState {
  /** Scenario, its row that is now, and steps since the episode began. */
  readonly scenario: Int32Array;
  readonly row: Int32Array;
  readonly steps: Int32Array;
  /** Busbar (1 or 2) of each element, whether each branch is in service, busbars of each bus whose generators hold the voltage (a sum of 1 and 2). */
  readonly bars: Uint8Array;
  readonly on: Uint8Array;
  readonly holders: Uint8Array;
  /** Steps that each branch has been over its limit; steps before each branch and each substation may be acted on. */
  readonly over: Uint8Array;
  readonly lineWait: Int32Array;
  readonly substationWait: Int32Array;
  /** The opponent's next attack: its row (-1: none), its line; and how many steps the present one goes on, and on which line. */
  readonly attackRow: Int32Array;
  readonly attackLine: Int32Array;
  readonly attackLeft: Int32Array;
  readonly attackedLine: Int32Array;
  /** What is added to each generator's schedule: the target asked for, and what it is now, MW. Cap as a share of the largest power; energy in storage units, MWh; what they draw, MW. */
  readonly target: Float64Array;
  readonly actual: Float64Array;
  readonly cap: Float64Array;
  readonly energy: Float64Array;
  readonly drawn: Float64Array;
  /** What each generator gives, MW; of the slack what was scheduled. */
  readonly produced: Float64Array;
  /** Of the last step: why the episode ended, whether the action was legal, lines that tripped. */
  readonly blackout: Uint8Array;
  readonly illegal: Uint8Array;
  readonly trips: Int32Array;
  /** Node of each end of a branch ([busbar - 1][substation] counted on, -1 out of service): follows from the above. See {@link TopologyState.setNode}. */
  readonly nodes: Int16Array;
  /** Current over limit of each branch; 0 out of service. Not part of a snapshot: follows from voltages. */
  readonly loading: Float64Array;
  private readonly fields: readonly Field[];
  /** Nodes with all on busbar 1. */
  private readonly firstNodes: Int16Array;

  constructor(
    private readonly elements: TopologyElements,
    environments: number,
  ) {
    const { count, branches, substations, generators, storages } = elements;
    const fields: Field[] = [];
    const add = <T extends NumberArray>(name: string, width: number, least: number, most: number, make: (length: number) => T): T => {
      const array = make(environments * width);
      fields.push({ name, array, width, least, most });
      return array;
    };
    const bytes = (length: number): Uint8Array => new Uint8Array(length);
    const whole = (length: number): Int32Array => new Int32Array(length);
    const numbers = (length: number): Float64Array => new Float64Array(length);
    const big = 2 ** 30;
    this.scenario = add('scenario', 1, 0, big, whole);
    this.row = add('row', 1, 0, big, whole);
    this.steps = add('steps', 1, 0, big, whole);
    this.bars = add('bars', count, 1, 2, bytes);
    this.on = add('on', branches, 0, 1, bytes);
    this.holders = add('holders', substations, 0, 3, bytes);
    this.over = add('over', branches, 0, 255, bytes);
    this.lineWait = add('lineWait', branches, 0, big, whole);
    this.substationWait = add('substationWait', substations, 0, big, whole);
    this.attackRow = add('attackRow', 1, -1, big, whole);
    this.attackLine = add('attackLine', 1, 0, branches - 1, whole);
    this.attackLeft = add('attackLeft', 1, 0, big, whole);
    this.attackedLine = add('attackedLine', 1, -1, branches - 1, whole);
    this.target = add('target', generators, -1e6, 1e6, numbers);
    this.actual = add('actual', generators, -1e6, 1e6, numbers);
    this.cap = add('cap', generators, 0, 1, numbers);
    this.energy = add('energy', storages.length, 0, 1e6, numbers);
    this.drawn = add('drawn', storages.length, -1e6, 1e6, numbers);
    this.produced = add('produced', generators, -1e6, 1e6, numbers);
    this.blackout = add('blackout', 1, 0, 2, bytes);
    this.illegal = add('illegal', 1, 0, 1, bytes);
    this.trips = add('trips', 1, 0, branches, whole);
    this.nodes = new Int16Array(2 * environments * branches);
    this.loading = new Float64Array(environments * branches);
    this.fields = fields;
    const { branchOn } = elements.plan.network;
    this.firstNodes = Int16Array.from({ length: 2 * branches }, (_, end) => (branchOn[end >> 1] === 0 ? -1 : elements.substationOf[end]));
  }

  /** Puts an environment to the beginning of an episode. */
  begin(i: number, scenario: number, row: number): void {
    const { elements } = this;
    const { branches, substations, generators, count, storages } = elements;
    this.scenario[i] = scenario;
    this.row[i] = row;
    this.steps[i] = 0;
    this.bars.fill(1, i * count, (i + 1) * count);
    this.on.set(elements.plan.network.branchOn, i * branches);
    this.holders.set(elements.holdsVoltage, i * substations);
    this.over.fill(0, i * branches, (i + 1) * branches);
    this.lineWait.fill(0, i * branches, (i + 1) * branches);
    this.substationWait.fill(0, i * substations, (i + 1) * substations);
    this.attackLine[i] = 0;
    this.attackLeft[i] = 0;
    this.target.fill(0, i * generators, (i + 1) * generators);
    this.actual.fill(0, i * generators, (i + 1) * generators);
    this.produced.fill(0, i * generators, (i + 1) * generators);
    this.drawn.fill(0, i * storages.length, (i + 1) * storages.length);
    this.blackout[i] = 0;
    this.illegal[i] = 0;
    this.trips[i] = 0;
    this.attackRow[i] = -1;
    this.attackedLine[i] = -1;
    this.cap.fill(1, i * elements.generators, (i + 1) * elements.generators);
    elements.storages.forEach(({ capacityMwh }, k) => {
      this.energy[i * elements.storages.length + k] = capacityMwh / 2;
    });
    this.nodes.set(this.firstNodes, 2 * i * elements.branches);
  }

  /** Writes the nodes of a branch's ends after its busbars, or its being in service, have changed. */
  setNode(i: number, branch: number): void {
    const { branches, count, substations, substationOf } = this.elements;
    const at = 2 * (i * branches + branch);
    const end = i * count + 2 * branch;
    const isOn = this.on[i * branches + branch] !== 0;
    this.nodes[at] = isOn ? (this.bars[end] - 1) * substations + substationOf[2 * branch] : -1;
    this.nodes[at + 1] = isOn ? (this.bars[end + 1] - 1) * substations + substationOf[2 * branch + 1] : -1;
  }

  private setNodes(i: number): void {
    for (let branch = 0; branch < this.elements.branches; branch++) this.setNode(i, branch);
  }

  /** Copies an environment of the same elements. */
  copy(to: number, source: TopologyState, from: number): void {
    this.fields.forEach(({ array, width }, k) => {
      const its = source.fields[k].array;
      for (let at = 0; at < width; at++) array[to * width + at] = its[from * width + at];
    });
    const ends = 2 * this.elements.branches;
    for (let end = 0; end < ends; end++) this.nodes[to * ends + end] = source.nodes[from * ends + end];
  }

  /** An environment as plain data. */
  record(i: number): Record<string, number | readonly number[]> {
    return Object.fromEntries(
      this.fields.map(({ name, array, width }) => [name, width === 1 ? array[i] : Array.from(array.subarray(i * width, (i + 1) * width))]),
    );
  }

  /** The reverse. Throws InputError for what is no such record; nothing has changed then. */
  restore(i: number, record: StateRecord): void {
    const rows = this.fields.map(({ name, width, least, most, array }) => {
      const value = record[name];
      const row = width === 1 && typeof value === 'number' ? [value] : value;
      if (!Array.isArray(row) || row.length !== width)
        throw new InputError(`${name} in a snapshot must be ${width === 1 ? 'a number' : `a list of ${width} numbers`}`);
      const isWhole = !(array instanceof Float64Array);
      const wrong = row.find((one: number) => !(one >= least && one <= most && (!isWhole || Number.isInteger(one))));
      if (wrong !== undefined)
        throw new InputError(
          `${name} in a snapshot holds ${String(wrong)}; it must be ${isWhole ? 'a whole number' : 'a number'} from ${least} to ${most}`,
        );
      return row as readonly number[];
    });
    rows.forEach((row, k) => {
      this.fields[k].array.set(row, i * this.fields[k].width);
    });
    this.setNodes(i);
  }
}
