/**
 * What an islanded microgrid of inverters is: records in field terms, checked. Inverters stand behind coupling impedances at buses, lines and loads have resistance
 * and inductance. Voltages, currents and powers are those of one dq frame, power being v times i without a factor for phases, as in Bidram, Davoudi, Lewis,
 * Guerrero: Distributed cooperative secondary control of microgrids using feedback linearization, IEEE Trans. Power Systems 28 (2013).
 */
import { InputError } from '../grid/index.js';
import { checkMicrogrid } from './microgrid-checks.js';

/** An inverter that follows droop: its speed falls with active, its voltage with reactive power. */
export interface MicrogridInverter {
  name: string;
  bus: string;
  /** mp: fall of the speed with active power, rad/s per W. */
  activeDroop: number;
  /** nq: fall of the voltage with reactive power, V per var. */
  reactiveDroop: number;
  /** Impedance between the inverter's terminals and its bus. */
  couplingResistanceOhm: number;
  couplingInductanceHenry: number;
}

/** A line; its current counts from `from` to `to`. */
export interface MicrogridLine {
  name: string;
  from: string;
  to: string;
  resistanceOhm: number;
  inductanceHenry: number;
}

/** A load of constant impedance to ground, behind a branch of its own where it has one. Disturbances multiply the load's values and not the branch's. */
export interface MicrogridLoad {
  name: string;
  bus: string;
  resistanceOhm: number;
  inductanceHenry: number;
  branchResistanceOhm?: number;
  branchInductanceHenry?: number;
}

/** Consensus control that restores the frequency, and the voltage where it is asked to: gains, who talks to whom, who knows the reference. */
export interface SecondaryControl {
  /** c, 1/s. */
  gain: number;
  /** Weight of each edge of the graph. */
  edgeWeight: number;
  /** Pairs of inverters that talk, both ways. */
  edges: readonly (readonly [string, string])[];
  /** Pairs of which the first hears the second, and not the other way round; default none. */
  oneWay?: readonly (readonly [string, string])[];
  /** The inverter that knows the references, and how strongly it holds to them. */
  pinned: string;
  pinningGain: number;
}

/**
 * Mistakes of the published simulator, each a switch of its own, so that its numbers can be had again. All absent: the equations as they should be.
 */
export interface MicrogridMistakes {
  /** The cross terms of the coupling currents, written in each inverter's own frame, use the speed of the common frame where that frame turns with the inverter. */
  couplingAtCommonSpeed?: boolean;
  /** What is added to the sum of currents into a bus, beyond what belongs there: factor times the current of an inverter, line or load. */
  busCurrents?: readonly { bus: string; element: string; factor: number }[];
  /** The secondary control takes another inverter's active power for that of `inverter`; a line stands for the Q part of its current. Without effect on the speeds unless the pinned inverter is concerned: the power of the others cancels. */
  powerReadings?: readonly { inverter: string; takes: string }[];
  /** Rows of the agents' graph that name other neighbours than the graph does. */
  neighbours?: readonly { inverter: string; names: readonly string[] }[];
}

/** What {@link defineMicrogrid} takes. */
export interface MicrogridDefinition {
  name: string;
  inverters: readonly MicrogridInverter[];
  lines: readonly MicrogridLine[];
  loads: readonly MicrogridLoad[];
  /** Neighbours among inverters as agents see them, in pairs; default: the edges of the secondary control. */
  graph?: readonly (readonly [string, string])[];
  secondary: SecondaryControl;
  /** Reference of the voltages, V; the base of per unit. */
  nominalVoltageVolt: number;
  /** Default 60. */
  nominalFrequencyHz?: number;
  /** Cut-off of the filters behind which active and reactive power are measured, rad/s; default 31.41. */
  powerFilter?: number;
  /** Resistance to ground that each bus has so that its voltage is defined by the currents, ohm; default 10 000. */
  virtualResistanceOhm?: number;
  mistakes?: MicrogridMistakes;
}

/** A checked microgrid; buses are those that inverters and lines name, in the order in which they are first named. */
export interface Microgrid extends Required<MicrogridDefinition> {
  buses: readonly string[];
  /** [inverter]: indices of its neighbours as agents see them, rising. */
  neighbours: readonly (readonly number[])[];
  /** [inverter][inverter]: hops between them on the graph. */
  hopDistances: readonly (readonly number[])[];
}

/** Neighbour lists of pairs of names, mistakes put in. */
function neighbourLists(definition: MicrogridDefinition, pairs: readonly (readonly [string, string])[]): number[][] {
  const index = new Map(definition.inverters.map((inverter, i) => [inverter.name, i]));
  const at = (name: string): number => index.get(name) ?? -1;
  const lists = definition.inverters.map(() => new Set<number>());
  for (const [a, b] of pairs) {
    lists[at(a)].add(at(b));
    lists[at(b)].add(at(a));
  }
  return lists.map((list) => [...list].sort((a, b) => a - b));
}

/** Hops between all vertices by breadth-first search. */
function hops(neighbours: readonly (readonly number[])[]): number[][] {
  return neighbours.map((_, start) => {
    const distance = neighbours.map(() => Number.POSITIVE_INFINITY);
    distance[start] = 0;
    const queue = [start];
    for (let i = 0; i < queue.length; i++) {
      for (const next of neighbours[queue[i]]) {
        if (distance[next] < Number.POSITIVE_INFINITY) continue;
        distance[next] = distance[queue[i]] + 1;
        queue.push(next);
      }
    }
    return distance;
  });
}

/**
 * Checks a definition and completes it.
 *
 * Hop distances are those of the graph without mistakes.
 *
 * @throws InputError for numbers out of range, names twice or unknown, a load or inverter at a bus where nothing is, a network or a graph that is not connected
 */
export function defineMicrogrid(definition: MicrogridDefinition): Microgrid {
  if (typeof definition !== 'object' || definition === null)
    throw new InputError('a microgrid is defined by a record with inverters, lines, loads and secondary');
  const buses = checkMicrogrid(definition);
  const graph = definition.graph ?? definition.secondary.edges;
  const right = neighbourLists(definition, graph);
  const neighbours = right.map((list) => [...list]);
  const names = definition.inverters.map(({ name }) => name);
  for (const row of definition.mistakes?.neighbours ?? []) {
    neighbours[names.indexOf(row.inverter)] = row.names.map((name) => names.indexOf(name)).sort((a, b) => a - b);
  }
  return {
    ...definition,
    graph,
    nominalFrequencyHz: definition.nominalFrequencyHz ?? 60,
    powerFilter: definition.powerFilter ?? 31.41,
    virtualResistanceOhm: definition.virtualResistanceOhm ?? 10_000,
    mistakes: definition.mistakes ?? {},
    buses,
    neighbours,
    hopDistances: hops(right),
  };
}
