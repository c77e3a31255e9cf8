/**
 * The interpreter of the OpenDSS language: carries out a script's commands on a grid.
 *
 * Objects keep what the script said of them (classes/), and write it into the records of the grid after each command that edits them. Commands stand in
 * commands.ts, options in options.ts. Whatever needs a solution goes to a {@link ScriptHost}.
 */
import { type CircuitElement, describeValue, Grid, InputError, oneLine, type SourceLocation, terminalsOf } from '../../grid/index.js';
import { CircuitObject, type DssObject, type ObjectClass, type ReaderContext } from './class-definition.js';
import { CLASSES, refusedClasses } from './classes/index.js';
import { LoadShapeObject } from './classes/loadshape.js';
import { runCommand } from './commands.js';
import { type FileReports, folderOf, identityOf, joinPath, plainText, readDataBytes, readDataText, readScript } from './file-access.js';
import { PropertyValue, shorten } from './property-value.js';
import { defaultSolutionOptions, type ScriptFiles, type ScriptHost, type SolutionOptions } from './script-host.js';
import type { EarthModel } from './script-options.js';
import { ParameterScanner } from './tokenizer.js';

/** Deepest chain of redirects. */
const DEEPEST = 100;

/** Properties that say how much power an element has and nothing of how it is built: editing no others leaves a compiled grid valid. */
const POWER_PROPERTIES: Readonly<Record<string, ReadonlySet<string>>> = {
  load: new Set(['kw', 'kvar', 'kva', 'pf', 'xfkva', 'allocationfactor', 'kwh', 'kwhdays', 'cfactor', 'daily', 'yearly', 'duty', 'status']),
  generator: new Set(['kw', 'kvar', 'pf', 'daily', 'yearly', 'duty', 'status']),
};

/** Warnings given before the rest is left out. */
const MOST_WARNINGS = 1000;

/** What an interpreter works with. */
export interface InterpreterOptions {
  files: ScriptFiles;
  host: ScriptHost;
}

/** Settings of a script that are not solution options; changed by `set`. */
export interface ScriptSettings {
  /** Rated frequency of circuits to come, Hz. */
  defaultFrequencyHz: number;
  /** Rated frequency of the circuit, and frequency of the solution, Hz. */
  fundamentalHz: number;
  frequencyHz: number;
  earthModel: EarthModel;
  longLineCorrection: boolean;
  year: number;
  growthRate: number;
  /** Control mode to which a change of the solution mode returns. */
  defaultControlMode: SolutionOptions['controlMode'];
}

/** Runs scripts on one grid. */
export class OpenDssInterpreter {
  readonly files: ScriptFiles;
  readonly host: ScriptHost;
  /** Options of the solution, as set so far. */
  options: SolutionOptions = defaultSolutionOptions();
  readonly settings: ScriptSettings = {
    defaultFrequencyHz: 60,
    fundamentalHz: 60,
    frequencyHz: 60,
    earthModel: 'deri',
    longLineCorrection: false,
    year: 0,
    growthRate: 1.025,
    defaultControlMode: 'static',
  };
  /** Values of `@name`. */
  readonly variables = new Map<string, string>();
  /** Folder to which paths are relative; the empty string for the host's own. */
  folder = '';
  /** Where the command stands that is being carried out. */
  location: SourceLocation = { file: '(command)', line: 0 };
  /** Object to which `~` applies. */
  active: DssObject | undefined;
  private currentGrid = new Grid('', 60);
  private hasCircuit = false;
  /** Objects by class and name, in order of creation. */
  private objects = new Map<string, Map<string, DssObject>>();
  private created: DssObject[] = [];
  private lastEdit = new WeakMap<DssObject, SourceLocation>();
  /** Something was edited since the objects were last prepared for a solution. */
  private edited = false;
  /** Whether more than powers was edited since the last {@link prepare}: what was compiled is out of date. */
  private rebuilt = false;
  /** The grid's list of buses lags behind its elements; it is brought up to date when somebody asks for the grid. */
  private busesStale = false;
  /** The scripts being read, the outermost first. */
  private chain: { path: string; identity: string }[] = [];
  private commandCount = 0;
  private warningCount = 0;
  private readonly warned = new Set<string>();
  private readonly context: ReaderContext;

  constructor(options: InterpreterOptions) {
    this.files = options.files;
    this.host = options.host;
    this.context = this.makeContext();
    this.makeDefaults();
  }

  /** The grid as it stands. Throws {@link InputError} where the script has made no circuit. */
  get grid(): Grid {
    if (!this.hasCircuit) throw new InputError('there is no circuit; make one with "new circuit.name"', { location: this.location });
    if (this.busesStale) this.gatherBuses();
    return this.currentGrid;
  }

  /** True once the script has made a circuit. */
  get circuitExists(): boolean {
    return this.hasCircuit;
  }

  /** Runs a script file; the folder of relative paths is the file's own afterwards, as after `compile`. Throws {@link InputError}. */
  run(path: string): void {
    this.location = { file: path, line: 0 };
    this.readFile(path, true);
  }

  /** Runs a script given as text; `name` stands for its file in messages, and its folder for relative paths. */
  runText(text: string, name: string): void {
    if (typeof text !== 'string') throw new InputError(`a script is a text, not ${describeValue(text)}`);
    if (typeof name !== 'string') throw new InputError('a script needs a name, which stands for its file in messages');
    const path = joinPath(this.folder, name);
    this.location = { file: path, line: 0 };
    this.chain.push({ path, identity: identityOf(this.files, path) });
    this.folder = folderOf(path);
    try {
      this.runLines(plainText(text), path);
    } finally {
      this.chain.pop();
    }
  }

  /** Carries out one command (or several, one a line). */
  execute(command: string): void {
    for (const line of command.split(/\r\n|\r|\n/)) {
      this.commandCount++;
      this.location = { file: '(command)', line: this.commandCount };
      this.runLine(line);
    }
    if (this.busesStale) this.gatherBuses();
  }

  /** Reads a script within a script. With `stay`, its folder remains the folder for relative paths. */
  readFile(path: string, stay: boolean): void {
    const full = joinPath(this.folder, path);
    const from = this.location;
    const identity = identityOf(this.files, full);
    const before = this.chain.findIndex((script) => script.identity === identity);
    if (before >= 0) {
      const paths = [...this.chain.slice(before).map((script) => script.path), full];
      this.fail(`scripts read each other in a loop: ${paths.map((one) => one.toLowerCase()).join(' -> ')}`);
    }
    if (this.chain.length >= DEEPEST) this.fail(`scripts are nested more than ${DEEPEST} deep at "${full}"`);
    const text = readScript(this.files, full, this.fileReports());
    const folder = this.folder;
    this.chain.push({ path: full, identity });
    this.folder = folderOf(full);
    try {
      this.runLines(text, full);
    } finally {
      this.chain.pop();
      if (!stay) this.folder = folder;
    }
    this.location = from;
  }

  /** Takes what is wrong with files, for the present command or for one value of it. */
  fileReports(value?: PropertyValue): FileReports {
    const fail = (message: string): never => (value ? value.fail(message) : this.fail(message));
    return { fail, warn: (message) => this.warn(message, message) };
  }

  /** Throws an {@link InputError} about the present command. */
  fail(message: string, element?: string, property?: string): never {
    throw new InputError(message, { location: this.location, element, property });
  }

  /** Gives a warning about the present command; with a key, once only. */
  warn(message: string, key?: string): void {
    if (key !== undefined) {
      if (this.warned.has(key)) return;
      this.warned.add(key);
    }
    this.warningCount++;
    if (this.warningCount > MOST_WARNINGS) return;
    this.host.warn(oneLine(message), this.location);
    if (this.warningCount === MOST_WARNINGS) this.host.warn(`${MOST_WARNINGS} warnings are enough; further ones are left out`, this.location);
  }

  /** Forgets the circuit, all objects and the options. */
  clear(): void {
    this.currentGrid = new Grid('', this.settings.defaultFrequencyHz);
    this.hasCircuit = false;
    this.objects = new Map();
    this.created = [];
    this.active = undefined;
    this.options = defaultSolutionOptions();
    Object.assign(this.settings, {
      fundamentalHz: this.settings.defaultFrequencyHz,
      frequencyHz: this.settings.defaultFrequencyHz,
      earthModel: 'deri',
      longLineCorrection: false,
      year: 0,
      growthRate: 1.025,
      defaultControlMode: 'static',
    });
    this.makeDefaults();
  }

  /** `new circuit.name`: makes the circuit with its source; the rest of the line goes to the source. */
  newCircuit(name: string, rest: ParameterScanner): void {
    if (this.hasCircuit) this.fail(`there is a circuit already ("${this.currentGrid.name}"); use "clear" before making another`);
    this.hasCircuit = true;
    this.currentGrid.name = name;
    this.currentGrid.frequencyHz = this.settings.frequencyHz;
    const source = this.make('vsource', 'source');
    const vsource = this.requireClass('vsource');
    source.beginEdit();
    this.apply(vsource, source, 'bus1', 'sourcebus');
    this.editObject(source, rest);
  }

  /** `new class.name`: makes the object, or goes on with the one of that name. */
  newObject(className: string, name: string, rest: ParameterScanner): void {
    const existing = this.find(className, name);
    if (existing instanceof CircuitObject) {
      this.warn(`there is a ${className} "${shorten(name)}" already; it is edited, not made anew`, `again ${existing.id}`);
    }
    if (!this.hasCircuit && this.requireClass(className).inCircuit) this.fail('there is no circuit yet; make one first with "new circuit.name"');
    this.editObject(existing ?? this.make(className, name), rest);
  }

  /** Applies the remaining parameters of a line to an object. */
  editObject(object: DssObject, parameters: ParameterScanner): void {
    const objectClass = this.requireClass(object.className);
    this.active = object;
    this.edited = true;
    this.lastEdit.set(object, this.location);
    object.beginEdit();
    let at = -1;
    for (let parameter = parameters.next(); parameter; parameter = parameters.next()) {
      if (parameter.text === '') {
        this.warnOfEmpty(object, parameter.name, parameters);
        break;
      }
      let property: string | undefined;
      if (parameter.name === '') property = objectClass.properties[++at];
      else {
        property = objectClass.property(parameter.name);
        at = property === undefined ? -1 : objectClass.properties.indexOf(property);
      }
      if (property === undefined) {
        if (parameter.name === '') this.fail(`has no property left for the value "${shorten(parameter.text)}"; name the property`, object.id);
        this.fail(`is no property of ${object.className}`, object.id, shorten(parameter.name));
      }
      this.noteEdit(object, property);
      this.apply(objectClass, object, property, parameter.text);
    }
    object.endEdit();
  }

  /** An empty value ends a command in this language, and leaves the property as it was. */
  private warnOfEmpty(object: DssObject, name: string, rest: ParameterScanner): void {
    const what = name === '' ? object.id : `${object.id}.${shorten(name)}`;
    if (!rest.atEnd) this.warn(`${what}: an empty value ends the command; ignored is: ${shorten(rest.remainder)}`);
    else if (name !== '') this.warn(`${what}: the value is empty; the property stays as it was`);
  }

  private noteEdit(object: DssObject, property: string): void {
    if (!POWER_PROPERTIES[object.className]?.has(property)) this.rebuilt = true;
  }

  /** Sets one property of an object named by a path such as `load.a.kw`; the line's other parameters follow. */
  editByPath(path: string, text: string, rest: ParameterScanner): void {
    const parts = path.split('.');
    const property = parts[parts.length - 1];
    let object = this.active;
    if (parts.length === 2) object = object && this.find(object.className, parts[0].toLowerCase());
    else if (parts.length > 2) object = this.find(parts[0].toLowerCase(), parts.slice(1, -1).join('.').toLowerCase());
    if (!object)
      this.fail(parts.length === 1 ? `"${shorten(path)}=" belongs to no object` : `there is no object "${shorten(parts.slice(0, -1).join('.'))}"`);
    const objectClass = this.requireClass(object.className);
    const full = objectClass.property(property);
    if (full === undefined) this.fail(`is no property of ${object.className}`, object.id, shorten(property));
    this.active = object;
    this.edited = true;
    this.lastEdit.set(object, this.location);
    object.beginEdit();
    this.noteEdit(object, full);
    this.apply(objectClass, object, full, text);
    // The parameters that follow count on from this one.
    let at = objectClass.properties.indexOf(full);
    for (let parameter = rest.next(); parameter; parameter = rest.next()) {
      if (parameter.text === '') {
        this.warnOfEmpty(object, parameter.name, rest);
        break;
      }
      const next = parameter.name === '' ? objectClass.properties[at + 1] : objectClass.property(parameter.name);
      if (next === undefined) this.fail(`is no property of ${object.className}`, object.id, shorten(parameter.name || parameter.text));
      at = objectClass.properties.indexOf(next);
      this.noteEdit(object, next);
      this.apply(objectClass, object, next, parameter.text);
    }
    object.endEdit();
  }

  /** The object of this class and name, or undefined. */
  find(className: string, name: string): DssObject | undefined {
    return this.objects.get(className)?.get(name);
  }

  /** All objects of a class in order of creation. */
  objectsOf(className: string): DssObject[] {
    return [...(this.objects.get(className)?.values() ?? [])];
  }

  /** The class of this name. Throws where it is unknown or not modelled. */
  requireClass(name: string): ObjectClass {
    const objectClass = CLASSES.get(name);
    if (objectClass) return objectClass;
    if (refusedClasses.has(name)) return this.fail(`class "${name}" is not modelled, and would change the power flow`);
    return this.fail(`there is no class "${shorten(name)}"`);
  }

  /** Notes that a record was changed other than by an edit. */
  touch(): void {
    this.edited = true;
    this.rebuilt = true;
    this.busesStale = true;
  }

  /** Recalculates all records, after an option changed on which they depend. */
  refreshAll(): void {
    this.edited = true;
    this.rebuilt = true;
    this.currentGrid.frequencyHz = this.settings.frequencyHz;
    for (const object of this.created) if (object instanceof CircuitObject) object.refresh();
  }

  /** Checks all objects and brings the list of buses in line with the elements, before anything that needs them. */
  prepare(): void {
    if (this.busesStale || this.rebuilt) this.currentGrid.revision += 1;
    this.rebuilt = false;
    if (this.busesStale) this.gatherBuses();
    if (!this.edited) return;
    const location = this.location;
    for (const object of this.created) {
      this.location = this.lastEdit.get(object) ?? location;
      object.prepare();
    }
    this.location = location;
    this.edited = false;
  }

  /** Keeps the buses that enabled elements name, in the order in which they name them. */
  private gatherBuses(): void {
    const { buses } = this.currentGrid;
    const known = new Map(buses);
    buses.clear();
    this.busesStale = false;
    for (const element of this.currentGrid.elements) if (element.enabled) this.gatherBusesOf(element, known);
  }

  private gatherBusesOf(element: CircuitElement, known: ReadonlyMap<string, { id: string }>): void {
    const { buses } = this.currentGrid;
    for (const { bus } of terminalsOf(element)) if (!buses.has(bus)) buses.set(bus, known.get(bus) ?? { id: bus });
  }

  /** What every circuit has from the start. */
  private makeDefaults(): void {
    const shape = this.make('loadshape', 'default');
    if (shape instanceof LoadShapeObject) shape.setToDefault();
  }

  private make(className: string, name: string): DssObject {
    const objectClass = this.requireClass(className);
    this.rebuilt = true;
    const object = objectClass.make(name, this.context);
    let sameClass = this.objects.get(className);
    if (!sameClass) {
      sameClass = new Map();
      this.objects.set(className, sameClass);
    }
    sameClass.set(name, object);
    this.created.push(object);
    return object;
  }

  private apply(objectClass: ObjectClass, object: DssObject, property: string, text: string): void {
    const scope = { location: this.location, element: object.id, property, variables: this.variables };
    objectClass.apply(object, property, new PropertyValue(text, scope));
  }

  private runLines(text: string, file: string): void {
    let inComment = false;
    let start = 0;
    for (let line = 1; start <= text.length; line++) {
      let end = text.indexOf('\n', start);
      if (end < 0) end = text.length;
      const content = text.slice(start, text[end - 1] === '\r' ? end - 1 : end);
      start = end + 1;
      this.location = { file, line };
      // A block comment begins at the start of a line and ends with the line that closes it.
      if (!inComment && content.startsWith('/*')) inComment = true;
      if (!inComment) this.runLine(content);
      else if (content.includes('*/')) inComment = false;
    }
  }

  private runLine(text: string): void {
    const scanner = new ParameterScanner(text, this.location, this.variables);
    const first = scanner.next();
    if (!first) return;
    if (first.text === '') {
      if (first.name !== '') this.warn(`${shorten(first.name)}: the value is empty, and the line does nothing`);
      return;
    }
    if (first.name === '') runCommand(this, first.text, scanner);
    else this.editByPath(first.name, first.text, scanner);
  }

  private makeContext(): ReaderContext {
    const interpreter = this;
    const { settings } = this;
    return {
      get grid() {
        return interpreter.currentGrid;
      },
      get fundamentalHz() {
        return settings.fundamentalHz;
      },
      get frequencyHz() {
        return settings.frequencyHz;
      },
      get earthModel() {
        return settings.earthModel;
      },
      get longLineCorrection() {
        return settings.longLineCorrection;
      },
      get year() {
        return settings.year;
      },
      get growthRate() {
        return settings.growthRate;
      },
      get location() {
        return interpreter.location;
      },
      find: (className, name) => this.find(className, name),
      objectsOf: (className) => this.objectsOf(className),
      readText: (path, value) => readDataText(this.files, joinPath(this.folder, path), this.fileReports(value)),
      readBytes: (path, value) => readDataBytes(this.files, joinPath(this.folder, path), (message) => value.fail(message)),
      warn: (message) => this.warn(message),
      busesChanged: () => {
        this.busesStale = true;
      },
    };
  }
}
