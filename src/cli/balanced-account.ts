/** The short readable account of a balanced grid's solution. */
import { type BalancedGrid, branchLabel } from '../grid/index.js';
import type { BalancedSolution, BalancedViolation } from '../powerflow/index.js';
import { counted, historyText, someOf, trimmedName, unsignedZero } from './account.js';

const METHODS: Record<BalancedSolution['method'], string> = {
  newton: 'newton (polar)',
  'fast-decoupled': 'fast-decoupled (XB)',
  'fast-decoupled-bx': 'fast-decoupled (BX)',
  dc: 'dc (linear, without losses and reactive power)',
};
const STARTS: Record<BalancedSolution['start'], string> = {
  case: 'the voltages of the case',
  flat: '1 pu',
  dc: 'the angles of the DC power flow',
  last: 'the last solution',
};

/** Some lines of text that say what came out. */
export function balancedAccount(title: string, grid: BalancedGrid, solution: BalancedSolution): string {
  const { totals, buses, branches, method, baseMva } = solution;
  const isDc = method === 'dc';
  const outcome = solution.converged ? 'converged' : `NOT converged (${solution.status})`;
  const rounds =
    solution.reactiveLimits && solution.reactiveLimits.rounds > 1 ? ` in ${solution.reactiveLimits.rounds} rounds of reactive limits` : '';
  const lines = [
    isDc && solution.converged ? `${title}: solved` : `${title}: ${outcome} after ${counted(solution.iterations, 'iteration')}${rounds}`,
  ];
  const push = (label: string, value: string): void => void lines.push(`  ${label.padEnd(16)}  ${value}`);
  const power = (label: string, mw: number, mvar: number | null, share = '', where = ''): void =>
    push(label, `${fixed(mw)} MW${share}${mvar === null ? '' : `  ${fixed(mvar)} MVAr`}${where}`);
  const busName = (number: number): string => {
    const name = trimmedName(grid.buses.find((bus) => bus.number === number)?.name ?? '');
    return name === '' ? `bus ${number}` : `bus ${number} (${name})`;
  };

  push('method', isDc ? METHODS[method] : `${METHODS[method]} from ${STARTS[solution.start]}`);
  if (solution.history.length > 1) push('per iteration', `${historyText(solution.history)} (largest mismatch, pu of ${baseMva} MVA)`);
  const where = solution.worstBus === null ? '' : `, at ${busName(solution.worstBus)}`;
  const mismatch = Number.isFinite(solution.mismatchPu) ? `${solution.mismatchPu.toExponential(1)} pu of ${baseMva} MVA at most` : 'not finite';
  push('mismatch', `${mismatch}${where} (recomputed branch by branch from the voltages)`);
  if (!solution.converged) push('why', solution.reason);
  if (isIterate(solution)) lines.push('  last iterate, not a solution:');
  power('generation', totals.generationMw, totals.generationMvar);
  power('load', totals.loadMw, totals.loadMvar);
  if (!isDc) {
    const share = totals.generationMw > 1e-3 ? ` (${((100 * totals.lossMw) / totals.generationMw).toFixed(2)} % of generation)` : '';
    power('losses', totals.lossMw, totals.lossMvar, share);
    push('charging', `${takenIn(totals.chargingMvar ?? 0, 'MVAr', 'delivered by', 'taken in by')} branches`);
  }
  if (grid.shunts.some(({ inService }) => inService)) {
    push(
      'shunts',
      `${takenIn(totals.shuntMw, 'MW', 'taken in', 'delivered')}${totals.shuntMvar === null ? '' : `, ${takenIn(totals.shuntMvar, 'MVAr', 'delivered', 'taken in')}`}`,
    );
  }
  for (const bus of buses) if (bus.kind === 'slack') power('slack', bus.generationMw, bus.generationMvar, '', ` at ${busName(bus.bus)}`);
  for (const { bus, lackingMw } of solution.distributedSlack)
    push('distributed', `${fixed(lackingMw)} MW lacking, shared by generators (angle held at ${busName(bus)})`);
  const live = buses.filter(({ kind }) => kind !== 'dead');
  if (!isDc && live.length > 0) {
    const lowest = live.reduce((a, b) => (b.voltagePu < a.voltagePu ? b : a));
    const highest = live.reduce((a, b) => (b.voltagePu > a.voltagePu ? b : a));
    push('lowest voltage', `${lowest.voltagePu.toFixed(4)} pu at ${busName(lowest.bus)}`);
    push('highest voltage', `${highest.voltagePu.toFixed(4)} pu at ${busName(highest.bus)}`);
  }
  const [loading, k] = branches.reduce<[number, number]>(
    (most, { loadingPercent }, i) => ((loadingPercent ?? 0) > most[0] ? [loadingPercent as number, i] : most),
    [0, -1],
  );
  push(
    'highest loading',
    k < 0 ? '- (no branch in service has a rating)' : `${loading.toFixed(1)} % of ${grid.branches[k].ratingMva} MVA, ${branchLabel(grid, k)}`,
  );
  for (const [what, label, list] of violationLists(grid, solution.violations)) push(what, `${label}: ${someOf(list)}`);
  if (solution.reactiveLimits) {
    const { limited, released, kept, standIns } = solution.reactiveLimits;
    const back = released > 0 ? ` (${counted(released, 'time')} one went back to holding its voltage)` : '';
    push(
      'at limits',
      limited.length === 0 ? 'no generator is at a reactive limit' : `${someOf(limited.map(({ bus, at }) => `bus ${bus} ${at}`))}${back}`,
    );
    if (kept.length > 0) push('undecided', `went back and forth, left at a limit: ${someOf(kept.map((bus) => `bus ${bus}`))}`);
    for (const { slack, standIn } of standIns) push('stand-in', `${busName(standIn)} for slack ${busName(slack)}, which is at its limit`);
  }
  for (const island of solution.islands) {
    push(
      'without voltage',
      `${counted(island.buses.length, 'bus', 'es')} no slack feeds, ${fixed(island.loadMw)} MW unserved: ${someOf(island.buses.map((bus) => `bus ${bus}`))}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Whether what is known is where the iteration stopped. */
function isIterate({ converged, status }: BalancedSolution): boolean {
  return !converged && status !== 'inexact';
}

/** A power in the words of its direction. */
function takenIn(value: number, unit: string, positive: string, negative: string): string {
  const text = fixed(value);
  return text.startsWith('-') ? `${text.slice(1)} ${unit} ${negative}` : `${text} ${unit} ${positive}`;
}

/** Label of the line, what it counts, and names, for each sort of violation that there is. */
function violationLists(grid: BalancedGrid, violations: readonly BalancedViolation[]): [string, string, string[]][] {
  const name = ({ what, bus, generator, branch, value, limit }: BalancedViolation): string => {
    if (what === 'voltage') return `bus ${bus} ${value.toFixed(4)} (${limit})`;
    if (branch !== undefined) return `${branchLabel(grid, branch - 1)} ${fixed(value)} (${limit})`;
    return `generator ${generator} at bus ${bus} ${fixed(value)} (${limit})`;
  };
  const sorts: [BalancedViolation['what'], string, string][] = [
    ['voltage', 'bus', 'outside of voltage limits, pu'],
    ['rating', 'branch', 'beyond rating, MVA'],
    ['current', 'branch', 'beyond rating, A'],
    ['reactive', 'generator', 'beyond reactive limits, MVAr'],
    ['active', 'generator', 'beyond active limits, MW'],
  ];
  return sorts.flatMap(([what, noun, words]) => {
    const some = violations.filter((violation) => violation.what === what);
    const label = counted(some.length, noun, noun === 'generator' ? 's' : 'es');
    return some.length === 0 ? [] : [['outside limits', `${label} ${words}`, some.map(name)] as [string, string, string[]]];
  });
}

function fixed(value: number): string {
  return unsignedZero(value.toFixed(3));
}
