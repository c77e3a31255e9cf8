/**
 * The folder of a training: configuration, account, policies, checkpoint, picture. Each file but the events is written whole under another name and renamed; the events
 * are appended to, a whole record at a time. What is read when a training goes on is the checkpoint; the account is made to fit it, so that nothing stands in it twice.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  checkpointPieces,
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
import { writeFileWhole, writePiecesWhole } from './files.js';
import { jsonText } from './json.js';
import { POLICY_FILE } from './policy-file.js';
import { hearEndingSignals } from './signals.js';
import { configRecord, type JsonObject, type TrainConfig } from './train-config.js';

/** Names of the files in the folder. */
export const RUN_FILES = {
  config: 'config.json',
  metrics: 'metrics.csv',
  checkpoint: 'checkpoint.bin',
  policy: POLICY_FILE,
  best: 'best-policy.json',
  curve: 'learning-curve.svg',
  onnx: 'policy.onnx',
  bestOnnx: 'best-policy.onnx',
} as const;
const EVENTS = /^events\.out\.tfevents\.\d+\.busbar$/;

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
  if (stats && readdirSync(path).length > 0) throw new InputError(`the folder ${path} is not empty; name another with --out DIR`);
  if (!stats && !makeParents && !existsSync(dirname(path)))
    throw new InputError(`cannot make ${path}: there is no folder ${dirname(path)}; make it first`);
}

/** The folder of one training. */
export class RunFolder {
  private best: BestPolicy | null = null;
  private events = '';

  /** @param onnx whether policies are written as ONNX models too; @param masked whether these have masks */
  constructor(
    readonly path: string,
    private readonly onnx: { readonly masked: boolean } | undefined,
  ) {}

  file(name: keyof typeof RUN_FILES): string {
    return join(this.path, RUN_FILES[name]);
  }

  /** The state from which training goes on; undefined where none was saved yet. Throws InputError for a file that is none. */
  load(): TrainingState | undefined {
    const path = this.file('checkpoint');
    if (!existsSync(path)) return undefined;
    const { format, state, best } = (decodeCheckpoint(readFileSync(path), path) ?? {}) as unknown as Partial<Checkpoint>;
    if (format !== 'busbar-run' || state === undefined) throw new InputError(`${path} is no checkpoint of a training`);
    this.best = best ?? null;
    return state;
  }

  /**
   * Makes the folder, or makes its account fit what is gone on from: records behind the checkpoint are taken out.
   *
   * @param records those up to now
   */
  begin(config: TrainConfig, made: JsonObject, records: readonly TrainingRecord[], title: { title: string; subtitle: string }): void {
    mkdirSync(this.path, { recursive: true });
    this.title = title;
    writeFileWhole(this.file('config'), jsonText(configRecord(config, made)));
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
    const points = records.map(({ steps, evaluation, trainingReturn }) => ({ steps, mean: evaluation.mean, sd: evaluation.sd, trainingReturn }));
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
    const checkpoint: Checkpoint = { format: 'busbar-run', state, best: this.best };
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
