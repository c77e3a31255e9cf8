/** The fast path for the tables of a case: a bracket in which nothing but numbers stands. */

/** Rows of numbers as they stand in brackets. */
export interface NumericRows {
  rows: number;
  cols: number;
  /** Row by row. */
  numbers: number[];
  /** Line of the file of each row. */
  lines: number[];
  /** Offset behind the closing bracket, and the line on which that is. */
  end: number;
  endLine: number;
  /** The first row that has not as many numbers as the first one, with its offset. */
  uneven?: { row: number; count: number; at: number };
}

const NUMBER = /[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|(?:Inf|inf|NaN|nan)(?!\w))/y;

/**
 * Reads the rows of numbers behind an opening bracket, up to and with the closing one. Undefined where anything but numbers, signs that stand at their numbers,
 * separators, comments and continuations is met: that is for the parser; `too many` where there are more numbers than `most`, `unclosed` at the end of the
 * text.
 *
 * @param at offset behind the bracket
 * @param line the line on which it stands
 */
export function scanNumericRows(text: string, at: number, line: number, most: number): NumericRows | 'too many' | 'unclosed' | undefined {
  const found: NumericRows = { rows: 0, cols: 0, numbers: [], lines: [], end: 0, endLine: 0 };
  let count = 0;
  let rowStart = at;
  let rowLine = line;
  let needsNumber = false;
  let position = at;
  const endRow = (): void => {
    if (count === 0) return;
    if (found.rows === 0) found.cols = count;
    else if (count !== found.cols) found.uneven ??= { row: found.rows + 1, count, at: rowStart };
    found.rows++;
    found.lines.push(rowLine);
    count = 0;
  };
  for (;;) {
    const code = text.charCodeAt(position);
    if (code === 32 || code === 9 || code === 13) position++;
    else if (code === 44 /* , */) {
      if (count === 0 || needsNumber) return undefined;
      needsNumber = true;
      position++;
    } else if (code === 59 /* ; */ || code === 10) {
      endRow();
      needsNumber = false;
      if (code === 10) line++;
      position++;
    } else if (code === 93 /* ] */) {
      endRow();
      found.end = position + 1;
      found.endLine = line;
      return found;
    } else if (code === 37 /* % */ || code === 35 /* # */) {
      if (text.charCodeAt(position + 1) === 123 /* { */) return undefined;
      position = lineEnd(text, position);
    } else if (code === 46 && text.startsWith('...', position)) {
      position = lineEnd(text, position);
      if (position < text.length) position++;
      line++;
    } else {
      NUMBER.lastIndex = position;
      const match = NUMBER.exec(text);
      if (match === null) return position >= text.length ? 'unclosed' : undefined;
      if (count === 0) {
        rowStart = position;
        rowLine = line;
      }
      position += match[0].length;
      if (!endsNumber(text, position)) return undefined;
      found.numbers.push(numberOf(match[0]));
      if (found.numbers.length > most) return 'too many';
      count++;
      needsNumber = false;
    }
  }
}

/** The value of a number as {@link scanNumericRows} meets it. */
function numberOf(word: string): number {
  const value = Number(word);
  if (!Number.isNaN(value)) return value;
  if (/n$/i.test(word)) return Number.NaN;
  return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function lineEnd(text: string, position: number): number {
  const end = text.indexOf('\n', position);
  return end < 0 ? text.length : end;
}

/** Whether a number may end here: a separator, a comment, a continuation or the bracket follows. */
function endsNumber(text: string, position: number): boolean {
  switch (text.charCodeAt(position)) {
    case 9:
    case 10:
    case 13:
    case 32:
    case 35:
    case 37:
    case 44:
    case 59:
    case 93:
      return true;
    default:
      return text.startsWith('...', position);
  }
}
