/** Parses statements, one at a time: assignments, `for`, `if` and bare expressions. */
import { ExpressionParser } from './expressions.js';
import type { Access, Expression, FunctionHeader, Statement } from './syntax.js';

/** What a case file may do, for messages. */
const REMEDY = 'a case file may assign numbers, and use for and if';
const ENDS: Readonly<Record<string, readonly string[]>> = { for: ['end', 'endfor'], if: ['end', 'endif'], function: ['end', 'endfunction'] };

/** Reads statements from a lexer. */
export class StatementParser extends ExpressionParser {
  private header: FunctionHeader | undefined;

  /** The header of the function, where the file begins with one. */
  functionHeader(): FunctionHeader | undefined {
    this.skipSeparators();
    if (!this.isKeyword('function')) return undefined;
    const { at } = this.lexer.token;
    this.lexer.advance();
    const results = this.lexer.is('[') ? this.resultList() : [this.headerName()];
    let name = results[0];
    if (this.lexer.is('=')) {
      this.lexer.advance();
      name = this.headerName();
    } else results.length = 0;
    if (this.lexer.is('(')) {
      while (!this.lexer.is(')') && this.lexer.token.kind !== 'newline' && this.lexer.token.kind !== 'end of file') this.lexer.advance();
      this.expect(')', 'that closes the list of arguments');
    }
    this.endStatement();
    this.header = { results, name, at };
    return this.header;
  }

  /** The next statement; undefined at the end of the file or of its first function. */
  next(): Statement | undefined {
    this.skipSeparators();
    if (this.lexer.token.kind === 'end of file') return undefined;
    // What follows are helpers of the function, called by nothing that is read here.
    if (this.isKeyword('function') && this.header) return undefined;
    if (this.header && this.isEnd('function')) return undefined;
    return this.statement();
  }

  private headerName(): string {
    const { token } = this.lexer;
    if (token.kind !== 'name') this.unexpected('a name');
    this.lexer.advance();
    return token.text;
  }

  private resultList(): string[] {
    const names: string[] = [];
    this.lexer.advance();
    while (!this.lexer.is(']')) {
      if (this.lexer.is(',')) this.lexer.advance();
      else names.push(this.headerName());
    }
    this.lexer.advance();
    return names;
  }

  private isKeyword(word: string): boolean {
    return this.lexer.token.kind === 'keyword' && this.lexer.token.text === word;
  }

  private isEnd(block: string): boolean {
    return this.lexer.token.kind === 'keyword' && ENDS[block].includes(this.lexer.token.text);
  }

  private skipSeparators(): void {
    while (this.lexer.token.kind === 'newline' || this.lexer.is(';') || this.lexer.is(',')) this.lexer.advance();
  }

  private endStatement(): void {
    const { token } = this.lexer;
    if (token.kind !== 'newline' && token.kind !== 'end of file' && !this.lexer.is(';') && !this.lexer.is(',')) {
      this.unexpected('the end of the statement');
    }
  }

  private statement(): Statement {
    const { at, line, kind, text } = this.lexer.token;
    if (kind === 'keyword') {
      if (text === 'for') return this.nested(() => this.forLoop(at, line));
      if (text === 'if') return this.nested(() => this.ifBlock(at, line));
      if (text === 'break' || text === 'continue' || text === 'return') {
        this.lexer.advance();
        this.endStatement();
        return { type: text, at, line };
      }
      if (/^(end|else)/.test(text)) this.work.fail(`"${text}" closes nothing here`, at);
      this.work.fail(`"${text}" is more than is read here; ${REMEDY}`, at);
    }
    const expression = this.expression();
    if (!this.lexer.is('=')) {
      this.endStatement();
      return { type: 'expression', at, line, value: expression };
    }
    const targets = this.targets(expression);
    this.lexer.advance();
    const value = this.expression();
    this.endStatement();
    return { type: 'assign', at, line, targets, value };
  }

  /** What stands to the left of `=`. */
  private targets(expression: Expression): Expression[] {
    if (expression.type === 'access') return [expression];
    if (expression.type !== 'matrix') return this.work.fail('only a variable, a field or a part of one can be assigned', expression.at);
    if (expression.rows.length !== 1) this.work.fail('names to assign stand in one row, as in [a, b] = size(x)', expression.at);
    for (const target of expression.rows[0]) {
      if (target.type !== 'access' && target.type !== 'ignored') {
        this.work.fail('only a variable, a field or a part of one can be assigned', target.at);
      }
    }
    return expression.rows[0];
  }

  private body(closes: () => boolean, opened: number): Statement[] {
    const body: Statement[] = [];
    for (;;) {
      this.skipSeparators();
      if (closes()) return body;
      if (this.lexer.token.kind === 'end of file') this.work.fail('the block that begins here is never closed; add end', opened);
      body.push(this.statement());
    }
  }

  private forLoop(at: number, line: number): Statement {
    this.lexer.advance();
    // for (k = 1:3) is Octave's way, and MATLAB's too.
    const isBracketed = this.lexer.is('(');
    if (isBracketed) this.lexer.advance();
    const variable = this.loopVariable();
    this.expect('=', 'and what the loop runs over');
    const over = this.expression();
    if (isBracketed) this.expect(')', 'that closes the bracket');
    const body = this.body(() => this.isEnd('for'), at);
    this.lexer.advance();
    return { type: 'for', at, line, variable, over, body };
  }

  private loopVariable(): Access {
    const { token } = this.lexer;
    const name = this.headerName();
    return { type: 'access', at: token.at, name, steps: [] };
  }

  private ifBlock(at: number, line: number): Statement {
    const branches: { condition: Expression; body: Statement[] }[] = [];
    let otherwise: Statement[] = [];
    const closes = (): boolean => this.isEnd('if') || this.isKeyword('elseif') || this.isKeyword('else');
    do {
      this.lexer.advance();
      const condition = this.expression();
      branches.push({ condition, body: this.body(closes, at) });
    } while (this.isKeyword('elseif'));
    if (this.isKeyword('else')) {
      this.lexer.advance();
      otherwise = this.body(() => this.isEnd('if'), at);
    }
    this.lexer.advance();
    return { type: 'if', at, line, branches, otherwise };
  }
}
