/** Class `capcontrol`. */
import { type CapacitorControl, terminalsOf } from '../../../grid/index.js';
import { ControlObject, commonSetters, type DssObject, defineClass, notModelled, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { elementNamed } from './element-reference.js';
import { phaseSelection } from './phase-selection.js';

/** Types by their first letter, which is all that the language looks at. */
const TYPES: Readonly<Record<string, CapacitorControl['type']>> = { c: 'current', v: 'voltage', k: 'kvar', t: 'time', p: 'pf', f: 'follow' };

/** Edit state of a capacitor control. */
export class CapacitorControlObject extends ControlObject<CapacitorControl> {
  readonly record: CapacitorControl;
  private onSetting = 300;
  private offSetting = 200;
  /** Settings of a power-factor control, leading counted above 1; they are heard only once the type is `pf`. */
  private powerFactorOn = 0.95;
  private powerFactorOff = 1.05;

  constructor(name: string, context: ReaderContext) {
    super('capcontrol', name, context);
    this.record = {
      kind: 'capcontrol',
      name,
      enabled: true,
      origin: this.origin,
      capacitor: '',
      element: '',
      terminal: 0,
      type: 'current',
      onSetting: 300,
      offSetting: 200,
      ptRatio: 60,
      ctRatio: 60,
      delaySeconds: 15,
      delayOffSeconds: 15,
      deadTimeSeconds: 300,
      voltageOverride: false,
      minVolts: 115,
      maxVolts: 126,
      ctPhase: 1,
      ptPhase: 1,
      minKvarPercent: 50,
    };
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof CapacitorControlObject)) return;
    this.copyCommon(other);
    // Delays, dead time and override voltages are not copied by the engine.
    const { kind, name, enabled, origin, delaySeconds, delayOffSeconds, deadTimeSeconds, minVolts, maxVolts, controlSignal, ...rest } = other.record;
    Object.assign(this.record, rest);
    this.onSetting = other.onSetting;
    this.offSetting = other.offSetting;
    this.powerFactorOn = other.powerFactorOn;
    this.powerFactorOff = other.powerFactorOff;
  }

  setCapacitor(value: PropertyValue): void {
    const name = value.name().replace(/^capacitor\./, '');
    if (!this.context.grid.element(`capacitor.${name}`))
      value.fail(`there is no capacitor named "${value.text.trim()}"; define it before it is used`);
    this.record.capacitor = name;
  }

  setType(value: PropertyValue): void {
    const type = TYPES[value.name()[0]];
    if (!type) return value.fail(`"${value.text.trim()}" is not one of current, voltage, kvar, time, powerfactor, follow`);
    this.record.type = type;
    if (type === 'pf') {
      this.powerFactorOn = 0.95;
      this.powerFactorOff = 1.05;
    }
  }

  setSetting(which: 'on' | 'off', value: PropertyValue): void {
    const setting = value.number();
    if (which === 'on') this.onSetting = setting;
    else this.offSetting = setting;
    if (this.record.type !== 'pf') return;
    if (setting < -1 || setting > 1) value.fail(`a power factor lies between -1 and 1, not at ${value.text.trim()}`);
    const scaled = setting < 0 ? 2 + setting : setting;
    if (which === 'on') this.powerFactorOn = scaled;
    else this.powerFactorOff = scaled;
  }

  override prepare(): void {
    const { record } = this;
    if (!record.enabled) return;
    if (record.capacitor === '') this.fail('names no capacitor', 'capacitor');
    // Who follows a signal need watch nothing.
    if (record.type === 'follow' && record.element === '') return;
    const watched = this.context.grid.element(record.element);
    if (!watched) this.fail('names no element to watch', 'element');
    const count = terminalsOf(watched).length;
    if (record.terminal >= count) this.fail(`${record.element} has ${count} terminal${count === 1 ? '' : 's'} only`, 'terminal');
  }

  protected updateRecord(): void {
    const { record } = this;
    const isPowerFactor = record.type === 'pf';
    record.onSetting = isPowerFactor ? this.powerFactorOn : this.onSetting;
    record.offSetting = isPowerFactor ? this.powerFactorOff : this.offSetting;
  }
}

/** A phase, or the average, highest or lowest of all. */
export function readMonitoredPhase(value: PropertyValue): number | 'avg' | 'max' | 'min' {
  return phaseSelection(value, ['avg', 'max', 'min']);
}

/** Class `capcontrol`. */
export const capcontrol = defineClass({
  name: 'capcontrol',
  make: CapacitorControlObject,
  setters: {
    ...commonSetters<CapacitorControlObject>(),
    element: (object, value) => {
      object.record.element = elementNamed(object, value);
    },
    terminal: (object, value) => {
      object.record.terminal = value.integer(1) - 1;
    },
    capacitor: (object, value) => object.setCapacitor(value),
    type: (object, value) => object.setType(value),
    ptratio: (object, value) => {
      object.record.ptRatio = value.positive();
    },
    ctratio: (object, value) => {
      object.record.ctRatio = value.positive();
    },
    onsetting: (object, value) => object.setSetting('on', value),
    offsetting: (object, value) => object.setSetting('off', value),
    delay: (object, value) => {
      object.record.delaySeconds = value.notNegative();
    },
    voltoverride: (object, value) => {
      object.record.voltageOverride = value.boolean();
    },
    vmax: (object, value) => {
      object.record.maxVolts = value.number();
    },
    vmin: (object, value) => {
      object.record.minVolts = value.number();
    },
    delayoff: (object, value) => {
      object.record.delayOffSeconds = value.notNegative();
    },
    deadtime: (object, value) => {
      object.record.deadTimeSeconds = value.notNegative();
    },
    ctphase: (object, value) => {
      object.record.ctPhase = readMonitoredPhase(value);
    },
    ptphase: (object, value) => {
      object.record.ptPhase = readMonitoredPhase(value);
    },
    vbus: (object, value) => {
      object.record.voltageBus = value.text.trim() === '' ? undefined : value.bus().bus;
    },
    eventlog: quiet,
    usermodel: notModelled('user-written control models cannot be run', ['']),
    userdata: quiet,
    pctminkvar: (object, value) => {
      object.record.minKvarPercent = value.number();
    },
    reset: quiet,
    controlsignal: (object, value) => {
      const name = value.name();
      if (!object.context.grid.loadShapes.has(name)) value.fail(`there is no loadshape named "${name}"; define it before it is used`);
      object.record.controlSignal = name;
    },
  },
});
