/** Buses of capacitors, reactors and faults: the second terminal stands on the ground of the first one's bus unless another bus is given. */
import type { CircuitElement } from '../../../grid/index.js';
import { ElementObject } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';

/** Nodes of a terminal on ground, for any number of conductors. */
const GROUND: number[] = new Array<number>(100).fill(0);

/** An element of one or two terminals between a bus and ground or another bus. */
export abstract class ShuntObject<R extends CircuitElement> extends ElementObject<R> {
  private secondBusGiven = false;

  /** Sets bus 1; bus 2 follows to its ground, unless it is another bus by now. */
  setFirstBus(value: PropertyValue): void {
    const reference = value.bus();
    this.buses[0] = reference;
    if (!this.secondBusGiven) this.buses[1] = { bus: reference.bus, nodes: GROUND };
  }

  /** Sets bus 2; only a bus of another name makes the element a series one. */
  setSecondBus(value: PropertyValue): void {
    this.buses[1] = value.bus();
    this.secondBusGiven = this.buses[1].bus !== (this.buses[0]?.bus ?? `${this.name}_1`);
  }

  /** Before any bus was set, both terminals stand at the default bus of the first. */
  protected defaultBuses(): void {
    this.buses[1] ??= { bus: `${this.name}_1`, nodes: GROUND };
  }
}
