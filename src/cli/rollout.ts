/** `busbar rollout`: a policy's transitions in a file. */
import { printable } from '../grid/index.js';
import { actorsRequest } from './acting.js';
import { noPositionals, numeric, readArguments, UsageError } from './arguments.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { prepareEpisodes } from './episodes-request.js';
import { checkOutputs } from './files.js';
import { jsonText } from './json.js';
import { checkEnding } from './output-format.js';
import { ProgressBar } from './progress.js';
import type { RolloutResult } from './rollout-parts.js';
import { ACTING_HELP, ACTING_VALUES, TASK_HELP } from './task-options.js';

const HELP = `Usage: busbar rollout --task ID --policy NAME --out FILE [--episodes N | --steps N] [options]

Writes what a policy does, a transition a row, as a Parquet file: episode_id, step, observations, actions, rewards, terminations, truncations,
behaviour_log_probabilities, final_observations (in the last row of each episode), and where the task has them action_masks, costs and infos.

The work goes in parts, FILE.part-0000 and so on, each a complete Parquet file, which are joined and removed at the end. The same command
goes on where an interrupted one ended; the file is the same to the byte.

${TASK_HELP}
${ACTING_HELP}
  --out FILE            the Parquet file
  --each NAME           option of resets that is set to the number of the episode, from 0: --each episode for voltvar tasks
  --episodes N          how many episodes (default: 100)
  --steps N             in their place: how many transitions; the last episode is cut
  --part-episodes N     episodes of a part (default: some 65536 transitions, fewer where rows are wide)
  --json                prints one JSON object and nothing else on standard output
`;

/** The command. */
export const rollout: Command = {
  name: 'rollout',
  summary: "write a policy's transitions to a Parquet file",
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('rollout', args, {
      values: [...ACTING_VALUES, 'policy', 'out', 'episodes', 'steps', 'part-episodes', 'each'],
      flags: ['json', 'stochastic'],
    });
    noPositionals('rollout', found);
    const text = found.values.get('policy');
    const { request, actors, stochastic } = await actorsRequest('rollout', found, text === undefined ? [] : [text], (line) =>
      terminal.err(`note: ${line}\n`),
    );
    const [{ policy, trained }] = actors;
    const out = found.values.get('out');
    if (out === undefined) throw new UsageError('rollout: name the file to write with --out FILE');
    checkEnding('rollout', out, 'Parquet', ['parquet', 'pq'], ' (pandas.read_parquet(...).to_csv(...) makes text of it)');
    checkOutputs(undefined, { out });
    const episodes = numeric('rollout', found, 'episodes', { integer: true, least: 1, most: 2 ** 31 - 1 });
    const steps = numeric('rollout', found, 'steps', { integer: true, least: 1, most: 2 ** 40 });
    if (episodes !== undefined && steps !== undefined) throw new UsageError('rollout: --episodes and --steps exclude each other; give one of them');
    const partEpisodes = numeric('rollout', found, 'part-episodes', { integer: true, least: 1, most: 1_000_000 });
    const each = found.values.get('each');
    await prepareEpisodes('rollout', request, each, steps === undefined ? (episodes ?? 100) : undefined);
    // Here and not above: other commands need neither the tasks nor Parquet, and start sooner without them.
    const { rollOut } = await import('./rollout-parts.js');
    const bar = new ProgressBar(terminal);
    const from = performance.now();
    let result: RolloutResult;
    try {
      const amount = steps === undefined ? { episodes: episodes ?? 100 } : { steps };
      result = await rollOut({ ...request, policy, trained: trained && { ...trained, stochastic }, out, each, amount, partEpisodes }, (done, total) =>
        bar.update(done, total),
      );
    } finally {
      bar.end();
    }
    const seconds = (performance.now() - from) / 1000;
    if (found.flags.has('json')) {
      terminal.out(jsonText({ ...result, policy: text, seed: request.seed, file: out, seconds }));
      return EXIT.ok;
    }
    const earlier = result.partsFound > 0 ? `, ${result.partsFound} of ${result.parts} parts from an earlier run` : '';
    terminal.out(
      `wrote ${printable(out)}: ${result.steps} transitions of ${result.episodes} ${result.episodes === 1 ? 'episode' : 'episodes'} of ${result.task} in ${seconds.toFixed(1)} s${earlier}\n`,
    );
    return EXIT.ok;
  },
};
