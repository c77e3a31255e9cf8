/** The way out for lanes that the kernels cannot solve by themselves: each alone, by the scalar Newton with pivoting, its result written back into the session. */
import { BusbarError } from '../../grid/index.js';
import { STATUS_CONVERGED, STATUS_DIVERGED } from '../kernel-layout.js';
import type { LaneSession } from './lane-session.js';
import type { LaneTopology } from './lane-topology.js';
import { type BalancedNetwork, compileNetwork } from './network.js';
import { gridOfScenario, secondBusbarOffset } from './scenario-grid.js';
import type { BalancedOptions } from './solution-types.js';
import { type NetworkSolution, solveNetwork } from './solve-network.js';

/** What solving a scenario alone came to: buses (indices) at a reactive limit, and what each part lacked, per unit. */
export interface AloneOutcome {
  limited: ReadonlyMap<number, 'min' | 'max'>;
  lacking: ArrayLike<number>;
}

/** Whether a lane was lost in the arithmetic (a pivot of 0, numbers beyond all bounds) though all that it was given is finite. */
export function isLost(session: LaneSession, scenario: number): boolean {
  if (session.status[scenario] !== STATUS_DIVERGED || Number.isFinite(session.mismatch[scenario])) return false;
  for (let injection = 0; injection < session.injections; injection++) {
    const at = session.powerAt(injection, scenario);
    if (!Number.isFinite(session.power[at] + session.power[at + session.lanes])) return false;
  }
  return true;
}

/** Solves one scenario alone and writes voltages, status, iterations and mismatch back; returns undefined where it has no solution or cannot be posed. */
export function solveAlone(
  network: BalancedNetwork,
  session: LaneSession,
  topology: LaneTopology | undefined,
  scenario: number,
  options: BalancedOptions,
): AloneOutcome | undefined {
  let posed: { alone: BalancedNetwork; solution: NetworkSolution };
  try {
    const alone = compileNetwork(gridOfScenario(network, session, topology, scenario));
    posed = { alone, solution: solveNetwork(alone, options) };
  } catch (error) {
    if (!(error instanceof BusbarError)) throw error;
    // What cannot be posed (nobody left to share a lack, a load that is no number) is a scenario without a solution.
    session.status[scenario] = STATUS_DIVERGED;
    session.mismatch[scenario] = Infinity;
    return undefined;
  }
  const { alone } = posed;
  const { state, result, limits } = posed.solution;
  session.iterations[scenario] = result.iterations;
  session.mismatch[scenario] = result.history.at(-1) ?? 0;
  if (result.status !== 'converged' && result.status !== 'inexact') {
    session.status[scenario] = STATUS_DIVERGED;
    return undefined;
  }
  session.status[scenario] = STATUS_CONVERGED;
  const put = (node: number, bus: number): void => {
    const slot = session.plan.slotOfBus[node];
    // Dead buses keep what they have: it is nobody's.
    if (slot < 0 || !(state.magnitude[bus] > 0)) return;
    const at = session.voltageAt(slot, scenario);
    session.voltage[at] = state.magnitude[bus] * Math.cos(state.angle[bus]);
    session.voltage[at + session.lanes] = state.magnitude[bus] * Math.sin(state.angle[bus]);
  };
  const { busCount } = network;
  const offset = secondBusbarOffset(network.grid);
  for (let bus = 0; bus < alone.busCount; bus++) {
    if (bus < busCount) put(topology ? topology.nodeOf(scenario, bus, 1) : bus, bus);
    else {
      const first = network.busIndex.get(alone.grid.buses[bus].number - offset) as number;
      if (topology) put(topology.nodeOf(scenario, first, 2), bus);
    }
  }
  return { limited: limits?.limited ?? new Map(), lacking: state.lacking };
}
