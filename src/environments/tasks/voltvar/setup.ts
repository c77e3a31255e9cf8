/** What all slices of a Volt-VAR task have in common: the grid, the devices in order, the days, the weights. */
import { loadFeeder } from '../../../feeders/index.js';
import { elementId, type Grid, GridError, terminalsOf } from '../../../grid/index.js';
import { kvarPerKw, publishedKvarPerKw } from './batteries.js';
import { drawnDays, LoadDays } from './load-days.js';
import type { VoltVarVariant } from './options.js';
import type { BatterySpec, RewardWeights, VoltVarSystem } from './systems.js';

/** Tap numbers run from 0 (0.9 pu) to 32 (1.1 pu). */
export const TAP_POSITIONS = 33;
const LOWEST_TAP = 0.9;
const TAP_STEP = 0.2 / 32;

/** Tap per unit of a tap number. */
export function tapPu(position: number): number {
  return LOWEST_TAP + position * TAP_STEP;
}

/** Tap number next to a tap per unit, not held within its range. */
export function tapPosition(pu: number): number {
  // Adding 0 makes 0 of -0.
  return Math.round((pu - LOWEST_TAP) / TAP_STEP) + 0;
}

/** A battery as a task has it. */
export interface Battery extends BatterySpec {
  readonly kvarPerKw: number;
}

/** A task's data. */
export interface VoltVarSetup {
  readonly system: VoltVarSystem;
  readonly variant: VoltVarVariant;
  readonly grid: Grid;
  /** Names of capacitors, and of transformers that a regulator control moves, in the order of their creation. */
  readonly capacitors: readonly string[];
  readonly regulators: readonly string[];
  readonly batteries: readonly Battery[];
  readonly loads: readonly string[];
  /** Rated power of each load, kW. */
  readonly loadKw: Float64Array;
  readonly days: LoadDays;
  /** The days that episodes are drawn from. */
  readonly drawn: Int32Array;
  readonly weights: RewardWeights;
  /** Tap numbers at the start of an episode. */
  readonly startPositions: readonly number[];
  /** The hour of the day (0 to 23) whose loads the first observation shows. */
  readonly resetHour: number;
  /** The reward of a step whose power flow has no solution. */
  readonly failureReward: number;
  /** Buses in the order of the grid, and `bus.node` of the voltages observed, bus by bus and rising within a bus. */
  readonly buses: readonly string[];
  readonly nodes: readonly string[];
}

/** Reads a system's feeder and makes a variant's data of it. */
export async function voltVarSetup(system: VoltVarSystem, variant: VoltVarVariant): Promise<VoltVarSetup> {
  const grid = await loadFeeder(system.feeder);
  const isCorrected = variant.rules === 'corrected';
  const moved = new Set(grid.controlsOf('regcontrol').map((control) => control.transformer));
  const regulators = grid.elementsOf('transformer').filter((transformer) => transformer.enabled && moved.has(transformer.name));
  for (const { windings } of regulators) Object.assign(windings[1], { minTapPu: 0.9, maxTapPu: 1.1, tapSteps: 32 });
  const batteries = system.batteries.map((spec) => {
    if (isCorrected) correctBattery(grid, spec);
    return { ...spec, kvarPerKw: isCorrected ? kvarPerKw(spec.powerFactor) : publishedKvarPerKw(spec.powerFactor) };
  });
  const loads = grid.elementsOf('load').filter((load) => load.enabled);
  const base = variant.soc ? system.socWeights : system.weights;
  const days = new LoadDays(
    loads.map((load) => load.status === 'fixed'),
    variant.loadScale,
    system.days,
  );
  return {
    system,
    variant,
    grid,
    capacitors: grid.elementsOf('capacitor').flatMap((capacitor) => (capacitor.enabled ? [capacitor.name] : [])),
    regulators: regulators.map((transformer) => transformer.name),
    batteries,
    loads: loads.map((load) => load.name),
    loadKw: Float64Array.from(loads, (load) => load.powerKw),
    days,
    drawn: drawnDays(days.days, variant.days),
    weights: { ...base, soc: base.soc * variant.loadScale ** 2 },
    startPositions: regulators.map(({ windings }) => (isCorrected ? tapPosition(windings[1].tapPu) : TAP_POSITIONS - 1)),
    resetHour: isCorrected ? 0 : 23,
    failureReward: -10 * grid.buses.size,
    ...nodesInOrder(grid),
  };
}

/** Buses and nodes that enabled elements are tied to. */
function nodesInOrder(grid: Grid): { buses: string[]; nodes: string[] } {
  const numbers = new Map([...grid.buses.keys()].map((bus) => [bus, new Set<number>()]));
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    for (const { bus, nodes } of terminalsOf(element)) for (const node of nodes) if (node > 0) numbers.get(bus)?.add(node);
  }
  const tied = [...numbers].filter(([, own]) => own.size > 0);
  return { buses: tied.map(([bus]) => bus), nodes: tied.flatMap(([bus, own]) => [...own].sort((a, b) => a - b).map((node) => `${bus}.${node}`)) };
}

/** Gives a battery its right rated voltage, and constant power at all voltages that a feeder may have. */
function correctBattery(grid: Grid, { name, correctedKv }: BatterySpec): void {
  const generator = grid.require('generator', name);
  generator.minVoltagePu = 0.5;
  generator.maxVoltagePu = 1.5;
  if (correctedKv === undefined) return;
  if (generator.phases !== 3) throw new GridError(`${elementId(generator)} has ${generator.phases} phases; a corrected rated voltage is for three`);
  generator.kv = correctedKv;
  generator.baseVolts = (correctedKv * 1000) / Math.sqrt(3);
}
