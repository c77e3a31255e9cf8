/** Episodes as data: every transition with what the policy that made it thought of it. */
import { checkNumbers, checkObject } from '../../grid/index.js';
import { wholeNumber } from '../checks.js';
import type { VectorEnvironment } from '../vector-environment.js';
import { checkRun, type EpisodeRun, runEpisodes } from './episodes.js';
import type { Policy } from './policy.js';

/** The transitions of one episode; lists have one entry a step. */
export interface EpisodeRecord {
  /** Number of the episode. */
  readonly episode: number;
  /** What the action was chosen from. */
  readonly observations: Float32Array[];
  /** What came after the last step. */
  finalObservation: Float32Array;
  readonly actions: Float64Array[];
  /** Logarithms of the probabilities with which the policy drew the actions; see `Policy.act`. */
  readonly logProbabilities: number[];
  readonly rewards: number[];
  readonly terminations: boolean[];
  /** Episodes that a run cuts (`maxSteps`) are truncated. */
  readonly truncations: boolean[];
  /** As the task names them, after the step; NaN where a value does not exist. */
  readonly infos: Float64Array[];
  readonly costs: Float64Array[];
  /** What was allowed when the action was chosen; empty rows for tasks without masks. */
  readonly masks: Uint8Array[];
}

function emptyRecord(episode: number): EpisodeRecord {
  return {
    episode,
    observations: [],
    finalObservation: new Float32Array(0),
    actions: [],
    logProbabilities: [],
    rewards: [],
    terminations: [],
    truncations: [],
    infos: [],
    costs: [],
    masks: [],
  };
}

/** Runs episodes (see {@link runEpisodes}) and keeps all of their transitions, in the order of their numbers. */
export function collectEpisodes(vector: VectorEnvironment, policy: Policy, run: EpisodeRun): EpisodeRecord[] {
  checkRun(vector, policy, run);
  const { task, observationSpace, actionSpace } = vector;
  const widths = {
    observation: observationSpace.length,
    action: actionSpace.length,
    info: task.infoNames.length,
    cost: task.costNames.length,
    mask: task.masksActions ? actionSpace.choices : 0,
  };
  const first = run.first ?? 0;
  const records = Array.from({ length: run.episodes }, (_, k) => emptyRecord(first + k));
  const rowOf = <T extends Float32Array | Float64Array | Uint8Array>(rows: T, width: number, i: number): T =>
    rows.slice(i * width, (i + 1) * width) as T;
  runEpisodes(vector, policy, run, {
    wantsLogProbabilities: true,
    before: (i, episode, { observations, masks }, actions, logProbability) => {
      const record = records[episode - first];
      record.observations.push(rowOf(observations, widths.observation, i));
      record.actions.push(rowOf(actions, widths.action, i));
      record.masks.push(rowOf(masks, widths.mask, i));
      record.logProbabilities.push(logProbability);
    },
    after: (i, episode, step, ended, cut) => {
      const record = records[episode - first];
      record.rewards.push(step.rewards[i]);
      record.terminations.push(step.terminations[i] !== 0);
      record.truncations.push(step.truncations[i] !== 0 || cut);
      record.infos.push(rowOf(step.infos.rows, widths.info, i));
      record.costs.push(rowOf(step.costs, widths.cost, i));
      if (ended) record.finalObservation = rowOf(step.observations, widths.observation, i);
    },
  });
  return records;
}

/** The first steps of an episode, cut there: the observation after them becomes the final one. */
export function cutRecord(record: EpisodeRecord, steps: number): EpisodeRecord {
  checkObject('the record of an episode', record, 'one that collectEpisodes gave');
  checkNumbers('the rewards of an episode', record.rewards, 'a record that collectEpisodes gave');
  wholeNumber('the number of steps', steps, 1, Number.MAX_SAFE_INTEGER);
  if (steps >= record.rewards.length) return record;
  const truncations = record.truncations.slice(0, steps);
  truncations[steps - 1] = true;
  return {
    episode: record.episode,
    observations: record.observations.slice(0, steps),
    finalObservation: record.observations[steps],
    actions: record.actions.slice(0, steps),
    logProbabilities: record.logProbabilities.slice(0, steps),
    rewards: record.rewards.slice(0, steps),
    terminations: record.terminations.slice(0, steps),
    truncations,
    infos: record.infos.slice(0, steps),
    costs: record.costs.slice(0, steps),
    masks: record.masks.slice(0, steps),
  };
}
