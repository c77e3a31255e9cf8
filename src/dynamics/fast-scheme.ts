/**
 * The fast scheme: fixed steps of about a millisecond over a control step, second order, one scenario.
 *
 * Slow states (angles, filtered powers) go by Heun's method, currents and set points by SDIRK2 (two implicit stages of one matrix, gamma = 1 - 1/sqrt 2, L-stable;
 * Alexander: Diagonally implicit Runge-Kutta methods for stiff ODEs, SIAM J. Numerical Analysis 14, 1977), the inverters' voltages linear in time within a step. What
 * makes the equations stiff is the virtual resistance at the buses, seen through currents that turn with the inverters. With all currents complex and in one frame
 *
 *     dI/dt = -(R/L) I - j w I + (E + V_from - V_to) / L,     E = (vn - nq Q) exp(j angle)
 *
 * the balance of currents and all that is stiff are linear, and a stage is a network of branch admittances 1 / (L/(gamma h) + R + j w L) behind known voltages, solved
 * by its buses.
 *
 * The frame. w may be any speed, as angles are against the frame; the textbook takes that of the first inverter, so that the matrix changes at each step. Here w is the
 * first inverter's speed at the beginning of the control step, held until its end: loads change then too, so that the matrix is made once a control step anyway. A
 * frame at 60 Hz for ever would do with matrices that change with the loads alone, at the price of sources that turn by 5 rad/s.
 *
 * As published, an inverter's current has -j (w + w_1 - w_i) in place of -j w (microgrid-6.ts). The difference, of a few rad/s, is not stiff: it goes with the explicit
 * half of the same method (Ascher, Ruuth, Spiteri: Implicit-explicit Runge-Kutta methods, Applied Numerical Mathematics 25, 1997, scheme (2,2,2)), and the matrix is the
 * same.
 *
 * In the sum of the secondary control's two terms active powers cancel but for the pinned inverter's: dwn/dt = -c (Lap + G) wn + c G (w_ref + mp P), with one constant
 * matrix, factored once a plan; likewise the voltage's.
 */
import { cos, sin } from '../numeric/index.js';
import { factorComplex, factorReal, solveReal } from './elimination.js';
import type { MicrogridPlan } from './microgrid-plan.js';
import type { MicrogridState } from './microgrid-state.js';
import type { SecondaryState } from './network-equations.js';
import { driveCurrents, fillNodal } from './nodal-network.js';
import { CARRY, EXPLICIT_BEGIN, EXPLICIT_LATER, GAMMA, LARGEST_ANGLE, LARGEST_CURRENT } from './scheme-constants.js';

/** What a control step came to. */
export type StepStatus = 'running' | 'diverged';

/** Called at the begin of a control step and after each step of the scheme, for pictures and balances; `time` from that begin, s. */
export type StepListener = (time: number) => void;

/** Factors of the consensus' matrix 1/(gamma h) + c (Lap + G), by its elimination plan. */
export function factorConsensus(plan: MicrogridPlan, step: number): Float64Array {
  const { inverters, consensus, consensusElimination } = plan;
  const factors = new Float64Array(consensusElimination.entries);
  for (let i = 0; i < inverters; i++) {
    for (let j = 0; j < inverters; j++) {
      const at = consensusElimination.entryAt(i, j);
      if (at >= 0) factors[at] = consensus[i * inverters + j] + (i === j ? 1 / (GAMMA * step) : 0);
    }
  }
  factorReal(consensusElimination, factors);
  return factors;
}

/** Advances {@link MicrogridState}s of one plan by one length of step; holds the arrays that this needs. */
export class FastScheme {
  /** Speed of the frame in the control step under way, rad/s. */
  frameSpeed = 0;
  /** [inverter]: terminal voltages in the frame, V. */
  readonly sourceRe: Float64Array;
  readonly sourceIm: Float64Array;
  /** [current]: resistance and inductance of the control step under way. */
  readonly resistance: Float64Array;
  readonly inductance: Float64Array;

  /** Whether an angle has run away in the control step under way. */
  private lost = false;
  // [current]: L/(gamma h); admittances of a stage; what is known of a stage's currents; currents of the first stage.
  private readonly inertia: Float64Array;
  private readonly yRe: Float64Array;
  private readonly yIm: Float64Array;
  private readonly knownRe: Float64Array;
  private readonly knownIm: Float64Array;
  private readonly stageRe: Float64Array;
  private readonly stageIm: Float64Array;
  // [entry] of the nodal matrix's factors, and of the secondary control's.
  private readonly factorRe: Float64Array;
  private readonly factorIm: Float64Array;
  private readonly consensusFactor: Float64Array;
  // [inverter]: direction of the voltage; current in the own frame; rates of the powers; powers predicted; voltage at the step's end; explicit terms.
  private readonly cosine: Float64Array;
  private readonly sine: Float64Array;
  private readonly currentD: Float64Array;
  private readonly currentQ: Float64Array;
  private readonly activeRate: Float64Array;
  private readonly reactiveRate: Float64Array;
  private readonly activeNext: Float64Array;
  private readonly reactiveNext: Float64Array;
  private readonly speedBefore: Float64Array;
  private readonly endRe: Float64Array;
  private readonly endIm: Float64Array;
  private readonly extraRe: Float64Array;
  private readonly extraIm: Float64Array;
  private readonly setPointStage: Float64Array;
  private readonly setPointKnown: Float64Array;

  /**
   * @param step length of a step, s
   */
  constructor(
    readonly plan: MicrogridPlan,
    readonly step: number,
  ) {
    const { inverters, currents, nodal } = plan;
    const array = (size: number): Float64Array => new Float64Array(size);
    this.resistance = Float64Array.from(plan.resistance);
    this.inductance = Float64Array.from(plan.inductance);
    this.inertia = array(currents);
    this.yRe = array(currents);
    this.yIm = array(currents);
    this.knownRe = array(currents);
    this.knownIm = array(currents);
    this.stageRe = array(currents);
    this.stageIm = array(currents);
    this.factorRe = array(nodal.entries);
    this.factorIm = array(nodal.entries);
    this.sourceRe = array(inverters);
    this.sourceIm = array(inverters);
    this.cosine = array(inverters);
    this.sine = array(inverters);
    this.currentD = array(inverters);
    this.currentQ = array(inverters);
    this.activeRate = array(inverters);
    this.reactiveRate = array(inverters);
    this.activeNext = array(inverters);
    this.reactiveNext = array(inverters);
    this.speedBefore = array(inverters);
    this.endRe = array(inverters);
    this.endIm = array(inverters);
    this.extraRe = array(inverters);
    this.extraIm = array(inverters);
    this.setPointStage = array(inverters);
    this.setPointKnown = array(inverters);

    this.consensusFactor = factorConsensus(plan, step);
  }

  /**
   * Advances a state by `steps` steps: one control step, with its loads and set points as they stand in the state. After `diverged` the state is of no use; who goes on
   * keeps a copy.
   */
  advance(state: MicrogridState, steps: number, secondary: SecondaryState, listener?: StepListener): StepStatus {
    this.lost = false;
    if (!this.begin(state)) return 'diverged';
    listener?.(0);
    for (let i = 1; i <= steps; i++) {
      this.advanceOnce(state, secondary);
      listener?.(i * this.step);
    }
    return this.isSound(state) ? 'running' : 'diverged';
  }

  /** Makes the matrix of a control step and the sources at its begin. */
  private begin(state: MicrogridState): boolean {
    const { plan, resistance, inductance, inertia, yRe, yIm, factorRe, factorIm } = this;
    const { inverters, currents, loads } = plan;
    const first = currents - loads;
    for (let i = 0; i < loads; i++) {
      resistance[first + i] = plan.resistance[first + i] + state.loadResistance[i] * plan.loadResistance[i];
      inductance[first + i] = plan.inductance[first + i] + state.loadInductance[i] * plan.loadInductance[i];
    }
    this.frameSpeed = state.speed(0);
    for (let k = 0; k < currents; k++) {
      inertia[k] = inductance[k] / (GAMMA * this.step);
      const re = inertia[k] + resistance[k];
      const im = this.frameSpeed * inductance[k];
      const square = re * re + im * im;
      yRe[k] = re / square;
      yIm[k] = -im / square;
    }
    fillNodal(plan, yRe, yIm, factorRe, factorIm);
    if (!factorComplex(plan.nodal, factorRe, factorIm)) return false;
    for (let i = 0; i < inverters; i++) {
      if (!(Math.abs(state.angle[i]) < LARGEST_ANGLE)) return false;
      this.cosine[i] = cos(state.angle[i]);
      this.sine[i] = sin(state.angle[i]);
      this.turnCurrent(state, i);
      const voltage = state.voltageSetPoint[i] - plan.reactiveDroop[i] * state.reactivePower[i];
      this.sourceRe[i] = voltage * this.cosine[i];
      this.sourceIm[i] = voltage * this.sine[i];
    }
    return true;
  }

  private turnCurrent(state: MicrogridState, i: number): void {
    const { cosine, sine } = this;
    this.currentD[i] = cosine[i] * state.currentRe[i] + sine[i] * state.currentIm[i];
    this.currentQ[i] = cosine[i] * state.currentIm[i] - sine[i] * state.currentRe[i];
  }

  private advanceOnce(state: MicrogridState, secondary: SecondaryState): void {
    const { plan, step: h, cosine, sine } = this;
    const { inverters, powerFilter, activeDroop, reactiveDroop } = plan;
    const { activePower, reactivePower, voltageSetPoint } = state;
    const { activeRate, reactiveRate, activeNext, reactiveNext } = this;
    for (let i = 0; i < inverters; i++) {
      const voltage = voltageSetPoint[i] - reactiveDroop[i] * reactivePower[i];
      activeRate[i] = powerFilter * (voltage * this.currentD[i] - activePower[i]);
      reactiveRate[i] = -powerFilter * (voltage * this.currentQ[i] + reactivePower[i]);
      activeNext[i] = activePower[i] + h * activeRate[i];
      reactiveNext[i] = reactivePower[i] + h * reactiveRate[i];
      this.speedBefore[i] = state.speed(i);
    }
    if (secondary.frequency) this.moveSetPoints(state.speedSetPoint, plan.nominalSpeed, activeDroop, activePower, activeNext);
    if (secondary.voltage) this.moveSetPoints(voltageSetPoint, plan.nominalVoltage, reactiveDroop, reactivePower, reactiveNext);
    for (let i = 0; i < inverters; i++) {
      // With the power predicted this is Heun's corrected angle already.
      const speedAfter = state.speedSetPoint[i] - activeDroop[i] * activeNext[i];
      state.angle[i] += h * (0.5 * (this.speedBefore[i] + speedAfter) - this.frameSpeed);
      if (!(Math.abs(state.angle[i]) < LARGEST_ANGLE)) {
        this.lost = true;
        state.angle[i] = 0;
      }
      cosine[i] = cos(state.angle[i]);
      sine[i] = sin(state.angle[i]);
      const voltage = voltageSetPoint[i] - reactiveDroop[i] * reactiveNext[i];
      this.endRe[i] = voltage * cosine[i];
      this.endIm[i] = voltage * sine[i];
    }
    this.moveCurrents(state);
    for (let i = 0; i < inverters; i++) {
      this.turnCurrent(state, i);
      const predicted = voltageSetPoint[i] - reactiveDroop[i] * reactiveNext[i];
      activePower[i] += 0.5 * h * (activeRate[i] + powerFilter * (predicted * this.currentD[i] - activeNext[i]));
      reactivePower[i] += 0.5 * h * (reactiveRate[i] + -powerFilter * (predicted * this.currentQ[i] + reactiveNext[i]));
      const voltage = voltageSetPoint[i] - reactiveDroop[i] * reactivePower[i];
      this.sourceRe[i] = voltage * cosine[i];
      this.sourceIm[i] = voltage * sine[i];
    }
  }

  /** SDIRK2 of the consensus: dx/dt = -c (Lap + G) x + c G (reference + droop power), the power linear from `before` to `after`. */
  private moveSetPoints(x: Float64Array, reference: number, droop: Float64Array, before: Float64Array, after: Float64Array): void {
    const { plan, setPointStage: stage, setPointKnown: known, consensusFactor, step: h } = this;
    const { inverters, pinned, consensusElimination } = plan;
    const pinning = plan.pinning[pinned];
    const rate = 1 / (GAMMA * h);
    for (let i = 0; i < inverters; i++) stage[i] = rate * x[i];
    stage[pinned] += pinning * (reference + droop[pinned] * (before[pinned] + GAMMA * (after[pinned] - before[pinned])));
    solveReal(consensusElimination, consensusFactor, stage);
    for (let i = 0; i < inverters; i++) known[i] = rate * (x[i] + CARRY * (stage[i] - x[i]));
    known[pinned] += pinning * (reference + droop[pinned] * after[pinned]);
    solveReal(consensusElimination, consensusFactor, known);
    x.set(known);
  }

  /** Both stages of the currents. */
  private moveCurrents(state: MicrogridState): void {
    const { plan, inertia, knownRe, knownIm, stageRe, stageIm, sourceRe, sourceIm, endRe, endIm, extraRe, extraIm } = this;
    const { inverters, currents } = plan;
    const { currentRe, currentIm } = state;
    const published = plan.couplingAtCommonSpeed !== 0;
    for (let k = 0; k < currents; k++) {
      knownRe[k] = inertia[k] * currentRe[k];
      knownIm[k] = inertia[k] * currentIm[k];
    }
    // Without the mistake the explicit terms stay 0.
    if (published) this.explicitTerms(state, currentRe, currentIm, false);
    for (let i = 0; i < inverters; i++) {
      knownRe[i] += sourceRe[i] + GAMMA * (endRe[i] - sourceRe[i]) + extraRe[i];
      knownIm[i] += sourceIm[i] + GAMMA * (endIm[i] - sourceIm[i]) + extraIm[i];
    }
    this.solveStage(state, stageRe, stageIm);
    if (published) this.explicitTerms(state, stageRe, stageIm, true);
    for (let k = 0; k < currents; k++) {
      knownRe[k] = inertia[k] * (currentRe[k] + CARRY * (stageRe[k] - currentRe[k]));
      knownIm[k] = inertia[k] * (currentIm[k] + CARRY * (stageIm[k] - currentIm[k]));
    }
    for (let i = 0; i < inverters; i++) {
      knownRe[i] += endRe[i] + extraRe[i];
      knownIm[i] += endIm[i] + extraIm[i];
    }
    this.solveStage(state, currentRe, currentIm);
  }

  /** The published mistake as a voltage, j L (w_i - w_1) I: at the step's begin, or (`later`) at the first stage, both weighted and summed for the second. */
  private explicitTerms(state: MicrogridState, re: Float64Array, im: Float64Array, later: boolean): void {
    const { plan, inductance, speedBefore, activeNext, extraRe, extraIm } = this;
    const share = later ? GAMMA : 0;
    const speedAt = (i: number): number => {
      const after = state.speedSetPoint[i] - plan.activeDroop[i] * activeNext[i];
      return speedBefore[i] + share * (after - speedBefore[i]);
    };
    const first = speedAt(0);
    for (let i = 0; i < plan.inverters; i++) {
      const reactance = inductance[i] * (speedAt(i) - first);
      extraRe[i] = later ? EXPLICIT_BEGIN * extraRe[i] - EXPLICIT_LATER * (reactance * im[i]) : -(reactance * im[i]);
      extraIm[i] = later ? EXPLICIT_BEGIN * extraIm[i] + EXPLICIT_LATER * (reactance * re[i]) : reactance * re[i];
    }
  }

  /** Currents of a stage from what is known of them (as voltages), and the buses' voltages. */
  private solveStage(state: MicrogridState, outRe: Float64Array, outIm: Float64Array): void {
    const { plan, yRe, yIm, knownRe, knownIm, factorRe, factorIm } = this;
    for (let k = 0; k < plan.currents; k++) {
      outRe[k] = yRe[k] * knownRe[k] - yIm[k] * knownIm[k];
      outIm[k] = yRe[k] * knownIm[k] + yIm[k] * knownRe[k];
    }
    driveCurrents(plan, yRe, yIm, factorRe, factorIm, outRe, outIm, state.busRe, state.busIm);
  }

  /** Whether all currents and angles are of a size that can be. */
  private isSound(state: MicrogridState): boolean {
    const { currentRe, currentIm } = state;
    for (let k = 0; k < this.plan.currents; k++) if (!(Math.abs(currentRe[k]) + Math.abs(currentIm[k]) < LARGEST_CURRENT)) return false;
    return !this.lost;
  }
}
