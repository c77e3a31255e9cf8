/**
 * Cuts the text of a case file, which is MATLAB code, into tokens, one at a time. Comments (`%`, `#`, blocks `%{ ... %}`) and continuations (`...`) are passed over.
 * Inside square brackets and braces blanks separate elements, so that tokens say whether a blank goes before them; what a quote means depends on it too.
 */
import { scanNumericRows } from './numeric-rows.js';
import type { Matrix } from './values.js';
import { LARGEST_MATRIX, type Work } from './work.js';

export type TokenKind = 'number' | 'text' | 'name' | 'keyword' | 'operator' | 'newline' | 'matrix' | 'end of file';

/** A token. */
export interface Token {
  kind: TokenKind;
  /** The word or operator; of a text its content. */
  text: string;
  /** Value of a number. */
  value: number;
  /** A bracket full of numbers. */
  matrix?: Matrix;
  /** Offsets of its first character and behind its last one. */
  at: number;
  end: number;
  line: number;
  /** A blank, comment or continuation goes before it. */
  spaceBefore: boolean;
  /** It stands in brackets or braces, where blanks separate (an opening bracket: in those around it). */
  inList: boolean;
}

/** Tokens that a file may have: a table of numbers is one. */
const MOST_TOKENS = 2e6;

const KEYWORDS = new Set(
  `function endfunction end if elseif else endif for endfor break continue return
  while endwhile do until switch case otherwise endswitch try catch end_try_catch parfor global persistent unwind_protect classdef spmd`.split(/\s+/),
);
// The point of 1./x belongs to the operator, and that of 1...  to the continuation.
const NUMBER = /(?:\d+(?:\.(?!\.\.|[*/\\^'])\d*)?|\.\d+)(?:[eEdD][+-]?\d+)?/y;
const WORD = /[A-Za-z_]\w*/y;
const OPERATORS = /\.\*|\.\/|\.\^|\.'|\.\\|==|~=|!=|<=|>=|&&|\|\||[-+*/\\^<>=&|~!:;,.()[\]{}]/y;

/** Reads tokens. */
export class Lexer {
  /** The present token. */
  token: Token;
  private position = 0;
  private line = 1;
  /** End of the line in which the last text stood. */
  private stop = -1;
  private count = 0;
  private readonly brackets: string[] = [];
  private endsValue = false;

  constructor(
    private readonly text: string,
    private readonly work: Work,
  ) {
    this.token = { kind: 'newline', text: '', value: 0, at: 0, end: 0, line: 1, spaceBefore: false, inList: false };
    this.advance();
  }

  private isInList(): boolean {
    const innermost = this.brackets[this.brackets.length - 1];
    return innermost === '[' || innermost === '{';
  }

  /** Whether the present token is an operator of this text. */
  is(operator: string): boolean {
    return this.token.kind === 'operator' && this.token.text === operator;
  }

  /** Whether a blank stands directly behind the present token. */
  get spaceAfter(): boolean {
    const code = this.text.charCodeAt(this.token.end);
    return code === 32 || code === 9 || code === 10 || code === 13;
  }

  /** Goes on to the next token. */
  advance(): void {
    const start = this.position;
    this.skip();
    const at = this.position;
    const token: Token = { kind: 'end of file', text: '', value: 0, at, end: at, line: this.line, spaceBefore: at > start, inList: this.isInList() };
    if (++this.count > MOST_TOKENS) this.work.fail('the file is longer than any case; write tables as plain numbers in brackets', at);
    const wasField = this.token.kind === 'operator' && this.token.text === '.';
    this.token = token;
    if (at >= this.text.length) {
      this.endsValue = false;
      return;
    }
    const mark = this.text[at];
    if (mark === '\n') this.take('newline', at + 1);
    else if (/[0-9]/.test(mark) || (mark === '.' && /[0-9]/.test(this.text[at + 1] ?? ''))) this.number();
    else if (/[A-Za-z_]/.test(mark)) this.word(wasField);
    else if (mark === '"') this.quoted('"');
    else if (mark === "'" && !(this.endsValue && !(token.inList && token.spaceBefore))) this.quoted("'");
    else if (mark === '[' && this.numericMatrix()) return;
    else this.operator();
  }

  private take(kind: TokenKind, end: number, text = this.text.slice(this.token.at, end)): void {
    this.token.kind = kind;
    this.token.end = end;
    this.token.text = text;
    this.position = end;
    if (kind === 'newline') this.line++;
    this.endsValue = kind === 'number' || kind === 'name' || kind === 'text';
  }

  /** Skips blanks, comments and continuations. */
  private skip(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      if (code === 32 || code === 9 || code === 13 || code === 0xfeff) this.position++;
      else if (code === 37 /* % */ || code === 35 /* # */) this.comment();
      else if (code === 46 && this.text.startsWith('...', this.position)) {
        this.position = this.lineEnd(this.position);
        if (this.position < this.text.length) {
          this.position++;
          this.line++;
        }
      } else return;
    }
  }

  private lineEnd(from: number): number {
    const end = this.text.indexOf('\n', from);
    return end < 0 ? this.text.length : end;
  }

  private comment(): void {
    const at = this.position;
    const isAlone = (start: number, end: number, brace: string): boolean => {
      const line = this.text.slice(start, end).trim();
      return line.length === 2 && (line[0] === '%' || line[0] === '#') && line[1] === brace;
    };
    let end = this.lineEnd(at);
    this.position = end;
    // A block begins with %{ alone on its line.
    if (this.text[at + 1] !== '{' || !isAlone(this.text.lastIndexOf('\n', at - 1) + 1, end, '{')) return;
    for (let depth = 1; depth > 0; ) {
      if (end >= this.text.length) this.work.fail('the comment block "%{" is never closed; add a line "%}"', at);
      const start = end + 1;
      end = this.lineEnd(start);
      this.line++;
      if (isAlone(start, end, '{')) depth++;
      else if (isAlone(start, end, '}')) depth--;
    }
    this.position = end;
  }

  private number(): void {
    NUMBER.lastIndex = this.token.at;
    const word = (NUMBER.exec(this.text) as RegExpExecArray)[0];
    const end = this.token.at + word.length;
    const next = this.text[end] ?? '';
    if (/[ij]/.test(next) && !/\w/.test(this.text[end + 1] ?? '')) {
      this.work.fail(`${word}${next} is a complex number; a case holds real ones`, this.token.at);
    }
    if (/[A-Za-z_0-9]/.test(next)) this.work.fail(`"${this.text.slice(this.token.at, end + 10)}" is neither a number nor a name`, this.token.at);
    this.token.value = Number(word.replace(/d/i, 'e'));
    this.take('number', end, word);
  }

  private word(isField: boolean): void {
    WORD.lastIndex = this.token.at;
    const word = (WORD.exec(this.text) as RegExpExecArray)[0];
    // Fields may be called like keywords, as mpc.if is; inside an index `end` is a number.
    const isKeyword = !isField && KEYWORDS.has(word) && !(word === 'end' && this.brackets.length > 0);
    this.take(isKeyword ? 'keyword' : 'name', this.token.at + word.length, word);
  }

  private quoted(quote: string): void {
    const at = this.token.at;
    let content = '';
    // Looked for once a line: a line may hold millions of texts.
    if (this.stop < at) this.stop = this.lineEnd(at);
    const { stop } = this;
    let start = at + 1;
    for (;;) {
      const end = this.text.indexOf(quote, start);
      if (end < 0 || end > stop) this.work.fail(`the text that begins here is never closed; add ${quote}`, at);
      content += this.text.slice(start, end);
      start = end + 1;
      if (this.text[start] !== quote) break;
      content += quote;
      start++;
    }
    this.take('text', start, content);
  }

  private operator(): void {
    const at = this.token.at;
    const isTranspose = this.text[at] === "'";
    OPERATORS.lastIndex = at;
    const word = isTranspose ? "'" : OPERATORS.exec(this.text)?.[0];
    if (word === undefined) {
      const shown = JSON.stringify(String.fromCodePoint(this.text.codePointAt(at) as number));
      return this.work.fail(`${shown} does not belong into a case file`, at);
    }
    this.take('operator', at + word.length, word);
    if (word === '(' || word === '[' || word === '{') this.brackets.push(word);
    else if (word === ')' || word === ']' || word === '}') {
      this.brackets.pop();
      this.endsValue = true;
    } else this.endsValue = isTranspose || word === ".'";
  }

  /** The fast path for tables. */
  private numericMatrix(): boolean {
    const { token, work } = this;
    const found = scanNumericRows(this.text, token.at + 1, this.line, LARGEST_MATRIX);
    if (found === undefined) return false;
    if (found === 'unclosed') return work.fail('"[" is never closed; add "]"', token.at);
    if (found === 'too many') return work.fail(`the matrix has more numbers than any case needs; at most ${LARGEST_MATRIX} are held`, token.at);
    if (found.uneven) {
      const { row, count, at } = found.uneven;
      work.fail(`row ${row} of the matrix has ${count} numbers, the first one ${found.cols}; give all rows the same number`, at);
    }
    work.at = token.at;
    const matrix = work.matrix(found.rows, found.cols);
    for (let row = 0, k = 0; row < found.rows; row++) {
      for (let col = 0; col < found.cols; col++) matrix.data[col * found.rows + row] = found.numbers[k++];
    }
    matrix.lines = Int32Array.from(found.lines);
    this.take('matrix', found.end, '');
    token.matrix = matrix;
    this.line = found.endLine;
    this.endsValue = true;
    return true;
  }
}
