/** The plan of {@link TopologyLanes}: everything of a grid with two busbars at each substation that does not depend on lanes. */
import { type BalancedGrid, GridError } from '../../grid/index.js';
import type { KernelBackend } from '../kernels.js';
import { planLanes } from './lane-plan.js';
import { LaneSession } from './lane-session.js';
import { type BalancedNetwork, BUS_DEAD, BUS_SLACK, compileNetwork } from './network.js';
import { heldNodes, solveBase, writeBase } from './scenario-inputs.js';
import { type NodePattern, nodeAdmittances, nodePattern, nodeProblem, shuntAdmittances } from './topology-pattern.js';

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
