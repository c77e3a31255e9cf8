/** Writing results to files, whole or not at all, and never over something that is no result. */
import { lstatSync, readlinkSync, realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describeValue, InputError } from '../grid/index.js';

/** Longest chain of links that is followed, as the system's own limit. */
const MOST_LINKS = 40;

/** A file to be written, after links were followed. */
interface Target {
  path: string;
  /** What is there now; undefined: nothing. */
  stats: Stats | undefined;
}

/**
 * Writes under a temporary name next to the target, then renames: nobody ever reads half a file, and a signal to end the process waits until no temporary file is
 * left. A link is followed: what it leads to is written, and the link stays. The folder has to be there, and what is there already has to be a regular file. Throws {@link InputError}.
 */
export function writeFileWhole(path: string, content: string): void {
  const target = targetOf(path);
  const temporary = `${target.path}.${process.pid}.tmp`;
  deferEndingSignals();
  try {
    // `wx`: nothing that stands there already is written to, were it a link laid out for us.
    writeFileSync(temporary, content, { flag: 'wx', ...(target.stats ? { mode: target.stats.mode & 0o777 } : {}) });
    renameSync(temporary, target.path);
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // There was nothing to remove, or no folder to remove it from: the first error says why.
    }
    throw new InputError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** Signals that by default end a process on the spot, whatever it has half done. */
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let isDeferring = false;

/**
 * From now on these signals end the process where it comes back to its event loop, which is after what is being written has been renamed or removed. They still end it as
 * signals: who started it sees that. Kept up, since a signal that came during a write is heard only later.
 */
function deferEndingSignals(): void {
  if (isDeferring) return;
  isDeferring = true;
  // Without its listener a signal has its default effect again.
  for (const signal of ENDING_SIGNALS) process.once(signal, () => void process.kill(process.pid, signal));
}

/**
 * Checks the files that a command will write, before it works for long: each can be written, and none is the input or another output. Throws {@link InputError}.
 *
 * @param input the file that is read; what names no file (a built-in feeder) is passed over
 * @param outputs files by the option that names them; undefined where the option was not given
 */
export function checkOutputs(input: string | undefined, outputs: Readonly<Record<string, string | undefined>>): void {
  const taken = new Map<string, string>();
  const stats = input === undefined ? undefined : statOf(input);
  if (stats) taken.set(`${stats.dev}:${stats.ino}`, 'the file that is read');
  for (const [option, path] of Object.entries(outputs)) {
    if (path === undefined) continue;
    const target = targetOf(path);
    const identity = target.stats ? `${target.stats.dev}:${target.stats.ino}` : target.path;
    const other = taken.get(identity);
    if (other !== undefined) throw new InputError(`--${option} ${path} is ${other}; name another file`);
    taken.set(identity, `the file of --${option} too`);
  }
}

/** Follows links and checks what is at their end. */
function targetOf(path: string): Target {
  const fail = (why: string): never => {
    throw new InputError(`cannot write ${path}: ${why}`);
  };
  if (path.includes('\0')) fail(`${describeValue(path)} is no name of a file`);
  let at = resolve(path);
  for (let links = 0; ; links++) {
    const folder = dirname(at);
    const there = statOf(folder);
    if (!there) fail(`there is no folder ${folder === process.cwd() ? '.' : dirname(path)}; make it first`);
    else if (!there.isDirectory()) fail(`${dirname(path)} is no folder`);
    at = join(realpathSync(folder), basename(at));
    const link = linkOf(at);
    if (link === undefined) break;
    if (links >= MOST_LINKS) fail('it is a link that leads round in a circle');
    at = resolve(dirname(at), link);
  }
  const stats = statOf(at);
  if (stats?.isDirectory()) fail('it is a folder');
  if (stats && !stats.isFile()) fail('it is a pipe or a device, not a regular file (--json prints to standard output)');
  return { path: at, stats };
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Where a link leads; undefined for what is none. */
function linkOf(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}
