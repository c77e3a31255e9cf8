#!/usr/bin/env node
/** The command `busbar`. */
import { EXIT } from './command.js';
import { run } from './run.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that stops early (`busbar feeders | head`) is no error.
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  process.stderr.write(`busbar: standard output cannot be written: ${error.message}\n`, () => process.exit(EXIT.noOutput));
});
// Complaints that nobody can read change nothing in what is answered.
process.stderr.on('error', () => {});

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isScreen: process.stderr.isTTY === true,
  get columns() {
    return process.stderr.columns;
  },
});
