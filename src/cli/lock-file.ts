/** Locks beside files that a command works on for long: a second process that would write the same is refused; what a process that has ended left behind is taken over. */
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { InputError } from '../grid/index.js';

/** What a lock says of who holds it. */
interface Holder {
  readonly process: number;
  readonly host: string;
  /** When the process began, as the system counts it; '' where it does not say. */
  readonly began: string;
}

/** A lock that says nothing is one that is just being written, unless it is older than this, milliseconds. */
const WRITING = 10_000;

/** The moment a process began in ticks since the machine did, so that a number that was given out again is told from the first. '' where there is no such account. */
function beginOf(process: number | 'self'): string {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, 'utf8');
    // The name, in brackets, may hold anything; the moment is the 20th entry behind it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.process, 0);
  } catch (error) {
    // There, but of another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const began = beginOf(holder.process);
  return holder.began === '' || began === '' || holder.began === began;
}

/** Who holds a lock: `busy` where it is just being written, undefined where nobody does any more. */
function holderOf(text: string, age: number): Holder | 'busy' | undefined {
  let holder: Partial<Holder>;
  try {
    holder = JSON.parse(text) as Partial<Holder>;
  } catch {
    return age < WRITING ? 'busy' : undefined;
  }
  const { process: id, host, began } = holder;
  if (!Number.isInteger(id) || typeof host !== 'string' || typeof began !== 'string') return undefined;
  const found: Holder = { process: id as number, host, began };
  // Of another machine that writes to the same disk nobody here knows whether it still runs.
  return host !== hostname() || isAlive(found) ? found : undefined;
}

/** What is said of a file that another process works on: what that does with it, and what else might be done. */
export interface LockWords {
  readonly busy: string;
  readonly instead: string;
}

const FILE_WORDS: LockWords = { busy: 'is being written by', instead: 'name another file with --out' };

/**
 * Takes the lock of a file, `FILE.lock`.
 *
 * @param shown what is locked, where that is not the file
 * @returns gives it back
 * @throws InputError where a process that runs holds it, and where it cannot be written
 */
export function takeLock(path: string, shown = path, words = FILE_WORDS): () => void {
  const lock = `${path}.lock`;
  const own = JSON.stringify({ process: process.pid, host: hostname(), began: beginOf('self') } satisfies Holder);
  for (let attempt = 0; ; attempt++) {
    try {
      const file = openSync(lock, 'wx');
      writeSync(file, own);
      closeSync(file);
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 3)
        throw new InputError(`cannot write ${lock}: ${(error as Error).message}`);
    }
    clearStale(shown, words, lock);
  }
}

/** Takes a lock away that nobody holds any more. Throws InputError where somebody does. */
function clearStale(shown: string, words: LockWords, lock: string): void {
  const refuse = (holder: Holder | 'busy'): never => {
    const who = holder === 'busy' ? 'another process' : `process ${holder.process}${holder.host === hostname() ? '' : ` on ${holder.host}`}`;
    throw new InputError(`${shown} ${words.busy} ${who}; wait for it, or ${words.instead} (where there is no such process, remove ${lock})`);
  };
  const look = (file: string): { text: string; holder: Holder | 'busy' | undefined } | undefined => {
    try {
      const text = readFileSync(file, 'utf8');
      return { text, holder: holderOf(text, Date.now() - statSync(file).mtimeMs) };
    } catch {
      return undefined;
    }
  };
  const found = look(lock);
  if (!found) return;
  if (found.holder !== undefined) refuse(found.holder);
  // Moved, not removed: of two that find it at once one moves it, and the other may be too late and has the first one's new lock in hand.
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  const moved = look(aside);
  if (moved?.holder !== undefined && moved.text !== found.text) {
    renameSync(aside, lock);
    refuse(moved.holder);
  }
  rmSync(aside, { force: true });
}
