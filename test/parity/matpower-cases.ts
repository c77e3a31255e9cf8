/** Solutions of MATPOWER that lie beside the repository, and how far one of ours is from them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { readMatpowerFile } from '../../src/formats/matpower/node-read-file.js';
import type { BalancedGrid } from '../../src/grid/index.js';
import type { BalancedSolution } from '../../src/powerflow/index.js';

const SHARED = new URL('../../../shared/', import.meta.url);
const REFERENCE = fileURLToPath(new URL('reference/matpower/', SHARED));
const CASES = fileURLToPath(new URL('cases/matpower/', SHARED));

/** Whether the solutions and the case files are there. */
export const hasMatpowerReference = existsSync(REFERENCE) && existsSync(CASES);

/** One way in which MATPOWER solved a case; angles in degrees, powers in MW and MVAr, at the from (f) and to (t) ends. The DC block has `branch_P` alone. */
export interface MatpowerBlock {
  success: boolean;
  iterations?: number;
  bus_type?: number[];
  bus_Vm?: number[];
  bus_Va?: number[];
  branch_Pf: number[];
  branch_Qf?: number[];
  branch_Pt?: number[];
  branch_Qt?: number[];
  gen_P: number[];
  gen_Q?: number[];
}

/** All that MATPOWER found for a case. */
export interface MatpowerReference {
  case: string;
  pf: MatpowerBlock;
  pf_flat_start: MatpowerBlock;
  pf_qlim_simultaneous: MatpowerBlock;
  pf_qlim_one_at_a_time: MatpowerBlock;
  dc: MatpowerBlock;
  fdxb: MatpowerBlock;
  fdbx: MatpowerBlock;
}

/** Names of the cases that have a reference, small ones first. */
export function matpowerCaseNames(): string[] {
  if (!hasMatpowerReference) return [];
  const sizeOf = (name: string): number => Number(/\d+/.exec(name)?.[0]);
  return readdirSync(REFERENCE)
    .filter((file) => file.startsWith('case'))
    .map((file) => file.replace(/\.json(\.gz)?$/, ''))
    .sort((a, b) => sizeOf(a) - sizeOf(b));
}

/** What MATPOWER found for a case. */
export function matpowerReference(name: string): MatpowerReference {
  const plain = `${REFERENCE}${name}.json`;
  const text = existsSync(plain) ? readFileSync(plain, 'utf8') : gunzipSync(readFileSync(`${plain}.gz`)).toString();
  return JSON.parse(text) as MatpowerReference;
}

/** The grid in MATPOWER's own file of a case. */
export function matpowerGrid(name: string): BalancedGrid {
  return readMatpowerFile(`${CASES}${name}.m`).grid;
}

/** Largest differences of a solution from one of MATPOWER's, and buses whose kind is another. */
export interface MatpowerAgreement {
  voltagePu: number;
  angleDegrees: number;
  /** MW and MVAr, of branches at both ends. */
  flow: number;
  /** MW and MVAr. */
  generator: number;
  kindsDiffering: number[];
}

function largest(ours: readonly (number | null)[], theirs: readonly (number | null)[] | undefined): number {
  if (!theirs) return 0;
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs((ours[i] ?? 0) - (theirs[i] ?? 0));
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

const KINDS = { pq: 1, pv: 2, slack: 3, dead: 4 } as const;

/** How far a solution is from a block of the reference. */
export function compareWithMatpower(solution: BalancedSolution, block: MatpowerBlock): MatpowerAgreement {
  const { buses, branches, generators } = solution;
  return {
    voltagePu: largest(
      buses.map((bus) => bus.voltagePu),
      block.bus_Vm,
    ),
    angleDegrees: largest(
      buses.map((bus) => bus.angleDegrees),
      block.bus_Va,
    ),
    flow: Math.max(
      largest(
        branches.map((branch) => branch.fromMw),
        block.branch_Pf,
      ),
      largest(
        branches.map((branch) => branch.fromMvar),
        block.branch_Qf,
      ),
      largest(
        branches.map((branch) => branch.toMw),
        block.branch_Pt,
      ),
      largest(
        branches.map((branch) => branch.toMvar),
        block.branch_Qt,
      ),
    ),
    generator: Math.max(
      largest(
        generators.map((generator) => generator.powerMw),
        block.gen_P,
      ),
      largest(
        generators.map((generator) => generator.powerMvar),
        block.gen_Q,
      ),
    ),
    kindsDiffering: block.bus_type ? buses.filter((bus, i) => KINDS[bus.kind] !== block.bus_type?.[i]).map((bus) => bus.bus) : [],
  };
}
