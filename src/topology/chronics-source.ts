/** Where series come from that are not our own: whoever can read folders says so here, so that the rest needs no Node. */
import { checkText, InputError } from '../grid/index.js';
import type { Chronics } from './chronics.js';
import type { TopologyElements } from './elements.js';

/** Opens a folder of Grid2Op's series for a grid. Throws InputError for what is none. */
export type ChronicsReader = (folder: string, elements: TopologyElements) => Chronics;

let reader: ChronicsReader | undefined;

/** Says how folders are read. */
export function registerChronicsReader(read: ChronicsReader): void {
  reader = read;
}

/** Opens a folder. Throws InputError for what is none, and where no folders can be read. */
export function openChronics(folder: unknown, elements: TopologyElements): Chronics {
  checkText('the folder of the series', folder, 'the path of a folder of Grid2Op chronics');
  if (!reader) throw new InputError('series are read from folders in Node only; leave out the option chronics');
  return reader(folder as string, elements);
}
