/**
 * Steps a second of vectors of environments.
 *
 * A rollout of random actions is made once, its actions kept; what is timed is the same rollout again: actions in place, checked, step after step, observations, rewards
 * and flags out, episodes ending and beginning anew in the step that ends them. A sample is as many such rollouts as its time takes; the middle one of several counts.
 */
import { makeTask, makeVector, type Task, type TaskOptions, type VectorEnvironment } from '../environments/node-index.js';
import type { BackendName } from '../powerflow/index.js';

/** What to measure. */
export interface EnvironmentsRequest {
  readonly task: string;
  readonly taskOptions?: TaskOptions;
  readonly backend: BackendName;
  readonly workers: number;
  /** Undefined: {@link defaultEnvironments}. */
  readonly environments?: number;
  /** Seconds of one sample, at least. */
  readonly seconds: number;
  /** Samples, of which the middle one counts. */
  readonly samples: number;
}

/** One line of the bench's table and of its JSON. */
export interface EnvironmentsRow {
  readonly suite: 'environments';
  readonly task: string;
  readonly backend: string;
  /** Threads that step. */
  readonly workers: number;
  readonly environments: number;
  /** Steps of all environments together, by the clock. */
  readonly stepsPerSecond: number;
  /** Share of the threads' time that was spent in kernels; 0 for tasks without kernels. */
  readonly kernelShare: number;
  /** Steps of each environment in a rollout. */
  readonly steps: number;
  /** Episodes that ended in a rollout. */
  readonly episodesEnded: number;
  /** Fastest over slowest sample: what else the machine did. */
  readonly fastestOverSlowest: number;
}

/** Bytes of actions kept. */
const ACTION_BYTES = 64 * 2 ** 20;
/** Least steps of a rollout, so that episodes end in it. */
const LEAST_STEPS = 100;
const SEED = 20_261_120;

/** Environments of a vector where none are asked for: fewer where observations are wide. */
export function defaultEnvironments(task: Task): number {
  return task.observationSpace.length > 2000 ? 128 : 1024;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** Steps of a rollout: about so many seconds, whole episodes where these have a fixed length that is short enough. */
function stepsFor(vector: VectorEnvironment, seconds: number): number {
  const { maxSteps } = vector.task;
  vector.reset({ seed: SEED });
  const from = performance.now();
  let tried = 0;
  while (tried < 3 || (performance.now() - from < 20 && tried < 100)) {
    vector.step(vector.sampleActions());
    tried += 1;
  }
  const each = (performance.now() - from) / 1000 / tried;
  const most = Math.max(LEAST_STEPS, Math.floor(ACTION_BYTES / (8 * vector.environments * vector.actionSpace.length)));
  const steps = Math.max(LEAST_STEPS, Math.min(most, Math.ceil(seconds / each)));
  if (maxSteps === undefined || maxSteps > 100 || maxSteps > most) return steps;
  return Math.max(1, Math.round(steps / maxSteps)) * maxSteps;
}

/** Measures one task. Throws what `makeVector` throws. */
export async function measureEnvironments(request: EnvironmentsRequest): Promise<EnvironmentsRow> {
  const { task: id, taskOptions, backend, workers, seconds, samples } = request;
  const options = { ...taskOptions, backend, workers };
  const environments = request.environments ?? defaultEnvironments(await makeTask(id, taskOptions));
  const vector = await makeVector(id, { ...options, environments });
  try {
    const steps = stepsFor(vector, seconds);
    const drawn: Float64Array[] = [];
    vector.reset({ seed: SEED });
    for (let step = 0; step < steps; step++) {
      const actions = vector.sampleActions().slice();
      drawn.push(actions);
      vector.step(actions);
    }
    const rates: number[] = [];
    const shares: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      let [spent, replays, kernels] = [0, 0, 0];
      while (replays === 0 || spent < seconds) {
        vector.reset({ seed: SEED });
        kernels -= vector.kernelSeconds;
        const from = performance.now();
        for (let step = 0; step < steps; step++) vector.step(drawn[step]);
        spent += (performance.now() - from) / 1000;
        kernels += vector.kernelSeconds;
        replays += 1;
      }
      rates.push((environments * steps * replays) / spent);
      shares.push(kernels / (spent * vector.threads));
    }
    return {
      suite: 'environments',
      task: id,
      backend,
      workers: vector.threads,
      environments,
      stepsPerSecond: middle(rates),
      kernelShare: middle(shares),
      steps,
      episodesEnded: vector.episodes.reduce((sum, episode) => sum + episode, 0),
      fastestOverSlowest: Math.max(...rates) / Math.min(...rates),
    };
  } finally {
    await vector.close();
  }
}
