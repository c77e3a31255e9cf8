/**
 * The bare way through many power flows of one grid whose substations have two busbars: each lane has its own topology, powers and voltages; typed arrays, no names, no
 * allocation once made. For loops that change topologies at every step; {@link BalancedBatch} is the face by name.
 *
 * A *node* is one busbar of a bus. Outside: `busbar 1` and `busbar 2`. Inside: the rows of the bus itself (node = bus), which hold the busbar with the generators, else the one
 * with more ends of branches; and the second rows (node = bus count + bus), which take part where a branch in service ends there. All that stands in a lane's rows is a
 * function of that lane's topology alone, whatever came before, so that no bit of a result depends on the way there but through the voltages it starts from.
 */
import { type BalancedGrid, describeValue, GridError } from '../../grid/index.js';
import { type BackendName, chooseWidth } from '../backend.js';
import { STATUS_CONVERGED } from '../kernel-layout.js';
import type { KernelBackend } from '../kernels.js';
import { ROW_OWN, ROW_SHARED, ROW_UNUSED } from './lane-layout.js';
import { planLanes } from './lane-plan.js';
import { LaneSession } from './lane-session.js';
import { type BalancedNetwork, BRANCH_ADMITTANCES, BUS_DEAD, BUS_SLACK, compileNetwork } from './network.js';
import { heldNodes, solveBase, writeBase } from './scenario-inputs.js';
import { type NodePattern, nodeAdmittances, nodePattern, nodeProblem, shuntAdmittances } from './topology-pattern.js';

/** What lanes are made for. */
export interface TopologyLanesOptions {
  /** Lanes. */
  scenarios: number;
  /** Default `auto`. No result depends on it. */
  backend?: BackendName | KernelBackend;
  /** Largest |P| or |Q| mismatch at any bus, per unit of the grid's base power. Default 1e-9. */
  tolerance?: number;
  /** Most of Newton's steps. Default 10. */
  maxIterations?: number;
  /** Buses of which a second busbar may come into use; power flows are quicker with fewer. Default: all. */
  splittable?: readonly number[];
}

/** Topologies of lanes as they stand in arrays of the caller's: where the numbers of the lane begin in each. */
export interface LaneState {
  /** Node outside at which each end of a branch is, (busbar - 1) x buses + bus; -1 at both ends of one that is out of service. [branch][from, to]. */
  nodes: Int16Array;
  nodesAt: number;
  /** On which busbars of each bus there are generators that hold its voltage: 1 the first, 2 the second, 3 both, [bus]. 0 where the bus holds none. */
  holders: Uint8Array;
  holdersAt: number;
}

/** Numbers a branch in {@link TopologyLanes.flows}. */
export const FLOW_NUMBERS = 5;

/** Everything that does not depend on lanes: made once for a grid, used by as many lanes as are wanted. */
export class TopologyPlan {
  readonly network: BalancedNetwork;
  readonly pattern: NodePattern;
  readonly plan: ReturnType<typeof planLanes>;
  private readonly base: ReturnType<typeof solveBase>;
  /** Branches at each bus: those of bus b are `branchesAt[branchStart[b]]` to before `branchesAt[branchStart[b + 1]]`. */
  readonly branchStart: Int32Array;
  readonly branchesAt: Int32Array;
  /** Beside these: which end is here (2 branch, + 1 for the to end), and the bus at the other end. */
  readonly endsAt: Int32Array;
  readonly otherBus: Int32Array;
  /** Row of each node, -1 where it has none; first entry of each row's admittances. */
  readonly rowOf: Int32Array;
  readonly rowStart: Int32Array;
  /** Entries of a node's own admittance, of a branch between nodes [branch][from part][to part][ft, tf], of a bus's tie to a slack and the slack's slot; -1 where there is none. */
  readonly diagonal: Int32Array;
  readonly between: Int32Array;
  readonly tie: Int32Array;
  readonly tieSlot: Int32Array;
  readonly shunts: Float64Array;
  readonly slackBuses: Int32Array;
  /** Place of each bus's second node among the masked rows. */
  readonly maskOf: Int32Array;

  /** Throws {@link GridError} where the grid has no solution as it stands, or a branch of it has no impedance. */
  constructor(readonly grid: BalancedGrid) {
    const network = compileNetwork(grid);
    this.network = network;
    const { busCount, branchFrom, branchTo } = network;
    const pattern = nodePattern(network, 2);
    this.pattern = pattern;
    const plan = planLanes(nodeProblem(network, pattern, false));
    this.plan = plan;
    this.base = solveBase(network);
    const lists: number[][] = Array.from({ length: busCount }, () => []);
    for (let k = 0; k < branchFrom.length; k++) {
      lists[branchFrom[k]].push(k);
      lists[branchTo[k]].push(k);
    }
    this.branchStart = Int32Array.from({ length: busCount + 1 }, (_, bus) => lists.slice(0, bus).reduce((sum, list) => sum + list.length, 0));
    this.branchesAt = Int32Array.from(lists.flat());
    this.endsAt = Int32Array.from(lists.flatMap((list, bus) => list.map((k) => 2 * k + (branchFrom[k] === bus ? 0 : 1))));
    this.otherBus = Int32Array.from(lists.flatMap((list, bus) => list.map((k) => (branchFrom[k] === bus ? branchTo[k] : branchFrom[k]))));
    const entryOfPlace = new Int32Array(pattern.column.length).fill(-1);
    plan.admittancePlace.forEach((place, entry) => {
      entryOfPlace[place] = entry;
    });
    this.rowOf = plan.slotOfBus.map((slot) => (slot < plan.rows ? slot : -1));
    this.rowStart = new Int32Array(plan.rows + 1);
    for (let row = 0; row < plan.rows; row++) this.rowStart[row + 1] = this.rowStart[row] + 1 + plan.neighbours[row].length;
    this.diagonal = pattern.diagonal.map((place) => entryOfPlace[place]);
    this.between = pattern.branchPlace.map((place) => entryOfPlace[place]);
    this.tie = pattern.tie.map((place) => (place < 0 ? -1 : entryOfPlace[place]));
    this.tieSlot = pattern.tie.map((place) => (place < 0 ? -1 : plan.slotOfBus[pattern.column[place]]));
    this.shunts = shuntAdmittances(network);
    const buses = Int32Array.from({ length: busCount }, (_, bus) => bus);
    this.slackBuses = buses.filter((bus) => network.kind[bus] === BUS_SLACK);
    if (network.kind.includes(BUS_DEAD))
      throw new GridError(`grid "${grid.name}" has buses without a path to a slack; lanes with busbars need all of them alive`);
    const maskedRows = Array.from({ length: plan.rows }, (_, row) => row).filter((row) => plan.masked[row] === 1);
    this.maskOf = buses.map((bus) => maskedRows.indexOf(plan.slotOfBus[busCount + bus]));
  }

  /** Buses. */
  get busCount(): number {
    return this.network.busCount;
  }

  /** Branches. */
  get branchCount(): number {
    return this.network.branchFrom.length;
  }

  /** A session of lanes, all of them in the grid's own state. */
  session(scenarios: number, backend: KernelBackend): LaneSession {
    const { network, plan, pattern } = this;
    const injectionBus = Int32Array.from({ length: pattern.nodeCount }, (_, node) => node);
    const session = new LaneSession({ plan, scenarios, backend, injectionBus, heldBuses: heldNodes(network, 2), ownAdmittances: true });
    const { re, im } = nodeAdmittances(network, pattern);
    session.setAdmittances(re, im);
    writeBase(network, plan, this.base, session.base);
    const all = session.blocks * session.lanes;
    session.heldBuses.forEach((node, index) => {
      for (let lane = 0; lane < all; lane++) session.held[session.heldAt(index, lane)] = network.voltageMagnitude[node % network.busCount];
    });
    return session;
  }
}

/**
 * Lanes with topologies of their own. A solution of a lane: bring its topology up to date ({@link touch}, {@link walk}, {@link apply}), write its powers ({@link setPowers}), {@link choose} it,
 * {@link solve}; then {@link isSolved} and {@link readFlows}. It starts from the voltages that the lane has.
 */
export class TopologyLanes {
  /** Lanes that may be used. */
  readonly scenarios: number;
  readonly backend: string;
  readonly session: LaneSession;
  /** Of the lane last read by {@link readFlows}: power into each branch at both ends and the current at its from end, [branch][P from, Q from, P to, Q to, I from], per unit. */
  readonly flows: Float64Array;
  /** Of the lane last read: voltages of the nodes outside, [busbar - 1][bus][re, im]. */
  readonly voltages: Float64Array;
  /** Of the lane last read: the lowest voltage of a node with a path to a slack, squared. */
  lowestSquare = 0;
  /** Of the topology last walked: whether each node outside has a path to a slack, [busbar - 1][bus]. */
  readonly isReached: Uint8Array;
  /** Numbers of {@link saveVoltages}. */
  readonly voltageNumbers: number;
  private readonly tolerance: number;
  private readonly maxIterations: number;
  /** [lane][bus]: whether the rows of the bus hold busbar 2; whether the second rows take part; whether the first rows are tied to a slack. */
  private readonly swapped: Uint8Array;
  private readonly used: Uint8Array;
  private readonly tied: Uint8Array;
  /** [lane][bus]: masks of the second rows: 1 balanced, 2 magnitude sought. */
  private readonly masked: Uint8Array;
  /** [lane][bus]: whether something is injected at the second rows. */
  private readonly powered: Uint8Array;
  /** [lane][row]: whether the lane has numbers of its own there; [block][row]: how many of the block's lanes have. */
  private readonly own: Uint8Array;
  private readonly ownCount: Int32Array;
  /** [block]: second rows that take part in any of its lanes, each counted a lane. */
  private readonly usedCount: Int32Array;
  private readonly touchMarks: Uint8Array;
  private readonly touched: Int32Array;
  private touchedCount = 0;
  private readonly isStale: Uint8Array;
  private readonly stale: Int32Array;
  private readonly stack: Int32Array;
  private chosenCount = 0;

  /** Throws {@link GridError} for options that cannot be. */
  constructor(
    readonly plan: TopologyPlan,
    { scenarios, backend, tolerance = 1e-9, maxIterations = 10, splittable }: TopologyLanesOptions,
  ) {
    if (!Number.isInteger(scenarios) || scenarios < 1) throw new GridError(`lanes need 1 scenario or more, not ${describeValue(scenarios)}`);
    if (!(tolerance > 0 && tolerance < Infinity)) throw new GridError(`tolerance must be above 0, not ${describeValue(tolerance)}`);
    const chosen = chooseWidth(backend, scenarios);
    const session = plan.session(scenarios, chosen);
    const { busCount, branchCount } = plan;
    const { rows, slots } = plan.plan;
    const all = session.blocks * session.lanes;
    this.scenarios = scenarios;
    this.backend = chosen.name;
    this.session = session;
    this.tolerance = tolerance;
    this.maxIterations = maxIterations;
    this.flows = new Float64Array(FLOW_NUMBERS * branchCount);
    this.voltages = new Float64Array(4 * busCount);
    this.isReached = new Uint8Array(2 * busCount);
    this.voltageNumbers = 2 * slots;
    this.swapped = new Uint8Array(all * busCount);
    this.used = new Uint8Array(all * busCount);
    this.tied = new Uint8Array(all * busCount);
    this.masked = new Uint8Array(all * busCount);
    this.powered = new Uint8Array(all * busCount);
    this.own = new Uint8Array(all * rows);
    this.ownCount = new Int32Array(session.blocks * rows);
    this.usedCount = new Int32Array(session.blocks);
    this.touchMarks = new Uint8Array(busCount);
    this.touched = new Int32Array(busCount);
    this.isStale = new Uint8Array(busCount);
    this.stale = new Int32Array(busCount);
    this.stack = new Int32Array(2 * busCount);
    const { plan: lanePlan } = session;
    for (let bus = 0; bus < busCount; bus++) {
      const row = plan.rowOf[busCount + bus];
      for (let block = 0; block < session.blocks; block++) session.rowState[block * rows + row] = ROW_UNUSED;
    }
    session.mask.fill(1);
    for (let lane = 0; lane < all; lane++) {
      for (let bus = 0; bus < busCount; bus++) this.writeMask(lane, bus, 0);
      for (let slot = 0; slot < lanePlan.slots; slot++) this.putVoltage(lane, slot, session.base[2 * slot], session.base[2 * slot + 1]);
    }
    session.chosen.fill(0);
    if (splittable) session.blockPrograms?.setAll(splittable.map((bus) => lanePlan.slotOfBus[busCount + bus]));
  }

  /** Says that something at a bus has changed since the lane that is applied next was last applied. */
  touch(bus: number): void {
    if (this.touchMarks[bus] !== 0) return;
    this.touchMarks[bus] = 1;
    this.touched[this.touchedCount++] = bus;
  }

  /** Whether anything has been touched since the last {@link apply}. */
  get isTouched(): boolean {
    return this.touchedCount > 0;
  }

  /** The same of all buses. */
  touchAll(): void {
    for (let bus = 0; bus < this.plan.busCount; bus++) this.touch(bus);
  }

  /** Puts a lane back to the grid's own state: all on busbar 1 and in service. Voltages stay what they are. */
  restoreLane(lane: number): void {
    const { plan, session, own, ownCount } = this;
    const { busCount } = plan;
    const { rows, busOfSlot } = plan.plan;
    const block = (lane / session.lanes) | 0;
    for (let row = 0; row < rows; row++) {
      if (own[lane * rows + row] === 0) continue;
      own[lane * rows + row] = 0;
      this.shareRow(lane, row);
      const at = block * rows + row;
      if (--ownCount[at] === 0) session.rowState[at] = busOfSlot[row] < busCount ? ROW_SHARED : ROW_UNUSED;
    }
    for (let bus = 0; bus < busCount; bus++) {
      const at = lane * busCount + bus;
      this.swapped[at] = 0;
      this.tied[at] = 0;
      if (this.used[at] !== 0) this.countUsed(block, -1);
      this.used[at] = 0;
      if (this.masked[at] !== 0) this.writeMask(lane, bus, 0);
    }
  }

  /** Forgets what was touched: of a lane that is restored, or becomes another, before it is solved again. */
  forget(): void {
    for (let k = 0; k < this.touchedCount; k++) this.touchMarks[this.touched[k]] = 0;
    this.touchedCount = 0;
  }

  /** Finds which nodes outside have a path to a slack in a topology, which need not be that of any lane: {@link isReached}. */
  walk({ nodes, nodesAt, holders, holdersAt }: LaneState): void {
    const { plan, isReached, stack } = this;
    const { busCount, branchStart, endsAt, slackBuses } = plan;
    isReached.fill(0);
    let height = 0;
    for (let k = 0; k < slackBuses.length; k++) {
      const node = (holders[holdersAt + slackBuses[k]] === 2 ? busCount : 0) + slackBuses[k];
      isReached[node] = 1;
      stack[height++] = node;
    }
    while (height > 0) {
      const node = stack[--height];
      const bus = node >= busCount ? node - busCount : node;
      const last = branchStart[bus + 1];
      for (let j = branchStart[bus]; j < last; j++) {
        const end = nodesAt + endsAt[j];
        if (nodes[end] !== node) continue;
        const next = nodes[end ^ 1];
        if (isReached[next] !== 0) continue;
        isReached[next] = 1;
        stack[height++] = next;
      }
    }
  }

  /**
   * Brings a lane up to date with its topology where it was touched. {@link walk} of that topology comes first.
   */
  apply(lane: number, state: LaneState): void {
    const { plan, used, tied, swapped, masked, touched, isStale, stale, session, isReached } = this;
    const { busCount, branchStart, otherBus, network } = plan;
    const { kind } = network;
    const block = (lane / session.lanes) | 0;
    const at = lane * busCount;
    let staleCount = 0;
    for (let k = 0; k < this.touchedCount; k++) {
      const bus = touched[k];
      this.touchMarks[bus] = 0;
      this.orient(lane, bus, state);
      if (isStale[bus] === 0) {
        isStale[bus] = 1;
        stale[staleCount++] = bus;
      }
      for (let j = branchStart[bus]; j < branchStart[bus + 1]; j++) {
        const other = otherBus[j];
        if (isStale[other] !== 0) continue;
        isStale[other] = 1;
        stale[staleCount++] = other;
      }
    }
    this.touchedCount = 0;
    // Which second rows take part: those of stale buses may have changed.
    for (let k = 0; k < staleCount; k++) {
      const bus = stale[k];
      const isUsed = this.isSecondUsed(lane, bus, state) ? 1 : 0;
      if (isUsed === used[at + bus]) continue;
      used[at + bus] = isUsed;
      this.countUsed(block, isUsed === 1 ? 1 : -1);
      if (isUsed === 1) this.copyVoltage(lane, bus, busCount + bus);
    }
    for (let bus = 0; bus < busCount; bus++) {
      const isSwapped = swapped[at + bus] !== 0;
      const isTied = isReached[isSwapped ? busCount + bus : bus] === 0 && kind[bus] !== BUS_SLACK ? 1 : 0;
      if (isTied !== tied[at + bus]) {
        tied[at + bus] = isTied;
        if (isStale[bus] === 0) {
          isStale[bus] = 1;
          stale[staleCount++] = bus;
        }
      }
      let mask = 0;
      if (used[at + bus] !== 0 && isReached[isSwapped ? bus : busCount + bus] !== 0)
        mask = (state.holders[state.holdersAt + bus] & (isSwapped ? 1 : 2)) !== 0 ? 1 : 3;
      if (mask !== masked[at + bus]) this.writeMask(lane, bus, mask);
    }
    for (let k = 0; k < staleCount; k++) {
      isStale[stale[k]] = 0;
      this.writeBus(lane, stale[k], state);
    }
  }

  /**
   * Which busbar the rows of a bus hold: the one with generators that hold the voltage, else the one at which more branches in service end, else busbar 1. Where that changes, the
   * voltages change places too.
   */
  private orient(lane: number, bus: number, { nodes, nodesAt, holders, holdersAt }: LaneState): void {
    const { plan, swapped } = this;
    const { branchStart, endsAt, busCount } = plan;
    const held = holders[holdersAt + bus];
    let isSwapped = held === 2;
    if (held === 0) {
      let more = 0;
      for (let j = branchStart[bus]; j < branchStart[bus + 1]; j++) {
        const node = nodes[nodesAt + endsAt[j]];
        if (node >= 0) more += node >= busCount ? 1 : -1;
      }
      isSwapped = more > 0;
    }
    const at = lane * busCount + bus;
    if ((swapped[at] !== 0) === isSwapped) return;
    swapped[at] = isSwapped ? 1 : 0;
    this.exchangeVoltages(lane, bus, busCount + bus);
  }

  private isSecondUsed(lane: number, bus: number, { nodes, nodesAt }: LaneState): boolean {
    const { branchStart, endsAt, busCount } = this.plan;
    // What the second rows hold.
    const node = this.swapped[lane * busCount + bus] !== 0 ? bus : busCount + bus;
    for (let j = branchStart[bus]; j < branchStart[bus + 1]; j++) if (nodes[nodesAt + endsAt[j]] === node) return true;
    return false;
  }

  /** Writes the rows of a bus: those of all lanes where nothing at it differs from the grid's own state. */
  private writeBus(lane: number, bus: number, { nodes, nodesAt }: LaneState): void {
    const { plan, session, swapped, used, tied } = this;
    const { busCount, branchStart, branchesAt, endsAt, otherBus, network, rowOf } = plan;
    const { branchOn, branchAdmittance } = network;
    const own = lane * busCount;
    const at = own + bus;
    const isSwapped = swapped[at];
    const isSecondUsed = used[at] !== 0;
    const from = branchStart[bus];
    const to = branchStart[bus + 1];
    let differs = tied[at] !== 0 || isSecondUsed || isSwapped !== 0;
    for (let j = from; j < to && !differs; j++) {
      const other = nodes[nodesAt + (endsAt[j] ^ 1)];
      if (other < 0) differs = branchOn[branchesAt[j]] !== 0;
      else differs = branchOn[branchesAt[j]] === 0 || (other >= busCount ? 1 : 0) !== swapped[own + otherBus[j]];
    }
    const first = rowOf[bus];
    if (first >= 0) this.ownRow(lane, first, differs, ROW_SHARED);
    this.ownRow(lane, rowOf[busCount + bus], isSecondUsed, ROW_UNUSED);
    if (!differs) return;
    const { lanes, entries, ownAdmittance } = session;
    const stride = 2 * lanes;
    const base = ((lane / lanes) | 0) * entries * stride + (lane % lanes);
    if (tied[at] !== 0) this.writeTie(bus, base);
    const { diagonal, between, shunts } = plan;
    const hasFirst = first >= 0 && tied[at] === 0;
    // The shunts of a bus are on its busbar 1.
    if (isSwapped === 0 ? hasFirst : isSecondUsed) {
      const place = base + diagonal[isSwapped * busCount + bus] * stride;
      ownAdmittance[place] += shunts[2 * bus];
      ownAdmittance[place + lanes] += shunts[2 * bus + 1];
    }
    for (let j = from; j < to; j++) {
      const end = endsAt[j];
      const here = nodes[nodesAt + end];
      if (here < 0) continue;
      const part = (here >= busCount ? 1 : 0) ^ isSwapped;
      if (part === 0 ? !hasFirst : !isSecondUsed) continue;
      const other = (nodes[nodesAt + (end ^ 1)] >= busCount ? 1 : 0) ^ swapped[own + otherBus[j]];
      const branch = branchesAt[j];
      const isTo = end & 1;
      const y = BRANCH_ADMITTANCES * branch + 6 * isTo;
      const self = base + diagonal[part * busCount + bus] * stride;
      ownAdmittance[self] += branchAdmittance[y];
      ownAdmittance[self + lanes] += branchAdmittance[y + 1];
      const z = BRANCH_ADMITTANCES * branch + 2 + 2 * isTo;
      const way = isTo === 0 ? 2 * part + other : 2 * other + part;
      const mutual = base + between[2 * (4 * branch + way) + isTo] * stride;
      ownAdmittance[mutual] += branchAdmittance[z];
      ownAdmittance[mutual + lanes] += branchAdmittance[z + 1];
    }
  }

  /** Gives rows without a path to a slack the equation j V_i / V_slack as in the base case, where they then rest. */
  private writeTie(bus: number, base: number): void {
    const { plan, session } = this;
    const { lanes, ownAdmittance } = session;
    const stride = 2 * lanes;
    const own = 2 * plan.rowOf[bus];
    const to = 2 * plan.tieSlot[bus];
    const { base: v } = session;
    const size = v[to] * v[to] + v[to + 1] * v[to + 1];
    const re = (v[own] * v[to] + v[own + 1] * v[to + 1]) / size;
    const im = (v[own + 1] * v[to] - v[own] * v[to + 1]) / size;
    ownAdmittance[base + plan.diagonal[bus] * stride + lanes] += -1;
    const tie = base + plan.tie[bus] * stride;
    ownAdmittance[tie] += -im;
    ownAdmittance[tie + lanes] += re;
  }

  /** Makes a row a lane's own, all 0, or gives it back to all lanes. */
  private ownRow(lane: number, row: number, isOwn: boolean, otherwise: number): void {
    const { plan, session, own, ownCount } = this;
    const { rows } = plan.plan;
    const { lanes, entries, ownAdmittance } = session;
    const block = (lane / lanes) | 0;
    const at = block * rows + row;
    const was = own[lane * rows + row] !== 0;
    if (!isOwn) {
      if (!was) return;
      own[lane * rows + row] = 0;
      this.shareRow(lane, row);
      if (--ownCount[at] === 0) session.rowState[at] = otherwise;
      return;
    }
    if (!was) {
      own[lane * rows + row] = 1;
      if (ownCount[at]++ === 0) {
        session.rowState[at] = ROW_OWN;
        for (let one = block * lanes; one < (block + 1) * lanes; one++) if (one !== lane) this.shareRow(one, row);
      }
    }
    const stride = 2 * lanes;
    const base = block * entries * stride + (lane % lanes);
    for (let entry = plan.rowStart[row]; entry < plan.rowStart[row + 1]; entry++) {
      ownAdmittance[base + entry * stride] = 0;
      ownAdmittance[base + entry * stride + lanes] = 0;
    }
  }

  private shareRow(lane: number, row: number): void {
    const { plan, session } = this;
    const { lanes, entries, ownAdmittance, admittance } = session;
    const stride = 2 * lanes;
    const base = ((lane / lanes) | 0) * entries * stride + (lane % lanes);
    for (let entry = plan.rowStart[row]; entry < plan.rowStart[row + 1]; entry++) {
      ownAdmittance[base + entry * stride] = admittance[2 * entry];
      ownAdmittance[base + entry * stride + lanes] = admittance[2 * entry + 1];
    }
  }

  private countUsed(block: number, change: number): void {
    const before = this.usedCount[block];
    this.usedCount[block] = before + change;
    if (before === 0 || before + change === 0) this.session.blockPrograms?.useAll(block, before === 0);
  }

  private writeMask(lane: number, bus: number, mask: number): void {
    const { session, plan } = this;
    this.masked[lane * plan.busCount + bus] = mask;
    const at = session.maskAt(plan.maskOf[bus], lane);
    session.mask[at] = mask & 1;
    session.mask[at + session.lanes] = mask >> 1;
  }

  private putVoltage(lane: number, slot: number, re: number, im: number): void {
    const { session } = this;
    const at = session.voltageAt(slot, lane);
    session.voltage[at] = re;
    session.voltage[at + session.lanes] = im;
  }

  private copyVoltage(lane: number, from: number, to: number): void {
    const { session } = this;
    const { slotOfBus } = session.plan;
    const a = session.voltageAt(slotOfBus[from], lane);
    this.putVoltage(lane, slotOfBus[to], session.voltage[a], session.voltage[a + session.lanes]);
  }

  private exchangeVoltages(lane: number, one: number, other: number): void {
    const { session } = this;
    const { slotOfBus, rows } = session.plan;
    // What a slack holds is given.
    if (slotOfBus[one] >= rows) return;
    const { voltage, lanes } = session;
    const a = session.voltageAt(slotOfBus[one], lane);
    const b = session.voltageAt(slotOfBus[other], lane);
    for (let part = 0; part <= lanes; part += lanes) {
      const kept = voltage[a + part];
      voltage[a + part] = voltage[b + part];
      voltage[b + part] = kept;
    }
  }

  /** Writes what is injected at the nodes outside, [busbar - 1][bus], per unit. At nodes without a path to a slack it must be 0. */
  setPowers(lane: number, p: Float64Array, q: Float64Array): void {
    const { session, plan, swapped, powered } = this;
    const { busCount } = plan;
    const { lanes, injections, power } = session;
    const stride = 2 * lanes;
    const base = ((lane / lanes) | 0) * injections * stride + (lane % lanes);
    for (let bus = 0; bus < busCount; bus++) {
      const at = lane * busCount + bus;
      const isSwapped = swapped[at] !== 0;
      const first = isSwapped ? busCount + bus : bus;
      const second = isSwapped ? bus : busCount + bus;
      const one = base + bus * stride;
      power[one] = p[first];
      power[one + lanes] = q[first];
      // Nothing at most second rows, and nothing before.
      const isPowered = p[second] !== 0 || q[second] !== 0;
      if (!isPowered && powered[at] === 0) continue;
      powered[at] = isPowered ? 1 : 0;
      const two = base + (busCount + bus) * stride;
      power[two] = p[second];
      power[two + lanes] = q[second];
    }
  }

  /** Marks a lane for the next {@link solve}. */
  choose(lane: number): void {
    this.session.chosen[lane] = 1;
    this.chosenCount += 1;
  }

  /** Solves the lanes that were chosen; the others keep what they have. */
  solve(): void {
    if (this.chosenCount === 0) return;
    this.session.solveChosen(this.tolerance, this.maxIterations);
    this.session.chosen.fill(0);
    this.chosenCount = 0;
  }

  /** Whether the last solution of a lane converged. */
  isSolved(lane: number): boolean {
    return this.session.status[lane] === STATUS_CONVERGED;
  }

  /** Reads voltages and flows of a lane; of branches out of service, and those without voltage, the flows are 0. */
  readFlows(lane: number, { nodes, nodesAt }: LaneState): void {
    const { plan, session, voltages, flows, swapped, tied, masked } = this;
    const { busCount, branchCount, network } = plan;
    const { branchAdmittance: y } = network;
    const { voltage, lanes } = session;
    const { slotOfBus, slots } = session.plan;
    const stride = 2 * lanes;
    const base = ((lane / lanes) | 0) * slots * stride + (lane % lanes);
    let lowest = Infinity;
    for (let bus = 0; bus < busCount; bus++) {
      const at = lane * busCount + bus;
      const isSwapped = swapped[at] !== 0;
      const one = 2 * (isSwapped ? busCount + bus : bus);
      const two = 2 * (isSwapped ? bus : busCount + bus);
      if (tied[at] === 0) {
        const first = base + slotOfBus[bus] * stride;
        const e = voltage[first];
        const f = voltage[first + lanes];
        voltages[one] = e;
        voltages[one + 1] = f;
        const square = e * e + f * f;
        if (square < lowest) lowest = square;
      } else {
        voltages[one] = 0;
        voltages[one + 1] = 0;
      }
      if ((masked[at] & 1) !== 0) {
        const second = base + slotOfBus[busCount + bus] * stride;
        const e = voltage[second];
        const f = voltage[second + lanes];
        voltages[two] = e;
        voltages[two + 1] = f;
        const square = e * e + f * f;
        if (square < lowest) lowest = square;
      } else {
        voltages[two] = 0;
        voltages[two + 1] = 0;
      }
    }
    this.lowestSquare = lowest;
    for (let branch = 0; branch < branchCount; branch++) {
      const out = FLOW_NUMBERS * branch;
      const from = 2 * nodes[nodesAt + 2 * branch];
      const to = 2 * nodes[nodesAt + 2 * branch + 1];
      if (from < 0) {
        flows[out] = 0;
        flows[out + 1] = 0;
        flows[out + 2] = 0;
        flows[out + 3] = 0;
        flows[out + 4] = 0;
        continue;
      }
      const e = voltages[from];
      const f = voltages[from + 1];
      const g = voltages[to];
      const h = voltages[to + 1];
      const k = BRANCH_ADMITTANCES * branch;
      const re = y[k] * e - y[k + 1] * f + y[k + 2] * g - y[k + 3] * h;
      const im = y[k] * f + y[k + 1] * e + y[k + 2] * h + y[k + 3] * g;
      const reTo = y[k + 4] * e - y[k + 5] * f + y[k + 6] * g - y[k + 7] * h;
      const imTo = y[k + 4] * f + y[k + 5] * e + y[k + 6] * h + y[k + 7] * g;
      flows[out] = e * re + f * im;
      flows[out + 1] = f * re - e * im;
      flows[out + 2] = g * reTo + h * imTo;
      flows[out + 3] = h * reTo - g * imTo;
      flows[out + 4] = Math.sqrt(re * re + im * im);
    }
  }

  /** Writes all voltages of a lane, as they stand inside, to an array. */
  saveVoltages(lane: number, into: Float64Array, at: number): void {
    const { voltage, lanes, plan } = this.session;
    let from = this.session.voltageAt(0, lane);
    for (let slot = 0; slot < plan.slots; slot++, from += 2 * lanes) {
      into[at + 2 * slot] = voltage[from];
      into[at + 2 * slot + 1] = voltage[from + lanes];
    }
  }

  /** The reverse. */
  loadVoltages(lane: number, source: ArrayLike<number>, at: number): void {
    const { voltage, lanes, plan } = this.session;
    let to = this.session.voltageAt(0, lane);
    for (let slot = 0; slot < plan.slots; slot++, to += 2 * lanes) {
      voltage[to] = source[at + 2 * slot];
      voltage[to + lanes] = source[at + 2 * slot + 1];
    }
  }

  /** Gives a lane the voltages of the grid as it stands. */
  resetVoltages(lane: number): void {
    this.loadVoltages(lane, this.session.base, 0);
  }

  /** Makes a lane what another one is, of other lanes of the same plan perhaps: topology and voltages. */
  become(lane: number, source: TopologyLanes, from: number): void {
    const { plan, session, own } = this;
    const { busCount } = plan;
    const { rows } = plan.plan;
    const { lanes, entries, ownAdmittance } = session;
    const its = source.session;
    const block = (lane / lanes) | 0;
    const stride = 2 * lanes;
    const base = block * entries * stride + (lane % lanes);
    const itsStride = 2 * its.lanes;
    const itsBase = ((from / its.lanes) | 0) * entries * itsStride + (from % its.lanes);
    for (let row = 0; row < rows; row++) {
      const isOwn = source.own[from * rows + row];
      if (isOwn === 0 && own[lane * rows + row] === 0) continue;
      const isSecond = plan.plan.busOfSlot[row] >= busCount;
      this.ownRow(lane, row, isOwn !== 0, isSecond ? ROW_UNUSED : ROW_SHARED);
      if (isOwn === 0) continue;
      for (let entry = plan.rowStart[row]; entry < plan.rowStart[row + 1]; entry++) {
        ownAdmittance[base + entry * stride] = its.ownAdmittance[itsBase + entry * itsStride];
        ownAdmittance[base + entry * stride + lanes] = its.ownAdmittance[itsBase + entry * itsStride + its.lanes];
      }
    }
    for (let bus = 0; bus < busCount; bus++) {
      const at = lane * busCount + bus;
      const other = from * busCount + bus;
      this.swapped[at] = source.swapped[other];
      this.tied[at] = source.tied[other];
      if (this.used[at] !== source.used[other]) {
        this.used[at] = source.used[other];
        this.countUsed(block, source.used[other] !== 0 ? 1 : -1);
      }
      if (this.masked[at] !== source.masked[other]) this.writeMask(lane, bus, source.masked[other]);
    }
    this.copyVoltages(lane, source, from);
  }

  /** Gives a lane the voltages of another one of the same topology. */
  copyVoltages(lane: number, source: TopologyLanes, from: number): void {
    const { plan } = this.session;
    const its = source.session;
    let at = its.voltageAt(0, from);
    let to = this.session.voltageAt(0, lane);
    for (let slot = 0; slot < plan.slots; slot++) {
      this.session.voltage[to] = its.voltage[at];
      this.session.voltage[to + this.session.lanes] = its.voltage[at + its.lanes];
      at += 2 * its.lanes;
      to += 2 * this.session.lanes;
    }
  }

  /** Uses the first lanes only, until it is called again: as many as `count` need. */
  use(count: number): void {
    this.session.useBlocks(Math.ceil(count / this.session.lanes));
  }
}
