/** What a contingency takes: whole N-1 analyses of balanced grids, everything in them counted. */
import { analyseContingencies, type ContingencyRow, type KernelBackend } from '../powerflow/index.js';
import type { NamedCase } from './balanced-suite.js';
import { shortNumber } from './bench-suite.js';
import { markdownTable } from './markdown-table.js';
import { median, timeInTurn } from './rounds.js';

/** What an N-1 analysis of all branches takes. */
export interface ContingencyBenchRow {
  suite: 'power-flow-contingency';
  case: string;
  backend: string;
  /** Branches in service, each out once. */
  contingencies: number;
  /** Of these, such as were solved in lanes, alone by the pivoting solver, and such as have no solution. */
  inLanes: number;
  alone: number;
  unsolved: number;
  /** Contingencies that leave buses without a slack. */
  withIslands: number;
  /** Processor time of the analysis over its contingencies, the plan and the base case included; median of rounds. */
  processorMicroseconds: number;
}

/** Measures one case by some backends, in turn. */
export function measureContingencies({ id, grid }: NamedCase, backends: readonly KernelBackend[], rounds: number): ContingencyBenchRow[] {
  const times = timeInTurn(
    backends.map((backend) => () => void analyseContingencies(grid, { backend })),
    rounds,
  );
  return backends.map((backend, k) => {
    const rows = analyseContingencies(grid, { backend }).rows.filter(({ row }) => row > 0);
    const solvedIn = (how: ContingencyRow['solvedBy']): number => rows.filter((row) => row.solvedBy === how && row.status !== 'unsolved').length;
    return {
      suite: 'power-flow-contingency',
      case: id,
      backend: backend.name,
      contingencies: rows.length,
      inLanes: solvedIn('lanes'),
      alone: solvedIn('alone'),
      unsolved: rows.filter(({ status }) => status === 'unsolved').length,
      withIslands: rows.filter(({ islands }) => islands.length > 0).length,
      processorMicroseconds: median(times[k]) / rows.length,
    };
  });
}

/** The rows as Markdown. */
export function contingencyBenchText(rows: readonly ContingencyBenchRow[]): string {
  const header = ['case', 'backend', 'contingencies', 'in lanes', 'alone', 'unsolved', 'with islands', 'processor µs a contingency'];
  const lines = rows.map((row) => [
    row.case,
    row.backend,
    String(row.contingencies),
    String(row.inLanes),
    String(row.alone),
    String(row.unsolved),
    String(row.withIslands),
    shortNumber(row.processorMicroseconds),
  ]);
  return `Contingencies: N-1 of all branches in service, to 1e-9 pu, the plan, the base case, loadings, violations and severity included

${markdownTable(header, lines, [0, 1])}`;
}
