/** What an environment of a defined task looks like: its voltages, its devices, its moment. */
import { type Grid, terminalsOf } from '../../grid/index.js';
import { type DeviceMark, type DeviceMarkKind, oneLineSvg } from '../../visualization/index.js';
import { type Device, deviceId } from '../devices/index.js';
import type { TaskSetup } from './setup.js';

/** What is drawn. */
export interface TaskView {
  readonly setup: TaskSetup;
  readonly day: number;
  readonly step: number;
  /** The observation. */
  readonly row: Float32Array;
}

function extremes({ setup, row }: TaskView): { lowest: number; highest: number } {
  let lowest = 0;
  let highest = 0;
  for (let k = 0; k < setup.nodes.length; k++) {
    if (row[k] < row[lowest]) lowest = k;
    if (row[k] > row[highest]) highest = k;
  }
  return { lowest, highest };
}

function headline(view: TaskView): string {
  const { setup, day, step, row } = view;
  const { lowest, highest } = extremes(view);
  const last = setup.nodes.length + setup.layout.shown.length;
  const at = (k: number): string => `${row[k].toFixed(4)} pu at ${setup.nodes[k]}`;
  return `day ${day}, step ${step} of ${setup.profiles.steps}: voltages from ${at(lowest)} to ${at(highest)}; load ${row[last].toFixed(3)}, sun ${row[last + 1].toFixed(3)}`;
}

export function renderText(view: TaskView): string {
  const { setup, row } = view;
  const lines = [`${setup.definition.id}, ${headline(view)}`];
  setup.layout.shown.forEach(({ name }, k) => {
    lines.push(`  ${name} ${row[setup.nodes.length + k].toFixed(3)}`);
  });
  return `${lines.join('\n')}\n`;
}

/** The buses of a grid, that of its first source in front, and the lines and transformers between them. */
function topology(grid: Grid): { buses: string[]; branches: (readonly [number, number])[] } {
  const elements = [...grid.elements];
  const source = elements.find((element) => element.kind === 'vsource' && element.enabled);
  const first = source ? terminalsOf(source)[0].bus : undefined;
  const buses = [...grid.buses.keys()].sort((a, b) => Number(b === first) - Number(a === first));
  const place = new Map(buses.map((bus, k) => [bus, k]));
  const branches = elements.flatMap((element) => {
    if (!element.enabled || (element.kind !== 'line' && element.kind !== 'transformer')) return [];
    const [from, ...others] = terminalsOf(element).map(({ bus }) => place.get(bus) as number);
    return others.filter((to) => to !== from).map((to) => [from, to] as const);
  });
  return { buses, branches };
}

/** [bus]: of the voltages at a bus, the one furthest from the middle of the band; NaN where none is observed, or none is known. */
function worstVoltages({ setup, row }: TaskView, buses: readonly string[]): Float64Array {
  const middle = (setup.bandPu[0] + setup.bandPu[1]) / 2;
  const place = new Map(buses.map((bus, k) => [bus, k]));
  const worst = new Float64Array(buses.length).fill(Number.NaN);
  setup.nodes.forEach((name, k) => {
    const bus = place.get(name.slice(0, name.lastIndexOf('.'))) as number;
    // A power flow without a solution shows zeros.
    if (row[k] > 0 && !(Math.abs(row[k] - middle) <= Math.abs(worst[bus] - middle))) worst[bus] = row[k];
  });
  return worst;
}

/** Where a device stands. */
function busOf(grid: Grid, device: Device): string {
  switch (device.kind) {
    case 'battery':
    case 'pv':
      return String(device.bus).toLowerCase();
    case 'capacitor':
      return grid.require('capacitor', device.name).terminals[0].bus;
    case 'tap': {
      const { windings } = grid.require('transformer', device.name);
      return windings[windings.length - 1].terminal.bus;
    }
    case 'flexible-load':
      return grid.require('load', device.name).terminal.bus;
  }
}

const percent = (share: number): string => `${Math.round(100 * share)}`;

/** What stands beside the sign of a device, of the first number that it shows. */
const LABELS: Readonly<Record<DeviceMarkKind, (value: number) => string>> = {
  pv: percent,
  battery: percent,
  capacitor: (closed) => String(closed),
  tap: (pu) => pu.toFixed(4),
  'flexible-load': percent,
};

function marks({ setup, row }: TaskView, buses: readonly string[]): DeviceMark[] {
  const shown = setup.layout.shown.map(({ name }, k) => ({ name, value: row[setup.nodes.length + k] }));
  return setup.layout.devices.map(({ device, shape, shownAt }) => {
    const own = shown.slice(shownAt, shownAt + shape.shown.length);
    const values = own.map(({ name, value }) => `${name.slice(name.lastIndexOf('.') + 1)} ${value.toFixed(3)}`);
    return {
      bus: buses.indexOf(busOf(setup.grid, device)),
      kind: device.kind,
      title: [deviceId(device), ...values].join(', '),
      ...(own.length > 0 ? { label: LABELS[device.kind](own[0].value) } : {}),
    };
  });
}

/** The grid as a one-line diagram, buses coloured by voltage, with its devices. */
export function renderSvg(view: TaskView): string {
  const { setup } = view;
  const { buses, branches } = topology(setup.grid);
  return oneLineSvg({
    title: setup.definition.title ?? setup.definition.id,
    notes: [headline(view), 'Each bus has the colour of that of its voltages which is furthest from the middle of the band.'],
    buses,
    branches,
    voltagePu: worstVoltages(view, buses),
    bandPu: setup.bandPu,
    devices: marks(view, buses),
  });
}
