// Builds the native kernels (native/) into build/native/busbar-native.node, those for learning into busbar-learning.node and those for microgrid dynamics into
// busbar-dynamics.node, with the C++ compiler at hand: $CXX, else g++, clang++ or c++. No node-gyp.
//
// --optional: where there is no compiler, no headers or no such processor, one line says so and the build goes on (busbar then runs on WebAssembly).
// --if-needed: nothing is done where the addon is newer than its sources.
// --learning-only, --dynamics-only: the kernels for learning, or for dynamics, alone.
// --sanitize: builds and runs native/sanitize.cpp and native/sanitize-learning.cpp over the same kernels with the address and undefined-behaviour sanitizers instead, held
//   against what this build finds, learning to the bit of all memory.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, 'native');
const layoutSources = ['src/powerflow/kernel-layout.ts', 'src/powerflow/balanced/lane-layout.ts', 'src/powerflow/observer-layout.ts'].map((name) =>
  join(root, name),
);
const learningLayoutSources = [join(root, 'src/learning/tape-layout.ts')];
const dynamicsLayoutSources = [join(root, 'src/dynamics/lane-layout.ts')];
const output = join(root, 'build/native');
const addon = join(output, 'busbar-native.node');
const learningAddon = join(output, 'busbar-learning.node');
const dynamicsAddon = join(output, 'busbar-dynamics.node');
const flags = new Set(process.argv.slice(2));

/**
 * -ffp-contract=off: a product and a sum round apart, as in WebAssembly, so that all backends give the same bits. -fno-tree-vectorize: gcc 12 with AVX-512
 * turns scalar complex products into fused ones all the same; the lanes are vectors by hand.
 */
const COMMON = [
  '-std=c++20',
  '-ffp-contract=off',
  '-fno-tree-vectorize',
  '-fno-math-errno',
  '-fno-strict-aliasing',
  '-Wall',
  '-Wextra',
  '-fno-exceptions',
  '-fno-rtti',
];
const UNITS = [
  { file: 'kernels-sse2.cpp', flags: ['-msse2'] },
  { file: 'kernels-avx2.cpp', flags: ['-mavx2'] },
  { file: 'kernels-avx512.cpp', flags: ['-mavx512f', '-mavx512dq', '-mavx512vl', '-mprefer-vector-width=512'] },
];
const DYNAMICS_UNITS = UNITS.map((unit) => ({ ...unit, file: unit.file.replace('kernels-', 'dynamics-') }));
/** Products and sums are fused there where the sources say so, and nowhere else. */
const LEARNING_UNITS = [
  { file: 'learning-avx2.cpp', flags: ['-mavx2', '-mfma'] },
  { file: 'learning-avx512.cpp', flags: ['-mavx512f', '-mavx512dq', '-mavx512vl', '-mfma', '-mprefer-vector-width=512'] },
];

/** What cannot be had on this machine, as opposed to what is wrong in the sources. */
class NotHere extends Error {}

function compiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : ['g++', 'clang++', 'c++'];
  const found = candidates.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (!found) throw new NotHere(process.env.CXX ? `the compiler CXX=${process.env.CXX} does not run` : 'there is no C++ compiler');
  return found;
}

function headers() {
  const path = join(root, 'node_modules/node-api-headers/include');
  if (!existsSync(join(path, 'node_api.h'))) throw new NotHere('the package node-api-headers is not installed');
  return path;
}

/** The constants of some layouts for C++, and as one string that tells a stale addon from a fresh one. */
function writeLayout(folder, name, macro, layouts) {
  const constants = layouts.flatMap((source) => {
    const found = [...readFileSync(source, 'utf8').matchAll(/^export const (\w+) = (-?\d+);$/gm)];
    if (found.length === 0) throw new Error(`${source} holds no constants`);
    return found.map(([, constant, value]) => [constant, value]);
  });
  const text = constants
    .map(([constant, value]) => `${constant}=${value}`)
    .sort()
    .join(' ');
  const lines = constants.map(([constant, value]) => `[[maybe_unused]] constexpr int ${constant} = ${value};`);
  const content = `// Written by scripts/build-native.mjs from the layouts under src. Do not edit.\n#pragma once\n#define ${macro} "${text}"\nnamespace busbar {\n${lines.join('\n')}\n}\n`;
  writeFileSync(join(folder, name), content);
}

function newestSource() {
  const files = readdirSync(sources).map((name) => join(sources, name));
  files.push(...layoutSources, ...learningLayoutSources, ...dynamicsLayoutSources, fileURLToPath(import.meta.url));
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

function compile(cxx, args) {
  execFileSync(cxx, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Object files of all widths. */
function compileUnits(cxx, folder, extra, units = UNITS) {
  return units.map(({ file, flags: processor }) => {
    const object = join(folder, file.replace(/\.cpp$/, '.o'));
    compile(cxx, [...COMMON, ...extra, ...processor, `-I${folder}`, '-c', join(sources, file), '-o', object]);
    return object;
  });
}

function buildAddon(cxx, folder, { source, units, target }) {
  const shared = ['-O3', '-fPIC', '-fvisibility=hidden'];
  const include = headers();
  const objects = compileUnits(cxx, folder, shared, units);
  const link = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-Wl,--as-needed'];
  const made = join(folder, 'addon.node');
  compile(cxx, [...COMMON, ...shared, `-I${include}`, `-I${folder}`, join(sources, source), ...objects, ...link, '-o', made]);
  renameSync(made, target);
  process.stderr.write(`native: ${target.slice(root.length + 1)}, ${statSync(target).size} bytes, by ${cxx}\n`);
}

/** Builds a program over some kernels with sanitizers, has a script write files for it, and runs it over them. */
function runSanitized(cxx, folder, { source, units, script }) {
  const extra = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'];
  const objects = compileUnits(cxx, folder, extra, units);
  const made = join(folder, source.replace(/\.cpp$/, ''));
  compile(cxx, [...COMMON, ...extra, `-I${folder}`, join(sources, source), ...objects, '-o', made]);
  const written = join(folder, `${source}-files`);
  mkdirSync(written);
  execFileSync(process.execPath, [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'scripts', script), written], { stdio: 'inherit' });
  const files = readdirSync(written)
    .sort()
    .map((name) => join(written, name));
  execFileSync(made, files, { stdio: 'inherit' });
}

function build() {
  const isFresh = (target, newest) => existsSync(target) && statSync(target).mtimeMs > newest;
  if (flags.has('--if-needed') && [addon, learningAddon, dynamicsAddon].every((target) => isFresh(target, newestSource()))) return;
  if (process.arch !== 'x64') throw new NotHere(`there are no native kernels for ${process.arch} yet`);
  if (process.platform === 'win32') throw new NotHere('the native kernels are not built on Windows yet');
  const cxx = compiler();
  const folder = join(output, `work-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    writeLayout(folder, 'layout.h', 'BUSBAR_LAYOUT', layoutSources);
    writeLayout(folder, 'learning-layout.h', 'BUSBAR_LEARNING_LAYOUT', learningLayoutSources);
    writeLayout(folder, 'dynamics-layout.h', 'BUSBAR_DYNAMICS_LAYOUT', dynamicsLayoutSources);
    if (flags.has('--sanitize')) {
      if (!flags.has('--learning-only'))
        runSanitized(cxx, folder, { source: 'sanitize.cpp', units: [...UNITS, ...DYNAMICS_UNITS], script: 'write-plans.mts' });
      // The addon as the sources are now, whose memory the sanitized kernels have to leave to the bit.
      buildAddon(cxx, folder, { source: 'learning-addon.cpp', units: LEARNING_UNITS, target: learningAddon });
      runSanitized(cxx, folder, { source: 'sanitize-learning.cpp', units: LEARNING_UNITS, script: 'write-tapes.mts' });
      return;
    }
    const only = ['learning', 'dynamics'].find((name) => flags.has(`--${name}-only`));
    if (!only) buildAddon(cxx, folder, { source: 'addon.cpp', units: UNITS, target: addon });
    if (only !== 'dynamics') buildAddon(cxx, folder, { source: 'learning-addon.cpp', units: LEARNING_UNITS, target: learningAddon });
    if (only !== 'learning') buildAddon(cxx, folder, { source: 'dynamics-addon.cpp', units: DYNAMICS_UNITS, target: dynamicsAddon });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  build();
} catch (error) {
  const optional = flags.has('--optional');
  if (error instanceof NotHere) process.stderr.write(`native: ${error.message}; busbar runs on WebAssembly\n`);
  else process.stderr.write(`build-native: ${error.message.split('\n')[0]}${optional ? '; busbar runs on WebAssembly' : ''}\n`);
  if (!optional) process.exitCode = 1;
}
