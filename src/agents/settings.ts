/** Settings of agents: named, with a default, what they mean and what they may be; completed and checked in one place. */
import { describeValue, editDistance, InputError } from '../grid/index.js';

/** What a setting may be; plain data. */
export type SettingValue = number | string | boolean | readonly number[];

/** One setting. */
export interface Setting<T extends SettingValue> {
  readonly value: T;
  /** What it means, in one line, with its unit and source where there is one. */
  readonly about: string;
  /** The value, or an InputError that names `what`. */
  readonly check: (what: string, value: unknown) => T;
}

/** All settings of an agent, by name. */
export type SettingsSchema = Readonly<Record<string, Setting<SettingValue>>>;

/** Complete settings of a schema. */
export type SettingsOf<S extends SettingsSchema> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Settings as a user gives them: any part. */
export type GivenSettings = Readonly<Record<string, unknown>>;

function numberSetting(value: number, least: number, most: number, about: string, whole: boolean): Setting<number> {
  const kind = whole ? 'a whole number' : 'a number';
  return {
    value,
    about,
    check: (what, given) => {
      if (typeof given !== 'number' || !(given >= least && given <= most) || (whole && !Number.isInteger(given)))
        throw new InputError(`${what} is ${describeValue(given)}; give ${kind} from ${least} to ${most}`);
      return given;
    },
  };
}

/** A whole number within bounds. */
export function whole(value: number, least: number, most: number, about: string): Setting<number> {
  return numberSetting(value, least, most, about, true);
}

/** A number within bounds. */
export function real(value: number, least: number, most: number, about: string): Setting<number> {
  return numberSetting(value, least, most, about, false);
}

/** Yes or no. */
export function flag(value: boolean, about: string): Setting<boolean> {
  return {
    value,
    about,
    check: (what, given) => {
      if (typeof given !== 'boolean') throw new InputError(`${what} is ${describeValue(given)}; give true or false`);
      return given;
    },
  };
}

/** One of some names. */
export function choice<const N extends string>(value: N, names: readonly N[], about: string): Setting<N> {
  return {
    value,
    about,
    check: (what, given) => {
      const found = names.find((name) => name === given);
      if (found === undefined) throw new InputError(`${what} is ${describeValue(given)}; it may be ${names.join(', ')}`);
      return found;
    },
  };
}

/** Most units of a hidden layer: beyond, first weights alone take minutes. */
const MOST_UNITS = 1024;

/** Units of the hidden layers of a network. */
export function layers(value: readonly number[], about: string): Setting<readonly number[]> {
  return {
    value,
    about,
    check: (what, given) => {
      if (!Array.isArray(given) || given.length > 8 || !given.every((units) => Number.isInteger(units) && units >= 1 && units <= MOST_UNITS))
        throw new InputError(
          `${what} is ${describeValue(given)}; give an array of up to 8 whole numbers from 1 to ${MOST_UNITS}, units of hidden layers`,
        );
      return [...(given as number[])];
    },
  };
}

/**
 * Settings with all defaults written out.
 *
 * @param agent its name, for messages
 * @param given from the weakest to the strongest, as tuned settings of a task and then those of the user
 * @throws InputError for a name that is none, with the nearest, and for a value that may not be
 */
export function completeSettings<S extends SettingsSchema>(
  agent: string,
  schema: S,
  ...given: readonly (GivenSettings | undefined)[]
): SettingsOf<S> {
  const complete: Record<string, SettingValue> = Object.fromEntries(Object.entries(schema).map(([name, { value }]) => [name, value]));
  for (const settings of given) {
    if (settings === undefined) continue;
    if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
      throw new InputError(`settings of ${agent} are ${describeValue(settings)}; give an object by name`);
    for (const [name, value] of Object.entries(settings)) {
      if (!Object.hasOwn(schema, name)) {
        const near = Object.keys(schema).sort((a, b) => editDistance(name, a) - editDistance(name, b));
        throw new InputError(`${agent} has no setting ${describeValue(name)}; it has ${near.join(', ')}`);
      }
      if (value !== undefined) complete[name] = schema[name].check(`the setting ${name} of ${agent}`, value);
    }
  }
  return complete as SettingsOf<S>;
}
