/**
 * The capacitor task: what every method saves of what can be saved, the trained agent over five seeds; writes docs/results/capacitors.md. Trained on generated rows; tested on generated rows
 * that no training sees, and on the 1000 published rows, which are only in ../shared (left out, with a line that says so, where that is absent).
 * Run: npx tsx scripts/capacitor-results.mts
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { LearnedPolicy, train } from '../src/agents/node-index.js';
import { compareMethods, type MethodResult, ONCE_TASK, PUBLISHED, ScenarioMaker, type ScenarioSet } from '../src/cli/capacitor-comparison.js';
import { CAPACITOR_LOADS } from '../src/environments/node-index.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const shared = join(root, '..', 'shared', 'seeds-data');
const SEEDS = [0, 1, 2, 3, 4];
const EPISODES = 131_072;
const WORKERS = 2;
/** Rows that judge are drawn from these seeds on; trainings draw from 2^32 on. */
const TEST_SEED = 1_000_000;
const TEST_ROWS = 4000;

/** The published rows, with the states that they begin in. */
async function publishedSet(maker: ScenarioMaker): Promise<ScenarioSet | undefined> {
  const table = (name: string): string[][] =>
    gunzipSync(readFileSync(join(shared, name)))
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(','));
  if (!existsSync(join(shared, 'vvo-load-rows.csv.gz'))) {
    process.stderr.write(`the published rows are left out: there is no ${shared}\n`);
    return undefined;
  }
  // A number of the row stands before its multipliers.
  const rows = table('vvo-load-rows.csv.gz')
    .slice(1)
    .map((line) => line.slice(-CAPACITOR_LOADS));
  const [columns, ...losses] = table('vvo-losses.csv.gz');
  const masks = Uint8Array.from(losses, (line) => Number(line[columns.indexOf('initial_mask')]));
  return maker.of(Float64Array.from(rows.flat(), Number), masks);
}

const maker = await ScenarioMaker.create();
const sets: { title: string; set: ScenarioSet }[] = [
  { title: `${TEST_ROWS} generated rows that no training saw (seeds ${TEST_SEED} on)`, set: await maker.generated(TEST_SEED, TEST_ROWS) },
];
const published = await publishedSet(maker);
if (published) sets.push({ title: `the ${published.count} published rows, for testing alone`, set: published });

const policies: { policy: LearnedPolicy; seconds: number }[] = [];
for (const seed of SEEDS) {
  const { policy, seconds } = await train(ONCE_TASK, 'bandit', { steps: EPISODES, seed, workers: WORKERS, evaluations: 0, evaluationEpisodes: 1 });
  policies.push({ policy: new LearnedPolicy(policy), seconds });
  process.stderr.write(`seed ${seed}: trained in ${seconds.toFixed(1)} s\n`);
}

const count = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 2 });
const lines = [
  '# capacitors-ieee123: what can be saved',
  '',
  'Made by `npx tsx scripts/capacitor-results.mts` (part of `npm run results`). A policy sees the first observation (voltages, capacitors) once and names the final states ([rules](../tasks/capacitors.md)). Saving: sum of (initial - chosen) over sum of',
  `(initial - optimum). "Ours" is the agent \`bandit\`: ${count(EPISODES)} episodes on generated rows, rewards of the actions it took and nothing else; seeds ${SEEDS.join(', ')}. Training took`,
  `${policies.map(({ seconds }) => seconds.toFixed(1)).join(', ')} s on two cores of an ${cpus()[0]?.model.trim()} (native kernels, ${new Date().toISOString().slice(0, 10)}). The linear fit is a ridge regression on all sixteen losses of 4096 generated scenarios: a yardstick, which is`,
  `told what an agent has to find out. Power flows: those that choosing takes, a scenario; those of training besides.`,
];
for (const { title, set } of sets) {
  lines.push(
    '',
    `## On ${title}`,
    '',
    '| method | mean loss kW | saving % | rows with the optimum % | power flows a row | of training |',
    '|---|---|---|---|---|---|',
  );
  const rows: MethodResult[][] = [];
  for (const { policy } of policies) rows.push(await compareMethods(maker, set, { policy, title: 'ours' }));
  const isOurs = (one: MethodResult): boolean => one.title === 'ours';
  for (const one of rows[0]) {
    const { name, meanLossKw, savingPercent, bestPercent, powerFlows, trainingPowerFlows } = one;
    if (!isOurs(one)) {
      lines.push(
        `| ${one.title || name} | ${meanLossKw.toFixed(5)} | ${savingPercent.toFixed(2)} | ${bestPercent.toFixed(1)} | ${count(powerFlows)} | ${count(trainingPowerFlows)} |`,
      );
      continue;
    }
    rows.forEach((methods, k) => {
      const ours = methods.find(isOurs) as MethodResult;
      lines.push(
        `| **ours**, seed ${SEEDS[k]} | ${ours.meanLossKw.toFixed(5)} | **${ours.savingPercent.toFixed(2)}** | ${ours.bestPercent.toFixed(1)} | ${count(ours.powerFlows)} | ${count(2 * EPISODES)} |`,
      );
    });
  }
}
lines.push(
  '',
  `A training and its row again: \`npx busbar train --task ${ONCE_TASK} --agent bandit --steps ${EPISODES} --seed ${SEEDS[0]} --out out/once\`, then`,
  `\`npx busbar evaluate --task capacitors-ieee123 --rows ${TEST_ROWS} --seed ${TEST_SEED} --policy out/once\` (in a checkout \`npm run -s busbar --\` for \`npx busbar\`).`,
  '',
  `Quoted, not measured here: the published network saves ${PUBLISHED.savingPercent} % on the published rows (${PUBLISHED.source}).`,
  '',
);
writeFileSync(join(root, 'docs', 'results', 'capacitors.md'), lines.join('\n'));
