/** Class `xfmrcode`: data shared by transformers. */
import { DssObject, defineClass, type ReaderContext } from '../class-definition.js';
import { WindingData, windingSetters } from './winding-data.js';

/** Edit state of a transformer code. */
export class TransformerCodeObject extends DssObject {
  readonly data = new WindingData();

  constructor(name: string, context: ReaderContext) {
    super('xfmrcode', name, context);
  }

  override copyFrom(other: DssObject): void {
    if (other instanceof TransformerCodeObject) this.data.copyFrom(other.data);
  }

  tapsSet(): void {}

  windingsSet(): void {}

  override endEdit(): void {
    this.data.settleReactances();
  }
}

/** Class `xfmrcode`. */
export const xfmrcode = defineClass({ name: 'xfmrcode', make: TransformerCodeObject, setters: windingSetters });
