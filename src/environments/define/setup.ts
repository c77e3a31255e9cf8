/** What all slices of a defined task have in common. */
import { loadFeeder } from '../../feeders/index.js';
import { type Grid, GridError, InputError, terminalsOf } from '../../grid/index.js';
import { attachDevices } from '../devices/attach.js';
import { type DeviceLayout, layOut } from '../devices/layout.js';
import { Box, type Space } from '../spaces.js';
import { type CostName, checkDefinition, type TaskDefinition } from './definition.js';
import { checkProfiles, type TaskProfiles } from './profiles.js';

/** A definition with its grid and defaults. */
export interface TaskSetup {
  readonly definition: TaskDefinition;
  /** With the devices in it. */
  readonly grid: Grid;
  readonly layout: DeviceLayout;
  readonly profiles: TaskProfiles;
  readonly costs: readonly CostName[];
  readonly bandPu: readonly [number, number];
  readonly failureReward: number;
  readonly tolerance: number;
  readonly baseMultiplier: number;
  /** Buses observed, and their nodes, bus by bus and rising within a bus. */
  readonly buses: readonly string[];
  readonly nodes: readonly string[];
  /** Enabled loads by name. */
  readonly loads: readonly string[];
}

export const FAILURE_REWARD = -100;
const TOLERANCE = 1e-7;
const BASE_MULTIPLIER = 0.6;
/** Numbers of an observation behind voltages and devices: factor of loads and sun of the step that comes, share of the episode done. */
export const LAST_OBSERVATIONS = ['load', 'sun', 'time'] as const;

/** Buses with a base voltage and nodes that enabled elements are tied to, in the order of the grid. */
function nodesInOrder(grid: Grid): { buses: string[]; nodes: string[] } {
  const numbers = new Map([...grid.buses.keys()].map((bus) => [bus, new Set<number>()]));
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    for (const { bus, nodes } of terminalsOf(element)) for (const node of nodes) if (node > 0) numbers.get(bus)?.add(node);
  }
  const tied = [...numbers].filter(([bus, own]) => own.size > 0 && grid.buses.get(bus)?.baseKv !== undefined);
  if (tied.length === 0) throw new GridError(`no bus of grid "${grid.name}" has a base voltage, so that there is no band to keep; set voltage bases`);
  return { buses: tied.map(([bus]) => bus), nodes: tied.flatMap(([bus, own]) => [...own].sort((a, b) => a - b).map((node) => `${bus}.${node}`)) };
}

/** Reads a definition. Throws InputError or GridError for what cannot be. */
export async function taskSetup(definition: TaskDefinition): Promise<TaskSetup> {
  checkDefinition(definition);
  checkProfiles(definition.profiles);
  const {
    devices,
    actions = 'continuous',
    levels,
    costs = ['voltage', 'losses', 'throughput'],
    bandPu = [0.95, 1.05],
    failureReward = FAILURE_REWARD,
    tolerance = TOLERANCE,
    baseMultiplier = BASE_MULTIPLIER,
  } = definition;
  const given = typeof definition.grid === 'string' ? await loadFeeder(definition.grid) : definition.grid;
  if (typeof given?.elementsOf !== 'function')
    throw new InputError(`the grid of task ${definition.id} is none; give a grid or the name of a built-in feeder`);
  const grid = attachDevices(given, devices);
  return {
    definition,
    grid,
    layout: layOut(grid, devices, actions === 'discrete', levels),
    profiles: definition.profiles,
    costs,
    bandPu,
    failureReward,
    tolerance,
    baseMultiplier,
    ...nodesInOrder(grid),
    loads: grid.elementsOf('load').flatMap(({ name, enabled }) => (enabled ? [name] : [])),
  };
}

/** Names of the observation's numbers. */
export function observationNames({ nodes, layout }: TaskSetup): string[] {
  return [...nodes.map((node) => `voltagePu.${node}`), ...layout.shown.map(({ name }) => name), ...LAST_OBSERVATIONS];
}

/** Voltages, what devices show, load, sun, time. After a power flow that fails at a reset voltages are 0. */
export function observationSpace({ nodes, layout }: TaskSetup): Space {
  const unbounded = Number.POSITIVE_INFINITY;
  return new Box(
    [...nodes.map(() => 0), ...layout.shown.map(({ low }) => low), 0, 0, 0],
    [...nodes.map(() => unbounded), ...layout.shown.map(({ high }) => high), unbounded, unbounded, 1],
  );
}
