/** What a batch of balanced power flows begins with: who injects where, what is held, the grid's own powers in every scenario, and the solution of the grid as it stands. */
import { GridError } from '../../grid/index.js';
import type { LanePlan } from './lane-plan.js';
import { type BalancedNetwork, BUS_DEAD, BUS_PQ } from './network.js';
import type { PolarState } from './polar-equations.js';
import type { ScenarioSession } from './scenario-session.js';
import { solveNetwork } from './solve-network.js';

/** Node of each injection: loads, generators, and with two busbars both again for the second ones. */
export function injectionNodes({ grid, busCount, busIndex, generatorBus }: BalancedNetwork, busbars: 1 | 2): Int32Array {
  const first = [...grid.loads.map(({ bus }) => busIndex.get(bus) as number), ...generatorBus];
  return Int32Array.from(busbars === 2 ? [...first, ...first.map((bus) => busCount + bus)] : first);
}

/** Nodes whose magnitude is held where a generator is on them. */
export function heldNodes({ kind, busCount }: BalancedNetwork, busbars: 1 | 2): Int32Array {
  const held: number[] = [];
  kind.forEach((is, bus) => {
    if (is === BUS_DEAD || is === BUS_PQ) return;
    held.push(bus);
    if (busbars === 2) held.push(busCount + bus);
  });
  return Int32Array.from(held);
}

/** Writes the grid's own powers and set points into every scenario, powers times a factor. */
export function writeGrid(network: BalancedNetwork, session: ScenarioSession, factor: number): void {
  const { grid } = network;
  const put = (injection: number, p: number, q: number): void => {
    for (let scenario = 0; scenario < session.blocks * session.lanes; scenario++) {
      const at = session.powerAt(injection, scenario);
      session.power[at] = p;
      session.power[at + session.lanes] = q;
    }
  };
  grid.loads.forEach(({ powerMw, powerMvar, inService }, k) => {
    const scale = inService ? -factor / grid.baseMva : 0;
    put(k, scale * powerMw, scale * powerMvar);
  });
  grid.generators.forEach(({ powerMw, powerMvar }, k) => {
    const scale = network.generatorOn[k] ? 1 / grid.baseMva : 0;
    put(grid.loads.length + k, factor * scale * powerMw, scale * powerMvar);
  });
  session.heldBuses.forEach((node, index) => {
    const magnitude = network.voltageMagnitude[node % network.busCount];
    for (let scenario = 0; scenario < session.blocks * session.lanes; scenario++) session.held[session.heldAt(index, scenario)] = magnitude;
  });
}

/** The solution of the grid as it stands, from which lanes start. Throws {@link GridError} where there is none. */
export function solveBase(network: BalancedNetwork): PolarState {
  const { state, result } = solveNetwork(network, { tolerance: 1e-12 });
  if (result.status !== 'converged' && result.status !== 'inexact') {
    throw new GridError(
      `grid "${network.grid.name}" has no solution as it stands (${result.status}); a batch starts from that. Lower the loads or raise voltages`,
    );
  }
  return state;
}

/** Writes a state to a session's voltages to start from, [slot][re, im]; second busbars have those of their buses. */
export function writeBase(
  { busCount }: BalancedNetwork,
  plan: Pick<LanePlan, 'busOfSlot'>,
  { magnitude, angle }: PolarState,
  base: Float64Array,
): void {
  plan.busOfSlot.forEach((node, slot) => {
    const bus = node % busCount;
    base[2 * slot] = magnitude[bus] * Math.cos(angle[bus]);
    base[2 * slot + 1] = magnitude[bus] * Math.sin(angle[bus]);
  });
}
