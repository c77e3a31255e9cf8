/** Class `gendispatcher`: dispatches generators by the power in one element. */
import { type GeneratorDispatcher, terminalsOf } from '../../../grid/index.js';
import { ControlObject, commonSetters, type DssObject, defineClass, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { elementNamed } from './element-reference.js';

/** Edit state of a generator dispatch. */
export class GeneratorDispatcherObject extends ControlObject<GeneratorDispatcher> {
  readonly record: GeneratorDispatcher;

  constructor(name: string, context: ReaderContext) {
    super('gendispatcher', name, context);
    this.record = {
      kind: 'gendispatcher',
      name,
      enabled: true,
      origin: this.origin,
      element: '',
      terminal: 0,
      limitKw: 8000,
      limitKvar: 4000,
      halfBandKw: 50,
      generators: [],
      weights: [],
    };
  }

  /** Only what is watched is taken over. */
  override copyFrom(other: DssObject): void {
    if (!(other instanceof GeneratorDispatcherObject)) return;
    this.copyCommon(other);
    this.record.element = other.record.element;
    this.record.terminal = other.record.terminal;
  }

  setGenerators(value: PropertyValue): void {
    const { record } = this;
    record.generators = value.names().map((text) => {
      const name = text.startsWith('generator.') ? text.slice('generator.'.length) : text;
      if (this.context.grid.element(`generator.${name}`)?.kind !== 'generator')
        value.fail(`there is no generator named "${name}"; define it before it is used`);
      return name;
    });
    record.weights = record.generators.map(() => 1);
  }

  setWeights(value: PropertyValue): void {
    const weights = value.numbers();
    const { generators } = this.record;
    if (weights.length !== generators.length) value.fail(`has ${weights.length} numbers for a list of ${generators.length} generators (genlist)`);
    if (!(weights.reduce((sum, weight) => sum + weight, 0) > 0)) value.fail('must add up to more than 0');
    this.record.weights = weights;
  }

  override prepare(): void {
    const { record } = this;
    if (!record.enabled) return;
    const watched = this.context.grid.element(record.element);
    if (!watched) this.fail('names no element to watch', 'element');
    const count = terminalsOf(watched).length;
    if (record.terminal >= count) this.fail(`${record.element} has ${count} terminal${count === 1 ? '' : 's'} only`, 'terminal');
  }

  protected updateRecord(): void {}
}

/** Class `gendispatcher`. */
export const gendispatcher = defineClass({
  name: 'gendispatcher',
  make: GeneratorDispatcherObject,
  setters: {
    ...commonSetters<GeneratorDispatcherObject>(),
    element: (object, value) => {
      object.record.element = elementNamed(object, value);
    },
    terminal: (object, value) => {
      object.record.terminal = value.integer(1, 50) - 1;
    },
    kwlimit: (object, value) => {
      object.record.limitKw = value.number();
    },
    kwband: (object, value) => {
      object.record.halfBandKw = value.number() / 2;
    },
    kvarlimit: (object, value) => {
      object.record.limitKvar = value.number();
    },
    genlist: (object, value) => object.setGenerators(value),
    weights: (object, value) => object.setWeights(value),
  },
});
