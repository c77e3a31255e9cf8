/** Script files held in memory, as in a browser. */
import { joinPath } from './file-access.js';
import type { ScriptFiles } from './script-host.js';

/** {@link ScriptFiles} on texts by path. Names are found in any case, as on the systems most scripts come from. */
export class MemoryFiles implements ScriptFiles {
  private readonly texts = new Map<string, string>();

  /** @param texts text of each file by its path, parts joined with `/` */
  constructor(texts: Readonly<Record<string, string>> | ReadonlyMap<string, string>) {
    const entries = texts instanceof Map ? texts.entries() : Object.entries(texts);
    for (const [path, text] of entries) this.texts.set(key(path), text);
  }

  read(path: string): string {
    const text = this.texts.get(key(path));
    if (text === undefined) throw new Error(`there is no file "${path}"`);
    return text;
  }

  exists(path: string): boolean {
    return this.texts.has(key(path));
  }

  size(path: string): number {
    return this.read(path).length;
  }
}

const key = (path: string): string => joinPath('', path).toLowerCase();
