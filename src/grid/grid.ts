/** The grid: its buses, elements, controls, shapes and curves, in the order in which they were made. */
import type { CircuitElement, Control, ControlKind, ElementKind, Terminal } from './elements.js';
import { CONTROL_KINDS, ELEMENT_KINDS, elementId, terminalsOf } from './elements.js';
import { describeValue, GridError, oneLine } from './errors.js';
import type { LoadShape } from './load-shape.js';
import type { XyCurve } from './xy-curve.js';

/** A bus: a place with any set of nodes. */
export interface Bus {
  id: string;
  /** Line-to-neutral base voltage in kV; undefined until bases are set. */
  baseKv?: number;
  /** Coordinates in the user's own units. */
  x?: number;
  y?: number;
}

type ElementOf<K extends ElementKind> = Extract<CircuitElement, { kind: K }>;
type ControlOf<K extends ControlKind> = Extract<Control, { kind: K }>;

/**
 * A grid. Elements are mutable records; whoever changes a record after compiling tells the compiled side (see powerflow).
 * Element ids are `kind.name`, lower case.
 */
export class Grid {
  name: string;
  /** Frequency in Hz at which impedances are given and the grid is solved. */
  frequencyHz: number;
  /** Counts changes of records; whoever edits a grid in bulk counts it up, whoever compiled it compares. */
  revision = 0;
  /** Multiplies all loads that are not `fixed`. */
  loadMultiplier = 1;
  /** Growth of load from year 0 to the present one, for dispatch by load level; loads carry their own. Absent: 1. */
  growthFactor?: number;
  /** Multiplies all generators that are not `fixed`. */
  generatorMultiplier = 1;
  /** Line-to-line voltages among which bus bases are chosen, kV. */
  voltageBasesKv: number[] = [];
  /** Present price of energy, for dispatch by price. */
  priceSignal = 25;
  readonly buses = new Map<string, Bus>();
  readonly loadShapes = new Map<string, LoadShape>();
  readonly xyCurves = new Map<string, XyCurve>();
  /** Temperatures over time, degrees in `active`. */
  readonly temperatureShapes = new Map<string, LoadShape>();
  /** Shape used by elements that name none, a mode; as `default` in the OpenDSS language. */
  defaultDailyShape = 'default';
  defaultYearlyShape = 'default';
  private readonly elementsById = new Map<string, CircuitElement>();
  private readonly controlsById = new Map<string, Control>();

  constructor(name: string, frequencyHz = 60) {
    this.name = name;
    this.frequencyHz = frequencyHz;
  }

  /** All circuit elements in order of creation, disabled ones included. */
  get elements(): IterableIterator<CircuitElement> {
    return this.elementsById.values();
  }

  /** All controls in order of creation, disabled ones included. */
  get controls(): IterableIterator<Control> {
    return this.controlsById.values();
  }

  /** Elements of one kind in order of creation. */
  elementsOf<K extends ElementKind>(kind: K): ElementOf<K>[] {
    const found: ElementOf<K>[] = [];
    for (const element of this.elementsById.values()) if (element.kind === kind) found.push(element as ElementOf<K>);
    return found;
  }

  /** Controls of one kind in order of creation. */
  controlsOf<K extends ControlKind>(kind: K): ControlOf<K>[] {
    const found: ControlOf<K>[] = [];
    for (const control of this.controlsById.values()) if (control.kind === kind) found.push(control as ControlOf<K>);
    return found;
  }

  /** The element with this id, or undefined. */
  element(id: string): CircuitElement | undefined {
    return this.elementsById.get(id.toLowerCase());
  }

  /** The element of this kind and name; throws {@link GridError} where there is none. */
  require<K extends ElementKind>(kind: K, name: string): ElementOf<K> {
    const element = this.elementsById.get(`${kind}.${name.toLowerCase()}`);
    if (!element) throw new GridError(`there is no ${kind} named "${name}"`);
    return element as ElementOf<K>;
  }

  /** The control with this id, or undefined. */
  control(id: string): Control | undefined {
    return this.controlsById.get(id.toLowerCase());
  }

  /** Adds an element and the buses it names. Throws {@link GridError} where its id is taken or it is no record of an element. */
  add<T extends CircuitElement>(element: T): T {
    checkRecord(element, ELEMENT_KINDS, 'an element');
    checkTerminals(element);
    const id = elementId(element);
    if (this.elementsById.has(id)) throw new GridError(`there is already an element ${id}`);
    this.elementsById.set(id, element);
    this.registerBuses(element);
    return element;
  }

  /** Adds a control. Throws {@link GridError} where its id is taken or it is no record of a control. */
  addControl<T extends Control>(control: T): T {
    checkRecord(control, CONTROL_KINDS, 'a control');
    const id = elementId(control);
    if (this.controlsById.has(id)) throw new GridError(`there is already a control ${id}`);
    this.controlsById.set(id, control);
    return control;
  }

  /** Removes an element by its id; its buses stay. Returns whether there was one. Throws {@link GridError} where the id is no text. */
  remove(id: string): boolean {
    if (typeof id !== 'string') throw new GridError(`an element is removed by its id, as in "load.a", not by ${describeValue(id)}`);
    return this.elementsById.delete(id.toLowerCase());
  }

  /** Removes a control by its id. Returns whether there was one. */
  removeControl(id: string): boolean {
    return this.controlsById.delete(id.toLowerCase());
  }

  /** Makes sure that every bus an element names is in the grid; to be called after its terminals were changed. */
  registerBuses(element: CircuitElement): void {
    for (const terminal of terminalsOf(element)) this.bus(terminal.bus);
  }

  /** The bus of this id, made where it is new. */
  bus(id: string): Bus {
    let bus = this.buses.get(id);
    if (!bus) {
      bus = { id };
      this.buses.set(id, bus);
    }
    return bus;
  }
}

/** Throws {@link GridError} where something is no grid. */
export function requireGrid(grid: Grid): void {
  if (!(grid instanceof Grid)) throw new GridError(`needs a grid (new Grid, loadFeeder, runScript(..).grid), not ${describeValue(grid)}`);
}

/** Throws {@link GridError} where something is no element of a grid: one of another grid, one that was removed, no element at all. */
export function requireOwnElement(grid: Grid, element: CircuitElement): void {
  if (typeof element !== 'object' || element === null) throw new GridError(`needs an element of the grid, not ${describeValue(element)}`);
  const id = elementId(element);
  if (grid.element(id) !== element) throw new GridError(`${oneLine(id, 60)} is no element of grid "${grid.name}"; take it from there (grid.element)`);
}

/** Throws {@link GridError} where an element has no terminal of this number, counted from 0. */
export function requireTerminalIndex(element: CircuitElement, terminal: number): void {
  const count = terminalsOf(element).length;
  if (Number.isInteger(terminal) && terminal >= 0 && terminal < count) return;
  throw new GridError(`${elementId(element)} has terminals 0 to ${count - 1}, not ${describeValue(terminal)}`);
}

/** Throws where something that is to be put into a grid is no record of a known kind with a name. */
function checkRecord(record: { kind: string; name: string }, kinds: readonly string[], what: string): void {
  if (typeof record !== 'object' || record === null) throw new GridError(`${what} is a record with kind and name, not ${describeValue(record)}`);
  const { kind, name } = record;
  if (!kinds.includes(kind)) throw new GridError(`there is no kind ${describeValue(kind)} of what can be added here; there are ${kinds.join(', ')}`);
  if (typeof name !== 'string' || name === '') throw new GridError(`${what} of kind ${kind} needs a name, not ${describeValue(name)}`);
}

/** Throws where an element's terminals are not there or name no bus and nodes. */
function checkTerminals(element: CircuitElement): void {
  const fail = (message: string): never => {
    throw new GridError(`${elementId(element)}: ${message}`);
  };
  const holders: unknown = element.kind === 'transformer' ? element.windings : 'terminals' in element ? element.terminals : [element.terminal];
  if (!Array.isArray(holders)) fail(element.kind === 'transformer' ? 'needs its windings' : 'needs its terminals');
  for (const holder of holders as unknown[]) {
    const terminal = element.kind === 'transformer' ? (holder as { terminal?: unknown } | null)?.terminal : holder;
    const { bus, nodes } = (terminal ?? {}) as Partial<Terminal>;
    if (typeof bus !== 'string') fail(`a terminal needs the name of its bus, not ${describeValue(bus)}`);
    if (!Array.isArray(nodes)) fail(`a terminal needs the list of its nodes, not ${describeValue(nodes)}`);
  }
}
