/**
 * A linear fit of the losses of all sixteen states by the voltages that are observed: a yardstick for agents. It is fitted to losses that were enumerated, sixteen power flows
 * a scenario, of which an agent sees the one that it chose.
 */
import { checkFloat64, checkNumbers, InputError } from '../../../grid/index.js';
import { factorCholesky, solveLower, solveLowerTransposed } from '../../../numeric/index.js';
import { CAPACITORS, MASKS } from './circuit.js';
import { bestMask } from './masks.js';
import { checkMask } from './scenarios.js';

/** Added to the variance of each voltage, which are of 1: they are nearly dependent. */
const RIDGE = 1e-8;

/** One fit for scenarios with one initial mask. */
interface Fit {
  /** [bus], of voltages in these scenarios. */
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  /** [bus + 1][mask]: watt per deviation; in the last row at the mean. */
  readonly weights: Float64Array;
}

function checkMasks(masks: ArrayLike<number>): void {
  checkNumbers('masks', masks);
  for (let s = 0; s < masks.length; s++) checkMask(`mask ${s}`, masks[s]);
}

/** Sixteen ridge regressions, one for each initial state: Hoerl, Kennard: Ridge regression, Technometrics 12 (1970). */
export class MaskFit {
  private readonly fits: readonly (Fit | undefined)[];
  /** Numbers of an observation. */
  private readonly width: number;

  /**
   * Fits. Throws InputError where lengths do not fit, and where an initial mask has too few scenarios.
   *
   * @param observations [scenario][observation], of `capacitors-ieee123` or `-once`
   * @param masks [scenario]: initial ones
   * @param lossesW [scenario][mask]
   */
  constructor(observations: Float32Array, masks: ArrayLike<number>, lossesW: Float64Array) {
    checkNumbers('observations', observations, 'a Float32Array');
    checkFloat64('lossesW', lossesW);
    checkMasks(masks);
    const scenarios = masks.length;
    this.width = observations.length / scenarios;
    if (!Number.isInteger(this.width) || this.width <= CAPACITORS.length || lossesW.length !== scenarios * MASKS)
      throw new InputError(`a fit needs observations and ${MASKS} losses of each of ${scenarios} scenarios`);
    const listed: number[][] = Array.from({ length: MASKS }, () => []);
    for (let s = 0; s < scenarios; s++) listed[masks[s]].push(s);
    this.fits = listed.map((rows) => (rows.length > 1 ? this.fit(observations, lossesW, rows) : undefined));
  }

  private fit(observations: Float32Array, lossesW: Float64Array, rows: readonly number[]): Fit {
    const buses = this.width - CAPACITORS.length;
    const means = new Float64Array(buses);
    const deviations = new Float64Array(buses);
    for (const s of rows) for (let b = 0; b < buses; b++) means[b] += observations[s * this.width + b] / rows.length;
    for (const s of rows) for (let b = 0; b < buses; b++) deviations[b] += (observations[s * this.width + b] - means[b]) ** 2 / rows.length;
    // What does not vary tells nothing.
    for (let b = 0; b < buses; b++) deviations[b] = Math.sqrt(deviations[b]) || Infinity;
    const weights = new Float64Array((buses + 1) * MASKS);
    for (const s of rows) for (let m = 0; m < MASKS; m++) weights[buses * MASKS + m] += lossesW[s * MASKS + m] / rows.length;
    const normal = new Float64Array(buses * buses);
    const x = new Float64Array(buses);
    for (const s of rows) {
      for (let b = 0; b < buses; b++) x[b] = (observations[s * this.width + b] - means[b]) / deviations[b];
      for (let i = 0; i < buses; i++) {
        for (let j = 0; j <= i; j++) normal[i * buses + j] += x[i] * x[j];
        for (let m = 0; m < MASKS; m++) weights[i * MASKS + m] += x[i] * (lossesW[s * MASKS + m] - weights[buses * MASKS + m]);
      }
    }
    const ridge = RIDGE * rows.length;
    for (let b = 0; b < buses; b++) normal[b * buses + b] += ridge;
    factorCholesky(normal, buses, ridge);
    for (let m = 0; m < MASKS; m++) {
      solveLower(normal, buses, weights, m, MASKS);
      solveLowerTransposed(normal, buses, weights, m, MASKS);
    }
    return { means, deviations, weights };
  }

  /** The states of the lowest losses by the fit. Throws InputError where lengths do not fit, and for an initial mask of which no scenarios were given. */
  choose(observations: Float32Array, masks: ArrayLike<number>): Uint8Array {
    const { width, fits } = this;
    checkNumbers('observations', observations, 'a Float32Array');
    checkMasks(masks);
    if (observations.length !== width * masks.length)
      throw new InputError(`there are ${observations.length} numbers of observations; give ${width} for each of ${masks.length} scenarios`);
    const buses = width - CAPACITORS.length;
    const losses = new Float64Array(MASKS);
    return Uint8Array.from({ length: masks.length }, (_, s) => {
      const fit = fits[masks[s]];
      if (!fit) throw new InputError(`the fit was made without scenarios that begin with mask ${masks[s]}; give more scenarios`);
      const { means, deviations, weights } = fit;
      for (let m = 0; m < MASKS; m++) losses[m] = weights[buses * MASKS + m];
      for (let b = 0; b < buses; b++) {
        const x = (observations[s * width + b] - means[b]) / deviations[b];
        for (let m = 0; m < MASKS; m++) losses[m] += x * weights[b * MASKS + m];
      }
      return bestMask(losses);
    });
  }
}
