/** Runs a set of episodes in the lanes of a vector. */
import { checkFunction, checkKeys, checkObject, describeValue, InputError } from '../../grid/index.js';
import { wholeNumber } from '../checks.js';
import { EnvironmentError } from '../errors.js';
import type { ResetOptions } from '../task.js';
import { VectorEnvironment } from '../vector-environment.js';
import type { VectorStep } from '../vector-results.js';
import { checkPolicy, type Policy } from './policy.js';

/** Where a run of episodes is looked at. Environments and episodes are numbers; arrays are those of the vector, to be read at once. */
export interface EpisodeObserver {
  /** Whether `act` is to give log-probabilities. */
  readonly wantsLogProbabilities?: boolean;
  /** Before a step: `vector.observations` and `vector.masks` are those that the action was chosen from. */
  before?(environment: number, episode: number, vector: VectorEnvironment, actions: Float64Array, logProbability: number): void;
  /** After it. @param ended whether that was the episode's last step; @param cut whether because of `maxSteps`, not of the task */
  after?(environment: number, episode: number, step: VectorStep, ended: boolean, cut: boolean): void;
}

/** Which episodes are run. */
export interface EpisodeRun {
  /** Number of the first; 0 by default. */
  readonly first?: number;
  /** How many. */
  readonly episodes: number;
  /** Episode k is the first one of the seed `seed + k`. */
  readonly seed: number;
  /** Steps after which an episode is cut. By default none is, but more than a million are an error. */
  readonly maxSteps?: number;
  /** Options of resets, or what gives them for each episode. */
  readonly resetOptions?: ResetOptions | ((episode: number) => ResetOptions | undefined);
  /** Told after each step how many episodes are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

const RUN_NAMES = ['first', 'episodes', 'seed', 'maxSteps', 'resetOptions', 'onProgress'];

/** Throws InputError for what is no vector, no policy or no run. Numbers are looked at where they are used. */
export function checkRun(vector: VectorEnvironment, policy: Policy, run: EpisodeRun): void {
  if (!(vector instanceof VectorEnvironment))
    throw new InputError(`episodes are run in a vector, not in ${describeValue(vector)}; give one that makeVector made`);
  checkPolicy(policy);
  checkKeys('a run of episodes', 'setting', run, RUN_NAMES);
  const { resetOptions, onProgress } = run;
  if (resetOptions !== undefined && typeof resetOptions !== 'function')
    checkObject('resetOptions', resetOptions, 'an object, or a function from the number of an episode to one');
  if (onProgress !== undefined) checkFunction('onProgress', onProgress, 'a function (done, total) => void');
}

/** What is taken for an episode that never ends. */
const ENDLESS = 1_000_000;
const IDLE = -1;

/** Begins an episode with options of its own. What the task throws for them says of which episode they were. */
function resetOne(
  vector: VectorEnvironment,
  resetOptions: (episode: number) => ResetOptions | undefined,
  episode: number,
  seed: Float64Array,
  mask: Uint8Array,
): void {
  const options = resetOptions(episode);
  try {
    vector.reset({ seed, mask, options });
  } catch (error) {
    throw error instanceof InputError ? new InputError(`episode ${episode}: ${error.message}`) : error;
  }
}

/** Has the policy choose. Throws InputError where it moved the vector itself, so that no episode would be what it is counted as, or has not chosen yet when it returns. */
function choose(policy: Policy, vector: VectorEnvironment, actions: Float64Array, logProbabilities: Float64Array | undefined): void {
  const { moves } = vector;
  const answer: unknown = policy.act(vector, vector.observations, vector.masks, actions, logProbabilities);
  if (answer instanceof Promise) {
    answer.catch(() => undefined);
    throw new InputError(`the policy ${policy.name} is asynchronous; act must write its actions before it returns`);
  }
  if (vector.moves !== moves)
    throw new InputError(
      `the policy ${policy.name} reset, stepped or restored the vector that it acts in, which whoever runs the episodes does; act writes actions to into, and tries things out in a vector of its own`,
    );
}

/**
 * Runs episodes, as many at a time as the vector has environments, each to its end: which ones are run is settled beforehand, so that short ones are not
 * preferred. What comes of an episode depends on its number, the seed and the policy, and not on the environment that it happens to run in.
 *
 * @param vector resets nothing by itself (autoreset `disabled`); is reset here
 * @returns steps of all environments, those included whose episodes do not count because there was none left for them
 * @throws InputError for numbers that are none, EnvironmentError for an episode of a million steps
 */
export function runEpisodes(vector: VectorEnvironment, policy: Policy, run: EpisodeRun, observer: EpisodeObserver = {}): number {
  return finish(stepEpisodes(vector, policy, run, observer));
}

/** Work to its end, without a pause. */
export function finish<T>(work: Generator<undefined, T, undefined>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value as T;
  }
}

/** {@link runEpisodes} with a pause behind each step of the vector, for those who have to hear something meanwhile. What is thrown is thrown when it is first gone on with. */
export function* stepEpisodes(
  vector: VectorEnvironment,
  policy: Policy,
  run: EpisodeRun,
  observer: EpisodeObserver = {},
): Generator<undefined, number, undefined> {
  checkRun(vector, policy, run);
  checkObject('the observer of episodes', observer, 'an object with the functions before and after');
  if (vector.autoreset !== 'disabled') throw new InputError(`episodes are run in vectors with autoreset disabled, not ${vector.autoreset}`);
  const { environments } = vector;
  const first = wholeNumber('the number of the first episode', run.first ?? 0, 0, 2 ** 40);
  const end = first + wholeNumber('the number of episodes', run.episodes, 1, 2 ** 31);
  wholeNumber('the seed', run.seed, 0, Number.MAX_SAFE_INTEGER - end - environments);
  const maxSteps = run.maxSteps === undefined ? undefined : wholeNumber('maxSteps', run.maxSteps, 1, ENDLESS);

  const numbers = new Float64Array(environments).fill(IDLE);
  const seeds = new Float64Array(environments);
  const marked = new Uint8Array(environments);
  const actions = new Float64Array(environments * vector.actionSpace.length);
  const logProbabilities = observer.wantsLogProbabilities ? new Float64Array(environments) : undefined;
  let next = first;
  let done = 0;
  let steps = 0;

  /** Begins further episodes in the environments marked; those for which none is left run one that does not count. */
  const begin = (): void => {
    for (let i = 0; i < environments; i++) {
      if (marked[i] === 0) continue;
      numbers[i] = next < end ? next : IDLE;
      seeds[i] = run.seed + next;
      if (next < end) next += 1;
    }
    if (typeof run.resetOptions !== 'function') {
      vector.reset({ seed: seeds, mask: marked, options: run.resetOptions });
      return;
    }
    const one = new Uint8Array(environments);
    for (let i = 0; i < environments; i++) {
      if (marked[i] === 0) continue;
      one.fill(0)[i] = 1;
      resetOne(vector, run.resetOptions, numbers[i] === IDLE ? end - 1 : numbers[i], seeds, one);
    }
  };

  marked.fill(1);
  begin();
  while (done < run.episodes) {
    choose(policy, vector, actions, logProbabilities);
    if (observer.before) {
      for (let i = 0; i < environments; i++) if (numbers[i] !== IDLE) observer.before(i, numbers[i], vector, actions, logProbabilities?.[i] ?? 0);
    }
    const step = vector.step(actions);
    steps += environments;
    let ended = 0;
    for (let i = 0; i < environments; i++) {
      const byTask = (step.terminations[i] | step.truncations[i]) !== 0;
      const cut = !byTask && vector.steps[i] >= (maxSteps ?? ENDLESS);
      if (cut && maxSteps === undefined) {
        throw new EnvironmentError(`an episode of ${vector.task.id} did not end within ${ENDLESS} steps; give maxSteps to cut it`);
      }
      marked[i] = byTask || cut ? 1 : 0;
      ended += marked[i];
      if (numbers[i] === IDLE) continue;
      observer.after?.(i, numbers[i], step, marked[i] !== 0, cut);
      done += marked[i];
    }
    run.onProgress?.(done, run.episodes);
    if (ended > 0 && done < run.episodes) begin();
    yield;
  }
  return steps;
}
