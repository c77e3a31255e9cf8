/**
 * Control of a switched capacitor bank by current, voltage, kvar, power factor, time of day, or the sign of a signal.
 *
 * A bank is open or closed as a whole (its first terminal) and has steps, which are put in and taken out one an action, the lowest first. A
 * voltage override goes before the control's own quantity. Closing waits out the dead time since the last opening. Rules as in OpenDSS's
 * CapControl; the few that surprise are named where they stand.
 */
import type { Capacitor, CapacitorControl, CircuitElement } from '../grid/index.js';
import { elementId, GridError, shapeValueAt, timeOfDay } from '../grid/index.js';
import { type ControlClock, type ControlContext, type ControlDevice, clockHours } from './control.js';
import {
  type Complex,
  complexAt,
  isTerminalClosed,
  magnitude,
  phasesOf,
  requireElement,
  requireTerminal,
  switchTerminal,
  terminalCurrents,
  terminalPower,
  terminalVoltages,
} from './measurement.js';

type Change = 'none' | 'open' | 'close';

/** Codes of the actions in the queue; the device acts on what is pending when its turn comes, not on the code. */
const CODES = { none: 0, open: 1, close: 2 } as const;

/** Number of the last step in service, counted from 1; 0 where none is. */
function lastStepInService(capacitor: Capacitor): number {
  return capacitor.steps.findLastIndex((step) => step.closed) + 1;
}

export { timeOfDay } from '../grid/index.js';

/** Power factor on a scale from 0 to 2: lagging 0 to 1, leading 2 - pf. */
export function powerFactorScale(power: Complex): number {
  const apparent = magnitude(power);
  const factor = apparent === 0 ? 1 : Math.abs(power[0]) / apparent;
  return power[1] < 0 ? 2 - factor : factor;
}

/** The device behind a {@link CapacitorControl}. */
export class CapacitorDevice implements ControlDevice {
  private pending: Change = 'none';
  private armed = false;
  private actionHandle = 0;
  /** A device just made was last open one default dead time ago, whatever its own; a reset counts its own. */
  private lastOpenSeconds = -300;
  private initiallyClosed = true;
  /** The bank's position as last looked at; an action acts on that, even if another control has moved the bank since. */
  private isClosed = true;
  private isSynchronised = false;

  constructor(readonly record: CapacitorControl) {}

  reset(context: ControlContext): void {
    const capacitor = this.capacitor(context);
    this.synchronise(context, capacitor);
    this.pending = 'none';
    // The position goes back to what it was when the control was made; the steps do not.
    switchTerminal(context.solver, capacitor, capacitor.terminals[0], this.initiallyClosed);
    this.isClosed = this.initiallyClosed;
    this.lastOpenSeconds = -this.record.deadTimeSeconds;
  }

  sample(context: ControlContext): void {
    const { record } = this;
    const capacitor = this.capacitor(context);
    this.synchronise(context, capacitor);
    // Who follows a signal need watch nothing but its own bank.
    const alone = record.type === 'follow' && record.element === '';
    const watched = alone ? capacitor : requireElement(context.solver, record.element, record, 'element');
    requireTerminal(watched, record.terminal, record);
    const isClosed = isTerminalClosed(capacitor, capacitor.terminals[0]);
    this.isClosed = isClosed;

    let shouldSwitch = false;
    if (record.voltageOverride && record.type !== 'voltage') {
      const volts = this.controlVolts(context, capacitor, watched, true);
      if (!isClosed && volts < record.minVolts) {
        this.pending = 'close';
        shouldSwitch = true;
      } else if (isClosed && volts > record.maxVolts) {
        this.pending = 'open';
        shouldSwitch = true;
      }
    }
    if (!shouldSwitch) shouldSwitch = this.decide(context, capacitor, watched, isClosed);

    if (shouldSwitch && !this.armed) {
      this.actionHandle = context.queue.push(context.clock, this.delaySeconds(context.clock), CODES[this.pending], this);
      this.armed = true;
    }
    if (this.armed && this.pending === 'none') {
      context.queue.delete(this.actionHandle);
      this.armed = false;
    }
  }

  execute(_code: number, context: ControlContext): void {
    const capacitor = this.capacitor(context);
    const terminal = capacitor.terminals[0];
    if (this.pending === 'open' && this.isClosed) {
      const stepsLeft = this.removeStep(context, capacitor);
      if (capacitor.steps.length === 1 || !stepsLeft) {
        switchTerminal(context.solver, capacitor, terminal, false);
        this.isClosed = false;
        // Only a bank of one step remembers when it was opened (and so has a dead time).
        if (capacitor.steps.length === 1) this.lastOpenSeconds = context.clock.seconds + 3600 * context.clock.hour;
      }
    } else if (this.pending === 'close') {
      if (!this.isClosed) switchTerminal(context.solver, capacitor, terminal, true);
      this.isClosed = true;
      this.addStep(context, capacitor);
    }
    this.armed = false;
  }

  /** Decides by the control's own quantity; sets what is pending and returns whether to act. */
  private decide(context: ControlContext, capacitor: Capacitor, watched: CircuitElement, isClosed: boolean): boolean {
    const { record } = this;
    switch (record.type) {
      case 'current': {
        const amps = this.controlAmps(context, capacitor, watched);
        return this.compare(capacitor, isClosed, amps > record.onSetting, amps < record.offSetting);
      }
      case 'voltage': {
        const volts = this.controlVolts(context, capacitor, watched, false);
        if (isClosed) this.pending = 'none';
        return this.compare(capacitor, isClosed, volts < record.onSetting, volts > record.offSetting);
      }
      case 'kvar': {
        const kvar = terminalPower(context.solver, watched, record.terminal)[1] * 0.001;
        return this.compare(capacitor, isClosed, kvar > record.onSetting, kvar < record.offSetting);
      }
      case 'time':
        return this.decideByTime(timeOfDay(context.clock), capacitor, isClosed);
      case 'pf': {
        const power = terminalPower(context.solver, watched, record.terminal);
        const factor = powerFactorScale(power);
        const kvar = power[1] * 0.001;
        const total = capacitor.steps.reduce((sum, step) => sum + step.kvar, 0);
        const on = onTwoScale(record.onSetting);
        // Closing must not lead too far: there must be vars enough to make up for the bank, or for half a step more of it.
        const enough = isClosed ? (total / capacitor.steps.length) * 0.5 : total * record.minKvarPercent * 0.01;
        return this.compare(capacitor, isClosed, factor < on && kvar > enough, factor > onTwoScale(record.offSetting));
      }
      case 'follow':
        return this.decideBySignal(context, isClosed);
    }
  }

  /**
   * The common rule: an open bank closes on `wantsMore`; a closed one opens on `wantsLess`, else puts in another step on `wantsMore` where it
   * has one. A closed bank with steps left that wants neither keeps what was pending, as the engine does.
   */
  private compare(capacitor: Capacitor, isClosed: boolean, wantsMore: boolean, wantsLess: boolean): boolean {
    if (!isClosed) {
      this.pending = wantsMore ? 'close' : 'none';
      return wantsMore;
    }
    if (wantsLess) {
      this.pending = 'open';
      return true;
    }
    if (capacitor.steps.length > lastStepInService(capacitor)) {
      if (wantsMore) this.pending = 'close';
      return wantsMore;
    }
    this.pending = 'none';
    return false;
  }

  private decideByTime(time: number, capacitor: Capacitor, isClosed: boolean): boolean {
    const { onSetting: on, offSetting: off } = this.record;
    if (off > on) return this.compare(capacitor, isClosed, time >= on && time < off, time >= off || time < on);
    // It opens on the day after; "on" lasts until midnight here, and the bank just stays closed beyond.
    return this.compare(capacitor, isClosed, time >= on && time < 24, time >= off && time < on);
  }

  private decideBySignal(context: ControlContext, isClosed: boolean): boolean {
    const { record } = this;
    const shape = record.controlSignal === undefined ? undefined : context.grid.loadShapes.get(record.controlSignal);
    if (!shape) {
      throw new GridError(`${elementId(record)}.controlsignal: there is no load shape "${record.controlSignal ?? ''}" to follow`);
    }
    const wantsClosed = shapeValueAt(shape, clockHours(context.clock)).active !== 0;
    if (wantsClosed === isClosed) return false;
    this.pending = wantsClosed ? 'close' : 'open';
    return true;
  }

  private delaySeconds(clock: ControlClock): number {
    const { record } = this;
    if (this.pending !== 'close') return record.delayOffSeconds;
    const sinceOpening = clock.seconds + clock.hour * 3600 - this.lastOpenSeconds;
    if (sinceOpening >= record.deadTimeSeconds) return record.delaySeconds;
    return Math.max(record.delaySeconds, record.deadTimeSeconds + record.delaySeconds - sinceOpening);
  }

  private controlAmps(context: ControlContext, capacitor: Capacitor, watched: CircuitElement): number {
    const { record } = this;
    const { ctPhase } = record;
    if (typeof ctPhase === 'number') {
      // A single phase is always taken at the element's first terminal, whatever terminal is watched.
      return magnitude(complexAt(terminalCurrents(context.solver, watched, 0), ctPhase - 1)) / record.ctRatio;
    }
    const currents = terminalCurrents(context.solver, watched, record.terminal);
    const sizes = Array.from({ length: capacitor.phases }, (_, i) => magnitude(complexAt(currents, i)));
    return combined(sizes, ctPhase) / record.ctRatio;
  }

  private controlVolts(context: ControlContext, capacitor: Capacitor, watched: CircuitElement, isOverride: boolean): number {
    const { record } = this;
    const { ptPhase } = record;
    const voltages =
      isOverride && record.voltageBus !== undefined
        ? this.busVoltages(context, record.voltageBus, capacitor.phases)
        : terminalVoltages(context.solver, watched, record.terminal);
    if (typeof ptPhase !== 'number') {
      const sizes = Array.from({ length: phasesOf(watched) }, (_, i) => magnitude(complexAt(voltages, i)));
      return combined(sizes, ptPhase) / record.ptRatio;
    }
    const volts = complexAt(voltages, ptPhase - 1);
    if (capacitor.connection !== 'delta') return magnitude(volts) / record.ptRatio;
    const next = complexAt(voltages, ptPhase >= capacitor.phases ? 0 : ptPhase);
    return magnitude([volts[0] - next[0], volts[1] - next[1]]) / record.ptRatio;
  }

  private busVoltages(context: ControlContext, bus: string, phases: number): Float64Array {
    const nodes = context.solver.nodesOf(bus);
    if (nodes.length === 0) throw new GridError(`${elementId(this.record)}.vbus: there is no bus "${bus}"`);
    const voltages = new Float64Array(2 * phases);
    for (let i = 0; i < phases && i < nodes.length; i++) voltages.set(context.solver.nodeVoltage(bus, nodes[i]) ?? [0, 0], 2 * i);
    return voltages;
  }

  private capacitor(context: ControlContext): Capacitor {
    const capacitor = context.grid.element(`capacitor.${this.record.capacitor}`);
    if (capacitor?.kind !== 'capacitor') {
      throw new GridError(`${elementId(this.record)}.capacitor: there is no capacitor "${this.record.capacitor}"; name the capacitor it controls`);
    }
    return capacitor;
  }

  /** Once: a bank without a step in service is open, any other closed; that is also the state to which a reset returns. */
  private synchronise(context: ControlContext, capacitor: Capacitor): void {
    if (this.isSynchronised) return;
    this.isSynchronised = true;
    this.initiallyClosed = lastStepInService(capacitor) > 0;
    switchTerminal(context.solver, capacitor, capacitor.terminals[0], this.initiallyClosed);
  }

  private addStep(context: ControlContext, capacitor: Capacitor): void {
    const last = lastStepInService(capacitor);
    if (last === capacitor.steps.length) return;
    capacitor.steps[last].closed = true;
    context.solver.elementChanged(capacitor);
  }

  /** Takes out the last step in service; returns whether any is left. */
  private removeStep(context: ControlContext, capacitor: Capacitor): boolean {
    const last = lastStepInService(capacitor);
    if (last === 0) return false;
    capacitor.steps[last - 1].closed = false;
    context.solver.elementChanged(capacitor);
    return last > 1;
  }
}

/** A power factor setting, negative for leading, on the scale from 0 to 2. */
function onTwoScale(setting: number): number {
  return setting < 0 ? 2 + setting : setting;
}

function combined(sizes: readonly number[], how: 'avg' | 'max' | 'min'): number {
  if (how === 'max') return Math.max(0, ...sizes);
  if (how === 'min') return Math.min(...sizes);
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}
