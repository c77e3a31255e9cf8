/**
 * Reactive limits of generators: those that a power flow finds beyond their limits are set to them all together and their buses' voltage is let go, and the power
 * flow is solved again (the rule of MATPOWER's pf.enforce_q_lims = 1, slacks included: the first remaining pv bus of the part stands in for one, and angles are
 * turned back afterwards). When nobody is beyond a limit any more, those at a limit on the wrong side of their set point go back to holding it, a few times at most.
 */
import { branchFlows, injectedPower } from './branch-flows.js';
import type { Conditions } from './conditions.js';
import { type BalancedNetwork, connectedParts } from './network.js';
import type { IterationResult } from './newton.js';
import type { PolarState } from './polar-equations.js';

/** Beyond a limit by less than this, MVAr, is within it. */
export const REACTIVE_MARGIN_MVAR = 5e-6;
/** Beyond the set point by less than this, pu, is at it. */
const VOLTAGE_MARGIN = 1e-6;
/** Times that a bus may go back to holding its voltage. */
const MOST_RELEASES = 3;

/** What came of it, buses by index. */
export interface LimitsOutcome {
  result: Omit<IterationResult, 'status'> & { status: IterationResult['status'] | 'limits-infeasible' };
  rounds: number;
  /** Limit at which the generators of a bus are. */
  limited: Map<number, 'min' | 'max'>;
  released: number;
  kept: number[];
  /** Slacks and stand-ins that came to a limit: they go on delivering the active power that they did then. */
  lost: Set<number>;
  /** Stand-in by the slack it stands in for. */
  standIns: Map<number, number>;
}

/** Reactive limits of the generators at a bus together, and its load, per unit. */
interface BusLimits {
  min: Float64Array;
  max: Float64Array;
  load: Float64Array;
}

function busLimits(network: BalancedNetwork): BusLimits {
  const { grid, busCount, busIndex, generatorBus, generatorOn } = network;
  const [min, max, load] = [new Float64Array(busCount), new Float64Array(busCount), new Float64Array(busCount)];
  grid.generators.forEach((generator, k) => {
    if (!generatorOn[k]) return;
    min[generatorBus[k]] += generator.minMvar / grid.baseMva;
    max[generatorBus[k]] += generator.maxMvar / grid.baseMva;
  });
  for (const { bus, powerMvar, inService } of grid.loads) if (inService) load[busIndex.get(bus) as number] += powerMvar / grid.baseMva;
  return { min, max, load };
}

/**
 * Solves until the limits are respected. Conditions and state are changed in place.
 *
 * @param solve one power flow under the conditions as they stand, from the state and into it
 */
export function solveWithLimits(network: BalancedNetwork, conditions: Conditions, state: PolarState, solve: () => IterationResult): LimitsOutcome {
  const { busCount, voltageMagnitude, voltageAngle } = network;
  const { holdsMagnitude, holdsAngle, scheduled, isLive, spread } = conditions;
  const given = { holdsAngle: holdsAngle.slice(), holdsMagnitude: holdsMagnitude.slice(), scheduled: scheduled.slice() };
  const { min, max, load } = busLimits(network);
  const margin = REACTIVE_MARGIN_MVAR / network.grid.baseMva;
  const part = connectedParts(busCount, network.branchFrom, network.branchTo, network.branchOn);
  const releases = new Uint8Array(busCount);
  const outcome: LimitsOutcome = {
    result: { status: 'converged', iterations: 0, history: [], worstBus: -1 },
    rounds: 0,
    limited: new Map(),
    released: 0,
    kept: [],
    lost: new Set(),
    standIns: new Map(),
  };
  const { limited, standIns } = outcome;
  const busesOf = (root: number): number[] => Array.from(part.keys()).filter((bus) => part[bus] === root && isLive[bus] !== 0);
  const turn = (slack: number): void => {
    const by = voltageAngle[slack] - state.angle[slack];
    for (const bus of busesOf(part[slack])) state.angle[bus] += by;
  };

  for (;;) {
    const round = solve();
    outcome.rounds++;
    outcome.result = {
      ...round,
      iterations: outcome.result.iterations + round.iterations,
      history: [...outcome.result.history, ...round.history],
    };
    if (round.status !== 'converged') break;
    const injected = injectedPower(network, branchFlows(network, state), state.magnitude);
    const beyond: [number, 'min' | 'max'][] = [];
    for (let bus = 0; bus < busCount; bus++) {
      if (!isLive[bus] || !holdsMagnitude[bus]) continue;
      const generation = injected[2 * bus + 1] + load[bus];
      if (generation > max[bus] + margin) beyond.push([bus, 'max']);
      else if (generation < min[bus] - margin) beyond.push([bus, 'min']);
    }
    if (beyond.length === 0) {
      if (!release()) break;
      continue;
    }
    const lost: number[] = [];
    for (const [bus, at] of beyond) {
      limited.set(bus, at);
      holdsMagnitude[bus] = 0;
      scheduled[2 * bus + 1] = (at === 'max' ? max[bus] : min[bus]) - load[bus];
      if (!holdsAngle[bus] || spread) continue;
      holdsAngle[bus] = 0;
      scheduled[2 * bus] = injected[2 * bus];
      lost.push(bus);
      outcome.lost.add(bus);
    }
    const infeasible = beyond.find(([bus]) => !busesOf(part[bus]).some((other) => holdsMagnitude[other]));
    if (infeasible) {
      outcome.result = { ...outcome.result, status: 'limits-infeasible', worstBus: infeasible[0] };
      break;
    }
    for (const bus of lost) {
      const members = busesOf(part[bus]);
      if (members.some((other) => holdsAngle[other])) continue;
      const standIn = members.find((other) => holdsMagnitude[other]) as number;
      holdsAngle[standIn] = 1;
      // Of a stand-in that is at its limit too, the slack it stood in for is stood in for by the next.
      const slack = [...standIns].find(([, other]) => other === bus)?.[0] ?? bus;
      standIns.set(slack, standIn);
    }
  }
  for (const slack of standIns.keys()) turn(slack);
  return outcome;

  /** Lets buses go back to holding their voltage; false where none is to. */
  function release(): boolean {
    outcome.kept = [];
    let any = false;
    for (const [bus, at] of limited) {
      const excess = state.magnitude[bus] - voltageMagnitude[bus];
      if (at === 'max' ? excess <= VOLTAGE_MARGIN : excess >= -VOLTAGE_MARGIN) continue;
      if (releases[bus] >= MOST_RELEASES) {
        outcome.kept.push(bus);
        continue;
      }
      releases[bus]++;
      outcome.released++;
      any = true;
      limited.delete(bus);
      holdsMagnitude[bus] = 1;
      state.magnitude[bus] = voltageMagnitude[bus];
      if (!given.holdsAngle[bus] || spread) continue;
      const standIn = standIns.get(bus);
      if (standIn !== undefined) {
        holdsAngle[standIn] = 0;
        scheduled[2 * standIn] = given.scheduled[2 * standIn];
        standIns.delete(bus);
        turn(bus);
      }
      holdsAngle[bus] = 1;
      state.angle[bus] = voltageAngle[bus];
    }
    return any;
  }
}
