/**
 * Inverters of five states, the model that PowerNet trains on: inner voltage and current loops are taken as ideal, so that the terminal voltage is what the droop
 * asks for. States of an inverter: delta (rad, against the first inverter), P (W), Q (var), iod, ioq (A, in the inverter's own frame).
 *
 *     w = wn - mp P,  vod = vn - nq Q,  voq = 0
 *     d delta/dt = w - w_com                     w_com: the speed of the first inverter
 *     dP/dt = wc (vod iod + voq ioq - P)         dQ/dt = wc (-vod ioq + voq iod - Q)
 *     diod/dt = -(r/L) iod + w ioq + (vod - vbd)/L
 *     dioq/dt = -(r/L) ioq - w iod + (voq - vbq)/L
 *
 * As published the two cross terms have w_com in place of w (see microgrid-6.ts).
 */
import { cos, sin } from '../numeric/index.js';
import type { DifferentialSystem } from './differential-system.js';
import type { MicrogridPlan } from './microgrid-plan.js';
import { NetworkEquations } from './network-equations.js';
import { findSteadyState, refineSteadyState } from './steady-state.js';

/** States of an inverter. */
export const IDEAL_INVERTER_STATES = 5;

/** The equations of a microgrid of five-state inverters, for the judge, the operating point and the modes. */
export class IdealInverterModel extends NetworkEquations implements DifferentialSystem {
  readonly scale: Float64Array;
  private readonly cosine: Float64Array;
  private readonly sine: Float64Array;

  constructor(plan: MicrogridPlan) {
    super(plan, IDEAL_INVERTER_STATES);
    this.cosine = new Float64Array(plan.inverters);
    this.sine = new Float64Array(plan.inverters);
    this.scale = new Float64Array(this.size).fill(100);
    for (let i = 0; i < plan.inverters; i++) {
      this.scale[5 * i] = 0.01;
      this.scale[5 * i + 1] = 1e4;
      this.scale[5 * i + 2] = 1e4;
      this.scale[this.speedsAt + i] = plan.nominalSpeed;
      this.scale[this.voltagesAt + i] = plan.nominalVoltage;
    }
  }

  /** The state of rest: nothing flows, set points at their references. */
  rest(): Float64Array {
    const x = new Float64Array(this.size);
    x.fill(this.plan.nominalSpeed, this.speedsAt, this.voltagesAt);
    x.fill(this.plan.nominalVoltage, this.voltagesAt);
    return x;
  }

  /**
   * The operating point that loads and set points lead to: a state all of whose derivatives vanish, found by Newton's method from the currents of equal angles.
   * Set points that the secondary control does not move stay at their references, or at `voltages` [inverter], V.
   *
   * @throws DynamicsError where there is none
   */
  operatingPoint(voltages?: ArrayLike<number>): Float64Array {
    const { plan, voltagesAt } = this;
    const x = this.rest();
    if (voltages) x.set(voltages, voltagesAt);
    this.settleCurrents(x);
    for (let i = 0; i < plan.inverters; i++) {
      x[5 * i + 1] = x[voltagesAt + i] * x[5 * i + 3];
      x[5 * i + 2] = -x[voltagesAt + i] * x[5 * i + 4];
    }
    findSteadyState(this, x, { held: this.heldStates(), settle: (state) => this.settleCurrents(state) });
    return x;
  }

  /**
   * The operating point again for loads that have changed, by a few steps of Newton's method from one of other loads; where that fails, as {@link operatingPoint}.
   *
   * @param near an operating point, not changed
   * @throws DynamicsError where there is none
   */
  operatingPointNear(near: Float64Array): Float64Array {
    const x = near.slice();
    this.settleCurrents(x);
    const found = refineSteadyState(this, x, { held: this.heldStates(), settle: (state) => this.settleCurrents(state) });
    return found ? x : this.operatingPoint(near.subarray(this.voltagesAt, this.voltagesAt + this.plan.inverters));
  }

  /** Replaces all currents by those of the network in a steady state behind the inverters' voltages. */
  private settleCurrents(x: Float64Array): void {
    const vod = Float64Array.from({ length: this.plan.inverters }, (_, i) => x[this.voltagesAt + i] - this.plan.reactiveDroop[i] * x[5 * i + 2]);
    this.settleNetwork(x, 3, vod, new Float64Array(this.plan.inverters));
  }

  /** The voltage reference of inverter i after droop, per unit: what rewards judge. */
  voltagePu(x: Float64Array, i: number): number {
    return (x[this.voltagesAt + i] - this.plan.reactiveDroop[i] * x[5 * i + 2]) / this.plan.nominalVoltage;
  }

  /** Puts angles, the inverters' currents in the common frame and the buses' voltages in place for a state. */
  settle(x: Float64Array): void {
    for (let i = 0, at = 0; i < this.plan.inverters; i++, at += 5) {
      const c = cos(x[at]);
      const s = sin(x[at]);
      this.cosine[i] = c;
      this.sine[i] = s;
      this.currentD[i] = c * x[at + 3] - s * x[at + 4];
      this.currentQ[i] = s * x[at + 3] + c * x[at + 4];
    }
    this.busVoltages(x);
  }

  derivative(x: Float64Array, dx: Float64Array): void {
    const { plan, cosine, sine, busD, busQ, resistance, inductance } = this;
    this.settle(x);
    const common = this.speed(x, 0);
    for (let i = 0, at = 0; i < plan.inverters; i++, at += 5) {
      const speed = this.speed(x, i);
      const cross = plan.couplingAtCommonSpeed ? common : speed;
      const vod = x[this.voltagesAt + i] - plan.reactiveDroop[i] * x[at + 2];
      const iod = x[at + 3];
      const ioq = x[at + 4];
      const bus = plan.inverterBus[i];
      const vbd = cosine[i] * busD[bus] + sine[i] * busQ[bus];
      const vbq = -sine[i] * busD[bus] + cosine[i] * busQ[bus];
      dx[at] = speed - common;
      dx[at + 1] = plan.powerFilter * (vod * iod - x[at + 1]);
      dx[at + 2] = plan.powerFilter * (-vod * ioq - x[at + 2]);
      dx[at + 3] = cross * ioq + (vod - vbd - resistance[i] * iod) / inductance[i];
      dx[at + 4] = -cross * iod + (-vbq - resistance[i] * ioq) / inductance[i];
    }
    this.networkDerivative(x, dx);
  }

  jacobian(x: Float64Array, matrix: Float64Array): void {
    matrix.fill(0);
    this.settle(x);
    this.networkJacobian(x, matrix);
    this.inverterJacobian(x, matrix);
    this.busJacobian(matrix);
  }

  /** What the inverters' derivatives depend on, the buses' voltages held. */
  private inverterJacobian(x: Float64Array, matrix: Float64Array): void {
    const { plan, size, cosine, sine, busD, busQ, resistance, inductance, speedsAt, voltagesAt } = this;
    const add = (row: number, column: number, value: number): void => {
      matrix[row * size + column] += value;
    };
    for (let i = 0, at = 0; i < plan.inverters; i++, at += 5) {
      const bus = plan.inverterBus[i];
      const vbd = cosine[i] * busD[bus] + sine[i] * busQ[bus];
      const vbq = -sine[i] * busD[bus] + cosine[i] * busQ[bus];
      const turning = plan.couplingAtCommonSpeed ? 0 : i;
      const cross = this.speed(x, turning);
      const iod = x[at + 3];
      const ioq = x[at + 4];
      const nq = plan.reactiveDroop[i];
      const vod = x[voltagesAt + i] - nq * x[at + 2];
      const wc = plan.powerFilter;
      add(at, speedsAt + i, 1);
      add(at, at + 1, -plan.activeDroop[i]);
      add(at, speedsAt, -1);
      add(at, 1, plan.activeDroop[0]);
      add(at + 1, at + 1, -wc);
      add(at + 1, at + 2, -wc * nq * iod);
      add(at + 1, at + 3, wc * vod);
      add(at + 1, voltagesAt + i, wc * iod);
      add(at + 2, at + 2, -wc + wc * nq * ioq);
      add(at + 2, at + 4, -wc * vod);
      add(at + 2, voltagesAt + i, -wc * ioq);
      add(at + 3, at, -vbq / inductance[i]);
      add(at + 3, at + 2, -nq / inductance[i]);
      add(at + 3, at + 3, -resistance[i] / inductance[i]);
      add(at + 3, at + 4, cross);
      add(at + 3, speedsAt + turning, ioq);
      add(at + 3, 5 * turning + 1, -plan.activeDroop[turning] * ioq);
      add(at + 3, voltagesAt + i, 1 / inductance[i]);
      add(at + 4, at, vbd / inductance[i]);
      add(at + 4, at + 3, -cross);
      add(at + 4, at + 4, -resistance[i] / inductance[i]);
      add(at + 4, speedsAt + turning, -iod);
      add(at + 4, 5 * turning + 1, plan.activeDroop[turning] * iod);
    }
  }

  /** What all currents depend on through the buses' voltages. */
  private busJacobian(matrix: Float64Array): void {
    const { plan, size, cosine, sine, currentD, currentQ, inductance, linesAt } = this;
    const n = plan.inverters;
    this.eachDriven((current, bus, sign) => {
      const row = current < n ? 5 * current + 3 : linesAt + 2 * (current - n);
      // The D and Q parts of a bus voltage in the two equations of the current: turned into its own frame for an inverter.
      const c = current < n ? cosine[current] : 1;
      const s = current < n ? sine[current] : 0;
      for (let term = plan.balanceStart[bus]; term < plan.balanceStart[bus + 1]; term++) {
        const other = plan.balanceCurrent[term];
        const factor = (sign * plan.balanceFactor[term] * plan.virtualResistance) / inductance[current];
        const add = (column: number, d: number, q: number): void => {
          matrix[row * size + column] += factor * (c * d + s * q);
          matrix[(row + 1) * size + column] += factor * (-s * d + c * q);
        };
        if (other >= n) {
          add(linesAt + 2 * (other - n), 1, 0);
          add(linesAt + 2 * (other - n) + 1, 0, 1);
          continue;
        }
        add(5 * other, -currentQ[other], currentD[other]);
        add(5 * other + 3, cosine[other], sine[other]);
        add(5 * other + 4, -sine[other], cosine[other]);
      }
    });
  }
}
