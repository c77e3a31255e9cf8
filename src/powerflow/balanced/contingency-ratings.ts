/** Ratings of all branches as one table, by which of them is asked for. */
import type { BalancedBranch } from '../../grid/index.js';
import type { ContingencyRating, RatingCounts, RatingKind } from './contingency-types.js';
import type { BalancedNetwork } from './network.js';

/** One rating a branch. */
export interface RatingTable {
  /** Per unit of base power, or of base current where {@link kind} is `current`; 0: not stated. */
  limit: Float64Array;
  /** The same in MVA, at 1 pu. */
  mva: Float64Array;
  kind: (RatingKind | null)[];
  /** 0 by apparent power, 1 by the larger current of both ends, 2 by the current at the from end. */
  measure: Uint8Array;
}

type Field = 'ratingMva' | 'shortTermRatingMva' | 'emergencyRatingMva';
const FIELDS: Record<Exclude<RatingKind, 'current'>, Field> = { long: 'ratingMva', short: 'shortTermRatingMva', emergency: 'emergencyRatingMva' };

/** Smaller ratings than this, MVA, are none. */
const LEAST_RATING_MVA = 1e-9;

/** Kinds in the order in which they are looked for: of contingencies, and of the base case. */
export function ratingOrder(rating: ContingencyRating, isBase: boolean): readonly RatingKind[] {
  if (rating === 'auto') return isBase ? ['long', 'current', 'short', 'emergency'] : ['emergency', 'short', 'long', 'current'];
  return rating === 'long' ? ['long', 'current'] : [rating];
}

/** The first rating in this order that each branch has. */
export function ratingTable(network: BalancedNetwork, order: readonly RatingKind[]): RatingTable {
  const { grid, branchFrom, branchTo } = network;
  const count = grid.branches.length;
  const table: RatingTable = { limit: new Float64Array(count), mva: new Float64Array(count), kind: [], measure: new Uint8Array(count) };
  grid.branches.forEach((branch, k) => {
    const kvOf = (bus: number): number => grid.buses[bus].baseKv;
    const kind = order.find((each) => ratingMva(branch, each, kvOf(branchFrom[k]), kvOf(branchTo[k])) > LEAST_RATING_MVA) ?? null;
    table.kind.push(kind);
    if (kind === null) return;
    table.mva[k] = ratingMva(branch, kind, kvOf(branchFrom[k]), kvOf(branchTo[k]));
    table.limit[k] = table.mva[k] / grid.baseMva;
    if (kind === 'current') table.measure[k] = branch.ratio === 0 ? 1 : 2;
  });
  return table;
}

/** A rating in MVA (in ampere: at 1 pu); 0 where it is not stated. A line with ends of two base voltages has no rating in ampere that could be compared. */
function ratingMva(branch: BalancedBranch, kind: RatingKind, fromKv: number, toKv: number): number {
  if (kind !== 'current') return Math.max(0, branch[FIELDS[kind]]);
  if (branch.ratingAmps === undefined || !(branch.ratingAmps > 0) || !(fromKv > 0) || (branch.ratio === 0 && toKv !== fromKv)) return 0;
  return (Math.sqrt(3) * fromKv * branch.ratingAmps) / 1000;
}

/** Branches in service by the rating that they have. */
export function countRatings(network: BalancedNetwork, { kind }: RatingTable): RatingCounts {
  const counts: RatingCounts = { long: 0, short: 0, emergency: 0, current: 0, none: 0 };
  network.branchOn.forEach((isOn, k) => {
    if (isOn) counts[kind[k] ?? 'none']++;
  });
  return counts;
}
