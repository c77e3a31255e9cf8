/** What a training goes on from, checked: it comes out of files. */
import { describeValue, InputError, oneLine } from '../grid/index.js';
import type { PlainData } from './agent.js';
import { crc32c } from './crc32c.js';
import type { GatheredState } from './gathered.js';
import { isCount } from './saved-data.js';
import type { SettingValue } from './settings.js';
import type { TrainingRecord } from './training-record.js';

/**
 * What a training was asked for, beside task, agent, seed, steps and settings: all that changes its numbers. Threads do not. Options are texts, JSON with names in order, so that they
 * can be compared and told of.
 */
export interface TrainingRequest {
  readonly taskOptions: string;
  readonly evaluationTaskOptions: string;
  readonly evaluations: number;
  readonly evaluationEpisodes: number;
  readonly evaluationSeed: number;
  /** Of all episodes, or a list of those of each. */
  readonly evaluationResets: string;
}

/** All from which training goes on: plain data. */
export interface TrainingState {
  readonly format: 'busbar-training';
  readonly version: 2;
  readonly task: string;
  readonly agent: string;
  readonly seed: number;
  readonly totalSteps: number;
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly request: TrainingRequest;
  readonly records: readonly TrainingRecord[];
  readonly gathered: GatheredState;
  readonly seconds: number;
  readonly simulationSeconds: number;
  readonly learningSeconds: number;
  readonly recent: readonly number[];
  readonly agentState: PlainData;
}

/** Texts longer than this are kept by their beginning and a checksum. */
const LONGEST = 2000;
const BEGINNING = 200;

/** Data as a text that is the same for the same data: JSON, names in order, typed arrays as arrays. What JSON has not stands there by its kind. */
export function canonicalText(data: unknown): string {
  const ordered = (_name: string, value: unknown): unknown => {
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Float64Array);
    if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return `[${typeof value}]`;
    if (typeof value === 'number' && !Number.isFinite(value)) return `[${value}]`;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  const text = JSON.stringify(data, ordered) ?? 'none';
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, BEGINNING)}... (${text.length} characters, checksum ${crc32c(new TextEncoder().encode(text)).toString(16)})`;
}

type Fail = (what: string, value: unknown, must: string) => never;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** Throws where an entry of an object is not as it must be. */
function checkEntries(
  fail: Fail,
  what: string,
  value: unknown,
  rules: Readonly<Record<string, readonly [(entry: unknown) => boolean, string]>>,
): void {
  if (!isObject(value)) return fail(what, value, 'an object');
  for (const [name, [isRight, must]] of Object.entries(rules)) {
    const entry = Object.hasOwn(value, name) ? value[name] : undefined;
    if (!isRight(entry)) fail(what === '' ? name : `${name} of ${what}`, entry, must);
  }
}

const isNumber = (value: unknown): boolean => typeof value === 'number';
const isFinite = (value: unknown): boolean => Number.isFinite(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isTime = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0;
const areNumbers = (value: unknown): boolean => Array.isArray(value) && value.every(isNumber);
const areNamed = (value: unknown): boolean => isObject(value) && Object.values(value).every(isNumber);
const isSetting = (value: unknown): boolean => ['number', 'string', 'boolean'].includes(typeof value) || areNumbers(value);
const COUNT = [isCount, 'a whole number from 0'] as const;
const NUMBER = [isNumber, 'a number'] as const;
const FINITE = [isFinite, 'a finite number'] as const;
const TEXT = [isText, 'a text'] as const;
const NAME = [isName, 'a name'] as const;
const TIME = [isTime, 'seconds, a finite number from 0'] as const;
const NUMBERS = [areNumbers, 'an array of numbers'] as const;
const NAMED = [areNamed, 'numbers by name'] as const;

function checkRecord(fail: Fail, record: unknown, k: number, before: number): number {
  const what = `record ${k}`;
  checkEntries(fail, what, record, {
    steps: COUNT,
    seconds: TIME,
    simulationSeconds: TIME,
    learningSeconds: TIME,
    episodes: COUNT,
    trainingReturn: NUMBER,
    trainingLength: NUMBER,
    metrics: NAMED,
  });
  const { steps, evaluation } = record as TrainingRecord;
  checkEntries(fail, `the evaluation of ${what}`, evaluation, { mean: FINITE, sd: NUMBER, min: FINITE, max: FINITE });
  if (steps <= before) fail(`steps of ${what}`, steps, `more than the ${before} of the record before`);
  return steps;
}

/** A saved training, checked but for the agent's own part, which the agent looks at. Throws InputError of one line for what is none. */
export function checkTrainingState(given: unknown): TrainingState {
  const fail: Fail = (what, value, must) => {
    throw new InputError(`the saved training is damaged: ${what} is ${describeValue(value)}; it must be ${must}`);
  };
  if (!isObject(given)) throw new InputError(`a saved training is an object, not ${describeValue(given)}`);
  if (given.format !== 'busbar-training' || given.version !== 2)
    throw new InputError('this is no saved training of busbar, or of a version that is not known here');
  checkEntries(fail, '', given, {
    task: NAME,
    agent: NAME,
    seed: COUNT,
    totalSteps: COUNT,
    settings: [(value) => isObject(value) && Object.values(value).every(isSetting), 'settings by name'],
    records: [Array.isArray, 'an array'],
    recent: NUMBERS,
    seconds: TIME,
    simulationSeconds: TIME,
    learningSeconds: TIME,
  });
  checkEntries(fail, 'what was asked for', given.request, {
    taskOptions: TEXT,
    evaluationTaskOptions: TEXT,
    evaluations: COUNT,
    evaluationEpisodes: COUNT,
    evaluationSeed: COUNT,
    evaluationResets: TEXT,
  });
  checkEntries(fail, 'what gathered since the last record', given.gathered, { returns: NUMBERS, lengths: NUMBERS, sums: NAMED, rounds: COUNT });
  let before = 0;
  (given.records as unknown[]).forEach((record, k) => {
    before = checkRecord(fail, record, k, before);
  });
  return given as unknown as TrainingState;
}

/** Most of a text that stands in a message twice. */
const SHOWN = 120;

function shown(value: unknown): string {
  if (typeof value === 'string' && /^[{[]/.test(value)) return oneLine(value, SHOWN);
  return Array.isArray(value) ? oneLine(JSON.stringify(value), SHOWN) : describeValue(value);
}

/** What is compared of a saved training with the one that is to go on. */
export type TrainingIdentity = Pick<TrainingState, 'task' | 'agent' | 'seed' | 'totalSteps' | 'settings' | 'request'>;

/** Throws InputError that names the first thing in which a saved training differs from the one that is to go on with it, with both values. */
export function checkResume(saved: TrainingIdentity, now: TrainingIdentity): void {
  const compare = (what: string, then: unknown, wanted: unknown): void => {
    if (canonicalText(then) === canonicalText(wanted)) return;
    throw new InputError(`the saved training has ${what} ${shown(then)}, and this one ${shown(wanted)}; resume it as it was begun`);
  };
  for (const name of ['task', 'agent', 'seed', 'totalSteps'] as const) compare(name, saved[name], now[name]);
  for (const name of new Set([...Object.keys(now.settings), ...Object.keys(saved.settings)]))
    compare(`the setting ${name}`, Object.hasOwn(saved.settings, name) ? saved.settings[name] : undefined, now.settings[name]);
  for (const name of Object.keys(now.request) as (keyof TrainingRequest)[]) compare(name, saved.request[name], now.request[name]);
}
