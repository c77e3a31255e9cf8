/** `busbar bench`: what a scenario costs here, in batches, and how many steps environments make. */
import { cpus } from 'node:os';
import { basename } from 'node:path';
import { readOpenDss } from '../formats/opendss/index.js';
import { nodeFiles } from '../formats/opendss/node-files.js';
import type { Grid } from '../grid/index.js';
import type { BatchMethod, Precision } from '../powerflow/index.js';
import { type Arguments, choice, noPositionals, numeric, readArguments, UsageError } from './arguments.js';
import { BALANCED_METHODS, type BalancedSettings, balancedLanes, balancedTable, runBalancedSuite } from './balanced-suite.js';
import { backendsOf, parts, sizesOf, words } from './bench-options.js';
import { measurePeak } from './bench-peak.js';
import { BENCH_CASES, BENCH_METHODS, type BenchSettings, benchTable, lanesIn, peakLine, QUICK_CASES, runSuite } from './bench-suite.js';
import { findTimer, type Timer } from './bench-timer.js';
import { loadCaseTarget } from './case-target.js';
import type { Command, Terminal } from './command.js';
import { EXIT } from './command.js';

/** Options that only the suites environments and training have. */
const ENVIRONMENT_VALUES = ['task', 'workers', 'environments'] as const;

const HELP = `Usage: busbar bench [options]

Measures batches: many scenarios of one grid at once. The time is that of a batch divided by its scenarios, on one core; mismatch and node error are recomputed in
plain TypeScript after the timing. "scalar" is the same work by a plain program, one scenario at a time.

Feeders: each load has a random factor of its own (0 to 1.5) in every scenario, from the base case's solution. The tolerance keeps every node of the checked
scenarios within 1e-8 pu of its solution, in single precision within 1e-5 pu.
Balanced cases: each load has a random factor of its own (0.8 to 1.2), generation follows the total load, from the solution of the case as it stands. The
tolerance is 1e-8 pu of the case's base power. By dc, a single linear solution, mismatch and node error are those of the DC power flow; "scalar" is always the same method.

  --feeder NAMES     feeders or their cases, separated by commas (default: ${BENCH_CASES.map((one) => one.id).join(', ')})
  --case NAMES       in the place of feeders: built-in balanced cases (busbar cases), MATPOWER files (.m) or OpenDSS files (.dss), separated by commas
  --method NAMES     of feeders and OpenDSS files chord, sweep, injection, newton or all, separated by commas (default: chord);
                     of balanced cases newton, newton-mixed, newton-shared, fast-decoupled, fast-decoupled-bx, dc, all, or auto: what a batch
                     takes by itself, one of Newton's (default: auto)
  --backend NAMES    wasm, native, native-avx2, native-avx512, scalar or all, separated by commas (default: the widest native there is, and wasm)
  --lanes N          only backends of this many lanes
  --precision WORD   double, single (the chord method) or all (default: double)
  --scenarios LIST   batch sizes, separated by commas (default: 4096, less for large grids)
  --seconds S        time for each measurement (default: 0.5)
  --quick            small batches (256 scenarios), short timings (0.1 s), 8 scenarios checked instead of 32, and of feeders three cases
                     (with --case or --feeder all those that are named): a few seconds; --scenarios and --seconds go before it
  --wide             all columns: also processor time, iterations, rates and their share of what the processor could do
  --json             prints a JSON array of rows and nothing else

In case ieee123-taps the taps of regulators and the states of capacitors are random in every scenario too, in ieee123-switches also three switches (by newton);
case ieee8500 is the feeder with unbalanced secondary loads.

  --suite WORD       power-flow: all of the above (default); environments: steps a second of tasks for agents, random actions drawn beforehand,
                     observations and rewards included, episodes ending and beginning anew; middle of five samples;
                     topology: balanced cases with a branch out or a substation split in each lane, against lanes that have other loads alone, and
                     what a contingency of an N-1 analysis takes (--case, default case14,case118; --backend, --scenarios, --quick, --json);
                     training: steps a second while PPO (two networks of two layers of 64 units) learns, and where the time goes
  --task NAMES       of the suites environments and training: tasks (busbar tasks), separated by commas (default: the published ones, and cartpole;
                     for training dso-case33bw)
  --workers LIST     threads, separated by commas (default: 1)
  --environments N   environments of a vector (default: 1024, of wide tasks 128; for training 128)
The suites environments and training have of the other options --backend (default: native where there is, and wasm), --seconds of a sample (default: 1), --quick and --json.
`;

/** What both kinds of grids have in common. */
function commonOf(found: Arguments): { scenarios: number[]; seconds: number; checked: number; lanes: number | undefined } {
  const quick = found.flags.has('quick');
  return {
    scenarios: sizesOf(found) ?? (quick ? [256] : []),
    seconds: numeric('bench', found, 'seconds', { above: 0 }) ?? (quick ? 0.1 : 0.5),
    checked: quick ? 8 : 32,
    lanes: numeric('bench', found, 'lanes', { integer: true, least: 1 }),
  };
}

/** Settings of feeders and OpenDSS files. */
function settingsOf(found: Arguments, files: BenchSettings['cases'] | undefined): BenchSettings {
  const precisions = words<Precision>(found, 'precision', ['double', 'single']) ?? ['double'];
  const common = commonOf(found);
  const { lanes } = common;
  return {
    ...common,
    cases: files ?? parts(found, 'feeder') ?? (found.flags.has('quick') ? QUICK_CASES : BENCH_CASES.map((one) => one.id)),
    methods: words<BatchMethod>(found, 'method', BENCH_METHODS) ?? ['chord'],
    backends: backendsOf(found, { lanesOf: (backend) => precisions.map((one) => lanesIn(backend, one)), lanes, hasScalar: true }),
    precisions,
  };
}

/** Settings of balanced cases. */
function balancedSettingsOf(found: Arguments, targets: readonly string[], warn: (message: string) => void): BalancedSettings {
  const precision = found.values.get('precision');
  if (precision !== undefined && precision.toLowerCase() !== 'double')
    throw new UsageError(`bench: --precision ${precision} is for feeders; balanced cases are solved in double precision`);
  const { lanes, ...common } = commonOf(found);
  return {
    ...common,
    methods: words(found, 'method', BALANCED_METHODS) ?? ['auto'],
    backends: backendsOf(found, { lanesOf: (backend) => [balancedLanes(backend)], lanes, hasScalar: false }),
    cases: targets.map((target) => {
      const { grid } = loadCaseTarget(target, warn);
      return { id: grid.name, grid };
    }),
  };
}

const isOpenDss = (target: string): boolean => /\.dss$/i.test(target);

function readFeeder(path: string, warn: (message: string) => void): { id: string; grid: Grid } {
  const { grid, warnings } = readOpenDss(path, nodeFiles());
  for (const { message } of warnings) warn(message);
  return { id: basename(path), grid };
}

/** Rows to print, in words what was asked for and does not apply, and the table. */
interface Outcome {
  rows: readonly object[];
  notes: readonly string[];
  table: (peak?: number) => string;
}

async function measure(found: Arguments, timer: Timer, terminal: Terminal): Promise<Outcome> {
  const say = (text: string): void => {
    if (terminal.isScreen) terminal.err(`\r\x1b[K${text}`);
  };
  const warn = (message: string): void => terminal.err(`busbar: bench: warning: ${message}\n`);
  const targets = parts(found, 'case');
  if (targets && found.values.has('feeder')) throw new UsageError('bench: --feeder and --case exclude each other; give one of them');
  if (targets && !targets.some(isOpenDss)) {
    const result = runBalancedSuite(balancedSettingsOf(found, targets, warn), timer, say);
    return { ...result, table: (peak) => balancedTable(result.rows, peak) };
  }
  const other = targets?.find((target) => !isOpenDss(target));
  if (other !== undefined)
    throw new UsageError(
      `bench: --case has OpenDSS files, which are three-phase, and "${other}", which is balanced; measure them one after the other`,
    );
  const result = await runSuite(
    settingsOf(
      found,
      targets?.map((path) => readFeeder(path, warn)),
    ),
    timer,
    say,
  );
  return { ...result, table: (peak) => benchTable(result.rows, peak) };
}

async function run(args: string[], terminal: Terminal): Promise<number> {
  const found = readArguments('bench', args, {
    values: ['suite', 'feeder', 'case', 'method', 'backend', 'lanes', 'precision', 'scenarios', 'seconds', ...ENVIRONMENT_VALUES],
    flags: ['json', 'quick', 'wide'],
  });
  noPositionals('bench', found);
  const suite = choice('bench', found, 'suite', ['power-flow', 'topology', 'environments', 'training']);
  if (suite === 'environments') {
    const { runEnvironmentsBench } = await import('./environments-bench.js');
    return runEnvironmentsBench(found, terminal);
  }
  if (suite === 'topology') {
    const { runTopologyBench } = await import('./topology-bench.js');
    return runTopologyBench(found, terminal);
  }
  if (suite === 'training') {
    const { runTrainingBench } = await import('./training-bench.js');
    return runTrainingBench(found, terminal);
  }
  const stray = ENVIRONMENT_VALUES.find((name) => found.values.has(name));
  if (stray !== undefined) throw new UsageError(`bench: --${stray} is for the suite environments; add --suite environments`);
  const timer = findTimer();
  const { rows, notes, table } = await measure(found, timer, terminal);
  if (terminal.isScreen) terminal.err('\r\x1b[K');
  for (const note of notes) terminal.err(`busbar: bench: ${note}\n`);
  if (found.flags.has('json')) {
    terminal.out(rows.length > 0 ? `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n` : '[]\n');
  } else if (rows.length > 0) {
    const peak = found.flags.has('wide') ? measurePeak() : undefined;
    terminal.out(`Processor: ${cpus()[0]?.model.trim() ?? 'unknown'}, node ${process.version}, one core; timed by ${timer.name}\n\n`);
    terminal.out(`${table(peak)}\n\n${peak === undefined ? 'More columns: --wide' : peakLine(peak)}\n`);
  }
  return rows.length > 0 ? EXIT.ok : EXIT.badInput;
}

/** The command. */
export const bench: Command = { name: 'bench', summary: 'measure what a scenario costs in batches, and what environments step', help: HELP, run };
