/** Class `invcontrol`: inverter functions by voltage and power curves. */
import type { InverterControl, XyCurve } from '../../../grid/index.js';
import { ControlObject, commonSetters, type DssObject, defineClass, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { parseNumber } from '../rpn.js';
import { curveNamed } from './inverter-settings.js';
import { phaseSelection } from './phase-selection.js';

type Mode = InverterControl['mode'];

const MODES: ReadonlyArray<readonly [string, Mode]> = [
  ['voltvar', 'voltvar'],
  ['voltwatt', 'voltwatt'],
  ['dynamicreaccurr', 'dynamicreaccurr'],
  ['drc', 'dynamicreaccurr'],
  ['wattpf', 'wattpf'],
  ['wattvar', 'wattvar'],
  ['avr', 'avr'],
  ['gfm', 'gfm'],
];

/** Edit state of an inverter control. */
export class InverterControlObject extends ControlObject<InverterControl> {
  readonly record: InverterControl;

  constructor(name: string, context: ReaderContext) {
    super('invcontrol', name, context);
    this.record = {
      kind: 'invcontrol',
      name,
      enabled: true,
      origin: this.origin,
      elements: [],
      mode: 'none',
      hysteresisOffset: 0,
      voltageReference: 'rated',
      averageWindowSeconds: 1,
      voltageChangeTolerance: 0.0001,
      varChangeTolerance: 0.025,
      activePowerChangeTolerance: 0.01,
      deltaQFactor: -1,
      deltaPFactor: -1,
      voltWattAxis: 'pmpppu',
      reactiveReference: 'varaval',
      rateOfChange: 'inactive',
      filterTimeConstant: 0.001,
      riseFallLimit: 0.001,
      deadBandMin: 0.95,
      deadBandMax: 1.05,
      gradientLow: 0.1,
      gradientHigh: 0.1,
      dynamicWindowSeconds: 1,
      monitoredVoltage: 'avg',
      monitoredBuses: [],
      monitoredBaseVolts: [],
      setPointPu: 1,
      controlModel: 0,
    };
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof InverterControlObject)) return;
    this.copyCommon(other);
    const { kind, name, enabled, origin, elements, monitoredBuses, monitoredBaseVolts, reactiveReference, setPointPu, controlModel, ...rest } =
      other.record;
    Object.assign(this.record, rest, {
      elements: [...elements],
      monitoredBuses: monitoredBuses.map(({ bus, nodes }) => ({ bus, nodes: [...nodes] })),
      monitoredBaseVolts: [...monitoredBaseVolts],
    });
  }

  /** The controlled elements, as `class.name`; `className` stands before names of the older property that lists PV systems only. */
  setElements(value: PropertyValue, className?: string): void {
    const { grid } = this.context;
    this.record.elements = value.names().map((name) => {
      const id = className === undefined ? name : `${className}.${name}`;
      const kind = grid.element(id)?.kind;
      if (kind !== 'pvsystem' && kind !== 'storage')
        value.fail(`there is no PV system or storage "${id}"; write class.name and define it before it is used`);
      return id;
    });
  }

  setMode(value: PropertyValue): void {
    const mode = value.choice(MODES);
    if (mode === 'gfm') value.fail('inverters that form the grid are not modelled');
    this.record.mode = mode;
    delete this.record.combination;
  }

  /** A curve whose values must lie within limits. */
  limitedCurve(value: PropertyValue, least: number, most: number): string | undefined {
    const name = curveNamed(this, value);
    const curve: XyCurve | undefined = name === undefined ? undefined : this.context.grid.xyCurves.get(name);
    if (curve?.y.some((y) => y < least || y > most)) value.fail(`curve "${name}" has values outside of ${least} to ${most}`);
    return name;
  }

  setMonitoredBuses(value: PropertyValue): void {
    this.record.monitoredBuses = value.buses().map((reference) => {
      if (!reference || reference.nodes.length === 0) return value.fail('needs a node with each bus, as 671.1');
      return reference;
    });
  }

  setMonitoredBases(value: PropertyValue): void {
    const volts = value.numbers();
    if (volts.length !== this.record.monitoredBuses.length) {
      value.fail(`has ${volts.length} numbers for ${this.record.monitoredBuses.length} monitored buses (set monbus first)`);
    }
    if (volts.some((v) => !(v > 0))) value.fail('must hold voltages above 0');
    this.record.monitoredBaseVolts = volts;
  }

  override prepare(): void {
    const { record } = this;
    if (!record.enabled) return;
    if (record.monitoredBuses.length > 0 && record.monitoredBaseVolts.length !== record.monitoredBuses.length)
      this.fail('needs a rated voltage for each monitored bus', 'monbusesvbase');
  }

  protected updateRecord(): void {
    const { record } = this;
    const { grid } = this.context;
    // Without a list it takes what there is when it is defined, or first used.
    if (record.elements.length === 0) {
      const found = [...grid.elementsOf('pvsystem'), ...grid.elementsOf('storage')].filter((element) => element.enabled);
      record.elements = found.map(({ kind, name }) => `${kind}.${name}`);
    }
    const keepsPowerFactor = record.combination === undefined && (record.mode === 'voltwatt' || record.mode === 'wattpf');
    if (keepsPowerFactor) return;
    for (const id of record.elements) {
      const element = grid.element(id);
      if (element?.kind === 'pvsystem' || element?.kind === 'storage') element.inverter.powerFactorPriority = false;
    }
  }
}

/** Whole seconds, with `s`, `m` or `h` behind. */
function readSeconds(value: PropertyValue): number {
  const text = value.text.trim().toLowerCase();
  const factor = text.endsWith('h') ? 3600 : text.endsWith('m') ? 60 : 1;
  const number = parseNumber(/[smh]$/.test(text) ? text.slice(0, -1) : text);
  if (number === undefined || !(number >= 0)) return value.fail(`"${value.text}" is not a time, as 60, 60s, 1m or 1h`);
  return Math.trunc(number * factor);
}

function readReactiveReference(value: PropertyValue): InverterControl['reactiveReference'] {
  const text = value.name();
  if (text.startsWith('vara')) return 'varaval';
  if (text.startsWith('varm')) return 'varmax';
  return value.fail(`"${value.text}" is not one of varaval, varmax`);
}

/** Class `invcontrol`. */
export const invcontrol = defineClass({
  name: 'invcontrol',
  make: InverterControlObject,
  setters: {
    ...commonSetters<InverterControlObject>(),
    derlist: (object, value) => object.setElements(value),
    pvsystemlist: (object, value) => object.setElements(value, 'pvsystem'),
    mode: (object, value) => object.setMode(value),
    combimode: (object, value) => {
      object.record.combination = value.choice([
        ['vv_vw', 'vv_vw'],
        ['vv_drc', 'vv_drc'],
      ] as const);
    },
    vvc_curve1: (object, value) => {
      object.record.voltVarCurve = curveNamed(object, value);
    },
    hysteresis_offset: (object, value) => {
      const offset = value.number();
      if (offset > 0) value.fail(`must not be above 0, but is ${value.text}`);
      object.record.hysteresisOffset = offset;
    },
    voltage_curvex_ref: (object, value) => {
      object.record.voltageReference = value.choice([
        ['rated', 'rated'],
        ['avg', 'avg'],
        ['ravg', 'ravg'],
      ] as const);
    },
    avgwindowlen: (object, value) => {
      object.record.averageWindowSeconds = readSeconds(value);
    },
    voltwatt_curve: (object, value) => {
      object.record.voltWattCurve = object.limitedCurve(value, 0, 1);
    },
    voltwattch_curve: (object, value) => {
      object.record.voltWattChargeCurve = object.limitedCurve(value, 0, 1);
    },
    wattpf_curve: (object, value) => {
      object.record.wattPowerFactorCurve = object.limitedCurve(value, -1, 1);
    },
    wattvar_curve: (object, value) => {
      object.record.wattVarCurve = object.limitedCurve(value, -1, 1);
    },
    dbvmin: (object, value) => {
      object.record.deadBandMin = value.number();
    },
    dbvmax: (object, value) => {
      object.record.deadBandMax = value.number();
    },
    argralowv: (object, value) => {
      object.record.gradientLow = value.number();
    },
    argrahiv: (object, value) => {
      object.record.gradientHigh = value.number();
    },
    dynreacavgwindowlen: (object, value) => {
      object.record.dynamicWindowSeconds = readSeconds(value);
    },
    deltaq_factor: (object, value) => {
      object.record.deltaQFactor = value.number();
    },
    deltap_factor: (object, value) => {
      object.record.deltaPFactor = value.number();
    },
    voltagechangetolerance: (object, value) => {
      object.record.voltageChangeTolerance = value.number();
    },
    varchangetolerance: (object, value) => {
      object.record.varChangeTolerance = value.number();
    },
    activepchangetolerance: (object, value) => {
      object.record.activePowerChangeTolerance = value.number();
    },
    voltwattyaxis: (object, value) => {
      object.record.voltWattAxis = value.choice([
        ['pavailablepu', 'pavailablepu'],
        ['pmpppu', 'pmpppu'],
        ['pctpmpppu', 'pctpmpppu'],
        ['kvaratingpu', 'kvaratingpu'],
      ] as const);
    },
    rateofchangemode: (object, value) => {
      object.record.rateOfChange = value.choice([
        ['inactive', 'inactive'],
        ['lpf', 'lpf'],
        ['risefall', 'risefall'],
      ] as const);
    },
    lpftau: (object, value) => {
      object.record.filterTimeConstant = value.number();
      if (object.record.filterTimeConstant <= 0) object.record.rateOfChange = 'inactive';
    },
    risefalllimit: (object, value) => {
      object.record.riseFallLimit = value.number();
      if (object.record.riseFallLimit <= 0) object.record.rateOfChange = 'inactive';
    },
    eventlog: quiet,
    refreactivepower: (object, value) => {
      object.record.reactiveReference = readReactiveReference(value);
    },
    vv_refreactivepower: (object, value) => {
      object.record.reactiveReference = readReactiveReference(value);
    },
    monvoltagecalc: (object, value) => {
      object.record.monitoredVoltage = phaseSelection(value, ['avg', 'max', 'min']);
    },
    monbus: (object, value) => object.setMonitoredBuses(value),
    monbusesvbase: (object, value) => object.setMonitoredBases(value),
    vsetpoint: (object, value) => {
      object.record.setPointPu = value.number();
    },
    controlmodel: (object, value) => {
      object.record.controlModel = value.integer(0, 1);
    },
  },
});
