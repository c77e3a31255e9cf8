/** Linear equations with one unknown a bus on the grid's pattern: the matrices of the DC and the fast decoupled power flow. */
import type { BalancedNetwork } from './network.js';
import { SparseLu } from './sparse-lu.js';

/** A factored matrix over some of the buses. */
export interface BusSystem {
  /** Unknown of each bus; -1 where there is none. */
  unknownOf: Int32Array;
  lu: SparseLu;
  /** A bus at which the matrix is singular; -1 where it is factored. */
  singularBus: number;
}

/**
 * A matrix over all buses, one number for each place in the pattern of the nodal admittances.
 *
 * @param corners writes the entries ff, ft, tf, tt of a branch that takes part
 * @param diagonal what is added at each bus; nothing where left out
 */
export function nodalMatrix(network: BalancedNetwork, corners: (branch: number, into: Float64Array) => void, diagonal?: Float64Array): Float64Array {
  const { admittance, busCount, branchOn } = network;
  const nodal = new Float64Array(admittance.column.length);
  if (diagonal) for (let bus = 0; bus < busCount; bus++) nodal[admittance.diagonal[bus]] = diagonal[bus];
  const four = new Float64Array(4);
  for (let k = 0; k < branchOn.length; k++) {
    if (!branchOn[k]) continue;
    corners(k, four);
    for (let c = 0; c < 4; c++) nodal[admittance.branchPlace[4 * k + c]] += four[c];
  }
  return nodal;
}

/**
 * Factors a matrix over some of the buses.
 *
 * @param order buses in the order of elimination
 * @param isUnknown 1 for the buses whose value is sought
 * @param nodal the matrix over all buses ({@link nodalMatrix})
 */
export function factorBusSystem(network: BalancedNetwork, order: Int32Array, isUnknown: Uint8Array, nodal: Float64Array): BusSystem {
  const { admittance, busCount } = network;
  const unknownOf = new Int32Array(busCount).fill(-1);
  let size = 0;
  for (const bus of order) if (isUnknown[bus]) unknownOf[bus] = size++;
  const start = new Int32Array(size + 1);
  for (let i = 0; i < busCount; i++) {
    if (unknownOf[i] < 0) continue;
    for (let k = admittance.start[i]; k < admittance.start[i + 1]; k++)
      if (unknownOf[admittance.column[k]] >= 0) start[unknownOf[admittance.column[k]] + 1]++;
  }
  for (let c = 0; c < size; c++) start[c + 1] += start[c];
  const next = start.slice();
  const row = new Int32Array(start[size]);
  const values = new Float64Array(start[size]);
  for (let i = 0; i < busCount; i++) {
    if (unknownOf[i] < 0) continue;
    for (let k = admittance.start[i]; k < admittance.start[i + 1]; k++) {
      const unknown = unknownOf[admittance.column[k]];
      if (unknown < 0) continue;
      const place = next[unknown]++;
      row[place] = unknownOf[i];
      values[place] = nodal[k];
    }
  }
  const lu = new SparseLu({ size, start, row });
  const singular = lu.factor(values);
  return { unknownOf, lu, singularBus: singular < 0 ? -1 : unknownOf.indexOf(singular) };
}
