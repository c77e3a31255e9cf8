/** Storage: which state it is in, the power that gives, and how the energy stored moves over a time step. Follows OpenDSS 9.8. */
import type { Storage } from './elements.js';
import type { Grid } from './grid.js';
import { inverterState, limitInverterPower } from './inverter.js';
import { shapeValueAt } from './load-shape.js';
import { dispatchReference, hourOfDay, type Moment, NO_VARIATION, requireLoadShape, shapeNameAt } from './moment.js';
import { namedCurve } from './pv-system.js';
import { curveLineAt, curveValueAt, type XyCurve } from './xy-curve.js';

/** Energy below which storage does not discharge, kWh. */
export function storageReserve(storage: Storage): number {
  return (storage.ratedKwh * storage.reservePercent) / 100;
}

/** Asks storage to take a state; at the end of its energy it idles instead. */
export function setStorageState(storage: Storage, state: Storage['state']): void {
  const able =
    state === 'charging' ? storage.storedKwh < storage.ratedKwh : state === 'discharging' ? storage.storedKwh > storageReserve(storage) : true;
  storage.state = able ? state : 'idling';
}

/** Asks storage for a power, kW, positive discharging: sets its state and the rate of that direction. 0 means idling. */
export function setStoragePower(storage: Storage, powerKw: number): void {
  if (powerKw > 0) {
    storage.state = 'discharging';
    storage.dischargePercent = (powerKw / storage.ratedKw) * 100;
  } else if (powerKw < 0) {
    storage.state = 'charging';
    storage.chargePercent = (Math.abs(powerKw) / storage.ratedKw) * 100;
  } else storage.state = 'idling';
}

/** Power asked of storage by its state and rates, kW at its terminal, before limits; idling losses are negative. */
export function storageSetPower(grid: Grid, storage: Storage): number {
  if (storage.state === 'charging') return (-storage.ratedKw * storage.chargePercent) / 100;
  if (storage.state === 'discharging') return (storage.ratedKw * storage.dischargePercent) / 100;
  return -idlingPower(storage, namedCurve(grid, storage.inverter.efficiencyCurve, `storage.${storage.name}`));
}

/** Losses while idling at the DC side, kW. */
function idlingLoss(storage: Storage): number {
  return (storage.idlingLossPercent * storage.ratedKw) / 100;
}

function idlingPower(storage: Storage, efficiency: XyCurve | undefined): number {
  const loss = idlingLoss(storage);
  if (!efficiency) return loss;
  const factor = curveValueAt(efficiency, loss / storage.inverter.kva);
  return factor === 0 ? loss : loss / factor;
}

/** AC power at which the inverter cuts in and out, kW; through the efficiency in the direction of flow. */
export function storageCutPowers(grid: Grid, storage: Storage): { cutInKw: number; cutOutKw: number } {
  const inverter = storage.inverter;
  const efficiency = namedCurve(grid, inverter.efficiencyCurve, `storage.${storage.name}`);
  const throughInverter = (percent: number): number => {
    const kw = (percent * inverter.kva) / 100;
    if (!efficiency || kw === 0) return kw;
    const factor = curveValueAt(efficiency, Math.abs(kw) / inverter.kva);
    return storage.state === 'discharging' ? kw * factor : kw / factor;
  };
  return { cutInKw: throughInverter(inverter.cutInPercent), cutOutKw: throughInverter(inverter.cutOutPercent) };
}

/** Least energy that counts as some, kWh. */
const TINY_KWH = 1e-12;

/** Lets triggers and shapes change the state, and returns the shape's present value. */
function dispatch(grid: Grid, storage: Storage, moment: Moment): number {
  switch (storage.dispatchMode) {
    case 'external':
      return 1;
    case 'loadlevel':
      applyTriggers(storage, dispatchReference(grid, moment), moment);
      return 1;
    case 'price':
      applyTriggers(storage, grid.priceSignal, moment);
      return 1;
    default: {
      if (moment.mode === 'snapshot') return 1;
      const name = shapeNameAt(storage.shapes, moment.mode, 'duty-and-yearly');
      const level = (name === undefined ? NO_VARIATION : shapeValueAt(requireLoadShape(grid, name), moment.hour)).active;
      if (storage.dispatchMode === 'follow') followSign(storage, level);
      else applyTriggers(storage, level, moment);
      return level;
    }
  }
}

function followSign(storage: Storage, level: number): void {
  if (level > 0 && storage.storedKwh - storageReserve(storage) > TINY_KWH) setStorageState(storage, 'discharging');
  else if (level < 0 && storage.storedKwh - storage.ratedKwh < -TINY_KWH) setStorageState(storage, 'charging');
  else storage.state = 'idling';
}

function applyTriggers(storage: Storage, level: number, moment: Moment): void {
  const { chargeTrigger, dischargeTrigger } = storage;
  if (chargeTrigger === 0 && dischargeTrigger === 0) return;
  const full = storage.storedKwh >= storage.ratedKwh;
  const empty = storage.storedKwh <= storageReserve(storage);
  if (storage.state === 'charging' && chargeTrigger !== 0 && (chargeTrigger < level || full)) storage.state = 'idling';
  else if (storage.state === 'discharging' && dischargeTrigger !== 0 && (dischargeTrigger > level || empty)) storage.state = 'idling';
  if (storage.state !== 'idling') return;
  if (dischargeTrigger !== 0 && dischargeTrigger < level && !empty) storage.state = 'discharging';
  else if (chargeTrigger !== 0 && chargeTrigger > level && !full) storage.state = 'charging';
  // A charge that begins by the clock takes precedence over a discharge that begins at the same moment.
  const stepHours = (moment.stepSeconds ?? 3600) / 3600;
  const due = storage.chargeTriggerHour > 0 && Math.abs(hourOfDay(moment.hour) - storage.chargeTriggerHour) < stepHours;
  if (due) storage.state = 'charging';
}

/** Power from state and rate; storage at the end of its energy falls back to idling. */
function statePower(storage: Storage, shapeLevel: number, idlingKw: number): number {
  const follows = storage.dispatchMode === 'follow';
  if (storage.state === 'charging') {
    if (storage.storedKwh < storage.ratedKwh) {
      if (follows) storage.chargePercent = Math.abs(shapeLevel) * 100;
      return follows ? storage.ratedKw * shapeLevel : (-storage.ratedKw * storage.chargePercent) / 100;
    }
    storage.state = 'idling';
  } else if (storage.state === 'discharging') {
    if (storage.storedKwh > storageReserve(storage)) {
      if (follows) storage.dischargePercent = Math.abs(shapeLevel) * 100;
      return follows ? storage.ratedKw * shapeLevel : (storage.ratedKw * storage.dischargePercent) / 100;
    }
    storage.state = 'idling';
  }
  return -idlingKw;
}

/** Power storage delivers (negative: takes) at its terminal at rated voltage; moves its state. */
export function storagePower(grid: Grid, storage: Storage, moment: Moment): { powerKw: number; powerKvar: number } {
  const inverter = storage.inverter;
  const state = inverterState(inverter);
  const efficiency = namedCurve(grid, inverter.efficiencyCurve, `storage.${storage.name}`);
  const idlingKw = idlingPower(storage, efficiency);
  const level = dispatch(grid, storage, moment);
  let powerKw = statePower(storage, level, idlingKw);
  const { cutInKw, cutOutKw } = storageCutPowers(grid, storage);
  state.on = state.on ? !(Math.abs(powerKw) < cutOutKw) : Math.abs(powerKw) >= cutInKw;
  if (!state.on) storage.state = 'idling';
  powerKw = state.on ? limitByRating(storage, powerKw, idlingKw) : -idlingKw;
  limitInverterPower(inverter, { kind: 'storage', powerKw, idling: storage.state === 'idling', cutOutKw, ratedKw: storage.ratedKw });
  return { powerKw: state.powerKw, powerKvar: state.powerKvar };
}

/** The share of rated power allowed, or what a volt-watt control allows; one that asks for the opposite direction turns storage round. */
function limitByRating(storage: Storage, powerKw: number, idlingKw: number): number {
  const state = inverterState(storage.inverter);
  state.turnedRound = false;
  let power = powerKw;
  let limit = (storage.ratedKw * storage.ratedPercent) / 100;
  if (state.voltWatt && storage.state !== 'idling') {
    if (state.requestedKw >= 0) limit = Math.min(limit, state.requestedKw);
    else {
      const able = storage.state === 'discharging' ? storage.storedKwh < storage.ratedKwh : storage.storedKwh > storageReserve(storage);
      const toCharge = storage.state === 'discharging';
      storage.state = able ? (toCharge ? 'charging' : 'discharging') : 'idling';
      power = able ? (toCharge ? state.requestedKw : -state.requestedKw) : -idlingKw;
      state.turnedRound = true;
    }
  }
  // While idling the limit is that of charging. A limit of 0 limits nothing in the engine, nor here.
  if (storage.state === 'discharging') return limit > 0 ? Math.min(power, limit) : power;
  return limit > 0 ? Math.max(power, -limit) : power;
}

/** Most rounds in which the segment of the efficiency curve is sought. */
const MAX_EFFICIENCY_ROUNDS = 10;

/**
 * Power at the DC side for a power delivered at the terminal, kW, positive discharging: the inverter's losses are on top when discharging and
 * taken off when charging or idling.
 */
export function storageDcPower(grid: Grid, storage: Storage, deliveredKw: number): number {
  const efficiency = namedCurve(grid, storage.inverter.efficiencyCurve, `storage.${storage.name}`);
  const acKw = Math.abs(deliveredKw);
  let dcKw = acKw;
  if (efficiency) {
    const kva = storage.inverter.kva;
    let line = curveLineAt(efficiency, dcKw / kva);
    for (let round = 0; round < MAX_EFFICIENCY_ROUNDS; round++) {
      if (storage.state === 'discharging') dcKw = largerRoot(line.slope / kva, line.offset, -acKw);
      else dcKw = (dcKw * line.offset) / (1 - (line.slope * dcKw) / kva);
      dcKw = Math.abs(dcKw);
      const next = curveLineAt(efficiency, dcKw / kva);
      if (next.slope === line.slope || next.offset === line.offset) break;
      line = next;
    }
  }
  return storage.state === 'discharging' ? dcKw : -dcKw;
}

/** The larger root of a x^2 + b x + c; on a falling efficiency line that is the far one, as the engine takes it. */
function largerRoot(a: number, b: number, c: number): number {
  if (a === 0) return b === 0 ? 0 : -c / b;
  const root = Math.sqrt(Math.max(b * b - 4 * a * c, 0));
  return Math.max((-b + root) / (2 * a), (-b - root) / (2 * a));
}

/**
 * Moves the energy stored over a time step, and stops storage that is full or empty. To be called once after each time step.
 *
 * @param hours length of the step
 * @param deliveredKw active power delivered at the terminal in the step's solution (negative: taken); absent: the power at rated voltage
 */
export function advanceStorage(grid: Grid, storage: Storage, hours: number, deliveredKw?: number): void {
  if (storage.state === 'idling') return;
  const dcKw = Math.abs(storageDcPower(grid, storage, deliveredKw ?? inverterState(storage.inverter).powerKw));
  const idleKw = idlingLoss(storage);
  const reserve = storageReserve(storage);
  const chargeEfficiency = storage.chargeEfficiencyPercent / 100;
  const dischargeEfficiency = storage.dischargeEfficiencyPercent / 100;
  if (storage.state === 'discharging') storage.storedKwh -= ((dcKw + idleKw) / dischargeEfficiency) * hours;
  else if (dcKw >= idleKw) storage.storedKwh += (dcKw - idleKw) * chargeEfficiency * hours;
  // Losses above what is charged: it discharges on balance.
  else storage.storedKwh += ((dcKw - idleKw) / dischargeEfficiency) * hours;
  const charges = storage.state === 'charging' && dcKw >= idleKw;
  if (charges && storage.storedKwh > storage.ratedKwh) {
    storage.storedKwh = storage.ratedKwh;
    storage.state = 'idling';
  } else if (!charges && storage.storedKwh < reserve) {
    storage.storedKwh = reserve;
    storage.state = 'idling';
  }
}
