/**
 * The format in which balanced grids are kept (docs/case-format.md): one text, a table for each kind of record. Decoding gives the same records in the same
 * order with the same doubles; origins are not kept.
 */
import { type BalancedGrid, describeValue, InputError, oneLine, validateBalancedGrid } from '../grid/index.js';
import { type CellKind, readCell, writeCell } from './cells.js';

const HEADER = 'busbar-case 1';
/** Longest text that is read, characters. */
const LONGEST_TEXT = 64 * 1024 * 1024;

interface Column {
  name: string;
  kind: CellKind;
}

interface Section {
  title: string;
  list: 'buses' | 'loads' | 'shunts' | 'generators' | 'branches' | 'generatorCosts';
  /** The first one stands in each row. */
  columns: readonly Column[];
}

/** Columns from `name` (a number), `name:text` and the like. */
function columns(text: string): Column[] {
  return text.split(/\s+/).map((word) => {
    const [name, kind = 'number'] = word.split(':');
    return { name, kind: kind as CellKind };
  });
}

const SECTIONS: readonly Section[] = [
  {
    title: 'bus',
    list: 'buses',
    columns: columns('number name:text kind:word voltagePu angleDegrees baseKv minVoltagePu maxVoltagePu area zone substation'),
  },
  { title: 'load', list: 'loads', columns: columns('bus name:text powerMw powerMvar inService:flag') },
  { title: 'shunt', list: 'shunts', columns: columns('bus conductanceMw susceptanceMvar inService:flag') },
  {
    title: 'generator',
    list: 'generators',
    columns: columns(
      `bus name:text powerMw powerMvar minMvar maxMvar minMw maxMw voltagePu baseMva participation inService:flag
       curveLowMw curveHighMw curveLowMinMvar curveLowMaxMvar curveHighMinMvar curveHighMaxMvar
       rampMwPerMinute ramp10MinutesMw ramp30MinutesMw rampMvarPerMinute`,
    ),
  },
  {
    title: 'branch',
    list: 'branches',
    columns: columns(
      `from to name:text resistancePu reactancePu chargingPu ratio shiftDegrees ratingMva shortTermRatingMva emergencyRatingMva ratingAmps
       inService:flag minAngleDegrees maxAngleDegrees`,
    ),
  },
  { title: 'cost', list: 'generatorCosts', columns: columns('model startup shutdown values:list') },
];
const GRID_COLUMNS = columns('name:text baseMva frequencyHz');

/** What is written beside the grid. */
export interface EncodeCaseOptions {
  /** Lines that are put at the head as comments: what it is, where it is from. */
  comments?: readonly string[];
}

/**
 * A grid as text.
 *
 * @throws InputError, GridError as {@link validateBalancedGrid}
 */
export function encodeCase(grid: BalancedGrid, options: EncodeCaseOptions = {}): string {
  validateBalancedGrid(grid);
  const lines = [HEADER, ...(options.comments ?? []).map((comment) => `# ${oneLine(comment, 1000)}`), '[grid]'];
  for (const { name, kind } of GRID_COLUMNS) {
    const value = grid[name as keyof BalancedGrid];
    if (value !== undefined) lines.push(`${name}=${writeCell(kind, value)}`);
  }
  for (const section of SECTIONS) {
    const records = grid[section.list] as unknown as readonly Readonly<Record<string, unknown>>[];
    if (records.length > 0) lines.push(`[${section.title}]`, ...encodeRows(records, section.columns));
  }
  return `${lines.join('\n')}\n`;
}

function encodeRows(records: readonly Readonly<Record<string, unknown>>[], all: readonly Column[]): string[] {
  const defaults: string[] = [];
  const shown: { name: string; cells: string[] }[] = [];
  all.forEach(({ name, kind }, place) => {
    const cells = records.map((record) => writeCell(kind, record[name]));
    const common = place === 0 ? undefined : mostFrequent(cells);
    const isAbsent = common === writeCell(kind, undefined);
    if (common !== undefined && !isAbsent) defaults.push(`${name}=${common}`);
    const short = cells.map((cell) => (cell === common ? '' : cell));
    if (short.some((cell) => cell !== '')) shown.push({ name, cells: short });
  });
  const rows = records.map((_, k) =>
    shown
      .map(({ cells }) => cells[k])
      .join(',')
      .replace(/,+$/, ''),
  );
  return [...defaults, `rows:${shown.map(({ name }) => name).join(',')}`, ...rows];
}

/** The text that occurs most often, where it says something of the table as a whole: a quarter of it, and more than one cell. */
function mostFrequent(cells: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  return best[1] === cells.length || (best[1] > 1 && best[1] >= cells.length / 4) ? best[0] : undefined;
}

/** How to read. */
export interface DecodeCaseOptions {
  /** Name of the text, for messages. */
  source?: string;
}

/**
 * The grid that a text in this format holds.
 *
 * @throws InputError with line, element and property where the text is not in the format, and as {@link validateBalancedGrid}
 */
export function decodeCase(text: string, options: DecodeCaseOptions = {}): BalancedGrid {
  const file = options.source ?? 'case';
  if (typeof text !== 'string') throw new InputError(`a case is decoded from a text, not from ${describeValue(text)}`);
  if (text.length > LONGEST_TEXT) throw new InputError('the text has more than 64 MB; it is no case', { location: { file, line: 0 } });
  const decoder = new Decoder(file);
  text.split('\n').forEach((line, k) => {
    decoder.read(line.endsWith('\r') ? line.slice(0, -1) : line, k + 1);
  });
  const grid = decoder.finish();
  validateBalancedGrid(grid);
  return grid;
}

/** Reads a text line by line. */
class Decoder {
  private readonly lists = new Map<Section['list'], object[]>();
  private readonly head = new Map<string, unknown>();
  private readonly seen = new Set<string>();
  private title = '';
  private all: readonly Column[] = [];
  private records: object[] | undefined;
  private readonly defaults = new Map<string, unknown>();
  private shown: Column[] | undefined;
  private line = 0;

  constructor(private readonly file: string) {}

  read(text: string, line: number): void {
    this.line = line;
    if (line === 1) {
      if (text !== HEADER) this.fail(`the text must begin with the line "${HEADER}"`);
    } else if (text === '' || text.startsWith('#')) return;
    else if (text.startsWith('[')) this.begin(text);
    else if (text.startsWith('rows:') && this.shown === undefined) this.columnsOfRows(text.slice(5));
    else if (this.shown === undefined) this.setting(text);
    else this.row(text, this.shown);
  }

  finish(): BalancedGrid {
    const list = <T>(name: Section['list']): T[] => (this.lists.get(name) ?? []) as T[];
    const grid: BalancedGrid = {
      name: this.head.get('name') as string,
      baseMva: this.head.get('baseMva') as number,
      buses: list('buses'),
      loads: list('loads'),
      shunts: list('shunts'),
      generators: list('generators'),
      branches: list('branches'),
      generatorCosts: list('generatorCosts'),
    };
    const frequencyHz = this.head.get('frequencyHz') as number | undefined;
    return frequencyHz === undefined ? grid : { ...grid, frequencyHz };
  }

  private fail(message: string, property?: string): never {
    throw new InputError(message, { location: { file: this.file, line: this.line }, element: this.title, property });
  }

  private begin(text: string): void {
    const title = /^\[(\w+)\]$/.exec(text)?.[1];
    const section = SECTIONS.find((one) => one.title === title);
    if (title === undefined || (title !== 'grid' && section === undefined)) {
      return this.fail(`there is no section ${text}; there are [grid], ${SECTIONS.map((one) => `[${one.title}]`).join(', ')}`);
    }
    if (this.seen.has(title)) this.fail(`the section [${title}] is there twice`);
    this.seen.add(title);
    this.title = title;
    this.all = section?.columns ?? GRID_COLUMNS;
    this.records = undefined;
    if (section) {
      this.records = [];
      this.lists.set(section.list, this.records);
    }
    this.defaults.clear();
    this.shown = undefined;
  }

  private column(name: string): Column {
    const found = this.all.find((one) => one.name === name);
    return found ?? this.fail(`there is no column ${describeValue(name)} here; there are ${this.all.map((one) => one.name).join(', ')}`);
  }

  private cell({ name, kind }: Column, text: string): unknown {
    const value = readCell(kind, text);
    return value === null ? this.fail(`${describeValue(text)} is no ${kind}`, name) : value;
  }

  private setting(text: string): void {
    const equals = text.indexOf('=');
    if (this.title === '' || equals < 0) this.fail('a line "[section]", "column=value" or "rows:columns" belongs here');
    const column = this.column(text.slice(0, equals));
    const value = this.cell(column, text.slice(equals + 1));
    if (this.records === undefined) this.head.set(column.name, value);
    else this.defaults.set(column.name, value);
  }

  private columnsOfRows(text: string): void {
    if (this.records === undefined) this.fail('there are no rows in this section');
    this.shown = text.split(',').map((name) => this.column(name));
    if (new Set(this.shown).size !== this.shown.length) this.fail('a column is named twice');
  }

  private row(text: string, shown: readonly Column[]): void {
    const cells = text.split(',');
    if (cells.length > shown.length) this.fail(`the row has ${cells.length} cells; there are ${shown.length} columns`);
    const values = new Map(this.defaults);
    cells.forEach((cell, k) => {
      if (cell !== '') values.set(shown[k].name, this.cell(shown[k], cell));
    });
    const record: Record<string, unknown> = {};
    // In the order of the columns, whatever the order in the text.
    for (const { name, kind } of this.all) {
      const value = values.get(name);
      if (value !== undefined) record[name] = kind === 'list' ? [...(value as number[])] : value;
    }
    this.records?.push(record);
  }
}
