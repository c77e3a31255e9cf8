/** Controls of a batch in a session's memory: where their tables and actuators lie, what scenarios start from, and what came of it. */
import { capacitorLoadName, stepsKvar } from './batch-capacitors.js';
import type { BatchLanes } from './batch-lanes.js';
import type { CompiledGrid } from './compiled-grid.js';
import type { ControlPlan } from './control-plan.js';
import * as layout from './kernel-layout.js';
import type { MethodArrays, Session } from './session.js';

/** Controls as a session takes them. */
export interface SessionControls {
  /**
   * Asks for room.
   *
   * @param blocks blocks of W lanes
   */
  allocate(arrays: MethodArrays, blocks: number, width: number): void;
  /**
   * Writes the tables.
   *
   * @param tapPlace kind and place of a transformer's tap in the method's memory, as ACTUATOR_RECORD has it
   */
  write(session: Session, tapPlace: (transformer: string) => readonly [number, number]): void;
}

/** The controls of a plan for sessions on a compiled grid. */
export function sessionControls(plan: ControlPlan, lanes: BatchLanes, compiled: CompiledGrid): SessionControls {
  return {
    allocate: (arrays, blocks, width) => {
      allocateControls(plan, lanes, compiled, blocks, width, arrays);
    },
    write: (session, tapPlace) => {
      writeControls(plan, lanes, session, tapPlace);
    },
  };
}

function allocateControls(plan: ControlPlan, lanes: BatchLanes, compiled: CompiledGrid, blocks: number, width: number, arrays: MethodArrays): void {
  const { allocate, count } = arrays;
  const controls = plan.records.length;
  const terms = plan.currents.reduce((sum, current) => sum + current.length, 0);
  const actuators = lanes.transformers.length + plan.capacitors.length;
  const size = stateSize(plan, actuators);
  const { legs, steps } = capacitorTables(plan, compiled);
  count(layout.FIELD_CONTROL_COUNT, controls);
  allocate(layout.FIELD_CONTROL_RECORDS, controls * layout.CONTROL_RECORD * 4);
  allocate(layout.FIELD_CONTROL_NUMBERS, controls * layout.CONTROL_NUMBERS * 8);
  allocate(layout.FIELD_CONTROL_PAIRS, plan.pairs.length * 8);
  allocate(layout.FIELD_CONTROL_CURRENTS, (plan.currents.length + 1) * 4);
  allocate(layout.FIELD_CONTROL_TERMS, terms * layout.CONTROL_TERM * 4);
  allocate(layout.FIELD_CONTROL_POLYNOMIALS, terms * layout.OWN_POLYNOMIAL * 8);
  count(layout.FIELD_ACTUATOR_COUNT, actuators);
  allocate(layout.FIELD_ACTUATOR_RECORDS, actuators * layout.ACTUATOR_RECORD * 4);
  allocate(layout.FIELD_ACTUATOR_LEGS, legs.flat().length * 4);
  allocate(layout.FIELD_ACTUATOR_VARS, steps.flat().length * 8);
  allocate(layout.FIELD_ACTUATOR_START, blocks * actuators * width * 8);
  allocate(layout.FIELD_ACTUATOR_VALUE, blocks * actuators * width * 8);
  allocate(layout.FIELD_CONTROL_STATE, width * size * 8);
  count(layout.FIELD_CONTROL_STATE_SIZE, size);
  count(layout.FIELD_CONTROL_LIMIT, plan.maxControlIterations);
  allocate(layout.FIELD_CONTROL_CLOCK, 16);
  for (const field of [layout.FIELD_CONTROL_ITERATIONS, layout.FIELD_CONTROL_ACTIONS, layout.FIELD_TAP_MOVES]) allocate(field, blocks * width * 4);
}

function stateSize(plan: ControlPlan, actuators: number): number {
  return (
    layout.LANE_MEMORY + layout.CONTROL_MEMORY * plan.records.length + layout.ACTUATOR_MEMORY * actuators + layout.QUEUE_ENTRY * (plan.waiting + 1)
  );
}

/** Legs of each capacitor, and var a leg with 0, 1, 2 .. steps, [capacitor][..]. */
function capacitorTables(plan: ControlPlan, compiled: CompiledGrid): { legs: number[][]; steps: number[][] } {
  const elements = plan.capacitors.map((name) =>
    compiled.elements.find(({ element }) => element.name === capacitorLoadName(name) && element.kind === 'load'),
  );
  return {
    legs: elements.map((entry) => entry?.legIds.slice() ?? []),
    steps: plan.capacitors.map((_, k) => {
      const phases = elements[k]?.element.phases ?? 1;
      return stepsKvar(plan.banks[k]).map((kvar) => kvar * (1000 / phases));
    }),
  };
}

function writeControls(plan: ControlPlan, lanes: BatchLanes, session: Session, tapPlace: (transformer: string) => readonly [number, number]): void {
  const { compiled } = session;
  session.integers(layout.FIELD_CONTROL_RECORDS, plan.records.length * layout.CONTROL_RECORD).set(plan.records.flat());
  const numbers = session.doubles(layout.FIELD_CONTROL_NUMBERS, plan.records.length * layout.CONTROL_NUMBERS);
  plan.numbers.forEach((settings, k) => {
    numbers.set(settings, k * layout.CONTROL_NUMBERS);
  });
  const offsets = (pair: readonly [number, number]): number[] => pair.map((node) => session.columnOffset(node));
  session.integers(layout.FIELD_CONTROL_PAIRS, plan.pairs.length * 2).set(plan.pairs.flatMap(offsets));
  const starts = session.integers(layout.FIELD_CONTROL_CURRENTS, plan.currents.length + 1);
  plan.currents.forEach((terms, k) => {
    starts[k + 1] = starts[k] + terms.length;
  });
  const terms = plan.currents.flat();
  session
    .integers(layout.FIELD_CONTROL_TERMS, terms.length * layout.CONTROL_TERM)
    .set(terms.flatMap(({ across, actuator }) => [...offsets(across), actuator]));
  session.doubles(layout.FIELD_CONTROL_POLYNOMIALS, terms.length * layout.OWN_POLYNOMIAL).set(terms.flatMap(({ polynomial }) => [...polynomial]));
  const { legs, steps } = capacitorTables(plan, compiled);
  let [leg, first] = [0, 0];
  const records = [
    ...lanes.transformers.map((name) => [...tapPlace(name), 0, 0, 0, 0]),
    ...plan.capacitors.map((_, k) => {
      const record = [layout.ACTUATOR_CAPACITOR, 0, leg, legs[k].length, first, steps[k].length - 1];
      leg += legs[k].length;
      first += steps[k].length;
      return record;
    }),
  ];
  session.integers(layout.FIELD_ACTUATOR_RECORDS, records.length * layout.ACTUATOR_RECORD).set(records.flat());
  session.integers(layout.FIELD_ACTUATOR_LEGS, leg).set(legs.flat());
  session.doubles(layout.FIELD_ACTUATOR_VARS, first).set(steps.flat());
  session.doubles(layout.FIELD_CONTROL_CLOCK, 2).set(plan.clock);
}

/** What the controls of a batch start from and what comes of them, in all scenarios. */
export class BatchControls {
  /** [capacitor][scenario]: steps in at the start. */
  private readonly steps: Float64Array[];
  private readonly actuators: number;

  constructor(
    readonly plan: ControlPlan,
    private readonly lanes: BatchLanes,
    private readonly scenarios: number,
  ) {
    this.actuators = lanes.transformers.length + plan.capacitors.length;
    this.steps = plan.banks.map((bank) => new Float64Array(scenarios).fill(bank.steps.filter((step) => step.closed).length));
  }

  /** Sets the steps with which a capacitor starts; returns whether a control switches it. */
  setSteps(capacitor: string, closed: ArrayLike<number>, scenarios = this.scenarios): boolean {
    const k = this.plan.capacitors.indexOf(capacitor);
    if (k < 0) return false;
    for (let scenario = 0; scenario < scenarios; scenario++) this.steps[k][scenario] = closed[scenario];
    return true;
  }

  /** Writes what one scenario starts from to a lane of a session. */
  writeStart(scenario: number, session: Session, lane: number): void {
    const W = session.lanes;
    const start = session.doubles(layout.FIELD_ACTUATOR_START, session.blocks * this.actuators * W);
    const at = Math.floor(lane / W) * this.actuators * W + (lane % W);
    const transformers = this.lanes.transformers.length;
    for (let k = 0; k < transformers; k++) start[at + k * W] = this.lanes.startTap(k, scenario);
    this.steps.forEach((column, k) => {
      start[at + (transformers + k) * W] = column[scenario];
    });
  }

  /** Writes what all scenarios start from, idle lanes included. */
  writeAllStarts(session: Session, scenarios = this.scenarios): void {
    const lanes = Math.ceil(scenarios / session.lanes) * session.lanes;
    for (let lane = 0; lane < lanes; lane++) this.writeStart(Math.min(lane, this.scenarios - 1), session, lane);
  }

  /** Position of an actuator (transformers, then capacitors) in one scenario after a solution. */
  valueOf(session: Session, actuator: number, scenario: number): number {
    const W = session.lanes;
    const values = session.doubles(layout.FIELD_ACTUATOR_VALUE, session.blocks * this.actuators * W);
    return values[(Math.floor(scenario / W) * this.actuators + actuator) * W + (scenario % W)];
  }

  /** Position of a capacitor's actuator; -1 where no control switches it. */
  capacitorActuator(capacitor: string): number {
    const k = this.plan.capacitors.indexOf(capacitor);
    return k < 0 ? -1 : this.lanes.transformers.length + k;
  }

  /** Takes over what came of one lane of another session: positions, counts and the powers of capacitors. */
  adopt(from: Session, lane: number, into: Session, scenario: number): void {
    const to = into.lanes;
    const values = into.doubles(layout.FIELD_ACTUATOR_VALUE, into.blocks * this.actuators * to);
    for (let k = 0; k < this.actuators; k++)
      values[(Math.floor(scenario / to) * this.actuators + k) * to + (scenario % to)] = this.valueOf(from, k, lane);
    for (const field of [layout.FIELD_CONTROL_ITERATIONS, layout.FIELD_CONTROL_ACTIONS, layout.FIELD_TAP_MOVES])
      into.integers(field, into.blocks * to)[scenario] = from.integers(field, from.blocks * from.lanes)[lane];
    for (const leg of capacitorTables(this.plan, into.compiled).legs.flat())
      into.arrays.power[into.powerIndex(leg, scenario) + to] = from.arrays.power[from.powerIndex(leg, lane) + from.lanes];
  }
}

/** What controls did in each scenario, [scenario]: views on a session with controls, 0 without one. */
export function controlCounts(
  session: Session | undefined,
  scenarios: number,
): { controlIterations: Int32Array; controlActions: Int32Array; tapMoves: Int32Array } {
  const of = (field: number): Int32Array => session?.integers(field, scenarios) ?? new Int32Array(scenarios);
  return {
    controlIterations: of(layout.FIELD_CONTROL_ITERATIONS),
    controlActions: of(layout.FIELD_CONTROL_ACTIONS),
    tapMoves: of(layout.FIELD_TAP_MOVES),
  };
}
