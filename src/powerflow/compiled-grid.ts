/**
 * A grid compiled for solving: nodes numbered, primitive matrices built, legs listed. Methods build their plans on it.
 *
 * Shapes: N nodes (ground not counted, written -1), E enabled elements in order of creation, L legs sorted by group. Units: siemens, volt, ampere, watt, var.
 */
import {
  type CircuitElement,
  type ComplexMatrix,
  type CurrentSource,
  elementId,
  type Grid,
  GridError,
  injectionPower,
  type Moment,
  terminalsOf,
  type VoltageSource,
} from '../grid/index.js';
import { consumptionSign, hasLegs, type LegElement, type LegLaw, legConductors, legLaw } from './legs.js';
import { isLinear, primitiveAdmittance } from './primitive.js';

/** One enabled element. */
export interface CompiledElement {
  element: CircuitElement;
  /** Node of each conductor, terminal by terminal; -1 is ground. */
  nodes: Int32Array;
  /** Where each terminal's conductors begin in `nodes`; one more entry than terminals. */
  terminalStart: Int32Array;
  /** Linear part, or undefined for what has legs or is an ideal current source. */
  primitive?: ComplexMatrix;
  /** Present source voltage over rated, or current source's amps, for sources only. */
  sourceValue: number;
  /** First leg and number of legs before sorting, for elements with legs. */
  legIds: number[];
  law?: LegLaw;
}

/** Legs of all elements, sorted by group. */
export interface CompiledLegs {
  count: number;
  /** Ends of the groups constant power, constant impedance, polynomial. */
  groupEnd: readonly [number, number, number];
  /** Node of both ends; -1 is ground. */
  from: Int32Array;
  to: Int32Array;
  laws: LegLaw[];
  /** Element (index) of each leg. */
  element: Int32Array;
  /** Present watts and vars consumed at rated voltage. */
  watts: Float64Array;
  vars: Float64Array;
}

/** The compiled grid. */
export interface CompiledGrid {
  grid: Grid;
  nodeCount: number;
  /** Bus and node number of each node. */
  nodeBus: string[];
  nodeNumber: Int32Array;
  /** Nodes of each bus in order of appearance. */
  busNodes: Map<string, number[]>;
  elements: CompiledElement[];
  elementIndex: Map<CircuitElement, number>;
  legs: CompiledLegs;
  /** Currents injected by sources, [node][re, im]. */
  sourceCurrent: Float64Array;
}

/** Name of a node as `bus.number`. */
export function nodeName(compiled: CompiledGrid, node: number): string {
  return `${compiled.nodeBus[node]}.${compiled.nodeNumber[node]}`;
}

/**
 * Compiles a grid. Powers of loads and the like are those of `moment`.
 * Throws {@link GridError} where an element cannot be modelled or there is no source.
 */
export function compileGrid(grid: Grid, moment: Moment): CompiledGrid {
  const nodeBus: string[] = [];
  const nodeNumber: number[] = [];
  const busNodes = new Map<string, number[]>();
  const nodeOf = (bus: string, number: number): number => {
    if (number === 0) return -1;
    let nodes = busNodes.get(bus);
    if (!nodes) {
      nodes = [];
      busNodes.set(bus, nodes);
    }
    for (const node of nodes) if (nodeNumber[node] === number) return node;
    const node = nodeBus.length;
    nodeBus.push(bus);
    nodeNumber.push(number);
    nodes.push(node);
    return node;
  };
  const elements: CompiledElement[] = [];
  const elementIndex = new Map<CircuitElement, number>();
  let sources = 0;
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    const terminals = terminalsOf(element);
    const nodes: number[] = [];
    const terminalStart = [0];
    for (const terminal of terminals) {
      for (const number of terminal.nodes) {
        if (!(Number.isInteger(number) && number >= 0)) {
          throw new GridError(
            `${elementId(element)}: its nodes at bus "${terminal.bus}" are not whole numbers from 0 up: ${terminal.nodes.join(', ')}`,
          );
        }
        nodes.push(nodeOf(terminal.bus, number));
      }
      terminalStart.push(nodes.length);
    }
    const compiled: CompiledElement = {
      element,
      nodes: Int32Array.from(nodes),
      terminalStart: Int32Array.from(terminalStart),
      sourceValue: 0,
      legIds: [],
    };
    if (isLinear(element)) {
      compiled.primitive = primitiveAdmittance(element, grid.frequencyHz);
      if (compiled.primitive.order !== nodes.length) {
        throw new GridError(`${elementId(element)}: ${nodes.length} conductors are connected, ${compiled.primitive.order} are needed`);
      }
    }
    if (element.kind === 'vsource') {
      compiled.sourceValue = element.voltagePu;
      sources++;
    }
    if (element.kind === 'isource') compiled.sourceValue = element.amps;
    if (hasLegs(element)) compiled.law = legLaw(element);
    elementIndex.set(element, elements.length);
    elements.push(compiled);
  }
  if (sources === 0) throw new GridError(`grid "${grid.name}" has no enabled voltage source; add one`);
  const compiled: CompiledGrid = {
    grid,
    nodeCount: nodeBus.length,
    nodeBus,
    nodeNumber: Int32Array.from(nodeNumber),
    busNodes,
    elements,
    elementIndex,
    legs: compileLegs(elements),
    sourceCurrent: new Float64Array(2 * nodeBus.length),
  };
  elements.forEach((entry) => {
    if (!hasLegs(entry.element)) return;
    const { powerKw, powerKvar } = injectionPower(grid, entry.element, moment);
    writePower(compiled, entry, powerKw, powerKvar);
  });
  refreshSourceCurrents(compiled);
  return compiled;
}

function compileLegs(elements: CompiledElement[]): CompiledLegs {
  interface Draft {
    element: number;
    from: number;
    to: number;
    law: LegLaw;
  }
  const drafts: Draft[] = [];
  elements.forEach((entry, index) => {
    const { element, law } = entry;
    if (!law || !hasLegs(element)) return;
    for (const [a, b] of legConductors(element)) {
      // A leg with an open end draws nothing; it keeps its place so that power is still shared out by phase.
      const open = element.terminal.open?.[a] || element.terminal.open?.[b];
      drafts.push({ element: index, from: open ? -1 : entry.nodes[a], to: open ? -1 : entry.nodes[b], law });
    }
  });
  const order = drafts.map((_, i) => i).sort((a, b) => drafts[a].law.group - drafts[b].law.group || a - b);
  const count = drafts.length;
  const ends: [number, number, number] = [0, 0, 0];
  const legs: CompiledLegs = {
    count,
    groupEnd: ends,
    from: new Int32Array(count),
    to: new Int32Array(count),
    laws: [],
    element: new Int32Array(count),
    watts: new Float64Array(count),
    vars: new Float64Array(count),
  };
  order.forEach((draft, leg) => {
    const { element, from, to, law } = drafts[draft];
    legs.from[leg] = from;
    legs.to[leg] = to;
    legs.element[leg] = element;
    legs.laws.push(law);
    elements[element].legIds.push(leg);
    for (let group = law.group; group < 3; group++) ends[group] = leg + 1;
  });
  ends[1] = Math.max(ends[0], ends[1]);
  ends[2] = Math.max(ends[1], ends[2]);
  return legs;
}

/**
 * Sets the present power of an element with legs, all phases together, in the sign of its kind (loads consume). Returns whether that is a change. Vars of
 * generators that hold their voltage are left alone: they are a result.
 */
export function writePower(compiled: CompiledGrid, entry: CompiledElement, powerKw: number, powerKvar: number): boolean {
  const element = entry.element as LegElement;
  const { watts, vars } = compiled.legs;
  const factor = (consumptionSign(element) * 1000) / element.phases;
  const held = element.kind === 'generator' && element.model === 3;
  let changed = false;
  for (const leg of entry.legIds) {
    const reactive = held ? vars[leg] : powerKvar * factor;
    if (watts[leg] === powerKw * factor && vars[leg] === reactive) continue;
    changed = true;
    watts[leg] = powerKw * factor;
    vars[leg] = reactive;
  }
  return changed;
}

/** Source voltage of phase i, [re, im] in volt. */
export function sourcePhasor(source: VoltageSource, voltagePu: number, phase: number): readonly [number, number] {
  const n = source.phases;
  const volts = n === 1 ? source.baseKv * voltagePu * 1000 : (source.baseKv * voltagePu * 1000) / 2 / Math.sin(Math.PI / n);
  return phasor(volts, 360 + source.angleDegrees - (source.sequence * phase * 360) / n);
}

/** Degrees in a radian as the OpenDSS engines have it, ten digits: it turns a source by 3e-10, which agreement to the last digit shows. */
const DEGREES_PER_RADIAN = 57.29577951;

function phasor(size: number, degrees: number): readonly [number, number] {
  const angle = degrees / DEGREES_PER_RADIAN;
  return [size * Math.cos(angle), size * Math.sin(angle)];
}

/** Norton currents of an element's sources, conductor by conductor [re, im]; undefined for what is no source. */
export function sourceCurrents(entry: CompiledElement): Float64Array | undefined {
  const { element, primitive } = entry;
  if (element.kind === 'isource') return currentSourceCurrents(element, entry);
  if (element.kind !== 'vsource' || !primitive) return undefined;
  const order = primitive.order;
  const currents = new Float64Array(2 * order);
  for (let j = 0; j < element.phases; j++) {
    const [er, ei] = sourcePhasor(element, entry.sourceValue, j);
    for (let i = 0; i < order; i++) {
      const yr = primitive.re[i * order + j];
      const yi = primitive.im[i * order + j];
      currents[2 * i] += yr * er - yi * ei;
      currents[2 * i + 1] += yr * ei + yi * er;
    }
  }
  return currents;
}

function currentSourceCurrents(source: CurrentSource, entry: CompiledElement): Float64Array {
  const currents = new Float64Array(2 * entry.nodes.length);
  // Two phases are two of three, other than with voltage sources.
  const shift = source.phases === 2 ? 120 : 360 / source.phases;
  for (let i = 0; i < source.phases; i++) {
    const [re, im] = phasor(entry.sourceValue, source.angleDegrees - source.sequence * i * shift);
    currents[2 * i] = re;
    currents[2 * i + 1] = im;
    currents[2 * (i + source.phases)] = -re;
    currents[2 * (i + source.phases) + 1] = -im;
  }
  return currents;
}

/** Recomputes the injected currents after source values or source impedances changed. */
export function refreshSourceCurrents(compiled: CompiledGrid): void {
  compiled.sourceCurrent.fill(0);
  for (const entry of compiled.elements) {
    const currents = sourceCurrents(entry);
    if (!currents) continue;
    entry.nodes.forEach((node, conductor) => {
      if (node < 0) return;
      compiled.sourceCurrent[2 * node] += currents[2 * conductor];
      compiled.sourceCurrent[2 * node + 1] += currents[2 * conductor + 1];
    });
  }
}
