/**
 * `microgrid-6` and `microgrid-20`: each inverter of an islanded microgrid sets its voltage every 50 ms while loads wander. The task that PowerNet trains on (Chen et
 * al., IEEE Trans. Power Systems 37, 2022), on the dynamics of src/dynamics. docs/tasks/microgrid.md has the formulas.
 */
import { loadMicrogrid } from '../../../dynamics/index.js';
import { checkWord } from '../../../grid/index.js';
import type { TaskOptions } from '../../registry.js';
import { Box, MultiDiscrete, type Space } from '../../spaces.js';
import type { Task } from '../../task.js';
import { EPISODE_STEPS, infoNames, MicrogridSlice } from './microgrid-slice.js';
import { FEATURES, WIDTH } from './observation.js';
import { MICROGRID_TASKS, type MicrogridSetup, type MicrogridTaskId, microgridOptions, voltageSpan } from './options.js';
import { droopRule } from './rule.js';

/**
 * A microgrid task.
 *
 * @throws InputError for another id, and for options that it does not know
 */
export function microgridTask(id: MicrogridTaskId, given: TaskOptions = {}): Task {
  checkWord('the id of a microgrid task', id, MICROGRID_TASKS);
  const options = microgridOptions(id, given);
  const microgrid = loadMicrogrid(id, options.variant);
  const span = voltageSpan(options.reward);
  const setup: MicrogridSetup = { id, microgrid, options, span };
  const names = microgrid.inverters.map(({ name }) => name);
  const inverters = names.length;
  const spaceOf = (agents: number): Space =>
    options.actions === 'levels' ? new MultiDiscrete(new Array<number>(agents).fill(span.levels.length)) : new Box(-1, 1, agents);
  const constant = (level: number): number[] => {
    const number = (2 * (span.levels[level] - span.low)) / (span.high - span.low) - 1;
    return new Array<number>(inverters).fill(options.actions === 'levels' ? level : number);
  };
  return {
    id,
    title: `Microgrid of ${inverters} inverters: each sets its voltage every 50 ms while loads wander`,
    observationSpace: new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [inverters, WIDTH]),
    actionSpace: spaceOf(inverters),
    masksActions: false,
    maxSteps: EPISODE_STEPS,
    costNames: ['voltagesOutside'],
    infoNames: infoNames(inverters),
    observationNames: names.flatMap((name) => FEATURES.map((feature) => `${name}.${feature}`)),
    actionNames: names.map((name) => `${name}.vn`),
    namedActions: {
      // The set points before a step are 480 V: the lowest level is the nearest.
      neutral: constant(0),
      ...Object.fromEntries(span.levels.map((volt, level) => [`level-${volt}`, constant(level)])),
    },
    agents: {
      names,
      observationSpace: new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, WIDTH),
      actionSpace: spaceOf(1),
      rewardInfos: names.map((_, i) => `reward${i}`),
      neighbours: microgrid.neighbours,
      hopDistances: microgrid.hopDistances,
    },
    yardsticks: {
      nativeOptions: { control: 'conventional' },
      policies: {
        rule: {
          title: 'raises each set point by what droop takes off, to the nearest of ten levels',
          taskOptions: { actions: 'levels' },
          make: () => droopRule('rule', { ...setup, options: { ...options, actions: 'levels' } }),
        },
        'rule-continuous': {
          title: 'the same, to any voltage of the span',
          taskOptions: { actions: 'continuous' },
          make: () => droopRule('rule-continuous', { ...setup, options: { ...options, actions: 'continuous' } }),
        },
      },
    },
    create: (given) => new MicrogridSlice(setup, given),
  };
}
