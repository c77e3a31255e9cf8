/** What is asked of a batch of balanced power flows, checked where it enters, and what it reports. */
import { describeValue, GridError } from '../../grid/index.js';
import type { BackendName } from '../backend.js';
import type { KernelBackend } from '../kernels.js';
import type { BalancedMethod } from './solution-types.js';

/** What a batch is made for. */
export interface BalancedBatchOptions {
  /** How many scenarios. */
  scenarios: number;
  backend?: BackendName | KernelBackend;
  /**
   * Default `newton`. `fast-decoupled` (XB) and `fast-decoupled-bx`: more iterations, each for a fraction of the work, with matrices factored once for all scenarios; `dc`: one
   * linear solution, without losses and reactive power. Loads, generation and set points alone can differ from scenario to scenario by these three: none of the options below goes with them.
   */
  method?: BalancedMethod;
  /** Whether branches are taken out of (or into) service scenario by scenario: each lane then has admittances of its own. Default false. */
  branchOutages?: boolean;
  /** Whether generators are: buses that hold their voltage may then lose it in a lane. Implies admittances of each lane's own. Default false. */
  generatorOutages?: boolean;
  /**
   * Whether every bus is a substation with two busbars, and each load, generator, shunt and end of a branch sits on one of them, or on none, scenario by scenario.
   * Implies branchOutages. Default false.
   */
  substations?: boolean;
  /**
   * Whether buses let go of the voltage they hold where their generators would have to go beyond their reactive limits, scenario by scenario. Implies admittances of
   * each lane's own. Scenarios in which a slack would have to are solved alone in a second pass, where another bus takes its place. Default false.
   */
  reactiveLimits?: boolean;
  /**
   * Generators' shares in what the schedules lack, one for each in the grid's order, of any scale: a scenario's slack then delivers its schedule and its share alone.
   * `true`: by their `participation`. Implies admittances of each lane's own. Default false: the slack delivers all of it.
   */
  distributedSlack?: boolean | readonly number[];
  /**
   * Of `newton`. `shared`: steps with the base case's factor as long as they converge well, then Newton's; `mixed`: two such steps, then Newton's; `newton`: these alone.
   * Default `auto`: by how well the shared factor converges with loads and generation a tenth up; `newton` where lanes have admittances of their own.
   */
  steps?: BatchSteps | 'auto';
}

/** How lanes are solved; see {@link BalancedBatchOptions.steps}. */
export type BatchSteps = 'shared' | 'mixed' | 'newton';

/** How to solve a batch. */
export interface BalancedBatchSolveOptions {
  /** Largest |P| or |Q| mismatch at any bus, per unit of the grid's base power. Default 1e-8. Nothing in a DC power flow depends on it. */
  tolerance?: number;
  /** Most of Newton's steps, and most with the shared factor before them (at most 20 of these); of fast decoupled, of its iterations. Default 20, fast decoupled 100. */
  maxIterations?: number;
  /** `base`: from the solution of the grid as it stands; `warm`: each scenario from where it is. Default `base`. */
  start?: 'base' | 'warm';
  /**
   * Whether scenarios that Newton's lanes cannot do (a pivot of 0, a slack beyond its reactive limits) are solved alone, with pivoting. Default true. Those that simply find no
   * solution are not tried again; neither is anything by the other methods, whose factors are the same in all scenarios.
   */
  secondPass?: boolean;
}

/** What came of a solution of all scenarios. */
export interface BalancedBatchReport {
  converged: number;
  failed: number;
  /** Scenarios of which a part is without a path to a slack; the rest of them is solved. */
  withDeadBuses: number;
  /** Scenarios that are solved, but whose slack is beyond its reactive limits; 0 where limits are not enforced, or after a second pass. */
  slackBeyondReactiveLimits: number;
  /** Scenarios solved, or given up, in a second pass. */
  secondPass: number;
  /** Power flows solved one after another: more than 1 with reactive limits or a distributed slack. */
  rounds: number;
  /** Of Newton's method; `shared` by all others. */
  steps: BatchSteps;
}

const MOST_SCENARIOS = 2 ** 24;
const SOLVE_OPTION_NAMES = ['tolerance', 'maxIterations', 'start', 'secondPass'];
const METHODS: readonly BalancedMethod[] = ['newton', 'fast-decoupled', 'fast-decoupled-bx', 'dc'];
/** Options that go with the method newton alone. */
const NEWTON_OPTION_NAMES = ['branchOutages', 'generatorOutages', 'substations', 'reactiveLimits', 'distributedSlack', 'steps'] as const;
const OPTION_NAMES = ['scenarios', 'backend', 'method', ...NEWTON_OPTION_NAMES];

/** Options as given. Throws {@link GridError} for those that cannot be. */
export function checkBatchOptions(options: BalancedBatchOptions): BalancedBatchOptions {
  if (typeof options !== 'object' || options === null) throw new GridError(`options of a batch are an object, not ${describeValue(options)}`);
  const unknown = Object.keys(options).find((name) => !OPTION_NAMES.includes(name));
  if (unknown !== undefined) throw new GridError(`there is no option "${unknown}"; there are ${OPTION_NAMES.join(', ')}`);
  const { scenarios, steps = 'auto', method = 'newton' } = options;
  if (!Number.isInteger(scenarios) || scenarios < 1 || scenarios > MOST_SCENARIOS) {
    throw new GridError(`scenarios must be an integer from 1 to ${MOST_SCENARIOS}, not ${describeValue(scenarios)}`);
  }
  if (!['auto', 'shared', 'mixed', 'newton'].includes(steps)) {
    throw new GridError(`steps must be auto, shared, mixed or newton, not ${describeValue(steps)}`);
  }
  if (!METHODS.includes(method)) throw new GridError(`method must be ${METHODS.join(', ')}, not ${describeValue(method)}`);
  for (const name of ['branchOutages', 'generatorOutages', 'substations', 'reactiveLimits'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'boolean') throw new GridError(`${name} must be true or false, not ${describeValue(value)}`);
  }
  const shares: unknown = options.distributedSlack;
  if (shares !== undefined && typeof shares !== 'boolean' && !Array.isArray(shares)) {
    throw new GridError(`distributedSlack must be true, false, or an array of factors, one for each generator, not ${describeValue(shares)}`);
  }
  const refused = method === 'newton' ? undefined : NEWTON_OPTION_NAMES.find((name) => (options[name] ?? false) !== false);
  if (refused !== undefined)
    throw new GridError(`${refused} goes with the method newton alone, not with ${method}: its factor is the same in all scenarios`);
  return options;
}

/** Options of a solution with their defaults. Throws {@link GridError} for those that cannot be. */
export function checkSolveOptions(options: BalancedBatchSolveOptions, method: BalancedMethod): Required<BalancedBatchSolveOptions> {
  const { tolerance = 1e-8, maxIterations = method === 'newton' ? 20 : 100, start = 'base', secondPass = true } = options;
  const unknown = Object.keys(options).find((name) => !SOLVE_OPTION_NAMES.includes(name));
  if (unknown !== undefined) throw new GridError(`there is no option "${unknown}"; there are ${SOLVE_OPTION_NAMES.join(', ')}`);
  if (!(tolerance > 0 && tolerance < Infinity)) throw new GridError(`tolerance must be above 0, not ${describeValue(tolerance)}`);
  if (!Number.isInteger(maxIterations) || maxIterations < 1 || maxIterations > 1000) {
    throw new GridError(`maxIterations must be an integer from 1 to 1000, not ${describeValue(maxIterations)}`);
  }
  if (start !== 'base' && start !== 'warm') throw new GridError(`start must be base or warm, not ${describeValue(start)}`);
  return { tolerance, maxIterations, start, secondPass };
}
