// Holds the import rule of ARCHITECTURE.md. Imports run downwards only, and what is more than a type comes through a folder's public face
// (index.ts, or a node-*.ts file);
// powerflow and learning know kernels, each its own; packages only where they are listed; no Node API outside cli/ and files named node-*.ts; nothing of Node is reachable from src/browser.ts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Height of each folder of src/; a file may import from folders of a smaller height, and from those listed as its partners. */
const HEIGHTS = {
  numeric: -1,
  grid: 0,
  formats: 1,
  feeders: 1,
  cases: 1,
  powerflow: 2,
  controls: 3,
  profiles: 3,
  visualization: 3,
  scripts: 4,
  dynamics: 4,
  topology: 4,
  environments: 5,
  learning: 6,
  agents: 7,
  cli: 8,
};
/** Imports allowed between folders of one height. */
const PARTNERS = new Set(['profiles -> controls']);

/** Packages that the product may import, and where: Parquet files are written and read by the commands alone, never in a browser. */
const PACKAGES = new Map([
  ['hyparquet', /^src\/cli\//],
  // Grid2Op's series come as .csv.bz2: a decoder without dependencies that checks their CRC32.
  ['bz2', /^src\/topology\/node-/],
  ['hyparquet-writer', /^src\/cli\//],
]);
/** Folders with kernels of their own. */
const KNOW_KERNELS = new Set(['powerflow', 'learning']);

const builtins = new Set(builtinModules);
const problems = [];

/** Comments and template/string contents do not count as code; the quotes of import specifiers do. */
function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' ')).replace(/(^|[^:'"`\\])\/\/[^\n]*/g, '$1');
}

function importsOf(code) {
  const found = [];
  const pattern = /\b(import|export)\s+(type\s+)?(?:[\w$*\s{},]*?\sfrom\s*)?['"]([^'"\n]+)['"]|\bimport\s*\(\s*['"]([^'"\n]+)['"]\s*\)/g;
  for (const match of code.matchAll(pattern)) {
    const line = code.slice(0, match.index).split('\n').length;
    found.push({ specifier: match[3] ?? match[4], typeOnly: Boolean(match[2]), line });
  }
  return found;
}

const files = new Map();
for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(tsx?|js)$/.test(entry.name)) continue;
  const path = relative(root, join(entry.parentPath ?? entry.path, entry.name))
    .split('\\')
    .join('/');
  const generated = path.endsWith('.generated.ts') || /^src\/(feeders|cases)\/data\//.test(path);
  const code = generated ? '' : withoutComments(readFileSync(join(root, path), 'utf8'));
  files.set(path, { code, imports: importsOf(code) });
}

/** The source that an import means: a .ts file, or a .js one where it is written as such. */
function targetOf(path, specifier) {
  const named = posix.join(posix.dirname(path), specifier);
  return files.has(named) ? named : named.replace(/\.js$/, '.ts');
}

const folderOf = (path) => (path.split('/').length > 2 ? path.split('/')[1] : '');
const isNodeFile = (path) => folderOf(path) === 'cli' || posix.basename(path).startsWith('node-');
const isFace = (path) => /^(index\.ts|node-.*\.ts)$/.test(posix.basename(path));

for (const [path, { code, imports }] of files) {
  const folder = folderOf(path);
  if (folder && !(folder in HEIGHTS)) problems.push(`${path}: folder src/${folder} has no height in scripts/check-layers.mjs`);
  for (const { specifier, typeOnly, line } of imports) {
    const where = `${path}:${line}`;
    if (!specifier.startsWith('.')) {
      const isBuiltin = specifier.startsWith('node:') || builtins.has(specifier);
      if (isBuiltin && !isNodeFile(path)) problems.push(`${where}: imports ${specifier}; only src/cli and files named node-*.ts may use Node's API`);
      else if (!isBuiltin && !PACKAGES.get(specifier)?.test(path)) {
        const allowed = PACKAGES.has(specifier) ? 'only src/cli may' : 'the product has no such dependency';
        problems.push(`${where}: imports the package ${specifier}; ${allowed}`);
      }
      continue;
    }
    if (!specifier.endsWith('.js')) problems.push(`${where}: imports ${specifier}; write the extension .js`);
    const target = targetOf(path, specifier);
    if (target.endsWith('kernels.generated.ts') || !target.startsWith('src/')) {
      const own = target === `src/${folder}/kernels.generated.ts` && KNOW_KERNELS.has(folder);
      if (!own) problems.push(`${where}: imports ${specifier}; only src/powerflow and src/learning know kernels, each its own`);
      continue;
    }
    if (!files.has(target) && !existsSync(join(root, target))) {
      problems.push(`${where}: imports ${specifier}, which is not there`);
      continue;
    }
    const other = folderOf(target);
    if (other === folder) continue;
    if (folder === '') continue;
    if (other === '') {
      problems.push(`${where}: imports ${specifier}; nothing imports the top files of src`);
      continue;
    }
    if (!(HEIGHTS[other] < HEIGHTS[folder]) && !PARTNERS.has(`${folder} -> ${other}`)) {
      problems.push(`${where}: ${folder} imports ${other}; imports run downwards only`);
    }
    if (!typeOnly && !isFace(target)) problems.push(`${where}: imports ${specifier}; take it from the public face (index.js) of src/${other}`);
  }
  if (!isNodeFile(path) && path !== 'src/index.ts') {
    const use = /(?<![.\w$])(process|Buffer|__dirname|require)\s*[.([]/.exec(code);
    if (use) problems.push(`${path}:${code.slice(0, use.index).split('\n').length}: uses ${use[1]}, which a browser has not`);
  }
}

/** What a browser would load, starting from src/browser.ts. */
function checkBrowser() {
  const entry = 'src/browser.ts';
  if (!files.has(entry)) {
    problems.push(`${entry} is missing`);
    return;
  }
  const from = new Map([[entry, '']]);
  const queue = [entry];
  while (queue.length > 0) {
    const path = queue.pop();
    for (const { specifier, typeOnly } of files.get(path)?.imports ?? []) {
      if (typeOnly || !specifier.startsWith('.')) continue;
      const target = targetOf(path, specifier);
      if (from.has(target)) continue;
      from.set(target, path);
      queue.push(target);
      if (files.has(target) && isNodeFile(target)) {
        const chain = [target];
        for (let at = path; at; at = from.get(at)) chain.push(at);
        problems.push(`${target} is reachable from the browser entry: ${chain.reverse().join(' -> ')}`);
      }
    }
  }
}
checkBrowser();

if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\ncheck-layers: ${problems.length} breach${problems.length > 1 ? 'es' : ''} of the import rule\n`);
  process.exitCode = 1;
}
