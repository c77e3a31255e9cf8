/** What controls measure at elements: powers, winding voltages, switch positions. */
import type { CircuitElement, Terminal, Transformer } from '../grid/index.js';
import { elementId, GridError, terminalsOf } from '../grid/index.js';
import type { GridSolver } from '../powerflow/solver-types.js';

/** A complex number as [re, im]. */
export type Complex = readonly [number, number];

/** |z|, by the plain root of squares (voltages and currents are far from the limits of a double). */
export function magnitude(z: Complex): number {
  return Math.sqrt(z[0] * z[0] + z[1] * z[1]);
}

/** The i-th (from 0) complex number of an interleaved array; 0 beyond its ends, as a conductor that is not there carries nothing. */
export function complexAt(values: Float64Array, index: number): Complex {
  return index >= 0 && 2 * index + 1 < values.length ? [values[2 * index], values[2 * index + 1]] : [0, 0];
}

/** Voltages of the conductors at a terminal, volt, interleaved; also where the element itself is disabled. */
export function terminalVoltages(solver: GridSolver, element: CircuitElement, terminal: number): Float64Array {
  if (element.enabled) return solver.terminalVoltages(element, terminal);
  const { bus, nodes } = terminalsOf(element)[terminal];
  return Float64Array.from(nodes.flatMap((node) => [...((node > 0 ? solver.nodeVoltage(bus, node) : undefined) ?? [0, 0])]));
}

/** Currents into an element at a terminal, ampere, interleaved; none where it is disabled. */
export function terminalCurrents(solver: GridSolver, element: CircuitElement, terminal: number): Float64Array {
  return element.enabled ? solver.terminalCurrents(element, terminal) : new Float64Array(0);
}

/** Complex power into an element at a terminal, all conductors together, in W and var. */
export function terminalPower(solver: GridSolver, element: CircuitElement, terminal: number): Complex {
  const voltages = terminalVoltages(solver, element, terminal);
  const currents = terminalCurrents(solver, element, terminal);
  let watts = 0;
  let vars = 0;
  const length = Math.min(voltages.length, currents.length);
  for (let at = 0; at < length; at += 2) {
    watts += voltages[at] * currents[at] + voltages[at + 1] * currents[at + 1];
    vars += voltages[at + 1] * currents[at] - voltages[at] * currents[at + 1];
  }
  return [watts, vars];
}

/**
 * The step from a phase to the one its delta leg ends on: +1 or -1. It follows from which side is high voltage and which way the unit shifts
 * the phase (the rule by which transformers are built in the OpenDSS language).
 */
export function deltaDirection(transformer: Transformer): 1 | -1 {
  const [first, second] = transformer.windings;
  if (!second || first.connection === second.connection) return 1;
  const highVoltage = first.kv >= second.kv ? first : second;
  const highLeads = transformer.phaseShift === 'lead';
  if (highVoltage.connection === 'wye') return highLeads ? -1 : 1;
  return highLeads ? 1 : -1;
}

/** Index (from 0) of the conductor on which the delta leg that starts at conductor `phase` ends. */
export function rotatedPhase(transformer: Transformer, phase: number): number {
  const next = phase + deltaDirection(transformer);
  if (transformer.phases > 2) {
    if (next >= transformer.phases) return 0;
    if (next < 0) return transformer.phases - 1;
    return next;
  }
  // Two phases in delta are taken as an open delta, whose third corner is the third conductor.
  return next < 0 ? 2 : next;
}

/** Voltages across the phases of a winding, volt. */
export function windingVoltages(solver: GridSolver, transformer: Transformer, winding: number): Complex[] {
  const voltages = terminalVoltages(solver, transformer, winding);
  const isDelta = transformer.windings[winding].connection === 'delta';
  const across: Complex[] = [];
  for (let phase = 0; phase < transformer.phases; phase++) {
    const start = complexAt(voltages, phase);
    const end = complexAt(voltages, isDelta ? rotatedPhase(transformer, phase) : transformer.phases);
    across.push([start[0] - end[0], start[1] - end[1]]);
  }
  return across;
}

/** Rated voltage across one phase of a winding, volt. */
export function windingBaseVolts(transformer: Transformer, winding: number): number {
  const { connection, kv } = transformer.windings[winding];
  if (connection === 'wye' && (transformer.phases === 2 || transformer.phases === 3)) return (kv * 1000) / Math.sqrt(3);
  return kv * 1000;
}

/** The element an id names, which controls cannot do without. Throws {@link GridError} naming the control where there is none. */
export function requireElement(solver: GridSolver, id: string, control: { kind: string; name: string }, property: string): CircuitElement {
  const element = solver.grid.element(id);
  if (!element) {
    const reason = id === '' ? 'is not set' : `there is no element "${id}"`;
    throw new GridError(`${elementId(control)}.${property}: ${reason}; name a circuit element as class.name`);
  }
  return element;
}

/** A terminal of an element, counted from 0. Throws {@link GridError} naming the control where the element has not so many. */
export function requireTerminal(element: CircuitElement, terminal: number, control: { kind: string; name: string }): Terminal {
  const found = terminalsOf(element)[terminal];
  if (!found) throw new GridError(`${elementId(control)}: ${elementId(element)} has no terminal ${terminal + 1}`);
  return found;
}

/** Number of phases of any element. */
export function phasesOf(element: CircuitElement): number {
  return element.phases;
}

/** True where every phase conductor of a terminal is closed. */
export function isTerminalClosed(element: CircuitElement, terminal: Terminal): boolean {
  const open = terminal.open;
  if (!open) return true;
  for (let i = 0; i < phasesOf(element); i++) if (open[i]) return false;
  return true;
}

/** Opens or closes all phase conductors of a terminal and tells the solver; nothing happens where they stand so already. */
export function switchTerminal(solver: GridSolver, element: CircuitElement, terminal: Terminal, closed: boolean): void {
  const phases = phasesOf(element);
  const before = terminal.open;
  let changed = false;
  const open = terminal.nodes.map((_, i) => {
    const was = before?.[i] ?? false;
    const now = i < phases ? !closed : was;
    if (now !== was) changed = true;
    return now;
  });
  if (!changed) return;
  if (open.some((isOpen) => isOpen)) terminal.open = open;
  else delete terminal.open;
  solver.elementChanged(element);
}
