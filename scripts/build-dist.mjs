// Compiles src/ to dist/ (ES modules with types). The new dist/ replaces the old one only when it is complete.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const fresh = join(root, `build/dist-${process.pid}`);
const old = join(root, `build/dist-old-${process.pid}`);

function build() {
  mkdirSync(join(root, 'build'), { recursive: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  if (!existsSync(compiler)) throw new Error('the TypeScript compiler is not installed: run npm ci');
  const run = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', fresh], { cwd: root, stdio: 'inherit' });
  if (run.status !== 0) throw new Error('src/ does not compile (see above); dist/ was left as it was');
  const command = join(fresh, 'cli/main.js');
  if (!existsSync(command)) throw new Error('the compiler wrote no cli/main.js');
  chmodSync(command, 0o755);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
}

try {
  build();
} catch (error) {
  process.stderr.write(`build-dist: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
}
