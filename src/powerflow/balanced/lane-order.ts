/**
 * In which order scenarios stand side by side in blocks. A block goes on until the last of its lanes has converged, and over what any of them has of its own: scenarios that are about as
 * far from the base case belong together, and of these such as split the same substations. No result depends on it.
 */
import type { Busbar, TopologyElement } from './lane-topology.js';
import { type BalancedNetwork, BRANCH_ADMITTANCES } from './network.js';

/** What scenarios are told apart by. */
export interface TopologyState {
  switched: ReadonlySet<number>;
  bars: { readonly [element in TopologyElement]: ReadonlyMap<number, Busbar> };
}

/** Scenarios are taken in so many parts by how far they are from the base case. */
const CLASSES = 4;

/** What an order is made by: power that is to find another way, per unit, and the buses that are split, ascending. */
interface Distance {
  power: number;
  buses: readonly number[];
}

const NO_DISTANCE: Distance = { power: 0, buses: [] };

/** Orders the scenarios of one session. */
export class LaneOrder {
  /** Power into each branch in the base case, [branch][from P, Q, to P, Q], per unit. */
  private readonly flow: Float64Array;

  /**
   * @param base voltages by slot, [slot][re, im], per unit
   * @param slotOfBus slot of each bus; -1 where it is dead
   * @param loadBus bus of each load
   */
  constructor(
    private readonly network: BalancedNetwork,
    base: Float64Array,
    slotOfBus: Int32Array,
    private readonly loadBus: Int32Array,
  ) {
    const { branchFrom, branchTo, branchAdmittance } = network;
    this.flow = new Float64Array(4 * branchFrom.length);
    for (let k = 0; k < branchFrom.length; k++) {
      const [from, to] = [2 * slotOfBus[branchFrom[k]], 2 * slotOfBus[branchTo[k]]];
      if (from < 0 || to < 0) continue;
      for (let end = 0; end < 2; end++) {
        const at = BRANCH_ADMITTANCES * k + 4 * end;
        const [g, b, h, c] = branchAdmittance.subarray(at, at + 4);
        const re = g * base[from] - b * base[from + 1] + h * base[to] - c * base[to + 1];
        const im = g * base[from + 1] + b * base[from] + h * base[to + 1] + c * base[to];
        const own = end === 0 ? from : to;
        this.flow[4 * k + 2 * end] = base[own] * re + base[own + 1] * im;
        this.flow[4 * k + 2 * end + 1] = base[own + 1] * re - base[own] * im;
      }
    }
  }

  /** The scenarios in their order; `stateOf` gives what one has of its own. */
  order(scenarios: number, stateOf: (scenario: number) => TopologyState | undefined): number[] {
    const distances = Array.from({ length: scenarios }, (_, scenario) => {
      const state = stateOf(scenario);
      return state ? this.distanceOf(state) : NO_DISTANCE;
    });
    const order = Array.from(distances.keys()).sort((a, b) => distances[a].power - distances[b].power || a - b);
    const classOf = new Int32Array(scenarios);
    order.forEach((scenario, rank) => {
      classOf[scenario] = Math.floor((CLASSES * rank) / scenarios);
    });
    return order
      .map((scenario, rank) => ({ scenario, rank }))
      .sort(
        (a, b) =>
          classOf[a.scenario] - classOf[b.scenario] || compareLists(distances[a.scenario].buses, distances[b.scenario].buses) || a.rank - b.rank,
      )
      .map(({ scenario }) => scenario);
  }

  /** What second busbars lack when everything on them draws as in the base case, and what flows in branches that are out: that is what the first step has to make up for. */
  private distanceOf({ switched, bars }: TopologyState): Distance {
    const { grid, branchFrom, branchTo, generatorBus } = this.network;
    const { flow, loadBus } = this;
    const moved = new Map<number, [number, number]>();
    let power = 0;
    const put = (busbar: Busbar, bus: number, p: number, q: number): void => {
      if (busbar === 0) power += Math.hypot(p, q);
      if (busbar !== 2) return;
      const sum = moved.get(bus) ?? [0, 0];
      moved.set(bus, [sum[0] + p, sum[1] + q]);
    };
    for (const k of switched) power += Math.hypot(flow[4 * k], flow[4 * k + 1]);
    for (const [k, busbar] of bars.branchFrom) put(busbar, branchFrom[k], flow[4 * k], flow[4 * k + 1]);
    for (const [k, busbar] of bars.branchTo) put(busbar, branchTo[k], flow[4 * k + 2], flow[4 * k + 3]);
    for (const [k, busbar] of bars.load) put(busbar, loadBus[k], grid.loads[k].powerMw / grid.baseMva, grid.loads[k].powerMvar / grid.baseMva);
    for (const [k, busbar] of bars.generator) put(busbar, generatorBus[k], -grid.generators[k].powerMw / grid.baseMva, 0);
    for (const [bus, busbar] of bars.shunt) put(busbar, bus, 0, 0);
    for (const [p, q] of moved.values()) power += Math.hypot(p, q);
    return { power, buses: [...moved.keys()].sort((a, b) => a - b) };
  }
}

/** Below 0 where the first list comes first: number by number, the shorter one first. */
function compareLists(one: readonly number[], other: readonly number[]): number {
  for (let k = 0; k < one.length && k < other.length; k++) if (one[k] !== other[k]) return one[k] - other[k];
  return one.length - other.length;
}
