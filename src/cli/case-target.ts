/** Balanced grids by what was typed: MATPOWER case files. */
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { readMatpowerFile } from '../formats/matpower/node-read-file.js';
import { type BalancedGrid, formatLocation, InputError } from '../grid/index.js';

/** A balanced grid with what its file was warned of. */
export interface LoadedCase {
  /** What was asked for, in words. */
  title: string;
  grid: BalancedGrid;
}

/** Whether a target is a balanced grid: a MATPOWER case file. */
export function isCaseTarget(target: string): boolean {
  return /\.m$/i.test(target);
}

/** Loads a target for which {@link isCaseTarget} holds. Throws {@link InputError}. */
export function loadCaseTarget(target: string, warn: (message: string) => void): LoadedCase {
  if (!existsSync(target)) throw new InputError(`there is no file "${target}"`);
  if (statSync(target).isDirectory()) throw new InputError(`"${target}" is a folder; name the case in it`);
  const { grid, warnings } = readMatpowerFile(target);
  for (const { message, location } of warnings) warn(location.line > 0 ? `${formatLocation(location)}: ${message}` : message);
  return { title: `${grid.name} (${basename(target)})`, grid };
}

/** Throws {@link InputError} for a balanced grid where only feeders will do. */
export function refuseCaseTarget(target: string, command: string): void {
  if (isCaseTarget(target))
    throw new InputError(`${command}: "${target}" is a balanced grid; ${command} takes feeders and .dss files (busbar solve takes both)`);
}
