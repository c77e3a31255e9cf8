/**
 * A microgrid compiled to flat arrays. Currents are numbered inverters first, then lines, then loads; buses and inverters as in the record. Made once; read by the
 * equations (judge) and by the fast scheme, for one scenario or for lanes.
 */
import { type EliminationPlan, planElimination } from './elimination-plan.js';
import type { Microgrid } from './microgrid.js';

/** A microgrid as arrays; none of them is written again. */
export interface MicrogridPlan {
  readonly microgrid: Microgrid;
  readonly inverters: number;
  readonly lines: number;
  readonly loads: number;
  readonly buses: number;
  /** Currents in all: inverters, lines, loads. */
  readonly currents: number;

  /** [current]: bus that drives it and bus that it flows to, -1 for an inverter's own voltage and for ground. */
  readonly fromBus: Int32Array;
  readonly toBus: Int32Array;
  /** [current]: series resistance and inductance that no disturbance touches (of loads: the branch), ohm and henry. */
  readonly resistance: Float64Array;
  readonly inductance: Float64Array;
  /** [load]: what disturbances multiply, ohm and henry. */
  readonly loadResistance: Float64Array;
  readonly loadInductance: Float64Array;
  /** The balance of currents by bus, mistakes put in: [bus] begins of its terms, then [term] the current and its factor (1 where it flows in, -1 out). */
  readonly balanceStart: Int32Array;
  readonly balanceCurrent: Int32Array;
  readonly balanceFactor: Float64Array;

  /** [inverter] */
  readonly inverterBus: Int32Array;
  readonly activeDroop: Float64Array;
  readonly reactiveDroop: Float64Array;
  readonly nominalVoltage: number;
  /** Reference of the speed, rad/s. */
  readonly nominalSpeed: number;
  readonly powerFilter: number;
  readonly virtualResistance: number;
  /** 1 where the coupling currents' cross terms use the speed of the common frame (a mistake), else 0. */
  readonly couplingAtCommonSpeed: number;

  /** Gain times (Laplacian + pinning) of the secondary control, [inverter][inverter], and gain times pinning, [inverter]; 1/s. */
  readonly consensus: Float64Array;
  readonly pinning: Float64Array;
  /** Gain times Laplacian, [inverter][inverter]. */
  readonly sharing: Float64Array;
  /** [inverter]: whose active power the secondary control reads; below -1 the Q part of line -2 - value. A mistake where it is not the inverter itself. */
  readonly powerReading: Int32Array;
  readonly pinned: number;

  /** The nodal matrix of the buses, and that of the consensus. */
  readonly nodal: EliminationPlan;
  readonly consensusElimination: EliminationPlan;
  /** [term of the balance]: entries of the nodal matrix at (its bus, fromBus) and (its bus, toBus) of its current, -1 where there is none. */
  readonly termFromEntry: Int32Array;
  readonly termToEntry: Int32Array;
}

/** The balance of currents at each bus: terms as the network says, then what the mistakes add; terms that cancel are left out. */
function currentBalance(microgrid: Microgrid, fromBus: Int32Array, toBus: Int32Array, names: readonly string[]) {
  const terms = microgrid.buses.map(() => new Map<number, number>());
  const add = (bus: number, current: number, factor: number): void => {
    if (bus >= 0) terms[bus].set(current, (terms[bus].get(current) ?? 0) + factor);
  };
  names.forEach((_, current) => {
    add(toBus[current], current, 1);
    add(fromBus[current], current, -1);
  });
  for (const { bus, element, factor } of microgrid.mistakes.busCurrents ?? []) add(microgrid.buses.indexOf(bus), names.indexOf(element), factor);
  const start = [0];
  const current: number[] = [];
  const factor: number[] = [];
  for (const map of terms) {
    for (const [index, value] of map) {
      if (value === 0) continue;
      current.push(index);
      factor.push(value);
    }
    start.push(current.length);
  }
  return { balanceStart: Int32Array.from(start), balanceCurrent: Int32Array.from(current), balanceFactor: Float64Array.from(factor) };
}

/** Matrices of the secondary control, gain included. */
function secondaryMatrices(microgrid: Microgrid) {
  const n = microgrid.inverters.length;
  const { gain, edgeWeight, edges, oneWay = [], pinned, pinningGain } = microgrid.secondary;
  const at = new Map(microgrid.inverters.map(({ name }, i) => [name, i]));
  const sharing = new Float64Array(n * n);
  for (const [listener, speaker] of [...edges, ...edges.map(([a, b]) => [b, a] as const), ...oneWay]) {
    const i = at.get(listener) ?? 0;
    sharing[i * n + i] += gain * edgeWeight;
    sharing[i * n + (at.get(speaker) ?? 0)] -= gain * edgeWeight;
  }
  const pinning = new Float64Array(n);
  const pinnedIndex = at.get(pinned) ?? 0;
  pinning[pinnedIndex] = gain * pinningGain;
  const consensus = Float64Array.from(sharing);
  consensus[pinnedIndex * n + pinnedIndex] += pinning[pinnedIndex];
  return { sharing, pinning, consensus, pinned: pinnedIndex };
}

/** Whose power is read for whose, see {@link MicrogridPlan.powerReading}. */
function powerReadings(microgrid: Microgrid): Int32Array {
  const inverters = microgrid.inverters.map(({ name }) => name);
  const reading = Int32Array.from(inverters.keys());
  for (const { inverter, takes } of microgrid.mistakes.powerReadings ?? []) {
    const other = inverters.indexOf(takes);
    reading[inverters.indexOf(inverter)] = other >= 0 ? other : -2 - microgrid.lines.findIndex(({ name }) => name === takes);
  }
  return reading;
}

/** Compiles a microgrid. */
export function planMicrogrid(microgrid: Microgrid): MicrogridPlan {
  const { inverters, lines, loads, buses } = microgrid;
  const bus = (name: string): number => buses.indexOf(name);
  const fromBus = Int32Array.from([...inverters.map(() => -1), ...lines.map(({ from }) => bus(from)), ...loads.map((load) => bus(load.bus))]);
  const toBus = Int32Array.from([...inverters.map((inverter) => bus(inverter.bus)), ...lines.map(({ to }) => bus(to)), ...loads.map(() => -1)]);
  const names = [...inverters, ...lines, ...loads].map(({ name }) => name);
  const balance = currentBalance(microgrid, fromBus, toBus, names);

  const places: [number, number][] = [];
  for (let row = 0; row < buses.length; row++) {
    for (let term = balance.balanceStart[row]; term < balance.balanceStart[row + 1]; term++) {
      const current = balance.balanceCurrent[term];
      for (const column of [fromBus[current], toBus[current]]) if (column >= 0) places.push([row, column]);
    }
  }
  const nodal = planElimination(buses.length, places);
  const termFromEntry = new Int32Array(balance.balanceCurrent.length);
  const termToEntry = new Int32Array(balance.balanceCurrent.length);
  for (let row = 0; row < buses.length; row++) {
    for (let term = balance.balanceStart[row]; term < balance.balanceStart[row + 1]; term++) {
      const current = balance.balanceCurrent[term];
      termFromEntry[term] = fromBus[current] < 0 ? -1 : nodal.entryAt(row, fromBus[current]);
      termToEntry[term] = toBus[current] < 0 ? -1 : nodal.entryAt(row, toBus[current]);
    }
  }

  const secondary = secondaryMatrices(microgrid);
  const n = inverters.length;
  const coupled: [number, number][] = [];
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (secondary.consensus[i * n + j] !== 0) coupled.push([i, j]);
  return {
    microgrid,
    inverters: n,
    lines: lines.length,
    loads: loads.length,
    buses: buses.length,
    currents: names.length,
    fromBus,
    toBus,
    resistance: Float64Array.from([
      ...inverters.map((inverter) => inverter.couplingResistanceOhm),
      ...lines.map((line) => line.resistanceOhm),
      ...loads.map((load) => load.branchResistanceOhm ?? 0),
    ]),
    inductance: Float64Array.from([
      ...inverters.map((inverter) => inverter.couplingInductanceHenry),
      ...lines.map((line) => line.inductanceHenry),
      ...loads.map((load) => load.branchInductanceHenry ?? 0),
    ]),
    loadResistance: Float64Array.from(loads, (load) => load.resistanceOhm),
    loadInductance: Float64Array.from(loads, (load) => load.inductanceHenry),
    ...balance,
    inverterBus: toBus.slice(0, n),
    activeDroop: Float64Array.from(inverters, (inverter) => inverter.activeDroop),
    reactiveDroop: Float64Array.from(inverters, (inverter) => inverter.reactiveDroop),
    nominalVoltage: microgrid.nominalVoltageVolt,
    nominalSpeed: 2 * Math.PI * microgrid.nominalFrequencyHz,
    powerFilter: microgrid.powerFilter,
    virtualResistance: microgrid.virtualResistanceOhm,
    couplingAtCommonSpeed: microgrid.mistakes.couplingAtCommonSpeed ? 1 : 0,
    ...secondary,
    powerReading: powerReadings(microgrid),
    nodal,
    consensusElimination: planElimination(n, coupled),
    termFromEntry,
    termToEntry,
  };
}
