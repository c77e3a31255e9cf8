/** Yardsticks by name: what any task can be held against. */
import { checkText, describeValue, InputError, nearestFirst } from '../../grid/index.js';
import type { Task, TaskPolicy } from '../task.js';
import { checkTask } from '../vector-settings.js';
import { bestKnownPolicy, noBestKnownBecause } from './best-known.js';
import { greedyPolicy, noGreedyBecause } from './greedy.js';
import { noOptimumBecause, optimumDependsOn, optimumPolicy } from './optimum.js';
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

/** Why a task cannot have a policy of {@link POLICIES}; undefined where it can. */
function obstacle(name: string, task: Task): string | undefined {
  switch (name) {
    case 'none':
      return noAction(task) === undefined ? 'it names no action that does nothing' : undefined;
    case 'native':
      return task.yardsticks?.nativeOptions === undefined ? 'it has no controls of its own' : undefined;
    case 'greedy':
      return noGreedyBecause(task);
    case 'optimum':
      return noOptimumBecause(task);
    case 'best-known':
      return noBestKnownBecause(task);
    default:
      return undefined;
  }
}

/** Names of the policies that a task may be held against: those that it can have. `optimum` may still refuse an episode that has too many courses. */
export function policyNames(task: Task): string[] {
  checkTask(task);
  const names = Object.keys(POLICIES).filter((name) => obstacle(name, task) === undefined);
  return [...new Set([...names, ...Object.keys(task.yardsticks?.policies ?? {}), ...Object.keys(task.namedActions ?? {})])];
}

/** The policy of that name that the task brings with it. Names that all tasks share, and those of its actions, mean what they mean everywhere. */
function ownPolicy(name: string, task: Task): TaskPolicy | undefined {
  const own = task.yardsticks?.policies ?? {};
  return Object.hasOwn(own, name) && !Object.hasOwn(POLICIES, name) ? own[name] : undefined;
}

/** What a policy of the task does, in a few words. Throws InputError for a policy that the task has not. */
export function policyTitle(name: string, task: Task): string {
  checkPolicyName(name, task);
  return POLICIES[name] ?? ownPolicy(name, task)?.title ?? 'that action again and again';
}

/** By name: why a task cannot have the policies of {@link POLICIES} that it cannot have; and, of one that it can have, on what it depends. */
export function policyLimits(task: Task): { readonly refused: Readonly<Record<string, string>>; readonly depends: Readonly<Record<string, string>> } {
  checkTask(task);
  const refused = Object.keys(POLICIES).flatMap((name) => {
    const why = Object.hasOwn(task.namedActions ?? {}, name) ? undefined : obstacle(name, task);
    return why === undefined ? [] : [[name, why] as const];
  });
  const depends = optimumDependsOn(task);
  return { refused: Object.fromEntries(refused), depends: depends === undefined ? {} : { optimum: depends } };
}

/** Throws InputError that says why, or lists those there are, for a policy that the task has not. */
export function checkPolicyName(name: string, task: Task): void {
  const names = policyNames(task);
  if (names.includes(name)) return;
  const why = Object.hasOwn(POLICIES, String(name)) ? obstacle(name, task) : undefined;
  if (why !== undefined) throw new InputError(`the policy ${name} cannot be had for ${task.id}: ${why} (its policies are ${names.join(', ')})`);
  throw new InputError(`there is no policy ${describeValue(name)} for ${task.id}; there are ${nearestFirst(name, names).join(', ')}`);
}

/** Options that the task has to be made with for a policy: those under which its own controls act, for `native`; those that a policy of the task's own asks for. */
export function policyTaskOptions(name: string, task: Task): Readonly<Record<string, unknown>> {
  checkText('the name of a policy', name);
  checkTask(task);
  return name === 'native' ? (task.yardsticks?.nativeOptions ?? {}) : (ownPolicy(name, task)?.taskOptions ?? {});
}

/**
 * Makes a policy by its name. For `native` and for policies of the task's own the task in the context is one made with {@link policyTaskOptions}; under `native` it passes over actions.
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
  const own = ownPolicy(name, task);
  if (own) return own.make(context);
  const row = task.namedActions?.[name] ?? noAction(task) ?? Array.from(task.actionSpace.low);
  return fixedPolicy(name, task, row);
}
