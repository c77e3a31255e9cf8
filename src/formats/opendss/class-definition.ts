/**
 * How a class of the OpenDSS language is described to the reader.
 *
 * To add a class, write a file in classes/ with
 *  1. an object class extending {@link DssObject} (general data such as wiredata) or {@link CircuitObject} (what becomes a record of the grid). Its fields are
 *     the edit state: what the properties said, in the language's own terms. Defaults stand in the field initialisers.
 *  2. `copyFrom(other)`: what `like=` copies.
 *  3. `endEdit()`: called when a command that edited the object ends. A CircuitObject recalculates its grid record there, in place: the record object stays the
 *     same one for ever, and what a solution may change in it (taps, steps, states of charge) is left alone unless the edit set it.
 *  4. a table of setters, one a property, keyed by the property's full lower-case name. A setter is a function `(object, value) => void` that runs at once, in
 *     the order written, so that later properties override earlier ones as in OpenDSS; or {@link quiet} (no effect on power flow, not worth a word), or
 *     {@link noEffect} (accepted with one warning), or {@link notModelled} (an error, since it would change the power flow).
 *  5. `export const thing = defineClass({ name: 'thing', make: ThingObject, setters: {...} })`, and add it to CLASSES in classes/index.ts. The order of the
 *     properties comes from property-tables.ts.
 * Values are read with the methods of PropertyValue, which throw errors that name file, line, element and property. Another object is found with
 * `object.reference(value, 'wiredata', WireDataObject)`.
 */
import { type CircuitElement, type Control, formatLocation, type Grid, InputError, type SourceLocation, type Terminal } from '../../grid/index.js';
import { NameList } from './name-list.js';
import { PROPERTY_NAMES } from './property-tables.js';
import type { BusReference, PropertyValue } from './property-value.js';
import type { EarthModel } from './script-options.js';

/** What an object may ask of the interpreter that holds it. */
export interface ReaderContext {
  readonly grid: Grid;
  /** Rated frequency of the circuit, Hz: the default `basefreq` of what is made. */
  readonly fundamentalHz: number;
  /** Frequency at which the circuit is solved, Hz. */
  readonly frequencyHz: number;
  readonly earthModel: EarthModel;
  /** Correct lines of sequence values for the wave along them. */
  readonly longLineCorrection: boolean;
  /** Simulated year, 0 for none, and the growth of loads a year, as a factor. */
  readonly year: number;
  readonly growthRate: number;
  /** Where the command stands that is being carried out. */
  readonly location: SourceLocation;
  find(className: string, name: string): DssObject | undefined;
  /** All objects of a class in order of creation. */
  objectsOf(className: string): readonly DssObject[];
  /** Text of a data file, its path being relative to the script's folder. */
  readText(path: string, value: PropertyValue): string;
  /** Bytes of a data file. */
  readBytes(path: string, value: PropertyValue): Uint8Array;
  warn(message: string): void;
  /** To be called when an element names other buses than before, or begins or ceases to be enabled. */
  busesChanged(): void;
}

/** Anything that `new` makes. */
export abstract class DssObject {
  /** `file:line` at which it was made. */
  readonly origin: string;

  constructor(
    readonly className: string,
    readonly name: string,
    readonly context: ReaderContext,
  ) {
    this.origin = formatLocation(context.location);
  }

  /** `class.name`. */
  get id(): string {
    return `${this.className}.${this.name}`;
  }

  /** Takes over another object's data (`like=`). */
  abstract copyFrom(other: DssObject): void;

  /** Called when a command begins to edit this object. */
  beginEdit(): void {}

  /** Called when a command that edited this object ends. */
  endEdit(): void {}

  /** Called before a solution and when a script ends: throws an {@link InputError} where what was said of the object cannot stand. */
  prepare(): void {}

  /** Called when the frequency, the year or another option changed on which the grid record depends. */
  refresh(): void {
    this.endEdit();
  }

  /** Throws an {@link InputError} about this object. */
  fail(message: string, property?: string): never {
    throw new InputError(message, { location: this.context.location, element: this.id, property });
  }

  /** The object named by a value. Throws where there is none. */
  reference<T extends DssObject>(value: PropertyValue, className: string, type: abstract new (name: string, context: ReaderContext) => T): T {
    const name = value.name();
    return this.referenceByName(value, name, className, type);
  }

  /** As {@link reference}, for a name out of a list. */
  referenceByName<T extends DssObject>(
    value: PropertyValue,
    name: string,
    className: string,
    type: abstract new (name: string, context: ReaderContext) => T,
  ): T {
    const bare = name.startsWith(`${className}.`) ? name.slice(className.length + 1) : name;
    const object = this.context.find(className, bare);
    if (!(object instanceof type)) value.fail(`there is no ${className} named "${name}"; define it before it is used`);
    return object;
  }
}

/** An object that becomes a record of the grid. */
export abstract class CircuitObject<R extends CircuitElement | Control> extends DssObject {
  /** The record in the grid: the same object from creation on. */
  abstract readonly record: R;
  baseFrequencyHz: number;
  private attached = false;

  constructor(className: string, name: string, context: ReaderContext) {
    super(className, name, context);
    this.baseFrequencyHz = context.fundamentalHz;
  }

  /** Frequency of the solution over the element's own. */
  get frequencyRatio(): number {
    return this.context.frequencyHz / this.baseFrequencyHz;
  }

  /** Recalculates the grid record in place. */
  protected abstract updateRecord(): void;

  override endEdit(): void {
    this.updateRecord();
    const wrong = notFinite(this.record);
    if (wrong !== undefined) {
      // Who goes on after the error must not have such a record in the grid.
      if (this.attached) this.detach();
      this.attached = false;
      this.fail(`its values give a ${wrong} that is not a finite number; check their sizes`);
    }
    if (this.attached) return;
    this.attached = true;
    this.attach();
  }

  /** Puts the record into the grid. */
  protected abstract attach(): void;

  /** Takes the record out of the grid. */
  protected abstract detach(): void;

  protected copyCommon(other: CircuitObject<R>): void {
    this.baseFrequencyHz = other.baseFrequencyHz;
    // A copy is enabled even where its model is not.
    this.record.enabled = true;
    this.context.busesChanged();
  }
}

/** The name of a field that holds a number that is not finite, or undefined. */
function notFinite(value: object): string | undefined {
  if (value instanceof Float64Array) {
    for (let i = 0; i < value.length; i++) if (!Number.isFinite(value[i])) return String(i);
    return undefined;
  }
  // No list of entries is made: this runs after every edit of every element.
  for (const name in value) {
    const field: unknown = (value as Record<string, unknown>)[name];
    if (typeof field === 'number') {
      if (!Number.isFinite(field)) return name;
    } else if (typeof field === 'object' && field !== null) {
      const inner = notFinite(field);
      if (inner !== undefined) return Number.isNaN(Number(inner)) ? inner : name;
    }
  }
  return undefined;
}

/** A bus as the properties gave it; undefined: the language's default name, `element_terminal`. */
export type BusSetting = BusReference | undefined;

/** An object that carries current. */
export abstract class ElementObject<R extends CircuitElement> extends CircuitObject<R> {
  /** One a terminal. */
  buses: BusSetting[] = [];

  protected attach(): void {
    this.context.grid.add(this.record as CircuitElement);
  }

  protected detach(): void {
    this.context.grid.remove(this.id);
  }

  protected override copyCommon(other: ElementObject<R>): void {
    super.copyCommon(other);
  }

  /**
   * Writes a terminal: conductors 1.. of the phases go to nodes 1.., further ones to ground, unless the bus was given with nodes, which come first.
   * Conductors that were opened stay open.
   */
  protected fillTerminal(terminal: Terminal, index: number, phases: number, conductors: number): void {
    const setting = this.buses[index];
    const bus = setting?.bus ?? `${this.name}_${index + 1}`;
    if (terminal.bus !== bus) this.context.busesChanged();
    terminal.bus = bus;
    const given = setting?.nodes ?? [];
    const nodes: number[] = [];
    for (let i = 0; i < conductors; i++) nodes.push(given[i] ?? (i < phases ? i + 1 : 0));
    terminal.nodes = nodes;
    if (terminal.open && terminal.open.length !== conductors) delete terminal.open;
  }
}

/** An object that controls others. */
export abstract class ControlObject<R extends Control> extends CircuitObject<R> {
  protected attach(): void {
    this.context.grid.addControl(this.record as Control);
  }

  protected detach(): void {
    this.context.grid.removeControl(this.id);
  }
}

/** A new, empty terminal. */
export function emptyTerminal(): Terminal {
  return { bus: '', nodes: [] };
}

/** Marks a property that has no effect and is not worth a warning. */
export const quiet = Symbol('quiet');
/** Marks a property that is accepted and has no effect on power flow: one warning a class. */
export const noEffect = Symbol('no effect');

/** A property that busbar does not model though it would change the power flow. */
export interface NotModelled {
  reason: string;
  /** Values (in lower case) that ask for nothing and are accepted. */
  harmless: readonly string[];
}

/** Marks a property as an error, unless its value is one of the harmless ones. */
export function notModelled(reason: string, harmless: readonly string[] = []): NotModelled {
  return { reason, harmless };
}

/** What a property does. */
export type Setter<T> = ((object: T, value: PropertyValue) => void) | typeof quiet | typeof noEffect | NotModelled;

/** A class as the interpreter sees it. */
export interface ObjectClass {
  readonly name: string;
  /** Full names in order; undefined names are found by {@link property}. */
  readonly properties: readonly string[];
  /** Its objects are part of a circuit, and need one to be made. */
  readonly inCircuit: boolean;
  /** Full name meant by an (abbreviated) one, or undefined. */
  property(text: string): string | undefined;
  make(name: string, context: ReaderContext): DssObject;
  /** Carries out `property=value`. */
  apply(object: DssObject, property: string, value: PropertyValue): void;
}

/** What {@link defineClass} needs. */
export interface ClassSpecification<T extends DssObject> {
  name: string;
  make: new (name: string, context: ReaderContext) => T;
  setters: Readonly<Record<string, Setter<T>>>;
  /** Where the class is not in property-tables.ts. */
  properties?: readonly string[];
}

/** Setters that all circuit elements share. */
export function commonSetters<T extends CircuitObject<CircuitElement> | CircuitObject<Control>>(): Record<string, Setter<T>> {
  return {
    enabled: (object, value) => {
      object.record.enabled = value.boolean();
      object.context.busesChanged();
    },
    basefreq: (object, value) => {
      object.baseFrequencyHz = value.positive();
    },
    spectrum: quiet,
    normamps: quiet,
    emergamps: quiet,
    faultrate: quiet,
    pctperm: quiet,
    repair: quiet,
    seasons: quiet,
    ratings: quiet,
  };
}

/** Makes a class known to the reader. Throws at load where a property of the language has no setter. */
export function defineClass<T extends DssObject>(specification: ClassSpecification<T>): ObjectClass {
  const { name, make, setters } = specification;
  const properties = specification.properties ?? PROPERTY_NAMES[name] ?? [];
  const list = new NameList(properties);
  const table = new Map<string, Setter<T>>(Object.entries(setters));
  for (const property of properties) {
    if (property !== 'like' && !table.has(property)) throw new Error(`class ${name} has no setter for ${property}`);
  }
  for (const property of table.keys()) {
    // Shared setters may cover more than the class has; own ones may not be misspelt.
    if (!properties.includes(property)) table.delete(property);
  }
  const warned = new WeakMap<Grid, Set<string>>();
  return {
    name,
    properties,
    inCircuit: make.prototype instanceof CircuitObject,
    property: (text) => list.find(text),
    make: (objectName, context) => new make(objectName, context),
    apply(object, property, value) {
      if (!(object instanceof make)) throw new Error(`${object.id} is no ${name}`);
      if (property === 'like') {
        const other: DssObject | undefined = object.context.find(name, value.name());
        if (!other) return value.fail(`there is no ${name} named "${value.text}" to copy`);
        object.copyFrom(other);
        return;
      }
      const setter = table.get(property);
      if (typeof setter === 'function') setter(object, value);
      else if (setter === noEffect) {
        const known = warned.get(object.context.grid) ?? new Set<string>();
        warned.set(object.context.grid, known);
        if (known.has(property)) return;
        known.add(property);
        object.context.warn(`${name}.${property} has no effect on power flow here and is ignored`);
      } else if (setter && typeof setter === 'object' && !setter.harmless.includes(value.text.trim().toLowerCase())) {
        value.fail(`${setter.reason}; it would change the power flow and is not modelled`);
      }
    },
  };
}
