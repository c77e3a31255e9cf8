/** Class `expcontrol`: vars of PV systems about a reference voltage that follows the present one. */
import type { ExponentialControl } from '../../../grid/index.js';
import { ControlObject, commonSetters, type DssObject, defineClass, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';

/** Edit state of an exponential control. */
export class ExponentialControlObject extends ControlObject<ExponentialControl> {
  readonly record: ExponentialControl;

  constructor(name: string, context: ReaderContext) {
    super('expcontrol', name, context);
    this.record = {
      kind: 'expcontrol',
      name,
      enabled: true,
      origin: this.origin,
      elements: [],
      referencePu: 1,
      slope: 50,
      referenceSeconds: 1200,
      biasPu: 0,
      minReferencePu: 0.95,
      maxReferencePu: 1.05,
      maxAbsorbedPu: 0.44,
      maxDeliveredPu: 0.44,
      deltaQFactor: 0.7,
      reactiveFirst: false,
      responseSeconds: 0,
    };
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof ExponentialControlObject)) return;
    this.copyCommon(other);
    const { kind, name, enabled, origin, elements, responseSeconds, ...rest } = other.record;
    Object.assign(this.record, rest);
  }

  setElements(value: PropertyValue): void {
    this.record.elements = value.names().map((text) => {
      const name = text.startsWith('pvsystem.') ? text.slice('pvsystem.'.length) : text;
      if (this.context.grid.element(`pvsystem.${name}`)?.kind !== 'pvsystem')
        value.fail(`there is no PV system named "${name}"; define it before it is used`);
      return name;
    });
  }

  protected updateRecord(): void {
    // Without a list it takes what there is when it is defined.
    const { grid } = this.context;
    if (this.record.elements.length > 0) return;
    const found = grid.elementsOf('pvsystem').filter((element) => element.enabled);
    this.record.elements = found.map(({ name }) => name);
  }
}

/** A number that the engine drops where it is below 0 (or is 0 where that is no use). */
function kept(value: PropertyValue, present: number, allowZero: boolean): number {
  const number = value.number();
  return number > 0 || (allowZero && number === 0) ? number : present;
}

/** Class `expcontrol`. */
export const expcontrol = defineClass({
  name: 'expcontrol',
  make: ExponentialControlObject,
  setters: {
    ...commonSetters<ExponentialControlObject>(),
    pvsystemlist: (object, value) => object.setElements(value),
    vreg: (object, value) => {
      object.record.referencePu = kept(value, object.record.referencePu, true);
    },
    slope: (object, value) => {
      object.record.slope = kept(value, object.record.slope, false);
    },
    vregtau: (object, value) => {
      object.record.referenceSeconds = kept(value, object.record.referenceSeconds, true);
    },
    qbias: (object, value) => {
      object.record.biasPu = value.number();
    },
    vregmin: (object, value) => {
      object.record.minReferencePu = kept(value, object.record.minReferencePu, true);
    },
    vregmax: (object, value) => {
      object.record.maxReferencePu = kept(value, object.record.maxReferencePu, true);
    },
    qmaxlead: (object, value) => {
      object.record.maxAbsorbedPu = kept(value, object.record.maxAbsorbedPu, false);
    },
    qmaxlag: (object, value) => {
      object.record.maxDeliveredPu = kept(value, object.record.maxDeliveredPu, false);
    },
    eventlog: quiet,
    deltaq_factor: (object, value) => {
      object.record.deltaQFactor = value.number();
    },
    preferq: (object, value) => {
      object.record.reactiveFirst = value.boolean();
    },
    tresponse: (object, value) => {
      object.record.responseSeconds = kept(value, object.record.responseSeconds, false);
    },
    derlist: (object, value) => object.setElements(value),
  },
});
