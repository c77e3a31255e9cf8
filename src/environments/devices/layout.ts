/** Lays devices out: action and observation spaces, and where each device's numbers stand in them. */
import { checkKeys, type Grid, InputError } from '../../grid/index.js';
import { Box, Dict, MultiDiscrete, type Space } from '../spaces.js';
import { batteryShape } from './batteries.js';
import { flexibleLoadShape } from './flexible-loads.js';
import { inverterShape } from './inverters.js';
import type { DeviceLanes, DeviceShape, OrderEntry, ShownEntry } from './lanes.js';
import { type Device, deviceId } from './records.js';
import { capacitorRange, switchedShape, tapRange } from './switched.js';

/** Levels of orders in the discrete variant. */
export interface OrderLevels {
  /** Share of available PV power, 0 to 1; default 5. */
  readonly active?: number;
  /** Reactive power, -1 to 1; default 11. */
  readonly reactive?: number;
  /** Power of batteries, -1 to 1; default 11. */
  readonly battery?: number;
  /** Load dropped (0 to 1) or put off (-1 to 1); default 5. */
  readonly load?: number;
}

/** Devices of a task, laid out. */
export interface DeviceLayout {
  readonly actionSpace: Space;
  readonly actionNames: readonly string[];
  readonly neutral: readonly number[];
  /** Entries shown by devices, in their order. */
  readonly shown: readonly ShownEntry[];
  readonly stateLength: number;
  readonly devices: readonly DeviceLanes[];
}

function shapeOf(grid: Grid, device: Device, { active = 5, reactive = 11, battery = 11, load = 5 }: OrderLevels): DeviceShape {
  switch (device.kind) {
    case 'capacitor':
      return switchedShape(device, capacitorRange(grid, device));
    case 'tap':
      return switchedShape(device, tapRange(grid, device));
    case 'battery':
      return batteryShape(device, battery);
    case 'pv':
      return inverterShape(device, { active, reactive });
    case 'flexible-load':
      return flexibleLoadShape(device, load);
  }
}

/** An order with its place in the row. */
interface PlacedOrder {
  readonly device: number;
  readonly entry: OrderEntry;
  readonly name: string;
  /** Choices; 0 where it is a number. */
  readonly choices: number;
}

/** Throws InputError for levels that are none, or where no order is left to give. */
function checkLevels(levels: OrderLevels): void {
  checkKeys('levels', 'entry', levels, ['active', 'reactive', 'battery', 'load']);
  for (const [name, value] of Object.entries(levels)) {
    if (value === undefined) continue;
    if (!(Number.isInteger(value) && value >= 2 && value <= 1001))
      throw new InputError(`levels of ${name} is ${String(value)}; give a whole number from 2 to 1001`);
  }
  for (const name of ['reactive', 'battery'] as const)
    if ((levels[name] ?? 11) % 2 === 0) throw new InputError(`levels of ${name} is ${levels[name]}; give an odd number, so that 0 is among them`);
}

/**
 * Lays devices out. Orders that are choices come first in a row, then numbers, each in the order of the devices.
 *
 * @param isDiscrete whether all orders are choices
 * @throws InputError for levels that are none, and where the devices leave nothing to decide
 */
export function layOut(grid: Grid, devices: readonly Device[], isDiscrete: boolean, levels: OrderLevels = {}): DeviceLayout {
  checkLevels(levels);
  const shapes = devices.map((device) => shapeOf(grid, device, levels));
  const orders = shapes.flatMap(({ orders: own }, device) =>
    own.map(
      (entry): PlacedOrder => ({
        device,
        entry,
        name: `${deviceId(devices[device])}.${entry.name}`,
        choices: entry.choices ?? (isDiscrete ? entry.levels : 0),
      }),
    ),
  );
  if (orders.length === 0) throw new InputError('no device of the task takes orders; give it one that does');
  const row = [...orders.filter(({ choices }) => choices > 0), ...orders.filter(({ choices }) => choices === 0)];
  const scaleOf = ({ entry: { low, high, choices: fixed }, choices }: PlacedOrder): [number, number] =>
    fixed !== undefined || choices === 0 ? [0, 1] : [low, (high - low) / (choices - 1)];
  let shownAt = 0;
  let stateAt = 0;
  const laidOut = devices.map((device, d): DeviceLanes => {
    const own = row.flatMap((order, at) => (order.device === d ? [{ order, at }] : []));
    // In the row they may stand in another order than in the shape.
    own.sort((a, b) => shapes[d].orders.indexOf(a.order.entry) - shapes[d].orders.indexOf(b.order.entry));
    const lanes: DeviceLanes = {
      device,
      shape: shapes[d],
      orderAt: own.map(({ at }) => at),
      orderOffset: Float64Array.from(own, ({ order }) => scaleOf(order)[0]),
      orderScale: Float64Array.from(own, ({ order }) => scaleOf(order)[1]),
      shownAt,
      stateAt,
    };
    shownAt += shapes[d].shown.length;
    stateAt += shapes[d].stateLength;
    return lanes;
  });
  return {
    actionSpace: spaceOf(row),
    actionNames: row.map(({ name }) => name),
    neutral: row.map((order) => {
      const [offset, scale] = scaleOf(order);
      const raw = (order.entry.neutral - offset) / scale;
      return order.choices > 0 ? Math.round(raw) : raw;
    }),
    shown: shapes.flatMap(({ shown }, d) => shown.map((entry) => ({ ...entry, name: `${deviceId(devices[d])}.${entry.name}` }))),
    stateLength: stateAt,
    devices: laidOut,
  };
}

function spaceOf(row: readonly PlacedOrder[]): Space {
  const counts = row.flatMap(({ choices }) => (choices > 0 ? [choices] : []));
  const numbers = row.filter(({ choices }) => choices === 0).map(({ entry }) => entry);
  const box = (): Space =>
    new Box(
      numbers.map(({ low }) => low),
      numbers.map(({ high }) => high),
    );
  if (numbers.length === 0) return new MultiDiscrete(counts);
  if (counts.length === 0) return box();
  return new Dict({ choices: new MultiDiscrete(counts), numbers: box() });
}
