/** The statements and expressions of a case file, as the parser gives them. Chains are lists, so that long ones need no deep recursion. */
import type { Value } from './values.js';

/** An element of a cell array. */
export interface BraceStep {
  kind: 'brace';
  args: Expression[];
  at: number;
}

/** One step from a value to a part of it. */
export type AccessStep = BraceStep | { kind: 'paren'; args: Expression[]; at: number } | { kind: 'field'; name: string; at: number };

/** A name with steps behind it: `mpc.bus(:, [PD QD])`. */
export interface Access {
  type: 'access';
  at: number;
  name: string;
  steps: AccessStep[];
}

/** An operator and what it is applied to; none for a transposition. */
export interface ChainLink {
  operator: string;
  operand?: Expression;
  at: number;
}

export type Expression = { at: number } & (
  | { type: 'literal'; value: Value }
  | Access
  /** `end` and `:` in an index. */
  | { type: 'end' }
  | { type: 'colon' }
  /** `~` in place of a result. */
  | { type: 'ignored' }
  | { type: 'matrix' | 'cell'; rows: Expression[][]; lines: number[] }
  /** Parts of a value that is no variable: `(a + b)(1)`. */
  | { type: 'part'; of: Expression; steps: AccessStep[] }
  | { type: 'prefix'; operators: string[]; operand: Expression }
  /** Operators of one rank, from left to right. */
  | { type: 'chain'; first: Expression; rest: ChainLink[] }
  | { type: 'logic'; operator: '&&' | '||'; parts: Expression[] }
  | { type: 'range'; from: Expression; step?: Expression; to: Expression }
);

export type Statement = { at: number; line: number } & (
  | { type: 'assign'; targets: Expression[]; value: Expression }
  | { type: 'expression'; value: Expression }
  | { type: 'for'; variable: Access; over: Expression; body: Statement[] }
  | { type: 'if'; branches: { condition: Expression; body: Statement[] }[]; otherwise: Statement[] }
  | { type: 'break' | 'continue' | 'return' }
);

/** The first line of the function in a file. */
export interface FunctionHeader {
  /** Names of the results. */
  results: string[];
  name: string;
  at: number;
}
