/**
 * What power flow, environments and learning cost here: `npm run bench [-- --suite batch|single|balanced|environments|learning|training|all] [--quick] [--json] [--feeder NAME]... [--store]`.
 *
 * Six suites: batches of scenarios (batch.ts), single solutions (single.ts), batches of balanced grids (balanced.ts), environments (environments.ts),
 * networks (learning.ts) and agents that learn (training.ts). `--json` prints one array of rows; `--store` keeps table and rows under
 * bench/results/<processor>/.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { runBalancedBench } from './balanced.js';
import { runBatchBench } from './batch.js';
import { runEnvironmentsBench } from './environments.js';
import { runLearningBench } from './learning.js';
import { compileOnce, runSingleBench } from './single.js';
import { runTrainingSuiteBench } from './training.js';

const { values: flags } = parseArgs({
  options: {
    suite: { type: 'string', default: 'all' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
    feeder: { type: 'string', multiple: true },
    task: { type: 'string', multiple: true },
    'compile-one': { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const say = (text: string): void => void process.stderr.write(`${text}...\n`);
const SUITES = ['batch', 'single', 'balanced', 'environments', 'learning', 'training', 'all'];
const processor = cpus()[0]?.model.trim() ?? 'unknown processor';

function store(name: string, text: string, rows: readonly object[]): void {
  const folder = `bench/results/${processor.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${name}.md`, text);
  writeFileSync(`${folder}/${name}.json`, `${jsonRows(rows)}\n`);
}

function jsonRows(rows: readonly object[]): string {
  return `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]`;
}

async function main(): Promise<void> {
  if (flags.help) {
    process.stdout.write(
      'usage: npm run bench -- [--suite batch|single|balanced|environments|learning|training|all] [--quick] [--json] [--store] [--feeder NAME]... [--task ID]...\n',
    );
    return;
  }
  if (flags['compile-one']) {
    process.stdout.write(JSON.stringify(await compileOnce(flags['compile-one'])));
    return;
  }
  if (!SUITES.includes(flags.suite)) throw new Error(`--suite is "${flags.suite}"; it may be ${SUITES.join(', ')}`);
  if (flags.task && !['environments', 'training'].includes(flags.suite)) throw new Error('--task is for the suites environments and training');
  if (['environments', 'training'].includes(flags.suite) && flags.feeder)
    throw new Error(`--feeder is for the suites batch and single; the suite ${flags.suite} has --task`);
  if (flags.suite === 'balanced' && flags.feeder)
    throw new Error('--feeder is for the suites batch and single; balanced cases are fixed (busbar bench --case NAME)');
  if (flags.suite === 'learning' && flags.feeder) throw new Error('--feeder is for the suites batch and single; learning has no feeders');
  const runs = (suite: string): boolean => flags.suite === 'all' || flags.suite === suite;
  const rows: object[] = [];
  const texts: string[] = [];
  const asked = process.argv.slice(2).filter((word) => word !== '--store' && word !== '--json');
  const command = `npm run bench${asked.length > 0 ? ` -- ${asked.join(' ')}` : ''}`;
  // What else the machine does decides what times by the clock are worth.
  const head = `Processor: ${processor}, node ${process.version}, ${cpus().length} cores, of which one where no other number is named; load average at the start ${loadavg()[0].toFixed(1)}. Command: ${command}\n`;
  const keep = (name: string, text: string, found: readonly object[]): void => {
    texts.push(text);
    rows.push(...found);
    if (flags.store) store(name, `${head}\n${text}\n`, found);
  };
  if (runs('batch')) {
    const batch = await runBatchBench({ quick: flags.quick, feeders: flags.feeder, say });
    keep('batch', batch.text, batch.rows);
  }
  if (runs('single')) {
    const single = await runSingleBench(flags.quick, flags.feeder, say);
    const stored = [
      ...single.rows.map((row) => ({ suite: 'power-flow-single', ...row })),
      ...single.compile.map((row) => ({ suite: 'power-flow-compile', ...row })),
    ];
    keep('single', `Single solutions, WASM\n\n${single.text}`, stored);
  }
  // Feeders named by the user are all that is asked for.
  if (runs('balanced') && !flags.feeder) {
    const balanced = runBalancedBench(flags.quick, say);
    keep('balanced', balanced.text, balanced.rows);
  }
  if (runs('environments') && !flags.feeder) {
    const environments = await runEnvironmentsBench(flags.quick, flags.task, say);
    keep('environments', environments.text, environments.rows);
  }
  if (runs('learning') && !flags.feeder && !flags.task) {
    const learning = runLearningBench(flags.quick, say);
    keep('learning', learning.text, learning.rows);
  }
  if (runs('training') && !flags.feeder) {
    const training = await runTrainingSuiteBench(flags.quick, flags.task, say);
    keep('training', training.text, training.rows);
  }
  process.stdout.write(flags.json ? `${jsonRows(rows)}\n` : `${head}\n${texts.join('\n\n')}\n`);
}

await main();
