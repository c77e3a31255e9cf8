// Lays out the packages as they are published, under build/npm/: `busbar` itself, and one package a platform with the native kernels in it, which npm installs
// by its os, cpu and libc fields alone (no install script, nothing is fetched or compiled at the user's).
//
//   node scripts/make-packages.mjs native    on each platform, after npm run build:native: build/npm/busbar-native-<platform>-<cpu>/
//   node scripts/make-packages.mjs main      with the folders of all platforms gathered in build/npm/: build/npm/busbar/, which names them as optional
//
// Only the published package.json has optionalDependencies, so that `npm ci` in a checkout never looks for them.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, 'build/npm');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const PREFIX = 'busbar-native-';

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

function freshFolder(name) {
  const folder = join(target, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The C library that this Node was built for: npm tells musl from glibc by the package's libc field. */
function libc() {
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
}

function makeNative() {
  const addons = ['busbar-native.node', 'busbar-learning.node', 'busbar-dynamics.node'];
  for (const addon of addons) {
    if (!existsSync(join(root, 'build/native', addon))) throw new Error(`there is no ${addon}; run npm run build:native`);
  }
  const name = `${PREFIX}${process.platform}-${process.arch}`;
  const folder = freshFolder(name);
  for (const addon of addons) copyFileSync(join(root, 'build/native', addon), join(folder, addon));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(
    join(folder, 'README.md'),
    `# ${name}\n\nNative kernels of busbar for ${process.platform} on ${process.arch}. Install busbar instead.\n`,
  );
  writeJson(join(folder, 'package.json'), {
    name,
    version: manifest.version,
    description: `Native kernels of busbar for ${process.platform} on ${process.arch}`,
    license: manifest.license,
    main: 'busbar-native.node',
    files: addons,
    os: [process.platform],
    cpu: [process.arch],
    ...(process.platform === 'linux' ? { libc: [libc()] } : {}),
    engines: manifest.engines,
  });
  return name;
}

function makeMain() {
  const platforms = existsSync(target)
    ? readdirSync(target).filter((name) => name.startsWith(PREFIX) && statSync(join(target, name)).isDirectory())
    : [];
  if (platforms.length === 0) throw new Error(`there are no platform packages in ${target}; make them with "native" first`);
  for (const name of platforms) {
    const { version } = JSON.parse(readFileSync(join(target, name, 'package.json'), 'utf8'));
    if (version !== manifest.version) throw new Error(`${name} is of version ${version}, busbar of ${manifest.version}; make it anew`);
  }
  const folder = freshFolder('busbar');
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const tarball = join(folder, packed.filename);
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder]);
  rmSync(tarball);
  const { scripts, devDependencies, allowScripts, ...published } = manifest;
  writeJson(join(folder, 'package.json'), {
    ...published,
    optionalDependencies: Object.fromEntries(platforms.map((name) => [name, manifest.version])),
  });
  return `busbar, with ${platforms.join(', ')}`;
}

try {
  const [what] = process.argv.slice(2);
  if (what !== 'native' && what !== 'main') throw new Error('say native or main (see the head of this file)');
  process.stderr.write(`build/npm: ${what === 'native' ? makeNative() : makeMain()}\n`);
} catch (error) {
  process.stderr.write(`make-packages: ${error.message}\n`);
  process.exitCode = 1;
}
