/**
 * `dso-case33bw`: the operator of a distribution feeder asks six flexible loads to wait or to do without, half-hour by half-hour through a day, to lower losses.
 * Formulas: docs/tasks/dso-case33bw.md. Network and loads after PowerZooJax's DSO task, dynamics of the flexible loads and the reward's weights ours.
 */
import { loadCase } from '../../../cases/index.js';
import { type BalancedGrid, checkKeys, describeValue, InputError } from '../../../grid/index.js';
import { BalancedLanes } from '../../../powerflow/index.js';
import { Box } from '../../spaces.js';
import type { SliceOptions, Task } from '../../task.js';
import { DsoSlice, INFO_NAMES, observationWidth } from './dso-slice.js';
import { BAND_PU, DAY_SHAPE, dsoGrid, FLEXIBLE_BUSES, FLEXIBLE_MW, LOAD_SCALE, SLACK_PU, SLOTS } from './feeder.js';

/** What may differ from the task as it is meant. */
export interface DsoOptions {
  /** Times the case's loads. Default 0.83. */
  loadScale?: number;
  /** Voltage of the substation, per unit. Default 1.045. */
  slackPu?: number;
  /** Rated power of the six flexible loads, MW. Default 0.15, 0.10, 0.10, 0.08, 0.12, 0.10. */
  flexibleMw?: readonly number[];
  /** Share of the highest demand in each half-hour, 48 numbers. */
  shape?: readonly number[];
  /** Noise: each load's demand is drawn evenly between 1 - noise and 1 + noise of the shape. 0 to 1, default 0.1. */
  noise?: number;
  /** Taken off the reward per kW of losses. Default 0.01. */
  lossWeight?: number;
  /** Taken off the reward per kWh curtailed. Default 0.003: as much as 0.15 kWh of losses. */
  curtailmentPrice?: number;
  /** Largest mismatch at any bus, per unit of 10 MVA. Default 1e-8. */
  tolerance?: number;
}

const OPTION_NAMES = ['loadScale', 'slackPu', 'flexibleMw', 'shape', 'noise', 'lossWeight', 'curtailmentPrice', 'tolerance'];

function numberOption(name: string, value: number, least: number, most: number): number {
  if (!(typeof value === 'number' && value >= least && value <= most))
    throw new InputError(`dso-case33bw: ${name} is a number from ${least} to ${most}, not ${describeValue(value)}`);
  return value;
}

function listOption(name: string, values: readonly number[], length: number): readonly number[] {
  if (!Array.isArray(values) || values.length !== length || !values.every((value) => Number.isFinite(value) && value >= 0))
    throw new InputError(`dso-case33bw: ${name} is a list of ${length} numbers of 0 or more`);
  return values;
}

/** The task. Throws InputError for options that cannot be. */
export async function dsoTask(options: DsoOptions = {}): Promise<Task> {
  return dsoTaskOf(await loadCase('case33bw'), options);
}

/**
 * The task on a grid that is at hand.
 *
 * @param grid case33bw
 */
export function dsoTaskOf(grid: BalancedGrid, options: DsoOptions = {}): Task {
  checkKeys('dso-case33bw', 'option', options, OPTION_NAMES);
  const loadScale = numberOption('loadScale', options.loadScale ?? LOAD_SCALE, 0, 3);
  const slackPu = numberOption('slackPu', options.slackPu ?? SLACK_PU, 0.5, 1.5);
  const noise = numberOption('noise', options.noise ?? 0.1, 0, 1);
  const lossWeight = numberOption('lossWeight', options.lossWeight ?? 0.01, 0, 1e6);
  const curtailmentPrice = numberOption('curtailmentPrice', options.curtailmentPrice ?? 0.003, 0, 1e6);
  const tolerance = numberOption('tolerance', options.tolerance ?? 1e-8, 1e-13, 1);
  const flexibleMw = listOption('flexibleMw', options.flexibleMw ?? FLEXIBLE_MW, FLEXIBLE_BUSES.length);
  const shape = listOption('shape', options.shape ?? DAY_SHAPE, SLOTS);
  const settings = { loadScale, slackPu, flexibleMw, shape };
  const width = observationWidth(grid.buses.length);
  const flexible = FLEXIBLE_BUSES.length;
  const ofLoads = (what: string): string[] => FLEXIBLE_BUSES.map((bus) => `${what} ${bus}`);
  return {
    id: 'dso-case33bw',
    title: 'Feeder of 33 buses: six flexible loads wait or do without to lower losses, 48 half-hours',
    observationSpace: new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, width),
    actionSpace: new Box(
      Array.from({ length: 2 * flexible }, (_, k) => (k < flexible ? 0 : -1)),
      Array.from({ length: 2 * flexible }, () => 1),
    ),
    masksActions: false,
    costNames: ['busesOutsideBand'],
    infoNames: INFO_NAMES,
    observationNames: [
      'sine of time',
      'cosine of time',
      ...grid.buses.map(({ number }) => `voltage ${number} pu`),
      'substation MW',
      'losses MW',
      ...ofLoads('wants MW'),
      ...ofLoads('waiting MWh'),
      ...ofLoads('due MW'),
    ],
    actionNames: [...ofLoads('curtail'), ...ofLoads('shift')],
    namedActions: {
      none: new Array<number>(2 * flexible).fill(0),
      curtail: Array.from({ length: 2 * flexible }, (_, k) => (k < flexible ? 1 : 0)),
      wait: Array.from({ length: 2 * flexible }, (_, k) => (k < flexible ? 0 : -1)),
    },
    create({ environments, arrays, backend }: SliceOptions): DsoSlice {
      const lanes = new BalancedLanes(dsoGrid(grid, settings), { scenarios: environments, backend, tolerance, bandPu: BAND_PU });
      return new DsoSlice(arrays, {
        lanes,
        fixedMw: Float64Array.from(grid.loads, ({ powerMw }) => powerMw * loadScale),
        fixedMvar: Float64Array.from(grid.loads, ({ powerMvar }) => powerMvar * loadScale),
        flexibleMw,
        shape,
        noise,
        lossWeight,
        curtailmentPrice,
      });
    },
  };
}
