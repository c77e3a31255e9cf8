/**
 * `capacitors-ieee123`: toggle capacitors of the IEEE 123-bus feeder to lower its losses, each at most once; `capacitors-ieee123-once`, the same where one action names the
 * states of all; and `capacitors-ieee123-serious`, where one may stop, regulators act and voltage has a price. Formulas: docs/tasks/capacitors.md.
 */
import { Box, Discrete } from '../../spaces.js';
import type { SliceOptions, Task } from '../../task.js';
import { CapacitorLanes } from './capacitor-lanes.js';
import { type CapacitorRules, capacitorRules } from './capacitor-rules.js';
import { CapacitorSlice, INFO_NAMES, observationWidth } from './capacitor-slice.js';
import { CAPACITORS, loadCapacitorGrids, MASKS, REGULATORS } from './circuit.js';
import { type CapacitorScenarios, scenarioTable } from './scenarios.js';

/** Options of the capacitor tasks. */
export type CapacitorOptions = CapacitorRules & CapacitorScenarios;

/** Variants of the task. */
export type CapacitorVariant = 'published' | 'once' | 'serious';

/** Their ids and titles. */
export const CAPACITOR_TASKS: Readonly<Record<CapacitorVariant, { readonly id: string; readonly title: string }>> = {
  published: { id: 'capacitors-ieee123', title: 'IEEE 123: toggle four capacitors for least losses, as published' },
  once: { id: 'capacitors-ieee123-once', title: 'IEEE 123: name the states of four capacitors at once for least losses' },
  serious: { id: 'capacitors-ieee123-serious', title: 'IEEE 123: toggle four capacitors or stop; losses and voltage, regulators act' },
};

/** The one action of the task that names states: which masks have names. */
const NAMED_MASKS = { open: [0], c83: [1], small: [14], closed: [MASKS - 1] } as const;

async function makeCapacitorTask(variant: CapacitorVariant, options: CapacitorOptions): Promise<Task> {
  const { id, title } = CAPACITOR_TASKS[variant];
  const serious = variant === 'serious';
  const once = variant === 'once';
  const { bandPu, voltagePriceW, tolerance } = capacitorRules(id, serious, options, ['rows', 'masks']);
  const table = scenarioTable(id, options);
  const grids = await loadCapacitorGrids(serious);
  const buses = [...grids.open.buses.keys()];
  const toggles = Object.fromEntries(CAPACITORS.map((name, k) => [name, [k]]));
  return {
    id,
    title,
    observationSpace: new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, observationWidth(buses.length, serious)),
    actionSpace: new Discrete(once ? MASKS : CAPACITORS.length + (serious ? 1 : 0)),
    masksActions: !once,
    ...(once ? { maxSteps: 1 } : {}),
    costNames: ['voltageOutsidePu'],
    infoNames: INFO_NAMES,
    observationNames: [
      ...buses.map((bus) => `voltage ${bus} pu`),
      ...CAPACITORS.map((name) => `${name} kvar`),
      ...(serious ? REGULATORS.map((name) => `${name} position`) : []),
    ],
    actionNames: [once ? 'state' : 'toggle'],
    namedActions: once ? NAMED_MASKS : { ...toggles, ...(serious ? { stop: [CAPACITORS.length] } : {}) },
    create({ environments, arrays, backend }: SliceOptions): CapacitorSlice {
      const lanes = new CapacitorLanes(grids, { scenarios: environments, backend, tolerance, controls: serious, bandPu });
      return new CapacitorSlice(arrays, { id, lanes, grids, serious, once, voltagePriceW, bandPu, table });
    },
  };
}

/** The published task. Throws InputError for options that cannot be. */
export function capacitorTask(options: CapacitorOptions = {}): Promise<Task> {
  return makeCapacitorTask('published', options);
}

/** The one whose single action names the states of all capacitors. Throws InputError for options that cannot be. */
export function onceCapacitorTask(options: CapacitorOptions = {}): Promise<Task> {
  return makeCapacitorTask('once', options);
}

/** The serious one. Throws InputError for options that cannot be. */
export function seriousCapacitorTask(options: CapacitorOptions = {}): Promise<Task> {
  return makeCapacitorTask('serious', options);
}
