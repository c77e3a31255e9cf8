/**
 * The power-flow equations in polar coordinates, their mismatches and their Jacobian as a sparse matrix.
 *
 * With S_i = V_i conj(sum_j Y_ij V_j) and T_ij = V_i conj(Y_ij V_j), for i not j:
 *   dS_i/dangle_j = -j T_ij, dS_i/dangle_i = j (S_i - T_ii), dS_i/d|V_j| = T_ij / |V_j|, dS_i/d|V_i| = (S_i + T_ii) / |V_i|
 * (MATPOWER Technical Note 2). The active-power equation of a bus is paired with its angle, the reactive one with its magnitude, and where the slack is
 * distributed the active-power equation of the bus whose angle is held with the power that its part lacks.
 */
import { analyseElimination } from '../elimination.js';
import type { Conditions } from './conditions.js';
import type { BalancedNetwork } from './network.js';
import type { SparsePattern } from './sparse-lu.js';

/** A voltage of each bus: magnitudes and angles (radians); those of dead buses are 0. `lacking` is what each part of a distributed slack lacks. */
export interface PolarState {
  magnitude: Float64Array;
  angle: Float64Array;
  lacking: Float64Array;
}

/** A copy of a state. */
export function copyState({ magnitude, angle, lacking }: PolarState): PolarState {
  return { magnitude: magnitude.slice(), angle: angle.slice(), lacking: lacking.slice() };
}

/** Mismatches of a state. */
export interface PolarMismatch {
  /** Largest of all, per unit; Infinity where one is not finite. */
  largest: number;
  /** Its bus, and what is rounding there. */
  worstBus: number;
  worstRounding: number;
  /** Whether every mismatch is below the tolerance, or below what is rounding at its bus. */
  isSolved: boolean;
  /** The largest limit of rounding that a mismatch above the tolerance was measured by; 0 where there was none. */
  rounding: number;
}

/** Rounding of a sum of powers in units of the sum of their sizes. */
const ROUNDING_SHARE = 8 * Number.EPSILON;

/** Buses in an order of elimination of low fill. */
export function busOrder(network: BalancedNetwork): Int32Array {
  return analyseElimination(network.busCount, network.admittance.start, network.admittance.column).nodeOfSlot;
}

/** The equations for given conditions on one network. */
export class PolarEquations {
  /** Unknown of the angle and of the magnitude of each bus, -1 where it is held; equations have the numbers of the unknowns that they are paired with. */
  readonly angleUnknown: Int32Array;
  readonly magnitudeUnknown: Int32Array;
  /** Equation of active power, -1 where that is free. */
  readonly activeEquation: Int32Array;
  /** Unknown of what each part lacks. */
  readonly lackingUnknown: Int32Array;
  readonly pattern: SparsePattern;
  /** The Jacobian's entries, and the mismatch (power of the state less what is scheduled) of each equation. */
  readonly values: Float64Array;
  readonly mismatch: Float64Array;
  /** Power into the grid at each bus, of the state last measured. */
  readonly active: Float64Array;
  readonly reactive: Float64Array;
  /** Places in `values`, of each entry of the nodal matrix: dP/dangle, dP/dV, dQ/dangle, dQ/dV; -1 where there is none. */
  private readonly places: Int32Array;
  private readonly re: Float64Array;
  private readonly im: Float64Array;

  /** @param order of elimination ({@link busOrder}); unknowns are numbered by it, so that the pattern's columns stand in the order in which they are to be eliminated */
  constructor(
    readonly network: BalancedNetwork,
    readonly conditions: Conditions,
    order: Int32Array,
  ) {
    const { busCount } = network;
    const { isLive, holdsAngle, holdsMagnitude, spread } = conditions;
    this.angleUnknown = new Int32Array(busCount).fill(-1);
    this.magnitudeUnknown = new Int32Array(busCount).fill(-1);
    let count = 0;
    for (const bus of order) {
      if (!isLive[bus]) continue;
      if (!holdsAngle[bus]) this.angleUnknown[bus] = count++;
      if (!holdsMagnitude[bus]) this.magnitudeUnknown[bus] = count++;
    }
    this.activeEquation = this.angleUnknown.slice();
    this.lackingUnknown = Int32Array.from(spread?.reference ?? [], (bus) => {
      this.activeEquation[bus] = count;
      return count++;
    });
    this.mismatch = new Float64Array(count);
    this.active = new Float64Array(busCount);
    this.reactive = new Float64Array(busCount);
    this.re = new Float64Array(busCount);
    this.im = new Float64Array(busCount);
    this.places = new Int32Array(4 * network.admittance.column.length).fill(-1);
    this.pattern = this.layOut(count);
    this.values = new Float64Array(this.pattern.row.length);
    spread?.part.forEach((part, bus) => {
      if (part < 0 || this.activeEquation[bus] < 0) return;
      const { start, row } = this.pattern;
      const unknown = this.lackingUnknown[part];
      this.values[start[unknown] + row.subarray(start[unknown], start[unknown + 1]).indexOf(this.activeEquation[bus])] = -spread.busShare[bus];
    });
  }

  /** Entries by columns. The nodal pattern is symmetric, so that a bus's row there says which equations its unknowns appear in. */
  private layOut(count: number): SparsePattern {
    const { busCount, admittance } = this.network;
    const { isLive, spread } = this.conditions;
    const start = new Int32Array(count + 1);
    const isIn = (bus: number): boolean => isLive[bus] !== 0;
    for (let j = 0; j < busCount; j++) {
      let entries = 0;
      for (let k = admittance.start[j]; k < admittance.start[j + 1]; k++) {
        const i = admittance.column[k];
        if (isIn(i)) entries += Number(this.activeEquation[i] >= 0) + Number(this.magnitudeUnknown[i] >= 0);
      }
      if (this.angleUnknown[j] >= 0) start[this.angleUnknown[j] + 1] = entries;
      if (this.magnitudeUnknown[j] >= 0) start[this.magnitudeUnknown[j] + 1] = entries;
    }
    spread?.part.forEach((part, bus) => {
      if (part >= 0 && this.activeEquation[bus] >= 0) start[this.lackingUnknown[part] + 1]++;
    });
    for (let c = 0; c < count; c++) start[c + 1] += start[c];
    const row = new Int32Array(start[count]);
    const next = start.slice();
    // Column by column: entry k of row i is (i, j), and places are stored with it.
    for (let i = 0; i < busCount; i++) {
      for (let k = admittance.start[i]; k < admittance.start[i + 1]; k++) {
        const j = admittance.column[k];
        const equations = [this.activeEquation[i], this.magnitudeUnknown[i]];
        const unknowns = [this.angleUnknown[j], this.magnitudeUnknown[j]];
        for (let e = 0; e < 2; e++) {
          for (let u = 0; u < 2; u++) {
            if (equations[e] < 0 || unknowns[u] < 0) continue;
            const place = next[unknowns[u]]++;
            row[place] = equations[e];
            this.places[4 * k + 2 * e + u] = place;
          }
        }
      }
    }
    spread?.part.forEach((part, bus) => {
      if (part >= 0 && this.activeEquation[bus] >= 0) row[next[this.lackingUnknown[part]]++] = this.activeEquation[bus];
    });
    return { size: count, start, row };
  }

  /** Computes powers and mismatches of a state. */
  measure(state: PolarState, tolerance: number): PolarMismatch {
    const { network, conditions, active, reactive, mismatch, re, im } = this;
    const { admittance, busCount } = network;
    const { magnitude, angle, lacking } = state;
    const { scheduled, spread, isLive } = conditions;
    for (let i = 0; i < busCount; i++) {
      re[i] = magnitude[i] * Math.cos(angle[i]);
      im[i] = magnitude[i] * Math.sin(angle[i]);
    }
    const result: PolarMismatch = { largest: 0, worstBus: -1, worstRounding: 0, isSolved: true, rounding: 0 };
    for (let i = 0; i < busCount; i++) {
      if (!isLive[i]) continue;
      let currentRe = 0;
      let currentIm = 0;
      let size = 0;
      for (let k = admittance.start[i]; k < admittance.start[i + 1]; k++) {
        const j = admittance.column[k];
        const g = admittance.re[k];
        const b = admittance.im[k];
        currentRe += g * re[j] - b * im[j];
        currentIm += g * im[j] + b * re[j];
        size += (Math.abs(g) + Math.abs(b)) * magnitude[j];
      }
      const p = re[i] * currentRe + im[i] * currentIm;
      const q = im[i] * currentRe - re[i] * currentIm;
      active[i] = p;
      reactive[i] = q;
      const limit = ROUNDING_SHARE * size * magnitude[i];
      const pEquation = this.activeEquation[i];
      if (pEquation >= 0) {
        const missing = p - scheduled[2 * i] - (spread ? spread.busShare[i] * lacking[spread.part[i]] : 0);
        mismatch[pEquation] = missing;
        note(result, i, missing, limit, tolerance);
      }
      const qEquation = this.magnitudeUnknown[i];
      if (qEquation >= 0) {
        mismatch[qEquation] = q - scheduled[2 * i + 1];
        note(result, i, mismatch[qEquation], limit, tolerance);
      }
    }
    return result;
  }

  /** Writes the Jacobian of the state last measured to {@link values}. */
  linearise(state: PolarState): void {
    const { network, places, values, re, im, active, reactive } = this;
    const { admittance, busCount } = network;
    const { magnitude } = state;
    for (let i = 0; i < busCount; i++) {
      if (this.activeEquation[i] < 0 && this.magnitudeUnknown[i] < 0) continue;
      for (let k = admittance.start[i]; k < admittance.start[i + 1]; k++) {
        const j = admittance.column[k];
        const g = admittance.re[k];
        const b = admittance.im[k];
        const currentRe = g * re[j] - b * im[j];
        const currentIm = g * im[j] + b * re[j];
        let tRe = re[i] * currentRe + im[i] * currentIm;
        let tIm = im[i] * currentRe - re[i] * currentIm;
        const place = 4 * k;
        if (i === j) {
          if (places[place] >= 0) values[places[place]] = tIm - reactive[i];
          if (places[place + 2] >= 0) values[places[place + 2]] = active[i] - tRe;
          tRe += active[i];
          tIm += reactive[i];
        } else {
          if (places[place] >= 0) values[places[place]] = tIm;
          if (places[place + 2] >= 0) values[places[place + 2]] = -tRe;
        }
        if (places[place + 1] >= 0) values[places[place + 1]] = tRe / magnitude[j];
        if (places[place + 3] >= 0) values[places[place + 3]] = tIm / magnitude[j];
      }
    }
  }

  /** The bus that an unknown (or its equation) belongs to. */
  busOf(unknown: number): number {
    const bus = this.angleUnknown.indexOf(unknown);
    if (bus >= 0) return bus;
    const other = this.magnitudeUnknown.indexOf(unknown);
    return other >= 0 ? other : (this.conditions.spread?.reference[this.lackingUnknown.indexOf(unknown)] ?? -1);
  }
}

function note(result: PolarMismatch, bus: number, missing: number, rounding: number, tolerance: number): void {
  const size = Math.abs(missing);
  // Written so that a NaN counts as infinite.
  if (!(size <= tolerance || size <= rounding)) result.isSolved = false;
  else if (size > tolerance && rounding > result.rounding) result.rounding = rounding;
  if (!(size <= result.largest)) {
    result.largest = size < Infinity ? size : Infinity;
    result.worstBus = bus;
    result.worstRounding = rounding;
  }
}
