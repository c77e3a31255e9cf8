/** Whether a grid can be compiled and solved at all: what is checked before, in one place, with messages that name element and property. */
import { type ComplexMatrix, zeros } from './complex-matrix.js';
import type { CircuitElement, Control, ShapeReferences, Terminal, Transformer } from './elements.js';
import { elementId, terminalsOf } from './elements.js';
import { GridError, InputError, type SourceLocation } from './errors.js';
import { type Grid, requireGrid } from './grid.js';

/** What {@link validateGrid} lets pass. */
export interface ValidateOptions {
  /**
   * Parts that only open conductors and disabled branches cut off from every source: `allow` (default; they are without voltage, as in OpenDSS) or
   * `error`. Parts that no element joins to a source are always an error.
   */
  switchedOff?: 'allow' | 'error';
}

/**
 * Throws one {@link InputError} (about an element; with file and line where they are known) or {@link GridError} (about the grid) for the first fault
 * found: no enabled source; a number that is not finite; a rated voltage or power not above zero; an impedance of zero; a control or shape that names
 * what is not there; a bus without path to a source; a load on a node that nothing feeds. Disabled elements are looked at only as paths. Takes time in proportion
 * to the size of the grid.
 */
export function validateGrid(grid: Grid, options: ValidateOptions = {}): void {
  requireGrid(grid);
  const elements = [...grid.elements].filter((element) => element.enabled);
  const controls = [...grid.controls].filter((control) => control.enabled);
  if (!elements.some((element) => element.kind === 'vsource' || element.kind === 'isource')) {
    throw new GridError(`grid "${grid.name}" has no enabled source; enable a vsource or add one`);
  }
  for (const element of elements) {
    checkNumbers(element);
    checkRatings(element);
    checkImpedance(element);
    checkShapes(grid, element);
  }
  for (const control of controls) {
    checkNumbers(control);
    checkControl(grid, control);
  }
  const disabled = [...grid.elements].filter((element) => !element.enabled);
  checkTopology(elements, disabled, options.switchedOff === 'error');
}

type Member = CircuitElement | Control;

/** Throws an InputError about an element. */
function fail(element: Member, property: string | undefined, message: string): never {
  throw new InputError(message, { location: locationOf(element.origin), element: elementId(element), property });
}

function locationOf(origin: string | undefined): SourceLocation | undefined {
  const match = origin === undefined ? null : /^(.*):(\d+)$/.exec(origin);
  return match ? { file: match[1], line: Number(match[2]) } : undefined;
}

/** Every number of a record, however deep, is finite. */
function checkNumbers(element: Member): void {
  // The quick look says whether, the slow one where.
  if (!allFinite(element))
    fail(element, badNumber(element), 'is not a finite number, or greater than can be computed with; check what it was computed from');
}

/** Numbers of which squares and quotients stay within the range of doubles. */
const GREATEST_NUMBER = 1e150;
const SMALLEST_RATING = 1e-100;

/** True where a number is finite and can be computed with. */
function isUsable(value: number): boolean {
  return Math.abs(value) <= GREATEST_NUMBER;
}

/** True where all numbers of a record, however deep, are finite. */
function allFinite(value: object): boolean {
  if (value instanceof Float64Array) {
    for (let i = 0; i < value.length; i++) if (!isUsable(value[i])) return false;
    return true;
  }
  if (ArrayBuffer.isView(value)) return true;
  const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (typeof item === 'number') {
      if (!isUsable(item)) return false;
    } else if (typeof item === 'object' && item !== null) {
      // Terminals are left to the check of the topology, which reads their nodes anyway.
      if (!('nodes' in item) && !allFinite(item)) return false;
    }
  }
  return true;
}

/** Path of the first number that is not finite, or undefined. */
function badNumber(value: object): string | undefined {
  if (value instanceof Float64Array) {
    for (let i = 0; i < value.length; i++) if (!isUsable(value[i])) return `[${i}]`;
    return undefined;
  }
  if (ArrayBuffer.isView(value)) return undefined;
  for (const key in value) {
    const item: unknown = (value as Record<string, unknown>)[key];
    if (typeof item === 'number') {
      if (!isUsable(item)) return Array.isArray(value) ? `[${key}]` : key;
    } else if (typeof item === 'object' && item !== null) {
      const below = badNumber(item);
      if (below !== undefined) return `${Array.isArray(value) ? `[${key}]` : key}${below.startsWith('[') ? '' : '.'}${below}`;
    }
  }
  return undefined;
}

function checkPositive(element: CircuitElement, property: string, value: number): void {
  if (!(value > 0)) fail(element, property, `must be greater than zero, not ${value}`);
  if (value < SMALLEST_RATING) fail(element, property, `is smaller than can be computed with: ${value}`);
}

function checkRatings(element: CircuitElement): void {
  switch (element.kind) {
    case 'vsource':
      checkPositive(element, 'baseKv', element.baseKv);
      break;
    case 'transformer':
      element.windings.forEach((winding, i) => {
        checkPositive(element, `windings[${i}].kv`, winding.kv);
        checkPositive(element, `windings[${i}].kva`, winding.kva);
        checkPositive(element, `windings[${i}].tapPu`, winding.tapPu);
      });
      break;
    case 'capacitor':
      if (!element.capacitanceFarad) checkPositive(element, 'kv', element.kv);
      break;
    case 'load':
    case 'generator':
    case 'pvsystem':
    case 'storage':
      checkPositive(element, 'kv', element.kv);
      break;
    default:
  }
}

function checkImpedance(element: CircuitElement): void {
  if (element.kind === 'line') {
    if (isSingular(element.seriesOhm)) fail(element, 'seriesOhm', 'the series impedance is zero (or singular); give it a small reactance');
  } else if (element.kind === 'reactor') {
    if (element.parallelOhm === 0 && isSingular(element.impedanceOhm)) {
      fail(element, 'impedanceOhm', 'the impedance is zero (or singular); give it a small reactance');
    }
  } else if (element.kind === 'transformer' && !element.isAuto && isSingular(shortCircuitMatrix(element))) {
    fail(element, 'shortCircuitReactancePercent', 'the short-circuit impedance is zero (or singular); give it a small reactance');
  }
}

const scratch = { re: new Float64Array(64), im: new Float64Array(64) };

/** True where a matrix has no inverse: a pivot of its elimination, the largest in its column, is zero. */
function isSingular(matrix: ComplexMatrix): boolean {
  const n = matrix.order;
  for (let i = 0; i < n; i++) if (matrix.re[i * n + i] === 0 && matrix.im[i * n + i] === 0) return true;
  if (n === 1) return false;
  // In place on a scratch area: thousands of lines are looked at, and this must cost next to nothing.
  if (scratch.re.length < n * n) {
    scratch.re = new Float64Array(n * n);
    scratch.im = new Float64Array(n * n);
  }
  const { re, im } = scratch;
  for (let i = 0; i < n * n; i++) {
    re[i] = matrix.re[i];
    im[i] = matrix.im[i];
  }
  for (let k = 0; k < n; k++) {
    let pivot = k;
    let best = 0;
    for (let i = k; i < n; i++) {
      const size = re[i * n + k] * re[i * n + k] + im[i * n + k] * im[i * n + k];
      if (size > best) {
        best = size;
        pivot = i;
      }
    }
    if (!(best > 0)) return true;
    for (let j = k; pivot !== k && j < n; j++) {
      const upper = k * n + j;
      const lower = pivot * n + j;
      [re[upper], re[lower], im[upper], im[lower]] = [re[lower], re[upper], im[lower], im[upper]];
    }
    const pr = re[k * n + k] / best;
    const pi = -im[k * n + k] / best;
    for (let i = k + 1; i < n; i++) {
      const fr = re[i * n + k] * pr - im[i * n + k] * pi;
      const fi = re[i * n + k] * pi + im[i * n + k] * pr;
      for (let j = k + 1; j < n; j++) {
        re[i * n + j] -= fr * re[k * n + j] - fi * im[k * n + j];
        im[i * n + j] -= fr * im[k * n + j] + fi * re[k * n + j];
      }
    }
  }
  return false;
}

/** Impedances of windings 2.. against winding 1, percent. */
function shortCircuitMatrix(transformer: Transformer): ComplexMatrix {
  const count = transformer.windings.length;
  if (count < 2) fail(transformer, 'windings', `needs at least two windings, not ${count}`);
  const x = transformer.shortCircuitReactancePercent;
  if (x.length !== (count * (count - 1)) / 2) {
    fail(transformer, 'shortCircuitReactancePercent', `needs ${(count * (count - 1)) / 2} values for ${count} windings, but has ${x.length}`);
  }
  const order = count - 1;
  const matrix = zeros(order);
  // Pairs of windings stand in the order 12, 13, .., 1n, 23, ..; those with winding 1 come first.
  let pair = order;
  for (let i = 0; i < order; i++) {
    matrix.re[i * order + i] = transformer.windings[0].resistancePercent + transformer.windings[i + 1].resistancePercent;
    matrix.im[i * order + i] = x[i];
    for (let k = i + 1; k < order; k++) {
      const mutual = (x[i] + x[k] - x[pair++]) / 2;
      for (const at of [i * order + k, k * order + i]) {
        matrix.re[at] = transformer.windings[0].resistancePercent;
        matrix.im[at] = mutual;
      }
    }
  }
  return matrix;
}

function checkName(element: CircuitElement, property: string, name: string | undefined, known: ReadonlyMap<string, unknown>, what: string): void {
  if (name === undefined || known.has(name)) return;
  fail(element, property, `there is no ${what} named "${name}"; define it or take the name away`);
}

function checkLoadShape(grid: Grid, element: CircuitElement, property: string, name: string | undefined): void {
  // The default shape is built in.
  if (name === undefined || name === 'default') return;
  checkName(element, property, name, grid.loadShapes, 'load shape');
}

const MODES = ['daily', 'yearly', 'duty'] as const;

function checkShapes(grid: Grid, element: CircuitElement): void {
  if ('shapes' in element) for (const mode of MODES) checkLoadShape(grid, element, `shapes.${mode}`, element.shapes[mode]);
  if (element.kind === 'load') checkLoadShape(grid, element, 'exponentShape', element.exponentShape);
  if (element.kind === 'pvsystem') {
    const references: ShapeReferences = element.temperatureShapes;
    for (const mode of MODES) checkName(element, `temperatureShapes.${mode}`, references[mode], grid.temperatureShapes, 'temperature shape');
    checkName(element, 'temperatureCurve', element.temperatureCurve, grid.xyCurves, 'XY curve');
  }
  if (element.kind === 'pvsystem' || element.kind === 'storage') {
    checkName(element, 'inverter.efficiencyCurve', element.inverter.efficiencyCurve, grid.xyCurves, 'XY curve');
  }
}

function checkControl(grid: Grid, control: Control): void {
  const terminal = (property: string, id: string, index: number): void => {
    const element = present(property, id);
    const count = terminalsOf(element).length;
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      fail(control, 'terminal', `${id} has ${count} terminal${count === 1 ? '' : 's'}, not one numbered ${index + 1}`);
    }
  };
  const present = (property: string, id: string): CircuitElement =>
    grid.element(id) ?? fail(control, property, `there is no element "${id}"; name one that exists`);
  const curve = (property: string, name: string | undefined): void => {
    if (name !== undefined && !grid.xyCurves.has(name)) fail(control, property, `there is no XY curve named "${name}"; define it before`);
  };
  switch (control.kind) {
    case 'regcontrol': {
      const transformer = present('transformer', `transformer.${control.transformer}`);
      const count = transformer.kind === 'transformer' ? transformer.windings.length : 0;
      for (const property of ['winding', 'tapWinding'] as const) {
        if (!(control[property] >= 0 && control[property] < count)) {
          fail(control, property, `transformer "${control.transformer}" has ${count} windings, not one numbered ${control[property] + 1}`);
        }
      }
      if (control.remoteBus && !grid.buses.has(control.remoteBus.bus)) fail(control, 'remoteBus', `there is no bus "${control.remoteBus.bus}"`);
      break;
    }
    case 'capcontrol':
      present('capacitor', `capacitor.${control.capacitor}`);
      terminal('element', control.element, control.terminal);
      if (control.voltageBus !== undefined && !grid.buses.has(control.voltageBus)) {
        fail(control, 'voltageBus', `there is no bus "${control.voltageBus}"`);
      }
      if (control.controlSignal !== undefined && !grid.loadShapes.has(control.controlSignal)) {
        fail(control, 'controlSignal', `there is no load shape named "${control.controlSignal}"`);
      }
      break;
    case 'swtcontrol':
      terminal('element', control.element, control.terminal);
      break;
    case 'invcontrol':
      for (const id of control.elements) present('elements', id);
      for (const property of ['voltVarCurve', 'voltWattCurve', 'voltWattChargeCurve', 'wattPowerFactorCurve', 'wattVarCurve'] as const) {
        curve(property, control[property]);
      }
      for (const monitored of control.monitoredBuses) {
        if (!grid.buses.has(monitored.bus)) fail(control, 'monitoredBuses', `there is no bus "${monitored.bus}"`);
      }
      break;
    case 'storagecontroller':
      terminal('element', control.element, control.terminal);
      for (const name of control.fleet) present('fleet', `storage.${name}`);
      break;
    case 'expcontrol':
      for (const name of control.elements) present('elements', `pvsystem.${name}`);
      break;
    case 'gendispatcher':
      terminal('element', control.element, control.terminal);
      for (const name of control.generators) present('generators', `generator.${name}`);
      break;
  }
}

/** True where an element carries current from one of its terminals to another. */
function isBranch(element: CircuitElement): boolean {
  switch (element.kind) {
    case 'line':
    case 'transformer':
      return true;
    case 'reactor':
    case 'capacitor':
    case 'vsource':
    case 'isource':
    case 'fault': {
      const [first, second] = element.terminals;
      return second !== undefined && isLive(first) && isLive(second);
    }
    default:
      return false;
  }
}

/** True where a terminal has a node other than ground. */
function isLive(terminal: Terminal): boolean {
  const { nodes } = terminal;
  for (let i = 0; i < nodes.length; i++) if (nodes[i] !== 0) return true;
  return false;
}

function isOpen(terminal: Terminal): boolean {
  return terminal.open !== undefined && terminal.nodes.length > 0 && terminal.nodes.every((_, i) => terminal.open?.[i] === true);
}

/** Sets of buses that are joined, by number. */
class JoinedBuses {
  private readonly numbers = new Map<string, number>();
  private readonly parents: number[] = [];

  numberOf(bus: string): number {
    let number = this.numbers.get(bus);
    if (number === undefined) {
      number = this.parents.length;
      this.numbers.set(bus, number);
      this.parents.push(number);
    }
    return number;
  }

  join(a: number, b: number): void {
    this.parents[this.rootOf(a)] = this.rootOf(b);
  }

  rootOf(number: number): number {
    const { parents } = this;
    let at = number;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]];
      at = parents[at];
    }
    return at;
  }
}

/**
 * Every bus with an element has a path to a source; and loads and the like stand on nodes that a source or branch reaches, neutral nodes (4 and up)
 * excepted, which may be their own. Branches that are disabled count as path (unless `openCuts`): what they cut off on purpose is dead, not forgotten.
 */
function checkTopology(elements: readonly CircuitElement[], disabled: readonly CircuitElement[], openCuts: boolean): void {
  const buses = new JoinedBuses();
  const sources: number[] = [];
  /** Which of the nodes 1, 2, 3 of a bus something reaches, as bits. */
  const reached: number[] = [];
  for (const element of openCuts ? elements : [...elements, ...disabled.filter(isBranch)]) {
    const isSource = element.kind === 'vsource' || element.kind === 'isource';
    const joins = isBranch(element);
    if (!isSource && !joins) continue;
    let first = -1;
    for (const terminal of terminalsOf(element)) {
      const number = buses.numberOf(terminal.bus);
      reached[number] |= phaseBits(terminal);
      if (!isLive(terminal) || (openCuts && isOpen(terminal))) continue;
      if (isSource) sources.push(number);
      if (!joins) continue;
      if (first < 0) first = number;
      else buses.join(number, first);
    }
  }
  const fed = new Set(sources.map((number) => buses.rootOf(number)));
  for (const element of elements) {
    const joins = isBranch(element);
    for (const terminal of terminalsOf(element)) {
      if (!isLive(terminal) || (openCuts && joins && isOpen(terminal))) continue;
      const number = buses.numberOf(terminal.bus);
      if (!fed.has(buses.rootOf(number))) {
        fail(element, undefined, `bus "${terminal.bus}" has no path to a source; join it by a line or transformer, or disable what stands on it`);
      }
      const bits = phaseBits(terminal);
      if (bits < 0) fail(element, undefined, `its nodes at bus "${terminal.bus}" are not whole numbers from 0 up: ${terminal.nodes.join(', ')}`);
      const missing = bits & ~reached[number];
      if (missing !== 0) {
        const node = [1, 2, 3].find((phase) => missing & (1 << phase));
        const there = [1, 2, 3].filter((phase) => reached[number] & (1 << phase)).join(', ');
        fail(
          element,
          undefined,
          `node ${terminal.bus}.${node} is reached by no line, transformer or source; the bus has nodes ${there || 'of its own only'}`,
        );
      }
    }
  }
}

/** Which of the nodes 1, 2, 3 a terminal uses, as bits; negative where a node is no node number. */
function phaseBits(terminal: Terminal): number {
  let bits = 0;
  const { nodes } = terminal;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i];
    if (!(node >= 0 && Number.isInteger(node))) return -1;
    if (node >= 1 && node <= 3) bits |= 1 << node;
  }
  return bits;
}
