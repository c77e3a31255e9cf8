/**
 * Makes the built-in feeders: reads the OpenDSS scripts in ../shared/feeders with our own reader (and the synthetic networks there) and writes them in our own format
 * (docs/feeder-format.md) to src/feeders/data/, with the catalogue src/feeders/catalog.ts.
 *
 *   npx tsx scripts/make-feeders.mts [name ...]     (names: only these data files; the catalogue needs all)
 *
 * The state written is that before any solution: a `solve` in a script is passed over, taps stand as the files give them.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, encode, encodeSections, FORMAT_HEADER } from '../src/feeders/format/index.js';
import type { ScriptFiles } from '../src/formats/opendss/index.js';
import { nodeFiles } from '../src/formats/opendss/node-files.js';
import type { Grid } from '../src/grid/index.js';
import { terminalsOf } from '../src/grid/index.js';
import { readUnsolved } from './read-unsolved.mjs';
import { readSynthetic } from './synthetic-grids.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const feeders = join(root, '..', 'shared', 'feeders');
const dataFolder = join(root, 'src', 'feeders', 'data');

const IEEE = 'IEEE PES Test Feeder Working Group; data of the OpenDSS distribution, BSD-3-Clause';
const POWERGYM = 'siemens/powergym, MIT, from the IEEE feeder of the OpenDSS distribution, BSD-3-Clause';
const IEEE4 = 'IEEE PES Test Feeder Working Group (4 node feeder); OpenDSS scripts, BSD-3-Clause';

/** A feeder to make. */
interface Recipe {
  name: string;
  file: string;
  title: string;
  source: string;
  /** Metres in the unit of lengths that the script gives without one; the totals of lines are not touched. A `jumper` counts as it stands, in metres. */
  bareLengthMeters?: number;
  /** Reads the file where it is no OpenDSS script. */
  read?: (path: string) => Grid;
}

const synthetic = (name: string, file: string, title: string, meshed = false): Recipe => ({
  name,
  file: `synthetic/${file}.json`,
  title: `Synthetic: ${title}`,
  source: 'synthetic, made for this project; MIT',
  read: (path) => readSynthetic(path, name, meshed),
});

/** A feeder of the powergym environments. Its loads follow load shapes of an episode, which are no part of it: the data have neither shapes nor references to them. `original`: see {@link nameAndPlaceAs}. */
const powergym = (name: string, file: string, title: string, original?: string): Recipe => ({
  name: `powergym-${name}`,
  file: `powergym/${file}`,
  title: `${title}, as the powergym environments have it, with batteries`,
  source: POWERGYM,
  read: (path) => {
    const grid = readUnsolved(path, (message) => console.warn(`powergym-${name}: ${message}`), filesWithShapes);
    for (const load of grid.elementsOf('load')) load.shapes = {};
    for (const name of [...grid.loadShapes.keys()]) if (name.startsWith('loadshape_')) grid.loadShapes.delete(name);
    if (original)
      nameAndPlaceAs(
        grid,
        readUnsolved(join(feeders, original), () => undefined),
      );
    return grid;
  },
});

/** Takes the coordinates of buses and the names of transformer banks, none of them of any effect, from the feeder that a grid was made of, so that the data stand once. */
function nameAndPlaceAs(grid: Grid, original: Grid): void {
  for (const bus of grid.buses.values()) {
    const { x, y } = original.buses.get(bus.id) ?? {};
    Object.assign(bus, { x, y });
  }
  for (const transformer of grid.elementsOf('transformer')) transformer.bank = original.require('transformer', transformer.name).bank;
}

/** The disk, and on it a file `loadshape.dss` with a shape of any kind for each load of the folder it is asked in. */
function filesWithShapes(): ScriptFiles {
  const disk = nodeFiles();
  const isShapes = (path: string): boolean => /loadshape\.dss$/i.test(path);
  const shapes = (path: string): string => {
    const scripts = readdirSync(dirname(path)).filter((file) => /\.dss$/i.test(file));
    const names = scripts.flatMap((file) => [...disk.read(join(dirname(path), file)).matchAll(/daily=(loadshape_\S+)/gi)].map((match) => match[1]));
    return names.map((name) => `New Loadshape.${name} npts=2 interval=1 mult=[1 1]`).join('\n');
  };
  return {
    read: (path) => (isShapes(path) ? shapes(path) : disk.read(path)),
    exists: (path) => isShapes(path) || disk.exists(path),
    size: (path) => (isShapes(path) ? shapes(path).length : disk.size(path)),
  };
}

const four = (name: string, file: string, title: string): Recipe => ({
  name: `ieee4-${name}`,
  file: `ieee4/${file}`,
  title: `IEEE 4 node, ${title}`,
  source: IEEE4,
});

const RECIPES: Recipe[] = [
  four('yy-bal', '4Bus-YY-Bal.DSS', 'grounded wye - grounded wye, balanced load'),
  four('dy-bal', '4Bus-DY-Bal.DSS', 'delta - grounded wye, balanced load'),
  four('yd-bal', '4Bus-YD-Bal.DSS', 'ungrounded wye - delta, balanced load'),
  four('grdyd-bal', '4Bus-GrdYD-Bal.DSS', 'grounded wye - delta, balanced load'),
  four('oyod-bal', '4Bus-OYOD-Bal.DSS', 'open wye - open delta, balanced load, with a stabilising capacitor'),
  four('oyod-unbal', '4bus-OYOD-UnBal.dss', 'open wye - open delta, unbalanced load'),
  four('yyd-3wdg', 'YYD-Master-step1.DSS', 'three single-phase three-winding units, wye - wye - delta'),
  four('yy-down-unbal', 'n4_YY_down_unbal.dss', 'grounded wye - grounded wye, unbalanced load'),
  four('dy-down-unbal', 'n4_DY_down_unbal.dss', 'delta - grounded wye, unbalanced load'),
  four('yd-down-unbal', 'n4_YD_down_unbal.dss', 'ungrounded wye - delta, unbalanced load'),
  four('gyd-down-unbal', 'n4_GYD_down_unbal.dss', 'grounded wye - delta, unbalanced load'),
  four('dd-down-bal', 'n4_DD_down_bal.dss', 'delta - delta, balanced load'),
  four('dd-down-unbal', 'n4_DD_down_unbal.dss', 'delta - delta, unbalanced load'),
  { name: 'ieee13', file: 'ieee13/IEEE13Nodeckt.dss', title: 'IEEE 13 node', source: IEEE },
  { name: 'ieee34', file: 'ieee34/ieee34Mod1.dss', title: 'IEEE 34 node, model 1: distributed loads at the ends of their lines', source: IEEE },
  {
    name: 'ieee34-mod2',
    file: 'ieee34/ieee34Mod2.dss',
    title: 'IEEE 34 node, model 2: distributed loads in the middle of their lines',
    source: IEEE,
  },
  // Its line codes are per thousand feet.
  { name: 'ieee37', file: 'ieee37/ieee37.dss', title: 'IEEE 37 node, delta', source: IEEE, bareLengthMeters: 304.8 },
  { name: 'ieee123', file: 'ieee123/IEEE123Master.dss', title: 'IEEE 123 node', source: IEEE },
  {
    name: 'ieee123-capacitors',
    file: 'vvo-ieee123/vvo-ieee123.dss',
    title: 'IEEE 123 node as in the capacitor task: four switched capacitors, regulators at fixed taps',
    source: IEEE,
  },
  { name: 'european-lv', file: 'eulv/Master.dss', title: 'IEEE European low voltage feeder, with a one-minute daily profile a load', source: IEEE },
  { name: 'ieee8500', file: 'ieee8500/Master.dss', title: 'IEEE 8500 node, balanced secondary loads', source: IEEE },
  { name: 'ieee8500-unbalanced', file: 'ieee8500/Master-unbal.dss', title: 'IEEE 8500 node, unbalanced secondary loads', source: IEEE },
  powergym('ieee13', '13Bus/IEEE13Nodeckt_daily.dss', 'IEEE 13 node'),
  powergym('ieee34', '34Bus/ieee34Mod1_daily.dss', 'IEEE 34 node'),
  powergym('ieee123', '123Bus/IEEE123Master_daily.dss', 'IEEE 123 node'),
  powergym('ieee8500', '8500-Node/Master_daily_shared.dss', 'IEEE 8500 node', 'ieee8500/Master.dss'),
  synthetic('tree131', 'tree131', 'radial, 131 three-phase buses, 3.97 MW at 4.16 kV, depth 30'),
  synthetic('tree131-meshed', 'tree131', 'tree131 with its 8 ties closed', true),
  synthetic('feeders-10x10', 'feeders-10x10', '10 feeders of 10 three-phase buses from one source, 10 kV'),
  synthetic('feeders-20x50', 'feeders-20x50', '20 feeders of 50 three-phase buses from one source, 10 kV'),
];

/** Feeders whose common sections stand once, in the file of this name; what an earlier file has is not in a later one. */
const FAMILIES: Record<string, string[]> = {
  'ieee8500-common': ['ieee8500', 'ieee8500-unbalanced', 'powergym-ieee8500'],
  'ieee8500-loads': ['ieee8500', 'powergym-ieee8500'],
  'tree131-common': ['tree131', 'tree131-meshed'],
};

interface Made {
  recipe: Recipe;
  grid: Grid;
  comments: string[];
}

function make(recipe: Recipe): Made {
  const path = join(feeders, recipe.file);
  const grid = recipe.read ? recipe.read(path) : readUnsolved(path, (message) => console.warn(`${recipe.name}: ${message}`));
  if (recipe.bareLengthMeters !== undefined) giveUnit(grid, recipe.bareLengthMeters);
  const text = encode(grid);
  const again = encode(decode(text));
  if (again !== text) throw new Error(`${recipe.name} does not come back the same`);
  return { recipe, grid, comments: [`# ${recipe.title}`, `# ${recipe.source}`] };
}

function giveUnit(grid: Grid, meters: number): void {
  for (const line of grid.elementsOf('line')) {
    if (line.lengthUnitKnown !== false) continue;
    if (line.name !== 'jumper') line.lengthMeters *= meters;
    line.lengthUnitKnown = true;
  }
}

/** Writes a module that exports texts by name; each is a template string, whose special letters the format never writes. */
function writeModule(name: string, what: string, exports: Record<string, string>, imports = ''): void {
  const body = Object.entries(exports).map(([key, text]) => `export const ${key} = \`${text}\`;\n`);
  const content = `/** ${what} Made by scripts/make-feeders.mts; see NOTICE for the source of the data. */\n${imports}${body.join('')}`;
  writeFileSync(join(dataFolder, `${name}.ts`), content);
  console.log(`${name}: ${content.length} characters`);
}

function writeAlone({ recipe, grid, comments }: Made): void {
  writeModule(recipe.name, `${recipe.title}.`, { text: `${[FORMAT_HEADER, ...comments, ...encodeSections(grid)].join('\n')}\n` });
}

/** Writes the feeders of all families, and what they have in common. */
function writeFamilies(members: Made[]): void {
  const own = new Map(members.map((member) => [member, encodeSections(member.grid)]));
  const commons = new Map<Made, string[]>();
  for (const [commonName, names] of Object.entries(FAMILIES)) {
    const family = members.filter((one) => names.includes(one.recipe.name));
    if (family.length < names.length) continue;
    const sections = family.map((member) => own.get(member) ?? []);
    const common = sections[0].filter((section) => sections.every((other) => other.includes(section)));
    writeModule(commonName, 'Sections that several feeders have in common.', { common: `${common.join('\n')}\n` });
    family.forEach((member, i) => {
      own.set(
        member,
        sections[i].filter((section) => !common.includes(section)),
      );
      commons.set(member, [...(commons.get(member) ?? []), commonName]);
    });
  }
  for (const [{ recipe, comments }, names] of commons) {
    const sections = members.flatMap((member) => (member.recipe === recipe ? (own.get(member) ?? []) : []));
    const shared = names.map((_, i) => (names.length === 1 ? 'common' : `common${i + 1}`));
    const text = `${[FORMAT_HEADER, ...comments, ...sections].join('\n')}\n${shared.map((name) => `\${${name}}`).join('')}`;
    const imports = names.map((name, i) => `import { common${shared[i] === 'common' ? '' : ` as ${shared[i]}`} } from './${name}.js';\n`);
    writeModule(recipe.name, `${recipe.title}.`, { text }, `${imports.join('')}\n`);
  }
}

/** Nodes of a grid: bus and node number that an enabled element is tied to. */
function nodeCount(grid: Grid): number {
  const nodes = new Set<string>();
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    for (const terminal of terminalsOf(element)) for (const node of terminal.nodes) if (node > 0) nodes.add(`${terminal.bus}.${node}`);
  }
  return nodes.size;
}

function writeCatalog(made: Made[]): void {
  const entries = made.map(({ recipe, grid }) => {
    const enabled = (kind: 'line' | 'transformer' | 'load'): number => grid.elementsOf(kind).filter((element) => element.enabled).length;
    const info = {
      name: recipe.name,
      title: recipe.title,
      buses: grid.buses.size,
      nodes: nodeCount(grid),
      lines: enabled('line'),
      transformers: enabled('transformer'),
      loads: enabled('load'),
      source: recipe.source,
    };
    const lines = Object.entries(info).map(([key, value]) => `    ${key}: ${typeof value === 'string' ? `'${value}'` : value},`);
    return `  {\n${lines.join('\n')}\n    load: async () => (await import('./data/${recipe.name}.js')).text,\n  },`;
  });
  const content = `/** The built-in feeders and where their texts are. Made by scripts/make-feeders.mts. */
import type { FeederInfo } from './index.js';

/** A feeder and how to get its text. */
export interface CatalogEntry extends FeederInfo {
  load: () => Promise<string>;
}

/** All built-in feeders. */
export const CATALOG: readonly CatalogEntry[] = [
${entries.join('\n')}
];
`;
  writeFileSync(join(root, 'src', 'feeders', 'catalog.ts'), content);
}

mkdirSync(dataFolder, { recursive: true });
const wanted = process.argv.slice(2);
const made = RECIPES.filter((recipe) => wanted.length === 0 || wanted.includes(recipe.name)).map(make);
const inFamilies = new Set(Object.values(FAMILIES).flat());
for (const one of made) if (!inFamilies.has(one.recipe.name)) writeAlone(one);
writeFamilies(made.filter((one) => inFamilies.has(one.recipe.name)));
if (wanted.length === 0) writeCatalog(made);
