/** Finds the command, runs it, and turns whatever happens into an exit status and at most one line of complaint. */
import '../powerflow/node-native.js';
import { BusbarError, ConvergenceError, oneLine } from '../grid/index.js';
import { suggestion } from './arguments.js';
import { bench } from './bench.js';
import { cases } from './cases.js';
import type { Command, Terminal } from './command.js';
import { EXIT } from './command.js';
import { contingency } from './contingency.js';
import { decompose } from './decompose.js';
import { demo } from './demo.js';
import { evaluate } from './evaluate.js';
import { exportPolicy } from './export.js';
import { feeders } from './feeders.js';
import { info } from './info.js';
import { qsts } from './qsts.js';
import { render } from './render.js';
import { rollout } from './rollout.js';
import { solve } from './solve.js';
import { tasks } from './tasks.js';
import { train } from './train.js';
import { VERSION } from './version.js';

const COMMANDS: readonly Command[] = [
  solve,
  contingency,
  qsts,
  feeders,
  cases,
  tasks,
  train,
  evaluate,
  rollout,
  decompose,
  exportPolicy,
  render,
  demo,
  bench,
  info,
];

function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  return `busbar ${VERSION}: power flow of electric grids

Usage: busbar <command> [options]

Commands:
${COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`).join('\n')}

  busbar <command> --help   what the command does and its options
  busbar --version          the version

Exit status: 0 solved, 1 output that cannot be written, 2 bad input, 3 no convergence, 70 a fault of busbar itself, 130 a training interrupted and saved.
`;
}

/** Runs a command line (without `node` and the script) and returns the exit status. Never throws. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    return complain(error, terminal);
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    if (name === 'help' && rest.length > 0 && !COMMANDS.some((command) => command.name === rest[0])) return unknownCommand(rest[0], terminal);
    const topic = name === 'help' ? COMMANDS.find((command) => command.name === rest[0]) : undefined;
    terminal.out(topic ? topic.help : overview());
    return name === undefined ? EXIT.badInput : EXIT.ok;
  }
  if (name === '--version' || name === '-v') {
    terminal.out(`${VERSION}\n`);
    return EXIT.ok;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) return unknownCommand(name, terminal);
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.out(command.help);
    return EXIT.ok;
  }
  return command.run(rest, terminal);
}

function unknownCommand(name: string, terminal: Terminal): number {
  const names = COMMANDS.map((candidate) => candidate.name);
  terminal.err(`busbar: there is no command "${oneLine(name, 60)}"${suggestion(name, names)}; there are ${names.join(', ')}\n`);
  return EXIT.badInput;
}

/** What the system says of a file or folder that cannot be used, in words; these are the user's to put right. */
const FILE_TROUBLE: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'it lies on a file system that can only be read',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of it is no folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links run in a circle',
  ENOSPC: 'there is no space left',
  EMFILE: 'too many files are open',
};

function complain(error: unknown, terminal: Terminal): number {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== undefined && typeof path === 'string' && Object.hasOwn(FILE_TROUBLE, code)) {
    terminal.err(`busbar: ${oneLine(path)} cannot be used: ${FILE_TROUBLE[code]}\n`);
    return EXIT.badInput;
  }
  const message = oneLine((error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' '));
  const expected = error instanceof BusbarError;
  if (expected) terminal.err(`busbar: ${message}\n`);
  else terminal.err(`busbar: a fault of busbar itself: ${message} (please report it; BUSBAR_DEBUG=1 prints where)\n`);
  if (process.env.BUSBAR_DEBUG === '1' && error instanceof Error && error.stack) terminal.err(`${error.stack}\n`);
  if (error instanceof ConvergenceError) return EXIT.notConverged;
  return expected ? EXIT.badInput : EXIT.bug;
}
