/**
 * The fast decoupled power flow: active mismatches move angles by B', reactive ones magnitudes by B'', both factored once.
 *
 * XB (B. Stott and O. Alsac, "Fast decoupled load flow", 1974): B' without resistances. BX (R. A. M. van Amerongen, "A general-purpose version of the fast
 * decoupled load flow", 1989): B'' without them. B' is without shunts, charging and ratios other than 1, B'' without phase shifts (as MATPOWER's makeB has them).
 */
import { branchLabel, InputError } from '../../grid/index.js';
import { type BusSystem, factorBusSystem, nodalMatrix } from './bus-system.js';
import { type BalancedNetwork, BRANCH_ADMITTANCES, branchAdmittances } from './network.js';
import type { IterationResult } from './newton.js';
import { LARGEST_ROUNDING } from './newton.js';
import type { PolarEquations, PolarState } from './polar-equations.js';

/** A mismatch beyond which an iteration is given up. */
const HOPELESS = 1e9;

/** B' over the angles and B'' over the magnitudes that are sought, factored. */
export interface DecoupledSystems {
  active: BusSystem;
  reactive: BusSystem;
}

/**
 * Factors B' and B'' for equations, whatever the powers.
 *
 * @param scheme which matrix is without resistances
 * @param order buses in an order of elimination of low fill
 * @throws InputError for a branch that has no impedance left without its resistance
 */
export function factorDecoupled(
  { network, angleUnknown, magnitudeUnknown }: PolarEquations,
  scheme: 'xb' | 'bx',
  order: Int32Array,
): DecoupledSystems {
  const isSought = (unknown: Int32Array): Uint8Array => Uint8Array.from(unknown, (number) => Number(number >= 0));
  return {
    active: factorBusSystem(network, order, isSought(angleUnknown), decoupledMatrix(network, scheme, 'active')),
    reactive: factorBusSystem(network, order, isSought(magnitudeUnknown), decoupledMatrix(network, scheme, 'reactive')),
  };
}

/**
 * Solves the equations from a state, which is changed in place. The conditions must be without a distributed slack.
 *
 * @param tolerance largest mismatch allowed, per unit; where rounding alone is more, that counts
 */
export function solveFastDecoupled(
  equations: PolarEquations,
  { active, reactive }: DecoupledSystems,
  state: PolarState,
  tolerance: number,
  maxIterations: number,
): IterationResult {
  const { angleUnknown, magnitudeUnknown } = equations;
  let mismatch = equations.measure(state, tolerance);
  const history = [mismatch.largest];
  const result = (status: IterationResult['status'], worstBus = mismatch.worstBus): IterationResult => ({
    status,
    iterations: history.length - 1,
    history,
    worstBus,
  });
  const singular = Math.max(active.singularBus, reactive.singularBus);
  const ended = (): IterationResult | undefined => {
    if (mismatch.isSolved) return result(mismatch.rounding > LARGEST_ROUNDING ? 'inexact' : 'converged');
    return mismatch.largest < HOPELESS ? undefined : result('diverged');
  };
  const atStart = ended();
  if (atStart) return atStart;
  if (singular >= 0) return result('singular', singular);
  for (;;) {
    if (history.length > maxIterations) return result('iteration-limit');
    correct(active, angleUnknown, equations.mismatch, state.magnitude, state.angle);
    mismatch = equations.measure(state, tolerance);
    if (!mismatch.isSolved) {
      correct(reactive, magnitudeUnknown, equations.mismatch, state.magnitude, state.magnitude);
      mismatch = equations.measure(state, tolerance);
    }
    history.push(mismatch.largest);
    if (state.magnitude.some((magnitude, bus) => magnitudeUnknown[bus] >= 0 && !(magnitude > 0))) return result('diverged');
    const end = ended();
    if (end) return end;
  }
}

/** values -= matrix^-1 (mismatch / magnitude) at the buses of a system. */
function correct(system: BusSystem, equationOf: Int32Array, mismatch: Float64Array, magnitude: Float64Array, values: Float64Array): void {
  const { unknownOf, lu } = system;
  const vector = new Float64Array(lu.pattern.size);
  for (let bus = 0; bus < unknownOf.length; bus++) if (unknownOf[bus] >= 0) vector[unknownOf[bus]] = mismatch[equationOf[bus]] / magnitude[bus];
  lu.solve(vector);
  for (let bus = 0; bus < unknownOf.length; bus++) if (unknownOf[bus] >= 0) values[bus] -= vector[unknownOf[bus]];
}

/** B' (`active`) or B'' (`reactive`) over all buses, see {@link nodalMatrix}. Throws {@link InputError} for a branch that has no impedance left without its resistance. */
export function decoupledMatrix(network: BalancedNetwork, scheme: 'xb' | 'bx', part: 'active' | 'reactive'): Float64Array {
  const { grid, busCount, busIndex } = network;
  const withoutResistance = (scheme === 'xb') === (part === 'active');
  const shunts = new Float64Array(busCount);
  if (part === 'reactive') {
    for (const shunt of grid.shunts) if (shunt.inService) shunts[busIndex.get(shunt.bus) as number] -= shunt.susceptanceMvar / grid.baseMva;
  }
  const admittances = new Float64Array(BRANCH_ADMITTANCES);
  const corners = (k: number, into: Float64Array): void => {
    const { resistancePu, reactancePu, chargingPu, ratio, shiftDegrees } = grid.branches[k];
    if (withoutResistance && reactancePu === 0) {
      throw new InputError('is 0; this fast decoupled scheme leaves out the resistance beside it: use the other scheme, or the method newton', {
        element: branchLabel(grid, k),
        property: 'reactancePu',
      });
    }
    const r = withoutResistance ? 0 : resistancePu;
    const branch =
      part === 'active'
        ? { resistancePu: r, reactancePu, chargingPu: 0, ratio: 1, shiftDegrees }
        : { resistancePu: r, reactancePu, chargingPu, ratio, shiftDegrees: 0 };
    branchAdmittances(branch, admittances);
    for (let c = 0; c < 4; c++) into[c] = -admittances[2 * c + 1];
  };
  return nodalMatrix(network, corners, shunts);
}
