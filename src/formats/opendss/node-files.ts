/** Script files on disk. Not for the browser. */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ScriptFiles } from './script-host.js';

/** {@link ScriptFiles} on this machine's disk. A name that differs in case only from the one asked for is found too, folders included. */
export function nodeFiles(): ScriptFiles {
  const found = new Map<string, string>();
  const locate = (path: string): string | undefined => {
    const known = found.get(path);
    if (known !== undefined) return known;
    const located = find(path === '' ? '.' : path);
    if (located !== undefined) found.set(path, located);
    return located;
  };
  const require = (path: string): string => {
    const located = locate(path);
    if (located === undefined) throw new Error(`there is no file "${path}"`);
    return located;
  };
  return {
    read: (path) => readFileSync(require(path), 'utf8'),
    readBytes: (path) => readFileSync(require(path)),
    exists: (path) => locate(path) !== undefined,
    size: (path) => {
      const stats = statSync(require(path));
      if (stats.isDirectory()) throw new Error('it is a folder');
      // Of a pipe or a device nobody knows how much there is to read.
      if (!stats.isFile()) throw new Error('it is a pipe or a device, not a regular file');
      return stats.size;
    },
    realPath: (path) => realpathSync(require(path)),
  };
}

/** The path on disk that matches in any case; an exact match goes first. */
function find(path: string): string | undefined {
  if (existsSync(path)) return path;
  const parent = dirname(path);
  if (parent === path) return undefined;
  const folder = find(parent);
  if (folder === undefined || !statSync(folder).isDirectory()) return undefined;
  const wanted = basename(path).toLowerCase();
  const name = readdirSync(folder).find((entry) => entry.toLowerCase() === wanted);
  return name === undefined ? undefined : `${folder === '/' ? '' : folder}/${name}`;
}
