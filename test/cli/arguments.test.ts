import { describe, expect, it } from 'vitest';
import { choice, duration, noPositionals, numeric, onePositional, readArguments, suggestion, UsageError } from '../../src/cli/arguments.js';

const NAMES = { values: ['tolerance', 'step', 'method'], flags: ['json'] };
const read = (...args: string[]) => readArguments('solve', args, NAMES);

describe('command lines', () => {
  it('takes positionals, values and flags apart in any order', () => {
    const found = read('--json', 'ieee13', '--tolerance', '1e-8', '--step=15m');
    expect(found.positionals).toEqual(['ieee13']);
    expect(found.flags.has('json')).toBe(true);
    expect(numeric('solve', found, 'tolerance', { above: 0 })).toBe(1e-8);
    expect(duration('solve', found, 'step')).toBe(900);
    expect(onePositional('solve', found, 'a feeder')).toBe('ieee13');
  });

  it.each([
    ['1m', 60],
    ['90', 90],
    ['0.5h', 1800],
    ['24h', 86400],
    ['7d', 604800],
    ['15 min', 900],
  ])('reads the time %s as %d seconds', (text, seconds) => {
    expect(duration('qsts', read('--step', text), 'step')).toBe(seconds);
  });

  it.each([
    ['an unknown option', ['--tolerence', '1'], /no option --tolerence, did you mean tolerance\?/],
    ['a missing value', ['--tolerance'], /--tolerance needs a value/],
    ['a value that is the next option', ['--tolerance', '--json'], /--tolerance needs a value/],
    ['a value for a flag', ['--json=yes'], /--json takes no value/],
    ['an option given twice', ['--step', '1', '--step', '2'], /--step is given twice/],
  ])('refuses %s', (_, args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });

  it.each(['abc', 'NaN', 'Infinity', ' ', '-1', '0'])('refuses the tolerance "%s"', (text) => {
    expect(() => numeric('solve', read(`--tolerance=${text}`), 'tolerance', { above: 0 })).toThrow(UsageError);
  });

  it.each(['', '0', '-5m', '3 weeks', 'm', 'NaN'])('refuses the time "%s"', (text) => {
    expect(() => duration('qsts', read(`--step=${text}`), 'step')).toThrow(UsageError);
  });

  it('refuses a choice that is none, and lists those there are', () => {
    expect(() => choice('solve', read('--method', 'magic'), 'method', ['auto', 'newton'])).toThrow(/it may be auto, newton/);
    expect(choice('solve', read('--method', 'Newton'), 'method', ['auto', 'newton'])).toBe('newton');
  });

  it('refuses too many and too few positionals', () => {
    expect(() => onePositional('solve', read(), 'a feeder')).toThrow(/name a feeder/);
    expect(() => onePositional('solve', read('a', 'b'), 'a feeder')).toThrow(/"b" is one argument too many/);
    expect(() => noPositionals('info', read('a'))).toThrow(/"a" is one argument too many/);
  });

  it('suggests only what is near', () => {
    expect(suggestion('slove', ['solve', 'feeders'])).toBe(', did you mean solve?');
    expect(suggestion('xyzzy', ['solve', 'feeders'])).toBe('');
  });
});
