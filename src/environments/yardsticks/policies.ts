/** Yardsticks by name: what any task can be held against. */
import { checkText, describeValue, InputError, nearestFirst } from '../../grid/index.js';
import type { Task } from '../task.js';
import { checkTask } from '../vector-settings.js';
import { bestKnownPolicy } from './best-known.js';
import { greedyPolicy } from './greedy.js';
import { optimumPolicy } from './optimum.js';
import { checkContext, type Policy, type PolicyContext } from './policy.js';
import { fixedPolicy, randomPolicy } from './simple-policies.js';

/** Names of the policies that are the same for all tasks, with what they do. Each action that a task names is a policy too, which takes it again and again. */
export const POLICIES: Readonly<Record<string, string>> = {
  none: 'does nothing: the action named none, else the one named neutral',
  random: 'draws each action anew, allowed choices equally likely',
  native: "leaves the devices to the feeder's own controls, where the task has such",
  greedy: 'tries every single change of one device in each step and makes the best',
  optimum: 'tries all courses that an episode can take, where there are few enough',
  'best-known': 'searches a schedule for the whole episode; no bound',
};

/** The action that does nothing, where the task has one. */
function noAction(task: Task): readonly number[] | undefined {
  return task.namedActions?.none ?? task.namedActions?.neutral;
}

/** Names of the policies that a task may be held against; some may still refuse it, where its episodes are too many or too long to be tried. */
export function policyNames(task: Task): string[] {
  checkTask(task);
  const names = Object.keys(POLICIES).filter((name) => {
    if (name === 'none') return noAction(task) !== undefined;
    return name !== 'native' || task.yardsticks?.nativeOptions !== undefined;
  });
  return [...new Set([...names, ...Object.keys(task.namedActions ?? {})])];
}

/** Throws InputError that lists those there are for a policy that the task has not. */
export function checkPolicyName(name: string, task: Task): void {
  const names = policyNames(task);
  if (names.includes(name)) return;
  if (name === 'none') throw new InputError(`the task ${task.id} names no action that does nothing; its policies are ${names.join(', ')}`);
  if (name === 'native') throw new InputError(`the task ${task.id} has no controls of its own; its policies are ${names.join(', ')}`);
  const near = nearestFirst(name, names);
  throw new InputError(`there is no policy ${describeValue(name)} for ${task.id}; there are ${near.join(', ')}`);
}

/** Options that the task has to be made with for a policy: those under which its own controls act, for `native`. */
export function policyTaskOptions(name: string, task: Task): Readonly<Record<string, unknown>> {
  checkText('the name of a policy', name);
  checkTask(task);
  return name === 'native' ? (task.yardsticks?.nativeOptions ?? {}) : {};
}

/**
 * Makes a policy by its name. For `native` the task in the context is one made with {@link policyTaskOptions}, which passes over actions.
 *
 * @throws InputError for a name that is none, and where the task is not such that the policy can be had
 */
export async function makePolicy(name: string, context: PolicyContext): Promise<Policy> {
  checkContext(context);
  const { task, seed } = context;
  checkPolicyName(name, task);
  if (name === 'random') return randomPolicy(seed);
  if (name === 'greedy') return greedyPolicy(context);
  if (name === 'optimum') return optimumPolicy(context);
  if (name === 'best-known') return bestKnownPolicy(context);
  const row = task.namedActions?.[name] ?? noAction(task) ?? Array.from(task.actionSpace.low);
  return fixedPolicy(name, task, row);
}
