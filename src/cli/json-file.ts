/** JSON files: what is broken in them is said with file, line and column. */
import { readFileSync, statSync } from 'node:fs';
import { InputError } from '../grid/index.js';

/** Deepest nesting that is read. */
const DEEPEST = 500;
/** Largest file, bytes. */
const LARGEST = 2 ** 28;

/** Where a text stops being JSON, and what should stand there. */
interface Fault {
  readonly at: number;
  readonly wanted: string;
}

/** Reads JSON by its grammar (RFC 8259) up to the first fault. Only for texts that `JSON.parse` refuses: that says no place for some faults. */
function faultOf(text: string): Fault | undefined {
  let at = 0;
  const fail = (wanted: string): Fault => ({ at, wanted });
  const skip = (): void => {
    while (at < text.length && ' \t\n\r'.includes(text[at])) at += 1;
  };
  const string = (): Fault | undefined => {
    const found = /"(?:[ !#-[\]-\uffff]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
    found.lastIndex = at;
    at += found.exec(text)?.[0].length ?? 0;
    if (text[at] !== '"') return fail(at >= text.length || text[at] === '\n' ? 'the end of a text, "' : 'a character that a text may have');
    at += 1;
    return undefined;
  };
  const members = (close: string, member: () => Fault | undefined): Fault | undefined => {
    at += 1;
    skip();
    if (text[at] === close) {
      at += 1;
      return undefined;
    }
    for (;;) {
      const fault = member();
      if (fault) return fault;
      skip();
      if (text[at] === close) break;
      if (text[at] !== ',') return fail(`, or ${close}`);
      at += 1;
      skip();
    }
    at += 1;
    return undefined;
  };
  const value = (depth: number): Fault | undefined => {
    skip();
    if (depth > DEEPEST) return fail(`at most ${DEEPEST} levels`);
    if (text[at] === '"') return string();
    if (text[at] === '[') return members(']', () => value(depth + 1));
    if (text[at] === '{') {
      return members('}', () => {
        if (text[at] !== '"') return fail('a name in double quotes');
        const fault = string();
        if (fault) return fault;
        skip();
        if (text[at] !== ':') return fail('a colon');
        at += 1;
        return value(depth + 1);
      });
    }
    const word = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    word.lastIndex = at;
    const found = word.exec(text);
    if (!found) return fail('a value');
    at += found[0].length;
    return undefined;
  };
  const fault = value(0);
  if (fault) return fault;
  skip();
  return at < text.length ? fail('the end of the file') : undefined;
}

/** The JSON value of a regular file: pipes and devices may never end. @param what it is, for messages. Throws InputError with file:line for what is none. */
export function readJsonFile(path: string, what: string): unknown {
  let text: string;
  try {
    const stats = statSync(path);
    if (!stats.isFile())
      throw new InputError(`${path} is ${stats.isDirectory() ? 'a folder' : 'a pipe or a device'}, not a regular file; name ${what}`);
    const { size } = stats;
    if (size > LARGEST) throw new InputError(`${path} has ${size} bytes; ${what} has at most ${LARGEST}`);
    text = readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(code === 'ENOENT' ? `there is no file ${path}; name ${what}` : `cannot read ${path}: ${message}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const { at, wanted } = faultOf(text) ?? { at: 0, wanted: 'JSON' };
    const before = text.slice(0, at).split('\n');
    const there = at < text.length ? JSON.stringify(text.slice(at, at + 12).split('\n')[0]) : 'the end of the file';
    const location = { file: path, line: before.length, column: before[before.length - 1].length + 1 };
    throw new InputError(`this is no JSON: there is ${there} where ${wanted} should be`, { location });
  }
}
