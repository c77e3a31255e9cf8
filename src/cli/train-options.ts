/** What a command line of `busbar train` asks for: a new training, or one to go on with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../grid/index.js';
import { LEARNING_BACKEND_NAMES } from '../learning/index.js';
import { BACKEND_NAMES } from '../powerflow/index.js';
import { type Arguments, choice, numeric, UsageError } from './arguments.js';
import { checkNewFolder, RUN_FILES } from './run-folder.js';
import { jsonObject, modulePath } from './task-options.js';
import { readTrainConfig, TRAIN_BOUNDS, TRAIN_DEFAULTS, type TrainConfig } from './train-config.js';

/** Options that say what is to be trained, and cannot be changed on the way. */
const DECIDING = [
  'task',
  'agent',
  'steps',
  'seed',
  'environments',
  'config',
  'options',
  'out',
  'evaluations',
  'episodes',
  'evaluation-seed',
  'evaluation-options',
  'evaluation-reset',
  'evaluation-each',
  'backend',
  'learning-backend',
] as const;

/** Names of all options. */
export const TRAIN_OPTIONS = {
  values: [...DECIDING, 'workers', 'module', 'resume', 'target'],
  repeated: ['set'],
  flags: ['json', 'export-onnx', 'list-settings'],
} as const;

/** What is to be done. */
export interface TrainPlan {
  readonly config: TrainConfig;
  readonly folder: string;
  /** Whether the folder holds a training to go on with. */
  readonly isResumed: boolean;
  readonly exportOnnx: boolean;
}

/** `--set name=value`, as often as given: values are JSON, or else texts. */
function settingsOf(found: Arguments): Record<string, unknown> {
  // Without a prototype: a setting of any name is one, and told of where the agent has none of it.
  const settings = Object.create(null) as Record<string, unknown>;
  for (const text of found.lists.get('set') ?? []) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new UsageError(`train: --set is "${text}"; write name=value, as in --set learningRate=1e-3`);
    const [name, value] = [text.slice(0, equals), text.slice(equals + 1)];
    if (Object.hasOwn(settings, name)) throw new UsageError(`train: --set ${name} is given twice`);
    settings[name] = settingValue(value);
  }
  const environments = numeric('train', found, 'environments', { integer: true, least: 1, most: 2 ** 20 });
  if (environments === undefined) return settings;
  if (Object.hasOwn(settings, 'environments')) throw new UsageError('train: --environments and --set environments mean the same; give one of them');
  return { ...settings, environments };
}

function settingValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function workersOf(found: Arguments): number | undefined {
  const [least, most] = TRAIN_BOUNDS.workers;
  return numeric('train', found, 'workers', { integer: true, least, most });
}

/** What the options say, those not given left out. */
function givenConfig(found: Arguments): Partial<TrainConfig> {
  const number = (option: string, [least, most]: readonly [number, number]): number | undefined =>
    numeric('train', found, option, { integer: true, least, most });
  const given: Partial<TrainConfig> = {
    task: found.values.get('task'),
    agent: found.values.get('agent'),
    taskOptions: jsonObject('train', found, 'options'),
    steps: number('steps', TRAIN_BOUNDS.steps),
    seed: number('seed', TRAIN_BOUNDS.seed),
    workers: workersOf(found),
    backend: choice('train', found, 'backend', BACKEND_NAMES),
    learningBackend: choice('train', found, 'learning-backend', LEARNING_BACKEND_NAMES),
    evaluations: number('evaluations', TRAIN_BOUNDS.evaluations),
    episodes: number('episodes', TRAIN_BOUNDS.episodes),
    evaluationSeed: number('evaluation-seed', TRAIN_BOUNDS.evaluationSeed),
    evaluationOptions: jsonObject('train', found, 'evaluation-options'),
    evaluationReset: jsonObject('train', found, 'evaluation-reset'),
    evaluationEach: found.values.get('evaluation-each'),
    module: modulePath('train', found),
    target: numeric('train', found, 'target', {}),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** The training meant. Reads the configuration's file, and looks at the folder. Throws UsageError and InputError. */
export function trainPlan(found: Arguments): TrainPlan {
  const exportOnnx = found.flags.has('export-onnx');
  const resume = found.values.get('resume');
  if (resume !== undefined) return { ...resumedPlan(found, resume), exportOnnx };
  const file = found.values.get('config');
  const base = file === undefined ? {} : readTrainConfig(file);
  const given = givenConfig(found);
  const settings = { ...base.settings, ...settingsOf(found) };
  const { task, agent, ...rest } = { ...TRAIN_DEFAULTS, ...base, ...given, settings };
  if (task === undefined) throw new UsageError('train: name a task with --task ID; busbar tasks lists them');
  if (agent === undefined) throw new UsageError('train: name an agent with --agent NAME; busbar train --list-settings lists them');
  const config: TrainConfig = { task, agent, ...rest };
  const out = found.values.get('out');
  // What comes from a file may be anything; a name of a folder it becomes only when the task was found.
  const folder = out ?? join('out', `${task}-${agent}-${config.seed}`.replace(/[^\w.-]/g, '_'));
  checkNewFolder(folder, out === undefined);
  return { config, folder, isResumed: false, exportOnnx };
}

function resumedPlan(found: Arguments, folder: string): Omit<TrainPlan, 'exportOnnx'> {
  const decided = DECIDING.find((name) => found.values.has(name)) ?? (found.lists.has('set') ? 'set' : undefined);
  if (decided !== undefined)
    throw new UsageError(
      `train: --resume goes on with a training as it was begun, and takes no --${decided}; beside it there may be --target, --workers, --module, --export-onnx and --json`,
    );
  const path = join(folder, RUN_FILES.config);
  if (folder.includes('\0') || !existsSync(path)) throw new InputError(`${folder} is no folder of a training: there is no ${RUN_FILES.config} in it`);
  const { task, agent, ...rest } = readTrainConfig(path);
  if (task === undefined || agent === undefined)
    throw new InputError(`there is no ${task === undefined ? 'task' : 'agent'} in it`, { location: { file: path, line: 0 } });
  const changed = { target: numeric('train', found, 'target', {}), workers: workersOf(found), module: modulePath('train', found) };
  const given = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined)) as Partial<TrainConfig>;
  const config: TrainConfig = { task, agent, ...TRAIN_DEFAULTS, ...rest, ...given };
  return { config, folder, isResumed: true };
}
