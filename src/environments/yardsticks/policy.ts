/** What a policy is, and what it gets to be made of. */
import { checkObject, describeValue, InputError } from '../../grid/index.js';
import type { Task } from '../task.js';
import type { VectorEnvironment } from '../vector-environment.js';
import { checkTask } from '../vector-settings.js';

/** Chooses actions for all environments of a vector. What it does in an environment depends on that environment alone, not on how many there are beside it. */
export interface Policy {
  readonly name: string;
  /**
   * Chooses an action for each environment.
   *
   * @param vector the environments; its arrays say where they are
   * @param observations [environment][observation]
   * @param masks [environment][choice]; empty for tasks without masks
   * @param into receives the actions, [environment][action]
   * @param logProbabilities receives for each environment the logarithm of the probability with which its action was drawn, of the density for numbers of boxes;
   *   0 where nothing is drawn. Wanted only where given
   */
  act(vector: VectorEnvironment, observations: Float32Array, masks: Uint8Array, into: Float64Array, logProbabilities?: Float64Array): void;
  /** Ends what the policy keeps running. */
  close?(): Promise<void>;
}

/** Throws InputError for what is no policy. */
export function checkPolicy(policy: unknown): void {
  if (typeof policy !== 'object' || policy === null)
    throw new InputError(`the policy is ${describeValue(policy)}; give a name, as in 'random', or an object with a name and a function act`);
  const { name, act, close } = policy as Record<string, unknown>;
  if (typeof act !== 'function')
    throw new InputError(`act of the policy is ${describeValue(act)}; give a function (vector, observations, masks, into) => void`);
  if (typeof name !== 'string') throw new InputError(`the name of the policy is ${describeValue(name)}; give a text`);
  if (close !== undefined && typeof close !== 'function')
    throw new InputError(`close of the policy ${name} is ${describeValue(close)}; give a function, or leave it out`);
}

/** Throws InputError for what no policy can be made with. */
export function checkContext(context: PolicyContext): void {
  checkObject('what a policy is made with', context, '{ task, makeTrials, seed?, environments? }');
  checkTask(context.task);
}

/** What a policy is made with. */
export interface PolicyContext {
  /** The task on which it acts. */
  readonly task: Task;
  /** What its random numbers count from; 0 by default. The policy's draws depend on it and on seed, episode and step of an environment. */
  readonly seed?: number;
  /** Environments that it will act for, about; decides how many trials run at once. 1 by default. */
  readonly environments?: number;
  /** Makes a vector of the same task for trials, beginning anew in the step that ends an episode. */
  readonly makeTrials: (environments: number) => Promise<VectorEnvironment>;
}
