/** The reference cases: what to run, and what OpenDSS (DSS C-API 0.14.6, at a tolerance of 1e-10) got. See scripts/make-reference-extract.mts. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A node of a reference solution: `bus.node`, re and im in volt, line-to-neutral base in kV (null where the bus has none). */
export type ReferenceNode = [name: string, re: number, im: number, baseKv: number | null];

/** What a case changes before it solves. */
export interface CaseEdits {
  /** Taps per unit by transformer: winding (from 1) and tap. */
  taps?: Record<string, [winding: number, tapPu: number][]>;
  /** Settings of regulator controls. */
  regulators?: Record<string, { maxTapChange?: number; delaySeconds?: number }>;
  controlMode?: 'off';
  maxControlIterations?: number;
  /** Time steps in place of a snapshot. */
  steps?: { mode: 'yearly'; stepSeconds: number; number: number };
}

/** A case and its expected result. */
export interface ReferenceCase {
  name: string;
  /** Built-in feeder. */
  feeder: string;
  /** Commands as given to OpenDSS, paths relative to ../shared/feeders. */
  commands: string[];
  edits: CaseEdits;
  /** Largest error allowed at a node, per unit of its base. */
  tolerancePu: number;
  lossesW: number;
  lossesVar: number;
  sourceKw: number;
  sourceKvar: number;
  controlIterations: number;
  /** Taps per unit by regulator control. */
  taps: Record<string, number>;
  /** Steps (1 closed) by capacitor. */
  capacitors: Record<string, number[]>;
  /** Number of nodes in the whole solution. */
  nodeCount: number;
  nodes: ReferenceNode[];
}

/** Reads cases from a file made by scripts/make-reference-extract.mts. */
export function readReferenceCases(path = fileURLToPath(new URL('../data/reference-extract.json', import.meta.url))): ReferenceCase[] {
  return JSON.parse(readFileSync(path, 'utf8')) as ReferenceCase[];
}
