/**
 * One scenario of a batch as a grid of its own: its powers, set points and what is in service; second busbars that carry something as buses with numbers of their own. For
 * results in full, for other methods, and as the way out for a lane that needs a solver with pivoting or a slack that moves.
 */
import type { BalancedBus, BalancedGrid } from '../../grid/index.js';
import type { LaneTopology } from './lane-topology.js';
import type { BalancedNetwork } from './network.js';
import type { ScenarioSession } from './scenario-session.js';

/** What is added to a bus's number for its second busbar: the least power of ten above all numbers. */
export function secondBusbarOffset(grid: BalancedGrid): number {
  const largest = grid.buses.reduce((most, { number }) => Math.max(most, number), 0);
  return 10 ** String(largest).length;
}

/** The grid of a scenario. Where no busbar is split it has the grid's own buses in their order; second busbars follow. */
export function gridOfScenario(
  network: BalancedNetwork,
  session: ScenarioSession,
  topology: LaneTopology | undefined,
  scenario: number,
): BalancedGrid {
  const { grid, busIndex } = network;
  const offset = secondBusbarOffset(grid);
  const powerAt = (injection: number): [number, number] => {
    const kept = topology?.keptPower(scenario, injection);
    if (kept) return kept;
    const at = session.powerAt(injection, scenario);
    return [session.power[at], session.power[at + session.lanes]];
  };
  const setPoint = (bus: number): number | undefined => {
    const index = session.heldBuses.indexOf(bus);
    return index < 0 ? undefined : session.held[session.heldAt(index, scenario)];
  };
  const seconds = new Set<number>();
  const place = (bus: number, busbar: number): number => {
    if (busbar !== 2) return bus;
    seconds.add(bus);
    return bus + offset;
  };
  const loads = grid.loads.map((load, k) => {
    const [p, q] = powerAt(k);
    const busbar = topology?.busbar(scenario, 'load', k) ?? 1;
    // Loads out of service in the grid draw nothing unless a scenario sets them.
    return { ...load, bus: place(load.bus, busbar), powerMw: -p * grid.baseMva, powerMvar: -q * grid.baseMva, inService: busbar !== 0 };
  });
  const generators = grid.generators.map((generator, k) => {
    const [p, q] = powerAt(grid.loads.length + k);
    const busbar = topology?.busbar(scenario, 'generator', k) ?? 1;
    const voltagePu = setPoint(network.generatorBus[k]) ?? generator.voltagePu;
    const inService = network.generatorOn[k] === 1 && busbar !== 0;
    return { ...generator, bus: place(generator.bus, busbar), powerMw: p * grid.baseMva, powerMvar: q * grid.baseMva, voltagePu, inService };
  });
  const shunts = grid.shunts.map((shunt) => {
    const busbar = topology?.busbar(scenario, 'shunt', busIndex.get(shunt.bus) as number) ?? 1;
    return { ...shunt, bus: place(shunt.bus, busbar), inService: shunt.inService && busbar !== 0 };
  });
  const branches = grid.branches.map((branch, k) => ({
    ...branch,
    from: place(branch.from, topology?.busbar(scenario, 'branchFrom', k) ?? 1),
    to: place(branch.to, topology?.busbar(scenario, 'branchTo', k) ?? 1),
    inService: topology ? topology.isBranchOn(scenario, k) : network.branchOn[k] === 1,
  }));
  return { ...grid, buses: withSeconds(grid, seconds, offset, generators), loads, generators, shunts, branches };
}

/** The buses, second ones behind them; a slack or pv bus is where its generators are, a second one with generators beside it is pv. */
function withSeconds(grid: BalancedGrid, seconds: ReadonlySet<number>, offset: number, generators: BalancedGrid['generators']): BalancedBus[] {
  const hasGenerator = new Set(generators.filter(({ inService }) => inService).map(({ bus }) => bus));
  const buses = grid.buses.map((bus) => ({ ...bus }));
  for (const bus of [...buses]) {
    if (!seconds.has(bus.number)) continue;
    const second: BalancedBus = { ...bus, number: bus.number + offset, kind: 'pq' };
    buses.push(second);
    if (bus.kind === 'pq' || !hasGenerator.has(second.number)) continue;
    if (hasGenerator.has(bus.number)) second.kind = 'pv';
    else {
      second.kind = bus.kind;
      bus.kind = 'pq';
    }
  }
  return buses;
}
