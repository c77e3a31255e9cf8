/**
 * Inverter control: moves PV systems and storage by voltage and power curves (volt-var, volt-watt, both, dynamic reactive current, watt-pf,
 * watt-var, voltage regulation), one unit at a time by its own voltage, in OpenDSS's order of actions.
 */
import type { InverterControl, Moment, PvSystem, Storage, XyCurve } from '../grid/index.js';
import { GridError, injectionPower, inverterState, storageDcPower } from '../grid/index.js';
import { type ControlContext, type ControlDevice, clockHours } from './control.js';
import { InverterUnit, type PendingChange, type UnitReading } from './inverter-unit.js';
import { terminalPower } from './measurement.js';

/** The function a control carries out, the combinations included. */
type ControlFunction = InverterControl['mode'] | 'vv_vw' | 'vv_drc';

/** What shapes see of a control's clock. */
export function momentOf(context: ControlContext): Moment {
  const mode = context.solutionMode === 'direct' ? 'snapshot' : context.solutionMode;
  return { mode, hour: clockHours(context.clock), stepSeconds: context.stepSeconds };
}

/** The device behind an {@link InverterControl} record. */
export class InverterControlDevice implements ControlDevice {
  private units: InverterUnit[] | undefined;
  /** The list they were made for; an edit puts another in its place. */
  private unitsFor: readonly string[] | undefined;
  /** Place of the present time step in each unit's `stepPu`; -1 before the first. */
  private stepIndex: -1 | 0 | 1 = -1;

  constructor(readonly record: InverterControl) {}

  private get name(): string {
    return `invcontrol.${this.record.name}`;
  }

  private get controlFunction(): ControlFunction {
    return this.record.combination ?? this.record.mode;
  }

  private curve(context: ControlContext, name: string | undefined, property: string): XyCurve {
    if (name === undefined) throw new GridError(`${this.name}: ${property} is needed for ${this.controlFunction}; name an XY curve`);
    const curve = context.grid.xyCurves.get(name);
    if (!curve) throw new GridError(`${this.name}: there is no XY curve named "${name}" for ${property}`);
    return curve;
  }

  private voltVarCurve(context: ControlContext): XyCurve {
    return this.curve(context, this.record.voltVarCurve, 'vvc_curve1');
  }

  /** The units, found on first use: those named, or all PV systems and then all storage; disabled ones are left out. */
  private unitsOf(context: ControlContext): InverterUnit[] {
    if (this.units && this.unitsFor === this.record.elements) return this.units;
    this.unitsFor = this.record.elements;
    const { grid } = context;
    const named = this.record.elements.map((id) => {
      const element = grid.element(id);
      if (element?.kind !== 'pvsystem' && element?.kind !== 'storage') throw new GridError(`${this.name}: there is no PV system or storage "${id}"`);
      return element;
    });
    const found: (PvSystem | Storage)[] = named.length > 0 ? named : [...grid.elementsOf('pvsystem'), ...grid.elementsOf('storage')];
    const elements = found.filter((element) => element.enabled);
    const keepsPowerFactor = this.controlFunction === 'voltwatt' || this.controlFunction === 'wattpf';
    const lastPv = elements.findLast((element) => element.kind === 'pvsystem');
    this.units = elements.map((element) => {
      if (!keepsPowerFactor) element.inverter.powerFactorPriority = false;
      const unit = new InverterUnit(element, this.record, this.read(element, context));
      if (lastPv) unit.lastKvar.regulation = -lastPv.inverter.maxAbsorbedKvar / 2;
      return unit;
    });
    return this.units;
  }

  private read(element: PvSystem | Storage, context: ControlContext, unit?: InverterUnit): UnitReading {
    const { inverter } = element;
    const state = inverterState(inverter);
    const baseVolts = ratedVolts(element);
    const volts = this.monitoredVolts(element, baseVolts, context);
    const mean = unit?.window.mean ?? 0;
    let voltagePu = volts / baseVolts;
    if (mean !== 0 && this.record.voltageReference === 'avg') voltagePu = volts / mean;
    else if (mean !== 0 && this.record.voltageReference === 'ravg') voltagePu = mean / baseVolts;
    return {
      voltagePu,
      ratedVoltagePu: volts / baseVolts,
      powerKw: state.powerKw,
      powerKvar: state.powerKvar,
      kva: inverter.kva,
      maxKvar: inverter.maxKvar,
      maxAbsorbedKvar: inverter.maxAbsorbedKvar,
      kvarLimit: state.kvarLimit,
      absorbedKvarLimit: state.absorbedKvarLimit,
      ratedKw: element.ratedKw,
      ratedShare: element.ratedPercent / 100,
      dcKw: element.kind === 'pvsystem' ? state.panelKw : 0,
      efficiency: element.kind === 'pvsystem' ? state.efficiency : 1,
      wattPriority: inverter.wattPriority,
      baseVolts,
    };
  }

  /** The voltage a unit is controlled by, volt: at its terminal, or at the monitored buses scaled to its rated voltage. */
  private monitoredVolts(element: PvSystem | Storage, baseVolts: number, context: ControlContext): number {
    const magnitudes = this.record.monitoredBuses.length > 0 ? this.busVolts(baseVolts, context) : terminalVolts(element, context);
    const { monitoredVoltage } = this.record;
    if (monitoredVoltage === 'avg') return magnitudes.reduce((sum, volts) => sum + volts, 0) / magnitudes.length;
    if (monitoredVoltage === 'max') return Math.max(0, ...magnitudes);
    if (monitoredVoltage === 'min') return Math.min(...magnitudes);
    // Phases count from 1, monitored buses from 0: the engine's own numbering.
    return magnitudes[this.record.monitoredBuses.length > 0 ? monitoredVoltage : monitoredVoltage - 1] ?? 0;
  }

  private busVolts(baseVolts: number, context: ControlContext): number[] {
    const at = (bus: string, node: number): readonly [number, number] => {
      if (node === 0) return [0, 0];
      const voltage = context.solver.nodeVoltage(bus, node);
      if (!voltage) throw new GridError(`${this.name}: monitored bus ${bus} has no node ${node}`);
      return voltage;
    };
    return this.record.monitoredBuses.map(({ bus, nodes }, i) => {
      const [re, im] = at(bus, nodes[0] ?? 1);
      const [toRe, toIm] = nodes.length === 2 ? at(bus, nodes[1]) : [0, 0];
      const scale = baseVolts / (this.record.monitoredBaseVolts[i] ?? baseVolts);
      return Math.hypot(re - toRe, im - toIm) * scale;
    });
  }

  sample(context: ControlContext): void {
    for (const unit of this.unitsOf(context)) {
      unit.reading = this.read(unit.element, context, unit);
      if (context.controlIteration === 1) {
        unit.priorPu = this.lastSampled.get(unit)?.voltagePu ?? 0;
        unit.priorRatedPu = this.lastSampled.get(unit)?.ratedVoltagePu ?? 0;
      }
      this.lastSampled.set(unit, unit.reading);
      this.sampleUnit(unit, context);
    }
  }

  private readonly lastSampled = new WeakMap<InverterUnit, UnitReading>();

  private sampleUnit(unit: InverterUnit, context: ControlContext): void {
    const { record } = this;
    const { reading } = unit;
    const { inverter } = unit.element;
    const state = inverterState(inverter);
    const name = this.controlFunction;
    const stopped = name === 'voltwatt' ? !state.on : !state.on && inverter.varFollowInverter;
    if (stopped) return;
    const first = context.controlIteration === 1;
    const moved = Math.abs(reading.voltagePu - unit.priorPu) > record.voltageChangeTolerance;
    const movedRated = Math.abs(reading.ratedVoltagePu - unit.priorRatedPu) > record.voltageChangeTolerance;
    const varsOff = Math.abs(Math.abs(unit.outputPu) - Math.abs(unit.wantedPu)) > record.varChangeTolerance;
    const wattsOff = Math.abs(unit.limitPu - unit.limitStepPu) > record.activePowerChangeTolerance;
    switch (name) {
      case 'none':
        return;
      case 'gfm':
        throw new GridError(`${this.name}: grid-forming mode is not modelled; take the control out or choose another mode`);
      case 'voltvar':
        state.voltVar = true;
        if (first || moved || varsOff) this.ask(unit, 'vars', context);
        return;
      case 'wattpf':
        state.wattPowerFactor = true;
        if (first || moved || varsOff) this.ask(unit, 'vars', context);
        return;
      case 'wattvar':
        state.wattVar = true;
        if (first || moved || varsOff) this.ask(unit, 'vars', context);
        return;
      case 'voltwatt':
        state.voltWatt = true;
        if (first || moved || wattsOff) this.ask(unit, 'watts', context);
        return;
      case 'vv_vw':
        state.voltVar = true;
        state.voltWatt = true;
        if (first || moved || wattsOff || varsOff) this.ask(unit, 'watts-and-vars', context);
        return;
      case 'dynamicreaccurr':
        state.dynamicReactive = true;
        if (first || movedRated || varsOff) this.ask(unit, 'vars', context);
        return;
      case 'vv_drc':
        state.voltVar = true;
        state.dynamicReactive = true;
        if (first || moved || movedRated || varsOff) this.ask(unit, 'dynamic-and-vars', context);
        return;
      case 'avr': {
        if (unit.element.kind === 'pvsystem') state.voltageRegulation = true;
        else state.voltVar = true;
        const offTarget = Math.abs(reading.voltagePu - unit.limitedTargetPu) > record.voltageChangeTolerance;
        if (first || moved || varsOff || offTarget) this.ask(unit, 'vars', context);
        return;
      }
    }
  }

  private ask(unit: InverterUnit, change: PendingChange, context: ControlContext): void {
    unit.pending = change;
    context.queue.push(context.clock, 0, 0, this);
  }

  /** Acts on every unit that waits; one action in the queue is enough for all of them. */
  execute(_code: number, context: ControlContext): void {
    for (const unit of this.unitsOf(context)) {
      if (unit.pending === 'none') continue;
      unit.pending = 'none';
      unit.updateHeadroom();
      const { element } = unit;
      const deliveredKw = -terminalPower(context.solver, element, 0)[0] / 1000;
      unit.updatePowerBase(element.kind === 'storage' ? storageDcPower(context.grid, element, deliveredKw) : 0);
      this.act(unit, context);
    }
  }

  private act(unit: InverterUnit, context: ControlContext): void {
    const { inverter } = unit.element;
    const state = inverterState(inverter);
    const { stepSeconds } = context;
    const secondsInHour = context.clock.seconds;
    const name = this.controlFunction;
    if (name !== 'voltwatt' && name !== 'vv_vw') state.voltWatt = false;
    if (name !== 'voltwatt') inverter.reactiveMode = 'kvar';
    switch (name) {
      case 'voltvar': {
        unit.limitVars(this.voltVarTarget(unit, context), stepSeconds);
        const asked = this.voltVarStep(unit);
        this.apply(unit, asked, 'voltVar', context);
        break;
      }
      case 'dynamicreaccurr': {
        unit.limitVars(unit.dynamicTarget(secondsInHour), stepSeconds);
        this.apply(unit, unit.varStep('dynamic'), 'dynamic', context);
        break;
      }
      case 'vv_drc': {
        const target = this.voltVarTarget(unit, context) + unit.dynamicTarget(secondsInHour);
        unit.limitVars(target, stepSeconds);
        this.apply(unit, unit.varStep('both'), 'both', context);
        break;
      }
      case 'wattpf': {
        const { powerFactor, wantedPu } = unit.wattPowerFactorTarget(this.curve(context, this.record.wattPowerFactorCurve, 'wattpf_curve'));
        const capability = unit.varCapability(wantedPu);
        unit.wantedPu = Math.min(Math.abs(wantedPu), Math.abs(capability)) * Math.sign(wantedPu);
        if (unit.element.kind === 'pvsystem') state.wattPowerFactorTarget = powerFactor;
        this.apply(unit, unit.kvarOf(unit.wantedPu), 'voltVar', context);
        break;
      }
      case 'wattvar': {
        const curve = this.curve(context, this.record.wattVarCurve, 'wattvar_curve');
        const asked = unit.wattVarStep(curve, unit.wattVarTarget(curve));
        if (unit.element.kind === 'pvsystem') state.requestedKw = unit.limitPu * Math.min(unit.reading.kva, unit.reading.ratedKw);
        this.apply(unit, asked, 'voltVar', context);
        break;
      }
      case 'voltwatt':
        state.requestedKw = this.wattStep(unit, context);
        this.refresh(unit, context);
        unit.priorPu = unit.reading.voltagePu;
        unit.limitStepPu = unit.limitKw / unit.baseKw;
        break;
      case 'vv_vw': {
        // Both targets are read from the voltage before either step moves a damping factor.
        const target = this.voltVarTarget(unit, context);
        unit.limitVars(target, stepSeconds);
        state.requestedKw = this.wattStep(unit, context);
        this.apply(unit, this.voltVarStep(unit), 'voltVar', context);
        unit.limitStepPu = unit.limitKw / unit.baseKw;
        break;
      }
      case 'avr':
        this.regulate(unit, context);
        break;
      default:
        break;
    }
  }

  private voltVarTarget(unit: InverterUnit, context: ControlContext): number {
    const steps = (clockHours(context.clock) * 3600) / context.stepSeconds;
    const present = this.stepIndex === -1 ? 0 : this.stepIndex;
    // Before the third step there is no change to go by.
    const change = steps < 3 || this.stepIndex === -1 ? 0 : unit.stepPu[present] - unit.stepPu[1 - present];
    return unit.voltVarTarget(this.voltVarCurve(context), change);
  }

  private voltVarStep(unit: InverterUnit): number {
    return unit.curveChanged ? unit.reading.powerKvar : unit.varStep('voltVar');
  }

  private wattStep(unit: InverterUnit, context: ControlContext): number {
    unit.limitWatts(this.voltWattTarget(unit, context), context.stepSeconds);
    return unit.wattStep(context.controlIteration);
  }

  /** Volt-watt curve of the direction in which storage runs; none while it idles. */
  private voltWattTarget(unit: InverterUnit, context: ControlContext): number {
    const { element } = unit;
    const { record } = this;
    if (element.kind === 'pvsystem') return unit.curveValue(this.curve(context, record.voltWattCurve, 'voltwatt_curve'));
    const { turnedRound } = inverterState(element.inverter);
    if (element.state === 'discharging') {
      return turnedRound
        ? unit.curveValue(this.curve(context, record.voltWattChargeCurve, 'voltwattch_curve'))
        : unit.curveValue(this.curve(context, record.voltWattCurve, 'voltwatt_curve'));
    }
    if (element.state === 'charging' && record.voltWattChargeCurve !== undefined) {
      return turnedRound
        ? unit.curveValue(this.curve(context, record.voltWattCurve, 'voltwatt_curve'))
        : unit.curveValue(this.curve(context, record.voltWattChargeCurve, 'voltwattch_curve'));
    }
    return 1;
  }

  /** Voltage regulation: the first action tries half the headroom, the second learns from it, the others step towards the set point. */
  private regulate(unit: InverterUnit, context: ControlContext): void {
    const { reading, element } = unit;
    if (context.controlIteration === 1) {
      unit.priorPu = reading.voltagePu;
      unit.trialPu = reading.voltagePu;
      element.inverter.powerKvar = unit.headroomKvar / 2;
      this.refresh(unit, context);
    } else if (context.controlIteration === 2) {
      const change = reading.voltagePu - unit.priorPu;
      const kvar = element.kind === 'pvsystem' ? reading.powerKvar : element.inverter.powerKvar;
      unit.sensitivity = change === 0 ? 0 : Math.abs(kvar / unit.headroomKvar / change);
      this.refresh(unit, context);
    } else {
      const target = unit.regulationTarget(context.controlIteration);
      const capability = unit.varCapability(target);
      unit.wantedPu = Math.min(Math.abs(target), Math.abs(capability)) * Math.sign(target);
      const atLimit = Math.abs(unit.wantedPu - capability) < 0.05;
      unit.limitedTargetPu = atLimit ? reading.voltagePu : this.record.setPointPu;
      this.apply(unit, unit.varStep('regulation'), 'regulation', context);
    }
  }

  /** Asks the inverter for reactive power, and notes what it gives. */
  private apply(unit: InverterUnit, kvar: number, memory: keyof InverterUnit['lastKvar'], context: ControlContext): void {
    unit.element.inverter.powerKvar = kvar;
    const given = this.refresh(unit, context);
    unit.noteOutput(kvar, given);
    unit.lastKvar[memory] = given;
    if (memory !== 'dynamic') unit.priorPu = unit.reading.voltagePu;
    if (memory === 'dynamic' || memory === 'both') unit.priorRatedPu = unit.reading.ratedVoltagePu;
  }

  /** Works out the unit's power anew and hands it to the solver. Returns its kvar. */
  private refresh(unit: InverterUnit, context: ControlContext): number {
    const power = injectionPower(context.grid, unit.element, momentOf(context));
    context.solver.setPower(unit.element, power.powerKw, power.powerKvar);
    return power.powerKvar;
  }

  /** Nothing: what the control remembers of past time steps outlives a reset in OpenDSS, and so here. */
  reset(): void {}

  /** After a time step: lets go of active power, and adds the step's voltage to the rolling means. */
  endOfStep(context: ControlContext): void {
    const units = this.unitsOf(context);
    // Only the grid's first inverter control sees its voltage change between steps; the others' hysteresis stays on its curve.
    const seesChange = context.grid.controlsOf('invcontrol')[0] === this.record;
    if (seesChange) this.stepIndex = this.stepIndex === 0 ? 1 : 0;
    for (const unit of units) {
      const { element } = unit;
      const state = inverterState(element.inverter);
      unit.priorFilteredVarsPu = unit.filteredVarsPu;
      unit.priorFilteredWattsPu = unit.filteredWattsPu;
      state.voltWatt = false;
      state.voltVar = false;
      state.dynamicReactive = false;
      unit.limiting = false;
      unit.sensitivity = 0;
      unit.wattFactor = 0.5;
      unit.priorDynamicMean = unit.dynamicWindow.mean;
      const baseVolts = ratedVolts(element);
      const volts = this.monitoredVolts(element, baseVolts, context);
      unit.window.add(volts, context.stepSeconds);
      unit.dynamicWindow.add(volts, context.stepSeconds);
      const busBaseKv = context.grid.buses.get(element.terminal.bus)?.baseKv;
      if (this.stepIndex !== -1) unit.stepPu[this.stepIndex] = volts / (busBaseKv ? busBaseKv * 1000 : baseVolts);
    }
  }
}

/** Rated volt of one phase: to neutral for two and three phases, in delta too; as given for others. */
function ratedVolts(element: PvSystem | Storage): number {
  if (element.kind === 'storage' && element.baseVolts !== undefined) return element.baseVolts;
  return element.phases === 2 || element.phases === 3 ? (element.kv * 1000) / Math.sqrt(3) : element.kv * 1000;
}

/** Magnitudes at a unit's terminal, conductor to ground, in delta too. */
function terminalVolts(element: PvSystem | Storage, context: ControlContext): number[] {
  const volts = context.solver.terminalVoltages(element, 0);
  return Array.from({ length: element.phases }, (_, i) => Math.hypot(volts[2 * i], volts[2 * i + 1]));
}
