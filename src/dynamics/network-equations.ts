/**
 * The part of the equations that all inverter models share: buses, lines, loads and the secondary control, over a state vector that begins with the inverters' own
 * states.
 *
 * State vector: inverters (their own states, one inverter behind the other), lines (D and Q part of each current, A), loads (likewise), wn [inverter] (set points of the
 * speed, rad/s), vn [inverter] (set points of the voltage, V). Line and load currents are in the common frame, which turns with the first inverter. Equations
 * (Pogaku, Prodanovic, Green: Modeling, analysis and testing of autonomous operation of an inverter-based microgrid, IEEE Trans. Power Electronics 22, 2007):
 *
 *     bus:   V = rN (sum of currents in - sum of currents out)
 *     line:  dI/dt = -(R/L) I - j w I + (V_from - V_to) / L        load: the same against ground
 *     speed set points:    dwn/dt = -c [(Lap + G)(w - w_ref) + Lap (mp P)]
 *     voltage set points:  dvn/dt = -c [(Lap + G)(v - v_ref) + Lap (nq Q)], v = vn - nq Q
 */
import { cos, sin } from '../numeric/index.js';
import type { MicrogridPlan } from './microgrid-plan.js';
import { steadyCurrents } from './steady-currents.js';

/** Which parts of the secondary control are at work. */
export interface SecondaryState {
  frequency: boolean;
  voltage: boolean;
}

/** Offsets, load values and shared equations of a model with `perInverter` states an inverter, of which P and Q are the second and third. */
export class NetworkEquations {
  readonly linesAt: number;
  readonly loadsAt: number;
  readonly speedsAt: number;
  readonly voltagesAt: number;
  readonly size: number;
  /** [current]: series resistance and inductance, disturbances of the loads put in. */
  readonly resistance: Float64Array;
  readonly inductance: Float64Array;
  /** [bus]: voltage in the common frame, V; written by {@link busVoltages}. */
  readonly busD: Float64Array;
  readonly busQ: Float64Array;
  /** [current]: currents in the common frame, A; the inverters' are written by the model. */
  readonly currentD: Float64Array;
  readonly currentQ: Float64Array;
  readonly secondary: SecondaryState = { frequency: false, voltage: false };

  constructor(
    readonly plan: MicrogridPlan,
    readonly perInverter: number,
  ) {
    const { inverters, lines, loads, currents, buses } = plan;
    this.linesAt = perInverter * inverters;
    this.loadsAt = this.linesAt + 2 * lines;
    this.speedsAt = this.loadsAt + 2 * loads;
    this.voltagesAt = this.speedsAt + inverters;
    this.size = this.voltagesAt + inverters;
    this.resistance = Float64Array.from(plan.resistance);
    this.inductance = Float64Array.from(plan.inductance);
    this.busD = new Float64Array(buses);
    this.busQ = new Float64Array(buses);
    this.currentD = new Float64Array(currents);
    this.currentQ = new Float64Array(currents);
    this.setLoads();
  }

  /** Sets the multipliers of the loads, [load]; absent: all 1. */
  setLoads(resistanceMultipliers?: ArrayLike<number>, inductanceMultipliers?: ArrayLike<number>): void {
    const { plan } = this;
    const first = plan.currents - plan.loads;
    for (let i = 0; i < plan.loads; i++) {
      this.resistance[first + i] = plan.resistance[first + i] + (resistanceMultipliers?.[i] ?? 1) * plan.loadResistance[i];
      this.inductance[first + i] = plan.inductance[first + i] + (inductanceMultipliers?.[i] ?? 1) * plan.loadInductance[i];
    }
  }

  /** Speed of an inverter, rad/s. */
  speed(x: Float64Array, i: number): number {
    return x[this.speedsAt + i] - this.plan.activeDroop[i] * x[this.perInverter * i + 1];
  }

  /** State whose value times mp the secondary control takes for the power of inverter i. */
  powerState(i: number): number {
    const reading = this.plan.powerReading[i];
    return reading >= 0 ? this.perInverter * reading + 1 : this.linesAt + 2 * (-2 - reading) + 1;
  }

  /** States that do not move: the first inverter's angle, and set points that no control moves. */
  heldStates(): number[] {
    const held = [0];
    for (let i = 0; i < this.plan.inverters; i++) {
      if (!this.secondary.frequency) held.push(this.speedsAt + i);
      if (!this.secondary.voltage) held.push(this.voltagesAt + i);
    }
    return held;
  }

  /**
   * Replaces the currents of couplings, lines and loads by those of the network in a steady state behind terminal voltages [inverter] in the inverters' own frames.
   *
   * @param currentAt which of an inverter's states its coupling current begins at
   * @throws DynamicsError where the network has no solution
   */
  settleNetwork(x: Float64Array, currentAt: number, terminalD: Float64Array, terminalQ: Float64Array): void {
    const { plan, perInverter, resistance, inductance } = this;
    const n = plan.inverters;
    const cosine = Float64Array.from({ length: n }, (_, i) => cos(x[perInverter * i]));
    const sine = Float64Array.from({ length: n }, (_, i) => sin(x[perInverter * i]));
    const voltageRe = terminalD.map((d, i) => cosine[i] * d - sine[i] * terminalQ[i]);
    const voltageIm = terminalD.map((d, i) => sine[i] * d + cosine[i] * terminalQ[i]);
    const { re, im } = steadyCurrents(plan, resistance, inductance, voltageRe, voltageIm, this.speed(x, 0));
    for (let i = 0; i < n; i++) {
      x[perInverter * i + currentAt] = cosine[i] * re[i] + sine[i] * im[i];
      x[perInverter * i + currentAt + 1] = -sine[i] * re[i] + cosine[i] * im[i];
    }
    for (let k = n, at = this.linesAt; k < plan.currents; k++, at += 2) {
      x[at] = re[k];
      x[at + 1] = im[k];
    }
  }

  /** Copies line and load currents from the states and sums the buses' voltages; the inverters' currents must be in place. */
  busVoltages(x: Float64Array): void {
    const { plan, currentD, currentQ, busD, busQ, linesAt } = this;
    for (let k = plan.inverters, at = linesAt; k < plan.currents; k++, at += 2) {
      currentD[k] = x[at];
      currentQ[k] = x[at + 1];
    }
    const { balanceStart, balanceCurrent, balanceFactor, virtualResistance } = plan;
    for (let b = 0; b < plan.buses; b++) {
      let d = 0;
      let q = 0;
      for (let term = balanceStart[b]; term < balanceStart[b + 1]; term++) {
        d += balanceFactor[term] * currentD[balanceCurrent[term]];
        q += balanceFactor[term] * currentQ[balanceCurrent[term]];
      }
      busD[b] = virtualResistance * d;
      busQ[b] = virtualResistance * q;
    }
  }

  /** Derivatives of line and load currents and of the set points; buses' voltages must be in place. */
  networkDerivative(x: Float64Array, dx: Float64Array): void {
    const { plan, busD, busQ, linesAt, resistance, inductance } = this;
    const speed = this.speed(x, 0);
    for (let k = plan.inverters, at = linesAt; k < plan.currents; k++, at += 2) {
      const from = plan.fromBus[k];
      const to = plan.toBus[k];
      const d = (from < 0 ? 0 : busD[from]) - (to < 0 ? 0 : busD[to]);
      const q = (from < 0 ? 0 : busQ[from]) - (to < 0 ? 0 : busQ[to]);
      dx[at] = speed * x[at + 1] + (d - resistance[k] * x[at]) / inductance[k];
      dx[at + 1] = -speed * x[at] + (q - resistance[k] * x[at + 1]) / inductance[k];
    }
    this.secondaryDerivative(x, dx);
  }

  private secondaryDerivative(x: Float64Array, dx: Float64Array): void {
    const { plan, speedsAt, voltagesAt, perInverter, secondary } = this;
    const n = plan.inverters;
    for (let i = 0; i < n; i++) {
      let speedRate = 0;
      let voltageRate = 0;
      for (let j = 0; j < n; j++) {
        const held = plan.consensus[i * n + j];
        if (held === 0) continue;
        const shared = plan.sharing[i * n + j];
        const activeTerm = plan.activeDroop[j] * x[this.powerState(j)];
        const reactiveTerm = plan.reactiveDroop[j] * x[perInverter * j + 2];
        speedRate -= held * (x[speedsAt + j] - activeTerm - plan.nominalSpeed) + shared * activeTerm;
        voltageRate -= held * (x[voltagesAt + j] - reactiveTerm - plan.nominalVoltage) + shared * reactiveTerm;
      }
      dx[speedsAt + i] = secondary.frequency ? speedRate : 0;
      dx[voltagesAt + i] = secondary.voltage ? voltageRate : 0;
    }
  }

  /** Adds to a Jacobian what {@link networkDerivative} depends on, but for the buses' dependence on the inverters' states, which the model adds through {@link eachDriven}. */
  networkJacobian(x: Float64Array, matrix: Float64Array): void {
    const { plan, size, linesAt, speedsAt, voltagesAt, perInverter, resistance, inductance, secondary } = this;
    const n = plan.inverters;
    const speed = this.speed(x, 0);
    for (let k = n, at = linesAt; k < plan.currents; k++, at += 2) {
      matrix[at * size + at] -= resistance[k] / inductance[k];
      matrix[at * size + at + 1] += speed;
      matrix[(at + 1) * size + at] -= speed;
      matrix[(at + 1) * size + at + 1] -= resistance[k] / inductance[k];
      matrix[at * size + speedsAt] += x[at + 1];
      matrix[at * size + 1] -= plan.activeDroop[0] * x[at + 1];
      matrix[(at + 1) * size + speedsAt] -= x[at];
      matrix[(at + 1) * size + 1] += plan.activeDroop[0] * x[at];
    }
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const held = plan.consensus[i * n + j];
        if (held === 0) continue;
        const rest = held - plan.sharing[i * n + j];
        if (secondary.frequency) {
          matrix[(speedsAt + i) * size + speedsAt + j] -= held;
          matrix[(speedsAt + i) * size + this.powerState(j)] += rest * plan.activeDroop[j];
        }
        if (secondary.voltage) {
          matrix[(voltagesAt + i) * size + voltagesAt + j] -= held;
          matrix[(voltagesAt + i) * size + perInverter * j + 2] += rest * plan.reactiveDroop[j];
        }
      }
    }
  }

  /** Calls back for each current k driven by the voltage of a bus b, with the sign of that voltage in its equation. */
  eachDriven(act: (current: number, bus: number, sign: number) => void): void {
    const { plan } = this;
    for (let k = 0; k < plan.currents; k++) {
      if (plan.fromBus[k] >= 0) act(k, plan.fromBus[k], 1);
      if (plan.toBus[k] >= 0) act(k, plan.toBus[k], -1);
    }
  }
}
