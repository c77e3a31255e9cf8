/** The demonstration's training: a capacitor agent from nothing, then the table of all methods on rows that it has not seen. */
import { availableParallelism } from 'node:os';
import { LearnedPolicy, type PolicyData, policyToJSON, train } from '../agents/node-index.js';
import { chooseLearningBackend } from '../learning/node-index.js';
import { backendSummary } from '../powerflow/index.js';
import { methodChartSvg } from '../visualization/index.js';
import { compareMethods, type MethodResult, ONCE_TASK, PUBLISHED, ScenarioMaker } from './capacitor-comparison.js';
import type { TrainingSize } from './capacitor-options.js';
import { METHODS_NOTE, methodsRecord, printMethods } from './capacitor-table.js';
import type { Terminal } from './command.js';
import { writeFileWhole } from './files.js';
import { ProgressBar } from './progress.js';

/** What came of it. */
export interface CapacitorTraining {
  readonly policy: PolicyData;
  readonly methods: readonly MethodResult[];
  readonly curve: readonly { readonly steps: number; readonly percent: number; readonly seconds: number }[];
  readonly rows: number;
  readonly episodes: number;
  readonly workers: number;
  /** Of training alone. */
  readonly trainingSeconds: number;
}

/** Points of the learning curve, and scenarios of each. */
const POINTS = 32;
const CURVE_ROWS = 512;
/** Scenarios of different seeds are so far apart; the second half of them is the learning curve's. All lie below the seeds of training, which begin at 2^32 (1 + seed). */
const SEEDS = 2 ** 21;

/**
 * Trains and compares.
 *
 * @param seed 0 to 2^20
 * @param quiet whether lines of progress are left out
 */
export async function trainCapacitors(terminal: Terminal, size: TrainingSize, seed: number, quiet: boolean): Promise<CapacitorTraining> {
  const workers = Math.min(2, availableParallelism());
  const say = (text: string): void => {
    if (!quiet) terminal.out(text);
  };
  const maker = await ScenarioMaker.create();
  const apart = await maker.generated(seed * SEEDS + SEEDS / 2, CURVE_ROWS);
  const curve: { steps: number; percent: number; seconds: number }[] = [];
  say(`
Training a capacitor agent from nothing: task ${ONCE_TASK}, a contextual bandit, seed ${seed}
${size.episodes} episodes of two power flows, these on ${backendSummary().batch}, networks on ${chooseLearningBackend().name}; saving on ${CURVE_ROWS} rows apart
`);
  say('  episodes   saving %   seconds\n');
  const bar = new ProgressBar(terminal);
  let next = size.episodes / POINTS;
  const training = await train(ONCE_TASK, 'bandit', {
    steps: size.episodes,
    seed,
    workers,
    evaluations: POINTS - 1,
    onProgress: ({ steps, totalSteps }) => bar.update(steps, totalSteps),
    onRecord: ({ steps, seconds }, policy) => {
      const { savingPercent: percent } = apart.outcome(apart.choices(new LearnedPolicy(policy)));
      curve.push({ steps, percent, seconds });
      if (steps < next) return;
      // Twice as many each time.
      next *= 2;
      bar.end();
      say(`  ${String(steps).padStart(8)}   ${percent.toFixed(2).padStart(8)}   ${seconds.toFixed(1).padStart(7)}\n`);
    },
  });
  bar.end();
  const set = await maker.generated(seed * SEEDS, size.rows);
  const methods = await compareMethods(maker, set, { policy: new LearnedPolicy(training.policy), title: 'ours: trained in this run' });
  return {
    policy: training.policy,
    methods,
    curve,
    rows: size.rows,
    episodes: training.steps,
    workers,
    trainingSeconds: training.seconds,
  };
}

/** The picture of the table and the learning curve. */
export function trainingSvg({ methods, curve, rows, episodes, policy }: CapacitorTraining): string {
  const labels: Readonly<Record<string, string>> = { linear: 'linear fit', ours: 'ours' };
  const bars = methods.map(({ name, savingPercent, meanLossKw }) => ({
    label: labels[name] ?? name,
    percent: savingPercent,
    note: `${meanLossKw.toFixed(4)} kW`,
    kind: name === 'ours' ? ('ours' as const) : ('measured' as const),
  }));
  const quoted = { label: 'published agent', percent: PUBLISHED.savingPercent, note: 'quoted, on its own rows', kind: 'quoted' as const };
  return methodChartSvg({
    title: 'Four capacitors of IEEE 123: share of the possible saving of losses',
    subtitle: `Mean over ${rows} unseen load rows; agent trained from nothing on ${episodes} episodes of two power flows, seed ${policy.seed}`,
    barsTitle: 'Saving, and mean loss',
    bars: [bars[0], quoted, ...bars.slice(1)],
    curveTitle: 'Learning',
    missedTitle: `saving still missed (logarithmic), ${CURVE_ROWS} rows apart`,
    curve,
    stepsTitle: 'Episodes of training',
  });
}

/**
 * Trains, prints the table, draws it, and keeps the policy.
 *
 * @param files where picture and policy go
 * @param quiet whether nothing is printed
 * @returns the same as a record for JSON
 */
export async function trainAndCompare(
  terminal: Terminal,
  size: TrainingSize,
  seed: number,
  files: { readonly chart: string; readonly policy: string },
  quiet: boolean,
): Promise<object> {
  const training = await trainCapacitors(terminal, size, seed, quiet);
  writeFileWhole(files.chart, trainingSvg(training));
  writeFileWhole(files.policy, `${JSON.stringify(policyToJSON(training.policy))}\n`);
  const { methods, curve, rows, episodes, workers, trainingSeconds } = training;
  if (!quiet) {
    const threads = workers === 1 ? '1 thread' : `${workers} threads`;
    terminal.out(
      `\n${rows} load rows that the agent has not seen (${2 * episodes} power flows and ${trainingSeconds.toFixed(1)} s of training, ${threads})\n`,
    );
    printMethods(terminal, methods);
    terminal.out(METHODS_NOTE);
  }
  return { seed, episodes, rows, methods: methodsRecord(methods), curve, published: PUBLISHED, workers, trainingSeconds };
}
