/**
 * What is in service, and on which busbar, scenario by scenario, in the arrays of a {@link LaneSession}: values alone change, never the pattern.
 *
 * A bus has one busbar, or two if the pattern has them. In each scenario the busbar that is kept by the rows of the bus itself is the one with its generators, else
 * that with most elements; the other one's rows are used by that scenario alone. What no path joins to a slack is dead: it injects nothing, a first
 * busbar is tied to a slack so that its equations have the harmless solution "the voltage of the base case", and the rows of a second one are masked.
 */
import { GridError } from '../../grid/index.js';
import { bridges } from './bridges.js';
import { ROW_OWN, ROW_SHARED, ROW_UNUSED } from './lane-layout.js';
import { LaneOrder } from './lane-order.js';
import type { LaneSession } from './lane-session.js';
import { type BalancedNetwork, BRANCH_ADMITTANCES, BUS_DEAD, BUS_PQ, BUS_PV, BUS_SLACK } from './network.js';
import { type NodePattern, shuntAdmittances } from './topology-pattern.js';

/** A busbar of a bus; 0: on none. */
export type Busbar = 0 | 1 | 2;

/** What sits on busbars: a branch at either end, a load, a generator, the shunts of a bus. */
export type TopologyElement = 'branchFrom' | 'branchTo' | 'load' | 'generator' | 'shunt';

/** What differs from the grid's own state in one scenario. */
interface LaneChange {
  /** Branches whose being in service is not the grid's. */
  switched: Set<number>;
  /** Busbars other than the first, by element. */
  bars: { [element in TopologyElement]: Map<number, Busbar> };
  /** Rows with admittances of this lane's own. */
  rows: number[];
  /** Dead nodes. */
  dead: number[];
  /** Second nodes with something on them. */
  used: Set<number>;
  /** Buses whose busbars have changed places inside. */
  swapped: Set<number>;
  /** What injections that are not at their first busbar's place would inject. */
  powers: Map<number, [number, number]>;
  isDirty: boolean;
}

function newChange(): LaneChange {
  const bars = { branchFrom: new Map(), branchTo: new Map(), load: new Map(), generator: new Map(), shunt: new Map() };
  return { switched: new Set(), bars, rows: [], dead: [], used: new Set(), swapped: new Set(), powers: new Map(), isDirty: true };
}

function listsBy(count: number, keys: Int32Array): number[][] {
  const lists: number[][] = Array.from({ length: count }, () => []);
  keys.forEach((key, k) => {
    lists[key].push(k);
  });
  return lists;
}

/** The topologies of all scenarios of a session. */
export class LaneTopology {
  private readonly changes = new Map<number, LaneChange>();
  private readonly entryOfPlace: Int32Array;
  /** First entry of each row. */
  private readonly rowStart: Int32Array;
  /** How many lanes of a block have a row of their own, [block][row]. */
  private readonly ownCount: Int32Array;
  private readonly branchesAt: readonly (readonly number[])[];
  private readonly loadsAt: readonly (readonly number[])[];
  private readonly generatorsAt: readonly (readonly number[])[];
  private readonly maskOfNode: Int32Array;
  private readonly shunts: Float64Array;
  private readonly isReached: Uint8Array;
  /** Place of each scenario; undefined until they have been put in another order. From outside, what is called a scenario here is a place. */
  placeOf: Int32Array | undefined;
  /** Made when first needed: the base voltages are there then. */
  private laneOrder: LaneOrder | undefined;
  /** Blocks whose programs are to be looked at. */
  private readonly staleBlocks = new Set<number>();
  /** Branches on whose being in service alone connections of the grid hang. */
  private readonly isBridge: Uint8Array;

  /**
   * @param loadBus bus of each load; the session's injections are loads, generators, and, with two busbars, both again for the second ones
   */
  constructor(
    private readonly session: LaneSession,
    private readonly network: BalancedNetwork,
    private readonly pattern: NodePattern,
    private readonly loadBus: Int32Array,
    private readonly freeVoltages: boolean,
  ) {
    const { plan } = session;
    const { busCount, generatorBus, branchFrom, branchTo } = network;
    this.entryOfPlace = new Int32Array(pattern.column.length).fill(-1);
    plan.admittancePlace.forEach((place, entry) => {
      this.entryOfPlace[place] = entry;
    });
    this.rowStart = new Int32Array(plan.rows + 1);
    for (let row = 0; row < plan.rows; row++) this.rowStart[row + 1] = this.rowStart[row] + 1 + plan.neighbours[row].length;
    this.ownCount = new Int32Array(session.blocks * plan.rows);
    const branches: number[][] = Array.from({ length: busCount }, () => []);
    for (let k = 0; k < branchFrom.length; k++) {
      branches[branchFrom[k]].push(k);
      branches[branchTo[k]].push(k);
    }
    this.branchesAt = branches;
    this.loadsAt = listsBy(busCount, loadBus);
    this.generatorsAt = listsBy(busCount, generatorBus);
    this.shunts = shuntAdmittances(network);
    this.isReached = new Uint8Array(pattern.nodeCount);
    this.isBridge = bridges(busCount, branchFrom, branchTo, network.branchOn);
    this.maskOfNode = new Int32Array(pattern.nodeCount).fill(-1);
    session.maskedRows.forEach((row, index) => {
      this.maskOfNode[plan.busOfSlot[row]] = index;
    });
    for (let row = 0; row < plan.rows; row++) {
      if (plan.busOfSlot[row] < busCount) continue;
      for (let block = 0; block < session.blocks; block++) session.rowState[block * plan.rows + row] = ROW_UNUSED;
    }
    for (let scenario = 0; scenario < session.blocks * session.lanes; scenario++) this.resetMasks(scenario);
  }

  /** Puts a branch in or out of service in one scenario. */
  setBranch(scenario: number, branch: number, isOn: boolean): void {
    const change = this.changeOf(scenario);
    if (isOn !== (this.network.branchOn[branch] === 1)) change.switched.add(branch);
    else change.switched.delete(branch);
    change.isDirty = true;
  }

  /**
   * Puts an element (a bus where it is its shunts) on a busbar in one scenario; 0: on none, which takes it out. Throws {@link GridError} where a bus would have no generator
   * left to hold the voltage that the plan says it holds.
   */
  setBusbar(scenario: number, element: TopologyElement, index: number, busbar: Busbar): void {
    const change = this.changeOf(scenario);
    const bars = change.bars[element];
    const before = bars.get(index) ?? 1;
    if (busbar === 1) bars.delete(index);
    else bars.set(index, busbar);
    change.isDirty = true;
    if (element !== 'generator' || busbar !== 0) return;
    const bus = this.network.generatorBus[index];
    const kind = this.network.kind[bus];
    if ((kind === BUS_SLACK || (kind === BUS_PV && !this.freeVoltages)) && !this.generatorsAt[bus].some((k) => this.isGeneratorOn(scenario, k))) {
      if (before === 1) bars.delete(index);
      else bars.set(index, before);
      const place = `bus ${this.network.grid.buses[bus].number}`;
      throw new GridError(
        kind === BUS_SLACK
          ? `generator ${index + 1} is the last at the slack ${place}; its outage moves the slack, which lanes cannot`
          : `generator ${index + 1} is the last at ${place}, whose voltage it holds; make the batch with generatorOutages`,
      );
    }
  }

  /** Where an element sits in a scenario. */
  busbar(scenario: number, element: TopologyElement, index: number): Busbar {
    return this.changes.get(scenario)?.bars[element].get(index) ?? 1;
  }

  /** Whether a branch is in service in a scenario. */
  isBranchOn(scenario: number, branch: number): boolean {
    const change = this.changes.get(scenario);
    const isOn = this.network.branchOn[branch] === 1;
    if (!change) return isOn;
    if (change.switched.has(branch) === isOn) return false;
    return change.bars.branchFrom.get(branch) !== 0 && change.bars.branchTo.get(branch) !== 0;
  }

  /** Whether a generator runs in a scenario. */
  isGeneratorOn(scenario: number, generator: number): boolean {
    return this.network.generatorOn[generator] === 1 && this.busbar(scenario, 'generator', generator) !== 0;
  }

  /** The node of a bus's busbar in a scenario, and the busbar of a node. */
  nodeOf(scenario: number, bus: number, busbar: 1 | 2): number {
    const isSwapped = this.changes.get(scenario)?.swapped.has(bus) ?? false;
    return (busbar === 2) === isSwapped ? bus : this.network.busCount + bus;
  }

  busbarOf(scenario: number, node: number): 1 | 2 {
    const isSwapped = this.changes.get(scenario)?.swapped.has(node % this.network.busCount) ?? false;
    return node >= this.network.busCount === isSwapped ? 1 : 2;
  }

  /** Generators that run at a node in a scenario: each one's place in the grid's list and its injection in the session. */
  generatorsAtNode(scenario: number, node: number): { generator: number; injection: number }[] {
    const { busCount } = this.network;
    const bus = node % busCount;
    const change = this.changes.get(scenario);
    const isSecond = node >= busCount;
    const found: { generator: number; injection: number }[] = [];
    for (const k of this.generatorsAt[bus]) {
      if (!this.isGeneratorOn(scenario, k)) continue;
      const inside = change ? this.inside(change, 'generator', k, bus) : 0;
      if ((inside === 1) === isSecond) found.push({ generator: k, injection: this.loadBus.length + k + (isSecond ? this.injections : 0) });
    }
    return found;
  }

  /** Injections of the loads at a node in a scenario. */
  loadsAtNode(scenario: number, node: number): number[] {
    const { busCount } = this.network;
    const bus = node % busCount;
    const change = this.changes.get(scenario);
    const part = node >= busCount ? 1 : 0;
    return this.loadsAt[bus].filter((k) => (change ? this.inside(change, 'load', k, bus) : 0) === part).map((k) => k + part * this.injections);
  }

  /** Branches in service at a node in a scenario: each with the node at its other end, and whether this is its from end. */
  branchesAtNode(scenario: number, node: number): { branch: number; other: number; isFrom: boolean }[] {
    const { busCount, branchFrom, branchTo } = this.network;
    const bus = node % busCount;
    const change = this.changes.get(scenario);
    const found: { branch: number; other: number; isFrom: boolean }[] = [];
    const nodeAt = (isFrom: boolean, k: number): number => {
      const at = isFrom ? branchFrom[k] : branchTo[k];
      return change ? this.inside(change, isFrom ? 'branchFrom' : 'branchTo', k, at) * busCount + at : at;
    };
    for (const k of this.branchesAt[bus]) {
      const isFrom = branchFrom[k] === bus;
      if (this.isBranchOn(scenario, k) && nodeAt(isFrom, k) === node) found.push({ branch: k, other: nodeAt(!isFrom, k), isFrom });
    }
    return found;
  }

  /** Shunt admittance at a node in a scenario, [re, im], per unit. */
  shuntAtNode(scenario: number, node: number): [number, number] {
    const bus = node % this.network.busCount;
    const change = this.changes.get(scenario);
    const inside = change ? this.inside(change, 'shunt', bus, bus) : 0;
    return inside >= 0 && inside * this.network.busCount + bus === node ? [this.shunts[2 * bus], this.shunts[2 * bus + 1]] : [0, 0];
  }

  /** Whether something sits on a second busbar's node in a scenario. */
  isSecondUsed(scenario: number, node: number): boolean {
    return this.changes.get(scenario)?.used.has(node) ?? false;
  }

  /** Dead nodes of a scenario. Right after {@link apply}. */
  deadNodes(scenario: number): readonly number[] {
    return this.changes.get(scenario)?.dead ?? [];
  }

  /** Takes up the power of an injection that is not at its place in this scenario; false where the caller is to write it into the session. */
  keepPower(scenario: number, injection: number, p: number, q: number): boolean {
    const change = this.changes.get(scenario);
    if (!change?.powers.has(injection)) return false;
    change.powers.set(injection, [p, q]);
    change.isDirty = true;
    return true;
  }

  /** What an injection that is not at its place would inject, [P, Q] per unit; undefined where the session holds it. */
  keptPower(scenario: number, injection: number): [number, number] | undefined {
    return this.changes.get(scenario)?.powers.get(injection);
  }

  private changeOf(scenario: number): LaneChange {
    let change = this.changes.get(scenario);
    if (!change) {
      change = newChange();
      this.changes.set(scenario, change);
    }
    return change;
  }

  /**
   * Puts scenarios side by side that have much in common (lane-order.ts). Only where there are second busbars and half of the topologies have changed: what moves is written anew. Before {@link apply}.
   *
   * @param isWarm whether voltages move too
   */
  gather(isWarm: boolean): void {
    const { changes, session } = this;
    if (this.pattern.busbars === 1 || session.blocks === 1) return;
    let dirty = 0;
    for (const { isDirty } of changes.values()) if (isDirty) dirty++;
    if (2 * dirty < changes.size || dirty === 0) return;
    const before = this.placeOf ?? Int32Array.from({ length: session.scenarios }, (_, scenario) => scenario);
    this.laneOrder ??= new LaneOrder(this.network, session.base, session.plan.slotOfBus, this.loadBus);
    const order = this.laneOrder.order(session.scenarios, (scenario) => changes.get(before[scenario]));
    const to = new Int32Array(session.scenarios);
    const placeOf = new Int32Array(session.scenarios);
    order.forEach((scenario, place) => {
      to[before[scenario]] = place;
      placeOf[scenario] = place;
    });
    const moved: [number, LaneChange][] = [];
    for (const [place, change] of changes) {
      if (to[place] === place) continue;
      this.restore(place, change);
      change.isDirty = true;
      this.staleBlocks.add(Math.floor(place / session.lanes));
      moved.push([to[place], change]);
      changes.delete(place);
    }
    session.moveLanes(to, isWarm);
    for (const [place, change] of moved) changes.set(place, change);
    this.placeOf = placeOf;
  }

  /** Brings the session's arrays up to date. */
  apply(): void {
    for (const [scenario, change] of this.changes) {
      if (!change.isDirty) continue;
      this.staleBlocks.add(Math.floor(scenario / this.session.lanes));
      change.isDirty = false;
      this.restore(scenario, change);
      const { bars } = change;
      const isPlain = change.switched.size === 0 && Object.values(bars).every((map) => map.size === 0);
      if (isPlain) this.changes.delete(scenario);
      else this.write(scenario, change);
    }
    this.programUsed();
  }

  /** Has blocks go over the second busbars that their lanes use, and over no others. */
  private programUsed(): void {
    const { lanes, plan, blockPrograms } = this.session;
    if (!blockPrograms) return;
    for (const block of this.staleBlocks) {
      const slots = new Set<number>();
      for (let scenario = block * lanes; scenario < (block + 1) * lanes; scenario++) {
        for (const node of this.changes.get(scenario)?.used ?? [])
          if (plan.slotOfBus[node] >= 0 && plan.slotOfBus[node] < plan.rows) slots.add(plan.slotOfBus[node]);
      }
      blockPrograms.use(
        block,
        [...slots].sort((a, b) => a - b),
      );
    }
    blockPrograms.finish();
    this.staleBlocks.clear();
  }

  /** Makes a scenario the grid's own again. */
  private restore(scenario: number, change: LaneChange): void {
    const { session } = this;
    const { lanes, plan } = session;
    const block = Math.floor(scenario / lanes);
    for (const row of change.rows) {
      this.shareRow(scenario, row);
      const at = block * plan.rows + row;
      if (--this.ownCount[at] === 0) session.rowState[at] = plan.busOfSlot[row] < this.network.busCount ? ROW_SHARED : ROW_UNUSED;
    }
    change.rows = [];
    for (const [injection, [p, q]] of change.powers) {
      this.putPower(scenario, injection, p, q);
      if (this.pattern.busbars === 2) this.putPower(scenario, injection + this.injections, 0, 0);
    }
    change.powers.clear();
    change.dead = [];
    change.used.clear();
    change.swapped.clear();
    this.resetMasks(scenario);
  }

  /** Injections of first busbars: loads and generators. */
  private get injections(): number {
    return this.loadBus.length + this.network.generatorBus.length;
  }

  private putPower(scenario: number, injection: number, p: number, q: number): void {
    const { session } = this;
    const at = session.powerAt(injection, scenario);
    session.power[at] = p;
    session.power[at + session.lanes] = q;
  }

  /** Writes the admittances of all lanes into one lane's own row. */
  private shareRow(scenario: number, row: number): void {
    const { session, rowStart } = this;
    for (let entry = rowStart[row]; entry < rowStart[row + 1]; entry++) {
      const at = session.admittanceAt(entry, scenario);
      session.ownAdmittance[at] = session.admittance[2 * entry];
      session.ownAdmittance[at + session.lanes] = session.admittance[2 * entry + 1];
    }
  }

  /** Makes a node's row a lane's own, empty; false where the node has no row. */
  private ownRow(scenario: number, node: number, change: LaneChange): boolean {
    const { session, rowStart } = this;
    const { lanes, plan } = session;
    const row = plan.slotOfBus[node];
    if (row < 0 || row >= plan.rows) return false;
    const block = Math.floor(scenario / lanes);
    const at = block * plan.rows + row;
    if (this.ownCount[at]++ === 0) {
      session.rowState[at] = ROW_OWN;
      for (let lane = 0; lane < lanes; lane++) this.shareRow(block * lanes + lane, row);
    }
    change.rows.push(row);
    for (let entry = rowStart[row]; entry < rowStart[row + 1]; entry++) {
      const place = session.admittanceAt(entry, scenario);
      session.ownAdmittance[place] = 0;
      session.ownAdmittance[place + lanes] = 0;
    }
    return true;
  }

  private addEntry(scenario: number, place: number, re: number, im: number): void {
    const { session } = this;
    const at = session.admittanceAt(this.entryOfPlace[place], scenario);
    session.ownAdmittance[at] += re;
    session.ownAdmittance[at + session.lanes] += im;
  }

  private setMask(scenario: number, node: number, isBalanced: boolean, isSought: boolean): void {
    const { session } = this;
    const index = this.maskOfNode[node];
    if (index < 0) return;
    const at = session.maskAt(index, scenario);
    session.mask[at] = Number(isBalanced);
    session.mask[at + session.lanes] = Number(isSought);
  }

  private resetMasks(scenario: number): void {
    const { session, network } = this;
    for (const row of session.maskedRows) {
      const node = session.plan.busOfSlot[row];
      const isFirst = node < network.busCount;
      this.setMask(scenario, node, isFirst, isFirst && network.kind[node] !== BUS_PV);
    }
  }

  private write(scenario: number, change: LaneChange): void {
    const { network, pattern } = this;
    const { branchFrom, branchTo, busCount, generatorBus } = network;
    const { bars } = change;
    const touched = new Set<number>();
    for (const branch of [...change.switched, ...bars.branchFrom.keys(), ...bars.branchTo.keys()]) {
      touched.add(branchFrom[branch]);
      touched.add(branchTo[branch]);
    }
    for (const load of bars.load.keys()) touched.add(this.loadBus[load]);
    for (const generator of bars.generator.keys()) touched.add(generatorBus[generator]);
    for (const bus of bars.shunt.keys()) touched.add(bus);
    if (pattern.busbars === 2) for (const bus of touched) if (this.isSwapped(scenario, bus, change)) change.swapped.add(bus);
    const used = this.usedSeconds(scenario, touched, change);
    for (const bus of used) change.used.add(busCount + bus);
    this.reach(scenario, change);
    this.writeRows(scenario, change, touched, used);
    // First busbars that nothing feeds, and second ones.
    for (let bus = 0; bus < busCount; bus++) {
      if (network.kind[bus] === BUS_DEAD || this.isReached[bus]) continue;
      change.dead.push(bus);
      this.tieToSlack(scenario, bus, change);
    }
    for (const bus of used) {
      const node = busCount + bus;
      const isLive = this.isReached[node] === 1;
      if (!isLive) change.dead.push(node);
      this.setMask(scenario, node, isLive, isLive && !this.holds(scenario, node, change));
    }
    if (this.freeVoltages) {
      for (const bus of touched) if (network.kind[bus] === BUS_PV) this.setMask(scenario, bus, true, !this.holds(scenario, bus, change));
    }
    this.writePowers(scenario, change);
  }

  /** The busbar inside of an element: 0 the bus's own rows, 1 the second ones, -1 on none. */
  private inside(change: LaneChange, element: TopologyElement, index: number, bus: number): number {
    const busbar = change.bars[element].get(index) ?? 1;
    if (busbar === 0) return -1;
    return (busbar === 2) === change.swapped.has(bus) ? 0 : 1;
  }

  /** Whether the second busbar is to take the place of the first: it has the generators, or else more elements. */
  private isSwapped(scenario: number, bus: number, change: LaneChange): boolean {
    const count = [0, 0, 0];
    const generators = [0, 0, 0];
    for (const k of this.generatorsAt[bus]) if (this.isGeneratorOn(scenario, k)) generators[change.bars.generator.get(k) ?? 1]++;
    if (this.network.kind[bus] !== BUS_PQ && generators[1] + generators[2] > 0) return generators[1] === 0;
    for (const k of this.loadsAt[bus]) count[change.bars.load.get(k) ?? 1]++;
    for (const k of this.branchesAt[bus]) {
      if (!this.isBranchOn(scenario, k)) continue;
      const end = this.network.branchFrom[k] === bus ? change.bars.branchFrom : change.bars.branchTo;
      count[end.get(k) ?? 1]++;
    }
    return count[2] + generators[2] > count[1] + generators[1];
  }

  /** Buses whose second busbar (inside) has something on it. */
  private usedSeconds(scenario: number, touched: ReadonlySet<number>, change: LaneChange): number[] {
    if (this.pattern.busbars === 1) return [];
    const { branchFrom } = this.network;
    return [...touched].filter((bus) => {
      const hasShunt = this.shunts[2 * bus] !== 0 || this.shunts[2 * bus + 1] !== 0;
      if (hasShunt && this.inside(change, 'shunt', bus, bus) === 1) return true;
      if (this.loadsAt[bus].some((k) => this.inside(change, 'load', k, bus) === 1)) return true;
      if (this.generatorsAt[bus].some((k) => this.isGeneratorOn(scenario, k) && this.inside(change, 'generator', k, bus) === 1)) return true;
      return this.branchesAt[bus].some(
        (k) => this.isBranchOn(scenario, k) && this.inside(change, branchFrom[k] === bus ? 'branchFrom' : 'branchTo', k, bus) === 1,
      );
    });
  }

  /** Whether a generator holds the voltage of a node. */
  private holds(scenario: number, node: number, change: LaneChange): boolean {
    const { busCount, kind } = this.network;
    const bus = node % busCount;
    if (kind[bus] === BUS_PQ) return false;
    const inside = node < busCount ? 0 : 1;
    return this.generatorsAt[bus].some((k) => this.isGeneratorOn(scenario, k) && this.inside(change, 'generator', k, bus) === inside);
  }

  /** Whether it is plain that every bus keeps its path to a slack: where no branch is out, or one on which no connection hangs. */
  private keepsConnections({ switched, bars }: LaneChange): boolean {
    if (this.pattern.busbars === 2 || switched.size > 1 || bars.branchFrom.size + bars.branchTo.size > 0) return false;
    for (const branch of switched) if (!this.network.branchOn[branch] || this.isBridge[branch]) return false;
    return true;
  }

  /** Finds which nodes a path joins to a slack. */
  private reach(scenario: number, change: LaneChange): void {
    const { kind, branchFrom, branchTo, busCount } = this.network;
    const { isReached } = this;
    if (this.keepsConnections(change)) {
      for (let bus = 0; bus < busCount; bus++) isReached[bus] = Number(kind[bus] !== BUS_DEAD);
      return;
    }
    isReached.fill(0);
    const stack: number[] = [];
    for (let bus = 0; bus < busCount; bus++) {
      if (kind[bus] !== BUS_SLACK) continue;
      isReached[bus] = 1;
      stack.push(bus);
    }
    if (this.pattern.busbars === 1 && change.bars.branchFrom.size + change.bars.branchTo.size === 0) {
      this.reachFirst(stack, change.switched);
      return;
    }
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      const bus = node % busCount;
      const inside = node < busCount ? 0 : 1;
      for (const k of this.branchesAt[bus]) {
        const isFrom = branchFrom[k] === bus;
        if (!this.isBranchOn(scenario, k) || this.inside(change, isFrom ? 'branchFrom' : 'branchTo', k, bus) !== inside) continue;
        const other = isFrom ? branchTo[k] : branchFrom[k];
        const next = this.inside(change, isFrom ? 'branchTo' : 'branchFrom', k, other) * busCount + other;
        if (isReached[next]) continue;
        isReached[next] = 1;
        stack.push(next);
      }
    }
  }

  /** The same where each bus has one busbar, and branches are on it or out of service: from the buses that are reached on. */
  private reachFirst(stack: number[], switched: ReadonlySet<number>): void {
    const { branchFrom, branchTo, branchOn } = this.network;
    const { isReached, branchesAt } = this;
    for (let bus = stack.pop(); bus !== undefined; bus = stack.pop()) {
      for (const k of branchesAt[bus]) {
        const other = branchFrom[k] === bus ? branchTo[k] : branchFrom[k];
        if (isReached[other] || (branchOn[k] === 1) === switched.has(k)) continue;
        isReached[other] = 1;
        stack.push(other);
      }
    }
  }

  /** Writes the rows of the buses that are touched, and of neighbours whose branches are not where they are in the grid: all other rows stay those of all lanes. */
  private writeRows(scenario: number, change: LaneChange, touched: ReadonlySet<number>, used: readonly number[]): void {
    const { network, pattern, shunts } = this;
    const { branchFrom, branchTo, busCount, branchAdmittance } = network;
    const buses = new Set(touched);
    for (const bus of touched) {
      for (const k of this.branchesAt[bus]) {
        const isMoved = this.inside(change, 'branchFrom', k, branchFrom[k]) !== 0 || this.inside(change, 'branchTo', k, branchTo[k]) !== 0;
        if (isMoved || change.switched.has(k)) buses.add(branchFrom[k]).add(branchTo[k]);
      }
    }
    const isUsed = new Set(used);
    const ways = pattern.busbars * pattern.busbars;
    for (const bus of buses) {
      const hasRow = [this.ownRow(scenario, bus, change), isUsed.has(bus) && this.ownRow(scenario, busCount + bus, change)];
      const shuntAt = this.inside(change, 'shunt', bus, bus);
      if (shuntAt >= 0 && hasRow[shuntAt]) this.addEntry(scenario, pattern.diagonal[shuntAt * busCount + bus], shunts[2 * bus], shunts[2 * bus + 1]);
      for (const k of this.branchesAt[bus]) {
        if (!this.isBranchOn(scenario, k)) continue;
        const a = this.inside(change, 'branchFrom', k, branchFrom[k]);
        const b = this.inside(change, 'branchTo', k, branchTo[k]);
        const isFrom = branchFrom[k] === bus;
        const inside = isFrom ? a : b;
        if (!hasRow[inside]) continue;
        const at = BRANCH_ADMITTANCES * k;
        const own = at + (isFrom ? 0 : 6);
        const mutual = at + (isFrom ? 2 : 4);
        this.addEntry(scenario, pattern.diagonal[inside * busCount + bus], branchAdmittance[own], branchAdmittance[own + 1]);
        const place = pattern.branchPlace[2 * (ways * k + pattern.busbars * a + b) + (isFrom ? 0 : 1)];
        this.addEntry(scenario, place, branchAdmittance[mutual], branchAdmittance[mutual + 1]);
      }
    }
  }

  /** Gives a first busbar without a path to a slack equations that have a solution. */
  private tieToSlack(scenario: number, bus: number, change: LaneChange): void {
    const { session, pattern, rowStart } = this;
    const row = session.plan.slotOfBus[bus];
    if (change.rows.includes(row)) {
      for (let entry = rowStart[row]; entry < rowStart[row + 1]; entry++) {
        const at = session.admittanceAt(entry, scenario);
        session.ownAdmittance[at] = 0;
        session.ownAdmittance[at + session.lanes] = 0;
      }
    } else this.ownRow(scenario, bus, change);
    // j V_i / V_slack at the base voltages, where it then rests.
    const { base } = session;
    const at = 2 * row;
    const to = 2 * session.plan.slotOfBus[pattern.column[pattern.tie[bus]]];
    const size = base[to] * base[to] + base[to + 1] * base[to + 1];
    const re = (base[at] * base[to] + base[at + 1] * base[to + 1]) / size;
    const im = (base[at + 1] * base[to] - base[at] * base[to + 1]) / size;
    this.addEntry(scenario, pattern.diagonal[bus], 0, -1);
    this.addEntry(scenario, pattern.tie[bus], -im, re);
  }

  /** Moves injections to where they are, and silences those that are nowhere or at a dead node. */
  private writePowers(scenario: number, change: LaneChange): void {
    const { busCount, generatorBus } = this.network;
    const dead = new Set(change.dead);
    const place = (injection: number, element: 'load' | 'generator', index: number, bus: number): void => {
      const inside = this.inside(change, element, index, bus);
      const isSilent = inside < 0 || dead.has(inside * busCount + bus);
      if (inside === 0 && !isSilent) return;
      const { session } = this;
      const at = session.powerAt(injection, scenario);
      const [p, q] = [session.power[at], session.power[at + session.lanes]];
      change.powers.set(injection, [p, q]);
      this.putPower(scenario, injection, 0, 0);
      if (!isSilent) this.putPower(scenario, injection + this.injections, p, q);
    };
    this.loadBus.forEach((bus, k) => {
      place(k, 'load', k, bus);
    });
    generatorBus.forEach((bus, k) => {
      place(this.loadBus.length + k, 'generator', k, bus);
    });
  }
}
