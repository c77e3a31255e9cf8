/** Reading command lines: known options only, numbers checked, every complaint one line that names the option. */
import { parseArgs } from 'node:util';
import { BusbarError, editDistance } from '../grid/index.js';

/** A command line that cannot be read. */
export class UsageError extends BusbarError {
  override name = 'UsageError';
}

/** Names of options: those that take a value, and those that do not. */
export interface OptionNames {
  values: readonly string[];
  flags: readonly string[];
  /** Options that take a value and may be given several times. */
  repeated?: readonly string[];
  /** Flags that may have a value behind an equals sign: both a flag and a value then. */
  flagsWithValue?: readonly string[];
}

/** A command line taken apart. */
export interface Arguments {
  positionals: string[];
  values: Map<string, string>;
  flags: Set<string>;
  /** By name: values of options that may be given several times, in their order. */
  lists: Map<string, string[]>;
}

/** Takes a command line apart; `--help` and `-h` are always known. Throws {@link UsageError}. */
export function readArguments(command: string, args: readonly string[], names: OptionNames): Arguments {
  const known: Record<string, { type: 'string' | 'boolean'; short?: string }> = { help: { type: 'boolean', short: 'h' } };
  const optionOf = (name: string) => (Object.hasOwn(known, name) ? known[name] : undefined);
  for (const name of [...names.values, ...(names.repeated ?? [])]) known[name] = { type: 'string' };
  for (const name of [...names.flags, ...(names.flagsWithValue ?? [])]) known[name] = { type: 'boolean' };
  const { tokens } = parseArgs({ args: [...args], options: known, strict: false, allowPositionals: true, tokens: true });
  const found: Arguments = { positionals: [], values: new Map(), flags: new Set(), lists: new Map() };
  for (const token of tokens) {
    if (token.kind === 'positional') found.positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = optionOf(token.name);
    if (!option)
      throw new UsageError(
        `${command}: there is no option ${token.rawName}${suggestion(token.name, Object.keys(known))}; see busbar ${command} --help`,
      );
    if (option.type === 'boolean') {
      if (token.value !== undefined) {
        if (!names.flagsWithValue?.includes(token.name)) throw new UsageError(`${command}: --${token.name} takes no value`);
        if (token.value === '') throw new UsageError(`${command}: --${token.name}= needs a value, or no equals sign`);
        if (found.values.has(token.name)) throw new UsageError(`${command}: --${token.name} is given twice`);
        found.values.set(token.name, token.value);
      }
      found.flags.add(token.name);
    } else {
      // `--tolerance --json` leaves the first without its value.
      if (token.value === undefined || token.value === '' || (!token.inlineValue && /^--./.test(token.value))) {
        throw new UsageError(`${command}: --${token.name} needs a value`);
      }
      if (names.repeated?.includes(token.name)) {
        found.lists.set(token.name, [...(found.lists.get(token.name) ?? []), token.value]);
        continue;
      }
      if (found.values.has(token.name)) throw new UsageError(`${command}: --${token.name} is given twice`);
      found.values.set(token.name, token.value);
    }
  }
  return found;
}

/** The one positional argument. */
export function onePositional(command: string, found: Arguments, what: string): string {
  if (found.positionals.length === 0) throw new UsageError(`${command}: name ${what}; see busbar ${command} --help`);
  if (found.positionals.length > 1) throw new UsageError(`${command}: "${found.positionals[1]}" is one argument too many`);
  return found.positionals[0];
}

/** Refuses positional arguments. */
export function noPositionals(command: string, found: Arguments): void {
  if (found.positionals.length > 0) throw new UsageError(`${command}: "${found.positionals[0]}" is one argument too many`);
}

/** The value of an option that is one of a few words, in any case. */
export function choice<T extends string>(command: string, found: Arguments, name: string, words: readonly T[]): T | undefined {
  const text = found.values.get(name);
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text.toLowerCase());
  if (word === undefined) throw new UsageError(`${command}: --${name} is "${text}"; it may be ${words.join(', ')}`);
  return word;
}

/** What a number may be. */
export interface NumberRule {
  integer?: boolean;
  /** Smallest value allowed; with `above`, values must be greater. */
  least?: number;
  most?: number;
  above?: number;
}

/** Largest load multiplier: beyond it no circuit is meant, but a slip. */
export const MOST_MULTIPLIER = 1e9;

/** The value of a numeric option. */
export function numeric(command: string, found: Arguments, name: string, rule: NumberRule): number | undefined {
  const text = found.values.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`${command}: --${name} is "${text}"; it must be a number`);
  if (rule.integer && !Number.isInteger(value)) throw new UsageError(`${command}: --${name} is ${text}; it must be a whole number`);
  if (rule.above !== undefined && !(value > rule.above))
    throw new UsageError(`${command}: --${name} is ${text}; it must be greater than ${rule.above}`);
  if (rule.least !== undefined && !(value >= rule.least)) throw new UsageError(`${command}: --${name} is ${text}; it must be at least ${rule.least}`);
  if (rule.most !== undefined && !(value <= rule.most)) throw new UsageError(`${command}: --${name} is ${text}; it must be at most ${rule.most}`);
  return value;
}

/** The pair of `--limits 0.95,1.05`, per unit. */
export function voltageLimits(command: string, found: Arguments): readonly [number, number] | undefined {
  const text = found.values.get('limits');
  if (text === undefined) return undefined;
  const [low, high, ...more] = text.split(/[\s,]+/).map((part) => (part === '' ? Number.NaN : Number(part)));
  if (more.length > 0 || !(low > 0 && high > low && high < 10)) {
    throw new UsageError(`${command}: --limits is "${text}"; write two voltages in per unit, the lower first, as in 0.95,1.05`);
  }
  return [low, high];
}

const UNIT_SECONDS: Record<string, number> = { '': 1, s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86400 };

/** Longest time, seconds: some thousand years. */
const LONGEST_SECONDS = 1e11;

/** The value in seconds of an option such as `30s`, `15m`, `1h`, `7d`; a bare number is seconds. */
export function duration(command: string, found: Arguments, name: string, least: 'above zero' | 'zero too' = 'above zero'): number | undefined {
  const text = found.values.get(name);
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(s|sec|m|min|h|d|)$/i.exec(text.trim());
  const seconds = match ? Number(match[1]) * UNIT_SECONDS[match[2].toLowerCase()] : Number.NaN;
  if (!(least === 'zero too' ? seconds >= 0 : seconds > 0)) {
    throw new UsageError(`${command}: --${name} is "${text}"; write a time such as 30s, 15m, 1h or 7d`);
  }
  if (seconds > LONGEST_SECONDS) throw new UsageError(`${command}: --${name} is "${text}"; a time may have ${LONGEST_SECONDS} s at most`);
  return seconds;
}

/** `, did you mean ...?` where a known word is near, else nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  let best: string | undefined;
  let least = 3;
  for (const candidate of known) {
    const distance = candidate.startsWith(word.toLowerCase()) ? 1 : editDistance(word.toLowerCase(), candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best === undefined ? '' : `, did you mean ${best}?`;
}
