/** The environments suite of the bench: which tasks are measured, and how their rows are printed. */
import { listTasks } from '../environments/node-index.js';
import { type BackendName, chooseBackend } from '../powerflow/index.js';
import { type EnvironmentsRequest, type EnvironmentsRow, measureEnvironments } from './environments-measure.js';
import { markdownTable } from './markdown-table.js';

/** Tasks measured where none is named, those of them that there are: the published ones, and a classic for what the vector itself costs. */
const MAIN_TASKS: readonly string[] = [
  'voltvar-ieee13',
  'voltvar-ieee34',
  'voltvar-ieee123',
  'voltvar-ieee8500',
  'capacitors-ieee123',
  'dso-case33bw',
  'inverters-ieee123',
  'microgrid-6',
  'microgrid-20',
  'topology-case14',
  'topology-case118',
  'cartpole',
];

/** Of a quick run. */
const QUICK_TASKS: readonly string[] = ['voltvar-ieee13', 'cartpole'];

/** The tasks of a run that names none. */
export function benchTasks(quick: boolean): string[] {
  const known = new Set(listTasks().map(({ id }) => id));
  return (quick ? QUICK_TASKS : MAIN_TASKS).filter((id) => known.has(id));
}

/** The widest native backend, where there is one, and WebAssembly. */
export function bothBackends(): BackendName[] {
  const widest = chooseBackend('auto', 'batch').name;
  return widest.startsWith('native') ? ['native', 'wasm'] : ['wasm'];
}

/** What to run; every combination is. */
export interface EnvironmentsSettings extends Pick<EnvironmentsRequest, 'environments' | 'seconds' | 'samples' | 'taskOptions'> {
  readonly tasks: readonly string[];
  readonly backends: readonly BackendName[];
  readonly workers: readonly number[];
}

/** Runs the suite. Throws what the first task throws that cannot be made. */
export async function runEnvironmentsSuite(settings: EnvironmentsSettings, say: (text: string) => void): Promise<EnvironmentsRow[]> {
  const { tasks, backends, workers, ...rest } = settings;
  const rows: EnvironmentsRow[] = [];
  for (const task of tasks) {
    for (const backend of backends) {
      for (const threads of workers) {
        say(`${task}, ${backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`);
        rows.push(await measureEnvironments({ ...rest, task, backend, workers: threads }));
      }
    }
  }
  return rows;
}

/** The table, as Markdown. */
export function environmentsTable(rows: readonly EnvironmentsRow[]): string {
  const header = ['task', 'backend', 'workers', 'environments', 'steps/s', 'in kernels', 'steps', 'episodes ended', 'fastest/slowest'];
  const lines = rows.map((row) => [
    row.task,
    row.backend,
    String(row.workers),
    String(row.environments),
    Math.round(row.stepsPerSecond).toLocaleString('en-US'),
    `${(100 * row.kernelShare).toFixed(0)} %`,
    String(row.steps),
    String(row.episodesEnded),
    row.fastestOverSlowest.toFixed(2),
  ]);
  return markdownTable(header, lines, [0, 1]);
}
