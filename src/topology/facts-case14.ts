/**
 * What is known of l2rpn_case14_sandbox beyond its grid (src/cases): generators, rules, and between which bounds its series move.
 *
 * Numbers only, from Grid2op/grid2op (MPL-2.0), environment l2rpn_case14_sandbox, and from the two days of series in that repository (from 5 January 2019, 23:55, 576 steps of
 * five minutes); voltages of generators are what that environment sets, kV over the bus's. NOTICE has the source.
 */
import type { GeneratorFacts, SeriesRange, TopologyFacts } from './facts.js';

/** [lowest, highest, mean] of each load in the order of the case, MW and MVAr. */
const LOAD_MW: readonly SeriesRange[] = [
  [18.3, 23.2, 20.451],
  [74.9, 99.0, 86.116],
  [37.8, 50.6, 43.791],
  [5.7, 8.3, 6.993],
  [9.5, 12.5, 11.057],
  [22.5, 32.5, 27.747],
  [6.9, 10.2, 8.458],
  [2.8, 4.1, 3.414],
  [4.4, 6.7, 5.485],
  [10.1, 15.0, 12.23],
  [12.2, 16.3, 14.387],
];
const LOAD_MVAR: readonly SeriesRange[] = [
  [12.6, 16.3, 14.305],
  [53.0, 69.9, 60.249],
  [26.2, 35.4, 30.629],
  [4.0, 5.9, 4.896],
  [6.7, 8.7, 7.739],
  [15.6, 22.9, 19.411],
  [4.8, 7.1, 5.919],
  [2.0, 2.9, 2.393],
  [3.1, 4.7, 3.839],
  [7.0, 10.6, 8.555],
  [8.6, 11.5, 10.072],
];

/** Generators in the order of the case. */
const GENERATORS: readonly GeneratorFacts[] = [
  { name: 'gen_1_0', kind: 'nuclear', minMw: 0, maxMw: 140, rampMw: 5, voltagePu: 142.1 / 138, range: [64.8, 87.0, 73.915] },
  { name: 'gen_2_1', kind: 'thermal', minMw: 0, maxMw: 120, rampMw: 10, voltagePu: 142.1 / 138, range: [63.3, 85.7, 72.368] },
  { name: 'gen_5_2', kind: 'wind', minMw: 0, maxMw: 70, rampMw: 0, voltagePu: 22.0 / 20, range: [6.3, 44.9, 18.447] },
  { name: 'gen_5_3', kind: 'solar', minMw: 0, maxMw: 70, rampMw: 0, voltagePu: 22.0 / 20, range: [0.0, 28.1, 4.82] },
  { name: 'gen_7_4', kind: 'solar', minMw: 0, maxMw: 40, rampMw: 0, voltagePu: 13.2 / 12, range: [0.0, 15.9, 2.776] },
  { name: 'gen_0_5', kind: 'hydro', minMw: 0, maxMw: 100, rampMw: 15, voltagePu: 142.1 / 138, range: [63.8, 83.9, 72.374] },
];

/** Total load by hour of the day, MW: the shape of a day, for the other grids too. */
export const LOAD_MW_BY_HOUR: readonly number[] = [
  243.79, 236.01, 232.98, 223.32, 217.85, 221.28, 231.38, 242.51, 247.61, 251.16, 252.26, 252.23, 251.49, 245.11, 235.97, 228.05, 225.36, 229.83,
  247.63, 258.88, 251.61, 243.0, 242.37, 251.41,
];

/** The environment of 14 substations. */
export const CASE_14_FACTS: TopologyFacts = {
  id: 'topology-case14',
  caseName: 'l2rpn-case14',
  powerUnitMw: 100,
  loadMw: LOAD_MW,
  loadMvar: LOAD_MVAR,
  generators: GENERATORS,
  rules: { reconnectionSteps: 10, lineCooldown: 0, substationCooldown: 0 },
};
