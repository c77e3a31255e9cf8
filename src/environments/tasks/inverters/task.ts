/**
 * `inverters-ieee123`: PV inverters and batteries keep the voltages of the IEEE 123-bus feeder. After Selim, Ye, Zhao, Yang (arXiv 2402.15932), whose reward is minus the summed
 * voltage violation; that paper gives no number, rating or place of a device, so devices, taps and profiles are ours. Formulas: docs/tasks/inverters.md.
 */
import { loadFeeder } from '../../../feeders/index.js';
import { describeValue, type Grid, InputError } from '../../../grid/index.js';
import { defineTask } from '../../define/index.js';
import { siteProfiles } from '../../define/profiles.js';
import type { Device, ReactiveControl } from '../../devices/index.js';
import { type TaskOptions, taskOptions } from '../../registry.js';
import type { Task } from '../../task.js';

export const TITLE = 'IEEE 123: 12 PV inverters and 4 batteries keep the voltages, quarter hour by quarter hour';

/** What `placeBySensitivity` gives by reactive power with a spacing of 4, for 12 places. */
export const INVERTER_BUSES = ['95', '87', '83', '79', '300', '450', '197', '66', '61', '151', '56', '48'] as const;
/** What it gives by active power with a spacing of 8, for 4 places. */
export const BATTERY_BUSES = ['95', '83', '300', '450'] as const;

/** Nominal load of the feeder. */
const LOAD_KW = 3490;
/** PV of all inverters as a share of it, and apparent power of an inverter as a multiple of its active power. */
const PV_SHARE = 0.6;
const OVERSIZE = 1.1;
/** Of all batteries. */
const BATTERY_KW = 500;
const BATTERY_KWH = 2000;
const EFFICIENCY = 0.95;

function devices(reactive: ReactiveControl, voltWatt: boolean): Device[] {
  const ratedKw = (PV_SHARE * LOAD_KW) / INVERTER_BUSES.length;
  const powerKw = BATTERY_KW / BATTERY_BUSES.length;
  const capacityKwh = BATTERY_KWH / BATTERY_BUSES.length;
  return [
    ...INVERTER_BUSES.map((bus): Device => ({ kind: 'pv', name: bus, bus, ratedKw, kva: OVERSIZE * ratedKw, reactive, voltWatt })),
    ...BATTERY_BUSES.map(
      (bus): Device => ({
        kind: 'battery',
        name: bus,
        bus,
        battery: {
          maxChargeKw: powerKw,
          maxDischargeKw: powerKw,
          minimumKwh: 0,
          maximumKwh: capacityKwh,
          chargeEfficiency: EFFICIENCY,
          dischargeEfficiency: EFFICIENCY,
        },
      }),
    ),
  ];
}

/**
 * Tap numbers from neutral, as the feeder's own regulator controls leave them at half of nominal load. They stand all day: at noon the ends of the feeder are high, in the evening low.
 */
export const TAPS = { reg1a: 1, reg2a: 1, reg3a: 2, reg3c: 1, reg4a: 7, reg4b: 3, reg4c: 5 } as const;
const TAP_STEP = 0.00625;
/** Load of the year's highest mean hour, as a multiple of nominal. */
const LOAD_SCALE = 1.2;

function oneOf<T>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new InputError(`the option ${name} of inverters-ieee123 is ${describeValue(value)}; it must be ${allowed.join(' or ')}`);
  return found;
}

async function feeder(): Promise<Grid> {
  const grid = await loadFeeder('ieee123');
  for (const [name, tap] of Object.entries(TAPS)) grid.require('transformer', name).windings[1].tapPu = 1 + tap * TAP_STEP;
  return grid;
}

/**
 * Makes the task.
 *
 * @param options `actions`: `continuous` (default; a box) or `discrete` (choices of 5 or 11 levels); `reactive`: who sets reactive power, the `agent` (default), nobody (`unity`), or the
 * inverters themselves by `volt-var` or `watt-var` of IEEE 1547; `voltWatt`: whether they limit active power too (default false)
 * @throws InputError for options that it does not know
 */
export async function invertersTask(options: TaskOptions = {}): Promise<Task> {
  const given = taskOptions('inverters-ieee123', options, { actions: 'continuous', reactive: 'agent', voltWatt: false });
  const reactive = oneOf('reactive', given.reactive, ['agent', 'unity', 'volt-var', 'watt-var'] as const);
  return defineTask({
    id: 'inverters-ieee123',
    title: TITLE,
    grid: await feeder(),
    devices: devices(reactive, oneOf('voltWatt', given.voltWatt, [false, true])),
    profiles: siteProfiles({ loadScale: LOAD_SCALE }),
    actions: oneOf('actions', given.actions, ['continuous', 'discrete'] as const),
  });
}
