/**
 * Returns of simple policies on the Volt-VAR tasks, beside those that OpenDSS gives over the same episodes; writes docs/results/voltvar-returns.md.
 * Needs ../shared (reference/powergym/returns.json). Run: npx tsx scripts/voltvar-returns.mts [--quick] [--no-searches]
 * (quick: without the 8500 node feeder; no-searches: without greedy and best-known, which take most of the time; either prints the page and leaves the file as it is)
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluate, makeVector, type VectorEnvironment } from '../src/environments/index.js';
import '../src/powerflow/node-native.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const recordFile = join(root, '..', 'shared', 'reference', 'powergym', 'returns.json');
if (!existsSync(recordFile)) {
  process.stderr.write(`results: OpenDSS's returns to compare with are not part of this repository; they are looked for in ${recordFile}\n`);
  process.exit(2);
}

/** Returns over episodes, as returns.json has them; its standard deviations are divided by the number of episodes, ours by that number less 1. */
interface Returns {
  readonly episodes: number;
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly max: number;
  readonly power_loss: number;
  readonly voltage: number;
  readonly control: number;
}

const recorded = JSON.parse(readFileSync(recordFile, 'utf8')) as Record<string, Returns>;

/** A policy: a row of actions for every environment of a vector whose environments are at the same step. */
interface Policy {
  readonly name: string;
  /** Its name in returns.json; undefined where OpenDSS has not played it. */
  readonly recordedAs?: string;
  /** Options of the task that go with it. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Whether each day is played once: its returns are the same each time. */
  readonly isDeterministic: boolean;
  readonly act: (vector: VectorEnvironment, step: number) => ArrayLike<number>;
}

/** The same named action in all environments. */
function always(name: string): Policy['act'] {
  return ({ task, environments }) => {
    const row = task.namedActions?.[name];
    if (!row) throw new Error(`${task.id} has no action named ${name}`);
    return Float64Array.from({ length: environments * row.length }, (_, i) => row[i % row.length]);
  };
}

const POLICIES: readonly Policy[] = [
  { name: 'random', recordedAs: 'random', isDeterministic: false, act: (vector, step) => vector.sampleActions(step) },
  { name: 'neutral', recordedAs: 'neutral', isDeterministic: true, act: always('neutral') },
  { name: 'maxTap', recordedAs: 'maxtap', isDeterministic: true, act: always('maxTap') },
  { name: 'native control', recordedAs: 'dss', options: { control: 'native' }, isDeterministic: true, act: always('neutral') },
];

/** Yardsticks that search, and over how many of the days: a best-known schedule takes minutes. */
const SEARCHES = [
  { name: 'greedy', mostEpisodes: 20 },
  { name: 'best-known', mostEpisodes: 4 },
] as const;

const MOST_EPISODES = 20;
const PARTS = ['rewardPowerLoss', 'rewardVoltage', 'rewardControl'] as const;

/** Plays a policy, all episodes side by side: episode k is day k, from the first again where there are fewer. */
async function play(id: string, policy: Policy, days: number): Promise<Returns> {
  const episodes = policy.isDeterministic ? Math.min(days, MOST_EPISODES) : MOST_EPISODES;
  const vector = await makeVector(id, { environments: episodes, autoreset: 'disabled', ...policy.options });
  vector.reset({ seed: 0 });
  for (let k = 0; k < episodes; k++) {
    vector.reset({ seed: 0, options: { episode: k % days }, mask: Array.from({ length: episodes }, (_, i) => i === k) });
  }
  const sums = new Float64Array(episodes);
  const parts = new Float64Array(PARTS.length);
  for (let step = 0; step < 24; step++) {
    const { rewards } = vector.step(policy.act(vector, step));
    PARTS.forEach((name, p) => {
      for (const value of vector.info(name)) parts[p] += value / episodes;
    });
    rewards.forEach((reward, i) => {
      sums[i] += reward;
    });
  }
  await vector.close();
  const mean = sums.reduce((sum, one) => sum + one, 0) / episodes;
  const sd = Math.sqrt(sums.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (episodes - 1));
  const [power_loss, voltage, control] = parts;
  return { episodes, mean, sd, min: Math.min(...sums), max: Math.max(...sums), power_loss, voltage, control };
}

/** Plays a yardstick on the first days. */
async function search(id: string, policy: string, episodes: number): Promise<Returns> {
  const resetOptions = (episode: number): { episode: number } => ({ episode });
  const { returns } = await evaluate(id, policy, { episodes, resetOptions });
  return { episodes, ...returns, power_loss: Number.NaN, voltage: Number.NaN, control: Number.NaN };
}

const number = (value: number): string =>
  value
    .toPrecision(7)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
const part = (value: number): string => (Number.isNaN(value) ? '' : Math.abs(value) < 1e-9 ? '0' : value.toPrecision(4));

const SYSTEMS = [
  { id: 'voltvar-ieee13', name: '13Bus', days: 73 },
  { id: 'voltvar-ieee34', name: '34Bus', days: 16 },
  { id: 'voltvar-ieee123', name: '123Bus', days: 12 },
  { id: 'voltvar-ieee8500', name: '8500Node', days: 10 },
];
const hasSearches = !process.argv.includes('--no-searches');
const chosen = process.argv.includes('--quick') ? SYSTEMS.slice(0, 3) : SYSTEMS;
const published: string[] = [];
const corrected: string[] = [];
let worst = 0;
const row = (id: string, policy: string, own: Returns, theirs?: Returns): string => {
  const sampleSd = theirs ? theirs.sd * Math.sqrt(theirs.episodes / (theirs.episodes - 1)) : Number.NaN;
  const other = theirs ? `${number(theirs.mean)} ± ${sampleSd.toPrecision(3)}` : '';
  const cells = [
    id,
    policy,
    own.episodes,
    ...(theirs ? [other] : []),
    `${number(own.mean)} ± ${own.sd.toPrecision(3)}`,
    number(own.min),
    number(own.max),
  ];
  return `| ${[...cells, part(own.power_loss), part(own.voltage), part(own.control)].join(' | ')} |`;
};

for (const { id, name, days } of chosen) {
  for (const policy of POLICIES) {
    const variants = policy.isDeterministic
      ? [['', '']]
      : [
          ['', ''],
          ['-cbat-soc', '_cbat_soc'],
        ];
    for (const [ending, theirs] of variants) {
      const own = await play(id + ending, policy, days);
      const other = recorded[`${name}${theirs} ${policy.recordedAs}`];
      published.push(row(id + ending, policy.name, own, other));
      if (policy.isDeterministic) worst = Math.max(worst, Math.abs(own.mean / other.mean - 1));
    }
    corrected.push(row(`${id}-corrected`, policy.name, await play(`${id}-corrected`, policy, days)));
  }
  for (const { name: policy, mostEpisodes } of hasSearches ? SEARCHES : []) {
    // A schedule for the 8500 node feeder would take hours.
    if (policy === 'best-known' && id.endsWith('8500')) continue;
    const episodes = Math.min(days, mostEpisodes);
    process.stderr.write(`${id} ${policy}\n`);
    const own = await search(id, policy, episodes);
    published.push(row(id, policy, own).replace(`| ${episodes} |`, `| ${episodes} | |`));
  }
}

const content = `# Returns of simple policies on the Volt-VAR tasks

Made by \`npx tsx scripts/voltvar-returns.mts\` (in a checkout; needs ../shared/reference/powergym/returns.json, OpenDSS's record). Sums of the rewards of 24 steps: mean ± standard deviation, divided by the
number of episodes less 1, as \`npx busbar evaluate\` prints it. Episode k is day k, for as many days as OpenDSS played:

| feeder | days there are | episodes of a policy | of random actions | of best-known |
|---|---|---|---|---|
${SYSTEMS.map(({ id, days }) => `| ${id} | ${days} | ${Math.min(days, MOST_EPISODES)} | ${MOST_EPISODES} | ${id.endsWith('8500') ? 'none: hours' : Math.min(days, SEARCHES[1].mostEpisodes)} |`).join('\n')}

A row again: \`npx busbar evaluate --task voltvar-ieee13 --policy neutral --episodes 20 --each episode\` (\`native\` for native control). Random actions play day k modulo the number of days in episode k. They are of our own streams (seed 0 and up), so that row
agrees with OpenDSS's within its spread only. All others are the same actions: their means differ from OpenDSS's by at most ${worst.toExponential(1)} of themselves, which is the rounding of its file.
The loads of the 8500 node feeder are substitutes ([why](../tasks/voltvar.md)): its returns cannot be compared with published ones. What the policies do: [the task's page](../tasks/voltvar.md)
and [yardsticks](../evaluate.md): greedy tries every single change exactly and looks one step ahead; best-known is the best schedule of a coordinate search that knows the day, and no bound.

## As published

| task | policy | episodes | OpenDSS | busbar | min | max | losses | voltage | control |
|---|---|---|---|---|---|---|---|---|---|
${published.join('\n')}

## Corrected

The same days under the corrected rules; there is no other engine's record of these.

| task | policy | episodes | busbar | min | max | losses | voltage | control |
|---|---|---|---|---|---|---|---|---|
${corrected.join('\n')}
`;
if (chosen === SYSTEMS && hasSearches) writeFileSync(join(root, 'docs', 'results', 'voltvar-returns.md'), content);
process.stdout.write(content);
