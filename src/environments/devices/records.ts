/** Devices that agents set: what they are, as users write them down. Plain data; what each does with an order is in the file of its kind. */
import { checkKeys, checkObject, describeValue, type Ieee1547Category, InputError, nearestFirst } from '../../grid/index.js';
import { type Battery, checkBattery } from '../../profiles/index.js';

/** A bus, or some of its nodes: three phases need three nodes. */
export interface Place {
  readonly bus: string;
  /** Default: 1, 2 and 3. */
  readonly nodes?: readonly number[];
}

/** A capacitor of the grid; the agent chooses how many of its steps are closed. */
export interface SwitchedCapacitorDevice {
  readonly kind: 'capacitor';
  /** Of the grid's capacitor. */
  readonly name: string;
  /** Steps closed at the start of an episode; default as in the grid. */
  readonly initial?: number;
}

/** A transformer of the grid whose tap the agent chooses, by number from 0 (lowest) to the winding's number of steps. */
export interface TapDevice {
  readonly kind: 'tap';
  /** Of the grid's transformer. */
  readonly name: string;
  /** Tap number at the start of an episode; default as in the grid. */
  readonly initial?: number;
}

/** A battery; the agent chooses its power, -1 (charge at full power) to 1 (discharge at full power). It delivers no reactive power. */
export interface BatteryDevice extends Place {
  readonly kind: 'battery';
  readonly name: string;
  readonly battery: Battery;
  /** Energy stored at the start of an episode as a share of the capacity; default 0.5. */
  readonly initialCharge?: number;
}

/** What sets an inverter's reactive power: the agent, nothing (0), or a function of IEEE 1547-2018. */
export type ReactiveControl = 'agent' | 'unity' | 'volt-var' | 'watt-var';

/** A PV system behind an inverter. */
export interface PvDevice extends Place {
  readonly kind: 'pv';
  readonly name: string;
  /** Most active power: what the profile's sun of 1 gives. */
  readonly ratedKw: number;
  /** Apparent power of the inverter. */
  readonly kva: number;
  /** Who sets active power: the agent, as a share of what there is (default), or nobody: all there is. */
  readonly active?: 'agent' | 'full';
  /** Who sets reactive power; default the agent, as a share of what the apparent power leaves. */
  readonly reactive?: ReactiveControl;
  /** Whether the volt-watt function limits active power besides; default false. */
  readonly voltWatt?: boolean;
  /** Of the standard's default curves; default B. */
  readonly category?: Ieee1547Category;
}

/** A load of the grid that can give way; the agent chooses how much. Reactive power goes along. */
export interface FlexibleLoadDevice {
  readonly kind: 'flexible-load';
  /** Of the grid's load. */
  readonly name: string;
  /** Most of the present demand that can be dropped, 0 to 1; default 0. What is dropped is lost. */
  readonly curtailShare?: number;
  /** Most of the present demand that can be put off, 0 to 1; default 0. */
  readonly shiftShare?: number;
  /** Steps within which what was put off is made up; default 4. */
  readonly shiftSteps?: number;
}

/** Any device. */
export type Device = SwitchedCapacitorDevice | TapDevice | BatteryDevice | PvDevice | FlexibleLoadDevice;

/** How a device is named in observations, actions and messages. */
export function deviceId(device: Device): string {
  checkObject('a device', device, 'a record with kind and name');
  return `${device.kind}.${device.name}`;
}

/** Most steps for which load can be put off. */
const MOST_SHIFT_STEPS = 96;

/** What the records of each kind hold. */
const PROPERTIES: Readonly<Record<Device['kind'], readonly string[]>> = {
  capacitor: ['kind', 'name', 'initial'],
  tap: ['kind', 'name', 'initial'],
  battery: ['kind', 'name', 'bus', 'nodes', 'battery', 'initialCharge'],
  pv: ['kind', 'name', 'bus', 'nodes', 'ratedKw', 'kva', 'active', 'reactive', 'voltWatt', 'category'],
  'flexible-load': ['kind', 'name', 'curtailShare', 'shiftShare', 'shiftSteps'],
};

/** Throws InputError naming device and property where something cannot be. What the grid must have is looked up when devices are tied to it. */
export function checkDevice(device: Device): void {
  if (typeof device !== 'object' || device === null) throw new InputError(`a device is a record with kind and name, not ${describeValue(device)}`);
  const kind = describeKind(device);
  const element = typeof device.name === 'string' && device.name !== '' ? `${kind}.${device.name}` : kind;
  checkKeys(`the device ${element}`, 'property', device, PROPERTIES[kind]);
  const check = (property: string, fine: boolean, must: string): void => {
    if (!fine)
      throw new InputError(`is ${describeValue((device as unknown as Record<string, unknown>)[property])}; it must be ${must}`, {
        element,
        property,
      });
  };
  const positive = (value: unknown): boolean => typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY;
  const isShare = (value: unknown): boolean => value === undefined || (typeof value === 'number' && value >= 0 && value <= 1);
  const oneOf = (value: unknown, names: readonly unknown[]): boolean => value === undefined || names.includes(value);
  const checkPlace = ({ bus, nodes }: Place): void => {
    // Buses are called 671 as well as '671'.
    check('bus', (typeof bus === 'string' && bus !== '') || typeof bus === 'number', 'the name of a bus');
    const fine = nodes === undefined || (Array.isArray(nodes) && nodes.every((node) => Number.isInteger(node) && node >= 1));
    check('nodes', fine, 'whole numbers from 1: three of them, or one');
  };
  check('name', typeof device.name === 'string' && device.name !== '', 'a name');
  switch (device.kind) {
    case 'capacitor':
    case 'tap':
      check('initial', device.initial === undefined || (Number.isInteger(device.initial) && device.initial >= 0), 'a whole number from 0');
      return;
    case 'battery':
      checkPlace(device);
      checkBattery(device.battery, element);
      check('initialCharge', isShare(device.initialCharge), 'from 0 to 1');
      return;
    case 'pv':
      checkPlace(device);
      check('ratedKw', positive(device.ratedKw), 'a number above 0');
      check('kva', positive(device.kva), 'a number above 0');
      check('active', oneOf(device.active, ['agent', 'full']), 'agent or full');
      check('reactive', oneOf(device.reactive, ['agent', 'unity', 'volt-var', 'watt-var']), 'agent, unity, volt-var or watt-var');
      check('voltWatt', oneOf(device.voltWatt, [true, false]), 'true or false');
      check('category', oneOf(device.category, ['A', 'B']), 'A or B');
      return;
    case 'flexible-load': {
      check('curtailShare', isShare(device.curtailShare), 'from 0 to 1');
      check('shiftShare', isShare(device.shiftShare), 'from 0 to 1');
      const { curtailShare = 0, shiftShare = 0, shiftSteps = 4 } = device;
      check('shiftShare', curtailShare + shiftShare <= 1, 'at most 1 together with curtailShare');
      check(
        'shiftSteps',
        Number.isInteger(shiftSteps) && shiftSteps >= 1 && shiftSteps <= MOST_SHIFT_STEPS,
        `a whole number from 1 to ${MOST_SHIFT_STEPS}`,
      );
    }
  }
}

function describeKind(device: { kind?: unknown; name?: unknown }): Device['kind'] {
  const { kind, name } = device;
  if (typeof kind === 'string' && Object.hasOwn(PROPERTIES, kind)) return kind as Device['kind'];
  const whose = typeof name === 'string' ? `the device ${describeValue(name)}: ` : '';
  throw new InputError(
    `${whose}there is no device of kind ${describeValue(kind)}; there are ${nearestFirst(kind, Object.keys(PROPERTIES)).join(', ')}`,
  );
}
