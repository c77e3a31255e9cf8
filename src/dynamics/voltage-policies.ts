/** Rules that choose voltage set points: what learned policies are to be held against. */
import type { MicrogridState } from './microgrid-state.js';

/** Levels between which PowerNet chooses, V: of the first version and of the revision. The span is cut in ten, so that its upper end is no level. */
export const VOLTAGE_LEVELS = {
  first: [490, 495, 500, 505, 510, 515, 520, 525, 530, 535],
  revised: [480, 491, 502, 513, 524, 535, 546, 557, 568, 579],
} as const;

/** The level nearest to a voltage, the lower of two at the same distance. */
export function nearestLevel(levels: readonly number[], voltage: number): number {
  let best = 0;
  for (let i = 1; i < levels.length; i++) if (Math.abs(levels[i] - voltage) < Math.abs(levels[best] - voltage)) best = i;
  return best;
}

/**
 * Droop compensation: each set point is raised by what droop takes off at present, vn = reference + nq Q. Two lines that come near the best of what the first reward
 * can give, because that reward judges the inverter's own reference.
 *
 * @param out [inverter]: set points, V
 */
export function compensateDroop(state: MicrogridState, out: Float64Array): void {
  const { nominalVoltage, reactiveDroop } = state.plan;
  for (let i = 0; i < out.length; i++) out[i] = nominalVoltage + reactiveDroop[i] * state.reactivePower[i];
}
