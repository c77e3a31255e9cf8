/**
 * The inverter that PV systems and storage share: from the active power available and the reactive power asked for to what it delivers within
 * its limits. Follows OpenDSS 9.8, its order of checks included.
 */
import type { Inverter, InverterState } from './elements.js';

/** The inverter's state, made where it is new: running, no control in charge. */
export function inverterState(inverter: Inverter): InverterState {
  inverter.state ??= {
    on: true,
    panelKw: 0,
    efficiency: 1,
    powerKw: 0,
    powerKvar: 0,
    kvarLimit: inverter.maxKvar,
    absorbedKvarLimit: inverter.maxAbsorbedKvar,
    requestedKw: 0,
    voltWatt: false,
    voltVar: false,
    wattVar: false,
    wattPowerFactor: false,
    dynamicReactive: false,
    voltageRegulation: false,
    wattPowerFactorTarget: 1,
    turnedRound: false,
  };
  return inverter.state;
}

/** What the limits are applied to. */
export interface InverterDemand {
  kind: 'pvsystem' | 'storage';
  /** Active power before the kVA limit; its sign is the direction. */
  powerKw: number;
  /** True for storage that neither charges nor discharges: only the plain kvar limits hold then. */
  idling: boolean;
  /** AC power at which the inverter cuts out, kW. */
  cutOutKw: number;
  /** Rated DC power, to which the shares of least power refer, kW. */
  ratedKw: number;
}

/** Square root of what may have become negative by rounding. */
function rootOf(square: number): number {
  return Math.sqrt(Math.max(square, 0));
}

/** Active power that goes with a reactive one at a power factor. */
function activeFor(kvar: number, powerFactor: number): number {
  return kvar * rootOf(1 / (1 - powerFactor * powerFactor) - 1);
}

/**
 * Sets the reactive power by power factor or kvar, applies kvar, ramp and kVA limits with the inverter's priority, and writes `powerKw`,
 * `powerKvar` and the present kvar limits into its state.
 */
export function limitInverterPower(inverter: Inverter, demand: InverterDemand): void {
  const state = inverterState(inverter);
  const ramp = new RampLimits(inverter, demand);
  state.kvarLimit = inverter.maxKvar;
  state.absorbedKvarLimit = inverter.maxAbsorbedKvar;
  state.powerKw = demand.powerKw;
  // Cosine of the angle of what was asked for, where the kvar limit has cut it; used again should kVA be exceeded too.
  let cutPowerFactor = 0;
  if (demand.idling) setIdlingVars(inverter, state);
  else if (Math.abs(state.powerKw) < ramp.noVarsKw) {
    state.powerKvar = 0;
    state.kvarLimit = 0;
    state.absorbedKvarLimit = 0;
  } else if (inverter.reactiveMode === 'powerFactor') setVarsByPowerFactor(inverter, state, ramp);
  else cutPowerFactor = setVarsByRequest(inverter, state, ramp);
  const mute = !state.on && inverter.varFollowInverter;
  if (mute) state.powerKvar = 0;
  const kva = Math.sqrt(state.powerKw * state.powerKw + state.powerKvar * state.powerKvar);
  if (kva > inverter.kva) limitApparentPower(inverter, state, demand, cutPowerFactor);
  if (mute && demand.kind === 'pvsystem') state.powerKvar = 0;
}

/** The shares of rated power below which vars are none or limited, in kW; -1 where not in use. */
class RampLimits {
  readonly noVarsKw: number;
  readonly fullVarsKw: number;
  /** Where the ramp of the var limit begins, kW. */
  readonly startKw: number;
  readonly isPv: boolean;

  constructor(inverter: Inverter, demand: InverterDemand) {
    this.noVarsKw = inverter.minPowerNoVarsPercent <= 0 ? -1 : (inverter.minPowerNoVarsPercent * demand.ratedKw) / 100;
    this.fullVarsKw = inverter.minPowerFullVarsPercent <= 0 ? -1 : (inverter.minPowerFullVarsPercent * demand.ratedKw) / 100;
    this.startKw = Math.max(this.noVarsKw, demand.cutOutKw);
    this.isPv = demand.kind === 'pvsystem';
  }
}

function setIdlingVars(inverter: Inverter, state: InverterState): void {
  const byFactor = inverter.reactiveMode === 'powerFactor';
  const factor = inverter.powerFactor;
  const asked = byFactor ? state.powerKw * Math.sqrt(1 / (factor * factor) - 1) * Math.sign(factor) : inverter.powerKvar;
  if (asked > inverter.maxKvar) state.powerKvar = inverter.maxKvar;
  // With a power factor the engine takes the sign of the kvar setting here, which is 0 unless one was ever given.
  else if (asked < -inverter.maxAbsorbedKvar) state.powerKvar = inverter.maxAbsorbedKvar * Math.sign(inverter.powerKvar);
  else state.powerKvar = asked;
}

function setVarsByPowerFactor(inverter: Inverter, state: InverterState, ramp: RampLimits): void {
  const factor = inverter.powerFactor;
  if (factor === 1) {
    state.powerKvar = 0;
    return;
  }
  const direction = Math.sign(state.powerKw) * Math.sign(factor);
  const kvar = state.powerKw * Math.sqrt(1 / (factor * factor) - 1) * Math.sign(factor);
  state.powerKvar = kvar;
  const activeKw = Math.abs(state.powerKw);
  if (activeKw < ramp.fullVarsKw) {
    if (activeKw < ramp.startKw) return;
    const limit = kvar > 0 ? inverter.maxKvar : kvar < 0 ? inverter.maxAbsorbedKvar : 0;
    const rampKvar = (limit / ramp.fullVarsKw) * activeKw;
    const exceeded = Math.abs(kvar) > rampKvar;
    if (exceeded) state.powerKvar = rampKvar * direction;
    if (exceeded || ramp.isPv) {
      if (kvar > 0) state.kvarLimit = rampKvar;
      else if (kvar < 0) state.absorbedKvarLimit = rampKvar;
    }
  } else if (Math.abs(kvar) > inverter.maxKvar || Math.abs(kvar) > inverter.maxAbsorbedKvar) {
    state.powerKvar = (kvar > 0 ? inverter.maxKvar : inverter.maxAbsorbedKvar) * direction;
    if (inverter.powerFactorPriority) state.powerKw = activeFor(state.powerKvar, factor) * Math.sign(factor);
  }
}

/** True where power factor has priority and no set of controls forbids it. */
function holdsPowerFactor(inverter: Inverter, state: InverterState, isPv: boolean): boolean {
  const taken = state.voltVar && state.dynamicReactive && state.wattVar && (!isPv || state.voltageRegulation);
  return inverter.powerFactorPriority && !taken;
}

function setVarsByRequest(inverter: Inverter, state: InverterState, ramp: RampLimits): number {
  const asked = inverter.powerKvar;
  const activeKw = Math.abs(state.powerKw);
  if (activeKw < ramp.fullVarsKw) {
    // Below the ramp's beginning the vars stay what they were.
    if (activeKw < ramp.startKw) return 0;
    const limit = asked > 0 ? inverter.maxKvar : asked < 0 ? inverter.maxAbsorbedKvar : 0;
    const rampKvar = (limit / ramp.fullVarsKw) * activeKw;
    if (asked > 0) state.kvarLimit = rampKvar;
    else if (asked < 0) state.absorbedKvarLimit = rampKvar;
    state.powerKvar = Math.abs(asked) > rampKvar ? rampKvar * Math.sign(asked) : asked;
    return 0;
  }
  const limit = asked > 0 ? inverter.maxKvar : inverter.maxAbsorbedKvar;
  const exceeded = asked !== 0 && (ramp.isPv ? Math.abs(asked) >= limit : Math.abs(asked) > limit);
  if (!exceeded) {
    state.powerKvar = asked;
    return 0;
  }
  state.powerKvar = limit * Math.sign(asked);
  if (inverter.powerFactorPriority && state.wattPowerFactor) {
    state.powerKw = activeFor(Math.abs(state.powerKvar), state.wattPowerFactorTarget) * Math.sign(state.powerKw);
    return 0;
  }
  if (!holdsPowerFactor(inverter, state, ramp.isPv)) return 0;
  const powerFactor = Math.cos(Math.atan(Math.abs(asked / state.powerKw)));
  state.powerKw = activeFor(Math.abs(state.powerKvar), powerFactor) * Math.sign(state.powerKw);
  return powerFactor;
}

function limitApparentPower(inverter: Inverter, state: InverterState, demand: InverterDemand, cutPowerFactor: number): void {
  const kva = inverter.kva;
  const isPv = demand.kind === 'pvsystem';
  if (demand.idling) {
    state.powerKvar = rootOf(kva * kva - state.powerKw * state.powerKw) * Math.sign(state.powerKvar);
    return;
  }
  const byRequest = inverter.reactiveMode === 'kvar';
  const asked = inverter.powerKvar;
  if (!byRequest && inverter.powerFactorPriority) {
    const direction = isPv ? 1 : Math.sign(state.powerKw);
    const factor = inverter.powerFactor;
    state.powerKw = kva * Math.abs(factor) * direction;
    state.powerKvar = kva * rootOf(1 - factor * factor) * direction * Math.sign(factor);
  } else if (byRequest && inverter.powerFactorPriority && state.wattPowerFactor) {
    const factor = state.wattPowerFactorTarget;
    state.powerKw = kva * Math.abs(factor) * Math.sign(state.powerKw);
    state.powerKvar = kva * Math.abs(Math.sin(Math.acos(factor))) * Math.sign(asked);
  } else if (byRequest && holdsPowerFactor(inverter, state, isPv)) {
    const cosine = Math.abs(state.powerKvar) === inverter.maxKvar ? cutPowerFactor : Math.cos(Math.atan(asked / state.powerKw));
    state.powerKw = kva * Math.abs(cosine) * Math.sign(state.powerKw);
    state.powerKvar = kva * Math.abs(Math.sin(Math.acos(state.powerKw / kva))) * Math.sign(asked);
  } else if (!inverter.wattPriority) {
    state.powerKw = rootOf(kva * kva - state.powerKvar * state.powerKvar) * Math.sign(state.powerKw);
  } else if (Math.abs(state.powerKw) > kva) {
    // The engine caps only delivery; a charging power beyond kVA gives it a square root of a negative number.
    state.powerKw = kva * Math.sign(state.powerKw);
    state.powerKvar = 0;
  } else {
    state.powerKvar = rootOf(kva * kva - state.powerKw * state.powerKw) * Math.sign(state.powerKvar);
  }
}
