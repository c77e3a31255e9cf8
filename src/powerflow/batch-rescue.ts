/** The second pass of a batch: what the fixed point leaves unsolved goes to Newton, a block at a time, with the scenario's own taps and source voltages. */
import type { BatchControls } from './batch-controls.js';
import { type BatchPlan, makeBatchNewton } from './batch-methods.js';
import type { BatchSources } from './batch-sources.js';
import { STATUS_CONTROL_LIMIT, STATUS_CONVERGED } from './kernel-layout.js';
import type { LaneParameters } from './newton-lanes.js';
import type { Session } from './session.js';

const MOST_ITERATIONS = 30;

/** Newton for one block of lanes, made when first needed. */
export class BatchRescue {
  private made: { session: Session; parameters?: LaneParameters } | undefined;

  constructor(
    private readonly plan: BatchPlan,
    private readonly sources: BatchSources,
    private readonly controls?: BatchControls,
  ) {}

  /** Bytes of kernel memory in use. */
  get memoryBytes(): number {
    return this.made?.session.memory.buffer.byteLength ?? 0;
  }

  /** Solves the given scenarios of a session from the base case; returns how many converge. Their voltages replace those found before. */
  solve(session: Session, left: readonly number[], toleranceVa: number): number {
    if (left.length === 0) return 0;
    const { compiled, baseVoltage, lanes } = this.plan;
    if (!this.made) {
      this.made = makeBatchNewton(this.plan, this.plan.backend.lanes);
      this.made.session.loadInputs();
    }
    const { session: rescue, parameters } = this.made;
    const { status, iterations, mismatch, power } = session.arrays;
    const W = rescue.lanes;
    const voltage = new Float64Array(2 * compiled.nodeCount);
    let converged = 0;
    for (let from = 0; from < left.length; from += W) {
      const group = Array.from({ length: W }, (_, lane) => left[Math.min(from + lane, left.length - 1)]);
      group.forEach((scenario, lane) => {
        for (let leg = 0; leg < compiled.legs.count; leg++) {
          const at = session.powerIndex(leg, scenario);
          const to = rescue.powerIndex(leg, lane);
          rescue.arrays.power[to] = power[at];
          rescue.arrays.power[to + W] = power[at + session.lanes];
        }
        this.sources.write(scenario, rescue, lane);
        if (parameters) lanes.writeParameters(scenario, parameters, lane);
        this.controls?.writeStart(scenario, rescue, lane);
      });
      rescue.loadVoltages(baseVoltage);
      rescue.kernels.solveNewton(rescue.layoutOffset, toleranceVa, MOST_ITERATIONS, 1);
      for (let lane = 0; lane < Math.min(W, left.length - from); lane++) {
        const scenario = group[lane];
        status[scenario] = rescue.arrays.status[lane];
        iterations[scenario] += rescue.arrays.iterations[lane];
        mismatch[scenario] = Math.max(rescue.arrays.mismatch[lane], 0);
        this.controls?.adopt(rescue, lane, session, scenario);
        if (rescue.arrays.status[lane] !== STATUS_CONVERGED && rescue.arrays.status[lane] !== STATUS_CONTROL_LIMIT) continue;
        if (rescue.arrays.status[lane] === STATUS_CONVERGED) converged++;
        rescue.readVoltages(lane, voltage);
        session.writeVoltages(scenario, voltage);
      }
    }
    return converged;
  }
}
