/**
 * A rollout to a file, part by part.
 *
 * Part n holds the transitions of a fixed run of episodes and depends on nothing but the request: FILE.part-0000, FILE.part-0001 and so on, each a complete Parquet
 * file, written under another name and renamed. When all are there they are joined to FILE (again renamed when complete), then removed. A run that was interrupted
 * finds the parts that are there and goes on behind them; its file has the same bytes as that of a run in one go. While a rollout runs, FILE.lock says so.
 */
import { existsSync, rmSync } from 'node:fs';
import { collectEpisodes, cutRecord, type EpisodeRecord, makeVector, type Policy, setUp, type Task } from '../environments/node-index.js';
import { InputError } from '../grid/index.js';
import { resetsOf } from './episodes-request.js';
import { writeFileWhole, writePiecesWhole } from './files.js';
import { takeLock } from './lock-file.js';
import { joinParts, metadataValue, readPart } from './parquet-join.js';
import { CREATED_BY, rowWidth, transitionFile } from './rollout-columns.js';
import { hearEndingSignals } from './signals.js';
import { type ActingRequest, taskOfRequest } from './task-options.js';
import { VERSION } from './version.js';

/** What to roll out. */
export interface RolloutRequest extends ActingRequest {
  /** A name, or a policy at hand; for a trained one `trained` says which. */
  readonly policy: string | Policy;
  readonly trained?: {
    readonly agent: string;
    readonly seed: number;
    readonly steps: number;
    /** SHA-256 of its file. */
    readonly digest: string;
    /** Whether it draws its actions. */
    readonly stochastic: boolean;
  };
  readonly out: string;
  /** Option of resets that is set to the number of the episode. */
  readonly each?: string;
  /** Episodes, or steps of all episodes together. */
  readonly amount: { readonly episodes: number } | { readonly steps: number };
  /** Episodes of a part; by default as many as make some 65536 transitions, fewer where rows are wide. */
  readonly partEpisodes: number | undefined;
}

/** What was written. */
export interface RolloutResult {
  readonly task: string;
  readonly episodes: number;
  readonly steps: number;
  /** Parts that an earlier run had left. */
  readonly partsFound: number;
  readonly parts: number;
  readonly columns: readonly string[];
}

/** Key of the file's metadata under which stands what it is, as JSON. */
export const METADATA_KEY = 'busbar';
const PART_KEY = 'busbar.part';

/** Transitions of a part, and numbers in it, at most about. */
const PART_ROWS = 65_536;
const PART_NUMBERS = 8_000_000;
const MOST_PART_EPISODES = 4096;
/** What is taken for the length of episodes without a time limit. */
const GUESSED_STEPS = 500;

function episodesOfPart(task: Task, { partEpisodes, amount, maxSteps }: RolloutRequest): number {
  if (partEpisodes !== undefined) return partEpisodes;
  const length = Math.min(task.maxSteps ?? GUESSED_STEPS, maxSteps ?? Infinity);
  const rows = Math.min(PART_ROWS, PART_NUMBERS / rowWidth(task), 'steps' in amount ? amount.steps : Infinity);
  return Math.max(1, Math.min(MOST_PART_EPISODES, Math.ceil(rows / length)));
}

/** Who acted. */
function policyDescription({ policy, trained }: RolloutRequest): Record<string, unknown> {
  if (typeof policy === 'string') return { policy };
  if (!trained) return { policy: policy.name };
  const { agent, seed, steps, digest, stochastic } = trained;
  return { policy: agent, trained: { seed, steps, digest, stochastic } };
}

/** What a file is, for its metadata; nothing in it depends on the machine or on how the work was cut among lanes. */
function descriptionOf(task: Task, request: RolloutRequest, partEpisodes: number): Record<string, unknown> {
  return {
    format: 1,
    version: VERSION,
    task: task.id,
    taskOptions: request.taskOptions,
    resetOptions: request.resetOptions ?? {},
    ...(request.each === undefined ? {} : { each: request.each }),
    ...policyDescription(request),
    policySeed: request.policySeed,
    seed: request.seed,
    ...request.amount,
    maxSteps: request.maxSteps ?? task.maxSteps ?? null,
    partEpisodes,
    observationSpace: task.observationSpace.toJSON(),
    actionSpace: task.actionSpace.toJSON(),
    observationNames: task.observationNames ?? [],
    actionNames: task.actionNames ?? [],
  };
}

/** Rows and episodes of a part that is there. Throws InputError where it is of another rollout. */
function foundPart(path: string, description: string, part: number): { rows: number; episodes: number } {
  const { metadata } = readPart(path);
  const text = metadataValue(metadata, METADATA_KEY);
  const own = metadataValue(metadata, PART_KEY);
  if (text !== description || own === undefined) {
    throw new InputError(`${path} is of another rollout (${differenceOf(text, description)}); remove it, or name another file with --out`);
  }
  const { number, episodes } = JSON.parse(own) as { number: number; episodes: number };
  if (number !== part) throw new InputError(`${path} is part ${number} of a rollout; remove it, or name another file with --out`);
  return { rows: Number(metadata.num_rows), episodes };
}

/** The first thing in which two descriptions differ. */
function differenceOf(text: string | undefined, expected: string): string {
  let found: Record<string, unknown>;
  try {
    found = JSON.parse(text ?? '') as Record<string, unknown>;
  } catch {
    return 'it says nothing of itself';
  }
  const wanted = JSON.parse(expected) as Record<string, unknown>;
  const key = [...new Set([...Object.keys(found), ...Object.keys(wanted)])].find(
    (name) => JSON.stringify(found[name]) !== JSON.stringify(wanted[name]),
  );
  return key === undefined ? 'its description is written otherwise' : `${key} ${JSON.stringify(found[key])}, not ${JSON.stringify(wanted[key])}`;
}

function partPath(out: string, part: number): string {
  return `${out}.part-${String(part).padStart(4, '0')}`;
}

/** Episodes of a part, the last of them cut where steps run out. */
function wantedRecords(records: readonly EpisodeRecord[], rowsLeft: number): EpisodeRecord[] {
  const kept: EpisodeRecord[] = [];
  let left = rowsLeft;
  for (const record of records) {
    if (left <= 0) break;
    const cut = cutRecord(record, left);
    kept.push(cut);
    left -= cut.rewards.length;
  }
  return kept;
}

/**
 * Rolls out.
 *
 * @param onProgress told how many of how many (episodes or steps) are done
 * @throws InputError for what cannot be, for parts of another rollout, and where another process writes the same file
 */
export async function rollOut(request: RolloutRequest, onProgress: (done: number, total: number) => void = () => {}): Promise<RolloutResult> {
  const giveBack = takeLock(request.out);
  try {
    return await rollOutParts(request, onProgress);
  } finally {
    giveBack();
  }
}

async function rollOutParts(request: RolloutRequest, onProgress: (done: number, total: number) => void): Promise<RolloutResult> {
  const { id, policy, out, amount, seed } = request;
  const total = 'episodes' in amount ? amount.episodes : amount.steps;
  const task = await taskOfRequest(request);
  const size = episodesOfPart(task, request);
  const description = JSON.stringify(descriptionOf(task, request, size));
  const paths: string[] = [];
  let [episodes, rows, partsFound] = [0, 0, 0];
  let acting: Awaited<ReturnType<typeof setUp>> | undefined;
  const isDone = (): boolean => ('episodes' in amount ? episodes >= amount.episodes : rows >= amount.steps);
  try {
    for (let part = 0; !isDone(); part++) {
      const path = partPath(out, part);
      paths.push(path);
      if (existsSync(path)) {
        const found = foundPart(path, description, part);
        rows += found.rows;
        episodes += found.episodes;
        partsFound += 1;
        continue;
      }
      const count = 'episodes' in amount ? Math.min(size, amount.episodes - episodes) : size;
      acting ??= await setUp(makeVector, id, policy, { ...request, environments: Math.min(request.environments ?? 256, count) });
      const before = episodes;
      const records = collectEpisodes(acting.vector, acting.policy, {
        first: part * size,
        episodes: count,
        seed,
        maxSteps: request.maxSteps,
        resetOptions: resetsOf(request, request.each),
        onProgress: (done) => ('episodes' in amount ? onProgress(before + done, total) : onProgress(Math.min(total, rows), total)),
      });
      const kept = 'episodes' in amount ? records : wantedRecords(records, amount.steps - rows);
      const bytes = transitionFile(acting.vector.task, kept, [
        { key: METADATA_KEY, value: description },
        { key: PART_KEY, value: JSON.stringify({ number: part, episodes: kept.length }) },
      ]);
      writeFileWhole(path, bytes);
      await hearEndingSignals();
      episodes += kept.length;
      rows += kept.reduce((sum, { rewards }) => sum + rewards.length, 0);
    }
  } finally {
    await acting?.close();
  }
  const totals = JSON.stringify({ total_episodes: episodes, total_steps: rows });
  writePiecesWhole(out, (append) =>
    joinParts(
      paths,
      [
        { key: METADATA_KEY, value: description },
        { key: 'busbar.totals', value: totals },
      ],
      CREATED_BY,
      append,
    ),
  );
  const { metadata } = readPart(paths[0]);
  for (const path of paths) rmSync(path, { force: true });
  const columns = metadata.row_groups[0].columns.map(({ meta_data }) => meta_data?.path_in_schema[0] ?? '');
  return { task: task.id, episodes, steps: rows, partsFound, parts: paths.length, columns: [...new Set(columns)] };
}
