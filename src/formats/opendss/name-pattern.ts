/**
 * Patterns of names, as `batchedit load.^h[0-9]+$` has them: regular expressions without what makes matching slow.
 *
 * A pattern becomes a machine of states that follows all of its branches at once (Thompson, "Regular expression search algorithm", 1968), so that a match
 * takes at most length of name times length of pattern, whatever the pattern. Understood: characters, `.`, classes `[a-z_]` and `[^..]`, `\d \w \s \D \W \S`,
 * groups, `|`, `^`, `$`, `* + ? {m} {m,} {m,n}` and their lazy forms. Case does not matter; a match may stand anywhere in the name.
 */

/** Longest pattern, characters, and most states it may come to. */
const LONGEST_PATTERN = 500;
const MOST_STATES = 2000;

type Test = (character: string) => boolean;

/** A state: a test with one way on, or ways on that need no character; `start` and `end` ask where in the name it is. */
interface State {
  test?: Test;
  at?: 'start' | 'end';
  next: number[];
}

/** Part of a machine: where it begins, and states whose way on is not known yet. */
interface Fragment {
  first: number;
  open: State[];
}

/** A parsed pattern. */
type Node =
  | { kind: 'character'; test: Test }
  | { kind: 'at'; at: 'start' | 'end' }
  | { kind: 'sequence' | 'choice'; parts: Node[] }
  | { kind: 'repeat'; part: Node; least: number; most: number };

/** A pattern ready to be matched. */
export class NamePattern {
  private readonly states: State[] = [];
  private readonly first: number;

  /**
   * @param pattern the expression
   * @param fail called with what is wrong with it; must throw
   */
  constructor(
    pattern: string,
    private readonly fail: (message: string) => never,
  ) {
    if (pattern.length > LONGEST_PATTERN) fail(`the pattern has ${pattern.length} characters, more than ${LONGEST_PATTERN}`);
    const tree = new PatternParser(pattern, fail).parse();
    const whole = this.build(tree);
    const final = this.add({ next: [] });
    for (const state of whole.open) state.next.push(final);
    this.first = whole.first;
  }

  /** True where the pattern matches somewhere in a name. */
  test(name: string): boolean {
    const final = this.states.length - 1;
    const text = name.toLowerCase();
    let here = new Set<number>();
    for (let at = 0; ; at++) {
      this.follow(this.first, at, text.length, here);
      if (here.has(final)) return true;
      if (at >= text.length) return false;
      const next = new Set<number>();
      for (const number of here) {
        const { test, next: ways } = this.states[number];
        if (test?.(text[at])) for (const way of ways) this.follow(way, at + 1, text.length, next);
      }
      here = next;
    }
  }

  /** Adds a state and all that is reached from it without a character. */
  private follow(start: number, at: number, length: number, into: Set<number>): void {
    const waiting = [start];
    for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
      if (into.has(number)) continue;
      const { test, at: place, next } = this.states[number];
      if ((place === 'start' && at !== 0) || (place === 'end' && at !== length)) continue;
      into.add(number);
      if (!test) waiting.push(...next);
    }
  }

  private add(state: State): number {
    if (this.states.length >= MOST_STATES) this.fail(`the pattern repeats too much: it comes to more than ${MOST_STATES} states`);
    this.states.push(state);
    return this.states.length - 1;
  }

  private build(node: Node): Fragment {
    switch (node.kind) {
      case 'character':
      case 'at': {
        const state: State = { next: [], ...(node.kind === 'at' ? { at: node.at } : { test: node.test }) };
        return { first: this.add(state), open: [state] };
      }
      case 'sequence':
        return this.inSequence(node.parts);
      case 'choice': {
        const parts = node.parts.map((part) => this.build(part));
        return { first: this.add({ next: parts.map((part) => part.first) }), open: parts.flatMap((part) => part.open) };
      }
      case 'repeat':
        return this.repeated(node.part, node.least, node.most);
    }
  }

  private inSequence(parts: readonly Node[]): Fragment {
    const begin: State = { next: [] };
    const first = this.add(begin);
    let open = [begin];
    for (const part of parts) {
      const fragment = this.build(part);
      for (const state of open) state.next.push(fragment.first);
      open = fragment.open;
    }
    return { first, open };
  }

  private repeated(part: Node, least: number, most: number): Fragment {
    const required = this.inSequence(Array.from({ length: least }, () => part));
    let open = required.open;
    if (most === Infinity) {
      const fork: State = { next: [] };
      const number = this.add(fork);
      for (const state of open) state.next.push(number);
      const body = this.build(part);
      fork.next.push(body.first);
      for (const state of body.open) state.next.push(number);
      return { first: required.first, open: [fork] };
    }
    const ends = [...open];
    for (let i = least; i < most; i++) {
      const fragment = this.build(part);
      for (const state of open) state.next.push(fragment.first);
      open = fragment.open;
      ends.push(...open);
    }
    return { first: required.first, open: ends };
  }
}

const isDigit: Test = (c) => c >= '0' && c <= '9';
const isWord: Test = (c) => isDigit(c) || (c >= 'a' && c <= 'z') || c === '_';
const isSpace: Test = (c) => /\s/.test(c);
const is = (character: string): Test => {
  const lower = character.toLowerCase();
  return (c) => c === lower;
};
const not =
  (test: Test): Test =>
  (c) =>
    !test(c);

/** What a backslash and a letter stand for; names are matched in lower case. */
const CLASSES: Readonly<Record<string, Test>> = { d: isDigit, w: isWord, s: isSpace, D: not(isDigit), W: not(isWord), S: not(isSpace) };

/** Reads a pattern into a tree. */
class PatternParser {
  private position = 0;

  constructor(
    private readonly text: string,
    private readonly fail: (message: string) => never,
  ) {}

  parse(): Node {
    const node = this.choice();
    if (this.position < this.text.length) this.wrong('")" without "("');
    return node;
  }

  private wrong(message: string): never {
    return this.fail(`"${this.text}" is not a regular expression: ${message}`);
  }

  private choice(): Node {
    const parts = [this.sequence()];
    while (this.take('|')) parts.push(this.sequence());
    return parts.length === 1 ? parts[0] : { kind: 'choice', parts };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (this.position < this.text.length && !'|)'.includes(this.text[this.position])) parts.push(this.repeatedAtom());
    return { kind: 'sequence', parts };
  }

  private repeatedAtom(): Node {
    let node = this.atom();
    for (let range = this.range(); range; range = this.range()) {
      // A lazy or greedy repetition matches the same names.
      this.take('?');
      node = { kind: 'repeat', part: node, least: range[0], most: range[1] };
    }
    return node;
  }

  private range(): readonly [number, number] | undefined {
    if (this.take('*')) return [0, Infinity];
    if (this.take('+')) return [1, Infinity];
    if (this.take('?')) return [0, 1];
    const braces = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.text.slice(this.position, this.position + 12));
    if (!braces) return undefined;
    this.position += braces[0].length;
    const least = Number(braces[1]);
    const most = braces[2] === undefined ? least : braces[3] === '' ? Infinity : Number(braces[3]);
    if (most < least) this.wrong(`${braces[0]} counts down`);
    return [least, most];
  }

  private atom(): Node {
    const first = this.text[this.position++];
    switch (first) {
      case '(': {
        if (this.take('?') && !this.take(':')) this.wrong('"(?" begins what is not modelled');
        const inner = this.choice();
        if (!this.take(')')) this.wrong('"(" is never closed');
        return inner;
      }
      case '[':
        return { kind: 'character', test: this.characterClass() };
      case '.':
        return { kind: 'character', test: () => true };
      case '^':
        return { kind: 'at', at: 'start' };
      case '$':
        return { kind: 'at', at: 'end' };
      case '*':
      case '+':
      case '?':
        return this.wrong(`"${first}" repeats nothing`);
      case '\\':
        return { kind: 'character', test: this.escaped() };
      default:
        return { kind: 'character', test: is(first) };
    }
  }

  private escaped(): Test {
    const letter = this.text[this.position++];
    if (letter === undefined) return this.wrong('it ends in a backslash');
    if (Object.hasOwn(CLASSES, letter)) return CLASSES[letter];
    if (/[a-z0-9]/i.test(letter)) this.wrong(`"\\${letter}" is not modelled`);
    return is(letter);
  }

  private characterClass(): Test {
    const inverted = this.take('^');
    const tests: Test[] = [];
    for (let first = true; first || this.text[this.position] !== ']'; first = false) {
      if (this.position >= this.text.length) this.wrong('"[" is never closed');
      const from = this.text[this.position++].toLowerCase();
      if (from === '\\') {
        tests.push(this.escaped());
        continue;
      }
      const to = this.text[this.position + 1]?.toLowerCase();
      if (this.text[this.position] === '-' && to !== undefined && to !== ']') {
        if (to < from) this.wrong(`the range ${from}-${to} counts down`);
        this.position += 2;
        tests.push((c) => c >= from && c <= to);
      } else tests.push(is(from));
    }
    this.position++;
    const any: Test = (c) => tests.some((test) => test(c));
    return inverted ? not(any) : any;
  }

  private take(character: string): boolean {
    if (this.text[this.position] !== character) return false;
    this.position++;
    return true;
  }
}
