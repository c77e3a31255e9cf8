/** Variants of the Volt-VAR tasks, by options and by endings of the task's id. */
import { checkKeys, checkText, checkWord, describeValue, InputError, nearestFirst } from '../../../grid/index.js';
import { VOLTVAR_SYSTEMS, type VoltVarSystem } from './systems.js';

/** What a variant is. */
export interface VoltVarOptions {
  /** Orders of batteries are numbers from -1 to 1 in place of 33 levels. Default false; `-cbat`. */
  continuousBatteries?: boolean;
  /** The state of charge at the end counts. Default false; `-soc`. */
  soc?: boolean;
  /** Factor of all loads; the weight of the state of charge goes with its square. Default 1; `-s1.5`. */
  loadScale?: number;
  /** `published`: as siemens/powergym has it. `corrected`: without what is physically wrong in it. Default published; `-corrected`. */
  rules?: 'published' | 'corrected';
  /** `agent`: actions are carried out. `native`: regulator and capacitor controls of the feeder act instead, batteries rest and actions are passed over. Default agent; `-native`. */
  control?: 'agent' | 'native';
  /** Observations end with the multipliers of all loads in the coming step. Default false. */
  observeLoads?: boolean;
  /**
   * Which days are drawn: `all`, the default; `training` leaves out every fourth (3, 7, 11 ...), `test` draws these alone. A reset that names its day takes any.
   */
  days?: 'all' | 'training' | 'test';
}

/** A variant with nothing left open. */
export type VoltVarVariant = Required<VoltVarOptions>;

const DEFAULTS: VoltVarVariant = {
  continuousBatteries: false,
  soc: false,
  loadScale: 1,
  rules: 'published',
  control: 'agent',
  observeLoads: false,
  days: 'all',
};

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  rules: ['published', 'corrected'],
  control: ['agent', 'native'],
  days: ['all', 'training', 'test'],
};
/** Loads of more than that much of nominal are taken for a mistake. */
const LARGEST_SCALE = 100;

/** The endings that an id may have, each at most once and in this order; none for the last one's number is 1. */
const ENDINGS = /^(-cbat)?(-soc)?(-s(\d+(?:\.\d+)?))?(-corrected)?(-native)?$/;

/**
 * The system and the variant that an id and options mean.
 *
 * @param id such as `voltvar-ieee123-cbat-soc-s1.5-corrected`
 * @throws InputError where there is no such task, and for options that there are not
 */
export function voltVarVariant(id: string, options: VoltVarOptions = {}): { system: VoltVarSystem; variant: VoltVarVariant } {
  checkText('the id of a Volt-VAR task', id, 'one such as voltvar-ieee13');
  const known = VOLTVAR_SYSTEMS.map((one) => one.id);
  // The longest first, should one ever begin as another does.
  const system = [...VOLTVAR_SYSTEMS].sort((a, b) => b.id.length - a.id.length).find((one) => id === one.id || id.startsWith(`${one.id}-`));
  const endings = system && ENDINGS.exec(id.slice(system.id.length));
  if (!system || !endings)
    throw new InputError(
      `there is no Volt-VAR task ${describeValue(id)}; there are ${nearestFirst(id, known).join(', ')}, with the endings -cbat, -soc, -s<scale>, -corrected, -native`,
    );
  checkKeys(id, 'option', options, Object.keys(DEFAULTS));
  const [, cbat, soc, , scale, corrected, native] = endings;
  const named: VoltVarOptions = {
    ...(cbat ? { continuousBatteries: true } : {}),
    ...(soc ? { soc: true } : {}),
    ...(scale ? { loadScale: Number(scale) } : {}),
    ...(corrected ? { rules: 'corrected' } : {}),
    ...(native ? { control: 'native' } : {}),
  };
  const variant = { ...DEFAULTS, ...named };
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const said: unknown = (named as Record<string, unknown>)[name];
    if (said !== undefined && said !== value)
      throw new InputError(`${id} says ${name} ${describeValue(said)}, and the option ${describeValue(value)}; leave out one of them`);
    setOption(variant, name, value);
  }
  return { system, variant };
}

function setOption(variant: VoltVarVariant, name: string, value: unknown): void {
  const choices = Object.hasOwn(CHOICES, name) ? CHOICES[name] : undefined;
  if (choices) {
    checkWord(name, value, choices);
  } else if (name === 'loadScale') {
    if (!(typeof value === 'number' && value >= 0 && value <= LARGEST_SCALE))
      throw new InputError(`loadScale is ${describeValue(value)}; give a number from 0 to ${LARGEST_SCALE}`);
  } else if (typeof value !== 'boolean') throw new InputError(`${name} is ${describeValue(value)}; it must be true or false`);
  Object.assign(variant, { [name]: value });
}
