/** `busbar evaluate`: what policies make of a task. */
import type { Evaluation, Spread } from '../environments/node-index.js';
import { printable } from '../grid/index.js';
import { type Actor, actorsRequest } from './acting.js';
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
policies play the same episodes, and each has a row.

${TASK_HELP}
${ACTING_HELP}
  --compare LIST        further policies, commas between them
  --each NAME           option of resets that is set to the number of the episode, from 0: --each episode for voltvar tasks
  --episodes N          how many episodes (default: 100)
${ROWS_HELP}
  --json                prints one JSON object and nothing else on standard output; of several policies { task, ..., policies: [...] }
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
  `${episodes} ${episodes === 1 ? 'episode' : 'episodes'}, seeds ${seed} to ${seed + episodes - 1}`;

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
function printSeveral(terminal: Terminal, results: readonly Evaluation[], actors: readonly Actor[]): void {
  const [{ task, episodes, seed, costs }] = results;
  const costNames = Object.keys(costs);
  terminal.out(`${task}: ${episodesText(episodes, seed)}\n`);
  printTable(
    terminal,
    ['policy', 'return', 'sd', 'min', 'max', 'length', ...costNames.map((name) => `cost ${name}`), ''],
    results.map(({ returns, lengths, costs: own }, k) => [
      nameOf(actors[k]),
      ...[returns.mean, returns.sd, returns.min, returns.max, lengths.mean].map(sixDigits),
      ...costNames.map((name) => sixDigits(own[name].mean)),
      '',
    ]),
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
    const { request, actors } = await actorsRequest('evaluate', found, texts, (line) => terminal.err(`note: ${line}\n`));
    const episodes = numeric('evaluate', found, 'episodes', { integer: true, least: 1, most: 10_000_000 }) ?? 100;
    const each = found.values.get('each');
    await prepareEpisodes('evaluate', request, each, episodes);
    const { checkPolicyName, evaluate: evaluateTask } = await import('../environments/node-index.js');
    const { id, ...settings } = request;
    // All names before any episode: a slip in the last is not to cost the work of the others.
    const task = await taskOfRequest(request);
    for (const { policy } of actors) if (typeof policy === 'string') checkPolicyName(policy, task);
    const results: Evaluation[] = [];
    for (const { policy } of actors) {
      const bar = new ProgressBar(terminal);
      const before = results.length * episodes;
      try {
        results.push(
          await evaluateTask(id, policy, {
            ...settings,
            resetOptions: resetsOf(request, each),
            episodes,
            onProgress: (done) => bar.update(before + done, actors.length * episodes),
          }),
        );
      } finally {
        bar.end();
      }
    }
    if (found.flags.has('json')) {
      const records = results.map((result, k) => recordOf(result, request, actors[k]));
      terminal.out(jsonText(records.length === 1 ? records[0] : { task: results[0].task, episodes, seed: request.seed, policies: records }));
    } else if (results.length === 1) printOne(terminal, results[0], actors[0]);
    else printSeveral(terminal, results, actors);
    return EXIT.ok;
  },
};
