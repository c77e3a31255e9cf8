/** Which contingencies are meant: every branch, every generator, or cases that name their elements. */
import { type BalancedGrid, branchLabel, describeValue, generatorLabel, InputError } from '../../grid/index.js';
import type { ContingencyCase, ContingencyOptions, SkippedCase } from './contingency-types.js';
import type { BalancedNetwork } from './network.js';

/** Whether a branch is a transformer: it has a ratio, shifts phases, or its ends have different base voltages. */
function isTransformer({ grid, branchFrom, branchTo }: BalancedNetwork, index: number): boolean {
  const { ratio, shiftDegrees } = grid.branches[index];
  const [from, to] = [grid.buses[branchFrom[index]].baseKv, grid.buses[branchTo[index]].baseKv];
  return ratio !== 0 || shiftDegrees !== 0 || (from > 0 && to > 0 && from !== to);
}

/** A contingency in indices. */
export interface PosedContingency {
  label: string;
  /** Elements that are in service in the base case. */
  branches: number[];
  generators: number[];
  /** Elements of parts that are dead in the base case: out of service as well, should such a part come to life. */
  idle: { branches: number[]; generators: number[] };
  notes: string[];
}

const NOTHING_IDLE = { branches: [], generators: [] };
const OUT_OF_SERVICE = 'out of service in the base case';

/** Finds elements by what cases call them. */
export class ElementFinder {
  private readonly branchesOf = new Map<string, number[]>();
  private readonly generatorsOf = new Map<number, number[]>();

  constructor(private readonly grid: BalancedGrid) {
    grid.branches.forEach(({ from, to }, k) => {
      push(this.branchesOf, pairKey(from, to), k);
    });
    grid.generators.forEach(({ bus }, k) => {
      push(this.generatorsOf, bus, k);
    });
  }

  /** Index of a branch. Throws {@link InputError} where there is none, or where several are meant. */
  branch(reference: number | string): number {
    const count = this.grid.branches.length;
    if (typeof reference === 'number') return placeOf('branch', reference, count);
    const match = /^\s*(\d+)\s*-\s*(\d+)\s*(?:#\s*(\d+))?\s*$/.exec(reference);
    if (!match) throw new InputError(`${describeValue(reference)} is no branch; write its place in the grid's list or its buses, as 4-7 or 4-7#2`);
    const [from, to, which] = [Number(match[1]), Number(match[2]), match[3]];
    const found = this.branchesOf.get(pairKey(from, to)) ?? [];
    if (found.length === 0) throw new InputError(`there is no branch between buses ${from} and ${to}`);
    return oneOf(found, which, `between buses ${from} and ${to}`, 'branch', 'branches', `${from}-${to}`);
  }

  /** Index of a generator. Throws {@link InputError} where there is none, or where several are meant. */
  generator(reference: number | string): number {
    const count = this.grid.generators.length;
    if (typeof reference === 'number') return placeOf('generator', reference, count);
    const match = /^\s*at\s*(\d+)\s*(?:#\s*(\d+))?\s*$/i.exec(reference);
    if (!match)
      throw new InputError(`${describeValue(reference)} is no generator; write its place in the grid's list or its bus, as "at 8" or "at 8#2"`);
    const [bus, which] = [Number(match[1]), match[2]];
    const found = this.generatorsOf.get(bus) ?? [];
    if (found.length === 0) throw new InputError(`there is no generator at bus ${bus}`);
    return oneOf(found, which, `at bus ${bus}`, 'generator', 'generators', `at ${bus}`);
  }
}

function push<K>(map: Map<K, number[]>, key: K, index: number): void {
  const list = map.get(key);
  if (list) list.push(index);
  else map.set(key, [index]);
}

function pairKey(a: number, b: number): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function placeOf(what: string, place: number, count: number): number {
  if (Number.isInteger(place) && place >= 1 && place <= count) return place - 1;
  throw new InputError(`there is no ${what} ${describeValue(place)}; there are ${count}, counted from 1`);
}

function oneOf(found: readonly number[], which: string | undefined, where: string, one: string, several: string, written: string): number {
  const place = which === undefined ? 1 : Number(which);
  if (which === undefined && found.length > 1) {
    throw new InputError(`there are ${found.length} ${several} ${where}; write which, as ${written}#1 to ${written}#${found.length}`);
  }
  if (place < 1 || place > found.length) {
    throw new InputError(`there is no ${one} number ${place} ${where}; there ${found.length === 1 ? 'is 1' : `are ${found.length}`}`);
  }
  return found[place - 1];
}

/** Records pad names with blanks. */
function trimmed(name = ''): string {
  return name.trim().replace(/\s+/g, ' ');
}

/** A branch as rows name it, with its name where it has one. */
export function branchText(grid: BalancedGrid, index: number): string {
  const name = trimmed(grid.branches[index].name);
  return name ? `${branchLabel(grid, index)} ${name}` : branchLabel(grid, index);
}

function generatorText(grid: BalancedGrid, index: number): string {
  const name = trimmed(grid.generators[index].name);
  return name ? `${generatorLabel(grid, index)} ${name}` : generatorLabel(grid, index);
}

/** What is to be analysed. Throws {@link InputError} for a case that names what there is not. */
export function poseContingencies(
  network: BalancedNetwork,
  options: Pick<ContingencyOptions, 'branches' | 'generators' | 'cases'>,
): { posed: PosedContingency[]; skipped: SkippedCase[] } {
  const { grid, branchOn, generatorOn } = network;
  const { generators = false, cases } = options;
  const { branches = generators === false && cases === undefined } = options;
  const posed: PosedContingency[] = [];
  const skipped: SkippedCase[] = [];
  const finder = new ElementFinder(grid);
  if (typeof branches === 'object') {
    for (const k of named(
      'branches',
      branches,
      (reference) => finder.branch(reference),
      skipped,
      (index) => branchText(grid, index),
    )) {
      if (branchOn[k]) posed.push({ label: branchText(grid, k), branches: [k], generators: [], idle: NOTHING_IDLE, notes: [] });
      else skipped.push({ label: branchText(grid, k), reason: OUT_OF_SERVICE });
    }
  } else if (branches) {
    branchOn.forEach((isOn, k) => {
      if (isOn && (branches === true || isTransformer(network, k) === (branches === 'transformers')))
        posed.push({ label: branchText(grid, k), branches: [k], generators: [], idle: NOTHING_IDLE, notes: [] });
    });
  }
  if (typeof generators === 'object') {
    for (const k of named(
      'generators',
      generators,
      (reference) => finder.generator(reference),
      skipped,
      (index) => generatorText(grid, index),
    )) {
      if (generatorOn[k]) posed.push({ label: generatorText(grid, k), branches: [], generators: [k], idle: NOTHING_IDLE, notes: [] });
      else skipped.push({ label: generatorText(grid, k), reason: OUT_OF_SERVICE });
    }
  } else if (generators) {
    generatorOn.forEach((isOn, k) => {
      if (isOn) posed.push({ label: generatorText(grid, k), branches: [], generators: [k], idle: NOTHING_IDLE, notes: [] });
    });
  }
  if (cases === undefined) return { posed, skipped };
  const labels = new Map<string, string>();
  cases.forEach((one, at) => {
    const { name, branches, generators: machines } = readCase(finder, one, at);
    const elements = [...branches.map((k) => branchText(grid, k)), ...machines.map((k) => generatorText(grid, k))].join(' + ');
    const label = name ? `${name}: ${elements}` : elements;
    const key = [branches, machines]
      .map((list) =>
        list
          .slice()
          .sort((a, b) => a - b)
          .join(),
      )
      .join(' ');
    const earlier = labels.get(key);
    if (earlier !== undefined) {
      skipped.push({ label, reason: `asked for already${earlier === label ? '' : `, as ${earlier}`}` });
      return;
    }
    labels.set(key, label);
    const off = [
      ...branches.filter((k) => !branchOn[k]).map((k) => branchText(grid, k)),
      ...machines.filter((k) => !generatorOn[k]).map((k) => generatorText(grid, k)),
    ];
    if (off.length === branches.length + machines.length) {
      skipped.push({ label, reason: OUT_OF_SERVICE });
      return;
    }
    posed.push({
      label,
      branches: branches.filter((k) => branchOn[k]),
      generators: machines.filter((k) => generatorOn[k]),
      idle: { branches: branches.filter((k) => !branchOn[k]), generators: machines.filter((k) => !generatorOn[k]) },
      notes: off.map((text) => `${text} is out of service in the base case`),
    });
  });
  return { posed, skipped };
}

/** Indices of the elements that an option names, each once; what is named again is skipped. Throws {@link InputError} that names the option. */
function named<T>(
  option: string,
  references: readonly T[],
  index: (reference: T) => number,
  skipped: SkippedCase[],
  text: (index: number) => string,
): number[] {
  const found = new Set<number>();
  for (const reference of references) {
    try {
      const k = index(reference);
      if (found.has(k)) skipped.push({ label: text(k), reason: 'asked for already' });
      found.add(k);
    } catch (error) {
      if (error instanceof InputError) throw new InputError(`${option}: ${error.message}`);
      throw error;
    }
  }
  return [...found];
}

function readCase(finder: ElementFinder, one: ContingencyCase, at: number): { name?: string; branches: number[]; generators: number[] } {
  if (typeof one !== 'object' || one === null)
    throw new InputError(`contingency ${at + 1} is ${describeValue(one)}; an object with branches and generators belongs there`);
  const unknown = Object.keys(one).find((key) => !['name', 'branches', 'generators'].includes(key));
  if (unknown !== undefined) throw new InputError(`contingency ${at + 1} has "${unknown}"; there are name, branches and generators`);
  const { name, branches = [], generators = [] } = one;
  if (name !== undefined && typeof name !== 'string') throw new InputError(`contingency ${at + 1}: name must be text, not ${describeValue(name)}`);
  if (!Array.isArray(branches) || !Array.isArray(generators)) throw new InputError(`contingency ${at + 1}: branches and generators are lists`);
  if (branches.length + generators.length === 0) throw new InputError(`contingency ${at + 1} names nothing that is to fail`);
  const find = <T>(references: readonly T[], index: (reference: T) => number): number[] => {
    try {
      return [...new Set(references.map(index))];
    } catch (error) {
      if (error instanceof InputError) throw new InputError(`contingency ${at + 1}${name ? ` (${name})` : ''}: ${error.message}`);
      throw error;
    }
  };
  return {
    name,
    branches: find(branches as readonly (number | string)[], (reference) => finder.branch(reference)),
    generators: find(generators as readonly (number | string)[], (reference) => finder.generator(reference)),
  };
}
