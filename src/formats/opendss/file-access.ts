/** Paths and guarded reading of script and data files. No Node API: files come from a {@link ScriptFiles}. */
import type { ScriptFiles } from './script-host.js';

/** Largest file that is read, bytes. Larger scripts than this are no scripts. */
const LARGEST_SCRIPT = 64 * 1024 * 1024;
const LARGEST_DATA = 256 * 1024 * 1024;
/** Longest line of a script, characters: room for a year of one-minute values. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** A path relative to a folder, with `/` between its parts and `.` and `..` resolved. */
export function joinPath(folder: string, path: string): string {
  const forward = path.trim().replaceAll('\\', '/');
  const absolute = forward.startsWith('/') || /^[a-z]:/i.test(forward);
  const whole = absolute || folder === '' ? forward : `${folder}/${forward}`;
  const parts: string[] = [];
  for (const part of whole.split('/')) {
    if (part === '.' || (part === '' && parts.length > 0)) continue;
    if (part === '..' && parts.length > 0 && parts[parts.length - 1] !== '..' && parts[parts.length - 1] !== '') parts.pop();
    else if (part === '..' && parts.length === 1 && parts[0] === '') continue;
    else parts.push(part);
  }
  const joined = parts.join('/');
  return joined === '' && absolute ? '/' : joined;
}

/** The folder of a path; the empty string where it has none. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  if (slash === 0) return '/';
  return slash < 0 ? '' : path.slice(0, slash);
}

/** Who is told of what is wrong with a file. */
export interface FileReports {
  /** Must throw. */
  fail: (message: string) => never;
  warn: (message: string) => void;
}

/** Reads a script. Calls `fail` for what cannot be one. */
export function readScript(files: ScriptFiles, path: string, reports: FileReports): string {
  const { fail } = reports;
  const text = readGuarded(files, path, LARGEST_SCRIPT, reports);
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    if (end - start > LONGEST_LINE) break;
    start = end + 1;
  }
  const longest = (text.indexOf('\n', start) < 0 ? text.length : text.indexOf('\n', start)) - start;
  if (longest > LONGEST_LINE) fail(`file "${path}" has a line of more than ${LONGEST_LINE} characters: it is no script`);
  return text;
}

/** Reads a file of numbers as text. */
export function readDataText(files: ScriptFiles, path: string, reports: FileReports): string {
  return readGuarded(files, path, LARGEST_DATA, reports);
}

/** A text without byte-order mark, and with line feeds where it ends its lines by carriage returns alone, as old Macintoshes did. */
export function plainText(text: string): string {
  const bare = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  return bare.includes('\r') && !bare.includes('\n') ? bare.replaceAll('\r', '\n') : bare;
}

/** The path by which a file is known to be the same one: its real path where the files know it, else the path itself in lower case. */
export function identityOf(files: ScriptFiles, path: string): string {
  try {
    return files.realPath?.(path) ?? path.toLowerCase();
  } catch {
    // What cannot be found is complained of where it is read.
    return path.toLowerCase();
  }
}

/** Reads a binary file of numbers. */
export function readDataBytes(files: ScriptFiles, path: string, fail: (message: string) => never): Uint8Array {
  check(files, path, LARGEST_DATA, fail);
  if (!files.readBytes) fail(`file "${path}" is binary, and the files at hand can be read as text only`);
  return guarded(path, fail, () => (files.readBytes ? files.readBytes(path) : new Uint8Array(0)));
}

function readGuarded(files: ScriptFiles, path: string, most: number, reports: FileReports): string {
  const { fail } = reports;
  check(files, path, most, fail);
  const text = files.readBytes
    ? decodeText(
        guarded(path, fail, () => (files.readBytes ? files.readBytes(path) : new Uint8Array(0))),
        path,
        reports,
      )
    : guarded(path, fail, () => files.read(path));
  if (text.includes('\u0000')) fail(`file "${path}" is binary, not text (or UTF-16: then save it as UTF-8)`);
  return plainText(text);
}

/** The text that bytes stand for: UTF-8, or where they are none Latin-1 in Windows' own form, in which many of these files were written. */
function decodeText(bytes: Uint8Array, path: string, { fail, warn }: FileReports): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) fail(`file "${path}" is UTF-16; save it as UTF-8`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // A binary file is complained of by the caller, and needs no word on its letters.
    if (!bytes.includes(0)) warn(`file "${path}" is not UTF-8; it is read as Latin-1 (Windows-1252)`);
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

function check(files: ScriptFiles, path: string, most: number, fail: (message: string) => never): void {
  if (!guarded(path, fail, () => files.exists(path))) fail(`there is no file "${path}"`);
  const size = guarded(path, fail, () => files.size(path));
  if (size > most) fail(`file "${path}" has ${Math.round(size / 1048576)} MB, more than the ${most / 1048576} MB that are read`);
}

function guarded<T>(path: string, fail: (message: string) => never, read: () => T): T {
  try {
    return read();
  } catch (error) {
    return fail(`file "${path}" cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
