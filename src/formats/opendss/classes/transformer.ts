/** Class `transformer`. */
import type { Winding } from '../../../grid/index.js';
import { type DssObject, defineClass, type ReaderContext, type Setter } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { WoundElement, woundSetters } from './wound-element.js';
import { TransformerCodeObject } from './xfmrcode.js';

/** Edit state of a transformer. */
export class TransformerObject extends WoundElement {
  constructor(name: string, context: ReaderContext) {
    super('transformer', name, context);
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof TransformerObject)) return;
    this.copyWindings(other);
    this.record.bank = other.record.bank;
  }

  setCode(value: PropertyValue): void {
    const code = this.reference(value, 'xfmrcode', TransformerCodeObject);
    this.data.copyFrom(code.data);
    this.data.magnetizingPercent = code.data.magnetizingPercent;
    this.data.antiFloatPpm = code.data.antiFloatPpm;
    this.data.reactancesChanged = false;
    this.tapsGiven = true;
  }

  protected pairReactances(): number[] {
    return this.data.shortCircuit;
  }

  protected settleWinding(winding: Winding): void {
    winding.neutralReactanceOhm *= this.frequencyRatio;
  }
}

/** Class `transformer`. */
export const transformer = defineClass({
  name: 'transformer',
  make: TransformerObject,
  setters: {
    ...(woundSetters as Record<string, Setter<TransformerObject>>),
    bank: (object, value) => {
      object.record.bank = value.text.trim().toLowerCase() || undefined;
    },
    xfmrcode: (object, value) => object.setCode(value),
  },
});
