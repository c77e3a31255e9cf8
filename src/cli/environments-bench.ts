/** `busbar bench --suite environments`: steps a second of vectors of environments. */
import { cpus } from 'node:os';
import { BACKEND_NAMES, type BackendName } from '../powerflow/index.js';
import { type Arguments, numeric, UsageError } from './arguments.js';
import { parts, words } from './bench-options.js';
import type { Terminal } from './command.js';
import { EXIT } from './command.js';
import { benchTasks, bothBackends, type EnvironmentsSettings, environmentsTable, runEnvironmentsSuite } from './environments-suite.js';

/** Options of the other suites that those of environments have not. */
export const OTHERS = ['feeder', 'case', 'method', 'lanes', 'precision', 'scenarios'] as const;

/** Seconds of a sample, and how many there are. */
const LONG = { seconds: 1, samples: 5 };
const QUICK = { seconds: 0.1, samples: 3 };

/** The counts of `--workers`. Throws {@link UsageError}. */
export function threadCounts(found: Arguments): number[] {
  return (parts(found, 'workers') ?? ['1']).map((part) => {
    const count = Number(part);
    if (part === '' || !Number.isInteger(count) || count < 1 || count > 1024)
      throw new UsageError(`bench: --workers has "${part}"; it must be a whole number from 1 to 1024`);
    return count;
  });
}

function settingsOf(found: Arguments): EnvironmentsSettings {
  const other = OTHERS.find((name) => found.values.has(name));
  if (other !== undefined)
    throw new UsageError(`bench: --${other} is for the suite power-flow; the suite environments has --task, --backend, --workers, --environments`);
  const quick = found.flags.has('quick');
  return {
    tasks: parts(found, 'task') ?? benchTasks(quick),
    backends: found.values.has('backend') ? (words<BackendName>(found, 'backend', BACKEND_NAMES) ?? []) : bothBackends(),
    workers: threadCounts(found),
    environments: numeric('bench', found, 'environments', { integer: true, least: 1, most: 2 ** 20 }) ?? (quick ? 128 : undefined),
    ...(quick ? QUICK : LONG),
    ...(found.values.has('seconds') ? { seconds: numeric('bench', found, 'seconds', { above: 0 }) ?? LONG.seconds } : {}),
  };
}

/** Runs the suite and prints it. */
export async function runEnvironmentsBench(found: Arguments, terminal: Terminal): Promise<number> {
  const rows = await runEnvironmentsSuite(settingsOf(found), (text) => {
    if (terminal.isScreen) terminal.err(`\r\x1b[K${text}`);
  });
  if (terminal.isScreen) terminal.err('\r\x1b[K');
  if (found.flags.has('json')) terminal.out(`[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`);
  else terminal.out(`Processor: ${cpus()[0]?.model.trim() ?? 'unknown'}, node ${process.version}\n\n${environmentsTable(rows)}\n`);
  return EXIT.ok;
}
