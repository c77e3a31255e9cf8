/** Checks of microgrid definitions. */
import { describeValue, InputError } from '../grid/index.js';
import type { MicrogridDefinition } from './microgrid.js';

/** Most inverters, lines or loads: full matrices are made of them. */
const MOST_ELEMENTS = 1000;

type Range = 'above 0' | 'from 0';

function checkNumber(element: string, property: string, value: unknown, range: Range): void {
  const fine = typeof value === 'number' && Number.isFinite(value) && (range === 'above 0' ? value > 0 : value >= 0);
  if (!fine) throw new InputError(`is ${describeValue(value)}; it must be a number ${range}`, { element, property });
}

function checkList(property: string, value: unknown, least: number): void {
  if (!Array.isArray(value)) throw new InputError(`is ${describeValue(value)}; give an array`, { element: 'microgrid', property });
  if (value.length < least) throw new InputError('is empty; give at least one', { element: 'microgrid', property });
  if (value.length > MOST_ELEMENTS)
    throw new InputError(`has ${value.length} entries; at most ${MOST_ELEMENTS} are possible`, { element: 'microgrid', property });
}

/** Names of one list: words, each once. */
function checkNames(kind: string, list: readonly { name: string }[], taken: Map<string, string>): void {
  list.forEach((record, i) => {
    if (typeof record !== 'object' || record === null) throw new InputError(`${kind} number ${i + 1} is ${describeValue(record)}; give a record`);
    const { name } = record;
    if (typeof name !== 'string' || name === '') throw new InputError(`${kind} number ${i + 1} has the name ${describeValue(name)}; give a word`);
    const other = taken.get(name);
    if (other)
      throw new InputError(`the name ${describeValue(name)} stands for ${other} already; names of inverters, lines and loads must differ`, {
        element: `${kind}.${name}`,
      });
    taken.set(name, `${kind} ${name}`);
  });
}

/** Vertices that a graph of directed edges reaches from a start. */
function reached(count: number, edges: readonly (readonly [number, number])[], start: number): boolean[] {
  const next: number[][] = Array.from({ length: count }, () => []);
  for (const [a, b] of edges) next[a].push(b);
  const seen = new Array<boolean>(count).fill(false);
  const queue = [start];
  seen[start] = true;
  for (let i = 0; i < queue.length; i++) {
    for (const other of next[queue[i]]) {
      if (seen[other]) continue;
      seen[other] = true;
      queue.push(other);
    }
  }
  return seen;
}

const bothWays = (edges: readonly (readonly [number, number])[]): (readonly [number, number])[] => [
  ...edges,
  ...edges.map(([a, b]) => [b, a] as const),
];

/** Pairs of inverters as indices, each checked. */
function readPairs(property: string, pairs: unknown, names: readonly string[], directed: boolean): [number, number][] {
  checkList(property, pairs, 0);
  const edges: [number, number][] = [];
  for (const pair of pairs as unknown[]) {
    const refuse = (what: string): never => {
      throw new InputError(what, { element: 'microgrid', property });
    };
    if (!Array.isArray(pair) || pair.length !== 2) throw refuse(`has the edge ${describeValue(pair)}; an edge is a pair of inverters' names`);
    const [a, b] = pair.map((name) => {
      const at = names.indexOf(name);
      return at < 0 ? refuse(`names ${describeValue(name)}, which is no inverter`) : at;
    });
    if (a === b) refuse(`has an edge from ${names[a]} to itself`);
    if (edges.some(([c, d]) => (c === a && d === b) || (!directed && c === b && d === a))) refuse(`has the edge ${names[a]} - ${names[b]} twice`);
    edges.push([a, b]);
  }
  return edges;
}

/** Checks that all inverters are reached from one. */
function checkConnected(property: string, edges: readonly (readonly [number, number])[], start: number, names: readonly string[]): void {
  const alone = reached(names.length, edges, start).indexOf(false);
  if (alone < 0) return;
  throw new InputError(`is not connected: no path leads from ${names[start]} to ${names[alone]}; add an edge`, { element: 'microgrid', property });
}

function checkElements(definition: MicrogridDefinition): void {
  for (const inverter of definition.inverters) {
    const element = `inverter.${inverter.name}`;
    checkNumber(element, 'activeDroop', inverter.activeDroop, 'from 0');
    checkNumber(element, 'reactiveDroop', inverter.reactiveDroop, 'from 0');
    checkNumber(element, 'couplingResistanceOhm', inverter.couplingResistanceOhm, 'from 0');
    checkNumber(element, 'couplingInductanceHenry', inverter.couplingInductanceHenry, 'above 0');
    if (typeof inverter.bus !== 'string' || inverter.bus === '')
      throw new InputError(`is ${describeValue(inverter.bus)}; name the bus where it stands`, { element, property: 'bus' });
  }
  for (const line of definition.lines) {
    const element = `line.${line.name}`;
    checkNumber(element, 'resistanceOhm', line.resistanceOhm, 'from 0');
    checkNumber(element, 'inductanceHenry', line.inductanceHenry, 'above 0');
    for (const property of ['from', 'to'] as const) {
      if (typeof line[property] !== 'string' || line[property] === '')
        throw new InputError(`is ${describeValue(line[property])}; name a bus`, { element, property });
    }
    if (line.from === line.to) throw new InputError(`has both ends at bus ${line.from}`, { element });
  }
  for (const load of definition.loads) {
    const element = `load.${load.name}`;
    checkNumber(element, 'resistanceOhm', load.resistanceOhm, 'above 0');
    checkNumber(element, 'inductanceHenry', load.inductanceHenry, 'above 0');
    checkNumber(element, 'branchResistanceOhm', load.branchResistanceOhm ?? 0, 'from 0');
    checkNumber(element, 'branchInductanceHenry', load.branchInductanceHenry ?? 0, 'from 0');
  }
}

/** Checks the mistakes asked for: they must name what is there. */
function checkMistakes(definition: MicrogridDefinition, buses: readonly string[], names: ReadonlyMap<string, string>): void {
  const { busCurrents = [], powerReadings = [], neighbours = [] } = definition.mistakes ?? {};
  const refuse = (property: string, what: string): never => {
    throw new InputError(what, { element: 'mistakes', property });
  };
  const lists: Readonly<Record<string, unknown>> = { busCurrents, powerReadings, neighbours };
  for (const [property, list] of Object.entries(lists)) {
    if (!Array.isArray(list) || !list.every((entry) => typeof entry === 'object' && entry !== null))
      refuse(property, `is ${describeValue(list)}; give an array of objects`);
  }
  const isInverter = (name: string): boolean => definition.inverters.some((inverter) => inverter.name === name);
  for (const { bus, element, factor } of busCurrents) {
    if (!buses.includes(bus)) refuse('busCurrents', `names bus ${describeValue(bus)}, which is not there`);
    if (!names.has(element)) refuse('busCurrents', `names ${describeValue(element)}, which is not there`);
    if (typeof factor !== 'number' || !Number.isFinite(factor)) refuse('busCurrents', `has the factor ${describeValue(factor)}; give a number`);
  }
  for (const { inverter, takes } of powerReadings) {
    if (!isInverter(inverter)) refuse('powerReadings', `names ${describeValue(inverter)}, which is no inverter`);
    if (!isInverter(takes) && !definition.lines.some((line) => line.name === takes))
      refuse('powerReadings', `takes ${describeValue(takes)}, which is no inverter and no line`);
  }
  for (const { inverter, names: row } of neighbours) {
    if (!Array.isArray(row)) refuse('neighbours', `has the names ${describeValue(row)}; give an array of inverters`);
    for (const name of [inverter, ...row]) if (!isInverter(name)) refuse('neighbours', `names ${describeValue(name)}, which is no inverter`);
  }
}

/** Checks a definition and returns its buses, in the order in which inverters and then lines name them. Throws InputError. */
export function checkMicrogrid(definition: MicrogridDefinition): string[] {
  const { inverters, lines, loads, secondary } = definition;
  checkList('inverters', inverters, 1);
  checkList('lines', lines, 0);
  checkList('loads', loads, 0);
  const names = new Map<string, string>();
  checkNames('inverter', inverters, names);
  checkNames('line', lines, names);
  checkNames('load', loads, names);
  checkElements(definition);
  checkNumber('microgrid', 'nominalVoltageVolt', definition.nominalVoltageVolt, 'above 0');
  checkNumber('microgrid', 'nominalFrequencyHz', definition.nominalFrequencyHz ?? 60, 'above 0');
  checkNumber('microgrid', 'powerFilter', definition.powerFilter ?? 31.41, 'above 0');
  checkNumber('microgrid', 'virtualResistanceOhm', definition.virtualResistanceOhm ?? 10_000, 'above 0');

  const buses = [...new Set([...inverters.map(({ bus }) => bus), ...lines.flatMap(({ from, to }) => [from, to])])];
  for (const load of loads) {
    if (buses.includes(load.bus)) continue;
    const why = load.bus === undefined ? 'is missing' : `is ${describeValue(load.bus)}, where no line ends and no inverter stands`;
    throw new InputError(`${why}; name one of the buses ${buses.slice(0, 30).join(', ')}`, { element: `load.${load.name}`, property: 'bus' });
  }
  const at = (bus: string): number => buses.indexOf(bus);
  const wires = bothWays(lines.map(({ from, to }) => [at(from), at(to)] as const));
  const seen = reached(buses.length, wires, at(inverters[0].bus));
  const alone = seen.indexOf(false);
  if (alone >= 0) {
    throw new InputError(
      `the network is not connected: no lines lead from bus ${inverters[0].bus} to bus ${buses[alone]}; define each part by itself or add a line`,
      {
        element: 'microgrid',
        property: 'lines',
      },
    );
  }

  if (typeof secondary !== 'object' || secondary === null)
    throw new InputError(`is ${describeValue(secondary)}; give gain, edgeWeight, edges, pinned and pinningGain`, {
      element: 'microgrid',
      property: 'secondary',
    });
  checkNumber('secondary', 'gain', secondary.gain, 'from 0');
  checkNumber('secondary', 'edgeWeight', secondary.edgeWeight, 'above 0');
  checkNumber('secondary', 'pinningGain', secondary.pinningGain, 'above 0');
  const inverterNames = inverters.map(({ name }) => name);
  if (!inverterNames.includes(secondary.pinned))
    throw new InputError(`is ${describeValue(secondary.pinned)}, which is no inverter`, { element: 'secondary', property: 'pinned' });
  const edges = readPairs('secondary.edges', secondary.edges, inverterNames, false);
  const heard = readPairs('secondary.oneWay', secondary.oneWay ?? [], inverterNames, true).map(([listener, speaker]) => [speaker, listener] as const);
  checkConnected('secondary.edges', [...bothWays(edges), ...heard], inverterNames.indexOf(secondary.pinned), inverterNames);
  const graph = definition.graph ?? secondary.edges;
  checkConnected('graph', bothWays(readPairs('graph', graph, inverterNames, false)), 0, inverterNames);
  checkMistakes(definition, buses, names);
  return buses;
}
