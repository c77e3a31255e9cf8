/**
 * One inverter under a control: what was last read from it, what the control remembers of it, and the arithmetic of the functions on these.
 *
 * Reactive powers "pu" are shares of the headroom in their direction, active powers "pu" are shares of the power base. The rules are those of
 * OpenDSS 9.8, the damping of its convergence included, since where it stops depends on its steps.
 */
import type { InverterControl, PvSystem, Storage, XyCurve } from '../grid/index.js';
import { curveInverseAt, curveLineAt, curveValueAt } from '../grid/index.js';
import { RollingAverage } from './rolling-average.js';

/** What a sample reads. */
export interface UnitReading {
  /** Voltage the curves see, and voltage against the rated one, per unit. */
  voltagePu: number;
  ratedVoltagePu: number;
  /** Present output at rated voltage. */
  powerKw: number;
  powerKvar: number;
  kva: number;
  maxKvar: number;
  maxAbsorbedKvar: number;
  kvarLimit: number;
  absorbedKvarLimit: number;
  /** Rated DC power, and the share of it allowed. */
  ratedKw: number;
  ratedShare: number;
  /** DC power of the panel (0 for storage) and the inverter's efficiency. */
  dcKw: number;
  efficiency: number;
  wattPriority: boolean;
  baseVolts: number;
}

/** Which action a unit waits for. */
export type PendingChange = 'none' | 'vars' | 'watts' | 'watts-and-vars' | 'dynamic-and-vars';

const START_FACTOR = 0.5;

/** Share of the range that counts as none when a square root of rounding remains. */
const EPSILON = 1e-12;

/** One controlled inverter. */
export class InverterUnit {
  reading: UnitReading;
  pending: PendingChange = 'none';
  /** Voltages at the last action (or at the last sample before a solution's first), per unit. */
  priorPu = 0;
  priorRatedPu = 0;
  /** Reactive and active headroom: what 1 pu of the curves means. */
  headroomKvar = 0;
  absorbHeadroomKvar = 0;
  baseKw = 0;
  /** Wanted reactive power after limits, and what came out of it, per unit. */
  wantedPu = 0;
  outputPu = 0;
  /** Limit on active power after limits, its last step, and the value that step gave, per unit and kW. */
  limitPu = 0;
  limitStepPu = 0;
  limitKw = 0;
  /** Values after low-pass filter or ramp of this and the last time step. */
  filteredVarsPu = 0;
  filteredWattsPu = 0;
  priorFilteredVarsPu = 0;
  priorFilteredWattsPu = 0;
  /** Reactive output after the last action, by function; -1 before the first, as in the engine. */
  readonly lastKvar = { voltVar: -1, dynamic: -1, both: -1, regulation: 0 };
  /** Damping factors, moved by the control when it chooses them itself. */
  varFactor = START_FACTOR;
  wattFactor = START_FACTOR;
  lastVoltageChange = -1;
  /** The active power limit has come into force in this time step. */
  limiting = false;
  /** Hysteresis: curve in use, and whether it has just been changed. */
  activeCurve: 1 | 2 = 1;
  curveChanged = false;
  /** Voltages of the last two time steps. */
  readonly stepPu: [number, number] = [0, 0];
  readonly window: RollingAverage;
  readonly dynamicWindow: RollingAverage;
  priorDynamicMean = 0;
  /** Voltage regulation: sensitivity, target within limits, voltage before the trial step. */
  sensitivity = 0;
  limitedTargetPu = 0;
  trialPu = 0;
  /** Last result of the watt-var function, kvar. */
  wattVarKvar = 0;
  private readonly piInput: [number, number] = [0, 0];
  private readonly piOutput: [number, number] = [0, 0];

  constructor(
    readonly element: PvSystem | Storage,
    readonly settings: InverterControl,
    reading: UnitReading,
  ) {
    this.reading = reading;
    this.window = new RollingAverage(Math.trunc(settings.averageWindowSeconds));
    this.dynamicWindow = new RollingAverage(Math.trunc(settings.dynamicWindowSeconds));
  }

  /** Sets what 1 pu of reactive power means: the capability left beside the present active power, or the whole of it. */
  updateHeadroom(): void {
    const { reading, settings } = this;
    const whole = settings.reactiveReference === 'varmax' || (settings.mode === 'wattpf' && settings.combination === undefined);
    if (whole) {
      this.headroomKvar = reading.maxKvar;
      this.absorbHeadroomKvar = reading.maxAbsorbedKvar;
    } else {
      const left = reading.kva * reading.kva - reading.powerKw * reading.powerKw;
      this.headroomKvar = Math.abs(reading.powerKw) < reading.kva ? Math.sqrt(left) : 0;
      this.absorbHeadroomKvar = this.headroomKvar;
    }
    if (this.headroomKvar === 0) this.headroomKvar = reading.maxKvar;
    if (this.absorbHeadroomKvar === 0) this.absorbHeadroomKvar = reading.maxAbsorbedKvar;
  }

  /**
   * Sets what 1 pu of active power means.
   *
   * @param storageDcKw DC power of storage (negative charging); ignored for a PV system
   */
  updatePowerBase(storageDcKw: number): void {
    const { reading, settings, element } = this;
    switch (settings.voltWattAxis) {
      case 'pavailablepu':
        this.baseKw = (element.kind === 'pvsystem' ? reading.dcKw : storageDcKw) * reading.efficiency;
        break;
      case 'pmpppu':
        this.baseKw = reading.ratedKw;
        break;
      case 'pctpmpppu':
        this.baseKw = reading.ratedKw * reading.ratedShare;
        break;
      case 'kvaratingpu':
        this.baseKw = reading.kva;
        break;
    }
  }

  /** kvar of a share of headroom. */
  kvarOf(pu: number): number {
    return pu * (pu >= 0 ? this.headroomKvar : this.absorbHeadroomKvar);
  }

  /** Share of headroom of a kvar value. */
  shareOf(kvar: number): number {
    return kvar / (kvar >= 0 ? this.headroomKvar : this.absorbHeadroomKvar);
  }

  /** Notes what the inverter made of the kvar asked for. */
  noteOutput(askedKvar: number, givenKvar: number): void {
    this.outputPu = givenKvar / (askedKvar >= 0 ? this.headroomKvar : this.absorbHeadroomKvar);
  }

  /** A curve at the present voltage. */
  curveValue(curve: XyCurve): number {
    return curveValueAt(curve, this.reading.voltagePu);
  }

  /** Volt-var: the curve's value, with hysteresis where an offset is set. `voltageChange` is that between the last two time steps. */
  voltVarTarget(curve: XyCurve, voltageChange: number): number {
    const offset = this.settings.hysteresisOffset;
    const voltage = this.reading.voltagePu;
    if (offset === 0) return curveValueAt(curve, voltage);
    const present = this.shareOf(this.reading.powerKvar);
    const along = (shift: number): number => curveValueAt(curve, voltage - shift);
    const near = (shift: number): boolean => Math.abs(voltage - (curveInverseAt(curve, present) - shift)) < this.settings.voltageChangeTolerance / 2;
    const shift = this.activeCurve === 1 ? 0 : offset;
    if (voltageChange === 0) return this.curveChanged ? present : along(shift);
    const stays = voltageChange > 0 ? this.activeCurve === 1 : this.activeCurve === 2;
    if (!stays) {
      this.activeCurve = voltageChange > 0 ? 1 : 2;
      this.curveChanged = true;
      return present;
    }
    if (!this.curveChanged) return along(shift);
    this.curveChanged = false;
    return near(shift) ? along(shift) : present;
  }

  /** Dynamic reactive current: a share of the difference between the voltage and its rolling mean, outside the dead band. */
  dynamicTarget(secondsInHour: number): number {
    const { reading, settings } = this;
    const mean = this.dynamicWindow.mean / reading.baseVolts;
    const difference = mean === 0 ? 0 : reading.ratedVoltagePu - mean;
    // The engine keeps silent in the first second of each hour.
    if (difference === 0 || secondsInHour === 1) return 0;
    if (reading.ratedVoltagePu < settings.deadBandMin) return -difference * settings.gradientLow;
    if (reading.ratedVoltagePu > settings.deadBandMax) return -difference * settings.gradientHigh;
    return 0;
  }

  /** Watt-pf: the power factor of the curve at the power available, and the vars that go with it. */
  wattPowerFactorTarget(curve: XyCurve): { powerFactor: number; wantedPu: number } {
    const { reading, element } = this;
    const available = reading.dcKw * reading.efficiency * reading.ratedShare;
    const powerFactor = curveValueAt(curve, available / reading.ratedKw);
    const byAvailable = !reading.wattPriority && !element.inverter.powerFactorPriority;
    const powerKw = byAvailable ? available : reading.powerKw;
    const kvar = powerKw * Math.sqrt(1 / (powerFactor * powerFactor) - 1) * Math.sign(powerFactor);
    return { powerFactor, wantedPu: this.shareOf(kvar) };
  }

  /** Watt-var: the curve at the power available. */
  wattVarTarget(curve: XyCurve): number {
    const { reading } = this;
    const base = Math.min(reading.kva, reading.ratedKw);
    return curveValueAt(curve, (reading.dcKw * reading.efficiency * reading.ratedShare) / base);
  }

  /** Voltage regulation: a damped step by the sensitivity found in the trial. */
  regulationTarget(controlIteration: number): number {
    const { reading, settings } = this;
    const largest = (0.1 * reading.maxKvar) / this.absorbHeadroomKvar;
    let present = this.shareOf(reading.powerKvar);
    let voltage = reading.voltagePu;
    if (controlIteration === 3) {
      voltage = this.trialPu;
      present = 0;
      this.lastKvar.regulation = 0;
    }
    this.varFactor = 0.2;
    this.lastVoltageChange = Math.abs(reading.voltagePu - this.priorPu);
    const error = settings.setPointPu - voltage;
    const step = this.lastVoltageChange === 0 || error === 0 ? 0 : this.varFactor * this.sensitivity * error;
    return present + Math.min(Math.max(step, -largest), largest);
  }

  /** Low-pass filter or ramp of a wanted value over the time step. */
  private rateLimited(wanted: number, prior: number, stepSeconds: number): number {
    const { settings } = this;
    if (settings.rateOfChange === 'lpf') {
      const kept = Math.exp(-stepSeconds / settings.filterTimeConstant);
      return wanted * (1 - kept) + prior * kept;
    }
    const most = settings.riseFallLimit * stepSeconds;
    return Math.min(Math.max(wanted, prior - most), prior + most);
  }

  private get rateIsLimited(): boolean {
    const { settings } = this;
    if (settings.rateOfChange === 'lpf') return settings.filterTimeConstant > 0;
    return settings.rateOfChange === 'risefall' && settings.riseFallLimit > 0;
  }

  /** Takes a wanted reactive power through rate and capability limits into `wantedPu`. Returns the capability in its direction. */
  limitVars(target: number, stepSeconds: number): number {
    let wanted = target;
    if (this.rateIsLimited) {
      this.filteredVarsPu = this.rateLimited(target, this.priorFilteredVarsPu, stepSeconds);
      wanted = this.filteredVarsPu;
    }
    const capability = this.varCapability(wanted);
    this.wantedPu = Math.min(Math.abs(wanted), Math.abs(capability)) * Math.sign(wanted);
    return capability;
  }

  /** Largest share of headroom the unit may give in the direction of `wanted` (signed where it limits, else 1). */
  varCapability(wanted: number): number {
    const { reading, settings } = this;
    const kvarLimit = Math.min(reading.kvarLimit / this.headroomKvar, 1);
    const absorbLimit = Math.min(reading.absorbedKvarLimit / this.absorbHeadroomKvar, 1);
    let capability = 1;
    if (wanted > 0 && wanted >= Math.abs(kvarLimit)) capability = kvarLimit;
    else if (wanted < 0 && -wanted >= Math.abs(absorbLimit)) capability = -absorbLimit;
    const mode = settings.combination === undefined ? settings.mode : 'none';
    if (reading.wattPriority && (settings.reactiveReference === 'varmax' || mode === 'wattpf')) {
      let square = reading.kva * reading.kva - reading.powerKw * reading.powerKw;
      if (Math.abs(square) < EPSILON || square < 0) square = 0;
      const left = Math.sqrt(square) / (wanted >= 0 ? this.headroomKvar : this.absorbHeadroomKvar);
      if (left < Math.abs(capability) && left < Math.abs(wanted)) capability = left * Math.sign(wanted);
    }
    return capability;
  }

  /** Takes a wanted limit on active power through rate, kVA and rating limits into `limitPu`. */
  limitWatts(target: number, stepSeconds: number): void {
    let wanted = target;
    if (this.rateIsLimited) {
      this.filteredWattsPu = this.rateLimited(target, this.priorFilteredWattsPu, stepSeconds);
      wanted = this.filteredWattsPu;
    }
    const { reading } = this;
    const asked = Math.abs(wanted) * this.baseKw;
    let capability = 1;
    if (!reading.wattPriority) {
      const left = Math.sqrt(Math.max(reading.kva * reading.kva - reading.powerKvar * reading.powerKvar, 0));
      if (left < asked) capability = (left / this.baseKw) * Math.sign(wanted);
    }
    const rated = reading.ratedShare * reading.ratedKw;
    if (asked > rated) capability = (rated / this.baseKw) * Math.sign(wanted);
    this.limitPu = this.rateIsLimited ? Math.min(capability, wanted) : Math.min(Math.abs(capability), Math.abs(wanted)) * Math.sign(wanted);
  }

  /** The limit on active power for this action, kW: the wanted one, approached by steps once it bites. */
  wattStep(controlIteration: number): number {
    const { settings } = this;
    const outputPu = Math.abs(this.reading.powerKw / this.baseKw);
    if ((this.limitPu < 1 && this.limitPu <= outputPu) || this.limiting) {
      if (controlIteration === 1) this.limitStepPu = outputPu;
      this.limiting = true;
      if (settings.deltaPFactor === -1) this.adaptWattFactor();
      else this.wattFactor = settings.deltaPFactor;
      this.limitKw = (this.limitStepPu + (this.limitPu - this.limitStepPu) * this.wattFactor) * this.baseKw;
    } else this.limitKw = this.limitPu * this.baseKw;
    return this.limitKw;
  }

  /** The reactive power for this action, kvar: from the last one towards the wanted one. */
  varStep(last: keyof InverterUnit['lastKvar']): number {
    const target = this.kvarOf(this.wantedPu);
    const { settings } = this;
    if (settings.controlModel !== 0) return this.filterStep(target);
    if (settings.deltaQFactor === -1) this.adaptVarFactor();
    else this.varFactor = settings.deltaQFactor;
    // Regulation damps by a fixed share, whatever the factor.
    const share = last === 'regulation' ? 0.2 : this.varFactor;
    return this.lastKvar[last] + (target - this.lastKvar[last]) * share;
  }

  /** First-order filter with the control's factor as its time. */
  private filterStep(target: number): number {
    const kept = Math.exp(-Math.abs(this.settings.deltaQFactor));
    this.piInput[0] = this.piInput[1];
    this.piInput[1] = target;
    this.piOutput[0] = this.piOutput[1];
    this.piOutput[1] = this.piInput[0] * (1 - kept) + this.piOutput[0] * kept;
    return this.piOutput[1];
  }

  private adaptVarFactor(): void {
    const change = Math.abs(this.reading.voltagePu - this.priorPu);
    const before = this.lastVoltageChange;
    if (before >= 0) {
      if (change > 0.8 * before && this.varFactor > 0.2) this.varFactor -= 0.1;
      else if (change > 0.6 * before && this.varFactor > 0.2) this.varFactor -= 0.05;
      else if (change < 0.2 * before && this.varFactor < 0.9) this.varFactor += 0.1;
      else if (change < 0.4 * before && this.varFactor < 0.9) this.varFactor += 0.05;
    }
    this.lastVoltageChange = change;
  }

  private adaptWattFactor(): void {
    const change = Math.abs(this.reading.voltagePu - this.priorPu);
    const before = this.lastVoltageChange;
    if (before >= 0) {
      if (change > 0.9 * before && this.wattFactor > 0.2) this.wattFactor -= 0.1;
      else if (change > 0.8 * before && this.wattFactor > 0.1) this.wattFactor -= 0.05;
      else if (change < 0.2 * before && this.wattFactor < 0.9) this.wattFactor += 0.05;
      else if (change < 0.1 * before && this.wattFactor < 0.9) this.wattFactor += 0.1;
    }
    this.lastVoltageChange = change;
  }

  /**
   * Watt-var: takes the curve's value through the limits so that both powers stay on the curve. Sets `wantedPu` and `limitPu` (share of the smaller
   * of kVA and rated power) and returns the kvar.
   */
  wattVarStep(curve: XyCurve, target: number): number {
    const { reading } = this;
    const kvarLimit = Math.min(reading.kvarLimit / this.headroomKvar, 1);
    const absorbLimit = Math.min(reading.absorbedKvarLimit / this.absorbHeadroomKvar, 1);
    const limit = target >= 0 ? kvarLimit : absorbLimit;
    const limited = target !== 0 && Math.abs(target) >= Math.abs(limit);
    this.wantedPu = limited ? Math.abs(limit) * Math.sign(target) : Math.min(Math.abs(target), 1) * Math.sign(target);
    this.limitPu = limited ? curveInverseAt(curve, this.wantedPu) : 1;
    const base = Math.min(reading.kva, reading.ratedKw);
    const available = reading.dcKw * reading.efficiency * reading.ratedShare;
    // The headroom in the direction of the last result, as the engine takes it.
    const headroom = this.wattVarKvar >= 0 ? this.headroomKvar : this.absorbHeadroomKvar;
    const kvar = this.kvarOf(this.wantedPu);
    const activeKw = available * this.limitPu;
    if (Math.sqrt(activeKw * activeKw + kvar * kvar) > reading.kva) {
      // Where the curve's line meets the circle of rated kVA.
      const line = curveLineAt(curve, available / base);
      const slope = (line.slope * headroom) / base;
      const offset = line.offset * headroom;
      const a = 1 + slope * slope;
      const b = 2 * slope * offset;
      const c = offset * offset - reading.kva * reading.kva;
      this.limitPu = (-b + Math.sqrt(Math.max(b * b - 4 * a * c, 0))) / (2 * a * base);
      this.wantedPu = curveValueAt(curve, this.limitPu);
    }
    this.wattVarKvar = this.kvarOf(this.wantedPu);
    return this.wattVarKvar;
  }
}
