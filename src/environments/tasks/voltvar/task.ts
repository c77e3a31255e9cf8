/** The Volt-VAR tasks: siemens/powergym's environments on four feeders, and variants of them. docs/tasks/voltvar.md has the formulas. */
import { Box, Dict, MultiDiscrete, type Space } from '../../spaces.js';
import type { Task } from '../../task.js';
import { BATTERY_LEVELS } from './batteries.js';
import { HOURS } from './load-days.js';
import { type VoltVarOptions, voltVarVariant } from './options.js';
import { TAP_POSITIONS, tapPu, type VoltVarSetup, voltVarSetup } from './setup.js';
import { COST_NAMES, INFO_NAMES, VoltVarSlice } from './slice.js';

/**
 * A Volt-VAR task.
 *
 * @param id one of `voltvar-ieee13`, `-ieee34`, `-ieee123`, `-ieee8500`, with endings for variants (`-cbat`, `-soc`, `-s1.5`, `-corrected`, `-native`)
 * @param options of the variant; they go before endings
 * @throws InputError where there is no such task, and for options that there are not
 */
export async function voltVarTask(id: string, options?: VoltVarOptions): Promise<Task> {
  const { system, variant } = voltVarVariant(id, options);
  const setup = await voltVarSetup(system, variant);
  return {
    id,
    title: system.title + (variant.rules === 'corrected' ? ', corrected' : ''),
    observationSpace: observationSpace(setup),
    actionSpace: actionSpace(setup),
    masksActions: false,
    maxSteps: HOURS,
    costNames: COST_NAMES,
    infoNames: INFO_NAMES,
    observationNames: observationNames(setup),
    actionNames: [
      ...setup.capacitors.map((name) => `capacitor.${name}`),
      ...setup.regulators.map((name) => `tap.${name}`),
      ...setup.batteries.map(({ name }) => `battery.${name}`),
    ],
    resetCounts: { episode: setup.days.days },
    namedActions: namedActions(setup),
    yardsticks: { nativeOptions: { control: 'native' } },
    create: (slice) => new VoltVarSlice(setup, slice),
  };
}

function actionSpace({ capacitors, regulators, batteries, variant }: VoltVarSetup): Space {
  const switched = [...capacitors.map(() => 2), ...regulators.map(() => TAP_POSITIONS)];
  if (!variant.continuousBatteries) return new MultiDiscrete([...switched, ...batteries.map(() => BATTERY_LEVELS)]);
  return new Dict({ switched: new MultiDiscrete(switched), batteries: new Box(-1, 1, batteries.length) });
}

function observationNames({ nodes, capacitors, regulators, batteries, loads, variant }: VoltVarSetup): string[] {
  return [
    ...nodes.map((node) => `voltagePu.${node}`),
    ...capacitors.map((name) => `closed.${name}`),
    ...regulators.map((name) => `tapPu.${name}`),
    ...batteries.flatMap(({ name }) => [`charge.${name}`, `power.${name}`]),
    ...(variant.observeLoads ? loads.map((name) => `nextLoad.${name}`) : []),
  ];
}

/** Bounds as the names have them: voltages and power delivered (which may exceed the rated one) have none above. */
function observationSpace(setup: VoltVarSetup): Space {
  const bounds: Readonly<Record<string, readonly [number, number]>> = {
    voltagePu: [0, Number.POSITIVE_INFINITY],
    closed: [0, 1],
    // After a power flow that failed at once there is nothing to show, and zeros are shown.
    tapPu: [0, tapPu(TAP_POSITIONS - 1)],
    charge: [0, 1],
    power: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    nextLoad: [0, Number.POSITIVE_INFINITY],
  };
  const rows = observationNames(setup).map((name) => bounds[name.slice(0, name.indexOf('.'))]);
  return new Box(
    rows.map(([low]) => low),
    rows.map(([, high]) => high),
  );
}

/** `neutral`: capacitors on, taps at 1 pu, batteries idle. `maxTap`: the same with all taps at 1.1 pu, which published code calls doing nothing. */
function namedActions({ capacitors, regulators, batteries, variant }: VoltVarSetup): Record<string, number[]> {
  const idle = variant.continuousBatteries ? 0 : (BATTERY_LEVELS - 1) / 2;
  const withTaps = (position: number): number[] => [...capacitors.map(() => 1), ...regulators.map(() => position), ...batteries.map(() => idle)];
  return { neutral: withTaps(16), maxTap: withTaps(TAP_POSITIONS - 1) };
}
