/**
 * Spaces: which rows of numbers are observations or actions.
 *
 * Every space is a flat row of numbers, described entry by entry: either so many whole numbers from a first one on (a *choice*), or any number between two bounds.
 * Masks say which choices are allowed: for each discrete entry its choices, one behind the other. Names and kinds follow Gymnasium's.
 */
import { checkFunction, checkNumbers, checkObject, describeValue, InputError } from '../grid/index.js';
import { log, type RandomStream } from '../numeric/index.js';
import { wholeNumber } from './checks.js';

/** Where rows are read from. */
export type NumberRow = ArrayLike<number>;

/** Where rows are written to. */
export type WritableRow = Float64Array | Float32Array | Int32Array | Uint8Array | number[];

/** A number as JSON writes it; JSON has no infinities. */
export type JsonNumber = number | 'Infinity' | '-Infinity';

/** A space as plain data: what `toJSON` gives and {@link spaceFromJSON} takes. */
export type SpaceRecord =
  | { readonly kind: 'discrete'; readonly n: number; readonly start: number }
  | { readonly kind: 'multi-discrete'; readonly counts: readonly number[]; readonly starts: readonly number[] }
  | { readonly kind: 'multi-binary'; readonly n: number }
  | {
      readonly kind: 'box';
      readonly low: JsonNumber | readonly JsonNumber[];
      readonly high: JsonNumber | readonly JsonNumber[];
      readonly shape: readonly number[];
    }
  | { readonly kind: 'dict'; readonly spaces: readonly (readonly [string, SpaceRecord])[] };

/** Entries of a row, one array an attribute. */
interface Entries {
  /** [entry]: choices of a discrete entry, 0 for a number of a box. */
  readonly counts: Int32Array;
  /** [entry]: smallest value, -Infinity for none. */
  readonly low: Float64Array;
  /** [entry]: largest value, Infinity for none. */
  readonly high: Float64Array;
}

/** Most entries of a space, and most choices of all its entries together. */
const MOST = 2 ** 24;

/** A set of rows of numbers. Made by {@link Discrete}, {@link MultiDiscrete}, {@link MultiBinary}, {@link Box} and {@link Dict}; never changes. */
export abstract class Space {
  abstract readonly kind: SpaceRecord['kind'];
  /** Numbers in a row. */
  readonly length: number;
  /** Choices of all discrete entries together: the length of a mask. */
  readonly choices: number;
  /** [entry]: choices of a discrete entry, 0 for a number of a box. */
  readonly counts: Int32Array;
  /** [entry]: smallest value; -Infinity where there is none. */
  readonly low: Float64Array;
  /** [entry]: largest value; Infinity where there is none. */
  readonly high: Float64Array;
  /** [entry]: where its choices begin in a mask. */
  readonly maskStarts: Int32Array;
  /** Bounds that numbers are held against: of boxes these rounded to single precision too, where that is the wider. */
  private readonly least: Float64Array;
  private readonly most: Float64Array;

  protected constructor({ counts, low, high }: Entries) {
    this.length = counts.length;
    this.counts = counts;
    this.low = low;
    this.high = high;
    this.maskStarts = new Int32Array(this.length);
    let choices = 0;
    for (let i = 0; i < this.length; i++) {
      this.maskStarts[i] = choices;
      choices += counts[i];
    }
    if (choices > MOST) throw new InputError(`a space of ${choices} choices; at most ${MOST} are possible`);
    this.choices = choices;
    this.least = low.map((x) => Math.min(x, finiteOr(Math.fround(x), x)));
    this.most = high.map((x) => Math.max(x, finiteOr(Math.fround(x), x)));
  }

  /**
   * Draws a row: each allowed choice equally likely; numbers evenly between two bounds, exponentially (mean 1) from a single bound, normally (deviation 1) where there is none.
   *
   * @param into receives `length` numbers from `at` on
   * @param mask 1 where a choice is allowed, from `maskAt` on; all are without it. A mask that allows all gives the row that none gives
   * @throws InputError where an entry has no allowed choice
   */
  sample(stream: RandomStream, into: WritableRow, at = 0, mask?: ArrayLike<number>, maskAt = 0): void {
    checkFunction('the method uniform of the stream', stream?.uniform, 'a RandomStream');
    checkNumbers('the row to be written', into);
    const { counts, low, high, length } = this;
    for (let i = 0; i < length; i++) {
      if (counts[i] === 0) into[at + i] = drawBetween(stream, low[i], high[i]);
      else if (mask === undefined) into[at + i] = low[i] + stream.integer(counts[i]);
      else into[at + i] = low[i] + this.drawAllowed(stream, i, mask, maskAt + this.maskStarts[i]);
    }
  }

  private drawAllowed(stream: RandomStream, entry: number, mask: ArrayLike<number>, from: number): number {
    const count = this.counts[entry];
    let allowed = 0;
    for (let k = 0; k < count; k++) if (mask[from + k] !== 0) allowed += 1;
    if (allowed === 0) throw new InputError(`the mask allows no choice of entry ${entry}`);
    let left = stream.integer(allowed);
    for (let k = 0; ; k++) if (mask[from + k] !== 0 && left-- === 0) return k;
  }

  /**
   * The first entry of a row that is not in the space or not allowed by the mask, -1 where all is well. Numbers of boxes must be finite; a bound rounded to
   * single precision counts as the bound.
   */
  firstFault(row: NumberRow, at = 0, mask?: ArrayLike<number>, maskAt = 0): number {
    if (typeof row !== 'object' || row === null) throw new InputError(`a row of a space is ${describeValue(row)}; give ${this.length} numbers`);
    const { counts, low, least, most, length, maskStarts } = this;
    for (let i = 0; i < length; i++) {
      const value = row[at + i];
      if (!(value >= least[i] && value <= most[i])) return i;
      if (counts[i] === 0) {
        if (value === Infinity || value === -Infinity) return i;
      } else {
        if (Math.floor(value) !== value) return i;
        if (mask !== undefined && mask[maskAt + maskStarts[i] + value - low[i]] === 0) return i;
      }
    }
    return -1;
  }

  /** Whether a row, `length` numbers from `at` on, is in the space (and allowed by the mask). */
  contains(row: NumberRow, at = 0, mask?: ArrayLike<number>, maskAt = 0): boolean {
    checkObject('a row of a space', row, `${this.length} numbers`);
    return at >= 0 && at + this.length <= row.length && this.firstFault(row, at, mask, maskAt) < 0;
  }

  /** What an entry may be, for messages. */
  describeEntry(entry: number): string {
    wholeNumber('the entry of a space', entry, 0, this.length - 1);
    const [low, high] = [this.low[entry], this.high[entry]];
    if (this.counts[entry] > 0) return low === high ? `the number ${low}` : `a whole number from ${low} to ${high}`;
    if (low === -Infinity && high === Infinity) return 'a finite number';
    if (high === Infinity) return `a number of ${low} or more`;
    if (low === -Infinity) return `a number of ${high} or less`;
    return `a number from ${low} to ${high}`;
  }

  /** The space in one line. */
  abstract describe(): string;
  /** Plain data, for {@link spaceFromJSON}. */
  abstract toJSON(): SpaceRecord;
}

function finiteOr(value: number, other: number): number {
  return Number.isFinite(value) ? value : other;
}

function drawBetween(stream: RandomStream, low: number, high: number): number {
  if (low === -Infinity && high === Infinity) return stream.normal();
  if (high === Infinity) return low - log(1 - stream.uniform());
  if (low === -Infinity) return high + log(1 - stream.uniform());
  const u = stream.uniform();
  const span = high - low;
  const drawn = span < Infinity ? low + u * span : (1 - u) * low + u * high;
  return Math.min(Math.max(drawn, low), high);
}

function discreteEntries(counts: readonly number[], starts: readonly number[]): Entries {
  const low = Float64Array.from(starts);
  return { counts: Int32Array.from(counts), low, high: low.map((start, i) => start + counts[i] - 1) };
}

function listOf<T>(what: string, value: readonly T[]): readonly T[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST) throw new InputError(`${what} must be an array of 1 to ${MOST} entries`);
  return value;
}

/** One of n whole numbers. */
export class Discrete extends Space {
  readonly kind = 'discrete';

  /**
   * @param n how many
   * @param start the smallest of them
   * @throws InputError for what is no such number
   */
  constructor(
    readonly n: number,
    readonly start = 0,
  ) {
    wholeNumber('n of a discrete space', n, 1, MOST);
    wholeNumber('start of a discrete space', start, -(2 ** 31), 2 ** 31);
    super(discreteEntries([n], [start]));
  }

  describe(): string {
    return this.start === 0 ? `Discrete(${this.n})` : `Discrete(${this.n}, start ${this.start})`;
  }

  toJSON(): SpaceRecord {
    return { kind: this.kind, n: this.n, start: this.start };
  }
}

/** Several whole numbers, each with choices of its own. */
export class MultiDiscrete extends Space {
  readonly kind = 'multi-discrete';
  /** [entry]: smallest value. */
  readonly starts: readonly number[];

  /**
   * @param sizes choices of each entry
   * @param starts smallest value of each; 0 by default
   * @throws InputError for what are no such numbers, and where the lengths differ
   */
  constructor(
    readonly sizes: readonly number[],
    starts: readonly number[] = Array.from(sizes ?? [], () => 0),
  ) {
    listOf('the sizes of a multi-discrete space', sizes).forEach((n, i) => wholeNumber(`size ${i} of a multi-discrete space`, n, 1, MOST));
    listOf('the starts of a multi-discrete space', starts).forEach((n, i) =>
      wholeNumber(`start ${i} of a multi-discrete space`, n, -(2 ** 31), 2 ** 31),
    );
    if (starts.length !== sizes.length) throw new InputError(`a multi-discrete space has ${sizes.length} sizes and ${starts.length} starts`);
    super(discreteEntries(sizes, starts));
    this.sizes = [...sizes];
    this.starts = [...starts];
  }

  describe(): string {
    const starts = this.starts.some((start) => start !== 0) ? `, starts [${this.starts.join(', ')}]` : '';
    return `MultiDiscrete([${runs(this.sizes)}]${starts})`;
  }

  toJSON(): SpaceRecord {
    return { kind: this.kind, counts: this.sizes, starts: this.starts };
  }
}

/** Several numbers, each 0 or 1; in masks each has two choices. */
export class MultiBinary extends Space {
  readonly kind = 'multi-binary';

  /** @param n how many. Throws InputError for what is no whole number from 1. */
  constructor(readonly n: number) {
    wholeNumber('n of a multi-binary space', n, 1, MOST / 2);
    super({ counts: new Int32Array(n).fill(2), low: new Float64Array(n), high: new Float64Array(n).fill(1) });
  }

  describe(): string {
    return `MultiBinary(${this.n})`;
  }

  toJSON(): SpaceRecord {
    return { kind: this.kind, n: this.n };
  }
}

type Bound = number | ArrayLike<number>;

function boxShape(low: Bound, high: Bound, shape: number | readonly number[] | undefined): readonly number[] {
  for (const [name, bound] of Object.entries({ low, high }))
    if (typeof bound !== 'number') checkNumbers(`${name} of a box`, bound, 'a number or an array of numbers');
  if (shape !== undefined && typeof shape !== 'number') checkNumbers('the shape of a box', shape, 'a number or an array of numbers');
  if (shape !== undefined) {
    const dimensions = typeof shape === 'number' ? [shape] : [...shape];
    return dimensions.map((n) => wholeNumber('a dimension of a box', n, 1, MOST));
  }
  if (typeof low === 'object') return [low.length];
  return typeof high === 'object' ? [high.length] : [1];
}

function bounds(name: 'low' | 'high', bound: Bound, length: number): Float64Array {
  const values = typeof bound === 'number' ? new Float64Array(length).fill(bound) : Float64Array.from(bound);
  if (values.length !== length) throw new InputError(`${name} of a box has ${values.length} numbers; its shape has ${length}`);
  return values;
}

function boxEntries(low: Bound, high: Bound, shape: readonly number[]): Entries {
  const length = shape.reduce((product, n) => product * n, 1);
  if (length < 1 || length > MOST) throw new InputError(`a box of ${length} numbers; it must have 1 to ${MOST}`);
  const entries = { counts: new Int32Array(length), low: bounds('low', low, length), high: bounds('high', high, length) };
  for (let i = 0; i < length; i++) {
    const [least, most] = [entries.low[i], entries.high[i]];
    if (!(least <= most) || least === Infinity || most === -Infinity) {
      throw new InputError(`entry ${i} of a box has low ${least} and high ${most}; low must be a number not above high`);
    }
  }
  return entries;
}

/** Numbers between bounds, both included. */
export class Box extends Space {
  readonly kind = 'box';
  /** Lengths of its dimensions, the last of which runs fastest in the row. */
  readonly shape: readonly number[];

  /**
   * @param low smallest value of all entries, or of each; -Infinity for none
   * @param high likewise the largest
   * @param shape length, or lengths of several dimensions; by default the length of the bounds, or 1
   * @throws InputError where bounds are no numbers or crossed, or lengths differ
   */
  constructor(low: Bound, high: Bound, shape?: number | readonly number[]) {
    const dimensions = boxShape(low, high, shape);
    super(boxEntries(low, high, dimensions));
    this.shape = dimensions;
  }

  describe(): string {
    return `Box(${range(this.low)}, ${range(this.high)}, ${this.shape.join(' x ')})`;
  }

  toJSON(): SpaceRecord {
    return { kind: this.kind, low: jsonBound(this.low), high: jsonBound(this.high), shape: this.shape };
  }
}

/** Named spaces, their rows one behind the other in the order given. */
export class Dict extends Space {
  readonly kind = 'dict';
  /** The spaces by name. */
  readonly spaces: Readonly<Record<string, Space>>;
  /** By name: where its numbers begin in a row. */
  readonly starts: Readonly<Record<string, number>>;

  /** @param spaces by name. Throws InputError where there is none, and for names that are whole numbers (JavaScript would change their order). */
  constructor(spaces: Readonly<Record<string, Space>>) {
    checkObject('what a dict space is made of', spaces, '{ name: space, ... }');
    const entries = Object.entries(spaces);
    if (entries.length === 0) throw new InputError('a dict space needs at least one named space');
    for (const [name, space] of entries) {
      if (/^\d+$/.test(name)) throw new InputError(`a space named "${name}" in a dict space; names must not be whole numbers`);
      if (!(space instanceof Space)) throw new InputError(`"${name}" of a dict space is ${describeValue(space)}; it must be a space`);
    }
    const joined = <T extends Int32Array | Float64Array>(into: T, of: (space: Space) => T): T => {
      let at = 0;
      for (const [, space] of entries) {
        into.set(of(space), at);
        at += space.length;
      }
      return into;
    };
    const length = entries.reduce((sum, [, space]) => sum + space.length, 0);
    if (length > MOST) throw new InputError(`a dict space of ${length} numbers; at most ${MOST} are possible`);
    super({
      counts: joined(new Int32Array(length), (space) => space.counts),
      low: joined(new Float64Array(length), (space) => space.low),
      high: joined(new Float64Array(length), (space) => space.high),
    });
    this.spaces = Object.fromEntries(entries);
    let at = 0;
    this.starts = Object.fromEntries(
      entries.map(([name, space]) => {
        const start = at;
        at += space.length;
        return [name, start];
      }),
    );
  }

  /** The numbers of a named space in a row, as a view. Throws InputError for a name that is not there. */
  part<T extends Float64Array | Float32Array>(row: T, name: string, at = 0): T {
    checkFunction('the method subarray of a row', row?.subarray, 'a Float32Array or a Float64Array');
    if (!Object.hasOwn(this.starts, name)) {
      throw new InputError(`there is no ${describeValue(name)} in this space; there are ${Object.keys(this.starts).join(', ')}`);
    }
    const from = at + this.starts[name];
    return row.subarray(from, from + this.spaces[name].length) as T;
  }

  describe(): string {
    return `Dict(${Object.entries(this.spaces)
      .map(([name, space]) => `${name}: ${space.describe()}`)
      .join(', ')})`;
  }

  toJSON(): SpaceRecord {
    return { kind: this.kind, spaces: Object.entries(this.spaces).map(([name, space]) => [name, space.toJSON()] as const) };
  }
}

/** `33, 33, 33` as `33 x 3`, so that wide spaces stay readable. */
function runs(values: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < values.length; ) {
    let end = i;
    while (end < values.length && values[end] === values[i]) end += 1;
    parts.push(end - i > 2 ? `${values[i]} x ${end - i}` : values.slice(i, end).join(', '));
    i = end;
  }
  return parts.join(', ');
}

function range(values: Float64Array): string {
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  return least === most ? String(least) : `${least} to ${most}`;
}

function jsonNumber(x: number): JsonNumber {
  return x === Infinity ? 'Infinity' : x === -Infinity ? '-Infinity' : x;
}

function jsonBound(values: Float64Array): JsonNumber | JsonNumber[] {
  return values.every((x) => x === values[0]) ? jsonNumber(values[0]) : Array.from(values, jsonNumber);
}

function numberOfJson(x: JsonNumber): number {
  return typeof x === 'number' ? x : x === 'Infinity' ? Infinity : x === '-Infinity' ? -Infinity : NaN;
}

function boundOfJson(bound: JsonNumber | readonly JsonNumber[]): Bound {
  return Array.isArray(bound) ? bound.map(numberOfJson) : numberOfJson(bound as JsonNumber);
}

function namedSpace(entry: readonly [string, SpaceRecord]): [string, Space] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string')
    throw new InputError(`a space of a dict space is ${describeValue(entry)}; give its name and its record, ["name", { kind, ... }]`);
  return [entry[0], spaceFromJSON(entry[1])];
}

/** The space that a record describes. Throws InputError for what is none. */
export function spaceFromJSON(record: SpaceRecord): Space {
  switch (record?.kind) {
    case 'discrete':
      return new Discrete(record.n, record.start);
    case 'multi-discrete':
      return new MultiDiscrete(record.counts, record.starts);
    case 'multi-binary':
      return new MultiBinary(record.n);
    case 'box':
      return new Box(boundOfJson(record.low), boundOfJson(record.high), record.shape);
    case 'dict':
      return new Dict(Object.fromEntries(listOf('the spaces of a dict space', record.spaces).map((entry) => namedSpace(entry))));
    default:
      throw new InputError(`a space is described by its kind, discrete, multi-discrete, multi-binary, box or dict, not by ${describeValue(record)}`);
  }
}
