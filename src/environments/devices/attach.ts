/** Ties devices to a grid: those that are new become generators of a copy of it, those that it has are looked up. */
import { type ElementKind, type Generator, Grid, GridError, InputError, namesThere, terminalsOf } from '../../grid/index.js';
import { checkDevice, type Device, deviceId, type Place } from './records.js';

/** A copy of a grid whose records are its own. */
export function copyGrid(grid: Grid): Grid {
  const copy = new Grid(grid.name, grid.frequencyHz);
  const { loadMultiplier, growthFactor, generatorMultiplier, priceSignal, defaultDailyShape, defaultYearlyShape } = grid;
  Object.assign(copy, { loadMultiplier, growthFactor, generatorMultiplier, priceSignal, defaultDailyShape, defaultYearlyShape });
  copy.voltageBasesKv = [...grid.voltageBasesKv];
  for (const [id, bus] of grid.buses) copy.buses.set(id, { ...bus });
  for (const [name, shape] of grid.loadShapes) copy.loadShapes.set(name, structuredClone(shape));
  for (const [name, shape] of grid.temperatureShapes) copy.temperatureShapes.set(name, structuredClone(shape));
  for (const [name, curve] of grid.xyCurves) copy.xyCurves.set(name, structuredClone(curve));
  for (const element of grid.elements) copy.add(structuredClone(element));
  for (const control of grid.controls) copy.addControl(structuredClone(control));
  return copy;
}

/**
 * Buses whose voltages to ground are held by something: a section of lines is, where it has a source or a winding in wye with its neutral grounded. Behind a delta winding alone the voltage to
 * ground is nobody's, and what feeds between phase and ground there has no good power flow.
 */
export function groundedBuses(grid: Grid): Set<string> {
  const section = new Map<string, string>();
  const rootOf = (bus: string): string => {
    let root = bus;
    for (let up = section.get(root); up !== undefined; up = section.get(root)) root = up;
    return root;
  };
  const join = (a: string, b: string): void => {
    const [one, other] = [rootOf(a), rootOf(b)];
    if (one !== other) section.set(one, other);
  };
  const held: string[] = [];
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    if (element.kind === 'line') join(element.terminals[0].bus, element.terminals[1].bus);
    if (element.kind === 'vsource') held.push(element.terminals[0].bus);
    if (element.kind !== 'transformer') continue;
    for (const { terminal, connection } of element.windings)
      if (connection === 'wye' && terminal.nodes[terminal.nodes.length - 1] === 0) held.push(terminal.bus);
  }
  const roots = new Set(held.map(rootOf));
  return new Set([...grid.buses.keys()].filter((bus) => roots.has(rootOf(bus))));
}

/** Volt window in which what is added delivers its power whatever the voltage. */
const WINDOW = [0.5, 1.5] as const;

/**
 * A generator of constant power at a place, three phases or one, for devices and probes. Throws GridError where the bus is not there, lacks a node or has no base voltage.
 *
 * @param owner whose place it is, for messages
 */
export function addInjection(grid: Grid, name: string, { bus, nodes = [1, 2, 3] }: Place, owner = name): Generator {
  const id = String(bus).toLowerCase();
  const found = grid.buses.get(id);
  if (!found) throw new GridError(`${owner}: there is no bus "${bus}" in grid "${grid.name}"; ${namesThere(id, [...grid.buses.keys()])}`);
  const { baseKv } = found;
  if (baseKv === undefined) throw new GridError(`${owner}: bus ${id} has no base voltage; set it, or choose another bus`);
  if (nodes.length !== 1 && nodes.length !== 3) throw new GridError(`${owner}: ${nodes.length} nodes of bus ${id}; devices have one phase or three`);
  const phases = nodes.length;
  return grid.add({
    kind: 'generator',
    name,
    enabled: true,
    phases,
    terminal: { bus: id, nodes: [...nodes, 0] },
    connection: 'wye',
    model: 1,
    kv: phases === 1 ? baseKv : baseKv * Math.sqrt(3),
    powerKw: 0,
    powerKvar: 0,
    kva: 0,
    minVoltagePu: WINDOW[0],
    maxVoltagePu: WINDOW[1],
    targetVoltagePu: 1,
    maxKvar: 0,
    minKvar: 0,
    voltageControlFactor: 0,
    status: 'fixed',
    dispatchMode: 'default',
    dispatchValue: 0,
    forceOn: false,
    shapes: {},
  });
}

/** Nodes above ground that enabled elements are tied to, [bus], rising. */
export function tiedNodes(grid: Grid): Map<string, number[]> {
  const numbers = new Map([...grid.buses.keys()].map((bus) => [bus, new Set<number>()]));
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    for (const { bus, nodes } of terminalsOf(element)) for (const node of nodes) if (node > 0) numbers.get(bus)?.add(node);
  }
  return new Map([...numbers].map(([bus, own]) => [bus, [...own].sort((a, b) => a - b)]));
}

/** Throws GridError where a place names a node that nothing else of the grid is tied to: the power flow would have nothing that holds it. */
function checkNodes(owner: string, tied: ReadonlyMap<string, readonly number[]>, { bus, nodes = [1, 2, 3] }: Place): void {
  const own = tied.get(String(bus).toLowerCase()) ?? [];
  const lacking = nodes.find((node) => !own.includes(node));
  if (lacking === undefined) return;
  const phases = own.filter((node) => node <= 3);
  const way = phases.length > 0 ? `give a device of one phase, as in nodes: [${phases[0]}], or another bus` : 'choose another bus';
  throw new GridError(`${owner}: bus ${bus} has no node ${lacking}; it has ${own.length > 0 ? own.join(', ') : 'none'}; ${way}`);
}

/** Throws GridError where the grid lacks what a device sets. */
function checkElement(grid: Grid, kind: ElementKind & ('capacitor' | 'transformer' | 'load'), device: Device): void {
  const found = grid.element(`${kind}.${device.name}`);
  if (found?.enabled) return;
  const owner = deviceId(device);
  if (found) throw new GridError(`${owner}: the ${kind} "${device.name}" of grid "${grid.name}" is not enabled; enable it, or leave out the device`);
  const names = grid.elementsOf(kind).flatMap(({ name, enabled }) => (enabled ? [name] : []));
  throw new GridError(`${owner}: there is no ${kind} named "${device.name}" in grid "${grid.name}"; ${namesThere(device.name, names)}`);
}

/** Name of the generator that stands for a battery or PV device. */
export function injectionName(device: Device): string {
  return `device-${device.kind}-${device.name.toLowerCase()}`;
}

/**
 * A copy of the grid with all devices in it. Throws InputError for devices that cannot be or share a name, GridError for places and elements that are not there.
 */
export function attachDevices(grid: Grid, devices: readonly Device[]): Grid {
  const copy = copyGrid(grid);
  const grounded = groundedBuses(grid);
  const tied = tiedNodes(grid);
  const taken = new Set<string>();
  for (const device of devices) {
    checkDevice(device);
    const id = deviceId(device).toLowerCase();
    if (taken.has(id)) throw new InputError(`there are two devices ${deviceId(device)}; names must differ`);
    taken.add(id);
    if (device.kind === 'battery' || device.kind === 'pv') {
      const { bus } = addInjection(copy, injectionName(device), device, deviceId(device)).terminal;
      if (!grounded.has(bus))
        throw new GridError(
          `${deviceId(device)}: nothing holds the voltage of bus ${bus} to ground (it lies behind a delta winding); choose another bus`,
        );
      checkNodes(deviceId(device), tied, device);
    } else checkElement(copy, device.kind === 'capacitor' ? 'capacitor' : device.kind === 'tap' ? 'transformer' : 'load', device);
  }
  return copy;
}
