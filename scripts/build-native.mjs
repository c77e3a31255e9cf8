// Builds the native kernels (native/) into build/native/busbar-native.node with the C++ compiler at hand: $CXX, else g++, clang++ or c++. No node-gyp.
//
// --optional: where there is no compiler, no headers or no such processor, one line says so and the build goes on (busbar then runs on WebAssembly).
// --if-needed: nothing is done where the addon is newer than its sources.
// --sanitize: builds and runs native/sanitize.cpp over the same kernels with the address and undefined-behaviour sanitizers instead.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, 'native');
const layoutSources = ['src/powerflow/kernel-layout.ts', 'src/powerflow/balanced/lane-layout.ts', 'src/powerflow/observer-layout.ts'].map((name) =>
  join(root, name),
);
const output = join(root, 'build/native');
const addon = join(output, 'busbar-native.node');
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

/** The layout block as C++ constants, and as one string that tells a stale addon from a fresh one. */
function writeLayout(folder) {
  const constants = layoutSources.flatMap((source) => {
    const found = [...readFileSync(source, 'utf8').matchAll(/^export const (\w+) = (-?\d+);$/gm)];
    if (found.length === 0) throw new Error(`${source} holds no constants`);
    return found.map(([, name, value]) => [name, value]);
  });
  const text = constants
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(' ');
  const lines = constants.map(([name, value]) => `[[maybe_unused]] constexpr int ${name} = ${value};`);
  const content = `// Written by scripts/build-native.mjs from the layouts under src/powerflow. Do not edit.\n#pragma once\n#define BUSBAR_LAYOUT "${text}"\nnamespace busbar {\n${lines.join('\n')}\n}\n`;
  writeFileSync(join(folder, 'layout.h'), content);
}

function newestSource() {
  const files = readdirSync(sources).map((name) => join(sources, name));
  files.push(...layoutSources, fileURLToPath(import.meta.url));
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

function compile(cxx, args) {
  execFileSync(cxx, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Object files of all widths. */
function compileUnits(cxx, folder, extra) {
  return UNITS.map(({ file, flags: processor }) => {
    const object = join(folder, file.replace(/\.cpp$/, '.o'));
    compile(cxx, [...COMMON, ...extra, ...processor, `-I${folder}`, '-c', join(sources, file), '-o', object]);
    return object;
  });
}

function buildAddon(cxx, folder) {
  const shared = ['-O3', '-fPIC', '-fvisibility=hidden'];
  const include = headers();
  const objects = compileUnits(cxx, folder, shared);
  const link = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-Wl,--as-needed'];
  const made = join(folder, 'busbar-native.node');
  compile(cxx, [...COMMON, ...shared, `-I${include}`, `-I${folder}`, join(sources, 'addon.cpp'), ...objects, ...link, '-o', made]);
  renameSync(made, addon);
  process.stderr.write(`native: ${addon.slice(root.length + 1)}, ${statSync(addon).size} bytes, by ${cxx}\n`);
}

function runSanitized(cxx, folder) {
  const extra = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'];
  const objects = compileUnits(cxx, folder, extra);
  const made = join(folder, 'sanitize');
  compile(cxx, [...COMMON, ...extra, `-I${folder}`, join(sources, 'sanitize.cpp'), ...objects, '-o', made]);
  const plans = join(folder, 'plans');
  mkdirSync(plans);
  execFileSync(process.execPath, [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'scripts/write-plans.mts'), plans], { stdio: 'inherit' });
  const files = readdirSync(plans)
    .sort()
    .map((name) => join(plans, name));
  execFileSync(made, files, { stdio: 'inherit' });
}

function build() {
  if (flags.has('--if-needed') && existsSync(addon) && statSync(addon).mtimeMs > newestSource()) return;
  if (process.arch !== 'x64') throw new NotHere(`there are no native kernels for ${process.arch} yet`);
  if (process.platform === 'win32') throw new NotHere('the native kernels are not built on Windows yet');
  const cxx = compiler();
  const folder = join(output, `work-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    writeLayout(folder);
    if (flags.has('--sanitize')) runSanitized(cxx, folder);
    else buildAddon(cxx, folder);
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
