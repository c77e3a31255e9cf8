/** `busbar bench --suite training`: steps a second while an agent learns. */
import { cpus } from 'node:os';
import { nativeLearning } from '../learning/index.js';
import { type Arguments, numeric, UsageError } from './arguments.js';
import { parts, words } from './bench-options.js';
import type { Terminal } from './command.js';
import { EXIT } from './command.js';
import { OTHERS, threadCounts } from './environments-bench.js';
import { runTrainingSuite, type TrainingSettings, trainingTable } from './training-suite.js';

/** Native kernels where there are any, and WebAssembly. */
export function trainingBackends(): ('native' | 'wasm')[] {
  return nativeLearning().backends.length > 0 ? ['native', 'wasm'] : ['wasm'];
}

function settingsOf(found: Arguments): TrainingSettings {
  const other = OTHERS.find((name) => found.values.has(name));
  if (other !== undefined)
    throw new UsageError(`bench: --${other} is for the suite power-flow; the suite training has --task, --backend, --workers, --environments`);
  const quick = found.flags.has('quick');
  return {
    tasks: parts(found, 'task') ?? ['dso-case33bw'],
    backends: words(found, 'backend', ['native', 'wasm'] as const) ?? trainingBackends(),
    workers: threadCounts(found),
    environments: numeric('bench', found, 'environments', { integer: true, least: 1, most: 2 ** 20 }) ?? 128,
    seconds: numeric('bench', found, 'seconds', { above: 0 }) ?? (quick ? 0.2 : 2),
    samples: quick ? 1 : 5,
  };
}

/** Runs the suite and prints it. */
export async function runTrainingBench(found: Arguments, terminal: Terminal): Promise<number> {
  const rows = await runTrainingSuite(settingsOf(found), (text) => {
    if (terminal.isScreen) terminal.err(`\r\x1b[K${text}`);
  });
  if (terminal.isScreen) terminal.err('\r\x1b[K');
  if (found.flags.has('json')) terminal.out(`[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`);
  else terminal.out(`Processor: ${cpus()[0]?.model.trim() ?? 'unknown'}, node ${process.version}\n\n${trainingTable(rows)}\n`);
  return EXIT.ok;
}
