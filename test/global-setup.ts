import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Builds the WASM kernels before the tests where they are missing or older than their sources. */
export default function setup(): void {
  const script = fileURLToPath(new URL('../scripts/build-kernels.mjs', import.meta.url));
  execFileSync(process.execPath, [script, '--if-needed'], { stdio: 'inherit' });
}
