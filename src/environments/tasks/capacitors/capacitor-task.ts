/**
 * `capacitors-ieee123`: toggle capacitors of the IEEE 123-bus feeder to lower its losses, each at most once; and `capacitors-ieee123-serious`, the same where one may stop,
 * regulators act and voltage has a price. Formulas: docs/tasks/capacitors.md.
 */
import { describeValue, InputError } from '../../../grid/index.js';
import { Box, Discrete } from '../../spaces.js';
import type { SliceOptions, Task } from '../../task.js';
import { CapacitorLanes } from './capacitor-lanes.js';
import { CapacitorSlice, INFO_NAMES, observationWidth } from './capacitor-slice.js';
import { CAPACITORS, loadCapacitorGrids, REGULATORS } from './circuit.js';

/** What may differ from the task as it is meant. */
export interface CapacitorOptions {
  /** Voltages that are not out of band, per unit. Default 0.95 to 1.05; 0.97 to 1.03 in the serious task. */
  bandPu?: readonly [number, number];
  /** Serious only: watt per pu that a bus is out of band. Default 50,000. */
  voltagePriceW?: number;
  /** Largest mismatch at any node, per unit on 1 MVA. Default 1e-7, which leaves 1e-5 kW of the losses. */
  tolerance?: number;
}

/** Largest mismatch that leaves all losses within 1e-5 kW of the exact ones. */
export const TOLERANCE = 1e-7;

function checked(id: string, serious: boolean, options: CapacitorOptions): Required<CapacitorOptions> {
  const names = serious ? ['bandPu', 'voltagePriceW', 'tolerance'] : ['bandPu', 'tolerance'];
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new InputError(`${id} has no option "${unknown}"; it has ${names.join(', ')}`);
  const { bandPu = serious ? [0.97, 1.03] : [0.95, 1.05], voltagePriceW = serious ? 50_000 : 0, tolerance = TOLERANCE } = options;
  if (!Array.isArray(bandPu) || bandPu.length !== 2 || !bandPu.every(Number.isFinite) || !(bandPu[0] < bandPu[1]))
    throw new InputError(`${id}: bandPu is two voltages, the lower one first, not ${describeValue(bandPu)}`);
  if (!(typeof voltagePriceW === 'number' && voltagePriceW >= 0 && voltagePriceW < Infinity))
    throw new InputError(`${id}: voltagePriceW is a number of 0 or more, not ${describeValue(voltagePriceW)}`);
  if (!(typeof tolerance === 'number' && tolerance > 0 && tolerance <= 1))
    throw new InputError(`${id}: tolerance is a number above 0 and up to 1, not ${describeValue(tolerance)}`);
  return { bandPu: bandPu as [number, number], voltagePriceW, tolerance };
}

async function makeCapacitorTask(id: string, serious: boolean, options: CapacitorOptions): Promise<Task> {
  const { bandPu, voltagePriceW, tolerance } = checked(id, serious, options);
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
      return new CapacitorSlice(arrays, { id, lanes, grids, serious, voltagePriceW });
    },
  };
}

/** The published task. Throws InputError for options that cannot be. */
export function capacitorTask(options: CapacitorOptions = {}): Promise<Task> {
  return makeCapacitorTask('capacitors-ieee123', false, options);
}

/** The serious one. Throws InputError for options that cannot be. */
export function seriousCapacitorTask(options: CapacitorOptions = {}): Promise<Task> {
  return makeCapacitorTask('capacitors-ieee123-serious', true, options);
}
