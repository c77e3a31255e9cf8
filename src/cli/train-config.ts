/** What is to be trained and how, as it stands in config.json: out of a file, out of options, complete. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { GivenSettings } from '../agents/node-index.js';
import { describeValue, InputError, oneLine } from '../grid/index.js';
import { LEARNING_BACKEND_NAMES, type LearningBackendName } from '../learning/index.js';
import { BACKEND_NAMES, type BackendName } from '../powerflow/index.js';
import { suggestion } from './arguments.js';
import { readJsonFile } from './json-file.js';

/** Name of the configuration in the folder of a run. */
export const CONFIG_FILE = 'config.json';

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** All that decides what a training gives. */
export interface TrainConfig {
  readonly task: string;
  readonly taskOptions: JsonObject;
  readonly agent: string;
  readonly steps: number;
  readonly seed: number;
  readonly settings: GivenSettings;
  readonly workers: number;
  readonly backend: BackendName;
  readonly learningBackend: LearningBackendName;
  /** Besides the one at the end. */
  readonly evaluations: number;
  /** Of each evaluation. */
  readonly episodes: number;
  readonly evaluationSeed: number;
  /** Options of the task that hold in evaluations alone. */
  readonly evaluationOptions: JsonObject;
  /** Options of the resets of evaluations, and the one of them that is set to the number of the episode; null for none. */
  readonly evaluationReset: JsonObject;
  readonly evaluationEach: string | null;
  /** Path of the JavaScript module that registers the task, absolute; null for none. */
  readonly module: string | null;
  /** Mean return of an evaluation at which training ends; null for none. */
  readonly target: number | null;
}

/** What is not given. Task and agent have to be. */
export const TRAIN_DEFAULTS: Omit<TrainConfig, 'task' | 'agent'> = {
  taskOptions: {},
  steps: 100_000,
  seed: 0,
  settings: {},
  workers: 1,
  backend: 'auto',
  learningBackend: 'auto',
  evaluations: 10,
  episodes: 20,
  evaluationSeed: 0,
  evaluationOptions: {},
  evaluationReset: {},
  evaluationEach: null,
  module: null,
  target: null,
};

/** Bounds of numbers, for the file and for options alike. */
export const TRAIN_BOUNDS = {
  steps: [1, 2 ** 40],
  seed: [0, 2 ** 20],
  workers: [1, 1024],
  evaluations: [0, 1_000_000],
  episodes: [1, 1_000_000],
  evaluationSeed: [0, 2 ** 31],
} as const;

type Check = (fail: (wanted: string) => never, value: unknown) => unknown;

const name: Check = (fail, value) => (typeof value === 'string' && value !== '' ? value : fail('a name'));
const nameOrNull: Check = (fail, value) => (value === null ? value : name(fail, value));
const object: Check = (fail, value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : fail('an object'));
const oneOf =
  (names: readonly string[]): Check =>
  (fail, value) =>
    names.includes(value as string) ? value : fail(`one of ${names.join(', ')}`);
const whole =
  ([least, most]: readonly [number, number]): Check =>
  (fail, value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most ? value : fail(`a whole number from ${least} to ${most}`);

const CHECKS: Readonly<Record<keyof TrainConfig, Check>> = {
  task: name,
  taskOptions: object,
  agent: name,
  steps: whole(TRAIN_BOUNDS.steps),
  seed: whole(TRAIN_BOUNDS.seed),
  settings: object,
  workers: whole(TRAIN_BOUNDS.workers),
  backend: oneOf(BACKEND_NAMES),
  learningBackend: oneOf(LEARNING_BACKEND_NAMES),
  evaluations: whole(TRAIN_BOUNDS.evaluations),
  episodes: whole(TRAIN_BOUNDS.episodes),
  evaluationSeed: whole(TRAIN_BOUNDS.evaluationSeed),
  evaluationOptions: object,
  evaluationReset: object,
  evaluationEach: nameOrNull,
  module: nameOrNull,
  target: (fail, value) => (value === null || (typeof value === 'number' && Number.isFinite(value)) ? value : fail('a number or null')),
};

/** Key of config.json that says by what it was made, and is passed over when it is read. */
const MADE = 'made';

/** The part of a configuration that a file holds. Throws InputError, with the file's name, for what is no JSON, for unknown keys and for values that may not be. */
export function readTrainConfig(path: string): Partial<TrainConfig> {
  const value = readJsonFile(path, 'a configuration of busbar train');
  const fail = (message: string): never => {
    throw new InputError(message, { location: { file: path, line: 0 } });
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(`a configuration is an object, not ${describeValue(value)}`);
  const known = Object.keys(CHECKS) as (keyof TrainConfig)[];
  const config: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value as JsonObject)) {
    if (key === MADE) continue;
    const found = known.find((one) => one === key);
    if (found === undefined) return fail(`there is no key ${describeValue(key)}${suggestion(key, known)}; there are ${known.join(', ')}`);
    config[key] = CHECKS[found]((wanted) => fail(`${key} is ${describeValue(entry)}; give ${wanted}`), entry);
  }
  // A path in a file counts from where the file is.
  if (typeof config.module === 'string') config.module = resolve(dirname(path), config.module);
  return config as Partial<TrainConfig>;
}

/** The module named in the config.json beside a policy; undefined where there is none, or no such file. */
export function moduleBeside(policy: string): string | undefined {
  const path = join(dirname(policy), CONFIG_FILE);
  if (!existsSync(path)) return undefined;
  const value = readJsonFile(path, 'the configuration of a run');
  const module = typeof value === 'object' && value !== null ? (value as JsonObject).module : undefined;
  return typeof module === 'string' && module !== '' ? resolve(dirname(path), module) : undefined;
}

/** What decides the numbers of a training: all but threads, kernels, where the task's module lies, and where it ends. Settings are compared when they are complete. */
const DECIDING = [
  'task',
  'taskOptions',
  'agent',
  'steps',
  'seed',
  'evaluations',
  'episodes',
  'evaluationSeed',
  'evaluationOptions',
  'evaluationReset',
  'evaluationEach',
] as const;

/** Throws InputError for a configuration that differs from the one a training was begun with, in one line that names the key and both values. @param path where it stands */
export function checkSameTraining(path: string, now: TrainConfig, begun: JsonObject): void {
  for (const key of DECIDING) {
    if (isDeepStrictEqual(now[key], begun[key])) continue;
    const text = (value: unknown): string => oneLine(JSON.stringify(value) ?? 'nothing', 120);
    throw new InputError(
      `${key} is ${text(now[key])}, and the training was begun with ${text(begun[key])}; put that back, or train anew with --config and another --out`,
      { location: { file: path, line: 0 } },
    );
  }
}

/** A configuration as config.json keeps it: what was asked for, and under `made` by what. */
export function configRecord(config: TrainConfig, made: JsonObject): JsonObject {
  return { ...config, [MADE]: made };
}

/** What stands under `made` in a file; an empty object where nothing does. */
export function madeOf(path: string): JsonObject {
  const value = readJsonFile(path, 'the configuration of a run');
  const made = typeof value === 'object' && value !== null ? (value as JsonObject)[MADE] : undefined;
  return typeof made === 'object' && made !== null ? (made as JsonObject) : {};
}
