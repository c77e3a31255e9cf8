/** A solved grid as one plain object: what `busbar solve --json` prints, in the layout of the reference solutions that engines are compared by. */
import type { CircuitElement, Grid, Transformer } from '../grid/index.js';
import { terminalsOf } from '../grid/index.js';
import { isShunt } from './primitive.js';
import type { GridSolver, SolveReport } from './solver-types.js';
import { deadNodes, loadsOutsideWindow } from './voltage-summary.js';

/** One terminal of an element: power into the element, conductor by conductor, kW and kvar. */
export interface TerminalRecord {
  bus: string;
  nodes: number[];
  p: number[];
  q: number[];
}

/** Name `bus.node`, voltage re and im in volt, |V| per unit or null, angle in degrees, line-to-neutral base in kV or null. */
export type NodeRow = [string, number, number, number | null, number, number | null];

/** Position of a regulator. */
export interface RegulatorRecord {
  transformer: string;
  /** Winding that carries the taps, counted from 1. */
  winding: number;
  /** 0 is the neutral position. */
  tapNumber: number;
  tapPu: number;
}

/** A solution with everything by name. */
export interface SolutionRecord {
  /** Name of the grid (the circuit, in the OpenDSS language). */
  name: string;
  converged: boolean;
  status: SolveReport['status'];
  iterations: number;
  controlIterations: number;
  method: string;
  methodReason: string;
  backend: string;
  mismatchPu: number | null;
  /** Node (`bus.node`) of the largest mismatch. */
  worstNode: string;
  /** Largest mismatch of each iterate of the last power flow, per unit on 1 MVA. */
  history: (number | null)[];
  /** Losses of all series elements (lines, transformers, series reactors and capacitors), as OpenDSS counts them. */
  lossesW: number;
  lossesVar: number;
  /** Power delivered by all sources. */
  sourcePowerKw: number;
  sourcePowerKvar: number;
  nodes: NodeRow[];
  /** Phase nodes (1 to 3) without voltage: cut off by open conductors or disabled branches. */
  deadNodes: string[];
  /** Live loads that stand below or above the voltages between which their model holds, and so do not draw the power they are given. */
  loadsBelowWindow: string[];
  loadsAboveWindow: string[];
  regulators: Record<string, RegulatorRecord>;
  /** 1 a closed step, 0 an open one. */
  capacitors: Record<string, number[]>;
  elements: Record<string, TerminalRecord[]>;
}

/** Counts over all the solutions that led to the last one. */
export interface SolutionCounts {
  iterations: number;
  controlIterations: number;
}

/** Losses and source power of a solved grid. */
export interface PowerTotals {
  lossesW: number;
  lossesVar: number;
  sourcePowerKw: number;
  sourcePowerKvar: number;
}

/**
 * The record of the solver's last solution.
 *
 * @param report what the last solution said
 * @param counts iterations summed over control iterations, and control iterations
 */
export function solutionRecord(solver: GridSolver, report: SolveReport, counts: SolutionCounts): SolutionRecord {
  const { grid } = solver;
  const elements: Record<string, TerminalRecord[]> = {};
  for (const element of grid.elements) {
    if (element.enabled && wasSolved(solver, element)) elements[`${element.kind}.${element.name}`] = terminalRecords(solver, element);
  }
  const nodes = nodeRows(solver);
  const outside = loadsOutsideWindow(solver);
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    name: grid.name,
    converged: report.converged,
    status: report.status,
    iterations: counts.iterations,
    controlIterations: counts.controlIterations,
    method: report.method,
    methodReason: report.methodReason,
    backend: report.backend,
    mismatchPu: finite(report.mismatchPu),
    worstNode: report.worstNode,
    history: report.history.map(finite),
    ...powerTotals(solver),
    nodes,
    deadNodes: deadNodes(nodes),
    loadsBelowWindow: outside.below,
    loadsAboveWindow: outside.above,
    regulators: regulatorRecords(grid),
    capacitors: capacitorRecords(grid),
    elements,
  };
}

/** Voltages of all nodes, in the order in which enabled elements first name them: OpenDSS's own order. */
export function nodeRows(solver: GridSolver): NodeRow[] {
  const { grid } = solver;
  const rows: NodeRow[] = [];
  const seen = new Set<string>();
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    for (const { bus, nodes } of terminalsOf(element)) {
      for (const node of nodes) {
        const name = `${bus}.${node}`;
        if (node === 0 || seen.has(name)) continue;
        seen.add(name);
        const voltage = solver.nodeVoltage(bus, node);
        if (!voltage) continue;
        const [re, im] = voltage;
        const baseKv = grid.buses.get(bus)?.baseKv ?? null;
        const magnitude = Math.hypot(re, im);
        rows.push([name, re, im, baseKv === null ? null : magnitude / (baseKv * 1000), (Math.atan2(im, re) * 180) / Math.PI, baseKv]);
      }
    }
  }
  return rows;
}

/** False for an element that was added, or connected otherwise, after the last solution. */
function wasSolved(solver: GridSolver, element: CircuitElement): boolean {
  return terminalsOf(element).every(({ nodes }, index) => solver.terminalVoltages(element, index).length === 2 * nodes.length);
}

/** Powers into an element at each of its terminals. */
export function terminalRecords(solver: GridSolver, element: CircuitElement): TerminalRecord[] {
  return terminalsOf(element).map((terminal, index) => {
    const voltages = solver.terminalVoltages(element, index);
    const currents = solver.terminalCurrents(element, index);
    const p: number[] = [];
    const q: number[] = [];
    for (let k = 0; k < terminal.nodes.length; k++) {
      const vr = voltages[2 * k];
      const vi = voltages[2 * k + 1];
      const ir = currents[2 * k];
      const ii = currents[2 * k + 1];
      p.push((vr * ir + vi * ii) / 1000);
      q.push((vi * ir - vr * ii) / 1000);
    }
    return { bus: terminal.bus, nodes: [...terminal.nodes], p, q };
  });
}

/** Losses of the series elements and power of the sources, from terminal voltages and currents. */
export function powerTotals(solver: GridSolver): PowerTotals {
  const totals: PowerTotals = { lossesW: 0, lossesVar: 0, sourcePowerKw: 0, sourcePowerKvar: 0 };
  for (const element of solver.grid.elements) {
    if (!element.enabled) continue;
    const isSource = element.kind === 'vsource' || element.kind === 'isource';
    // OpenDSS counts neither shunts nor faults.
    const isSeries = element.kind === 'line' || element.kind === 'transformer' || element.kind === 'reactor' || element.kind === 'capacitor';
    if (!isSource && (!isSeries || isShunt(element))) continue;
    let watts = 0;
    let vars = 0;
    const ends = isSource ? 1 : terminalsOf(element).length;
    for (let index = 0; index < ends; index++) {
      const voltages = solver.terminalVoltages(element, index);
      const currents = solver.terminalCurrents(element, index);
      for (let k = 0; k + 1 < voltages.length; k += 2) {
        watts += voltages[k] * currents[k] + voltages[k + 1] * currents[k + 1];
        vars += voltages[k + 1] * currents[k] - voltages[k] * currents[k + 1];
      }
    }
    if (isSource) {
      totals.sourcePowerKw -= watts / 1000;
      totals.sourcePowerKvar -= vars / 1000;
    } else {
      totals.lossesW += watts;
      totals.lossesVar += vars;
    }
  }
  return totals;
}

/** Positions of all enabled regulators. */
export function regulatorRecords(grid: Grid): Record<string, RegulatorRecord> {
  const records: Record<string, RegulatorRecord> = {};
  for (const control of grid.controlsOf('regcontrol')) {
    if (!control.enabled) continue;
    const transformer = grid.element(`transformer.${control.transformer}`) as Transformer | undefined;
    const winding = transformer?.windings[control.tapWinding];
    if (!winding) continue;
    const step = (winding.maxTapPu - winding.minTapPu) / winding.tapSteps;
    const middle = (winding.maxTapPu + winding.minTapPu) / 2;
    const position = Math.round((winding.tapPu - middle) / step);
    records[control.name] = {
      transformer: control.transformer,
      winding: control.tapWinding + 1,
      tapNumber: Number.isFinite(position) ? position + 0 : 0,
      // Taps are sums of many steps; what rounding left in the last digits is of no use to a reader.
      tapPu: Number(winding.tapPu.toPrecision(12)),
    };
  }
  return records;
}

/** Steps of all enabled capacitors, 1 where closed. */
export function capacitorRecords(grid: Grid): Record<string, number[]> {
  const records: Record<string, number[]> = {};
  for (const capacitor of grid.elementsOf('capacitor')) {
    if (capacitor.enabled) records[capacitor.name] = capacitor.steps.map((step) => (step.closed ? 1 : 0));
  }
  return records;
}
