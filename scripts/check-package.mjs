// Packs the package as npm would publish it, installs the tarball into an empty project and uses it there: every export in Node, the command,
// and the browser entry, in headless Chromium where it is installed, else as a check that nothing of Node is reachable from it.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, posix, resolve } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'busbar-package-'));
const consumer = join(scratch, 'consumer');

try {
  await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function main() {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const paths = packed.files.map((file) => file.path);
  for (const path of [
    'package.json',
    'LICENSE',
    'NOTICE',
    'README.md',
    'CHANGELOG.md',
    'docs/api.md',
    'docs/case-format.md',
    'docs/environments.md',
    'docs/json.md',
    'docs/learning.md',
    'docs/matpower.md',
    'docs/opendss.md',
    'docs/train.md',
    'examples/solve-feeder.mjs',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/browser.js',
    'dist/cli/main.js',
  ]) {
    if (!paths.includes(path)) throw new Error(`the package lacks ${path}`);
  }
  const stray = paths.filter((path) => !/^((dist|docs|examples)\/|package\.json$|[A-Z]+(\.md)?$)/.test(path));
  if (stray.length > 0) throw new Error(`the package holds ${stray.join(', ')}`);
  console.log(
    `${packed.filename}: ${paths.length} files, ${(packed.size / 1e6).toFixed(2)} MB packed, ${(packed.unpackedSize / 1e6).toFixed(2)} MB unpacked`,
  );

  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n');
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  // Dependencies as they lie here, so that no registry is asked.
  const dependencies = Object.keys(manifest.dependencies ?? {}).map((name) => join(scratch, packedFrom(`./node_modules/${name}`)));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--offline', join(scratch, packed.filename), ...dependencies], {
    cwd: consumer,
    stdio: 'ignore',
  });
  const names = Object.keys(manifest.exports)
    .filter((name) => !name.endsWith('.json'))
    .map((name) => posix.join('busbar', name));
  writeFileSync(
    join(consumer, 'use.js'),
    `${names.map((name, i) => `import * as m${i} from '${name}';`).join('\n')}
const modules = [${names.map((_, i) => `m${i}`).join(', ')}];
const names = ${JSON.stringify(names)};
modules.forEach((module, i) => { if (Object.keys(module).length === 0) throw new Error(names[i] + ' exports nothing'); });
const { loadFeeder, createSolver, loadCase } = m0;
if (loadCase('case14').buses.length !== 14) throw new Error('case14 does not load');
const report = createSolver(await loadFeeder('ieee13')).solve();
if (!report.converged) throw new Error('ieee13 does not converge');
console.log(names.length + ' entries import; ieee13 solved in ' + report.iterations + ' iterations by ' + report.method);
`,
  );
  execFileSync(process.execPath, ['use.js'], { cwd: consumer, stdio: 'inherit' });
  typesResolve(names);
  const command = spawnSync(join(consumer, 'node_modules/.bin/busbar'), ['--version'], { encoding: 'utf8' });
  if (command.status !== 0 || command.stdout.trim() !== manifest.version) throw new Error(`the installed command fails: ${command.stderr}`);
  console.log(`the installed command answers ${command.stdout.trim()}`);
  noNodeReachable(join(consumer, 'node_modules/busbar/dist/browser.js'));
  await inBrowser(join(consumer, 'node_modules/busbar/dist'));
}

/** Packs an installed package; gives the tarball's name. */
function packedFrom(folder) {
  const answer = execFileSync('npm', ['pack', folder, '--json', '--ignore-scripts', '--pack-destination', scratch], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(answer)[0].filename;
}

/** The declarations as a strict TypeScript project sees them that has neither Node's types nor a browser's, and looks into them. */
function typesResolve(names) {
  writeFileSync(
    join(consumer, 'use.ts'),
    `${names.map((name, i) => `import * as m${i} from '${name}';`).join('\n')}\nexport const all: object[] = [${names.map((_, i) => `m${i}`).join(', ')}];\n`,
  );
  const compilerOptions = { noEmit: true, strict: true, target: 'es2022', module: 'nodenext', lib: ['es2022'], types: [], skipLibCheck: false };
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
  const run = spawnSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: consumer, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the published types do not check:\n${run.stdout}`);
  console.log('the published types check');
}

/** Walks the static and dynamic imports from a file; any that leaves the package fails. */
function noNodeReachable(entry) {
  const seen = new Set([entry]);
  for (const path of seen) {
    const code = readFileSync(path, 'utf8');
    for (const [, specifier] of code.matchAll(/^\s*(?:import|export)\b(?:[\w$*\s{},]*?\bfrom)?\s*['"]([^'"\n]+)['"]/gm)) {
      if (!specifier.startsWith('.')) throw new Error(`${path} imports ${specifier}: the browser entry must not`);
      seen.add(resolve(dirname(path), specifier));
    }
    for (const [, specifier] of code.matchAll(/\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g)) seen.add(resolve(dirname(path), specifier));
  }
  console.log(`browser entry: ${seen.size} modules, none of Node's`);
}

async function inBrowser(dist) {
  const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
  if (!browser) {
    console.log('no Chromium on this machine: the browser entry was checked for its imports only');
    return;
  }
  const page = `<!doctype html><meta charset="utf-8"><script type="module">
const say = (text) => fetch('/result', { method: 'POST', body: text });
try {
  const { loadFeeder, createSolver } = await import('/dist/browser.js');
  const report = createSolver(await loadFeeder('ieee123')).solve();
  await say(report.converged ? 'ok ieee123 solved in ' + report.iterations + ' iterations on ' + report.backend : 'not converged');
} catch (error) { await say('error ' + (error.stack ?? error)); }
</script>`;
  let answer;
  const answered = new Promise((resolveAnswer) => {
    answer = resolveAnswer;
  });
  const server = createServer((request, response) => {
    if (request.url === '/result') {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        response.end();
        answer(body);
      });
    } else if (request.url.startsWith('/dist/') && existsSync(join(dist, request.url.slice(6)))) {
      response.setHeader('content-type', 'text/javascript');
      response.end(readFileSync(join(dist, request.url.slice(6))));
    } else if (request.url === '/') {
      response.setHeader('content-type', 'text/html');
      response.end(page);
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const profile = join(scratch, 'profile');
  const child = spawn(
    browser,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      `--user-data-dir=${profile}`,
      `http://127.0.0.1:${server.address().port}/`,
    ],
    { stdio: 'ignore' },
  );
  const exited = new Promise((done) => child.once('exit', done));
  const late = setTimeout(() => answer('error: the browser said nothing in 60 s'), 60_000);
  const result = await answered;
  clearTimeout(late);
  child.kill('SIGKILL');
  await exited;
  server.closeAllConnections();
  server.close();
  if (!result.startsWith('ok')) throw new Error(`in Chromium: ${result}`);
  console.log(`in Chromium: ${result.slice(3)}`);
}
