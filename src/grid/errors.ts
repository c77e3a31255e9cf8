/** Where something stands in an input file. */
export interface SourceLocation {
  file: string;
  line: number;
}

/** `file:line`, the file alone where the line is 0 (the file as a whole), or the empty string where the place is unknown. */
export function formatLocation(location: SourceLocation | undefined): string {
  if (!location) return '';
  return location.line > 0 ? `${location.file}:${location.line}` : location.file;
}

/** Base class of every error that busbar throws on purpose. Its message is one line that says what, where and what to do. */
export class BusbarError extends Error {
  override name = 'BusbarError';
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
