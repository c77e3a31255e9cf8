/**
 * What all communicating agents have in common: for each agent branches into a memory (LSTM), a policy and a value on top of it, and the way back through time.
 *
 * At a slot t of time every agent's memory takes in what its branches give: its observation, and messages, which are states that its neighbours had before the step.
 * So dLoss/dh of slot t goes back to h of slot t - 1 of the agent itself, by its gates, and of its neighbours, by its branches; all agents of a slot are gone back through
 * before any of the slot before. Slots are the steps of a rollout, and behind them those that only look ahead.
 */
import { InputError } from '../../grid/index.js';
import type { LearningBackendName, NetworkData, OptimiserSettings } from '../../learning/index.js';
import { type Branch, BranchMaker } from './branches.js';
import { LinearMaps, type MapOptions } from './linear-maps.js';
import { type CellArrays, cellBackward, cellForward } from './lstm-cell.js';
import type { Signals } from './sources.js';
import { RowLayout, type Team } from './team.js';
import { type StatesBehind, TeamStates } from './team-states.js';
import type { Variant } from './variant.js';

/** How a trunk is made. */
export interface TrunkOptions {
  readonly environments: number;
  readonly slots: number;
  /** Units of layers and memories. */
  readonly hidden: number;
  /** Whether all agents have the same parameters, each with a bias of its own in the gates. */
  readonly shared: boolean;
  /** Whether values know what the neighbours do. */
  readonly neighbourActions: boolean;
  /** Whether messages are heard. */
  readonly messages: boolean;
  /** First value of the forget gates' bias. */
  readonly forgetBias?: number;
  /** First parameters are drawn from it; without it they are zeros, for a trunk that is restored. */
  readonly seed: number | undefined;
  readonly optimiser: OptimiserSettings;
  readonly backend?: LearningBackendName;
}

/** Networks of one trunk; seeds of trainings lie so far apart. */
const NETWORKS = 2 ** 16;

/** Most bytes of an array. */
const MOST_BYTES = 2 ** 31;

/** Networks and states of a team. */
export class Trunk {
  readonly layout: RowLayout;
  /** [row][parameter]: of the distributions of actions; and dLoss by them, to be written before `backward`. */
  readonly parameters: Float32Array;
  readonly parameterGradients: Float32Array;
  /** [row]: values, and dLoss by them. */
  readonly values: Float32Array;
  readonly valueGradients: Float32Array;
  /** What agents remember before each slot. */
  readonly states: TeamStates;
  /** The linear map into the gates of the memories: what consensus is about. */
  readonly gates: LinearMaps;
  private readonly signals: Signals;
  private readonly branches: readonly Branch[];
  private readonly policy: LinearMaps;
  private readonly value: LinearMaps;
  private readonly cell: CellArrays;
  /** Numbers that the branches give together. */
  private readonly joined: number;
  private readonly hiddenGradients: Float32Array;
  private readonly cellGradients: Float32Array;
  private readonly behind: StatesBehind;
  private readonly units: number;

  constructor(
    private readonly variant: Variant,
    readonly team: Team,
    private readonly options: TrunkOptions,
  ) {
    const { environments, slots, hidden: units, shared, neighbourActions, optimiser, backend, forgetBias = 0 } = options;
    this.units = units;
    const layout = new RowLayout(team.agents, environments, slots, shared);
    this.layout = layout;
    const { rows } = layout;
    // The gates are the largest arrays.
    if (16 * rows * units > MOST_BYTES)
      throw new InputError(
        `a team of ${team.agents} in ${environments} environments over ${slots} steps with memories of ${units} needs more than 2 GiB; make environments, rolloutSteps or hidden smaller`,
      );
    const array = (width: number): Float32Array => new Float32Array(rows * width);
    this.states = new TeamStates(team, layout, units);
    this.signals = {
      team,
      layout,
      units,
      observations: array(team.observation),
      hiddenBefore: this.states.hidden,
      hiddenBeforeGradients: array(units),
      policiesBefore: this.states.policies,
    };
    let networks = 0;
    const { seed } = options;
    const nextSeed = seed === undefined ? undefined : (): number => seed * NETWORKS + networks++;
    const maps: MapOptions = { nextSeed, optimiser, backend };
    this.branches = variant.branches(new BranchMaker(this.signals, maps, !options.messages), units);
    const isSum = variant.join === 'sum';
    this.joined = isSum ? units : this.branches.reduce((sum, branch) => sum + branch.units, 0);
    if (isSum && this.branches.some((branch) => branch.units !== units))
      throw new InputError(`branches of ${variant.name} are added up and must all have ${units} units`);
    const own = shared ? team.agents : 0;
    const groups = Array.from({ length: layout.groups }, (_, group) => group);
    this.gates = new LinearMaps(
      layout,
      groups.map(() => this.joined + units + own),
      4 * units,
      maps,
    );
    if (forgetBias !== 0) this.openForgetGates(forgetBias);
    this.policy = new LinearMaps(
      layout,
      groups.map(() => units),
      team.code.fingerprint,
      maps,
    );
    const heard = neighbourActions ? team.code.width : 0;
    this.value = new LinearMaps(
      layout,
      groups.map((group) => units + heard * layout.places(team, group)),
      1,
      maps,
    );
    this.parameters = this.policy.outputs;
    this.parameterGradients = this.policy.gradients;
    this.values = this.value.outputs;
    this.valueGradients = this.value.gradients;
    this.cell = {
      units,
      gates: this.gates.outputs,
      cellsBefore: this.states.cells,
      cells: array(units),
      hidden: array(units),
      squashed: array(units),
    };
    this.hiddenGradients = array(units);
    this.cellGradients = array(units);
    this.behind = { hidden: this.cell.hidden, cells: this.cell.cells, parameters: this.parameters };
    this.states.forget(0);
  }

  private openForgetGates(bias: number): void {
    const { units } = this;
    for (const network of this.gates.networks) {
      const parameters = network.parameters();
      parameters.fill(bias, parameters.length - 3 * units, parameters.length - 2 * units);
      network.setParameters(parameters);
    }
  }

  /** All parameters, part by part, in a fixed order. */
  get maps(): readonly LinearMaps[] {
    return [...this.branches.flatMap((branch) => branch.maps), this.gates, this.policy, this.value];
  }

  /**
   * Takes the states behind a slot for those before another one.
   *
   * @param starts [environment]: not 0 where an episode begins, so that nothing is remembered; left out for nowhere
   */
  carry(from: number, to: number, starts?: ArrayLike<number>): void {
    this.states.carry(from, to, this.behind, starts);
  }

  /**
   * Forward through the first `slots` slots anew, by the present parameters, values too, from what was seen and done there: fingerprints of policies are those of then.
   */
  replay(slots: number): void {
    const { layout, cell, units, branches, value } = this;
    const { environments } = layout;
    for (const branch of branches) if (!branch.isRecurrent) branch.replay(slots);
    for (let slot = 0; slot < slots; slot++) {
      if (slot > 0) this.states.renew(slot, this.behind);
      for (const branch of branches) if (branch.isRecurrent) branch.forward(slot);
      this.remember(slot);
    }
    this.policy.forward(0, slots);
    for (let agent = 0; agent < layout.agents; agent++) {
      const group = layout.groupOf(agent);
      const width = value.widths[group];
      for (let slot = 0; slot < slots; slot++) {
        for (let e = 0, from = layout.rowOf(slot, agent) * units; e < environments; e++) {
          for (let u = 0, at = (layout.rowInGroup(slot, agent) + e) * width; u < units; u++) value.inputs[group][at++] = cell.hidden[from++];
        }
      }
    }
    value.forward(0, slots);
  }

  /** Sets what agents see at a slot. @param observations [environment][agent][number] */
  observe(slot: number, observations: Float32Array): void {
    const { layout, signals, team } = this;
    const width = team.observation;
    for (let agent = 0; agent < team.agents; agent++) {
      for (let e = 0, to = layout.rowOf(slot, agent) * width; e < layout.environments; e++) {
        for (let k = 0, from = (e * team.agents + agent) * width; k < width; k++) signals.observations[to++] = observations[from++];
      }
    }
  }

  /** From observations and the states before a slot to the states behind it and the parameters of the policies. */
  forward(slot: number): void {
    for (const branch of this.branches) branch.forward(slot);
    this.remember(slot);
    this.policy.forward(slot);
  }

  /** From what the branches give to the states behind a slot, and to the inputs of the policies. */
  private remember(slot: number): void {
    const { layout, branches, gates, cell, signals, units, joined, team } = this;
    const isSum = this.variant.join === 'sum';
    const width = joined + units + (layout.shared ? team.agents : 0);
    for (let group = 0; group < layout.groups; group++) {
      const into = gates.inputs[group];
      const first = layout.blockAt(group, slot);
      for (let r = 0; r < layout.block; r++) {
        const row = first + r;
        let at = (slot * layout.block + r) * width;
        if (isSum) into.fill(0, at, at + joined);
        for (const { outputs, units: given } of branches) {
          const from = row * given;
          if (isSum) for (let u = 0; u < given; u++) into[at + u] += outputs[from + u];
          else for (let u = 0; u < given; u++) into[at++] = outputs[from + u];
        }
        if (isSum) at += joined;
        for (let u = 0, from = row * units; u < units; u++) into[at++] = signals.hiddenBefore[from + u];
        if (!layout.shared) continue;
        into.fill(0, at, at + team.agents);
        into[at + Math.floor(r / layout.environments)] = 1;
      }
    }
    gates.forward(slot);
    for (let group = 0; group < layout.groups; group++) {
      const first = layout.blockAt(group, slot);
      cellForward(cell, first, first + layout.block);
      const from = first * units;
      this.policy.inputs[group].set(cell.hidden.subarray(from, from + layout.block * units), slot * layout.block * units);
    }
  }

  /**
   * Values at a slot behind its forward.
   *
   * @param actions of the distributions, [agent][environment][action]; left out where they are not known yet, the policies' probabilities and means then standing for them
   */
  evaluate(slot: number, actions?: Float64Array): void {
    const { layout, team, value, cell, units, options } = this;
    const { code } = team;
    const { environments } = layout;
    const policy = new Float32Array(code.fingerprint);
    for (let agent = 0; agent < team.agents; agent++) {
      const group = layout.groupOf(agent);
      const width = value.widths[group];
      const into = value.inputs[group];
      const own = layout.rowOf(slot, agent);
      for (let e = 0; e < environments; e++) {
        let at = (layout.rowInGroup(slot, agent) + e) * width;
        const end = at + width;
        for (let u = 0; u < units; u++) into[at++] = cell.hidden[(own + e) * units + u];
        if (!options.neighbourActions) continue;
        for (const other of team.neighbours[agent]) {
          if (actions) code.encode(actions, (other * environments + e) * code.head.actions, into, at);
          else {
            code.policy(this.parameters, (layout.rowOf(slot, other) + e) * code.fingerprint, policy, 0);
            code.expected(policy, 0, into, at);
          }
          at += code.width;
        }
        into.fill(0, at, end);
      }
    }
    value.forward(slot);
  }

  /**
   * Back through the first `slots` slots, from `parameterGradients` and `valueGradients`, to the gradients of all parameters, which are added up. Nothing goes back beyond
   * slot 0, or beyond where an episode begins.
   */
  backward(slots: number): void {
    const { layout, signals, branches, gates, cell, units, hiddenGradients, cellGradients } = this;
    const { hiddenBeforeGradients } = signals;
    hiddenGradients.fill(0);
    cellGradients.fill(0);
    const add = (width: (group: number) => number) => (group: number, found: Float32Array) => {
      const stride = width(group);
      for (let r = 0, to = layout.blockAt(group, 0) * units; r < slots * layout.block; r++) {
        for (let u = 0, from = r * stride; u < units; u++) hiddenGradients[to++] += found[from++];
      }
    };
    this.policy.parameterGradients(
      slots,
      add(() => units),
    );
    this.value.parameterGradients(
      slots,
      add((group) => this.value.widths[group]),
    );
    for (let slot = slots - 1; slot >= 0; slot--) {
      for (let group = 0; group < layout.groups; group++) {
        const first = layout.blockAt(group, slot);
        cellBackward(cell, first, first + layout.block, hiddenGradients, cellGradients, gates.gradients);
        this.splitGateInputs(group, slot, gates.inputGradients(group, slot));
      }
      // Only now: a branch adds to what the gates of other agents have written.
      for (const branch of branches) branch.backward(slot);
      if (slot > 0) this.handBack(slot);
    }
    gates.parameterGradients(slots);
    for (const branch of branches) branch.parameterGradients(slots);
    hiddenBeforeGradients.fill(0);
  }

  /** Shares out dLoss by the gates' inputs: to the branches, and to the agent's own hidden state. */
  private splitGateInputs(group: number, slot: number, found: Float32Array): void {
    const { layout, signals, branches, units, joined } = this;
    const isSum = this.variant.join === 'sum';
    const width = this.gates.widths[group];
    const first = layout.blockAt(group, slot);
    for (let r = 0; r < layout.block; r++) {
      const row = first + r;
      let column = r * width;
      for (const { gradients, units: given } of branches) {
        for (let u = 0, to = row * given; u < given; u++) gradients[to++] = found[column + u];
        if (!isSum) column += given;
      }
      if (isSum) column += joined;
      for (let u = 0, to = row * units; u < units; u++) signals.hiddenBeforeGradients[to++] = found[column + u];
    }
  }

  /** From gradients of the states before a slot to those behind the slot before, but where an episode began between them. */
  private handBack(slot: number): void {
    const { layout, signals, units, hiddenGradients, cellGradients } = this;
    const { environments } = layout;
    const { starts } = this.states;
    for (let agent = 0; agent < layout.agents; agent++) {
      for (let e = 0; e < environments; e++) {
        if (starts[slot * environments + e]) continue;
        const from = (layout.rowOf(slot, agent) + e) * units;
        const to = (layout.rowOf(slot - 1, agent) + e) * units;
        for (let u = 0; u < units; u++) {
          hiddenGradients[to + u] += signals.hiddenBeforeGradients[from + u];
          cellGradients[to + u] = cellGradients[from + u];
        }
      }
    }
  }

  /** Moves all parameters; gives the norm of all gradients before they were scaled. */
  update(learningRate: number): number {
    const squares = this.maps.reduce((sum, maps) => sum + maps.step(learningRate), 0);
    this.variant.afterUpdate?.(this);
    return Math.sqrt(squares);
  }

  /** All networks, in a fixed order. */
  save(): NetworkData[] {
    return this.maps.flatMap((maps) => maps.save());
  }

  /** Throws InputError for data of another trunk. */
  restore(data: readonly NetworkData[]): void {
    const { groups } = this.layout;
    if (!Array.isArray(data) || data.length !== this.maps.length * groups)
      throw new InputError(`a team of ${this.variant.name} has ${this.maps.length * groups} networks; saved are ${data?.length}`);
    this.maps.forEach((maps, k) => {
      maps.restore(data.slice(k * groups, (k + 1) * groups));
    });
  }
}
