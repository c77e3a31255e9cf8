/** How severe a contingency is, as one number, and the order by it. */
import type { ContingencyReport, ContingencyRow, ContingencyStatus } from './contingency-types.js';

/** Voltages this far beyond a limit, per unit, count as branches at twice their rating do. */
const VOLTAGE_SCALE_PU = 0.05;
/** What a limit of a generator adds at least that is passed and is not in the base case. */
const LEAST_MINOR = 0.1;
/** Below this stand contingencies that are solved and leave nobody without voltage. */
export const SEVERITY_UNSERVED = 1000;
/** From here on stand those without a solution. */
export const SEVERITY_UNSOLVED = 20_000;

/** What a branch with a loading (1: at its rating) adds to the index: the fourth power, and nothing below 1. */
export function loadingTerm(loading: number): number {
  return loading > 1 ? loading ** 4 : 0;
}

/** What a voltage adds that is so far beyond a limit, per unit. */
export function voltageTerm(beyondPu: number): number {
  return beyondPu > 0 ? (1 + beyondPu / VOLTAGE_SCALE_PU) ** 4 : 0;
}

/**
 * What a generator or slack adds to the minor index that is beyond a limit, by its excess and that of the base case (0: within, or beyond another limit) as shares of the range or the
 * limit: nothing where it is no worse.
 */
export function minorTerm(excess: number, baseExcess: number): number {
  if (!(excess > 0)) return 0;
  return baseExcess > 0 ? Math.max(0, excess - baseExcess) : LEAST_MINOR + excess;
}

/** What the minor index adds to the index of violations: less than one new violation does. */
export function minorShare(minor: number): number {
  return minor === Infinity ? 1 : minor / (1 + minor);
}

/**
 * The severity of a contingency: 0 where nothing is worse than in the base case; larger is worse. The base case has that of its own violations, which is not comparable.
 *
 * It is made of three parts, each outweighing all before it:
 *
 * 1. Violations. Their index J is the sum, over branches beyond their rating, of (S / rating)^4, and, over voltages beyond a limit by d, of (1 + d / 0.05 pu)^4, each less
 *    what the same element adds in the base case (and not below 0): every new violation is worth 1 or more, and a large one more than several small ones. These are the
 *    performance indices of G. C. Ejebe and B. F. Wollenberg, "Automatic Contingency Selection", IEEE Trans. on Power Apparatus and Systems PAS-98 (1979), pp. 97-109,
 *    with exponent 2n = 4 and weights 2n, summed over violated elements alone, so that many branches below their ratings do not mask one above. J counts as
 *    1000 J / (1000 + J), which is J as long as it is small and stays below 1000.
 *
 *    What is bad in a small way is part of J as K / (1 + K), less than one new violation adds. K is the sum of: for each generator newly beyond a reactive limit 0.1 + its excess /
 *    its reactive range (where it is beyond that limit in the base case too, what it is more beyond / the range); for each slack newly beyond its active limits 0.1 + its excess / the
 *    limit (else what it is more beyond / the limit); the share in all scheduled generation of what is out or without voltage; the share of buses that lose their voltage.
 * 2. Load without voltage: 1000 + 9000 times its share in the load served in the base case.
 * 3. No solution: 20000.
 */
export function severityOf(row: { status: ContingencyStatus; index: number; unservedMw: number }, servedMw: number): number {
  const violations = row.index === Infinity ? SEVERITY_UNSERVED : (1000 * row.index) / (1000 + row.index);
  const share = servedMw > 0 ? Math.min(1, row.unservedMw / servedMw) : 1;
  const unserved = row.unservedMw > 0 ? SEVERITY_UNSERVED + 9000 * share : 0;
  return violations + unserved + (row.status === 'unsolved' ? SEVERITY_UNSOLVED : 0);
}

/** The contingencies of a report (without the base case), the most severe first; equal ones in the order asked for. */
export function contingenciesBySeverity(report: ContingencyReport): ContingencyRow[] {
  return report.rows.slice(1).sort((a, b) => b.severity - a.severity || a.row - b.row);
}

/** Whether a contingency is solved, leaves no load or bus without voltage and adds no violation. */
export function isSecure({ status, counts }: ContingencyRow): boolean {
  return status === 'solved' && counts.newOverloads + counts.newVoltages + counts.newReactive === 0;
}
