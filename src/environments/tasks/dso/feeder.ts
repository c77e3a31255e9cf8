/**
 * The feeder of `dso-case33bw`: case33bw (Baran and Wu 1989) with its loads lowered, the substation's voltage raised, and six flexible loads; and how much everybody wants
 * in each half-hour. Numbers of network, loads, slack, band and flexible loads as PowerZooJax states them for its DSO task; shape, power factor and noise are ours.
 */
import type { BalancedGrid } from '../../../grid/index.js';

/** Half-hours of a day: steps of an episode. */
export const SLOTS = 48;
/** Hours of a step. */
export const SLOT_HOURS = 0.5;

/** Buses of the flexible loads, and what each wants at the top of the day, MW. */
export const FLEXIBLE_BUSES: readonly number[] = [6, 14, 18, 22, 28, 33];
export const FLEXIBLE_MW: readonly number[] = [0.15, 0.1, 0.1, 0.08, 0.12, 0.1];
/** Reactive power of a flexible load over its active power: tan(acos 0.95), lagging. */
export const FLEXIBLE_TANGENT = 0.32868410517886315;

/** Fixed loads are the case's times this. */
export const LOAD_SCALE = 0.83;
export const SLACK_PU = 1.045;
export const BAND_PU: readonly [number, number] = [0.94, 1.06];

/** The load shape called `default` of the OpenDSS distribution (BSD-3-Clause, see NOTICE), hour by hour. */
const HOURLY: readonly number[] = [
  0.677, 0.6256, 0.6087, 0.5833, 0.58028, 0.6025, 0.657, 0.7477, 0.832, 0.88, 0.94, 0.989, 0.985, 0.98, 0.9898, 0.999, 1, 0.958, 0.936, 0.913, 0.876,
  0.876, 0.828, 0.756,
];

/** Share of the day's highest demand in each half-hour, [slot]: the hourly values at full hours, the mean of two at half hours, round the day. */
export const DAY_SHAPE: readonly number[] = Array.from({ length: SLOTS }, (_, slot) => {
  const hour = Math.floor(slot / 2);
  return slot % 2 === 0 ? HOURLY[hour] : (HOURLY[hour] + HOURLY[(hour + 1) % 24]) / 2;
});

/** Feeder and demand that a task may change; see the task's options. */
export interface FeederSettings {
  readonly loadScale: number;
  readonly slackPu: number;
  readonly flexibleMw: readonly number[];
  readonly shape: readonly number[];
}

/**
 * The grid as lanes start from it: fixed loads and flexible ones (behind them in the list) at the mean of the day.
 *
 * @param grid case33bw
 */
export function dsoGrid(grid: BalancedGrid, { loadScale, slackPu, flexibleMw, shape }: FeederSettings): BalancedGrid {
  const mean = shape.reduce((sum, value) => sum + value, 0) / shape.length;
  const scale = loadScale * mean;
  const loads = grid.loads.map((load) => ({ ...load, powerMw: load.powerMw * scale, powerMvar: load.powerMvar * scale }));
  FLEXIBLE_BUSES.forEach((bus, k) => {
    const powerMw = flexibleMw[k] * mean;
    loads.push({ name: `flexible ${bus}`, bus, powerMw, powerMvar: powerMw * FLEXIBLE_TANGENT, inService: true });
  });
  return { ...grid, loads, generators: grid.generators.map((generator) => ({ ...generator, voltagePu: slackPu })) };
}
