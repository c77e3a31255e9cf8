/** Microgrids that are built in. */
import { InputError, shownName } from '../grid/index.js';
import type { Microgrid } from './microgrid.js';
import { microgrid6 } from './microgrid-6.js';
import { microgrid20 } from './microgrid-20.js';

/** `published`: with the mistakes of the publication, listed in the file of each microgrid; `repaired`: without. */
export type MicrogridVariant = 'published' | 'repaired';

const MAKERS: Readonly<Record<string, (variant: MicrogridVariant) => Microgrid>> = { 'microgrid-6': microgrid6, 'microgrid-20': microgrid20 };

/** Names that {@link loadMicrogrid} knows. */
export function microgridNames(): string[] {
  return Object.keys(MAKERS);
}

/**
 * A built-in microgrid.
 *
 * @throws InputError for a name or variant that is not known
 */
export function loadMicrogrid(name: string, variant: MicrogridVariant = 'repaired'): Microgrid {
  const make = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (!make) throw new InputError(`there is no microgrid ${shownName(String(name))}; built in are ${microgridNames().join(', ')}`);
  if (variant !== 'published' && variant !== 'repaired') {
    throw new InputError(`the variant ${shownName(String(variant))} of ${name} is not known; give published or repaired`);
  }
  return make(variant);
}
