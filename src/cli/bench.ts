/** `busbar bench`: what a scenario costs here, in batches. */
import { cpus } from 'node:os';
import {
  type BackendName,
  type BatchMethod,
  backendSummary,
  chooseBackend,
  type KernelBackend,
  type Precision,
  scalarBackend,
} from '../powerflow/index.js';
import { type Arguments, noPositionals, numeric, readArguments, UsageError } from './arguments.js';
import { measurePeak } from './bench-peak.js';
import { BENCH_CASES, BENCH_METHODS, type BenchSettings, benchTable, lanesIn, peakLine, QUICK_CASES, runSuite } from './bench-suite.js';
import { findTimer } from './bench-timer.js';
import type { Command, Terminal } from './command.js';
import { EXIT } from './command.js';

const HELP = `Usage: busbar bench [options]

Measures batches: many scenarios of one grid at once, each load with a random factor of its own (0 to 1.5) in every scenario, from the base case's solution. The
time is that of a batch divided by its scenarios, on one core. The tolerance keeps every node of the checked scenarios within 1e-8 pu of its solution, in single
precision within 1e-5 pu; mismatch and node error are recomputed in plain TypeScript after the timing. "scalar" is the same work by a plain loop, one scenario at a time.

  --feeder NAMES     cases or feeders, separated by commas (default: ${BENCH_CASES.map((one) => one.id).join(', ')})
  --method NAMES     chord, sweep, injection, newton or all, separated by commas (default: chord)
  --backend NAMES    wasm, native, native-avx2, native-avx512, scalar or all, separated by commas (default: the widest native there is, and wasm)
  --lanes N          only backends of this many lanes
  --precision WORD   double, single (the chord method) or all (default: double)
  --scenarios LIST   batch sizes, separated by commas (default: 4096, less for large grids)
  --seconds S        time for each measurement (default: 0.5)
  --quick            three cases, small batches, short timings: a few seconds
  --json             prints a JSON array of rows and nothing else

In case ieee123-taps the taps of regulators and the states of capacitors are random in every scenario too, in ieee123-switches also three switches (by newton);
case ieee8500 is the feeder with unbalanced secondary loads.
`;

/** The words of an option that is a list, each one of `known`; `all` stands for all of them. */
function words<T extends string>(found: Arguments, name: string, known: readonly T[]): T[] | undefined {
  const text = found.values.get(name);
  if (text === undefined) return undefined;
  if (text.toLowerCase() === 'all') return [...known];
  return text.split(',').map((part) => {
    const word = known.find((candidate) => candidate === part.trim().toLowerCase());
    if (word === undefined) throw new UsageError(`bench: --${name} has "${part}"; it may be ${known.join(', ')}, all`);
    return word;
  });
}

function backendsOf(found: Arguments, precisions: readonly Precision[], lanes: number | undefined): KernelBackend[] {
  const summary = backendSummary();
  const named = words(found, 'backend', ['wasm', 'native', 'native-sse2', 'native-avx2', 'native-avx512', 'scalar', 'auto'] as const);
  const all = found.values.get('backend')?.toLowerCase() === 'all';
  const every = (): KernelBackend[] => [
    ...summary.available.map((name) => chooseBackend(name.startsWith('wasm') ? 'wasm' : (name as BackendName), 'batch')),
    scalarBackend,
  ];
  let backends: KernelBackend[];
  if (named && !all) backends = named.map((name) => (name === 'scalar' ? scalarBackend : chooseBackend(name, 'batch')));
  else if (all || lanes !== undefined) backends = every();
  else if (process.env.BUSBAR_BACKEND) backends = [chooseBackend(undefined, 'batch')];
  else backends = [chooseBackend('auto', 'batch'), chooseBackend('wasm', 'batch')];
  backends = backends.filter(
    (backend, k) => backends.indexOf(backend) === k && (lanes === undefined || precisions.some((one) => lanesIn(backend, one) === lanes)),
  );
  if (backends.length === 0)
    throw new UsageError(
      `bench: no backend here has ${lanes} lanes; there are ${every()
        .flatMap((one) => precisions.map((precision) => `${one.name} with ${lanesIn(one, precision)}`))
        .join(', ')}`,
    );
  return backends;
}

function sizesOf(found: Arguments): number[] | undefined {
  return found.values
    .get('scenarios')
    ?.split(',')
    .map((part) => {
      const size = Number(part);
      if (part.trim() === '' || !Number.isInteger(size) || size < 1 || size > 1_000_000)
        throw new UsageError(`bench: --scenarios has "${part}"; it must be a whole number from 1 to 1000000`);
      return size;
    });
}

function settingsOf(found: Arguments): BenchSettings {
  const quick = found.flags.has('quick');
  const precisions = words<Precision>(found, 'precision', ['double', 'single']) ?? ['double'];
  const lanes = numeric('bench', found, 'lanes', { integer: true, least: 1 });
  const feeders = found.values
    .get('feeder')
    ?.split(',')
    .map((name) => name.trim());
  return {
    cases: feeders ?? (quick ? QUICK_CASES : BENCH_CASES.map((one) => one.id)),
    methods: words<BatchMethod>(found, 'method', BENCH_METHODS) ?? ['chord'],
    backends: backendsOf(found, precisions, lanes),
    precisions,
    lanes,
    scenarios: sizesOf(found) ?? (quick ? [256] : []),
    seconds: numeric('bench', found, 'seconds', { above: 0 }) ?? (quick ? 0.1 : 0.5),
    checked: quick ? 8 : 32,
  };
}

async function run(args: string[], terminal: Terminal): Promise<number> {
  const found = readArguments('bench', args, {
    values: ['feeder', 'method', 'backend', 'lanes', 'precision', 'scenarios', 'seconds'],
    flags: ['json', 'quick'],
  });
  noPositionals('bench', found);
  const settings = settingsOf(found);
  const timer = findTimer();
  const { rows, notes } = await runSuite(settings, timer, (text) => {
    if (terminal.isScreen) terminal.err(`\r\x1b[K${text}`);
  });
  if (terminal.isScreen) terminal.err('\r\x1b[K');
  for (const note of notes) terminal.err(`busbar: bench: ${note}\n`);
  if (found.flags.has('json')) {
    terminal.out(`[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`);
  } else {
    const peak = measurePeak();
    terminal.out(`Processor: ${cpus()[0]?.model.trim() ?? 'unknown'}, node ${process.version}, one core; timed by ${timer.name}\n\n`);
    terminal.out(`${benchTable(rows, peak)}\n\n${peakLine(peak)}\n`);
  }
  return rows.length > 0 ? EXIT.ok : EXIT.badInput;
}

/** The command. */
export const bench: Command = { name: 'bench', summary: 'measure what a scenario costs in batches', help: HELP, run };
