/** `busbar feeders`: the built-in feeders with their sizes. */
import { listFeeders } from '../feeders/index.js';
import { noPositionals, readArguments } from './arguments.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { jsonText } from './json.js';
import { printTable } from './table.js';

const HELP = `Usage: busbar feeders [--json]

Lists the built-in feeders with their sizes. Each name may be given to busbar solve and busbar qsts.

  --json   prints one JSON object: { "feeders": [...] }
`;

/** The command. */
export const feeders: Command = {
  name: 'feeders',
  summary: 'list the built-in feeders',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('feeders', args, { values: [], flags: ['json'] });
    noPositionals('feeders', found);
    const list = listFeeders();
    if (found.flags.has('json')) {
      terminal.out(jsonText({ feeders: list }));
      return EXIT.ok;
    }
    const rows = list.map((feeder) => [
      feeder.name,
      String(feeder.buses),
      String(feeder.nodes),
      String(feeder.lines),
      String(feeder.transformers),
      String(feeder.loads),
      feeder.title,
    ]);
    printTable(terminal, ['name', 'buses', 'nodes', 'lines', 'transf.', 'loads', 'title'], rows);
    return EXIT.ok;
  },
};
