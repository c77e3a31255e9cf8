import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Builds the kernels before the tests where they are missing or older than their sources: WebAssembly always, native ones where there is a compiler. */
export default function setup(): void {
  const script = (name: string): string => fileURLToPath(new URL(`../scripts/${name}`, import.meta.url));
  execFileSync(process.execPath, [script('build-kernels.mjs'), '--if-needed'], { stdio: 'inherit' });
  execFileSync(process.execPath, [script('build-native.mjs'), '--if-needed', '--optional'], { stdio: 'inherit' });
}
