/** Who acts in which task: policies by name and trained ones, for the commands that run episodes. */
import type { Policy } from '../environments/node-index.js';
import { type Arguments, choice, UsageError } from './arguments.js';
import { actingPolicy, adoptPolicies, type ChosenPolicy, choosePolicies, policyDigest } from './policy-file.js';
import { type ActingRequest, actingRequest } from './task-options.js';

/** A policy at work. */
export interface Actor {
  /** As typed. */
  readonly text: string;
  /** What `evaluate` and the like take. */
  readonly policy: string | Policy;
  /** Of a trained one: what it says of itself, and its file's digest. */
  readonly trained?: { readonly agent: string; readonly task: string; readonly seed: number; readonly steps: number; readonly digest: string };
}

/** A request with those who act. */
export interface ActorsRequest {
  readonly request: ActingRequest;
  /** In the order given. */
  readonly actors: readonly Actor[];
  /** Whether trained ones draw. */
  readonly stochastic: boolean;
}

/**
 * Reads who is to act, and the rest of the options of episodes. What a trained policy says of itself is taken for what is not given.
 *
 * @param texts values of `--policy` and the like
 * @param note told in one line where a policy differs from what is asked for
 * @throws UsageError and InputError
 */
export async function actorsRequest(
  command: string,
  found: Arguments,
  texts: readonly string[],
  note: (line: string) => void,
): Promise<ActorsRequest> {
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
    const policy = await actingPolicy(one, request, { stochastic, seed: request.policySeed, learningBackend });
    actors.push({ text: one.text, policy, trained: trainedOf(one) });
  }
  return { request, actors, stochastic };
}

function trainedOf({ trained }: ChosenPolicy): Actor['trained'] {
  if (!trained) return undefined;
  const { agent, task, seed, steps } = trained.data;
  return { agent, task, seed, steps, digest: policyDigest(trained.path) };
}
