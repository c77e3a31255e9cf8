/** Formats of files by their endings. */
import { UsageError } from './arguments.js';

/**
 * Refuses a file whose ending says that another format is wanted than the command writes. A name without an ending says nothing.
 *
 * @param format what is written, in words
 * @param endings those that it may have
 * @param hint what else is possible
 */
export function checkEnding(command: string, path: string | undefined, format: string, endings: readonly string[], hint: string): void {
  const ending = path === undefined ? undefined : /\.([a-z][a-z0-9]{0,7})$/i.exec(path)?.[1].toLowerCase();
  if (ending === undefined || endings.includes(ending)) return;
  throw new UsageError(
    `${command}: --out ${path} ends on .${ending}, and ${command} writes ${format}; name a file that ends on .${endings[0]}${hint}`,
  );
}
