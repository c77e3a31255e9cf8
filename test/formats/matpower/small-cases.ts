/** Small cases for tests, and numbers of expressions. */
import { runCaseFile } from '../../../src/formats/matpower/interpreter.js';
import type { Value } from '../../../src/formats/matpower/values.js';
import { Work } from '../../../src/formats/matpower/work.js';

/** A case of two buses, a line and a generator, with statements at its end. */
export function twoBuses(more = '', bus2 = '2 1 10 5 0 0 1 1 0 110 1 1.1 0.9'): string {
  return `function mpc = two
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
  1 3 0 0 0 0 1 1.02 0 110 1 1.1 0.9;
  ${bus2};
];
mpc.gen = [1 10 0 50 -50 1.02 100 1 100 0];
mpc.branch = [1 2 0.01 0.1 0.02 100 0 0 0 0 1];
${more}
`;
}

/** The value of an expression (or of `x` after statements) in nested lists: rows of numbers, a number, a text, cells as objects. */
export function valueOf(expression: string): unknown {
  const statements = /\bx\b.*=/.test(expression) ? expression : `x = ${expression};`;
  const { fields } = runCaseFile(new Work(`${statements}\nmpc.x = x;`, 'test.m'));
  return plain(fields.get('x') as Value);
}

function plain(value: Value): unknown {
  if (value.kind === 'text') return value.value;
  if (value.kind === 'struct') return Object.fromEntries(Array.from(value.fields, ([name, field]) => [name, plain(field)]));
  if (value.kind === 'cell') return { cells: value.items.map(plain), rows: value.rows };
  if (value.rows === 1 && value.cols === 1) return value.data[0];
  return Array.from({ length: value.rows }, (_, row) => Array.from({ length: value.cols }, (_cell, col) => value.data[col * value.rows + row]));
}
