/** Balanced grids that everyone knows, ready to load; and the format that they (and any other balanced grid) are kept in. */
import type { BalancedGrid } from '../grid/index.js';
import { CATALOG, type CatalogEntry } from './catalog.js';
import { decodeCase } from './format.js';
import { resolveCaseName } from './names.js';

export { type DecodeCaseOptions, decodeCase, type EncodeCaseOptions, encodeCase } from './format.js';

/** What is known of a case without loading it. */
export interface CaseInfo {
  /** The name to load it by. */
  name: string;
  /** What it is, in one line. */
  title: string;
  buses: number;
  branches: number;
  generators: number;
  loads: number;
  /** Where the data come from, and on which terms. */
  source: string;
}

/** Names of all built-in cases, small ones first. */
export function caseNames(): string[] {
  return CATALOG.map((entry) => entry.name);
}

/** All built-in cases, small ones first, with their sizes. */
export function listCases(): CaseInfo[] {
  return CATALOG.map(infoOf);
}

/** What is known of one built-in case, by any name that {@link loadCase} understands. Throws InputError that lists those there are where there is none. */
export function caseInfo(name: string): CaseInfo {
  return infoOf(entryOf(name));
}

/**
 * A fresh copy of a built-in case.
 *
 * @param name such as `case14`; case, blanks and dashes do not matter, and usual other names (`14`, `IEEE 118 bus`) are understood
 * @throws InputError that lists those there are, nearest first, where there is no such case
 */
export function loadCase(name: string): BalancedGrid {
  const entry = entryOf(name);
  return decodeCase(entry.text, { source: entry.name });
}

function infoOf({ text, ...info }: CatalogEntry): CaseInfo {
  void text;
  return info;
}

function entryOf(name: string): CatalogEntry {
  const known = resolveCaseName(name, caseNames());
  const entry = CATALOG.find((one) => one.name === known);
  if (!entry) throw new Error(`the catalogue lost ${known}`);
  return entry;
}
