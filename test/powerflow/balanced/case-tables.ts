/** MATPOWER case files as grids, for tests that should not depend on the reader: the numeric tables alone. */
import { existsSync, readFileSync } from 'node:fs';
import type { BalancedBusKind, BalancedGrid } from '../../../src/grid/index.js';

const FOLDER = new URL('../../../../shared/cases/matpower/', import.meta.url);
const KINDS: Record<number, BalancedBusKind> = { 1: 'pq', 2: 'pv', 3: 'slack', 4: 'isolated' };

function fileOf(name: string): URL | undefined {
  const file = new URL(`${name}.m`, FOLDER);
  return existsSync(file) ? file : undefined;
}

/** Whether the file of a case is there; says so on the console where it is not. */
export function hasCase(name: string): boolean {
  if (fileOf(name)) return true;
  console.warn(`skipped: there is no ${new URL(`${name}.m`, FOLDER).pathname}`);
  return false;
}

function table(text: string, name: string): number[][] {
  const match = new RegExp(`mpc\\.${name}\\s*=\\s*\\[([\\s\\S]*?)\\];`).exec(text);
  return (match?.[1] ?? '')
    .split('\n')
    .map((line) => line.replace(/%.*/, '').replaceAll(';', ' ').trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/).map((cell) => Number(cell.replace(/Inf$/, 'Infinity'))));
}

/** The grid of a case file. */
export function caseGrid(name: string): BalancedGrid {
  const text = readFileSync(fileOf(name) as URL, 'utf8');
  const buses = table(text, 'bus');
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  return {
    name,
    baseMva: number(/mpc\.baseMVA\s*=\s*([\d.]+)/),
    buses: buses.map((b) => ({
      number: b[0],
      kind: KINDS[b[1]],
      area: b[6],
      voltagePu: b[7],
      angleDegrees: b[8],
      baseKv: b[9],
      zone: b[10],
      maxVoltagePu: b[11],
      minVoltagePu: b[12],
    })),
    loads: buses.filter((b) => b[2] !== 0 || b[3] !== 0).map((b) => ({ bus: b[0], powerMw: b[2], powerMvar: b[3], inService: true })),
    shunts: buses.filter((b) => b[4] !== 0 || b[5] !== 0).map((b) => ({ bus: b[0], conductanceMw: b[4], susceptanceMvar: b[5], inService: true })),
    generators: table(text, 'gen').map((g) => ({
      bus: g[0],
      powerMw: g[1],
      powerMvar: g[2],
      maxMvar: g[3],
      minMvar: g[4],
      voltagePu: g[5],
      baseMva: g[6],
      inService: g[7] > 0,
      maxMw: g[8],
      minMw: g[9],
      participation: g[20] ?? 0,
    })),
    branches: table(text, 'branch').map((l) => ({
      from: l[0],
      to: l[1],
      resistancePu: l[2],
      reactancePu: l[3],
      chargingPu: l[4],
      ratingMva: l[5],
      shortTermRatingMva: l[6],
      emergencyRatingMva: l[7],
      ratio: l[8],
      shiftDegrees: l[9],
      inService: l[10] > 0,
      minAngleDegrees: l[11],
      maxAngleDegrees: l[12],
    })),
    generatorCosts: [],
  };
}
