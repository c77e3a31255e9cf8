/** `busbar demo`: the first thing a new user sees. */
import { dirname } from 'node:path';
import { solutionRecord } from '../powerflow/index.js';
import { profileSvg, voltageProfile } from '../visualization/index.js';
import { account } from './account.js';
import { noPositionals, numeric, readArguments } from './arguments.js';
import { FULL, QUICK } from './capacitor-options.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { solveTarget } from './engine.js';
import { checkOutputs, makeFolder, writeFileWhole } from './files.js';
import { jsonText } from './json.js';
import { hearEndingSignals } from './signals.js';

const FEEDER = 'ieee123';
const PICTURE = 'out/ieee123-voltage-profile.svg';

const HELP = `Usage: busbar demo [options]

Solves the IEEE 123-bus feeder with its regulators acting, then trains an agent from nothing to set four of its capacitors, and compares it with other methods
on ${FULL.rows} load rows that it has not seen: a table, and two pictures. About a minute on two cores; longer where only WebAssembly is there.

  --out FILE      where the voltage profile goes; default ${PICTURE}. The picture of the training goes beside it (its name with -capacitors),
                  the trained policy too (-capacitors-policy.json)
  --seed N        what training and load rows are drawn from (default: 0)
  --quick         a short training (${QUICK.episodes} episodes in place of ${FULL.episodes}) and ${QUICK.rows} rows
  --no-training   solves the feeder and stops there
  --json          prints one JSON object and nothing else on standard output
`;

const NEXT = `
Try next, with "npm run -s busbar --" (in a checkout) or "npx busbar" (installed) in front:
  feeders                                     the built-in feeders
  solve ieee8500                              8531 nodes, regulators and capacitor controls acting
  solve ieee123 --load-multiplier 1.3 --json  everything as one JSON object
  solve your-master-file.dss                  an OpenDSS script, run as OpenDSS would
  qsts ieee13 --step 1m --duration 24h        a day in minutes
  solve case118                               a transmission grid, as in MATPOWER (cases lists them; .m files are read)
  contingency case39                          what the outage of each of its branches leads to, the worst first
  tasks                                       environments to train agents in
  evaluate --task voltvar-ieee13 --policy greedy  what a policy makes of a task
  train --task voltvar-ieee13 --agent ppo --steps 1500000  an agent that learns to do it, in half a minute
`;

/** Names of the files beside the picture. */
function filesBeside(picture: string): { profile: string; chart: string; policy: string } {
  if (picture === PICTURE) return { profile: picture, chart: 'out/ieee123-capacitors.svg', policy: 'out/ieee123-capacitors-policy.json' };
  const stem = picture.replace(/\.svg$/i, '');
  return { profile: picture, chart: `${stem}-capacitors.svg`, policy: `${stem}-capacitors-policy.json` };
}

/** The command. */
export const demo: Command = {
  name: 'demo',
  summary: 'solve the IEEE 123-bus feeder, train an agent to set its capacitors, draw both',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('demo', args, { values: ['out', 'seed'], flags: ['quick', 'no-training', 'json'] });
    noPositionals('demo', found);
    const seed = numeric('demo', found, 'seed', { integer: true, least: 0, most: 2 ** 20 }) ?? 0;
    const trains = !found.flags.has('no-training');
    const json = found.flags.has('json');
    const files = filesBeside(found.values.get('out') ?? PICTURE);
    // Only the default's own folder is made: a misspelt one is an error.
    if (files.profile === PICTURE) makeFolder(dirname(PICTURE));
    checkOutputs(undefined, { out: files.profile, ...(trains ? { chart: files.chart, policy: files.policy } : {}) });
    const say = (text: string): void => {
      if (!json) terminal.out(text);
    };
    const started = performance.now();
    const solved = await solveTarget({ target: FEEDER }, (message) => terminal.err(`warning: ${message}\n`));
    const milliseconds = performance.now() - started;
    const record = solutionRecord(solved.solver, solved.report, solved);
    say(account(solved, record));
    say(`  ${'time'.padEnd(16)}  ${milliseconds.toFixed(0)} ms from loading the data to the settled solution, first run\n`);
    if (!record.converged) {
      terminal.err('busbar: the demonstration feeder did not converge; this should never happen, please report it\n');
      return EXIT.notConverged;
    }
    const svg = profileSvg(voltageProfile(solved.grid, solved.solver), {
      title: solved.title,
      subtitle: 'Regulators at rest; every point is one phase of one bus',
    });
    writeFileWhole(files.profile, svg);
    let trained: object = {};
    if (trains) {
      // Training goes on for long: who interrupts it is heard at once. Agents are loaded here, which no other command waits for.
      await hearEndingSignals();
      const { trainAndCompare } = await import('./capacitor-training.js');
      trained = await trainAndCompare(terminal, found.flags.has('quick') ? QUICK : FULL, seed, files, json);
    }
    const seconds = (performance.now() - started) / 1000;
    if (json) {
      const { converged, iterations, lossesW } = record;
      terminal.out(
        jsonText({
          feeder: { name: FEEDER, converged, iterations, lossesW },
          ...trained,
          files: trains ? files : { profile: files.profile },
          seconds,
        }),
      );
      return EXIT.ok;
    }
    say(`\n  ${'picture'.padEnd(16)}  ${files.profile} (open it in a browser)\n`);
    if (trains) {
      say(`  ${'picture'.padEnd(16)}  ${files.chart}: the table and how it was learnt\n`);
      say(`  ${'policy'.padEnd(16)}  ${files.policy}; on load rows of your own:\n`);
      say(`  ${''.padEnd(16)}  evaluate --task capacitors-ieee123 --rows FILE.csv --policy ${files.policy}\n`);
    }
    say(`  ${'time'.padEnd(16)}  ${seconds.toFixed(1)} s in all\n`);
    say(NEXT);
    return EXIT.ok;
  },
};
