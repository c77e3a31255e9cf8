/**
 * The folder of a training: configuration, account, policies, checkpoint, picture. Each file but the events is written whole under another name and renamed; the events
 * are appended to, a whole record at a time. What is read when a training goes on is the checkpoint; the account is made to fit it, so that nothing stands in it twice.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  checkPolicyData,
  checkpointPieces,
  checkTrainingState,
  decodeCheckpoint,
  eventPlaces,
  fileVersionEvent,
  type PlainData,
  type PolicyData,
  policyToJSON,
  policyToOnnx,
  scalarEvent,
  type TrainingRecord,
  type TrainingState,
} from '../agents/node-index.js';
import { InputError } from '../grid/index.js';
import { learningCurveSvg } from '../visualization/index.js';
import { makeFolder, readFileWhole, writeFileWhole, writePiecesWhole } from './files.js';
import { jsonText } from './json.js';
import { takeLock } from './lock-file.js';
import { POLICY_FILE } from './policy-file.js';
import { hearEndingSignals } from './signals.js';
import { CONFIG_FILE, checkSameTraining, configRecord, type JsonObject, type TrainConfig } from './train-config.js';

/** Names of the files in the folder. */
export const RUN_FILES = {
  config: CONFIG_FILE,
  metrics: 'metrics.csv',
  checkpoint: 'checkpoint.bin',
  policy: POLICY_FILE,
  best: 'best-policy.json',
  curve: 'learning-curve.svg',
  onnx: 'policy.onnx',
  bestOnnx: 'best-policy.onnx',
} as const;
const EVENTS = /^events\.out\.tfevents\.\d+\.busbar$/;
/** Its lock, without the ending. */
const LOCK = 'train';
const LOCK_WORDS = { busy: 'is in use: a training is going on in', instead: 'name another folder with --out' };

/** Whether a file is what a process that was killed left behind: a half-written file, a lock. */
function isLeftover(name: string): boolean {
  if (name === `${LOCK}.lock` || /^train\.lock\.\d+$/.test(name)) return true;
  const written = /^(.+)\.\d+\.tmp$/.exec(name)?.[1];
  return written !== undefined && (EVENTS.test(written) || Object.values<string>(RUN_FILES).includes(written));
}

/** The policy of the best evaluation so far. */
export interface BestPolicy {
  readonly steps: number;
  readonly mean: number;
  readonly policy: PolicyData;
}

/** What a checkpoint holds. */
interface Checkpoint {
  readonly format: 'busbar-run';
  readonly state: TrainingState;
  readonly best: BestPolicy | null;
  /** What the training was begun with, settings complete. */
  readonly config: JsonObject;
}

/** First columns of metrics.csv; the agent's own metrics follow. */
const COLUMNS: readonly [string, (record: TrainingRecord) => number][] = [
  ['steps', (record) => record.steps],
  ['seconds', (record) => record.seconds],
  ['simulationSeconds', (record) => record.simulationSeconds],
  ['learningSeconds', (record) => record.learningSeconds],
  ['episodes', (record) => record.episodes],
  ['trainingReturn', (record) => record.trainingReturn],
  ['trainingLength', (record) => record.trainingLength],
  ['evaluationMean', (record) => record.evaluation.mean],
  ['evaluationSd', (record) => record.evaluation.sd],
  ['evaluationMin', (record) => record.evaluation.min],
  ['evaluationMax', (record) => record.evaluation.max],
];

/** The account of a training as comma-separated values, a row a record; what does not exist is left empty. */
export function metricsText(records: readonly TrainingRecord[]): string {
  const names = [...new Set(records.flatMap(({ metrics }) => Object.keys(metrics)))];
  const cell = (value: number | undefined): string => (value !== undefined && Number.isFinite(value) ? String(value + 0) : '');
  const rows = records.map((record) => [...COLUMNS.map(([, of]) => cell(of(record))), ...names.map((name) => cell(record.metrics[name]))].join(','));
  return `${[[...COLUMNS.map(([name]) => name), ...names].join(','), ...rows].join('\n')}\n`;
}

/** One record as TensorBoard shows it. */
function scalarsOf({ evaluation, metrics, ...record }: TrainingRecord): Record<string, number> {
  return {
    'evaluation/return': evaluation.mean,
    'evaluation/return_sd': evaluation.sd,
    'evaluation/return_min': evaluation.min,
    'evaluation/return_max': evaluation.max,
    'training/return': record.trainingReturn,
    'training/length': record.trainingLength,
    'training/episodes': record.episodes,
    'time/seconds': record.seconds,
    'time/steps_per_second': record.steps / record.seconds,
    'time/simulation_share': record.simulationSeconds / (record.simulationSeconds + record.learningSeconds),
    ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`agent/${name}`, value])),
  };
}

const now = (): number => Date.now() / 1000;

/** Throws InputError where a new training cannot have the folder: it holds something, or there is nowhere to put it. @param makeParents whether folders above it are made too */
export function checkNewFolder(path: string, makeParents: boolean): void {
  if (path.includes('\0')) throw new InputError('a folder has a name without null characters');
  const stats = existsSync(path) ? statSync(path) : undefined;
  if (stats && !stats.isDirectory()) throw new InputError(`${path} is a file; name a folder with --out DIR`);
  if (stats && existsSync(join(path, RUN_FILES.config)))
    throw new InputError(`${path} holds a training already; go on with it with --resume ${path}, or name another folder with --out DIR`);
  if (stats && readdirSync(path).some((name) => !isLeftover(name)))
    throw new InputError(`the folder ${path} is not empty; name another with --out DIR`);
  if (!stats && !makeParents && !existsSync(dirname(path)))
    throw new InputError(`cannot make ${path}: there is no folder ${dirname(path)}; make it first`);
}

/** What a function gives; an InputError of it names the file. */
function within<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.message, { location: { file: path, line: 0 } }) : error;
  }
}

/** Throws InputError for what is no best policy. */
function checkBest(best: unknown): BestPolicy {
  const { steps, mean, policy } = (best ?? {}) as Partial<BestPolicy>;
  if (!Number.isSafeInteger(steps) || !Number.isFinite(mean)) throw new InputError('it does not say which policy was the best so far');
  return { steps: steps as number, mean: mean as number, policy: checkPolicyData(policy) };
}

/** The folder of one training. */
export class RunFolder {
  private best: BestPolicy | null = null;
  private events = '';
  private config: JsonObject = {};
  private unlock: (() => void) | undefined;

  /** @param onnx whether policies are written as ONNX models too; @param masked whether these have masks */
  constructor(
    readonly path: string,
    private readonly onnx: { readonly masked: boolean } | undefined,
  ) {}

  file(name: keyof typeof RUN_FILES): string {
    return join(this.path, RUN_FILES[name]);
  }

  /** Keeps other trainings out of the folder, which is there, until {@link release}. Throws InputError where one is going on in it. */
  lock(): void {
    this.unlock ??= takeLock(join(this.path, LOCK), this.path, LOCK_WORDS);
  }

  /** Gives the folder back. */
  release(): void {
    this.unlock?.();
    this.unlock = undefined;
  }

  /** The state from which training goes on; undefined where none was saved yet. Throws InputError for a file that is none, and for one of a training that was begun otherwise. */
  load(config: TrainConfig): TrainingState | undefined {
    const path = this.file('checkpoint');
    if (!existsSync(path)) return undefined;
    const found: unknown = decodeCheckpoint(readFileWhole(path), path);
    const { format, state, best, config: begun } = (found ?? {}) as Partial<Checkpoint>;
    if (format !== 'busbar-run' || state === undefined) throw new InputError(`${path} is no checkpoint of a training`);
    const checked = within(path, () => {
      if (best !== null) this.best = checkBest(best);
      if (typeof begun !== 'object' || begun === null) throw new InputError('it does not say what the training was begun with');
      return checkTrainingState(state);
    });
    checkSameTraining(this.file('config'), config, begun as JsonObject);
    return checked;
  }

  /**
   * Makes the folder, or makes its account fit what is gone on from: records behind the checkpoint are taken out.
   *
   * @param records those up to now
   */
  begin(config: TrainConfig, made: JsonObject, records: readonly TrainingRecord[], title: { title: string; subtitle: string }): void {
    makeFolder(this.path);
    if (!this.unlock) {
      this.lock();
      // Another may have begun and ended between the first look and the lock.
      checkNewFolder(this.path, true);
    }
    for (const name of readdirSync(this.path)) if (isLeftover(name) && name !== `${LOCK}.lock`) rmSync(join(this.path, name), { force: true });
    this.title = title;
    this.config = configRecord(config, made);
    writeFileWhole(this.file('config'), jsonText(this.config));
    this.events = this.fitEvents(records);
    if (records.length === 0) return;
    this.writeAccount(records);
    if (this.best) this.writeBest(this.best);
  }

  private title: { title: string; subtitle: string } = { title: 'Training', subtitle: '' };

  /** The file of events, holding those of the records and no others. */
  private fitEvents(records: readonly TrainingRecord[]): string {
    const name = readdirSync(this.path)
      .filter((file) => EVENTS.test(file))
      .sort()
      .at(-1);
    const path = join(this.path, name ?? `events.out.tfevents.${String(Math.floor(now())).padStart(10, '0')}.busbar`);
    const bytes = name === undefined ? new Uint8Array(0) : readFileSync(path);
    const last = records.at(-1)?.steps ?? 0;
    const kept = eventPlaces(bytes).filter(({ step }, k) => k === 0 || step <= last);
    const end = kept.at(-1)?.to ?? 0;
    if (kept.length === 1 + records.length && end === bytes.length) return path;
    const whole = kept.length === 1 + records.length ? [bytes.subarray(0, end)] : [fileVersionEvent(now()), ...records.map(eventOf)];
    writePiecesWhole(path, (append) => {
      for (const piece of whole) append(piece);
    });
    return path;
  }

  private writeAccount(records: readonly TrainingRecord[]): void {
    writeFileWhole(this.file('metrics'), metricsText(records));
    const points = records.map(({ steps, evaluation, trainingReturn }) => ({ steps, ...evaluation, trainingReturn }));
    writeFileWhole(this.file('curve'), learningCurveSvg(points, this.title));
  }

  private writeBest({ policy }: BestPolicy): void {
    writeFileWhole(this.file('best'), policyText(policy));
    if (this.onnx) writeFileWhole(this.file('bestOnnx'), policyToOnnx(policy, this.onnx));
  }

  /** Writes the present policy. */
  writePolicy(policy: PolicyData): void {
    writeFileWhole(this.file('policy'), policyText(policy));
    if (this.onnx) writeFileWhole(this.file('onnx'), policyToOnnx(policy, this.onnx));
  }

  /** Takes an evaluation: policy, the best one where it is that, account. */
  record(record: TrainingRecord, policy: PolicyData, records: readonly TrainingRecord[]): void {
    this.writePolicy(policy);
    const { mean } = record.evaluation;
    if (!this.best || mean > this.best.mean) {
      this.best = { steps: record.steps, mean, policy };
      this.writeBest(this.best);
    }
    this.writeAccount(records);
    appendFileSync(this.events, eventOf(record));
  }

  /** The best evaluation so far. */
  get bestSoFar(): BestPolicy | null {
    return this.best;
  }

  /** Saves what training goes on from. */
  async checkpoint(state: TrainingState): Promise<void> {
    const checkpoint: Checkpoint = { format: 'busbar-run', state, best: this.best, config: this.config };
    const pieces = checkpointPieces(checkpoint as unknown as PlainData);
    writePiecesWhole(this.file('checkpoint'), (append) => {
      for (const piece of pieces) append(piece);
    });
    await hearEndingSignals();
  }
}

function eventOf(record: TrainingRecord): Uint8Array {
  return scalarEvent(now(), record.steps, scalarsOf(record));
}

function policyText(policy: PolicyData): string {
  return `${JSON.stringify(policyToJSON(policy))}\n`;
}
