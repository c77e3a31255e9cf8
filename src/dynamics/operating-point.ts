/**
 * Operating points of one microgrid for many sets of loads, quickly: the equations of rest reduced to their few unknowns, and a chord method with the Jacobian of the
 * usual loads. Currents follow from the linear network behind the inverters' voltages, so that what is left to find are the common speed w, the angles against the
 * first inverter and the terminal voltages v, with
 *
 *     wn - mp P(w, angles, v) - w = 0,     vn - nq Q(w, angles, v) - v = 0        at each inverter
 *
 * and wn, vn at their references. The Jacobian hardly changes with the loads: corrections shrink to a fifth or so each time, and none of them needs a factorisation but
 * that of the sparse network. Where they do not shrink, who asks falls back on Newton's method (steady-state.ts).
 */
import { cos, sin } from '../numeric/index.js';
import { factorComplex } from './elimination.js';
import { DynamicsError } from './errors.js';
import { IdealInverterModel } from './ideal-inverter-model.js';
import type { MicrogridPlan } from './microgrid-plan.js';
import { MicrogridState } from './microgrid-state.js';
import { driveCurrents, fillNodal } from './nodal-network.js';
import { PivotedLu } from './pivoted-lu.js';
import { LARGEST_ANGLE } from './scheme-constants.js';

/** Corrections that count as none, as shares of usual sizes. */
export const FOUND = 1e-12;
/** Most corrections. */
export const MOST_CORRECTIONS = 40;

/** Finds operating points of one plan with all set points at their references; holds the arrays that this needs. */
export class OperatingPointSearch {
  /** [unknown]: speed, angles from the second inverter on, voltages: those of the usual loads, and one over their usual sizes. */
  readonly usual: Float64Array;
  readonly perSize: Float64Array;
  /** [unknown][unknown]: inverse of the Jacobian at the usual loads. */
  readonly inverse: Float64Array;
  private readonly model: IdealInverterModel;
  private readonly usualState: Float64Array;
  private readonly unknowns: Float64Array;
  private readonly residual: Float64Array;
  private readonly correction: Float64Array;
  // [current]: resistance and inductance; admittances. [entry]: factors.
  private readonly resistance: Float64Array;
  private readonly inductance: Float64Array;
  private readonly yRe: Float64Array;
  private readonly yIm: Float64Array;
  private readonly factorRe: Float64Array;
  private readonly factorIm: Float64Array;

  /** @throws DynamicsError where there is no operating point for the usual loads */
  constructor(readonly plan: MicrogridPlan) {
    const { inverters: n, currents, nodal } = plan;
    const count = 2 * n;
    this.model = new IdealInverterModel(plan);
    this.usualState = this.model.operatingPoint();
    this.unknowns = new Float64Array(count);
    this.residual = new Float64Array(count);
    this.correction = new Float64Array(count);
    this.resistance = Float64Array.from(plan.resistance);
    this.inductance = Float64Array.from(plan.inductance);
    this.yRe = new Float64Array(currents);
    this.yIm = new Float64Array(currents);
    this.factorRe = new Float64Array(nodal.entries);
    this.factorIm = new Float64Array(nodal.entries);
    this.usual = new Float64Array(count);
    this.perSize = new Float64Array(count).fill(1);
    this.perSize[0] = 1 / plan.nominalSpeed;
    this.perSize.fill(1 / plan.nominalVoltage, n);
    const x = this.usualState;
    this.usual[0] = this.model.speed(x, 0);
    for (let i = 1; i < n; i++) this.usual[i] = x[5 * i];
    for (let i = 0; i < n; i++) this.usual[n + i] = x[this.model.voltagesAt + i] - plan.reactiveDroop[i] * x[5 * i + 2];
    this.inverse = this.invertJacobian();
  }

  /** The inverse of the residual's derivative at the usual loads, by central differences. */
  private invertJacobian(): Float64Array {
    const { plan, usual, unknowns, residual, perSize } = this;
    const count = usual.length;
    const state = new MicrogridState(plan);
    this.setLoads(state);
    const jacobian = new Float64Array(count * count);
    for (let j = 0; j < count; j++) {
      const step = 1e-6 / perSize[j];
      for (const sign of [1, -1]) {
        unknowns.set(usual);
        unknowns[j] += sign * step;
        this.evaluate(state);
        for (let i = 0; i < count; i++) jacobian[i * count + j] += (sign * residual[i]) / (2 * step);
      }
    }
    const lu = new PivotedLu(count, false);
    if (!lu.factor(jacobian)) throw new DynamicsError(`the operating point of ${plan.microgrid.name} is not isolated: its Jacobian is singular`);
    const inverse = new Float64Array(count * count);
    const column = new Float64Array(count);
    for (let j = 0; j < count; j++) {
      column.fill(0);
      column[j] = 1;
      lu.solveReal(column);
      for (let i = 0; i < count; i++) inverse[i * count + j] = column[i];
    }
    return inverse;
  }

  /**
   * Puts a state at the operating point of its loads.
   *
   * @throws DynamicsError where there is none that can be found
   */
  find(state: MicrogridState): void {
    if (!this.findQuickly(state)) this.findSlowly(state);
  }

  /** By the chord method. False where it does not get there: the state is then of no use but for its loads. */
  private findQuickly(state: MicrogridState): boolean {
    const { unknowns, residual, correction, inverse, perSize } = this;
    const count = unknowns.length;
    this.setLoads(state);
    unknowns.set(this.usual);
    for (let k = 0; k < MOST_CORRECTIONS; k++) {
      if (!this.evaluate(state)) return false;
      let found = true;
      for (let i = 0; i < count; i++) {
        let sum = 0;
        for (let j = 0; j < count; j++) sum += inverse[i * count + j] * residual[j];
        correction[i] = sum;
        if (!(Math.abs(sum) * perSize[i] < FOUND)) found = false;
      }
      if (found) return true;
      for (let i = 0; i < count; i++) unknowns[i] -= correction[i];
    }
    return false;
  }

  /** By Newton's method on the equations of the judge, from the usual operating point. */
  findSlowly(state: MicrogridState): void {
    this.model.setLoads(state.loadResistance, state.loadInductance);
    state.fromModel(this.model, this.model.operatingPointNear(this.usualState));
  }

  private setLoads(state: MicrogridState): void {
    const { plan, resistance, inductance } = this;
    const first = plan.currents - plan.loads;
    for (let i = 0; i < plan.loads; i++) {
      resistance[first + i] = plan.resistance[first + i] + state.loadResistance[i] * plan.loadResistance[i];
      inductance[first + i] = plan.inductance[first + i] + state.loadInductance[i] * plan.loadInductance[i];
    }
  }

  /** Writes the state that the unknowns lead to, and what is left of the equations; false where the network is singular or an angle has run away. */
  private evaluate(state: MicrogridState): boolean {
    const { plan, unknowns, residual, resistance, inductance, yRe, yIm, factorRe, factorIm } = this;
    const { inverters: n, currents, nominalSpeed, nominalVoltage } = plan;
    const { angle, activePower, reactivePower, currentRe, currentIm } = state;
    const speed = unknowns[0];
    for (let i = 1; i < n; i++) if (!(Math.abs(unknowns[i]) < LARGEST_ANGLE)) return false;
    for (let k = 0; k < currents; k++) {
      const re = resistance[k];
      const im = speed * inductance[k];
      const square = re * re + im * im;
      yRe[k] = re / square;
      yIm[k] = -im / square;
    }
    fillNodal(plan, yRe, yIm, factorRe, factorIm);
    if (!factorComplex(plan.nodal, factorRe, factorIm)) return false;
    const direction = this.correction;
    currentRe.fill(0);
    currentIm.fill(0);
    for (let i = 0; i < n; i++) {
      angle[i] = i === 0 ? 0 : unknowns[i];
      direction[i] = cos(angle[i]);
      direction[n + i] = sin(angle[i]);
      const re = unknowns[n + i] * direction[i];
      const im = unknowns[n + i] * direction[n + i];
      currentRe[i] = yRe[i] * re - yIm[i] * im;
      currentIm[i] = yRe[i] * im + yIm[i] * re;
    }
    driveCurrents(plan, yRe, yIm, factorRe, factorIm, currentRe, currentIm, state.busRe, state.busIm);
    for (let i = 0; i < n; i++) {
      const c = direction[i];
      const s = direction[n + i];
      const voltage = unknowns[n + i];
      activePower[i] = voltage * (c * currentRe[i] + s * currentIm[i]);
      reactivePower[i] = -(voltage * (c * currentIm[i] - s * currentRe[i]));
      state.speedSetPoint[i] = nominalSpeed;
      state.voltageSetPoint[i] = nominalVoltage;
      residual[i] = nominalSpeed - plan.activeDroop[i] * activePower[i] - speed;
      residual[n + i] = nominalVoltage - plan.reactiveDroop[i] * reactivePower[i] - voltage;
    }
    return true;
  }
}
