/** Policies that stand in files: policy.json, or a run folder that holds one. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PolicyData } from '../agents/node-index.js';
import type { Policy } from '../environments/node-index.js';
import { InputError, printable } from '../grid/index.js';
import type { LearningBackendName } from '../learning/index.js';
import { type Arguments, UsageError } from './arguments.js';
import { readJsonFile } from './json-file.js';
import { taskOfRequest } from './task-options.js';
import { CONFIG_FILE, moduleBeside } from './train-config.js';

/** Name of the policy in a run folder. */
export const POLICY_FILE = 'policy.json';

/** The file meant by the value of `--policy`; undefined where that is the name of a policy, or looks like one. Throws InputError for a path that leads nowhere. */
export async function policyPath(text: string): Promise<string | undefined> {
  const { POLICIES } = await import('../environments/node-index.js');
  const isPath = /[/\\]|\.json$/i.test(text);
  // A folder that happens to be called `greedy` takes nothing from the policy.
  if (!isPath && Object.hasOwn(POLICIES, text)) return undefined;
  if (text.includes('\0') || !existsSync(text)) {
    if (isPath) throw new InputError(`there is no file or folder ${text}; --policy takes a policy's name, a ${POLICY_FILE} or the folder of a run`);
    return undefined;
  }
  if (!statSync(text).isDirectory()) return text;
  const inside = join(text, POLICY_FILE);
  if (existsSync(inside)) return inside;
  if (isPath) throw new InputError(`the folder ${text} holds no ${POLICY_FILE}; name the folder of a run, or a policy's file`);
  return undefined;
}

/** The policy in a file. Throws InputError that names the file for what is none. */
export async function readPolicyFile(path: string): Promise<PolicyData> {
  const { policyFromJSON } = await import('../agents/node-index.js');
  const json = readJsonFile(path, 'a saved policy');
  try {
    return policyFromJSON(json);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, { location: { file: path, line: 0 } });
  }
}

/** A policy as `--policy` names it. */
export interface ChosenPolicy {
  /** As typed. */
  readonly text: string;
  /** Where it came out of a file. */
  readonly trained?: { readonly path: string; readonly data: PolicyData };
}

/** Reads the policies that are files among those named. Throws InputError. */
export async function choosePolicies(texts: readonly string[]): Promise<ChosenPolicy[]> {
  const chosen: ChosenPolicy[] = [];
  for (const text of texts) {
    const path = await policyPath(text);
    chosen.push(path === undefined ? { text } : { text, trained: { path, data: await readPolicyFile(path) } });
  }
  return chosen;
}

/**
 * Fills in what a trained policy says of itself: the task, its options, and the module that registers it, where none are given. Gives a line for each thing in which a policy differs from what is
 * asked for. Throws {@link UsageError} where policies differ among themselves and nothing is given.
 */
export function adoptPolicies(command: string, found: Arguments, chosen: readonly ChosenPolicy[]): string[] {
  const trained = chosen.flatMap((policy) => (policy.trained ? [{ text: policy.text, ...policy.trained }] : []));
  if (trained.length === 0) return [];
  const notes: string[] = [];
  const [first] = trained;
  if (!found.values.has('task')) {
    const other = trained.find(({ data }) => data.task !== first.data.task);
    if (other)
      throw new UsageError(
        `${command}: ${first.text} was trained on ${first.data.task} and ${other.text} on ${other.data.task}; say which with --task ID`,
      );
    found.values.set('task', first.data.task);
  }
  const task = found.values.get('task');
  const same = trained.filter(({ data }) => data.task === task);
  const module = found.values.has('module') ? undefined : same.map(({ path }) => moduleBeside(path)).find((beside) => beside !== undefined);
  if (module !== undefined) {
    found.values.set('module', module);
    notes.push(`the task ${task} comes from the module ${module}, as ${CONFIG_FILE} beside the policy says`);
  }
  for (const { text, data } of trained) if (data.task !== task) notes.push(`${text} was trained on ${data.task}, not on ${task}`);
  if (!found.values.has('options') && same.length > 0) {
    const other = same.find(({ data }) => !isDeepStrictEqual(data.taskOptions, same[0].data.taskOptions));
    if (other)
      throw new UsageError(
        `${command}: ${same[0].text} was trained with the task's options ${JSON.stringify(same[0].data.taskOptions)} and ${other.text} with ${JSON.stringify(other.data.taskOptions)}; say which with --options JSON`,
      );
    found.values.set('options', JSON.stringify(same[0].data.taskOptions));
    return notes;
  }
  const options = found.values.get('options');
  for (const { text, data } of same) {
    if (!isDeepStrictEqual(data.taskOptions, parsed(options)))
      notes.push(
        `${text} was trained with the task's options ${JSON.stringify(data.taskOptions)}; they are ${options ?? '{}'} here, as --options says`,
      );
  }
  return notes;
}

/** What is no JSON is complained of where options are read. */
function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '{}') as unknown;
  } catch {
    return undefined;
  }
}

/** How trained policies act. */
export interface TrainedActing {
  readonly stochastic: boolean;
  readonly seed: number;
  readonly learningBackend: LearningBackendName | undefined;
}

/** What `evaluate` and the like take for a chosen policy: its name, or the trained one, checked against the task. Throws InputError where it does not fit. */
export async function actingPolicy({ text, trained }: ChosenPolicy, request: TaskOfPolicy, acting: TrainedActing): Promise<string | Policy> {
  if (!trained) return text;
  const { checkPolicyFits, LearnedPolicy } = await import('../agents/node-index.js');
  const task = await taskOfRequest(request);
  try {
    checkPolicyFits(trained.data, task);
    return new LearnedPolicy(trained.data, { ...acting, name: printable(text) });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, { location: { file: trained.path, line: 0 } });
  }
}

/** The task in which a policy is to act. */
interface TaskOfPolicy {
  readonly id: string;
  readonly taskOptions: Readonly<Record<string, unknown>>;
  /** URL of the module that registers it. */
  readonly module?: string;
}

/** SHA-256 of a policy's file: by what rollouts of it are told apart. */
export function policyDigest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
