/** Parses expressions, by rank: || && | & comparison range sum product sign power part. */
import type { Lexer } from './lexer.js';
import type { AccessStep, ChainLink, Expression } from './syntax.js';
import { scalar } from './values.js';
import type { Work } from './work.js';

/** How deep brackets and blocks may be nested. */
export const DEEPEST = 64;
/** Operators of each rank below ranges, loosest first. */
const COMPARISONS = ['==', '~=', '!=', '<', '<=', '>', '>='];
const SUMS = ['+', '-'];
const PRODUCTS = ['*', '/', '.*', './', '\\', '.\\'];
const SIGNS = ['+', '-', '~', '!'];
const TRANSPOSES = ["'", ".'"];
const POWERS = ['^', '.^'];

/** Reads expressions from a lexer. */
export class ExpressionParser {
  private depth = 0;

  constructor(
    protected readonly lexer: Lexer,
    protected readonly work: Work,
  ) {}

  /** One expression. */
  expression(): Expression {
    return this.logic('||', () => this.logic('&&', () => this.orChain()));
  }

  /** Runs a part of the grammar that nests; fails where it nests too deep. */
  protected nested<T>(read: () => T): T {
    if (++this.depth > DEEPEST) this.work.fail(`brackets and blocks are nested more than ${DEEPEST} deep`, this.lexer.token.at);
    const result = read();
    this.depth--;
    return result;
  }

  /** Takes an operator that must be there. */
  protected expect(operator: string, why: string): void {
    if (!this.lexer.is(operator)) this.unexpected(`"${operator}" ${why}`);
    this.lexer.advance();
  }

  /** Fails at the present token. */
  protected unexpected(wanted: string): never {
    const { token } = this.lexer;
    const shown = token.kind === 'newline' ? 'the line ends' : token.kind === 'end of file' ? 'the file ends' : `"${token.text || '['}" stands`;
    return this.work.fail(`${shown} where ${wanted} belongs`, token.at);
  }

  private logic(operator: '&&' | '||', part: () => Expression): Expression {
    const first = part();
    if (!this.lexer.is(operator)) return first;
    const parts = [first];
    while (this.lexer.is(operator)) {
      this.lexer.advance();
      parts.push(part());
    }
    return { type: 'logic', at: first.at, operator, parts };
  }

  private orChain(): Expression {
    return this.chain(['|'], () => this.chain(['&'], () => this.chain(COMPARISONS, () => this.range())));
  }

  private chain(operators: readonly string[], operand: () => Expression): Expression {
    const first = operand();
    const rest: ChainLink[] = [];
    for (let operator = this.binary(operators); operator !== undefined; operator = this.binary(operators)) {
      const { at } = this.lexer.token;
      this.lexer.advance();
      rest.push({ operator, operand: operand(), at });
    }
    return rest.length === 0 ? first : { type: 'chain', at: first.at, first, rest };
  }

  /** The operator at hand, where it is one of these and joins two operands: in lists `a -b` are two elements. */
  private binary(operators: readonly string[]): string | undefined {
    const { token, spaceAfter } = this.lexer;
    if (token.kind !== 'operator' || !operators.includes(token.text)) return undefined;
    if (token.inList && SUMS.includes(token.text) && token.spaceBefore && !spaceAfter) return undefined;
    return token.text;
  }

  private range(): Expression {
    const from = this.sum();
    if (!this.lexer.is(':')) return from;
    this.lexer.advance();
    const second = this.sum();
    if (!this.lexer.is(':')) return { type: 'range', at: from.at, from, to: second };
    this.lexer.advance();
    return { type: 'range', at: from.at, from, step: second, to: this.sum() };
  }

  private sum(): Expression {
    return this.chain(SUMS, () => this.chain(PRODUCTS, () => this.sign()));
  }

  private sign(): Expression {
    const { at } = this.lexer.token;
    const operators = this.signs();
    const operand = this.power();
    return operators.length === 0 ? operand : { type: 'prefix', at, operators, operand };
  }

  private signs(): string[] {
    const operators: string[] = [];
    while (this.lexer.token.kind === 'operator' && SIGNS.includes(this.lexer.token.text)) {
      operators.push(this.lexer.token.text);
      this.lexer.advance();
    }
    return operators;
  }

  private power(): Expression {
    const first = this.part();
    const rest: ChainLink[] = [];
    for (;;) {
      const { token } = this.lexer;
      if (token.kind !== 'operator') break;
      const operator = token.text;
      if (TRANSPOSES.includes(operator)) {
        this.lexer.advance();
        rest.push({ operator, at: token.at });
      } else if (POWERS.includes(operator)) {
        this.lexer.advance();
        const { at } = this.lexer.token;
        const operators = this.signs();
        const operand = this.part();
        rest.push({ operator, operand: operators.length > 0 ? { type: 'prefix', at, operators, operand } : operand, at: token.at });
      } else break;
    }
    return rest.length === 0 ? first : { type: 'chain', at: first.at, first, rest };
  }

  /** A number, text, list, name or expression in brackets, with what is taken from it. */
  private part(): Expression {
    const { token } = this.lexer;
    const { at } = token;
    switch (token.kind) {
      case 'number':
        this.lexer.advance();
        return { type: 'literal', at, value: scalar(token.value) };
      case 'text':
        this.lexer.advance();
        return { type: 'literal', at, value: { kind: 'text', value: token.text } };
      case 'matrix':
        this.lexer.advance();
        return { type: 'literal', at, value: token.matrix ?? this.work.fail('the matrix was lost', at) };
      case 'name':
        this.lexer.advance();
        if (token.text === 'end') return { type: 'end', at };
        return { type: 'access', at, name: token.text, steps: this.steps() };
      case 'operator':
        if (token.text === '(') return this.bracketed();
        if (token.text === '[' || token.text === '{') return this.list(token.text);
        break;
      default:
    }
    return this.unexpected('a number, a name or a bracket');
  }

  private bracketed(): Expression {
    const { at } = this.lexer.token;
    return this.nested(() => {
      this.lexer.advance();
      const inner = this.expression();
      this.expect(')', 'that closes the bracket');
      const steps = this.steps();
      // Brackets around a name make its value an expression.
      return { type: 'part', at, of: inner, steps };
    });
  }

  /** Indices and fields behind a name. */
  private steps(): AccessStep[] {
    const steps: AccessStep[] = [];
    for (;;) {
      const { token } = this.lexer;
      if (token.kind !== 'operator' || (token.inList && token.spaceBefore)) return steps;
      if (token.text === '(' || token.text === '{') {
        const args = this.nested(() => this.args(token.text === '(' ? ')' : '}'));
        steps.push({ kind: token.text === '(' ? 'paren' : 'brace', args, at: token.at });
      } else if (token.text === '.') {
        this.lexer.advance();
        const { kind, text } = this.lexer.token;
        if (kind !== 'name') this.unexpected('the name of a field');
        this.lexer.advance();
        steps.push({ kind: 'field', name: text, at: token.at });
      } else return steps;
    }
  }

  private args(closing: string): Expression[] {
    const args: Expression[] = [];
    this.lexer.advance();
    if (this.lexer.is(closing)) {
      this.lexer.advance();
      return args;
    }
    for (;;) {
      const { at } = this.lexer.token;
      if (this.lexer.is(':')) {
        this.lexer.advance();
        args.push({ type: 'colon', at });
      } else args.push(this.expression());
      if (this.lexer.is(closing)) break;
      this.expect(',', `or "${closing}"`);
    }
    this.lexer.advance();
    return args;
  }

  /** A matrix or cell array that is more than plain numbers. */
  private list(opening: string): Expression {
    const { at } = this.lexer.token;
    const closing = opening === '[' ? ']' : '}';
    return this.nested(() => {
      this.lexer.advance();
      const rows: Expression[][] = [];
      const lines: number[] = [];
      let row: Expression[] = [];
      const endRow = (): void => {
        if (row.length > 0) rows.push(row);
        row = [];
      };
      while (!this.lexer.is(closing)) {
        const { token } = this.lexer;
        // An assignment in a list is the next statement.
        if (token.kind === 'end of file' || token.kind === 'keyword' || this.lexer.is('='))
          this.work.fail(`"${opening}" is never closed; add "${closing}"`, at);
        if (token.kind === 'newline' || this.lexer.is(';')) {
          endRow();
          this.lexer.advance();
        } else if (this.lexer.is(',')) {
          if (row.length === 0) this.unexpected('an element');
          this.lexer.advance();
        } else {
          if (row.length === 0) lines.push(token.line);
          row.push(this.element());
        }
      }
      endRow();
      this.lexer.advance();
      return { type: opening === '[' ? 'matrix' : 'cell', at, rows, lines };
    });
  }

  /** An element of a list; `~` alone is a result that nobody wants. */
  private element(): Expression {
    const { token } = this.lexer;
    if (this.lexer.is('~') && /^\s*[,\]]/.test(this.work.text.slice(token.end, token.end + 80))) {
      this.lexer.advance();
      return { type: 'ignored', at: token.at };
    }
    return this.expression();
  }
}
