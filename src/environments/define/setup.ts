/** What all slices of a defined task have in common. */
import { caseInfo } from '../../cases/index.js';
import { loadFeeder } from '../../feeders/index.js';
import { describeValue, Grid, GridError, InputError } from '../../grid/index.js';
import { attachDevices, tiedNodes } from '../devices/attach.js';
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
  const tied = [...tiedNodes(grid)].filter(([bus, own]) => own.length > 0 && grid.buses.get(bus)?.baseKv !== undefined);
  if (tied.length === 0) throw new GridError(`no bus of grid "${grid.name}" has a base voltage, so that there is no band to keep; set voltage bases`);
  return { buses: tied.map(([bus]) => bus), nodes: tied.flatMap(([bus, own]) => own.map((node) => `${bus}.${node}`)) };
}

/** The title of a built-in balanced case, undefined where there is none of that name. */
function balancedCase(name: string): string | undefined {
  try {
    return caseInfo(name).title;
  } catch {
    return undefined;
  }
}

/** The grid of a definition. Throws InputError for what is none, and for a balanced one. */
async function gridOf({ id, grid }: TaskDefinition): Promise<Grid> {
  const place = { element: `task ${id}`, property: 'grid' };
  const way = 'give a Grid or the name of a built-in feeder (listFeeders())';
  if (grid instanceof Grid) return grid;
  if (typeof grid !== 'string') {
    const isBalanced = typeof grid === 'object' && grid !== null && 'baseMva' in grid;
    throw new InputError(isBalanced ? `it is a balanced grid, whose phases are one; ${way}` : `it is ${describeValue(grid)}; ${way}`, place);
  }
  try {
    return await loadFeeder(grid);
  } catch (error) {
    const title = error instanceof InputError ? balancedCase(grid) : undefined;
    if (title !== undefined) throw new InputError(`${describeValue(grid)} is a balanced case (${title}), whose phases are one; ${way}`, place);
    throw error instanceof InputError ? new InputError(error.message, place) : error;
  }
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
  const grid = attachDevices(await gridOf(definition), devices);
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
