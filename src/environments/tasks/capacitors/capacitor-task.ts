/**
 * `capacitors-ieee123`: toggle capacitors of the IEEE 123-bus feeder to lower its losses, each at most once; and `capacitors-ieee123-serious`, the same where one may stop,
 * regulators act and voltage has a price. Formulas: docs/tasks/capacitors.md.
 */
import { Box, Discrete } from '../../spaces.js';
import type { SliceOptions, Task } from '../../task.js';
import { CapacitorLanes } from './capacitor-lanes.js';
import { type CapacitorRules, capacitorRules } from './capacitor-rules.js';
import { CapacitorSlice, INFO_NAMES, observationWidth } from './capacitor-slice.js';
import { CAPACITORS, loadCapacitorGrids, REGULATORS } from './circuit.js';

async function makeCapacitorTask(id: string, serious: boolean, options: CapacitorRules): Promise<Task> {
  const { bandPu, voltagePriceW, tolerance } = capacitorRules(id, serious, options);
  const grids = await loadCapacitorGrids(serious);
  const buses = [...grids.open.buses.keys()];
  return {
    id,
    title: serious
      ? 'IEEE 123: toggle four capacitors or stop; losses and voltage, regulators act'
      : 'IEEE 123: toggle four capacitors for least losses, as published',
    observationSpace: new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, observationWidth(buses.length, serious)),
    actionSpace: new Discrete(CAPACITORS.length + (serious ? 1 : 0)),
    masksActions: true,
    costNames: ['voltageOutsidePu'],
    infoNames: INFO_NAMES,
    observationNames: [
      ...buses.map((bus) => `voltage ${bus} pu`),
      ...CAPACITORS.map((name) => `${name} kvar`),
      ...(serious ? REGULATORS.map((name) => `${name} position`) : []),
    ],
    actionNames: ['toggle'],
    namedActions: {
      ...Object.fromEntries(CAPACITORS.map((name, k) => [name, [k]])),
      ...(serious ? { stop: [CAPACITORS.length] } : {}),
    },
    create({ environments, arrays, backend }: SliceOptions): CapacitorSlice {
      const lanes = new CapacitorLanes(grids, { scenarios: environments, backend, tolerance, controls: serious, bandPu });
      return new CapacitorSlice(arrays, { id, lanes, grids, serious, voltagePriceW, bandPu });
    },
  };
}

/** The published task. Throws InputError for options that cannot be. */
export function capacitorTask(options: CapacitorRules = {}): Promise<Task> {
  return makeCapacitorTask('capacitors-ieee123', false, options);
}

/** The serious one. Throws InputError for options that cannot be. */
export function seriousCapacitorTask(options: CapacitorRules = {}): Promise<Task> {
  return makeCapacitorTask('capacitors-ieee123-serious', true, options);
}
