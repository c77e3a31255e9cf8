/** `busbar demo`: the first thing a new user sees. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { solutionRecord } from '../powerflow/index.js';
import { profileSvg, voltageProfile } from '../visualization/index.js';
import { account } from './account.js';
import { noPositionals, readArguments } from './arguments.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { solveTarget } from './engine.js';
import { checkOutputs, writeFileWhole } from './files.js';

const FEEDER = 'ieee123';
const PICTURE = 'out/ieee123-voltage-profile.svg';

const HELP = `Usage: busbar demo [options]

Solves the IEEE 123-bus feeder with its regulators acting, prints a short account and writes a voltage profile picture.

  --out FILE   where the picture goes; default ${PICTURE}
`;

/** The command. */
export const demo: Command = {
  name: 'demo',
  summary: 'solve the IEEE 123-bus feeder and draw its voltage profile',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('demo', args, { values: ['out'], flags: [] });
    noPositionals('demo', found);
    const picture = found.values.get('out') ?? PICTURE;
    // Only the default's own folder is made: a misspelt one is an error.
    if (picture === PICTURE) mkdirSync(dirname(PICTURE), { recursive: true });
    checkOutputs(undefined, { out: picture });
    const started = performance.now();
    const solved = await solveTarget({ target: FEEDER }, (message) => terminal.err(`warning: ${message}\n`));
    const milliseconds = performance.now() - started;
    const record = solutionRecord(solved.solver, solved.report, solved);
    terminal.out(account(solved, record));
    terminal.out(`  ${'time'.padEnd(16)}  ${milliseconds.toFixed(0)} ms from loading the data to the settled solution, first run\n`);
    if (!record.converged) {
      terminal.err('busbar: the demonstration feeder did not converge; this should never happen, please report it\n');
      return EXIT.notConverged;
    }
    const svg = profileSvg(voltageProfile(solved.grid, solved.solver), {
      title: solved.title,
      subtitle: 'Regulators at rest; every point is one phase of one bus',
    });
    writeFileWhole(picture, svg);
    terminal.out(`  ${'picture'.padEnd(16)}  ${picture} (open it in a browser)\n`);
    terminal.out(`
Try next, with "npm run -s busbar --" (in a checkout) or "npx busbar" (installed) in front:
  feeders                                     the built-in feeders
  solve ieee8500                              8531 nodes, regulators and capacitor controls acting
  solve ieee123 --load-multiplier 1.3 --json  everything as one JSON object
  solve your-master-file.dss                  an OpenDSS script, run as OpenDSS would
  qsts ieee13 --step 1m --duration 24h        a day in minutes
  solve case118                               a transmission grid, as in MATPOWER (cases lists them; .m files are read)
  contingency case39                          what the outage of each of its branches leads to, the worst first
`);
    return EXIT.ok;
  },
};
