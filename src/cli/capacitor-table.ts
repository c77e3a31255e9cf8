/** `busbar evaluate --rows`: what every method makes of load rows of one's own in the capacitor task. */
import { LearnedPolicy } from '../agents/node-index.js';
import { CAPACITOR_LOADS, drawCapacitorScenario, makeTask } from '../environments/node-index.js';
import { loadFeeder } from '../feeders/index.js';
import { InputError } from '../grid/index.js';
import { BACKEND_NAMES } from '../powerflow/index.js';
import { type Arguments, choice, numeric, UsageError } from './arguments.js';
import { compareMethods, type MethodResult, ONCE_TASK, PUBLISHED, ScenarioMaker, type ScenarioSet } from './capacitor-comparison.js';
import { readRowFile } from './capacitor-rows.js';
import { EXIT, type Terminal } from './command.js';
import { jsonText } from './json.js';
import { policyPath, readPolicyFile } from './policy-file.js';
import { printTable } from './table.js';

/** Options that go together with --rows. */
const KNOWN: readonly string[] = ['task', 'rows', 'policy', 'seed', 'backend', 'json'];
const TASKS: readonly string[] = ['capacitors-ieee123', ONCE_TASK];
const MOST_GENERATED = 100_000;

/** A trained policy of the task that names states, from its file or the folder of its training. Throws InputError. */
async function readPolicy(text: string): Promise<LearnedPolicy> {
  const path = await policyPath(text);
  if (path === undefined)
    throw new InputError(
      `cannot read the policy ${text}: there is no such file; with --rows all methods are compared, and --policy names the file of a trained policy`,
    );
  const policy = new LearnedPolicy(await readPolicyFile(path));
  policy.checkFits(await makeTask(ONCE_TASK));
  return policy;
}

/** Whether a text names a file or a number of scenarios to generate. */
function generatedCount(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const count = Number(text);
  if (!(count >= 1 && count <= MOST_GENERATED))
    throw new UsageError(`evaluate: --rows is ${text}; generate 1 to ${MOST_GENERATED} rows, or name a file`);
  return count;
}

/** The scenarios of `--rows`. */
async function scenariosOf(maker: ScenarioMaker, rows: string, seed: number): Promise<ScenarioSet> {
  const count = generatedCount(rows);
  if (count !== undefined) return maker.generated(seed, count);
  const loads = (await loadFeeder('ieee123-capacitors')).elementsOf('load').map(({ name }) => name);
  const table = readRowFile(rows, loads);
  const scratch = new Float64Array(CAPACITOR_LOADS);
  const masks = table.masks ?? Uint8Array.from({ length: table.count }, (_, row) => drawCapacitorScenario(seed + row, 0, scratch));
  return maker.of(table.multipliers, masks, (row) => `${rows}:${table.lines[row]}`);
}

/** Prints the table of methods. */
export function printMethods(terminal: Terminal, methods: readonly MethodResult[]): void {
  const percent = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(2));
  printTable(
    terminal,
    ['method', 'mean loss kW', 'saving %', 'best state %', 'power flows a scenario', 'in training', ''],
    methods.map(({ title, meanLossKw, savingPercent, bestPercent, powerFlows, trainingPowerFlows }) => [
      title,
      meanLossKw.toFixed(4),
      percent(savingPercent),
      percent(bestPercent),
      Number.isInteger(powerFlows) ? String(powerFlows) : powerFlows.toFixed(2),
      String(trainingPowerFlows),
      '',
    ]),
  );
}

/** What the columns mean, and the published agent's figure. */
export const METHODS_NOTE = `saving: share of what the best of the 16 states saves on average, sum(initial - chosen) / sum(initial - optimum); best state: share of scenarios in
which no other state loses less. Quoted, not run here: the published agent reaches ${PUBLISHED.savingPercent} % (mean ${PUBLISHED.meanLossKw} kW on its own 1000 rows;
${PUBLISHED.source}).
`;

/** The table as data. */
export function methodsRecord(methods: readonly MethodResult[]): object[] {
  return methods.map(({ name, title, meanLossKw, savingPercent, bestPercent, powerFlows, trainingPowerFlows }) => ({
    method: name,
    title,
    meanLossKw,
    savingPercent,
    bestPercent,
    powerFlows,
    trainingPowerFlows,
  }));
}

/** Runs `busbar evaluate --rows`. */
export async function capacitorTable(found: Arguments, terminal: Terminal): Promise<number> {
  const task = found.values.get('task');
  if (task === undefined || !TASKS.includes(task)) throw new UsageError(`evaluate: --rows goes with --task ${TASKS[0]}, not with ${task ?? 'none'}`);
  const other = [...found.values.keys(), ...found.flags].find((name) => !KNOWN.includes(name));
  if (other !== undefined) throw new UsageError(`evaluate: --${other} does not go with --rows, where each row is one episode`);
  const rows = found.values.get('rows') as string;
  const seed = numeric('evaluate', found, 'seed', { integer: true, least: 0, most: 2 ** 40 }) ?? 0;
  const backend = choice('evaluate', found, 'backend', BACKEND_NAMES);
  const paths = found.lists.get('policy') ?? [];
  if (paths.length > 1) throw new UsageError('evaluate: with --rows give one --policy, the file of a trained policy');
  const path = paths[0];
  const policy = path === undefined ? undefined : await readPolicy(path);
  const maker = await ScenarioMaker.create(backend);
  const set = await scenariosOf(maker, rows, seed);
  const methods = await compareMethods(maker, set, policy && { policy, title: `${policy.data.agent}: ${path}` });
  if (found.flags.has('json')) {
    terminal.out(
      jsonText({
        task,
        rows: set.count,
        source: generatedCount(rows) === undefined ? rows : 'generated',
        seed,
        methods: methodsRecord(methods),
        published: PUBLISHED,
      }),
    );
    return EXIT.ok;
  }
  terminal.out(`${task}, ${set.count} ${set.count === 1 ? 'row' : 'rows'} ${generatedCount(rows) === undefined ? `of ${rows}` : 'generated'}\n`);
  printMethods(terminal, methods);
  terminal.out(METHODS_NOTE);
  return EXIT.ok;
}
