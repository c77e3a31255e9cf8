/** What of the microgrid tasks may differ. */
import { type Microgrid, type MicrogridVariant, VOLTAGE_LEVELS } from '../../../dynamics/index.js';
import { checkWord, describeValue, InputError } from '../../../grid/index.js';
import { type TaskOptions, taskOptions } from '../../registry.js';

/** Ids of the tasks, which are the names of the microgrids. */
export const MICROGRID_TASKS = ['microgrid-6', 'microgrid-20'] as const;

/** Id of a microgrid task. */
export type MicrogridTaskId = (typeof MICROGRID_TASKS)[number];

/** Which reward, and which levels go with it: PowerNet's first version, or its revision for the journal. */
export type MicrogridReward = 'v1' | 'r2';

/** Options of a microgrid task. */
export interface MicrogridOptions {
  /** With the mistakes of the published simulator, or without. Default `repaired`. */
  readonly variant: MicrogridVariant;
  /** Default `v1`. */
  readonly reward: MicrogridReward;
  /** One of ten levels for each inverter, or a number from -1 to 1 over their span. Default `levels`. */
  readonly actions: 'levels' | 'continuous';
  /** Who sets the voltages: `agents`, or the consensus control of the microgrid (`conventional`), which passes over actions. Default `agents`. */
  readonly control: 'agents' | 'conventional';
  /** Length of a control step, s. Default 0.05. */
  readonly controlSeconds: number;
  /** Step of the scheme, s, of which a control step has a whole number. Default 0.001. */
  readonly schemeSeconds: number;
  /** Times the loads' usual disturbance (0.2 at the reset, 0.05 a step), 0 to 2.5. Default 1. */
  readonly loadNoise: number;
  /** Share rho of the set point before in the next one, 0 to less than 1. Default 0. */
  readonly smoothing: number;
}

/** An interval of set points, V, and the levels in it. The upper end is no level: as published, the span is cut in ten. */
export interface VoltageSpan {
  readonly low: number;
  readonly high: number;
  readonly levels: readonly number[];
}

/** Set points that go with a reward. */
export function voltageSpan(reward: MicrogridReward): VoltageSpan {
  const levels = reward === 'v1' ? VOLTAGE_LEVELS.first : VOLTAGE_LEVELS.revised;
  return { low: levels[0], high: levels[9] + (levels[1] - levels[0]), levels };
}

/** Options with their defaults. Throws InputError for those that are not known, and for values out of range. */
export function microgridOptions(id: MicrogridTaskId, given: TaskOptions): MicrogridOptions {
  const options = taskOptions(id, given, {
    variant: 'repaired',
    reward: 'v1',
    actions: 'levels',
    control: 'agents',
    controlSeconds: 0.05,
    schemeSeconds: 0.001,
    loadNoise: 1,
    smoothing: 0,
  });
  const word = (name: keyof MicrogridOptions, words: readonly string[]): string => {
    checkWord(`the option ${name} of ${id}`, options[name], words);
    return options[name] as string;
  };
  const within = (name: keyof MicrogridOptions, least: number, most: number): number => {
    const value = options[name];
    if (!(typeof value === 'number' && value >= least && value <= most))
      throw new InputError(`the option ${name} of ${id} is ${describeValue(value)}; it must be a number from ${least} to ${most}`);
    return value;
  };
  const controlSeconds = within('controlSeconds', 1e-3, 1);
  const schemeSeconds = within('schemeSeconds', 1e-5, 0.01);
  const ratio = controlSeconds / schemeSeconds;
  if (Math.round(ratio) < 1 || Math.abs(Math.round(ratio) - ratio) > 1e-9 * ratio)
    throw new InputError(`the option schemeSeconds of ${id} is ${schemeSeconds}, which does not divide controlSeconds, ${controlSeconds}`);
  return {
    variant: word('variant', ['repaired', 'published']) as MicrogridVariant,
    reward: word('reward', ['v1', 'r2']) as MicrogridReward,
    actions: word('actions', ['levels', 'continuous']) as MicrogridOptions['actions'],
    control: word('control', ['agents', 'conventional']) as MicrogridOptions['control'],
    controlSeconds,
    schemeSeconds,
    loadNoise: within('loadNoise', 0, 2.5),
    smoothing: within('smoothing', 0, 0.999),
  };
}

/** What a slice of a microgrid task is made of. */
export interface MicrogridSetup {
  readonly id: MicrogridTaskId;
  readonly microgrid: Microgrid;
  readonly options: MicrogridOptions;
  readonly span: VoltageSpan;
}
