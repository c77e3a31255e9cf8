/** What the kernel `observe` goes by, in the memory of the session that it looks at: tables of nodes, losses and sources (observer-layout.ts). */
import { describeValue, GridError } from '../grid/index.js';
import type { BatchLanes } from './batch-lanes.js';
import { type CompiledElement, type CompiledGrid, sourceCurrents } from './compiled-grid.js';
import { findFloatingSections, touchesSection } from './floating-sections.js';
import { type LaneElements, makeLaneElements } from './lane-elements.js';
import { buildNodalMatrix } from './nodal-matrix.js';
import * as observer from './observer-layout.js';
import { isSeries, isSource, type SeriesTerms, seriesTerms } from './series-terms.js';
import type { Session } from './session.js';

/** What is looked at. */
export interface ObserverOptions {
  /** Buses by name, in this order; default: all of the grid, in its order. */
  buses?: readonly string[];
  /** Lowest and highest voltage that is not out of band, per unit. Default 0.95 and 1.05. */
  bandPu?: readonly [number, number];
  /** Whether magnitudes are wanted in single precision a scenario at a time as well, of nodes or the means of buses ({@link BatchObserver.copyRow}). Default: they are not. */
  rows?: 'nodes' | 'buses';
}

/** The band that options ask for. Throws {@link GridError} where it is none, and for options that are not there. */
export function observedBand(options: ObserverOptions): readonly [number, number] {
  if (typeof options !== 'object' || options === null) throw new GridError(`observe is ${describeValue(options)}; give { buses?, bandPu? }`);
  const unknown = Object.keys(options).find((name) => name !== 'buses' && name !== 'bandPu' && name !== 'rows');
  if (unknown !== undefined) throw new GridError(`observe: there is no option "${unknown}"; there are buses, bandPu, rows`);
  const { buses, bandPu = [0.95, 1.05], rows } = options;
  if (rows !== undefined && rows !== 'nodes' && rows !== 'buses')
    throw new GridError(`observe: rows is ${describeValue(rows)}; it may be nodes or buses`);
  if (buses !== undefined && !(Array.isArray(buses) && buses.every((bus) => typeof bus === 'string')))
    throw new GridError(`observe: buses is ${describeValue(buses)}; give an array of names`);
  if (!Array.isArray(bandPu) || bandPu.length !== 2 || !bandPu.every(Number.isFinite))
    throw new GridError(`bandPu is ${describeValue(bandPu)}; give its lower and its upper end, per unit`);
  const [low, high] = bandPu;
  if (!(low < high)) throw new GridError(`bandPu is ${low} to ${high}; give two numbers, the lower one first`);
  return [low, high];
}

/** The nodes that are looked at, bus by bus. */
export interface ObservedNodes {
  busNames: readonly string[];
  /** First node of each bus, and behind the last their number. */
  busStart: Int32Array;
  /** Nodes of the compiled grid. */
  nodes: Int32Array;
  /** 1 / base in volt; 0 where a bus has none. */
  perVolt: Float64Array;
}

/** The nodes that options ask for, rising within a bus. Throws {@link GridError} for buses that are not there. */
export function observedNodes(compiled: CompiledGrid, buses?: readonly string[]): ObservedNodes {
  const busNames = (buses ?? [...compiled.busNodes.keys()]).map((name) => name.toLowerCase());
  const start = [0];
  const nodes: number[] = [];
  for (const bus of busNames) {
    const own = compiled.busNodes.get(bus);
    if (!own) throw new GridError(`there is no bus "${bus}" to observe`);
    nodes.push(...[...own].sort((a, b) => compiled.nodeNumber[a] - compiled.nodeNumber[b]));
    start.push(nodes.length);
  }
  const perVolt = Float64Array.from(nodes, (node) => {
    const { baseKv } = compiled.grid.buses.get(compiled.nodeBus[node]) ?? {};
    return baseKv ? 1 / (baseKv * 1000) : 0;
  });
  return { busNames, busStart: Int32Array.from(start), nodes: Int32Array.from(nodes), perVolt };
}

/** Room for a table: its field, its numbers, and where it is. */
interface Piece {
  field: number;
  values: Int32Array | Float64Array;
}

/** The tables of one batch. Made before its session, which gives them room. */
export class ObserverTables {
  readonly observed: ObservedNodes;
  readonly band: readonly [number, number];
  /** Numbers a row has; 0 where none are wanted. */
  readonly rowLength: number;
  private readonly ofBuses: boolean;
  private readonly elements: LaneElements | undefined;
  private readonly terms: SeriesTerms;
  private readonly sources: readonly CompiledElement[];
  private readonly fields = new Int32Array(observer.OBSERVE_FIELDS);
  private layoutOffset = 0;
  private width = 0;
  private blocks = 0;

  /** Throws {@link GridError} for what is not there. */
  constructor(
    private readonly compiled: CompiledGrid,
    private readonly lanes: BatchLanes,
    options: ObserverOptions,
  ) {
    this.band = observedBand(options);
    this.observed = observedNodes(compiled, options.buses);
    this.ofBuses = options.rows === 'buses';
    this.rowLength = options.rows === undefined ? 0 : this.ofBuses ? this.observed.busNames.length : this.observed.nodes.length;
    const { transformers, windings } = lanes;
    this.elements = lanes.any ? makeLaneElements(compiled, buildNodalMatrix(compiled), transformers, windings, [], []) : undefined;
    this.terms = seriesTerms(
      compiled.elements.filter(({ element }, index) => isSeries(element) && !this.elements?.own.has(index)),
      compiled.nodeCount,
    );
    this.sources = compiled.elements.filter(({ element, primitive }) => isSource(element) && primitive);
  }

  /** Why the kernel cannot look at this batch, in words; undefined where it can. */
  problem(ownSources: boolean): string | undefined {
    const { compiled, lanes } = this;
    if (lanes.switches.length > 0) return 'switches differ from scenario to scenario';
    if (ownSources) return 'source voltages differ from scenario to scenario';
    if (this.terms.rest.length > 0) return `${this.terms.rest[0].element.kind}.${this.terms.rest[0].element.name} is not symmetric`;
    if (compiled.elements.some(({ element, primitive }) => isSource(element) && !primitive)) return 'there are current sources';
    if (this.sources.some(({ nodes, terminalStart }) => nodes.subarray(terminalStart[1]).some((node) => node >= 0)))
      return 'a source lies between two buses';
    const sections = findFloatingSections(compiled);
    if (sections.some((section) => section.legs.length > 0)) return 'loads tie a floating section to ground';
    const moved = [...lanes.variable.keys()];
    if (sections.some((section) => moved.some((element) => touchesSection(section, compiled.elements[element].nodes))))
      return 'taps of each scenario touch a floating section';
    return undefined;
  }

  /** Asks for room in a session's memory; see {@link MethodArrays.reserve}. */
  allocate(reserve: (bytes: number) => number, blocks: number, width: number): void {
    const { fields, observed } = this;
    this.width = width;
    this.blocks = blocks;
    this.layoutOffset = reserve(observer.OBSERVE_FIELDS * 4);
    for (const { field, values } of this.pieces(() => 0)) fields[field] = reserve(values.byteLength);
    fields[observer.OBSERVE_MAGNITUDES] = reserve(blocks * observed.nodes.length * width * 8);
    if (this.rowLength > 0) fields[observer.OBSERVE_ROWS] = reserve(blocks * width * this.rowLength * 4);
    fields[observer.OBSERVE_ROWS_OF_BUSES] = Number(this.ofBuses);
    fields[observer.OBSERVE_DIFFERENCE_VALUES] = reserve(this.terms.start.length * width * 16);
    fields[observer.OBSERVE_PARAMETER_STRIDE] = (this.elements?.parameters ?? 0) * width * 8;
    fields[observer.OBSERVE_PARAMETERS] = reserve(blocks * fields[observer.OBSERVE_PARAMETER_STRIDE]);
    fields[observer.OBSERVE_RESULT_STRIDE] = blocks * width * 8 + 64;
    fields[observer.OBSERVE_RESULTS] = reserve(observer.QUANTITIES * fields[observer.OBSERVE_RESULT_STRIDE]);
  }

  /** Fills the tables once the session is there. */
  write(session: Session): void {
    const { buffer } = session.memory;
    const { fields, observed, terms } = this;
    fields[observer.OBSERVE_VOLTAGE] = session.voltageOffset;
    fields[observer.OBSERVE_VOLTAGE_STRIDE] = (session.nodeCount + 1) * session.columnBytes;
    fields[observer.OBSERVE_BLOCKS] = this.blocks;
    fields[observer.OBSERVE_SECTIONS] = findFloatingSections(this.compiled).length;
    fields[observer.OBSERVE_NODES] = observed.nodes.length;
    fields[observer.OBSERVE_BUSES] = observed.busNames.length;
    fields[observer.OBSERVE_DIFFERENCES] = terms.start.length;
    const isDifference = this.differenceTerms();
    fields[observer.OBSERVE_DIFFERENCE_TERMS] = isDifference.length;
    fields[observer.OBSERVE_NODE_TERMS] = terms.from.length - isDifference.length;
    fields[observer.OBSERVE_ENTRIES] = this.elements?.entries.length ?? 0;
    fields[observer.OBSERVE_SOURCES] = this.sources.length;
    for (const { field, values } of this.pieces((node) => session.columnOffset(node))) {
      const to =
        values instanceof Int32Array ? new Int32Array(buffer, fields[field], values.length) : new Float64Array(buffer, fields[field], values.length);
      to.set(values);
    }
    this.parameters(session).fill(1);
    new Int32Array(buffer, this.layoutOffset, fields.length).set(fields);
  }

  /** Looks at the first blocks. */
  run(session: Session, blocks: number): void {
    new Int32Array(session.memory.buffer, this.layoutOffset, observer.OBSERVE_FIELDS)[observer.OBSERVE_BLOCKS] = blocks;
    session.kernels.observe(this.layoutOffset);
  }

  /** Magnitudes, [block][node][W], per unit. */
  magnitudes(session: Session): Float64Array {
    return new Float64Array(session.memory.buffer, this.fields[observer.OBSERVE_MAGNITUDES], this.blocks * this.observed.nodes.length * this.width);
  }

  /** Rows of scenarios, [lane][node or bus], per unit. */
  rows(session: Session): Float32Array {
    return new Float32Array(session.memory.buffer, this.fields[observer.OBSERVE_ROWS], this.blocks * this.width * this.rowLength);
  }

  /** A quantity of all scenarios, [lane]. */
  quantity(session: Session, which: number): Float64Array {
    const at = this.fields[observer.OBSERVE_RESULTS] + which * this.fields[observer.OBSERVE_RESULT_STRIDE];
    return new Float64Array(session.memory.buffer, at, this.blocks * this.width);
  }

  /** Parameters of lanes' own elements, [block][parameter][W]: 1 / tap of the transformers, then ones. */
  parameters(session: Session): Float64Array {
    const stride = this.fields[observer.OBSERVE_PARAMETER_STRIDE];
    return new Float64Array(session.memory.buffer, this.fields[observer.OBSERVE_PARAMETERS], (this.blocks * stride) / 8);
  }

  private differenceTerms(): number[] {
    const { from } = this.terms;
    return Array.from(from.keys()).filter((k) => from[k] > this.compiled.nodeCount);
  }

  /** All tables, with offsets of columns by the session's slots. */
  private pieces(offset: (node: number) => number): Piece[] {
    const { observed, compiled, terms, width } = this;
    const { nodeCount } = compiled;
    const place = (value: number): number => (value > nodeCount ? (value - nodeCount - 1) * width * 16 : offset(value === nodeCount ? -1 : value));
    const node = (value: number): number => offset(value === nodeCount ? -1 : value);
    const differences = new Set(this.differenceTerms());
    const order = [...Array.from(terms.from.keys()).filter((k) => !differences.has(k)), ...differences];
    const sections = this.sectionTables(offset);
    const entries = this.elements?.entries ?? [];
    return [
      { field: observer.OBSERVE_SECTION_RECORDS, values: sections.records },
      { field: observer.OBSERVE_SECTION_NUMBERS, values: sections.numbers },
      { field: observer.OBSERVE_NODE_LIST, values: observed.nodes.map(offset) },
      { field: observer.OBSERVE_PER_VOLT, values: observed.perVolt },
      {
        field: observer.OBSERVE_BUS_LIST,
        values: Int32Array.from(observed.busNames, (_, bus) => observed.busStart[bus + 1] - observed.busStart[bus]),
      },
      { field: observer.OBSERVE_BAND, values: Float64Array.from(this.band) },
      {
        field: observer.OBSERVE_DIFFERENCE_LIST,
        values: Int32Array.from(terms.start.length * 2 === 0 ? [] : Array.from(terms.start).flatMap((start, k) => [node(start), node(terms.end[k])])),
      },
      { field: observer.OBSERVE_TERM_LIST, values: Int32Array.from(order.flatMap((k) => [place(terms.from[k]), place(terms.to[k])])) },
      { field: observer.OBSERVE_TERM_NUMBERS, values: Float64Array.from(order, (k) => terms.g[k]) },
      {
        field: observer.OBSERVE_ENTRY_LIST,
        values: Int32Array.from(
          entries.flatMap(({ across, into, parameter }) => [...across.map(offset), ...into.map(offset), parameter * width * 8, 0]),
        ),
      },
      { field: observer.OBSERVE_ENTRY_NUMBERS, values: Float64Array.from(entries.flatMap(({ polynomial }) => [...polynomial])) },
      {
        field: observer.OBSERVE_SOURCE_LIST,
        values: Int32Array.from(this.sources.flatMap((entry) => [entry.terminalStart[1], ...conductors(entry).map(offset)])),
      },
      { field: observer.OBSERVE_SOURCE_NUMBERS, values: Float64Array.from(this.sources.flatMap(sourceNumbers)) },
    ];
  }

  private sectionTables(offset: (node: number) => number): { records: Int32Array; numbers: Float64Array } {
    const { sourceCurrent } = this.compiled;
    const records: number[] = [];
    const numbers: number[] = [];
    for (const { nodes, column, re, im, total } of findFloatingSections(this.compiled)) {
      records.push(nodes.length, column.length, ...Array.from(nodes, offset), ...Array.from(column, offset));
      const size = total[0] * total[0] + total[1] * total[1];
      const divided = (a: number, b: number): [number, number] => [(a * total[0] + b * total[1]) / size, (b * total[0] - a * total[1]) / size];
      let [injectedRe, injectedIm] = [0, 0];
      for (const one of nodes) {
        injectedRe += sourceCurrent[2 * one];
        injectedIm += sourceCurrent[2 * one + 1];
      }
      numbers.push(...divided(injectedRe, injectedIm));
      column.forEach((_, k) => numbers.push(...divided(-re[k], -im[k])));
    }
    return { records: Int32Array.from(records), numbers: Float64Array.from(numbers) };
  }
}

/** Nodes of a source's first terminal. */
function conductors({ nodes, terminalStart }: CompiledElement): number[] {
  return Array.from(nodes.subarray(0, terminalStart[1]));
}

/** Injected currents, [re, im] a conductor, and the admittance matrix, [g, b] by rows, of a source's first terminal against ground. */
function sourceNumbers(entry: CompiledElement): number[] {
  const { nodes, primitive, terminalStart } = entry;
  const order = terminalStart[1];
  const currents = sourceCurrents(entry) ?? new Float64Array(2 * nodes.length);
  const numbers = Array.from(currents.subarray(0, 2 * order));
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < order; j++) {
      numbers.push(primitive ? primitive.re[i * primitive.order + j] : 0, primitive ? primitive.im[i * primitive.order + j] : 0);
    }
  }
  return numbers;
}
