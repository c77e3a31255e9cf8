/**
 * Inverters of thirteen states: droop, power filters, voltage and current loops, LC filter, coupling (Bidram, Davoudi, Lewis, Guerrero 2013; Pogaku, Prodanovic, Green
 * 2007). PowerNet does not train on it; it says how much the five-state model leaves out. States of an inverter: delta, P, Q, phi_d, phi_q (integrals of the voltage
 * loop), gamma_d, gamma_q (of the current loop), ild, ilq (A, filter inductor), vod, voq (V, capacitor), iod, ioq (A, coupling).
 *
 *     dP/dt = wc (vod iod + voq ioq - P)                dQ/dt = wc (-vod ioq + voq iod - Q)
 *     vod* = vn - nq Q, voq* = 0                        dphi/dt = vo* - vo
 *     ild* = F iod - wb Cf voq + Kpv (vod* - vod) + Kiv phi_d     ilq* = F ioq + wb Cf vod + Kpv (voq* - voq) + Kiv phi_q
 *     dgamma/dt = il* - il
 *     vid = -wb Lf ilq + Kpc (ild* - ild) + Kic gamma_d           viq = wb Lf ild + Kpc (ilq* - ilq) + Kic gamma_q
 *     dild/dt = -(rf/Lf) ild + w ilq + (vid - vod)/Lf             dilq/dt = -(rf/Lf) ilq - w ild + (viq - voq)/Lf
 *     dvod/dt = w voq + (ild - iod)/Cf                            dvoq/dt = -w vod + (ilq - ioq)/Cf
 *     diod/dt = -(rc/Lc) iod + w ioq + (vod - vbd)/Lc             dioq/dt = -(rc/Lc) ioq - w iod + (voq - vbq)/Lc
 *
 * w is the inverter's own speed (or the common one, where the microgrid has that mistake), wb the nominal speed.
 */
import { describeValue, InputError } from '../grid/index.js';
import { cos, sin } from '../numeric/index.js';
import type { DifferentialSystem } from './differential-system.js';
import type { MicrogridPlan } from './microgrid-plan.js';
import { NetworkEquations } from './network-equations.js';
import { findSteadyState } from './steady-state.js';

/** Filter and inner loops of an inverter. */
export interface InverterLoops {
  filterInductanceHenry: number;
  filterResistanceOhm: number;
  filterCapacitanceFarad: number;
  /** F: share of the output current that the voltage loop feeds forward. */
  feedForward: number;
  /** Kpv (A/V) and Kiv (A/(V s)). */
  voltageProportional: number;
  voltageIntegral: number;
  /** Kpc (V/A) and Kic (V/(A s)). */
  currentProportional: number;
  currentIntegral: number;
}

const FILTER = { filterInductanceHenry: 1.35e-3, filterResistanceOhm: 0.1, filterCapacitanceFarad: 50e-6, feedForward: 0.75 };

/** The two sets of loops that are in use in the literature (Bidram et al. 2013). */
export const INVERTER_LOOPS: Readonly<Record<'a' | 'b', InverterLoops>> = {
  a: { ...FILTER, voltageProportional: 0.1, voltageIntegral: 420, currentProportional: 15, currentIntegral: 20_000 },
  b: { ...FILTER, voltageProportional: 0.05, voltageIntegral: 390, currentProportional: 10.5, currentIntegral: 16_000 },
};

/** States of an inverter. */
export const FULL_INVERTER_STATES = 13;
const STATES = FULL_INVERTER_STATES;

/** The equations of a microgrid of thirteen-state inverters. */
export class FullInverterModel extends NetworkEquations implements DifferentialSystem {
  readonly scale: Float64Array;
  private readonly loops: readonly InverterLoops[];
  private readonly cosine: Float64Array;
  private readonly sine: Float64Array;

  /**
   * @param loops of all inverters alike, or [inverter]
   * @throws InputError for a list of another length, and values that are not above 0 (feedForward: from 0)
   */
  constructor(plan: MicrogridPlan, loops: InverterLoops | readonly InverterLoops[] = INVERTER_LOOPS.a) {
    super(plan, STATES);
    const list: readonly InverterLoops[] = Array.isArray(loops) ? loops : plan.microgrid.inverters.map(() => loops as InverterLoops);
    if (list.length !== plan.inverters)
      throw new InputError(`there are ${list.length} sets of loops; give one for each of the ${plan.inverters} inverters`);
    list.forEach((one, i) => {
      for (const property of Object.keys(INVERTER_LOOPS.a) as (keyof InverterLoops)[]) {
        const value = one[property];
        if (Number.isFinite(value) && (value > 0 || (value === 0 && property === 'feedForward'))) continue;
        throw new InputError(`is ${describeValue(value)}; it must be a number above 0`, {
          element: `loops.${plan.microgrid.inverters[i].name}`,
          property,
        });
      }
    });
    this.loops = list;
    this.cosine = new Float64Array(plan.inverters);
    this.sine = new Float64Array(plan.inverters);
    this.scale = new Float64Array(this.size).fill(100);
    for (let i = 0; i < plan.inverters; i++) {
      this.scale.set([0.01, 1e4, 1e4, 0.1, 0.1, 0.01, 0.01], STATES * i);
      this.scale[this.speedsAt + i] = plan.nominalSpeed;
      this.scale[this.voltagesAt + i] = plan.nominalVoltage;
    }
  }

  /** The voltage reference of inverter i after droop, per unit. */
  voltagePu(x: Float64Array, i: number): number {
    return (x[this.voltagesAt + i] - this.plan.reactiveDroop[i] * x[STATES * i + 2]) / this.plan.nominalVoltage;
  }

  derivative(x: Float64Array, dx: Float64Array): void {
    const { plan, cosine, sine, currentD, currentQ, busD, busQ, resistance, inductance } = this;
    for (let i = 0, at = 0; i < plan.inverters; i++, at += STATES) {
      cosine[i] = cos(x[at]);
      sine[i] = sin(x[at]);
      currentD[i] = cosine[i] * x[at + 11] - sine[i] * x[at + 12];
      currentQ[i] = sine[i] * x[at + 11] + cosine[i] * x[at + 12];
    }
    this.busVoltages(x);
    const common = this.speed(x, 0);
    const base = plan.nominalSpeed;
    for (let i = 0, at = 0; i < plan.inverters; i++, at += STATES) {
      const loops = this.loops[i];
      const { filterInductanceHenry: lf, filterResistanceOhm: rf, filterCapacitanceFarad: cf, feedForward } = loops;
      const [ild, ilq, vod, voq, iod, ioq] = [x[at + 7], x[at + 8], x[at + 9], x[at + 10], x[at + 11], x[at + 12]];
      const own = this.speed(x, i);
      const speed = plan.couplingAtCommonSpeed ? common : own;
      const bus = plan.inverterBus[i];
      const vbd = cosine[i] * busD[bus] + sine[i] * busQ[bus];
      const vbq = -sine[i] * busD[bus] + cosine[i] * busQ[bus];
      const errorD = x[this.voltagesAt + i] - plan.reactiveDroop[i] * x[at + 2] - vod;
      const errorQ = -voq;
      const wantedD = feedForward * iod - base * cf * voq + loops.voltageProportional * errorD + loops.voltageIntegral * x[at + 3];
      const wantedQ = feedForward * ioq + base * cf * vod + loops.voltageProportional * errorQ + loops.voltageIntegral * x[at + 4];
      const vid = -base * lf * ilq + loops.currentProportional * (wantedD - ild) + loops.currentIntegral * x[at + 5];
      const viq = base * lf * ild + loops.currentProportional * (wantedQ - ilq) + loops.currentIntegral * x[at + 6];
      dx[at] = own - common;
      dx[at + 1] = plan.powerFilter * (vod * iod + voq * ioq - x[at + 1]);
      dx[at + 2] = plan.powerFilter * (-vod * ioq + voq * iod - x[at + 2]);
      dx[at + 3] = errorD;
      dx[at + 4] = errorQ;
      dx[at + 5] = wantedD - ild;
      dx[at + 6] = wantedQ - ilq;
      dx[at + 7] = speed * ilq + (vid - vod - rf * ild) / lf;
      dx[at + 8] = -speed * ild + (viq - voq - rf * ilq) / lf;
      dx[at + 9] = speed * voq + (ild - iod) / cf;
      dx[at + 10] = -speed * vod + (ilq - ioq) / cf;
      dx[at + 11] = speed * ioq + (vod - vbd - resistance[i] * iod) / inductance[i];
      dx[at + 12] = -speed * iod + (voq - vbq - resistance[i] * ioq) / inductance[i];
    }
    this.networkDerivative(x, dx);
  }

  /**
   * The operating point, as of the five-state model.
   *
   * @throws DynamicsError where there is none
   */
  operatingPoint(voltages?: ArrayLike<number>): Float64Array {
    const { plan, speedsAt, voltagesAt } = this;
    const x = new Float64Array(this.size);
    x.fill(plan.nominalSpeed, speedsAt, voltagesAt);
    x.fill(plan.nominalVoltage, voltagesAt);
    if (voltages) x.set(voltages, voltagesAt);
    for (let i = 0; i < plan.inverters; i++) x[STATES * i + 9] = x[voltagesAt + i];
    this.settleCoupling(x);
    for (let i = 0, at = 0; i < plan.inverters; i++, at += STATES) {
      x[at + 1] = x[at + 9] * x[at + 11];
      x[at + 2] = -x[at + 9] * x[at + 12];
      this.settleLoops(x, i);
    }
    findSteadyState(this, x, { held: this.heldStates(), settle: (state) => this.settleCoupling(state) });
    return x;
  }

  /** Currents behind the capacitors' voltages as in a steady state. */
  private settleCoupling(x: Float64Array): void {
    const part = (offset: number): Float64Array => Float64Array.from({ length: this.plan.inverters }, (_, i) => x[STATES * i + offset]);
    this.settleNetwork(x, 11, part(9), part(10));
  }

  /** Filter currents and integrals with which an inverter holds its capacitor's voltage. */
  private settleLoops(x: Float64Array, i: number): void {
    const at = STATES * i;
    const { filterResistanceOhm: rf, filterCapacitanceFarad: cf, feedForward, voltageIntegral, currentIntegral } = this.loops[i];
    const w = this.plan.nominalSpeed;
    const [vod, voq, iod, ioq] = [x[at + 9], x[at + 10], x[at + 11], x[at + 12]];
    const ild = iod - w * cf * voq;
    const ilq = ioq + w * cf * vod;
    x[at + 7] = ild;
    x[at + 8] = ilq;
    x[at + 3] = (ild - feedForward * iod + w * cf * voq) / voltageIntegral;
    x[at + 4] = (ilq - feedForward * ioq - w * cf * vod) / voltageIntegral;
    x[at + 5] = (vod + rf * ild) / currentIntegral;
    x[at + 6] = (voq + rf * ilq) / currentIntegral;
  }
}
