/** Writes the state of a solved grid into the columns of a time series, step by step. */
import { type ControlledSolution, tapNumber } from '../controls/index.js';
import type { Capacitor, Grid, Storage, Winding } from '../grid/index.js';
import { checkObject, GridError } from '../grid/index.js';
import type { GridSolver, VoltageExtremes } from '../powerflow/index.js';
import { CompiledSolver, DEAD_PU, powerTotals, SolutionScan } from '../powerflow/index.js';
import type { TimeSeriesColumns } from './columns.js';

/** A node whose voltage is looked at, with what divides it. */
interface WatchedNode {
  name: string;
  bus: string;
  node: number;
  baseVolts: number | undefined;
}

/** Takes down one step after another; at the end {@link columns} cuts the arrays to the steps taken down. */
export class Recorder {
  private readonly all: WatchedNode[] = [];
  private readonly chosen: WatchedNode[] = [];
  private readonly regulated: [string, Winding][] = [];
  private readonly banks: Capacitor[] = [];
  private readonly storages: Storage[] = [];
  private readonly kept: TimeSeriesColumns;
  /** The quick way to totals and extremes, where the solver is busbar's own. */
  private readonly scan: SolutionScan | undefined;
  private count = 0;

  /**
   * @param solver a solver that has compiled its grid
   * @param steps most steps that will come
   * @param nodes nodes (`bus.node`) whose voltages are kept
   */
  constructor(
    private readonly solver: GridSolver,
    steps: number,
    nodes: readonly string[] = [],
  ) {
    checkObject('the solver', solver, 'one that has compiled its grid');
    checkObject('the grid of the solver', solver.grid, 'a solver that has compiled its grid');
    const { grid } = solver;
    this.scan = solver instanceof CompiledSolver ? new SolutionScan(solver) : undefined;
    for (const bus of grid.buses.values()) {
      for (const node of solver.nodesOf(bus.id)) {
        this.all.push({ name: `${bus.id}.${node}`, bus: bus.id, node, baseVolts: bus.baseKv === undefined ? undefined : bus.baseKv * 1000 });
      }
    }
    const byName = new Map(this.all.map((node) => [node.name, node]));
    for (const name of nodes) {
      const node = byName.get(name.toLowerCase());
      if (!node) throw new GridError(`there is no node "${name}" to record; nodes are written bus.node, as in ${this.all[0]?.name ?? 'bus1.1'}`);
      this.chosen.push(node);
    }
    this.findDevices(grid);
    this.kept = this.emptyColumns(steps);
  }

  /** Takes down the present solution. */
  record(hour: number, solution: ControlledSolution): void {
    const { kept, solver, count: at } = this;
    const totals = this.scan ? this.scan.totals() : powerTotals(solver);
    kept.hour[at] = hour;
    kept.converged[at] = solution.converged ? 1 : 0;
    kept.iterations[at] = solution.iterations;
    kept.controlIterations[at] = solution.controlIterations;
    kept.actions[at] = solution.actions;
    kept.lossesKw[at] = finite(totals.lossesW / 1000);
    kept.lossesKvar[at] = finite(totals.lossesVar / 1000);
    kept.sourceKw[at] = finite(totals.sourcePowerKw);
    kept.sourceKvar[at] = finite(totals.sourcePowerKvar);
    this.recordExtremes(at);
    for (const [name, winding] of this.regulated) (kept.taps.get(name) as Int16Array)[at] = tapNumber(winding);
    for (const bank of this.banks) (kept.capacitorSteps.get(bank.name) as Int16Array)[at] = bank.steps.filter((step) => step.closed).length;
    for (const storage of this.storages) (kept.storedKwh.get(storage.name) as Float64Array)[at] = storage.storedKwh;
    for (const node of this.chosen) (kept.voltages.get(node.name) as Float64Array)[at] = finite(this.volts(node) / (node.baseVolts ?? 1));
    this.count += 1;
  }

  /** What was taken down so far. */
  columns(): TimeSeriesColumns {
    const { kept, count } = this;
    const cut = <T extends Int16Array | Float64Array>(map: Map<string, T>): Map<string, T> =>
      new Map([...map].map(([name, values]) => [name, values.slice(0, count) as T]));
    return {
      hour: kept.hour.slice(0, count),
      converged: kept.converged.slice(0, count),
      iterations: kept.iterations.slice(0, count),
      controlIterations: kept.controlIterations.slice(0, count),
      actions: kept.actions.slice(0, count),
      lossesKw: kept.lossesKw.slice(0, count),
      lossesKvar: kept.lossesKvar.slice(0, count),
      sourceKw: kept.sourceKw.slice(0, count),
      sourceKvar: kept.sourceKvar.slice(0, count),
      minVoltagePu: kept.minVoltagePu.slice(0, count),
      minVoltageNode: kept.minVoltageNode.slice(0, count),
      maxVoltagePu: kept.maxVoltagePu.slice(0, count),
      maxVoltageNode: kept.maxVoltageNode.slice(0, count),
      taps: cut(kept.taps),
      capacitorSteps: cut(kept.capacitorSteps),
      storedKwh: cut(kept.storedKwh),
      voltages: cut(kept.voltages),
    };
  }

  private findDevices(grid: Grid): void {
    for (const control of grid.controlsOf('regcontrol')) {
      const transformer = control.enabled ? grid.element(`transformer.${control.transformer}`) : undefined;
      if (transformer?.kind !== 'transformer') continue;
      const winding = transformer.windings[control.tapWinding];
      if (winding) this.regulated.push([control.name, winding]);
    }
    for (const bank of grid.elementsOf('capacitor')) if (bank.enabled) this.banks.push(bank);
    for (const storage of grid.elementsOf('storage')) if (storage.enabled) this.storages.push(storage);
  }

  private emptyColumns(steps: number): TimeSeriesColumns {
    return {
      hour: new Float64Array(steps),
      converged: new Uint8Array(steps),
      iterations: new Int32Array(steps),
      controlIterations: new Int32Array(steps),
      actions: new Int32Array(steps),
      lossesKw: new Float64Array(steps),
      lossesKvar: new Float64Array(steps),
      sourceKw: new Float64Array(steps),
      sourceKvar: new Float64Array(steps),
      minVoltagePu: new Float64Array(steps),
      minVoltageNode: [],
      maxVoltagePu: new Float64Array(steps),
      maxVoltageNode: [],
      taps: new Map(this.regulated.map(([name]) => [name, new Int16Array(steps)])),
      capacitorSteps: new Map(this.banks.map((bank) => [bank.name, new Int16Array(steps)])),
      storedKwh: new Map(this.storages.map((storage) => [storage.name, new Float64Array(steps)])),
      voltages: new Map(this.chosen.map((node) => [node.name, new Float64Array(steps)])),
    };
  }

  private recordExtremes(at: number): void {
    const { kept } = this;
    const found = this.scan ? this.scan.extremes() : this.extremesByName();
    kept.minVoltagePu[at] = finite(found?.minPu ?? 0);
    kept.maxVoltagePu[at] = finite(found?.maxPu ?? 0);
    kept.minVoltageNode[at] = found?.minNode ?? '';
    kept.maxVoltageNode[at] = found?.maxNode ?? '';
  }

  private extremesByName(): VoltageExtremes | undefined {
    let found: VoltageExtremes | undefined;
    for (const node of this.all) {
      if (node.baseVolts === undefined) continue;
      const pu = this.volts(node) / node.baseVolts;
      if (node.node > 3 || !(pu > DEAD_PU)) continue;
      found ??= { minPu: pu, minNode: node.name, maxPu: pu, maxNode: node.name };
      if (pu < found.minPu) Object.assign(found, { minPu: pu, minNode: node.name });
      if (pu > found.maxPu) Object.assign(found, { maxPu: pu, maxNode: node.name });
    }
    return found;
  }

  private volts(node: WatchedNode): number {
    const voltage = this.solver.nodeVoltage(node.bus, node.node);
    return voltage ? Math.sqrt(voltage[0] * voltage[0] + voltage[1] * voltage[1]) : 0;
  }
}

/** The number, or 0 where a step that did not converge left none. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
