/** The part of MATLAB's language that case files use. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/grid/index.js';
import { valueOf } from './small-cases.js';

describe('expressions', () => {
  it.each<[string, unknown]>([
    // Rank and direction of operators.
    ['1 + 2 * 3', 7],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['2 ^ 3 ^ 2', 64],
    ['10 - 4 - 3', 3],
    ['12 / 3 / 2', 2],
    ['1 ./ 4', 0.25],
    ['1./4', 0.25],
    ['~0 == 1', 1],
    ['~(0 == 1)', 1],
    ['3 > 2 & 1', 1],
    ['1 | 0 & 0', 1],
    ['0 && (1 / 0)', 0],
    ['1:3 == 1:3', [[1, 1, 1]]],
    ['1 + 1:3', [[2, 3]]],
    ['1 != 2', 1],
    // Numbers.
    ['1e3', 1000],
    ['1.5D2', 150],
    ['.5', 0.5],
    ['5.', 5],
    ['[.5 5. 1E-2 +3 -4]', [[0.5, 5, 0.01, 3, -4]]],
    ['0.1 + 0.2', 0.1 + 0.2],
    ['[Inf -Inf inf]', [[Infinity, -Infinity, Infinity]]],
    ['-Inf', -Infinity],
    ['pi', Math.PI],
    ['2 * eps', 2 * Number.EPSILON],
    ['isnan([1 NaN])', [[0, 1]]],
    // Elements of lists.
    ['[1 -2]', [[1, -2]]],
    ['[1 - 2]', -1],
    ['[1 -2 + 3]', [[1, 1]]],
    ['[1, -2]', [[1, -2]]],
    [
      '[1 +2; 3 4]',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ["[1 2]'", [[1], [2]]],
    ["[1 2]' * 2", [[2], [4]]],
    [
      "[[1 2]' [3 4]']",
      [
        [1, 3],
        [2, 4],
      ],
    ],
    [
      '[1 2\n3 4\n]',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['[1 2 ... the rest\n 3 4]', [[1, 2, 3, 4]]],
    [
      '[1 2 % a comment ]\n 3 4 # another\n]',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      '[1 2; [3 4; 5 6]]',
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    ['[[] 1 []]', 1],
    ['[]', []],
    ['[1,2,3,]', [[1, 2, 3]]],
    ['[2*3 sqrt(16) (1 + 1)]', [[6, 4, 2]]],
    ["['ab' 'c''d']", "abc'd"],
    ['"say ""so"""', 'say "so"'],
    ["{'a', 'b'; 'c', 'd'}", { cells: ['a', 'c', 'b', 'd'], rows: 2 }],
    ["{'a'\n'b'\n}", { cells: ['a', 'b'], rows: 2 }],
    // Ranges.
    ['1:4', [[1, 2, 3, 4]]],
    ['0:0.1:0.3', [[0, 0.1, 0.2, 3 * 0.1]]],
    ['5:-2:1', [[5, 3, 1]]],
    ['3:1', [[]]],
    // Element by element, with rows and columns stretched.
    [
      '[1 2; 3 4] .* [10; 100]',
      [
        [10, 20],
        [300, 400],
      ],
    ],
    ['[1 2 3] + 1', [[2, 3, 4]]],
    ['[1 2; 3 4] * [1; 1]', [[3], [7]]],
    ['[2 3] .^ 2', [[4, 9]]],
    // Functions.
    ['sqrt([4 9])', [[2, 3]]],
    ['sin(acos(0.85))', Math.sin(Math.acos(0.85))],
    ['round([0.5 -0.5 2.4 -2.6 0.49999999999999994])', [[1, -1, 2, -3, 0]]],
    ['mod([5 -1], 3)', [[2, 2]]],
    ['atan2(1, 1)', Math.PI / 4],
    ['sum([1 2; 3 4])', [[4, 6]]],
    ['sum([1 2; 3 4], 2)', [[3], [7]]],
    ['sum([1 2 3])', 6],
    ['sum([])', 0],
    ['prod([2 3 4])', 24],
    ['cumsum([1 2 3])', [[1, 3, 6]]],
    [
      'cumsum([1 2; 3 4])',
      [
        [1, 2],
        [4, 6],
      ],
    ],
    [
      'cumsum([1 2; 3 4], 2)',
      [
        [1, 3],
        [3, 7],
      ],
    ],
    ['max([1 5 3])', 5],
    ['max([1 5; 7 2])', [[7, 5]]],
    ['max([1 5; 7 2], [], 2)', [[5], [7]]],
    ['min(3, [1 5])', [[1, 3]]],
    ['any([0 0; 0 1])', [[0, 1]]],
    ['all([1 1 0])', 0],
    ['find([0 3 0 4])', [[2, 4]]],
    ['find([0 3 0 4], 1)', 2],
    ['size(zeros(2, 3))', [[2, 3]]],
    ['size(ones(4), 1)', 4],
    ['length([1 2 3; 4 5 6])', 3],
    ['numel([1 2; 3 4])', 4],
    ['isempty([])', 1],
    [
      'eye(2)',
      [
        [1, 0],
        [0, 1],
      ],
    ],
    ["numel('abc')", 3],
  ])('%s', (expression, value) => {
    expect(valueOf(expression)).toEqual(value);
  });
});

describe('statements', () => {
  it.each<[string, string, unknown]>([
    ['part of a matrix', 'a = [1 2; 3 4]; x = a(2, :);', [[3, 4]]],
    ['an element by one index runs down the columns', 'a = [1 2; 3 4]; x = a(2);', 3],
    ['all elements are a column', 'a = [1 2; 3 4]; x = a(:);', [[1], [3], [2], [4]]],
    ['end', 'a = [1 2; 3 4]; x = a(end, end - 1);', 3],
    ['end of an inner index is the inner one’s', 'a = [5 6 7]; b = [1 2]; x = a(b(end));', 6],
    ['a list of a row is a row', 'a = [5 6 7]; x = a([3; 1]);', [[7, 5]]],
    ['a mask', 'a = [5 6 7]; x = a(a > 5);', [[6, 7]]],
    ['a mask by rows', 'a = [1 2; 3 4; 5 6]; x = a(a(:, 1) > 2, 2);', [[4], [6]]],
    [
      'assignment to columns',
      'x = [1 2; 3 4]; x(:, [1 2]) = x(:, [2 1]);',
      [
        [2, 1],
        [4, 3],
      ],
    ],
    [
      'assignment of one number to many',
      'x = zeros(2, 2); x(:, 2) = 7;',
      [
        [0, 7],
        [0, 7],
      ],
    ],
    ['assignment by mask', 'x = [1 2 3]; x(x > 1) = 0;', [[1, 0, 0]]],
    [
      'a row more',
      'x = [1 2]; x(end + 1, :) = [3 4];',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['an element more', 'x = [1 2]; x(4) = 9;', [[1, 2, 0, 9]]],
    [
      'a matrix from nothing',
      'x(2, 2) = 1;',
      [
        [0, 0],
        [0, 1],
      ],
    ],
    ['rows taken out', 'x = [1 2; 3 4; 5 6]; x([1 3], :) = [];', [[3, 4]]],
    ['columns taken out', 'x = [1 2; 3 4]; x(:, 1) = [];', [[2], [4]]],
    ['a variable is a copy', 'a = [1 2]; x = a; a(1) = 9;', [[1, 2]]],
    ['a literal in a loop is new each time', 'x = 0; for k = 1:3, a = [0 0]; x = x + a(1); a(1) = 5; end', 0],
    ['structs', 'x.a.b = 3; x.c = [1 2]; x.c(2) = 7;', { a: { b: 3 }, c: [[1, 7]] }],
    ['fields like keywords', 'x.if = 1; x.end = 2;', { if: 1, end: 2 }],
    ['cells', "x = {}; x{end + 1} = 'a'; x{end + 1} = 'b';", { cells: ['a', 'b'], rows: 1 }],
    ['a cell’s element', "c = {'a', 'b'}; x = c{2};", 'b'],
    ['several results', '[a, b] = size(zeros(2, 5)); x = [a b];', [[2, 5]]],
    ['results nobody wants', '[~, b] = size(zeros(2, 5)); x = b;', 5],
    ['for', 'x = 0; for k = 1:4\n x = x + k;\nend', 10],
    ['for over columns', 'x = []; for c = [1 2; 3 4], x = [x sum(c)]; end', [[4, 6]]],
    ['for in brackets, as in Octave', 'x = 0; for (k = 1:3) x += 0; end', undefined],
    ['break and continue', 'x = 0; for k = 1:9, if k == 2, continue; end; if k > 4, break; end; x = x + k; end', 8],
    ['if', 'a = 2; if a == 1, x = 1; elseif a == 2, x = 5; else, x = 3; end', 5],
    ['constants of columns', '[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD] = idx_bus; x = [PQ PV BUS_I PD QD];', [[1, 2, 1, 3, 4]]],
    ['all constants', 'define_constants; x = [BR_R MU_ANGMAX APF PC1 COST VMIN];', [[3, 21, 21, 11, 5, 13]]],
    ['one constant', 'x = idx_brch;', 1],
    ['comment blocks', 'x = 1;\n%{\nx = 2;\n%{\n%}\n%}\n', 1],
    ['a comment that only looks like a block', 'x = 1; %{ no block\nx = 2;', 2],
    ['return', 'x = 1; return; x = 2;', undefined],
    ['functions may be hidden by variables', 'sum = 4; x = sum;', 4],
    ['continuation in a statement', 'x = 1 + ...\n 2;', 3],
    [
      'Windows lines',
      'x = [1 2\r\n3 4\r\n];\r\n',
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ])('%s', (_what, statements, value) => {
    if (value !== undefined) expect(valueOf(statements)).toEqual(value);
    else expect(() => valueOf(statements)).toThrow(InputError);
  });

  it.each<[string, RegExp]>([
    ['x = [1 2', /test\.m:1:5: "\[" is never closed; add "\]"/],
    ['x = [1 2; 3];', /test\.m:1:11: row 2 of the matrix has 1 numbers, the first one 2/],
    ['x = [1 2; a];', /test\.m:1:11: "a" is neither a variable nor a function/],
    ["x = [1 'a'; 2 3];", /test\.m:1:8: text stands in a matrix of numbers/],
    ['x = 3i;', /test\.m:1:5: 3i is a complex number/],
    ['x = sqrt(-1);', /test\.m:1:5: sqrt of this number is no real number/],
    ['x = (-8) ^ (1 / 3);', /test\.m:1:10: this power is no real number/],
    ['x = [1 2](3);', /where the end of the statement belongs/],
    ['a = [1 2]; x = a(3);', /test\.m:1:17: there is no element 3; there are 2/],
    ['a = [1 2]; x = a(0);', /an index is a whole number from 1, not 0/],
    ['a = [1 2]; x = a(1.5);', /an index is a whole number from 1, not 1\.5/],
    ['x = [1 2] + [1 2 3];', /"\+" joins a 1 x 2 matrix and a 1 x 3 matrix/],
    ['x = [1 2] * [1 2];', /for element by element write "\.\*"/],
    ['x = 1 / [1 2];', /to divide element by element write "\.\/"/],
    ['while 1, x = 1; end', /"while" is more than is read here/],
    ['x = @sin;', /"@" does not belong into a case file/],
    ["x = 'abc;", /the text that begins here is never closed/],
    ['for k = 1:3, x = 1;', /the block that begins here is never closed/],
    ['x = 1; end', /"end" closes nothing here/],
    ['%{\nx = 1;', /comment block "%\{" is never closed/],
    ['x = loadcase(1);', /"loadcase" is neither a variable nor a function known here/],
    ['x = SQRT(4);', /did you mean sqrt\?/],
    ['x = 1; x{2} = 3;', /braces assign to elements of cell arrays, not of 1/],
    ['a.b = 1; x = a.c;', /there is no field "c"/],
    ['x = 1; x.a = 2;', /the field "a" is set in 1, which has no fields/],
    ['x(3).a = 2;', /arrays of structs are not read/],
    ['x = zeros(1e5, 1e5);', /larger than any case needs/],
    ['x = 1:1e9;', /larger than any case needs/],
    ['x(1e9) = 1;', /larger than any case needs/],
    ['x = 0; for a = 1:1e6, for b = 1:1e6, x = x + 1; end, end', /more work than any case needs/],
    ['x = 0; for a = 1:1e6, b = zeros(1000, 1000); end', /more work than any case needs/],
    ["x = {}; for a = 1:1e6, x{end + 1} = 'a'; end", /more work than any case needs|larger/],
    ['x = end;', /test\.m:1:5: "end" closes nothing|where a number/],
    ['x = 1 2;', /"2" stands where the end of the statement belongs/],
    ['1 = 2; x = 1;', /only a variable, a field or a part of one can be assigned/],
    ['[a, b] = 5; x = 1;', /only a function gives several results/],
    ['[a, b, c] = find(1); x = 1;', /find gives one result here/],
  ])('%s is refused', (statements, message) => {
    let thrown: unknown;
    try {
      valueOf(statements);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(InputError);
    expect((thrown as InputError).message).toMatch(message);
  });
});

describe('bounded work', () => {
  it.each<[string, string]>([
    ['brackets in brackets', `x = ${'('.repeat(1e5)}1${')'.repeat(1e5)};`],
    ['lists in lists', `x = ${'['.repeat(1e5)}1${']'.repeat(1e5)};`],
    ['indices in indices', `a = 1; x = ${'a('.repeat(1e5)}1${')'.repeat(1e5)};`],
    ['blocks in blocks', `${'if 1\n'.repeat(1e5)}x = 1;\n${'end\n'.repeat(1e5)}`],
    ['fields of fields', `x${'.a'.repeat(1e5)} = 1;`],
  ])('%s end with an error', (_what, text) => {
    expect(() => valueOf(text)).toThrow(InputError);
  });

  it.each<[string, string]>([
    ['numbers', `x = [${'1 '.repeat(1e6)}`],
    ['texts on one line', `x = {${"'a' ".repeat(1e6)}`],
    ['names', `x = [${'a '.repeat(1e6)}`],
    ['statements', 'x = 1;'.repeat(1e6)],
    ['numbers in one bracket', `x = [${'1 '.repeat(4_000_001)}];`],
  ])('too many %s end with an error within seconds', (_what, text) => {
    const start = performance.now();
    expect(() => valueOf(text)).toThrow(InputError);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it.each<[string, string, number]>([
    ['sums', `x = ${'1+'.repeat(1e5)}1;`, 100_001],
    ['signs', `x = ${'-'.repeat(1e5)}1;`, 1],
    ['transpositions', `x = 1${"'".repeat(1e5)};`, 1],
    ['conditions', `x = ${'1 && '.repeat(1e5)}1;`, 1],
    ['elseif', `x = 0; if 0\n${'elseif 0\n'.repeat(1e5)}else x = 2; end`, 2],
    ['quotes', `x = numel('${"''".repeat(1e5)}');`, 1e5],
    ['comments', `${'%{\n%}\n'.repeat(1e5)}x = 1;`, 1],
  ])('long chains of %s are read', (_what, text, value) => {
    expect(valueOf(text)).toBe(value);
  });
});
