/**
 * Many scenarios of one microgrid in control steps, in lanes: what {@link MicrogridSimulation} does, to the bit, by the kernels of assembly/dynamics and
 * native/dynamics.h. A scenario's numbers depend on nothing but its own.
 */
import { describeValue, InputError } from '../grid/index.js';
import type { BackendName } from '../powerflow/index.js';
import { chooseDynamicsBackend, type DynamicsBackend, type DynamicsKernels } from './dynamics-backend.js';
import { DynamicsError } from './errors.js';
import * as l from './lane-layout.js';
import { LaneMemory, seenQuantities, stateItems } from './lane-memory.js';
import type { Microgrid } from './microgrid.js';
import { type MicrogridPlan, planMicrogrid } from './microgrid-plan.js';
import { checkedTiming } from './microgrid-simulation.js';
import { MicrogridState } from './microgrid-state.js';
import { OperatingPointSearch } from './operating-point.js';

/** How lanes are simulated; defaults as of {@link MicrogridSimulation}. */
export interface MicrogridLanesOptions {
  /** Control step, s, and step of the scheme, s. */
  readonly controlStep?: number;
  readonly step?: number;
  /** Clock from which the secondary control acts, s. */
  readonly secondaryFrom?: number;
  /** Whether the secondary control moves the voltage set points too. */
  readonly conventionalVoltage?: boolean;
  /** Whose kernels; default the widest native ones that so many scenarios fill, else WebAssembly. */
  readonly backend?: BackendName | DynamicsBackend;
}

/** Where the parts of a scenario's state begin among its items: those that {@link MicrogridSimulation.save} writes, in its order. */
export interface StateItems {
  readonly controlSteps: number;
  readonly angle: number;
  readonly activePower: number;
  readonly reactivePower: number;
  readonly speedSetPoint: number;
  readonly voltageSetPoint: number;
  readonly currentRe: number;
  readonly currentIm: number;
  readonly busRe: number;
  readonly busIm: number;
  readonly loadResistance: number;
  readonly loadInductance: number;
}

/** Where quantities seen of a scenario stand: those of the whole, then of inverter i at `inverter` + i `perInverter`: voltage (pu), speed (rad/s), features. */
export const SEEN = {
  busError: l.SEEN_BUS_ERROR,
  lowestBus: l.SEEN_LOWEST_BUS,
  highestBus: l.SEEN_HIGHEST_BUS,
  inverter: l.SEEN_WHOLE,
  perInverter: l.SEEN_PER_INVERTER,
  features: 2,
} as const;

/** Scenarios of one microgrid, advanced together. */
export class MicrogridLanes {
  readonly plan: MicrogridPlan;
  /** Name of the kernels in use, and scenarios a block (W). */
  readonly backend: string;
  readonly lanes: number;
  readonly blocks: number;
  /** Where parts of the state begin, how many items there are, and how many quantities are seen. */
  readonly items: StateItems;
  readonly itemCount: number;
  readonly seenCount: number;
  /** [block][item][W] and [block][quantity][W]: see {@link stateIndex} and {@link seenIndex}. */
  readonly state: Float64Array;
  readonly seen: Float64Array;
  /** Seconds spent in kernels. */
  kernelSeconds = 0;
  private readonly memory: LaneMemory;
  private readonly search: OperatingPointSearch;
  private readonly spare: MicrogridState;
  private readonly kernels: DynamicsKernels;
  private readonly controlStep: number;
  private readonly secondaryFrom: number;

  /**
   * Scenarios at rest: nothing flows, set points at their references, loads as usual.
   *
   * @param scenarios 1 or more
   * @throws InputError for lengths of steps that do not fit, and for more scenarios than there is room for
   * @throws DynamicsError for a backend that is not there, and where there is no operating point for the usual loads
   */
  constructor(
    readonly microgrid: Microgrid,
    readonly scenarios: number,
    options: MicrogridLanesOptions = {},
  ) {
    const { controlStep, step, steps, secondaryFrom } = checkedTiming(options);
    if (!(Number.isInteger(scenarios) && scenarios >= 1)) {
      throw new InputError(`the number of scenarios is ${describeValue(scenarios)}; it must be a whole number from 1`);
    }
    const backend = chooseDynamicsBackend(options.backend, scenarios);
    this.controlStep = controlStep;
    this.secondaryFrom = secondaryFrom;
    this.plan = planMicrogrid(microgrid);
    this.backend = backend.name;
    this.lanes = backend.lanes;
    this.blocks = Math.ceil(scenarios / backend.lanes);
    const { plan, lanes, blocks } = this;
    this.search = new OperatingPointSearch(plan);
    this.spare = new MicrogridState(plan);
    this.memory = new LaneMemory({ plan, search: this.search, blocks, lanes, step, steps, conventional: options.conventionalVoltage ?? false });
    this.kernels = backend.bind(this.memory.memory);
    this.state = this.memory.state;
    this.seen = this.memory.seen;
    this.itemCount = stateItems(plan);
    this.seenCount = seenQuantities(plan);
    this.items = itemsOf(plan);
    // Lanes without a scenario too, so that they have something sensible to compute with.
    for (let s = 0; s < blocks * lanes; s++) this.rest(s);
  }

  /** Where an item of a scenario's state is. */
  stateIndex(item: number, scenario: number): number {
    const { lanes } = this;
    const lane = scenario % lanes;
    return ((scenario - lane) / lanes) * this.itemCount * lanes + item * lanes + lane;
  }

  /** Where a quantity seen of a scenario is. */
  seenIndex(quantity: number, scenario: number): number {
    const { lanes } = this;
    const lane = scenario % lanes;
    return ((scenario - lane) / lanes) * this.seenCount * lanes + quantity * lanes + lane;
  }

  /** Puts a scenario at rest. */
  private rest(scenario: number): void {
    const { plan, items, state, lanes } = this;
    const first = this.stateIndex(0, scenario);
    for (let item = 0; item < this.itemCount; item++) state[first + item * lanes] = 0;
    for (let i = 0; i < plan.inverters; i++) {
      state[first + (items.speedSetPoint + i) * lanes] = plan.nominalSpeed;
      state[first + (items.voltageSetPoint + i) * lanes] = plan.nominalVoltage;
    }
    for (let i = 0; i < 2 * plan.loads; i++) state[first + (items.loadResistance + i) * lanes] = 1;
  }

  /** Reads a scenario's state, as {@link MicrogridSimulation.save} writes it. */
  save(scenario: number, into: Float64Array, at = 0): void {
    const { state, lanes } = this;
    const first = this.stateIndex(0, scenario);
    for (let item = 0; item < this.itemCount; item++) into[at + item] = state[first + item * lanes];
  }

  /** The reverse, also of what a simulation of the same microgrid and options wrote. Throws InputError for too few numbers. */
  load(scenario: number, from: ArrayLike<number>, at = 0): void {
    if (from.length - at < this.itemCount) {
      throw new InputError(`a state of ${this.microgrid.name} has ${this.itemCount} numbers; there are ${Math.max(0, from.length - at)}`);
    }
    const { state, lanes } = this;
    const first = this.stateIndex(0, scenario);
    for (let item = 0; item < this.itemCount; item++) state[first + item * lanes] = from[at + item] + 0;
  }

  /**
   * Begins episodes: the scenarios listed stand at the operating point of the multipliers of loads in their states, all set points at their references, the clock at 0.
   *
   * @param which scenarios, each once; the first `count` entries
   * @param named says in an error which one it is
   * @throws InputError for a scenario that is not there
   * @throws DynamicsError where there is none that can be found; scenarios before that one have been reset
   */
  reset(which: ArrayLike<number>, count: number, named = (scenario: number): string => `scenario ${scenario}`): void {
    const { memory, state } = this;
    this.assign(which, count);
    for (let k = 0; k < count; k++) state[this.stateIndex(0, which[k])] = 0;
    const begun = performance.now();
    this.kernels.rest(memory.layout);
    this.kernelSeconds += (performance.now() - begun) / 1000;
    for (let k = 0; k < count; k++) if (memory.status[which[k]] === l.OUTCOME_LOST) this.resetAlone(which[k], named);
  }

  /** Says which scenarios the kernels are to look after. */
  private assign(which: ArrayLike<number>, count: number): void {
    const { task } = this.memory;
    task.fill(l.TASK_NONE);
    for (let k = 0; k < count; k++) {
      const scenario = which[k];
      if (!(Number.isInteger(scenario) && scenario >= 0 && scenario < this.scenarios)) {
        throw new InputError(`there is no scenario ${describeValue(scenario)}; there are 0 to ${this.scenarios - 1}`);
      }
      task[scenario] = l.TASK_DUE;
    }
  }

  /** By Newton's method, for loads for which the kernel's search comes to nothing. */
  private resetAlone(scenario: number, named: (scenario: number) => string): void {
    const { spare, items, state, lanes, plan } = this;
    const first = this.stateIndex(0, scenario);
    for (let i = 0; i < plan.loads; i++) {
      spare.loadResistance[i] = state[first + (items.loadResistance + i) * lanes];
      spare.loadInductance[i] = state[first + (items.loadInductance + i) * lanes];
    }
    try {
      this.search.findSlowly(spare);
    } catch (error) {
      if (!(error instanceof DynamicsError)) throw error;
      throw new DynamicsError(`${named(scenario)}: ${error.message}`);
    }
    let item = items.angle;
    for (const part of spare.parts()) for (let i = 0; i < part.length; i++) state[first + item++ * lanes] = part[i] + 0;
    this.memory.status[scenario] = l.OUTCOME_RUNNING;
  }

  /**
   * One control step of the scenarios listed, with the set points and multipliers of loads that stand in their states. A trajectory that diverges leaves currents,
   * angles and powers as they were at the step's begin; {@link hasDiverged} says so.
   *
   * @param which scenarios, each once; the first `count` entries
   * @throws InputError for a scenario that is not there
   */
  advance(which: ArrayLike<number>, count: number): void {
    const { memory, state } = this;
    this.assign(which, count);
    for (let k = 0; k < count; k++) {
      const at = this.stateIndex(0, which[k]);
      // The clock at the step's begin, with room for rounding.
      const acting = state[at] * this.controlStep >= this.secondaryFrom - 1e-9;
      state[at] += 1;
      if (acting) memory.task[which[k]] = l.TASK_ACTING;
    }
    const begun = performance.now();
    this.kernels.advance(memory.layout);
    this.kernelSeconds += (performance.now() - begun) / 1000;
  }

  /** Whether the last control step of a scenario diverged. */
  hasDiverged(scenario: number): boolean {
    return this.memory.status[scenario] === l.OUTCOME_DIVERGED;
  }

  /** Looks at the scenarios listed as they stand; what is seen of them is in {@link seen}. */
  see(which: ArrayLike<number>, count: number): void {
    this.assign(which, count);
    const begun = performance.now();
    this.kernels.see(this.memory.layout);
    this.kernelSeconds += (performance.now() - begun) / 1000;
  }
}

function itemsOf({ inverters, currents, buses, loads }: MicrogridPlan): StateItems {
  const currentRe = 1 + 5 * inverters;
  const busRe = currentRe + 2 * currents;
  const loadResistance = busRe + 2 * buses;
  return {
    controlSteps: 0,
    angle: 1,
    activePower: 1 + inverters,
    reactivePower: 1 + 2 * inverters,
    speedSetPoint: 1 + 3 * inverters,
    voltageSetPoint: 1 + 4 * inverters,
    currentRe,
    currentIm: currentRe + currents,
    busRe,
    busIm: busRe + buses,
    loadResistance,
    loadInductance: loadResistance + loads,
  };
}
