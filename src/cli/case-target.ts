/** Balanced grids by what was typed: built-in cases and MATPOWER case files. */
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { caseInfo, loadCase } from '../cases/index.js';
import { feederInfo } from '../feeders/index.js';
import { readMatpowerFile } from '../formats/matpower/node-read-file.js';
import { type BalancedGrid, formatLocation, InputError } from '../grid/index.js';

/** A balanced grid. */
export interface LoadedCase {
  /** What was asked for, in words. */
  title: string;
  grid: BalancedGrid;
}

function isKnown(look: () => unknown): boolean {
  try {
    look();
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

function isFile(target: string): boolean {
  return /\.m$/i.test(target);
}

/** Whether a target is a balanced grid: a MATPOWER case file, or what a built-in case and no feeder is called (or would be: `case...`). */
export function isCaseTarget(target: string): boolean {
  if (isFile(target)) return true;
  if (/\.(dss|txt)$/i.test(target) || /[\\/]/.test(target) || existsSync(target)) return false;
  if (isKnown(() => feederInfo(target))) return false;
  return /^(case|l2rpn)/i.test(target) || isKnown(() => caseInfo(target));
}

/** Loads a target for which {@link isCaseTarget} holds. Throws {@link InputError}. */
export function loadCaseTarget(target: string, warn: (message: string) => void): LoadedCase {
  if (!isFile(target)) {
    const { name, title } = caseInfo(target);
    return { title: `${title} (${name})`, grid: loadCase(name) };
  }
  if (!existsSync(target)) {
    const hint = !/[\\/]/.test(target) && isKnown(() => caseInfo(target)) ? `; the built-in case is ${caseInfo(target).name}` : '';
    throw new InputError(`there is no file "${target}"${hint}`);
  }
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
