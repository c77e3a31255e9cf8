/** How a program of ours is started in a worker thread, from the sources as from the package. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What `new Worker` takes. */
export interface WorkerProgram {
  readonly program: string;
  readonly execArgv: string[];
}

/**
 * The program of a thread. From the sources, it needs the loader that compiles them, which `--import tsx` alone registers on main threads only.
 *
 * @param from address of the module beside which it lies, `import.meta.url`
 * @param name without its ending
 */
export function workerProgram(from: string, name: string): WorkerProgram {
  if (!from.endsWith('.ts')) return { program: new URL(`./${name}.js`, from).href, execArgv: [] };
  const tsx = pathToFileURL(createRequire(from).resolve('tsx/package.json'));
  const loader = new URL('./dist/esm/api/index.mjs', tsx).href;
  const registering = `data:text/javascript,${encodeURIComponent(`import { register } from ${JSON.stringify(loader)}; register();`)}`;
  return { program: new URL(`./${name}.ts`, from).href, execArgv: ['--import', registering] };
}
