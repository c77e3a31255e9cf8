/** The short readable account of a solution. */
import { DEAD_PU, type NodeRow, nodeOfRow, nodesOutside, type SolutionRecord } from '../powerflow/index.js';
import type { SolvedGrid } from './engine.js';

/** Limits that the account counts nodes by unless told otherwise, per unit. */
export const DEFAULT_LIMITS_PU: readonly [number, number] = [0.95, 1.05];

/** Source power, kW, below which losses are not given as a share of it. */
const NO_POWER_KW = 1e-3;

/** Lowest and highest per-unit voltage among the live phase nodes (1 to 3); undefined where no bus has a base. */
export function voltageExtremes(rows: readonly NodeRow[]): { lowest: NodeRow; highest: NodeRow } | undefined {
  let lowest: NodeRow | undefined;
  let highest: NodeRow | undefined;
  for (const row of rows) {
    const pu = row[3];
    if (pu === null || nodeOfRow(row) > 3 || !(pu > DEAD_PU)) continue;
    if (!lowest || pu < (lowest[3] as number)) lowest = row;
    if (!highest || pu > (highest[3] as number)) highest = row;
  }
  return lowest && highest ? { lowest, highest } : undefined;
}

/** Some lines of text that say what came out. */
export function account(solved: SolvedGrid, record: SolutionRecord, limitsPu = DEFAULT_LIMITS_PU): string {
  const { report } = solved;
  const lines: string[] = [];
  const push = (label: string, value: string): void => void lines.push(`  ${label.padEnd(16)}  ${value}`);
  const rounds = record.controlIterations > 1 ? ` in ${record.controlIterations} control iterations` : '';
  const outcome = report.converged ? 'converged' : `NOT converged (${report.status})`;
  lines.push(`${solved.title}: ${outcome} after ${record.iterations} iterations${rounds}`);
  push('method', `${report.method} (${report.methodReason}), on ${report.backend}`);
  if (report.history.length > 1) push('per iteration', `${historyText(report.history)} (mismatch as the method sees it, pu of 1 MVA)`);
  const mismatch = record.mismatchPu === null ? 'not finite' : `${record.mismatchPu.toExponential(1)} pu of 1 MVA at most, at ${report.worstNode}`;
  push('mismatch', `${mismatch} (recomputed from the voltages, rounding included)`);
  push('source', `${kilo(record.sourcePowerKw)} kW  ${kilo(record.sourcePowerKvar)} kvar`);
  const share = record.sourcePowerKw > NO_POWER_KW ? ` (${unsignedZero((record.lossesW / 10 / record.sourcePowerKw).toFixed(2))} %)` : ' (-)';
  push('losses', `${kilo(record.lossesW / 1000)} kW${share}  ${kilo(record.lossesVar / 1000)} kvar`);
  const extremes = voltageExtremes(record.nodes);
  if (extremes) {
    push('lowest voltage', `${(extremes.lowest[3] as number).toFixed(4)} pu at ${extremes.lowest[0]}`);
    push('highest voltage', `${(extremes.highest[3] as number).toFixed(4)} pu at ${extremes.highest[0]}`);
    const { below, above } = nodesOutside(record.nodes, limitsPu);
    if (below + above > 0) push('outside limits', `${counted(below, 'node')} below ${limitsPu[0]} pu, ${above} above ${limitsPu[1]} pu`);
  } else if (record.nodes.some((row) => row[3] !== null)) {
    push('voltages', 'no node with a base is alive');
  } else {
    push('voltages', 'in volt only: no bus has a base voltage (the script never says calcvoltagebases)');
  }
  const { deadNodes, loadsBelowWindow, loadsAboveWindow } = record;
  if (deadNodes.length > 0) push('without voltage', `${counted(deadNodes.length, 'node')} cut off from every source: ${someOf(deadNodes)}`);
  if (loadsBelowWindow.length > 0) {
    push('beyond model', `${counted(loadsBelowWindow.length, 'load')} below vminpu, not drawing the power given: ${someOf(loadsBelowWindow)}`);
  }
  if (loadsAboveWindow.length > 0) {
    push('beyond model', `${counted(loadsAboveWindow.length, 'load')} above vmaxpu, not drawing the power given: ${someOf(loadsAboveWindow)}`);
  }
  const taps = Object.entries(record.regulators).map(([name, regulator]) => {
    const sign = regulator.tapNumber > 0 ? '+' : '';
    return `${name} ${sign}${regulator.tapNumber} (${trimmed(regulator.tapPu)})`;
  });
  pushList(lines, 'regulator taps', taps);
  const steps = Object.entries(record.capacitors).map(([name, states]) => {
    const closed = states.filter((state) => state === 1).length;
    return `${name} ${states.length === 1 ? (closed ? 'on' : 'off') : `${closed}/${states.length}`}`;
  });
  pushList(lines, 'capacitors', steps);
  return `${lines.join('\n')}\n`;
}

/** A bus's name as it is printed: records pad names with blanks. */
export function trimmedName(name: string): string {
  return name.trim().replace(/\s+/g, ' ');
}

/** `1 node`, `2 nodes`. */
export function counted(count: number, what: string, plural = 's'): string {
  return `${count} ${what}${count === 1 ? '' : plural}`;
}

/** The first four names, and how many more there are. */
export function someOf(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
}

/** Mismatches an iteration of the last solution; of a long one the first and the last few. */
export function historyText(history: readonly number[]): string {
  const texts = history.map((pu) => pu.toExponential(1));
  return (texts.length > 8 ? [...texts.slice(0, 4), '..', ...texts.slice(-3)] : texts).join('  ');
}

/** Entries in columns, the label on the first row. */
function pushList(lines: string[], label: string, entries: readonly string[]): void {
  if (entries.length === 0) return;
  const width = Math.max(...entries.map((entry) => entry.length)) + 2;
  const perRow = Math.max(1, Math.min(4, Math.floor(80 / width)));
  for (let i = 0; i < entries.length; i += perRow) {
    const row = entries.slice(i, i + perRow).map((entry) => entry.padEnd(width));
    lines.push(`  ${(i === 0 ? label : '').padEnd(16)}  ${row.join('').trimEnd()}`);
  }
}

function kilo(value: number): string {
  const digits = Math.abs(value) >= 1000 ? 1 : Math.abs(value) >= 10 ? 2 : 4;
  return unsignedZero(value.toFixed(digits));
}

/** A number as text, without the sign of a zero. */
export function unsignedZero(text: string): string {
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(6)));
}
