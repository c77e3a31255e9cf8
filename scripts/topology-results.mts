/**
 * Trains agents of clusters on a topology task, several seeds each with the same budget, and judges them by how much of 28 days they survive in scenarios that they were not trained on, beside
 * doing nothing, putting lines back, and greedy. Each run is a record in docs/results/topology.json; the page docs/results/topology.md is made of these records.
 *
 * Run: npx tsx scripts/topology-results.mts [--part NAME]... [--seeds 0,1,2,3,4] [--steps 4000000] [--again] [--page]
 * Parts are those of YARDSTICKS and VARIANTS, all of them without names. What is on record with the same budget is passed over, so that an interrupted run goes on; --again does it anew, --page makes the page alone.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LearnedPolicy, type PolicyData, train } from '../src/agents/node-index.js';
import { evaluate } from '../src/environments/node-index.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = join(root, 'docs', 'results', 'topology.md');
const file = join(root, 'docs', 'results', 'topology.json');

const TASK = 'topology-case14';
/** Steps of a whole scenario. */
const STEPS = 8064;
/** Scenarios that judge: of a series seed of their own, from their first row on. */
const JUDGE = { taskOptions: { seriesSeed: 1000 }, episodes: 50, seed: 0, resetOptions: (episode: number) => ({ scenario: episode }) };
/** In training: other scenarios, from any row on. Curves are of a third series seed, by which settings were chosen. */
const TRAINING = { start: 'random', seriesSeed: 0 };
const CURVE = { start: 'first', seriesSeed: 1 };
const EVALUATIONS = 10;
const EVALUATION_EPISODES = 20;

/** Simple policies. */
const YARDSTICKS: Readonly<Record<string, string>> = { none: 'do nothing', reconnect: 'reconnect only', greedy: 'greedy' };

const TWO = '0,1,2,4|3,5,6,7,8,9,10,11,12,13';

/** Agents: settings beside those tuned for the task. */
const VARIANTS: Readonly<Record<string, { readonly title: string; readonly settings: Readonly<Record<string, unknown>> }>> = {
  central: { title: 'central (one cluster)', settings: { clusters: 'central' } },
  partial: { title: 'distributed, partial observation', settings: { clusters: TWO, observation: 'partial' } },
  full: { title: 'distributed, full observation', settings: { clusters: TWO, observation: 'full' } },
  centralLearned: {
    title: 'central, learned dispatcher (acts or does nothing)',
    settings: { clusters: 'central', dispatcher: 'learned', entropyWeight: 0.03 },
  },
  // The distributed agent with networks of half the width, fewer weights than the central agent has.
  small: { title: 'distributed, partial observation, hidden layers of 32', settings: { clusters: TWO, observation: 'partial', hidden: [32, 32] } },
  // Found without a hand by mutual information: docs/decomposition.md.
  found: {
    title: 'clusters found by mutual information (1, 2, 3, 4 and 5, 8, 12), partial observation',
    settings: { clusters: '0,1,2,3,4|5,6,7,8,9,10,11,12,13', observation: 'partial' },
  },
  worst: {
    title: 'distributed, full observation, worst substation each step',
    settings: { clusters: TWO, observation: 'full', dispatcher: 'worst' },
  },
  // With less entropy the dispatcher soon does nothing for ever, and its agents learn nothing.
  learned: {
    title: 'distributed, full observation, learned dispatcher',
    settings: { clusters: TWO, observation: 'full', dispatcher: 'learned', entropyWeight: 0.03 },
  },
};

/** What came of the scenarios that judge. */
interface Judged {
  /** Mean share of the steps survived, and its standard deviation over scenarios. */
  readonly survival: number;
  readonly sd: number;
  /** Mean return. */
  readonly return: number;
  /** Scenarios survived to the end. */
  readonly whole: number;
  readonly lengths: readonly number[];
}

interface YardstickRecord extends Judged {
  readonly policy: string;
  readonly seconds: number;
}

interface RunRecord extends Judged {
  readonly variant: string;
  readonly seed: number;
  readonly budget: number;
  readonly steps: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of training alone. */
  readonly seconds: number;
  readonly simulationSeconds: number;
  /** Weights of all networks, and of those that act. */
  readonly parameters: number;
  readonly actingParameters: number;
  /** Share of the steps of training in which each cluster acted, in the last tenth. */
  readonly shares: readonly number[];
  /** [seconds, steps, mean share survived] in the scenarios of the curve. */
  readonly curve: readonly (readonly [number, number, number])[];
  readonly processor: string;
  readonly date: string;
}

interface Records {
  yardsticks: YardstickRecord[];
  runs: RunRecord[];
}

const records: Records = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Records) : { yardsticks: [], runs: [] };

function keep(): void {
  mkdirSync(dirname(file), { recursive: true });
  const line = (rows: readonly object[]): string =>
    rows.length === 0 ? '[]' : `[\n    ${rows.map((row) => JSON.stringify(row)).join(',\n    ')}\n  ]`;
  writeFileSync(file, `{\n  "yardsticks": ${line(records.yardsticks)},\n  "runs": ${line(records.runs)}\n}\n`);
}

async function judge(policy: string | PolicyData): Promise<Judged & { readonly seconds: number }> {
  const { lengths, returns, episodeLengths, seconds } = await evaluate(TASK, typeof policy === 'string' ? policy : new LearnedPolicy(policy), JUDGE);
  return {
    survival: lengths.mean / STEPS,
    sd: lengths.sd / STEPS,
    return: returns.mean,
    whole: episodeLengths.filter((length) => length === STEPS).length,
    lengths: Array.from(episodeLengths),
    seconds,
  };
}

const order = (name: string): number => [...Object.keys(YARDSTICKS), ...Object.keys(VARIANTS)].indexOf(name);

async function measureYardstick(policy: string): Promise<void> {
  const judged = await judge(policy);
  records.yardsticks = [...records.yardsticks.filter((one) => one.policy !== policy), { policy, ...judged }];
  records.yardsticks.sort((a, b) => order(a.policy) - order(b.policy));
  process.stderr.write(`${policy}: ${judged.survival.toFixed(4)} in ${judged.seconds.toFixed(0)} s\n`);
  keep();
}

async function trainOne(variant: string, seed: number, budget: number): Promise<void> {
  const training = await train(TASK, 'clusters', {
    steps: budget,
    seed,
    settings: VARIANTS[variant].settings,
    taskOptions: TRAINING,
    evaluationTaskOptions: CURVE,
    evaluations: EVALUATIONS,
    evaluationEpisodes: EVALUATION_EPISODES,
    evaluationResets: (episode) => ({ scenario: episode }),
  });
  const { policy, settings, seconds, simulationSeconds } = training;
  const { seconds: _judging, ...judged } = await judge(policy);
  const last = training.records.at(-1)?.metrics ?? {};
  const networks = [policy.network, ...(policy.clusters?.networks ?? [])];
  const record: RunRecord = {
    variant,
    seed,
    budget,
    steps: training.steps,
    settings,
    seconds,
    simulationSeconds,
    parameters: last.parameters,
    actingParameters: networks.reduce((sum, network) => sum + network.parameters.length, 0),
    shares: Object.entries(last).flatMap(([name, value]) => (/^share\d+$/.test(name) ? [Number(value.toPrecision(3))] : [])),
    ...judged,
    // Rewards are 1 a step but for lines near their limits: lengths are what is told.
    curve: training.records.map((one) => [Number(one.seconds.toFixed(1)), one.steps, Number((one.evaluation.mean / STEPS).toFixed(4))]),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    date: new Date().toISOString().slice(0, 10),
  };
  records.runs = [...records.runs.filter((one) => !(one.variant === variant && one.seed === seed)), record];
  records.runs.sort((a, b) => order(a.variant) - order(b.variant) || a.seed - b.seed);
  process.stderr.write(
    `${variant} seed ${seed}: ${judged.survival.toFixed(4)}, ${judged.whole} of ${JUDGE.episodes} whole, in ${seconds.toFixed(0)} s\n`,
  );
  keep();
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, x) => sum + (x - mean(values)) ** 2, 0) / (values.length - 1));
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
const share = (value: number): string => value.toFixed(3);

/** Runs of a variant, all of one budget. */
const runsOf = (variant: string): RunRecord[] => records.runs.filter((run) => run.variant === variant);

/** What the table says of the goal: distributed >= centralised >= doing nothing. */
function verdict(): string[] {
  const said = [
    ['partial', 'central'],
    ['full', 'central'],
    ['small', 'central'],
    ['found', 'central'],
    ['worst', 'central'],
    ['learned', 'central'],
    ['learned', 'centralLearned'],
    ['central', 'none'],
    ['partial', 'none'],
    ['full', 'none'],
  ].flatMap(([a, b]) => {
    const ones = runsOf(a).map((run) => run.survival);
    const others =
      b in YARDSTICKS ? records.yardsticks.filter(({ policy }) => policy === b).map((one) => one.survival) : runsOf(b).map((run) => run.survival);
    if (ones.length < 2 || others.length === 0) return [];
    const name = (key: string): string => YARDSTICKS[key] ?? VARIANTS[key].title;
    const difference = mean(ones) - mean(others);
    // Of the mean over seeds of training; the scenarios are the same for all.
    const error = Math.sqrt([ones, others].reduce((sum, values) => sum + (values.length > 1 ? deviation(values) ** 2 / values.length : 0), 0));
    const word = Math.abs(difference) <= 2 * error ? 'not told apart by so many seeds' : difference > 0 ? 'more' : '**less**';
    const signed = `${difference < 0 ? '-' : '+'}${share(Math.abs(difference))}`;
    return [`| ${name(a)} | ${name(b)} | ${signed} ± ${share(error)} | ${word} |`];
  });
  if (said.length === 0) return [];
  return [
    '',
    'The goal was distributed >= centralised >= doing nothing. What came out, as differences of survival; ± is the standard error of the difference of means over seeds, and within two of these nothing is said:',
    '',
    '| | against | difference | |',
    '|---|---|---|---|',
    ...said,
  ];
}

function text(): string {
  const parts = [
    '# Topology: one agent a cluster against one for all',
    '',
    `Made by \`npx tsx scripts/topology-results.mts\` (\`--part NAME\`, \`--seeds\`, \`--page\`). Task \`${TASK}\`: ${STEPS} steps of five minutes, 28 days, or until a blackout. Agents of [\`clusters\`](../agents/clusters.md), settings of`,
    '`src/agents/clusters/tuned.ts`, the same budget of steps each; trained on 100 scenarios (`seriesSeed` 0) from any row on. The policy at the end of the training, without chance, is judged on',
    `${JUDGE.episodes} scenarios of another series seed (1000) from their first row on. Settings were chosen by looking at seed 0 on 20 scenarios of a third one (1). Survival is the mean share of the ${STEPS} steps; ± is the standard deviation`,
    '(divided by n - 1) over seeds of training, for yardsticks over scenarios. Seconds are those of training alone, by the median seed; the machine was shared with other work, so that they are rough. Parameters are weights of all',
    'networks (in brackets those that act). `greedy` tries all choices in each step with the very step to come, and is no controller. Agents with a learned dispatcher have an entropy weight of 0.03, chosen for the distributed one, the others of 0.001. Records of all runs: `docs/results/topology.json`.',
    '',
    '| policy | seeds | survival | worst and best seed | scenarios survived | steps | seconds | simulation | parameters |',
    '|---|---|---|---|---|---|---|---|---|',
  ];
  for (const one of records.yardsticks)
    parts.push(`| ${YARDSTICKS[one.policy]} | | ${share(one.survival)} ± ${share(one.sd)} | | ${one.whole} of ${JUDGE.episodes} | | | | |`);
  for (const [variant, { title }] of Object.entries(VARIANTS)) {
    const runs = runsOf(variant);
    if (runs.length === 0) continue;
    const survivals = runs.map((run) => run.survival);
    const seconds = median(runs.map((run) => run.seconds));
    const middle = runs.find((run) => run.seconds === seconds) as RunRecord;
    parts.push(
      `| **${title}** | ${runs.length} | ${share(mean(survivals))} ± ${runs.length > 1 ? share(deviation(survivals)) : '-'} | ${share(Math.min(...survivals))}, ${share(Math.max(...survivals))} | ${mean(runs.map((run) => run.whole)).toFixed(1)} of ${JUDGE.episodes} | ${middle.steps.toLocaleString('en')} | ${seconds.toFixed(0)} | ${((100 * middle.simulationSeconds) / middle.seconds).toFixed(0)} % | ${middle.parameters.toLocaleString('en')} (${middle.actingParameters.toLocaleString('en')}) |`,
    );
  }
  const machine = [...new Set(records.runs.map((run) => `${run.processor}, ${run.date}`))].join('; ');
  if (machine) parts.push('', `${machine}.`);
  return `${[...parts, ...verdict()].join('\n')}\n`;
}

const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true },
    seeds: { type: 'string', default: '0,1,2,3,4' },
    steps: { type: 'string', default: '4000000' },
    again: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
  },
});
const known = [...Object.keys(YARDSTICKS), ...Object.keys(VARIANTS)];
const wanted = values.page ? [] : (values.part ?? known);
for (const part of wanted) if (!known.includes(part)) throw new Error(`there is no part ${part}; there are ${known.join(', ')}`);
for (const policy of Object.keys(YARDSTICKS)) {
  if (!wanted.includes(policy) || (!values.again && records.yardsticks.some((one) => one.policy === policy))) continue;
  await measureYardstick(policy);
}
const budget = Number(values.steps);
// Seed by seed, so that what is there after an interruption can be compared.
for (const seed of values.seeds.split(',').map(Number)) {
  for (const variant of Object.keys(VARIANTS)) {
    if (!wanted.includes(variant) || (!values.again && runsOf(variant).some((run) => run.seed === seed && run.budget === budget))) continue;
    await trainOne(variant, seed, budget);
  }
}
writeFileSync(page, text());
