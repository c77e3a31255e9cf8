/** What an agent sees of its inverter: nine numbers, as PowerNet has them, at the moment and not as time integrals. */
import { type MicrogridLanes, type MicrogridState, SEEN } from '../../../dynamics/index.js';
import { cos, sin } from '../../../numeric/index.js';
import { OBSERVATION_STATISTICS } from './observation-statistics.js';
import type { MicrogridReward, MicrogridTaskId } from './options.js';

/**
 * The features of an inverter: angle against the first one (rad), filtered powers (W, var), coupling current in the inverter's own frame and in that of the first
 * one (A), voltage of its bus in the frame of the first one (V).
 */
export const FEATURES = ['delta', 'P', 'Q', 'iod', 'ioq', 'ioD', 'ioQ', 'vbD', 'vbQ'] as const;

/** Numbers of one agent's observation. */
export const WIDTH = FEATURES.length;

/** Writes the features of all inverters, [inverter][feature], in the units of {@link FEATURES}. */
export function readFeatures(state: MicrogridState, out: Float64Array): void {
  const { plan, angle, activePower, reactivePower, currentRe, currentIm, busRe, busIm } = state;
  const c0 = cos(angle[0]);
  const s0 = sin(angle[0]);
  for (let i = 0, at = 0; i < plan.inverters; i++, at += WIDTH) {
    const c = cos(angle[i]);
    const s = sin(angle[i]);
    const bus = plan.inverterBus[i];
    out[at] = angle[i] - angle[0];
    out[at + 1] = activePower[i];
    out[at + 2] = reactivePower[i];
    out[at + 3] = c * currentRe[i] + s * currentIm[i];
    out[at + 4] = c * currentIm[i] - s * currentRe[i];
    out[at + 5] = c0 * currentRe[i] + s0 * currentIm[i];
    out[at + 6] = c0 * currentIm[i] - s0 * currentRe[i];
    out[at + 7] = c0 * busRe[bus] + s0 * busIm[bus];
    out[at + 8] = c0 * busIm[bus] - s0 * busRe[bus];
  }
}

/** Standardises features, so that each has mean 0 and deviation 1 over episodes of random levels. */
export class Standardiser {
  private readonly mean: Float64Array;
  private readonly scale: Float64Array;

  constructor(id: MicrogridTaskId, reward: MicrogridReward) {
    const { mean, deviation } = OBSERVATION_STATISTICS[id][reward];
    this.mean = Float64Array.from(mean.flat());
    // The first inverter's angle is 0 always.
    this.scale = Float64Array.from(deviation.flat(), (value) => (value === 0 ? 1 : 1 / value));
  }

  /** Writes the features that lanes have seen of a scenario, standardised. */
  write(lanes: MicrogridLanes, scenario: number, out: Float32Array, to: number): void {
    const { mean, scale } = this;
    const { seen, lanes: stride } = lanes;
    const inverters = mean.length / WIDTH;
    let at = lanes.seenIndex(SEEN.inverter + SEEN.features, scenario);
    for (let i = 0, k = 0; i < inverters; i++) {
      for (let f = 0; f < WIDTH; f++, k++) out[to + k] = (seen[at + f * stride] - mean[k]) * scale[k];
      at += SEEN.perInverter * stride;
    }
  }
}
