/** `busbar info`: what runs here. */
import { cpus } from 'node:os';
import { backendSummary } from '../powerflow/index.js';
import { noPositionals, readArguments } from './arguments.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { jsonText } from './json.js';
import { VERSION } from './version.js';

const HELP = `Usage: busbar info [--json]

Prints the version, the kernels in use (backend for single solutions, batches for batches of scenarios) and why, and the machine: what belongs into a
report of a fault or of a measurement. BUSBAR_BACKEND=wasm|native forces one.

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
    const kernels = backendSummary();
    const facts = {
      busbar: VERSION,
      backend: kernels.single,
      batches: kernels.batch,
      kernels: kernels.available,
      reason: kernels.reason,
      methods: ['sweep', 'injection', 'newton', 'chord (batches)'],
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
