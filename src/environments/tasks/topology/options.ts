/** Options of the topology tasks. */
import { checkWord, describeValue, InputError } from '../../../grid/index.js';
import {
  DAY_STEPS,
  DrawnChronics,
  loadTopologyElements,
  makeChoices,
  openChronics,
  SCENARIO_DAYS,
  TOPOLOGY_REWARDS,
  type TopologyReward,
  type TopologySettings,
  type TopologyTaskId,
} from '../../../topology/index.js';
import { type TaskOptions, taskOptions } from '../../registry.js';

/** Kinds of actions. */
export const ACTION_KINDS = ['set', 'change', 'lines'] as const;
export type TopologyActionKind = (typeof ACTION_KINDS)[number];

/** Options, all of which may be left out. */
export interface TopologyOptions {
  /** `set`: all unitary topologies; `change`: one element to its other busbar; `lines`: a line in or out. Default `set` and `lines`. */
  readonly actions?: readonly TopologyActionKind[];
  /** Most unitary topologies of one substation. Default 64. */
  readonly mostOfSubstation?: number;
  /** Whether generators' targets are moved, wind and sun capped, storage units there. Default false. */
  readonly redispatch?: boolean;
  readonly curtailment?: boolean;
  readonly storage?: boolean;
  /** Default `close-to-overflow`. */
  readonly reward?: TopologyReward;
  /** Steps after which an episode is cut. Default 8064, 28 days. */
  readonly episodeSteps?: number;
  /** Where in a scenario episodes begin: at its first row, or at any. Default `first`. */
  readonly start?: 'first' | 'random';
  /** Series of our own: how many scenarios, and what they count from. Default 100 and 0. */
  readonly scenarios?: number;
  readonly seriesSeed?: number;
  /** Of series of our own: deviation of the level of all loads from day to day, as a share. 0 keeps everything within the ranges of the data. Default 0.06. */
  readonly loadSpread?: number;
  /** A folder of Grid2Op chronics (one scenario, or a folder of them), in place of our own series. Node only. */
  readonly chronics?: string;
  /** Whether lines are under maintenance now and then. Default false. */
  readonly maintenance?: boolean;
  /** Whether an opponent takes lines out. Default false. */
  readonly opponent?: boolean;
  /** Rules; by default those of the grid's data. */
  readonly softSteps?: number;
  readonly hardRatio?: number;
  readonly reconnectionSteps?: number;
  readonly lineCooldown?: number;
  readonly substationCooldown?: number;
  /** Largest mismatch at any bus, per unit of the grid's base power. Default 1e-10. */
  readonly tolerance?: number;
}

/** Chance of each line on a working day, where there is maintenance. */
const DAILY_MAINTENANCE = 0.01;
/** An attack a day, of four hours. */
const OPPONENT = { everySteps: DAY_STEPS, duration: 48 } as const;

/** What a task is made of. */
export interface TopologySetup {
  readonly id: TopologyTaskId;
  readonly settings: TopologySettings;
}

/**
 * Reads options and loads what they name.
 *
 * @throws InputError for options that are not known, and for values out of range
 */
export async function topologySetup(id: TopologyTaskId, given: TaskOptions = {}): Promise<TopologySetup> {
  const options = taskOptions(id, given, {
    actions: ['set', 'lines'],
    mostOfSubstation: 64,
    redispatch: false,
    curtailment: false,
    storage: false,
    reward: 'close-to-overflow',
    episodeSteps: SCENARIO_DAYS * DAY_STEPS,
    start: 'first',
    scenarios: 100,
    seriesSeed: 0,
    loadSpread: 0.06,
    chronics: undefined,
    maintenance: false,
    opponent: false,
    softSteps: undefined,
    hardRatio: undefined,
    reconnectionSteps: undefined,
    lineCooldown: undefined,
    substationCooldown: undefined,
    tolerance: 1e-10,
  });
  const fail = (name: string, must: string): never => {
    throw new InputError(`the option ${name} of ${id} is ${describeValue(options[name as keyof typeof options])}; it must be ${must}`);
  };
  const within = (name: keyof typeof options, least: number, most: number, isWhole: boolean): number => {
    const value = options[name];
    if (!(typeof value === 'number' && value >= least && value <= most && (!isWhole || Number.isInteger(value))))
      return fail(name, `a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`);
    return value;
  };
  const flag = (name: keyof typeof options): boolean => {
    const value = options[name];
    return typeof value === 'boolean' ? value : fail(name, 'true or false');
  };
  const actions = typeof options.actions === 'string' ? [options.actions] : options.actions;
  if (!Array.isArray(actions)) return fail('actions', `a list of ${ACTION_KINDS.join(', ')}`);
  for (const kind of actions) checkWord(`an entry of the option actions of ${id}`, kind, ACTION_KINDS);
  checkWord(`the option reward of ${id}`, options.reward, TOPOLOGY_REWARDS);
  checkWord(`the option start of ${id}`, options.start, ['first', 'random']);
  const [redispatch, curtailment, storage] = [flag('redispatch'), flag('curtailment'), flag('storage')];
  const seriesSeed = within('seriesSeed', 0, Number.MAX_SAFE_INTEGER, true);
  const scenarios = within('scenarios', 1, 100_000, true);
  if (options.chronics !== undefined) {
    const own = (['scenarios', 'seriesSeed', 'loadSpread'] as const).find((name) => given !== null && name in given && given[name] !== undefined);
    if (own !== undefined) throw new InputError(`the option ${own} of ${id} is for series of our own; with chronics leave it out`);
  }
  const elements = await loadTopologyElements(id, storage);
  const { rules } = elements.facts;
  const rule = (name: keyof typeof options, standard: number, least: number, most: number, isWhole = true): number =>
    options[name] === undefined ? standard : within(name, least, most, isWhole);
  const choices = makeChoices(elements, {
    set: actions.includes('set'),
    change: actions.includes('change'),
    lines: actions.includes('lines'),
    redispatch,
    curtailment,
    mostOfSubstation: within('mostOfSubstation', 1, 4096, true),
  });
  return {
    id,
    settings: {
      elements,
      choices,
      chronics:
        options.chronics === undefined
          ? new DrawnChronics(elements, seriesSeed, scenarios, within('loadSpread', 0, 0.2, false))
          : openChronics(options.chronics, elements),
      rules: {
        softSteps: rule('softSteps', 2, 0, 200),
        hardRatio: rule('hardRatio', 2, 1, 1e6, false),
        reconnectionSteps: rule('reconnectionSteps', rules.reconnectionSteps, 0, 1e6),
        lineCooldown: rule('lineCooldown', rules.lineCooldown, 0, 1e6),
        substationCooldown: rule('substationCooldown', rules.substationCooldown, 0, 1e6),
      },
      reward: options.reward as TopologyReward,
      episodeSteps: within('episodeSteps', 1, 1e6, true),
      start: options.start as 'first' | 'random',
      tolerance: within('tolerance', 1e-13, 1e-3, false),
      opponent: flag('opponent') ? OPPONENT : undefined,
      maintenance: flag('maintenance') ? { dailyProbability: DAILY_MAINTENANCE } : undefined,
      seriesSeed,
      isDispatched: redispatch || curtailment || storage,
    },
  };
}
