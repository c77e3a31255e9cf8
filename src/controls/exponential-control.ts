/**
 * Exponential control: each PV system gives vars in proportion to the distance of its voltage from a reference, and the reference follows the
 * voltage exponentially from time step to time step. Rules and order as in OpenDSS 9.8.
 */
import type { ExponentialControl, PvSystem } from '../grid/index.js';
import { GridError, injectionPower, inverterState } from '../grid/index.js';
import type { ControlContext, ControlDevice } from './control.js';
import { momentOf } from './inverter-control.js';

/** Changes of voltage (pu) and of vars (share of rated kVA) that count as none. */
const TOLERANCE = 0.0001;

/** A response time is that to 90 % of the way: ln 10 time constants, as the engine rounds it. */
const TIME_CONSTANTS_TO_90_PERCENT = 2.3026;

/** What the control remembers of one PV system. */
interface ExponentialUnit {
  element: PvSystem;
  voltagePu: number;
  /** Voltage at the last action. */
  priorPu: number;
  referencePu: number;
  targetKvar: number;
  /** Reactive power of the last action and of the last time step; -1 before the first, as in the engine. */
  lastKvar: number;
  lastStepKvar: number;
  waiting: boolean;
}

/** The device behind an {@link ExponentialControl} record. */
export class ExponentialControlDevice implements ControlDevice {
  private units: ExponentialUnit[] | undefined;
  /** The list they were made for; an edit puts another in its place. */
  private unitsFor: readonly string[] | undefined;

  constructor(readonly record: ExponentialControl) {}

  private get name(): string {
    return `expcontrol.${this.record.name}`;
  }

  private unitsOf(context: ControlContext): ExponentialUnit[] {
    const { record } = this;
    if (this.units && this.unitsFor === record.elements) return this.units;
    const { grid } = context;
    const named = record.elements.map((name) => {
      const element = grid.element(`pvsystem.${name}`);
      if (element?.kind !== 'pvsystem') throw new GridError(`${this.name}: there is no PV system named "${name}"`);
      return element;
    });
    const found = (named.length > 0 ? named : grid.elementsOf('pvsystem')).filter((element) => element.enabled);
    this.unitsFor = record.elements;
    this.units = found.map((element) => ({
      element,
      voltagePu: 0,
      priorPu: 0,
      referencePu: record.referencePu,
      targetKvar: 0,
      lastKvar: -1,
      lastStepKvar: -1,
      waiting: false,
    }));
    return this.units;
  }

  /** Mean magnitude of a unit's phases over the base voltage of its bus. */
  private voltageOf(element: PvSystem, context: ControlContext): number {
    const baseKv = context.grid.buses.get(element.terminal.bus)?.baseKv;
    if (!baseKv) throw new GridError(`${this.name}: bus ${element.terminal.bus} has no base voltage; set voltagebases and calcvoltagebases before`);
    const volts = context.solver.terminalVoltages(element, 0);
    let sum = 0;
    for (let i = 0; i < element.phases; i++) sum += Math.hypot(volts[2 * i], volts[2 * i + 1]);
    return sum / element.phases / (baseKv * 1000);
  }

  sample(context: ControlContext): void {
    const { record } = this;
    for (const unit of this.unitsOf(context)) {
      const { inverter } = unit.element;
      const state = inverterState(inverter);
      unit.voltagePu = this.voltageOf(unit.element, context);
      // A reference of 0 is to be found: at rest it is the present voltage.
      if (context.mode === 'static' && record.referencePu <= 0) unit.referencePu = unit.voltagePu;
      const voltageChange = Math.abs(unit.voltagePu - unit.priorPu);
      const varsOff = Math.abs(state.powerKvar - unit.targetKvar) / inverter.kva;
      if (!state.on && inverter.varFollowInverter) {
        if (record.referenceSeconds > 0 && unit.referencePu <= 0) unit.referencePu = unit.voltagePu;
        continue;
      }
      state.voltWatt = false;
      if (voltageChange > TOLERANCE || varsOff > TOLERANCE || context.controlIteration === 1) {
        unit.waiting = true;
        context.queue.push(context.clock, 0, 0, this);
      }
    }
  }

  /** Acts on every unit that waits; one action in the queue is enough for all of them. */
  execute(_code: number, context: ControlContext): void {
    for (const unit of this.unitsOf(context)) {
      if (!unit.waiting) continue;
      unit.waiting = false;
      this.act(unit, context);
    }
  }

  private act(unit: ExponentialUnit, context: ControlContext): void {
    const { record } = this;
    const { element } = unit;
    const { inverter } = element;
    const { kva } = inverter;
    const state = inverterState(inverter);
    state.voltWatt = false;
    inverter.reactiveMode = 'kvar';
    const inverterLimit = state.kvarLimit / kva;
    this.refresh(element, context);
    const left = record.reactiveFirst ? 1 : Math.sqrt(Math.max(1 - (state.powerKw / kva) ** 2, 0));
    const most = Math.min(left, inverterLimit);
    const asked = -record.slope * (unit.voltagePu - unit.referencePu) + record.biasPu;
    const within = Math.min(Math.max(asked, -most), most);
    const share = Math.min(Math.max(within, -record.maxAbsorbedPu), record.maxDeliveredPu);
    unit.targetKvar = kva * share;
    if (record.reactiveFirst) {
      const leftKw = kva * Math.sqrt(Math.max(1 - share * share, 0));
      // The engine lowers the panel's rating for good.
      if (leftKw < state.powerKw) element.ratedPercent = (leftKw / element.ratedKw) * 100;
    }
    const timeConstant = record.responseSeconds / TIME_CONSTANTS_TO_90_PERCENT;
    if (timeConstant > 0) {
      unit.targetKvar = unit.lastStepKvar + (unit.targetKvar - unit.lastStepKvar) * (1 - Math.exp(-context.stepSeconds / timeConstant));
    }
    inverter.powerKvar = unit.lastKvar + (unit.targetKvar - unit.lastKvar) * record.deltaQFactor;
    unit.lastKvar = inverter.powerKvar;
    unit.priorPu = unit.voltagePu;
    this.refresh(element, context);
  }

  private refresh(element: PvSystem, context: ControlContext): void {
    const power = injectionPower(context.grid, element, momentOf(context));
    context.solver.setPower(element, power.powerKw, power.powerKvar);
  }

  /** Nothing: what the control remembers outlives a reset in OpenDSS, and so here. */
  reset(): void {}

  /** After a time step: the references follow the voltages. */
  endOfStep(context: ControlContext): void {
    const { record } = this;
    for (const unit of this.unitsOf(context)) {
      unit.lastStepKvar = inverterState(unit.element.inverter).powerKvar;
      if (record.referenceSeconds > 0) {
        unit.referencePu += (unit.voltagePu - unit.referencePu) * (1 - Math.exp(-context.stepSeconds / record.referenceSeconds));
      }
      unit.referencePu = Math.min(Math.max(unit.referencePu, record.minReferencePu), record.maxReferencePu);
    }
  }
}
