/**
 * Trains agents that communicate on the microgrid tasks, several seeds each, and judges them on the study's test seeds, 2000, 2025 .. 2475, beside simple policies on the same
 * seeds. Each run is a record in docs/results/microgrids/<part>.json; the page docs/results/microgrids.md is made of these records.
 *
 * Run: npx tsx scripts/microgrid-results.mts [--part NAME]... [--task ID]... [--agent NAME]... [--seeds 0,1,2,3,4] [--steps N] [--again] [--page]
 * Parts are yardsticks, variants, million, ablation; all without names. Runs whose records are there are passed over, unless --again, so that what was interrupted goes on.
 * `--steps` is for trying things out: such runs are kept as what they are, and the page says so. --page makes the page alone.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { COMMUNICATING, LearnedPolicy, train } from '../src/agents/node-index.js';
import { evaluate, type Policy } from '../src/environments/node-index.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'docs', 'results', 'microgrids');

/** Seeds of the episodes that judge; training has seeds from 2^32 on. */
const TEST_SEEDS = Array.from({ length: 20 }, (_, k) => 2000 + 25 * k);
const EPISODE_STEPS = 20;
/** Times the usual noise of loads, in the run on noise that was never trained on. */
const NOISE = 2;
/** Of the evaluations during a training; none of them is among the test seeds. */
const CURVE = { evaluations: 10, evaluationEpisodes: 20, evaluationSeed: 5000 } as const;

type TaskOptions = Readonly<Record<string, unknown>>;
type Reward = 'v1' | 'r2';

/** A training that is wanted, but for its seed. */
interface Plan {
  readonly part: 'variants' | 'million' | 'ablation';
  /** What tells it from others of its part. */
  readonly label: string;
  readonly task: string;
  readonly reward: Reward;
  readonly agent: string;
  readonly steps: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly taskOptions?: TaskOptions;
}

const TASKS: readonly (readonly [string, Reward])[] = [
  ['microgrid-6', 'v1'],
  ['microgrid-20', 'v1'],
  ['microgrid-6', 'r2'],
];
const BUDGET = 200_000;
const MILLION = 1_000_000;
/** How many of the variants go on to a million steps. */
const BEST = 2;

/** What the ablation changes in PowerNet. */
const ABLATION: Readonly<Record<string, Pick<Plan, 'settings' | 'taskOptions'>>> = {
  powernet: {},
  'no message': { settings: { messages: false } },
  'own reward alone (spatial discount 0)': { settings: { spatialDiscount: 0 } },
  'sum of all rewards (spatial discount 1)': { settings: { spatialDiscount: 1 } },
  'smoothing 0.3': { taskOptions: { smoothing: 0.3 } },
  'smoothing 0.6': { taskOptions: { smoothing: 0.6 } },
  'published settings': { settings: { preset: 'published' } },
};

/** Yardsticks by reward: `best level` stands for all constant levels, of which the best is kept. */
const YARDSTICKS = ['random', 'best level', 'native', 'rule', 'rule-continuous'] as const;

/** How a policy was judged: mean reward a step over all episodes, and the standard deviation of an episode's. */
interface Judged {
  readonly reward: number;
  readonly sd: number;
}

interface RunRecord extends Plan {
  readonly seed: number;
  /** With all defaults written out. */
  readonly complete: Readonly<Record<string, unknown>>;
  /** Of training alone. */
  readonly seconds: number;
  readonly simulationSeconds: number;
  readonly judged: Judged;
  /** With loads twice as noisy. */
  readonly noisy: Judged;
  /** [steps, mean reward a step] on seeds of their own. */
  readonly curve: readonly (readonly [number, number])[];
  readonly processor: string;
  readonly date: string;
}

interface YardstickRecord {
  readonly task: string;
  readonly reward: Reward;
  readonly taskOptions: TaskOptions;
  readonly policy: string;
  /** Which level it was. */
  readonly name: string;
  readonly judged: Judged;
  readonly noisy: Judged | undefined;
}

function read<T>(part: string): T[] {
  const file = join(folder, `${part}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T[]) : [];
}

/** Writes all records of a part, whole or not at all. */
function keep(part: string, records: readonly object[]): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${part}.json`);
  writeFileSync(`${file}.new`, `[\n${records.map((record) => JSON.stringify(record)).join(',\n')}\n]\n`);
  renameSync(`${file}.new`, file);
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, x) => sum + (x - mean(values)) ** 2, 0) / (values.length - 1));
const rounded = (value: number): number => Number(value.toPrecision(5));

async function judge(task: string, taskOptions: TaskOptions, policy: string | Policy): Promise<Judged> {
  const rewards: number[] = [];
  for (const seed of TEST_SEEDS) {
    const { returns } = await evaluate(task, policy, { episodes: 1, seed, taskOptions });
    rewards.push(returns.mean / EPISODE_STEPS);
  }
  return { reward: rounded(mean(rewards)), sd: rounded(deviation(rewards)) };
}

const processor = cpus()[0]?.model.trim() ?? 'unknown';
const today = new Date().toISOString().slice(0, 10);

async function measureYardsticks(task: string, reward: Reward, taskOptions: TaskOptions, again: boolean): Promise<void> {
  const options = { reward, ...taskOptions };
  const same = (one: YardstickRecord): boolean =>
    one.task === task && one.reward === reward && JSON.stringify(one.taskOptions) === JSON.stringify(taskOptions);
  for (const policy of YARDSTICKS) {
    if (!again && read<YardstickRecord>('yardsticks').some((one) => same(one) && one.policy === policy)) continue;
    let name: string = policy;
    let judged: Judged;
    if (policy === 'best level') {
      const levels = Array.from({ length: 10 }, (_, k) => (reward === 'v1' ? 490 + 5 * k : 480 + 11 * k));
      const each: Judged[] = [];
      for (const level of levels) each.push(await judge(task, options, `level-${level}`));
      judged = each.reduce((a, b) => (b.reward > a.reward ? b : a));
      name = `level-${levels[each.indexOf(judged)]}`;
    } else judged = await judge(task, options, policy);
    const record: YardstickRecord = {
      task,
      reward,
      taskOptions,
      policy,
      name,
      judged,
      noisy: await judge(task, { ...options, loadNoise: NOISE }, name),
    };
    keep('yardsticks', [...read<YardstickRecord>('yardsticks').filter((one) => !(same(one) && one.policy === policy)), record]);
    process.stderr.write(`${task} ${reward} ${JSON.stringify(taskOptions)} ${name}: ${judged.reward}\n`);
  }
}

const isRunOf = (plan: Plan, seed: number) => (one: RunRecord) =>
  one.label === plan.label && one.task === plan.task && one.reward === plan.reward && one.seed === seed && one.steps === plan.steps;

async function trainOne(plan: Plan, seed: number, again: boolean): Promise<void> {
  const { part, task, reward, agent, steps, settings = {} } = plan;
  if (!again && read<RunRecord>(part).some(isRunOf(plan, seed))) return;
  const taskOptions = { reward, ...plan.taskOptions };
  const training = await train(task, agent, { steps, seed, settings, taskOptions, ...CURVE });
  const policy = new LearnedPolicy(training.policy);
  const record: RunRecord = {
    ...plan,
    seed,
    complete: training.settings,
    seconds: rounded(training.seconds),
    simulationSeconds: rounded(training.simulationSeconds),
    judged: await judge(task, taskOptions, policy),
    noisy: await judge(task, { ...taskOptions, loadNoise: NOISE }, policy),
    curve: training.records.map((one) => [one.steps, rounded(one.evaluation.mean / EPISODE_STEPS)]),
    processor,
    date: today,
  };
  // Read again: another process may have written meanwhile.
  keep(part, [...read<RunRecord>(part).filter((one) => !isRunOf(plan, seed)(one)), record]);
  process.stderr.write(`${part}: ${plan.label} on ${task} ${reward}, seed ${seed}: ${record.judged.reward} in ${training.seconds.toFixed(0)} s\n`);
}

/** The variants whose mean over seeds is highest in a table, among those of the full budget. */
function bestVariants(task: string, reward: Reward): string[] {
  const runs = read<RunRecord>('variants').filter((one) => one.task === task && one.reward === reward && one.steps === BUDGET);
  const agents = [...new Set(runs.map((one) => one.agent))];
  const of = (agent: string): number => mean(runs.filter((one) => one.agent === agent).map((one) => one.judged.reward));
  return agents.sort((a, b) => of(b) - of(a)).slice(0, BEST);
}

function plansOf(part: string, steps: number | undefined): Plan[] {
  if (part === 'variants')
    return TASKS.flatMap(([task, reward]) =>
      Object.keys(COMMUNICATING).map((agent): Plan => ({ part, label: agent, task, reward, agent, steps: steps ?? BUDGET })),
    );
  if (part === 'million')
    return TASKS.flatMap(([task, reward]) =>
      bestVariants(task, reward).map((agent): Plan => ({ part, label: agent, task, reward, agent, steps: steps ?? MILLION })),
    );
  if (part !== 'ablation') throw new Error(`there is no part ${part}; there are yardsticks, variants, million, ablation`);
  return TASKS.flatMap(([task, reward]) =>
    Object.entries(ABLATION).map(([label, change]): Plan => ({ part, label, task, reward, agent: 'powernet', steps: steps ?? BUDGET, ...change })),
  );
}

/** Rows of runs in a table, by label and steps. */
function rowsOf(runs: readonly RunRecord[], bar: number, noisyBar: number): string[] {
  const groups = new Map<string, RunRecord[]>();
  for (const run of runs) {
    const key = `${run.label}|${run.steps}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const spread = (values: readonly number[]): string => `${mean(values).toFixed(4)}${values.length > 1 ? ` ± ${deviation(values).toFixed(4)}` : ''}`;
  return [...groups.values()]
    .sort((a, b) => b[0].steps - a[0].steps || mean(b.map((one) => one.judged.reward)) - mean(a.map((one) => one.judged.reward)))
    .map((group) => {
      const rewards = group.map((one) => one.judged.reward);
      const above = [mean(rewards) > bar, mean(group.map((one) => one.noisy.reward)) > noisyBar].map((is) => (is ? 'yes' : '**no**'));
      const seconds = group.map((one) => one.seconds).sort((a, b) => a - b)[Math.floor((group.length - 1) / 2)];
      const share = mean(group.map((one) => one.simulationSeconds / one.seconds));
      const noise = group.map((one) => one.noisy.reward);
      return `| **${group[0].label}** | ${group[0].steps.toLocaleString('en')} | ${group.length} | ${spread(rewards)} | ${Math.min(...rewards).toFixed(4)} | ${above[0]} | ${spread(noise)} | ${above[1]} | ${seconds.toFixed(0)} | ${(100 * share).toFixed(0)} % |`;
    });
}

/** What an agent on the same levels has to pass: the rule, and the best constant level. */
function barOf(levels: readonly YardstickRecord[], of: (one: YardstickRecord) => Judged | undefined): number {
  return Math.max(...levels.filter((one) => one.policy === 'rule' || one.policy === 'best level').map((one) => of(one)?.reward ?? Number.NaN));
}

function tableOf(part: string, task: string, reward: Reward, levels: readonly YardstickRecord[]): string[] {
  const runs = read<RunRecord>(part).filter((one) => one.task === task && one.reward === reward);
  // What there is to beat is shown before anything was trained.
  if (runs.length === 0 && (part !== 'variants' || levels.length === 0)) return [];
  const own = levels.filter((one) => one.task === task && one.reward === reward);
  const yardsticks = own.map(
    ({ policy, name, judged, noisy }) =>
      `| ${policy === name ? name : `${policy}: ${name}`} | | | ${judged.reward.toFixed(4)} | | | ${noisy ? noisy.reward.toFixed(4) : ''} | | | |`,
  );
  const machine = [...new Set(runs.map((run) => `${run.processor}, ${run.date}`))].join('; ');
  return [
    '',
    `### ${task}, reward ${reward}`,
    '',
    ...(machine ? [`${machine}.`, ''] : []),
    `| policy | steps | seeds | reward a step | worst seed | above rule and best level | loads ${NOISE} times as noisy | above them there | seconds | simulation |`,
    '|---|---|---|---|---|---|---|---|---|---|',
    ...yardsticks,
    ...rowsOf(
      runs,
      barOf(own, (one) => one.judged),
      barOf(own, (one) => one.noisy),
    ),
  ];
}

const TITLES: Readonly<Record<string, string>> = {
  variants: 'All variants, the same budget',
  million: 'The best two, a million steps',
  ablation: 'What makes PowerNet',
};

function page(): string {
  const all = read<YardstickRecord>('yardsticks');
  const plain = all.filter((one) => Object.keys(one.taskOptions).length === 0);
  const parts = [
    '# Agents that communicate, on microgrids',
    '',
    'Made by `npx tsx scripts/microgrid-results.mts` (`--part`, `--task`, `--agent`, `--seeds` select; the page alone by `--page`). The policy at the end of a training, without chance, is judged on the study’s test',
    'seeds 2000, 2025 .. 2475, 20 episodes of 20 steps that no training has seen and by which no setting was chosen: mean reward a step. Agents: mean and standard deviation (divided by n - 1) over training seeds, and the worst of',
    `these. Seconds are those of training alone, of the median seed; "simulation" is the environments' share. "Loads ${NOISE} times as noisy": the same policies where loads wander ${NOISE} times as far (\`loadNoise\` ${NOISE}), which none was trained on. Settings: \`src/agents/communicating/tuned.ts\`.`,
  ];
  for (const [part, title] of Object.entries(TITLES)) {
    const tables = TASKS.flatMap(([task, reward]) => tableOf(part, task, reward, plain));
    if (tables.length > 0) parts.push('', `## ${title}`, ...tables);
  }
  const smooth = all.filter((one) => Object.keys(one.taskOptions).length > 0);
  if (smooth.length > 0)
    parts.push(
      '',
      '## The rule where set points are smoothed',
      '',
      '| task | reward | options | policy | reward a step |',
      '|---|---|---|---|---|',
      ...smooth.map(
        ({ task, reward, taskOptions, name, judged }) =>
          `| ${task} | ${reward} | \`${JSON.stringify(taskOptions)}\` | ${name} | ${judged.reward.toFixed(4)} |`,
      ),
    );
  return `${parts.join('\n')}\n`;
}

const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true },
    task: { type: 'string', multiple: true },
    reward: { type: 'string', multiple: true },
    agent: { type: 'string', multiple: true },
    label: { type: 'string', multiple: true },
    seeds: { type: 'string', default: '0,1,2,3,4' },
    steps: { type: 'string' },
    again: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
  },
});
const wanted = (list: readonly string[] | undefined, name: string): boolean => list === undefined || list.includes(name);
for (const part of values.page ? [] : (values.part ?? ['yardsticks', ...Object.keys(TITLES)])) {
  if (part === 'yardsticks') {
    const smoothed = Object.values(ABLATION).flatMap(({ taskOptions }) => (taskOptions ? [taskOptions] : []));
    for (const [task, reward] of TASKS) {
      if (!wanted(values.task, task) || !wanted(values.reward, reward)) continue;
      for (const options of [{}, ...smoothed]) await measureYardsticks(task, reward, options, values.again);
    }
    continue;
  }
  const plans = plansOf(part, values.steps === undefined ? undefined : Number(values.steps));
  for (const seed of values.seeds.split(',').map(Number)) {
    for (const plan of plans) {
      if (
        ![plan.task, plan.reward, plan.agent, plan.label].every((name, k) =>
          wanted([values.task, values.reward, values.agent, values.label][k], name),
        )
      )
        continue;
      await trainOne(plan, seed, values.again);
    }
  }
}
mkdirSync(folder, { recursive: true });
writeFileSync(join(root, 'docs', 'results', 'microgrids.md'), page());
