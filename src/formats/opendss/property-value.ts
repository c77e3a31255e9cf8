/** The value given to a property, with the ways of reading it. Every reading that fails throws an {@link InputError} naming file, line, element and property. */
import { InputError, type SourceLocation } from '../../grid/index.js';
import { evaluateRpn, parseNumber } from './rpn.js';
import { type Parameter, splitItems, splitRows, type Variables } from './tokenizer.js';

/** Where a value stands: for messages and for variables within it. */
export interface ValueScope {
  location: SourceLocation;
  /** `class.name` of the element, or the command. */
  element: string;
  property: string;
  variables: Variables;
}

/** A bus with the nodes written after it: `671.1.2` is bus 671, nodes 1 and 2. */
export interface BusReference {
  bus: string;
  nodes: number[];
}

/** One value of one property. */
export class PropertyValue {
  constructor(
    readonly text: string,
    readonly scope: ValueScope,
  ) {}

  /** Throws an {@link InputError} about this value. */
  fail(message: string): never {
    throw new InputError(message, { location: this.scope.location, element: this.scope.element, property: this.scope.property });
  }

  /** A number, plain or as postfix arithmetic. */
  number(): number {
    return this.toNumber(this.text);
  }

  /** A number greater than zero. */
  positive(): number {
    const value = this.number();
    if (!(value > 0)) this.fail(`must be greater than zero, not ${shorten(this.text)}`);
    return value;
  }

  /** A number not less than zero. */
  notNegative(): number {
    const value = this.number();
    if (!(value >= 0)) this.fail(`must not be negative, but is ${shorten(this.text)}`);
    return value;
  }

  /** A number other than zero. */
  nonZero(): number {
    const value = this.number();
    if (value === 0) this.fail('must not be zero');
    return value;
  }

  /** A whole number (rounded where it is not), at least `least`. */
  integer(least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): number {
    const value = Math.round(this.number());
    if (value < least || value > most) {
      const noMost = most === Number.MAX_SAFE_INTEGER && value < least;
      this.fail(`must be ${noMost ? `at least ${least}` : `between ${least} and ${most}`}, not ${shorten(this.text)}`);
    }
    return value;
  }

  /** Yes or true; no or false. (The language takes `1` and `on` for no.) */
  boolean(): boolean {
    const first = this.text.trim()[0]?.toLowerCase();
    if (first === 'y' || first === 't') return true;
    if (first !== undefined && 'nf01o'.includes(first)) return false;
    return this.fail(`must be yes or no, not "${shorten(this.text)}"`);
  }

  /** The text in lower case, without blanks at its ends; not empty. */
  name(): string {
    const name = this.text.trim().toLowerCase();
    if (name === '') this.fail('needs a name');
    return name;
  }

  /** The meaning of an (abbreviated) word; names in the order in which abbreviations match. */
  choice<T>(choices: ReadonlyArray<readonly [string, T]>): T {
    const text = this.text.trim();
    return this.choose(text, choices);
  }

  /** As {@link choice} for each item. An omitted item is undefined. */
  choiceList<T>(choices: ReadonlyArray<readonly [string, T]>): (T | undefined)[] {
    return this.items().map((item) => (item.text === '' ? undefined : this.choose(item.text, choices)));
  }

  /** The items of a list. */
  items(): Parameter[] {
    return splitItems(this.text, this.scope.location, this.scope.variables);
  }

  /** The items of a list as lower-case names, empty ones left out. */
  names(): string[] {
    return this.items()
      .filter((item) => item.text !== '')
      .map((item) => item.text.trim().toLowerCase());
  }

  /** A list of numbers. */
  numbers(): number[] {
    return this.items().map((item) => this.itemNumber(item));
  }

  /** A list of numbers, with undefined for an omitted one (`[1,,3]`). */
  sparseNumbers(): (number | undefined)[] {
    return this.items().map((item) => (item.text === '' ? undefined : this.itemNumber(item)));
  }

  /** A list of exactly so many numbers. */
  numbersOf(count: number): number[] {
    const values = this.numbers();
    if (values.length !== count) this.fail(`needs ${count} numbers, but has ${values.length}`);
    return values;
  }

  /** Real and imaginary part. */
  complex(): [number, number] {
    const values = this.numbersOf(2);
    return [values[0], values[1]];
  }

  /**
   * A symmetric matrix of the given order, written in full or as its lower triangle, rows separated by `|`; returned row by row. Where both triangles
   * are written, the lower one counts.
   */
  symmetricMatrix(order: number): Float64Array {
    const rows = splitRows(this.text, this.scope.location, this.scope.variables);
    if (rows.length !== order) this.fail(`needs ${order} rows for ${order} conductors, but has ${rows.length}`);
    const matrix = new Float64Array(order * order);
    rows.forEach((row, i) => {
      if (row.length <= i || row.length > order) {
        this.fail(`row ${i + 1} needs ${i + 1} numbers (lower triangle) or ${order} (full), but has ${row.length}`);
      }
      row.forEach((item, j) => {
        const value = this.itemNumber(item);
        matrix[i * order + j] = value;
        matrix[j * order + i] = value;
      });
    });
    return matrix;
  }

  /** A bus with its nodes. */
  bus(): BusReference {
    return this.parseBus(this.text);
  }

  /** A list of buses; undefined where one is omitted. */
  buses(): (BusReference | undefined)[] {
    return this.items().map((item) => (item.text === '' ? undefined : this.parseBus(item.text)));
  }

  private toNumber(text: string): number {
    const plain = parseNumber(text);
    if (plain !== undefined) return plain;
    const words = this.rpnWords(text);
    if (words.length === 0) this.fail('needs a number');
    return evaluateRpn(words, (message) => this.fail(words.length === 1 ? `"${shorten(text.trim())}" is not a number` : message));
  }

  private rpnWords(text: string): string[] {
    return splitItems(text, this.scope.location, this.scope.variables).map((item) => item.text);
  }

  private itemNumber(item: Parameter): number {
    const plain = parseNumber(item.text);
    if (plain !== undefined) return plain;
    if (item.quoted) return this.toNumber(item.text);
    if (item.text === '') this.fail('has an empty place where a number is needed');
    return this.fail(`"${shorten(item.text)}" is not a number`);
  }

  private choose<T>(text: string, choices: ReadonlyArray<readonly [string, T]>): T {
    const key = text.toLowerCase();
    const exact = choices.find(([name]) => name === key);
    if (exact) return exact[1];
    const begun = key === '' ? undefined : choices.find(([name]) => name.startsWith(key));
    if (begun) return begun[1];
    // Longer words are recognised by their first two letters, as `wye-grounded`.
    const like = key.length > 2 ? choices.find(([name]) => name.length >= 2 && name.startsWith(key.slice(0, 2))) : undefined;
    if (like) return like[1];
    return this.fail(`"${shorten(text)}" is not one of ${choices.map(([name]) => name).join(', ')}`);
  }

  private parseBus(text: string): BusReference {
    const dot = text.indexOf('.');
    const bus = (dot < 0 ? text : text.slice(0, dot)).trim().toLowerCase();
    if (bus === '') this.fail(`"${shorten(text)}" names no bus`);
    const nodes: number[] = [];
    if (dot >= 0) {
      for (const part of text.slice(dot + 1).split('.')) {
        const word = part.trim();
        if (word === '') break;
        const node = parseNumber(word);
        if (node === undefined || !Number.isInteger(node) || node < 0 || node > 1_000_000)
          this.fail(`"${shorten(word)}" in "${shorten(text)}" is not a node number`);
        nodes.push(node);
      }
    }
    return { bus, nodes };
  }
}

/** A text cut to a length fit for a message. */
export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
