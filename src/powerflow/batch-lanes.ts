/** Taps and switch states of each scenario's own: what the user sets, how it gets into the kernels' memory, and what it means for floating sections. */
import { GridError } from '../grid/index.js';
import { SwitchTopology } from './batch-switches.js';
import { tapWinding } from './chord-fold.js';
import { checkColumn, checkLength } from './column-checks.js';
import type { CompiledGrid } from './compiled-grid.js';
import { findFloatingSections, touchesSection } from './floating-sections.js';
import { FIELD_TAPS } from './kernel-layout.js';
import { type LaneElements, makeLaneElements } from './lane-elements.js';
import type { LaneParameters } from './newton-lanes.js';
import type { NodalMatrix } from './nodal-matrix.js';
import { primitiveAdmittance } from './primitive.js';
import type { Session } from './session.js';

type Sections = ReturnType<typeof findFloatingSections>;

/** Combinations of switch states whose floating sections are kept. */
const KEPT_SECTIONS = 256;

/** Taps and switch states in all scenarios. */
export class BatchLanes {
  /** [transformer][scenario], per unit. */
  private readonly tapPu: readonly Float64Array[];
  /** [switch][scenario], 1 closed, 0 open. */
  private readonly closed: readonly Uint8Array[];
  private readonly topology: SwitchTopology | undefined;
  private readonly transformerElements: readonly number[];
  private readonly switchElements: readonly number[];
  private readonly states: Uint8Array;
  /** [transformer]: the winding that has the tap. */
  readonly windings: readonly number[];
  private present: ((transformer: number, scenario: number) => number) | undefined;
  private elements: LaneElements | undefined;
  private readonly sections = new Map<string, Sections>();
  private changed = true;
  /** Scenarios that were written to memory since something changed. */
  private written = 0;

  /**
   * Switches stand in the compiled grid closed. Throws {@link GridError} for a transformer that cannot have taps a scenario.
   *
   * @param transformers, switches names, lower case
   * @param closedNow state of each switch in all scenarios until it is set
   * @param moved the winding that a control moves, by transformer; of others it is the winding that is off neutral, else the last
   */
  constructor(
    private readonly compiled: CompiledGrid,
    readonly transformers: readonly string[],
    readonly switches: readonly string[],
    private readonly scenarios: number,
    closedNow: readonly boolean[],
    moved: ReadonlyMap<string, number> = new Map(),
  ) {
    const { grid, elementIndex } = compiled;
    this.transformerElements = transformers.map((name) => {
      const transformer = grid.require('transformer', name);
      const index = elementIndex.get(transformer);
      if (index === undefined || transformer.windings.length !== 2)
        throw new GridError(`transformer.${name}: taps a scenario need an enabled transformer of two windings`);
      if (transformer.windings.some(({ terminal }) => terminal.open?.includes(true)))
        throw new GridError(`transformer.${name}: taps a scenario need a transformer without opened conductors; close them`);
      return index;
    });
    this.switchElements = switches.map((name) => elementIndex.get(grid.require('line', name)) as number);
    this.windings = transformers.map((name) => moved.get(name) ?? tapWinding(grid.require('transformer', name)));
    this.tapPu = transformers.map((name, k) => new Float64Array(scenarios).fill(grid.require('transformer', name).windings[this.windings[k]].tapPu));
    this.closed = closedNow.map((closed) => new Uint8Array(scenarios).fill(Number(closed)));
    this.states = new Uint8Array(switches.length);
    if (switches.length > 0) this.topology = new SwitchTopology(compiled, this.switchElements);
  }

  /** Whether anything differs from scenario to scenario. */
  get any(): boolean {
    return this.transformers.length + this.switches.length > 0;
  }

  /** Elements (by index) with taps a scenario, and the winding that has the tap. */
  get variable(): ReadonlyMap<number, number> {
    return new Map(this.transformerElements.map((element, k) => [element, this.windings[k]]));
  }

  /** Says where taps stand after a solution, where controls move them from those that were set. */
  followTaps(present: (transformer: number, scenario: number) => number): void {
    this.present = present;
  }

  /** Taps of a transformer (by its place) as they are after a solution, per unit, [scenario]. */
  presentTaps(transformer: number): Float64Array {
    return this.present ? this.tapsOf(this.transformers[transformer]) : this.tapPu[transformer];
  }

  /** Tap of a transformer (by its place) in one scenario as it was set, per unit. */
  startTap(transformer: number, scenario: number): number {
    return this.tapPu[transformer][scenario];
  }

  /** The same as it is after a solution. */
  private tapOf(transformer: number, scenario: number): number {
    return this.present ? this.present(transformer, scenario) : this.tapPu[transformer][scenario];
  }

  /** Whether the switches as they stand at first leave anything without a source. */
  leavesDead(): boolean {
    const outcome = this.topology?.outcome(this.statesOf(0));
    return outcome !== undefined && (outcome.islanded || outcome.dead.length > 0);
  }

  /** Sets the tap of one transformer, per unit, [scenario]. */
  setTaps(transformer: string, tapPu: ArrayLike<number>, scenarios = this.scenarios): void {
    const k = this.transformers.indexOf(transformer.toLowerCase());
    if (k < 0) throw new GridError(`transformer.${transformer} has no taps of each scenario's own; name it in the option taps`);
    checkColumn(`transformer.${transformer}: a tap`, tapPu, scenarios, 'above 0, about 1', (tap) => tap > 0 && tap < Infinity);
    for (let scenario = 0; scenario < scenarios; scenario++) this.tapPu[k][scenario] = tapPu[scenario];
    this.changed = true;
  }

  /** Tap of one transformer as it is after a solution, per unit, [scenario]. */
  tapsOf(transformer: string): Float64Array {
    const k = this.transformers.indexOf(transformer.toLowerCase());
    if (k < 0) throw new GridError(`transformer.${transformer} has no taps of each scenario's own; name it in the option taps`);
    return Float64Array.from({ length: this.scenarios }, (_, scenario) => this.tapOf(k, scenario));
  }

  /** Sets the state of one switch, [scenario]. */
  setSwitchStates(name: string, closed: ArrayLike<boolean | number>, scenarios = this.scenarios): void {
    const k = this.switches.indexOf(name.toLowerCase());
    if (k < 0) throw new GridError(`line.${name} has no state of each scenario's own; name it in the option switches`);
    checkLength(`line.${name}: states`, closed, scenarios);
    for (let scenario = 0; scenario < scenarios; scenario++) {
      const state = Number(closed[scenario]);
      if (state !== 0 && state !== 1)
        throw new GridError(`line.${name}: a state of ${closed[scenario]} in scenario ${scenario}; it must be true or 1 (closed), false or 0 (open)`);
    }
    for (let scenario = 0; scenario < scenarios; scenario++) this.closed[k][scenario] = Number(closed[scenario]);
    this.changed = true;
  }

  /** The elements taken apart for Newton; made once. */
  elementsFor(matrix: NodalMatrix): LaneElements {
    this.elements ??= makeLaneElements(this.compiled, matrix, this.transformers, this.windings, this.switches, this.topology?.deadParts ?? []);
    return this.elements;
  }

  private statesOf(scenario: number): Uint8Array {
    for (let k = 0; k < this.closed.length; k++) this.states[k] = this.closed[k][scenario];
    return this.states;
  }

  /** Writes one scenario's parameters to a lane of a Newton session. */
  writeParameters(scenario: number, parameters: LaneParameters, lane: number): void {
    let at = 0;
    for (const column of this.tapPu) parameters.set(at++, lane, 1 / column[scenario]);
    for (const column of this.closed) parameters.set(at++, lane, column[scenario]);
    if (!this.topology) return;
    const { islanded, dead } = this.topology.outcome(this.statesOf(scenario));
    for (let part = 0; part < this.topology.deadParts.length; part++) parameters.set(at + part, lane, 0);
    for (const part of dead) parameters.set(at + part, lane, 1);
    parameters.setActive(lane, !islanded);
  }

  /** Writes what was changed since the last time to a Newton session of all scenarios, its idle lanes included. */
  writeAllParameters(session: Session, parameters: LaneParameters, scenarios = this.scenarios): void {
    if (!this.changed && scenarios <= this.written) return;
    for (let lane = 0; lane < lanesFor(session, scenarios); lane++) this.writeParameters(Math.min(lane, this.scenarios - 1), parameters, lane);
    this.changed = false;
    this.written = scenarios;
  }

  /**
   * Writes one scenario's taps to a lane of a chord session.
   *
   * @param order names of the transformers in the order of the taps in memory
   */
  writeTaps(scenario: number, session: Session, order: readonly string[], lane: number): void {
    const W = session.lanes;
    const taps = session.doubles(FIELD_TAPS, session.blocks * W * order.length);
    order.forEach((name, unit) => {
      taps[(Math.floor(lane / W) * order.length + unit) * W + (lane % W)] = this.tapOf(this.transformers.indexOf(name), scenario);
    });
  }

  /** Writes what was changed since the last time to a chord session of all scenarios, its idle lanes included. */
  writeAllTaps(session: Session, order: readonly string[], scenarios = this.scenarios): void {
    if ((!this.changed && scenarios <= this.written) || order.length === 0) return;
    const W = session.lanes;
    const taps = session.doubles(FIELD_TAPS, session.blocks * W * order.length);
    order.forEach((name, unit) => {
      const column = this.tapPu[this.transformers.indexOf(name)];
      for (let lane = 0; lane < lanesFor(session, scenarios); lane++)
        taps[(Math.floor(lane / W) * order.length + unit) * W + (lane % W)] = column[Math.min(lane, this.scenarios - 1)];
    });
    this.changed = false;
    this.written = scenarios;
  }

  /** The floating sections of the grid with one scenario's taps and switch states. */
  sectionsOf(scenario: number): Sections {
    const key = String.fromCharCode(...this.statesOf(scenario));
    const known = this.sections.get(key);
    if (known) return known;
    const sections = findFloatingSections(this.gridOf(scenario));
    // A tap makes no section float nor stops one; it changes the sums of those at which its transformer stands.
    if (this.transformerElements.some((e) => sections.some((section) => touchesSection(section, this.compiled.elements[e].nodes)))) return sections;
    if (this.sections.size >= KEPT_SECTIONS) this.sections.clear();
    this.sections.set(key, sections);
    return sections;
  }

  /** The compiled grid with one scenario's taps and without its open switches. The records are left as they are. */
  private gridOf(scenario: number): CompiledGrid {
    const elements = this.compiled.elements.slice();
    this.transformerElements.forEach((e, k) => {
      const entry = elements[e];
      if (entry.element.kind !== 'transformer') return;
      const winding = entry.element.windings[this.windings[k]];
      const kept = winding.tapPu;
      winding.tapPu = this.tapOf(k, scenario);
      elements[e] = { ...entry, primitive: primitiveAdmittance(entry.element, this.compiled.grid.frequencyHz) };
      winding.tapPu = kept;
    });
    this.switchElements.forEach((e, k) => {
      if (!this.closed[k][scenario]) elements[e] = { ...elements[e], primitive: undefined };
    });
    return { ...this.compiled, elements };
  }
}

/** Lanes of the blocks in which the first scenarios lie. */
function lanesFor(session: Session, scenarios: number): number {
  return Math.ceil(scenarios / session.lanes) * session.lanes;
}
