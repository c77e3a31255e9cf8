/** Who acts in which task: policies by name and trained ones, for the commands that run episodes. */
import type { Policy } from '../environments/node-index.js';
import { BusbarError, InputError } from '../grid/index.js';
import { type Arguments, choice, UsageError } from './arguments.js';
import { actingPolicy, adoptPolicies, type ChosenPolicy, choosePolicies, policyDigest } from './policy-file.js';
import { type ActingRequest, actingRequest, taskOfRequest } from './task-options.js';

/** A policy at work. */
export interface Actor {
  /** As typed. */
  readonly text: string;
  /** What `evaluate` and the like take; undefined where it cannot be had. */
  readonly policy: string | Policy | undefined;
  /** Why it cannot be had. */
  readonly refusal?: string;
  /** Of a trained one: what it says of itself, and its file's digest. */
  readonly trained?: { readonly agent: string; readonly task: string; readonly seed: number; readonly steps: number; readonly digest: string };
}

/** One who can be had. */
export type AbleActor = Actor & { readonly policy: string | Policy };

/** A request with those who act. */
export interface ActorsRequest<A extends Actor = AbleActor> {
  readonly request: ActingRequest;
  /** In the order given. */
  readonly actors: readonly A[];
  /** Whether trained ones draw. */
  readonly stochastic: boolean;
}

/** {@link actorsOrRefusals} where all who are named have to be had. */
export async function actorsRequest(
  command: string,
  found: Arguments,
  texts: readonly string[],
  note: (line: string) => void,
): Promise<ActorsRequest> {
  const { actors, ...rest } = await actorsOrRefusals(command, found, texts, note);
  const able = actors.map(({ policy, refusal, ...actor }) => {
    if (policy === undefined) throw new InputError(String(refusal));
    return { ...actor, policy };
  });
  return { ...rest, actors: able };
}

/**
 * Reads who is to act, and the rest of the options of episodes. What a trained policy says of itself is taken for what is not given.
 *
 * @param texts values of `--policy` and the like
 * @param note told in one line where a policy differs from what is asked for
 * @returns those who act; of a trained policy that the task does not fit why not
 * @throws UsageError and InputError
 */
export async function actorsOrRefusals(
  command: string,
  found: Arguments,
  texts: readonly string[],
  note: (line: string) => void,
): Promise<ActorsRequest<Actor>> {
  const chosen = await choosePolicies(texts);
  for (const line of adoptPolicies(command, found, chosen)) note(line);
  const request = actingRequest(command, found);
  if (texts.length === 0) throw new UsageError(`${command}: name a policy with --policy NAME; busbar tasks ${request.id} lists them`);
  const stochastic = found.flags.has('stochastic');
  const learningBackend = found.values.has('learning-backend')
    ? choice(command, found, 'learning-backend', (await import('../learning/index.js')).LEARNING_BACKEND_NAMES)
    : undefined;
  const someTrained = chosen.some(({ trained }) => trained);
  if (!someTrained && (stochastic || learningBackend !== undefined))
    throw new UsageError(
      `${command}: --${stochastic ? 'stochastic' : 'learning-backend'} is for trained policies, and --policy names none (a policy.json, or the folder of a run)`,
    );
  const actors: Actor[] = [];
  for (const one of chosen) {
    const actor = { text: one.text, trained: trainedOf(one) };
    // Outside: a task that cannot be made is nothing that one policy alone cannot do.
    if (one.trained) await taskOfRequest(request);
    try {
      actors.push({ ...actor, policy: await actingPolicy(one, request, { stochastic, seed: request.policySeed, learningBackend }) });
    } catch (error) {
      if (!(error instanceof BusbarError)) throw error;
      actors.push({ ...actor, policy: undefined, refusal: error.message });
    }
  }
  return { request, actors, stochastic };
}

function trainedOf({ trained }: ChosenPolicy): Actor['trained'] {
  if (!trained) return undefined;
  const { agent, task, seed, steps } = trained.data;
  return { agent, task, seed, steps, digest: policyDigest(trained.path) };
}
