/** `busbar evaluate`: what policies make of a task. */
import type { EvaluateOptions, Evaluation, Spread } from '../environments/node-index.js';
import { BusbarError, InputError, printable } from '../grid/index.js';
import { type Actor, actorsOrRefusals } from './acting.js';
import { noPositionals, numeric, readArguments, UsageError } from './arguments.js';
import { ROWS_HELP } from './capacitor-options.js';
import type { Command, Terminal } from './command.js';
import { EXIT } from './command.js';
import { prepareEpisodes, resetsOf } from './episodes-request.js';
import { jsonText } from './json.js';
import { sixDigits } from './numbers.js';
import { ProgressBar } from './progress.js';
import { printTable } from './table.js';
import { ACTING_HELP, ACTING_VALUES, type ActingRequest, TASK_HELP, taskOfRequest } from './task-options.js';

const HELP = `Usage: busbar evaluate --task ID --policy NAME [--policy NAME ...] [options]
       busbar evaluate --policy PATH [--compare none,native,greedy] [options]

Runs a fixed set of episodes to their ends and prints mean, standard deviation (divided by episodes - 1) and range of their returns, lengths and costs. Several
policies play the same episodes, and each has a row; one that cannot be had for the task, or fails, has the reason in its row and keeps no other from being run.

${TASK_HELP}
${ACTING_HELP}
  --compare LIST        further policies, commas between them
  --each NAME           option of resets that is set to the number of the episode, from 0: --each episode for voltvar tasks
  --episodes N          how many episodes (default: 100)
${ROWS_HELP}
  --json                prints one JSON object and nothing else on standard output; of several policies { task, ..., policies: [...] }, where one that
                        cannot be had is { policy, error }

Exit status: 0 where every policy was run, or one of several at least; 2 bad input, a policy of a name that there is not, and where none could be run.
`;

function spreadRecord({ mean, sd, min, max }: Spread): object {
  return { mean, sd, min, max };
}

function recordOf(result: Evaluation, request: ActingRequest, { trained }: Actor): object {
  const { returns, lengths, costs, ...rest } = result;
  return {
    task: rest.task,
    policy: rest.policy,
    policySeed: request.policySeed,
    episodes: rest.episodes,
    seed: rest.seed,
    return: spreadRecord(returns),
    length: spreadRecord(lengths),
    costs: Object.fromEntries(Object.entries(costs).map(([name, spread]) => [name, spreadRecord(spread)])),
    terminatedShare: rest.terminatedShare,
    environments: rest.environments,
    workers: rest.threads,
    backend: request.backend ?? 'auto',
    steps: rest.steps,
    seconds: rest.seconds,
    stepsPerSecond: rest.stepsPerSecond,
    episodeReturns: rest.episodeReturns,
    episodeLengths: rest.episodeLengths,
    trained,
  };
}

/** A policy as a reader knows it: a trained one with what trained it. */
function nameOf({ text, trained }: Actor): string {
  return trained ? `${printable(text)} (${printable(trained.agent)}, seed ${trained.seed}, ${trained.steps} steps)` : text;
}

const episodesText = (episodes: number, seed: number): string =>
  episodes === 1 ? `1 episode, seed ${seed}` : `${episodes} episodes, seeds ${seed} to ${seed + episodes - 1}`;

/** What came of one of several policies: an evaluation, or why there is none. */
type Outcome = Evaluation | { readonly error: BusbarError };

const isRun = (outcome: Outcome): outcome is Evaluation => !('error' in outcome);

function printOne(terminal: Terminal, result: Evaluation, actor: Actor): void {
  const { task, episodes, returns, lengths, costs, terminatedShare, stepsPerSecond, threads, environments, seed } = result;
  terminal.out(`${task}, policy ${nameOf(actor)}: ${episodesText(episodes, seed)}\n`);
  const line = (name: string, { mean, sd, min, max }: Spread): string[] => [name, ...[mean, sd, min, max].map(sixDigits), ''];
  printTable(
    terminal,
    ['', 'mean', 'sd', 'min', 'max', ''],
    [line('return', returns), line('length', lengths), ...Object.entries(costs).map(([name, spread]) => line(`cost ${name}`, spread))],
  );
  terminal.out(
    `${sixDigits(100 * terminatedShare)} % ended by their own rules; ${sixDigits(Math.round(stepsPerSecond))} steps/s in ${environments} ${environments === 1 ? 'environment' : 'environments'} on ${threads} ${threads === 1 ? 'thread' : 'threads'}\n`,
  );
}

/** A row a policy. */
function printSeveral(terminal: Terminal, outcomes: readonly Outcome[], actors: readonly Actor[]): void {
  const [{ task, episodes, seed, costs }] = outcomes.filter(isRun);
  const costNames = Object.keys(costs);
  terminal.out(`${task}: ${episodesText(episodes, seed)}\n`);
  printTable(
    terminal,
    ['policy', 'return', 'sd', 'min', 'max', 'length', ...costNames.map((name) => `cost ${name}`), ''],
    outcomes.map((outcome, k) => {
      if (!isRun(outcome)) return [nameOf(actors[k]), ...Array.from({ length: 5 + costNames.length }, () => '-'), printable(outcome.error.message)];
      const { returns, lengths, costs: own } = outcome;
      return [
        nameOf(actors[k]),
        ...[returns.mean, returns.sd, returns.min, returns.max, lengths.mean].map(sixDigits),
        ...costNames.map((name) => sixDigits(own[name].mean)),
        '',
      ];
    }),
  );
  terminal.out('return with its standard deviation and range, length and costs: means over episodes\n');
}

/** Values of --policy and --compare, in this order. */
function policyTexts(policies: readonly string[], compare: string | undefined): string[] {
  const more = compare === undefined ? [] : compare.split(',').map((text) => text.trim());
  if (more.includes(''))
    throw new UsageError(`evaluate: --compare is "${compare}"; write policies with commas between them, as in none,native,greedy`);
  const texts = [...policies, ...more];
  const twice = texts.find((text, k) => texts.indexOf(text) < k);
  if (twice !== undefined) throw new UsageError(`evaluate: the policy ${twice} is named twice`);
  return texts;
}

/** The command. */
export const evaluate: Command = {
  name: 'evaluate',
  summary: 'measure what a policy makes of a task',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('evaluate', args, {
      values: [...ACTING_VALUES, 'compare', 'episodes', 'each', 'rows'],
      repeated: ['policy'],
      flags: ['json', 'stochastic'],
    });
    noPositionals('evaluate', found);
    if (found.values.has('rows')) return (await import('./capacitor-table.js')).capacitorTable(found, terminal);
    const texts = policyTexts(found.lists.get('policy') ?? [], found.values.get('compare'));
    const { request, actors } = await actorsOrRefusals('evaluate', found, texts, (line) => terminal.err(`note: ${line}\n`));
    const episodes = numeric('evaluate', found, 'episodes', { integer: true, least: 1, most: 10_000_000 }) ?? 100;
    const each = found.values.get('each');
    await prepareEpisodes('evaluate', request, each, episodes);
    const outcomes = await outcomesOf(request, actors, { episodes, resetOptions: resetsOf(request, each) }, terminal);
    const done = outcomes.filter(isRun);
    // Of several that all fail the first says why.
    const [failure] = outcomes;
    if (done.length === 0 && !isRun(failure)) throw failure.error;
    if (found.flags.has('json')) {
      const records = outcomes.map((outcome, k) =>
        isRun(outcome) ? recordOf(outcome, request, actors[k]) : { policy: actors[k].text, error: outcome.error.message, trained: actors[k].trained },
      );
      terminal.out(jsonText(records.length === 1 ? records[0] : { task: done[0].task, episodes, seed: request.seed, policies: records }));
    } else if (outcomes.length === 1) printOne(terminal, done[0], actors[0]);
    else printSeveral(terminal, outcomes, actors);
    return EXIT.ok;
  },
};

/** Runs the episodes with each policy. Throws InputError, before any episode is run, for a name that there is not: a slip in the last is not to cost the work of the others. */
async function outcomesOf(
  request: ActingRequest,
  actors: readonly Actor[],
  run: Pick<EvaluateOptions, 'episodes' | 'resetOptions'> & { readonly episodes: number },
  terminal: Terminal,
): Promise<Outcome[]> {
  const { checkPolicyName, evaluate: evaluateTask, policyLimits } = await import('../environments/node-index.js');
  const { id, ...settings } = request;
  const task = await taskOfRequest(request);
  const limits = policyLimits(task).refused;
  for (const { policy } of actors) if (typeof policy === 'string' && !Object.hasOwn(limits, policy)) checkPolicyName(policy, task);
  const outcomes: Outcome[] = [];
  for (const { policy, refusal } of actors) {
    if (policy === undefined) {
      outcomes.push({ error: new InputError(String(refusal)) });
      continue;
    }
    const bar = new ProgressBar(terminal);
    const before = outcomes.length * run.episodes;
    try {
      const onProgress = (done: number): void => bar.update(before + done, actors.length * run.episodes);
      outcomes.push(await evaluateTask(id, policy, { ...settings, ...run, onProgress }));
    } catch (error) {
      if (!(error instanceof BusbarError)) throw error;
      outcomes.push({ error });
    } finally {
      bar.end();
    }
  }
  return outcomes;
}
