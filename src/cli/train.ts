/** `busbar train`: an agent learns a task; everything about it goes into a folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AgentKind, Training, TrainingState, TrainOptions } from '../agents/node-index.js';
import { InputError, printable } from '../grid/index.js';
import { noPositionals, readArguments } from './arguments.js';
import type { Command, Terminal } from './command.js';
import { EXIT } from './command.js';
import { jsonText } from './json.js';
import { sixDigits } from './numbers.js';
import type { RunFolder } from './run-folder.js';
import { takeFirstSignal } from './signals.js';
import { printTable } from './table.js';
import { MODULE_HELP, TASK_HELP } from './task-options.js';
import { CONFIG_FILE, type JsonObject, type TrainConfig } from './train-config.js';
import { TrainDisplay, timeText } from './train-display.js';
import type { TrainPlan } from './train-options.js';
import { VERSION } from './version.js';

/** Seconds after which the state is saved between evaluations too. */
const CHECKPOINT_SECONDS = 300;

const HELP = `Usage: busbar train --task ID --agent NAME [options]
       busbar train --config FILE.json [options]
       busbar train --resume DIR [--target RETURN] [--workers N] [--module FILE]
       busbar train --list-settings [--agent NAME] [--task ID]

Trains an agent on a task. What comes of it goes into a folder: config.json, metrics.csv, TensorBoard events, checkpoint.bin, policy.json, best-policy.json (of
the best evaluation) and learning-curve.svg. Ctrl-C saves, within a round and an evaluation too, and says how to go on; a second one ends at once, and the folder is as at
the last evaluation or checkpoint, whole.

${TASK_HELP}
${MODULE_HELP}
  --agent NAME          what learns; --list-settings lists agents, with a name what can be set
  --steps N             steps of all environments together (default: 100000)
  --seed S              what all randomness counts from, 0 to 1048576 (default: 0)
  --environments N      environments stepped side by side: the agent's setting of that name
  --workers N           threads (default: 1)
  --set NAME=VALUE      a setting of the agent; any number of times. Default: those tuned for the task, else the agent's own
  --config FILE         what to train, as JSON with the keys of config.json in a run's folder; options on the command line go before it
  --out DIR             the folder (default: out/TASK-AGENT-SEED); one that holds a training is refused
  --resume DIR          goes on with a training, to the same numbers as without the interruption; what decides them cannot be changed on the way
  --evaluations N       evaluations, evenly over the training, besides the one at the end (default: 10); without chance, on episodes of their own
  --episodes N          episodes of an evaluation (default: 20)
  --evaluation-seed S   episode k of an evaluation is the first one of the seed S + k (default: 0)
  --evaluation-options JSON, --evaluation-reset JSON, --evaluation-each NAME
                        options of the task and of resets in evaluations; the option of resets that is set to the number of the episode
  --target RETURN       ends where an evaluation's mean return reaches this
  --learning-backend N  what carries the networks: auto, wasm, native, native-avx2, native-avx512, reference (default: auto)
  --export-onnx         policies as ONNX models too: policy.onnx, best-policy.onnx
  --json                prints one JSON object and nothing else on standard output

Exit status: 0 done, 2 bad input, 130 (or 143) ended early by Ctrl-C (SIGTERM), saved.
`;

type Agents = typeof import('../agents/node-index.js');

/** The agents, or what can be set of one. */
function listSettings(terminal: Terminal, { AGENTS, agentKind }: Agents, agent: string | undefined, task: string | undefined): void {
  if (agent === undefined) {
    printTable(
      terminal,
      ['agent', 'what it is'],
      Object.values(AGENTS).map(({ name, title }) => [name, title]),
    );
    return;
  }
  const { schema, tuned }: AgentKind = agentKind(agent);
  const own = task === undefined ? {} : (tuned[task] ?? {});
  printTable(
    terminal,
    ['setting', task === undefined ? 'default' : `for ${printable(task)}`, 'what it means'],
    Object.entries(schema).map(([name, { value, about }]) => [name, JSON.stringify(own[name] ?? value), about]),
  );
}

/** A backend by its name; `auto` is what BUSBAR_BACKEND says where that is set, as for the other commands. */
function asked<T extends string>(name: T | 'auto'): T | undefined {
  return name === 'auto' ? undefined : name;
}

/** Where the work is done and by what, for config.json. */
async function madeBy(config: TrainConfig): Promise<JsonObject> {
  const [{ chooseBackend }, { chooseLearningBackend }] = await Promise.all([
    import('../powerflow/node-index.js'),
    import('../learning/node-index.js'),
  ]);
  return {
    busbar: VERSION,
    node: process.versions.node,
    backend: chooseBackend(asked(config.backend), 'batch').name,
    learningBackend: chooseLearningBackend(asked(config.learningBackend)).name,
    begun: new Date().toISOString(),
  };
}

/** What a configuration means to the trainer. */
function trainOptions(config: TrainConfig): TrainOptions {
  const { task: _task, agent: _agent, episodes, evaluationOptions, evaluationReset, evaluationEach: each, target, module, ...rest } = config;
  return {
    ...rest,
    module: module ?? undefined,
    backend: asked(config.backend),
    learningBackend: asked(config.learningBackend),
    evaluationEpisodes: episodes,
    evaluationTaskOptions: evaluationOptions,
    evaluationResets: each === null ? evaluationReset : (episode) => ({ ...evaluationReset, [each]: episode }),
    targetReturn: target ?? undefined,
  };
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The command that goes on with a training, for a shell. */
function resumeCommand(folder: string): string {
  return `npx busbar train --resume ${quoted(folder)}`;
}

/** What is said where there was nothing to go on with. */
function finishedText(training: Training, { path }: RunFolder, { steps, target }: TrainConfig): string {
  if (training.endedEarly)
    return `the training ended at its target, a return of ${target}, after ${training.steps} of ${steps} steps; to go on, give a higher one:\n${resumeCommand(path)} --target RETURN\n`;
  return `the training is finished: all of its ${steps} steps are done. A longer one begins anew, because learning rates and exploration are laid out over all steps:\nnpx busbar train --config ${quoted(join(path, CONFIG_FILE))} --steps ${2 * steps} --out ${quoted(`${path.replace(/\/+$/, '')}-longer`)}\n`;
}

function resultRecord(training: Training, folder: RunFolder): object {
  const { task, agent, seed, steps, endedEarly, seconds, simulationSeconds, learningSeconds, records } = training;
  const best = folder.bestSoFar;
  return {
    task,
    agent,
    seed,
    steps,
    endedEarly,
    folder: folder.path,
    seconds,
    simulationSeconds,
    learningSeconds,
    evaluation: records.at(-1)?.evaluation ?? null,
    best: best && { steps: best.steps, mean: best.mean },
    settings: training.settings,
    records: records.map((record) => ({ ...record.evaluation, steps: record.steps, trainingReturn: record.trainingReturn })),
  };
}

function printResult(terminal: Terminal, training: Training, folder: RunFolder): void {
  const { task, agent, seed, steps, seconds, simulationSeconds, learningSeconds, records } = training;
  const line = (label: string, value: string): void => terminal.out(`  ${label.padEnd(10)}  ${value}\n`);
  const parts = Math.max(1e-9, simulationSeconds + learningSeconds);
  terminal.out(`${task}, ${agent}, seed ${seed}: ${steps} steps\n`);
  line(
    'time',
    `${timeText(seconds)} (${Math.round((100 * simulationSeconds) / parts)} % simulating, ${Math.round((100 * learningSeconds) / parts)} % learning), ${Math.round(steps / Math.max(1e-9, seconds))} steps/s`,
  );
  const last = records.at(-1);
  if (last) line('return', `${sixDigits(last.evaluation.mean)} (sd ${sixDigits(last.evaluation.sd)}) in the evaluation after ${last.steps} steps`);
  const best = folder.bestSoFar;
  if (best) line('best', `${sixDigits(best.mean)} after ${best.steps} steps`);
  line('folder', printable(folder.path));
}

/** Trains as planned. */
async function runPlan(
  plan: TrainPlan,
  terminal: Terminal,
  agents: Agents,
): Promise<{ training: Training; folder: RunFolder; signal?: NodeJS.Signals; hadNothingToDo: boolean }> {
  const { config, isResumed, exportOnnx } = plan;
  if (exportOnnx && agents.agentKind(config.agent).hasSeveralNetworks)
    throw new InputError(`policies of ${config.agent} are several networks, which are no single ONNX model; leave out --export-onnx`);
  const [{ RunFolder: Folder }, { taskOfRequest }] = await Promise.all([import('./run-folder.js'), import('./task-options.js')]);
  const { masksActions } = await taskOfRequest({ id: config.task, taskOptions: config.taskOptions, module: urlOf(config.module) });
  const folder = new Folder(plan.folder, exportOnnx ? { masked: masksActions } : undefined);
  try {
    if (isResumed) folder.lock();
    return await runIn(folder, plan, terminal, agents);
  } finally {
    folder.release();
  }
}

/** URL of a module's file. Throws InputError where there is none. */
function urlOf(module: string | null): string | undefined {
  if (module === null) return undefined;
  if (!existsSync(module)) throw new InputError(`there is no file ${module}, the module of the task; say where it is with --module FILE`);
  return pathToFileURL(module).href;
}

async function runIn(
  folder: RunFolder,
  { config, isResumed }: TrainPlan,
  terminal: Terminal,
  agents: Agents,
): Promise<{ training: Training; folder: RunFolder; signal?: NodeJS.Signals; hadNothingToDo: boolean }> {
  const { madeOf } = await import('./train-config.js');
  let made = await madeBy(config);
  let resume: TrainingState | undefined;
  if (isResumed) {
    const before = madeOf(folder.file('config'));
    // Power flows give the same bits on all backends, networks on all native ones and on all others.
    const [then, now] = [String(before.learningBackend), String(made.learningBackend)];
    if (before.learningBackend !== undefined && then.startsWith('native') !== now.startsWith('native'))
      terminal.err(`warning: the training was begun with the learning backend ${then} and goes on with ${now}; last digits may differ\n`);
    made = { ...made, ...before };
    resume = folder.load(config);
    if (!resume) terminal.err(`there is no checkpoint in ${printable(folder.path)} yet: beginning at the first step\n`);
  }
  const display = new TrainDisplay(terminal, config.episodes);
  let signal: NodeJS.Signals | undefined;
  let rounds = 0;
  let recorded = 0;
  const abortion = new AbortController();
  const giveBack = takeFirstSignal((heard) => {
    signal = heard;
    abortion.abort();
    display.wipe();
    terminal.err('saving; once more ends at once\n');
  });
  try {
    const training = await agents.train(config.task, config.agent, {
      ...trainOptions(config),
      resume,
      checkpointSeconds: CHECKPOINT_SECONDS,
      signal: abortion.signal,
      onStart: ({ settings, records, steps }) => {
        display.begin(steps, resume?.seconds ?? 0);
        folder.begin({ ...config, settings }, made, records, {
          title: `${config.task}, ${config.agent}, seed ${config.seed}`,
          subtitle: `Evaluations of ${config.episodes} episodes without chance; training: episodes since the evaluation before`,
        });
      },
      onProgress: (progress) => {
        rounds += 1;
        display.progress(progress);
      },
      onRecord: (record, policy, records) => {
        recorded += 1;
        folder.record(record, policy, records);
        display.record(record);
      },
      onCheckpoint: (state) => folder.checkpoint(state()),
    });
    folder.writePolicy(training.policy);
    return { training, folder, signal, hadNothingToDo: isResumed && signal === undefined && rounds + recorded === 0 };
  } finally {
    giveBack();
    display.wipe();
  }
}

/** The command. */
export const train: Command = {
  name: 'train',
  summary: 'train an agent on a task',
  help: HELP,
  run: async (args, terminal) => {
    // Here and not above: other commands need neither agents nor tasks, and start sooner without them.
    const { TRAIN_OPTIONS, trainPlan } = await import('./train-options.js');
    const found = readArguments('train', args, TRAIN_OPTIONS);
    noPositionals('train', found);
    if (found.flags.has('list-settings')) {
      listSettings(terminal, await import('../agents/node-index.js'), found.values.get('agent'), found.values.get('task'));
      return EXIT.ok;
    }
    const plan = trainPlan(found);
    const { training, folder, signal, hadNothingToDo } = await runPlan(plan, terminal, await import('../agents/node-index.js'));
    if (found.flags.has('json')) terminal.out(jsonText(resultRecord(training, folder)));
    else printResult(terminal, training, folder);
    const command = resumeCommand(folder.path);
    if (signal !== undefined && training.endedEarly) {
      terminal.err(`interrupted after ${training.steps} of ${plan.config.steps} steps, all saved; to go on:\n${command}\n`);
      return signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    }
    if (hadNothingToDo) terminal.err(finishedText(training, folder, plan.config));
    if (!found.flags.has('json') && existsSync(folder.file('policy')))
      terminal.out(
        `  ${'next'.padEnd(10)}  npx busbar evaluate --policy ${printable(folder.path)} --seed 1000   (episodes that no choice was made by)\n`,
      );
    return EXIT.ok;
  },
};
