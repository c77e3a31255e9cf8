/** Where something stands in an input file. */
export interface SourceLocation {
  file: string;
  line: number;
  /** From 1, where it is known. */
  column?: number;
}

/** `file:line`, or `file:line:column`; the file alone where the line is 0 (the file as a whole), the empty string where the place is unknown. */
export function formatLocation(location: SourceLocation | undefined): string {
  if (!location) return '';
  if (!(location.line > 0)) return location.file;
  return location.column === undefined ? `${location.file}:${location.line}` : `${location.file}:${location.line}:${location.column}`;
}

/** Longest message, characters: names and values come from files and may be of any length. */
const LONGEST_MESSAGE = 600;

/** A text without control characters (an ESC in a file could write to the screen as it likes): each becomes a blank. Line feeds stay where asked for. */
export function printable(text: string, keep: 'nothing' | 'line feeds' = 'nothing'): string {
  return text.replace(keep === 'line feeds' ? /(?!\n)\p{Cc}/gu : /\p{Cc}/gu, ' ');
}

/** A text as it may stand in a message: one line, printable, its middle left out where it is long. */
export function oneLine(text: string, longest = LONGEST_MESSAGE): string {
  if (text.length <= longest) return printable(text);
  const end = Math.floor(longest / 3);
  return printable(`${text.slice(0, longest - end - 5)} ... ${text.slice(-end)}`);
}

/** A value as messages name it: what callers without a compiler hand over may be anything. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(oneLine(value, 60));
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

/** A power mismatch as messages write it. */
export function formatMismatch(mismatchPu: number): string {
  return Number.isFinite(mismatchPu) ? `${mismatchPu.toExponential(2)} pu of 1 MVA` : 'not finite';
}

/** Base class of every error that busbar throws on purpose. Its message is one line that says what, where and what to do. */
export class BusbarError extends Error {
  override name = 'BusbarError';

  constructor(message: string) {
    super(oneLine(message));
  }
}

/** What an {@link InputError} is about. */
export interface InputErrorDetails {
  location?: SourceLocation;
  /** The element concerned as `kind.name`. */
  element?: string;
  property?: string;
}

/** Bad input: names file and line, element and property where they are known. */
export class InputError extends BusbarError {
  override name = 'InputError';
  readonly location: SourceLocation | undefined;
  readonly element: string | undefined;
  readonly property: string | undefined;

  constructor(message: string, details: InputErrorDetails = {}) {
    const place = formatLocation(details.location);
    const subject = [details.element, details.property].filter((part) => part).join('.');
    super([place, subject, message].filter((part) => part).join(': '));
    this.location = details.location;
    this.element = details.element;
    this.property = details.property;
  }
}

/** A grid that cannot be compiled or solved as posed (no source, isolated part, singular matrix). */
export class GridError extends BusbarError {
  override name = 'GridError';
}

/** A solution that was asked for and not reached; carries the iterations done, the mismatch left and the worst node. */
export class ConvergenceError extends BusbarError {
  override name = 'ConvergenceError';
  constructor(
    message: string,
    readonly iterations: number,
    readonly mismatchPu: number,
    readonly worstNode: string,
  ) {
    super(message);
  }
}
