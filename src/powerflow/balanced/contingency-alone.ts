/** Contingencies one by one: the changed grid compiled anew, Newton's method with pivoting and damping, from more than one start. */
import { GridError } from '../../grid/index.js';
import type { Out } from './contingency-scan.js';
import { type BalancedNetwork, compileNetwork, recordedInService } from './network.js';
import { busOrder, type PolarState } from './polar-equations.js';
import type { BalancedStart, BalancedStatus } from './solution-types.js';
import { solveNetwork } from './solve-network.js';

/** What came of one power flow. */
export interface AloneSolution {
  isSolved: boolean;
  status: BalancedStatus;
  state: PolarState;
  iterations: number;
  /** Largest mismatch left, per unit, and the number of its bus. */
  mismatchPu: number;
  worstBus: number | null;
}

const STARTS: readonly BalancedStart[] = ['case', 'flat'];

/** Solves states of one grid from scratch. */
export class AloneSolver {
  /** One order of elimination does for all: a branch out of service keeps its place in the pattern. */
  private readonly order: Int32Array;

  constructor(
    private readonly network: BalancedNetwork,
    private readonly tolerance: number,
  ) {
    this.order = busOrder(network);
  }

  /** The grid without some elements; null where no generator is left that holds a voltage. Throws {@link GridError} where it cannot be posed. */
  without(out: Out): BalancedNetwork | null {
    const { grid, generatorBus } = this.network;
    // Of parts that are dead in the base case too: where the last slack fails, such a part may be the one that goes on.
    const { generators: isOn } = recordedInService(this.network);
    const isHeld = grid.generators.some((_, k) => isOn[k] && !out.generators.includes(k) && grid.buses[generatorBus[k]].kind !== 'pq');
    if (!isHeld) return null;
    const branches = grid.branches.slice();
    const generators = grid.generators.slice();
    for (const k of out.branches) branches[k] = { ...branches[k], inService: false };
    for (const k of out.generators) generators[k] = { ...generators[k], inService: false };
    return compileNetwork({ ...grid, branches, generators });
  }

  /** Tries one start after the other; where none leads to a solution, what came of the one that came nearest. */
  solve(network: BalancedNetwork): AloneSolution {
    let best: AloneSolution | undefined;
    for (const start of STARTS) {
      const { state, result } = solveNetwork(network, { start, tolerance: Math.min(this.tolerance, 1e-10) }, this.order);
      const solution: AloneSolution = {
        isSolved: result.status === 'converged' || result.status === 'inexact',
        status: result.status,
        state,
        iterations: result.iterations,
        mismatchPu: result.history.at(-1) ?? Number.NaN,
        worstBus: result.worstBus < 0 ? null : network.grid.buses[result.worstBus].number,
      };
      if (solution.isSolved) return solution;
      if (!best || !(solution.mismatchPu >= best.mismatchPu)) best = solution;
    }
    if (!best) throw new GridError('there is no start to solve from');
    return best;
  }
}

/** Voltages of a state as [bus][re, im]. */
export function polarVoltages({ magnitude, angle }: Pick<PolarState, 'magnitude' | 'angle'>): Float64Array {
  const voltages = new Float64Array(2 * magnitude.length);
  for (let bus = 0; bus < magnitude.length; bus++) {
    voltages[2 * bus] = magnitude[bus] * Math.cos(angle[bus]);
    voltages[2 * bus + 1] = magnitude[bus] * Math.sin(angle[bus]);
  }
  return voltages;
}
