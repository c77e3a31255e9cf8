/** `busbar cases`: the built-in balanced cases with their sizes. */
import { listCases } from '../cases/index.js';
import { noPositionals, readArguments } from './arguments.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { jsonText } from './json.js';
import { printTable } from './table.js';

const HELP = `Usage: busbar cases [--json]

Lists the built-in balanced cases (one line stands for three phases) with their sizes. busbar solve solves one;
a program loads it by its name: loadCase('case14').

  --json   prints one JSON object: { "cases": [...] }
`;

/** The command. */
export const cases: Command = {
  name: 'cases',
  summary: 'list the built-in balanced cases',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('cases', args, { values: [], flags: ['json'] });
    noPositionals('cases', found);
    const list = listCases();
    if (found.flags.has('json')) {
      terminal.out(jsonText({ cases: list }));
      return EXIT.ok;
    }
    const rows = list.map((one) => [one.name, String(one.buses), String(one.branches), String(one.generators), String(one.loads), one.title]);
    printTable(terminal, ['name', 'buses', 'branches', 'generators', 'loads', 'title'], rows);
    return EXIT.ok;
  },
};
