/** What a task on a grid is made of, as users write it down. */
import { checkKeys, describeValue, type Grid, InputError, nearestFirst } from '../../grid/index.js';
import type { Device, OrderLevels } from '../devices/index.js';
import type { TaskProfiles } from './profiles.js';

/**
 * What a step has come to, for a reward: columns, one number a lane, a lane an environment. All are kept and written anew each step. Numbers of a lane without a solution are NaN.
 */
export interface StepLanes {
  /** Lanes in use. */
  readonly count: number;
  /** To be written: the reward of each lane. */
  readonly rewards: Float64Array;
  /** Steps of the episode done, this one included. */
  readonly steps: Int32Array;
  /** Sum over buses of how far the highest of a bus's voltages is above the band and the lowest below it, per unit; and the two parts of it. */
  readonly violationPu: Float64Array;
  readonly abovePu: Float64Array;
  readonly belowPu: Float64Array;
  /** Buses of which some voltage is out of band; lowest and highest of all voltages. */
  readonly busesOutside: Float64Array;
  readonly lowestPu: Float64Array;
  readonly highestPu: Float64Array;
  /** Losses of lines and transformers; power delivered by the sources. */
  readonly lossesKw: Float64Array;
  readonly sourceKw: Float64Array;
  readonly sourceKvar: Float64Array;
  /** Delivered by all PV, what all of it could have delivered, delivered by all batteries. */
  readonly pvKw: Float64Array;
  readonly pvAvailableKw: Float64Array;
  readonly batteryKw: Float64Array;
  /** Energy of the step: through the terminals of batteries either way, PV not taken, load not served. */
  readonly throughputKwh: Float64Array;
  readonly curtailedKwh: Float64Array;
  readonly unservedKwh: Float64Array;
  /** Steps of capacitors and taps that were moved. */
  readonly switching: Float64Array;
  /** Names of the nodes observed, `bus.node`. */
  readonly nodeNames: readonly string[];
  /** Magnitude of a node's voltage in a lane, per unit. */
  voltagePu(node: number, lane: number): number;
}

/** Costs that a step can have: voltage out of band (per unit, summed over buses), losses, throughput, curtailment and unserved load (kWh of the step), switching (steps). */
export const COSTS = ['voltage', 'losses', 'throughput', 'curtailment', 'unserved', 'switching'] as const;
export type CostName = (typeof COSTS)[number];

/** A task on a grid. */
export interface TaskDefinition {
  /** Kebab-case. */
  readonly id: string;
  /** One line; default the id. */
  readonly title?: string;
  /** A grid, or the name of a built-in feeder. It is copied. Controls of the grid do not act: taps and steps are as they stand, or as devices set them. */
  readonly grid: Grid | string;
  readonly devices: readonly Device[];
  readonly profiles: TaskProfiles;
  /** Whether orders between bounds are numbers (default) or choices of so many levels. */
  readonly actions?: 'continuous' | 'discrete';
  readonly levels?: OrderLevels;
  /** Writes `rewards` of all lanes; default minus `violationPu`. Must be finite where the power flow has a solution. */
  readonly reward?: (lanes: StepLanes) => void;
  /** Default voltage, losses, throughput. */
  readonly costs?: readonly CostName[];
  /** Default 0.95 to 1.05. */
  readonly bandPu?: readonly [number, number];
  /** Reward of a step whose power flow has no solution, which ends the episode; default -100. */
  readonly failureReward?: number;
  /** Largest mismatch at any node, per unit on 1 MVA; default 1e-7. */
  readonly tolerance?: number;
  /** Factor of loads of the case from which power flows start; default 0.6. It changes how fast they are. */
  readonly baseMultiplier?: number;
}

const NAMES = [
  ...['id', 'title', 'grid', 'devices', 'profiles', 'actions', 'levels', 'reward', 'costs'],
  ...['bandPu', 'failureReward', 'tolerance', 'baseMultiplier'],
];

/** Throws InputError naming what of a definition cannot be. Grid, devices, levels and profiles are looked at where they are used. */
export function checkDefinition(definition: TaskDefinition): void {
  if (typeof definition !== 'object' || definition === null)
    throw new InputError(`a task is defined by a record, not by ${describeValue(definition)}`);
  checkKeys("a task's definition", 'property', definition, NAMES);
  const { id, title, devices, actions, reward, costs, bandPu, failureReward, tolerance, baseMultiplier } = definition;
  const check = (property: keyof TaskDefinition, fine: boolean, must: string): void => {
    if (!fine)
      throw new InputError(`is ${describeValue(definition[property])}; it must be ${must}`, {
        element: typeof id === 'string' ? `task ${id}` : 'task',
        property,
      });
  };
  check('id', typeof id === 'string' && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(id), 'small letters, digits and single dashes');
  check('devices', Array.isArray(devices), 'an array of devices');
  if (devices.length === 0)
    throw new InputError("there are no devices, so that an agent has nothing to set; give one or more, as in { kind: 'capacitor', name: 'cap1' }", {
      element: `task ${id}`,
      property: 'devices',
    });
  check('title', title === undefined || typeof title === 'string', 'a text');
  check('actions', actions === undefined || actions === 'continuous' || actions === 'discrete', 'continuous or discrete');
  check('reward', reward === undefined || typeof reward === 'function', 'a function');
  check('costs', costs === undefined || Array.isArray(costs), `an array of some of ${COSTS.join(', ')}`);
  costs?.forEach((name, i) => {
    const place = { element: `task ${id}`, property: 'costs' };
    if (!COSTS.includes(name))
      throw new InputError(`there is no cost ${describeValue(name)}; there are ${nearestFirst(name, COSTS).join(', ')}`, place);
    if (costs.indexOf(name) < i) throw new InputError(`${describeValue(name)} stands there twice; name each cost once`, place);
  });
  check(
    'bandPu',
    bandPu === undefined || (Array.isArray(bandPu) && bandPu.length === 2 && bandPu.every(Number.isFinite) && bandPu[0] < bandPu[1]),
    'two voltages, the lower one first',
  );
  check('failureReward', failureReward === undefined || Number.isFinite(failureReward), 'a finite number');
  check('tolerance', tolerance === undefined || (typeof tolerance === 'number' && tolerance > 0 && tolerance <= 1), 'above 0 and at most 1');
  check('baseMultiplier', baseMultiplier === undefined || (Number.isFinite(baseMultiplier) && baseMultiplier >= 0), 'a number from 0');
}
