/** Writing results to files, whole or not at all, and never over something that is no result. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describeValue, InputError } from '../grid/index.js';
import { deferEndingSignals } from './signals.js';

/** Longest chain of links that is followed, as the system's own limit. */
const MOST_LINKS = 40;

/** A file to be written, after links were followed. */
interface Target {
  path: string;
  /** What is there now; undefined: nothing. */
  stats: Stats | undefined;
}

/**
 * Makes a folder and those above it that are missing, one after the other: Node's own `recursive` never ends where the system says that a folder is not there although it is, as below /proc.
 * Throws what the file system says.
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.push(at);
  for (const folder of missing.reverse()) mkdirSync(folder);
  if (!statSync(path).isDirectory()) throw new InputError(`${path} is no folder; name another`);
}

/**
 * Writes under a temporary name next to the target, then renames: nobody ever reads half a file, and a signal to end the process waits until no temporary file is
 * left. A link is followed: what it leads to is written, and the link stays. The folder has to be there, and what is there already has to be a regular file. Throws {@link InputError}.
 */
export function writeFileWhole(path: string, content: string | Uint8Array): void {
  writePiecesWhole(path, (append) => append(typeof content === 'string' ? Buffer.from(content) : content));
}

/** The same for content that comes piece by piece. What `write` throws leaves no file behind; what is no error of the file system is thrown as it is. */
export function writePiecesWhole(path: string, write: (append: (piece: Uint8Array) => void) => void): void {
  const target = targetOf(path);
  const temporary = `${target.path}.${process.pid}.tmp`;
  let file: number | undefined;
  deferEndingSignals();
  try {
    // `wx`: nothing that stands there already is written to, were it a link laid out for us.
    const opened = openSync(temporary, 'wx', target.stats ? target.stats.mode & 0o777 : 0o666);
    file = opened;
    write((piece) => {
      for (let at = 0; at < piece.length; ) at += writeSync(opened, piece, at);
    });
    // On the disk before it has its name: a machine that goes down leaves no empty file of that name.
    fsyncSync(opened);
    closeSync(opened);
    file = undefined;
    renameSync(temporary, target.path);
  } catch (error) {
    if (file !== undefined) closeSync(file);
    try {
      rmSync(temporary, { force: true });
    } catch {
      // There was nothing to remove, or no folder to remove it from: the first error says why.
    }
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    throw new InputError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** The bytes of a regular file of any size. Throws {@link InputError} for what is none: pipes and devices may never end. */
export function readFileWhole(path: string): Uint8Array {
  const refuse = (): never => {
    throw new InputError(`${path} is no regular file`);
  };
  // Looked at before it is opened: a pipe without a writer keeps who opens it waiting.
  if (!statSync(path).isFile()) refuse();
  const file = openSync(path, 'r');
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) refuse();
    const bytes = new Uint8Array(stats.size);
    let at = 0;
    while (at < bytes.length) {
      const read = readSync(file, bytes, at, Math.min(bytes.length - at, 2 ** 30), at);
      if (read === 0) break;
      at += read;
    }
    return bytes.subarray(0, at);
  } finally {
    closeSync(file);
  }
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
