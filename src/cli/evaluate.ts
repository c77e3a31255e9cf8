/** `busbar evaluate`: what a policy makes of a task. */
import type { Evaluation, Spread } from '../environments/node-index.js';
import { noPositionals, numeric, readArguments } from './arguments.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { prepareEpisodes, resetsOf } from './episodes-request.js';
import { jsonText } from './json.js';
import { ProgressBar } from './progress.js';
import { printTable } from './table.js';
import { ACTING_HELP, ACTING_VALUES, type ActingRequest, actingRequest, TASK_HELP } from './task-options.js';

const HELP = `Usage: busbar evaluate --task ID --policy NAME [options]

Runs a fixed set of episodes to their ends and prints mean, standard deviation (divided by episodes - 1) and range of their returns, lengths and costs.

${TASK_HELP}
${ACTING_HELP}
  --each NAME           option of resets that is set to the number of the episode, from 0: --each episode for voltvar tasks
  --episodes N          how many episodes (default: 100)
  --json                prints one JSON object and nothing else on standard output
`;

function spreadRecord({ mean, sd, min, max }: Spread): object {
  return { mean, sd, min, max };
}

function recordOf(result: Evaluation, request: ActingRequest): object {
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
  };
}

/** A number with six digits that matter, plain where that is short. */
export function sixDigits(value: number): string {
  if (Number.isNaN(value)) return '-';
  return String(Number(value.toPrecision(6)));
}

/** The command. */
export const evaluate: Command = {
  name: 'evaluate',
  summary: 'measure what a policy makes of a task',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('evaluate', args, { values: [...ACTING_VALUES, 'episodes', 'each'], flags: ['json'] });
    noPositionals('evaluate', found);
    const request = actingRequest('evaluate', found);
    const episodes = numeric('evaluate', found, 'episodes', { integer: true, least: 1, most: 10_000_000 }) ?? 100;
    await prepareEpisodes('evaluate', request, found.values.get('each'), episodes);
    const { evaluate: evaluateTask } = await import('../environments/node-index.js');
    const bar = new ProgressBar(terminal);
    let result: Evaluation;
    try {
      const { id, policy, ...settings } = request;
      result = await evaluateTask(id, policy, {
        ...settings,
        resetOptions: resetsOf(request, found.values.get('each')),
        episodes,
        onProgress: (done, total) => bar.update(done, total),
      });
    } finally {
      bar.end();
    }
    if (found.flags.has('json')) {
      terminal.out(jsonText(recordOf(result, request)));
      return EXIT.ok;
    }
    const { task, policy, returns, lengths, costs, terminatedShare, stepsPerSecond, threads, environments, seed } = result;
    terminal.out(`${task}, policy ${policy}: ${episodes} ${episodes === 1 ? 'episode' : 'episodes'}, seeds ${seed} to ${seed + episodes - 1}\n`);
    const line = (name: string, { mean, sd, min, max }: Spread): string[] => [name, ...[mean, sd, min, max].map(sixDigits), ''];
    printTable(
      terminal,
      ['', 'mean', 'sd', 'min', 'max', ''],
      [line('return', returns), line('length', lengths), ...Object.entries(costs).map(([name, spread]) => line(`cost ${name}`, spread))],
    );
    terminal.out(
      `${sixDigits(100 * terminatedShare)} % ended by their own rules; ${sixDigits(Math.round(stepsPerSecond))} steps/s in ${environments} ${environments === 1 ? 'environment' : 'environments'} on ${threads} ${threads === 1 ? 'thread' : 'threads'}\n`,
    );
    return EXIT.ok;
  },
};
