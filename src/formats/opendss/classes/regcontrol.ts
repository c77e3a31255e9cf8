/** Class `regcontrol`. */
import type { RegulatorControl, RegulatorSetting, Transformer } from '../../../grid/index.js';
import { ControlObject, commonSetters, type DssObject, defineClass, quiet, type ReaderContext } from '../class-definition.js';
import type { BusReference, PropertyValue } from '../property-value.js';
import { phaseSelection } from './phase-selection.js';

function defaultSetting(): RegulatorSetting {
  return { voltage: 120, bandVolts: 3, resistanceVolts: 0, reactanceVolts: 0, impedanceVolts: 0 };
}

/** Edit state of a regulator control. */
export class RegulatorControlObject extends ControlObject<RegulatorControl> {
  readonly record: RegulatorControl;
  remoteBus: BusReference | undefined;

  constructor(name: string, context: ReaderContext) {
    super('regcontrol', name, context);
    this.record = {
      kind: 'regcontrol',
      name,
      enabled: true,
      origin: this.origin,
      transformer: '',
      winding: 0,
      tapWinding: 0,
      forward: defaultSetting(),
      ptRatio: 60,
      ctPrimaryAmps: 300,
      remotePtRatio: 60,
      delaySeconds: 15,
      tapDelaySeconds: 2,
      inverseTime: false,
      maxTapChange: 16,
      voltageLimit: 0,
      ptPhase: 1,
      reversible: false,
      cogeneration: false,
      reverse: defaultSetting(),
      reverseThresholdKw: 100,
      reverseDelaySeconds: 60,
      reverseNeutral: false,
    };
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof RegulatorControlObject)) return;
    this.copyCommon(other);
    // The voltage limit is not copied by the engine.
    const { kind, name, enabled, origin, forward, reverse, remoteBus, voltageLimit, ...rest } = other.record;
    Object.assign(this.record, rest, { forward: { ...forward }, reverse: { ...reverse } });
    this.remoteBus = other.remoteBus;
  }

  setTransformer(value: PropertyValue): void {
    const name = value.name().replace(/^(transformer|autotrans)\./, '');
    if (!this.context.grid.element(`transformer.${name}`))
      value.fail(`there is no transformer named "${value.text.trim()}"; define it before it is used`);
    this.record.transformer = name;
  }

  setTapNumber(value: PropertyValue): void {
    const number = value.integer();
    const { tapWinding } = this.record;
    const transformer = this.transformer;
    if (!transformer) return value.fail('needs the transformer to be named first');
    const winding = transformer.windings[tapWinding];
    if (!winding) return value.fail(`transformer ${transformer.name} has no winding ${tapWinding + 1}`);
    const increment = winding.tapSteps > 0 ? (winding.maxTapPu - winding.minTapPu) / winding.tapSteps : 0;
    const tap = number * increment + (winding.maxTapPu + winding.minTapPu) / 2;
    winding.tapPu = Math.min(Math.max(tap, winding.minTapPu), winding.maxTapPu);
  }

  override prepare(): void {
    const { record, transformer } = this;
    if (!record.enabled) return;
    if (!transformer) this.fail('names no transformer', 'transformer');
    const count = transformer.windings.length;
    if (record.winding >= count) this.fail(`transformer ${transformer.name} has ${count} windings only`, 'winding');
    if (record.tapWinding >= count) this.fail(`transformer ${transformer.name} has ${count} windings only`, 'tapwinding');
  }

  protected updateRecord(): void {
    const { record, remoteBus } = this;
    if (remoteBus) record.remoteBus = { bus: remoteBus.bus, nodes: [remoteBus.nodes[0] ?? 1, remoteBus.nodes[1] ?? 0] };
    else delete record.remoteBus;
    // A phase that the transformer has not stands for the first.
    const phases = this.transformer?.phases;
    if (!remoteBus && phases !== undefined && typeof record.ptPhase === 'number' && record.ptPhase > phases) record.ptPhase = 1;
  }

  private get transformer(): Transformer | undefined {
    const element = this.context.grid.element(`transformer.${this.record.transformer}`);
    return element?.kind === 'transformer' ? element : undefined;
  }
}

/** Class `regcontrol`. */
export const regcontrol = defineClass({
  name: 'regcontrol',
  make: RegulatorControlObject,
  setters: {
    ...commonSetters<RegulatorControlObject>(),
    transformer: (object, value) => object.setTransformer(value),
    winding: (object, value) => {
      object.record.winding = value.integer(1) - 1;
      object.record.tapWinding = object.record.winding;
    },
    vreg: (object, value) => {
      object.record.forward.voltage = value.number();
    },
    band: (object, value) => {
      object.record.forward.bandVolts = value.positive();
    },
    ptratio: (object, value) => {
      object.record.ptRatio = value.positive();
      object.record.remotePtRatio = object.record.ptRatio;
    },
    ctprim: (object, value) => {
      object.record.ctPrimaryAmps = value.positive();
    },
    r: (object, value) => {
      object.record.forward.resistanceVolts = value.number();
    },
    x: (object, value) => {
      object.record.forward.reactanceVolts = value.number();
    },
    bus: (object, value) => {
      object.remoteBus = value.text.trim() === '' ? undefined : value.bus();
    },
    delay: (object, value) => {
      object.record.delaySeconds = value.notNegative();
    },
    reversible: (object, value) => {
      object.record.reversible = value.boolean();
    },
    revvreg: (object, value) => {
      object.record.reverse.voltage = value.number();
    },
    revband: (object, value) => {
      object.record.reverse.bandVolts = value.positive();
    },
    revr: (object, value) => {
      object.record.reverse.resistanceVolts = value.number();
    },
    revx: (object, value) => {
      object.record.reverse.reactanceVolts = value.number();
    },
    tapdelay: (object, value) => {
      object.record.tapDelaySeconds = value.notNegative();
    },
    debugtrace: quiet,
    maxtapchange: (object, value) => {
      object.record.maxTapChange = Math.max(0, value.integer());
    },
    inversetime: (object, value) => {
      object.record.inverseTime = value.boolean();
    },
    tapwinding: (object, value) => {
      object.record.tapWinding = value.integer(1) - 1;
    },
    vlimit: (object, value) => {
      object.record.voltageLimit = value.number();
    },
    ptphase: (object, value) => {
      object.record.ptPhase = phaseSelection(value, ['min', 'max']);
    },
    revthreshold: (object, value) => {
      object.record.reverseThresholdKw = value.number();
    },
    revdelay: (object, value) => {
      object.record.reverseDelaySeconds = value.notNegative();
    },
    revneutral: (object, value) => {
      object.record.reverseNeutral = value.boolean();
    },
    eventlog: quiet,
    remoteptratio: (object, value) => {
      object.record.remotePtRatio = value.positive();
    },
    tapnum: (object, value) => object.setTapNumber(value),
    reset: quiet,
    ldc_z: (object, value) => {
      object.record.forward.impedanceVolts = value.number();
    },
    rev_z: (object, value) => {
      object.record.reverse.impedanceVolts = value.number();
    },
    cogen: (object, value) => {
      object.record.cogeneration = value.boolean();
    },
  },
});
