/**
 * One scenario of a microgrid in control steps: clock, loads, set points, secondary control. The clock of PGSIM: after a reset with all set points at their references
 * (0.4 s from rest) it starts at 0 again, and the secondary frequency control acts while it is past 0.4 s, so from the ninth control step of 50 ms on.
 */
import { describeValue, InputError } from '../grid/index.js';
import { FastScheme, type StepListener, type StepStatus } from './fast-scheme.js';
import type { Microgrid } from './microgrid.js';
import { type MicrogridPlan, planMicrogrid } from './microgrid-plan.js';
import { MicrogridState } from './microgrid-state.js';
import { OperatingPointSearch } from './operating-point.js';

/** How a microgrid is simulated; the defaults are PGSIM's, but for `start`. */
export interface MicrogridSimulationOptions {
  /** Control step, s; default 0.05. */
  controlStep?: number;
  /** Step of the scheme, s; default 0.001. A control step is a whole number of them. */
  step?: number;
  /** Clock from which the secondary control acts, s; default 0.4. */
  secondaryFrom?: number;
  /** Whether the secondary control moves the voltage set points too, with the clock of the frequency; default false: they are given. */
  conventionalVoltage?: boolean;
  /** How an episode begins: at the `operating-point` of its first loads (default), or `from-rest` with 0.4 s until it is reset, as published. */
  start?: 'operating-point' | 'from-rest';
}

/** Length of a start from rest, s. */
const SETTLING = 0.4;

function positive(property: string, value: number): number {
  if (!(typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new InputError(`is ${describeValue(value)}; it must be a number above 0`, { element: 'simulation', property });
  }
  return value;
}

/**
 * Lengths of steps with their defaults: the scheme's comes back as just the share of the control step that it is.
 *
 * @throws InputError for lengths that do not fit
 */
export function checkedTiming({
  controlStep = 0.05,
  step = 0.001,
  secondaryFrom = SETTLING,
}: Pick<MicrogridSimulationOptions, 'controlStep' | 'step' | 'secondaryFrom'>) {
  positive('controlStep', controlStep);
  positive('step', step);
  const steps = Math.round(controlStep / step);
  if (steps < 1 || Math.abs(steps * step - controlStep) > 1e-9 * controlStep) {
    throw new InputError(`is ${step} s, which does not divide the control step of ${controlStep} s`, { element: 'simulation', property: 'step' });
  }
  if (!(secondaryFrom >= 0))
    throw new InputError(`is ${describeValue(secondaryFrom)}; it must be a number from 0`, { element: 'simulation', property: 'secondaryFrom' });
  return { controlStep, step: controlStep / steps, steps, secondaryFrom };
}

/** Copies numbers that a user gave, checked. Walks without limits may come to loads below zero: those are refused here and not left to diverge. */
function take(what: string, of: string, given: ArrayLike<number>, target: Float64Array, least: number): void {
  if (given.length !== target.length) throw new InputError(`${what}: there are ${given.length}; give ${target.length}, one for each ${of}`);
  for (let i = 0; i < target.length; i++) {
    const value = given[i];
    if (!(value > least && value < Number.POSITIVE_INFINITY)) {
      throw new InputError(`${what}: number ${i + 1} is ${describeValue(value)}; it must be ${least === 0 ? 'above 0' : 'finite'}`);
    }
    target[i] = value;
  }
}

/** A scenario; its state may be read at any time. */
export class MicrogridSimulation {
  readonly plan: MicrogridPlan;
  readonly state: MicrogridState;
  /** Control steps since the last reset. */
  controlSteps = 0;
  private readonly scheme: FastScheme;
  private readonly stepsPerControl: number;
  /** Control step, s. */
  readonly controlStep: number;
  private readonly secondaryFrom: number;
  private readonly conventional: boolean;
  private readonly fromRest: boolean;
  private readonly copy: Float64Array[];
  /** For operating points; made at the first. */
  /** Made at the first reset that needs it. */
  private search: OperatingPointSearch | undefined;

  /** @throws InputError for lengths of steps that do not fit */
  constructor(
    readonly microgrid: Microgrid,
    options: MicrogridSimulationOptions = {},
  ) {
    const { conventionalVoltage = false, start = 'operating-point' } = options;
    const { controlStep, step, steps, secondaryFrom } = checkedTiming(options);
    this.controlStep = controlStep;
    this.stepsPerControl = steps;
    if (start !== 'operating-point' && start !== 'from-rest') {
      throw new InputError(`is ${describeValue(start)}; give operating-point or from-rest`, { element: 'simulation', property: 'start' });
    }
    this.secondaryFrom = secondaryFrom;
    this.conventional = conventionalVoltage;
    this.fromRest = start === 'from-rest';
    this.plan = planMicrogrid(microgrid);
    this.state = new MicrogridState(this.plan);
    this.scheme = new FastScheme(this.plan, step);
    this.copy = this.state.parts().map((part) => Float64Array.from(part));
  }

  /**
   * Begins an episode: set points at their references, no secondary control.
   *
   * @param resistance, inductance multipliers of the loads, [load]; default all 1
   * @returns `diverged` where the start from rest does
   * @throws InputError as {@link step}
   * @throws DynamicsError where there is no operating point for these loads
   */
  reset(resistance?: ArrayLike<number>, inductance?: ArrayLike<number>): StepStatus {
    const { state } = this;
    this.controlSteps = 0;
    state.rest();
    this.setLoads(resistance, inductance);
    if (this.fromRest) {
      const steps = Math.round(SETTLING / this.controlStep) * this.stepsPerControl;
      return this.advance(steps, false);
    }
    this.search ??= new OperatingPointSearch(this.plan);
    this.search.find(state);
    return 'running';
  }

  /**
   * One control step.
   *
   * @param voltages set points, [inverter], V; without effect under conventional voltage control
   * @param resistance, inductance multipliers of the loads from now on; absent: as they are
   * @param listener called at the step's begin and after each step of the scheme
   * @returns `diverged` where the trajectory does: the state is then that of the begin of the step
   * @throws InputError for lists of the wrong length, values that are not finite, loads of 0 and less
   */
  step(voltages: ArrayLike<number>, resistance?: ArrayLike<number>, inductance?: ArrayLike<number>, listener?: StepListener): StepStatus {
    const { state } = this;
    if (resistance) this.setLoads(resistance, inductance);
    if (!this.conventional) take('voltages', 'inverter', voltages, state.voltageSetPoint, Number.NEGATIVE_INFINITY);
    // The clock at the step's begin, with room for rounding.
    const acting = this.controlSteps * this.controlStep >= this.secondaryFrom - 1e-9;
    this.controlSteps++;
    return this.advance(this.stepsPerControl, acting, listener);
  }

  private setLoads(resistance?: ArrayLike<number>, inductance?: ArrayLike<number>): void {
    const { state } = this;
    if (resistance) take('resistance multipliers', 'load', resistance, state.loadResistance, 0);
    else state.loadResistance.fill(1);
    if (inductance) take('inductance multipliers', 'load', inductance, state.loadInductance, 0);
    else state.loadInductance.fill(1);
  }

  private advance(steps: number, acting: boolean, listener?: StepListener): StepStatus {
    const parts = this.state.parts();
    parts.forEach((part, i) => this.copy[i].set(part));
    const status = this.scheme.advance(this.state, steps, { frequency: acting, voltage: acting && this.conventional }, listener);
    if (status === 'diverged') parts.forEach((part, i) => part.set(this.copy[i]));
    return status;
  }

  /** How many numbers {@link save} writes. */
  get size(): number {
    return 1 + this.kept().reduce((sum, part) => sum + part.length, 0);
  }

  /** Writes all that the future depends on: control steps since the reset, state, multipliers of the loads. A zero is written without its sign. */
  save(into: Float64Array, at = 0): void {
    into[at] = this.controlSteps;
    let to = at + 1;
    for (const part of this.kept()) for (let i = 0; i < part.length; i++) into[to++] = part[i] + 0;
  }

  /** Goes to what {@link save} wrote, of this simulation or another one of the same microgrid and options. */
  load(from: Float64Array, at = 0): void {
    this.controlSteps = from[at];
    let next = at + 1;
    for (const part of this.kept()) for (let i = 0; i < part.length; i++) part[i] = from[next++];
  }

  private kept(): Float64Array[] {
    return [...this.state.parts(), this.state.loadResistance, this.state.loadInductance];
  }
}
