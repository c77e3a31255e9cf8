import type { ScriptFiles } from '../../src/formats/opendss/index.js';

/** Script files that stand in memory, by path. */
export function memoryFiles(texts: Record<string, string>): ScriptFiles {
  const read = (path: string): string => {
    const text = texts[path];
    if (text === undefined) throw new Error(`no such file: ${path}`);
    return text;
  };
  return { read, exists: (path) => path in texts, size: (path) => read(path).length } as ScriptFiles;
}
