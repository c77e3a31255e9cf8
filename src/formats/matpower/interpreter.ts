/** Runs the statements of a case file, and gives the struct that its function returns. */
import { ALL_CONSTANTS } from './constants.js';
import { Evaluator } from './evaluator.js';
import { assignPart, withoutPart } from './indexing.js';
import { Lexer } from './lexer.js';
import { holds } from './operators.js';
import { StatementParser } from './statements.js';
import type { Access, AccessStep, BraceStep, Expression, Statement } from './syntax.js';
import { type Cell, described, type Matrix, type Struct, scalar, type Value } from './values.js';
import { LARGEST_MATRIX, type Work } from './work.js';

/** What a file gives. */
export interface CaseStruct {
  /** Name of the function, where the file has one. */
  name: string | undefined;
  fields: ReadonlyMap<string, Value>;
  /** Line on which each field was first set. */
  fieldLines: ReadonlyMap<string, number>;
}

/** How a block was left. */
type Outcome = 'done' | 'break' | 'continue' | 'return';

/** Fields that one target may name. */
const MOST_STEPS = 16;

const OLD_VERSION =
  'case format version 1 (a function of several results) is not read; convert the file with MATPOWER, as in savecase(name, loadcase(name))';

/** Runs a case file. Throws {@link InputError} with file, line and column for whatever it cannot do. */
export function runCaseFile(work: Work): CaseStruct {
  const parser = new StatementParser(new Lexer(work.text, work), work);
  const header = parser.functionHeader();
  if (header && header.results.length > 1) work.fail(OLD_VERSION, header.at);
  if (header && header.results.length === 0) work.fail('the function returns nothing; write function mpc = name', header.at);
  const result = header?.results[0] ?? 'mpc';
  const runner = new StatementRunner(work, result);
  for (let statement = parser.next(); statement !== undefined; statement = parser.next()) {
    if (runner.run(statement) !== 'done') break;
  }
  const found = runner.variables.get(result);
  if (found === undefined) work.fail(`the file sets no "${result}", which is the case it should return`, header?.at ?? 0);
  if (found.kind !== 'struct') work.fail(`"${result}" is ${described(found)}, not a struct with bus, gen and branch`, header?.at ?? 0);
  return { name: header?.name, fields: found.fields, fieldLines: runner.fieldLines };
}

class StatementRunner extends Evaluator {
  /** Line of the statement that runs, for rows that it adds. */
  private line = 0;
  /** Line on which each field of the result was first set. */
  readonly fieldLines = new Map<string, number>();

  constructor(
    work: Work,
    private readonly result: string,
  ) {
    super(work);
  }

  run(statement: Statement): Outcome {
    const { work } = this;
    work.visit(statement.at);
    this.line = statement.line;
    switch (statement.type) {
      case 'assign':
        this.assign(statement.targets, statement.value, statement.at);
        return 'done';
      case 'expression':
        this.bare(statement.value);
        return 'done';
      case 'if': {
        const branch = statement.branches.find(({ condition }) => holds(this.evaluate(condition), work));
        return this.block(branch ? branch.body : statement.otherwise);
      }
      case 'for':
        return this.loop(statement.variable.name, this.evaluate(statement.over), statement.body);
      default:
        return statement.type;
    }
  }

  private block(body: readonly Statement[]): Outcome {
    for (const statement of body) {
      const outcome = this.run(statement);
      if (outcome !== 'done') return outcome;
    }
    return 'done';
  }

  private loop(name: string, over: Value, body: readonly Statement[]): Outcome {
    if (over.kind !== 'matrix') return this.work.fail(`a loop runs over the columns of a matrix, not over ${described(over)}`);
    const { rows, cols, data } = over;
    // The loop runs over what was there when it began.
    const columns = data.slice();
    for (let col = 0; col < cols; col++) {
      const value: Matrix = this.work.matrix(rows, 1);
      value.data.set(columns.subarray(col * rows, (col + 1) * rows));
      this.variables.set(name, value);
      this.work.spend(32);
      const outcome = this.block(body);
      if (outcome === 'break') return 'done';
      if (outcome === 'return') return 'return';
    }
    return 'done';
  }

  private bare(expression: Expression): void {
    if (expression.type === 'access' && expression.name === 'define_constants' && expression.steps.length === 0) {
      for (const [name, value] of ALL_CONSTANTS) this.variables.set(name, scalar(value));
    } else this.evaluate(expression);
  }

  private assign(targets: readonly Expression[], expression: Expression, at: number): void {
    if (targets.length === 1 && targets[0].type === 'access') {
      const [target] = targets;
      const last = target.steps.at(-1);
      const isEmpty = expression.type === 'literal' && expression.value.kind === 'matrix' && expression.value.data.length === 0;
      if (last?.kind === 'paren' && isEmpty) this.store(target, undefined, at);
      else this.store(target, this.held(expression), at);
      return;
    }
    const results = this.results(expression, targets.length);
    targets.forEach((target, k) => {
      if (target.type === 'access') this.store(target, results[k], at);
    });
  }

  /** Gives a value to a variable or a part of one; without a value the part is taken out. */
  private store(target: Access, value: Value | undefined, at: number): void {
    if (target.steps.length > MOST_STEPS) this.work.fail(`a target may have ${MOST_STEPS} fields and indices at most`, at);
    const [first] = target.steps;
    if (target.name === this.result && first?.kind === 'field' && !this.fieldLines.has(first.name)) this.fieldLines.set(first.name, this.line);
    this.variables.set(target.name, this.stored(this.variables.get(target.name), target.steps, 0, value));
  }

  private stored(present: Value | undefined, steps: readonly AccessStep[], k: number, value: Value | undefined): Value {
    const { work } = this;
    if (k === steps.length) return value ?? work.fail('there is nothing to assign');
    const step = steps[k];
    work.visit(step.at);
    if (step.kind === 'field') {
      const struct = this.structFor(present, step.name);
      struct.fields.set(step.name, this.stored(struct.fields.get(step.name), steps, k + 1, value));
      return struct;
    }
    if (k !== steps.length - 1) work.fail('an index is the last thing of what is assigned; arrays of structs are not read', step.at);
    if (step.kind === 'brace') return this.cellWith(present, step, value ?? work.fail('there is nothing to assign'));
    const matrix = present ?? work.matrix(0, 0);
    if (matrix.kind !== 'matrix') return work.fail(`round brackets assign to elements of matrices, not of ${described(matrix)}`, step.at);
    const indices = this.indices(step.args, matrix, step.at);
    work.at = step.at;
    if (value === undefined) return withoutPart(matrix, indices, work);
    if (value.kind !== 'matrix') return work.fail(`${described(value)} is assigned to elements of a matrix`, step.at);
    return assignPart(matrix, indices, value, this.line, work);
  }

  private structFor(present: Value | undefined, field: string): Struct {
    if (present?.kind === 'struct') return present;
    if (present !== undefined && !(present.kind === 'matrix' && present.data.length === 0)) {
      this.work.fail(`the field "${field}" is set in ${described(present)}, which has no fields`);
    }
    return { kind: 'struct', fields: new Map() };
  }

  private cellWith(present: Value | undefined, step: BraceStep, value: Value): Cell {
    const { work } = this;
    const isFresh = present === undefined || (present.kind === 'matrix' && present.data.length === 0);
    const cell: Value = isFresh ? { kind: 'cell', rows: 0, cols: 0, items: [] } : present;
    if (cell.kind !== 'cell') return work.fail(`braces assign to elements of cell arrays, not of ${described(cell)}`, step.at);
    const empty: Cell = cell.rows === 0 ? { ...cell, rows: 1 } : cell;
    const { row, col } = this.cellPlace(step, empty);
    const [rows, cols] = [Math.max(cell.rows, row + 1), Math.max(cell.cols, col + 1)];
    if (rows * cols > LARGEST_MATRIX) work.fail('the cell array is larger than any case needs', step.at);
    if (rows !== cell.rows || cols !== cell.cols) {
      work.spend(8 * rows * cols);
      const nothing: Value = work.matrix(0, 0);
      const items = new Array<Value>(rows * cols).fill(nothing);
      for (let c = 0; c < cell.cols; c++) for (let r = 0; r < cell.rows; r++) items[c * rows + r] = cell.items[c * cell.rows + r];
      Object.assign(cell, { rows, cols, items });
    }
    cell.items[col * rows + row] = value;
    return cell;
  }
}
