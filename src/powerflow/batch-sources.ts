/** Voltage sources whose voltage differs from scenario to scenario. */
import { type Grid, GridError } from '../grid/index.js';
import { checkColumn, enabledNames, namesOf } from './column-checks.js';
import { type CompiledGrid, sourceCurrents } from './compiled-grid.js';
import type { Session } from './session.js';

/** The sources that the option `sources` names, lower case. Throws {@link GridError} for what is no enabled voltage source, or has no voltage in the grid. */
export function sourceNames(grid: Grid, option: readonly string[] | true | undefined): string[] {
  const names = namesOf(option, 'sources', () => enabledNames(grid.elementsOf('vsource')));
  for (const name of names) {
    const source = grid.element(`vsource.${name}`);
    // Plans leave nodes out into which the base case injects nothing.
    if (source?.kind === 'vsource' && source.enabled && source.voltagePu === 0)
      throw new GridError(`sources: vsource.${name} has a voltage of 0 in the grid; give it one above 0, and set 0 per scenario`);
    if (source?.enabled) continue;
    throw new GridError(
      `sources: there is no enabled voltage source named "${name}"; there are ${enabledNames(grid.elementsOf('vsource')).join(', ')}`,
    );
  }
  return names;
}

/** The voltages of the named sources in all scenarios, and the currents they cause. */
export class BatchSources {
  /** Nodes of the named sources. */
  private readonly nodes: readonly number[];
  /** Currents of all other sources, [node][re, im], ampere. */
  private readonly rest: Float64Array;
  /** Currents of each named source at 1 per unit, [node][re, im], ampere. */
  private readonly unit: readonly Float64Array[];
  /** [source][scenario], per unit. */
  private readonly voltagePu: readonly Float64Array[];
  private readonly names: readonly string[];
  private changed = true;
  /** Scenarios that were written to memory since something changed. */
  private written = 0;

  constructor(
    private readonly compiled: CompiledGrid,
    names: readonly string[],
    private readonly scenarios: number,
  ) {
    this.names = names;
    const nodes = new Set<number>();
    this.rest = new Float64Array(2 * compiled.nodeCount);
    const named = new Map<string, Float64Array>();
    for (const entry of compiled.elements) {
      const isNamed = entry.element.kind === 'vsource' && names.includes(entry.element.name.toLowerCase());
      const currents = sourceCurrents(isNamed ? { ...entry, sourceValue: 1 } : entry);
      if (!currents) continue;
      const into = isNamed ? new Float64Array(2 * compiled.nodeCount) : this.rest;
      entry.nodes.forEach((node, conductor) => {
        if (node < 0) return;
        into[2 * node] += currents[2 * conductor];
        into[2 * node + 1] += currents[2 * conductor + 1];
        if (isNamed) nodes.add(node);
      });
      if (isNamed) named.set(entry.element.name.toLowerCase(), into);
    }
    this.nodes = [...nodes];
    this.unit = names.map((name) => named.get(name) as Float64Array);
    this.voltagePu = names.map((name) => new Float64Array(scenarios).fill(compiled.grid.require('vsource', name).voltagePu));
  }

  /** Sets the voltage of one source in all scenarios, per unit of its rated voltage, [scenario]. */
  set(source: string, pu: ArrayLike<number>, scenarios = this.scenarios): void {
    const k = this.names.indexOf(source.toLowerCase());
    if (k < 0) throw new GridError(`vsource.${source} has no voltage of each scenario's own; name it in the option sources`);
    checkColumn(`vsource.${source}: a voltage`, pu, scenarios, 'a number of 0 or more, per unit', (value) => value >= 0 && value < Infinity);
    for (let scenario = 0; scenario < scenarios; scenario++) this.voltagePu[k][scenario] = pu[scenario];
    this.changed = true;
  }

  /** Makes the compiled grid's source currents those of one scenario. */
  take(scenario: number): void {
    const { sourceCurrent } = this.compiled;
    for (const node of this.nodes) {
      let re = this.rest[2 * node];
      let im = this.rest[2 * node + 1];
      for (let k = 0; k < this.unit.length; k++) {
        re += this.voltagePu[k][scenario] * this.unit[k][2 * node];
        im += this.voltagePu[k][scenario] * this.unit[k][2 * node + 1];
      }
      sourceCurrent[2 * node] = re;
      sourceCurrent[2 * node + 1] = im;
    }
  }

  /** Writes one scenario's source currents to a lane of a session. */
  write(scenario: number, session: Session, lane: number): void {
    if (this.nodes.length === 0) return;
    this.take(scenario);
    session.writeSources(lane, this.nodes, this.compiled.sourceCurrent);
  }

  /** Writes what was changed since the last time to a session of all scenarios, its idle lanes included. */
  writeAll(session: Session, scenarios = this.scenarios): void {
    if ((!this.changed && scenarios <= this.written) || this.nodes.length === 0) return;
    const lanes = Math.ceil(scenarios / session.lanes) * session.lanes;
    for (let lane = 0; lane < lanes; lane++) this.write(Math.min(lane, this.scenarios - 1), session, lane);
    this.changed = false;
    this.written = scenarios;
  }
}
