/**
 * The feeder format: a whole grid as one text of tables, made to be small, readable and exact. docs/feeder-format.md describes it for readers of files.
 *
 * Decoding an encoded grid gives the same records in the same order with the same numbers, bit for bit. Not kept are the elements' `origin` (it names the new text)
 * and the difference between `open: [false, ...]` and no `open`.
 */
import type { CircuitElement, Control, LoadShape, XyCurve } from '../../grid/index.js';
import { BusbarError, describeValue, Grid, GridError, InputError, requireGrid } from '../../grid/index.js';
import { CellError, excerpt } from './cells.js';
import { BUS_SPEC, CONTROL_SPECS, CURVE_SPEC, ELEMENT_SPECS, GRID_SPEC, type GridProperties, SHAPE_SPEC } from './element-specs.js';
import { shareLineMatrices } from './line-lengths.js';
import { RowWriter, type Spec } from './record-spec.js';
import { type AskedColumns, type Row, readSections, recordRow, refuseUnknownColumns, type Section } from './table-reader.js';
import { writeRecord, writeSection } from './table-writer.js';

/** First line of every text in this format: name and version. */
export const FORMAT_HEADER = 'busbar-grid 1';

/** More characters than any real grid needs. */
const MAX_CHARACTERS = 256 * 1024 * 1024;

/** What encoding may be told. */
export interface EncodeOptions {
  /** Lines of text to stand at the top as comments (title, source). */
  comments?: readonly string[];
}

/** What decoding may be told. */
export interface DecodeOptions {
  /** Name of the text in messages, and in the elements' `origin`; without it errors say `feeder` and elements have no origin. */
  source?: string;
}

type Kind = CircuitElement['kind'];
type ControlName = Control['kind'];
const ELEMENT_KINDS = Object.keys(ELEMENT_SPECS) as Kind[];
const CONTROL_KINDS = Object.keys(CONTROL_SPECS) as ControlName[];
/** Properties of a Grid that are not one of its own values but a collection with a section, or made from one. */
const COLLECTIONS = new Set(['revision', 'buses', 'loadShapes', 'xyCurves', 'temperatureShapes', 'elementsById', 'controlsById']);

/**
 * A grid as text.
 *
 * @throws GridError for what the format cannot keep: a number that is not finite, an unknown property, a name that is not lower case; it names the element.
 */
export function encode(grid: Grid, options: EncodeOptions = {}): string {
  const comments = (options.comments ?? []).flatMap((comment) => comment.split(/\r\n|[\n\r]/)).map((comment) => `# ${comment}`.trimEnd());
  return `${[FORMAT_HEADER, ...comments, ...encodeSections(grid)].join('\n')}\n`;
}

/** The sections of a grid's text, each from its `[title]` on, without a last line break. See {@link encode}. */
export function encodeSections(grid: Grid): string[] {
  requireGrid(grid);
  const sections: string[] = [];
  const elements = [...grid.elements];
  const controls = [...grid.controls];

  const own = new Map<string, unknown>(Object.entries(grid).filter(([name]) => !COLLECTIONS.has(name)));
  const head = writeRow(GRID_SPEC, Object.fromEntries(own) as unknown as GridProperties, 'grid');
  if (elements.length > 0) head.set('elements', runsOf(elements.map((element) => element.kind)));
  if (controls.length > 0) head.set('controls', runsOf(controls.map((control) => control.kind)));
  sections.push(writeRecord('grid', head));

  const table = <T>(title: string, spec: Spec<T>, values: readonly T[], nameOf: (value: T) => string): void => {
    if (values.length > 0) {
      sections.push(
        writeSection(
          title,
          values.map((value) => writeRow(spec, value, `${title}.${nameOf(value)}`)),
        ),
      );
    }
  };
  checkKeys(grid.buses, (bus) => bus.id, 'bus');
  checkKeys(grid.loadShapes, (shape) => shape.name, 'load shape');
  checkKeys(grid.temperatureShapes, (shape) => shape.name, 'temperature shape');
  checkKeys(grid.xyCurves, (curve) => curve.name, 'XY curve');
  table('loadshape', SHAPE_SPEC, [...grid.loadShapes.values()], (shape) => shape.name);
  table('tshape', SHAPE_SPEC, [...grid.temperatureShapes.values()], (shape) => shape.name);
  table('xycurve', CURVE_SPEC, [...grid.xyCurves.values()], (curve) => curve.name);
  table('bus', BUS_SPEC, [...grid.buses.values()], (bus) => bus.id);
  for (const kind of ELEMENT_KINDS) {
    const members = elements.filter((element) => element.kind === kind);
    if (members.length === 0) continue;
    const rows = members.map((element) => writeRow(ELEMENT_SPECS[kind] as Spec<unknown>, element, `${kind}.${element.name}`));
    if (kind === 'line') shareLineMatrices(grid.elementsOf('line'), rows);
    sections.push(writeSection(kind, rows));
  }
  for (const kind of CONTROL_KINDS) {
    const members = controls.filter((control) => control.kind === kind);
    table(kind, CONTROL_SPECS[kind] as Spec<unknown>, members, (control) => (control as Control).name);
  }
  return sections;
}

/**
 * The grid that a text stands for.
 *
 * @throws InputError that names the line, the element and the property for whatever is wrong with the text.
 */
export function decode(text: string, options: DecodeOptions = {}): Grid {
  if (typeof text !== 'string') throw new InputError(`a grid is decoded from its text, not from ${describeValue(text)}`);
  if (typeof options !== 'object' || options === null) throw new InputError(`options of decoding are an object, not ${describeValue(options)}`);
  const file = options.source ?? 'feeder';
  const fail = (message: string, line: number): never => {
    throw new InputError(message, { location: { file, line } });
  };
  if (text.length > MAX_CHARACTERS) fail(`the text has ${text.length} characters, more than ${MAX_CHARACTERS}`, 1);
  const lines = text.split(/\r\n|[\n\r]/);
  const header = lines[0].replace(/^\uFEFF/, '').trim();
  if (header !== FORMAT_HEADER) fail(`begins with ${excerpt(header)} in place of "${FORMAT_HEADER}"; is this a grid saved by busbar?`, 1);
  const asked: AskedColumns = new Map();
  const sections = new Map<string, Section>();
  for (const section of readSections(lines.slice(1), 2, file, asked)) {
    if (sections.has(section.title)) fail(`a second section [${section.title}]`, section.line);
    sections.set(section.title, section);
  }
  const reader = new GridReader(file, sections, asked, options.source !== undefined);
  const grid = reader.read();
  refuseUnknownColumns(file, asked);
  return grid;
}

class GridReader {
  constructor(
    private readonly file: string,
    private readonly sections: Map<string, Section>,
    private readonly asked: AskedColumns,
    private readonly withOrigin: boolean,
  ) {}

  read(): Grid {
    const head = this.headRow();
    const properties = GRID_SPEC.read('', head);
    const grid = new Grid(properties.name, properties.frequencyHz);
    Object.assign(grid, properties);
    this.readNamed('loadshape', SHAPE_SPEC, (shape: LoadShape) => shape.name, grid.loadShapes);
    this.readNamed('tshape', SHAPE_SPEC, (shape: LoadShape) => shape.name, grid.temperatureShapes);
    this.readNamed('xycurve', CURVE_SPEC, (curve: XyCurve) => curve.name, grid.xyCurves);
    this.readNamed('bus', BUS_SPEC, (bus) => bus.id, grid.buses);
    for (const { record, row } of this.inOrder(ELEMENT_KINDS, ELEMENT_SPECS as Record<Kind, Spec<unknown>>, head, 'elements')) {
      this.guarded(row, () => grid.add(record as CircuitElement));
    }
    for (const { record, row } of this.inOrder(CONTROL_KINDS, CONTROL_SPECS as Record<ControlName, Spec<unknown>>, head, 'controls')) {
      this.guarded(row, () => grid.addControl(record as Control));
    }
    const unread = [...this.sections.values()].find((section) => !this.known.has(section.title));
    if (unread) throw new InputError(`there is no section [${unread.title}] in this format`, { location: { file: this.file, line: unread.line } });
    return grid;
  }

  private readonly known = new Set<string>(['grid']);

  private headRow(): Row {
    const section = this.sections.get('grid');
    if (!section) throw new InputError('has no section [grid]', { location: { file: this.file, line: 1 } });
    const [first] = section.rows;
    if (first) throw new InputError('the section [grid] has no rows', { location: first });
    const row = recordRow(this.file, section, this.asked);
    section.rows.push(row);
    return row;
  }

  private readNamed<T>(title: string, spec: Spec<T>, nameOf: (value: T) => string, into: Map<string, T>): void {
    this.known.add(title);
    for (const row of this.sections.get(title)?.rows ?? []) {
      row.subject = subjectOf(title, row.cell(title === 'bus' ? 'id' : 'name'));
      const value = spec.read('', row);
      const name = nameOf(value);
      if (into.has(name)) throw new InputError(`stands twice`, { location: row, element: row.subject });
      into.set(name, value);
    }
  }

  /** Records of these kinds with their rows, in the order of creation that [grid] gives, else in the order of the text. */
  private inOrder<K extends string>(
    kinds: readonly K[],
    specs: Record<K, Spec<unknown>>,
    head: Row,
    property: string,
  ): { record: object; row: Row }[] {
    const byKind = new Map<string, { record: object; row: Row }[]>();
    for (const section of this.sections.values()) {
      const kind = kinds.find((candidate) => candidate === section.title);
      if (kind === undefined) continue;
      this.known.add(kind);
      byKind.set(
        kind,
        section.rows.map((row) => {
          row.subject = subjectOf(kind, row.cell('name'));
          const record = specs[kind].read('', row) as object;
          return { record: { kind, ...record, ...(this.withOrigin ? { origin: `${row.file}:${row.line}` } : {}) }, row };
        }),
      );
    }
    const order = head.cell(property);
    if (order === undefined) return [...byKind.values()].flat();
    return head.at(property, () => {
      const ordered: { record: object; row: Row }[] = [];
      const taken = new Map<string, number>();
      for (const word of order.split(' ')) {
        const run = /^([a-z]+)(?:\*(\d{1,9}))?$/.exec(word);
        if (!run) throw new CellError(`${excerpt(word)} is not a kind or a kind*count`);
        const from = taken.get(run[1]) ?? 0;
        const to = from + Number(run[2] ?? 1);
        const members = byKind.get(run[1])?.slice(from, to) ?? [];
        if (members.length !== to - from) throw new CellError(`asks for ${to} of kind ${run[1]}; there are ${from + members.length}`);
        ordered.push(...members);
        taken.set(run[1], to);
      }
      for (const [kind, members] of byKind) {
        const count = taken.get(kind) ?? 0;
        if (count !== members.length) throw new CellError(`leaves out ${members.length - count} of kind ${kind}`);
      }
      return ordered;
    });
  }

  private guarded(row: Row, action: () => unknown): void {
    try {
      action();
    } catch (error) {
      if (error instanceof BusbarError && !(error instanceof InputError))
        throw new InputError(error.message, { location: row, element: row.subject });
      throw error;
    }
  }
}

function subjectOf(title: string, cell: string | undefined): string {
  return cell === undefined ? title : `${title}.${cell}`;
}

function writeRow<T>(spec: Spec<T>, value: T, subject: string): Map<string, string> {
  const row = new RowWriter();
  try {
    spec.write(value, '', row);
  } catch (error) {
    if (error instanceof CellError) throw new GridError(`${subject}: ${error.message}`);
    throw error;
  }
  return row.cells;
}

function checkKeys<T>(map: ReadonlyMap<string, T>, nameOf: (value: T) => string, what: string): void {
  for (const [key, value] of map) if (nameOf(value) !== key) throw new GridError(`the ${what} "${nameOf(value)}" is filed under "${key}"`);
}

/** `line line line load` as `line*3 load`. */
function runsOf(kinds: readonly string[]): string {
  const words: string[] = [];
  for (let i = 0; i < kinds.length; ) {
    let end = i + 1;
    while (end < kinds.length && kinds[end] === kinds[i]) end++;
    words.push(end - i > 1 ? `${kinds[i]}*${end - i}` : kinds[i]);
    i = end;
  }
  return words.join(' ');
}
