/**
 * Makes the built-in cases: reads the MATPOWER files in ../shared/cases/matpower with our own reader and the grids of topology environments in ../shared/seeds-data
 * (scripts/grid2op-cases.mts), and writes them in our own format (docs/case-format.md) to src/cases/data/, with the catalogue src/cases/catalog.ts.
 *
 *   npx tsx scripts/make-cases.mts
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeCase, encodeCase } from '../src/cases/format.js';
import { readMatpowerFile } from '../src/formats/matpower/node-read-file.js';
import type { BalancedGrid } from '../src/grid/index.js';
import { readGrid2opCase } from './grid2op-cases.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const shared = join(root, '..', 'shared');
const dataFolder = join(root, 'src', 'cases', 'data');

/** A case to make. */
interface Recipe {
  name: string;
  title: string;
  source: string;
  read: () => BalancedGrid;
  /** Further lines of the header. */
  notes?: string[];
}

const matpower = (name: string, title: string, source: string): Recipe => ({
  name,
  title,
  source: `${source}; numbers as in MATPOWER's ${name}.m`,
  read: () => {
    const { grid, warnings } = readMatpowerFile(join(shared, 'cases', 'matpower', `${name}.m`));
    if (warnings.length > 0) throw new Error(`${name}: ${warnings[0].message}`);
    return grid;
  },
});

const ieee = (name: string, buses: number): Recipe =>
  matpower(name, `IEEE ${buses} bus`, 'IEEE test case, UW Power Systems Test Case Archive (public test data)');

const grid2op = (name: string, file: string, title: string, notes: string[]): Recipe => ({
  name,
  title,
  source: `Grid2op (MPL-2.0), environment ${title.replace(/^.*\((.*)\).*$/, '$1')}; numbers only, converted to per unit`,
  read: () => readGrid2opCase(join(shared, 'seeds-data', file), name),
  notes,
});

const CONVERTED =
  'Ohm, nF and percent converted to per unit, rounded once; bus = substation + 1; neither limits of voltages nor of reactive power are stated.';

const RECIPES: Recipe[] = [
  grid2op('l2rpn-case5', 'grid2op-case5.json', 'Topology environment of 5 substations (rte_case5_example)', [CONVERTED]),
  matpower('case9', '9 bus, 3 generators (WSCC)', 'Chow (ed.), Time-Scale Modeling of Dynamic Networks, Springer 1982, p. 70'),
  ieee('case14', 14),
  grid2op('l2rpn-case14', 'grid2op-case14.json', 'Topology environment of 14 substations (l2rpn_case14_sandbox)', [
    CONVERTED,
    'Ratings in ampere at the from end (of a transformer its high-voltage side).',
    'The source gives the slack generator -219 MW, a consumer’s sign: 219 MW here, what the loads need beyond the other generators.',
  ]),
  matpower(
    'case30',
    '30 bus, 6 generators (not the IEEE case of 30 buses)',
    'Alsac and Stott, IEEE Trans. PAS 93(3), 1974; Ferrero et al., IEEE Trans. Power Systems 12(3), 1997',
  ),
  matpower('case33bw', 'Radial feeder of 33 buses, with 5 open ties', 'Baran and Wu, IEEE Trans. Power Delivery 4(2), 1989'),
  matpower('case39', 'New England, 39 bus', 'Bills et al., EPRI RP90-1, 1970; Athay et al., IEEE Trans. PAS-98(2), 1979; Pai, Kluwer 1989'),
  ieee('case57', 57),
  ieee('case118', 118),
  matpower('case141', 'Radial feeder of 141 buses (Caracas)', 'Khodr et al., Electric Power Systems Research 78(7), 2008'),
  ieee('case300', 300),
];

interface Made {
  recipe: Recipe;
  grid: BalancedGrid;
}

/** Writes the module of one case; a template string's special letters are written as %XX by the format. */
function make(recipe: Recipe): Made {
  const grid = { ...recipe.read(), name: recipe.name };
  const text = encodeCase(grid, { comments: [recipe.title, recipe.source, ...(recipe.notes ?? [])] });
  if (encodeCase(decodeCase(text)) !== encodeCase(grid)) throw new Error(`${recipe.name} does not come back the same`);
  if (/[`\\$]/.test(text)) throw new Error(`${recipe.name} holds a letter that cannot stand in a template string`);
  const content = `/** ${recipe.title}. Made by scripts/make-cases.mts; see NOTICE for the source of the data. */\nexport const text = \`${text}\`;\n`;
  writeFileSync(join(dataFolder, `${recipe.name}.ts`), content);
  console.log(`${recipe.name}: ${content.length} characters`);
  return { recipe, grid };
}

function writeCatalog(made: readonly Made[]): void {
  const variable = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const imports = made
    .map(({ recipe }) => recipe.name)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => `import { text as ${variable(name)} } from './data/${name}.js';`);
  const entries = made.map(({ recipe, grid }) => {
    const info = {
      name: recipe.name,
      title: recipe.title,
      buses: grid.buses.length,
      branches: grid.branches.length,
      generators: grid.generators.length,
      loads: grid.loads.length,
      source: recipe.source,
    };
    const lines = Object.entries(info).map(([key, value]) => `    ${key}: ${typeof value === 'string' ? quoted(value) : value},`);
    return `  {\n${lines.join('\n')}\n    text: ${variable(recipe.name)},\n  },`;
  });
  const content = `/** The built-in cases and their texts. Made by scripts/make-cases.mts. */

${imports.join('\n')}
import type { CaseInfo } from './index.js';

/** A case with its text. */
export interface CatalogEntry extends CaseInfo {
  text: string;
}

/** All built-in cases. */
export const CATALOG: readonly CatalogEntry[] = [
${entries.join('\n')}
];
`;
  writeFileSync(join(root, 'src', 'cases', 'catalog.ts'), content);
}

function quoted(text: string): string {
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}

mkdirSync(dataFolder, { recursive: true });
writeCatalog(RECIPES.map(make));
