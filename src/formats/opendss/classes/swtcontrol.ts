/** Class `swtcontrol`. */
import type { SwitchControl } from '../../../grid/index.js';
import { terminalsOf } from '../../../grid/index.js';
import { ControlObject, commonSetters, type DssObject, defineClass, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { elementNamed } from './element-reference.js';

type Position = SwitchControl['state'];

/** Edit state of a switch control. */
export class SwitchControlObject extends ControlObject<SwitchControl> {
  readonly record: SwitchControl;
  /** The first position that was named becomes the normal one. */
  private hasNormal = false;

  constructor(name: string, context: ReaderContext) {
    super('swtcontrol', name, context);
    this.record = {
      kind: 'swtcontrol',
      name,
      enabled: true,
      origin: this.origin,
      element: '',
      terminal: 0,
      normalState: 'closed',
      state: 'closed',
      locked: false,
      delaySeconds: 120,
    };
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof SwitchControlObject)) return;
    this.copyCommon(other);
    const { kind, name, enabled, origin, ...rest } = other.record;
    Object.assign(this.record, rest);
    this.hasNormal = other.hasNormal;
  }

  /** What it is told to do; a locked switch does not listen. */
  setAction(value: PropertyValue): void {
    const action = position(value);
    if (this.record.locked) return;
    this.record.action = action;
    if (!this.hasNormal) this.setNormalTo(action);
  }

  setNormal(value: PropertyValue): void {
    const normal = position(value);
    if (this.record.locked) return;
    this.setNormalTo(normal);
    // The engine also takes it for an order.
    this.record.action = normal;
  }

  /** Puts it into a position at once. */
  setState(value: PropertyValue): void {
    const state = position(value);
    if (this.record.locked) return;
    this.record.state = state;
    this.record.action = state;
    if (!this.hasNormal) this.setNormalTo(state);
    this.move();
  }

  /** Unlocks it and puts it into its normal position. */
  reset(): void {
    this.record.locked = false;
    this.record.state = this.record.normalState;
    delete this.record.action;
    this.move();
  }

  protected updateRecord(): void {}

  private setNormalTo(state: Position): void {
    this.record.normalState = state;
    this.hasNormal = true;
  }

  /** Opens or closes the phases of the switched terminal. */
  private move(): void {
    const { record } = this;
    const element = this.context.grid.element(record.element);
    const terminal = element && terminalsOf(element)[record.terminal];
    if (!element || !terminal) return;
    if (record.state === 'open') terminal.open = terminal.nodes.map((_, i) => i < element.phases || (terminal.open?.[i] ?? false));
    else delete terminal.open;
  }
}

/** Open or closed, of which the first letter counts. */
function position(value: PropertyValue): Position {
  const first = value.name()[0];
  if (first === 'o') return 'open';
  if (first === 'c') return 'closed';
  return value.fail(`must be open or closed, not "${value.text.trim()}"`);
}

/** Class `swtcontrol`. */
export const swtcontrol = defineClass({
  name: 'swtcontrol',
  make: SwitchControlObject,
  setters: {
    ...commonSetters<SwitchControlObject>(),
    switchedobj: (object, value) => {
      object.record.element = elementNamed(object, value);
    },
    switchedterm: (object, value) => {
      object.record.terminal = value.integer(1) - 1;
    },
    action: (object, value) => object.setAction(value),
    lock: (object, value) => {
      object.record.locked = value.boolean();
    },
    delay: (object, value) => {
      object.record.delaySeconds = value.notNegative();
    },
    normal: (object, value) => object.setNormal(value),
    state: (object, value) => object.setState(value),
    reset: (object, value) => {
      if (value.boolean()) object.reset();
    },
  },
});
