/**
 * The state of one scenario of a microgrid of five-state inverters, in the form that the fast scheme advances: currents as complex numbers in one frame for all. A
 * structure of arrays, [item]; a kernel over lanes holds the same as [item][lane].
 *
 * The frame turns at a constant speed within a control step, `frameSpeed`; angles are against it. Where the speed changes from one control step to the next, the frame
 * turns on from where it is, so that nothing has to be turned back.
 */

import { cos, sin } from '../numeric/index.js';
import type { IdealInverterModel } from './ideal-inverter-model.js';
import type { MicrogridPlan } from './microgrid-plan.js';

/** Angles, powers, currents and set points of a scenario. */
export class MicrogridState {
  /** [inverter]: angle of the inverter's own frame against the common frame, rad. */
  readonly angle: Float64Array;
  /** [inverter]: filtered powers, W and var. */
  readonly activePower: Float64Array;
  readonly reactivePower: Float64Array;
  /** [inverter]: set points before droop, rad/s and V. */
  readonly speedSetPoint: Float64Array;
  readonly voltageSetPoint: Float64Array;
  /** [current]: inverters, lines, loads; A. */
  readonly currentRe: Float64Array;
  readonly currentIm: Float64Array;
  /** [bus]: voltages, V; those that belong to the currents at the end of the last step. */
  readonly busRe: Float64Array;
  readonly busIm: Float64Array;
  /** Multipliers of the loads, [load]. */
  readonly loadResistance: Float64Array;
  readonly loadInductance: Float64Array;

  constructor(readonly plan: MicrogridPlan) {
    const array = (size: number): Float64Array => new Float64Array(size);
    this.angle = array(plan.inverters);
    this.activePower = array(plan.inverters);
    this.reactivePower = array(plan.inverters);
    this.speedSetPoint = array(plan.inverters);
    this.voltageSetPoint = array(plan.inverters);
    this.currentRe = array(plan.currents);
    this.currentIm = array(plan.currents);
    this.busRe = array(plan.buses);
    this.busIm = array(plan.buses);
    this.loadResistance = array(plan.loads).fill(1);
    this.loadInductance = array(plan.loads).fill(1);
    this.rest();
  }

  /** The state of rest: nothing flows, set points at their references. */
  rest(): void {
    for (const part of [this.angle, this.activePower, this.reactivePower, this.currentRe, this.currentIm, this.busRe, this.busIm]) part.fill(0);
    this.speedSetPoint.fill(this.plan.nominalSpeed);
    this.voltageSetPoint.fill(this.plan.nominalVoltage);
  }

  /** What a control step changes, in the order in which it is saved. */
  parts(): Float64Array[] {
    const { angle, activePower, reactivePower, speedSetPoint, voltageSetPoint, currentRe, currentIm, busRe, busIm } = this;
    return [angle, activePower, reactivePower, speedSetPoint, voltageSetPoint, currentRe, currentIm, busRe, busIm];
  }

  /** Speed of an inverter, rad/s. */
  speed(i: number): number {
    return this.speedSetPoint[i] - this.plan.activeDroop[i] * this.activePower[i];
  }

  /** The voltage reference of an inverter after droop, per unit: what rewards judge. */
  voltagePu(i: number): number {
    return (this.voltageSetPoint[i] - this.plan.reactiveDroop[i] * this.reactivePower[i]) / this.plan.nominalVoltage;
  }

  /** Magnitude of a bus voltage, per unit. */
  busVoltagePu(b: number): number {
    return Math.sqrt(this.busRe[b] * this.busRe[b] + this.busIm[b] * this.busIm[b]) / this.plan.nominalVoltage;
  }

  /** Takes over a state vector of the judge. */
  fromModel(model: IdealInverterModel, x: Float64Array): void {
    const { plan } = this;
    model.settle(x);
    for (let i = 0; i < plan.inverters; i++) {
      this.angle[i] = x[5 * i];
      this.activePower[i] = x[5 * i + 1];
      this.reactivePower[i] = x[5 * i + 2];
      this.speedSetPoint[i] = x[model.speedsAt + i];
      this.voltageSetPoint[i] = x[model.voltagesAt + i];
    }
    this.currentRe.set(model.currentD);
    this.currentIm.set(model.currentQ);
    this.busRe.set(model.busD);
    this.busIm.set(model.busQ);
  }

  /** Writes a state vector of the judge: angles and currents against the first inverter. */
  toModel(model: IdealInverterModel, x: Float64Array): void {
    const { plan, angle } = this;
    for (let i = 0; i < plan.inverters; i++) {
      x[5 * i] = angle[i] - angle[0];
      x[5 * i + 1] = this.activePower[i];
      x[5 * i + 2] = this.reactivePower[i];
      x[model.speedsAt + i] = this.speedSetPoint[i];
      x[model.voltagesAt + i] = this.voltageSetPoint[i];
    }
    for (let k = 0; k < plan.currents; k++) {
      const own = k < plan.inverters;
      const turn = angle[own ? k : 0];
      const at = own ? 5 * k + 3 : model.linesAt + 2 * (k - plan.inverters);
      x[at] = cos(turn) * this.currentRe[k] + sin(turn) * this.currentIm[k];
      x[at + 1] = -sin(turn) * this.currentRe[k] + cos(turn) * this.currentIm[k];
    }
  }
}
