/** Inline arithmetic of the OpenDSS language: postfix expressions such as `(8 1000 /)`, angles in degrees. */

const DEPTH = 10;
/** The language's own value of pi / 180, kept so that results agree to the last digit. */
const RADIANS_PER_DEGREE = 3.14159265359 / 180;

const UNARY: Readonly<Record<string, (x: number) => number>> = {
  sqrt: Math.sqrt,
  sqr: (x) => x * x,
  sin: (x) => Math.sin(x * RADIANS_PER_DEGREE),
  cos: (x) => Math.cos(x * RADIANS_PER_DEGREE),
  tan: (x) => Math.tan(x * RADIANS_PER_DEGREE),
  asin: (x) => Math.asin(x) / RADIANS_PER_DEGREE,
  acos: (x) => Math.acos(x) / RADIANS_PER_DEGREE,
  atan: (x) => Math.atan(x) / RADIANS_PER_DEGREE,
  ln: Math.log,
  log10: Math.log10,
  exp: Math.exp,
  inv: (x) => 1 / x,
};

const BINARY: Readonly<Record<string, (y: number, x: number) => number>> = {
  '+': (y, x) => y + x,
  '-': (y, x) => y - x,
  '*': (y, x) => y * x,
  '/': (y, x) => y / x,
  '^': (y, x) => y ** x,
  atan2: (y, x) => Math.atan2(y, x) / RADIANS_PER_DEGREE,
};

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The value of a plain number (`1`, `-.5`, `2e3`, `$1F` in hexadecimal), or undefined where the text is none or is not finite. */
export function parseNumber(text: string): number | undefined {
  if (NUMBER.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  if (/^\$[0-9a-f]+$/i.test(text)) return Number.parseInt(text.slice(1), 16);
  return undefined;
}

/**
 * The value of a postfix expression.
 *
 * @param words numbers and operators in order
 * @param fail called with what is wrong (an unknown word, too few numbers, a result that is not finite); must throw
 */
export function evaluateRpn(words: readonly string[], fail: (message: string) => never): number {
  // Index 0 is the top. The stack is a ring of fixed depth: rolling it moves zeros in, as on the calculators it imitates.
  const stack: number[] = new Array<number>(DEPTH).fill(0);
  let held = 0;
  const push = (value: number): void => {
    if (held === DEPTH) fail(`holds more than ${DEPTH} numbers at once, the depth of the language's stack; write it with fewer`);
    stack.pop();
    stack.unshift(value);
    held++;
  };
  for (const word of words) {
    const value = parseNumber(word);
    const name = word.toLowerCase();
    if (value !== undefined) push(value);
    else if (name === 'pi') push(Math.PI);
    else if (Object.hasOwn(UNARY, name)) {
      if (held < 1) fail(`"${word}" has no number before it`);
      stack[0] = UNARY[name](stack[0]);
    } else if (Object.hasOwn(BINARY, name)) {
      if (held < 2) fail(`"${word}" needs two numbers before it`);
      const x = stack.shift() ?? 0;
      stack[0] = BINARY[name](stack[0], x);
      stack.push(0);
      held--;
    } else if (name === 'swap' || name === 'rolldn' || name === 'rollup') {
      if (held < 1) fail(`"${word}" has no number before it`);
      if (name === 'swap' && held < 2) fail(`"${word}" needs two numbers before it`);
      held = roll(stack, name, held);
    } else fail(`"${word}" is neither a number nor an operation`);
  }
  if (held === 0) fail(`"${words.join(' ')}" leaves no number`);
  const result = stack[0];
  if (!Number.isFinite(result)) fail(`"${words.join(' ')}" gives ${result}, not a finite number`);
  return result;
}

/** Moves the numbers on the stack about; returns how many it holds afterwards. */
function roll(stack: number[], name: 'swap' | 'rollup' | 'rolldn', held: number): number {
  if (name === 'swap') [stack[0], stack[1]] = [stack[1], stack[0]];
  else if (name === 'rollup') {
    stack.pop();
    stack.unshift(stack[0]);
    return Math.min(held + 1, DEPTH);
  } else {
    stack.shift();
    stack.push(stack[DEPTH - 2]);
    return held - 1;
  }
  return held;
}
