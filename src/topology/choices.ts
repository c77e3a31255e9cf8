/**
 * The discrete actions of a grid, one a step: nothing; all elements of a substation on given busbars (*unitary topologies*); one element on its other busbar; a line in or out;
 * a generator's target up or down; a cap on wind or sun; a storage unit charging or discharging.
 */
import type { TopologyElements } from './elements.js';

/** Kinds of choices. */
export const CHOICE_NONE = 0;
export const CHOICE_SET = 1;
export const CHOICE_CHANGE = 2;
export const CHOICE_LINE = 3;
export const CHOICE_REDISPATCH = 4;
export const CHOICE_CURTAIL = 5;
export const CHOICE_STORAGE = 6;

/** Which kinds there are. */
export interface ChoiceSettings {
  /** All unitary topologies of each substation with more than three elements. */
  readonly set: boolean;
  /** Each element to its other busbar. */
  readonly change: boolean;
  /** Each line in or out. */
  readonly lines: boolean;
  readonly redispatch: boolean;
  readonly curtailment: boolean;
  /** Most unitary topologies of one substation. */
  readonly mostOfSubstation: number;
}

/** Caps that a curtailment sets, as shares of a plant's largest power; 1 lifts it. */
export const CURTAILMENT_LEVELS: readonly number[] = [0.25, 0.5, 0.75, 1];
/** Substations with so many elements or fewer have no unitary topologies. */
const FEW_ELEMENTS = 3;

/** Choices, each a row of these columns. */
export interface Choices {
  readonly count: number;
  readonly kind: Uint8Array;
  /** Substation, element, branch, generator or storage unit. */
  readonly index: Int32Array;
  /** Of sets: where the busbars of the substation's elements begin in `patterns`. Of levels: the number of the level. */
  readonly detail: Int32Array;
  /** Busbars (1 or 2) in the order of `elementsOf`. */
  readonly patterns: Uint8Array;
  readonly names: readonly string[];
  /** The choices of each kind and index stand together: runs of [first, count, kind, index]. */
  readonly runs: readonly (readonly [number, number, number, number])[];
  /** Substations in which something can come to busbar 2, rising. */
  readonly splittable: readonly number[];
}

/**
 * The unitary topologies of a substation: each way to part its elements between two busbars, the first one on busbar 1, such that no busbar has a load, generator or storage unit and
 * no branch; all on busbar 1 first. (Grid2Op counts them so: 159 in l2rpn_case14_sandbox.)
 *
 * Where there are more than `most`, those whose smaller part is smallest are taken, from two elements on (one alone is a line's end without anything), in the order of counting.
 */
export function unitaryTopologies(elements: TopologyElements, substation: number, most = Infinity): Uint8Array[] {
  const own = elements.elementsOf[substation];
  const size = own.length;
  const isBranch = own.map((element) => element < elements.firstLoad);
  const all = new Uint8Array(size).fill(1);
  const barsOf = (split: number): Uint8Array<ArrayBuffer> => all.map((_, k) => (k > 0 && ((split >>> (k - 1)) & 1) === 1 ? 2 : 1));
  const isServed = (bars: Uint8Array): boolean => [1, 2].every((bar) => !bars.includes(bar) || bars.some((its, k) => its === bar && isBranch[k]));
  const whole = isServed(all) ? [all] : [];
  const splits = 2 ** (size - 1);
  if (splits - 1 <= most) {
    const parted = Array.from({ length: splits - 1 }, (_, k) => barsOf(k + 1));
    return [...whole, ...parted.filter(isServed)].slice(0, most);
  }
  const chosen = [...whole];
  for (let smaller = 2; smaller <= size / 2 && chosen.length < most; smaller++) {
    for (let split = 1; split < splits && chosen.length < most; split++) {
      const bars = barsOf(split);
      const two = bars.reduce((sum, bar) => sum + bar - 1, 0);
      if (Math.min(two, size - two) === smaller && isServed(bars)) chosen.push(bars);
    }
  }
  return chosen;
}

/** All choices of these kinds, nothing first. */
export function makeChoices(elements: TopologyElements, settings: ChoiceSettings): Choices {
  const rows: { kind: number; index: number; detail: number; name: string }[] = [{ kind: CHOICE_NONE, index: 0, detail: 0, name: 'none' }];
  const patterns: number[] = [];
  const add = (kind: number, index: number, detail: number, name: string): void => {
    rows.push({ kind, index, detail, name });
  };
  if (settings.set) {
    for (let substation = 0; substation < elements.substations; substation++) {
      if (elements.elementsOf[substation].length <= FEW_ELEMENTS) continue;
      unitaryTopologies(elements, substation, settings.mostOfSubstation).forEach((bars) => {
        add(CHOICE_SET, substation, patterns.length, `substation ${substation}: ${bars.join('')}`);
        patterns.push(...bars);
      });
    }
  }
  if (settings.change) for (let element = 0; element < elements.count; element++) add(CHOICE_CHANGE, element, 0, `change ${elements.names[element]}`);
  if (settings.lines) elements.branchNames.forEach((name, branch) => add(CHOICE_LINE, branch, 0, `switch line ${name}`));
  const { facts } = elements;
  if (settings.redispatch) {
    for (const k of elements.dispatchable) {
      add(CHOICE_REDISPATCH, k, -1, `${facts.generators[k].name} down`);
      add(CHOICE_REDISPATCH, k, 1, `${facts.generators[k].name} up`);
    }
  }
  if (settings.curtailment) {
    for (const k of elements.renewable)
      CURTAILMENT_LEVELS.forEach((share, level) => {
        add(CHOICE_CURTAIL, k, level, `${facts.generators[k].name} at most ${share}`);
      });
  }
  elements.storages.forEach(({ substation }, k) => {
    add(CHOICE_STORAGE, k, -1, `storage ${substation} charges`);
    add(CHOICE_STORAGE, k, 1, `storage ${substation} discharges`);
  });
  const runs: [number, number, number, number][] = [];
  rows.forEach(({ kind, index }, k) => {
    const last = runs.at(-1);
    if (last && last[2] === kind && last[3] === index) last[1] += 1;
    else runs.push([k, 1, kind, index]);
  });
  return {
    count: rows.length,
    kind: Uint8Array.from(rows, ({ kind }) => kind),
    index: Int32Array.from(rows, ({ index }) => index),
    detail: Int32Array.from(rows, ({ detail }) => detail),
    patterns: Uint8Array.from(patterns),
    names: rows.map(({ name }) => name),
    runs,
    splittable: [
      ...new Set(rows.flatMap(({ kind, index }) => (kind === CHOICE_SET ? [index] : kind === CHOICE_CHANGE ? [elements.substationOf[index]] : []))),
    ].sort((a, b) => a - b),
  };
}
