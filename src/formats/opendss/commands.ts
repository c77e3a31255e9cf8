/** The commands of the OpenDSS language. */
import { type CircuitElement, type Terminal, terminalsOf } from '../../grid/index.js';
import { CircuitObject, type DssObject } from './class-definition.js';
import { joinPath, readScript } from './file-access.js';
import type { OpenDssInterpreter } from './interpreter.js';
import { NameList } from './name-list.js';
import { NamePattern } from './name-pattern.js';
import { setOptions } from './options.js';
import { COMMAND_NAMES } from './property-tables.js';
import { PropertyValue, shorten } from './property-value.js';
import { type ParameterScanner, splitItems } from './tokenizer.js';

type Command = (interpreter: OpenDssInterpreter, rest: ParameterScanner, name: string) => void;

const NAMES = new NameList(COMMAND_NAMES);

/** Commands that print, draw, save or ask, and change nothing. */
const REPORTS = new Set([
  ...['save', 'show', 'plot', 'dump', 'help', 'panel', 'sample', 'about', 'export', 'fileedit', 'voltages', 'currents', 'powers', 'seqvoltages'],
  ...['seqcurrents', 'seqpowers', 'losses', 'phaselosses', 'cktlosses', 'formedit', 'totals', 'capacity', 'classes', 'userclasses', 'zsc', 'zsc10'],
  ...['zscrefresh', 'ysc', 'puvoltages', 'varvalues', 'varnames', 'interpolate', 'alignfile', 'top', 'rotate', 'vdiff', 'summary', 'di_plot'],
  ...['comparecases', 'yearlycurves', 'visualize', 'closedi', 'doscmd', '_showcontrolqueue', 'addbusmarker', 'uuids', 'nodediff', 'setbusxy'],
  ...['obfuscate', 'pstcalc', 'clearbusmarkers', 'relcalc', 'cleanup', 'nodelist', 'connect', 'disconnect', 'calcincmatrix', 'calcincmatrix_o'],
  ...['refine_buslevels', 'calclaplacian', 'exportoverloads', 'exportvviolations', 'zsc012', 'allpceatbus', 'allpdeatbus', 'totalpowers'],
  ...['giscoords', 'comhelp', 'wait', 'quit', '?', 'get', 'var?', 'buildy', 'init'],
]);

/** Carries out a command. Throws an InputError where there is none of that name or it is not modelled. */
export function runCommand(interpreter: OpenDssInterpreter, text: string, rest: ParameterScanner): void {
  const name = NAMES.find(text);
  if (name === undefined) interpreter.fail(`there is no command "${shorten(text)}"`);
  const command = COMMANDS[name];
  if (command) command(interpreter, rest, name);
  else if (REPORTS.has(name)) {
    // Questions are asked by the hundred and deserve no warning.
    if (name !== '?' && name !== 'get') interpreter.warn(`command "${name}" is ignored: it changes nothing in the power flow`, `command ${name}`);
  } else interpreter.fail(`command "${name}" is not modelled, and would change the power flow`);
}

/** Class and name out of `class.name`, possibly after `object=`; the name also as it was written. */
function readObjectName(interpreter: OpenDssInterpreter, rest: ParameterScanner): { className: string; name: string; written: string } {
  const parameter = rest.next();
  if (!parameter || parameter.text === '') interpreter.fail('needs an object, as in "new load.a"');
  if (parameter.name !== '' && !'object'.startsWith(parameter.name.toLowerCase())) {
    interpreter.fail(`needs an object first, as in "new load.a", not "${shorten(parameter.name)}="`);
  }
  const written = parameter.text.trim();
  const full = written.toLowerCase();
  const dot = full.indexOf('.');
  const className = dot < 0 ? (interpreter.active?.className ?? '') : full.slice(0, dot);
  const name = dot < 0 ? full : full.slice(dot + 1);
  if (className === '') interpreter.fail(`"${shorten(full)}" names no class; write class.name`);
  if (name === '') interpreter.fail(`"${shorten(full)}" names no object; write class.name`);
  return { className, name, written: written.slice(dot + 1) };
}

function requireObject(interpreter: OpenDssInterpreter, rest: ParameterScanner): DssObject {
  const { className, name } = readObjectName(interpreter, rest);
  interpreter.requireClass(className);
  return interpreter.find(className, name) ?? interpreter.fail(`there is no object "${className}.${shorten(name)}"`);
}

function edit(interpreter: OpenDssInterpreter, rest: ParameterScanner): void {
  interpreter.editObject(requireObject(interpreter, rest), rest);
}

function more(interpreter: OpenDssInterpreter, rest: ParameterScanner): void {
  if (!interpreter.active) interpreter.fail('"~" continues no object');
  interpreter.editObject(interpreter.active, rest);
}

function batchEdit(interpreter: OpenDssInterpreter, rest: ParameterScanner): void {
  const { className, written } = readObjectName(interpreter, rest);
  interpreter.requireClass(className);
  const pattern = new NamePattern(written, (message) => interpreter.fail(message));
  const properties = rest.remainder;
  for (const object of interpreter.objectsOf(className)) {
    if (pattern.test(object.name)) interpreter.editObject(object, rest.over(properties));
  }
}

function fileName(interpreter: OpenDssInterpreter, rest: ParameterScanner): string {
  const parameter = rest.next();
  if (!parameter || parameter.text.trim() === '') interpreter.fail('needs the name of a file');
  return parameter.text.trim();
}

function solve(interpreter: OpenDssInterpreter, rest: ParameterScanner): void {
  setOptions(interpreter, rest);
  const { grid } = interpreter;
  interpreter.prepare();
  interpreter.host.solve(grid, interpreter.options, interpreter.location);
}

/** `open class.name terminal conductor`: conductor 0 stands for all phases. */
const openOrClose =
  (open: boolean): Command =>
  (interpreter, rest) => {
    const element = requireElement(interpreter, rest);
    const scope = { location: interpreter.location, element: `${element.kind}.${element.name}`, variables: interpreter.variables };
    let terminal = 1;
    let conductor = 0;
    for (let at = 0, parameter = rest.next(); parameter && parameter.text !== ''; at++, parameter = rest.next()) {
      const name = parameter.name.toLowerCase();
      const isTerminal = name === '' ? at === 0 : 'terminal'.startsWith(name);
      const value = new PropertyValue(parameter.text, { ...scope, property: isTerminal ? 'terminal' : 'conductor' });
      if (isTerminal) terminal = value.integer(1, terminalsOf(element).length);
      else conductor = value.integer(0, 1000);
    }
    const target = terminalsOf(element)[terminal - 1];
    if (conductor > target.nodes.length) interpreter.fail(`terminal ${terminal} has ${target.nodes.length} conductors only`, scope.element);
    setOpen(target, element, conductor, open);
    interpreter.touch();
  };

function setOpen(terminal: Terminal, element: CircuitElement, conductor: number, open: boolean): void {
  const state = terminal.open ?? new Array<boolean>(terminal.nodes.length).fill(false);
  if (conductor > 0) state[conductor - 1] = open;
  else for (let i = 0; i < Math.min(element.phases, state.length); i++) state[i] = open;
  if (state.includes(true)) terminal.open = state;
  else delete terminal.open;
}

function requireElement(interpreter: OpenDssInterpreter, rest: ParameterScanner): CircuitElement {
  const { className, name } = readObjectName(interpreter, rest);
  const element = interpreter.grid.element(`${className}.${name}`);
  return element ?? interpreter.fail(`there is no element "${className}.${shorten(name)}"`);
}

/** `enable class.name` and `disable class.name`; `class.*` stands for all of the class. */
const setEnabled =
  (enabled: boolean): Command =>
  (interpreter, rest) => {
    const { className, name } = readObjectName(interpreter, rest);
    interpreter.requireClass(className);
    const objects = name === '*' ? interpreter.objectsOf(className) : [interpreter.find(className, name)];
    for (const object of objects) {
      if (!object) interpreter.fail(`there is no object "${className}.${shorten(name)}"`);
      if (object instanceof CircuitObject) object.record.enabled = enabled;
    }
    interpreter.touch();
  };

/** `setkvbase bus=x kvll=12.47` (or `kvln=7.2`). */
function setKvBase(interpreter: OpenDssInterpreter, rest: ParameterScanner): void {
  interpreter.prepare();
  let bus: string | undefined;
  for (let at = 0, parameter = rest.next(); parameter && parameter.text !== ''; at++, parameter = rest.next()) {
    const order = ['bus', 'kvll', 'kvln'];
    const name = parameter.name === '' ? order[at] : order.find((candidate) => candidate.startsWith(parameter.name.toLowerCase()));
    const value = new PropertyValue(parameter.text, {
      location: interpreter.location,
      element: 'setkvbase',
      property: name ?? '',
      variables: interpreter.variables,
    });
    if (name === 'bus') bus = value.bus().bus;
    else if (name === 'kvll' || name === 'kvln') {
      const record = bus === undefined ? undefined : interpreter.grid.buses.get(bus);
      if (!record) interpreter.fail(`there is no bus "${bus ?? ''}"`, 'setkvbase', 'bus');
      record.baseKv = name === 'kvln' ? value.positive() : value.positive() / Math.sqrt(3);
    } else interpreter.fail(`"${shorten(parameter.name)}" is not one of bus, kvll, kvln`, 'setkvbase');
  }
}

/** `buscoords file`: lines of bus, x, y. Buses that the grid has not are passed over. */
function busCoordinates(interpreter: OpenDssInterpreter, rest: ParameterScanner): void {
  interpreter.prepare();
  const path = joinPath(interpreter.folder, fileName(interpreter, rest));
  const text = readScript(interpreter.files, path, interpreter.fileReports());
  text.split(/\r\n|\r|\n/).forEach((line, i) => {
    const location = { file: path, line: i + 1 };
    const items = splitItems(line, location);
    const bus = items.length > 0 ? interpreter.grid.buses.get(items[0].text.trim().toLowerCase()) : undefined;
    if (!bus || items.length < 3) return;
    const coordinate = (at: 1 | 2): number =>
      new PropertyValue(items[at].text, {
        location,
        element: `bus.${bus.id}`,
        property: at === 1 ? 'x' : 'y',
        variables: interpreter.variables,
      }).number();
    bus.x = coordinate(1);
    bus.y = coordinate(2);
  });
}

/** `var @a=1 @b=(..)`. */
function defineVariables(interpreter: OpenDssInterpreter, rest: ParameterScanner): void {
  for (let parameter = rest.next(); parameter && parameter.text !== ''; parameter = rest.next()) {
    if (parameter.name === '') continue;
    if (!parameter.name.startsWith('@')) interpreter.fail(`"${shorten(parameter.name)}" is no variable: names of variables begin with @`);
    const value = parameter.text.includes('@') ? `{${parameter.text}}` : parameter.text;
    interpreter.variables.set(parameter.name.toLowerCase(), value);
  }
}

const COMMANDS: Readonly<Record<string, Command>> = {
  new: (interpreter, rest) => {
    const { className, name } = readObjectName(interpreter, rest);
    if (className === 'circuit') interpreter.newCircuit(name, rest);
    else interpreter.newObject(className, name, rest);
  },
  edit,
  more,
  m: more,
  '~': more,
  select: (interpreter, rest) => {
    interpreter.active = requireObject(interpreter, rest);
  },
  set: setOptions,
  solve,
  redirect: (interpreter, rest) => interpreter.readFile(fileName(interpreter, rest), false),
  compile: (interpreter, rest) => interpreter.readFile(fileName(interpreter, rest), true),
  clear: (interpreter) => interpreter.clear(),
  clearall: (interpreter) => interpreter.clear(),
  calcvoltagebases: (interpreter) => {
    const { grid } = interpreter;
    interpreter.prepare();
    interpreter.host.calculateVoltageBases(grid, interpreter.location);
  },
  setkvbase: setKvBase,
  buscoords: busCoordinates,
  latlongcoords: busCoordinates,
  makebuslist: (interpreter) => interpreter.prepare(),
  reprocessbuses: (interpreter) => interpreter.prepare(),
  batchedit: batchEdit,
  open: openOrClose(true),
  close: openOrClose(false),
  enable: setEnabled(true),
  disable: setEnabled(false),
  reset: (interpreter, rest) => {
    const what = rest.next()?.text.trim().toLowerCase() ?? '';
    if (what === '' || 'controls'.startsWith(what)) interpreter.host.resetControls?.(interpreter.grid, interpreter.location);
  },
  var: defineVariables,
  cd: (interpreter, rest) => {
    interpreter.folder = joinPath(interpreter.folder, fileName(interpreter, rest));
  },
};
