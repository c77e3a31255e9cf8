/** Facts and trajectories of the published simulator, which lie beside the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../shared/seeds-data', import.meta.url));

/** A file of reference data; undefined, and a line on the console, where it is not there. */
export function readReference<T>(name: string): T | undefined {
  const path = join(FOLDER, name);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T;
  console.warn(`skipped: there is no ${path}`);
  return undefined;
}

export interface MicrogridFacts {
  dg: { id: number; bus: number; mp_rad_per_s_per_watt: number; nq_volt_per_var: number }[];
  lines: { id: number; from_bus: number; to_bus: number; r_ohm: number; l_henry: number }[];
  loads: { id: number; bus: number; r_ohm: number; l_henry: number; series_line?: { r_ohm: number; l_henry: number } | null }[];
  frequency_secondary: { gain: number; edge_weight: number; communication_edges?: [number, number][] };
  neighbours?: number[][];
  neighbours_published?: number[][];
  neighbours_from_lines?: number[][];
  hop_distance?: number[][];
  hop_distance_from_lines?: number[][];
}

export interface ReferenceMoment {
  p: number[];
  q: number[];
  delta: number[];
  v: number[];
  f: number[];
}

export interface ReferenceStep extends ReferenceMoment {
  action_level: number[];
  vn_volt: number[];
  load_r_multiplier: number[];
  load_l_multiplier: number[];
  reward_sum: number;
}

export interface ReferenceCase {
  reset: { load_r_multiplier: number[]; load_l_multiplier: number[]; state_after_0_4_s: ReferenceMoment };
  steps: ReferenceStep[];
}

/** A trajectory with the microgrid and variant that it is of. */
export interface ReferenceTrajectory extends ReferenceCase {
  title: string;
  microgrid: 'microgrid-6' | 'microgrid-20';
  variant: 'published' | 'repaired';
}

/** All trajectories; none where the file is not there. */
export function readTrajectories(): ReferenceTrajectory[] {
  const file = readReference<{ cases: Record<string, ReferenceCase> }>('pgsim-reference-trajectories.json');
  return Object.entries(file?.cases ?? {}).map(([title, data]) => ({
    ...data,
    title,
    microgrid: title.startsWith('microgrid6') ? 'microgrid-6' : 'microgrid-20',
    variant: title.includes('published equations') ? 'published' : 'repaired',
  }));
}
