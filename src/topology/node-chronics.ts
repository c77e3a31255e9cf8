/**
 * Reads folders of Grid2Op's series ("chronics"): one scenario, with load_p, load_q and prod_p and, if there is one, maintenance as .csv or .csv.bz2; or a folder of such folders.
 *
 * prod_v is not read (generators hold the voltages that the grid's facts have), nor are forecasts, hazards and costs. bzip2 is decoded by the package bz2 of SheetJS: it has no
 * dependencies and checks each file's CRC32.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describeValue, InputError } from '../grid/index.js';
import { type Chronics, DAY_STEPS } from './chronics.js';
import { registerChronicsReader } from './chronics-source.js';
import { type ChronicsTable, readChronicsTable } from './chronics-table.js';
import type { TopologyElements } from './elements.js';

/** Scenarios kept once read. */
const MOST_KEPT = 64;

const { decompress } = createRequire(import.meta.url)('bz2') as { decompress(data: Uint8Array, checkCrc?: boolean): Uint8Array };

/** One scenario. */
interface Scenario {
  readonly rows: number;
  readonly days: readonly Float32Array[];
  readonly maintenance: readonly Uint8Array[] | undefined;
}

/** The text of a table, with its file's name; undefined where there is none. */
function textOf(folder: string, name: string): { text: string; file: string } | undefined {
  const plain = join(folder, `${name}.csv`);
  const packed = `${plain}.bz2`;
  for (const file of [plain, packed]) if (existsSync(file) && !statSync(file).isFile()) throw new InputError(`${file} is no regular file`);
  if (existsSync(plain)) return { text: readFileSync(plain, 'utf8'), file: plain };
  if (!existsSync(packed)) return undefined;
  try {
    return { text: new TextDecoder().decode(decompress(readFileSync(packed), true)), file: packed };
  } catch (error) {
    throw new InputError(
      `${packed} is no whole bzip2 file${error instanceof Error && !(error instanceof TypeError) ? ` (${error.message})` : ''}; unpack it with bunzip2 to see more`,
    );
  }
}

function hasTables(folder: string): boolean {
  return ['.csv', '.csv.bz2'].some((ending) => existsSync(join(folder, `load_p${ending}`)));
}

/** Scenarios of a folder, each read when it is first asked for. */
export class FolderChronics implements Chronics {
  readonly width: number;
  /** Paths of the scenarios, by name. */
  readonly folders: readonly string[];
  private readonly kept = new Map<number, Scenario>();

  /** Throws InputError for a path at which there are no series. */
  constructor(
    folder: string,
    private readonly elements: TopologyElements,
  ) {
    if (!existsSync(folder) || !statSync(folder).isDirectory())
      throw new InputError(`there is no folder ${folder}; give the path of a folder of Grid2Op chronics`);
    this.folders = hasTables(folder)
      ? [folder]
      : readdirSync(folder)
          .sort()
          .map((name) => join(folder, name))
          .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() && hasTables(path));
    if (this.folders.length === 0)
      throw new InputError(`there are no series in ${folder}: neither load_p.csv nor load_p.csv.bz2, nor folders that have one`);
    this.width = 2 * elements.loads + elements.generators;
    this.scenario(0);
  }

  get scenarios(): number {
    return this.folders.length;
  }

  rows(scenario: number): number {
    return this.scenario(scenario).rows;
  }

  day(scenario: number, day: number): Float32Array {
    return this.scenario(scenario).days[day];
  }

  maintenance(scenario: number, row: number): Uint8Array | undefined {
    return this.scenario(scenario).maintenance?.[row];
  }

  private scenario(index: number): Scenario {
    const known = this.kept.get(index);
    if (known) return known;
    const read = this.read(this.folders[index]);
    if (this.kept.size >= MOST_KEPT) {
      const [oldest] = this.kept.keys();
      this.kept.delete(oldest);
    }
    this.kept.set(index, read);
    return read;
  }

  private read(folder: string): Scenario {
    const { elements, width } = this;
    const { names, firstLoad, firstGenerator, firstStorage, loads, generators, branchNames } = elements;
    const table = (name: string, columns: readonly string[]): ChronicsTable => {
      const found = textOf(folder, name);
      if (!found) throw new InputError(`there is no ${name}.csv or ${name}.csv.bz2 in ${folder}`);
      return readChronicsTable(found.text, found.file, columns);
    };
    const p = table('load_p', names.slice(firstLoad, firstGenerator));
    const q = table('load_q', names.slice(firstLoad, firstGenerator));
    const produced = table('prod_p', names.slice(firstGenerator, firstStorage));
    const { rows } = p;
    if (q.rows !== rows || produced.rows !== rows)
      throw new InputError(`the tables in ${folder} have ${rows}, ${q.rows} and ${produced.rows} rows; they must have as many`);
    if (rows < 2) throw new InputError(`the tables in ${folder} have ${rows} rows; a scenario needs 2 or more`);
    const days = Array.from({ length: Math.ceil(rows / DAY_STEPS) }, (_, day) => {
      const count = Math.min(DAY_STEPS, rows - day * DAY_STEPS);
      const out = new Float32Array(count * width);
      for (let step = 0; step < count; step++) {
        const row = day * DAY_STEPS + step;
        out.set(p.values.subarray(row * loads, (row + 1) * loads), step * width);
        out.set(q.values.subarray(row * loads, (row + 1) * loads), step * width + loads);
        out.set(produced.values.subarray(row * generators, (row + 1) * generators), step * width + 2 * loads);
      }
      return out;
    });
    return { rows, days, maintenance: this.maintenanceOf(folder, rows, branchNames) };
  }

  private maintenanceOf(folder: string, rows: number, branchNames: readonly string[]): Uint8Array[] | undefined {
    const found = textOf(folder, 'maintenance');
    if (!found) return undefined;
    const table = readChronicsTable(found.text, found.file, branchNames);
    if (table.rows < rows) throw new InputError(`${found.file} has ${table.rows} rows; the series have ${rows}`);
    const odd = table.values.findIndex((value) => value !== 0 && value !== 1);
    if (odd >= 0)
      throw new InputError(
        `${describeValue(table.values[odd])} in column ${branchNames[odd % branchNames.length]} is no state of maintenance; it must be 0 or 1`,
        {
          location: { file: found.file, line: Math.floor(odd / branchNames.length) + 2 },
        },
      );
    if (!table.values.includes(1)) return undefined;
    const { length } = branchNames;
    return Array.from({ length: rows }, (_, row) =>
      Uint8Array.from(table.values.subarray(row * length, (row + 1) * length), (value) => Number(value !== 0)),
    );
  }
}

registerChronicsReader((folder, elements) => new FolderChronics(folder, elements));
