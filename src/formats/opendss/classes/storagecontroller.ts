/** Class `storagecontroller`: dispatches a fleet of storage. */
import { adoptStorageFleet, type StorageControl, terminalsOf } from '../../../grid/index.js';
import { ControlObject, commonSetters, type DssObject, defineClass, notModelled, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { elementNamed } from './element-reference.js';
import { phaseSelection } from './phase-selection.js';
import { shapeNamed } from './shape-references.js';

const DISCHARGE_MODES: ReadonlyArray<readonly [string, StorageControl['dischargeMode']]> = [
  ['peakshave', 'peakshave'],
  ['follow', 'follow'],
  ['support', 'support'],
  ['loadshape', 'loadshape'],
  ['time', 'time'],
  ['schedule', 'schedule'],
  ['i-peakshave', 'i-peakshave'],
];

const CHARGE_MODES: ReadonlyArray<readonly [string, StorageControl['chargeMode']]> = [
  ['loadshape', 'loadshape'],
  ['time', 'time'],
  ['peakshavelow', 'peakshavelow'],
  ['i-peakshavelow', 'i-peakshavelow'],
];

/** Edit state of a storage control. */
export class StorageControlObject extends ControlObject<StorageControl> {
  readonly record: StorageControl;
  private bandPercent = 2;
  private lowBandPercent = 2;

  constructor(name: string, context: ReaderContext) {
    super('storagecontroller', name, context);
    this.record = {
      kind: 'storagecontroller',
      name,
      enabled: true,
      origin: this.origin,
      element: '',
      terminal: 0,
      monitoredPhase: 'max',
      fleet: [],
      weights: [],
      dischargeMode: 'peakshave',
      chargeMode: 'time',
      targetKw: 8000,
      lowTargetKw: 4000,
      halfBandKw: 80,
      lowHalfBandKw: 40,
      bandPercent: 2,
      thresholdKw: 6000,
      dischargeTriggerHour: -1,
      chargeTriggerHour: 2,
      dischargePercent: 20,
      chargePercent: 20,
      inhibitHours: 5,
      rampUpHours: 0.25,
      flatHours: 2,
      rampDownHours: 0.25,
      dispatchFactor: 1,
      resetLevel: 0.8,
      shapes: {},
    };
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof StorageControlObject)) return;
    this.copyCommon(other);
    const { kind, name, enabled, origin, fleet, weights, shapes, ...rest } = other.record;
    Object.assign(this.record, rest, { fleet: [...fleet], weights: [...weights], shapes: { ...shapes } });
    this.bandPercent = other.bandPercent;
    this.lowBandPercent = other.lowBandPercent;
  }

  /** Targets of the current modes are thousands of ampere, bands ampere. */
  private get currentScale(): number {
    return this.record.dischargeMode === 'i-peakshave' ? 1000 : 1;
  }

  private get lowCurrentScale(): number {
    return this.record.chargeMode === 'i-peakshavelow' ? 1000 : 1;
  }

  setTarget(value: PropertyValue): void {
    const { record } = this;
    record.targetKw = value.number();
    record.thresholdKw = record.targetKw * 0.75 * this.currentScale;
    record.halfBandKw = (this.bandPercent / 200) * record.targetKw * this.currentScale;
    if (record.targetKw !== 0) this.bandPercent = (2 * record.halfBandKw * 100) / record.targetKw;
  }

  setBandPercent(value: PropertyValue): void {
    const { record } = this;
    this.bandPercent = value.number();
    record.halfBandKw = (this.bandPercent / 200) * record.targetKw * this.currentScale;
    record.bandPercent = this.bandPercent;
  }

  setBand(value: PropertyValue): void {
    const { record } = this;
    const band = value.number();
    record.halfBandKw = (band / 2) * this.currentScale;
    if (record.targetKw !== 0) this.bandPercent = (band / record.targetKw) * 100;
    delete record.bandPercent;
  }

  setLowTarget(value: PropertyValue): void {
    this.record.lowTargetKw = value.number();
    this.record.lowHalfBandKw = (this.lowBandPercent / 200) * this.record.lowTargetKw * this.lowCurrentScale;
  }

  setLowBandPercent(value: PropertyValue): void {
    this.lowBandPercent = value.number();
    this.record.lowHalfBandKw = (this.lowBandPercent / 200) * this.record.lowTargetKw * this.lowCurrentScale;
  }

  setLowBand(value: PropertyValue): void {
    const { record } = this;
    const band = value.number();
    record.lowHalfBandKw = (band / 2) * this.lowCurrentScale;
    if (record.targetKw === 0) return;
    // The engine notes the share of the low band as that of the upper one, and keeps the low one's.
    this.bandPercent = (band / record.targetKw) * 100;
    if (record.bandPercent !== undefined) record.bandPercent = this.bandPercent;
  }

  setFleet(value: PropertyValue): void {
    const { record } = this;
    record.fleet = value.names().map((name) => (name.startsWith('storage.') ? name.slice('storage.'.length) : name));
    record.weights = record.fleet.map(() => 1);
  }

  setWeights(value: PropertyValue): void {
    const weights = value.numbers();
    if (weights.length !== this.record.fleet.length) value.fail(`has ${weights.length} numbers for a fleet of ${this.record.fleet.length}`);
    this.record.weights = weights;
  }

  override prepare(): void {
    const { record } = this;
    if (!record.enabled) return;
    const watched = this.context.grid.element(record.element);
    if (!watched) this.fail('names no element to watch', 'element');
    const count = terminalsOf(watched).length;
    if (record.terminal >= count) this.fail(`${record.element} has ${count} terminal${count === 1 ? '' : 's'} only`, 'terminal');
    if (typeof record.monitoredPhase === 'number' && record.monitoredPhase > watched.phases)
      this.fail(`${record.element} has ${watched.phases} phases only`, 'monphase');
    if (record.fleet.length === 0) this.fail('finds no storage that is free to be controlled', 'elementlist');
  }

  protected updateRecord(): void {
    const { grid } = this.context;
    const missing = this.record.fleet.find((name) => grid.element(`storage.${name}`) === undefined);
    if (missing !== undefined) this.fail(`there is no storage named "${missing}"; define it before it is used`, 'elementlist');
    adoptStorageFleet(grid, this.record);
  }
}

/** Class `storagecontroller`. */
export const storagecontroller = defineClass({
  name: 'storagecontroller',
  make: StorageControlObject,
  setters: {
    ...commonSetters<StorageControlObject>(),
    element: (object, value) => {
      object.record.element = elementNamed(object, value);
    },
    terminal: (object, value) => {
      object.record.terminal = value.integer(1, 50) - 1;
    },
    monphase: (object, value) => {
      object.record.monitoredPhase = phaseSelection(value, ['avg', 'max', 'min']);
    },
    kwtarget: (object, value) => object.setTarget(value),
    kwtargetlow: (object, value) => object.setLowTarget(value),
    '%kwband': (object, value) => object.setBandPercent(value),
    kwband: (object, value) => object.setBand(value),
    '%kwbandlow': (object, value) => object.setLowBandPercent(value),
    kwbandlow: (object, value) => object.setLowBand(value),
    elementlist: (object, value) => object.setFleet(value),
    weights: (object, value) => object.setWeights(value),
    modedischarge: (object, value) => {
      object.record.dischargeMode = value.choice(DISCHARGE_MODES);
      if (object.record.dischargeMode === 'follow') object.record.dischargeTriggerHour = 12;
    },
    modecharge: (object, value) => {
      object.record.chargeMode = value.choice(CHARGE_MODES);
    },
    timedischargetrigger: (object, value) => {
      object.record.dischargeTriggerHour = value.number();
    },
    timechargetrigger: (object, value) => {
      object.record.chargeTriggerHour = value.number();
    },
    '%ratekw': (object, value) => {
      object.record.dischargePercent = value.number();
    },
    '%ratecharge': (object, value) => {
      object.record.chargePercent = value.number();
    },
    // In OpenDSS it does not reach the reserve that the storage elements keep.
    '%reserve': quiet,
    kwhtotal: quiet,
    kwtotal: quiet,
    kwhactual: quiet,
    kwactual: quiet,
    kwneed: quiet,
    yearly: (object, value) => {
      object.record.shapes.yearly = shapeNamed(object, value)?.name;
    },
    daily: (object, value) => {
      object.record.shapes.daily = shapeNamed(object, value)?.name;
    },
    duty: (object, value) => {
      object.record.shapes.duty = shapeNamed(object, value)?.name;
    },
    eventlog: quiet,
    inhibittime: (object, value) => {
      object.record.inhibitHours = Math.max(1, value.integer());
    },
    tup: (object, value) => {
      object.record.rampUpHours = value.notNegative();
    },
    tflat: (object, value) => {
      object.record.flatHours = value.notNegative();
    },
    tdn: (object, value) => {
      object.record.rampDownHours = value.notNegative();
    },
    kwthreshold: (object, value) => {
      object.record.thresholdKw = value.number();
    },
    dispfactor: (object, value) => {
      const factor = value.number();
      object.record.dispatchFactor = factor > 0 && factor <= 1 ? factor : 1;
    },
    resetlevel: (object, value) => {
      object.record.resetLevel = value.number();
    },
    seasons: quiet,
    seasontargets: notModelled('targets that change with the season'),
    seasontargetslow: notModelled('targets that change with the season'),
  },
});
