/** Grids that everyone knows, ready to load; and the format that they (and any other grid) are kept in. */
import type { Grid } from '../grid/index.js';
import { CATALOG, type CatalogEntry } from './catalog.js';
import { decode } from './format/index.js';
import { resolveFeederName } from './names.js';

export { type DecodeOptions, decode as decodeGrid, type EncodeOptions, encode as encodeGrid } from './format/index.js';

/** What is known of a feeder without loading it. */
export interface FeederInfo {
  /** The name to load it by. */
  name: string;
  /** What it is, in one line. */
  title: string;
  buses: number;
  /** Nodes: bus and phase (or neutral) that some element is tied to, ground not counted. */
  nodes: number;
  lines: number;
  transformers: number;
  loads: number;
  /** Where the data come from, and under which licence. */
  source: string;
}

/** All built-in feeders, small ones first. No data are loaded. */
export function listFeeders(): FeederInfo[] {
  return CATALOG.map(({ load, ...info }) => {
    void load;
    return info;
  });
}

/** What is known of one built-in feeder, by any name that {@link loadFeeder} understands. Throws InputError that lists near names where there is none. */
export function feederInfo(name: string): FeederInfo {
  const { load, ...info } = entryOf(name);
  void load;
  return info;
}

/**
 * A fresh copy of a built-in feeder, in the state before its controls have acted (taps and switches as the data give them).
 *
 * @param name such as `ieee123`; case, blanks and dashes do not matter, and usual short names (`123`, `eulv`, `8500`) are understood
 * @throws InputError that lists near names where there is no such feeder
 */
export async function loadFeeder(name: string): Promise<Grid> {
  const entry = entryOf(name);
  return decode(await entry.load(), { source: entry.name });
}

function entryOf(name: string): CatalogEntry {
  const known = resolveFeederName(
    name,
    CATALOG.map((entry) => entry.name),
  );
  const entry = CATALOG.find((one) => one.name === known);
  if (!entry) throw new Error(`the catalogue lost ${known}`);
  return entry;
}
