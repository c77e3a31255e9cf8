// Compiles assembly/ to WebAssembly, in double and in single precision, and writes it, as base64, into src/powerflow/kernels.generated.ts, so that it loads
// without a file system (browsers, bundlers). The kernels of learning and of dynamics, assembly/learning/ and assembly/dynamics/, are modules of their own, in
// src/learning/kernels.generated.ts and src/dynamics/kernels.generated.ts. With --if-needed nothing is done where the output is newer than its sources.
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The two precisions of one source: what each exports, and the constant by which the page of lane operations tells them apart. */
const PRECISIONS = [
  { name: 'double', entry: 'assembly/index.ts', constant: 'BUSBAR_SINGLE=0' },
  { name: 'single', entry: 'assembly/single.ts', constant: 'BUSBAR_SINGLE=1' },
];
const target = join(root, 'src/powerflow/kernels.generated.ts');
/** Modules beside those of power flow, for a memory of one's own only: each network, each batch of microgrids has one. */
const OTHERS = [
  { name: 'learning', constant: 'learningKernels', title: 'The learning kernels', options: [] },
  { name: 'dynamics', constant: 'dynamicsKernels', title: 'The kernels of microgrid dynamics', options: ['--use', PRECISIONS[0].constant] },
].map((other) => ({ ...other, entry: `assembly/${other.name}/index.ts`, target: join(root, `src/${other.name}/kernels.generated.ts`) }));
const wasmPath = join(root, 'build/kernels.wasm');
/** Most pages of 64 KiB that a memory can have. */
const MOST_PAGES = 65536;

/** Newest modification time among the files that decide the result. */
function newestSource() {
  const files = readdirSync(join(root, 'assembly'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  files.push(
    join(root, 'asconfig.json'),
    join(root, 'src/learning/tape-layout.ts'),
    join(root, 'src/dynamics/lane-layout.ts'),
    fileURLToPath(import.meta.url),
  );
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

/** Writes under a name of its own and renames, so that a reader never sees half a file. */
function writeWhole(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

async function build() {
  for (const entry of [...[...PRECISIONS, ...OTHERS].map((module) => module.entry)]) {
    if (!existsSync(join(root, entry))) throw new Error(`${entry} is missing: the kernels' sources belong to the checkout`);
  }
  const isFresh = (made) => existsSync(made) && statSync(made).mtimeMs > newestSource();
  if (process.argv.includes('--if-needed') && [target, ...OTHERS.map((other) => other.target)].every(isFresh)) return;
  const { default: asc } = await import('assemblyscript/asc').catch(() => {
    throw new Error('the AssemblyScript compiler is not installed: run npm ci');
  });
  const only = OTHERS.find(({ name }) => process.argv.includes(`--${name}-only`));
  for (const other of only ? [only] : OTHERS) await buildOther(asc, other);
  if (only) return;
  const builds = [];
  for (const precision of PRECISIONS) builds.push(await buildPrecision(asc, precision));
  writeWhole(wasmPath, builds[0].wasm);
  const [double, single] = builds.map(({ text }) => text);
  writeWhole(
    target,
    `// Written by scripts/build-kernels.mjs from assembly/. Do not edit.
/**
 * The WebAssembly kernels in double and in single precision: \`unshared\` for a memory of one's own, base64; for shared memory the same with \`piece\`, base64, in place
 * of what is between the first \`before\` and the last \`behind\` bytes.
 */
export const kernelBuilds = {
  double: ${double},
  single: ${single},
};
`,
  );
}

/** The kernels of learning, or of dynamics. */
async function buildOther(asc, { name, constant, title, options, entry, target }) {
  const wasm = await compile(asc, [entry, ...options]);
  process.stderr.write(`kernels, ${name}: ${wasm.length} bytes of WebAssembly\n`);
  writeWhole(
    target,
    `// Written by scripts/build-kernels.mjs from assembly/${name}/. Do not edit.
/** ${title} in WebAssembly, base64. */
export const ${constant} =
  '${wasm.toString('base64')}';
`,
  );
}

/** Both builds of one precision. */
async function buildPrecision(asc, { name, entry, constant }) {
  const options = [entry, '--use', constant];
  const wasm = await compile(asc, options);
  // A module takes either unshared or shared memory, so that there are two builds. They differ in what they import and hardly in anything else: the second is
  // kept as the piece in which it differs.
  const shared = await compile(asc, [...options, '--enable', 'threads', '--sharedMemory', '--maximumMemory', String(MOST_PAGES)]);
  const [before, behind] = commonEnds(wasm, shared);
  const piece = shared.subarray(before, shared.length - behind);
  process.stderr.write(`kernels, ${name}: ${wasm.length} bytes of WebAssembly, ${piece.length} of them others for shared memory\n`);
  const text = `{
    unshared:
      '${wasm.toString('base64')}',
    shared: { before: ${before}, behind: ${behind}, piece: '${piece.toString('base64')}' },
  }`;
  return { wasm, text };
}

/** What the optimiser says of its own passes, which is nothing that could be acted upon. */
const NOISE = /^Last converge was suboptimal\.\n?/gm;

/** Compiles one entry with its options. */
async function compile(asc, options) {
  const diagnostics = [];
  let wasm;
  const { error } = await asc.main([...options, '--config', 'asconfig.json', '--baseDir', root, '--outFile', 'kernels.wasm'], {
    stdout: { write: (text) => diagnostics.push(text) },
    stderr: { write: (text) => diagnostics.push(text) },
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) wasm = Buffer.from(contents);
    },
  });
  if (error || !wasm) throw new Error(`the kernels do not compile:\n${diagnostics.join('')}${error ? error.message : 'no output'}`);
  const said = diagnostics.join('').replace(NOISE, '');
  if (said !== '') process.stderr.write(said);
  if (!WebAssembly.validate(wasm)) throw new Error('the compiled kernels are not a valid WebAssembly module on this engine');
  return wasm;
}

/** How many bytes two builds have in common at their beginnings and at their ends. */
function commonEnds(a, b) {
  const shorter = Math.min(a.length, b.length);
  let before = 0;
  while (before < shorter && a[before] === b[before]) before++;
  let behind = 0;
  while (behind < shorter - before && a[a.length - 1 - behind] === b[b.length - 1 - behind]) behind++;
  return [before, behind];
}

build().catch((error) => {
  process.stderr.write(`build-kernels: ${error.message}\n`);
  process.exitCode = 1;
});
