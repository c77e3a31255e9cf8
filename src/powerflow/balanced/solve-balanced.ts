/** One power flow of a balanced grid, from records to results by name. */
import { type BalancedGrid, GridError } from '../../grid/index.js';
import { checkBalancedOptions } from './balanced-options.js';
import { branchFlows, dcBranchFlows, injectedPower, trueMismatch } from './branch-flows.js';
import { branchResults } from './branch-results.js';
import { generatorPowers } from './generator-results.js';
import { type BalancedNetwork, compileNetwork } from './network.js';
import type {
  BalancedBusResult,
  BalancedGeneratorResult,
  BalancedOptions,
  BalancedSolution,
  BalancedTotals,
  ReactiveLimitsResult,
} from './solution-types.js';
import { type NetworkSolution, solveNetwork } from './solve-network.js';
import { violationsOf } from './violations.js';

/**
 * Solves a balanced grid. A power flow that does not converge is a solution with `converged: false`, its status, where its mismatch is largest and why.
 *
 * @throws InputError for options or records that cannot be (element and property named), GridError for a grid that cannot be posed
 */
export function solveBalanced(grid: BalancedGrid, options: BalancedOptions = {}): BalancedSolution {
  checkBalancedOptions(options);
  const { loadMultiplier = 1 } = options;
  if (loadMultiplier !== 1 && !Array.isArray(grid?.loads))
    throw new GridError('a balanced grid is an object with buses, branches, generators, loads and shunts');
  const posed: BalancedGrid =
    loadMultiplier === 1
      ? grid
      : {
          ...grid,
          loads: grid.loads.map((load) => ({ ...load, powerMw: load.powerMw * loadMultiplier, powerMvar: load.powerMvar * loadMultiplier })),
        };
  const network = compileNetwork(posed);
  return solutionOf(network, solveNetwork(network, options), options);
}

/** A network's solution by name. */
export function solutionOf(network: BalancedNetwork, solved: NetworkSolution, options: BalancedOptions): BalancedSolution {
  const { grid, busCount, busIndex, generatorBus, generatorOn } = network;
  const { state, conditions, limits, result } = solved;
  const method = options.method ?? 'newton';
  const isDc = method === 'dc';
  const base = grid.baseMva;
  const number = (bus: number): number => grid.buses[bus].number;
  const flows = isDc ? dcBranchFlows(network, state.angle) : branchFlows(network, state);
  const injected = injectedPower(network, flows, state.magnitude);
  const mismatch = trueMismatch(network, conditions, injected, state.lacking, isDc ? 'P' : 'P and Q');

  const load = new Float64Array(2 * busCount);
  for (const { bus, powerMw, powerMvar, inService } of grid.loads) {
    const i = busIndex.get(bus) as number;
    if (!inService || !conditions.isLive[i]) continue;
    load[2 * i] += powerMw;
    load[2 * i + 1] += powerMvar;
  }
  const shunt = new Float64Array(2 * busCount);
  for (const { bus, conductanceMw, susceptanceMvar, inService } of grid.shunts) {
    const i = busIndex.get(bus) as number;
    if (!inService) continue;
    shunt[2 * i] += conductanceMw * state.magnitude[i] ** 2;
    shunt[2 * i + 1] += susceptanceMvar * state.magnitude[i] ** 2;
  }
  const powers = generatorPowers(
    network,
    {
      total: injected.map((power, i) => power * base + load[i]),
      isActiveFree: conditions.holdsAngle.map((holds, bus) => Number(!conditions.spread && (holds || limits?.lost.has(bus)))),
      isReactiveFree: conditions.holdsMagnitude,
      limited: limits?.limited ?? new Map(),
    },
    conditions.spread,
    state.lacking,
  );
  const generators: BalancedGeneratorResult[] = grid.generators.map(({ bus }, k) => ({
    bus,
    inService: generatorOn[k] === 1,
    powerMw: powers.mw[k],
    powerMvar: isDc ? null : powers.mvar[k],
    atLimit: (generatorOn[k] && limits?.limited.get(generatorBus[k])) || null,
  }));
  const generation = new Float64Array(2 * busCount);
  for (let k = 0; k < generators.length; k++) {
    generation[2 * generatorBus[k]] += powers.mw[k];
    generation[2 * generatorBus[k] + 1] += powers.mvar[k];
  }
  const reactive = (mvar: number): number | null => (isDc ? null : mvar);
  const buses: BalancedBusResult[] = grid.buses.map((bus, i) => ({
    bus: bus.number,
    kind: !conditions.isLive[i] ? 'dead' : conditions.holdsAngle[i] ? 'slack' : conditions.holdsMagnitude[i] ? 'pv' : 'pq',
    voltagePu: state.magnitude[i],
    angleDegrees: (state.angle[i] * 180) / Math.PI,
    generationMw: generation[2 * i],
    generationMvar: reactive(generation[2 * i + 1]),
    loadMw: load[2 * i],
    loadMvar: reactive(load[2 * i + 1]),
    shuntMw: shunt[2 * i],
    shuntMvar: reactive(shunt[2 * i + 1]),
  }));
  const branches = branchResults(network, flows, isDc);
  const converged = result.status === 'converged';
  return {
    name: grid.name,
    baseMva: base,
    method,
    start: options.start ?? 'case',
    converged,
    status: result.status,
    reason: converged ? '' : reasonOf(solved, network),
    iterations: result.iterations,
    history: isDc ? [mismatch.largest] : result.history,
    mismatchPu: mismatch.largest,
    worstBus: mismatch.bus < 0 ? null : number(mismatch.bus),
    totals: totalsOf(buses, branches, network, isDc),
    buses,
    generators,
    branches,
    // The last iterate of what has no solution is beyond limits that nothing can be said of.
    violations: converged || result.status === 'inexact' ? violationsOf(grid, buses, generators, branches, isDc) : [],
    islands: network.deadIslands,
    distributedSlack: Array.from(conditions.spread?.reference ?? [], (bus, part) => ({ bus: number(bus), lackingMw: state.lacking[part] * base })),
    reactiveLimits: limitsResult(solved, number),
    warnings: [...network.warnings, ...solved.warnings],
  };
}

function limitsResult({ limits }: NetworkSolution, number: (bus: number) => number): ReactiveLimitsResult | null {
  if (!limits) return null;
  return {
    rounds: limits.rounds,
    limited: [...limits.limited].map(([bus, at]) => ({ bus: number(bus), at })),
    released: limits.released,
    kept: limits.kept.map(number),
    standIns: [...limits.standIns].map(([slack, standIn]) => ({ slack: number(slack), standIn: number(standIn) })),
  };
}

/** One line that says why there is no solution, and where. */
function reasonOf({ result, limits }: NetworkSolution, { grid }: BalancedNetwork): string {
  const at = result.worstBus < 0 ? '' : ` bus ${grid.buses[result.worstBus].number}`;
  const mismatch = result.history.at(-1) ?? Number.NaN;
  const left = Number.isFinite(mismatch) ? `${mismatch.toExponential(2)} pu` : 'not finite';
  const round = limits && limits.rounds > 1 ? ` in round ${limits.rounds} of reactive limits` : '';
  switch (result.status) {
    case 'singular':
      return `the equations are singular at${at}${round}: it hangs on admittances that cancel, or the grid is at the limit of what it can carry`;
    case 'limits-infeasible':
      return `all generators that hold a voltage are beyond their reactive limits, the last at${at}${round}`;
    case 'inexact':
      return `mismatch ${left}, largest at${at}: admittances there are so large that this may be rounding`;
    case 'iteration-limit':
      return `mismatch ${left} after the last iteration${round}, largest at${at}`;
    default:
      return `no step lessens the mismatch of ${left}${round}, largest at${at}; there may be no solution`;
  }
}

function totalsOf(
  buses: readonly BalancedBusResult[],
  branches: BalancedSolution['branches'],
  network: BalancedNetwork,
  isDc: boolean,
): BalancedTotals {
  const sum = <T>(rows: readonly T[], of: (row: T) => number | null): number => rows.reduce((total, row) => total + (of(row) ?? 0), 0);
  const reactive = (mvar: number): number | null => (isDc ? null : mvar);
  return {
    generationMw: sum(buses, (bus) => bus.generationMw),
    generationMvar: reactive(sum(buses, (bus) => bus.generationMvar)),
    loadMw: sum(buses, (bus) => bus.loadMw),
    loadMvar: reactive(sum(buses, (bus) => bus.loadMvar)),
    lossMw: sum(branches, (branch) => branch.lossMw),
    lossMvar: reactive(sum(branches, (branch) => branch.lossMvar)),
    chargingMvar: reactive(sum(branches, (branch) => branch.chargingMvar)),
    shuntMw: sum(buses, (bus) => bus.shuntMw),
    shuntMvar: reactive(sum(buses, (bus) => bus.shuntMvar)),
    unservedMw: network.deadIslands.reduce((total, island) => total + island.loadMw, 0),
  };
}
