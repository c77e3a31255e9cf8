/** The demonstration's training: a capacitor agent from nothing, then the table of all methods on rows that it has not seen. */
import { availableParallelism } from 'node:os';
import { LearnedPolicy, type PolicyData, train } from '../agents/node-index.js';
import { chooseLearningBackend } from '../learning/node-index.js';
import { backendSummary } from '../powerflow/index.js';
import { methodChartSvg } from '../visualization/index.js';
import { compareMethods, type MethodResult, ONCE_TASK, PUBLISHED, ScenarioSet } from './capacitor-comparison.js';
import type { Terminal } from './command.js';
import { ProgressBar } from './progress.js';

/** How much is done. */
export interface TrainingSize {
  /** Episodes of training, two power flows each. */
  readonly episodes: number;
  /** Scenarios of the table, none of which is trained on. */
  readonly rows: number;
}

/** The whole, and a short one for checks. */
export const FULL: TrainingSize = { episodes: 131_072, rows: 2000 };
export const QUICK: TrainingSize = { episodes: 16_384, rows: 1000 };

/** What came of it. */
export interface CapacitorTraining {
  readonly policy: PolicyData;
  readonly methods: readonly MethodResult[];
  readonly curve: readonly { readonly steps: number; readonly percent: number; readonly seconds: number }[];
  readonly rows: number;
  readonly episodes: number;
  readonly workers: number;
  /** Of training alone, and of all of it. */
  readonly trainingSeconds: number;
  readonly seconds: number;
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
  const from = performance.now();
  const workers = Math.min(2, availableParallelism());
  const say = (text: string): void => {
    if (!quiet) terminal.out(text);
  };
  const apart = await ScenarioSet.generated(seed * SEEDS + SEEDS / 2, CURVE_ROWS);
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
  const set = await ScenarioSet.generated(seed * SEEDS, size.rows);
  const methods = await compareMethods(set, undefined, { policy: new LearnedPolicy(training.policy), title: 'ours: trained in this run' });
  return {
    policy: training.policy,
    methods,
    curve,
    rows: size.rows,
    episodes: training.steps,
    workers,
    trainingSeconds: training.seconds,
    seconds: (performance.now() - from) / 1000,
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
