/**
 * Cuts one line of the OpenDSS language into parameters `name=value`, and a value into items.
 *
 * Rules: blanks and commas separate, `=` ties a name to its value, quotes are () [] {} "" '' and end at the first closing mark of their kind (they do
 * not nest within themselves), `!` and `//` outside quotes end the line, `@name` stands for a variable.
 */
import { InputError, type SourceLocation } from '../../grid/index.js';

/** A parameter. `name` is empty where the value stands alone; `text` is empty where nothing follows `=` or a comma. */
export interface Parameter {
  name: string;
  text: string;
  /** The value stood in quotes or brackets. */
  quoted: boolean;
}

/** Script variables, `@name` in lower case to text. */
export type Variables = ReadonlyMap<string, string>;

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '"': '"', "'": "'" };
const NO_VARIABLES: Variables = new Map();

const isBlank = (code: number): boolean => code === 32 || code === 9;

/** Reads the parameters of a line one after the other. */
export class ParameterScanner {
  private position = 0;
  /** What ended the last token: `=`, `,`, ` `, `|` or `!` (comment or end of line). */
  private ending = ' ';

  /**
   * @param text one line, without line break
   * @param location where it stands, for messages
   * @param variables values of `@name`
   * @param rowMark also treat `|` as a separator, as inside matrices
   */
  constructor(
    private readonly text: string,
    private readonly location: SourceLocation | undefined,
    private readonly variables: Variables = NO_VARIABLES,
    private readonly rowMark = false,
  ) {
    this.skipBlanks();
  }

  /** True where nothing but blanks or a comment is left. */
  get atEnd(): boolean {
    return this.position >= this.text.length || this.isCommentAt(this.position);
  }

  /** What has not been read yet. */
  get remainder(): string {
    return this.text.slice(this.position);
  }

  /** A scanner of another text at the same place, with the same variables. */
  over(text: string): ParameterScanner {
    return new ParameterScanner(text, this.location, this.variables, this.rowMark);
  }

  /** True where the last token was ended by a row mark `|`. */
  get endedRow(): boolean {
    return this.ending === '|';
  }

  /** The next parameter, or undefined at the end of the line. Throws {@link InputError} at a bracket that is never closed. */
  next(): Parameter | undefined {
    if (this.atEnd) {
      this.position = this.text.length;
      return undefined;
    }
    let name = '';
    this.ending = ' ';
    let token = this.token();
    if (this.ending === '=') {
      name = token.text;
      token = this.token();
    }
    return { name, ...this.substitute(token) };
  }

  /** The next value, `=` being no separator to it (for items of arrays); undefined at the end. */
  nextItem(): Parameter | undefined {
    if (this.atEnd) {
      this.position = this.text.length;
      return undefined;
    }
    return { name: '', ...this.substitute(this.token()) };
  }

  private token(): { text: string; quoted: boolean } {
    if (this.atEnd) {
      this.position = this.text.length;
      return { text: '', quoted: false };
    }
    const first = this.text[this.position];
    const closing = CLOSING[first];
    let value: string;
    if (closing !== undefined) {
      const end = this.text.indexOf(closing, this.position + 1);
      if (end < 0) {
        const shown = this.text.slice(this.position, this.position + 30);
        throw new InputError(`"${first}" is never closed: ${shown}; add the closing ${closing}`, { location: this.location });
      }
      value = this.text.slice(this.position + 1, end);
      this.position = end + 1;
    } else {
      const start = this.position;
      while (this.position < this.text.length && !this.isSeparatorAt(this.position)) this.position++;
      value = this.text.slice(start, this.position);
      this.ending = ' ';
    }
    this.passSeparator();
    return { text: value, quoted: closing !== undefined };
  }

  /**
   * Skips blanks, one separator, blanks. (A quoted value that followed `=` or a comma has its separator directly behind it or none: `x=[1] , y=2` is
   * a parameter, then an empty one. So it is in the language, and an empty parameter ends a command.)
   */
  private passSeparator(): void {
    if (this.ending === ' ' || this.ending === '!') this.skipBlanks();
    else if (isBlank(this.text.charCodeAt(this.position))) {
      this.ending = ' ';
      this.skipBlanks();
      return;
    }
    if (this.atEnd) {
      this.position = this.text.length;
      this.ending = '!';
      return;
    }
    const mark = this.text[this.position];
    if (mark === ',' || mark === '=' || (this.rowMark && mark === '|')) {
      this.ending = mark;
      this.position++;
      this.skipBlanks();
    }
  }

  private skipBlanks(): void {
    while (this.position < this.text.length && isBlank(this.text.charCodeAt(this.position))) this.position++;
  }

  private isCommentAt(at: number): boolean {
    const code = this.text.charCodeAt(at);
    return code === 33 || (code === 47 && this.text.charCodeAt(at + 1) === 47);
  }

  private isSeparatorAt(at: number): boolean {
    const code = this.text.charCodeAt(at);
    // blank, tab, comma, equals, and the row mark
    return code === 32 || code === 9 || code === 44 || code === 61 || (this.rowMark && code === 124) || this.isCommentAt(at);
  }

  private substitute(token: { text: string; quoted: boolean }): { text: string; quoted: boolean } {
    if (token.text.length < 2 || token.text[0] !== '@' || this.variables.size === 0) return token;
    const cut = token.text.includes('^') ? token.text.indexOf('^') : token.text.indexOf('.');
    const name = cut < 0 ? token.text : token.text.slice(0, cut);
    const value = this.variables.get(name.toLowerCase());
    if (value === undefined) return token;
    const rest = cut < 0 ? '' : token.text.slice(cut);
    // A value in braces holds other variables: it is an expression.
    if (value.startsWith('{')) return { text: value.slice(1, -1) + rest, quoted: true };
    return { text: value + rest, quoted: token.quoted };
  }
}

/** The items of a value: `1, 2 (3 4 +)` gives three. */
export function splitItems(text: string, location: SourceLocation | undefined, variables: Variables = NO_VARIABLES): Parameter[] {
  const scanner = new ParameterScanner(text, location, variables);
  const items: Parameter[] = [];
  for (let item = scanner.nextItem(); item; item = scanner.nextItem()) items.push(item);
  return items;
}

/** The rows of a matrix, each a list of items; rows end at `|`. */
export function splitRows(text: string, location: SourceLocation | undefined, variables: Variables = NO_VARIABLES): Parameter[][] {
  const scanner = new ParameterScanner(text, location, variables, true);
  const rows: Parameter[][] = [[]];
  for (let item = scanner.nextItem(); item; item = scanner.nextItem()) {
    if (item.text !== '') rows[rows.length - 1].push(item);
    if (scanner.endedRow) rows.push([]);
  }
  if (rows.length > 1 && rows[rows.length - 1].length === 0) rows.pop();
  return rows;
}
