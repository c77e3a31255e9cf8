/** The fast decoupled and the DC power flow for batches of balanced grids. */
import type { KernelBackend } from '../kernels.js';
import type { BalancedBatchSolveOptions, BatchSteps } from './balanced-batch-options.js';
import { DcSession } from './dc-session.js';
import { DecoupledSession, type DecoupledSettings } from './decoupled-session.js';
import type { BalancedNetwork } from './network.js';
import type { BatchSolver } from './newton-batch.js';
import { heldNodes, injectionNodes, solveBase, writeBase, writeGrid } from './scenario-inputs.js';

function settingsOf(network: BalancedNetwork, scenarios: number, backend: KernelBackend): DecoupledSettings {
  return { network, scenarios, backend, injectionBus: injectionNodes(network, 1), heldBuses: heldNodes(network, 1) };
}

/** A batch by the fast decoupled power flow. */
export class FastDecoupledBatch implements BatchSolver {
  readonly session: DecoupledSession;
  readonly steps: BatchSteps = 'shared';

  /** Throws GridError where the grid has no solution as it stands or a matrix is singular, InputError for a branch that the scheme cannot do with. */
  constructor(network: BalancedNetwork, scheme: 'xb' | 'bx', scenarios: number, backend: KernelBackend) {
    this.session = new DecoupledSession(settingsOf(network, scenarios, backend), scheme);
    writeBase(network, this.session.plan, solveBase(network), this.session.base);
    writeGrid(network, this.session, 1);
  }

  solve({ tolerance, maxIterations, start }: Required<BalancedBatchSolveOptions>): { rounds: number; secondPass: number } {
    this.session.solve(tolerance, maxIterations, start === 'warm');
    return { rounds: 1, secondPass: 0 };
  }

  lackingIn(): ArrayLike<number> {
    return [];
  }
}

/** A batch by the DC power flow. */
export class DcBatch implements BatchSolver {
  readonly session: DcSession;
  readonly steps: BatchSteps = 'shared';

  /** Throws GridError where the matrix is singular, InputError for a branch without reactance. */
  constructor(network: BalancedNetwork, scenarios: number, backend: KernelBackend) {
    this.session = new DcSession(settingsOf(network, scenarios, backend));
    writeGrid(network, this.session, 1);
  }

  solve(): { rounds: number; secondPass: number } {
    this.session.solve();
    return { rounds: 1, secondPass: 0 };
  }

  lackingIn(): ArrayLike<number> {
    return [];
  }
}
