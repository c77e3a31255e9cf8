/**
 * Storage control: dispatches a fleet of storage so that the power (or current) in a watched element stays near a target, follows a shape, or
 * begins at hours of the day. Rules and order as in OpenDSS 9.8; seasonal targets are left out.
 */
import type { CircuitElement, Storage, StorageControl } from '../grid/index.js';
import {
  GridError,
  hourOfDay,
  injectionPower,
  inverterState,
  requireLoadShape,
  setStoragePower,
  setStorageState,
  shapeNameAt,
  shapeValueAt,
  storageCutPowers,
  storageFleet,
  storageReserve,
  storageSetPower,
} from '../grid/index.js';
import { type ControlContext, type ControlDevice, clockHours } from './control.js';
import { momentOf } from './inverter-control.js';
import { complexAt, magnitude, requireElement, requireTerminal, terminalPower } from './measurement.js';

/** Action that lets the fleet discharge again after a charge; all others only ask for another solution. */
const RELEASE_INHIBIT = 999;

const TINY_KW = 1e-12;

/** The device behind a {@link StorageControl} record. */
export class StorageControlDevice implements ControlDevice {
  private fleetState: Storage['state'] = 'idling';
  private chargingAllowed = false;
  private dischargeInhibited = false;
  private triggeredByTime = false;
  private ranEmpty = false;
  private lastSchedulePercent = 0;
  private shapeLevel = 0;
  /** Targets and bands that a follow control moves; the record keeps what was set. */
  private targetKw: number;
  private halfBandKw: number;
  private weightSum = 1;
  private fleet: Storage[] = [];

  constructor(readonly record: StorageControl) {
    this.targetKw = record.targetKw;
    this.halfBandKw = record.halfBandKw;
  }

  sample(context: ControlContext): void {
    const { record } = this;
    this.fleet = storageFleet(context.grid, record);
    if (this.fleet.length === 0) return;
    if (record.dischargeMode !== 'follow') {
      this.targetKw = record.targetKw;
      this.halfBandKw = record.halfBandKw;
    }
    this.weightSum = this.fleet.reduce((sum, _, i) => sum + this.weight(i), 0);
    this.chargingAllowed = false;
    switch (record.dischargeMode) {
      case 'follow':
        this.dischargeByTime(context);
        this.holdBelowTarget(context);
        break;
      case 'loadshape':
        this.followShape(context);
        break;
      case 'time':
        this.dischargeByTime(context);
        break;
      case 'schedule':
        this.dischargeBySchedule(context);
        break;
      default:
        this.holdBelowTarget(context);
        break;
    }
    if (!this.chargingAllowed) return;
    if (record.chargeMode === 'time') this.chargeByTime(context);
    else if (record.chargeMode !== 'loadshape') this.holdAboveTarget(context);
  }

  execute(code: number, context: ControlContext): void {
    if (code === RELEASE_INHIBIT && this.record.dischargeMode !== 'follow') this.dischargeInhibited = false;
    for (const storage of this.fleet) {
      const power = injectionPower(context.grid, storage, momentOf(context));
      context.solver.setPower(storage, power.powerKw, power.powerKvar);
    }
  }

  /** Sets the fleet to idling. */
  reset(context: ControlContext): void {
    this.fleet = storageFleet(context.grid, this.record);
    this.idle();
  }

  private weight(i: number): number {
    return this.record.weights[i] ?? 1;
  }

  private setFleet(state: 'charging' | 'discharging'): void {
    for (const storage of this.fleet) setStorageState(storage, state);
    this.fleetState = state;
  }

  private idle(): void {
    for (const storage of this.fleet) storage.state = 'idling';
    this.fleetState = 'idling';
  }

  private sum(of: (storage: Storage) => number): number {
    return this.fleet.reduce((total, storage) => total + of(storage), 0);
  }

  private fleetKw(): number {
    return this.sum((storage) => inverterState(storage.inverter).powerKw);
  }

  /** Asks for another solution at this time. */
  private solveAgain(context: ControlContext): void {
    context.queue.push(context.clock, 0, 0, this);
  }

  /** Whether the clock is within half a step of an hour of day. */
  private isHour(hour: number, context: ControlContext): boolean {
    return Math.abs(hourOfDay(clockHours(context.clock)) - hour) < context.stepSeconds / 7200;
  }

  private dischargeByTime(context: ControlContext): void {
    const { record } = this;
    if (!(record.dischargeTriggerHour > 0)) return;
    if (!this.isHour(record.dischargeTriggerHour, context)) {
      this.chargingAllowed = true;
      return;
    }
    if (this.fleetState === 'discharging' || !(this.sum((storage) => storage.storedKwh) > this.sum(storageReserve))) return;
    this.setFleet('discharging');
    this.setDischargeRate(record.dischargePercent);
    this.dischargeInhibited = false;
    if (record.dischargeMode === 'follow') this.triggeredByTime = true;
    else this.solveAgain(context);
  }

  private chargeByTime(context: ControlContext): void {
    const { record } = this;
    if (!(record.chargeTriggerHour > 0) || !this.isHour(record.chargeTriggerHour, context)) return;
    const full = !(this.sum((storage) => storage.storedKwh) < this.sum((storage) => storage.ratedKwh));
    if (this.fleetState === 'charging' || full) return;
    this.setFleet('charging');
    this.dischargeInhibited = true;
    this.ranEmpty = false;
    this.solveAgain(context);
    context.queue.pushAt(context.clock.hour + record.inhibitHours, context.clock.seconds, RELEASE_INHIBIT, this);
  }

  private setDischargeRate(percent: number): void {
    for (const storage of this.fleet) storage.dischargePercent = percent;
  }

  /** Up a ramp, along a level and down again from an hour of day on. */
  private dischargeBySchedule(context: ControlContext): void {
    const { record } = this;
    let percent = 0;
    if (record.dischargeTriggerHour > 0) {
      const since = hourOfDay(clockHours(context.clock)) - record.dischargeTriggerHour;
      const upTo = (share: number): number => Math.min(record.dischargePercent, Math.max(record.dischargePercent * share, 0));
      const level = record.rampUpHours + record.flatHours;
      const end = level + record.rampDownHours;
      if (this.fleetState !== 'discharging') {
        this.chargingAllowed = true;
        if (Math.abs(since) < context.stepSeconds / 7200) {
          this.setFleet('discharging');
          this.chargingAllowed = false;
          percent = upTo(since / record.rampUpHours);
          this.setDischargeRate(percent);
          this.dischargeInhibited = false;
          this.solveAgain(context);
        }
      } else {
        if (since < record.rampUpHours) {
          percent = upTo(since / record.rampUpHours);
          if (percent !== this.lastSchedulePercent) {
            this.setDischargeRate(percent);
            this.setFleet('discharging');
          }
        } else if (since < level) {
          percent = record.dischargePercent;
          if (percent !== this.lastSchedulePercent) this.setDischargeRate(percent);
        } else if (since > end) {
          this.idle();
          this.chargingAllowed = true;
        } else {
          percent = upTo((end - since) / record.rampDownHours);
          this.setDischargeRate(percent);
        }
        if (percent !== this.lastSchedulePercent) this.solveAgain(context);
      }
    }
    this.lastSchedulePercent = percent;
  }

  /** Charges at negative values of the shape, discharges at positive ones. */
  private followShape(context: ControlContext): void {
    const { record } = this;
    const before = this.fleetState;
    const moment = momentOf(context);
    if (moment.mode !== 'snapshot') {
      const name = shapeNameAt(record.shapes, moment.mode, 'duty-and-yearly');
      this.shapeLevel = name === undefined ? 1 : shapeValueAt(requireLoadShape(context.grid, name), moment.hour).active;
    }
    const percent = Math.abs(this.shapeLevel) * 100;
    let changed = false;
    if (this.shapeLevel < 0) {
      this.chargingAllowed = true;
      changed = percent !== record.chargePercent;
      if (changed) {
        record.chargePercent = percent;
        for (const storage of this.fleet) storage.chargePercent = percent;
        this.setFleet('charging');
      }
    } else if (this.shapeLevel === 0) this.idle();
    else {
      changed = percent !== record.dischargePercent;
      if (changed) {
        record.dischargePercent = percent;
        this.setDischargeRate(percent);
        this.setFleet('discharging');
      }
    }
    if (changed || this.fleetState !== before) this.solveAgain(context);
  }

  private watched(context: ControlContext): CircuitElement {
    const element = requireElement(context.solver, this.record.element, this.record, 'element');
    requireTerminal(element, this.record.terminal, this.record);
    return element;
  }

  /** Active power by which the watched element is judged, kW, all phases together. */
  private watchedKw(element: CircuitElement, context: ControlContext): number {
    const { record } = this;
    if (element.phases === 1) return terminalPower(context.solver, element, record.terminal)[0] / 1000;
    const perConductor = conductorKw(element, record.terminal, context);
    const { monitoredPhase } = record;
    if (monitoredPhase === 'avg') return perConductor.reduce((sum, kw) => sum + kw, 0);
    if (typeof monitoredPhase === 'number') return (conductorKw(element, 0, context)[monitoredPhase - 1] ?? 0) * element.phases;
    const outmost = perConductor.reduce(
      (best, kw) => {
        const closer = monitoredPhase === 'max' ? Math.abs(kw) > Math.abs(best) : Math.abs(kw) < Math.abs(best);
        return closer ? kw : best;
      },
      monitoredPhase === 'max' ? 0 : perConductor[0],
    );
    return outmost * element.phases;
  }

  /** Current by which the watched element is judged, ampere. */
  private watchedAmps(element: CircuitElement, context: ControlContext): number {
    const { record } = this;
    const { monitoredPhase } = record;
    const amps = magnitudes(context.solver.terminalCurrents(element, record.terminal));
    if (monitoredPhase === 'avg') return amps.reduce((sum, value) => sum + value, 0) / element.phases;
    if (monitoredPhase === 'max') return Math.max(...amps);
    if (monitoredPhase === 'min') return Math.min(...amps);
    return magnitudes(context.solver.terminalCurrents(element, 0))[monitoredPhase - 1] ?? 0;
  }

  private firstVolts(element: CircuitElement, context: ControlContext): number {
    const volts = magnitude(complexAt(context.solver.terminalVoltages(element, 0), 0));
    if (volts === 0) throw new GridError(`storagecontroller.${this.record.name}: there is no voltage at ${this.record.element}`);
    return volts;
  }

  private noticeIdleFleet(): void {
    if (this.fleet.every((storage) => storage.state === 'idling')) this.fleetState = 'idling';
  }

  /** kW asked of one unit for an excess given in kW, or in ampere of the watched element. */
  private neededKw(storage: Storage, difference: number, byCurrent: boolean): number {
    return byCurrent ? storage.kv * (storage.phases === 1 ? 1 : Math.sqrt(3)) * difference : difference;
  }

  /** Discharges while the watched power is above its target (in support: while a reverse flow is above it). */
  private holdBelowTarget(context: ControlContext): void {
    const { record } = this;
    const byCurrent = record.dischargeMode === 'i-peakshave';
    const element = this.watched(context);
    const value = byCurrent ? this.watchedAmps(element, context) : this.watchedKw(element, context);
    if (record.dischargeMode === 'follow' && this.triggeredByTime) {
      this.targetKw = Math.max(record.thresholdKw, value);
      if (record.bandPercent !== undefined) this.halfBandKw = (record.bandPercent / 200) * this.targetKw;
      this.triggeredByTime = false;
      this.idle();
    }
    let difference = byCurrent ? value - this.targetKw * 1000 : record.dischargeMode === 'support' ? value + this.targetKw : value - this.targetKw;
    const asked = difference;
    this.noticeIdleFleet();
    if (this.dischargeInhibited) return;
    // What the fleet takes for charging is no reason to discharge.
    if (this.fleetState === 'charging') {
      difference += byCurrent ? (this.fleetKw() * 1000) / (this.firstVolts(element, context) * element.phases) : this.fleetKw();
    }
    if (this.fleetState !== 'discharging' && (difference - this.halfBandKw < 0 || this.ranEmpty)) {
      this.chargingAllowed = true;
      if (this.ranEmpty) this.ranEmpty = !this.fleet.every((storage) => storage.storedKwh / storage.ratedKwh >= record.resetLevel);
      return;
    }
    if (!(this.sum((storage) => storage.storedKwh) > this.sum(storageReserve))) {
      // Only a charging fleet is stopped here; units that discharge stop of themselves.
      if (this.fleetState === 'charging') {
        this.idle();
        this.solveAgain(context);
      }
      this.chargingAllowed = true;
      this.ranEmpty = true;
      return;
    }
    if (!(Math.abs(difference) > this.halfBandKw)) return;
    let changed = false;
    if (this.fleetState !== 'discharging') this.setFleet('discharging');
    this.fleet.forEach((storage, i) => {
      const share = (this.weight(i) / this.weightSum) * record.dispatchFactor;
      const present = inverterState(storage.inverter).powerKw;
      const wanted = Math.min(storage.ratedKw, present + this.neededKw(storage, asked, byCurrent) * share);
      if (this.dispatch(storage, wanted, wanted > 0, context)) changed = true;
    });
    if (changed) this.solveAgain(context);
  }

  /** Charges while the watched power is below its low target. */
  private holdAboveTarget(context: ControlContext): void {
    const { record } = this;
    const byCurrent = record.chargeMode === 'i-peakshavelow';
    const element = this.watched(context);
    let difference = byCurrent
      ? this.watchedAmps(element, context) - record.lowTargetKw * 1000
      : this.watchedKw(element, context) - record.lowTargetKw;
    const asked = difference;
    this.noticeIdleFleet();
    // What the fleet delivers is no reason to charge.
    if (this.fleetState === 'discharging') {
      difference += byCurrent ? (this.fleetKw() * 1000) / (this.firstVolts(element, context) * element.phases) : this.fleetKw();
    }
    const full = this.sum((storage) => storage.storedKwh) >= this.sum((storage) => storage.ratedKwh);
    if (this.fleetState !== 'charging' && (difference > 0 || full)) {
      this.chargingAllowed = false;
      return;
    }
    if (full) {
      this.idle();
      this.solveAgain(context);
      this.chargingAllowed = false;
      return;
    }
    if (!(Math.abs(difference) > record.lowHalfBandKw)) return;
    let changed = false;
    if (this.fleetState !== 'charging') this.setFleet('charging');
    this.fleet.forEach((storage, i) => {
      const share = (this.weight(i) / this.weightSum) * record.dispatchFactor;
      const present = inverterState(storage.inverter).powerKw;
      const wanted = Math.max(-storage.ratedKw, present + this.neededKw(storage, asked, byCurrent) * share);
      if (this.dispatch(storage, wanted, wanted < 0, context)) changed = true;
    });
    if (changed) this.solveAgain(context);
  }

  /** Asks one unit for a power (`inDirection`: in the direction of this dispatch, else it is to idle). Returns whether its power changed. */
  private dispatch(storage: Storage, wantedKw: number, inDirection: boolean, context: ControlContext): boolean {
    const update = (): void => {
      injectionPower(context.grid, storage, momentOf(context));
    };
    if (!inDirection) {
      storage.state = 'idling';
      const idlingKw = -storageSetPower(context.grid, storage);
      if (!(Math.abs(inverterState(storage.inverter).powerKw) - idlingKw > TINY_KW)) return false;
      update();
      return true;
    }
    if (!(Math.abs(storageSetPower(context.grid, storage) - wantedKw) / Math.abs(wantedKw) > 0.0001)) return false;
    const { cutInKw, cutOutKw } = storageCutPowers(context.grid, storage);
    const belowCut = Math.abs(wantedKw) < Math.max(cutInKw, cutOutKw);
    if (belowCut && !inverterState(storage.inverter).on) {
      storage.state = 'idling';
      update();
      return false;
    }
    // Below the cut-out power the inverter is asked once, and will then be off. The engine looks at the reserve there even when charging.
    const able = wantedKw > 0 || belowCut ? storage.storedKwh > storageReserve(storage) : storage.storedKwh < storage.ratedKwh;
    if (!able) return false;
    setStoragePower(storage, wantedKw);
    update();
    return true;
  }
}

function magnitudes(values: Float64Array): number[] {
  return Array.from({ length: values.length / 2 }, (_, i) => magnitude(complexAt(values, i)));
}

/** Active power into each conductor of a terminal, kW. */
function conductorKw(element: CircuitElement, terminal: number, context: ControlContext): number[] {
  const volts = context.solver.terminalVoltages(element, terminal);
  const amps = context.solver.terminalCurrents(element, terminal);
  return Array.from({ length: amps.length / 2 }, (_, i) => (volts[2 * i] * amps[2 * i] + volts[2 * i + 1] * amps[2 * i + 1]) / 1000);
}
