/** Evaluates expressions on variables. */
import { functionNamed, functionNames } from './functions.js';
import { type Index, indexOf, partOf, wholeIndex } from './indexing.js';
import { binary, holds, prefix, range, transposed } from './operators.js';
import type { AccessStep, BraceStep, Expression } from './syntax.js';
import { type Cell, copyOf, described, type Matrix, scalar, sizeOf, type Value } from './values.js';
import type { Work } from './work.js';

const ONE = scalar(1);

/** Evaluates expressions. */
export class Evaluator {
  readonly variables = new Map<string, Value>();
  /** What `end` means: the value that is indexed, which of its indices is meant, and how many there are. */
  private readonly indexed: { of: Value | undefined; position: number; count: number }[] = [];

  constructor(protected readonly work: Work) {}

  /** The value of an expression; it may be one that a variable holds. */
  evaluate(expression: Expression): Value {
    const { work } = this;
    work.visit(expression.at);
    switch (expression.type) {
      case 'literal':
        return expression.value;
      case 'access':
        return this.results(expression, 1)[0];
      case 'part':
        return this.take(this.evaluate(expression.of), expression.steps, 0);
      case 'prefix':
        return this.signed(expression.operators, this.evaluate(expression.operand), expression.at);
      case 'chain': {
        let value = this.evaluate(expression.first);
        for (const { operator, operand, at } of expression.rest) {
          const right = operand && this.evaluate(operand);
          work.visit(at);
          value = right ? binary(operator, value, right, work) : transposed(value, work);
        }
        return value;
      }
      case 'logic': {
        const ends = expression.operator === '||';
        const isTrue = expression.parts.some((part) => holds(this.evaluate(part), work) === ends) === ends;
        return scalar(Number(isTrue), true);
      }
      case 'range': {
        const [from, to] = [this.evaluate(expression.from), this.evaluate(expression.to)];
        const step = expression.step ? this.evaluate(expression.step) : ONE;
        work.visit(expression.at);
        return range(from, step, to, work);
      }
      case 'end':
        return scalar(this.endOf());
      case 'matrix':
        return this.matrix(expression.rows, expression.lines, expression.at);
      case 'cell':
        return this.cell(expression.rows, expression.at);
      case 'colon':
      case 'ignored':
        return work.fail('a value belongs here', expression.at);
    }
  }

  /** The values of an expression of which several results are wanted; fails where there are not as many. */
  results(expression: Expression, wanted: number): Value[] {
    const { work } = this;
    if (expression.type !== 'access')
      return wanted === 1 ? [this.evaluate(expression)] : work.fail('only a function gives several results', expression.at);
    const { name, steps, at } = expression;
    const variable = this.variables.get(name);
    if (variable !== undefined) {
      if (wanted > 1) work.fail(`"${name}" is one value and cannot be given to ${wanted} names`, at);
      return [this.take(variable, steps, 0)];
    }
    const called = functionNamed(name);
    if (called === undefined) return this.unknown(name, at);
    const hasArguments = steps.length > 0 && steps[0].kind === 'paren';
    const args = hasArguments && steps[0].kind === 'paren' ? steps[0].args.map((arg) => this.evaluate(arg)) : [];
    work.visit(at);
    const results = called(args, work, wanted);
    if (results.length < wanted) work.fail(`${name} gives ${results.length} result${results.length === 1 ? '' : 's'}, not ${wanted}`, at);
    results[0] = this.take(results[0], steps, hasArguments ? 1 : 0);
    return results;
  }

  /** The indices in a pair of brackets, for a value; undefined is a variable that is still to come. */
  protected indices(args: readonly Expression[], of: Value | undefined, at: number): Index[] {
    const { work } = this;
    if (args.length === 0 || args.length > 2) work.fail('an element is found by one index or by row and column', at);
    return args.map((arg, position) => {
      if (arg.type === 'colon') {
        const length = this.extent(of, position, args.length);
        work.spend(4 * length);
        return wholeIndex(length);
      }
      this.indexed.push({ of, position, count: args.length });
      const value = this.evaluate(arg);
      this.indexed.pop();
      work.at = arg.at;
      return indexOf(value, work);
    });
  }

  /** The place in a cell array that braces mean. */
  protected cellPlace(step: BraceStep, of: Cell): { row: number; col: number } {
    const indices = this.indices(step.args, of, step.at);
    if (indices.some((index) => index.positions.length !== 1)) this.work.fail('braces take one element of a cell array', step.at);
    const [first, second] = indices.map((index) => index.positions[0]);
    if (second !== undefined) return { row: first, col: second };
    if (of.rows === 1) return { row: 0, col: first };
    if (of.cols <= 1) return { row: first, col: 0 };
    return { row: first % of.rows, col: Math.floor(first / of.rows) };
  }

  private unknown(name: string, at: number): never {
    if (/^[ij]$/.test(name)) this.work.fail(`"${name}" is no variable; complex numbers are not read`, at);
    const near = functionNames().find((known) => known.toLowerCase() === name.toLowerCase());
    const hint = near ? `did you mean ${near}?` : 'set it first, or replace it by numbers; of functions only the usual mathematical ones are known';
    return this.work.fail(`"${name}" is neither a variable nor a function known here; ${hint}`, at);
  }

  private extent(of: Value | undefined, position: number, count: number): number {
    if (of === undefined) return 0;
    if (count === 1) return sizeOf(of);
    if (of.kind === 'matrix' || of.kind === 'cell') return position === 0 ? of.rows : of.cols;
    return position === 0 ? 1 : sizeOf(of);
  }

  private endOf(): number {
    const innermost = this.indexed[this.indexed.length - 1];
    if (innermost === undefined) return this.work.fail('"end" is known inside the index of a variable only');
    return this.extent(innermost.of, innermost.position, innermost.count);
  }

  private signed(operators: readonly string[], operand: Value, at: number): Value {
    let value = operand;
    for (let k = operators.length - 1; k >= 0; k--) {
      this.work.visit(at);
      value = prefix(operators[k], value, this.work);
    }
    return value;
  }

  /** Follows steps from a value. */
  private take(value: Value, steps: readonly AccessStep[], from: number): Value {
    const { work } = this;
    let present = value;
    for (let k = from; k < steps.length; k++) {
      const step = steps[k];
      work.visit(step.at);
      if (step.kind === 'field') {
        if (present.kind !== 'struct') return work.fail(`"${step.name}" is looked for in ${described(present)}, which has no fields`);
        present = present.fields.get(step.name) ?? work.fail(`there is no field "${step.name}"; set it first`);
      } else if (step.kind === 'brace') {
        if (present.kind !== 'cell') return work.fail(`braces take elements of cell arrays, not of ${described(present)}; write round brackets`);
        const { row, col } = this.cellPlace(step, present);
        if (row >= present.rows || col >= present.cols)
          work.fail(`there is no such element; the cell array is ${present.rows} x ${present.cols}`, step.at);
        present = present.items[col * present.rows + row];
      } else {
        if (present.kind !== 'matrix') return work.fail(`round brackets take elements of matrices, not of ${described(present)}`);
        const indices = this.indices(step.args, present, step.at);
        work.at = step.at;
        present = partOf(present, indices, work);
      }
    }
    return present;
  }

  private matrix(rows: readonly Expression[][], lines: readonly number[], at: number): Value {
    const { work } = this;
    const values = rows.map((row) => row.map((element) => this.evaluate(element)));
    work.visit(at);
    if (values.length === 1 && values[0].every((value) => value.kind === 'text')) {
      const joined = values[0].map((value) => (value.kind === 'text' ? value.value : '')).join('');
      work.spend(joined.length);
      return { kind: 'text', value: joined };
    }
    const bands = values.map((row, r) => {
      const parts = row.map((value, k) => {
        if (value.kind !== 'matrix') return work.fail(`${described(value)} stands in a matrix of numbers`, rows[r][k].at);
        return value;
      });
      return { at: rows[r][0].at, line: lines[r], parts: parts.filter((part) => part.data.length > 0) };
    });
    const full = bands.filter((band) => band.parts.length > 0);
    const widths = full.map(({ parts }) => parts.reduce((sum, part) => sum + part.cols, 0));
    const heights = full.map(({ parts }) => parts[0].rows);
    const total = heights.reduce((sum, height) => sum + height, 0);
    const result = work.matrix(total, widths[0] ?? 0);
    result.isLogical = full.length > 0 && full.every(({ parts }) => parts.every((part) => part.isLogical));
    result.lines = new Int32Array(total);
    let top = 0;
    full.forEach(({ parts, at: start, line }, r) => {
      if (widths[r] !== widths[0]) {
        work.fail(`row ${r + 1} of the matrix has ${widths[r]} numbers, the first one ${widths[0]}; give all rows the same number`, start);
      }
      this.place(result, parts, top, line, start);
      top += heights[r];
    });
    return result;
  }

  /** Writes parts that stand side by side into rows of a matrix. */
  private place(result: Matrix, parts: readonly Matrix[], top: number, line: number, at: number): void {
    const height = parts[0].rows;
    let left = 0;
    for (const part of parts) {
      if (part.rows !== height) this.work.fail(`matrices of ${height} and of ${part.rows} rows stand side by side`, at);
      for (let col = 0; col < part.cols; col++) {
        result.data.set(part.data.subarray(col * height, (col + 1) * height), (left + col) * result.rows + top);
      }
      left += part.cols;
    }
    for (let row = 0; row < height; row++) if (result.lines) result.lines[top + row] = parts[0].lines?.[row] || line;
  }

  private cell(rows: readonly Expression[][], at: number): Cell {
    const { work } = this;
    const cols = rows[0]?.length ?? 0;
    const items = new Array<Value>(rows.length * cols);
    rows.forEach((row, r) => {
      if (row.length !== cols) work.fail(`row ${r + 1} of the cell array has ${row.length} elements, the first one ${cols}`, row[0].at);
      row.forEach((element, c) => {
        items[c * rows.length + r] = this.held(element);
      });
    });
    work.visit(at);
    work.spend(8 * items.length);
    return { kind: 'cell', rows: rows.length, cols, items };
  }

  /** The value of an expression as something may hold it: a copy where a variable or the text of the program holds it already. */
  protected held(expression: Expression): Value {
    const value = this.evaluate(expression);
    return this.isHeld(expression) ? this.copied(value) : value;
  }

  private isHeld(expression: Expression): boolean {
    return expression.type === 'literal' || expression.type === 'access' || expression.type === 'part';
  }

  private copied(value: Value): Value {
    this.work.spend(8 * weight(value));
    return copyOf(value);
  }
}

/** All that hangs on a value. */
function weight(value: Value): number {
  if (value.kind === 'cell') return value.items.reduce((sum, item) => sum + weight(item), 1);
  if (value.kind === 'struct') return Array.from(value.fields.values()).reduce((sum, item) => sum + weight(item), 1);
  return 1 + sizeOf(value);
}
