/** `busbar info`: what runs here. */
import { cpus } from 'node:os';
import { noPositionals, readArguments } from './arguments.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { probeBackend } from './engine.js';
import { jsonText } from './json.js';
import { VERSION } from './version.js';

const HELP = `Usage: busbar info [--json]

Prints the version, the kernels in use and the machine: what belongs into a report of a fault or of a measurement.

  --json   prints one JSON object
`;

/** The command. */
export const info: Command = {
  name: 'info',
  summary: 'print version, kernels and machine',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('info', args, { values: [], flags: ['json'] });
    noPositionals('info', found);
    const processors = cpus();
    const facts = {
      busbar: VERSION,
      backend: probeBackend(),
      methods: ['sweep', 'injection', 'newton'],
      node: process.version,
      v8: process.versions.v8,
      platform: `${process.platform} ${process.arch}`,
      processor: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}`,
    };
    if (found.flags.has('json')) terminal.out(jsonText(facts));
    else for (const [name, value] of Object.entries(facts)) terminal.out(`${name.padEnd(10)} ${Array.isArray(value) ? value.join(', ') : value}\n`);
    return EXIT.ok;
  },
};
